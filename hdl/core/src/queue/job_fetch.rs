//! Looks at submissions, asks for what they need, and hands them to the loader.
//!
//! A submission is bad when its kind is unknown, a pointer is not a multiple of 64, or it asks for
//! more than the card has (fork, calldata, seeds, code lines, constants). A bad submission is
//! handed on with `job_bad` and nothing is read for it.
//!
//! Segments of an execution: context block with seeds, then calldata; of a load: lines, then
//! constants; empty ones are left out. They are asked for while the loader still works on the
//! submission before.
//!
//! States: `Idle` until an entry is there and `enable` is high; `Check` one cycle; `First` until
//! the first segment is taken; `Second` until both the loader took the job and the second segment
//! is taken.

use gasworks_abi::config::Config;
use gasworks_abi::regs;
use gasworks_abi::ring::SubmissionKind;
use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_to_bits};
use rust_hdl::prelude::*;

/// States of [`JobFetch`].
#[derive(LogicState, Copy, Clone, Debug, PartialEq)]
pub enum JobFetchState {
    /// Waits for an entry.
    Idle,
    /// Judges it.
    Check,
    /// Offers the first segment.
    First,
    /// Offers the second segment and the job.
    Second,
}

/// See the module.
#[derive(LogicBlock)]
pub struct JobFetch {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// Take new entries.
    pub enable: Signal<In, Bit>,
    /// Not idle.
    pub busy: Signal<Out, Bit>,
    /// An entry is there.
    pub entry_valid: Signal<In, Bit>,
    /// Taken.
    pub entry_ready: Signal<Out, Bit>,
    /// The entry.
    pub entry: Signal<In, Word<512>>,
    /// A segment for the stream.
    pub segment_valid: Signal<Out, Bit>,
    /// Taken.
    pub segment_ready: Signal<In, Bit>,
    /// First byte.
    pub segment_address: Signal<Out, Bits<64>>,
    /// Beats.
    pub segment_beats: Signal<Out, Bits<32>>,
    /// A job for the loader.
    pub job_valid: Signal<Out, Bit>,
    /// Taken.
    pub job_ready: Signal<In, Bit>,
    /// The submission.
    pub job: Signal<Out, Word<512>>,
    /// It is bad.
    pub job_bad: Signal<Out, Bit>,
    execute: Constant<Bits<8>>,
    load: Constant<Bits<8>>,
    forks: Constant<Bits<32>>,
    calldata_bytes: Constant<Bits<32>>,
    seeds: Constant<Bits<16>>,
    code_lines: Constant<Bits<33>>,
    constants: Constant<Bits<33>>,
    state: DFF<JobFetchState>,
    held: DFF<Word<512>>,
    bad: DFF<Bit>,
    first_beats: DFF<Bits<32>>,
    second_address: DFF<Bits<64>>,
    second_beats: DFF<Bits<32>>,
    job_given: DFF<Bit>,
    second_given: DFF<Bit>,
    kind: Signal<Local, Bits<8>>,
    fork: Signal<Local, Bits<8>>,
    fork_known: Signal<Local, Bits<32>>,
    calldata_len: Signal<Local, Bits<32>>,
    calldata_beats: Signal<Local, Bits<32>>,
    result_len: Signal<Local, Bits<32>>,
    program: Signal<Local, Bits<32>>,
    seed_count: Signal<Local, Bits<16>>,
    line: Signal<Local, Bits<33>>,
    line_count: Signal<Local, Bits<33>>,
    last_line: Signal<Local, Bits<33>>,
    constant: Signal<Local, Bits<33>>,
    constant_count: Signal<Local, Bits<33>>,
    last_constant: Signal<Local, Bits<33>>,
    first_address: Signal<Local, Bits<64>>,
    misaligned: Signal<Local, Bit>,
    job_done: Signal<Local, Bit>,
    second_done: Signal<Local, Bit>,
}

