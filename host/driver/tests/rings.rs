//! The rings against a card in software: nothing is lost, nothing comes twice.

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use alloy_primitives::{Bytes, U256, keccak256};
use bytemuck::Zeroable;
use common::{Behaviour, FakeCard};
use gasworks_abi::config::Config;
use gasworks_abi::env::ENV_WORDS;
use gasworks_abi::escalation::Escalation;
use gasworks_abi::fork::Fork;
use gasworks_abi::ring::{Completion, Request};
use gasworks_driver::ring::{Consumer, Producer};
use gasworks_driver::{
    Arena, CardDevice, CardOptions, Device, DeviceError, Iova, Question, Reply, StateSource,
    Submission, SubmitError, Unanswerable,
};
use proptest::prelude::*;

/// Asks as many slots as the first byte of the calldata says and returns their sum as gas left.
fn summing() -> Behaviour {
    Arc::new(|job, ask| {
        let calldata = job
            .arena
            .read(Iova(job.descriptor.calldata_iova), 64)
            .unwrap();
        let mut sum = 0;
        for key in 0..calldata[0] {
            let mut request = Request::zeroed();
            request.tag = job.descriptor.tag;
            request.key[0] = key;
            sum += U256::from_le_bytes(ask(request).value).to::<u64>();
        }
        let mut completion = Completion::zeroed();
        completion.gas_left = sum;
        completion
    })
}

/// Slot `key` of transaction `tag` holds `1000 * tag + key`.
struct Slots;
impl StateSource for Slots {
    fn answer(&mut self, question: &Question) -> Result<Reply, Unanswerable> {
        let value = U256::from(question.tag) * U256::from(1000) + question.key;
        Ok(Reply::value(value, false))
    }
}

fn expected(tag: u32, asks: u8) -> u64 {
    (0..u64::from(asks))
        .map(|key| 1000 * u64::from(tag) + key)
        .sum()
}

fn submission(tag: u32, asks: u8, code: &[u8]) -> Submission {
    Submission {
        tag,
        incarnation: (tag & 0xffff) as u16,
        fork: Fork::Cancun,
        gas_limit: 1_000_000,
        environment: [U256::ZERO; ENV_WORDS],
        calldata: Bytes::from(vec![asks; 3]),
        code: Bytes::copy_from_slice(code),
        code_hash: keccak256(code),
        seeds: Vec::new(),
    }
}

/// Submits all transactions as room comes up and checks every result.
fn run_all(device: &mut dyn Device, submissions: &[(Submission, u8)]) {
    let mut open: BTreeSet<u32> = BTreeSet::new();
    let mut next = 0;
    while next < submissions.len() || !open.is_empty() {
        let mut is_full = false;
        while next < submissions.len() && !is_full {
            match device.submit(&submissions[next].0) {
                Ok(()) => {
                    assert!(open.insert(submissions[next].0.tag));
                    next += 1;
                }
                Err(SubmitError::Busy) => is_full = true,
                Err(error) => panic!("{error}"),
            }
        }
        for execution in device.poll(&mut Slots).unwrap() {
            assert!(open.remove(&execution.tag), "{} came twice", execution.tag);
            let (sent, asks) = &submissions[execution.tag as usize];
            assert_eq!(execution.incarnation, sent.incarnation);
            assert_eq!(execution.gas_left, expected(execution.tag, *asks));
        }
    }
    assert!(device.poll(&mut Slots).unwrap().is_empty());
}

fn device(config: Config, options: CardOptions, behaviour: Behaviour) -> CardDevice<FakeCard> {
    CardDevice::open(FakeCard::new(config, 32 << 20, behaviour), options).unwrap()
}

