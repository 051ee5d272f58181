//! Where the bytes of an operation or a task come from, and where they go. Combinational.

use super::reader::{SOURCE_CALLDATA, SOURCE_CODE, SOURCE_MEMORY};
use gasworks_abi::micro_op::Op;
use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

// The kernel matches on the low four bits of the operation and knows the sources.
const _: () = assert!(Op::CalldataLoad as u8 == 0x34 && Op::CalldataCopy as u8 == 0x35);
const _: () = assert!(Op::CodeCopy as u8 == 0x36 && Op::ExtCodeCopy as u8 == 0x37);
const _: () = assert!(Op::ReturnDataCopy as u8 == 0x38 && Op::MCopy as u8 == 0x39);
const _: () =
    assert!(Op::Log as u8 == 0x3b && Op::Return as u8 == 0x3e && Op::Revert as u8 == 0x3f);
const _: () = assert!(SOURCE_MEMORY == 0 && SOURCE_CALLDATA == 1 && SOURCE_CODE == 2);

/// See the module.
#[derive(LogicBlock, Default)]
pub struct Route {
    /// Low four bits of the operation; of a task those of the one that it resembles ([`super::task`]).
    pub op: Signal<In, Word<4>>,
    /// It is a task.
    pub is_task: Signal<In, Bit>,
    /// It is a payload.
    pub is_payload: Signal<In, Bit>,
    /// The running frame has a caller.
    pub is_nested: Signal<In, Bit>,
    /// Chunks go to the banks.
    pub is_copy: Signal<Out, Bit>,
    /// Chunks go to host memory.
    pub is_emit: Signal<Out, Bit>,
    /// A header goes first.
    pub is_log: Signal<Out, Bit>,
    /// They are the output of a transaction.
    pub is_output: Signal<Out, Bit>,
    /// They come from calldata, of which bytes past the end are zero.
    pub is_calldata: Signal<Out, Bit>,
    /// They come from code.
    pub is_code: Signal<Out, Bit>,
    /// Where from, a `SOURCE_` constant.
    pub source: Signal<Out, Word<2>>,
    /// Operand B says where they begin, else A.
    pub from_b: Signal<Out, Bit>,
    /// They become the return data.
    pub to_return: Signal<Out, Bit>,
    ends: Signal<Local, Bit>,
}

impl Logic for Route {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_route");
        self.is_copy.next = false;
        self.is_log.next = false;
        self.is_calldata.next = false;
        self.is_code.next = false;
        self.from_b.next = false;
        self.ends.next = false;
        match self.op.val().index() {
            4 => {
                self.is_calldata.next = true;
            }
            5 => {
                self.is_copy.next = true;
                self.from_b.next = true;
                self.is_calldata.next = true;
            }
            6 => {
                self.is_copy.next = true;
                self.from_b.next = true;
                self.is_code.next = true;
            }
            7 => {
                self.is_copy.next = true;
                self.from_b.next = true;
                self.is_code.next = true;
            }
            8 => {
                self.is_copy.next = !self.is_payload.val();
                self.from_b.next = true;
                self.is_log.next = self.is_payload.val();
            }
            9 => {
                self.is_copy.next = true;
                self.from_b.next = true;
            }
            11 => {
                self.is_log.next = true;
            }
            14 => {
                self.ends.next = true;
                self.is_copy.next = self.is_nested.val();
            }
            15 => {
                self.ends.next = true;
                self.is_copy.next = self.is_nested.val();
            }
            _ => {}
        }
        self.is_output.next = self.ends.val() & (!self.is_nested.val());
        self.is_emit.next = self.is_log.val() | (self.ends.val() & (!self.is_nested.val()));
        self.to_return.next =
            (self.ends.val() & self.is_nested.val()) | (self.is_task.val() & self.is_code.val());
        self.source.next = 0.into();
        if self.is_calldata.val() & (!self.is_nested.val()) {
            self.source.next = 1.into();
        }
        if self.is_code.val() {
            self.source.next = 2.into();
        }
    }
}
