//! Sequences what the unit does: one operation, task, seed, `clear` or `commit` after the other.
//!
//! A hart that waits for the host does not hold the unit: its operands stay in [`super::operands`], and
//! what it does begins anew, at [`ControlState::Fold`], when the answer is there.
//! `reset` leads to [`ControlState::Idle`].
//!
//! Long for a file: half of it declares ports, the other half is one state machine.

use gasworks_abi::escalation::{Escalation, Halt};
use gasworks_abi::gas;
use gasworks_abi::micro_op::CallKind;
use gasworks_abi::ring::Answer;
use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_word, bits};
use rust_hdl::prelude::*;

// Numbers that the kernel holds as literals.
const _: () = assert!(Answer::WARM == 1 && Answer::FAILED == 2 && Answer::EMPTY == 4);
const _: () = assert!(Answer::HAS_CODE == 0x10 && Answer::DELEGATED == 0x20);
const _: () = assert!(Answer::DELEGATE_WARM == 0x40 && Answer::DONE == 0x80);
const _: () = assert!(gas::SSTORE_STIPEND == 2300 && gas::WARM_READ == 100);
const _: () = assert!(gas::COLD_SLOAD_EXTRA == 2000 && gas::COLD_ACCOUNT_EXTRA == 2500);
const _: () = assert!(gas::COLD_ACCOUNT == 2600 && gas::NEW_ACCOUNT == 25_000);
const _: () = assert!(gas::CALL_VALUE == 9000);
const _: () = assert!(CallKind::Call as u8 == 0);
const _: () = assert!(Halt::OutOfGas as u8 == 0 && Halt::StaticViolation as u8 == 6);
const _: () = assert!(Escalation::StateTableLimit as u8 == 0x12);
const _: () = assert!(Escalation::JournalLimit as u8 == 0x16);
const _: () = assert!(Escalation::RequestFailed as u8 == 0x20);

/// State of the unit. Without a condition a state lasts one cycle.
#[derive(LogicState, Copy, Clone, Debug, PartialEq)]
pub enum ControlState {
    /// Until there is something to do.
    Idle,
    /// An answer is there; what needs no table ends here.
    Resume,
    /// The key is folded to a slot, which is read; what the frame or the gas forbids ends here.
    Fold,
    /// The entry that it names is read; a call with value ends here in a static frame.
    Entry,
    /// The same entry is read again.
    Fetch,
    /// Key, account and values are compared, in pieces.
    Compare,
    /// Hit, next slot, or miss.
    Decide,
    /// A new entry is written.
    Insert,
    /// `sstore`, `selfdestruct`: gas is checked; entry and refund are written.
    Charge,
    /// `call`: the delegate takes the place of the account; on to `Fold`.
    Delegate,
    /// `call`: value and new account are added to the cost.
    Price,
    /// `call`, `create`: gas is checked.
    Afford,
    /// Until the gas is shared.
    Share,
    /// Until the host interface takes the request.
    Request,
    /// Until the response is taken.
    Respond,
    /// Until the touched bits of a hart are zero.
    Clear,
    /// Until the record is written.
    Commit,
    /// A task begins; a push is done.
    Task,
    /// A frame ends; an undo goes through `Restore` for each saved entry.
    Pop,
    /// A saved entry is taken back.
    Restore,
    /// The answer to a task is kept.
    Done,
}

/// See the module.
#[derive(LogicBlock, Default)]
pub struct Control {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Signal<In, Bit>,
    /// There is nothing to do.
    pub idle: Signal<Out, Bit>,
    /// An answer's hart goes on, in idle.
    pub resume: Signal<In, Bit>,
    /// A clear begins, in idle.
    pub take_clear: Signal<In, Bit>,
    /// The insertion of a seed begins, in idle.
    pub take_seed: Signal<In, Bit>,
    /// A commit begins, in idle.
    pub take_commit: Signal<In, Bit>,
    /// A task begins, in idle.
    pub take_task: Signal<In, Bit>,
    /// A request begins, in idle.
    pub take_request: Signal<In, Bit>,
    /// Hart of what begins.
    pub next_hart: Signal<In, Bits<2>>,
    /// Operation of the request that begins.
    pub req_op: Signal<In, Bits<8>>,
    /// Hart that is served.
    pub hart: Signal<Out, Bits<2>>,
    /// A seed is inserted.
    pub is_seed: Signal<Out, Bit>,

