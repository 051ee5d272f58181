//! Requests of one lane, and the check of the answers to them.
//!
//! Makes the ring entry of a request and remembers per hart that it waits and for which sequence
//! number. An answer is for this lane when its hart number lies in the lane's range; it is passed
//! on (`answer_valid`, one cycle) when that hart waits for exactly this sequence number, and the
//! hart waits no more. A start of a hart forgets what it waited for.

use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_from_bits, bit_cast_word};
use rust_hdl::prelude::*;
use std::array::from_fn;

/// See the module.
#[derive(LogicBlock)]
pub struct RequestPort {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// Number of the first hart of the lane.
    pub first_hart: Signal<In, Bits<16>>,
    /// Harts of the lane.
    pub harts: Signal<In, Bits<16>>,
    /// A hart of the lane starts in this cycle.
    pub start: Signal<In, Bit>,
    /// The hart.
    pub start_hart: Signal<In, Bits<2>>,
    /// From the lane.
    pub request_valid: Signal<In, Bit>,
    /// To the lane.
    pub request_ready: Signal<Out, Bit>,
    /// From the lane.
    pub request_hart: Signal<In, Bits<2>>,
    /// From the lane.
    pub request_kind: Signal<In, Bits<8>>,
    /// From the lane.
    pub request_key: Signal<In, Word<256>>,
    /// From the lane.
    pub request_address: Signal<In, Word<160>>,
    /// From the lane.
    pub request_tag: Signal<In, Bits<32>>,
    /// From the lane.
    pub request_sequence: Signal<In, Bits<8>>,
    /// A request goes.
    pub entry_valid: Signal<Out, Bit>,
    /// Taken.
    pub entry_ready: Signal<In, Bit>,
    /// The request, without phase.
    pub entry: Signal<Out, Word<512>>,
    /// An answer came for some hart.
    pub any_answer: Signal<In, Bit>,
    /// Number of the hart on the card.
    pub any_hart: Signal<In, Bits<16>>,
    /// Its sequence number.
    pub any_sequence: Signal<In, Bits<8>>,
    /// The answer is for a waiting hart of this lane.
    pub answer_valid: Signal<Out, Bit>,
    /// The hart.
    pub answer_hart: Signal<Out, Bits<2>>,
    waiting: DFF<Bits<4>>,
    sequences: [DFF<Bits<8>>; 4],
    waits: Signal<Local, Bits<4>>,
    low: Signal<Local, Word<512>>,
    hart: Signal<Local, Bits<16>>,
    relative: Signal<Local, Bits<16>>,
    hit: Signal<Local, Bit>,
}

impl Default for RequestPort {
    fn default() -> Self {
        Self {
            clock: Signal::default(),
            reset: Signal::default(),
            first_hart: Signal::default(),
            harts: Signal::default(),
            start: Signal::default(),
            start_hart: Signal::default(),
            request_valid: Signal::default(),
            request_ready: Signal::default(),
            request_hart: Signal::default(),
            request_kind: Signal::default(),
            request_key: Signal::default(),
            request_address: Signal::default(),
            request_tag: Signal::default(),
            request_sequence: Signal::default(),
            entry_valid: Signal::default(),
            entry_ready: Signal::default(),
            entry: Signal::default(),
            any_answer: Signal::default(),
            any_hart: Signal::default(),
            any_sequence: Signal::default(),
            answer_valid: Signal::default(),
            answer_hart: Signal::default(),
            waiting: DFF::default(),
            sequences: from_fn(|_| DFF::default()),
            waits: Signal::default(),
            low: Signal::default(),
            hart: Signal::default(),
            relative: Signal::default(),
            hit: Signal::default(),
        }
    }
}

impl Logic for RequestPort {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module request_port");
        dff_setup!(self, clock, waiting);
        // The ring entry.
        self.hart.next = self.first_hart.val() + bit_cast::<16, 2>(self.request_hart.val());
        self.low.next = bit_cast_word::<512, 256>(self.request_key.val())
            | (bit_cast_word::<512, 160>(self.request_address.val()) << 256);
        self.entry.next = self.low.val()
            | (bit_cast_from_bits::<512, 32>(self.request_tag.val()) << 416)
            | (bit_cast_from_bits::<512, 16>(self.hart.val()) << 448)
            | (bit_cast_from_bits::<512, 8>(self.request_kind.val()) << 464)
            | (bit_cast_from_bits::<512, 8>(self.request_sequence.val()) << 472);
        self.entry_valid.next = self.request_valid.val();
        self.request_ready.next = self.entry_ready.val();
        // Who waits for what.
        self.relative.next = self.any_hart.val() - self.first_hart.val();
        self.answer_hart.next = self.relative.val().get_bits::<2>(0);
        self.hit.next = false;
        self.waits.next = self.waiting.q.val();
        for i in 0..4 {
            self.sequences[i].clock.next = self.clock.val();
            self.sequences[i].d.next = self.sequences[i].q.val();
            if self.any_answer.val()
                & (self.relative.val() < self.harts.val())
                & (self.relative.val().get_bits::<2>(0) == i.to_bits::<2>())
                & self.waiting.q.val().get_bit(i)
                & (self.sequences[i].q.val() == self.any_sequence.val())
            {
                self.hit.next = true;
                self.waits.next = self.waits.val().replace_bit(i, false);
            }
            if self.request_valid.val()
                & self.entry_ready.val()
                & (self.request_hart.val() == i.to_bits::<2>())
            {
                self.waits.next = self.waits.val().replace_bit(i, true);
                self.sequences[i].d.next = self.request_sequence.val();
            }
            if self.start.val() & (self.start_hart.val() == i.to_bits::<2>()) {
                self.waits.next = self.waits.val().replace_bit(i, false);
            }
        }
        self.waiting.d.next = self.waits.val();
        self.answer_valid.next = self.hit.val();
        if self.reset.val() {
            self.waiting.d.next = 0.into();
        }
    }
}
