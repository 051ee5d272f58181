//! AXI read master: takes bursts from `C` clients, one after the other, and gives the beats back.
//!
//! Rules of the strictest shell (AWS F2): whole 64-byte beats, INCR, a burst stays inside 4 KiB
//! (the clients split), never two bursts in flight with the same identifier (each client has its
//! own), at most 32 in flight (there are fewer identifiers than that).
//!
//! Latency: a request that is alone goes out one cycle after `req_valid`; a beat comes back one
//! cycle after the bus had it. `m_axi_rready` is always high: a client asks only for what it can
//! take. Arbitration: round robin. `halt` stops new bursts; `idle` says that none is in flight.
//! Reset: drops the request register; to be used only while `idle`.

use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;
use std::array::from_fn;

/// See the module.
#[derive(LogicBlock)]
pub struct ReadMaster<const C: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// Start no burst.
    pub halt: Signal<In, Bit>,
    /// No burst in flight.
    pub idle: Signal<Out, Bit>,
    /// A beat came with an error; one cycle.
    pub failed: Signal<Out, Bit>,
    /// A client has a burst.
    pub req_valid: [Signal<In, Bit>; C],
    /// It is taken.
    pub req_ready: [Signal<Out, Bit>; C],
    /// First byte, a multiple of 64.
    pub req_address: [Signal<In, Bits<64>>; C],
    /// Beats, 1 to 64.
    pub req_beats: [Signal<In, Bits<7>>; C],
    /// Identifier; not in flight.
    pub req_id: [Signal<In, Bits<6>>; C],
    /// A beat came.
    pub data_valid: Signal<Out, Bit>,
    /// Identifier of its burst.
    pub data_id: Signal<Out, Bits<6>>,
    /// The beat.
    pub data: Signal<Out, Word<512>>,
    /// The bus reported an error for it.
    pub data_error: Signal<Out, Bit>,
    /// It is the last of its burst.
    pub data_last: Signal<Out, Bit>,
    /// AXI AR.
    pub m_axi_arid: Signal<Out, Bits<6>>,
    /// AXI AR.
    pub m_axi_araddr: Signal<Out, Bits<64>>,
    /// AXI AR.
    pub m_axi_arlen: Signal<Out, Bits<8>>,
    /// AXI AR.
    pub m_axi_arsize: Signal<Out, Bits<3>>,
    /// AXI AR.
    pub m_axi_arburst: Signal<Out, Bits<2>>,
    /// AXI AR.
    pub m_axi_arvalid: Signal<Out, Bit>,
    /// AXI AR.
    pub m_axi_arready: Signal<In, Bit>,
    /// AXI R.
    pub m_axi_rid: Signal<In, Bits<6>>,
    /// AXI R.
    pub m_axi_rdata: Signal<In, Word<512>>,
    /// AXI R.
    pub m_axi_rresp: Signal<In, Bits<2>>,
    /// AXI R.
    pub m_axi_rlast: Signal<In, Bit>,
    /// AXI R.
    pub m_axi_rvalid: Signal<In, Bit>,
    /// AXI R.
    pub m_axi_rready: Signal<Out, Bit>,
    out_valid: DFF<Bit>,
    out_id: DFF<Bits<6>>,
    out_address: DFF<Bits<64>>,
    out_beats: DFF<Bits<7>>,
    in_valid: DFF<Bit>,
    in_id: DFF<Bits<6>>,
    in_data: DFF<Word<512>>,
    in_error: DFF<Bit>,
    in_last: DFF<Bit>,
    in_flight: DFF<Bits<6>>,
    turn: DFF<Bits<5>>,
    take: Signal<Local, Bit>,
    found: Signal<Local, Bit>,
    pick: Signal<Local, Bits<5>>,
    length: Signal<Local, Bits<7>>,
    ended: Signal<Local, Bit>,
}