    /// Operation; 16 or more for a task.
    pub op: Signal<In, Word<5>>,
    /// Low bits of the immediate; of a task bit 0 of the key.
    pub imm: Signal<In, Word<2>>,
    /// Gas left.
    pub gas: Signal<In, Word<64>>,
    /// Operand B is not zero; from the second cycle of an operation on.
    pub has_value: Signal<In, Bit>,
    /// The frame is static.
    pub is_static: Signal<In, Bit>,
    /// The fork is Berlin.
    pub is_berlin: Signal<In, Bit>,
    /// Kind of the entry: 3 none.
    pub kind: Signal<In, Word<2>>,
    /// The host tells what is in a new entry.
    pub asks: Signal<In, Bit>,
    /// The host is asked in any case.
    pub asks_always: Signal<In, Bit>,
    /// `call` or `callview`.
    pub is_call: Signal<In, Bit>,
    /// A task.
    pub is_task: Signal<In, Bit>,
    /// Not in a static frame.
    pub is_guarded: Signal<In, Bit>,
    /// Flags of the answer, or of a seed.
    pub answer_flags: Signal<In, Word<8>>,
    /// The answer is there.
    pub is_answered: Signal<Out, Bit>,

    /// The table has no room.
    pub table_full: Signal<In, Bit>,
    /// The entry is found.
    pub is_hit: Signal<In, Bit>,
    /// There is none.
    pub is_free: Signal<In, Bit>,
    /// Marks of the entry.
    pub marks: Signal<In, Word<13>>,
    /// Number of the latest seed.
    pub seed_index: Signal<In, Word<9>>,
    /// Operand B is not the value of the entry.
    pub changes: Signal<In, Bit>,
    /// First slot.
    pub fold: Signal<Out, Bit>,
    /// Next slot.
    pub advance: Signal<Out, Bit>,
    /// Entry of the slot.
    pub enter: Signal<Out, Bit>,
    /// New entry.
    pub insert: Signal<Out, Bit>,
    /// Marks to write with `insert` or `change`.
    pub new_marks: Signal<Out, Word<13>>,
    /// The marks are written.
    pub change: Signal<Out, Bit>,
    /// The value is written.
    pub write_present: Signal<Out, Bit>,
    /// The value is the answer's program.
    pub present_program: Signal<Out, Bit>,
    /// The value is that of the journal.
    pub restore: Signal<Out, Bit>,
    /// A seed was touched.
    pub touch: Signal<Out, Bit>,

    /// The frame is not the first.
    pub in_frame: Signal<In, Bit>,
    /// The journal has no room.
    pub journal_full: Signal<In, Bit>,
    /// Nothing to undo.
    pub is_at_mark: Signal<In, Bit>,
    /// The entry is saved.
    pub save: Signal<Out, Bit>,
    /// A frame begins.
    pub push: Signal<Out, Bit>,
    /// A frame ends.
    pub pop: Signal<Out, Bit>,
    /// The refund is as at its begin.
    pub pop_refund: Signal<Out, Bit>,
    /// The refund changes.
    pub refund_add: Signal<Out, Bit>,
    /// By what a self-destruction gives.
    pub refund_destruct: Signal<Out, Bit>,

    /// Cost of an `sstore`.
    pub store_cost: Signal<In, Word<16>>,
    /// The account of a call is kept.
    pub write_account: Signal<Out, Bit>,
    /// The delegate takes its place.
    pub redirect: Signal<Out, Bit>,
    /// The gas is shared.
    pub call_start: Signal<Out, Bit>,
    /// It is.
    pub call_done: Signal<In, Bit>,
    /// What the new frame gets is kept.
    pub write_pending: Signal<Out, Bit>,

