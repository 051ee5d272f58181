//! `gasworks replay`.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use color_eyre::eyre::{Report as Failure, Result};
use gasworks::{BlockReport, Bundle, Options, Replay, Report};
use gasworks_driver::Device;
use indicatif::{ProgressBar, ProgressStyle};

use crate::args::{ReplayArgs, ReportFormat};
use crate::trace::{Recorder, SharedRecorder, TracedDevice, software};
use crate::{Exit, complain, device, files, summary};

/// What executes, and whether it is watched.
struct Session {
    device: Option<Box<dyn Device>>,
    recorder: Option<SharedRecorder>,
    report: Report,
    /// Bundles that could not be run or not to their end.
    bad: usize,
}

/// Runs the bundles and prints the results, also when some bundles are bad.
pub fn run(args: &ReplayArgs) -> Result<Exit> {
    let paths = files::bundles(&args.paths)?;
    let mut session = Session::open(args)?;
    for path in &paths {
        if let Err(error) = session.replay(path, args) {
            complain(&error);
            session.bad += 1;
        }
    }
    session.print(args.report)?;
    session.finish()
}

impl Session {
    fn open(args: &ReplayArgs) -> Result<Self> {
        device::check(&args.device, args.wave.as_deref())?;
        if let Some(path) = &args.wave {
            files::create("--wave", path)?;
        }
        let recorder = match &args.trace {
            Some(path) => Some(Recorder::to(files::create("--trace", path)?)),
            None => None,
        };
        let wave = args.wave.as_deref();
        let device = match &recorder {
            Some(recorder) => TracedDevice::open(&args.device, wave, recorder, None)?
                .map(|device| Box::new(device) as Box<dyn Device>),
            None => device::open(&args.device, wave)?,
        };
        let sizes = device.as_ref().map(|device| *device.capabilities());
        let report = Report {
            device: device.as_ref().map_or("software", |d| d.name()).to_owned(),
            lanes: sizes.map_or(0, |sizes| sizes.lanes),
            harts: sizes.map_or(0, |sizes| sizes.harts),
            ..Report::default()
        };
        Ok(Self {
            device,
            recorder,
            report,
            bad: 0,
        })
    }

    /// Runs one bundle. What ran before it went wrong is in the report all the same.
    fn replay(&mut self, path: &Path, args: &ReplayArgs) -> Result<()> {
        let bundle = Bundle::load(path)?;
        let options = Options {
            spec: args.spec,
            seeds: args.seeds.into(),
            in_flight: match self.recorder {
                Some(_) => Some(1),
                None => args.in_flight.map(|count| count as usize),
            },
            limit_txs: args.limit_txs,
            ..Options::default()
        };
        if let Some(recorder) = &self.recorder {
            recorder.borrow_mut().begin_block(&bundle, args.spec);
        }
        let bar = progress_bar(&bundle);
        let device = self
            .device
            .as_mut()
            .map(|device| &mut **device as &mut dyn Device);
        let done = Replay::run(&bundle, device, &options, |progress| {
            bar.set_length(progress.total as u64);
            bar.set_position(progress.done as u64);
        });
        bar.finish_and_clear();
        let (report, failure) = match done {
            Ok(report) => (Some(report), None),
            Err(failure) => (
                failure.partial.map(|partial| *partial),
                Some(Failure::from(failure.error)),
            ),
        };
        if let Some(report) = report {
            self.push(report, path);
        }
        if let (Some(recorder), None) = (&self.recorder, &self.device) {
            software::trace_all(&bundle, &options, recorder)?;
        }
        failure.map_or(Ok(()), Err)
    }

    fn push(&mut self, block: BlockReport, path: &Path) {
        for error in &block.device_errors {
            eprintln!(
                "error: {}: block {}: device {}: {error}",
                path.display(),
                block.number,
                self.report.device
            );
        }
        self.report.push(block);
    }

    fn print(&self, format: ReportFormat) -> Result<()> {
        let mut out = io::stdout().lock();
        match format {
            ReportFormat::Json => {
                serde_json::to_writer_pretty(&mut out, &self.report)?;
                writeln!(out)?;
            }
            ReportFormat::Human => summary::print(&mut out, &self.report, self.bad)?,
        }
        Ok(())
    }

    /// The trace's end, and the exit code.
    fn finish(self) -> Result<Exit> {
        let differs = match &self.recorder {
            Some(recorder) => recorder.borrow_mut().finish()?,
            None => false,
        };
        let failed = self
            .report
            .blocks
            .iter()
            .any(|block| !block.device_errors.is_empty());
        Ok(if !self.report.total.is_ok() || failed || differs {
            Exit::Mismatch
        } else if self.bad > 0 {
            Exit::BadInput
        } else {
            Exit::Success
        })
    }
}

/// Shown on standard error while a block runs, if that is a terminal.
fn progress_bar(bundle: &Bundle) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = "block {prefix} {wide_bar} {pos}/{len} transactions, {elapsed}";
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(bundle.block.transactions.len() as u64)
        .with_style(style)
        .with_prefix(bundle.block.number.0.to_string())
}
