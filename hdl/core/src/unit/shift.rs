//! The shifter: `SHL`, `SHR`, `SAR`, `BYTE`, `SIGNEXTEND` and `CLZ`.
//!
//! Spec: EIP-145 (shifts), Yellow Paper H.2 (`0x0b SIGNEXTEND`, `0x1a BYTE`), EIP-7939 (`CLZ`).
//! One request at a time: `rsp_valid` rises 2 cycles after the request was taken, 4 for `CLZ`;
//! `req_ready` is low from then until the response is taken. Never charges gas, never fails.
//! `reset` drops what is in flight.
//! ```text
//! clock      _/‾\_/‾\_/‾\_/‾\_
//! req_valid  _/‾‾‾\___________
//! req_ready  ‾‾‾‾‾\_______/‾‾‾
//! state       idle rotate respond idle
//! rsp_valid  _________/‾‾‾\___   rsp_* held with it, until rsp_ready
//! ```
//! States: `Idle` until a request; `Rotate` one cycle; `Measure` and `Count` one cycle each, only for
//! `CLZ`; `Respond` until `rsp_ready`.

use gasworks_abi::micro_op::Op;
use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;

use length::BitLength;
use rotate::Rotate;

#[cfg(test)]
pub(crate) mod bench;
pub mod length;
#[cfg(test)]
pub(crate) mod model;
pub mod rotate;
#[cfg(test)]
mod tests;

// The kernel matches on the low four bits of the operation.
const _: () = assert!(Op::Shl as u8 == 0x40 && Op::Shr as u8 == 0x41 && Op::Sar as u8 == 0x42);
const _: () = assert!(Op::Byte as u8 == 0x43 && Op::SignExtend as u8 == 0x44);
const _: () = assert!(Op::Clz as u8 == 0x45);

#[derive(LogicState, Copy, Clone, Debug, PartialEq)]
enum ShiftState {
    Idle,
    Rotate,
    Measure,
    Count,
    Respond,
}

/// Shifter.
#[derive(LogicBlock, Default)]
pub struct ShiftUnit {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Signal<In, Bit>,
    /// A request is offered.
    pub req_valid: Signal<In, Bit>,
    /// The unit is idle.
    pub req_ready: Signal<Out, Bit>,
    /// Hart that asks.
    pub req_hart: Signal<In, Bits<2>>,
    /// Operation, `0x40` to `0x45`.
    pub req_op: Signal<In, Bits<8>>,
    /// Operand A.
    pub req_a: Signal<In, Word<256>>,
    /// Operand B.
    pub req_b: Signal<In, Word<256>>,
    /// A response is offered.
    pub rsp_valid: Signal<Out, Bit>,
    /// The response is taken.
    pub rsp_ready: Signal<In, Bit>,
    /// `rsp_valid` rises in the next cycle.
    pub rsp_soon: Signal<Out, Bit>,
    /// Hart that asked.
    pub rsp_hart: Signal<Out, Bits<2>>,
    /// Always 0: done.
    pub rsp_status: Signal<Out, Bits<2>>,
    /// Always 0.
    pub rsp_code: Signal<Out, Bits<8>>,
    /// Result.
    pub rsp_value: Signal<Out, Word<256>>,
    /// Always 0.
    pub rsp_cost: Signal<Out, Word<64>>,
    state: DFF<ShiftState>,
    hart: DFF<Bits<2>>,
    value: DFF<Word<256>>,
    amount: DFF<Word<8>>,
    count: DFF<Word<9>>,
    keep_high: DFF<Bit>,
    is_sar: DFF<Bit>,
    is_signext: DFF<Bit>,
    is_clz: DFF<Bit>,
    sign_byte: DFF<Word<5>>,
    /// Result of `CLZ`, else 0.
    zeros: DFF<Word<9>>,
    rotate: Rotate,
    length: BitLength,
    low: Signal<Local, Word<8>>,
    over_bits: Signal<Local, Bit>,
    over_bytes: Signal<Local, Bit>,
    negated: Signal<Local, Word<8>>,
    remaining: Signal<Local, Word<9>>,
    byte_end: Signal<Local, Word<9>>,
    sign: Signal<Local, Bit>,
    leading: Signal<Local, Word<9>>,
}

impl Logic for ShiftUnit {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module shift_unit");
        dff_setup!(
            self, clock, state, hart, value, amount, count, keep_high, is_sar, is_signext, is_clz,
            sign_byte, zeros
        );
        clock!(self, clock, rotate, length);

        // Both parts always look at the registers of the request.
        self.rotate.value.next = self.value.q.val();
        self.rotate.amount.next = self.amount.q.val();
        self.rotate.count.next = self.count.q.val();
        self.rotate.keep_high.next = self.keep_high.q.val();
        self.length.value.next = self.value.q.val();

