//! The simulated card against the ISS in lock-step, and against revm, over whole blocks.

use gasworks::{Bundle, Options, Replay, SeedPolicy};
use gasworks_abi::config::Config;
use gasworks_driver::Level;
use gasworks_sim::{SimError, SimOptions, open};
use gasworks_tests::card_lockstep::CardLockstep;
use gasworks_tests::data_dir;
use gasworks_workloads::{Params, Workload, bundle};

/// A card of the preset `sim` in lock-step; nothing, loudly, where there is no Verilator.
fn card() -> Option<CardLockstep> {
    let mut options = SimOptions::default();
    options.timing.stall_per_1024 = 64;
    match open(&Config::SIM, &options, &mut |text| eprintln!("{text}")) {
        Ok(card) => Some(CardLockstep::new(card, Config::SIM, Level::Zero)),
        Err(SimError::NoVerilator) => {
            eprintln!("skipped: no verilator (run `cargo xtask tools`)");
            None
        }
        Err(error) => panic!("{error:?}"),
    }
}

/// Replays one block; every transaction must equal revm's, every micro-op the ISS's.
fn replay(card: &mut CardLockstep, bundle: &Bundle, options: &Options) -> u64 {
    let number = bundle.block.number.0;
    let report = Replay::run(bundle, Some(card), options, |_| ())
        .unwrap_or_else(|failure| panic!("block {number}: {failure:?}"));
    let errors = &report.device_errors;
    assert!(errors.is_empty(), "block {number}: {}", errors.join("\n"));
    assert_eq!(
        report.totals.mismatches, 0,
        "block {number}: {:?}",
        report.mismatch_details
    );
    report.totals.card.txs
}

#[test]
fn workloads_equal_the_iss_and_revm() {
    let Some(mut card) = card() else { return };
    for workload in Workload::ALL {
        let params = Params {
            txs: 6,
            conflict: 0.3,
            seed: 7,
        };
        let json = bundle(workload, &params).expect("is made").to_json();
        let block = Bundle::from_slice(workload.name(), json.as_bytes()).expect("parses");
        let on_card = replay(&mut card, &block, &Options::default());
        eprintln!(
            "{workload}: {on_card} transactions, {} micro-ops so far",
            card.micro_ops
        );
        assert!(
            on_card > 0 || !workload.is_single_frame(),
            "{workload}: nothing on the card"
        );
    }
}

#[test]
fn real_blocks_equal_the_iss_and_revm() {
    let (Some(data), Some(mut card)) = (data_dir(), card()) else {
        return;
    };
    for number in ["19426587", "19929064"] {
        let path = data.join(format!("blocks/{number}.json.gz"));
        let block = Bundle::load(&path).expect("loads");
        let options = Options {
            seeds: SeedPolicy::None,
            ..Options::default()
        };
        let on_card = replay(&mut card, &block, &options);
        eprintln!("block {number}: {on_card} transactions on the card");
        assert!(on_card > 0, "block {number}: nothing on the card");
    }
}
