//! C: booleans and branch conditions, one cycle after the top slice.
//!
//! `flag` is the boolean of the micro-op in C; it joins the result of slice 0 on its way to T and
//! enters the history, from which later micro-ops take it. The outcome of a
//! branch is compared with its prediction here and acted upon in T.

use super::decode::Retire;
use super::issue::Issued;
use super::predict::PREDICTED;
use super::shape::{Line, Shape};
use super::slice::Below;
use super::wires::Wires;
use crate::circuit::{Circuit, Net, any_of};

/// What T learns from C, in registers.
pub struct Outcome {
    /// The next micro-op is `target`, not the one that follows.
    pub jumps: Net,
    /// Word address of the target.
    pub target: Net,
    /// The static prediction was wrong.
    pub mispredicted: Net,
    /// The target must be looked up.
    pub lookup: Net,
    /// `iszero`, `swap`: A was this boolean; else 0. For the trace.
    pub history_a: Net,
    /// Conditional jump, `mov`: B was this boolean; else 0. For the trace.
    pub history_b: Net,
}

/// Builds C; drives `flag`.
pub fn build(
    c: &Circuit,
    shape: &Shape,
    wires: &Wires,
    issued: &Issued,
    class: &Line,
    top: &Below,
    flag: &Net,
) -> Outcome {
    let stage = shape.condition;
    let bits = Retire(class.at(stage).clone());
    let op = issued.op.at(stage);
    let select = issued.hazard.history.at(stage);
    let mut history = c.delay("history_1", flag);
    let mut taken_from = Vec::new();
    for n in 1..=shape.slices + 1 {
        taken_from.push(select.bit(n - 1) & &history);
        history = c.delay(&format!("history_{}", n + 1), &history);
    }
    let boolean = c.wire("boolean", &any_of(&taken_from));
    let nonzero = c.wire("nonzero", &(&top.nonzero | &boolean));
    let below = bits.is_below() & !&top.carry;
    let above = bits.is_above() & &top.carry;
    let moved = (bits.moves_a() | bits.moves_b()) & &boolean;
    c.drive(
        flag,
        &(below | above | (bits.is_equal() & !&nonzero) | moved),
    );

    let of_a = c.wire("of_a", &(bits.is_equal() | bits.moves_a()));
    let hint = op.bit(39);
    let right = op.bit(PREDICTED) & !&nonzero;
    let taken = bits.jump_if() & &nonzero;
    let jumps = bits.jump() | &taken | (bits.dynamic() & &right);
    let wrong = (bits.jump_if() & (&nonzero ^ &hint)) | (bits.dynamic_if() & !&nonzero & &hint);
    let lookup = (bits.dynamic() & !&right) | (bits.dynamic_if() & &nonzero);
    let base = c.pick("base", &wires.base, issued.hart.at(stage));
    Outcome {
        jumps: c.delay("jumps", &jumps),
        target: c.delay("target", &(base + op.bits(40, 24).resize(shape.pc))),
        mispredicted: c.delay("mispredicted", &wrong),
        lookup: c.delay("lookup", &lookup),
        history_a: c.delay("history_a", &(&boolean & &of_a)),
        history_b: c.delay("history_b", &(&boolean & !&of_a)),
    }
}
