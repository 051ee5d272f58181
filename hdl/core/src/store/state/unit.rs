//! The state unit: ports, registers and the walk through the table.

use gasworks_abi::config::Config;
use gasworks_abi::escalation::Escalation;
use gasworks_abi::fork::Fork;
use gasworks_abi::gas;
use gasworks_abi::micro_op::Op;
use gasworks_abi::record::StateEntry;
use gasworks_abi::ring::{Answer, RequestKind};
use gasworks_verilog::comment;
use gasworks_verilog::leaf::LutRam;
use gasworks_verilog::word::{Word, bit_cast_from_bits, bit_cast_to_bits, bit_cast_word, bits};
use rust_hdl::prelude::*;

use super::pieces::Pieces;
use super::price::StorePrice;
use super::ram::TableRam;
use super::size::TableSize;

// Numbers that the kernel holds as literals.
const _: () = assert!(Op::SLoad as u8 == 0x60 && Op::SStore as u8 == 0x61);
const _: () = assert!(Op::TLoad as u8 == 0x62 && Op::TStore as u8 == 0x63);
const _: () = assert!(Op::Balance as u8 == 0x64 && Op::ExtCodeSize as u8 == 0x65);
const _: () = assert!(Op::ExtCodeHash as u8 == 0x66 && Op::ExtCodeTouch as u8 == 0x67);
const _: () = assert!(Op::BlockHash as u8 == 0x68 && Op::BlobHash as u8 == 0x69);
const _: () = assert!(RequestKind::Storage as u8 == 0 && RequestKind::Balance as u8 == 1);
const _: () = assert!(RequestKind::CodeHash as u8 == 2 && RequestKind::Code as u8 == 3);
const _: () = assert!(RequestKind::BlockHash as u8 == 4 && RequestKind::BlobHash as u8 == 5);
const _: () = assert!(Answer::WARM == 1 && Answer::FAILED == 2 && StateEntry::WARM == 1);
const _: () = assert!(Fork::Berlin as u8 == 7);
const _: () = assert!(gas::SSTORE_STIPEND == 2300);
const _: () = assert!(gas::COLD_SLOAD_EXTRA == 2000 && gas::COLD_ACCOUNT_EXTRA == 2500);
const _: () = assert!(Escalation::StateTableLimit as u8 == 0x12);
const _: () = assert!(Escalation::RequestFailed as u8 == 0x20);

/// State of the unit. Without a condition a state lasts one cycle.
#[derive(LogicState, Copy, Clone, Debug, PartialEq)]
pub enum TableState {
    /// Until there is something to do.
    Idle,
    /// An answer is there; operations that need no table end here.
    Resume,
    /// The key is folded to a slot, which is read.
    Fold,
    /// The entry that it names is read.
    Entry,
    /// The same entry is read again.
    Fetch,
    /// Key and values are compared, in pieces.
    Compare,
    /// Hit, next slot, or miss.
    Decide,
    /// `sstore`: gas is checked; the entry and the refund are written.
    Charge,
    /// A new entry is written.
    Insert,
    /// Until the host interface takes the request.
    Request,
    /// Until the response is taken.
    Respond,
    /// The touched bits of a hart become zero: 8 cycles.
    Clear,
    /// The touched bits are read: 8 cycles.
    Touched,
    /// Until the touched beat is taken.
    WriteTouched,
    /// An entry is read for the record.
    Walk,
    /// Whether it was written.
    Check,
    /// Until its first beat is taken.
    WriteFirst,
    /// Until its second beat is taken.
    WriteSecond,
    /// The commit is done.
    Committed,
}

/// State table of a lane; see [`super`].
#[derive(LogicBlock, Default)]
pub struct StateUnit {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Signal<In, Bit>,

    /// A request is offered.
    pub req_valid: Signal<In, Bit>,
    /// The unit takes a request.
    pub req_ready: Signal<Out, Bit>,
    /// Hart that asks.
    pub req_hart: Signal<In, Bits<2>>,
    /// Operation, `0x60` to `0x69`.
    pub req_op: Signal<In, Bits<8>>,
    /// Operand A: slot, account or number.
    pub req_a: Signal<In, Word<256>>,
    /// Operand B: value to store.
    pub req_b: Signal<In, Word<256>>,
    /// Gas left.
    pub req_gas: Signal<In, Word<64>>,
    /// A response is offered.
    pub rsp_valid: Signal<Out, Bit>,
    /// The response is taken.
    pub rsp_ready: Signal<In, Bit>,
    /// Hart that asked.
    pub rsp_hart: Signal<Out, Bits<2>>,
    /// 0 done; 1 halt; 2 escalate.
    pub rsp_status: Signal<Out, Bits<2>>,
    /// `Halt` or `Escalation`.
    pub rsp_code: Signal<Out, Bits<8>>,
    /// Result.
    pub rsp_value: Signal<Out, Word<256>>,
    /// Gas charged.
    pub rsp_cost: Signal<Out, Word<64>>,

    /// A hart's transaction begins; one cycle.
    pub start_valid: Signal<In, Bit>,
    /// Which hart.
    pub start_hart: Signal<In, Bits<2>>,
    /// `Fork` of its block.
    pub start_fork: Signal<In, Bits<8>>,
    /// Tag of the transaction.
    pub start_tag: Signal<In, Bits<32>>,

