//! What the tests of more than one crate share: frames recorded on revm, the ISS beside them in
//! lock-step, state tests.
//!
//! Not for: anything that ships.
#![forbid(unsafe_code)]

pub mod assemble;
pub mod card_lockstep;
pub mod compare;
pub mod frame;
pub mod lockstep;
pub mod poison;
pub mod reference;
pub mod statetest;

use std::path::PathBuf;

/// The read-only test data: `$GASWORKS_DATA`, else `../shared/data` beside the repository. `None`,
/// loudly, where it is missing.
#[must_use]
pub fn data_dir() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    let path = std::env::var_os("GASWORKS_DATA").map_or_else(|| beside.into(), PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!(
        "skipped: no test data at {} (GASWORKS_DATA)",
        path.display()
    );
    None
}
