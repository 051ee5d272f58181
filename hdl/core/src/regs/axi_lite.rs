//! AXI4-Lite slave: turns the bus into single reads and writes of registers.
//!
//! One write and one read may be under way. A write happens when address and data are both there
//! and the response of the write before has been taken; only whole 32-bit words are written, other
//! strobes make the write a write of nothing. A read takes its data one cycle after its address.
//! Every response is `OKAY`. Reset: forgets what is under way.

use crate::bus::AxiLiteSlave;
use gasworks_verilog::comment;
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock, Default)]
pub struct AxiLite {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// BAR0.
    pub s_axil: AxiLiteSlave,
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
        self.s_axil.awready.next = !self.has_address.q.val();
        self.s_axil.wready.next = !self.has_data.q.val();
        if self.s_axil.awvalid.val() & !self.has_address.q.val() {
            self.has_address.d.next = true;
            self.address.d.next = self.s_axil.awaddr.val();
        }
        if self.s_axil.wvalid.val() & !self.has_data.q.val() {
            self.has_data.d.next = true;
            self.data.d.next = self.s_axil.wdata.val();
            self.whole.d.next = self.s_axil.wstrb.val().all();
        }
        self.fire.next = self.has_address.q.val() & self.has_data.q.val() & !self.responds.q.val();
        if self.s_axil.bready.val() {
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
        self.s_axil.bvalid.next = self.responds.q.val();
        self.s_axil.bresp.next = 0.into();
        // Reads.
        self.s_axil.arready.next = !self.reading.q.val() & !self.answers.q.val();
        if self.s_axil.arvalid.val() & !self.reading.q.val() & !self.answers.q.val() {
            self.reading.d.next = true;
            self.read_from.d.next = self.s_axil.araddr.val();
        }
        self.read_valid.next = self.reading.q.val();
        self.read_address.next = self.read_from.q.val();
        if self.reading.q.val() {
            self.reading.d.next = false;
            self.answers.d.next = true;
            self.answer.d.next = self.read_data.val();
        }
        if self.answers.q.val() & self.s_axil.rready.val() {
            self.answers.d.next = false;
        }
        self.s_axil.rvalid.next = self.answers.q.val();
        self.s_axil.rdata.next = self.answer.q.val();
        self.s_axil.rresp.next = 0.into();
        if self.reset.val() {
            self.has_address.d.next = false;
            self.has_data.d.next = false;
            self.responds.d.next = false;
            self.reading.d.next = false;
            self.answers.d.next = false;
        }
    }
}
