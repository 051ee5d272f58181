//! AXI4-Lite slave: turns the bus into single reads and writes of registers.
//!
//! One write and one read may be under way. A write happens when address and data are both there
//! and the response of the write before has been taken; only whole 32-bit words are written, other
//! strobes make the write a write of nothing. A read takes its data one cycle after its address.
//! Every response is `OKAY`. Reset: forgets what is under way.

use gasworks_verilog::comment;
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock, Default)]
pub struct AxiLite {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// AXI AW.
    pub s_axil_awaddr: Signal<In, Bits<12>>,
    /// AXI AW.
    pub s_axil_awvalid: Signal<In, Bit>,
    /// AXI AW.
    pub s_axil_awready: Signal<Out, Bit>,
    /// AXI W.
    pub s_axil_wdata: Signal<In, Bits<32>>,
    /// AXI W.
    pub s_axil_wstrb: Signal<In, Bits<4>>,
    /// AXI W.
    pub s_axil_wvalid: Signal<In, Bit>,
    /// AXI W.
    pub s_axil_wready: Signal<Out, Bit>,
    /// AXI B.
    pub s_axil_bresp: Signal<Out, Bits<2>>,
    /// AXI B.
    pub s_axil_bvalid: Signal<Out, Bit>,
    /// AXI B.
    pub s_axil_bready: Signal<In, Bit>,
    /// AXI AR.
    pub s_axil_araddr: Signal<In, Bits<12>>,
    /// AXI AR.
    pub s_axil_arvalid: Signal<In, Bit>,
    /// AXI AR.
    pub s_axil_arready: Signal<Out, Bit>,
    /// AXI R.
    pub s_axil_rdata: Signal<Out, Bits<32>>,
    /// AXI R.
    pub s_axil_rresp: Signal<Out, Bits<2>>,
    /// AXI R.
    pub s_axil_rvalid: Signal<Out, Bit>,
    /// AXI R.
    pub s_axil_rready: Signal<In, Bit>,
    /// A register is written in this cycle.
    pub write_valid: Signal<Out, Bit>,
    /// Its offset.
    pub write_address: Signal<Out, Bits<12>>,
    /// The value.
    pub write_data: Signal<Out, Bits<32>>,
    /// A register is read in this cycle.
    pub read_valid: Signal<Out, Bit>,
    /// Its offset.
    pub read_address: Signal<Out, Bits<12>>,
    /// Its value.
    pub read_data: Signal<In, Bits<32>>,
    has_address: DFF<Bit>,
    has_data: DFF<Bit>,
    address: DFF<Bits<12>>,
    data: DFF<Bits<32>>,
    whole: DFF<Bit>,
    responds: DFF<Bit>,
    reading: DFF<Bit>,
    read_from: DFF<Bits<12>>,
    answers: DFF<Bit>,
    answer: DFF<Bits<32>>,
    fire: Signal<Local, Bit>,
}

impl Logic for AxiLite {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module axi_lite");
        dff_setup!(
            self,
            clock,
            has_address,
            has_data,
            address,
            data,
            whole,
            responds
        );
        dff_setup!(self, clock, reading, read_from, answers, answer);
        // Writes.
        self.s_axil_awready.next = !self.has_address.q.val();
        self.s_axil_wready.next = !self.has_data.q.val();
        if self.s_axil_awvalid.val() & !self.has_address.q.val() {
            self.has_address.d.next = true;
            self.address.d.next = self.s_axil_awaddr.val();
        }
        if self.s_axil_wvalid.val() & !self.has_data.q.val() {
            self.has_data.d.next = true;
            self.data.d.next = self.s_axil_wdata.val();
            self.whole.d.next = self.s_axil_wstrb.val().all();
        }
        self.fire.next = self.has_address.q.val() & self.has_data.q.val() & !self.responds.q.val();
        if self.s_axil_bready.val() {
            self.responds.d.next = false;
        }
        if self.fire.val() {
            self.has_address.d.next = false;
            self.has_data.d.next = false;
            self.responds.d.next = true;
        }
        self.write_valid.next = self.fire.val() & self.whole.q.val();
        self.write_address.next = self.address.q.val();
        self.write_data.next = self.data.q.val();
        self.s_axil_bvalid.next = self.responds.q.val();
        self.s_axil_bresp.next = 0.into();
        // Reads.
        self.s_axil_arready.next = !self.reading.q.val() & !self.answers.q.val();
        if self.s_axil_arvalid.val() & !self.reading.q.val() & !self.answers.q.val() {
            self.reading.d.next = true;
            self.read_from.d.next = self.s_axil_araddr.val();
        }
        self.read_valid.next = self.reading.q.val();
        self.read_address.next = self.read_from.q.val();
        if self.reading.q.val() {
            self.reading.d.next = false;
            self.answers.d.next = true;
            self.answer.d.next = self.read_data.val();
        }
        if self.answers.q.val() & self.s_axil_rready.val() {
            self.answers.d.next = false;
        }
        self.s_axil_rvalid.next = self.answers.q.val();
        self.s_axil_rdata.next = self.answer.q.val();
        self.s_axil_rresp.next = 0.into();
        if self.reset.val() {
            self.has_address.d.next = false;
            self.has_data.d.next = false;
            self.responds.d.next = false;
            self.reading.d.next = false;
            self.answers.d.next = false;
        }
    }
}
