//! Dispatch: hands the operations that retire to the units.
//!
//! An operation whose unit is ready leaves in T; otherwise its operation, immediate and gas wait
//! beside its operands in the operand file. Waiting harts go first, lowest number first. A request
//! is only raised in a cycle in which its unit is ready, so one that cannot leave never keeps
//! another hart's from leaving.

use super::decode::Retire;
use super::response::UNITS;
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
    /// The hart that the memory unit serves.
    pub memory_hart: Net,
}

/// Declares them.
pub fn selection(c: &Circuit) -> Selection {
    Selection {
        hart: c.forward("dispatch_hart", HART),
        memory_hart: c.forward("memory_hart", HART),
    }
}

struct Harts {
    outstanding: Vec<Reg>,
    waiting: Vec<Reg>,
    unit: Vec<Reg>,
}

/// Builds dispatch.
pub fn build(
    c: &Circuit,
    shape: &Shape,
    wires: &Wires,
    retired: &Retired,
    selection: &Selection,
) -> Dispatch {
    let regs = |name: &str, width: usize| -> Vec<Reg> {
        shape
            .each()
            .map(|h| c.reg(&format!("{name}_{h}"), width))
            .collect()
    };
    let harts = Harts {
        outstanding: regs("outstanding", 1),
        waiting: regs("waiting", 1),
        unit: regs("unit", 2),
    };
    let class: &Retire = &retired.class;
    let arrives = c.wire("arrives", &(&retired.live & class.shared()));
    // Codes 3 to 6 of the high nibble become 0 to 3.
    let unit = c.wire("arriving_unit", &retired.op.bits(4, 2).plus(1));
    let ready: Vec<Net> = UNITS
        .iter()
        .map(|unit| c.port(&format!("{unit}_ready"), 1))
        .collect();

    let mut from_slot = c.lit(0, 1);
    let mut slot_hart = shape.number(c, 0);
    let mut slot_unit = c.lit(0, 2);
    for h in shape.each().rev() {
        let goes = &harts.waiting[h].q & c.pick("ready", &ready, &harts.unit[h].q);
        let goes = c.wire(&format!("goes_{h}"), &goes);
        slot_hart = goes.mux(&shape.number(c, h), &slot_hart);
        slot_unit = goes.mux(&harts.unit[h].q, &slot_unit);
        from_slot = from_slot | goes;
    }
    let from_slot = c.wire("from_slot", &from_slot);
    let direct = &arrives & c.pick("arriving_ready", &ready, &unit) & !&from_slot;
    let direct = c.wire("direct", &direct);
    let hart = c.wire("hart", &from_slot.mux(&slot_hart, &retired.hart));
    let to = c.wire("to", &from_slot.mux(&slot_unit, &unit));
    let sends = c.wire("sends", &(&from_slot | &direct));
    for (code, name) in UNITS.iter().enumerate() {
        c.drive_port(&format!("{name}_valid"), &(&sends & to.is(code as u64)));
    }
    c.drive(&selection.hart, &hart);
    let memory = c.reg("served_by_memory", HART);
    memory.set_if(&(&sends & to.is(0)), &hart);
    c.drive(&selection.memory_hart, &memory.q);

    let reset = c.port("reset", 1);
    for h in shape.each() {
        let mine = &arrives & retired.hart.is(h as u64);
        let sent = &sends & hart.is(h as u64);
        let before = &harts.outstanding[h];
        let next = (&before.q | &mine) & !(&wires.done[h] | &reset);
        let next = c.wire(&format!("outstanding_next_{h}"), &next);
        c.drive(&wires.outstanding[h], &next);
        before.set(&next);
        harts.waiting[h].set(&((&harts.waiting[h].q | &mine) & !(sent | &reset)));
        harts.unit[h].set_if(&mine, &unit);
    }
    request(c, shape, retired, &arrives, &from_slot, &hart);
    Dispatch {
        outstanding: harts.outstanding.iter().map(|r| r.q.clone()).collect(),
    }
}

/// The part of the request that is not in the operand file.
fn request(
    c: &Circuit,
    shape: &Shape,
    retired: &Retired,
    arrives: &Net,
    from_slot: &Net,
    hart: &Net,
) {
    let op = &retired.op;
    let now = op
        .bits(0, 8)
        .above(&op.bits(40, 24))
        .above(&retired.gas_before);
    let kept = c.ram(
        "kept",
        &RamPort {
            write_enable: arrives.clone(),
            write_address: shape.hart_word(&retired.hart),
            write_data: now.clone(),
            read_address: shape.hart_word(hart),
            latency: 0,
        },
    );
    let request = c.wire("request", &from_slot.mux(&kept, &now));
    c.drive_port("req_hart", hart);
    c.drive_port("req_op", &request.bits(0, 8));
    c.drive_port("req_imm", &request.bits(8, 24));
    c.drive_port("req_gas", &request.bits(32, 64));
}
