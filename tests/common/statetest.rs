//! State tests of the ethereum/tests format: every case as a transaction in its context.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use revm::context::{CfgEnv, TxEnv};
use revm::database::{CacheDB, EmptyDB};
use revm::database_interface::WrapDatabaseRef;
use revm::primitives::hardfork::SpecId;
use revm::state::{AccountInfo, Bytecode};
use revm::{Context, MainContext};
use revm_statetest_types::{SpecName, TestSuite, TestUnit};

use crate::frame::{Ctx, Database};

/// One case: a transaction of a test under one fork.
#[derive(Debug)]
pub struct Case {
    /// Name for messages.
    pub name: String,
    /// State, block and fork.
    pub context: Ctx,
    /// The transaction.
    pub tx: TxEnv,
    /// The test expects that the transaction is invalid.
    pub is_invalid: bool,
}

/// Every `.json` file under a folder, in order.
#[must_use]
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The cases of a file whose fork the card runs. Cases without a sender are left out: they are no
/// transactions.
///
/// # Errors
/// The file is no state test.
pub fn cases(path: &Path) -> Result<Vec<Case>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("read: {error}"))?;
    let suite: TestSuite =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut cases = Vec::new();
    for (name, unit) in &suite.0 {
        let database = WrapDatabaseRef(Arc::new(prestate(unit)));
        for (spec, tests) in &unit.post {
            if matches!(spec, SpecName::Unknown | SpecName::Constantinople) {
                continue;
            }
            let spec = spec.to_spec_id();
            if !(SpecId::BERLIN..=SpecId::OSAKA).contains(&spec) {
                continue;
            }
            let context = context(unit, spec, database.clone());
            for (index, test) in tests.iter().enumerate() {
                let Ok(tx) = test.tx_env(unit) else { continue };
                cases.push(Case {
                    name: format!("{} {name} {spec:?} {index}", path.display()),
                    context: context.clone(),
                    tx,
                    is_invalid: test.expect_exception.is_some(),
                });
            }
        }
    }
    Ok(cases)
}

fn context(unit: &TestUnit, spec: SpecId, database: Database) -> Ctx {
    let mut cfg = CfgEnv::new_with_spec(spec);
    cfg.chain_id = unit.env.current_chain_id.map_or(1, |id| id.saturating_to());
    let block = unit.block_env(&mut cfg);
    Context::mainnet()
        .with_db(database)
        .with_cfg(cfg)
        .with_block(block)
}

fn prestate(unit: &TestUnit) -> CacheDB<EmptyDB> {
    let mut database = CacheDB::new(EmptyDB::default());
    for (address, account) in &unit.pre {
        let code = Bytecode::new_raw_checked(account.code.clone())
            .unwrap_or_else(|_| Bytecode::new_legacy(account.code.clone()));
        let info = AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: code.hash_slow(),
            code: Some(code),
            ..AccountInfo::default()
        };
        database.insert_account_info(*address, info);
        for (key, value) in &account.storage {
            // The database is in memory: it cannot fail.
            let _ = database.insert_account_storage(*address, *key, *value);
        }
    }
    database
}
