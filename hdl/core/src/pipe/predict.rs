//! F2: predecode, static predictions and the return-address predictor, for up to two micro-ops: the
//! second one is dropped behind one that goes elsewhere, and fetched again when both would use the
//! predictor.
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

/// Up to two micro-ops on their way into the queue.
pub struct Predicted {
    /// There is a first one (a kill of this cycle may still drop both).
    pub valid: Net,
    /// There is a second one.
    pub two: Net,
    /// The micro-ops, with the prediction of a `jumpd` in it.
    pub op: [Net; 2],
    /// Their issue bits.
    pub issue: [Issue; 2],
}

/// One of the two words in F2.
struct Candidate<'a> {
    word: &'a Net,
    flow: Flow,
    /// Fetch does not go on behind it.
    leaves: Net,
    /// It uses the predictor.
    predicts: Net,
}

impl<'a> Candidate<'a> {
    fn new(c: &Circuit, name: &str, word: &'a Net) -> Self {
        let flow = decode::flow(c, word);
        let hinted = (flow.jump_if() | flow.dynamic_if()) & word.bit(39);
        let leaves = (flow.jump() | flow.dynamic()) | (flow.end() | hinted);
        Self {
            leaves: c.wire(&format!("leaves_{name}"), &leaves),
            predicts: c.wire(
                &format!("predicts_{name}"),
                &(flow.label() | flow.dynamic()),
            ),
            flow,
            word,
        }
    }
    /// Jumps to its immediate.
    fn direct(&self) -> Net {
        self.flow.jump() | (self.flow.jump_if() & self.word.bit(39))
    }
    /// The micro-op with a prediction in the fields that `jumpd` does not use.
    fn with(&self, c: &Circuit, entry: &Net) -> Net {
        let word = self.word;
        word.bits(0, 16)
            .above(&entry.bits(0, 16))
            .above(&word.bits(32, 5))
            .above(&c.lit(1, 1))
            .above(&word.bits(38, 2))
            .above(&entry.bits(16, 24))
    }
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
    let first = Candidate::new(c, "first", &fetched.word);
    let second = Candidate::new(c, "second", &fetched.second);
    // The predictor serves one of them: the other one is fetched again.
    let both = c.wire("both", &(&first.predicts & &second.predicts));
    let odd = fetched.pc.bit(0);
    let two = c.wire("two", &!(odd | &first.leaves | &both));
    let states: Vec<Reg> = shape
        .each()
        .map(|h| c.reg(&format!("predictor_{h}"), STATE))
        .collect();
    let now: Vec<Net> = states.iter().map(|r| r.q.clone()).collect();
    let state = c.pick("state", &now, &fetched.hart);
    let top = state.bits(0, 3);
    let filled = state.bits(3, 4).any();
    let label = first.flow.label() | (&two & second.flow.label());
    let push = c.wire("push", &(&fetched.valid & label));
    let pops_first = c.wire("pops_first", &(first.flow.dynamic() & &filled));
    let pops_second = c.wire("pops_second", &(&two & second.flow.dynamic() & filled));
    let pop = c.wire("pop", &(&fetched.valid & (&pops_first | &pops_second)));
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
    let pair = |word: &Net| word.bits(8, 16).above(&word.bits(40, 24));
    let entry = c.ram(
        "return_stack",
        &RamPort {
            write_enable: push,
            write_address: shape.of_hart(&fetched.hart, &top.plus(1)),
            write_data: first
                .flow
                .label()
                .mux(&pair(first.word), &pair(second.word)),
            read_address: shape.of_hart(&fetched.hart, &top),
            latency: 0,
        },
    );
    let away = Away {
        first: &first,
        second: &second,
        two: &two,
        both: &both,
        pops_first: &pops_first,
        pops_second: &pops_second,
        returns_to: &entry.bits(16, 24),
    };
    decide(c, wires, fetched, decision, &away);
    Predicted {
        valid: fetched.valid.clone(),
        op: [
            pops_first.mux(&first.with(c, &entry), first.word),
            pops_second.mux(&second.with(c, &entry), second.word),
        ],
        issue: [decode::issue(c, first.word), decode::issue(c, second.word)],
        two,
    }
}

/// What [`decide`] looks at.
struct Away<'a> {
    first: &'a Candidate<'a>,
    second: &'a Candidate<'a>,
    two: &'a Net,
    both: &'a Net,
    pops_first: &'a Net,
    pops_second: &'a Net,
    returns_to: &'a Net,
}

/// Where the hart goes on behind the micro-ops in F2.
fn decide(c: &Circuit, wires: &Wires, fetched: &Fetched, decision: &Decision, away: &Away) {
    let (first, second, two) = (away.first, away.second, away.two);
    // The second one is fetched again, since both would have used the predictor.
    let again = away.both & !(&first.leaves | fetched.pc.bit(0));
    let direct = first.direct() | (two & second.direct());
    let pops = away.pops_first | away.pops_second;
    let leaves = &first.leaves | (two & &second.leaves);
    let known = c.wire("known", &(&direct | &pops));
    let jump = &fetched.valid & (&known | &again);
    let stop = &fetched.valid & leaves & !known;
    c.drive(&decision.jump, &jump);
    c.drive(&decision.stop, &stop);
    let base = c.pick("base", &wires.base, &fetched.hart);
    let there = |imm: &Net| c.wire("there", &(&base + imm.resize(base.width())));
    let odd = c
        .lit(1, 1)
        .above(&fetched.pc.bits(1, fetched.pc.width() - 1));
    let to_first = there(&first.word.bits(40, 24));
    let to_second = there(&second.word.bits(40, 24));
    let target = c.first(
        "target",
        &[
            (&pops, &there(away.returns_to)),
            (&again, &odd),
            (&first.leaves, &to_first),
        ],
        &to_second,
    );
    c.drive(&decision.target, &target);
}
