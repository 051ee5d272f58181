//! What the frames of every hart give back when they fail: changed entries, refund, static flag.
//!
//! A frame below the first saves an entry before it changes it. `push` marks journal and refund;
//! `pop` drops the marks, with `pop_refund` the refund is as it was marked. Before that the unit takes
//! saved entries back, newest first: while `is_at_mark` is low, `back` for one cycle; the entry is shown in
//! that cycle.
//!
//! What is shown of `hart` follows it in the same cycle, but `is_at_mark`, `was_static` and the saved
//! entry, which need the hart for a cycle before, and `is_full`, for which the same holds after a `save`.
//! No reset: `clear` makes a hart's journal empty, its depth and refund zero.

use gasworks_verilog::comment;
use gasworks_verilog::leaf::LutRam;
use gasworks_verilog::word::{Word, bit_cast_from_bits, bit_cast_to_bits, bit_cast_word};
use rust_hdl::prelude::*;

use super::ram::TableRam;

/// Journal, marks and refund of every hart.
#[derive(LogicBlock, Default)]
pub struct Journal {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Entries of a hart's journal.
    pub capacity: Signal<In, Word<13>>,
    /// Hart that is served.
    pub hart: Signal<In, Bits<2>>,
    /// Everything of the hart as at the start of a transaction.
    pub clear: Signal<In, Bit>,
    /// An entry is saved.
    pub save: Signal<In, Bit>,
    /// Its number.
    pub index: Signal<In, Word<9>>,
    /// Its slot, kind and marks.
    pub meta: Signal<In, Word<25>>,
    /// Its value.
    pub value: Signal<In, Word<256>>,
    /// The newest saved entry is taken back.
    pub back: Signal<In, Bit>,
    /// A frame begins.
    pub push: Signal<In, Bit>,
    /// It is static.
    pub push_static: Signal<In, Bit>,
    /// A frame ends.
    pub pop: Signal<In, Bit>,
    /// Its refund does not count.
    pub pop_refund: Signal<In, Bit>,
    /// The refund changes by the next two.
    pub refund_add: Signal<In, Bit>,
    /// Two's complement.
    pub clears: Signal<In, Word<16>>,
    /// Not negative.
    pub restores: Signal<In, Word<16>>,
    /// The frame is not the first of its hart.
    pub in_frame: Signal<Out, Bit>,
    /// The journal takes no more.
    pub is_full: Signal<Out, Bit>,
    /// Nothing was saved since the mark.
    pub is_at_mark: Signal<Out, Bit>,
    /// Number of the newest saved entry.
    pub saved_index: Signal<Out, Word<9>>,
    /// Its slot, kind and marks.
    pub saved_meta: Signal<Out, Word<25>>,
    /// Its value.
    pub saved_value: Signal<Out, Word<256>>,
    /// One bit per hart: its frame is static.
    pub is_static: Signal<Out, Bits<4>>,
    /// Refund of the hart, two's complement.
    pub refund: Signal<Out, Word<64>>,
    statics: DFF<Word<4>>,
    full: DFF<Bit>,
    depths: LutRam<Word<5>, 2>,
    heads: LutRam<Word<13>, 2>,
    refunds: LutRam<Word<64>, 2>,
    // Refund, head [76:64], static flag of the caller. Address: hart in [1:0], depth above.
    marks: TableRam<Word<78>, 7>,
    // Value, meta [280:256], number of the entry. Address: hart in [1:0], position above.
    saved: TableRam<Word<290>, 14>,
    head: Signal<Local, Word<13>>,
    newest: Signal<Local, Word<13>>,
    depth: Signal<Local, Word<5>>,
    outer: Signal<Local, Word<5>>,
    refund_sum: Signal<Local, Word<64>>,
    clears_wide: Signal<Local, Word<64>>,
    own_static: Signal<Local, Bit>,
    static_mark: Signal<Local, Word<1>>,
}

impl Journal {
    /// A journal of `2^journal_log2` entries per hart, whose harts have `2^frames_log2` frames.
    #[must_use]
    pub fn new(journal_log2: u32, frames_log2: u32) -> Self {
        Self {
            marks: TableRam::new(frames_log2 + 2),
            saved: TableRam::new(journal_log2 + 2),
            ..Self::default()
        }
    }
}

