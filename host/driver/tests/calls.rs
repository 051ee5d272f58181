//! Requests of calls and creations: payloads, programs that are loaded while a hart waits, and what
//! a card must not write.

mod common;

use std::sync::Arc;

use alloy_primitives::{Address, Bytes, U256, keccak256};
use bytemuck::Zeroable;
use common::{Behaviour, FakeCard, Job};
use gasworks_abi::config::Config;
use gasworks_abi::env::ENV_WORDS;
use gasworks_abi::escalation::{Escalation, Status};
use gasworks_abi::fork::Fork;
use gasworks_abi::regs;
use gasworks_abi::ring::{Answer, Completion, Request, RequestKind};
use gasworks_driver::{
    CardDevice, CardOptions, Device, DeviceError, Execution, Iova, Outcome, Payload, Question,
    Reply, StateSource, Submission, SubmitError, Unanswerable,
};

const ACCOUNT: Address = Address::repeat_byte(0xaa);

type Ask<'a> = &'a mut dyn FnMut(Request) -> Answer;

fn request(job: &Job, kind: RequestKind, key: u64) -> Request {
    let mut request = Request::zeroed();
    request.tag = job.descriptor.tag;
    request.kind = kind as u8;
    request.key[..8].copy_from_slice(&key.to_le_bytes());
    request
}

