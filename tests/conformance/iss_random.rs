//! The first transactions of generated blocks, contracts that call each other: level 0 on the ISS against
//! revm. Status, gas, refund, output, logs, storage, accounts, and every instruction on the way.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy_primitives::{B256, U256};
use gasworks::env::BlockInput;
use gasworks::fork::ForkChoice;
use gasworks_abi::config::Config;
use gasworks_abi::escalation::{Escalation, Status};
use gasworks_fuzz::{Case, block, campaign};
use gasworks_tests::compare::{Verdict, WIDE, compare};
use gasworks_tests::frame::Ctx;
use gasworks_tests::reference::Options;
use revm::context::TxEnv;
use revm::database::{CacheDB, EmptyDB};
use revm::database_interface::WrapDatabaseRef;
use revm::state::AccountInfo;
use revm::{Context, MainContext};

/// Seed of the cases.
const SEED: u64 = 0x6a5;

/// revm before the first transaction of a case, and the transaction.
fn first(case: &Case) -> (Ctx, TxEnv) {
    let bundle = block::bundle(case);
    let mut database = CacheDB::new(EmptyDB::default());
    for (address, account) in &bundle.accounts {
        let info = AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            code: bundle.codes.get(&account.code_hash).cloned(),
            ..AccountInfo::default()
        };
        database.insert_account_info(*address, info);
        for (key, value) in &account.storage {
            let Ok(()) = database.insert_account_storage(*address, *key, *value);
        }
    }
    let hashes = bundle.block_hashes.iter();
    let hashes = hashes.map(|(number, hash): (&u64, &B256)| (U256::from(*number), *hash));
    database.cache.block_hashes.extend(hashes);
    let spec = ForkChoice::Auto.spec(&bundle.block);
    let input = BlockInput::new(&bundle, spec, 1).expect("cases have every field");
    let context = Context::mainnet()
        .with_db(WrapDatabaseRef(Arc::new(database)))
        .with_cfg(input.cfg)
        .with_block(input.block);
    (context, input.txs[0].clone())
}

/// Runs cases; how often each verdict came.
fn run(config: &Config, cases: u64) -> BTreeMap<Verdict, usize> {
    let mut verdicts = BTreeMap::<Verdict, usize>::new();
    let (mut instructions, mut frames, mut deepest) = (0, 0, 0);
    for number in 0..cases {
        let case = campaign::case(SEED, number);
        let (context, transaction) = first(&case);
        let comparison = compare(config, &context, &transaction, Options::default());
        let comparison = comparison
            .unwrap_or_else(|failure| panic!("case {number}: {failure:?}\n{}", case.to_json()));
        *verdicts.entry(comparison.verdict).or_default() += 1;
        instructions += comparison.instructions;
        frames += comparison.frames;
        deepest = comparison.deepest.max(deepest);
    }
    println!(
        "{}: {instructions} instructions, {frames} frames, at most {deepest} at once, {verdicts:?}",
        config.name
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
    assert!(escalated < 0.8, "{escalated} escalated: {verdicts:?}");
    for reason in [
        Escalation::StackLimit,
        Escalation::MemoryLimit,
        Escalation::FrameLimit,
        Escalation::ReturnLimit,
        Escalation::CodeLimit,
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
