//! Ports of the state unit, what is inside it, and its construction. The wiring is in [`super::unit`].

use gasworks_abi::config::Config;
use gasworks_verilog::leaf::RegEn;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

use super::call_price::CallPrice;
use super::choice::Choice;
use super::commit::Commit;
use super::control::Control;
use super::decode::Decode;
use super::host::HostPort;
use super::journal::Journal;
use super::operands::Operands;
use super::pending::Pending;
use super::price::StorePrice;
use super::size::TableSize;
use super::table::Table;

/// State unit of a lane; see [`super`].
#[derive(LogicBlock, Default)]
pub struct StateUnit {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Signal<In, Bit>,

    /// A request is offered.
    pub req_valid: Signal<In, Bit>,
    /// The unit takes a request.
    pub req_ready: Signal<Out, Bit>,
    /// Hart that asks.
    pub req_hart: Signal<In, Bits<2>>,
    /// Operation, `0x60` to `0x6e`.
    pub req_op: Signal<In, Bits<8>>,
    /// Immediate: `CallKind` of a call; 1 for `CREATE2`.
    pub req_imm: Signal<In, Bits<24>>,
    /// Operand A: slot, account or number.
    pub req_a: Signal<In, Word<256>>,
    /// Operand B: value to store or to send.
    pub req_b: Signal<In, Word<256>>,
    /// Operand C: gas asked for.
    pub req_c: Signal<In, Word<256>>,
    /// Gas left.
    pub req_gas: Signal<In, Word<64>>,
    /// A response is offered.
    pub rsp_valid: Signal<Out, Bit>,
    /// The response is taken.
    pub rsp_ready: Signal<In, Bit>,
    /// `rsp_valid` rises in the next cycle.
    pub rsp_soon: Signal<Out, Bit>,
    /// Hart that asked.
    pub rsp_hart: Signal<Out, Bits<2>>,
    /// 0 done; 1 halt; 2 escalate.
    pub rsp_status: Signal<Out, Bits<2>>,
    /// `Halt` or `Escalation`.
    pub rsp_code: Signal<Out, Bits<8>>,
    /// Result.
    pub rsp_value: Signal<Out, Word<256>>,
    /// Gas charged.
    pub rsp_cost: Signal<Out, Word<64>>,

    /// A task is offered.
    pub task_valid: Signal<In, Bit>,
    /// The unit takes a task.
    pub task_ready: Signal<Out, Bit>,
    /// Hart that it is for; no operation of it is under way.
    pub task_hart: Signal<In, Bits<2>>,
    /// 0 push, 1 keep, 2 undo, 3 name, 7 to 12 request of that kind.
    pub task_op: Signal<In, Bits<4>>,
    /// Key of the request; bit 0: static frame (push), warm if new (name).
    pub task_key: Signal<In, Word<256>>,
    /// Address of the request; account to name.
    pub task_address: Signal<In, Word<160>>,
    /// The task is done; one cycle.
    pub task_done: Signal<Out, Bit>,
    /// 0 done; 2 escalate. This and the next hold until the next task is taken.
    pub task_status: Signal<Out, Bits<2>>,
    /// `Escalation`.
    pub task_code: Signal<Out, Bits<8>>,
    /// Value of the answer.
    pub task_value: Signal<Out, Word<256>>,
    /// Host address in the answer.
    pub task_iova: Signal<Out, Word<64>>,
    /// Bytes there.
    pub task_len: Signal<Out, Bits<32>>,
    /// Handle of a program.
    pub task_program: Signal<Out, Bits<32>>,
    /// Effects of the hart so far, after every task.
    pub task_effects: Signal<Out, Bits<16>>,
    /// Flags of the answer.
    pub task_flags: Signal<Out, Bits<8>>,

    /// Hart whose call or creation is shown.
    pub pending_hart: Signal<In, Bits<2>>,
    /// `CallKind`, 4 create, 5 create2.
    pub pending_kind: Signal<Out, Bits<3>>,
    /// Account called.
    pub pending_account: Signal<Out, Word<160>>,
    /// Its program.
    pub pending_program: Signal<Out, Bits<32>>,
    /// Gas of the frame, with the stipend.
    pub pending_gas: Signal<Out, Word<64>>,
    /// A call sends value.
    pub pending_has_value: Signal<Out, Bit>,
    /// There is a program.
    pub pending_has_code: Signal<Out, Bit>,
    /// The account is a precompile.
    pub pending_is_precompile: Signal<Out, Bit>,
    /// One bit per hart: its frame is static.
    pub is_static: Signal<Out, Bits<4>>,

    /// A hart's transaction begins; one cycle.
    pub start_valid: Signal<In, Bit>,
    /// Which hart.
    pub start_hart: Signal<In, Bits<2>>,
    /// `Fork` of its block.
    pub start_fork: Signal<In, Bits<8>>,
    /// Tag of the transaction.
    pub start_tag: Signal<In, Bits<32>>,

    /// A beat for the lane's stores; environment pair 0 (the account) and seeds are taken here.
    pub load_valid: Signal<In, Bit>,
    /// Low for seeds when the unit is busy; high for everything else.
    pub load_ready: Signal<Out, Bit>,
    /// 2 environment, 4 and 5 first and second beat of a seed; others are ignored.
    pub load_target: Signal<In, Bits<3>>,
    /// Hart.
    pub load_hart: Signal<In, Bits<2>>,
    /// Environment pair or index of the seed.
    pub load_address: Signal<In, Bits<32>>,
    /// The beat.
    pub load_data: Signal<In, Word<512>>,

