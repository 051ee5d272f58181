//! Sequences one operation of the memory unit after the other.
//!
//! States, with the exit of each:
//! - `Idle`: until a request;
//! - `Check`: one cycle; the span is computed, the operand's bytes are read in case they are there;
//!   Keccak and copies of calldata launch;
//! - `Decide`: one cycle; stores without growth are offered as done, other operations that cost
//!   nothing and need no growth are almost done, other copies without growth launch (if the gas does
//!   not suffice they stop before they did anything), what launched too early is stopped; clearing
//!   of new memory begins for one word;
//! - `Grow`: one cycle; clearing of new memory begins for the others while the gas is computed;
//! - `Cost`: until the verdict, and until new memory is cleared; a store after growth is offered as
//!   done here, and what halts whatever the gas is halts;
//! - `Reload`, `Wait`: one cycle each; the bytes of an `mload` are read again after growth;
//! - `Align`: one cycle; the bytes go through the shifter into the result; whole words of the memory
//!   are offered right away;
//! - `Room0`, `Room1`: one cycle each; is there room in the result record (the output of a frame with
//!   a caller goes into the return data instead);
//! - `Launch`: one cycle, for what `Decide` did not launch; `Run`: until the engines are done;
//! - `Respond`: until the response is taken, if it was not taken before.
//!
//! Reset: to `Idle`.

use gasworks_abi::escalation::{Escalation, Halt, Status};
use gasworks_abi::micro_op::Op;
use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

// The kernel matches on the low four bits of the operation.
const _: () =
    assert!(Op::MLoad as u8 == 0x30 && Op::MStore as u8 == 0x31 && Op::MStore8 as u8 == 0x32);
const _: () = assert!(Op::MSize as u8 == 0x33 && Op::CalldataLoad as u8 == 0x34);
const _: () = assert!(Op::ReturnDataCopy as u8 == 0x38 && Op::Keccak256 as u8 == 0x3a);
const _: () = assert!(Op::InRange as u8 == 0x3c && Op::OutRange as u8 == 0x3d);
const _: () =
    assert!(Op::Log as u8 == 0x3b && Op::Return as u8 == 0x3e && Op::Revert as u8 == 0x3f);
// It writes these codes as numbers.
const _: () = assert!(Halt::OutOfGas as u8 == 0 && Halt::OutOfOffset as u8 == 5);
const _: () = assert!(Halt::StaticViolation as u8 == 6 && Halt::InitcodeLimit as u8 == 7);
const _: () =
    assert!(Escalation::ReturnLimit as u8 == 0x15 && Escalation::MemoryLimit as u8 == 0x11);
const _: () = assert!(Escalation::ResultLimit as u8 == 0x13 && Escalation::BusError as u8 == 0x21);
const _: () = assert!(Status::Return as u8 == 1 && Status::Revert as u8 == 2);

#[derive(LogicState, Copy, Clone, Debug, PartialEq)]
enum ControlState {
    Idle,
    Check,
    Decide,
    Grow,
    Cost,
    Reload,
    Wait,
    Align,
    Room0,
    Room1,
    Launch,
    Run,
    Respond,
}

