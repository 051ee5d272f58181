//! The library that users call: replays blocks on a device, with results that are exactly revm's.
//!
//! For: programs that want a block executed, with the device as an option. Not for: talking to the
//! device (`gasworks-driver`), printing (`gasworks-cli`).
//!
//! - [`Bundle`]: a block with the state it needs, read from a file.
//! - [`Replay::run`]: executes it in block order, transactions that do not depend on each other at
//!   once, compares each with sequential revm and the block with its header.
//! - [`Report`]: what came out, serialisable.
//! - [`calls::Calls`]: answers what a transaction on a device asks, from a revm context over any
//!   database.
//! - [`case`]: one transaction over a state from memory, as state tests have it.
//!
//! ```no_run
//! use gasworks::{Bundle, Options, Replay};
//! let bundle = Bundle::load("block.json.gz".as_ref())?;
//! let report = Replay::run(&bundle, None, &Options::default(), |_| {})?;
//! assert!(report.totals.is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod access;
mod account;
mod batch;
mod block;
pub mod bundle;
pub mod calls;
pub mod case;
pub mod compare;
pub mod env;
mod error;
pub mod fork;
pub mod frame;
mod receipt;
pub mod reference;
mod replay;
pub mod report;
pub mod root;
mod seeds;
mod source;
pub mod world;

pub use batch::DEVICE_ERROR;
pub use bundle::{Bundle, BundleError, Place, Problem};
pub use error::{ReplayError, ReplayFailure};
pub use fork::{ForkChoice, UnknownFork};
pub use receipt::Receipts;
pub use replay::{Options, Overlap, Progress, Replay};
pub use report::{BlockReport, Mismatch, Report, Totals, TxReport, Venue};
pub use seeds::SeedPolicy;
