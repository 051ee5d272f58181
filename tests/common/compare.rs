//! One transaction's first frame on the ISS and on revm: what must be equal.

use std::fmt::Write;

use alloy_primitives::map::HashMap;
use alloy_primitives::{LogData, U256};
use gasworks_abi::config::Config;
use gasworks_abi::escalation::{Escalation, Status};
use gasworks_abi::opcode;
use gasworks_iss::{Hart, Image, Outcome, Start};
use gasworks_translate::{Level, translate};
use revm::context::TxEnv;

use crate::frame::{Ctx, Frame};
use crate::lockstep::{Difference, Lockstep};
use crate::reference::{FrameEnd, Instruction, Options, Recording, record};

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

/// How a comparison without a mismatch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Both ran the frame and agree in everything.
    Equal(Status),
    /// The ISS gave it back; up to there both agree.
    Escalated(Escalation),
    /// No code ran.
    Plain,
    /// The card does not run the fork.
    Fork,
    /// revm refuses the transaction.
    Invalid,
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
}

/// Compares a transaction's first frame. `Err` tells the first difference.
///
/// # Errors
/// ISS and revm differ.
pub fn compare(config: &Config, context: &Ctx, tx: &TxEnv) -> Result<Comparison, String> {
    let none = |verdict| Comparison {
        verdict,
        instructions: 0,
        other_halt_reason: false,
    };
    let Ok((recording, _)) = record(context, tx.clone(), Options::default()) else {
        return Ok(none(Verdict::Invalid));
    };
    let Some(frame) = recording.frame.as_ref() else {
        return Ok(none(Verdict::Plain));
    };
    if frame.fork.is_none() {
        return Ok(none(Verdict::Fork));
    }
    let (outcome, difference, instructions) = run_iss(config, frame, &recording)?;
    if let Some(difference) = difference {
        return Err(explain(context, tx, &difference));
    }
    let verdict = judge(&outcome, &recording, context, tx)?;
    let other_halt_reason = recording.end.as_ref().is_some_and(|end| {
        outcome.halt().is_some_and(|halt| {
            let reason = format!("{:?}", end.result).to_lowercase();
            reason != halt.name().replace('_', "")
        })
    });
    Ok(Comparison {
        verdict,
        instructions,
        other_halt_reason,
    })
}

/// Runs a frame on the ISS beside its recording.
fn run_iss(
    config: &Config,
    frame: &Frame,
    recording: &Recording,
) -> Result<(Outcome, Option<Difference>, u64), String> {
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
        seeds: &[],
        result_len: u32::MAX - 63,
    };
    let is_complete = recording.instructions.len() as u64 == recording.instruction_count;
    let mut lockstep = Lockstep::new(&program, &recording.instructions, is_complete);
    let mut host = frame.host();
    let mut hart = Hart::new(config, &image, &start);
    let outcome = loop {
        if let Some(outcome) = hart.step(&mut host, &mut lockstep) {
            break outcome;
        }
        if lockstep.difference.is_some() {
            break hart.run(&mut host, &mut gasworks_iss::NoObserver);
        }
    };
    let compared = lockstep.compared() as u64;
    Ok((outcome, lockstep.difference, compared))
}

/// Compares the ends.
fn judge(
    outcome: &Outcome,
    recording: &Recording,
    context: &Ctx,
    tx: &TxEnv,
) -> Result<Verdict, String> {
    let at_exit = recording.instructions.last().map(|last| last.opcode);
    if let Some(reason) = outcome.escalation() {
        let own = match at_exit {
            Some(0xf0 | 0xf5) => Escalation::Create,
            Some(0xff) => Escalation::SelfDestruct,
            _ => Escalation::Call,
        };
        let is_exit = matches!(
            reason,
            Escalation::Call | Escalation::Create | Escalation::SelfDestruct
        );
        if is_exit && (!recording.left || reason != own) {
            return Err(format!("ISS escalates {}, revm does not", reason.name()));
        }
        return Ok(Verdict::Escalated(reason));
    }
    if let Some(end) = recording.end.as_ref() {
        judge_end(outcome, end)?;
        return Ok(Verdict::Equal(outcome.status));
    }
    // A block is charged as a whole, a call at its end included: the hart may halt where revm
    // reaches the call and halts there, for want of gas or stack.
    let options = Options {
        one_frame: false,
        ..Options::default()
    };
    let (whole, _) = record(context, tx.clone(), options)?;
    let end = whole.end.ok_or("revm left the frame and has no end")?;
    if outcome.status == Status::Halt && end.result.is_halt() {
        return Ok(Verdict::Equal(Status::Halt));
    }
    Err(format!(
        "ISS ends with {:?}, revm leaves the frame and ends with {:?}",
        outcome.status, end.result
    ))
}

/// What the frame's effects are on both sides.
fn judge_end(outcome: &Outcome, end: &FrameEnd) -> Result<(), String> {
    let status = match end.result {
        result if result.is_revert() => Status::Revert,
        result if result.is_halt() => Status::Halt,
        revm::interpreter::InstructionResult::Return => Status::Return,
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
    let changes: HashMap<U256, U256> = outcome
        .writes
        .iter()
        .filter(|slot| slot.value != slot.original)
        .map(|slot| (slot.key, slot.value))
        .collect();
    same("storage", &changes, &end.changes)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, iss: &T, revm: &T) -> Result<(), String> {
    if iss == revm {
        Ok(())
    } else {
        Err(format!("{what}: ISS {iss:?}, revm {revm:?}"))
    }
}

/// Tells a difference: the instruction before it, its operands, and what each side made of it.
fn explain(context: &Ctx, tx: &TxEnv, difference: &Difference) -> String {
    let options = Options {
        instruction_limit: difference.index + 1,
        stacks_until: Some(difference.index),
        ..Options::default()
    };
    let mut text = format!("first difference before instruction {}\n", difference.index);
    let Ok((recording, _)) = record(context, tx.clone(), options) else {
        return text;
    };
    let mut stacks = recording.stacks.iter().rev();
    let after = difference.revm.and_then(|_| stacks.next());
    let before = stacks.next();
    let previous = difference.index.checked_sub(1);
    if let Some(previous) = previous.and_then(|index| recording.instructions.get(index)) {
        let _ = writeln!(text, "  executed {}", line(previous, before));
    }
    let _ = writeln!(
        text,
        "  ISS  then {}",
        line(&difference.iss, Some(&difference.iss_stack))
    );
    let _ = match difference.revm {
        Some(revm) => writeln!(text, "  revm then {}", line(&revm, after)),
        None => writeln!(
            text,
            "  revm ended {:?}",
            recording.end.map(|end| end.result)
        ),
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
