//! A transaction on the ISS and on revm: what must be equal.

use std::fmt::Write;

use alloy_primitives::map::HashMap;
use alloy_primitives::{Address, B256, LogData, U256, keccak256};
use gasworks_abi::config::Config;
use gasworks_abi::escalation::{Escalation, Status};
use gasworks_abi::gas::CODE_DEPOSIT_BYTE;
use gasworks_abi::opcode;
use gasworks_iss::{Hart, Images, Outcome, SourceHost, Start};
use gasworks_translate::Level;
use revm::Database as _;
use revm::context::TxEnv;
use revm::interpreter::InstructionResult;
use revm::state::Account;

use crate::frame::{Ctx, Source};
use crate::lockstep::{Branches, Difference, Lockstep};
use crate::reference::{FrameEnd, Instruction, Options, Recording, record};

/// As large as a hart can be thought: what the limits of a preset would escalate runs here.
pub const WIDE: Config = Config {
    name: "wide",
    stack_log2: 17,
    memory_words_log2: 18,
    calldata_words_log2: 15,
    code_lines_log2: 20,
    constants_log2: 20,
    state_log2: 16,
    frames_log2: 10,
    return_words_log2: 18,
    journal_log2: 20,
    ..Config::SIM
};

/// How a comparison without a difference ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Both ran the transaction and agree in everything.
    Equal(Status),
    /// The ISS gave it back; up to there both agree.
    Escalated(Escalation),
    /// Both agree until revm was broken off for its length.
    Prefix,
    /// The card does not run the fork.
    Fork,
    /// No code ran.
    NoCode,
}

/// A verdict and its size.
#[derive(Debug, Clone, Copy)]
pub struct Comparison {
    /// The verdict.
    pub verdict: Verdict,
    /// EVM instructions compared one by one.
    pub instructions: u64,
    /// Frames that revm made, those without code included.
    pub frames: u64,
    /// Frames of the hart at most at once.
    pub deepest: u32,
    /// Both halted, for different reasons (machine.md allows it inside a block).
    pub other_halt_reason: bool,
    /// Branches and their hints.
    pub branches: Branches,
}

impl Comparison {
    fn without(verdict: Verdict) -> Self {
        Self {
            verdict,
            instructions: 0,
            frames: 0,
            deepest: 0,
            other_halt_reason: false,
            branches: Branches::default(),
        }
    }
}

/// Why there is no comparison.
#[derive(Debug, Clone)]
pub enum Failure {
    /// revm refuses the transaction.
    Invalid(String),
    /// ISS and revm differ; the first difference.
    Differs(String),
}

/// Compares a transaction from the first instruction of its first frame to the end of that frame.
///
/// # Errors
/// See [`Failure`].
pub fn compare(
    config: &Config,
    context: &Ctx,
    tx: &TxEnv,
    options: Options,
) -> Result<Comparison, Failure> {
    let recording = record(context, tx.clone(), options).map_err(Failure::Invalid)?;
    let Some(frame) = &recording.start else {
        return Ok(Comparison::without(Verdict::NoCode));
    };
    let Some(fork) = frame.fork else {
        return Ok(Comparison::without(Verdict::Fork));
    };
    let mut source = frame.source();
    let mut images = Images::new(config, Level::Zero);
    let Some(image) = images.of_code(&frame.code, frame.code_hash, fork) else {
        let declined = Verdict::Escalated(Escalation::CodeLimit);
        return Ok(Comparison::without(declined));
    };
    let seeds = frame.seeds(&mut source);
    let start = Start {
        fork,
        gas_limit: frame.gas_limit,
        environment: &frame.environment,
        calldata: &frame.calldata,
        seeds: &seeds,
        result_len: u32::MAX - 63,
    };
    let hart = Hart::new(config, &image, &start);
    let host = SourceHost::new(0, fork, &mut source, &mut images);
    let run = run_iss(hart, host, &recording);
    if let Some(difference) = run.difference {
        let text = explain(context, tx, options, &difference);
        return Err(Failure::Differs(text));
    }
    let judged = judge(&run, &recording, &mut source);
    Ok(Comparison {
        verdict: judged.map_err(Failure::Differs)?,
        instructions: run.instructions,
        frames: recording.frame_count() as u64,
        deepest: run.deepest,
        other_halt_reason: halts_differ(run.outcome.as_ref(), recording.end.as_ref()),
        branches: run.branches,
    })
}

