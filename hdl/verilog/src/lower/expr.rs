//! Expressions: leaves, casts, unary operators, bits and slices.

use num_bigint::{BigInt, BigUint};
use num_traits::{Signed as _, ToPrimitive, Zero};
use rust_hdl::prelude::ast::{VerilogExpression, VerilogOpUnary};

use super::{Lower, Result, Value};
use crate::VerilogError;
use crate::collect::{literal, wrap};
use crate::ir::{Expr, Kind, SignalId, Stmt, ones};
use crate::simplify::{binary, concat, extend, reduce, slice, unary};
use crate::word::decode_const;

impl Lower<'_> {
    pub(super) fn expr(&mut self, e: &VerilogExpression, before: &mut Vec<Stmt>) -> Result<Value> {
        use VerilogExpression as E;
        match e {
            E::Signal(name) => self.named(name),
            E::Literal(x) => {
                let (value, width) = literal(x);
                // The width of a literal is that of its Rust type, except for bool.
                Ok(match width {
                    1 => Value::sized(Expr::constant(wrap(&value, 1), 1)),
                    _ => Value::Literal(value),
                })
            }
            E::Paren(inner) => self.expr(inner, before),
            E::Cast(inner, width) => self.cast(inner, *width, before),
            E::Signed(inner) => Ok(match self.expr(inner, before)? {
                Value::Sized { expr, signed, .. } => {
                    // `signed_cast` takes unsigned, `signed_bit_cast` takes signed.
                    let loose = signed;
                    Value::Sized {
                        expr,
                        signed: true,
                        loose,
                    }
                }
                flexible => flexible,
            }),
            E::Unsigned(inner) => match self.expr(inner, before)? {
                Value::Sized { loose: true, .. } => {
                    self.unsupported("unsigned_cast of signed_bit_cast")
                }
                Value::Sized { expr, .. } => Ok(Value::sized(expr)),
                flexible => Ok(flexible),
            },
            E::Unary(op, inner) => self.unary(op, inner, before),
            E::Binary(left, op, right) => self.binary(left, op, right, before),
            E::Index(inner, index) => self.bit(inner, index, before),
            E::Slice(inner, width, offset) => self.part(inner, *width, offset, before),
            E::IndexReplace(inner, index, bit) => self.replace(inner, index, bit, before),
        }
    }

    /// A condition: one bit.
    pub(super) fn condition(
        &mut self,
        e: &VerilogExpression,
        before: &mut Vec<Stmt>,
    ) -> Result<Expr> {
        match self.expr(e, before)? {
            Value::Literal(value) => Ok(Expr::flag(!value.is_zero())),
            sized => self.fix(sized, 1, before),
        }
    }

    fn cast(
        &mut self,
        e: &VerilogExpression,
        width: usize,
        before: &mut Vec<Stmt>,
    ) -> Result<Value> {
        if let Some((width, value)) = decode_const(width) {
            let value = BigUint::from(value);
            let kind = match e {
                VerilogExpression::Signal(name) if self.variable(name).is_none() => {
                    let name = name.rsplit('$').next().unwrap_or(name);
                    Kind::Named(name.to_owned(), value)
                }
                _ => Kind::Const(value),
            };
            return Ok(Value::sized(Expr { width, kind }));
        }
        match self.expr(e, before)? {
            Value::Literal(value) => Ok(Value::sized(self.sized_literal(&value, width)?)),
            Value::Sized { loose: true, .. } => self.unsupported("bit_cast of signed_bit_cast"),
            Value::Sized { expr, .. } => Ok(Value::sized(self.resize(expr, width, before))),
        }
    }

    fn unary(
        &mut self,
        op: &VerilogOpUnary,
        e: &VerilogExpression,
        before: &mut Vec<Stmt>,
    ) -> Result<Value> {
        let (expr, signed) = match (op, self.expr(e, before)?) {
            (VerilogOpUnary::Neg, Value::Literal(value)) => return Ok(Value::Literal(-value)),
            (_, Value::Literal(_)) => return self.unsupported("an operator on a bare literal"),
            (_, Value::Sized { loose: true, .. }) => {
                return self.unsupported("an operator on signed_bit_cast");
            }
            (_, Value::Sized { expr, signed, .. }) => (expr, signed),
        };
        let kept = |expr| Value::Sized {
            expr,
            signed,
            loose: false,
        };
        Ok(match op {
            VerilogOpUnary::Not => kept(unary("~", expr)),
            VerilogOpUnary::Neg => kept(unary("-", expr)),
            VerilogOpUnary::All => Value::sized(reduce("&", expr)),
            VerilogOpUnary::Any => Value::sized(reduce("|", expr)),
            VerilogOpUnary::Xor => Value::sized(reduce("^", expr)),
        })
    }

    /// The operand of a bit or slice operation, which must have a width of its own.
    fn operand(&mut self, e: &VerilogExpression, before: &mut Vec<Stmt>) -> Result<(Expr, bool)> {
        match self.expr(e, before)? {
            Value::Sized {
                expr,
                signed,
                loose: false,
            } => Ok((expr, signed)),
            _ => self.unsupported("a bit or slice of a value without a width"),
        }
    }

    /// `get_bit`.
    fn bit(
        &mut self,
        e: &VerilogExpression,
        index: &VerilogExpression,
        before: &mut Vec<Stmt>,
    ) -> Result<Value> {
        let index = self.index(index, before)?;
        let (expr, _) = self.operand(e, before)?;
        if let Some(at) = index.value() {
            return match at.to_usize() {
                Some(at) if at < expr.width => Ok(Value::sized(self.slice(expr, at, 1, before))),
                _ => self.out_of_range(at, expr.width),
            };
        }
        if expr.width == 1 {
            return Ok(Value::sized(expr));
        }
        let needed = (usize::BITS - (expr.width - 1).leading_zeros()) as usize;
        let index = self.resize(index, needed, before);
        let id = self.temporary(expr, before);
        Ok(Value::sized(Expr::bit(Kind::Bit(id, Box::new(index)))))
    }

    /// `get_bits`; bits past the end are zero.
    fn part(
        &mut self,
        e: &VerilogExpression,
        width: usize,
        offset: &VerilogExpression,
        before: &mut Vec<Stmt>,
    ) -> Result<Value> {
        let offset = self.index(offset, before)?;
        let (expr, signed) = self.operand(e, before)?;
        let expr = match offset.value().map(|at| at.to_usize().unwrap_or(usize::MAX)) {
            Some(at) if at >= expr.width => Expr::zero(width),
            Some(at) => {
                let count = width.min(expr.width - at);
                extend(self.slice(expr, at, count, before), width)
            }
            None => {
                let shifted = self.shift(">>", expr, offset);
                self.resize(shifted, width, before)
            }
        };
        Ok(Value::Sized {
            expr,
            signed,
            loose: false,
        })
    }

    /// `replace_bit`: clear the bit, or in the new one.
    fn replace(
        &mut self,
        e: &VerilogExpression,
        index: &VerilogExpression,
        bit: &VerilogExpression,
        before: &mut Vec<Stmt>,
    ) -> Result<Value> {
        let index = self.index(index, before)?;
        let (expr, signed) = self.operand(e, before)?;
        let bit = self.condition(bit, before)?;
        let width = expr.width;
        if let Some(at) = index.value() {
            let Some(at) = at.to_usize().filter(|at| *at < width) else {
                return self.out_of_range(at, width);
            };
            let high = self.slice_or_none(&expr, at + 1, width - at - 1, before);
            let low = self.slice_or_none(&expr, 0, at, before);
            let parts = [high, Some(bit), low].into_iter().flatten().collect();
            let expr = concat(parts);
            return Ok(Value::Sized {
                expr,
                signed,
                loose: false,
            });
        }
        let one = Expr::constant(BigUint::from(1_u32), width);
        let mask = self.shift("<<", one, index.clone());
        let set = self.shift("<<", extend(bit, width), index);
        let expr = binary("|", binary("&", expr, unary("~", mask)), set);
        Ok(Value::Sized {
            expr,
            signed,
            loose: false,
        })
    }

    fn slice_or_none(
        &mut self,
        expr: &Expr,
        low: usize,
        width: usize,
        before: &mut Vec<Stmt>,
    ) -> Option<Expr> {
        (width > 0).then(|| self.slice(expr.clone(), low, width, before))
    }

    pub(super) fn width_of(&self) -> impl Fn(SignalId) -> usize + '_ {
        |id| self.signals[id].width
    }

    /// Bits `[low + width - 1 : low]`, through a temporary if need be.
    pub(super) fn slice(
        &mut self,
        expr: Expr,
        low: usize,
        width: usize,
        before: &mut Vec<Stmt>,
    ) -> Expr {
        if let Some(part) = slice(&expr, low, width, &self.width_of()) {
            return part;
        }
        let id = self.temporary(expr, before);
        let kind = Kind::Range(id, low);
        Expr { width, kind }
    }

    /// Truncates, or extends with zeros.
    pub(super) fn resize(&mut self, expr: Expr, width: usize, before: &mut Vec<Stmt>) -> Expr {
        if expr.width > width {
            return self.slice(expr, 0, width, before);
        }
        extend(expr, width)
    }

    /// Truncates, or extends with the sign.
    pub(super) fn sign_extend(&mut self, expr: Expr, width: usize, before: &mut Vec<Stmt>) -> Expr {
        let own = expr.width;
        if own >= width {
            return self.slice(expr, 0, width, before);
        }
        if let Some(value) = expr.value() {
            let high = match value.bit(own as u64 - 1) {
                true => ones(width - own) << own,
                false => BigUint::ZERO,
            };
            return Expr::constant(value | high, width);
        }
        let id = self.temporary(expr, before);
        let sign = self.slice(Expr::signal(id, own), own - 1, 1, before);
        let high = match width - own {
            1 => sign,
            count => Expr {
                width: count,
                kind: Kind::Repeat(count, Box::new(sign)),
            },
        };
        concat(vec![high, Expr::signal(id, own)])
    }

    pub(super) fn sized_literal(&self, value: &BigInt, width: usize) -> Result<Expr> {
        let fits = match value.is_negative() {
            true => (-value - 1_i32).bits() < width as u64,
            false => value.bits() <= width as u64,
        };
        if !fits {
            let (module, place) = self.here();
            let value = value.to_string();
            return Err(VerilogError::LiteralTooWide {
                module,
                place,
                value,
                width,
            });
        }
        Ok(Expr::constant(wrap(value, width), width))
    }

    /// A value in a context of `width` bits.
    pub(super) fn fix(
        &mut self,
        value: Value,
        width: usize,
        before: &mut Vec<Stmt>,
    ) -> Result<Expr> {
        match value {
            Value::Literal(value) => self.sized_literal(&value, width),
            Value::Sized { expr, .. } if expr.width == width => Ok(expr),
            Value::Sized {
                expr, loose: true, ..
            } => Ok(self.sign_extend(expr, width, before)),
            Value::Sized { expr, .. } => self.width_error(expr.width, width),
        }
    }
}
