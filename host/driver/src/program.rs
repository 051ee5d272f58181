//! Translated programs, and whether a device can take a transaction at all.

use std::collections::HashMap;
use std::sync::Arc;

use alloy_primitives::B256;
use gasworks_abi::escalation::Escalation;
use gasworks_abi::fork::Fork;
use gasworks_abi::program::WORDS_PER_LINE;
use gasworks_abi::record::{BEAT, PAYLOAD_HEAD};
use gasworks_translate::{Level, Program, Target, TranslateError, translate};

use crate::capabilities::Capabilities;
use crate::device::Submission;

/// Bytes of a transaction's result record: logs, output and state writes. The densest is an empty
/// log, one beat of 64 bytes for 375 gas, so this holds whatever 49 M gas can buy. (One transaction
/// of block 15537394 needs more than 1 MiB.)
pub const RESULT_BYTES: u32 = 8 * 1024 * 1024;

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

/// Translates each code once, for one device.
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

    /// The program of a code with that hash.
    ///
    /// # Errors
    /// When the code is too long to be translated.
    pub fn get(
        &mut self,
        code: &[u8],
        code_hash: B256,
        fork: Fork,
        calls: bool,
    ) -> Result<Arc<Program>, TranslateError> {
        let key = ProgramKey::new(code_hash, fork);
        if let Some(program) = self.programs.get(&key) {
            return Ok(program.clone());
        }
        let target = Target { fork, calls };
        let program = Arc::new(translate(code, target, self.level)?);
        if self.programs.len() >= MAX_CACHED {
            self.programs.clear();
        }
        self.programs.insert(key, program.clone());
        Ok(program)
    }

    /// The program of a code, if it fits the empty stores of a device.
    ///
    /// # Errors
    /// With the reason why it does not.
    pub fn fitting(
        &mut self,
        capabilities: &Capabilities,
        code: &[u8],
        code_hash: B256,
        fork: Fork,
    ) -> Result<Arc<Program>, Escalation> {
        let program = self
            .get(code, code_hash, fork, capabilities.has_calls())
            .map_err(|_| Escalation::CodeLimit)?;
        let (lines, constants) = footprint(&program);
        match lines <= capabilities.code_lines && constants <= capabilities.constants {
            true => Ok(program),
            false => Err(Escalation::CodeLimit),
        }
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
    translations.fitting(
        capabilities,
        &submission.code,
        submission.code_hash,
        submission.fork,
    )
}

/// Bytes of the result region of a transaction: the record, then the payload buffer
/// ([`gasworks_abi::record`]).
#[must_use]
pub fn result_region_bytes(capabilities: &Capabilities) -> u64 {
    u64::from(RESULT_BYTES) + payload_bytes(capabilities)
}

/// Bytes of the payload buffer: whatever a hart has in memory fits.
#[must_use]
pub fn payload_bytes(capabilities: &Capabilities) -> u64 {
    let memory = u64::from(capabilities.memory_bytes);
    (PAYLOAD_HEAD as u64 + memory).next_multiple_of(BEAT as u64)
}
