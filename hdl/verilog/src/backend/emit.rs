//! Grouping into assigns / always blocks, checks, printing, inlined flip-flops, module sharing.
use super::collect::*;
use super::ir::*;
use super::lower::*;
use num_bigint::BigUint;
use rust_hdl::prelude::{ast::*, AtomKind, Block};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write;

/// rust-hdl-widgets' DFF is a leaf whose body is this text; the init value is in it.
pub fn dff_init(n: &Node) -> Option<BigUint> {
    let Verilog::Custom(c) = &n.hdl else { return None };
    let t: String = c.split_whitespace().collect::<Vec<_>>().join(" ");
    let v = t.strip_prefix("initial begin q = ")?.strip_suffix("; end always @(posedge clock) begin q <= d; end")?;
    let mut p: Vec<&str> = n.atoms.iter().map(|a| a.name.as_str()).collect(); p.sort();
    if p != ["clock", "d", "q"] || !n.kids.is_empty() { return None; }
    let q = n.atoms.iter().find(|a| a.name == "q")?;
    let h = v.split_once("'h")?.1;
    Some(wrap(&num_bigint::BigInt::parse_bytes(h.as_bytes(), 16)?, q.w))
}
#[derive(Clone)]
pub struct Options { pub top: String, pub consts: BTreeMap<String, u64> }
impl Default for Options { fn default() -> Self { Options { top: "top".into(), consts: BTreeMap::new() } } }
#[derive(Default, Debug)]
pub struct Stats { pub modules: usize, pub instances: usize, pub regs: usize, pub lines: usize }

pub fn verilog<U: Block>(u: &U, o: &Options) -> Result<(String, Stats), Vec<String>> {
    let mut c = Collect::default();
    u.accept(&o.top, &mut c);
    let root = c.root.take().expect("no root");
    let mut e = Emitter { enums: c.enums, opt: o.clone(), errs: c.errors, ..Default::default() };
    e.used.insert(o.top.clone());
    e.module(&root, Some(o.top.clone()));
    if !e.errs.is_empty() { return Err(e.errs); }
    let mut s = e.out.join("\n");
    for x in &e.extra { s.push('\n'); s.push_str(x.trim()); s.push('\n'); }
    e.stats.lines = s.lines().count();
    Ok((s, e.stats))
}
#[derive(Default)]
struct Emitter { enums: Vec<EnumVal>, opt: Options, errs: Vec<String>, out: Vec<String>, extra: BTreeSet<String>, shared: HashMap<String, String>, used: HashSet<String>, stats: Stats }

const KW: &[&str] = &["always","and","assign","begin","buf","case","casex","casez","cell","config","deassign","default","defparam","design","disable","edge","else","end","endcase","endfunction","endmodule","event","for","force","forever","fork","function","generate","genvar","if","ifnone","include","initial","inout","input","instance","integer","join","large","library","localparam","logic","macromodule","medium","module","nand","negedge","nor","not","or","output","parameter","posedge","pull0","pull1","real","reg","release","repeat","scalared","signed","small","specify","string","strong0","strong1","supply0","supply1","table","task","time","tran","tri","unsigned","use","var","bit","byte","int","vectored","wait","wand","weak0","weak1","while","wire","wor","xnor","xor","do","type","new","this","class","property","sequence","program","package","interface","modport","priority","unique","void","final","static","enum","struct","union","alias","assert","assume","cover","return","break","continue","ref","const","import","export","extern","local","protected","virtual","rand","checker","clocking","expect","bind","before","bins","binsof","context","cross","dist","endclass","foreach","iff","inside","intersect","matches","null","packed","pure","randc","solve","super","tagged","throughout","timeprecision","timeunit","typedef","wildcard","with","within","shortint","longint","shortreal","strong","weak","until","nexttime","let","implements","interconnect","nettype","soft","eventually","implies","accept_on","reject_on","global","restrict"];
fn sane(s: &str) -> String {
    let mut t: String = s.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if t.chars().next().map_or(true, |c| c.is_ascii_digit()) { t.insert(0, '_'); }
    if KW.contains(&t.as_str()) { t.push('_'); }
    t
}
fn uniq(base: String, used: &mut HashSet<String>) -> String {
    let mut n = base.clone(); let mut i = 1;
    while !used.insert(n.clone()) { i += 1; n = format!("{base}_{i}"); }
    n
}
fn rng(w: usize) -> String { if w == 1 { String::new() } else { format!("[{}:0] ", w - 1) } }

