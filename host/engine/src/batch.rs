//! Runs a batch of transactions that do not depend on each other from the same state.

use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use gasworks_abi::fork::Fork;
use gasworks_driver::{
    Device, DeviceError, Execution, Outcome, StateSource, Submission, SubmitError,
};

use crate::access::{Access, Item};
use crate::bundle::Bundle;
use crate::env::BlockInput;
use crate::error::{self, ReplayError};
use crate::fork::card_fork;
use crate::frame::{Executed, Opened, Prepared, TxError, Waiting};
use crate::reference::Reference;
use crate::report::Venue;
use crate::seeds::Seeder;
use crate::source::Waiters;
use crate::world::World;

/// Reason of a transaction that ran on revm because the device failed.
pub const DEVICE_ERROR: &str = "device_error";

/// A transaction that ran but is not committed.
#[derive(Debug)]
pub struct Done {
    /// Result and state.
    pub executed: Executed,
    /// Where it ran.
    pub venue: Venue,
    /// What it read and wrote.
    pub access: Access,
    /// Slots that it read, in the order of the first reads as far as that is known.
    pub slots: Vec<(Address, U256)>,
    /// What the device says about it, also when it gave it back.
    pub execution: Option<Execution>,
}

/// What all batches of a block share.
pub struct Batcher<'a> {
    pub(crate) bundle: &'a Bundle,
    pub(crate) input: &'a BlockInput,
    pub(crate) reference: &'a Reference,
    pub(crate) device: Option<&'a mut dyn Device>,
    pub(crate) seeder: Seeder,
    /// Failures of the device that were survived.
    pub(crate) device_errors: Vec<String>,
    /// The device was given up: what it would have run counts as a fallback.
    pub(crate) has_failed: bool,
}

/// One batch on its way.
struct Batch<'b, 'a, 'w> {
    shared: &'b mut Batcher<'a>,
    world: &'w World<'w>,
    waiters: Waiters<'w>,
    seeds: BTreeMap<u32, Vec<Item>>,
    done: BTreeMap<usize, Done>,
    /// Those that could not be run from this state.
    failed: BTreeMap<usize, TxError>,
}

impl Batcher<'_> {
    /// Runs the given transactions, all from `world`; gives them in the same order. None stands for
    /// one that is not valid there but may be after those before it.
    ///
    /// # Errors
    /// When the first is invalid or the bundle lacks something.
    pub fn run(
        &mut self,
        world: &World<'_>,
        indices: &[usize],
    ) -> Result<Vec<Option<Done>>, ReplayError> {
        let first = indices.first().copied().unwrap_or_default();
        self.attempt(world, indices)
            .map_err(|error| error::of_transaction(self.bundle, world, first, error))
    }

    /// [`Batcher::run`] with revm's own words for the failure of the first.
    ///
    /// # Errors
    /// The same.
    pub fn attempt(
        &mut self,
        world: &World<'_>,
        indices: &[usize],
    ) -> Result<Vec<Option<Done>>, TxError> {
        let mut batch = Batch {
            shared: self,
            world,
            waiters: Waiters::default(),
            seeds: BTreeMap::new(),
            done: BTreeMap::new(),
            failed: BTreeMap::new(),
        };
        for &index in indices {
            let result = batch.start(index);
            batch.note(index, result);
        }
        while !batch.waiters.is_empty() {
            batch.poll();
        }
        let first = indices.first().copied().unwrap_or_default();
        if let Some(error) = batch.failed.remove(&first) {
            return Err(error);
        }
        let mut done = batch.done;
        Ok(indices.iter().map(|index| done.remove(index)).collect())
    }
}

impl<'w> Batch<'_, '_, 'w> {
    fn note(&mut self, index: usize, result: Result<(), TxError>) {
        if let Err(error) = result {
            self.failed.insert(index, error);
        }
    }

    /// Runs a transaction as far as the host can, and submits it if there is something to submit.
    fn start(&mut self, index: usize) -> Result<(), TxError> {
        let tx = &self.shared.input.txs[index];
        let prepared = Prepared::new(self.shared.input, tx, self.world)?;
        let card = card_fork(self.shared.input.spec);
        let opened = prepared.open()?;
        let fork = match (&self.shared.device, card) {
            (None, _) if self.shared.has_failed => {
                return self.on_host(index, opened, Venue::Fallback(DEVICE_ERROR));
            }
            (None, _) => return self.on_host(index, opened, Venue::Software),
            (Some(device), Some(fork)) if device.capabilities().runs(fork) => fork,
            _ => return self.on_host(index, opened, Venue::Fallback("fork")),
        };
        match opened {
            Opened::Waiting(waiting) => self.submit(index, waiting, fork),
            opened => self.on_host(index, opened, Venue::Plain),
        }
    }

    /// Runs a transaction on revm. One that runs no opcode is plain wherever it runs.
    fn on_host(&mut self, index: usize, opened: Opened<'w>, venue: Venue) -> Result<(), TxError> {
        let (executed, venue) = match opened {
            Opened::Waiting(waiting) => (waiting.run()?, venue),
            Opened::OutOfGas(prepared) => (prepared.run()?, venue),
            Opened::Ended(ended) => {
                let venue = match (ended.is_precompile(), venue) {
                    (true, Venue::Software) => Venue::Software,
                    (true, Venue::Fallback("fork")) => venue,
                    (true, _) => Venue::Fallback("precompile"),
                    (false, _) => Venue::Plain,
                };
                (ended.finish()?, venue)
            }
        };
        self.end(index, executed, venue, None, Vec::new());
        Ok(())
    }