    /// A beat for the lane's stores; environment pair 0 (the account) and seeds are taken here.
    pub load_valid: Signal<In, Bit>,
    /// Low for seeds when the unit is busy; high for everything else.
    pub load_ready: Signal<Out, Bit>,
    /// 2 environment, 4 and 5 first and second beat of a seed; others are ignored.
    pub load_target: Signal<In, Bits<3>>,
    /// Hart.
    pub load_hart: Signal<In, Bits<2>>,
    /// Environment pair or index of the seed.
    pub load_address: Signal<In, Bits<32>>,
    /// The beat.
    pub load_data: Signal<In, Word<512>>,

    /// Empties the table of a hart, before its seeds.
    pub clear_valid: Signal<In, Bit>,
    /// Taken in this cycle.
    pub clear_ready: Signal<Out, Bit>,
    /// Which hart.
    pub clear_hart: Signal<In, Bits<2>>,

    /// A request to the host.
    pub request_valid: Signal<Out, Bit>,
    /// Taken in this cycle.
    pub request_ready: Signal<In, Bit>,
    /// Hart that waits for the answer.
    pub request_hart: Signal<Out, Bits<2>>,
    /// `RequestKind`.
    pub request_kind: Signal<Out, Bits<8>>,
    /// Slot, account or number.
    pub request_key: Signal<Out, Word<256>>,
    /// Account whose storage is meant: that of the hart.
    pub request_address: Signal<Out, Word<160>>,
    /// Tag of the transaction.
    pub request_tag: Signal<Out, Bits<32>>,
    /// Counts up per hart.
    pub request_sequence: Signal<Out, Bits<8>>,

    /// An answer; always taken. Dropped when the hart does not wait for one.
    pub answer_valid: Signal<In, Bit>,
    /// Hart that asked.
    pub answer_hart: Signal<In, Bits<2>>,
    /// Value.
    pub answer_value: Signal<In, Word<256>>,
    /// Code: host address.
    pub answer_code_iova: Signal<In, Word<64>>,
    /// Code: bytes.
    pub answer_code_len: Signal<In, Bits<32>>,
    /// `Answer::WARM`, `Answer::FAILED`.
    pub answer_flags: Signal<In, Bits<8>>,
    /// One bit per hart: it waits for the host.
    pub host_waiting: Signal<Out, Bits<4>>,

    /// `exttouch` is done: the code that it found; one cycle.
    pub ext_valid: Signal<Out, Bit>,
    /// Which hart.
    pub ext_hart: Signal<Out, Bits<2>>,
    /// Host address of the code.
    pub ext_code_iova: Signal<Out, Word<64>>,
    /// Bytes of code.
    pub ext_code_len: Signal<Out, Bits<32>>,

    /// Writes the tail of the result record of a hart that succeeded.
    pub commit_valid: Signal<In, Bit>,
    /// Taken in this cycle.
    pub commit_ready: Signal<Out, Bit>,
    /// Which hart.
    pub commit_hart: Signal<In, Bits<2>>,
    /// Host address of the next beat of its record.
    pub commit_cursor: Signal<In, Word<64>>,
    /// Host address of the end of its record.
    pub commit_limit: Signal<In, Word<64>>,
    /// One cycle: everything was handed to the write channel, or did not fit.
    pub committed_valid: Signal<Out, Bit>,
    /// Entries written; holds until the next commit.
    pub committed_write_count: Signal<Out, Bits<16>>,
    /// Refund counter, two's complement; holds until the next commit.
    pub committed_refund: Signal<Out, Word<64>>,
    /// The record is too short; holds until the next commit.
    pub committed_overflow: Signal<Out, Bit>,

    /// A beat of the record.
    pub write_valid: Signal<Out, Bit>,
    /// Taken in this cycle.
    pub write_ready: Signal<In, Bit>,
    /// Host address.
    pub write_address: Signal<Out, Word<64>>,
    /// The beat.
    pub write_data: Signal<Out, Word<512>>,

    state: DFF<TableState>,
    hart: DFF<Bits<2>>,
    /// The operation is the insertion of a seed.
    is_seed: DFF<Bit>,
    seed_index: DFF<Word<9>>,
    /// The answer of the host is there.
    is_answered: DFF<Bit>,
    slot: DFF<Word<10>>,
    index: DFF<Word<9>>,
    /// The slot names an entry below the count.
    is_counted: DFF<Bit>,
    gas_is_high: DFF<Bit>,
    gas_low: DFF<Word<16>>,
    // Comparisons in pieces of 16 bits: a bit is set where the pieces differ.
    key_differs: DFF<Word<16>>,
    new_present: DFF<Word<16>>,
    present_original: DFF<Word<16>>,
    new_original: DFF<Word<16>>,
    new_some: DFF<Word<16>>,
    present_some: DFF<Word<16>>,
    original_some: DFF<Word<16>>,
    is_backed: DFF<Bit>,
    cost: DFF<Word<16>>,
    clears: DFF<Word<16>>,
    restores: DFF<Word<16>>,
    status: DFF<Bits<2>>,
    code: DFF<Bits<8>>,
    value: DFF<Word<256>>,
    touches: DFF<Bit>,
    waiting: DFF<Word<4>>,
    answered: DFF<Word<4>>,
    // Commit.
    beat: DFF<Word<512>>,
    cursor: DFF<Word<64>>,
    room: DFF<Word<64>>,
    step: DFF<Word<10>>,
    write_count: DFF<Word<16>>,
    refund_out: DFF<Word<64>>,
    overflow: DFF<Bit>,

