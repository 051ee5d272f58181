//! One hart: fetch, operands, blocks, jumps and ends. What the shared units do is in `unit.rs` and
//! `state.rs`, frames are in `frame.rs`.

use std::sync::Arc;

use alloy_primitives::{Address, Bytes, U256};
use gasworks_abi::config::Config;
use gasworks_abi::env::{ENV_WORDS, EnvWord};
use gasworks_abi::escalation::{Escalation, Halt, Status};
use gasworks_abi::fork::Fork;
use gasworks_abi::micro_op::{BSource, MICRO_OPS, MicroOp, Op, OpFlags, Unit};
use gasworks_abi::program::{ENTRY, WORDS_PER_LINE};
use gasworks_abi::record::BEAT;

use crate::arithmetic::{signed_cmp, truth};
use crate::call::Prepared;
use crate::frame::{FRAME_WORDS, Frame, Marks, Purpose, Range};
use crate::journal::Journal;
use crate::memory::Memory;
use crate::table::Table;
use crate::{Host, Image, Log, Observer, Outcome, Slot, Step};

/// What a transaction starts with: submission and context block in one.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// Fork.
    pub fork: Fork,
    /// Gas of the frame.
    pub gas_limit: u64,
    /// The environment file, indexed by `gasworks_abi::env::EnvWord`.
    pub environment: &'a [U256; ENV_WORDS],
    /// Calldata.
    pub calldata: &'a [u8],
    /// Seeds of the state table, 512 at most. Of two seeds for one slot the first counts.
    pub seeds: &'a [Slot],
    /// Bytes of the result buffer, a multiple of 64.
    pub result_len: u32,
}

/// Why a frame ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) status: Status,
    pub(crate) reason: u8,
}

impl From<Status> for End {
    fn from(status: Status) -> Self {
        Self { status, reason: 0 }
    }
}
impl From<Halt> for End {
    fn from(reason: Halt) -> Self {
        Self {
            status: Status::Halt,
            reason: reason as u8,
        }
    }
}
impl From<Escalation> for End {
    fn from(reason: Escalation) -> Self {
        Self {
            status: Status::Escalated,
            reason: reason as u8,
        }
    }
}

/// Flags of every operation by its code.
const FLAGS: [OpFlags; 256] = {
    let mut flags = [OpFlags(0); 256];
    let mut i = 0;
    while i < MICRO_OPS.len() {
        flags[MICRO_OPS[i].op as usize] = MICRO_OPS[i].flags;
        i += 1;
    }
    flags
};

/// Words on the stack of a frame at most (Yellow Paper 9.1).
const STACK_LIMIT: u32 = 1024;

/// A hart that runs one transaction.
#[derive(Debug)]
pub struct Hart {
    pub(crate) fork: Fork,
    /// Words 0 to 5 are those of the running frame.
    pub(crate) environment: [U256; ENV_WORDS],
    window: Vec<U256>,
    pub(crate) pc: u32,
    pub(crate) sp: u32,
    pub(crate) gas: u64,
    /// The running frame.
    pub(crate) frame: Frame,
    /// The frames that wait for it, the transaction's first.
    pub(crate) callers: Vec<Frame>,
    pub(crate) frame_limit: usize,
    pub(crate) prepared: Option<Prepared>,
    pub(crate) refund: i64,
    pub(crate) table: Table,
    pub(crate) journal: Journal,
    /// Effects of the transaction on the host, by its last answer.
    pub(crate) effects: u16,
    pub(crate) arg: [U256; 4],
    pub(crate) ext_code: Bytes,
    pub(crate) return_data: Bytes,
    pub(crate) return_limit: usize,
    pub(crate) output: Bytes,
    pub(crate) logs: Vec<Log>,
    pub(crate) log_beats: u32,
    /// Beats of the record that are still free.
    pub(crate) room_beats: u64,
    pub(crate) instructions: u64,
    pub(crate) micro_ops: u64,
    refusal: Option<Escalation>,
}

