//! Executes a block on revm and records what it reads and leaves.

use std::collections::BTreeMap;

use alloy_consensus::transaction::Recovered;
use alloy_consensus::{Eip658Value, Header, Receipt, ReceiptEnvelope, Transaction, TxEnvelope};
use alloy_primitives::{Address, B256, Bloom, Bytes};
use revm::context::result::ExecutionResult;
use revm::context::{BlockEnv, CfgEnv, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::database::{CacheDB, EmptyDB};
use revm::primitives::hardfork::SpecId;
use revm::state::{AccountInfo, Bytecode, EvmState};
use revm::{Context, DatabaseCommit, ExecuteEvm, MainBuilder, MainContext};

use crate::bundle::Account;
use crate::{Workload, WorkloadError};

/// What execution says about a block.
pub(crate) struct Executed {
    pub(crate) gas_used: u64,
    pub(crate) logs_bloom: Bloom,
    pub(crate) receipts: Vec<ReceiptEnvelope>,
    /// The part of the state before the block that the block touches.
    pub(crate) pre_state: BTreeMap<Address, Account>,
    /// The same accounts and slots after the block.
    pub(crate) post_state: BTreeMap<Address, Account>,
}

type Accounts = BTreeMap<Address, Account>;

/// Executes all transactions in order under the rules of Prague.
///
/// # Errors
/// If one of them is invalid or does not succeed.
pub(crate) fn execute(
    workload: Workload,
    header: &Header,
    transactions: &[Recovered<TxEnvelope>],
    accounts: &Accounts,
    codes: &BTreeMap<B256, Bytes>,
) -> Result<Executed, WorkloadError> {
    let mut executed = Executed {
        gas_used: 0,
        logs_bloom: Bloom::ZERO,
        receipts: Vec::with_capacity(transactions.len()),
        pre_state: Accounts::new(),
        post_state: Accounts::new(),
    };
    let context = Context::mainnet()
        .with_db(database(accounts, codes))
        .with_cfg(CfgEnv::new_with_spec(SpecId::PRAGUE))
        .with_block(block_env(header));
    let mut evm = context.build_mainnet();
    for (tx_index, transaction) in transactions.iter().enumerate() {
        let failed = |outcome: String| WorkloadError::Failed {
            workload,
            tx_index,
            outcome,
        };
        let outcome = evm
            .transact(tx_env(transaction))
            .map_err(|error| failed(error.to_string()))?;
        let ExecutionResult::Success { gas, logs, .. } = outcome.result else {
            return Err(failed(format!("{:?}", outcome.result)));
        };
        executed.record(&outcome.state);
        evm.ctx.journaled_state.database.commit(outcome.state);
        executed.gas_used += gas.tx_gas_used();
        let receipt = Receipt {
            status: Eip658Value::Eip658(true),
            cumulative_gas_used: executed.gas_used,
            logs,
        }
        .with_bloom();
        executed.logs_bloom |= receipt.logs_bloom;
        executed.receipts.push(ReceiptEnvelope::Eip1559(receipt));
    }
    Ok(executed)
}

impl Executed {
    /// Adds what one transaction touched. What is first touched now has not changed since before the block.
    fn record(&mut self, state: &EvmState) {
        for (address, account) in state {
            let as_account = |info: &AccountInfo| Account {
                balance: info.balance,
                nonce: info.nonce,
                code_hash: (!info.is_empty_code_hash()).then_some(info.code_hash),
                storage: BTreeMap::new(),
            };
            let before = self
                .pre_state
                .entry(*address)
                .or_insert_with(|| as_account(&account.original_info()));
            let after = self.post_state.entry(*address).or_default();
            let storage = std::mem::take(&mut after.storage);
            *after = Account {
                storage,
                ..as_account(&account.info)
            };
            for (slot, value) in &account.storage {
                before.storage.entry(*slot).or_insert(value.original_value);
                after.storage.insert(*slot, value.present_value);
            }
        }
    }
}

fn database(accounts: &Accounts, codes: &BTreeMap<B256, Bytes>) -> CacheDB<EmptyDB> {
    let mut database = CacheDB::new(EmptyDB::default());
    for (address, account) in accounts {
        let mut info = AccountInfo::default()
            .with_balance(account.balance)
            .with_nonce(account.nonce);
        if let Some(hash) = account.code_hash {
            info = info.with_code(Bytecode::new_raw(codes[&hash].clone()));
        }
        database.insert_account_info(*address, info);
        for (slot, value) in &account.storage {
            let Ok(()) = database.insert_account_storage(*address, *slot, *value);
        }
    }
    database
}

fn block_env(header: &Header) -> BlockEnv {
    BlockEnv {
        number: alloy_primitives::U256::from(header.number),
        beneficiary: header.beneficiary,
        timestamp: alloy_primitives::U256::from(header.timestamp),
        gas_limit: header.gas_limit,
        basefee: header.base_fee_per_gas.unwrap_or_default(),
        difficulty: header.difficulty,
        prevrandao: Some(header.mix_hash),
        // The update fraction of Prague (EIP-7691).
        blob_excess_gas_and_price: header
            .excess_blob_gas
            .map(|excess| BlobExcessGasAndPrice::new(excess, 5_007_716)),
        ..BlockEnv::default()
    }
}

fn tx_env(transaction: &Recovered<TxEnvelope>) -> TxEnv {
    TxEnv {
        tx_type: 2,
        caller: transaction.signer(),
        gas_limit: transaction.gas_limit(),
        gas_price: transaction.max_fee_per_gas(),
        gas_priority_fee: transaction.max_priority_fee_per_gas(),
        kind: transaction.kind(),
        value: transaction.value(),
        data: transaction.input().clone(),
        nonce: transaction.nonce(),
        chain_id: transaction.chain_id(),
        ..TxEnv::default()
    }
}
