//! Radix-4 division of up to 512 bits by a normalised divisor of 256 bits.
//!
//! Spec: SRT division with carry-save remainder, [`super::digit`]. The dividend comes with its top
//! bit (or its top limb) at bit 511 of `{high, low}`, the divisor with its top bit at bit 255.
//! With a dividend of `n` bits and a divisor of `m` bits before they were moved up, `steps` is
//! `(n - m + 3) / 2 + 1` and `odd` the lowest bit of `n - m`; `n >= m`.
//! The remainder after the last digit may be negative: then the quotient is one less, and the divisor
//! has yet to be added to the remainder.
//!
//! Latency from `start` to `done`: `steps + 3` cycles. `quotient` (modulo 2^256), `remainder` (still
//! moved up as the divisor is) and `is_negative` hold until the next `start`, which begins anew whatever
//! the state.
//! No carry chain is longer than 130 bits. No reset: all states end by themselves.
//! ```text
//! clock      _/‾\_/‾\_   _/‾\_/‾\_/‾\_
//! start      _/‾‾‾\___   _____________   divisor, high, low, odd, steps held with it
//! digits     _____<0>_ … <m>__________
//! done       _________   _________/‾‾‾   one cycle; quotient and remainder from here on
//! ```

use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;
use std::array::from_fn;

use super::digit::THRESHOLDS;

/// Divider.
#[derive(LogicBlock)]
pub struct Divide {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Takes the operands.
    pub start: Signal<In, Bit>,
    /// Divisor, bit 255 is set.
    pub divisor: Signal<In, Word<256>>,
    /// Dividend, bits `[511:256]`.
    pub high: Signal<In, Word<256>>,
    /// Dividend, bits `[255:0]`.
    pub low: Signal<In, Word<256>>,
    /// The lengths differ by an odd number of bits.
    pub odd: Signal<In, Bit>,
    /// Cycles of the recurrence, 2 to 258.
    pub steps: Signal<In, Word<9>>,
    /// One cycle: the results are there.
    pub done: Signal<Out, Bit>,
    /// Quotient modulo 2^256.
    pub quotient: Signal<Out, Word<256>>,
    /// Remainder times the power of two that the divisor was multiplied by, two's complement.
    pub remainder: Signal<Out, Word<256>>,
    /// It is negative: the divisor, once added, makes it the remainder.
    pub is_negative: Signal<Out, Bit>,
    /// 4 integer bits and 256 fraction bits each; their sum is the partial remainder.
    sum: DFF<Word<260>>,
    carry: DFF<Word<260>>,
    /// Dividend bits that have not entered the sum yet.
    rest: DFF<Word<260>>,
    scaled: DFF<Word<256>>,
    /// Quotient so far, and that less one.
    digits: DFF<Word<256>>,
    digits_less: DFF<Word<256>>,
    // The digit for the present partial remainder: not 0; 2 or -2; above 0, so that the divisor is
    // subtracted.
    some: DFF<Bit>,
    double: DFF<Bit>,
    subtract: DFF<Bit>,
    /// Thresholds of the divisor, negated, 8 bits each.
    bound_two: DFF<Word<8>>,
    bound_one: DFF<Word<8>>,
    bound_zero: DFF<Word<8>>,
    bound_minus: DFF<Word<8>>,
    remaining: DFF<Word<9>>,
    running: DFF<Bit>,
    finish_low: DFF<Bit>,
    finish_high: DFF<Bit>,
    finished: DFF<Bit>,
    /// Low half of the remainder, with its carry.
    low_sum: DFF<Word<131>>,
    high_sum: DFF<Word<128>>,
    zero: Constant<Word<256>>,
    twos: [Constant<Word<8>>; 8],
    ones: [Constant<Word<8>>; 8],
    zeros: [Constant<Word<8>>; 8],
    minuses: [Constant<Word<8>>; 8],
    magnitude: Signal<Local, Word<260>>,
    multiple: Signal<Local, Word<260>>,
    next_sum: Signal<Local, Word<260>>,
    majority: Signal<Local, Word<260>>,
    last: Signal<Local, Word<2>>,
    last_less: Signal<Local, Word<2>>,
    next_carry: Signal<Local, Word<260>>,
    shifted_sum: Signal<Local, Word<260>>,
    shifted_carry: Signal<Local, Word<260>>,
    top_sum: Signal<Local, Word<8>>,
    top_carry: Signal<Local, Word<8>>,
    over_two: Signal<Local, Word<8>>,
    over_one: Signal<Local, Word<8>>,
    over_zero: Signal<Local, Word<8>>,
    over_minus: Signal<Local, Word<8>>,
    placed: Signal<Local, Word<520>>,
    final_sum: Signal<Local, Word<258>>,
    final_carry: Signal<Local, Word<258>>,
    upper: Signal<Local, Word<128>>,
}

