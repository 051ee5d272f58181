//! Bundles that cannot be executed: each error names file, block, transaction and field.

mod common;

use std::path::PathBuf;

use gasworks::{Bundle, ForkChoice, Options, Replay, ReplayFailure};
use serde_json::{Value, json};

/// A block with calls, the file it comes from, and its text.
fn sample() -> Option<Value> {
    let path: PathBuf = common::blocks()
        .into_iter()
        .find(|path| path.to_string_lossy().contains("19426587"))?;
    let bytes = std::fs::read(path).unwrap();
    let reader = flate2::read::GzDecoder::new(bytes.as_slice());
    Some(serde_json::from_reader(reader).unwrap())
}

fn load(value: &Value) -> Result<Bundle, String> {
    Bundle::from_slice("sample.json", value.to_string().as_bytes()).map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        format!("{error}: {}", cause.unwrap_or_default())
    })
}

fn replay(value: &Value) -> Result<u64, ReplayFailure> {
    let bundle = load(value).unwrap();
    let report = Replay::run(&bundle, None, &Options::default(), |_| {})?;
    assert!(report.totals.is_ok());
    Ok(report.totals.txs)
}

#[track_caller]
fn assert_names(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
}

const BLOCK: &str = "block 19426587";

#[test]
fn a_truncated_text_names_file_and_block() {
    let Some(value) = sample() else { return };
    let text = value.to_string();
    for len in [0, 1, text.len() / 3, text.len() - 1] {
        let error = Bundle::from_slice("cut.json", &text.as_bytes()[..len]).unwrap_err();
        assert_names(&error.to_string(), &["cut.json", "block ", "field"]);
        assert!(std::error::Error::source(&error).is_some());
    }
}

#[test]
fn a_truncated_archive_names_its_file() {
    let Some(path) = common::blocks().pop() else {
        return;
    };
    let bytes = std::fs::read(path).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes[..bytes.len() / 2]).unwrap();
    let error = Bundle::load(file.path()).unwrap_err().to_string();
    assert_names(&error, &[&file.path().display().to_string()]);
    let error = Bundle::load("/no/such/bundle.json".as_ref())
        .unwrap_err()
        .to_string();
    assert_names(&error, &["/no/such/bundle.json"]);
}

#[test]
fn a_misshapen_field_is_named_with_its_transaction() {
    let Some(mut value) = sample() else { return };
    value["block"]["transactions"][3]["gas"] = json!("0xzz");
    let error = load(&value).unwrap_err();
    assert_names(
        &error,
        &[
            "sample.json",
            BLOCK,
            "transaction 3",
            "block.transactions[3].gas",
        ],
    );
    value["block"]["transactions"][3]["gas"] = json!(null);
    assert_names(&load(&value).unwrap_err(), &["block.transactions[3].gas"]);
    value["block"]["transactions"] = json!({});
    assert_names(
        &load(&value).unwrap_err(),
        &["sample.json", BLOCK, "block.transactions"],
    );
}

#[test]
fn a_missing_field_is_named() {
    let Some(value) = sample() else { return };
    for field in [
        "baseFeePerGas",
        "mixHash",
        "excessBlobGas",
        "parentBeaconBlockRoot",
    ] {
        let mut value = value.clone();
        value["block"].as_object_mut().unwrap().remove(field);
        let error = replay(&value).unwrap_err().to_string();
        assert_names(
            &error,
            &["sample.json", BLOCK, &format!("block.{field}"), "Cancun"],
        );
    }
    let mut value = value;
    value.as_object_mut().unwrap().remove("codes");
    assert_names(&load(&value).unwrap_err(), &["sample.json", BLOCK, "codes"]);
}

#[test]
fn a_missing_code_is_named_with_its_account() {
    let Some(mut value) = sample() else { return };
    let codes = value["codes"].as_object_mut().unwrap();
    let hash = codes.keys().next().unwrap().clone();
    codes.remove(&hash);
    assert_names(
        &load(&value).unwrap_err(),
        &["sample.json", BLOCK, "code_hash", &hash],
    );
}

#[test]
fn a_code_that_is_not_its_hash_is_named() {
    let Some(mut value) = sample() else { return };
    let codes = value["codes"].as_object_mut().unwrap();
    let hash = codes.keys().next().unwrap().clone();
    codes.insert(hash.clone(), json!("0x6000"));
    assert_names(
        &load(&value).unwrap_err(),
        &["sample.json", BLOCK, &format!("codes.{hash}")],
    );
}

