//! Streams bytes out of memory, calldata or code in chunks of up to 32 bytes, any byte position.
//!
//! Chunks are 32 bytes but for the last; with `blocks` every fifth has 8 (a Keccak block is
//! 4 · 32 + 8 bytes); with `backward` they come from the end and the first is the short one.
//! Bytes at `limit` and beyond read as zero. Latency from `start` to `chunk_valid` 3 cycles, 4 for code
//! or `backward`, then one chunk per cycle; up to 12 wait for `chunk_ready`. Code is read
//! while it is in the window of the fetcher; else `starved` asks for the window at `position`.
//!
//! The memory's banks are read at `origin` + the byte of the stream, the others at that byte.
//!
//! `peek` reads one chunk past this stream: `peek_data` two cycles later; not while a stream runs.
//! `start` drops what an earlier stream left, and comes when all of that was read or after a reset.
//! Reset: as `start`, of an empty stream.

use super::align::{KeepBytes, ReadAlign};
use gasworks_verilog::comment;
use gasworks_verilog::leaf::LutRam;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;

/// `source`: the banks of the memory.
pub const SOURCE_MEMORY: u64 = 0;
/// `source`: the calldata of the hart's first frame.
pub const SOURCE_CALLDATA: u64 = 1;
/// `source`: the window of code bytes.
pub const SOURCE_CODE: u64 = 2;

/// See the module.
#[derive(LogicBlock, Default)]
pub struct Reader {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Signal<In, Bit>,
    /// Begins a stream; what describes it holds from `start` to its end, `address` and `length` in the cycle of `start`.
    pub start: Signal<In, Bit>,
    /// Where from, a `SOURCE_` constant.
    pub source: Signal<In, Word<2>>,
    /// First byte; 2^33 and above is past every limit.
    pub address: Signal<In, Word<34>>,
    /// Bytes.
    pub length: Signal<In, Word<32>>,
    /// The same out of a register, for a stream that is `backward`.
    pub held_length: Signal<In, Word<32>>,
    /// First byte that reads as zero.
    pub limit: Signal<In, Word<34>>,
    /// From the end to the beginning.
    pub backward: Signal<In, Bit>,
    /// Chunks of Keccak blocks.
    pub blocks: Signal<In, Bit>,
    /// Reads 32 bytes at `address` for `peek_data`.
    pub peek: Signal<In, Bit>,
    /// The bytes of a `peek`, two cycles after it.
    pub peek_data: Signal<Out, Word<256>>,
    /// The bytes of a `peek` at the first byte of a word of the memory, two cycles after it.
    pub peek_word: Signal<Out, Word<256>>,
    /// Word to be read in this cycle, for calldata and code.
    pub read_word: Signal<Out, Word<28>>,
    /// Place of byte 0 in the banks of the memory; a multiple of 64 for the other sources.
    pub origin: Signal<In, Word<26>>,
    /// Place of byte 32.
    pub origin_next: Signal<In, Word<26>>,
    /// Row of the even bank of the memory to be read in this cycle.
    pub even_row: Signal<Out, Word<20>>,
    /// Row of the odd bank.
    pub odd_row: Signal<Out, Word<20>>,
    /// While no stream runs: place of `address`.
    pub place_now: Signal<Out, Word<26>>,
    /// Memory banks.
    pub memory_even: Signal<In, Word<256>>,
    /// Memory banks.
    pub memory_odd: Signal<In, Word<256>>,
    /// Calldata banks.
    pub calldata_even: Signal<In, Word<256>>,
    /// Calldata banks.
    pub calldata_odd: Signal<In, Word<256>>,
    /// Code banks.
    pub code_even: Signal<In, Word<256>>,
    /// Code banks.
    pub code_odd: Signal<In, Word<256>>,
    /// First byte past the window of code bytes.
    pub window_end: Signal<In, Word<34>>,
    /// No byte of code from here on is past the window and before the limit.
    pub window_covers: Signal<In, Bit>,
    /// The window must move to `position`.
    pub starved: Signal<Out, Bit>,
    /// First byte of the next chunk.
    pub position: Signal<Out, Word<34>>,
    /// A chunk.
    pub chunk_valid: Signal<Out, Bit>,
    /// It is taken.
    pub chunk_ready: Signal<In, Bit>,
    /// Its bytes, the first in `[7:0]`; zeros past `chunk_bytes`.
    pub chunk_data: Signal<Out, Word<256>>,
    /// Bytes of the chunk.
    pub chunk_bytes: Signal<Out, Word<6>>,
    /// It is the last of the stream.
    pub chunk_last: Signal<Out, Bit>,
    active: DFF<Bit>,
    is_first: DFF<Bit>,
    place: DFF<Word<34>>,
    remaining: DFF<Word<32>>,
    /// One bit for each chunk of a Keccak block.
    turn: DFF<Word<5>>,
    /// Chunks issued and not taken.
    pending: DFF<Word<4>>,
    // Stage 1: the banks give their rows.
    read_valid: DFF<Bit>,
    read_place: DFF<Word<34>>,
    read_position: DFF<Word<6>>,
    read_bytes: DFF<Word<6>>,
    read_last: DFF<Bit>,
    // Stage 2: rows are there and go through the shifter.
    row_valid: DFF<Bit>,
    row_even: DFF<Word<256>>,
    row_odd: DFF<Word<256>>,
    row_position: DFF<Word<6>>,
    row_keep: DFF<Word<6>>,
    row_bytes: DFF<Word<6>>,
    row_last: DFF<Bit>,
    // Chunks wait.
    write_index: DFF<Word<4>>,
    read_index: DFF<Word<4>>,
    filled: DFF<Word<4>>,
    align: ReadAlign,
    fifo: LutRam<Word<263>, 4>,
    keep: KeepBytes,
    step: Signal<Local, Word<6>>,
    tail: Signal<Local, Word<5>>,
    bytes: Signal<Local, Word<6>>,
    bytes_wide: Signal<Local, Word<34>>,
    is_last: Signal<Local, Bit>,
    window_next: Signal<Local, Word<34>>,
    in_window: Signal<Local, Bit>,
    may_issue: Signal<Local, Bit>,
    issue: Signal<Local, Bit>,
    take: Signal<Local, Bit>,
    issue_place: Signal<Local, Word<34>>,
    bank_place: Signal<Local, Word<26>>,
    bank_next: Signal<Local, Word<26>>,
    left: Signal<Local, Word<34>>,
    head: Signal<Local, Word<263>>,
    last_offset: Signal<Local, Word<32>>,
    last_place: Signal<Local, Word<34>>,
    last_bit: Signal<Local, Word<1>>,
    some: Signal<Local, Bit>,
    /// The first chunk is issued in the cycle of `start`.
    eager: Signal<Local, Bit>,
    is_short: Signal<Local, Bit>,
    first_bytes: Signal<Local, Word<6>>,
}