fn halts_differ(outcome: Option<&Outcome>, end: Option<&FrameEnd>) -> bool {
    let halt = outcome.and_then(Outcome::halt);
    halt.zip(end).is_some_and(|(halt, end)| {
        let reason = format!("{:?}", end.result).to_lowercase();
        reason != halt.name().replace('_', "")
    })
}

/// What the ISS made of a transaction.
struct IssRun {
    /// None when it met the end of a recording that was broken off.
    outcome: Option<Outcome>,
    /// Instructions compared.
    instructions: u64,
    is_at_end: bool,
    deepest: u32,
    branches: Branches,
    difference: Option<Difference>,
}

fn run_iss(mut hart: Hart, mut host: SourceHost<'_>, recording: &Recording) -> IssRun {
    let is_broken_off = recording.end.is_none();
    let mut lockstep = Lockstep::new(recording);
    let mut outcome = None;
    while outcome.is_none() && lockstep.difference.is_none() {
        if is_broken_off && lockstep.is_at_end() {
            break;
        }
        outcome = hart.step(&mut host, &mut lockstep);
    }
    IssRun {
        outcome,
        instructions: lockstep.compared() as u64,
        is_at_end: lockstep.is_at_end(),
        deepest: lockstep.deepest,
        branches: lockstep.branches,
        difference: lockstep.difference,
    }
}

/// Compares the ends.
fn judge(run: &IssRun, recording: &Recording, source: &mut Source) -> Result<Verdict, String> {
    let Some(outcome) = &run.outcome else {
        return Ok(Verdict::Prefix);
    };
    if let Some(reason) = outcome.escalation() {
        return match reason {
            Escalation::Call | Escalation::Create | Escalation::SelfDestruct => {
                Err(format!("ISS escalates {}", reason.name()))
            }
            _ => Ok(Verdict::Escalated(reason)),
        };
    }
    // A block is charged as a whole: the hart may halt before revm does.
    if !run.is_at_end && outcome.status != Status::Halt {
        return Err(format!("ISS ends with {:?}, revm goes on", outcome.status));
    }
    let end = recording.end.as_ref();
    let end = end.ok_or_else(|| format!("ISS ends with {:?}, revm goes on", outcome.status))?;
    let mut outcome = outcome.clone();
    if recording.is_creation && outcome.is_success() && !pay_deposit(&mut outcome, end) {
        return Ok(Verdict::Equal(Status::Halt));
    }
    judge_end(&outcome, end, source)?;
    if outcome.is_success() {
        let created = recording.start.as_ref().filter(|_| recording.is_creation);
        let created = created.map(|frame| (frame.address, keccak256(&outcome.output)));
        judge_accounts(end, source, created)?;
    }
    Ok(Verdict::Equal(outcome.status))
}

/// The first frame of a creation leaves its deposit to the host. False where revm rightly refuses
/// the code.
fn pay_deposit(outcome: &mut Outcome, end: &FrameEnd) -> bool {
    let len = outcome.output.len() as u64;
    let left = outcome.gas_left.checked_sub(CODE_DEPOSIT_BYTE * len);
    outcome.status = Status::Return;
    outcome.gas_left = left.unwrap_or(0);
    match end.result {
        InstructionResult::OutOfGas => left.is_some(),
        InstructionResult::CreateContractSizeLimit => len <= 24_576,
        InstructionResult::CreateContractStartingWithEF => outcome.output.first() != Some(&0xef),
        _ => true,
    }
}

/// Compares what the transaction did.
fn judge_end(outcome: &Outcome, end: &FrameEnd, source: &mut Source) -> Result<(), String> {
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
    judge_storage(outcome, end, source)
}

