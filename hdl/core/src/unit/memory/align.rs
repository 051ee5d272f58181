//! Byte shifters between memory words and byte positions, combinational.
//!
//! Memory lies in two banks of 32-byte words: word `w` is row `w / 2` of bank `w % 2`. An access
//! at byte `x` needs words `x / 32` and the next one: one row of each bank.

use gasworks_verilog::build::{
    Expression, Op, Statement, bin, concat, iff, kernel, lit, module_name, set, sig, slice,
};
use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

/// Chooses the bank of each byte: a byte at a place before that of the first one lies in the word
/// after it, so in the other bank.
#[derive(LogicBlock, Default)]
pub struct ChooseBank {
    /// Row of the even bank.
    pub even: Signal<In, Word<256>>,
    /// Row of the odd bank.
    pub odd: Signal<In, Word<256>>,
    /// Byte position of the first byte modulo 64.
    pub position: Signal<In, Word<6>>,
    /// The bytes, each where it lies in its row.
    pub chosen: Signal<Out, Word<256>>,
}

impl Logic for ChooseBank {
    fn update(&mut self) {
        let position = self.position.val().low();
        let (word, first) = (position / 32, position % 32);
        let ones = !Word::<256>::default();
        // Bytes from `first` on; none are left out for 0.
        let above = ones << (8 * first);
        let is_odd = if word == 1 { above } else { !above };
        self.chosen.next = (self.odd.val() & is_odd) | (self.even.val() & !is_odd);
    }
    fn connect(&mut self) {
        self.chosen.connect();
    }
    fn hdl(&self) -> Verilog {
        let mut body = vec![
            module_name("memory_choose_bank"),
            set("chosen", sig("even")),
        ];
        for byte in 0..32_u64 {
            let copy = Statement::SliceAssignment {
                base: sig("chosen"),
                width: 8,
                offset: Expression::Literal((8 * byte).into()),
                replacement: slice(sig("odd"), 8 * byte as usize, 8),
            };
            let is_above = bin(slice(sig("position"), 0, 5), Op::Le, lit(byte, 5));
            let is_odd = bin(is_above, Op::Eq, slice(sig("position"), 5, 1));
            body.push(iff(is_odd, vec![copy], vec![]));
        }
        kernel(body)
    }
}

/// The 32 bytes at a byte position, out of one row of each bank. Six levels of 2:1 multiplexers.
#[derive(LogicBlock, Default)]
pub struct ReadAlign {
    /// Row of the even bank.
    pub even: Signal<In, Word<256>>,
    /// Row of the odd bank.
    pub odd: Signal<In, Word<256>>,
    /// Byte position modulo 64.
    pub position: Signal<In, Word<6>>,
    /// The bytes, the first in `[7:0]`.
    pub data: Signal<Out, Word<256>>,
    choose: ChooseBank,
    by16: Signal<Local, Word<256>>,
    by8: Signal<Local, Word<256>>,
    by4: Signal<Local, Word<256>>,
    by2: Signal<Local, Word<256>>,
}

impl Logic for ReadAlign {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_read_align");
        self.choose.even.next = self.even.val();
        self.choose.odd.next = self.odd.val();
        self.choose.position.next = self.position.val();
        self.by16.next = self.choose.chosen.val();
        if self.position.val().get_bit(4) {
            self.by16.next = (self.choose.chosen.val() >> 128) | (self.choose.chosen.val() << 128);
        }
        self.by8.next = self.by16.val();
        if self.position.val().get_bit(3) {
            self.by8.next = (self.by16.val() >> 64) | (self.by16.val() << 192);
        }
        self.by4.next = self.by8.val();
        if self.position.val().get_bit(2) {
            self.by4.next = (self.by8.val() >> 32) | (self.by8.val() << 224);
        }
        self.by2.next = self.by4.val();
        if self.position.val().get_bit(1) {
            self.by2.next = (self.by4.val() >> 16) | (self.by4.val() << 240);
        }
        self.data.next = self.by2.val();
        if self.position.val().get_bit(0) {
            self.data.next = (self.by2.val() >> 8) | (self.by2.val() << 248);
        }
    }
}

/// Puts up to 32 bytes where they lie in one row of each bank.
#[derive(LogicBlock, Default)]
pub struct WriteAlign {
    /// The bytes, the first in `[7:0]`.
    pub data: Signal<In, Word<256>>,
    /// Bytes to be written, 0 to 32.
    pub bytes: Signal<In, Word<6>>,
    /// Byte position modulo 64.
    pub position: Signal<In, Word<6>>,
    /// Data for both banks.
    pub row: Signal<Out, Word<256>>,
    /// Bytes of the even bank to be written.
    pub even_enable: Signal<Out, Word<32>>,
    /// Bytes of the odd bank to be written.
    pub odd_enable: Signal<Out, Word<32>>,
    by16: Signal<Local, Word<256>>,
    by8: Signal<Local, Word<256>>,
    by4: Signal<Local, Word<256>>,
    by2: Signal<Local, Word<256>>,
    one: Signal<Local, Word<33>>,
    first: Signal<Local, Word<33>>,
    /// Which bytes are written, before they move and after each step.
    mask: Signal<Local, Word<32>>,
    mask16: Signal<Local, Word<32>>,
    mask8: Signal<Local, Word<32>>,
    mask4: Signal<Local, Word<32>>,
    mask2: Signal<Local, Word<32>>,
    mask1: Signal<Local, Word<32>>,
    below: Signal<Local, Word<33>>,
    /// Bytes of a row at or above the place of the first one; they lie in its bank.
    above: Signal<Local, Word<32>>,
}

