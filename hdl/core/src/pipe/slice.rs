//! One slice of the 256-bit word: R2 (operand select), X (execute) and its results down to T.
//!
//! Slice k does at cycle n + k what slice 0 does at n; the carry and the zero test of slice k - 1
//! arrive in registers, so no chain is longer than a slice.
//!
//! | stage | slice k |
//! |---|---|
//! | k | addresses window, constants, environment |
//! | 2 + k | R2: selects A and B |
//! | 3 + k | X: results at distance 1 replace A or B; result, carry, zero test |
//! | 4 + k on | result 0, 1, ...: forwarded to later micro-ops, written to the window in T |

use super::constant_store;
use super::decode::{Alu, Select};
use super::issue::Issued;
use super::response::FileWrite;
use super::shape::{Line, Shape};
use super::window::{self, Write};
use crate::circuit::{Circuit, Net, RamPort, Reg};

/// What a slice gets from the one below it.
pub struct Below {
    /// Carry out, in the stage of this slice's X.
    pub carry: Net,
    /// Some bit of the zero test is set.
    pub nonzero: Net,
    /// Some bit of A above its low 32 is set.
    pub high: Net,
}

/// Nets that all slices share.
pub struct Shared<'a> {
    /// Stages from D on.
    pub issued: &'a Issued,
    /// Operand B at R2: see [`b_codes`].
    pub b_source: &'a Line,
    /// Controls, from stage 2 on.
    pub alu: &'a Line,
    /// The literal of slice 0, from stage 2 on.
    pub literal: &'a Net,
    /// What is written to the result file.
    pub result: &'a FileWrite,
    /// A boolean that is known in C.
    pub flag: &'a Net,
}

/// What a slice gives.
pub struct Slice {
    /// For the slice above; of the top slice: for C.
    pub below: Below,
    /// Operand A as used, in stage 4 + k.
    pub a: Net,
    /// Operand B as used, in stage 4 + k.
    pub b: Net,
    /// Operands A and B a stage earlier: in X, not out of a register.
    pub in_x: [Net; 2],
}

/// Sources of operand B at R2 that are not codes of [`super::hazard`].
pub mod b_codes {
    /// Immediate, label or predicted code position.
    pub const LITERAL: u64 = 12;
    /// Constant store.
    pub const CONSTANT: u64 = 13;
    /// Environment file.
    pub const ENVIRONMENT: u64 = 14;
}

/// Builds slice `k`.
pub fn build(
    c: &Circuit,
    shape: &Shape,
    k: usize,
    shared: &Shared,
    below: Option<&Below>,
) -> Slice {
    let issued = shared.issued;
    let (r2, x) = (2 + k, 3 + k);
    let results: Vec<Reg> = (0..=shape.slices + 2 - k)
        .map(|age| c.reg(&format!("result_{age}"), shape.width))
        .collect();
    let write = Write {
        enable: issued.writes[shape.retire - 1].clone(),
        address: shape.of_hart(issued.writer.at(shape.retire), issued.slot.at(shape.retire)),
        data: results[shape.slices - k].q.clone(),
    };
    let forwarded: Vec<(u64, Net)> = (1..)
        .zip(results.iter().map(|result| result.q.clone()))
        .collect();
    let window_a = window::build(c, "window_a", shape, &write, issued.address_a.at(k));
    let window_b = window::build(c, "window_b", shape, &write, issued.address_b.at(k));
    let a_r2 = c.case("a_r2", issued.hazard.code_a.at(r2), &forwarded, &window_a);
    let mut sources = forwarded;
    sources.extend(other_sources(c, shape, k, shared));
    let b_r2 = c.case("b_r2", shared.b_source.at(r2), &sources, &window_b);

    let near =
        |bit: &Line, value: &Net, name: &str| c.wire(name, &bit.at(x).mux(&results[0].q, value));
    let b = near(&issued.hazard.near_b, &c.delay("b_x", &b_r2), "b");
    // One of the two is zero: no selection behind the registers.
    let (zero, from_swap) = (c.lit(0, shape.width), issued.from_swap.at(r2));
    let a_x = c.delay("a_x", &from_swap.mux(&zero, &a_r2));
    let swapped = c.delay("swapped", &from_swap.mux(&b, &zero));
    let a = near(&issued.hazard.near_a, &(a_x | swapped), "a");
    let alu = Alu(shared.alu.at(x).clone());
    let used_b = c.delay("used_b", &b);
    let top = k + 1 == shape.slices;
    let (result, carry) = execute(c, shape, &alu, (&a, &b), below, top);
    // What retires beside something that is written has the result zero.
    let passes = issued.is_result.at(r2) | issued.second.at(r2);
    let passing = issued.is_result.at(r2).mux(&file(c, shape, k, shared), &b);
    let passing = c.delay("passing", &passes.mux(&passing, &zero));
    results[0].set(&(result | passing));
    for age in 1..results.len() {
        let before = &results[age - 1].q;
        // The boolean joins slice 0 on the way from C to T.
        if k == 0 && age == shape.slices {
            let flag = shared.flag.resize(shape.width);
            results[age].set(&(before | flag));
        } else {
            results[age].set(before);
        }
    }
    Slice {
        below: tests(c, shape, k, &alu, (&a, &b), &carry, below),
        a: c.delay("used_a", &a),
        b: used_b,
        in_x: [a, b],
    }
}

