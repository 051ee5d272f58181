//! Arithmetic, logic, shifts and comparisons of [`Word`]: what `#[hdl_gen]` kernels may use.

use std::cmp::Ordering;
use std::ops::{Add, BitAnd, BitOr, BitXor, Not, Shl, Shr, Sub};

use rust_hdl::prelude::Bits;

use super::{LIMBS, Word};

/// The limbs of `a` and `b` combined from the lowest up by `step`, which takes and returns a carry.
#[inline]
fn ripple<const N: usize>(
    a: &Word<N>,
    b: &Word<N>,
    step: impl Fn(u64, u64, bool) -> (u64, bool),
) -> Word<N> {
    let mut limbs = [0; LIMBS];
    let mut carry = false;
    for (out, (x, y)) in limbs
        .iter_mut()
        .zip(a.0.iter().zip(&b.0))
        .take(Word::<N>::USED)
    {
        (*out, carry) = step(*x, *y, carry);
    }
    Word::masked(limbs)
}

impl<const N: usize> Add for Word<N> {
    type Output = Self;
    #[inline]
    fn add(self, rhs: Self) -> Self {
        ripple(&self, &rhs, u64::carrying_add)
    }
}

impl<const N: usize> Sub for Word<N> {
    type Output = Self;
    #[inline]
    fn sub(self, rhs: Self) -> Self {
        ripple(&self, &rhs, u64::borrowing_sub)
    }
}

impl<const N: usize> Not for Word<N> {
    type Output = Self;
    #[inline]
    fn not(self) -> Self {
        Self::masked(self.0.map(|limb| !limb))
    }
}

macro_rules! bitwise {
    ($($op:ident $method:ident $token:tt),*) => { $(
        impl<const N: usize> $op for Word<N> {
            type Output = Self;
            #[inline]
            fn $method(self, rhs: Self) -> Self {
                let mut limbs = [0; LIMBS];
                for i in 0..Self::USED {
                    limbs[i] = self.0[i] $token rhs.0[i];
                }
                Self(limbs)
            }
        }
    )* };
}
bitwise!(BitAnd bitand &, BitOr bitor |, BitXor bitxor ^);

/// The same operators with a literal, a flag or a `Bits<N>` on the right, as rust-hdl has them.
macro_rules! mixed {
    ($($op:ident $method:ident $token:tt),*) => { $(
        impl<const N: usize> $op<u64> for Word<N> {
            type Output = Self;
            #[inline]
            fn $method(self, rhs: u64) -> Self {
                self $token Self::from(rhs)
            }
        }
        impl<const N: usize> $op<Bits<N>> for Word<N> {
            type Output = Self;
            #[inline]
            fn $method(self, rhs: Bits<N>) -> Self {
                self $token Self::from(rhs)
            }
        }
    )* };
}
mixed!(Add add +, Sub sub -, BitAnd bitand &, BitOr bitor |, BitXor bitxor ^);

impl<const N: usize> Add<bool> for Word<N> {
    type Output = Self;
    #[inline]
    fn add(self, rhs: bool) -> Self {
        self + Self::from(u64::from(rhs))
    }
}

/// Limb `i` of `limbs`, zero outside.
#[inline]
fn limb(limbs: &[u64; LIMBS], i: Option<usize>) -> u64 {
    i.and_then(|i| limbs.get(i)).copied().unwrap_or(0)
}

impl<const N: usize> Shl<u64> for Word<N> {
    type Output = Self;
    #[inline]
    fn shl(self, count: u64) -> Self {
        if count >= N as u64 {
            return Self::ZERO;
        }
        let (whole, part) = ((count / 64) as usize, count % 64);
        let mut limbs = [0; LIMBS];
        for (i, out) in limbs.iter_mut().enumerate().take(Self::USED).skip(whole) {
            let low = limb(&self.0, (i - whole).checked_sub(1));
            *out = self.0[i - whole] << part | low.checked_shr(64 - part as u32).unwrap_or(0);
        }
        Self::masked(limbs)
    }
}

impl<const N: usize> Shr<u64> for Word<N> {
    type Output = Self;
    #[inline]
    fn shr(self, count: u64) -> Self {
        if count >= N as u64 {
            return Self::ZERO;
        }
        let (whole, part) = ((count / 64) as usize, count % 64);
        let mut limbs = [0; LIMBS];
        for (i, out) in limbs.iter_mut().enumerate().take(Self::USED - whole) {
            let high = limb(&self.0, Some(i + whole + 1));
            *out = self.0[i + whole] >> part | high.checked_shl(64 - part as u32).unwrap_or(0);
        }
        Self(limbs)
    }
}

/// A count of any width: one past 64 bits shifts everything out.
fn count_of<const M: usize>(count: Word<M>) -> u64 {
    if count.0[1..].iter().any(|limb| *limb != 0) {
        u64::MAX
    } else {
        count.0[0]
    }
}

macro_rules! shift {
    ($($op:ident $method:ident $token:tt),*) => { $(
        impl<const N: usize, const M: usize> $op<Word<M>> for Word<N> {
            type Output = Self;
            #[inline]
            fn $method(self, count: Word<M>) -> Self {
                self $token count_of(count)
            }
        }
        impl<const N: usize, const M: usize> $op<Bits<M>> for Word<N> {
            type Output = Self;
            #[inline]
            fn $method(self, count: Bits<M>) -> Self {
                self $token Word::<M>::from(count)
            }
        }
    )* };
}
shift!(Shl shl <<, Shr shr >>);

impl<const N: usize> PartialEq for Word<N> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.0[..Self::USED] == other.0[..Self::USED]
    }
}

impl<const N: usize> Eq for Word<N> {}

impl<const N: usize> std::hash::Hash for Word<N> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0[..Self::USED].hash(state);
    }
}

impl<const N: usize> Ord for Word<N> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.0[..Self::USED]
            .iter()
            .rev()
            .cmp(other.0[..Self::USED].iter().rev())
    }
}

impl<const N: usize> PartialOrd for Word<N> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<const N: usize> PartialEq<u64> for Word<N> {
    #[inline]
    fn eq(&self, other: &u64) -> bool {
        self.0[0] == *other && self.0[1..].iter().all(|limb| *limb == 0)
    }
}

impl<const N: usize> PartialOrd<u64> for Word<N> {
    #[inline]
    fn partial_cmp(&self, other: &u64) -> Option<Ordering> {
        if self.0[1..].iter().any(|limb| *limb != 0) {
            return Some(Ordering::Greater);
        }
        self.0[0].partial_cmp(other)
    }
}

impl<const N: usize> PartialEq<Bits<N>> for Word<N> {
    fn eq(&self, other: &Bits<N>) -> bool {
        *self == Self::from(*other)
    }
}

impl<const N: usize> PartialOrd<Bits<N>> for Word<N> {
    fn partial_cmp(&self, other: &Bits<N>) -> Option<Ordering> {
        self.partial_cmp(&Self::from(*other))
    }
}

impl PartialEq<bool> for Word<1> {
    fn eq(&self, other: &bool) -> bool {
        self.any() == *other
    }
}
