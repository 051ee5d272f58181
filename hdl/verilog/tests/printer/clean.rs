//! The printed text: the same bytes every run, no warning that is not waived, no latch for yosys.

use gasworks_verilog::harness::{Verilator, Yosys};
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
    let mut all = String::new();
    // The random kernels compare with constants and shift by more than a width: not lint's business.
    for design in designs()
        .iter()
        .filter(|design| !design.top.starts_with("random"))
    {
        let warnings = verilator.lint(&design.top, &design.text(), &design.top);
        all.extend(
            warnings
                .iter()
                .map(|line| format!("{}: {line}\n", design.top)),
        );
    }
    assert!(all.is_empty(), "{all}");
}

#[test]
fn yosys_finds_no_latch_and_no_loop() {
    let Some(yosys) = Yosys::find() else {
        eprintln!("skipped: no yosys");
        return;
    };
    yosys.check("printer", &designs());
}