    fn submit(
        &mut self,
        index: usize,
        mut waiting: Waiting<'w>,
        fork: Fork,
    ) -> Result<(), TxError> {
        let tx = &self.shared.input.txs[index];
        let view = waiting.view();
        let known = &self.shared.reference.txs[index];
        let seeds = self.shared.seeder.seeds(tx, waiting.ctx(), known)?;
        let tag = index as u32;
        let submission = Submission {
            tag,
            incarnation: 0,
            fork,
            gas_limit: view.gas_limit,
            environment: waiting.environment(),
            calldata: view.calldata,
            code: view.code,
            code_hash: view.code_hash,
            seeds,
        };
        let items = submission.seeds.iter();
        let items = items
            .map(|seed| Item::Slot(seed.address, seed.key))
            .collect();
        self.seeds.insert(tag, items);
        self.waiters.insert(tag, waiting);
        loop {
            let Some(device) = self.shared.device.as_deref_mut() else {
                self.give_back(index, DEVICE_ERROR, None);
                return Ok(());
            };
            match device.submit(&submission) {
                Ok(()) => {}
                Err(SubmitError::Declined(reason)) => self.give_back(index, reason.name(), None),
                Err(SubmitError::Busy) => {
                    self.poll();
                    if self.waiters.contains(tag) {
                        continue;
                    }
                }
                Err(SubmitError::Device(error)) => self.device_failed(&error),
                Err(other) => {
                    self.shared.device_errors.push(other.to_string());
                    self.give_back(index, DEVICE_ERROR, None);
                }
            }
            return Ok(());
        }
    }

    /// Lets the device go on until something has ended.
    fn poll(&mut self) {
        let Some(device) = self.shared.device.as_deref_mut() else {
            return self.give_back_all();
        };
        let source: &mut dyn StateSource = &mut self.waiters;
        match device.poll(source) {
            Ok(ended) if ended.is_empty() => {
                let detail = "the device lost a transaction".to_owned();
                self.shared.device_errors.push(detail);
                self.give_back_all();
            }
            Ok(ended) => ended.into_iter().for_each(|execution| {
                let index = execution.tag as usize;
                let result = self.ended(execution);
                self.note(index, result);
            }),
            Err(error) => self.device_failed(&error),
        }
    }

    /// Takes a result of the device.
    fn ended(&mut self, execution: Execution) -> Result<(), TxError> {
        let index = execution.tag as usize;
        if let Outcome::Escalated(reason) = execution.outcome {
            self.give_back(index, reason.name(), Some(execution));
            return Ok(());
        }
        let Some((waiting, asked)) = self.waiters.remove(execution.tag) else {
            return Ok(());
        };
        match waiting.finish(&execution)? {
            Ok(executed) => {
                let mut reads = self.touched(&execution);
                reads.extend(asked);
                self.end(index, executed, Venue::Card, Some(execution), reads);
                Ok(())
            }
            Err(implausible) => {
                let detail = format!("transaction {index}: {implausible}");
                self.shared.device_errors.push(detail);
                self.on_revm(index, Venue::Fallback(DEVICE_ERROR), Some(execution))
            }
        }
    }

    /// Seeds that count as read: those touched, or all where the device does not say.
    fn touched(&self, execution: &Execution) -> Vec<Item> {
        let seeds = self.seeds.get(&execution.tag).into_iter().flatten();
        let is_read = |at: usize| execution.touched_seeds.get(at).copied().unwrap_or(true);
        let read = seeds.enumerate().filter(|(at, _)| is_read(*at));
        read.map(|(_, item)| *item).collect()
    }

    /// The device gave a transaction back or never took it: runs it on revm from its start.
    fn give_back(&mut self, index: usize, reason: &'static str, execution: Option<Execution>) {
        if self.waiters.remove(index as u32).is_some() {
            let result = self.on_revm(index, Venue::Fallback(reason), execution);
            self.note(index, result);
        }
    }

    fn on_revm(
        &mut self,
        index: usize,
        venue: Venue,
        execution: Option<Execution>,
    ) -> Result<(), TxError> {
        let tx = &self.shared.input.txs[index];
        let executed = Prepared::new(self.shared.input, tx, self.world)?.run()?;
        self.end(index, executed, venue, execution, Vec::new());
        Ok(())
    }

    fn give_back_all(&mut self) {
        for tag in self.waiters.tags() {
            self.give_back(tag as usize, DEVICE_ERROR, None);
        }
    }

    /// What was in flight is lost and runs on revm; a device that does not come back is given up.
    fn device_failed(&mut self, error: &DeviceError) {
        tracing::warn!(%error, "the device failed");
        self.shared.device_errors.push(chain(error));
        if let Some(device) = self.shared.device.as_deref_mut()
            && let Err(error) = device.reset()
        {
            tracing::error!(%error, "the device did not come back");
            self.shared.device_errors.push(chain(&error));
            self.shared.device = None;
            self.shared.has_failed = true;
        }
        self.give_back_all();
    }

    fn end(
        &mut self,
        index: usize,
        executed: Executed,
        venue: Venue,
        execution: Option<Execution>,
        reads: Vec<Item>,
    ) {
        let beneficiary = self.shared.input.block.beneficiary;
        let mut access = Access::of(&executed.state, beneficiary, executed.uses_beneficiary);
        access.beneficiary |= reads.contains(&Item::Account(beneficiary));
        let slot = |item: &Item| match item {
            Item::Slot(address, key) => Some((*address, *key)),
            Item::Account(_) => None,
        };
        let slots = match reads.is_empty() {
            true => access.reads.iter().filter_map(slot).collect(),
            false => reads.iter().filter_map(slot).collect(),
        };
        access.reads.extend(reads);
        let done = Done {
            executed,
            venue,
            access,
            slots,
            execution,
        };
        self.done.insert(index, done);
    }
}

/// An error with its causes on one line.
fn chain(error: &DeviceError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