    // Per hart: gas, B, A of its request (or value and key of a seed).
    context: LutRam<Word<576>, 2>,
    operations: LutRam<Word<4>, 2>,
    // Flags, code length and address (or account of a seed), value.
    answers: LutRam<Word<424>, 2>,
    accounts: LutRam<Word<160>, 2>,
    // Whether the fork is Berlin, tag.
    starts: LutRam<Word<33>, 2>,
    counts: LutRam<Word<10>, 2>,
    refunds: LutRam<Word<64>, 2>,
    sequences: LutRam<Word<8>, 2>,
    // Touched bits of 64 seeds at a time.
    touched: LutRam<Word<64>, 5>,
    // Entry of a slot.
    slots: TableRam<Word<9>, 12>,
    // Address in all of these: hart in [1:0], index of the entry above.
    keys: TableRam<Word<256>, 11>,
    presents: TableRam<Word<256>, 11>,
    originals: TableRam<Word<256>, 11>,
    // Slot [9:0], kind [11:10], warm [12], written [13], seed [14], its index [23:15].
    metas: TableRam<Word<24>, 11>,

    size: TableSize,
    pieces: Pieces,
    price: StorePrice,

    operation: Signal<Local, Word<4>>,
    a: Signal<Local, Word<256>>,
    b: Signal<Local, Word<256>>,
    gas: Signal<Local, Word<64>>,
    kind: Signal<Local, Word<2>>,
    key: Signal<Local, Word<256>>,
    answer: Signal<Local, Word<256>>,
    answer_is_warm: Signal<Local, Bit>,
    answer_failed: Signal<Local, Bit>,
    count: Signal<Local, Word<10>>,
    is_full: Signal<Local, Bit>,
    folded: Signal<Local, Word<10>>,
    entry: Signal<Local, Word<9>>,
    entry_address: Signal<Local, Bits<11>>,
    meta: Signal<Local, Word<24>>,
    next_meta: Signal<Local, Word<24>>,
    is_hit: Signal<Local, Bit>,
    is_free: Signal<Local, Bit>,
    is_warm: Signal<Local, Bit>,
    refund_sum: Signal<Local, Word<64>>,
    touched_bit: Signal<Local, Word<64>>,
    is_affordable: Signal<Local, Bit>,
    out_of_gas: Signal<Local, Bit>,
    table_full: Signal<Local, Bit>,
    seed_beat: Signal<Local, Bit>,
    seed_ready: Signal<Local, Bit>,
    idle: Signal<Local, Bit>,
    any_answer: Signal<Local, Bit>,
    first_answer: Signal<Local, Bits<2>>,
    waiting_next: Signal<Local, Word<4>>,
    answered_next: Signal<Local, Word<4>>,
    touched_address: Signal<Local, Word<5>>,
    slot_address: Signal<Local, Word<12>>,
    first_slot: Signal<Local, Word<10>>,
    next_slot: Signal<Local, Word<10>>,
    /// Slot that is read, or written in `Insert`.
    probe: Signal<Local, Word<10>>,
    clears_wide: Signal<Local, Word<64>>,
    has_room: Signal<Local, Bit>,
    is_walking: Signal<Local, Bit>,
    is_account: Signal<Local, Bit>,
    is_storage: Signal<Local, Bit>,
    new_entry: Signal<Local, Bit>,
}

impl StateUnit {
    /// A unit with `state_entries` entries per hart, at most 512.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        assert!(config.state_log2 <= 9, "an entry has a number of 9 bits");
        let entries = config.state_log2 + 2;
        Self {
            size: TableSize::new(config.state_log2),
            slots: TableRam::new(entries + 1),
            keys: TableRam::new(entries),
            presents: TableRam::new(entries),
            originals: TableRam::new(entries),
            metas: TableRam::new(entries),
            ..Self::default()
        }
    }
}

impl Logic for StateUnit {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module state_unit");
        dff_setup!(
            self,
            clock,
            state,
            hart,
            is_seed,
            seed_index,
            is_answered,
            slot,
            index,
            is_counted,
            gas_is_high,
            gas_low,
            key_differs,
            new_present,
            present_original,
            new_original,
            new_some,
            present_some,
            original_some,
            is_backed,
            cost,
            clears,
            restores,
            status,
            code,
            value,
            touches,
            waiting,
            answered,
            beat,
            cursor,
            room,
            step,
            write_count,
            refund_out,
            overflow
        );
        clock!(
            self, clock, context, operations, answers, accounts, starts, counts, refunds,
            sequences, touched, slots, keys, presents, originals, metas
        );

