//! A task on its way: offered until taken, then under way until done.

use super::step::{STEP, Step, Steps, code};
use crate::circuit::{Circuit, Net, Reg};

/// Tasks of the state unit.
pub mod state {
    /// A frame begins.
    pub const PUSH: u64 = 0;
    /// It ended well.
    pub const KEEP: u64 = 1;
    /// It failed.
    pub const UNDO: u64 = 2;
    /// An account becomes warm.
    pub const NAME: u64 = 3;
}

/// Tasks of the memory unit.
pub mod memory {
    /// A frame begins.
    pub const PUSH: u64 = 0;
    /// It ended well.
    pub const KEEP: u64 = 1;
    /// It failed.
    pub const UNDO: u64 = 2;
    /// Writes a payload.
    pub const PAYLOAD: u64 = 3;
    /// Reads return data from the host.
    pub const FETCH: u64 = 4;
    /// Return data goes to the out-range.
    pub const OUT: u64 = 5;
    /// The return data is empty.
    pub const FORGET: u64 = 6;
}

/// One unit's side.
pub struct Task {
    valid: Reg,
    op: Reg,
    busy: Reg,
    done: Net,
    /// It is taken in this cycle.
    pub taken: Net,
    /// It ends in this cycle, and not well.
    pub fails: Net,
}

impl Task {
    /// Makes it; drives `<unit>_task_valid` and `<unit>_task_op`.
    #[must_use]
    pub fn new(c: &Circuit, unit: &str, bits: usize) -> Self {
        let port = |name: &str, width: usize| c.port(&format!("{unit}_task_{name}"), width);
        let valid = c.reg(&format!("{unit}_valid"), 1);
        let op = c.reg(&format!("{unit}_op"), bits);
        let busy = c.reg(&format!("{unit}_busy"), 1);
        c.drive_port(&format!("{unit}_task_valid"), &valid.q);
        c.drive_port(&format!("{unit}_task_op"), &op.q);
        let taken = c.wire(&format!("{unit}_taken"), &(&valid.q & port("ready", 1)));
        let done = c.wire(&format!("{unit}_done"), &(&busy.q & port("done", 1)));
        let fails = &done & port("status", 2).any();
        Self {
            valid,
            op,
            busy,
            done,
            taken,
            fails,
        }
    }
    /// What it does, while offered and until the next.
    #[must_use]
    pub fn op(&self) -> &Net {
        &self.op.q
    }
    /// It is not done with the end of this cycle.
    #[must_use]
    pub fn waits(&self) -> Net {
        &self.busy.q & !&self.done
    }
    /// Sets which steps hand out which tasks.
    pub fn hand_out(&self, c: &Circuit, arms: &[(&Net, &Net)], reset: &Net) {
        let conditions: Vec<Net> = arms.iter().map(|(when, _)| (*when).clone()).collect();
        let issues = c.wire("issues", &crate::circuit::any_of(&conditions));
        let zero = c.lit(0, 1);
        let valid = &issues | (&self.valid.q & !&self.taken);
        self.valid.set(&reset.mux(&zero, &valid));
        let busy = &issues | self.waits();
        self.busy.set(&reset.mux(&zero, &busy));
        self.op.set(&c.first("next_op", arms, &self.op.q));
    }
}

/// What follows on the tasks that are under way.
pub struct After {
    after: Reg,
    reason: Reg,
    /// The step to take in `Wait`.
    pub next: Net,
}

impl After {
    /// Makes it.
    #[must_use]
    pub fn new(c: &Circuit, steps: &Steps, tasks: &[(&Task, &str)]) -> Self {
        let after = c.reg("after", STEP);
        let (failed, reason) = (c.reg("failed", 1), c.reg("reason", 8));
        let mut waits = c.lit(0, 1);
        let mut fails = failed.q.clone();
        for (task, _) in tasks {
            waits = waits | task.waits();
            fails = fails | &task.fails;
        }
        let fails = c.wire("fails", &fails);
        let next = c.first(
            "after_wait",
            &[
                (&waits, &code(c, Step::Wait)),
                (&fails, &code(c, Step::Escalate)),
            ],
            &after.q,
        );
        failed.set(&(&fails & !steps.at(Step::Idle)));
        Self {
            after,
            reason,
            next,
        }
    }
    /// Sets what follows, by the step that hands the tasks out.
    pub fn set(&self, c: &Circuit, arms: &[(&Net, &Net)]) {
        self.after.set(&c.first("next_after", arms, &self.after.q));
    }
    /// Sets why the transaction escalates.
    pub fn set_reason(&self, c: &Circuit, arms: &[(&Net, &Net)]) {
        self.reason
            .set(&c.first("next_reason", arms, &self.reason.q));
    }
    /// Why the transaction escalates.
    #[must_use]
    pub fn reason(&self) -> &Net {
        &self.reason.q
    }
}
