//! Window: the EVM stacks of all harts, one memory per slice and read port.
//!
//! Block RAM with output registers; slice k addresses it k cycles after D and has the word at its
//! R2. All slices are written together in T, so a micro-op on a wrong path never writes.

use super::shape::Shape;
use crate::circuit::{Circuit, Net, RamPort};

/// The write port of a slice.
pub struct Write {
    /// In T.
    pub enable: Net,
    /// Hart and slot.
    pub address: Net,
    /// Result of the slice.
    pub data: Net,
}

/// Builds one read port of one slice.
pub fn build(c: &Circuit, name: &str, shape: &Shape, write: &Write, read: &Net) -> Net {
    assert_eq!(write.data.width(), shape.width);
    c.ram(
        name,
        &RamPort {
            write_enable: write.enable.clone(),
            write_address: write.address.clone(),
            write_data: write.data.clone(),
            read_address: read.clone(),
            latency: 2,
        },
    )
}
