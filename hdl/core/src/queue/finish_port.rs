//! Takes the end of a transaction from a lane and makes its completion.
//!
//! Remembers tag and incarnation per hart from the start to the end, and which harts are free. A
//! finish is taken when the one before has gone on; from then on its hart is free. The completion
//! is offered when every beat that the lane had handed to its write client by then is acknowledged;
//! had one of them an error (or any earlier one since the reset), the completion says `Escalated`,
//! `BusError` instead, whatever the lane said.

use gasworks_abi::escalation::{Escalation, Status};
use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_from_bits, bit_cast_word};
use rust_hdl::prelude::*;
use std::array::from_fn;

/// See the module.
#[derive(LogicBlock)]
pub struct FinishPort {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// Number of the first hart of the lane.
    pub first_hart: Signal<In, Bits<16>>,
    /// A hart of the lane starts in this cycle.
    pub start: Signal<In, Bit>,
    /// The hart.
    pub start_hart: Signal<In, Bits<2>>,
    /// Its tag.
    pub start_tag: Signal<In, Bits<32>>,
    /// Its incarnation.
    pub start_incarnation: Signal<In, Bits<16>>,
    /// Harts that run nothing, one bit each.
    pub idle: Signal<Out, Bits<4>>,
    /// A completion is on its way.
    pub busy: Signal<Out, Bit>,
    /// From the lane.
    pub finish_valid: Signal<In, Bit>,
    /// To the lane.
    pub finish_ready: Signal<Out, Bit>,
    /// From the lane.
    pub finish_hart: Signal<In, Bits<2>>,
    /// From the lane.
    pub finish_status: Signal<In, Bits<8>>,
    /// From the lane.
    pub finish_reason: Signal<In, Bits<8>>,
    /// From the lane.
    pub finish_gas: Signal<In, Bits<64>>,
    /// From the lane.
    pub finish_refund: Signal<In, Bits<64>>,
    /// From the lane.
    pub finish_output_len: Signal<In, Bits<32>>,
    /// From the lane.
    pub finish_log_beats: Signal<In, Bits<32>>,
    /// From the lane.
    pub finish_log_count: Signal<In, Bits<16>>,
    /// From the lane.
    pub finish_write_count: Signal<In, Bits<16>>,
    /// From the lane.
    pub finish_cycles: Signal<In, Bits<32>>,
    /// From the lane.
    pub finish_instructions: Signal<In, Bits<32>>,
    /// From the lane.
    pub finish_micro_ops: Signal<In, Bits<32>>,
    /// From the lane.
    pub finish_host_cycles: Signal<In, Bits<32>>,
    /// Beats that the write client of the lane took.
    pub write_accepted: Signal<In, Bits<16>>,
    /// Beats that are acknowledged in order.
    pub write_retired: Signal<In, Bits<16>>,
    /// One of them had an error.
    pub write_failed: Signal<In, Bit>,
    /// A completion goes.
    pub entry_valid: Signal<Out, Bit>,
    /// Taken.
    pub entry_ready: Signal<In, Bit>,
    /// The completion, without phase.
    pub entry: Signal<Out, Word<512>>,
    escalated: Constant<Bits<8>>,
    bus_error: Constant<Bits<8>>,
    names: [DFF<Bits<48>>; 4],
    running: DFF<Bits<4>>,
    held: DFF<Bit>,
    written: DFF<Bit>,
    last_beat: DFF<Bits<16>>,
    body: DFF<Word<512>>,
    status: DFF<Bits<8>>,
    reason: DFF<Bits<8>>,
    take: Signal<Local, Bit>,
    harts: Signal<Local, Bits<4>>,
    name: Signal<Local, Bits<48>>,
    low: Signal<Local, Word<256>>,
    high: Signal<Local, Word<256>>,
    hart: Signal<Local, Bits<16>>,
    behind: Signal<Local, Bits<16>>,
}

impl Default for FinishPort {
    fn default() -> Self {
        Self {
            clock: Signal::default(),
            reset: Signal::default(),
            first_hart: Signal::default(),
            start: Signal::default(),
            start_hart: Signal::default(),
            start_tag: Signal::default(),
            start_incarnation: Signal::default(),
            idle: Signal::default(),
            busy: Signal::default(),
            finish_valid: Signal::default(),
            finish_ready: Signal::default(),
            finish_hart: Signal::default(),
            finish_status: Signal::default(),
            finish_reason: Signal::default(),
            finish_gas: Signal::default(),
            finish_refund: Signal::default(),
            finish_output_len: Signal::default(),
            finish_log_beats: Signal::default(),
            finish_log_count: Signal::default(),
            finish_write_count: Signal::default(),
            finish_cycles: Signal::default(),
            finish_instructions: Signal::default(),
            finish_micro_ops: Signal::default(),
            finish_host_cycles: Signal::default(),
            write_accepted: Signal::default(),
            write_retired: Signal::default(),
            write_failed: Signal::default(),
            entry_valid: Signal::default(),
            entry_ready: Signal::default(),
            entry: Signal::default(),
            escalated: Constant::new((Status::Escalated as u64).into()),
            bus_error: Constant::new((Escalation::BusError as u64).into()),
            names: from_fn(|_| DFF::default()),
            running: DFF::default(),
            held: DFF::default(),
            written: DFF::default(),
            last_beat: DFF::default(),
            body: DFF::default(),
            status: DFF::default(),
            reason: DFF::default(),
            take: Signal::default(),
            harts: Signal::default(),
            name: Signal::default(),
            low: Signal::default(),
            high: Signal::default(),
            hart: Signal::default(),
            behind: Signal::default(),
        }
    }
}

