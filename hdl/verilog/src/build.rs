//! Builds the tree of a hand-written `hdl()` with plain Rust: decode tables, multiplexers, and other
//! regular structures whose shape comes from a table or from a const generic.
//!
//! A block whose `hdl()` returns [`kernel`] goes through the same checks and printer as a
//! `#[hdl_gen]` kernel; the author writes `update` (its behaviour) and `connect` (every signal that
//! the block drives) by hand, and tests the two against each other with [`crate::harness::cosim`].
//!
//! Names are those of the block's fields, with their path: `"x[3]"`, `"sub[1].port"`, `"state.d"`.
//! ```
//! use gasworks_verilog::build::{case, kernel, lit, set, sig};
//! use gasworks_verilog::word::Word;
//! use rust_hdl::prelude::*;
//!
//! const TABLE: [u64; 3] = [5, 1, 4];
//!
//! #[derive(LogicBlock, Default)]
//! struct Decode {
//!     op: Signal<In, Word<2>>,
//!     cost: Signal<Out, Word<3>>,
//! }
//! impl Logic for Decode {
//!     fn update(&mut self) {
//!         let cost = TABLE.get(self.op.val().index()).copied().unwrap_or(0);
//!         self.cost.next = cost.into();
//!     }
//!     fn connect(&mut self) {
//!         self.cost.connect();
//!     }
//!     fn hdl(&self) -> Verilog {
//!         let arms = (0..).zip(TABLE).map(|(op, cost)| (op, vec![set("cost", lit(cost, 3))]));
//!         kernel(vec![case(sig("op"), arms, vec![set("cost", lit(0, 3))])])
//!     }
//! }
//! ```

use rust_hdl::prelude::Synth;
use rust_hdl::prelude::ast::{
    Verilog, VerilogBlock, VerilogBlockOrConditional, VerilogCase, VerilogConditional,
    VerilogExpression, VerilogMatch, VerilogOp, VerilogOpUnary, VerilogStatement,
};

use crate::word::Word;

/// An expression of the tree.
pub type Expression = VerilogExpression;
/// A statement of the tree.
pub type Statement = VerilogStatement;
/// A binary operator.
pub use rust_hdl::prelude::ast::VerilogOp as Op;

/// What `hdl()` returns for these statements.
#[must_use]
pub fn kernel(statements: Vec<Statement>) -> Verilog {
    Verilog::Combinatorial(statements)
}

/// Names the module that this block prints as.
#[must_use]
pub fn module_name(name: &str) -> Statement {
    VerilogStatement::Comment(format!("module {name}"))
}

/// A signal or a `Constant` of the block.
#[must_use]
pub fn sig(name: impl Into<String>) -> Expression {
    VerilogExpression::Signal(name.into())
}

/// The constant `value` of `width` bits.
#[must_use]
pub fn lit(value: u64, width: usize) -> Expression {
    VerilogExpression::Cast(Box::new(VerilogExpression::Literal(value.into())), width)
}

/// A constant word.
#[must_use]
pub fn lit_word<const N: usize>(value: Word<N>) -> Expression {
    VerilogExpression::Cast(Box::new(VerilogExpression::Literal(value.verilog())), N)
}

/// Bits `[low + width - 1 : low]`; bits past the end are zero.
#[must_use]
pub fn slice(value: Expression, low: usize, width: usize) -> Expression {
    let low = VerilogExpression::Literal(low.into());
    VerilogExpression::Slice(Box::new(value), width, Box::new(low))
}

/// Bit `at`.
#[must_use]
pub fn bit(value: Expression, at: usize) -> Expression {
    let at = VerilogExpression::Literal(at.into());
    VerilogExpression::Index(Box::new(value), Box::new(at))
}

/// Widens with zeros or truncates.
#[must_use]
pub fn resize(value: Expression, width: usize) -> Expression {
    VerilogExpression::Cast(Box::new(value), width)
}

/// The parts, most significant first, each with its width, as one value.
#[must_use]
pub fn concat(parts: Vec<(Expression, usize)>) -> Expression {
    let width = parts.iter().map(|(_, width)| width).sum();
    let mut low = 0;
    let mut out = lit(0, width);
    for (part, part_width) in parts.into_iter().rev() {
        let part = bin(
            resize(part, width),
            VerilogOp::Shl,
            VerilogExpression::Literal(low.into()),
        );
        out = bin(out, VerilogOp::BitOr, part);
        low += part_width;
    }
    out
}

/// A binary operation.
#[must_use]
pub fn bin(left: Expression, op: Op, right: Expression) -> Expression {
    VerilogExpression::Binary(Box::new(left), op, Box::new(right))
}

/// `left == right`.
#[must_use]
pub fn eq(left: Expression, right: Expression) -> Expression {
    bin(left, VerilogOp::Eq, right)
}

/// Bitwise (or, of one bit, logical) not.
#[must_use]
pub fn not(value: Expression) -> Expression {
    VerilogExpression::Unary(VerilogOpUnary::Not, Box::new(value))
}

/// Whether a bit is set.
#[must_use]
pub fn any(value: Expression) -> Expression {
    VerilogExpression::Unary(VerilogOpUnary::Any, Box::new(value))
}

/// Assigns a signal that the block drives.
#[must_use]
pub fn set(target: impl Into<String>, value: Expression) -> Statement {
    VerilogStatement::Assignment(sig(target), value)
}

/// `if test { then } else { otherwise }`.
#[must_use]
pub fn iff(test: Expression, then: VerilogBlock, otherwise: VerilogBlock) -> Statement {
    VerilogStatement::If(VerilogConditional {
        test,
        then,
        otherwise: VerilogBlockOrConditional::Block(otherwise),
    })
}

/// A `case` over the values of `subject`, with a default.
#[must_use]
pub fn case(
    subject: Expression,
    arms: impl IntoIterator<Item = (u64, VerilogBlock)>,
    default: VerilogBlock,
) -> Statement {
    let mut cases: Vec<VerilogCase> = arms
        .into_iter()
        .map(|(value, block)| VerilogCase {
            condition: value.to_string(),
            block,
        })
        .collect();
    cases.push(VerilogCase {
        condition: "default".into(),
        block: default,
    });
    VerilogStatement::Match(VerilogMatch {
        test: subject,
        cases,
    })
}
