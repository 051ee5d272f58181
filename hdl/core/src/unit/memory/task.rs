//! Sequences what the lane asks of the memory unit between operations: where frames begin and end.
//!
//! Spec: `docs/src/machine.md`, "frames". A task that moves bytes resembles an operation whose engines
//! it takes, with `op` as if it were that: `fetch` `extcopy` (its address and length are those of the
//! code that the last `exttouch` found, which no one reads any more), `out` and `payload` `rdcopy`.
//!
//! States, with the exit of each:
//! - `Idle`: until a task, while the unit does nothing else;
//! - `Load`: one cycle; `push` and `forget` happen, `keep` and `undo` read what the caller had, the
//!   others choose how many bytes they move;
//! - `Restore`: one cycle; the caller's values are written;
//! - `Span`: one cycle; the length goes where that of an operation is;
//! - `Launch`: one cycle; the engines start if there is something to move and room for it;
//! - `Run`: until they are done; `Done`: one cycle.
//!
//! Reset: to `Idle`.

use gasworks_abi::escalation::Escalation;
use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

/// `task_op`: a frame begins.
pub const TASK_PUSH: u64 = 0;
/// `task_op`: a frame ended well.
pub const TASK_KEEP: u64 = 1;
/// `task_op`: a frame failed.
pub const TASK_UNDO: u64 = 2;
/// `task_op`: what the next request needs goes to host memory.
pub const TASK_PAYLOAD: u64 = 3;
/// `task_op`: bytes of host memory become the return data.
pub const TASK_FETCH: u64 = 4;
/// `task_op`: the return data goes to the out-range.
pub const TASK_OUT: u64 = 5;
/// `task_op`: there is no return data.
pub const TASK_FORGET: u64 = 6;

// The kernel matches on the tasks and writes these codes as numbers.
const _: () = assert!(TASK_PUSH == 0 && TASK_KEEP == 1 && TASK_UNDO == 2 && TASK_PAYLOAD == 3);
const _: () = assert!(TASK_FETCH == 4 && TASK_OUT == 5 && TASK_FORGET == 6);
const _: () = assert!(Escalation::ReturnLimit as u8 == 0x15 && Escalation::BusError as u8 == 0x21);

#[derive(LogicState, Copy, Clone, Debug, PartialEq)]
enum TaskState {
    Idle,
    Load,
    Restore,
    Span,
    Launch,
    Run,
    Done,
}

/// See the module.
#[derive(LogicBlock, Default)]
pub struct Task {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Signal<In, Bit>,
    /// A task.
    pub task_valid: Signal<In, Bit>,
    /// It is taken.
    pub task_ready: Signal<Out, Bit>,
    /// Which, a `TASK_` constant.
    pub task_op: Signal<In, Word<3>>,
    /// No operation is under way.
    pub is_idle: Signal<In, Bit>,
    /// The place for address and length of a fetch is written by others.
    pub ext_valid: Signal<In, Bit>,
    /// It is taken in this cycle.
    pub take: Signal<Out, Bit>,
    /// A fetch is taken in this cycle.
    pub take_fetch: Signal<Out, Bit>,
    /// One is under way.
    pub busy: Signal<Out, Bit>,
    /// The task under way is a payload.
    pub is_payload: Signal<Out, Bit>,
    /// It moves bytes: their number and place are chosen.
    pub load: Signal<Out, Bit>,
    /// A frame begins.
    pub push: Signal<Out, Bit>,
    /// The caller goes on.
    pub pop: Signal<Out, Bit>,
    /// With `pop`: the record goes on where it was when the frame began.
    pub undo: Signal<Out, Bit>,
    /// The return data has a new length.
    pub new_return: Signal<Out, Bit>,
    /// That is the length of the task, else zero.
    pub is_fetched: Signal<Out, Bit>,
    /// Starts the span.
    pub span_start: Signal<Out, Bit>,
    /// There is something to move; in `Launch`.
    pub has_length: Signal<In, Bit>,
    /// It is more than the return data can be; in `Launch`.
    pub too_long: Signal<In, Bit>,
    /// Starts the engines.
    pub launch: Signal<Out, Bit>,
    /// Stops them.
    pub abort: Signal<Out, Bit>,
    /// The last chunk of a copy goes to memory.
    pub copy_done: Signal<In, Bit>,
    /// All beats of a payload were taken.
    pub emit_done: Signal<In, Bit>,
    /// Bytes could not be read.
    pub fetch_failed: Signal<In, Bit>,
    /// The task is done.
    pub task_done: Signal<Out, Bit>,
    /// 0 done, 2 escalate.
    pub task_status: Signal<Out, Word<2>>,
    /// Reason.
    pub task_code: Signal<Out, Word<8>>,
    state: DFF<TaskState>,
    op: DFF<Word<3>>,
    status: DFF<Word<2>>,
    code: DFF<Word<8>>,
    ready: Signal<Local, Bit>,
    payload: Signal<Local, Bit>,
}

