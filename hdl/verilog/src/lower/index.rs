//! Arguments of `get_bit`, `get_bits` and `replace_bit`: `usize` arithmetic, which never wraps.

use num_bigint::{BigInt, BigUint};
use num_traits::Signed as _;
use rust_hdl::prelude::ast::{VerilogExpression as E, VerilogOp as Op};

use super::{Lower, Result, Value};
use crate::VerilogError;
use crate::ir::{Expr, Stmt, ones};
use crate::simplify::{binary, extend};

impl Lower<'_> {
    /// An index in as many bits as it needs.
    pub(super) fn index(&mut self, e: &E, before: &mut Vec<Stmt>) -> Result<Expr> {
        match e {
            E::Paren(inner) => self.index(inner, before),
            E::Binary(left, op @ (Op::Add | Op::Sub | Op::Mul), right) => {
                let (p, q) = (self.index(left, before)?, self.index(right, before)?);
                if let (Some(x), Some(y)) = (p.value(), q.value()) {
                    return self.constant_sum(op, x, y);
                }
                if !matches!(op, Op::Mul) && !scaled(left) && !scaled(right) {
                    let (module, place) = self.here();
                    return Err(VerilogError::AmbiguousIndex { module, place });
                }
                Ok(sum(op, p, q))
            }
            other => match self.expr(other, before)? {
                Value::Literal(value) => match value.to_biguint() {
                    Some(value) => Ok(minimal(value)),
                    None => self.out_of_range(value, 0),
                },
                Value::Sized { expr, .. } => Ok(match expr.value() {
                    Some(value) => minimal(value.clone()),
                    None => expr,
                }),
            },
        }
    }

    fn constant_sum(&self, op: &Op, x: &BigUint, y: &BigUint) -> Result<Expr> {
        let (x, y) = (BigInt::from(x.clone()), BigInt::from(y.clone()));
        let value = match op {
            Op::Add => x + y,
            Op::Mul => x * y,
            _ => x - y,
        };
        if value.is_negative() {
            return self.out_of_range(value, 0);
        }
        Ok(minimal(value.magnitude().clone()))
    }
}

/// A product with a literal, which only `usize` has: `a.index() * 8`.
fn scaled(e: &E) -> bool {
    match e {
        E::Paren(inner) => scaled(inner),
        E::Binary(left, Op::Mul, right) => {
            matches!(**left, E::Literal(_)) || matches!(**right, E::Literal(_))
        }
        E::Binary(left, _, right) => scaled(left) || scaled(right),
        _ => false,
    }
}

fn minimal(value: BigUint) -> Expr {
    let width = usize::try_from(value.bits()).unwrap_or(usize::MAX).max(1);
    Expr::constant(value, width)
}

fn sum(op: &Op, p: Expr, q: Expr) -> Expr {
    let most = |e: &Expr| e.value().cloned().unwrap_or_else(|| ones(e.width));
    let (name, most) = match op {
        Op::Add => ("+", most(&p) + most(&q)),
        Op::Mul => ("*", most(&p) * most(&q)),
        _ => ("-", most(&p)),
    };
    let width = usize::try_from(most.bits()).unwrap_or(usize::MAX);
    let width = width.max(p.width).max(q.width);
    binary(name, extend(p, width), extend(q, width))
}
