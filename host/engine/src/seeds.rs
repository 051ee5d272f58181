//! Which slots travel with a submission.

use std::collections::{BTreeSet, HashMap};

use alloy_primitives::{Address, U256};
use gasworks_driver::Slot;
use revm::context::TxEnv;

use crate::access::Item;
use crate::frame::Waiting;
use crate::reference::ReferenceTx;
use crate::source;
use crate::world::Missing;

/// Most seeds of a submission: the touched beat has one bit for each.
const MAX_SEEDS: usize = 512;
/// Most slots that are predicted for one contract and selector.
const MAX_PREDICTED: usize = 16;

/// Where seeds come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SeedPolicy {
    /// No seeds: every slot is requested.
    None,
    /// The transaction's access list (EIP-2930).
    AccessList,
    /// The access list, and the slots that the last transaction with the same contract and
    /// selector touched.
    #[default]
    Predicted,
    /// The slots that the reference run touched. Knows the future: for measuring the device
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

type Key = (Address, [u8; 4]);

/// Chooses seeds, and learns from what transactions touched.
#[derive(Debug)]
pub struct Seeder {
    policy: SeedPolicy,
    /// Most seeds that the device's state table takes.
    limit: usize,
    seen: HashMap<Key, Vec<U256>>,
}

impl Seeder {
    /// A seeder for a device whose state table has `state_entries` entries.
    #[must_use]
    pub fn new(policy: SeedPolicy, state_entries: u32) -> Self {
        Self {
            policy,
            limit: MAX_SEEDS.min(state_entries as usize),
            seen: HashMap::new(),
        }
    }

    /// Seeds for a transaction whose first frame waits.
    ///
    /// # Errors
    /// When the bundle lacks something.
    pub fn seeds(
        &self,
        tx: &TxEnv,
        target: Address,
        waiting: &Waiting<'_>,
        reference: &ReferenceTx,
    ) -> Result<Vec<Slot>, Missing> {
        let mut keys: BTreeSet<U256> = BTreeSet::new();
        if self.policy != SeedPolicy::None {
            let items = tx
                .access_list
                .0
                .iter()
                .filter(|item| item.address == target);
            keys.extend(
                items
                    .flat_map(|item| &item.storage_keys)
                    .map(|key| U256::from_be_bytes(key.0)),
            );
        }
        match self.policy {
            SeedPolicy::Predicted => {
                let seen = self.seen.get(&key(tx, target));
                keys.extend(seen.into_iter().flatten());
            }
            SeedPolicy::Oracle => {
                let account = reference.executed.state.get(&target);
                keys.extend(
                    account
                        .into_iter()
                        .flat_map(|account| account.storage.keys()),
                );
            }
            SeedPolicy::None | SeedPolicy::AccessList => {}
        }
        let seed = |key| {
            let (value, warm) = source::storage(waiting.ctx(), target, key)?;
            Ok(Slot {
                address: target,
                key,
                value,
                warm,
            })
        };
        keys.into_iter().take(self.limit).map(seed).collect()
    }

    /// Learns what a transaction touched.
    pub fn learn<'a>(&mut self, tx: &TxEnv, reads: impl Iterator<Item = &'a Item>) {
        if self.policy != SeedPolicy::Predicted {
            return;
        }
        let Some(target) = tx.kind.to().copied() else {
            return;
        };
        let slots = reads.filter_map(|item| match item {
            Item::Slot(address, key) if *address == target => Some(*key),
            _ => None,
        });
        let slots: Vec<_> = slots.take(MAX_PREDICTED).collect();
        self.seen.insert(key(tx, target), slots);
    }
}

fn key(tx: &TxEnv, target: Address) -> Key {
    let mut selector = [0; 4];
    let len = tx.data.len().min(4);
    selector[..len].copy_from_slice(&tx.data[..len]);
    (target, selector)
}
