//! The sequencer of the math unit: which part works on what, in which order.

use gasworks_abi::{gas, micro_op::Op};
use gasworks_verilog::comment;
use gasworks_verilog::leaf::MulTile;
use gasworks_verilog::word::{Word, bit_cast_from_bits, bit_cast_word};
use rust_hdl::prelude::*;

use super::divide::Divide;
use super::multiply::Multiply;
use crate::unit::shift::{length::BitLength, rotate::Rotate};

// The kernel matches on the low bits of the operation, and multiplies by 32 + 16 + 2.
const _: () = assert!(Op::Mul as u8 == 0x50 && Op::Div as u8 == 0x51 && Op::SDiv as u8 == 0x52);
const _: () = assert!(Op::Mod as u8 == 0x53 && Op::SMod as u8 == 0x54 && Op::AddMod as u8 == 0x55);
const _: () = assert!(Op::MulMod as u8 == 0x56 && Op::Exp as u8 == 0x57);
const _: () = assert!(gas::EXP_BYTE == 50);

/// State of the sequencer. Without a condition a state lasts one cycle.
#[derive(LogicState, Copy, Clone, Debug, PartialEq)]
pub enum MathState {
    /// Until a request comes.
    Idle,
    /// `mul`: until the product is there.
    Product,
    /// `mulmod`: until the product is there.
    WideProduct,
    /// A = -A, low half.
    NegateA,
    /// A = -A, high half.
    NegateAHigh,
    /// D = -D, low half.
    NegateD,
    /// D = -D, high half.
    NegateDHigh,
    /// A = A + B, low half.
    Add,
    /// A = A + B, high half.
    AddHigh,
    /// D enters the length pipeline.
    LengthD,
    /// A enters the length pipeline.
    LengthA,
    /// The length of D comes out.
    LengthDOut,
    /// The length of A comes out; D (or A, for a power of two) enters the rotator.
    LengthAOut,
    /// D comes out normalised; A enters the rotator. Short cases end here.
    Place,
    /// A comes out normalised; the divider starts.
    Start,
    /// A long dividend moves up until its top limb is not zero; then the divider starts.
    Align,
    /// Until the divider is done; its remainder enters the rotator, or is A from now on.
    Divide,
    /// A = A + D, low half.
    AddD,
    /// A = A + D, high half.
    AddDHigh,
    /// A enters the rotator.
    Scaled,
    /// The remainder comes out in its place.
    Unscale,
    /// Division by a power of two, or a power of a power of two, comes out of the rotator.
    Shifted,
    /// Result = -result, low half.
    NegateValue,
    /// Result = -result, high half.
    NegateValueHigh,
    /// `exp` of a power of two: the base enters the rotator.
    ExpShift,
    /// `exp`: starts a square, or ends when no bit is left.
    ExpStep,
    /// Until the square is there.
    ExpSquare,
    /// Starts the product with the base.
    ExpTimes,
    /// Until that product is there.
    ExpProduct,
    /// Until the response is taken.
    Respond,
}

