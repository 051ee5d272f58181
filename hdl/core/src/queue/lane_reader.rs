//! Read channel of a lane: cuts a read of up to 256 beats at 4 KiB and asks for one piece after the
//! other.
//!
//! `read_ready` is high while nothing is being read. Beats come back in order and are given on at
//! once, without back-pressure. The next piece is asked for when the last beat of the piece before
//! has come. Reset: forgets the read.

use gasworks_verilog::comment;
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock, Default)]
pub struct LaneReader {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// Identifier of its bursts.
    pub id: Signal<In, Bits<6>>,
    /// The lane wants to read.
    pub read_valid: Signal<In, Bit>,
    /// Taken.
    pub read_ready: Signal<Out, Bit>,
    /// First byte, a multiple of 64.
    pub read_address: Signal<In, Bits<64>>,
    /// Beats, 1 to 256.
    pub read_beats: Signal<In, Bits<16>>,
    /// A beat for the lane.
    pub rdata_valid: Signal<Out, Bit>,
    /// To the read master.
    pub req_valid: Signal<Out, Bit>,
    /// To the read master.
    pub req_ready: Signal<In, Bit>,
    /// To the read master.
    pub req_address: Signal<Out, Bits<64>>,
    /// To the read master.
    pub req_beats: Signal<Out, Bits<7>>,
    /// From the read master: a beat of any client.
    pub data_valid: Signal<In, Bit>,
    /// From the read master.
    pub data_id: Signal<In, Bits<6>>,
    /// From the read master.
    pub data_last: Signal<In, Bit>,
    asking: DFF<Bit>,
    waiting: DFF<Bit>,
    address: DFF<Bits<64>>,
    left: DFF<Bits<16>>,
    to_page: Signal<Local, Bits<7>>,
    beats: Signal<Local, Bits<7>>,
    mine: Signal<Local, Bit>,
}

impl Logic for LaneReader {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module lane_reader");
        dff_setup!(self, clock, asking, waiting, address, left);
        self.read_ready.next = !self.asking.q.val() & !self.waiting.q.val();
        if self.read_valid.val() & !self.asking.q.val() & !self.waiting.q.val() {
            self.asking.d.next = self.read_beats.val() != 0;
            self.address.d.next = self.read_address.val();
            self.left.d.next = self.read_beats.val();
        }
        // A piece ends at the next multiple of 4 KiB.
        self.to_page.next = bit_cast::<7, 6>(self.address.q.val().get_bits::<6>(6));
        self.to_page.next = bits::<7>(64) - self.to_page.val();
        self.beats.next = self.to_page.val();
        if self.left.q.val() < bit_cast::<16, 7>(self.to_page.val()) {
            self.beats.next = self.left.q.val().get_bits::<7>(0);
        }
        self.req_valid.next = self.asking.q.val();
        self.req_address.next = self.address.q.val();
        self.req_beats.next = self.beats.val();
        if self.asking.q.val() & self.req_ready.val() {
            self.asking.d.next = false;
            self.waiting.d.next = true;
            self.left.d.next = self.left.q.val() - bit_cast::<16, 7>(self.beats.val());
            self.address.d.next = self.address.q.val() + (bit_cast::<64, 7>(self.beats.val()) << 6);
        }
        self.mine.next = self.data_valid.val() & (self.data_id.val() == self.id.val());
        self.rdata_valid.next = self.mine.val();
        if self.mine.val() & self.data_last.val() {
            self.waiting.d.next = false;
            self.asking.d.next = self.left.q.val() != 0;
        }
        if self.reset.val() {
            self.asking.d.next = false;
            self.waiting.d.next = false;
        }
    }
}
