//! Multiplies two words, one 64x64 product per cycle, skipping limbs that are zero.
//!
//! Spec: Yellow Paper H.2 `0x02 MUL`; with `wide` all 512 bits, for `MULMOD`.
//! Product scanning: column k of the result is the sum of the products of limbs i and j with
//! i + j = k. A product is 16 tiles of 16x16 bits; two partial sums per product enter the columns
//! k and k + 1 without being resolved to one number, so no carry chain is longer than 96 bits.
//!
//! Latency from `start` to `done`: 3 cycles, one per product of limbs that may be non-zero, and one
//! more if the last column that has products is below the top of the result. With n by m limbs
//! (leading zeros dropped): 1x1: 5, 2x2: 8, 4x4: 13 (narrow), 20 (wide). A zero operand counts as
//! one limb. `start` while busy begins anew. `product` holds until the next start. No reset needed
//! besides `running` powering up low.
//! ```text
//! clock    _/‾\_/‾\_/‾\_/‾\_/‾\_/‾\_
//! start    _/‾‾‾\___________________   x, y, wide held with it
//! issue    _____<0,0><flush>________
//! done     _____________________/‾‾‾   one cycle; product from here on
//! ```

use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;

use super::tile::Product64;

/// Multiplier.
#[derive(LogicBlock, Default)]
pub struct Multiply {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Takes the operands.
    pub start: Signal<In, Bit>,
    /// All 512 bits are wanted.
    pub wide: Signal<In, Bit>,
    /// Multiplicand.
    pub x: Signal<In, Word<256>>,
    /// Multiplier.
    pub y: Signal<In, Word<256>>,
    /// `done` is high in the next cycle, unless `start` is now.
    pub ending: Signal<Out, Bit>,
    /// One cycle: the product is there.
    pub done: Signal<Out, Bit>,
    /// Bits `[255:0]`.
    pub low: Signal<Out, Word<256>>,
    /// Bits `[511:256]`; zero unless `wide`.
    pub high: Signal<Out, Word<256>>,
    x_word: DFF<Word<256>>,
    y_word: DFF<Word<256>>,
    /// Index of the highest limb that is not zero.
    x_top: DFF<Word<3>>,
    y_top: DFF<Word<3>>,
    is_wide: DFF<Bit>,
    // Issue: limb i of x times limb j of y.
    running: DFF<Bit>,
    i: DFF<Word<3>>,
    j: DFF<Word<3>>,
    column: DFF<Word<3>>,
    flush: DFF<Bit>,
    x_limb: Signal<Local, Word<64>>,
    y_limb: Signal<Local, Word<64>>,
    ends_column: Signal<Local, Bit>,
    next_column: Signal<Local, Word<4>>,
    last_column: Signal<Local, Word<4>>,
    finishes: Signal<Local, Bit>,
    tile: Product64,
    // The tags travel along: two stages inside the product, then the columns.
    valid1: DFF<Bit>,
    ends1: DFF<Bit>,
    finish1: DFF<Bit>,
    column1: DFF<Word<3>>,
    valid2: DFF<Bit>,
    ends2: DFF<Bit>,
    finish2: DFF<Bit>,
    column2: DFF<Word<3>>,
    here: DFF<Word<72>>,
    above: DFF<Word<72>>,
    carry: DFF<Word<8>>,
    here_sum: Signal<Local, Word<72>>,
    above_sum: Signal<Local, Word<72>>,
    limbs: [DFF<Word<64>>; 8],
    finished: DFF<Bit>,
}

impl Logic for Multiply {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module multiply");
        dff_setup!(
            self, clock, x_word, y_word, x_top, y_top, is_wide, running, i, j, column, flush,
            valid1, ends1, finish1, column1, valid2, ends2, finish2, column2, here, above, carry,
            finished
        );
        clock!(self, clock, tile);
        for k in 0..8 {
            self.limbs[k].clock.next = self.clock.val();
            self.limbs[k].d.next = self.limbs[k].q.val();
        }

        // Issue.
        self.x_limb.next = self.x_word.q.val().get_bits::<64>(0);
        match self.i.q.val().index() {
            0 => {}
            1 => self.x_limb.next = self.x_word.q.val().get_bits::<64>(64),
            2 => self.x_limb.next = self.x_word.q.val().get_bits::<64>(128),
            _ => self.x_limb.next = self.x_word.q.val().get_bits::<64>(192),
        }
        self.y_limb.next = self.y_word.q.val().get_bits::<64>(0);
        match self.j.q.val().index() {
            0 => {}
            1 => self.y_limb.next = self.y_word.q.val().get_bits::<64>(64),
            2 => self.y_limb.next = self.y_word.q.val().get_bits::<64>(128),
            _ => self.y_limb.next = self.y_word.q.val().get_bits::<64>(192),
        }
        if self.flush.q.val() {
            self.x_limb.next = 0.into();
        }
        self.tile.x.next = self.x_limb.val();
        self.tile.y.next = self.y_limb.val();

