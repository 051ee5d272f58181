//! A card behind its rings.

mod loads;
mod requests;
mod setup;

use std::collections::HashMap;

use alloy_primitives::{Bytes, U256};
use bytemuck::Zeroable;
use gasworks_abi::escalation::Escalation;
use gasworks_abi::fork::Fork;
use gasworks_abi::regs::{self, Counter};
use gasworks_abi::ring::{Completion, SubmissionKind};
use gasworks_translate::{Level, Program};

use crate::capabilities::Capabilities;
use crate::decode;
use crate::device::{
    Device, Execution, LaneCounters, Outcome, StateSource, Submission, SubmitError,
};
use crate::encode;
use crate::error::{ArenaError, DeviceError};
use crate::program::{ProgramKey, RESULT_BYTES, Translations, admit, result_region_bytes};
use crate::ring::Entry;
use crate::store::{Load, ProgramStore, StoreError};
use crate::transport::{Arena, Region, Registers, Transport, barrier};
use loads::Loads;
use setup::{Rings, rings};

const ALL_INTERRUPTS: u32 = 0b111;

/// How a card is driven.
#[derive(Debug, Clone, Copy)]
pub struct CardOptions {
    /// Level of the translator.
    pub level: Level,
    /// log2 of the entries of the submission and completion rings.
    pub ring_log2: u8,
    /// log2 of the entries of the request and answer rings; harts of the card at least, since each
    /// hart has one request at most.
    pub request_ring_log2: u8,
    /// Time without completion or request, on the card's clock, after which it is given up.
    pub timeout_us: u64,
}

impl Default for CardOptions {
    fn default() -> Self {
        Self {
            level: Level::default(),
            ring_log2: 8,
            request_ring_log2: 8,
            timeout_us: 1_000_000,
        }
    }
}

/// A transaction in flight. Its regions are freed with it.
#[derive(Debug)]
struct InFlight {
    incarnation: u16,
    fork: Fork,
    seeds: usize,
    /// What it may run, each acquired once: its first program and those of its callees.
    programs: Vec<ProgramKey>,
    /// Record and payload buffer.
    result: Region,
    _inputs: [Region; 2],
    /// Bytecode that was given in answers, by account.
    codes: HashMap<U256, (Bytes, Region)>,
    /// What else was given in answers: outputs of precompiles, code that has changed since.
    given: Vec<Region>,
    /// A request failed because a program could not be made resident.
    lacks_room: bool,
}

/// A transaction that is ready to be submitted.
#[derive(Debug)]
struct Placed {
    context: Region,
    calldata: Region,
    result: Region,
    key: ProgramKey,
    handle: u32,
    load: Option<Load>,
}

/// A card behind its rings, over any transport.
#[derive(Debug)]
pub struct CardDevice<T: Transport> {
    transport: T,
    arena: Arena,
    capabilities: Capabilities,
    options: CardOptions,
    rings: Rings,
    store: ProgramStore,
    translations: Translations,
    in_flight: HashMap<u32, InFlight>,
    loads: Loads,
}

impl<T: Transport> CardDevice<T> {
    /// Identifies a card, resets it and gives it its rings.
    ///
    /// # Errors
    /// When it is no card that this driver can drive, or the link fails.
    pub fn open(mut transport: T, options: CardOptions) -> Result<Self, DeviceError> {
        let capabilities = Capabilities::read(&mut transport)?;
        let arena = transport.arena().clone();
        let harts_log2 = capabilities.total_harts().next_power_of_two().ilog2() as u8;
        let options = CardOptions {
            request_ring_log2: options.request_ring_log2.max(harts_log2).max(1),
            // Two entries for a submission, one kept for a load on behalf of a running one.
            ring_log2: options.ring_log2.max(2),
            ..options
        };
        let mut card = Self {
            rings: rings(&arena, &options)?,
            store: ProgramStore::new(capabilities.code_lines, capabilities.constants),
            translations: Translations::new(options.level),
            in_flight: HashMap::new(),
            loads: Loads::default(),
            transport,
            arena,
            capabilities,
            options,
        };
        card.start()?;
        Ok(card)
    }

    /// The transport, for what is outside of the driver's business (traces, waves).
    pub fn transport_mut(&mut self) -> &mut T {
        &mut self.transport
    }

    /// Programs that are resident on the card.
    #[must_use]
    pub fn resident_programs(&self) -> usize {
        self.store.len()
    }

    /// Harts wait for loads, and the card takes its submissions strictly in order: one that waits for
    /// a free hart would hold up the load that the harts wait for. So on a card with calls no more
    /// are in flight than there are harts.
    fn harts_are_busy(&self) -> bool {
        let harts = self.capabilities.total_harts() as usize;
        self.capabilities.has_calls() && self.in_flight.len() >= harts
    }

