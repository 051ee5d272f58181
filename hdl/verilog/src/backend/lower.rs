//! rust-hdl AST of one module -> exact-width IR. Loops unrolled, indices folded, names resolved.
use super::collect::*;
use super::ir::*;
use num_bigint::{BigInt, BigUint};
use num_traits::{Signed as _, ToPrimitive, Zero};
use rust_hdl::prelude::{ast::*, AtomKind};
use std::collections::{BTreeMap, HashMap};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum K { In, Out, InOut, Local, SubIn, SubOut, SubInOut, Reg, RegD, RegClk, Tmp }
#[derive(Clone, Debug)]
pub struct Sig { pub raw: String, pub w: usize, pub signed: bool, pub k: K }
#[derive(Clone, Debug)]
pub struct Reg { pub q: Sid, pub d: Sid, pub clk: Sid, pub init: BigUint }

pub struct Lower<'a> {
    pub path: String,
    pub sigs: Vec<Sig>,
    pub regs: Vec<Reg>,
    pub byname: HashMap<String, Sid>,
    pub consts: HashMap<String, (BigUint, usize, bool)>,
    pub enums: &'a [EnumVal],
    pub user: &'a BTreeMap<String, u64>,
    pub loops: Vec<(String, i64)>,
    pub errs: Vec<String>,
    pub notes: Vec<String>,
    pub inout_alias: Vec<(Sid, Sid)>,
    ntmp: usize,
}
#[derive(Clone, Debug)]
enum L { Flex(BigInt), Val { v: V, signed: bool, loose: bool } }
const BAD: &str = "bad";
fn b(v: V) -> L { L::Val { v, signed: false, loose: false } }

