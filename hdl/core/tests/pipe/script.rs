//! Writes scripts for `bench.cpp`, runs them, and reads what it prints.

use crate::model::{self, End, Program, Run, Traced, Word};
use gasworks_abi::config::Config;
use gasworks_abi::escalation::{Halt, Status};
use gasworks_abi::micro_op::MICRO_OPS;
use gasworks_hdl::pipe::{ENTER, Pipe};
use gasworks_verilog::harness::Verilator;
use gasworks_verilog::{Options, generate};
use std::fmt::Write as _;

/// One frame of a scenario.
pub struct Frame {
    pub hart: usize,
    pub gas: u64,
    pub program: Program,
}

/// Harts that run together.
pub struct Scenario {
    pub name: String,
    pub seed: u64,
    /// Cycles that a stub unit takes beyond two, at most.
    pub latency: u32,
    /// Cycles that it takes always, and then it announces its answer; 0: as `latency` says.
    pub fixed: u32,
    pub frames: Vec<Frame>,
}

/// From a start to an end.
#[derive(Default)]
pub struct Stretch {
    pub run: Run,
    pub posted: Vec<bool>,
}

/// What one hart did.
#[derive(Default)]
pub struct Seen {
    pub stretches: Vec<Stretch>,
    /// Of all micro-ops.
    pub cycles: Vec<u64>,
    pub args: Vec<[Word; 4]>,
}

impl Seen {
    /// The last one; a new one when that has ended.
    fn stretch(&mut self) -> &mut Stretch {
        if self.stretches.last().is_none_or(|s| s.run.end.is_some()) {
            self.stretches.push(Stretch::default());
        }
        self.stretches.last_mut().expect("there is one")
    }
}

/// What a scenario showed.
pub struct Outcome {
    pub name: String,
    pub harts: Vec<Seen>,
    pub counters: Vec<u64>,
    pub stuck: bool,
}

fn hex(words: &[u64]) -> String {
    words.iter().rev().fold(String::new(), |mut text, word| {
        let _ = write!(text, "{word:016x}");
        text
    })
}

fn beats(words: &[Word]) -> Vec<String> {
    words
        .chunks(2)
        .map(|pair| hex(&[pair[0], pair[1]].concat()))
        .collect()
}

fn script(scenarios: &[Scenario]) -> String {
    let mut text = String::new();
    for row in MICRO_OPS {
        let _ = writeln!(text, "flags {} {}", row.op as u8, row.flags.0);
    }
    for scenario in scenarios {
        let stall = scenario.seed % 3;
        let (name, seed, latency) = (&scenario.name, scenario.seed, scenario.latency);
        let fixed = scenario.fixed;
        let _ = writeln!(text, "begin {name} {seed} {latency} {stall} {fixed}");
        let mut line = 0;
        let mut starts = String::new();
        for (index, frame) in scenario.frames.iter().enumerate() {
            let program = &frame.program;
            let _ = writeln!(starts, "start {} {} {line}", frame.hart, frame.gas);
            for words in program.words.chunks(8) {
                let mut words = words.to_vec();
                words.resize(8, 0);
                let _ = writeln!(text, "load 0 0 {line} {}", hex(&words));
                line += 1;
            }
            for (pair, beat) in beats(&program.constants).iter().enumerate() {
                let _ = writeln!(text, "load 1 0 {} {beat}", 8 * index + pair);
            }
            for (pair, beat) in beats(&program.environment).iter().enumerate() {
                let _ = writeln!(text, "load 2 {} {pair} {beat}", frame.hart);
            }
        }
        let _ = writeln!(text, "{starts}run 400000");
    }
    text
}

fn word(text: &str) -> Word {
    std::array::from_fn(|i| {
        u64::from_str_radix(&text[64 - 16 * (i + 1)..64 - 16 * i], 16).expect("hex")
    })
}

fn parse(text: &str) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let number = |i: usize| -> u64 { fields[i].parse().expect("a number") };
        if fields[0] == "begin" {
            outcomes.push(Outcome {
                name: fields[1].into(),
                harts: (0..4).map(|_| Seen::default()).collect(),
                counters: Vec::new(),
                stuck: false,
            });
            continue;
        }
        let Some(outcome) = outcomes.last_mut() else {
            continue;
        };
        match fields[0] {
            "T" => {
                let seen = &mut outcome.harts[number(1) as usize];
                seen.cycles.push(number(9));
                let stretch = seen.stretch();
                stretch.posted.push(number(8) == 1);
                stretch.run.trace.push(Traced {
                    pc: number(2) as u32,
                    op: u64::from_str_radix(fields[3], 16).expect("hex"),
                    a: word(fields[4]),
                    b: word(fields[5]),
                    gas: number(6),
                    sp: number(7) as u32,
                });
            }
            "U" => {
                let op = u8::from_str_radix(fields[2], 16).expect("hex");
                let stretch = outcome.harts[number(1) as usize].stretch();
                stretch.run.units.push((op, number(3)));
            }
            "G" => {
                let args = std::array::from_fn(|i| word(fields[2 + i]));
                outcome.harts[number(1) as usize].args.push(args);
            }
            "E" => {
                let stretch = outcome.harts[number(1) as usize].stretch();
                stretch.run.end = Some(End {
                    status: number(2) as u8,
                    reason: number(3) as u8,
                    gas: number(4),
                    instructions: number(5) as u32,
                    micro_ops: number(6) as u32,
                });
            }
            "counters" => outcome.counters = (1..fields.len()).map(number).collect(),
            "stuck" => outcome.stuck = true,
            _ => {}
        }
    }
    outcomes
}

