//! `statetest`: a case of our own, good and bad, and a slice of the official ones.

mod common;

use std::path::PathBuf;

use common::{Run, arg, gasworks, write};
use serde_json::{Value, json};
use tempfile::tempdir;

/// The contract stores the first word of its calldata at slot 1 and logs nothing.
const CODE: &str = "0x6000356001550000";
const CONTRACT: &str = "0x1000000000000000000000000000000000000000";
const SENDER: &str = "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b";
const KEY: &str = "0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8";
/// Of the empty list.
const NO_LOGS: &str = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";
/// Root after `SENDER` stored 7 and 0, by fork; 7 under Istanbul costs the same gas as under Cancun
/// but for the cold slot and the cold contract.
const ROOTS: [(&str, [&str; 2]); 2] = [
    (
        "Cancun",
        [
            "0x0c66e6b6437ed029bc7a70ff96965e0ecebc8c7708c5eab73a548b718884796e",
            "0x643987e9a965cfcdf2cd24bf0b339e9beff72699e8ecbe75d3874fc21672abb3",
        ],
    ),
    (
        "Istanbul",
        [
            "0x858a8e30bbf51b7b56704da23723d3ad9d7cd36fb8384334290b9b3b2cbbf174",
            "0x59429eb5c758096a3cebf228f541bf9bf709606d4de9edb5a45617d64108d910",
        ],
    ),
];

fn word(value: u64) -> String {
    format!("0x{value:064x}")
}

/// A test with two variants of the calldata under two forks, and one case whose transaction has too
/// little gas.
fn test() -> Value {
    let case = |data: usize, gas: usize, hash: &str| {
        json!({
            "indexes": {"data": data, "gas": gas, "value": 0},
            "hash": hash, "logs": NO_LOGS, "txbytes": "0x"
        })
    };
    let mut post = serde_json::Map::new();
    for (fork, roots) in ROOTS {
        let cases = roots.iter().enumerate();
        let mut cases: Vec<_> = cases.map(|(data, root)| case(data, 0, root)).collect();
        if fork == "Cancun" {
            let mut invalid = case(0, 1, &word(0));
            invalid["expectException"] = "TransactionException.INTRINSIC_GAS_TOO_LOW".into();
            cases.push(invalid);
        }
        post.insert(fork.to_owned(), cases.into());
    }
    json!({"store[a.b]": {
        "env": {
            "currentCoinbase": "0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba",
            "currentGasLimit": "0x989680", "currentNumber": "0x01",
            "currentTimestamp": "0x03e8", "currentDifficulty": "0x020000",
            "currentBaseFee": "0x0a", "currentRandom": word(0x20000),
            "currentExcessBlobGas": "0x00"
        },
        "pre": {
            CONTRACT: {"balance": "0x00", "nonce": "0x01", "code": CODE, "storage": {"0x01": "0x05"}},
            SENDER: {"balance": "0x0de0b6b3a7640000", "nonce": "0x00", "code": "0x", "storage": {}}
        },
        "transaction": {
            "data": [word(7), word(0)], "gasLimit": ["0x0186a0", "0x5208"], "value": ["0x00"],
            "gasPrice": "0x0a", "nonce": "0x00", "to": CONTRACT,
            "sender": SENDER, "secretKey": KEY
        },
        "post": post
    }})
}

/// Runs a file with the given content on a device.
fn run(content: &str, device: &str, more: &[&str]) -> Run {
    let folder = tempdir().unwrap();
    let path = write(folder.path(), "own.json", content);
    gasworks(&[&["statetest", arg(&path), "--device", device], more].concat())
}

#[test]
fn a_case_with_the_right_root_passes() {
    for device in ["software", "iss"] {
        let report = run(&test().to_string(), device, &["--report", "json"]);
        let report = report.says(0, &[]).json();
        assert_eq!(report["device"], device);
        for (name, count) in [("cases", 5), ("passed", 5), ("failed", 0), ("invalid", 1)] {
            assert_eq!(report[name], count, "{name} of {report}");
        }
        assert_eq!(report["skipped"], json!({}));
        let (card, fallback) = match device {
            "iss" => (
                json!({"cases": 2, "txs": 2, "opcodes": 10}),
                json!({"fork": 2}),
            ),
            _ => (json!({"cases": 0, "txs": 0, "opcodes": 0}), json!({})),
        };
        assert_eq!(report["card"], card);
        assert_eq!(report["fallback"], fallback);
    }
    let table = run(&test().to_string(), "iss", &[]).says(0, &[]).out;
    for text in ["Cancun", "Istanbul", "fork", "5 of 5 cases passed"] {
        assert!(table.contains(text), "no {text} in {table}");
    }
}

