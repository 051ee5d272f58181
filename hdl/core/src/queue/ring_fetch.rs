//! Reads the entries of a ring that the host fills: submissions and answers.
//!
//! `head` and `tail` count entries modulo 2^16; entry `n` lies at `base + 64 * (n mod size)`. While
//! `enable` is high and `tail` is ahead of `head`, a burst of at most 16 entries is read that
//! neither passes the end of the ring, nor 4 KiB, nor what the consumer has `room` for. `head`
//! moves with every entry that has come.
//!
//! States: `Idle` until there is an entry and room; `Count` one cycle; `Limit` one cycle; `Ask`
//! until the read master took the burst; `Receive` until its last beat.

use gasworks_verilog::comment;
use rust_hdl::prelude::*;

/// States of [`RingFetch`].
#[derive(LogicState, Copy, Clone, Debug, PartialEq)]
pub enum RingFetchState {
    /// Nothing to do.
    Idle,
    /// Counts entries up to the tail and up to the end of the ring.
    Count,
    /// Takes the least of all limits.
    Limit,
    /// Offers the burst.
    Ask,
    /// Beats come.
    Receive,
}

/// See the module.
#[derive(LogicBlock, Default)]
pub struct RingFetch {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset.
    pub reset: Signal<In, Bit>,
    /// Read new entries.
    pub enable: Signal<In, Bit>,
    /// Identifier of its bursts.
    pub id: Signal<In, Bits<6>>,
    /// Address of entry 0.
    pub base: Signal<In, Bits<64>>,
    /// log2 of the number of entries.
    pub size_log2: Signal<In, Bits<4>>,
    /// Entries ever written.
    pub tail: Signal<In, Bits<16>>,
    /// Entries ever fetched.
    pub head: Signal<Out, Bits<16>>,
    /// Entries that the consumer can take.
    pub room: Signal<In, Bits<7>>,
    /// Not idle.
    pub busy: Signal<Out, Bit>,
    /// An entry is on the data bus of the read master.
    pub entry_valid: Signal<Out, Bit>,
    /// To the read master.
    pub req_valid: Signal<Out, Bit>,
    /// To the read master.
    pub req_ready: Signal<In, Bit>,
    /// To the read master.
    pub req_address: Signal<Out, Bits<64>>,
    /// To the read master.
    pub req_beats: Signal<Out, Bits<7>>,
    /// From the read master.
    pub data_valid: Signal<In, Bit>,
    /// From the read master.
    pub data_id: Signal<In, Bits<6>>,
    /// From the read master.
    pub data_last: Signal<In, Bit>,
    state: DFF<RingFetchState>,
    count: DFF<Bits<16>>,
    waiting: DFF<Bits<16>>,
    to_end: DFF<Bits<16>>,
    address: DFF<Bits<64>>,
    beats: DFF<Bits<7>>,
    size: Signal<Local, Bits<16>>,
    index: Signal<Local, Bits<16>>,
    to_page: Signal<Local, Bits<7>>,
    least: Signal<Local, Bits<7>>,
    mine: Signal<Local, Bit>,
}

impl Logic for RingFetch {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module ring_fetch");
        dff_setup!(self, clock, state, count, waiting, to_end, address, beats);
        self.size.next = bits::<16>(1) << self.size_log2.val();
        self.index.next = self.count.q.val() & (self.size.val() - 1);
        self.to_page.next = bit_cast::<7, 6>(self.address.q.val().get_bits::<6>(6));
        self.to_page.next = bits::<7>(64) - self.to_page.val();
        self.least.next = bits::<7>(16);
        if self.to_page.val() < self.least.val() {
            self.least.next = self.to_page.val();
        }
        if self.room.val() < self.least.val() {
            self.least.next = self.room.val();
        }
        if self.waiting.q.val() < bit_cast::<16, 7>(self.least.val()) {
            self.least.next = self.waiting.q.val().get_bits::<7>(0);
        }
        if self.to_end.q.val() < bit_cast::<16, 7>(self.least.val()) {
            self.least.next = self.to_end.q.val().get_bits::<7>(0);
        }
        self.mine.next = self.data_valid.val() & (self.data_id.val() == self.id.val());
        self.entry_valid.next = self.mine.val();
        self.head.next = self.count.q.val();
        self.req_valid.next = false;
        self.req_address.next = self.address.q.val();
        self.req_beats.next = self.beats.q.val();
        self.busy.next = true;
        match self.state.q.val() {
            RingFetchState::Idle => {
                self.busy.next = false;
                if self.enable.val()
                    & (self.tail.val() != self.count.q.val())
                    & self.room.val().any()
                {
                    self.state.d.next = RingFetchState::Count;
                }
            }
            RingFetchState::Count => {
                self.waiting.d.next = self.tail.val() - self.count.q.val();
                self.to_end.d.next = self.size.val() - self.index.val();
                self.address.d.next = self.base.val() + (bit_cast::<64, 16>(self.index.val()) << 6);
                self.state.d.next = RingFetchState::Limit;
            }
            RingFetchState::Limit => {
                self.beats.d.next = self.least.val();
                self.state.d.next = RingFetchState::Ask;
            }
            RingFetchState::Ask => {
                self.req_valid.next = true;
                if self.req_ready.val() {
                    self.state.d.next = RingFetchState::Receive;
                }
            }
            RingFetchState::Receive => {
                if self.mine.val() {
                    self.count.d.next = self.count.q.val() + 1;
                    if self.data_last.val() {
                        self.state.d.next = RingFetchState::Idle;
                    }
                }
            }
            _ => {
                self.state.d.next = RingFetchState::Idle;
            }
        }
        if self.reset.val() {
            self.state.d.next = RingFetchState::Idle;
            self.count.d.next = 0.into();
        }
    }
}
