//! What the observer of the ISS does not show: memory size and refund counter, followed from what
//! it does show. The refund is compared with the device's own when the frame ends.
//!
//! TODO: `gasworks_iss::Step` should carry both; until then they are computed here.

use std::collections::HashMap;

use alloy_primitives::U256;
use gasworks_abi::fork::Fork;

const SSTORE: u8 = 0x55;

/// Memory size and refund of the first frame.
#[derive(Debug)]
pub struct Shadow {
    fork: Fork,
    /// Bytes.
    pub memory_bytes: u64,
    /// Refund counter.
    pub refund: i64,
    /// Original and present value of the slots that are known.
    slots: HashMap<U256, (U256, U256)>,
}

impl Shadow {
    /// At the start of a frame.
    #[must_use]
    pub fn new(fork: Fork) -> Self {
        Self {
            fork,
            memory_bytes: 0,
            refund: 0,
            slots: HashMap::new(),
        }
    }

    /// A slot's value at the start of the transaction becomes known; of two the first counts.
    pub fn learn(&mut self, key: U256, value: U256) {
        self.slots.entry(key).or_insert((value, value));
    }

    /// An instruction has completed; `stack` is the one before it.
    pub fn completed(&mut self, opcode: u8, stack: &[U256]) {
        if opcode == SSTORE {
            self.store(top(stack, 0), top(stack, 1));
        }
        for (offset, len) in regions(opcode, stack) {
            let end = offset.saturating_add(len);
            // A frame that could not pay for it has ended here.
            if let (false, Ok(end)) = (len.is_zero(), u64::try_from(end)) {
                self.memory_bytes = self.memory_bytes.max(end.next_multiple_of(32));
            }
        }
    }

    /// Refunds of EIP-2200 with the numbers of EIP-2929 and EIP-3529.
    fn store(&mut self, key: U256, new: U256) {
        let (original, present) = self.slots.get(&key).copied().unwrap_or_default();
        let clearing = if self.fork == Fork::Berlin {
            15_000
        } else {
            4_800
        };
        if present != new {
            if original == present {
                if !original.is_zero() && new.is_zero() {
                    self.refund += clearing;
                }
            } else {
                if !original.is_zero() && present.is_zero() {
                    self.refund -= clearing;
                } else if !original.is_zero() && new.is_zero() {
                    self.refund += clearing;
                }
                if original == new {
                    self.refund += if original.is_zero() { 19_900 } else { 2_800 };
                }
            }
        }
        self.slots.insert(key, (original, new));
    }
}

/// Word `index` from the top.
fn top(stack: &[U256], index: usize) -> U256 {
    let at = stack.len().checked_sub(index + 1);
    at.map(|at| stack[at]).unwrap_or_default()
}

/// The parts of memory that an instruction touches: offset and length.
fn regions(opcode: u8, stack: &[U256]) -> impl Iterator<Item = (U256, U256)> {
    let word = U256::from(32);
    let at = |index| top(stack, index);
    let (first, second) = match opcode {
        // MLOAD, MSTORE.
        0x51 | 0x52 => (Some((at(0), word)), None),
        // MSTORE8.
        0x53 => (Some((at(0), U256::ONE)), None),
        // KECCAK256, LOG0 to LOG4, RETURN, REVERT.
        0x20 | 0xa0..=0xa4 | 0xf3 | 0xfd => (Some((at(0), at(1))), None),
        // CALLDATACOPY, CODECOPY, RETURNDATACOPY.
        0x37 | 0x39 | 0x3e => (Some((at(0), at(2))), None),
        // EXTCODECOPY.
        0x3c => (Some((at(1), at(3))), None),
        // MCOPY.
        0x5e => (Some((at(0), at(2))), Some((at(1), at(2)))),
        // CREATE, CREATE2.
        0xf0 | 0xf5 => (Some((at(1), at(2))), None),
        // CALL, CALLCODE.
        0xf1 | 0xf2 => (Some((at(3), at(4))), Some((at(5), at(6)))),
        // DELEGATECALL, STATICCALL.
        0xf4 | 0xfa => (Some((at(2), at(3))), Some((at(4), at(5)))),
        _ => (None, None),
    };
    first.into_iter().chain(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(fork: Fork, original: u64, values: &[u64]) -> i64 {
        let mut shadow = Shadow::new(fork);
        shadow.learn(U256::ZERO, U256::from(original));
        for value in values {
            shadow.completed(SSTORE, &[U256::from(*value), U256::ZERO]);
        }
        shadow.refund
    }

    #[test]
    fn refunds_are_those_of_eip_3529() {
        // The table "Test Cases" of EIP-3529, refunds from a warm slot.
        for (original, values, refund) in [
            (0, &[0, 0][..], 0),
            (0, &[0, 1], 0),
            (0, &[1, 0], 19_900),
            (0, &[1, 2], 0),
            (0, &[1, 0, 1], 19_900),
            (1, &[0, 0], 4_800),
            (1, &[0, 1], 2_800),
            (1, &[0, 2], 0),
            (1, &[2, 0], 4_800),
            (1, &[2, 1], 2_800),
            (1, &[0, 1, 0], 7_600),
        ] {
            assert_eq!(
                after(Fork::London, original, values),
                refund,
                "{original} {values:?}"
            );
        }
        assert_eq!(after(Fork::Berlin, 1, &[0]), 15_000);
    }

    #[test]
    fn memory_grows_by_words_and_not_for_nothing() {
        let mut shadow = Shadow::new(Fork::Osaka);
        shadow.completed(0xf3, &[U256::ZERO, U256::from(1_000_000)]);
        assert_eq!(shadow.memory_bytes, 0);
        shadow.completed(0x53, &[U256::ZERO, U256::from(32)]);
        assert_eq!(shadow.memory_bytes, 64);
        shadow.completed(0x5e, &[U256::from(1), U256::from(100), U256::ZERO]);
        assert_eq!(shadow.memory_bytes, 128);
    }
}