impl Hart {
    /// A hart at the start of a transaction. What exceeds the configuration (code, calldata,
    /// seeds) escalates at the first step.
    #[must_use]
    pub fn new(config: &Config, image: &Arc<Image>, start: &Start<'_>) -> Self {
        let frame = Frame {
            image: Arc::clone(image),
            purpose: Purpose::Transaction,
            is_static: false,
            base: 0,
            memory: Memory::new(config.memory_bytes()),
            calldata: Bytes::copy_from_slice(start.calldata),
            in_range: Range::default(),
            out_range: Range::default(),
            marks: Marks::default(),
            pc: ENTRY,
            gas: start.gas_limit,
            words: [U256::ZERO; FRAME_WORDS],
        };
        Self {
            fork: start.fork,
            environment: *start.environment,
            window: vec![U256::ZERO; config.stack_words() as usize],
            pc: ENTRY,
            sp: 0,
            gas: start.gas_limit,
            frame,
            callers: Vec::new(),
            frame_limit: config.frames() as usize,
            prepared: None,
            refund: 0,
            table: Table::new(config.state_entries(), start.seeds),
            journal: Journal::new(config.journal_entries()),
            effects: 0,
            arg: [U256::ZERO; 4],
            ext_code: Bytes::new(),
            return_data: Bytes::new(),
            return_limit: config.return_bytes() as usize,
            output: Bytes::new(),
            logs: Vec::new(),
            log_beats: 0,
            room_beats: u64::from(start.result_len) / BEAT as u64,
            instructions: 0,
            micro_ops: 0,
            refusal: refusal(config, image, start),
        }
    }

    /// Micro-op index of the next micro-op.
    #[must_use]
    pub fn pc(&self) -> u32 {
        self.pc
    }

    /// Gas left.
    #[must_use]
    pub fn gas(&self) -> u64 {
        self.gas
    }

    /// The stack of the running frame, top last.
    #[must_use]
    pub fn stack(&self) -> &[U256] {
        &self.window[self.frame.base as usize..self.sp as usize]
    }

    /// Size of the memory of the running frame in bytes.
    #[must_use]
    pub fn memory_size(&self) -> usize {
        self.frame.memory.size()
    }

    /// Executes one micro-op; the outcome if it ended the transaction.
    pub fn step<H: Host + ?Sized, O: Observer>(
        &mut self,
        host: &mut H,
        observer: &mut O,
    ) -> Option<Outcome> {
        let end = self.check().and_then(|()| self.advance(host, observer));
        end.err().map(|end| self.finish(end))
    }

    /// Runs to the end of the transaction.
    pub fn run<H: Host + ?Sized, O: Observer>(
        &mut self,
        host: &mut H,
        observer: &mut O,
    ) -> Outcome {
        let mut end = self.check();
        let end = loop {
            match end {
                Ok(()) => end = self.advance(host, observer),
                Err(end) => break end,
            }
        };
        self.finish(end)
    }

    /// Refuses what does not fit the configuration.
    fn check(&self) -> Result<(), End> {
        self.refusal.map_or(Ok(()), |reason| Err(reason.into()))
    }

    /// Executes one micro-op.
    #[inline]
    fn advance<H: Host + ?Sized, O: Observer>(
        &mut self,
        host: &mut H,
        observer: &mut O,
    ) -> Result<(), End> {
        // Neither leaves the image nor meets an unassigned code: a translated program does not.
        let (op, kind) = self.fetch().ok_or(Escalation::BusError)?;
        self.micro_ops += 1;
        if O::ENABLED {
            self.show(op, observer);
        }
        let next = match self.execute(op, kind, host) {
            Ok(next) => next,
            Err(end) => return self.end_frame(end, host),
        };
        self.sp = self.sp.wrapping_add_signed(op.delta().into());
        self.pc = next;
        Ok(())
    }

    #[inline]
    fn fetch(&self) -> Option<(MicroOp, Op)> {
        let op = MicroOp::from_bits(*self.frame.image.words.get(self.pc as usize)?);
        Some((op, op.op()?))
    }

