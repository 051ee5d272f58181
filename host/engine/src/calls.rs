//! What calls and creations on the device do to accounts: balances, nonces, code and existence
//! change here, in the journal of the waiting transaction, by revm's own functions.
//!
//! Each change is an *effect*: the place in the journal before it is kept, so that the device can
//! undo all effects but the first few when a frame of it fails. A checkpoint of revm counts frames;
//! the frames are on the device, so every checkpoint is closed again as soon as it is taken and the
//! depth stays that of the first frame.

use std::collections::HashSet;
use std::mem::MaybeUninit;

use alloy_primitives::{Address, KECCAK256_EMPTY, U256, keccak256};
use gasworks_abi::micro_op::CallKind;
use gasworks_abi::ring::{Answer, RequestKind};
use gasworks_driver::{Payload, Question, Reply, Unanswerable};
use revm::Database;
use revm::context::JournalTr;
use revm::context::result::EVMError;
use revm::context_interface::journaled_state::JournalCheckpoint;
use revm::context_interface::journaled_state::account::JournaledAccountTr;
use revm::context_interface::local::OutFrame;
use revm::handler::{EthFrame, EthPrecompiles, FrameResult, ItemOrResult, return_create};
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::{
    CallInput, CallInputs, CallScheme, CallValue, Gas, InstructionResult, InterpreterResult,
    SharedMemory,
};
use revm::state::Bytecode;

use crate::account;
use crate::frame::Context;

/// Depth of a frame of the device as revm's functions are told: any but the first, below the limit.
/// A device with as many frames as the limit of 1,024 does not exist.
const INNER_DEPTH: usize = 1;

/// Gas for [`return_create`]: the device has charged the deposit.
const DEPOSIT_GAS: u64 = u64::MAX >> 1;

/// The accounts of one waiting transaction, and what its calls did to them.
#[derive(Debug)]
pub struct Calls {
    /// Accounts that were loaded when the first frame began.
    warm: HashSet<Address>,
    /// The journal before each effect.
    effects: Vec<JournalCheckpoint>,
    /// Accounts whose code may have run, the first frame's included.
    ran: HashSet<Address>,
    /// Accounts that were created and whose code is not yet there.
    constructing: HashSet<Address>,
    /// The account that the last question about a callee touched, as an effect.
    touched: Option<Address>,
}

/// Why a question has no answer: the database, or a question that no device asks by the rules.
struct Refused;

impl Calls {
    /// For a transaction whose first frame, of account `target`, is about to run.
    #[must_use]
    pub fn new<DB: Database>(ctx: &Context<DB>, target: Address) -> Self {
        let journal = &ctx.journaled_state;
        let accounts = journal.inner.state.iter();
        let warm = accounts
            .filter(|(_, account)| !account.is_cold_transaction_id(journal.inner.transaction_id));
        Self {
            warm: warm.map(|(address, _)| *address).collect(),
            effects: Vec::new(),
            ran: HashSet::from([target]),
            constructing: HashSet::new(),
            touched: None,
        }
    }

    /// True when code may have run in this account.
    #[must_use]
    pub fn may_have_run(&self, address: Address) -> bool {
        self.ran.contains(&address)
    }

    /// Answers any question of the transaction.
    ///
    /// # Errors
    /// When the database lacks something, or no device asks this by the rules.
    pub fn answer<DB: Database>(
        &mut self,
        ctx: &mut Context<DB>,
        precompiles: &mut EthPrecompiles,
        question: &Question,
    ) -> Result<Reply, Unanswerable> {
        // The cause of a failure is found again when the transaction runs on revm.
        let mut reply = match question.kind {
            RequestKind::Callee => self.callee(ctx, precompiles, question),
            RequestKind::Call => self.call(ctx, precompiles, question),
            RequestKind::Create | RequestKind::Create2 => self.create(ctx, question),
            RequestKind::Created => self.created(ctx, question),
            RequestKind::SelfDestruct => self.selfdestruct(ctx, question),
            RequestKind::Undo => self.undo(ctx, question),
            _ => self.read(ctx, question).map_err(|_| Refused),
        }
        .map_err(|Refused| Unanswerable)?;
        if question.kind != RequestKind::Callee {
            self.touched = None;
        }
        reply.effects = u16::try_from(self.effects.len()).map_err(|_| Unanswerable)?;
        Ok(reply)
    }

