//! `frames` in Verilator against a model of calls and creations, with behavioural stand-ins for pipe,
//! state unit, memory unit and card: random trees, random delays on every handshake, failures of
//! every task; and the latencies that the module states.

use gasworks_abi::config::Config;
use gasworks_abi::escalation::Escalation;
use gasworks_hdl::lane::frames::Frames;
use gasworks_verilog::harness::Verilator;
use gasworks_verilog::{Options, generate};

/// Cycles from an end to the start that follows, with units that are done the cycle after they took a
/// task.
const LATENCIES: [(&str, u64); 6] = [
    ("call", 7),
    ("no_code", 6),
    ("stop", 13),
    ("return", 10),
    ("return_empty", 10),
    ("halt", 14),
];

fn run(harts: u32, frames_log2: u32) -> Option<String> {
    let Some(verilator) = Verilator::find() else {
        eprintln!("skipped: frames: no verilator (run `cargo xtask tools`)");
        return None;
    };
    let config = Config {
        harts,
        frames_log2,
        ..Config::TINY
    };
    let design = generate(&Frames::new(&config), &Options::new("frames")).expect("valid Verilog");
    let bench = format!(
        "#define HARTS {harts}\n#define FRAMES {}\n#define FRAME_LIMIT {}\n{}",
        1 << frames_log2,
        Escalation::FrameLimit as u8,
        include_str!("frames/bench.cpp")
    );
    let name = format!("frames_{harts}_{frames_log2}");
    let output = verilator.program(&name, &design.text(), "frames", &bench);
    println!("{output}");
    assert!(output.contains("PASSED"), "{output}");
    Some(output)
}

#[test]
fn frames_follow_the_model() {
    let Some(output) = run(4, 3) else {
        return;
    };
    let latency = |name: &str| -> Option<u64> {
        let start = format!("latency {name} ");
        let line = output.lines().find(|line| line.starts_with(&start))?;
        line[start.len()..].parse().ok()
    };
    for (name, cycles) in LATENCIES {
        assert_eq!(latency(name), Some(cycles), "{name}");
    }
}

#[test]
fn one_hart_and_two_frames_follow_the_model() {
    let _ = run(1, 1);
}
