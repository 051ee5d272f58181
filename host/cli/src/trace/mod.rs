//! `gasworks trace`, and `gasworks replay --trace`.

mod device;
mod line;
mod recorder;
mod shadow;
pub mod software;

use std::io;

use color_eyre::eyre::{Result, eyre};
use gasworks::{BlockReport, Bundle, Options, Replay, Venue};

use crate::Exit;
use crate::args::TraceArgs;

pub use device::TracedDevice;
#[cfg(feature = "sim")]
pub use recorder::Micro;
pub use recorder::{Recorder, SharedRecorder};

/// Prints the instructions of one transaction.
pub fn run(args: &TraceArgs) -> Result<Exit> {
    let bundle = Bundle::load(&args.bundle)?;
    let count = bundle.block.transactions.len();
    let place = format!("{}: block {}", bundle.name, bundle.block.number.0);
    if args.tx >= count {
        return Err(eyre!(
            "{place}: --tx {}: the block has {count} transactions, counted from 0",
            args.tx
        ));
    }
    let options = Options {
        spec: args.spec,
        seeds: args.seeds.into(),
        in_flight: Some(1),
        limit_txs: Some(args.tx + 1),
        ..Options::default()
    };
    let recorder = Recorder::single(io::stdout());
    recorder.borrow_mut().begin_block(&bundle, args.spec);
    let only = Some(args.tx as u32);
    let Some(mut device) = TracedDevice::open(&args.device, None, &recorder, only)? else {
        software::trace_one(&bundle, &options, &recorder, args.tx)?;
        recorder.borrow_mut().finish()?;
        return Ok(Exit::Success);
    };
    let done = Replay::run(&bundle, Some(&mut device), &options, |_| {});
    let differs = recorder.borrow_mut().finish()?;
    let report = done.map_err(|failure| failure.error)?;
    let is_equal = explain(&report, args.tx, &place);
    match is_equal && !differs {
        true => Ok(Exit::Success),
        false => Ok(Exit::Mismatch),
    }
}

/// Says on standard error where the trace ends before the transaction does, and what differs.
fn explain(report: &BlockReport, index: usize, place: &str) -> bool {
    let place = format!("{place}: transaction {index}");
    match report.transactions.get(index).map(|row| row.venue) {
        Some(Venue::Plain) => eprintln!("{place}: it runs no opcode"),
        Some(Venue::Fallback(reason)) => {
            eprintln!("{place}: the device gave it back ({reason}); the trace ends there");
        }
        _ => {}
    }
    for error in &report.device_errors {
        eprintln!("error: {place}: device: {error}");
    }
    for mismatch in &report.mismatch_details {
        eprintln!(
            "difference: {place}: {}\n  revm   {}\n  device {}",
            mismatch.field, mismatch.expected, mismatch.found
        );
    }
    report.device_errors.is_empty() && report.mismatch_details.is_empty()
}
