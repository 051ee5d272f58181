//! What a hart asks the host for: one method per `RequestKind` of `gasworks_abi::ring`.

use alloy_primitives::{Address, Bytes, U256};

/// A value and whether it was warm when the transaction started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The value.
    pub value: U256,
    /// EIP-2929: warm at the start of the transaction.
    pub warm: bool,
}

/// Code of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeAnswer {
    /// The bytecode; empty where there is none.
    pub code: Bytes,
    /// EIP-2929: the account was warm at the start of the transaction.
    pub warm: bool,
}

/// Answers requests. `None` means that the host cannot answer: the hart escalates with
/// `request_failed`.
pub trait Host {
    /// Storage slot `key` of `address` at the start of the transaction.
    fn storage(&mut self, address: Address, key: U256) -> Option<Answer>;
    /// Balance of an account as the frame sees it.
    fn balance(&mut self, address: Address) -> Option<Answer>;
    /// Code hash; zero for an account that does not exist or is empty (EIP-161).
    fn code_hash(&mut self, address: Address) -> Option<Answer>;
    /// Code of an account.
    fn code(&mut self, address: Address) -> Option<CodeAnswer>;
    /// Hash of block `number`, zero outside the last 256.
    fn block_hash(&mut self, number: U256) -> Option<U256>;
    /// Versioned hash `index` of the transaction, zero past the last.
    fn blob_hash(&mut self, index: U256) -> Option<U256>;
}

/// A host that answers nothing: every request escalates.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHost;
impl Host for NoHost {
    fn storage(&mut self, _: Address, _: U256) -> Option<Answer> {
        None
    }
    fn balance(&mut self, _: Address) -> Option<Answer> {
        None
    }
    fn code_hash(&mut self, _: Address) -> Option<Answer> {
        None
    }
    fn code(&mut self, _: Address) -> Option<CodeAnswer> {
        None
    }
    fn block_hash(&mut self, _: U256) -> Option<U256> {
        None
    }
    fn blob_hash(&mut self, _: U256) -> Option<U256> {
        None
    }
}
