//! The Verilog of the presets: complete, the same every time, with its hash in it.

use gasworks_abi::config::Config;
use gasworks_hdl::{GenerateError, generate_card};
use gasworks_verilog::PortDirection;
use gasworks_verilog::harness::{Verilator, Yosys};

#[test]
fn every_preset_gives_the_same_card_every_time() {
    for preset in Config::PRESETS {
        let card = generate_card(&preset).unwrap();
        assert_eq!(
            card.text,
            generate_card(&preset).unwrap().text,
            "{}",
            preset.name
        );
        let hash = format!("h{:x}", card.build_hash);
        assert!(card.text.contains(&hash), "{}: {hash}", preset.name);
        println!("{}: {}", preset.name, card.design.stats);
    }
}

#[test]
fn the_card_has_the_ports_that_shells_want() {
    let card = generate_card(&Config::TINY).unwrap();
    let port = |name: &str| card.design.ports.iter().find(|port| port.name == name);
    for (name, direction, width) in [
        ("clock", PortDirection::Input, 1),
        ("reset", PortDirection::Input, 1),
        ("s_axil_awaddr", PortDirection::Input, 12),
        ("s_axil_rdata", PortDirection::Output, 32),
        ("m_axi_araddr", PortDirection::Output, 64),
        ("m_axi_rdata", PortDirection::Input, 512),
        ("m_axi_wstrb", PortDirection::Output, 64),
        ("irq_req", PortDirection::Output, 3),
        ("irq_ack", PortDirection::Input, 3),
        ("trace_valid_0", PortDirection::Output, 1),
    ] {
        let found = port(name).unwrap_or_else(|| panic!("no port {name}"));
        assert_eq!((found.direction, found.width), (direction, width), "{name}");
    }
}

#[test]
fn lint_of_every_card_finds_nothing_that_is_not_waived() {
    let Some(verilator) = Verilator::find() else {
        eprintln!("SKIPPED: no Verilator, run `cargo xtask tools`: no lint of the cards");
        return;
    };
    for preset in Config::PRESETS {
        let design = generate_card(&preset).unwrap().design;
        let warnings = verilator.lint(preset.name, &design.text(), &design.top);
        assert!(warnings.is_empty(), "{}: {warnings:#?}", preset.name);
    }
}

#[test]
fn yosys_finds_no_latch_and_no_loop_in_a_card() {
    let Some(yosys) = Yosys::find() else {
        eprintln!(
            "SKIPPED: no yosys, run `cargo xtask tools --synth`: latches of the card not looked for"
        );
        return;
    };
    yosys.check("card", &[generate_card(&Config::TINY).unwrap().design]);
}

#[test]
fn a_card_whose_harts_have_one_frame_is_built() {
    let config = Config {
        frames_log2: 0,
        ..Config::TINY
    };
    let card = generate_card(&config).unwrap();
    println!("one frame: {}", card.design.stats);
}

#[test]
fn odd_sizes_are_refused() {
    let lanes = Config {
        lanes: 3,
        ..Config::TINY
    };
    assert!(matches!(
        generate_card(&lanes),
        Err(GenerateError::Lanes { lanes: 3, .. })
    ));
    let harts = Config {
        harts: 8,
        ..Config::TINY
    };
    assert!(matches!(
        generate_card(&harts),
        Err(GenerateError::Harts { harts: 8, .. })
    ));
}
