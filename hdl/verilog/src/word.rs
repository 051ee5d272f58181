//! The limb-based signal type: any width up to [`MAX_BITS`], ten to twenty times faster in
//! rust-hdl's own simulator than `Bits<N>`, whose value is an array of `bool`.
//!
//! `Word<N>` is used in `#[hdl_gen]` kernels like `Bits<N>`: `+ - & | ^ ! << >>`, comparisons,
//! `get_bit`, `get_bits::<M>(offset)`, `replace_bit`, `any`, `all`, `xor`. It prints as the same Verilog.
//! Widths are changed by [`bit_cast_word`], and [`bit_cast_to_bits`] and [`bit_cast_from_bits`] lead
//! to `Bits<N>` and back (the kernel macro takes any function whose name begins with `bit_cast`).

use num_bigint::BigUint;
use rust_hdl::prelude::*;
use std::array::from_fn;
use std::cmp::Ordering;
use std::ops;

/// Limbs of a word.
const LIMBS: usize = 9;

/// Largest width.
pub const MAX_BITS: usize = 64 * LIMBS;

/// An unsigned value of `N` bits, 1 to [`MAX_BITS`], in little-endian limbs; bits from `N` on are zero.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Default, Hash)]
pub struct Word<const N: usize>([u64; LIMBS]);

impl<const N: usize> Word<N> {
    const TOP: usize = {
        assert!(N >= 1 && N <= MAX_BITS, "a word has 1 to 576 bits");
        (N - 1) / 64
    };

    fn masked(mut limbs: [u64; LIMBS]) -> Self {
        for limb in limbs.iter_mut().skip(Self::TOP + 1) {
            *limb = 0;
        }
        if !N.is_multiple_of(64) {
            limbs[Self::TOP] &= (1 << (N % 64)) - 1;
        }
        Self(limbs)
    }

    /// From little-endian limbs; what does not fit is cut off.
    #[must_use]
    pub fn from_limbs(limbs: &[u64]) -> Self {
        Self::masked(from_fn(|i| limbs.get(i).copied().unwrap_or(0)))
    }
    /// Little-endian limbs; `M` of them, zero past the width.
    #[must_use]
    pub fn limbs<const M: usize>(&self) -> [u64; M] {
        from_fn(|i| self.0.get(i).copied().unwrap_or(0))
    }
    /// The lowest 64 bits.
    #[must_use]
    pub fn low(&self) -> u64 {
        self.0[0]
    }
    /// Bit `index`, below `N`.
    #[must_use]
    pub fn get_bit(&self, index: usize) -> bool {
        assert!(index < N, "bit {index} of a word of {N}");
        self.0[index / 64] >> (index % 64) & 1 == 1
    }
    /// Bits `offset..offset + M`; zeros from `N` on.
    #[must_use]
    pub fn get_bits<const M: usize>(&self, offset: usize) -> Word<M> {
        Word::<M>::masked((*self >> offset as u64).0)
    }
    /// The same with bit `index` replaced.
    #[must_use]
    pub fn replace_bit(&self, index: usize, value: bool) -> Self {
        assert!(index < N, "bit {index} of a word of {N}");
        let mut out = *self;
        out.0[index / 64] &= !(1 << (index % 64));
        out.0[index / 64] |= u64::from(value) << (index % 64);
        out
    }
    /// Any bit is one.
    #[must_use]
    pub fn any(&self) -> bool {
        self.0 != [0; LIMBS]
    }
    /// Every bit is one.
    #[must_use]
    pub fn all(&self) -> bool {
        *self == !Self::default()
    }
    /// An odd number of bits is one.
    #[must_use]
    pub fn xor(&self) -> bool {
        self.0.iter().map(|limb| limb.count_ones()).sum::<u32>() & 1 == 1
    }
    /// The value as an index; it must fit 64 bits.
    #[must_use]
    pub fn index(&self) -> usize {
        assert!(self.0[1..].iter().all(|limb| *limb == 0), "index does not fit 64 bits");
        self.0[0] as usize
    }
    /// As an unlimited integer.
    #[must_use]
    pub fn to_biguint(&self) -> BigUint {
        let digits: Vec<u32> = self.0.iter().flat_map(|x| [*x as u32, (*x >> 32) as u32]).collect();
        BigUint::from_slice(&digits)
    }
}

/// Changes the width: cuts high bits off or fills with zeros.
#[must_use]
pub fn bit_cast_word<const M: usize, const N: usize>(x: Word<N>) -> Word<M> {
    Word::masked(x.0)
}
/// To `Bits<M>`: cuts high bits off or fills with zeros.
#[must_use]
pub fn bit_cast_to_bits<const M: usize, const N: usize>(x: Word<N>) -> Bits<M> {
    if M <= 64 {
        return Word::<M>::masked(x.0).low().into();
    }
    Word::<M>::masked(x.0).to_biguint().into()
}
/// From `Bits<N>`: cuts high bits off or fills with zeros.
#[must_use]
pub fn bit_cast_from_bits<const M: usize, const N: usize>(x: Bits<N>) -> Word<M> {
    if N <= 64 {
        return Word::from_limbs(&[x.to_u64()]);
    }
    let value: BigUint = x.into();
    Word::from_limbs(&value.to_u64_digits())
}

