//! Opens the simulated card.

use std::path::Path;

use alloy_primitives::U256;
use color_eyre::eyre::{Result, WrapErr as _};
use gasworks_sim::{SimDevice, SimOptions, Timing, TraceRecord};

use crate::args::DeviceArgs;
use crate::trace::Micro;

/// A card in the simulation.
pub type SimCard = SimDevice;

/// Generates, builds (or takes from the cache) and opens the card that the arguments describe.
///
/// # Errors
/// When one of these fails.
pub fn open(args: &DeviceArgs, wave: Option<&Path>) -> Result<SimCard> {
    let options = SimOptions {
        timing: Timing {
            seed: args.sim_seed,
            stall_per_1024: args.sim_stalls,
            ..Timing::default()
        },
        wave: wave.map(Path::to_owned),
        ..SimOptions::default()
    };
    let mut progress = |text: &str| eprintln!("{text} ...");
    let failed = || match wave {
        Some(_) => {
            "--device sim with --wave (a model with waves needs the headers of lz4 and zlib)"
        }
        None => "--device sim",
    };
    gasworks_sim::open(&args.config(), &options, &mut progress).wrap_err_with(failed)
}

/// Takes the micro-ops that retired since the last call.
pub fn take_micro_ops(card: &mut SimCard) -> Vec<Micro> {
    card.transport_mut()
        .take_trace()
        .iter()
        .map(micro)
        .collect()
}

fn micro(record: &TraceRecord) -> Micro {
    Micro {
        pc: record.pc,
        op: record.op,
        sp: record.sp,
        gas: record.gas,
        a: U256::from_limbs(record.a),
        b: U256::from_limbs(record.b),
        is_posted: record.posted != 0,
    }
}
