//! Steps of the sequence; the module says what each does.

use crate::circuit::{Circuit, Net, Reg};

/// Bits of a step.
pub const STEP: usize = 5;

macro_rules! steps {
    ($( $(#[$doc:meta])* $name:ident = $code:literal; )*) => {
        /// A step.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Step { $( $(#[$doc])* $name = $code, )* }
        impl Step {
            /// All of them, in order of their codes.
            pub const ALL: &[Self] = &[ $( Self::$name, )* ];
        }
    };
}
steps! {
    /// Until a hart enters a frame, or one of depth > 0 ends.
    Idle = 0;
    /// Reads what the hart runs and has prepared, and decides.
    Look = 1;
    /// Until the tasks are done; then the step in `after`.
    Wait = 2;
    /// Has a payload written.
    Payload = 3;
    /// Until it is in host memory; then asks the host.
    Written = 4;
    /// The host has answered.
    Answer = 5;
    /// The new address has its entry.
    Named = 6;
    /// No frame: no return data.
    Plain = 7;
    /// No frame: the return data goes to the out-range.
    Out = 8;
    /// A frame begins: tasks, environment pair 0, the caller is kept.
    Begin = 9;
    /// Until the memory unit takes its task; then environment pair 1.
    Value = 10;
    /// Environment pair 2.
    Fresh = 11;
    /// Until the pipe takes the start.
    Start = 12;
    /// A creation succeeds: the price of its code is there in the next cycle.
    Price = 13;
    /// It is paid.
    Pay = 14;
    /// The frame ends well without output.
    Forget = 15;
    /// The frame ends well.
    Keep = 16;
    /// The frame fails: gas and return data are lost.
    Fail = 17;
    /// The frame is undone.
    Undo = 18;
    /// So are its effects on the host.
    Effects = 19;
    /// Back to the caller.
    Back = 20;
    /// Its environment pair 0.
    First = 21;
    /// Pair 1.
    Second = 22;
    /// Pair 2: length of the return data, result.
    Third = 23;
    /// Until the end of the transaction is taken.
    Escalate = 24;
}

/// The step register, one wire per step.
pub struct Steps {
    state: Reg,
    at: Vec<Net>,
}

impl Steps {
    /// Makes them.
    #[must_use]
    pub fn new(c: &Circuit) -> Self {
        let state = c.reg("step", STEP);
        let at = Step::ALL
            .iter()
            .map(|step| {
                c.wire(
                    &format!("at_{step:?}").to_lowercase(),
                    &state.q.is(*step as u64),
                )
            })
            .collect();
        Self { state, at }
    }
    /// This is the step.
    #[must_use]
    pub fn at(&self, step: Step) -> &Net {
        &self.at[step as usize]
    }
    /// This is one of the steps.
    #[must_use]
    pub fn any(&self, steps: &[Step]) -> Net {
        let (first, rest) = steps.split_first().expect("a step");
        rest.iter()
            .fold(self.at(*first).clone(), |any, step| any | self.at(*step))
    }
    /// Sets the next step of every step, and that after the tasks which it hands out. Steps that
    /// are not listed stay.
    pub fn go(&self, c: &Circuit, moves: &[(Step, Net)], reset: &Net) {
        let idle = code(c, Step::Idle);
        let arms: Vec<(u64, Net)> = moves
            .iter()
            .map(|(step, next)| (*step as u64, next.clone()))
            .collect();
        let next = c.case("next_step", &self.state.q, &arms, &self.state.q);
        self.state.set(&reset.mux(&idle, &next));
    }
}

/// A step as a number.
#[must_use]
pub fn code(c: &Circuit, step: Step) -> Net {
    c.lit(step as u64, STEP)
}
