//! The corpus: every case that once differed, and some that reach what few do, on the ISS and on the
//! simulated card; and that a campaign is the same however it runs.

use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::time::Duration;

use gasworks_abi::config::Config;
use gasworks_driver::{Device, Level};
use gasworks_fuzz::campaign::Report;
use gasworks_fuzz::{Campaign, Case, run};
use gasworks_iss::IssDevice;
use gasworks_sim::{SimError, SimOptions, open};

/// Cases of a campaign in the tests.
const CASES: u64 = 400;

/// The cases of the corpus by name.
fn corpus() -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let files = fs::read_dir(folder).expect("the corpus is there");
    let mut paths: Vec<_> = files
        .map(|file| file.expect("is readable").path())
        .collect();
    paths.sort_unstable();
    let case = |path: &Path| {
        let text = fs::read_to_string(path).expect("is readable");
        let name = path.display().to_string();
        let case = Case::from_json(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, case)
    };
    let cases: Vec<_> = paths.iter().map(|path| case(path)).collect();
    assert!(!cases.is_empty());
    cases
}

fn equals_revm(name: &str, case: &Case, device: &mut dyn Device) {
    let ran = run(case, Some(device));
    assert!(!ran.is_fault(), "{name}: {:#?}", ran.faults);
    let report = ran
        .report
        .unwrap_or_else(|| panic!("{name}: nothing ran: {:?}", ran.stopped));
    assert!(report.totals.txs > 0, "{name}");
}

#[test]
fn the_corpus_equals_revm_on_the_iss() {
    let mut device = IssDevice::new(Config::SIM, Level::Zero);
    for (name, case) in corpus() {
        equals_revm(&name, &case, &mut device);
    }
}

#[test]
fn the_corpus_and_some_cases_equal_revm_on_the_card() {
    let mut card = match open(&Config::SIM, &SimOptions::default(), &mut |text| {
        eprintln!("{text}")
    }) {
        Ok(card) => card,
        Err(SimError::NoVerilator) => {
            eprintln!("skipped: no verilator (run `cargo xtask tools`)");
            return;
        }
        Err(error) => panic!("{error:?}"),
    };
    for (name, case) in corpus() {
        equals_revm(&name, &case, &mut card);
    }
    for number in 0..20 {
        let case = gasworks_fuzz::campaign::case(1, number);
        let ran = run(&case, Some(&mut card));
        assert!(!ran.is_fault(), "case {number}: {:#?}", ran.faults);
    }
}

fn campaign(jobs: usize) -> Report {
    let campaign = Campaign {
        seed: 11,
        time: Duration::from_secs(3_600),
        jobs,
        cases: CASES,
        failures: 1,
    };
    let open = || -> Result<Option<Box<dyn Device>>, Infallible> {
        Ok(Some(Box::new(IssDevice::new(Config::SIM, Level::Zero))))
    };
    let Ok(mut report) = campaign.run(&open, &|_| ());
    report.seconds = 0.0;
    report
}

#[test]
fn a_campaign_is_the_same_whatever_the_jobs_and_equals_revm() {
    let (one, three) = (campaign(1), campaign(3));
    assert!(one.failures.is_empty(), "{:#?}", one.failures);
    assert_eq!(format!("{one:?}"), format!("{three:?}"));
    println!("{one:#?}");
    assert_eq!(one.cases, CASES);
    // What the device gives back says nothing about it.
    let with_code = one.txs - one.plain;
    assert!(one.card_txs * 100 > with_code * 85, "{one:#?}");
    assert!(one.card_opcodes > 20_000, "{one:#?}");
}
