//! Frames of one transaction on the ISS and on revm: what must be equal.

use std::fmt::Write;

use alloy_primitives::map::HashMap;
use alloy_primitives::{LogData, U256};
use gasworks_abi::config::Config;
use gasworks_abi::escalation::{Escalation, Status};
use gasworks_abi::opcode;
use gasworks_iss::{Hart, Image, Outcome, Start};
use gasworks_translate::{Level, translate};
use revm::context::TxEnv;
use revm::interpreter::InstructionResult;

use crate::frame::{Ctx, Frame};
use crate::lockstep::{Branches, Difference, Lockstep};
use crate::reference::{FrameEnd, FrameRecord, Instruction, Options, record};

/// As large as a hart can be thought: what the limits of a preset would escalate runs here.
pub const WIDE: Config = Config {
    name: "wide",
    stack_log2: 10,
    memory_words_log2: 18,
    calldata_words_log2: 15,
    code_lines_log2: 20,
    constants_log2: 20,
    state_log2: 14,
    ..Config::SIM
};

/// How a comparison without a difference ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Both ran the frame and agree in everything.
    Equal(Status),
    /// The ISS gave it back; up to there both agree.
    Escalated(Escalation),
    /// Both agree until revm was broken off for its length.
    Prefix,
    /// The card does not run the fork.
    Fork,
    /// An inner frame that starts with what a first frame has not.
    BeyondOneFrame,
}

/// A verdict and its size.
#[derive(Debug, Clone, Copy)]
pub struct Comparison {
    /// The verdict.
    pub verdict: Verdict,
    /// EVM instructions compared one by one.
    pub instructions: u64,
    /// Both halted, for different reasons (machine.md allows it inside a block).
    pub other_halt_reason: bool,
    /// Branches and their hints.
    pub branches: Branches,
}

/// Why there is no comparison.
#[derive(Debug, Clone)]
pub enum Failure {
    /// revm refuses the transaction.
    Invalid(String),
    /// ISS and revm differ; the first difference.
    Differs(String),
}

/// Compares a transaction's frames, as many as the options record.
///
/// # Errors
/// See [`Failure`].
pub fn compare(
    config: &Config,
    context: &Ctx,
    tx: &TxEnv,
    options: Options,
) -> Result<Vec<Comparison>, Failure> {
    let recording = record(context, tx.clone(), options).map_err(Failure::Invalid)?;
    let mut comparisons = Vec::new();
    for (index, frame) in recording.frames.iter().enumerate() {
        let result = compare_frame(config, frame).and_then(|(comparison, difference)| {
            let explained = difference.map(|at| explain(context, tx, options, index, &at));
            explained.map_or(Ok(comparison), Err)
        });
        let comparison =
            result.map_err(|text| Failure::Differs(format!("frame {index}: {text}")))?;
        comparisons.push(comparison);
    }
    Ok(comparisons)
}

/// Runs a recorded frame on the ISS. A difference of instructions comes second.
fn compare_frame(
    config: &Config,
    record: &FrameRecord,
) -> Result<(Comparison, Option<Difference>), String> {
    let without = |verdict| Comparison {
        verdict,
        instructions: 0,
        other_halt_reason: false,
        branches: Branches::default(),
    };
    if record.frame.fork.is_none() {
        return Ok((without(Verdict::Fork), None));
    }
    let static_violation = record
        .end
        .as_ref()
        .is_some_and(|end| end.result == InstructionResult::StateChangeDuringStaticCall);
    if static_violation || record.frame.is_beyond_one_frame() {
        return Ok((without(Verdict::BeyondOneFrame), None));
    }
    let run = run_iss(config, &record.frame, record)?;
    if run.difference.is_some() {
        return Ok((without(Verdict::Prefix), run.difference));
    }
    let verdict = match &run.outcome {
        Some(outcome) => judge(outcome, record)?,
        None => Verdict::Prefix,
    };
    let comparison = Comparison {
        verdict,
        instructions: run.instructions,
        other_halt_reason: halts_differ(run.outcome.as_ref(), record),
        branches: run.branches,
    };
    Ok((comparison, None))
}

fn halts_differ(outcome: Option<&Outcome>, record: &FrameRecord) -> bool {
    let halt = outcome.and_then(Outcome::halt);
    halt.zip(record.end.as_ref()).is_some_and(|(halt, end)| {
        let reason = format!("{:?}", end.result).to_lowercase();
        reason != halt.name().replace('_', "")
    })
}

/// What the ISS made of a frame.
struct IssRun {
    /// None when it met the end of a recording that was broken off.
    outcome: Option<Outcome>,
    /// Instructions compared.
    instructions: u64,
    branches: Branches,
    difference: Option<Difference>,
}

fn run_iss(config: &Config, frame: &Frame, record: &FrameRecord) -> Result<IssRun, String> {
    let fork = frame.fork.ok_or("no fork")?;
    let program =
        translate(&frame.code, fork, Level::Zero).map_err(|error| format!("translate: {error}"))?;
    let image = Image::new(
        program.words.clone(),
        &program.constants,
        frame.code.clone(),
    )
    .map_err(|error| format!("image: {error}"))?;
    let start = Start {
        fork,
        gas_limit: frame.gas_limit,
        environment: &frame.environment,
        calldata: &frame.calldata,
        seeds: &frame.seeds,
        result_len: u32::MAX - 63,
    };
    let is_broken_off = record.end.is_none();
    let mut lockstep = Lockstep::new(&program, &record.instructions);
    let mut host = frame.host();
    let mut hart = Hart::new(config, &image, &start);
    let mut outcome = None;
    while outcome.is_none() && lockstep.difference.is_none() {
        if is_broken_off && lockstep.compared() == record.instructions.len() {
            break;
        }
        outcome = hart.step(&mut host, &mut lockstep);
    }
    Ok(IssRun {
        outcome,
        instructions: lockstep.compared() as u64,
        branches: lockstep.branches,
        difference: lockstep.difference,
    })
}

