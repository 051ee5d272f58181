//! The card, described in Rust with rust-hdl.

pub mod card;
pub mod circuit;
pub mod lane;
pub mod pipe;
pub mod queue;
pub mod regs;
pub mod store;
pub mod unit;
