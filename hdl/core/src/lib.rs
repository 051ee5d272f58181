//! The card, described in Rust with rust-hdl.

pub mod bus;
pub mod card;
pub mod circuit;
pub mod generate;
pub mod harness;
pub mod lane;
pub mod pipe;
pub mod queue;
pub mod regs;
pub mod shell;
pub mod store;
pub mod unit;

pub use generate::{CardDesign, GenerateError, generate_card, generate_lane, generate_pipe};
pub use harness::harness;