/// Multiplier and divider; see [`super`].
#[derive(LogicBlock, Default)]
pub struct MathUnit {
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
    /// Operation, `0x50` to `0x57`.
    pub req_op: Signal<In, Bits<8>>,
    /// Operand A.
    pub req_a: Signal<In, Word<256>>,
    /// Operand B.
    pub req_b: Signal<In, Word<256>>,
    /// Operand C: modulus of `addmod` and `mulmod`.
    pub req_c: Signal<In, Word<256>>,
    /// Gas left.
    pub req_gas: Signal<In, Word<64>>,
    /// A response is offered.
    pub rsp_valid: Signal<Out, Bit>,
    /// The response is taken.
    pub rsp_ready: Signal<In, Bit>,
    /// `rsp_valid` rises in the next cycle.
    pub rsp_soon: Signal<Out, Bit>,
    /// Hart that asked.
    pub rsp_hart: Signal<Out, Bits<2>>,
    /// 0 done; 1 halt.
    pub rsp_status: Signal<Out, Bits<2>>,
    /// `Halt::OutOfGas`, which is 0.
    pub rsp_code: Signal<Out, Bits<8>>,
    /// Result.
    pub rsp_value: Signal<Out, Word<256>>,
    /// Gas charged.
    pub rsp_cost: Signal<Out, Word<64>>,
    state: DFF<MathState>,
    hart: DFF<Bits<2>>,
    gas: DFF<Word<64>>,
    // What the operation is.
    is_product: DFF<Bit>,
    is_exp: DFF<Bit>,
    wants_quotient: DFF<Bit>,
    negate_d: DFF<Bit>,
    negate_value: DFF<Bit>,
    out_of_gas: DFF<Bit>,
    cost: DFF<Word<11>>,
    /// Dividend, first addend, base.
    a: DFF<Word<256>>,
    /// Second addend.
    b: DFF<Word<256>>,
    /// Divisor; exponent.
    d: DFF<Word<256>>,
    /// Dividend above `a` when `is_long`; its top is then bit 255 here.
    above: DFF<Word<256>>,
    is_long: DFF<Bit>,
    /// The exponent of a power of two is too high.
    overflow: DFF<Bit>,
    half_carry: DFF<Bit>,
    /// Bits of dividend and divisor.
    a_length: DFF<Word<10>>,
    d_length: DFF<Word<10>>,
    d_is_power: DFF<Bit>,
    // For powers of 2^k: whether A is 2^k, k, the exponent less one and whether it fits 8 bits.
    a_is_power: DFF<Bit>,
    a_top: DFF<Word<8>>,
    exponent_less: DFF<Word<8>>,
    exponent_is_high: DFF<Bit>,
    exponent_bits: DFF<Word<9>>,
    value: DFF<Word<256>>,
    multiply: Multiply,
    divide: Divide,
    rotate: Rotate,
    length: BitLength,
    /// Zeros that a power of two gets below it.
    zeros: MulTile<8, 16, 1>,
    operation: Signal<Local, Word<3>>,
    accept: Signal<Local, Bit>,
    is_signed: Signal<Local, Bit>,
    first: Signal<Local, Word<128>>,
    second: Signal<Local, Word<128>>,
    carry_in: Signal<Local, Bit>,
    half: Signal<Local, Word<129>>,
    /// A with its low or high half from the adder.
    a_low_done: Signal<Local, Word<256>>,
    a_high_done: Signal<Local, Word<256>>,
    difference: Signal<Local, Word<10>>,
    steps: Signal<Local, Word<10>>,
    shift_less: Signal<Local, Word<10>>,
    exponent_bytes: Signal<Local, Word<11>>,
    exponent_cost: Signal<Local, Word<11>>,
    is_affordable: Signal<Local, Bit>,
    settle: Signal<Local, Bit>,
    settled: Signal<Local, Word<256>>,
    long_done: Signal<Local, Bit>,
}

impl Logic for MathUnit {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module math_unit");
        dff_setup!(
            self,
            clock,
            state,
            hart,
            gas,
            is_product,
            is_exp,
            wants_quotient,
            negate_d,
            negate_value,
            out_of_gas,
            cost,
            a,
            b,
            d,
            above,
            is_long,
            overflow,
            half_carry,
            a_length,
            d_length,
            d_is_power,
            a_is_power,
            a_top,
            exponent_less,
            exponent_is_high,
            exponent_bits,
            value
        );
        clock!(self, clock, multiply, divide, rotate, length, zeros);

        self.operation.next = bit_cast_from_bits::<3, 8>(self.req_op.val());
        self.is_signed.next = self.operation.val() == 2 || self.operation.val() == 4;
        self.req_ready.next = self.state.q.val() == MathState::Idle;
        self.accept.next = self.state.q.val() == MathState::Idle && self.req_valid.val();

