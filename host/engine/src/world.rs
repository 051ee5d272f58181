//! The state that transactions see: the bundle's, with what was committed on top.

use std::cell::RefCell;
use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use revm::DatabaseRef;
use revm::database::CacheDB;
use revm::database_interface::DBErrorMarker;
use revm::state::{AccountInfo, Bytecode};

use crate::bundle::Bundle;

/// Something that the bundle should hold and does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// Bytecode.
    #[error("code {0} is missing from the bundle")]
    Code(B256),
    /// Hash of an earlier block.
    #[error("the hash of block {0} is missing from the bundle")]
    BlockHash(u64),
}
impl DBErrorMarker for Missing {}

/// The state of a bundle before its block.
#[derive(Debug)]
pub struct BundleState<'a> {
    bundle: &'a Bundle,
    /// Accounts that were asked for and are not in the bundle: they do not exist, or the bundle is
    /// incomplete. Used to explain a block that does not reproduce its header.
    absent: RefCell<BTreeSet<Address>>,
}

impl<'a> BundleState<'a> {
    /// The state of a bundle.
    #[must_use]
    pub fn new(bundle: &'a Bundle) -> Self {
        Self {
            bundle,
            absent: RefCell::default(),
        }
    }

    /// Accounts that were asked for so far and are not in the bundle.
    #[must_use]
    pub fn absent(&self) -> Vec<Address> {
        self.absent.borrow().iter().copied().collect()
    }
}

impl DatabaseRef for BundleState<'_> {
    type Error = Missing;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Missing> {
        let Some(account) = self.bundle.accounts.get(&address) else {
            self.absent.borrow_mut().insert(address);
            return Ok(None);
        };
        let code_hash = match account.code_hash {
            hash if hash.is_zero() => KECCAK256_EMPTY,
            hash => hash,
        };
        Ok(Some(AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash,
            code: None,
            ..AccountInfo::default()
        }))
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, Missing> {
        if hash == KECCAK256_EMPTY {
            return Ok(Bytecode::default());
        }
        self.bundle
            .codes
            .get(&hash)
            .cloned()
            .ok_or(Missing::Code(hash))
    }

    fn storage_ref(&self, address: Address, key: U256) -> Result<U256, Missing> {
        let account = self.bundle.accounts.get(&address);
        Ok(account
            .and_then(|account| account.storage.get(&key))
            .copied()
            .unwrap_or_default())
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Missing> {
        self.bundle
            .block_hashes
            .get(&number)
            .copied()
            .ok_or(Missing::BlockHash(number))
    }
}

/// The state of the block as far as it was committed.
pub type World<'a> = CacheDB<BundleState<'a>>;
