//! The pipeline against a model of `docs/src/machine.md`: random programs, stub units.

mod model;
mod program;
mod script;

use gasworks_abi::config::Config;
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
    let Some(outcomes) = script::run(name, config, scenarios) else { return };
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
    assert!(failures.is_empty(), "{} of {} fail; first: {first}", failures.len(), scenarios.len());
    println!("{name}: {} scenarios, {total} micro-ops equal", scenarios.len());
}

fn config(slices: u32, harts: u32) -> Config {
    Config { slices, harts, ..Config::TINY }
}

const ALL: Mix = Mix { blocks: 12, units: true, branches: true };

#[test]
fn one_hart_agrees_with_the_model() {
    let config = config(4, 1);
    let straight = Mix { blocks: 6, units: false, branches: false };
    let branches = Mix { blocks: 12, units: false, branches: true };
    let mut all = scenarios(1, 40, 1, straight, 0);
    all.extend(scenarios(2, 40, 1, branches, 0));
    all.extend(scenarios(3, 80, 1, ALL, 12));
    check("pipe_one_hart", &config, &all);
}

#[test]
fn four_harts_agree_with_the_model() {
    check("pipe_four_harts", &config(4, 4), &scenarios(4, 80, 4, ALL, 12));
}
