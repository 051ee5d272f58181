//! The signal type of every datapath: [`Word`], an `N`-bit unsigned value kept in 64-bit limbs.
//!
//! rust-hdl's own `Bits<N>` is `[bool; N]` above 32 bits, which makes its simulator 10 to 20 times
//! slower. `Word<N>` holds [`LIMBS`] limbs for every `N` (the limit is [`MAX_BITS`], one AXI beat of
//! 512 bits and its byte enables), and works on the limbs that `N` needs only. A state that is wider,
//! such as Keccak's 1600 bits, is an array of words: `[DFF<Word<64>>; 25]`.
//!
//! In a kernel (`#[hdl_gen]`):
//! ```
//! use gasworks_verilog::word::{Word, bit_cast_word};
//! use rust_hdl::prelude::*;
//!
//! #[derive(LogicBlock, Default)]
//! struct Widen {
//!     a: Signal<In, Word<64>>,
//!     b: Signal<In, Word<64>>,
//!     sum: Signal<Out, Word<65>>,
//! }
//! impl Logic for Widen {
//!     #[hdl_gen]
//!     fn update(&mut self) {
//!         self.sum.next = bit_cast_word::<65, 64>(self.a.val()) + bit_cast_word::<65, 64>(self.b.val());
//!     }
//! }
//! ```
//! [`bit_cast`] and [`bits`] have the names of rust-hdl's functions: import them explicitly to shadow
//! those, but not where `#[derive(LogicStruct)]` is used, which expands to rust-hdl's `bit_cast`.
//!
//! # Constants in kernels
//! Only the *name* of a Rust `const`, an associated constant, or a const generic survives in
//! rust-hdl's tree, never its value. Four ways bring the value in:
//! - [`bits_const::<N>(NAME)`](bits_const) anywhere in an expression: value and width travel through
//!   the tree (values below 2^52, `N` up to 1023), and the Verilog shows `NAME` as a `localparam`;
//! - a field `Constant<Word<N>>` made by `Constant::new(...)`: any value of any width;
//! - `get_bits::<W>(..)` and the bounds of `for` take constants and const generics as they are;
//! - `Options::with_const` gives a value to a name for the whole design: the
//!   only way for a constant that is a `match` pattern or an index in `[..]`.

mod convert;
mod kernel;
mod ops;

pub(crate) use kernel::decode_const;
pub use kernel::{
    ConstValue, ConstWord, SignedWord, bit_cast, bit_cast_from_bit, bit_cast_from_bits,
    bit_cast_to_bits, bit_cast_word, bits, bits_const, signed_cast_word,
};

/// Limbs in every [`Word`], whatever its width.
pub const LIMBS: usize = 9;

/// Widest [`Word`], in bits.
pub const MAX_BITS: usize = 64 * LIMBS;

/// An unsigned value of `N` bits, `1 <= N <= 576`, that wraps like a hardware register.
///
/// Limb `i` holds bits `[64 * i + 63 : 64 * i]`. Bits at and above `N` are zero.
#[derive(Copy, Clone)]
pub struct Word<const N: usize>([u64; LIMBS]);

impl<const N: usize> Word<N> {
    /// Limbs that hold bits of this width.
    const USED: usize = {
        assert!(N >= 1 && N <= MAX_BITS, "a Word has 1 to 576 bits");
        N.div_ceil(64)
    };
    const TOP_MASK: u64 = if N.is_multiple_of(64) {
        u64::MAX
    } else {
        (1 << (N % 64)) - 1
    };

    /// All bits clear.
    pub const ZERO: Self = Self([0; LIMBS]);

    /// All bits set: `2^N - 1`.
    pub const MAX: Self = {
        let mut limbs = [0; LIMBS];
        let mut i = 0;
        while i < Self::USED {
            limbs[i] = u64::MAX;
            i += 1;
        }
        limbs[Self::USED - 1] = Self::TOP_MASK;
        Self(limbs)
    };

    #[inline]
    const fn masked(mut limbs: [u64; LIMBS]) -> Self {
        limbs[Self::USED - 1] &= Self::TOP_MASK;
        let mut i = Self::USED;
        while i < LIMBS {
            limbs[i] = 0;
            i += 1;
        }
        Self(limbs)
    }

    /// The width in bits.
    #[must_use]
    pub const fn width() -> usize {
        N
    }

    /// Bit `index`.
    ///
    /// # Panics
    /// If `index >= N`: the printed Verilog would read something else.
    #[inline]
    #[must_use]
    pub const fn get_bit(&self, index: usize) -> bool {
        assert!(index < N, "bit index past the end of the word");
        self.0[index / 64] >> (index % 64) & 1 == 1
    }

    /// Bits `[offset + M - 1 : offset]`; bits past the end read zero.
    #[inline]
    #[must_use]
    pub fn get_bits<const M: usize>(&self, offset: usize) -> Word<M> {
        Word::<M>::masked((*self >> offset as u64).0)
    }

    /// This word with bit `index` set to `value`.
    ///
    /// # Panics
    /// If `index >= N`.
    #[inline]
    #[must_use]
    pub const fn replace_bit(&self, index: usize, value: bool) -> Self {
        assert!(index < N, "bit index past the end of the word");
        let mut limbs = self.0;
        limbs[index / 64] =
            limbs[index / 64] & !(1 << (index % 64)) | (value as u64) << (index % 64);
        Self(limbs)
    }

    /// Whether a bit is set.
    #[inline]
    #[must_use]
    pub fn any(&self) -> bool {
        *self != Self::ZERO
    }

    /// Whether every bit is set.
    #[inline]
    #[must_use]
    pub fn all(&self) -> bool {
        *self == Self::MAX
    }

    /// The parity of the word.
    #[inline]
    #[must_use]
    pub fn xor(&self) -> bool {
        self.0[..Self::USED]
            .iter()
            .fold(0, |acc, limb| acc ^ limb)
            .count_ones()
            & 1
            == 1
    }

    /// The value as an index of a Rust array.
    ///
    /// # Panics
    /// If the value does not fit in 64 bits.
    #[inline]
    #[must_use]
    pub fn index(&self) -> usize {
        assert!(
            self.0[1..].iter().all(|limb| *limb == 0),
            "index past 64 bits"
        );
        usize::try_from(self.0[0]).expect("the host has 64-bit addresses")
    }
}
