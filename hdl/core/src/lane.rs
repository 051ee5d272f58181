//! One lane: the pipeline with its harts, stores and units, and the ports to the card.
//!
//! `docs/src/machine.md` ("lane") specifies the ports. Wiring only, but for what ends a frame
//! ([`frame_end`]), what enters and leaves frames ([`frames`]) and the choice between two writers
//! ([`write_choice`]).

pub mod frame_end;
pub mod frames;
pub mod write_choice;

use crate::pipe::Pipe;
use crate::store::state::StateUnit;
use crate::unit::math::MathUnit;
use crate::unit::memory::unit::MemoryUnit;
use crate::unit::shift::ShiftUnit;
use frame_end::FrameEnd;
use frames::Frames;
use gasworks_abi::config::Config;
use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_from_bits, bit_cast_to_bits};
use rust_hdl::prelude::*;
use write_choice::WriteChoice;

/// Declares the lane: typed ports, what is inside, and the constructor.
macro_rules! lane_block {
    (ports { $( $(#[$doc:meta])* $port:ident: $direction:ident $kind:ty; )* }
     inside { $( $field:ident: $block:ty = $made:expr; )* }) => {
        /// A lane.
        #[derive(LogicBlock)]
        pub struct Lane {
            /// Clock.
            pub clock: Signal<In, Clock>,
            $( $(#[$doc])* pub $port: Signal<$direction, $kind>, )*
            $( $field: $block, )*
            starts: Signal<Local, Bit>,
        }
        impl Lane {
            /// The lane of a configuration.
            #[must_use]
            pub fn new(config: &Config) -> Self {
                Self {
                    clock: Signal::default(),
                    $( $port: Signal::default(), )*
                    $( $field: $made(config), )*
                    starts: Signal::default(),
                }
            }
        }
    };
}

lane_block! {
    ports {
        /// Reset.
        reset: In Bit;
        /// Start a hart: its stores are loaded.
        start_valid: In Bit;
        /// The start is taken.
        start_ready: Out Bit;
        /// Which hart.
        start_hart: In Bits<2>;
        /// Gas of the frame.
        start_gas: In Bits<64>;
        /// Fork number.
        start_fork: In Bits<8>;
        /// First line of the program.
        start_program: In Bits<32>;
        /// Address of the result record.
        start_result_iova: In Bits<64>;
        /// Bytes of the result buffer.
        start_result_len: In Bits<32>;
        /// Bytes of calldata.
        start_calldata_len: In Bits<32>;
        /// Tag of the transaction.
        start_tag: In Bits<32>;
        /// A beat for a store.
        load_valid: In Bit;
        /// It is taken.
        load_ready: Out Bit;
        /// 0 code line, 1 constants, 2 environment, 3 calldata, 4 and 5 the beats of a seed.
        load_target: In Bits<3>;
        /// Hart of targets 2 to 5.
        load_hart: In Bits<2>;
        /// Line, constant pair, environment pair, calldata beat or seed.
        load_address: In Bits<32>;
        /// The beat.
        load_data: In Word<512>;
        /// Forget what the hart had.
        clear_valid: In Bit;
        /// Done.
        clear_ready: Out Bit;
        /// Which hart.
        clear_hart: In Bits<2>;
        /// A transaction ended; its record was handed to the write channel.
        finish_valid: Out Bit;
        /// The finish is taken.
        finish_ready: In Bit;
        /// Which hart.
        finish_hart: Out Bits<2>;
        /// `Status`.
        finish_status: Out Bits<8>;
        /// `Halt` or `Escalation`.
        finish_reason: Out Bits<8>;
        /// Gas left.
        finish_gas: Out Bits<64>;
        /// Refund, signed.
        finish_refund: Out Bits<64>;
        /// Bytes of output.
        finish_output_len: Out Bits<32>;
        /// Beats of logs.
        finish_log_beats: Out Bits<32>;
        /// Logs.
        finish_log_count: Out Bits<16>;
        /// Slots written.
        finish_write_count: Out Bits<16>;
        /// Cycles of the frame.
        finish_cycles: Out Bits<32>;
        /// EVM instructions.
        finish_instructions: Out Bits<32>;
        /// Micro-ops retired.
        finish_micro_ops: Out Bits<32>;
        /// Cycles spent waiting for the host.
        finish_host_cycles: Out Bits<32>;
        /// A beat for host memory.
        write_valid: Out Bit;
        /// It is taken.
        write_ready: In Bit;
        /// Its address, a multiple of 64.
        write_address: Out Bits<64>;
        /// The beat.
        write_data: Out Word<512>;
        /// Every beat that was taken is in host memory.
        written: In Bit;
        /// Read host memory.
        read_valid: Out Bit;
        /// The read is taken.
        read_ready: In Bit;
        /// First byte, a multiple of 64.
        read_address: Out Bits<64>;
        /// Beats, 1 to 256.
        read_beats: Out Bits<16>;
        /// A beat of the read.
        rdata_valid: In Bit;
        /// The beat.
        rdata_data: In Word<512>;
        /// The bus reported an error for it.
        rdata_error: In Bit;
        /// A hart asks the host.
        request_valid: Out Bit;
        /// The request is taken.
        request_ready: In Bit;
        /// Which hart.
        request_hart: Out Bits<2>;
        /// `RequestKind`.
        request_kind: Out Bits<8>;
        /// Slot, account or number.
        request_key: Out Word<256>;
        /// Account whose storage is meant.
        request_address: Out Word<160>;
        /// Tag of the transaction.
        request_tag: Out Bits<32>;
        /// Sequence number of the hart.
        request_sequence: Out Bits<8>;
        /// An answer; always taken.
        answer_valid: In Bit;
        /// Which hart.
        answer_hart: In Bits<2>;
        /// Value.
        answer_value: In Word<256>;
        /// Address of code.
        answer_code_iova: In Bits<64>;
        /// Bytes of code.
        answer_code_len: In Bits<32>;
        /// Flags of `Answer`.
        answer_flags: In Bits<8>;
        /// Effects of the transaction so far.
        answer_effects: In Bits<16>;
        /// Handle of a program.
        answer_program: In Bits<32>;
        /// A micro-op retires (for simulation).
        trace_valid: Out Bit;
        /// Which hart.
        trace_hart: Out Bits<2>;
        /// Its index.
        trace_pc: Out Bits<24>;
        /// The micro-op.
        trace_op: Out Bits<64>;
        /// Operand A.
        trace_a: Out Word<256>;
        /// Operand B.
        trace_b: Out Word<256>;
        /// Gas before it.
        trace_gas: Out Bits<64>;
        /// Stack words of its frame before it.
        trace_sp: Out Bits<11>;
        /// Its frame; 0: that of the transaction.
        trace_depth: Out Bits<11>;
        /// A posted operation of the hart is under way: `trace_gas` may be too high by its cost.
        trace_posted: Out Bit;
        /// `Counter`.
        counter_select: In Bits<8>;
        /// Its value.
        counter_value: Out Bits<48>;
    }
    inside {
        pipe: Pipe = Pipe::new;
        memory: MemoryUnit = MemoryUnit::new;
        shift: ShiftUnit = |_| ShiftUnit::default();
        math: MathUnit = |_| MathUnit::default();
        state: StateUnit = StateUnit::new;
        frames: Frames = Frames::new;
        frame_end: FrameEnd = |_| FrameEnd::default();
        write_choice: WriteChoice = |_| WriteChoice::default();
    }
}

impl Logic for Lane {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module lane");
        self.pipe.clock.next = self.clock.val();
        self.pipe.reset.next = self.reset.val();
        self.memory.clock.next = self.clock.val();
        self.memory.reset.next = self.reset.val();
        self.shift.clock.next = self.clock.val();
        self.shift.reset.next = self.reset.val();
        self.math.clock.next = self.clock.val();
        self.math.reset.next = self.reset.val();
        self.state.clock.next = self.clock.val();
        self.state.reset.next = self.reset.val();
        self.frames.clock.next = self.clock.val();
        self.frames.reset.next = self.reset.val();
        self.frame_end.clock.next = self.clock.val();
        self.frame_end.reset.next = self.reset.val();
        self.write_choice.clock.next = self.clock.val();
        self.write_choice.reset.next = self.reset.val();
        // Start and load.
        self.starts.next = self.start_valid.val() & self.frames.card_ready.val();
        self.start_ready.next = self.frames.card_ready.val();
        self.frames.card_valid.next = self.start_valid.val();
        self.frames.card_hart.next = self.start_hart.val();
        self.frames.card_gas.next = self.start_gas.val();
        self.frames.card_program.next = self.start_program.val();
        self.pipe.start_valid.next = self.frames.start_valid.val();
        self.frames.start_ready.next = self.pipe.start_ready.val();
        self.pipe.start_hart.next = self.frames.start_hart.val();
        self.pipe.start_gas.next = self.frames.start_gas.val();
        self.pipe.start_program.next = self.frames.start_program.val();
        self.pipe.start_pc.next = self.frames.start_pc.val();
        self.pipe.start_sp.next = self.frames.start_sp.val();
        self.pipe.start_base.next = self.frames.start_base.val();
        self.pipe.start_first.next = self.frames.start_first.val();
        self.memory.start_valid.next = self.starts.val();
        self.memory.start_hart.next = self.start_hart.val();
        self.memory.start_result_iova.next =
            bit_cast_from_bits::<64, 64>(self.start_result_iova.val());
        self.memory.start_result_len.next = self.start_result_len.val();
        self.memory.start_calldata_len.next = self.start_calldata_len.val();
        self.state.start_valid.next = self.starts.val();
        self.state.start_hart.next = self.start_hart.val();
        self.state.start_fork.next = self.start_fork.val();
        self.state.start_tag.next = self.start_tag.val();
        self.frames.in_load_valid.next = self.load_valid.val();
        self.load_ready.next = self.frames.in_load_ready.val();
        self.frames.in_load_target.next = self.load_target.val();
        self.frames.in_load_hart.next = self.load_hart.val();
        self.frames.in_load_address.next = self.load_address.val();
        self.frames.in_load_data.next = self.load_data.val();
        self.frames.load_ready.next = self.state.load_ready.val();
        self.pipe.load_valid.next = self.frames.load_taken.val();
        self.pipe.load_target.next = self.frames.load_target.val();
        self.pipe.load_hart.next = self.frames.load_hart.val();
        self.pipe.load_address.next = self.frames.load_address.val();
        self.pipe.load_data.next = self.frames.load_data.val();
        self.memory.load_valid.next = self.frames.load_taken.val();
        self.memory.load_target.next = self.frames.load_target.val();
        self.memory.load_hart.next = self.frames.load_hart.val();
        self.memory.load_address.next = self.frames.load_address.val();
        self.memory.load_data.next = self.frames.load_data.val();
        self.state.load_valid.next = self.frames.load_valid.val();
        self.state.load_target.next = self.frames.load_target.val();
        self.state.load_hart.next = self.frames.load_hart.val();
        self.state.load_address.next = self.frames.load_address.val();
        self.state.load_data.next = self.frames.load_data.val();
        self.state.clear_valid.next = self.clear_valid.val();
        self.clear_ready.next = self.state.clear_ready.val();
        self.state.clear_hart.next = self.clear_hart.val();
        // Programs and external code.
        self.memory.program_valid.next = self.pipe.program_valid.val();
        self.memory.program_hart.next = self.pipe.program_hart.val();
        self.memory.program_code_iova.next =
            bit_cast_from_bits::<64, 64>(self.pipe.program_code_iova.val());
        self.memory.program_code_len.next = self.pipe.program_code_len.val();
        self.memory.ext_valid.next = self.state.ext_valid.val();
        self.memory.ext_hart.next = self.state.ext_hart.val();
        self.memory.ext_code_iova.next = self.state.ext_code_iova.val();
        self.memory.ext_code_len.next = self.state.ext_code_len.val();
        // Units.
        self.memory.req_valid.next = self.pipe.memory_valid.val();
        self.pipe.memory_ready.next = self.memory.req_ready.val();
        self.memory.req_hart.next = self.pipe.req_hart.val();
        self.memory.req_op.next = self.pipe.req_op.val();
        self.memory.req_a.next = self.pipe.req_a.val();
        self.memory.req_b.next = self.pipe.req_b.val();
        self.memory.req_imm.next = self.pipe.req_imm.val();
        self.memory.req_c.next = self.pipe.req_c.val();
        self.memory.req_gas.next = bit_cast_from_bits::<64, 64>(self.pipe.req_gas.val());
        self.pipe.memory_rsp_valid.next = self.memory.rsp_valid.val();
        self.memory.rsp_ready.next = self.pipe.memory_rsp_ready.val();
        self.pipe.memory_rsp_soon.next = self.memory.rsp_soon.val();
        self.pipe.memory_rsp_hart.next = self.memory.rsp_hart.val();
        self.pipe.memory_rsp_status.next = self.memory.rsp_status.val();
        self.pipe.memory_rsp_code.next = self.memory.rsp_code.val();
        self.pipe.memory_rsp_value.next = self.memory.rsp_value.val();
        self.pipe.memory_rsp_cost.next = bit_cast_to_bits::<64, 64>(self.memory.rsp_cost.val());
        self.shift.req_valid.next = self.pipe.shift_valid.val();
        self.pipe.shift_ready.next = self.shift.req_ready.val();
        self.shift.req_hart.next = self.pipe.req_hart.val();
        self.shift.req_op.next = self.pipe.req_op.val();
        self.shift.req_a.next = self.pipe.req_a.val();
        self.shift.req_b.next = self.pipe.req_b.val();
        self.pipe.shift_rsp_valid.next = self.shift.rsp_valid.val();
        self.shift.rsp_ready.next = self.pipe.shift_rsp_ready.val();
        self.pipe.shift_rsp_soon.next = self.shift.rsp_soon.val();
        self.pipe.shift_rsp_hart.next = self.shift.rsp_hart.val();
        self.pipe.shift_rsp_status.next = self.shift.rsp_status.val();
        self.pipe.shift_rsp_code.next = self.shift.rsp_code.val();
        self.pipe.shift_rsp_value.next = self.shift.rsp_value.val();
        self.pipe.shift_rsp_cost.next = bit_cast_to_bits::<64, 64>(self.shift.rsp_cost.val());
        self.math.req_valid.next = self.pipe.math_valid.val();
        self.pipe.math_ready.next = self.math.req_ready.val();
        self.math.req_hart.next = self.pipe.req_hart.val();
        self.math.req_op.next = self.pipe.req_op.val();
        self.math.req_a.next = self.pipe.req_a.val();
        self.math.req_b.next = self.pipe.req_b.val();
        self.math.req_c.next = self.pipe.req_c.val();
        self.math.req_gas.next = bit_cast_from_bits::<64, 64>(self.pipe.req_gas.val());
        self.pipe.math_rsp_valid.next = self.math.rsp_valid.val();
        self.math.rsp_ready.next = self.pipe.math_rsp_ready.val();
        self.pipe.math_rsp_soon.next = self.math.rsp_soon.val();
        self.pipe.math_rsp_hart.next = self.math.rsp_hart.val();
        self.pipe.math_rsp_status.next = self.math.rsp_status.val();
        self.pipe.math_rsp_code.next = self.math.rsp_code.val();
        self.pipe.math_rsp_value.next = self.math.rsp_value.val();
        self.pipe.math_rsp_cost.next = bit_cast_to_bits::<64, 64>(self.math.rsp_cost.val());
        self.state.req_valid.next = self.pipe.state_valid.val();
        self.pipe.state_ready.next = self.state.req_ready.val();
        self.state.req_hart.next = self.pipe.req_hart.val();
        self.state.req_op.next = self.pipe.req_op.val();
        self.state.req_a.next = self.pipe.req_a.val();
        self.state.req_b.next = self.pipe.req_b.val();
        self.state.req_imm.next = self.pipe.req_imm.val();
        self.state.req_c.next = self.pipe.req_c.val();
        self.state.req_gas.next = bit_cast_from_bits::<64, 64>(self.pipe.req_gas.val());
        self.pipe.state_rsp_valid.next = self.state.rsp_valid.val();
        self.state.rsp_ready.next = self.pipe.state_rsp_ready.val();
        self.pipe.state_rsp_soon.next = self.state.rsp_soon.val();
        self.pipe.state_rsp_hart.next = self.state.rsp_hart.val();
        self.pipe.state_rsp_status.next = self.state.rsp_status.val();
        self.pipe.state_rsp_code.next = self.state.rsp_code.val();
        self.pipe.state_rsp_value.next = self.state.rsp_value.val();
        self.pipe.state_rsp_cost.next = bit_cast_to_bits::<64, 64>(self.state.rsp_cost.val());
        self.frames.memory_arg_index.next = self.memory.arg_index.val();
        self.pipe.arg_index.next = self.frames.arg_index.val();
        self.frames.arg_value.next = self.pipe.arg_value.val();
        self.memory.arg_value.next = self.pipe.arg_value.val();
        self.pipe.host_waiting.next = self.state.host_waiting.val();
        // The host.
        self.request_valid.next = self.state.request_valid.val();
        self.request_hart.next = self.state.request_hart.val();
        self.request_kind.next = self.state.request_kind.val();
        self.request_key.next = self.state.request_key.val();
        self.request_address.next = self.state.request_address.val();
        self.request_tag.next = self.state.request_tag.val();
        self.request_sequence.next = self.state.request_sequence.val();
        self.state.request_ready.next = self.request_ready.val();
        self.state.answer_valid.next = self.answer_valid.val();
        self.state.answer_hart.next = self.answer_hart.val();
        self.state.answer_value.next = self.answer_value.val();
        self.state.answer_code_iova.next =
            bit_cast_from_bits::<64, 64>(self.answer_code_iova.val());
        self.state.answer_code_len.next = self.answer_code_len.val();
        self.state.answer_flags.next = self.answer_flags.val();
        self.state.answer_effects.next = self.answer_effects.val();
        self.state.answer_program.next = self.answer_program.val();
        // Host memory.
        self.read_valid.next = self.memory.read_valid.val();
        self.memory.read_ready.next = self.read_ready.val();
        self.read_address.next = bit_cast_to_bits::<64, 64>(self.memory.read_address.val());
        self.read_beats.next = self.memory.read_beats.val();
        self.memory.rdata_valid.next = self.rdata_valid.val();
        self.memory.rdata_data.next = self.rdata_data.val();
        self.memory.rdata_error.next = self.rdata_error.val();
        self.write_choice.memory_valid.next = self.memory.write_valid.val();
        self.write_choice.memory_address.next = self.memory.write_address.val();
        self.write_choice.memory_data.next = self.memory.write_data.val();
        self.memory.write_ready.next = self.write_choice.memory_ready.val();
        self.write_choice.state_valid.next = self.state.write_valid.val();
        self.write_choice.state_address.next = self.state.write_address.val();
        self.write_choice.state_data.next = self.state.write_data.val();
        self.state.write_ready.next = self.write_choice.state_ready.val();
        self.write_valid.next = self.write_choice.write_valid.val();
        self.write_choice.write_ready.next = self.write_ready.val();
        self.write_address.next = bit_cast_to_bits::<64, 64>(self.write_choice.write_address.val());
        self.write_data.next = self.write_choice.write_data.val();
        // Ends.
        self.frames.end_valid.next = self.pipe.end_valid.val();
        self.pipe.end_ready.next = self.frames.end_ready.val();
        self.frames.end_hart.next = self.pipe.end_hart.val();
        self.frames.end_status.next = self.pipe.end_status.val();
        self.frames.end_reason.next = self.pipe.end_reason.val();
        self.frames.end_gas.next = self.pipe.end_gas.val();
        self.frames.end_pc.next = self.pipe.end_pc.val();
        self.frames.end_sp.next = self.pipe.end_sp.val();
        self.pipe.frame_busy.next = self.frames.frame_busy.val();
        self.pipe.task_taken.next = self.frames.memory_task_taken.val();
        self.pipe.task_hart.next = self.frames.task_hart.val();
        self.frames.written.next = self.written.val();
        self.frames.trace_hart.next = self.pipe.trace_hart.val();
        self.trace_depth.next = self.frames.trace_depth.val();
        // Tasks of the state unit.
        self.state.task_valid.next = self.frames.state_task_valid.val();
        self.frames.state_task_ready.next = self.state.task_ready.val();
        self.state.task_hart.next = self.frames.task_hart.val();
        self.state.task_op.next = self.frames.state_task_op.val();
        self.state.task_key.next = self.frames.state_task_key.val();
        self.state.task_address.next = self.frames.state_task_address.val();
        self.frames.state_task_done.next = self.state.task_done.val();
        self.frames.state_task_status.next = self.state.task_status.val();
        self.frames.state_task_code.next = self.state.task_code.val();
        self.frames.state_task_value.next = self.state.task_value.val();
        self.frames.state_task_iova.next = self.state.task_iova.val();
        self.frames.state_task_len.next = self.state.task_len.val();
        self.frames.state_task_program.next = self.state.task_program.val();
        self.frames.state_task_effects.next = self.state.task_effects.val();
        self.frames.state_task_flags.next = self.state.task_flags.val();
        self.state.pending_hart.next = self.frames.task_hart.val();
        self.frames.pending_kind.next = self.state.pending_kind.val();
        self.frames.pending_account.next = self.state.pending_account.val();
        self.frames.pending_program.next = self.state.pending_program.val();
        self.frames.pending_gas.next = self.state.pending_gas.val();
        self.frames.pending_has_value.next = self.state.pending_has_value.val();
        self.frames.pending_has_code.next = self.state.pending_has_code.val();
        self.frames.pending_is_precompile.next = self.state.pending_is_precompile.val();
        // Tasks of the memory unit.
        self.memory.task_valid.next = self.frames.memory_task_valid.val();
        self.frames.memory_task_ready.next = self.memory.task_ready.val();
        self.memory.task_hart.next = self.frames.task_hart.val();
        self.memory.task_op.next = self.frames.memory_task_op.val();
        self.memory.task_iova.next = self.frames.memory_task_iova.val();
        self.memory.task_len.next = self.frames.memory_task_len.val();
        self.frames.memory_task_done.next = self.memory.task_done.val();
        self.frames.memory_task_status.next = self.memory.task_status.val();
        self.frames.memory_task_code.next = self.memory.task_code.val();
        self.frames.in_range_len.next = self.memory.in_range_len.val();
        self.frames.return_len.next = self.memory.return_len.val();
        self.memory.is_static.next = self.state.is_static.val();
        self.frame_end.end_valid.next = self.frames.over_valid.val();
        self.frames.over_ready.next = self.frame_end.end_ready.val();
        self.frame_end.end_hart.next = self.frames.over_hart.val();
        self.frame_end.end_status.next = self.frames.over_status.val();
        self.frame_end.end_reason.next = self.frames.over_reason.val();
        self.frame_end.end_gas.next = self.frames.over_gas.val();
        self.pipe.end_select.next = self.frame_end.finish_select.val();
        self.memory.finish_select.next = self.frame_end.finish_select.val();
        self.frame_end.output_len.next = self.memory.output_len.val();
        self.frame_end.log_beats.next = self.memory.log_beats.val();
        self.frame_end.log_count.next = self.memory.log_count.val();
        self.state.commit_valid.next = self.frame_end.commit_valid.val();
        self.frame_end.commit_ready.next = self.state.commit_ready.val();
        self.state.commit_hart.next = self.frame_end.finish_hart.val();
        self.state.commit_cursor.next = self.memory.cursor.val();
        self.state.commit_limit.next = self.memory.limit.val();
        self.frame_end.committed_valid.next = self.state.committed_valid.val();
        self.frame_end.committed_write_count.next = self.state.committed_write_count.val();
        self.frame_end.committed_refund.next =
            bit_cast_to_bits::<64, 64>(self.state.committed_refund.val());
        self.frame_end.committed_overflow.next = self.state.committed_overflow.val();
        self.frame_end.finish_ready.next = self.finish_ready.val();
        self.finish_valid.next = self.frame_end.finish_valid.val();
        self.finish_hart.next = self.frame_end.finish_hart.val();
        self.finish_status.next = self.frame_end.finish_status.val();
        self.finish_reason.next = self.frame_end.finish_reason.val();
        self.finish_gas.next = self.frame_end.finish_gas.val();
        self.finish_refund.next = self.frame_end.finish_refund.val();
        self.finish_output_len.next = self.frame_end.finish_output_len.val();
        self.finish_log_beats.next = self.frame_end.finish_log_beats.val();
        self.finish_log_count.next = self.frame_end.finish_log_count.val();
        self.finish_write_count.next = self.frame_end.finish_write_count.val();
        self.frame_end.end_cycles.next = self.pipe.end_cycles.val();
        self.finish_cycles.next = self.frame_end.finish_cycles.val();
        self.frame_end.end_instructions.next = self.pipe.end_instructions.val();
        self.finish_instructions.next = self.frame_end.finish_instructions.val();
        self.frame_end.end_micro_ops.next = self.pipe.end_micro_ops.val();
        self.finish_micro_ops.next = self.frame_end.finish_micro_ops.val();
        self.frame_end.end_host_cycles.next = self.pipe.end_host_cycles.val();
        self.finish_host_cycles.next = self.frame_end.finish_host_cycles.val();
        // Trace and counters.
        self.trace_valid.next = self.pipe.trace_valid.val();
        self.trace_hart.next = self.pipe.trace_hart.val();
        self.trace_pc.next = self.pipe.trace_pc.val();
        self.trace_op.next = self.pipe.trace_op.val();
        self.trace_a.next = self.pipe.trace_a.val();
        self.trace_b.next = self.pipe.trace_b.val();
        self.trace_gas.next = self.pipe.trace_gas.val();
        self.trace_sp.next = self.pipe.trace_sp.val();
        self.trace_posted.next = self.pipe.trace_posted.val();
        self.pipe.counter_select.next = self.counter_select.val();
        self.counter_value.next = self.pipe.counter_value.val();
    }
}
