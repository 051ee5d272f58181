//! Level 0: the micro-ops of the opcodes that neither end a block nor need a constant.

use gasworks_abi::env::EnvWord;
use gasworks_abi::micro_op::{BSource, MicroOp, Op};

/// Most micro-ops of one opcode.
const MOST: usize = 7;

/// The micro-ops of one opcode.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sequence {
    ops: [MicroOp; MOST],
    len: usize,
}

impl Sequence {
    pub(crate) fn of(ops: &[MicroOp]) -> Self {
        let mut all = [MicroOp::new(Op::Nop); MOST];
        all[..ops.len()].copy_from_slice(ops);
        Self {
            ops: all,
            len: ops.len(),
        }
    }

    pub(crate) fn as_slice(&self) -> &[MicroOp] {
        &self.ops[..self.len]
    }
}

/// What an opcode without immediate data becomes; `None` for those that the translator itself
/// handles (`PUSHn`, `PC`, `CODESIZE`, `JUMPDEST`, jumps and ends) and for calls and creations.
pub(crate) fn sequence(opcode: u8) -> Option<Sequence> {
    let single = simple(opcode)
        .or_else(|| environment(opcode))
        .or_else(|| stack(opcode));
    if let Some(op) = single {
        return Some(Sequence::of(&[op]));
    }
    Some(match opcode {
        0x08 => ternary(Op::AddMod),
        0x09 => ternary(Op::MulMod),
        0x37 => copy(Op::CalldataCopy),
        0x39 => copy(Op::CodeCopy),
        0x3c => external_copy(),
        0x3e => copy(Op::ReturnDataCopy),
        0x5e => copy(Op::MCopy),
        0xa0..=0xa4 => log(opcode - 0xa0),
        _ => return None,
    })
}

/// d = A op B: two words become one.
fn binary(op: Op) -> MicroOp {
    MicroOp::new(op)
        .with_a(-1)
        .with_b(-2)
        .with_d(-2)
        .with_delta(-1)
}

/// d = op A: one word becomes another.
fn unary(op: Op) -> MicroOp {
    MicroOp::new(op).with_a(-1).with_d(-1)
}

/// Takes A and B and leaves nothing.
fn sink(op: Op) -> MicroOp {
    MicroOp::new(op).with_a(-1).with_b(-2).with_delta(-2)
}

/// Pushes a word.
pub(crate) fn push(op: Op) -> MicroOp {
    MicroOp::new(op).with_d(0).with_delta(1)
}

/// Latches slot `a` as operand C.
fn latch(a: i8) -> MicroOp {
    MicroOp::new(Op::Arg)
        .with_a(a)
        .with_b_source(BSource::Immediate, 0)
}

fn ternary(op: Op) -> Sequence {
    let op = MicroOp::new(op)
        .with_a(-1)
        .with_b(-2)
        .with_d(-3)
        .with_delta(-2);
    Sequence::of(&[latch(-3), op])
}

fn copy(op: Op) -> Sequence {
    let op = MicroOp::new(op).with_a(-1).with_b(-2).with_delta(-3);
    Sequence::of(&[latch(-3), op])
}

fn external_copy() -> Sequence {
    let touch = MicroOp::new(Op::ExtCodeTouch).with_a(-1).with_delta(-1);
    let op = MicroOp::new(Op::ExtCodeCopy)
        .with_a(-1)
        .with_b(-2)
        .with_delta(-3);
    Sequence::of(&[touch, latch(-3), op])
}

/// Topics lie below offset and length. Where a pair of topics is half filled, the other half is
/// the immediate, so that nothing below the operands of the opcode is read.
fn log(topics: u8) -> Sequence {
    let pair = |first: i8, index: u32, both: bool| {
        let op = MicroOp::new(Op::Arg).with_a(first);
        if both {
            op.with_b(first - 1).with_imm(index)
        } else {
            op.with_b_source(BSource::Immediate, index)
        }
    };
    let log = MicroOp::new(Op::Log)
        .with_a(-1)
        .with_b(-2)
        .with_imm(topics.into())
        .with_delta(-2 - topics as i8);
    match topics {
        0 => Sequence::of(&[log]),
        1 | 2 => Sequence::of(&[pair(-3, 0, topics == 2), log]),
        _ => Sequence::of(&[pair(-3, 0, true), pair(-5, 1, topics == 4), log]),
    }
}

