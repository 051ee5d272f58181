//! A frame of a message call as revm starts it, and a host that answers from its state.

use std::sync::Arc;

use alloy_primitives::{Address, Bytes, U256};
use gasworks_abi::env::{ENV_WORDS, EnvWord};
use gasworks_abi::fork::Fork;
use gasworks_iss::{Answer, CodeAnswer, Host, Slot};
use revm::context::{BlockEnv, CfgEnv, Context, TxEnv};
use revm::context_interface::host::Host as RevmHost;
use revm::database::{CacheDB, EmptyDB};
use revm::database_interface::WrapDatabaseRef;
use revm::interpreter::interpreter::Interpreter;
use revm::interpreter::interpreter_types::InputsTr;
use revm::primitives::hardfork::SpecId;

/// State that many runs share.
pub type Database = WrapDatabaseRef<Arc<CacheDB<EmptyDB>>>;
/// Context of a run on revm.
pub type Ctx = Context<BlockEnv, TxEnv, CfgEnv, Database>;

/// All that a frame depends on.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Fork; `None` where the card does not run it.
    pub fork: Option<Fork>,
    /// Code that runs.
    pub code: Bytes,
    /// Gas of the frame.
    pub gas_limit: u64,
    /// Calldata.
    pub calldata: Bytes,
    /// The environment file.
    pub environment: Box<[U256; ENV_WORDS]>,
    /// Account whose storage the frame sees.
    pub address: Address,
    /// Slots of `address` that were written before the frame; the others are asked for.
    pub seeds: Vec<Slot>,
    /// revm at the start of the frame.
    pub context: Ctx,
}

fn word(address: Address) -> U256 {
    address.into_word().into()
}

impl Frame {
    /// Takes down the frame that revm is about to run.
    #[must_use]
    pub fn capture(interpreter: &Interpreter, context: &Ctx) -> Self {
        let input = &interpreter.input;
        let address = input.target_address();
        let calldata = Bytes::copy_from_slice(&input.input().as_bytes(context));
        let context = context.clone();
        let mut environment = Box::new([U256::ZERO; ENV_WORDS]);
        let mut set = |index: EnvWord, value: U256| environment[index as usize] = value;
        set(EnvWord::Address, word(address));
        set(EnvWord::Origin, word(RevmHost::caller(&context)));
        set(EnvWord::Caller, word(input.caller_address()));
        set(EnvWord::CallValue, input.call_value());
        set(EnvWord::CalldataSize, U256::from(calldata.len()));
        set(EnvWord::GasPrice, context.effective_gas_price());
        set(EnvWord::Coinbase, word(context.beneficiary()));
        set(EnvWord::Timestamp, context.timestamp());
        set(EnvWord::Number, context.block_number());
        let is_merged = context.cfg.spec.is_enabled_in(SpecId::MERGE);
        let randomness = context.prevrandao().filter(|_| is_merged);
        let difficulty = context.difficulty();
        set(EnvWord::Difficulty, randomness.unwrap_or(difficulty));
        set(EnvWord::GasLimit, RevmHost::gas_limit(&context));
        set(EnvWord::ChainId, RevmHost::chain_id(&context));
        set(EnvWord::BaseFee, context.basefee());
        set(EnvWord::BlobBaseFee, context.blob_gasprice());
        let balance = context.clone().balance(address);
        set(EnvWord::SelfBalance, balance.map_or(U256::ZERO, |b| b.data));
        Self {
            fork: Fork::from_u8(context.cfg.spec as u8),
            code: Bytes::copy_from_slice(interpreter.bytecode.original_byte_slice()),
            gas_limit: interpreter.gas.limit(),
            calldata,
            environment,
            address,
            seeds: seeds(&context, address),
            context,
        }
    }

    /// True when the frame starts with something that a transaction's first frame has not:
    /// transient storage, or more seeds than a submission takes.
    #[must_use]
    pub fn is_beyond_one_frame(&self) -> bool {
        let journal = &self.context.journaled_state.inner;
        let transient = &journal.transient_storage;
        self.seeds.len() > 512 || transient.keys().any(|address| *address == self.address)
    }

    /// A host that answers as revm's state at the start of the frame says.
    #[must_use]
    pub fn host(&self) -> Snapshot {
        Snapshot(self.context.clone())
    }
}

/// Slots whose value differs from that at the start of the transaction.
fn seeds(context: &Ctx, address: Address) -> Vec<Slot> {
    let account = context.journaled_state.inner.state.get(&address);
    account
        .into_iter()
        .flat_map(|account| &account.storage)
        .filter(|(_, slot)| slot.is_changed())
        .map(|(key, slot)| Slot {
            address,
            key: *key,
            value: slot.present_value(),
            original: slot.original_value(),
            warm: !slot.is_cold,
        })
        .collect()
}

/// Answers from revm's state at the start of a frame. A hart asks for the warmth of a thing only
/// once, so that what a question itself warms does not matter.
#[derive(Debug, Clone)]
pub struct Snapshot(Ctx);

impl Host for Snapshot {
    fn storage(&mut self, address: Address, key: U256) -> Option<Answer> {
        let load = self.0.sload(address, key)?;
        Some(Answer {
            value: load.data,
            warm: !load.is_cold,
        })
    }

    fn balance(&mut self, address: Address) -> Option<Answer> {
        let load = RevmHost::balance(&mut self.0, address)?;
        Some(Answer {
            value: load.data,
            warm: !load.is_cold,
        })
    }

    fn code_hash(&mut self, address: Address) -> Option<Answer> {
        let load = self.0.load_account_code_hash(address)?;
        Some(Answer {
            value: load.data.into(),
            warm: !load.is_cold,
        })
    }

    fn code(&mut self, address: Address) -> Option<CodeAnswer> {
        let load = self.0.load_account_code(address)?;
        Some(CodeAnswer {
            code: load.data,
            warm: !load.is_cold,
        })
    }

    /// Yellow Paper H.2, `0x40`: one of the last 256 blocks.
    fn block_hash(&mut self, number: U256) -> Option<U256> {
        let back = self.0.block_number().checked_sub(number);
        match back {
            Some(back) if !back.is_zero() && back <= U256::from(256) => {
                Some(RevmHost::block_hash(&mut self.0, number.to())?.into())
            }
            _ => Some(U256::ZERO),
        }
    }

    fn blob_hash(&mut self, index: U256) -> Option<U256> {
        let hash = usize::try_from(index).ok();
        let hash = hash.and_then(|index| RevmHost::blob_hash(&self.0, index));
        Some(hash.unwrap_or_default())
    }
}