    /// Room for `entries` submissions, asking the card how far it is if need be.
    fn has_room(&mut self, entries: u16) -> Result<bool, DeviceError> {
        // Every submission has a completion: the completion ring never overflows.
        let outstanding = self.in_flight.len() + self.loads.len() + usize::from(entries);
        if outstanding > 1 << self.options.ring_log2 {
            return Ok(false);
        }
        if self.rings.sq.free() >= entries {
            return Ok(true);
        }
        let head = self.transport.read::<regs::SqHead>()?;
        if head > u32::from(u16::MAX) || !self.rings.sq.set_head(head as u16) {
            return Err(bad_register("SqHead", head));
        }
        Ok(self.rings.sq.free() >= entries)
    }

    /// Puts the buffers of a transaction into the arena and its program into the store.
    fn place(&mut self, submission: &Submission, program: &Program) -> Result<Placed, StoreError> {
        let context = self.arena.store(&encode::context(submission))?;
        let calldata = self.arena.store(&submission.calldata)?;
        let result = result_region_bytes(&self.capabilities);
        let result = self.arena.allocate(result)?;
        let key = ProgramKey::new(submission.code_hash, submission.fork);
        let code = &submission.code;
        let (handle, load) = self.store.acquire(&self.arena, key, program, code)?;
        Ok(Placed {
            context,
            calldata,
            result,
            key,
            handle,
            load,
        })
    }

    /// The arena is full of what is in flight, or too small.
    fn full(&self, error: ArenaError) -> SubmitError {
        match self.in_flight.is_empty() {
            true => SubmitError::Device(error.into()),
            false => SubmitError::Busy,
        }
    }

    fn push(&mut self, submission: &Submission, placed: Placed) -> Result<(), DeviceError> {
        let Placed {
            context,
            calldata,
            result,
            key,
            handle,
            load,
        } = placed;
        if let Some(load) = load {
            self.push_load(key, load)?;
        }
        let (from, to) = ((&context, &calldata), (&result, RESULT_BYTES));
        let entry = encode::descriptor(submission, handle, from, to);
        self.rings.sq.push(encode::words_of(&entry))?;
        let in_flight = InFlight {
            incarnation: submission.incarnation,
            fork: submission.fork,
            seeds: submission.seeds.len(),
            programs: vec![key],
            result,
            _inputs: [context, calldata],
            codes: HashMap::new(),
            given: Vec::new(),
            lacks_room: false,
        };
        self.in_flight.insert(submission.tag, in_flight);
        self.publish_submissions()
    }

    fn publish_submissions(&mut self) -> Result<(), DeviceError> {
        barrier::before_doorbell();
        let tail = self.rings.sq.tail().into();
        self.transport.write::<regs::SqTail>(tail)
    }

    /// Takes every completion that is there; gives their number, loads included.
    fn collect(&mut self, ended: &mut Vec<Execution>) -> Result<usize, DeviceError> {
        let mut count = 0;
        while let Some(entry) = self.rings.cq.pop()? {
            let completion: Completion = entry_as(&entry);
            match SubmissionKind::from_u8(completion.kind) {
                Some(SubmissionKind::Load) => self.loaded(&completion)?,
                Some(SubmissionKind::Execute) => ended.push(self.executed(&completion)?),
                None => return Err(bad_completion("kind", completion.kind.into())),
            }
            count += 1;
        }
        if count > 0 {
            barrier::before_head();
            let head = self.rings.cq.head().into();
            self.transport.write::<regs::CqHead>(head)?;
        }
        Ok(count)
    }

    fn executed(&mut self, completion: &Completion) -> Result<Execution, DeviceError> {
        let Some(in_flight) = self.in_flight.remove(&completion.tag) else {
            return Err(bad_completion("tag", completion.tag.into()));
        };
        for program in &in_flight.programs {
            self.store.release(program);
        }
        if completion.incarnation != in_flight.incarnation {
            return Err(bad_completion("incarnation", completion.incarnation.into()));
        }
        let outcome = match decode::outcome(completion)? {
            Outcome::Escalated(Escalation::RequestFailed) if in_flight.lacks_room => {
                Outcome::Escalated(Escalation::CodeLimit)
            }
            outcome => outcome,
        };
        let record = |source| DeviceError::Record {
            tag: completion.tag,
            source,
        };
        let (len, room) = (
            decode::record_len(completion, outcome),
            u64::from(RESULT_BYTES),
        );
        if len > room {
            return Err(record(crate::MalformedRecord::PastEnd {
                part: "record",
                end: len,
                len: room,
            }));
        }
        let bytes = self.arena.read(in_flight.result.iova(), len as usize)?;
        decode::execution(completion, outcome, &bytes, in_flight.seeds).map_err(record)
    }

