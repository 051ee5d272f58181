//! Walks a design with a `Probe`: one [`Instance`] per block, with its signals and its syntax tree.

use num_bigint::{BigInt, BigUint, Sign};
use rust_hdl::prelude::*;

use crate::VerilogError;

/// A signal or constant of a block.
#[derive(Clone, Debug)]
pub(crate) struct AtomInfo {
    /// Name with `$` between the parts.
    pub name: String,
    pub kind: AtomKind,
    pub width: usize,
    pub signed: bool,
    /// The value of a constant.
    pub value: BigUint,
    pub enums: Vec<EnumLabel>,
}

/// A block and what is under it.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub name: String,
    pub path: String,
    pub hdl: Verilog,
    pub atoms: Vec<AtomInfo>,
    pub children: Vec<Instance>,
}

/// A variant of a `LogicState` enum: `label` is `Enum::Variant`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EnumLabel {
    pub label: String,
    pub width: usize,
    pub code: usize,
}

/// Value and width of a literal.
///
/// Its fields are private, but its hexadecimal form `<width>'h[-]<digits>` is public and lossless.
pub(crate) fn literal(literal: &VerilogLiteral) -> (BigInt, usize) {
    let text = format!("{literal:x}");
    let parse = || {
        let (width, digits) = text.split_once("'h")?;
        Some((
            BigInt::parse_bytes(digits.as_bytes(), 16)?,
            width.parse().ok()?,
        ))
    };
    parse().expect("rust-hdl prints a literal as <width>'h<digits>")
}

/// `value` modulo `2^width`.
pub(crate) fn wrap(value: &BigInt, width: usize) -> BigUint {
    let modulus = BigInt::from(1) << width;
    let (sign, magnitude) = (((value % &modulus) + &modulus) % &modulus).into_parts();
    debug_assert!(sign != Sign::Minus);
    magnitude
}

/// The tree of instances under `block`.
pub(crate) fn collect(block: &impl Block, name: &str, errors: &mut Vec<VerilogError>) -> Instance {
    let mut collector = Collector {
        stack: vec![Scope {
            instance: instance(String::new(), String::new(), Verilog::Empty),
            namespaces: Vec::new(),
        }],
        errors,
    };
    block.accept(name, &mut collector);
    let mut outside = collector
        .stack
        .pop()
        .expect("scopes end where they start")
        .instance;
    outside.children.pop().expect("a block is a scope")
}

fn instance(name: String, path: String, hdl: Verilog) -> Instance {
    Instance {
        name,
        path,
        hdl,
        atoms: Vec::new(),
        children: Vec::new(),
    }
}

struct Scope {
    instance: Instance,
    /// Interfaces that enclose the next atom.
    namespaces: Vec<String>,
}

struct Collector<'a> {
    stack: Vec<Scope>,
    errors: &'a mut Vec<VerilogError>,
}

impl Collector<'_> {
    fn scope(&mut self) -> &mut Scope {
        self.stack.last_mut().expect("the outermost scope stays")
    }
}

impl Probe for Collector<'_> {
    fn visit_start_scope(&mut self, name: &str, block: &dyn Block) {
        let outer = &self.scope().instance.path;
        let path = if outer.is_empty() {
            name.to_owned()
        } else {
            format!("{outer}.{name}")
        };
        self.stack.push(Scope {
            instance: instance(name.to_owned(), path, block.hdl()),
            namespaces: Vec::new(),
        });
    }

    fn visit_start_namespace(&mut self, name: &str, _: &dyn Block) {
        self.scope().namespaces.push(name.to_owned());
    }

    fn visit_atom(&mut self, name: &str, atom: &dyn Atom) {
        let descriptor = atom.descriptor();
        let scope = self.scope();
        let mut parts = scope.namespaces.clone();
        parts.push(name.to_owned());
        let mut enums = Vec::new();
        enum_labels(&descriptor, &mut enums);
        let info = AtomInfo {
            name: parts.join("$"),
            kind: atom.kind(),
            width: atom.bits(),
            signed: matches!(descriptor.kind, TypeKind::Signed(_)),
            value: wrap(&literal(&atom.verilog()).0, atom.bits()),
            enums,
        };
        let module = scope.instance.path.clone();
        let mut refuse = |reason| {
            let signal = info.name.clone();
            self.errors.push(VerilogError::BadSignal {
                module: module.clone(),
                signal,
                reason,
            });
        };
        if info.width == 0 {
            refuse("it has no bits");
        }
        if info.kind == AtomKind::InOutParameter {
            refuse("bidirectional ports are not supported");
        }
        self.scope().instance.atoms.push(info);
    }

    fn visit_end_namespace(&mut self, _: &str, _: &dyn Block) {
        self.scope().namespaces.pop();
    }

    fn visit_end_scope(&mut self, _: &str, _: &dyn Block) {
        let inner = self.stack.pop().expect("scopes end where they start");
        self.scope().instance.children.push(inner.instance);
    }
}

fn enum_labels(descriptor: &TypeDescriptor, out: &mut Vec<EnumLabel>) {
    match &descriptor.kind {
        TypeKind::Enum(labels) => {
            let width = clog2(labels.len());
            out.extend(labels.iter().enumerate().map(|(code, label)| EnumLabel {
                label: label.clone(),
                width,
                code,
            }));
        }
        TypeKind::Composite(fields) => fields.iter().for_each(|f| enum_labels(&f.kind, out)),
        _ => {}
    }
}
