//! Enters and leaves frames: stands between the pipe and everything that begins, ends or changes one.
//!
//! Spec: `docs/src/machine.md`, "Frames" and "RTL: frames". One hart at a time, lowest number first;
//! the others run on. Ends of transactions pass at once, also while a hart is worked for.
//!
//! | step | does | next |
//! |---|---|---|
//! | `Idle` | takes `enter`, or the end of a frame of depth > 0 | `Look` |
//! | `Look` | keeps what runs; call: all frames in use / request / code / nothing to run; end: well, with or without output / creation / revert / halt | `Escalate`, `Payload`, `Begin`, `Plain`; `Keep`, `Forget`, `Price`, `Undo`, `Fail` |
//! | `Wait` | until both tasks are done; one failed: `Escalate` | the step after |
//! | `Payload` | memory 3 | `Written` |
//! | `Written` | until `written`; state 7 to 10 | `Answer` |
//! | `Answer` | creation: state 3 if named; call: frame / memory 4 / nothing; end of a creation: done or not | `Named`, `Begin`, `Out`, `Plain`; `Forget`, `Fail` |
//! | `Named` | | `Begin`, `Plain` |
//! | `Plain`, `Out` | memory 6, 5; gas comes back | `Third` |
//! | `Begin` | both push; keeps the caller, writes pair 0 | `Value` |
//! | `Value` | until memory has taken its push; writes pair 1 | `Fresh` |
//! | `Fresh` | writes pair 2 | `Start` |
//! | `Price`, `Pay` | 200 gas per byte of the output | `Fail`, `Payload` |
//! | `Forget` | memory 6 | `Keep` |
//! | `Keep` | both keep | `Back` |
//! | `Fail` | memory 6, gas is lost | `Undo` |
//! | `Undo` | both undo | `Effects` |
//! | `Effects` | state 12 if there were some | `Back` |
//! | `Back` | memory 5 if there is output; the caller's registers | `First` |
//! | `First`, `Second`, `Third` | write pairs 0, 1, 2 (`Third` when the tasks are done) | `Start` |
//! | `Start` | until the pipe takes it | `Idle` |
//! | `Escalate` | until the end of the transaction is taken | `Idle` |
//!
//! Every step that hands out tasks goes to `Wait` (`Begin` and `Back` go there after their writes).
//!
//! Cycles from the transfer of the end to the transfer of the start, with K cycles from the transfer of a
//! task to its `task_done` (of the slower unit, where both have one):
//!
//! | what | cycles | K = 1 |
//! |---|---|---|
//! | call without a request | 7 + max(0, K - 3) | 7 |
//! | nothing to run | 5 + K | 6 |
//! | `return` | 9 + K + max(0, K of memory 5 - 2) | 10 |
//! | `stop` | 2 + K more | 13 |
//! | `revert`; halt | 1; 3 + K more | 11; 14 |
//!
//! The pipe adds 2 before (`enter` or the end retires) and 4 behind (to the first fetch), so a call
//! fetches 13 cycles after its `enter`, and a caller 16 cycles after a `return`. What the host is
//! asked comes on top.
//!
//! Environment pairs go through the load port, on which `frames` goes first. Pairs 0 and 1 are kept
//! per frame as they pass, also those of the card; so the caller's are there when it goes on. Of the arg words
//! only the value of a call or creation is used; it is read while the memory unit does a task for
//! `frames`, since it does not read them then. The start of the card waits while `Start` is offered.
//!
//! A card with one frame (`frames_log2` = 0) has only the ways through; an `enter` escalates there.
//!
//! Reset: `Idle`. The hart that was worked for is forgotten.

pub mod ports;
pub mod sequence;
pub mod size;
pub mod step;
pub mod store;
pub mod task;

pub use ports::Frames;

use crate::circuit::{Circuit, Net};
use crate::pipe::ENTER;
use gasworks_abi::config::Config;
use gasworks_abi::escalation::{Escalation, Status};
use gasworks_abi::program::ENTRY;
use size::Size;

/// Load target of the environment.
const ENVIRONMENT: u64 = 2;

impl Frames {
    /// For harts of a configuration.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let c = Circuit::default();
        let size = Size::new(config);
        if size.frames == 0 {
            one_frame(&c);
        } else {
            sequence::build(&c, &size);
        }
        Self::wrap(c.finish())
    }
}

impl Default for Frames {
    fn default() -> Self {
        Self::new(&Config::TINY)
    }
}

/// Drives every port that `values` names.
fn drive(c: &Circuit, values: &[(&str, &Net)]) {
    for (name, value) in values {
        c.drive_port(name, value);
    }
}

