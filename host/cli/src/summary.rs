//! The results of a replay as tables.

use std::io::{self, Write};

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use gasworks::{BlockReport, DEVICE_ERROR, Report, Totals, Venue};
use gasworks_abi::escalation::Escalation;

/// Most mismatches that are spelled out.
const MAX_DETAILS: usize = 20;

/// Prints everything; `bad` bundles could not be run, or not to their end.
///
/// # Errors
/// When the output cannot be written.
pub fn print(out: &mut impl Write, report: &Report, bad: usize) -> io::Result<()> {
    if report.blocks.is_empty() {
        return writeln!(out, "No block ran.");
    }
    match report.lanes {
        0 => writeln!(out, "Device software: revm alone")?,
        lanes => writeln!(
            out,
            "Device {}: {lanes} x {} harts, seeds {}",
            report.device, report.harts, report.blocks[0].seeds
        )?,
    }
    writeln!(out, "{}", blocks(report))?;
    if report.lanes > 0 {
        writeln!(out, "\nShare of the device\n{}", share(report))?;
        let reasons = report.total.fallback.iter();
        fallback(out, reasons.map(|(name, txs)| (name.as_str(), *txs)))?;
        timing(out, &report.total)?;
    }
    details(out, report)?;
    verdict(out, report, bad)
}

/// A table whose columns are right-aligned but for the first.
pub fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn blocks(report: &Report) -> Table {
    let mut table = table([
        "block", "fork", "txs", "plain", "device", "revm", "gas", "opcodes", "differ", "header",
        "ms", "revm ms",
    ]);
    for block in &report.blocks {
        table.add_row(row(&block.number.to_string(), &block.spec, &block.totals));
    }
    if report.blocks.len() > 1 {
        table.add_row(row("total", "", &report.total));
    }
    table
}

fn row(name: &str, spec: &str, totals: &Totals) -> [String; 12] {
    [
        name.to_owned(),
        spec.to_owned(),
        count(totals.txs),
        count(totals.plain),
        count(totals.card.txs),
        count(totals.txs - totals.plain - totals.card.txs),
        count(totals.gas_used),
        count(totals.opcodes),
        count(totals.mismatches),
        header(totals).to_owned(),
        format!("{:.1}", totals.wall_ms),
        format!("{:.1}", totals.revm_ms),
    ]
}

/// How the header compares.
fn header(totals: &Totals) -> &'static str {
    match (
        totals.gas_used_ok,
        totals.logs_bloom_ok,
        totals.receipts_root_ok,
    ) {
        (None, None, None) => "not checked",
        (Some(false), ..) => "gas differs",
        (_, Some(false), _) => "bloom differs",
        (.., Some(false)) => "root differs",
        _ => "equal",
    }
}

/// What ran code, and how much of it the device retired. Plain transfers run no code.
fn share(report: &Report) -> Table {
    let rows = report.blocks.iter().flat_map(|block| &block.transactions);
    let with_code = rows.filter(|row| row.venue != Venue::Plain);
    let (mut txs, mut gas) = (0, 0);
    for row in with_code {
        txs += 1;
        gas += row.gas;
    }
    let total = &report.total;
    let mut table = table(["of what runs code", "on the device", "of", "share"]);
    for (name, part, whole) in [
        ("transactions", total.card.txs, txs),
        ("gas", total.card.gas, gas),
        ("opcodes", total.card.opcodes, total.opcodes),
    ] {
        table.add_row([
            name.to_owned(),
            count(part),
            count(whole),
            percent(part, whole),
        ]);
    }
    table
}

/// Why transactions ran on revm.
///
/// # Errors
/// When the output cannot be written.
pub fn fallback<'a>(
    out: &mut impl Write,
    reasons: impl ExactSizeIterator<Item = (&'a str, u64)>,
) -> io::Result<()> {
    if reasons.len() == 0 {
        return Ok(());
    }
    let mut table = table(["reason", "txs", "what it means"]);
    if let Some(column) = table.column_mut(2) {
        column.set_cell_alignment(CellAlignment::Left);
    }
    for (reason, txs) in reasons {
        let known = Escalation::ALL.iter().find(|known| known.name() == reason);
        let meaning = match known {
            Some(known) => known.doc().trim(),
            None if reason == DEVICE_ERROR => "The device failed; see the errors.",
            None => "",
        };
        table.add_row([reason.to_owned(), count(txs), meaning.to_owned()]);
    }
    writeln!(out, "\nRun on revm, by reason\n{table}")
}

