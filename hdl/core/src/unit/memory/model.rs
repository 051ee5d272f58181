//! What the memory unit computes, as plain Rust: the reference of its tests.
//!
//! Spec: `docs/src/machine.md`, "Micro-ops" and "Stores and DMA"; Yellow Paper appendix H.1 (memory
//! expansion), EIP-5656 (`MCOPY`).

use super::frame_model::Caller;
use crate::unit::keccak::keccak256;
use gasworks_abi::config::Config;
use gasworks_abi::escalation::{Escalation, Halt, Status};
use gasworks_abi::gas;
use gasworks_abi::micro_op::Op;
use gasworks_abi::record::BEAT;

/// A 256-bit number, least significant limb first.
pub type U256 = [u64; 4];

/// `rsp_status` of a unit: the operation is done.
pub const DONE: u8 = 0;
/// `rsp_status` of a unit: exceptional halt, `rsp_code` is a [`Halt`].
pub const HALT: u8 = 1;
/// `rsp_status` of a unit: escalation, `rsp_code` is an [`Escalation`].
pub const ESCALATE: u8 = 2;
/// `rsp_status` of a unit: the frame ended, `rsp_code` is a [`Status`].
pub const END: u8 = 3;

/// Gas from which an offset beyond 2^32 is escalated instead of being called unaffordable.
const HUGE_GAS: u64 = 1 << 45;

/// A request to the unit.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// Hart, 0 to 3.
    pub hart: usize,
    /// Operation, of unit memory.
    pub op: Op,
    /// Immediate: topics of a log, price of an in-range.
    pub imm: u32,
    /// Operand A.
    pub a: U256,
    /// Operand B.
    pub b: U256,
    /// Operand C.
    pub c: U256,
    /// Gas left.
    pub gas: u64,
    /// Arg words.
    pub args: [U256; 4],
}

/// The answer of the unit. `value` counts for operations with a result, `cost` unless it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response {
    /// [`DONE`], [`HALT`], [`ESCALATE`] or [`END`].
    pub status: u8,
    /// Reason of what is not [`DONE`].
    pub code: u8,
    /// Result.
    pub value: U256,
    /// Gas charged.
    pub cost: u64,
}

impl Response {
    fn done(value: U256, cost: u64) -> Self {
        Self {
            status: DONE,
            code: 0,
            value,
            cost,
        }
    }
    fn halt(halt: Halt) -> Self {
        Self {
            status: HALT,
            code: halt as u8,
            value: [0; 4],
            cost: 0,
        }
    }
    pub(super) fn escalate(reason: Escalation) -> Self {
        Self {
            status: ESCALATE,
            code: reason as u8,
            value: [0; 4],
            cost: 0,
        }
    }
}

/// What the unit keeps for one hart.
#[derive(Debug, Clone, Default)]
pub struct HartModel {
    /// Memory of the running frame; its length is the size in use, a multiple of 32.
    pub memory: Vec<u8>,
    /// Bytes of the hart's memory before it.
    pub base: u64,
    /// The frames that wait for it.
    pub callers: Vec<Caller>,
    /// It is a creation.
    pub is_creation: bool,
    /// It is static.
    pub is_static: bool,
    /// First byte and length of what `inrange` or the return of a creation said.
    pub in_range: (usize, usize),
    /// First byte and length of what `outrange` said.
    pub out_range: (usize, usize),
    /// Return data, or the code that a creation returned.
    pub return_data: Vec<u8>,
    /// Calldata of the running frame.
    pub calldata: Vec<u8>,
    /// Bytes of the running code.
    pub code: Vec<u8>,
    /// Bytes of the code found by the last `exttouch`.
    pub ext_code: Vec<u8>,
    /// Account that executes, low 20 bytes of a little-endian word.
    pub account: [u8; 20],
    /// Address of the result record.
    pub result_iova: u64,
    /// Bytes of the result record.
    pub result_len: u32,
    /// Beats written to the record.
    pub beats: u64,
    /// Output length of the frame in bytes.
    pub output_len: u32,
    /// Beats of logs.
    pub log_beats: u32,
    /// Logs.
    pub log_count: u16,
}

impl HartModel {
    /// Where the next beat is written.
    #[must_use]
    pub fn cursor(&self) -> u64 {
        self.result_iova + self.beats * BEAT as u64
    }
}

