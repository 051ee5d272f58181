//! Several blocks in one test bench.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use num_bigint::BigUint;
use rust_hdl::prelude::*;

use super::{Stimulus, Verilator};
use crate::collect::{literal, wrap};
use crate::{Design, Options, Port, PortDirection, generate};

/// Seed of the stimuli of every block.
const SEED: u64 = 0x1234_5678_9abc_def1;

/// Delta cycles in which a block must come to rest.
const DELTAS: usize = 200;

/// Blocks whose runs in rust-hdl's simulator are recorded, for one run of Verilator.
pub struct Batch {
    name: String,
    cases: Vec<Case>,
}

struct Case {
    design: Design,
    clocked: bool,
    /// Per cycle, the inputs in hexadecimal, the first port in the highest bits.
    inputs: Vec<String>,
    /// Per cycle, the outputs in hexadecimal.
    outputs: Vec<Vec<String>>,
}

impl Batch {
    /// A batch of this name, which must be that of one test only.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let (name, cases) = (name.to_owned(), Vec::new());
        Self { name, cases }
    }

    /// Prints `block` as module `name`, and runs it in rust-hdl's simulator. See [`super::cosim`].
    ///
    /// # Panics
    /// When the block has no Verilog, or does not come to rest.
    pub fn add<U: Block>(
        &mut self,
        name: &str,
        block: U,
        cycles: usize,
        poke: impl FnMut(&mut U, &mut Stimulus),
        clock: Option<fn(&mut U, bool)>,
    ) {
        self.add_with(&Options::new(name), block, cycles, poke, clock);
    }

    /// [`Batch::add`] with options.
    ///
    /// # Panics
    /// As [`Batch::add`].
    pub fn add_with<U: Block>(
        &mut self,
        options: &Options,
        mut block: U,
        cycles: usize,
        mut poke: impl FnMut(&mut U, &mut Stimulus),
        clock: Option<fn(&mut U, bool)>,
    ) {
        block.connect_all();
        let design = generate(&block, options);
        let design = design.unwrap_or_else(|error| panic!("{}: {error}", options.top));
        let mut stimulus = Stimulus::new(SEED);
        let (inputs, outputs, clocked) = (Vec::new(), Vec::new(), clock.is_some());
        let mut case = Case {
            design,
            clocked,
            inputs,
            outputs,
        };
        for _ in 0..cycles {
            poke(&mut block, &mut stimulus);
            case.step(&mut block, clock);
        }
        self.cases.push(case);
    }

    /// Cycles recorded, over all blocks.
    #[must_use]
    pub fn vectors(&self) -> usize {
        self.cases.iter().map(|case| case.inputs.len()).sum()
    }

    /// The designs of the batch, in order.
    pub fn designs(&self) -> impl Iterator<Item = &Design> {
        self.cases.iter().map(|case| &case.design)
    }

    /// Runs Verilator on all and compares. Returns false, loudly, when it is not installed.
    ///
    /// # Panics
    /// On any difference, and when a tool fails or takes too long.
    #[must_use = "false means that nothing was compared"]
    pub fn run(&self) -> bool {
        let Some(verilator) = Verilator::find() else {
            eprintln!(
                "skipped: no verilator ({}; `cargo xtask tools` installs it)",
                self.name
            );
            return false;
        };
        let mut files = vec![("design.v".to_owned(), self.designs_text())];
        files.push(("bench.v".to_owned(), self.bench_text()));
        for case in &self.cases {
            let text = case.inputs.join("\n") + "\n";
            files.push((format!("{}.hex", case.design.top), text));
        }
        // Three phases: set inputs, raise the clock, print outputs.
        let cycles = self
            .cases
            .iter()
            .map(|case| case.inputs.len())
            .max()
            .unwrap_or(0);
        let printed = verilator.bench(&self.name, &files, 3 * cycles);
        let mut got: BTreeMap<&str, Vec<Vec<&str>>> = BTreeMap::new();
        for line in printed.lines().filter_map(|line| line.strip_prefix("= ")) {
            let mut words = line.split(' ');
            let name = words.next().unwrap_or_default();
            got.entry(name).or_default().push(words.collect());
        }
        for case in &self.cases {
            let none = Vec::new();
            case.compare(got.get(case.design.top.as_str()).unwrap_or(&none));
        }
        true
    }

    /// All modules; those of the same name must have the same text.
    fn designs_text(&self) -> String {
        let mut known: BTreeMap<&str, &str> = BTreeMap::new();
        let mut text = String::new();
        for design in self.designs() {
            for module in &design.modules {
                match known.insert(&module.name, &module.text) {
                    None => text += &module.text,
                    Some(other) => assert!(other == module.text, "two modules {}", module.name),
                }
            }
            for extra in &design.extra {
                if known.insert(extra, extra).is_none() {
                    text += extra;
                    text.push('\n');
                }
            }
        }
        text
    }

    fn bench_text(&self) -> String {
        let mut text: String = self.cases.iter().map(Case::bench).collect();
        text += "module bench (input tick);\n";
        for case in &self.cases {
            let _ = writeln!(text, "bench_{0} run_{0}(tick);", case.design.top);
        }
        text + "endmodule\n"
    }
}

