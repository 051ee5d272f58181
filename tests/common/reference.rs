//! Runs a transaction on revm and records it: every instruction of every frame, and the end.

use alloy_primitives::{Bytes, Log};
use revm::context::{ContextTr, JournalTr, TxEnv};
use revm::interpreter::interpreter::Interpreter;
use revm::interpreter::interpreter_types::Jumps;
use revm::interpreter::{
    CallInputs, CallOutcome, CreateInputs, CreateOutcome, InstructionResult, InterpreterResult,
};
use revm::state::EvmState;
use revm::{InspectEvm, Inspector, MainBuilder};

use alloy_primitives::U256;

use crate::frame::{Ctx, Frame};

/// One EVM instruction before it executes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instruction {
    /// Number of the frame, 0 for the transaction's own.
    pub frame: u32,
    /// Code position.
    pub pc: u32,
    /// Opcode.
    pub opcode: u8,
    /// Words on the stack.
    pub height: u32,
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

/// How the first frame ended.
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
    /// All accounts that were loaded.
    pub state: EvmState,
}

/// How much to record.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Instructions to execute at most, in all frames; then the transaction is broken off.
    pub instruction_limit: usize,
    /// Whole stacks are kept of the last two instructions up to this one.
    pub stacks_until: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            instruction_limit: 2_000_000,
            stacks_until: None,
        }
    }
}

/// A recorded transaction.
#[derive(Debug)]
pub struct Recording {
    /// How the first frame started; `None` if no code ran.
    pub start: Option<Frame>,
    /// The first frame is a creation.
    pub is_creation: bool,
    /// Instructions of all frames.
    pub instructions: Vec<Instruction>,
    /// For each instruction which frame, counted from the first, it belongs to.
    owners: Vec<u32>,
    /// Frames that ended other than by an exceptional halt.
    ended_well: Vec<bool>,
    /// Stacks of the last instructions up to the wanted one.
    pub stacks: Vec<Vec<U256>>,
    /// How it ended; `None` if it was broken off.
    pub end: Option<FrameEnd>,
    options: Options,
    is_broken_off: bool,
    live: Vec<u32>,
}

impl Recording {
    /// True when the frame of an instruction halted, so that the hart may have halted at the start
    /// of the block.
    #[must_use]
    pub fn is_halted(&self, instruction: usize) -> bool {
        let owner = self.owners.get(instruction);
        owner.is_some_and(|owner| !self.ended_well[*owner as usize])
    }

    /// Frames that were made, those that ran no code included.
    #[must_use]
    pub fn frame_count(&self) -> usize {
        self.ended_well.len()
    }

    fn push(&mut self) {
        self.live.push(self.ended_well.len() as u32);
        self.ended_well.push(false);
    }

    fn pop(&mut self, context: &Ctx, result: &InterpreterResult) {
        let owner = self.live.pop();
        if self.is_broken_off {
            return;
        }
        if let Some(owner) = owner {
            self.ended_well[owner as usize] = !result.result.is_halt();
        }
        if self.live.is_empty() {
            self.end = Some(FrameEnd {
                result: result.result,
                gas_left: result.gas.remaining(),
                refund: result.gas.refunded(),
                output: result.output.clone(),
                logs: context.journal().logs().to_vec(),
                state: context.journaled_state.inner.state.clone(),
            });
        }
    }
}

impl Inspector<Ctx> for Recording {
    fn initialize_interp(&mut self, interpreter: &mut Interpreter, context: &mut Ctx) {
        if self.start.is_none() {
            self.is_creation = interpreter.input.bytecode_address.is_none();
            self.start = Some(Frame::capture(interpreter, context));
        }
    }

    fn step(&mut self, interpreter: &mut Interpreter, _: &mut Ctx) {
        if self.is_broken_off {
            interpreter.halt(InstructionResult::Stop);
            return;
        }
        let stack = interpreter.stack.data();
        let number = self.instructions.len();
        self.instructions.push(Instruction {
            frame: self.live.len().saturating_sub(1) as u32,
            pc: interpreter.bytecode.pc() as u32,
            opcode: interpreter.bytecode.opcode(),
            height: stack.len() as u32,
            gas: interpreter.gas.remaining(),
            stack: digest(stack),
        });
        self.owners.push(self.live.last().copied().unwrap_or(0));
        if self.options.stacks_until.is_some_and(|last| number <= last) {
            self.stacks.push(stack.to_vec());
            let surplus = self.stacks.len().saturating_sub(2);
            self.stacks.drain(..surplus);
        }
        if self.instructions.len() > self.options.instruction_limit {
            self.is_broken_off = true;
            interpreter.halt(InstructionResult::Stop);
        }
    }

    fn call(&mut self, _: &mut Ctx, _: &mut CallInputs) -> Option<CallOutcome> {
        self.push();
        None
    }

    fn call_end(&mut self, context: &mut Ctx, _: &CallInputs, outcome: &mut CallOutcome) {
        self.pop(context, &outcome.result);
    }

    fn create(&mut self, _: &mut Ctx, _: &mut CreateInputs) -> Option<CreateOutcome> {
        self.push();
        None
    }

    fn create_end(&mut self, context: &mut Ctx, _: &CreateInputs, outcome: &mut CreateOutcome) {
        self.pop(context, &outcome.result);
    }
}

/// Runs a transaction and records it.
///
/// # Errors
/// The transaction is invalid; revm's reason.
pub fn record(context: &Ctx, tx: TxEnv, options: Options) -> Result<Recording, String> {
    let recording = Recording {
        start: None,
        is_creation: false,
        instructions: Vec::new(),
        owners: Vec::new(),
        ended_well: Vec::new(),
        stacks: Vec::new(),
        end: None,
        options,
        is_broken_off: false,
        live: Vec::new(),
    };
    let mut evm = context.clone().build_mainnet_with_inspector(recording);
    evm.inspect_one_tx(tx)
        .map_err(|error| format!("{error:?}"))?;
    Ok(evm.inspector)
}