/// Compares the ends.
fn judge(outcome: &Outcome, record: &FrameRecord) -> Result<Verdict, String> {
    if let Some(reason) = outcome.escalation() {
        return judge_escalation(reason, record);
    }
    // A block is charged as a whole, a call at its end included: the hart may halt where revm
    // reaches the call and halts there.
    let end = record.end.as_ref();
    let end = end.ok_or_else(|| format!("ISS ends with {:?}, revm goes on", outcome.status))?;
    judge_end(outcome, end, &record.frame)?;
    Ok(Verdict::Equal(outcome.status))
}

fn judge_escalation(reason: Escalation, record: &FrameRecord) -> Result<Verdict, String> {
    let expected = match record.instructions.last().map(|last| last.opcode) {
        Some(0xf0 | 0xf5) => Escalation::Create,
        Some(0xff) => Escalation::SelfDestruct,
        _ => Escalation::Call,
    };
    let is_exit = matches!(
        reason,
        Escalation::Call | Escalation::Create | Escalation::SelfDestruct
    );
    if is_exit && (!record.left || reason != expected) {
        return Err(format!("ISS escalates {}, revm does not", reason.name()));
    }
    Ok(Verdict::Escalated(reason))
}

/// Compares the frame's effects.
fn judge_end(outcome: &Outcome, end: &FrameEnd, frame: &Frame) -> Result<(), String> {
    let status = match end.result {
        result if result.is_revert() => Status::Revert,
        result if result.is_halt() => Status::Halt,
        InstructionResult::Return => Status::Return,
        _ => Status::Stop,
    };
    same("status", &outcome.status, &status)
        .map_err(|text| format!("{text} ({:?})", end.result))?;
    if status == Status::Halt {
        return same("gas left", &outcome.gas_left, &0);
    }
    same("gas left", &outcome.gas_left, &end.gas_left)?;
    same("output", &outcome.output, &end.output)?;
    if status == Status::Revert {
        return Ok(());
    }
    same("refund", &outcome.refund, &end.refund)?;
    let logs: Vec<_> = outcome
        .logs
        .iter()
        .map(|log| alloy_primitives::Log {
            address: log.address,
            data: LogData::new_unchecked(log.topics.clone(), log.data.clone()),
        })
        .collect();
    same("logs", &logs, &end.logs)?;
    judge_storage(outcome, end, frame)
}

/// Every slot has the value that the ISS wrote, or the one it had.
fn judge_storage(outcome: &Outcome, end: &FrameEnd, frame: &Frame) -> Result<(), String> {
    let writes: HashMap<U256, U256> = outcome
        .writes
        .iter()
        .map(|slot| (slot.key, slot.value))
        .collect();
    same("written twice", &writes.len(), &outcome.writes.len())?;
    let mut host = frame.host();
    for (key, present) in &end.storage {
        let value = match writes.get(key) {
            Some(value) => *value,
            None => {
                use gasworks_iss::Host;
                let answer = host.storage(frame.address, *key);
                answer.ok_or("no storage")?.value
            }
        };
        same(&format!("slot {key:#x}"), &value, present)?;
    }
    let unknown = writes.keys().find(|key| !end.storage.contains_key(*key));
    same("slot that revm did not touch", &unknown, &None)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, iss: &T, revm: &T) -> Result<(), String> {
    if iss == revm {
        Ok(())
    } else {
        Err(format!("{what}: ISS {iss:?}, revm {revm:?}"))
    }
}

/// Tells a difference: the instruction before it, its operands, and what each side made of it.
fn explain(
    context: &Ctx,
    tx: &TxEnv,
    options: Options,
    frame: usize,
    difference: &Difference,
) -> String {
    let options = Options {
        stacks_until: Some((frame, difference.index)),
        ..options
    };
    let mut text = format!("first difference before instruction {}\n", difference.index);
    let recording = record(context, tx.clone(), options).ok();
    let Some(record) = recording.and_then(|mut all| all.frames.drain(..).nth(frame)) else {
        return text;
    };
    let mut stacks = record.stacks.iter().rev();
    let after = difference.revm.and_then(|_| stacks.next());
    let before = stacks.next();
    let previous = difference.index.checked_sub(1);
    if let Some(previous) = previous.and_then(|index| record.instructions.get(index)) {
        let _ = writeln!(text, "  executed {}", line(previous, before));
    }
    let iss = line(&difference.iss, Some(&difference.iss_stack));
    let _ = writeln!(text, "  ISS  then {iss}");
    let _ = match difference.revm {
        Some(revm) => writeln!(text, "  revm then {}", line(&revm, after)),
        None => writeln!(text, "  revm ended {:?}", record.end.map(|end| end.result)),
    };
    text
}

/// An instruction with the top of its stack, top first.
fn line(instruction: &Instruction, stack: Option<&Vec<U256>>) -> String {
    let name = opcode::info(instruction.opcode).map_or("UNKNOWN", |row| row.name);
    let mut text = format!(
        "{name} at {:#x}, gas {}, {} words:",
        instruction.pc, instruction.gas, instruction.depth
    );
    for word in stack.into_iter().flatten().rev().take(6) {
        let _ = write!(text, " {word:#x}");
    }
    text
}
