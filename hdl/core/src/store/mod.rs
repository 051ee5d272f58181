//! Modules follow.

pub mod state;
