//! Level 0: one pass over the bytecode writes blocks of micro-ops, one per opcode.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use gasworks_abi::escalation::{Escalation, Halt};
use gasworks_abi::micro_op::{BSource, IMM_MAX, MicroOp, Op};
use gasworks_abi::opcode::{self, OpcodeInfo};
use gasworks_abi::program::ENTRY;

use crate::Target;
use crate::block::{Block, Demand, End, OpenBlock};
use crate::call;
use crate::hint::{self, Branch};
use crate::instruction::{push, sequence};
use crate::jumpdest::{JUMPDEST, Jumpdests, immediate_len};
use crate::program::{Origin, Program, image};

const JUMP: u8 = 0x56;
const JUMPI: u8 = 0x57;

/// What the next byte meets.
#[derive(Debug, Clone, Copy)]
enum State {
    /// Nothing reaches it unless it is a `JUMPDEST`.
    Dead,
    /// It starts a block.
    Between,
    /// It continues a block.
    Open(OpenBlock),
}

/// The block and the first micro-op of a `JUMPDEST`.
#[derive(Debug, Clone, Copy, Default)]
struct Landing {
    micro_op: u32,
    block: usize,
}

/// Translates one contract.
pub(crate) struct Translator<'c> {
    code: &'c [u8],
    target: Target,
    jumpdests: Jumpdests,
    ops: Vec<MicroOp>,
    origins: Vec<Origin>,
    constants: Vec<[u8; 32]>,
    constant_index: HashMap<[u8; 32], u32>,
    state: State,
    blocks: Vec<Block>,
    landings: Vec<Landing>,
    /// Micro-ops whose immediate is the micro-op of the `JUMPDEST` with this ordinal.
    fixups: Vec<(usize, u32)>,
    branches: Vec<Branch>,
    /// The last opcodes, latest last.
    recent: [u8; 4],
    /// Operand of the `PUSH` just before, if that was the last instruction.
    pushed: Option<[u8; 32]>,
}

impl<'c> Translator<'c> {
    pub(crate) fn new(code: &'c [u8], target: Target) -> Self {
        let jumpdests = Jumpdests::find(code);
        Self {
            code,
            target,
            landings: Vec::with_capacity(jumpdests.count() as usize),
            jumpdests,
            ops: Vec::with_capacity(code.len()),
            origins: Vec::with_capacity(code.len()),
            constants: Vec::new(),
            constant_index: HashMap::new(),
            state: State::Between,
            blocks: Vec::new(),
            fixups: Vec::new(),
            branches: Vec::new(),
            recent: [0; 4],
            pushed: None,
        }
    }

    pub(crate) fn translate(mut self) -> Program {
        let mut position = 0;
        while position < self.code.len() {
            let opcode = self.code[position];
            if opcode == JUMPDEST {
                self.start_target(position);
            } else if !matches!(self.state, State::Dead) {
                self.instruction(position, opcode);
            }
            position += 1 + immediate_len(opcode);
        }
        if !matches!(self.state, State::Dead) {
            self.instruction(position, 0x00);
        }
        self.resolve();
        let landings = self.landings.iter();
        let targets: Vec<u32> = landings.map(|landing| landing.micro_op).collect();
        Program {
            words: image(self.code.len(), &self.ops, self.jumpdests.map(), &targets),
            constants: self.constants,
            origins: self.origins,
        }
    }

    /// Fills in what was not known when it was written: targets of jumps and branch hints.
    fn resolve(&mut self) {
        for (micro_op, ordinal) in &self.fixups {
            let op = &mut self.ops[*micro_op];
            *op = op.with_imm(self.landings[*ordinal as usize].micro_op);
        }
        for branch in &self.branches {
            let block_at = |position: u32| {
                let ordinal = self.jumpdests.ordinal(position as usize)?;
                Some(self.landings[ordinal as usize].block)
            };
            let taken = hint::taken(branch, &self.blocks, block_at);
            let op = &mut self.ops[branch.micro_op];
            *op = op.with_taken(taken);
        }
    }

