//! Leaves that the kernel language cannot say: memories, registers with enable, multiplier tiles.
//!
//! Each has a behavioural `update` for rust-hdl's simulator and its own Verilog.

use rust_hdl::prelude::*;
use std::collections::BTreeMap;

/// Register with enable; powers up as zero, holds while `enable` is low.
#[derive(LogicBlock, Default)]
pub struct RegEn<T: Synth> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Takes `d` at the next edge.
    pub enable: Signal<In, Bit>,
    /// Next value.
    pub d: Signal<In, T>,
    /// Value.
    pub q: Signal<Out, T>,
}
impl<T: Synth> Logic for RegEn<T> {
    fn update(&mut self) {
        if self.clock.pos_edge() && self.enable.val() {
            self.q.next = self.d.val();
        }
    }
    fn connect(&mut self) {
        self.q.connect();
    }
    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "initial q = 0;\nalways @(posedge clock) if (enable) q <= d;".into(),
        )
    }
}

/// Declares a memory with one write and one read port.
macro_rules! memory {
    ($(#[$meta:meta])* $name:ident, $update:expr, $body:literal) => {
        $(#[$meta])*
        #[derive(LogicBlock, Default)]
        pub struct $name<T: Synth, const A: usize> {
            /// Clock.
            pub clock: Signal<In, Clock>,
            /// Writes `write_data` at the next edge.
            pub write_enable: Signal<In, Bit>,
            /// Where to write.
            pub write_address: Signal<In, Bits<A>>,
            /// What to write.
            pub write_data: Signal<In, T>,
            /// Where to read.
            pub read_address: Signal<In, Bits<A>>,
            /// What was read.
            pub read_data: Signal<Out, T>,
            _stage: Box<T>,
            _words: Box<BTreeMap<u64, T>>,
        }
        impl<T: Synth, const A: usize> $name<T, A> {
            fn word(&self) -> T {
                let address = self.read_address.val().to_u64();
                self._words.get(&address).copied().unwrap_or_default()
            }
            fn write(&mut self) {
                if self.write_enable.val() {
                    let address = self.write_address.val().to_u64();
                    self._words.insert(address, self.write_data.val());
                }
            }
        }
        impl<T: Synth, const A: usize> Logic for $name<T, A> {
            fn update(&mut self) {
                let update: fn(&mut Self) = $update;
                update(self);
            }
            fn connect(&mut self) {
                self.read_data.connect();
            }
            fn hdl(&self) -> Verilog {
                Verilog::Custom(
                    $body
                        .replace("WIDTH", &(T::BITS - 1).to_string())
                        .replace("DEPTH", &((1u64 << A) - 1).to_string()),
                )
            }
        }
    };
}

memory!(
    /// Block RAM of 2^A words: the data of an address appear one cycle later. A read of the word
    /// that is being written gives the old one. Powers up as zeros.
    Ram,
    |ram| {
        if ram.clock.pos_edge() {
            ram.read_data.next = ram.word();
            ram.write();
        }
    },
    "reg [WIDTH:0] words [0:DEPTH];
integer i;
initial begin for (i = 0; i <= DEPTH; i = i + 1) words[i] = 0; read_data = 0; end
always @(posedge clock) begin
  read_data <= words[read_address];
  if (write_enable) words[write_address] <= write_data;
end"
);

memory!(
    /// [`Ram`] with an output register: the data of an address appear two cycles later.
    RamReg,
    |ram| {
        if ram.clock.pos_edge() {
            ram.read_data.next = *ram._stage;
            *ram._stage = ram.word();
            ram.write();
        }
    },
    "reg [WIDTH:0] words [0:DEPTH];
reg [WIDTH:0] stage;
integer i;
initial begin for (i = 0; i <= DEPTH; i = i + 1) words[i] = 0; stage = 0; read_data = 0; end
always @(posedge clock) begin
  read_data <= stage;
  stage <= words[read_address];
  if (write_enable) words[write_address] <= write_data;
end"
);

memory!(
    /// LUT RAM: the read port has no clock.
    LutRam,
    |ram| {
        if ram.clock.pos_edge() {
            ram.write();
        }
        ram.read_data.next = ram.word();
    },
    "reg [WIDTH:0] words [0:DEPTH];
integer i;
initial for (i = 0; i <= DEPTH; i = i + 1) words[i] = 0;
always @(posedge clock) if (write_enable) words[write_address] <= write_data;
always @* read_data = words[read_address];"
);
