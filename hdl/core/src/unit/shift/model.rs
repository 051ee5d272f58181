//! Software model of the shifter: what `shl`, `shr`, `sar`, `byte`, `signext` and `clz` compute.

use gasworks_abi::micro_op::Op;
use ruint::aliases::U256;

/// Result of a shifter operation; operands as the micro-op table names them.
pub fn shift(op: Op, a: U256, b: U256) -> U256 {
    let small = |limit: u64| (a < U256::from(limit)).then(|| a.to::<usize>());
    let negative = b.bit(255);
    match op {
        Op::Shl => small(256).map_or(U256::ZERO, |n| b << n),
        Op::Shr => small(256).map_or(U256::ZERO, |n| b >> n),
        Op::Sar => match small(256) {
            Some(n) => b.arithmetic_shr(n),
            None if negative => U256::MAX,
            None => U256::ZERO,
        },
        Op::Byte => small(32).map_or(U256::ZERO, |n| U256::from(b.byte(31 - n))),
        Op::SignExtend => match small(31) {
            Some(n) => (b << (248 - 8 * n)).arithmetic_shr(248 - 8 * n),
            None => b,
        },
        Op::Clz => U256::from(a.leading_zeros()),
        other => panic!("{other:?} is not a shifter operation"),
    }
}
