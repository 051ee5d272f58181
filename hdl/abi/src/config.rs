//! Everything that sizes the hardware.

/// Sizes of one card. Depths are powers of two and given as their logarithm where the RTL
/// uses them as address widths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Config {
    /// Name of the preset.
    pub name: &'static str,
    /// Pipelines on the card.
    pub lanes: u32,
    /// EVM contexts per lane; 1, 2 or 4.
    pub harts: u32,
    /// Slices of the 256-bit word: 1, 2, 4 or 8.
    pub slices: u32,
    /// log2 of the stack words of a hart, for all its frames together.
    pub stack_log2: u32,
    /// log2 of the memory of a hart in 32-byte words, for all its frames together.
    pub memory_words_log2: u32,
    /// log2 of the calldata buffer of a hart in 32-byte words.
    pub calldata_words_log2: u32,
    /// log2 of the code store of a lane in 64-byte lines (8 micro-ops each).
    pub code_lines_log2: u32,
    /// log2 of the constant store of a lane in 32-byte words.
    pub constants_log2: u32,
    /// log2 of the entries of a hart's state table.
    pub state_log2: u32,
    /// log2 of the call frames of a hart; 0: one frame, calls and creations escalate.
    pub frames_log2: u32,
    /// log2 of the return data buffer of a hart in 32-byte words.
    pub return_words_log2: u32,
    /// log2 of the entries of a hart's journal.
    pub journal_log2: u32,
}

impl Config {
    /// For unit tests: everything is small.
    pub const TINY: Self = Self {
        name: "tiny",
        lanes: 1,
        harts: 4,
        slices: 4,
        stack_log2: 6,
        memory_words_log2: 6,
        calldata_words_log2: 5,
        code_lines_log2: 8,
        constants_log2: 8,
        state_log2: 4,
        frames_log2: 2,
        return_words_log2: 4,
        journal_log2: 4,
    };
    /// For simulation: holds every transaction of the envelope table of WORKLOAD.md.
    pub const SIM: Self = Self {
        name: "sim",
        lanes: 1,
        harts: 4,
        slices: 4,
        stack_log2: 11,
        memory_words_log2: 13,
        calldata_words_log2: 12,
        code_lines_log2: 17,
        constants_log2: 16,
        state_log2: 9,
        frames_log2: 5,
        return_words_log2: 12,
        journal_log2: 12,
    };
    /// Fits one lane on an LFE5U-85F.
    pub const ECP5_85F: Self = Self {
        name: "ecp5-85f",
        lanes: 1,
        harts: 4,
        slices: 4,
        stack_log2: 7,
        memory_words_log2: 7,
        calldata_words_log2: 5,
        code_lines_log2: 9,
        constants_log2: 8,
        state_log2: 5,
        frames_log2: 2,
        return_words_log2: 5,
        journal_log2: 6,
    };
    /// For UltraScale+ cards.
    pub const USPLUS: Self = Self {
        name: "usplus",
        lanes: 4,
        harts: 4,
        slices: 2,
        stack_log2: 9,
        memory_words_log2: 11,
        calldata_words_log2: 9,
        code_lines_log2: 13,
        constants_log2: 12,
        state_log2: 8,
        frames_log2: 4,
        return_words_log2: 9,
        journal_log2: 9,
    };
    /// All presets.
    pub const PRESETS: [Self; 4] = [Self::TINY, Self::SIM, Self::ECP5_85F, Self::USPLUS];

    /// The preset of that name.
    #[must_use]
    pub fn preset(name: &str) -> Option<Self> {
        Self::PRESETS.into_iter().find(|preset| preset.name == name)
    }
    /// Stack words of a hart.
    #[must_use]
    pub const fn stack_words(&self) -> u32 {
        1 << self.stack_log2
    }
    /// Memory of a hart in bytes.
    #[must_use]
    pub const fn memory_bytes(&self) -> u32 {
        32 << self.memory_words_log2
    }
    /// Calldata buffer of a hart in bytes.
    #[must_use]
    pub const fn calldata_bytes(&self) -> u32 {
        32 << self.calldata_words_log2
    }
    /// Code store of a lane in bytes.
    #[must_use]
    pub const fn code_bytes(&self) -> u32 {
        64 << self.code_lines_log2
    }
    /// Constants of a lane, 32 bytes each.
    #[must_use]
    pub const fn constants(&self) -> u32 {
        1 << self.constants_log2
    }
    /// Entries of a hart's state table.
    #[must_use]
    pub const fn state_entries(&self) -> u32 {
        1 << self.state_log2
    }
    /// Call frames of a hart.
    #[must_use]
    pub const fn frames(&self) -> u32 {
        1 << self.frames_log2
    }
    /// Return data buffer of a hart in bytes.
    #[must_use]
    pub const fn return_bytes(&self) -> u32 {
        32 << self.return_words_log2
    }
    /// Entries of a hart's journal.
    #[must_use]
    pub const fn journal_entries(&self) -> u32 {
        1 << self.journal_log2
    }
    /// Harts on the card.
    #[must_use]
    pub const fn total_harts(&self) -> u32 {
        self.lanes * self.harts
    }
}
