//! Instruction queue: four micro-ops per hart between F2 and D.
//!
//! An entry is the micro-op and its issue bits in LUT RAM; the scoreboard bits of the head are
//! also kept in registers, because D needs them of every hart before it picks one. A fetch that begins
//! has its entry reserved (`room`), so a push never finds the queue full. A kill empties it.

use super::decode::{ISSUE, Issue};
use super::fetch::Fetched;
use super::predict::Predicted;
use super::shape::Shape;
use super::wires::Wires;
use crate::circuit::{Circuit, Net, RamPort, Reg};

/// Entries per hart.
const ENTRIES: usize = 4;

/// The heads of the queues.
pub struct Queue {
    /// Per hart: there is one.
    pub present: Vec<Net>,
    /// Per hart: it must wait for all unit operations of the hart.
    pub exclusive: Vec<Net>,
    /// Per hart: it is a unit operation.
    pub shared: Vec<Net>,
    /// The head of the hart that was asked for.
    pub op: Net,
    /// Its issue bits.
    pub issue: Issue,
}

/// Builds the queue; `hart` selects the head that is read.
pub fn build(
    c: &Circuit,
    shape: &Shape,
    wires: &Wires,
    fetched: &Fetched,
    predicted: &Predicted,
    hart: &Net,
) -> Queue {
    let regs = |name: &str, width: usize| -> Vec<Reg> {
        shape
            .each()
            .map(|h| c.reg(&format!("{name}_{h}"), width))
            .collect()
    };
    let (heads, tails, counts) = (regs("head", 2), regs("tail", 2), regs("count", 3));
    let mut exclusive = Vec::new();
    let mut shared = Vec::new();
    for h in shape.each() {
        let push = &predicted.valid & fetched.hart.is(h as u64);
        let pop = &wires.pop_valid & wires.pop_hart.is(h as u64);
        let position = (&heads[h], &tails[h], &counts[h]);
        step(c, wires, h, &push, &pop, position);
        let used = &counts[h].q + fetched.in_f1[h].resize(3) + fetched.in_f2[h].resize(3);
        c.drive(&wires.room[h], &used.below(&c.lit(ENTRIES as u64, 3)));
        let head_bit = |name: &str, value: &Net| {
            let bits: Vec<Net> = (0..ENTRIES)
                .map(|entry| {
                    let bit = c.reg(&format!("{name}_{h}_{entry}"), 1);
                    let write = &push & tails[h].q.is(entry as u64);
                    bit.set_if(&write, value);
                    bit.q
                })
                .collect();
            c.pick(name, &bits, &heads[h].q)
        };
        exclusive.push(head_bit("exclusive", &predicted.issue.exclusive()));
        shared.push(head_bit("shared", &predicted.issue.shared()));
    }
    let of = |regs: &[Reg]| -> Vec<Net> { regs.iter().map(|r| r.q.clone()).collect() };
    let head = c.pick("head", &of(&heads), hart);
    let tail = c.pick("tail", &of(&tails), &fetched.hart);
    let entry = c.ram(
        "entries",
        &RamPort {
            write_enable: predicted.valid.clone(),
            write_address: shape.of_hart(&fetched.hart, &tail),
            write_data: predicted.op.above(&predicted.issue.0),
            read_address: shape.of_hart(hart, &head),
            latency: 0,
        },
    );
    Queue {
        present: counts.iter().map(|count| count.q.any()).collect(),
        exclusive,
        shared,
        op: entry.bits(0, 64),
        issue: Issue(entry.bits(64, ISSUE)),
    }
}

fn step(
    c: &Circuit,
    wires: &Wires,
    h: usize,
    push: &Net,
    pop: &Net,
    (head, tail, count): (&Reg, &Reg, &Reg),
) {
    let kill = &wires.kill[h];
    let zero = c.lit(0, 2);
    head.set(&c.first(
        "next_head",
        &[(kill, &zero), (pop, &head.q.plus(1))],
        &head.q,
    ));
    tail.set(&c.first(
        "next_tail",
        &[(kill, &zero), (push, &tail.q.plus(1))],
        &tail.q,
    ));
    let after = &count.q + push.resize(3) - pop.resize(3);
    count.set(&kill.mux(&c.lit(0, 3), &after));
}
