//! Length of a word in bits: the position of its top bit, plus one; and whether it is the only one.
//!
//! Serves `CLZ` (EIP-7939), the normalisation of the divider, the gas of `EXP` and the shortcut of
//! divisions by a power of two.
//! Latency 2 cycles, one word per cycle, no reset.
//! ```text
//! clock   _/‾\_/‾\_/‾\_
//! value   _/‾‾‾\_______
//! length  _________/‾‾‾   power_of_two with it
//! ```

use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;

/// Bit length.
#[derive(LogicBlock, Default)]
pub struct BitLength {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The word.
    pub value: Signal<In, Word<256>>,
    /// Its length, 0 to 256; 0 for zero.
    pub length: Signal<Out, Word<9>>,
    /// Position of its top bit, 0 to 255; 0 for zero.
    pub top: Signal<Out, Word<8>>,
    /// It is zero.
    pub is_zero: Signal<Out, Bit>,
    /// Exactly one bit is set.
    pub power_of_two: Signal<Out, Bit>,
    /// Highest limb that is not zero, and which it is.
    limb: DFF<Word<64>>,
    limb_index: DFF<Word<2>>,
    /// Bit per group of 16: has a bit set; has more than one.
    some: DFF<Word<16>>,
    many: DFF<Word<16>>,
    /// Highest group of 16 that is not zero.
    group: DFF<Word<16>>,
    group_index: DFF<Word<4>>,
    single: DFF<Bit>,
    pieces: [Signal<Local, Word<16>>; 16],
    less: [Signal<Local, Word<16>>; 16],
    some_bits: Signal<Local, Word<16>>,
    many_bits: Signal<Local, Word<16>>,
    some_piece: [Signal<Local, Bit>; 16],
    many_piece: [Signal<Local, Bit>; 16],
    some_less: Signal<Local, Word<16>>,
    nibble: Signal<Local, Word<4>>,
    nibble_index: Signal<Local, Word<2>>,
    bit_index: Signal<Local, Word<2>>,
    top_bit: Signal<Local, Word<8>>,
}

impl Logic for BitLength {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module bit_length");
        dff_setup!(
            self,
            clock,
            limb,
            limb_index,
            some,
            many,
            group,
            group_index,
            single
        );
        self.limb.d.next = self.value.val().get_bits::<64>(0);
        self.limb_index.d.next = 0.into();
        if self.value.val().get_bits::<64>(192).any() {
            self.limb.d.next = self.value.val().get_bits::<64>(192);
            self.limb_index.d.next = 3.into();
        } else if self.value.val().get_bits::<64>(128).any() {
            self.limb.d.next = self.value.val().get_bits::<64>(128);
            self.limb_index.d.next = 2.into();
        } else if self.value.val().get_bits::<64>(64).any() {
            self.limb.d.next = self.value.val().get_bits::<64>(64);
            self.limb_index.d.next = 1.into();
        }
        for i in 0..16 {
            self.pieces[i].next = self.value.val().get_bits::<16>(i * 16);
            self.less[i].next = self.pieces[i].val() - 1;
            self.some_piece[i].next = self.pieces[i].val().any();
            self.many_piece[i].next = (self.pieces[i].val() & self.less[i].val()).any();
        }
        self.some_bits.next = 0.into();
        self.many_bits.next = 0.into();
        for i in 0..16 {
            if self.some_piece[i].val() {
                self.some_bits.next = self.some_bits.val().replace_bit(i, true);
            }
            if self.many_piece[i].val() {
                self.many_bits.next = self.many_bits.val().replace_bit(i, true);
            }
        }
        self.some.d.next = self.some_bits.val();
        self.many.d.next = self.many_bits.val();

        self.group.d.next = self.limb.q.val().get_bits::<16>(0);
        self.group_index.d.next = bit_cast_word::<4, 2>(self.limb_index.q.val()) << 2;
        if self.limb.q.val().get_bits::<16>(48).any() {
            self.group.d.next = self.limb.q.val().get_bits::<16>(48);
            self.group_index.d.next = (bit_cast_word::<4, 2>(self.limb_index.q.val()) << 2) | 3;
        } else if self.limb.q.val().get_bits::<16>(32).any() {
            self.group.d.next = self.limb.q.val().get_bits::<16>(32);
            self.group_index.d.next = (bit_cast_word::<4, 2>(self.limb_index.q.val()) << 2) | 2;
        } else if self.limb.q.val().get_bits::<16>(16).any() {
            self.group.d.next = self.limb.q.val().get_bits::<16>(16);
            self.group_index.d.next = (bit_cast_word::<4, 2>(self.limb_index.q.val()) << 2) | 1;
        }
        self.some_less.next = self.some.q.val() - 1;
        self.single.d.next = self.some.q.val().any()
            && !(self.some.q.val() & self.some_less.val()).any()
            && !self.many.q.val().any();

        self.nibble.next = self.group.q.val().get_bits::<4>(0);
        self.nibble_index.next = 0.into();
        if self.group.q.val().get_bits::<4>(12).any() {
            self.nibble.next = self.group.q.val().get_bits::<4>(12);
            self.nibble_index.next = 3.into();
        } else if self.group.q.val().get_bits::<4>(8).any() {
            self.nibble.next = self.group.q.val().get_bits::<4>(8);
            self.nibble_index.next = 2.into();
        } else if self.group.q.val().get_bits::<4>(4).any() {
            self.nibble.next = self.group.q.val().get_bits::<4>(4);
            self.nibble_index.next = 1.into();
        }
        self.bit_index.next = 0.into();
        if self.nibble.val().get_bit(3) {
            self.bit_index.next = 3.into();
        } else if self.nibble.val().get_bit(2) {
            self.bit_index.next = 2.into();
        } else if self.nibble.val().get_bit(1) {
            self.bit_index.next = 1.into();
        }
        self.top_bit.next = (bit_cast_word::<8, 4>(self.group_index.q.val()) << 4)
            | (bit_cast_word::<8, 2>(self.nibble_index.val()) << 2)
            | bit_cast_word::<8, 2>(self.bit_index.val());
        self.top.next = self.top_bit.val();
        self.is_zero.next = !self.nibble.val().any();
        self.length.next = 0.into();
        if self.nibble.val().any() {
            self.length.next = bit_cast_word::<9, 8>(self.top_bit.val()) + 1;
        }
        self.power_of_two.next = self.single.q.val();
    }
}