        // What is known of the hart that is served.
        self.context.read_address.next = self.hart.q.val();
        self.operations.read_address.next = self.hart.q.val();
        self.answers.read_address.next = self.hart.q.val();
        self.accounts.read_address.next = self.hart.q.val();
        self.starts.read_address.next = self.hart.q.val();
        self.counts.read_address.next = self.hart.q.val();
        self.refunds.read_address.next = self.hart.q.val();
        self.sequences.read_address.next = self.hart.q.val();
        self.a.next = self.context.read_data.val().get_bits::<256>(0);
        self.b.next = self.context.read_data.val().get_bits::<256>(256);
        self.gas.next = self.context.read_data.val().get_bits::<64>(512);
        self.operation.next = self.operations.read_data.val();
        self.answer.next = self.answers.read_data.val().get_bits::<256>(0);
        self.answer_is_warm.next = self.answers.read_data.val().get_bit(416);
        self.answer_failed.next = self.answers.read_data.val().get_bit(417);
        self.count.next = self.counts.read_data.val();
        self.is_full.next = self.count.val() == self.size.capacity.val();

        // Kinds: 0 storage, 1 transient, 2 account, 3 none of the table.
        self.kind.next = 3.into();
        match self.operation.val().index() {
            0 => self.kind.next = 0.into(),
            1 => self.kind.next = 0.into(),
            2 => self.kind.next = 1.into(),
            3 => self.kind.next = 1.into(),
            4 => self.kind.next = 2.into(),
            5 => self.kind.next = 2.into(),
            6 => self.kind.next = 2.into(),
            7 => self.kind.next = 2.into(),
            _ => {}
        }
        if self.is_seed.q.val() {
            self.kind.next = 0.into();
        }
        self.is_storage.next = self.kind.val() == 0;
        self.is_account.next = self.kind.val() == 2;
        self.key.next = self.a.val();
        if self.is_account.val() {
            self.key.next = bit_cast_word::<256, 160>(self.a.val().get_bits::<160>(0));
        }
        self.folded.next = bit_cast_word::<10, 2>(self.kind.val()) << 3;
        for i in 0..26 {
            self.folded.next = self.folded.val() ^ self.key.val().get_bits::<10>(i * 10);
        }

        // Addresses of the tables.
        self.first_slot.next =
            (self.folded.val() ^ (self.folded.val() >> 5)) & self.size.slot_mask.val();
        self.next_slot.next = (self.slot.q.val() + 1) & self.size.slot_mask.val();
        self.probe.next = self.slot.q.val();
        if self.state.q.val() == TableState::Fold {
            self.probe.next = self.first_slot.val();
        }
        if self.state.q.val() == TableState::Decide {
            self.probe.next = self.next_slot.val();
        }
        self.slot_address.next = (bit_cast_word::<12, 10>(self.probe.val()) << 2)
            | bit_cast_from_bits::<12, 2>(self.hart.q.val());
        self.slots.read_address.next = self.slot_address.val().into();
        self.is_walking.next = self.state.q.val() == TableState::Walk
            || self.state.q.val() == TableState::Check
            || self.state.q.val() == TableState::WriteFirst
            || self.state.q.val() == TableState::WriteSecond;
        self.entry.next = self.index.q.val();
        if self.state.q.val() == TableState::Entry {
            self.entry.next = self.slots.read_data.val();
        }
        if self.state.q.val() == TableState::Insert {
            self.entry.next = self.count.val().get_bits::<9>(0);
        }
        if self.is_walking.val() {
            self.entry.next = self.step.q.val().get_bits::<9>(0);
        }
        self.entry_address.next = bit_cast_to_bits::<11, 11>(
            (bit_cast_word::<11, 9>(self.entry.val()) << 2)
                | bit_cast_from_bits::<11, 2>(self.hart.q.val()),
        );
        self.keys.read_address.next = self.entry_address.val();
        self.presents.read_address.next = self.entry_address.val();
        self.originals.read_address.next = self.entry_address.val();
        self.metas.read_address.next = self.entry_address.val();
        self.meta.next = self.metas.read_data.val();

