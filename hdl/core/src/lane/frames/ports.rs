//! Ports of [`super::Frames`].

use crate::circuit::circuit_block;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

circuit_block! {
    /// Enters and leaves frames; see the module.
    Frames {
        /// Synchronous, active high.
        reset: In Bit;

        /// The card starts a hart.
        card_valid: In Bit;
        /// Taken.
        card_ready: Out Bit;
        /// Which hart.
        card_hart: In Bits<2>;
        /// Its gas.
        card_gas: In Bits<64>;
        /// Its program.
        card_program: In Bits<32>;
        /// To the pipe.
        start_valid: Out Bit;
        /// From the pipe.
        start_ready: In Bit;
        /// To the pipe.
        start_hart: Out Bits<2>;
        /// To the pipe.
        start_gas: Out Bits<64>;
        /// To the pipe.
        start_program: Out Bits<32>;
        /// To the pipe.
        start_pc: Out Bits<24>;
        /// To the pipe.
        start_sp: Out Bits<12>;
        /// To the pipe.
        start_base: Out Bits<12>;
        /// To the pipe: a transaction begins.
        start_first: Out Bit;

        /// From the pipe.
        end_valid: In Bit;
        /// To the pipe.
        end_ready: Out Bit;
        /// From the pipe.
        end_hart: In Bits<2>;
        /// From the pipe: `Status`, or 5 `enter`.
        end_status: In Bits<8>;
        /// From the pipe.
        end_reason: In Bits<8>;
        /// From the pipe.
        end_gas: In Bits<64>;
        /// From the pipe.
        end_pc: In Bits<24>;
        /// From the pipe.
        end_sp: In Bits<12>;
        /// The hart that is worked for, one bit each.
        frame_busy: Out Bits<4>;
        /// A transaction ends.
        over_valid: Out Bit;
        /// Taken.
        over_ready: In Bit;
        /// Which hart.
        over_hart: Out Bits<2>;
        /// `Status`.
        over_status: Out Bits<8>;
        /// `Halt` or `Escalation`.
        over_reason: Out Bits<8>;
        /// Gas left.
        over_gas: Out Bits<64>;

        /// The card writes to a store.
        in_load_valid: In Bit;
        /// Taken.
        in_load_ready: Out Bit;
        /// Store.
        in_load_target: In Bits<3>;
        /// Hart.
        in_load_hart: In Bits<2>;
        /// Where.
        in_load_address: In Bits<32>;
        /// The beat.
        in_load_data: In Word<512>;
        /// Offered to the state unit.
        load_valid: Out Bit;
        /// The state unit takes it.
        load_ready: In Bit;
        /// Offered and taken: for pipe and memory unit.
        load_taken: Out Bit;
        /// Store.
        load_target: Out Bits<3>;
        /// Hart.
        load_hart: Out Bits<2>;
        /// Where.
        load_address: Out Bits<32>;
        /// The beat.
        load_data: Out Word<512>;

        /// Hart of the tasks; also that of `pending_*`, `in_range_len` and `return_len`.
        task_hart: Out Bits<2>;
        /// A task for the state unit.
        state_task_valid: Out Bit;
        /// Taken.
        state_task_ready: In Bit;
        /// What to do.
        state_task_op: Out Bits<4>;
        /// Key.
        state_task_key: Out Word<256>;
        /// Address.
        state_task_address: Out Word<160>;
        /// Done, one cycle.
        state_task_done: In Bit;
        /// 0 done, 2 escalate; this and the next hold.
        state_task_status: In Bits<2>;
        /// `Escalation`.
        state_task_code: In Bits<8>;
        /// Value of the answer.
        state_task_value: In Word<256>;
        /// Output of a call: address.
        state_task_iova: In Word<64>;
        /// Output of a call: bytes.
        state_task_len: In Bits<32>;
        /// Program of a creation.
        state_task_program: In Bits<32>;
        /// Effects of the hart so far.
        state_task_effects: In Bits<16>;
        /// Flags of the answer.
        state_task_flags: In Bits<8>;
        /// `CallKind`, 4 create, 5 create2.
        pending_kind: In Bits<3>;
        /// Account called.
        pending_account: In Word<160>;
        /// Its program.
        pending_program: In Bits<32>;
        /// Gas of the frame.
        pending_gas: In Word<64>;
        /// Value is sent.
        pending_has_value: In Bit;
        /// There is a program.
        pending_has_code: In Bit;
        /// It is a precompile.
        pending_is_precompile: In Bit;

        /// A task for the memory unit.
        memory_task_valid: Out Bit;
        /// Taken.
        memory_task_ready: In Bit;
        /// Taken in this cycle.
        memory_task_taken: Out Bit;
        /// What to do.
        memory_task_op: Out Bits<3>;
        /// Fetch: address.
        memory_task_iova: Out Word<64>;
        /// Fetch: bytes; push and payload: flags.
        memory_task_len: Out Bits<32>;
        /// Done, one cycle.
        memory_task_done: In Bit;
        /// 0 done, 2 escalate; with `memory_task_done`.
        memory_task_status: In Bits<2>;
        /// `Escalation`.
        memory_task_code: In Bits<8>;
        /// Bytes of the in-range.
        in_range_len: In Bits<32>;
        /// Bytes of the return data, or of the output of a creation.
        return_len: In Bits<32>;
        /// Arg word that the memory unit reads.
        memory_arg_index: In Bits<2>;
        /// Arg word that is read.
        arg_index: Out Bits<2>;
        /// That word.
        arg_value: In Word<256>;
        /// Every beat of the lane is in host memory.
        written: In Bit;

        /// Hart that retires (for simulation).
        trace_hart: In Bits<2>;
        /// Its frame.
        trace_depth: Out Bits<11>;
    }
}
