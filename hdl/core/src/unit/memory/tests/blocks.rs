//! The blocks of the unit, each against its model, and all of them in Verilator.

use super::streams::{EmitterBench, ReaderBench};
use crate::unit::memory::align::{KeepBytes, ReadAlign, ReverseBytes, WriteAlign};
use crate::unit::memory::code_fetch::CodeFetch;
use crate::unit::memory::emitter::Emitter;
use crate::unit::memory::hart_file::HartFile;
use crate::unit::memory::model::memory_cost;
use crate::unit::memory::pair_ram::PairRam;
use crate::unit::memory::reader::Reader;
use crate::unit::memory::span::Span;
use crate::unit::memory::tally::Tally;
use crate::unit::memory::writer::Writer;
use crate::unit::memory::zeroer::Zeroer;
use gasworks_abi::config::Config;
use gasworks_abi::micro_op::Op;
use gasworks_verilog::harness::{Batch, Stimulus};
use gasworks_verilog::word::Word;

/// Sets the clock of a block.
macro_rules! clock {
    () => {
        Some(|block, level| block.clock.next = level.into())
    };
}

/// Gives random values to inputs.
macro_rules! random {
    ($block:ident, $s:ident, $($port:ident),+) => { $( $block.$port.next = $s.word(); )+ };
}
macro_rules! random_bits {
    ($block:ident, $s:ident, $($port:ident),+) => { $( $block.$port.next = $s.bit(); )+ };
}

fn check_read_align(block: &mut ReadAlign, s: &mut Stimulus) {
    let ring = [
        block.even.val().to_le_bytes(),
        block.odd.val().to_le_bytes(),
    ]
    .concat();
    let position = block.position.val().index();
    let expected: Vec<u8> = (0..32).map(|i| ring[(position + i) % 64]).collect();
    assert_eq!(
        block.data.val().to_le_bytes()[..32],
        expected[..],
        "position {position}"
    );
    random!(block, s, even, odd, position);
}

fn check_write_align(block: &mut WriteAlign, s: &mut Stimulus) {
    let (data, row) = (
        block.data.val().to_le_bytes(),
        block.row.val().to_le_bytes(),
    );
    let (bytes, position) = (block.bytes.val().index(), block.position.val().index());
    let mut enables = [false; 64];
    for i in 0..bytes {
        enables[(position + i) % 64] = true;
        assert_eq!(row[(position + i) % 32], data[i], "byte {i} at {position}");
    }
    let wide = u64::from(block.even_enable.val().low() as u32) | block.odd_enable.val().low() << 32;
    let got: Vec<bool> = (0..64).map(|i| wide >> i & 1 == 1).collect();
    assert_eq!(got, enables, "{bytes} bytes at {position}");
    random!(block, s, data, position);
    block.bytes.next = s.below(33).into();
}

fn check_keep(block: &mut KeepBytes, s: &mut Stimulus) {
    let mut expected = block.data.val().to_le_bytes();
    expected[block.bytes.val().index().min(32)..].fill(0);
    assert_eq!(block.kept.val().to_le_bytes(), expected);
    random!(block, s, data);
    block.bytes.next = s.below(33).into();
}

fn check_reverse(block: &mut ReverseBytes, s: &mut Stimulus) {
    let mut expected = block.data.val().to_le_bytes();
    expected[..32].reverse();
    assert_eq!(block.reversed.val().to_le_bytes(), expected);
    random!(block, s, data);
}

/// Memories of four harts and the read of the last cycle.
struct PairModel {
    words: Vec<[u8; 32]>,
    read: Option<(usize, usize)>,
}

impl PairModel {
    const WORDS: usize = 32;

    fn poke(&mut self, block: &mut PairRam, s: &mut Stimulus) {
        if let Some((hart, word)) = self.read {
            let at = |word: usize| &self.words[hart * Self::WORDS + word % Self::WORDS];
            let (first, second) = (at(word), at(word + 1));
            let (even, odd) = if word % 2 == 0 {
                (first, second)
            } else {
                (second, first)
            };
            assert_eq!(
                &block.even.val().to_le_bytes()[..32],
                even,
                "even row of word {word}"
            );
            assert_eq!(
                &block.odd.val().to_le_bytes()[..32],
                odd,
                "odd row of word {word}"
            );
        }
        let (hart, word) = (s.below(4), s.below(Self::WORDS as u64));
        block.read_hart.next = hart.into();
        block.read_word.next = word.into();
        self.read = Some((hart as usize, word as usize));
        // Writes go to another hart: the row that is read is not written in the same cycle.
        let (hart, word) = ((hart + 1) % 4, s.below(Self::WORDS as u64) as usize);
        let (even, odd): (Word<256>, Word<256>) = (s.word(), s.word());
        let (even_enable, odd_enable): (Word<32>, Word<32>) = (s.word(), s.word());
        block.write_hart.next = hart.into();
        block.write_word.next = (word as u64).into();
        (block.write_even.next, block.write_odd.next) = (even, odd);
        (block.even_enable.next, block.odd_enable.next) = (even_enable, odd_enable);
        for (bank, data, enable) in [(0, even, even_enable), (1, odd, odd_enable)] {
            let word = if word % 2 == bank {
                word
            } else {
                (word + 1) % Self::WORDS
            };
            for byte in (0..32).filter(|byte| enable.get_bit(*byte)) {
                self.words[hart as usize * Self::WORDS + word][byte] = data.to_le_bytes()[byte];
            }
        }
    }
}

