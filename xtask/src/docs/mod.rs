//! `cargo xtask docs`: documents and headers generated from the contract crate.

mod header;
mod tables;

use crate::process::root;
use color_eyre::eyre::{Context, Result, bail};
use std::fs;

/// Options of `cargo xtask docs`.
#[derive(clap::Args)]
pub struct Args {
    /// Write nothing; fail if a file is out of date
    #[arg(long)]
    check: bool,
}

/// Every generated file with its text.
fn files() -> [(&'static str, String); 5] {
    [
        ("docs/src/registers.md", tables::registers()),
        ("docs/src/micro-ops.md", tables::micro_ops()),
        ("docs/src/opcodes.md", tables::opcodes()),
        ("docs/src/codes.md", tables::codes()),
        ("hdl/abi/abi.h", header::header()),
    ]
}

/// Runs `cargo xtask docs`.
pub fn run(args: &Args) -> Result<()> {
    if args.check {
        return check();
    }
    for (path, text) in files() {
        fs::write(root().join(path), text).wrap_err_with(|| format!("cannot write {path}"))?;
        eprintln!("wrote {path}");
    }
    Ok(())
}

/// Fails if a generated file differs from what would be written.
pub fn check() -> Result<()> {
    for (path, text) in files() {
        let present = fs::read_to_string(root().join(path))
            .wrap_err_with(|| format!("cannot read {path}"))?;
        if present != text {
            bail!("{path} is out of date; run `cargo xtask docs` and commit the result");
        }
    }
    Ok(())
}
