//! Executes a bundle's JSON on revm, independently of how the crate executed it.
#![allow(dead_code, reason = "no test binary uses all of it")]

use std::collections::{BTreeMap, BTreeSet};

use alloy_consensus::{Eip658Value, Receipt, ReceiptEnvelope, Transaction, proofs};
use alloy_primitives::{Address, B256, Bloom, Log, U256};
use gasworks_workloads::{Account, Bundle};
use revm::context::{BlockEnv, CfgEnv, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::database::{CacheDB, EmptyDB};
use revm::interpreter::{CallInputs, CallOutcome, Interpreter};
use revm::primitives::hardfork::SpecId;
use revm::state::{AccountInfo, Bytecode, EvmState};
use revm::{Context, DatabaseCommit, InspectEvm, Inspector, MainBuilder, MainContext};
use serde_json::Value;

/// What is burnt of each unit of gas, in wei: the base fee (EIP-1559).
pub const BASE_FEE: u64 = 1_000_000_000;

/// Keys of a Prague header and its block in the RPC.
pub const HEADER_KEYS: [&str; 26] = [
    "hash",
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "extraData",
    "mixHash",
    "nonce",
    "baseFeePerGas",
    "withdrawalsRoot",
    "blobGasUsed",
    "excessBlobGas",
    "parentBeaconBlockRoot",
    "requestsHash",
    "uncles",
    "size",
    "transactions",
    "withdrawals",
];

/// Keys of a transaction of type 2 in the RPC.
pub const TRANSACTION_KEYS: [&str; 20] = [
    "hash",
    "nonce",
    "blockHash",
    "blockNumber",
    "transactionIndex",
    "from",
    "to",
    "value",
    "gasPrice",
    "gas",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
    "input",
    "r",
    "s",
    "v",
    "yParity",
    "chainId",
    "accessList",
    "type",
];

/// A piece of state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// Balance, nonce and code.
    Account(Address),
    /// One slot.
    Slot(Address, U256),
}

/// One executed transaction. The beneficiary is in neither set.
#[derive(Default)]
pub struct Tx {
    pub is_success: bool,
    pub reads: BTreeSet<Cell>,
    pub writes: BTreeSet<Cell>,
    pub frames: u64,
    pub opcodes: u64,
    pub gas_used: u64,
    pub logs: Vec<Log>,
}

/// An executed block.
pub struct Run {
    pub txs: Vec<Tx>,
    pub gas_used: u64,
    pub logs_bloom: Bloom,
    pub receipts_root: B256,
    pub post_state: BTreeMap<Address, Account>,
}

impl Run {
    pub fn balances(&self) -> U256 {
        self.post_state
            .values()
            .map(|account| account.balance)
            .sum()
    }

    /// The value of a slot after the block.
    pub fn slot(&self, address: Address, slot: U256) -> U256 {
        self.post_state[&address]
            .storage
            .get(&slot)
            .copied()
            .unwrap_or_default()
    }
}

/// The bundle as a JSON value.
pub fn json_of(bundle: &Bundle) -> Value {
    serde_json::from_str(&bundle.to_json()).unwrap()
}

#[derive(Default)]
struct Counter {
    frames: u64,
    opcodes: u64,
}

impl<CTX> Inspector<CTX> for Counter {
    fn step(&mut self, _: &mut Interpreter, _: &mut CTX) {
        self.opcodes += 1;
    }

    fn call(&mut self, _: &mut CTX, _: &mut CallInputs) -> Option<CallOutcome> {
        self.frames += 1;
        None
    }
}

/// Executes all transactions of a bundle in order.
pub fn run(bundle: &Bundle) -> Run {
    let header = &bundle.block.header.inner;
    let context = Context::mainnet()
        .with_db(database(bundle))
        .with_cfg(CfgEnv::new_with_spec(SpecId::PRAGUE))
        .with_block(BlockEnv {
            number: U256::from(header.number),
            beneficiary: header.beneficiary,
            timestamp: U256::from(header.timestamp),
            gas_limit: header.gas_limit,
            basefee: header.base_fee_per_gas.unwrap(),
            prevrandao: Some(header.mix_hash),
            blob_excess_gas_and_price: Some(BlobExcessGasAndPrice::new(0, 5_007_716)),
            ..BlockEnv::default()
        });
    let mut evm = context.build_mainnet_with_inspector(Counter::default());
    let mut run = Run {
        txs: Vec::new(),
        gas_used: 0,
        logs_bloom: Bloom::ZERO,
        receipts_root: B256::ZERO,
        post_state: bundle.pre_state.clone(),
    };
    let mut receipts = Vec::new();
    for transaction in bundle.block.clone().into_transactions_vec() {
        evm.inspector = Counter::default();
        let outcome = evm.inspect_tx(tx_env(&transaction)).unwrap();
        let (result, state) = (outcome.result, outcome.state);
        let mut tx = sets(&state, header.beneficiary, &mut run.post_state);
        evm.ctx.journaled_state.database.commit(state);
        tx.is_success = result.is_success();
        (tx.frames, tx.opcodes) = (evm.inspector.frames, evm.inspector.opcodes);
        tx.gas_used = result.tx_gas_used();
        tx.logs = result.logs().to_vec();
        run.txs.push(tx);
        run.gas_used += result.tx_gas_used();
        let status = Eip658Value::Eip658(result.is_success());
        let receipt = Receipt {
            status,
            cumulative_gas_used: run.gas_used,
            logs: result.into_logs(),
        }
        .with_bloom();
        run.logs_bloom |= receipt.logs_bloom;
        receipts.push(ReceiptEnvelope::Eip1559(receipt));
    }
    run.receipts_root = proofs::calculate_receipt_root(&receipts);
    run
}

/// What one transaction read and wrote; `post_state` follows.
fn sets(state: &EvmState, beneficiary: Address, post_state: &mut BTreeMap<Address, Account>) -> Tx {
    let mut tx = Tx::default();
    for (address, account) in state {
        let before = account.original_info();
        let after = post_state.entry(*address).or_default();
        (after.balance, after.nonce) = (account.info.balance, account.info.nonce);
        if *address != beneficiary {
            tx.reads.insert(Cell::Account(*address));
            if before != account.info {
                tx.writes.insert(Cell::Account(*address));
            }
        }
        for (slot, value) in &account.storage {
            tx.reads.insert(Cell::Slot(*address, *slot));
            after.storage.insert(*slot, value.present_value);
            if value.is_changed() {
                tx.writes.insert(Cell::Slot(*address, *slot));
            }
        }
    }
    tx
}

fn database(bundle: &Bundle) -> CacheDB<EmptyDB> {
    let mut database = CacheDB::new(EmptyDB::default());
    for (address, account) in &bundle.pre_state {
        let mut info = AccountInfo::default()
            .with_balance(account.balance)
            .with_nonce(account.nonce);
        if let Some(hash) = account.code_hash {
            info = info.with_code(Bytecode::new_raw(bundle.codes[&hash].clone()));
            assert_eq!(
                info.code_hash, hash,
                "the code has the hash it is filed under"
            );
        }
        database.insert_account_info(*address, info);
        for (slot, value) in &account.storage {
            database
                .insert_account_storage(*address, *slot, *value)
                .unwrap();
        }
    }
    database
}

fn tx_env(transaction: &alloy_rpc_types_eth::Transaction) -> TxEnv {
    TxEnv {
        tx_type: 2,
        caller: transaction.inner.signer(),
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