/// A beat handed to the write channel: address and data in address order.
pub type Beat = (u64, [u8; BEAT]);

/// The memory unit of a lane.
#[derive(Debug)]
pub struct MemoryModel {
    memory_bytes: u64,
    pub(super) return_bytes: u64,
    /// The harts.
    pub harts: [HartModel; 4],
    /// Beats written since the start, in order.
    pub written: Vec<Beat>,
}

/// The memory an operation touches: ends at byte `end` (exclusive).
enum Span {
    /// Nothing is touched.
    Empty,
    /// `end` is at most 2^32.
    Ends(u64),
    /// Beyond 2^32.
    Huge,
}

fn span(offset: &U256, length: &U256) -> Span {
    if *length == [0; 4] {
        return Span::Empty;
    }
    let limit = 1u64 << 32;
    if offset[1..] != [0; 3] || length[1..] != [0; 3] || offset[0] > limit || length[0] > limit {
        return Span::Huge;
    }
    match offset[0] + length[0] {
        end if end <= limit => Span::Ends(end),
        _ => Span::Huge,
    }
}

fn farther(x: Span, y: Span) -> Span {
    match (x, y) {
        (Span::Ends(x), Span::Ends(y)) => Span::Ends(x.max(y)),
        (Span::Empty, other) | (other, Span::Empty) => other,
        _ => Span::Huge,
    }
}

/// Gas of a memory of so many words (Yellow Paper, appendix H.1, `C_mem`).
#[must_use]
pub fn memory_cost(words: u64) -> u64 {
    gas::MEMORY_WORD * words + words * words / gas::MEMORY_QUADRATIC_DIVISOR
}