    fn read<DB: Database>(
        &self,
        ctx: &mut Context<DB>,
        question: &Question,
    ) -> Result<Reply, DB::Error> {
        let address = question.account();
        let warm = self.is_warm(ctx, address);
        match question.kind {
            RequestKind::Storage => {
                let (value, warm) = account::storage(ctx, question.address, question.key)?;
                Ok(Reply::value(value, warm))
            }
            RequestKind::Balance => Ok(Reply::value(account::info(ctx, address)?.balance, warm)),
            RequestKind::CodeHash => {
                let hash = account::code_hash(ctx, address)?;
                Ok(Reply::value(hash.into(), warm))
            }
            RequestKind::Code => Ok(Reply::code(account::code(ctx, address)?, warm)),
            RequestKind::BlobHash => {
                let index = usize::try_from(question.key).ok();
                let hash = index.and_then(|index| ctx.tx.blob_hashes.get(index));
                Ok(Reply::value(hash.copied().unwrap_or_default().into(), true))
            }
            _ => {
                let hash = account::block_hash(ctx, question.key)?;
                Ok(Reply::value(hash.into(), true))
            }
        }
    }

    /// Warm at the start of the first frame, whatever was loaded since.
    fn is_warm<DB: Database>(&self, ctx: &Context<DB>, address: Address) -> bool {
        self.warm.contains(&address) || ctx.journaled_state.warm_addresses.is_warm(&address)
    }

    /// Begins an effect: keeps the place in the journal before it.
    fn begin<DB: Database>(&mut self, ctx: &mut Context<DB>) {
        let checkpoint = ctx.journaled_state.checkpoint();
        ctx.journaled_state.checkpoint_commit();
        self.effects.push(checkpoint);
    }

    /// As revm's `load_account_delegated` and the touch of `make_call_frame`. A precompile is
    /// touched by its call, which always follows.
    fn callee<DB: Database>(
        &mut self,
        ctx: &mut Context<DB>,
        precompiles: &EthPrecompiles,
        question: &Question,
    ) -> Result<Reply, Refused> {
        let address = question.account();
        let kind = CallKind::from_bits((question.key >> 160usize).as_limbs()[0] as u32);
        let mut reply = Reply::value(U256::ZERO, self.is_warm(ctx, address));
        let spec = ctx.cfg.spec;
        let load = ctx.journaled_state.load_account_with_code(address);
        let found = load.map_err(|_| Refused)?.data;
        let is_empty = found.state_clear_aware_is_empty(spec);
        let is_touched = found.is_touched();
        let (mut code, mut code_hash) = (found.info.code.clone(), found.info.code_hash);
        let is_precompile = precompiles.contains(&address);
        let delegate = code.as_ref().and_then(Bytecode::eip7702_address);
        if let Some(delegate) = delegate {
            reply.flags |= Answer::DELEGATED;
            reply.value = U256::from_be_slice(delegate.as_slice());
            if self.is_warm(ctx, delegate) {
                reply.flags |= Answer::DELEGATE_WARM;
            }
            let load = ctx.journaled_state.load_account_with_code(delegate);
            let found = load.map_err(|_| Refused)?.data;
            (code, code_hash) = (found.info.code.clone(), found.info.code_hash);
        }
        self.touched = None;
        if matches!(kind, CallKind::Call | CallKind::StaticCall) && !is_touched && !is_precompile {
            if is_empty {
                self.begin(ctx);
                self.touched = Some(address);
            }
            ctx.journaled_state.touch_account(address);
        }
        if is_empty {
            reply.flags |= Answer::EMPTY;
        }
        if is_precompile {
            reply.flags |= Answer::PRECOMPILE;
        } else if let Some(code) = code.filter(|code| !code.is_empty()) {
            reply.code = code.original_bytes();
            reply.code_hash = code_hash;
            self.ran.insert(address);
        }
        Ok(reply)
    }

