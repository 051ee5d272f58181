//! Makes EIP-3155 lines of the micro-ops that the ISS shows.

use std::cell::RefCell;
use std::io::{self, BufWriter, Write};
use std::rc::Rc;

use alloy_primitives::{Address, B256, U256};
use color_eyre::eyre::{Result, WrapErr as _};
use gasworks::{Bundle, ForkChoice};
use gasworks_abi::env::EnvWord;
use gasworks_abi::escalation::Halt;
use gasworks_abi::micro_op::{MicroOp, Op};
use gasworks_driver::{Execution, Outcome, Submission};
use gasworks_iss::Traced;
use revm::primitives::hardfork::SpecId;

use super::line::{self, Header, Instruction, Summary};
use super::shadow::Shadow;

/// A recorder that a device and a command share.
pub type SharedRecorder = Rc<RefCell<Recorder>>;

/// A micro-op as both sides of the lock-step see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Micro {
    /// Index in the program.
    pub pc: u32,
    /// The micro-op.
    pub op: u64,
    /// Words on the stack before it.
    pub sp: u32,
    /// Gas before it.
    pub gas: u64,
    /// Operand A.
    pub a: U256,
    /// Operand B.
    pub b: U256,
    /// An earlier operation of the card has not charged its gas yet: `gas` may be too high.
    pub is_posted: bool,
}

impl Micro {
    /// True for the same micro-op with the same operands. The ISS has no posted operations: where
    /// the card has one under way, the gas is not compared.
    #[must_use]
    pub fn equals(&self, iss: &Self) -> bool {
        let gas = if self.is_posted { iss.gas } else { self.gas };
        let same = Self {
            gas,
            is_posted: false,
            ..*self
        };
        same == *iss
    }
}

/// Collects the trace of one transaction after the other.
pub struct Recorder {
    out: Box<dyn Write>,
    /// Lines that say which transaction follows.
    has_headers: bool,
    /// Keep every micro-op for a comparison.
    pub keep_micro_ops: bool,
    block: u64,
    spec: SpecId,
    /// Hash and gas limit by position.
    txs: Vec<(B256, u64)>,
    current: Option<Current>,
    failure: Option<io::Error>,
    /// What differed between card and ISS, ready to be printed.
    differences: Vec<String>,
    /// Transactions that reached the device.
    pub traced: usize,
}

/// The transaction that is being traced.
///
/// TODO: the instructions of the first frame only. What it calls shows as the cost of the call, and
/// refunds that come from there are missing in the refund column of the lines behind it.
struct Current {
    tag: u32,
    /// Account of the first frame.
    account: Address,
    /// It has entered another frame.
    has_called: bool,
    shadow: Shadow,
    /// The instruction whose cost is not known yet.
    pending: Option<Instruction>,
    /// A block header that belongs to the instruction behind it.
    header: Option<Instruction>,
    /// Static gas of the block that was charged ahead.
    ahead: u64,
    lines: Vec<u8>,
    /// For each line the micro-op that began it and where it starts in `lines`.
    starts: Vec<(usize, usize)>,
    micro_ops: Vec<Micro>,
    count: usize,
}

impl Recorder {
    /// Writes to a file, several transactions with a header line each.
    pub fn to(out: impl Write + 'static) -> SharedRecorder {
        Self::new(Box::new(BufWriter::new(out)), true)
    }

    /// Writes one transaction without a header line.
    pub fn single(out: impl Write + 'static) -> SharedRecorder {
        Self::new(Box::new(BufWriter::new(out)), false)
    }

    fn new(out: Box<dyn Write>, has_headers: bool) -> SharedRecorder {
        Rc::new(RefCell::new(Self {
            out,
            has_headers,
            keep_micro_ops: false,
            block: 0,
            spec: SpecId::default(),
            txs: Vec::new(),
            current: None,
            failure: None,
            differences: Vec::new(),
            traced: 0,
        }))
    }

    /// The transactions that come now are those of this block.
    pub fn begin_block(&mut self, bundle: &Bundle, fork: ForkChoice) {
        self.block = bundle.block.number.0;
        self.spec = fork.spec(&bundle.block);
        let txs = bundle.block.transactions.iter();
        self.txs = txs.map(|tx| (tx.hash, tx.gas.0)).collect();
    }