#[test]
fn a_missing_sender_is_named_with_its_transaction() {
    let Some(mut value) = sample() else { return };
    let sender = value["block"]["transactions"][5]["from"]
        .as_str()
        .unwrap()
        .to_owned();
    value["pre_state"]
        .as_object_mut()
        .unwrap()
        .remove(&sender)
        .unwrap();
    let failure = replay(&value).unwrap_err();
    let error = failure.error.to_string().to_lowercase();
    assert_names(
        &error,
        &[
            "sample.json",
            BLOCK,
            "transaction 5",
            "from",
            &sender,
            "missing",
        ],
    );
    assert_eq!(
        failure.partial.unwrap().totals.txs,
        5,
        "earlier results are kept"
    );
}

#[test]
fn a_missing_contract_is_named_with_its_transaction() {
    let Some(mut value) = sample() else { return };
    let txs = value["block"]["transactions"].as_array().unwrap().clone();
    let mut named = 0;
    for (index, tx) in txs.iter().enumerate().filter(|(_, tx)| tx["input"] != "0x") {
        let Some(contract) = tx["to"].as_str() else {
            continue;
        };
        let Some(account) = value["pre_state"].as_object_mut().unwrap().remove(contract) else {
            continue;
        };
        let bundle = load(&value).unwrap();
        match Replay::run(&bundle, None, &Options::default(), |_| {}) {
            Err(failure) => {
                let error = failure.error.to_string().to_lowercase();
                let parts = ["sample.json", BLOCK, "transaction ", "pre_state", "missing"];
                assert_names(&error, &parts);
                assert_eq!(failure.partial.unwrap().totals.gas_used_ok, None);
                named += usize::from(error.contains(contract));
            }
            // Where the gas does not show that it is missing, it is listed beside the mismatch.
            Ok(report) => {
                assert!(
                    !report.totals.is_ok(),
                    "transaction {index} needs {contract}"
                );
                assert!(report.absent.contains(&contract.parse().unwrap()));
            }
        }
        value["pre_state"][contract] = account;
    }
    assert!(named > 0);
    println!("{named} named");
}

#[test]
fn an_invalid_transaction_keeps_earlier_results() {
    let Some(value) = sample() else { return };
    for (field, wrong, what) in [
        ("nonce", "0xffff", "nonce"),
        ("gas", "0x5208000000", "gas"),
        ("maxFeePerGas", "0x1", "gasPrice"),
    ] {
        let mut value = value.clone();
        let txs = value["block"]["transactions"].as_array().unwrap();
        let index = txs.iter().rposition(|tx| tx["type"] == "0x2").unwrap();
        value["block"]["transactions"][index][field] = json!(wrong);
        if field == "maxFeePerGas" {
            value["block"]["transactions"][index]["maxPriorityFeePerGas"] = json!("0x0");
        }
        let failure = replay(&value).unwrap_err();
        let place = format!("block.transactions[{index}].{what}");
        let number = format!("transaction {index}");
        assert_names(
            &failure.error.to_string(),
            &["sample.json", BLOCK, &number, &place],
        );
        assert_eq!(failure.partial.unwrap().totals.txs, index as u64);
    }
}

#[test]
fn an_unknown_transaction_type_is_named() {
    let Some(mut value) = sample() else { return };
    value["block"]["transactions"][2]["type"] = json!("0x7");
    let error = replay(&value).unwrap_err().to_string();
    assert_names(
        &error,
        &["sample.json", BLOCK, "transaction 2", "type", "7"],
    );
}

#[test]
fn an_unknown_fork_is_named_with_the_known_ones() {
    let error = "Atlantis".parse::<ForkChoice>().unwrap_err().to_string();
    assert_names(&error, &["Atlantis", "Cancun", "auto"]);
}

#[test]
fn a_wrong_header_is_a_mismatch_and_no_error() {
    let Some(mut value) = sample() else { return };
    value["block"]["gasUsed"] = json!("0x2830ce");
    let bundle = load(&value).unwrap();
    let report = Replay::run(&bundle, None, &Options::default(), |_| {}).unwrap();
    assert_eq!(report.totals.gas_used_ok, Some(false));
    assert_eq!(report.totals.receipts_root_ok, Some(true));
    assert!(!report.totals.is_ok());
}

#[test]
fn a_limit_leaves_the_header_unchecked() {
    let Some(value) = sample() else { return };
    let options = Options {
        limit_txs: Some(3),
        ..Options::default()
    };
    let report = Replay::run(&load(&value).unwrap(), None, &options, |_| {}).unwrap();
    assert_eq!((report.totals.txs, report.totals.gas_used_ok), (3, None));
    assert!(report.totals.is_ok());
}
