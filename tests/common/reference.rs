//! Runs a transaction on revm and records its frames.

use alloy_primitives::map::HashMap;
use alloy_primitives::{Address, Bytes, Log, U256};
use revm::context::{ContextTr, JournalTr, TxEnv};
use revm::interpreter::interpreter::Interpreter;
use revm::interpreter::interpreter_types::Jumps;
use revm::interpreter::{CallInputs, CallOutcome, CreateInputs, CreateOutcome, InstructionResult};
use revm::{InspectEvm, Inspector, MainBuilder};

use crate::frame::{Ctx, Frame};

/// One EVM instruction before it executes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instruction {
    /// Code position.
    pub pc: u32,
    /// Opcode.
    pub opcode: u8,
    /// Words on the stack.
    pub depth: u32,
    /// Gas left.
    pub gas: u64,
    /// [`digest`] of the stack.
    pub stack: u64,
}

/// A number that tells two stacks apart.
#[must_use]
pub fn digest(stack: &[U256]) -> u64 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let limbs = stack.iter().flat_map(|word| word.as_limbs());
    limbs.fold(stack.len() as u64, |sum, limb| {
        (sum ^ limb).wrapping_mul(MULTIPLIER).rotate_left(29)
    })
}

/// How a frame ended.
#[derive(Debug, Clone)]
pub struct FrameEnd {
    /// revm's result.
    pub result: InstructionResult,
    /// Gas left.
    pub gas_left: u64,
    /// Refund counter.
    pub refund: i64,
    /// Output.
    pub output: Bytes,
    /// Logs.
    pub logs: Vec<Log>,
    /// Slots of the frame's account that revm has loaded by then.
    pub storage: HashMap<U256, U256>,
}

/// How much to record.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Instructions to execute at most, in all frames; then the transaction is broken off.
    pub instruction_limit: usize,
    /// Frames to record at most.
    pub frame_limit: usize,
    /// Of this frame, whole stacks are kept of the last two instructions up to this one.
    pub stacks_until: Option<(usize, usize)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            instruction_limit: 2_000_000,
            frame_limit: 8,
            stacks_until: None,
        }
    }
}

/// A recorded frame of a message call.
#[derive(Debug)]
pub struct FrameRecord {
    /// How it started.
    pub frame: Frame,
    /// Its instructions, up to the first that the card gives back.
    pub instructions: Vec<Instruction>,
    /// Stacks of the last instructions up to the wanted one.
    pub stacks: Vec<Vec<U256>>,
    /// How it ended; `None` if it was broken off.
    pub end: Option<FrameEnd>,
    /// An instruction that makes another frame, or `SELFDESTRUCT`, was met.
    pub left: bool,
    refund_at_start: i64,
    logs_at_start: usize,
}

/// A recorded transaction.
#[derive(Debug)]
pub struct Recording {
    /// Frames of message calls, in order of their start.
    pub frames: Vec<FrameRecord>,
    options: Options,
    instruction_count: usize,
    is_broken_off: bool,
    /// Which of `frames` each live frame is.
    live: Vec<Option<usize>>,
}

/// True for instructions that the card gives back.
#[must_use]
pub fn leaves_frame(opcode: u8) -> bool {
    matches!(opcode, 0xf0 | 0xf1 | 0xf2 | 0xf4 | 0xf5 | 0xfa | 0xff)
}

impl Recording {
    /// Takes down an instruction of a recorded frame.
    fn note(&mut self, index: usize, interpreter: &Interpreter) {
        let record = &mut self.frames[index];
        if record.left {
            return;
        }
        let stack = interpreter.stack.data();
        let number = record.instructions.len();
        let opcode = interpreter.bytecode.opcode();
        record.instructions.push(Instruction {
            pc: interpreter.bytecode.pc() as u32,
            opcode,
            depth: stack.len() as u32,
            gas: interpreter.gas.remaining(),
            stack: digest(stack),
        });
        let wanted = self.options.stacks_until;
        if wanted.is_some_and(|(frame, last)| frame == index && number <= last) {
            record.stacks.push(stack.to_vec());
            let surplus = record.stacks.len().saturating_sub(2);
            record.stacks.drain(..surplus);
        }
        record.left = leaves_frame(opcode);
    }
}

impl Inspector<Ctx> for Recording {
    fn initialize_interp(&mut self, interpreter: &mut Interpreter, context: &mut Ctx) {
        let is_call = interpreter.input.bytecode_address.is_some();
        if !is_call || self.frames.len() >= self.options.frame_limit || self.is_broken_off {
            return;
        }
        if let Some(live) = self.live.last_mut() {
            *live = Some(self.frames.len());
        }
        self.frames.push(FrameRecord {
            frame: Frame::capture(interpreter, context),
            instructions: Vec::new(),
            stacks: Vec::new(),
            end: None,
            left: false,
            refund_at_start: interpreter.gas.refunded(),
            logs_at_start: context.journal().logs().len(),
        });
    }

    fn step(&mut self, interpreter: &mut Interpreter, _: &mut Ctx) {
        if let Some(Some(index)) = self.live.last().copied() {
            self.note(index, interpreter);
        }
        self.instruction_count += 1;
        self.is_broken_off |= self.instruction_count > self.options.instruction_limit;
        if self.is_broken_off {
            interpreter.halt(InstructionResult::Stop);
        }
    }

    fn call(&mut self, _: &mut Ctx, _: &mut CallInputs) -> Option<CallOutcome> {
        self.live.push(None);
        None
    }

    fn call_end(&mut self, context: &mut Ctx, _: &CallInputs, outcome: &mut CallOutcome) {
        let Some(Some(index)) = self.live.pop() else {
            return;
        };
        if self.is_broken_off {
            return;
        }
        let record = &mut self.frames[index];
        let logs = context.journal().logs();
        record.end = Some(FrameEnd {
            result: outcome.result.result,
            gas_left: outcome.result.gas.remaining(),
            refund: outcome.result.gas.refunded() - record.refund_at_start,
            output: outcome.result.output.clone(),
            logs: logs
                .get(record.logs_at_start..)
                .unwrap_or_default()
                .to_vec(),
            storage: storage(context, record.frame.address),
        });
    }

    fn create(&mut self, _: &mut Ctx, _: &mut CreateInputs) -> Option<CreateOutcome> {
        self.live.push(None);
        None
    }

    fn create_end(&mut self, _: &mut Ctx, _: &CreateInputs, _: &mut CreateOutcome) {
        self.live.pop();
    }
}

fn storage(context: &Ctx, address: Address) -> HashMap<U256, U256> {
    let account = context.journaled_state.inner.state.get(&address);
    account
        .into_iter()
        .flat_map(|account| &account.storage)
        .map(|(key, slot)| (*key, slot.present_value()))
        .collect()
}

/// Runs a transaction and records its frames.
///
/// # Errors
/// The transaction is invalid; revm's reason.
pub fn record(context: &Ctx, tx: TxEnv, options: Options) -> Result<Recording, String> {
    let recording = Recording {
        frames: Vec::new(),
        options,
        instruction_count: 0,
        is_broken_off: false,
        live: Vec::new(),
    };
    let mut evm = context.clone().build_mainnet_with_inspector(recording);
    evm.inspect_one_tx(tx)
        .map_err(|error| format!("{error:?}"))?;
    Ok(evm.inspector)
}