/// Runs scenarios on the RTL; `None` without Verilator.
pub fn run(name: &str, config: &Config, scenarios: &[Scenario]) -> Option<Vec<Outcome>> {
    let Some(verilator) = Verilator::find() else {
        eprintln!("SKIPPED: {name}: no Verilator (run `cargo xtask tools`)");
        return None;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("script.txt");
    std::fs::write(&path, script(scenarios)).expect("the script is written");
    let design = generate(&Pipe::new(config), &Options::new("pipe")).expect("valid Verilog");
    let bench = format!(
        "#define SCRIPT {:?}\n{}",
        path.display().to_string(),
        include_str!("bench.cpp")
    );
    Some(parse(&verilator.program(
        name,
        &design.text(),
        "pipe",
        &bench,
    )))
}

/// The run ends because gas runs out.
fn is_dry(run: &Run) -> bool {
    run.end
        .as_ref()
        .is_some_and(|end| end.status == Status::Halt as u8 && end.reason == Halt::OutOfGas as u8)
}

/// Compares one run; returns by how many micro-ops more were counted than the model has.
fn compare_run(place: &str, got: &Stretch, want: &Run) -> Result<usize, String> {
    let at = |i: usize| format!("{place} micro-op {i}");
    let (seen, posted) = (&got.run.trace, &got.posted);
    // After a posted operation that ends the frame the hart runs on until the answer comes.
    for (i, want) in want.trace.iter().enumerate() {
        let Some(got) = seen.get(i) else {
            return Err(format!("{}: missing; last {:?}", at(i), seen.last()));
        };
        let mut got = got.clone();
        if posted[i] && got.gas > want.gas && got.gas - want.gas < 4 * 32 {
            got.gas = want.gas;
        }
        if got != *want {
            return Err(format!("{}:\n got {got:x?}\nwant {want:x?}", at(i)));
        }
    }
    // Where gas runs out a younger block may have been paid first: then an older operation ends the frame,
    // and those behind it are not handed out any more.
    let dry = is_dry(want);
    let units = &got.run.units;
    let whole = units == &want.units;
    let cut = dry && want.units.starts_with(units);
    if !(whole || cut) {
        return Err(format!("{place}: units {units:?}, not {:?}", want.units));
    }
    let extra = seen.len() - want.trace.len();
    if extra > 0 && !posted[want.trace.len()] {
        return Err(format!("{}: {extra} too many", at(want.trace.len())));
    }
    Ok(extra)
}

/// Compares one hart; returns how many micro-ops were compared.
fn compare_hart(name: &str, seen: &Seen, expected: &model::Whole) -> Result<usize, String> {
    let (mut extra, mut total, mut exact) = (0, 0, true);
    for (i, want) in expected.runs.iter().enumerate() {
        let place = format!("{name} run {i}");
        let Some(got) = seen.stretches.get(i) else {
            return Err(format!("{place}: missing"));
        };
        let more = compare_run(&place, got, want)?;
        total += want.trace.len();
        extra += more;
        let (Some(want_end), Some(end)) = (&want.end, &got.run.end) else {
            return Err(format!("{place}: no end"));
        };
        let posted = got.posted[want.trace.len() - 1];
        if more > 0 || (posted && end.status == Status::Halt as u8) {
            // The last block was entered before the posted operation took its gas or ended the frame.
            exact = false;
        }
        let mut end = end.clone();
        end.micro_ops -= extra as u32;
        if !exact {
            end.instructions = want_end.instructions;
        }
        if end.status == Status::Escalated as u8 {
            end.gas = want_end.gas;
        }
        let dry = want_end.status == Status::Halt as u8 && want_end.reason == Halt::OutOfGas as u8;
        if dry && more > 0 && end.status == want_end.status {
            // A younger block failed before the answer that cannot be paid; the stub units do not look at gas.
            end.reason = want_end.reason;
        }
        if end != *want_end {
            return Err(format!("{place}: got {end:?} want {want_end:?}"));
        }
    }
    if seen.stretches.len() != expected.runs.len() {
        return Err(format!("{name}: {} runs", seen.stretches.len()));
    }
    let dry = expected.runs.last().is_some_and(is_dry);
    if seen.args != expected.args && !(dry && expected.args.starts_with(&seen.args)) {
        return Err(format!("{name}: args of logs differ"));
    }
    Ok(total)
}

/// Compares one scenario with the model; the first difference is the error.
pub fn compare(config: &Config, scenario: &Scenario, outcome: &Outcome) -> Result<usize, String> {
    let mut total = 0;
    for frame in &scenario.frames {
        let expected = model::run(&frame.program, config.stack_words(), frame.gas, 100_000);
        let name = format!("{} hart {}", outcome.name, frame.hart);
        let seen = &outcome.harts[frame.hart];
        total += compare_hart(&name, seen, &expected)
            .map_err(|text| format!("{text}; stuck {}", outcome.stuck))?;
    }
    let counters = &outcome.counters;
    let stalls: u64 = counters[4..].iter().sum();
    if counters[0] != counters[1] + stalls {
        return Err(format!(
            "{}: counters do not add up: {counters:?}",
            outcome.name
        ));
    }
    Ok(total)
}

/// How many runs of an outcome ended by `enter`.
pub fn enters(outcome: &Outcome) -> usize {
    let is_enter = |stretch: &&Stretch| {
        let end = stretch.run.end.as_ref();
        end.is_some_and(|end| u64::from(end.status) == ENTER)
    };
    let of = |seen: &Seen| seen.stretches.iter().filter(is_enter).count();
    outcome.harts.iter().map(of).sum()
}
