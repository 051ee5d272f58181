//! The card, described in Rust with rust-hdl.
