//! Frames: the blocks that keep them, the latencies of the tasks, and what a call sees.

use super::bench::{Bench, Job, Stalls};
use super::random::task;
use super::{request, run};
use crate::unit::memory::frame_model::Task as FrameTask;
use crate::unit::memory::frame_store::FrameStore;
use crate::unit::memory::model::{END, ESCALATE, HALT, Request, big_endian};
use crate::unit::memory::own_cost::OwnCost;
use crate::unit::memory::places::Places;
use crate::unit::memory::ranges::Ranges;
use crate::unit::memory::route::Route;
use crate::unit::memory::task::{
    TASK_FETCH, TASK_FORGET, TASK_KEEP, TASK_OUT, TASK_PAYLOAD, TASK_PUSH, TASK_UNDO, Task,
};
use gasworks_abi::config::Config;
use gasworks_abi::escalation::{Escalation, Halt};
use gasworks_abi::micro_op::Op;
use gasworks_verilog::harness::{Batch, Stimulus};
use std::collections::VecDeque;

/// Sets the clock of a block.
macro_rules! clock {
    () => {
        Some(|block, level| block.clock.next = level.into())
    };
}
/// Gives random values to inputs.
macro_rules! random {
    ($block:ident, $s:ident, $($port:ident),+) => { $( $block.$port.next = $s.word(); )+ };
}
macro_rules! random_bits {
    ($block:ident, $s:ident, $($port:ident),+) => { $( $block.$port.next = $s.bit(); )+ };
}

fn check_own_cost(block: &mut OwnCost, s: &mut Stimulus) {
    let op = 0x30 | block.op.val().low();
    let (words, bytes) = (block.words.val().low(), block.bytes.val().low());
    let expected = match Op::from_u8(op as u8) {
        Some(Op::CalldataCopy | Op::CodeCopy | Op::ExtCodeCopy) => 3 * words,
        Some(Op::ReturnDataCopy | Op::MCopy) => 3 * words,
        Some(Op::Keccak256) => 6 * words,
        Some(Op::Log) => 8 * bytes,
        Some(Op::InRange) => block.rate.val().low() * words,
        _ => 0,
    };
    assert_eq!(block.cost.val().low(), expected, "operation {op:#x}");
    random!(block, s, op, rate, words, bytes);
}

fn poke_places(block: &mut Places, s: &mut Stimulus) {
    random_bits!(block, s, take, load, is_payload, is_nested);
    random!(block, s, op, hart, base, calldata_place, in_place);
}

fn poke_ranges(block: &mut Ranges, s: &mut Stimulus) {
    random_bits!(
        block,
        s,
        start_valid,
        is_nested,
        is_creation,
        commit,
        is_fetched
    );
    random!(block, s, start_hart, hart, shown_hart, op, place, bytes);
    random!(block, s, calldata_place, calldata_length);
    random!(block, s, saved_out_place, saved_out_length);
    block.push.next = s.chance(100);
    block.pop.next = s.chance(100);
    block.new_return.next = s.chance(100);
}

fn poke_frames(block: &mut FrameStore, s: &mut Stimulus) {
    random_bits!(block, s, creates);
    random!(block, s, start_hart, hart, words, memory_cost, beats);
    random!(block, s, log_beats, log_count, in_place, in_length);
    random!(block, s, out_place, out_length);
    block.start_valid.next = s.chance(50);
    let pushes = s.chance(400);
    block.push.next = pushes;
    block.pop.next = !pushes && s.chance(400);
}

fn poke_route(block: &mut Route, s: &mut Stimulus) {
    random_bits!(block, s, is_task, is_payload, is_nested);
    random!(block, s, op);
}

fn poke_task(block: &mut Task, s: &mut Stimulus) {
    random_bits!(
        block, s, task_valid, is_idle, has_length, copy_done, emit_done
    );
    random!(block, s, task_op);
    block.ext_valid.next = s.chance(100);
    block.too_long.next = s.chance(100);
    block.fetch_failed.next = s.chance(100);
    block.reset.next = s.chance(10);
}

