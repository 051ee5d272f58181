//! Real mainnet blocks on the ISS in lock-step with revm, per EVM instruction of every frame of each
//! transaction, with the limits of the `sim` preset.
//!
//! Whether the whole block reproduces its header is the engine's test, not this one's.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use alloy_primitives::U256;
use gasworks::env::BlockInput;
use gasworks::{Bundle, ForkChoice};
use gasworks_abi::config::Config;
use gasworks_tests::compare::{Comparison, Failure, Verdict, compare};
use gasworks_tests::data_dir;
use gasworks_tests::frame::Ctx;
use gasworks_tests::lockstep::Branches;
use gasworks_tests::reference::Options;
use revm::database::{CacheDB, EmptyDB};
use revm::database_interface::WrapDatabaseRef;
use revm::primitives::hardfork::SpecId;
use revm::state::AccountInfo;
use revm::{Context, DatabaseCommit, ExecuteEvm, MainBuilder, MainContext};

/// The state before the block.
fn prestate(bundle: &Bundle) -> CacheDB<EmptyDB> {
    let mut database = CacheDB::new(EmptyDB::default());
    for (address, account) in &bundle.accounts {
        let code = bundle.codes.get(&account.code_hash).cloned();
        let code = code.unwrap_or_default();
        let info = AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: code.hash_slow(),
            code: Some(code),
            ..AccountInfo::default()
        };
        database.insert_account_info(*address, info);
        for (key, value) in &account.storage {
            database
                .insert_account_storage(*address, *key, *value)
                .unwrap();
        }
    }
    for (number, hash) in &bundle.block_hashes {
        let hashes = &mut database.cache.block_hashes;
        hashes.insert(U256::from(*number), *hash);
    }
    database
}

/// Compares the transactions of a block in order.
fn run_block(path: &Path) -> Result<Vec<Comparison>, String> {
    let bundle = Bundle::load(path).map_err(|error| error.to_string())?;
    let spec = ForkChoice::Auto.spec(&bundle.block);
    if spec < SpecId::BERLIN {
        return Ok(Vec::new());
    }
    let input = BlockInput::new(&bundle, spec, usize::MAX).map_err(|error| error.to_string())?;
    let mut state = Arc::new(prestate(&bundle));
    let mut comparisons = Vec::new();
    for (index, tx) in input.txs.iter().enumerate() {
        let context: Ctx = Context::mainnet()
            .with_db(WrapDatabaseRef(Arc::clone(&state)))
            .with_cfg(input.cfg.clone())
            .with_block(input.block.clone());
        let compared = compare(&Config::SIM, &context, tx, Options::default());
        comparisons.push(compared.map_err(|failure| match failure {
            Failure::Invalid(text) => format!("transaction {index} is invalid: {text}"),
            Failure::Differs(text) => format!("transaction {index}: {text}"),
        })?);
        let mut evm = context.build_mainnet();
        let done = evm.transact(tx.clone());
        drop(evm);
        let done = done.map_err(|error| format!("transaction {index}: {error:?}"))?;
        Arc::make_mut(&mut state).commit(done.state);
    }
    Ok(comparisons)
}

#[test]
fn iss_equals_revm_on_real_blocks() {
    let Some(data) = data_dir() else { return };
    let mut paths: Vec<_> = std::fs::read_dir(data.join("blocks"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let mut branches = Branches::default();
    let (mut blocks, mut all, mut instructions, mut failures) = (0, 0, 0, Vec::new());
    let mut escalated = BTreeMap::new();
    for path in &paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match run_block(path) {
            Ok(comparisons) if comparisons.is_empty() => {
                println!("{name}: before Berlin, or no code runs");
            }
            Ok(comparisons) => {
                blocks += 1;
                let count = |verdict: fn(&Verdict) -> bool| {
                    comparisons.iter().filter(|c| verdict(&c.verdict)).count()
                };
                let equal = count(|v| matches!(v, Verdict::Equal(_)));
                let plain = count(|v| *v == Verdict::NoCode);
                let ran = comparisons.len() - plain;
                let frames: u64 = comparisons.iter().map(|c| c.frames).sum();
                let deepest = comparisons.iter().map(|c| c.deepest).max().unwrap_or(0);
                println!(
                    "{name}: {equal} of {ran} transactions equal, {frames} frames, {deepest} at once"
                );
                for comparison in &comparisons {
                    if let Verdict::Escalated(reason) = comparison.verdict {
                        *escalated.entry(reason.name()).or_insert(0) += 1;
                    }
                    branches += comparison.branches;
                    instructions += comparison.instructions;
                }
                all += ran;
                assert!(equal > 0, "{name}: no transaction was compared to its end");
            }
            Err(error) => failures.push(format!("{name}: {error}")),
        }
    }
    println!("{blocks} blocks, {all} transactions, {instructions} instructions; {branches:?}");
    println!("escalated: {escalated:?}");
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(
        escalated.values().sum::<usize>() * 100 < all,
        "{escalated:?}"
    );
    // Without hints 53 % are mispredicted.
    assert!(
        branches.mispredicted * 5 < branches.executed,
        "{branches:?}"
    );
}
