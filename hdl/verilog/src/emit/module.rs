//! Prints one module that comes from a kernel.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigUint;
use rust_hdl::prelude::ast::VerilogBlock;

use super::names::{legal, unique};
use super::text::{Printer, constant, range};
use super::{Emitter, Text, flip_flop, port_names};
use crate::collect::Instance;

use crate::flow::{Group, groups};
use crate::ir::{Expr, Kind, SignalId, Stmt, exprs, read_by, written_by};
use crate::lower::{Lower, Register, Role, SignalInfo};
use crate::{Instance as Placed, Memory, VerilogError};

/// A module without its place in the design.
pub(super) struct Printed {
    pub text: Text,
    /// The name that the block gives itself.
    pub name: Option<String>,
    pub memories: Vec<Memory>,
    pub instances: Vec<Placed>,
}

/// A module ready to print.
struct Netlist {
    signals: Vec<SignalInfo>,
    registers: Vec<Register>,
    groups: Vec<Group>,
    /// Values printed where the signal is used: inputs of instances and of flip-flops.
    inline: BTreeMap<SignalId, Expr>,
    read: BTreeSet<SignalId>,
    written: BTreeSet<SignalId>,
    /// Signals assigned in an `always @*`.
    procedural: BTreeSet<SignalId>,
    names: Vec<String>,
    used: BTreeSet<String>,
}

impl Emitter<'_> {
    pub(super) fn kernel(&mut self, instance: &Instance, block: &VerilogBlock) -> Printed {
        let mut lower = Lower::new(instance, &self.options.consts);
        let mut statements = Vec::new();
        lower.block(block, &mut statements);
        // After an error in a statement, what it would assign is missing: no errors that follow from it.
        let mut found = std::mem::take(&mut lower.errors);
        let broken = !found.is_empty();
        self.errors.append(&mut found);
        let name = lower
            .comments
            .iter()
            .find_map(|comment| module_name(comment));
        let groups = groups(statements, &lower.signals, &lower.module, &mut found);
        let mut netlist = Netlist::new(&mut lower, groups);
        found.extend(netlist.undriven(&instance.path));
        if !broken {
            self.errors.append(&mut found);
        }
        let instances = self.instances(instance, &lower, &mut netlist);
        self.count(&netlist);
        let text = netlist.text(&instances);
        let placed = instances.into_iter().map(|child| Placed {
            name: child.name,
            module: child.module,
        });
        Printed {
            text,
            name,
            memories: Vec::new(),
            instances: placed.collect(),
        }
    }

    fn count(&mut self, netlist: &Netlist) {
        self.stats.registers += netlist.registers.len();
        let width = |register: &Register| netlist.signals[register.q].width;
        self.stats.register_bits += netlist.registers.iter().map(width).sum::<usize>();
    }

    /// Module and instance names, and the signal of each port, of the children that are no flip-flops.
    fn instances(
        &mut self,
        instance: &Instance,
        lower: &Lower<'_>,
        netlist: &mut Netlist,
    ) -> Vec<Child> {
        let children = instance
            .children
            .iter()
            .filter(|child| flip_flop(child).is_none());
        let mut out = Vec::new();
        for child in children {
            let module = self.module(child);
            let ports = child.atoms.iter().filter(|atom| atom.kind.is_parameter());
            let signal = |name: &str| lower.find(&format!("{}${name}", child.name));
            let ports: Vec<(String, SignalId)> = ports
                .zip(port_names(child))
                .filter_map(|(atom, port)| Some((port, signal(&atom.name)?)))
                .collect();
            let name = unique(format!("u_{}", legal(&child.name)), &mut netlist.used);
            out.push(Child {
                module,
                name,
                ports,
            });
        }
        out
    }
}

struct Child {
    module: String,
    name: String,
    ports: Vec<(String, SignalId)>,
}

/// The name in `comment!("module NAME")`, which reaches the tree with some punctuation around it.
fn module_name(comment: &str) -> Option<String> {
    let (before, after) = comment.split_once("module ")?;
    if !before.is_empty() && !before.ends_with('"') {
        return None;
    }
    let is_part = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let name: String = after.chars().take_while(is_part).collect();
    (!name.is_empty()).then_some(name)
}

