//! The state unit against its model.

use gasworks_abi::config::Config;
use gasworks_verilog::harness::{Stimulus, cosim};
use gasworks_verilog::word::Word;

use super::StateUnit;
use super::bench::Bench;

#[test]
fn four_harts_agree_with_the_model() {
    let mut bench = Bench::new(&Config::TINY, 1);
    bench.run(150_000);
    println!("{:?}", bench.tally);
    let tally = &bench.tally;
    assert!(tally.responses > 1000 && tally.requests > 300 && tally.seeds > 100);
    assert!(tally.halts > 10 && tally.table_limits > 10 && tally.failures > 3);
    assert!(tally.commits > 20 && tally.overflows > 3 && tally.writes > 20);
    assert!(tally.served_while_waiting > 100);
}

#[test]
fn larger_tables_agree_with_the_model() {
    let config = Config { state_log2: 6, ..Config::TINY };
    let mut bench = Bench::new(&config, 2);
    bench.run(100_000);
    println!("{:?}", bench.tally);
    assert!(bench.tally.commits > 20 && bench.tally.writes > 100 && bench.tally.seeds > 500);
}

#[test]
fn verilog_agrees_with_the_simulator() {
    let poke = |unit: &mut StateUnit, stimulus: &mut Stimulus| {
        let few = |stimulus: &mut Stimulus| Word::from(stimulus.below(6));
        unit.reset.next = stimulus.chance(5);
        unit.req_valid.next = stimulus.bit();
        unit.req_hart.next = stimulus.bits();
        unit.req_op.next = (0x60 + stimulus.below(10)).into();
        unit.req_a.next = few(stimulus);
        unit.req_b.next = few(stimulus);
        unit.req_gas.next = stimulus.word();
        unit.rsp_ready.next = stimulus.bit();
        unit.start_valid.next = stimulus.chance(50);
        unit.start_hart.next = stimulus.bits();
        unit.start_fork.next = (7 + stimulus.below(2)).into();
        unit.start_tag.next = stimulus.bits();
        unit.load_valid.next = stimulus.chance(200);
        unit.load_target.next = (2 + stimulus.below(4)).into();
        unit.load_hart.next = stimulus.bits();
        unit.load_address.next = stimulus.below(3).into();
        unit.load_data.next = Word::from(stimulus.below(6));
        unit.clear_valid.next = stimulus.chance(10);
        unit.clear_hart.next = stimulus.bits();
        unit.request_ready.next = stimulus.bit();
        unit.answer_valid.next = stimulus.bit();
        unit.answer_hart.next = stimulus.bits();
        unit.answer_value.next = few(stimulus);
        unit.answer_code_iova.next = stimulus.word();
        unit.answer_code_len.next = stimulus.bits();
        unit.answer_flags.next = stimulus.below(2).into();
        unit.commit_valid.next = stimulus.chance(10);
        unit.commit_hart.next = stimulus.bits();
        unit.commit_cursor.next = Word::from(stimulus.below(6));
        unit.commit_limit.next = Word::from(stimulus.below(600));
        unit.write_ready.next = stimulus.bit();
    };
    let clock: fn(&mut StateUnit, bool) = |unit, high| unit.clock.next = high.into();
    cosim("state_unit", StateUnit::new(&Config::TINY), 3000, poke, Some(clock));
}