/// What the span must answer.
#[derive(Debug)]
struct Verdict {
    is_word: bool,
    has_early: bool,
    grows: bool,
    fits: bool,
    pass: bool,
    escalate: bool,
    cost: u128,
}

/// One operation after the other, in frames that have some of the memory of [`Config::SIM`].
#[derive(Default)]
struct SpanBench {
    age: u64,
    expected: Option<Verdict>,
}

impl SpanBench {
    fn poke(&mut self, block: &mut Span, s: &mut Stimulus) {
        block.start.next = false;
        let Some(expected) = &self.expected else {
            return self.begin(block, s);
        };
        self.age += 1;
        if self.age == 1 {
            assert_eq!(block.grows.val(), expected.grows, "{expected:?}");
            if expected.is_word {
                assert_eq!(block.word_grows.val(), expected.grows, "{expected:?}");
                assert_eq!(block.word_fits.val(), expected.fits, "{expected:?}");
            }
        }
        if !block.done.val() {
            assert!(self.age < 20, "no verdict");
            return;
        }
        let cycles = match (expected.grows, expected.is_word) {
            (true, true) => [3, 6],
            (true, false) => [4, 7],
            (false, _) => [2, 2],
        };
        assert!(
            cycles.contains(&self.age),
            "verdict after {} cycles",
            self.age
        );
        assert_eq!(block.has_early.val(), expected.has_early, "{expected:?}");
        assert_eq!(block.pass.val(), expected.pass, "{expected:?}");
        if expected.pass {
            assert_eq!(u128::from(block.cost.val().low()), expected.cost);
        } else {
            assert_eq!(block.escalate.val(), expected.escalate, "{expected:?}");
        }
        self.expected = None;
    }

    fn begin(&mut self, block: &mut Span, s: &mut Stimulus) {
        const OPS: [Op; 10] = [
            Op::MLoad,
            Op::MStore8,
            Op::CalldataCopy,
            Op::MCopy,
            Op::Keccak256,
            Op::Log,
            Op::Return,
            Op::CodeCopy,
            Op::ReturnDataCopy,
            Op::InRange,
        ];
        let op = OPS[s.below(10) as usize];
        let rows = s.below(u64::from(Config::SIM.memory_bytes()) / 64 + 1);
        let memory_words = 2 * rows;
        let rate = s.below(32);
        let most = s.below(25);
        let returned = s.below(1 << most);
        let old = s.below(memory_words + 1);
        let mut place = || match s.below(8) {
            0 => s.draw() % (1 << 34),
            1 => (1 << 32) - s.below(66),
            2 => (memory_words * 32).saturating_sub(s.below(66)),
            3 => s.below(1 << 22),
            4 => 0,
            5 => 49_100 + s.below(66),
            _ => s.below(memory_words * 32 + 1),
        };
        let (a, b, c) = (place(), place(), place());
        let (mut end, length) = match op {
            Op::MLoad => (a + 32, 32),
            Op::MStore8 => (a + 1, 1),
            Op::CalldataCopy | Op::CodeCopy | Op::ReturnDataCopy => (a + c, c),
            Op::MCopy => (a.max(b) + c, c),
            _ => (a + b, b),
        };
        if length == 0 {
            end = 0;
        }
        let own = match op {
            Op::CalldataCopy | Op::CodeCopy | Op::ReturnDataCopy | Op::MCopy => {
                3 * length.div_ceil(32)
            }
            Op::InRange => (rate & 15) * length.div_ceil(32),
            Op::Keccak256 => 6 * length.div_ceil(32),
            Op::Log => 8 * length,
            _ => 0,
        };
        let words = end.div_ceil(32).max(old);
        let cost = u128::from(memory_cost(words) - memory_cost(old) + own);
        let gas = match s.below(6) {
            0 => cost as u64,
            1 => (cost as u64).wrapping_sub(1),
            2 => cost as u64 + 1,
            3 => (1 << 45) - s.below(2),
            4 => s.draw(),
            _ => s.below(1 << 40),
        };
        let over = end > 1 << 32;
        let affordable = u128::from(gas) >= cost;
        self.expected = Some(Verdict {
            is_word: matches!(op, Op::MLoad | Op::MStore8),
            has_early: match op {
                Op::ReturnDataCopy => b + c > returned,
                Op::InRange => rate & 16 != 0 && b > 49_152,
                _ => false,
            },
            grows: words > old,
            fits: end <= memory_words * 32,
            pass: affordable && end <= memory_words * 32,
            escalate: if over { gas >= 1 << 45 } else { affordable },
            cost,
        });
        self.age = 0;
        block.start.next = true;
        block.op.next = (op as u64 & 15).into();
        (block.a.next, block.b.next, block.c.next) = (a.into(), b.into(), c.into());
        block.gas.next = gas.into();
        block.rate.next = rate.into();
        block.return_length.next = returned.into();
        block.room.next = rows.into();
        block.last_room.next = rows.saturating_sub(1).into();
        block.old_words.next = old.into();
        block.has_words.next = old > 0;
        block.last_word.next = old.saturating_sub(1).into();
        block.old_cost.next = memory_cost(old).into();
    }
}