impl Netlist {
    fn new(lower: &mut Lower<'_>, mut groups: Vec<Group>) -> Self {
        let signals = std::mem::take(&mut lower.signals);
        let registers = std::mem::take(&mut lower.registers);
        let read: BTreeSet<SignalId> = groups.iter().flat_map(|group| read_by(group)).collect();
        let written = groups.iter().flat_map(|group| written_by(group)).collect();
        let inline = take_inline(&mut groups, &signals, &read);
        let procedural = groups.iter().filter(|group| assignment(group).is_none());
        let procedural = procedural.flat_map(|group| written_by(group)).collect();
        let mut used = BTreeSet::new();
        let names = signal_names(&signals, &mut used);
        Netlist {
            signals,
            registers,
            groups,
            inline,
            read,
            written,
            procedural,
            names,
            used,
        }
    }

    fn undriven(&self, module: &str) -> Vec<VerilogError> {
        let mut errors = Vec::new();
        for (id, info) in self.signals.iter().enumerate() {
            let needed = match info.role {
                Role::Out | Role::SubIn | Role::RegIn | Role::RegClock => true,
                Role::Local => self.read.contains(&id),
                _ => false,
            };
            if needed && !self.written.contains(&id) {
                let (module, signal) = (module.to_owned(), info.raw.clone());
                errors.push(VerilogError::Undriven { module, signal });
            }
        }
        errors
    }

    fn text(&self, children: &[Child]) -> Text {
        let parameters = RefCell::new(Parameters {
            names: BTreeMap::new(),
            used: self.used.clone(),
        });
        let parameter = |name: &str, value: &BigUint, width: usize| {
            parameters.borrow_mut().name(name, value, width)
        };
        let printer = Printer {
            signals: &self.signals,
            names: &self.names,
            parameter: &parameter,
        };
        let mut logic = String::new();
        for child in children {
            logic += &self.instance(child, &printer);
        }
        for group in &self.groups {
            match assignment(group) {
                Some((id, value)) => {
                    logic += &format!("  assign {} = {};\n", self.names[id], printer.expr(value));
                }
                None => {
                    logic += "  always @* begin\n";
                    printer.block(group, 2, &mut logic);
                    logic += "  end\n";
                }
            }
        }
        logic += &self.flip_flops(&printer);
        let body = parameters.borrow().declarations() + &self.declarations() + &logic;
        let ports = self.ports();
        Text { ports, body }
    }

    fn ports(&self) -> Vec<String> {
        let mut out = Vec::new();
        for (id, info) in self.signals.iter().enumerate() {
            let (range, name) = (range(info.width), &self.names[id]);
            match info.role {
                Role::In => out.push(format!("  input wire {range}{name}")),
                Role::Out => out.push(format!("  output {} {range}{name}", self.net(id))),
                _ => {}
            }
        }
        out
    }

    fn net(&self, id: SignalId) -> &'static str {
        match self.procedural.contains(&id) {
            true => "reg",
            false => "wire",
        }
    }

    fn declarations(&self) -> String {
        let mut out = String::new();
        for (id, info) in self.signals.iter().enumerate() {
            let (range, name) = (range(info.width), &self.names[id]);
            let unused = !self.written.contains(&id) && !self.read.contains(&id);
            match info.role {
                Role::In | Role::Out => {}
                Role::RegQ => {
                    let register = self.registers.iter().find(|register| register.q == id);
                    let initial = register.map(|r| constant(&r.initial, info.width));
                    out += &format!("  reg {range}{name} = {};\n", initial.unwrap_or_default());
                }
                _ if self.inline.contains_key(&id) || unused => {}
                _ => out += &format!("  {} {range}{name};\n", self.net(id)),
            }
        }
        out
    }

    /// What is connected to an input: its value, or the signal that holds it.
    fn driver(&self, id: SignalId, printer: &Printer<'_>) -> String {
        match self.inline.get(&id) {
            Some(value) => printer.expr(value),
            None => self.names[id].clone(),
        }
    }

    fn instance(&self, child: &Child, printer: &Printer<'_>) -> String {
        let connection = |(port, id): &(String, SignalId)| match self.signals[*id].role {
            Role::SubOut if !self.read.contains(id) => format!("    .{port}()"),
            _ => format!("    .{port}({})", self.driver(*id, printer)),
        };
        let connections: Vec<String> = child.ports.iter().map(connection).collect();
        let Child { module, name, .. } = child;
        match connections.is_empty() {
            true => format!("  {module} {name} ();\n"),
            false => format!("  {module} {name} (\n{}\n  );\n", connections.join(",\n")),
        }
    }

    /// One `always` per clock.
    fn flip_flops(&self, printer: &Printer<'_>) -> String {
        let mut clocks: Vec<(String, Vec<&Register>)> = Vec::new();
        for register in &self.registers {
            let clock = self.driver(register.clock, printer);
            match clocks.iter_mut().find(|(known, _)| *known == clock) {
                Some((_, list)) => list.push(register),
                None => clocks.push((clock, vec![register])),
            }
        }
        let mut out = String::new();
        for (clock, registers) in clocks {
            out += &format!("  always @(posedge {clock}) begin\n");
            for Register { q, d, enable, .. } in registers {
                let (q, d) = (&self.names[*q], self.driver(*d, printer));
                let when = enable.map(|id| format!("if ({}) ", self.driver(id, printer)));
                out += &format!("    {}{q} <= {d};\n", when.unwrap_or_default());
            }
            out += "  end\n";
        }
        out
    }
}

