//! One transaction through revm's handler, cut at the execution of the first frame.
//!
//! Validation, gas purchase, authorisations, value transfer, refunds and fees are revm's own code,
//! in revm's order; only the loop that interprets the first frame can be replaced by a device. The
//! revm context waits in between ([`Opened`]).

use alloy_primitives::{Address, B256, Bytes, Log, LogData, U256};
use gasworks_abi::env::{ENV_WORDS, EnvWord};
use gasworks_driver::{Execution, Outcome, Question, Reply, Unanswerable};
use revm::context::result::{EVMError, ExecutionResult};
use revm::context::{BlockEnv, CfgEnv, ContextSetters, ContextTr, FrameStack, JournalTr, TxEnv};
use revm::database_interface::WrapDatabaseRef;
use revm::handler::{
    EthFrame, EthPrecompiles, EvmTr, FrameResult, Handler, ItemOrResult, MainnetEvm,
    MainnetHandler, instructions::EthInstructions,
};
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::interpreter_action::FrameInit;
use revm::interpreter::{
    Gas, GasTracker, Host, InitialAndFloorGas, InstructionResult, InterpreterAction,
    InterpreterResult,
};
use revm::state::EvmState;
use revm::{ExecuteEvm, Journal};

use crate::calls::Calls;
use crate::env::BlockInput;
use crate::world::{Missing, World};

/// revm's context over a database.
pub type Context<DB> = revm::context::Context<BlockEnv, TxEnv, CfgEnv, DB, Journal<DB>, ()>;
type Db<'w> = WrapDatabaseRef<&'w World<'w>>;
pub(crate) type Ctx<'w> = Context<Db<'w>>;
type Evm<'w> = MainnetEvm<Ctx<'w>>;
/// Failure of a transaction before or outside its execution.
pub type TxError = EVMError<Missing>;
type MainHandler<'w> = MainnetHandler<Evm<'w>, TxError, EthFrame<EthInterpreter>>;

/// A transaction that has ended but is not committed.
#[derive(Debug, Clone)]
pub struct Executed {
    /// Result, as revm gives it.
    pub result: ExecutionResult,
    /// The journal's state: everything that was loaded.
    pub state: EvmState,
    /// The beneficiary's account was loaded before the fee was paid.
    pub uses_beneficiary: bool,
}

/// A revm context over a world.
pub(crate) fn context<'w>(input: &BlockInput, world: &'w World<'w>) -> Ctx<'w> {
    let context: Ctx<'w> = Context::new(WrapDatabaseRef(world), input.spec);
    context
        .with_cfg(input.cfg.clone())
        .with_block(input.block.clone())
}

/// An EVM whose frames are allocated as they are entered: most transactions need few or none.
fn evm<'w>(input: &BlockInput, world: &'w World<'w>) -> Evm<'w> {
    Evm {
        ctx: context(input, world),
        inspector: (),
        instruction: EthInstructions::new_mainnet_with_spec(input.spec),
        precompiles: EthPrecompiles::new(input.spec),
        frame_stack: FrameStack::new(),
    }
}

/// A transaction that has paid for its gas; its first frame is not yet opened.
pub struct Prepared<'w> {
    evm: Evm<'w>,
    gas: GasTracker,
    init: InitialAndFloorGas,
    refund: i64,
    /// None: out of gas before the first frame (Amsterdam only).
    frame: Option<FrameInit>,
}

impl<'w> Prepared<'w> {
    /// Runs validation and pre-execution.
    ///
    /// # Errors
    /// When the transaction is invalid or the bundle lacks something.
    pub fn new(input: &BlockInput, tx: &TxEnv, world: &'w World<'w>) -> Result<Self, TxError> {
        let mut evm = evm(input, world);
        evm.ctx.set_tx(tx.clone());
        let mut handler = MainHandler::default();
        let init = handler.validate(&mut evm)?;
        let mut gas = handler.tx_gas(&mut evm, &init);
        let mut prepared = Self {
            frame: None,
            refund: 0,
            init,
            gas,
            evm,
        };
        if let Some(output) = handler.pre_execution(&mut prepared.evm, &mut gas)? {
            prepared.refund = output.eip7702_refund as i64;
            prepared.frame = handler.first_frame_input(&mut prepared.evm, &mut gas)?;
            match prepared.frame {
                Some(_) => prepared.evm.ctx.journal_mut().checkpoint_commit(),
                None => revm::handler::execution::runtime_oog_unwind(
                    &mut prepared.evm.ctx,
                    output.checkpoint,
                )?,
            }
        }
        prepared.gas = gas;
        Ok(prepared)
    }

