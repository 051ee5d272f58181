//! T: in order, not speculative. Position, `sp`, gas, block checks, redirects.
//!
//! Per hart the architectural `pc`, `sp`, predictor state and gas. A micro-op that reaches T with
//! its valid bit set retires. A wrong prediction redirects fetch in the same cycle and kills the
//! younger micro-ops of the hart; so does everything that ends the frame ([`super::ends`]) or
//! needs the jump map ([`super::lookup`]).

use super::condition::Outcome;
use super::decode::Retire;
use super::ends::Cause;
use super::issue::Issued;
use super::predict;
use super::response::Response;
use super::shape::{Line, Shape};
use super::wires::Wires;
use crate::circuit::{Circuit, Net, Reg};
use gasworks_abi::escalation::{Escalation, Halt, Status};

/// Bits of `sp`: up to 1,024 words.
pub const SP: usize = 11;

/// What T tells the rest.
pub struct Retired {
    /// A micro-op of the program retires.
    pub live: Net,
    /// Its hart.
    pub hart: Net,
    /// The micro-op.
    pub op: Net,
    /// Its decode, valid or not.
    pub class: Retire,
    /// It needs the jump map.
    pub lookup: Net,
    /// It ends the frame.
    pub cause: Cause,
    /// A block header passed its checks.
    pub block_entered: Net,
    /// Word address of the micro-op.
    pub pc: Net,
    /// `sp` before it.
    pub sp: Net,
    /// Gas before it.
    pub gas_before: Net,
    /// Per hart: gas left.
    pub gas: Vec<Net>,
}

/// Registers of T, made before the response logic that reads the gas.
pub struct State {
    pc: Vec<Reg>,
    sp: Vec<Reg>,
    predictor: Vec<Reg>,
    /// Per hart: gas left.
    pub gas: Vec<Reg>,
}

impl State {
    /// Makes the registers.
    #[must_use]
    pub fn new(c: &Circuit, shape: &Shape) -> Self {
        let regs = |name: &str, width: usize| -> Vec<Reg> {
            shape
                .each()
                .map(|h| c.reg(&format!("{name}_{h}"), width))
                .collect()
        };
        Self {
            pc: regs("pc", shape.pc),
            sp: regs("sp", SP),
            predictor: regs("predictor", predict::STATE),
            gas: regs("gas", 64),
        }
    }
}

/// Why a block header ends the frame.
fn block_checks(c: &Circuit, shape: &Shape, op: &Net, sp: &Net, gas: &Net) -> (Net, Cause) {
    let wide = SP + 1;
    let need = op.bits(8, 8).resize(SP);
    let top = sp.resize(wide) + op.bits(16, 8).resize(wide);
    let underflow = c.wire("underflow", &sp.below(&need));
    let overflow = c.wire("overflow", &c.lit(1 << shape.stack, wide).below(&top));
    let dry = c.wire("dry", &gas.below(&op.bits(40, 24).resize(64)));
    let halt = Status::Halt as u64;
    let (status, reason) = if shape.stack == 10 {
        (halt, Halt::StackOverflow as u64)
    } else {
        (Status::Escalated as u64, Escalation::StackLimit as u64)
    };
    let fails = c.wire("block_fails", &(&underflow | &overflow | &dry));
    let on_limit = &overflow & !&underflow;
    let cause = Cause {
        valid: fails.clone(),
        status: on_limit.mux(&c.lit(status, 8), &c.lit(halt, 8)),
        reason: c.first(
            "block_reason",
            &[
                (&underflow, &c.lit(Halt::StackUnderflow as u64, 8)),
                (&overflow, &c.lit(reason, 8)),
            ],
            &c.lit(Halt::OutOfGas as u64, 8),
        ),
    };
    (fails, cause)
}