impl<'a> Lower<'a> {
    pub fn new(n: &Node, enums: &'a [EnumVal], user: &'a BTreeMap<String, u64>) -> Self {
        let mut l = Lower { path: n.path.clone(), sigs: vec![], regs: vec![], byname: HashMap::new(), consts: HashMap::new(), enums, user, loops: vec![], errs: vec![], notes: vec![], inout_alias: vec![], ntmp: 0 };
        for a in &n.atoms {
            let k = match a.kind { AtomKind::InputParameter => K::In, AtomKind::OutputParameter | AtomKind::OutputPassthrough => K::Out, AtomKind::InOutParameter => K::InOut,
                AtomKind::Constant => { l.consts.insert(a.name.clone(), (a.val.clone(), a.w, a.signed)); continue } _ => K::Local };
            l.add(a.name.clone(), a.w, a.signed, k);
        }
        for c in &n.kids {
            let reg = super::emit::dff_init(c);
            let mut ids = BTreeMap::new();
            for a in c.atoms.iter().filter(|a| a.kind.is_parameter()) {
                let k = match (a.kind, reg.is_some()) {
                    (AtomKind::InputParameter, false) => K::SubIn, (AtomKind::InOutParameter, _) => K::SubInOut, (_, false) => K::SubOut,
                    (AtomKind::InputParameter, true) => if a.name == "d" { K::RegD } else { K::RegClk }, (_, true) => K::Reg };
                let id = l.add(format!("{}${}", c.name, a.name), a.w, a.signed, k);
                ids.insert(a.name.clone(), id);
            }
            if let Some(init) = reg { l.regs.push(Reg { q: ids["q"], d: ids["d"], clk: ids["clock"], init }); }
        }
        l
    }
    fn add(&mut self, raw: String, w: usize, signed: bool, k: K) -> Sid {
        self.sigs.push(Sig { raw: raw.clone(), w, signed, k });
        if self.byname.insert(raw.clone(), self.sigs.len() - 1).is_some() { self.err(format!("duplicate signal {raw}")); }
        self.sigs.len() - 1
    }
    fn err(&mut self, s: String) { let p = self.path.clone(); if self.errs.len() < 200 { self.errs.push(format!("{p}: {s}")) } }
    // ---- names -------------------------------------------------------------------------
    fn var(&self, n: &str) -> Option<i64> {
        self.loops.iter().rev().find(|x| x.0 == n).map(|x| x.1).or_else(|| self.user.get(n).map(|x| *x as i64))
    }
    fn fixname(&mut self, n: &str) -> String {
        let mut s = n.trim_start_matches('.').replace('.', "$").replace("::", "$").replace(' ', "");
        if let Some(t) = s.strip_suffix("$next") { s = t.into(); }
        while let Some(i) = s.find('[') {
            let mut d = 0; let mut j = i;
            for (k, c) in s[i..].char_indices() { if c == '[' { d += 1 } if c == ']' { d -= 1; if d == 0 { j = i + k; break } } }
            let inner = s[i + 1..j].to_string();
            let v = match ieval(&inner, &|x| self.var(x)) { Ok(v) => v, Err(e) => { self.err(format!("index [{inner}] of {n}: {e}")); 0 } };
            s = format!("{}${}{}", &s[..i], v, &s[j + 1..]);
        }
        s
    }
    fn target(&mut self, e: &VerilogExpression) -> Option<Sid> {
        match e {
            VerilogExpression::Signal(n) => { let f = self.fixname(n); let r = self.byname.get(&f).copied(); if r.is_none() { self.err(format!("assignment to unknown signal {n}")) } r }
            VerilogExpression::Paren(e) => self.target(e),
            _ => { self.err(format!("unsupported assignment target {e:?}")); None }
        }
    }
    fn signal(&mut self, n: &str) -> L {
        if let Some(v) = self.var(n) { return L::Flex(v.into()); }
        let f = self.fixname(n);
        if let Some(&s) = self.byname.get(&f) { return L::Val { v: V { w: self.sigs[s].w, x: X::S(s) }, signed: self.sigs[s].signed, loose: false }; }
        if let Some((v, w, sg)) = self.consts.get(&f) { return L::Val { v: V { w: *w, x: if *w > 16 { X::N(f.clone(), v.clone()) } else { X::C(v.clone()) } }, signed: *sg, loose: false }; }
        let lab = f.replace('$', "::");
        if let Some(e) = self.enums.iter().find(|e| e.label == lab || lab.ends_with(&format!("::{}", e.label))) {
            return b(V { w: e.w, x: X::N(e.label.replace("::", "$"), BigUint::from(e.val)) });
        }
        self.err(format!("unknown identifier {n} (a Rust const or const generic? its value is not in the syntax tree)"));
        L::Flex(BigInt::zero())
    }
    // ---- expressions -------------------------------------------------------------------
    fn tmp(&mut self, v: V, pre: &mut Vec<St>) -> Sid {
        if let X::S(s) = v.x { return s; }
        self.ntmp += 1;
        let s = self.add(format!("tmp${}", self.ntmp), v.w, false, K::Tmp);
        pre.push(St::A { s, lo: 0, w: v.w, full: true, v });
        s
    }
    fn slice(&mut self, v: V, lo: usize, w: usize, pre: &mut Vec<St>) -> V {
        let r = { let sigs = &self.sigs; try_slice(&v, lo, w, &|s| sigs[s].w) };
        match r { Some(r) => r, None => { let s = self.tmp(v, pre); V { w, x: X::Range(s, lo) } } }
    }
    fn sext(&mut self, v: V, w: usize, pre: &mut Vec<St>) -> V {
        if v.w >= w { return self.slice(v, 0, w, pre); }
        let s = if let Some(c) = v.val() { let n = v.w; let neg = c.bit(n as u64 - 1); return V::c(if neg { c | (ones(w - n) << n) } else { c.clone() }, w) } else { self.tmp(v.clone(), pre) };
        let n = v.w; let top = if n == 1 { V { w: 1, x: X::S(s) } } else { V { w: 1, x: X::Range(s, n - 1) } };
        let rep = if w - n == 1 { top } else { V { w: w - n, x: X::Rep(w - n, Box::new(top)) } };
        cat(vec![rep, V { w: n, x: X::S(s) }])
    }
    fn fix(&mut self, l: L, w: usize, pre: &mut Vec<St>) -> V {
        match l {
            L::Flex(c) => {
                let ok = if c.is_negative() { (-&c - 1i32).bits() < w as u64 } else { c.bits() <= w as u64 };
                if !ok { self.err(format!("literal {c} does not fit in {w} bits")); }
                V::c(wrap(&c, w), w)
            }
            L::Val { v, signed, loose } => {
                if v.w == w { return v; }
                if loose && signed { return self.sext(v, w, pre); }
                if loose { let f = self.slice_ext(v, w, pre); return f; }
                self.err(format!("width mismatch: {} bits where {w} are needed ({:?})", v.w, v.x));
                V::zero(w)
            }
        }
    }
    fn slice_ext(&mut self, v: V, w: usize, pre: &mut Vec<St>) -> V { if v.w > w { self.slice(v, 0, w, pre) } else { ext(v, w) } }
    fn pair(&mut self, x: L, y: L, pre: &mut Vec<St>) -> Option<(V, V, bool)> {
        let sg = |l: &L| matches!(l, L::Val { signed: true, .. });
        let s = sg(&x) || sg(&y);
        let w = match (&x, &y) {
            (L::Flex(_), L::Flex(_)) => return None,
            (L::Flex(_), L::Val { v, .. }) | (L::Val { v, .. }, L::Flex(_)) => v.w,
            (L::Val { v: p, loose: a, .. }, L::Val { v: q, loose: c, .. }) => if *a && *c { p.w.max(q.w) } else if *a { q.w } else { p.w },
        };
        Some((self.fix(x, w, pre), self.fix(y, w, pre), s))
    }
    pub fn cond(&mut self, e: &VerilogExpression, pre: &mut Vec<St>) -> V {
        let l = self.expr(e, pre);
        match l { L::Flex(c) => V::c(BigUint::from(!c.is_zero() as u32), 1), l => self.fix(l, 1, pre) }
    }
    /// usize arithmetic (arguments of get_bit / get_bits / replace_bit): never wraps in Rust
    fn index(&mut self, e: &VerilogExpression, pre: &mut Vec<St>) -> V {
        use VerilogExpression as E;
        match e {
            E::Paren(e) => self.index(e, pre),
            E::Binary(l, op, r) if matches!(op, VerilogOp::Add | VerilogOp::Mul | VerilogOp::Sub) => {
                // `.index()` is not in the tree: (a + 1).index() wraps, a.index() + 1 does not. A product is always usize.
                let dynamic = |e: &E| matches!(e, E::Signal(n) if self.var(n).is_none()) || !matches!(e, E::Signal(_) | E::Literal(_));
                if !matches!(op, VerilogOp::Mul) && (dynamic(l) || dynamic(r)) && !has_mul(l) && !has_mul(r) { 
                    let before = self.errs.len();
                    let (a, c) = (self.index(l, pre), self.index(r, pre));
                    if self.errs.len() == before && (a.val().is_none() || c.val().is_none()) { self.err("ambiguous arithmetic in a dynamic bit index (the tree does not keep `.index()`); use a local signal".into()); }
                }
                let (l, r) = (self.index(l, pre), self.index(r, pre));
                if let (Some(p), Some(q)) = (l.val(), r.val()) {
                    let (p, q) = (BigInt::from(p.clone()), BigInt::from(q.clone()));
                    let c = match op { VerilogOp::Add => p + q, VerilogOp::Mul => p * q, _ => p - q };
                    if c.is_negative() { self.err("negative bit index".into()); return V::zero(1); }
                    let c = c.to_biguint().unwrap(); let w = (c.bits() as usize).max(1); return V::c(c, w);
                }
                let mx = |v: &V| v.val().cloned().unwrap_or(ones(v.w));
                let w = match op { VerilogOp::Add => mx(&l) + mx(&r), VerilogOp::Mul => mx(&l) * mx(&r), _ => mx(&l) }.bits() as usize;
                let w = w.max(l.w).max(r.w);
                bin(match op { VerilogOp::Add => "+", VerilogOp::Mul => "*", _ => "-" }, ext(l, w), ext(r, w))
            }
            e => match self.expr(e, pre) {
                L::Flex(c) => { if c.is_negative() { self.err("negative bit index".into()); } let c = c.abs().to_biguint().unwrap(); let w = (c.bits() as usize).max(1); V::c(c, w) }
                L::Val { v, .. } => match v.val().cloned() { Some(c) => { let w = (c.bits() as usize).max(1); V::c(c, w) } None => v },
            },
        }
    }
    fn shift(&mut self, o: &'static str, v: V, n: V, pre: &mut Vec<St>) -> V {
        let _ = &pre;
        if let Some(k) = n.val().cloned() {
            let k = k.to_usize().unwrap_or(usize::MAX).min(v.w);
            if k == 0 { return v; }
            if k == v.w { return V::zero(v.w); }
            let w = v.w; let sigs = &self.sigs; let f = |s: Sid| sigs[s].w;
            let s = if o == "<<" { try_slice(&v, 0, w - k, &f) } else { try_slice(&v, k, w - k, &f) };
            if let Some(s) = s { return if o == "<<" { cat(vec![s, V::zero(k)]) } else { cat(vec![V::zero(k), s]) }; }
            return V { w, x: X::Shift(o, Box::new(v), Box::new(V::c(BigUint::from(k), 32))) };
        }
        if v.is_zero() { return v; }
        V { w: v.w, x: X::Shift(o, Box::new(v), Box::new(n)) }
    }
    fn expr(&mut self, e: &VerilogExpression, pre: &mut Vec<St>) -> L {
        use VerilogExpression as E;
        match e {
            E::Signal(n) => self.signal(n),
            E::Literal(l) => { let (v, w) = literal(l); if w == 1 { b(V::c(wrap(&v, 1), 1)) } else { L::Flex(v) } }
            E::Paren(e) => self.expr(e, pre),
            E::Cast(e, w) => match self.expr(e, pre) {
                L::Flex(c) => b(self_fix_flex(self, c, *w)),
                L::Val { v, .. } => b(self.slice_ext(v, *w, pre)),
            },
            E::Signed(e) => match self.expr(e, pre) { L::Val { v, signed, .. } => L::Val { v, signed: true, loose: signed }, f => f },
            E::Unsigned(e) => match self.expr(e, pre) { L::Val { v, .. } => L::Val { v, signed: false, loose: false }, f => f },
            E::Unary(op, e) => {
                let l = self.expr(e, pre);
                match (op, l) {
                    (VerilogOpUnary::Neg, L::Flex(c)) => L::Flex(-c),
                    (_, L::Flex(_)) => { self.err("unary operator on a bare literal".into()); L::Flex(BigInt::zero()) }
                    (VerilogOpUnary::Not, L::Val { v, signed, loose }) => L::Val { v: un("~", v), signed, loose },
                    (VerilogOpUnary::Neg, L::Val { v, signed, loose }) => L::Val { v: un("-", v), signed, loose },
                    (VerilogOpUnary::All, L::Val { v, .. }) => b(red("&", v)),
                    (VerilogOpUnary::Any, L::Val { v, .. }) => b(red("|", v)),
                    (VerilogOpUnary::Xor, L::Val { v, .. }) => b(red("^", v)),
                }
            }
            E::Binary(l, op, r) => self.binary(l, op, r, pre),
            E::Index(a, i) => {
                let i = self.index(i, pre);
                match self.expr(a, pre) {
                    L::Val { v, .. } => {
                        if let Some(k) = i.val() {
                            let k = k.to_usize().unwrap_or(usize::MAX);
                            if k >= v.w { self.err(format!("bit {k} of a {}-bit value", v.w)); return b(V::zero(1)); }
                            return b(self.slice(v, k, 1, pre));
                        }
                        if v.w == 1 { return b(v); }
                        let need = usize::BITS as usize - (v.w - 1).leading_zeros() as usize;
                        let i = if i.w > need { self.slice(i, 0, need, pre) } else { ext(i, need) };
                        let s = self.tmp(v, pre);
                        b(V { w: 1, x: X::Bit(s, Box::new(i)) })
                    }
                    L::Flex(_) => { self.err("bit select of a bare literal".into()); L::Flex(BigInt::zero()) }
                }
            }
            E::Slice(a, w, o) => {
                let o = self.index(o, pre);
                match self.expr(a, pre) {
                    L::Val { v, signed, .. } => {
                        let r = if let Some(k) = o.val() {
                            let k = k.to_usize().unwrap_or(usize::MAX);
                            if k >= v.w { V::zero(*w) } else { let n = (*w).min(v.w - k); let s = self.slice(v, k, n, pre); ext(s, *w) }
                        } else {
                            let s = self.shift(">>", v, o, pre);
                            self.slice_ext(s, *w, pre)
                        };
                        L::Val { v: r, signed, loose: false }
                    }
                    L::Flex(_) => { self.err("slice of a bare literal".into()); L::Flex(BigInt::zero()) }
                }
            }
            E::IndexReplace(a, i, n) => {
                let i = self.index(i, pre);
                let (a, n) = (self.expr(a, pre), self.expr(n, pre));
                let n = self.fix(n, 1, pre);
                match a {
                    L::Val { v, .. } => {
                        let w = v.w;
                        let one = V::c(BigUint::from(1u32), w);
                        let m = match i.val() { Some(k) => V::c(one.val().unwrap() << k.to_usize().unwrap_or(0), w), None => self.shift("<<", one, i.clone(), pre) };
                        let set = self.shift("<<", ext(n, w), i, pre);
                        b(bin("|", bin("&", v, un("~", m)), set))
                    }
                    L::Flex(_) => { self.err("replace_bit of a bare literal".into()); L::Flex(BigInt::zero()) }
                }
            }
        }
    }
    fn binary(&mut self, l: &VerilogExpression, op: &VerilogOp, r: &VerilogExpression, pre: &mut Vec<St>) -> L {
        use VerilogOp as O;
        let (x, y) = (self.expr(l, pre), self.expr(r, pre));
        if let (L::Flex(p), L::Flex(q)) = (&x, &y) {
            let t = |c: bool| L::Flex(BigInt::from(c as u32));
            return match op {
                O::Add => L::Flex(p + q), O::Sub => L::Flex(p - q), O::Mul => L::Flex(p * q),
                O::BitAnd => L::Flex(p & q), O::BitOr => L::Flex(p | q), O::BitXor => L::Flex(p ^ q),
                O::Shl => L::Flex(p << q.to_usize().unwrap_or(0)), O::Shr => L::Flex(p >> q.to_usize().unwrap_or(0)),
                O::Eq => t(p == q), O::Ne => t(p != q), O::Lt => t(p < q), O::Le => t(p <= q), O::Gt => t(p > q), O::Ge => t(p >= q),
                O::LogicalAnd => t(!p.is_zero() && !q.is_zero()), O::LogicalOr => t(!p.is_zero() || !q.is_zero()),
            };
        }
        match op {
            O::Shl | O::Shr => {
                let o = if matches!(op, O::Shl) { "<<" } else { ">>" };
                let (v, s) = match x { L::Flex(c) => (self_fix_flex(self, c, 64), false), L::Val { v, signed, .. } => (v, signed) };
                let n = match y { L::Flex(c) => { let c = c.to_biguint().unwrap_or_default(); V::c(c, 64) } L::Val { v, .. } => v };
                let v = self.shift(o, v, n, pre);
                L::Val { v, signed: s, loose: false }
            }
            O::LogicalAnd | O::LogicalOr => {
                let (p, q) = (self.fix(x, 1, pre), self.fix(y, 1, pre));
                let and = matches!(op, O::LogicalAnd);
                for (c, o) in [(&p, &q), (&q, &p)] { if let Some(k) = c.val() { let one = k.bits() > 0; return b(if one == and { o.clone() } else { c.clone() }); } }
                b(V { w: 1, x: X::Log(if and { "&&" } else { "||" }, Box::new(p), Box::new(q)) })
            }
            O::Mul => {
                let Some((p, q, s)) = self.pair(x, y, pre) else { unreachable!() };
                let w = p.w + q.w;
                let (p, q) = if s { (self.sext(p, w, pre), self.sext(q, w, pre)) } else { (ext(p, w), ext(q, w)) };
                L::Val { v: bin("*", p, q), signed: s, loose: false }
            }
            O::Add | O::Sub | O::BitAnd | O::BitOr | O::BitXor => {
                let y = match (op, &x, y) { // Bits<N> + bool
                    (O::Add, L::Val { v: p, .. }, L::Val { v: q, signed, loose }) if q.w == 1 && p.w > 1 => L::Val { v: ext(q, p.w), signed, loose },
                    (_, _, y) => y };
                let Some((p, q, s)) = self.pair(x, y, pre) else { unreachable!() };
                let o = match op { O::Add => "+", O::Sub => "-", O::BitAnd => "&", O::BitOr => "|", _ => "^" };
                L::Val { v: bin(o, p, q), signed: s, loose: false }
            }
            _ => {
                // a literal that does not fit (usize compare after `.index()`): constant result
                for (flex, val, left) in [(&x, &y, true), (&y, &x, false)] {
                    if let (L::Flex(c), L::Val { v, signed: false, .. }) = (flex, val) { if !c.is_negative() && c.bits() > v.w as u64 {
                        let r = match op { O::Eq => false, O::Ne => true, O::Lt | O::Le => !left, _ => left };
                        return b(V::c(BigUint::from(r as u32), 1));
                    } }
                }
                let Some((p, q, s)) = self.pair(x, y, pre) else { unreachable!() };
                let o = match op { O::Eq => "==", O::Ne => "!=", O::Lt => "<", O::Le => "<=", O::Gt => ">", _ => ">=" };
                if let (Some(i), Some(j)) = (p.val(), q.val()) { if !s {
                    let r = match o { "==" => i == j, "!=" => i != j, "<" => i < j, "<=" => i <= j, ">" => i > j, _ => i >= j };
                    return b(V::c(BigUint::from(r as u32), 1));
                } }
                b(V { w: 1, x: X::Cmp(o, s && !matches!(o, "==" | "!="), Box::new(p), Box::new(q)) })
            }
        }
    }
    // ---- statements --------------------------------------------------------------------
    pub fn block(&mut self, bl: &VerilogBlock, out: &mut Vec<St>) { for s in bl { self.stmt(s, out) } }
    fn stmt(&mut self, s: &VerilogStatement, out: &mut Vec<St>) {
        match s {
            VerilogStatement::Comment(c) => self.notes.push(c.clone()),
            VerilogStatement::Macro(bl) => self.block(bl, out),
            VerilogStatement::Loop(l) => {
                for i in l.from.as_usize()..l.to.as_usize() { self.loops.push((l.index.clone(), i as i64)); self.block(&l.block, out); self.loops.pop(); }
            }
            VerilogStatement::Assignment(t, e) => {
                let Some(s) = self.target(t) else { return };
                let v = self.expr(e, out); let w = self.sigs[s].w;
                let v = self.fix(v, w, out);
                out.push(St::A { s, lo: 0, w, full: true, v });
            }
            VerilogStatement::SliceAssignment { base, width, offset, replacement } => {
                let Some(s) = self.target(base) else { return };
                let o = self.index(offset, out);
                let Some(lo) = o.val().and_then(|x| x.to_usize()) else { self.err("dynamic slice assignment".into()); return };
                let v = self.expr(replacement, out);
                let v = self.fix(v, *width, out); let full = lo == 0 && *width == self.sigs[s].w;
                out.push(St::A { s, lo, w: *width, full, v });
            }
            VerilogStatement::If(c) => self.cond_stmt(c, out),
            VerilogStatement::Match(m) => self.match_stmt(m, out),
            VerilogStatement::Link(ls) => for l in ls {
                let (d, from_owner, bidir) = match l { VerilogLink::Forward(d) => (d, true, false), VerilogLink::Backward(d) => (d, false, false), VerilogLink::Bidirectional(d) => (d, true, true) };
                let nm = |o: &str| if d.my_name.is_empty() { o.to_string() } else { format!("{}${}", o, d.my_name.trim_start_matches('.')) };
                let (a, c) = (self.fixname(&nm(&d.owner_name)), self.fixname(&nm(&d.other_name)));
                let (a, c) = (self.byname.get(&a).copied().ok_or(a), self.byname.get(&c).copied().ok_or(c));
                match (a, c) {
                    (Ok(a), Ok(c)) if bidir => self.inout_alias.push((a, c)),
                    (Ok(a), Ok(c)) => { let (src, dst) = if from_owner { (a, c) } else { (c, a) }; let w = self.sigs[src].w; let v = self.fix(b(V { w, x: X::S(src) }), self.sigs[dst].w, out); out.push(St::A { s: dst, lo: 0, w: v.w, full: true, v }) }
                    (a, c) => self.err(format!("link to unknown signal {:?}", a.err().or(c.err()))),
                }
            },
        }
    }
    fn cond_stmt(&mut self, c: &VerilogConditional, out: &mut Vec<St>) {
        let t = self.cond(&c.test, out);
        // temporaries of an else-if test are computed before the whole chain
        if let Some(k) = t.val().cloned() {
            if k.bits() > 0 { return self.block(&c.then, out); }
            return match &c.otherwise { VerilogBlockOrConditional::Block(bl) => self.block(bl, out), VerilogBlockOrConditional::Conditional(s) => self.stmt(s, out), _ => {} };
        }
        let mut th = vec![]; self.block(&c.then, &mut th);
        let mut el = vec![];
        match &c.otherwise {
            VerilogBlockOrConditional::Block(bl) => self.block(bl, &mut el),
            VerilogBlockOrConditional::Conditional(s) => { self.stmt(s, &mut el);
                let n = el.iter().take_while(|x| matches!(x, St::A { s, .. } if self.sigs[*s].k == K::Tmp)).count();
                if n > 0 && el.len() == n + 1 { out.extend(el.drain(..n)); } }
            _ => {}
        }
        out.push(St::If(t, th, el));
    }
    fn match_stmt(&mut self, m: &VerilogMatch, out: &mut Vec<St>) {
        let t = self.expr(&m.test, out);
        let mut arms: Vec<(Vec<V>, Vec<St>)> = vec![]; let mut def: Option<Vec<St>> = None;
        for c in &m.cases {
            let cnd = c.condition.replace(' ', "");
            if cnd == "default" || cnd == "_" { let mut bl = vec![]; self.block(&c.block, &mut bl); def = Some(bl); break; }
            let lab = if cnd == "true" { L::Flex(1.into()) } else if cnd == "false" { L::Flex(0.into()) }
                else if let Some(n) = int(&cnd) { L::Flex(n.into()) } else { self.signal(&cnd) };
            match &t {
                L::Flex(k) => { if matches!(&lab, L::Flex(x) if x == k) { return self.block(&c.block, out); } }
                L::Val { v, .. } => {
                    if let L::Flex(x) = &lab { if x.bits() > v.w as u64 { continue; } } // unreachable in Rust
                    let l = self.fix(lab, v.w, out); let mut bl = vec![]; self.block(&c.block, &mut bl); arms.push((vec![l], bl));
                }
            }
        }
        match t {
            L::Flex(_) => if let Some(d) = def { out.extend(d) },
            L::Val { v, .. } => {
                // Rust matches are exhaustive: without `_` the last arm takes the unused codes (no latch)
                let codes: std::collections::BTreeSet<&BigUint> = arms.iter().filter_map(|a| a.0[0].val()).collect();
                let full = v.w < 20 && codes.len() == 1 << v.w;
                let all_variants = matches!(arms.first().map(|a| &a.0[0].x), Some(X::N(n, _)) if { let t = n.split('$').next().unwrap(); self.enums.iter().filter(|e| e.label.split("::").next() == Some(t)).count() == codes.len() });
                if full || (all_variants && def.as_ref().map_or(false, |d| d.is_empty())) { def = None }
                let d = match def { Some(d) => d, None => match arms.pop() { Some(a) => a.1, None => return } };
                out.push(St::Case(v, arms, d));
            }
        }
    }
}
fn has_mul(e: &VerilogExpression) -> bool {
    use VerilogExpression as E;
    match e { E::Paren(e) => has_mul(e), E::Binary(_, VerilogOp::Mul, _) => true, E::Binary(a, _, b) => has_mul(a) || has_mul(b), _ => false }
}
fn self_fix_flex(l: &mut Lower, c: BigInt, w: usize) -> V { let mut p = vec![]; l.fix(L::Flex(c), w, &mut p) }
fn red(o: &'static str, v: V) -> V { if v.w == 1 { v } else { V { w: 1, x: X::Red(o, Box::new(v)) } } }
pub fn int(s: &str) -> Option<i64> {
    let t = s.replace('_', ""); let mut t = t.as_str();
    for x in ["usize", "u128", "u64", "u32", "u16", "u8", "i64", "i32", "i16", "i8", "isize"] { if let Some(p) = t.strip_suffix(x) { t = p; break } }
    if let Some(h) = t.strip_prefix("0x") { i64::from_str_radix(h, 16).ok() } else if let Some(h) = t.strip_prefix("0b") { i64::from_str_radix(h, 2).ok() }
    else if let Some(h) = t.strip_prefix("0o") { i64::from_str_radix(h, 8).ok() } else { t.parse().ok() }
}
/// integer expressions inside `[..]`
fn ieval(s: &str, var: &dyn Fn(&str) -> Option<i64>) -> Result<i64, String> {
    struct P<'a> { s: Vec<char>, i: usize, var: &'a dyn Fn(&str) -> Option<i64> }
    impl P<'_> {
        fn peek(&self) -> char { self.s.get(self.i).copied().unwrap_or('\0') }
        fn prim(&mut self) -> Result<i64, String> {
            if self.peek() == '(' { self.i += 1; let v = self.e(0)?; if self.peek() != ')' { return Err("missing )".into()) } self.i += 1; return Ok(v); }
            if self.peek() == '-' { self.i += 1; return Ok(-self.prim()?); }
            let st = self.i; while self.peek().is_alphanumeric() || matches!(self.peek(), '_' | '$') { self.i += 1 }
            let t: String = self.s[st..self.i].iter().collect();
            if t.is_empty() { return Err(format!("unexpected '{}'", self.peek())); }
            int(&t).or_else(|| (self.var)(&t)).ok_or(format!("unknown identifier {t}"))
        }
        fn op(&self) -> Option<(u8, &'static str)> {
            let n = self.s.get(self.i + 1).copied().unwrap_or('\0');
            Some(match (self.peek(), n) { ('<', '<') => (3, "<<"), ('>', '>') => (3, ">>"), ('*', _) => (5, "*"), ('/', _) => (5, "/"), ('%', _) => (5, "%"), ('+', _) => (4, "+"), ('-', _) => (4, "-"), ('&', _) => (2, "&"), ('^', _) => (1, "^"), ('|', _) => (0, "|"), _ => return None })
        }
        fn e(&mut self, m: u8) -> Result<i64, String> {
            let mut l = self.prim()?;
            while let Some((p, o)) = self.op() { if p < m { break } self.i += o.len(); let r = self.e(p + 1)?;
                l = match o { "+" => l + r, "-" => l - r, "*" => l * r, "/" if r != 0 => l / r, "%" if r != 0 => l % r, "<<" => l << r, ">>" => l >> r, "&" => l & r, "|" => l | r, "^" => l ^ r, _ => return Err("division by zero".into()) } }
            Ok(l)
        }
    }
    let mut p = P { s: s.chars().collect(), i: 0, var };
    let v = p.e(0)?;
    if p.i != p.s.len() { return Err(format!("trailing text in index {s}")); }
    if v < 0 { return Err(format!("negative index {v}")); }
    Ok(v)
}
#[allow(dead_code)] const _B: &str = BAD;