    /// Zero the result.
    pub value_zero: Signal<Out, Bit>,
    /// The result is the answer.
    pub value_answer: Signal<Out, Bit>,
    /// The result is the value of the entry.
    pub value_present: Signal<Out, Bit>,
    /// The code that `exttouch` found is shown.
    pub ext_valid: Signal<Out, Bit>,
    /// The host is asked.
    pub request_valid: Signal<Out, Bit>,
    /// It takes the request.
    pub request_ready: Signal<In, Bit>,
    /// It took it.
    pub asked: Signal<Out, Bit>,
    /// A response.
    pub rsp_valid: Signal<Out, Bit>,
    /// It is taken.
    pub rsp_ready: Signal<In, Bit>,
    /// The response of a load comes in the next cycle.
    pub rsp_soon: Signal<Out, Bit>,
    /// 0 done, 1 halt, 2 escalate.
    pub status: Signal<Out, Bits<2>>,
    /// `Halt` or `Escalation`.
    pub code: Signal<Out, Bits<8>>,
    /// Gas charged, if it was not shared.
    pub cost: Signal<Out, Word<16>>,
    /// It was shared.
    pub is_shared: Signal<Out, Bit>,
    /// The answer to a task is kept.
    pub task_end: Signal<Out, Bit>,

    /// Everything of the hart begins anew.
    pub clear: Signal<Out, Bit>,
    /// Done with it.
    pub cleared: Signal<In, Bit>,
    /// The record is written.
    pub committed: Signal<In, Bit>,

    state: DFF<ControlState>,
    serving: DFF<Bits<2>>,
    seeds: DFF<Bit>,
    answered: DFF<Bit>,
    delegates: DFF<Bit>,
    gas_is_high: DFF<Bit>,
    gas_low: DFF<Word<16>>,
    charge: DFF<Word<16>>,
    shared: DFF<Bit>,
    outcome: DFF<Bits<2>>,
    reason: DFF<Bits<8>>,
    shows_code: DFF<Bit>,
    is_warm: Signal<Local, Bit>,
    knows: Signal<Local, Bit>,
    must_ask: Signal<Local, Bit>,
    affects: Signal<Local, Bit>,
    blocked: Signal<Local, Bit>,
    affordable: Signal<Local, Bit>,
    is_new_warm: Signal<Local, Bit>,
    made_marks: Signal<Local, Word<13>>,
    ends: Signal<Local, Bit>,
    out_of_gas: Signal<Local, Bit>,
    violation: Signal<Local, Bit>,
    no_entry: Signal<Local, Bit>,
    no_journal: Signal<Local, Bit>,
    is_first_walk: Signal<Local, Bit>,
}

impl Logic for Control {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module state_control");
        dff_setup!(
            self,
            clock,
            state,
            serving,
            seeds,
            answered,
            delegates,
            gas_is_high,
            gas_low,
            charge,
            shared,
            outcome,
            reason,
            shows_code
        );
        self.idle.next = self.state.q.val() == ControlState::Idle;
        self.hart.next = self.serving.q.val();
        self.is_seed.next = self.seeds.q.val();
        self.is_answered.next = self.answered.q.val();
        self.is_warm.next = self.marks.val().get_bit(0);
        self.is_first_walk.next = self.is_call.val() && !self.delegates.q.val();
        // A callee with code of its own is remembered.
        self.knows.next = self.is_first_walk.val()
            && self.answered.q.val()
            && self.answer_flags.val().get_bit(4)
            && !self.answer_flags.val().get_bit(5);
        self.must_ask.next = !self.answered.q.val()
            && (self.asks_always.val() || (self.is_call.val() && !self.marks.val().get_bit(12)));

        self.fold.next = self.state.q.val() == ControlState::Fold;
        self.enter.next = self.state.q.val() == ControlState::Entry;
        self.insert.next = self.state.q.val() == ControlState::Insert;
        self.restore.next = self.state.q.val() == ControlState::Restore;
        self.redirect.next = self.state.q.val() == ControlState::Delegate;
        self.write_account.next =
            self.state.q.val() == ControlState::Fold && self.is_first_walk.val();
        self.call_start.next = self.state.q.val() == ControlState::Afford;
        self.clear.next = self.state.q.val() == ControlState::Clear;
        self.task_end.next = self.state.q.val() == ControlState::Done;
        self.write_pending.next = self.state.q.val() == ControlState::Share && self.call_done.val();
        self.advance.next = false;
        self.touch.next = false;
        self.push.next = false;
        self.pop.next = false;
        self.pop_refund.next = false;
        self.refund_add.next = false;
        self.refund_destruct.next = self.op.val() == 14;
        self.value_zero.next = false;
        self.value_answer.next = false;
        self.value_present.next = false;
        self.asked.next = false;
        self.write_present.next = self.insert.val();
        self.present_program.next = self.is_call.val();

