//! The ISS in lock-step with a recorded transaction, per EVM instruction of every frame.
//!
//! A block charges the static gas of all its instructions at its header, so the gas that revm sees
//! before an instruction is the gas of the hart plus the static gas of this and the later
//! instructions of the block. A block ends with the instruction that makes a frame, so nothing is
//! charged ahead while a callee runs.
//!
//! A hart halts at the start of a block that cannot be paid for; revm executes its first instructions.
//! Inside a callee that halts those are passed over.

use alloy_primitives::U256;
use gasworks_abi::micro_op::Op;
use gasworks_iss::{Observer, Step};

use crate::reference::{Instruction, Recording, digest};

/// Where ISS and revm part.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Number of the instruction, from 0.
    pub index: usize,
    /// What the ISS is about to execute.
    pub iss: Instruction,
    /// The stack of the ISS.
    pub iss_stack: Vec<U256>,
    /// What revm is about to execute; `None` when revm is done.
    pub revm: Option<Instruction>,
}

/// Compares a hart with a recording as it runs.
#[derive(Debug)]
pub struct Lockstep<'a> {
    recording: &'a Recording,
    index: usize,
    passed_over: usize,
    /// Frames of the hart at most at once.
    pub deepest: u32,
    /// Static gas of the block that was charged ahead.
    ahead: u64,
    /// The first difference.
    pub difference: Option<Difference>,
    /// `JUMPI` with a constant target.
    pub branches: Branches,
}

/// How good the translator's hints are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Branches {
    /// Executed.
    pub executed: u64,
    /// Of these, taken.
    pub taken: u64,
    /// Of these, not as the hint says.
    pub mispredicted: u64,
}

impl std::ops::AddAssign for Branches {
    fn add_assign(&mut self, other: Self) {
        self.executed += other.executed;
        self.taken += other.taken;
        self.mispredicted += other.mispredicted;
    }
}

impl<'a> Lockstep<'a> {
    /// A comparison that has seen nothing yet.
    #[must_use]
    pub fn new(recording: &'a Recording) -> Self {
        Self {
            recording,
            index: 0,
            passed_over: 0,
            deepest: 0,
            ahead: 0,
            difference: None,
            branches: Branches::default(),
        }
    }

    /// Instructions compared.
    #[must_use]
    pub fn compared(&self) -> usize {
        self.index - self.passed_over
    }

    /// True when no instruction of the recording is left.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.index >= self.recording.instructions.len()
    }

    /// The next recorded instruction, if the hart is in `frame`.
    fn next(&mut self, frame: u32) -> Option<Instruction> {
        loop {
            let next = self.recording.instructions.get(self.index).copied()?;
            if next.frame <= frame || !self.recording.is_halted(self.index) {
                return Some(next);
            }
            self.index += 1;
            self.passed_over += 1;
        }
    }
}

impl Observer for Lockstep<'_> {
    fn retire(&mut self, step: &Step<'_>) {
        if self.difference.is_some() {
            return;
        }
        let Some(origin) = step.image.program().and_then(|it| it.origin(step.pc)) else {
            return;
        };
        self.deepest = self.deepest.max(step.frame + 1);
        if step.op.op() == Some(Op::JumpIf) {
            let taken = !step.b.is_zero();
            self.branches += Branches {
                executed: 1,
                taken: taken.into(),
                mispredicted: (taken != step.op.taken()).into(),
            };
        }
        let is_header = step.op.op() == Some(Op::Block);
        if is_header {
            self.ahead = 0;
        }
        if origin.is_first_of_instruction {
            let iss = Instruction {
                frame: step.frame,
                pc: origin.position,
                opcode: origin.opcode,
                height: step.stack.len() as u32,
                gas: step.gas + self.ahead,
                stack: digest(step.stack),
            };
            let revm = self.next(step.frame);
            if revm != Some(iss) {
                self.difference = Some(Difference {
                    index: self.index,
                    iss,
                    iss_stack: step.stack.to_vec(),
                    revm,
                });
            }
            self.index += 1;
            self.ahead = self.ahead.saturating_sub(origin.static_gas.into());
        }
        if is_header {
            let own = if origin.is_first_of_instruction {
                u64::from(origin.static_gas)
            } else {
                0
            };
            self.ahead = u64::from(step.op.imm()) - own;
        }
    }
}