        // Writes: nowhere, unless said so below.
        self.new_entry.next = self.state.q.val() == TableState::Insert;
        self.slots.write_enable.next = self.new_entry.val();
        self.slots.write_address.next = self.slot_address.val().into();
        self.slots.write_data.next = self.count.val().get_bits::<9>(0);
        self.keys.write_enable.next = self.new_entry.val();
        self.keys.write_address.next = self.entry_address.val();
        self.keys.write_data.next = self.key.val();
        self.originals.write_enable.next = self.new_entry.val();
        self.originals.write_address.next = self.entry_address.val();
        self.originals.write_data.next = self.answer.val();
        self.presents.write_enable.next = self.new_entry.val();
        self.presents.write_address.next = self.entry_address.val();
        self.presents.write_data.next = self.b.val();
        if self.new_entry.val() && self.is_storage.val() && !self.is_seed.q.val() {
            self.presents.write_data.next = self.answer.val();
        }
        self.next_meta.next = bit_cast_word::<24, 10>(self.slot.q.val())
            | (bit_cast_word::<24, 2>(self.kind.val()) << 10)
            | (bit_cast_word::<24, 9>(self.seed_index.q.val()) << 15);
        if self.answer_is_warm.val() {
            self.next_meta.next = self.next_meta.val() | 0x1000;
        }
        if self.is_seed.q.val() {
            self.next_meta.next = self.next_meta.val() | 0x4000;
        }
        self.metas.write_enable.next = self.new_entry.val();
        self.metas.write_address.next = self.entry_address.val();
        self.metas.write_data.next = self.next_meta.val();
        self.counts.write_enable.next = self.new_entry.val();
        self.counts.write_address.next = self.hart.q.val();
        self.counts.write_data.next = self.count.val() + 1;
        self.refunds.write_enable.next = false;
        self.refunds.write_address.next = self.hart.q.val();
        self.refunds.write_data.next = self.refund_sum.val();
        self.sequences.write_enable.next = false;
        self.sequences.write_address.next = self.hart.q.val();
        self.sequences.write_data.next = self.sequences.read_data.val() + 1;
        self.starts.write_enable.next = self.start_valid.val();
        self.starts.write_address.next = self.start_hart.val();
        self.starts.write_data.next = bit_cast_from_bits::<33, 32>(self.start_tag.val());
        if self.start_fork.val() == 7 {
            self.starts.write_data.next =
                bit_cast_from_bits::<33, 32>(self.start_tag.val()).replace_bit(32, true);
        }
        self.accounts.write_enable.next =
            self.load_valid.val() && self.load_target.val() == 2 && self.load_address.val() == 0;
        self.accounts.write_address.next = self.load_hart.val();
        self.accounts.write_data.next = self.load_data.val().get_bits::<160>(0);
        self.touched_address.next = (bit_cast_from_bits::<5, 2>(self.hart.q.val()) << 3)
            | bit_cast_word::<5, 3>(self.step.q.val().get_bits::<3>(0));
        if self.state.q.val() == TableState::Decide {
            self.touched_address.next = (bit_cast_from_bits::<5, 2>(self.hart.q.val()) << 3)
                | bit_cast_word::<5, 3>(self.meta.val().get_bits::<3>(21));
        }
        self.touched_bit.next = bits::<64>(1) << self.meta.val().get_bits::<6>(15);
        self.touched.read_address.next = self.touched_address.val().into();
        self.touched.write_enable.next = false;
        self.touched.write_address.next = self.touched_address.val().into();
        self.touched.write_data.next = self.touched.read_data.val() | self.touched_bit.val();

        // Comparisons, in pieces.
        self.pieces.key.next = self.key.val();
        self.pieces.entry_key.next = self.keys.read_data.val();
        self.pieces.new.next = self.b.val();
        self.pieces.present.next = self.presents.read_data.val();
        self.pieces.original.next = self.originals.read_data.val();
        self.key_differs.d.next = self.pieces.key_differs.val();
        self.new_present.d.next = self.pieces.new_present.val();
        self.present_original.d.next = self.pieces.present_original.val();
        self.new_original.d.next = self.pieces.new_original.val();
        self.new_some.d.next = self.pieces.new_some.val();
        self.present_some.d.next = self.pieces.present_some.val();
        self.original_some.d.next = self.pieces.original_some.val();
        self.is_backed.d.next = self.meta.val().get_bits::<10>(0) == self.slot.q.val();
        self.is_free.next = !(self.is_counted.q.val() && self.is_backed.q.val());
        self.is_hit.next = !self.is_free.val()
            && !self.key_differs.q.val().any()
            && self.meta.val().get_bits::<2>(10) == self.kind.val();
        self.is_warm.next = self.meta.val().get_bit(12);

        // SSTORE: gas and refund, from present p, original o and new n.
        self.price.changes.next = self.new_present.q.val().any();
        self.price.is_first_change.next = !self.present_original.q.val().any();
        self.price.is_reset.next = !self.new_original.q.val().any();
        self.price.new_is_zero.next = !self.new_some.q.val().any();
        self.price.present_is_zero.next = !self.present_some.q.val().any();
        self.price.original_is_zero.next = !self.original_some.q.val().any();
        self.price.is_warm.next = self.is_warm.val();
        self.price.is_berlin.next = self.starts.read_data.val().get_bit(32);
        self.clears.d.next = self.price.clears.val();
        self.restores.d.next = self.price.restores.val();
        self.clears_wide.next = bit_cast_word::<64, 16>(self.clears.q.val());
        if self.clears.q.val().get_bit(15) {
            self.clears_wide.next = !bit_cast_word::<64, 16>(!self.clears.q.val());
        }
        self.refund_sum.next = self.refunds.read_data.val()
            + self.clears_wide.val()
            + bit_cast_word::<64, 16>(self.restores.q.val());

        // Who comes first.
        self.idle.next = self.state.q.val() == TableState::Idle;
        self.any_answer.next = self.answered.q.val().any();
        self.first_answer.next = 3.into();
        if self.answered.q.val().get_bit(2) {
            self.first_answer.next = 2.into();
        }
        if self.answered.q.val().get_bit(1) {
            self.first_answer.next = 1.into();
        }
        if self.answered.q.val().get_bit(0) {
            self.first_answer.next = 0.into();
        }
        self.seed_beat.next =
            self.load_valid.val() && (self.load_target.val() == 4 || self.load_target.val() == 5);
        self.seed_ready.next = self.idle.val()
            && !self.any_answer.val()
            && !self.clear_valid.val()
            && !self.answer_valid.val();
        self.load_ready.next =
            self.seed_ready.val() || !(self.load_target.val() == 4 || self.load_target.val() == 5);
        self.clear_ready.next = self.idle.val() && !self.any_answer.val();
        self.commit_ready.next = self.idle.val()
            && !self.any_answer.val()
            && !self.clear_valid.val()
            && !self.seed_beat.val();
        self.req_ready.next = self.idle.val()
            && !self.any_answer.val()
            && !self.clear_valid.val()
            && !self.seed_beat.val()
            && !self.commit_valid.val();

