//! Trace port: every micro-op that retires, for comparison with the ISS. Unused outputs cost nothing.

use super::condition::Outcome;
use super::dispatch::Dispatch;
use super::predict::PREDICTED;
use super::retire::Retired;
use super::shape::Shape;
use super::slice::Slice;
use super::wires::Wires;
use crate::circuit::{Circuit, Net, concat};

/// Builds the trace port.
pub fn build(
    c: &Circuit,
    shape: &Shape,
    wires: &Wires,
    retired: &Retired,
    outcome: &Outcome,
    dispatch: &Dispatch,
    slices: &[Slice],
) {
    let operand = |name: &str, parts: &[&Net], read: &Net, boolean: &Net| {
        let parts: Vec<Net> = parts
            .iter()
            .enumerate()
            .map(|(k, part)| {
                (k..shape.slices).fold((*part).clone(), |value, _| c.delay("deskew", &value))
            })
            .collect();
        let parts: Vec<&Net> = parts.iter().collect();
        let value = concat(&parts) | boolean.resize(256);
        c.drive_port(name, &read.mux(&value, &c.lit(0, 256)));
    };
    let a: Vec<&Net> = slices.iter().map(|slice| &slice.a).collect();
    let b: Vec<&Net> = slices.iter().map(|slice| &slice.b).collect();
    operand("trace_a", &a, &retired.class.reads_a(), &outcome.history_a);
    operand("trace_b", &b, &retired.class.reads_b(), &outcome.history_b);

    // A predicted jump carries its prediction in fields that it does not use: hide it.
    let op = &retired.op;
    let plain = op
        .bits(0, 16)
        .above(&c.lit(0, 16))
        .above(&op.bits(32, 5))
        .above(&c.lit(0, 1))
        .above(&op.bits(38, 2))
        .above(&c.lit(0, 24));
    let predicted = retired.class.dynamic() & op.bit(PREDICTED);
    c.drive_port("trace_op", &predicted.mux(&plain, op));
    let base = c.pick("base", &wires.base, &retired.hart);
    c.drive_port("trace_pc", &(&retired.pc - base).resize(24));
    c.drive_port("trace_valid", &retired.live);
    c.drive_port("trace_hart", &retired.hart);
    c.drive_port("trace_gas", &retired.gas_before);
    c.drive_port("trace_sp", &retired.depth);
    // The micro-op in T is itself counted if it is an operation.
    let any = c.pick("is_posted", &dispatch.outstanding, &retired.hart);
    let single = c.pick("is_single", &dispatch.single, &retired.hart);
    let alone = single & retired.class.shared();
    c.drive_port("trace_posted", &(any & !alone));
}
