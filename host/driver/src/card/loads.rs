//! Programs that are loaded on behalf of a running transaction: the answer that names one is held
//! back until the card has it.

use std::collections::{HashMap, VecDeque};

use alloy_primitives::B256;
use gasworks_abi::ring::{Answer, Completion};

use super::{CardDevice, bad_completion};
use crate::decode;
use crate::device::Outcome;
use crate::encode;
use crate::error::DeviceError;
use crate::program::ProgramKey;
use crate::store::{Load, StoreError};
use crate::transport::{Region, Transport};

/// Loads that have not completed.
#[derive(Debug, Default)]
pub(super) struct Loads {
    /// Those that were submitted, by tag: image and constants.
    submitted: HashMap<u32, (ProgramKey, [Region; 2])>,
    /// Those that wait for room in the submission ring.
    waiting: VecDeque<(ProgramKey, Load)>,
    /// Answers that wait for a load.
    held: Vec<(ProgramKey, Answer)>,
    next_tag: u32,
}

impl Loads {
    /// Loads that were submitted.
    pub(super) fn len(&self) -> usize {
        self.submitted.len()
    }

    /// True when a program that counts as resident was not submitted to the card yet.
    pub(super) fn are_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn contains(&self, key: ProgramKey) -> bool {
        let submitted = self.submitted.values().map(|(key, _)| *key);
        let mut all = submitted.chain(self.waiting.iter().map(|(key, _)| *key));
        all.any(|it| it == key)
    }
}

impl<T: Transport> CardDevice<T> {
    /// Puts a load into the submission ring, which has room; the doorbell is rung later.
    pub(super) fn push_load(&mut self, key: ProgramKey, mut load: Load) -> Result<(), DeviceError> {
        load.descriptor.tag = self.loads.next_tag;
        self.loads.next_tag = self.loads.next_tag.wrapping_add(1);
        self.rings.sq.push(encode::words_of(&load.descriptor))?;
        let entry = (key, load.regions);
        self.loads.submitted.insert(load.descriptor.tag, entry);
        Ok(())
    }

    /// Submits the loads that waiting harts need, as far as there is room.
    pub(super) fn push_waiting_loads(&mut self) -> Result<(), DeviceError> {
        let mut any = false;
        while !self.loads.waiting.is_empty() && self.has_room(1)? {
            if let Some((key, load)) = self.loads.waiting.pop_front() {
                self.push_load(key, load)?;
                any = true;
            }
        }
        match any {
            true => self.publish_submissions(),
            false => Ok(()),
        }
    }

    /// Takes the completion of a load and gives the answers that waited for it.
    pub(super) fn loaded(&mut self, completion: &Completion) -> Result<(), DeviceError> {
        let Some((key, _)) = self.loads.submitted.remove(&completion.tag) else {
            return Err(bad_completion("tag", completion.tag.into()));
        };
        if decode::outcome(completion)? != Outcome::Stop {
            // The program is not there: everything that runs it is lost.
            return Err(bad_completion("status", completion.status.into()));
        }
        let held = std::mem::take(&mut self.loads.held);
        let (ready, held) = held.into_iter().partition(|(it, _)| *it == key);
        self.loads.held = held;
        ready
            .into_iter()
            .try_for_each(|(_, answer)| self.give(answer))
    }

    /// Completes an answer that names a program. `None` when it is held back until the program is
    /// there; `FAILED` when there is no room for it.
    pub(super) fn with_program(
        &mut self,
        mut answer: Answer,
        code: &[u8],
        code_hash: B256,
    ) -> Option<Answer> {
        let Some((key, handle)) = self.acquire(answer.tag, code, code_hash) else {
            if let Some(in_flight) = self.in_flight.get_mut(&answer.tag) {
                in_flight.lacks_room = true;
            }
            answer.flags = Answer::FAILED;
            return Some(answer);
        };
        answer.flags |= Answer::HAS_CODE;
        answer.program = handle;
        if self.loads.contains(key) {
            self.loads.held.push((key, answer));
            return None;
        }
        Some(answer)
    }

    /// Makes a program resident for a transaction until it ends.
    fn acquire(&mut self, tag: u32, code: &[u8], code_hash: B256) -> Option<(ProgramKey, u32)> {
        let in_flight = self.in_flight.get_mut(&tag)?;
        let key = ProgramKey::new(code_hash, in_flight.fork);
        if in_flight.programs.contains(&key) {
            return Some((key, self.store.handle(&key)?));
        }
        let fitting =
            self.translations
                .fitting(&self.capabilities, code, code_hash, in_flight.fork);
        let program = fitting.ok()?;
        let acquired = match self.store.acquire(&self.arena, key, &program, code) {
            // Programs that nobody runs hold their bytecode in the arena.
            Err(StoreError::Arena(_)) if self.store.shrink() => {
                self.store.acquire(&self.arena, key, &program, code)
            }
            acquired => acquired,
        };
        let (handle, load) = acquired.ok()?;
        in_flight.programs.push(key);
        self.loads.waiting.extend(load.map(|load| (key, load)));
        Some((key, handle))
    }
}
