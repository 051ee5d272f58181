//! Memory of a hart: growth, its gas, and byte access.

use alloy_primitives::U256;
use gasworks_abi::gas;
use gasworks_abi::record::BEAT;

/// Above this end no gas below [`UNAFFORDABLE_GAS`] pays for the memory.
const AFFORDABLE_END: u64 = 1 << 32;
/// Gas from which memory past [`AFFORDABLE_END`] may be affordable.
const UNAFFORDABLE_GAS: u64 = 1 << 45;

/// Gas per unit of length, beside the growth of the memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    gas: u64,
    unit_bytes: u64,
}

impl Rate {
    /// Nothing.
    pub(crate) const FREE: Self = Self::new(0, 1);
    /// Copies.
    pub(crate) const COPY: Self = Self::new(gas::COPY_WORD, 32);
    /// Keccak.
    pub(crate) const KECCAK: Self = Self::new(gas::KECCAK_WORD, 32);
    /// Logs.
    pub(crate) const LOG: Self = Self::new(gas::LOG_DATA_BYTE, 1);

    /// So much per word.
    pub(crate) const fn per_word(gas: u64) -> Self {
        Self::new(gas, 32)
    }

    const fn new(gas: u64, unit_bytes: u64) -> Self {
        Self { gas, unit_bytes }
    }

    fn cost(self, len: u64) -> u64 {
        self.gas * len.div_ceil(self.unit_bytes)
    }
}

/// What an access to memory comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Costs this much gas and reaches this range, which now exists.
    Done {
        /// Gas.
        cost: u64,
        /// First byte.
        offset: usize,
        /// Bytes.
        len: usize,
    },
    /// More gas than there is.
    OutOfGas,
    /// More memory than the hart has.
    Limit,
}

/// Bytes of a frame's memory. `bytes.len()` is `msize`.
#[derive(Debug)]
pub(crate) struct Memory {
    bytes: Vec<u8>,
    /// Where it starts in the memory of the hart.
    base: u64,
    /// End of the memory of the hart.
    limit_bytes: u64,
}

impl Memory {
    pub(crate) fn new(limit_bytes: u32) -> Self {
        Self {
            bytes: Vec::new(),
            base: 0,
            limit_bytes: limit_bytes.into(),
        }
    }

    /// The memory of a callee: what lies above this one.
    pub(crate) fn callee(&self) -> Self {
        let end = self.base + self.bytes.len() as u64;
        Self {
            bytes: Vec::new(),
            base: end.next_multiple_of(BEAT as u64),
            limit_bytes: self.limit_bytes,
        }
    }

    /// `MSIZE` in bytes.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Cost of a memory of so many words.
    fn cost(words: u64) -> u64 {
        gas::MEMORY_WORD * words + words * words / gas::MEMORY_QUADRATIC_DIVISOR
    }

    /// Makes `len` bytes at `offset` exist, if `gas` pays for it. No byte needs no memory, wherever
    /// it lies.
    pub(crate) fn access(&mut self, offset: U256, len: U256, rate: Rate, gas: u64) -> Access {
        if len.is_zero() {
            return Access::Done {
                cost: 0,
                offset: 0,
                len: 0,
            };
        }
        let end = offset
            .checked_add(len)
            .and_then(|end| u64::try_from(end).ok())
            .filter(|end| *end <= AFFORDABLE_END);
        let Some(end) = end else {
            return if gas >= UNAFFORDABLE_GAS {
                Access::Limit
            } else {
                Access::OutOfGas
            };
        };
        // Both are below `end`.
        let (offset, len) = (offset.as_limbs()[0], len.as_limbs()[0]);
        let present = self.bytes.len() as u64 / 32;
        let words = end.div_ceil(32).max(present);
        let cost = Self::cost(words) - Self::cost(present) + rate.cost(len);
        if cost > gas {
            return Access::OutOfGas;
        }
        if self.base + end > self.limit_bytes {
            return Access::Limit;
        }
        if words > present {
            self.bytes.resize(words as usize * 32, 0);
        }
        Access::Done {
            cost,
            offset: offset as usize,
            len: len as usize,
        }
    }

    /// Bytes that [`Self::access`] made exist.
    pub(crate) fn slice(&self, offset: usize, len: usize) -> &[u8] {
        &self.bytes[offset..][..len]
    }

    /// The word at `offset`, which exists.
    pub(crate) fn load(&self, offset: usize) -> U256 {
        U256::from_be_slice(self.slice(offset, 32))
    }