impl JobFetch {
    /// For a card of that size.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            clock: Signal::default(),
            reset: Signal::default(),
            enable: Signal::default(),
            busy: Signal::default(),
            entry_valid: Signal::default(),
            entry_ready: Signal::default(),
            entry: Signal::default(),
            segment_valid: Signal::default(),
            segment_ready: Signal::default(),
            segment_address: Signal::default(),
            segment_beats: Signal::default(),
            job_valid: Signal::default(),
            job_ready: Signal::default(),
            job: Signal::default(),
            job_bad: Signal::default(),
            execute: Constant::new((SubmissionKind::Execute as u64).into()),
            load: Constant::new((SubmissionKind::Load as u64).into()),
            forks: Constant::new(u64::from(regs::Forks::INFO.reset).into()),
            calldata_bytes: Constant::new(u64::from(config.calldata_bytes()).into()),
            seeds: Constant::new(u64::from(config.state_entries()).into()),
            code_lines: Constant::new((1_u64 << config.code_lines_log2).into()),
            constants: Constant::new(u64::from(config.constants()).into()),
            state: DFF::default(),
            held: DFF::default(),
            bad: DFF::default(),
            first_beats: DFF::default(),
            second_address: DFF::default(),
            second_beats: DFF::default(),
            job_given: DFF::default(),
            second_given: DFF::default(),
            kind: Signal::default(),
            fork: Signal::default(),
            fork_known: Signal::default(),
            calldata_len: Signal::default(),
            calldata_beats: Signal::default(),
            result_len: Signal::default(),
            program: Signal::default(),
            seed_count: Signal::default(),
            line: Signal::default(),
            line_count: Signal::default(),
            last_line: Signal::default(),
            constant: Signal::default(),
            constant_count: Signal::default(),
            last_constant: Signal::default(),
            first_address: Signal::default(),
            misaligned: Signal::default(),
            job_done: Signal::default(),
            second_done: Signal::default(),
        }
    }
}

impl Logic for JobFetch {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module job_fetch");
        dff_setup!(
            self,
            clock,
            state,
            held,
            bad,
            first_beats,
            second_address,
            second_beats
        );
        dff_setup!(self, clock, job_given, second_given);
        // Fields of both kinds.
        self.kind.next = bit_cast_to_bits::<8, 8>(self.held.q.val().get_bits::<8>(48));
        self.fork.next = bit_cast_to_bits::<8, 8>(self.held.q.val().get_bits::<8>(56));
        self.fork_known.next = self.forks.val() >> self.fork.val();
        self.calldata_len.next = bit_cast_to_bits::<32, 32>(self.held.q.val().get_bits::<32>(320));
        self.calldata_beats.next = (self.calldata_len.val() + 63) >> 6;
        self.result_len.next = bit_cast_to_bits::<32, 32>(self.held.q.val().get_bits::<32>(352));
        self.program.next = bit_cast_to_bits::<32, 32>(self.held.q.val().get_bits::<32>(384));
        self.seed_count.next = bit_cast_to_bits::<16, 16>(self.held.q.val().get_bits::<16>(416));
        self.line.next = bit_cast_to_bits::<33, 32>(self.held.q.val().get_bits::<32>(192));
        self.line_count.next = bit_cast_to_bits::<33, 32>(self.held.q.val().get_bits::<32>(224));
        self.last_line.next = self.line.val() + self.line_count.val();
        self.constant.next = bit_cast_to_bits::<33, 32>(self.held.q.val().get_bits::<32>(256));
        self.constant_count.next =
            bit_cast_to_bits::<33, 32>(self.held.q.val().get_bits::<32>(288));
        self.last_constant.next = self.constant.val() + self.constant_count.val();
        self.first_address.next = bit_cast_to_bits::<64, 64>(self.held.q.val().get_bits::<64>(128));
        if self.kind.val() == self.load.val() {
            self.first_address.next =
                bit_cast_to_bits::<64, 64>(self.held.q.val().get_bits::<64>(64));
        }
        self.misaligned.next = false;

