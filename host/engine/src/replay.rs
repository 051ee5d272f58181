//! Replays a block: reference run, run on the device, checks.

use std::time::Instant;

use gasworks_driver::Device;

use crate::block::Run;
use crate::bundle::{Bundle, BundleError, Problem};
use crate::env::BlockInput;
use crate::error::{ReplayError, ReplayFailure};
use crate::fork::ForkChoice;
use crate::reference::Reference;
use crate::report::BlockReport;
use crate::seeds::SeedPolicy;

/// Which transactions may be in flight together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overlap {
    /// Those that, by the read and write sets of the reference run, do not depend on each other.
    /// The reference run knows the future: this measures the device, not the scheduler.
    #[default]
    Proven,
    /// Any that follow each other. What turns out to depend on an earlier one is run again.
    Optimistic,
}

/// How to replay.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Rules.
    pub spec: ForkChoice,
    /// Where seeds come from.
    pub seeds: SeedPolicy,
    /// Most transactions in flight; none stands for as many as the device has use for. One makes
    /// every transaction run alone.
    pub in_flight: Option<usize>,
    /// Which transactions may be in flight together.
    pub overlap: Overlap,
    /// Run only so many transactions of each block; the header is then not checked.
    pub limit_txs: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            spec: ForkChoice::Auto,
            seeds: SeedPolicy::default(),
            in_flight: None,
            overlap: Overlap::default(),
            limit_txs: None,
        }
    }
}

/// How far a replay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Transactions committed.
    pub done: usize,
    /// Transactions to commit.
    pub total: usize,
}

/// Replays blocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Replay;

impl Replay {
    /// Replays a block on a device, or on revm alone where there is none, and compares every
    /// transaction with sequential revm and the block with its header.
    ///
    /// # Errors
    /// When the bundle cannot be executed; what ran before is in the failure.
    pub fn run(
        bundle: &Bundle,
        device: Option<&mut dyn Device>,
        options: &Options,
        mut progress: impl FnMut(Progress),
    ) -> Result<BlockReport, ReplayFailure> {
        let spec = options.spec.spec(&bundle.block);
        let limit = options.limit_txs.unwrap_or(usize::MAX);
        let input = BlockInput::new(bundle, spec, limit)?;
        let mut reference = Reference::run(bundle, &input)?;
        let stopped = reference.stopped.take();
        let mut run = Run::new(bundle, &input, &reference, device, options)?;
        let total = reference.txs.len();
        let start = Instant::now();
        while run.done() < total {
            run.step(&mut |done| progress(Progress { done, total }))?;
        }
        let wall = start.elapsed();
        let complete = stopped.is_none() && total == bundle.block.transactions.len();
        let mut report = run.finish(complete, wall)?;
        if !report.totals.is_ok() {
            report.absent.clone_from(&reference.absent);
        }
        if let Some(error) = stopped {
            return Err(ReplayFailure {
                error,
                partial: (total > 0).then(|| Box::new(report)),
            });
        }
        let is_checked = complete && options.spec == ForkChoice::Auto;
        if is_checked && let Some(error) = incomplete(bundle, &report, &reference) {
            // The header says nothing about a block that ran without one of its accounts.
            let totals = &mut report.totals;
            (totals.gas_used_ok, totals.logs_bloom_ok) = (None, None);
            totals.receipts_root_ok = None;
            return Err(ReplayFailure {
                error,
                partial: Some(Box::new(report)),
            });
        }
        Ok(report)
    }
}

/// A contract that the bundle does not list, and without which the block does not reproduce its
/// header: less gas than it says, other receipts, and calls with data to accounts that are not
/// there and whose gas limits could make up the difference.
fn incomplete(bundle: &Bundle, report: &BlockReport, reference: &Reference) -> Option<ReplayError> {
    let totals = &report.totals;
    let expected = bundle.block.gas_used.0;
    let lacking = expected
        .checked_sub(totals.gas_used)
        .filter(|lacking| *lacking > 0)?;
    if totals.mismatches > 0 || totals.receipts_root_ok == Some(true) {
        return None;
    }
    let txs = bundle.block.transactions.iter().enumerate();
    let calls = txs.filter_map(|(index, tx)| Some((index, tx, tx.to?)));
    let calls: Vec<_> = calls
        .filter(|(_, tx, to)| !tx.input.is_empty() && reference.absent.contains(to))
        .collect();
    let unused = |index: usize, gas: u64| gas.saturating_sub(report.transactions[index].gas);
    let possible: u64 = calls
        .iter()
        .map(|(index, tx, _)| unused(*index, tx.gas.0))
        .sum();
    let &(index, _, address) = calls.first().filter(|_| possible >= lacking)?;
    let place = bundle.place(Some(index), format!("pre_state.{address:?}"));
    let problem = Problem::MissingRecipient {
        address,
        found: totals.gas_used,
        expected,
    };
    Some(BundleError::invalid(place, problem).into())
}
