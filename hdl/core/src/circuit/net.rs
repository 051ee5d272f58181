//! Values of a circuit and what can be done with them.

use super::Circuit;
use rust_hdl::prelude::Bits;
use rust_hdl::prelude::ast::{VerilogExpression as E, VerilogLiteral, VerilogOp, VerilogOpUnary};
use std::ops::{Add, BitAnd, BitOr, BitXor, Not, Sub};
use std::rc::Rc;

/// An expression above this number of operators gets a wire of its own.
const MAX_OPERATORS: usize = 12;

/// A value of a known width.
#[derive(Clone)]
pub struct Net {
    circuit: Circuit,
    expression: Rc<E>,
    width: usize,
    operators: usize,
    /// The plain signal that these are bits of, and the lowest bit.
    part_of: Option<(Rc<Net>, usize)>,
}

fn boxed(e: &E) -> Box<E> {
    Box::new(e.clone())
}

impl Net {
    pub(super) fn signal(circuit: &Circuit, name: String, width: usize) -> Self {
        assert!(width > 0, "{name} has no bits");
        Self {
            circuit: circuit.clone(),
            expression: Rc::new(E::Signal(name)),
            width,
            operators: 0,
            part_of: None,
        }
    }

    pub(super) fn literal(circuit: &Circuit, value: u64, width: usize) -> Self {
        assert!(
            width >= 64 || value >> width == 0,
            "{value} in {width} bits"
        );
        let bits: Bits<64> = value.into();
        Self {
            circuit: circuit.clone(),
            expression: Rc::new(E::Cast(
                Box::new(E::Literal(VerilogLiteral::from(bits))),
                width,
            )),
            width,
            operators: 0,
            part_of: None,
        }
    }

    fn make(&self, expression: E, width: usize, operators: usize) -> Self {
        let net = Self {
            circuit: self.circuit.clone(),
            expression: Rc::new(expression),
            width,
            operators,
            part_of: None,
        };
        if operators > MAX_OPERATORS {
            self.circuit.wire("t", &net)
        } else {
            net
        }
    }

    pub(super) fn expression(&self) -> E {
        (*self.expression).clone()
    }

    pub(super) fn text(&self) -> String {
        match &*self.expression {
            E::Signal(name) => name.clone(),
            other => format!("{other:?}"),
        }
    }

