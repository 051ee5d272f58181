//! Decode tables: control bits of every operation, derived from `gasworks_abi::micro_op::MICRO_OPS`.

use crate::circuit::{Circuit, Net, any_of};
use gasworks_abi::micro_op::{MICRO_OPS, Op, OpFlags, Unit};
use gasworks_abi::regs::Counter;

/// Builds the table of `row` over all operations; codes that are not assigned get zeros.
fn table(c: &Circuit, name: &str, op: &Net, width: usize, row: impl Fn(Op) -> u64) -> Net {
    let arms: Vec<(u64, Net)> = MICRO_OPS
        .iter()
        .map(|info| (info.op as u64, row(info.op)))
        .filter(|(_, bits)| *bits != 0)
        .map(|(code, bits)| (code, c.lit(bits, width)))
        .collect();
    c.case(name, &op.bits(0, 8), &arms, &c.lit(0, width))
}

fn pack(bits: &[bool]) -> u64 {
    bits.iter()
        .enumerate()
        .map(|(i, bit)| u64::from(*bit) << i)
        .sum()
}

fn is_shared(op: Op) -> bool {
    Unit::SHARED.contains(&op.unit())
}

/// What D must know of a micro-op; travels through the queue beside it.
#[derive(Clone)]
pub struct Issue(pub Net);

/// Width of [`Issue`].
pub const ISSUE: usize = 15;