fn poke_fetch(block: &mut CodeFetch, s: &mut Stimulus) {
    random_bits!(block, s, read_ready, data_valid);
    block.starved.next = s.chance(900);
    block.data_error.next = s.chance(10);
    block.start.next = s.chance(20);
    random!(block, s, iova, code_len, position);
}

fn poke_harts(block: &mut HartFile, s: &mut Stimulus) {
    random_bits!(
        block,
        s,
        start_valid,
        program_valid,
        ext_valid,
        account_valid,
        update
    );
    random!(
        block,
        s,
        start_hart,
        start_result_iova,
        start_result_len,
        start_calldata_len
    );
    random!(
        block,
        s,
        program_hart,
        program_code_iova,
        program_code_len,
        ext_hart
    );
    random!(
        block,
        s,
        ext_code_iova,
        ext_code_len,
        account_hart,
        account_load,
        hart,
        new_words
    );
    random!(
        block,
        s,
        new_memory_cost,
        new_beats,
        new_output_len,
        new_log_beats,
        new_log_count
    );
    random!(block, s, finish_select);
}

fn poke_tally(block: &mut Tally, s: &mut Stimulus) {
    random_bits!(block, s, is_log, is_output, is_payload);
    random!(
        block,
        s,
        topics,
        length,
        result_iova,
        result_len,
        beats,
        output_len,
        log_beats
    );
    random!(block, s, log_count);
}

fn poke_writer(block: &mut Writer, s: &mut Stimulus) {
    random_bits!(
        block,
        s,
        store_valid,
        store_byte,
        backward,
        chunk_valid,
        zero_upper
    );
    block.copy_start.next = s.chance(200);
    block.zero_valid.next = s.chance(200);
    random!(
        block,
        s,
        value,
        address,
        copy_address,
        first_row,
        length,
        chunk_data,
        zero_row
    );
    block.chunk_bytes.next = s.below(33).into();
}

fn poke_zeroer(block: &mut Zeroer, s: &mut Stimulus) {
    block.start.next = s.chance(100);
    block.stop.next = s.chance(20);
    let old = s.below(40);
    block.old_words.next = old.into();
    block.new_words.next = (old + 1 + s.below(20)).into();
}

#[test]
fn blocks_agree_with_their_models_and_verilog() {
    let mut batch = Batch::new("memory_blocks");
    batch.add(
        "read_align",
        ReadAlign::default(),
        300,
        check_read_align,
        None,
    );
    batch.add(
        "write_align",
        WriteAlign::default(),
        300,
        check_write_align,
        None,
    );
    batch.add("keep_bytes", KeepBytes::default(), 200, check_keep, None);
    batch.add(
        "reverse_bytes",
        ReverseBytes::default(),
        50,
        check_reverse,
        None,
    );
    let mut pairs = PairModel {
        words: vec![[0; 32]; 4 * PairModel::WORDS],
        read: None,
    };
    batch.add(
        "pair_ram",
        PairRam::new(4, 5),
        1000,
        |block, s| pairs.poke(block, s),
        clock!(),
    );
    let mut spans = SpanBench::default();
    batch.add(
        "span",
        Span::default(),
        4000,
        |block, s| spans.poke(block, s),
        clock!(),
    );
    let mut reads = ReaderBench::default();
    batch.add(
        "reader",
        Reader::default(),
        3000,
        |block, s| reads.poke(block, s),
        clock!(),
    );
    let mut emits = EmitterBench::default();
    batch.add(
        "emitter",
        Emitter::default(),
        2000,
        |block, s| emits.poke(block, s),
        clock!(),
    );
    batch.add(
        "code_fetch",
        CodeFetch::default(),
        1000,
        poke_fetch,
        clock!(),
    );
    batch.add("hart_file", HartFile::default(), 500, poke_harts, clock!());
    batch.add("tally", Tally::default(), 500, poke_tally, clock!());
    batch.add("writer", Writer::default(), 500, poke_writer, clock!());
    batch.add("zeroer", Zeroer::default(), 500, poke_zeroer, clock!());
    println!("{} streams, {} logs and outputs", reads.streams, emits.runs);
    if !batch.run() {
        println!("skipped: Verilator on the blocks of the memory unit");
    }
}
