//! The memory unit of a lane. See [`mod@unit`].

pub mod align;
pub mod code_fetch;
pub mod control;
pub mod emitter;
pub mod hart_file;
#[cfg(test)]
pub mod model;
pub mod pair_ram;
mod ports;
pub mod ram;
pub mod reader;
pub mod span;
pub mod tally;
#[cfg(test)]
mod tests;
pub mod unit;
pub mod writer;
pub mod zeroer;