        self.busy.next = true;
        self.entry_ready.next = false;
        self.segment_valid.next = false;
        self.segment_address.next = self.first_address.val();
        self.segment_beats.next = self.first_beats.q.val();
        self.job.next = self.held.q.val();
        self.job_bad.next = self.bad.q.val();
        self.job_valid.next = false;
        self.job_done.next = self.job_given.q.val() | self.job_ready.val();
        self.second_done.next =
            self.second_given.q.val() | self.segment_ready.val() | (self.second_beats.q.val() == 0);
        match self.state.q.val() {
            JobFetchState::Idle => {
                self.busy.next = false;
                self.entry_ready.next = self.enable.val();
                self.held.d.next = self.entry.val();
                self.job_given.d.next = false;
                self.second_given.d.next = false;
                if self.enable.val() & self.entry_valid.val() {
                    self.state.d.next = JobFetchState::Check;
                }
            }
            JobFetchState::Check => {
                self.state.d.next = JobFetchState::First;
                self.bad.d.next = true;
                self.first_beats.d.next = 0.into();
                self.second_beats.d.next = 0.into();
                if self.kind.val() == self.execute.val() {
                    self.misaligned.next = self.held.q.val().get_bits::<6>(128).any()
                        | self.held.q.val().get_bits::<6>(192).any()
                        | self.held.q.val().get_bits::<6>(256).any()
                        | self.result_len.val().get_bits::<6>(0).any();
                    self.second_address.d.next =
                        bit_cast_to_bits::<64, 64>(self.held.q.val().get_bits::<64>(192));
                    if !self.misaligned.val()
                        & !self.fork.val().get_bits::<3>(5).any()
                        & self.fork_known.val().get_bit(0)
                        & (self.calldata_len.val() <= self.calldata_bytes.val())
                        & (self.seed_count.val() <= self.seeds.val())
                        & (bit_cast::<33, 32>(self.program.val()) < self.code_lines.val())
                    {
                        self.bad.d.next = false;
                        self.first_beats.d.next =
                            bits::<32>(16) + (bit_cast::<32, 16>(self.seed_count.val()) << 1);
                        self.second_beats.d.next = self.calldata_beats.val();
                    }
                }
                if self.kind.val() == self.load.val() {
                    self.misaligned.next = self.held.q.val().get_bits::<6>(64).any()
                        | self.held.q.val().get_bits::<6>(128).any()
                        | self.constant.val().get_bit(0)
                        | self.constant_count.val().get_bit(0);
                    self.second_address.d.next =
                        bit_cast_to_bits::<64, 64>(self.held.q.val().get_bits::<64>(128));
                    if !self.misaligned.val()
                        & (self.last_line.val() <= self.code_lines.val())
                        & (self.last_constant.val() <= self.constants.val())
                    {
                        self.bad.d.next = false;
                        self.first_beats.d.next = self.line_count.val().get_bits::<32>(0);
                        self.second_beats.d.next = self.constant_count.val().get_bits::<32>(1);
                    }
                }
            }
            JobFetchState::First => {
                self.segment_valid.next = self.first_beats.q.val() != 0;
                if self.segment_ready.val() | (self.first_beats.q.val() == 0) {
                    self.state.d.next = JobFetchState::Second;
                }
            }
            JobFetchState::Second => {
                self.segment_address.next = self.second_address.q.val();
                self.segment_beats.next = self.second_beats.q.val();
                self.segment_valid.next =
                    !self.second_given.q.val() & (self.second_beats.q.val() != 0);
                self.job_valid.next = !self.job_given.q.val();
                self.job_given.d.next = self.job_done.val();
                self.second_given.d.next = self.second_done.val();
                if self.job_done.val() & self.second_done.val() {
                    self.state.d.next = JobFetchState::Idle;
                }
            }
            _ => {
                self.state.d.next = JobFetchState::Idle;
            }
        }
        if self.reset.val() {
            self.state.d.next = JobFetchState::Idle;
        }
    }
}
