//! The command line tool `gasworks`: parses arguments, calls the engine, prints.
//!
//! Exit code 0: everything equals revm, the header and the state test; 1: something differs, or the device failed
//! on the way; 2: the arguments or the input are bad. What was computed before a bad bundle is
//! printed all the same.
#![forbid(unsafe_code)]

mod args;
mod device;
mod disasm;
mod files;
mod fuzz;
mod info;
mod replay;
#[cfg(feature = "sim")]
mod sim;
mod statetest;
mod summary;
mod trace;
mod workload;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use color_eyre::eyre::{Report, Result};

use args::{Cli, Command};

/// How a command ended that could do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Nothing differs.
    Success,
    /// Something differs from revm or from the header, or the device failed.
    Mismatch,
    /// A part of the input was bad; what was said about it is already printed.
    BadInput,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = start() {
        eprintln!("error: {error:#}");
        return ExitCode::from(2);
    }
    match run(cli.command) {
        Ok(Exit::Success) => ExitCode::SUCCESS,
        Ok(Exit::Mismatch) => ExitCode::from(1),
        Ok(Exit::BadInput) => ExitCode::from(2),
        // Whoever reads our output has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::from(2)
        }
    }
}

/// Panic reports and the log.
fn start() -> Result<()> {
    color_eyre::install()?;
    let filter = tracing_subscriber::EnvFilter::try_from_env("GASWORKS_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .without_time()
        .init();
    Ok(())
}

fn run(command: Command) -> Result<Exit> {
    match command {
        Command::Replay(args) => replay::run(&args),
        Command::Statetest(args) => statetest::run(&args),
        Command::Fuzz(args) => fuzz::run(&args),
        Command::Trace(args) => trace::run(&args),
        Command::Disasm(args) => disasm::run(&args),
        Command::Info(args) => info::run(&args),
        Command::Workload(args) => workload::run(&args),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "gasworks", &mut text);
            io::stdout().lock().write_all(&text)?;
            Ok(Exit::Success)
        }
    }
}

/// Says what is wrong, with its causes, on one line.
fn complain(error: &Report) {
    eprintln!("error: {error:#}");
}

fn is_broken_pipe(error: &Report) -> bool {
    error.chain().any(|cause| {
        let direct = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause.downcast_ref::<serde_json::Error>();
        let kind = direct.or_else(|| json.and_then(serde_json::Error::io_error_kind));
        kind == Some(io::ErrorKind::BrokenPipe)
    })
}
