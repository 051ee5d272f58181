//! What can be wrong with a bundle, and where.

use std::fmt;

use alloy_primitives::{Address, B256};
use revm::context::result::InvalidTransaction;

/// Where in a bundle something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// File, or the name that was given to the text.
    pub file: String,
    /// Number of the block; `None` where the text breaks before it is known.
    pub block: Option<u64>,
    /// Position in the block, 0-based.
    pub transaction: Option<usize>,
    /// Path of the field in the JSON text.
    pub field: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        match self.block {
            Some(number) => write!(f, ": block {number}")?,
            None => write!(f, ": block unknown")?,
        }
        if let Some(index) = self.transaction {
            write!(f, ": transaction {index}")?;
        }
        write!(f, ": field {}", self.field)
    }
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The fork needs the field.
    #[error("missing, {fork} needs it")]
    MissingField {
        /// Fork.
        fork: &'static str,
    },
    /// No code with this hash.
    #[error("code {hash} is missing from `codes`")]
    MissingCode {
        /// Hash.
        hash: B256,
    },
    /// No hash of a block that was asked for.
    #[error("the hash of block {number} is missing from `block_hashes`")]
    MissingBlockHash {
        /// Block.
        number: u64,
    },
    /// An account that the block cannot do without.
    #[error("account {address} is missing from `pre_state`")]
    MissingAccount {
        /// Account.
        address: Address,
    },
    /// A contract that is called and not listed.
    #[error(
        "account {address} is missing from `pre_state`: without it the block uses {found} gas, \
         its header says {expected}"
    )]
    MissingRecipient {
        /// Account.
        address: Address,
        /// Gas used.
        found: u64,
        /// Gas used by the header.
        expected: u64,
    },
    /// The bytes do not hash to their key.
    #[error("the code hashes to {found}")]
    CodeHash {
        /// Hash of the bytes.
        found: B256,
    },
    /// The transaction is invalid where it stands.
    #[error("invalid transaction: {0}")]
    InvalidTransaction(InvalidTransaction),
    /// The type is not one of 0 to 4.
    #[error("transaction type {found} is not known")]
    TransactionType {
        /// Type.
        found: u64,
    },
    /// A number is larger than the field allows.
    #[error("{found} does not fit {bits} bits")]
    TooLarge {
        /// What was found.
        found: String,
        /// Bits of the field.
        bits: u32,
    },
    /// The header is invalid for the fork.
    #[error("invalid header: {detail}")]
    InvalidHeader {
        /// What revm says.
        detail: String,
    },
}

/// A bundle that cannot be executed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The file cannot be read or decompressed.
    #[error("{file}: cannot read the bundle")]
    Read {
        /// File.
        file: String,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The text is no JSON or has the wrong shape.
    #[error("{place}: misshapen bundle")]
    Misshapen {
        /// Where.
        place: Box<Place>,
        /// Cause.
        #[source]
        source: serde_json::Error,
    },
    /// The text has the right shape but cannot be executed.
    #[error("{place}: {problem}")]
    Invalid {
        /// Where.
        place: Box<Place>,
        /// What.
        problem: Box<Problem>,
    },
}

impl BundleError {
    pub(crate) fn invalid(place: Place, problem: Problem) -> Self {
        Self::Invalid {
            place: Box::new(place),
            problem: Box::new(problem),
        }
    }

    /// Where it is, unless the file could not be read at all.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Read { .. } => None,
            Self::Misshapen { place, .. } | Self::Invalid { place, .. } => Some(place),
        }
    }
}

/// A misshapen text: finds block and transaction as far as the text lets one.
pub(super) fn misshapen(
    file: &str,
    text: &[u8],
    path: &str,
    source: serde_json::Error,
) -> BundleError {
    let transaction = path
        .strip_prefix("block.transactions[")
        .and_then(|rest| rest.split(']').next())
        .and_then(|index| index.parse().ok());
    let field = match path {
        "." | "" => "(whole text)",
        path => path,
    };
    BundleError::Misshapen {
        place: Box::new(Place {
            file: file.to_owned(),
            block: block_number(text),
            transaction,
            field: field.to_owned(),
        }),
        source,
    }
}

/// The first `"number": "0x..."` of a text that does not parse as a bundle.
fn block_number(text: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(text);
    let rest = text.split_once("\"number\"")?.1.trim_start();
    let rest = rest.strip_prefix(':')?.trim_start().strip_prefix("\"0x")?;
    u64::from_str_radix(rest.split('"').next()?, 16).ok()
}

/// The field of a transaction that an error of revm is about.
pub(crate) fn field_of(error: &InvalidTransaction) -> &'static str {
    use InvalidTransaction as E;
    match error {
        E::PriorityFeeGreaterThanMaxFee => "maxPriorityFeePerGas",
        E::GasPriceLessThanBasefee => "gasPrice",
        E::CallerGasLimitMoreThanBlock
        | E::CallGasCostMoreThanGasLimit { .. }
        | E::GasFloorMoreThanGasLimit { .. }
        | E::TxGasLimitGreaterThanCap { .. } => "gas",
        E::RejectCallerWithCode | E::LackOfFundForMaxFee { .. } => "from",
        E::OverflowPaymentInTransaction => "value",
        E::NonceOverflowInTransaction | E::NonceTooHigh { .. } | E::NonceTooLow { .. } => "nonce",
        E::CreateInitCodeSizeLimit => "input",
        E::InvalidChainId | E::MissingChainId => "chainId",
        E::AccessListNotSupported => "accessList",
        E::MaxFeePerBlobGasNotSupported | E::BlobGasPriceGreaterThanMax { .. } => {
            "maxFeePerBlobGas"
        }
        E::BlobVersionedHashesNotSupported
        | E::EmptyBlobs
        | E::TooManyBlobs { .. }
        | E::BlobVersionNotSupported => "blobVersionedHashes",
        E::BlobCreateTransaction | E::Eip7873MissingTarget => "to",
        E::AuthorizationListNotSupported
        | E::AuthorizationListInvalidFields
        | E::EmptyAuthorizationList => "authorizationList",
        _ => "type",
    }
}
