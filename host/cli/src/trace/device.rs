//! A device whose transactions are watched.

use std::collections::VecDeque;
use std::path::Path;

use color_eyre::eyre::Result;
use gasworks_abi::escalation::{Escalation, Halt};
use gasworks_abi::ring::RequestKind;
use gasworks_driver::{
    Capabilities, Device, DeviceError, Execution, LaneCounters, Level, Outcome, Question, Reply,
    StateSource, Submission, SubmitError, Unanswerable,
};
use gasworks_iss::IssDevice;

use super::recorder::SharedRecorder;
use crate::args::{DeviceArgs, DeviceKind};
#[cfg(feature = "sim")]
use crate::sim::SimCard;
use crate::{device, trace::recorder::Micro};

/// The ISS, or the simulated card beside the ISS; one transaction at a time. The ISS supplies the
/// instructions with their stacks; every micro-op of the card is compared with the ISS's.
pub struct TracedDevice {
    iss: IssDevice,
    #[cfg(feature = "sim")]
    card: Option<SimCard>,
    recorder: SharedRecorder,
    /// Decline all transactions but this one.
    only: Option<u32>,
    current: Option<Submission>,
}

impl TracedDevice {
    /// Opens a device; `None` for software, which is traced by revm. With `only`, all other
    /// transactions are declined and run on revm.
    ///
    /// # Errors
    /// When it cannot be built or opened.
    pub fn open(
        args: &DeviceArgs,
        wave: Option<&Path>,
        recorder: &SharedRecorder,
        only: Option<u32>,
    ) -> Result<Option<Self>> {
        device::check(args, wave)?;
        if args.device == DeviceKind::Software {
            return Ok(None);
        }
        let mut iss = IssDevice::new(args.config(), Level::Zero);
        let watcher = recorder.clone();
        iss.set_tracer(Some(Box::new(move |traced| {
            watcher.borrow_mut().step(traced)
        })));
        #[cfg(feature = "sim")]
        let card = match args.device {
            DeviceKind::Sim => {
                let mut card = crate::sim::open(args, wave)?;
                card.transport_mut().trace(true);
                recorder.borrow_mut().keep_micro_ops = true;
                Some(card)
            }
            _ => None,
        };
        Ok(Some(Self {
            iss,
            #[cfg(feature = "sim")]
            card,
            recorder: recorder.clone(),
            only,
            current: None,
        }))
    }

    #[cfg(feature = "sim")]
    fn card(&mut self) -> Option<&mut SimCard> {
        self.card.as_mut()
    }

    #[cfg(not(feature = "sim"))]
    fn card(&mut self) -> Option<&mut IssDevice> {
        None
    }

    /// What the card retired since the last call.
    fn retired(&mut self) -> Option<Vec<Micro>> {
        #[cfg(feature = "sim")]
        {
            self.card.as_mut().map(crate::sim::take_micro_ops)
        }
        #[cfg(not(feature = "sim"))]
        None
    }

    /// Compares what the card retired with what the ISS did. Where a frame ends early, a few
    /// micro-ops behind a posted operation may have retired before it ended the frame.
    fn compare_micro_ops(&mut self, ended_early: bool) {
        let Some(found) = self.retired() else {
            return;
        };
        let mut recorder = self.recorder.borrow_mut();
        let expected = recorder.micro_ops();
        let count = match ended_early {
            true => expected.len().min(found.len()),
            false => expected.len().max(found.len()),
        };
        let is_equal = |at: usize| {
            let pair = found.get(at).zip(expected.get(at));
            pair.is_some_and(|(card, iss)| card.equals(iss))
        };
        if let Some(at) = (0..count).find(|at| !is_equal(*at)) {
            let text = difference(at, expected.get(at), found.get(at));
            recorder.differs(Some(at), &text);
        }
    }
}

/// Both values of the first difference.
fn difference(at: usize, iss: Option<&Micro>, card: Option<&Micro>) -> String {
    let show = |micro: Option<&Micro>| match micro {
        None => "no micro-op: the frame had ended".to_owned(),
        Some(micro) => {
            let op = gasworks_abi::micro_op::MicroOp::from_bits(micro.op);
            let name = op.op().map_or("unassigned", |op| op.info().name);
            format!(
                "pc {} {name} ({:#018x}) sp {} gas {} a {:#x} b {:#x}",
                micro.pc, micro.op, micro.sp, micro.gas, micro.a, micro.b
            )
        }
    };
    format!("micro-op {at}\n  iss {}\n  sim {}", show(iss), show(card))
}

