//! Where the decisions of the generator come from: a seed, or bytes that a coverage-guided fuzzer
//! chooses. Bytes that have run out decide everything by its first alternative, the simplest.

use gasworks_workloads::rng::Rng;

/// A source of decisions.
#[derive(Debug, Clone)]
pub struct Choices<'a>(Source<'a>);

#[derive(Debug, Clone)]
enum Source<'a> {
    Seeded(Rng),
    Bytes(&'a [u8]),
}

impl Choices<'static> {
    /// Decisions that a seed names.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Rng::new(seed)))
    }
}

impl<'a> Choices<'a> {
    /// Decisions that bytes make.
    #[must_use]
    pub fn bytes(bytes: &'a [u8]) -> Self {
        Self(Source::Bytes(bytes))
    }

    /// A number below `end`, which is not zero.
    pub fn below(&mut self, end: u64) -> u64 {
        let raw = match &mut self.0 {
            Source::Seeded(rng) => rng.next_u64(),
            Source::Bytes(bytes) => take(bytes, end),
        };
        raw % end
    }

    /// A number in `low..=high`.
    pub fn range(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// Any byte.
    pub fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }

    /// So many bytes.
    pub fn take(&mut self, len: u64) -> Vec<u8> {
        (0..len).map(|_| self.byte()).collect()
    }

    /// True once in `n`; false when the bytes have run out.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == n - 1
    }

    /// One of the items, of which there is at least one.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize]
    }

    /// The position of one of the weights, each as often as it weighs.
    pub fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut at = self.below(weights.iter().sum());
        weights
            .iter()
            .position(|weight| match at.checked_sub(*weight) {
                Some(rest) => {
                    at = rest;
                    false
                }
                None => true,
            })
            .unwrap_or_default()
    }
}

/// The next bytes as a number, as many as a choice among `end` needs.
fn take(bytes: &mut &[u8], end: u64) -> u64 {
    let len = match end {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 8,
    };
    let (now, rest) = bytes.split_at(bytes.len().min(len));
    *bytes = rest;
    now.iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_decides_the_same() {
        let draw = |seed| {
            let mut choices = Choices::seeded(seed);
            [0; 8].map(|_| choices.below(1_000))
        };
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }

    #[test]
    fn bytes_that_ran_out_take_the_first_alternative() {
        let mut choices = Choices::bytes(&[5, 1, 2]);
        assert_eq!(choices.below(10), 5);
        assert_eq!(choices.below(0x1000), 0x102);
        assert_eq!(choices.weighted(&[1, 9]), 0);
        assert!(!choices.one_in(2));
        assert_eq!(choices.take(3), [0, 0, 0]);
    }

    #[test]
    fn weights_are_shares() {
        let mut choices = Choices::seeded(1);
        let mut counts = [0; 3];
        for _ in 0..10_000 {
            counts[choices.weighted(&[1, 0, 9])] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((800..1_200).contains(&counts[0]), "{counts:?}");
    }
}
