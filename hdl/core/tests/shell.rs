//! The shell (registers, rings, bus masters, loader) in Verilator with two behavioural lanes: every
//! register, ring wrap-around, back-pressure, random bus latency and order, errors, resets.

use gasworks_abi::config::Config;
use gasworks_abi::regs::{Access, REGISTERS};
use gasworks_hdl::generate::with_stack;
use gasworks_hdl::regs::{capabilities, file::RegisterFile};
use gasworks_hdl::shell::Shell;
use gasworks_verilog::harness::Verilator;
use gasworks_verilog::{Options, generate};
use std::fmt::Write;

const CONFIG: Config = Config {
    lanes: 2,
    ..Config::TINY
};

/// The register map and the sizes of the card as C++.
fn tables() -> String {
    let mut out = String::from(
        "struct Row { const char* name; unsigned offset; char access; unsigned reset, mask; };\n",
    );
    let fixed = capabilities(&CONFIG, 0x1234_5678);
    let mut rows = String::new();
    for info in REGISTERS {
        let access = match info.access {
            Access::ReadOnly => 'R',
            Access::WriteOnly => 'W',
            Access::ReadWrite => 'M',
            Access::WriteOneToClear => 'C',
        };
        let capability = fixed.iter().find(|(row, _)| row.name == info.name);
        let reset = capability.map_or(info.reset, |(_, value)| *value);
        let (name, mask) = (info.name, RegisterFile::mask(info));
        writeln!(out, "static const unsigned R_{name} = {};", info.offset).unwrap();
        writeln!(
            rows,
            "  {{\"{name}\", {}, '{access}', {reset}u, {mask}u}},",
            info.offset
        )
        .unwrap();
    }
    write!(out, "static const Row ROWS[] = {{\n{rows}}};\n").unwrap();
    for (name, value) in [
        ("CODE_LINES", 1 << CONFIG.code_lines_log2),
        ("CONSTANTS", CONFIG.constants()),
        ("CALLDATA_BYTES", CONFIG.calldata_bytes()),
        ("STATE_ENTRIES", CONFIG.state_entries()),
        ("SEEDS", 3),
    ] {
        writeln!(out, "static const unsigned {name} = {value};").unwrap();
    }
    out
}

#[test]
fn shell_serves_two_lanes_over_a_random_bus() {
    let Some(verilator) = Verilator::find() else {
        eprintln!("skipped: shell: no verilator (run `cargo xtask tools`)");
        return;
    };
    let options = Options::new("shell");
    let design = with_stack(|| generate(&Shell::<2, 5, 4, 3>::new(&CONFIG, 0x1234_5678), &options));
    let text = design.unwrap().text();
    let bench = [
        include_str!("shell/bus.h"),
        &tables(),
        include_str!("shell/lane.h"),
        include_str!("shell/main.cpp"),
    ]
    .concat();
    let output = verilator.program("shell", &text, "shell", &bench);
    println!("{output}");
    assert!(output.contains("PASSED"), "{output}");
}
