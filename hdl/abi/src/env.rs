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
    /// `ADDRESS`: account whose storage is meant. Words 0 to 5 are those of the running frame: the
    /// card writes them, two at a time, when a frame begins or ends.
    Address = 0;
    /// `CALLER`.
    Caller = 1;
    /// `CALLVALUE`.
    CallValue = 2;
    /// `CALLDATASIZE` in bytes.
    CalldataSize = 3;
    /// `RETURNDATASIZE` in bytes: zero until the frame has called.
    ReturnDataSize = 4;
    /// What the last call or creation of the frame pushes: 1, 0, or the address that was created.
    CallResult = 5;
    /// `ORIGIN`.
    Origin = 6;
    /// `GASPRICE`: effective gas price.
    GasPrice = 7;
    /// `COINBASE`: beneficiary of the block.
    Coinbase = 8;
    /// `TIMESTAMP` in seconds.
    Timestamp = 9;
    /// `NUMBER` of the block.
    Number = 10;
    /// `DIFFICULTY` before the Merge, `PREVRANDAO` from it on.
    Difficulty = 11;
    /// `GASLIMIT` of the block.
    GasLimit = 12;
    /// `CHAINID`.
    ChainId = 13;
    /// `BASEFEE`.
    BaseFee = 14;
    /// `BLOBBASEFEE`.
    BlobBaseFee = 15;
}
