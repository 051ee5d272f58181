//! Width-exact Verilog back-end over the syntax tree of rust-hdl.
