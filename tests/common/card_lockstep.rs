//! The simulated card beside the ISS: every transaction that the card ends is repeated on the ISS
//! with the same answers, and every retired micro-op and the result are compared.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::rc::Rc;

use alloy_primitives::U256;
use gasworks_abi::config::Config;
use gasworks_abi::escalation::Halt;
use gasworks_abi::micro_op::MicroOp;
use gasworks_abi::ring::RequestKind;
use gasworks_driver::{
    Capabilities, Device, DeviceError, Execution, LaneCounters, Level, Outcome, Payload, Question,
    Reply, StateSource, Submission, SubmitError, Unanswerable,
};
use gasworks_iss::{IssDevice, Traced};
use gasworks_sim::{SimDevice, TraceRecord};

/// What the trace port shows of one micro-op.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Retired {
    pc: u32,
    op: u64,
    a: U256,
    b: U256,
    gas: u64,
    sp: u32,
    /// An earlier operation has not yet charged its gas: `gas` may still be too high.
    posted: bool,
    /// Number of the frame; only the ISS tells.
    frame: u32,
}

impl Retired {
    /// The ISS has no posted operations: where the card has one under way, its gas is not compared.
    fn equals(&self, iss: &Self) -> bool {
        let gas = if self.posted { iss.gas } else { self.gas };
        Self {
            gas,
            posted: false,
            frame: iss.frame,
            ..*self
        } == *iss
    }
}

impl From<&TraceRecord> for Retired {
    fn from(record: &TraceRecord) -> Self {
        Self {
            pc: record.pc,
            op: record.op,
            a: U256::from_limbs(record.a),
            b: U256::from_limbs(record.b),
            gas: record.gas,
            sp: record.sp,
            posted: record.posted != 0,
            frame: 0,
        }
    }
}

impl From<&Traced<'_>> for Retired {
    fn from(traced: &Traced<'_>) -> Self {
        let step = traced.step;
        Self {
            pc: step.pc,
            op: step.op.bits(),
            a: step.a,
            b: step.b,
            gas: step.gas,
            sp: step.stack.len() as u32,
            posted: false,
            frame: step.frame,
        }
    }
}

/// Answers that one transaction got.
type Answers = Vec<(Question, Result<Reply, Unanswerable>)>;

/// What is compared of a result: everything for a success; after a halt the reason and after an
/// escalation the gas are not specified (machine.md), and for both a few micro-ops behind a posted
/// operation may have retired before it ended the frame; so may some that `ran_ahead` in a callee.
fn comparable(execution: &Execution, ran_ahead: bool) -> Execution {
    let mut out = Execution {
        hart: 0,
        cycles: 0,
        host_cycles: 0,
        ..execution.clone()
    };
    match &mut out.outcome {
        Outcome::Halt(halt) => *halt = Halt::OutOfGas,
        Outcome::Escalated(_) => out.gas_left = 0,
        _ if !ran_ahead => return out,
        _ => {}
    }
    (out.instructions, out.micro_ops) = (0, 0);
    out
}

/// What is known of a transaction in flight.
struct InFlight {
    submission: Submission,
    answers: Answers,
}

/// A card that is checked against the ISS, micro-op by micro-op.
pub struct CardLockstep {
    card: SimDevice,
    iss: IssDevice,
    seen: Rc<RefCell<Vec<Retired>>>,
    in_flight: HashMap<u32, InFlight>,
    retired: HashMap<u32, VecDeque<Retired>>,
    harts: u32,
    /// Micro-ops compared.
    pub micro_ops: u64,
    /// Transactions compared.
    pub transactions: u64,
}

impl CardLockstep {
    /// Checks `card`, which was opened with `trace`, against an ISS of the same configuration.
    #[must_use]
    pub fn new(mut card: SimDevice, config: Config, level: Level) -> Self {
        card.transport_mut().trace(true);
        let seen = Rc::new(RefCell::new(Vec::new()));
        let mut iss = IssDevice::new(config, level);
        let sink = Rc::clone(&seen);
        iss.set_tracer(Some(Box::new(move |traced| {
            sink.borrow_mut().push(traced.into())
        })));
        Self {
            card,
            iss,
            seen,
            in_flight: HashMap::new(),
            retired: HashMap::new(),
            harts: config.harts,
            micro_ops: 0,
            transactions: 0,
        }
    }

    fn check(&mut self, execution: &Execution) -> Result<(), DeviceError> {
        let different = |detail: String| DeviceError::Internal {
            device: "lock-step",
            tag: execution.tag,
            detail,
        };
        let Some(known) = self.in_flight.remove(&execution.tag) else {
            return Err(different(
                "completion of something that was not submitted".into(),
            ));
        };
        let queue = self.retired.entry(execution.hart.into()).or_default();
        let count = (execution.micro_ops as usize).min(queue.len());
        let all: Vec<Retired> = queue.drain(..count).collect();
        self.seen.borrow_mut().clear();
        let end = match self.iss.submit(&known.submission) {
            Ok(()) => self.iss.poll(&mut Replayed(known.answers.iter())),
            Err(error) => return Err(different(format!("the ISS declines: {error}"))),
        };
        let seen = self.seen.borrow();
        let card = without_run_ahead(&all, &seen);
        let ran_ahead = card.len() < all.len();
        let ended_early = matches!(execution.outcome, Outcome::Halt(_) | Outcome::Escalated(_));
        let compared = if ended_early {
            seen.len().min(card.len())
        } else {
            card.len()
        };
        if let Some(text) = first_difference(&card[..compared], &seen) {
            return Err(different(text));
        }
        let iss = end?
            .pop()
            .ok_or_else(|| different("the ISS gave no result".into()))?;
        if comparable(&iss, ran_ahead) != comparable(execution, ran_ahead) {
            return Err(different(format!(
                "results differ\n  card {execution:?}\n  ISS  {iss:?}"
            )));
        }
        self.micro_ops += seen.len() as u64;
        self.transactions += 1;
        Ok(())
    }
}