struct P<'a> { sigs: &'a [Sig], name: &'a [String] }
impl P<'_> {
    fn c(&self, v: &BigUint, w: usize) -> String { if w == 1 { format!("1'b{v}") } else if v.bits() <= 10 { format!("{w}'d{v}") } else { format!("{w}'h{v:x}") } }
    fn rg(&self, s: Sid, lo: usize, w: usize) -> String {
        let (n, sw) = (&self.name[s], self.sigs[s].w);
        if lo == 0 && w == sw { n.clone() } else if w == 1 { format!("{n}[{lo}]") } else { format!("{n}[{}:{lo}]", lo + w - 1) }
    }
    fn e(&self, v: &V) -> String { self.x(v, true) }
    /// every operator is parenthesised except at the top of an expression
    fn x(&self, v: &V, top: bool) -> String {
        let par = |s: String| if top { s } else { format!("({s})") };
        match &v.x {
            X::C(c) => self.c(c, v.w),
            X::N(n, _) => sane(n),
            X::S(s) => self.name[*s].clone(),
            X::Range(s, lo) => self.rg(*s, *lo, v.w),
            X::Bit(s, i) => format!("{}[{}]", self.name[*s], self.e(i)),
            X::Bin(o, a, b) | X::Log(o, a, b) => par(format!("{} {o} {}", self.chain(a, o), self.x(b, false))),
            X::Cmp(o, sg, a, b) => if *sg { par(format!("$signed({}) {o} $signed({})", self.e(a), self.e(b))) } else { par(format!("{} {o} {}", self.x(a, false), self.x(b, false))) },
            X::Shift(o, a, n) => par(format!("{} {o} {}", self.x(a, false), match n.val() { Some(k) => k.to_string(), None => self.x(n, false) })),
            X::Un(o, a) => par(format!("{o}{}", self.x(a, false))),
            X::Red(o, a) => par(format!("{o}{}", self.x(a, false))),
            X::Cat(p) => format!("{{{}}}", p.iter().map(|q| self.e(q)).collect::<Vec<_>>().join(", ")),
            X::Rep(n, a) => format!("{{{n}{{{}}}}}", self.e(a)),
        }
    }
    /// a ^ b ^ c without nested parentheses (left-associative, same operator, same width)
    fn chain(&self, v: &V, o: &str) -> String {
        match &v.x { X::Bin(p, a, b) | X::Log(p, a, b) if *p == o && o != "-" && o != "*" => format!("{} {o} {}", self.chain(a, o), self.x(b, false)), _ => self.x(v, false) }
    }
    fn st(&self, b: &[St], ind: usize, o: &mut String) {
        let p = "  ".repeat(ind);
        for s in b { match s {
            St::A { s, lo, w, v, .. } => { let _ = writeln!(o, "{p}{} = {};", self.rg(*s, *lo, *w), self.e(v)); }
            St::If(c, t, e) => {
                let _ = writeln!(o, "{p}if ({}) begin", self.e(c)); self.st(t, ind + 1, o);
                let mut e = e;
                loop {
                    if e.is_empty() { let _ = writeln!(o, "{p}end"); break }
                    if let [St::If(c2, t2, e2)] = e.as_slice() { let _ = writeln!(o, "{p}end else if ({}) begin", self.e(c2)); self.st(t2, ind + 1, o); e = e2; continue }
                    let _ = writeln!(o, "{p}end else begin"); self.st(e, ind + 1, o); let _ = writeln!(o, "{p}end"); break
                }
            }
            St::Case(c, a, d) => {
                let _ = writeln!(o, "{p}case ({})", self.e(c));
                for (l, x) in a { let _ = writeln!(o, "{p}  {}: begin", l.iter().map(|y| self.e(y)).collect::<Vec<_>>().join(", ")); self.st(x, ind + 2, o); let _ = writeln!(o, "{p}  end"); }
                let _ = writeln!(o, "{p}  default: begin"); self.st(d, ind + 2, o); let _ = writeln!(o, "{p}  end\n{p}endcase");
            }
        } }
    }
}
fn find(p: &mut Vec<usize>, x: usize) -> usize { let mut x = x; while p[x] != x { p[x] = p[p[x]]; x = p[x] } x }