/// A card whose harts do `what`; the number that it gives is the gas left, and none a failed
/// request.
fn behaviour(what: impl Fn(&Job, Ask<'_>) -> Option<u64> + Send + Sync + 'static) -> Behaviour {
    Arc::new(move |job, ask| {
        let mut completion = Completion::zeroed();
        match what(job, ask) {
            Some(gas) => completion.gas_left = gas,
            None => {
                completion.status = Status::Escalated as u8;
                completion.reason = Escalation::RequestFailed as u8;
            }
        }
        completion
    })
}

fn device(config: Config, behaviour: Behaviour) -> CardDevice<FakeCard> {
    let options = CardOptions {
        ring_log2: 4,
        request_ring_log2: 1,
        ..CardOptions::default()
    };
    CardDevice::open(FakeCard::new(config, 32 << 20, behaviour), options).unwrap()
}

/// `PUSH1 n` many times: a program of its own for each `n`.
fn code(n: u8, times: usize) -> Bytes {
    [0x60, n].repeat(times).into()
}

fn submission(tag: u32) -> Submission {
    let code = code(0, 4);
    Submission {
        tag,
        incarnation: 0,
        fork: Fork::Cancun,
        gas_limit: 1_000_000,
        environment: [U256::ZERO; ENV_WORDS],
        calldata: Bytes::new(),
        code_hash: keccak256(&code),
        code,
        seeds: Vec::new(),
    }
}

/// Callee `n` has the code of `n`, `times` pushes long; everything else is noted.
#[derive(Default)]
struct Source {
    times: usize,
    payloads: Vec<Payload>,
    reply: Reply,
}

impl StateSource for Source {
    fn answer(&mut self, question: &Question) -> Result<Reply, Unanswerable> {
        self.payloads.extend(question.payload.clone());
        if question.kind != RequestKind::Callee {
            return Ok(self.reply.clone());
        }
        let code = code(question.key.to::<u8>(), self.times);
        Ok(Reply {
            code_hash: keccak256(&code),
            code,
            ..Reply::default()
        })
    }
}

fn run(
    device: &mut CardDevice<FakeCard>,
    source: &mut Source,
    count: u32,
) -> Result<Vec<Execution>, DeviceError> {
    let mut ended = Vec::new();
    for tag in 0..count {
        while let Err(error) = device.submit(&submission(tag)) {
            assert!(matches!(error, SubmitError::Busy), "{error}");
            ended.extend(device.poll(source)?);
        }
    }
    while ended.len() < count as usize {
        ended.extend(device.poll(source)?);
    }
    Ok(ended)
}

#[test]
fn an_answer_waits_until_its_program_is_there() {
    // Each transaction calls eight programs; all harts call the same ones at about the same time.
    let calls = behaviour(|job, ask| {
        let mut sum = 0;
        for n in 1..=8 {
            let answer = ask(request(job, RequestKind::Callee, n));
            assert_eq!(answer.flags, Answer::HAS_CODE);
            let code = job.code(&job.program(answer.program));
            assert_eq!(code, [0x60, n as u8].repeat(5));
            sum += n;
        }
        Some(sum)
    });
    // More transactions than harts fit the rings: those in the queue must not hold up the loads.
    let config = Config {
        harts: 2,
        ..Config::TINY
    };
    let mut device = device(config, calls);
    let mut source = Source {
        times: 5,
        ..Source::default()
    };
    let ended = run(&mut device, &mut source, 50).unwrap();
    assert!(ended.iter().all(|it| it.gas_left == 36));
    // Nothing is in use any more.
    assert_eq!(device.resident_programs(), 9);
}

#[test]
fn a_program_without_room_is_a_code_limit() {
    let calls = behaviour(|job, ask| {
        for n in 1..=255 {
            let answer = ask(request(job, RequestKind::Callee, n));
            if answer.flags & Answer::FAILED != 0 {
                return None;
            }
        }
        Some(0)
    });
    for times in [20, 4000] {
        let mut device = device(Config::TINY, calls.clone());
        let mut source = Source {
            times,
            ..Source::default()
        };
        let ended = run(&mut device, &mut source, 3).unwrap();
        let limit = Outcome::Escalated(Escalation::CodeLimit);
        assert!(ended.iter().all(|it| it.outcome == limit), "{ended:?}");
        // The programs of one transaction do not stay in the way of the next.
        let few = &mut Source {
            times: 1,
            ..Source::default()
        };
        assert_eq!(run(&mut device, few, 1).unwrap().len(), 1);
    }
}

#[test]
fn payload_and_output_arrive_whole() {
    let calls = behaviour(|job, ask| {
        let data: Vec<u8> = (0..=255).cycle().take(700).collect();
        let words: Vec<_> = (1..=4).map(U256::from).collect();
        job.write_payload(ACCOUNT, &words, &data);
        let answer = ask(request(job, RequestKind::Call, 9));
        assert_eq!(answer.flags, Answer::DONE | Answer::WARM);
        assert_eq!((answer.effects, answer.code_len), (77, 100));
        let output = job.arena.read(Iova(answer.code_iova), 100).unwrap();
        assert_eq!(output, [3; 100]);
        job.write_payload(ACCOUNT, &[], &data[..65]);
        ask(request(job, RequestKind::Created, 65));
        Some(1)
    });
    let mut device = device(Config::TINY, calls);
    let mut source = Source {
        reply: Reply {
            flags: Answer::DONE | Answer::FAILED | Answer::HAS_CODE,
            warm: true,
            output: vec![3; 100].into(),
            effects: 77,
            ..Reply::default()
        },
        ..Source::default()
    };
    run(&mut device, &mut source, 1).unwrap();
    let data: Vec<u8> = (0..=255).cycle().take(700).collect();
    let [call, created] = &source.payloads[..] else {
        panic!("{:?}", source.payloads);
    };
    assert_eq!(call.account, ACCOUNT);
    assert_eq!(call.words, [1, 2, 3, 4].map(U256::from));
    assert_eq!(call.data, data);
    assert_eq!(created.words, [U256::ZERO; 4]);
    assert_eq!(created.data, data[..65]);
}

#[test]
fn the_largest_payload_fits_and_a_larger_one_is_refused() {
    let memory = Config::TINY.memory_bytes();
    for (len, is_good) in [(memory, true), (memory + 1, false), (u32::MAX, false)] {
        let calls = behaviour(move |job, ask| {
            job.write_payload(ACCOUNT, &[U256::ZERO; 4], &[]);
            let mut beat = job.arena.read_beat(job.payload_at()).unwrap();
            beat[0] = beat[0] & 0xffff_ffff | u64::from(len) << 32;
            job.arena.write_beat(job.payload_at(), beat).unwrap();
            ask(request(job, RequestKind::Create, 0));
            Some(0)
        });
        let mut source = Source::default();
        let result = run(&mut device(Config::TINY, calls), &mut source, 1);
        match result {
            Ok(_) => assert!(is_good && source.payloads[0].data.len() == memory as usize),
            Err(error) => assert!(!is_good && is_bad(&error, "data_len", len), "{error}"),
        }
    }
}

fn is_bad(error: &DeviceError, name: &str, found: u32) -> bool {
    matches!(error, DeviceError::BadEntry { entry: "payload", field, value }
        if *field == name && *value == u64::from(found))
}

#[test]
fn a_payload_of_another_kind_is_refused() {
    let cases = [
        (RequestKind::Call, 0, 10, "topic_count", 0),
        (RequestKind::Create2, 5, 10, "topic_count", 5),
        (RequestKind::Created, 4, 10, "topic_count", 4),
        (RequestKind::Created, 0, 9, "data_len", 10),
    ];
    for (kind, topics, key, field, value) in cases {
        let calls = behaviour(move |job, ask| {
            job.write_payload(ACCOUNT, &vec![U256::ZERO; topics], &[7; 10]);
            ask(request(job, kind, key));
            Some(0)
        });
        let mut source = Source::default();
        let error = run(&mut device(Config::TINY, calls), &mut source, 1).unwrap_err();
        assert!(is_bad(&error, field, value), "{error}");
        assert!(source.payloads.is_empty());
    }
}

#[test]
fn code_that_has_changed_is_placed_again() {
    let calls = behaviour(|job, ask| {
        let mut read = || {
            let answer = ask(request(job, RequestKind::Code, 1));
            let (iova, len) = (answer.code_iova, answer.code_len);
            let code = job.arena.read(Iova(iova), len as usize).unwrap();
            (iova, code[1])
        };
        let (one, two, three) = (read(), read(), read());
        assert_eq!((one.1, two.1, three.1), (1, 1, 2));
        assert!(one.0 == two.0 && two.0 != three.0);
        Some(0)
    });
    struct Changing(u8);
    impl StateSource for Changing {
        fn answer(&mut self, _: &Question) -> Result<Reply, Unanswerable> {
            self.0 += 1;
            Ok(Reply::code(code(self.0.div_ceil(2), 3), false))
        }
    }
    let mut device = device(Config::TINY, calls);
    device.submit(&submission(0)).unwrap();
    assert_eq!(device.poll(&mut Changing(0)).unwrap().len(), 1);
}

#[test]
fn no_card_has_these_frames() {
    let open = |set: fn(&mut FakeCard)| {
        let mut card = FakeCard::new(Config::TINY, 1 << 20, behaviour(|_, _| None));
        set(&mut card);
        CardDevice::open(card, CardOptions::default()).map(|card| card.capabilities().frames)
    };
    assert_eq!(open(|_| ()).unwrap(), Config::TINY.frames());
    let bad: [(fn(&mut FakeCard), _, _); 4] = [
        (|card| card.set::<regs::Frames>(0), "frames", 0),
        (|card| card.set::<regs::Frames>(1025), "frames", 1025),
        (
            |card| card.set::<regs::ReturnBytes>(u32::MAX),
            "return bytes",
            u32::MAX,
        ),
        (
            |card| card.set::<regs::JournalEntries>(0),
            "journal entries",
            0,
        ),
    ];
    for (set, expected, found) in bad {
        let error = open(set).unwrap_err();
        assert!(
            matches!(error, DeviceError::BadCapability { name, value }
                if name == expected && value == found),
            "{error}"
        );
    }
}
