//! Tests of the memory unit and its blocks.

mod bench;

use super::unit::MemoryUnit;
use bench::{Bench, Stalls};
use gasworks_abi::config::Config;
use gasworks_verilog::harness::{Stimulus, cosim};
use rust_hdl::prelude::*;
use std::collections::BTreeMap;

fn clock(unit: &mut MemoryUnit, level: bool) {
    unit.clock.next = level.into();
}

/// Runs the unit in rust-hdl's simulator.
fn run(bench: &mut Bench, config: &Config, cycles: u64, seed: u64) {
    let mut unit = MemoryUnit::new(config);
    unit.connect_all();
    let mut s = Stimulus::new(seed);
    for cycle in 0..cycles {
        bench.poke(&mut unit, &mut s);
        for level in [false, true] {
            clock(&mut unit, level);
            assert!(simulate(&mut unit, 200), "no fixed point in cycle {cycle}");
        }
    }
}

/// Cycles and seed: `GASWORKS_CYCLES` and `GASWORKS_SEED`, or few cycles of seed 1.
fn campaign(cycles: u64) -> (u64, u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    (
        number("GASWORKS_CYCLES").unwrap_or(cycles),
        number("GASWORKS_SEED").unwrap_or(1),
    )
}

/// Prints what ran: operations by outcome.
fn report(bench: &Bench, seed: u64) {
    let mut outcomes = BTreeMap::new();
    for done in &bench.done {
        let response = done.response;
        let reason = if response.status == 0 {
            0
        } else {
            response.code
        };
        *outcomes
            .entry((done.request.op.info().name, response.status, reason))
            .or_insert(0) += 1;
    }
    println!(
        "seed {seed}: {} operations; (operation, status, code): {outcomes:?}",
        bench.done.len()
    );
}

#[test]
fn agrees_with_its_model_under_random_stalls() {
    let (cycles, seed) = campaign(3_000);
    let mut bench = Bench::new(Config::TINY, Stalls::MANY);
    run(&mut bench, &Config::TINY, cycles, seed);
    report(&bench, seed);
}

#[test]
fn verilog_agrees_with_rust_hdl() {
    let mut bench = Bench::new(Config::TINY, Stalls::MANY);
    cosim(
        "memory_unit",
        MemoryUnit::new(&Config::TINY),
        400,
        |unit, s| bench.poke(unit, s),
        Some(clock),
    );
}
