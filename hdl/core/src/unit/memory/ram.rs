//! A bank: memory of 32-byte words with byte enables, any number of them, given at run time.
//!
//! Latency 1 cycle for a read. A block RAM may give anything for a word that is written in the same
//! cycle (`no_rw_check`), so no reader may look at it: rust-hdl's simulator gives the complement of the
//! old word, Verilog the old word, and co-simulation tells when the difference matters. Contents at power-up
//! are undefined in hardware; nothing looks at a byte before it was written. Nothing looks at a row past
//! the last one either.

use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

/// Width of the address port; the rows may need less.
pub const ADDRESS_BITS: usize = 20;

/// See the module.
#[derive(LogicBlock)]
pub struct BankRam {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Where to read.
    pub read_address: Signal<In, Word<ADDRESS_BITS>>,
    /// The word of the last cycle's address, byte 0 in `[7:0]`.
    pub read_data: Signal<Out, Word<256>>,
    /// Where to write.
    pub write_address: Signal<In, Word<ADDRESS_BITS>>,
    /// What to write.
    pub write_data: Signal<In, Word<256>>,
    /// One bit for each byte to be written.
    pub write_enable: Signal<In, Word<32>>,
    _words: Vec<Word<256>>,
}

impl BankRam {
    /// With `rows` words, at least two.
    #[must_use]
    pub fn new(rows: u32) -> Self {
        assert!((2..=1 << ADDRESS_BITS).contains(&rows), "rows of a bank");
        Self {
            clock: Signal::default(),
            read_address: Signal::default(),
            read_data: Signal::default(),
            write_address: Signal::default(),
            write_data: Signal::default(),
            write_enable: Signal::default(),
            _words: vec![Word::default(); rows as usize],
        }
    }

    /// Bits that name one of the rows.
    fn row_bits(&self) -> u32 {
        self._words.len().next_power_of_two().ilog2()
    }

    fn row(&self, address: Word<ADDRESS_BITS>) -> usize {
        address.index() & ((1 << self.row_bits()) - 1)
    }
}

impl Logic for BankRam {
    fn update(&mut self) {
        if !self.clock.pos_edge() {
            return;
        }
        let (from, to) = (
            self.row(self.read_address.val()),
            self.row(self.write_address.val()),
        );
        let old = self._words.get(from).copied().unwrap_or_default();
        let collides = from == to && self.write_enable.val().any();
        self.read_data.next = if collides { !old } else { old };
        if !self.write_enable.val().any() {
            return;
        }
        let mut limbs = self._words[to].limbs::<4>();
        let new = self.write_data.val().limbs::<4>();
        for byte in 0..32 {
            if self.write_enable.val().get_bit(byte) {
                let mask = 0xff << (byte % 8 * 8);
                limbs[byte / 8] = limbs[byte / 8] & !mask | new[byte / 8] & mask;
            }
        }
        self._words[to] = Word::from_limbs(&limbs);
    }
    fn connect(&mut self) {
        self.read_data.connect();
    }
    fn hdl(&self) -> Verilog {
        let (high, last) = (self.row_bits() - 1, self._words.len() - 1);
        let unused = if (self.row_bits() as usize) < ADDRESS_BITS {
            let (top, low) = (ADDRESS_BITS - 1, self.row_bits());
            format!(
                "wire unused = &{{1'b0, read_address[{top}:{low}], write_address[{top}:{low}]}};\n"
            )
        } else {
            String::new()
        };
        Verilog::Custom(format!(
            "(* no_rw_check, ram_style = \"block\" *) reg [255:0] words [0:{last}];
integer i;
{unused}always @(posedge clock) begin
  read_data <= words[read_address[{high}:0]];
  for (i = 0; i < 32; i = i + 1)
    if (write_enable[i]) words[write_address[{high}:0]][8 * i +: 8] <= write_data[8 * i +: 8];
end"
        ))
    }
}
