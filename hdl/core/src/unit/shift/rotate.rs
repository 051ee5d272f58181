//! Rotates a word to the right and keeps the bits below or above a position.
//!
//! Every shift, `BYTE`, `SIGNEXTEND`, the normalisation of the divider and division by a power of
//! two are one rotation and one mask.
//! Latency 1 cycle, one word per cycle, no reset. Five of the eight levels of the rotation lie before
//! the register, so that a multiplexer fits behind `result`.
//! ```text
//! clock   _/‾\_/‾\_/‾\_
//! value   _/‾‾‾\_______   amount, count, keep_high and fill held with it
//! result  _____/‾‾‾\___
//! ```

use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;

/// Rotator with mask.
#[derive(LogicBlock, Default)]
pub struct Rotate {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Word to rotate.
    pub value: Signal<In, Word<256>>,
    /// Bits to rotate to the right.
    pub amount: Signal<In, Word<8>>,
    /// Bits that are kept, from bit 0 on; 0 to 256.
    pub count: Signal<In, Word<9>>,
    /// Keeps the other bits instead.
    pub keep_high: Signal<In, Bit>,
    /// What the bits that are not kept become.
    pub fill: Signal<In, Bit>,
    /// In the next cycle.
    pub result: Signal<Out, Word<256>>,
    coarse: DFF<Word<256>>,
    rest: DFF<Word<3>>,
    below: DFF<Word<16>>,
    within: DFF<Word<16>>,
    keeps_high: DFF<Bit>,
    fills: DFF<Bit>,
    by128: Signal<Local, Word<256>>,
    by64: Signal<Local, Word<256>>,
    by32: Signal<Local, Word<256>>,
    by16: Signal<Local, Word<256>>,
    by8: Signal<Local, Word<256>>,
    by4: Signal<Local, Word<256>>,
    by2: Signal<Local, Word<256>>,
    by1: Signal<Local, Word<256>>,
    /// Bit `g`: group `g` of 16 bits lies below `count`.
    groups_below: Signal<Local, Word<16>>,
    /// Bits below `count` in its own group.
    bits_below: Signal<Local, Word<16>>,
    part: [Signal<Local, Word<16>>; 16],
    mask: Signal<Local, Word<256>>,
    kept: Signal<Local, Word<256>>,
}

impl Logic for Rotate {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module rotate");
        dff_setup!(self, clock, coarse, rest, below, within, keeps_high, fills);
        self.by128.next = self.value.val();
        if self.amount.val().get_bit(7) {
            self.by128.next = (self.value.val() >> 128) | (self.value.val() << 128);
        }
        self.by64.next = self.by128.val();
        if self.amount.val().get_bit(6) {
            self.by64.next = (self.by128.val() >> 64) | (self.by128.val() << 192);
        }
        self.by32.next = self.by64.val();
        if self.amount.val().get_bit(5) {
            self.by32.next = (self.by64.val() >> 32) | (self.by64.val() << 224);
        }
        self.by16.next = self.by32.val();
        if self.amount.val().get_bit(4) {
            self.by16.next = (self.by32.val() >> 16) | (self.by32.val() << 240);
        }
        self.by8.next = self.by16.val();
        if self.amount.val().get_bit(3) {
            self.by8.next = (self.by16.val() >> 8) | (self.by16.val() << 248);
        }
        self.coarse.d.next = self.by8.val();
        self.rest.d.next = self.amount.val().get_bits::<3>(0);

        self.by4.next = self.coarse.q.val();
        if self.rest.q.val().get_bit(2) {
            self.by4.next = (self.coarse.q.val() >> 4) | (self.coarse.q.val() << 252);
        }
        self.by2.next = self.by4.val();
        if self.rest.q.val().get_bit(1) {
            self.by2.next = (self.by4.val() >> 2) | (self.by4.val() << 254);
        }
        self.by1.next = self.by2.val();
        if self.rest.q.val().get_bit(0) {
            self.by1.next = (self.by2.val() >> 1) | (self.by2.val() << 255);
        }

