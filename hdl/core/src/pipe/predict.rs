//! F2: predecode, static predictions and the return-address predictor.
//!
//! `jump`, `jumpi` with the `taken` hint, and `jumpd` with a return address on the predictor's
//! stack send the hart to their target. `jumpid` with the hint, `jumpd` with an empty predictor
//! and the ends of a frame stop its fetch: T or the lookup will restart it.
//!
//! The predictor keeps, per hart, the last eight labels pushed (16-bit value, target). A predicted
//! `jumpd` carries the prediction to T in fields that it does not use: `[31:16]` the value, `imm`
//! the target, bit 37 set. The slices compare the value with operand A, so a right prediction
//! costs no table read. Entries are always pairs of the running program: its fetch never leaves it,
//! since the last micro-op of a program never falls through and wrong paths start at real
//! micro-ops only.
//!
//! T keeps the architectural copy of the predictor's state; a kill copies it back.

use super::decode::{self, Flow, Issue};
use super::fetch::{Decision, Fetched};
use super::shape::Shape;
use super::wires::Wires;
use crate::circuit::{Circuit, Net, RamPort, Reg};

/// Bits of the predictor's state of a hart: top of stack `[2:0]`, entries `[6:3]`.
pub const STATE: usize = 7;

/// Bit of a `jumpd` that says: predicted.
pub const PREDICTED: usize = 37;

/// A micro-op on its way into the queue.
pub struct Predicted {
    /// There is one (a kill of this cycle may still drop it).
    pub valid: Net,
    /// The micro-op, with the prediction of a `jumpd` in it.
    pub op: Net,
    /// Its issue bits.
    pub issue: Issue,
}

/// The predictor's state after a push or a pop.
pub fn next_state(c: &Circuit, state: &Net, push: &Net, pop: &Net) -> Net {
    let (top, entries) = (state.bits(0, 3), state.bits(3, 4));
    let full = entries.bit(3);
    let pushed = top.plus(1).above(&full.mux(&entries, &entries.plus(1)));
    let popped = top.minus(1).above(&entries.minus(1));
    c.first("predictor_next", &[(push, &pushed), (pop, &popped)], state)
}

/// Builds F2.
pub fn build(
    c: &Circuit,
    shape: &Shape,
    wires: &Wires,
    fetched: &Fetched,
    decision: &Decision,
) -> Predicted {
    let word = &fetched.word;
    let flow = decode::flow(c, word);
    let states: Vec<Reg> = shape
        .each()
        .map(|h| c.reg(&format!("predictor_{h}"), STATE))
        .collect();
    let now: Vec<Net> = states.iter().map(|r| r.q.clone()).collect();
    let state = c.pick("state", &now, &fetched.hart);
    let top = state.bits(0, 3);
    let push = c.wire("push", &(&fetched.valid & flow.label()));
    let pop = c.wire(
        "pop",
        &(&fetched.valid & flow.dynamic() & state.bits(3, 4).any()),
    );
    let next = next_state(c, &state, &push, &pop);
    let changes = &push | &pop;
    for h in shape.each() {
        let mine = &changes & fetched.hart.is(h as u64);
        let update = [
            (&wires.start[h], &c.lit(0, STATE)),
            (&wires.kill[h], &wires.retired_predictor[h]),
            (&mine, &next),
        ];
        states[h].set(&c.first("predictor", &update, &states[h].q));
    }
    let entry = c.ram(
        "return_stack",
        &RamPort {
            write_enable: push,
            write_address: shape.of_hart(&fetched.hart, &top.plus(1)),
            write_data: word.bits(8, 16).above(&word.bits(40, 24)),
            read_address: shape.of_hart(&fetched.hart, &top),
            latency: 0,
        },
    );
    let base = c.pick("base", &wires.base, &fetched.hart);
    decide(
        c,
        &base,
        fetched,
        decision,
        &flow,
        (&pop, &entry.bits(16, 24)),
    );
    let with_prediction = word
        .bits(0, 16)
        .above(&entry.bits(0, 16))
        .above(&word.bits(32, 5))
        .above(&c.lit(1, 1))
        .above(&word.bits(38, 2))
        .above(&entry.bits(16, 24));
    Predicted {
        valid: fetched.valid.clone(),
        op: pop.mux(&with_prediction, word),
        issue: decode::issue(c, word),
    }
}

/// Where the hart goes on after the micro-op in F2; `pop` predicts a return to `target`.
fn decide(
    c: &Circuit,
    base: &Net,
    fetched: &Fetched,
    decision: &Decision,
    flow: &Flow,
    (pop, target): (&Net, &Net),
) {
    let taken = fetched.word.bit(39);
    let direct = flow.jump() | (flow.jump_if() & &taken);
    let jump = &fetched.valid & (direct | pop);
    let unknown = (flow.dynamic() & !pop) | (flow.dynamic_if() & &taken);
    let stop = &fetched.valid & (flow.end() | unknown);
    let imm = pop.mux(target, &fetched.word.bits(40, 24));
    c.drive(&decision.jump, &jump);
    c.drive(&decision.stop, &stop);
    c.drive(&decision.target, &(base + imm.resize(base.width())));
}
