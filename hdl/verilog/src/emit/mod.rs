//! Prints the modules of a design: one per distinct body, flip-flops inline.

mod module;
mod names;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::{BigInt, BigUint};
use rust_hdl::prelude::{AtomKind, Verilog};

use crate::collect::{AtomInfo, Instance, wrap};
use crate::leaf::{FLIP_FLOP, FLIP_FLOP_ENABLED};
use crate::{Memory, Module, Options, Port, PortDirection, Stats, VerilogError};
use module::Printed;
use names::{legal, unique};
use text::range;

/// A block that is a flip-flop: [`crate::leaf::Reg`], [`crate::leaf::RegEn`], or rust-hdl's `DFF`.
pub(crate) struct FlipFlop {
    pub initial: BigUint,
    pub enabled: bool,
}

/// Whether a block is a flip-flop, told by its ports and its Verilog.
pub(crate) fn flip_flop(instance: &Instance) -> Option<FlipFlop> {
    let Verilog::Custom(body) = &instance.hdl else {
        return None;
    };
    let words: Vec<&str> = body.split_whitespace().collect();
    let body = words.join(" ");
    let (initial, enabled) = if let Some(rest) = body.strip_prefix("initial q = ") {
        let (initial, rest) = rest.split_once("; ")?;
        match rest {
            FLIP_FLOP => (initial, false),
            FLIP_FLOP_ENABLED => (initial, true),
            _ => return None,
        }
    } else {
        let rest = body.strip_prefix("initial begin q = ")?;
        let end = "; end always @(posedge clock) begin q <= d; end";
        (rest.strip_suffix(end)?, false)
    };
    let mut ports: Vec<&str> = instance
        .atoms
        .iter()
        .map(|atom| atom.name.as_str())
        .collect();
    ports.sort_unstable();
    let expected: &[&str] = match enabled {
        true => &["clock", "d", "enable", "q"],
        false => &["clock", "d", "q"],
    };
    if ports != expected || !instance.children.is_empty() {
        return None;
    }
    let width = instance.atoms.iter().find(|atom| atom.name == "q")?.width;
    let (_, digits) = initial.split_once("'h")?;
    let value = BigInt::parse_bytes(digits.as_bytes(), 16)?;
    let initial = wrap(&value, width);
    Some(FlipFlop { initial, enabled })
}

/// Text of `module ... endmodule` without the name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Text {
    ports: Vec<String>,
    body: String,
}

/// Prints modules, children first.
pub(crate) struct Emitter<'a> {
    options: &'a Options,
    errors: Vec<VerilogError>,
    modules: Vec<Module>,
    extra: BTreeSet<String>,
    /// Name of the module that has this text.
    shared: BTreeMap<Text, String>,
    names: BTreeSet<String>,
    stats: Stats,
}

impl<'a> Emitter<'a> {
    pub fn new(options: &'a Options, root: &Instance, errors: Vec<VerilogError>) -> Self {
        let mut names = BTreeSet::from([legal(&options.top)]);
        reserve_black_boxes(root, &mut names);
        Emitter {
            options,
            errors,
            modules: Vec::new(),
            extra: BTreeSet::new(),
            shared: BTreeMap::new(),
            names,
            stats: Stats::default(),
        }
    }

    pub fn finish(self) -> (Vec<Module>, Vec<String>, Stats, Vec<VerilogError>) {
        (
            self.modules,
            self.extra.into_iter().collect(),
            self.stats,
            self.errors,
        )
    }

    /// Prints the whole design and returns the ports of its top.
    pub fn top(&mut self, root: &Instance) -> Vec<Port> {
        let printed = self.printed(root);
        let name = legal(&self.options.top);
        self.push(&name, &printed);
        let ports = root.atoms.iter().filter(|atom| atom.kind.is_parameter());
        let named = ports.zip(port_names(root));
        named
            .map(|(atom, name)| Port {
                name,
                direction: match atom.kind {
                    AtomKind::InputParameter => PortDirection::Input,
                    _ => PortDirection::Output,
                },
                width: atom.width,
            })
            .collect()
    }

    /// Prints an instance, unless its like is printed, and returns the name of its module.
    fn module(&mut self, instance: &Instance) -> String {
        if let Verilog::Blackbox(black_box) = &instance.hdl {
            self.stats.instances += 1;
            self.extra.insert(black_box.code.clone());
            return black_box.name.clone();
        }
        let printed = self.printed(instance);
        if let Some(known) = self.shared.get(&printed.text) {
            return known.clone();
        }
        let name = printed.name.clone().unwrap_or_else(|| {
            let own = instance.name.split('$').next().unwrap_or_default();
            format!("{}_{own}", self.options.top)
        });
        let name = unique(legal(&name), &mut self.names);
        self.push(&name, &printed);
        self.shared.insert(printed.text, name.clone());
        name
    }