macro_rules! bits {
    ($type:ident { $( $(#[$doc:meta])* $name:ident = $index:literal; )* }) => {
        impl $type {
            $( $(#[$doc])* #[must_use] pub fn $name(&self) -> Net { self.0.bit($index) } )*
        }
    };
}

bits! { Issue {
    /// Reads operand A.
    reads_a = 0;
    /// Reads operand B, from wherever.
    reads_b = 1;
    /// A slice writes `d`.
    writes = 2;
    /// The result is known at C only.
    boolean = 3;
    /// Takes two slots.
    swap = 4;
    /// Takes A at C when A is a boolean under way.
    boolean_a = 5;
    /// Takes B at C when B is a boolean under way.
    boolean_b = 6;
    /// The hart waits for a result.
    blocks = 7;
    /// An operation of a shared unit.
    shared = 8;
    /// Must not start while an operation of the hart is at a unit.
    exclusive = 9;
    /// `delta` is valid.
    delta = 10;
    /// Needs nothing of the slices: `nop`, `jump`, `block`.
    light = 11;
    /// `arg`: must not start while an operation that reads arg words is under way.
    arg = 12;
    /// An operation that reads arg words.
    uses_args = 13;
    /// Reads the top of the stack as A, and nobody reads that slot afterwards: it is popped, or written by this
    /// very micro-op.
    ends_top = 14;
} }

/// Bits of the issue table.
const ISSUE_ROW: usize = ISSUE - 1;

/// `jumpd`, `jumpi`, `jumpid`: T may send the hart elsewhere.
pub fn is_branch(op: &Net) -> Net {
    let codes = [Op::JumpDynamic, Op::JumpIf, Op::JumpIfDynamic];
    any_of(&codes.map(|code| op.bits(0, 8).is(code as u64)))
}

/// A field of the micro-op names the top of the stack.
pub fn is_top(op: &Net, field: usize) -> Net {
    op.bits(field, 8).is(0xff)
}

/// See [`Issue::ends_top`].
fn ends_top(c: &Circuit, op: &Net) -> Net {
    let uses = table(c, "uses_of_top", op, 3, |op| {
        let has = |flag| op.info().flags.has(flag);
        // `d` of a swap equals `b`, but its second half writes A.
        pack(&[has(OpFlags::A), has(OpFlags::D), op == Op::Swap])
    });
    let gone = op.bit(36) | (uses.bit(1) & is_top(op, 24)) | uses.bit(2);
    // Whatever uses B from elsewhere has this field zero.
    uses.bit(0) & is_top(op, 8) & gone & !is_top(op, 16)
}

/// The issue bits of `op`.
pub fn issue(c: &Circuit, op: &Net) -> Issue {
    let row = table(c, "issue_bits", op, ISSUE_ROW, |op| {
        let has = |flag| op.info().flags.has(flag);
        let alu = op.unit() == Unit::Alu;
        let shared = is_shared(op);
        let gas = op == Op::Gas;
        let slots = has(OpFlags::A) || has(OpFlags::B) || has(OpFlags::D);
        let exclusive = gas || op.unit() == Unit::Retire;
        pack(&[
            has(OpFlags::A),
            has(OpFlags::B),
            has(OpFlags::D) && alu,
            has(OpFlags::BOOL),
            op == Op::Swap,
            matches!(op, Op::IsZero | Op::Swap),
            matches!(op, Op::JumpIf | Op::JumpIfDynamic | Op::Mov),
            has(OpFlags::D) && !alu,
            shared,
            exclusive,
            op != Op::Block,
            !(slots || exclusive || shared),
            op == Op::Arg,
            has(OpFlags::C) || op == Op::Log,
        ])
    });
    Issue(row.above(&ends_top(c, op)))
}

/// What fetch must know of a micro-op.
#[derive(Clone)]
pub struct Flow(pub Net);

bits! { Flow {
    /// `jump`.
    jump = 0;
    /// `jumpi`.
    jump_if = 1;
    /// `jumpd`.
    dynamic = 2;
    /// `jumpid`.
    dynamic_if = 3;
    /// `pushl`.
    label = 4;
    /// Ends the run of the hart.
    end = 5;
} }

/// The flow bits of `op`.
pub fn flow(c: &Circuit, op: &Net) -> Flow {
    Flow(table(c, "flow_bits", op, 6, |op| {
        pack(&[
            op == Op::Jump,
            op == Op::JumpIf,
            op == Op::JumpDynamic,
            op == Op::JumpIfDynamic,
            op == Op::PushLabel,
            op.info().flags.has(OpFlags::END) || op == Op::Enter,
        ])
    }))
}

/// What a slice does: see [`Select`] for `[2:0]`.
#[derive(Clone)]
pub struct Alu(pub Net);

/// Width of [`Alu`].
pub const ALU: usize = 8;

/// The result of a slice.
#[derive(Clone, Copy)]
#[repr(u8)]
pub enum Select {
    /// Zero: comparisons, and everything that writes nothing.
    Zero = 0,
    /// Sum of A, B (inverted or not) and carry.
    Sum = 1,
    /// And.
    And = 2,
    /// Or.
    Or = 3,
    /// Xor.
    Xor = 4,
    /// A inverted.
    NotA = 5,
    /// B.
    B = 6,
    /// A.
    A = 7,
}

bits! { Alu {
    /// B is inverted.
    invert = 3;
    /// Carry into slice 0.
    carry = 4;
    /// The sign bits are inverted: a two's complement comparison.
    signed = 5;
    /// A takes part in the zero test.
    test_a = 6;
    /// B takes part in the zero test.
    test_b = 7;
} }

impl Alu {
    /// The [`Select`].
    #[must_use]
    pub fn select(&self) -> Net {
        self.0.bits(0, 3)
    }
}

/// `invert`, `carry`, `signed`, `test_a`, `test_b` and the selection of an operation.
fn alu_row(op: Op) -> u64 {
    let (select, flags) = match op {
        Op::Add => (Select::Sum, 0),
        Op::Sub => (Select::Sum, 0b0_0011),
        Op::And => (Select::And, 0),
        Op::Or => (Select::Or, 0),
        Op::Xor => (Select::Xor, 0),
        Op::Not => (Select::NotA, 0),
        Op::Mov | Op::PushLabel => (Select::B, 0),
        Op::Swap => (Select::A, 0),
        Op::Lt => (Select::Zero, 0b0_0011),
        Op::Gt => (Select::Zero, 0b0_0001),
        Op::Slt => (Select::Zero, 0b0_0111),
        Op::Sgt => (Select::Zero, 0b0_0101),
        Op::Eq | Op::JumpDynamic => (Select::Zero, 0b1_1000),
        Op::IsZero => (Select::Zero, 0b0_1000),
        Op::JumpIf | Op::JumpIfDynamic => (Select::Zero, 0b1_0000),
        _ => (Select::Zero, 0),
    };
    select as u64 | flags << 3
}

/// The slice controls of `op`, if there is one.
pub fn alu(c: &Circuit, op: &Net, valid: &Net) -> Alu {
    let row = table(c, "alu_row", op, ALU, alu_row);
    Alu(valid.mux(&row, &c.lit(0, ALU)))
}

/// What C and T must know.
#[derive(Clone)]
pub struct Retire(pub Net);

/// Width of [`Retire`].
pub const RETIRE: usize = 21;

bits! { Retire {
    /// `block`.
    block = 0;
    /// `jump`.
    jump = 1;
    /// `jumpi`.
    jump_if = 2;
    /// `jumpd`.
    dynamic = 3;
    /// `jumpid`.
    dynamic_if = 4;
    /// `stop`.
    stop = 5;
    /// `halt`.
    halt = 6;
    /// `escalate`.
    escalate = 7;
    /// `gas`.
    gas = 8;
    /// An operation of a shared unit.
    shared = 9;
    /// `pushl`.
    label = 10;
    /// Boolean: no carry out of the top slice.
    is_below = 11;
    /// Boolean: carry out of the top slice.
    is_above = 12;
    /// Boolean: the zero test holds.
    is_equal = 13;
    /// Reads operand A.
    reads_a = 14;
    /// Reads operand B.
    reads_b = 15;
    /// `arg`.
    arg = 16;
    /// An operation of a shared unit with a result.
    result = 17;
    /// `mov`: passes on a boolean in B.
    moves_b = 18;
    /// `swap`: its first half passes on a boolean in A.
    moves_a = 19;
    /// `enter`.
    enter = 20;
} }

/// The retire bits of `op`.
pub fn retire(c: &Circuit, op: &Net) -> Retire {
    Retire(table(c, "retire_bits", op, RETIRE, |op| {
        let has = |flag| op.info().flags.has(flag);
        pack(&[
            op == Op::Block,
            op == Op::Jump,
            op == Op::JumpIf,
            op == Op::JumpDynamic,
            op == Op::JumpIfDynamic,
            op == Op::Stop,
            op == Op::Halt,
            op == Op::Escalate,
            op == Op::Gas,
            is_shared(op),
            op == Op::PushLabel,
            matches!(op, Op::Lt | Op::Slt),
            matches!(op, Op::Gt | Op::Sgt),
            matches!(op, Op::Eq | Op::IsZero),
            has(OpFlags::A),
            has(OpFlags::B),
            op == Op::Arg,
            is_shared(op) && has(OpFlags::D),
            op == Op::Mov,
            op == Op::Swap,
            op == Op::Enter,
        ])
    }))
}

/// Width of a stall cause: a [`Counter`].
pub const CAUSE: usize = 4;

/// The counter of the cycles in which a hart waits for `op`.
pub fn wait_cause(c: &Circuit, op: &Net) -> Net {
    table(c, "wait_cause", op, CAUSE, |op| match op.unit() {
        Unit::Memory if op == Op::Keccak256 => Counter::StallKeccak as u64,
        Unit::Memory => Counter::StallMemory as u64,
        Unit::Shift => Counter::StallShift as u64,
        Unit::Math => Counter::StallMath as u64,
        Unit::State => Counter::StallState as u64,
        _ => Counter::StallOperand as u64,
    })
}
