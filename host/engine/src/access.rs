//! What a transaction read and wrote: the sets that decide whether transactions may overlap.

use std::collections::BTreeSet;

use alloy_primitives::{Address, U256};
use revm::state::EvmState;

/// One item of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// Balance, nonce and code.
    Account(Address),
    /// A storage slot.
    Slot(Address, U256),
}

/// Read set and write set of a transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// What it read.
    pub reads: BTreeSet<Item>,
    /// What it changed.
    pub writes: BTreeSet<Item>,
    /// It saw or changed the beneficiary's account other than by its fee.
    pub beneficiary: bool,
}

impl Access {
    /// From the state that revm's journal holds after a transaction: everything loaded was read.
    /// The fee that went to the beneficiary is left out.
    #[must_use]
    pub fn of(state: &EvmState, beneficiary: Address, uses_beneficiary: bool) -> Self {
        let mut access = Self {
            beneficiary: uses_beneficiary,
            ..Self::default()
        };
        for (address, account) in state {
            if *address == beneficiary && !uses_beneficiary {
                continue;
            }
            access.reads.insert(Item::Account(*address));
            let whole = account.is_created() || account.is_selfdestructed();
            if whole || account.info != account.original_info() {
                access.writes.insert(Item::Account(*address));
            }
            for (key, slot) in &account.storage {
                access.reads.insert(Item::Slot(*address, *key));
                if slot.is_changed() || whole {
                    access.writes.insert(Item::Slot(*address, *key));
                }
            }
        }
        access
    }

    /// True when a transaction with this access, run from a state without `earlier`, may have seen
    /// something that `earlier` changed.
    #[must_use]
    pub fn is_stale_after(&self, earlier: &Self) -> bool {
        self.beneficiary || earlier.beneficiary || !self.reads.is_disjoint(&earlier.writes)
    }

    /// True when the order of the two does not matter.
    #[must_use]
    pub fn is_independent_of(&self, other: &Self) -> bool {
        !self.beneficiary
            && !other.beneficiary
            && self.reads.is_disjoint(&other.writes)
            && self.writes.is_disjoint(&other.reads)
            && self.writes.is_disjoint(&other.writes)
    }
}