    fn show<O: Observer>(&self, op: MicroOp, observer: &mut O) {
        let flags = FLAGS[(op.bits() & 0xff) as usize];
        let read = |flag, value: U256| if flags.has(flag) { value } else { U256::ZERO };
        observer.retire(&Step {
            frame: self.depth() as u32,
            image: &self.frame.image,
            pc: self.pc,
            op,
            a: read(OpFlags::A, self.a(op)),
            b: read(OpFlags::B, self.b(op)),
            gas: self.gas,
            stack: self.stack(),
        });
    }

    #[inline]
    fn slot(&self, position: i8) -> usize {
        self.sp.wrapping_add_signed(position.into()) as usize & (self.window.len() - 1)
    }

    #[inline]
    pub(crate) fn a(&self, op: MicroOp) -> U256 {
        self.window[self.slot(op.a())]
    }

    #[inline]
    pub(crate) fn b(&self, op: MicroOp) -> U256 {
        match op.b_source() {
            BSource::Window => self.window[self.slot(op.b())],
            BSource::Immediate => U256::from(op.imm()),
            BSource::Constant => self.constant(op.imm()),
            BSource::Environment => self.environment[op.imm() as usize % ENV_WORDS],
        }
    }

    fn constant(&self, index: u32) -> U256 {
        let constants = &self.frame.image.constants;
        constants.get(index as usize).copied().unwrap_or_default()
    }

    #[inline]
    pub(crate) fn put(&mut self, op: MicroOp, value: U256) {
        let slot = self.slot(op.d());
        self.window[slot] = value;
    }

    /// Executes; the next `pc`.
    #[inline]
    fn execute<H: Host + ?Sized>(
        &mut self,
        op: MicroOp,
        kind: Op,
        host: &mut H,
    ) -> Result<u32, End> {
        match kind.unit() {
            Unit::Alu => self.alu(op, kind),
            Unit::Control => return self.control(op, kind),
            Unit::Retire if kind == Op::Enter => return self.enter(op, host),
            Unit::Retire => self.retire(op, kind)?,
            Unit::Memory => self.memory_unit(op, kind)?,
            Unit::Shift => self.shift_unit(op, kind),
            Unit::Math => self.math_unit(op, kind)?,
            Unit::State => self.state_unit(op, kind, host)?,
        }
        Ok(self.pc + 1)
    }

    #[inline]
    fn alu(&mut self, op: MicroOp, kind: Op) {
        let value = match kind {
            Op::Mov => self.b(op),
            Op::Add => self.a(op).wrapping_add(self.b(op)),
            Op::Sub => self.a(op).wrapping_sub(self.b(op)),
            Op::And => self.a(op) & self.b(op),
            Op::Or => self.a(op) | self.b(op),
            Op::Xor => self.a(op) ^ self.b(op),
            Op::Not => !self.a(op),
            Op::Lt => truth(self.a(op) < self.b(op)),
            Op::Gt => truth(self.a(op) > self.b(op)),
            Op::Slt => truth(signed_cmp(self.a(op), self.b(op)).is_lt()),
            Op::Sgt => truth(signed_cmp(self.a(op), self.b(op)).is_gt()),
            Op::Eq => truth(self.a(op) == self.b(op)),
            Op::IsZero => truth(self.a(op).is_zero()),
            Op::PushLabel => U256::from(op.label()),
            Op::Swap => {
                let (a, b) = (self.slot(op.a()), self.slot(op.b()));
                self.window.swap(a, b);
                return;
            }
            // Nop.
            _ => return,
        };
        self.put(op, value);
    }

    #[inline]
    fn control(&mut self, op: MicroOp, kind: Op) -> Result<u32, End> {
        let next = self.pc + 1;
        match kind {
            Op::Block => self.enter_block(op).map(|()| next),
            Op::Jump => Ok(op.imm()),
            Op::JumpIf => Ok(if self.b(op).is_zero() { next } else { op.imm() }),
            Op::JumpDynamic => self.look_up(self.a(op)),
            Op::JumpIfDynamic if self.b(op).is_zero() => Ok(next),
            Op::JumpIfDynamic => self.look_up(self.a(op)),
            // Arg.
            _ => {
                let pair = 2 * (op.imm() as usize & 1);
                self.arg[pair] = self.a(op);
                self.arg[pair + 1] = self.b(op);
                Ok(next)
            }
        }
    }

