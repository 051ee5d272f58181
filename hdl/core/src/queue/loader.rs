//! Brings the jobs to the lanes: clears a hart, fills its stores, starts it; or fills the code and
//! constant stores of all lanes.
//!
//! A hart is picked among the free ones so that work spreads: lowest hart number first, and among
//! equals the lowest lane. Beats go to the load port of the lane (of all lanes for a load) one per
//! cycle; a lane that is not ready holds the others back. Jobs are done strictly in order, so a
//! load takes effect before later submissions start.
//!
//! A bad job, a load, and an execution whose data came with a bus error end here with a completion.
//!
//! States: `Idle` until a job comes; `Pick` until a hart is free; `Clear` until the lane took the
//! clear; `First`, `Second`, `Third` until the beats of a part are given (context words or lines;
//! seeds; calldata or constants); `Start` until the lane took the start; `Complete` until the
//! completion is taken.

use gasworks_abi::config::Config;
use gasworks_abi::escalation::{Escalation, Status};
use gasworks_abi::ring::SubmissionKind;
use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_from_bits, bit_cast_to_bits};
use rust_hdl::prelude::*;
use std::array::from_fn;

/// States of [`Loader`].
#[derive(LogicState, Copy, Clone, Debug, PartialEq)]
pub enum LoaderState {
    /// Waits for a job.
    Idle,
    /// Waits for a free hart.
    Pick,
    /// Clears it.
    Clear,
    /// Environment words, or code lines.
    First,
    /// Seeds.
    Second,
    /// Calldata, or constants.
    Third,
    /// Starts the hart.
    Start,
    /// Posts a completion.
    Complete,
}

/// See the module.
#[derive(LogicBlock)]
pub struct Loader<const L: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// Not idle.
    pub busy: Signal<Out, Bit>,
    /// A job comes.
    pub job_valid: Signal<In, Bit>,
    /// Taken.
    pub job_ready: Signal<Out, Bit>,
    /// The submission.
    pub job: Signal<In, Word<512>>,
    /// It is bad.
    pub job_bad: Signal<In, Bit>,
    /// A beat comes.
    pub beat_valid: Signal<In, Bit>,
    /// Taken.
    pub beat_ready: Signal<Out, Bit>,
    /// With a bus error.
    pub beat_error: Signal<In, Bit>,
    /// A bad submission was met; one cycle.
    pub bad_submission: Signal<Out, Bit>,
    /// A completion goes.
    pub entry_valid: Signal<Out, Bit>,
    /// Taken.
    pub entry_ready: Signal<In, Bit>,
    /// The completion, without phase.
    pub entry: Signal<Out, Word<512>>,
    /// Idle harts of each lane.
    pub idle_harts: [Signal<In, Bits<4>>; L],
    /// To the lanes.
    pub clear_valid: [Signal<Out, Bit>; L],
    /// From the lanes.
    pub clear_ready: [Signal<In, Bit>; L],
    /// To the lanes.
    pub load_valid: [Signal<Out, Bit>; L],
    /// From the lanes.
    pub load_ready: [Signal<In, Bit>; L],
    /// To the lanes.
    pub load_target: Signal<Out, Bits<3>>,
    /// To the lanes: line, pair, beat or seed.
    pub load_address: Signal<Out, Bits<32>>,
    /// To the lanes.
    pub start_valid: [Signal<Out, Bit>; L],
    /// From the lanes.
    pub start_ready: [Signal<In, Bit>; L],
    /// Hart that is cleared, loaded, started.
    pub hart: Signal<Out, Bits<2>>,
    /// Of the submission.
    pub start_gas: Signal<Out, Bits<64>>,
    /// Of the submission.
    pub start_fork: Signal<Out, Bits<8>>,
    /// Of the submission.
    pub start_program: Signal<Out, Bits<32>>,
    /// Of the submission.
    pub start_result_iova: Signal<Out, Bits<64>>,
    /// Of the submission.
    pub start_result_len: Signal<Out, Bits<32>>,
    /// Of the submission.
    pub start_calldata_len: Signal<Out, Bits<32>>,
    /// Of the submission.
    pub start_tag: Signal<Out, Bits<32>>,
    /// Of the submission.
    pub start_incarnation: Signal<Out, Bits<16>>,
    load: Constant<Bits<8>>,
    escalated: Constant<Bits<8>>,
    bus_error: Constant<Bits<8>>,
    exist: Constant<Bits<4>>,
    state: DFF<LoaderState>,
    held: DFF<Word<512>>,
    bad: DFF<Bit>,
    failed: DFF<Bit>,
    is_load: DFF<Bit>,
    lane: DFF<Bits<4>>,
    pick_hart: DFF<Bits<2>>,
    given: DFF<Bits<L>>,
    target: DFF<Bits<3>>,
    address: DFF<Bits<32>>,
    left: DFF<Bits<32>>,
    second_beats: DFF<Bits<32>>,
    third_beats: DFF<Bits<32>>,
    kind: Signal<Local, Bits<8>>,
    free: Signal<Local, Bits<4>>,
    found: Signal<Local, Bit>,
    loading: Signal<Local, Bit>,
    advance: Signal<Local, Bit>,
    accept: Signal<Local, Bit>,
    gives: Signal<Local, Bits<L>>,
    status: Signal<Local, Bits<8>>,
    reason: Signal<Local, Bits<8>>,
    line_count: Signal<Local, Bits<32>>,
    seed_beats: Signal<Local, Bits<32>>,
    calldata_len: Signal<Local, Bits<32>>,
}

