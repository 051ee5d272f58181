//! rust-hdl's tree of one module becomes width-exact statements: loops are unrolled, indices folded,
//! names resolved, literals given the width of their context.

mod binary;
mod expr;
mod index;
mod name;
mod stmt;
mod text;

use std::collections::BTreeMap;

use num_bigint::{BigInt, BigUint};
use rust_hdl::prelude::AtomKind;

use crate::VerilogError;
use crate::collect::{EnumLabel, Instance};
use crate::emit::flip_flop;
use crate::ir::{Expr, Kind, SignalId, Stmt};

type Result<T> = std::result::Result<T, VerilogError>;

/// What a signal is to its module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    In,
    Out,
    Local,
    /// Input of an instance.
    SubIn,
    /// Output of an instance.
    SubOut,
    /// Output of a flip-flop that is printed inline.
    RegQ,
    /// Data or enable input of such a flip-flop.
    RegIn,
    RegClock,
    Temporary,
}

impl Role {
    /// Whether `.val()` gives the settled value and not the one assigned last.
    pub fn reads_settled(self) -> bool {
        matches!(self, Self::SubIn | Self::RegIn | Self::RegClock)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct SignalInfo {
    /// Name in the tree, `$` between the parts.
    pub raw: String,
    pub width: usize,
    pub signed: bool,
    pub role: Role,
}

/// A flip-flop printed inline.
#[derive(Clone, Debug)]
pub(crate) struct Register {
    pub q: SignalId,
    pub d: SignalId,
    pub clock: SignalId,
    pub enable: Option<SignalId>,
    pub initial: BigUint,
}

/// A `Constant<>` of the block.
struct Constant {
    value: BigUint,
    width: usize,
    signed: bool,
}

/// An expression whose width may still depend on its context.
#[derive(Clone, Debug)]
enum Value {
    /// Takes any width that holds it.
    Literal(BigInt),
    Sized {
        expr: Expr,
        signed: bool,
        /// `signed_bit_cast`, which loses its width in the tree: sign-extends to the context.
        loose: bool,
    },
}

impl Value {
    fn sized(expr: Expr) -> Self {
        let (signed, loose) = (false, false);
        Self::Sized {
            expr,
            signed,
            loose,
        }
    }

    fn signed(&self) -> bool {
        matches!(self, Self::Sized { signed: true, .. })
    }
}

/// A module on its way from the tree to statements.
pub(crate) struct Lower<'a> {
    pub module: String,
    pub signals: Vec<SignalInfo>,
    pub registers: Vec<Register>,
    pub errors: Vec<VerilogError>,
    /// Comments of the kernel.
    pub comments: Vec<String>,
    by_name: BTreeMap<String, SignalId>,
    constants: BTreeMap<String, Constant>,
    enums: BTreeMap<String, EnumLabel>,
    options: &'a BTreeMap<String, u64>,
    loops: Vec<(String, i64)>,
    place: String,
    temporaries: usize,
}

impl<'a> Lower<'a> {
    /// The signals of an instance; nothing is lowered yet.
    pub fn new(instance: &Instance, options: &'a BTreeMap<String, u64>) -> Self {
        let mut lower = Lower {
            module: instance.path.clone(),
            signals: Vec::new(),
            registers: Vec::new(),
            errors: Vec::new(),
            comments: Vec::new(),
            by_name: BTreeMap::new(),
            constants: BTreeMap::new(),
            enums: BTreeMap::new(),
            options,
            loops: Vec::new(),
            place: String::new(),
            temporaries: 0,
        };
        lower.own_atoms(instance);
        for child in &instance.children {
            lower.child_atoms(child);
        }
        lower
    }

    fn own_atoms(&mut self, instance: &Instance) {
        for atom in &instance.atoms {
            self.add_enums(&atom.enums);
            let role = match atom.kind {
                AtomKind::InputParameter => Role::In,
                AtomKind::OutputParameter | AtomKind::OutputPassthrough => Role::Out,
                AtomKind::Constant => {
                    let (value, width, signed) = (atom.value.clone(), atom.width, atom.signed);
                    let constant = Constant {
                        value,
                        width,
                        signed,
                    };
                    self.constants.insert(atom.name.clone(), constant);
                    continue;
                }
                _ => Role::Local,
            };
            self.add(atom.name.clone(), atom.width, atom.signed, role);
        }
    }

