//! The table of every hart: entries, the index that leads to them, and the comparison of the entry
//! found with what is wanted.
//!
//! Entries of a hart lie in order of insertion. An index of twice as many slots (open addressing, next
//! slot on a clash) leads to them. A slot is in use when the entry that it names is below the hart's
//! count *and* names this slot back, so an empty table is a count of zero: nothing needs to be wiped
//! and nothing stale can be seen.
//!
//! Each strobe is one cycle: `fold` (or `advance`), `enter`, a cycle to compare, then `is_hit` and
//! `is_free` hold. After `insert` the entry is there a cycle later, then two cycles as after `enter`.
//! No reset; `clear` empties the table of a hart.
//! ```text
//! clock      _/‾\_/‾\_/‾\_/‾\_
//! fold       _/‾‾‾\___________   the slot is read
//! enter      _____/‾‾‾\_______   the entry that it names is read
//! present, … _________/‾‾‾‾‾‾‾   and compared, in pieces
//! is_hit, …  _____________/‾‾‾
//! ```

use gasworks_verilog::comment;
use gasworks_verilog::leaf::LutRam;
use gasworks_verilog::word::{Word, bit_cast_from_bits, bit_cast_to_bits, bit_cast_word};
use rust_hdl::prelude::*;

use super::pieces::Pieces;
use super::ram::TableRam;

/// Entries and index.
#[derive(LogicBlock, Default)]
pub struct Table {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Entries that a hart can have.
    pub capacity: Signal<In, Word<10>>,
    /// Slots of its index, less one.
    pub slot_mask: Signal<In, Word<10>>,
    /// Hart that is served.
    pub hart: Signal<In, Bits<2>>,
    /// Kind wanted: 0 storage, 1 transient, 2 account.
    pub kind: Signal<In, Word<2>>,
    /// Key wanted.
    pub key: Signal<In, Word<256>>,
    /// Account wanted; does not count for kind 2.
    pub account: Signal<In, Word<160>>,
    /// It, folded.
    pub account_fold: Signal<In, Word<10>>,
    /// The first slot of the key is read.
    pub fold: Signal<In, Bit>,
    /// The next slot is read.
    pub advance: Signal<In, Bit>,
    /// The entry that the slot names is read.
    pub enter: Signal<In, Bit>,
    /// A new entry is made for what is wanted, in the slot that was free.
    pub insert: Signal<In, Bit>,
    /// Its original value.
    pub new_original: Signal<In, Word<256>>,
    /// Marks of the entry that is made or changed: see `marks`.
    pub new_marks: Signal<In, Word<13>>,
    /// The entry's marks change.
    pub change: Signal<In, Bit>,
    /// The entry's value changes, or is made.
    pub write_present: Signal<In, Bit>,
    /// To this.
    pub new_present: Signal<In, Word<256>>,
    /// Entry `restore_index` gets its marks and value back.
    pub restore: Signal<In, Bit>,
    /// Which entry.
    pub restore_index: Signal<In, Word<9>>,
    /// Slot, kind and marks.
    pub restore_meta: Signal<In, Word<25>>,
    /// Entry `step` is shown instead of the one that was found.
    pub walk: Signal<In, Bit>,
    /// Which entry.
    pub step: Signal<In, Word<9>>,
    /// The table of the hart becomes empty.
    pub clear: Signal<In, Bit>,
    /// A value to compare.
    pub operand: Signal<In, Word<256>>,
    /// Entries of the hart.
    pub count: Signal<Out, Word<10>>,
    /// It has no room for another.
    pub is_full: Signal<Out, Bit>,
    /// The entry that was found is what is wanted.
    pub is_hit: Signal<Out, Bit>,
    /// The slot is free: there is none.
    pub is_free: Signal<Out, Bit>,
    /// Number of the entry.
    pub index: Signal<Out, Word<9>>,
    /// Its key.
    pub entry_key: Signal<Out, Word<256>>,
    /// Its account.
    pub entry_account: Signal<Out, Word<160>>,
    /// Its value.
    pub present: Signal<Out, Word<256>>,
    /// Its value at the start.
    pub original: Signal<Out, Word<256>>,
    /// Slot in `[9:0]`, kind in `[11:10]`, marks above.
    pub meta: Signal<Out, Word<25>>,
    /// Warm `[0]`, written `[1]`, seed `[2]`, its number `[11:3]`, callee known `[12]`.
    pub marks: Signal<Out, Word<13>>,
    /// Operand and value differ.
    pub changes: Signal<Out, Bit>,
    /// Value and original value are the same.
    pub is_first_change: Signal<Out, Bit>,
    /// Operand and original value are the same.
    pub is_reset: Signal<Out, Bit>,
    /// The operand is zero.
    pub operand_is_zero: Signal<Out, Bit>,
    /// The value is zero.
    pub present_is_zero: Signal<Out, Bit>,
    /// The original value is zero.
    pub original_is_zero: Signal<Out, Bit>,
    slot: DFF<Word<10>>,
    entry: DFF<Word<9>>,
    /// The slot names an entry below the count.
    is_counted: DFF<Bit>,
    /// The entry names the slot.
    is_backed: DFF<Bit>,
    // Comparisons in pieces of 16 bits: a bit is set where the pieces differ.
    key_differs: DFF<Word<16>>,
    account_differs: DFF<Word<10>>,
    operand_present: DFF<Word<16>>,
    present_original: DFF<Word<16>>,
    operand_original: DFF<Word<16>>,
    operand_some: DFF<Word<16>>,
    present_some: DFF<Word<16>>,
    original_some: DFF<Word<16>>,
    pieces: Pieces,
    counts: LutRam<Word<10>, 2>,
    // Entry of a slot. Address: hart in [1:0], slot above.
    pub(super) slots: TableRam<Word<9>, 12>,
    // Address in all of these: hart in [1:0], number of the entry above.
    pub(super) keys: TableRam<Word<256>, 11>,
    pub(super) accounts: TableRam<Word<160>, 11>,
    pub(super) presents: TableRam<Word<256>, 11>,
    pub(super) originals: TableRam<Word<256>, 11>,
    pub(super) metas: TableRam<Word<25>, 11>,
    folded: Signal<Local, Word<10>>,
    first_slot: Signal<Local, Word<10>>,
    next_slot: Signal<Local, Word<10>>,
    probe: Signal<Local, Word<10>>,
    probe_address: Signal<Local, Word<12>>,
    shown: Signal<Local, Word<9>>,
    address: Signal<Local, Bits<11>>,
    is_used: Signal<Local, Bit>,
    full: Signal<Local, Bit>,
}

