//! A case: a small world and a block of a few transactions, as data that can be kept and shortened.

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, U256};
use gasworks::SeedPolicy;
use gasworks_abi::fork::Fork;
use serde::{Deserialize, Serialize};

use crate::program::{Item, assemble};

/// A world and a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Rules.
    #[serde(with = "fork_name")]
    pub fork: Fork,
    /// Which slots travel with a transaction.
    #[serde(with = "seeds_name")]
    pub seeds: SeedPolicy,
    /// Who gets the fees.
    pub beneficiary: Address,
    /// The accounts that exist.
    pub accounts: BTreeMap<Address, Account>,
    /// The block.
    pub transactions: Vec<Transaction>,
}

/// An account before the block.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// In wei.
    pub balance: U256,
    /// Transactions sent or contracts created.
    pub nonce: u64,
    /// What is there.
    #[serde(default, skip_serializing_if = "Code::is_nothing")]
    pub code: Code,
    /// Slot to value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub storage: BTreeMap<U256, U256>,
}

/// Code of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// None.
    #[default]
    Nothing,
    /// A contract.
    Program(Vec<Item>),
    /// A delegation (EIP-7702).
    Delegation(Address),
}

impl Code {
    fn is_nothing(&self) -> bool {
        *self == Self::Nothing
    }

    /// The bytecode.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        match self {
            Self::Nothing => Bytes::new(),
            Self::Program(items) => assemble(items).into(),
            Self::Delegation(to) => [&[0xef, 0x01, 0x00], to.as_slice()].concat().into(),
        }
    }
}

/// A transaction. Its nonce follows from those before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// Type, 0 to 4.
    pub kind: u8,
    /// Which of the senders sends it.
    pub sender: u8,
    /// Recipient; none creates a contract.
    pub to: Option<Address>,
    /// In wei.
    pub value: U256,
    /// Gas limit.
    pub gas: u64,
    /// Calldata or initcode.
    pub input: Input,
    /// Accounts and slots (EIP-2930).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access_list: Vec<(Address, Vec<U256>)>,
    /// Delegations (EIP-7702).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorizations: Vec<Authorization>,
}

/// Calldata or initcode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// Bytes as they are.
    Data(Bytes),
    /// A program.
    Program(Vec<Item>),
}

impl Input {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        match self {
            Self::Data(bytes) => bytes.clone(),
            Self::Program(items) => assemble(items).into(),
        }
    }
}

/// A sender that delegates to an account (EIP-7702).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorization {
    /// Which of the senders signs it.
    pub signer: u8,
    /// To whom.
    pub to: Address,
    /// The nonce that it is signed for.
    pub nonce: u64,
    /// The chain that it is signed for; zero is any.
    pub chain_id: u64,
}

impl Case {
    /// EVM instructions in all programs: what shrinking makes small.
    #[must_use]
    pub fn instructions(&self) -> usize {
        let inputs = self.transactions.iter().filter_map(|tx| match &tx.input {
            Input::Program(items) => Some(items),
            Input::Data(_) => None,
        });
        let codes = self.accounts.values().filter_map(|it| match &it.code {
            Code::Program(items) => Some(items),
            _ => None,
        });
        let items = inputs.chain(codes).flatten();
        items.map(Item::instructions).sum()
    }

    /// The case as JSON text, which [`Case::from_json`] reads.
    ///
    /// # Panics
    /// Never: all keys are text, and no value can fail to serialise.
    #[must_use]
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.expect("all keys are text and no value can fail to serialise")
    }

    /// Reads the text of a case.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

mod fork_name {
    use gasworks_abi::fork::Fork;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(fork: &Fork, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{fork:?}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Fork, D::Error> {
        let name = String::deserialize(from)?;
        let mut all = Fork::ALL.into_iter();
        all.find(|fork| format!("{fork:?}") == name)
            .ok_or_else(|| de::Error::custom(format!("no fork {name:?}")))
    }
}

mod seeds_name {
    use gasworks::SeedPolicy;
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::SEEDS;

    pub(super) fn serialize<S: Serializer>(it: &SeedPolicy, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(it.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SeedPolicy, D::Error> {
        let name = String::deserialize(from)?;
        let mut all = SEEDS.into_iter();
        all.find(|policy| policy.name() == name)
            .ok_or_else(|| de::Error::custom(format!("no policy {name:?}")))
    }
}