        // What a change of an entry does: `affects` in a state says that there is one.
        self.affects.next = false;
        self.new_marks.next = self.marks.val() | 1;
        if self.op.val() == 1 {
            self.new_marks.next = self.marks.val() | 3;
        }
        if self.knows.val() {
            self.new_marks.next = self.marks.val() | 0x1001;
        }
        self.is_new_warm.next = self.answer_flags.val().get_bit(0);
        if self.is_task.val() {
            self.is_new_warm.next = self.imm.val().get_bit(0);
        }
        if self.delegates.q.val() {
            self.is_new_warm.next = self.answer_flags.val().get_bit(6);
        }
        self.made_marks.next = 0.into();
        if self.seeds.q.val() {
            self.made_marks.next =
                (bit_cast_word::<13, 9>(self.seed_index.val()) << 3) | bits::<13>(4);
        }
        if self.insert.val() {
            self.new_marks.next = self.made_marks.val();
            if self.is_new_warm.val() {
                self.new_marks.next = self.made_marks.val() | 1;
            }
        }

        self.shows_code.d.next = false;
        self.affordable.next =
            self.gas_is_high.q.val() || self.gas_low.q.val() >= self.charge.q.val();
        self.out_of_gas.next = false;
        self.violation.next = false;
        self.no_entry.next = false;
        self.ends.next = false;

