//! Sixteen submissions that were fetched and not yet looked at.
//!
//! The writer looks at `room` and never overruns it; the reader sees the oldest entry at once
//! (`out_valid`, `out_entry`). An entry written in one cycle is readable in the next.

use gasworks_verilog::comment;
use gasworks_verilog::leaf::LutRam;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock, Default)]
pub struct EntryFifo {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// Write an entry.
    pub in_valid: Signal<In, Bit>,
    /// The entry.
    pub in_entry: Signal<In, Word<512>>,
    /// Entries that may still be written.
    pub room: Signal<Out, Bits<7>>,
    /// An entry is there.
    pub out_valid: Signal<Out, Bit>,
    /// It is taken.
    pub out_ready: Signal<In, Bit>,
    /// The entry.
    pub out_entry: Signal<Out, Word<512>>,
    store: LutRam<Word<512>, 4>,
    head: DFF<Bits<5>>,
    tail: DFF<Bits<5>>,
    used: Signal<Local, Bits<5>>,
}

impl Logic for EntryFifo {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module entry_fifo");
        dff_setup!(self, clock, head, tail);
        self.used.next = self.tail.q.val() - self.head.q.val();
        self.room.next = bits::<7>(16) - bit_cast::<7, 5>(self.used.val());
        self.store.clock.next = self.clock.val();
        self.store.write_enable.next = self.in_valid.val();
        self.store.write_address.next = self.tail.q.val().get_bits::<4>(0);
        self.store.write_data.next = self.in_entry.val();
        self.store.read_address.next = self.head.q.val().get_bits::<4>(0);
        self.out_entry.next = self.store.read_data.val();
        self.out_valid.next = self.used.val() != 0;
        if self.in_valid.val() {
            self.tail.d.next = self.tail.q.val() + 1;
        }
        if (self.used.val() != 0) & self.out_ready.val() {
            self.head.d.next = self.head.q.val() + 1;
        }
        if self.reset.val() {
            self.head.d.next = 0.into();
            self.tail.d.next = 0.into();
        }
    }
}