        self.context.write_enable.next = false;
        self.context.write_address.next = self.req_hart.val();
        self.context.write_data.next = bit_cast_word::<576, 256>(self.req_a.val())
            | (bit_cast_word::<576, 256>(self.req_b.val()) << 256)
            | (bit_cast_word::<576, 64>(self.req_gas.val()) << 512);
        if self.seed_beat.val() {
            self.context.write_address.next = self.load_hart.val();
            self.context.write_data.next = bit_cast_word::<576, 512>(self.load_data.val());
        }
        self.operations.write_enable.next = false;
        self.operations.write_address.next = self.req_hart.val();
        self.operations.write_data.next = bit_cast_from_bits::<4, 8>(self.req_op.val());
        self.answers.write_enable.next = false;
        self.answers.write_address.next = self.load_hart.val();
        self.answers.write_data.next = self.load_data.val().get_bits::<424>(0);

        self.waiting_next.next = self.waiting.q.val();
        self.answered_next.next = self.answered.q.val();
        self.touches.d.next = false;
        self.is_affordable.next = true;
        self.out_of_gas.next = false;
        self.table_full.next = false;
        self.has_room.next = self.room.q.val().get_bits::<58>(6).any();

        match self.state.q.val() {
            TableState::Idle => {
                self.is_seed.d.next = false;
                self.is_answered.d.next = false;
                self.status.d.next = 0.into();
                self.code.d.next = 0.into();
                self.cost.d.next = 0.into();
                self.value.d.next = 0.into();
                self.step.d.next = 0.into();
                if self.any_answer.val() {
                    self.hart.d.next = self.first_answer.val();
                    self.is_answered.d.next = true;
                    self.answered_next.next = self
                        .answered
                        .q
                        .val()
                        .replace_bit(self.first_answer.val().index(), false);
                    self.state.d.next = TableState::Resume;
                } else if self.clear_valid.val() {
                    self.hart.d.next = self.clear_hart.val();
                    self.state.d.next = TableState::Clear;
                } else if self.seed_beat.val() {
                    if self.seed_ready.val() {
                        self.hart.d.next = self.load_hart.val();
                        if self.load_target.val() == 4 {
                            self.context.write_enable.next = true;
                        } else {
                            self.answers.write_enable.next = true;
                            self.is_seed.d.next = true;
                            self.seed_index.d.next =
                                bit_cast_from_bits::<9, 32>(self.load_address.val());
                            self.state.d.next = TableState::Fold;
                        }
                    }
                } else if self.commit_valid.val() {
                    self.hart.d.next = self.commit_hart.val();
                    self.cursor.d.next = self.commit_cursor.val();
                    self.room.d.next = self.commit_limit.val() - self.commit_cursor.val();
                    if self.commit_limit.val() < self.commit_cursor.val() {
                        self.room.d.next = 0.into();
                    }
                    self.write_count.d.next = 0.into();
                    self.overflow.d.next = false;
                    self.state.d.next = TableState::Touched;
                } else if self.req_valid.val() {
                    self.hart.d.next = self.req_hart.val();
                    self.context.write_enable.next = true;
                    self.operations.write_enable.next = true;
                    self.state.d.next = TableState::Fold;
                    if self.req_op.val().get_bit(3) {
                        self.state.d.next = TableState::Request;
                    }
                }
            }
            TableState::Resume => {
                self.value.d.next = self.answer.val();
                self.state.d.next = TableState::Fold;
                if self.answer_failed.val() {
                    self.status.d.next = 2.into();
                    self.code.d.next = 0x20.into();
                    self.value.d.next = 0.into();
                    self.state.d.next = TableState::Respond;
                } else if self.kind.val() == 3 {
                    self.state.d.next = TableState::Respond;
                }
            }
            TableState::Fold => {
                self.slot.d.next = self.first_slot.val();
                self.gas_is_high.d.next = self.gas.val().get_bits::<48>(16).any();
                self.gas_low.d.next = self.gas.val().get_bits::<16>(0);
                self.state.d.next = TableState::Entry;
                if self.is_seed.q.val() {
                    // Nobody reads the storage of another account; a full table asks the host.
                    if self.is_full.val()
                        || self.answers.read_data.val().get_bits::<160>(256)
                            != self.accounts.read_data.val()
                    {
                        self.state.d.next = TableState::Idle;
                    }
                } else if self.operation.val() == 1 {
                    self.out_of_gas.next = !self.gas.val().get_bits::<52>(12).any()
                        && self.gas.val().get_bits::<12>(0) <= 2300;
                }
            }
            TableState::Entry => {
                self.index.d.next = self.slots.read_data.val();
                self.is_counted.d.next =
                    bit_cast_word::<10, 9>(self.slots.read_data.val()) < self.count.val();
                self.state.d.next = TableState::Compare;
            }
            TableState::Fetch => {
                self.state.d.next = TableState::Compare;
            }
            TableState::Compare => {
                self.state.d.next = TableState::Decide;
            }
            TableState::Decide => {
                if self.is_hit.val() {
                    self.state.d.next = TableState::Respond;
                    if self.is_seed.q.val() {
                        self.state.d.next = TableState::Idle;
                    } else if self.is_storage.val() {
                        self.touched.write_enable.next = self.meta.val().get_bit(14);
                    }
                } else if !self.is_free.val() {
                    self.slot.d.next = self.next_slot.val();
                    self.state.d.next = TableState::Entry;
                } else {
                    self.state.d.next = TableState::Insert;
                    if self.operation.val() == 2 && !self.is_seed.q.val() {
                        self.state.d.next = TableState::Respond;
                    } else if self.is_full.val() {
                        self.table_full.next = true;
                    } else if !self.is_answered.q.val()
                        && !self.is_seed.q.val()
                        && self.kind.val() != 1
                    {
                        self.state.d.next = TableState::Request;
                    } else if self.is_account.val() && !self.answer_is_warm.val() {
                        self.cost.d.next = 2500.into();
                        self.out_of_gas.next =
                            !self.gas_is_high.q.val() && self.gas_low.q.val() < 2500;
                    }
                }
                // What the hit does.
                if self.is_hit.val() && !self.is_seed.q.val() {
                    match self.operation.val().index() {
                        0 => {
                            self.value.d.next = self.presents.read_data.val();
                            self.metas.write_enable.next = true;
                            self.metas.write_data.next = self.meta.val() | 0x1000;
                            if !self.is_warm.val() {
                                self.cost.d.next = 2000.into();
                                self.out_of_gas.next =
                                    !self.gas_is_high.q.val() && self.gas_low.q.val() < 2000;
                            }
                        }
                        1 => {
                            self.cost.d.next = self.price.cost.val();
                            self.state.d.next = TableState::Charge;
                        }
                        2 => {
                            self.value.d.next = self.presents.read_data.val();
                        }
                        3 => {
                            self.presents.write_enable.next = true;
                        }
                        _ => {
                            self.touches.d.next =
                                self.is_answered.q.val() && self.operation.val() == 7;
                            if !self.is_answered.q.val() {
                                self.state.d.next = TableState::Request;
                            }
                        }
                    }
                }
            }
            TableState::Charge => {
                self.is_affordable.next =
                    self.gas_is_high.q.val() || self.gas_low.q.val() >= self.cost.q.val();
                self.out_of_gas.next = !self.is_affordable.val();
                self.state.d.next = TableState::Respond;
                if self.is_affordable.val() {
                    self.presents.write_enable.next = true;
                    self.metas.write_enable.next = true;
                    self.metas.write_data.next = self.meta.val() | 0x3000;
                    self.refunds.write_enable.next = true;
                }
            }
            TableState::Insert => {
                self.index.d.next = self.count.val().get_bits::<9>(0);
                self.is_counted.d.next = true;
                self.state.d.next = TableState::Respond;
                if self.is_seed.q.val() {
                    self.state.d.next = TableState::Idle;
                } else if self.is_storage.val() {
                    self.state.d.next = TableState::Fetch;
                } else {
                    self.touches.d.next = self.operation.val() == 7;
                }
            }
            TableState::Request => {
                if self.request_ready.val() {
                    self.waiting_next.next = self
                        .waiting
                        .q
                        .val()
                        .replace_bit(self.hart.q.val().index(), true);
                    self.sequences.write_enable.next = true;
                    self.state.d.next = TableState::Idle;
                }
            }
            TableState::Respond => {
                if self.rsp_ready.val() {
                    self.state.d.next = TableState::Idle;
                }
            }
            TableState::Clear => {
                self.counts.write_enable.next = true;
                self.counts.write_data.next = 0.into();
                self.refunds.write_enable.next = true;
                self.refunds.write_data.next = 0.into();
                self.touched.write_enable.next = true;
                self.touched.write_data.next = 0.into();
                self.step.d.next = self.step.q.val() + 1;
                if self.step.q.val() == 7 {
                    self.state.d.next = TableState::Idle;
                }
            }
            TableState::Touched => {
                self.refund_out.d.next = self.refunds.read_data.val();
                self.beat.d.next = (self.beat.q.val() >> 64)
                    | (bit_cast_word::<512, 64>(self.touched.read_data.val()) << 448);
                self.step.d.next = self.step.q.val() + 1;
                if self.step.q.val() == 7 {
                    self.step.d.next = 0.into();
                    self.state.d.next = TableState::WriteTouched;
                }
            }
            TableState::WriteTouched => {
                if self.write_ready.val() {
                    self.state.d.next = TableState::Walk;
                }
            }
            TableState::Walk => {
                self.state.d.next = TableState::Check;
                if self.step.q.val() == self.count.val() {
                    self.state.d.next = TableState::Committed;
                }
            }
            TableState::Check => {
                self.beat.d.next = bit_cast_word::<512, 256>(self.keys.read_data.val())
                    | (bit_cast_word::<512, 256>(self.presents.read_data.val()) << 256);
                if self.meta.val().get_bit(13) {
                    self.state.d.next = TableState::WriteFirst;
                } else {
                    self.step.d.next = self.step.q.val() + 1;
                    self.state.d.next = TableState::Walk;
                }
            }
            TableState::WriteFirst => {
                if self.write_ready.val() {
                    self.beat.d.next = bit_cast_word::<512, 256>(self.originals.read_data.val())
                        | (bit_cast_word::<512, 160>(self.accounts.read_data.val()) << 256)
                        | (bits::<512>(1) << 416);
                    self.state.d.next = TableState::WriteSecond;
                }
            }
            TableState::WriteSecond => {
                if self.write_ready.val() {
                    self.write_count.d.next = self.write_count.q.val() + 1;
                    self.step.d.next = self.step.q.val() + 1;
                    self.state.d.next = TableState::Walk;
                }
            }
            _ => {
                self.state.d.next = TableState::Idle;
            }
        }