/// Sources of B beside window and forwarding.
fn other_sources(c: &Circuit, shape: &Shape, k: usize, shared: &Shared) -> Vec<(u64, Net)> {
    let issued = shared.issued;
    let address = c.port("load_address", 32);
    let pair = address.bits(0, shape.constants - 1);
    let of_hart = shape.of_hart(&c.port("load_hart", 2), &address.bits(0, 4));
    let constant = constant_store::build(
        c,
        shape,
        constant_store::CONSTANTS,
        k,
        &issued.constant,
        &pair,
    );
    let environment = constant_store::build(
        c,
        shape,
        constant_store::ENVIRONMENT,
        k,
        &issued.environment,
        &of_hart,
    );
    let literal = if k == 0 {
        shared.literal.resize(shape.width)
    } else {
        c.lit(0, shape.width)
    };
    vec![
        (b_codes::LITERAL, literal),
        (b_codes::CONSTANT, constant),
        (b_codes::ENVIRONMENT, environment),
    ]
}

/// The part of the result file.
fn file(c: &Circuit, shape: &Shape, k: usize, shared: &Shared) -> Net {
    c.ram(
        "result",
        &RamPort {
            write_enable: shared.result.valid.clone(),
            write_address: shape.hart_word(&shared.result.hart),
            write_data: shared.result.value.bits(shape.width * k, shape.width),
            read_address: shape.hart_word(shared.issued.writer.at(2 + k)),
            latency: 0,
        },
    )
}

/// The result of X and the carry out of it.
fn execute(
    c: &Circuit,
    shape: &Shape,
    alu: &Alu,
    (a, b): (&Net, &Net),
    below: Option<&Below>,
    top: bool,
) -> (Net, Net) {
    let width = shape.width;
    let flip = |value: &Net| {
        if top {
            let sign = value.bit(width - 1) ^ alu.signed();
            value.bits(0, width - 1).above(&sign)
        } else {
            value.clone()
        }
    };
    let carry = below.map_or_else(|| alu.carry(), |below| below.carry.clone());
    let inverted = alu.invert().mux(&!b, b);
    // The sum of a signed comparison is not used, so its sign bits may be flipped.
    let wide = flip(a).resize(width + 1) + flip(&inverted).resize(width + 1);
    let sum = c.wire("sum", &(wide + carry.resize(width + 1)));
    let arms = [
        (Select::Sum as u64, sum.bits(0, width)),
        (Select::And as u64, a & b),
        (Select::Or as u64, a | b),
        (Select::Xor as u64, a ^ b),
        (Select::NotA as u64, !a),
        (Select::B as u64, b.clone()),
        (Select::A as u64, a.clone()),
    ];
    let chosen = c.case("chosen", &alu.select(), &arms, &c.lit(0, width));
    (chosen, sum.bit(width))
}

/// Carry, zero test and size of A, registered for the next slice.
fn tests(
    c: &Circuit,
    shape: &Shape,
    k: usize,
    alu: &Alu,
    (a, b): (&Net, &Net),
    carry: &Net,
    below: Option<&Below>,
) -> Below {
    let zero = c.lit(0, shape.width);
    let tested = alu.test_a().mux(a, &zero) ^ alu.test_b().mux(b, &zero);
    let nonzero = c.wire("tested", &tested).any();
    let high = match k {
        0 if shape.width == 32 => c.lit(0, 1),
        0 => a.bits(32, shape.width - 32).any(),
        _ => a.any(),
    };
    let join = |own: &Net, from: Option<&Net>| from.map_or_else(|| own.clone(), |bit| own | bit);
    Below {
        carry: c.delay("carry", carry),
        nonzero: c.delay("nonzero", &join(&nonzero, below.map(|b| &b.nonzero))),
        high: c.delay("high", &join(&high, below.map(|b| &b.high))),
    }
}
