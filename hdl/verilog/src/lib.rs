//! Width-exact Verilog back-end over the syntax tree of rust-hdl.
#![forbid(unsafe_code)]

#[allow(missing_docs, clippy::all)]
pub(crate) mod backend;
pub mod harness;
pub mod leaf;
pub mod word;

pub use backend::emit::{Options, Stats, verilog};
