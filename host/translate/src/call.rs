//! Level 0: the micro-ops of calls, creations and `SELFDESTRUCT`.
//!
//! Every sequence but the last ends with `enter`, which takes the operands off the stack, and the
//! `mov` of the result, which comes when the callee has ended.

use gasworks_abi::env::EnvWord;
use gasworks_abi::escalation::SELF_DESTRUCTED;
use gasworks_abi::fork::Fork;
use gasworks_abi::gas::{INITCODE_WORD, KECCAK_WORD};
use gasworks_abi::micro_op::{BSource, CallKind, INRANGE_LIMIT, MicroOp, Op};

use crate::instruction::{Sequence, push};

/// What an opcode that makes a frame or ends an account becomes; `None` for all others.
pub(crate) fn sequence(opcode: u8, fork: Fork) -> Option<Sequence> {
    Some(match opcode {
        0xf0 => create(false, fork),
        0xf1 => call(CallKind::Call),
        0xf2 => call(CallKind::CallCode),
        0xf4 => call_view(CallKind::DelegateCall),
        0xf5 => create(true, fork),
        0xfa => call_view(CallKind::StaticCall),
        0xff => self_destruct(),
        _ => return None,
    })
}

/// Latches the slots `a` and `b` as argument words 2·`pair` and 2·`pair` + 1.
fn latch(a: i8, b: i8, pair: u32) -> MicroOp {
    MicroOp::new(Op::Arg).with_a(a).with_b(b).with_imm(pair)
}

/// A range of memory: offset in slot `a`, length below it.
fn range(op: Op, a: i8) -> MicroOp {
    MicroOp::new(op).with_a(a).with_b(a - 1)
}

/// Enters, having taken so many words off the stack.
fn enter(words: i8) -> MicroOp {
    MicroOp::new(Op::Enter).with_delta(-words)
}

fn result() -> MicroOp {
    push(Op::Mov).with_b_source(BSource::Environment, EnvWord::CallResult as u32)
}

/// `CALL`, `CALLCODE`. From the top: gas, account, value, offset and length of the input, of the
/// output.
fn call(kind: CallKind) -> Sequence {
    let call = MicroOp::new(Op::Call).with_a(-2).with_b(-3);
    Sequence::of(&[
        latch(-1, -3, 0),
        latch(-2, -2, 1),
        range(Op::InRange, -4),
        range(Op::OutRange, -6),
        call.with_imm(kind as u32),
        enter(7),
        result(),
    ])
}

/// `DELEGATECALL`, `STATICCALL`: the same without value. The immediate that stands for it is at the
/// same time the number of the pair.
fn call_view(kind: CallKind) -> Sequence {
    let gas = MicroOp::new(Op::Arg).with_a(-1);
    let call = MicroOp::new(Op::CallView).with_a(-2);
    Sequence::of(&[
        gas.with_b_source(BSource::Immediate, 0),
        latch(-2, -2, 1),
        range(Op::InRange, -3),
        range(Op::OutRange, -5),
        call.with_imm(kind as u32),
        enter(6),
        result(),
    ])
}

/// `CREATE`, `CREATE2`. From the top: value, offset and length of the initcode, salt.
fn create(with_salt: bool, fork: Fork) -> Sequence {
    let is_metered = fork >= Fork::Shanghai;
    let rate = if is_metered { INITCODE_WORD } else { 0 } + if with_salt { KECCAK_WORD } else { 0 };
    let limit = if is_metered { INRANGE_LIMIT } else { 0 };
    let salt = if with_salt { -4 } else { -1 };
    Sequence::of(&[
        latch(-1, salt, 0),
        range(Op::InRange, -2).with_imm(rate as u32 | limit),
        MicroOp::new(Op::Create)
            .with_a(-1)
            .with_imm(with_salt.into()),
        enter(if with_salt { 4 } else { 3 }),
        result(),
    ])
}

fn self_destruct() -> Sequence {
    let op = MicroOp::new(Op::SelfDestruct).with_a(-1).with_delta(-1);
    Sequence::of(&[op, MicroOp::new(Op::Stop).with_imm(SELF_DESTRUCTED.into())])
}
