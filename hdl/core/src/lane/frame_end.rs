//! The end of a transaction: has the state unit write the tail of the record after a success, then hands
//! the finish to the card.
//!
//! `Stop` and `Return` are successes: the touched beat and the written entries go to the record; if
//! they do not fit, the transaction escalates with `ResultLimit` instead. Otherwise nothing is
//! written, and refund, counts of logs and of writes are zero. Gas and output are given only after
//! `Stop`, `Return` and `Revert`. `log_beats` is always that of the record, since the output
//! follows the logs.
//!
//! States: `Idle` until a transaction ends; `Look` one cycle, in which memory unit and pipe show what
//! they have for the hart; `Commit` until the state unit takes the commit; `Wait` until it is done;
//! `Offer` until the card takes the finish. Reset: `Idle`.

use gasworks_abi::escalation::{Escalation, Status};
use gasworks_verilog::comment;
use rust_hdl::prelude::*;

/// States of [`FrameEnd`].
#[derive(LogicState, Copy, Clone, Debug, PartialEq)]
pub enum FrameEndState {
    /// No transaction ends.
    Idle,
    /// Takes what memory unit and pipe show.
    Look,
    /// Asks for the commit.
    Commit,
    /// The commit is under way.
    Wait,
    /// The card may take the finish.
    Offer,
}

