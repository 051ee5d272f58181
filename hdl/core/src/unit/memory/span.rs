//! Memory that an operation touches, and what the operation costs.
//!
//! Spec: Yellow Paper appendix H.1 (memory expansion), EIP-5656; `docs/src/machine.md`, "Micro-ops"
//! (256-bit offsets and lengths, `MemoryLimit`).
//!
//! The operands must hold from `start` until `done`. `start` comes in cycle 1; in cycle 2 `grows`
//! says whether the memory must grow; an operation without a cost of its own that does not grow
//! needs no more. `done` comes in cycle 3 if the memory does not grow, else in cycle 5, or 8 from
//! 2^16 words on; with it the verdict. From cycle 3 on `fits`, `words`, `length` hold.
//! Accesses of one word or byte (`mload`, `mstore`, `mstore8`) are ahead of that: `word_grows`,
//! `word_fits` and `words` are registers that hold in cycle 2, and `done` comes one cycle earlier
//! if the memory grows.
//! `has_early` holds from cycle 3 on: what halts before the gas is looked at, a `rdcopy` past the end
//! of the return data and initcode that is too long.
//! One operation at a time. `reset` and `start` drop what is under way.
//!
//! States: `Idle` until `start`; `Check` one cycle; `Square` 1 or 4 cycles for
//! the partial products of 16 bits, one less for one word; `Linear` one cycle; `Compare` one
//! cycle, `done`.

use super::own_cost::OwnCost;
use gasworks_abi::gas;
use gasworks_abi::micro_op::Op;
use gasworks_verilog::comment;
use gasworks_verilog::leaf::MulTile;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;

// The kernel matches on the low four bits of the operation and knows these costs by shifts.
const _: () =
    assert!(Op::MLoad as u8 == 0x30 && Op::MStore as u8 == 0x31 && Op::MStore8 as u8 == 0x32);
const _: () = assert!(Op::CalldataCopy as u8 == 0x35 && Op::CodeCopy as u8 == 0x36);
const _: () = assert!(Op::ExtCodeCopy as u8 == 0x37 && Op::MCopy as u8 == 0x39);
const _: () = assert!(Op::ReturnDataCopy as u8 == 0x38 && Op::InRange as u8 == 0x3c);
const _: () = assert!(gas::MEMORY_WORD == 3 && gas::MEMORY_QUADRATIC_DIVISOR == 1 << 9);
const _: () = assert!(gas::MAX_INITCODE_BYTES == 49_152);

#[derive(LogicState, Copy, Clone, Debug, PartialEq)]
enum SpanState {
    Idle,
    Check,
    Square,
    Linear,
    Compare,
}

