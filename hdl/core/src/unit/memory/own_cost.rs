//! What an operation costs besides the growth of the memory. Combinational.
//!
//! Spec: Yellow Paper appendix G (`G_copy`, `G_keccak256word`, `G_logdata`), EIP-3860 (initcode);
//! `docs/src/machine.md`, "Micro-ops".

use gasworks_abi::gas;
use gasworks_abi::micro_op::Op;
use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;

// The kernel matches on the low four bits of the operation and knows these costs.
const _: () = assert!(Op::CalldataCopy as u8 == 0x35 && Op::CodeCopy as u8 == 0x36);
const _: () = assert!(Op::ExtCodeCopy as u8 == 0x37 && Op::ReturnDataCopy as u8 == 0x38);
const _: () = assert!(Op::MCopy as u8 == 0x39 && Op::Keccak256 as u8 == 0x3a);
const _: () = assert!(Op::Log as u8 == 0x3b && Op::InRange as u8 == 0x3c);
const _: () = assert!(gas::COPY_WORD == 3 && gas::KECCAK_WORD == 6 && gas::LOG_DATA_BYTE == 8);

/// See the module.
#[derive(LogicBlock, Default)]
pub struct OwnCost {
    /// Low four bits of the operation.
    pub op: Signal<In, Word<4>>,
    /// Gas per word of an in-range.
    pub rate: Signal<In, Word<4>>,
    /// Words that are touched.
    pub words: Signal<In, Word<28>>,
    /// Bytes that are touched.
    pub bytes: Signal<In, Word<33>>,
    /// Gas.
    pub cost: Signal<Out, Word<48>>,
    units: Signal<Local, Word<48>>,
    unit_gas: Signal<Local, Word<4>>,
    part_0: Signal<Local, Word<48>>,
    part_1: Signal<Local, Word<48>>,
    part_2: Signal<Local, Word<48>>,
    part_3: Signal<Local, Word<48>>,
}

impl Logic for OwnCost {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_own_cost");
        self.units.next = bit_cast_word::<48, 28>(self.words.val());
        self.unit_gas.next = 0.into();
        match self.op.val().index() {
            5 => {
                self.unit_gas.next = 3.into();
            }
            6 => {
                self.unit_gas.next = 3.into();
            }
            7 => {
                self.unit_gas.next = 3.into();
            }
            8 => {
                self.unit_gas.next = 3.into();
            }
            9 => {
                self.unit_gas.next = 3.into();
            }
            10 => {
                self.unit_gas.next = 6.into();
            }
            11 => {
                self.units.next = bit_cast_word::<48, 33>(self.bytes.val());
                self.unit_gas.next = 8.into();
            }
            12 => {
                self.unit_gas.next = self.rate.val();
            }
            _ => {}
        }
        self.part_0.next = 0.into();
        if self.unit_gas.val().get_bit(0) {
            self.part_0.next = self.units.val();
        }
        self.part_1.next = 0.into();
        if self.unit_gas.val().get_bit(1) {
            self.part_1.next = self.units.val() << 1;
        }
        self.part_2.next = 0.into();
        if self.unit_gas.val().get_bit(2) {
            self.part_2.next = self.units.val() << 2;
        }
        self.part_3.next = 0.into();
        if self.unit_gas.val().get_bit(3) {
            self.part_3.next = self.units.val() << 3;
        }
        self.cost.next =
            (self.part_0.val() + self.part_1.val()) + (self.part_2.val() + self.part_3.val());
    }
}