    /// A transaction starts.
    pub fn begin(&mut self, submission: &Submission) {
        let mut shadow = Shadow::new(submission.fork);
        let account = submission.environment[EnvWord::Address as usize];
        let account = Address::from_word(B256::from(account));
        let seeds = submission.seeds.iter();
        for seed in seeds.filter(|seed| seed.address == account) {
            shadow.learn(seed.key, seed.value);
        }
        self.current = Some(Current {
            tag: submission.tag,
            account,
            has_called: false,
            shadow,
            pending: None,
            header: None,
            ahead: 0,
            lines: Vec::new(),
            starts: Vec::new(),
            micro_ops: Vec::new(),
            count: 0,
        });
    }

    /// The host told a slot's value.
    pub fn learn(&mut self, address: Address, key: U256, value: U256) {
        if let Some(current) = &mut self.current
            && current.account == address
        {
            current.shadow.learn(key, value);
        }
    }

    /// A micro-op is about to retire.
    pub fn step(&mut self, traced: &Traced<'_>) {
        let Some(current) = &mut self.current else {
            return;
        };
        let step = traced.step;
        if self.keep_micro_ops {
            current.micro_ops.push(Micro {
                pc: step.pc,
                op: step.op.bits(),
                sp: step.stack.len() as u32,
                gas: step.gas,
                a: step.a,
                b: step.b,
                is_posted: false,
            });
        }
        let done = current.step(traced);
        current.count += 1;
        if let Err(error) = done {
            self.failure.get_or_insert(error);
        }
    }

    /// The transaction has ended on the ISS.
    pub fn end(&mut self, execution: &Execution) {
        let Some(current) = &mut self.current else {
            return;
        };
        let gas_limit = self.txs.get(current.tag as usize).map_or(0, |tx| tx.1);
        let ended = current.end(execution, gas_limit, self.spec);
        match ended {
            Ok(Some(difference)) => self.differences.push(difference),
            Ok(None) => {}
            Err(error) => {
                self.failure.get_or_insert(error);
            }
        }
    }

    /// The micro-ops of the transaction, where they are kept.
    #[must_use]
    pub fn micro_ops(&self) -> &[Micro] {
        self.current
            .as_ref()
            .map_or(&[], |current| &current.micro_ops)
    }

    /// Micro-op `at` differs on the card, or something after the last one: the trace ends there.
    pub fn differs(&mut self, at: Option<usize>, what: &str) {
        let Some(current) = &mut self.current else {
            return;
        };
        let place = format!("block {}: transaction {}", self.block, current.tag);
        if let Some(at) = at {
            let cut = current.starts.iter().find(|(micro_op, _)| *micro_op > at);
            if let Some((_, start)) = cut {
                current.lines.truncate(*start);
            }
        }
        self.differences.push(format!("{place}: {what}"));
    }

    /// Writes the lines of the transaction.
    pub fn commit(&mut self) {
        let Some(current) = self.current.take() else {
            return;
        };
        self.traced += 1;
        self.header(current.tag as usize);
        let written = self.out.write_all(&current.lines);
        self.note(written);
    }

    /// Writes the header line of a transaction, where there are several.
    pub fn header(&mut self, index: usize) {
        if self.has_headers {
            let header = Header {
                block: self.block,
                transaction: index,
                hash: self.txs.get(index).map(|tx| tx.0).unwrap_or_default(),
            };
            let written = line::write(&mut self.out, &header);
            self.note(written);
        }
    }

    fn note(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            self.failure.get_or_insert(error);
        }
    }

    /// Flushes, and prints what differed; true if something did.
    ///
    /// # Errors
    /// When a line could not be written.
    pub fn finish(&mut self) -> Result<bool> {
        let flushed = self.out.flush();
        self.note(flushed);
        match self.failure.take() {
            Some(error) => Err(error).wrap_err("cannot write the trace"),
            None => {
                for difference in &self.differences {
                    eprintln!("difference: {difference}");
                }
                Ok(!self.differences.is_empty())
            }
        }
    }
}

