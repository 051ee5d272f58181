//! Random bytecode, valid and garbage, of contracts that call each other: level 0 on the ISS against
//! revm. Status, gas, refund, output, logs, storage, accounts, and every instruction on the way.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, TxKind, U256, address};
use gasworks_abi::config::Config;
use gasworks_abi::escalation::{Escalation, Status};
use gasworks_abi::fork::Fork;
use gasworks_tests::compare::{Verdict, WIDE, compare};
use gasworks_tests::frame::Ctx;
use gasworks_tests::generate::{CONTRACTS, bytecode};
use gasworks_tests::reference::Options;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config as ProptestConfig, TestRunner};
use revm::context::transaction::{AccessList, AccessListItem};
use revm::context::{BlockEnv, CfgEnv, TxEnv};
use revm::database::{CacheDB, EmptyDB};
use revm::database_interface::WrapDatabaseRef;
use revm::primitives::hardfork::SpecId;
use revm::state::{AccountInfo, Bytecode};
use revm::{Context, MainContext};

const CALLER: Address = address!("00000000000000000000000000000000000ca11e");
const TARGET: Address = address!("0000000000000000000000000000000000c0de00");
/// Without code of its own: it delegates to the first contract, from Prague on.
const DELEGATING: Address = Address::with_last_byte(0x42);

#[derive(Debug, Clone)]
struct Input {
    code: Vec<u8>,
    /// Code of [`CONTRACTS`].
    contracts: Vec<Vec<u8>>,
    fork: Fork,
    gas: u64,
    calldata: Vec<u8>,
    value: u64,
    warm: bool,
}

fn input() -> impl Strategy<Value = Input> {
    let gas = prop_oneof![
        1 => 0u64..1_000,
        2 => 0u64..100_000,
        6 => Just(400_000u64),
    ];
    let calldata = proptest::collection::vec(any::<u8>(), 0..100);
    let fork = prop_oneof![2 => Just(Fork::Osaka), 1 => select(&Fork::ALL[..])];
    let contracts = proptest::collection::vec(bytecode(), CONTRACTS.len());
    let codes = (bytecode(), contracts);
    (codes, fork, gas, calldata, 0u64..3, any::<bool>()).prop_map(
        |((code, contracts), fork, gas, calldata, value, warm)| Input {
            code,
            contracts,
            fork,
            gas,
            calldata,
            value,
            warm,
        },
    )
}

fn account(balance: u64, code: &[u8]) -> AccountInfo {
    let code = Bytecode::new_legacy(Bytes::copy_from_slice(code));
    AccountInfo {
        balance: U256::from(balance),
        nonce: 1,
        code_hash: code.hash_slow(),
        code: Some(code),
        ..AccountInfo::default()
    }
}

fn context(input: &Input) -> Ctx {
    let mut database = CacheDB::new(EmptyDB::default());
    let rich = AccountInfo::from_balance(U256::from(u128::MAX));
    database.insert_account_info(CALLER, rich);
    database.insert_account_info(TARGET, account(77, &input.code));
    for (byte, code) in CONTRACTS.iter().zip(&input.contracts) {
        let address = Address::with_last_byte(*byte);
        database.insert_account_info(address, account(5, code));
    }
    if input.fork >= Fork::Prague {
        let code = Bytecode::new_eip7702(Address::with_last_byte(CONTRACTS[0]));
        let info = AccountInfo {
            balance: U256::from(5),
            nonce: 1,
            code_hash: code.hash_slow(),
            code: Some(code),
            ..AccountInfo::default()
        };
        database.insert_account_info(DELEGATING, info);
    }
    let contracts = CONTRACTS.iter().map(|byte| Address::with_last_byte(*byte));
    for address in contracts.chain([TARGET]) {
        for key in 0..4u64 {
            let value = U256::from(key * 3 % 4);
            database
                .insert_account_storage(address, U256::from(key), value)
                .unwrap();
        }
    }
    let block = BlockEnv {
        number: U256::from(300),
        beneficiary: Address::with_last_byte(0x33),
        timestamp: U256::from(1_700_000_000u64),
        gas_limit: 30_000_000,
        basefee: 7,
        difficulty: U256::from(0x1234),
        prevrandao: Some(B256::repeat_byte(0x5a)),
        ..BlockEnv::default()
    };
    let spec = SpecId::try_from_u8(input.fork as u8).unwrap();
    Context::mainnet()
        .with_db(WrapDatabaseRef(Arc::new(database)))
        .with_cfg(CfgEnv::new_with_spec(spec))
        .with_block(block)
}

