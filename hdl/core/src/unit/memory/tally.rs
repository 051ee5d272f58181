//! Accounts for the result record: where the next beat goes, whether there is room, what is new.
//!
//! Spec: `docs/src/machine.md`, "Stores and DMA" (cursor, `ResultLimit`). The inputs are those of the
//! operation that is served; `room` and `new_beats` hold 3 cycles after `length`, the others 1.

use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock, Default)]
pub struct Tally {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// A log.
    pub is_log: Signal<In, Bit>,
    /// An output.
    pub is_output: Signal<In, Bit>,
    /// A payload: it lies behind the record and does not count.
    pub is_payload: Signal<In, Bit>,
    /// Topics of a log.
    pub topics: Signal<In, Word<3>>,
    /// Bytes of data.
    pub length: Signal<In, Word<33>>,
    /// Address of the record.
    pub result_iova: Signal<In, Word<64>>,
    /// Bytes of the record.
    pub result_len: Signal<In, Word<32>>,
    /// Beats written so far.
    pub beats: Signal<In, Word<27>>,
    /// Output so far.
    pub output_len: Signal<In, Word<32>>,
    /// Beats of logs so far.
    pub log_beats: Signal<In, Word<27>>,
    /// Logs so far.
    pub log_count: Signal<In, Word<16>>,
    /// Address of the next beat.
    pub place: Signal<Out, Word<64>>,
    /// The record has room for what is to be written.
    pub room: Signal<Out, Bit>,
    /// Beats with this operation.
    pub new_beats: Signal<Out, Word<27>>,
    /// Output with it.
    pub new_output_len: Signal<Out, Word<32>>,
    /// Beats of logs with it.
    pub new_log_beats: Signal<Out, Word<27>>,
    /// Logs with it.
    pub new_log_count: Signal<Out, Word<16>>,
    next_place: DFF<Word<64>>,
    needed: DFF<Word<27>>,
    total: DFF<Word<27>>,
    has_room: DFF<Bit>,
    past_beats: Signal<Local, Word<27>>,
    data_beats: Signal<Local, Word<27>>,
    topic_beats: Signal<Local, Word<3>>,
}

impl Logic for Tally {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_tally");
        dff_setup!(self, clock, next_place, needed, total, has_room);
        self.data_beats.next = self.length.val().get_bits::<27>(6);
        if self.length.val().get_bits::<6>(0).any() {
            self.data_beats.next = self.length.val().get_bits::<27>(6) + 1;
        }
        self.topic_beats.next = (self.topics.val() + 1) >> 1;
        self.needed.d.next = 0.into();
        if self.is_output.val() {
            self.needed.d.next = self.data_beats.val();
        }
        if self.is_log.val() {
            self.needed.d.next =
                self.data_beats.val() + (bit_cast_word::<27, 3>(self.topic_beats.val()) + 1);
        }
        self.total.d.next = self.beats.val() + self.needed.q.val();
        self.has_room.d.next =
            self.total.q.val() <= bit_cast_word::<27, 26>(self.result_len.val().get_bits::<26>(6));
        self.past_beats.next = self.beats.val();
        if self.is_payload.val() {
            self.past_beats.next = bit_cast_word::<27, 26>(self.result_len.val().get_bits::<26>(6));
        }
        self.next_place.d.next =
            self.result_iova.val() + (bit_cast_word::<64, 27>(self.past_beats.val()) << 6);
        self.place.next = self.next_place.q.val();
        self.room.next = self.has_room.q.val();
        self.new_beats.next = self.total.q.val();
        self.new_output_len.next = self.output_len.val();
        if self.is_output.val() {
            self.new_output_len.next = self.length.val().get_bits::<32>(0);
        }
        self.new_log_beats.next = self.log_beats.val();
        self.new_log_count.next = self.log_count.val();
        if self.is_log.val() {
            self.new_log_beats.next = self.log_beats.val() + self.needed.q.val();
            self.new_log_count.next = self.log_count.val() + 1;
        }
    }
}