        self.ends_column.next =
            self.i.q.val() == self.x_top.q.val() || self.j.q.val() == 0 || self.flush.q.val();
        self.next_column.next = bit_cast_word::<4, 3>(self.column.q.val()) + 1;
        // The column above the last product, if the result has it.
        self.last_column.next = bit_cast_word::<4, 3>(self.x_top.q.val())
            + bit_cast_word::<4, 3>(self.y_top.q.val())
            + 1;
        if !self.is_wide.q.val() && self.last_column.val() > 3 {
            self.last_column.next = 3.into();
        }
        self.finishes.next = self.ends_column.val()
            && bit_cast_word::<4, 3>(self.column.q.val()) == self.last_column.val();

        self.valid1.d.next = self.running.q.val();
        self.ends1.d.next = self.ends_column.val();
        self.finish1.d.next = self.finishes.val();
        self.column1.d.next = self.column.q.val();
        if self.running.q.val() {
            if !self.ends_column.val() {
                self.i.d.next = self.i.q.val() + 1;
                self.j.d.next = self.j.q.val() - 1;
            } else {
                self.column.d.next = self.next_column.val().get_bits::<3>(0);
                // First product of the next column.
                if self.next_column.val() <= bit_cast_word::<4, 3>(self.y_top.q.val()) {
                    self.i.d.next = 0.into();
                    self.j.d.next = self.next_column.val().get_bits::<3>(0);
                } else {
                    self.i.d.next = self.next_column.val().get_bits::<3>(0) - self.y_top.q.val();
                    self.j.d.next = self.y_top.q.val();
                }
                self.flush.d.next = self.next_column.val()
                    > bit_cast_word::<4, 3>(self.x_top.q.val())
                        + bit_cast_word::<4, 3>(self.y_top.q.val());
                self.running.d.next = !self.finishes.val();
            }
        }

        // Columns.
        self.valid2.d.next = self.valid1.q.val();
        self.ends2.d.next = self.ends1.q.val();
        self.finish2.d.next = self.finish1.q.val();
        self.column2.d.next = self.column1.q.val();
        self.here_sum.next = self.here.q.val()
            + bit_cast_word::<72, 64>(self.tile.even.val().get_bits::<64>(0))
            + (bit_cast_word::<72, 32>(self.tile.odd.val().get_bits::<32>(0)) << 32)
            + bit_cast_word::<72, 8>(self.carry.q.val());
        self.above_sum.next = self.above.q.val()
            + bit_cast_word::<72, 32>(self.tile.even.val().get_bits::<32>(64))
            + bit_cast_word::<72, 64>(self.tile.odd.val().get_bits::<64>(32));
        self.finished.d.next = false;
        if self.valid2.q.val() {
            self.here.d.next = self.here_sum.val();
            self.above.d.next = self.above_sum.val();
            self.carry.d.next = 0.into();
            if self.ends2.q.val() {
                self.here.d.next = self.above_sum.val();
                self.above.d.next = 0.into();
                self.carry.d.next = self.here_sum.val().get_bits::<8>(64);
                for k in 0..8 {
                    if self.column2.q.val().index() == k {
                        self.limbs[k].d.next = self.here_sum.val().get_bits::<64>(0);
                    }
                }
                self.finished.d.next = self.finish2.q.val();
            }
        }

        if self.start.val() {
            self.x_word.d.next = self.x.val();
            self.y_word.d.next = self.y.val();
            self.is_wide.d.next = self.wide.val();
            self.x_top.d.next = 0.into();
            if self.x.val().get_bits::<64>(192).any() {
                self.x_top.d.next = 3.into();
            } else if self.x.val().get_bits::<64>(128).any() {
                self.x_top.d.next = 2.into();
            } else if self.x.val().get_bits::<64>(64).any() {
                self.x_top.d.next = 1.into();
            }
            self.y_top.d.next = 0.into();
            if self.y.val().get_bits::<64>(192).any() {
                self.y_top.d.next = 3.into();
            } else if self.y.val().get_bits::<64>(128).any() {
                self.y_top.d.next = 2.into();
            } else if self.y.val().get_bits::<64>(64).any() {
                self.y_top.d.next = 1.into();
            }
            self.running.d.next = true;
            self.valid1.d.next = false;
            self.valid2.d.next = false;
            self.finished.d.next = false;
            self.i.d.next = 0.into();
            self.j.d.next = 0.into();
            self.column.d.next = 0.into();
            self.flush.d.next = false;
            self.here.d.next = 0.into();
            self.above.d.next = 0.into();
            self.carry.d.next = 0.into();
            for k in 0..8 {
                self.limbs[k].d.next = 0.into();
            }
        }

        self.ending.next = self.valid2.q.val() && self.ends2.q.val() && self.finish2.q.val();
        self.done.next = self.finished.q.val();
        self.low.next = bit_cast_word::<256, 64>(self.limbs[0].q.val())
            | (bit_cast_word::<256, 64>(self.limbs[1].q.val()) << 64)
            | (bit_cast_word::<256, 64>(self.limbs[2].q.val()) << 128)
            | (bit_cast_word::<256, 64>(self.limbs[3].q.val()) << 192);
        self.high.next = bit_cast_word::<256, 64>(self.limbs[4].q.val())
            | (bit_cast_word::<256, 64>(self.limbs[5].q.val()) << 64)
            | (bit_cast_word::<256, 64>(self.limbs[6].q.val()) << 128)
            | (bit_cast_word::<256, 64>(self.limbs[7].q.val()) << 192);
    }
}