impl Table {
    /// A table with `2^state_log2` entries per hart.
    #[must_use]
    pub fn new(state_log2: u32) -> Self {
        let entries = state_log2 + 2;
        Self {
            slots: TableRam::new(entries + 1),
            keys: TableRam::new(entries),
            accounts: TableRam::new(entries),
            presents: TableRam::new(entries),
            originals: TableRam::new(entries),
            metas: TableRam::new(entries),
            ..Self::default()
        }
    }
}

impl Logic for Table {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module state_table");
        dff_setup!(
            self,
            clock,
            slot,
            entry,
            is_counted,
            is_backed,
            key_differs,
            account_differs,
            operand_present,
            present_original,
            operand_original,
            operand_some,
            present_some,
            original_some
        );
        clock!(
            self, clock, counts, slots, keys, accounts, presents, originals, metas
        );

        self.counts.read_address.next = self.hart.val();
        self.counts.write_enable.next = self.insert.val() || self.clear.val();
        self.counts.write_address.next = self.hart.val();
        self.counts.write_data.next = self.counts.read_data.val() + 1;
        if self.clear.val() {
            self.counts.write_data.next = 0.into();
        }
        self.count.next = self.counts.read_data.val();
        self.full.next = self.counts.read_data.val() == self.capacity.val();
        self.is_full.next = self.full.val();

        // From the key to a slot.
        self.folded.next = (bit_cast_word::<10, 2>(self.kind.val()) << 3) ^ self.account_fold.val();
        for i in 0..26 {
            self.folded.next = self.folded.val() ^ self.key.val().get_bits::<10>(i * 10);
        }
        self.first_slot.next =
            (self.folded.val() ^ (self.folded.val() >> 5)) & self.slot_mask.val();
        self.next_slot.next = (self.slot.q.val() + 1) & self.slot_mask.val();
        self.probe.next = self.slot.q.val();
        if self.fold.val() {
            self.probe.next = self.first_slot.val();
            self.slot.d.next = self.first_slot.val();
        }
        // Whether this slot is in use is not known in time: the next one is read in any case.
        if self.advance.val() {
            self.slot.d.next = self.next_slot.val();
        }
        if !self.fold.val() && !self.insert.val() {
            self.probe.next = self.next_slot.val();
        }
        self.probe_address.next = (bit_cast_word::<12, 10>(self.probe.val()) << 2)
            | bit_cast_from_bits::<12, 2>(self.hart.val());
        self.slots.read_address.next = self.probe_address.val().into();
        self.slots.write_enable.next = self.insert.val();
        self.slots.write_address.next = self.probe_address.val().into();
        self.slots.write_data.next = self.counts.read_data.val().get_bits::<9>(0);

