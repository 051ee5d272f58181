//! `workload`, `replay`, `trace`, `disasm` and `info` on every device that is there.

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use common::{arg, block, gasworks, write};
use gasworks_abi::config::Config;
use gasworks_workloads::Workload;
use serde_json::{Value, json};
use tempfile::tempdir;

/// Keys of a block and of the sums, by item 9 of the specification of the report.
const TOTAL_KEYS: [&str; 14] = [
    "txs",
    "gas_used",
    "gas_used_ok",
    "logs_bloom_ok",
    "receipts_root_ok",
    "mismatches",
    "opcodes",
    "card",
    "fallback",
    "plain",
    "wall_ms",
    "revm_ms",
    "reruns",
    "escalated",
];
const CARD_KEYS: [&str; 8] = [
    "txs",
    "gas",
    "opcodes",
    "micro_ops",
    "cycles",
    "stalls",
    "hart_cycles",
    "host_cycles",
];

/// Devices that can run here; says so loudly where the simulated card cannot.
fn devices() -> &'static [&'static str] {
    const ALL: [&str; 3] = ["software", "iss", "sim"];
    // Once, so that tests do not build the same model side by side.
    static COUNT: OnceLock<usize> = OnceLock::new();
    let count = COUNT.get_or_init(|| {
        if cfg!(not(feature = "sim")) {
            eprintln!("skipped: the simulated card, feature sim is off");
            return 2;
        }
        let sim = gasworks(&["info", "--device", "sim"]);
        if sim.code != 0 && sim.err.contains("cargo xtask tools") {
            eprintln!("skipped: the simulated card: {}", sim.err);
            return 2;
        }
        sim.says(0, &[]);
        3
    });
    &ALL[..*count]
}

/// Every key of `keys` is there.
#[track_caller]
fn has_keys(value: &Value, keys: &[&str]) {
    let found: BTreeSet<_> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    for key in keys {
        assert!(found.contains(key), "no {key} in {found:?}");
    }
}

#[track_caller]
fn replay(path: &Path, device: &str, more: &[&str]) -> Value {
    let mut args = vec!["replay", arg(path), "--device", device, "--report", "json"];
    args.extend(more);
    gasworks(&args).says(0, &[]).json()
}

#[test]
fn a_workload_replays_on_every_device() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("block.json.gz");
    for &device in devices() {
        for workload in [Workload::Transfer, Workload::Mixed] {
            let write = [
                "workload",
                workload.name(),
                "--txs",
                "8",
                "--output",
                arg(&path),
            ];
            gasworks(&write).says(0, &[]);
            let report = replay(&path, device, &[]);
            has_keys(&report, &["device", "lanes", "harts", "blocks", "total"]);
            assert_eq!(report["device"], device);
            let block = &report["blocks"][0];
            has_keys(block, &["number", "spec", "seeds"]);
            for numbers in [block, &report["total"]] {
                has_keys(numbers, &TOTAL_KEYS);
                has_keys(&numbers["card"], &CARD_KEYS);
                assert_eq!(numbers["txs"], 8);
                assert_eq!(numbers["mismatches"], 0);
                for check in ["gas_used_ok", "logs_bloom_ok", "receipts_root_ok"] {
                    assert_eq!(numbers[check], true, "{check}");
                }
            }
            let on_card = &report["total"]["card"]["txs"];
            if device == "software" {
                assert_eq!(on_card, 0);
            } else {
                assert_eq!(on_card, 8);
                assert_eq!(report["total"]["fallback"], serde_json::json!({}));
            }
            if device == "sim" {
                assert!(report["total"]["card"]["cycles"].as_u64() > Some(0));
            }
        }
    }
}

#[test]
fn a_wrong_header_is_a_mismatch() {
    let folder = tempdir().unwrap();
    let mut bundle = block(Workload::Game, 2);
    bundle["block"]["gasUsed"] = json!("0x1");
    let path = write(folder.path(), "wrong.json", &bundle.to_string());
    for device in ["software", "iss"] {
        let run = gasworks(&["replay", arg(&path), "--device", device, "--report", "json"]);
        assert_eq!(run.says(1, &[]).json()["total"]["gas_used_ok"], false);
        let run = gasworks(&["replay", arg(&path), "--device", device]);
        let table = run.says(1, &[]).out;
        assert!(
            table.contains("gas differs") && table.contains("DIFFERENT"),
            "{table}"
        );
    }
}

#[test]
fn the_tables_say_what_the_device_had() {
    let folder = tempdir().unwrap();
    let path = write(
        folder.path(),
        "block.json",
        &block(Workload::Mixed, 14).to_string(),
    );
    let run = gasworks(&["replay", arg(&path), "--device", "iss"]).says(0, &[]);
    for text in [
        "Prague",
        "Share of the device",
        "opcodes",
        "micro-ops",
        "time of revm alone",
        "equals revm",
    ] {
        assert!(run.out.contains(text), "no {text:?} in {}", run.out);
    }
    assert_eq!(run.err, "");
}

#[test]
fn a_limit_leaves_the_header_unchecked() {
    let folder = tempdir().unwrap();
    let path = write(
        folder.path(),
        "block.json",
        &block(Workload::Nft, 5).to_string(),
    );
    let report = replay(&path, "iss", &["--limit-txs", "2"]);
    assert_eq!(report["total"]["txs"], 2);
    assert_eq!(report["total"]["gas_used_ok"], Value::Null);
}

