//! T: in order, not speculative. Position, `sp`, gas, block checks, redirects.
//!
//! Per hart the architectural `pc`, `sp` (of all frames), depth (words of the frame that runs),
//! predictor state and gas. A micro-op that reaches T with
//! its valid bit set retires. A wrong prediction redirects fetch in the same cycle and kills the
//! younger micro-ops of the hart; so does everything that ends the frame ([`super::ends`]) or
//! needs the jump map ([`super::lookup`]).

use super::condition::Outcome;
use super::decode::Retire;
use super::ends::Cause;
use super::issue::Issued;
use super::predict;
use super::response::Response;
use super::shape::{DEPTH, Line, Shape};
use super::wires::Wires;
use crate::circuit::{Circuit, Net, Reg};
use gasworks_abi::escalation::{Escalation, Halt, Status};

/// Status of an end that is none: the hart goes on when the frame that it enters has ended.
pub const ENTER: u64 = 5;

/// Most words on the stack of a frame.
const STACK_LIMIT: u64 = 1024;

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
    /// Words of its frame before it.
    pub depth: Net,
    /// Gas before it.
    pub gas_before: Net,
    /// Per hart: gas left.
    pub gas: Vec<Net>,
    /// Per hart: word address of the next micro-op.
    pub next_pc: Vec<Net>,
    /// Per hart: `sp`.
    pub next_sp: Vec<Net>,
}

/// Registers of T, made before the response logic that reads the gas.
pub struct State {
    pc: Vec<Reg>,
    sp: Vec<Reg>,
    depth: Vec<Reg>,
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
            sp: regs("sp", shape.sp),
            depth: regs("depth", DEPTH),
            predictor: regs("predictor", predict::STATE),
            gas: regs("gas", 64),
        }
    }
}

/// What a block header is checked against.
struct Stack<'a> {
    /// Words of all frames.
    sp: &'a Net,
    /// Words of the frame.
    depth: &'a Net,
    /// Gas left.
    gas: &'a Net,
}

/// Why a block header ends the frame.
fn block_checks(c: &Circuit, shape: &Shape, op: &Net, stack: &Stack) -> (Net, Cause) {
    let growth = op.bits(16, 8);
    let above = |words: &Net, limit: u64| {
        let wide = words.width() + 1;
        let top = words.resize(wide) + growth.resize(wide);
        c.lit(limit, wide).below(&top)
    };
    let underflow = c.wire(
        "underflow",
        &stack.depth.below(&op.bits(8, 8).resize(DEPTH)),
    );
    // A frame cannot outgrow a small window.
    let overflow = if shape.stack < 10 {
        c.lit(0, 1)
    } else {
        above(stack.depth, STACK_LIMIT)
    };
    let overflow = c.wire("overflow", &overflow);
    let full = c.wire("full", &above(stack.sp, 1 << shape.stack));
    let dry = c.wire("dry", &stack.gas.below(&op.bits(40, 24).resize(64)));
    let fails = c.wire("block_fails", &(&underflow | &overflow | &full | &dry));
    let escalates = &full & !(&underflow | &overflow);
    let status = |status: Status| c.lit(status as u64, 8);
    let halt = |halt: Halt| c.lit(halt as u64, 8);
    let cause = Cause {
        valid: fails.clone(),
        status: escalates.mux(&status(Status::Escalated), &status(Status::Halt)),
        reason: c.first(
            "block_reason",
            &[
                (&underflow, &halt(Halt::StackUnderflow)),
                (&overflow, &halt(Halt::StackOverflow)),
                (&full, &c.lit(Escalation::StackLimit as u64, 8)),
            ],
            &halt(Halt::OutOfGas),
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
    let depth = c.pick("t_depth", &of(&state.depth), &hart);
    let gas = c.pick("t_gas", &of(&state.gas), &hart);
    let predictor = c.pick("t_predictor", &of(&state.predictor), &hart);

    let stack = Stack {
        sp: &sp,
        depth: &depth,
        gas: &gas,
    };
    let (fails, block) = block_checks(c, shape, &op, &stack);
    let is_block = c.wire("is_block", &(&live & bits.block()));
    let entered = c.wire("entered", &(&is_block & !&fails));
    let next_pc = c.wire("next_pc", &outcome.jumps.mux(&outcome.target, &pc.plus(1)));
    let moved = |words: &Net| {
        let delta = op.bits(32, 5).sign_extend(words.width());
        bits.block().mux(words, &(words + delta))
    };
    let next_sp = c.wire("next_sp", &moved(&sp));
    let next_depth = c.wire("next_depth", &moved(&depth));
    let first_sp = c.port("start_sp", 12).bits(0, shape.sp);
    let first_depth = &first_sp - c.port("start_base", 12).bits(0, shape.sp);
    let first_depth = c.wire("first_depth", &first_depth.bits(0, DEPTH));
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
        let after = keep(&state.sp[h], &first_sp, &next_sp);
        c.drive(&wires.retired_sp[h], &after);
        keep(&state.depth[h], &first_depth, &next_depth);
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
        next_pc: of(&state.pc),
        next_sp: of(&state.sp),
        gas_before: gas,
        class: bits,
        live,
        hart,
        op,
        cause,
        pc,
        depth,
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
    let ends = bits.stop() | bits.halt() | bits.escalate() | bits.enter();
    let ends = ends | (bits.block() & fails);
    let code = |status: Status| c.lit(status as u64, 8);
    let by_op = c.first(
        "end_status",
        &[
            (&bits.halt(), &code(Status::Halt)),
            (&bits.escalate(), &code(Status::Escalated)),
            (&bits.enter(), &c.lit(ENTER, 8)),
        ],
        &code(Status::Stop),
    );
    let reason = bits.enter().mux(&c.lit(0, 8), &op.bits(40, 8));
    Cause {
        valid: c.wire("ends", &(live & ends)),
        status: bits.block().mux(&block.status, &by_op),
        reason: bits.block().mux(&block.reason, &reason),
    }
}
