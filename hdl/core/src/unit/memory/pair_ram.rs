//! Two banks of 32-byte words for up to four harts: any 64 bytes that begin at a word, per cycle.
//!
//! Word `w` of a hart is row `w / 2` of bank `w % 2`; an access at word `w` covers words `w` and
//! `w + 1`. Latency 1 cycle for a read. The calldata of a lane and the buffer for code bytes are such
//! pairs; the memory is one whose rows others compute ([`super::places`]).

use super::ram::{ADDRESS_BITS, BankRam};
use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock)]
pub struct PairRam {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Hart whose words are read.
    pub read_hart: Signal<In, Word<2>>,
    /// First word to be read.
    pub read_word: Signal<In, Word<28>>,
    /// Row of the even bank.
    pub even: Signal<Out, Word<256>>,
    /// Row of the odd bank.
    pub odd: Signal<Out, Word<256>>,
    /// Hart whose words are written.
    pub write_hart: Signal<In, Word<2>>,
    /// First word to be written.
    pub write_word: Signal<In, Word<28>>,
    /// New contents of the even bank.
    pub write_even: Signal<In, Word<256>>,
    /// New contents of the odd bank.
    pub write_odd: Signal<In, Word<256>>,
    /// Bytes of the even bank to be written.
    pub even_enable: Signal<In, Word<32>>,
    /// Bytes of the odd bank to be written.
    pub odd_enable: Signal<In, Word<32>>,
    even_bank: BankRam,
    odd_bank: BankRam,
    read_base: Signal<Local, Word<20>>,
    write_base: Signal<Local, Word<20>>,
    read_next: Signal<Local, Word<28>>,
    write_next: Signal<Local, Word<28>>,
    read_even_row: Signal<Local, Word<20>>,
    read_odd_row: Signal<Local, Word<20>>,
    write_even_row: Signal<Local, Word<20>>,
    write_odd_row: Signal<Local, Word<20>>,
    hart_shift: Constant<Word<5>>,
    row_mask: Constant<Word<20>>,
}

impl PairRam {
    /// For `harts` memories of 2^`words_log2` words each.
    #[must_use]
    pub fn new(harts: u32, words_log2: u32) -> Self {
        let rows_log2 = words_log2 - 1;
        let depth_log2 = rows_log2 + harts.next_power_of_two().ilog2();
        Self {
            clock: Signal::default(),
            read_hart: Signal::default(),
            read_word: Signal::default(),
            even: Signal::default(),
            odd: Signal::default(),
            write_hart: Signal::default(),
            write_word: Signal::default(),
            write_even: Signal::default(),
            write_odd: Signal::default(),
            even_enable: Signal::default(),
            odd_enable: Signal::default(),
            even_bank: BankRam::new(1 << depth_log2),
            odd_bank: BankRam::new(1 << depth_log2),
            read_base: Signal::default(),
            write_base: Signal::default(),
            read_next: Signal::default(),
            write_next: Signal::default(),
            read_even_row: Signal::default(),
            read_odd_row: Signal::default(),
            write_even_row: Signal::default(),
            write_odd_row: Signal::default(),
            hart_shift: Constant::new(u64::from(rows_log2).into()),
            row_mask: Constant::new(((1u64 << rows_log2) - 1).into()),
        }
    }
}

const _: () = assert!(ADDRESS_BITS == 20);

impl Logic for PairRam {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_pair_ram");
        clock!(self, clock, even_bank, odd_bank);
        self.read_base.next = bit_cast_word::<20, 2>(self.read_hart.val()) << self.hart_shift.val();
        self.write_base.next =
            bit_cast_word::<20, 2>(self.write_hart.val()) << self.hart_shift.val();
        self.read_next.next = self.read_word.val() + 1;
        self.write_next.next = self.write_word.val() + 1;
        self.read_even_row.next =
            self.read_base.val() | (self.read_next.val().get_bits::<20>(1) & self.row_mask.val());
        self.read_odd_row.next =
            self.read_base.val() | (self.read_word.val().get_bits::<20>(1) & self.row_mask.val());
        self.write_even_row.next =
            self.write_base.val() | (self.write_next.val().get_bits::<20>(1) & self.row_mask.val());
        self.write_odd_row.next =
            self.write_base.val() | (self.write_word.val().get_bits::<20>(1) & self.row_mask.val());
        self.even_bank.read_address.next = self.read_even_row.val();
        self.odd_bank.read_address.next = self.read_odd_row.val();
        self.even_bank.write_address.next = self.write_even_row.val();
        self.odd_bank.write_address.next = self.write_odd_row.val();
        self.even_bank.write_data.next = self.write_even.val();
        self.odd_bank.write_data.next = self.write_odd.val();
        self.even_bank.write_enable.next = self.even_enable.val();
        self.odd_bank.write_enable.next = self.odd_enable.val();
        self.even.next = self.even_bank.read_data.val();
        self.odd.next = self.odd_bank.read_data.val();
    }
}