#[test]
fn blocks_of_frames_agree_with_verilog() {
    let mut batch = Batch::new("memory_frames");
    batch.add("own_cost", OwnCost::default(), 400, check_own_cost, None);
    batch.add("route", Route::default(), 200, poke_route, None);
    batch.add(
        "places",
        Places::new(&Config::TINY),
        400,
        poke_places,
        clock!(),
    );
    batch.add("ranges", Ranges::default(), 500, poke_ranges, clock!());
    batch.add(
        "frame_store",
        FrameStore::new(&Config::TINY),
        1000,
        poke_frames,
        clock!(),
    );
    let one_frame = Config {
        frames_log2: 0,
        ..Config::TINY
    };
    batch.add(
        "frame_store_of_one",
        FrameStore::new(&one_frame),
        100,
        poke_frames,
        clock!(),
    );
    batch.add("tasks", Task::default(), 500, poke_task, clock!());
    if !batch.run() {
        println!("skipped: Verilator on the blocks of frames");
    }
}

/// A script, and the cycles of each of its jobs.
#[derive(Default)]
struct Script {
    jobs: VecDeque<Job>,
    cycles: Vec<u64>,
}

impl Script {
    fn ask(&mut self, op: Op, [a, b, c]: [u64; 3], cycles: u64) {
        self.jobs.push_back(Job::Request(request(op, a, b, c)));
        self.cycles.push(cycles);
    }

    fn task(&mut self, op: u64, len: u32, cycles: u64) {
        let mut task = task(0, op, &mut Stimulus::new(1));
        task.len = len;
        if op == TASK_FETCH {
            task.bytes = (0..len).map(|at| at as u8).collect();
        }
        self.jobs.push_back(Job::Task(task));
        self.cycles.push(cycles);
    }

    /// Runs it and checks the cycles.
    fn run(self, cycles: u64) -> Bench {
        let mut bench = Bench::new(Config::TINY, Stalls::NONE);
        bench.script.clone_from(&self.jobs);
        run(&mut bench, &Config::TINY, cycles, 1);
        assert!(bench.script.is_empty(), "the script did not end");
        let mut requests = bench.done.iter().map(|done| done.cycles);
        let mut tasks = bench.tasks.iter().map(|done| done.cycles);
        let got: Vec<u64> = self
            .jobs
            .iter()
            .filter_map(|job| match job {
                Job::Request(_) => requests.next(),
                Job::Task(_) => tasks.next(),
            })
            .collect();
        println!("{got:?}");
        assert_eq!(got, self.cycles);
        bench
    }
}

#[test]
fn frames_hold_their_latencies() {
    let mut script = Script::default();
    script.ask(Op::MStore, [0, 1, 0], 5);
    script.ask(Op::MStore, [480, 1, 0], 11);
    script.ask(Op::InRange, [5, 100, 0], 4);
    script.ask(Op::OutRange, [200, 64, 0], 4);
    script.task(TASK_PAYLOAD, 0, 8);
    script.task(TASK_PAYLOAD, 3, 16);
    script.task(TASK_PUSH, 0, 2);
    // As in the first frame.
    script.ask(Op::CalldataLoad, [3, 0, 0], 4);
    script.ask(Op::MStore, [0, 7, 0], 5);
    script.ask(Op::MStore, [32, 9, 0], 5);
    script.ask(Op::MLoad, [0, 0, 0], 3);
    script.ask(Op::MLoad, [1, 0, 0], 4);
    script.ask(Op::CalldataCopy, [0, 5, 64], 6);
    script.ask(Op::Keccak256, [0, 64, 0], 30);
    script.task(TASK_FETCH, 96, 15);
    script.ask(Op::ReturnDataCopy, [0, 32, 64], 7);
    script.ask(Op::Return, [0, 64, 0], 9);
    script.task(TASK_KEEP, 0, 3);
    script.task(TASK_OUT, 0, 8);
    script.ask(Op::MLoad, [224, 0, 0], 3);
    script.task(TASK_FORGET, 0, 2);
    script.task(TASK_OUT, 0, 4);
    script.run(400);
}

