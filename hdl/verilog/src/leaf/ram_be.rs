//! A simple dual port RAM of 256-bit words with one write enable per byte.

use rust_hdl::prelude::*;

use crate::word::Word;

/// Bytes in a word of [`RamBe`].
const BYTES: usize = 32;

/// A block RAM of `2^A` words of 256 bits; bit `i` of `write_enable` writes byte `i`, which is
/// bits `[8 * i + 7 : 8 * i]`.
///
/// `read_data` is the word at `read_address` one edge later; on a collision it is the old word.
/// Contents and read data power up at zero.
#[derive(Clone, Debug, LogicBlock)]
pub struct RamBe<const A: usize> {
    /// The clock.
    pub clock: Signal<In, Clock>,
    /// Which bytes to write at this edge.
    pub write_enable: Signal<In, Bits<BYTES>>,
    /// Where to write.
    pub write_address: Signal<In, Bits<A>>,
    /// What to write.
    pub write_data: Signal<In, Word<256>>,
    /// Where to read.
    pub read_address: Signal<In, Bits<A>>,
    /// The word read.
    pub read_data: Signal<Out, Word<256>>,
    _memory: Vec<Word<256>>,
}

impl<const A: usize> Default for RamBe<A> {
    fn default() -> Self {
        Self {
            clock: Signal::default(),
            write_enable: Signal::default(),
            write_address: Signal::default(),
            write_data: Signal::default(),
            read_address: Signal::default(),
            read_data: Signal::default(),
            _memory: vec![Word::ZERO; 1 << A],
        }
    }
}

impl<const A: usize> Logic for RamBe<A> {
    fn update(&mut self) {
        if !self.clock.pos_edge() {
            return;
        }
        self.read_data.next = self._memory[self.read_address.val().index()];
        let enable = self.write_enable.val();
        if enable.any() {
            let mut bytes = self._memory[self.write_address.val().index()].to_le_bytes();
            let data = self.write_data.val().to_le_bytes();
            for i in (0..BYTES).filter(|i| enable.get_bit(*i)) {
                bytes[i] = data[i];
            }
            self._memory[self.write_address.val().index()] = Word::from_le_bytes(&bytes);
        }
    }

    fn connect(&mut self) {
        self.read_data.connect();
    }

    fn hdl(&self) -> Verilog {
        let last = (1_usize << A) - 1;
        Verilog::Custom(format!(
            "reg [255:0] memory [0:{last}];\n\
             integer index;\n\
             initial for (index = 0; index <= {last}; index = index + 1) memory[index] = 256'd0;\n\
             integer lane;\n\
             always @(posedge clock)\n\
             \x20 for (lane = 0; lane < {BYTES}; lane = lane + 1)\n\
             \x20   if (write_enable[lane]) memory[write_address][8 * lane +: 8] <= write_data[8 * lane +: 8];\n\
             initial read_data = 256'd0;\n\
             always @(posedge clock) read_data <= memory[read_address];"
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        let inputs = [
            "write_enable",
            "write_address",
            "write_data",
            "read_address",
        ];
        vec![TimingInfo {
            name: "ram".into(),
            clock: "clock".into(),
            inputs: inputs.iter().map(|name| (*name).into()).collect(),
            outputs: vec!["read_data".into()],
        }]
    }
}
