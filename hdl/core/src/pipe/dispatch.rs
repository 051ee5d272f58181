//! Dispatch: hands the operations that retire to the units.
//!
//! A hart may have two operations under way; the second goes to its unit when the first is
//! answered. An operation that is alone and whose unit is ready leaves in T; otherwise its
//! operation, immediate and gas wait beside its operands in the operand file. Waiting harts go
//! first, lowest number first. A request is only raised in a cycle in which its unit is ready, so
//! one that cannot leave never keeps another hart's from leaving.
//!
//! The gas of a request is that of its place in the program: the gas when the operation retired,
//! less what the operation before it cost if that was answered later (`owes`).

use super::decode::Retire;
use super::issue::Issued;
use super::response::{Response, UNITS};
use super::retire::Retired;
use super::shape::{HART, Shape};
use super::wires::Wires;
use crate::circuit::{Circuit, Net, RamPort, Reg};

/// What dispatch tells the rest.
pub struct Dispatch {
    /// Per hart: an operation is at a unit or waits for one (before this cycle).
    pub outstanding: Vec<Net>,
}

/// Wires that the operand file needs before dispatch is built.
pub struct Selection {
    /// The hart that is dispatched.
    pub hart: Net,
    /// Its entry of the operand file.
    pub entry: Net,
    /// The hart that the memory unit serves.
    pub memory_hart: Net,
}

/// Declares them.
pub fn selection(c: &Circuit) -> Selection {
    Selection {
        hart: c.forward("dispatch_hart", HART),
        entry: c.forward("dispatch_entry", 1),
        memory_hart: c.forward("memory_hart", HART),
    }
}

/// Operations of one hart: those retired and not answered, oldest at `head`.
struct Hart {
    count: Reg,
    head: Reg,
    tail: Reg,
    at_unit: Reg,
    owes: Reg,
    unit: [Reg; 2],
    result: [Reg; 2],
}

impl Hart {
    fn new(c: &Circuit, h: usize) -> Self {
        let reg = |name: &str, width: usize| c.reg(&format!("{name}_{h}"), width);
        Self {
            count: reg("count", 2),
            head: reg("head", 1),
            tail: reg("tail", 1),
            at_unit: reg("at_unit", 1),
            owes: reg("owes", 1),
            unit: [reg("unit_even", 2), reg("unit_odd", 2)],
            result: [reg("result_even", 1), reg("result_odd", 1)],
        }
    }
    /// The unit of the oldest operation.
    fn unit(&self) -> Net {
        self.head.q.mux(&self.unit[1].q, &self.unit[0].q)
    }
    fn waits(&self) -> Net {
        self.count.q.any() & !&self.at_unit.q
    }
}

/// What leaves in this cycle.
struct Choice {
    sends: Net,
    from_slot: Net,
    hart: Net,
    unit: Net,
}

/// The stages that dispatch looks at.
pub struct Stages<'a> {
    /// Wires against the direction of the pipeline.
    pub wires: &'a Wires,
    /// From D on.
    pub issued: &'a Issued,
    /// T.
    pub retired: &'a Retired,
    /// Answers of the units.
    pub response: &'a Response,
}

/// Builds dispatch.
pub fn build(c: &Circuit, shape: &Shape, stages: &Stages, selection: &Selection) -> Dispatch {
    let Stages {
        wires,
        issued,
        retired,
        response,
    } = stages;
    let harts: Vec<Hart> = shape.each().map(|h| Hart::new(c, h)).collect();
    let class: &Retire = &retired.class;
    let arrives = c.wire("arrives", &(&retired.live & class.shared()));
    // Codes 3 to 6 of the high nibble become 0 to 3.
    let unit = c.wire("arriving_unit", &retired.op.bits(4, 2).plus(1));
    let choice = choose(c, shape, &harts, retired, &arrives, &unit);
    for (code, name) in UNITS.iter().enumerate() {
        let valid = &choice.sends & choice.unit.is(code as u64);
        c.drive_port(&format!("{name}_valid"), &valid);
    }
    let heads: Vec<Net> = harts.iter().map(|hart| hart.head.q.clone()).collect();
    let arriving = issued.entry.at(shape.retire);
    let oldest = c.pick("oldest", &heads, &choice.hart);
    c.drive(&selection.hart, &choice.hart);
    c.drive(&selection.entry, &choice.from_slot.mux(&oldest, arriving));
    let memory = c.reg("served_by_memory", HART);
    let served = [
        (&c.port("task_taken", 1), &c.port("task_hart", HART)),
        (&(&choice.sends & choice.unit.is(0)), &choice.hart),
    ];
    memory.set(&c.first("next_served", &served, &memory.q));
    c.drive(&selection.memory_hart, &memory.q);

    let reset = c.port("reset", 1);
    for (h, hart) in harts.iter().enumerate() {
        let mine = &arrives & retired.hart.is(h as u64);
        let sent = &choice.sends & choice.hart.is(h as u64);
        let ended = &response.cause.valid & response.hart.is(h as u64);
        let clear = c.wire(&format!("clear_{h}"), &(ended | &reset));
        step(c, wires, h, hart, &mine, &sent, &clear);
        for (entry, (unit_of, result)) in hart.unit.iter().zip(&hart.result).enumerate() {
            let write = &mine & arriving.is(entry as u64);
            unit_of.set_if(&write, &unit);
            result.set_if(&write, &class.result());
        }
        let result = hart.head.q.mux(&hart.result[1].q, &hart.result[0].q);
        c.drive(&wires.with_result[h], &result);
    }
    request(c, shape, stages, &harts, &choice, selection);
    Dispatch {
        outstanding: harts.iter().map(|hart| hart.count.q.any()).collect(),
    }
}

