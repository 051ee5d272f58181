//! What is written to the banks of the memory: a stored word, a chunk of a copy, or zeros.
//!
//! Latency: the banks write in the cycle after `store_valid`, `chunk_valid` or `zero_valid`. One of
//! them at a time; none waits. A copy begins with `copy_start`; its chunks follow one another
//! upwards, or downwards if `backward`. Reset: nothing is written.

use super::align::{ReverseBytes, WriteAlign};
use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock, Default)]
pub struct Writer {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Signal<In, Bit>,
    /// Stores `value` at `address`.
    pub store_valid: Signal<In, Bit>,
    /// Only its lowest byte.
    pub store_byte: Signal<In, Bit>,
    /// What is stored, most significant byte first.
    pub value: Signal<In, Word<256>>,
    /// Where a store begins.
    pub address: Signal<In, Word<32>>,
    /// Where a copy begins.
    pub copy_address: Signal<In, Word<32>>,
    /// Row that these addresses and `zero_row` count from.
    pub first_row: Signal<In, Word<20>>,
    /// A copy begins.
    pub copy_start: Signal<In, Bit>,
    /// Its bytes.
    pub length: Signal<In, Word<32>>,
    /// Its last chunk comes first.
    pub backward: Signal<In, Bit>,
    /// A chunk of the copy.
    pub chunk_valid: Signal<In, Bit>,
    /// Its bytes, the first in `[7:0]`.
    pub chunk_data: Signal<In, Word<256>>,
    /// How many.
    pub chunk_bytes: Signal<In, Word<6>>,
    /// Clears 64 bytes.
    pub zero_valid: Signal<In, Bit>,
    /// Row of these 64 bytes in both banks.
    pub zero_row: Signal<In, Word<27>>,
    /// Spares the first 32.
    pub zero_upper: Signal<In, Bit>,
    /// Row of the even bank.
    pub even_row: Signal<Out, Word<20>>,
    /// Row of the odd bank.
    pub odd_row: Signal<Out, Word<20>>,
    /// To the banks.
    pub write_data: Signal<Out, Word<256>>,
    /// To the banks.
    pub even_enable: Signal<Out, Word<32>>,
    /// To the banks.
    pub odd_enable: Signal<Out, Word<32>>,
    place: DFF<Word<32>>,
    row_even: DFF<Word<20>>,
    row_odd: DFF<Word<20>>,
    data: DFF<Word<256>>,
    even: DFF<Word<32>>,
    odd: DFF<Word<32>>,
    align: WriteAlign,
    reverse: ReverseBytes,
    target: Signal<Local, Word<32>>,
    row: Signal<Local, Word<20>>,
    /// The even word is in the next row.
    step: Signal<Local, Word<20>>,
    last_offset: Signal<Local, Word<32>>,
}

impl Logic for Writer {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_writer");
        dff_setup!(self, clock, place, row_even, row_odd, data, even, odd);
        self.reverse.data.next = self.value.val();
        self.target.next = self.place.q.val();
        self.align.data.next = self.chunk_data.val();
        self.align.bytes.next = self.chunk_bytes.val();
        if self.store_valid.val() {
            self.target.next = self.address.val();
            self.align.data.next = self.reverse.reversed.val();
            self.align.bytes.next = 32.into();
            if self.store_byte.val() {
                self.align.data.next = self.value.val();
                self.align.bytes.next = 1.into();
            }
        }
        self.align.position.next = self.target.val().get_bits::<6>(0);
        self.even.d.next = 0.into();
        self.odd.d.next = 0.into();
        if self.store_valid.val() | self.chunk_valid.val() {
            self.data.d.next = self.align.row.val();
            self.even.d.next = self.align.even_enable.val();
            self.odd.d.next = self.align.odd_enable.val();
        }
        self.row.next = self.target.val().get_bits::<20>(6);
        self.step.next = 0.into();
        if self.target.val().get_bit(5) {
            self.step.next = 1.into();
        }
        if self.zero_valid.val() {
            self.row.next = self.zero_row.val().get_bits::<20>(0);
            self.step.next = 0.into();
            self.data.d.next = 0.into();
            self.odd.d.next = 0xffff_ffffu64.into();
            if !self.zero_upper.val() {
                self.even.d.next = 0xffff_ffffu64.into();
            }
        }
        self.row_odd.d.next = self.row.val() + self.first_row.val();
        self.row_even.d.next = (self.row.val() + self.first_row.val()) + self.step.val();
        if self.chunk_valid.val() {
            self.place.d.next = self.place.q.val() + 32;
            if self.backward.val() {
                self.place.d.next = self.place.q.val() - 32;
            }
        }
        self.last_offset.next = self.length.val() - 1;
        if self.copy_start.val() {
            self.place.d.next = self.copy_address.val();
            if self.backward.val() {
                self.place.d.next = self.copy_address.val()
                    + (bit_cast_word::<32, 27>(self.last_offset.val().get_bits::<27>(5)) << 5);
            }
        }
        if self.reset.val() {
            self.even.d.next = 0.into();
            self.odd.d.next = 0.into();
        }
        self.even_row.next = self.row_even.q.val();
        self.odd_row.next = self.row_odd.q.val();
        self.write_data.next = self.data.q.val();
        self.even_enable.next = self.even.q.val();
        self.odd_enable.next = self.odd.q.val();
    }
}
