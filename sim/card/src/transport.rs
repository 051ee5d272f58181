//! The simulated card behind the driver's [`Transport`], in the same process.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use gasworks_driver::DeviceError;
use gasworks_driver::transport::{Arena, Transport};

use gasworks_verilog::PlacedMemory;

use crate::SimError;
use crate::ffi::{Model, Timing, TraceRecord};

/// Clock that simulated time is told in, in MHz. Cycle counts do not depend on it.
pub const CLOCK_MHZ: u64 = 200;

/// A simulated card and the memory that it shares with the driver.
pub struct SimTransport {
    // Dropped before the arena whose memory it uses.
    model: Model,
    arena: Arena,
}

impl SimTransport {
    /// Loads the model and connects it to `arena`.
    ///
    /// # Errors
    /// [`SimError::Load`] when the model cannot be loaded.
    pub fn new(model: &Path, timing: &Timing, arena: Arena) -> Result<Self, SimError> {
        let mut model = Model::open(model, timing)?;
        // SAFETY: the arena's mapping is valid for `len` bytes and lives as long as `self.arena`,
        // which is dropped after the model; the arena never makes references into it.
        unsafe { model.map(arena.as_mut_ptr(), arena.base().0, arena.len() as u64) };
        Ok(Self { model, arena })
    }

    /// Cycles since the start.
    #[must_use]
    pub fn cycles(&self) -> u64 {
        self.model.cycles()
    }

    /// Starts a wave file (FST); it is finished when the transport is dropped.
    ///
    /// # Errors
    /// [`SimError::Wave`] when the path cannot be written or the model was built without waves.
    pub fn open_wave(&mut self, path: &Path) -> Result<(), SimError> {
        self.model.wave_open(path)
    }

    /// Switches the collection of retired micro-ops; see [`SimTransport::take_trace`].
    pub fn trace(&mut self, on: bool) {
        self.model.trace_enable(on);
    }

    /// Takes the micro-ops that retired since the last call.
    pub fn take_trace(&mut self) -> Vec<TraceRecord> {
        self.model.trace_take()
    }

    /// Overwrites every word of a memory: with ones when `seed` is 0, else with random bits.
    ///
    /// # Errors
    /// [`SimError::Memory`] when the card has no such memory.
    pub fn poison(&mut self, memory: &PlacedMemory, seed: u64) -> Result<(), SimError> {
        self.model.poison(memory, seed)
    }

    /// Writes the line coverage so far.
    ///
    /// # Errors
    /// [`SimError::Coverage`] when it cannot be written.
    pub fn write_coverage(&self, path: &Path) -> Result<(), SimError> {
        self.model.coverage(path)
    }
}

/// Folder that takes the line coverage of every card that a process simulates.
const COVERAGE_FOLDER: &str = "GASWORKS_COVERAGE";
/// Cards that this process has simulated.
static CARDS: AtomicU32 = AtomicU32::new(0);

impl Drop for SimTransport {
    /// Leaves the line coverage in `GASWORKS_COVERAGE`, if that is set.
    fn drop(&mut self) {
        let Some(folder) = std::env::var_os(COVERAGE_FOLDER) else {
            return;
        };
        let card = CARDS.fetch_add(1, Ordering::Relaxed);
        let file = format!("{}-{card}.dat", std::process::id());
        if let Err(error) = self.write_coverage(&Path::new(&folder).join(file)) {
            eprintln!("{error}");
        }
    }
}

fn failed(action: &'static str) -> impl FnOnce(SimError) -> DeviceError {
    move |source| DeviceError::Transport {
        action,
        source: io::Error::other(source),
    }
}

impl Transport for SimTransport {
    fn name(&self) -> &'static str {
        "sim"
    }

    fn read_register(&mut self, offset: u16) -> Result<u32, DeviceError> {
        self.model
            .read(u32::from(offset))
            .map_err(failed("read a register"))
    }

    fn write_register(&mut self, offset: u16, value: u32) -> Result<(), DeviceError> {
        self.model
            .write(u32::from(offset), value)
            .map_err(failed("write a register"))
    }

    fn arena(&self) -> &Arena {
        &self.arena
    }

    fn wait(&mut self, limit_us: u64) -> Result<u64, DeviceError> {
        let limit = limit_us.max(1).saturating_mul(CLOCK_MHZ);
        let cycles = self
            .model
            .run(limit)
            .map_err(failed("run the simulation"))?;
        Ok((cycles / CLOCK_MHZ).max(1))
    }
}
