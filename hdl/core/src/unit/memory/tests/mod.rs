//! Tests of the memory unit and its blocks.

mod bench;
mod blocks;
mod check;
mod frames;
mod random;
mod restart;
mod streams;

use super::model::Request;
use super::unit::MemoryUnit;
use bench::{Bench, Job, Stalls};
use gasworks_abi::config::Config;
use gasworks_abi::micro_op::Op;
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
    let mut codecopies = [0; 3];
    for done in &bench.done {
        let response = done.response;
        let reason = if response.status == 0 {
            0
        } else {
            response.code
        };
        if done.request.op == Op::CodeCopy && response.status == 0 {
            codecopies[done.commands.min(2)] += 1;
        }
        *outcomes
            .entry((done.request.op.info().name, response.status, reason))
            .or_insert(0) += 1;
    }
    let mut tasks = BTreeMap::new();
    for done in &bench.tasks {
        *tasks.entry((done.task.op, done.status)).or_insert(0) += 1;
    }
    println!("codecopies with 0, 1, more reads: {codecopies:?}");
    println!("{} tasks; (task, status): {tasks:?}", bench.tasks.len());
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

/// A request of hart 0 with plenty of gas.
fn request(op: Op, a: u64, b: u64, c: u64) -> Request {
    let word = |value| [value, 0, 0, 0];
    Request {
        hart: 0,
        op,
        imm: 2,
        a: word(a),
        b: word(b),
        c: word(c),
        gas: 1 << 40,
        args: [[7; 4]; 4],
    }
}

#[test]
fn holds_its_latencies() {
    // The first request grows the memory to 512 bytes; none of the others needs more.
    let table = [
        (request(Op::MLoad, 480, 0, 0), 15),
        (request(Op::MLoad, 64, 0, 0), 3),
        (request(Op::MLoad, 33, 0, 0), 4),
        (request(Op::CalldataLoad, 5, 0, 0), 4),
        (request(Op::MStore, 7, 9, 0), 2),
        (request(Op::MStore8, 7, 9, 0), 2),
        (request(Op::MSize, 0, 0, 0), 3),
        (request(Op::ReturnDataCopy, 0, 0, 0), 4),
        (request(Op::InRange, 3, 320, 0), 4),
        (request(Op::OutRange, 3, 320, 0), 4),
        (request(Op::CalldataCopy, 3, 5, 32), 5),
        (request(Op::CalldataCopy, 3, 5, 320), 14),
        (request(Op::MCopy, 3, 77, 320), 15),
        (request(Op::MCopy, 77, 3, 320), 16),
        (request(Op::Keccak256, 3, 0, 0), 27),
        (request(Op::Keccak256, 3, 64, 0), 30),
        (request(Op::Keccak256, 3, 135, 0), 33),
        (request(Op::Keccak256, 3, 136, 0), 58),
        (request(Op::Log, 3, 0, 0), 13),
        (request(Op::Log, 3, 64, 0), 15),
        (request(Op::MStore, 512, 9, 0), 5),
        (request(Op::MLoad, 544, 0, 0), 8),
        (request(Op::MStore, 960, 9, 0), 10),
        (request(Op::CalldataCopy, 992, 0, 32), 10),
        (request(Op::Return, 3, 64, 0), 13),
    ];
    let mut bench = Bench::new(Config::TINY, Stalls::NONE);
    bench.script = table
        .iter()
        .map(|(request, _)| Job::Request(*request))
        .collect();
    run(&mut bench, &Config::TINY, 900, 1);
    for ((request, _), done) in table.iter().zip(&bench.done) {
        assert_eq!(done.response.status % 3, 0, "{request:?} failed");
        println!(
            "{} {:?} {:?} {:?}: {}",
            request.op.info().name,
            request.a[0],
            request.b[0],
            request.c[0],
            done.cycles
        );
    }
    for ((request, cycles), done) in table.iter().zip(&bench.done) {
        assert_eq!(done.cycles, *cycles, "cycles of {request:?}");
        let read = [Op::MLoad, Op::CalldataLoad, Op::Keccak256].contains(&request.op);
        assert_eq!(done.announced, read, "announced: {request:?}");
    }
    assert!(bench.done.len() >= table.len());
}

