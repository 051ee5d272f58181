//! The world in which a workload takes place: accounts, contracts, and the calls that become its block.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use k256::ecdsa::SigningKey;

use crate::Params;
use crate::artefact::{Artefact, Place};
use crate::bundle::Account;
use crate::rng::Rng;

/// One wei-denominated ether.
pub(crate) const ETHER: u64 = 1_000_000_000_000_000_000;

/// What one transaction does.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) to: Address,
    /// In wei.
    pub(crate) value: U256,
    pub(crate) input: Bytes,
    pub(crate) gas_limit: u64,
}

/// Accounts and calls under construction.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) rng: Rng,
    pub(crate) accounts: BTreeMap<Address, Account>,
    pub(crate) codes: BTreeMap<B256, Bytes>,
    /// By position in the block.
    pub(crate) calls: BTreeMap<usize, Call>,
    /// The key of the sender at each position.
    pub(crate) keys: Vec<SigningKey>,
    senders: Vec<Address>,
    is_hot: Vec<bool>,
    seed: u64,
}

impl World {
    /// A world with one funded sender per transaction, and the share `conflict` of positions, chosen at
    /// random, marked as hot.
    pub(crate) fn new(params: &Params) -> Self {
        let mut rng = Rng::new(params.seed);
        let hot_txs = (params.conflict * params.txs as f64).round() as usize;
        let mut is_hot: Vec<bool> = (0..params.txs).map(|index| index < hot_txs).collect();
        rng.shuffle(&mut is_hot);
        let keys: Vec<_> = (0..params.txs)
            .map(|index| signing_key(params.seed, index))
            .collect();
        let senders: Vec<_> = keys
            .iter()
            .map(|key| Address::from_public_key(key.verifying_key()))
            .collect();
        let mut accounts = BTreeMap::new();
        for sender in &senders {
            let balance = U256::from(ETHER) + U256::from(rng.range(0, ETHER));
            accounts.insert(
                *sender,
                Account {
                    balance,
                    nonce: rng.range(0, 500),
                    ..Account::default()
                },
            );
        }
        let (codes, calls) = (BTreeMap::new(), BTreeMap::new());
        Self {
            rng,
            accounts,
            codes,
            calls,
            keys,
            senders,
            is_hot,
            seed: params.seed,
        }
    }

    /// The sender of the transaction at `index`.
    pub(crate) fn sender(&self, index: usize) -> Address {
        self.senders[index]
    }

    /// Whether the transaction at `index` touches the workload's hot piece of state.
    pub(crate) fn is_hot(&self, index: usize) -> bool {
        self.is_hot[index]
    }

    /// The positions of `indices` that are hot.
    pub(crate) fn hot_of(&self, indices: &[usize]) -> Vec<usize> {
        indices
            .iter()
            .copied()
            .filter(|index| self.is_hot(*index))
            .collect()
    }

    /// A hash that is the same for the same seed, role and index.
    pub(crate) fn hash(&self, role: &str, index: usize) -> B256 {
        derive(self.seed, role, index)
    }

    /// The address of someone or something that plays `role`.
    pub(crate) fn address(&self, role: &str, index: usize) -> Address {
        Address::from_word(self.hash(role, index))
    }

    /// A random amount of `low..high` units of 10^15 (of a token with 18 decimals: thousandths), with random
    /// lower digits.
    pub(crate) fn amount(&mut self, low: u64, high: u64) -> U256 {
        let unit = 1_000_000_000_000_000;
        U256::from(self.rng.range(low, high)) * U256::from(unit)
            + U256::from(self.rng.range(0, unit))
    }

    /// Puts a contract where `role` and `index` say.
    pub(crate) fn deploy(&mut self, artefact: &Artefact, role: &str, index: usize) -> Address {
        let address = self.address(role, index);
        let code_hash = keccak256(&artefact.runtime);
        self.codes.insert(code_hash, artefact.runtime.clone());
        self.accounts.insert(
            address,
            Account {
                nonce: 1,
                code_hash: Some(code_hash),
                ..Account::default()
            },
        );
        address
    }

    /// Stores `value` at `place` in a contract; the rest of the slot stays.
    pub(crate) fn store(&mut self, contract: Address, place: Place, value: U256) {
        let account = self
            .accounts
            .get_mut(&contract)
            .expect("workloads store only in what they deployed");
        let word = account.storage.entry(place.slot).or_default();
        *word = place.insert(*word, value);
    }

    /// Stores a whole word at `slot`.
    pub(crate) fn store_word(&mut self, contract: Address, slot: U256, value: U256) {
        self.store(
            contract,
            Place {
                slot,
                offset: 0,
                bytes: 32,
            },
            value,
        );
    }

    /// Sets what the transaction at `index` does.
    pub(crate) fn call(&mut self, index: usize, to: Address, input: Bytes, gas_limit: u64) {
        self.calls.insert(
            index,
            Call {
                to,
                value: U256::ZERO,
                input,
                gas_limit,
            },
        );
    }
}

fn derive(seed: u64, role: &str, index: usize) -> B256 {
    let index = index as u64;
    keccak256(
        [
            b"gasworks workload ",
            role.as_bytes(),
            b" ",
            &seed.to_be_bytes()[..],
            &index.to_be_bytes(),
        ]
        .concat(),
    )
}

/// The key of a sender: known to everyone who knows the seed, for it guards nothing.
fn signing_key(seed: u64, index: usize) -> SigningKey {
    let mut secret = derive(seed, "sender", index);
    loop {
        // Zero and what is beyond the order of the curve are no keys; about one hash in 2^128 is.
        match SigningKey::from_slice(secret.as_slice()) {
            Ok(key) => return key,
            Err(_) => secret = keccak256(secret),
        }
    }
}
