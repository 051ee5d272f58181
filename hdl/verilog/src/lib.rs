//! Width-exact Verilog back-end over the syntax tree of rust-hdl.
//!
//! rust-hdl's own printer emits Verilog that disagrees with rust-hdl's simulator: precedence is lost,
//! casts leak carries, literals widen to 32 bits. This crate walks the same tree and prints modules
//! whose every sub-expression has an explicit width, one module per distinct body, flip-flops inline,
//! the same bytes from run to run. What has no Verilog of the same meaning is an error.
//!
//! - [`word`]: the signal type of the datapaths;
//! - [`leaf`]: flip-flops, memories, multiplier tiles;
//! - [`generate`]: the printer; [`build`]: trees built by plain Rust code;
//! - [`harness`]: co-simulation of a block in rust-hdl's simulator and in Verilator.
//!
//! Not for: simulating lanes or cards (that is `sim/card`, on the Verilog), vendor primitives.
#![forbid(unsafe_code)]

pub mod build;
mod collect;
mod design;
mod emit;
mod error;
mod flow;
pub mod harness;
mod ir;
pub mod leaf;
mod lower;
mod simplify;
pub mod word;

pub use design::{
    Design, Instance, Memory, Module, Options, PlacedMemory, Port, PortDirection, Stats, generate,
};
pub use error::VerilogError;

/// A comment in a kernel; `comment!("module NAME")` names the module that the block prints as.
#[macro_export]
macro_rules! comment {
    ($($text:tt)*) => {};
}