/// Declares the block and its constructor.
macro_rules! frame_end {
    (ports { $( $(#[$doc:meta])* $name:ident: $direction:ident $kind:ty; )* }
     constants { $( $constant:ident = $value:expr; )* }
     registers { $( $register:ident: $register_kind:ty; )* }
     locals { $( $local:ident; )* }) => {
        /// See the module.
        #[derive(LogicBlock)]
        pub struct FrameEnd {
            /// Clock.
            pub clock: Signal<In, Clock>,
            $( $(#[$doc])* pub $name: Signal<$direction, $kind>, )*
            $( $constant: Constant<Bits<8>>, )*
            $( $register: DFF<$register_kind>, )*
            $( $local: Signal<Local, Bit>, )*
        }
        impl Default for FrameEnd {
            fn default() -> Self {
                Self {
                    clock: Signal::default(),
                    $( $name: Signal::default(), )*
                    $( $constant: Constant::new(($value as u64).into()), )*
                    $( $register: DFF::default(), )*
                    $( $local: Signal::default(), )*
                }
            }
        }
    };
}

frame_end! {
    ports {
        /// Reset.
        reset: In Bit;
        /// A transaction ends.
        end_valid: In Bit;
        /// Taken.
        end_ready: Out Bit;
        /// Hart.
        end_hart: In Bits<2>;
        /// `Status`.
        end_status: In Bits<8>;
        /// `Halt` or `Escalation`.
        end_reason: In Bits<8>;
        /// Gas left.
        end_gas: In Bits<64>;
        /// Hart whose output, logs and counters are shown.
        finish_select: Out Bits<2>;
        /// Cycles of its transaction.
        end_cycles: In Bits<32>;
        /// EVM instructions.
        end_instructions: In Bits<32>;
        /// Micro-ops.
        end_micro_ops: In Bits<32>;
        /// Cycles spent waiting for the host.
        end_host_cycles: In Bits<32>;
        /// Bytes of output.
        output_len: In Bits<32>;
        /// Beats of logs.
        log_beats: In Bits<32>;
        /// Logs.
        log_count: In Bits<16>;
        /// To the state unit.
        commit_valid: Out Bit;
        /// From the state unit.
        commit_ready: In Bit;
        /// From the state unit: done.
        committed_valid: In Bit;
        /// Entries written.
        committed_write_count: In Bits<16>;
        /// Refund.
        committed_refund: In Bits<64>;
        /// They did not fit.
        committed_overflow: In Bit;
        /// To the card.
        finish_valid: Out Bit;
        /// From the card.
        finish_ready: In Bit;
        /// To the card.
        finish_hart: Out Bits<2>;
        /// To the card.
        finish_status: Out Bits<8>;
        /// To the card.
        finish_reason: Out Bits<8>;
        /// To the card.
        finish_gas: Out Bits<64>;
        /// To the card.
        finish_refund: Out Bits<64>;
        /// To the card.
        finish_output_len: Out Bits<32>;
        /// To the card.
        finish_log_beats: Out Bits<32>;
        /// To the card.
        finish_log_count: Out Bits<16>;
        /// To the card.
        finish_write_count: Out Bits<16>;
        /// To the card.
        finish_cycles: Out Bits<32>;
        /// To the card.
        finish_instructions: Out Bits<32>;
        /// To the card.
        finish_micro_ops: Out Bits<32>;
        /// To the card.
        finish_host_cycles: Out Bits<32>;
    }
    constants {
        stop = Status::Stop;
        returned = Status::Return;
        reverted = Status::Revert;
        escalated = Status::Escalated;
        result_limit = Escalation::ResultLimit;
    }
    registers {
        state: FrameEndState;
        hart: Bits<2>;
        status: Bits<8>;
        reason: Bits<8>;
        gas: Bits<64>;
        refund: Bits<64>;
        output_bytes: Bits<32>;
        beats: Bits<32>;
        logs: Bits<16>;
        writes: Bits<16>;
        cycles: Bits<32>;
        instructions: Bits<32>;
        micro_ops: Bits<32>;
        host_cycles: Bits<32>;
    }
    locals {
        success;
        has_output;
    }
}

impl Logic for FrameEnd {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module frame_end");
        dff_setup!(
            self,
            clock,
            state,
            hart,
            status,
            reason,
            gas,
            refund,
            output_bytes,
            beats,
            logs,
            writes
        );
        dff_setup!(self, clock, cycles, instructions, micro_ops, host_cycles);
        self.success.next =
            (self.status.q.val() == self.stop.val()) | (self.status.q.val() == self.returned.val());
        self.has_output.next = self.success.val() | (self.status.q.val() == self.reverted.val());
        self.end_ready.next = false;
        self.commit_valid.next = false;
        self.finish_valid.next = false;
        match self.state.q.val() {
            FrameEndState::Idle => {
                self.end_ready.next = true;
                self.hart.d.next = self.end_hart.val();
                self.status.d.next = self.end_status.val();
                self.reason.d.next = self.end_reason.val();
                self.gas.d.next = self.end_gas.val();
                self.refund.d.next = 0.into();
                self.output_bytes.d.next = 0.into();
                self.logs.d.next = 0.into();
                self.writes.d.next = 0.into();
                if self.end_valid.val() {
                    self.state.d.next = FrameEndState::Look;
                }
            }
            FrameEndState::Look => {
                self.beats.d.next = self.log_beats.val();
                self.cycles.d.next = self.end_cycles.val();
                self.instructions.d.next = self.end_instructions.val();
                self.micro_ops.d.next = self.end_micro_ops.val();
                self.host_cycles.d.next = self.end_host_cycles.val();
                self.state.d.next = FrameEndState::Offer;
                if self.has_output.val() {
                    self.output_bytes.d.next = self.output_len.val();
                } else {
                    self.gas.d.next = 0.into();
                }
                if self.success.val() {
                    self.logs.d.next = self.log_count.val();
                    self.state.d.next = FrameEndState::Commit;
                }
            }
            FrameEndState::Commit => {
                self.commit_valid.next = true;
                if self.commit_ready.val() {
                    self.state.d.next = FrameEndState::Wait;
                }
            }
            FrameEndState::Wait => {
                if self.committed_valid.val() {
                    self.refund.d.next = self.committed_refund.val();
                    self.writes.d.next = self.committed_write_count.val();
                    self.state.d.next = FrameEndState::Offer;
                    if self.committed_overflow.val() {
                        self.status.d.next = self.escalated.val();
                        self.reason.d.next = self.result_limit.val();
                        self.gas.d.next = 0.into();
                        self.refund.d.next = 0.into();
                        self.output_bytes.d.next = 0.into();
                        self.logs.d.next = 0.into();
                        self.writes.d.next = 0.into();
                    }
                }
            }
            FrameEndState::Offer => {
                self.finish_valid.next = true;
                if self.finish_ready.val() {
                    self.state.d.next = FrameEndState::Idle;
                }
            }
            _ => {
                self.state.d.next = FrameEndState::Idle;
            }
        }
        self.finish_select.next = self.hart.q.val();
        self.finish_hart.next = self.hart.q.val();
        self.finish_status.next = self.status.q.val();
        self.finish_reason.next = self.reason.q.val();
        self.finish_gas.next = self.gas.q.val();
        self.finish_refund.next = self.refund.q.val();
        self.finish_output_len.next = self.output_bytes.q.val();
        self.finish_log_beats.next = self.beats.q.val();
        self.finish_log_count.next = self.logs.q.val();
        self.finish_write_count.next = self.writes.q.val();
        self.finish_cycles.next = self.cycles.q.val();
        self.finish_instructions.next = self.instructions.q.val();
        self.finish_micro_ops.next = self.micro_ops.q.val();
        self.finish_host_cycles.next = self.host_cycles.q.val();
        if self.reset.val() {
            self.state.d.next = FrameEndState::Idle;
        }
    }
}