#[test]
fn reads_the_code_of_a_program_once() {
    // Operations of hart 0, and the reads that each needs.
    let copy = |op, from, bytes| request(op, 0, from, bytes);
    let table = [
        // Grows the memory first.
        (request(Op::MStore, 992, 0, 0), 0),
        (copy(Op::CodeCopy, 640, 32), 1),
        (copy(Op::CodeCopy, 700, 320), 0),
        (request(Op::Keccak256, 0, 64, 0), 0),
        (copy(Op::CodeCopy, 1631, 32), 0),
        (copy(Op::CodeCopy, 639, 32), 1),
        // On beyond the window, which then begins at byte 1,536.
        (copy(Op::CodeCopy, 1590, 64), 1),
        (copy(Op::CodeCopy, 1536, 32), 0),
        (copy(Op::CodeCopy, 1535, 32), 1),
        // Past the end of the code: nothing is read, but the window is lost.
        (copy(Op::CodeCopy, 1 << 40, 32), 0),
        (copy(Op::CodeCopy, 1535, 32), 1),
        // The last 16 beats of the code.
        (copy(Op::CodeCopy, 2550, 32), 1),
        (copy(Op::CodeCopy, 1600, 32), 0),
        (copy(Op::CodeCopy, 1 << 40, 32), 0),
        (copy(Op::CodeCopy, 2590, 32), 0),
        // The window of another code takes its place.
        (copy(Op::ExtCodeCopy, 0, 32), 1),
        (copy(Op::ExtCodeCopy, 0, 32), 1),
        (copy(Op::CodeCopy, 2550, 32), 1),
    ];
    let mut bench = Bench::new(Config::TINY, Stalls::NONE);
    bench.long_code = true;
    bench.script = table
        .iter()
        .map(|(request, _)| Job::Request(*request))
        .collect();
    run(&mut bench, &Config::TINY, 1_200, 1);
    assert!(bench.done.len() >= table.len());
    for ((request, commands), done) in table.iter().zip(&bench.done) {
        assert_eq!(done.response.status, 0, "{request:?} failed");
        assert_eq!(done.commands, *commands, "reads of {request:?}");
    }
}

#[test]
fn mcopy_overlaps_like_memmove() {
    let mut bench = Bench::new(Config::TINY, Stalls::NONE);
    let mut s = Stimulus::new(4);
    let mut fill = |at| {
        Job::Request(Request {
            b: std::array::from_fn(|_| s.draw()),
            ..request(Op::MStore, at, 0, 0)
        })
    };
    let ask = |op, a, b, c| Job::Request(request(op, a, b, c));
    bench.script.extend((0..22).map(|word| fill(32 * word)));
    for distance in [-65i64, -33, -32, -31, -1, 0, 1, 31, 32, 33, 65] {
        for length in [1, 33, 64, 250] {
            let (to, from) = ((200 + distance) as u64, 200);
            bench.script.push_back(ask(Op::MCopy, to, from, length));
            bench.script.push_back(ask(Op::Keccak256, 100, 450, 0));
            bench.script.push_back(fill(to));
        }
    }
    let operations = bench.script.len();
    run(&mut bench, &Config::TINY, 7_500, 1);
    assert!(
        bench.script.is_empty(),
        "only {} operations ran",
        bench.done.len()
    );
    let failed = bench.done[..operations]
        .iter()
        .find(|done| done.response.status != 0);
    assert!(failed.is_none(), "{:?}", failed.map(|done| done.request));
}

#[test]
fn verilog_agrees_with_rust_hdl() {
    let mut bench = Bench::new(Config::TINY, Stalls::MANY);
    cosim(
        "memory_unit",
        MemoryUnit::new(&Config::TINY),
        3_000,
        |unit, s| bench.poke(unit, s),
        Some(clock),
    );
}
