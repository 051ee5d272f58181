//! Drops what nobody reads: the last stages of delay lines, fields that one configuration lacks.

use super::leaf::Leaf;
use rust_hdl::prelude::ast::{
    VerilogBlock, VerilogBlockOrConditional, VerilogExpression as E, VerilogStatement as S,
};
use std::collections::{BTreeMap, BTreeSet};

/// Names that a statement assigns and names that it reads; a leaf goes by its own name, not by that
/// of a pin.
#[derive(Default)]
struct Uses {
    assigned: BTreeSet<String>,
    read: BTreeSet<String>,
}

fn base(name: &str) -> String {
    name.split('.').next().unwrap_or(name).to_owned()
}

impl Uses {
    fn of(statement: &S) -> Self {
        let mut uses = Self::default();
        uses.statement(statement);
        uses
    }

    fn statement(&mut self, statement: &S) {
        match statement {
            S::Assignment(target, value) => {
                self.target(target);
                self.expression(value);
            }
            S::SliceAssignment {
                base,
                offset,
                replacement,
                ..
            } => {
                self.target(base);
                self.expression(offset);
                self.expression(replacement);
            }
            S::If(conditional) => {
                self.expression(&conditional.test);
                self.block(&conditional.then);
                match &conditional.otherwise {
                    VerilogBlockOrConditional::Block(block) => self.block(block),
                    VerilogBlockOrConditional::Conditional(statement) => self.statement(statement),
                    VerilogBlockOrConditional::None => {}
                }
            }
            S::Match(choice) => {
                self.expression(&choice.test);
                choice.cases.iter().for_each(|case| self.block(&case.block));
            }
            S::Comment(_) => {}
            S::Loop(_) | S::Link(_) | S::Macro(_) => {
                unreachable!("a circuit has no loops, links or macros")
            }
        }
    }

    fn block(&mut self, block: &VerilogBlock) {
        block.iter().for_each(|statement| self.statement(statement));
    }

    fn target(&mut self, target: &E) {
        match target {
            E::Signal(name) => {
                self.assigned.insert(base(name));
            }
            other => unreachable!("a circuit assigns whole signals, not {other:?}"),
        }
    }

    fn expression(&mut self, expression: &E) {
        match expression {
            E::Signal(name) => {
                self.read.insert(base(name));
            }
            E::Literal(_) => {}
            E::Cast(a, _) | E::Signed(a) | E::Unsigned(a) | E::Paren(a) | E::Unary(_, a) => {
                self.expression(a);
            }
            E::Binary(a, _, b) | E::Index(a, b) | E::Slice(a, _, b) => {
                self.expression(a);
                self.expression(b);
            }
            E::IndexReplace(a, b, c) => {
                self.expression(a);
                self.expression(b);
                self.expression(c);
            }
        }
    }
}

/// Keeps what a port of the owner depends on.
pub(super) fn sweep(
    locals: &mut Vec<(String, usize)>,
    leaves: &mut Vec<(String, Leaf)>,
    body: &mut VerilogBlock,
) {
    let uses: Vec<Uses> = body.iter().map(Uses::of).collect();
    let own: BTreeSet<&String> = locals
        .iter()
        .map(|(name, _)| name)
        .chain(leaves.iter().map(|(name, _)| name))
        .collect();
    let mut drivers: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
    let mut todo = Vec::new();
    for (index, uses) in uses.iter().enumerate() {
        for name in &uses.assigned {
            match own.contains(name) {
                true => drivers.entry(name).or_default().push(index),
                false => todo.push(index),
            }
        }
    }
    let mut kept = vec![false; body.len()];
    let mut live: BTreeSet<&String> = BTreeSet::new();
    while let Some(index) = todo.pop() {
        if std::mem::replace(&mut kept[index], true) {
            continue;
        }
        for name in &uses[index].read {
            if live.insert(name) {
                todo.extend(drivers.get(name).into_iter().flatten());
            }
        }
    }
    locals.retain(|(name, _)| live.contains(name));
    leaves.retain(|(name, _)| live.contains(name));
    let mut kept = kept.into_iter();
    body.retain(|_| kept.next() == Some(true));
}