/// See the module.
#[derive(LogicBlock, Default)]
pub struct Control {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Signal<In, Bit>,
    /// A request.
    pub req_valid: Signal<In, Bit>,
    /// A task is offered or under way: no request is taken.
    pub hold: Signal<In, Bit>,
    /// No request is under way.
    pub is_idle: Signal<Out, Bit>,
    /// A request would be taken.
    pub req_ready: Signal<Out, Bit>,
    /// The operands are latched in this cycle.
    pub take: Signal<Out, Bit>,
    /// Low four bits of the latched operation.
    pub op: Signal<In, Word<4>>,
    /// Starts the span.
    pub span_start: Signal<Out, Bit>,
    /// The memory must grow; in `Decide`.
    pub grows: Signal<In, Bit>,
    /// The same, out of a register, for an access of a word or byte.
    pub word_grows: Signal<In, Bit>,
    /// That access is inside the memory of the hart; in `Decide`.
    pub word_fits: Signal<In, Bit>,
    /// The bytes that were peeked at need no shifter; from `Decide` on.
    pub is_plain: Signal<In, Bit>,
    /// It halts whatever the gas is; from `Grow` on.
    pub has_early: Signal<In, Bit>,
    /// The frame is static.
    pub is_static: Signal<In, Bit>,
    /// The running frame has a caller.
    pub is_nested: Signal<In, Bit>,
    /// It is a creation.
    pub is_creation: Signal<In, Bit>,
    /// The length is more than the return data can be; from `Cost` on.
    pub too_long: Signal<In, Bit>,
    /// The grown memory is inside that of the hart; in `Grow`.
    pub fits: Signal<In, Bit>,
    /// The length is not zero; from `Cost` on.
    pub has_length: Signal<In, Bit>,
    /// The verdict on the gas is there.
    pub verdict: Signal<In, Bit>,
    /// It is to go on.
    pub pass: Signal<In, Bit>,
    /// It is `MemoryLimit`, else out of gas.
    pub escalate: Signal<In, Bit>,
    /// Reads one chunk at the operand's place.
    pub peek: Signal<Out, Bit>,
    /// Starts clearing.
    pub zero_start: Signal<Out, Bit>,
    /// Stops clearing.
    pub zero_stop: Signal<Out, Bit>,
    /// Clearing is under way.
    pub zero_busy: Signal<In, Bit>,
    /// Stores the operand.
    pub store: Signal<Out, Bit>,
    /// The result record has room; in `Room1`.
    pub room: Signal<In, Bit>,
    /// Starts the engines.
    pub launch: Signal<Out, Bit>,
    /// Stops the engines.
    pub abort: Signal<Out, Bit>,
    /// The last chunk of a copy goes to memory.
    pub copy_done: Signal<In, Bit>,
    /// The hash is there in the next cycle.
    pub keccak_done: Signal<In, Bit>,
    /// All beats of a log or an output were taken, if the operation is one.
    pub emit_done: Signal<In, Bit>,
    /// Code bytes could not be read.
    pub fetch_failed: Signal<In, Bit>,
    /// The result is what was peeked at.
    pub value_window: Signal<Out, Bit>,
    /// The result is offered while it goes through the shifter.
    pub value_plain: Signal<Out, Bit>,
    /// The result is the size of the memory.
    pub value_size: Signal<Out, Bit>,
    /// The gas charged is that of the verdict.
    pub charge: Signal<Out, Bit>,
    /// The operation made the memory grow.
    pub grew: Signal<Out, Bit>,
    /// The progress of the hart is updated.
    pub commit: Signal<Out, Bit>,
    /// A response.
    pub rsp_valid: Signal<Out, Bit>,
    /// It is taken.
    pub rsp_ready: Signal<In, Bit>,
    /// The response of a load or a hash comes in the next cycle.
    pub rsp_soon: Signal<Out, Bit>,
    /// 0 done, 1 halt, 2 escalate, 3 end of frame.
    pub rsp_status: Signal<Out, Word<2>>,
    /// Reason.
    pub rsp_code: Signal<Out, Word<8>>,
    state: DFF<ControlState>,
    status: DFF<Word<2>>,
    code: DFF<Word<8>>,
    has_grown: DFF<Bit>,
    paid: DFF<Bit>,
    committed: DFF<Bit>,
    is_word: Signal<Local, Bit>,
    /// The operation halts before its gas is looked at.
    early: Signal<Local, Bit>,
    go: Signal<Local, Bit>,
    /// The operation ends the frame, and passed.
    ends: Signal<Local, Bit>,
    /// The response is offered in this cycle.
    offer: Signal<Local, Bit>,
}

