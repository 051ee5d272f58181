//! The link to a card. This folder is the only place of the driver with `unsafe`.

mod arena;
pub mod barrier;

pub use arena::{Arena, Iova, Region};

use gasworks_abi::regs::{Readable, Writable};

use crate::error::DeviceError;

/// The link to a card: its registers and the memory that both sides reach.
///
/// A transport over a simulated card lives in the same process and has no clock of its own: the
/// card advances inside [`Transport::wait`] (and, as far as needed, inside register accesses).
pub trait Transport {
    /// Name for reports: `sim`, `vfio`.
    fn name(&self) -> &'static str;

    /// Reads the 32-bit register at a byte offset in BAR0.
    ///
    /// # Errors
    /// When the link fails.
    fn read_register(&mut self, offset: u16) -> Result<u32, DeviceError>;

    /// Writes the 32-bit register at a byte offset in BAR0. Posted: a later read flushes it.
    ///
    /// # Errors
    /// When the link fails.
    fn write_register(&mut self, offset: u16, value: u32) -> Result<(), DeviceError>;

    /// The host memory that the card can reach. Cheap to clone; the transport keeps its own clone.
    fn arena(&self) -> &Arena;

    /// Lets the card run until it raises an enabled interrupt (completion, request, fault) or
    /// `limit_us` of the card's own time have passed. May return earlier. Returns the time that
    /// has passed, in microseconds of the card's clock, at least 1.
    ///
    /// # Errors
    /// When the link or the simulation fails.
    fn wait(&mut self, limit_us: u64) -> Result<u64, DeviceError>;
}

/// Typed register access over any [`Transport`].
pub trait Registers: Transport {
    /// Reads `R`.
    ///
    /// # Errors
    /// When the link fails.
    fn read<R: Readable>(&mut self) -> Result<u32, DeviceError> {
        self.read_register(R::INFO.offset)
    }
    /// Writes `R`.
    ///
    /// # Errors
    /// When the link fails.
    fn write<R: Writable>(&mut self, value: u32) -> Result<(), DeviceError> {
        self.write_register(R::INFO.offset, value)
    }
}
impl<T: Transport + ?Sized> Registers for T {}
