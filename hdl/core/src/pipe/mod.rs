//! The pipeline of a lane: fetch, decode, window, slices, branch, gas, retire, dispatch.
//!
//! In order, up to four harts, skewed: slice k of the 256-bit word executes one cycle after slice
//! k - 1. `docs/src/machine.md` says what a micro-op means; LANE.md why the pipeline looks so.
//!
//! | stage | module | does |
//! |---|---|---|
//! | F0, F1 | [`fetch`], `code_store` | picks a hart, reads a line |
//! | F2 | [`predict`], [`decode`] | selects up to two words, predicts, pushes into the [`queue`] |
//! | D | [`issue`], [`hazard`] | picks a head, slot addresses, forwarding, `sp` |
//! | R1, R2, X | [`slice`](mod@slice), `window`, `constant_store` | operands, execution |
//! | C | [`condition`], [`dispatch`] | booleans, branch outcomes, requests to units |
//! | T | [`retire`], [`ends`] | position, gas, checks, redirect, ends |
//!
//! With S slices D is stage 0, X of slice k stage 3 + k, C stage 3 + S, T stage 4 + S. Nothing
//! stalls after D. Bubbles of one hart alone (`tests/pipe/timing.rs` holds them): right static or
//! computed jump at most 2, none when the queue holds others; wrong prediction S + 6; computed jump
//! that must be looked up S + 16; a boolean used by anything but `iszero`, jumps, `mov` and `swap`
//! (as its A) S + 1; `gas` S + 5. A swap takes two slots unless what follows shares the second one or
//! makes it needless ([`issue`]).
//!
//! A unit that answers L cycles after the request, at least two, has its result back S + 2 + L bubbles
//! after the operation if that leaves ahead ([`dispatch`]), else two later; one earlier if it announces
//! the answer ([`response`]). Only a micro-op that reads or writes its slot, or owes a result itself, sees them:
//! the hart runs on meanwhile ([`issue`]), with up to four operations under way.
//!
//! What programs must keep to (the translator does): the last micro-op never falls through;
//! `arg` stands in the same block as the operation that uses it; the fields of `jumpd` but `a` and
//! `delta` are zero; `d` of `swap` equals `b`.
//!
//! `enter` is exclusive and ends the run of its hart like the end of a frame, with status [`ENTER`];
//! `frames` ([`crate::lane::frames`]) starts the hart again. From the retirement of an end to `end_valid`
//! 2 cycles; from a start to the first fetch 4 (the header of the program is read every time).
//!
//! Reset ends all frames; after it every hart is idle and all units must be idle.

pub mod condition;
pub mod counters;
pub mod decode;
pub mod dispatch;
pub mod ends;
pub mod fetch;
pub mod hazard;
pub mod issue;
pub mod lookup;
pub mod operands;
pub mod ports;
pub mod predict;
pub mod queue;
pub mod response;
pub mod retire;
pub mod shape;
pub mod slice;
pub mod trace;
pub mod wires;

mod code_store;
mod constant_store;
mod window;

pub use ports::Pipe;
pub use retire::ENTER;

use crate::circuit::{Circuit, Net, any_of};
use gasworks_abi::config::Config;
use issue::Issued;
use shape::{Line, Shape};
use slice::{Shared, Slice, b_codes};
use wires::Wires;

impl Pipe {
    /// The pipeline of a configuration.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let c = Circuit::default();
        build(&c, &Shape::new(config));
        Self::wrap(c.finish())
    }
}

impl Default for Pipe {
    fn default() -> Self {
        Self::new(&Config::TINY)
    }
}

/// A hart chosen in turn.
pub(crate) struct Turn {
    /// Some hart wants.
    pub any: Net,
    /// The first that wants after the last one; that one itself if none wants.
    pub hart: Net,
}

/// The first of `wants` after `last`.
pub(crate) fn round_robin(c: &Circuit, shape: &Shape, wants: &[Net], last: &Net) -> Turn {
    let orders: Vec<Net> = shape
        .each()
        .map(|from| {
            (1..shape.harts)
                .rev()
                .fold(shape.number(c, from), |later, step| {
                    let hart = (from + step) % shape.harts;
                    wants[hart].mux(&shape.number(c, hart), &later)
                })
        })
        .collect();
    Turn {
        any: c.wire("any", &any_of(wants)),
        hart: c.pick("turn", &orders, last),
    }
}

