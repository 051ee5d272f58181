//! Software model of the multiplier and divider.

use gasworks_abi::{gas, micro_op::Op};
use ruint::aliases::{U256, U512};

/// What the unit answers: the value and the gas it charges, or `None` when the gas does not suffice.
pub fn math(op: Op, a: U256, b: U256, c: U256, gas_left: u64) -> Option<(U256, u64)> {
    if op == Op::Exp {
        let cost = gas::EXP_BYTE * b.byte_len() as u64;
        return (cost <= gas_left).then(|| (a.pow(b), cost));
    }
    let value = match op {
        Op::Mul => a.wrapping_mul(b),
        Op::Div => a.checked_div(b).unwrap_or_default(),
        Op::Mod => a.checked_rem(b).unwrap_or_default(),
        Op::SDiv => sdiv(a, b),
        Op::SMod => with_sign(
            magnitude(a).checked_rem(magnitude(b)).unwrap_or_default(),
            a.bit(255),
        ),
        Op::AddMod => narrow((wide(a) + wide(b)).checked_rem(wide(c)).unwrap_or_default()),
        Op::MulMod => narrow((wide(a) * wide(b)).checked_rem(wide(c)).unwrap_or_default()),
        other => panic!("{other:?} is not an operation of the math unit"),
    };
    Some((value, 0))
}

fn sdiv(a: U256, b: U256) -> U256 {
    let quotient = magnitude(a).checked_div(magnitude(b)).unwrap_or_default();
    with_sign(quotient, a.bit(255) != b.bit(255))
}

fn magnitude(a: U256) -> U256 {
    with_sign(a, a.bit(255))
}

fn with_sign(a: U256, negative: bool) -> U256 {
    if negative { a.wrapping_neg() } else { a }
}

fn wide(a: U256) -> U512 {
    U512::from(a)
}

fn narrow(a: U512) -> U256 {
    a.to()
}