#[test]
fn a_call_reads_and_answers_in_place() {
    let mut script = Script::default();
    let store = |at: u64, value: u64| Job::Request(request(Op::MStore, at, value, 0));
    script.jobs.extend([store(64, 0x1122), store(96, 0x3344)]);
    script.cycles.extend([5, 5]);
    script.ask(Op::InRange, [95, 33, 0], 4);
    script.ask(Op::OutRange, [66, 31, 0], 4);
    script.task(TASK_PUSH, 0, 2);
    script.ask(Op::MSize, [0; 3], 3);
    script.ask(Op::CalldataLoad, [1, 0, 0], 4);
    script.ask(Op::MStore, [0, 0x55, 0], 5);
    script.ask(Op::Return, [31, 1, 0], 8);
    script.task(TASK_KEEP, 0, 3);
    script.task(TASK_OUT, 0, 7);
    script.ask(Op::MLoad, [64, 0, 0], 3);
    script.ask(Op::ReturnDataCopy, [0, 1, 1], 4);
    let bench = script.run(300);
    let value = |index: usize| big_endian(&bench.done[index].response.value);
    assert_eq!(value(4), [0; 32], "a frame begins without memory");
    assert_eq!(bench.done[5].response.value, [0x3344, 0, 0, 0]);
    assert_eq!(bench.done[7].response.status, END);
    let mut expected = [0; 32];
    expected[2] = 0x55;
    expected[30..].copy_from_slice(&[0x11, 0x22]);
    assert_eq!(value(8), expected, "the output is in the out-range");
    let last = &bench.done[9].response;
    assert_eq!((last.status, last.code), (HALT, Halt::OutOfOffset as u8));
}

#[test]
fn a_failed_frame_takes_back_its_logs() {
    let mut script = Script::default();
    script.ask(Op::Log, [0, 0, 0], 13);
    script.task(TASK_PUSH, 1, 2);
    script.ask(Op::Log, [0, 0, 0], 13);
    script.ask(Op::CalldataLoad, [0, 0, 0], 4);
    script.ask(Op::MStore, [0, 1, 0], 5);
    script.ask(Op::Return, [31, 1, 0], 4);
    script.task(TASK_PAYLOAD, 2, 9);
    script.task(TASK_FORGET, 0, 2);
    script.task(TASK_UNDO, 0, 3);
    script.ask(Op::Log, [0, 0, 0], 13);
    // The bench compares cursor, `log_beats` and `log_count` with the model after each of them.
    script.run(400);
}

#[test]
fn limits_of_frames_end_the_transaction() {
    let ask = |op, a, b| Job::Request(request(op, a, b, 0));
    let lane = |op, len: u32| {
        Job::Task(FrameTask {
            len,
            bytes: vec![9; len as usize],
            ..task(0, op, &mut Stimulus::new(1))
        })
    };
    let most = Config::TINY.return_bytes();
    let last = u64::from(Config::TINY.memory_bytes()) - 32;
    let initcode = Request {
        imm: 0x12,
        ..request(Op::InRange, 0, 49_153, 0)
    };
    // The hart starts anew after each of them.
    let scripts = [
        vec![lane(TASK_PUSH, 0), ask(Op::Return, 0, u64::from(most) + 1)],
        vec![lane(TASK_PUSH, 1), ask(Op::Revert, 0, u64::from(most) + 1)],
        vec![
            ask(Op::MStore, last, 1),
            lane(TASK_PUSH, 0),
            ask(Op::MStore, 0, 1),
        ],
        vec![Job::Request(initcode)],
        vec![lane(TASK_PUSH, 0), lane(TASK_FETCH, most + 1)],
        // Nothing is left of what was.
        vec![
            ask(Op::MSize, 0, 0),
            ask(Op::MStore, last, 1),
            ask(Op::ReturnDataCopy, 0, 1),
        ],
    ];
    let mut bench = Bench::new(Config::TINY, Stalls::NONE);
    bench.script.extend(scripts.into_iter().flatten());
    run(&mut bench, &Config::TINY, 900, 1);
    assert!(bench.script.is_empty(), "the script did not end");
    let got = bench.done.iter().map(|done| &done.response);
    let failed: Vec<_> = got
        .filter(|response| response.status == HALT || response.status == ESCALATE)
        .map(|response| response.code)
        .take(5)
        .collect();
    let limit = Escalation::ReturnLimit as u8;
    let memory = Escalation::MemoryLimit as u8;
    let (long, outside) = (Halt::InitcodeLimit as u8, Halt::OutOfOffset as u8);
    assert_eq!(failed, [limit, limit, memory, long, outside]);
    // The bench compared its code with the model.
    assert!(bench.tasks.iter().any(|done| done.status == ESCALATE));
}
