//! What a transaction's buffers in host memory hold. Everything is made of 64-byte beats; words of
//! 256 bits are little-endian; byte strings (calldata, output, log data) are in address order.
//!
//! Context block, read by the card: [`crate::env::ENV_WORDS`] words (16 beats), then `seed_count`
//! [`StateEntry`]s (2 beats each).
//!
//! Result record, written by the card, in this order: logs (`log_beats` beats; each log is a
//! [`LogHeader`], its topics two words a beat, its data), output (`output_len` bytes rounded up to
//! beats), one [`TouchedBeat`], then `write_count` [`StateEntry`]s (one for each storage slot that
//! was written, of whatever account). After a revert or a halt only the output is meaningful.
//!
//! Payload, written by the card at `result_iova + result_len` before some requests
//! ([`crate::ring::RequestKind`]): a log with four topics, which are arg words 0 to 3, or none for
//! `Created`; the data is the in-range or the code. The buffer takes [`PAYLOAD_HEAD`] bytes more than a
//! hart has memory, so that a payload always fits.

use bytemuck::{Pod, Zeroable};
use core::mem::{offset_of, size_of};

/// Bytes of a beat.
pub const BEAT: usize = 64;
/// Bytes of a payload before its data, at most: header and four topics.
pub const PAYLOAD_HEAD: usize = 3 * BEAT;

/// One storage slot of any account: a seed (host to card) or a write (card to host). 128 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct StateEntry {
    /// Slot.
    pub key: [u8; 32],
    /// Present value.
    pub value: [u8; 32],
    /// Value at the start of the transaction.
    pub original: [u8; 32],
    /// Account, as the low 20 bytes of a little-endian word (byte 0 is the last byte of the address).
    pub address: [u8; 20],
    /// [`StateEntry::WARM`].
    pub flags: u32,
    /// Zero.
    pub reserved: [u32; 2],
}
impl StateEntry {
    /// `flags[0]`: the slot is warm (EIP-2929).
    pub const WARM: u32 = 1;
}
const _: () = assert!(size_of::<StateEntry>() == 128);
const _: () = assert!(offset_of!(StateEntry, original) == 64);
const _: () = assert!(offset_of!(StateEntry, address) == 96);
const _: () = assert!(offset_of!(StateEntry, flags) == 116);

/// First beat of a log.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct LogHeader {
    /// Topics, 0 to 4.
    pub topic_count: u32,
    /// Bytes of data.
    pub data_len: u32,
    /// Zero.
    pub reserved: [u32; 6],
    /// Account that logs, as the low 20 bytes of a little-endian word.
    pub address: [u8; 20],
    /// Zero.
    pub reserved_high: [u32; 3],
}
const _: () = assert!(size_of::<LogHeader>() == 64);
const _: () = assert!(offset_of!(LogHeader, address) == 32);

/// Which seeds were read or written.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct TouchedBeat {
    /// Bit `i` for seed `i`, 512 seeds at most.
    pub seeds: [u8; 64],
}
const _: () = assert!(size_of::<TouchedBeat>() == 64);
