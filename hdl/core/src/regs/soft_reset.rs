//! The reset that the host asks for: waits until the bus is quiet, then resets everything.
//!
//! States: `Run` until `request`; `Drain`: `halt` is high, nothing new goes to the bus, until both
//! masters are idle; `Hold`: `core_reset` is high for 16 cycles; then `Run` again. The hard reset
//! raises `core_reset` too.

use gasworks_verilog::comment;
use rust_hdl::prelude::*;

/// States of [`SoftReset`].
#[derive(LogicState, Copy, Clone, Debug, PartialEq)]
pub enum SoftResetState {
    /// Nothing to do.
    Run,
    /// The bus is being drained.
    Drain,
    /// Everything is held in reset.
    Hold,
}

/// See the module.
#[derive(LogicBlock, Default)]
pub struct SoftReset {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Hard reset.
    pub reset: Signal<In, Bit>,
    /// The host asks for a reset; one cycle.
    pub request: Signal<In, Bit>,
    /// Nothing is in flight on the bus.
    pub bus_idle: Signal<In, Bit>,
    /// Nothing new may go to the bus.
    pub halt: Signal<Out, Bit>,
    /// Resets everything but the AXI4-Lite slave and this block.
    pub core_reset: Signal<Out, Bit>,
    /// Not done yet.
    pub busy: Signal<Out, Bit>,
    state: DFF<SoftResetState>,
    count: DFF<Bits<4>>,
    out: DFF<Bit>,
}

impl Logic for SoftReset {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module soft_reset");
        dff_setup!(self, clock, state, count, out);
        self.halt.next = true;
        self.busy.next = true;
        self.out.d.next = false;
        match self.state.q.val() {
            SoftResetState::Run => {
                self.halt.next = false;
                self.busy.next = false;
                self.count.d.next = 0.into();
                if self.request.val() {
                    self.state.d.next = SoftResetState::Drain;
                }
            }
            SoftResetState::Drain => {
                if self.bus_idle.val() {
                    self.state.d.next = SoftResetState::Hold;
                }
            }
            SoftResetState::Hold => {
                self.out.d.next = true;
                self.count.d.next = self.count.q.val() + 1;
                if self.count.q.val().all() {
                    self.state.d.next = SoftResetState::Run;
                }
            }
            _ => {
                self.state.d.next = SoftResetState::Run;
            }
        }
        self.core_reset.next = self.out.q.val() | self.reset.val();
        if self.reset.val() {
            self.state.d.next = SoftResetState::Run;
            self.out.d.next = false;
        }
    }
}
