//! `gasworks fuzz`.

use std::fs;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum as _;
use color_eyre::eyre::{Result, WrapErr as _};
use gasworks_fuzz::campaign::{Failure, Report};
use gasworks_fuzz::{Campaign, block};
use indicatif::{ProgressBar, ProgressStyle};

use crate::args::{FuzzArgs, ReportFormat};
use crate::summary::{count, fallback, percent};
use crate::{Exit, device};

/// Most differences that a case spells out.
const MAX_FAULTS: usize = 8;

/// Runs cases until the time is over, and writes those that differ.
pub fn run(args: &FuzzArgs) -> Result<Exit> {
    device::check(&args.device, None)?;
    let campaign = Campaign {
        seed: args.seed,
        time: Duration::from_secs(args.seconds),
        jobs: device::jobs(args.jobs, args.device.device),
        cases: args.cases.unwrap_or(u64::MAX),
        failures: args.failures as usize,
    };
    let bar = progress_bar(args);
    let open = || device::open(&args.device, None);
    let mut report = campaign.run(&open, &|report: &Report| {
        bar.set_position(report.cases);
        let (txs, failures) = (count(report.txs), report.failures.len());
        bar.set_message(format!("{txs} transactions, {failures} cases differ"));
    })?;
    bar.finish_and_clear();
    for failure in &mut report.failures {
        failure.bundle = Some(write(&args.out, report.seed, failure)?);
    }
    let mut out = io::stdout().lock();
    match args.report {
        ReportFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &report)?;
            writeln!(out)?;
        }
        ReportFormat::Human => print(&mut out, args, &report)?,
    }
    Ok(match report.failures.is_empty() {
        true => Exit::Success,
        false => Exit::Mismatch,
    })
}

/// Writes a case as a bundle and as a case; gives the path of the bundle.
fn write(folder: &Path, seed: u64, failure: &Failure) -> Result<PathBuf> {
    let unwritable = |path: &Path| format!("--out {}: cannot write", path.display());
    fs::create_dir_all(folder).wrap_err_with(|| unwritable(folder))?;
    let name = format!("{seed}-{}", failure.number);
    let (bundle, case) = (
        folder.join(format!("{name}.json")),
        folder.join(format!("{name}.case")),
    );
    let text = block::sealed(&failure.case)?.to_json();
    fs::write(&bundle, text).wrap_err_with(|| unwritable(&bundle))?;
    fs::write(&case, failure.case.to_json()).wrap_err_with(|| unwritable(&case))?;
    Ok(bundle)
}

fn print(out: &mut impl Write, args: &FuzzArgs, report: &Report) -> Result<()> {
    writeln!(
        out,
        "Seed {}: {} cases, {} programs, {} transactions, {} opcodes in {:.0} s.",
        report.seed,
        count(report.cases),
        count(report.programs),
        count(report.txs),
        count(report.opcodes),
        report.seconds
    )?;
    writeln!(
        out,
        "On the device: {} transactions ({} of those that ran code), {} opcodes ({}).",
        count(report.card_txs),
        percent(report.card_txs, report.txs - report.plain),
        count(report.card_opcodes),
        percent(report.card_opcodes, report.opcodes)
    )?;
    writeln!(
        out,
        "Ran no opcode: {}. Cases that an invalid transaction ended early: {}.",
        count(report.plain),
        count(report.stopped)
    )?;
    let reasons = report.fallback.iter();
    fallback(out, reasons.map(|(reason, txs)| (reason.as_str(), *txs)))?;
    for failure in &report.failures {
        differs(out, args, failure)?;
    }
    match report.failures.len() {
        0 => writeln!(out, "\nEvery transaction equals revm.")?,
        cases => writeln!(out, "\nDIFFERENT: {} cases.", cases)?,
    }
    Ok(())
}

fn differs(out: &mut impl Write, args: &FuzzArgs, failure: &Failure) -> io::Result<()> {
    writeln!(
        out,
        "\nDIFFERENT: case {}, {} instructions when made small",
        failure.number, failure.instructions
    )?;
    for fault in failure.faults.iter().take(MAX_FAULTS) {
        writeln!(out, "  {fault}")?;
    }
    let device = args.device.device.to_possible_value();
    let path = failure.bundle.as_deref().unwrap_or(Path::new(""));
    writeln!(
        out,
        "  gasworks replay {} --device {} --preset {} --seeds {}",
        path.display(),
        device.as_ref().map_or("", |value| value.get_name()),
        args.device.preset.name,
        failure.case.seeds.name().replace('_', "-")
    )
}

/// Shown on standard error, if that is a terminal.
fn progress_bar(args: &FuzzArgs) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = "{spinner} {pos} cases, {msg}, {elapsed}";
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(args.cases.unwrap_or(u64::MAX)).with_style(style)
}