impl MemoryModel {
    /// Empty memories of the sizes of a configuration.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            memory_bytes: u64::from(config.memory_bytes()),
            return_bytes: u64::from(config.return_bytes()),
            harts: Default::default(),
            written: Vec::new(),
        }
    }

    /// A new transaction begins on the hart.
    pub fn start(&mut self, hart: usize, result_iova: u64, result_len: u32, calldata: Vec<u8>) {
        let hart = &mut self.harts[hart];
        hart.memory.clear();
        hart.callers.clear();
        hart.return_data.clear();
        (hart.base, hart.is_creation) = (0, false);
        (hart.in_range, hart.out_range) = ((0, 0), (0, 0));
        hart.calldata = calldata;
        (hart.result_iova, hart.result_len) = (result_iova, result_len);
        (hart.beats, hart.output_len, hart.log_beats, hart.log_count) = (0, 0, 0, 0);
    }

    /// Executes one operation.
    pub fn execute(&mut self, request: &Request) -> Response {
        self.try_execute(request).unwrap_or_else(|failure| failure)
    }

    fn try_execute(&mut self, r: &Request) -> Result<Response, Response> {
        let word = [32, 0, 0, 0];
        match r.op {
            Op::MLoad => {
                let cost = self.touch(r, span(&r.a, &word), 0)?;
                let at = r.a[0] as usize;
                Ok(Response::done(
                    from_big_endian(&self.harts[r.hart].memory[at..at + 32]),
                    cost,
                ))
            }
            Op::MStore => {
                let cost = self.touch(r, span(&r.a, &word), 0)?;
                self.store(r, &big_endian(&r.b));
                Ok(Response::done([0; 4], cost))
            }
            Op::MStore8 => {
                let cost = self.touch(r, span(&r.a, &[1, 0, 0, 0]), 0)?;
                self.store(r, &[r.b[0] as u8]);
                Ok(Response::done([0; 4], cost))
            }
            Op::MSize => Ok(Response::done(
                [self.harts[r.hart].memory.len() as u64, 0, 0, 0],
                0,
            )),
            Op::CalldataLoad => {
                let bytes = window(&self.harts[r.hart].calldata, &r.a, 32);
                Ok(Response::done(from_big_endian(&bytes), 0))
            }
            Op::CalldataCopy | Op::CodeCopy | Op::ExtCodeCopy => {
                let cost = self.touch(r, span(&r.a, &r.c), copy_cost(gas::COPY_WORD, &r.c))?;
                let hart = &self.harts[r.hart];
                let source = match r.op {
                    Op::CalldataCopy => &hart.calldata,
                    Op::CodeCopy => &hart.code,
                    _ => &hart.ext_code,
                };
                let bytes = window(source, &r.b, r.c[0] as usize);
                self.store(r, &bytes);
                Ok(Response::done([0; 4], cost))
            }
            Op::MCopy => {
                let reach = farther(span(&r.a, &r.c), span(&r.b, &r.c));
                let cost = self.touch(r, reach, copy_cost(gas::COPY_WORD, &r.c))?;
                let bytes = self.load(r.hart, &r.b, &r.c);
                self.store(r, &bytes);
                Ok(Response::done([0; 4], cost))
            }
            Op::ReturnDataCopy => {
                let present = &self.harts[r.hart].return_data;
                let Some(bytes) = inside(present, &r.b, &r.c) else {
                    return Err(Response::halt(Halt::OutOfOffset));
                };
                let cost = self.touch(r, span(&r.a, &r.c), copy_cost(gas::COPY_WORD, &r.c))?;
                self.store(r, &bytes);
                Ok(Response::done([0; 4], cost))
            }
            Op::InRange => {
                let is_long = r.b[1..] != [0; 3] || r.b[0] > gas::MAX_INITCODE_BYTES;
                if r.imm & 16 != 0 && is_long {
                    return Err(Response::halt(Halt::InitcodeLimit));
                }
                let price = copy_cost(u64::from(r.imm & 15), &r.b);
                let cost = self.touch(r, span(&r.a, &r.b), price)?;
                self.set_in_range(r);
                Ok(Response::done([0; 4], cost))
            }
            Op::OutRange => {
                let cost = self.touch(r, span(&r.a, &r.b), 0)?;
                self.set_out_range(r);
                Ok(Response::done([0; 4], cost))
            }
            Op::Keccak256 => {
                let cost = self.touch(r, span(&r.a, &r.b), copy_cost(gas::KECCAK_WORD, &r.b))?;
                let hash = keccak256(&self.load(r.hart, &r.a, &r.b));
                Ok(Response::done(from_big_endian(&hash), cost))
            }
            Op::Log => self.log(r),
            Op::Return => self.finish(r, Status::Return),
            Op::Revert => self.finish(r, Status::Revert),
            _ => Err(Response::halt(Halt::InvalidOpcode)),
        }
    }

    /// Charges growth and `extra` gas, then grows the memory.
    fn touch(&mut self, r: &Request, reach: Span, extra: u64) -> Result<u64, Response> {
        let HartModel { memory, base, .. } = &mut self.harts[r.hart];
        let old = memory.len() as u64 / 32;
        let end = match reach {
            Span::Empty => 0,
            Span::Ends(end) => end,
            Span::Huge if r.gas >= HUGE_GAS => {
                return Err(Response::escalate(Escalation::MemoryLimit));
            }
            Span::Huge => return Err(Response::halt(Halt::OutOfGas)),
        };
        let words = end.div_ceil(32).max(old);
        let cost = memory_cost(words) - memory_cost(old) + extra;
        if cost > r.gas {
            return Err(Response::halt(Halt::OutOfGas));
        }
        if end > 0 && *base + end > self.memory_bytes {
            return Err(Response::escalate(Escalation::MemoryLimit));
        }
        memory.resize(words as usize * 32, 0);
        Ok(cost)
    }

    fn store(&mut self, r: &Request, bytes: &[u8]) {
        if !bytes.is_empty() {
            let at = r.a[0] as usize;
            self.harts[r.hart].memory[at..at + bytes.len()].copy_from_slice(bytes);
        }
    }

    fn load(&self, hart: usize, offset: &U256, length: &U256) -> Vec<u8> {
        match (offset[0] as usize, length[0] as usize) {
            (_, 0) => Vec::new(),
            (at, length) => self.harts[hart].memory[at..at + length].to_vec(),
        }
    }

    fn log(&mut self, r: &Request) -> Result<Response, Response> {
        if self.harts[r.hart].is_static {
            return Err(Response::halt(Halt::StaticViolation));
        }
        let extra = if r.b[1..] == [0; 3] {
            gas::LOG_DATA_BYTE.saturating_mul(r.b[0])
        } else {
            0
        };
        let cost = self.touch(r, span(&r.a, &r.b), extra)?;
        let data = self.load(r.hart, &r.a, &r.b);
        let bytes = log_bytes(r.imm, &r.args, &self.harts[r.hart].account, &data);
        let beats = self.write(r.hart, bytes)?;
        let hart = &mut self.harts[r.hart];
        hart.log_count += 1;
        hart.log_beats += beats as u32;
        Ok(Response::done([0; 4], cost))
    }

    fn finish(&mut self, r: &Request, status: Status) -> Result<Response, Response> {
        let cost = self.touch(r, span(&r.a, &r.b), 0)?;
        let data = self.load(r.hart, &r.a, &r.b);
        let hart = &self.harts[r.hart];
        if hart.callers.is_empty() {
            let length = data.len() as u32;
            self.write(r.hart, data)?;
            self.harts[r.hart].output_len = length;
        } else {
            let is_code = hart.is_creation && r.op == Op::Return;
            if let Some(failure) = self.give_back(r, data, is_code) {
                return Err(failure);
            }
        }
        Ok(Response {
            status: END,
            code: status as u8,
            value: [0; 4],
            cost,
        })
    }

    /// Appends bytes, padded to beats, to the result record; gives the beats.
    fn write(&mut self, hart: usize, mut bytes: Vec<u8>) -> Result<u64, Response> {
        bytes.resize(bytes.len().next_multiple_of(BEAT), 0);
        let hart = &mut self.harts[hart];
        let beats = (bytes.len() / BEAT) as u64;
        if (hart.beats + beats) * BEAT as u64 > u64::from(hart.result_len) {
            return Err(Response::escalate(Escalation::ResultLimit));
        }
        for beat in bytes.chunks_exact(BEAT) {
            let mut data = [0; BEAT];
            data.copy_from_slice(beat);
            self.written.push((hart.cursor(), data));
            hart.beats += 1;
        }
        Ok(beats)
    }
}