/// Opcodes whose operands are the top of the stack, in order.
fn simple(opcode: u8) -> Option<MicroOp> {
    Some(match opcode {
        0x01 => binary(Op::Add),
        0x02 => binary(Op::Mul),
        0x03 => binary(Op::Sub),
        0x04 => binary(Op::Div),
        0x05 => binary(Op::SDiv),
        0x06 => binary(Op::Mod),
        0x07 => binary(Op::SMod),
        0x0a => binary(Op::Exp),
        0x0b => binary(Op::SignExtend),
        0x10 => binary(Op::Lt),
        0x11 => binary(Op::Gt),
        0x12 => binary(Op::Slt),
        0x13 => binary(Op::Sgt),
        0x14 => binary(Op::Eq),
        0x15 => unary(Op::IsZero),
        0x16 => binary(Op::And),
        0x17 => binary(Op::Or),
        0x18 => binary(Op::Xor),
        0x19 => unary(Op::Not),
        0x1a => binary(Op::Byte),
        0x1b => binary(Op::Shl),
        0x1c => binary(Op::Shr),
        0x1d => binary(Op::Sar),
        0x1e => unary(Op::Clz),
        0x20 => binary(Op::Keccak256),
        0x31 => unary(Op::Balance),
        0x35 => unary(Op::CalldataLoad),
        0x3b => unary(Op::ExtCodeSize),
        0x3f => unary(Op::ExtCodeHash),
        0x40 => unary(Op::BlockHash),
        0x47 => push(Op::SelfBalance),
        0x49 => unary(Op::BlobHash),
        0x51 => unary(Op::MLoad),
        0x52 => sink(Op::MStore),
        0x53 => sink(Op::MStore8),
        0x54 => unary(Op::SLoad),
        0x55 => sink(Op::SStore),
        0x59 => push(Op::MSize),
        0x5a => push(Op::Gas),
        0x5c => unary(Op::TLoad),
        0x5d => sink(Op::TStore),
        0xf3 => sink(Op::Return),
        0xfd => sink(Op::Revert),
        _ => return None,
    })
}

/// Opcodes that push a word of the environment file.
fn environment(opcode: u8) -> Option<MicroOp> {
    let word = match opcode {
        0x30 => EnvWord::Address,
        0x32 => EnvWord::Origin,
        0x33 => EnvWord::Caller,
        0x34 => EnvWord::CallValue,
        0x36 => EnvWord::CalldataSize,
        0x3a => EnvWord::GasPrice,
        0x3d => EnvWord::ReturnDataSize,
        0x41 => EnvWord::Coinbase,
        0x42 => EnvWord::Timestamp,
        0x43 => EnvWord::Number,
        0x44 => EnvWord::Difficulty,
        0x45 => EnvWord::GasLimit,
        0x46 => EnvWord::ChainId,
        0x48 => EnvWord::BaseFee,
        0x4a => EnvWord::BlobBaseFee,
        _ => return None,
    };
    Some(push(Op::Mov).with_b_source(BSource::Environment, word as u32))
}

/// `POP`, `DUPn`, `SWAPn`.
fn stack(opcode: u8) -> Option<MicroOp> {
    Some(match opcode {
        0x50 => MicroOp::new(Op::Nop).with_delta(-1),
        0x80..=0x8f => push(Op::Mov).with_b(-((opcode - 0x7f) as i8)),
        0x90..=0x9f => {
            let other = -((opcode - 0x8f) as i8) - 1;
            MicroOp::new(Op::Swap)
                .with_a(-1)
                .with_b(other)
                .with_d(other)
        }
        _ => return None,
    })
}