fn transaction(input: &Input) -> TxEnv {
    let list = AccessList(vec![
        AccessListItem {
            address: TARGET,
            storage_keys: vec![B256::with_last_byte(1), B256::with_last_byte(40)],
        },
        AccessListItem {
            address: Address::with_last_byte(CONTRACTS[1]),
            storage_keys: vec![B256::with_last_byte(2), B256::ZERO],
        },
    ]);
    TxEnv {
        tx_type: u8::from(input.warm),
        caller: CALLER,
        // Above the intrinsic gas of any of these transactions.
        gas_limit: 40_000 + input.gas,
        gas_price: 10,
        kind: TxKind::Call(TARGET),
        value: U256::from(input.value),
        data: input.calldata.clone().into(),
        access_list: if input.warm {
            list
        } else {
            AccessList::default()
        },
        chain_id: Some(1),
        ..TxEnv::default()
    }
}

/// Runs random inputs; how often each verdict came.
fn run(config: &Config, cases: u32) -> BTreeMap<Verdict, usize> {
    let verdicts = RefCell::new(BTreeMap::<Verdict, usize>::new());
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let (instructions, frames, deepest) = (Cell::new(0), Cell::new(0), Cell::new(0));
    runner
        .run(&input(), |input| {
            let compared = compare(
                config,
                &context(&input),
                &transaction(&input),
                Options::default(),
            );
            let comparison =
                compared.map_err(|failure| TestCaseError::fail(format!("{failure:?}")))?;
            *verdicts.borrow_mut().entry(comparison.verdict).or_default() += 1;
            instructions.set(instructions.get() + comparison.instructions);
            frames.set(frames.get() + comparison.frames);
            deepest.set(comparison.deepest.max(deepest.get()));
            Ok(())
        })
        .unwrap();
    let verdicts = verdicts.into_inner();
    println!(
        "{}: {} instructions, {} frames, at most {} at once, {verdicts:?}",
        config.name,
        instructions.get(),
        frames.get(),
        deepest.get()
    );
    verdicts
}

fn share(verdicts: &BTreeMap<Verdict, usize>, pick: impl Fn(&Verdict) -> bool) -> f64 {
    let total: usize = verdicts.values().sum();
    let picked: usize = verdicts
        .iter()
        .filter(|(verdict, _)| pick(verdict))
        .map(|(_, count)| count)
        .sum();
    picked as f64 / total as f64
}

#[test]
fn random_bytecode_equals_revm() {
    let verdicts = run(&WIDE, 5_000);
    let equal = |status| move |verdict: &Verdict| *verdict == Verdict::Equal(status);
    let escalated = share(&verdicts, |verdict| {
        matches!(verdict, Verdict::Escalated(_))
    });
    assert!(escalated < 0.02, "{escalated} escalated: {verdicts:?}");
    for status in [Status::Stop, Status::Return, Status::Revert, Status::Halt] {
        assert!(
            share(&verdicts, equal(status)) > 0.01,
            "few {status:?}: {verdicts:?}"
        );
    }
    assert!(share(&verdicts, |v| *v == Verdict::Prefix) < 0.01);
    for verdict in verdicts.keys() {
        let Verdict::Escalated(reason) = verdict else {
            continue;
        };
        assert!(
            matches!(reason, Escalation::MemoryLimit | Escalation::FrameLimit),
            "{reason:?}"
        );
    }
}

#[test]
fn random_bytecode_in_a_tiny_hart_equals_revm_or_escalates() {
    let verdicts = run(&Config::TINY, 5_000);
    let escalated = share(&verdicts, |verdict| {
        matches!(verdict, Verdict::Escalated(_))
    });
    assert!(escalated < 0.6, "{escalated} escalated: {verdicts:?}");
    for reason in [
        Escalation::StackLimit,
        Escalation::MemoryLimit,
        Escalation::FrameLimit,
        Escalation::ReturnLimit,
    ] {
        assert!(
            verdicts.contains_key(&Verdict::Escalated(reason)),
            "no {reason:?}"
        );
    }
}

#[test]
fn random_bytecode_with_few_entries_equals_revm_or_escalates() {
    const FEW: Config = Config {
        name: "few",
        state_log2: 3,
        journal_log2: 1,
        ..WIDE
    };
    let verdicts = run(&FEW, 2_000);
    for reason in [Escalation::JournalLimit, Escalation::StateTableLimit] {
        assert!(
            verdicts.contains_key(&Verdict::Escalated(reason)),
            "no {reason:?}"
        );
    }
}
