//! The ISS as a [`Device`]: harts without rings and without time.

use std::collections::VecDeque;
use std::sync::Arc;

use gasworks_abi::config::Config;
use gasworks_abi::escalation::{Escalation, Halt, SELF_DESTRUCTED, Status};
use gasworks_abi::regs::Counter;
use gasworks_driver::program::RESULT_BYTES;
use gasworks_driver::{
    Capabilities, Device, DeviceError, Execution, LaneCounters, Level, Program, StateSource,
    Submission, SubmitError, Write,
};

use crate::{Hart, Image, Images, Log, NoObserver, Outcome, Slot, SourceHost, Start, Step};

/// A micro-op that a transaction is about to retire.
#[derive(Debug)]
pub struct Traced<'a> {
    /// Tag of the transaction.
    pub tag: u32,
    /// The program of the running frame, with the origin of every micro-op.
    pub program: &'a Program,
    /// The micro-op.
    pub step: &'a Step<'a>,
}

/// Watches micro-ops.
pub type Tracer = Box<dyn FnMut(&Traced<'_>)>;

/// The ISS as a device. Transactions run in [`Device::poll`], one after the other, in the order of
/// their submission.
pub struct IssDevice {
    config: Config,
    capabilities: Capabilities,
    images: Images,
    queue: VecDeque<(Submission, Arc<Image>)>,
    counters: LaneCounters,
    tracer: Option<Tracer>,
}

impl IssDevice {
    /// A device with the limits of a configuration, whose programs are translated at a level.
    #[must_use]
    pub fn new(config: Config, level: Level) -> Self {
        Self {
            capabilities: Capabilities::from_config(&config),
            config,
            images: Images::new(&config, level),
            queue: VecDeque::new(),
            counters: LaneCounters::default(),
            tracer: None,
        }
    }

    /// Shows every micro-op to `tracer` from now on.
    pub fn set_tracer(&mut self, tracer: Option<Tracer>) {
        self.tracer = tracer;
    }

    fn run(
        &mut self,
        submission: &Submission,
        image: &Arc<Image>,
        state: &mut dyn StateSource,
    ) -> Result<Execution, DeviceError> {
        let seeds: Vec<Slot> = submission.seeds.iter().map(seed).collect();
        let start = Start {
            fork: submission.fork,
            gas_limit: submission.gas_limit,
            environment: &submission.environment,
            calldata: &submission.calldata,
            seeds: &seeds,
            result_len: RESULT_BYTES,
        };
        let tag = submission.tag;
        let fork = submission.fork;
        let mut host = SourceHost::new(tag, fork, state, &mut self.images);
        let mut hart = Hart::new(&self.config, image, &start);
        let outcome = match &mut self.tracer {
            None => hart.run(&mut host, &mut NoObserver),
            Some(tracer) => hart.run(&mut host, &mut |step: &Step<'_>| {
                // All images of a device are made of programs.
                if let Some(program) = step.image.program() {
                    tracer(&Traced { tag, program, step });
                }
            }),
        };
        self.count(&outcome);
        execution(submission, outcome).ok_or_else(|| DeviceError::Internal {
            device: "iss",
            tag,
            detail: "unknown reason".to_owned(),
        })
    }

    fn count(&mut self, outcome: &Outcome) {
        for (counter, value) in [
            (Counter::Retired, outcome.micro_ops),
            (Counter::Instructions, outcome.instructions),
        ] {
            let sum = self.counters.get(counter) + value;
            self.counters.set(counter, sum);
        }
    }
}

fn seed(slot: &gasworks_driver::Slot) -> Slot {
    Slot {
        address: slot.address,
        key: slot.key,
        value: slot.value,
        original: slot.value,
        warm: slot.warm,
    }
}

/// `None` when the reason is not one of its table.
fn execution(submission: &Submission, outcome: Outcome) -> Option<Execution> {
    use gasworks_driver::Outcome as End;
    let end = match outcome.status {
        Status::Stop if outcome.reason == SELF_DESTRUCTED => End::SelfDestruct,
        Status::Stop => End::Stop,
        Status::Return => End::Return,
        Status::Revert => End::Revert,
        Status::Halt => End::Halt(Halt::from_u8(outcome.reason)?),
        Status::Escalated => End::Escalated(Escalation::from_u8(outcome.reason)?),
    };
    let touched = |at: usize| outcome.touched.seeds[at / 8] >> (at % 8) & 1 == 1;
    let touched_seeds = match outcome.is_success() {
        true => (0..submission.seeds.len()).map(touched).collect(),
        false => Vec::new(),
    };
    let write = |slot: &Slot| Write {
        address: slot.address,
        key: slot.key,
        value: slot.value,
        original: slot.original,
    };
    let log = |log: Log| gasworks_driver::Log {
        address: log.address,
        topics: log.topics,
        data: log.data,
    };
    Some(Execution {
        tag: submission.tag,
        incarnation: submission.incarnation,
        outcome: end,
        gas_left: outcome.gas_left,
        refund: outcome.refund,
        writes: outcome.writes.iter().map(write).collect(),
        logs: outcome.logs.into_iter().map(log).collect(),
        output: outcome.output,
        touched_seeds,
        hart: 0,
        cycles: 0,
        instructions: outcome.instructions,
        micro_ops: outcome.micro_ops,
        host_cycles: 0,
    })
}

impl Device for IssDevice {
    fn name(&self) -> &'static str {
        "iss"
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn submit(&mut self, submission: &Submission) -> Result<(), SubmitError> {
        let image = self.images.admit(submission)?;
        self.queue.push_back((submission.clone(), image));
        Ok(())
    }

    fn poll(&mut self, state: &mut dyn StateSource) -> Result<Vec<Execution>, DeviceError> {
        let mut ended = Vec::with_capacity(self.queue.len());
        while let Some((submission, image)) = self.queue.pop_front() {
            ended.push(self.run(&submission, &image, state)?);
        }
        Ok(ended)
    }

    fn counters(&mut self) -> Result<Vec<LaneCounters>, DeviceError> {
        Ok(vec![self.counters])
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        self.queue.clear();
        Ok(())
    }
}
