//! Harts of the fake card that run the ISS.

use std::sync::Arc;

use alloy_primitives::{Bytes, U256};
use bytemuck::Zeroable;
use gasworks_abi::config::Config;
use gasworks_abi::env::ENV_WORDS;
use gasworks_abi::record::{BEAT, LogHeader, StateEntry};
use gasworks_abi::ring::{self, Completion, RequestKind, TxDescriptor};
use gasworks_driver::{Iova, encode};
use gasworks_iss::{Answer, Hart, Host, Image, NoObserver, Outcome, Request, Slot, Start};

use super::{Behaviour, Job, fork};

/// Runs jobs on the ISS.
pub fn behaviour(config: Config) -> Behaviour {
    Arc::new(move |job, ask| run(&config, job, ask))
}

struct Wires<'a> {
    job: &'a Job,
    ask: &'a mut dyn FnMut(ring::Request) -> ring::Answer,
}

impl Wires<'_> {
    fn bytes(&self, iova: u64, len: u32) -> Bytes {
        match len {
            0 => Bytes::new(),
            len => self
                .job
                .arena
                .read(Iova(iova), len as usize)
                .unwrap()
                .into(),
        }
    }
}

/// The program with a handle.
fn image(job: &Job, handle: u32) -> Arc<Image> {
    let program = job.program(handle);
    let code = job.code(&program);
    Arc::new(Image::new(program.words, &program.constants, code).unwrap())
}

impl Host for Wires<'_> {
    fn ask(&mut self, request: Request) -> Option<Answer> {
        let mut entry = ring::Request::zeroed();
        entry.tag = self.job.descriptor.tag;
        entry.kind = request.kind as u8;
        entry.key = request.key.to_le_bytes();
        entry.address = encode::address(request.address);
        if let Some(payload) = &request.payload {
            let topics: &[_] = match request.kind {
                RequestKind::Created => &[],
                _ => &payload.words,
            };
            self.job
                .write_payload(payload.account, topics, &payload.data);
        }
        let answer = (self.ask)(entry);
        if answer.flags & ring::Answer::FAILED != 0 {
            return None;
        }
        let has_code = answer.flags & ring::Answer::HAS_CODE != 0;
        Some(Answer {
            value: U256::from_le_bytes(answer.value),
            flags: answer.flags,
            data: self.bytes(answer.code_iova, answer.code_len),
            program: has_code.then(|| image(self.job, answer.program)),
            effects: answer.effects,
        })
    }
}

fn run(
    config: &Config,
    job: &Job,
    ask: &mut dyn FnMut(ring::Request) -> ring::Answer,
) -> Completion {
    let TxDescriptor {
        context_iova,
        calldata_iova,
        calldata_len,
        seed_count,
        gas_limit,
        result_len,
        program,
        ..
    } = job.descriptor;
    let read = |iova: u64, len: usize| job.arena.read(Iova(iova), len).unwrap();
    let seeds_len = usize::from(seed_count) * size_of::<StateEntry>();
    let context = read(context_iova, ENV_WORDS * 32 + seeds_len);
    let (words, seeds) = context.split_at(ENV_WORDS * 32);
    let environment: [U256; ENV_WORDS] =
        core::array::from_fn(|at| U256::from_le_slice(&words[32 * at..32 * at + 32]));
    let seeds: Vec<Slot> = seeds
        .chunks_exact(size_of::<StateEntry>())
        .map(|bytes| Slot::from(&bytemuck::pod_read_unaligned::<StateEntry>(bytes)))
        .collect();
    let calldata = read(calldata_iova, calldata_len as usize);
    let image = image(job, program);
    let start = Start {
        fork: fork(&job.descriptor),
        gas_limit,
        environment: &environment,
        calldata: &calldata,
        seeds: &seeds,
        result_len,
    };
    let mut host = Wires { job, ask };
    let outcome = Hart::new(config, &image, &start).run(&mut host, &mut NoObserver);
    let record = record(&outcome);
    assert!(record.len() <= result_len as usize);
    job.arena
        .write(Iova(job.descriptor.result_iova), &record)
        .unwrap();
    completion(&outcome)
}

fn completion(outcome: &Outcome) -> Completion {
    let mut completion = Completion::zeroed();
    completion.status = outcome.status as u8;
    completion.reason = outcome.reason;
    completion.gas_left = outcome.gas_left;
    completion.refund = outcome.refund;
    completion.output_len = outcome.output.len() as u32;
    completion.log_beats = outcome.log_beats;
    completion.write_count = outcome.writes.len() as u16;
    completion.log_count = outcome.logs.len() as u16;
    completion.instructions = outcome.instructions as u32;
    completion.micro_ops = outcome.micro_ops as u32;
    completion
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(BEAT), 0);
}

/// The record as docs/src/machine.md lays it out. Logs of a frame that did not succeed are beats
/// that nobody reads.
fn record(outcome: &Outcome) -> Vec<u8> {
    let mut bytes = Vec::new();
    for log in &outcome.logs {
        let mut header = LogHeader::zeroed();
        header.topic_count = log.topics.len() as u32;
        header.data_len = log.data.len() as u32;
        header.address = encode::address(log.address);
        bytes.extend_from_slice(bytemuck::bytes_of(&header));
        for topic in &log.topics {
            bytes.extend_from_slice(&U256::from_be_bytes(topic.0).to_le_bytes::<32>());
        }
        pad(&mut bytes);
        bytes.extend_from_slice(&log.data);
        pad(&mut bytes);
    }
    bytes.resize(outcome.log_beats as usize * BEAT, 0);
    let output: &Bytes = &outcome.output;
    bytes.extend_from_slice(output);
    pad(&mut bytes);
    if outcome.is_success() {
        bytes.extend_from_slice(&outcome.touched.seeds);
        for slot in &outcome.writes {
            bytes.extend_from_slice(bytemuck::bytes_of(&StateEntry::from(slot)));
        }
    }
    bytes
}
