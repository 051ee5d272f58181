//! Writes the Verilog of a card: `generate PRESET [LANES]` to standard output, sizes to standard error.

use gasworks_abi::config::Config;
use gasworks_hdl::generate_card;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let name = arguments.first().map_or("sim", String::as_str);
    let Some(mut config) = Config::preset(name) else {
        let names: Vec<&str> = Config::PRESETS.iter().map(|preset| preset.name).collect();
        eprintln!("no preset {name}; there are {}", names.join(", "));
        return ExitCode::from(2);
    };
    if let Some(lanes) = arguments.get(1) {
        let Ok(lanes) = lanes.parse() else {
            eprintln!("lanes: {lanes} is no number");
            return ExitCode::from(2);
        };
        config.lanes = lanes;
    }
    match generate_card(&config) {
        Ok(card) => {
            eprintln!(
                "{}: {}; build hash {:08x}",
                config.name, card.design.stats, card.build_hash
            );
            print!("{}", card.text);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}
