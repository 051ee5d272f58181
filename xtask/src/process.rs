//! Runs other programs, says what it does, and fails with their name.

use color_eyre::eyre::{Context, Result, bail};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The repository's root.
pub fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or(manifest.clone(), PathBuf::from)
}

/// A cargo command in the repository's root, with the toolchain that runs this program.
pub fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(root());
    command
}

/// Prints what is about to happen, runs it with its output shown, and fails if it fails.
pub fn step(what: &str, command: &mut Command) -> Result<()> {
    eprintln!("==> {what}");
    let start = Instant::now();
    let status = command
        .stdin(Stdio::null())
        .status()
        .wrap_err_with(|| format!("cannot start {}", command.get_program().display()))?;
    if !status.success() {
        bail!(
            "{what}: {} failed with {status}",
            command.get_program().display()
        );
    }
    eprintln!("    done in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Runs a program and returns its standard output; fails if it fails.
pub fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_os_string();
    let out = command
        .stdin(Stdio::null())
        .output()
        .wrap_err_with(|| format!("cannot start {}", name.display()))?;
    if !out.status.success() {
        bail!(
            "{} failed with {}: {}",
            name.display(),
            out.status,
            String::from_utf8_lossy(&out.stderr)
        );
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}
