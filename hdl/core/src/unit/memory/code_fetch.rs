//! Brings code bytes from host memory into a window of 16 beats, in read commands of at most that.
//!
//! While the reader is `starved`, the window moves: it then begins at the beat of `position`, or so
//! that it ends with the code, and takes as much as is there, up to 16 beats. A position at or past
//! the length needs no read. `failed` stays from the first bad beat until `start`; the read it
//! belongs to is waited for. Beats past the last byte of code are not read.
//!
//! `start` forgets the window, unless the hart read it from the same address for a `codecopy`
//! (`keeps`), wants another one, and begins no earlier: the code of a program stays where it is as
//! long as the transaction runs. `forget` (a transaction starts), a read error and a reset end that.
//! `hart`, `keeps`, `iova` and `first` hold from two cycles before `start` on.
//!
//! States: `Idle` until `starved`, and as long as `failed`; `Ask` one cycle; `Request` until `read_ready`; `Receive` until the
//! last beat came. `start` comes only in `Idle`. Reset: to `Idle`; beats of a read under way are lost.

use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;

#[derive(LogicState, Copy, Clone, Debug, PartialEq)]
enum FetchState {
    Idle,
    Ask,
    Request,
    Receive,
}

/// See the module.
#[derive(LogicBlock, Default)]
pub struct CodeFetch {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Signal<In, Bit>,
    /// A new operation that reads code.
    pub start: Signal<In, Bit>,
    /// A transaction starts.
    pub forget: Signal<In, Bit>,
    /// Hart of the operation.
    pub hart: Signal<In, Word<2>>,
    /// The code is that of a program.
    pub keeps: Signal<In, Bit>,
    /// First byte that the operation reads.
    pub first: Signal<In, Word<34>>,
    /// Address of the code, 64-byte aligned.
    pub iova: Signal<In, Word<64>>,
    /// Bytes of code.
    pub code_len: Signal<In, Word<32>>,
    /// The reader needs bytes at `position`.
    pub starved: Signal<In, Bit>,
    /// First byte that it needs.
    pub position: Signal<In, Word<34>>,
    /// First byte past the window.
    pub window_end: Signal<Out, Word<34>>,
    /// No byte of code is past the window.
    pub window_covers: Signal<Out, Bit>,
    /// A read ended with an error.
    pub failed: Signal<Out, Bit>,
    /// A read command.
    pub read_valid: Signal<Out, Bit>,
    /// It is taken.
    pub read_ready: Signal<In, Bit>,
    /// First byte, 64-byte aligned.
    pub read_address: Signal<Out, Word<64>>,
    /// Beats, 1 to 16.
    pub read_beats: Signal<Out, Word<5>>,
    /// A beat came.
    pub data_valid: Signal<In, Bit>,
    /// It came with an error.
    pub data_error: Signal<In, Bit>,
    /// Write it to the window.
    pub write_valid: Signal<Out, Bit>,
    /// At this beat of the code, modulo 16.
    pub write_beat: Signal<Out, Word<4>>,
    state: DFF<FetchState>,
    end: DFF<Word<34>>,
    covers: DFF<Bit>,
    error: DFF<Bit>,
    base: DFF<Word<26>>,
    beats: DFF<Word<5>>,
    received: DFF<Word<5>>,
    address: DFF<Word<64>>,
    /// The window is that of a program, and valid from `base` on.
    kept: DFF<Bit>,
    /// Hart that read it.
    owner: DFF<Word<2>>,
    /// Where its code is.
    home: DFF<Word<64>>,
    is_near: DFF<Bit>,
    is_home: DFF<Bit>,
    repeats: Signal<Local, Bit>,
    length: Signal<Local, Word<34>>,
    /// Beats of the code, one more than 2^26 - 1 at most.
    code_beats: Signal<Local, Word<27>>,
    left: Signal<Local, Word<27>>,
    /// First beat of the last window that a code can have, if it has more than one.
    last_base: Signal<Local, Word<27>>,
    wanted: Signal<Local, Word<27>>,
    next: Signal<Local, Word<5>>,
    batch_end: Signal<Local, Word<27>>,
}