        // Parts. What is not overridden below is not looked at.
        self.multiply.start.next = false;
        self.multiply.wide.next = self.operation.val() == 6;
        self.multiply.x.next = self.value.q.val();
        self.multiply.y.next = self.value.q.val();
        if self.state.q.val() == MathState::Idle {
            self.multiply.x.next = self.req_a.val();
            self.multiply.y.next = self.req_b.val();
            self.multiply.start.next = self.req_valid.val();
        }
        if self.state.q.val() == MathState::ExpTimes {
            self.multiply.y.next = self.a.q.val();
        }
        self.length.value.next = self.d.q.val();
        if self.state.q.val() == MathState::LengthA {
            self.length.value.next = self.a.q.val();
        }
        self.rotate.value.next = self.d.q.val();
        self.rotate.amount.next = self.d_length.q.val().get_bits::<8>(0);
        self.rotate.count.next = 256.into();
        self.rotate.keep_high.next = false;
        self.rotate.fill.next = false;
        // (2^k)^e is 2^k with k (e - 1) zeros below it.
        self.exponent_less.d.next = self.d.q.val().get_bits::<8>(0) - 1;
        self.exponent_is_high.d.next = self.d.q.val().get_bits::<248>(8).any();
        self.zeros.a.next = self.a_top.q.val();
        self.zeros.b.next = self.exponent_less.q.val();
        self.shift_less.next = self.d_length.q.val() - 1;
        self.divide.start.next = false;
        self.divide.divisor.next = self.d.q.val();
        self.divide.high.next = self.rotate.result.val();
        self.divide.low.next = 0.into();
        if self.is_long.q.val() {
            self.divide.high.next = self.above.q.val();
            self.divide.low.next = self.a.q.val();
        }
        self.difference.next = self.a_length.q.val() - self.d_length.q.val();
        self.steps.next = (self.difference.val() + 5) >> 1;
        self.divide.odd.next = self.difference.val().get_bit(0);
        self.divide.steps.next = self.steps.val().get_bits::<9>(0);

        // One adder of half a word: -A, -D, -result, A + B.
        self.first.next = !self.value.q.val().get_bits::<128>(0);
        self.second.next = 0.into();
        self.carry_in.next = true;
        match self.state.q.val() {
            MathState::NegateA => {
                self.first.next = !self.a.q.val().get_bits::<128>(0);
            }
            MathState::NegateAHigh => {
                self.first.next = !self.a.q.val().get_bits::<128>(128);
                self.carry_in.next = self.half_carry.q.val();
            }
            MathState::NegateD => {
                self.first.next = !self.d.q.val().get_bits::<128>(0);
            }
            MathState::NegateDHigh => {
                self.first.next = !self.d.q.val().get_bits::<128>(128);
                self.carry_in.next = self.half_carry.q.val();
            }
            MathState::Add => {
                self.first.next = self.a.q.val().get_bits::<128>(0);
                self.second.next = self.b.q.val().get_bits::<128>(0);
                self.carry_in.next = false;
            }
            MathState::AddHigh => {
                self.first.next = self.a.q.val().get_bits::<128>(128);
                self.second.next = self.b.q.val().get_bits::<128>(128);
                self.carry_in.next = self.half_carry.q.val();
            }
            MathState::AddD => {
                self.first.next = self.a.q.val().get_bits::<128>(0);
                self.second.next = self.d.q.val().get_bits::<128>(0);
                self.carry_in.next = false;
            }
            MathState::AddDHigh => {
                self.first.next = self.a.q.val().get_bits::<128>(128);
                self.second.next = self.d.q.val().get_bits::<128>(128);
                self.carry_in.next = self.half_carry.q.val();
            }
            MathState::NegateValueHigh => {
                self.first.next = !self.value.q.val().get_bits::<128>(128);
                self.carry_in.next = self.half_carry.q.val();
            }
            _ => {}
        }
        self.half.next = bit_cast_word::<129, 128>(self.first.val())
            + bit_cast_word::<129, 128>(self.second.val());
        if self.carry_in.val() {
            self.half.next = bit_cast_word::<129, 128>(self.first.val())
                + bit_cast_word::<129, 128>(self.second.val())
                + 1;
        }
        self.half_carry.d.next = self.half.val().get_bit(128);
        self.a_low_done.next = bit_cast_word::<256, 128>(self.half.val().get_bits::<128>(0))
            | (bit_cast_word::<256, 128>(self.a.q.val().get_bits::<128>(128)) << 128);
        self.a_high_done.next = bit_cast_word::<256, 128>(self.a.q.val().get_bits::<128>(0))
            | (bit_cast_word::<256, 128>(self.half.val().get_bits::<128>(0)) << 128);

        // Gas of EXP: 50 for each byte of the exponent.
        self.exponent_bytes.next = bit_cast_word::<11, 10>((self.d_length.q.val() + 7) >> 3);
        self.exponent_cost.next = (self.exponent_bytes.val() << 5)
            + (self.exponent_bytes.val() << 4)
            + (self.exponent_bytes.val() << 1);
        self.is_affordable.next = self.gas.q.val().get_bits::<53>(11).any()
            || self.gas.q.val().get_bits::<11>(0) >= self.exponent_cost.val();

