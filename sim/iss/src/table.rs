//! State table of a hart: storage slots, transient slots and accounts, and the gas of storage.

use alloy_primitives::map::HashMap;
use alloy_primitives::{Address, U256};
use gasworks_abi::fork::Fork;
use gasworks_abi::gas;
use gasworks_abi::record::TouchedBeat;

use crate::Slot;
use crate::journal::Content;

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// A storage slot.
    Storage,
    /// A transient slot (EIP-1153).
    Transient,
    /// An account; the key is zero.
    Account,
}

/// Identity of an entry.
type Key = (Kind, Address, U256);

#[derive(Debug)]
struct Entry {
    kind: Kind,
    address: Address,
    key: U256,
    original: U256,
    content: Content,
    is_touched: bool,
}

impl Entry {
    fn slot(&self) -> Slot {
        Slot {
            address: self.address,
            key: self.key,
            value: self.content.value,
            original: self.original,
            warm: self.content.is_warm,
        }
    }
}

/// The table. Entries are found by content; they keep the order in which they were made.
#[derive(Debug)]
pub(crate) struct Table {
    entries: Vec<Entry>,
    index: HashMap<Key, usize>,
    limit: usize,
    seeds: usize,
}

/// The table has no room for another entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl Table {
    /// A table with seeds, which must fit.
    pub(crate) fn new(limit: u32, seeds: &[Slot]) -> Self {
        let mut table = Self {
            entries: Vec::with_capacity(seeds.len()),
            index: HashMap::default(),
            limit: limit as usize,
            seeds: seeds.len(),
        };
        for slot in seeds {
            table.insert(Kind::Storage, *slot);
        }
        table
    }

    /// The entry; `None` if there is none but room for it.
    pub(crate) fn find(
        &self,
        kind: Kind,
        address: Address,
        key: U256,
    ) -> Result<Option<usize>, Full> {
        match self.index.get(&(kind, address, key)) {
            Some(entry) => Ok(Some(*entry)),
            None if self.entries.len() >= self.limit => Err(Full),
            None => Ok(None),
        }
    }

    /// Makes an entry. Of two seeds for one slot the first counts.
    pub(crate) fn insert(&mut self, kind: Kind, slot: Slot) -> usize {
        let entry = self.entries.len();
        self.index
            .entry((kind, slot.address, slot.key))
            .or_insert(entry);
        self.entries.push(Entry {
            kind,
            address: slot.address,
            key: slot.key,
            original: slot.original,
            content: Content {
                value: slot.value,
                is_warm: slot.warm,
                ..Content::default()
            },
            is_touched: false,
        });
        entry
    }

    /// Makes an entry of an account.
    pub(crate) fn insert_account(&mut self, address: Address, is_warm: bool) -> usize {
        let slot = Slot {
            address,
            warm: is_warm,
            ..Slot::default()
        };
        self.insert(Kind::Account, slot)
    }

    /// The value of a slot, zero without an entry.
    pub(crate) fn value(&self, kind: Kind, address: Address, key: U256) -> U256 {
        let entry = self.index.get(&(kind, address, key));
        entry.map_or(U256::ZERO, |entry| self.entries[*entry].content.value)
    }

    /// Touches an entry, whatever becomes of the frame. Returns it as it is.
    pub(crate) fn touch(&mut self, entry: usize) -> Slot {
        let entry = &mut self.entries[entry];
        entry.is_touched = true;
        entry.slot()
    }

    /// What can change of an entry.
    pub(crate) fn content(&self, entry: usize) -> &Content {
        &self.entries[entry].content
    }

    /// The same, to change it.
    pub(crate) fn content_mut(&mut self, entry: usize) -> &mut Content {
        &mut self.entries[entry].content
    }

    /// Storage slots that were written.
    pub(crate) fn writes(&self) -> Vec<Slot> {
        self.entries
            .iter()
            .filter(|entry| entry.kind == Kind::Storage && entry.content.is_written)
            .map(Entry::slot)
            .collect()
    }

    /// Seeds that were touched.
    pub(crate) fn touched(&self) -> TouchedBeat {
        let mut seeds = [0u8; 64];
        let bits = self.entries[..self.seeds].iter().zip(0..8 * seeds.len());
        for (entry, bit) in bits {
            seeds[bit / 8] |= u8::from(entry.is_touched) << (bit % 8);
        }
        TouchedBeat { seeds }
    }
}