    fn child_atoms(&mut self, child: &Instance) {
        let flip_flop = flip_flop(child);
        let mut ids = BTreeMap::new();
        for atom in child.atoms.iter().filter(|atom| atom.kind.is_parameter()) {
            self.add_enums(&atom.enums);
            let input = atom.kind == AtomKind::InputParameter;
            let role = match (flip_flop.is_some(), input) {
                (false, true) => Role::SubIn,
                (false, false) => Role::SubOut,
                (true, true) if atom.name == "clock" => Role::RegClock,
                (true, true) => Role::RegIn,
                (true, false) => Role::RegQ,
            };
            let name = format!("{}${}", child.name, atom.name);
            ids.insert(
                atom.name.as_str(),
                self.add(name, atom.width, atom.signed, role),
            );
        }
        if let Some(flip_flop) = flip_flop {
            self.registers.push(Register {
                q: ids["q"],
                d: ids["d"],
                clock: ids["clock"],
                enable: flip_flop.enabled.then(|| ids["enable"]),
                initial: flip_flop.initial,
            });
        }
    }

    fn add_enums(&mut self, labels: &[EnumLabel]) {
        for label in labels {
            match self.enums.get(&label.label) {
                Some(known) if known != label => self.errors.push(VerilogError::EnumClash {
                    module: self.module.clone(),
                    label: label.label.clone(),
                }),
                Some(_) => {}
                None => {
                    self.enums.insert(label.label.clone(), label.clone());
                }
            }
        }
    }

    fn add(&mut self, raw: String, width: usize, signed: bool, role: Role) -> SignalId {
        let id = self.signals.len();
        if self.by_name.insert(raw.clone(), id).is_some() {
            self.errors.push(VerilogError::BadSignal {
                module: self.module.clone(),
                signal: raw.clone(),
                reason: "another signal has the same name",
            });
        }
        self.signals.push(SignalInfo {
            raw,
            width,
            signed,
            role,
        });
        id
    }

    /// The signal of this name in the tree.
    pub fn find(&self, raw: &str) -> Option<SignalId> {
        self.by_name.get(raw).copied()
    }

    /// Number of variants of the enum that a label belongs to.
    fn variants(&self, label: &str) -> usize {
        let (prefix, _) = label.rsplit_once("::").unwrap_or((label, ""));
        let same = |other: &&String| other.rsplit_once("::").is_some_and(|(p, _)| p == prefix);
        self.enums.keys().filter(same).count()
    }

    /// A signal that holds `expr`, new unless it is one already.
    fn temporary(&mut self, expr: Expr, before: &mut Vec<Stmt>) -> SignalId {
        if let Kind::Signal(id) = expr.kind {
            return id;
        }
        self.temporaries += 1;
        let name = format!("tmp${}", self.temporaries);
        let target = self.add(name, expr.width, false, Role::Temporary);
        let (low, full, value) = (0, true, expr);
        before.push(Stmt::Assign {
            target,
            low,
            full,
            value,
        });
        target
    }

    fn here(&self) -> (String, String) {
        let mut place = self.place.clone();
        for (name, value) in &self.loops {
            place += &format!(", {name} = {value}");
        }
        (self.module.clone(), place)
    }

    fn unsupported<T>(&self, what: &'static str) -> Result<T> {
        let (module, place) = self.here();
        Err(VerilogError::Unsupported {
            module,
            place,
            what,
        })
    }

    fn width_error<T>(&self, found: usize, expected: usize) -> Result<T> {
        let (module, place) = self.here();
        Err(VerilogError::Width {
            module,
            place,
            found,
            expected,
        })
    }

    fn out_of_range<T>(&self, index: impl ToString, width: usize) -> Result<T> {
        let (module, place) = self.here();
        let index = index.to_string();
        Err(VerilogError::OutOfRange {
            module,
            place,
            index,
            width,
        })
    }
}