/// Column `index` of the table, negated: `estimate + bound` is negative below the threshold.
fn bounds(index: usize) -> [Constant<Word<8>>; 8] {
    from_fn(|row| {
        Constant::new(Word::from(u64::from(
            THRESHOLDS[row][index].wrapping_neg() as u8
        )))
    })
}

impl Default for Divide {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            start: Default::default(),
            divisor: Default::default(),
            high: Default::default(),
            low: Default::default(),
            odd: Default::default(),
            steps: Default::default(),
            done: Default::default(),
            quotient: Default::default(),
            remainder: Default::default(),
            sum: Default::default(),
            carry: Default::default(),
            rest: Default::default(),
            scaled: Default::default(),
            digits: Default::default(),
            digits_less: Default::default(),
            some: Default::default(),
            double: Default::default(),
            subtract: Default::default(),
            bound_two: Default::default(),
            bound_one: Default::default(),
            bound_zero: Default::default(),
            bound_minus: Default::default(),
            remaining: Default::default(),
            running: Default::default(),
            finish_low: Default::default(),
            finish_high: Default::default(),
            finished: Default::default(),
            is_negative: Default::default(),
            low_sum: Default::default(),
            high_sum: Default::default(),
            zero: Constant::new(Word::default()),
            twos: bounds(0),
            ones: bounds(1),
            zeros: bounds(2),
            minuses: bounds(3),
            magnitude: Default::default(),
            multiple: Default::default(),
            next_sum: Default::default(),
            majority: Default::default(),
            last: Default::default(),
            last_less: Default::default(),
            next_carry: Default::default(),
            shifted_sum: Default::default(),
            shifted_carry: Default::default(),
            top_sum: Default::default(),
            top_carry: Default::default(),
            over_two: Default::default(),
            over_one: Default::default(),
            over_zero: Default::default(),
            over_minus: Default::default(),
            placed: Default::default(),
            final_sum: Default::default(),
            final_carry: Default::default(),
            upper: Default::default(),
        }
    }
}

impl Logic for Divide {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module divide");
        dff_setup!(
            self,
            clock,
            sum,
            carry,
            rest,
            scaled,
            digits,
            digits_less,
            some,
            double,
            subtract,
            bound_two,
            bound_one,
            bound_zero,
            bound_minus,
            remaining,
            running,
            finish_low,
            finish_high,
            finished,
            low_sum,
            high_sum
        );

        // Remainder minus digit times divisor, in carry-save form.
        self.magnitude.next = 0.into();
        if self.some.q.val() {
            self.magnitude.next = bit_cast_word::<260, 256>(self.scaled.q.val());
            if self.double.q.val() {
                self.magnitude.next = bit_cast_word::<260, 256>(self.scaled.q.val()) << 1;
            }
        }
        self.multiple.next = self.magnitude.val();
        if self.subtract.q.val() {
            self.multiple.next = !self.magnitude.val();
        }
        self.next_sum.next = self.sum.q.val() ^ self.carry.q.val() ^ self.multiple.val();
        self.majority.next = (self.sum.q.val() & self.carry.q.val())
            | (self.sum.q.val() & self.multiple.val())
            | (self.carry.q.val() & self.multiple.val());
        self.next_carry.next = self.majority.val() << 1;
        if self.subtract.q.val() {
            self.next_carry.next = (self.majority.val() << 1) | 1;
        }
        self.shifted_sum.next = (self.next_sum.val() << 2)
            | bit_cast_word::<260, 2>(self.rest.q.val().get_bits::<2>(258));
        self.shifted_carry.next = self.next_carry.val() << 2;

        // The digit for it.
        self.top_sum.next = self.shifted_sum.val().get_bits::<8>(252);
        self.top_carry.next = self.shifted_carry.val().get_bits::<8>(252);
        self.over_two.next = self.top_sum.val() + self.top_carry.val() + self.bound_two.q.val();
        self.over_one.next = self.top_sum.val() + self.top_carry.val() + self.bound_one.q.val();
        self.over_zero.next = self.top_sum.val() + self.top_carry.val() + self.bound_zero.q.val();
        self.over_minus.next = self.top_sum.val() + self.top_carry.val() + self.bound_minus.q.val();
        self.finish_low.d.next = false;
        self.finish_high.d.next = self.finish_low.q.val();
        self.finished.d.next = self.finish_high.q.val();

