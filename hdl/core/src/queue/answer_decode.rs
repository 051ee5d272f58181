//! Takes an answer entry apart.
//!
//! One cycle from the entry on the data bus to the answer at the lanes; one per cycle. An entry
//! that came with a bus error is dropped (the read master reports the fault).

use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_to_bits};
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock, Default)]
pub struct AnswerDecode {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// An entry comes.
    pub entry_valid: Signal<In, Bit>,
    /// With a bus error.
    pub entry_error: Signal<In, Bit>,
    /// The entry.
    pub entry: Signal<In, Word<512>>,
    /// An answer is there, one cycle.
    pub answer_valid: Signal<Out, Bit>,
    /// Number of the hart on the card.
    pub answer_hart: Signal<Out, Bits<16>>,
    /// Value.
    pub answer_value: Signal<Out, Word<256>>,
    /// Address of code or output.
    pub answer_code_iova: Signal<Out, Bits<64>>,
    /// Its length.
    pub answer_code_len: Signal<Out, Bits<32>>,
    /// Flags.
    pub answer_flags: Signal<Out, Bits<8>>,
    /// Effects of the transaction so far.
    pub answer_effects: Signal<Out, Bits<16>>,
    /// Handle of a program.
    pub answer_program: Signal<Out, Bits<32>>,
    /// Sequence number of the request.
    pub answer_sequence: Signal<Out, Bits<8>>,
    valid: DFF<Bit>,
    held: DFF<Word<512>>,
}

impl Logic for AnswerDecode {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module answer_decode");
        dff_setup!(self, clock, valid, held);
        self.valid.d.next = self.entry_valid.val() & !self.entry_error.val() & !self.reset.val();
        self.held.d.next = self.entry.val();
        self.answer_valid.next = self.valid.q.val();
        self.answer_value.next = self.held.q.val().get_bits::<256>(0);
        self.answer_code_iova.next =
            bit_cast_to_bits::<64, 64>(self.held.q.val().get_bits::<64>(256));
        self.answer_code_len.next =
            bit_cast_to_bits::<32, 32>(self.held.q.val().get_bits::<32>(320));
        self.answer_hart.next = bit_cast_to_bits::<16, 16>(self.held.q.val().get_bits::<16>(384));
        self.answer_sequence.next = bit_cast_to_bits::<8, 8>(self.held.q.val().get_bits::<8>(408));
        self.answer_flags.next = bit_cast_to_bits::<8, 8>(self.held.q.val().get_bits::<8>(416));
        self.answer_effects.next =
            bit_cast_to_bits::<16, 16>(self.held.q.val().get_bits::<16>(432));
        self.answer_program.next =
            bit_cast_to_bits::<32, 32>(self.held.q.val().get_bits::<32>(448));
    }
}