impl<const L: usize> Loader<L> {
    /// For a card of that size.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            clock: Signal::default(),
            reset: Signal::default(),
            busy: Signal::default(),
            job_valid: Signal::default(),
            job_ready: Signal::default(),
            job: Signal::default(),
            job_bad: Signal::default(),
            beat_valid: Signal::default(),
            beat_ready: Signal::default(),
            beat_error: Signal::default(),
            bad_submission: Signal::default(),
            entry_valid: Signal::default(),
            entry_ready: Signal::default(),
            entry: Signal::default(),
            idle_harts: from_fn(|_| Signal::default()),
            clear_valid: from_fn(|_| Signal::default()),
            clear_ready: from_fn(|_| Signal::default()),
            load_valid: from_fn(|_| Signal::default()),
            load_ready: from_fn(|_| Signal::default()),
            load_target: Signal::default(),
            load_address: Signal::default(),
            start_valid: from_fn(|_| Signal::default()),
            start_ready: from_fn(|_| Signal::default()),
            hart: Signal::default(),
            start_gas: Signal::default(),
            start_fork: Signal::default(),
            start_program: Signal::default(),
            start_result_iova: Signal::default(),
            start_result_len: Signal::default(),
            start_calldata_len: Signal::default(),
            start_tag: Signal::default(),
            start_incarnation: Signal::default(),
            load: Constant::new((SubmissionKind::Load as u64).into()),
            escalated: Constant::new((Status::Escalated as u64).into()),
            bus_error: Constant::new((Escalation::BusError as u64).into()),
            exist: Constant::new(((1_u64 << config.harts) - 1).into()),
            state: DFF::default(),
            held: DFF::default(),
            bad: DFF::default(),
            failed: DFF::default(),
            is_load: DFF::default(),
            lane: DFF::default(),
            pick_hart: DFF::default(),
            given: DFF::default(),
            target: DFF::default(),
            address: DFF::default(),
            left: DFF::default(),
            second_beats: DFF::default(),
            third_beats: DFF::default(),
            kind: Signal::default(),
            free: Signal::default(),
            found: Signal::default(),
            loading: Signal::default(),
            advance: Signal::default(),
            accept: Signal::default(),
            gives: Signal::default(),
            status: Signal::default(),
            reason: Signal::default(),
            line_count: Signal::default(),
            seed_beats: Signal::default(),
            calldata_len: Signal::default(),
        }
    }
}

