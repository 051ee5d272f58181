//! What came out. The names of the fields are the JSON of `gasworks statetest --report json`.

use std::collections::BTreeMap;

use alloy_primitives::B256;
use gasworks::Venue;
use gasworks::case::{Outcome, Ran};
use gasworks::root::logs_hash;
use revm::primitives::hardfork::SpecId;
use serde::Serialize;

use super::suite::Case;

/// Most differences from revm that a failure spells out.
const MAX_DIFFERENCES: usize = 8;

/// Cases that a table counts together.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Row {
    /// That ran.
    pub cases: u64,
    /// Of these, with the expected outcome.
    pub passed: u64,
    /// Of these, with another.
    pub failed: u64,
    /// Of these, run and retired by the device.
    pub card: u64,
    /// Of these, given to revm.
    pub fallback: u64,
}

/// What the device retired.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Card {
    /// Cases.
    pub cases: u64,
    /// Their transactions.
    pub txs: u64,
    /// EVM instructions executed by them, counted by revm's inspector.
    pub opcodes: u64,
}

/// Which variant of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Indexes {
    /// Of the data and the access list.
    pub data: usize,
    /// Of the gas limit.
    pub gas: usize,
    /// Of the value.
    pub value: usize,
}

/// A case with another outcome than expected.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Failure {
    /// File.
    pub file: String,
    /// Name of the test.
    pub test: String,
    /// Fork, as the file calls it.
    pub fork: String,
    /// Variant.
    pub indexes: Indexes,
    /// What differs: `exception`, `logs`, `state root`, `revm` (only the comparison with revm
    /// fails), `run` (the device or revm failed).
    pub field: &'static str,
    /// Expected.
    pub expected: String,
    /// Found.
    pub found: String,
    /// In what it differs from revm.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<String>,
}

/// Everything.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Tally {
    /// `software`, `iss`, `sim`.
    pub device: &'static str,
    /// Cases in the files, of the wanted fork: passed, failed and skipped ones.
    pub cases: u64,
    /// Cases with the expected outcome.
    pub passed: u64,
    /// Cases with another.
    pub failed: u64,
    /// Cases that did not run, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// What the device ran and retired.
    pub card: Card,
    /// Transactions that ran code (or a precompile, or a creation) on revm, by reason.
    pub fallback: BTreeMap<&'static str, u64>,
    /// Transactions that ran no opcode.
    pub plain: u64,
    /// Transactions that are invalid.
    pub invalid: u64,
    /// By fork.
    pub forks: BTreeMap<String, Row>,
    /// By the first folder below the argument.
    pub folders: BTreeMap<String, Row>,
    /// Seconds, reading included.
    pub seconds: f64,
    /// What failed.
    pub failures: Vec<Failure>,
}

impl Tally {
    /// Counts cases that did not run.
    pub fn skip(&mut self, reason: &'static str, count: usize) {
        if count > 0 {
            *self.skipped.entry(reason).or_default() += count as u64;
        }
    }

    /// Counts a case that ran, and gives what failed of it.
    pub fn count(&mut self, folder: &str, spec: SpecId, how: How, failure: Option<Failure>) {
        let fork = gasworks::fork::name(spec);
        let is_card = matches!(how, How::Venue(Venue::Card, _));
        let is_fallback = matches!(how, How::Venue(Venue::Fallback(_), _));
        for (rows, name) in [(&mut self.forks, fork), (&mut self.folders, folder)] {
            let row = rows.entry(name.to_owned()).or_default();
            row.cases += 1;
            row.passed += u64::from(failure.is_none());
            row.failed += u64::from(failure.is_some());
            row.card += u64::from(is_card);
            row.fallback += u64::from(is_fallback);
        }
        match how {
            How::Invalid => self.invalid += 1,
            How::Venue(Venue::Card, opcodes) => {
                self.card.cases += 1;
                self.card.txs += 1;
                self.card.opcodes += opcodes;
            }
            How::Venue(Venue::Plain, _) => self.plain += 1,
            How::Venue(Venue::Fallback(reason), _) => {
                *self.fallback.entry(reason).or_default() += 1;
            }
            How::Venue(Venue::Software, _) => {}
        }
        self.passed += u64::from(failure.is_none());
        self.failed += u64::from(failure.is_some());
        self.failures.extend(failure);
    }
}

/// How a case ran.
#[derive(Debug, Clone, Copy)]
pub enum How {
    /// Not at all: the transaction is invalid.
    Invalid,
    /// Where, and EVM instructions if they were counted.
    Venue(Venue, u64),
}

impl From<&Outcome> for How {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Ran(ran) => Self::Venue(ran.venue, ran.opcodes),
            Outcome::Invalid(_) | Outcome::TooLong(_) => Self::Invalid,
        }
    }
}

/// What differs, what was expected, what was found.
pub type Wrong = (&'static str, String, String);

/// Compares an outcome with what the case expects. `root` is the root of the state after it.
#[must_use]
pub fn judge(case: &Case<'_>, outcome: &Outcome, root: Option<B256>) -> Option<Wrong> {
    let exception = case.expected.expect_exception.as_ref();
    match (outcome, exception) {
        (Outcome::Invalid(_), Some(_)) | (Outcome::TooLong(_), _) => None,
        (Outcome::Invalid(reason), None) => Some((
            "exception",
            "a valid transaction".to_owned(),
            reason.clone(),
        )),
        (Outcome::Ran(_), Some(exception)) => Some((
            "exception",
            exception.clone(),
            "a valid transaction".to_owned(),
        )),
        (Outcome::Ran(ran), None) => hashes(case, ran, root),
    }
}

fn hashes(case: &Case<'_>, ran: &Ran, root: Option<B256>) -> Option<Wrong> {
    let logs = logs_hash(ran.executed.result.logs());
    if logs != case.expected.logs {
        return Some(("logs", case.expected.logs.to_string(), logs.to_string()));
    }
    if let Some(root) = root.filter(|root| *root != case.expected.hash) {
        return Some((
            "state root",
            case.expected.hash.to_string(),
            root.to_string(),
        ));
    }
    let (field, expected, found) = ran.differences.first()?;
    Some(("revm", format!("{field}: {expected}"), found.clone()))
}

/// The failure of a case.
#[must_use]
pub fn failure(file: &str, case: &Case<'_>, outcome: &Outcome, wrong: Wrong) -> Failure {
    let indexes = &case.expected.indexes;
    let differences = match outcome {
        Outcome::Ran(ran) => ran.differences.as_slice(),
        _ => &[],
    };
    let differences = differences.iter().take(MAX_DIFFERENCES);
    let (field, expected, found) = wrong;
    Failure {
        file: file.to_owned(),
        test: case.test.to_owned(),
        fork: case.fork.to_owned(),
        indexes: Indexes {
            data: indexes.data,
            gas: indexes.gas,
            value: indexes.value,
        },
        field,
        expected,
        found,
        differences: differences
            .map(|(field, expected, found)| format!("{field}: revm {expected}, here {found}"))
            .collect(),
    }
}
