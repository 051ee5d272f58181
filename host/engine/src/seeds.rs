//! Which slots travel with a submission.

use std::collections::{HashMap, HashSet};

use alloy_primitives::{Address, U256};
use gasworks_driver::Slot;
use revm::Database;
use revm::context::TxEnv;

use crate::account;
use crate::frame::Context;
use crate::reference::ReferenceTx;

/// Most seeds of a submission: the touched beat has one bit for each.
const MAX_SEEDS: usize = 512;
/// Most slots that are predicted for one contract and selector.
const MAX_PREDICTED: usize = 128;
/// One in so many entries of the state table is not seeded.
const RESERVE: usize = 4;

/// Where seeds come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SeedPolicy {
    /// No seeds: every slot is requested.
    None,
    /// The transaction's access list (EIP-2930).
    AccessList,
    /// The slots that the last transaction with the same contract and selector read, and the
    /// access list.
    #[default]
    Predicted,
    /// The slots that the reference run read. Knows the future: for measuring the device
    /// without waits for the host, never a result.
    Oracle,
}

impl SeedPolicy {
    /// Name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::AccessList => "access_list",
            Self::Predicted => "predicted",
            Self::Oracle => "oracle",
        }
    }
}

/// Contract and selector.
type Key = (Address, [u8; 4]);

/// Chooses seeds, and learns from what transactions read.
#[derive(Debug)]
pub struct Seeder {
    policy: SeedPolicy,
    /// Most seeds of a submission.
    limit: usize,
    seen: HashMap<Key, Vec<(Address, U256)>>,
}

impl Seeder {
    /// A seeder for a device whose state table has `state_entries` entries: a part of them is left
    /// for accounts and for what is not foreseen.
    #[must_use]
    pub fn new(policy: SeedPolicy, state_entries: u32) -> Self {
        let entries = state_entries as usize;
        Self {
            policy,
            limit: MAX_SEEDS.min(entries - entries / RESERVE),
            seen: HashMap::new(),
        }
    }

    /// Seeds for a transaction whose first frame waits, in the order in which it is expected to
    /// read them.
    ///
    /// # Errors
    /// When the database lacks something.
    pub fn seeds<DB: Database>(
        &self,
        tx: &TxEnv,
        ctx: &mut Context<DB>,
        reference: &ReferenceTx,
    ) -> Result<Vec<Slot>, DB::Error> {
        let listed = tx.access_list.0.iter().flat_map(|item| {
            let keys = item.storage_keys.iter();
            keys.map(|key| (item.address, U256::from_be_bytes(key.0)))
        });
        let slots: Vec<_> = match self.policy {
            SeedPolicy::None => Vec::new(),
            SeedPolicy::AccessList => listed.collect(),
            SeedPolicy::Predicted => {
                let seen = key(tx).and_then(|key| self.seen.get(&key));
                seen.into_iter().flatten().copied().chain(listed).collect()
            }
            SeedPolicy::Oracle => reference.slots.clone(),
        };
        let mut once = HashSet::new();
        let slots = slots.into_iter().filter(|slot| once.insert(*slot));
        let seed = |(address, key)| {
            let (value, warm) = account::storage(ctx, address, key)?;
            Ok(Slot {
                address,
                key,
                value,
                warm,
            })
        };
        slots.take(self.limit).map(seed).collect()
    }

    /// Learns which slots a transaction read, in order.
    pub fn learn(&mut self, tx: &TxEnv, slots: &[(Address, U256)]) {
        if self.policy != SeedPolicy::Predicted {
            return;
        }
        if let Some(key) = key(tx) {
            let slots = slots.iter().take(MAX_PREDICTED).copied().collect();
            self.seen.insert(key, slots);
        }
    }
}

/// None for a creation.
fn key(tx: &TxEnv) -> Option<Key> {
    let mut selector = [0; 4];
    let len = tx.data.len().min(4);
    selector[..len].copy_from_slice(&tx.data[..len]);
    Some((*tx.kind.to()?, selector))
}