fn ended_early(execution: &Execution) -> bool {
    matches!(execution.outcome, Outcome::Halt(_) | Outcome::Escalated(_))
}

/// What the results differ in. Which halt of several is met, and what is counted until an early
/// end, is not specified (machine.md).
fn results_differ(iss: &Execution, card: &Execution) -> Option<String> {
    let comparable = |run: &Execution| {
        let mut run = run.clone();
        // Only the card has them.
        (run.hart, run.cycles, run.host_cycles) = (0, 0, 0);
        if ended_early(&run) {
            (run.instructions, run.micro_ops) = (0, 0);
        }
        match &mut run.outcome {
            Outcome::Halt(halt) => *halt = Halt::OutOfGas,
            Outcome::Escalated(_) => run.gas_left = 0,
            _ => {}
        }
        run
    };
    let (iss, card) = (comparable(iss), comparable(card));
    (iss != card).then(|| format!("result\n  iss {iss:?}\n  sim {card:?}"))
}

/// What the host was asked, and its answers.
type Answers = VecDeque<(Question, Result<Reply, Unanswerable>)>;

/// Tells the recorder what the host answers, and keeps it for the card.
struct Overheard<'a> {
    source: &'a mut dyn StateSource,
    recorder: &'a SharedRecorder,
    answers: Answers,
}

impl StateSource for Overheard<'_> {
    fn answer(&mut self, question: &Question) -> Result<Reply, Unanswerable> {
        let reply = self.source.answer(question);
        self.answers.push_back((question.clone(), reply.clone()));
        if let (RequestKind::Storage, Ok(reply)) = (question.kind, &reply) {
            let mut recorder = self.recorder.borrow_mut();
            recorder.learn(question.address, question.key, reply.value);
        }
        reply
    }
}

/// Gives the card what the ISS was given: an answer may have changed accounts, so no question
/// reaches the host twice. A question that the ISS did not ask at this place has no answer.
struct Replayed(Answers);

impl StateSource for Replayed {
    fn answer(&mut self, question: &Question) -> Result<Reply, Unanswerable> {
        match self.0.pop_front() {
            Some((asked, reply)) if asked == *question => reply,
            _ => Err(Unanswerable),
        }
    }
}

impl Device for TracedDevice {
    fn name(&self) -> &'static str {
        #[cfg(feature = "sim")]
        if let Some(card) = &self.card {
            return card.name();
        }
        self.iss.name()
    }

    fn capabilities(&self) -> &Capabilities {
        #[cfg(feature = "sim")]
        if let Some(card) = &self.card {
            return card.capabilities();
        }
        self.iss.capabilities()
    }

    fn submit(&mut self, submission: &Submission) -> Result<(), SubmitError> {
        if self.only.is_some_and(|only| only != submission.tag) {
            // The reason is not shown: the transaction is not what the user asked for.
            return Err(SubmitError::Declined(Escalation::Fork));
        }
        if self.current.is_some() {
            return Err(SubmitError::Busy);
        }
        self.retired();
        if let Some(card) = self.card() {
            card.submit(submission)?;
        }
        self.iss.submit(submission)?;
        self.current = Some(submission.clone());
        Ok(())
    }

    fn poll(&mut self, state: &mut dyn StateSource) -> Result<Vec<Execution>, DeviceError> {
        let Some(submission) = self.current.take() else {
            return Ok(Vec::new());
        };
        self.recorder.borrow_mut().begin(&submission);
        let mut overheard = Overheard {
            source: state,
            recorder: &self.recorder,
            answers: Answers::new(),
        };
        let on_iss = self.iss.poll(&mut overheard)?;
        let mut replayed = Replayed(overheard.answers);
        for execution in &on_iss {
            self.recorder.borrow_mut().end(execution);
        }
        let on_card = self.card().map(|card| card.poll(&mut replayed));
        self.compare_micro_ops(on_iss.iter().any(ended_early));
        if let (Some(Ok(card)), [iss]) = (&on_card, &on_iss[..]) {
            let text = card.first().and_then(|card| results_differ(iss, card));
            if let Some(text) = text {
                self.recorder.borrow_mut().differs(None, &text);
            }
        }
        self.recorder.borrow_mut().commit();
        on_card.unwrap_or(Ok(on_iss))
    }

    fn counters(&mut self) -> Result<Vec<LaneCounters>, DeviceError> {
        match self.card() {
            Some(card) => card.counters(),
            None => self.iss.counters(),
        }
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        self.current = None;
        self.iss.reset()?;
        self.card().map_or(Ok(()), |card| card.reset())
    }
}
