//! Program image: what the translator makes of one contract, as it lies in the code store.
//!
//! The code store holds 64-byte lines of eight 64-bit words. A program starts at a line (its
//! *handle*); all indices inside it are in words relative to that line:
//!
//! | words | content |
//! |---|---|
//! | `0..8` | [`ProgramHeader`] |
//! | `8..` | micro-ops; execution starts at word 8 ([`ENTRY`]) |
//! | `jump_map..` | one word per 32 code bytes: `[31:0]` one bit per byte that is a `JUMPDEST`, `[63:32]` number of `JUMPDEST`s before these 32 bytes |
//! | `jump_targets..` | two per word, low half first: micro-op index of each `JUMPDEST` in order of code position |
//!
//! Constants lie in the constant store, 32 bytes each, little-endian; constant `i` of the program
//! is word `constant_base + i` there.

use bytemuck::{Pod, Zeroable};
use core::mem::{offset_of, size_of};

/// Word index of the first micro-op.
pub const ENTRY: u32 = 8;
/// 64-bit words in a line of the code store.
pub const WORDS_PER_LINE: u32 = 8;

/// First line of a program. 64 bytes, little-endian.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct ProgramHeader {
    /// Words of the image, header included.
    pub word_count: u32,
    /// Length of the EVM bytecode in bytes.
    pub code_len: u32,
    /// First constant in the constant store; the driver fills it in when it loads the program.
    pub constant_base: u32,
    /// Word index of the jump map.
    pub jump_map: u32,
    /// Host address of the EVM bytecode, 64-byte aligned; the driver fills it in.
    pub code_iova: u64,
    /// Word index of the jump targets.
    pub jump_targets: u32,
    /// Zero.
    pub reserved: [u32; 9],
}
const _: () = assert!(size_of::<ProgramHeader>() == 64);
const _: () = assert!(offset_of!(ProgramHeader, constant_base) == 8);
const _: () = assert!(offset_of!(ProgramHeader, code_iova) == 16);
const _: () = assert!(offset_of!(ProgramHeader, jump_targets) == 24);
