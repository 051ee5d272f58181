//! Parses what the card writes. Nothing here trusts a number that it did not compare with a bound.

use alloy_primitives::{Address, B256, Bytes, U256};
use bytemuck::Zeroable;
use gasworks_abi::escalation::{Escalation, Halt, SELF_DESTRUCTED, Status};
use gasworks_abi::record::{BEAT, LogHeader, StateEntry};
use gasworks_abi::ring::{Completion, Request, RequestKind};

use crate::device::{Execution, Log, Outcome, Payload, Question, Write};
use crate::error::{DeviceError, MalformedRecord};
use crate::ring::Entry;

const ENTRY_BYTES: usize = size_of::<StateEntry>();
/// Most topics of a log.
const MAX_TOPICS: u32 = 4;

/// The bytes of an entry.
#[must_use]
pub fn bytes_of(entry: &Entry) -> [u8; BEAT] {
    let mut bytes = [0; BEAT];
    for (chunk, word) in bytes.chunks_exact_mut(8).zip(entry) {
        chunk.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

/// An address from the low 20 bytes of a little-endian word.
#[must_use]
pub fn address(mut bytes: [u8; 20]) -> Address {
    bytes.reverse();
    Address::new(bytes)
}

/// What a request asks, without its payload.
///
/// # Errors
/// When the kind does not exist.
pub fn question(request: &Request) -> Result<Question, DeviceError> {
    let kind = RequestKind::from_u8(request.kind).ok_or(DeviceError::BadEntry {
        entry: "request",
        field: "kind",
        value: request.kind.into(),
    })?;
    Ok(Question {
        tag: request.tag,
        kind,
        address: address(request.address),
        key: U256::from_le_bytes(request.key),
        payload: None,
    })
}

/// Topics of the payload that comes with a kind of request; `None` where none comes.
#[must_use]
pub fn payload_topics(kind: RequestKind) -> Option<u32> {
    match kind {
        RequestKind::Call | RequestKind::Create | RequestKind::Create2 => Some(MAX_TOPICS),
        RequestKind::Created => Some(0),
        _ => None,
    }
}

/// Bytes of a payload as its first beat says, padding included. `room` are those of its buffer.
///
/// # Errors
/// When it has other topics than the request asks for, more data than `memory_bytes`, or for
/// `Created` another length than the request says.
pub fn payload_len(
    head: &LogHeader,
    question: &Question,
    memory_bytes: u32,
    room: u64,
) -> Result<u64, DeviceError> {
    let bad = |field, value: u32| DeviceError::BadEntry {
        entry: "payload",
        field,
        value: value.into(),
    };
    if payload_topics(question.kind) != Some(head.topic_count) {
        return Err(bad("topic_count", head.topic_count));
    }
    let is_wrong =
        question.kind == RequestKind::Created && question.key != U256::from(head.data_len);
    let topics = u64::from(head.topic_count.div_ceil(2)) * BEAT as u64;
    let data = u64::from(head.data_len).next_multiple_of(BEAT as u64);
    let len = BEAT as u64 + topics + data;
    if head.data_len > memory_bytes || is_wrong || len > room {
        return Err(bad("data_len", head.data_len));
    }
    Ok(len)
}

/// Parses a payload of [`payload_len`] bytes.
#[must_use]
pub fn payload(head: &LogHeader, bytes: &[u8]) -> Payload {
    let topics = head.topic_count as usize * 32;
    let data = BEAT + topics.next_multiple_of(BEAT);
    let word = |index: usize| match bytes.get(BEAT + 32 * index..BEAT + 32 * (index + 1)) {
        Some(word) if index < head.topic_count as usize => U256::from_le_slice(word),
        _ => U256::ZERO,
    };
    let data = bytes.get(data..data + head.data_len as usize);
    Payload {
        account: address(head.address),
        words: core::array::from_fn(word),
        data: Bytes::copy_from_slice(data.unwrap_or_default()),
    }
}

/// How a completion says that the frame ended.
///
/// # Errors
/// When status or reason do not exist.
pub fn outcome(completion: &Completion) -> Result<Outcome, DeviceError> {
    let bad = |field, value: u8| DeviceError::BadEntry {
        entry: "completion",
        field,
        value: value.into(),
    };
    let reason = completion.reason;
    match Status::from_u8(completion.status) {
        Some(Status::Stop) if reason == SELF_DESTRUCTED => Ok(Outcome::SelfDestruct),
        Some(Status::Stop) => Ok(Outcome::Stop),
        Some(Status::Return) => Ok(Outcome::Return),
        Some(Status::Revert) => Ok(Outcome::Revert),
        Some(Status::Halt) => Halt::from_u8(reason)
            .map(Outcome::Halt)
            .ok_or(bad("reason", reason)),
        Some(Status::Escalated) => Escalation::from_u8(reason)
            .map(Outcome::Escalated)
            .ok_or(bad("reason", reason)),
        None => Err(bad("status", completion.status)),
    }
}

/// Bytes of the record that matter for an outcome.
#[must_use]
pub fn record_len(completion: &Completion, outcome: Outcome) -> u64 {
    let logs = u64::from(completion.log_beats) * BEAT as u64;
    let output = u64::from(completion.output_len).next_multiple_of(BEAT as u64);
    let writes = u64::from(completion.write_count) * ENTRY_BYTES as u64;
    match outcome {
        Outcome::Stop | Outcome::SelfDestruct | Outcome::Return => {
            logs + output + BEAT as u64 + writes
        }
        Outcome::Revert => logs + output,
        Outcome::Halt(_) | Outcome::Escalated(_) => 0,
    }
}

/// Parses a result record. `record` holds [`record_len`] bytes.
///
/// # Errors
/// When the parts do not fit together.
pub fn execution(
    completion: &Completion,
    outcome: Outcome,
    record: &[u8],
    seeds: usize,
) -> Result<Execution, MalformedRecord> {
    let mut execution = Execution {
        tag: completion.tag,
        incarnation: completion.incarnation,
        outcome,
        gas_left: 0,
        refund: 0,
        output: Bytes::new(),
        logs: Vec::new(),
        writes: Vec::new(),
        touched_seeds: Vec::new(),
        hart: completion.hart,
        cycles: completion.cycles.into(),
        instructions: completion.instructions.into(),
        micro_ops: completion.micro_ops.into(),
        host_cycles: completion.host_cycles.into(),
    };
    let is_success = matches!(
        outcome,
        Outcome::Stop | Outcome::SelfDestruct | Outcome::Return
    );
    if !is_success && outcome != Outcome::Revert {
        return Ok(execution);
    }
    execution.gas_left = completion.gas_left;
    let mut reader = Reader { record, at: 0 };
    let logs = reader.take("logs", u64::from(completion.log_beats) * BEAT as u64)?;
    let output = reader.take("output", completion.output_len.into())?;
    execution.output = Bytes::copy_from_slice(output);
    if !is_success {
        return Ok(execution);
    }
    execution.refund = completion.refund;
    execution.logs = parse_logs(logs, completion.log_count)?;
    let touched = reader.take("touched beat", BEAT as u64)?;
    execution.touched_seeds = (0..seeds)
        .map(|seed| {
            touched
                .get(seed / 8)
                .is_some_and(|byte| byte >> (seed % 8) & 1 == 1)
        })
        .collect();
    let writes = u64::from(completion.write_count) * ENTRY_BYTES as u64;
    let writes = reader.take("writes", writes)?.chunks_exact(ENTRY_BYTES);
    execution.writes = writes.map(parse_write).collect();
    Ok(execution)
}

/// Walks through a record; every part starts at a beat.
struct Reader<'a> {
    record: &'a [u8],
    at: u64,
}

impl<'a> Reader<'a> {
    fn take(&mut self, part: &'static str, len: u64) -> Result<&'a [u8], MalformedRecord> {
        let end = self.at + len.next_multiple_of(BEAT as u64);
        let bounds = self.at as usize..(self.at + len) as usize;
        let past = MalformedRecord::PastEnd {
            part,
            end,
            len: self.record.len() as u64,
        };
        if end > self.record.len() as u64 {
            return Err(past);
        }
        self.at = end;
        self.record.get(bounds).ok_or(past)
    }
}

fn parse_logs(bytes: &[u8], count: u16) -> Result<Vec<Log>, MalformedRecord> {
    let mut reader = Reader {
        record: bytes,
        at: 0,
    };
    let mut logs = Vec::new();
    for index in 0..u32::from(count) {
        let mut header = LogHeader::zeroed();
        bytemuck::bytes_of_mut(&mut header)
            .copy_from_slice(reader.take("log header", BEAT as u64)?);
        if header.topic_count > MAX_TOPICS {
            return Err(MalformedRecord::TopicCount {
                index,
                count: header.topic_count,
            });
        }
        let topics = reader.take("log topics", u64::from(header.topic_count) * 32)?;
        let data = reader.take("log data", header.data_len.into())?;
        logs.push(Log {
            address: address(header.address),
            topics: topics.chunks_exact(32).map(parse_topic).collect(),
            data: Bytes::copy_from_slice(data),
        });
    }
    if reader.at != bytes.len() as u64 {
        return Err(MalformedRecord::LogBeats {
            expected: (bytes.len() / BEAT) as u64,
            found: reader.at / BEAT as u64,
        });
    }
    Ok(logs)
}

fn parse_topic(bytes: &[u8]) -> B256 {
    B256::from(U256::from_le_slice(bytes))
}

fn parse_write(bytes: &[u8]) -> Write {
    let mut entry = StateEntry::zeroed();
    bytemuck::bytes_of_mut(&mut entry).copy_from_slice(bytes);
    Write {
        address: address(entry.address),
        key: U256::from_le_bytes(entry.key),
        value: U256::from_le_bytes(entry.value),
        original: U256::from_le_bytes(entry.original),
    }
}
