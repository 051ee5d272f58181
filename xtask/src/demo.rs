//! `cargo xtask demo`: from a fresh clone to a block executed by the simulated card.

use crate::process::{cargo, root, step};
use crate::tools::{self, Set};
use color_eyre::eyre::Result;
use std::process::Command;

/// Options of `cargo xtask demo`.
#[derive(clap::Args)]
pub struct Args {
    /// Workload: transfer, swap, game, supply, dao or nft
    #[arg(long, default_value = "transfer")]
    workload: String,
    /// Transactions of the block
    #[arg(long, default_value_t = 64)]
    txs: u32,
    /// Lanes of the card
    #[arg(long, default_value_t = 1)]
    lanes: u32,
}

/// Runs the demo.
pub fn run(args: &Args) -> Result<()> {
    tools::install(Set::Sim)?;
    step(
        "Building the command line tool",
        &mut cargo(&["build", "--locked", "--package", "gasworks-cli"]),
    )?;
    let bundle = root().join("target/demo.json.gz");
    let mut write = gasworks();
    write.arg("workload").arg(&args.workload);
    write
        .args(["--txs", &args.txs.to_string()])
        .args(["--conflict", "0", "--seed", "1", "--output"])
        .arg(&bundle);
    step(
        &format!(
            "Writing a block of {} transactions, workload {}",
            args.txs, args.workload
        ),
        &mut write,
    )?;
    let mut replay = gasworks();
    replay.arg("replay").arg(&bundle);
    replay.args(["--device", "sim", "--lanes", &args.lanes.to_string()]);
    step(
        "Replaying it on the simulated card and comparing every transaction with revm",
        &mut replay,
    )
}

/// The command line tool, as it was just built.
fn gasworks() -> Command {
    cargo(&[
        "run",
        "--quiet",
        "--locked",
        "--package",
        "gasworks-cli",
        "--",
    ])
}