impl Logic for WriteAlign {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_write_align");
        self.one.next = 1.into();
        self.first.next = (self.one.val() << self.bytes.val()) - 1;
        self.mask.next = self.first.val().get_bits::<32>(0);
        self.by16.next = self.data.val();
        self.mask16.next = self.mask.val();
        if self.position.val().get_bit(4) {
            self.by16.next = (self.data.val() << 128) | (self.data.val() >> 128);
            self.mask16.next = (self.mask.val() << 16) | (self.mask.val() >> 16);
        }
        self.by8.next = self.by16.val();
        self.mask8.next = self.mask16.val();
        if self.position.val().get_bit(3) {
            self.by8.next = (self.by16.val() << 64) | (self.by16.val() >> 192);
            self.mask8.next = (self.mask16.val() << 8) | (self.mask16.val() >> 24);
        }
        self.by4.next = self.by8.val();
        self.mask4.next = self.mask8.val();
        if self.position.val().get_bit(2) {
            self.by4.next = (self.by8.val() << 32) | (self.by8.val() >> 224);
            self.mask4.next = (self.mask8.val() << 4) | (self.mask8.val() >> 28);
        }
        self.by2.next = self.by4.val();
        self.mask2.next = self.mask4.val();
        if self.position.val().get_bit(1) {
            self.by2.next = (self.by4.val() << 16) | (self.by4.val() >> 240);
            self.mask2.next = (self.mask4.val() << 2) | (self.mask4.val() >> 30);
        }
        self.row.next = self.by2.val();
        self.mask1.next = self.mask2.val();
        if self.position.val().get_bit(0) {
            self.row.next = (self.by2.val() << 8) | (self.by2.val() >> 248);
            self.mask1.next = (self.mask2.val() << 1) | (self.mask2.val() >> 31);
        }
        self.below.next = (self.one.val() << self.position.val().get_bits::<5>(0)) - 1;
        self.above.next = !self.below.val().get_bits::<32>(0);
        self.even_enable.next = self.mask1.val() & self.above.val();
        self.odd_enable.next = self.mask1.val() & !self.above.val();
        if self.position.val().get_bit(5) {
            self.even_enable.next = self.mask1.val() & !self.above.val();
            self.odd_enable.next = self.mask1.val() & self.above.val();
        }
    }
}

/// Keeps the first bytes and clears the others.
#[derive(LogicBlock, Default)]
pub struct KeepBytes {
    /// 32 bytes, the first in `[7:0]`.
    pub data: Signal<In, Word<256>>,
    /// How many are kept, 0 to 32.
    pub bytes: Signal<In, Word<6>>,
    /// The result.
    pub kept: Signal<Out, Word<256>>,
}

impl Logic for KeepBytes {
    fn update(&mut self) {
        let shift = 256 - 8 * self.bytes.val().low().min(32);
        let ones = !Word::<256>::default();
        self.kept.next = self.data.val() & (ones >> shift);
    }
    fn connect(&mut self) {
        self.kept.connect();
    }
    fn hdl(&self) -> Verilog {
        let mut body = vec![module_name("memory_keep_bytes"), set("kept", lit(0, 256))];
        for byte in 0..32 {
            let is_kept = bin(sig("bytes"), Op::Gt, lit(byte, 6));
            let copy = Statement::SliceAssignment {
                base: sig("kept"),
                width: 8,
                offset: Expression::Literal((8 * byte).into()),
                replacement: slice(sig("data"), 8 * byte as usize, 8),
            };
            body.push(iff(is_kept, vec![copy], vec![]));
        }
        kernel(body)
    }
}

/// Reverses the order of 32 bytes: EVM memory holds numbers most significant byte first.
#[derive(LogicBlock, Default)]
pub struct ReverseBytes {
    /// 32 bytes.
    pub data: Signal<In, Word<256>>,
    /// The same, last byte first.
    pub reversed: Signal<Out, Word<256>>,
}

impl Logic for ReverseBytes {
    fn update(&mut self) {
        let limbs = self.data.val().limbs::<4>();
        let reversed = [3, 2, 1, 0].map(|limb: usize| limbs[limb].swap_bytes());
        self.reversed.next = Word::from_limbs(&reversed);
    }
    fn connect(&mut self) {
        self.reversed.connect();
    }
    fn hdl(&self) -> Verilog {
        let bytes = (0..32).map(|byte| (slice(sig("data"), 8 * byte, 8), 8));
        kernel(vec![
            module_name("memory_reverse_bytes"),
            set("reversed", concat(bytes.collect())),
        ])
    }
}