#[test]
fn traces_of_all_devices_are_equal() {
    let folder = tempdir().unwrap();
    let devices = devices();
    for workload in Workload::ALL
        .into_iter()
        .filter(|workload| workload.is_single_frame())
    {
        let path = write(folder.path(), "block.json", &block(workload, 4).to_string());
        for tx in ["0", "3"] {
            let trace = |device: &str| {
                let args = ["trace", arg(&path), "--tx", tx, "--device", device];
                gasworks(&args).says(0, &[]).out
            };
            let expected = trace("software");
            assert!(expected.lines().count() > 50, "{expected}");
            for device in &devices[1..] {
                first_difference(workload, &expected, &trace(device));
            }
        }
    }
}

#[track_caller]
fn first_difference(workload: Workload, expected: &str, found: &str) {
    for (number, (expected, found)) in expected.lines().zip(found.lines()).enumerate() {
        assert_eq!(expected, found, "{workload}: line {number}");
    }
    assert_eq!(
        expected.lines().count(),
        found.lines().count(),
        "{workload}"
    );
}

#[test]
fn a_trace_has_the_fields_of_eip_3155() {
    let folder = tempdir().unwrap();
    let path = write(
        folder.path(),
        "block.json",
        &block(Workload::SwapRouted, 1).to_string(),
    );
    let mut args = vec!["trace", arg(&path), "--tx", "0", "--device", "iss"];
    gasworks(&args).says(0, &[]);
    args.extend(["--preset", "tiny"]);
    let run = gasworks(&args).says(0, &["gave it back (journal_limit)"]);
    let last = run.out.lines().last().unwrap();
    let last: Value = serde_json::from_str(last).unwrap();
    let keys = [
        "pc", "op", "opName", "gas", "gasCost", "stack", "depth", "refund", "memSize",
    ];
    has_keys(&last, &keys);
    // It ended inside of what the first frame called.
    assert_eq!(last["opName"], "CALL");
}

#[test]
fn a_replay_writes_the_traces_of_all_transactions() {
    let folder = tempdir().unwrap();
    let path = write(
        folder.path(),
        "block.json",
        &block(Workload::Supply, 3).to_string(),
    );
    let traces = ["software", "iss"].map(|device| {
        let file = folder.path().join(device);
        replay(&path, device, &["--trace", arg(&file), "--seeds", "none"]);
        std::fs::read_to_string(file).unwrap()
    });
    assert_eq!(traces[0].matches("\"transaction\":").count(), 3);
    first_difference(Workload::Supply, &traces[0], &traces[1]);
}

#[test]
fn the_same_arguments_write_the_same_bytes() {
    let args = [
        "workload",
        "swap",
        "--txs",
        "3",
        "--conflict",
        "0.5",
        "--seed",
        "9",
    ];
    let [one, other] = [(); 2].map(|()| gasworks(&args).says(0, &[]).out);
    assert!(one == other && one.starts_with('{'));
    let list = gasworks(&["workload", "--list"]).says(0, &[]).out;
    for workload in Workload::ALL {
        assert!(list.contains(workload.name()), "{list}");
    }
}

#[test]
fn bytecode_comes_from_text_file_or_bundle() {
    let direct = gasworks(&["disasm", "0x6001600201"]).says(0, &[]).out;
    assert!(direct.contains("add") && direct.contains("ADD"), "{direct}");
    let folder = tempdir().unwrap();
    let hex = write(folder.path(), "code.hex", "60 01\n6002 01\n");
    assert_eq!(gasworks(&["disasm", arg(&hex)]).says(0, &[]).out, direct);
    let bundle = block(Workload::Transfer, 1);
    let path = write(folder.path(), "block.json", &bundle.to_string());
    let contract = bundle["block"]["transactions"][0]["to"].as_str().unwrap();
    let place = format!("{}:{contract}", arg(&path));
    let out = gasworks(&["disasm", &place, "--fork", "cancun"])
        .says(0, &[])
        .out;
    assert!(
        out.contains("fork Cancun") && out.contains("SSTORE"),
        "{out}"
    );
}

#[test]
fn info_says_what_fits() {
    let args = [
        "info", "--device", "iss", "--preset", "tiny", "--lanes", "2", "--report", "json",
    ];
    let info = gasworks(&args).says(0, &[]).json();
    assert_eq!(info["device"], "iss");
    assert_eq!(info["lanes"], 2);
    assert_eq!(info["stack_words"], Config::TINY.stack_words());
    assert_eq!(info["frames"], Config::TINY.frames());
    assert!(info["forks"].as_array().unwrap().contains(&json!("Osaka")));
    assert!(gasworks(&["info"]).says(0, &[]).out.contains("revm alone"));
}

#[test]
fn help_has_examples_and_shells_have_completions() {
    for command in [
        "replay",
        "statetest",
        "trace",
        "disasm",
        "info",
        "workload",
        "completions",
    ] {
        let help = gasworks(&[command, "--help"]).says(0, &[]).out;
        assert!(help.contains("Examples:"), "{help}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = gasworks(&["completions", shell]).says(0, &[]).out;
        assert!(script.contains("replay"), "{script}");
    }
}