/// Picks a waiting hart whose unit is ready, else the operation in T.
fn choose(
    c: &Circuit,
    shape: &Shape,
    harts: &[Hart],
    retired: &Retired,
    arrives: &Net,
    unit: &Net,
) -> Choice {
    let ready: Vec<Net> = UNITS
        .iter()
        .map(|unit| c.port(&format!("{unit}_ready"), 1))
        .collect();
    let mut from_slot = c.lit(0, 1);
    let mut slot_hart = shape.number(c, 0);
    let mut slot_unit = c.lit(0, 2);
    for (h, hart) in harts.iter().enumerate().rev() {
        let own = hart.unit();
        let goes = hart.waits() & c.pick("ready", &ready, &own);
        let goes = c.wire(&format!("goes_{h}"), &goes);
        slot_hart = goes.mux(&shape.number(c, h), &slot_hart);
        slot_unit = goes.mux(&own, &slot_unit);
        from_slot = from_slot | goes;
    }
    let from_slot = c.wire("from_slot", &from_slot);
    let counts: Vec<Net> = harts.iter().map(|hart| hart.count.q.any()).collect();
    let behind = c.pick("behind", &counts, &retired.hart);
    let direct = arrives & c.pick("arriving_ready", &ready, unit) & !(&from_slot | &behind);
    let direct = c.wire("direct", &direct);
    Choice {
        hart: c.wire("hart", &from_slot.mux(&slot_hart, &retired.hart)),
        unit: c.wire("to", &from_slot.mux(&slot_unit, unit)),
        sends: c.wire("sends", &(&from_slot | &direct)),
        from_slot,
    }
}

/// Next state of one hart. `clear`: its frame was ended by a unit, what still waits is dropped.
fn step(c: &Circuit, wires: &Wires, h: usize, hart: &Hart, mine: &Net, sent: &Net, clear: &Net) {
    let done = &wires.done[h];
    let (none, zero) = (c.lit(0, 2), c.lit(0, 1));
    let count = &hart.count.q + mine.resize(2) - done.resize(2);
    let count = c.wire(&format!("count_next_{h}"), &clear.mux(&none, &count));
    c.drive(&wires.outstanding[h], &count);
    hart.count.set(&count);
    let tail = clear.mux(&zero, &(&hart.tail.q ^ mine));
    let tail = c.wire(&format!("tail_next_{h}"), &tail);
    c.drive(&wires.entry[h], &tail);
    hart.tail.set(&tail);
    hart.head.set(&clear.mux(&zero, &(&hart.head.q ^ done)));
    hart.at_unit
        .set(&((&hart.at_unit.q | sent) & !(done | clear)));
    let behind = hart.count.q.bit(1) | mine;
    let owes = done.mux(&behind, &(&hart.owes.q & !sent));
    let over = clear | &wires.start[h];
    hart.owes.set(&(owes & !over));
}

/// The part of the request that is not in the operand file.
fn request(
    c: &Circuit,
    shape: &Shape,
    stages: &Stages,
    harts: &[Hart],
    choice: &Choice,
    selection: &Selection,
) {
    let Stages {
        wires,
        issued,
        retired,
        response,
    } = stages;
    let arriving = issued.entry.at(shape.retire);
    let op = &retired.op;
    let kind = op.bits(0, 8).above(&op.bits(40, 24));
    let now = kind.above(&retired.gas_before);
    let kept = c.ram(
        "kept",
        &RamPort {
            write_enable: &retired.live & retired.class.shared(),
            write_address: shape.of_hart(&retired.hart, arriving),
            write_data: now.clone(),
            read_address: shape.of_hart(&selection.hart, &selection.entry),
            latency: 0,
        },
    );
    let done = c.wire("answered", &crate::circuit::any_of(&wires.done));
    let cost = c.ram(
        "cost",
        &RamPort {
            write_enable: done,
            write_address: shape.hart_word(&response.hart),
            write_data: response.cost.clone(),
            read_address: shape.hart_word(&selection.hart),
            latency: 0,
        },
    );
    let owes: Vec<Net> = harts.iter().map(|hart| hart.owes.q.clone()).collect();
    let debt = c
        .pick("owes", &owes, &selection.hart)
        .mux(&cost, &c.lit(0, 64));
    let gas = kept.bits(32, 64) - debt;
    let from_slot = &choice.from_slot;
    let request = c.wire("request", &from_slot.mux(&kept.bits(0, 32), &kind));
    c.drive_port("req_hart", &selection.hart);
    c.drive_port("req_op", &request.bits(0, 8));
    c.drive_port("req_imm", &request.bits(8, 24));
    c.drive_port("req_gas", &from_slot.mux(&gas, &retired.gas_before));
}
