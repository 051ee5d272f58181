//! Functions that `#[hdl_gen]` kernels may call on words.
//!
//! rust-hdl's macro turns a call of a function whose name begins with `bit_cast` or `bits` into a cast
//! of its first argument to the width `call(..).bits()`, and one that begins with `signed_cast` into a
//! signed view. The names below are chosen for that.

use std::cmp::Ordering;
use std::ops::{Add, BitAnd, BitOr, BitXor, Sub};

use rust_hdl::prelude::Bits;

use super::{MAX_BITS, Word};

/// Widens with zeros or truncates a word.
#[inline]
#[must_use]
pub fn bit_cast_word<const M: usize, const N: usize>(x: Word<N>) -> Word<M> {
    Word::<M>::masked(x.0)
}

/// [`bit_cast_word`] under the name of rust-hdl's function for `Bits`.
#[inline]
#[must_use]
pub fn bit_cast<const M: usize, const N: usize>(x: Word<N>) -> Word<M> {
    bit_cast_word(x)
}

/// Widens one flag to a word.
#[inline]
#[must_use]
pub fn bit_cast_from_bit<const M: usize>(x: bool) -> Word<M> {
    Word::<M>::from(u64::from(x))
}

/// Widens with zeros or truncates a word to rust-hdl's own type.
#[inline]
#[must_use]
pub fn bit_cast_to_bits<const M: usize, const N: usize>(x: Word<N>) -> Bits<M> {
    bit_cast_word::<M, N>(x).into()
}

/// Widens with zeros or truncates a value of rust-hdl's own type to a word.
#[inline]
#[must_use]
pub fn bit_cast_from_bits<const M: usize, const N: usize>(x: Bits<N>) -> Word<M> {
    bit_cast_word::<M, N>(x.into())
}

/// The literal `x` as a word: `bits::<8>(3)`. For a named constant see [`bits_const`].
#[inline]
#[must_use]
pub fn bits<const N: usize>(x: u64) -> Word<N> {
    Word::<N>::from(x)
}

/// A word seen as two's complement, for comparisons only: `signed_cast_word(a) < signed_cast_word(b)`.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct SignedWord<const N: usize>(Word<N>);

/// Sees a word as two's complement.
#[inline]
#[must_use]
pub fn signed_cast_word<const N: usize>(x: Word<N>) -> SignedWord<N> {
    SignedWord(x)
}

impl<const N: usize> Ord for SignedWord<N> {
    fn cmp(&self, other: &Self) -> Ordering {
        let flip = |x: &Self| x.0.replace_bit(N - 1, !x.0.get_bit(N - 1));
        flip(self).cmp(&flip(other))
    }
}

impl<const N: usize> PartialOrd for SignedWord<N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A number that [`bits_const`] can carry through rust-hdl's tree.
pub trait ConstValue: Copy {
    /// The value.
    fn value(self) -> u64;
}

macro_rules! const_value {
    ($($ty:ty),*) => { $(
        impl ConstValue for $ty {
            #[inline]
            fn value(self) -> u64 {
                self as u64
            }
        }
    )* };
}
const_value!(bool, u8, u16, u32, u64, usize);

/// A named constant as a word of `N` bits, with its value known to the printer.
///
/// Use it as an operand, or assign it with `.into()`.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct ConstWord<const N: usize>(u64);

/// Set in the "width" of a cast that carries a constant; the fields below it are `[61:52]` width and
/// `[51:0]` value.
const CONST_FLAG: usize = 1 << 62;
const CONST_VALUE_BITS: usize = 52;
const CONST_WIDTH_MASK: usize = 0x3ff;

/// The Rust constant, associated constant or const generic `x` as a word of `N` bits.
///
/// ```
/// use gasworks_verilog::word::{Word, bits_const};
/// const STOP: u8 = 0x00;
/// let opcode = Word::<8>::from(0);
/// assert!(opcode == bits_const::<8>(STOP));
/// ```
/// # Panics
/// If `x` needs more than 52 bits or more than `N` bits, or `N > 576`.
#[inline]
#[must_use]
pub fn bits_const<const N: usize>(x: impl ConstValue) -> ConstWord<N> {
    let value = x.value();
    assert!(
        value >> CONST_VALUE_BITS == 0,
        "a constant of bits_const has up to 52 bits"
    );
    assert!(
        N >= 64 || value >> N == 0,
        "{value} does not fit in {N} bits"
    );
    ConstWord(value)
}

impl<const N: usize> ConstWord<N> {
    /// What the macro puts where it expects the width of a cast: flag, width and value in one number.
    #[must_use]
    pub const fn bits(self) -> usize {
        const { assert!(N <= MAX_BITS, "a constant has the width of a word") };
        CONST_FLAG | N << CONST_VALUE_BITS | self.0 as usize
    }
}

/// Width and value of a constant that travels as the "width" of a cast.
pub(crate) fn decode_const(bits: usize) -> Option<(usize, u64)> {
    let width = bits >> CONST_VALUE_BITS & CONST_WIDTH_MASK;
    let value = (bits & ((1 << CONST_VALUE_BITS) - 1)) as u64;
    (bits & CONST_FLAG != 0).then_some((width, value))
}

impl<const N: usize> From<ConstWord<N>> for Word<N> {
    #[inline]
    fn from(x: ConstWord<N>) -> Self {
        Self::from(x.0)
    }
}

macro_rules! const_operand {
    ($($op:ident $method:ident $token:tt),*) => { $(
        impl<const N: usize> $op<ConstWord<N>> for Word<N> {
            type Output = Self;
            #[inline]
            fn $method(self, rhs: ConstWord<N>) -> Self {
                self $token Self::from(rhs)
            }
        }
        impl<const N: usize> $op<Word<N>> for ConstWord<N> {
            type Output = Word<N>;
            #[inline]
            fn $method(self, rhs: Word<N>) -> Word<N> {
                Word::from(self) $token rhs
            }
        }
    )* };
}
const_operand!(Add add +, Sub sub -, BitAnd bitand &, BitOr bitor |, BitXor bitxor ^);

impl<const N: usize> PartialEq<ConstWord<N>> for Word<N> {
    #[inline]
    fn eq(&self, other: &ConstWord<N>) -> bool {
        *self == Self::from(*other)
    }
}

impl<const N: usize> PartialOrd<ConstWord<N>> for Word<N> {
    #[inline]
    fn partial_cmp(&self, other: &ConstWord<N>) -> Option<Ordering> {
        self.partial_cmp(&Self::from(*other))
    }
}
