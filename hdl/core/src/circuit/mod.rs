//! Circuits built by plain Rust: nets with run-time widths, loops and tables instead of `#[hdl_gen]`.
//!
//! A [`Circuit`] collects wires, registers and memories while ordinary Rust functions call it; the
//! result is a rust-hdl [`Block`](rust_hdl::prelude::Block) whose `hdl()` is rust-hdl's own syntax
//! tree, so it goes through the same printer and the same checks as every kernel. It is meant for
//! structures that are regular or generated (decode tables, forwarding networks, per-hart state)
//! and has no behavioural `update`: such blocks are simulated with Verilator.
//!
//! Every operation checks widths when the circuit is built; there is no implicit extension.

mod leaf;
mod net;
mod netlist;
mod sweep;

pub use leaf::RamPort;
pub use net::{Net, any_of, concat};
pub use netlist::Netlist;

use leaf::Leaf;
use rust_hdl::prelude::ast::{
    VerilogBlock, VerilogBlockOrConditional, VerilogCase, VerilogConditional, VerilogExpression,
    VerilogMatch, VerilogStatement,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

#[derive(Default)]
struct Inner {
    locals: Vec<(String, usize)>,
    used: BTreeMap<String, usize>,
    body: VerilogBlock,
    leaves: Vec<(String, Leaf)>,
    scope: String,
}

/// A circuit under construction. Clones share it.
#[derive(Clone, Default)]
pub struct Circuit(Rc<RefCell<Inner>>);

/// A register: read it through [`Reg::q`], give it its next value once with [`Reg::set`].
#[derive(Clone)]
pub struct Reg {
    circuit: Circuit,
    name: String,
    /// The value of this cycle.
    pub q: Net,
}

impl Reg {
    /// Next value.
    pub fn set(&self, next: &Net) {
        assert_eq!(next.width(), self.q.width(), "width of {}", self.name);
        self.circuit
            .assign(&format!("{}.d", self.name), next.expression());
    }
    /// Next value where `enable`; holds otherwise.
    pub fn set_if(&self, enable: &Net, next: &Net) {
        self.set(&enable.mux(next, &self.q));
    }
}

impl Circuit {
    /// Everything named by `build` gets the prefix `scope_`.
    pub fn scope<T>(&self, scope: &str, build: impl FnOnce() -> T) -> T {
        let before = self.0.borrow().scope.clone();
        self.0.borrow_mut().scope = format!("{before}{scope}_");
        let value = build();
        self.0.borrow_mut().scope = before;
        value
    }

    fn name(&self, name: &str) -> String {
        let mut inner = self.0.borrow_mut();
        let full = format!("{}{name}", inner.scope);
        let count = inner.used.entry(full.clone()).or_insert(0);
        *count += 1;
        if *count == 1 {
            full
        } else {
            format!("{full}__{count}")
        }
    }

    fn assign(&self, target: &str, value: VerilogExpression) {
        self.push(VerilogStatement::Assignment(
            VerilogExpression::Signal(target.into()),
            value,
        ));
    }

    fn push(&self, statement: VerilogStatement) {
        self.0.borrow_mut().body.push(statement);
    }

    /// A constant of `width` bits.
    #[must_use]
    pub fn lit(&self, value: u64, width: usize) -> Net {
        Net::literal(self, value, width)
    }

    /// A port of the block that owns this circuit: it declares the port itself.
    #[must_use]
    pub fn port(&self, name: &str, width: usize) -> Net {
        Net::signal(self, name.into(), width)
    }

    /// Drives a port of the block that owns this circuit.
    pub fn drive_port(&self, name: &str, value: &Net) {
        self.assign(name, value.expression());
    }

    /// A wire that is driven later by [`Circuit::drive`].
    #[must_use]
    pub fn forward(&self, name: &str, width: usize) -> Net {
        let name = self.name(name);
        self.0.borrow_mut().locals.push((name.clone(), width));
        Net::signal(self, name, width)
    }

    /// Drives a wire made by [`Circuit::forward`].
    pub fn drive(&self, wire: &Net, value: &Net) {
        assert_eq!(wire.width(), value.width(), "width of {}", wire.text());
        self.assign(&wire.text(), value.expression());
    }

    /// A named wire.
    #[must_use]
    pub fn wire(&self, name: &str, value: &Net) -> Net {
        let wire = self.forward(name, value.width());
        self.drive(&wire, value);
        wire
    }

    /// The value of the first condition that holds, else `otherwise`.
    #[must_use]
    pub fn first(&self, name: &str, arms: &[(&Net, &Net)], otherwise: &Net) -> Net {
        let wire = self.forward(name, otherwise.width());
        let set = |value: &Net| {
            assert_eq!(value.width(), wire.width(), "width of {}", wire.text());
            vec![VerilogStatement::Assignment(
                wire.expression(),
                value.expression(),
            )]
        };
        let mut chain = VerilogBlockOrConditional::Block(set(otherwise));
        for (condition, value) in arms.iter().rev() {
            assert_eq!(condition.width(), 1, "condition of {}", wire.text());
            chain = VerilogBlockOrConditional::Conditional(Box::new(VerilogStatement::If(
                VerilogConditional {
                    test: condition.expression(),
                    then: set(value),
                    otherwise: chain,
                },
            )));
        }
        match chain {
            VerilogBlockOrConditional::Conditional(statement) => self.push(*statement),
            VerilogBlockOrConditional::Block(block) => block.into_iter().for_each(|s| self.push(s)),
            VerilogBlockOrConditional::None => {}
        }
        wire
    }

    /// The value whose key equals `index`, else `otherwise`.
    #[must_use]
    pub fn case(&self, name: &str, index: &Net, arms: &[(u64, Net)], otherwise: &Net) -> Net {
        let wire = self.forward(name, otherwise.width());
        let index = index.named("index");
        let set = |value: &Net| {
            assert_eq!(value.width(), wire.width(), "width of {}", wire.text());
            vec![VerilogStatement::Assignment(
                wire.expression(),
                value.expression(),
            )]
        };
        let mut cases: Vec<VerilogCase> = arms
            .iter()
            .map(|(key, value)| VerilogCase {
                condition: key.to_string(),
                block: set(value),
            })
            .collect();
        cases.push(VerilogCase {
            condition: "default".into(),
            block: set(otherwise),
        });
        self.push(VerilogStatement::Match(VerilogMatch {
            test: index.expression(),
            cases,
        }));
        wire
    }

    /// Element `index` of `values`; the last one when `index` is past the end.
    #[must_use]
    pub fn pick(&self, name: &str, values: &[Net], index: &Net) -> Net {
        let (last, rest) = values.split_last().expect("at least one value");
        if rest.is_empty() {
            return last.clone();
        }
        let arms: Vec<(u64, Net)> = (0..).zip(rest.iter().cloned()).collect();
        self.case(name, index, &arms, last)
    }

    /// A register that powers up as zero.
    #[must_use]
    pub fn reg(&self, name: &str, width: usize) -> Reg {
        let name = self.name(name);
        self.0
            .borrow_mut()
            .leaves
            .push((name.clone(), Leaf::register(width)));
        self.assign(
            &format!("{name}.clock"),
            VerilogExpression::Signal("clock".into()),
        );
        Reg {
            circuit: self.clone(),
            q: Net::signal(self, format!("{name}.q"), width),
            name,
        }
    }

    /// `value` one cycle later.
    #[must_use]
    pub fn delay(&self, name: &str, value: &Net) -> Net {
        let reg = self.reg(name, value.width());
        reg.set(value);
        reg.q
    }

    /// A memory with one write port and one read port; returns the data read.
    #[must_use]
    pub fn ram(&self, name: &str, port: &RamPort) -> Net {
        let name = self.name(name);
        let width = port.write_data.width();
        assert_eq!(port.write_address.width(), port.read_address.width());
        let address = port.read_address.width();
        self.0
            .borrow_mut()
            .leaves
            .push((name.clone(), Leaf::ram(width, address, port.latency)));
        self.assign(
            &format!("{name}.clock"),
            VerilogExpression::Signal("clock".into()),
        );
        for (pin, net) in [
            ("write_enable", &port.write_enable),
            ("write_address", &port.write_address),
            ("write_data", &port.write_data),
            ("read_address", &port.read_address),
        ] {
            self.assign(&format!("{name}.{pin}"), net.expression());
        }
        Net::signal(self, format!("{name}.read_data"), width)
    }

    /// The block, without what no port of it depends on.
    #[must_use]
    pub fn finish(self) -> Netlist {
        let mut inner = self.0.take();
        sweep::sweep(&mut inner.locals, &mut inner.leaves, &mut inner.body);
        Netlist::new(inner.locals, inner.leaves, inner.body)
    }
}

/// Declares the block of a circuit: typed ports, the netlist between them, and `connect` for the
/// outputs. The module that uses it makes the block with `wrap`.
macro_rules! circuit_block {
    ($(#[$meta:meta])* $block:ident {
        $( $(#[$doc:meta])* $name:ident: $direction:ident $kind:ty; )*
    }) => {
        $(#[$meta])*
        #[derive(LogicBlock)]
        pub struct $block {
            /// The clock.
            pub clock: Signal<In, Clock>,
            $( $(#[$doc])* pub $name: Signal<$direction, $kind>, )*
            netlist: crate::circuit::Netlist,
        }
        impl $block {
            pub(super) fn wrap(netlist: crate::circuit::Netlist) -> Self {
                Self { clock: Signal::default(), $( $name: Signal::default(), )* netlist }
            }
        }
        impl Logic for $block {
            fn update(&mut self) {}
            fn connect(&mut self) {
                $( circuit_block!(@connect self $name $direction); )*
            }
            fn hdl(&self) -> Verilog {
                Verilog::Combinatorial(self.netlist.body())
            }
        }
    };
    (@connect $self:ident $name:ident Out) => { $self.$name.connect(); };
    (@connect $self:ident $name:ident In) => {};
}
pub(crate) use circuit_block;

#[cfg(test)]
mod tests {
    use super::*;
    use gasworks_verilog::{Options, generate};
    use rust_hdl::prelude::*;

    /// A counter of four bits with an enable, and a memory of its history.
    #[derive(LogicBlock)]
    struct Counter {
        clock: Signal<In, Clock>,
        enable: Signal<In, Bit>,
        value: Signal<Out, Bits<4>>,
        netlist: Netlist,
    }

    impl Counter {
        fn new() -> Self {
            let c = Circuit::default();
            let count = c.reg("count", 4);
            let enable = c.port("enable", 1);
            count.set_if(&enable, &count.q.plus(1));
            let port = RamPort {
                write_enable: enable,
                write_address: count.q.bits(0, 2),
                write_data: count.q.clone(),
                read_address: count.q.bits(2, 2),
                latency: 1,
            };
            let old = c.ram("old", &port);
            let late = c.delay("late", &c.delay("later", &(&old + &count.q)));
            let _ = c.wire("unread", &late);
            c.drive_port("value", &old.bits(0, 2).above(&count.q.bits(0, 2)));
            Self {
                clock: Signal::default(),
                enable: Signal::default(),
                value: Signal::default(),
                netlist: c.finish(),
            }
        }
    }

    impl Logic for Counter {
        fn update(&mut self) {}
        fn connect(&mut self) {
            self.value.connect();
        }
        fn hdl(&self) -> Verilog {
            Verilog::Combinatorial(self.netlist.body())
        }
    }

    #[test]
    fn register_and_concatenation_print_in_place() {
        let design = generate(&Counter::new(), &Options::new("counter")).expect("valid");
        let text = design.text();
        assert!(text.contains("reg [3:0] count"), "{text}");
        assert!(text.contains("{count[1:0], old_read_data[1:0]}"), "{text}");
        for unread in ["late", "unread"] {
            assert!(!text.contains(unread), "{unread} in {text}");
        }
    }

    #[test]
    #[should_panic(expected = "Add of")]
    fn widths_are_checked_when_the_circuit_is_built() {
        let c = Circuit::default();
        let _ = c.lit(1, 4) + c.lit(1, 5);
    }
}
