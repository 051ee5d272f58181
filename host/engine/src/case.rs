//! One transaction over a state from memory: what a state test is.
//!
//! It goes the way of every transaction of a block ([`crate::Replay`]): revm's handler, the device
//! where it takes it, revm where not. On a device it is also compared with revm alone.

use std::collections::HashMap;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use gasworks_driver::Device;
use revm::context::result::EVMError;
use revm::state::EvmState;

use crate::batch::{Batcher, Done};
use crate::bundle::{self, Account, Block, Bundle};
use crate::compare::{self, Difference};
use crate::env::BlockInput;
use crate::frame::{Executed, TxError};
use crate::reference::{Reference, ReferenceTx};
use crate::report::Venue;
use crate::root;
use crate::seeds::{SeedPolicy, Seeder};
use crate::world::{BundleState, World};

/// The state that a transaction starts from.
#[derive(Debug, Clone)]
pub struct State {
    /// A bundle whose block says nothing.
    bundle: Bundle,
}

impl State {
    /// No account; the given hashes of earlier blocks.
    #[must_use]
    pub fn new(block_hashes: HashMap<u64, B256>) -> Self {
        Self {
            bundle: Bundle {
                name: String::new(),
                block: Block::default(),
                accounts: HashMap::new(),
                codes: HashMap::new(),
                block_hashes,
            },
        }
    }

    /// Adds an account.
    pub fn insert(
        &mut self,
        address: Address,
        balance: U256,
        nonce: u64,
        code: &Bytes,
        storage: impl IntoIterator<Item = (U256, U256)>,
    ) {
        let code_hash = match code.is_empty() {
            true => KECCAK256_EMPTY,
            false => keccak256(code),
        };
        if !code.is_empty() {
            let code = bundle::bytecode(code.clone());
            self.bundle.codes.insert(code_hash, code);
        }
        let account = Account {
            balance,
            nonce,
            code_hash,
            storage: storage.into_iter().collect(),
        };
        self.bundle.accounts.insert(address, account);
    }

    /// True where storage is but neither code nor nonce.
    fn is_only_storage(&self, address: &Address) -> bool {
        self.bundle.accounts.get(address).is_some_and(|account| {
            let has_storage = account.storage.values().any(|value| !value.is_zero());
            has_storage && account.nonce == 0 && account.code_hash == KECCAK256_EMPTY
        })
    }

    /// Root of the state after the changes of a transaction.
    #[must_use]
    pub fn root_after(&self, changes: EvmState) -> B256 {
        root::state_root(&self.bundle.accounts, changes)
    }
}

/// What became of a transaction.
#[derive(Debug)]
pub enum Outcome {
    /// It ran.
    Ran(Box<Ran>),
    /// It is invalid; revm's reason.
    Invalid(String),
    /// It has more opcodes than were allowed; it was not given to the device.
    TooLong(u64),
}

/// A transaction that ran.
#[derive(Debug)]
pub struct Ran {
    /// Result and state.
    pub executed: Executed,
    /// Where it ran.
    pub venue: Venue,
    /// EVM instructions, counted by revm's inspector; zero for one that was not watched.
    pub opcodes: u64,
    /// In what it differs from revm alone; empty for one that was not watched.
    pub differences: Vec<Difference>,
    /// A contract was to be created where storage is but neither code nor nonce. No chain has such
    /// a place, and revm leaves the collision out that EIP-7610 wants there.
    pub is_created_over_storage: bool,
}

/// Runs transactions one after the other, each over a state of its own.
pub struct Runner<'d> {
    device: Option<&'d mut dyn Device>,
    /// The device was given up: what it would have run counts as a fallback.
    has_failed: bool,
    max_opcodes: Option<u64>,
}

impl<'d> Runner<'d> {
    /// Runs on a device, or on revm alone where there is none. Transactions with more than
    /// `max_opcodes` EVM instructions are left out.
    #[must_use]
    pub fn new(device: Option<&'d mut dyn Device>, max_opcodes: Option<u64>) -> Self {
        Self {
            device,
            has_failed: false,
            max_opcodes,
        }
    }

    /// True when every transaction is compared with revm, wanted or not.
    #[must_use]
    pub fn always_watches(&self) -> bool {
        self.device.is_some() || self.max_opcodes.is_some()
    }

    /// Runs the first transaction of `input`, and compares it with revm on a device, under a limit
    /// or where it is to be watched: revm's inspector costs more than all the rest. Failures of the
    /// device that were survived come second.
    ///
    /// # Errors
    /// When the state lacks something, or revm fails in a way that no input should cause.
    pub fn run(
        &mut self,
        state: &State,
        input: &BlockInput,
        is_watched: bool,
    ) -> Result<(Outcome, Vec<String>), TxError> {
        let is_watched = is_watched || self.always_watches();
        let world = World::new(BundleState::new(&state.bundle));
        let mut reference = Reference::default();
        if is_watched {
            match ReferenceTx::of_first(input, &world, self.max_opcodes) {
                Ok(known) => reference.txs.push(known),
                Err(EVMError::Transaction(_) | EVMError::Header(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let known = reference.txs.first();
        let opcodes = known.map_or(0, |known| known.opcodes);
        if self.max_opcodes.is_some_and(|max| opcodes > max) {
            return Ok((Outcome::TooLong(opcodes), Vec::new()));
        }
        let mut errors = Vec::new();
        let done = match self.attempt(state, input, &world, &reference, &mut errors) {
            Ok(done) => done,
            Err(EVMError::Transaction(error)) => {
                return Ok((Outcome::Invalid(error.to_string()), errors));
            }
            Err(EVMError::Header(error)) => {
                return Ok((Outcome::Invalid(error.to_string()), errors));
            }
            Err(error) => return Err(error),
        };
        let ran = Ran {
            venue: done.venue,
            opcodes,
            differences: match known {
                Some(known) => compare::differences(&known.executed, &done.executed),
                None if is_watched => vec![invalid_for_revm()],
                None => Vec::new(),
            },
            is_created_over_storage: known
                .is_some_and(|known| known.created.iter().any(|at| state.is_only_storage(at))),
            executed: done.executed,
        };
        Ok((Outcome::Ran(Box::new(ran)), errors))
    }

    /// A batch of one.
    fn attempt(
        &mut self,
        state: &State,
        input: &BlockInput,
        world: &World<'_>,
        reference: &Reference,
        errors: &mut Vec<String>,
    ) -> Result<Done, TxError> {
        // What is invalid for revm never comes to the device, but our own path has to say so too.
        let is_valid = !reference.txs.is_empty();
        let device = self.device.as_deref_mut().filter(|_| is_valid);
        let entries = device.as_ref().map(|device| device.capabilities());
        let entries = entries.map_or(0, |have| have.state_entries);
        let mut batcher = Batcher {
            bundle: &state.bundle,
            input,
            reference,
            device: device.map(|device| device as &mut dyn Device),
            seeder: Seeder::new(SeedPolicy::AccessList, entries),
            device_errors: Vec::new(),
            has_failed: self.has_failed,
        };
        let done = batcher.attempt(world, &[0]);
        errors.append(&mut batcher.device_errors);
        if batcher.has_failed {
            (self.device, self.has_failed) = (None, true);
        }
        match done?.pop().flatten() {
            Some(done) => Ok(done),
            None => unreachable!("the first of a batch runs or fails the batch"),
        }
    }
}

/// The difference of a transaction that ran here only.
fn invalid_for_revm() -> Difference {
    let texts = ["validity", "invalid", "valid"].map(str::to_owned);
    texts.into()
}