impl Logic for Control {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_control");
        dff_setup!(self, clock, state, status, code, has_grown, paid, committed);
        self.req_ready.next = false;
        self.is_idle.next = self.state.q.val() == ControlState::Idle;
        self.early.next = self.has_early.val() | ((self.op.val() == 11) & self.is_static.val());
        self.take.next = false;
        self.span_start.next = false;
        self.peek.next = false;
        self.zero_start.next = false;
        self.zero_stop.next = false;
        self.store.next = false;
        self.launch.next = false;
        self.abort.next = false;
        self.value_window.next = false;
        self.value_plain.next = false;
        self.value_size.next = false;
        self.charge.next = false;
        self.commit.next = false;
        self.offer.next = false;
        self.go.next = false;
        self.ends.next = false;
        self.rsp_soon.next = false;
        self.is_word.next = (self.op.val() == 0) | (self.op.val() == 1) | (self.op.val() == 2);
        match self.state.q.val() {
            ControlState::Idle => {
                self.req_ready.next = !self.hold.val();
                if self.req_valid.val() & (!self.hold.val()) {
                    self.take.next = true;
                    self.state.d.next = ControlState::Check;
                }
            }
            ControlState::Check => {
                self.span_start.next = true;
                self.peek.next = true;
                self.launch.next = (self.op.val() == 5) | (self.op.val() == 10);
                self.status.d.next = 0.into();
                self.code.d.next = 0.into();
                self.has_grown.d.next = false;
                self.paid.d.next = false;
                self.committed.d.next = false;
                self.state.d.next = ControlState::Decide;
            }
            ControlState::Decide => {
                self.state.d.next = ControlState::Cost;
                match self.op.val().index() {
                    0 => {
                        self.rsp_soon.next = self.is_plain.val() & (!self.word_grows.val());
                        self.state.d.next = ControlState::Align;
                    }
                    1 => {
                        self.store.next = !self.word_grows.val();
                        self.offer.next = !self.word_grows.val();
                        self.state.d.next = ControlState::Respond;
                    }
                    2 => {
                        self.store.next = !self.word_grows.val();
                        self.offer.next = !self.word_grows.val();
                        self.state.d.next = ControlState::Respond;
                    }
                    3 => {
                        self.value_size.next = true;
                        self.state.d.next = ControlState::Respond;
                    }
                    4 => {
                        self.state.d.next = ControlState::Align;
                    }
                    5 => {
                        self.abort.next = self.grows.val();
                    }
                    10 => {
                        self.abort.next = self.grows.val();
                    }
                    11 => {}
                    12 => {}
                    13 => {}
                    14 => {}
                    15 => {}
                    _ => {
                        self.launch.next = !self.grows.val();
                    }
                }
                if self.grows.val() {
                    self.state.d.next = ControlState::Grow;
                    if self.is_word.val() {
                        self.zero_start.next = self.word_fits.val();
                        self.has_grown.d.next = true;
                        self.state.d.next = ControlState::Cost;
                    }
                }
            }
            ControlState::Grow => {
                self.zero_start.next = self.fits.val();
                self.has_grown.d.next = true;
                self.state.d.next = ControlState::Cost;
            }
            ControlState::Cost => {
                self.go.next = self.paid.q.val();
                if self.verdict.val() {
                    self.charge.next = true;
                    self.paid.d.next = self.pass.val();
                    self.go.next = self.pass.val();
                    if !self.pass.val() {
                        self.zero_stop.next = true;
                        self.abort.next = true;
                        self.status.d.next = 1.into();
                        self.code.d.next = 0.into();
                        if self.escalate.val() {
                            self.status.d.next = 2.into();
                            self.code.d.next = 0x11.into();
                        }
                        self.state.d.next = ControlState::Respond;
                    }
                }
                if self.is_word.val()
                    & (self.op.val() != 0)
                    & self.paid.q.val()
                    & (!self.zero_busy.val())
                {
                    self.offer.next = true;
                    self.commit.next = true;
                    self.committed.d.next = true;
                }
                if self.go.val() & (!self.zero_busy.val()) {
                    self.state.d.next = ControlState::Run;
                    if self.has_grown.q.val() {
                        self.state.d.next = ControlState::Launch;
                    }
                    match self.op.val().index() {
                        0 => {
                            self.state.d.next = ControlState::Reload;
                        }
                        1 => {
                            self.store.next = self.paid.q.val();
                            self.state.d.next = ControlState::Cost;
                        }
                        2 => {
                            self.store.next = self.paid.q.val();
                            self.state.d.next = ControlState::Cost;
                        }
                        10 => {}
                        11 => {
                            self.state.d.next = ControlState::Room0;
                        }
                        12 => {
                            self.state.d.next = ControlState::Respond;
                        }
                        13 => {
                            self.state.d.next = ControlState::Respond;
                        }
                        14 => {
                            self.ends.next = true;
                            self.code.d.next = 1.into();
                        }
                        15 => {
                            self.ends.next = true;
                            self.code.d.next = 2.into();
                        }
                        _ => {
                            if !self.has_length.val() {
                                self.state.d.next = ControlState::Respond;
                            }
                        }
                    }
                }
                if self.ends.val() {
                    self.status.d.next = 3.into();
                    self.state.d.next = ControlState::Room0;
                    if self.is_nested.val() {
                        self.state.d.next = ControlState::Launch;
                        if self.too_long.val() {
                            self.status.d.next = 2.into();
                            self.code.d.next = 0x15.into();
                            self.state.d.next = ControlState::Respond;
                        }
                        if self.is_creation.val() & (self.op.val() == 14) {
                            self.status.d.next = 3.into();
                            self.code.d.next = 1.into();
                            self.state.d.next = ControlState::Respond;
                        }
                    }
                    if !self.has_length.val() {
                        self.state.d.next = ControlState::Respond;
                    }
                }
                if self.early.val() {
                    self.abort.next = true;
                    self.zero_stop.next = true;
                    self.status.d.next = 1.into();
                    match self.op.val().index() {
                        8 => {
                            self.code.d.next = 5.into();
                        }
                        11 => {
                            self.code.d.next = 6.into();
                        }
                        _ => {
                            self.code.d.next = 7.into();
                        }
                    }
                    self.state.d.next = ControlState::Respond;
                }
            }
            ControlState::Reload => {
                self.peek.next = true;
                self.state.d.next = ControlState::Wait;
            }
            ControlState::Wait => {
                self.state.d.next = ControlState::Align;
            }
            ControlState::Align => {
                self.value_window.next = true;
                self.value_plain.next = self.is_plain.val();
                self.offer.next = self.is_plain.val() & (!self.has_grown.q.val());
                self.rsp_soon.next = (!self.is_plain.val()) | self.has_grown.q.val();
                self.state.d.next = ControlState::Respond;
            }
            ControlState::Room0 => {
                self.state.d.next = ControlState::Room1;
            }
            ControlState::Room1 => {
                self.state.d.next = ControlState::Launch;
                if !self.room.val() {
                    self.status.d.next = 2.into();
                    self.code.d.next = 0x13.into();
                    self.state.d.next = ControlState::Respond;
                }
            }
            ControlState::Launch => {
                self.launch.next = true;
                self.state.d.next = ControlState::Run;
            }
            ControlState::Run => match self.op.val().index() {
                10 => {
                    self.rsp_soon.next = self.keccak_done.val();
                    if self.keccak_done.val() {
                        self.state.d.next = ControlState::Respond;
                    }
                }
                _ => {
                    // Either is low where nothing is emitted or nothing is copied.
                    if self.copy_done.val() | self.emit_done.val() {
                        self.state.d.next = ControlState::Respond;
                    }
                    if self.fetch_failed.val() {
                        self.abort.next = true;
                        self.status.d.next = 2.into();
                        self.code.d.next = 0x21.into();
                        self.state.d.next = ControlState::Respond;
                    }
                }
            },
            ControlState::Respond => {
                self.offer.next = true;
                self.commit.next = (!self.committed.q.val())
                    & ((self.status.q.val() == 0) | (self.status.q.val() == 3));
                self.committed.d.next = true;
            }
        }
        if self.offer.val() {
            self.state.d.next = ControlState::Respond;
            if self.rsp_ready.val() {
                self.state.d.next = ControlState::Idle;
            }
        }
        self.rsp_valid.next = self.offer.val();
        if self.reset.val() {
            self.state.d.next = ControlState::Idle;
        }
        self.grew.next = self.has_grown.q.val();
        self.rsp_status.next = self.status.q.val();
        self.rsp_code.next = self.code.q.val();
    }
}
