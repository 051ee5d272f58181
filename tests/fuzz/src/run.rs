//! Runs a case on a device and compares it with sequential revm.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use gasworks::{BlockReport, Options, Replay};
use gasworks_driver::Device;

use crate::block::bundle;
use crate::case::Case;

/// What came of a case.
#[derive(Debug)]
pub struct Ran {
    /// What the transactions did; none where none ran.
    pub report: Option<Box<BlockReport>>,
    /// Why the block ended early, if it did: one of its transactions is invalid where it stands.
    pub stopped: Option<String>,
    /// Everything that is wrong.
    pub faults: Vec<String>,
    /// The device is in a state that nobody knows.
    pub is_broken: bool,
}

impl Ran {
    /// True when something is wrong.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        !self.faults.is_empty()
    }
}

/// Runs a case as `gasworks replay` runs its bundle.
pub fn run(case: &Case, device: Option<&mut dyn Device>) -> Ran {
    let options = Options {
        seeds: case.seeds,
        ..Options::default()
    };
    let bundle = bundle(case);
    let done = catch_unwind(AssertUnwindSafe(|| {
        Replay::run(&bundle, device, &options, |_| ())
    }));
    let (report, stopped) = match done {
        Ok(Ok(report)) => (Some(Box::new(report)), None),
        Ok(Err(failure)) => (failure.partial, Some(failure.error.to_string())),
        Err(panic) => {
            return Ran {
                report: None,
                stopped: None,
                faults: vec![format!("panic: {}", said(&*panic))],
                is_broken: true,
            };
        }
    };
    let faults = report.iter().flat_map(|report| faults(report)).collect();
    Ran {
        is_broken: report.iter().any(|report| !report.device_errors.is_empty()),
        report,
        stopped,
        faults,
    }
}

fn faults(report: &BlockReport) -> Vec<String> {
    let differences = report.mismatch_details.iter().map(|it| {
        format!(
            "transaction {}: {}: revm {}, device {}",
            it.transaction, it.field, it.expected, it.found
        )
    });
    let errors = report.device_errors.iter();
    differences
        .chain(errors.map(|error| format!("device: {error}")))
        .collect()
}

/// What a panic says.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}
