//! Three interrupt lines: 0 completion written, 1 request written, 2 fault.
//!
//! An event sets its bit of `status` until the host clears it. When the bit is enabled, the event
//! also raises `irq_req` until `irq_ack`; an event that comes meanwhile raises it once more after
//! the acknowledgement, so none is lost. Enabling a bit that is already set counts as an event.

use gasworks_verilog::comment;
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock, Default)]
pub struct Interrupts {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// Events of this cycle.
    pub event: Signal<In, Bits<3>>,
    /// `IrqEnable`.
    pub enable: Signal<In, Bits<3>>,
    /// Bits that the host clears in this cycle.
    pub clear: Signal<In, Bits<3>>,
    /// `IrqStatus`.
    pub status: Signal<Out, Bits<3>>,
    /// Interrupt lines to the shell.
    pub irq_req: Signal<Out, Bits<3>>,
    /// The shell has sent the interrupt.
    pub irq_ack: Signal<In, Bits<3>>,
    set: DFF<Bits<3>>,
    enabled: DFF<Bits<3>>,
    pending: DFF<Bits<3>>,
    asks: DFF<Bits<3>>,
    due: Signal<Local, Bits<3>>,
    raise: Signal<Local, Bits<3>>,
}

impl Logic for Interrupts {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module interrupts");
        dff_setup!(self, clock, set, enabled, pending, asks);
        self.set.d.next = (self.set.q.val() & !self.clear.val()) | self.event.val();
        self.enabled.d.next = self.enable.val();
        self.due.next = self.pending.q.val()
            | (self.event.val() & self.enable.val())
            | (self.set.q.val() & self.enable.val() & !self.enabled.q.val());
        self.raise.next = self.due.val() & !self.asks.q.val();
        self.pending.d.next = self.due.val() & !self.raise.val();
        self.asks.d.next = (self.asks.q.val() & !self.irq_ack.val()) | self.raise.val();
        self.irq_req.next = self.asks.q.val();
        self.status.next = self.set.q.val();
        if self.reset.val() {
            self.set.d.next = 0.into();
            self.enabled.d.next = 0.into();
            self.pending.d.next = 0.into();
            self.asks.d.next = 0.into();
        }
    }
}
