//! Byte shifters between memory words and byte positions, combinational.
//!
//! Memory lies in two banks of 32-byte words: word `w` is row `w / 2` of bank `w % 2`. An access
//! at byte `x` needs words `x / 32` and the next one: one row of each bank.

use gasworks_verilog::build::{
    Expression, Op, Statement, bin, concat, iff, kernel, lit, module_name, set, sig, slice,
};
use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;

/// The 32 bytes at a byte position, out of one row of each bank. Three levels of 4:1 multiplexers.
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
    coarse: Signal<Local, Word<384>>,
    medium: Signal<Local, Word<288>>,
}

impl Logic for ReadAlign {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_read_align");
        // 48 bytes from a multiple of 16.
        match self.position.val().get_bits::<2>(4).index() {
            0 => {
                self.coarse.next = bit_cast_word::<384, 256>(self.even.val())
                    | (bit_cast_word::<384, 128>(self.odd.val().get_bits::<128>(0)) << 256);
            }
            1 => {
                self.coarse.next = bit_cast_word::<384, 128>(self.even.val().get_bits::<128>(128))
                    | (bit_cast_word::<384, 256>(self.odd.val()) << 128);
            }
            2 => {
                self.coarse.next = bit_cast_word::<384, 256>(self.odd.val())
                    | (bit_cast_word::<384, 128>(self.even.val().get_bits::<128>(0)) << 256);
            }
            _ => {
                self.coarse.next = bit_cast_word::<384, 128>(self.odd.val().get_bits::<128>(128))
                    | (bit_cast_word::<384, 256>(self.even.val()) << 128);
            }
        }
        // 36 bytes from a multiple of 4.
        match self.position.val().get_bits::<2>(2).index() {
            0 => {
                self.medium.next = self.coarse.val().get_bits::<288>(0);
            }
            1 => {
                self.medium.next = self.coarse.val().get_bits::<288>(32);
            }
            2 => {
                self.medium.next = self.coarse.val().get_bits::<288>(64);
            }
            _ => {
                self.medium.next = self.coarse.val().get_bits::<288>(96);
            }
        }
        match self.position.val().get_bits::<2>(0).index() {
            0 => {
                self.data.next = self.medium.val().get_bits::<256>(0);
            }
            1 => {
                self.data.next = self.medium.val().get_bits::<256>(8);
            }
            2 => {
                self.data.next = self.medium.val().get_bits::<256>(16);
            }
            _ => {
                self.data.next = self.medium.val().get_bits::<256>(24);
            }
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
    coarse: Signal<Local, Word<256>>,
    medium: Signal<Local, Word<256>>,
    mask: Signal<Local, Word<33>>,
    wide: Signal<Local, Word<64>>,
    one: Signal<Local, Word<33>>,
}

impl Logic for WriteAlign {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_write_align");
        match self.position.val().get_bits::<2>(3).index() {
            0 => {
                self.coarse.next = self.data.val();
            }
            1 => {
                self.coarse.next = (self.data.val() << 64) | (self.data.val() >> 192);
            }
            2 => {
                self.coarse.next = (self.data.val() << 128) | (self.data.val() >> 128);
            }
            _ => {
                self.coarse.next = (self.data.val() << 192) | (self.data.val() >> 64);
            }
        }
        match self.position.val().get_bits::<2>(1).index() {
            0 => {
                self.medium.next = self.coarse.val();
            }
            1 => {
                self.medium.next = (self.coarse.val() << 16) | (self.coarse.val() >> 240);
            }
            2 => {
                self.medium.next = (self.coarse.val() << 32) | (self.coarse.val() >> 224);
            }
            _ => {
                self.medium.next = (self.coarse.val() << 48) | (self.coarse.val() >> 208);
            }
        }
        self.row.next = self.medium.val();
        if self.position.val().get_bit(0) {
            self.row.next = (self.medium.val() << 8) | (self.medium.val() >> 248);
        }
        self.one.next = 1.into();
        self.mask.next = (self.one.val() << self.bytes.val()) - 1;
        self.wide.next = bit_cast_word::<64, 32>(self.mask.val().get_bits::<32>(0))
            << self.position.val().get_bits::<5>(0);
        self.even_enable.next = self.wide.val().get_bits::<32>(0);
        self.odd_enable.next = self.wide.val().get_bits::<32>(32);
        if self.position.val().get_bit(5) {
            self.even_enable.next = self.wide.val().get_bits::<32>(32);
            self.odd_enable.next = self.wide.val().get_bits::<32>(0);
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
