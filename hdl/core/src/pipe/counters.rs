//! Counters: those of a transaction, shown for `end_select`, and those of the lane (`regs::Counter`).
//!
//! A hart is active from the start of its transaction to the end, also while `frame_busy` says that
//! its next start is being prepared. A cycle in which a hart is active and nothing issues is charged to one stall counter: that of
//! the first active hart after the one that issued last, by what that hart waits for.

use super::decode::CAUSE;
use super::ends::Ends;
use super::issue::Issued;
use super::lookup::Lookup;
use super::queue::Queue;
use super::retire::Retired;
use super::round_robin;
use super::shape::{HART, Shape};
use super::wires::Wires;
use crate::circuit::{Circuit, Net, any_of};
use gasworks_abi::regs::Counter;

/// Bits of a lane counter.
const LANE: usize = 48;

/// The stages that are counted.
pub struct Stages<'a> {
    /// Wires against the direction of the pipeline.
    pub wires: &'a Wires,
    /// The queue.
    pub queue: &'a Queue,
    /// D.
    pub issued: &'a Issued,
    /// T.
    pub retired: &'a Retired,
    /// Headers and jump maps.
    pub lookup: &'a Lookup,
    /// Ends of frames.
    pub ends: &'a Ends,
}

/// Builds all counters.
pub fn build(c: &Circuit, shape: &Shape, stages: &Stages) {
    let Stages {
        issued,
        retired,
        ends,
        ..
    } = stages;
    let instructions = retired
        .block_entered
        .mux(&retired.op.bits(24, 16), &c.lit(0, 16));
    let instructions = c.wire("entered", &instructions);
    let frames = c.port("frame_busy", 4);
    let active =
        shape.per_hart(|h| c.wire(&format!("active_{h}"), &(&ends.active[h] | frames.bit(h))));
    transaction_counters(c, shape, stages, &instructions, &active);

    let running = c.wire("running", &any_of(&active));
    let causes = shape.per_hart(|h| cause(c, h, stages));
    let last = c.reg("last", HART);
    last.set_if(&issued.any, issued.hart.at(0));
    let turn = round_robin(c, shape, &active, &last.q);
    let stalled = c.pick("stall", &causes, &turn.hart);
    let idle = &running & !&issued.any;
    let stall = c.delay("stall_cause", &idle.mux(&stalled, &c.lit(0, CAUSE)));

    let values: Vec<Net> = Counter::ALL
        .iter()
        .map(|counter| {
            let step = match counter {
                Counter::Cycles => c.delay("running", &running).resize(16),
                Counter::Issued => c.delay("issued", &issued.any).resize(16),
                Counter::Retired => c.delay("retired", &retired.live).resize(16),
                Counter::Instructions => c.delay("instructions", &instructions),
                stalled => stall.is(*stalled as u64).resize(16),
            };
            let reg = c.reg(counter.name(), LANE);
            reg.set(&(&reg.q + step.resize(LANE)));
            reg.q
        })
        .collect();
    let select = c.port("counter_select", 8);
    let value = c.pick("value", &values, &select.bits(0, CAUSE));
    c.drive_port("counter_value", &c.delay("selected", &value));
}

/// What hart `h` waits for.
fn cause(c: &Circuit, h: usize, stages: &Stages) -> Net {
    let Stages {
        wires,
        queue,
        issued,
        lookup,
        ends,
        ..
    } = stages;
    let code = |counter: Counter| c.lit(counter as u64, CAUSE);
    let refills = c.reg(&format!("refills_{h}"), 1);
    let redirected = &wires.redirect_valid & wires.redirect_hart.is(h as u64);
    let popped = (&issued.pop & issued.pop_hart.is(h as u64)) | &wires.start[h];
    refills.set(&(&redirected | (&refills.q & !popped)));
    let frame = c.port("frame_busy", 4).bit(h);
    let host = (&issued.waits_unit[h] | &frame) & c.port("host_waiting", 4).bit(h);
    let empty = !&queue.present[h];
    c.first(
        &format!("cause_{h}"),
        &[
            (&host, &code(Counter::StallHost)),
            (
                &(&ends.ending[h] | &lookup.starting[h] | &frame),
                &code(Counter::StallFrame),
            ),
            (&lookup.jumping[h], &code(Counter::StallJump)),
            (&issued.waits_unit[h], &issued.wait_cause[h]),
            (&(&empty & &refills.q), &code(Counter::StallBranch)),
            (&empty, &code(Counter::StallFetch)),
        ],
        &code(Counter::StallOperand),
    )
}

/// Counters of each hart's transaction.
fn transaction_counters(
    c: &Circuit,
    shape: &Shape,
    stages: &Stages,
    instructions: &Net,
    active: &[Net],
) {
    let Stages { wires, retired, .. } = stages;
    let select = c.port("end_select", HART);
    let first = c.port("start_first", 1);
    let count = |name: &str, step: &dyn Fn(usize) -> Net| {
        let values = shape.per_hart(|h| {
            let reg = c.reg(&format!("{name}_{h}"), 32);
            let next = &reg.q + step(h).resize(32);
            let clear = &wires.start[h] & &first;
            reg.set(&clear.mux(&c.lit(0, 32), &next));
            reg.q
        });
        c.drive_port(&format!("end_{name}"), &c.pick(name, &values, &select));
    };
    let mine = |h: usize| retired.hart.is(h as u64);
    let host = c.port("host_waiting", 4);
    count("instructions", &|h| {
        mine(h).mux(instructions, &c.lit(0, 16))
    });
    count("micro_ops", &|h| &retired.live & mine(h));
    count("cycles", &|h| active[h].clone());
    count("host_cycles", &|h| &active[h] & host.bit(h));
}