    fn push(&mut self, name: &str, printed: &Printed) {
        let text = &printed.text;
        let ports = match text.ports.is_empty() {
            true => String::new(),
            false => format!(" (\n{}\n)", text.ports.join(",\n")),
        };
        let text = format!("module {name}{ports};\n{}endmodule\n", text.body);
        self.modules.push(Module {
            name: name.to_owned(),
            text,
            memories: printed.memories.clone(),
            instances: printed.instances.clone(),
        });
    }

    fn printed(&mut self, instance: &Instance) -> Printed {
        self.stats.instances += 1;
        match &instance.hdl {
            Verilog::Combinatorial(block) => self.kernel(instance, block),
            Verilog::Custom(code) => self.custom(instance, code, "reg"),
            Verilog::Wrapper(wrapper) => {
                self.extra.insert(wrapper.cores.clone());
                self.custom(instance, &wrapper.code, "wire")
            }
            // A container of other blocks, or a block without an hdl(): then outputs are undriven.
            Verilog::Empty | Verilog::Blackbox(_) => self.kernel(instance, &Vec::new()),
        }
    }

    /// A module whose body is written by hand. Its outputs are `reg`, those of a wrapper `wire`. A
    /// first line `// module NAME` names the module.
    fn custom(&mut self, instance: &Instance, code: &str, output: &str) -> Printed {
        let (mut ports, mut body) = (Vec::new(), String::new());
        let signed = |atom: &AtomInfo| if atom.signed { "signed " } else { "" };
        for atom in &instance.atoms {
            let (sign, range, name) = (signed(atom), range(atom.width), &atom.name);
            match atom.kind {
                AtomKind::InputParameter => ports.push(format!("  input wire {sign}{range}{name}")),
                kind if kind.is_parameter() => {
                    ports.push(format!("  output {output} {sign}{range}{name}"));
                }
                AtomKind::Constant => {
                    let (width, value) = (atom.width, &atom.value);
                    body += &format!("  localparam {sign}{range}{name} = {width}'h{value:x};\n");
                }
                _ => body += &format!("  reg {sign}{range}{name};\n"),
            }
        }
        if !instance.children.is_empty() {
            self.errors.push(VerilogError::Unsupported {
                module: instance.path.clone(),
                place: "hdl()".into(),
                what: "a body written by hand with instances in it",
            });
        }
        let named = code.trim_start().strip_prefix("// module ");
        let (name, code) = match named.and_then(|rest| rest.split_once('\n')) {
            Some((name, rest)) => (Some(name.trim().to_owned()), rest),
            None => (None, code),
        };
        for line in code.trim().lines() {
            body += format!("  {line}").trim_end();
            body += "\n";
        }
        let memories = code.lines().filter_map(memory).collect();
        Printed {
            text: Text { ports, body },
            name,
            memories,
            instances: Vec::new(),
        }
    }
}

/// The memory that a line of a body written by hand declares: `reg [7:0] name [0:15];`.
fn memory(line: &str) -> Option<Memory> {
    let (_, declared) = line.split_once("reg [")?;
    let (top, rest) = declared.split_once(":0] ")?;
    let (name, rest) = rest.split_once(" [0:")?;
    let (last, _) = rest.split_once("];")?;
    Some(Memory {
        name: name.to_owned(),
        width: top.parse::<usize>().ok()? + 1,
        words: last.parse::<usize>().ok()? + 1,
    })
}

/// Legal and distinct names of the ports of a module, in order of its atoms.
fn port_names(instance: &Instance) -> Vec<String> {
    let kernel = matches!(instance.hdl, Verilog::Combinatorial(_) | Verilog::Empty);
    let mut used = BTreeSet::new();
    let ports = instance
        .atoms
        .iter()
        .filter(|atom| atom.kind.is_parameter());
    let name = |atom: &AtomInfo| match kernel {
        true => unique(legal(&atom.name), &mut used),
        false => atom.name.clone(),
    };
    ports.map(name).collect()
}

fn reserve_black_boxes(instance: &Instance, names: &mut BTreeSet<String>) {
    if let Verilog::Blackbox(black_box) = &instance.hdl {
        names.insert(black_box.name.clone());
    }
    for child in &instance.children {
        reserve_black_boxes(child, names);
    }
}
