//! Conversions of [`Word`], its text forms, and its `Synth` implementation.

use std::fmt;

use num_bigint::BigUint;
use rust_hdl::prelude::{Bits, Synth, TypeDescriptor, TypeKind, VCDValue, VerilogLiteral};

use super::{LIMBS, MAX_BITS, Word};

impl<const N: usize> Word<N> {
    /// The word with these limbs, limb 0 least significant; missing limbs are zero.
    ///
    /// Bits at and above `N` are dropped.
    #[must_use]
    pub fn from_limbs(limbs: &[u64]) -> Self {
        let mut all = [0; LIMBS];
        let count = limbs.len().min(LIMBS);
        all[..count].copy_from_slice(&limbs[..count]);
        Self::masked(all)
    }

    /// The lowest `M` limbs, limb 0 least significant; those past `N` bits are zero.
    #[must_use]
    pub fn limbs<const M: usize>(&self) -> [u64; M] {
        std::array::from_fn(|i| self.0.get(i).copied().unwrap_or(0))
    }

    /// The value as an unlimited integer.
    #[must_use]
    pub fn to_biguint(&self) -> BigUint {
        BigUint::from_bytes_le(&self.to_le_bytes())
    }

    /// The low `N` bits of `value`.
    #[must_use]
    pub fn from_u128(value: u128) -> Self {
        Self::from_limbs(&[value as u64, (value >> 64) as u64])
    }

    /// The word whose byte `i` (bits `[8 * i + 7 : 8 * i]`) is `bytes[i]`; missing bytes are zero.
    ///
    /// # Panics
    /// If there are more than 72 bytes.
    #[must_use]
    pub fn from_le_bytes(bytes: &[u8]) -> Self {
        assert!(bytes.len() <= MAX_BITS / 8, "more bytes than a word holds");
        let mut limbs = [0; LIMBS];
        for (i, byte) in bytes.iter().enumerate() {
            limbs[i / 8] |= u64::from(*byte) << (8 * (i % 8));
        }
        Self::masked(limbs)
    }

    /// The bytes of the word, least significant first, `N / 8` of them rounded up.
    #[must_use]
    pub fn to_le_bytes(&self) -> Vec<u8> {
        let all = self.0.iter().flat_map(|limb| limb.to_le_bytes());
        all.take(N.div_ceil(8)).collect()
    }

    /// The word whose *last* byte of `bytes` is bits `[7:0]`, as the EVM writes numbers.
    ///
    /// # Panics
    /// If there are more than 72 bytes.
    #[must_use]
    pub fn from_be_bytes(bytes: &[u8]) -> Self {
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        Self::from_le_bytes(&reversed)
    }

    /// The lowest 64 bits.
    #[must_use]
    pub const fn low(&self) -> u64 {
        self.0[0]
    }

    /// The value.
    ///
    /// # Panics
    /// If it does not fit in 64 bits.
    #[must_use]
    pub fn to_u64(self) -> u64 {
        assert!(
            self.0[1..].iter().all(|limb| *limb == 0),
            "more than 64 bits"
        );
        self.0[0]
    }

    /// The low 128 bits of the value.
    #[must_use]
    pub const fn low_u128(&self) -> u128 {
        self.0[0] as u128 | (self.0[1] as u128) << 64
    }
}

impl<const N: usize> Default for Word<N> {
    fn default() -> Self {
        Self::ZERO
    }
}

impl<const N: usize> From<u64> for Word<N> {
    /// # Panics
    /// In a debug build, if the value does not fit in `N` bits.
    #[inline]
    fn from(value: u64) -> Self {
        let mut limbs = [0; LIMBS];
        limbs[0] = value;
        let word = Self::masked(limbs);
        debug_assert!(word.0[0] == value, "{value} does not fit in {N} bits");
        word
    }
}

impl From<bool> for Word<1> {
    fn from(value: bool) -> Self {
        Self::from(u64::from(value))
    }
}

impl From<Word<1>> for bool {
    fn from(value: Word<1>) -> Self {
        value.any()
    }
}

impl<const N: usize> From<Word<N>> for BigUint {
    fn from(value: Word<N>) -> Self {
        value.to_biguint()
    }
}

impl<const N: usize> From<BigUint> for Word<N> {
    /// The low `N` bits.
    fn from(value: BigUint) -> Self {
        Self::from_limbs(&value.to_u64_digits())
    }
}

impl<const N: usize> From<Word<N>> for Bits<N> {
    fn from(value: Word<N>) -> Self {
        if N <= 32 {
            return Self::from(value.0[0]);
        }
        value.to_biguint().into()
    }
}

impl<const N: usize> From<Bits<N>> for Word<N> {
    fn from(value: Bits<N>) -> Self {
        if N <= 64 {
            let low: u64 = value.into();
            return Self::from(low);
        }
        BigUint::from(value).into()
    }
}

impl<const N: usize> Synth for Word<N> {
    const BITS: usize = N;

    fn descriptor() -> TypeDescriptor {
        TypeDescriptor {
            name: format!("Bits::<{N}>"),
            kind: TypeKind::Bits(N),
        }
    }

    fn vcd(self) -> VCDValue {
        Bits::<N>::from(self).into()
    }

    fn verilog(self) -> VerilogLiteral {
        Bits::<N>::from(self).into()
    }
}

impl<const N: usize> fmt::LowerHex for Word<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad_integral(true, "0x", &self.to_biguint().to_str_radix(16))
    }
}

impl<const N: usize> fmt::Debug for Word<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{N}'h{self:x}")
    }
}

impl<const N: usize> fmt::Display for Word<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#x}")
    }
}
