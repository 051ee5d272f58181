//! Writes logs and output to the result record, one 64-byte beat after the other.
//!
//! Spec: `docs/src/machine.md`, "Stores and DMA"; `gasworks_abi::record::LogHeader`.
//! A log is a header, its topics two a beat, its data; an output is data only. Halves of a beat
//! are collected at one per cycle; a beat waits for `write_ready`. `done` rises when the last beat
//! was taken and stays until `start`. The topics are read through `arg_index`, combinational.
//!
//! States: `Idle`; `HeadLow`, `HeadHigh` one half each; `Topic` one half each; `Data` until the last
//! chunk; `Flush` until the last beat was taken. Reset: to `Idle`.

use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;

#[derive(LogicState, Copy, Clone, Debug, PartialEq)]
enum EmitState {
    Idle,
    HeadLow,
    HeadHigh,
    Topic,
    Data,
    Flush,
}

/// See the module.
#[derive(LogicBlock, Default)]
pub struct Emitter {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Signal<In, Bit>,
    /// Begins; what follows holds until `done`.
    pub start: Signal<In, Bit>,
    /// A log, else an output.
    pub is_log: Signal<In, Bit>,
    /// Topics of a log, 0 to 4.
    pub topics: Signal<In, Word<3>>,
    /// Bytes of data.
    pub length: Signal<In, Word<32>>,
    /// Account that logs.
    pub account: Signal<In, Word<160>>,
    /// Address of the first beat; counts in the cycle of `start`.
    pub cursor: Signal<In, Word<64>>,
    /// Arg word to be read.
    pub arg_index: Signal<Out, Word<2>>,
    /// That word.
    pub arg_value: Signal<In, Word<256>>,
    /// A chunk of data.
    pub chunk_valid: Signal<In, Bit>,
    /// It is taken.
    pub chunk_ready: Signal<Out, Bit>,
    /// Its bytes, the first in `[7:0]`, zeros past its end.
    pub chunk_data: Signal<In, Word<256>>,
    /// It is the last.
    pub chunk_last: Signal<In, Bit>,
    /// A beat for the record.
    pub write_valid: Signal<Out, Bit>,
    /// It is taken.
    pub write_ready: Signal<In, Bit>,
    /// Its address.
    pub write_address: Signal<Out, Word<64>>,
    /// Its bytes, the first in `[7:0]`.
    pub write_data: Signal<Out, Word<512>>,
    /// All was taken.
    pub done: Signal<Out, Bit>,
    state: DFF<EmitState>,
    topic: DFF<Word<3>>,
    has_low: DFF<Bit>,
    low: DFF<Word<256>>,
    has_beat: DFF<Bit>,
    beat: DFF<Word<512>>,
    address: DFF<Word<64>>,
    finished: DFF<Bit>,
    half: Signal<Local, Word<256>>,
    half_valid: Signal<Local, Bit>,
    /// The half ends a section: a beat is complete with it even if it is a low one.
    ends: Signal<Local, Bit>,
    closes: Signal<Local, Bit>,
    can_take: Signal<Local, Bit>,
    accept: Signal<Local, Bit>,
    sent: Signal<Local, Bit>,
    next_topic: Signal<Local, Word<3>>,
    has_data: Signal<Local, Bit>,
}

impl Logic for Emitter {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_emitter");
        dff_setup!(
            self, clock, state, topic, has_low, low, has_beat, beat, address, finished
        );
        self.has_data.next = self.length.val().any();
        self.next_topic.next = self.topic.q.val() + 1;
        self.half.next = self.chunk_data.val();
        self.half_valid.next = false;
        self.ends.next = false;
        match self.state.q.val() {
            EmitState::Idle => {}
            EmitState::HeadLow => {
                self.half.next = bit_cast_word::<256, 3>(self.topics.val())
                    | (bit_cast_word::<256, 32>(self.length.val()) << 32);
                self.half_valid.next = true;
            }
            EmitState::HeadHigh => {
                self.half.next = bit_cast_word::<256, 160>(self.account.val());
                self.half_valid.next = true;
            }
            EmitState::Topic => {
                self.half.next = self.arg_value.val();
                self.half_valid.next = true;
                self.ends.next = self.next_topic.val() == self.topics.val();
            }
            EmitState::Data => {
                self.half_valid.next = self.chunk_valid.val();
                self.ends.next = self.chunk_last.val();
            }
            EmitState::Flush => {}
        }
        // Halves to beats.
        self.sent.next = self.has_beat.q.val() & self.write_ready.val();
        self.closes.next = self.has_low.q.val() | self.ends.val();
        self.can_take.next =
            (!self.closes.val()) | (!self.has_beat.q.val()) | self.write_ready.val();
        self.accept.next = self.half_valid.val() & self.can_take.val();
        self.chunk_ready.next = self.can_take.val() & (self.state.q.val() == EmitState::Data);
        if self.sent.val() {
            self.has_beat.d.next = false;
            self.address.d.next = self.address.q.val() + 64;
        }
        if self.accept.val() {
            self.low.d.next = self.half.val();
            self.has_low.d.next = !self.closes.val();
            if self.closes.val() {
                self.has_beat.d.next = true;
                self.beat.d.next = bit_cast_word::<512, 256>(self.half.val());
                if self.has_low.q.val() {
                    self.beat.d.next = bit_cast_word::<512, 256>(self.low.q.val())
                        | (bit_cast_word::<512, 256>(self.half.val()) << 256);
                }
            }
        }
        // Sections.
        match self.state.q.val() {
            EmitState::Idle => {}
            EmitState::HeadLow => {
                if self.accept.val() {
                    self.state.d.next = EmitState::HeadHigh;
                }
            }
            EmitState::HeadHigh => {
                if self.accept.val() {
                    self.state.d.next = EmitState::Flush;
                    if self.has_data.val() {
                        self.state.d.next = EmitState::Data;
                    }
                    if self.topics.val().any() {
                        self.state.d.next = EmitState::Topic;
                    }
                }
            }
            EmitState::Topic => {
                if self.accept.val() {
                    self.topic.d.next = self.next_topic.val();
                    if self.ends.val() {
                        self.state.d.next = EmitState::Flush;
                        if self.has_data.val() {
                            self.state.d.next = EmitState::Data;
                        }
                    }
                }
            }
            EmitState::Data => {
                if self.accept.val() & self.ends.val() {
                    self.state.d.next = EmitState::Flush;
                }
            }
            EmitState::Flush => {
                if self.sent.val() {
                    self.finished.d.next = true;
                    self.state.d.next = EmitState::Idle;
                }
            }
        }
        if self.start.val() {
            self.state.d.next = EmitState::Data;
            if self.is_log.val() {
                self.state.d.next = EmitState::HeadLow;
            }
            self.topic.d.next = 0.into();
            self.has_low.d.next = false;
            self.finished.d.next = false;
            self.address.d.next = self.cursor.val();
        }
        if self.reset.val() {
            self.state.d.next = EmitState::Idle;
            self.has_beat.d.next = false;
            self.finished.d.next = false;
        }
        self.arg_index.next = self.topic.q.val().get_bits::<2>(0);
        self.write_valid.next = self.has_beat.q.val();
        self.write_address.next = self.address.q.val();
        self.write_data.next = self.beat.q.val();
        self.done.next = self.finished.q.val();
    }
}
