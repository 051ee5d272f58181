//! Keccak-256: absorbs 32 bytes per cycle, permutes one round per cycle.
//!
//! Spec: FIPS 202 sections 3.2 and 3.3 with the original Keccak padding (`0x01 .. 0x80`), rate 1,088
//! bits; Yellow Paper section 3, `KEC`.
//!
//! A message comes in chunks of 32 bytes; the fifth chunk of each 136-byte block has 8, the last
//! chunk what is left. `absorb_bytes` counts only with `absorb_last`; bytes past it must be zero.
//! A message of no bytes is started with `start_empty` and has no chunk.
//!
//! Latency: the cycle after a block's last chunk is absorbed is the first of 24 rounds; `ending` is
//! high in the last round of the last block; `done` rises after it and stays until the next `start`.
//! 64 bytes: chunks in cycles 0 and 1, rounds 2 to 25, `done` in cycle 26. A message that fills its last block takes
//! 25 cycles more for the block of padding. `absorb_ready` is low during rounds; it waits for
//! nothing else. No reset: `start` begins anew whatever the state.

use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;
use std::array::from_fn;

/// Round constants of iota (FIPS 202 section 3.2.5).
const ROUND_CONSTANTS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];
/// Rotation of lane `x + 5y` in rho (FIPS 202 section 3.2.2).
const ROTATIONS: [u32; 25] = [
    0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14,
];
/// Bytes of a block.
pub const RATE: usize = 136;

/// Keccak-256 in plain Rust, the model of [`Keccak`].
#[must_use]
pub fn keccak256(message: &[u8]) -> [u8; 32] {
    let mut padded = message.to_vec();
    padded.push(1);
    padded.resize(padded.len().next_multiple_of(RATE), 0);
    if let Some(last) = padded.last_mut() {
        *last |= 0x80;
    }
    let mut state = [0u64; 25];
    for block in padded.chunks_exact(RATE) {
        for (lane, bytes) in state.iter_mut().zip(block.chunks_exact(8)) {
            *lane ^= bytes
                .iter()
                .rev()
                .fold(0, |lane, byte| lane << 8 | u64::from(*byte));
        }
        permute(&mut state);
    }
    let mut digest = [0; 32];
    for (bytes, lane) in digest.chunks_exact_mut(8).zip(state) {
        bytes.copy_from_slice(&lane.to_le_bytes());
    }
    digest
}

fn permute(state: &mut [u64; 25]) {
    for constant in ROUND_CONSTANTS {
        let column: [u64; 5] = from_fn(|x| (0..5).fold(0, |parity, y| parity ^ state[x + 5 * y]));
        let mut moved = [0; 25];
        for x in 0..5 {
            for y in 0..5 {
                let theta = column[(x + 4) % 5] ^ column[(x + 1) % 5].rotate_left(1);
                moved[y + 5 * ((2 * x + 3 * y) % 5)] =
                    (state[x + 5 * y] ^ theta).rotate_left(ROTATIONS[x + 5 * y]);
            }
        }
        *state = from_fn(|i| {
            let (x, row) = (i % 5, i / 5 * 5);
            moved[i] ^ !moved[row + (x + 1) % 5] & moved[row + (x + 2) % 5]
        });
        state[0] ^= constant;
    }
}

