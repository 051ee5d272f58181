//! Gas that a call or a creation takes away and gives to the new frame.
//!
//! Spec: EIP-150 (a caller keeps one part in 64), Yellow Paper appendix H, `CALL` (`C_GASCAP`, the
//! stipend). With r = gas - cost: the callee gets g = min(limit, r - r/64), the operation costs
//! cost + g, and with value the callee has 2,300 more than g.
//! The caller checks that gas covers the cost. Latency 4 cycles, one at a time, never stalls. No reset:
//! `start` begins anew.
//! ```text
//! clock      _/‾\_/‾\_/‾\_/‾\_/‾\_
//! start      _/‾‾‾\_______________   gas, cost, limit held until done
//! done       _____________/‾‾‾\___   callee_gas held with it
//! total      ____________ ____/‾‾‾   until the next start
//! ```

use gasworks_abi::gas;
use gasworks_verilog::comment;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;

// Numbers that the kernel holds as literals.
const _: () = assert!(gas::CALL_STIPEND == 2300 && gas::CALL_RESERVE_DIVISOR == 64);

/// Shares the gas.
#[derive(LogicBlock, Default)]
pub struct CallPrice {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Begins.
    pub start: Signal<In, Bit>,
    /// Gas left, not less than the cost.
    pub gas: Signal<In, Word<64>>,
    /// Cost of the call itself.
    pub cost: Signal<In, Word<16>>,
    /// Most gas for the callee.
    pub limit: Signal<In, Word<64>>,
    /// There is no such limit.
    pub is_unlimited: Signal<In, Bit>,
    /// Value is sent.
    pub has_value: Signal<In, Bit>,
    /// The gas of the callee is there.
    pub done: Signal<Out, Bit>,
    /// With the stipend.
    pub callee_gas: Signal<Out, Word<64>>,
    /// Gas charged.
    pub total: Signal<Out, Word<64>>,
    step: DFF<Word<2>>,
    amount: DFF<Word<64>>,
    minuend: Signal<Local, Word<64>>,
    subtrahend: Signal<Local, Word<64>>,
    difference: Signal<Local, Word<64>>,
    stipend: Signal<Local, Word<64>>,
}

impl Logic for CallPrice {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module call_price");
        dff_setup!(self, clock, step, amount);
        self.minuend.next = self.gas.val();
        self.subtrahend.next = bit_cast_word::<64, 16>(self.cost.val());
        if self.step.q.val() == 1 && !self.start.val() {
            self.minuend.next = self.amount.q.val();
            self.subtrahend.next = self.amount.q.val() >> 6;
        }
        self.difference.next = self.minuend.val() - self.subtrahend.val();
        self.stipend.next = 0.into();
        if self.has_value.val() {
            self.stipend.next = 2300.into();
        }
        self.done.next = false;
        self.callee_gas.next = self.amount.q.val() + self.stipend.val();
        self.total.next = self.amount.q.val();
        if self.step.q.val() == 1 {
            self.amount.d.next = self.difference.val();
            self.step.d.next = 2.into();
        }
        if self.step.q.val() == 2 {
            if !self.is_unlimited.val() && self.limit.val() < self.amount.q.val() {
                self.amount.d.next = self.limit.val();
            }
            self.step.d.next = 3.into();
        }
        if self.step.q.val() == 3 {
            self.done.next = true;
            self.amount.d.next = self.amount.q.val() + bit_cast_word::<64, 16>(self.cost.val());
            self.step.d.next = 0.into();
        }
        if self.start.val() {
            self.amount.d.next = self.difference.val();
            self.step.d.next = 1.into();
        }
    }
}
