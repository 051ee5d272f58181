//! The running frame of each of four harts, and the frames that wait for it.
//!
//! Spec: `docs/src/machine.md`, "Frames". The running frame lies in LUT RAM (depth, base of the
//! memory, calldata, whether it is a creation); size and gas of its memory and the progress of the
//! record are in [`super::hart_file`], its ranges in [`super::range`]. `push` saves what is running
//! and begins a frame: its memory starts at the row after the caller's, its calldata is the in-range.
//! `pop` goes back. `saved_*` are what the caller had; they hold from the second cycle after `hart`
//! changed or a frame began. From `start_valid` on a hart has depth 0 and base 0. Places are bytes
//! of the banks; the base counts rows of 64 bytes from the hart's first.

use super::frame_ram::{FrameRam, WIDTH};
use gasworks_abi::config::Config;
use gasworks_verilog::comment;
use gasworks_verilog::leaf::LutRam;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;

const _: () = assert!(WIDTH == 243);

/// See the module.
#[derive(LogicBlock)]
pub struct FrameStore {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// A transaction begins.
    pub start_valid: Signal<In, Bit>,
    /// On this hart.
    pub start_hart: Signal<In, Word<2>>,
    /// Hart that is served.
    pub hart: Signal<In, Word<2>>,
    /// A frame begins.
    pub push: Signal<In, Bit>,
    /// It is a creation.
    pub creates: Signal<In, Bit>,
    /// The running frame ended.
    pub pop: Signal<In, Bit>,
    /// Words of the running frame's memory.
    pub words: Signal<In, Word<28>>,
    /// Its gas.
    pub memory_cost: Signal<In, Word<48>>,
    /// Beats of the record.
    pub beats: Signal<In, Word<27>>,
    /// Beats of logs.
    pub log_beats: Signal<In, Word<27>>,
    /// Logs.
    pub log_count: Signal<In, Word<16>>,
    /// In-range of the running frame.
    pub in_place: Signal<In, Word<26>>,
    /// Its bytes.
    pub in_length: Signal<In, Word<25>>,
    /// Out-range of the running frame.
    pub out_place: Signal<In, Word<26>>,
    /// Its bytes.
    pub out_length: Signal<In, Word<25>>,
    /// The running frame has a caller.
    pub is_nested: Signal<Out, Bit>,
    /// It is a creation.
    pub is_creation: Signal<Out, Bit>,
    /// First row of its memory.
    pub base: Signal<Out, Word<20>>,
    /// Its calldata, if it has a caller: the in-range of that.
    pub calldata_place: Signal<Out, Word<26>>,
    /// Bytes of that range, also for a creation.
    pub calldata_length: Signal<Out, Word<25>>,
    /// Words of the caller's memory.
    pub saved_words: Signal<Out, Word<28>>,
    /// Gas of it.
    pub saved_cost: Signal<Out, Word<48>>,
    /// Beats of the record when the frame began.
    pub saved_beats: Signal<Out, Word<27>>,
    /// Beats of logs when it began.
    pub saved_log_beats: Signal<Out, Word<27>>,
    /// Logs when it began.
    pub saved_log_count: Signal<Out, Word<16>>,
    /// Out-range of the caller.
    pub saved_out_place: Signal<Out, Word<26>>,
    /// Its bytes.
    pub saved_out_length: Signal<Out, Word<25>>,
    running: LutRam<Word<82>, 2>,
    /// One bit for each hart: it is in its first frame and that never called.
    fresh: DFF<Word<4>>,
    one: Signal<Local, Word<4>>,
    start_bit: Signal<Local, Word<4>>,
    hart_bit: Signal<Local, Word<4>>,
    kept: Signal<Local, Word<4>>,
    now: Signal<Local, Word<82>>,
    next: Signal<Local, Word<82>>,
    mark: Signal<Local, Word<82>>,
    depth: Signal<Local, Word<10>>,
    below: Signal<Local, Word<10>>,
    above: Signal<Local, Word<10>>,
    rows: Signal<Local, Word<28>>,
    next_base: Signal<Local, Word<20>>,
    saved: Signal<Local, Word<WIDTH>>,
    hart_part: Signal<Local, Word<12>>,
    frames: FrameRam,
    frames_log2: Constant<Word<4>>,
    depth_mask: Constant<Word<10>>,
    base_mask: Constant<Word<20>>,
}

impl FrameStore {
    /// For the frames of a configuration.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let (log2, hart_bits) = (config.frames_log2, config.harts.next_power_of_two().ilog2());
        // A word of the frame RAM has 20 bits for the words of a memory, and 30 for its gas.
        assert!(config.memory_words_log2 <= 19, "memory of a hart");
        // A base is at most the rows of the memory.
        let base_mask = (1u64 << config.memory_words_log2) - 1;
        Self {
            clock: Signal::default(),
            start_valid: Signal::default(),
            start_hart: Signal::default(),
            hart: Signal::default(),
            push: Signal::default(),
            creates: Signal::default(),
            pop: Signal::default(),
            words: Signal::default(),
            memory_cost: Signal::default(),
            beats: Signal::default(),
            log_beats: Signal::default(),
            log_count: Signal::default(),
            in_place: Signal::default(),
            in_length: Signal::default(),
            out_place: Signal::default(),
            out_length: Signal::default(),
            is_nested: Signal::default(),
            is_creation: Signal::default(),
            base: Signal::default(),
            calldata_place: Signal::default(),
            calldata_length: Signal::default(),
            saved_words: Signal::default(),
            saved_cost: Signal::default(),
            saved_beats: Signal::default(),
            saved_log_beats: Signal::default(),
            saved_log_count: Signal::default(),
            saved_out_place: Signal::default(),
            saved_out_length: Signal::default(),
            running: LutRam::default(),
            fresh: DFF::default(),
            one: Signal::default(),
            start_bit: Signal::default(),
            hart_bit: Signal::default(),
            kept: Signal::default(),
            now: Signal::default(),
            next: Signal::default(),
            mark: Signal::default(),
            depth: Signal::default(),
            below: Signal::default(),
            above: Signal::default(),
            rows: Signal::default(),
            next_base: Signal::default(),
            saved: Signal::default(),
            hart_part: Signal::default(),
            frames: FrameRam::new((log2 > 0).then_some(log2 + hart_bits)),
            frames_log2: Constant::new(u64::from(log2).into()),
            depth_mask: Constant::new(u64::from(config.frames() - 1).into()),
            base_mask: Constant::new(base_mask.into()),
        }
    }
}

