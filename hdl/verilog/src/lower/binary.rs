//! Binary operators.

use num_bigint::{BigInt, BigUint};
use num_traits::{Signed as _, ToPrimitive, Zero};
use rust_hdl::prelude::ast::{VerilogExpression, VerilogOp as Op};

use super::{Lower, Result, Value};
use crate::ir::{Expr, Kind, Stmt};
use crate::simplify::{binary, concat, extend, slice};

impl Lower<'_> {
    pub(super) fn binary(
        &mut self,
        left: &VerilogExpression,
        op: &Op,
        right: &VerilogExpression,
        before: &mut Vec<Stmt>,
    ) -> Result<Value> {
        let (x, y) = (self.expr(left, before)?, self.expr(right, before)?);
        if let (Value::Literal(p), Value::Literal(q)) = (&x, &y) {
            return match fold(op, p, q) {
                Some(value) => Ok(Value::Literal(value)),
                None => self.unsupported("this operator on two literals"),
            };
        }
        match op {
            Op::Shl => self.shift_value("<<", x, y),
            Op::Shr => self.shift_value(">>", x, y),
            Op::LogicalAnd => self.logical(true, x, y, before),
            Op::LogicalOr => self.logical(false, x, y, before),
            Op::Mul => self.product(x, y, before),
            Op::Add => self.arithmetic("+", x, y, before),
            Op::Sub => self.arithmetic("-", x, y, before),
            Op::BitAnd => self.arithmetic("&", x, y, before),
            Op::BitOr => self.arithmetic("|", x, y, before),
            Op::BitXor => self.arithmetic("^", x, y, before),
            Op::Eq => self.compare("==", x, y, before),
            Op::Ne => self.compare("!=", x, y, before),
            Op::Lt => self.compare("<", x, y, before),
            Op::Le => self.compare("<=", x, y, before),
            Op::Gt => self.compare(">", x, y, before),
            Op::Ge => self.compare(">=", x, y, before),
        }
    }

    /// Both operands in one width, and whether they are signed.
    fn pair(&mut self, x: Value, y: Value, before: &mut Vec<Stmt>) -> Result<(Expr, Expr, bool)> {
        let width_of = |value: &Value| match value {
            Value::Sized {
                expr, loose: false, ..
            } => Some(expr.width),
            _ => None,
        };
        let Some(width) = width_of(&x).or_else(|| width_of(&y)) else {
            return self.unsupported("an operator on two values without a width");
        };
        let signed = x.signed() || y.signed();
        Ok((
            self.fix(x, width, before)?,
            self.fix(y, width, before)?,
            signed,
        ))
    }

    fn arithmetic(
        &mut self,
        op: &'static str,
        x: Value,
        y: Value,
        before: &mut Vec<Stmt>,
    ) -> Result<Value> {
        // `Bits<N> + bool` is the one sum of two widths that rust-hdl has.
        let y = match (op, &x, y) {
            (
                "+",
                Value::Sized { expr: p, .. },
                Value::Sized {
                    expr,
                    signed,
                    loose,
                },
            ) if expr.width == 1 && p.width > 1 => {
                let expr = extend(expr, p.width);
                Value::Sized {
                    expr,
                    signed,
                    loose,
                }
            }
            (_, _, y) => y,
        };
        let (p, q, signed) = self.pair(x, y, before)?;
        let expr = binary(op, p, q);
        Ok(Value::Sized {
            expr,
            signed,
            loose: false,
        })
    }

    fn product(&mut self, x: Value, y: Value, before: &mut Vec<Stmt>) -> Result<Value> {
        let (p, q, signed) = self.pair(x, y, before)?;
        let width = p.width + q.width;
        let (p, q) = match signed {
            true => (
                self.sign_extend(p, width, before),
                self.sign_extend(q, width, before),
            ),
            false => (extend(p, width), extend(q, width)),
        };
        let expr = binary("*", p, q);
        Ok(Value::Sized {
            expr,
            signed,
            loose: false,
        })
    }

    fn logical(&mut self, and: bool, x: Value, y: Value, before: &mut Vec<Stmt>) -> Result<Value> {
        let (p, q) = (self.fix(x, 1, before)?, self.fix(y, 1, before)?);
        for (known, other) in [(&p, &q), (&q, &p)] {
            if let Some(value) = known.value() {
                let is_true = value.bits() > 0;
                return Ok(Value::sized(if is_true == and {
                    other.clone()
                } else {
                    known.clone()
                }));
            }
        }
        let op = if and { "&&" } else { "||" };
        let kind = Kind::Logical(op, Box::new(p), Box::new(q));
        Ok(Value::sized(Expr::bit(kind)))
    }

    fn compare(
        &mut self,
        op: &'static str,
        x: Value,
        y: Value,
        before: &mut Vec<Stmt>,
    ) -> Result<Value> {
        if let Some(known) = too_big(op, &x, &y) {
            return Ok(Value::sized(Expr::flag(known)));
        }
        let (p, q, signed) = self.pair(x, y, before)?;
        if let (Some(i), Some(j), false) = (p.value(), q.value(), signed) {
            let known = match op {
                "==" => i == j,
                "!=" => i != j,
                "<" => i < j,
                "<=" => i <= j,
                ">" => i > j,
                _ => i >= j,
            };
            return Ok(Value::sized(Expr::flag(known)));
        }
        if !signed && let Some(known) = against_bound(op, &p, &q) {
            return Ok(Value::sized(Expr::flag(known)));
        }
        let signed = signed && !matches!(op, "==" | "!=");
        let kind = Kind::Compare(op, signed, Box::new(p), Box::new(q));
        Ok(Value::sized(Expr::bit(kind)))
    }

    fn shift_value(&mut self, op: &'static str, x: Value, y: Value) -> Result<Value> {
        let (expr, signed) = match x {
            Value::Sized {
                expr,
                signed,
                loose: false,
            } => (expr, signed),
            _ => return self.unsupported("a shift of a value without a width"),
        };
        if signed && op == ">>" {
            return self.unsupported("a signed shift to the right");
        }
        let count = match y {
            Value::Literal(count) => match count.to_biguint() {
                Some(count) => Expr::constant(count, 64),
                None => return self.unsupported("a negative shift count"),
            },
            Value::Sized {
                expr,
                signed: false,
                ..
            } => expr,
            Value::Sized { .. } => return self.unsupported("a signed shift count"),
        };
        let expr = self.shift(op, expr, count);
        Ok(Value::Sized {
            expr,
            signed,
            loose: false,
        })
    }

    /// A logical shift; by a constant it is a concatenation where possible.
    pub(super) fn shift(&self, op: &'static str, expr: Expr, count: Expr) -> Expr {
        let width = expr.width;
        if expr.is_zero() {
            return expr;
        }
        let Some(by) = count.value() else {
            let kind = Kind::Shift(op, Box::new(expr), Box::new(count));
            return Expr { width, kind };
        };
        let by = by.to_usize().unwrap_or(usize::MAX).min(width);
        if by == 0 {
            return expr;
        }
        if by == width {
            return Expr::zero(width);
        }
        let low = if op == "<<" { 0 } else { by };
        match slice(&expr, low, width - by, &self.width_of()) {
            Some(kept) if op == "<<" => concat(vec![kept, Expr::zero(by)]),
            Some(kept) => concat(vec![Expr::zero(by), kept]),
            None => {
                let count = Expr::constant(BigUint::from(by), 32);
                let kind = Kind::Shift(op, Box::new(expr), Box::new(count));
                Expr { width, kind }
            }
        }
    }
}

