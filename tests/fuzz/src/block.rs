//! The block bundle of a case.

use std::collections::HashMap;

use alloy_primitives::{Address, B256, Bloom, KECCAK256_EMPTY, U256, keccak256};
use gasworks::bundle::{self, Block, Bundle, Quantity};
use gasworks::env::BlockInput;
use gasworks::fork::ForkChoice;
use gasworks::reference::Reference;
use gasworks::{Receipts, ReplayError};
use gasworks_abi::fork::Fork;
use k256::ecdsa::SigningKey;
use revm::context::transaction::{
    AccessList, AccessListItem, Authorization as Unsigned, SignedAuthorization,
};

use crate::case::{Authorization, Case, Transaction};

/// Senders that there are.
pub const SENDERS: u8 = 5;
/// Gas limit of a block.
const BLOCK_GAS: u64 = 60_000_000;
/// Base fee in wei.
const BASE_FEE: u64 = 7;
/// Blocks whose hash `BLOCKHASH` gives (Yellow Paper H.2).
const BLOCK_HASH_WINDOW: u64 = 256;

/// The key of a sender: known to everyone, for it guards nothing.
fn key(sender: u8) -> SigningKey {
    let secret = B256::with_last_byte(1 + sender % SENDERS);
    SigningKey::from_slice(secret.as_slice()).expect("a small number is a key")
}

/// The address of a sender.
#[must_use]
pub fn sender(number: u8) -> Address {
    Address::from_public_key(key(number).verifying_key())
}

/// Number and time of a block that has the rules of a fork on the mainnet.
fn place(fork: Fork) -> (u64, u64) {
    match fork {
        Fork::Berlin => (12_300_000, 1_619_000_000),
        Fork::London => (13_000_000, 1_628_600_000),
        Fork::Merge => (15_600_000, 1_664_000_000),
        Fork::Shanghai => (17_500_000, 1_690_000_000),
        Fork::Cancun => (19_500_000, 1_720_000_000),
        Fork::Prague => (22_600_000, 1_750_000_000),
        Fork::Osaka => (23_950_000, 1_764_900_000),
    }
}

/// The bundle of a case, with an empty header where only execution can know.
#[must_use]
pub fn bundle(case: &Case) -> Bundle {
    let mut codes = HashMap::new();
    let mut accounts = HashMap::new();
    for (address, account) in &case.accounts {
        let code = account.code.bytes();
        let code_hash = match code.is_empty() {
            true => KECCAK256_EMPTY,
            false => keccak256(&code),
        };
        if !code.is_empty() {
            codes.insert(code_hash, bundle::bytecode(code));
        }
        let account = bundle::Account {
            balance: account.balance,
            nonce: account.nonce,
            code_hash,
            storage: account
                .storage
                .iter()
                .map(|(key, value)| (*key, *value))
                .collect(),
        };
        accounts.insert(*address, account);
    }
    let (number, _) = place(case.fork);
    let hash = |number: u64| {
        (
            number,
            B256::left_padding_from(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()),
        )
    };
    Bundle {
        name: "case".to_owned(),
        block: block(case),
        accounts,
        codes,
        block_hashes: (number - BLOCK_HASH_WINDOW..number).map(hash).collect(),
    }
}

fn block(case: &Case) -> Block {
    let (number, timestamp) = place(case.fork);
    let mut sent = [0; SENDERS as usize];
    let mut transactions = Vec::with_capacity(case.transactions.len());
    for tx in &case.transactions {
        let from = sender(tx.sender);
        let first = case.accounts.get(&from).map_or(0, |account| account.nonce);
        let sent = &mut sent[usize::from(tx.sender % SENDERS)];
        transactions.push(transaction(tx, from, first + *sent));
        *sent += 1;
    }
    Block {
        number: Quantity(number),
        timestamp: Quantity(timestamp),
        parent_hash: Some(keccak256((number - 1).to_be_bytes())),
        miner: case.beneficiary,
        gas_limit: Quantity(BLOCK_GAS),
        gas_used: Quantity(0),
        logs_bloom: Bloom::ZERO,
        receipts_root: B256::ZERO,
        difficulty: U256::from(if case.fork < Fork::Merge { 0x1234 } else { 0 }),
        mix_hash: Some(B256::repeat_byte(0x5a)),
        base_fee_per_gas: (case.fork >= Fork::London).then_some(Quantity(BASE_FEE)),
        excess_blob_gas: (case.fork >= Fork::Cancun).then_some(Quantity(0)),
        parent_beacon_block_root: (case.fork >= Fork::Cancun).then_some(B256::repeat_byte(0x77)),
        transactions,
        withdrawals: None,
    }
}

