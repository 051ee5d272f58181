//! Two's complement, shifts and bytes of 256-bit words (Yellow Paper appendix H.2).

use std::cmp::Ordering;

use alloy_primitives::U256;

/// True when the word is negative in two's complement.
fn is_negative(word: U256) -> bool {
    word.bit(255)
}

fn magnitude(word: U256) -> U256 {
    if is_negative(word) {
        word.wrapping_neg()
    } else {
        word
    }
}

fn negate_if(word: U256, negative: bool) -> U256 {
    if negative { word.wrapping_neg() } else { word }
}

/// 1 or 0.
pub(crate) fn truth(claim: bool) -> U256 {
    U256::from(u8::from(claim))
}

/// Compares in two's complement.
pub(crate) fn signed_cmp(a: U256, b: U256) -> Ordering {
    is_negative(b).cmp(&is_negative(a)).then(a.cmp(&b))
}

/// `DIV`.
pub(crate) fn div(a: U256, b: U256) -> U256 {
    a.checked_div(b).unwrap_or(U256::ZERO)
}

/// `MOD`.
pub(crate) fn rem(a: U256, b: U256) -> U256 {
    a.checked_rem(b).unwrap_or(U256::ZERO)
}

/// `SDIV`: rounds towards zero; -2^255 / -1 is -2^255.
pub(crate) fn sdiv(a: U256, b: U256) -> U256 {
    negate_if(
        div(magnitude(a), magnitude(b)),
        is_negative(a) != is_negative(b),
    )
}

/// `SMOD`: has the sign of `a`.
pub(crate) fn smod(a: U256, b: U256) -> U256 {
    negate_if(rem(magnitude(a), magnitude(b)), is_negative(a))
}

/// The number as a shift or index below 256.
fn below_256(word: U256) -> Option<usize> {
    (word < U256::from(256)).then(|| word.as_limbs()[0] as usize)
}

/// `SHL`.
pub(crate) fn shl(shift: U256, value: U256) -> U256 {
    below_256(shift).map_or(U256::ZERO, |shift| value << shift)
}

/// `SHR`.
pub(crate) fn shr(shift: U256, value: U256) -> U256 {
    below_256(shift).map_or(U256::ZERO, |shift| value >> shift)
}

/// `SAR`.
pub(crate) fn sar(shift: U256, value: U256) -> U256 {
    let shift = below_256(shift).unwrap_or(255);
    let low = value >> shift;
    if is_negative(value) && shift > 0 {
        low | (U256::MAX << (256 - shift))
    } else {
        low
    }
}

/// `BYTE`: 0 is the most significant.
pub(crate) fn byte(index: U256, value: U256) -> U256 {
    match below_256(index) {
        Some(index) if index < 32 => U256::from(value.byte(31 - index)),
        _ => U256::ZERO,
    }
}

/// `SIGNEXTEND` from byte `index`, 0 being the least significant.
pub(crate) fn sign_extend(index: U256, value: U256) -> U256 {
    match below_256(index) {
        Some(index) if index < 31 => {
            let bit = 8 * index + 7;
            let mask = U256::MAX << (bit + 1);
            if value.bit(bit) {
                value | mask
            } else {
                value & !mask
            }
        }
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIN: U256 = U256::from_limbs([0, 0, 0, 1 << 63]);
    const ONE: U256 = U256::ONE;

    fn minus(value: u64) -> U256 {
        U256::from(value).wrapping_neg()
    }

    #[test]
    fn sdiv_min_by_minus_one_wraps() {
        assert_eq!(sdiv(MIN, minus(1)), MIN);
        assert_eq!(sdiv(minus(7), U256::from(2)), minus(3));
        assert_eq!(sdiv(minus(7), U256::ZERO), U256::ZERO);
    }

    #[test]
    fn smod_has_the_sign_of_the_dividend() {
        assert_eq!(smod(minus(8), U256::from(3)), minus(2));
        assert_eq!(smod(U256::from(8), minus(3)), U256::from(2));
        assert_eq!(smod(minus(8), U256::ZERO), U256::ZERO);
    }

    #[test]
    fn shifts_saturate() {
        let by = |n: u64| U256::from(n);
        assert_eq!(shl(by(255), ONE), MIN);
        assert_eq!(shl(by(256), ONE), U256::ZERO);
        assert_eq!(shr(by(255), MIN), ONE);
        assert_eq!(shr(MIN, MIN), U256::ZERO);
        assert_eq!(sar(by(0), MIN), MIN);
        assert_eq!(sar(by(255), MIN), U256::MAX);
        assert_eq!(sar(by(256), MIN), U256::MAX);
        assert_eq!(sar(by(256), MIN - ONE), U256::ZERO);
    }

    #[test]
    fn bytes_count_from_their_end() {
        assert_eq!(byte(U256::from(31), U256::from(0x1234)), U256::from(0x34));
        assert_eq!(byte(U256::from(32), U256::MAX), U256::ZERO);
        assert_eq!(sign_extend(U256::ZERO, U256::from(0x80)), minus(0x80));
        assert_eq!(sign_extend(U256::ZERO, U256::from(0x17f)), U256::from(0x7f));
        assert_eq!(sign_extend(U256::from(31), MIN), MIN);
        assert_eq!(sign_extend(U256::from(30), U256::MAX >> 9), U256::MAX >> 9);
    }

    #[test]
    fn signs_decide_comparison() {
        assert_eq!(signed_cmp(minus(1), ONE), Ordering::Less);
        assert_eq!(signed_cmp(MIN, minus(1)), Ordering::Less);
        assert_eq!(signed_cmp(ONE, ONE), Ordering::Equal);
    }
}
