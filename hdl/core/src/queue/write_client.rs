//! One source of writes: knows up to which beat everything is acknowledged.
//!
//! Up to [`IN_FLIGHT`] beats may be in flight. All have the identifier of the client, so they are
//! acknowledged in the order in which they were sent (AXI4, "Transaction ordering"). `accepted`
//! counts the beats that were taken, `retired` those that are acknowledged, both modulo 2^16: a beat
//! is in host memory when `retired` has passed the value that `accepted` had with it. `failed` stays
//! high from the first write error to the reset.

use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

/// Beats of one client in flight: at a beat a cycle the latency of a write that costs nothing.
pub const IN_FLIGHT: u64 = 32;

// `in_use` is looked at in one bit.
const _: () = assert!(IN_FLIGHT == 1 << 5);

/// See the module.
#[derive(LogicBlock, Default)]
pub struct WriteClient {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// Identifier of the client.
    pub client: Signal<In, Bits<4>>,
    /// A beat comes.
    pub in_valid: Signal<In, Bit>,
    /// It is taken.
    pub in_ready: Signal<Out, Bit>,
    /// Its address.
    pub in_address: Signal<In, Bits<64>>,
    /// The beat.
    pub in_data: Signal<In, Word<512>>,
    /// To the write master.
    pub req_valid: Signal<Out, Bit>,
    /// To the write master.
    pub req_ready: Signal<In, Bit>,
    /// To the write master.
    pub req_address: Signal<Out, Bits<64>>,
    /// To the write master.
    pub req_data: Signal<Out, Word<512>>,
    /// To the write master.
    pub req_id: Signal<Out, Bits<6>>,
    /// From the write master: a write of any client was acknowledged.
    pub done_valid: Signal<In, Bit>,
    /// Its identifier.
    pub done_id: Signal<In, Bits<6>>,
    /// The bus reported an error for it.
    pub done_error: Signal<In, Bit>,
    /// Beats taken.
    pub accepted: Signal<Out, Bits<16>>,
    /// Beats acknowledged in order.
    pub retired: Signal<Out, Bits<16>>,
    /// A beat was acknowledged with an error.
    pub failed: Signal<Out, Bit>,
    valid: DFF<Bit>,
    address: DFF<Bits<64>>,
    data: DFF<Word<512>>,
    taken: DFF<Bits<16>>,
    finished: DFF<Bits<16>>,
    error: DFF<Bit>,
    in_use: Signal<Local, Bits<16>>,
    is_free: Signal<Local, Bit>,
}

impl Logic for WriteClient {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module write_client");
        dff_setup!(self, clock, valid, address, data, taken, finished, error);
        self.in_use.next = self.taken.q.val() - self.finished.q.val();
        self.is_free.next =
            !self.in_use.val().get_bit(5) & (!self.valid.q.val() | self.req_ready.val());
        self.in_ready.next = self.is_free.val();
        if self.req_ready.val() {
            self.valid.d.next = false;
        }
        if self.in_valid.val() & self.is_free.val() {
            self.valid.d.next = true;
            self.address.d.next = self.in_address.val();
            self.data.d.next = self.in_data.val();
            self.taken.d.next = self.taken.q.val() + 1;
        }
        self.req_valid.next = self.valid.q.val();
        self.req_address.next = self.address.q.val();
        self.req_data.next = self.data.q.val();
        self.req_id.next = bit_cast::<6, 4>(self.client.val());
        if self.done_valid.val() & (self.done_id.val() == bit_cast::<6, 4>(self.client.val())) {
            self.finished.d.next = self.finished.q.val() + 1;
            if self.done_error.val() {
                self.error.d.next = true;
            }
        }
        self.accepted.next = self.taken.q.val();
        self.retired.next = self.finished.q.val();
        self.failed.next = self.error.q.val();
        if self.reset.val() {
            self.valid.d.next = false;
            self.taken.d.next = 0.into();
            self.finished.d.next = 0.into();
            self.error.d.next = false;
        }
    }
}