/// See the module.
#[derive(LogicBlock)]
pub struct Span {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Signal<In, Bit>,
    /// The operands below are those of a new operation.
    pub start: Signal<In, Bit>,
    /// Low four bits of the operation.
    pub op: Signal<In, Word<4>>,
    /// Of an in-range: gas per word, and in bit 4 whether initcode is limited.
    pub rate: Signal<In, Word<5>>,
    /// Operand A: offset in memory.
    pub a: Signal<In, Word<256>>,
    /// Operand B: length, or offset of the source.
    pub b: Signal<In, Word<256>>,
    /// Operand C: length of a copy.
    pub c: Signal<In, Word<256>>,
    /// Gas left.
    pub gas: Signal<In, Word<64>>,
    /// Memory in use, in words.
    pub old_words: Signal<In, Word<28>>,
    /// There is memory in use.
    pub has_words: Signal<In, Bit>,
    /// Its last word, if `has_words`.
    pub last_word: Signal<In, Word<28>>,
    /// Its gas; valid from cycle 2 on.
    pub old_cost: Signal<In, Word<48>>,
    /// Bytes of return data.
    pub return_length: Signal<In, Word<25>>,
    /// Rows of 64 bytes that the memory of the frame can have.
    pub room: Signal<In, Word<20>>,
    /// The last of them, if there is one.
    pub last_room: Signal<In, Word<20>>,
    /// Cycle 2: the memory must grow.
    pub grows: Signal<Out, Bit>,
    /// Cycle 2 on, for one word: the memory must grow.
    pub word_grows: Signal<Out, Bit>,
    /// Cycle 2 on, for one word: it lies inside the room of the frame.
    pub word_fits: Signal<Out, Bit>,
    /// Cycle 1 on: bytes that are touched, if there are less than 2^32.
    pub size_now: Signal<Out, Word<32>>,
    /// Cycle 3 on: it halts whatever the gas is.
    pub has_early: Signal<Out, Bit>,
    /// The memory that is touched ends inside that of the hart.
    pub fits: Signal<Out, Bit>,
    /// Words of memory that are needed.
    pub words: Signal<Out, Word<28>>,
    /// Bytes that are touched, if it fits.
    pub length: Signal<Out, Word<33>>,
    /// The verdict is there.
    pub done: Signal<Out, Bit>,
    /// With `done`: go on.
    pub pass: Signal<Out, Bit>,
    /// With `done` and without `pass`: `MemoryLimit`; else out of gas.
    pub escalate: Signal<Out, Bit>,
    /// With `pass`: gas charged.
    pub cost: Signal<Out, Word<48>>,
    /// With `pass`, if it grows: gas of the memory in use after it.
    pub new_cost: Signal<Out, Word<48>>,
    state: DFF<SpanState>,
    end_a: DFF<Word<34>>,
    end_b: DFF<Word<34>>,
    huge: DFF<Bit>,
    is_empty: DFF<Bit>,
    far_source: DFF<Bit>,
    is_long: DFF<Bit>,
    is_early: DFF<Bit>,
    touched: DFF<Word<33>>,
    chunks: DFF<Word<28>>,
    /// Cost of the operation itself.
    own: DFF<Word<48>>,
    needed: DFF<Word<28>>,
    over: DFF<Bit>,
    beyond: DFF<Bit>,
    step: DFF<Word<2>>,
    is_wide: DFF<Bit>,
    grows_word: DFF<Bit>,
    fits_word: DFF<Bit>,
    triple: DFF<Word<48>>,
    square: DFF<Word<56>>,
    memory_gas: DFF<Word<48>>,
    rest: DFF<Word<48>>,
    total: DFF<Word<48>>,
    size: Signal<Local, Word<256>>,
    source_huge: Signal<Local, Bit>,
    touches: Signal<Local, Bit>,
    offset_a: Signal<Local, Word<34>>,
    offset_b: Signal<Local, Word<34>>,
    size_low: Signal<Local, Word<34>>,
    words_a: Signal<Local, Word<29>>,
    reach_b: Signal<Local, Word<34>>,
    words_b: Signal<Local, Word<29>>,
    must_grow: Signal<Local, Bit>,
    farther: Signal<Local, Word<34>>,
    outside: Signal<Local, Bit>,
    low: Signal<Local, Word<16>>,
    high: Signal<Local, Word<16>>,
    words_wide: Signal<Local, Word<48>>,
    product: Signal<Local, Word<56>>,
    squared: Signal<Local, Word<56>>,
    affordable: Signal<Local, Bit>,
    is_word: Signal<Local, Bit>,
    a_huge: Signal<Local, Bit>,
    /// First word that is touched, and in bit 0: the next one is touched too.
    reach: Signal<Local, Word<29>>,
    reach_words: Signal<Local, Word<29>>,
    own_part: Signal<Local, Word<48>>,
    sum: Signal<Local, Word<48>>,
    price: OwnCost,
    multiply: MulTile<16, 32, 1>,
    room_bytes: Signal<Local, Word<34>>,
    last_reach: Signal<Local, Word<29>>,
    initcode_bytes: Constant<Word<34>>,
    four_gib: Constant<Word<34>>,
    one_word: Constant<Word<256>>,
    one_byte: Constant<Word<256>>,
}

