//! What the mainnet bundles do not hold: every transaction type, delegations, system calls.

use gasworks::env::BlockInput;
use gasworks::reference::Reference;
use gasworks::{Bundle, Options, Replay};
use gasworks_abi::config::Config;
use gasworks_driver::Level;
use gasworks_iss::IssDevice;
use revm::primitives::hardfork::SpecId;
use revm::primitives::{B256, U256, keccak256};
use serde_json::{Value, json};

const SENDER: &str = "0x1000000000000000000000000000000000000001";
const CONTRACT: &str = "0x2000000000000000000000000000000000000002";
const DELEGATED: &str = "0x3000000000000000000000000000000000000003";
const ODD: &str = "0x4000000000000000000000000000000000000004";
const BEACON_ROOTS: &str = "0x000f3df6d732807ef1319fb7b8bb8522d0beac02";
const HISTORY: &str = "0x0000f90827f1c53a10cb7a02335b175320002935";

/// Stores what the environment says and logs it: BLOBHASH 0, BLOBBASEFEE, SELFBALANCE, CALLER,
/// SLOAD 7, BALANCE, EXTCODEHASH and EXTCODESIZE of the delegated account; returns 32 bytes.
const PROBE: &str = "6000496000 52 4a602052 47604052 33606052 600754608052 \
    73 3000000000000000000000000000000000000003 31 60a052 \
    73 3000000000000000000000000000000000000003 3f 60c052 \
    73 3000000000000000000000000000000000000003 3b 60e052 \
    6101006000a0 600051600755 60206000f3";

/// If there is no calldata: returns slot 0; otherwise stores it there.
const KEEPER: &str = "36600c575f545f5260205ff35b5f355f5500";

fn code(hex: &str) -> String {
    format!("0x{}", hex.replace([' ', '\n'], ""))
}

fn hash_of(code: &str) -> String {
    let bytes = (2..code.len()).step_by(2);
    let bytes: Vec<u8> = bytes
        .map(|at| u8::from_str_radix(&code[at..at + 2], 16).unwrap())
        .collect();
    keccak256(bytes).to_string()
}

fn tx(kind: u64, nonce: u64, to: &str, more: Value) -> Value {
    let mut tx = json!({
        "type": format!("{kind:#x}"), "nonce": nonce, "from": SENDER, "to": to, "gas": "0x493e0",
        "value": "0x5", "input": "0x", "chainId": "0x1", "gasPrice": "0x3b9aca00",
    });
    if kind >= 2 {
        tx["maxFeePerGas"] = json!("0x77359400");
        tx["maxPriorityFeePerGas"] = json!("0x1");
    }
    tx.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    tx
}

fn transactions() -> Value {
    let access = json!([{
        "address": CONTRACT,
        "storageKeys": [B256::with_last_byte(7), B256::with_last_byte(9)],
    }]);
    let blob = format!("0x01{}", "ab".repeat(31));
    let authorization = json!({
        "chainId": "0x1", "address": CONTRACT, "nonce": "0x0", "yParity": "0x0",
        "r": "0x1", "s": "0x2",
    });
    json!([
        tx(0, 0, CONTRACT, json!({})),
        tx(1, 1, CONTRACT, json!({ "accessList": access })),
        tx(2, 2, DELEGATED, json!({ "accessList": [] })),
        tx(
            3,
            3,
            CONTRACT,
            json!({
                "blobVersionedHashes": [blob], "maxFeePerBlobGas": "0xffffff", "accessList": access,
            })
        ),
        tx(
            4,
            4,
            DELEGATED,
            json!({ "authorizationList": [authorization] })
        ),
        tx(2, 5, ODD, json!({})),
        tx(2, 6, BEACON_ROOTS, json!({ "value": "0x0" })),
        tx(2, 7, HISTORY, json!({ "value": "0x0" })),
    ])
}

fn bundle() -> Bundle {
    let probe = code(PROBE);
    let keeper = code(KEEPER);
    let delegation = format!("0xef0100{}", &CONTRACT[2..]);
    // Starts as a delegation and is none.
    let odd = "0xef0101".to_owned();
    let account = |code: &str| json!({ "balance": "0x64", "nonce": 1, "code_hash": hash_of(code), "storage": {} });
    let zero = B256::ZERO;
    let value = json!({
        "block": {
            "number": "0x15f9000", "timestamp": "0x68300000", "parentHash": B256::repeat_byte(0x35),
            "miner": "0x5000000000000000000000000000000000000005", "gasLimit": "0x1c9c380",
            "gasUsed": "0x0", "logsBloom": format!("0x{}", "00".repeat(256)), "receiptsRoot": zero,
            "mixHash": zero, "baseFeePerGas": "0x3b9aca00", "excessBlobGas": "0x0",
            "parentBeaconBlockRoot": B256::repeat_byte(0x88), "transactions": transactions(),
            "withdrawals": [{ "index": "0x0", "validatorIndex": "0x0", "address": SENDER, "amount": "0x1" }],
        },
        "pre_state": {
            SENDER: { "balance": "0xde0b6b3a7640000", "nonce": 0, "storage": {} },
            CONTRACT: account(&probe), DELEGATED: account(&delegation), ODD: account(&odd),
            BEACON_ROOTS: account(&keeper), HISTORY: account(&keeper),
        },
        "codes": {
            hash_of(&probe): probe, hash_of(&delegation): delegation, hash_of(&odd): odd,
            hash_of(&keeper): keeper,
        },
        "block_hashes": {},
    });
    Bundle::from_slice("prague.json", value.to_string().as_bytes()).unwrap()
}

#[test]
fn every_transaction_type_equals_revm_on_the_iss() {
    let mut device = IssDevice::new(Config::SIM, Level::Zero);
    let report = Replay::run(&bundle(), Some(&mut device), &Options::default(), |_| {}).unwrap();
    assert_eq!(
        report.totals.mismatches, 0,
        "{:#?}",
        report.mismatch_details
    );
    assert_eq!(report.spec, "Prague");
    assert_eq!(report.totals.card.txs, 8, "{:?}", report.totals.fallback);
}

#[test]
fn system_calls_come_before_the_first_transaction() {
    let bundle = bundle();
    let input = BlockInput::new(&bundle, SpecId::PRAGUE, usize::MAX).unwrap();
    let reference = Reference::run(&bundle, &input).unwrap();
    let output = |index: usize| reference.txs[index].executed.result.output().unwrap();
    assert_eq!(output(6).as_ref(), [0x88; 32]);
    assert_eq!(output(7).as_ref(), [0x35; 32]);
    let logs = reference.txs[3].executed.result.logs();
    let word = |at: usize| U256::from_be_slice(&logs[0].data.data[32 * at..32 * at + 32]);
    assert_eq!(word(0) >> 248, U256::from(1), "versioned hash");
    assert_eq!(word(7), U256::from(23), "a delegation has 23 bytes of code");
    assert!(
        reference.txs[5].executed.result.is_halt(),
        "0xef is no opcode"
    );
}
