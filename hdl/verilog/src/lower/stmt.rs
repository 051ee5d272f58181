//! Statements: assignments, links, conditions, matches, loops.

use std::collections::BTreeSet;

use num_traits::ToPrimitive;
use rust_hdl::prelude::ast::{
    VerilogBlock, VerilogBlockOrConditional, VerilogConditional, VerilogExpression, VerilogLink,
    VerilogLoop, VerilogMatch, VerilogStatement,
};

use super::{Lower, Result, Role, Value};
use crate::ir::{Expr, Kind, Stmt};

impl Lower<'_> {
    /// Lowers a block; a statement in error is left out and its error kept.
    pub(crate) fn block(&mut self, block: &VerilogBlock, out: &mut Vec<Stmt>) {
        for statement in block {
            if let Err(error) = self.statement(statement, out)
                && !self.errors.contains(&error)
            {
                self.errors.push(error);
            }
        }
    }

    fn nested(&mut self, block: &VerilogBlock) -> Vec<Stmt> {
        let mut out = Vec::new();
        self.block(block, &mut out);
        out
    }

    fn statement(&mut self, statement: &VerilogStatement, out: &mut Vec<Stmt>) -> Result<()> {
        match statement {
            VerilogStatement::Comment(text) => self.comments.push(text.clone()),
            VerilogStatement::Macro(block) => self.block(block, out),
            VerilogStatement::Loop(repeat) => self.repeat(repeat, out),
            VerilogStatement::Assignment(target, value) => {
                self.place = format!("assignment to {}", target_text(target));
                let target = self.target(target)?;
                let value = self.expr(value, out)?;
                let value = self.fix(value, self.signals[target].width, out)?;
                let (low, full) = (0, true);
                out.push(Stmt::Assign {
                    target,
                    low,
                    full,
                    value,
                });
            }
            VerilogStatement::SliceAssignment {
                base,
                width,
                offset,
                replacement,
            } => {
                self.place = format!("assignment to a field of {}", target_text(base));
                self.slice_assignment(base, *width, offset, replacement, out)?;
            }
            VerilogStatement::If(conditional) => self.conditional(conditional, out)?,
            VerilogStatement::Match(matching) => self.matching(matching, out)?,
            VerilogStatement::Link(links) => {
                for link in links {
                    self.link(link, out)?;
                }
            }
        }
        Ok(())
    }

    fn repeat(&mut self, repeat: &VerilogLoop, out: &mut Vec<Stmt>) {
        for value in repeat.from.as_usize()..repeat.to.as_usize() {
            let value = i64::try_from(value).unwrap_or(i64::MAX);
            self.loops.push((repeat.index.clone(), value));
            self.block(&repeat.block, out);
            self.loops.pop();
        }
    }

    fn slice_assignment(
        &mut self,
        base: &VerilogExpression,
        width: usize,
        offset: &VerilogExpression,
        replacement: &VerilogExpression,
        out: &mut Vec<Stmt>,
    ) -> Result<()> {
        let target = self.target(base)?;
        let offset = self.index(offset, out)?;
        let whole = self.signals[target].width;
        let Some(low) = offset.value().and_then(ToPrimitive::to_usize) else {
            return self.unsupported("an assignment to a slice at a variable offset");
        };
        if low + width > whole {
            return self.out_of_range(low + width - 1, whole);
        }
        let value = self.expr(replacement, out)?;
        let value = self.fix(value, width, out)?;
        let full = width == whole;
        out.push(Stmt::Assign {
            target,
            low,
            full,
            value,
        });
        Ok(())
    }

    fn link(&mut self, link: &VerilogLink, out: &mut Vec<Stmt>) -> Result<()> {
        let (details, forward) = match link {
            VerilogLink::Forward(details) => (details, true),
            VerilogLink::Backward(details) => (details, false),
            VerilogLink::Bidirectional(_) => return self.unsupported("a bidirectional link"),
        };
        let part = details.my_name.trim_start_matches('.');
        let name = |owner: &str| match part {
            "" => owner.to_owned(),
            part => format!("{owner}${part}"),
        };
        let owner = self.flat_name(&name(&details.owner_name))?;
        let other = self.flat_name(&name(&details.other_name))?;
        self.place = format!("link of {owner} and {other}");
        let (from, to) = if forward {
            (owner, other)
        } else {
            (other, owner)
        };
        let target = self.drivable(&to)?;
        let from = self.named(&from)?;
        let value = self.fix(from, self.signals[target].width, out)?;
        let (low, full) = (0, true);
        out.push(Stmt::Assign {
            target,
            low,
            full,
            value,
        });
        Ok(())
    }

    fn conditional(&mut self, conditional: &VerilogConditional, out: &mut Vec<Stmt>) -> Result<()> {
        self.place = "condition of an if".into();
        let test = self.condition(&conditional.test, out)?;
        if let Some(value) = test.value() {
            if value.bits() > 0 {
                self.block(&conditional.then, out);
                return Ok(());
            }
            return match &conditional.otherwise {
                VerilogBlockOrConditional::Block(block) => {
                    self.block(block, out);
                    Ok(())
                }
                VerilogBlockOrConditional::Conditional(inner) => self.statement(inner, out),
                VerilogBlockOrConditional::None => Ok(()),
            };
        }
        let then = self.nested(&conditional.then);
        let mut otherwise = Vec::new();
        match &conditional.otherwise {
            VerilogBlockOrConditional::Block(block) => self.block(block, &mut otherwise),
            VerilogBlockOrConditional::Conditional(inner) => {
                self.statement(inner, &mut otherwise)?;
                self.hoist(&mut otherwise, out);
            }
            VerilogBlockOrConditional::None => {}
        }
        out.push(Stmt::If(test, then, otherwise));
        Ok(())
    }

    /// Computes the temporaries of an `else if` test before the whole chain, so that it stays one.
    fn hoist(&self, otherwise: &mut Vec<Stmt>, out: &mut Vec<Stmt>) {
        let is_temporary = |stmt: &&Stmt| match stmt {
            Stmt::Assign { target, .. } => self.signals[*target].role == Role::Temporary,
            _ => false,
        };
        let count = otherwise.iter().take_while(is_temporary).count();
        if count > 0 && otherwise.len() == count + 1 {
            out.extend(otherwise.drain(..count));
        }
    }

    fn matching(&mut self, matching: &VerilogMatch, out: &mut Vec<Stmt>) -> Result<()> {
        self.place = "subject of a match".into();
        let subject = match self.expr(&matching.test, out)? {
            Value::Sized {
                expr, loose: false, ..
            } => expr,
            _ => return self.unsupported("a match on a value without a width"),
        };
        let mut arms: Vec<(Expr, Vec<Stmt>)> = Vec::new();
        let mut default = None;
        for case in &matching.cases {
            let text = case.condition.replace(' ', "");
            if text == "default" || text == "_" {
                default = Some(self.nested(&case.block));
                break;
            }
            self.place = format!("arm {text} of a match");
            let label = self.label(&text)?;
            if matches!(&label, Value::Literal(x) if x.bits() > subject.width as u64) {
                continue; // Rust never gets there.
            }
            let label = self.fix(label, subject.width, out)?;
            if arms.iter().any(|(known, _)| known.value() == label.value()) {
                continue; // Rust takes the first of two equal arms.
            }
            arms.push((label, self.nested(&case.block)));
        }
        self.close(subject, arms, default, out);
        Ok(())
    }

    /// Rust matches are exhaustive: without `_` the last arm takes the unused codes (so no latch).
    fn close(
        &self,
        subject: Expr,
        mut arms: Vec<(Expr, Vec<Stmt>)>,
        default: Option<Vec<Stmt>>,
        out: &mut Vec<Stmt>,
    ) {
        let codes: BTreeSet<_> = arms.iter().filter_map(|(label, _)| label.value()).collect();
        let all_codes = subject.width < 20 && codes.len() == 1 << subject.width;
        let all_variants = match arms.first().map(|(label, _)| &label.kind) {
            Some(Kind::Named(label, _)) if label.contains("::") => {
                codes.len() == self.variants(label)
            }
            _ => false,
        };
        let useful = default.filter(|block| !(all_codes || all_variants && block.is_empty()));
        let default = match useful.or_else(|| arms.pop().map(|(_, arm)| arm)) {
            Some(default) => default,
            None => return,
        };
        if arms.is_empty() {
            out.extend(default);
            return;
        }
        match subject.value() {
            Some(known) => {
                let arm = arms
                    .into_iter()
                    .find(|(label, _)| label.value() == Some(known));
                out.extend(arm.map_or(default, |(_, arm)| arm));
            }
            None => out.push(Stmt::Case(subject, arms, default)),
        }
    }
}

fn target_text(target: &VerilogExpression) -> String {
    match target {
        VerilogExpression::Signal(name) => {
            let name = name.trim_start_matches('.').replace('$', ".");
            name.strip_suffix(".next").unwrap_or(&name).to_owned()
        }
        VerilogExpression::Paren(inner) => target_text(inner),
        _ => "an expression".to_owned(),
    }
}