    fn timeout(&self, waited_us: u64) -> DeviceError {
        DeviceError::Timeout {
            waited_us,
            in_flight: self.in_flight.len() + self.loads.len(),
            head: self.rings.sq.head(),
            tail: self.rings.sq.tail(),
        }
    }

    /// Nothing came: is something wrong?
    fn check_fault(&mut self) -> Result<(), DeviceError> {
        let status = self.transport.read::<regs::FaultStatus>()?;
        if status != 0 {
            self.transport.write::<regs::FaultStatus>(status)?;
            return Err(DeviceError::Fault { status });
        }
        Ok(())
    }
}

impl<T: Transport> Drop for CardDevice<T> {
    /// The card must not write to memory that is given to something else.
    fn drop(&mut self) {
        if let Err(error) = self.halt() {
            tracing::warn!(%error, "the card was not reset before its memory was freed");
        }
    }
}

impl<T: Transport> Device for CardDevice<T> {
    fn name(&self) -> &'static str {
        self.transport.name()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn submit(&mut self, submission: &Submission) -> Result<(), SubmitError> {
        let program = admit(&self.capabilities, &mut self.translations, submission)
            .map_err(SubmitError::Declined)?;
        if self.in_flight.contains_key(&submission.tag) {
            return Err(SubmitError::Device(DeviceError::Internal {
                device: self.transport.name(),
                tag: submission.tag,
                detail: "the tag is already in flight".to_owned(),
            }));
        }
        if self.harts_are_busy() || self.loads.are_waiting() || !self.has_room(3)? {
            return Err(SubmitError::Busy);
        }
        let placed = match self.place(submission, &program) {
            // Programs that nobody runs hold their bytecode in the arena.
            Err(StoreError::Arena(_)) if self.store.shrink() => self.place(submission, &program),
            placed => placed,
        };
        match placed {
            Ok(placed) => Ok(self.push(submission, placed)?),
            Err(StoreError::InUse) if self.in_flight.is_empty() => {
                Err(SubmitError::Declined(Escalation::CodeLimit))
            }
            Err(StoreError::InUse) => Err(SubmitError::Busy),
            Err(StoreError::Arena(error)) => Err(self.full(error)),
        }
    }

    fn poll(&mut self, state: &mut dyn StateSource) -> Result<Vec<Execution>, DeviceError> {
        let mut ended = Vec::new();
        let mut waited = 0;
        while !self.in_flight.is_empty() {
            let progress = self.serve(state)? + self.collect(&mut ended)?;
            self.push_waiting_loads()?;
            self.publish_answers()?;
            if !ended.is_empty() {
                break;
            }
            if progress > 0 {
                waited = 0;
                continue;
            }
            if waited > 0 {
                self.check_fault()?;
            }
            if waited >= self.options.timeout_us {
                return Err(self.timeout(waited));
            }
            waited += self
                .transport
                .wait(self.options.timeout_us - waited)?
                .max(1);
            // What the card writes after this raises the interrupt again; what it wrote before is
            // found in the rings now.
            self.transport.write::<regs::IrqStatus>(ALL_INTERRUPTS)?;
        }
        Ok(ended)
    }

    fn counters(&mut self) -> Result<Vec<LaneCounters>, DeviceError> {
        let mut lanes = Vec::new();
        for lane in 0..self.capabilities.lanes {
            let mut counters = LaneCounters::default();
            for counter in Counter::ALL {
                let select = lane << 8 | *counter as u32;
                self.transport.write::<regs::CounterSelect>(select)?;
                let low = self.transport.read::<regs::CounterLow>()?;
                let high = self.transport.read::<regs::CounterHigh>()?;
                counters.set(*counter, u64::from(high) << 32 | u64::from(low));
            }
            lanes.push(counters);
        }
        Ok(lanes)
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        // Stop the card before its memory is given to something else.
        self.halt()?;
        self.in_flight.clear();
        self.loads = Loads::default();
        self.store = ProgramStore::new(self.capabilities.code_lines, self.capabilities.constants);
        self.rings = rings(&self.arena, &self.options)?;
        self.start()
    }
}

fn entry_as<E: bytemuck::Pod + Zeroable>(entry: &Entry) -> E {
    bytemuck::pod_read_unaligned(&decode::bytes_of(entry))
}

fn bad_completion(field: &'static str, value: u64) -> DeviceError {
    DeviceError::BadEntry {
        entry: "completion",
        field,
        value,
    }
}

fn bad_register(field: &'static str, value: u32) -> DeviceError {
    DeviceError::BadEntry {
        entry: "register",
        field,
        value: value.into(),
    }
}
