//! A finished circuit: what a block of run-time built logic holds beside its typed ports.

use super::leaf::{Leaf, Wire};
use rust_hdl::prelude::ast::VerilogBlock;
use rust_hdl::prelude::{AtomKind, Block, Logic, Probe};

/// Wires, registers, memories and the statements between them.
#[derive(Default)]
pub struct Netlist {
    locals: Vec<(String, Wire)>,
    leaves: Vec<(String, Leaf)>,
    body: VerilogBlock,
}

impl Netlist {
    pub(super) fn new(
        locals: Vec<(String, usize)>,
        leaves: Vec<(String, Leaf)>,
        body: VerilogBlock,
    ) -> Self {
        let wire = |(name, width)| {
            let kind = AtomKind::LocalSignal;
            (
                name,
                Wire {
                    width,
                    kind,
                    is_clock: false,
                },
            )
        };
        Self {
            locals: locals.into_iter().map(wire).collect(),
            leaves,
            body,
        }
    }

    /// The statements, for the owner's `hdl()`.
    #[must_use]
    pub fn body(&self) -> VerilogBlock {
        self.body.clone()
    }
}

impl Logic for Netlist {
    fn update(&mut self) {}
}

/// As a field of a block it has no scope of its own: its signals and leaves belong to the owner.
impl Block for Netlist {
    fn connect_all(&mut self) {}
    fn update_all(&mut self) {}
    fn has_changed(&self) -> bool {
        false
    }
    fn accept(&self, _name: &str, probe: &mut dyn Probe) {
        for (name, wire) in &self.locals {
            probe.visit_atom(name, wire);
        }
        for (name, leaf) in &self.leaves {
            leaf.accept(name, probe);
        }
    }
}
