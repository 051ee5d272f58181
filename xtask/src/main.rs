//! Everything that is not `cargo build`: tools, demo, tests, generated files, synthesis.

mod coverage;
mod demo;
mod docs;
mod fence;
mod process;
mod synth;
mod test;
mod tools;

use clap::{Parser, Subcommand};
use color_eyre::eyre::Result;

/// The project's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what is missing, build, and replay an embedded block on the simulated card
    Demo(demo::Args),
    /// Install what is missing and run every test
    Test(test::Args),
    /// Run what a push must pass: format, spelling, fences, clippy, docs, generated files, then `test`
    Ci,
    /// Install the pinned tools under target/tools
    Tools(tools::Args),
    /// Write the generated documents (registers, micro-ops, opcodes, escalations)
    Docs(docs::Args),
    /// Write the Verilog of a card
    Verilog(synth::VerilogArgs),
    /// Run the tests of the card and report which lines of the Verilog they reach
    Coverage(coverage::Args),
    /// Synthesise one lane with yosys and record the counts under bitstreams/result
    Synth(synth::SynthArgs),
    /// Place and route one lane on an LFE5U-85F and record the clock under bitstreams/result
    Route(synth::RouteArgs),
}

fn main() -> Result<()> {
    color_eyre::install()?;
    match Args::parse().task {
        Task::Demo(args) => demo::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Ci => test::ci(),
        Task::Tools(args) => tools::run(&args),
        Task::Docs(args) => docs::run(&args),
        Task::Verilog(args) => synth::verilog(&args),
        Task::Coverage(args) => coverage::run(&args),
        Task::Synth(args) => synth::synth(&args),
        Task::Route(args) => synth::route(&args),
    }
}
