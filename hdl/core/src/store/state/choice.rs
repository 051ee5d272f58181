//! Decides what the unit takes next when it is idle.
//!
//! First of these comes first: a hart whose answer is there, `clear`, a seed, `commit`, a task, a
//! request. Seeds and tasks also wait while an answer arrives: they need its place (see
//! [`super::host`]). Combinational, no state; a `ready` depends on what goes before it only.

use gasworks_verilog::comment;
use rust_hdl::prelude::*;

/// Who comes first.
#[derive(LogicBlock, Default)]
pub struct Choice {
    /// The unit is idle.
    pub idle: Signal<In, Bit>,
    /// A hart that waited for the host can go on.
    pub any_answer: Signal<In, Bit>,
    /// Which.
    pub first_answer: Signal<In, Bits<2>>,
    /// An answer arrives.
    pub answer_valid: Signal<In, Bit>,
    /// `clear` is offered.
    pub clear_valid: Signal<In, Bit>,
    /// For this hart.
    pub clear_hart: Signal<In, Bits<2>>,
    /// A beat is offered.
    pub load_valid: Signal<In, Bit>,
    /// 4 and 5: a seed.
    pub load_target: Signal<In, Bits<3>>,
    /// For this hart.
    pub load_hart: Signal<In, Bits<2>>,
    /// `commit` is offered.
    pub commit_valid: Signal<In, Bit>,
    /// For this hart.
    pub commit_hart: Signal<In, Bits<2>>,
    /// A task is offered.
    pub task_valid: Signal<In, Bit>,
    /// For this hart.
    pub task_hart: Signal<In, Bits<2>>,
    /// A request is offered.
    pub req_valid: Signal<In, Bit>,
    /// By this hart.
    pub req_hart: Signal<In, Bits<2>>,
    /// `clear` is taken.
    pub clear_ready: Signal<Out, Bit>,
    /// The beat is taken.
    pub load_ready: Signal<Out, Bit>,
    /// `commit` is taken.
    pub commit_ready: Signal<Out, Bit>,
    /// A task is taken.
    pub task_ready: Signal<Out, Bit>,
    /// A request is taken.
    pub req_ready: Signal<Out, Bit>,
    /// The answer's hart goes on.
    pub resume: Signal<Out, Bit>,
    /// `clear` begins.
    pub take_clear: Signal<Out, Bit>,
    /// The first beat of a seed is latched.
    pub take_first: Signal<Out, Bit>,
    /// The second beat of a seed is latched; its insertion begins.
    pub take_seed: Signal<Out, Bit>,
    /// `commit` begins.
    pub take_commit: Signal<Out, Bit>,
    /// A task begins.
    pub take_task: Signal<Out, Bit>,
    /// A request begins.
    pub take_request: Signal<Out, Bit>,
    /// Hart of what begins.
    pub hart: Signal<Out, Bits<2>>,
    is_free: Signal<Local, Bit>,
    is_seed: Signal<Local, Bit>,
    seed_beat: Signal<Local, Bit>,
    seed_ready: Signal<Local, Bit>,
    after_seed: Signal<Local, Bit>,
    after_commit: Signal<Local, Bit>,
    task_taken: Signal<Local, Bit>,
    request_taken: Signal<Local, Bit>,
}

impl Logic for Choice {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module state_choice");
        self.is_seed.next = self.load_target.val() == 4 || self.load_target.val() == 5;
        self.seed_beat.next = self.load_valid.val() && self.is_seed.val();
        self.is_free.next = self.idle.val() && !self.any_answer.val();
        self.seed_ready.next =
            self.is_free.val() && !self.clear_valid.val() && !self.answer_valid.val();
        self.after_seed.next =
            self.is_free.val() && !self.clear_valid.val() && !self.seed_beat.val();
        self.after_commit.next = self.after_seed.val() && !self.commit_valid.val();
        self.task_taken.next =
            self.after_commit.val() && self.task_valid.val() && !self.answer_valid.val();
        self.request_taken.next =
            self.after_commit.val() && !self.task_valid.val() && self.req_valid.val();

        self.clear_ready.next = self.is_free.val();
        self.load_ready.next = self.seed_ready.val() || !self.is_seed.val();
        self.commit_ready.next = self.after_seed.val();
        self.task_ready.next = self.after_commit.val() && !self.answer_valid.val();
        self.req_ready.next = self.after_commit.val() && !self.task_valid.val();

        self.resume.next = self.idle.val() && self.any_answer.val();
        self.take_clear.next = self.is_free.val() && self.clear_valid.val();
        self.take_first.next =
            self.seed_ready.val() && self.load_valid.val() && self.load_target.val() == 4;
        self.take_seed.next =
            self.seed_ready.val() && self.load_valid.val() && self.load_target.val() == 5;
        self.take_commit.next = self.after_seed.val() && self.commit_valid.val();
        self.take_task.next = self.task_taken.val();
        self.take_request.next = self.request_taken.val();

        self.hart.next = self.req_hart.val();
        if self.any_answer.val() {
            self.hart.next = self.first_answer.val();
        } else if self.clear_valid.val() {
            self.hart.next = self.clear_hart.val();
        } else if self.seed_beat.val() {
            self.hart.next = self.load_hart.val();
        } else if self.commit_valid.val() {
            self.hart.next = self.commit_hart.val();
        } else if self.task_valid.val() {
            self.hart.next = self.task_hart.val();
        }
    }
}