/// What the card retired, less what ran ahead: where the ISS shows that a callee has ended, the card may
/// have retired a few micro-ops of the callee behind the operation that ended it, all while that was
/// under way.
fn without_run_ahead(card: &[Retired], iss: &[Retired]) -> Vec<Retired> {
    let mut kept = Vec::with_capacity(card.len());
    for retired in card {
        let at = kept.len();
        let next = iss.get(at);
        let callee_ended = at > 0 && next.is_some_and(|next| next.frame < iss[at - 1].frame);
        let is_behind = callee_ended && retired.posted && !next.is_some_and(|n| retired.equals(n));
        if !is_behind {
            kept.push(*retired);
        }
    }
    kept
}

/// The first difference, with the micro-ops that led to it.
fn first_difference(card: &[Retired], iss: &[Retired]) -> Option<String> {
    let same = |at: usize| {
        card.get(at)
            .zip(iss.get(at))
            .is_some_and(|(card, iss)| card.equals(iss))
    };
    let at = (0..card.len().max(iss.len())).find(|at| !same(*at))?;
    let mut text = format!(
        "micro-op {at} of {} (card) and {} (ISS) differs\n",
        card.len(),
        iss.len()
    );
    let line = |retired: Option<&Retired>| match retired {
        None => "nothing".to_owned(),
        Some(r) => {
            let op = MicroOp::from_bits(r.op);
            let name = op.op().map_or("?", |op| op.info().name);
            format!(
                "pc {} {name} ({:#018x}) a {:#x} b {:#x} gas {} sp {}",
                r.pc, r.op, r.a, r.b, r.gas, r.sp
            )
        }
    };
    for before in at.saturating_sub(80)..at {
        let _ = writeln!(text, "  both {}", line(iss.get(before)));
    }
    let _ = writeln!(text, "  card {}", line(card.get(at)));
    let _ = write!(text, "  ISS  {}", line(iss.get(at)));
    Some(text)
}

/// Notes what is answered.
struct Recording<'a> {
    state: &'a mut dyn StateSource,
    in_flight: &'a mut HashMap<u32, InFlight>,
}

impl StateSource for Recording<'_> {
    fn answer(&mut self, question: &Question) -> Result<Reply, Unanswerable> {
        let reply = self.state.answer(question);
        if let Some(known) = self.in_flight.get_mut(&question.tag) {
            known.answers.push((question.clone(), reply.clone()));
        }
        reply
    }
}

/// Equal in what matters for the kind.
#[must_use]
pub fn same_question(a: &Question, b: &Question) -> bool {
    let same_low = |bits: usize| a.key << (256 - bits) == b.key << (256 - bits);
    let is_same = match a.kind {
        RequestKind::Storage => a.key == b.key && a.address == b.address,
        RequestKind::Balance | RequestKind::CodeHash | RequestKind::Code => same_low(160),
        RequestKind::BlockHash | RequestKind::BlobHash => a.key == b.key,
        RequestKind::Callee => same_low(168),
        RequestKind::Call => same_low(72) && a.address == b.address,
        RequestKind::Create | RequestKind::Create2 => same_low(64),
        RequestKind::Created => same_low(32) && a.address == b.address,
        RequestKind::SelfDestruct => same_low(160) && a.address == b.address,
        RequestKind::Undo => same_low(16),
    };
    a.kind == b.kind && is_same && meant(a) == meant(b)
}

/// The payload without the arg words that the question does not use: those hold whatever was latched
/// before.
fn meant(question: &Question) -> Option<Payload> {
    let mut payload = question.payload.clone()?;
    let used = match question.kind {
        RequestKind::Create | RequestKind::Create2 => 2,
        RequestKind::Created => 0,
        _ => 4,
    };
    payload.words[used..].fill(U256::ZERO);
    Some(payload)
}

/// Gives the same answers again, in their order.
struct Replayed<'a>(std::slice::Iter<'a, (Question, Result<Reply, Unanswerable>)>);

impl StateSource for Replayed<'_> {
    fn answer(&mut self, question: &Question) -> Result<Reply, Unanswerable> {
        match self.0.next() {
            Some((asked, reply)) if same_question(asked, question) => reply.clone(),
            _ => Err(Unanswerable),
        }
    }
}

impl Device for CardLockstep {
    fn name(&self) -> &'static str {
        "lock-step"
    }
    fn capabilities(&self) -> &Capabilities {
        self.card.capabilities()
    }
    fn submit(&mut self, submission: &Submission) -> Result<(), SubmitError> {
        self.card.submit(submission)?;
        let known = InFlight {
            submission: submission.clone(),
            answers: Answers::new(),
        };
        self.in_flight.insert(known.submission.tag, known);
        Ok(())
    }
    fn poll(&mut self, state: &mut dyn StateSource) -> Result<Vec<Execution>, DeviceError> {
        let mut recording = Recording {
            state,
            in_flight: &mut self.in_flight,
        };
        let ended = self.card.poll(&mut recording)?;
        for record in self.card.transport_mut().take_trace() {
            let hart = record.lane * self.harts + record.hart;
            self.retired
                .entry(hart)
                .or_default()
                .push_back((&record).into());
        }
        for execution in &ended {
            self.check(execution)?;
        }
        Ok(ended)
    }
    fn counters(&mut self) -> Result<Vec<LaneCounters>, DeviceError> {
        self.card.counters()
    }
    fn reset(&mut self) -> Result<(), DeviceError> {
        self.in_flight.clear();
        self.retired.clear();
        self.card.reset()
    }
}
