//! The ISS as a [`Device`]: harts without rings and without time.

use std::collections::VecDeque;
use std::sync::Arc;

use alloy_primitives::{Address, U256};
use gasworks_abi::config::Config;
use gasworks_abi::escalation::{Escalation, Halt, Status};
use gasworks_abi::regs::Counter;
use gasworks_abi::ring::RequestKind;
use gasworks_driver::program::{RESULT_BYTES, Translations, admit};
use gasworks_driver::{
    Capabilities, Device, DeviceError, Execution, LaneCounters, Level, Program, Question, Reply,
    StateSource, Submission, SubmitError, Write,
};

use crate::{Answer, CodeAnswer, Hart, Host, Image, Log, NoObserver, Outcome, Slot, Start, Step};

/// A micro-op that a transaction is about to retire.
#[derive(Debug)]
pub struct Traced<'a> {
    /// Tag of the transaction.
    pub tag: u32,
    /// Its program, with the origin of every micro-op.
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
    translations: Translations,
    queue: VecDeque<(Submission, Arc<Program>)>,
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
            translations: Translations::new(level),
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
        program: &Arc<Program>,
        state: &mut dyn StateSource,
    ) -> Result<Execution, DeviceError> {
        let internal = |detail: String| DeviceError::Internal {
            device: "iss",
            tag: submission.tag,
            detail,
        };
        let image = Image::new(
            program.words.clone(),
            &program.constants,
            submission.code.clone(),
        )
        .map_err(|error| internal(error.to_string()))?;
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
        let mut host = Asking { tag, state };
        let mut hart = Hart::new(&self.config, &image, &start);
        let outcome = match &mut self.tracer {
            None => hart.run(&mut host, &mut NoObserver),
            Some(tracer) => hart.run(&mut host, &mut |step: &Step<'_>| {
                tracer(&Traced { tag, program, step });
            }),
        };
        self.count(&outcome);
        execution(submission, outcome).ok_or_else(|| internal("unknown reason".to_owned()))
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

/// Puts the questions of a hart to the state source.
struct Asking<'a> {
    tag: u32,
    state: &'a mut dyn StateSource,
}

impl Asking<'_> {
    fn ask(&mut self, kind: RequestKind, address: Address, key: U256) -> Option<Reply> {
        let question = Question {
            tag: self.tag,
            kind,
            address,
            key,
        };
        self.state.answer(&question).ok()
    }
    fn of_account(&mut self, kind: RequestKind, account: Address) -> Option<Reply> {
        self.ask(kind, Address::ZERO, U256::from_be_slice(account.as_slice()))
    }
}

fn answer(reply: &Reply) -> Answer {
    Answer {
        value: reply.value,
        warm: reply.warm,
    }
}

impl Host for Asking<'_> {
    fn storage(&mut self, address: Address, key: U256) -> Option<Answer> {
        let reply = self.ask(RequestKind::Storage, address, key)?;
        Some(answer(&reply))
    }
    fn balance(&mut self, address: Address) -> Option<Answer> {
        Some(answer(&self.of_account(RequestKind::Balance, address)?))
    }
    fn code_hash(&mut self, address: Address) -> Option<Answer> {
        Some(answer(&self.of_account(RequestKind::CodeHash, address)?))
    }
    fn code(&mut self, address: Address) -> Option<CodeAnswer> {
        let reply = self.of_account(RequestKind::Code, address)?;
        Some(CodeAnswer {
            code: reply.code,
            warm: reply.warm,
        })
    }
    fn block_hash(&mut self, number: U256) -> Option<U256> {
        let reply = self.ask(RequestKind::BlockHash, Address::ZERO, number)?;
        Some(reply.value)
    }
    fn blob_hash(&mut self, index: U256) -> Option<U256> {
        let reply = self.ask(RequestKind::BlobHash, Address::ZERO, index)?;
        Some(reply.value)
    }
}

impl Device for IssDevice {
    fn name(&self) -> &'static str {
        "iss"
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn submit(&mut self, submission: &Submission) -> Result<(), SubmitError> {
        let program = admit(&self.capabilities, &mut self.translations, submission)
            .map_err(SubmitError::Declined)?;
        self.queue.push_back((submission.clone(), program));
        Ok(())
    }

    fn poll(&mut self, state: &mut dyn StateSource) -> Result<Vec<Execution>, DeviceError> {
        let mut ended = Vec::with_capacity(self.queue.len());
        while let Some((submission, program)) = self.queue.pop_front() {
            ended.push(self.run(&submission, &program, state)?);
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