impl Default for Span {
    fn default() -> Self {
        Self {
            clock: Signal::default(),
            reset: Signal::default(),
            start: Signal::default(),
            op: Signal::default(),
            rate: Signal::default(),
            a: Signal::default(),
            b: Signal::default(),
            c: Signal::default(),
            gas: Signal::default(),
            old_words: Signal::default(),
            has_words: Signal::default(),
            last_word: Signal::default(),
            old_cost: Signal::default(),
            return_length: Signal::default(),
            room: Signal::default(),
            last_room: Signal::default(),
            grows: Signal::default(),
            word_grows: Signal::default(),
            word_fits: Signal::default(),
            size_now: Signal::default(),
            has_early: Signal::default(),
            fits: Signal::default(),
            words: Signal::default(),
            length: Signal::default(),
            done: Signal::default(),
            pass: Signal::default(),
            escalate: Signal::default(),
            cost: Signal::default(),
            new_cost: Signal::default(),
            state: DFF::default(),
            end_a: DFF::default(),
            end_b: DFF::default(),
            huge: DFF::default(),
            is_empty: DFF::default(),
            far_source: DFF::default(),
            is_long: DFF::default(),
            is_early: DFF::default(),
            touched: DFF::default(),
            chunks: DFF::default(),
            own: DFF::default(),
            needed: DFF::default(),
            over: DFF::default(),
            beyond: DFF::default(),
            step: DFF::default(),
            is_wide: DFF::default(),
            grows_word: DFF::default(),
            fits_word: DFF::default(),
            triple: DFF::default(),
            square: DFF::default(),
            memory_gas: DFF::default(),
            rest: DFF::default(),
            total: DFF::default(),
            size: Signal::default(),
            source_huge: Signal::default(),
            touches: Signal::default(),
            offset_a: Signal::default(),
            offset_b: Signal::default(),
            size_low: Signal::default(),
            words_a: Signal::default(),
            reach_b: Signal::default(),
            words_b: Signal::default(),
            must_grow: Signal::default(),
            farther: Signal::default(),
            outside: Signal::default(),
            low: Signal::default(),
            high: Signal::default(),
            words_wide: Signal::default(),
            product: Signal::default(),
            squared: Signal::default(),
            affordable: Signal::default(),
            is_word: Signal::default(),
            a_huge: Signal::default(),
            reach: Signal::default(),
            reach_words: Signal::default(),
            own_part: Signal::default(),
            sum: Signal::default(),
            price: OwnCost::default(),
            multiply: MulTile::default(),
            room_bytes: Signal::default(),
            last_reach: Signal::default(),
            initcode_bytes: Constant::new(gas::MAX_INITCODE_BYTES.into()),
            four_gib: Constant::new((1u64 << 32).into()),
            one_word: Constant::new(32u64.into()),
            one_byte: Constant::new(1u64.into()),
        }
    }
}

