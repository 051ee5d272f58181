//! Signs the calls, executes the block once, and writes the header that belongs to it.

use std::collections::BTreeMap;

use alloy_consensus::constants::EMPTY_WITHDRAWALS;
use alloy_consensus::transaction::{Recovered, TransactionInfo};
use alloy_consensus::{
    BlockBody, EMPTY_OMMER_ROOT_HASH, Header, SignableTransaction, TxEip1559, TxEnvelope, proofs,
};
use alloy_eips::eip7685::EMPTY_REQUESTS_HASH;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, b256};
use alloy_rpc_types_eth::{Block, Transaction};
use k256::ecdsa::SigningKey;

use crate::bundle::{Account, Bundle};
use crate::execute::{Executed, execute};
use crate::world::{ETHER, World};
use crate::{Workload, WorkloadError};

/// Number of every block: one of May 2025, after Prague (22,431,084) and before Osaka.
pub(crate) const NUMBER: u64 = 22_600_000;

/// Time of every block, in seconds: 12 s a block after the first Prague block, 1746612311.
pub(crate) const TIMESTAMP: u64 = 1_748_639_303;

/// One billion wei.
const GIGAWEI: u64 = 1_000_000_000;

/// Base fee of every block, in wei per gas.
const BASE_FEE: u64 = GIGAWEI;

/// Gas limit of a block whose transactions' limits fit; otherwise it is their sum.
const GAS_LIMIT: u64 = 36_000_000;

/// Turns the world into a bundle.
pub(crate) fn seal(workload: Workload, mut world: World) -> Result<Bundle, WorkloadError> {
    let beneficiary = world.address("beneficiary", 0);
    world.accounts.insert(
        beneficiary,
        Account {
            balance: U256::from(ETHER),
            ..Account::default()
        },
    );
    let transactions = sign(&mut world);
    let mut header = header(&world, beneficiary, &transactions);

    let executed = execute(
        workload,
        &header,
        &transactions,
        &world.accounts,
        &world.codes,
    )?;
    header.gas_used = executed.gas_used;
    header.logs_bloom = executed.logs_bloom;
    header.receipts_root = proofs::calculate_receipt_root(&executed.receipts);
    header.state_root = state_root(&executed.post_state);

    let block_hashes = BTreeMap::from([(NUMBER - 1, header.parent_hash)]);
    let Executed { pre_state, .. } = executed;
    let used = |hash: &B256| {
        pre_state
            .values()
            .any(|account| account.code_hash == Some(*hash))
    };
    world.codes.retain(|hash, _| used(hash));
    Ok(Bundle {
        block: rpc_block(header, transactions),
        pre_state,
        codes: world.codes,
        block_hashes,
    })
}

/// Makes a transaction of type 2 (EIP-1559) of every call, signed by its sender.
fn sign(world: &mut World) -> Vec<Recovered<TxEnvelope>> {
    let calls = std::mem::take(&mut world.calls);
    let mut transactions = Vec::with_capacity(calls.len());
    for (index, call) in calls {
        let sender = world.sender(index);
        let priority_fee = world.rng.range(GIGAWEI / 100, 2 * GIGAWEI);
        let transaction = TxEip1559 {
            chain_id: 1,
            nonce: world.accounts[&sender].nonce,
            gas_limit: call.gas_limit,
            max_fee_per_gas: u128::from(2 * BASE_FEE + priority_fee),
            max_priority_fee_per_gas: u128::from(priority_fee),
            to: TxKind::Call(call.to),
            value: call.value,
            access_list: Default::default(),
            input: call.input,
        };
        let signature = sign_hash(&world.keys[index], transaction.signature_hash());
        let envelope = TxEnvelope::Eip1559(transaction.into_signed(signature));
        transactions.push(Recovered::new_unchecked(envelope, sender));
    }
    transactions
}

/// Signs with the nonce of RFC 6979, so that the same key and hash always give the same signature.
fn sign_hash(key: &SigningKey, hash: B256) -> Signature {
    key.sign_prehash_recoverable(hash.as_slice())
        .expect("a 32-byte hash can be signed")
        .into()
}

/// The header without what execution decides.
fn header(world: &World, beneficiary: Address, transactions: &[Recovered<TxEnvelope>]) -> Header {
    let limits: u64 = transactions
        .iter()
        .map(|tx| alloy_consensus::Transaction::gas_limit(&**tx))
        .sum();
    let envelopes: Vec<_> = transactions.iter().map(|tx| tx.inner().clone()).collect();
    Header {
        parent_hash: world.hash("parent", 0),
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        beneficiary,
        transactions_root: proofs::calculate_transaction_root(&envelopes),
        number: NUMBER,
        gas_limit: limits.max(GAS_LIMIT),
        timestamp: TIMESTAMP,
        extra_data: Bytes::from_static(b"gasworks"),
        mix_hash: world.hash("prevrandao", 0),
        base_fee_per_gas: Some(BASE_FEE),
        withdrawals_root: Some(EMPTY_WITHDRAWALS),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(world.hash("beacon root", 0)),
        requests_hash: Some(EMPTY_REQUESTS_HASH),
        ..Header::default()
    }
}

/// The block as the RPC shows it: sealed, with every transaction in full.
fn rpc_block(header: Header, transactions: Vec<Recovered<TxEnvelope>>) -> Block {
    let hash = header.hash_slow();
    let mut index = 0;
    let body = BlockBody {
        transactions,
        ommers: Vec::new(),
        withdrawals: Some(Default::default()),
    };
    let block = Block::from_consensus(alloy_consensus::Block { header, body }, None);
    block.map_transactions(|transaction| {
        let info = TransactionInfo {
            block_hash: Some(hash),
            block_number: Some(NUMBER),
            index: Some(index),
            base_fee: Some(BASE_FEE),
            ..TransactionInfo::default()
        };
        index += 1;
        Transaction::from_transaction(transaction, info)
    })
}

/// The root over a whole world (Yellow Paper, section 4.1).
fn state_root(accounts: &BTreeMap<Address, Account>) -> B256 {
    let leaves = accounts
        .iter()
        .filter(|(_, account)| !is_empty(account))
        .map(|(address, account)| {
            let slots = account.storage.iter().filter(|(_, value)| !value.is_zero());
            let leaf = alloy_trie::TrieAccount {
                nonce: account.nonce,
                balance: account.balance,
                storage_root: alloy_trie::root::storage_root_unhashed(
                    slots.map(|(slot, value)| ((*slot).into(), *value)),
                ),
                code_hash: account.code_hash.unwrap_or(EMPTY_CODE_HASH),
            };
            (*address, leaf)
        });
    alloy_trie::root::state_root_unhashed(leaves)
}

/// Whether an account is as good as absent (EIP-161).
fn is_empty(account: &Account) -> bool {
    account.balance.is_zero() && account.nonce == 0 && account.code_hash.is_none()
}

/// Keccak-256 of no bytes.
const EMPTY_CODE_HASH: B256 =
    b256!("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