        // The record: one place for the cursor, whatever the beat.
        self.write_valid.next = self.has_room.val()
            && (self.state.q.val() == TableState::WriteTouched
                || self.state.q.val() == TableState::WriteFirst
                || self.state.q.val() == TableState::WriteSecond);
        self.write_address.next = self.cursor.q.val();
        self.write_data.next = self.beat.q.val();
        if self.state.q.val() == TableState::WriteTouched
            || self.state.q.val() == TableState::WriteFirst
            || self.state.q.val() == TableState::WriteSecond
        {
            if !self.has_room.val() {
                self.overflow.d.next = true;
                self.write_count.d.next = self.write_count.q.val();
                self.state.d.next = TableState::Committed;
            } else if self.write_ready.val() {
                self.cursor.d.next = self.cursor.q.val() + 64;
                self.room.d.next = self.room.q.val() - 64;
            }
        }
        self.committed_valid.next = self.state.q.val() == TableState::Committed;
        self.committed_write_count.next = self.write_count.q.val().into();
        self.committed_refund.next = self.refund_out.q.val();
        self.committed_overflow.next = self.overflow.q.val();

        // Ends that several states share.
        if self.out_of_gas.val() {
            self.status.d.next = 1.into();
            self.code.d.next = 0.into();
            self.cost.d.next = 0.into();
            self.value.d.next = 0.into();
            self.state.d.next = TableState::Respond;
        }
        if self.table_full.val() {
            self.status.d.next = 2.into();
            self.code.d.next = 0x12.into();
            self.cost.d.next = 0.into();
            self.value.d.next = 0.into();
            self.state.d.next = TableState::Respond;
        }