#[test]
fn a_case_with_a_wrong_root_or_wrong_logs_fails() {
    for device in ["software", "iss"] {
        for (field, name) in [("hash", "state root"), ("logs", "logs")] {
            let mut test = test();
            let expected = word(0x1234);
            test["store[a.b]"]["post"]["Cancun"][1][field] = expected.clone().into();
            let table = run(&test.to_string(), device, &[]).says(1, &[]).out;
            let place = format!("fork Cancun, data 1, gas 0, value 0: {name}");
            for text in ["own.json", "store[a.b]", &place, &expected, "FAILED: 1"] {
                assert!(table.contains(text), "no {text} in {table}");
            }
            let report = run(&test.to_string(), device, &["--report", "json"]);
            let report = report.says(1, &[]).json();
            assert_eq!(report["failed"], 1);
            assert_eq!(report["passed"], 4);
            assert_eq!(report["failures"][0]["field"], name);
        }
    }
}

#[test]
fn validity_is_part_of_the_outcome() {
    let mut test = test();
    let cases = &mut test["store[a.b]"]["post"]["Cancun"];
    cases[0]["expectException"] = "TransactionException.NONCE_MISMATCH".into();
    cases[2].as_object_mut().unwrap().remove("expectException");
    let report = run(&test.to_string(), "iss", &["--report", "json"]);
    let report = report.says(1, &[]).json();
    assert_eq!(report["failed"], 2);
    for failure in report["failures"].as_array().unwrap() {
        assert_eq!(failure["field"], "exception");
    }
}

#[test]
fn a_bad_file_names_test_field_and_what_was_expected() {
    let changed = |change: fn(&mut Value)| {
        let mut test = test();
        change(&mut test["store[a.b]"]);
        test.to_string()
    };
    let bad = [
        ("{".to_owned(), ["no state tests", "expected"]),
        ("[]".to_owned(), ["no state tests", "expected"]),
        (
            changed(|test| test["env"]["currentNumber"] = "seven".into()),
            ["field env.currentNumber", "expected"],
        ),
        (
            changed(|test| {
                test["env"]
                    .as_object_mut()
                    .unwrap()
                    .remove("currentCoinbase");
            }),
            ["field env", "missing field `currentCoinbase`"],
        ),
        (
            changed(|test| test["post"]["Cancun"][0]["hash"] = "0x12".into()),
            ["field post.Cancun[0].hash", "expected 32 bytes"],
        ),
        (
            changed(|test| test["post"]["Cancun"][1]["indexes"]["data"] = 2.into()),
            ["field post.Cancun[1].indexes.data", "expected less than 2"],
        ),
        (
            changed(|test| {
                test.as_object_mut().unwrap().remove("post");
            }),
            ["store[a.b]", "missing field `post`"],
        ),
    ];
    for (content, parts) in bad {
        for device in ["software", "iss"] {
            run(&content, device, &[])
                .says(2, &["own.json"])
                .says(2, &parts);
        }
    }
}

#[test]
fn what_is_good_runs_beside_what_is_bad() {
    let folder = tempdir().unwrap();
    write(folder.path(), "bad.json", "{");
    std::fs::create_dir_all(folder.path().join("below/.hidden")).unwrap();
    write(
        &folder.path().join("below"),
        "good.json",
        &test().to_string(),
    );
    write(&folder.path().join("below/.hidden"), "index.json", "{}");
    let args = ["statetest", arg(folder.path()), "--report", "json"];
    let report = gasworks(&args).says(2, &["bad.json"]).json();
    assert_eq!(report["passed"], 5);
    assert_eq!(report["folders"]["below"]["passed"], 5);
}