        match self.state.q.val() {
            ControlState::Idle => {
                self.seeds.d.next = false;
                self.answered.d.next = false;
                self.delegates.d.next = false;
                self.shared.d.next = false;
                self.outcome.d.next = 0.into();
                self.reason.d.next = 0.into();
                self.charge.d.next = 0.into();
                self.value_zero.next = true;
                self.serving.d.next = self.next_hart.val();
                if self.resume.val() {
                    self.answered.d.next = true;
                    self.state.d.next = ControlState::Resume;
                }
                if self.take_clear.val() {
                    self.state.d.next = ControlState::Clear;
                }
                if self.take_seed.val() {
                    self.seeds.d.next = true;
                    self.state.d.next = ControlState::Fold;
                }
                if self.take_commit.val() {
                    self.state.d.next = ControlState::Commit;
                }
                if self.take_task.val() {
                    self.state.d.next = ControlState::Task;
                }
                if self.take_request.val() {
                    self.state.d.next = ControlState::Fold;
                    // `blockhash`, `blobhash`, `selfbalance`.
                    if self.req_op.val().get_bit(3)
                        && !self.req_op.val().get_bit(2)
                        && !(self.req_op.val().get_bit(1) && self.req_op.val().get_bit(0))
                    {
                        self.state.d.next = ControlState::Request;
                    }
                }
            }
            ControlState::Resume => {
                self.value_answer.next = true;
                self.state.d.next = ControlState::Fold;
                if self.answer_flags.val().get_bit(1) {
                    self.outcome.d.next = 2.into();
                    self.reason.d.next = 0x20.into();
                    self.value_answer.next = false;
                    self.ends.next = true;
                } else if self.kind.val() == 3 {
                    self.ends.next = true;
                }
            }
            ControlState::Fold => {
                self.gas_is_high.d.next = self.gas.val().get_bits::<48>(16).any();
                self.gas_low.d.next = self.gas.val().get_bits::<16>(0);
                self.state.d.next = ControlState::Entry;
                if self.seeds.q.val() {
                    // When the table is full the host will be asked.
                    if self.table_full.val() {
                        self.state.d.next = ControlState::Idle;
                    }
                } else if self.is_guarded.val() && self.is_static.val() {
                    self.violation.next = true;
                } else if self.op.val() == 1 {
                    self.out_of_gas.next = !self.gas.val().get_bits::<52>(12).any()
                        && self.gas.val().get_bits::<12>(0) <= 2300;
                } else if self.op.val() == 13 {
                    self.state.d.next = ControlState::Afford;
                }
            }
            ControlState::Entry => {
                self.state.d.next = ControlState::Compare;
                self.violation.next = self.op.val() == 11
                    && !self.seeds.q.val()
                    && self.imm.val() == 0
                    && self.has_value.val()
                    && self.is_static.val();
            }
            ControlState::Fetch => {
                self.state.d.next = ControlState::Compare;
            }
            ControlState::Compare => {
                self.state.d.next = ControlState::Decide;
            }
            ControlState::Decide => {
                if self.is_hit.val() {
                    if self.seeds.q.val() {
                        self.state.d.next = ControlState::Idle;
                    } else if self.must_ask.val() {
                        self.state.d.next = ControlState::Request;
                    } else {
                        self.ends.next = true;
                        self.touch.next = self.kind.val() == 0 && self.marks.val().get_bit(2);
                    }
                } else if !self.is_free.val() {
                    self.advance.next = true;
                    self.state.d.next = ControlState::Entry;
                } else {
                    self.state.d.next = ControlState::Insert;
                    if self.op.val() == 2 && !self.seeds.q.val() {
                        self.ends.next = true;
                    } else if self.table_full.val() {
                        self.no_entry.next = true;
                    } else if self.asks.val() && !self.answered.q.val() {
                        self.state.d.next = ControlState::Request;
                    }
                }
                // What the hit does.
                if self.ends.val() && self.is_hit.val() {
                    self.affects.next = !self.is_warm.val();
                    match self.op.val().index() {
                        0 => {
                            self.value_present.next = true;
                            if !self.is_warm.val() {
                                self.charge.d.next = 2000.into();
                                self.out_of_gas.next =
                                    !self.gas_is_high.q.val() && self.gas_low.q.val() < 2000;
                            }
                        }
                        1 => {
                            self.affects.next = false;
                            self.charge.d.next = self.store_cost.val();
                            self.ends.next = false;
                            self.state.d.next = ControlState::Charge;
                        }
                        2 => {
                            self.affects.next = false;
                            self.value_present.next = true;
                        }
                        3 => {
                            self.affects.next = self.changes.val();
                            self.write_present.next = true;
                        }
                        14 => {
                            self.affects.next = false;
                            self.charge.d.next = 0.into();
                            if !self.is_warm.val() {
                                self.charge.d.next = 2600.into();
                            }
                            if self.answer_flags.val().get_bit(2) {
                                self.charge.d.next = 25000.into();
                                if !self.is_warm.val() {
                                    self.charge.d.next = 27600.into();
                                }
                            }
                            self.ends.next = false;
                            self.state.d.next = ControlState::Charge;
                        }
                        19 => {}
                        _ => {
                            if self.is_call.val() {
                                self.ends.next = false;
                                self.state.d.next = ControlState::Price;
                                if self.delegates.q.val() {
                                    self.charge.d.next = self.charge.q.val() + 100;
                                    if !self.is_warm.val() {
                                        self.charge.d.next = self.charge.q.val() + 2600;
                                    }
                                } else {
                                    if !self.is_warm.val() {
                                        self.charge.d.next = 2500.into();
                                    }
                                    if self.knows.val() {
                                        self.affects.next = true;
                                        self.write_present.next = true;
                                    }
                                    if self.answered.q.val() && self.answer_flags.val().get_bit(5) {
                                        self.state.d.next = ControlState::Delegate;
                                    }
                                }
                            } else {
                                self.shows_code.d.next = self.op.val() == 7;
                                if !self.is_warm.val() {
                                    self.charge.d.next = 2500.into();
                                    self.out_of_gas.next =
                                        !self.gas_is_high.q.val() && self.gas_low.q.val() < 2500;
                                }
                            }
                        }
                    }
                }
            }
            ControlState::Insert => {
                self.state.d.next = ControlState::Fetch;
                if self.seeds.q.val() {
                    self.state.d.next = ControlState::Idle;
                }
            }
            ControlState::Charge => {
                self.ends.next = true;
                self.out_of_gas.next = !self.affordable.val();
                if self.affordable.val() {
                    self.affects.next = !self.is_warm.val();
                    self.refund_add.next =
                        self.is_berlin.val() && self.answer_flags.val().get_bit(7);
                    if self.op.val() == 1 {
                        self.affects.next = !self.is_warm.val()
                            || !self.marks.val().get_bit(1)
                            || self.changes.val();
                        self.write_present.next = true;
                        self.refund_add.next = true;
                    }
                }
            }
            ControlState::Delegate => {
                self.delegates.d.next = true;
                self.state.d.next = ControlState::Fold;
            }
            ControlState::Price => {
                if self.has_value.val() && self.op.val() == 11 {
                    self.charge.d.next = self.charge.q.val() + 9000;
                    if self.imm.val() == 0
                        && self.answered.q.val()
                        && self.answer_flags.val().get_bit(2)
                    {
                        self.charge.d.next = self.charge.q.val() + 34000;
                    }
                }
                self.state.d.next = ControlState::Afford;
            }
            ControlState::Afford => {
                self.out_of_gas.next = !self.affordable.val();
                self.state.d.next = ControlState::Share;
            }
            ControlState::Share => {
                if self.call_done.val() {
                    self.shared.d.next = true;
                    self.ends.next = true;
                }
            }
            ControlState::Request => {
                if self.request_ready.val() {
                    self.asked.next = true;
                    self.state.d.next = ControlState::Idle;
                }
            }
            ControlState::Respond => {
                if self.rsp_ready.val() {
                    self.state.d.next = ControlState::Idle;
                }
            }
            ControlState::Clear => {
                if self.cleared.val() {
                    self.state.d.next = ControlState::Idle;
                }
            }
            ControlState::Commit => {
                if self.committed.val() {
                    self.state.d.next = ControlState::Idle;
                }
            }
            ControlState::Task => {
                self.state.d.next = ControlState::Request;
                match self.op.val().index() {
                    16 => {
                        self.push.next = true;
                        self.state.d.next = ControlState::Done;
                    }
                    17 => self.state.d.next = ControlState::Pop,
                    18 => self.state.d.next = ControlState::Pop,
                    19 => self.state.d.next = ControlState::Fold,
                    _ => {}
                }
            }
            ControlState::Pop => {
                self.state.d.next = ControlState::Restore;
                if self.op.val() == 17 || self.is_at_mark.val() {
                    self.pop.next = true;
                    self.pop_refund.next = self.op.val() == 18;
                    self.state.d.next = ControlState::Done;
                }
            }
            ControlState::Restore => {
                self.state.d.next = ControlState::Pop;
            }
            _ => {
                self.state.d.next = ControlState::Idle;
            }
        }

