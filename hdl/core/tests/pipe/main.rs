//! The pipeline against a model of `docs/src/machine.md`: random programs, stub units.

mod model;
mod program;
mod script;
mod timing;

use gasworks_abi::config::Config;
use gasworks_abi::regs::Counter;
use gasworks_verilog::harness::Stimulus;
use program::Mix;
use script::{Frame, Scenario};

fn scenarios(seed: u64, count: usize, harts: usize, mix: Mix, latency: u32) -> Vec<Scenario> {
    let mut random = Stimulus::new(seed);
    (0..count)
        .map(|i| Scenario {
            name: format!("seed{seed}_{i}"),
            seed: random.draw() | 1,
            latency: random.below(u64::from(latency) + 1) as u32,
            fixed: 0,
            frames: (0..harts)
                .map(|hart| Frame {
                    hart,
                    gas: 300 + random.below(6000),
                    program: program::random(&mut random, mix, 16 * hart as u32),
                })
                .collect(),
        })
        .collect()
}

fn check(name: &str, config: &Config, scenarios: &[Scenario]) {
    let Some(outcomes) = script::run(name, config, scenarios) else {
        return;
    };
    assert_eq!(outcomes.len(), scenarios.len());
    let mut total = 0;
    let mut failures = Vec::new();
    for (scenario, outcome) in scenarios.iter().zip(&outcomes) {
        match script::compare(config, scenario, outcome) {
            Ok(count) => total += count,
            Err(text) => failures.push(text),
        }
    }
    let first = failures.first().cloned().unwrap_or_default();
    assert!(
        failures.is_empty(),
        "{} of {} fail; first: {first}",
        failures.len(),
        scenarios.len()
    );
    let enters: usize = outcomes.iter().map(script::enters).sum();
    println!(
        "{name}: {} scenarios, {total} micro-ops equal, {enters} enters",
        scenarios.len()
    );
    // The counters run on from scenario to scenario.
    let last = outcomes.last().map(|outcome| &outcome.counters[..]);
    for (counter, value) in Counter::ALL.iter().zip(last.unwrap_or_default()) {
        print!(" {} {value}", counter.name());
    }
    println!();
}

fn config(slices: u32, harts: u32) -> Config {
    Config {
        slices,
        harts,
        ..Config::TINY
    }
}

const ALL: Mix = Mix {
    blocks: 12,
    units: 1,
    branches: true,
    enters: 0,
};

#[test]
fn frames_agree_with_the_model() {
    let mix = Mix { enters: 16, ..ALL };
    for (slices, harts, stack_log2) in [(4, 1, 6), (4, 4, 7), (2, 4, 11), (4, 1, 10)] {
        let config = Config {
            stack_log2,
            ..config(slices, harts)
        };
        let name = format!("pipe_frames_{slices}_{harts}_{stack_log2}");
        check(&name, &config, &scenarios(8, 40, harts as usize, mix, 12));
    }
}

#[test]
fn frames_that_run_dry_behind_posted_operations_agree_with_the_model() {
    let mix = Mix {
        enters: 24,
        units: 4,
        ..ALL
    };
    for harts in [1, 4] {
        let mut all = scenarios(9, 120, harts, mix, 20);
        for scenario in &mut all {
            for frame in &mut scenario.frames {
                frame.gas /= 4;
            }
        }
        let name = format!("pipe_dry_{harts}");
        check(&name, &config(4, harts as u32), &all);
    }
}

#[test]
fn one_hart_agrees_with_the_model() {
    let config = config(4, 1);
    let straight = Mix {
        blocks: 6,
        units: 0,
        branches: false,
        enters: 0,
    };
    let branches = Mix {
        blocks: 12,
        units: 0,
        branches: true,
        enters: 0,
    };
    let mut all = scenarios(1, 40, 1, straight, 0);
    all.extend(scenarios(2, 40, 1, branches, 0));
    all.extend(scenarios(3, 80, 1, ALL, 12));
    check("pipe_one_hart", &config, &all);
}

#[test]
fn many_unit_operations_agree_with_the_model() {
    let mix = Mix { units: 6, ..ALL };
    check("pipe_units_1", &config(4, 1), &scenarios(6, 80, 1, mix, 20));
    check("pipe_units_4", &config(4, 4), &scenarios(7, 60, 4, mix, 20));
}

#[test]
fn four_harts_agree_with_the_model() {
    check(
        "pipe_four_harts",
        &config(4, 4),
        &scenarios(4, 80, 4, ALL, 12),
    );
}

#[test]
fn every_number_of_slices_agrees_with_the_model() {
    for (slices, harts) in [(1, 2), (2, 4), (8, 1)] {
        let name = format!("pipe_{slices}_slices_{harts}_harts");
        check(
            &name,
            &config(slices, harts),
            &scenarios(5, 40, harts as usize, ALL, 12),
        );
    }
}

#[test]
fn stated_latencies_hold() {
    for slices in [2, 4] {
        let config = config(slices, 1);
        let timings = timing::all(u64::from(slices));
        let scenarios: Vec<Scenario> = timings.iter().map(timing::scenario).collect();
        let name = format!("pipe_timing_{slices}");
        let Some(outcomes) = script::run(&name, &config, &scenarios) else {
            return;
        };
        let mut wrong = Vec::new();
        for ((timing, scenario), outcome) in timings.iter().zip(&scenarios).zip(&outcomes) {
            script::compare(&config, scenario, outcome).expect("the model agrees");
            let cycles = &outcome.harts[0].cycles;
            for &(at, want) in &timing.expected {
                let got = cycles[at + 1] - cycles[at];
                println!(
                    "{slices} slices, {}, micro-op {at}: {got} cycles",
                    timing.name
                );
                if got != want {
                    wrong.push(format!("{}: {got} cycles, not {want}", timing.name));
                }
            }
        }
        assert!(wrong.is_empty(), "{slices} slices: {wrong:#?}");
    }
}
