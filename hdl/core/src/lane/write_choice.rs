//! Joins the write channels of the memory and the state unit.
//!
//! The state unit goes first (a transaction waits for it to end), but a beat that was offered and
//! not taken stays offered. Combinational but for that memory. Reset: nothing is offered.

use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock, Default)]
pub struct WriteChoice {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// Memory unit.
    pub memory_valid: Signal<In, Bit>,
    /// Memory unit.
    pub memory_ready: Signal<Out, Bit>,
    /// Memory unit.
    pub memory_address: Signal<In, Word<64>>,
    /// Memory unit.
    pub memory_data: Signal<In, Word<512>>,
    /// State unit.
    pub state_valid: Signal<In, Bit>,
    /// State unit.
    pub state_ready: Signal<Out, Bit>,
    /// State unit.
    pub state_address: Signal<In, Word<64>>,
    /// State unit.
    pub state_data: Signal<In, Word<512>>,
    /// Card.
    pub write_valid: Signal<Out, Bit>,
    /// Card.
    pub write_ready: Signal<In, Bit>,
    /// Card.
    pub write_address: Signal<Out, Word<64>>,
    /// Card.
    pub write_data: Signal<Out, Word<512>>,
    memory_waits: DFF<Bit>,
    memory_goes: Signal<Local, Bit>,
}

impl Logic for WriteChoice {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module write_choice");
        dff_setup!(self, clock, memory_waits);
        self.memory_goes.next = self.memory_waits.q.val() | !self.state_valid.val();
        self.memory_waits.d.next = self.memory_goes.val()
            & self.memory_valid.val()
            & !self.write_ready.val()
            & !self.reset.val();
        self.memory_ready.next = self.memory_goes.val() & self.write_ready.val();
        self.state_ready.next = !self.memory_goes.val() & self.write_ready.val();
        self.write_valid.next = self.state_valid.val();
        self.write_address.next = self.state_address.val();
        self.write_data.next = self.state_data.val();
        if self.memory_goes.val() {
            self.write_valid.next = self.memory_valid.val();
            self.write_address.next = self.memory_address.val();
            self.write_data.next = self.memory_data.val();
        }
    }
}
