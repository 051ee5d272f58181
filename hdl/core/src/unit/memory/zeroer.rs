//! Clears the words that the memory grows over, 64 bytes per cycle.
//!
//! `start` comes with the words in use before and after; `busy` is high from the next cycle until
//! the last row was handed to the writer. `stop` gives up. Reset: idle.

use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock, Default)]
pub struct Zeroer {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Signal<In, Bit>,
    /// Begins; `new_words` is larger than `old_words`.
    pub start: Signal<In, Bit>,
    /// Gives up.
    pub stop: Signal<In, Bit>,
    /// Words in use so far.
    pub old_words: Signal<In, Word<28>>,
    /// Words in use from now on.
    pub new_words: Signal<In, Word<28>>,
    /// Not yet done.
    pub busy: Signal<Out, Bit>,
    /// Row to be cleared in this cycle, if `busy`.
    pub row: Signal<Out, Word<27>>,
    /// Spares the first word of the row.
    pub upper: Signal<Out, Bit>,
    active: DFF<Bit>,
    next: DFF<Word<27>>,
    last: DFF<Word<27>>,
    spare: DFF<Bit>,
    last_word: Signal<Local, Word<28>>,
}

impl Logic for Zeroer {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_zeroer");
        dff_setup!(self, clock, active, next, last, spare);
        self.last_word.next = self.new_words.val() - 1;
        if self.active.q.val() {
            self.next.d.next = self.next.q.val() + 1;
            self.spare.d.next = false;
            if self.next.q.val() == self.last.q.val() {
                self.active.d.next = false;
            }
        }
        if self.start.val() {
            self.active.d.next = true;
            self.next.d.next = self.old_words.val().get_bits::<27>(1);
            self.last.d.next = self.last_word.val().get_bits::<27>(1);
            self.spare.d.next = self.old_words.val().get_bit(0);
        }
        if self.reset.val() | self.stop.val() {
            self.active.d.next = false;
        }
        self.busy.next = self.active.q.val();
        self.row.next = self.next.q.val();
        self.upper.next = self.spare.q.val();
    }
}
