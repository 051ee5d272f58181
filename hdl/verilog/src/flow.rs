//! Splits the statements of a kernel into the smallest blocks that keep their order, and refuses
//! latches and reads whose meaning depends on that order.
//!
//! rust-hdl runs a kernel again and again until nothing changes, so a signal that is read outside the
//! span of its writes has its settled value: that is a wire, and its writers a block of their own.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigUint;

use crate::VerilogError;
use crate::ir::{Expr, SignalId, Stmt, ones, read_by, written_by};
use crate::lower::{Role, SignalInfo};
use crate::simplify::{concat, slice};

/// Statements that become one `assign` or one `always @*`.
pub(crate) type Group = Vec<Stmt>;

/// The bits of each signal that every path so far has assigned.
type Assigned = BTreeMap<SignalId, BigUint>;

/// Groups the statements of a kernel.
pub(crate) fn groups(
    statements: Vec<Stmt>,
    signals: &[SignalInfo],
    module: &str,
    errors: &mut Vec<VerilogError>,
) -> Vec<Group> {
    let mut statements = drop_overwritten(statements);
    drop_unread(&mut statements, signals);
    let spans = Spans::new(&statements);
    spans.check_settled(signals, module, errors);
    let mut groups = spans.split(statements);
    for group in &mut groups {
        check(group, signals, module, errors);
        merge(group, signals);
    }
    groups
}

/// Drops an unconditional assignment that a later one overwrites with no read between.
fn drop_overwritten(statements: Vec<Stmt>) -> Vec<Stmt> {
    let mut dead = BTreeSet::new();
    let mut pending: BTreeMap<SignalId, usize> = BTreeMap::new();
    for (at, statement) in statements.iter().enumerate() {
        for id in read_by(std::slice::from_ref(statement)) {
            pending.remove(&id);
        }
        if let Stmt::Assign {
            target, full: true, ..
        } = statement
        {
            dead.extend(pending.insert(*target, at));
        } else {
            for id in written_by(std::slice::from_ref(statement)) {
                pending.remove(&id);
            }
        }
    }
    let numbered = statements.into_iter().enumerate();
    numbered
        .filter(|(at, _)| !dead.contains(at))
        .map(|(_, statement)| statement)
        .collect()
}

/// Drops assignments to locals and temporaries that nothing reads.
fn drop_unread(statements: &mut Vec<Stmt>, signals: &[SignalInfo]) {
    loop {
        let read = read_by(statements);
        let unread: BTreeSet<SignalId> = written_by(statements)
            .into_iter()
            .filter(|id| matches!(signals[*id].role, Role::Local | Role::Temporary))
            .filter(|id| !read.contains(id))
            .collect();
        if unread.is_empty() {
            return;
        }
        prune(statements, &unread);
    }
}

fn prune(statements: &mut Vec<Stmt>, unread: &BTreeSet<SignalId>) {
    statements.retain_mut(|statement| match statement {
        Stmt::Assign { target, .. } => !unread.contains(target),
        Stmt::If(_, then, otherwise) => {
            prune(then, unread);
            prune(otherwise, unread);
            !then.is_empty() || !otherwise.is_empty()
        }
        Stmt::Case(_, arms, default) => {
            arms.iter_mut().for_each(|(_, arm)| prune(arm, unread));
            prune(default, unread);
            !default.is_empty() || arms.iter().any(|(_, arm)| !arm.is_empty())
        }
    });
}

/// First and last statement that write each signal.
struct Spans {
    of: BTreeMap<SignalId, (usize, usize)>,
    reads: Vec<BTreeSet<SignalId>>,
    writes: Vec<BTreeSet<SignalId>>,
}

impl Spans {
    fn new(statements: &[Stmt]) -> Self {
        let each = |f: fn(&[Stmt]) -> BTreeSet<SignalId>| {
            statements
                .iter()
                .map(|s| f(std::slice::from_ref(s)))
                .collect::<Vec<_>>()
        };
        let (reads, writes) = (each(read_by), each(written_by));
        let mut of: BTreeMap<SignalId, (usize, usize)> = BTreeMap::new();
        for (at, written) in writes.iter().enumerate() {
            for id in written {
                of.entry(*id)
                    .and_modify(|span| span.1 = at)
                    .or_insert((at, at));
            }
        }
        Self { of, reads, writes }
    }

    /// An input of an instance reads its settled value; inside the span of its writes a blocking
    /// assignment would give another.
    fn check_settled(&self, signals: &[SignalInfo], module: &str, errors: &mut Vec<VerilogError>) {
        for (at, read) in self.reads.iter().enumerate() {
            for id in read.iter().filter(|id| signals[**id].role.reads_settled()) {
                if self
                    .of
                    .get(id)
                    .is_some_and(|(first, last)| (*first..=*last).contains(&at))
                {
                    errors.push(VerilogError::ReadBeforeWrite {
                        module: module.to_owned(),
                        signal: signals[*id].raw.clone(),
                    });
                }
            }
        }
    }

