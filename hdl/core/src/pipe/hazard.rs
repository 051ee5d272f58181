//! D: compares the operands with the destinations in flight and chooses where they come from.
//!
//! A micro-op at distance n left D n cycles earlier and is in stage n now. Slice k takes its
//! operand at distance 1 from the result register behind X, at distance 2 to `slices + 4 - k` from
//! the results further down (at R2), and beyond that from the window, which was written in T.
//!
//! Booleans are known at C only. `iszero`, the condition of a jump, `mov` and the first half of a
//! swap (for A) take one that is at distance up to `slices + 1` from the history of booleans when
//! they are at C themselves; what the latter two write is then a boolean, too. Any other reader
//! waits in D until the distance is `slices + 2`.

use super::decode::Issue;
use super::shape::{Line, Shape};
use crate::circuit::{Circuit, Net, any_of, concat};

/// Code of an operand at R2 that comes from the window.
pub const FROM_WINDOW: u64 = 0;

/// What is in the stages.
pub struct InFlight<'a> {
    /// A slot is written, from stage 1 on.
    pub writes: &'a [Net],
    /// Of this hart.
    pub hart: &'a Line,
    /// The slot.
    pub slot: &'a Line,
    /// With a boolean.
    pub boolean: &'a Line,
}

/// What the micro-op in D reads.
pub struct Wanted<'a> {
    /// Its hart.
    pub hart: &'a Net,
    /// Slot of operand A.
    pub slot_a: &'a Net,
    /// Slot of operand B.
    pub slot_b: &'a Net,
    /// Operand A is read, from the window or a result.
    pub reads_a: &'a Net,
    /// Operand B is read, from the window.
    pub reads_b: &'a Net,
    /// Its issue bits.
    pub issue: &'a Issue,
}

/// Where the operands come from, stage by stage.
pub struct Hazard {
    /// The micro-op cannot issue now.
    pub waits: Net,
    /// It takes a boolean from the history.
    pub takes: Net,
    /// Operand A is the result at distance 1; up to the last X.
    pub near_a: Line,
    /// Operand B likewise.
    pub near_b: Line,
    /// Code of operand A at R2: 0 window, n - 1 the result at distance n; up to the last R2.
    pub code_a: Line,
    /// Code of operand B likewise.
    pub code_b: Line,
    /// Bit n - 1: the condition is the boolean at distance n; up to C.
    pub history: Line,
}

/// Distance bits, nearest only: bit n - 1 is distance n.
fn nearest(c: &Circuit, name: &str, matches: &[Net]) -> Vec<Net> {
    let mut before: Option<Net> = None;
    let mut result = Vec::new();
    for (n, hit) in matches.iter().enumerate() {
        let first = match &before {
            None => hit.clone(),
            Some(nearer) => hit & !nearer,
        };
        result.push(c.wire(&format!("{name}_{}", n + 1), &first));
        let all = before.map_or_else(|| hit.clone(), |nearer| nearer | hit);
        before = Some(c.wire(&format!("{name}_upto_{}", n + 1), &all));
    }
    result
}

/// Builds the comparison.
pub fn build(c: &Circuit, shape: &Shape, flight: &InFlight, wanted: &Wanted) -> Hazard {
    let candidates: Vec<Net> = (1..=shape.retire)
        .map(|n| {
            let same = flight.hart.at(n).equals(wanted.hart);
            c.wire("candidate", &(&flight.writes[n - 1] & same))
        })
        .collect();
    let find = |name: &str, slot: &Net| -> Vec<Net> {
        let hits: Vec<Net> = (1..=shape.retire)
            .map(|n| {
                let hit = &candidates[n - 1] & flight.slot.at(n).equals(slot);
                c.wire(&format!("{name}_hit_{n}"), &hit)
            })
            .collect();
        nearest(c, name, &hits)
    };
    let (a, b) = (find("a", wanted.slot_a), find("b", wanted.slot_b));
    let early = shape.slices + 1;
    let unknown = |found: &[Net]| -> Vec<Net> {
        (1..=early)
            .map(|n| &found[n - 1] & flight.boolean.at(n))
            .collect()
    };
    let (early_a, early_b) = (unknown(&a), unknown(&b));
    let takes_a = wanted.issue.boolean_a() & wanted.reads_a;
    let takes_b = wanted.issue.boolean_b() & wanted.reads_b;
    let waits_a = any_of(&early_a) & wanted.reads_a & !&takes_a;
    let waits_b = any_of(&early_b) & wanted.reads_b & !&takes_b;
    let history: Vec<Net> = (0..early)
        .map(|i| (&early_a[i] & &takes_a) | (&early_b[i] & &takes_b))
        .collect();
    let code = |found: &[Net]| {
        let arms: Vec<(Net, Net)> = (2..=shape.retire)
            .map(|n| (found[n - 1].clone(), c.lit(n as u64 - 1, 4)))
            .collect();
        arms.iter()
            .fold(c.lit(FROM_WINDOW, 4), |code, (hit, value)| {
                code | hit.mux(value, &c.lit(0, 4))
            })
    };
    let last_r2 = shape.slices + 1;
    let takes = c.wire("takes", &any_of(&history));
    let history: Vec<&Net> = history.iter().collect();
    Hazard {
        waits: waits_a | waits_b,
        takes,
        near_a: Line::new(c, "near_a", 0, &(&a[0] & wanted.reads_a), last_r2 + 1),
        near_b: Line::new(c, "near_b", 0, &(&b[0] & wanted.reads_b), last_r2 + 1),
        code_a: Line::new(c, "code_a", 0, &code(&a), last_r2),
        code_b: Line::new(c, "code_b", 0, &code(&b), last_r2),
        history: Line::new(c, "history", 0, &concat(&history), shape.condition),
    }
}