/// Lets revm's tracer write into the recorder's output.
pub struct Shared(pub SharedRecorder);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut recorder = self.0.borrow_mut();
        // The tracer does not look at errors.
        let written = recorder.out.write_all(bytes);
        recorder.note(written);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Current {
    fn step(&mut self, traced: &Traced<'_>) -> io::Result<()> {
        let step = traced.step;
        if step.frame > 0 {
            self.has_called = true;
            return Ok(());
        }
        if step.op.op() == Some(Op::Enter) {
            // As revm shows it: with the gas that goes to the callee.
            return self.complete(step.gas + self.ahead);
        }
        let Some(origin) = traced.program.origin(step.pc) else {
            return Ok(());
        };
        let is_header = step.op.op() == Some(Op::Block);
        if is_header {
            self.ahead = 0;
        }
        if !(is_header || origin.is_first_of_instruction) {
            return Ok(());
        }
        let gas = step.gas + self.ahead;
        self.complete(gas)?;
        let instruction = Instruction {
            pc: origin.position,
            opcode: origin.opcode,
            static_gas: u64::from(origin.static_gas),
            gas,
            refund: self.shadow.refund,
            memory_bytes: self.shadow.memory_bytes,
            stack: step.stack.to_vec(),
            micro_op: self.count,
        };
        if origin.is_first_of_instruction {
            self.ahead = self.ahead.saturating_sub(instruction.static_gas);
            self.pending = Some(instruction);
            self.header = None;
        } else {
            self.header = Some(instruction);
        }
        if is_header {
            self.ahead = block_gas(step.op, origin.is_first_of_instruction, origin.static_gas);
        }
        Ok(())
    }

    /// The pending instruction left this much gas.
    fn complete(&mut self, gas_after: u64) -> io::Result<()> {
        let Some(done) = self.pending.take() else {
            return Ok(());
        };
        self.shadow.completed(done.opcode, &done.stack);
        let cost = done.gas.saturating_sub(gas_after);
        self.write(&done, cost, None)
    }

    fn write(
        &mut self,
        instruction: &Instruction,
        cost: u64,
        error: Option<&str>,
    ) -> io::Result<()> {
        self.starts.push((instruction.micro_op, self.lines.len()));
        line::write(&mut self.lines, &instruction.line(cost, error))
    }

    /// The last instruction and the summary. Says so where the refund is not the device's.
    fn end(
        &mut self,
        execution: &Execution,
        gas_limit: u64,
        spec: SpecId,
    ) -> io::Result<Option<String>> {
        // A header that halted stands for the instruction behind it.
        if let Some(last) = self.pending.take().or_else(|| self.header.take()) {
            let outcome = execution.outcome;
            let cost = match outcome {
                Outcome::Stop | Outcome::SelfDestruct | Outcome::Return | Outcome::Revert => {
                    last.gas - execution.gas_left
                }
                Outcome::Halt(Halt::OutOfGas) => last.gas,
                Outcome::Halt(_) | Outcome::Escalated(_) => last.static_gas,
            };
            self.write(&last, cost, Some(&ending(outcome, last.opcode)))?;
        }
        let succeeded = matches!(
            execution.outcome,
            Outcome::Stop | Outcome::SelfDestruct | Outcome::Return
        );
        if !matches!(execution.outcome, Outcome::Escalated(_)) {
            self.starts.push((self.count, self.lines.len()));
            let summary = Summary {
                state_root: B256::ZERO,
                output: execution.output.clone(),
                gas_used: gas_limit.saturating_sub(execution.gas_left),
                pass: succeeded,
                fork: spec.to_string(),
            };
            line::write(&mut self.lines, &summary)?;
        }
        let is_known = succeeded && !self.has_called;
        let is_other = is_known && self.shadow.refund != execution.refund;
        Ok(is_other.then(|| {
            format!(
                "transaction {}: refund {} by the trace, {} by the device",
                self.tag, self.shadow.refund, execution.refund
            )
        }))
    }
}

/// Static gas of a block that its header charged ahead of its instructions.
fn block_gas(header: MicroOp, is_instruction: bool, static_gas: u32) -> u64 {
    let own = if is_instruction { static_gas } else { 0 };
    u64::from(header.imm().saturating_sub(own))
}

/// How a frame ended, in revm's words.
fn ending(outcome: Outcome, opcode: u8) -> String {
    let text = match outcome {
        Outcome::Stop => "Stop",
        Outcome::SelfDestruct => "SelfDestruct",
        Outcome::Return => "Return",
        Outcome::Revert => "Revert",
        Outcome::Halt(Halt::OutOfGas) => "OutOfGas",
        Outcome::Halt(Halt::StackUnderflow) => "StackUnderflow",
        Outcome::Halt(Halt::StackOverflow) => "StackOverflow",
        Outcome::Halt(Halt::InvalidJump) => "InvalidJump",
        Outcome::Halt(Halt::InvalidOpcode) if opcode == 0xfe => "InvalidFEOpcode",
        Outcome::Halt(Halt::InvalidOpcode) => "OpcodeNotFound",
        Outcome::Halt(Halt::OutOfOffset) => "OutOfOffset",
        Outcome::Halt(Halt::StaticViolation) => "StateChangeDuringStaticCall",
        Outcome::Halt(Halt::InitcodeLimit) => "CreateInitCodeSizeLimit",
        Outcome::Escalated(reason) => return format!("escalated: {}", reason.name()),
    };
    text.to_owned()
}
