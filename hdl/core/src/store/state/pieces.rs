//! Compares the words of an entry with the operands, in pieces of 16 bits.
//!
//! The words come out of block RAM late in the cycle; whole comparisons of 256 bits would not fit
//! behind it. Bit `i` of an output is set where piece `i` differs (or, for `_some`, is not zero).
//! Combinational.

use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

/// Comparisons in pieces.
#[derive(LogicBlock, Default)]
pub struct Pieces {
    /// Key wanted.
    pub key: Signal<In, Word<256>>,
    /// Key of the entry.
    pub entry_key: Signal<In, Word<256>>,
    /// Account wanted.
    pub account: Signal<In, Word<160>>,
    /// Account of the entry.
    pub entry_account: Signal<In, Word<160>>,
    /// Value to store.
    pub new: Signal<In, Word<256>>,
    /// Present value of the entry.
    pub present: Signal<In, Word<256>>,
    /// Original value of the entry.
    pub original: Signal<In, Word<256>>,
    /// The keys differ.
    pub key_differs: Signal<Out, Word<16>>,
    /// The accounts differ.
    pub account_differs: Signal<Out, Word<10>>,
    /// New and present differ.
    pub new_present: Signal<Out, Word<16>>,
    /// Present and original differ.
    pub present_original: Signal<Out, Word<16>>,
    /// New and original differ.
    pub new_original: Signal<Out, Word<16>>,
    /// New is not zero.
    pub new_some: Signal<Out, Word<16>>,
    /// Present is not zero.
    pub present_some: Signal<Out, Word<16>>,
    /// Original is not zero.
    pub original_some: Signal<Out, Word<16>>,
    words: [Signal<Local, Word<256>>; 7],
    flags: [Signal<Local, Word<16>>; 7],
    accounts: Signal<Local, Word<160>>,
    account_flags: Signal<Local, Word<10>>,
}

impl Logic for Pieces {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module pieces");
        self.words[0].next = self.key.val() ^ self.entry_key.val();
        self.words[1].next = self.new.val() ^ self.present.val();
        self.words[2].next = self.present.val() ^ self.original.val();
        self.words[3].next = self.new.val() ^ self.original.val();
        self.words[4].next = self.new.val();
        self.words[5].next = self.present.val();
        self.words[6].next = self.original.val();
        for k in 0..7 {
            self.flags[k].next = 0.into();
            for i in 0..16 {
                if self.words[k].val().get_bits::<16>(i * 16).any() {
                    self.flags[k].next = self.flags[k].val().replace_bit(i, true);
                }
            }
        }
        self.accounts.next = self.account.val() ^ self.entry_account.val();
        self.account_flags.next = 0.into();
        for i in 0..10 {
            if self.accounts.val().get_bits::<16>(i * 16).any() {
                self.account_flags.next = self.account_flags.val().replace_bit(i, true);
            }
        }
        self.account_differs.next = self.account_flags.val();
        self.key_differs.next = self.flags[0].val();
        self.new_present.next = self.flags[1].val();
        self.present_original.next = self.flags[2].val();
        self.new_original.next = self.flags[3].val();
        self.new_some.next = self.flags[4].val();
        self.present_some.next = self.flags[5].val();
        self.original_some.next = self.flags[6].val();
    }
}
