//! What callers need again: one word for each frame of each hart, in block RAM.
//!
//! Latency 1 cycle: the word at `read_address` follows one edge later. No read may come at the edge
//! of a write to the same address. Harts with one frame have no callers: then there is no memory, and zero is read.

use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

/// Width of the address port; the frames may need less.
pub const ADDRESS_BITS: usize = 12;
/// Bits of a word.
pub const WIDTH: usize = 243;

/// See the module.
#[derive(LogicBlock)]
pub struct FrameRam {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Whether to write at this edge.
    pub write_enable: Signal<In, Bit>,
    /// Where to write.
    pub write_address: Signal<In, Word<ADDRESS_BITS>>,
    /// What to write.
    pub write_data: Signal<In, Word<WIDTH>>,
    /// Where to read.
    pub read_address: Signal<In, Word<ADDRESS_BITS>>,
    /// The word read.
    pub read_data: Signal<Out, Word<WIDTH>>,
    _words: Vec<Word<WIDTH>>,
}

impl FrameRam {
    /// With 2^`depth_log2` words, or none.
    #[must_use]
    pub fn new(depth_log2: Option<u32>) -> Self {
        let words = depth_log2.map_or(0, |depth_log2| 1 << depth_log2);
        assert!(
            words != 1 && words <= 1 << ADDRESS_BITS,
            "words of the frame RAM"
        );
        Self {
            clock: Signal::default(),
            write_enable: Signal::default(),
            write_address: Signal::default(),
            write_data: Signal::default(),
            read_address: Signal::default(),
            read_data: Signal::default(),
            _words: vec![Word::default(); words],
        }
    }
}

impl Logic for FrameRam {
    fn update(&mut self) {
        if !self.clock.pos_edge() || self._words.is_empty() {
            return;
        }
        let mask = self._words.len() - 1;
        self.read_data.next = self._words[self.read_address.val().index() & mask];
        if self.write_enable.val() {
            let address = self.write_address.val().index() & mask;
            self._words[address] = self.write_data.val();
        }
    }
    fn connect(&mut self) {
        self.read_data.connect();
    }
    fn hdl(&self) -> Verilog {
        if self._words.is_empty() {
            let ports = "clock, write_enable, write_address, write_data, read_address";
            return Verilog::Custom(format!(
                "wire unused = &{{1'b0, {ports}}};\nalways @* read_data = {WIDTH}'d0;"
            ));
        }
        let (last, top) = (self._words.len() - 1, WIDTH - 1);
        let bits = self._words.len().ilog2() as usize;
        let slice = format!("[{}:0]", bits - 1);
        let unused = if bits < ADDRESS_BITS {
            let high = format!("[{}:{bits}]", ADDRESS_BITS - 1);
            format!("wire unused = &{{1'b0, read_address{high}, write_address{high}}};\n")
        } else {
            String::new()
        };
        Verilog::Custom(format!(
            "(* no_rw_check, ram_style = \"block\" *) reg [{top}:0] words [0:{last}];
integer index;
initial for (index = 0; index <= {last}; index = index + 1) words[index] = {WIDTH}'d0;
initial read_data = {WIDTH}'d0;
{unused}always @(posedge clock) if (write_enable) words[write_address{slice}] <= write_data;
always @(posedge clock) read_data <= words[read_address{slice}];"
        ))
    }
}
