//! Random trees of statements: an evaluator of rust-hdl's rules against Verilator on the printed text.
//!
//! The trees are those that `#[hdl_gen]` builds, with widths that Rust's types would allow. The
//! evaluator below works on the same tree with unlimited integers and knows nothing of the printer.

use std::collections::BTreeMap;

use gasworks_verilog::build::{
    Expression, Op, Statement, any, bin, bit, case, iff, kernel, set, sig,
};
use gasworks_verilog::harness::{Batch, Stimulus};
use num_bigint::BigUint;
use rust_hdl::prelude::ast::{
    VerilogBlock, VerilogBlockOrConditional, VerilogExpression as E, VerilogOpUnary as Un,
    VerilogStatement as S,
};
use rust_hdl::prelude::*;

const WIDTHS: [usize; 12] = [1, 2, 5, 8, 16, 31, 32, 33, 64, 65, 100, 256];
const KERNELS: usize = 100;
const VECTORS: usize = 100;

/// A signal whose width is a run-time value.
struct Wire {
    name: String,
    kind: AtomKind,
    width: usize,
    value: BigUint,
}

impl Wire {
    fn new(name: &str, kind: AtomKind, width: usize) -> Self {
        Self {
            name: name.into(),
            kind,
            width,
            value: BigUint::ZERO,
        }
    }
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
            name: "Bits".into(),
            kind: TypeKind::Bits(self.width),
        }
    }
    fn vcd(&self) -> VCDValue {
        VCDValue::Vector(Vec::new())
    }
    fn id(&self) -> usize {
        0
    }
    fn verilog(&self) -> VerilogLiteral {
        let word: gasworks_verilog::word::Word<512> = self.value.clone().into();
        word.verilog()
    }
    fn constraints(&self) -> Vec<PinConstraint> {
        Vec::new()
    }
}

/// A combinational block made of statements.
pub(crate) struct Kernel {
    wires: Vec<Wire>,
    body: VerilogBlock,
}

impl Logic for Kernel {
    fn update(&mut self) {
        let known = |wire: &Wire| (wire.name.clone(), (wire.value.clone(), wire.width));
        let mut state: State = self.wires.iter().map(known).collect();
        run(&self.body, &mut state);
        for wire in &mut self.wires {
            wire.value = state[&wire.name].0.clone();
        }
    }
    fn hdl(&self) -> Verilog {
        kernel(self.body.clone())
    }
}

impl Block for Kernel {
    fn connect_all(&mut self) {}
    fn update_all(&mut self) {
        self.update();
    }
    fn has_changed(&self) -> bool {
        false
    }
    fn accept(&self, name: &str, probe: &mut dyn Probe) {
        probe.visit_start_scope(name, self);
        self.wires
            .iter()
            .for_each(|wire| probe.visit_atom(&wire.name, wire));
        probe.visit_end_scope(name, self);
    }
}

// ---- the evaluator -----------------------------------------------------------------------------

type State = BTreeMap<String, (BigUint, usize)>;
/// A value and its width.
type Value = (BigUint, usize);

fn modulus(width: usize) -> BigUint {
    BigUint::from(1_u32) << width
}

fn flag(value: bool) -> Value {
    (BigUint::from(u32::from(value)), 1)
}

/// The value of a literal; its width is that of the other operand.
fn number(e: &E) -> Option<BigUint> {
    match e {
        E::Literal(value) => {
            let text = format!("{value:x}");
            BigUint::parse_bytes(text.split_once("'h")?.1.as_bytes(), 16)
        }
        E::Paren(inner) => number(inner),
        _ => None,
    }
}

