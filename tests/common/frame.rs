//! The first frame of a transaction as revm starts it, and its state as what the engine answers from.

use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use gasworks::calls::Calls;
use gasworks_abi::env::{ENV_WORDS, EnvWord};
use gasworks_abi::fork::Fork;
use gasworks_abi::ring::RequestKind;
use gasworks_driver::{Question, Reply, StateSource, Unanswerable};
use gasworks_iss::Slot;
use revm::context::{BlockEnv, CfgEnv, Context, TxEnv};
use revm::context_interface::host::Host as RevmHost;
use revm::database::{CacheDB, EmptyDB};
use revm::database_interface::WrapDatabaseRef;
use revm::handler::EthPrecompiles;
use revm::interpreter::interpreter::Interpreter;
use revm::interpreter::interpreter_types::InputsTr;
use revm::primitives::hardfork::SpecId;

/// State that many runs share.
pub type Database = WrapDatabaseRef<Arc<CacheDB<EmptyDB>>>;
/// Context of a run on revm.
pub type Ctx = Context<BlockEnv, TxEnv, CfgEnv, Database>;

/// Most seeds of a submission.
const MAX_SEEDS: usize = 512;

/// All that a first frame depends on.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Fork; `None` where the card does not run it.
    pub fork: Option<Fork>,
    /// Code that runs.
    pub code: Bytes,
    /// Its hash.
    pub code_hash: B256,
    /// Gas of the frame.
    pub gas_limit: u64,
    /// Calldata.
    pub calldata: Bytes,
    /// The environment file.
    pub environment: Box<[U256; ENV_WORDS]>,
    /// Account whose storage the frame sees.
    pub address: Address,
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
        let code = Bytes::copy_from_slice(interpreter.bytecode.original_byte_slice());
        Self {
            fork: Fork::from_u8(context.cfg.spec as u8),
            code_hash: keccak256(&code),
            code,
            gas_limit: interpreter.gas.limit(),
            calldata,
            environment,
            address,
            context,
        }
    }

    /// What answers the questions of the frame and of those below it.
    #[must_use]
    pub fn source(&self) -> Source {
        Source {
            calls: Calls::new(&self.context, self.address),
            precompiles: EthPrecompiles::new(self.context.cfg.spec),
            context: self.context.clone(),
        }
    }

    /// The slots of the transaction's access list.
    #[must_use]
    pub fn seeds(&self, source: &mut Source) -> Vec<Slot> {
        let list = self.context.tx.access_list.0.iter();
        let slots = list.flat_map(|item| item.storage_keys.iter().map(|key| (item.address, *key)));
        let seed = |(address, key): (Address, B256)| {
            let key = key.into();
            let reply = source.storage(address, key)?;
            Some(Slot {
                address,
                key,
                value: reply.value,
                original: reply.value,
                warm: reply.warm,
            })
        };
        slots.take(MAX_SEEDS).filter_map(seed).collect()
    }
}

/// The engine's answers, from revm's context at the start of the first frame.
#[derive(Debug)]
pub struct Source {
    /// revm, with what calls have done to accounts.
    pub context: Ctx,
    calls: Calls,
    precompiles: EthPrecompiles,
}

impl Source {
    /// A storage slot.
    pub fn storage(&mut self, address: Address, key: U256) -> Option<Reply> {
        let question = Question {
            tag: 0,
            kind: RequestKind::Storage,
            address,
            key,
            payload: None,
        };
        self.answer(&question).ok()
    }
}

impl StateSource for Source {
    fn answer(&mut self, question: &Question) -> Result<Reply, Unanswerable> {
        self.calls
            .answer(&mut self.context, &mut self.precompiles, question)
    }
}
