//! Constructors of expressions that keep the invariant of [`crate::ir`] and fold what they can, so
//! that shifts and ors of casts, the only concatenation that kernels have, print as `{ }`.

use num_bigint::BigUint;

use crate::ir::{Expr, Kind, SignalId, ones};

/// Bits `[low + width - 1 : low]` of an expression; none when only a temporary can express it
/// (Verilog slices signals, not expressions).
pub(crate) fn slice(
    expr: &Expr,
    low: usize,
    width: usize,
    width_of: &dyn Fn(SignalId) -> usize,
) -> Option<Expr> {
    if low == 0 && width == expr.width {
        return Some(expr.clone());
    }
    debug_assert!(low + width <= expr.width, "slice past the end");
    let part = |e: &Expr| slice(e, low, width, width_of);
    let kind = match &expr.kind {
        Kind::Const(value) | Kind::Named(_, value) => {
            return Some(Expr::constant(value >> low, width));
        }
        Kind::Signal(id) => Kind::Range(*id, low),
        Kind::Range(id, base) if base + low == 0 && width == width_of(*id) => Kind::Signal(*id),
        Kind::Range(id, base) => Kind::Range(*id, base + low),
        Kind::Binary(op @ ("&" | "|" | "^"), a, b) => {
            Kind::Binary(op, Box::new(part(a)?), Box::new(part(b)?))
        }
        // The low bits of a sum depend on the low bits only.
        Kind::Binary(op @ ("+" | "-"), a, b) if low == 0 => {
            Kind::Binary(op, Box::new(part(a)?), Box::new(part(b)?))
        }
        Kind::Unary(op, a) if *op == "~" || low == 0 => Kind::Unary(op, Box::new(part(a)?)),
        Kind::Repeat(_, a) if a.width == 1 && width == 1 => return Some((**a).clone()),
        Kind::Repeat(_, a) if a.width == 1 => Kind::Repeat(width, a.clone()),
        Kind::Concat(parts) => return slice_concat(parts, low, width, width_of),
        _ => return None,
    };
    Some(Expr { width, kind })
}

fn slice_concat(
    parts: &[Expr],
    low: usize,
    width: usize,
    width_of: &dyn Fn(SignalId) -> usize,
) -> Option<Expr> {
    let mut top: usize = parts.iter().map(|part| part.width).sum();
    let mut out = Vec::new();
    for part in parts {
        let base = top - part.width;
        let (from, to) = (base.max(low), top.min(low + width));
        if from < to {
            out.push(slice(part, from - base, to - from, width_of)?);
        }
        top = base;
    }
    Some(concat(out))
}

/// Concatenation, most significant part first; neighbours that continue each other become one.
pub(crate) fn concat(parts: Vec<Expr>) -> Expr {
    let mut out: Vec<Expr> = Vec::new();
    for part in parts.into_iter().filter(|part| part.width > 0) {
        match part.kind {
            Kind::Concat(inner) => inner.into_iter().for_each(|p| push(&mut out, p)),
            _ => push(&mut out, part),
        }
    }
    if out.len() == 1 {
        return out.remove(0);
    }
    let width = out.iter().map(|part| part.width).sum();
    let kind = Kind::Concat(out);
    Expr { width, kind }
}

fn push(out: &mut Vec<Expr>, part: Expr) {
    if let Some(last) = out.last_mut() {
        let width = last.width + part.width;
        match (&last.kind, &part.kind) {
            (Kind::Const(high), Kind::Const(low)) => {
                *last = Expr::constant((high << part.width) | low, width);
                return;
            }
            (Kind::Range(a, high), Kind::Range(b, low)) if a == b && *high == low + part.width => {
                let kind = Kind::Range(*a, *low);
                *last = Expr { width, kind };
                return;
            }
            _ => {}
        }
    }
    out.push(part);
}

/// Zero-extends to at least `width` bits.
pub(crate) fn extend(expr: Expr, width: usize) -> Expr {
    if expr.width >= width {
        return expr;
    }
    concat(vec![Expr::zero(width - expr.width), expr])
}

/// `~` or `-`.
pub(crate) fn unary(op: &'static str, operand: Expr) -> Expr {
    let width = operand.width;
    if let Kind::Const(value) = &operand.kind {
        let folded = match op {
            "~" => ones(width) ^ value,
            _ => (BigUint::from(1_u32) << width) - value,
        };
        return Expr::constant(folded, width);
    }
    let kind = Kind::Unary(op, Box::new(operand));
    Expr { width, kind }
}

/// A reduction to one bit.
pub(crate) fn reduce(op: &'static str, operand: Expr) -> Expr {
    if operand.width == 1 {
        return operand;
    }
    Expr::bit(Kind::Reduce(op, Box::new(operand)))
}

/// `+ - * & | ^` of operands of one width.
pub(crate) fn binary(op: &'static str, a: Expr, b: Expr) -> Expr {
    assert_eq!(a.width, b.width, "operands of {op} have one width");
    let width = a.width;
    if let (Kind::Const(p), Kind::Const(q)) = (&a.kind, &b.kind) {
        let folded = match op {
            "+" => p + q,
            "-" => (p + (BigUint::from(1_u32) << width)) - q,
            "*" => p * q,
            "&" => p & q,
            "|" => p | q,
            _ => p ^ q,
        };
        return Expr::constant(folded, width);
    }
    if matches!(op, "|" | "^" | "+") {
        if a.is_zero() {
            return b;
        }
        if b.is_zero() {
            return a;
        }
    }
    if matches!(op, "|" | "^")
        && let Some(joined) = join(&a, &b)
    {
        return joined;
    }
    let kind = Kind::Binary(op, Box::new(a), Box::new(b));
    Expr { width, kind }
}

/// The non-zero parts of an expression with their lowest bits.
fn parts(expr: &Expr) -> Vec<(usize, Expr)> {
    let whole = std::slice::from_ref(expr);
    let list = match &expr.kind {
        Kind::Concat(list) => list.as_slice(),
        _ => whole,
    };
    let mut top = expr.width;
    let mut out = Vec::new();
    for part in list {
        top -= part.width;
        if !part.is_zero() {
            out.push((top, part.clone()));
        }
    }
    out
}

/// OR or XOR of concatenations whose non-zero parts do not overlap is a concatenation.
fn join(a: &Expr, b: &Expr) -> Option<Expr> {
    if !matches!(a.kind, Kind::Concat(_)) && !matches!(b.kind, Kind::Concat(_)) {
        return None;
    }
    let mut all = parts(a);
    all.extend(parts(b));
    all.sort_by_key(|part| std::cmp::Reverse(part.0));
    let mut out = Vec::new();
    let mut top = a.width;
    for (low, part) in all {
        if low + part.width > top {
            return None;
        }
        out.push(Expr::zero(top - low - part.width));
        top = low;
        out.push(part);
    }
    out.push(Expr::zero(top));
    Some(concat(out))
}
