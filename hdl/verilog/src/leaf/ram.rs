//! Simple dual port memories of `2^A` words: one write port, one read port, one clock.
//!
//! Contents and read data power up at zero. On a collision (read and write of the same address at
//! the same edge) the read returns the *old* word.

use rust_hdl::prelude::*;

/// Declares the memory and clears it, and writes it at the clock edge.
fn memory(width: usize, address_bits: usize, style: &str) -> String {
    let last = (1_usize << address_bits) - 1;
    format!(
        "{style}reg [{top}:0] memory [0:{last}];\n\
         integer index;\n\
         initial for (index = 0; index <= {last}; index = index + 1) memory[index] = {width}'d0;\n\
         always @(posedge clock) if (write_enable) memory[write_address] <= write_data;\n",
        top = width - 1,
    )
}

macro_rules! memory_ports {
    ($(#[$doc:meta])* $name:ident { $($extra:ident),* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, LogicBlock)]
        pub struct $name<T: Synth, const A: usize> {
            /// The clock.
            pub clock: Signal<In, Clock>,
            /// Whether to write at this edge.
            pub write_enable: Signal<In, Bit>,
            /// Where to write.
            pub write_address: Signal<In, Bits<A>>,
            /// What to write.
            pub write_data: Signal<In, T>,
            /// Where to read.
            pub read_address: Signal<In, Bits<A>>,
            /// The word read.
            pub read_data: Signal<Out, T>,
            _memory: Vec<T>,
            $($extra: T,)*
        }

        impl<T: Synth, const A: usize> Default for $name<T, A> {
            fn default() -> Self {
                Self {
                    clock: Signal::default(),
                    write_enable: Signal::default(),
                    write_address: Signal::default(),
                    write_data: Signal::default(),
                    read_address: Signal::default(),
                    read_data: Signal::default(),
                    _memory: vec![T::default(); 1 << A],
                    $($extra: T::default(),)*
                }
            }
        }

        impl<T: Synth, const A: usize> $name<T, A> {
            fn write(&mut self) {
                if self.write_enable.val() {
                    let address = self.write_address.val().index();
                    self._memory[address] = self.write_data.val();
                }
            }

            fn word(&self) -> T {
                self._memory[self.read_address.val().index()]
            }
        }
    };
}

memory_ports! {
    /// A block RAM: `read_data` is the word at `read_address` one edge later.
    Ram {}
}

memory_ports! {
    /// A block RAM with its output register: `read_data` comes two edges after `read_address`.
    RamReg { _first }
}

memory_ports! {
    /// A RAM made of lookup tables: `read_data` follows `read_address` in the same cycle.
    LutRam {}
}

impl<T: Synth, const A: usize> Logic for Ram<T, A> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self.read_data.next = self.word();
            self.write();
        }
    }

    fn connect(&mut self) {
        self.read_data.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(format!(
            "{}initial read_data = {}'d0;\n\
             always @(posedge clock) read_data <= memory[read_address];",
            memory(T::BITS, A, ""),
            T::BITS
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        timing(&[
            "write_enable",
            "write_address",
            "write_data",
            "read_address",
        ])
    }
}

impl<T: Synth, const A: usize> Logic for RamReg<T, A> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self.read_data.next = self._first;
            self._first = self.word();
            self.write();
        }
    }

    fn connect(&mut self) {
        self.read_data.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(format!(
            "{memory}reg [{top}:0] first;\n\
             initial first = {width}'d0;\n\
             initial read_data = {width}'d0;\n\
             always @(posedge clock) first <= memory[read_address];\n\
             always @(posedge clock) read_data <= first;",
            memory = memory(T::BITS, A, ""),
            top = T::BITS - 1,
            width = T::BITS,
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        timing(&[
            "write_enable",
            "write_address",
            "write_data",
            "read_address",
        ])
    }
}

impl<T: Synth, const A: usize> Logic for LutRam<T, A> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self.write();
        }
        self.read_data.next = self.word();
    }

    fn connect(&mut self) {
        self.read_data.connect();
    }

    fn hdl(&self) -> Verilog {
        let style = "(* ram_style = \"distributed\" *) ";
        Verilog::Custom(format!(
            "{}always @* read_data = memory[read_address];",
            memory(T::BITS, A, style)
        ))
    }
}

fn timing(inputs: &[&str]) -> Vec<TimingInfo> {
    vec![TimingInfo {
        name: "ram".into(),
        clock: "clock".into(),
        inputs: inputs.iter().map(|name| (*name).into()).collect(),
        outputs: vec!["read_data".into()],
    }]
}
