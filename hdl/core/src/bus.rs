//! The buses of the card, as interfaces: a block that passes one on links it.

use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

/// AXI4-Lite slave with 32-bit registers.
#[derive(LogicInterface, Default)]
pub struct AxiLiteSlave {
    /// Write address channel.
    pub awaddr: Signal<In, Bits<12>>,
    /// Write address channel.
    pub awvalid: Signal<In, Bit>,
    /// Write address channel.
    pub awready: Signal<Out, Bit>,
    /// Write data channel.
    pub wdata: Signal<In, Bits<32>>,
    /// Write data channel.
    pub wstrb: Signal<In, Bits<4>>,
    /// Write data channel.
    pub wvalid: Signal<In, Bit>,
    /// Write data channel.
    pub wready: Signal<Out, Bit>,
    /// Write response channel.
    pub bresp: Signal<Out, Bits<2>>,
    /// Write response channel.
    pub bvalid: Signal<Out, Bit>,
    /// Write response channel.
    pub bready: Signal<In, Bit>,
    /// Read address channel.
    pub araddr: Signal<In, Bits<12>>,
    /// Read address channel.
    pub arvalid: Signal<In, Bit>,
    /// Read address channel.
    pub arready: Signal<Out, Bit>,
    /// Read data channel.
    pub rdata: Signal<Out, Bits<32>>,
    /// Read data channel.
    pub rresp: Signal<Out, Bits<2>>,
    /// Read data channel.
    pub rvalid: Signal<Out, Bit>,
    /// Read data channel.
    pub rready: Signal<In, Bit>,
}

/// AXI4 master with 64-byte beats.
#[derive(LogicInterface, Default)]
pub struct AxiMaster {
    /// Read address channel.
    pub arid: Signal<Out, Bits<6>>,
    /// Read address channel.
    pub araddr: Signal<Out, Bits<64>>,
    /// Read address channel.
    pub arlen: Signal<Out, Bits<8>>,
    /// Read address channel.
    pub arsize: Signal<Out, Bits<3>>,
    /// Read address channel.
    pub arburst: Signal<Out, Bits<2>>,
    /// Read address channel.
    pub arvalid: Signal<Out, Bit>,
    /// Read address channel.
    pub arready: Signal<In, Bit>,
    /// Read data channel.
    pub rid: Signal<In, Bits<6>>,
    /// Read data channel.
    pub rdata: Signal<In, Word<512>>,
    /// Read data channel.
    pub rresp: Signal<In, Bits<2>>,
    /// Read data channel.
    pub rlast: Signal<In, Bit>,
    /// Read data channel.
    pub rvalid: Signal<In, Bit>,
    /// Read data channel.
    pub rready: Signal<Out, Bit>,
    /// Write address channel.
    pub awid: Signal<Out, Bits<6>>,
    /// Write address channel.
    pub awaddr: Signal<Out, Bits<64>>,
    /// Write address channel.
    pub awlen: Signal<Out, Bits<8>>,
    /// Write address channel.
    pub awsize: Signal<Out, Bits<3>>,
    /// Write address channel.
    pub awburst: Signal<Out, Bits<2>>,
    /// Write address channel.
    pub awvalid: Signal<Out, Bit>,
    /// Write address channel.
    pub awready: Signal<In, Bit>,
    /// Write data channel.
    pub wdata: Signal<Out, Word<512>>,
    /// Write data channel.
    pub wstrb: Signal<Out, Bits<64>>,
    /// Write data channel.
    pub wlast: Signal<Out, Bit>,
    /// Write data channel.
    pub wvalid: Signal<Out, Bit>,
    /// Write data channel.
    pub wready: Signal<In, Bit>,
    /// Write response channel.
    pub bid: Signal<In, Bits<6>>,
    /// Write response channel.
    pub bresp: Signal<In, Bits<2>>,
    /// Write response channel.
    pub bvalid: Signal<In, Bit>,
    /// Write response channel.
    pub bready: Signal<Out, Bit>,
}
