//! How a hart ends, and why it gives a transaction back to the host.

/// Declares a fieldless enum with stable codes, names and descriptions.
macro_rules! code_table {
    ($(#[$meta:meta])* $name:ident { $( $(#[doc = $doc:literal])+ $variant:ident = $code:literal, $text:literal; )* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $( $(#[doc = $doc])+ $variant = $code, )* }

        impl $name {
            /// All values in order of their codes.
            pub const ALL: &[Self] = &[ $( Self::$variant, )* ];

            /// The value of a code that came from outside; `None` when there is no such code.
            #[must_use]
            pub const fn from_u8(code: u8) -> Option<Self> {
                match code { $( $code => Some(Self::$variant), )* _ => None }
            }

            /// Stable name in snake case, used as key in reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $text, )* }
            }

            /// What it means, one sentence.
            #[must_use]
            pub const fn doc(self) -> &'static str {
                match self { $( Self::$variant => concat!($($doc),+), )* }
            }
        }
    };
}
pub(crate) use code_table;

code_table! {
    /// How a transaction ended on a hart.
    Status {
        /// `STOP`, or the end of the code was reached.
        Stop = 0, "stop";
        /// `RETURN`.
        Return = 1, "return";
        /// `REVERT`: gas left is kept, effects are undone.
        Revert = 2, "revert";
        /// Exceptional halt: all gas is consumed, effects are undone. The reason is a [`Halt`].
        Halt = 3, "halt";
        /// The card gives the transaction back; the reason is an [`Escalation`].
        Escalated = 4, "escalated";
    }
}

/// Reason of [`Status::Stop`] when `SELFDESTRUCT` ended the frame; else it is zero.
pub const SELF_DESTRUCTED: u8 = 1;

code_table! {
    /// Exceptional halts that the card reports. Inside one block of micro-ops another halt of the
    /// same block may be reported than revm would: both consume all gas.
    Halt {
        /// Gas ran out.
        OutOfGas = 0, "out_of_gas";
        /// Fewer words on the stack than needed.
        StackUnderflow = 1, "stack_underflow";
        /// More than 1,024 words on the stack.
        StackOverflow = 2, "stack_overflow";
        /// Jump to something that is no `JUMPDEST`.
        InvalidJump = 3, "invalid_jump";
        /// `INVALID`, or an opcode that the fork does not have.
        InvalidOpcode = 4, "invalid_opcode";
        /// `RETURNDATACOPY` past the end of the return data.
        OutOfOffset = 5, "out_of_offset";
        /// State change in a static frame.
        StaticViolation = 6, "static_violation";
        /// Initcode longer than 49,152 bytes (EIP-3860).
        InitcodeLimit = 7, "initcode_limit";
    }
}

code_table! {
    /// Why a transaction ran on revm instead of the card. Codes below 0x80 are reported by the
    /// card, the others are decisions of the host before submission.
    Escalation {
        /// `CALL`, `CALLCODE`, `DELEGATECALL` or `STATICCALL` on a card whose harts have one frame.
        Call = 0x01, "call";
        /// `CREATE` or `CREATE2` on a card whose harts have one frame.
        Create = 0x02, "create";
        /// `SELFDESTRUCT` on a card whose harts have one frame.
        SelfDestruct = 0x03, "selfdestruct";
        /// More stack words than the hart has.
        StackLimit = 0x10, "stack_limit";
        /// More memory than the hart has.
        MemoryLimit = 0x11, "memory_limit";
        /// More state entries than the hart's state table has.
        StateTableLimit = 0x12, "state_table_limit";
        /// More output, logs and state writes than the result buffer takes.
        ResultLimit = 0x13, "result_limit";
        /// More call frames than the hart has.
        FrameLimit = 0x14, "frame_limit";
        /// More return data than the hart's buffer takes.
        ReturnLimit = 0x15, "return_limit";
        /// More changes inside calls than the hart's journal takes.
        JournalLimit = 0x16, "journal_limit";
        /// The host gave no usable answer to a request.
        RequestFailed = 0x20, "request_failed";
        /// The DMA of the card failed for this transaction.
        BusError = 0x21, "bus_error";
        /// The card cannot run the fork.
        Fork = 0x80, "fork";
        /// Contract creation.
        CreateTransaction = 0x81, "create_transaction";
        /// The recipient is a precompile.
        Precompile = 0x82, "precompile";
        /// More calldata than the hart's buffer takes.
        CalldataLimit = 0x83, "calldata_limit";
        /// The program does not fit the code store.
        CodeLimit = 0x84, "code_limit";
    }
}