        // Answers, whatever the state.
        if self.answer_valid.val() && self.waiting.q.val().get_bit(self.answer_hart.val().index()) {
            self.answers.write_enable.next = true;
            self.waiting_next.next = self
                .waiting_next
                .val()
                .replace_bit(self.answer_hart.val().index(), false);
            self.answered_next.next = self
                .answered_next
                .val()
                .replace_bit(self.answer_hart.val().index(), true);
        }
        if self.answer_valid.val() {
            self.answers.write_address.next = self.answer_hart.val();
            self.answers.write_data.next = bit_cast_word::<424, 256>(self.answer_value.val())
                | (bit_cast_word::<424, 64>(self.answer_code_iova.val()) << 256)
                | (bit_cast_from_bits::<424, 32>(self.answer_code_len.val()) << 320)
                | (bit_cast_from_bits::<424, 8>(self.answer_flags.val()) << 416);
        }
        self.waiting.d.next = self.waiting_next.val();
        self.answered.d.next = self.answered_next.val();
        self.host_waiting.next = self.waiting.q.val().into();

        self.request_valid.next = self.state.q.val() == TableState::Request;
        self.request_hart.next = self.hart.q.val();
        self.request_key.next = self.key.val();
        self.request_address.next = self.accounts.read_data.val();
        self.request_tag.next = bit_cast_to_bits::<32, 33>(self.starts.read_data.val());
        self.request_sequence.next = self.sequences.read_data.val().into();
        self.request_kind.next = 0.into();
        match self.operation.val().index() {
            4 => self.request_kind.next = 1.into(),
            5 => self.request_kind.next = 3.into(),
            6 => self.request_kind.next = 2.into(),
            7 => self.request_kind.next = 3.into(),
            8 => self.request_kind.next = 4.into(),
            9 => self.request_kind.next = 5.into(),
            _ => {}
        }

        self.rsp_valid.next = self.state.q.val() == TableState::Respond;
        self.rsp_hart.next = self.hart.q.val();
        self.rsp_status.next = self.status.q.val();
        self.rsp_code.next = self.code.q.val();
        self.rsp_value.next = self.value.q.val();
        self.rsp_cost.next = bit_cast_word::<64, 16>(self.cost.q.val());
        self.ext_valid.next = self.touches.q.val();
        self.ext_hart.next = self.hart.q.val();
        self.ext_code_iova.next = self.answers.read_data.val().get_bits::<64>(256);
        self.ext_code_len.next =
            bit_cast_to_bits::<32, 32>(self.answers.read_data.val().get_bits::<32>(320));

        if self.reset.val() {
            self.state.d.next = TableState::Idle;
            self.waiting.d.next = 0.into();
            self.answered.d.next = 0.into();
            self.touches.d.next = false;
        }
    }
}