impl Case {
    fn ports(&self, direction: PortDirection) -> impl Iterator<Item = &Port> + Clone {
        self.design
            .ports
            .iter()
            .filter(move |port| port.direction == direction)
    }

    /// One cycle: settle with the clock low, settle after the rising edge, note the outputs.
    fn step<U: Block>(&mut self, block: &mut U, clock: Option<fn(&mut U, bool)>) {
        let (name, cycle) = (&self.design.top, self.inputs.len());
        let settle = |block: &mut U| {
            assert!(
                simulate(block, DELTAS),
                "{name}: no fixed point in cycle {cycle}"
            );
        };
        if let Some(set) = clock {
            set(block, false);
        }
        settle(block);
        let values = port_values(block);
        let all = || self.design.ports.iter().zip(&values);
        let inputs = all().filter(|(port, _)| port.direction == PortDirection::Input);
        let joined = inputs.fold(BigUint::ZERO, |sum, (port, value)| {
            (sum << port.width) | value
        });
        let inputs = format!("{joined:x}");
        if let Some(set) = clock {
            set(block, true);
            settle(block);
        }
        let values = port_values(block);
        let all = self.design.ports.iter().zip(&values);
        let outputs = all.filter(|(port, _)| port.direction == PortDirection::Output);
        let digits = outputs.map(|(port, value)| {
            let width = port.width.div_ceil(4);
            format!("{value:0width$x}")
        });
        let outputs = digits.collect();
        self.inputs.push(inputs);
        self.outputs.push(outputs);
    }

    /// A module that plays the inputs and prints the outputs.
    fn bench(&self) -> String {
        let (name, cycles) = (&self.design.top, self.inputs.len());
        let mut text = format!("module bench_{name} (input tick);\n");
        for port in &self.design.ports {
            let kind = match port.direction {
                PortDirection::Input => "reg",
                PortDirection::Output => "wire",
            };
            let _ = writeln!(text, "{kind} [{}:0] {};", port.width - 1, port.name);
        }
        let all: Vec<String> = self
            .design
            .ports
            .iter()
            .map(|port| format!(".{0}({0})", port.name))
            .collect();
        let inputs: Vec<&str> = self
            .ports(PortDirection::Input)
            .map(|port| port.name.as_str())
            .collect();
        let width: usize = self
            .ports(PortDirection::Input)
            .map(|port| port.width)
            .sum();
        let outputs = self.ports(PortDirection::Output);
        let format = " %h".repeat(outputs.clone().count());
        let outputs: String = outputs.map(|port| format!(", {}", port.name)).collect();
        let _ = writeln!(text, "{name} dut ({});", all.join(", "));
        let _ = writeln!(
            text,
            "reg [{}:0] bench_played [0:{}];\ninteger bench_at;",
            width - 1,
            cycles - 1
        );
        let _ = writeln!(text, "reg [1:0] bench_phase = 0;\ninitial bench_at = 0;");
        let _ = writeln!(text, "initial $readmemh(\"{name}.hex\", bench_played);");
        let _ = writeln!(text, "always @(posedge tick) if (bench_at < {cycles})");
        let inputs = inputs.join(", ");
        let _ = writeln!(text, "case (bench_phase)\n0: begin");
        let _ = writeln!(
            text,
            "{{{inputs}}} = bench_played[bench_at]; bench_phase = 1; end"
        );
        let clock = if self.clocked { "clock = 1; " } else { "" };
        let _ = writeln!(text, "1: begin {clock}bench_phase = 2; end\ndefault: begin");
        let _ = writeln!(text, "$display(\"= {name}{format}\"{outputs});");
        text += "bench_at = bench_at + 1; bench_phase = 0; end\nendcase\nendmodule\n";
        text
    }

    fn compare(&self, got: &[Vec<&str>]) {
        let name = &self.design.top;
        for (cycle, (want, have)) in self.outputs.iter().zip(got).enumerate() {
            let outputs = self.ports(PortDirection::Output);
            for ((port, want), have) in outputs.zip(want).zip(have) {
                assert!(
                    want == have,
                    "{name}: cycle {cycle}: {} is {have} in Verilator, {want} in rust-hdl",
                    port.name
                );
            }
        }
        assert_eq!(
            self.outputs.len(),
            got.len(),
            "{name}: cycles that Verilator ran"
        );
    }
}

/// Values of the ports of the outermost block, in order of declaration.
fn port_values(block: &impl Block) -> Vec<BigUint> {
    let mut probe = PortProbe::default();
    block.accept("top", &mut probe);
    probe.values
}

#[derive(Default)]
struct PortProbe {
    depth: usize,
    values: Vec<BigUint>,
}

impl Probe for PortProbe {
    fn visit_start_scope(&mut self, _: &str, _: &dyn Block) {
        self.depth += 1;
    }

    fn visit_end_scope(&mut self, _: &str, _: &dyn Block) {
        self.depth -= 1;
    }

    fn visit_atom(&mut self, _: &str, atom: &dyn Atom) {
        if self.depth == 1 && atom.kind().is_parameter() {
            self.values
                .push(wrap(&literal(&atom.verilog()).0, atom.bits()));
        }
    }
}
