//! The card: the shell and `L` lanes. Wiring only.
//!
//! Ports: AXI4-Lite slave (BAR0), AXI4 master (host memory), interrupts; and per lane what retires,
//! for simulation (a board leaves these open). `C`, `W` and `E` as [`Shell`] wants them.

use crate::bus::{AxiLiteSlave, AxiMaster};
use crate::lane::Lane;
use crate::shell::Shell;
use gasworks_abi::config::Config;
use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;
use std::array::from_fn;

/// Declares the card: ports, ports per lane, and the constructor.
macro_rules! card_block {
    (ports { $( $(#[$doc:meta])* $port:ident: $direction:ident $kind:ty; )* }
     lanes { $( $(#[$lane_doc:meta])* $lane_port:ident: $lane_kind:ty; )* }) => {
        /// A card with `L` lanes.
        #[derive(LogicBlock)]
        pub struct Card<const L: usize, const C: usize, const W: usize, const E: usize> {
            $( $(#[$doc])* pub $port: Signal<$direction, $kind>, )*
            /// BAR0.
            pub s_axil: AxiLiteSlave,
            /// Host memory.
            pub m_axi: AxiMaster,
            $( $(#[$lane_doc])* pub $lane_port: [Signal<Out, $lane_kind>; L], )*
            shell: Shell<L, C, W, E>,
            lanes: [Lane; L],
        }
        impl<const L: usize, const C: usize, const W: usize, const E: usize> Card<L, C, W, E> {
            /// The card of a configuration with `L` lanes.
            #[must_use]
            pub fn new(config: &Config, build_hash: u32) -> Self {
                Self {
                    $( $port: Signal::default(), )*
                    s_axil: AxiLiteSlave::default(),
                    m_axi: AxiMaster::default(),
                    $( $lane_port: from_fn(|_| Signal::default()), )*
                    shell: Shell::new(config, build_hash),
                    lanes: from_fn(|_| Lane::new(config)),
                }
            }
        }
    };
}

card_block! {
    ports {
        /// Clock.
        clock: In Clock;
        /// Hard reset.
        reset: In Bit;
        /// Interrupts: completion, request, fault.
        irq_req: Out Bits<3>;
        /// Their acknowledgements.
        irq_ack: In Bits<3>;
    }
    lanes {
        /// A micro-op retires.
        trace_valid: Bit;
        /// Its hart.
        trace_hart: Bits<2>;
        /// Its index in the program.
        trace_pc: Bits<24>;
        /// The micro-op.
        trace_op: Bits<64>;
        /// Operand A.
        trace_a: Word<256>;
        /// Operand B.
        trace_b: Word<256>;
        /// Gas before it.
        trace_gas: Bits<64>;
        /// Stack words of its frame before it.
        trace_sp: Bits<11>;
        /// Its frame; 0: that of the transaction.
        trace_depth: Bits<11>;
        /// `trace_gas` may be too high by the cost of a posted operation.
        trace_posted: Bit;
    }
}

impl<const L: usize, const C: usize, const W: usize, const E: usize> Logic for Card<L, C, W, E> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module card");
        self.shell.clock.next = self.clock.val();
        self.shell.reset.next = self.reset.val();
        AxiLiteSlave::link(&mut self.s_axil, &mut self.shell.s_axil);
        AxiMaster::link(&mut self.m_axi, &mut self.shell.m_axi);
        self.irq_req.next = self.shell.irq_req.val();
        self.shell.irq_ack.next = self.irq_ack.val();
        for i in 0..L {
            self.lanes[i].clock.next = self.clock.val();
            self.lanes[i].reset.next = self.shell.lane_reset.val();
            self.lanes[i].start_hart.next = self.shell.lane_start_hart.val();
            self.lanes[i].start_gas.next = self.shell.lane_start_gas.val();
            self.lanes[i].start_fork.next = self.shell.lane_start_fork.val();
            self.lanes[i].start_program.next = self.shell.lane_start_program.val();
            self.lanes[i].start_result_iova.next = self.shell.lane_start_result_iova.val();
            self.lanes[i].start_result_len.next = self.shell.lane_start_result_len.val();
            self.lanes[i].start_calldata_len.next = self.shell.lane_start_calldata_len.val();
            self.lanes[i].start_tag.next = self.shell.lane_start_tag.val();
            self.lanes[i].load_target.next = self.shell.lane_load_target.val();
            self.lanes[i].load_hart.next = self.shell.lane_load_hart.val();
            self.lanes[i].load_address.next = self.shell.lane_load_address.val();
            self.lanes[i].load_data.next = self.shell.lane_load_data.val();
            self.lanes[i].clear_hart.next = self.shell.lane_clear_hart.val();
            self.lanes[i].rdata_data.next = self.shell.lane_rdata_data.val();
            self.lanes[i].rdata_error.next = self.shell.lane_rdata_error.val();
            self.lanes[i].answer_value.next = self.shell.lane_answer_value.val();
            self.lanes[i].answer_code_iova.next = self.shell.lane_answer_code_iova.val();
            self.lanes[i].answer_code_len.next = self.shell.lane_answer_code_len.val();
            self.lanes[i].answer_flags.next = self.shell.lane_answer_flags.val();
            self.lanes[i].answer_effects.next = self.shell.lane_answer_effects.val();
            self.lanes[i].answer_program.next = self.shell.lane_answer_program.val();
            self.lanes[i].counter_select.next = self.shell.lane_counter_select.val();
            self.lanes[i].start_valid.next = self.shell.lane_start_valid[i].val();
            self.shell.lane_start_ready[i].next = self.lanes[i].start_ready.val();
            self.lanes[i].load_valid.next = self.shell.lane_load_valid[i].val();
            self.shell.lane_load_ready[i].next = self.lanes[i].load_ready.val();
            self.lanes[i].clear_valid.next = self.shell.lane_clear_valid[i].val();
            self.shell.lane_clear_ready[i].next = self.lanes[i].clear_ready.val();
            self.shell.lane_finish_valid[i].next = self.lanes[i].finish_valid.val();
            self.lanes[i].finish_ready.next = self.shell.lane_finish_ready[i].val();
            self.shell.lane_finish_hart[i].next = self.lanes[i].finish_hart.val();
            self.shell.lane_finish_status[i].next = self.lanes[i].finish_status.val();
            self.shell.lane_finish_reason[i].next = self.lanes[i].finish_reason.val();
            self.shell.lane_finish_gas[i].next = self.lanes[i].finish_gas.val();
            self.shell.lane_finish_refund[i].next = self.lanes[i].finish_refund.val();
            self.shell.lane_finish_output_len[i].next = self.lanes[i].finish_output_len.val();
            self.shell.lane_finish_log_beats[i].next = self.lanes[i].finish_log_beats.val();
            self.shell.lane_finish_log_count[i].next = self.lanes[i].finish_log_count.val();
            self.shell.lane_finish_write_count[i].next = self.lanes[i].finish_write_count.val();
            self.shell.lane_finish_cycles[i].next = self.lanes[i].finish_cycles.val();
            self.shell.lane_finish_instructions[i].next = self.lanes[i].finish_instructions.val();
            self.shell.lane_finish_micro_ops[i].next = self.lanes[i].finish_micro_ops.val();
            self.shell.lane_finish_host_cycles[i].next = self.lanes[i].finish_host_cycles.val();
            self.shell.lane_write_valid[i].next = self.lanes[i].write_valid.val();
            self.lanes[i].write_ready.next = self.shell.lane_write_ready[i].val();
            self.shell.lane_write_address[i].next = self.lanes[i].write_address.val();
            self.shell.lane_write_data[i].next = self.lanes[i].write_data.val();
            self.lanes[i].written.next = self.shell.lane_written[i].val();
            self.shell.lane_read_valid[i].next = self.lanes[i].read_valid.val();
            self.lanes[i].read_ready.next = self.shell.lane_read_ready[i].val();
            self.shell.lane_read_address[i].next = self.lanes[i].read_address.val();
            self.shell.lane_read_beats[i].next = self.lanes[i].read_beats.val();
            self.lanes[i].rdata_valid.next = self.shell.lane_rdata_valid[i].val();
            self.shell.lane_request_valid[i].next = self.lanes[i].request_valid.val();
            self.lanes[i].request_ready.next = self.shell.lane_request_ready[i].val();
            self.shell.lane_request_hart[i].next = self.lanes[i].request_hart.val();
            self.shell.lane_request_kind[i].next = self.lanes[i].request_kind.val();
            self.shell.lane_request_key[i].next = self.lanes[i].request_key.val();
            self.shell.lane_request_address[i].next = self.lanes[i].request_address.val();
            self.shell.lane_request_tag[i].next = self.lanes[i].request_tag.val();
            self.shell.lane_request_sequence[i].next = self.lanes[i].request_sequence.val();
            self.lanes[i].answer_valid.next = self.shell.lane_answer_valid[i].val();
            self.lanes[i].answer_hart.next = self.shell.lane_answer_hart[i].val();
            self.shell.lane_counter_value[i].next = self.lanes[i].counter_value.val();
            self.trace_valid[i].next = self.lanes[i].trace_valid.val();
            self.trace_hart[i].next = self.lanes[i].trace_hart.val();
            self.trace_pc[i].next = self.lanes[i].trace_pc.val();
            self.trace_op[i].next = self.lanes[i].trace_op.val();
            self.trace_a[i].next = self.lanes[i].trace_a.val();
            self.trace_b[i].next = self.lanes[i].trace_b.val();
            self.trace_gas[i].next = self.lanes[i].trace_gas.val();
            self.trace_sp[i].next = self.lanes[i].trace_sp.val();
            self.trace_depth[i].next = self.lanes[i].trace_depth.val();
            self.trace_posted[i].next = self.lanes[i].trace_posted.val();
        }
    }
}
