//! Benches of the blocks that stream: the reader and the emitter.

use crate::unit::memory::emitter::Emitter;
use crate::unit::memory::reader::Reader;
use gasworks_abi::record::BEAT;
use gasworks_verilog::harness::Stimulus;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::simulate;
use std::collections::VecDeque;

/// Bytes of the memory behind the reader.
const MEMORY: usize = 4096;

/// Streams out of a memory that holds a pattern, with random stalls.
#[derive(Default)]
pub struct ReaderBench {
    memory: Vec<u8>,
    /// Word that was read in the last cycle.
    word: usize,
    /// Place of byte 0 of the stream.
    origin: usize,
    expected: VecDeque<(Vec<u8>, bool)>,
    age: u32,
    pub streams: u32,
}

impl ReaderBench {
    pub fn poke(&mut self, block: &mut Reader, s: &mut Stimulus) {
        if self.memory.is_empty() {
            self.memory = (0..MEMORY).map(|_| s.draw() as u8).collect();
        }
        self.banks(block);
        block.start.next = false;
        let ready = s.chance(600);
        block.chunk_ready.next = ready;
        self.age += 1;
        if self.expected.is_empty() {
            assert!(!block.chunk_valid.val(), "a chunk too many");
            self.begin(block, s);
        } else if block.chunk_valid.val() && ready {
            self.chunk(block);
        }
        assert!(self.age < 1000, "the stream hangs");
    }

    /// The banks answer the address of the last cycle.
    fn banks(&mut self, block: &mut Reader) {
        let now = (block.position.val().index() + self.origin) / 32 % (MEMORY / 32);
        let word = std::mem::replace(&mut self.word, now);
        let at = |word: usize| {
            let place = word % (MEMORY / 32) * 32;
            Word::from_le_bytes(&self.memory[place..place + 32])
        };
        block.memory_even.next = at(word.div_ceil(2) * 2);
        block.memory_odd.next = at(word / 2 * 2 + 1);
    }

    fn chunk(&mut self, block: &Reader) {
        let Some((bytes, last)) = self.expected.pop_front() else {
            return;
        };
        let mut expected = bytes.clone();
        expected.resize(32, 0);
        assert_eq!(block.chunk_data.val().to_le_bytes()[..32], expected[..]);
        assert_eq!(block.chunk_bytes.val().index(), bytes.len());
        assert_eq!(block.chunk_last.val(), last);
    }

    fn begin(&mut self, block: &mut Reader, s: &mut Stimulus) {
        let address = s.below(2048) as usize;
        let origin = s.below(1024) as usize;
        self.origin = origin;
        let length = 1 + s.below(600) as usize;
        let limit = s.below(MEMORY as u64) as usize;
        let (backward, blocks) =
            [(false, false), (true, false), (false, true)][s.below(3) as usize];
        let mut chunks: Vec<Vec<u8>> = Vec::new();
        let mut place = 0;
        while place < length {
            let step = if blocks && place % 136 == 128 { 8 } else { 32 };
            let range = address + place..address + length.min(place + step);
            chunks.push(
                range
                    .map(|at| {
                        if at < limit {
                            self.memory[origin + at]
                        } else {
                            0
                        }
                    })
                    .collect(),
            );
            place += step;
        }
        if backward {
            chunks.reverse();
        }
        let count = chunks.len();
        self.expected = chunks
            .into_iter()
            .enumerate()
            .map(|(i, bytes)| (bytes, i + 1 == count))
            .collect();
        // The first chunk is read in the cycle of `start`.
        self.word = (origin + address) / 32;
        self.age = 0;
        self.streams += 1;
        block.start.next = true;
        block.origin.next = (origin as u64).into();
        block.origin_next.next = (origin as u64 + 32).into();
        block.address.next = (address as u64).into();
        block.length.next = (length as u64).into();
        block.held_length.next = (length as u64).into();
        block.limit.next = (limit as u64).into();
        block.backward.next = backward;
        block.blocks.next = blocks;
    }
}

