//! Lookup: program headers at every start, and targets of computed jumps.
//!
//! One job at a time, through the port of the code store that fetch uses. Starts go first.
//!
//! | state | does | next |
//! |---|---|---|
//! | 0 idle | takes a start, or the pending jump of the lowest hart | 1, 4 |
//! | 1, 5, 9 | addresses the code store | +1 |
//! | 2, 6, 10 | waits | +1 |
//! | 3 | keeps the header; fetch starts where the start says | 0 |
//! | 4 | code position ≥ length: invalid; else address of the jump map word | 5, 0 |
//! | 7 | keeps the jump map word | 8 |
//! | 8 | no `JUMPDEST`: invalid; else ordinal, address of the target | 9, 0 |
//! | 11 | fetch starts at the target | 0 |

use super::fetch::Fetched;
use super::shape::{HART, Shape};
use super::wires::Wires;
use crate::circuit::{Circuit, Net, Reg};

const IDLE: u64 = 0;
const HEADER: u64 = 1;
const HEADER_THERE: u64 = 3;
const CHECK: u64 = 4;
const MAP: u64 = 5;
const MAP_THERE: u64 = 7;
const COUNT: u64 = 8;
const TARGET: u64 = 9;
const TARGET_THERE: u64 = 11;

/// What the lookup tells the rest.
pub struct Lookup {
    /// The jump of `hart` goes to no `JUMPDEST`.
    pub invalid: Net,
    /// The hart of the job.
    pub hart: Net,
    /// Per hart: it waits for its header.
    pub starting: Vec<Net>,
    /// Per hart: it waits for a jump target.
    pub jumping: Vec<Net>,
}

/// What T asks for.
pub struct Ask<'a> {
    /// A computed jump of `hart` needs its target.
    pub valid: &'a Net,
    /// The hart.
    pub hart: &'a Net,
    /// Low 32 bits of the code position.
    pub position: &'a Net,
    /// The position does not fit in 32 bits.
    pub high: &'a Net,
}

struct Program {
    base: Vec<Reg>,
    constants: Vec<Reg>,
    map: Vec<Reg>,
    targets: Vec<Reg>,
    len: Vec<Reg>,
}

struct Job {
    state: Reg,
    hart: Reg,
    address: Reg,
    first: Reg,
    entry: Reg,
    half: Reg,
}