        match self.count.val().get_bits::<5>(4).index() {
            0 => self.groups_below.next = 0x0.into(),
            1 => self.groups_below.next = 0x1.into(),
            2 => self.groups_below.next = 0x3.into(),
            3 => self.groups_below.next = 0x7.into(),
            4 => self.groups_below.next = 0xf.into(),
            5 => self.groups_below.next = 0x1f.into(),
            6 => self.groups_below.next = 0x3f.into(),
            7 => self.groups_below.next = 0x7f.into(),
            8 => self.groups_below.next = 0xff.into(),
            9 => self.groups_below.next = 0x1ff.into(),
            10 => self.groups_below.next = 0x3ff.into(),
            11 => self.groups_below.next = 0x7ff.into(),
            12 => self.groups_below.next = 0xfff.into(),
            13 => self.groups_below.next = 0x1fff.into(),
            14 => self.groups_below.next = 0x3fff.into(),
            15 => self.groups_below.next = 0x7fff.into(),
            _ => self.groups_below.next = 0xffff.into(),
        }
        match self.count.val().get_bits::<4>(0).index() {
            0 => self.bits_below.next = 0x0.into(),
            1 => self.bits_below.next = 0x1.into(),
            2 => self.bits_below.next = 0x3.into(),
            3 => self.bits_below.next = 0x7.into(),
            4 => self.bits_below.next = 0xf.into(),
            5 => self.bits_below.next = 0x1f.into(),
            6 => self.bits_below.next = 0x3f.into(),
            7 => self.bits_below.next = 0x7f.into(),
            8 => self.bits_below.next = 0xff.into(),
            9 => self.bits_below.next = 0x1ff.into(),
            10 => self.bits_below.next = 0x3ff.into(),
            11 => self.bits_below.next = 0x7ff.into(),
            12 => self.bits_below.next = 0xfff.into(),
            13 => self.bits_below.next = 0x1fff.into(),
            14 => self.bits_below.next = 0x3fff.into(),
            _ => self.bits_below.next = 0x7fff.into(),
        }
        self.below.d.next = self.groups_below.val();
        self.within.d.next = self.bits_below.val();
        self.keeps_high.d.next = self.keep_high.val();
        self.fills.d.next = self.fill.val();
        self.part[0].next = self.within.q.val();
        if self.below.q.val().get_bit(0) {
            self.part[0].next = 0xffff.into();
        }
        for g in 0..15 {
            self.part[g + 1].next = 0.into();
            if self.below.q.val().get_bit(g + 1) {
                self.part[g + 1].next = 0xffff.into();
            } else if self.below.q.val().get_bit(g) {
                self.part[g + 1].next = self.within.q.val();
            }
        }
        self.mask.next = bit_cast_word::<256, 16>(self.part[0].val())
            | (bit_cast_word::<256, 16>(self.part[1].val()) << 16)
            | (bit_cast_word::<256, 16>(self.part[2].val()) << 32)
            | (bit_cast_word::<256, 16>(self.part[3].val()) << 48)
            | (bit_cast_word::<256, 16>(self.part[4].val()) << 64)
            | (bit_cast_word::<256, 16>(self.part[5].val()) << 80)
            | (bit_cast_word::<256, 16>(self.part[6].val()) << 96)
            | (bit_cast_word::<256, 16>(self.part[7].val()) << 112)
            | (bit_cast_word::<256, 16>(self.part[8].val()) << 128)
            | (bit_cast_word::<256, 16>(self.part[9].val()) << 144)
            | (bit_cast_word::<256, 16>(self.part[10].val()) << 160)
            | (bit_cast_word::<256, 16>(self.part[11].val()) << 176)
            | (bit_cast_word::<256, 16>(self.part[12].val()) << 192)
            | (bit_cast_word::<256, 16>(self.part[13].val()) << 208)
            | (bit_cast_word::<256, 16>(self.part[14].val()) << 224)
            | (bit_cast_word::<256, 16>(self.part[15].val()) << 240);
        self.kept.next = self.mask.val();
        if self.keeps_high.q.val() {
            self.kept.next = !self.mask.val();
        }
        self.result.next = self.by1.val() & self.kept.val();
        if self.fills.q.val() {
            self.result.next = self.by1.val() | !self.kept.val();
        }
    }
}
