//! Which seeds were touched, and the tail of the result record: the touched beat and the written
//! entries.
//!
//! `start` begins a commit; the record is handed to the write channel beat after beat, and `done` is high
//! for one cycle when everything was, or when the next beat does not fit. 11 cycles, 2 for each entry
//! and 2 more for each that was written, if the write channel does not stall. While `clear` is high, 8
//! cycles, the touched bits of the hart become zero.
//! `reset` ends a commit. States: [`CommitState`].

use gasworks_abi::record::StateEntry;
use gasworks_verilog::comment;
use gasworks_verilog::leaf::LutRam;
use gasworks_verilog::word::{Word, bit_cast_from_bits, bit_cast_to_bits, bit_cast_word, bits};
use rust_hdl::prelude::*;

const _: () = assert!(StateEntry::WARM == 1);

/// State of a commit. Without a condition a state lasts one cycle.
#[derive(LogicState, Copy, Clone, Debug, PartialEq)]
pub enum CommitState {
    /// Until `start`; `clear` counts here.
    Idle,
    /// The touched bits are read: 8 cycles.
    Touched,
    /// Until the touched beat is taken.
    WriteTouched,
    /// An entry is read.
    Walk,
    /// Whether it was written.
    Check,
    /// Until its first beat is taken.
    WriteFirst,
    /// Until its second beat is taken.
    WriteSecond,
    /// The commit is done.
    Done,
}

/// Writer of the record.
#[derive(LogicBlock, Default)]
pub struct Commit {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Signal<In, Bit>,
    /// Hart that is served; while `start` is high the next one.
    pub hart: Signal<In, Bits<2>>,
    /// Begins.
    pub start: Signal<In, Bit>,
    /// Host address of the next beat of the record.
    pub start_cursor: Signal<In, Word<64>>,
    /// Host address of the end of the record.
    pub start_limit: Signal<In, Word<64>>,
    /// The touched bits become zero.
    pub clear: Signal<In, Bit>,
    /// All of them are, in this cycle.
    pub cleared: Signal<Out, Bit>,
    /// A seed was touched.
    pub touch: Signal<In, Bit>,
    /// Its number.
    pub touch_index: Signal<In, Word<9>>,
    /// Entries of the hart.
    pub count: Signal<In, Word<10>>,
    /// Entry `step` is wanted.
    pub walk: Signal<Out, Bit>,
    /// Number of an entry.
    pub step: Signal<Out, Word<9>>,
    /// That entry was written; a cycle later.
    pub is_written: Signal<In, Bit>,
    /// Its key.
    pub key: Signal<In, Word<256>>,
    /// Its account.
    pub account: Signal<In, Word<160>>,
    /// Its value.
    pub present: Signal<In, Word<256>>,
    /// Its value at the start.
    pub original: Signal<In, Word<256>>,
    /// Refund of the hart.
    pub refund: Signal<In, Word<64>>,
    /// The commit is done.
    pub done: Signal<Out, Bit>,
    /// Entries written, until the next `start`.
    pub write_count: Signal<Out, Bits<16>>,
    /// Refund, until the next `start`.
    pub committed_refund: Signal<Out, Word<64>>,
    /// The record is too short; until the next `start`.
    pub overflow: Signal<Out, Bit>,
    /// A beat of the record.
    pub write_valid: Signal<Out, Bit>,
    /// It is taken.
    pub write_ready: Signal<In, Bit>,
    /// Host address.
    pub write_address: Signal<Out, Word<64>>,
    /// The beat.
    pub write_data: Signal<Out, Word<512>>,
    state: DFF<CommitState>,
    number: DFF<Word<10>>,
    beat: DFF<Word<512>>,
    cursor: DFF<Word<64>>,
    room: DFF<Word<64>>,
    written: DFF<Word<16>>,
    refund_out: DFF<Word<64>>,
    overflows: DFF<Bit>,
    // Touched bits of 64 seeds at a time. Address: eighth in [2:0], hart above.
    touched: LutRam<Word<64>, 5>,
    touched_address: Signal<Local, Word<5>>,
    touched_bit: Signal<Local, Word<64>>,
    has_room: Signal<Local, Bit>,
    is_writing: Signal<Local, Bit>,
}

