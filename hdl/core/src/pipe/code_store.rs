//! Code store: lines of eight 64-bit words, loaded a line at a time, read by fetch and lookup.
//!
//! Block RAM with an output register: the line is there two cycles after its address (F0 to F2).

use super::shape::Shape;
use crate::circuit::{Circuit, Net, RamPort};

/// Load target of code lines.
const TARGET: u64 = 0;

/// Builds the store; returns the line that was addressed two cycles ago.
pub fn build(c: &Circuit, shape: &Shape, line: &Net) -> Net {
    let load = c.port("load_valid", 1) & c.port("load_target", 3).is(TARGET);
    c.ram(
        "code_store",
        &RamPort {
            write_enable: load,
            write_address: c.port("load_address", 32).bits(0, shape.lines),
            write_data: c.port("load_data", 512),
            read_address: line.clone(),
            latency: 2,
        },
    )
}
