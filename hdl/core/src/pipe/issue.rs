//! D: picks what issues and keeps the hart state that issue needs.
//!
//! Each cycle issues the head of the next hart in turn that is not held back. When the picked head
//! needs a boolean that is not yet known ([`super::hazard`]) or meets the slot of a pending result,
//! nothing issues and the turn passes on.
//!
//! Two more things write a window slot and do not retire: the second half of a swap, in the cycle behind
//! the first, and a result of a unit or of `gas` ([`super::response`]). Each shares its slot of the pipeline
//! with a head that a slice does not write for, of whatever hart; one of the swap's own hart must not read window
//! slots either (`POP` behind `SWAP` mostly). So a slot has a hart that retires and one that writes, and
//! each part is killed with its own hart.
//!
//! A result comes in behind a second half and behind a head that writes in its first cycle; then, and for
//! a second half, only heads that share are picked. If there is none, it has the slot for itself.
//!
//! The second half of a swap with the top of the stack is left out when the next micro-op of the hart
//! issues right behind and is the last that reads the top ([`decode::Issue::ends_top`]): it takes what would
//! have been written from the slices. So it is before arithmetic on the top, a jump to it, another swap.
//!
//! Per hart: `sp` (speculative: T's copy comes back at a kill), `busy` (operations at the units or
//! on their way, at most four: one holds back exclusive micro-ops, four hold back a fifth),
//! `args_used` (one that reads arg words may be among them: holds back `arg`),
//! `entry` (the operand file entry of the next operation), `blocked` (`gas` is under way: holds
//! back all).
//!
//! The scoreboard is one entry per hart: while `pending` is set an operation owes a result to
//! `result_slot`. The hart runs on until a head reads or writes that slot or owes a result, too.
//! Such a head is found out when it is picked, beside the search for booleans; `stalled` keeps it
//! from being picked again. The slot in which it is found out is lost, so harts that await no result go
//! first. So do those with no branch between D and T (`unsure` counts its stages down): what issues behind
//! one may be dropped. At a kill the entry stays if its operation has retired (dispatch knows)
//! and is forgotten otherwise; the slot is still right, since no second one can have issued. For
//! the same reason a kill spares results that are in the stages: all of them have retired.

use super::decode;
use super::dispatch::ENTRY;
use super::hazard::{self, Hazard};
use super::queue::Queue;
use super::round_robin;
use super::shape::{HART, Line, Shape};
use super::wires::Wires;
use crate::circuit::{Circuit, Net, Reg, any_of};

/// The wire that selects the queue head; [`build`] drives it.
pub fn head_hart(c: &Circuit) -> Net {
    c.forward("head_hart", HART)
}

/// Bits of the number of cycles until the last branch of a hart is in T.
const UNSURE: usize = 4;

/// What is in the stages from D on. Stage 0 is D, 1 R1, 2 R2, 3 + k X of slice k, then C and T.
pub struct Issued {
    /// There is a micro-op (kills of the cycle not yet applied), from stage 1 on.
    pub valid: Vec<Net>,
    /// Its hart.
    pub hart: Line,
    /// The micro-op, if there is one.
    pub op: Line,
    /// A result is written.
    pub is_result: Line,
    /// The second half of a swap is written.
    pub second: Line,
    /// Operand A is B of the swap in front; up to the last R2.
    pub from_swap: Line,
    /// There is a micro-op, whether it was killed or not.
    pub traced: Line,
    /// A window slot is written (kills of the cycle not yet applied), from stage 1 on.
    pub writes: Vec<Net>,
    /// The hart whose slot it is.
    pub writer: Line,
    /// What is written is known at C.
    pub boolean: Line,
    /// The slot.
    pub slot: Line,
    /// The operand file entry of a unit operation.
    pub entry: Line,
    /// Window address of operand A, for the slices' read ports.
    pub address_a: Line,
    /// Window address of operand B.
    pub address_b: Line,
    /// Constant store address.
    pub constant: Line,
    /// Environment file address.
    pub environment: Line,
    /// Forwarding of operands A and B and of booleans.
    pub hazard: Hazard,
    /// Something issued or is written.
    pub any: Net,
    /// Per hart: its head waits for a result or for other operations under way.
    pub waits_unit: Vec<Net>,
    /// Per hart: the stall counter of its last operation that may be waited for.
    pub wait_cause: Vec<Net>,
    /// A queue head was taken in this cycle.
    pub pop: Net,
    /// Its hart.
    pub pop_hart: Net,
}

