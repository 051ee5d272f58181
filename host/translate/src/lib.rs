//! Translates EVM bytecode to micro-op programs.
