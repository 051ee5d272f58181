//! What the bench asks: random operations, and random tasks between them.

use super::bench::{Bench, limbs};
use crate::unit::memory::frame_model::Task;
use crate::unit::memory::model::{DONE, ESCALATE, HALT, Request, Response, U256};
use crate::unit::memory::task::{
    TASK_FETCH, TASK_FORGET, TASK_KEEP, TASK_OUT, TASK_PAYLOAD, TASK_PUSH, TASK_UNDO,
};
use gasworks_abi::micro_op::Op;
use gasworks_verilog::harness::Stimulus;

/// Operations of the unit.
const OPERATIONS: [Op; 16] = [
    Op::MLoad,
    Op::MStore,
    Op::MStore8,
    Op::MSize,
    Op::CalldataLoad,
    Op::CalldataCopy,
    Op::CodeCopy,
    Op::ExtCodeCopy,
    Op::ReturnDataCopy,
    Op::MCopy,
    Op::Keccak256,
    Op::Log,
    Op::InRange,
    Op::OutRange,
    Op::Return,
    Op::Revert,
];

/// A task of a hart, its other fields random.
pub fn task(hart: usize, op: u64, s: &mut Stimulus) -> Task {
    Task {
        hart,
        op,
        iova: (s.draw() >> 8) & !63,
        len: s.below(4) as u32,
        bytes: Vec::new(),
        args: std::array::from_fn(|_| limbs(s.word())),
    }
}

impl Bench {
    pub(super) fn random_request(&self, hart: usize, s: &mut Stimulus) -> Request {
        let op = match OPERATIONS[s.below(16) as usize] {
            Op::Return | Op::Revert if s.chance(700) => Op::MLoad,
            Op::InRange | Op::OutRange if s.chance(200) => Op::Keccak256,
            op => op,
        };
        let present = self.model.harts[hart].return_data.len() as u64;
        let is_inside = op == Op::ReturnDataCopy && s.chance(900);
        let from = s.below(present + 1);
        let left = s.below(present - from + 1) + u64::from(s.chance(30));
        let room = u64::from(self.config.memory_bytes()) - self.model.harts[hart].base;
        let place = |s: &mut Stimulus| random_place(room.max(128), s);
        let (a, b, c) = (place(s), place(s), place(s));
        let is_length_b = matches!(
            op,
            Op::Keccak256 | Op::Log | Op::InRange | Op::OutRange | Op::Return | Op::Revert
        ) && s.chance(900);
        let is_length_c = !is_length_b && s.chance(900);
        let short = |s: &mut Stimulus| [s.below(220), 0, 0, 0];
        Request {
            hart,
            op,
            imm: if op == Op::InRange {
                s.below(32) as u32
            } else {
                s.below(5) as u32
            },
            a,
            b: if is_inside {
                [from, 0, 0, 0]
            } else if op == Op::InRange && s.chance(30) {
                [49_151 + s.below(3), 0, 0, 0]
            } else if op == Op::MStore || op == Op::MStore8 {
                limbs(s.word())
            } else if is_length_b {
                short(s)
            } else {
                b
            },
            c: if is_inside {
                [left, 0, 0, 0]
            } else if is_length_c {
                short(s)
            } else {
                c
            },
            gas: if s.chance(40) {
                1 << 45
            } else {
                100_000 + s.below(1_000_000)
            },
            args: std::array::from_fn(|_| limbs(s.word())),
        }
    }

    /// What the lane asks next for a hart that runs, or whose frame ended.
    pub(super) fn next_task(&mut self, hart: usize, s: &mut Stimulus) -> Option<Task> {
        if let Some(task) = self.after[hart].pop_front() {
            return Some(task);
        }
        if s.chance(850) {
            return None;
        }
        let depth = self.model.harts[hart].callers.len();
        let op = match s.below(8) {
            0..3 => TASK_PUSH,
            3 => TASK_PAYLOAD,
            4..6 => TASK_FETCH,
            6 => TASK_OUT,
            _ => TASK_FORGET,
        };
        if op == TASK_PUSH && depth + 1 == self.config.frames() as usize {
            return None;
        }
        let mut task = task(hart, op, s);
        if op == TASK_FETCH {
            let most = u64::from(self.config.return_bytes());
            let length = match s.below(16) {
                0 => most + 1,
                1 => most,
                2 => 0,
                _ => s.below(most),
            };
            task.len = length as u32;
            task.bytes = (0..length).map(|_| s.draw() as u8).collect();
        }
        Some(task)
    }

    /// A frame ended: the hart is done, or its caller goes on after some tasks.
    pub(super) fn frame_ends(&mut self, request: &Request, response: &Response, s: &mut Stimulus) {
        let hart = request.hart;
        let model = &self.model.harts[hart];
        if response.status == ESCALATE || model.callers.is_empty() {
            self.alive[hart] = false;
            return;
        }
        assert_ne!(response.status, DONE);
        if !self.script.is_empty() {
            return;
        }
        let is_code = model.is_creation && request.op == Op::Return && response.status != HALT;
        let mut ops = Vec::new();
        if is_code {
            ops.extend([TASK_PAYLOAD, TASK_FORGET]);
        } else if response.status == HALT || s.chance(100) {
            ops.push(TASK_FORGET);
        }
        ops.push(if s.bit() { TASK_KEEP } else { TASK_UNDO });
        if s.chance(800) {
            ops.push(TASK_OUT);
        }
        self.after[hart] = ops.into_iter().map(|op| task(hart, op, s)).collect();
    }
}

/// An offset: often near the ends of the memory, sometimes far beyond.
fn random_place(memory_bytes: u64, s: &mut Stimulus) -> U256 {
    match s.below(40) {
        0 => limbs(s.word()),
        1 => [(1 << 32) - s.below(70), 0, 0, 0],
        2 => [s.below(1 << 33), 0, 0, 0],
        3 => [memory_bytes - s.below(70), 0, 0, 0],
        4 => [memory_bytes + s.below(70_000), 0, 0, 0],
        5..15 => [s.below(memory_bytes), 0, 0, 0],
        _ => [s.below(memory_bytes / 4), 0, 0, 0],
    }
}
