//! Replays a block: batches in block order, commit in block order, comparison with the reference.

use std::ops::Range;
use std::time::Instant;

use gasworks_abi::regs::Counter;
use gasworks_driver::{Device, LaneCounters};
use revm::primitives::hardfork::SpecId;
use revm::{DatabaseCommit, DatabaseRef};

use crate::access::Access;
use crate::batch::{Batcher, Done};
use crate::bundle::{Bundle, BundleError, Problem};
use crate::compare;
use crate::env::BlockInput;
use crate::error::{ReplayError, ReplayFailure};
use crate::fork::{self, ForkChoice};
use crate::receipt::Receipts;
use crate::reference::{self, Reference};
use crate::report::{BlockReport, Mismatch, TxReport, Venue};
use crate::seeds::{SeedPolicy, Seeder};
use crate::world::World;

/// Batches are at most this many times the harts of the device: enough that a hart that ends early
/// finds the next transaction in the queue.
const BATCH_PER_HART: usize = 4;

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
        while run.next < total {
            run.step(&mut |done| progress(Progress { done, total }))?;
        }
        run.report.totals.wall_ms = start.elapsed().as_secs_f64() * 1e3;
        let complete = stopped.is_none() && total == bundle.block.transactions.len();
        let mut report = run.finish(complete)?;
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

/// A block on its way.
struct Run<'a> {
    batcher: Batcher<'a>,
    world: World<'a>,
    receipts: Receipts,
    report: BlockReport,
    /// Position of the first transaction that is not committed.
    next: usize,
    /// Most transactions in a batch.
    width: usize,
    overlap: Overlap,
}