impl Logic for Reader {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_reader");
        dff_setup!(
            self,
            clock,
            active,
            is_first,
            place,
            remaining,
            turn,
            pending,
            read_valid,
            read_place,
            read_position,
            read_bytes,
            read_last,
            row_valid,
            row_even,
            row_odd,
            row_position,
            row_keep,
            row_bytes,
            row_last,
            write_index,
            read_index,
            filled
        );
        clock!(self, clock, fifo);
        // The next chunk.
        self.step.next = 32.into();
        if self.blocks.val() & self.turn.q.val().get_bit(4) {
            self.step.next = 8.into();
        }
        self.bytes.next = self.step.val();
        if self.remaining.q.val() < bit_cast_word::<32, 6>(self.step.val()) {
            self.bytes.next = self.remaining.q.val().get_bits::<6>(0);
        }
        self.tail.next = self.remaining.q.val().get_bits::<5>(0) - 1;
        if self.backward.val() & self.is_first.q.val() {
            self.bytes.next = bit_cast_word::<6, 5>(self.tail.val()) + 1;
        }
        self.bytes_wide.next = bit_cast_word::<34, 6>(self.bytes.val());
        self.is_last.next = self.remaining.q.val() == bit_cast_word::<32, 6>(self.bytes.val());
        self.window_next.next = self.place.q.val() + 32;
        self.in_window.next = (self.source.val() != 2)
            | self.window_covers.val()
            | (self.window_next.val() <= self.window_end.val());
        self.may_issue.next = self.active.q.val() & (self.pending.q.val() < 12);
        self.issue.next = self.may_issue.val() & self.in_window.val();
        self.starved.next = self.active.q.val() & (!self.in_window.val());
        self.position.next = self.place.q.val();
        self.issue_place.next = self.address.val();
        if self.active.q.val() {
            self.issue_place.next = self.place.q.val();
        }
        self.read_word.next = self.issue_place.val().get_bits::<28>(5);
        self.bank_place.next = self.issue_place.val().get_bits::<26>(0) + self.origin.val();
        self.bank_next.next = self.issue_place.val().get_bits::<26>(0) + self.origin_next.val();
        self.odd_row.next = self.bank_place.val().get_bits::<20>(6);
        self.even_row.next = self.bank_next.val().get_bits::<20>(6);
        self.place_now.next = self.bank_place.val();
        if self.issue.val() {
            self.is_first.d.next = false;
            self.place.d.next = self.place.q.val() + self.bytes_wide.val();
            if self.backward.val() {
                self.place.d.next = self.place.q.val() - 32;
            }
            self.remaining.d.next =
                self.remaining.q.val() - bit_cast_word::<32, 6>(self.bytes.val());
            self.turn.d.next = (self.turn.q.val() << 1) | (self.turn.q.val() >> 4);
            if self.is_last.val() {
                self.active.d.next = false;
            }
        }
        // Stage 1.
        self.read_valid.d.next = self.issue.val();
        self.read_place.d.next = self.issue_place.val();
        self.read_position.d.next = self.bank_place.val().get_bits::<6>(0);
        self.read_bytes.d.next = self.bytes.val();
        if self.peek.val() {
            self.read_bytes.d.next = 32.into();
        }
        self.read_last.d.next = self.is_last.val();
        // Stage 2.
        self.row_valid.d.next = self.read_valid.q.val();
        self.row_even.d.next = self.memory_even.val();
        self.row_odd.d.next = self.memory_odd.val();
        if self.source.val() == 1 {
            self.row_even.d.next = self.calldata_even.val();
            self.row_odd.d.next = self.calldata_odd.val();
        }
        if self.source.val() == 2 {
            self.row_even.d.next = self.code_even.val();
            self.row_odd.d.next = self.code_odd.val();
        }
        self.row_position.d.next = self.read_position.q.val();
        self.row_bytes.d.next = self.read_bytes.q.val();
        self.row_last.d.next = self.read_last.q.val();
        self.left.next = self.limit.val() - self.read_place.q.val();
        self.row_keep.d.next = self.read_bytes.q.val();
        if self.left.val() < bit_cast_word::<34, 6>(self.read_bytes.q.val()) {
            self.row_keep.d.next = self.left.val().get_bits::<6>(0);
        }
        if self.read_place.q.val() >= self.limit.val() {
            self.row_keep.d.next = 0.into();
        }
        self.align.even.next = self.row_even.q.val();
        self.align.odd.next = self.row_odd.q.val();
        self.align.position.next = self.row_position.q.val();
        self.keep.data.next = self.align.data.val();
        self.keep.bytes.next = self.row_keep.q.val();
        self.peek_data.next = self.keep.kept.val();
        self.peek_word.next = self.row_even.q.val();
        if self.row_position.q.val().get_bit(5) {
            self.peek_word.next = self.row_odd.q.val();
        }
        // Queue.
        self.fifo.write_enable.next = self.row_valid.q.val();
        self.fifo.write_address.next = self.write_index.q.val().into();
        self.last_bit.next = 0.into();
        if self.row_last.q.val() {
            self.last_bit.next = 1.into();
        }
        self.fifo.write_data.next = bit_cast_word::<263, 256>(self.keep.kept.val())
            | (bit_cast_word::<263, 6>(self.row_bytes.q.val()) << 256)
            | (bit_cast_word::<263, 1>(self.last_bit.val()) << 262);
        self.fifo.read_address.next = self.read_index.q.val().into();
        self.head.next = self.fifo.read_data.val();
        self.some.next = self.filled.q.val().any();
        self.chunk_valid.next = self.some.val();
        self.chunk_data.next = self.head.val().get_bits::<256>(0);
        self.chunk_bytes.next = self.head.val().get_bits::<6>(256);
        self.chunk_last.next = self.head.val().get_bit(262);
        self.take.next = self.some.val() & self.chunk_ready.val();
        if self.row_valid.q.val() {
            self.write_index.d.next = self.write_index.q.val() + 1;
        }
        if self.take.val() {
            self.read_index.d.next = self.read_index.q.val() + 1;
        }
        if self.row_valid.q.val() & (!self.take.val()) {
            self.filled.d.next = self.filled.q.val() + 1;
        }
        if self.take.val() & (!self.row_valid.q.val()) {
            self.filled.d.next = self.filled.q.val() - 1;
        }
        if self.issue.val() & (!self.take.val()) {
            self.pending.d.next = self.pending.q.val() + 1;
        }
        if self.take.val() & (!self.issue.val()) {
            self.pending.d.next = self.pending.q.val() - 1;
        }
        // A new stream.
        self.last_offset.next = self.held_length.val() - 1;
        self.last_place.next = self.address.val()
            + (bit_cast_word::<34, 27>(self.last_offset.val().get_bits::<27>(5)) << 5);
        if self.start.val() {
            self.active.d.next = self.length.val().any();
            self.is_first.d.next = true;
            self.place.d.next = self.address.val();
            if self.backward.val() {
                self.place.d.next = self.last_place.val();
            }
            self.remaining.d.next = self.length.val();
            self.turn.d.next = 1.into();
        }
        self.eager.next = self.start.val() & (!self.backward.val()) & (self.source.val() != 2);
        self.is_short.next = !self.length.val().get_bits::<27>(5).any();
        self.first_bytes.next = 32.into();
        if self.is_short.val() {
            self.first_bytes.next = self.length.val().get_bits::<6>(0);
        }
        if self.start.val() | self.reset.val() {
            self.pending.d.next = 0.into();
            self.filled.d.next = 0.into();
            self.read_index.d.next = 0.into();
            self.write_index.d.next = 0.into();
            self.read_valid.d.next = false;
            self.row_valid.d.next = false;
        }
        if self.eager.val() & (!self.reset.val()) {
            self.is_first.d.next = false;
            self.place.d.next = self.address.val() + 32;
            self.remaining.d.next = self.length.val() - 32;
            self.active.d.next = self.length.val() > 32;
            self.turn.d.next = 2.into();
            self.read_bytes.d.next = self.first_bytes.val();
            self.read_last.d.next = self.length.val() <= 32;
            if self.length.val().any() {
                self.read_valid.d.next = true;
                self.pending.d.next = 1.into();
            }
        }
        if self.reset.val() {
            self.active.d.next = false;
        }
    }
}