impl Logic for Journal {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module state_journal");
        dff_setup!(self, clock, statics, full);
        clock!(self, clock, depths, heads, refunds, marks, saved);
        self.depths.read_address.next = self.hart.val();
        self.heads.read_address.next = self.hart.val();
        self.refunds.read_address.next = self.hart.val();
        self.depth.next = self.depths.read_data.val();
        self.head.next = self.heads.read_data.val();
        self.newest.next = self.head.val() - 1;
        self.outer.next = self.depth.val() - 1;
        self.in_frame.next = self.depth.val().any();
        self.full.d.next = self.head.val() == self.capacity.val();
        self.is_full.next = self.full.q.val();
        self.own_static.next = self.statics.q.val().get_bit(self.hart.val().index());
        self.is_static.next = self.statics.q.val().into();

        self.depths.write_enable.next = self.push.val() || self.pop.val() || self.clear.val();
        self.depths.write_address.next = self.hart.val();
        self.depths.write_data.next = self.depth.val() + 1;
        if self.pop.val() {
            self.depths.write_data.next = self.outer.val();
        }
        if self.clear.val() {
            self.depths.write_data.next = 0.into();
        }

        self.heads.write_enable.next = self.save.val() || self.back.val() || self.clear.val();
        self.heads.write_address.next = self.hart.val();
        self.heads.write_data.next = self.head.val() + 1;
        if self.back.val() {
            self.heads.write_data.next = self.newest.val();
        }
        if self.clear.val() {
            self.heads.write_data.next = 0.into();
        }
        self.saved.write_enable.next = self.save.val();
        self.saved.write_address.next = bit_cast_to_bits::<14, 14>(
            (bit_cast_word::<14, 13>(self.head.val()) << 2)
                | bit_cast_from_bits::<14, 2>(self.hart.val()),
        );
        self.saved.write_data.next = bit_cast_word::<290, 256>(self.value.val())
            | (bit_cast_word::<290, 25>(self.meta.val()) << 256)
            | (bit_cast_word::<290, 9>(self.index.val()) << 281);
        self.saved.read_address.next = bit_cast_to_bits::<14, 14>(
            (bit_cast_word::<14, 13>(self.newest.val()) << 2)
                | bit_cast_from_bits::<14, 2>(self.hart.val()),
        );
        self.saved_value.next = self.saved.read_data.val().get_bits::<256>(0);
        self.saved_meta.next = self.saved.read_data.val().get_bits::<25>(256);
        self.saved_index.next = self.saved.read_data.val().get_bits::<9>(281);

        self.marks.write_enable.next = self.push.val();
        self.marks.write_address.next = bit_cast_to_bits::<7, 7>(
            (bit_cast_word::<7, 5>(self.depth.val()) << 2)
                | bit_cast_from_bits::<7, 2>(self.hart.val()),
        );
        self.static_mark.next = 0.into();
        if self.own_static.val() {
            self.static_mark.next = 1.into();
        }
        self.marks.write_data.next = bit_cast_word::<78, 64>(self.refunds.read_data.val())
            | (bit_cast_word::<78, 13>(self.head.val()) << 64)
            | (bit_cast_word::<78, 1>(self.static_mark.val()) << 77);
        self.marks.read_address.next = bit_cast_to_bits::<7, 7>(
            (bit_cast_word::<7, 5>(self.outer.val()) << 2)
                | bit_cast_from_bits::<7, 2>(self.hart.val()),
        );
        self.is_at_mark.next = self.marks.read_data.val().get_bits::<13>(64) == self.head.val();
        if self.push.val() {
            self.statics.d.next = self
                .statics
                .q
                .val()
                .replace_bit(self.hart.val().index(), self.push_static.val());
        }
        if self.pop.val() {
            self.statics.d.next = self.statics.q.val().replace_bit(
                self.hart.val().index(),
                self.marks.read_data.val().get_bit(77),
            );
        }
        if self.clear.val() {
            self.statics.d.next = self
                .statics
                .q
                .val()
                .replace_bit(self.hart.val().index(), false);
        }

        self.clears_wide.next = bit_cast_word::<64, 16>(self.clears.val());
        if self.clears.val().get_bit(15) {
            self.clears_wide.next = !bit_cast_word::<64, 16>(!self.clears.val());
        }
        self.refund_sum.next = self.refunds.read_data.val()
            + self.clears_wide.val()
            + bit_cast_word::<64, 16>(self.restores.val());
        self.refund.next = self.refunds.read_data.val();
        self.refunds.write_enable.next =
            self.refund_add.val() || self.pop_refund.val() || self.clear.val();
        self.refunds.write_address.next = self.hart.val();
        self.refunds.write_data.next = self.refund_sum.val();
        if self.pop_refund.val() {
            self.refunds.write_data.next = self.marks.read_data.val().get_bits::<64>(0);
        }
        if self.clear.val() {
            self.refunds.write_data.next = 0.into();
        }
    }
}