        // From the slot to an entry.
        self.shown.next = self.entry.q.val();
        if self.enter.val() {
            self.shown.next = self.slots.read_data.val();
            self.entry.d.next = self.slots.read_data.val();
            self.is_counted.d.next =
                bit_cast_word::<10, 9>(self.slots.read_data.val()) < self.counts.read_data.val();
        }
        if self.insert.val() {
            self.shown.next = self.counts.read_data.val().get_bits::<9>(0);
            self.entry.d.next = self.counts.read_data.val().get_bits::<9>(0);
            self.is_counted.d.next = true;
        }
        if self.restore.val() {
            self.shown.next = self.restore_index.val();
        }
        if self.walk.val() {
            self.shown.next = self.step.val();
        }
        self.address.next = bit_cast_to_bits::<11, 11>(
            (bit_cast_word::<11, 9>(self.shown.val()) << 2)
                | bit_cast_from_bits::<11, 2>(self.hart.val()),
        );
        self.keys.read_address.next = self.address.val();
        self.accounts.read_address.next = self.address.val();
        self.presents.read_address.next = self.address.val();
        self.originals.read_address.next = self.address.val();
        self.metas.read_address.next = self.address.val();
        self.index.next = self.entry.q.val();
        self.entry_key.next = self.keys.read_data.val();
        self.entry_account.next = self.accounts.read_data.val();
        self.present.next = self.presents.read_data.val();
        self.original.next = self.originals.read_data.val();
        self.meta.next = self.metas.read_data.val();
        self.marks.next = self.metas.read_data.val().get_bits::<13>(12);

        // Writes.
        self.keys.write_enable.next = self.insert.val();
        self.keys.write_address.next = self.address.val();
        self.keys.write_data.next = self.key.val();
        self.accounts.write_enable.next = self.insert.val();
        self.accounts.write_address.next = self.address.val();
        self.accounts.write_data.next = self.account.val();
        self.originals.write_enable.next = self.insert.val();
        self.originals.write_address.next = self.address.val();
        self.originals.write_data.next = self.new_original.val();
        self.presents.write_enable.next = self.write_present.val() || self.restore.val();
        self.presents.write_address.next = self.address.val();
        self.presents.write_data.next = self.new_present.val();
        self.metas.write_enable.next = self.insert.val() || self.change.val() || self.restore.val();
        self.metas.write_address.next = self.address.val();
        self.metas.write_data.next = bit_cast_word::<25, 10>(self.slot.q.val())
            | (bit_cast_word::<25, 2>(self.kind.val()) << 10)
            | (bit_cast_word::<25, 13>(self.new_marks.val()) << 12);
        if self.restore.val() {
            self.metas.write_data.next = self.restore_meta.val();
        }

        // Comparisons, in pieces.
        self.pieces.key.next = self.key.val();
        self.pieces.entry_key.next = self.keys.read_data.val();
        self.pieces.account.next = self.account.val();
        self.pieces.entry_account.next = self.accounts.read_data.val();
        self.pieces.new.next = self.operand.val();
        self.pieces.present.next = self.presents.read_data.val();
        self.pieces.original.next = self.originals.read_data.val();
        self.key_differs.d.next = self.pieces.key_differs.val();
        self.account_differs.d.next = self.pieces.account_differs.val();
        if self.kind.val() == 2 {
            self.account_differs.d.next = 0.into();
        }
        self.operand_present.d.next = self.pieces.new_present.val();
        self.present_original.d.next = self.pieces.present_original.val();
        self.operand_original.d.next = self.pieces.new_original.val();
        self.operand_some.d.next = self.pieces.new_some.val();
        self.present_some.d.next = self.pieces.present_some.val();
        self.original_some.d.next = self.pieces.original_some.val();
        self.is_backed.d.next = self.metas.read_data.val().get_bits::<10>(0) == self.slot.q.val();
        self.is_used.next = self.is_counted.q.val() && self.is_backed.q.val();
        self.is_free.next = !self.is_used.val();
        self.is_hit.next = self.is_used.val()
            && !self.key_differs.q.val().any()
            && !self.account_differs.q.val().any()
            && self.metas.read_data.val().get_bits::<2>(10) == self.kind.val();
        self.changes.next = self.operand_present.q.val().any();
        self.is_first_change.next = !self.present_original.q.val().any();
        self.is_reset.next = !self.operand_original.q.val().any();
        self.operand_is_zero.next = !self.operand_some.q.val().any();
        self.present_is_zero.next = !self.present_some.q.val().any();
        self.original_is_zero.next = !self.original_some.q.val().any();
    }
}
