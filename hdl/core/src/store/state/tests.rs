//! The state unit against its model.

use gasworks_abi::config::Config;
use gasworks_abi::micro_op::Op;
use gasworks_abi::ring::Answer;
use gasworks_verilog::harness::{Stimulus, cosim};
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

use super::StateUnit;
use super::bench::Bench;

#[test]
fn four_harts_agree_with_the_model() {
    let mut bench = Bench::new(&Config::TINY, 1);
    bench.run(25_000);
    println!("{:?}", bench.tally);
    let tally = &bench.tally;
    assert!(tally.responses > 800 && tally.requests > 300 && tally.seeds > 100);
    assert!(tally.halts > 10 && tally.violations > 10 && tally.table_limits > 10);
    assert!(tally.failures > 3 && tally.calls > 50 && tally.served_while_waiting > 100);
    assert!(tally.tasks > 100 && tally.undos > 20 && tally.depth == 3);
    assert!(tally.commits > 10 && tally.overflows > 1 && tally.writes > 10);
}

#[test]
fn small_journals_agree_with_the_model() {
    let config = Config {
        state_log2: 5,
        journal_log2: 2,
        frames_log2: 3,
        ..Config::TINY
    };
    let mut bench = Bench::new(&config, 3);
    bench.run(15_000);
    println!("{:?}", bench.tally);
    assert!(bench.tally.journal_limits > 5 && bench.tally.undos > 10);
}

/// One hart, no stalls; and whether a response was announced for this cycle.
struct Single(StateUnit, bool);