        // `settle`: the result is there but for its sign.
        self.settle.next = false;
        self.settled.next = 0.into();
        self.long_done.next = self.above.q.val().get_bits::<64>(192).any();

        match self.state.q.val() {
            MathState::Idle => {
                self.hart.d.next = self.req_hart.val();
                self.gas.d.next = self.req_gas.val();
                self.a.d.next = self.req_a.val();
                self.b.d.next = self.req_b.val();
                self.d.d.next = self.req_b.val();
                if self.operation.val() == 5 || self.operation.val() == 6 {
                    self.d.d.next = self.req_c.val();
                }
                self.is_product.d.next = self.operation.val() == 0;
                self.is_exp.d.next = self.operation.val() == 7;
                self.wants_quotient.d.next = self.operation.val() == 1 || self.operation.val() == 2;
                self.negate_d.d.next = self.is_signed.val() && self.req_b.val().get_bit(255);
                self.negate_value.d.next = self.is_signed.val() && self.req_a.val().get_bit(255);
                if self.operation.val() == 2 {
                    self.negate_value.d.next =
                        self.req_a.val().get_bit(255) ^ self.req_b.val().get_bit(255);
                }
                self.out_of_gas.d.next = false;
                self.cost.d.next = 0.into();
                self.is_long.d.next = false;
                self.overflow.d.next = false;
                if self.accept.val() {
                    self.state.d.next = MathState::LengthD;
                    if self.operation.val() == 0 {
                        self.state.d.next = MathState::Product;
                    } else if self.operation.val() == 5 {
                        self.state.d.next = MathState::Add;
                    } else if self.operation.val() == 6 {
                        self.state.d.next = MathState::WideProduct;
                    } else if self.is_signed.val() && self.req_a.val().get_bit(255) {
                        self.state.d.next = MathState::NegateA;
                    } else if self.is_signed.val() && self.req_b.val().get_bit(255) {
                        self.state.d.next = MathState::NegateD;
                    }
                }
            }
            MathState::Product => {
                if self.multiply.done.val() {
                    self.state.d.next = MathState::Respond;
                    if self.rsp_ready.val() {
                        self.state.d.next = MathState::Idle;
                    }
                }
            }
            MathState::WideProduct => {
                self.a.d.next = self.multiply.low.val();
                self.above.d.next = self.multiply.high.val();
                self.is_long.d.next = self.multiply.high.val().any();
                if self.multiply.done.val() {
                    self.state.d.next = MathState::LengthD;
                }
            }
            MathState::NegateA => {
                self.a.d.next = self.a_low_done.val();
                self.state.d.next = MathState::NegateAHigh;
            }
            MathState::NegateAHigh => {
                self.a.d.next = self.a_high_done.val();
                self.state.d.next = MathState::LengthD;
                if self.negate_d.q.val() {
                    self.state.d.next = MathState::NegateD;
                }
            }
            MathState::NegateD => {
                self.d.d.next = bit_cast_word::<256, 128>(self.half.val().get_bits::<128>(0))
                    | (bit_cast_word::<256, 128>(self.d.q.val().get_bits::<128>(128)) << 128);
                self.state.d.next = MathState::NegateDHigh;
            }
            MathState::NegateDHigh => {
                self.d.d.next = bit_cast_word::<256, 128>(self.d.q.val().get_bits::<128>(0))
                    | (bit_cast_word::<256, 128>(self.half.val().get_bits::<128>(0)) << 128);
                self.state.d.next = MathState::LengthD;
            }
            MathState::Add => {
                self.a.d.next = self.a_low_done.val();
                self.state.d.next = MathState::AddHigh;
            }
            MathState::AddHigh => {
                self.a.d.next = self.a_high_done.val();
                // Bit 256 of the sum, if it has one, is all there is above A.
                self.is_long.d.next = self.half.val().get_bit(128);
                self.above.d.next = 1.into();
                self.state.d.next = MathState::LengthD;
            }
            MathState::LengthD => {
                self.state.d.next = MathState::LengthA;
            }
            MathState::LengthA => {
                self.state.d.next = MathState::LengthDOut;
            }
            MathState::LengthDOut => {
                self.d_length.d.next = bit_cast_word::<10, 9>(self.length.length.val());
                self.d_is_power.d.next = self.length.power_of_two.val();
                self.state.d.next = MathState::LengthAOut;
            }
            MathState::LengthAOut => {
                self.a_length.d.next = bit_cast_word::<10, 9>(self.length.length.val());
                self.a_top.d.next = self.length.top.val();
                self.a_is_power.d.next = self.length.power_of_two.val();
                self.exponent_bits.d.next = self.shift_less.val().get_bits::<9>(0);
                self.state.d.next = MathState::Place;
                if self.is_long.q.val() {
                    self.a_length.d.next = 512.into();
                }
                if self.is_exp.q.val() {
                    self.cost.d.next = self.exponent_cost.val();
                    if !self.is_affordable.val() {
                        self.cost.d.next = 0.into();
                        self.out_of_gas.d.next = true;
                        self.state.d.next = MathState::Respond;
                    }
                } else if self.d_is_power.q.val() {
                    self.rotate.value.next = self.a.q.val();
                    self.rotate.amount.next = 0.into();
                    self.rotate.count.next = self.shift_less.val().get_bits::<9>(0);
                    if self.wants_quotient.q.val() {
                        // 256 - (length - 1)
                        self.rotate.count.next = !self.d_length.q.val().get_bits::<9>(0) + 258;
                        self.rotate.amount.next = self.shift_less.val().get_bits::<8>(0);
                    }
                    self.state.d.next = MathState::Shifted;
                }
            }
            MathState::Place => {
                self.d.d.next = self.rotate.result.val();
                self.rotate.value.next = self.a.q.val();
                self.rotate.amount.next = self.a_length.q.val().get_bits::<8>(0);
                self.state.d.next = MathState::Start;
                if self.is_exp.q.val() {
                    self.value.d.next = self.a.q.val();
                    self.state.d.next = MathState::ExpStep;
                    if !self.d_length.q.val().any() {
                        self.value.d.next = 1.into();
                        self.state.d.next = MathState::Respond;
                    } else if self.a_is_power.q.val() {
                        self.overflow.d.next =
                            self.exponent_is_high.q.val() && self.a_top.q.val().any();
                        self.state.d.next = MathState::ExpShift;
                    }
                } else if !self.d_length.q.val().any() {
                    self.settle.next = true;
                } else if self.is_long.q.val() {
                    self.state.d.next = MathState::Align;
                } else if self.a_length.q.val() < self.d_length.q.val() {
                    self.settle.next = true;
                    if !self.wants_quotient.q.val() {
                        self.settled.next = self.a.q.val();
                    }
                }
            }
            MathState::Start => {
                self.divide.start.next = true;
                self.state.d.next = MathState::Divide;
            }
            MathState::Align => {
                if self.long_done.val() {
                    self.divide.start.next = true;
                    self.state.d.next = MathState::Divide;
                } else {
                    self.above.d.next = (self.above.q.val() << 64)
                        | bit_cast_word::<256, 64>(self.a.q.val().get_bits::<64>(192));
                    self.a.d.next = self.a.q.val() << 64;
                    self.a_length.d.next = self.a_length.q.val() - 64;
                }
            }
            MathState::Divide => {
                self.rotate.value.next = self.divide.remainder.val();
                self.rotate.amount.next = !self.d_length.q.val().get_bits::<8>(0) + 1;
                self.rotate.count.next = self.d_length.q.val().get_bits::<9>(0);
                self.settled.next = self.divide.quotient.val();
                if self.divide.done.val() {
                    self.a.d.next = self.divide.remainder.val();
                    self.state.d.next = MathState::Unscale;
                    if self.divide.is_negative.val() {
                        self.state.d.next = MathState::AddD;
                    }
                    self.settle.next = self.wants_quotient.q.val();
                }
            }
            MathState::AddD => {
                self.a.d.next = self.a_low_done.val();
                self.state.d.next = MathState::AddDHigh;
            }
            MathState::AddDHigh => {
                self.a.d.next = self.a_high_done.val();
                self.state.d.next = MathState::Scaled;
            }
            MathState::Scaled => {
                self.rotate.value.next = self.a.q.val();
                self.rotate.amount.next = !self.d_length.q.val().get_bits::<8>(0) + 1;
                self.rotate.count.next = self.d_length.q.val().get_bits::<9>(0);
                self.state.d.next = MathState::Unscale;
            }
            MathState::Unscale => {
                self.settle.next = true;
                self.settled.next = self.rotate.result.val();
            }
            MathState::Shifted => {
                self.settle.next = true;
                self.settled.next = self.rotate.result.val();
            }
            MathState::NegateValue => {
                self.value.d.next = bit_cast_word::<256, 128>(self.half.val().get_bits::<128>(0))
                    | (bit_cast_word::<256, 128>(self.value.q.val().get_bits::<128>(128)) << 128);
                self.state.d.next = MathState::NegateValueHigh;
            }
            MathState::NegateValueHigh => {
                self.value.d.next =
                    bit_cast_word::<256, 128>(self.value.q.val().get_bits::<128>(0))
                        | (bit_cast_word::<256, 128>(self.half.val().get_bits::<128>(0)) << 128);
                self.state.d.next = MathState::Respond;
            }
            MathState::ExpShift => {
                self.rotate.value.next = self.a.q.val();
                self.rotate.amount.next = !self.zeros.p.val().get_bits::<8>(0) + 1;
                self.rotate.keep_high.next = true;
                if !self.overflow.q.val() && !self.zeros.p.val().get_bits::<8>(8).any() {
                    self.rotate.count.next =
                        bit_cast_word::<9, 8>(self.zeros.p.val().get_bits::<8>(0));
                }
                self.state.d.next = MathState::Shifted;
            }
            MathState::ExpStep => {
                if self.exponent_bits.q.val().any() {
                    self.multiply.start.next = true;
                    self.exponent_bits.d.next = self.exponent_bits.q.val() - 1;
                    self.d.d.next = self.d.q.val() << 1;
                    self.state.d.next = MathState::ExpSquare;
                } else {
                    self.state.d.next = MathState::Respond;
                }
            }
            MathState::ExpSquare => {
                if self.multiply.done.val() {
                    self.value.d.next = self.multiply.low.val();
                    self.state.d.next = MathState::ExpStep;
                    if self.d.q.val().get_bit(255) {
                        self.state.d.next = MathState::ExpTimes;
                    }
                }
            }
            MathState::ExpTimes => {
                self.multiply.start.next = true;
                self.state.d.next = MathState::ExpProduct;
            }
            MathState::ExpProduct => {
                if self.multiply.done.val() {
                    self.value.d.next = self.multiply.low.val();
                    self.state.d.next = MathState::ExpStep;
                }
            }
            MathState::Respond => {
                if self.rsp_ready.val() {
                    self.state.d.next = MathState::Idle;
                }
            }
            _ => {
                self.state.d.next = MathState::Idle;
            }
        }
        if self.settle.val() {
            self.value.d.next = self.settled.val();
            self.state.d.next = MathState::Respond;
            if self.negate_value.q.val() {
                self.state.d.next = MathState::NegateValue;
            }
        }
        if self.reset.val() {
            self.state.d.next = MathState::Idle;
        }

