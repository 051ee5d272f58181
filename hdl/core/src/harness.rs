//! A frame around a design that is placed and routed by itself.
//!
//! Its inputs are every second flip-flop of a long shift register that a linear feedback shift register
//! feeds; its outputs are caught in flip-flops and folded to one pin by a tree of parities with a
//! register after every level. So neither end is optimised away, no input bit equals another, and no
//! path of the frame is longer than two look-up tables. Where the design delays an input by a cycle its
//! flip-flop can be one of the shift register that is no input: the frame costs almost no look-up
//! tables, and saves the design none. Outputs named `trace_*` are
//! for simulation and stay open, as on a card: what feeds only them is optimised away.

use gasworks_verilog::{Design, Port, PortDirection};
use std::fmt::Write as _;

/// Bits of the shift register: taps 64, 63, 61, 60 give the longest period.
const LFSR: usize = 64;
/// Outputs folded by one level of the tree.
const FOLD: usize = 16;

/// The Verilog of a module `harness` around the top of `design`, without the design itself.
#[must_use]
pub fn harness(design: &Design) -> String {
    let clock = |port: &&Port| port.name != "clock";
    let inputs: Vec<&Port> = design
        .ports
        .iter()
        .filter(clock)
        .filter(|p| p.direction == PortDirection::Input)
        .collect();
    let outputs: Vec<&Port> = design
        .ports
        .iter()
        .filter(clock)
        .filter(|p| p.direction == PortDirection::Output && !is_trace(p))
        .collect();
    let mut text = String::from("module harness(input clock, input seed, output fold);\n");
    let _ = writeln!(text, "reg [{}:0] lfsr = 1;", LFSR - 1);
    text.push_str("always @(posedge clock) lfsr <= {lfsr[62:0], lfsr[63] ^ lfsr[62] ^ lfsr[60] ^ lfsr[59] ^ seed};\n");
    let bits: usize = inputs.iter().map(|port| port.width).sum();
    let _ = writeln!(text, "reg [{}:0] chain;", 2 * bits - 1);
    let _ = writeln!(
        text,
        "always @(posedge clock) chain <= {{chain[{}:0], lfsr[63]}};",
        2 * bits - 2
    );
    let mut bit = 0;
    for port in &inputs {
        let taps: Vec<String> = (bit..bit + port.width)
            .map(|index| format!("chain[{}]", 2 * index))
            .collect();
        let _ = writeln!(
            text,
            "wire [{}:0] {} = {{{}}};",
            port.width - 1,
            port.name,
            taps.join(", ")
        );
        bit += port.width;
    }
    let mut caught = Vec::new();
    for port in &outputs {
        let _ = writeln!(text, "wire [{}:0] {};", port.width - 1, port.name);
        caught.push(port.name.clone());
    }
    let total: usize = outputs.iter().map(|port| port.width).sum();
    let _ = writeln!(text, "reg [{}:0] level_0;", total - 1);
    let _ = writeln!(
        text,
        "always @(posedge clock) level_0 <= {{{}}};",
        caught.join(", ")
    );
    let last = fold(&mut text, total);
    let _ = writeln!(text, "assign fold = level_{last}[0];");
    let connections: Vec<String> = design
        .ports
        .iter()
        .map(|port| match is_trace(port) {
            true => format!(".{}()", port.name),
            false => format!(".{0}({0})", port.name),
        })
        .collect();
    let _ = writeln!(
        text,
        "{} dut ({});\nendmodule",
        design.top,
        connections.join(", ")
    );
    text
}

/// A port that only simulation reads.
fn is_trace(port: &Port) -> bool {
    port.name.starts_with("trace_")
}

/// Prints the levels of the tree; returns the number of the last one.
fn fold(text: &mut String, total: usize) -> usize {
    let (mut level, mut width) = (0, total);
    while width > 1 {
        let next = width.div_ceil(FOLD);
        let _ = writeln!(text, "reg [{}:0] level_{};", next - 1, level + 1);
        for group in 0..next {
            let (low, high) = (group * FOLD, (group * FOLD + FOLD).min(width) - 1);
            let _ = writeln!(
                text,
                "always @(posedge clock) level_{}[{group}] <= ^level_{level}[{high}:{low}];",
                level + 1
            );
        }
        level += 1;
        width = next;
    }
    level
}