impl<const L: usize> Logic for Loader<L> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module loader");
        dff_setup!(
            self, clock, state, held, bad, failed, is_load, lane, pick_hart, given
        );
        dff_setup!(
            self,
            clock,
            target,
            address,
            left,
            second_beats,
            third_beats
        );
        self.kind.next = bit_cast_to_bits::<8, 8>(self.held.q.val().get_bits::<8>(48));
        self.line_count.next = bit_cast_to_bits::<32, 32>(self.held.q.val().get_bits::<32>(224));
        self.calldata_len.next = bit_cast_to_bits::<32, 32>(self.held.q.val().get_bits::<32>(320));
        self.seed_beats.next =
            bit_cast_to_bits::<32, 16>(self.held.q.val().get_bits::<16>(416)) << 1;

        self.busy.next = true;
        self.job_ready.next = false;
        self.bad_submission.next = false;
        self.entry_valid.next = false;
        self.hart.next = self.pick_hart.q.val();
        self.load_target.next = self.target.q.val();
        self.load_address.next = self.address.q.val();
        self.start_tag.next = bit_cast_to_bits::<32, 32>(self.held.q.val().get_bits::<32>(0));
        self.start_incarnation.next =
            bit_cast_to_bits::<16, 16>(self.held.q.val().get_bits::<16>(32));
        self.start_fork.next = bit_cast_to_bits::<8, 8>(self.held.q.val().get_bits::<8>(56));
        self.start_gas.next = bit_cast_to_bits::<64, 64>(self.held.q.val().get_bits::<64>(64));
        self.start_result_iova.next =
            bit_cast_to_bits::<64, 64>(self.held.q.val().get_bits::<64>(256));
        self.start_calldata_len.next = self.calldata_len.val();
        self.start_result_len.next =
            bit_cast_to_bits::<32, 32>(self.held.q.val().get_bits::<32>(352));
        self.start_program.next = bit_cast_to_bits::<32, 32>(self.held.q.val().get_bits::<32>(384));
        // The completion of what ends here.
        self.status.next = 0.into();
        self.reason.next = 0.into();
        if self.bad.q.val() | self.failed.q.val() {
            self.status.next = self.escalated.val();
            self.reason.next = self.bus_error.val();
        }
        self.entry.next = bit_cast_from_bits::<512, 32>(self.start_tag.val())
            | (bit_cast_from_bits::<512, 16>(self.start_incarnation.val()) << 32)
            | (bit_cast_from_bits::<512, 8>(self.status.val()) << 48)
            | (bit_cast_from_bits::<512, 8>(self.reason.val()) << 56)
            | (bit_cast_from_bits::<512, 8>(self.kind.val()) << 304);
        // The beat at the load port: every lane that it is for takes it once.
        self.loading.next = (self.state.q.val() == LoaderState::First)
            | (self.state.q.val() == LoaderState::Second)
            | (self.state.q.val() == LoaderState::Third);
        self.loading.next = self.loading.val() & (self.left.q.val() != 0) & self.beat_valid.val();
        self.accept.next = true;
        self.gives.next = self.given.q.val();
        for i in 0..L {
            self.load_valid[i].next = false;
            if self.loading.val()
                & (self.is_load.q.val() | (self.lane.q.val() == i.to_bits::<4>()))
                & !self.given.q.val().get_bit(i)
            {
                self.load_valid[i].next = true;
                if self.load_ready[i].val() {
                    self.gives.next = self.gives.val().replace_bit(i, true);
                } else {
                    self.accept.next = false;
                }
            }
        }
        self.advance.next = self.loading.val() & self.accept.val();
        self.given.d.next = self.gives.val();
        if self.advance.val() {
            self.given.d.next = 0.into();
            self.left.d.next = self.left.q.val() - 1;
            self.failed.d.next = self.failed.q.val() | self.beat_error.val();
            // Seeds are two beats each, targets 4 and 5, with one number.
            if self.target.q.val() == 4 {
                self.target.d.next = 5.into();
            } else {
                self.address.d.next = self.address.q.val() + 1;
                if self.target.q.val() == 5 {
                    self.target.d.next = 4.into();
                }
            }
        }
        self.beat_ready.next = self.advance.val();
        // A free hart.
        self.found.next = false;
        self.free.next = 0.into();
        if self.state.q.val() == LoaderState::Pick {
            for h in 0..4 {
                for i in 0..L {
                    self.free.next = self.idle_harts[i].val() & self.exist.val();
                    if self.free.val().get_bit(h) & !self.found.val() {
                        self.found.next = true;
                        self.lane.d.next = i.to_bits::<4>();
                        self.pick_hart.d.next = h.to_bits::<2>();
                    }
                }
            }
        }
        for i in 0..L {
            self.clear_valid[i].next = (self.state.q.val() == LoaderState::Clear)
                & (self.lane.q.val() == i.to_bits::<4>());
            self.start_valid[i].next = (self.state.q.val() == LoaderState::Start)
                & (self.lane.q.val() == i.to_bits::<4>());
        }
        match self.state.q.val() {
            LoaderState::Idle => {
                self.busy.next = false;
                self.job_ready.next = true;
                self.held.d.next = self.job.val();
                self.bad.d.next = self.job_bad.val();
                self.failed.d.next = false;
                self.is_load.d.next =
                    bit_cast_to_bits::<8, 8>(self.job.val().get_bits::<8>(48)) == self.load.val();
                self.target.d.next = 2.into();
                self.address.d.next = 0.into();
                self.left.d.next = 16.into();
                if self.job_valid.val() {
                    self.state.d.next = LoaderState::Pick;
                }
            }
            LoaderState::Pick => {
                self.second_beats.d.next = self.seed_beats.val();
                self.third_beats.d.next = (self.calldata_len.val() + 63) >> 6;
                if self.bad.q.val() {
                    self.bad_submission.next = true;
                    self.state.d.next = LoaderState::Complete;
                } else if self.is_load.q.val() {
                    self.target.d.next = 0.into();
                    self.address.d.next =
                        bit_cast_to_bits::<32, 32>(self.held.q.val().get_bits::<32>(192));
                    self.left.d.next = self.line_count.val();
                    self.second_beats.d.next = 0.into();
                    self.third_beats.d.next =
                        bit_cast_to_bits::<32, 31>(self.held.q.val().get_bits::<31>(289));
                    self.state.d.next = LoaderState::First;
                } else if self.found.val() {
                    self.state.d.next = LoaderState::Clear;
                }
            }
            LoaderState::Clear => {
                for i in 0..L {
                    if (self.lane.q.val() == i.to_bits::<4>()) & self.clear_ready[i].val() {
                        self.state.d.next = LoaderState::First;
                    }
                }
            }
            LoaderState::First => {
                if self.left.q.val() == 0 {
                    self.target.d.next = 4.into();
                    self.address.d.next = 0.into();
                    self.left.d.next = self.second_beats.q.val();
                    self.state.d.next = LoaderState::Second;
                }
            }
            LoaderState::Second => {
                if self.left.q.val() == 0 {
                    self.target.d.next = 3.into();
                    self.address.d.next = 0.into();
                    if self.is_load.q.val() {
                        self.target.d.next = 1.into();
                        self.address.d.next =
                            bit_cast_to_bits::<32, 31>(self.held.q.val().get_bits::<31>(257));
                    }
                    self.left.d.next = self.third_beats.q.val();
                    self.state.d.next = LoaderState::Third;
                }
            }
            LoaderState::Third => {
                if self.left.q.val() == 0 {
                    self.state.d.next = LoaderState::Start;
                    if self.is_load.q.val() | self.failed.q.val() {
                        self.state.d.next = LoaderState::Complete;
                    }
                }
            }
            LoaderState::Start => {
                for i in 0..L {
                    if (self.lane.q.val() == i.to_bits::<4>()) & self.start_ready[i].val() {
                        self.state.d.next = LoaderState::Idle;
                    }
                }
            }
            LoaderState::Complete => {
                self.entry_valid.next = true;
                if self.entry_ready.val() {
                    self.state.d.next = LoaderState::Idle;
                }
            }
            _ => {
                self.state.d.next = LoaderState::Idle;
            }
        }
        if self.reset.val() {
            self.state.d.next = LoaderState::Idle;
            self.given.d.next = 0.into();
        }
    }
}