impl<const N: usize> From<u64> for Word<N> {
    fn from(value: u64) -> Self {
        let word = Self::from_limbs(&[value]);
        debug_assert!(word.0[0] == value, "{value} does not fit {N} bits");
        word
    }
}
impl<const N: usize> From<Word<N>> for Bits<N> {
    fn from(word: Word<N>) -> Self {
        bit_cast_to_bits(word)
    }
}
impl<const N: usize> From<Bits<N>> for Word<N> {
    fn from(bits: Bits<N>) -> Self {
        bit_cast_from_bits(bits)
    }
}

impl<const N: usize> Synth for Word<N> {
    const BITS: usize = N;
    fn descriptor() -> TypeDescriptor {
        TypeDescriptor { name: format!("Bits::<{N}>"), kind: TypeKind::Bits(N) }
    }
    fn vcd(self) -> VCDValue {
        Bits::<N>::from(self).into()
    }
    fn verilog(self) -> VerilogLiteral {
        Bits::<N>::from(self).into()
    }
}

macro_rules! bitwise {
    ($($op:ident $function:ident $sign:tt),*) => { $(
        impl<const N: usize> ops::$op for Word<N> {
            type Output = Self;
            fn $function(self, other: Self) -> Self {
                Self(from_fn(|i| self.0[i] $sign other.0[i]))
            }
        }
    )* };
}
bitwise!(BitAnd bitand &, BitOr bitor |, BitXor bitxor ^);

impl<const N: usize> ops::Not for Word<N> {
    type Output = Self;
    fn not(self) -> Self {
        Self::masked(self.0.map(|limb| !limb))
    }
}
impl<const N: usize> ops::Add for Word<N> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let mut carry = false;
        Self::masked(from_fn(|i| {
            let (sum, first) = self.0[i].overflowing_add(other.0[i]);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            carry = first | second;
            sum
        }))
    }
}
impl<const N: usize> ops::Sub for Word<N> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        let mut borrow = false;
        Self::masked(from_fn(|i| {
            let (difference, first) = self.0[i].overflowing_sub(other.0[i]);
            let (difference, second) = difference.overflowing_sub(u64::from(borrow));
            borrow = first | second;
            difference
        }))
    }
}

macro_rules! with_literal {
    ($($op:ident $function:ident $sign:tt),*) => { $(
        impl<const N: usize> ops::$op<u64> for Word<N> {
            type Output = Self;
            fn $function(self, other: u64) -> Self {
                self $sign Self::from(other)
            }
        }
    )* };
}
with_literal!(Add add +, Sub sub -, BitAnd bitand &, BitOr bitor |, BitXor bitxor ^);

impl<const N: usize> ops::Shl<u64> for Word<N> {
    type Output = Self;
    fn shl(self, count: u64) -> Self {
        if count >= N as u64 {
            return Self::default();
        }
        let (limbs, bits) = ((count / 64) as usize, count % 64);
        Self::masked(from_fn(|i| {
            let low = |i: usize| if i >= limbs { self.0[i - limbs] } else { 0 };
            match bits {
                0 => low(i),
                _ => low(i) << bits | if i > 0 { low(i - 1) >> (64 - bits) } else { 0 },
            }
        }))
    }
}
impl<const N: usize> ops::Shr<u64> for Word<N> {
    type Output = Self;
    fn shr(self, count: u64) -> Self {
        if count >= N as u64 {
            return Self::default();
        }
        let (limbs, bits) = ((count / 64) as usize, count % 64);
        Self(from_fn(|i| {
            let high = |i: usize| self.0.get(i + limbs).copied().unwrap_or(0);
            match bits {
                0 => high(i),
                _ => high(i) >> bits | high(i + 1) << (64 - bits),
            }
        }))
    }
}
impl<const N: usize, const M: usize> ops::Shl<Bits<M>> for Word<N> {
    type Output = Self;
    fn shl(self, count: Bits<M>) -> Self {
        self << count.to_u64()
    }
}
impl<const N: usize, const M: usize> ops::Shr<Bits<M>> for Word<N> {
    type Output = Self;
    fn shr(self, count: Bits<M>) -> Self {
        self >> count.to_u64()
    }
}
impl<const N: usize, const M: usize> ops::Shl<Word<M>> for Word<N> {
    type Output = Self;
    fn shl(self, count: Word<M>) -> Self {
        if count.0[1..].iter().any(|limb| *limb != 0) { Self::default() } else { self << count.0[0] }
    }
}
impl<const N: usize, const M: usize> ops::Shr<Word<M>> for Word<N> {
    type Output = Self;
    fn shr(self, count: Word<M>) -> Self {
        if count.0[1..].iter().any(|limb| *limb != 0) { Self::default() } else { self >> count.0[0] }
    }
}

impl<const N: usize> PartialEq<u64> for Word<N> {
    fn eq(&self, other: &u64) -> bool {
        *self == Self::from(*other)
    }
}
impl<const N: usize> Ord for Word<N> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}
impl<const N: usize> PartialOrd for Word<N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<const N: usize> PartialOrd<u64> for Word<N> {
    fn partial_cmp(&self, other: &u64) -> Option<Ordering> {
        self.partial_cmp(&Self::from(*other))
    }
}
