//! Tests of the hash and its model.

use super::{Keccak, RATE, keccak256};
use gasworks_verilog::harness::{Stimulus, cosim};
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn model_gives_published_hashes() {
    // Keccak-256 of the empty string (Yellow Paper, code hash of an account without code), of the
    // signatures of ERC-20 `Transfer` and `transfer`, and of a message of more than one block.
    let empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
    assert_eq!(hex(&keccak256(b"")), empty);
    let transfer = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
    assert_eq!(
        hex(&keccak256(b"Transfer(address,address,uint256)")),
        transfer
    );
    assert_eq!(
        hex(&keccak256(b"transfer(address,uint256)")[..4]),
        "a9059cbb"
    );
}

/// Feeds messages to the block, with random pauses, and checks every hash.
struct Bench {
    message: Vec<u8>,
    place: usize,
    state: State,
    lengths: Vec<usize>,
    age: u32,
    hashes: usize,
}

#[derive(PartialEq)]
enum State {
    Start,
    Feed,
    Wait,
}

impl Bench {
    fn new(lengths: Vec<usize>) -> Self {
        Self {
            message: Vec::new(),
            place: 0,
            state: State::Start,
            lengths,
            age: 0,
            hashes: 0,
        }
    }

    fn poke(&mut self, block: &mut Keccak, s: &mut Stimulus) {
        self.age += 1;
        assert!(
            self.age < 2000,
            "a hash of {} bytes hangs",
            self.message.len()
        );
        block.start.next = false;
        block.absorb_valid.next = false;
        match self.state {
            State::Start => {
                let length = self.lengths.pop().unwrap_or_else(|| s.below(500) as usize);
                self.message = (0..length).map(|_| s.draw() as u8).collect();
                self.place = 0;
                self.age = 0;
                block.start.next = true;
                block.start_empty.next = length == 0;
                self.state = if length == 0 {
                    State::Wait
                } else {
                    State::Feed
                };
            }
            State::Feed if s.chance(700) => self.feed(block),
            State::Feed => {}
            State::Wait if block.done.val() => {
                let digest = block.digest.val().to_le_bytes();
                assert_eq!(
                    digest,
                    keccak256(&self.message),
                    "hash of {} bytes",
                    self.message.len()
                );
                self.hashes += 1;
                self.state = State::Start;
            }
            State::Wait => {}
        }
    }

    fn feed(&mut self, block: &mut Keccak) {
        let in_block = self.place % RATE;
        let step = (RATE - in_block)
            .min(32)
            .min(self.message.len() - self.place);
        let chunk = &self.message[self.place..self.place + step];
        let mut bytes = chunk.to_vec();
        bytes.resize(32, 0);
        block.absorb_valid.next = true;
        block.absorb_data.next = Word::from_le_bytes(&bytes);
        block.absorb_bytes.next = (step as u64).into();
        block.absorb_last.next = self.place + step == self.message.len();
        if block.absorb_ready.val() {
            self.place += step;
            if self.place == self.message.len() {
                self.state = State::Wait;
            }
        }
    }
}

fn clock(block: &mut Keccak, level: bool) {
    block.clock.next = level.into();
}

#[test]
fn agrees_with_its_model() {
    let mut bench = Bench::new((0..=2 * RATE + 1).collect());
    let mut block = Keccak::default();
    block.connect_all();
    let mut s = Stimulus::new(5);
    for _ in 0..16_000 {
        bench.poke(&mut block, &mut s);
        for level in [false, true] {
            clock(&mut block, level);
            assert!(simulate(&mut block, 200));
        }
    }
    assert!(
        bench.lengths.is_empty(),
        "lengths left: {:?}",
        bench.lengths
    );
}

#[test]
fn verilog_agrees_with_rust_hdl() {
    let mut bench = Bench::new(vec![0, 1, 8, 31, 32, 64, 128, 135, 136, 137, 300]);
    cosim(
        "keccak",
        Keccak::default(),
        700,
        |block, s| bench.poke(block, s),
        Some(clock),
    );
    assert!(bench.lengths.is_empty());
}
