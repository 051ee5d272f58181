//! Joins `N` channels of beats into one, round robin.
//!
//! The chosen beat is held in a register: one cycle of latency, one beat every cycle at best.

use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;
use std::array::from_fn;

/// See the module.
#[derive(LogicBlock)]
pub struct BeatArbiter<const N: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// A beat comes.
    pub in_valid: [Signal<In, Bit>; N],
    /// It is taken.
    pub in_ready: [Signal<Out, Bit>; N],
    /// The beat.
    pub in_data: [Signal<In, Word<512>>; N],
    /// A beat goes.
    pub out_valid: Signal<Out, Bit>,
    /// It is taken.
    pub out_ready: Signal<In, Bit>,
    /// The beat.
    pub out_data: Signal<Out, Word<512>>,
    valid: DFF<Bit>,
    data: DFF<Word<512>>,
    turn: DFF<Bits<5>>,
    take: Signal<Local, Bit>,
    found: Signal<Local, Bit>,
    pick: Signal<Local, Bits<5>>,
}

impl<const N: usize> Default for BeatArbiter<N> {
    fn default() -> Self {
        Self {
            clock: Signal::default(),
            reset: Signal::default(),
            in_valid: from_fn(|_| Signal::default()),
            in_ready: from_fn(|_| Signal::default()),
            in_data: from_fn(|_| Signal::default()),
            out_valid: Signal::default(),
            out_ready: Signal::default(),
            out_data: Signal::default(),
            valid: DFF::default(),
            data: DFF::default(),
            turn: DFF::default(),
            take: Signal::default(),
            found: Signal::default(),
            pick: Signal::default(),
        }
    }
}

impl<const N: usize> Logic for BeatArbiter<N> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module beat_arbiter");
        dff_setup!(self, clock, valid, data, turn);
        self.found.next = false;
        self.pick.next = 0.into();
        for i in 1..N {
            if self.in_valid[i].val() & !self.found.val() & (i.to_bits::<5>() > self.turn.q.val()) {
                self.found.next = true;
                self.pick.next = i.to_bits::<5>();
            }
        }
        for i in 0..N {
            if self.in_valid[i].val() & !self.found.val() {
                self.found.next = true;
                self.pick.next = i.to_bits::<5>();
            }
        }
        self.take.next = self.found.val() & (!self.valid.q.val() | self.out_ready.val());
        if self.out_ready.val() {
            self.valid.d.next = false;
        }
        for i in 0..N {
            self.in_ready[i].next = self.take.val() & (self.pick.val() == i.to_bits::<5>());
            if self.take.val() & (self.pick.val() == i.to_bits::<5>()) {
                self.data.d.next = self.in_data[i].val();
            }
        }
        if self.take.val() {
            self.valid.d.next = true;
            self.turn.d.next = self.pick.val();
        }
        self.out_valid.next = self.valid.q.val();
        self.out_data.next = self.data.q.val();
        if self.reset.val() {
            self.valid.d.next = false;
            self.turn.d.next = 0.into();
        }
    }
}