/// A group that is one assignment to a whole signal.
fn assignment(group: &Group) -> Option<(SignalId, &Expr)> {
    match group.as_slice() {
        [
            Stmt::Assign {
                target,
                full: true,
                value,
                ..
            },
        ] => Some((*target, value)),
        _ => None,
    }
}

/// Takes out the assignments that can be printed where their target is used.
fn take_inline(
    groups: &mut Vec<Group>,
    signals: &[SignalInfo],
    read: &BTreeSet<SignalId>,
) -> BTreeMap<SignalId, Expr> {
    let mut inline = BTreeMap::new();
    groups.retain(|group| {
        let Some((id, value)) = assignment(group) else {
            return true;
        };
        let is_signal = matches!(value.kind, Kind::Signal(_));
        let is_simple = is_signal
            || matches!(
                value.kind,
                Kind::Range(..) | Kind::Const(_) | Kind::Named(..)
            );
        let fits = match signals[id].role {
            Role::RegIn => true,
            Role::SubIn => is_simple,
            Role::RegClock => is_signal,
            _ => false,
        };
        let take = fits && !read.contains(&id);
        if take {
            inline.insert(id, value.clone());
        }
        !take
    });
    // What an inlined value reads is read still; `read` was computed before.
    debug_assert!(groups.iter().all(|group| {
        let mut ok = true;
        exprs(group, &mut |e| {
            e.reads(&mut |id| ok &= !inline.contains_key(&id))
        });
        ok
    }));
    inline
}

/// Ports keep their names; then registers and locals; what is left is numbered on a clash.
fn signal_names(signals: &[SignalInfo], used: &mut BTreeSet<String>) -> Vec<String> {
    let mut names = vec![String::new(); signals.len()];
    for pass in 0..3 {
        for (name, info) in names.iter_mut().zip(signals) {
            let (own, raw) = match info.role {
                Role::In | Role::Out => (0, info.raw.as_str()),
                Role::RegQ => (1, info.raw.strip_suffix("$q").unwrap_or(&info.raw)),
                Role::Local => (1, info.raw.as_str()),
                _ => (2, info.raw.as_str()),
            };
            if own == pass {
                *name = unique(legal(raw), used);
            }
        }
    }
    names
}

/// The `localparam`s of a module, by the name, value and width that the kernel gives them.
struct Parameters {
    names: BTreeMap<(String, BigUint, usize), String>,
    used: BTreeSet<String>,
}

impl Parameters {
    fn name(&mut self, name: &str, value: &BigUint, width: usize) -> String {
        let key = (name.to_owned(), value.clone(), width);
        let used = &mut self.used;
        self.names
            .entry(key)
            .or_insert_with(|| unique(legal(name), used))
            .clone()
    }

    fn declarations(&self) -> String {
        let mut out = String::new();
        for ((_, value, width), name) in &self.names {
            let (range, value) = (range(*width), constant(value, *width));
            out += &format!("  localparam {range}{name} = {value};\n");
        }
        out
    }
}