impl Logic for Span {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_span");
        dff_setup!(
            self, clock, state, end_a, end_b, huge, is_empty, far_source, is_long, is_early,
            touched, chunks, own, needed, over, beyond, step, is_wide, grows_word, fits_word,
            triple, square, memory_gas, rest, total
        );
        clock!(self, clock, multiply);
        // Cycle 1: which bytes.
        self.size.next = self.b.val();
        self.touches.next = true;
        self.source_huge.next = false;
        self.is_word.next = false;
        match self.op.val().index() {
            0 => {
                self.size.next = self.one_word.val();
                self.is_word.next = true;
            }
            1 => {
                self.size.next = self.one_word.val();
                self.is_word.next = true;
            }
            2 => {
                self.size.next = self.one_byte.val();
                self.is_word.next = true;
            }
            3 => {
                self.touches.next = false;
            }
            4 => {
                self.touches.next = false;
            }
            5 => {
                self.size.next = self.c.val();
            }
            6 => {
                self.size.next = self.c.val();
            }
            7 => {
                self.size.next = self.c.val();
            }
            8 => {
                self.size.next = self.c.val();
                self.source_huge.next = self.b.val().get_bits::<223>(33).any();
            }
            9 => {
                self.size.next = self.c.val();
                self.source_huge.next = self.b.val().get_bits::<223>(33).any();
            }
            _ => {}
        }
        self.offset_a.next = bit_cast_word::<34, 33>(self.a.val().get_bits::<33>(0));
        self.offset_b.next = 0.into();
        if (self.op.val() == 8) | (self.op.val() == 9) {
            self.offset_b.next = bit_cast_word::<34, 33>(self.b.val().get_bits::<33>(0));
        }
        self.size_low.next = bit_cast_word::<34, 33>(self.size.val().get_bits::<33>(0));
        self.size_now.next = self.size.val().get_bits::<32>(0);
        self.a_huge.next = self.a.val().get_bits::<223>(33).any();
        self.reach.next = bit_cast_word::<29, 28>(self.a.val().get_bits::<28>(5)) << 1;
        if self.a.val().get_bits::<5>(0).any() & (self.op.val() != 2) {
            self.reach.next = (bit_cast_word::<29, 28>(self.a.val().get_bits::<28>(5)) << 1) | 1;
        }
        self.last_reach.next = (bit_cast_word::<29, 20>(self.last_room.val()) << 2) | 2;
        self.reach_words.next = self.reach.val() + 3;
        self.grows_word.d.next = self.a_huge.val()
            | (!self.has_words.val())
            | (self.reach.val() > (bit_cast_word::<29, 28>(self.last_word.val()) << 1));
        self.fits_word.d.next = (!self.a_huge.val())
            & self.room.val().any()
            & (self.reach.val() <= self.last_reach.val());
        if self.start.val() {
            self.step.d.next = 0.into();
            self.needed.d.next = self.reach_words.val().get_bits::<28>(1);
            self.end_a.d.next = self.offset_a.val() + self.size_low.val();
            self.end_b.d.next = self.offset_b.val() + self.size_low.val();
            self.huge.d.next = self.a_huge.val()
                | self.size.val().get_bits::<223>(33).any()
                | self.source_huge.val();
            self.is_empty.d.next = (!self.touches.val()) | (!self.size.val().any());
            self.far_source.d.next =
                self.size.val().get_bits::<223>(33).any() | self.source_huge.val();
            self.is_long.d.next = (self.op.val() == 12)
                & self.rate.val().get_bit(4)
                & (self.size.val().get_bits::<223>(33).any()
                    | (self.size_low.val() > self.initcode_bytes.val()));
            self.touched.d.next = self.size.val().get_bits::<33>(0);
            self.chunks.d.next = self.size.val().get_bits::<28>(5);
            if self.size.val().get_bits::<5>(0).any() {
                self.chunks.d.next = self.size.val().get_bits::<28>(5) + 1;
            }
        }
        // Cycle 2: does the memory grow, and what does the operation itself cost.
        self.words_a.next = self.end_a.q.val().get_bits::<29>(5);
        if self.end_a.q.val().get_bits::<5>(0).any() {
            self.words_a.next = self.end_a.q.val().get_bits::<29>(5) + 1;
        }
        // Only a copy inside the memory grows it over its source.
        self.reach_b.next = 0.into();
        if self.op.val() == 9 {
            self.reach_b.next = self.end_b.q.val();
        }
        self.words_b.next = self.reach_b.val().get_bits::<29>(5);
        if self.reach_b.val().get_bits::<5>(0).any() {
            self.words_b.next = self.reach_b.val().get_bits::<29>(5) + 1;
        }
        self.must_grow.next = (!self.is_empty.q.val())
            & (self.huge.q.val()
                | (self.words_a.val() > bit_cast_word::<29, 28>(self.old_words.val()))
                | (self.words_b.val() > bit_cast_word::<29, 28>(self.old_words.val())));
        self.farther.next = self.end_a.q.val();
        if self.reach_b.val() > self.end_a.q.val() {
            self.farther.next = self.reach_b.val();
        }
        self.room_bytes.next = bit_cast_word::<34, 20>(self.room.val()) << 6;
        self.price.op.next = self.op.val();
        self.price.rate.next = self.rate.val().get_bits::<4>(0);
        self.price.words.next = self.chunks.q.val();
        self.price.bytes.next = self.touched.q.val();
        self.outside.next = self.far_source.q.val()
            | (self.end_b.q.val() > bit_cast_word::<34, 25>(self.return_length.val()));
        // Cycle 3 on: gas of the memory.
        self.low.next = self.needed.q.val().get_bits::<16>(0);
        self.high.next = bit_cast_word::<16, 12>(self.needed.q.val().get_bits::<12>(16));
        self.multiply.a.next = self.low.val();
        self.multiply.b.next = self.low.val();
        if self.step.q.val() == 1 {
            self.multiply.b.next = self.high.val();
        }
        if self.step.q.val() == 2 {
            self.multiply.a.next = self.high.val();
            self.multiply.b.next = self.high.val();
        }
        self.product.next = bit_cast_word::<56, 32>(self.multiply.p.val());
        self.squared.next = self.product.val();
        if self.is_wide.q.val() {
            self.squared.next = self.square.q.val();
        }
        self.words_wide.next = bit_cast_word::<48, 28>(self.needed.q.val());
        self.affordable.next = self.gas.val().get_bits::<16>(48).any()
            | (self.total.q.val() <= self.gas.val().get_bits::<48>(0));
        self.triple.d.next = self.words_wide.val() + (self.words_wide.val() << 1);
        self.own_part.next = 0.into();
        if !self.is_word.val() {
            self.own_part.next = self.own.q.val();
        }
        self.rest.d.next = self.own_part.val() - self.old_cost.val();
        self.sum.next =
            self.triple.q.val() + bit_cast_word::<48, 47>(self.squared.val().get_bits::<47>(9));
        self.done.next = false;
        match self.state.q.val() {
            SpanState::Idle => {}
            SpanState::Check => {
                self.own.d.next = self.price.cost.val();
                self.needed.d.next = self.words_a.val().get_bits::<28>(0);
                if self.words_b.val() > self.words_a.val() {
                    self.needed.d.next = self.words_b.val().get_bits::<28>(0);
                }
                self.over.d.next = (!self.is_empty.q.val())
                    & (self.huge.q.val() | (self.farther.val() > self.four_gib.val()));
                self.beyond.d.next = (!self.is_empty.q.val())
                    & (self.huge.q.val() | (self.farther.val() > self.room_bytes.val()));
                self.total.d.next = self.price.cost.val();
                self.is_wide.d.next = self.high.val().any();
                self.is_early.d.next =
                    self.is_long.q.val() | ((self.op.val() == 8) & self.outside.val());
                self.state.d.next = SpanState::Compare;
                if self.must_grow.val() {
                    self.state.d.next = SpanState::Square;
                    if self.is_word.val() {
                        self.step.d.next = 1.into();
                        if !self.high.val().any() {
                            self.state.d.next = SpanState::Linear;
                        }
                    }
                }
            }
            SpanState::Square => {
                self.step.d.next = self.step.q.val() + 1;
                match self.step.q.val().index() {
                    0 => {
                        self.is_wide.d.next = self.high.val().any();
                        if !self.high.val().any() {
                            self.state.d.next = SpanState::Linear;
                        }
                    }
                    1 => {
                        self.square.d.next = self.product.val();
                    }
                    2 => {
                        self.square.d.next = self.square.q.val() + (self.product.val() << 17);
                    }
                    _ => {
                        self.square.d.next = self.square.q.val() + (self.product.val() << 32);
                        self.state.d.next = SpanState::Linear;
                    }
                }
            }
            SpanState::Linear => {
                self.memory_gas.d.next = self.sum.val();
                self.total.d.next = self.triple.q.val()
                    + bit_cast_word::<48, 47>(self.squared.val().get_bits::<47>(9))
                    + self.rest.q.val();
                self.state.d.next = SpanState::Compare;
            }
            SpanState::Compare => {
                self.done.next = true;
                self.state.d.next = SpanState::Idle;
            }
        }
        if self.start.val() {
            self.state.d.next = SpanState::Check;
        }
        if self.reset.val() {
            self.state.d.next = SpanState::Idle;
        }
        self.grows.next = self.must_grow.val();
        self.word_grows.next = self.grows_word.q.val();
        self.word_fits.next = self.fits_word.q.val();
        self.has_early.next = self.is_early.q.val();
        self.fits.next = !self.beyond.q.val();
        self.words.next = self.needed.q.val();
        self.length.next = self.touched.q.val();
        self.pass.next = self.affordable.val() & (!self.beyond.q.val());
        self.escalate.next = self.affordable.val();
        if self.over.q.val() {
            self.escalate.next = self.gas.val().get_bits::<19>(45).any();
        }
        self.cost.next = self.total.q.val();
        self.new_cost.next = self.memory_gas.q.val();
    }
}