    fn row(&self, opcode: u8) -> Option<&'static OpcodeInfo> {
        opcode::info(opcode).filter(|row| row.gas_in(self.target.fork).is_some())
    }

    fn emit(&mut self, op: MicroOp, origin: Origin) {
        self.ops.push(op);
        self.origins.push(origin);
    }

    /// Opens a block whose header has this origin.
    fn open(&mut self, origin: Origin) -> OpenBlock {
        let block = OpenBlock::new(self.ops.len());
        self.emit(block.header_op(), origin);
        block
    }

    /// Completes the header of a block.
    fn close(&mut self, block: OpenBlock, end: End) {
        self.ops[block.header] = block.header_op();
        self.blocks.push(Block {
            end,
            label: block.label,
            names_error: block.names_error,
        });
    }

    /// A `JUMPDEST`: its micro-op is the header of a new block.
    fn start_target(&mut self, position: usize) {
        if let State::Open(block) = self.state {
            self.close(block, End::Falls);
        }
        self.landings.push(Landing {
            micro_op: ENTRY + self.ops.len() as u32,
            block: self.blocks.len(),
        });
        let demand = self.demand(JUMPDEST);
        let block = self.open(Origin {
            position: position as u32,
            opcode: JUMPDEST,
            static_gas: demand.gas,
            is_first_of_instruction: true,
        });
        // An empty block takes any instruction.
        self.state = State::Open(block.with(demand).unwrap_or(block));
        self.recent = [0; 4];
        self.pushed = None;
    }

    fn demand(&self, opcode: u8) -> Demand {
        self.row(opcode).map_or(
            Demand {
                stack_in: 0,
                stack_out: 0,
                gas: 0,
            },
            |row| Demand {
                stack_in: row.stack_in,
                stack_out: row.stack_out,
                gas: row.gas,
            },
        )
    }

    /// Adds an instruction to the open block, or to a new one where none is open or it is full.
    fn enter(&mut self, position: usize, opcode: u8) -> OpenBlock {
        let demand = self.demand(opcode);
        if let State::Open(block) = self.state {
            if let Some(block) = block.with(demand) {
                return block;
            }
            self.close(block, End::Falls);
        }
        let block = self.open(Origin {
            position: position as u32,
            opcode,
            static_gas: 0,
            is_first_of_instruction: false,
        });
        block.with(demand).unwrap_or(block)
    }

    /// Translates one instruction that is no `JUMPDEST`.
    fn instruction(&mut self, position: usize, opcode: u8) {
        let block = self.enter(position, opcode);
        self.state = State::Open(block);
        let pushed = self.pushed.take();
        let first = self.ops.len();
        let end = self.body(position, opcode, pushed);
        self.recent.rotate_left(1);
        self.recent[3] = opcode;
        let static_gas = self.demand(opcode).gas;
        for origin in &mut self.origins[first..] {
            *origin = Origin {
                position: position as u32,
                opcode,
                static_gas: 0,
                is_first_of_instruction: false,
            };
        }
        self.origins[first].static_gas = static_gas;
        self.origins[first].is_first_of_instruction = true;
        let Some(end) = end else { return };
        self.close(block, end);
        // After a `JUMPI`, and where a block ends only because gas is seen, the next byte is reached.
        self.state = match (opcode, end) {
            (JUMPI, _) | (_, End::Falls) => State::Between,
            _ => State::Dead,
        };
    }

    /// A micro-op whose origin the caller fills in.
    fn put(&mut self, op: MicroOp) {
        self.emit(
            op,
            Origin {
                position: 0,
                opcode: 0,
                static_gas: 0,
                is_first_of_instruction: false,
            },
        );
    }

    fn fail(&mut self, reason: Halt) -> Option<End> {
        self.put(MicroOp::new(Op::Halt).with_imm(reason as u32));
        Some(End::Fails)
    }

    fn escalate(&mut self, reason: Escalation) -> Option<End> {
        self.put(MicroOp::new(Op::Escalate).with_imm(reason as u32));
        Some(End::Leaves)
    }

    /// Writes the micro-ops of an instruction. Returns how it ends its block, if it does.
    fn body(&mut self, position: usize, opcode: u8, pushed: Option<[u8; 32]>) -> Option<End> {
        if self.row(opcode).is_none() {
            return self.fail(Halt::InvalidOpcode);
        }
        match opcode {
            0x00 => {
                self.put(MicroOp::new(Op::Stop));
                return Some(End::Leaves);
            }
            0x38 => self.push_number(self.code.len() as u32),
            0x58 => self.push_number(position as u32),
            0x5f..=0x7f => self.push(position, opcode),
            JUMP => return self.jump(pushed),
            JUMPI => return self.jump_if(position, pushed),
            0xfe => return self.fail(Halt::InvalidOpcode),
            0xf0 | 0xf5 if !self.target.calls => return self.escalate(Escalation::Create),
            0xff if !self.target.calls => return self.escalate(Escalation::SelfDestruct),
            0xf1 | 0xf2 | 0xf4 | 0xfa if !self.target.calls => {
                return self.escalate(Escalation::Call);
            }
            _ => {
                let called = call::sequence(opcode, self.target.fork);
                let Some(sequence) = called.or_else(|| sequence(opcode)) else {
                    // Every opcode of the table is handled above or there (tested).
                    return self.fail(Halt::InvalidOpcode);
                };
                for op in sequence.as_slice() {
                    self.put(*op);
                }
            }
        }
        match opcode {
            0x55 | 0x5a | 0xf0 | 0xf1 | 0xf2 | 0xf4 | 0xf5 | 0xfa => Some(End::Falls),
            0xf3 | 0xff => Some(End::Leaves),
            0xfd => Some(End::Fails),
            _ => None,
        }
    }

    /// Pushes a number below 2^24.
    fn push_number(&mut self, value: u32) {
        self.put(push(Op::Mov).with_b_source(BSource::Immediate, value));
    }

    /// `PUSHn`. Data past the end of the code is zero.
    fn push(&mut self, position: usize, opcode: u8) {
        let len = usize::from(opcode - 0x5f);
        let mut value = [0; 32];
        for (i, byte) in value[..len].iter_mut().rev().enumerate() {
            *byte = self.code.get(position + 1 + i).copied().unwrap_or(0);
        }
        self.pushed = Some(value);
        let next = self.code.get(position + 1 + len).copied().unwrap_or(0);
        let small = small(&value);
        let label = small
            .filter(|_| !matches!(next, JUMP | JUMPI))
            .and_then(|value| u16::try_from(value).ok())
            .and_then(|value| Some((value, self.jumpdests.ordinal(value.into())?)));
        if let State::Open(block) = &mut self.state {
            block.names_error |= hint::is_error_selector(&value);
            block.label = label.map(|(position, _)| position.into()).or(block.label);
        }
        if let Some((value, ordinal)) = label {
            self.fixups.push((self.ops.len(), ordinal));
            self.put(MicroOp::push_label(value, 0, 0, 1));
        } else if let Some(value) = small {
            self.push_number(value);
        } else {
            let index = self.constant(value);
            self.put(push(Op::Mov).with_b_source(BSource::Constant, index));
        }
    }

    /// Index of a constant. There are fewer constants than bytes of code, so it fits `imm`.
    fn constant(&mut self, value: [u8; 32]) -> u32 {
        let next = self.constants.len() as u32;
        match self.constant_index.entry(value) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                self.constants.push(value);
                *entry.insert(next)
            }
        }
    }

    /// The position and ordinal of the `JUMPDEST` that was pushed just before.
    fn static_target(&self, pushed: &[u8; 32]) -> Option<(u32, u32)> {
        let position = small(pushed)?;
        Some((position, self.jumpdests.ordinal(position as usize)?))
    }

    fn jump(&mut self, pushed: Option<[u8; 32]>) -> Option<End> {
        let Some(pushed) = pushed else {
            self.put(MicroOp::new(Op::JumpDynamic).with_a(-1).with_delta(-1));
            return Some(End::Leaves);
        };
        let Some((position, ordinal)) = self.static_target(&pushed) else {
            return self.fail(Halt::InvalidJump);
        };
        self.fixups.push((self.ops.len(), ordinal));
        self.put(MicroOp::new(Op::Jump).with_delta(-1));
        Some(End::Jumps(position))
    }

    fn jump_if(&mut self, position: usize, pushed: Option<[u8; 32]>) -> Option<End> {
        let Some((target, ordinal)) = pushed.and_then(|pushed| self.static_target(&pushed)) else {
            let op = MicroOp::new(Op::JumpIfDynamic);
            self.put(op.with_a(-1).with_b(-2).with_delta(-2));
            return Some(End::Leaves);
        };
        self.fixups.push((self.ops.len(), ordinal));
        self.branches.push(Branch {
            micro_op: self.ops.len(),
            position: position as u32,
            target,
            next_block: self.blocks.len() + 1,
            dispatch: hint::dispatch(self.recent),
        });
        self.put(MicroOp::new(Op::JumpIf).with_b(-2).with_delta(-2));
        Some(End::Leaves)
    }
}

/// The value if it fits the immediate field.
fn small(value: &[u8; 32]) -> Option<u32> {
    let low = u32::from_le_bytes([value[0], value[1], value[2], value[3]]);
    (value[4..].iter().all(|byte| *byte == 0) && low <= IMM_MAX).then_some(low)
}