/// Gas of an `SSTORE` beyond the stipend check, and what it adds to the refund counter.
/// EIP-2200 with EIP-2929 and EIP-3529.
pub(crate) fn sstore_gas(slot: &Slot, new: U256, fork: Fork) -> (u64, i64) {
    let cold = if slot.warm { 0 } else { gas::COLD_SLOAD };
    let (original, present) = (slot.original, slot.value);
    let clears = gas::sstore_clears_refund(fork);
    if present == new {
        return (cold + gas::WARM_READ, 0);
    }
    if original == present {
        return if original.is_zero() {
            (cold + gas::SSTORE_SET, 0)
        } else {
            let refund = if new.is_zero() { clears } else { 0 };
            (cold + gas::SSTORE_RESET, refund)
        };
    }
    let mut refund = 0;
    if !original.is_zero() {
        if present.is_zero() {
            refund -= clears;
        } else if new.is_zero() {
            refund += clears;
        }
    }
    if original == new {
        let full = if original.is_zero() {
            gas::SSTORE_SET
        } else {
            gas::SSTORE_RESET
        };
        refund += (full - gas::WARM_READ) as i64;
    }
    (cold + gas::WARM_READ, refund)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// EIP-3529 "Test cases", without the cold read: original, then the values stored; gas and
    /// refund in total.
    const EIP_3529: [(u64, &[u64], u64, i64); 17] = [
        (0, &[0, 0], 200, 0),
        (0, &[0, 1], 20_100, 0),
        (0, &[1, 0], 20_100, 19_900),
        (0, &[1, 2], 20_100, 0),
        (0, &[1, 1], 20_100, 0),
        (1, &[0, 0], 3_000, 4_800),
        (1, &[0, 1], 3_000, 2_800),
        (1, &[0, 2], 3_000, 0),
        (1, &[2, 0], 3_000, 4_800),
        (1, &[2, 3], 3_000, 0),
        (1, &[2, 1], 3_000, 2_800),
        (1, &[2, 2], 3_000, 0),
        (1, &[1, 0], 3_000, 4_800),
        (1, &[1, 2], 3_000, 0),
        (1, &[1, 1], 200, 0),
        (0, &[1, 0, 1], 40_100, 19_900),
        (1, &[0, 1, 0], 5_900, 7_600),
    ];

    #[test]
    fn sstore_follows_eip_3529() {
        for (original, stores, gas, refund) in EIP_3529 {
            let mut slot = Slot {
                value: U256::from(original),
                original: U256::from(original),
                warm: true,
                ..Slot::default()
            };
            let mut sum = (0, 0);
            for new in stores.iter().copied().map(U256::from) {
                let (cost, change) = sstore_gas(&slot, new, Fork::London);
                sum = (sum.0 + cost, sum.1 + change);
                slot.value = new;
            }
            assert_eq!(sum, (gas, refund), "{original} {stores:?}");
        }
    }

    #[test]
    fn a_full_table_still_finds_its_entries() {
        let seed = Slot::default();
        let table = Table::new(1, &[seed]);
        assert_eq!(
            table.find(Kind::Storage, seed.address, seed.key),
            Ok(Some(0))
        );
        assert_eq!(
            table.find(Kind::Storage, seed.address, U256::ONE),
            Err(Full)
        );
        assert_eq!(table.find(Kind::Account, seed.address, seed.key), Err(Full));
    }

    #[test]
    fn touched_seeds_and_writes_are_reported() {
        let seeds: Vec<Slot> = (0..10)
            .map(|key| Slot {
                key: U256::from(key),
                ..Slot::default()
            })
            .collect();
        let mut table = Table::new(16, &seeds);
        assert!(!table.touch(9).warm);
        let content = table.content_mut(9);
        (content.value, content.is_written) = (U256::MAX, true);
        assert_eq!(table.touched().seeds[..2], [0, 2]);
        assert_eq!(table.writes().len(), 1);
        assert_eq!(table.writes()[0].value, U256::MAX);
    }
}