impl<'a> Run<'a> {
    fn new(
        bundle: &'a Bundle,
        input: &'a BlockInput,
        reference: &'a Reference,
        device: Option<&'a mut (dyn Device + '_)>,
        options: &Options,
    ) -> Result<Self, ReplayError> {
        let capabilities = device.as_ref().map(|device| *device.capabilities());
        let harts = capabilities.map_or(0, |have| have.total_harts() as usize);
        let entries = capabilities.map_or(0, |have| have.state_entries);
        let mut report = BlockReport {
            number: bundle.block.number.0,
            spec: fork::name(input.spec).to_owned(),
            seeds: options.seeds.name(),
            ..BlockReport::default()
        };
        report.totals.revm_ms = reference.elapsed.as_secs_f64() * 1e3;
        Ok(Self {
            world: reference::opening_world(bundle, input)?,
            batcher: Batcher {
                bundle,
                input,
                reference,
                device: device.map(|device| device as &mut dyn Device),
                seeder: Seeder::new(options.seeds, entries),
                device_errors: Vec::new(),
                has_failed: false,
            },
            receipts: Receipts::default(),
            report,
            next: 0,
            width: options.in_flight.unwrap_or(harts * BATCH_PER_HART).max(1),
            overlap: options.overlap,
        })
    }

    /// The next transactions that may be in flight together.
    fn batch(&self) -> Range<usize> {
        let txs = &self.batcher.reference.txs;
        let mut end = self.next + 1;
        let fits = |end: usize| end < txs.len() && end - self.next < self.width;
        let joins = |end: usize| {
            let mut members = txs[self.next..end].iter();
            self.overlap == Overlap::Optimistic
                || members.all(|tx| tx.access.is_independent_of(&txs[end].access))
        };
        while fits(end) && joins(end) {
            end += 1;
        }
        self.next..end
    }

    /// Runs and commits one batch.
    fn step(&mut self, committed: &mut dyn FnMut(usize)) -> Result<(), ReplayError> {
        let range = self.batch();
        let before = self.counters();
        let done = self.batcher.run(&self.world, range.clone())?;
        self.count_cycles(before, &done);
        let beneficiary = self.batcher.input.block.beneficiary;
        let opening = self.balance(beneficiary);
        let mut earlier: Vec<Access> = Vec::new();
        for (index, done) in range.zip(done) {
            let done = match done {
                Some(done) if earlier.is_empty() => done,
                Some(mut done) if earlier.iter().all(|e| !done.access.is_stale_after(e)) => {
                    self.pay_lazily(&mut done, opening);
                    done
                }
                _ => self.again(index)?,
            };
            earlier.push(done.access.clone());
            self.commit(index, done);
            committed(index + 1);
        }
        Ok(())
    }

    /// Runs a transaction again, now that everything before it is committed.
    fn again(&mut self, index: usize) -> Result<Done, ReplayError> {
        self.report.totals.reruns += 1;
        let before = self.counters();
        let mut again = self.batcher.run(&self.world, index..index + 1)?;
        self.count_cycles(before, &again);
        match again.pop().flatten() {
            Some(done) => Ok(done),
            None => unreachable!("the first of a batch runs or fails the batch"),
        }
    }

    fn balance(&self, address: alloy_primitives::Address) -> alloy_primitives::U256 {
        let info = self.world.basic_ref(address).ok().flatten();
        info.map(|info| info.balance).unwrap_or_default()
    }

    /// Adds the fee to the beneficiary's present balance rather than to that at the start of the
    /// batch.
    fn pay_lazily(&self, done: &mut Done, opening: alloy_primitives::U256) {
        let beneficiary = self.batcher.input.block.beneficiary;
        let present = self.balance(beneficiary);
        if let Some(account) = done.executed.state.get_mut(&beneficiary) {
            let fee = account.info.balance - opening;
            account.info.balance = present + fee;
        }
    }

    fn counters(&mut self) -> Vec<LaneCounters> {
        let device = self.batcher.device.as_deref_mut();
        match device.map(|device| device.counters()) {
            Some(Ok(counters)) => counters,
            Some(Err(error)) => {
                self.batcher.device_errors.push(error.to_string());
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    fn count_cycles(&mut self, before: Vec<LaneCounters>, done: &[Option<Done>]) {
        let done = || done.iter().flatten();
        if !done().any(|done| done.execution.is_some()) {
            return;
        }
        let retired = done().any(|done| done.venue == Venue::Card);
        let after = self.counters();
        let totals = &mut self.report.totals;
        for (before, after) in before.iter().zip(&after) {
            let delta = after.since(before);
            if !retired {
                totals.escalated.cycles += delta.get(Counter::Cycles);
                continue;
            }
            totals.card.cycles += delta.get(Counter::Cycles);
            let stalls = Counter::ALL
                .iter()
                .filter(|counter| **counter >= Counter::StallFetch);
            for counter in stalls.filter(|counter| delta.get(**counter) > 0) {
                let name = counter.name().to_owned();
                *totals.card.stalls.entry(name).or_default() += delta.get(*counter);
            }
        }
    }

    /// Compares, counts and commits one transaction.
    fn commit(&mut self, index: usize, done: Done) {
        let known = &self.batcher.reference.txs[index];
        let hash = self.batcher.bundle.block.transactions[index].hash;
        let differences = compare::differences(&known.executed, &done.executed);
        let is_equal = differences.is_empty();
        self.report.totals.mismatches += u64::from(!is_equal);
        let details = differences.into_iter();
        self.report
            .mismatch_details
            .extend(details.map(|(field, expected, found)| Mismatch {
                transaction: index,
                hash,
                field,
                expected,
                found,
            }));
        let tx = &self.batcher.input.txs[index];
        self.batcher.seeder.learn(tx, done.access.reads.iter());
        self.receipts.push(tx.tx_type, &done.executed.result);
        let device =
            |of: fn(&gasworks_driver::Execution) -> u64| done.execution.as_ref().map_or(0, of);
        let row = TxReport {
            index,
            hash,
            venue: done.venue,
            gas: done.executed.result.tx_gas_used(),
            opcodes: known.opcodes,
            frames: known.frames,
            micro_ops: device(|execution| execution.micro_ops),
            cycles: device(|execution| execution.cycles),
            host_cycles: device(|execution| execution.host_cycles),
        };
        self.count(&row);
        // After a mismatch the block goes on from the reference's state: later transactions are
        // then compared for themselves and do not repeat the first difference.
        let state = match is_equal {
            true => done.executed.state,
            false => known.executed.state.clone(),
        };
        self.world.commit(state);
        self.next = index + 1;
    }

    fn count(&mut self, row: &TxReport) {
        let totals = &mut self.report.totals;
        totals.txs += 1;
        totals.opcodes += row.opcodes;
        match row.venue {
            Venue::Card => {
                totals.card.txs += 1;
                totals.card.gas += row.gas;
                totals.card.opcodes += row.opcodes;
                totals.card.micro_ops += row.micro_ops;
                totals.card.hart_cycles += row.cycles;
                totals.card.host_cycles += row.host_cycles;
            }
            Venue::Plain => totals.plain += 1,
            Venue::Fallback(reason) => {
                *totals.fallback.entry(reason.to_owned()).or_default() += 1;
                if row.micro_ops > 0 {
                    totals.escalated.txs += 1;
                    totals.escalated.micro_ops += row.micro_ops;
                }
            }
            Venue::Software => {}
        }
        self.report.transactions.push(*row);
    }

    /// Checks the header and ends the block.
    fn finish(mut self, complete: bool) -> Result<BlockReport, ReplayError> {
        let block = &self.batcher.bundle.block;
        let totals = &mut self.report.totals;
        totals.gas_used = self.receipts.gas_used();
        if complete {
            totals.gas_used_ok = Some(block.gas_used == self.receipts.gas_used());
            totals.logs_bloom_ok = Some(block.logs_bloom == self.receipts.bloom());
            if self.batcher.input.spec >= SpecId::BYZANTIUM {
                totals.receipts_root_ok = Some(block.receipts_root == self.receipts.root());
            }
            reference::apply_withdrawals(self.batcher.bundle, &mut self.world)?;
        }
        self.report.device_errors = self.batcher.device_errors;
        Ok(self.report)
    }
}
