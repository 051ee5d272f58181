//! Writes the entries of a ring that the card fills: completions and requests.
//!
//! Gives entry number `n` its address `base + 64 * (n mod size)` and its phase bit (bit 0 of byte
//! 63): 1 in the first round, 0 in the second, and so on. While the ring is full (`head`, written
//! by the host, is a whole round behind) nothing passes. Combinational but for the count; `clear`
//! of the count only by reset.

use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_from_bits};
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock, Default)]
pub struct RingWriter {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// Address of entry 0.
    pub base: Signal<In, Bits<64>>,
    /// log2 of the number of entries.
    pub size_log2: Signal<In, Bits<4>>,
    /// Entries ever consumed by the host.
    pub head: Signal<In, Bits<16>>,
    /// An entry comes.
    pub in_valid: Signal<In, Bit>,
    /// It is taken.
    pub in_ready: Signal<Out, Bit>,
    /// The entry; its phase bit is zero.
    pub in_entry: Signal<In, Word<512>>,
    /// To the write client.
    pub out_valid: Signal<Out, Bit>,
    /// To the write client.
    pub out_ready: Signal<In, Bit>,
    /// To the write client.
    pub out_address: Signal<Out, Bits<64>>,
    /// To the write client.
    pub out_data: Signal<Out, Word<512>>,
    count: DFF<Bits<16>>,
    size: Signal<Local, Bits<16>>,
    used: Signal<Local, Bits<16>>,
    index: Signal<Local, Bits<16>>,
    round: Signal<Local, Bits<16>>,
    phase: Signal<Local, Bits<1>>,
    full: Signal<Local, Bit>,
}

impl Logic for RingWriter {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module ring_writer");
        dff_setup!(self, clock, count);
        self.size.next = bits::<16>(1) << self.size_log2.val();
        self.used.next = self.count.q.val() - self.head.val();
        self.full.next = self.used.val() >= self.size.val();
        self.index.next = self.count.q.val() & (self.size.val() - 1);
        self.round.next = self.count.q.val() >> self.size_log2.val();
        self.phase.next = 1.into();
        if self.round.val().get_bit(0) {
            self.phase.next = 0.into();
        }
        self.out_valid.next = self.in_valid.val() & !self.full.val();
        self.in_ready.next = self.out_ready.val() & !self.full.val();
        self.out_address.next = self.base.val() + (bit_cast::<64, 16>(self.index.val()) << 6);
        self.out_data.next =
            self.in_entry.val() | (bit_cast_from_bits::<512, 1>(self.phase.val()) << 504);
        if self.in_valid.val() & self.out_ready.val() & !self.full.val() {
            self.count.d.next = self.count.q.val() + 1;
        }
        if self.reset.val() {
            self.count.d.next = 0.into();
        }
    }
}
