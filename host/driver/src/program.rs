//! Translated programs, and whether a device can take a transaction at all.

use std::collections::HashMap;
use std::sync::Arc;

use alloy_primitives::B256;
use gasworks_abi::escalation::Escalation;
use gasworks_abi::fork::Fork;
use gasworks_abi::program::WORDS_PER_LINE;
use gasworks_translate::{Level, Program, TranslateError, translate};

use crate::capabilities::Capabilities;
use crate::device::Submission;

/// Bytes of a transaction's result buffer: the largest logs, output and state writes seen in real
/// blocks (WORKLOAD.md, envelope table) fit four times over.
pub const RESULT_BYTES: u32 = 256 * 1024;

/// Most translated programs that are kept; beyond it all are forgotten.
const MAX_CACHED: usize = 4096;

/// What a translation depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProgramKey {
    /// Keccak-256 of the bytecode.
    pub code_hash: B256,
    /// First fork of those that have the same opcodes.
    pub opcodes: Fork,
}

impl ProgramKey {
    /// The key of a code under a fork.
    #[must_use]
    pub fn new(code_hash: B256, fork: Fork) -> Self {
        let opcodes = match fork {
            Fork::Merge => Fork::London,
            Fork::Prague => Fork::Cancun,
            other => other,
        };
        Self { code_hash, opcodes }
    }
}

/// Translates each code once.
#[derive(Debug, Default)]
pub struct Translations {
    level: Level,
    programs: HashMap<ProgramKey, Arc<Program>>,
}

impl Translations {
    /// Translations at a level.
    #[must_use]
    pub fn new(level: Level) -> Self {
        Self {
            level,
            programs: HashMap::new(),
        }
    }

    /// The program of a submission.
    ///
    /// # Errors
    /// When the code is too long to be translated.
    pub fn get(&mut self, submission: &Submission) -> Result<Arc<Program>, TranslateError> {
        let key = ProgramKey::new(submission.code_hash, submission.fork);
        if let Some(program) = self.programs.get(&key) {
            return Ok(program.clone());
        }
        let program = Arc::new(translate(&submission.code, submission.fork, self.level)?);
        if self.programs.len() >= MAX_CACHED {
            self.programs.clear();
        }
        self.programs.insert(key, program.clone());
        Ok(program)
    }
}

/// Lines of the code store and constants (an even number) that a program takes.
#[must_use]
pub fn footprint(program: &Program) -> (u32, u32) {
    let lines = program.words.len().div_ceil(WORDS_PER_LINE as usize);
    let constants = program.constants.len().next_multiple_of(2);
    (lines as u32, constants as u32)
}

/// Decides before submission whether the device can take a transaction.
///
/// # Errors
/// With the reason why it cannot.
pub fn admit(
    capabilities: &Capabilities,
    translations: &mut Translations,
    submission: &Submission,
) -> Result<Arc<Program>, Escalation> {
    if !capabilities.runs(submission.fork) {
        return Err(Escalation::Fork);
    }
    if submission.calldata.len() > capabilities.calldata_bytes as usize {
        return Err(Escalation::CalldataLimit);
    }
    if submission.seeds.len() > capabilities.state_entries as usize {
        return Err(Escalation::StateTableLimit);
    }
    let program = translations
        .get(submission)
        .map_err(|_| Escalation::CodeLimit)?;
    let (lines, constants) = footprint(&program);
    if lines > capabilities.code_lines || constants > capabilities.constants {
        return Err(Escalation::CodeLimit);
    }
    Ok(program)
}
