//! Every bad input is a clear error with exit code 2 that names file, block, transaction and field.

mod common;

use std::path::Path;

use common::{Run, arg, block, gasworks, write};
use gasworks_workloads::Workload;
use serde_json::{Value, json};
use tempfile::tempdir;

/// Replays a transfer block after a change on two devices; both must say the same.
#[track_caller]
fn replay_changed(change: impl Fn(&mut Value)) -> Run {
    let folder = tempdir().unwrap();
    let mut bundle = block(Workload::Transfer, 3);
    change(&mut bundle);
    let path = write(folder.path(), "changed.json", &bundle.to_string());
    let software = gasworks(&["replay", arg(&path)]);
    let iss = gasworks(&["replay", arg(&path), "--device", "iss"]);
    assert_eq!((software.code, &software.err), (iss.code, &iss.err));
    software.says(2, &["changed.json"])
}

/// The account that transaction `index` calls.
fn recipient(bundle: &Value, index: usize) -> String {
    bundle["block"]["transactions"][index]["to"]
        .as_str()
        .unwrap()
        .to_lowercase()
}

#[test]
fn a_truncated_bundle() {
    let folder = tempdir().unwrap();
    let text = block(Workload::Transfer, 3).to_string();
    for len in [0, 1, text.len() / 2, text.len() - 1] {
        let path = write(folder.path(), "short.json", &text[..len]);
        gasworks(&["replay", arg(&path)]).says(2, &["short.json", "misshapen", "EOF"]);
    }
}

#[test]
fn a_truncated_gzip_file() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("whole.json.gz");
    gasworks(&["workload", "transfer", "--txs", "2", "--output", arg(&path)]).says(0, &[]);
    let bytes = std::fs::read(&path).unwrap();
    let short = folder.path().join("short.json.gz");
    std::fs::write(&short, &bytes[..bytes.len() / 2]).unwrap();
    gasworks(&["replay", arg(&short)]).says(2, &["short.json.gz", "cannot read"]);
}

#[test]
fn a_field_of_the_wrong_type() {
    replay_changed(|bundle| bundle["block"]["transactions"][1]["nonce"] = json!({}))
        .says(2, &["transaction 1", "block.transactions[1].nonce"]);
    replay_changed(|bundle| bundle["block"]["gasUsed"] = json!("0xzz")).says(2, &["block.gasUsed"]);
    replay_changed(|bundle| bundle["codes"] = json!([])).says(2, &["codes"]);
}

#[test]
fn a_missing_field() {
    replay_changed(|bundle| {
        bundle.as_object_mut().unwrap().remove("pre_state");
    })
    .says(2, &["pre_state"]);
    replay_changed(|bundle| {
        bundle["block"]
            .as_object_mut()
            .unwrap()
            .remove("baseFeePerGas");
    })
    .says(2, &["baseFeePerGas"]);
}

#[test]
fn an_unknown_fork() {
    let run = gasworks(&["replay", "x.json", "--spec", "Atlantis"]);
    run.says(2, &["Atlantis", "Osaka"]);
    gasworks(&["disasm", "0x00", "--fork", "Frontier"]).says(2, &["Berlin"]);
}

#[test]
fn a_missing_account() {
    replay_changed(|bundle| {
        let sender = bundle["block"]["transactions"][1]["from"]
            .as_str()
            .unwrap()
            .to_lowercase();
        let state = bundle["pre_state"].as_object_mut().unwrap();
        state.retain(|address, _| address.to_lowercase() != sender);
    })
    .says(2, &["transaction 1", "missing", "pre_state"]);
    replay_changed(|bundle| {
        let contract = recipient(bundle, 0);
        let state = bundle["pre_state"].as_object_mut().unwrap();
        state.retain(|address, _| address.to_lowercase() != contract);
    })
    .says(2, &["missing", "pre_state"]);
}

#[test]
fn a_missing_code() {
    replay_changed(|bundle| bundle["codes"] = json!({})).says(2, &["code", "missing", "pre_state"]);
}

#[test]
fn a_code_that_is_not_its_hash() {
    replay_changed(|bundle| {
        for code in bundle["codes"].as_object_mut().unwrap().values_mut() {
            *code = json!("0x00");
        }
    })
    .says(2, &["codes.0x", "hashes to"]);
}

#[test]
fn a_transaction_that_is_invalid_at_its_place() {
    let run = replay_changed(|bundle| bundle["block"]["transactions"][2]["nonce"] = json!("0x63"));
    run.says(2, &["transaction 2", "block.transactions[2].nonce"]);
}

#[test]
fn what_ran_before_a_bad_transaction_is_printed() {
    let folder = tempdir().unwrap();
    let mut bundle = block(Workload::Transfer, 3);
    bundle["block"]["transactions"][2]["nonce"] = json!("0x63");
    let path = write(folder.path(), "partial.json", &bundle.to_string());
    for device in ["software", "iss"] {
        let run = gasworks(&["replay", arg(&path), "--device", device, "--report", "json"]);
        let report = run.says(2, &["transaction 2"]).json();
        assert_eq!(report["blocks"][0]["txs"], 2);
        assert_eq!(report["blocks"][0]["gas_used_ok"], Value::Null);
    }
}

