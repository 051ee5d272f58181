//! The contract between host and card: everything that both must know is written here, once.
//!
//! For: the RTL (`gasworks-hdl`), the ISS, the driver, the translator, the tests and the generated
//! documentation, which all derive their numbers from these tables. Not for: behaviour. The meaning
//! of every field is told in `docs/src/machine.md`.
//!
//! ```
//! use gasworks_abi::{micro_op::{MicroOp, Op}, opcode};
//! assert_eq!(opcode::info(0x01).unwrap().name, "ADD");
//! let add = MicroOp::new(Op::Add).with_a(-1).with_b(-2).with_d(-2).with_delta(-1);
//! assert_eq!(MicroOp::from_bits(add.bits()).op(), Some(Op::Add));
//! ```
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod config;
pub mod env;
pub mod escalation;
pub mod fork;
pub mod gas;
pub mod micro_op;
pub mod opcode;
pub mod program;
pub mod record;
pub mod regs;
pub mod ring;

/// Contract version: major in `[31:16]`, minor in `[15:0]`. A differing major is an error.
pub const ABI_VERSION: u32 = 0x0002_0000;
