//! Names of the tree: signals, constants, enum labels, loop variables.

use num_bigint::{BigInt, BigUint};
use num_traits::ToPrimitive;
use rust_hdl::prelude::ast::VerilogExpression;

use super::text::{evaluate, integer};
use super::{Lower, Result, Role, Value};
use crate::VerilogError;
use crate::ir::{Expr, Kind, SignalId};

/// A `Constant<>` wider than this prints under its name.
const NAMED_WIDTH: usize = 16;

impl Lower<'_> {
    /// Value of a loop variable or of a constant given by the options.
    pub(super) fn variable(&self, name: &str) -> Option<i64> {
        let in_loop = self.loops.iter().rev().find(|(known, _)| known == name);
        in_loop.map(|(_, value)| *value).or_else(|| {
            let value = self.options.get(&name.replace("::", "$"))?;
            i64::try_from(*value).ok()
        })
    }

    /// What a name inside `[..]` stands for: a variable, or `constant.val().index()` of the block.
    fn index_variable(&self, name: &str) -> Option<i64> {
        self.variable(name).or_else(|| {
            let field = name.strip_suffix("$index()").unwrap_or(name);
            let field = field.strip_suffix("$val()")?;
            self.constants.get(field)?.value.to_i64()
        })
    }

    /// The flat name of `sub[i].port[j].next`: `sub$1$port$2`.
    pub(super) fn flat_name(&self, name: &str) -> Result<String> {
        let flat = name
            .trim_start_matches('.')
            .replace('.', "$")
            .replace("::", "$");
        let flat = flat.replace(' ', "");
        let mut rest = flat.strip_suffix("$next").unwrap_or(&flat);
        let mut out = String::new();
        while let Some((before, after)) = rest.split_once('[') {
            let close = closing_bracket(after);
            let inner = &after[..close];
            let value = evaluate(inner, &|name| self.index_variable(name));
            let value = value.map_err(|reason| {
                let (module, place) = self.here();
                let text = inner.to_owned();
                VerilogError::BadIndex {
                    module,
                    place,
                    text,
                    reason,
                }
            })?;
            out += &format!("{before}${value}");
            rest = after.get(close + 1..).unwrap_or("");
        }
        Ok(out + rest)
    }

    /// The target of an assignment.
    pub(super) fn target(&mut self, expr: &VerilogExpression) -> Result<SignalId> {
        match expr {
            VerilogExpression::Paren(inner) => self.target(inner),
            VerilogExpression::Signal(name) => {
                let flat = self.flat_name(name)?;
                self.drivable(&flat)
            }
            _ => self.unsupported("this target of an assignment"),
        }
    }

    /// The signal of this flat name, if the module may assign it.
    pub(super) fn drivable(&self, flat: &str) -> Result<SignalId> {
        let Some(id) = self.find(flat) else {
            return Err(self.unknown(flat));
        };
        if matches!(self.signals[id].role, Role::In | Role::SubOut | Role::RegQ) {
            let (module, place) = self.here();
            let signal = flat.to_owned();
            return Err(VerilogError::NotAssignable {
                module,
                place,
                signal,
            });
        }
        Ok(id)
    }

    pub(super) fn unknown(&self, name: &str) -> VerilogError {
        let (module, place) = self.here();
        let name = name.replace('$', "::");
        VerilogError::UnknownName {
            module,
            place,
            name,
        }
    }

    /// What a name in an expression stands for.
    pub(super) fn named(&mut self, name: &str) -> Result<Value> {
        if let Some(value) = self.variable(name) {
            return Ok(Value::Literal(value.into()));
        }
        let flat = self.flat_name(name)?;
        if let Some(id) = self.find(&flat) {
            let info = &self.signals[id];
            let (expr, signed) = (Expr::signal(id, info.width), info.signed);
            return Ok(Value::Sized {
                expr,
                signed,
                loose: false,
            });
        }
        if let Some(constant) = self.constants.get(&flat) {
            let (value, width) = (constant.value.clone(), constant.width);
            let kind = match width > NAMED_WIDTH {
                true => Kind::Named(flat, value),
                false => Kind::Const(value),
            };
            let signed = constant.signed;
            let expr = Expr { width, kind };
            return Ok(Value::Sized {
                expr,
                signed,
                loose: false,
            });
        }
        let path = flat.replace('$', "::");
        let suffix = |label: &str| path == label || path.ends_with(&format!("::{label}"));
        if let Some(label) = self.enums.values().find(|known| suffix(&known.label)) {
            let kind = Kind::Named(label.label.clone(), BigUint::from(label.code));
            return Ok(Value::sized(Expr {
                width: label.width,
                kind,
            }));
        }
        if let Some(value) = self.options.get(&flat) {
            return Ok(Value::Literal(BigInt::from(*value)));
        }
        Err(self.unknown(name))
    }

    /// The label of a `match` arm.
    pub(super) fn label(&mut self, text: &str) -> Result<Value> {
        match text {
            "true" => Ok(Value::Literal(1.into())),
            "false" => Ok(Value::Literal(0.into())),
            _ => match integer(text) {
                Some(value) => Ok(Value::Literal(value)),
                None => self.named(text),
            },
        }
    }
}

/// Where the bracket that is open at the start of `text` closes.
fn closing_bracket(text: &str) -> usize {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}