    /// Joins the writers of a signal with each other and with its readers among them.
    fn split(&self, statements: Vec<Stmt>) -> Vec<Group> {
        let mut parent: Vec<usize> = (0..statements.len()).collect();
        for (at, written) in self.writes.iter().enumerate() {
            for id in written {
                unite(&mut parent, self.of[id].0, at);
            }
        }
        for (at, read) in self.reads.iter().enumerate() {
            for (first, last) in read.iter().filter_map(|id| self.of.get(id)) {
                if *first < at && at < *last {
                    unite(&mut parent, *first, at);
                }
            }
        }
        let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
        for (at, statement) in statements.into_iter().enumerate() {
            groups
                .entry(root(&mut parent, at))
                .or_default()
                .push(statement);
        }
        groups.into_values().collect()
    }
}

fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

/// The earlier statement becomes the root, so that groups keep the order of their first statement.
fn unite(parent: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parent, a), root(parent, b));
    parent[a.max(b)] = a.min(b);
}

/// Refuses latches and early reads; temporaries of branches get a default.
fn check(group: &mut Group, signals: &[SignalInfo], module: &str, errors: &mut Vec<VerilogError>) {
    let written = written_by(group);
    let mut walk = Walk {
        written: &written,
        signals,
        early: BTreeSet::new(),
    };
    let assigned = walk.block(group, Assigned::new());
    for id in walk.early {
        errors.push(VerilogError::ReadBeforeWrite {
            module: module.to_owned(),
            signal: signals[id].raw.clone(),
        });
    }
    let is_whole = |id: &SignalId| assigned.get(id) == Some(&ones(signals[*id].width));
    for id in written.iter().rev().filter(|id| !is_whole(id)) {
        let SignalInfo {
            raw, width, role, ..
        } = &signals[*id];
        if *role == Role::Temporary {
            let (low, full, value) = (0, true, Expr::zero(*width));
            group.insert(
                0,
                Stmt::Assign {
                    target: *id,
                    low,
                    full,
                    value,
                },
            );
        } else {
            let (module, signal) = (module.to_owned(), raw.clone());
            errors.push(VerilogError::Latch { module, signal });
        }
    }
}

struct Walk<'a> {
    written: &'a BTreeSet<SignalId>,
    signals: &'a [SignalInfo],
    early: BTreeSet<SignalId>,
}

impl Walk<'_> {
    fn read(&mut self, expr: &Expr, assigned: &Assigned) {
        expr.reads(&mut |id| {
            let whole = || assigned.get(&id) == Some(&ones(self.signals[id].width));
            if self.written.contains(&id) && !whole() {
                self.early.insert(id);
            }
        });
    }

    fn block(&mut self, block: &[Stmt], mut assigned: Assigned) -> Assigned {
        for statement in block {
            match statement {
                Stmt::Assign {
                    target, low, value, ..
                } => {
                    self.read(value, &assigned);
                    *assigned.entry(*target).or_default() |= ones(value.width) << *low;
                }
                Stmt::If(test, then, otherwise) => {
                    self.read(test, &assigned);
                    let on_true = self.block(then, assigned.clone());
                    assigned = both(on_true, &self.block(otherwise, assigned));
                }
                Stmt::Case(subject, arms, default) => {
                    self.read(subject, &assigned);
                    let mut all = self.block(default, assigned.clone());
                    for (_, arm) in arms {
                        all = both(self.block(arm, assigned.clone()), &all);
                    }
                    assigned = all;
                }
            }
        }
        assigned
    }
}

fn both(a: Assigned, b: &Assigned) -> Assigned {
    let common = a
        .into_iter()
        .filter_map(|(id, bits)| Some((id, bits & b.get(&id)?)));
    common.collect()
}

/// Makes one assignment of several to the fields of one signal (`always @*` without inputs would
/// never run).
fn merge(group: &mut Group, signals: &[SignalInfo]) {
    let Some(Stmt::Assign { target, .. }) = group.first() else {
        return;
    };
    let (id, width) = (*target, signals[*target].width);
    let mut whole = Expr::zero(width);
    let width_of = |id: SignalId| signals[id].width;
    for statement in group.iter() {
        let Stmt::Assign {
            target, low, value, ..
        } = statement
        else {
            return;
        };
        if *target != id || read_by(std::slice::from_ref(statement)).contains(&id) {
            return;
        }
        let top = low + value.width;
        let keep = |from: usize, count: usize| match count {
            0 => Some(Expr::zero(0)),
            _ => slice(&whole, from, count, &width_of),
        };
        let (Some(above), Some(below)) = (keep(top, width - top), keep(0, *low)) else {
            return;
        };
        whole = concat(vec![above, value.clone(), below]);
    }
    let (target, low, full, value) = (id, 0, true, whole);
    *group = vec![Stmt::Assign {
        target,
        low,
        full,
        value,
    }];
}