fn index(e: &E, state: &State) -> usize {
    let value = number(e).unwrap_or_else(|| eval(e, state).0);
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn eval(e: &E, state: &State) -> Value {
    match e {
        E::Signal(name) => state[name].clone(),
        E::Paren(inner) => eval(inner, state),
        E::Cast(inner, width) => match number(inner) {
            Some(value) => (value, *width),
            None => (eval(inner, state).0 % modulus(*width), *width),
        },
        E::Unary(op, inner) => {
            let (value, width) = eval(inner, state);
            match op {
                Un::Not => (modulus(width) - 1_u32 - value, width),
                Un::Neg => ((modulus(width) - value) % modulus(width), width),
                Un::Any => flag(value.bits() > 0),
                Un::All => flag(value == modulus(width) - 1_u32),
                Un::Xor => flag(value.count_ones() % 2 == 1),
            }
        }
        E::Index(inner, at) => flag(eval(inner, state).0.bit(index(at, state) as u64)),
        E::Slice(inner, width, low) => {
            let low = index(low, state).min(4096);
            ((eval(inner, state).0 >> low) % modulus(*width), *width)
        }
        E::IndexReplace(inner, at, value) => {
            let (mut whole, width) = eval(inner, state);
            whole.set_bit(index(at, state) as u64, eval(value, state).0.bits() > 0);
            (whole, width)
        }
        E::Binary(left, op, right) => binary(left, op, right, state),
        _ => panic!("no such tree is made"),
    }
}

fn binary(left: &E, op: &Op, right: &E, state: &State) -> Value {
    let (a, width) = eval(left, state);
    if matches!(op, Op::Shl | Op::Shr) {
        let count = index(right, state).min(width);
        return match op {
            Op::Shl => ((a << count) % modulus(width), width),
            _ => (a >> count, width),
        };
    }
    let b = number(right).unwrap_or_else(|| eval(right, state).0);
    match op {
        Op::Add => ((a + b) % modulus(width), width),
        Op::Sub => ((a + modulus(width) - b) % modulus(width), width),
        Op::BitAnd => (a & b, width),
        Op::BitOr => (a | b, width),
        Op::BitXor => (a ^ b, width),
        Op::LogicalAnd => flag(a.bits() > 0 && b.bits() > 0),
        Op::LogicalOr => flag(a.bits() > 0 || b.bits() > 0),
        Op::Eq => flag(a == b),
        Op::Ne => flag(a != b),
        Op::Lt => flag(a < b),
        Op::Le => flag(a <= b),
        Op::Gt => flag(a > b),
        Op::Ge => flag(a >= b),
        _ => panic!("no such operator is made"),
    }
}

fn run(block: &VerilogBlock, state: &mut State) {
    for statement in block {
        match statement {
            S::Assignment(E::Signal(name), value) => {
                let width = state[name].1;
                let (value, found) = eval(value, state);
                assert_eq!(found, width, "the generator keeps widths");
                state.insert(name.clone(), (value, width));
            }
            S::SliceAssignment {
                base: E::Signal(name),
                width,
                offset,
                replacement,
            } => {
                let low = index(offset, state);
                let (part, _) = eval(replacement, state);
                let (mut whole, all) = state[name].clone();
                for at in 0..*width {
                    whole.set_bit((low + at) as u64, part.bit(at as u64));
                }
                state.insert(name.clone(), (whole, all));
            }
            S::If(conditional) => {
                if eval(&conditional.test, state).0.bits() > 0 {
                    run(&conditional.then, state);
                } else if let VerilogBlockOrConditional::Block(block) = &conditional.otherwise {
                    run(block, state);
                }
            }
            S::Match(matching) => {
                let subject = eval(&matching.test, state).0.to_string();
                let is_taken = |label: &str| label == subject || label == "default";
                let taken = matching.cases.iter().find(|arm| is_taken(&arm.condition));
                run(&taken.expect("a default").block, state);
            }
            _ => panic!("no such statement is made"),
        }
    }
}

// ---- the generator -----------------------------------------------------------------------------

struct Generator {
    random: Stimulus,
    /// Signals that may be read here.
    readable: Vec<(String, usize)>,
    /// Signals that may be assigned.
    targets: Vec<(String, usize)>,
}

impl Generator {
    fn below(&mut self, bound: usize) -> usize {
        self.random.below(bound as u64) as usize
    }

    fn width(&mut self) -> usize {
        WIDTHS[self.below(WIDTHS.len())]
    }

    fn literal(&mut self, width: usize) -> E {
        let most = (1_u64 << width.min(31)) - 1;
        let value = match self.below(4) {
            0 => 0,
            1 => most,
            _ => self.random.below(most + 1),
        };
        match width {
            1 => E::Literal((value == 1).into()),
            _ => E::Literal(value.into()),
        }
    }

    /// A signal of this width, or one cast to it.
    fn leaf(&mut self, width: usize) -> E {
        let same: Vec<&(String, usize)> = self.readable.iter().filter(|s| s.1 == width).collect();
        if !same.is_empty() && self.random.below(8) > 0 {
            let at = self.random.below(same.len() as u64) as usize;
            return sig(&same[at].0);
        }
        let at = self.below(self.readable.len());
        let (name, own) = self.readable[at].clone();
        if self.random.bit() {
            return E::Cast(Box::new(sig(name)), width);
        }
        let low = self.below(own);
        E::Slice(Box::new(sig(name)), width, Box::new(E::Literal(low.into())))
    }

    fn value(&mut self, width: usize, depth: usize) -> E {
        if depth == 0 {
            return self.leaf(width);
        }
        if width == 1 && self.random.bit() {
            return self.truth(depth);
        }
        match self.below(20) {
            0..8 => {
                let op =
                    [Op::Add, Op::Sub, Op::BitAnd, Op::BitOr, Op::BitXor][self.below(5)].clone();
                let left = self.value(width, depth - 1);
                let right = match self.below(4) {
                    0 => self.literal(width),
                    _ => self.value(width, depth - 1),
                };
                bin(left, op, right)
            }
            8..10 => {
                let op = if self.random.bit() { Op::Shl } else { Op::Shr };
                let left = self.value(width, depth - 1);
                let count = match self.random.bit() {
                    true => E::Literal(self.below(width + 3).into()),
                    false => {
                        let count = [2, 5, 8][self.below(3)];
                        self.value(count, depth - 1)
                    }
                };
                bin(left, op, count)
            }
            10..12 => E::Unary(Un::Not, Box::new(self.value(width, depth - 1))),
            12 => E::Unary(Un::Neg, Box::new(self.value(width, depth - 1))),
            13..16 => {
                let inner = self.width();
                E::Cast(Box::new(self.value(inner, depth - 1)), width)
            }
            16..18 => {
                let own = self.width();
                let inner = self.value(own, depth - 1);
                let low = match self.random.bit() {
                    true => E::Literal(self.below(own).into()),
                    false => self.leaf(8),
                };
                E::Slice(Box::new(inner), width, Box::new(low))
            }
            18 => {
                let inner = self.value(width, depth - 1);
                let at = E::Literal(self.below(width).into());
                let truth = self.truth(depth - 1);
                E::IndexReplace(Box::new(inner), Box::new(at), Box::new(truth))
            }
            _ => self.leaf(width),
        }
    }

    fn truth(&mut self, depth: usize) -> E {
        if depth == 0 {
            return self.leaf(1);
        }
        match self.below(10) {
            0..4 => {
                let width = self.width();
                let ops = [Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge];
                let op = ops[self.below(6)].clone();
                let left = self.value(width, depth - 1);
                let right = match self.below(5) {
                    0..2 => self.literal(width),
                    _ => self.value(width, depth - 1),
                };
                bin(left, op, right)
            }
            4..6 => {
                let op = [Op::LogicalAnd, Op::LogicalOr, Op::BitXor][self.below(3)].clone();
                let left = self.truth(depth - 1);
                bin(left, op, self.truth(depth - 1))
            }
            6 => E::Unary(Un::Not, Box::new(self.truth(depth - 1))),
            7 => {
                let width = self.width();
                let inner = self.value(width, depth - 1);
                match self.below(3) {
                    0 => any(inner),
                    1 => E::Unary(Un::All, Box::new(inner)),
                    _ => E::Unary(Un::Xor, Box::new(inner)),
                }
            }
            _ => {
                let width = self.width();
                let inner = self.value(width, depth - 1);
                if width == 256 && self.random.bit() {
                    let at = self.leaf(8);
                    return E::Index(Box::new(inner), Box::new(at));
                }
                let at = self.below(width);
                bit(inner, at)
            }
        }
    }

    fn assignment(&mut self) -> Statement {
        let at = self.below(self.targets.len());
        let (name, width) = self.targets[at].clone();
        if width > 8 && self.random.chance(150) {
            let part = 1 + self.below(width - 1);
            return S::SliceAssignment {
                base: sig(name),
                width: part,
                offset: E::Literal(self.below(width - part + 1).into()),
                replacement: self.value(part, 2),
            };
        }
        let value = self.value(width, 3);
        set(name, value)
    }

    fn block(&mut self, depth: usize) -> VerilogBlock {
        (0..1 + self.below(2))
            .map(|_| self.statement(depth))
            .collect()
    }

    fn statement(&mut self, depth: usize) -> Statement {
        if depth == 0 || self.random.chance(300) {
            return self.assignment();
        }
        if self.random.chance(700) {
            let test = self.truth(3);
            let then = self.block(depth - 1);
            let otherwise = if self.random.bit() {
                self.block(depth - 1)
            } else {
                Vec::new()
            };
            return iff(test, then, otherwise);
        }
        let subject: Expression = self.value(2, 2);
        let arms: Vec<(u64, VerilogBlock)> = (0..1 + self.random.below(3))
            .map(|label| (label, self.block(depth - 1)))
            .collect();
        case(subject, arms, self.block(depth - 1))
    }
}

pub(crate) fn random_kernel(seed: u64) -> Kernel {
    let mut generator = Generator {
        random: Stimulus::new(seed << 1),
        readable: Vec::new(),
        targets: Vec::new(),
    };
    let mut wires = Vec::new();
    for i in 0..5 {
        let width = generator.width();
        wires.push(Wire::new(
            &format!("in{i}"),
            AtomKind::InputParameter,
            width,
        ));
        generator.readable.push((format!("in{i}"), width));
    }
    let mut body = Vec::new();
    for i in 0..7 {
        let (name, kind) = match i {
            0..4 => (format!("local{i}"), AtomKind::LocalSignal),
            _ => (format!("out{i}"), AtomKind::OutputParameter),
        };
        let width = generator.width();
        wires.push(Wire::new(&name, kind, width));
        body.push(set(&name, generator.value(width, 4)));
        generator.readable.push((name.clone(), width));
        generator.targets.push((name, width));
        if i == 3 {
            body.extend((0..3).map(|_| generator.statement(2)));
        }
    }
    body.extend((0..2).map(|_| generator.statement(2)));
    Kernel { wires, body }
}

#[test]
fn random_trees_mean_the_same_in_verilog() {
    let mut batch = Batch::new("random");
    for seed in 0..KERNELS {
        let poke = |dut: &mut Kernel, random: &mut Stimulus| {
            for wire in dut
                .wires
                .iter_mut()
                .filter(|w| w.kind == AtomKind::InputParameter)
            {
                wire.value = random.word::<256>().to_biguint() % modulus(wire.width);
            }
        };
        let kernel = random_kernel(0x5eed_0000 + seed as u64);
        batch.add(&format!("random_{seed}"), kernel, VECTORS, poke, None);
    }
    if batch.run() {
        println!("compared {} vectors on {KERNELS} kernels", batch.vectors());
    }
}