impl Logic for Commit {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module state_commit");
        dff_setup!(
            self, clock, state, number, beat, cursor, room, written, refund_out, overflows
        );
        clock!(self, clock, touched);
        self.touched_address.next = (bit_cast_from_bits::<5, 2>(self.hart.val()) << 3)
            | bit_cast_word::<5, 3>(self.number.q.val().get_bits::<3>(0));
        if self.touch.val() {
            self.touched_address.next = (bit_cast_from_bits::<5, 2>(self.hart.val()) << 3)
                | bit_cast_word::<5, 3>(self.touch_index.val().get_bits::<3>(6));
        }
        self.touched_bit.next = bits::<64>(1) << self.touch_index.val().get_bits::<6>(0);
        self.touched.read_address.next = self.touched_address.val().into();
        self.touched.write_enable.next = self.touch.val() || self.clear.val();
        self.touched.write_address.next = self.touched_address.val().into();
        self.touched.write_data.next = self.touched.read_data.val() | self.touched_bit.val();
        if self.clear.val() {
            self.touched.write_data.next = 0.into();
        }
        self.cleared.next = self.number.q.val() == 7;

        self.has_room.next = self.room.q.val().get_bits::<58>(6).any();
        match self.state.q.val() {
            CommitState::Idle => {
                self.number.d.next = 0.into();
                if self.clear.val() {
                    self.number.d.next = self.number.q.val() + 1;
                }
                if self.start.val() {
                    self.number.d.next = 0.into();
                    self.cursor.d.next = self.start_cursor.val();
                    self.room.d.next = self.start_limit.val() - self.start_cursor.val();
                    if self.start_limit.val() < self.start_cursor.val() {
                        self.room.d.next = 0.into();
                    }
                    self.written.d.next = 0.into();
                    self.overflows.d.next = false;
                    self.state.d.next = CommitState::Touched;
                }
            }
            CommitState::Touched => {
                self.refund_out.d.next = self.refund.val();
                self.beat.d.next = (self.beat.q.val() >> 64)
                    | (bit_cast_word::<512, 64>(self.touched.read_data.val()) << 448);
                self.number.d.next = self.number.q.val() + 1;
                if self.number.q.val() == 7 {
                    self.number.d.next = 0.into();
                    self.state.d.next = CommitState::WriteTouched;
                }
            }
            CommitState::WriteTouched => {
                if self.write_ready.val() {
                    self.state.d.next = CommitState::Walk;
                }
            }
            CommitState::Walk => {
                self.state.d.next = CommitState::Check;
                if self.number.q.val() == self.count.val() {
                    self.state.d.next = CommitState::Done;
                }
            }
            CommitState::Check => {
                self.beat.d.next = bit_cast_word::<512, 256>(self.key.val())
                    | (bit_cast_word::<512, 256>(self.present.val()) << 256);
                if self.is_written.val() {
                    self.state.d.next = CommitState::WriteFirst;
                } else {
                    self.number.d.next = self.number.q.val() + 1;
                    self.state.d.next = CommitState::Walk;
                }
            }
            CommitState::WriteFirst => {
                if self.write_ready.val() {
                    self.beat.d.next = bit_cast_word::<512, 256>(self.original.val())
                        | (bit_cast_word::<512, 160>(self.account.val()) << 256)
                        | (bits::<512>(1) << 416);
                    self.state.d.next = CommitState::WriteSecond;
                }
            }
            CommitState::WriteSecond => {
                if self.write_ready.val() {
                    self.written.d.next = self.written.q.val() + 1;
                    self.number.d.next = self.number.q.val() + 1;
                    self.state.d.next = CommitState::Walk;
                }
            }
            _ => {
                self.number.d.next = 0.into();
                self.state.d.next = CommitState::Idle;
            }
        }

        // One place for the cursor, whatever the beat.
        self.is_writing.next = self.state.q.val() == CommitState::WriteTouched
            || self.state.q.val() == CommitState::WriteFirst
            || self.state.q.val() == CommitState::WriteSecond;
        self.write_valid.next = self.has_room.val() && self.is_writing.val();
        self.write_address.next = self.cursor.q.val();
        self.write_data.next = self.beat.q.val();
        if self.is_writing.val() {
            if !self.has_room.val() {
                self.overflows.d.next = true;
                self.written.d.next = self.written.q.val();
                self.state.d.next = CommitState::Done;
            } else if self.write_ready.val() {
                self.cursor.d.next = self.cursor.q.val() + 64;
                self.room.d.next = self.room.q.val() - 64;
            }
        }
        self.walk.next = self.state.q.val() == CommitState::Walk
            || self.state.q.val() == CommitState::Check
            || self.state.q.val() == CommitState::WriteFirst
            || self.state.q.val() == CommitState::WriteSecond;
        self.step.next = self.number.q.val().get_bits::<9>(0);
        self.done.next = self.state.q.val() == CommitState::Done;
        self.write_count.next = bit_cast_to_bits::<16, 16>(self.written.q.val());
        self.committed_refund.next = self.refund_out.q.val();
        self.overflow.next = self.overflows.q.val();
        if self.reset.val() {
            self.number.d.next = 0.into();
            self.state.d.next = CommitState::Idle;
        }
    }
}
