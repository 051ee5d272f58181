//! Width-exact Verilog back-end over the syntax tree of rust-hdl.
#![forbid(unsafe_code)]

pub mod leaf;
pub mod word;