/// Cycles, what they went into, and time.
fn timing(out: &mut impl Write, total: &Totals) -> io::Result<()> {
    let card = &total.card;
    let mut rows = vec![
        ("micro-ops retired", count(card.micro_ops)),
        (
            "micro-ops of what was given back",
            count(total.escalated.micro_ops),
        ),
    ];
    if total.reruns > 0 {
        rows.push((
            "transactions run again after a conflict",
            count(total.reruns),
        ));
    }
    if card.cycles > 0 {
        rows.extend([
            ("lane cycles", count(card.cycles)),
            (
                "lane cycles of what was given back",
                count(total.escalated.cycles),
            ),
            (
                "CPI of a lane (lane cycles / instructions in them)",
                ratio(card.cycles, card.instructions),
            ),
            (
                "IPC of a lane (instructions / lane cycles)",
                ratio(card.instructions, card.cycles),
            ),
            ("hart cycles", count(card.hart_cycles)),
            ("hart cycles waiting for the host", count(card.host_cycles)),
            (
                "CPI of a hart (hart cycles / opcodes)",
                ratio(card.hart_cycles, card.opcodes),
            ),
            (
                "the same without waiting for the host",
                ratio(
                    card.hart_cycles.saturating_sub(card.host_cycles),
                    card.opcodes,
                ),
            ),
        ]);
    }
    rows.extend([
        ("time of the replay", format!("{:.1} ms", total.wall_ms)),
        ("time of revm alone", format!("{:.1} ms", total.revm_ms)),
    ]);
    let mut numbers = table(["work of the device", ""]);
    for (name, value) in rows {
        numbers.add_row([name.to_owned(), value]);
    }
    writeln!(out, "\n{numbers}")?;
    if card.stalls.is_empty() {
        return Ok(());
    }
    let mut stalls = table(["a lane issued nothing because of", "cycles", "share"]);
    let mut causes: Vec<_> = card.stalls.iter().collect();
    causes.sort_by_key(|(_, cycles)| std::cmp::Reverse(**cycles));
    for (cause, cycles) in causes {
        stalls.add_row([cause.clone(), count(*cycles), percent(*cycles, card.cycles)]);
    }
    writeln!(out, "\n{stalls}")
}

fn details(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let with_number = |block: &BlockReport| {
        block
            .mismatch_details
            .iter()
            .map(|m| (block.number, m.clone()))
            .collect::<Vec<_>>()
    };
    let all: Vec<_> = report.blocks.iter().flat_map(with_number).collect();
    for (block, mismatch) in all.iter().take(MAX_DETAILS) {
        writeln!(
            out,
            "\nblock {block}: transaction {} ({}): {}\n  revm   {}\n  device {}",
            mismatch.transaction, mismatch.hash, mismatch.field, mismatch.expected, mismatch.found
        )?;
    }
    match all.len().checked_sub(MAX_DETAILS) {
        Some(more) if more > 0 => writeln!(out, "\n{more} more differences")?,
        _ => {}
    }
    for block in report
        .blocks
        .iter()
        .filter(|block| !block.absent.is_empty())
    {
        writeln!(
            out,
            "\nblock {}: asked for and not in pre_state (they do not exist, or the bundle is incomplete):",
            block.number
        )?;
        for address in &block.absent {
            writeln!(out, "  {address}")?;
        }
    }
    Ok(())
}

fn verdict(out: &mut impl Write, report: &Report, bad: usize) -> io::Result<()> {
    let total = &report.total;
    let is_unchecked = |block: &&BlockReport| block.totals.gas_used_ok.is_none();
    let unchecked = report.blocks.iter().filter(is_unchecked).count();
    writeln!(out)?;
    match (total.is_ok(), unchecked) {
        (true, 0) => writeln!(
            out,
            "Every transaction equals revm, every block its header."
        )?,
        (true, count) => writeln!(
            out,
            "Every transaction equals revm. Headers not checked, since not all transactions ran: {count}."
        )?,
        (false, _) => writeln!(
            out,
            "DIFFERENT: {} transactions differ from revm; header: {}.",
            total.mismatches,
            header(total)
        )?,
    }
    match bad {
        0 => Ok(()),
        count => writeln!(out, "Bad bundles, see the errors: {count}."),
    }
}

/// A number with its thousands apart.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share in percent.
pub fn percent(part: u64, whole: u64) -> String {
    match whole {
        0 => "-".to_owned(),
        _ => format!("{:.1} %", part as f64 * 100.0 / whole as f64),
    }
}

fn ratio(part: u64, whole: u64) -> String {
    match whole {
        0 => "-".to_owned(),
        _ => format!("{:.3}", part as f64 / whole as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(12_345_678), "12,345,678");
    }

    #[test]
    fn nothing_of_nothing_has_no_share() {
        assert_eq!(percent(0, 0), "-");
        assert_eq!(ratio(1, 2), "0.500");
    }
}
