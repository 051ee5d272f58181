//! Reads segments of host memory ahead and gives their beats in order.
//!
//! A segment is any number of beats at any address that is a multiple of 64; it is cut at 4 KiB.
//! Four bursts of up to 64 beats may be in flight, each with an identifier and a quarter of the
//! buffer of its own (identifiers `group * 4 + slot`), so they may come back in any order. The
//! buffer has room for every beat that was asked for.
//!
//! `out_valid`/`out_ready` give one beat per cycle. `out_error` is high with a beat when an error
//! has come for any beat of its burst so far; with the last beat of a burst it is complete.

use gasworks_verilog::comment;
use gasworks_verilog::leaf::Ram;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock, Default)]
pub struct BurstStream {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// Upper bits of its identifiers.
    pub group: Signal<In, Bits<4>>,
    /// A segment comes.
    pub segment_valid: Signal<In, Bit>,
    /// Taken.
    pub segment_ready: Signal<Out, Bit>,
    /// First byte, a multiple of 64.
    pub segment_address: Signal<In, Bits<64>>,
    /// Beats, at least 1.
    pub segment_beats: Signal<In, Bits<32>>,
    /// A beat goes.
    pub out_valid: Signal<Out, Bit>,
    /// Taken.
    pub out_ready: Signal<In, Bit>,
    /// The beat.
    pub out_data: Signal<Out, Word<512>>,
    /// An error came for its burst.
    pub out_error: Signal<Out, Bit>,
    /// To the read master.
    pub req_valid: Signal<Out, Bit>,
    /// To the read master.
    pub req_ready: Signal<In, Bit>,
    /// To the read master.
    pub req_address: Signal<Out, Bits<64>>,
    /// To the read master.
    pub req_beats: Signal<Out, Bits<7>>,
    /// To the read master.
    pub req_id: Signal<Out, Bits<6>>,
    /// From the read master: a beat of any client.
    pub data_valid: Signal<In, Bit>,
    /// From the read master.
    pub data_id: Signal<In, Bits<6>>,
    /// From the read master.
    pub data: Signal<In, Word<512>>,
    /// From the read master.
    pub data_error: Signal<In, Bit>,
    busy: DFF<Bit>,
    address: DFF<Bits<64>>,
    left: DFF<Bits<32>>,
    /// Bursts asked for and bursts used up, modulo 8.
    asked: DFF<Bits<3>>,
    used: DFF<Bits<3>>,
    length: [DFF<Bits<7>>; 4],
    written: [DFF<Bits<7>>; 4],
    error: [DFF<Bit>; 4],
    buffer: Ram<Word<512>, 8>,
    index: DFF<Bits<6>>,
    valid: DFF<Bit>,
    to_page: Signal<Local, Bits<7>>,
    beats: Signal<Local, Bits<7>>,
    in_use: Signal<Local, Bits<3>>,
    room: Signal<Local, Bit>,
    mine: Signal<Local, Bit>,
    write_index: Signal<Local, Bits<6>>,
    this_length: Signal<Local, Bits<7>>,
    next_index: Signal<Local, Bits<6>>,
    next_used: Signal<Local, Bits<3>>,
    next_written: Signal<Local, Bits<7>>,
}

