//! The sizes of table and journal, chosen when the block is made.

use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

/// Constants as outputs, so that the unit around them needs no other parameter.
#[derive(LogicBlock)]
pub struct TableSize {
    /// Entries of a hart.
    pub capacity: Signal<Out, Word<10>>,
    /// Slots of a hart's index, less one: a mask.
    pub slot_mask: Signal<Out, Word<10>>,
    /// Entries of a hart's journal.
    pub journal: Signal<Out, Word<13>>,
    entries: Constant<Word<10>>,
    mask: Constant<Word<10>>,
    saved: Constant<Word<13>>,
}

impl TableSize {
    /// `2^state_log2` entries, twice as many slots, `2^journal_log2` saved entries.
    #[must_use]
    pub fn new(state_log2: u32, journal_log2: u32) -> Self {
        Self {
            capacity: Signal::default(),
            slot_mask: Signal::default(),
            journal: Signal::default(),
            entries: Constant::new(Word::from(1u64 << state_log2)),
            mask: Constant::new(Word::from((2u64 << state_log2) - 1)),
            saved: Constant::new(Word::from(1u64 << journal_log2)),
        }
    }
}

impl Default for TableSize {
    /// The smallest table that the tests use.
    fn default() -> Self {
        Self::new(4, 4)
    }
}

impl Logic for TableSize {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module table_size");
        self.capacity.next = self.entries.val();
        self.slot_mask.next = self.mask.val();
        self.journal.next = self.saved.val();
    }
}