/// A beat of `frames` for the environment file.
struct Pair {
    /// There is one.
    valid: Net,
    hart: Net,
    address: Net,
    data: Net,
}

/// Drives the load port: `own` goes first. Returns whether a beat is taken, its target, hart,
/// address and data.
fn load(c: &Circuit, own: &Pair) -> (Net, Net, Pair) {
    let card = |name: &str, width: usize| c.port(&format!("in_load_{name}"), width);
    let ready = c.port("load_ready", 1);
    let free = !&own.valid;
    let mux = |name: &str, mine: &Net, width: usize| {
        let value = own.valid.mux(mine, &card(name, width));
        let value = c.wire(&format!("to_{name}"), &value);
        c.drive_port(&format!("load_{name}"), &value);
        value
    };
    let valid = c.wire("to_valid", &(&own.valid | card("valid", 1)));
    let taken = c.wire("to_taken", &(&own.valid | (card("valid", 1) & &ready)));
    c.drive_port("load_valid", &valid);
    c.drive_port("load_taken", &taken);
    c.drive_port("in_load_ready", &(&ready & &free));
    let target = mux("target", &c.lit(ENVIRONMENT, 3), 3);
    let beat = Pair {
        hart: mux("hart", &own.hart, 2),
        address: mux("address", &own.address, 32),
        data: mux("data", &own.data, 512),
        valid: taken.clone(),
    };
    (taken, target, beat)
}

/// A start of the pipe.
struct Begin {
    valid: Net,
    hart: Net,
    gas: Net,
    program: Net,
    pc: Net,
    sp: Net,
    base: Net,
}

/// Drives the start of the pipe: `own` goes first, then the card. Returns whether a start is taken.
fn start(c: &Circuit, own: &Begin) -> (Net, Begin) {
    let (card, ready) = (c.port("card_valid", 1), c.port("start_ready", 1));
    let mux = |name: &str, mine: &Net, card: &Net| {
        let value = own.valid.mux(mine, card);
        let value = c.wire(&format!("to_start_{name}"), &value);
        c.drive_port(&format!("start_{name}"), &value);
        value
    };
    let valid = c.wire("to_start_valid", &(&own.valid | &card));
    c.drive_port("start_valid", &valid);
    c.drive_port("start_first", &!&own.valid);
    c.drive_port("card_ready", &(&ready & !&own.valid));
    let none = c.lit(0, 12);
    let begin = Begin {
        hart: mux("hart", &own.hart, &c.port("card_hart", 2)),
        gas: mux("gas", &own.gas, &c.port("card_gas", 64)),
        program: mux("program", &own.program, &c.port("card_program", 32)),
        pc: mux("pc", &own.pc, &c.lit(u64::from(ENTRY), 24)),
        sp: mux("sp", &own.sp, &none),
        base: mux("base", &own.base, &none),
        valid: valid.clone(),
    };
    (c.wire("starts", &(&valid & &ready)), begin)
}

/// The ways through, for harts with one frame.
fn one_frame(c: &Circuit) {
    let zero = |width: usize| c.lit(0, width);
    let _ = start(
        c,
        &Begin {
            valid: zero(1),
            hart: zero(2),
            gas: zero(64),
            program: zero(32),
            pc: zero(24),
            sp: zero(12),
            base: zero(12),
        },
    );
    let _ = load(
        c,
        &Pair {
            valid: zero(1),
            hart: zero(2),
            address: zero(32),
            data: zero(512),
        },
    );
    let status = c.port("end_status", 8);
    let enters = c.wire("enters", &status.is(ENTER));
    let (escalated, limit) = (Status::Escalated as u64, Escalation::FrameLimit as u64);
    let status = enters.mux(&c.lit(escalated, 8), &status);
    let reason = enters.mux(&c.lit(limit, 8), &c.port("end_reason", 8));
    drive(
        c,
        &[
            ("end_ready", &c.port("over_ready", 1)),
            ("over_valid", &c.port("end_valid", 1)),
            ("over_hart", &c.port("end_hart", 2)),
            ("over_status", &status),
            ("over_reason", &reason),
            ("over_gas", &c.port("end_gas", 64)),
            ("frame_busy", &zero(4)),
            ("task_hart", &zero(2)),
            ("state_task_valid", &zero(1)),
            ("state_task_op", &zero(4)),
            ("state_task_key", &zero(256)),
            ("state_task_address", &zero(160)),
            ("memory_task_valid", &zero(1)),
            ("memory_task_taken", &zero(1)),
            ("memory_task_op", &zero(3)),
            ("memory_task_iova", &zero(64)),
            ("memory_task_len", &zero(32)),
            ("arg_index", &c.port("memory_arg_index", 2)),
            ("trace_depth", &zero(11)),
        ],
    );
}