    /// revm's `make_call_frame`, for an account without code: the code is the device's business.
    fn call<DB: Database>(
        &mut self,
        ctx: &mut Context<DB>,
        precompiles: &mut EthPrecompiles,
        question: &Question,
    ) -> Result<Reply, Refused> {
        let payload = question.payload.as_ref().ok_or(Refused)?;
        for address in [payload.account, question.address] {
            let load = ctx.journaled_state.load_account(address);
            load.map_err(|_| Refused)?;
        }
        self.begin(ctx);
        let inputs = Box::new(call_inputs(question, payload));
        let mut frame: MaybeUninit<EthFrame<EthInterpreter>> = MaybeUninit::uninit();
        let made = EthFrame::make_call_frame::<_, _, EVMError<DB::Error>>(
            OutFrame::new_uninit(&mut frame),
            ctx,
            precompiles,
            INNER_DEPTH,
            SharedMemory::invalid(),
            inputs,
        );
        let Ok(ItemOrResult::Result(FrameResult::Call(outcome))) = made else {
            return Err(Refused);
        };
        let result = outcome.result;
        if !result.result.is_ok() {
            self.untouch(ctx, question.address);
        }
        let gas = match result.result.is_ok_or_revert() {
            true => result.gas.remaining(),
            false => 0,
        };
        let mut reply = Reply::value(U256::from(gas), false);
        reply.flags = done(result.result.is_ok());
        reply.output = result.output;
        Ok(reply)
    }

    /// In revm the touch of a callee is undone when its call fails before it runs. The question
    /// about the callee came just before and has touched it as an effect: that one becomes void.
    fn untouch<DB: Database>(&mut self, ctx: &mut Context<DB>, callee: Address) {
        if self.touched != Some(callee) {
            return;
        }
        if let [.., touch, call] = self.effects.as_mut_slice() {
            *call = *touch;
            let checkpoint = *touch;
            revert(ctx, checkpoint);
        }
    }

    /// As revm's `make_create_frame`.
    fn create<DB: Database>(
        &mut self,
        ctx: &mut Context<DB>,
        question: &Question,
    ) -> Result<Reply, Refused> {
        let payload = question.payload.as_ref().ok_or(Refused)?;
        let (creator, value) = (payload.account, payload.words[0]);
        let spec = ctx.cfg.spec;
        let load = ctx.journaled_state.load_account(creator);
        load.map_err(|_| Refused)?;
        self.begin(ctx);
        let mut reply = Reply::default();
        let load = ctx.journaled_state.load_account_mut(creator);
        let mut account = load.map_err(|_| Refused)?.data;
        let nonce = account.nonce();
        if *account.balance() < value || !account.bump_nonce() {
            self.begin(ctx);
            return Ok(reply);
        }
        let code_hash = keccak256(&payload.data);
        let address = match question.kind {
            RequestKind::Create2 => creator.create2(payload.words[1].to_be_bytes(), code_hash),
            _ => creator.create(nonce),
        };
        reply.flags = Answer::NAMED;
        reply.value = U256::from_be_slice(address.as_slice());
        reply.warm = self.is_warm(ctx, address);
        let load = ctx.journaled_state.load_account(address);
        load.map_err(|_| Refused)?;
        self.begin(ctx);
        let journal = &mut ctx.journaled_state;
        if journal
            .create_account_checkpoint(creator, address, value, spec)
            .is_ok()
        {
            journal.checkpoint_commit();
            self.ran.insert(address);
            self.constructing.insert(address);
            reply.flags |= Answer::DONE;
            reply.code = payload.data.clone();
            reply.code_hash = code_hash;
        }
        Ok(reply)
    }

