//! AXI write master: takes single beats from `C` clients, one after the other, and tells them when
//! the bus has acknowledged them.
//!
//! Every write is one whole 64-byte beat with all strobes set and the identifier of its client, so
//! the writes of a client are acknowledged in order. Address and data of a beat are offered together; the next beat
//! is taken when both channels have moved. One beat per cycle at best. Arbitration: round robin.
//! `halt` stops new beats; `idle` says that none is in flight. Reset: only while `idle`.

use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;
use std::array::from_fn;

/// See the module.
#[derive(LogicBlock)]
pub struct WriteMaster<const C: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// Start no write.
    pub halt: Signal<In, Bit>,
    /// No write in flight.
    pub idle: Signal<Out, Bit>,
    /// A client has a beat.
    pub req_valid: [Signal<In, Bit>; C],
    /// It is taken.
    pub req_ready: [Signal<Out, Bit>; C],
    /// Address, a multiple of 64.
    pub req_address: [Signal<In, Bits<64>>; C],
    /// The beat.
    pub req_data: [Signal<In, Word<512>>; C],
    /// Identifier of the client.
    pub req_id: [Signal<In, Bits<6>>; C],
    /// A write was acknowledged.
    pub done_valid: Signal<Out, Bit>,
    /// Its identifier.
    pub done_id: Signal<Out, Bits<6>>,
    /// The bus reported an error for it.
    pub done_error: Signal<Out, Bit>,
    /// AXI AW.
    pub m_axi_awid: Signal<Out, Bits<6>>,
    /// AXI AW.
    pub m_axi_awaddr: Signal<Out, Bits<64>>,
    /// AXI AW.
    pub m_axi_awlen: Signal<Out, Bits<8>>,
    /// AXI AW.
    pub m_axi_awsize: Signal<Out, Bits<3>>,
    /// AXI AW.
    pub m_axi_awburst: Signal<Out, Bits<2>>,
    /// AXI AW.
    pub m_axi_awvalid: Signal<Out, Bit>,
    /// AXI AW.
    pub m_axi_awready: Signal<In, Bit>,
    /// AXI W.
    pub m_axi_wdata: Signal<Out, Word<512>>,
    /// AXI W.
    pub m_axi_wstrb: Signal<Out, Bits<64>>,
    /// AXI W.
    pub m_axi_wlast: Signal<Out, Bit>,
    /// AXI W.
    pub m_axi_wvalid: Signal<Out, Bit>,
    /// AXI W.
    pub m_axi_wready: Signal<In, Bit>,
    /// AXI B.
    pub m_axi_bid: Signal<In, Bits<6>>,
    /// AXI B.
    pub m_axi_bresp: Signal<In, Bits<2>>,
    /// AXI B.
    pub m_axi_bvalid: Signal<In, Bit>,
    /// AXI B.
    pub m_axi_bready: Signal<Out, Bit>,
    all_strobes: Constant<Bits<64>>,
    address_valid: DFF<Bit>,
    data_valid: DFF<Bit>,
    out_id: DFF<Bits<6>>,
    out_address: DFF<Bits<64>>,
    out_data: DFF<Word<512>>,
    in_valid: DFF<Bit>,
    in_id: DFF<Bits<6>>,
    in_error: DFF<Bit>,
    in_flight: DFF<Bits<10>>,
    turn: DFF<Bits<5>>,
    take: Signal<Local, Bit>,
    found: Signal<Local, Bit>,
    pick: Signal<Local, Bits<5>>,
}

