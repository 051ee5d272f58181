//! The reference: the block on revm, one transaction after the other, with nothing of ours.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use alloy_primitives::{Address, Bytes, U256, address};
use revm::bytecode::opcode;
use revm::context::result::{EVMError, ResultAndState};
use revm::context::{BlockEnv, CfgEnv, Context, Journal, TxEnv};
use revm::database_interface::WrapDatabaseRef;
use revm::handler::MainBuilder;
use revm::handler::SystemCallCommitEvm;
use revm::inspector::{InspectEvm, Inspector};
use revm::interpreter::interpreter_types::Jumps;
use revm::interpreter::{
    CallInputs, CallOutcome, CreateInputs, CreateOutcome, InstructionResult, Interpreter,
};
use revm::{Database, DatabaseCommit, ExecuteCommitEvm};

use crate::access::Access;
use crate::bundle::{Bundle, BundleError};
use crate::env::{BlockInput, system_inputs};
use crate::error::{self, ReplayError};
use crate::frame::{Executed, TxError};
use crate::world::{BundleState, World};

/// EIP-4788 `BEACON_ROOTS_ADDRESS`.
const BEACON_ROOTS: Address = address!("000F3df6D732807Ef1319fB7B8bB8522d0Beac02");
/// EIP-2935 `HISTORY_STORAGE_ADDRESS`.
const HISTORY_STORAGE: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");

type DbContext<DB> = Context<BlockEnv, TxEnv, CfgEnv, DB, Journal<DB>, ()>;

/// One transaction of the reference run.
#[derive(Debug, Clone)]
pub struct ReferenceTx {
    /// Result and state.
    pub executed: Executed,
    /// EVM instructions that were executed, counted by revm's inspector.
    pub opcodes: u64,
    /// Frames entered, the first included.
    pub frames: u64,
    /// What it read and wrote.
    pub access: Access,
    /// Slots that it read, in the order of the first reads.
    pub slots: Vec<(Address, U256)>,
    /// Where contracts were created or should have been.
    pub created: Vec<Address>,
}

/// The reference run of a block.
#[derive(Debug, Default)]
pub struct Reference {
    /// Transactions in order; fewer than the block has when one of them is invalid.
    pub txs: Vec<ReferenceTx>,
    /// Time of the run without an inspector, system calls not included.
    pub elapsed: Duration,
    /// Accounts that were asked for and are not in the bundle.
    pub absent: Vec<Address>,
    /// Why it stopped, if it did.
    pub stopped: Option<ReplayError>,
}

/// A context over a database of one's own.
fn own_context<DB: Database>(input: &BlockInput, db: DB) -> DbContext<DB> {
    let context: DbContext<DB> = Context::new(db, input.spec);
    context
        .with_cfg(input.cfg.clone())
        .with_block(input.block.clone())
}

/// The world after the system calls that precede the first transaction (EIP-4788, EIP-2935).
pub(crate) fn opening_world<'a>(
    bundle: &'a Bundle,
    input: &BlockInput,
) -> Result<World<'a>, ReplayError> {
    let mut world = World::new(BundleState::new(bundle));
    let (root, parent) = system_inputs(bundle, input.spec)?;
    let calls = [(BEACON_ROOTS, root), (HISTORY_STORAGE, parent)];
    for (contract, data) in calls {
        let Some(data) = data else { continue };
        let mut evm = own_context(input, &mut world).build_mainnet();
        evm.system_call_commit(contract, Bytes::from(data.0))
            .map_err(|error| error::of_system_call(bundle, contract, error))?;
    }
    Ok(world)
}

/// Adds the withdrawals to the balances (EIP-4895).
pub(crate) fn apply_withdrawals(bundle: &Bundle, world: &mut World<'_>) -> Result<(), BundleError> {
    for withdrawal in bundle.block.withdrawals.iter().flatten() {
        let gwei = U256::from(withdrawal.amount.0);
        // Reading an account that is not in the bundle never fails: it does not exist.
        if let Ok(account) = world.load_account(withdrawal.address) {
            let mut info = account.info().unwrap_or_default();
            info.balance = info
                .balance
                .saturating_add(gwei * U256::from(1_000_000_000u64));
            account.update_info(info);
        }
    }
    Ok(())
}

impl Reference {
    /// Runs a block twice: once for the time, once with an inspector for everything else.
    ///
    /// # Errors
    /// When the system calls fail. An invalid transaction ends the run and is kept in `stopped`.
    pub fn run(bundle: &Bundle, input: &BlockInput) -> Result<Self, ReplayError> {
        let (valid, elapsed) = timed(bundle, input)?;
        let mut reference = Self {
            txs: Vec::with_capacity(valid),
            elapsed,
            absent: Vec::new(),
            stopped: None,
        };
        let world = opening_world(bundle, input)?;
        let beneficiary = input.block.beneficiary;
        let mut evm = own_context(input, world).build_mainnet_with_inspector(Watcher::default());
        for (index, tx) in input.txs.iter().enumerate() {
            evm.inspector = Watcher::default();
            match evm.inspect_tx(tx.clone()) {
                Ok(done) => {
                    let state = done.state.clone();
                    reference.txs.push(evm.inspector.watched(done, beneficiary));
                    evm.ctx.journaled_state.database.commit(state);
                }
                Err(error) => {
                    let world = &evm.ctx.journaled_state.database;
                    reference.stopped = Some(error::of_transaction(bundle, world, index, error));
                    break;
                }
            }
        }
        reference.absent = evm.ctx.journaled_state.database.db.absent();
        Ok(reference)
    }
}

