//! Writes Verilog: `generate [--preset NAME] [--lanes N] [--harts N] [--slices N] [--frames N]
//! [--top card|lane|pipe] [--harness] [--output FILE]`.
//!
//! `--harness` adds a module `harness` around the top, to place and route it by itself. The text goes
//! to standard output unless a file is named, the size of the design to standard error.

use gasworks_abi::config::Config;
use gasworks_hdl::{generate_card, generate_lane, generate_pipe, harness};
use std::process::ExitCode;

struct Arguments {
    config: Config,
    top: String,
    harness: bool,
    output: Option<String>,
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut out = Arguments {
        config: Config::SIM,
        top: "card".into(),
        harness: false,
        output: None,
    };
    let (mut lanes, mut harts, mut slices, mut frames) = (None, None, None, None);
    while let Some(name) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or_else(|| format!("{name} needs a value"))
        };
        match name.as_str() {
            "--preset" => {
                let preset = value()?;
                out.config = Config::preset(&preset).ok_or_else(|| {
                    let names: Vec<&str> =
                        Config::PRESETS.iter().map(|preset| preset.name).collect();
                    format!("--preset: no {preset}; there are {}", names.join(", "))
                })?;
            }
            "--lanes" => lanes = Some(number("--lanes", &value()?)?),
            "--slices" => slices = Some(number("--slices", &value()?)?),
            "--frames" => {
                let number = number("--frames", &value()?)?;
                if !number.is_power_of_two() {
                    return Err(format!("--frames: {number} is no power of two"));
                }
                frames = Some(number.ilog2());
            }
            "--harts" => harts = Some(number("--harts", &value()?)?),
            "--top" => out.top = value()?,
            "--harness" => out.harness = true,
            "--output" => out.output = Some(value()?),
            _ => return Err(format!("unknown argument {name}")),
        }
    }
    out.config.lanes = lanes.unwrap_or(out.config.lanes);
    out.config.harts = harts.unwrap_or(out.config.harts);
    out.config.frames_log2 = frames.unwrap_or(out.config.frames_log2);
    out.config.slices = slices.unwrap_or(out.config.slices);
    Ok(out)
}

fn number(name: &str, text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| format!("{name}: {text} is no number"))
}

fn text(arguments: &Arguments) -> Result<String, String> {
    let failed = |error: gasworks_hdl::GenerateError| format!("{error:?}");
    let (design, mut text) = match arguments.top.as_str() {
        "card" => generate_card(&arguments.config)
            .map(|card| (card.design, card.text))
            .map_err(failed)?,
        "lane" => generate_lane(&arguments.config)
            .map(|lane| (lane.clone(), lane.text()))
            .map_err(failed)?,
        "pipe" => generate_pipe(&arguments.config)
            .map(|pipe| (pipe.clone(), pipe.text()))
            .map_err(failed)?,
        other => return Err(format!("--top: no {other}; there are card, lane, pipe")),
    };
    eprintln!(
        "{} ({}): {}",
        arguments.top, arguments.config.name, design.stats
    );
    if arguments.harness {
        text.push_str(&harness(&design));
    }
    Ok(text)
}

fn main() -> ExitCode {
    let done = parse(std::env::args().skip(1)).and_then(|arguments| {
        let text = text(&arguments)?;
        match &arguments.output {
            Some(path) => {
                std::fs::write(path, text).map_err(|error| format!("cannot write {path}: {error}"))
            }
            None => {
                print!("{text}");
                Ok(())
            }
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}