/// drop an unconditional assignment overwritten by a later unconditional one with no read between
fn dse(top: Vec<St>) -> Vec<St> {
    let n = top.len(); let mut keep = vec![true; n];
    let mut pending: HashMap<Sid, usize> = HashMap::new();
    for i in 0..n {
        exprs(&top[i..=i], &mut |v| v.reads(&mut |s| { pending.remove(&s); }));
        match &top[i] {
            St::A { s, full: true, .. } => { if let Some(j) = pending.insert(*s, i) { keep[j] = false } }
            x => writes(std::slice::from_ref(x), &mut |s| { pending.remove(&s); }),
        }
    }
    let mut k = keep.into_iter();
    top.into_iter().filter(|_| k.next().unwrap()).collect()
}
/// must-assigned bit masks along every path; reports latches and reads before writes
fn flow(b: &[St], m: &mut HashMap<Sid, BigUint>, mine: &HashSet<Sid>, sigs: &[Sig], bad: &mut BTreeSet<String>) {
    let chk = |v: &V, m: &HashMap<Sid, BigUint>, bad: &mut BTreeSet<String>| v.reads(&mut |s| if mine.contains(&s) && m.get(&s).map_or(true, |x| *x != ones(sigs[s].w)) { bad.insert(format!("{} is read before it is written in the same kernel; move the write up", sigs[s].raw)); });
    let meet = |a: HashMap<Sid, BigUint>, b: &HashMap<Sid, BigUint>| -> HashMap<Sid, BigUint> { a.into_iter().filter_map(|(k, v)| b.get(&k).map(|w| (k, v & w))).collect() };
    for s in b { match s {
        St::A { s, lo, w, v, .. } => { chk(v, m, bad); let x = m.entry(*s).or_default(); *x |= ones(*w) << *lo; }
        St::If(c, t, e) => { chk(c, m, bad); let mut a = m.clone(); flow(t, &mut a, mine, sigs, bad); flow(e, m, mine, sigs, bad); *m = meet(a, m); }
        St::Case(c, arms, d) => { chk(c, m, bad); let m0 = m.clone(); flow(d, m, mine, sigs, bad); for (_, x) in arms { let mut a = m0.clone(); flow(x, &mut a, mine, sigs, bad); *m = meet(a, m); } }
    } }
}

