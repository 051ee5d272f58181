//! Block bundles: a block with the state it needs, `{block, pre_state, codes, block_hashes}`.
//!
//! `block` is what `eth_getBlockByNumber(N, true)` returns, `pre_state` holds the accounts by
//! address (`balance`, `nonce`, `code_hash`, `storage`), `codes` the bytecode by hash,
//! `block_hashes` by number. An account or a slot that is not listed does not exist or is zero.

mod error;
mod json;

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use revm::state::Bytecode;

pub(crate) use error::field_of;
pub use error::{BundleError, Place, Problem};
pub use json::{Block, Quantity, Transaction, Withdrawal};

use json::{RawAccount, RawBundle};

/// An account before the block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Balance in wei.
    pub balance: U256,
    /// Nonce.
    pub nonce: u64,
    /// Keccak-256 of the code.
    pub code_hash: B256,
    /// Storage.
    pub storage: HashMap<U256, U256>,
}

/// A block and the state it needs.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// Where it came from, for messages.
    pub name: String,
    /// The block.
    pub block: Block,
    /// Accounts before the block.
    pub accounts: HashMap<Address, Account>,
    /// Bytecode by hash.
    pub codes: HashMap<B256, Bytecode>,
    /// Hashes of earlier blocks by number.
    pub block_hashes: HashMap<u64, B256>,
}

impl Bundle {
    /// Reads `.json` or `.json.gz` (recognised by content, not by name).
    ///
    /// # Errors
    /// When the file cannot be read or is no bundle.
    pub fn load(path: &Path) -> Result<Self, BundleError> {
        let name = path.display().to_string();
        let unreadable = |source| BundleError::Read {
            file: name.clone(),
            source,
        };
        let bytes = fs::read(path).map_err(unreadable)?;
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut text = Vec::new();
            flate2::read::MultiGzDecoder::new(bytes.as_slice())
                .read_to_end(&mut text)
                .map_err(unreadable)?;
            return Self::from_slice(&name, &text);
        }
        Self::from_slice(&name, &bytes)
    }

    /// Parses JSON text; `name` stands for the file in messages.
    ///
    /// # Errors
    /// When it is no bundle.
    pub fn from_slice(name: &str, text: &[u8]) -> Result<Self, BundleError> {
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        let raw: RawBundle =
            serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
                error::misshapen(name, text, &error.path().to_string(), error.into_inner())
            })?;
        deserializer
            .end()
            .map_err(|source| error::misshapen(name, text, ".", source))?;
        Self::from_raw(name, raw)
    }

    fn from_raw(name: &str, raw: RawBundle) -> Result<Self, BundleError> {
        let bundle = Self {
            name: name.to_owned(),
            codes: raw
                .codes
                .into_iter()
                .map(|(hash, code)| (hash, bytecode(code)))
                .collect(),
            accounts: raw
                .pre_state
                .into_iter()
                .map(|(address, account)| {
                    let account = Account {
                        balance: account.balance,
                        nonce: account.nonce.0,
                        code_hash: account.code_hash.unwrap_or(KECCAK256_EMPTY),
                        storage: account.storage.into_iter().collect(),
                    };
                    (address, account)
                })
                .collect(),
            block_hashes: raw
                .block_hashes
                .into_iter()
                .map(|(number, hash)| (number.0, hash))
                .collect(),
            block: raw.block,
        };
        bundle.check_codes()?;
        Ok(bundle)
    }

    /// The bundle as JSON text, which [`Bundle::from_slice`] reads. Equal bundles give equal bytes.
    ///
    /// # Panics
    /// Never: all keys are text, and no value can fail to serialise.
    #[must_use]
    pub fn to_json(&self) -> String {
        let account = |account: &Account| RawAccount {
            balance: account.balance,
            nonce: Quantity(account.nonce),
            code_hash: Some(account.code_hash).filter(|hash| *hash != KECCAK256_EMPTY),
            storage: account
                .storage
                .iter()
                .map(|(key, value)| (*key, *value))
                .collect(),
        };
        let mut hashes: Vec<_> = self.block_hashes.iter().collect();
        hashes.sort_unstable();
        let raw = RawBundle {
            block: self.block.clone(),
            pre_state: self
                .accounts
                .iter()
                .map(|(at, is)| (*at, account(is)))
                .collect(),
            codes: self
                .codes
                .iter()
                .map(|(hash, code)| (*hash, code.original_bytes()))
                .collect(),
            block_hashes: hashes
                .into_iter()
                .map(|(number, hash)| (Quantity(*number), *hash))
                .collect(),
        };
        serde_json::to_string(&raw).expect("all keys are text and no value can fail to serialise")
    }

    /// Every code hash has its code and every code its hash.
    fn check_codes(&self) -> Result<(), BundleError> {
        for (hash, code) in &self.codes {
            let found = keccak256(code.original_byte_slice());
            if found != *hash {
                return Err(self.invalid(format!("codes.{hash}"), Problem::CodeHash { found }));
            }
        }
        for (address, account) in &self.accounts {
            let hash = account.code_hash;
            if hash != KECCAK256_EMPTY && !hash.is_zero() && !self.codes.contains_key(&hash) {
                let field = format!("pre_state.{address:?}.code_hash");
                return Err(self.invalid(field, Problem::MissingCode { hash }));
            }
        }
        Ok(())
    }

    /// A place in this bundle.
    pub(crate) fn place(&self, transaction: Option<usize>, field: impl Into<String>) -> Place {
        Place {
            file: self.name.clone(),
            block: Some(self.block.number.0),
            transaction,
            field: field.into(),
        }
    }

    fn invalid(&self, field: String, problem: Problem) -> BundleError {
        BundleError::invalid(self.place(None, field), problem)
    }
}

/// Code as revm holds it. Bytes that start as a delegation (EIP-7702) but are none are code like any
/// other.
#[must_use]
pub fn bytecode(bytes: Bytes) -> Bytecode {
    Bytecode::new_raw_checked(bytes.clone()).unwrap_or_else(|_| Bytecode::new_legacy(bytes))
}