    /// Width in bits.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// The same value as a plain signal.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        if matches!(&*self.expression, E::Signal(_)) {
            self.clone()
        } else {
            self.circuit.wire(name, self)
        }
    }

    fn binary(&self, op: VerilogOp, other: &Self, width: usize) -> Self {
        assert_eq!(
            self.width,
            other.width,
            "{op:?} of {} and {}",
            self.text(),
            other.text()
        );
        let e = E::Paren(Box::new(E::Binary(
            boxed(&self.expression),
            op,
            boxed(&other.expression),
        )));
        self.make(e, width, self.operators + other.operators + 1)
    }

    /// `self == other`.
    #[must_use]
    pub fn equals(&self, other: &Self) -> Self {
        self.binary(VerilogOp::Eq, other, 1)
    }
    /// `self == value`.
    #[must_use]
    pub fn is(&self, value: u64) -> Self {
        self.equals(&self.circuit.lit(value, self.width))
    }
    /// `self < other`, unsigned.
    #[must_use]
    pub fn below(&self, other: &Self) -> Self {
        self.binary(VerilogOp::Lt, other, 1)
    }
    /// At least one bit is set.
    #[must_use]
    pub fn any(&self) -> Self {
        if self.width == 1 {
            return self.clone();
        }
        let e = E::Unary(VerilogOpUnary::Any, boxed(&self.named("v").expression));
        self.make(e, 1, self.operators + 1)
    }
    /// `count` bits from bit `low`.
    #[must_use]
    pub fn bits(&self, low: usize, count: usize) -> Self {
        assert!(
            low + count <= self.width,
            "[{low} +: {count}] of {}",
            self.text()
        );
        if low == 0 && count == self.width {
            return self.clone();
        }
        if let Some((base, offset)) = &self.part_of {
            return base.part(offset + low, count);
        }
        self.named("v").part(low, count)
    }

    /// Bits of a plain signal; their own bits are then taken from the signal, too.
    fn part(&self, low: usize, count: usize) -> Self {
        let offset = E::Literal(VerilogLiteral::from(low as u32));
        let e = E::Slice(boxed(&self.expression), count, Box::new(offset));
        Self {
            part_of: Some((Rc::new(self.clone()), low)),
            ..self.make(e, count, 0)
        }
    }
    /// One bit.
    #[must_use]
    pub fn bit(&self, index: usize) -> Self {
        self.bits(index, 1)
    }
    /// Zero-extended, or cut, to `width`.
    #[must_use]
    pub fn resize(&self, width: usize) -> Self {
        if width <= self.width {
            return self.bits(0, width);
        }
        self.make(
            E::Cast(boxed(&self.expression), width),
            width,
            self.operators,
        )
    }
    /// Sign-extended to `width`.
    #[must_use]
    pub fn sign_extend(&self, width: usize) -> Self {
        if width <= self.width {
            return self.bits(0, width);
        }
        let base = self.named("v");
        let sign = base.bit(self.width - 1).repeat(width - self.width);
        base.above(&sign)
    }
    /// A single bit, `count` times.
    #[must_use]
    pub fn repeat(&self, count: usize) -> Self {
        assert_eq!(self.width, 1);
        if count == 1 {
            return self.clone();
        }
        let ones = if count >= 64 {
            !self.circuit.lit(0, count)
        } else {
            self.circuit.lit((1 << count) - 1, count)
        };
        self.mux(&ones, &self.circuit.lit(0, count))
    }
    /// `high` placed above this value: concatenation.
    #[must_use]
    pub fn above(&self, high: &Self) -> Self {
        let width = self.width + high.width;
        let shift = E::Literal(VerilogLiteral::from(self.width as u32));
        let top = E::Binary(
            Box::new(E::Cast(boxed(&high.expression), width)),
            VerilogOp::Shl,
            Box::new(shift),
        );
        let e = E::Paren(Box::new(E::Binary(
            Box::new(E::Cast(boxed(&self.expression), width)),
            VerilogOp::BitOr,
            Box::new(E::Paren(Box::new(top))),
        )));
        self.make(e, width, self.operators + high.operators + 1)
    }
    /// Where this bit is set `then`, else `otherwise`.
    #[must_use]
    pub fn mux(&self, then: &Self, otherwise: &Self) -> Self {
        assert_eq!(self.width, 1, "condition {}", self.text());
        self.circuit.first("m", &[(self, then)], otherwise)
    }
    /// `self + value` modulo 2^width.
    #[must_use]
    pub fn plus(&self, value: u64) -> Self {
        self + &self.circuit.lit(value, self.width)
    }
    /// `self - value` modulo 2^width.
    #[must_use]
    pub fn minus(&self, value: u64) -> Self {
        self - &self.circuit.lit(value, self.width)
    }
}

/// Concatenation, least significant part first.
#[must_use]
pub fn concat(parts: &[&Net]) -> Net {
    let (first, rest) = parts.split_first().expect("at least one part");
    rest.iter()
        .fold((*first).clone(), |low, high| low.above(high))
}

/// The OR of all.
#[must_use]
pub fn any_of(nets: &[Net]) -> Net {
    let (first, rest) = nets.split_first().expect("at least one net");
    rest.iter().fold(first.clone(), |a, b| &a | b)
}

macro_rules! operator {
    ($trait:ident, $method:ident, $op:ident) => {
        impl $trait<&Net> for &Net {
            type Output = Net;
            fn $method(self, other: &Net) -> Net {
                self.binary(VerilogOp::$op, other, self.width)
            }
        }
        impl $trait<Net> for &Net {
            type Output = Net;
            fn $method(self, other: Net) -> Net {
                self.binary(VerilogOp::$op, &other, self.width)
            }
        }
        impl $trait<&Net> for Net {
            type Output = Net;
            fn $method(self, other: &Net) -> Net {
                self.binary(VerilogOp::$op, other, self.width)
            }
        }
        impl $trait<Net> for Net {
            type Output = Net;
            fn $method(self, other: Net) -> Net {
                self.binary(VerilogOp::$op, &other, self.width)
            }
        }
    };
}
operator!(BitAnd, bitand, BitAnd);
operator!(BitOr, bitor, BitOr);
operator!(BitXor, bitxor, BitXor);
operator!(Add, add, Add);
operator!(Sub, sub, Sub);

impl Not for &Net {
    type Output = Net;
    fn not(self) -> Net {
        let e = E::Unary(VerilogOpUnary::Not, boxed(&self.expression));
        self.make(e, self.width, self.operators + 1)
    }
}
impl Not for Net {
    type Output = Net;
    fn not(self) -> Net {
        !&self
    }
}
