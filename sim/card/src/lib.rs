//! The Verilated card: generates its Verilog, builds and caches the model, and puts it behind the
//! driver's transport.
//!
//! For: running the driver and the engine against the real RTL, with exact and repeatable cycle
//! counts, waves and traces. Not for: blocks below the card; their tests use the harness of
//! `gasworks-verilog`.
//!
//! This crate is one of the two rooms with `unsafe` code: it calls the C++ model through a C ABI.

pub mod build;
mod card;
mod error;
mod ffi;
mod ports;
mod transport;

pub use card::{SimDevice, SimOptions, open, open_source, source};
pub use error::SimError;
pub use ffi::{Model, Timing, TraceRecord};
pub use ports::trace_ports;
pub use transport::{CLOCK_MHZ, SimTransport};
