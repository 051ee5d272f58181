//! From a configuration to a card that the driver can open.

use std::path::PathBuf;

use gasworks_abi::config::Config;
use gasworks_driver::{Arena, CardDevice, CardOptions, Iova};
use gasworks_hdl::generate_card;

use crate::SimError;
use crate::build::Source;
use crate::ffi::Timing;
use crate::ports::trace_ports;
use crate::transport::SimTransport;

/// Bytes of host memory that the card can reach.
const ARENA_BYTES: usize = 512 << 20;
/// Where the card sees that memory: above 4 GiB, so that address bits from 32 on are used.
const ARENA_BASE: Iova = Iova(0x12_0000_0000);

/// How a simulated card is made.
#[derive(Debug, Clone, Default)]
pub struct SimOptions {
    /// Behaviour of host memory and shell.
    pub timing: Timing,
    /// Wave file (FST) of the whole run; needs the lz4 headers and is slow.
    pub wave: Option<PathBuf>,
    /// Collect retired micro-ops from the start, see [`SimTransport::take_trace`].
    pub trace: bool,
    /// How the driver runs the card.
    pub driver: CardOptions,
}

/// A card that the driver drives in the simulation.
pub type SimDevice = CardDevice<SimTransport>;

/// The Verilog and C++ of a card.
///
/// # Errors
/// [`SimError::Generate`] when the configuration is not built.
pub fn source(config: &Config, wave: bool) -> Result<Source, SimError> {
    let card = generate_card(config)?;
    Ok(Source {
        memories: card.design.memories(),
        verilog: card.text,
        trace_ports: trace_ports(config.lanes),
        wave,
    })
}

/// Builds the card of a configuration (or takes it from the cache) and opens it.
/// `progress` is told about steps that take long.
///
/// # Errors
/// When the card cannot be generated, built, loaded or opened.
pub fn open(
    config: &Config,
    options: &SimOptions,
    progress: &mut dyn FnMut(&str),
) -> Result<SimDevice, SimError> {
    open_source(&source(config, options.wave.is_some())?, options, progress)
}

/// Builds a card from its source (or takes it from the cache) and opens it.
/// `progress` is told about steps that take long.
///
/// # Errors
/// When the card cannot be built, loaded or opened.
pub fn open_source(
    source: &Source,
    options: &SimOptions,
    progress: &mut dyn FnMut(&str),
) -> Result<SimDevice, SimError> {
    let model = source.model(progress)?;
    let arena = Arena::new(ARENA_BYTES, ARENA_BASE).map_err(gasworks_driver::DeviceError::from)?;
    let mut transport = SimTransport::new(&model, &options.timing, arena)?;
    if let Some(path) = &options.wave {
        transport.open_wave(path)?;
    }
    transport.trace(options.trace);
    Ok(CardDevice::open(transport, options.driver)?)
}
