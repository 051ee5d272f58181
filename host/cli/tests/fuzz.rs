//! `fuzz`: what it prints, and that a seed says which cases run.

mod common;

use common::{arg, gasworks};
use tempfile::tempdir;

fn report(seed: &str, jobs: &str) -> serde_json::Value {
    let folder = tempdir().unwrap();
    let run = gasworks(&[
        "fuzz",
        "--device",
        "iss",
        "--cases",
        "40",
        "--seconds",
        "600",
        "--seed",
        seed,
        "--jobs",
        jobs,
        "--report",
        "json",
        "--out",
        arg(folder.path()),
    ]);
    let mut report = run.says(0, &[]).json();
    report["seconds"].take();
    report
}

#[test]
fn a_seed_gives_the_same_cases_whatever_the_jobs() {
    let report_of_one = report("3", "1");
    assert_eq!(report_of_one, report("3", "2"));
    assert_ne!(report_of_one["opcodes"], report("4", "1")["opcodes"]);
    assert_eq!(report_of_one["cases"], 40);
    assert_eq!(report_of_one["failures"], serde_json::json!([]));
    let count = |name: &str| report_of_one[name].as_u64().unwrap();
    assert!(count("card_txs") * 2 > count("txs"), "{report_of_one:#}");
    assert!(count("programs") > 40 && count("card_opcodes") > 0);
}

#[test]
fn a_table_says_what_ran_and_that_nothing_differs() {
    let run = gasworks(&["fuzz", "--device", "iss", "--cases", "20", "--seed", "1"]);
    let run = run.says(0, &[]);
    for part in [
        "20 cases",
        "transactions",
        "opcodes",
        "On the device",
        "Every transaction equals revm.",
    ] {
        assert!(run.out.contains(part), "no {part:?} in {run:#?}");
    }
}

#[test]
fn revm_alone_equals_itself() {
    let run = gasworks(&["fuzz", "--cases", "5", "--report", "json"]);
    let report = run.says(0, &[]).json();
    assert_eq!(report["cases"], 5);
    assert_eq!(report["card_txs"], 0);
}

#[test]
fn nonsense_is_refused() {
    gasworks(&["fuzz", "--jobs", "0"]).says(2, &["--jobs"]);
    gasworks(&["fuzz", "--failures", "0"]).says(2, &["--failures"]);
    gasworks(&["fuzz", "--device", "gpu"]).says(2, &["gpu"]);
}
