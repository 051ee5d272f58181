//! Ends of runs: of a frame, or by `enter`.
//!
//! A frame ends by the micro-op in T, by the answer of a unit, or by the lookup (invalid jump). The
//! hart is killed at once and reports its end when no operation of it is at a unit any more. If a
//! posted operation that was under way then answers with an end of its own, that one counts: it
//! comes first in program order.

use super::dispatch::Dispatch;
use super::lookup::Lookup;
use super::response::Response;
use super::retire::Retired;
use super::shape::{HART, Shape};
use super::wires::Wires;
use crate::circuit::{Circuit, Net, Reg};
use gasworks_abi::escalation::{Halt, Status};

/// One reason to end a frame.
#[derive(Clone)]
pub struct Cause {
    /// It ends.
    pub valid: Net,
    /// `Status`.
    pub status: Net,
    /// `Halt` or `Escalation`.
    pub reason: Net,
}

/// State of the frames.
pub struct Ends {
    /// Per hart: from start to the handshake of its end.
    pub active: Vec<Net>,
    /// Per hart: the end waits to be reported.
    pub ending: Vec<Net>,
}

/// Builds the end logic; drives `stop` and `kill`.
pub fn build(
    c: &Circuit,
    shape: &Shape,
    wires: &Wires,
    retired: &Retired,
    response: &Response,
    lookup: &Lookup,
    dispatch: &Dispatch,
) -> Ends {
    let regs = |name: &str, width: usize| -> Vec<Reg> {
        shape
            .each()
            .map(|h| c.reg(&format!("{name}_{h}"), width))
            .collect()
    };
    let (active, ending) = (regs("active", 1), regs("ending", 1));
    let (status, reason) = (regs("status", 8), regs("reason", 8));
    let (busy, hart) = (c.reg("reporting", 1), c.reg("reported", HART));
    let reset = c.port("reset", 1);
    let taken = c.wire("taken", &(&busy.q & c.port("end_ready", 1)));

    let mut any = c.lit(0, 1);
    let mut next = shape.number(c, 0);
    for h in shape.each().rev() {
        let ready = &ending[h].q & !&dispatch.outstanding[h];
        next = ready.mux(&shape.number(c, h), &next);
        any = any | ready;
    }
    let begins = c.wire("begins", &(!&busy.q & &any));
    busy.set(&((&busy.q | &begins) & !(&taken | &reset)));
    hart.set_if(&begins, &next);

    for h in shape.each() {
        let number = h as u64;
        let by_op = &retired.cause.valid & retired.hart.is(number);
        let answered = &response.cause.valid & response.hart.is(number);
        let by_unit = &answered & (&response.decided | !&ending[h].q);
        let by_jump = &lookup.invalid & lookup.hart.is(number);
        let stop = c.wire(&format!("stops_{h}"), &(&by_op | &by_unit | &by_jump));
        let done = &taken & hart.q.is(number);
        c.drive(&wires.stop[h], &(&stop | &reset));
        let away = (&wires.redirect_valid | &retired.lookup) & retired.hart.is(number);
        // An answer that ends the frame makes dispatch forget the operations that wait, also behind an
        // end: D must forget them, too.
        c.drive(&wires.kill[h], &((&stop | &answered) | (&reset | away)));
        let zero = c.lit(0, 1);
        ending[h].set(&(&reset | &done).mux(&zero, &(&ending[h].q | &stop)));
        active[h].set(&(&reset | &done).mux(&zero, &(&active[h].q | &wires.start[h])));
        let code = |value: u64| c.lit(value, 8);
        let choose = |own: &Net, unit: &Net, jump: u64, held: &Net| {
            let jump = code(jump);
            c.first(
                "end",
                &[(&by_unit, unit), (&by_op, own), (&by_jump, &jump)],
                held,
            )
        };
        let (own, unit) = (&retired.cause, &response.cause);
        let halt = Status::Halt as u64;
        status[h].set(&choose(&own.status, &unit.status, halt, &status[h].q));
        let jump = Halt::InvalidJump as u64;
        reason[h].set(&choose(&own.reason, &unit.reason, jump, &reason[h].q));
    }
    let of = |regs: &[Reg]| -> Vec<Net> { regs.iter().map(|r| r.q.clone()).collect() };
    let status = c.pick("reported_status", &of(&status), &hart.q);
    let gas = c.pick("reported_gas", &retired.gas, &hart.q);
    c.drive_port("end_valid", &busy.q);
    c.drive_port("end_hart", &hart.q);
    let base = c.pick("reported_base", &wires.base, &hart.q);
    let pc = c.pick("reported_pc", &retired.next_pc, &hart.q) - base;
    c.drive_port("end_pc", &pc.resize(24));
    let sp = c.pick("reported_sp", &retired.next_sp, &hart.q);
    c.drive_port("end_sp", &sp.resize(12));
    c.drive_port("end_status", &status);
    c.drive_port(
        "end_reason",
        &c.pick("reported_reason", &of(&reason), &hart.q),
    );
    c.drive_port(
        "end_gas",
        &status.is(Status::Halt as u64).mux(&c.lit(0, 64), &gas),
    );
    Ends {
        active: of(&active),
        ending: of(&ending),
    }
}
