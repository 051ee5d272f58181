//! What `call`, `callview` and `create` prepared for the frame that `enter` begins, per hart.
//!
//! Shown for `pending_hart` in the same cycle; what is written from the next cycle on. No reset: nobody
//! reads before an operation has written.

use gasworks_verilog::comment;
use gasworks_verilog::leaf::LutRam;
use gasworks_verilog::word::{Word, bit_cast_to_bits, bit_cast_word};
use rust_hdl::prelude::*;

/// Calls and creations under way.
#[derive(LogicBlock, Default)]
pub struct Pending {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Hart that is served.
    pub hart: Signal<In, Bits<2>>,
    /// Its account to call is known.
    pub write_account: Signal<In, Bit>,
    /// That account.
    pub account: Signal<In, Word<160>>,
    /// The rest is known.
    pub write: Signal<In, Bit>,
    /// `CallKind`, 4 create, 5 create2.
    pub kind: Signal<In, Word<3>>,
    /// Program to run.
    pub program: Signal<In, Word<32>>,
    /// Gas of the frame.
    pub gas: Signal<In, Word<64>>,
    /// Value is sent.
    pub has_value: Signal<In, Bit>,
    /// There is a program.
    pub has_code: Signal<In, Bit>,
    /// The account is a precompile.
    pub is_precompile: Signal<In, Bit>,
    /// Hart that is shown.
    pub pending_hart: Signal<In, Bits<2>>,
    /// As `kind`.
    pub pending_kind: Signal<Out, Bits<3>>,
    /// As `account`.
    pub pending_account: Signal<Out, Word<160>>,
    /// As `program`.
    pub pending_program: Signal<Out, Bits<32>>,
    /// As `gas`.
    pub pending_gas: Signal<Out, Word<64>>,
    /// As `has_value`.
    pub pending_has_value: Signal<Out, Bit>,
    /// As `has_code`.
    pub pending_has_code: Signal<Out, Bit>,
    /// As `is_precompile`.
    pub pending_is_precompile: Signal<Out, Bit>,
    accounts: LutRam<Word<160>, 2>,
    // Gas, program [95:64], kind [98:96], flags.
    frames: LutRam<Word<102>, 2>,
    flags: Signal<Local, Word<3>>,
}

impl Logic for Pending {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module state_pending");
        clock!(self, clock, accounts, frames);
        self.accounts.write_enable.next = self.write_account.val();
        self.accounts.write_address.next = self.hart.val();
        self.accounts.write_data.next = self.account.val();
        self.accounts.read_address.next = self.pending_hart.val();
        self.flags.next = 0.into();
        if self.has_value.val() {
            self.flags.next = self.flags.val() | 1;
        }
        if self.has_code.val() {
            self.flags.next = self.flags.val() | 2;
        }
        if self.is_precompile.val() {
            self.flags.next = self.flags.val() | 4;
        }
        self.frames.write_enable.next = self.write.val();
        self.frames.write_address.next = self.hart.val();
        self.frames.write_data.next = bit_cast_word::<102, 64>(self.gas.val())
            | (bit_cast_word::<102, 32>(self.program.val()) << 64)
            | (bit_cast_word::<102, 3>(self.kind.val()) << 96)
            | (bit_cast_word::<102, 3>(self.flags.val()) << 99);
        self.frames.read_address.next = self.pending_hart.val();
        self.pending_account.next = self.accounts.read_data.val();
        self.pending_gas.next = self.frames.read_data.val().get_bits::<64>(0);
        self.pending_program.next =
            bit_cast_to_bits::<32, 32>(self.frames.read_data.val().get_bits::<32>(64));
        self.pending_kind.next =
            bit_cast_to_bits::<3, 3>(self.frames.read_data.val().get_bits::<3>(96));
        self.pending_has_value.next = self.frames.read_data.val().get_bit(99);
        self.pending_has_code.next = self.frames.read_data.val().get_bit(100);
        self.pending_is_precompile.next = self.frames.read_data.val().get_bit(101);
    }
}
