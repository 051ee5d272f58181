//! Modules follow.
pub mod keccak;
pub mod math;
pub mod memory;
pub mod shift;