    /// Runs the whole transaction on revm.
    ///
    /// # Errors
    /// When the bundle lacks something.
    pub fn run(mut self) -> Result<Executed, TxError> {
        let mut handler = MainHandler::default();
        let result = match self.frame.take() {
            Some(frame) => {
                let mut result = handler.run_exec_loop(&mut self.evm, frame)?;
                handler.last_frame_result(&mut self.evm, &mut result, &mut self.gas)?;
                result
            }
            None => handler.runtime_oog_result(&mut self.evm, &self.init, &mut self.gas)?,
        };
        self.settle(result)
    }

    /// Opens the first frame: value transfer, precompile, or code that waits to be run.
    ///
    /// # Errors
    /// When the bundle lacks something.
    pub fn open(mut self) -> Result<Opened<'w>, TxError> {
        let Some(frame) = self.frame.take() else {
            return Ok(Opened::OutOfGas(self));
        };
        let ended = match self.evm.frame_init(frame)? {
            ItemOrResult::Item(_) => None,
            ItemOrResult::Result(result) => Some(result),
        };
        Ok(match ended {
            Some(result) => Opened::Ended(Ended {
                prepared: self,
                result,
            }),
            None => {
                let target = self.evm.frame_stack.get().interpreter.input.target_address;
                Opened::Waiting(Waiting {
                    calls: Calls::new(&self.evm.ctx, target),
                    prepared: self,
                })
            }
        })
    }

    /// Post-execution, with the frame result already settled into the transaction's gas.
    fn settle(mut self, mut result: FrameResult) -> Result<Executed, TxError> {
        let mut handler = MainHandler::default();
        let beneficiary = self.evm.ctx.block.beneficiary;
        let uses_beneficiary = self.evm.ctx.journal().state.contains_key(&beneficiary);
        let gas = handler.post_execution(&mut self.evm, &mut result, self.init, self.refund)?;
        let result = handler.execution_result(&mut self.evm, result, gas)?;
        Ok(Executed {
            result,
            state: self.evm.finalize(),
            uses_beneficiary,
        })
    }
}

/// A transaction whose first frame was opened.
pub enum Opened<'w> {
    /// Code waits to be run.
    Waiting(Waiting<'w>),
    /// It ended without running an opcode.
    Ended(Ended<'w>),
    /// Out of gas before the first frame.
    OutOfGas(Prepared<'w>),
}

/// A transaction that ended without running an opcode.
pub struct Ended<'w> {
    prepared: Prepared<'w>,
    result: FrameResult,
}

impl Ended<'_> {
    /// True when a precompile ran.
    #[must_use]
    pub fn is_precompile(&self) -> bool {
        matches!(&self.result, FrameResult::Call(call) if call.was_precompile_called)
    }

    /// Runs post-execution.
    ///
    /// # Errors
    /// When the bundle lacks something.
    pub fn finish(mut self) -> Result<Executed, TxError> {
        MainHandler::default().last_frame_result(
            &mut self.prepared.evm,
            &mut self.result,
            &mut self.prepared.gas,
        )?;
        self.prepared.settle(self.result)
    }
}

/// A transaction whose first frame waits to be run by a device.
pub struct Waiting<'w> {
    prepared: Prepared<'w>,
    calls: Calls,
}

/// What a device needs to know of a waiting frame.
#[derive(Debug, Clone)]
pub struct FrameView {
    /// Account whose storage is meant: the one called or created.
    pub target: Address,
    /// Gas of the frame.
    pub gas_limit: u64,
    /// Code, with a delegation resolved; of a creation the initcode.
    pub code: Bytes,
    /// Its hash.
    pub code_hash: B256,
    /// Calldata; empty for a creation.
    pub calldata: Bytes,
}

