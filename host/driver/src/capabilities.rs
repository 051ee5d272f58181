//! What a card can do, read once when it is opened.

use gasworks_abi::{ABI_VERSION, config::Config, fork::Fork, regs};

use crate::error::DeviceError;
use crate::transport::{Registers, Transport};

/// Largest count of lanes, harts or the like that a card may claim: guards against a card that
/// reads as garbage.
const MAX_UNITS: u32 = 256;
/// The same for sizes.
const MAX_SIZE: u32 = 1 << 26;
/// Calls nest 1,024 deep at most, below the first frame (Yellow Paper 8).
const MAX_FRAMES: u32 = 1024;

/// Identity and sizes of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Contract version, major in `[31:16]`, minor in `[15:0]`.
    pub abi_version: u32,
    /// First 32 bits of the SHA-256 of the generated Verilog; zero for a device without RTL.
    pub build_hash: u32,
    /// Bit `n` for each [`Fork`] with that number that the device runs.
    pub forks: u32,
    /// Lanes.
    pub lanes: u32,
    /// Harts of a lane.
    pub harts: u32,
    /// Stack words of a hart.
    pub stack_words: u32,
    /// Memory of a hart in bytes.
    pub memory_bytes: u32,
    /// Calldata buffer of a hart in bytes.
    pub calldata_bytes: u32,
    /// Code store in 64-byte lines.
    pub code_lines: u32,
    /// Constant store in 32-byte words.
    pub constants: u32,
    /// Entries of a hart's state table.
    pub state_entries: u32,
    /// Slices of the 256-bit word.
    pub slices: u32,
    /// Call frames of a hart; 1: calls and creations escalate.
    pub frames: u32,
    /// Return data buffer of a hart in bytes.
    pub return_bytes: u32,
    /// Entries of a hart's journal.
    pub journal_entries: u32,
}

impl Capabilities {
    /// Those that a configuration gives.
    #[must_use]
    pub fn from_config(config: &Config) -> Self {
        Self {
            abi_version: ABI_VERSION,
            build_hash: 0,
            forks: Fork::ALL
                .iter()
                .fold(0, |bits, fork| bits | 1 << *fork as u8),
            lanes: config.lanes,
            harts: config.harts,
            stack_words: config.stack_words(),
            memory_bytes: config.memory_bytes(),
            calldata_bytes: config.calldata_bytes(),
            code_lines: 1 << config.code_lines_log2,
            constants: config.constants(),
            state_entries: config.state_entries(),
            slices: config.slices,
            frames: config.frames(),
            return_bytes: config.return_bytes(),
            journal_entries: config.journal_entries(),
        }
    }

    /// Reads them from a card: identity, contract version and build hash before anything else.
    ///
    /// # Errors
    /// When it is no Gasworks card, speaks another major version of the contract, or claims sizes
    /// that no card has.
    pub fn read(transport: &mut impl Transport) -> Result<Self, DeviceError> {
        let id = transport.read::<regs::Id>()?;
        if id != regs::Id::INFO.reset {
            return Err(DeviceError::NotACard {
                expected: regs::Id::INFO.reset,
                found: id,
            });
        }
        let abi_version = transport.read::<regs::AbiVersion>()?;
        if abi_version >> 16 != ABI_VERSION >> 16 {
            return Err(DeviceError::AbiMismatch {
                host: ABI_VERSION,
                device: abi_version,
            });
        }
        let capabilities = Self {
            abi_version,
            build_hash: transport.read::<regs::BuildHash>()?,
            forks: transport.read::<regs::Forks>()?,
            lanes: transport.read::<regs::Lanes>()?,
            harts: transport.read::<regs::HartsPerLane>()?,
            stack_words: transport.read::<regs::StackWords>()?,
            memory_bytes: transport.read::<regs::MemoryBytes>()?,
            calldata_bytes: transport.read::<regs::CalldataBytes>()?,
            code_lines: transport.read::<regs::CodeLines>()?,
            constants: transport.read::<regs::Constants>()?,
            state_entries: transport.read::<regs::StateEntries>()?,
            slices: transport.read::<regs::Slices>()?,
            frames: transport.read::<regs::Frames>()?,
            return_bytes: transport.read::<regs::ReturnBytes>()?,
            journal_entries: transport.read::<regs::JournalEntries>()?,
        };
        capabilities.check()?;
        Ok(capabilities)
    }

    fn check(&self) -> Result<(), DeviceError> {
        let rows = [
            ("lanes", self.lanes, 1, MAX_UNITS),
            ("harts", self.harts, 1, MAX_UNITS),
            ("code lines", self.code_lines, 1, MAX_SIZE),
            ("stack words", self.stack_words, 1, MAX_SIZE),
            ("memory bytes", self.memory_bytes, 0, MAX_SIZE),
            ("state entries", self.state_entries, 1, MAX_SIZE),
            ("frames", self.frames, 1, MAX_FRAMES),
            ("return bytes", self.return_bytes, 0, MAX_SIZE),
            // A frame that undoes nothing is no frame.
            (
                "journal entries",
                self.journal_entries,
                u32::from(self.has_calls()),
                MAX_SIZE,
            ),
        ];
        let bad = |row: &&(_, u32, u32, u32)| !(row.2..=row.3).contains(&row.1);
        match rows.iter().find(bad) {
            Some(&(name, value, ..)) => Err(DeviceError::BadCapability { name, value }),
            None => Ok(()),
        }
    }

    /// True when harts have frames to call into.
    #[must_use]
    pub fn has_calls(&self) -> bool {
        self.frames > 1
    }

    /// True when the device runs the fork.
    #[must_use]
    pub fn runs(&self, fork: Fork) -> bool {
        self.forks >> fork as u8 & 1 == 1
    }

    /// Harts of the whole device: transactions that it can run at once.
    #[must_use]
    pub fn total_harts(&self) -> u32 {
        self.lanes * self.harts
    }
}
