//! The environment file: 32 words of 256 bits per hart, written at the start of a transaction from
//! its context block and read by micro-ops in one cycle.
//!
//! Addresses are zero-extended to 256 bits, as the opcodes push them.

/// Number of words per hart.
pub const ENV_WORDS: usize = 32;

/// Declares the word indices with their opcodes.
macro_rules! env_words {
    ($( $(#[doc = $doc:literal])+ $name:ident = $index:literal; )*) => {
        /// Index of a word in the environment file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum EnvWord { $( $(#[doc = $doc])+ $name = $index, )* }
        impl EnvWord {
            /// All words, in order.
            pub const ALL: &[Self] = &[ $( Self::$name, )* ];
        }
    };
}
env_words! {
    /// `ADDRESS`: account whose code runs.
    Address = 0;
    /// `ORIGIN`.
    Origin = 1;
    /// `CALLER`.
    Caller = 2;
    /// `CALLVALUE`.
    CallValue = 3;
    /// `CALLDATASIZE` in bytes.
    CalldataSize = 4;
    /// `GASPRICE`: effective gas price.
    GasPrice = 5;
    /// `COINBASE`: beneficiary of the block.
    Coinbase = 6;
    /// `TIMESTAMP` in seconds.
    Timestamp = 7;
    /// `NUMBER` of the block.
    Number = 8;
    /// `DIFFICULTY` before the Merge, `PREVRANDAO` from it on.
    Difficulty = 9;
    /// `GASLIMIT` of the block.
    GasLimit = 10;
    /// `CHAINID`.
    ChainId = 11;
    /// `SELFBALANCE`: balance of [`EnvWord::Address`] after the value transfer.
    SelfBalance = 12;
    /// `BASEFEE`.
    BaseFee = 13;
    /// `BLOBBASEFEE`.
    BlobBaseFee = 14;
    /// `RETURNDATASIZE`: zero while a transaction has one frame.
    ReturnDataSize = 15;
}