        // A change in a frame below the first is saved first, or cannot be made.
        self.blocked.next = self.affects.val() && self.in_frame.val() && self.journal_full.val();
        self.save.next = self.affects.val() && self.in_frame.val() && !self.journal_full.val();
        self.change.next = self.affects.val() && !self.blocked.val();
        self.no_journal.next = self.blocked.val();
        if self.blocked.val() {
            self.write_present.next = false;
        }

        // Ends that several states share; of two reasons the later one here counts.
        if self.no_entry.val() || self.no_journal.val() {
            self.outcome.d.next = 2.into();
            self.reason.d.next = 0x12.into();
            if self.no_journal.val() {
                self.reason.d.next = 0x16.into();
            }
        }
        if self.out_of_gas.val() || self.violation.val() {
            self.outcome.d.next = 1.into();
            self.reason.d.next = 0.into();
            if self.violation.val() {
                self.reason.d.next = 6.into();
            }
        }
        if self.no_entry.val()
            || self.no_journal.val()
            || self.out_of_gas.val()
            || self.violation.val()
        {
            self.charge.d.next = 0.into();
            self.value_zero.next = true;
            self.shows_code.d.next = false;
            self.ends.next = true;
        }
        if self.ends.val() {
            self.state.d.next = ControlState::Respond;
            if self.is_task.val() {
                self.state.d.next = ControlState::Done;
            }
        }

        self.request_valid.next = self.state.q.val() == ControlState::Request;
        self.rsp_valid.next = self.state.q.val() == ControlState::Respond;
        // `sload` and `tload`: however it ends, it ends.
        self.rsp_soon.next = self.state.q.val() == ControlState::Decide
            && self.is_hit.val()
            && !self.must_ask.val()
            && !self.seeds.q.val()
            && (self.op.val() == 0 || self.op.val() == 2);
        self.status.next = self.outcome.q.val();
        self.code.next = self.reason.q.val();
        self.cost.next = self.charge.q.val();
        self.is_shared.next = self.shared.q.val();
        self.ext_valid.next = self.shows_code.q.val();

        if self.reset.val() {
            self.state.d.next = ControlState::Idle;
            self.shows_code.d.next = false;
        }
    }
}