        self.low.next = self.req_a.val().get_bits::<8>(0);
        self.over_bits.next = self.req_a.val().get_bits::<248>(8).any();
        self.over_bytes.next = self.over_bits.val() || self.low.val().get_bits::<3>(5).any();
        self.negated.next = !self.low.val() + 1;
        self.remaining.next = !bit_cast_word::<9, 8>(self.low.val()) + 257; // 256 - low
        self.byte_end.next = (bit_cast_word::<9, 5>(self.low.val().get_bits::<5>(0)) << 3) + 8;
        // SAR fills with bit 255, SIGNEXTEND with the top bit of the byte.
        self.sign.next = self.is_sar.q.val() && self.value.q.val().get_bit(255);
        if self.is_signext.q.val() {
            self.sign.next = false;
            for i in 0..32 {
                if self.sign_byte.q.val().index() == i {
                    self.sign.next = self.value.q.val().get_bit(8 * i + 7);
                }
            }
        }
        self.rotate.fill.next = self.sign.val();
        self.leading.next = bit_cast_word::<9, 8>(!self.length.top.val()); // 255 - top
        if self.length.is_zero.val() {
            self.leading.next = 256.into();
        }

        match self.state.q.val() {
            ShiftState::Idle => {
                self.hart.d.next = self.req_hart.val();
                self.value.d.next = self.req_b.val();
                self.amount.d.next = self.low.val();
                self.count.d.next = self.remaining.val();
                self.keep_high.d.next = false;
                self.is_sar.d.next = false;
                self.is_signext.d.next = false;
                self.is_clz.d.next = false;
                self.zeros.d.next = 0.into();
                self.sign_byte.d.next = self.low.val().get_bits::<5>(0);
                match self.req_op.val().get_bits::<4>(0).index() {
                    0 => {
                        self.amount.d.next = self.negated.val();
                        self.count.d.next = bit_cast_word::<9, 8>(self.low.val());
                        self.keep_high.d.next = !self.over_bits.val();
                        if self.over_bits.val() {
                            self.count.d.next = 0.into();
                        }
                    }
                    1 => {
                        if self.over_bits.val() {
                            self.count.d.next = 0.into();
                        }
                    }
                    2 => {
                        self.is_sar.d.next = true;
                        if self.over_bits.val() {
                            self.count.d.next = 0.into();
                        }
                    }
                    3 => {
                        // Byte k, counted from the top: rotate by 8 * (31 - k).
                        self.amount.d.next = !self.low.val() << 3;
                        self.count.d.next = 8.into();
                        if self.over_bytes.val() {
                            self.count.d.next = 0.into();
                        }
                    }
                    4 => {
                        self.is_signext.d.next = true;
                        self.amount.d.next = 0.into();
                        self.count.d.next = self.byte_end.val();
                        if self.over_bytes.val() {
                            self.count.d.next = 256.into();
                        }
                    }
                    _ => {
                        self.is_clz.d.next = true;
                        self.count.d.next = 0.into();
                        self.value.d.next = self.req_a.val();
                    }
                }
                if self.req_valid.val() {
                    self.state.d.next = ShiftState::Rotate;
                }
            }
            ShiftState::Rotate => {
                self.state.d.next = ShiftState::Respond;
                if self.is_clz.q.val() {
                    self.state.d.next = ShiftState::Measure;
                }
            }
            ShiftState::Measure => {
                self.state.d.next = ShiftState::Count;
            }
            ShiftState::Count => {
                self.zeros.d.next = self.leading.val();
                self.state.d.next = ShiftState::Respond;
            }
            ShiftState::Respond => {
                if self.rsp_ready.val() {
                    self.state.d.next = ShiftState::Idle;
                }
            }
            _ => {
                self.state.d.next = ShiftState::Idle;
            }
        }
        if self.reset.val() {
            self.state.d.next = ShiftState::Idle;
        }

        self.req_ready.next = self.state.q.val() == ShiftState::Idle;
        self.rsp_valid.next = self.state.q.val() == ShiftState::Respond;
        self.rsp_soon.next = self.state.q.val() == ShiftState::Count
            || (self.state.q.val() == ShiftState::Rotate && !self.is_clz.q.val());
        self.rsp_hart.next = self.hart.q.val();
        self.rsp_status.next = 0.into();
        self.rsp_code.next = 0.into();
        // The registers of the request hold, so the rotator repeats its result until it is taken.
        self.rsp_value.next =
            self.rotate.result.val() | bit_cast_word::<256, 9>(self.zeros.q.val());
        self.rsp_cost.next = 0.into();
    }
}