#[test]
fn arguments_that_do_not_fit() {
    gasworks(&["statetest"]).says(2, &["PATH"]);
    gasworks(&["statetest", "nowhere"]).says(2, &["nowhere", "cannot read"]);
    gasworks(&["statetest", "x", "--fork", "Canberra"]).says(2, &["Canberra", "Cancun"]);
    gasworks(&["statetest", "x", "--fork", "Constantinople"]).says(2, &["Constantinople"]);
    let folder = tempdir().unwrap();
    gasworks(&["statetest", arg(folder.path())]).says(2, &["no .json file"]);
    run(&test().to_string(), "iss", &["--fork", "Osaka"]).says(2, &["no case", "Osaka"]);
}

#[test]
fn what_does_not_run_is_counted_by_reason() {
    let mut test = test();
    let post = &mut test["store[a.b]"]["post"];
    post["Constantinople"] = post["Istanbul"].clone();
    let content = test.to_string();
    let report = |more: &[&str]| {
        let args = [&["--report", "json"], more].concat();
        let report = run(&content, "iss", &args).says(0, &[]).json();
        let of = |name: &str| report[name].as_u64().unwrap();
        let skipped = report["skipped"].as_object().unwrap().values();
        let skipped: u64 = skipped.map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(of("cases"), of("passed") + of("failed") + skipped);
        report
    };
    let skipped = |more: &[&str]| report(more)["skipped"].clone();
    assert_eq!(skipped(&[]), json!({"unsupported_fork": 2}));
    assert_eq!(
        skipped(&["--budget", "0"]),
        json!({"unsupported_fork": 2, "budget": 5})
    );
    assert_eq!(
        skipped(&["--limit", "3"]),
        json!({"unsupported_fork": 2, "limit": 2})
    );
    assert_eq!(
        skipped(&["--max-opcodes", "4"]),
        json!({"unsupported_fork": 2, "max_opcodes": 4})
    );
    assert_eq!(
        skipped(&["--max-gas-limit", "99999"]),
        json!({"unsupported_fork": 2, "max_gas_limit": 4})
    );
    let cancun = report(&["--fork", "cancun"]);
    assert_eq!(
        (&cancun["cases"], &cancun["skipped"]),
        (&json!(3), &json!({}))
    );
}

/// The official state tests, if they are there.
fn official() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let data = std::env::var_os("GASWORKS_DATA").map_or_else(|| beside.into(), PathBuf::from);
    let path = data.join("statetests");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!(
        "SKIPPED: no state tests at {} (GASWORKS_DATA)",
        path.display()
    );
    None
}

#[test]
fn a_slice_of_the_official_tests_passes() {
    let Some(path) = official() else { return };
    let mut slices = Vec::new();
    for device in ["software", "iss"] {
        let args = [
            "statetest",
            arg(&path),
            "--device",
            device,
            "--limit",
            "300",
        ];
        let args = [&args[..], &["--max-opcodes", "200000", "--report", "json"]].concat();
        let report = gasworks(&args).says(0, &[]).json();
        assert!(report["passed"].as_u64() > Some(250), "{report}");
        assert!(report["forks"].as_object().unwrap().len() > 3, "{report}");
        let on_card = report["card"]["cases"].as_u64();
        assert_eq!(on_card > Some(0), device == "iss", "{report}");
        slices.push((report["passed"].clone(), report["skipped"].clone()));
    }
    assert_eq!(slices[0], slices[1], "the same cases every time");
}

/// Of every folder and every fork since Berlin, on the RTL: 1,500 cases and more that the card runs.
#[test]
fn a_slice_of_the_official_tests_passes_on_the_rtl() {
    let Some(path) = official() else { return };
    let args = [
        "statetest",
        arg(&path),
        "--device",
        "sim",
        "--limit",
        "2200",
    ];
    let args = [
        &args[..],
        &[
            "--jobs",
            "2",
            "--max-opcodes",
            "20000",
            "--max-gas-limit",
            "1000000000",
            "--report",
            "json",
        ],
    ]
    .concat();
    let report = gasworks(&args).says(0, &[]).json();
    let on_card = report["card"]["cases"].as_u64();
    assert!(on_card >= Some(1500), "{on_card:?} cases on the card");
    for fork in [
        "Berlin", "London", "Merge", "Shanghai", "Cancun", "Prague", "Osaka",
    ] {
        let tally = &report["forks"][fork];
        assert!(tally["card"].as_u64() > Some(0), "{fork}: {tally}");
    }
}