/// Builds all stages, in the order of the pipeline.
fn build(c: &Circuit, shape: &Shape) {
    let wires = Wires::new(c, shape);
    let decision = c.scope("fetch", || fetch::decision(c, shape));
    let fetched = c.scope("fetch", || fetch::build(c, shape, &wires, &decision));
    let predicted = c.scope("predict", || {
        predict::build(c, shape, &wires, &fetched, &decision)
    });
    let head = c.scope("issue", || issue::head_hart(c));
    let queue = c.scope("queue", || {
        queue::build(c, shape, &wires, &fetched, &predicted, &head)
    });
    let issued = c.scope("issue", || issue::build(c, shape, &wires, &queue, &head));
    let class = c.scope("class", || class(c, shape, &issued));
    let state = c.scope("retire", || retire::State::new(c, shape));
    let response = c.scope("response", || {
        response::build(c, shape, &wires, &state, &issued, &class)
    });
    let flag = c.forward("flag", 1);
    let slices = slices(c, shape, &issued, &response, &flag);
    let top = &slices[slices.len() - 1].below;
    let outcome = c.scope("condition", || {
        condition::build(c, shape, &wires, &issued, &class, top, &flag)
    });
    let retired = c.scope("retire", || {
        retire::build(
            c,
            shape,
            &wires,
            &state,
            (&issued, &class),
            &outcome,
            &response,
        )
    });
    let selection = c.scope("dispatch", || dispatch::selection(c));
    let dispatch = c.scope("dispatch", || {
        let stages = dispatch::Stages {
            wires: &wires,
            issued: &issued,
            class: &class,
            retired: &retired,
            response: &response,
        };
        dispatch::build(c, shape, &stages, &selection)
    });
    let operands = c.scope("operands", || {
        operands::build(c, shape, &issued, &class, &slices, &selection)
    });
    c.drive_port("req_a", &operands.a);
    c.drive_port("req_b", &operands.b);
    c.drive_port("req_c", &operands.c);
    c.drive_port("arg_value", &operands.arg);
    let lookup = c.scope("lookup", || {
        let position = slices[0].a.bits(0, 32);
        let position = Line::new(c, "asked", 4, &position, shape.retire);
        let high = c.delay("asked_high", &top.high);
        let ask = lookup::Ask {
            valid: &retired.lookup,
            hart: &retired.hart,
            position: position.at(shape.retire),
            high: &high,
        };
        lookup::build(c, shape, &wires, &fetched, &ask)
    });
    let ends = c.scope("ends", || {
        ends::build(c, shape, &wires, &retired, &response, &lookup, &dispatch)
    });
    c.scope("count", || {
        let stages = counters::Stages {
            wires: &wires,
            queue: &queue,
            issued: &issued,
            retired: &retired,
            lookup: &lookup,
            ends: &ends,
        };
        counters::build(c, shape, &stages);
    });
    c.scope("trace", || {
        trace::build(c, shape, &wires, &retired, &outcome, &dispatch, &slices);
    });
}

/// The retire bits from stage 4 on; zero for what is no micro-op of the program.
fn class(c: &Circuit, shape: &Shape, issued: &Issued) -> Line {
    let bits = decode::retire(c, issued.op.at(3)).0;
    let bits = issued.traced.at(3).mux(&bits, &c.lit(0, decode::RETIRE));
    Line::new(c, "bits", 3, &bits, shape.retire)
}

/// Builds the slices and the controls that they share.
fn slices(
    c: &Circuit,
    shape: &Shape,
    issued: &Issued,
    response: &response::Response,
    flag: &Net,
) -> Vec<Slice> {
    let op = issued.op.at(1);
    let (alu, literal, b_source) = c.scope("controls", || {
        let row = decode::alu(c, op, issued.traced.at(1)).0;
        let flow = decode::flow(c, op);
        let imm = flow
            .label()
            .mux(&op.bits(8, 16).resize(24), &op.bits(40, 24));
        let literal = flow.dynamic().mux(&op.bits(16, 16).resize(24), &imm);
        let code = |value: u64| c.lit(value, 4);
        let by_op = c.case(
            "by_op",
            &op.bits(37, 2),
            &[
                (1, code(b_codes::LITERAL)),
                (2, code(b_codes::CONSTANT)),
                (3, code(b_codes::ENVIRONMENT)),
            ],
            issued.hazard.code_b.at(1),
        );
        let names_literal = flow.label() | flow.dynamic();
        let source = names_literal.mux(&code(b_codes::LITERAL), &by_op);
        let last = shape.slices + 2;
        (
            Line::new(c, "alu", 1, &row, last),
            c.delay("literal", &literal),
            Line::new(c, "b_source", 1, &source, last - 1),
        )
    });
    let shared = Shared {
        issued,
        b_source: &b_source,
        alu: &alu,
        literal: &literal,
        result: &response.file,
        flag,
    };
    let mut slices: Vec<Slice> = Vec::new();
    for k in 0..shape.slices {
        let below = slices.last().map(|slice| &slice.below);
        slices.push(c.scope(&format!("slice{k}"), || {
            slice::build(c, shape, k, &shared, below)
        }));
    }
    slices
}

#[cfg(test)]
mod tests {
    use super::*;
    use gasworks_verilog::{Options, generate};

    #[test]
    fn every_preset_prints_the_same_text_twice() {
        for config in &Config::PRESETS {
            let text = || {
                let pipe = Pipe::new(config);
                generate(&pipe, &Options::new("pipe"))
                    .expect("valid Verilog")
                    .text()
            };
            assert_eq!(text(), text(), "{}", config.name);
        }
    }
}