        self.rsp_valid.next = self.state.q.val() == MathState::Respond
            || (self.state.q.val() == MathState::Product && self.multiply.done.val());
        // Not where only a long comparison tells that the result is there.
        self.rsp_soon.next = false;
        match self.state.q.val() {
            MathState::Product => {
                self.rsp_soon.next = self.multiply.ending.val();
            }
            MathState::Divide => {
                self.rsp_soon.next = self.divide.done.val()
                    && self.wants_quotient.q.val()
                    && !self.negate_value.q.val();
            }
            MathState::Unscale => {
                self.rsp_soon.next = !self.negate_value.q.val();
            }
            MathState::Shifted => {
                self.rsp_soon.next = !self.negate_value.q.val();
            }
            MathState::NegateValueHigh => {
                self.rsp_soon.next = true;
            }
            MathState::ExpStep => {
                self.rsp_soon.next = !self.exponent_bits.q.val().any();
            }
            _ => {}
        }
        self.rsp_hart.next = self.hart.q.val();
        self.rsp_status.next = 0.into();
        if self.out_of_gas.q.val() {
            self.rsp_status.next = 1.into();
        }
        self.rsp_code.next = 0.into();
        self.rsp_value.next = self.value.q.val();
        if self.is_product.q.val() {
            self.rsp_value.next = self.multiply.low.val();
        }
        self.rsp_cost.next = bit_cast_word::<64, 11>(self.cost.q.val());
    }
}