    /// Empties the table of a hart, before its seeds.
    pub clear_valid: Signal<In, Bit>,
    /// Taken in this cycle.
    pub clear_ready: Signal<Out, Bit>,
    /// Which hart.
    pub clear_hart: Signal<In, Bits<2>>,

    /// A request to the host.
    pub request_valid: Signal<Out, Bit>,
    /// Taken in this cycle.
    pub request_ready: Signal<In, Bit>,
    /// Hart that waits for the answer.
    pub request_hart: Signal<Out, Bits<2>>,
    /// `RequestKind`.
    pub request_kind: Signal<Out, Bits<8>>,
    /// Slot, account or number; of a task its key.
    pub request_key: Signal<Out, Word<256>>,
    /// Account that runs; of a task its address.
    pub request_address: Signal<Out, Word<160>>,
    /// Tag of the transaction.
    pub request_tag: Signal<Out, Bits<32>>,
    /// Counts up per hart.
    pub request_sequence: Signal<Out, Bits<8>>,

    /// An answer; always taken. Dropped when the hart does not wait for one.
    pub answer_valid: Signal<In, Bit>,
    /// Hart that asked.
    pub answer_hart: Signal<In, Bits<2>>,
    /// Value.
    pub answer_value: Signal<In, Word<256>>,
    /// Host address of code or output.
    pub answer_code_iova: Signal<In, Word<64>>,
    /// Its bytes.
    pub answer_code_len: Signal<In, Bits<32>>,
    /// Handle of a program.
    pub answer_program: Signal<In, Bits<32>>,
    /// Effects of the transaction so far.
    pub answer_effects: Signal<In, Bits<16>>,
    /// Flags of `Answer`.
    pub answer_flags: Signal<In, Bits<8>>,
    /// One bit per hart: it waits for the host.
    pub host_waiting: Signal<Out, Bits<4>>,

    /// `exttouch` is done: the code that it found; one cycle.
    pub ext_valid: Signal<Out, Bit>,
    /// Which hart.
    pub ext_hart: Signal<Out, Bits<2>>,
    /// Host address of the code.
    pub ext_code_iova: Signal<Out, Word<64>>,
    /// Bytes of code.
    pub ext_code_len: Signal<Out, Bits<32>>,

    /// Writes the tail of the result record of a hart that succeeded.
    pub commit_valid: Signal<In, Bit>,
    /// Taken in this cycle.
    pub commit_ready: Signal<Out, Bit>,
    /// Which hart.
    pub commit_hart: Signal<In, Bits<2>>,
    /// Host address of the next beat of its record.
    pub commit_cursor: Signal<In, Word<64>>,
    /// Host address of the end of its record.
    pub commit_limit: Signal<In, Word<64>>,
    /// One cycle: everything was handed to the write channel, or did not fit.
    pub committed_valid: Signal<Out, Bit>,
    /// Entries written; holds until the next commit.
    pub committed_write_count: Signal<Out, Bits<16>>,
    /// Refund counter, two's complement; holds until the next commit.
    pub committed_refund: Signal<Out, Word<64>>,
    /// The record is too short; holds until the next commit.
    pub committed_overflow: Signal<Out, Bit>,

    /// A beat of the record.
    pub write_valid: Signal<Out, Bit>,
    /// Taken in this cycle.
    pub write_ready: Signal<In, Bit>,
    /// Host address.
    pub write_address: Signal<Out, Word<64>>,
    /// The beat.
    pub write_data: Signal<Out, Word<512>>,

    pub(super) size: TableSize,
    pub(super) choice: Choice,
    pub(super) control: Control,
    pub(super) decode: Decode,
    pub(super) operands: Operands,
    pub(super) host: HostPort,
    pub(super) table: Table,
    pub(super) journal: Journal,
    pub(super) store_price: StorePrice,
    pub(super) call_price: CallPrice,
    pub(super) pending: Pending,
    pub(super) commit: Commit,

    // Change of the refund, a cycle after the comparisons.
    pub(super) clears: DFF<Word<16>>,
    pub(super) restores: DFF<Word<16>>,
    pub(super) value: DFF<Word<256>>,
    // What a task found: value, host address [319:256], bytes [351:320], program [383:352],
    // effects [399:384], flags [407:400], code [415:408], status [417:416].
    pub(super) task_result: RegEn<Word<418>>,
    pub(super) is_task_done: DFF<Bit>,

    pub(super) key: Signal<Local, Word<256>>,
    pub(super) account: Signal<Local, Word<160>>,
    pub(super) is_account: Signal<Local, Bit>,
    pub(super) new_present: Signal<Local, Word<256>>,
    pub(super) sends_value: Signal<Local, Bit>,
    pub(super) own_static: Signal<Local, Bit>,
    pub(super) pending_kind_next: Signal<Local, Word<3>>,
}

impl StateUnit {
    /// A unit with `state_entries` entries per hart, at most 512.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        assert!(config.state_log2 <= 9, "an entry has a number of 9 bits");
        assert!(config.journal_log2 <= 12, "a position has 13 bits");
        assert!(config.frames_log2 <= 5, "a depth has 5 bits");
        Self {
            size: TableSize::new(config.state_log2, config.journal_log2),
            table: Table::new(config.state_log2),
            journal: Journal::new(config.journal_log2, config.frames_log2),
            ..Self::default()
        }
    }
}
