//! Operands: numbers at the edge of something, accounts, amounts of gas.

use alloy_primitives::U256;

use super::{CONTRACTS, DELEGATING, EMPTY, LIBRARIES};
use crate::Choices;
use crate::program::Item;

/// A push of a number in as many bytes as it needs, but one at least.
pub(super) fn push(number: u64) -> Item {
    let bytes = number.to_be_bytes();
    let zeros = (number.leading_zeros() / 8).min(7) as usize;
    Item::Push(bytes[zeros..].to_vec())
}

/// A word that is an edge of something.
pub(super) fn edge(choices: &mut Choices<'_>) -> Item {
    match choices.weighted(&[6, 2, 2, 2]) {
        0 => {
            let power = U256::ONE << choices.below(256) as usize;
            let word = match choices.below(3) {
                0 => power,
                1 => power.wrapping_sub(U256::ONE),
                _ => power.wrapping_neg(),
            };
            Item::Push(word.to_be_bytes_vec())
        }
        1 => Item::Push(vec![0xff; 32]),
        2 => {
            let len = choices.range(1, 32);
            Item::Push(choices.take(len))
        }
        // Quarters of all ones or zeros: carries from one slice of the word to the next.
        _ => {
            let mut bytes = Vec::with_capacity(32);
            for _ in 0..4 {
                let quarter = choices.pick(&[0, u64::MAX, 1, 1 << 63, 0x8000_0000]);
                bytes.extend(quarter.to_be_bytes());
            }
            Item::Push(bytes)
        }
    }
}

/// A small number.
pub(super) fn small(choices: &mut Choices<'_>) -> Item {
    match choices.weighted(&[4, 2, 1]) {
        0 => push(choices.below(71)),
        1 => push(32 * choices.below(12)),
        _ => push(choices.below(2_100)),
    }
}

/// Any word.
pub(super) fn any(choices: &mut Choices<'_>) -> Item {
    match choices.weighted(&[3, 2, 1]) {
        0 => small(choices),
        1 => edge(choices),
        _ => Item::Op(choices.pick(&[
            0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46,
            0x47, 0x48, 0x4a, 0x58, 0x59, 0x5a, 0x5f,
        ])),
    }
}

/// A slot, out of few.
pub(super) fn slot(choices: &mut Choices<'_>) -> Item {
    match choices.weighted(&[12, 1]) {
        0 => push(choices.below(6)),
        _ => edge(choices),
    }
}

/// A value for a slot: mostly one that may have been there before.
pub(super) fn stored(choices: &mut Choices<'_>) -> Item {
    match choices.weighted(&[8, 1, 1]) {
        0 => push(choices.below(4)),
        1 => Item::Op(0x5a),
        _ => edge(choices),
    }
}

/// An account: contracts, precompiles, nobody, oneself, garbage.
pub(super) fn account(choices: &mut Choices<'_>) -> Item {
    match choices.weighted(&[12, 4, 2, 2, 2, 1, 1]) {
        0 => push(choices.pick(&CONTRACTS).into()),
        1 => push(choices.range(1, 0x12)),
        2 => push(choices.pick(&EMPTY).into()),
        3 => push(choices.pick(&DELEGATING).into()),
        4 => Item::Op(choices.pick(&[0x30, 0x32, 0x33, 0x41])),
        5 => push(choices.pick(&LIBRARIES).into()),
        // Only the low 160 bits name an account.
        _ => {
            let mut bytes = choices.take(12);
            bytes.resize(31, 0);
            bytes.push(choices.pick(&CONTRACTS));
            Item::Push(bytes)
        }
    }
}

/// Gas of a call: all, little, garbage.
pub(super) fn gas(choices: &mut Choices<'_>) -> Item {
    match choices.weighted(&[3, 3, 8, 2, 1]) {
        0 => Item::Op(0x5a),
        1 => push(choices.below(3_000)),
        // A callee that halts takes all of it along: so that the caller goes on.
        2 => push(choices.below(150_000)),
        3 => push(choices.pick(&[0, 2_299, 2_300, 2_301, 15, 100, 2_600, 9_000])),
        _ => edge(choices),
    }
}

/// A value to send: mostly nothing.
pub(super) fn value(choices: &mut Choices<'_>) -> Item {
    match choices.weighted(&[6, 3, 1]) {
        0 => push(0),
        1 => push(choices.range(1, 4)),
        _ => edge(choices),
    }
}

/// Offset and length of a range, length first: mostly small.
pub(super) fn range(choices: &mut Choices<'_>) -> [Item; 2] {
    match choices.weighted(&[80, 1, 2, 2]) {
        0 => [small(choices), small(choices)],
        1 => [edge(choices), edge(choices)],
        2 => [push(0), edge(choices)],
        _ => [push(choices.below(40_000)), push(choices.below(70_000))],
    }
}
