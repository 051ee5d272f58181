//! The state unit against its model.

use gasworks_abi::config::Config;
use gasworks_abi::micro_op::Op;
use gasworks_verilog::harness::{Stimulus, cosim};
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

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

/// One hart, no stalls.
struct Single(StateUnit);

impl Single {
    fn new() -> Self {
        let mut unit = StateUnit::new(&Config::TINY);
        unit.connect_all();
        unit.rsp_ready.next = true;
        unit.request_ready.next = true;
        unit.write_ready.next = true;
        Self(unit)
    }
    fn settle(&mut self) {
        self.0.clock.next = false.into();
        assert!(simulate(&mut self.0, 200));
    }
    fn edge(&mut self) {
        self.0.clock.next = true.into();
        assert!(simulate(&mut self.0, 200));
    }
    /// Cycles until `condition` holds, counting from the present one.
    fn until(&mut self, condition: impl Fn(&StateUnit) -> bool) -> u32 {
        for cycles in 0..200 {
            self.settle();
            if condition(&self.0) {
                return cycles;
            }
            self.edge();
        }
        panic!("never");
    }
    /// Offers a request and counts the cycles until it is answered or the host is asked.
    fn request(&mut self, op: Op, a: u64, b: u64, gas: u64) -> u32 {
        self.until(|unit| unit.req_ready.val());
        self.0.req_valid.next = true;
        self.0.req_op.next = (op as u64).into();
        self.0.req_a.next = a.into();
        self.0.req_b.next = b.into();
        self.0.req_gas.next = gas.into();
        self.settle();
        self.edge();
        self.0.req_valid.next = false;
        1 + self.until(|unit| unit.rsp_valid.val() || unit.request_valid.val())
    }
    /// Answers the host's part and counts the cycles until the response.
    fn answer(&mut self, value: u64, flags: u64) -> u32 {
        self.settle();
        assert!(self.0.request_valid.val());
        self.edge();
        self.0.answer_valid.next = true;
        self.0.answer_value.next = value.into();
        self.0.answer_flags.next = flags.into();
        self.settle();
        self.edge();
        self.0.answer_valid.next = false;
        1 + self.until(|unit| unit.rsp_valid.val())
    }
    /// Status and cost of the response that is offered; takes it.
    fn response(&mut self) -> (u64, u64) {
        self.settle();
        let response = (self.0.rsp_status.val().into(), self.0.rsp_cost.val().low());
        self.edge();
        response
    }
    fn clear(&mut self) -> u32 {
        self.until(|unit| unit.clear_ready.val());
        self.0.clear_valid.next = true;
        self.settle();
        self.edge();
        self.0.clear_valid.next = false;
        1 + self.until(|unit| unit.req_ready.val())
    }
    fn commit(&mut self) -> u32 {
        self.until(|unit| unit.commit_ready.val());
        self.0.commit_valid.next = true;
        self.0.commit_limit.next = Word::from(1 << 20);
        self.settle();
        self.edge();
        self.0.commit_valid.next = false;
        1 + self.until(|unit| unit.committed_valid.val())
    }
}

#[test]
fn cycles_are_as_the_header_says() {
    let mut one = Single::new();
    assert_eq!(one.clear(), 9);
    assert_eq!(one.request(Op::SLoad, 7, 0, 5000), 5, "miss");
    assert_eq!(one.answer(1, 0), 11);
    assert_eq!(one.response(), (0, 2000));
    assert_eq!(one.request(Op::SLoad, 7, 0, 0), 5, "hit");
    assert_eq!(one.response(), (0, 0));
    assert_eq!(one.request(Op::SStore, 7, 2, 5000), 6, "hit");
    assert_eq!(one.response(), (0, 2900));
    assert_eq!(one.request(Op::SStore, 9, 2, 50_000), 5, "miss");
    assert_eq!(one.answer(0, 1), 12);
    assert_eq!(one.response(), (0, 20_000));
    assert_eq!(one.request(Op::SStore, 7, 2, 2300), 2, "stipend");
    assert_eq!(one.response(), (1, 0));
    assert_eq!(one.request(Op::TLoad, 11, 0, 0), 5, "nothing");
    one.response();
    assert_eq!(one.request(Op::TStore, 11, 3, 0), 6, "new");
    one.response();
    assert_eq!(one.request(Op::TStore, 11, 4, 0), 5, "hit");
    one.response();
    assert_eq!(one.request(Op::TLoad, 11, 0, 0), 5, "hit");
    one.response();
    assert_eq!(one.request(Op::Balance, 20, 0, 2500), 5);
    assert_eq!(one.answer(5, 0), 8, "cold");
    assert_eq!(one.response(), (0, 2500));
    assert_eq!(one.request(Op::Balance, 20, 0, 0), 5);
    assert_eq!(one.answer(5, 0), 7, "touched before");
    assert_eq!(one.response(), (0, 0));
    assert_eq!(one.request(Op::ExtCodeHash, 21, 0, 0), 5);
    assert_eq!(one.answer(5, 1), 8, "warm at the start");
    assert_eq!(one.response(), (0, 0));
    assert_eq!(one.request(Op::BlockHash, 20, 0, 0), 1);
    assert_eq!(one.answer(5, 0), 3);
    one.response();
    assert_eq!(one.commit(), 11 + 2 * 5 + 2 * 2);
    assert_eq!(one.0.committed_write_count.val(), 2u64);
}

#[test]
fn gas_suffices_exactly_or_is_one_short() {
    let cases = [
        (Op::SLoad, 2000),
        (Op::SStore, 22_100),
        (Op::Balance, 2500),
        (Op::ExtCodeTouch, 2500),
    ];
    for (op, cost) in cases {
        for (gas, response) in [(cost, (0, cost)), (cost - 1, (1, 0))] {
            let mut one = Single::new();
            one.clear();
            one.request(op, 1, 1, gas);
            one.answer(0, 0);
            assert_eq!(one.response(), response, "{op:?} with {gas}");
        }
    }
}

#[test]
fn a_cleared_table_shows_nothing_of_before() {
    let mut one = Single::new();
    for round in 0..40 {
        one.clear();
        for key in 0..6 {
            assert_eq!(one.request(Op::TLoad, key, 0, 0), 5);
            assert_eq!(one.0.rsp_value.val(), 0, "round {round}");
            one.response();
            one.request(Op::TStore, key, 100 + key + round, 0);
            one.response();
        }
    }
}

#[test]
fn larger_tables_agree_with_the_model() {
    let config = Config {
        state_log2: 6,
        ..Config::TINY
    };
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
    cosim(
        "state_unit",
        StateUnit::new(&Config::TINY),
        3000,
        poke,
        Some(clock),
    );
}