    /// revm's `return_create`, with the deposit paid. A refusal undoes nothing: the device undoes
    /// the creation.
    fn created<DB: Database>(
        &mut self,
        ctx: &mut Context<DB>,
        question: &Question,
    ) -> Result<Reply, Refused> {
        let payload = question.payload.as_ref().ok_or(Refused)?;
        let address = question.address;
        if !self.constructing.contains(&address) {
            return Err(Refused);
        }
        self.begin(ctx);
        let checkpoint = ctx.journaled_state.checkpoint();
        let mut result = InterpreterResult {
            result: InstructionResult::Return,
            output: payload.data.clone(),
            gas: Gas::new(DEPOSIT_GAS),
        };
        return_create(ctx, checkpoint, &mut result, address);
        let is_done = result.result.is_ok();
        if is_done {
            self.constructing.remove(&address);
        }
        Ok(Reply {
            flags: done(is_done),
            ..Reply::default()
        })
    }

    /// revm's `selfdestruct` of the journal.
    fn selfdestruct<DB: Database>(
        &mut self,
        ctx: &mut Context<DB>,
        question: &Question,
    ) -> Result<Reply, Refused> {
        let (address, target) = (question.address, question.account());
        if !self.may_have_run(address) {
            return Err(Refused);
        }
        let mut reply = Reply::value(U256::ZERO, self.is_warm(ctx, target));
        for address in [address, target] {
            let load = ctx.journaled_state.load_account(address);
            load.map_err(|_| Refused)?;
        }
        self.begin(ctx);
        // revm has touched the account when it was called; the device may have called it unasked.
        ctx.journaled_state.touch_account(address);
        let destroyed = ctx.journaled_state.selfdestruct(address, target, false);
        let destroyed = destroyed.map_err(|_| Refused)?.data;
        if destroyed.had_value && !destroyed.target_exists {
            reply.flags |= Answer::EMPTY;
        }
        reply.flags |= done(!destroyed.previously_destroyed);
        Ok(reply)
    }

    /// Back to the journal before the first effect that is not kept.
    fn undo<DB: Database>(
        &mut self,
        ctx: &mut Context<DB>,
        question: &Question,
    ) -> Result<Reply, Refused> {
        let keep = (question.key.as_limbs()[0] & 0xffff) as usize;
        if keep > self.effects.len() {
            return Err(Refused);
        }
        if let Some(checkpoint) = self.effects.get(keep) {
            revert(ctx, *checkpoint);
            self.effects.truncate(keep);
        }
        Ok(Reply::default())
    }
}

/// Undoes the journal down to a checkpoint that was closed; the depth stays.
fn revert<DB: Database>(ctx: &mut Context<DB>, checkpoint: JournalCheckpoint) {
    let _ = ctx.journaled_state.checkpoint();
    ctx.journaled_state.checkpoint_revert(checkpoint);
}

fn done(is_done: bool) -> u8 {
    match is_done {
        true => Answer::DONE,
        false => 0,
    }
}

/// As revm's `CALL`, `CALLCODE`, `DELEGATECALL` and `STATICCALL` make them.
fn call_inputs(question: &Question, payload: &Payload) -> CallInputs {
    let [gas_limit, kind, ..] = *question.key.as_limbs();
    let (running, callee) = (payload.account, question.address);
    let value = payload.words[1];
    let (target_address, value, scheme) = match CallKind::from_bits(kind as u32) {
        CallKind::Call => (callee, CallValue::Transfer(value), CallScheme::Call),
        CallKind::CallCode => (running, CallValue::Transfer(value), CallScheme::CallCode),
        CallKind::DelegateCall => {
            let value = CallValue::Apparent(U256::ZERO);
            (running, value, CallScheme::DelegateCall)
        }
        CallKind::StaticCall => {
            let value = CallValue::Transfer(U256::ZERO);
            (callee, value, CallScheme::StaticCall)
        }
    };
    CallInputs {
        input: CallInput::Bytes(payload.data.clone()),
        return_memory_offset: 0..0,
        gas_limit,
        reservoir: 0,
        bytecode_address: callee,
        known_bytecode: (KECCAK256_EMPTY, Bytecode::default()),
        target_address,
        caller: running,
        value,
        is_static: scheme == CallScheme::StaticCall,
        scheme,
        charged_new_account_state_gas: false,
    }
}