/// Builds T.
pub fn build(
    c: &Circuit,
    shape: &Shape,
    wires: &Wires,
    state: &State,
    (issued, class): (&Issued, &Line),
    outcome: &Outcome,
    response: &Response,
) -> Retired {
    let stage = shape.retire;
    let bits = Retire(class.at(stage).clone());
    let (hart, op) = (issued.hart.at(stage).clone(), issued.op.at(stage).clone());
    let live = c.wire(
        "live",
        &(&issued.valid[stage - 1] & issued.traced.at(stage)),
    );
    let of = |regs: &[Reg]| -> Vec<Net> { regs.iter().map(|r| r.q.clone()).collect() };
    let pc = c.pick("t_pc", &of(&state.pc), &hart);
    let sp = c.pick("t_sp", &of(&state.sp), &hart);
    let gas = c.pick("t_gas", &of(&state.gas), &hart);
    let predictor = c.pick("t_predictor", &of(&state.predictor), &hart);

    let (fails, block) = block_checks(c, shape, &op, &sp, &gas);
    let is_block = c.wire("is_block", &(&live & bits.block()));
    let entered = c.wire("entered", &(&is_block & !&fails));
    let next_pc = c.wire("next_pc", &outcome.jumps.mux(&outcome.target, &pc.plus(1)));
    let delta = op.bits(32, 5).sign_extend(SP);
    let next_sp = c.wire("next_sp", &bits.block().mux(&sp, &(&sp + delta)));
    let pops = bits.dynamic() & op.bit(predict::PREDICTED);
    let next_predictor = predict::next_state(c, &predictor, &bits.label(), &pops);
    let left = c.wire("left", &(&gas - op.bits(40, 24).resize(64)));
    for h in shape.each() {
        let mine = c.wire(&format!("mine_{h}"), &(&live & hart.is(h as u64)));
        let start = &wires.start[h];
        let restart = &wires.restart_valid & wires.restart_hart.is(h as u64);
        let keep = |reg: &Reg, first: &Net, next: &Net| {
            let after = mine.mux(next, &reg.q);
            reg.set(&start.mux(first, &after));
            after
        };
        let position = mine.mux(&next_pc, &state.pc[h].q);
        state.pc[h].set(&restart.mux(&wires.restart_pc, &position));
        let after = keep(&state.sp[h], &c.lit(0, SP), &next_sp);
        c.drive(&wires.retired_sp[h], &after);
        let zero = c.lit(0, predict::STATE);
        let after = keep(&state.predictor[h], &zero, &next_predictor);
        c.drive(&wires.retired_predictor[h], &after);
        let charged = &entered & hart.is(h as u64);
        let update = [
            (start, &c.port("start_gas", 64)),
            (&charged, &left),
            (&response.charges[h], &response.gas_left),
        ];
        state.gas[h].set(&c.first("next_gas", &update, &state.gas[h].q));
    }
    c.drive(&wires.redirect_valid, &(&live & &outcome.mispredicted));
    c.drive(&wires.redirect_hart, &hart);
    c.drive(&wires.redirect_pc, &next_pc);
    let cause = end_cause(c, &bits, &op, &live, &fails, &block);
    Retired {
        lookup: c.wire("needs_lookup", &(&live & &outcome.lookup)),
        block_entered: entered,
        gas: of(&state.gas),
        gas_before: gas,
        class: bits,
        live,
        hart,
        op,
        cause,
        pc,
        sp,
    }
}

/// The end of the frame that the micro-op in T brings.
fn end_cause(
    c: &Circuit,
    bits: &Retire,
    op: &Net,
    live: &Net,
    fails: &Net,
    block: &Cause,
) -> Cause {
    let ends = bits.stop() | bits.halt() | bits.escalate() | (bits.block() & fails);
    let code = |status: Status| c.lit(status as u64, 8);
    let by_op = c.first(
        "end_status",
        &[
            (&bits.halt(), &code(Status::Halt)),
            (&bits.escalate(), &code(Status::Escalated)),
        ],
        &code(Status::Stop),
    );
    let reason = bits.stop().mux(&c.lit(0, 8), &op.bits(40, 8));
    Cause {
        valid: c.wire("ends", &(live & ends)),
        status: bits.block().mux(&block.status, &by_op),
        reason: bits.block().mux(&block.reason, &reason),
    }
}
