//! A card behind its rings.

mod requests;
mod setup;

use std::collections::HashMap;

use alloy_primitives::U256;
use bytemuck::Zeroable;
use gasworks_abi::escalation::Escalation;
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
use crate::program::{ProgramKey, RESULT_BYTES, Translations, admit};
use crate::ring::Entry;
use crate::store::{Load, ProgramStore, StoreError};
use crate::transport::{Arena, Region, Registers, Transport, barrier};
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
    seeds: usize,
    program: ProgramKey,
    result: Region,
    _inputs: [Region; 2],
    /// Bytecode that was given in answers, by account.
    codes: HashMap<U256, (Region, usize)>,
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
    /// Images of loads that have not completed, by tag.
    loads: HashMap<u32, [Region; 2]>,
    next_load: u32,
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
            ring_log2: options.ring_log2.max(1),
            ..options
        };
        let mut card = Self {
            rings: rings(&arena, &options)?,
            store: ProgramStore::new(capabilities.code_lines, capabilities.constants),
            translations: Translations::new(options.level),
            in_flight: HashMap::new(),
            loads: HashMap::new(),
            next_load: 0,
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
        let result = self.arena.allocate(RESULT_BYTES.into())?;
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
        if let Some(mut load) = load {
            load.descriptor.tag = self.next_load;
            self.next_load = self.next_load.wrapping_add(1);
            self.rings.sq.push(encode::words_of(&load.descriptor))?;
            self.loads.insert(load.descriptor.tag, load.regions);
        }
        let entry = encode::descriptor(submission, handle, &context, &calldata, &result);
        self.rings.sq.push(encode::words_of(&entry))?;
        let in_flight = InFlight {
            incarnation: submission.incarnation,
            seeds: submission.seeds.len(),
            program: key,
            result,
            _inputs: [context, calldata],
            codes: HashMap::new(),
        };
        self.in_flight.insert(submission.tag, in_flight);
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

    fn loaded(&mut self, completion: &Completion) -> Result<(), DeviceError> {
        match self.loads.remove(&completion.tag) {
            None => Err(bad_completion("tag", completion.tag.into())),
            Some(_) => match decode::outcome(completion)? {
                Outcome::Stop => Ok(()),
                // The program is not there: everything that runs it is lost.
                _ => Err(bad_completion("status", completion.status.into())),
            },
        }
    }

    fn executed(&mut self, completion: &Completion) -> Result<Execution, DeviceError> {
        let Some(in_flight) = self.in_flight.remove(&completion.tag) else {
            return Err(bad_completion("tag", completion.tag.into()));
        };
        self.store.release(&in_flight.program);
        if completion.incarnation != in_flight.incarnation {
            return Err(bad_completion("incarnation", completion.incarnation.into()));
        }
        let outcome = decode::outcome(completion)?;
        let record = |source| DeviceError::Record {
            tag: completion.tag,
            source,
        };
        let (len, room) = (
            decode::record_len(completion, outcome),
            in_flight.result.len(),
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
        if !self.has_room(2)? {
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
        self.loads.clear();
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