/// A log before it is padded: header, topics, data.
pub(super) fn log_bytes(topics: u32, args: &[U256; 4], account: &[u8; 20], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; BEAT];
    bytes[0..4].copy_from_slice(&topics.to_le_bytes());
    bytes[4..8].copy_from_slice(&(data.len() as u32).to_le_bytes());
    bytes[32..52].copy_from_slice(account);
    for topic in &args[..topics as usize] {
        bytes.extend(topic.iter().flat_map(|limb| limb.to_le_bytes()));
    }
    bytes.resize(bytes.len().next_multiple_of(BEAT), 0);
    bytes.extend(data);
    bytes
}

/// `length` bytes of `source` from `offset`, if all of them are there.
fn inside(source: &[u8], offset: &U256, length: &U256) -> Option<Vec<u8>> {
    if offset[1..] != [0; 3] || length[1..] != [0; 3] {
        return None;
    }
    let start = usize::try_from(offset[0]).ok()?;
    let end = start.checked_add(usize::try_from(length[0]).ok()?)?;
    source.get(start..end).map(<[u8]>::to_vec)
}

fn copy_cost(per_word: u64, length: &U256) -> u64 {
    per_word.saturating_mul(length[0].div_ceil(32))
}

/// `length` bytes of `source` from `offset`; zeros past its end.
fn window(source: &[u8], offset: &U256, length: usize) -> Vec<u8> {
    let start = if offset[1..] == [0; 3] {
        usize::try_from(offset[0]).unwrap_or(usize::MAX)
    } else {
        usize::MAX
    };
    let mut bytes: Vec<u8> = source.iter().skip(start).take(length).copied().collect();
    bytes.resize(length, 0);
    bytes
}

/// The 32 bytes of a number, most significant first, as they lie in EVM memory.
#[must_use]
pub fn big_endian(value: &U256) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (chunk, limb) in bytes.chunks_exact_mut(8).zip(value.iter().rev()) {
        chunk.copy_from_slice(&limb.to_be_bytes());
    }
    bytes
}

/// The number of 32 bytes, most significant first.
#[must_use]
pub fn from_big_endian(bytes: &[u8]) -> U256 {
    let mut value = [0; 4];
    for (limb, chunk) in value.iter_mut().rev().zip(bytes.chunks_exact(8)) {
        *limb = chunk
            .iter()
            .fold(0, |limb, byte| limb << 8 | u64::from(*byte));
    }
    value
}
