//! Block RAM whose depth is chosen when the block is made; the address has room for the largest.
//!
//! Latency 1 cycle: the word at `read_address` follows one edge later; a read at the edge of a write to
//! the same address gives the old word in simulation and anything on a device: nothing may depend on it.
//! Powers up at zero, no reset.

use rust_hdl::prelude::*;

/// Memory of the state table.
#[derive(LogicBlock)]
pub struct TableRam<T: Synth, const A: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Whether to write at this edge.
    pub write_enable: Signal<In, Bit>,
    /// Where to write, below the depth.
    pub write_address: Signal<In, Bits<A>>,
    /// What to write.
    pub write_data: Signal<In, T>,
    /// Where to read, below the depth.
    pub read_address: Signal<In, Bits<A>>,
    /// The word read.
    pub read_data: Signal<Out, T>,
    _words: Vec<T>,
    _depth_log2: u32,
}

impl<T: Synth, const A: usize> TableRam<T, A> {
    /// A memory of `2^depth_log2` words; at most `2^A`.
    #[must_use]
    pub fn new(depth_log2: u32) -> Self {
        assert!(depth_log2 as usize <= A, "the address is too narrow");
        Self {
            clock: Signal::default(),
            write_enable: Signal::default(),
            write_address: Signal::default(),
            write_data: Signal::default(),
            read_address: Signal::default(),
            read_data: Signal::default(),
            _words: vec![T::default(); 1 << depth_log2],
            _depth_log2: depth_log2,
        }
    }
}

impl<T: Synth, const A: usize> Default for TableRam<T, A> {
    /// The largest that the address can name.
    fn default() -> Self {
        Self::new(A as u32)
    }
}

impl<T: Synth, const A: usize> Logic for TableRam<T, A> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            let mask = self._words.len() - 1;
            self.read_data.next = self._words[self.read_address.val().index() & mask];
            if self.write_enable.val() {
                let address = self.write_address.val().index() & mask;
                self._words[address] = self.write_data.val();
            }
        }
    }
    fn connect(&mut self) {
        self.read_data.connect();
    }
    fn hdl(&self) -> Verilog {
        let (width, top, last) = (T::BITS, T::BITS - 1, self._words.len() - 1);
        let slice = format!("[{}:0]", self._depth_log2 - 1);
        let unused = match A - self._depth_log2 as usize {
            0 => String::new(),
            _ => {
                let high = format!("[{}:{}]", A - 1, self._depth_log2);
                format!("wire unused = ^{{read_address{high}, write_address{high}}};\n")
            }
        };
        Verilog::Custom(format!(
            "(* no_rw_check *) reg [{top}:0] memory [0:{last}];\n\
             integer index;\n\
             initial for (index = 0; index <= {last}; index = index + 1) memory[index] = {width}'d0;\n\
             initial read_data = {width}'d0;\n\
             {unused}\
             always @(posedge clock) if (write_enable) memory[write_address{slice}] <= write_data;\n\
             always @(posedge clock) read_data <= memory[read_address{slice}];"
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