impl<const C: usize> Default for ReadMaster<C> {
    fn default() -> Self {
        Self {
            clock: Signal::default(),
            reset: Signal::default(),
            halt: Signal::default(),
            idle: Signal::default(),
            failed: Signal::default(),
            req_valid: from_fn(|_| Signal::default()),
            req_ready: from_fn(|_| Signal::default()),
            req_address: from_fn(|_| Signal::default()),
            req_beats: from_fn(|_| Signal::default()),
            req_id: from_fn(|_| Signal::default()),
            data_valid: Signal::default(),
            data_id: Signal::default(),
            data: Signal::default(),
            data_error: Signal::default(),
            data_last: Signal::default(),
            m_axi_arid: Signal::default(),
            m_axi_araddr: Signal::default(),
            m_axi_arlen: Signal::default(),
            m_axi_arsize: Signal::default(),
            m_axi_arburst: Signal::default(),
            m_axi_arvalid: Signal::default(),
            m_axi_arready: Signal::default(),
            m_axi_rid: Signal::default(),
            m_axi_rdata: Signal::default(),
            m_axi_rresp: Signal::default(),
            m_axi_rlast: Signal::default(),
            m_axi_rvalid: Signal::default(),
            m_axi_rready: Signal::default(),
            out_valid: DFF::default(),
            out_id: DFF::default(),
            out_address: DFF::default(),
            out_beats: DFF::default(),
            in_valid: DFF::default(),
            in_id: DFF::default(),
            in_data: DFF::default(),
            in_error: DFF::default(),
            in_last: DFF::default(),
            in_flight: DFF::default(),
            turn: DFF::default(),
            take: Signal::default(),
            found: Signal::default(),
            pick: Signal::default(),
            length: Signal::default(),
            ended: Signal::default(),
        }
    }
}

impl<const C: usize> Logic for ReadMaster<C> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module read_master");
        dff_setup!(
            self,
            clock,
            out_valid,
            out_id,
            out_address,
            out_beats,
            turn,
            in_flight
        );
        dff_setup!(self, clock, in_valid, in_id, in_data, in_error, in_last);
        // Pick a client: the next after the last one served, else the first.
        self.found.next = false;
        self.pick.next = 0.into();
        for i in 1..C {
            if self.req_valid[i].val() & !self.found.val() & (i.to_bits::<5>() > self.turn.q.val())
            {
                self.found.next = true;
                self.pick.next = i.to_bits::<5>();
            }
        }
        for i in 0..C {
            if self.req_valid[i].val() & !self.found.val() {
                self.found.next = true;
                self.pick.next = i.to_bits::<5>();
            }
        }
        // The request register.
        self.take.next = self.found.val()
            & !self.halt.val()
            & (!self.out_valid.q.val() | self.m_axi_arready.val());
        if self.m_axi_arready.val() {
            self.out_valid.d.next = false;
        }
        for i in 0..C {
            self.req_ready[i].next = self.take.val() & (self.pick.val() == i.to_bits::<5>());
            if self.take.val() & (self.pick.val() == i.to_bits::<5>()) {
                self.out_id.d.next = self.req_id[i].val();
                self.out_address.d.next = self.req_address[i].val();
                self.out_beats.d.next = self.req_beats[i].val();
            }
        }
        if self.take.val() {
            self.out_valid.d.next = true;
            self.turn.d.next = self.pick.val();
        }
        self.length.next = self.out_beats.q.val() - 1;
        self.m_axi_arvalid.next = self.out_valid.q.val();
        self.m_axi_arid.next = self.out_id.q.val();
        self.m_axi_araddr.next = self.out_address.q.val();
        self.m_axi_arlen.next = bit_cast::<8, 7>(self.length.val());
        self.m_axi_arsize.next = 6.into();
        self.m_axi_arburst.next = 1.into();
        // Beats.
        self.m_axi_rready.next = true;
        self.in_valid.d.next = self.m_axi_rvalid.val();
        self.in_id.d.next = self.m_axi_rid.val();
        self.in_data.d.next = self.m_axi_rdata.val();
        self.in_error.d.next = self.m_axi_rresp.val().get_bit(1);
        self.in_last.d.next = self.m_axi_rlast.val();
        self.data_valid.next = self.in_valid.q.val();
        self.data_id.next = self.in_id.q.val();
        self.data.next = self.in_data.q.val();
        self.data_error.next = self.in_error.q.val();
        self.data_last.next = self.in_last.q.val();
        self.failed.next = self.in_valid.q.val() & self.in_error.q.val();
        // Bursts in flight, from the request register to the last beat handed on.
        self.ended.next = self.in_valid.q.val() & self.in_last.q.val();
        if self.take.val() & !self.ended.val() {
            self.in_flight.d.next = self.in_flight.q.val() + 1;
        }
        if self.ended.val() & !self.take.val() {
            self.in_flight.d.next = self.in_flight.q.val() - 1;
        }
        self.idle.next = self.in_flight.q.val() == 0;
        if self.reset.val() {
            self.out_valid.d.next = false;
            self.in_valid.d.next = false;
            self.in_flight.d.next = 0.into();
            self.turn.d.next = 0.into();
        }
    }
}
