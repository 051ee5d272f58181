//! Speed of the interpreter: a loop as compilers write it, in micro-ops per second.

use std::sync::Arc;

use alloy_primitives::U256;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gasworks_abi::config::Config;
use gasworks_abi::fork::Fork;
use gasworks_iss::{Hart, Image, NoHost, NoObserver, Start};
use gasworks_translate::{Level, translate};

/// Sums a counter in memory from 5,000 down: PUSH, DUP, SWAP, ADD, SUB, MLOAD, MSTORE, JUMPI.
const LOOP: [u8; 27] = [
    0x61, 0x13, 0x88, // PUSH2 5000
    0x5b, // JUMPDEST
    0x80, 0x60, 0x20, 0x51, 0x01, 0x60, 0x20, 0x52, // MSTORE(32, MLOAD(32) + counter)
    0x60, 0x01, 0x90, 0x03, // counter - 1
    0x80, 0x15, 0x15, // counter != 0
    0x60, 0x03, 0x57, // JUMPI
    0x60, 0x20, 0x60, 0x20, 0xf3, // RETURN(32, 32)
];

fn run_loop(c: &mut Criterion) {
    let program = translate(&LOOP, Fork::Osaka, Level::Zero).expect("short code translates");
    let image = Image::new(program.words, &program.constants, LOOP.to_vec());
    let image = Arc::new(image.expect("an image"));
    let start = Start {
        fork: Fork::Osaka,
        gas_limit: 10_000_000,
        environment: &[U256::ZERO; 32],
        calldata: &[],
        seeds: &[],
        result_len: 4096,
    };
    let run = || Hart::new(&Config::SIM, &image, &start).run(&mut NoHost, &mut NoObserver);
    let mut group = c.benchmark_group("iss");
    group.throughput(Throughput::Elements(run().micro_ops));
    group.bench_function("loop", |b| b.iter(run));
    group.finish();
}

criterion_group!(benches, run_loop);
criterion_main!(benches);
