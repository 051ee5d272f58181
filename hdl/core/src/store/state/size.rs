//! The size of the table, chosen when the block is made.

use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

/// Two constants as outputs, so that the unit around them needs no other parameter.
#[derive(LogicBlock)]
pub struct TableSize {
    /// Entries of a hart.
    pub capacity: Signal<Out, Word<10>>,
    /// Slots of a hart's index, less one: a mask.
    pub slot_mask: Signal<Out, Word<10>>,
    entries: Constant<Word<10>>,
    mask: Constant<Word<10>>,
}

impl TableSize {
    /// `2^state_log2` entries and twice as many slots.
    #[must_use]
    pub fn new(state_log2: u32) -> Self {
        Self {
            capacity: Signal::default(),
            slot_mask: Signal::default(),
            entries: Constant::new(Word::from(1u64 << state_log2)),
            mask: Constant::new(Word::from((2u64 << state_log2) - 1)),
        }
    }
}

impl Default for TableSize {
    /// The smallest table that the tests use.
    fn default() -> Self {
        Self::new(4)
    }
}

impl Logic for TableSize {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module table_size");
        self.capacity.next = self.entries.val();
        self.slot_mask.next = self.mask.val();
    }
}
