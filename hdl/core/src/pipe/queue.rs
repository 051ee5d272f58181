//! Instruction queue: four fetches per hart between F2 and D, of one or two micro-ops each.
//!
//! Two LUT RAMs hold the first and the second micro-op of a fetch with their issue bits; the
//! scoreboard bits are also in a small one per hart, because D needs those of every head before it
//! picks one. `half` says that the first one of the head was taken. A fetch that begins has its
//! entry reserved (`room`), so a push never finds the queue full. A kill empties it.

use super::decode::{ISSUE, Issue};
use super::fetch::Fetched;
use super::predict::Predicted;
use super::shape::Shape;
use super::wires::Wires;
use crate::circuit::{Circuit, Net, RamPort, Reg, concat};

/// log2 of the entries per hart.
const INDEX: usize = 2;
/// Bits of a number of entries.
const COUNT: usize = INDEX + 1;
/// Bits that D needs of every head.
const SCOREBOARD: usize = 6;

/// The heads of the queues.
pub struct Queue {
    /// Per hart: there is one.
    pub present: Vec<Net>,
    /// Per hart: it must wait for all unit operations of the hart.
    pub exclusive: Vec<Net>,
    /// Per hart: it is `arg`.
    pub arg: Vec<Net>,
    /// Per hart: it is a unit operation.
    pub shared: Vec<Net>,
    /// Per hart: it needs nothing of the slices.
    pub light: Vec<Net>,
    /// Per hart: a slice writes its result.
    pub writes: Vec<Net>,
    /// Per hart: it is the last that reads the top of the stack.
    pub ends_top: Vec<Net>,
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
    let (heads, tails, counts) = (
        regs("head", INDEX),
        regs("tail", INDEX),
        regs("count", COUNT),
    );
    let halves = regs("half", 1);
    let [mut exclusive, mut shared, mut arg] = [const { Vec::new() }; 3];
    let [mut light, mut writes, mut ends_top] = [const { Vec::new() }; 3];
    for h in shape.each() {
        let push = &predicted.valid & fetched.hart.is(h as u64);
        let reserved = fetched.in_f1[h].resize(COUNT) + fetched.in_f2[h].resize(COUNT);
        let used = &counts[h].q + reserved;
        c.drive(&wires.room[h], &!used.bit(INDEX));
        let scoreboard = |issue: &Issue| {
            let (exclusive, shared, arg) = (issue.exclusive(), issue.shared(), issue.arg());
            let (light, writes, ends_top) = (issue.light(), issue.writes(), issue.ends_top());
            concat(&[&exclusive, &shared, &arg, &light, &writes, &ends_top])
        };
        let [first, second] = &predicted.issue;
        let bits = c.ram(
            &format!("scoreboard_{h}"),
            &RamPort {
                write_enable: push.clone(),
                write_address: tails[h].q.clone(),
                write_data: scoreboard(first)
                    .above(&scoreboard(second))
                    .above(&predicted.two),
                read_address: heads[h].q.clone(),
                latency: 0,
            },
        );
        let [first, second] = [0, SCOREBOARD].map(|from| bits.bits(from, SCOREBOARD));
        let head = halves[h].q.mux(&second, &first);
        exclusive.push(c.wire(&format!("exclusive_{h}"), &head.bit(0)));
        shared.push(c.wire(&format!("shared_{h}"), &head.bit(1)));
        arg.push(c.wire(&format!("arg_{h}"), &head.bit(2)));
        light.push(c.wire(&format!("light_{h}"), &head.bit(3)));
        writes.push(c.wire(&format!("writes_{h}"), &head.bit(4)));
        ends_top.push(c.wire(&format!("ends_top_{h}"), &head.bit(5)));
        let pop = &wires.pop_valid & wires.pop_hart.is(h as u64);
        let stays = bits.bit(2 * SCOREBOARD) & !&halves[h].q;
        halves[h].set(&wires.kill[h].mux(&c.lit(0, 1), &pop.mux(&stays, &halves[h].q)));
        let position = (&heads[h], &tails[h], &counts[h]);
        step(c, wires, h, &push, &(pop & !stays), position);
    }
    let of = |regs: &[Reg]| -> Vec<Net> { regs.iter().map(|r| r.q.clone()).collect() };
    let head = c.pick("head", &of(&heads), hart);
    let tail = c.pick("tail", &of(&tails), &fetched.hart);
    let entry = |op: &Net, issue: &Issue| {
        c.ram(
            "entries",
            &RamPort {
                write_enable: predicted.valid.clone(),
                write_address: shape.of_hart(&fetched.hart, &tail),
                write_data: op.above(&issue.0),
                read_address: shape.of_hart(hart, &head),
                latency: 0,
            },
        )
    };
    let [first, second] = [0, 1].map(|i| entry(&predicted.op[i], &predicted.issue[i]));
    let half = c.pick("is_half", &of(&halves), hart);
    let entry = c.wire("entry", &half.mux(&second, &first));
    Queue {
        present: counts.iter().map(|count| count.q.any()).collect(),
        exclusive,
        arg,
        shared,
        light,
        writes,
        ends_top,
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
    let zero = c.lit(0, INDEX);
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
    let after = &count.q + push.resize(COUNT) - pop.resize(COUNT);
    count.set(&kill.mux(&c.lit(0, COUNT), &after));
}