impl Emitter {
    fn err(&mut self, n: &Node, s: String) { self.errs.push(format!("{}: {s}", n.path)) }
    /// returns the Verilog module name
    fn module(&mut self, n: &Node, fixed: Option<String>) -> String {
        self.stats.instances += 1;
        let (body, ports, notes) = match &n.hdl {
            Verilog::Combinatorial(b) => self.comb(n, b),
            Verilog::Blackbox(bb) => { self.extra.insert(bb.code.clone()); return bb.name.clone(); }
            Verilog::Custom(c) => self.opaque(n, c, false),
            Verilog::Wrapper(w) => { self.extra.insert(w.cores.clone()); self.opaque(n, &w.code, true) }
            Verilog::Empty => { if n.atoms.iter().any(|a| a.kind == AtomKind::OutputParameter) { self.err(n, "no hdl() body".into()); } (String::new(), String::new(), vec![]) }
        };
        let key = format!("{ports}\u{0}{body}");
        if fixed.is_none() { if let Some(m) = self.shared.get(&key) { return m.clone(); } }
        let name = match fixed { Some(f) => f, None => {
            let base = notes.iter().find_map(|c| c.split_once("\"module ").map(|x| x.1.trim_end_matches(|c| matches!(c, '"' | ')' | ' ')).to_string())).unwrap_or_else(|| {
                let p: Vec<&str> = n.name.split('$').collect(); format!("{}_{}", self.opt.top, p[0]) });
            uniq(sane(&base), &mut self.used) } };
        self.shared.insert(key, name.clone());
        self.out.push(format!("module {name} (\n{ports}\n);\n{body}endmodule\n"));
        self.stats.modules += 1;
        name
    }
    fn opaque(&mut self, n: &Node, code: &str, wire: bool) -> (String, String, Vec<String>) {
        let mut ports = vec![]; let mut body = String::new();
        for a in &n.atoms {
            let sg = if a.signed { "signed " } else { "" };
            match a.kind {
                AtomKind::InputParameter => ports.push(format!("  input wire {sg}{}{}", rng(a.w), a.name)),
                AtomKind::OutputParameter | AtomKind::OutputPassthrough => ports.push(format!("  output {} {sg}{}{}", if wire { "wire" } else { "reg" }, rng(a.w), a.name)),
                AtomKind::InOutParameter => ports.push(format!("  inout wire {sg}{}{}", rng(a.w), a.name)),
                AtomKind::Constant => { let _ = writeln!(body, "  localparam {sg}{}{} = {}'h{:x};", rng(a.w), a.name, a.w, a.val); }
                _ => { let _ = writeln!(body, "  reg {sg}{}{};", rng(a.w), a.name); }
            }
        }
        if !n.kids.is_empty() { self.err(n, "a custom body with sub-modules is not supported".into()); }
        for l in code.trim().lines() { let _ = writeln!(body, "  {}", l.trim_end()); }
        (body, ports.join(",\n"), vec![])
    }
    fn comb(&mut self, n: &Node, code: &VerilogBlock) -> (String, String, Vec<String>) {
        let enums = std::mem::take(&mut self.enums); let consts = self.opt.consts.clone();
        let mut l = Lower::new(n, &enums, &consts);
        let mut top = vec![]; l.block(code, &mut top);
        let (sigs, regs, errs, notes, alias) = (l.sigs, l.regs, l.errs, l.notes, l.inout_alias);
        self.enums = enums; self.errs.extend(errs);
        self.stats.regs += regs.len();
        let top = dse(top);
        // ---- grouping ----
        let ns = top.len();
        let mut wr: Vec<Vec<Sid>> = vec![]; let mut rd: Vec<Vec<Sid>> = vec![];
        let mut first: HashMap<Sid, usize> = HashMap::new(); let mut last: HashMap<Sid, usize> = HashMap::new();
        let mut par: Vec<usize> = (0..ns).collect();
        for i in 0..ns {
            let (mut w, mut r) = (BTreeSet::new(), BTreeSet::new());
            writes(&top[i..=i], &mut |s| { w.insert(s); }); exprs(&top[i..=i], &mut |v| v.reads(&mut |s| { r.insert(s); }));
            for &s in &w { if let Some(&j) = first.get(&s) { let (a, b) = (find(&mut par, j), find(&mut par, i)); par[b] = a } else { first.insert(s, i); } last.insert(s, i); }
            wr.push(w.into_iter().collect()); rd.push(r.into_iter().collect());
        }
        for i in 0..ns { for s in &rd[i] { if let (Some(&f), Some(&z)) = (first.get(s), last.get(s)) { if f < i && i < z { let (a, b) = (find(&mut par, f), find(&mut par, i)); par[b] = a } } } }
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for i in 0..ns { let r = find(&mut par, i); groups.entry(r).or_default().push(i); }
        let mut groups: Vec<Vec<usize>> = groups.into_values().collect(); groups.sort_by_key(|g| g[0]);
        let mut tops: Vec<Option<St>> = top.into_iter().map(Some).collect();
        let mut blocks: Vec<Vec<St>> = groups.iter().map(|g| g.iter().map(|&i| tops[i].take().unwrap()).collect()).collect();
        // ---- checks, temporaries that sit in branches get a default ----
        for g in &mut blocks {
            let mut mine = HashSet::new(); writes(g, &mut |s| { mine.insert(s); });
            let mut m = HashMap::new(); let mut bad = BTreeSet::new();
            flow(g, &mut m, &mine, &sigs, &mut bad);
            for b in bad { self.err(n, b) }
            let mut miss: Vec<Sid> = mine.iter().copied().filter(|s| m.get(s).map_or(true, |x| *x != ones(sigs[*s].w))).collect(); miss.sort();
            for s in miss.iter().rev() { if sigs[*s].k == K::Tmp { g.insert(0, St::A { s: *s, lo: 0, w: sigs[*s].w, full: true, v: V::zero(sigs[*s].w) }) } else { self.err(n, format!("{} is not assigned on every path (latch)", sigs[*s].raw)) } }
        }
        // ---- single drivers that can be printed where they are used ----
        let mut nread: HashMap<Sid, usize> = HashMap::new();
        for g in &blocks { exprs(g, &mut |v| v.reads(&mut |s| *nread.entry(s).or_default() += 1)) }
        let mut inline: HashMap<Sid, V> = HashMap::new();
        blocks.retain(|g| if let [St::A { s, full: true, v, .. }] = g.as_slice() {
            let simple = matches!(v.x, X::S(_) | X::Range(..) | X::C(_) | X::N(..));
            let ok = !nread.contains_key(s) && match sigs[*s].k { K::RegD => true, K::SubIn => simple, K::RegClk => matches!(v.x, X::S(_)), _ => false };
            if ok { inline.insert(*s, v.clone()); }
            !ok } else { true });
        // ---- names ----
        let mut used: HashSet<String> = HashSet::new();
        let mut name = vec![String::new(); sigs.len()];
        for pass in 0..3 { for (i, s) in sigs.iter().enumerate() {
            let p = match s.k { K::In | K::Out | K::InOut => 0, K::Reg | K::Local => 1, _ => 2 };
            if p == pass { let b = match s.k { K::Reg => s.raw.trim_end_matches("$q").to_string(), _ => s.raw.clone() }; name[i] = uniq(sane(&b), &mut used); }
        } }
        let mut lp: BTreeMap<String, (BigUint, usize)> = BTreeMap::new();
        { let mut f = |v: &V| v.names(&mut |n, x, w| { lp.insert(sane(n), (x.clone(), w)); });
          for g in &blocks { exprs(g, &mut f) } for v in inline.values() { f(v) } }
        for k in lp.keys() { if used.contains(k) { self.errs.push(format!("{}: constant {k} has the name of a signal", n.path)); } }
        let mut proc_: HashSet<Sid> = HashSet::new();
        for g in &blocks { if !matches!(g.as_slice(), [St::A { full: true, .. }]) { writes(g, &mut |s| { proc_.insert(s); }) } }
        let p = P { sigs: &sigs, name: &name };
        // ---- ports, declarations ----
        let mut ports = vec![]; let mut o = String::new();
        for (i, s) in sigs.iter().enumerate() {
            let r = rng(s.w);
            match s.k {
                K::In => ports.push(format!("  input wire {r}{}", name[i])),
                K::Out => ports.push(format!("  output {} {r}{}", if proc_.contains(&i) { "reg" } else { "wire" }, name[i])),
                K::InOut => ports.push(format!("  inout wire {r}{}", name[i])),
                _ => {}
            }
        }
        for (k, (v, w)) in &lp { let _ = writeln!(o, "  localparam {}{k} = {};", rng(*w), p.c(v, *w)); }
        for (i, s) in sigs.iter().enumerate() {
            let r = rng(s.w);
            if inline.contains_key(&i) { continue }
            match s.k {
                K::In | K::Out | K::InOut => {}
                K::SubInOut => {}
                K::Reg => { let init = regs.iter().find(|x| x.q == i).map(|x| x.init.clone()).unwrap(); let _ = writeln!(o, "  reg {r}{} = {};", name[i], p.c(&init, s.w)); }
                K::Local if !first.contains_key(&i) && !nread.contains_key(&i) => {}
                _ => { let _ = writeln!(o, "  {} {r}{};", if proc_.contains(&i) { "reg" } else { "wire" }, name[i]); }
            }
        }
        // ---- instances ----
        for k in n.kids.iter().filter(|k| dff_init(k).is_none()) {
            let m = self.module(k, None);
            let raw = !matches!(k.hdl, Verilog::Combinatorial(_));
            // port names of a comb module are its sanitised names, in atom order
            let mut pu = HashSet::new(); let mut cons = vec![];
            for a in k.atoms.iter().filter(|a| a.kind.is_parameter()) {
                let pn = if raw { a.name.clone() } else { uniq(sane(&a.name), &mut pu) };
                let rawname = format!("{}${}", k.name, a.name);
                let s = sigs.iter().position(|x| x.raw == rawname).unwrap();
                let c = if sigs[s].k == K::SubInOut { let o2 = alias.iter().find_map(|(a, b)| if *a == s { Some(*b) } else if *b == s { Some(*a) } else { None }); o2.map(|x| name[x].clone()).unwrap_or_default() }
                    else if let Some(v) = inline.get(&s) { p.e(v) } else { name[s].clone() };
                cons.push(format!("    .{pn}({c})"));
            }
            let inst = uniq(format!("u_{}", sane(&k.name)), &mut used);
            let _ = writeln!(o, "  {m} {inst} (\n{}\n  );", cons.join(",\n"));
        }
        // ---- logic ----
        for g in &blocks {
            if let [St::A { s, full: true, v, .. }] = g.as_slice() { let _ = writeln!(o, "  assign {} = {};", name[*s], p.e(v)); }
            else { let _ = writeln!(o, "  always @* begin"); p.st(g, 2, &mut o); let _ = writeln!(o, "  end"); }
        }
        let mut byclk: Vec<(String, Vec<&Reg>)> = vec![];
        for r in &regs {
            if !inline.contains_key(&r.clk) && !first.contains_key(&r.clk) { self.errs.push(format!("{}: register {} has no clock", n.path, name[r.q])); }
            let c = inline.get(&r.clk).map(|v| p.e(v)).unwrap_or(name[r.clk].clone());
            match byclk.iter_mut().find(|x| x.0 == c) { Some(x) => x.1.push(r), None => byclk.push((c, vec![r])) }
        }
        for (c, rs) in byclk {
            let _ = writeln!(o, "  always @(posedge {c}) begin");
            for r in rs { let d = inline.get(&r.d).map(|v| p.e(v)).unwrap_or(name[r.d].clone()); let _ = writeln!(o, "    {} <= {d};", name[r.q]); }
            let _ = writeln!(o, "  end");
        }
        (o, ports.join(",\n"), notes)
    }
}
