//! Expressions and statements as Verilog text.

use num_bigint::BigUint;

use crate::ir::{Expr, Kind, SignalId, Stmt};
use crate::lower::SignalInfo;

/// `[7:0] `, or nothing for one bit.
pub(super) fn range(width: usize) -> String {
    match width {
        1 => String::new(),
        _ => format!("[{}:0] ", width - 1),
    }
}

/// A sized literal: decimal while it is short.
pub(super) fn constant(value: &BigUint, width: usize) -> String {
    if width == 1 {
        return format!("1'b{value}");
    }
    match value.bits() {
        0..=10 => format!("{width}'d{value}"),
        _ => format!("{width}'h{value:x}"),
    }
}

/// Prints with the names of one module.
pub(super) struct Printer<'a> {
    pub signals: &'a [SignalInfo],
    pub names: &'a [String],
    /// Name of the `localparam` of a constant.
    pub parameter: &'a dyn Fn(&str, &BigUint, usize) -> String,
}

impl Printer<'_> {
    fn bits(&self, id: SignalId, low: usize, width: usize) -> String {
        let name = &self.names[id];
        if low == 0 && width == self.signals[id].width {
            return name.clone();
        }
        match width {
            1 => format!("{name}[{low}]"),
            _ => format!("{name}[{}:{low}]", low + width - 1),
        }
    }

    /// An expression where nothing can bind to it from outside.
    pub fn expr(&self, expr: &Expr) -> String {
        match &expr.kind {
            Kind::Const(value) => constant(value, expr.width),
            Kind::Named(name, value) => (self.parameter)(name, value, expr.width),
            Kind::Signal(id) => self.names[*id].clone(),
            Kind::Range(id, low) => self.bits(*id, *low, expr.width),
            Kind::Bit(id, index) => format!("{}[{}]", self.names[*id], self.expr(index)),
            Kind::Binary(op, a, b) | Kind::Logical(op, a, b) => {
                format!("{} {op} {}", self.chain(a, op), self.operand(b))
            }
            Kind::Compare(op, true, a, b) => {
                format!("$signed({}) {op} $signed({})", self.expr(a), self.expr(b))
            }
            Kind::Compare(op, false, a, b) => {
                format!("{} {op} {}", self.operand(a), self.operand(b))
            }
            Kind::Shift(op, a, count) => match count.value() {
                Some(by) => format!("{} {op} {by}", self.operand(a)),
                None => format!("{} {op} {}", self.operand(a), self.operand(count)),
            },
            Kind::Unary(op, a) | Kind::Reduce(op, a) => format!("{op}{}", self.operand(a)),
            Kind::Concat(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| self.expr(part)).collect();
                format!("{{{}}}", parts.join(", "))
            }
            Kind::Repeat(count, a) => format!("{{{count}{{{}}}}}", self.expr(a)),
        }
    }

    /// An expression as an operand: every operator is in parentheses.
    fn operand(&self, expr: &Expr) -> String {
        let text = self.expr(expr);
        match &expr.kind {
            Kind::Binary(..)
            | Kind::Compare(..)
            | Kind::Logical(..)
            | Kind::Shift(..)
            | Kind::Unary(..)
            | Kind::Reduce(..) => format!("({text})"),
            _ => text,
        }
    }

    /// The left operand of an associative operator: `a ^ b ^ c` without nested parentheses.
    fn chain(&self, expr: &Expr, op: &str) -> String {
        match &expr.kind {
            Kind::Binary(inner, ..) | Kind::Logical(inner, ..)
                if *inner == op && !matches!(op, "-" | "*") =>
            {
                self.expr(expr)
            }
            _ => self.operand(expr),
        }
    }

    /// Statements, each line indented by `depth` steps.
    pub fn block(&self, block: &[Stmt], depth: usize, out: &mut String) {
        let pad = "  ".repeat(depth);
        for statement in block {
            match statement {
                Stmt::Assign {
                    target, low, value, ..
                } => {
                    let target = self.bits(*target, *low, value.width);
                    *out += &format!("{pad}{target} = {};\n", self.expr(value));
                }
                Stmt::If(test, then, otherwise) => {
                    *out += &format!("{pad}if ({}) begin\n", self.expr(test));
                    self.block(then, depth + 1, out);
                    self.otherwise(otherwise, depth, out);
                    *out += &format!("{pad}end\n");
                }
                Stmt::Case(subject, arms, default) => {
                    *out += &format!("{pad}case ({})\n", self.expr(subject));
                    for (label, arm) in arms {
                        self.arm(&self.expr(label), arm, depth + 1, out);
                    }
                    self.arm("default", default, depth + 1, out);
                    *out += &format!("{pad}endcase\n");
                }
            }
        }
    }

    /// The rest of an `if`: a chain of `else if` stays at one depth.
    fn otherwise(&self, block: &[Stmt], depth: usize, out: &mut String) {
        let pad = "  ".repeat(depth);
        match block {
            [] => {}
            [Stmt::If(test, then, rest)] => {
                *out += &format!("{pad}end else if ({}) begin\n", self.expr(test));
                self.block(then, depth + 1, out);
                self.otherwise(rest, depth, out);
            }
            _ => {
                *out += &format!("{pad}end else begin\n");
                self.block(block, depth + 1, out);
            }
        }
    }

    fn arm(&self, label: &str, block: &[Stmt], depth: usize, out: &mut String) {
        let pad = "  ".repeat(depth);
        if block.is_empty() {
            *out += &format!("{pad}{label}: ;\n");
            return;
        }
        *out += &format!("{pad}{label}: begin\n");
        self.block(block, depth + 1, out);
        *out += &format!("{pad}end\n");
    }
}
