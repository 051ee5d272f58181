//! Ports of the pipeline.

use crate::circuit::circuit_block;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

circuit_block! {
    /// The pipeline of one lane. `docs/src/machine.md` describes the ports; [`super`] the stages.
    Pipe {
        /// Synchronous, active high: forgets all harts.
        reset: In Bit;
        /// Starts a hart that is idle.
        start_valid: In Bit;
        /// The header reader is free.
        start_ready: Out Bit;
        /// Which hart.
        start_hart: In Bits<2>;
        /// Gas that the frame has left.
        start_gas: In Bits<64>;
        /// First line of the program in the code store.
        start_program: In Bits<32>;
        /// First micro-op: word of the program.
        start_pc: In Bits<24>;
        /// Words on the window, of all frames of the hart.
        start_sp: In Bits<12>;
        /// Where the frame's own words begin.
        start_base: In Bits<12>;
        /// A transaction begins: the counters of the hart begin at zero.
        start_first: In Bit;
        /// One beat into the code store, the constant store or the environment file.
        load_valid: In Bit;
        /// 0 code line, 1 constant pair, 2 environment pair; others are ignored here.
        load_target: In Bits<3>;
        /// Hart of an environment pair.
        load_hart: In Bits<2>;
        /// Line, constant/2 or environment word/2.
        load_address: In Bits<32>;
        /// The beat.
        load_data: In Word<512>;
        /// Pulse: the header of a hart's program was read.
        program_valid: Out Bit;
        /// Which hart.
        program_hart: Out Bits<2>;
        /// `ProgramHeader::code_iova`.
        program_code_iova: Out Bits<64>;
        /// `ProgramHeader::code_len`.
        program_code_len: Out Bits<32>;
        /// A frame ended, or enters another.
        end_valid: Out Bit;
        /// The lane takes it.
        end_ready: In Bit;
        /// Which hart.
        end_hart: Out Bits<2>;
        /// `Status`, or [`super::ENTER`].
        end_status: Out Bits<8>;
        /// `Halt` or `Escalation` code; 0 otherwise.
        end_reason: Out Bits<8>;
        /// Gas left, 0 after a halt.
        end_gas: Out Bits<64>;
        /// Word of the program after the last micro-op (after `enter`: where the hart goes on).
        end_pc: Out Bits<24>;
        /// Words on the window after it.
        end_sp: Out Bits<12>;
        /// Per hart: its next start is being prepared; these cycles are of its transaction, too.
        frame_busy: In Bits<4>;
        /// Hart whose counters are shown.
        end_select: In Bits<2>;
        /// EVM instructions entered.
        end_instructions: Out Bits<32>;
        /// Micro-ops retired.
        end_micro_ops: Out Bits<32>;
        /// Cycles since the transaction began.
        end_cycles: Out Bits<32>;
        /// Cycles in which `host_waiting` was set.
        end_host_cycles: Out Bits<32>;
        /// Per hart: a request to the host is outstanding.
        host_waiting: In Bits<4>;
        /// Request to the memory unit; only raised in cycles in which it is ready.
        memory_valid: Out Bit;
        /// The memory unit takes a request in this cycle; must not depend on `memory_valid`.
        memory_ready: In Bit;
        /// Request to the shift unit; only raised in cycles in which it is ready.
        shift_valid: Out Bit;
        /// The shift unit takes a request in this cycle; must not depend on `shift_valid`.
        shift_ready: In Bit;
        /// Request to the math unit; only raised in cycles in which it is ready.
        math_valid: Out Bit;
        /// The math unit takes a request in this cycle; must not depend on `math_valid`.
        math_ready: In Bit;
        /// Request to the state unit; only raised in cycles in which it is ready.
        state_valid: Out Bit;
        /// The state unit takes a request in this cycle; must not depend on `state_valid`.
        state_ready: In Bit;
        /// Hart of the request.
        req_hart: Out Bits<2>;
        /// Its operation.
        req_op: Out Bits<8>;
        /// Its immediate.
        req_imm: Out Bits<24>;
        /// Operand A.
        req_a: Out Word<256>;
        /// Operand B.
        req_b: Out Word<256>;
        /// Operand C: arg word 0.
        req_c: Out Word<256>;
        /// Gas left.
        req_gas: Out Bits<64>;
        /// The memory unit takes a task in this cycle.
        task_taken: In Bit;
        /// Its hart.
        task_hart: In Bits<2>;
        /// Arg word that is read, of the hart of the memory unit's last request or task.
        arg_index: In Bits<2>;
        /// That word, in the same cycle.
        arg_value: Out Word<256>;
        /// Answer of the memory unit; its payload holds until taken.
        memory_rsp_valid: In Bit;
        /// Taken in this cycle.
        memory_rsp_ready: Out Bit;
        /// `memory_rsp_valid` rises in the next cycle; the hart of the answer is there already.
        memory_rsp_soon: In Bit;
        /// Hart of the answer.
        memory_rsp_hart: In Bits<2>;
        /// 0 done, 1 halt, 2 escalate, 3 end of frame.
        memory_rsp_status: In Bits<2>;
        /// `Halt`, `Escalation` or `Status`.
        memory_rsp_code: In Bits<8>;
        /// Result, if the operation has one.
        memory_rsp_value: In Word<256>;
        /// Gas charged.
        memory_rsp_cost: In Bits<64>;
        /// Answer of the shift unit; its payload holds until taken.
        shift_rsp_valid: In Bit;
        /// Taken in this cycle.
        shift_rsp_ready: Out Bit;
        /// `shift_rsp_valid` rises in the next cycle; the hart of the answer is there already.
        shift_rsp_soon: In Bit;
        /// Hart of the answer.
        shift_rsp_hart: In Bits<2>;
        /// 0 done, 1 halt, 2 escalate, 3 end of frame.
        shift_rsp_status: In Bits<2>;
        /// `Halt`, `Escalation` or `Status`.
        shift_rsp_code: In Bits<8>;
        /// Result, if the operation has one.
        shift_rsp_value: In Word<256>;
        /// Gas charged.
        shift_rsp_cost: In Bits<64>;
        /// Answer of the math unit; its payload holds until taken.
        math_rsp_valid: In Bit;
        /// Taken in this cycle.
        math_rsp_ready: Out Bit;
        /// `math_rsp_valid` rises in the next cycle; the hart of the answer is there already.
        math_rsp_soon: In Bit;
        /// Hart of the answer.
        math_rsp_hart: In Bits<2>;
        /// 0 done, 1 halt, 2 escalate, 3 end of frame.
        math_rsp_status: In Bits<2>;
        /// `Halt`, `Escalation` or `Status`.
        math_rsp_code: In Bits<8>;
        /// Result, if the operation has one.
        math_rsp_value: In Word<256>;
        /// Gas charged.
        math_rsp_cost: In Bits<64>;
        /// Answer of the state unit; its payload holds until taken.
        state_rsp_valid: In Bit;
        /// Taken in this cycle.
        state_rsp_ready: Out Bit;
        /// `state_rsp_valid` rises in the next cycle; the hart of the answer is there already.
        state_rsp_soon: In Bit;
        /// Hart of the answer.
        state_rsp_hart: In Bits<2>;
        /// 0 done, 1 halt, 2 escalate, 3 end of frame.
        state_rsp_status: In Bits<2>;
        /// `Halt`, `Escalation` or `Status`.
        state_rsp_code: In Bits<8>;
        /// Result, if the operation has one.
        state_rsp_value: In Word<256>;
        /// Gas charged.
        state_rsp_cost: In Bits<64>;
        /// A micro-op retired in this cycle.
        trace_valid: Out Bit;
        /// Its hart.
        trace_hart: Out Bits<2>;
        /// Its index in the program.
        trace_pc: Out Bits<24>;
        /// The micro-op.
        trace_op: Out Bits<64>;
        /// Operand A, zero if it reads none.
        trace_a: Out Word<256>;
        /// Operand B, zero if it reads none.
        trace_b: Out Word<256>;
        /// Gas before it; does not yet include the cost of a posted operation that is under way.
        trace_gas: Out Bits<64>;
        /// Stack words of its frame before it.
        trace_sp: Out Bits<11>;
        /// A posted operation of the hart is under way: `trace_gas` may be too high by its cost.
        trace_posted: Out Bit;
        /// `regs::Counter`.
        counter_select: In Bits<8>;
        /// The selected counter, one cycle later.
        counter_value: Out Bits<48>;
    }
}
