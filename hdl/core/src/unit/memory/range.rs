//! A range of bytes for each of four harts: where it lies in the banks of the memory, and its length.
//!
//! Combinational reads: of `hart` for the unit, the length also of `shown_hart` for the lane. After
//! `start_valid` a range is empty until it is written; a write and the start of another hart may
//! come in one cycle, of the same hart they never do.

use gasworks_verilog::comment;
use gasworks_verilog::leaf::LutRam;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock, Default)]
pub struct Range {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// A transaction begins.
    pub start_valid: Signal<In, Bit>,
    /// On this hart.
    pub start_hart: Signal<In, Word<2>>,
    /// Hart that is served.
    pub hart: Signal<In, Word<2>>,
    /// Replaces its range.
    pub write: Signal<In, Bit>,
    /// First byte of the new one.
    pub new_place: Signal<In, Word<26>>,
    /// Its bytes.
    pub new_length: Signal<In, Word<25>>,
    /// First byte.
    pub place: Signal<Out, Word<26>>,
    /// Bytes.
    pub length: Signal<Out, Word<25>>,
    /// Hart whose length the lane reads.
    pub shown_hart: Signal<In, Word<2>>,
    /// That length.
    pub shown_length: Signal<Out, Word<25>>,
    places: LutRam<Word<26>, 2>,
    lengths: LutRam<Word<25>, 2>,
    shown_lengths: LutRam<Word<25>, 2>,
    /// One bit for each hart: it has no range.
    fresh: DFF<Word<4>>,
    one: Signal<Local, Word<4>>,
    start_bit: Signal<Local, Word<4>>,
    hart_bit: Signal<Local, Word<4>>,
    shown_bit: Signal<Local, Word<4>>,
    kept: Signal<Local, Word<4>>,
}

impl Logic for Range {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_range");
        dff_setup!(self, clock, fresh);
        clock!(self, clock, places, lengths, shown_lengths);
        self.one.next = 1.into();
        self.start_bit.next = self.one.val() << self.start_hart.val();
        self.hart_bit.next = self.one.val() << self.hart.val();
        self.shown_bit.next = self.one.val() << self.shown_hart.val();
        self.kept.next = self.fresh.q.val();
        if self.write.val() {
            self.kept.next = self.fresh.q.val() & (!self.hart_bit.val());
        }
        self.fresh.d.next = self.kept.val();
        if self.start_valid.val() {
            self.fresh.d.next = self.kept.val() | self.start_bit.val();
        }
        self.places.write_enable.next = self.write.val();
        self.places.write_address.next = self.hart.val().into();
        self.places.write_data.next = self.new_place.val();
        self.lengths.write_enable.next = self.write.val();
        self.lengths.write_address.next = self.hart.val().into();
        self.lengths.write_data.next = self.new_length.val();
        self.shown_lengths.write_enable.next = self.write.val();
        self.shown_lengths.write_address.next = self.hart.val().into();
        self.shown_lengths.write_data.next = self.new_length.val();
        self.places.read_address.next = self.hart.val().into();
        self.place.next = self.places.read_data.val();
        self.lengths.read_address.next = self.hart.val().into();
        self.length.next = self.lengths.read_data.val();
        if (self.fresh.q.val() & self.hart_bit.val()).any() {
            self.length.next = 0.into();
        }
        self.shown_lengths.read_address.next = self.shown_hart.val().into();
        self.shown_length.next = self.shown_lengths.read_data.val();
        if (self.fresh.q.val() & self.shown_bit.val()).any() {
            self.shown_length.next = 0.into();
        }
    }
}
