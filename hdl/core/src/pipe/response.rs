//! Answers of the units: gas, ends, and results on their way back into the pipeline.
//!
//! One answer is taken per cycle, memory first, then shifter, mathematics, state. It waits while T
//! charges a block of the same hart. A result goes into the result file and enters at D, where it
//! writes the slot which was kept at issue. `gas` uses the same way, with the gas left as its value.
//! Where D does not let it in at once ([`super::issue`]) it waits in the file, which has a word for each
//! hart, and results that wait go first.
//!
//! The slices read the file two cycles after D. So a result whose unit says that it is there in the next
//! cycle (`soon`) enters at once, and that unit alone is listened to in the next cycle, when
//! the file is written (`promised`). The answer is taken then or later, as any other; if it ends the
//! frame instead, what entered is written to a slot that nobody reads. The frame cannot go on before that.

use super::decode::Retire;
use super::ends::Cause;
use super::issue::Issued;
use super::retire::State;
use super::shape::{HART, Line, Shape};
use super::wires::Wires;
use crate::circuit::{Circuit, Net, Reg, any_of};
use gasworks_abi::escalation::{Halt, Status};

/// Names of the units, in the order of their codes less that of memory.
pub const UNITS: [&str; 4] = ["memory", "shift", "math", "state"];

/// What an answer does.
pub struct Response {
    /// Per hart: gas changes to `gas_left`.
    pub charges: Vec<Net>,
    /// Gas after the answer's cost.
    pub gas_left: Net,
    /// The hart of the answer.
    pub hart: Net,
    /// It ends the frame.
    pub cause: Cause,
    /// It says so itself (it did not merely cost too much).
    pub decided: Net,
    /// What goes into the result file.
    pub file: FileWrite,
    /// Gas that the answer charges.
    pub cost: Net,
}

/// A write to the result file, which has one word per hart.
pub struct FileWrite {
    /// There is one.
    pub valid: Net,
    /// Its hart.
    pub hart: Net,
    /// The result.
    pub value: Net,
}

/// Builds the response logic.
pub fn build(
    c: &Circuit,
    shape: &Shape,
    wires: &Wires,
    state: &State,
    issued: &Issued,
    class: &Line,
) -> Response {
    let port =
        |unit: &str, field: &str, width: usize| c.port(&format!("{unit}_rsp_{field}"), width);
    let promised: Vec<Reg> = UNITS
        .iter()
        .map(|unit| c.reg(&format!("promised_{unit}"), 1))
        .collect();
    let is_promised: Vec<Net> = promised.iter().map(|r| r.q.clone()).collect();
    let is_promised = c.wire("is_promised", &any_of(&is_promised));
    let listens: Vec<Net> = promised.iter().map(|r| &r.q | !&is_promised).collect();
    let valid: Vec<Net> = UNITS
        .iter()
        .zip(&listens)
        .map(|(unit, listens)| &port(unit, "valid", 1) & listens)
        .collect();
    let chosen = |field: &str, width: usize| {
        let values: Vec<Net> = UNITS.iter().map(|unit| port(unit, field, width)).collect();
        let arms: Vec<(&Net, &Net)> = valid.iter().zip(&values).take(3).collect();
        c.first(field, &arms, &values[3])
    };
    let hart = chosen("hart", HART);
    let (status, code) = (chosen("status", 2), chosen("code", 8));
    let (value, cost) = (chosen("value", 256), chosen("cost", 64));
    let stage = shape.retire;
    let t_bits = Retire(class.at(stage).clone());
    let same = &issued.valid[stage - 1] & issued.hart.at(stage).equals(&hart);
    let charging = same & t_bits.block();
    let open = c.wire("open", &!charging);
    let any = c.wire("any", &any_of(&valid));
    let accept = c.wire("accept", &(&any & &open));
    let mut higher = c.lit(0, 1);
    for (unit, (valid, listens)) in UNITS.iter().zip(valid.iter().zip(&listens)) {
        let ready = (&open & listens) & !&higher;
        c.drive_port(&format!("{unit}_rsp_ready"), &ready);
        higher = higher | valid;
    }

    let gas: Vec<Net> = state.gas.iter().map(|r| r.q.clone()).collect();
    let own_gas = c.pick("own_gas", &gas, &hart);
    let too_much = c.wire("too_much", &own_gas.below(&cost));
    let decided = status.any();
    let cause = Cause {
        valid: &accept & (&decided | &too_much),
        status: c.case(
            "cause_status",
            &status,
            &[(2, c.lit(Status::Escalated as u64, 8)), (3, code.clone())],
            &c.lit(Status::Halt as u64, 8),
        ),
        reason: c.case(
            "cause_reason",
            &status,
            &[(0, c.lit(Halt::OutOfGas as u64, 8)), (3, c.lit(0, 8))],
            &code,
        ),
    };
    for h in shape.each() {
        c.drive(&wires.done[h], &(&accept & hart.is(h as u64)));
    }
    let awaited = shape.per_hart(|h| &wires.pending[h] & &wires.with_result[h]);
    let is_result = c.wire("is_result", &(&accept & c.pick("awaited", &awaited, &hart)));
    let held: Vec<Reg> = shape
        .each()
        .map(|h| c.reg(&format!("held_{h}"), 1))
        .collect();
    let waiting: Vec<Net> = held.iter().map(|reg| reg.q.clone()).collect();
    c.drive(&wires.result_held, &any_of(&waiting));
    let early = early(c, shape, wires, &awaited, &is_result);
    for (reg, takes) in promised.iter().zip(&early.units) {
        reg.set(&(takes & &wires.result_enters));
    }
    let from_unit = c.wire("from_unit", &(&is_result | &is_promised));
    let entering = c.wire("entering", &(&is_result | &early.any));
    let busy = &from_unit | &early.any;
    let (gas_any, gas_hart) = pending_gas(c, shape, wires, issued, &t_bits, &busy);
    let by_unit = is_result.mux(&hart, &early.hart);
    let comes = Comes {
        any: c.wire("comes", &(&entering | &gas_any)),
        in_file: &is_result | &gas_any,
        hart: c.wire("comes_to", &entering.mux(&by_unit, &gas_hart)),
    };
    hold(c, shape, wires, &held, &comes);
    let gas_value = c.pick("gas_value", &gas, &gas_hart).resize(256);
    let file = FileWrite {
        valid: c.wire("file_valid", &(&from_unit | &gas_any)),
        hart: c.wire("file_hart", &from_unit.mux(&hart, &gas_hart)),
        value: c.wire("result", &from_unit.mux(&value, &gas_value)),
    };
    Response {
        charges: shape.per_hart(|h| &accept & hart.is(h as u64) & !&too_much),
        gas_left: c.wire("gas_left", &(&own_gas - &cost)),
        file,
        decided,
        hart,
        cause,
        cost,
    }
}

