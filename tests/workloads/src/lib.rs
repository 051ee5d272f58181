//! Blocks made from Solidity contracts of our own, so that a demo, a benchmark or a test needs no outside data.
//!
//! A bundle holds a signed Prague block and the state before it; the header's gas used, logs bloom and roots
//! are what revm computes. Its world is only as large as what the block touches: state root and all refer to
//! that small world, in which the system contracts of EIP-2935, EIP-4788, EIP-7002 and EIP-7251 are absent.
//! It is not for measuring a chain's real mix of contracts: real blocks are better at that.
//!
//! ```
//! use gasworks_workloads::{Params, Workload, bundle};
//!
//! let workload: Workload = "swap".parse()?;
//! let bundle = bundle(workload, &Params { txs: 4, conflict: 0.5, seed: 1 })?;
//! assert_eq!(bundle.block.transactions.len(), 4);
//! # Ok::<(), gasworks_workloads::WorkloadError>(())
//! ```
#![forbid(unsafe_code)]

mod abi;
pub mod artefact;
mod bundle;
mod execute;
mod load;
pub mod rng;
mod seal;
mod world;

use std::fmt;
use std::str::FromStr;

pub use bundle::{Account, Bundle};
use world::World;

/// The largest number of transactions of one bundle: what the boards of `game` have room for.
pub const MAX_TXS: usize = 16_000;

/// A kind of block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Workload {
    /// Token transfers.
    Transfer,
    /// Swaps in one contract.
    Swap,
    /// Swaps through a router, with nested calls.
    SwapRouted,
    /// A game's small state moves.
    Game,
    /// Custody records of a supply chain.
    Supply,
    /// Votes of a DAO.
    Dao,
    /// Mints and transfers of collectibles.
    Nft,
    /// All of the others in turn.
    Mixed,
}

impl Workload {
    /// Every workload, in the order in which a user should meet them.
    pub const ALL: [Self; 8] = [
        Self::Transfer,
        Self::Swap,
        Self::SwapRouted,
        Self::Game,
        Self::Supply,
        Self::Dao,
        Self::Nft,
        Self::Mixed,
    ];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Swap => "swap",
            Self::SwapRouted => "swap-routed",
            Self::Game => "game",
            Self::Supply => "supply",
            Self::Dao => "dao",
            Self::Nft => "nft",
            Self::Mixed => "mixed",
        }
    }

    /// What it is, and what a conflict is in it, in one line.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Transfer => "ERC-20 transfers, a quarter by allowance; hot: all pay one account",
            Self::Swap => "swaps in a constant-product exchange, one contract; hot: one pool",
            Self::SwapRouted => {
                "swaps through router, pair and two ERC-20 tokens, nested calls; hot: one pair"
            }
            Self::Game => "heroes that walk, dig and fight, 8 to 16 moves each; hot: one arena",
            Self::Supply => {
                "custody records with Merkle proofs and a hash chain; hot: one shipment"
            }
            Self::Dao => "votes weighted by checkpoints, half with a reason; hot: one proposal",
            Self::Nft => "ERC-721 claims and transfers; hot: mints of the next number in sequence",
            Self::Mixed => "the seven others in turn; hot: each other's own hot state",
        }
    }

    /// Whether no transaction makes a call, so that each is one frame.
    pub const fn is_single_frame(self) -> bool {
        !matches!(self, Self::SwapRouted | Self::Mixed)
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Workload {
    type Err = WorkloadError;

    fn from_str(name: &str) -> Result<Self, WorkloadError> {
        let found = Self::ALL
            .into_iter()
            .find(|workload| workload.name() == name);
        found.ok_or_else(|| WorkloadError::UnknownName {
            name: name.to_owned(),
        })
    }
}

/// Size and shape of a bundle. The same parameters give the same bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Transactions, `1..=MAX_TXS`; every one has its own sender.
    pub txs: usize,
    /// Share of the transactions that touch the one hot piece of state, `0.0..=1.0`, rounded to whole
    /// transactions. At 0 no transaction reads or writes what another writes, the beneficiary's balance apart.
    pub conflict: f64,
    /// Decides everything else: keys, amounts, order.
    pub seed: u64,
}

/// A bundle that cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkloadError {
    /// No workload has this name.
    #[error("unknown workload {name:?}, expected one of {}", Workload::ALL.map(Workload::name).join(", "))]
    UnknownName {
        /// What was asked for.
        name: String,
    },
    /// The number of transactions is out of range.
    #[error("{txs} transactions, expected 1 to {MAX_TXS}")]
    TxCount {
        /// What was asked for.
        txs: usize,
    },
    /// The share of conflicts is no share.
    #[error("conflict {conflict}, expected 0 to 1")]
    Conflict {
        /// What was asked for.
        conflict: f64,
    },
    /// A transaction that the workload made did not succeed: a bug of the workload.
    #[error("transaction {tx_index} of workload {workload} failed: {outcome}")]
    Failed {
        /// The workload.
        workload: Workload,
        /// Position in the block, 0-based.
        tx_index: usize,
        /// What revm says.
        outcome: String,
    },
}

/// Makes the block and the state before it.
///
/// # Errors
/// If a parameter is out of range, or a transaction fails when the block is executed.
pub fn bundle(workload: Workload, params: &Params) -> Result<Bundle, WorkloadError> {
    if !(1..=MAX_TXS).contains(&params.txs) {
        return Err(WorkloadError::TxCount { txs: params.txs });
    }
    if !(0.0..=1.0).contains(&params.conflict) {
        return Err(WorkloadError::Conflict {
            conflict: params.conflict,
        });
    }
    let mut world = World::new(params);
    let indices: Vec<usize> = (0..params.txs).collect();
    load::fill(workload, &mut world, &indices);
    seal::seal(workload, world)
}
