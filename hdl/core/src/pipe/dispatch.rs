//! Dispatch: hands the operations that retire to the units.
//!
//! An operation is counted in C, where nothing can come between it and T but a kill of that cycle.
//!
//! A hart may have four operations under way; each goes to its unit when the one before it is
//! answered. An operation that is alone and whose unit is ready leaves ahead, in X of the top slice
//! (the stage before C), if it is sure to retire with the gas and the arg words of that cycle: no block
//! header, branch or `arg` of its hart is in C, and what is in T neither checks nor redirects. Otherwise
//! its operation and immediate wait beside its operands in the operand file, from T on. Waiting harts go
//! first, lowest number first. A request is only raised in a cycle in which its unit is ready, so one
//! that cannot leave never keeps another hart's from leaving. A unit answers two cycles after the
//! request at the earliest, so never before its operation is counted.
//!
//! The gas of a request is that of its place in the program. All operations before it have been
//! answered, none behind it; so it is the gas now, and what blocks behind it have charged since it
//! retired. The charges of blocks are summed modulo 2^32, which is never passed while an operation
//! waits: a block charges less than 16 a cycle.

use super::decode::Retire;
use super::issue::Issued;
use super::response::{Response, UNITS};
use super::retire::Retired;
use super::shape::{HART, Line, Shape};
use super::wires::Wires;
use crate::circuit::{Circuit, Net, RamPort, Reg};

/// log2 of the operations that a hart may have under way.
pub const ENTRY: usize = 2;

/// Bits of the sum of what blocks charged.
const CHARGED: usize = 32;

/// What dispatch tells the rest.
pub struct Dispatch {
    /// Per hart: an operation is in T, at a unit or waits for one (before this cycle).
    pub outstanding: Vec<Net>,
    /// Per hart: exactly one is.
    pub single: Vec<Net>,
}

/// Wires that the operand file needs before dispatch is built.
pub struct Selection {
    /// The hart that is dispatched.
    pub hart: Net,
    /// Its entry of the operand file.
    pub entry: Net,
    /// It waited there; otherwise it leaves ahead, when its upper slices are not in the file yet.
    pub waited: Net,
    /// The hart that the memory unit serves.
    pub memory_hart: Net,
}

/// Declares them.
pub fn selection(c: &Circuit) -> Selection {
    Selection {
        hart: c.forward("dispatch_hart", HART),
        entry: c.forward("dispatch_entry", ENTRY),
        waited: c.forward("dispatch_waited", 1),
        memory_hart: c.forward("memory_hart", HART),
    }
}

/// Operations of one hart: those in T or retired and not answered, oldest at `head`.
struct Hart {
    count: Reg,
    head: Reg,
    tail: Reg,
    at_unit: Reg,
    /// Unit of each entry.
    unit: Vec<Reg>,
    /// One of them has a result that has not entered at D.
    awaits: Reg,
    /// Its entry.
    result: Reg,
}