/// Builds the lookup.
pub fn build(c: &Circuit, shape: &Shape, wires: &Wires, fetched: &Fetched, ask: &Ask) -> Lookup {
    let regs = |name: &str, width: usize| -> Vec<Reg> {
        shape
            .each()
            .map(|h| c.reg(&format!("{name}_{h}"), width))
            .collect()
    };
    let program = Program {
        base: regs("base", shape.pc),
        constants: regs("constants", shape.constants),
        map: regs("map", shape.pc),
        targets: regs("targets", shape.pc),
        len: regs("len", 32),
    };
    let job = Job {
        state: c.reg("state", 4),
        hart: c.reg("hart", HART),
        address: c.reg("address", shape.pc),
        first: c.reg("first", shape.pc),
        entry: c.reg("entry", 64),
        half: c.reg("half", 1),
    };
    let (starting, jumping) = (regs("starting", 1), regs("jumping", 1));
    let (position, high) = (regs("position", 32), regs("high", 1));
    let of = |regs: &[Reg]| -> Vec<Net> { regs.iter().map(|r| r.q.clone()).collect() };
    let in_state = |state: u64| job.state.q.is(state);

    // Take a job.
    let idle = in_state(IDLE);
    let start = c.wire("accepts", &(&idle & c.port("start_valid", 1)));
    c.drive_port("start_ready", &idle);
    let start_hart = c.port("start_hart", 2);
    let mut any = c.lit(0, 1);
    let mut lowest = shape.number(c, 0);
    for h in shape.each().rev() {
        lowest = jumping[h].q.mux(&shape.number(c, h), &lowest);
        any = any | &jumping[h].q;
    }
    let hart = &job.hart.q;
    let next_hart = start.mux(&start_hart, &lowest);
    job.hart.set(&idle.mux(&next_hart, hart));

    // The jump map: bitmap below, count above.
    let own = |name: &str, regs: &[Reg]| c.pick(name, &of(regs), hart);
    let own_base = own("own_base", &program.base);
    let own_position = own("own_position", &position);
    let own_high = own("own_high", &high);
    let beyond = own_high | !own_position.below(&own("own_len", &program.len));
    let map_at = &own_base + own("own_map", &program.map);
    let map_at = map_at + own_position.bits(5, 27).resize(shape.pc);
    let (present, ordinal) = count(c, &job.entry.q, &own_position.bits(0, 5));
    let target_at = &own_base + own("own_targets", &program.targets);
    let target_at = target_at + ordinal.bits(1, 31).resize(shape.pc);
    let half = fetched.word.bits(0, 32);
    let target = job.half.q.mux(&fetched.word.bits(32, 32), &half);

    let begin = c.port("start_program", 32).bits(0, shape.lines);
    let header_at = c.lit(0, 3).above(&begin);
    job.address.set(&c.first(
        "next_address",
        &[
            (&idle, &header_at),
            (&in_state(CHECK), &map_at),
            (&in_state(COUNT), &target_at),
        ],
        &job.address.q,
    ));
    let first = c.port("start_pc", 24).resize(shape.pc);
    job.first.set_if(&idle, &first);
    job.entry.set_if(&in_state(MAP_THERE), &fetched.word);
    job.half.set_if(&in_state(COUNT), &ordinal.bit(0));

    let waits = c.pick("waits", &of(&jumping), hart);
    let bad = (in_state(CHECK) & &beyond) | (in_state(COUNT) & !&present);
    let invalid = c.wire("invalid", &(&bad & &waits));
    let taken = start.mux(
        &c.lit(HEADER, 4),
        &any.mux(&c.lit(CHECK, 4), &c.lit(IDLE, 4)),
    );
    let finished = in_state(HEADER_THERE) | in_state(TARGET_THERE) | bad;
    let step = c.first(
        "next_state",
        &[
            (&c.port("reset", 1), &c.lit(IDLE, 4)),
            (&finished, &c.lit(IDLE, 4)),
            (&idle, &taken),
        ],
        &job.state.q.plus(1),
    );
    job.state.set(&step);
    c.drive(
        &wires.lookup_valid,
        &(in_state(HEADER) | in_state(MAP) | in_state(TARGET)),
    );
    c.drive(&wires.lookup_address, &job.address.q);

    let header = in_state(HEADER_THERE);
    let restart_there = in_state(TARGET_THERE) & &waits;
    let there = header.mux(&job.first.q, &target.resize(shape.pc));
    c.drive(&wires.restart_valid, &(&header | &restart_there));
    c.drive(&wires.restart_hart, hart);
    c.drive(&wires.restart_pc, &(&own_base + there));
    keep_header(c, shape, &program, fetched, &header, hart);
    for h in shape.each() {
        let begins = &start & start_hart.is(h as u64);
        c.drive(&wires.start[h], &begins);
        c.drive(&wires.base[h], &program.base[h].q);
        c.drive(&wires.constant_base[h], &program.constants[h].q);
        program.base[h].set_if(&begins, &header_at);
        let asks = ask.valid & ask.hart.is(h as u64);
        position[h].set_if(&asks, ask.position);
        high[h].set_if(&asks, ask.high);
        let restarted = &wires.restart_valid & hart.is(h as u64);
        let ended = &wires.stop[h] | restarted;
        let zero = c.lit(0, 1);
        jumping[h].set(&ended.mux(&zero, &(&jumping[h].q | asks)));
        starting[h].set(&ended.mux(&zero, &(&starting[h].q | begins)));
    }
    Lookup {
        invalid,
        hart: hart.clone(),
        starting: of(&starting),
        jumping: of(&jumping),
    }
}

/// Is there a `JUMPDEST` at bit `at` of the entry, and how many come before it.
fn count(c: &Circuit, entry: &Net, at: &Net) -> (Net, Net) {
    let bitmap = entry.bits(0, 32);
    let bits: Vec<Net> = (0..32).map(|i| bitmap.bit(i)).collect();
    let present = c.pick("present", &bits, at);
    let mut sums: Vec<Net> = bits
        .iter()
        .enumerate()
        .map(|(i, bit)| {
            c.wire("earlier", &(bit & c.lit(i as u64, 5).below(at)))
                .resize(6)
        })
        .collect();
    while sums.len() > 1 {
        sums = sums
            .chunks(2)
            .map(|pair| c.wire("ones", &(&pair[0] + &pair[1])))
            .collect();
    }
    (
        present,
        c.wire("ordinal", &(entry.bits(32, 32) + sums[0].resize(32))),
    )
}

/// Keeps what the pipeline needs of a header and passes the rest on.
fn keep_header(
    c: &Circuit,
    shape: &Shape,
    program: &Program,
    fetched: &Fetched,
    there: &Net,
    hart: &Net,
) {
    let line = &fetched.line;
    let field = |byte: usize, width: usize| line.bits(8 * byte, width);
    for h in shape.each() {
        let mine = there & hart.is(h as u64);
        program.len[h].set_if(&mine, &field(4, 32));
        program.constants[h].set_if(&mine, &field(8, shape.constants));
        program.map[h].set_if(&mine, &field(12, shape.pc));
        program.targets[h].set_if(&mine, &field(24, shape.pc));
    }
    c.drive_port("program_valid", there);
    c.drive_port("program_hart", hart);
    c.drive_port("program_code_iova", &field(16, 64));
    c.drive_port("program_code_len", &field(4, 32));
}