impl Logic for FrameStore {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_frame_store");
        dff_setup!(self, clock, fresh);
        clock!(self, clock, running, frames);
        self.one.next = 1.into();
        self.start_bit.next = self.one.val() << self.start_hart.val();
        self.hart_bit.next = self.one.val() << self.hart.val();
        self.kept.next = self.fresh.q.val();
        if self.push.val() | self.pop.val() {
            self.kept.next = self.fresh.q.val() & (!self.hart_bit.val());
        }
        self.fresh.d.next = self.kept.val();
        if self.start_valid.val() {
            self.fresh.d.next = self.kept.val() | self.start_bit.val();
        }
        // The running frame.
        self.running.read_address.next = self.hart.val().into();
        self.now.next = self.running.read_data.val();
        if (self.fresh.q.val() & self.hart_bit.val()).any() {
            self.now.next = 0.into();
        }
        self.depth.next = self.now.val().get_bits::<10>(0);
        self.is_nested.next = self.depth.val().any();
        self.is_creation.next = self.now.val().get_bit(10);
        self.base.next = self.now.val().get_bits::<20>(11);
        self.calldata_place.next = self.now.val().get_bits::<26>(31);
        self.calldata_length.next = self.now.val().get_bits::<25>(57);
        // A new one, or the caller again.
        self.above.next = (self.depth.val() + 1) & self.depth_mask.val();
        self.below.next = (self.depth.val() - 1) & self.depth_mask.val();
        self.rows.next = (self.words.val() + 1) >> 1;
        self.next_base.next = (self.now.val().get_bits::<20>(11)
            + self.rows.val().get_bits::<20>(0))
            & self.base_mask.val();
        self.mark.next = 0.into();
        if self.creates.val() {
            self.mark.next = 0x400.into();
        }
        self.next.next = bit_cast_word::<82, 10>(self.above.val())
            | self.mark.val()
            | (bit_cast_word::<82, 20>(self.next_base.val()) << 11)
            | (bit_cast_word::<82, 26>(self.in_place.val()) << 31)
            | (bit_cast_word::<82, 25>(self.in_length.val()) << 57);
        if self.pop.val() {
            self.next.next = bit_cast_word::<82, 10>(self.below.val())
                | (bit_cast_word::<82, 72>(self.saved.val().get_bits::<72>(0)) << 10);
        }
        self.running.write_enable.next = self.push.val() | self.pop.val();
        self.running.write_address.next = self.hart.val().into();
        self.running.write_data.next = self.next.val();
        // Those that wait.
        self.hart_part.next = bit_cast_word::<12, 2>(self.hart.val()) << self.frames_log2.val();
        self.frames.write_enable.next = self.push.val();
        self.frames.write_address.next =
            self.hart_part.val() | bit_cast_word::<12, 10>(self.depth.val());
        self.frames.write_data.next = bit_cast_word::<WIDTH, 72>(self.now.val().get_bits::<72>(10))
            | (bit_cast_word::<WIDTH, 20>(self.words.val().get_bits::<20>(0)) << 72)
            | (bit_cast_word::<WIDTH, 30>(self.memory_cost.val().get_bits::<30>(0)) << 92)
            | (bit_cast_word::<WIDTH, 27>(self.beats.val()) << 122)
            | (bit_cast_word::<WIDTH, 27>(self.log_beats.val()) << 149)
            | (bit_cast_word::<WIDTH, 16>(self.log_count.val()) << 176)
            | (bit_cast_word::<WIDTH, 26>(self.out_place.val()) << 192)
            | (bit_cast_word::<WIDTH, 25>(self.out_length.val()) << 218);
        self.frames.read_address.next =
            self.hart_part.val() | bit_cast_word::<12, 10>(self.below.val());
        self.saved.next = self.frames.read_data.val();
        self.saved_words.next =
            bit_cast_word::<28, 20>(self.frames.read_data.val().get_bits::<20>(72));
        self.saved_cost.next =
            bit_cast_word::<48, 30>(self.frames.read_data.val().get_bits::<30>(92));
        self.saved_beats.next = self.frames.read_data.val().get_bits::<27>(122);
        self.saved_log_beats.next = self.frames.read_data.val().get_bits::<27>(149);
        self.saved_log_count.next = self.frames.read_data.val().get_bits::<16>(176);
        self.saved_out_place.next = self.frames.read_data.val().get_bits::<26>(192);
        self.saved_out_length.next = self.frames.read_data.val().get_bits::<25>(218);
    }
}
