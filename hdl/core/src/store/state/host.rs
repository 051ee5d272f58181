//! The harts' side of the host interface: who waits, whose answer is there, and what it says.
//!
//! The answer of a hart stays until something else needs its place: the second beat of a seed, the
//! address of a task, or the next answer. So `take_seed` and `take_task` must not come in a cycle with
//! `answer_valid`. An answer for a hart that does not wait is dropped.
//!
//! What is shown of `hart` follows it in the same cycle; an answer is shown from the cycle after it.
//! `reset` forgets who waits.

use gasworks_verilog::comment;
use gasworks_verilog::leaf::LutRam;
use gasworks_verilog::word::{Word, bit_cast_from_bits, bit_cast_to_bits, bit_cast_word};
use rust_hdl::prelude::*;

/// Answers of the host, one per hart.
#[derive(LogicBlock, Default)]
pub struct HostPort {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Signal<In, Bit>,
    /// An answer.
    pub answer_valid: Signal<In, Bit>,
    /// Hart that asked.
    pub answer_hart: Signal<In, Bits<2>>,
    /// Value.
    pub answer_value: Signal<In, Word<256>>,
    /// Host address of code or output.
    pub answer_code_iova: Signal<In, Word<64>>,
    /// Its bytes.
    pub answer_code_len: Signal<In, Bits<32>>,
    /// Handle of a program.
    pub answer_program: Signal<In, Bits<32>>,
    /// Effects of the transaction so far.
    pub answer_effects: Signal<In, Bits<16>>,
    /// Flags of `Answer`.
    pub answer_flags: Signal<In, Bits<8>>,
    /// The second beat of a seed takes the place of the answer.
    pub take_seed: Signal<In, Bit>,
    /// Of this hart.
    pub load_hart: Signal<In, Bits<2>>,
    /// The beat.
    pub load_data: Signal<In, Word<512>>,
    /// The address of a task takes it.
    pub take_task: Signal<In, Bit>,
    /// Of this hart.
    pub task_hart: Signal<In, Bits<2>>,
    /// The address.
    pub task_address: Signal<In, Word<160>>,
    /// Hart that is served.
    pub hart: Signal<In, Bits<2>>,
    /// Its request was taken by the host.
    pub asked: Signal<In, Bit>,
    /// Hart `first_answer` goes on.
    pub resume: Signal<In, Bit>,
    /// The hart has no effects; must last a few cycles.
    pub clear: Signal<In, Bit>,
    /// A hart can go on.
    pub any_answer: Signal<Out, Bit>,
    /// The lowest such.
    pub first_answer: Signal<Out, Bits<2>>,
    /// One bit per hart: it waits for the host.
    pub waiting: Signal<Out, Bits<4>>,
    /// Value of the hart's answer, or original value of its seed.
    pub value: Signal<Out, Word<256>>,
    /// Host address of code or output.
    pub code_iova: Signal<Out, Word<64>>,
    /// Its bytes.
    pub code_len: Signal<Out, Word<32>>,
    /// Handle of a program.
    pub program: Signal<Out, Word<32>>,
    /// Address of a seed or task.
    pub address: Signal<Out, Word<160>>,
    /// Flags of `Answer`; of a seed bit 0.
    pub flags: Signal<Out, Word<8>>,
    /// Effects, by the latest answer.
    pub effects: Signal<Out, Word<16>>,
    /// Sequence number of its next request.
    pub sequence: Signal<Out, Bits<8>>,
    is_waiting: DFF<Word<4>>,
    is_answered: DFF<Word<4>>,
    // Value [255:0], host address [319:256], bytes [351:320], program [383:352]; flags [423:416].
    // Of a seed or a task its account in [415:256].
    answers: LutRam<Word<424>, 2>,
    counts: LutRam<Word<16>, 2>,
    sequences: LutRam<Word<8>, 2>,
    waiting_next: Signal<Local, Word<4>>,
    answered_next: Signal<Local, Word<4>>,
    first: Signal<Local, Bits<2>>,
    accepts: Signal<Local, Bit>,
    place: Signal<Local, Word<160>>,
}

impl Logic for HostPort {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module state_host");
        dff_setup!(self, clock, is_waiting, is_answered);
        clock!(self, clock, answers, counts, sequences);

