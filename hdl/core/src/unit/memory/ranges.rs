//! The ranges of the running frame of each of four harts: in-range, out-range, and the return data.
//!
//! Spec: `docs/src/machine.md`, "Frames". An operation writes its range when it is done (`commit`); a
//! frame begins with empty ones (`push`); at its end the caller has its own again (`pop`): the in-range
//! is where the callee's calldata was. Code that a creation returns is its in-range from then on, so
//! that a payload takes it from there, and is counted as return data, so that the lane sees its length.

use super::range::Range;
use gasworks_abi::micro_op::Op;
use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

// The kernel compares the low four bits of the operation.
const _: () = assert!(Op::InRange as u8 == 0x3c && Op::OutRange as u8 == 0x3d);
const _: () = assert!(Op::Return as u8 == 0x3e && Op::Revert as u8 == 0x3f);

/// See the module.
#[derive(LogicBlock, Default)]
pub struct Ranges {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// A transaction begins.
    pub start_valid: Signal<In, Bit>,
    /// On this hart.
    pub start_hart: Signal<In, Word<2>>,
    /// Hart that is served.
    pub hart: Signal<In, Word<2>>,
    /// Hart whose lengths the lane reads.
    pub shown_hart: Signal<In, Word<2>>,
    /// Low four bits of the operation.
    pub op: Signal<In, Word<4>>,
    /// Its frame has a caller.
    pub is_nested: Signal<In, Bit>,
    /// Its frame is a creation.
    pub is_creation: Signal<In, Bit>,
    /// The operation is done.
    pub commit: Signal<In, Bit>,
    /// First byte that it touches, in the banks.
    pub place: Signal<In, Word<26>>,
    /// Bytes that it touches, or that a task fetched.
    pub bytes: Signal<In, Word<25>>,
    /// A frame begins.
    pub push: Signal<In, Bit>,
    /// A frame ended.
    pub pop: Signal<In, Bit>,
    /// Calldata of that frame: the in-range of its caller.
    pub calldata_place: Signal<In, Word<26>>,
    /// Its bytes.
    pub calldata_length: Signal<In, Word<25>>,
    /// The out-range of its caller.
    pub saved_out_place: Signal<In, Word<26>>,
    /// Its bytes.
    pub saved_out_length: Signal<In, Word<25>>,
    /// The return data is that of a task,
    pub new_return: Signal<In, Bit>,
    /// which fetched it; else there is none.
    pub is_fetched: Signal<In, Bit>,
    /// First byte of the in-range.
    pub in_place: Signal<Out, Word<26>>,
    /// Its bytes.
    pub in_length: Signal<Out, Word<25>>,
    /// First byte of the out-range.
    pub out_place: Signal<Out, Word<26>>,
    /// Its bytes.
    pub out_length: Signal<Out, Word<25>>,
    /// Bytes of return data.
    pub return_length: Signal<Out, Word<25>>,
    /// Bytes of the in-range of `shown_hart`.
    pub shown_in_length: Signal<Out, Word<25>>,
    /// Bytes of its return data.
    pub shown_return_length: Signal<Out, Word<25>>,
    in_range: Range,
    out_range: Range,
    returned: Range,
    ends: Signal<Local, Bit>,
    sets_in: Signal<Local, Bit>,
    sets_out: Signal<Local, Bit>,
    sets_return: Signal<Local, Bit>,
}

impl Logic for Ranges {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_ranges");
        clock!(self, clock, in_range, out_range, returned);
        self.in_range.start_valid.next = self.start_valid.val();
        self.in_range.start_hart.next = self.start_hart.val();
        self.in_range.hart.next = self.hart.val();
        self.in_range.shown_hart.next = self.shown_hart.val();
        self.out_range.start_valid.next = self.start_valid.val();
        self.out_range.start_hart.next = self.start_hart.val();
        self.out_range.hart.next = self.hart.val();
        self.out_range.shown_hart.next = self.shown_hart.val();
        self.returned.start_valid.next = self.start_valid.val();
        self.returned.start_hart.next = self.start_hart.val();
        self.returned.hart.next = self.hart.val();
        self.returned.shown_hart.next = self.shown_hart.val();
        // What an operation sets.
        self.ends.next = self.is_nested.val() & ((self.op.val() == 14) | (self.op.val() == 15));
        self.sets_in.next = (self.op.val() == 12)
            | (self.ends.val() & self.is_creation.val() & (self.op.val() == 14));
        self.sets_out.next = self.op.val() == 13;
        self.sets_return.next = self.ends.val();
        self.in_range.write.next =
            (self.commit.val() & self.sets_in.val()) | self.push.val() | self.pop.val();
        self.in_range.new_place.next = self.place.val();
        self.in_range.new_length.next = self.bytes.val();
        self.out_range.write.next =
            (self.commit.val() & self.sets_out.val()) | self.push.val() | self.pop.val();
        self.out_range.new_place.next = self.place.val();
        self.out_range.new_length.next = self.bytes.val();
        self.returned.write.next =
            (self.commit.val() & self.sets_return.val()) | self.new_return.val();
        self.returned.new_place.next = 0.into();
        self.returned.new_length.next = self.bytes.val();
        // What a task sets.
        if self.push.val() {
            self.in_range.new_length.next = 0.into();
            self.out_range.new_length.next = 0.into();
        }
        if self.pop.val() {
            self.in_range.new_place.next = self.calldata_place.val();
            self.in_range.new_length.next = self.calldata_length.val();
            self.out_range.new_place.next = self.saved_out_place.val();
            self.out_range.new_length.next = self.saved_out_length.val();
        }
        if self.new_return.val() & (!self.is_fetched.val()) {
            self.returned.new_length.next = 0.into();
        }
        self.in_place.next = self.in_range.place.val();
        self.in_length.next = self.in_range.length.val();
        self.out_place.next = self.out_range.place.val();
        self.out_length.next = self.out_range.length.val();
        self.return_length.next = self.returned.length.val();
        self.shown_in_length.next = self.in_range.shown_length.val();
        self.shown_return_length.next = self.returned.shown_length.val();
    }
}