fn fold(op: &Op, p: &BigInt, q: &BigInt) -> Option<BigInt> {
    let flag = |value: bool| BigInt::from(u32::from(value));
    Some(match op {
        Op::Add => p + q,
        Op::Sub => p - q,
        Op::Mul => p * q,
        Op::BitAnd => p & q,
        Op::BitOr => p | q,
        Op::BitXor => p ^ q,
        Op::Shl => p << q.to_u16()?,
        Op::Shr => p >> q.to_u16()?,
        Op::Eq => flag(p == q),
        Op::Ne => flag(p != q),
        Op::Lt => flag(p < q),
        Op::Le => flag(p <= q),
        Op::Gt => flag(p > q),
        Op::Ge => flag(p >= q),
        Op::LogicalAnd => flag(!p.is_zero() && !q.is_zero()),
        Op::LogicalOr => flag(!p.is_zero() || !q.is_zero()),
    })
}

/// A comparison with a literal that is wider than the other side (`x.index() < 300`) is known.
fn too_big(op: &str, x: &Value, y: &Value) -> Option<bool> {
    for (one, other, is_left) in [(x, y, true), (y, x, false)] {
        if let (
            Value::Literal(value),
            Value::Sized {
                expr,
                signed: false,
                ..
            },
        ) = (one, other)
            && !value.is_negative()
            && value.bits() > expr.width as u64
        {
            return Some(match op {
                "==" => false,
                "!=" => true,
                "<" | "<=" => !is_left,
                _ => is_left,
            });
        }
    }
    None
}

/// A comparison that holds always or never because a side is 0 or all ones (lint calls it constant).
fn against_bound(op: &str, p: &Expr, q: &Expr) -> Option<bool> {
    let all_ones = |expr: &Expr| {
        expr.value()
            .is_some_and(|v| *v == crate::ir::ones(expr.width))
    };
    match op {
        "<" if q.is_zero() || all_ones(p) => Some(false),
        ">" if p.is_zero() || all_ones(q) => Some(false),
        "<=" if p.is_zero() || all_ones(q) => Some(true),
        ">=" if q.is_zero() || all_ones(p) => Some(true),
        _ => None,
    }
}