/// A result that the device cannot have got by the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Implausible {
    /// More gas left than given.
    #[error("{left} gas left of {given}")]
    Gas {
        /// Gas left.
        left: u64,
        /// Gas of the frame.
        given: u64,
    },
    /// A write to the storage of an account in which no code can have run.
    #[error("storage of {found} written, which was never called")]
    ForeignWrite {
        /// Account written.
        found: Address,
    },
    /// A log of an account in which no code can have run, or with more than four topics.
    #[error("a log of {found} with {topics} topics, which no frame can emit")]
    Log {
        /// Account that logs.
        found: Address,
        /// Topics.
        topics: usize,
    },
}

impl<'w> Waiting<'w> {
    /// The context: journal, environment and world.
    pub(crate) fn ctx(&mut self) -> &mut Ctx<'w> {
        &mut self.prepared.evm.ctx
    }

    /// Answers a question of the device.
    ///
    /// # Errors
    /// When the bundle lacks something, or no device asks this by the rules.
    pub fn answer(&mut self, question: &Question) -> Result<Reply, Unanswerable> {
        let evm = &mut self.prepared.evm;
        self.calls
            .answer(&mut evm.ctx, &mut evm.precompiles, question)
    }

    fn frame(&mut self) -> &mut EthFrame<EthInterpreter> {
        self.prepared.evm.frame_stack.get()
    }

    /// What a device needs to know of the frame.
    pub fn view(&mut self) -> FrameView {
        let is_call = self.prepared.evm.ctx.tx.kind.is_call();
        let data = self.prepared.evm.ctx.tx.data.clone();
        let frame = self.frame();
        let bytecode = &mut frame.interpreter.bytecode;
        FrameView {
            target: frame.interpreter.input.target_address,
            gas_limit: frame.interpreter.gas.remaining(),
            code: bytecode.original_bytes(),
            code_hash: bytecode.get_or_calculate_hash(),
            calldata: match is_call {
                true => data,
                false => Bytes::new(),
            },
        }
    }

    /// The environment file.
    pub fn environment(&mut self) -> [U256; ENV_WORDS] {
        let view = self.view();
        let ctx = &self.prepared.evm.ctx;
        let word = |address: Address| U256::from_be_slice(address.as_slice());
        let mut words = [U256::ZERO; ENV_WORDS];
        let values = [
            (EnvWord::Address, word(view.target)),
            (EnvWord::Caller, word(ctx.tx.caller)),
            (EnvWord::CallValue, ctx.tx.value),
            (EnvWord::CalldataSize, U256::from(view.calldata.len())),
            (EnvWord::Origin, word(ctx.tx.caller)),
            (EnvWord::GasPrice, ctx.effective_gas_price()),
            (EnvWord::Coinbase, word(ctx.beneficiary())),
            (EnvWord::Timestamp, ctx.timestamp()),
            (EnvWord::Number, ctx.block_number()),
            (
                EnvWord::Difficulty,
                ctx.prevrandao().unwrap_or(ctx.difficulty()),
            ),
            (EnvWord::GasLimit, ctx.gas_limit()),
            (EnvWord::ChainId, ctx.chain_id()),
            (EnvWord::BaseFee, ctx.basefee()),
            (EnvWord::BlobBaseFee, ctx.blob_gasprice()),
        ];
        for (index, value) in values {
            words[index as usize] = value;
        }
        words
    }

    /// Puts the device's result where the interpreter's would be and runs post-execution.
    ///
    /// # Errors
    /// When the result is implausible (the transaction must then be run on revm), or the bundle
    /// lacks something.
    pub fn finish(
        mut self,
        execution: &Execution,
    ) -> Result<Result<Executed, Implausible>, TxError> {
        if let Err(implausible) = self.check(execution) {
            return Ok(Err(implausible));
        }
        let journal = self.prepared.evm.ctx.journal_mut();
        for write in &execution.writes {
            journal.sstore(write.address, write.key, write.value)?;
        }
        for log in &execution.logs {
            let data = LogData::new_unchecked(log.topics.clone(), log.data.clone());
            journal.log(Log {
                address: log.address,
                data,
            });
        }
        let action = InterpreterAction::Return(InterpreterResult {
            result: instruction_result(execution.outcome),
            output: execution.output.clone(),
            gas: self.gas_after(execution),
        });
        let evm = &mut self.prepared.evm;
        let frame = evm.frame_stack.get();
        let ended = frame.process_next_action::<_, TxError>(&mut evm.ctx, action)?;
        frame.set_finished(true);
        let ItemOrResult::Result(mut result) = ended else {
            unreachable!("a return action always ends the frame");
        };
        evm.frame_stack.pop();
        MainHandler::default().last_frame_result(evm, &mut result, &mut self.prepared.gas)?;
        self.prepared.settle(result).map(Ok)
    }

    /// Runs the frame and all that it calls on revm.
    ///
    /// # Errors
    /// When the bundle lacks something.
    pub fn run(mut self) -> Result<Executed, TxError> {
        let evm = &mut self.prepared.evm;
        let mut result = loop {
            let ended = match evm.frame_run()? {
                ItemOrResult::Result(result) => result,
                ItemOrResult::Item(init) => match evm.frame_init(init)? {
                    ItemOrResult::Item(_) => continue,
                    ItemOrResult::Result(result) => result,
                },
            };
            if let Some(result) = evm.frame_return_result(ended)? {
                break result;
            }
        };
        MainHandler::default().last_frame_result(evm, &mut result, &mut self.prepared.gas)?;
        self.prepared.settle(result)
    }

    /// Is this a result that a device can get by the rules?
    fn check(&mut self, execution: &Execution) -> Result<(), Implausible> {
        let given = self.frame().interpreter.gas.remaining();
        if execution.gas_left > given {
            let left = execution.gas_left;
            return Err(Implausible::Gas { left, given });
        }
        let ran = |address: &Address| self.calls.may_have_run(*address);
        let mut written = execution.writes.iter().map(|write| write.address);
        if let Some(found) = written.find(|address| !ran(address)) {
            return Err(Implausible::ForeignWrite { found });
        }
        let is_bad = |log: &&gasworks_driver::Log| !ran(&log.address) || log.topics.len() > 4;
        match execution.logs.iter().find(is_bad) {
            None => Ok(()),
            Some(log) => Err(Implausible::Log {
                found: log.address,
                topics: log.topics.len(),
            }),
        }
    }

    fn gas_after(&mut self, execution: &Execution) -> Gas {
        let mut gas = self.frame().interpreter.gas;
        match execution.outcome {
            Outcome::Halt(_) => gas.spend_all(),
            _ => {
                gas.set_remaining(execution.gas_left);
                gas.set_refund(execution.refund);
            }
        }
        gas
    }
}

fn instruction_result(outcome: Outcome) -> InstructionResult {
    use gasworks_abi::escalation::Halt;
    match outcome {
        Outcome::Stop => InstructionResult::Stop,
        Outcome::SelfDestruct => InstructionResult::SelfDestruct,
        Outcome::Return => InstructionResult::Return,
        Outcome::Revert => InstructionResult::Revert,
        Outcome::Halt(Halt::OutOfGas) | Outcome::Escalated(_) => InstructionResult::OutOfGas,
        Outcome::Halt(Halt::StackUnderflow) => InstructionResult::StackUnderflow,
        Outcome::Halt(Halt::StackOverflow) => InstructionResult::StackOverflow,
        Outcome::Halt(Halt::InvalidJump) => InstructionResult::InvalidJump,
        Outcome::Halt(Halt::InvalidOpcode) => InstructionResult::OpcodeNotFound,
        Outcome::Halt(Halt::OutOfOffset) => InstructionResult::OutOfOffset,
        Outcome::Halt(Halt::StaticViolation) => InstructionResult::StateChangeDuringStaticCall,
        Outcome::Halt(Halt::InitcodeLimit) => InstructionResult::CreateInitCodeSizeLimit,
    }
}
