//! Width-exact expressions and statements of one module.
//!
//! Invariant: the operands of [`Kind::Binary`] have the width of the result, those of
//! [`Kind::Compare`] have equal widths. So no sub-expression depends on the width of its context, and
//! Verilog's rules for context-determined widths change nothing.

use std::collections::BTreeSet;

use num_bigint::BigUint;

/// Index of a signal in the table of its module.
pub(crate) type SignalId = usize;

/// An expression and its width in bits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expr {
    pub width: usize,
    pub kind: Kind,
}

/// Operators are kept as Verilog spells them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Const(BigUint),
    /// A constant printed as a `localparam` of this name.
    Named(String, BigUint),
    Signal(SignalId),
    /// Bits from here up, as many as the expression is wide.
    Range(SignalId, usize),
    Bit(SignalId, Box<Expr>),
    /// `+ - * & | ^`
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// `== != < <= > >=`; the flag says signed.
    Compare(&'static str, bool, Box<Expr>, Box<Expr>),
    /// `&& ||`
    Logical(&'static str, Box<Expr>, Box<Expr>),
    /// `<< >>`; the count has any width.
    Shift(&'static str, Box<Expr>, Box<Expr>),
    /// `~ -`
    Unary(&'static str, Box<Expr>),
    /// `& | ^`
    Reduce(&'static str, Box<Expr>),
    /// Most significant part first.
    Concat(Vec<Expr>),
    Repeat(usize, Box<Expr>),
}

/// A statement of an `always @*` block.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stmt {
    /// Assigns bits `[low + value.width - 1 : low]`; `full` if that is the whole signal.
    Assign {
        target: SignalId,
        low: usize,
        full: bool,
        value: Expr,
    },
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    /// Subject, arms, default.
    Case(Expr, Vec<(Expr, Vec<Stmt>)>, Vec<Stmt>),
}

/// `2^width - 1`.
pub(crate) fn ones(width: usize) -> BigUint {
    (BigUint::from(1_u32) << width) - 1_u32
}

impl Expr {
    pub fn constant(value: BigUint, width: usize) -> Self {
        let kind = Kind::Const(value & ones(width));
        Self { width, kind }
    }

    pub fn zero(width: usize) -> Self {
        Self::constant(BigUint::ZERO, width)
    }

    pub fn flag(value: bool) -> Self {
        Self::constant(BigUint::from(u32::from(value)), 1)
    }

    pub fn signal(id: SignalId, width: usize) -> Self {
        let kind = Kind::Signal(id);
        Self { width, kind }
    }

    pub fn bit(kind: Kind) -> Self {
        Self { width: 1, kind }
    }

    /// The value of a constant.
    pub fn value(&self) -> Option<&BigUint> {
        match &self.kind {
            Kind::Const(value) | Kind::Named(_, value) => Some(value),
            _ => None,
        }
    }

    pub fn is_zero(&self) -> bool {
        self.value().is_some_and(|value| value.bits() == 0)
    }

    /// Calls `f` on this expression and all under it.
    pub fn visit(&self, f: &mut dyn FnMut(&Expr)) {
        f(self);
        match &self.kind {
            Kind::Const(_) | Kind::Named(..) | Kind::Signal(_) | Kind::Range(..) => {}
            Kind::Binary(_, a, b)
            | Kind::Compare(_, _, a, b)
            | Kind::Logical(_, a, b)
            | Kind::Shift(_, a, b) => {
                a.visit(f);
                b.visit(f);
            }
            Kind::Bit(_, a) | Kind::Unary(_, a) | Kind::Reduce(_, a) | Kind::Repeat(_, a) => {
                a.visit(f);
            }
            Kind::Concat(parts) => parts.iter().for_each(|part| part.visit(f)),
        }
    }

    /// Calls `f` on every signal read.
    pub fn reads(&self, f: &mut dyn FnMut(SignalId)) {
        self.visit(&mut |expr| {
            if let Kind::Signal(id) | Kind::Range(id, _) | Kind::Bit(id, _) = expr.kind {
                f(id);
            }
        });
    }
}

/// Calls `f` on every expression of a block.
pub(crate) fn exprs(block: &[Stmt], f: &mut dyn FnMut(&Expr)) {
    for stmt in block {
        match stmt {
            Stmt::Assign { value, .. } => f(value),
            Stmt::If(test, then, otherwise) => {
                f(test);
                exprs(then, f);
                exprs(otherwise, f);
            }
            Stmt::Case(subject, arms, default) => {
                f(subject);
                for (label, arm) in arms {
                    f(label);
                    exprs(arm, f);
                }
                exprs(default, f);
            }
        }
    }
}

/// Signals that a block reads.
pub(crate) fn read_by(block: &[Stmt]) -> BTreeSet<SignalId> {
    let mut set = BTreeSet::new();
    exprs(block, &mut |expr| {
        expr.reads(&mut |id| {
            set.insert(id);
        });
    });
    set
}

/// Signals that a block assigns.
pub(crate) fn written_by(block: &[Stmt]) -> BTreeSet<SignalId> {
    let mut set = BTreeSet::new();
    for stmt in block {
        match stmt {
            Stmt::Assign { target, .. } => {
                set.insert(*target);
            }
            Stmt::If(_, then, otherwise) => {
                set.extend(written_by(then));
                set.extend(written_by(otherwise));
            }
            Stmt::Case(_, arms, default) => {
                arms.iter().for_each(|(_, arm)| set.extend(written_by(arm)));
                set.extend(written_by(default));
            }
        }
    }
    set
}
