//! Says what an operation or a task of the state unit needs.
//!
//! Operations are numbered by the low four bits of their micro-op (`0x60` is 0), tasks by 16 more than
//! `task_op`. Combinational.

use gasworks_abi::micro_op::Op;
use gasworks_abi::ring::RequestKind;
use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_to_bits};
use rust_hdl::prelude::*;

// Numbers that the kernel holds as literals.
const _: () = assert!(Op::SLoad as u8 == 0x60 && Op::SStore as u8 == 0x61);
const _: () = assert!(Op::TLoad as u8 == 0x62 && Op::TStore as u8 == 0x63);
const _: () = assert!(Op::Balance as u8 == 0x64 && Op::ExtCodeSize as u8 == 0x65);
const _: () = assert!(Op::ExtCodeHash as u8 == 0x66 && Op::ExtCodeTouch as u8 == 0x67);
const _: () = assert!(Op::BlockHash as u8 == 0x68 && Op::BlobHash as u8 == 0x69);
const _: () = assert!(Op::SelfBalance as u8 == 0x6a && Op::Call as u8 == 0x6b);
const _: () = assert!(Op::CallView as u8 == 0x6c && Op::Create as u8 == 0x6d);
const _: () = assert!(Op::SelfDestruct as u8 == 0x6e);
const _: () = assert!(RequestKind::Storage as u8 == 0 && RequestKind::Balance as u8 == 1);
const _: () = assert!(RequestKind::CodeHash as u8 == 2 && RequestKind::Code as u8 == 3);
const _: () = assert!(RequestKind::BlockHash as u8 == 4 && RequestKind::BlobHash as u8 == 5);
const _: () = assert!(RequestKind::Callee as u8 == 6 && RequestKind::SelfDestruct as u8 == 11);

/// What an operation needs.
#[derive(LogicBlock, Default)]
pub struct Decode {
    /// Operation; 16 or more for a task.
    pub op: Signal<In, Word<5>>,
    /// It is the insertion of a seed instead.
    pub is_seed: Signal<In, Bit>,
    /// Kind of its entry: 0 storage, 1 transient, 2 account, 3 none.
    pub kind: Signal<Out, Word<2>>,
    /// The host tells what is in a new entry.
    pub asks: Signal<Out, Bit>,
    /// The host is asked whether there is an entry or not.
    pub asks_always: Signal<Out, Bit>,
    /// It is `call` or `callview`.
    pub is_call: Signal<Out, Bit>,
    /// It is a task.
    pub is_task: Signal<Out, Bit>,
    /// It must not be in a static frame.
    pub is_guarded: Signal<Out, Bit>,
    /// The account is that of the answer's place: of a seed, or of a task.
    pub is_foreign: Signal<Out, Bit>,
    /// `RequestKind`.
    pub request_kind: Signal<Out, Bits<8>>,
    table_kind: Signal<Local, Word<2>>,
}

impl Logic for Decode {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module state_decode");
        self.table_kind.next = 3.into();
        self.asks.next = false;
        self.asks_always.next = false;
        self.is_call.next = false;
        self.is_guarded.next = false;
        self.is_task.next = self.op.val().get_bit(4) && !self.is_seed.val();
        self.is_foreign.next = self.op.val().get_bit(4) || self.is_seed.val();
        self.request_kind.next = bit_cast_to_bits::<8, 4>(self.op.val().get_bits::<4>(0));
        match self.op.val().index() {
            0 => {
                self.table_kind.next = 0.into();
                self.asks.next = true;
                self.request_kind.next = 0.into();
            }
            1 => {
                self.table_kind.next = 0.into();
                self.asks.next = true;
                self.is_guarded.next = true;
                self.request_kind.next = 0.into();
            }
            2 => {
                self.table_kind.next = 1.into();
            }
            3 => {
                self.table_kind.next = 1.into();
                self.is_guarded.next = true;
            }
            4 => {
                self.table_kind.next = 2.into();
                self.asks.next = true;
                self.asks_always.next = true;
                self.request_kind.next = 1.into();
            }
            5 => {
                self.table_kind.next = 2.into();
                self.asks.next = true;
                self.asks_always.next = true;
                self.request_kind.next = 3.into();
            }
            6 => {
                self.table_kind.next = 2.into();
                self.asks.next = true;
                self.asks_always.next = true;
                self.request_kind.next = 2.into();
            }
            7 => {
                self.table_kind.next = 2.into();
                self.asks.next = true;
                self.asks_always.next = true;
                self.request_kind.next = 3.into();
            }
            8 => {
                self.request_kind.next = 4.into();
            }
            9 => {
                self.request_kind.next = 5.into();
            }
            10 => {
                self.request_kind.next = 1.into();
            }
            11 => {
                self.table_kind.next = 2.into();
                self.asks.next = true;
                self.is_call.next = true;
                self.request_kind.next = 6.into();
            }
            12 => {
                self.table_kind.next = 2.into();
                self.asks.next = true;
                self.is_call.next = true;
                self.request_kind.next = 6.into();
            }
            13 => {
                self.is_guarded.next = true;
            }
            14 => {
                self.table_kind.next = 2.into();
                self.asks.next = true;
                self.asks_always.next = true;
                self.is_guarded.next = true;
                self.request_kind.next = 11.into();
            }
            19 => {
                self.table_kind.next = 2.into();
            }
            _ => {}
        }
        self.kind.next = self.table_kind.val();
        if self.is_seed.val() {
            self.kind.next = 0.into();
            self.asks.next = false;
        }
    }
}