/// A result that enters ahead of its answer.
struct Early {
    any: Net,
    hart: Net,
    /// Which unit gives it.
    units: Vec<Net>,
}

/// Chooses a result that is awaited and comes in the next cycle; drives `entered`.
fn early(c: &Circuit, shape: &Shape, wires: &Wires, awaited: &[Net], is_result: &Net) -> Early {
    let free = c.wire("free", &!(is_result | &wires.result_held));
    let mut units = Vec::new();
    let mut taken = !&free;
    let mut hart = shape.number(c, 0);
    for unit in UNITS {
        let own = c.port(&format!("{unit}_rsp_hart"), HART);
        let soon = c.port(&format!("{unit}_rsp_soon"), 1) & c.pick("own_awaited", awaited, &own);
        let takes = c.wire(&format!("early_{unit}"), &(soon & !&taken));
        hart = takes.mux(&own, &hart);
        taken = taken | &takes;
        units.push(takes);
    }
    let any = c.wire("early", &any_of(&units));
    let hart = c.wire("early_hart", &hart);
    let enters = &any & &wires.result_enters;
    for h in shape.each() {
        c.drive(&wires.entered[h], &(&enters & hart.is(h as u64)));
    }
    Early { any, hart, units }
}

/// A result that comes in this cycle.
struct Comes {
    any: Net,
    /// It is written to the file now, so it can wait there.
    in_file: Net,
    hart: Net,
}

/// Chooses the result that may enter at D and keeps the others.
fn hold(c: &Circuit, shape: &Shape, wires: &Wires, held: &[Reg], comes: &Comes) {
    let first = held.iter().enumerate().rev();
    let first = first.fold(shape.number(c, 0), |later, (h, reg)| {
        reg.q.mux(&shape.number(c, h), &later)
    });
    let hart = c.wire("result_of", &wires.result_held.mux(&first, &comes.hart));
    c.drive(&wires.result_valid, &(&wires.result_held | &comes.any));
    c.drive(&wires.result_hart, &hart);
    for (h, reg) in held.iter().enumerate() {
        let leaves = &wires.result_enters & hart.is(h as u64);
        let stays = &reg.q | (&comes.in_file & comes.hart.is(h as u64));
        let stays = stays & !(leaves | &wires.stop[h]);
        c.drive(&wires.holds[h], &stays);
        reg.set(&stays);
    }
}

/// `gas` micro-ops that retired and wait for the result file; one that comes.
fn pending_gas(
    c: &Circuit,
    shape: &Shape,
    wires: &Wires,
    issued: &Issued,
    bits: &Retire,
    busy: &Net,
) -> (Net, Net) {
    let stage = shape.retire;
    let retires = &issued.valid[stage - 1] & bits.gas();
    let pending: Vec<Reg> = shape
        .each()
        .map(|h| c.reg(&format!("gas_{h}"), 1))
        .collect();
    let mut any = c.lit(0, 1);
    let mut hart = shape.number(c, 0);
    for (h, bit) in pending.iter().enumerate().rev() {
        hart = bit.q.mux(&shape.number(c, h), &hart);
        any = any | &bit.q;
    }
    let hart = c.wire("gas_hart", &hart);
    let issues = c.wire("gas_issues", &(any & !busy));
    for (h, bit) in pending.iter().enumerate() {
        let set = &retires & issued.hart.at(stage).is(h as u64);
        let clear = &issues & hart.is(h as u64);
        let (zero, one) = (c.lit(0, 1), c.lit(1, 1));
        let update = [(&wires.kill[h], &zero), (&set, &one), (&clear, &zero)];
        bit.set(&c.first("next_gas", &update, &bit.q));
    }
    (issues, hart)
}
