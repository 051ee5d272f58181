//! Opens devices.

use std::path::Path;
use std::thread;

use color_eyre::eyre::{Result, bail};
use gasworks_driver::{Device, Level};
use gasworks_iss::IssDevice;

use crate::args::{DeviceArgs, DeviceKind};

/// Opens a device; `None` stands for revm alone.
///
/// # Errors
/// When it cannot be built or opened, or the options do not fit it.
pub fn open(args: &DeviceArgs, wave: Option<&Path>) -> Result<Option<Box<dyn Device>>> {
    check(args, wave)?;
    Ok(match args.device {
        DeviceKind::Software => None,
        DeviceKind::Iss => Some(Box::new(IssDevice::new(args.config(), Level::Zero))),
        #[cfg(feature = "sim")]
        DeviceKind::Sim => Some(Box::new(crate::sim::open(args, wave)?)),
        #[cfg(not(feature = "sim"))]
        DeviceKind::Sim => return no_sim(),
    })
}

/// Refuses options that the device does not have.
///
/// # Errors
/// When there are some, or the simulated card is not in this build.
pub fn check(args: &DeviceArgs, wave: Option<&Path>) -> Result<()> {
    if wave.is_some() && args.device != DeviceKind::Sim {
        bail!("--wave: only --device sim has waves");
    }
    if cfg!(not(feature = "sim")) && args.device == DeviceKind::Sim {
        return no_sim();
    }
    Ok(())
}

/// Threads that have a device each, as wanted or as many as make sense: a simulated card has its own
/// model and its own memory.
pub fn jobs(wanted: Option<u32>, kind: DeviceKind) -> usize {
    match (wanted, kind) {
        (Some(jobs), _) => jobs as usize,
        (None, DeviceKind::Sim) => 1,
        (None, _) => thread::available_parallelism().map_or(1, usize::from),
    }
}

/// Says how to get the simulated card.
fn no_sim<T>() -> Result<T> {
    bail!(
        "--device sim: this gasworks was built without the simulated card; build it with \
         `cargo build --release --package gasworks-cli --features sim`"
    )
}