impl Hart {
    fn new(c: &Circuit, h: usize) -> Self {
        let reg = |name: &str, width: usize| c.reg(&format!("{name}_{h}"), width);
        Self {
            count: reg("count", ENTRY + 1),
            head: reg("head", ENTRY),
            tail: reg("tail", ENTRY),
            at_unit: reg("at_unit", 1),
            unit: (0..1 << ENTRY).map(|_| reg("unit", 2)).collect(),
            awaits: reg("awaits", 1),
            result: reg("result", ENTRY),
        }
    }
    /// The unit of the oldest operation.
    fn unit(&self, c: &Circuit) -> Net {
        let units: Vec<Net> = self.unit.iter().map(|unit| unit.q.clone()).collect();
        c.pick("own_unit", &units, &self.head.q)
    }
    /// The oldest operation has a result. `arrives`: one with a result is in C, the oldest if there
    /// are no others.
    fn with_result(&self, arrives: &Net) -> Net {
        let known = &self.awaits.q & self.head.q.equals(&self.result.q);
        self.count.q.any().mux(&known, arrives)
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
    /// Retire bits, stage by stage.
    pub class: &'a Line,
    /// T.
    pub retired: &'a Retired,
    /// Answers of the units.
    pub response: &'a Response,
}

/// Builds dispatch.
pub fn build(c: &Circuit, shape: &Shape, stages: &Stages, selection: &Selection) -> Dispatch {
    let (wires, response) = (stages.wires, stages.response);
    let harts: Vec<Hart> = shape.each().map(|h| Hart::new(c, h)).collect();
    let arriving = Arriving::new(c, shape, stages);
    let ahead = Ahead::new(c, shape, stages, &arriving);
    let choice = choose(c, &harts, &ahead);
    for (code, name) in UNITS.iter().enumerate() {
        let valid = &choice.sends & choice.unit.is(code as u64);
        c.drive_port(&format!("{name}_valid"), &valid);
    }
    let heads: Vec<Net> = harts.iter().map(|hart| hart.head.q.clone()).collect();
    let oldest = c.pick("oldest", &heads, &choice.hart);
    let entry = choice.from_slot.mux(&oldest, &ahead.entry);
    c.drive(&selection.hart, &choice.hart);
    c.drive(&selection.entry, &entry);
    c.drive(&selection.waited, &choice.from_slot);
    let memory = c.reg("served_by_memory", HART);
    let served = [
        (&c.port("task_taken", 1), &c.port("task_hart", HART)),
        (&(&choice.sends & choice.unit.is(0)), &choice.hart),
    ];
    memory.set(&c.first("next_served", &served, &memory.q));
    c.drive(&selection.memory_hart, &memory.q);

    let reset = c.port("reset", 1);
    for (h, hart) in harts.iter().enumerate() {
        let mine = &arriving.stays & arriving.hart.is(h as u64);
        let sent = &choice.sends & choice.hart.is(h as u64);
        let ended = &response.cause.valid & response.hart.is(h as u64);
        let clear = c.wire(&format!("clear_{h}"), &(ended | &reset));
        step(c, wires, h, hart, &mine, &sent, &clear);
        for (entry, unit_of) in hart.unit.iter().enumerate() {
            let writes = &mine & arriving.entry.is(entry as u64);
            unit_of.set_if(&writes, &arriving.unit);
        }
        let result = &arriving.result & arriving.hart.is(h as u64);
        let with_result = hart.with_result(&(&arriving.valid & &result));
        let with_result = c.wire(&format!("with_result_{h}"), &with_result);
        c.drive(&wires.with_result[h], &with_result);
        let result = &arriving.stays & result;
        hart.result.set_if(&result, &arriving.entry);
        let given = (&wires.done[h] | &wires.entered[h]) & with_result;
        let awaits = (&hart.awaits.q | result) & !(given | &clear);
        hart.awaits.set(&awaits);
        c.drive(&wires.awaits[h], &(awaits & !&wires.stop[h]));
    }
    request(c, shape, stages, (&arriving, &ahead), &choice, selection);
    Dispatch {
        outstanding: harts.iter().map(|hart| hart.count.q.any()).collect(),
        single: harts.iter().map(|hart| hart.count.q.is(1)).collect(),
    }
}

/// The operation in C.
struct Arriving {
    /// There is one; a kill of this cycle may drop it.
    valid: Net,
    /// It is not dropped.
    stays: Net,
    hart: Net,
    entry: Net,
    unit: Net,
    /// It has a result.
    result: Net,
    /// Operation and immediate.
    kind: Net,
}

/// Unit and kind of an operation.
fn unit_and_kind(op: &Net) -> (Net, Net) {
    // Codes 3 to 6 of the high nibble become 0 to 3.
    let unit = op.bits(4, 2).plus(1);
    (unit, op.bits(0, 8).above(&op.bits(40, 24)))
}

impl Arriving {
    fn new(c: &Circuit, shape: &Shape, stages: &Stages) -> Self {
        let Stages {
            wires,
            issued,
            class,
            ..
        } = stages;
        let stage = shape.condition;
        let hart = issued.hart.at(stage).clone();
        let class = Retire(class.at(stage).clone());
        let valid = c.wire("arrives", &(&issued.valid[stage - 1] & class.shared()));
        let killed = c.pick("killed", &wires.kill, &hart);
        let (unit, kind) = unit_and_kind(issued.op.at(stage));
        Self {
            stays: c.wire("stays", &(&valid & !killed)),
            entry: issued.entry.at(stage).clone(),
            unit: c.wire("arriving_unit", &unit),
            result: class.result(),
            kind,
            valid,
            hart,
        }
    }
}

/// The operation in X of the top slice.
struct Ahead {
    /// There is one, it is sure to retire, and none of its hart is in C.
    valid: Net,
    hart: Net,
    entry: Net,
    unit: Net,
    /// Operation and immediate.
    kind: Net,
}

impl Ahead {
    fn new(c: &Circuit, shape: &Shape, stages: &Stages, arriving: &Arriving) -> Self {
        let Stages {
            wires,
            issued,
            class,
            retired,
            ..
        } = stages;
        let stage = shape.condition - 1;
        let hart = issued.hart.at(stage).clone();
        let is_shared = Retire(class.at(stage).clone()).shared();
        let stops =
            (&retired.live & retired.class.block()) | (&wires.redirect_valid | &retired.lookup);
        let stops = stops & retired.hart.equals(&hart);
        let before = Retire(class.at(shape.condition).clone());
        let branches = before.jump_if() | (before.dynamic() | before.dynamic_if());
        let may_stop = (before.block() | before.arg()) | (branches | before.shared());
        let in_c = &issued.valid[shape.condition - 1] & arriving.hart.equals(&hart);
        let calm = !(stops | (in_c & may_stop));
        let (unit, kind) = unit_and_kind(issued.op.at(stage));
        Self {
            valid: c.wire("ahead", &(&(&issued.valid[stage - 1] & is_shared) & calm)),
            entry: issued.entry.at(stage).clone(),
            unit: c.wire("ahead_unit", &unit),
            kind,
            hart,
        }
    }
}

/// Picks a waiting hart whose unit is ready, else the operation that can leave ahead.
fn choose(c: &Circuit, harts: &[Hart], ahead: &Ahead) -> Choice {
    let ready: Vec<Net> = UNITS
        .iter()
        .map(|unit| c.port(&format!("{unit}_ready"), 1))
        .collect();
    let mut from_slot = c.lit(0, 1);
    let mut slot_hart = c.lit(0, HART);
    let mut slot_unit = c.lit(0, 2);
    for (h, hart) in harts.iter().enumerate().rev() {
        let own = hart.unit(c);
        let goes = hart.waits() & c.pick("ready", &ready, &own);
        let goes = c.wire(&format!("goes_{h}"), &goes);
        slot_hart = goes.mux(&c.lit(h as u64, HART), &slot_hart);
        slot_unit = goes.mux(&own, &slot_unit);
        from_slot = from_slot | goes;
    }
    let from_slot = c.wire("from_slot", &from_slot);
    let counts: Vec<Net> = harts.iter().map(|hart| hart.count.q.any()).collect();
    let behind = c.pick("behind", &counts, &ahead.hart);
    let free = c.pick("ahead_ready", &ready, &ahead.unit);
    let direct = &ahead.valid & free & !(&from_slot | &behind);
    let direct = c.wire("direct", &direct);
    Choice {
        hart: c.wire("hart", &from_slot.mux(&slot_hart, &ahead.hart)),
        unit: c.wire("to", &from_slot.mux(&slot_unit, &ahead.unit)),
        sends: c.wire("sends", &(&from_slot | &direct)),
        from_slot,
    }
}

/// Next state of one hart. `clear`: its frame was ended by a unit, what still waits is dropped.
fn step(c: &Circuit, wires: &Wires, h: usize, hart: &Hart, mine: &Net, sent: &Net, clear: &Net) {
    let done = &wires.done[h];
    let (none, zero) = (c.lit(0, ENTRY + 1), c.lit(0, ENTRY));
    let width = ENTRY + 1;
    let count = &hart.count.q + mine.resize(width) - done.resize(width);
    let count = c.wire(&format!("count_next_{h}"), &clear.mux(&none, &count));
    c.drive(&wires.outstanding[h], &count);
    hart.count.set(&count);
    let tail = clear.mux(&zero, &(&hart.tail.q + mine.resize(ENTRY)));
    let tail = c.wire(&format!("tail_next_{h}"), &tail);
    c.drive(&wires.entry[h], &tail);
    hart.tail.set(&tail);
    let head = &hart.head.q + done.resize(ENTRY);
    hart.head.set(&clear.mux(&zero, &head));
    hart.at_unit
        .set(&((&hart.at_unit.q | sent) & !(done | clear)));
}

/// The part of the request that is not in the operand file.
fn request(
    c: &Circuit,
    shape: &Shape,
    stages: &Stages,
    (arriving, ahead): (&Arriving, &Ahead),
    choice: &Choice,
    selection: &Selection,
) {
    let retired = stages.retired;
    let sum = c.forward("sum", CHARGED);
    let charged = |name: &str, hart: &Net| {
        c.ram(
            name,
            &RamPort {
                write_enable: retired.block_entered.clone(),
                write_address: shape.hart_word(&retired.hart),
                write_data: sum.clone(),
                read_address: shape.hart_word(hart),
                latency: 0,
            },
        )
    };
    // What was charged before the micro-op in C, and then in T. After a block that fails nothing
    // reads it.
    let own = retired.hart.equals(stages.issued.hart.at(shape.condition));
    let adds = &retired.live & retired.class.block() & own;
    let before = charged("charged_before", stages.issued.hart.at(shape.condition));
    let before = c.wire("charged_in_c", &adds.mux(&sum, &before));
    let imm = retired.op.bits(40, 24).resize(CHARGED);
    c.drive(&sum, &(c.delay("charged_in_t", &before) + imm));
    let kept = c.ram(
        "kept",
        &RamPort {
            write_enable: arriving.valid.clone(),
            write_address: shape.of_hart(&arriving.hart, &arriving.entry),
            write_data: arriving.kind.above(&before),
            read_address: shape.of_hart(&selection.hart, &selection.entry),
            latency: 0,
        },
    );
    let since = charged("charged_now", &selection.hart) - kept.bits(32, CHARGED);
    let from_slot = &choice.from_slot;
    let since = from_slot.mux(&since, &c.lit(0, CHARGED)).resize(64);
    let gas = c.pick("own_gas", &retired.gas, &selection.hart);
    let request = c.wire("request", &from_slot.mux(&kept.bits(0, 32), &ahead.kind));
    c.drive_port("req_hart", &selection.hart);
    c.drive_port("req_op", &request.bits(0, 8));
    c.drive_port("req_imm", &request.bits(8, 24));
    c.drive_port("req_gas", &(gas + since));
}
