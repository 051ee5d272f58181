//! The outcome as tables.

use std::collections::BTreeMap;
use std::io::{self, Write};

use comfy_table::Table;

use super::suite::spec;
use super::tally::{Failure, Row, Tally};
use crate::summary::{count, fallback, table};

/// Most failures that are spelled out.
const MAX_FAILURES: usize = 20;

/// Prints everything; `bad` files could not be read.
///
/// # Errors
/// When the output cannot be written.
pub fn print(out: &mut impl Write, tally: &Tally, bad: usize) -> io::Result<()> {
    writeln!(out, "Device {}", tally.device)?;
    let mut forks: Vec<_> = tally.forks.iter().collect();
    forks.sort_by_key(|(name, _)| spec(name));
    writeln!(out, "{}", rows("fork", forks))?;
    writeln!(out, "\n{}", rows("folder", tally.folders.iter().collect()))?;
    if tally.card.cases > 0 {
        writeln!(
            out,
            "\nOn the device: {} cases, {} opcodes",
            count(tally.card.cases),
            count(tally.card.opcodes)
        )?;
    }
    writeln!(
        out,
        "\nRan no opcode: {}. Invalid transactions: {}.",
        count(tally.plain),
        count(tally.invalid)
    )?;
    fallback(out, tally.fallback.iter().map(|(name, txs)| (*name, *txs)))?;
    skipped(out, &tally.skipped)?;
    failures(out, &tally.failures)?;
    verdict(out, tally, bad)
}

fn rows(name: &str, rows: Vec<(&String, &Row)>) -> Table {
    let mut table = table([name, "cases", "passed", "failed", "device", "revm"]);
    for (name, row) in rows {
        let numbers = [row.cases, row.passed, row.failed, row.card, row.fallback];
        let numbers = numbers.into_iter().map(count);
        table.add_row([name.clone()].into_iter().chain(numbers));
    }
    table
}

fn skipped(out: &mut impl Write, skipped: &BTreeMap<&'static str, u64>) -> io::Result<()> {
    if skipped.is_empty() {
        return Ok(());
    }
    let mut table = table(["reason", "cases"]);
    for (reason, cases) in skipped {
        table.add_row([(*reason).to_owned(), count(*cases)]);
    }
    writeln!(out, "\nNot run, by reason\n{table}")
}

fn failures(out: &mut impl Write, failures: &[Failure]) -> io::Result<()> {
    for failure in failures.iter().take(MAX_FAILURES) {
        let at = failure.indexes;
        writeln!(
            out,
            "\nFAILED {}\n  test {}\n  fork {}, data {}, gas {}, value {}: {}\n    expected {}\n    found    {}",
            failure.file,
            failure.test,
            failure.fork,
            at.data,
            at.gas,
            at.value,
            failure.field,
            failure.expected,
            failure.found
        )?;
        for difference in &failure.differences {
            writeln!(out, "    {difference}")?;
        }
    }
    match failures.len().checked_sub(MAX_FAILURES) {
        Some(more) if more > 0 => writeln!(out, "\n{more} more failures"),
        _ => Ok(()),
    }
}

fn verdict(out: &mut impl Write, tally: &Tally, bad: usize) -> io::Result<()> {
    let ran = tally.passed + tally.failed;
    let skipped: u64 = tally.skipped.values().sum();
    let verdict = match tally.failed {
        0 => "passed".to_owned(),
        failed => format!("ran, FAILED: {}", count(failed)),
    };
    writeln!(
        out,
        "\n{} of {} cases {verdict}, {} not run, {:.1} s.",
        count(ran),
        count(tally.cases),
        count(skipped),
        tally.seconds
    )?;
    match bad {
        0 => Ok(()),
        count => writeln!(out, "Bad files, see the errors: {count}."),
    }
}
