//! Ports of the memory unit, what is inside it, and its construction. The wiring is in [`super::unit`].

use super::align::ReverseBytes;
use super::code_fetch::CodeFetch;
use super::control::Control;
use super::emitter::Emitter;
use super::frame_store::FrameStore;
use super::hart_file::HartFile;
use super::pair_ram::PairRam;
use super::places::{Places, bank_rows, place_mask};
use super::ram::BankRam;
use super::ranges::Ranges;
use super::reader::Reader;
use super::route::Route;
use super::span::Span;
use super::tally::Tally;
use super::task::Task;
use super::writer::Writer;
use super::zeroer::Zeroer;
use crate::unit::keccak::Keccak;
use gasworks_abi::config::Config;
use gasworks_abi::gas;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

/// log2 of the 32-byte words in the window of code bytes: 16 beats.
const CODE_WINDOW_WORDS_LOG2: u32 = 5;

/// Declares the block: typed ports, what is inside, and a constructor that takes what is not default.
macro_rules! unit_block {
    ($(#[$meta:meta])* $unit:ident {
        ports { $( $(#[$doc:meta])* $port:ident: $direction:ident $kind:ty; )* }
        inside { $( $(#[$note:meta])* $field:ident: $block:ty; )* }
        built { $( $made:ident: $made_type:ty; )* }
    }) => {
        $(#[$meta])*
        #[derive(LogicBlock)]
        pub struct $unit {
            /// Clock.
            pub clock: Signal<In, Clock>,
            $( $(#[$doc])* pub $port: Signal<$direction, $kind>, )*
            $( $(#[$note])* pub(super) $field: $block, )*
            $( pub(super) $made: $made_type, )*
        }
        impl $unit {
            #[allow(clippy::too_many_arguments, reason = "one for each block that has sizes")]
            fn build($( $made: $made_type, )*) -> Self {
                Self {
                    clock: Signal::default(),
                    $( $port: Signal::default(), )*
                    $( $field: <$block>::default(), )*
                    $( $made, )*
                }
            }
        }
    };
}

unit_block! {
    /// See the module.
    MemoryUnit {
        ports {
            /// Synchronous reset.
            reset: In Bit;
            /// A request.
            req_valid: In Bit;
            /// The unit is idle.
            req_ready: Out Bit;
            /// Hart that asks.
            req_hart: In Bits<2>;
            /// `micro_op::Op`, of unit memory.
            req_op: In Bits<8>;
            /// Immediate: topics of a log, price of an in-range.
            req_imm: In Bits<24>;
            /// Operand A.
            req_a: In Word<256>;
            /// Operand B.
            req_b: In Word<256>;
            /// Operand C: arg word 0.
            req_c: In Word<256>;
            /// Gas left.
            req_gas: In Word<64>;
            /// A response.
            rsp_valid: Out Bit;
            /// It is taken.
            rsp_ready: In Bit;
            /// `rsp_valid` rises in the next cycle.
            rsp_soon: Out Bit;
            /// Hart that asked.
            rsp_hart: Out Bits<2>;
            /// 0 done, 1 halt, 2 escalate, 3 end of frame.
            rsp_status: Out Bits<2>;
            /// `Halt`, `Escalation` or, at the end of the frame, `Status`.
            rsp_code: Out Bits<8>;
            /// Result, if the operation has one.
            rsp_value: Out Word<256>;
            /// Gas charged; counts with status 0 and 3.
            rsp_cost: Out Word<64>;
            /// Arg word to be read, of the hart of the last request.
            arg_index: Out Bits<2>;
            /// That word, in the same cycle.
            arg_value: In Word<256>;
            /// A beat for one of the stores of the lane; targets other than 2 and 3 are ignored.
            load_valid: In Bit;
            /// 2 environment (of pair 0 the account is kept), 3 calldata.
            load_target: In Bits<3>;
            /// Hart.
            load_hart: In Bits<2>;
            /// Environment pair, or beat of calldata.
            load_address: In Bits<32>;
            /// The beat.
            load_data: In Word<512>;
            /// A transaction begins; its calldata is loaded.
            start_valid: In Bit;
            /// On this hart.
            start_hart: In Bits<2>;
            /// Address of its result record, 64-byte aligned.
            start_result_iova: In Word<64>;
            /// Bytes of the record; whole beats count.
            start_result_len: In Bits<32>;
            /// Bytes of calldata, not more than the buffer has.
            start_calldata_len: In Bits<32>;
            /// The header of a hart's program was read.
            program_valid: In Bit;
            /// Which hart.
            program_hart: In Bits<2>;
            /// Address of the bytecode, 64-byte aligned.
            program_code_iova: In Word<64>;
            /// Its bytes.
            program_code_len: In Bits<32>;
            /// `exttouch` found code.
            ext_valid: In Bit;
            /// For this hart.
            ext_hart: In Bits<2>;
            /// Address of that code, 64-byte aligned.
            ext_code_iova: In Word<64>;
            /// Its bytes.
            ext_code_len: In Bits<32>;
            /// A bit for each hart: its frame is static.
            is_static: In Bits<4>;
            /// A task; it is taken before a request.
            task_valid: In Bit;
            /// It is taken.
            task_ready: Out Bit;
            /// Hart that it is for; also that of `in_range_len` and `return_len`.
            task_hart: In Bits<2>;
            /// Which, a [`TASK_PUSH`](super::task::TASK_PUSH) and so on.
            task_op: In Bits<3>;
            /// Address of a fetch, 64-byte aligned.
            task_iova: In Word<64>;
            /// Bytes of a fetch; flags of a push and a payload.
            task_len: In Bits<32>;
            /// The task is done.
            task_done: Out Bit;
            /// 0 done, 2 escalate; until the next task is taken.
            task_status: Out Bits<2>;
            /// `Escalation`.
            task_code: Out Bits<8>;
            /// Bytes of the in-range.
            in_range_len: Out Bits<32>;
            /// Bytes of the return data, or of the code that a creation returned.
            return_len: Out Bits<32>;
            /// A beat of the result record, or of a payload.
            write_valid: Out Bit;
            /// It is taken.
            write_ready: In Bit;
            /// Its address.
            write_address: Out Word<64>;
            /// Its bytes, the first in `[7:0]`.
            write_data: Out Word<512>;
            /// A read command.
            read_valid: Out Bit;
            /// It is taken.
            read_ready: In Bit;
            /// First byte, 64-byte aligned.
            read_address: Out Word<64>;
            /// Beats, 1 to 16.
            read_beats: Out Bits<16>;
            /// A beat of the last read command came.
            rdata_valid: In Bit;
            /// The beat.
            rdata_data: In Word<512>;
            /// The bus reported an error for it.
            rdata_error: In Bit;
            /// Hart whose results are shown below.
            finish_select: In Bits<2>;
            /// Bytes of output.
            output_len: Out Bits<32>;
            /// Beats of logs.
            log_beats: Out Bits<32>;
            /// Logs.
            log_count: Out Bits<16>;
            /// First byte of the result record that was not written.
            cursor: Out Word<64>;
            /// First byte past the result record.
            limit: Out Word<64>;
        }
        inside {
            control: Control;
            zeroer: Zeroer;
            reader: Reader;
            fetch: CodeFetch;
            writer: Writer;
            emitter: Emitter;
            keccak: Keccak;
            harts: HartFile;
            tally: Tally;
            route: Route;
            tasks: Task;
            ranges: Ranges;
            reverse: ReverseBytes;
            /// Of what is offered without going through `value`.
            reverse_offer: ReverseBytes;
            hart: DFF<Word<2>>;
            op: DFF<Word<4>>;
            imm: DFF<Word<5>>;
            is_task: DFF<Bit>;
            /// Of the running frame, from the transfer of an operation on.
            is_nested: DFF<Bit>;
            is_creation: DFF<Bit>;
            nested_length: DFF<Word<25>>;
            a: DFF<Word<256>>;
            b: DFF<Word<256>>;
            c: DFF<Word<256>>;
            gas: DFF<Word<64>>;
            value: DFF<Word<256>>;
            cost: DFF<Word<48>>;
            is_backward: DFF<Bit>;
            is_hash: DFF<Bit>;
            is_plain: DFF<Bit>;
            is_payload: Signal<Local, Bit>;
            /// A task is offered.
            is_offered: Signal<Local, Bit>;
            launch: Signal<Local, Bit>;
            too_long: Signal<Local, Bit>;
            copy_done: Signal<Local, Bit>;
            abort: Signal<Local, Bit>;
            /// The hart that is served, or that will be if a request is taken.
            hart_now: Signal<Local, Word<2>>;
            /// Of the harts from the one that is served on.
            statics: Signal<Local, Word<4>>;
            topics: Signal<Local, Word<3>>;
            place_now: Signal<Local, Word<26>>;
            length_now: Signal<Local, Word<25>>;
            task_length: Signal<Local, Word<32>>;
            calldata_len: Signal<Local, Word<32>>;
            copy_address: Signal<Local, Word<32>>;
            first_row: Signal<Local, Word<20>>;
            operand: Signal<Local, Word<256>>;
            far: Signal<Local, Bit>;
            ones: Signal<Local, Word<32>>;
            calldata_loads: Signal<Local, Bit>;
            has_length: Signal<Local, Bit>;
            chunk_to_memory: Signal<Local, Bit>;
        }
        built {
            span: Span;
            frames: FrameStore;
            places: Places;
            memory_even: BankRam;
            memory_odd: BankRam;
            calldata: PairRam;
            window: PairRam;
            has_frames: Constant<Bit>;
            return_bytes: Constant<Word<33>>;
            place_mask: Constant<Word<26>>;
            length_mask: Constant<Word<25>>;
            words_mask: Constant<Word<28>>;
            cost_mask: Constant<Word<48>>;
        }
    }
}

/// Ones in the bits of the largest value.
fn ones(largest: u64) -> u64 {
    u64::MAX >> largest.leading_zeros()
}

impl MemoryUnit {
    /// Of the sizes of a configuration.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let words = 1u64 << config.memory_words_log2;
        let cost = gas::MEMORY_WORD * words + words * words / gas::MEMORY_QUADRATIC_DIVISOR;
        let longest = u64::from(config.memory_bytes().max(config.return_bytes()));
        Self::build(
            Span::default(),
            FrameStore::new(config),
            Places::new(config),
            BankRam::new(bank_rows(config)),
            BankRam::new(bank_rows(config)),
            PairRam::new(config.harts, config.calldata_words_log2),
            PairRam::new(1, CODE_WINDOW_WORDS_LOG2),
            Constant::new(config.frames_log2 > 0),
            Constant::new(u64::from(config.return_bytes()).into()),
            Constant::new(place_mask(config).into()),
            Constant::new(ones(longest).into()),
            Constant::new(ones(words).into()),
            Constant::new(ones(cost).into()),
        )
    }
}
