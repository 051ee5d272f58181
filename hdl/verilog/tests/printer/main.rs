//! The printer against rust-hdl's simulator, with Verilator on the printed text.

mod clean;
mod hand;
mod kernels;
mod random;
mod refused;
mod rows;
mod words;
