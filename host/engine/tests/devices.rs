//! Real mainnet blocks on the ISS, directly and through the rings of a card in software.

mod common;
#[path = "../../driver/tests/common/mod.rs"]
mod fake;

use std::collections::BTreeMap;

use gasworks::{BlockReport, Bundle, Options, Overlap, Replay, SeedPolicy};
use gasworks_abi::config::Config;
use gasworks_driver::{
    Capabilities, CardDevice, CardOptions, Device, DeviceError, Execution, LaneCounters, Level,
    StateSource, Submission, SubmitError,
};
use gasworks_iss::IssDevice;

const POLICIES: [SeedPolicy; 4] = [
    SeedPolicy::None,
    SeedPolicy::AccessList,
    SeedPolicy::Predicted,
    SeedPolicy::Oracle,
];

fn replay(bundle: &Bundle, device: &mut dyn Device, options: &Options) -> BlockReport {
    let report = Replay::run(bundle, Some(device), options, |_| {}).unwrap();
    let totals = &report.totals;
    println!(
        "{} {} {} {}: {} txs, plain {}, card {} ({} opcodes), fallback {:?}, reruns {}",
        device.name(),
        report.number,
        report.spec,
        report.seeds,
        totals.txs,
        totals.plain,
        totals.card.txs,
        totals.card.opcodes,
        totals.fallback,
        totals.reruns,
    );
    assert!(totals.is_ok(), "{:#?}", report.mismatch_details);
    assert!(
        report.device_errors.is_empty(),
        "{:?}",
        report.device_errors
    );
    let fallback: u64 = totals.fallback.values().sum();
    assert_eq!(totals.card.txs + totals.plain + fallback, totals.txs);
    report
}

/// What must not depend on how transactions came to the device.
fn venues(report: &BlockReport) -> (u64, u64, BTreeMap<String, u64>) {
    let totals = &report.totals;
    (totals.card.txs, totals.plain, totals.fallback.clone())
}

#[test]
fn iss_equals_revm_under_every_seed_policy() {
    let mut device = IssDevice::new(Config::SIM, Level::Zero);
    for path in common::blocks() {
        let bundle = Bundle::load(&path).unwrap();
        let reports = POLICIES.map(|seeds| {
            let options = Options {
                seeds,
                ..Options::default()
            };
            replay(&bundle, &mut device, &options)
        });
        assert!(
            reports
                .iter()
                .all(|report| venues(report) == venues(&reports[0]))
        );
    }
}

#[test]
fn rings_equal_the_iss_behind_them() {
    let config = Config {
        lanes: 2,
        ..Config::SIM
    };
    let mut direct = IssDevice::new(config, Level::Zero);
    let card = fake::FakeCard::new(config, 128 << 20, fake::iss::behaviour(config));
    let mut card = CardDevice::open(card, CardOptions::default()).unwrap();
    for path in common::blocks() {
        let bundle = Bundle::load(&path).unwrap();
        let one = replay(&bundle, &mut direct, &Options::default());
        let other = replay(&bundle, &mut card, &Options::default());
        assert_eq!(venues(&one), venues(&other));
        assert_eq!(one.totals.card.micro_ops, other.totals.card.micro_ops);
    }
}

#[test]
fn small_stores_evict_and_limits_escalate() {
    let config = Config {
        code_lines_log2: 12,
        constants_log2: 11,
        ..Config::TINY
    };
    let card = fake::FakeCard::new(config, 48 << 20, fake::iss::behaviour(config));
    let options = CardOptions {
        ring_log2: 2,
        ..CardOptions::default()
    };
    let mut card = CardDevice::open(card, options).unwrap();
    for path in common::blocks() {
        let bundle = Bundle::load(&path).unwrap();
        replay(&bundle, &mut card, &Options::default());
    }
}

#[test]
fn optimistic_overlap_runs_conflicting_transactions_again() {
    let mut device = IssDevice::new(Config::SIM, Level::Zero);
    let options = Options {
        overlap: Overlap::Optimistic,
        ..Options::default()
    };
    let mut reruns = 0;
    for path in common::blocks() {
        let bundle = Bundle::load(&path).unwrap();
        let report = replay(&bundle, &mut device, &options);
        reruns += report.totals.reruns;
        let plain = replay(&bundle, &mut device, &Options::default());
        assert_eq!(venues(&report), venues(&plain));
    }
    println!("{reruns} reruns");
}

/// Fails at every `period`-th poll, having lost what was in flight.
struct Flaky {
    inner: IssDevice,
    polls: u32,
    period: u32,
    comes_back: bool,
}

impl Device for Flaky {
    fn name(&self) -> &'static str {
        "flaky"
    }
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }
    fn submit(&mut self, submission: &Submission) -> Result<(), SubmitError> {
        self.inner.submit(submission)
    }
    fn poll(&mut self, state: &mut dyn StateSource) -> Result<Vec<Execution>, DeviceError> {
        self.polls += 1;
        match self.polls.is_multiple_of(self.period) {
            true => Err(DeviceError::Fault { status: 2 }),
            false => self.inner.poll(state),
        }
    }
    fn counters(&mut self) -> Result<Vec<LaneCounters>, DeviceError> {
        self.inner.counters()
    }
    fn reset(&mut self) -> Result<(), DeviceError> {
        self.inner.reset()?;
        match self.comes_back {
            true => Ok(()),
            false => Err(DeviceError::Reset { waited_us: 1 }),
        }
    }
}

#[test]
fn a_failing_device_loses_no_transaction() {
    for comes_back in [true, false] {
        for path in common::blocks() {
            let bundle = Bundle::load(&path).unwrap();
            let mut device = Flaky {
                inner: IssDevice::new(Config::SIM, Level::Zero),
                polls: 0,
                period: 3,
                comes_back,
            };
            let options = Options::default();
            let report = Replay::run(&bundle, Some(&mut device), &options, |_| {}).unwrap();
            let totals = &report.totals;
            assert!(totals.is_ok(), "{:#?}", report.mismatch_details);
            let lost = totals
                .fallback
                .get(gasworks::DEVICE_ERROR)
                .copied()
                .unwrap_or(0);
            assert_eq!(lost > 0, !report.device_errors.is_empty());
            let fallback: u64 = totals.fallback.values().sum();
            assert_eq!(totals.card.txs + totals.plain + fallback, totals.txs);
        }
    }
}