fn small_rings(ring_log2: u8) -> CardOptions {
    CardOptions {
        ring_log2,
        request_ring_log2: 1,
        ..CardOptions::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Small rings wrap many times; programs come and go in a small code store.
    #[test]
    fn every_transaction_ends_once(
        asks in proptest::collection::vec((0u8..5, 0u8..40), 1..120),
        ring_log2 in 1u8..5,
    ) {
        let mut device = device(Config::TINY, small_rings(ring_log2), summing());
        let submissions: Vec<_> = asks
            .iter()
            .enumerate()
            .map(|(tag, (asks, program))| {
                // PUSH1 n; STOP ... : programs of several lines.
                let code: Vec<u8> = [0x60, *program].repeat(40);
                (submission(tag as u32, *asks, &code), *asks)
            })
            .collect();
        run_all(&mut device, &submissions);
    }

    /// A producer and a consumer over one memory, as the two sides of a link: in any interleaving
    /// every entry arrives once and in order, across wraps of the slot, the phase and the index.
    #[test]
    fn entries_arrive_once_and_in_order(
        size_log2 in 1u8..4,
        steps in proptest::collection::vec((any::<bool>(), 1u8..8), 1..400),
        laps in 0u32..40_000,
    ) {
        let arena = Arena::new(1 << 16, Iova(0)).unwrap();
        let mut producer = Producer::new(&arena, size_log2).unwrap();
        let mut consumer = Consumer::new(&arena, size_log2).unwrap();
        let relay = |producer: &Producer, consumer: &Consumer| {
            let slots = 1u64 << size_log2;
            for slot in 0..slots {
                let entry = arena.read_beat(Iova(producer.base().0 + 64 * slot)).unwrap();
                arena.write_beat(Iova(consumer.base().0 + 64 * slot), entry).unwrap();
            }
        };
        let (mut sent, mut received) = (0u64, 0u64);
        // Start anywhere in the index space.
        for _ in 0..laps {
            producer.push([sent, 0, 0, 0, 0, 0, 0, 0]).unwrap();
            sent += 1;
            let iova = producer.tail().wrapping_sub(1) & ((1 << size_log2) - 1);
            let from = Iova(producer.base().0 + 64 * u64::from(iova));
            let to = Iova(consumer.base().0 + 64 * u64::from(iova));
            arena.write_beat(to, arena.read_beat(from).unwrap()).unwrap();
            prop_assert_eq!(consumer.pop().unwrap().map(|entry| entry[0]), Some(received));
            received += 1;
            prop_assert!(producer.set_head(consumer.head()));
        }
        for (is_push, count) in steps {
            for _ in 0..count {
                if is_push && producer.free() > 0 {
                    producer.push([sent, 0, 0, 0, 0, 0, 0, 0]).unwrap();
                    sent += 1;
                    relay(&producer, &consumer);
                } else if !is_push && let Some(entry) = consumer.pop().unwrap() {
                    prop_assert_eq!(entry[0], received);
                    received += 1;
                    prop_assert!(producer.set_head(consumer.head()));
                }
            }
            prop_assert_eq!(u64::from(producer.tail().wrapping_sub(consumer.head())), sent - received);
        }
    }
}

#[test]
fn a_head_that_no_card_can_reach_is_refused() {
    let arena = Arena::new(1 << 12, Iova(0)).unwrap();
    let mut producer = Producer::new(&arena, 2).unwrap();
    producer.push([0; 8]).unwrap();
    assert!(!producer.set_head(2));
    assert!(!producer.set_head(0xffff));
    assert!(producer.set_head(1));
    assert_eq!(producer.free(), 4);
}

#[test]
fn a_program_larger_than_the_code_store_is_declined() {
    let mut device = device(Config::TINY, CardOptions::default(), summing());
    let code = vec![0x01; 24_576];
    let result = device.submit(&submission(0, 0, &code));
    assert!(
        matches!(result, Err(SubmitError::Declined(Escalation::CodeLimit))),
        "{result:?}"
    );
}

#[test]
fn calldata_larger_than_the_buffer_is_declined() {
    let mut device = device(Config::TINY, CardOptions::default(), summing());
    let mut large = submission(0, 0, &[0]);
    large.calldata = vec![0; Config::TINY.calldata_bytes() as usize + 1].into();
    let result = device.submit(&large);
    assert!(
        matches!(
            result,
            Err(SubmitError::Declined(Escalation::CalldataLimit))
        ),
        "{result:?}"
    );
}

#[test]
fn a_card_that_hangs_times_out_and_comes_back_after_a_reset() {
    let mut device = device(Config::TINY, CardOptions::default(), summing());
    device.transport_mut().is_stuck = true;
    device.submit(&submission(0, 2, &[0])).unwrap();
    let error = device.poll(&mut Slots).unwrap_err();
    assert!(
        matches!(error, DeviceError::Timeout { in_flight: 2, .. }),
        "{error}"
    );
    device.transport_mut().is_stuck = false;
    device.reset().unwrap();
    run_all(&mut device, &[(submission(0, 3, &[0]), 3)]);
}

#[test]
fn a_completion_of_nothing_in_flight_is_an_error() {
    let behaviour: Behaviour = Arc::new(|_, _| {
        let mut completion = Completion::zeroed();
        completion.status = 9;
        completion
    });
    let mut device = device(Config::TINY, CardOptions::default(), behaviour);
    device.submit(&submission(0, 0, &[0])).unwrap();
    let error = device.poll(&mut Slots).unwrap_err();
    assert!(
        matches!(
            error,
            DeviceError::BadEntry {
                field: "status",
                value: 9,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_record_past_its_buffer_is_an_error() {
    let behaviour: Behaviour = Arc::new(|_, _| {
        let mut completion = Completion::zeroed();
        completion.output_len = u32::MAX;
        completion
    });
    let mut device = device(Config::TINY, CardOptions::default(), behaviour);
    device.submit(&submission(0, 0, &[0])).unwrap();
    let error = device.poll(&mut Slots).unwrap_err();
    assert!(
        matches!(error, DeviceError::Record { tag: 0, .. }),
        "{error}"
    );
}

#[test]
fn something_else_behind_the_bar_is_refused() {
    let mut card = FakeCard::new(Config::TINY, 1 << 20, summing());
    card.set::<gasworks_abi::regs::Id>(0xffff_ffff);
    let error = CardDevice::open(card, CardOptions::default())
        .err()
        .unwrap();
    assert!(
        matches!(
            error,
            DeviceError::NotACard {
                found: 0xffff_ffff,
                ..
            }
        ),
        "{error}"
    );
    let mut card = FakeCard::new(Config::TINY, 1 << 20, summing());
    card.set::<gasworks_abi::regs::AbiVersion>(0x0003_0000);
    let error = CardDevice::open(card, CardOptions::default())
        .err()
        .unwrap();
    assert!(
        matches!(
            error,
            DeviceError::AbiMismatch {
                device: 0x0003_0000,
                ..
            }
        ),
        "{error}"
    );
}
