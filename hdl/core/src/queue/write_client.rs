//! One source of writes: gives each beat an identifier and knows up to which beat everything is
//! acknowledged.
//!
//! Four beats may be in flight, with identifiers `client * 4 + slot`. `accepted` counts the beats
//! that were taken, `retired` those of which all earlier ones are acknowledged too, both modulo
//! 2^16: a beat is in host memory when `retired` has passed the value that `accepted` had with it.
//! `failed` stays high from the first write error to the reset.

use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock, Default)]
pub struct WriteClient {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// Number of the client.
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
    acks: Signal<Local, Bits<4>>,
    valid: DFF<Bit>,
    slot: DFF<Bits<2>>,
    address: DFF<Bits<64>>,
    data: DFF<Word<512>>,
    acknowledged: DFF<Bits<4>>,
    taken: DFF<Bits<16>>,
    finished: DFF<Bits<16>>,
    error: DFF<Bit>,
    in_use: Signal<Local, Bits<16>>,
    take: Signal<Local, Bit>,
}

impl Logic for WriteClient {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module write_client");
        dff_setup!(
            self,
            clock,
            valid,
            slot,
            address,
            data,
            acknowledged,
            taken,
            finished,
            error
        );
        // Take a beat when one of the four slots is free.
        self.in_use.next = self.taken.q.val() - self.finished.q.val();
        self.in_ready.next =
            !self.in_use.val().get_bit(2) & (!self.valid.q.val() | self.req_ready.val());
        self.take.next = self.in_valid.val()
            & !self.in_use.val().get_bit(2)
            & (!self.valid.q.val() | self.req_ready.val());
        if self.req_ready.val() {
            self.valid.d.next = false;
        }
        if self.take.val() {
            self.valid.d.next = true;
            self.slot.d.next = self.taken.q.val().get_bits::<2>(0);
            self.address.d.next = self.in_address.val();
            self.data.d.next = self.in_data.val();
            self.taken.d.next = self.taken.q.val() + 1;
        }
        self.req_valid.next = self.valid.q.val();
        self.req_address.next = self.address.q.val();
        self.req_data.next = self.data.q.val();
        self.req_id.next =
            (bit_cast::<6, 4>(self.client.val()) << 2) | bit_cast::<6, 2>(self.slot.q.val());
        // Retire in order.
        self.acks.next = self.acknowledged.q.val();
        for i in 0..4 {
            if self.acknowledged.q.val().get_bit(i)
                & (self.finished.q.val().get_bits::<2>(0) == i.to_bits::<2>())
            {
                self.acks.next = self.acks.val().replace_bit(i, false);
                self.finished.d.next = self.finished.q.val() + 1;
            }
        }
        if self.done_valid.val() & (self.done_id.val().get_bits::<4>(2) == self.client.val()) {
            for i in 0..4 {
                if self.done_id.val().get_bits::<2>(0) == i.to_bits::<2>() {
                    self.acks.next = self.acks.val().replace_bit(i, true);
                }
            }
            if self.done_error.val() {
                self.error.d.next = true;
            }
        }
        self.acknowledged.d.next = self.acks.val();
        self.accepted.next = self.taken.q.val();
        self.retired.next = self.finished.q.val();
        self.failed.next = self.error.q.val();
        if self.reset.val() {
            self.valid.d.next = false;
            self.acknowledged.d.next = 0.into();
            self.taken.d.next = 0.into();
            self.finished.d.next = 0.into();
            self.error.d.next = false;
        }
    }
}