/// The head of `h` is held back by the operations under way.
fn held(queue: &Queue, h: usize, busy: &Net, pending: &Net, args_used: &Net) -> Net {
    let under_way = busy.any() | pending;
    let by_number = (&queue.exclusive[h] & under_way) | (&queue.shared[h] & busy.bit(ENTRY));
    by_number | (&queue.arg[h] & args_used)
}

/// The head of the picked hart must wait for the pending result of the hart.
fn meets(slots: &Slots, bits: &decode::Issue, window_b: &Net, result_slot: &Net) -> Net {
    let reads =
        (bits.reads_a() & slots.a.equals(result_slot)) | (window_b & slots.b.equals(result_slot));
    // `d` of a swap equals `b`.
    reads | (bits.writes() & slots.d.equals(result_slot)) | bits.blocks()
}

/// Slot addresses of the picked micro-op.
struct Slots {
    a: Net,
    b: Net,
    d: Net,
}

/// Builds D and the control part of the stages behind it.
pub fn build(c: &Circuit, shape: &Shape, wires: &Wires, queue: &Queue, head_hart: &Net) -> Issued {
    let regs = |name: &str, width: usize| -> Vec<Reg> {
        shape
            .each()
            .map(|h| c.reg(&format!("{name}_{h}"), width))
            .collect()
    };
    let sp = regs("sp", shape.sp);
    let busy = regs("busy", ENTRY + 1);
    let args_used = regs("args_used", 1);
    let entry = regs("entry", ENTRY);
    let blocked = regs("blocked", 1);
    let pending = regs("pending", 1);
    let stalled = regs("stalled", 1);
    let result_slot = regs("result_slot", shape.stack);
    let wait_cause = regs("wait_cause", decode::CAUSE);
    let unsure = regs("unsure", UNSURE);
    let second = c.reg("second", 1);
    let second_hart = c.reg("second_hart", HART);
    let second_slot = c.reg("second_slot", shape.stack);
    let second_top = c.reg("second_top", 1);
    let last = c.reg("last", HART);
    let of = |regs: &[Reg]| -> Vec<Net> { regs.iter().map(|r| r.q.clone()).collect() };

    let held = shape.per_hart(|h| held(queue, h, &busy[h].q, &pending[h].q, &args_used[h].q));
    let ready = shape.per_hart(|h| {
        let own = second_hart.q.is(h as u64);
        let takes = &second_top.q & &queue.ends_top[h];
        let with_second = own.mux(&(&queue.light[h] | takes), &!&queue.writes[h]);
        let with_held = !(&queue.writes[h] & &wires.result_held);
        let fits = second.q.mux(&with_second, &with_held);
        &queue.present[h] & fits & !(&blocked[h].q | &stalled[h].q | &held[h])
    });
    let clear = shape.per_hart(|h| &ready[h] & !(&pending[h].q | unsure[h].q.any()));
    let any_clear = c.wire("any_clear", &any_of(&clear));
    let wants = shape.per_hart(|h| &clear[h] | (&ready[h] & !&any_clear));
    let turn = round_robin(c, shape, &wants, &last.q);
    let q_hart = turn.hart;
    c.drive(head_hart, &q_hart);
    let (op, bits) = (&queue.op, &queue.issue);

    let q_sp = c.pick("q_sp", &of(&sp), &q_hart);
    let low = q_sp.bits(0, shape.stack);
    let slot = |at: usize| {
        &low + op
            .bits(at, 8)
            .sign_extend(shape.stack.max(8))
            .bits(0, shape.stack)
    };
    let slots = Slots {
        a: c.wire("slot_a", &slot(8)),
        b: c.wire("slot_b", &slot(16)),
        d: c.wire("slot_d", &slot(24)),
    };
    let valid_line: Vec<Net> = (1..=shape.retire)
        .map(|n| c.forward(&format!("valid_{n}"), 1))
        .collect();

    let window_b = c.wire("window_b", &(bits.reads_b() & op.bits(37, 2).is(0)));
    let is_pending = c.pick("q_pending", &of(&pending), &q_hart);
    let awaited = c.pick("q_result_slot", &of(&result_slot), &q_hart);
    let meets = meets(&slots, bits, &window_b, &awaited);
    let waits_result = c.wire("waits_result", &(&is_pending & meets));
    let take = &turn.any;
    let waits = c.forward("waits", 1);
    let pop = c.wire("pop", &(take & !&waits));
    let swap_first = &pop & bits.swap();
    let in_the_way = take & bits.writes();
    let is_result = &wires.result_valid & !(&second.q | in_the_way);
    let is_result = c.wire("is_result", &is_result);
    // Only heads that end the top read A here, those that are light read nothing.
    let from_swap = &second.q & second_hart.q.equals(&q_hart) & bits.reads_a();
    let from_swap = c.wire("from_swap", &from_swap);
    let is_second = c.wire("is_second", &(&second.q & !(&pop & &from_swap)));
    let any = c.wire("any", &(&pop | &second.q | &is_result));
    let writer = is_result.mux(&wires.result_hart, &q_hart);
    let writer = c.wire("writer", &is_second.mux(&second_hart.q, &writer));
    c.drive(&wires.pop_valid, &pop);
    c.drive(&wires.pop_hart, &q_hart);
    c.drive(&wires.result_enters, &is_result);
    second.set(&(&swap_first & !c.pick("kill", &wires.kill, &q_hart)));
    second_hart.set(&q_hart);
    second_slot.set(&slots.a);
    second_top.set(&decode::is_top(op, 8));
    last.set_if(take, &q_hart);

    let cause = decode::wait_cause(c, op);
    let delta = op.bits(32, 5).sign_extend(shape.sp);
    let next_sp = bits.delta().mux(&(&q_sp + delta), &q_sp);
    let branch = decode::is_branch(op);
    for h in shape.each() {
        let pops = &pop & q_hart.is(h as u64);
        let (resolved, stages) = (c.lit(0, UNSURE), c.lit(shape.retire as u64, UNSURE));
        let later = unsure[h].q.any().mux(&unsure[h].q.minus(1), &resolved);
        let update = [(&wires.kill[h], &resolved), (&(&pops & &branch), &stages)];
        unsure[h].set(&c.first("next_unsure", &update, &later));
        let update = [
            (&wires.start[h], &c.port("start_sp", 12).bits(0, shape.sp)),
            (&wires.kill[h], &wires.retired_sp[h]),
            (&pops, &next_sp),
        ];
        sp[h].set(&c.first("next_sp", &update, &sp[h].q));
        let blocks = &pops & bits.blocks();
        result_slot[h].set_if(&blocks, &slots.d);
        let result = &is_result & wires.result_hart.is(h as u64);
        let (zero, one) = (c.lit(0, 1), c.lit(1, 1));
        let shared = &pops & bits.shared();
        let next = |name: &str, reg: &Reg, at_kill: &Net, sets: &Net| {
            let update = [(&wires.kill[h], at_kill), (&result, &zero), (sets, &one)];
            reg.set(&c.first(name, &update, &reg.q));
        };
        next(
            "next_blocked",
            &blocked[h],
            &zero,
            &(&blocks & !bits.shared()),
        );
        next(
            "next_pending",
            &pending[h],
            &(&wires.awaits[h] | &wires.holds[h]),
            &(&blocks & bits.shared()),
        );
        let stalls = take & &waits_result & q_hart.is(h as u64);
        next("next_stalled", &stalled[h], &zero, &stalls);
        c.drive(&wires.pending[h], &pending[h].q);
        wait_cause[h].set_if(&((&blocks | &shared) & !&pending[h].q), &cause);
        let width = ENTRY + 1;
        let after = &busy[h].q + shared.resize(width) - wires.done[h].resize(width);
        let after = wires.kill[h].mux(&wires.outstanding[h], &after);
        let after = c.wire("after", &after);
        busy[h].set(&after);
        // At a kill it stays although the one that reads them may be dropped: until none is under way.
        let uses = &pops & bits.uses_args();
        args_used[h].set(&((&args_used[h].q | uses) & after.any()));
        let after = &entry[h].q + shared.resize(ENTRY);
        entry[h].set(&wires.kill[h].mux(&wires.entry[h], &after));
    }

    let wb_slot = c.pick("wb_slot", &of(&result_slot), &wires.result_hart);
    let target = is_second.mux(&second_slot.q, &slots.d);
    let slot_line = Line::new(
        c,
        "slot",
        0,
        &is_result.mux(&wb_slot, &target),
        shape.retire,
    );
    let hart_line = Line::new(c, "hart", 0, &q_hart, shape.retire);
    let line = |name: &str, value: &Net, last: usize| Line::new(c, name, 0, value, last);
    let writers = line("writer", &writer, shape.retire);
    let writes_line: Vec<Net> = (1..=shape.retire)
        .map(|n| c.forward(&format!("writes_{n}"), 1))
        .collect();
    let takes = c.forward("takes", 1);
    let boolean = (bits.boolean() | (&takes & bits.writes())) & !(&is_result | &is_second);
    let booleans = line("boolean", &boolean, shape.retire);

    let in_flight = hazard::InFlight {
        writes: &writes_line,
        hart: &writers,
        slot: &slot_line,
        boolean: &booleans,
    };
    let hazard = hazard::build(
        c,
        shape,
        &in_flight,
        &hazard::Wanted {
            hart: &q_hart,
            slot_a: &slots.a,
            slot_b: &slots.b,
            reads_a: &(bits.reads_a() & !&from_swap),
            reads_b: &window_b,
            issue: bits,
        },
    );
    c.drive(&waits, &(&hazard.waits | &waits_result));
    c.drive(&takes, &hazard.takes);

    let is_results = line("is_result", &is_result, shape.retire);
    let next_stage = |name: &str, valid: &Net, line: &Net| {
        let reg = c.reg(name, 1);
        reg.set(valid);
        c.drive(line, &reg.q);
        reg.q
    };
    let mut valid = pop.clone();
    let mut writes = (&pop & bits.writes()) | (&is_second | &is_result);
    for n in 1..=shape.retire {
        let killed = |name: &str, hart: &Line| c.pick(name, &wires.kill, hart.at(n - 1));
        let kept = &valid & !killed("killed", &hart_line);
        valid = next_stage(&format!("valid_{n}"), &kept, &valid_line[n - 1]);
        let kept = &writes & (!killed("overtaken", &writers) | is_results.at(n - 1));
        writes = next_stage(&format!("writes_{n}"), &kept, &writes_line[n - 1]);
    }
    let last_slice = shape.slices - 1;
    let base = c.pick("constant_base", &wires.constant_base, &q_hart);
    let constant = base + op.bits(40, 24).resize(shape.constants);
    let environment = shape.of_hart(&q_hart, &op.bits(40, 5));
    let window = |slot: &Net| shape.of_hart(&q_hart, slot);
    Issued {
        address_a: line("address_a", &window(&slots.a), last_slice),
        address_b: line("address_b", &window(&slots.b), last_slice),
        constant: line("constant", &constant, last_slice + 2),
        environment: line("environment", &environment, last_slice + 2),
        op: line("op", op, shape.retire),
        is_result: is_results,
        second: line("second", &is_second, last_slice + 2),
        from_swap: line("from_swap", &from_swap, last_slice + 2),
        traced: line("traced", &pop, shape.retire),
        entry: line(
            "op_entry",
            &c.pick("q_entry", &of(&entry), &q_hart),
            shape.retire,
        ),
        valid: valid_line,
        hart: hart_line,
        writes: writes_line,
        writer: writers,
        boolean: booleans,
        slot: slot_line,
        hazard,
        any,
        waits_unit: shape.per_hart(|h| {
            let held = &held[h] & &queue.present[h];
            let meets = &waits_result & &queue.present[h] & q_hart.is(h as u64);
            &blocked[h].q | &stalled[h].q | held | meets
        }),
        wait_cause: of(&wait_cause),
        pop,
        pop_hart: q_hart,
    }
}
