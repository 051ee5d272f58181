//! Verilog, synthesis and routing.

use clap::Args;
use color_eyre::eyre::Result;

/// Options of `cargo xtask verilog`.
#[derive(Args)]
pub struct VerilogArgs {}
/// Options of `cargo xtask synth`.
#[derive(Args)]
pub struct SynthArgs {}
/// Options of `cargo xtask route`.
#[derive(Args)]
pub struct RouteArgs {}

pub fn verilog(_: &VerilogArgs) -> Result<()> {
    color_eyre::eyre::bail!("not there yet")
}
pub fn synth(_: &SynthArgs) -> Result<()> {
    color_eyre::eyre::bail!("not there yet")
}
pub fn route(_: &RouteArgs) -> Result<()> {
    color_eyre::eyre::bail!("not there yet")
}