    #[inline]
    fn enter_block(&mut self, op: MicroOp) -> Result<(), End> {
        let height = self.sp - self.frame.base;
        let growth = u32::from(op.block_growth());
        if height < u32::from(op.block_need()) {
            return Err(Halt::StackUnderflow.into());
        }
        if height + growth > STACK_LIMIT {
            return Err(Halt::StackOverflow.into());
        }
        if (self.sp + growth) as usize > self.window.len() {
            return Err(Escalation::StackLimit.into());
        }
        self.charge(op.imm().into())?;
        self.instructions += u64::from(op.block_instructions());
        Ok(())
    }

    /// Takes gas.
    #[inline]
    pub(crate) fn charge(&mut self, gas: u64) -> Result<(), End> {
        self.gas = self.gas.checked_sub(gas).ok_or(Halt::OutOfGas)?;
        Ok(())
    }

    /// Micro-op of the `JUMPDEST` at a code position.
    fn look_up(&self, position: U256) -> Result<u32, End> {
        let header = &self.frame.image.header;
        let position = u32::try_from(position)
            .ok()
            .filter(|position| *position < header.code_len)
            .ok_or(Halt::InvalidJump)?;
        let word = self.frame.image.words[(header.jump_map + position / 32) as usize];
        let bit = 1u64 << (position % 32);
        if word & bit == 0 {
            return Err(Halt::InvalidJump.into());
        }
        let ordinal = (word >> 32) as u32 + (word & (bit - 1)).count_ones();
        let pair = u64::from(header.jump_targets) + u64::from(ordinal / 2);
        let targets = self.frame.image.words.get(pair as usize);
        let targets = targets.ok_or(Escalation::BusError)?;
        Ok((targets >> (32 * (ordinal % 2))) as u32)
    }

    fn retire(&mut self, op: MicroOp, kind: Op) -> Result<(), End> {
        let reason = op.imm() as u8;
        match kind {
            Op::Gas => {
                self.put(op, U256::from(self.gas));
                Ok(())
            }
            Op::Stop => Err(End {
                status: Status::Stop,
                reason,
            }),
            Op::Halt => Err(End {
                status: Status::Halt,
                reason,
            }),
            // Escalate.
            _ => Err(End {
                status: Status::Escalated,
                reason,
            }),
        }
    }

    /// Takes beats of the result record.
    pub(crate) fn reserve(&mut self, beats: usize) -> Result<(), End> {
        let room = self.room_beats.checked_sub(beats as u64);
        self.room_beats = room.ok_or(Escalation::ResultLimit)?;
        Ok(())
    }

    /// The running account: the one whose storage is meant.
    pub(crate) fn address(&self) -> Address {
        low_address(self.environment[EnvWord::Address as usize])
    }
}

/// The low 160 bits of a word.
pub(crate) fn low_address(word: U256) -> Address {
    Address::from_word(word.into())
}

/// Why a transaction does not fit the configuration.
fn refusal(config: &Config, image: &Image, start: &Start<'_>) -> Option<Escalation> {
    let lines = image.words.len().div_ceil(WORDS_PER_LINE as usize);
    let code_fits = lines <= 1 << config.code_lines_log2;
    let constants_fit = image.constants.len() <= config.constants() as usize;
    let seed_limit = config.state_entries().min(512) as usize;
    if !(code_fits && constants_fit) {
        Some(Escalation::CodeLimit)
    } else if start.calldata.len() > config.calldata_bytes() as usize {
        Some(Escalation::CalldataLimit)
    } else if start.seeds.len() > seed_limit {
        Some(Escalation::StateTableLimit)
    } else {
        None
    }
}
