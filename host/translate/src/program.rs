//! What the translator gives back.

use gasworks_abi::fork::Fork;
use gasworks_abi::micro_op::MicroOp;
use gasworks_abi::program::{ENTRY, ProgramHeader, WORDS_PER_LINE};

/// Longest bytecode that translates: at most eight micro-ops per byte keep indices below 2^24.
/// (EIP-170 allows 24,576 bytes.)
pub const MAX_CODE_LEN: usize = 1 << 20;

/// What a program is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target {
    /// Opcodes and costs.
    pub fork: Fork,
    /// Harts have frames to call into. Without, everything that makes a frame, and `SELFDESTRUCT`,
    /// escalates.
    pub calls: bool,
}

/// A target whose harts have frames to call into.
impl From<Fork> for Target {
    fn from(fork: Fork) -> Self {
        Self { fork, calls: true }
    }
}

/// How much the translator may change between opcodes and micro-ops. All levels give the same
/// results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum Level {
    /// One micro-op per opcode, more for those with more than two operands: the baseline.
    #[default]
    Zero,
}

/// Why bytecode cannot be translated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TranslateError {
    /// Longer than [`MAX_CODE_LEN`].
    #[error("code has {len} bytes, the translator takes at most {MAX_CODE_LEN}")]
    CodeTooLong {
        /// Bytes of code.
        len: usize,
    },
}

/// Where a micro-op comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Code position of the instruction; the code length and more for the `STOP` that follows the
    /// last byte.
    pub position: u32,
    /// Its opcode. A block header that is no `JUMPDEST` bears the opcode of the instruction that
    /// follows.
    pub opcode: u8,
    /// Static gas of the instruction, on its first micro-op; zero on all others.
    pub static_gas: u32,
    /// True on the first micro-op of an instruction; a `JUMPDEST` is its header. False on other
    /// headers and on what follows the first micro-op of an instruction.
    pub is_first_of_instruction: bool,
}

/// A translated contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The image as it lies in the code store, a whole number of 64-byte lines: header, micro-ops,
    /// jump map, jump targets. `constant_base` and `code_iova` of the header are zero.
    pub words: Vec<u64>,
    /// Constants without duplicates, little-endian. The loader pads them to an even number.
    pub constants: Vec<[u8; 32]>,
    /// Origin of micro-op `ENTRY + i` at index `i`.
    pub origins: Vec<Origin>,
}

impl Program {
    /// Micro-ops, the first being word [`ENTRY`].
    pub fn micro_ops(&self) -> impl ExactSizeIterator<Item = MicroOp> + '_ {
        self.words[ENTRY as usize..][..self.origins.len()]
            .iter()
            .map(|word| MicroOp::from_bits(*word))
    }

    /// The header of the image.
    #[must_use]
    pub fn header(&self) -> ProgramHeader {
        let low = |i: usize| self.words[i] as u32;
        let high = |i: usize| (self.words[i] >> 32) as u32;
        ProgramHeader {
            word_count: low(0),
            code_len: high(0),
            constant_base: low(1),
            jump_map: high(1),
            code_iova: self.words[2],
            jump_targets: low(3),
            reserved: [0; 9],
        }
    }

    /// Origin of the micro-op with an index in the program (`pc`).
    #[must_use]
    pub fn origin(&self, pc: u32) -> Option<&Origin> {
        self.origins.get(pc.checked_sub(ENTRY)? as usize)
    }
}

/// Lays out the image of a program. `jump_map` is as in the image; `targets` are micro-op indices.
pub(crate) fn image(
    code_len: usize,
    ops: &[MicroOp],
    jump_map: &[u64],
    targets: &[u32],
) -> Vec<u64> {
    let map_start = ENTRY as usize + ops.len();
    let targets_start = map_start + jump_map.len();
    let len = targets_start + targets.len().div_ceil(2);
    let padded = len.next_multiple_of(WORDS_PER_LINE as usize);
    let mut words = Vec::with_capacity(padded);
    let pair = |low: usize, high: usize| low as u64 | (high as u64) << 32;
    words.extend([
        pair(padded, code_len),
        pair(0, map_start),
        0,
        pair(targets_start, 0),
    ]);
    words.resize(ENTRY as usize, 0);
    words.extend(ops.iter().map(|op| op.bits()));
    words.extend(jump_map);
    words.extend(targets.chunks(2).map(|two| {
        let high = two.get(1).copied().unwrap_or(0);
        pair(two[0] as usize, high as usize)
    }));
    words.resize(padded, 0);
    words
}
