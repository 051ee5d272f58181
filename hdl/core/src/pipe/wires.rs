//! The wires that run against the direction of the pipeline.

use super::shape::{HART, Shape};
use crate::circuit::{Circuit, Net};

/// Wires declared before the stages are built; each names the stage that drives it.
pub struct Wires {
    /// Per hart: everything younger than T is dropped (retire).
    pub kill: Vec<Net>,
    /// Per hart: the frame ends in this cycle (retire).
    pub stop: Vec<Net>,
    /// Fetch goes on elsewhere, from this cycle on (retire).
    pub redirect_valid: Net,
    /// Its hart.
    pub redirect_hart: Net,
    /// Where: word address in the code store.
    pub redirect_pc: Net,
    /// A hart begins to fetch at `restart_pc` in the next cycle (lookup).
    pub restart_valid: Net,
    /// Its hart.
    pub restart_hart: Net,
    /// Where: word address in the code store.
    pub restart_pc: Net,
    /// The lookup reads the code store in this cycle (lookup).
    pub lookup_valid: Net,
    /// Which word.
    pub lookup_address: Net,
    /// The start was accepted (lookup).
    pub start: Vec<Net>,
    /// Per hart: word address of its program (lookup).
    pub base: Vec<Net>,
    /// Per hart: first constant (lookup).
    pub constant_base: Vec<Net>,
    /// Per hart: a queue entry is free for a fetch that begins now (queue).
    pub room: Vec<Net>,
    /// Per hart: `sp` after the micro-op in T (retire).
    pub retired_sp: Vec<Net>,
    /// Per hart: predictor state after the micro-op in T (retire).
    pub retired_predictor: Vec<Net>,
    /// Per hart: operations that retired and are not answered after this cycle (dispatch).
    pub outstanding: Vec<Net>,
    /// Per hart: operand file entry of its next operation, after this cycle (dispatch).
    pub entry: Vec<Net>,
    /// Per hart: a unit answered in this cycle (response).
    pub done: Vec<Net>,
    /// Per hart: the result of its operation enters at D ahead of the answer (response).
    pub entered: Vec<Net>,
    /// Per hart: the oldest operation that retired and is not answered has a result (dispatch).
    pub with_result: Vec<Net>,
    /// Per hart: of those that retired and are not answered after this cycle one has a result that
    /// is wanted (ends).
    pub awaits: Vec<Net>,
    /// A queue entry leaves (issue).
    pub pop_valid: Net,
    /// Its hart.
    pub pop_hart: Net,
    /// A result wants to enter at D in this cycle (response).
    pub result_valid: Net,
    /// Its hart.
    pub result_hart: Net,
    /// It has waited for that in the result file (response).
    pub result_held: Net,
    /// It enters (issue).
    pub result_enters: Net,
    /// Per hart: a result waits in the result file after this cycle (response).
    pub holds: Vec<Net>,
    /// Per hart: an operation of a unit that issued owes a result (issue).
    pub pending: Vec<Net>,
}

impl Wires {
    /// Declares all of them.
    #[must_use]
    pub fn new(c: &Circuit, shape: &Shape) -> Self {
        let harts = |name: &str, width: usize| {
            shape.per_hart(|hart| c.forward(&format!("{name}_{hart}"), width))
        };
        let bit = |name: &str| c.forward(name, 1);
        let hart = |name: &str| c.forward(name, HART);
        Self {
            kill: harts("kill", 1),
            stop: harts("stop", 1),
            redirect_valid: bit("redirect_valid"),
            redirect_hart: hart("redirect_hart"),
            redirect_pc: c.forward("redirect_pc", shape.pc),
            restart_valid: bit("restart_valid"),
            restart_hart: hart("restart_hart"),
            restart_pc: c.forward("restart_pc", shape.pc),
            lookup_valid: bit("lookup_valid"),
            lookup_address: c.forward("lookup_address", shape.pc),
            start: harts("start", 1),
            base: harts("base", shape.pc),
            constant_base: harts("constant_base", shape.constants),
            room: harts("room", 1),
            retired_sp: harts("retired_sp", shape.sp),
            retired_predictor: harts("retired_predictor", super::predict::STATE),
            outstanding: harts("outstanding_next", super::dispatch::ENTRY + 1),
            entry: harts("entry_next", super::dispatch::ENTRY),
            done: harts("unit_done", 1),
            entered: harts("entered", 1),
            with_result: harts("with_result", 1),
            awaits: harts("awaits_next", 1),
            pop_valid: bit("pop_valid"),
            pop_hart: hart("pop_hart"),
            result_valid: bit("result_valid"),
            result_hart: hart("result_hart"),
            result_held: bit("result_held"),
            result_enters: bit("result_enters"),
            holds: harts("holds", 1),
            pending: harts("is_pending", 1),
        }
    }
}
