//! Limits of the frames of a hart on the ISS.

mod common;

use alloy_primitives::{Address, U256};
use common::*;
use gasworks_abi::config::Config;
use gasworks_abi::escalation::{Escalation, Halt, Status};
use gasworks_abi::ring::Answer as Flags;
use gasworks_iss::{Answer, Host, Request};

#[test]
fn memory_of_all_frames_shares_the_limit() {
    // TINY: 2,048 bytes. The caller takes 1,024 of them, the callee needs 1,024 or a word more.
    let code = Code::new()
        .push(n(1))
        .keep(31)
        .call(CALL, THERE, 0, 0, 0)
        .op(&[0x00])
        .0;
    for (last, expected) in [(31, None), (32, Some(Escalation::MemoryLimit))] {
        let there = Code::new().push(n(1)).keep(last).op(&[0x00]).0;
        let mut world = World::with(&[(HERE, &code), (THERE, &there)]);
        let run = Run {
            config: Config::TINY,
            ..Run::default()
        };
        assert_eq!(run.go(&mut world).escalation(), expected);
    }
}

#[test]
fn stack_of_all_frames_shares_the_limit() {
    // TINY: 64 words. 32 in the caller, 32 or 33 in the callee.
    let fill = |count: usize| Code::new().op(&vec![0x5f; count]);
    let code = fill(32).call(CALL, THERE, 0, 0, 0).op(&[0x00]).0;
    for (count, expected) in [(32, None), (33, Some(Escalation::StackLimit))] {
        let there = fill(count).op(&[0x00]).0;
        let mut world = World::with(&[(HERE, &code), (THERE, &there)]);
        let run = Run {
            config: Config::TINY,
            ..Run::default()
        };
        assert_eq!(run.go(&mut world).escalation(), expected, "{count}");
    }
}

#[test]
fn more_than_1024_words_are_a_halt_of_the_frame() {
    let (outcome, _) = run(
        &Code::new()
            .op(&[0x5f; 200])
            .call(CALL, THERE, 0, 0, 0)
            .keep(0)
            .returns(1),
        &[0x5f; 1025],
    );
    assert_eq!(words(&outcome), [n(0)]);
    let (outcome, _) = run(&[0x5f; 1025], &[]);
    assert_eq!(outcome.halt(), Some(Halt::StackOverflow));
}

#[test]
fn deep_calls_escalate_where_the_frames_end() {
    // Calls itself: TINY has four frames.
    let code = Code::new().call(CALL, HERE, 0, 0, 0).op(&[0x00]).0;
    let mut world = World::with(&[(HERE, &code)]);
    let run = Run {
        config: Config::TINY,
        ..Run::default()
    };
    assert_eq!(
        run.go(&mut world).escalation(),
        Some(Escalation::FrameLimit)
    );
    // A chain of three calls fits.
    let at = |byte| Address::repeat_byte(byte);
    let to = |byte| Code::new().call(CALL, at(byte), 0, 0, 0).op(&[0x00]).0;
    let mut world = World::with(&[
        (HERE, &to(1)),
        (at(1), &to(2)),
        (at(2), &to(3)),
        (at(3), &[0]),
    ]);
    assert_eq!(run.go(&mut world).status, Status::Stop);
}

#[test]
fn the_journal_has_a_limit_inside_calls_only() {
    // TINY: 16 entries of journal and of state. The callee stores the same slot again and again.
    let stores = |count: u64| {
        // Storing what is there is no change.
        let code = (0..count).fold(Code::new(), |code, i| {
            let store = |code: Code| code.with(SSTORE, &[n(1), n(i)]);
            store(store(code))
        });
        code.op(&[0x00]).0
    };
    let call = Code::new().call(CALL, THERE, 0, 0, 0).op(&[0x00]).0;
    let go = |here: &[u8], there: &[u8]| {
        let mut world = World::with(&[(HERE, here), (THERE, there)]);
        let run = Run {
            config: Config::TINY,
            ..Run::default()
        };
        run.go(&mut world).escalation()
    };
    assert_eq!(go(&call, &stores(16)), None);
    assert_eq!(go(&call, &stores(17)), Some(Escalation::JournalLimit));
    assert_eq!(go(&stores(40), &[]), None);
    // What a failed callee saved is free again.
    let failing = [&stores(16)[..stores(16).len() - 1], &[INVALID]].concat();
    let twice = Code::new()
        .call(CALL, THERE, 0, 0, 0)
        .call(CALL, THERE, 0, 0, 0)
        .op(&[0x00])
        .0;
    let halted = go(&twice, &failing);
    assert_eq!(halted, None);
    assert_eq!(go(&twice, &stores(16)), Some(Escalation::JournalLimit));
}

#[test]
fn long_return_data_escalates() {
    // TINY: 512 bytes.
    for (words, expected) in [(16, None), (17, Some(Escalation::ReturnLimit))] {
        for there in [Code::new().returns(words), Code::new().reverts(words)] {
            let code = Code::new().call(CALL, THERE, 0, 0, 0).op(&[0x00]).0;
            let mut world = World::with(&[(HERE, &code), (THERE, &there)]);
            let run = Run {
                config: Config::TINY,
                ..Run::default()
            };
            assert_eq!(run.go(&mut world).escalation(), expected);
        }
    }
}

#[test]
fn a_host_that_cannot_answer_escalates() {
    struct Mute(World);
    impl Host for Mute {
        fn ask(&mut self, request: Request) -> Option<Answer> {
            let mut answer = self.0.ask(request)?;
            answer.flags |= Flags::FAILED;
            Some(answer)
        }
    }
    let code = Code::new().call(CALL, THERE, 0, 0, 0).0;
    let world = World::with(&[(HERE, &code)]);
    let environment = [U256::ZERO; 32];
    let start = gasworks_iss::Start {
        fork: gasworks_abi::fork::Fork::Osaka,
        gas_limit: 10_000,
        environment: &environment,
        calldata: &[],
        seeds: &[],
        result_len: 640,
    };
    let image = image(&code, start.fork);
    let mut hart = gasworks_iss::Hart::new(&Config::SIM, &image, &start);
    let outcome = hart.run(&mut Mute(world), &mut gasworks_iss::NoObserver);
    assert_eq!(outcome.escalation(), Some(Escalation::RequestFailed));
}
