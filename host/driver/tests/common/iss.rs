//! Harts of the fake card that run the ISS.

use std::sync::Arc;

use alloy_primitives::{Address, Bytes, U256};
use bytemuck::Zeroable;
use gasworks_abi::config::Config;
use gasworks_abi::env::ENV_WORDS;
use gasworks_abi::record::{BEAT, LogHeader, StateEntry};
use gasworks_abi::ring::{Answer, Completion, Request, RequestKind, TxDescriptor};
use gasworks_driver::{Arena, Iova, encode};
use gasworks_iss::{CodeAnswer, Hart, Host, Image, NoObserver, Outcome, Slot, Start};

use super::{Behaviour, Job, fork};

/// Runs jobs on the ISS.
pub fn behaviour(config: Config) -> Behaviour {
    Arc::new(move |job, ask| run(&config, job, ask))
}

struct Wires<'a> {
    tag: u32,
    arena: &'a Arena,
    ask: &'a mut dyn FnMut(Request) -> Answer,
}

impl Wires<'_> {
    fn ask(&mut self, kind: RequestKind, address: Address, key: U256) -> Option<Answer> {
        let mut request = Request::zeroed();
        request.tag = self.tag;
        request.kind = kind as u8;
        request.key = key.to_le_bytes();
        request.address = encode::address(address);
        let answer = (self.ask)(request);
        (answer.flags & Answer::FAILED == 0).then_some(answer)
    }
    fn value(
        &mut self,
        kind: RequestKind,
        address: Address,
        key: U256,
    ) -> Option<gasworks_iss::Answer> {
        let answer = self.ask(kind, address, key)?;
        Some(gasworks_iss::Answer {
            value: U256::from_le_bytes(answer.value),
            warm: answer.flags & Answer::WARM != 0,
        })
    }
}

fn word(address: Address) -> U256 {
    U256::from_be_slice(address.as_slice())
}

impl Host for Wires<'_> {
    fn storage(&mut self, address: Address, key: U256) -> Option<gasworks_iss::Answer> {
        self.value(RequestKind::Storage, address, key)
    }
    fn balance(&mut self, address: Address) -> Option<gasworks_iss::Answer> {
        self.value(RequestKind::Balance, Address::ZERO, word(address))
    }
    fn code_hash(&mut self, address: Address) -> Option<gasworks_iss::Answer> {
        self.value(RequestKind::CodeHash, Address::ZERO, word(address))
    }
    fn code(&mut self, address: Address) -> Option<CodeAnswer> {
        let answer = self.ask(RequestKind::Code, Address::ZERO, word(address))?;
        let code = match answer.code_len {
            0 => Vec::new(),
            len => self
                .arena
                .read(Iova(answer.code_iova), len as usize)
                .unwrap(),
        };
        Some(CodeAnswer {
            code: code.into(),
            warm: answer.flags & Answer::WARM != 0,
        })
    }
    fn block_hash(&mut self, number: U256) -> Option<U256> {
        Some(
            self.value(RequestKind::BlockHash, Address::ZERO, number)?
                .value,
        )
    }
    fn blob_hash(&mut self, index: U256) -> Option<U256> {
        Some(
            self.value(RequestKind::BlobHash, Address::ZERO, index)?
                .value,
        )
    }
}

fn run(config: &Config, job: &Job, ask: &mut dyn FnMut(Request) -> Answer) -> Completion {
    let TxDescriptor {
        context_iova,
        calldata_iova,
        calldata_len,
        seed_count,
        gas_limit,
        result_len,
        tag,
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
    let code = read(job.header.code_iova, job.header.code_len as usize);
    let image = Image::new(job.words.clone(), &job.constants, code).unwrap();
    let start = Start {
        fork: fork(&job.descriptor),
        gas_limit,
        environment: &environment,
        calldata: &calldata,
        seeds: &seeds,
        result_len,
    };
    let mut host = Wires {
        tag,
        arena: &job.arena,
        ask,
    };
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
