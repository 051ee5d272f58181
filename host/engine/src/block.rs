//! One block on its way: batches, commit in block order, comparison with the reference.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use alloy_primitives::U256;
use gasworks_abi::regs::Counter;
use gasworks_driver::{Device, LaneCounters};
use revm::primitives::hardfork::SpecId;
use revm::{DatabaseCommit, DatabaseRef};

use crate::access::Access;
use crate::batch::{Batcher, Done};
use crate::bundle::Bundle;
use crate::compare;
use crate::env::BlockInput;
use crate::error::ReplayError;
use crate::fork;
use crate::receipt::Receipts;
use crate::reference::{self, Reference};
use crate::replay::{Options, Overlap};
use crate::report::{BlockReport, Mismatch, TxReport, Venue};
use crate::seeds::Seeder;
use crate::world::World;

/// Batches are at most this many times the harts of the device: enough that a hart that ends early
/// finds the next transaction in the queue.
const BATCH_PER_HART: usize = 4;

/// How far ahead of the first uncommitted transaction a batch may reach.
const LOOK_AHEAD: usize = 128;

/// A transaction that ran and waits for its turn.
struct Held {
    /// None: it was not valid where it ran.
    done: Option<Done>,
    /// Transactions that were committed when it ran.
    base: usize,
    /// Balance of the beneficiary when it ran.
    opening: U256,
}

/// A block on its way.
pub(crate) struct Run<'a> {
    batcher: Batcher<'a>,
    world: World<'a>,
    receipts: Receipts,
    report: BlockReport,
    /// Position of the first transaction that is not committed.
    next: usize,
    /// What the committed transactions read and wrote.
    committed: Vec<Access>,
    /// Transactions that ran before their turn.
    held: BTreeMap<usize, Held>,
    /// Most transactions in a batch.
    width: usize,
    overlap: Overlap,
    /// Time spent on comparison and receipts.
    checking: Duration,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
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
            committed: Vec::new(),
            held: BTreeMap::new(),
            width: options.in_flight.unwrap_or(harts * BATCH_PER_HART).max(1),
            overlap: options.overlap,
            checking: Duration::ZERO,
        })
    }

    /// The next transactions that may be in flight together, the first of which is `next`.
    fn batch(&self) -> Vec<usize> {
        let txs = &self.batcher.reference.txs;
        let end = txs.len().min(self.next + LOOK_AHEAD);
        let mut members = Vec::new();
        for index in self.next..end {
            if members.len() == self.width {
                break;
            }
            if self.held.contains_key(&index) {
                continue;
            }
            // Nothing that is not committed before it may matter to it.
            let is_free = || {
                let mut before = txs[self.next..index].iter();
                before.all(|tx| tx.access.is_independent_of(&txs[index].access))
            };
            match self.overlap {
                Overlap::Proven if !is_free() => {}
                _ => members.push(index),
            }
        }
        members
    }

    /// Runs one batch and commits what is due.
    pub(crate) fn step(&mut self, progress: &mut dyn FnMut(usize)) -> Result<(), ReplayError> {
        let batch = self.batch();
        let before = self.counters();
        let done = self.batcher.run(&self.world, &batch)?;
        self.count_cycles(&before, &done);
        let (base, opening) = (self.next, self.beneficiary_balance());
        for (index, done) in batch.into_iter().zip(done) {
            let held = Held {
                done,
                base,
                opening,
            };
            self.held.insert(index, held);
        }
        while let Some(held) = self.held.remove(&self.next) {
            let done = self.settle(held)?;
            self.commit(done);
            progress(self.next);
        }
        Ok(())
    }

    /// A transaction whose turn has come: its result if it saw nothing that has changed since,
    /// otherwise another run.
    fn settle(&mut self, held: Held) -> Result<Done, ReplayError> {
        let since = &self.committed[held.base..];
        match held.done {
            Some(done) if since.is_empty() => Ok(done),
            Some(mut done) if since.iter().all(|it| !done.access.is_stale_after(it)) => {
                self.pay_lazily(&mut done, held.opening);
                Ok(done)
            }
            _ => self.again(),
        }
    }

    /// Runs the next transaction again, now that everything before it is committed.
    fn again(&mut self) -> Result<Done, ReplayError> {
        self.report.totals.reruns += 1;
        let before = self.counters();
        let mut again = self.batcher.run(&self.world, &[self.next])?;
        self.count_cycles(&before, &again);
        match again.pop().flatten() {
            Some(done) => Ok(done),
            None => unreachable!("the first of a batch runs or fails the batch"),
        }
    }

    fn beneficiary_balance(&self) -> U256 {
        let beneficiary = self.batcher.input.block.beneficiary;
        let info = self.world.basic_ref(beneficiary).ok().flatten();
        info.map(|info| info.balance).unwrap_or_default()
    }

    /// Adds the fee to the beneficiary's present balance rather than to that when the transaction
    /// ran.
    fn pay_lazily(&self, done: &mut Done, opening: U256) {
        let present = self.beneficiary_balance();
        let beneficiary = self.batcher.input.block.beneficiary;
        if let Some(account) = done.executed.state.get_mut(&beneficiary) {
            let fee = account.info.balance.saturating_sub(opening);
            account.info.balance = present.saturating_add(fee);
            account.original_info_mut().balance = present;
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

    fn count_cycles(&mut self, before: &[LaneCounters], done: &[Option<Done>]) {
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
            totals.card.instructions += delta.get(Counter::Instructions);
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
    fn commit(&mut self, done: Done) {
        let index = self.next;
        let start = Instant::now();
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
        self.batcher.seeder.learn(tx, &done.slots);
        self.receipts.push(tx.tx_type, &done.executed.result);
        let device =
            |of: fn(&gasworks_driver::Execution) -> u64| done.execution.as_ref().map_or(0, of);
        self.checking += start.elapsed();
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
        self.committed.push(done.access);
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

    /// Transactions committed.
    pub(crate) fn done(&self) -> usize {
        self.next
    }

    /// Checks the header and ends the block.
    pub(crate) fn finish(
        mut self,
        complete: bool,
        wall: Duration,
    ) -> Result<BlockReport, ReplayError> {
        let block = &self.batcher.bundle.block;
        let totals = &mut self.report.totals;
        totals.gas_used = self.receipts.gas_used();
        totals.wall_ms = wall.saturating_sub(self.checking).as_secs_f64() * 1e3;
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
