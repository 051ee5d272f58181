//! The latencies that `pipe/mod.rs` states: cycles from one micro-op's retirement to the next one's.

use crate::program::{Builder, push_imm};
use crate::script::{Frame, Scenario};
use gasworks_abi::micro_op::{MicroOp, Op};

/// A hand-made program and the cycles that it must show.
pub struct Timing {
    pub name: &'static str,
    pub builder: Builder,
    /// As in the scenario.
    pub fixed: u32,
    /// Micro-op (in order of retirement) and cycles from it to the next one.
    pub expected: Vec<(usize, u64)>,
}

fn stop() -> MicroOp {
    MicroOp::new(Op::Stop)
}

fn two(op: Op) -> MicroOp {
    MicroOp::new(op)
        .with_a(-1)
        .with_b(-2)
        .with_d(-2)
        .with_delta(-1)
}

fn timing(name: &'static str, ops: &[MicroOp], expected: &[(usize, u64)]) -> Timing {
    // Code position 5 is a `JUMPDEST` whose micro-op is the last but one.
    let target = 8 + ops.len() as u32 - 2;
    let builder = Builder {
        ops: ops.to_vec(),
        labels: vec![(5, target)],
        code_len: 40,
    };
    Timing {
        name,
        builder,
        fixed: 0,
        expected: expected.to_vec(),
    }
}

/// The same with units that take three cycles and announce their answers.
fn announced(name: &'static str, ops: &[MicroOp], expected: &[(usize, u64)]) -> Timing {
    Timing {
        fixed: 3,
        ..timing(name, ops, expected)
    }
}