impl ReferenceTx {
    /// The first transaction of `input` alone, from a world that it leaves as it is. One with more
    /// than `max_opcodes` EVM instructions is broken off and says that it has more; the rest of it
    /// is then worth nothing.
    ///
    /// # Errors
    /// When it is invalid or the world lacks something.
    pub(crate) fn of_first(
        input: &BlockInput,
        world: &World<'_>,
        max_opcodes: Option<u64>,
    ) -> Result<Self, TxError> {
        let watcher = Watcher {
            max_opcodes: max_opcodes.unwrap_or(u64::MAX),
            ..Watcher::default()
        };
        let context = own_context(input, WrapDatabaseRef(world));
        let mut evm = context.build_mainnet_with_inspector(watcher);
        let done = evm.inspect_tx(input.txs[0].clone())?;
        Ok(evm.inspector.watched(done, input.block.beneficiary))
    }
}

/// Runs the transactions as fast as revm can; gives their number and the time.
fn timed(bundle: &Bundle, input: &BlockInput) -> Result<(usize, Duration), ReplayError> {
    let world = opening_world(bundle, input)?;
    let mut evm = own_context(input, world).build_mainnet();
    let start = Instant::now();
    let mut valid = 0;
    for tx in &input.txs {
        let done: Result<_, TxError> = evm.transact_commit(tx.clone());
        match done {
            Ok(_) => valid += 1,
            Err(EVMError::Transaction(_) | EVMError::Database(_)) => break,
            Err(_) => break,
        }
    }
    Ok((valid, start.elapsed()))
}

/// Counts instructions and frames, and sees which slots are read, creations, and what was loaded before
/// the fee was paid.
#[derive(Debug)]
struct Watcher {
    opcodes: u64,
    max_opcodes: u64,
    frames: u64,
    loaded: Vec<Address>,
    slots: Vec<(Address, U256)>,
    seen: HashSet<(Address, U256)>,
    created: Vec<Address>,
}

impl Default for Watcher {
    fn default() -> Self {
        Self {
            opcodes: 0,
            max_opcodes: u64::MAX,
            frames: 0,
            loaded: Vec::new(),
            created: Vec::new(),
            slots: Vec::new(),
            seen: HashSet::new(),
        }
    }
}

impl Watcher {
    fn loaded(&self, address: Address) -> bool {
        self.loaded.contains(&address)
    }
    /// What was seen of a transaction, with its result.
    fn watched(&self, done: ResultAndState, beneficiary: Address) -> ReferenceTx {
        let uses_beneficiary = self.loaded(beneficiary);
        ReferenceTx {
            opcodes: self.opcodes,
            frames: self.frames,
            access: Access::of(&done.state, beneficiary, uses_beneficiary),
            slots: self.slots.clone(),
            created: self.created.clone(),
            executed: Executed {
                result: done.result,
                state: done.state,
                uses_beneficiary,
            },
        }
    }
    /// The last frame to end is the first: what is loaded then was loaded before the fee.
    fn frame_ended<DB: Database>(&mut self, context: &DbContext<DB>) {
        self.loaded.clear();
        self.loaded.extend(context.journaled_state.state.keys());
    }
}

impl<DB: Database> Inspector<DbContext<DB>> for Watcher {
    fn step(&mut self, interpreter: &mut Interpreter, _: &mut DbContext<DB>) {
        self.opcodes += 1;
        if matches!(
            interpreter.bytecode.opcode(),
            opcode::SLOAD | opcode::SSTORE
        ) && let Ok(key) = interpreter.stack.peek(0)
        {
            let slot = (interpreter.input.target_address, key);
            if self.seen.insert(slot) {
                self.slots.push(slot);
            }
        }
        if self.opcodes > self.max_opcodes {
            interpreter.halt(InstructionResult::OutOfGas);
        }
    }
    fn call(&mut self, _: &mut DbContext<DB>, _: &mut CallInputs) -> Option<CallOutcome> {
        self.frames += 1;
        None
    }
    fn create(
        &mut self,
        context: &mut DbContext<DB>,
        inputs: &mut CreateInputs,
    ) -> Option<CreateOutcome> {
        self.frames += 1;
        if let Some(creator) = context.journaled_state.state.get(&inputs.caller()) {
            let address = inputs.created_address(creator.info.nonce);
            self.created.push(address);
        }
        None
    }
    fn call_end(&mut self, context: &mut DbContext<DB>, _: &CallInputs, _: &mut CallOutcome) {
        self.frame_ended(context);
    }
    fn create_end(&mut self, context: &mut DbContext<DB>, _: &CreateInputs, _: &mut CreateOutcome) {
        self.frame_ended(context);
    }
}
