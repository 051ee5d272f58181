//! Constant store and environment file: 256-bit words loaded in pairs, read like the window.
//!
//! Two banks, even and odd words, each cut into the slices of the pipeline. Slice k addresses its
//! part k cycles after D and has the word at its R2.

use super::shape::{Line, Shape};
use crate::circuit::{Circuit, Net, RamPort};

/// Load target of constant pairs.
pub const CONSTANTS: u64 = 1;
/// Load target of environment pairs.
pub const ENVIRONMENT: u64 = 2;

/// Builds slice `k` of the store that `target` loads; `address` is the word address from D on.
pub fn build(c: &Circuit, shape: &Shape, target: u64, k: usize, address: &Line, pair: &Net) -> Net {
    let load = c.port("load_valid", 1) & c.port("load_target", 3).is(target);
    let data = c.port("load_data", 512);
    let now = address.at(k);
    let bank = |odd: usize| {
        c.ram(
            "bank",
            &RamPort {
                write_enable: load.clone(),
                write_address: pair.clone(),
                write_data: data.bits(256 * odd + shape.width * k, shape.width),
                read_address: now.bits(1, now.width() - 1),
                latency: 2,
            },
        )
    };
    let (even, odd) = (bank(0), bank(1));
    address.at(k + 2).bit(0).mux(&odd, &even)
}
