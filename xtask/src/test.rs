//! `cargo xtask test` and `cargo xtask ci`.

use crate::docs;
use crate::fence;
use crate::process::{cargo, root, step};
use crate::tools::{self, Set};
use color_eyre::eyre::Result;
use std::process::Command;

/// Options of `cargo xtask test`.
#[derive(clap::Args)]
pub struct Args {
    /// Only tests whose name contains this
    filter: Option<String>,
}

/// Runs every test.
pub fn run(args: &Args) -> Result<()> {
    tools::install(Set::Sim)?;
    tools::install(Set::Synth)?;
    let mut command = cargo(&["test", "--workspace", "--locked"]);
    if let Some(filter) = &args.filter {
        command.arg(filter);
    }
    step("Running every test", &mut command)
}

/// Runs what a push must pass.
pub fn ci() -> Result<()> {
    step(
        "Checking the format",
        &mut cargo(&["fmt", "--all", "--check"]),
    )?;
    tools::install(Set::Lint)?;
    step(
        "Checking the spelling",
        Command::new(tools::program("typos")?).current_dir(root()),
    )?;
    eprintln!("==> Checking who depends on whom");
    fence::check()?;
    eprintln!("==> Checking that the generated documents are current");
    docs::check()?;
    step(
        "Linting",
        &mut cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ]),
    )?;
    let mut doc = cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
    step(
        "Building the documentation",
        doc.env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    run(&Args { filter: None })
}