/// See the module.
#[derive(LogicBlock)]
pub struct Keccak {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Forgets everything and begins a message.
    pub start: Signal<In, Bit>,
    /// With `start`: the message is empty.
    pub start_empty: Signal<In, Bit>,
    /// A chunk of the message.
    pub absorb_valid: Signal<In, Bit>,
    /// The chunk is taken.
    pub absorb_ready: Signal<Out, Bit>,
    /// Its bytes in address order, byte 0 in `[7:0]`.
    pub absorb_data: Signal<In, Word<256>>,
    /// It is the last chunk.
    pub absorb_last: Signal<In, Bit>,
    /// Bytes of the last chunk, 1 to 32, or to 8 in the fifth of a block.
    pub absorb_bytes: Signal<In, Bits<6>>,
    /// `digest` is valid in the next cycle.
    pub ending: Signal<Out, Bit>,
    /// `digest` is valid.
    pub done: Signal<Out, Bit>,
    /// The hash in address order, byte 0 in `[7:0]`.
    pub digest: Signal<Out, Word<256>>,
    lane: [DFF<Word<64>>; 25],
    /// One bit for each chunk of a block: where the next one goes.
    chunk: DFF<Bits<5>>,
    round: DFF<Bits<5>>,
    permuting: DFF<Bit>,
    /// A block of nothing but padding is due.
    pad_block: DFF<Bit>,
    /// The block in the state is the last.
    last_block: DFF<Bit>,
    finished: DFF<Bit>,
    column: [Signal<Local, Word<64>>; 5],
    theta: [Signal<Local, Word<64>>; 5],
    mixed: [Signal<Local, Word<64>>; 25],
    moved: [Signal<Local, Word<64>>; 25],
    chi: [Signal<Local, Word<64>>; 25],
    iota: Signal<Local, Word<64>>,
    /// What is added to the state.
    input: [Signal<Local, Word<64>>; 25],
    marker: Signal<Local, Word<256>>,
    marker_at: Signal<Local, Bits<9>>,
    chunk_data: Signal<Local, Word<256>>,
    fills_chunk: Signal<Local, Bit>,
    fills_block: Signal<Local, Bit>,
    take: Signal<Local, Bit>,
    pad: Signal<Local, Bit>,
    block_complete: Signal<Local, Bit>,
    left: [Constant<Bits<7>>; 25],
    right: [Constant<Bits<7>>; 25],
    constant: [Constant<Word<64>>; 24],
    one: Constant<Word<256>>,
    final_bit: Constant<Word<64>>,
}

impl Default for Keccak {
    fn default() -> Self {
        Self {
            clock: Signal::default(),
            start: Signal::default(),
            start_empty: Signal::default(),
            absorb_valid: Signal::default(),
            absorb_ready: Signal::default(),
            absorb_data: Signal::default(),
            absorb_last: Signal::default(),
            absorb_bytes: Signal::default(),
            ending: Signal::default(),
            done: Signal::default(),
            digest: Signal::default(),
            lane: from_fn(|_| DFF::default()),
            chunk: DFF::default(),
            round: DFF::default(),
            permuting: DFF::default(),
            pad_block: DFF::default(),
            last_block: DFF::default(),
            finished: DFF::default(),
            column: from_fn(|_| Signal::default()),
            theta: from_fn(|_| Signal::default()),
            mixed: from_fn(|_| Signal::default()),
            moved: from_fn(|_| Signal::default()),
            chi: from_fn(|_| Signal::default()),
            iota: Signal::default(),
            input: from_fn(|_| Signal::default()),
            marker: Signal::default(),
            marker_at: Signal::default(),
            chunk_data: Signal::default(),
            fills_chunk: Signal::default(),
            fills_block: Signal::default(),
            take: Signal::default(),
            pad: Signal::default(),
            block_complete: Signal::default(),
            left: from_fn(|i| Constant::new(u64::from(ROTATIONS[i]).into())),
            right: from_fn(|i| Constant::new(u64::from(64 - ROTATIONS[i]).into())),
            constant: from_fn(|i| Constant::new(ROUND_CONSTANTS[i].into())),
            one: Constant::new(1u64.into()),
            final_bit: Constant::new((1u64 << 63).into()),
        }
    }
}

