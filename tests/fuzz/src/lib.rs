//! The differential fuzzer: generated blocks on a device against sequential revm.
//!
//! For: `gasworks fuzz`, the cargo-fuzz targets beside it, and tests that want random programs.
//! Not for: coverage of what real contracts do; real blocks and state tests are better at that.
//!
//! - [`Choices`]: where decisions come from, a seed or bytes.
//! - [`generate`]: makes a [`Case`] of them.
//! - [`run()`]: runs it and says in what it differs from revm.
//! - [`shrink()`]: makes a case that fails small.
//! - [`parsers`]: what the cargo-fuzz targets do.
//! - [`Campaign`]: case after case for some time, on several devices at once.
//!
//! ```
//! use gasworks_fuzz::{generate, run};
//! let case = generate::case_of_seed(7);
//! assert!(!run(&case, None).is_fault());
//! ```
#![forbid(unsafe_code)]

pub mod block;
pub mod campaign;
pub mod case;
mod choices;
pub mod generate;
pub mod parsers;
pub mod program;
mod run;
mod shrink;

use gasworks::SeedPolicy;

pub use campaign::Campaign;
pub use case::Case;
pub use choices::Choices;
pub use run::{Ran, run};
pub use shrink::shrink;

/// Every way in which slots travel with a transaction.
pub const SEEDS: [SeedPolicy; 4] = [
    SeedPolicy::Predicted,
    SeedPolicy::None,
    SeedPolicy::AccessList,
    SeedPolicy::Oracle,
];
