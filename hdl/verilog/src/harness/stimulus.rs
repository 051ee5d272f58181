//! Deterministic stimuli.

use rust_hdl::prelude::Bits;

use crate::word::Word;

/// Small deterministic generator of stimuli (xorshift64*), biased to edge values.
pub struct Stimulus(u64);

impl Stimulus {
    /// From a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }
    /// 64 random bits.
    pub fn draw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
    /// A random bit.
    pub fn bit(&mut self) -> bool {
        self.draw() >> 63 == 1
    }
    /// True in `per_1024` of 1024 cases.
    pub fn chance(&mut self, per_1024: u64) -> bool {
        self.draw() >> 54 < per_1024
    }
    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound
    }
    /// A word, often an edge value: zero, all ones, small, a power of two.
    pub fn word<const N: usize>(&mut self) -> Word<N> {
        let random: [u64; 9] = std::array::from_fn(|_| self.draw());
        let random = Word::<N>::from_limbs(&random);
        match self.below(8) {
            0 => Word::default(),
            1 => !Word::<N>::default(),
            2 => random & Word::from_limbs(&[7]),
            3 => Word::<N>::from_limbs(&[1]) << self.below(N as u64),
            4 => random >> self.below(N as u64),
            _ => random,
        }
    }
    /// Bits, often an edge value.
    pub fn bits<const N: usize>(&mut self) -> Bits<N> {
        self.word::<N>().into()
    }
}