impl Logic for Keccak {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module keccak");
        dff_setup!(
            self, clock, chunk, round, permuting, pad_block, last_block, finished
        );
        // One round of the permutation.
        for x in 0..5 {
            self.column[x].next = self.lane[x].q.val()
                ^ self.lane[x + 5].q.val()
                ^ self.lane[x + 10].q.val()
                ^ self.lane[x + 15].q.val()
                ^ self.lane[x + 20].q.val();
        }
        for x in 0..5 {
            self.theta[x].next = self.column[(x + 4) % 5].val()
                ^ ((self.column[(x + 1) % 5].val() << 1) | (self.column[(x + 1) % 5].val() >> 63));
        }
        for i in 0..25 {
            self.mixed[i].next = self.lane[i].q.val() ^ self.theta[i % 5].val();
        }
        for y in 0..5 {
            for x in 0..5 {
                self.moved[y + 5 * ((2 * x + 3 * y) % 5)].next = (self.mixed[x + 5 * y].val()
                    << self.left[x + 5 * y].val())
                    | (self.mixed[x + 5 * y].val() >> self.right[x + 5 * y].val());
            }
        }
        for y in 0..5 {
            for x in 0..5 {
                self.chi[x + 5 * y].next = self.moved[x + 5 * y].val()
                    ^ ((!self.moved[(x + 1) % 5 + 5 * y].val())
                        & self.moved[(x + 2) % 5 + 5 * y].val());
            }
        }
        self.iota.next = self.constant[0].val();
        for i in 1..24 {
            if self.round.q.val().index() == i {
                self.iota.next = self.constant[i].val();
            }
        }
        // What is added to the state: a chunk, its padding, or a block of padding.
        self.absorb_ready.next = (!self.permuting.q.val()) & (!self.pad_block.q.val());
        self.take.next =
            self.absorb_valid.val() & (!self.permuting.q.val()) & (!self.pad_block.q.val());
        self.marker_at.next = bit_cast::<9, 6>(self.absorb_bytes.val()) << 3;
        self.marker.next = self.one.val() << self.marker_at.val();
        self.chunk_data.next = self.absorb_data.val();
        if self.absorb_last.val() {
            self.chunk_data.next = self.absorb_data.val() | self.marker.val();
        }
        self.fills_chunk.next = self.absorb_last.val() & self.absorb_bytes.val().get_bit(5);
        self.fills_block.next = self.absorb_last.val()
            & self.chunk.q.val().get_bit(4)
            & self.absorb_bytes.val().get_bit(3);
        self.pad.next = false;
        for i in 0..25 {
            self.input[i].next = 0.into();
        }
        if self.take.val() {
            for c in 0..4 {
                if self.chunk.q.val().get_bit(c) {
                    for i in 0..4 {
                        self.input[4 * c + i].next = self.chunk_data.val().get_bits::<64>(64 * i);
                    }
                    if self.fills_chunk.val() {
                        self.input[4 * c + 4].next = 1.into();
                    }
                }
            }
            if self.chunk.q.val().get_bit(4) {
                self.input[16].next = self.chunk_data.val().get_bits::<64>(0);
            }
            self.pad.next = self.absorb_last.val() & (!self.fills_block.val());
        }
        if self.pad_block.q.val() & (!self.permuting.q.val()) {
            self.input[0].next = 1.into();
            self.pad.next = true;
        }
        if self.pad.val() {
            self.input[16].next = self.input[16].val() | self.final_bit.val();
        }
        // The state.
        for i in 0..25 {
            self.lane[i].clock.next = self.clock.val();
            self.lane[i].d.next = self.lane[i].q.val() ^ self.input[i].val();
        }
        self.ending.next = false;
        self.block_complete.next = self.pad.val()
            | (self.take.val() & (self.absorb_last.val() | self.chunk.q.val().get_bit(4)));
        if self.take.val() {
            self.chunk.d.next = self.chunk.q.val() << 1;
            self.pad_block.d.next = self.fills_block.val();
        }
        if self.pad.val() {
            self.last_block.d.next = true;
            self.pad_block.d.next = false;
        }
        if self.block_complete.val() {
            self.chunk.d.next = 1.into();
            self.permuting.d.next = true;
            self.round.d.next = 0.into();
        }
        if self.permuting.q.val() {
            for i in 0..25 {
                self.lane[i].d.next = self.chi[i].val();
            }
            self.lane[0].d.next = self.chi[0].val() ^ self.iota.val();
            self.round.d.next = self.round.q.val() + 1;
            if self.round.q.val() == 23 {
                self.permuting.d.next = false;
                self.ending.next = self.last_block.q.val();
                self.finished.d.next = self.last_block.q.val();
            }
        }
        if self.start.val() {
            for i in 0..25 {
                self.lane[i].d.next = 0.into();
            }
            self.chunk.d.next = 1.into();
            self.permuting.d.next = false;
            self.pad_block.d.next = self.start_empty.val();
            self.last_block.d.next = false;
            self.finished.d.next = false;
        }
        self.done.next = self.finished.q.val();
        self.digest.next = bit_cast_word::<256, 64>(self.lane[0].q.val())
            | (bit_cast_word::<256, 64>(self.lane[1].q.val()) << 64)
            | (bit_cast_word::<256, 64>(self.lane[2].q.val()) << 128)
            | (bit_cast_word::<256, 64>(self.lane[3].q.val()) << 192);
    }
}

#[cfg(test)]
mod tests;
