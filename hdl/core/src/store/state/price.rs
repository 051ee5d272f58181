//! Gas and refund of `SSTORE`.
//!
//! Spec: EIP-2200 as changed by EIP-2929 (cold slots, `SSTORE_RESET` less the cold read) and EIP-3529
//! (refund of 4,800 for clearing from London on, 15,000 before).
//! Combinational.

use gasworks_abi::fork::Fork;
use gasworks_abi::gas;
use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

// Numbers that the kernel holds as literals, partly summed with the cold read.
const _: () = assert!(gas::COLD_SLOAD == 2100 && gas::WARM_READ == 100);
const _: () = assert!(gas::SSTORE_SET == 20_000 && gas::SSTORE_RESET == 2900);
const _: () = assert!(gas::sstore_clears_refund(Fork::Berlin) == 15_000);
const _: () = assert!(gas::sstore_clears_refund(Fork::London) == 4800);

/// Price of storing `new` over `present` in a slot that began the transaction as `original`.
#[derive(LogicBlock, Default)]
pub struct StorePrice {
    /// `new` differs from `present`.
    pub changes: Signal<In, Bit>,
    /// `present` equals `original`.
    pub is_first_change: Signal<In, Bit>,
    /// `new` equals `original`.
    pub is_reset: Signal<In, Bit>,
    /// `original` is zero.
    pub original_is_zero: Signal<In, Bit>,
    /// `present` is zero.
    pub present_is_zero: Signal<In, Bit>,
    /// `new` is zero.
    pub new_is_zero: Signal<In, Bit>,
    /// The slot is warm.
    pub is_warm: Signal<In, Bit>,
    /// The fork is Berlin.
    pub is_berlin: Signal<In, Bit>,
    /// Gas, 100 to 22,100.
    pub cost: Signal<Out, Word<16>>,
    /// Change of the refund for clearing, two's complement.
    pub clears: Signal<Out, Word<16>>,
    /// Change of the refund for restoring the original value, not negative.
    pub restores: Signal<Out, Word<16>>,
    refund: Signal<Local, Word<16>>,
}

impl Logic for StorePrice {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module store_price");
        self.cost.next = 100.into();
        if self.changes.val() && self.is_first_change.val() {
            self.cost.next = 2900.into();
            if self.original_is_zero.val() {
                self.cost.next = 20000.into();
            }
        }
        if !self.is_warm.val() {
            self.cost.next = 2200.into();
            if self.changes.val() && self.is_first_change.val() {
                self.cost.next = 5000.into();
                if self.original_is_zero.val() {
                    self.cost.next = 22100.into();
                }
            }
        }
        self.refund.next = 4800.into();
        if self.is_berlin.val() {
            self.refund.next = 15000.into();
        }
        self.clears.next = 0.into();
        if self.changes.val() && !self.original_is_zero.val() {
            if self.new_is_zero.val() {
                self.clears.next = self.refund.val();
            } else if self.present_is_zero.val() {
                self.clears.next = !self.refund.val() + 1;
            }
        }
        self.restores.next = 0.into();
        if self.changes.val() && !self.is_first_change.val() && self.is_reset.val() {
            self.restores.next = 2800.into();
            if self.original_is_zero.val() {
                self.restores.next = 19900.into();
            }
        }
    }
}