/// Logs and outputs with random stalls.
#[derive(Default)]
pub struct EmitterBench {
    args: [Word<256>; 4],
    chunks: VecDeque<Vec<u8>>,
    beats: VecDeque<(u64, Vec<u8>)>,
    busy: bool,
    age: u32,
    offered: bool,
    pub runs: u32,
}

impl EmitterBench {
    pub fn poke(&mut self, block: &mut Emitter, s: &mut Stimulus) {
        block.start.next = false;
        self.age += 1;
        assert!(self.age < 1000, "the emitter hangs");
        if !self.busy {
            return self.begin(block, s);
        }
        block.arg_value.next = self.args[block.arg_index.val().index()];
        self.chunk(block, s);
        let ready = s.bit();
        block.write_ready.next = ready;
        if block.write_valid.val() && ready {
            let expected = self.beats.pop_front().expect("a beat too many");
            let got = block.write_data.val().to_le_bytes();
            assert_eq!(block.write_address.val().low(), expected.0);
            assert_eq!(got[..BEAT], expected.1[..]);
        }
        if self.age > 1 && block.done.val() {
            assert!(
                self.beats.is_empty() && self.chunks.is_empty(),
                "done too early"
            );
            self.busy = false;
        }
        // Whether the chunk is taken depends on this cycle's `write_ready`.
        assert!(simulate(block, 200));
        if block.chunk_valid.val() && block.chunk_ready.val() {
            self.chunks.pop_front();
            self.offered = false;
        }
    }

    /// Offers the next chunk.
    fn chunk(&mut self, block: &mut Emitter, s: &mut Stimulus) {
        self.offered = self.offered || s.bit();
        block.chunk_valid.next = self.offered && !self.chunks.is_empty();
        let Some(chunk) = self.chunks.front() else {
            return;
        };
        let mut bytes = chunk.clone();
        bytes.resize(32, 0);
        block.chunk_data.next = Word::from_le_bytes(&bytes);
        block.chunk_last.next = self.chunks.len() == 1;
    }

    fn begin(&mut self, block: &mut Emitter, s: &mut Stimulus) {
        let is_log = s.bit();
        let length = if is_log {
            s.below(200)
        } else {
            1 + s.below(200)
        } as usize;
        let topics = s.below(5) as usize;
        let account: Word<160> = s.word();
        let cursor = s.draw() & !63;
        let data: Vec<u8> = (0..length).map(|_| s.draw() as u8).collect();
        self.args = std::array::from_fn(|_| s.word());
        let mut bytes = Vec::new();
        if is_log {
            bytes.extend((topics as u32).to_le_bytes());
            bytes.extend((length as u32).to_le_bytes());
            bytes.resize(32, 0);
            bytes.extend(&account.to_le_bytes()[..20]);
            bytes.resize(BEAT, 0);
            self.args[..topics]
                .iter()
                .for_each(|topic| bytes.extend(&topic.to_le_bytes()[..32]));
            bytes.resize(bytes.len().next_multiple_of(BEAT), 0);
        }
        bytes.extend(&data);
        bytes.resize(bytes.len().next_multiple_of(BEAT), 0);
        let beats = bytes.chunks(BEAT).map(<[u8]>::to_vec);
        self.beats = (0..)
            .map(|i| cursor.wrapping_add(i * BEAT as u64))
            .zip(beats)
            .collect();
        self.chunks = data.chunks(32).map(<[u8]>::to_vec).collect();
        (self.busy, self.age, self.offered) = (true, 0, false);
        self.runs += 1;
        block.chunk_valid.next = false;
        block.start.next = true;
        block.is_log.next = is_log;
        block.topics.next = (topics as u64).into();
        block.length.next = (length as u64).into();
        block.account.next = account;
        block.cursor.next = cursor.into();
    }
}
