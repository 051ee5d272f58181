//! The JSON shape of a bundle.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use alloy_primitives::{Address, B256, Bloom, Bytes, U256};
use revm::context::transaction::{AccessList, SignedAuthorization};
use serde::de::{self, Deserializer, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

/// A 64-bit number, written as a JSON number, `"0x..."` or decimal digits in a string.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Quantity(pub u64);

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Quantity;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of at most 64 bits, `\"0x..\"` or decimal")
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Quantity, E> {
                Ok(Quantity(value))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Quantity, E> {
                let value = match text.strip_prefix("0x") {
                    Some(digits) => u64::from_str_radix(digits, 16),
                    None => text.parse(),
                };
                value
                    .map(Quantity)
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl PartialEq<u64> for Quantity {
    fn eq(&self, other: &u64) -> bool {
        self.0 == *other
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RawBundle {
    pub block: Block,
    pub pre_state: BTreeMap<Address, RawAccount>,
    pub codes: BTreeMap<B256, Bytes>,
    #[serde(serialize_with = "by_number", deserialize_with = "numbered")]
    pub block_hashes: Vec<(Quantity, B256)>,
}

/// Map keys arrive as strings; serde_json would refuse `deserialize_any` numbers for them.
fn numbered<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(Quantity, B256)>, D::Error> {
    let map: HashMap<String, B256> = HashMap::deserialize(deserializer)?;
    map.into_iter()
        .map(|(number, hash)| {
            let text = de::value::StrDeserializer::<D::Error>::new(&number);
            Ok((Quantity::deserialize(text)?, hash))
        })
        .collect()
}

fn by_number<S: Serializer>(hashes: &[(Quantity, B256)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(
        hashes
            .iter()
            .map(|(number, hash)| (number.0.to_string(), hash)),
    )
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RawAccount {
    #[serde(default)]
    pub balance: U256,
    #[serde(default)]
    pub nonce: Quantity,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_hash: Option<B256>,
    #[serde(default)]
    pub storage: BTreeMap<U256, U256>,
}

/// A block with its transactions, as `eth_getBlockByNumber(N, true)` returns it: the fields that
/// execution and its check need.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    /// Number.
    pub number: Quantity,
    /// Seconds since 1970.
    pub timestamp: Quantity,
    /// Hash of the parent; needed from Prague on (EIP-2935).
    pub parent_hash: Option<B256>,
    /// Beneficiary.
    pub miner: Address,
    /// Gas limit.
    pub gas_limit: Quantity,
    /// Gas used by all transactions.
    pub gas_used: Quantity,
    /// Bloom filter over all logs.
    pub logs_bloom: Bloom,
    /// Root of the receipts.
    pub receipts_root: B256,
    /// Difficulty before the Merge.
    #[serde(default)]
    pub difficulty: U256,
    /// `PREVRANDAO` from the Merge on.
    pub mix_hash: Option<B256>,
    /// Base fee from London on, in wei.
    pub base_fee_per_gas: Option<Quantity>,
    /// EIP-4844.
    pub excess_blob_gas: Option<Quantity>,
    /// EIP-4788.
    pub parent_beacon_block_root: Option<B256>,
    /// Transactions in order.
    pub transactions: Vec<Transaction>,
    /// EIP-4895.
    pub withdrawals: Option<Vec<Withdrawal>>,
}

/// A withdrawal of the beacon chain (EIP-4895).
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Recipient.
    pub address: Address,
    /// Amount in gwei.
    pub amount: Quantity,
}

/// A transaction of type 0 to 4.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    /// Hash.
    #[serde(default)]
    pub hash: B256,
    /// Type; legacy where it is missing.
    #[serde(default, rename = "type")]
    pub kind: Quantity,
    /// Sender.
    pub from: Address,
    /// Recipient; none creates a contract.
    pub to: Option<Address>,
    /// Nonce.
    pub nonce: Quantity,
    /// Gas limit.
    pub gas: Quantity,
    /// Gas price; for types 2 and later the effective one.
    pub gas_price: Option<U256>,
    /// EIP-1559.
    pub max_fee_per_gas: Option<U256>,
    /// EIP-1559.
    pub max_priority_fee_per_gas: Option<U256>,
    /// EIP-4844.
    pub max_fee_per_blob_gas: Option<U256>,
    /// Value in wei.
    pub value: U256,
    /// Calldata or init code.
    pub input: Bytes,
    /// Chain.
    pub chain_id: Option<Quantity>,
    /// EIP-2930.
    pub access_list: Option<AccessList>,
    /// EIP-4844.
    pub blob_versioned_hashes: Option<Vec<B256>>,
    /// EIP-7702.
    pub authorization_list: Option<Vec<SignedAuthorization>>,
}