    /// Writes bytes where [`Self::access`] made them exist.
    pub(crate) fn store(&mut self, offset: usize, bytes: &[u8]) {
        self.bytes[offset..][..bytes.len()].copy_from_slice(bytes);
    }

    /// Copies `len` bytes of `source` from `from`; past its end there are zeros.
    pub(crate) fn copy_padded(&mut self, offset: usize, len: usize, source: &[u8], from: U256) {
        let target = &mut self.bytes[offset..][..len];
        let source = usize::try_from(from)
            .ok()
            .and_then(|from| source.get(from..))
            .unwrap_or(&[]);
        let present = source.len().min(len);
        target[..present].copy_from_slice(&source[..present]);
        target[present..].fill(0);
    }

    /// Copies within the memory; the ranges may overlap.
    pub(crate) fn copy_within(&mut self, to: usize, from: usize, len: usize) {
        self.bytes.copy_within(from..from + len, to);
    }
}

/// The 32 bytes of `source` at `from`; past its end there are zeros.
pub(crate) fn word_padded(source: &[u8], from: U256) -> U256 {
    let source = usize::try_from(from)
        .ok()
        .and_then(|from| source.get(from..))
        .unwrap_or(&[]);
    if let Some(word) = source.get(..32) {
        return U256::from_be_slice(word);
    }
    let mut word = [0; 32];
    word[..source.len()].copy_from_slice(source);
    U256::from_be_bytes(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> Memory {
        Memory::new(1024)
    }

    fn cost(access: Access) -> Option<u64> {
        match access {
            Access::Done { cost, .. } => Some(cost),
            _ => None,
        }
    }

    #[test]
    fn growth_costs_the_difference() {
        let mut memory = memory();
        let mut reach =
            |end: u64| cost(memory.access(U256::from(end - 1), U256::ONE, Rate::FREE, 1_000_000));
        assert_eq!(reach(1), Some(3));
        assert_eq!(reach(32), Some(0));
        assert_eq!(reach(33), Some(3));
        assert_eq!(reach(1024), Some(3 * 30 + 2));
        assert_eq!(reach(5), Some(0));
    }

    #[test]
    fn a_callee_has_what_is_left_and_pays_from_zero() {
        let mut caller = memory();
        caller.access(U256::ZERO, U256::from(65), Rate::FREE, 100);
        let mut callee = caller.callee();
        let price = |end: u64| 3 * end.div_ceil(32);
        // 96 bytes, rounded up to beats.
        let end = 1024 - 128;
        let mut reach = |end| callee.access(U256::from(end - 1), U256::ONE, Rate::FREE, 1000);
        assert_eq!(reach(end + 1), Access::Limit);
        assert_eq!(cost(reach(end)), Some(price(end) + 1));
        assert_eq!(caller.size(), 96);
    }

    #[test]
    fn gas_is_checked_before_the_limit() {
        let mut memory = memory();
        let end = U256::from(1024);
        let words = 33;
        let price = 3 * words + words * words / 512;
        assert_eq!(
            memory.access(end, U256::ONE, Rate::FREE, price - 1),
            Access::OutOfGas
        );
        assert_eq!(
            memory.access(end, U256::ONE, Rate::FREE, price),
            Access::Limit
        );
        assert_eq!(memory.size(), 0);
    }

    #[test]
    fn huge_ranges_are_out_of_gas() {
        let mut memory = memory();
        let mut access = |offset, len, gas| memory.access(offset, len, Rate::COPY, gas);
        assert_eq!(access(U256::MAX, U256::ONE, 1 << 40), Access::OutOfGas);
        assert_eq!(
            access(U256::MAX, U256::MAX, (1 << 45) - 1),
            Access::OutOfGas
        );
        assert_eq!(access(U256::ONE, U256::MAX, 1 << 45), Access::Limit);
        assert_eq!(cost(access(U256::MAX, U256::ZERO, 0)), Some(0));
    }

    #[test]
    fn sources_end_in_zeros() {
        let mut memory = memory();
        memory.access(U256::ZERO, U256::from(32), Rate::FREE, 3);
        memory.store(0, &[0xff; 32]);
        memory.copy_padded(0, 4, &[1, 2, 3], U256::from(2));
        memory.copy_padded(8, 4, &[1, 2, 3], U256::MAX);
        assert_eq!(memory.slice(0, 5), [3, 0, 0, 0, 0xff]);
        assert_eq!(memory.slice(8, 5), [0, 0, 0, 0, 0xff]);
        assert_eq!(word_padded(&[7], U256::ZERO), U256::from(7) << 248);
        assert_eq!(word_padded(&[7; 33], U256::from(33)), U256::ZERO);
    }
}