#[test]
fn what_ran_before_and_after_a_bad_bundle_is_printed() {
    let folder = tempdir().unwrap();
    let text = block(Workload::Game, 2).to_string();
    write(folder.path(), "1.json", &text);
    write(folder.path(), "2.json", "{");
    write(folder.path(), "3.json", &text);
    let run = gasworks(&["replay", arg(folder.path()), "--report", "json"]);
    let report = run.says(2, &["2.json"]).json();
    assert_eq!(report["blocks"].as_array().unwrap().len(), 2);
    assert_eq!(report["total"]["txs"], 4);
    let run = gasworks(&["replay", arg(folder.path())]);
    let table = run.says(2, &["2.json"]).out;
    assert!(table.contains("Bad bundles, see the errors: 1."), "{table}");
}

#[test]
fn a_file_or_folder_that_is_not_there() {
    gasworks(&["replay", "nowhere.json"]).says(2, &["nowhere.json", "cannot read"]);
    let folder = tempdir().unwrap();
    gasworks(&["replay", arg(folder.path())]).says(2, &["no .json or .json.gz"]);
}

#[test]
fn a_contract_above_the_code_store_runs_on_revm_and_is_counted() {
    let folder = tempdir().unwrap();
    let mut bundle = block(Workload::Transfer, 2);
    lengthen_codes(&mut bundle, 24_000);
    let path = write(folder.path(), "big.json", &bundle.to_string());
    let args = ["replay", arg(&path), "--device", "iss", "--report", "json"];
    let report = gasworks(&args).says(0, &[]).json();
    assert_eq!(report["total"]["card"]["txs"], 2);
    let args = [&args[..], &["--preset", "tiny"]].concat();
    let report = gasworks(&args).says(0, &[]).json();
    assert_eq!(report["total"]["fallback"]["code_limit"], 2);
    assert_eq!(report["total"]["card"]["txs"], 0);
    assert_eq!(report["total"]["gas_used_ok"], true);
}

/// Appends bytes that are never reached to every contract.
fn lengthen_codes(bundle: &mut Value, len: usize) {
    let mut text = bundle.to_string();
    for (hash, code) in bundle["codes"].as_object().unwrap() {
        let code = code.as_str().unwrap();
        let longer = format!("{code}{}", "5b".repeat(len - code.len() / 2));
        let bytes = alloy_primitives::hex::decode(&longer).unwrap();
        let new_hash = alloy_primitives::keccak256(bytes).to_string();
        text = text.replace(hash, &new_hash).replace(code, &longer);
    }
    *bundle = serde_json::from_str(&text).unwrap();
}

#[test]
fn a_path_that_cannot_be_written_is_found_before_the_work() {
    let folder = tempdir().unwrap();
    let path = write(
        folder.path(),
        "block.json",
        &block(Workload::Dao, 1).to_string(),
    );
    let nowhere = folder.path().join("no/such/folder/file");
    let run = gasworks(&["replay", arg(&path), "--trace", arg(&nowhere)]);
    let run = run.says(2, &["--trace", arg(&nowhere), "cannot write"]);
    assert_eq!(run.out, "", "nothing ran");
    gasworks(&["workload", "dao", "--output", arg(&nowhere)]).says(2, &[arg(&nowhere)]);
    if cfg!(feature = "sim") {
        let run = gasworks(&[
            "replay",
            arg(&path),
            "--device",
            "sim",
            "--wave",
            arg(&nowhere),
        ]);
        run.says(2, &["--wave", arg(&nowhere), "cannot write"]);
    }
}

#[test]
fn options_that_do_not_fit() {
    gasworks(&["replay"]).says(2, &["PATH"]);
    gasworks(&["replay", "x.json", "--lanes", "3"]).says(2, &["1, 2, 4, 8"]);
    gasworks(&["replay", "x.json", "--wave", "w.fst", "--device", "iss"])
        .says(2, &["--wave", "sim"]);
    assert!(!Path::new("w.fst").exists());
    gasworks(&["workload", "nothing"]).says(2, &["transfer"]);
    gasworks(&["workload", "dao", "--conflict", "1.5"]).says(2, &["1.5"]);
    gasworks(&["workload", "dao", "--txs", "0"]).says(2, &["0 transactions"]);
    gasworks(&["disasm", "0x0"]).says(2, &["0x0"]);
    gasworks(&["disasm", "nowhere.hex"]).says(2, &["nowhere.hex"]);
}

#[test]
fn a_transaction_that_the_block_does_not_have() {
    let folder = tempdir().unwrap();
    let path = write(
        folder.path(),
        "block.json",
        &block(Workload::Dao, 2).to_string(),
    );
    gasworks(&["trace", arg(&path), "--tx", "2"])
        .says(2, &["block.json", "--tx 2", "2 transactions"]);
}

#[cfg(not(feature = "sim"))]
#[test]
fn without_the_simulation_it_says_how_to_get_it() {
    let run = gasworks(&["info", "--device", "sim"]);
    run.says(2, &["--features sim"]);
}
