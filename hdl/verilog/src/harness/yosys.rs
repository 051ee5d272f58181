//! The pinned yosys, to check printed designs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::verilator::{run, scratch, write};
use crate::Design;

/// Runs the commands of `check.ys`: pyosys is yosys as a Python module.
const RUN: &str =
    "from pyosys import libyosys as yosys; yosys.run_pass('script check.ys', yosys.Design())";

/// The yosys that `cargo xtask tools --synth` puts under `target/tools`.
pub struct Yosys {
    python: PathBuf,
}

impl Yosys {
    /// None where it is not installed. A `yosys` on the PATH is not taken: its version is unknown.
    #[must_use]
    pub fn find() -> Option<Self> {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/venv");
        let python = tools.join("bin/python");
        let is_there = |folder: fs::DirEntry| folder.path().join("site-packages/pyosys").is_dir();
        let mut libraries = fs::read_dir(tools.join("lib")).ok()?.flatten();
        libraries.any(is_there).then_some(Self { python })
    }

    /// Reads every design, and asserts that it has neither a latch nor what `check -assert` reports:
    /// loops of combinational logic, undriven and multiply driven wires.
    ///
    /// # Panics
    /// With yosys' log when a design fails, or when yosys cannot be run or takes too long.
    pub fn check(&self, name: &str, designs: &[Design]) {
        let folder = scratch(name);
        let mut script = String::new();
        for design in designs {
            let file = format!("{}.v", design.top);
            write(&folder.join(&file), &design.text());
            script += &format!(
                "read_verilog {file}\nhierarchy -check -top {}\nproc\n\
                 select -assert-none t:$dlatch t:$adlatch t:$dlatchsr\nopt_clean\ncheck -assert\ndesign -reset\n",
                design.top
            );
        }
        write(&folder.join("check.ys"), &script);
        let mut yosys = Command::new(&self.python);
        yosys.args(["-c", RUN]).current_dir(&folder);
        let _ = run(name, "yosys", &mut yosys, &folder);
        let _ = fs::remove_dir_all(&folder);
    }
}
