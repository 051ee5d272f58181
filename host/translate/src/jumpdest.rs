//! Where jumps may go: `JUMPDEST` bytes that are no push data (Yellow Paper 9.4.3).

/// `JUMPDEST`.
pub(crate) const JUMPDEST: u8 = 0x5b;
/// Bytes of code that one word of the jump map covers.
pub(crate) const MAP_BYTES: usize = 32;

/// Immediate bytes that follow an opcode: `n` for `PUSHn`, in every fork.
pub(crate) const fn immediate_len(opcode: u8) -> usize {
    match opcode {
        0x60..=0x7f => opcode as usize - 0x5f,
        _ => 0,
    }
}

/// The jump map of a program.
#[derive(Debug)]
pub(crate) struct Jumpdests {
    /// As in the image: `[31:0]` one bit per byte that is a `JUMPDEST`, `[63:32]` number of
    /// `JUMPDEST`s before these 32 bytes.
    map: Vec<u64>,
    count: u32,
}

impl Jumpdests {
    /// Finds every `JUMPDEST`.
    pub(crate) fn find(code: &[u8]) -> Self {
        let mut map = vec![0u64; code.len().div_ceil(MAP_BYTES)];
        let mut position = 0;
        while position < code.len() {
            if code[position] == JUMPDEST {
                map[position / MAP_BYTES] |= 1 << (position % MAP_BYTES);
            }
            position += 1 + immediate_len(code[position]);
        }
        let mut count = 0u32;
        for word in &mut map {
            let here = word.count_ones();
            *word |= u64::from(count) << 32;
            count += here;
        }
        Self { map, count }
    }

    /// The words of the image.
    pub(crate) fn map(&self) -> &[u64] {
        &self.map
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Number of the `JUMPDEST` at a code position, counted from 0; `None` where there is none.
    pub(crate) fn ordinal(&self, position: usize) -> Option<u32> {
        let word = *self.map.get(position / MAP_BYTES)?;
        let bit = 1u64 << (position % MAP_BYTES);
        let below = (word & (bit - 1)).count_ones();
        (word & bit != 0).then_some((word >> 32) as u32 + below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn push_data_is_no_target() {
        let found = Jumpdests::find(&[0x5b, 0x60, 0x5b, 0x5b]);
        assert_eq!(found.count(), 2);
        assert_eq!(found.ordinal(0), Some(0));
        assert_eq!(found.ordinal(2), None);
        assert_eq!(found.ordinal(3), Some(1));
        assert_eq!(found.ordinal(4), None);
        assert_eq!(found.ordinal(usize::MAX), None);
    }

    #[test]
    fn words_count_what_came_before() {
        let found = Jumpdests::find(&[JUMPDEST; 65]);
        let counts: Vec<u64> = found.map().iter().map(|word| word >> 32).collect();
        assert_eq!(counts, [0, 32, 64]);
        assert_eq!(found.ordinal(64), Some(64));
    }
}
