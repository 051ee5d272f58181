//! Where the bytes of an operation lie in the banks: its hart, its frame, or the return data.
//!
//! The banks hold first the memories of the harts, then their return data. A row is 64 bytes in both
//! banks, a place is a byte of the banks. `origin` is the place of the byte that a stream calls 0: of the
//! running frame's memory, of its calldata, of the in-range or of the return data. It is chosen when an
//! operation is taken (`take`) or a task has begun (`load`), and holds from the next cycle on, as do the
//! others but `return_row`, which is combinational. So what computes an address adds a register.

use gasworks_abi::config::Config;
use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock)]
pub struct Places {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// An operation is taken.
    pub take: Signal<In, Bit>,
    /// Low four bits of it.
    pub op: Signal<In, Word<4>>,
    /// A task begins that moves bytes.
    pub load: Signal<In, Bit>,
    /// It is a payload, of the in-range; else it moves return data.
    pub is_payload: Signal<In, Bit>,
    /// Hart of either.
    pub hart: Signal<In, Word<2>>,
    /// First row of its frame, counted from that of the hart.
    pub base: Signal<In, Word<20>>,
    /// Its frame has a caller, in whose memory its calldata is.
    pub is_nested: Signal<In, Bit>,
    /// That calldata.
    pub calldata_place: Signal<In, Word<26>>,
    /// Its in-range.
    pub in_place: Signal<In, Word<26>>,
    /// Place of byte 0.
    pub origin: Signal<Out, Word<26>>,
    /// Place of byte 32.
    pub origin_next: Signal<Out, Word<26>>,
    /// First row of the running frame's memory.
    pub row: Signal<Out, Word<20>>,
    /// First row of the hart's return data.
    pub return_row: Signal<Out, Word<20>>,
    /// Rows that the running frame can have.
    pub room: Signal<Out, Word<20>>,
    /// The last of them, if there is one.
    pub last_room: Signal<Out, Word<20>>,
    from: DFF<Word<26>>,
    from_next: DFF<Word<26>>,
    first: DFF<Word<20>>,
    rooms: DFF<Word<20>>,
    last: DFF<Word<20>>,
    hart_row: Signal<Local, Word<20>>,
    frame_row: Signal<Local, Word<20>>,
    frame_room: Signal<Local, Word<20>>,
    returned: Signal<Local, Word<20>>,
    chosen: Signal<Local, Word<26>>,
    rows_log2: Constant<Word<5>>,
    return_log2: Constant<Word<5>>,
    return_start: Constant<Word<20>>,
    rows: Constant<Word<20>>,
    mask: Constant<Word<26>>,
}

/// log2 of the rows of a hart's return data; none if nothing calls.
fn return_rows_log2(config: &Config) -> Option<u32> {
    (config.frames_log2 > 0).then_some(config.return_words_log2.saturating_sub(1))
}

/// Rows of the banks: memory and return data of all harts.
#[must_use]
pub fn bank_rows(config: &Config) -> u32 {
    let harts = config.harts.next_power_of_two();
    let returns = return_rows_log2(config).map_or(0, |log2| harts << log2);
    (harts << (config.memory_words_log2 - 1)) + returns
}

/// Ones in the bits of a place.
#[must_use]
pub fn place_mask(config: &Config) -> u64 {
    u64::from(64 * bank_rows(config).next_power_of_two()) - 1
}

impl Places {
    /// Of the sizes of a configuration.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let rows = 1u64 << (config.memory_words_log2 - 1);
        let harts = u64::from(config.harts.next_power_of_two());
        let return_log2 = u64::from(return_rows_log2(config).unwrap_or(0));
        Self {
            clock: Signal::default(),
            take: Signal::default(),
            op: Signal::default(),
            load: Signal::default(),
            is_payload: Signal::default(),
            hart: Signal::default(),
            base: Signal::default(),
            is_nested: Signal::default(),
            calldata_place: Signal::default(),
            in_place: Signal::default(),
            origin: Signal::default(),
            origin_next: Signal::default(),
            row: Signal::default(),
            return_row: Signal::default(),
            room: Signal::default(),
            last_room: Signal::default(),
            from: DFF::default(),
            from_next: DFF::default(),
            first: DFF::default(),
            rooms: DFF::default(),
            last: DFF::default(),
            hart_row: Signal::default(),
            frame_row: Signal::default(),
            frame_room: Signal::default(),
            returned: Signal::default(),
            chosen: Signal::default(),
            rows_log2: Constant::new(u64::from(config.memory_words_log2 - 1).into()),
            return_log2: Constant::new(return_log2.into()),
            return_start: Constant::new((harts * rows).into()),
            rows: Constant::new(rows.into()),
            mask: Constant::new(place_mask(config).into()),
        }
    }
}

impl Logic for Places {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_places");
        dff_setup!(self, clock, from, from_next, first, rooms, last);
        self.hart_row.next = bit_cast_word::<20, 2>(self.hart.val()) << self.rows_log2.val();
        self.frame_row.next = self.hart_row.val() | self.base.val();
        self.frame_room.next = self.rows.val() - self.base.val();
        self.returned.next = self.return_start.val()
            | (bit_cast_word::<20, 2>(self.hart.val()) << self.return_log2.val());
        self.chosen.next = bit_cast_word::<26, 20>(self.returned.val()) << 6;
        if self.take.val() {
            self.chosen.next = bit_cast_word::<26, 20>(self.frame_row.val()) << 6;
            if self.is_nested.val() & ((self.op.val() == 4) | (self.op.val() == 5)) {
                self.chosen.next = self.calldata_place.val();
            }
            if self.op.val() == 8 {
                self.chosen.next = bit_cast_word::<26, 20>(self.returned.val()) << 6;
            }
            self.first.d.next = self.frame_row.val();
            self.rooms.d.next = self.frame_room.val();
            self.last.d.next = self.frame_room.val() - 1;
        }
        if self.load.val() & self.is_payload.val() {
            self.chosen.next = self.in_place.val();
        }
        if self.take.val() | self.load.val() {
            self.from.d.next = self.chosen.val() & self.mask.val();
            self.from_next.d.next = (self.chosen.val() + 32) & self.mask.val();
        }
        self.origin.next = self.from.q.val();
        self.origin_next.next = self.from_next.q.val();
        self.row.next = self.first.q.val();
        self.return_row.next = self.returned.val();
        self.room.next = self.rooms.q.val();
        self.last_room.next = self.last.q.val();
    }
}
