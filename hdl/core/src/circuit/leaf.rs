//! Registers and memories of a circuit: rust-hdl blocks whose widths are run-time values.

use super::Net;
use rust_hdl::prelude::{
    Atom, AtomKind, Block, Logic, PinConstraint, Probe, TypeDescriptor, TypeKind, VCDValue,
    Verilog, VerilogLiteral,
};

/// One write port and one read port of a memory.
pub struct RamPort {
    /// Writes at the end of this cycle.
    pub write_enable: Net,
    /// Where to write.
    pub write_address: Net,
    /// What to write.
    pub write_data: Net,
    /// Where to read.
    pub read_address: Net,
    /// Cycles from address to data: 0 (LUT RAM), 1, or 2 (block RAM with output register). With 0 a
    /// read in the cycle of a write to the same address sees the old word. With 1 or 2 it gives
    /// anything: block RAM would need a bypass to promise more. A simulation gives the inverse of the
    /// old word, so that every test sees whether something depends on it.
    pub latency: u32,
}

/// A signal whose width is a run-time value.
pub(super) struct Wire {
    pub(super) width: usize,
    pub(super) kind: AtomKind,
    pub(super) is_clock: bool,
}

impl Atom for Wire {
    fn bits(&self) -> usize {
        self.width
    }
    fn connected(&self) -> bool {
        true
    }
    fn changed(&self) -> bool {
        false
    }
    fn kind(&self) -> AtomKind {
        self.kind
    }
    fn descriptor(&self) -> TypeDescriptor {
        TypeDescriptor {
            name: format!("Bits::<{}>", self.width),
            kind: TypeKind::Bits(self.width),
        }
    }
    fn vcd(&self) -> VCDValue {
        VCDValue::Vector(Vec::new())
    }
    fn id(&self) -> usize {
        std::ptr::from_ref(self) as usize
    }
    fn verilog(&self) -> VerilogLiteral {
        if self.is_clock {
            false.into()
        } else {
            0u32.into()
        }
    }
    fn constraints(&self) -> Vec<PinConstraint> {
        Vec::new()
    }
}

/// A register or a memory.
pub(super) struct Leaf {
    ports: Vec<(&'static str, Wire)>,
    code: String,
}

fn input(name: &'static str, width: usize) -> (&'static str, Wire) {
    let kind = AtomKind::InputParameter;
    let is_clock = name == "clock";
    (
        name,
        Wire {
            width,
            kind,
            is_clock,
        },
    )
}

fn output(name: &'static str, width: usize) -> (&'static str, Wire) {
    let kind = AtomKind::OutputParameter;
    (
        name,
        Wire {
            width,
            kind,
            is_clock: false,
        },
    )
}

impl Leaf {
    /// The text is that of rust-hdl's `DFF`, which the printer knows and prints in place.
    pub(super) fn register(width: usize) -> Self {
        Self {
            ports: vec![input("d", width), output("q", width), input("clock", 1)],
            code: format!(
                "initial begin\n   q = {width}'h0;\nend\n\n\
                 always @(posedge clock) begin\n   q <= d;\nend\n      "
            ),
        }
    }

    pub(super) fn ram(width: usize, address: usize, latency: u32) -> Self {
        let high = width - 1;
        let last = (1u64 << address) - 1;
        let first = match latency {
            1 => "read_data",
            _ => "array_data",
        };
        let read = match latency {
            0 => String::new(),
            _ => format!(
                "`ifdef VERILATOR\n  \
                 {first} <= mem[read_address] ^ \
                 {{{width}{{write_enable && write_address == read_address}}}};\n\
                 `else\n  \
                 {first} <= mem[read_address];\n\
                 `endif\n"
            ),
        };
        let (before, after) = match latency {
            0 => ("always @* read_data = mem[read_address];\n".into(), ""),
            1 => (String::new(), ""),
            _ => (
                format!("reg [{high}:0] array_data;\n"),
                "  read_data <= array_data;\n",
            ),
        };
        let style = match latency {
            0 => "",
            _ => "(* no_rw_check *) ",
        };
        let code = format!(
            "{style}reg [{high}:0] mem [0:{last}];\n{before}always @(posedge clock) begin\n  \
             if (write_enable) mem[write_address] <= write_data;\n{read}{after}end\n"
        );
        Self {
            ports: vec![
                input("clock", 1),
                input("write_enable", 1),
                input("write_address", address),
                input("write_data", width),
                input("read_address", address),
                output("read_data", width),
            ],
            code,
        }
    }
}

impl Logic for Leaf {
    fn update(&mut self) {}
    fn hdl(&self) -> Verilog {
        Verilog::Custom(self.code.clone())
    }
}

impl Block for Leaf {
    fn connect_all(&mut self) {}
    fn update_all(&mut self) {}
    fn has_changed(&self) -> bool {
        false
    }
    fn accept(&self, name: &str, probe: &mut dyn Probe) {
        probe.visit_start_scope(name, self);
        for (port, wire) in &self.ports {
            probe.visit_atom(port, wire);
        }
        probe.visit_end_scope(name, self);
    }
}