impl Logic for FinishPort {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module finish_port");
        dff_setup!(
            self, clock, running, held, written, last_beat, body, status, reason
        );
        self.take.next = self.finish_valid.val() & !self.held.q.val();
        self.finish_ready.next = !self.held.q.val();
        // Names of the transactions, and who runs.
        self.harts.next = self.running.q.val();
        self.name.next = 0.into();
        for i in 0..4 {
            self.names[i].clock.next = self.clock.val();
            self.names[i].d.next = self.names[i].q.val();
            if self.finish_hart.val() == i.to_bits::<2>() {
                self.name.next = self.names[i].q.val();
                if self.take.val() {
                    self.harts.next = self.harts.val().replace_bit(i, false);
                }
            }
            if self.start.val() & (self.start_hart.val() == i.to_bits::<2>()) {
                self.harts.next = self.harts.val().replace_bit(i, true);
                self.names[i].d.next = bit_cast::<48, 32>(self.start_tag.val())
                    | (bit_cast::<48, 16>(self.start_incarnation.val()) << 32);
            }
        }
        self.running.d.next = self.harts.val();
        self.idle.next = !self.running.q.val();
        self.busy.next = self.held.q.val() | self.running.q.val().any();
        // The completion: bytes 0 to 31 and 32 to 63.
        self.hart.next = self.first_hart.val() + bit_cast::<16, 2>(self.finish_hart.val());
        self.low.next = bit_cast_from_bits::<256, 48>(self.name.val())
            | (bit_cast_from_bits::<256, 64>(self.finish_gas.val()) << 64)
            | (bit_cast_from_bits::<256, 64>(self.finish_refund.val()) << 128)
            | (bit_cast_from_bits::<256, 32>(self.finish_output_len.val()) << 192)
            | (bit_cast_from_bits::<256, 32>(self.finish_log_beats.val()) << 224);
        self.high.next = bit_cast_from_bits::<256, 16>(self.finish_write_count.val())
            | (bit_cast_from_bits::<256, 16>(self.finish_log_count.val()) << 16)
            | (bit_cast_from_bits::<256, 16>(self.hart.val()) << 32)
            | (bit_cast_from_bits::<256, 32>(self.finish_cycles.val()) << 64)
            | (bit_cast_from_bits::<256, 32>(self.finish_instructions.val()) << 96)
            | (bit_cast_from_bits::<256, 32>(self.finish_micro_ops.val()) << 128)
            | (bit_cast_from_bits::<256, 32>(self.finish_host_cycles.val()) << 160);
        if self.take.val() {
            self.held.d.next = true;
            self.written.d.next = false;
            self.last_beat.d.next = self.write_accepted.val();
            self.status.d.next = self.finish_status.val();
            self.reason.d.next = self.finish_reason.val();
            self.body.d.next = bit_cast_word::<512, 256>(self.low.val())
                | (bit_cast_word::<512, 256>(self.high.val()) << 256);
        }
        // Wait until the record is in host memory.
        self.behind.next = self.write_retired.val() - self.last_beat.q.val();
        if self.held.q.val() & !self.behind.val().get_bit(15) {
            self.written.d.next = true;
            if self.write_failed.val() & !self.written.q.val() {
                self.status.d.next = self.escalated.val();
                self.reason.d.next = self.bus_error.val();
            }
        }
        self.entry.next = self.body.q.val()
            | (bit_cast_from_bits::<512, 8>(self.status.q.val()) << 48)
            | (bit_cast_from_bits::<512, 8>(self.reason.q.val()) << 56);
        self.entry_valid.next = self.held.q.val() & self.written.q.val();
        if self.held.q.val() & self.written.q.val() & self.entry_ready.val() {
            self.held.d.next = false;
            self.written.d.next = false;
        }
        if self.reset.val() {
            self.running.d.next = 0.into();
            self.held.d.next = false;
            self.written.d.next = false;
        }
    }
}