/// All of them, for `slices` slices and units that answer two cycles after the request.
pub fn all(slices: u64) -> Vec<Timing> {
    let jump_to = |op: Op, target: u32| MicroOp::new(op).with_imm(target);
    let nop = MicroOp::new(Op::Nop);
    let add = MicroOp::new(Op::Add).with_a(-1).with_b(-2).with_d(-1);
    let condition = |value: u32, taken: bool| {
        let jump = MicroOp::new(Op::JumpIf)
            .with_b(-1)
            .with_delta(-1)
            .with_imm(12);
        [
            push_imm(value),
            nop,
            jump.with_taken(taken),
            stop(),
            nop,
            stop(),
        ]
    };
    let computed = |first: MicroOp| {
        let jump = MicroOp::new(Op::JumpDynamic).with_a(-1).with_delta(-1);
        [first, nop, jump, stop(), nop, stop()]
    };
    let label = MicroOp::push_label(5, 12, 0, 1);
    let pushes = [push_imm(3), push_imm(5)];
    let after = |ops: &[MicroOp]| [&pushes[..], ops, &[stop(), stop()][..]].concat();
    let mload = MicroOp::new(Op::MLoad).with_a(-1).with_d(-1);
    let mstore = MicroOp::new(Op::MStore).with_a(-1).with_b(-2);
    let arg = MicroOp::new(Op::Arg).with_a(-1).with_b(-2);
    let cdcopy = MicroOp::new(Op::CalldataCopy).with_a(-1).with_b(-2);
    let gas = MicroOp::new(Op::Gas).with_d(0).with_delta(1);
    let swap = MicroOp::new(Op::Swap).with_a(-1).with_b(-2).with_d(-2);
    let less = MicroOp::new(Op::Lt).with_a(-1).with_b(-2);
    let pop = nop.with_delta(-1);
    let dup = MicroOp::new(Op::Mov).with_b(-1).with_delta(1);
    let is_zero = MicroOp::new(Op::IsZero).with_a(-1).with_d(-1);
    let jump_on = MicroOp::new(Op::JumpIf)
        .with_b(-1)
        .with_delta(-1)
        .with_imm(14);
    vec![
        timing(
            "dependent adds",
            &after(&[add; 6]),
            &[(1, 1), (2, 1), (3, 1), (5, 1)],
        ),
        timing(
            "jump",
            &[nop, jump_to(Op::Jump, 11), nop, nop, stop()],
            &[(1, 2)],
        ),
        timing(
            "jump to a jump",
            &[
                nop,
                jump_to(Op::Jump, 12),
                nop,
                nop,
                jump_to(Op::Jump, 14),
                nop,
                stop(),
            ],
            &[(1, 2), (2, 3)],
        ),
        timing(
            "jump when the queue holds others",
            &[nop, nop, nop, nop, jump_to(Op::Jump, 14), nop, stop()],
            &[(4, 1)],
        ),
        timing("branch, right: taken", &condition(1, true), &[(2, 2)]),
        timing("branch, right: not taken", &condition(0, false), &[(2, 1)]),
        timing(
            "branch, wrong: taken",
            &condition(1, false),
            &[(2, slices + 7)],
        ),
        timing(
            "branch, wrong: not taken",
            &condition(0, true),
            &[(2, slices + 7)],
        ),
        timing("computed jump, predicted", &computed(label), &[(2, 2)]),
        timing(
            "computed jump, looked up",
            &computed(push_imm(5)),
            &[(2, slices + 17)],
        ),
        timing(
            "boolean to boolean",
            &after(&[two(Op::Lt), is_zero, is_zero]),
            &[(2, 1), (3, 1)],
        ),
        timing(
            "boolean to branch",
            &after(&[two(Op::Lt), jump_on, nop]),
            &[(2, 1), (3, 1)],
        ),
        timing(
            "boolean to mov and swap",
            &after(&[
                less.with_d(0).with_delta(1),
                dup,
                pop,
                swap,
                is_zero.with_a(-2),
            ]),
            &[(2, 1), (3, 1), (4, 1), (5, 2)],
        ),
        timing(
            "boolean to add",
            &after(&[MicroOp::new(Op::Lt).with_a(-1).with_b(-2).with_d(-1), add]),
            &[(2, slices + 2)],
        ),
        timing(
            "unit with result",
            &after(&[mload, add]),
            &[(2, slices + 5)],
        ),
        announced(
            "announced result",
            &after(&[mload, add]),
            &[(2, slices + 5)],
        ),
        announced(
            "announced result behind another",
            &after(&[mload, mload.with_a(-2).with_d(-2), add]),
            &[(2, slices + 5), (3, slices + 5)],
        ),
        timing(
            "result that is not used at once",
            &after(&[mload, nop, add.with_a(-2).with_d(-2), add]),
            &[(2, 1), (3, 1), (4, slices + 3)],
        ),
        timing(
            "result whose slot is overwritten",
            &after(&[mload, dup.with_b(-2).with_d(-1).with_delta(0), nop]),
            &[(2, slices + 5)],
        ),
        timing(
            "result behind a result",
            &after(&[mload, mload.with_a(-2).with_d(-2), nop]),
            &[(2, slices + 5), (3, 1)],
        ),
        timing(
            "result under a wrong branch",
            &after(&[mload, jump_on.with_b(-2).with_delta(0), nop, nop, nop, add]),
            &[(2, 1), (3, slices + 7), (4, 1)],
        ),
        timing("posted", &after(&[mstore, add]), &[(2, 1)]),
        timing(
            "posted, then unit",
            &after(&[mstore, mload, add]),
            &[(2, 1), (3, slices + 7)],
        ),
        timing(
            "arg behind posted",
            &after(&[mstore, arg, arg, nop]),
            &[(2, 1), (3, 1), (4, 1)],
        ),
        timing(
            "arg behind an operation with args",
            &after(&[arg, cdcopy, mstore, arg, nop]),
            &[(2, 1), (3, 1), (4, slices + 9), (5, 1)],
        ),
        timing(
            "five posted",
            &after(&[mstore; 5]),
            &[(2, 1), (3, 1), (4, 1), (5, slices + 2)],
        ),
        timing(
            "enter, at once back",
            &after(&[MicroOp::new(Op::Enter), nop]),
            &[(2, slices + 15)],
        ),
        timing("gas", &after(&[gas, add]), &[(2, slices + 6)]),
        timing("swap", &after(&[swap, dup, nop]), &[(2, 2), (3, 1)]),
        timing(
            "swap and the last use of the top",
            &after(&[swap, two(Op::Sub), nop]),
            &[(2, 1), (3, 1)],
        ),
        timing(
            "swap, swap and jump",
            &after(&[swap, swap, jump_on.with_b(-2), nop]),
            &[(2, 1), (3, 2)],
        ),
        timing("swap and pop", &after(&[swap, pop, nop]), &[(2, 1), (3, 1)]),
    ]
}

/// The scenario of one of them.
pub fn scenario(timing: &Timing) -> Scenario {
    let program = timing.builder.finish(0, &[], &[]);
    Scenario {
        name: timing.name.replace(' ', "_"),
        seed: 3,
        latency: 0,
        fixed: timing.fixed,
        frames: vec![Frame {
            hart: 0,
            gas: 1000,
            program,
        }],
    }
}
