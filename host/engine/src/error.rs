//! Why a block cannot be replayed.

use alloy_primitives::Address;
use revm::DatabaseRef;
use revm::context::result::{EVMError, InvalidTransaction};

use crate::bundle::{self, Bundle, BundleError, Problem};
use crate::frame::TxError;
use crate::report::BlockReport;
use crate::world::{Missing, World};

/// Why a block cannot be replayed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The bundle is not executable.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// revm failed in a way that no input should cause.
    #[error("block {block}: transaction {transaction}: revm: {detail}")]
    Revm {
        /// Block.
        block: u64,
        /// Position in the block.
        transaction: usize,
        /// What revm says.
        detail: String,
    },
}

/// A replay that ended early, with what it did until then.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct ReplayFailure {
    /// Why it ended.
    #[source]
    pub error: ReplayError,
    /// The transactions before the one that failed, if any ran.
    pub partial: Option<Box<BlockReport>>,
}

impl From<ReplayError> for ReplayFailure {
    fn from(error: ReplayError) -> Self {
        Self {
            error,
            partial: None,
        }
    }
}
impl From<BundleError> for ReplayFailure {
    fn from(error: BundleError) -> Self {
        ReplayError::from(error).into()
    }
}

/// Names file, block, transaction and field of a failure of a transaction.
pub(crate) fn of_transaction(
    bundle: &Bundle,
    world: &World<'_>,
    index: usize,
    error: TxError,
) -> ReplayError {
    let (field, problem) = match error {
        EVMError::Transaction(error) => {
            let sender = bundle.block.transactions[index].from;
            of_invalid(world, index, sender, error)
        }
        EVMError::Database(missing) => of_missing(missing),
        EVMError::Header(error) => {
            let detail = error.to_string();
            ("block".to_owned(), Problem::InvalidHeader { detail })
        }
        other => {
            return ReplayError::Revm {
                block: bundle.block.number.0,
                transaction: index,
                detail: other.to_string(),
            };
        }
    };
    BundleError::invalid(bundle.place(Some(index), field), problem).into()
}

/// A sender that does not exist is a missing account rather than a lack of funds.
fn of_invalid(
    world: &World<'_>,
    index: usize,
    sender: Address,
    error: InvalidTransaction,
) -> (String, Problem) {
    let is_absent = matches!(world.basic_ref(sender), Ok(None));
    let by_absence = matches!(
        error,
        InvalidTransaction::LackOfFundForMaxFee { .. } | InvalidTransaction::NonceTooHigh { .. }
    );
    if is_absent && by_absence {
        let field = format!("block.transactions[{index}].from, pre_state.{sender:?}");
        return (field, Problem::MissingAccount { address: sender });
    }
    let name = bundle::field_of(&error);
    (
        format!("block.transactions[{index}].{name}"),
        Problem::InvalidTransaction(error),
    )
}

fn of_missing(missing: Missing) -> (String, Problem) {
    match missing {
        Missing::Code(hash) => (format!("codes.{hash}"), Problem::MissingCode { hash }),
        Missing::BlockHash(number) => (
            format!("block_hashes.{number}"),
            Problem::MissingBlockHash { number },
        ),
    }
}

/// Names the contract of a system call that failed.
pub(crate) fn of_system_call(bundle: &Bundle, contract: Address, error: TxError) -> ReplayError {
    let (field, problem) = match error {
        EVMError::Database(missing) => of_missing(missing),
        other => {
            let detail = other.to_string();
            (
                format!("pre_state.{contract:?}"),
                Problem::InvalidHeader { detail },
            )
        }
    };
    BundleError::invalid(bundle.place(None, field), problem).into()
}