        // The last bits of 2, 1, 0, -1 and -2, and of these less one.
        self.last.next = 0.into();
        self.last_less.next = 3.into();
        if self.some.q.val() {
            self.last.next = 3.into();
            self.last_less.next = 2.into();
            if self.double.q.val() {
                self.last.next = 2.into();
                self.last_less.next = 1.into();
            } else if self.subtract.q.val() {
                self.last.next = 1.into();
                self.last_less.next = 0.into();
            }
        }
        if self.running.q.val() {
            self.sum.d.next = self.shifted_sum.val();
            self.carry.d.next = self.shifted_carry.val();
            self.rest.d.next = self.rest.q.val() << 2;
            self.double.d.next =
                !self.over_two.val().get_bit(7) || self.over_minus.val().get_bit(7);
            self.subtract.d.next = !self.over_one.val().get_bit(7);
            self.some.d.next = !self.over_one.val().get_bit(7) || self.over_zero.val().get_bit(7);
            self.digits.d.next =
                (self.digits.q.val() << 2) | bit_cast_word::<256, 2>(self.last.val());
            if self.some.q.val() && !self.subtract.q.val() {
                self.digits.d.next =
                    (self.digits_less.q.val() << 2) | bit_cast_word::<256, 2>(self.last.val());
            }
            self.digits_less.d.next =
                (self.digits_less.q.val() << 2) | bit_cast_word::<256, 2>(self.last_less.val());
            if self.subtract.q.val() {
                self.digits_less.d.next =
                    (self.digits.q.val() << 2) | bit_cast_word::<256, 2>(self.last_less.val());
            }
            self.remaining.d.next = self.remaining.q.val() - 1;
            if self.remaining.q.val() == 1 {
                self.running.d.next = false;
                self.finish_low.d.next = true;
            }
        }

        // The remainder, resolved in two halves.
        self.final_sum.next = self.sum.q.val().get_bits::<258>(2);
        self.final_carry.next = self.carry.q.val().get_bits::<258>(2);
        self.low_sum.d.next = bit_cast_word::<131, 130>(self.final_sum.val().get_bits::<130>(0))
            + bit_cast_word::<131, 130>(self.final_carry.val().get_bits::<130>(0));
        self.upper.next = self.final_sum.val().get_bits::<128>(130)
            + self.final_carry.val().get_bits::<128>(130)
            + bit_cast_word::<128, 1>(self.low_sum.q.val().get_bits::<1>(130));
        if self.finish_high.q.val() {
            self.high_sum.d.next = self.upper.val();
        }

        self.placed.next = (bit_cast_word::<520, 256>(self.high.val()) << 258)
            | (bit_cast_word::<520, 256>(self.low.val()) << 2);
        if self.odd.val() {
            self.placed.next = (bit_cast_word::<520, 256>(self.high.val()) << 257)
                | (bit_cast_word::<520, 256>(self.low.val()) << 1);
        }
        if self.start.val() {
            self.sum.d.next = self.placed.val().get_bits::<260>(260);
            self.rest.d.next = self.placed.val().get_bits::<260>(0);
            self.carry.d.next = 0.into();
            self.scaled.d.next = self.divisor.val();
            self.digits.d.next = 0.into();
            self.digits_less.d.next = !self.zero.val();
            self.some.d.next = false;
            self.double.d.next = false;
            self.subtract.d.next = false;
            self.remaining.d.next = self.steps.val();
            self.running.d.next = true;
            self.finish_low.d.next = false;
            self.finish_high.d.next = false;
            self.finished.d.next = false;
            for r in 0..8 {
                if self.divisor.val().get_bits::<3>(252).index() == r {
                    self.bound_two.d.next = self.twos[r].val();
                    self.bound_one.d.next = self.ones[r].val();
                    self.bound_zero.d.next = self.zeros[r].val();
                    self.bound_minus.d.next = self.minuses[r].val();
                }
            }
        }

        self.done.next = self.finished.q.val();
        self.quotient.next = self.digits.q.val();
        if self.high_sum.q.val().get_bit(127) {
            self.quotient.next = self.digits_less.q.val();
        }
        self.remainder.next = bit_cast_word::<256, 130>(self.low_sum.q.val().get_bits::<130>(0))
            | (bit_cast_word::<256, 126>(self.high_sum.q.val().get_bits::<126>(0)) << 130);
        self.is_negative.next = self.high_sum.q.val().get_bit(127);
    }
}