impl Logic for CodeFetch {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_code_fetch");
        dff_setup!(
            self, clock, state, end, covers, error, base, beats, received, address, kept, owner,
            home, is_near, is_home
        );
        self.length.next = bit_cast_word::<34, 32>(self.code_len.val());
        self.code_beats.next = bit_cast_word::<27, 26>(self.code_len.val().get_bits::<26>(6));
        if self.code_len.val().get_bits::<6>(0).any() {
            self.code_beats.next =
                bit_cast_word::<27, 26>(self.code_len.val().get_bits::<26>(6)) + 1;
        }
        self.left.next = self.code_beats.val() - bit_cast_word::<27, 26>(self.base.q.val());
        self.next.next = self.received.q.val() + 1;
        self.batch_end.next =
            bit_cast_word::<27, 26>(self.base.q.val()) + bit_cast_word::<27, 5>(self.beats.q.val());
        self.last_base.next = self.code_beats.val() - 16;
        self.wanted.next = bit_cast_word::<27, 26>(self.position.val().get_bits::<26>(6));
        // Whether the window is of use, decided in the cycles before `start`.
        self.is_home.d.next =
            (self.iova.val() == self.home.q.val()) & (self.hart.val() == self.owner.q.val());
        self.is_near.d.next =
            self.first.val().get_bits::<28>(6) >= bit_cast_word::<28, 26>(self.base.q.val());
        self.repeats.next =
            self.kept.q.val() & self.keeps.val() & self.is_home.q.val() & self.is_near.q.val();
        self.read_valid.next = false;
        self.write_valid.next = false;
        match self.state.q.val() {
            FetchState::Idle => {
                if self.starved.val() & (!self.error.q.val()) {
                    self.base.d.next = self.position.val().get_bits::<26>(6);
                    if (self.code_beats.val() > 16) & (self.wanted.val() > self.last_base.val()) {
                        self.base.d.next = self.last_base.val().get_bits::<26>(0);
                    }
                    self.kept.d.next = false;
                    self.state.d.next = FetchState::Ask;
                    if self.position.val() >= self.length.val() {
                        self.covers.d.next = true;
                        self.state.d.next = FetchState::Idle;
                    }
                }
            }
            FetchState::Ask => {
                self.address.d.next =
                    self.iova.val() + (bit_cast_word::<64, 26>(self.base.q.val()) << 6);
                self.beats.d.next = 16.into();
                if self.left.val() < 16 {
                    self.beats.d.next = self.left.val().get_bits::<5>(0);
                }
                self.received.d.next = 0.into();
                self.home.d.next = self.iova.val();
                self.owner.d.next = self.hart.val();
                self.state.d.next = FetchState::Request;
            }
            FetchState::Request => {
                self.read_valid.next = true;
                if self.read_ready.val() {
                    self.state.d.next = FetchState::Receive;
                }
            }
            FetchState::Receive => {
                if self.data_valid.val() {
                    self.write_valid.next = true;
                    self.received.d.next = self.next.val();
                    self.error.d.next = self.error.q.val() | self.data_error.val();
                    if self.next.val() == self.beats.q.val() {
                        self.end.d.next = bit_cast_word::<34, 27>(self.batch_end.val()) << 6;
                        self.covers.d.next = self.batch_end.val() >= self.code_beats.val();
                        self.kept.d.next =
                            self.keeps.val() & (!self.error.q.val()) & (!self.data_error.val());
                        self.state.d.next = FetchState::Idle;
                    }
                }
            }
        }
        if self.start.val() {
            self.error.d.next = false;
            if !self.repeats.val() {
                self.end.d.next = 0.into();
                self.covers.d.next = false;
                self.kept.d.next = false;
            }
        }
        if self.forget.val() {
            self.kept.d.next = false;
        }
        if self.reset.val() {
            self.state.d.next = FetchState::Idle;
            self.error.d.next = false;
            self.kept.d.next = false;
        }
        self.write_beat.next =
            self.base.q.val().get_bits::<4>(0) + self.received.q.val().get_bits::<4>(0);
        self.read_address.next = self.address.q.val();
        self.read_beats.next = self.beats.q.val();
        self.window_end.next = self.end.q.val();
        self.window_covers.next = self.covers.q.val();
        self.failed.next = self.error.q.val() & (self.state.q.val() == FetchState::Idle);
    }
}
