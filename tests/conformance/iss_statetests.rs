//! State tests on the ISS in lock-step with revm, per EVM instruction of every frame of each
//! transaction.
//!
//! `GASWORKS_STATETESTS=quick` runs only the folders that mostly live in one frame.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use gasworks_abi::escalation::Escalation;
use gasworks_tests::compare::{Comparison, Failure, Verdict, WIDE, compare};
use gasworks_tests::reference::Options;
use gasworks_tests::statetest::Case;
use gasworks_tests::{data_dir, statetest};

/// Folders of tests that mostly live in one frame.
const SINGLE_FRAME: [&str; 14] = [
    "ethereum-tests/GeneralStateTests/VMTests",
    "ethereum-tests/GeneralStateTests/stShift",
    "ethereum-tests/GeneralStateTests/stMemoryTest",
    "ethereum-tests/GeneralStateTests/stSStoreTest",
    "ethereum-tests/GeneralStateTests/stSLoadTest",
    "ethereum-tests/GeneralStateTests/stLogTests",
    "ethereum-tests/GeneralStateTests/stArgsZeroOneBalance",
    "ethereum-tests/GeneralStateTests/stEIP150singleCodeGasPrices",
    "ethereum-tests/GeneralStateTests/stEIP1559",
    "ethereum-tests/GeneralStateTests/stEIP2930",
    "ethereum-tests/GeneralStateTests/stEIP3855-push0",
    "ethereum-tests/GeneralStateTests/stEIP5656-MCOPY",
    "ethereum-tests/GeneralStateTests/stEIP1153-transientStorage",
    "eest/osaka",
];

/// Files that are not run, and why.
const SKIPPED: [(&str, &str); 2] = [
    (
        "stTransactionTest/ValueOverflowParis.json",
        "its value does not fit 256 bits, so that no transaction can be built from it",
    ),
    (
        "stTimeConsuming/CALLBlake2f_MaxRounds.json",
        "four thousand million rounds of a precompile that both sides have from revm",
    ),
];

fn is_skipped(path: &Path) -> bool {
    let skipped = SKIPPED.iter().find(|(name, _)| path.ends_with(name));
    if let Some((name, reason)) = skipped {
        println!("skipped: {name}: {reason}");
    }
    skipped.is_some()
}

#[derive(Default)]
struct Tally {
    verdicts: BTreeMap<Verdict, usize>,
    transactions: usize,
    instructions: u64,
    frames: u64,
    deepest: u32,
    other_halt_reasons: usize,
    failures: Vec<String>,
}

impl Tally {
    fn add(&mut self, case: &Case, result: Result<Comparison, Failure>) {
        self.transactions += 1;
        match result {
            Ok(comparison) => {
                *self.verdicts.entry(comparison.verdict).or_default() += 1;
                self.instructions += comparison.instructions;
                self.frames += comparison.frames;
                self.deepest = self.deepest.max(comparison.deepest);
                self.other_halt_reasons += usize::from(comparison.other_halt_reason);
            }
            Err(Failure::Invalid(_)) if case.is_invalid => {}
            Err(Failure::Invalid(reason)) => {
                self.failures
                    .push(format!("{}: invalid: {reason}", case.name));
            }
            Err(Failure::Differs(text)) => self.failures.push(format!("{}: {text}", case.name)),
        }
    }
}

fn run_file(path: &Path, tally: &Mutex<Tally>) {
    let cases = match statetest::cases(path) {
        Ok(cases) => cases,
        Err(error) => {
            tally.lock().unwrap().failures.push(error);
            return;
        }
    };
    for case in cases {
        let result = compare(&WIDE, &case.context, &case.tx, Options::default());
        tally.lock().unwrap().add(&case, result);
    }
}

#[test]
fn iss_equals_revm_on_state_tests() {
    let Some(data) = data_dir() else { return };
    let data = data.join("statetests");
    let quick = std::env::var("GASWORKS_STATETESTS").is_ok_and(|value| value == "quick");
    let folders: Vec<PathBuf> = if quick {
        SINGLE_FRAME.iter().map(|name| data.join(name)).collect()
    } else {
        vec![data]
    };
    let files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| statetest::files(folder))
        .filter(|path| !is_skipped(path))
        .collect();
    let (tally, next) = (Mutex::new(Tally::default()), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    run_file(path, &tally);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!(
        "{} files, {} transactions, {} frames (at most {} at once), {} instructions compared",
        files.len(),
        tally.transactions,
        tally.frames,
        tally.deepest,
        tally.instructions
    );
    println!("{} halts with another reason", tally.other_halt_reasons);
    for (verdict, count) in &tally.verdicts {
        println!("{count:6} {verdict:?}");
    }
    for failure in tally.failures.iter().take(10) {
        println!("{failure}");
    }
    assert!(
        tally.failures.is_empty(),
        "{} cases differ",
        tally.failures.len()
    );
    assert!(!files.is_empty(), "no state tests under {folders:?}");
    assert_few_escalate(&tally.verdicts);
}

/// With a hart as wide as the EVM, only a few monsters are given back.
fn assert_few_escalate(verdicts: &BTreeMap<Verdict, usize>) {
    let total: usize = verdicts.values().sum();
    for (verdict, count) in verdicts {
        match verdict {
            Verdict::Escalated(
                Escalation::MemoryLimit
                | Escalation::StateTableLimit
                | Escalation::FrameLimit
                | Escalation::ReturnLimit
                | Escalation::StackLimit,
            ) => {
                // Most of these recurse to the limit of the EVM, 1,025 frames.
                assert!(count * 100 < total, "{verdict:?}: {count} of {total}");
            }
            Verdict::Escalated(reason) => panic!("{count} escalated for {}", reason.name()),
            _ => {}
        }
    }
}