impl Single {
    fn new() -> Self {
        let mut unit = StateUnit::new(&Config::TINY);
        unit.connect_all();
        unit.rsp_ready.next = true;
        unit.request_ready.next = true;
        unit.write_ready.next = true;
        Self(unit, false)
    }
    fn settle(&mut self) {
        self.0.clock.next = false.into();
        assert!(simulate(&mut self.0, 200));
        assert!(!self.1 || self.0.rsp_valid.val(), "announced");
    }
    fn edge(&mut self) {
        self.1 = self.0.rsp_soon.val();
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
    /// Offers a task and counts the cycles until it is done or the host is asked.
    fn task(&mut self, op: u64, key: u64, address: u64) -> u32 {
        self.until(|unit| unit.task_ready.val());
        self.0.task_valid.next = true;
        self.0.task_op.next = op.into();
        self.0.task_key.next = key.into();
        self.0.task_address.next = address.into();
        self.settle();
        self.edge();
        self.0.task_valid.next = false;
        1 + self.until(|unit| unit.task_done.val() || unit.request_valid.val())
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
        1 + self.until(|unit| unit.rsp_valid.val() || unit.task_done.val())
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
    assert!(one.1, "a hit is announced");
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
    assert_eq!(one.request(Op::TStore, 11, 3, 0), 9, "new");
    one.response();
    assert_eq!(one.request(Op::TStore, 11, 4, 0), 5, "hit");
    one.response();
    assert_eq!(one.request(Op::TLoad, 11, 0, 0), 5, "hit");
    one.response();
    assert_eq!(one.request(Op::Balance, 20, 0, 2500), 5);
    assert_eq!(one.answer(5, 0), 11, "cold");
    assert_eq!(one.response(), (0, 2500));
    assert_eq!(one.request(Op::Balance, 20, 0, 0), 5);
    assert_eq!(one.answer(5, 0), 7, "touched before");
    assert_eq!(one.response(), (0, 0));
    assert_eq!(one.request(Op::ExtCodeHash, 21, 0, 0), 5);
    assert_eq!(one.answer(5, 1), 11, "warm at the start");
    assert_eq!(one.response(), (0, 0));
    for op in [Op::BlockHash, Op::SelfBalance] {
        assert_eq!(one.request(op, 20, 0, 0), 1);
        assert_eq!(one.answer(5, 0), 3);
        one.response();
    }
    assert_eq!(one.commit(), 11 + 2 * 5 + 2 * 2);
    assert_eq!(one.0.committed_write_count.val(), 2u64);
}

#[test]
fn cycles_of_calls_are_as_the_header_says() {
    let has_code = u64::from(Answer::HAS_CODE);
    let delegated = u64::from(Answer::HAS_CODE | Answer::DELEGATED);
    let mut one = Single::new();
    one.clear();
    one.0.req_c.next = 1000u64.into();
    assert_eq!(one.request(Op::Call, 7, 1, 20_000), 5, "unknown");
    assert_eq!(one.answer(0, has_code), 16, "new");
    assert_eq!(one.response(), (0, 2500 + 9000 + 1000));
    assert_eq!(one.0.pending_gas.val().low(), 3300);
    assert_eq!(one.request(Op::Call, 7, 0, 20_000), 10, "known");
    assert_eq!(one.response(), (0, 1000));
    assert_eq!(one.request(Op::Call, 8, 0, 20_000), 5);
    assert_eq!(one.answer(0, 1), 16);
    one.response();
    assert_eq!(one.request(Op::Call, 8, 0, 20_000), 5, "without code");
    assert_eq!(one.answer(0, 0), 12, "not new");
    assert_eq!(one.response(), (0, 1000));
    assert_eq!(one.request(Op::Call, 8, 0, 20_000), 5);
    assert_eq!(one.answer(9, delegated), 21, "with a new delegate");
    assert_eq!(one.response(), (0, 2600 + 1000));
    assert_eq!(one.request(Op::Call, 8, 0, 20_000), 5);
    assert_eq!(one.answer(9, delegated), 17, "with a delegate");
    assert_eq!(one.response(), (0, 100 + 1000));
    assert_eq!(one.request(Op::Create, 8, 0, 6400), 6);
    assert_eq!(one.response(), (0, 6300));
    assert_eq!(one.request(Op::SelfDestruct, 30, 0, 30_000), 5);
    assert_eq!(one.answer(0, u64::from(Answer::EMPTY)), 12, "new");
    assert_eq!(one.response(), (0, 27_600));
    assert_eq!(one.request(Op::SelfDestruct, 30, 0, 0), 5);
    assert_eq!(one.answer(0, 0), 8, "not new");
    assert_eq!(one.response(), (0, 0));

    assert_eq!(one.task(0, 1, 0), 3, "push");
    assert_eq!(one.request(Op::SStore, 7, 2, 0), 2, "static");
    assert_eq!(one.response(), (1, 0));
    assert_eq!(one.request(Op::Call, 7, 1, 0), 3, "static with value");
    assert_eq!(one.response(), (1, 0));
    assert_eq!(one.task(1, 0, 0), 4, "keep");
    assert_eq!(one.task(0, 0, 0), 3, "push");
    assert_eq!(one.task(3, 0, 43), 11, "name, new");
    assert_eq!(one.task(3, 0, 43), 7, "name");
    one.request(Op::TStore, 1, 1, 0);
    one.response();
    assert_eq!(one.task(2, 0, 0), 4 + 2 * 2, "undo");
    assert_eq!(one.request(Op::TLoad, 1, 0, 0), 5);
    assert_eq!(one.0.rsp_value.val(), 0);
    one.response();
    assert_eq!(one.task(7, 0, 0), 2, "request");
    assert_eq!(one.answer(5, 0), 4);
    assert_eq!(one.0.task_value.val(), 5);
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
    bench.run(15_000);
    println!("{:?}", bench.tally);
    assert!(bench.tally.commits > 3 && bench.tally.writes > 5 && bench.tally.seeds > 100);
}

#[test]
fn verilog_agrees_with_the_simulator() {
    let poke = |unit: &mut StateUnit, stimulus: &mut Stimulus| {
        let few = |stimulus: &mut Stimulus| Word::from(stimulus.below(6));
        unit.reset.next = stimulus.chance(5);
        unit.req_valid.next = stimulus.bit();
        unit.req_hart.next = stimulus.bits();
        unit.req_op.next = (0x60 + stimulus.below(15)).into();
        unit.req_imm.next = stimulus.below(4).into();
        unit.req_c.next = Word::from(stimulus.below(3000)) << (60 * stimulus.below(3));
        unit.task_valid.next = stimulus.chance(200);
        unit.task_hart.next = stimulus.bits();
        unit.task_op.next = stimulus.bits();
        unit.task_key.next = few(stimulus);
        unit.task_address.next = Word::from(stimulus.below(6));
        unit.pending_hart.next = stimulus.bits();
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
        unit.answer_program.next = stimulus.bits();
        unit.answer_effects.next = stimulus.bits();
        unit.answer_flags.next = (stimulus.below(64) << 2 | stimulus.below(2)).into();
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
