//! F0 and F1: picks a hart and addresses the code store.
//!
//! A fetch brings the word at `pc` and, where that one is even, the odd one behind it: twice what D
//! takes, so that the queue holds enough to hide the bubbles of predicted jumps.
//!
//! Per hart a fetch position `pc` (word address in the code store) and `enabled`. F0 gives the
//! port of the code store to, in this order: the lookup (program headers and jump maps), the
//! redirect that T makes in this cycle, the next hart in turn that is enabled and has room in its
//! queue. F2 ([`super::predict`]) may send the hart elsewhere or stop it; younger fetches of the
//! hart are dropped then. `enabled` also guards the way into the queue.

use super::shape::{HART, Line, Shape};
use super::wires::Wires;
use super::{code_store, round_robin};
use crate::circuit::{Circuit, Net, Reg};

/// What reaches F2.
pub struct Fetched {
    /// A micro-op of `hart` (before kills of this cycle).
    pub valid: Net,
    /// Its hart.
    pub hart: Net,
    /// The whole line, for the program header.
    pub line: Net,
    /// The word.
    pub word: Net,
    /// The odd word of its pair.
    pub second: Net,
    /// Its address.
    pub pc: Net,
    /// The line and word are an answer to the lookup.
    pub lookup: Net,
    /// Per hart: a fetch is in F1.
    pub in_f1: Vec<Net>,
    /// Per hart: a fetch is in F2.
    pub in_f2: Vec<Net>,
}

/// What F2 decides; driven by [`super::predict`].
pub struct Decision {
    /// The hart goes on at `target`.
    pub jump: Net,
    /// Where: word address in the code store.
    pub target: Net,
    /// The hart stops fetching.
    pub stop: Net,
}

/// Wires for the decision of F2.
pub fn decision(c: &Circuit, shape: &Shape) -> Decision {
    Decision {
        jump: c.forward("predicted_jump", 1),
        target: c.forward("predicted_target", shape.pc),
        stop: c.forward("predicted_stop", 1),
    }
}

struct Harts {
    pc: Vec<Reg>,
    enabled: Vec<Reg>,
}

/// Builds F0 and F1.
pub fn build(c: &Circuit, shape: &Shape, wires: &Wires, decision: &Decision) -> Fetched {
    let regs = |name: &str, width: usize| -> Vec<Reg> {
        shape
            .each()
            .map(|h| c.reg(&format!("{name}_{h}"), width))
            .collect()
    };
    let harts = Harts {
        pc: regs("pc", shape.pc),
        enabled: regs("enabled", 1),
    };
    let wants = shape.per_hart(|h| &harts.enabled[h].q & &wires.room[h]);
    let last = c.reg("last", HART);
    let turn = round_robin(c, shape, &wants, &last.q);

    let free = !&wires.lookup_valid;
    let redirected = c.wire("redirected", &(&free & &wires.redirect_valid));
    let hart = c.wire(
        "hart",
        &wires.redirect_valid.mux(&wires.redirect_hart, &turn.hart),
    );
    let pcs: Vec<Net> = harts.pc.iter().map(|r| r.q.clone()).collect();
    let own = c.pick("own_pc", &pcs, &turn.hart);
    let pc = c.wire("pc", &wires.redirect_valid.mux(&wires.redirect_pc, &own));
    let granted = c.wire("granted", &(&free & (&wires.redirect_valid | &turn.any)));
    last.set_if(&granted, &hart);
    let address = c.wire(
        "address",
        &wires.lookup_valid.mux(&wires.lookup_address, &pc),
    );

    let (f1_valid, f2_valid) = (c.reg("f1_valid", 1), c.reg("f2_valid", 1));
    let f_hart = Line::new(c, "f_hart", 0, &hart, 2);
    let addresses = Line::new(c, "at", 0, &address, 2);
    let lookup = Line::new(c, "f_lookup", 0, &wires.lookup_valid, 2);
    let in_f1 = shape.per_hart(|h| &f1_valid.q & f_hart.at(1).is(h as u64));
    let in_f2 = shape.per_hart(|h| &f2_valid.q & f_hart.at(2).is(h as u64));
    // Fetches of a hart that goes elsewhere from F2 or is killed are dropped.
    let drops = shape.per_hart(|h| {
        let away = &in_f2[h] & (&decision.jump | &decision.stop);
        c.wire(&format!("drop_{h}"), &(&wires.kill[h] | away))
    });
    let drop_f0 = !&redirected & c.pick("drop_f0", &drops, &hart);
    f1_valid.set(&(&granted & !drop_f0));
    f2_valid.set(&(&f1_valid.q & !c.pick("drop_f1", &drops, f_hart.at(1))));

    let next_pair = pc.bits(1, shape.pc - 1).plus(1);
    let after = c.wire("after", &c.lit(0, 1).above(&next_pair));
    for h in shape.each() {
        let mine = granted.clone() & hart.is(h as u64);
        let redirect = &wires.redirect_valid & wires.redirect_hart.is(h as u64);
        let restart = &wires.restart_valid & wires.restart_hart.is(h as u64);
        let jump = &in_f2[h] & &decision.jump;
        let stop = &in_f2[h] & &decision.stop;
        let missed = &redirect & !&mine;
        harts.pc[h].set(&c.first(
            &format!("next_pc_{h}"),
            &[
                (&restart, &wires.restart_pc),
                (&missed, &wires.redirect_pc),
                (&redirect, &after),
                (&jump, &decision.target),
                (&mine, &after),
            ],
            &harts.pc[h].q,
        ));
        let (zero, one) = (c.lit(0, 1), c.lit(1, 1));
        harts.enabled[h].set(&c.first(
            &format!("next_enabled_{h}"),
            &[
                (&wires.stop[h], &zero),
                (&redirect, &one),
                (&restart, &one),
                (&(&wires.kill[h] | &stop), &zero),
            ],
            &harts.enabled[h].q,
        ));
    }
    let line = code_store::build(c, shape, &address.bits(3, shape.lines));
    let words: Vec<Net> = (0..8).map(|i| line.bits(64 * i, 64)).collect();
    let odd: Vec<Net> = words.iter().skip(1).step_by(2).cloned().collect();
    let pc = addresses.at(2).clone();
    let word = c.pick("f2_word", &words, &pc.bits(0, 3));
    let second = c.pick("f2_second", &odd, &pc.bits(1, 2));
    let enabled: Vec<Net> = harts.enabled.iter().map(|r| r.q.clone()).collect();
    let is_enabled = c.pick("f2_enabled", &enabled, f_hart.at(2));
    Fetched {
        valid: c.wire("f2", &(&f2_valid.q & is_enabled)),
        hart: f_hart.at(2).clone(),
        line,
        word,
        second,
        pc,
        lookup: lookup.at(2).clone(),
        in_f1,
        in_f2,
    }
}