/// Every slot has the value that the ISS wrote, or the one it had.
fn judge_storage(outcome: &Outcome, end: &FrameEnd, source: &mut Source) -> Result<(), String> {
    let writes: HashMap<(Address, U256), U256> = outcome
        .writes
        .iter()
        .map(|slot| ((slot.address, slot.key), slot.value))
        .collect();
    same("written twice", &writes.len(), &outcome.writes.len())?;
    for (address, account) in &end.state {
        for (key, slot) in &account.storage {
            let value = match writes.get(&(*address, *key)) {
                Some(value) => *value,
                None => source.storage(*address, *key).ok_or("no storage")?.value,
            };
            same(
                &format!("slot {key:#x} of {address}"),
                &value,
                &slot.present_value(),
            )?;
        }
    }
    let is_known = |(address, key): &&(Address, U256)| {
        let account = end.state.get(address);
        account.is_some_and(|account| account.storage.contains_key(key))
    };
    let unknown = writes.keys().find(|slot| !is_known(slot));
    same("slot that revm did not touch", &unknown, &None)
}

/// Every account has the balance, nonce, code and fate that revm gives it. The host gives a
/// creation that is a transaction its code only after the first frame: `created`.
fn judge_accounts(
    end: &FrameEnd,
    source: &mut Source,
    created: Option<(Address, B256)>,
) -> Result<(), String> {
    let journal = &mut source.context.journaled_state;
    for (address, revm) in &end.state {
        let absent = match journal.inner.state.contains_key(address) {
            true => Account::default(),
            // The database is in memory: it cannot fail.
            false => journal
                .database
                .basic(*address)
                .ok()
                .flatten()
                .unwrap_or_default()
                .into(),
        };
        let ours = journal.inner.state.get(address).unwrap_or(&absent);
        let view = |account: &Account| {
            let info = &account.info;
            let fate = (account.is_created(), account.is_selfdestructed());
            let is_cleared = account.is_touched() && account.is_empty();
            (info.balance, info.nonce, info.code_hash, fate, is_cleared)
        };
        let mut ours = view(ours);
        if let Some((_, code_hash)) = created.filter(|(created, _)| created == address) {
            ours.2 = code_hash;
        }
        same(&format!("account {address}"), &ours, &view(revm))?;
    }
    // A callee is loaded before its gas is known to suffice; revm then skips the load.
    let ours = journal.inner.state.iter();
    for (address, account) in ours.filter(|(address, _)| !end.state.contains_key(*address)) {
        let info = journal.database.basic(*address).ok().flatten();
        let is_cleared = account.is_touched() && account.is_empty();
        let found = (account.info.balance, account.info.nonce, is_cleared);
        let info = info.unwrap_or_default();
        let expected = (info.balance, info.nonce, false);
        same(
            &format!("account {address} that revm did not load"),
            &found,
            &expected,
        )?;
    }
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, iss: &T, revm: &T) -> Result<(), String> {
    if iss == revm {
        Ok(())
    } else {
        Err(format!("{what}: ISS {iss:?}, revm {revm:?}"))
    }
}

/// Tells a difference: the instruction before it, its operands, and what each side made of it.
fn explain(context: &Ctx, tx: &TxEnv, options: Options, difference: &Difference) -> String {
    let options = Options {
        stacks_until: Some(difference.index),
        ..options
    };
    let mut text = format!("first difference before instruction {}\n", difference.index);
    let Ok(recording) = record(context, tx.clone(), options) else {
        return text;
    };
    let mut stacks = recording.stacks.iter().rev();
    let after = difference.revm.and_then(|_| stacks.next());
    let before = stacks.next();
    let previous = difference.index.checked_sub(1);
    if let Some(previous) = previous.and_then(|index| recording.instructions.get(index)) {
        let _ = writeln!(text, "  executed {}", line(previous, before));
    }
    let iss = line(&difference.iss, Some(&difference.iss_stack));
    let _ = writeln!(text, "  ISS  then {iss}");
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
        "{name} at {:#x} of frame {}, gas {}, {} words:",
        instruction.pc, instruction.frame, instruction.gas, instruction.height
    );
    for word in stack.into_iter().flatten().rev().take(7) {
        let _ = write!(text, " {word:#x}");
    }
    text
}