impl Logic for BurstStream {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module burst_stream");
        dff_setup!(self, clock, busy, address, left, asked, used, index, valid);
        for i in 0..4 {
            self.length[i].clock.next = self.clock.val();
            self.length[i].d.next = self.length[i].q.val();
            self.written[i].clock.next = self.clock.val();
            self.written[i].d.next = self.written[i].q.val();
            self.error[i].clock.next = self.clock.val();
            self.error[i].d.next = self.error[i].q.val();
        }
        // Segments become bursts.
        self.segment_ready.next = !self.busy.q.val();
        if self.segment_valid.val() & !self.busy.q.val() {
            self.busy.d.next = true;
            self.address.d.next = self.segment_address.val();
            self.left.d.next = self.segment_beats.val();
        }
        self.to_page.next = bit_cast::<7, 6>(self.address.q.val().get_bits::<6>(6));
        self.to_page.next = bits::<7>(64) - self.to_page.val();
        self.beats.next = self.to_page.val();
        if self.left.q.val() < bit_cast::<32, 7>(self.to_page.val()) {
            self.beats.next = self.left.q.val().get_bits::<7>(0);
        }
        self.in_use.next = self.asked.q.val() - self.used.q.val();
        self.room.next = !self.in_use.val().get_bit(2);
        self.req_valid.next = self.busy.q.val() & self.room.val();
        self.req_address.next = self.address.q.val();
        self.req_beats.next = self.beats.val();
        self.req_id.next = (bit_cast::<6, 4>(self.group.val()) << 2)
            | bit_cast::<6, 2>(self.asked.q.val().get_bits::<2>(0));
        // Beats are stored.
        self.mine.next =
            self.data_valid.val() & (self.data_id.val().get_bits::<4>(2) == self.group.val());
        self.write_index.next = 0.into();
        for i in 0..4 {
            if self.data_id.val().get_bits::<2>(0) == i.to_bits::<2>() {
                self.write_index.next = self.written[i].q.val().get_bits::<6>(0);
                if self.mine.val() {
                    self.written[i].d.next = self.written[i].q.val() + 1;
                    self.error[i].d.next = self.error[i].q.val() | self.data_error.val();
                }
            }
        }
        // Beats are given out: `used` and `index` name the beat at the output of the buffer.
        self.this_length.next = 0.into();
        self.out_error.next = false;
        for i in 0..4 {
            if self.used.q.val().get_bits::<2>(0) == i.to_bits::<2>() {
                self.this_length.next = self.length[i].q.val();
                self.out_error.next = self.error[i].q.val();
            }
        }
        self.next_index.next = self.index.q.val();
        self.next_used.next = self.used.q.val();
        if self.valid.q.val() & self.out_ready.val() {
            self.next_index.next = self.index.q.val() + 1;
            if (bit_cast::<7, 6>(self.index.q.val()) + 1) == self.this_length.val() {
                self.next_index.next = 0.into();
                self.next_used.next = self.used.q.val() + 1;
                for i in 0..4 {
                    if self.used.q.val().get_bits::<2>(0) == i.to_bits::<2>() {
                        self.written[i].d.next = 0.into();
                        self.error[i].d.next = false;
                    }
                }
            }
        }
        self.next_written.next = 0.into();
        for i in 0..4 {
            if self.next_used.val().get_bits::<2>(0) == i.to_bits::<2>() {
                self.next_written.next = self.written[i].q.val();
            }
        }
        self.index.d.next = self.next_index.val();
        self.used.d.next = self.next_used.val();
        self.valid.d.next = (self.next_used.val() != self.asked.q.val())
            & (bit_cast::<7, 6>(self.next_index.val()) < self.next_written.val());
        self.out_valid.next = self.valid.q.val();
        self.out_data.next = self.buffer.read_data.val();
        self.buffer.clock.next = self.clock.val();
        self.buffer.read_address.next = (bit_cast::<8, 2>(self.next_used.val().get_bits::<2>(0))
            << 6)
            | bit_cast::<8, 6>(self.next_index.val());
        self.buffer.write_address.next = (bit_cast::<8, 2>(self.data_id.val().get_bits::<2>(0))
            << 6)
            | bit_cast::<8, 6>(self.write_index.val());
        self.buffer.write_enable.next = self.mine.val();
        self.buffer.write_data.next = self.data.val();
        // A burst goes out; its slot was emptied before.
        if self.busy.q.val() & self.room.val() & self.req_ready.val() {
            self.asked.d.next = self.asked.q.val() + 1;
            self.left.d.next = self.left.q.val() - bit_cast::<32, 7>(self.beats.val());
            self.address.d.next = self.address.q.val() + (bit_cast::<64, 7>(self.beats.val()) << 6);
            self.busy.d.next = self.left.q.val() != bit_cast::<32, 7>(self.beats.val());
            for i in 0..4 {
                if self.asked.q.val().get_bits::<2>(0) == i.to_bits::<2>() {
                    self.length[i].d.next = self.beats.val();
                }
            }
        }
        if self.reset.val() {
            self.busy.d.next = false;
            self.asked.d.next = 0.into();
            self.used.d.next = 0.into();
            self.index.d.next = 0.into();
            self.valid.d.next = false;
            for i in 0..4 {
                self.written[i].d.next = 0.into();
                self.error[i].d.next = false;
            }
        }
    }
}