impl<const C: usize> Default for WriteMaster<C> {
    fn default() -> Self {
        Self {
            clock: Signal::default(),
            reset: Signal::default(),
            halt: Signal::default(),
            idle: Signal::default(),
            req_valid: from_fn(|_| Signal::default()),
            req_ready: from_fn(|_| Signal::default()),
            req_address: from_fn(|_| Signal::default()),
            req_data: from_fn(|_| Signal::default()),
            req_id: from_fn(|_| Signal::default()),
            done_valid: Signal::default(),
            done_id: Signal::default(),
            done_error: Signal::default(),
            m_axi_awid: Signal::default(),
            m_axi_awaddr: Signal::default(),
            m_axi_awlen: Signal::default(),
            m_axi_awsize: Signal::default(),
            m_axi_awburst: Signal::default(),
            m_axi_awvalid: Signal::default(),
            m_axi_awready: Signal::default(),
            m_axi_wdata: Signal::default(),
            m_axi_wstrb: Signal::default(),
            m_axi_wlast: Signal::default(),
            m_axi_wvalid: Signal::default(),
            m_axi_wready: Signal::default(),
            m_axi_bid: Signal::default(),
            m_axi_bresp: Signal::default(),
            m_axi_bvalid: Signal::default(),
            m_axi_bready: Signal::default(),
            all_strobes: Constant::new(u64::MAX.into()),
            address_valid: DFF::default(),
            data_valid: DFF::default(),
            out_id: DFF::default(),
            out_address: DFF::default(),
            out_data: DFF::default(),
            in_valid: DFF::default(),
            in_id: DFF::default(),
            in_error: DFF::default(),
            in_flight: DFF::default(),
            turn: DFF::default(),
            take: Signal::default(),
            found: Signal::default(),
            pick: Signal::default(),
        }
    }
}

impl<const C: usize> Logic for WriteMaster<C> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module write_master");
        dff_setup!(
            self,
            clock,
            address_valid,
            data_valid,
            out_id,
            out_address,
            out_data,
            turn
        );
        dff_setup!(self, clock, in_valid, in_id, in_error, in_flight);
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
        // The beat register.
        self.take.next = self.found.val()
            & !self.halt.val()
            & (!self.address_valid.q.val() | self.m_axi_awready.val())
            & (!self.data_valid.q.val() | self.m_axi_wready.val());
        if self.m_axi_awready.val() {
            self.address_valid.d.next = false;
        }
        if self.m_axi_wready.val() {
            self.data_valid.d.next = false;
        }
        for i in 0..C {
            self.req_ready[i].next = self.take.val() & (self.pick.val() == i.to_bits::<5>());
            if self.take.val() & (self.pick.val() == i.to_bits::<5>()) {
                self.out_id.d.next = self.req_id[i].val();
                self.out_address.d.next = self.req_address[i].val();
                self.out_data.d.next = self.req_data[i].val();
            }
        }
        if self.take.val() {
            self.address_valid.d.next = true;
            self.data_valid.d.next = true;
            self.turn.d.next = self.pick.val();
        }
        self.m_axi_awvalid.next = self.address_valid.q.val();
        self.m_axi_awid.next = self.out_id.q.val();
        self.m_axi_awaddr.next = self.out_address.q.val();
        self.m_axi_awlen.next = 0.into();
        self.m_axi_awsize.next = 6.into();
        self.m_axi_awburst.next = 1.into();
        self.m_axi_wvalid.next = self.data_valid.q.val();
        self.m_axi_wdata.next = self.out_data.q.val();
        self.m_axi_wstrb.next = self.all_strobes.val();
        self.m_axi_wlast.next = true;
        // Acknowledgements.
        self.m_axi_bready.next = true;
        self.in_valid.d.next = self.m_axi_bvalid.val();
        self.in_id.d.next = self.m_axi_bid.val();
        self.in_error.d.next = self.m_axi_bresp.val().get_bit(1);
        self.done_valid.next = self.in_valid.q.val();
        self.done_id.next = self.in_id.q.val();
        self.done_error.next = self.in_error.q.val();
        if self.take.val() & !self.in_valid.q.val() {
            self.in_flight.d.next = self.in_flight.q.val() + 1;
        }
        if self.in_valid.q.val() & !self.take.val() {
            self.in_flight.d.next = self.in_flight.q.val() - 1;
        }
        self.idle.next = self.in_flight.q.val() == 0;
        if self.reset.val() {
            self.address_valid.d.next = false;
            self.data_valid.d.next = false;
            self.in_valid.d.next = false;
            self.in_flight.d.next = 0.into();
            self.turn.d.next = 0.into();
        }
    }
}
