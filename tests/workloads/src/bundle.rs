//! The block bundle: a block and everything that executing it reads.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_rpc_types_eth::Block;
use serde::{Deserialize, Serialize};

/// A block with the state that it reads, in the format of the project's real-block bundles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// The block as `eth_getBlockByNumber(number, true)` returns it.
    pub block: Block,
    /// Every account that the block touches and every slot that it reads or writes, as they were before it.
    /// A slot that was empty is there with the value 0.
    pub pre_state: BTreeMap<Address, Account>,
    /// Runtime code by its hash.
    pub codes: BTreeMap<B256, Bytes>,
    /// Hashes of earlier blocks by number; here only the parent's.
    pub block_hashes: BTreeMap<u64, B256>,
}

/// One account of the pre-state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// In wei.
    pub balance: U256,
    /// Transactions sent so far; 1 for a contract that created none.
    pub nonce: u64,
    /// Keccak-256 of the code; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_hash: Option<B256>,
    /// Slot to value.
    pub storage: BTreeMap<U256, U256>,
}

impl Bundle {
    /// The bundle as JSON text. Equal bundles give equal bytes.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("all keys are text and no value can fail to serialise")
    }
}