impl Logic for Task {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_task");
        dff_setup!(self, clock, state, op, status, code);
        self.take.next = false;
        self.take_fetch.next = false;
        self.load.next = false;
        self.push.next = false;
        self.pop.next = false;
        self.new_return.next = false;
        self.is_fetched.next = false;
        self.span_start.next = false;
        self.launch.next = false;
        self.abort.next = false;
        self.task_done.next = false;
        self.payload.next = self.op.q.val() == 3;
        self.ready.next =
            (self.state.q.val() == TaskState::Idle) & self.is_idle.val() & (!self.ext_valid.val());
        match self.state.q.val() {
            TaskState::Idle => {
                if self.task_valid.val() & self.ready.val() {
                    self.take.next = true;
                    self.take_fetch.next = self.task_op.val() == 4;
                    self.op.d.next = self.task_op.val();
                    self.status.d.next = 0.into();
                    self.code.d.next = 0.into();
                    self.state.d.next = TaskState::Load;
                }
            }
            TaskState::Load => {
                self.state.d.next = TaskState::Done;
                match self.op.q.val().index() {
                    0 => {
                        self.push.next = true;
                        self.new_return.next = true;
                    }
                    1 => {
                        self.state.d.next = TaskState::Restore;
                    }
                    2 => {
                        self.state.d.next = TaskState::Restore;
                    }
                    6 => {
                        self.new_return.next = true;
                    }
                    _ => {
                        self.load.next = true;
                        self.state.d.next = TaskState::Span;
                    }
                }
            }
            TaskState::Restore => {
                self.pop.next = true;
                self.state.d.next = TaskState::Done;
            }
            TaskState::Span => {
                self.span_start.next = true;
                self.state.d.next = TaskState::Launch;
            }
            TaskState::Launch => {
                self.state.d.next = TaskState::Done;
                if self.has_length.val() | self.payload.val() {
                    self.launch.next = true;
                    self.state.d.next = TaskState::Run;
                }
                if (self.op.q.val() == 4) & self.too_long.val() {
                    self.launch.next = false;
                    self.status.d.next = 2.into();
                    self.code.d.next = 0x15.into();
                    self.state.d.next = TaskState::Done;
                }
            }
            TaskState::Run => {
                if (self.payload.val() & self.emit_done.val())
                    | ((!self.payload.val()) & self.copy_done.val())
                {
                    self.state.d.next = TaskState::Done;
                }
                if self.fetch_failed.val() {
                    self.abort.next = true;
                    self.status.d.next = 2.into();
                    self.code.d.next = 0x21.into();
                    self.state.d.next = TaskState::Done;
                }
            }
            TaskState::Done => {
                self.task_done.next = true;
                self.is_fetched.next = self.op.q.val() == 4;
                self.new_return.next = (self.op.q.val() == 4) & (!self.status.q.val().any());
                self.state.d.next = TaskState::Idle;
            }
        }
        if self.reset.val() {
            self.state.d.next = TaskState::Idle;
        }
        self.task_ready.next = self.ready.val();
        self.busy.next = self.state.q.val() != TaskState::Idle;
        self.is_payload.next = self.payload.val();
        self.undo.next = self.op.q.val() == 2;
        self.task_status.next = self.status.q.val();
        self.task_code.next = self.code.q.val();
    }
}
