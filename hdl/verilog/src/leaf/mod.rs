//! Blocks that are written by hand: flip-flops, memories, and multiplier tiles.
//!
//! Each has a behavioural `update` for rust-hdl's simulator and the exact Verilog beside it. All are
//! clocked by the rising edge of `clock`, have no reset, and power up at the stated value.

mod mul;
mod ram;
mod ram_be;
mod reg;

pub use mul::MulTile;
pub use ram::{LutRam, Ram, RamReg};
pub use ram_be::RamBe;
pub(crate) use reg::{FLIP_FLOP, FLIP_FLOP_ENABLED};
pub use reg::{Reg, RegEn};