        self.any_answer.next = self.is_answered.q.val().any();
        self.first.next = 3.into();
        if self.is_answered.q.val().get_bit(2) {
            self.first.next = 2.into();
        }
        if self.is_answered.q.val().get_bit(1) {
            self.first.next = 1.into();
        }
        if self.is_answered.q.val().get_bit(0) {
            self.first.next = 0.into();
        }
        self.first_answer.next = self.first.val();
        self.waiting.next = self.is_waiting.q.val().into();

        self.waiting_next.next = self.is_waiting.q.val();
        self.answered_next.next = self.is_answered.q.val();
        if self.asked.val() {
            self.waiting_next.next = self
                .is_waiting
                .q
                .val()
                .replace_bit(self.hart.val().index(), true);
        }
        if self.resume.val() {
            self.answered_next.next = self
                .is_answered
                .q
                .val()
                .replace_bit(self.first.val().index(), false);
        }
        self.accepts.next = self.answer_valid.val()
            && self
                .is_waiting
                .q
                .val()
                .get_bit(self.answer_hart.val().index());
        if self.accepts.val() {
            self.waiting_next.next = self
                .waiting_next
                .val()
                .replace_bit(self.answer_hart.val().index(), false);
            self.answered_next.next = self
                .answered_next
                .val()
                .replace_bit(self.answer_hart.val().index(), true);
        }
        self.is_waiting.d.next = self.waiting_next.val();
        self.is_answered.d.next = self.answered_next.val();
        if self.reset.val() {
            self.is_waiting.d.next = 0.into();
            self.is_answered.d.next = 0.into();
        }

        self.answers.write_enable.next =
            self.accepts.val() || self.take_seed.val() || self.take_task.val();
        self.answers.write_address.next = self.load_hart.val();
        self.place.next = self.load_data.val().get_bits::<160>(256);
        if self.take_task.val() {
            self.answers.write_address.next = self.task_hart.val();
            self.place.next = self.task_address.val();
        }
        self.answers.write_data.next =
            bit_cast_word::<424, 256>(self.load_data.val().get_bits::<256>(0))
                | (bit_cast_word::<424, 160>(self.place.val()) << 256)
                | (bit_cast_word::<424, 8>(self.load_data.val().get_bits::<8>(416)) << 416);
        if self.answer_valid.val() {
            self.answers.write_address.next = self.answer_hart.val();
            self.answers.write_data.next = bit_cast_word::<424, 256>(self.answer_value.val())
                | (bit_cast_word::<424, 64>(self.answer_code_iova.val()) << 256)
                | (bit_cast_from_bits::<424, 32>(self.answer_code_len.val()) << 320)
                | (bit_cast_from_bits::<424, 32>(self.answer_program.val()) << 352)
                | (bit_cast_from_bits::<424, 8>(self.answer_flags.val()) << 416);
        }
        self.answers.read_address.next = self.hart.val();
        self.value.next = self.answers.read_data.val().get_bits::<256>(0);
        self.code_iova.next = self.answers.read_data.val().get_bits::<64>(256);
        self.code_len.next = self.answers.read_data.val().get_bits::<32>(320);
        self.program.next = self.answers.read_data.val().get_bits::<32>(352);
        self.address.next = self.answers.read_data.val().get_bits::<160>(256);
        self.flags.next = self.answers.read_data.val().get_bits::<8>(416);

        // An answer comes before `clear`, which lasts longer than all answers that may arrive.
        self.counts.write_enable.next = self.accepts.val() || self.clear.val();
        self.counts.write_address.next = self.hart.val();
        self.counts.write_data.next = 0.into();
        if self.accepts.val() {
            self.counts.write_address.next = self.answer_hart.val();
            self.counts.write_data.next = self.answer_effects.val().into();
        }
        self.counts.read_address.next = self.hart.val();
        self.effects.next = self.counts.read_data.val();

        self.sequences.write_enable.next = self.asked.val();
        self.sequences.write_address.next = self.hart.val();
        self.sequences.write_data.next = self.sequences.read_data.val() + 1;
        self.sequences.read_address.next = self.hart.val();
        self.sequence.next = bit_cast_to_bits::<8, 8>(self.sequences.read_data.val());
    }
}