fn transaction(tx: &Transaction, from: Address, nonce: u64) -> bundle::Transaction {
    let item = |(address, keys): &(Address, Vec<U256>)| AccessListItem {
        address: *address,
        storage_keys: keys.iter().map(|key| B256::from(*key)).collect(),
    };
    let is_dynamic = tx.kind >= 2;
    let fee = |wei: u64| Some(U256::from(wei));
    let input = tx.input.bytes();
    // The bundle only shows the hash: nothing is checked against it.
    let hash = keccak256([from.as_slice(), &nonce.to_be_bytes(), &input].concat());
    bundle::Transaction {
        hash,
        kind: Quantity(tx.kind.into()),
        from,
        to: tx.to,
        nonce: Quantity(nonce),
        gas: Quantity(tx.gas),
        gas_price: fee(10),
        max_fee_per_gas: fee(20).filter(|_| is_dynamic),
        max_priority_fee_per_gas: fee(3).filter(|_| is_dynamic),
        max_fee_per_blob_gas: fee(100).filter(|_| tx.kind == 3),
        value: tx.value,
        input,
        chain_id: Some(Quantity(1)),
        access_list: (tx.kind >= 1).then(|| AccessList(tx.access_list.iter().map(item).collect())),
        blob_versioned_hashes: (tx.kind == 3).then(|| vec![blob_hash(1), blob_hash(2)]),
        authorization_list: (tx.kind == 4)
            .then(|| tx.authorizations.iter().map(authorization).collect()),
    }
}

/// A hash of the version that EIP-4844 wants.
fn blob_hash(number: u8) -> B256 {
    let mut hash = B256::repeat_byte(number);
    hash.0[0] = 1;
    hash
}

fn authorization(from: &Authorization) -> SignedAuthorization {
    let unsigned = Unsigned {
        chain_id: U256::from(from.chain_id),
        address: from.to,
        nonce: from.nonce,
    };
    let signature = key(from.signer).sign_prehash_recoverable(unsigned.signature_hash().as_slice());
    let signature = signature.expect("a 32-byte hash can be signed");
    unsigned.into_signed(signature.into())
}

/// The input of `ecrecover` that gives the address of a sender.
#[must_use]
pub fn signed_hash(number: u8) -> Vec<u8> {
    let hash = B256::repeat_byte(0x11);
    let signature = key(number).sign_prehash_recoverable(hash.as_slice());
    let (signature, parity) = signature.expect("a 32-byte hash can be signed");
    let recovery = U256::from(27 + parity.to_byte()).to_be_bytes::<32>();
    [hash.as_slice(), &recovery, &signature.to_bytes()].concat()
}

/// A bundle with the header that revm gives its block, for `gasworks replay`.
///
/// # Errors
/// When its system calls fail.
pub fn sealed(case: &Case) -> Result<Bundle, ReplayError> {
    let mut bundle = bundle(case);
    let reference = reference(&bundle)?;
    bundle.block.transactions.truncate(reference.txs.len());
    let mut receipts = Receipts::default();
    for (tx, known) in bundle.block.transactions.iter().zip(&reference.txs) {
        receipts.push(tx.kind.0 as u8, &known.executed.result);
    }
    bundle.block.gas_used = Quantity(receipts.gas_used());
    bundle.block.logs_bloom = receipts.bloom();
    bundle.block.receipts_root = receipts.root();
    Ok(bundle)
}

/// The block on revm alone.
///
/// # Errors
/// When its system calls fail.
pub fn reference(bundle: &Bundle) -> Result<Reference, ReplayError> {
    let input = BlockInput::new(bundle, ForkChoice::Auto.spec(&bundle.block), usize::MAX)?;
    Reference::run(bundle, &input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate;

    #[test]
    fn blocks_have_the_rules_of_their_fork() {
        let mut case = generate::case_of_seed(1);
        for fork in Fork::ALL {
            case.fork = fork;
            let spec = ForkChoice::Auto.spec(&bundle(&case).block);
            assert_eq!(gasworks::fork::card_fork(spec), Some(fork));
        }
    }

    #[test]
    fn a_bundle_reads_as_it_writes() {
        for seed in 0..20 {
            let bundle = sealed(&generate::case_of_seed(seed)).expect("runs");
            let text = bundle.to_json();
            let again = Bundle::from_slice("case", text.as_bytes()).expect("parses");
            assert_eq!(again.to_json(), text);
            assert_eq!(again.accounts, bundle.accounts);
        }
    }
}
