//! The micro-op: what a lane executes. 64 bits, little-endian in memory.
//!
//! | bits | field | meaning |
//! |---|---|---|
//! | `[7:0]` | `op` | operation, [`Op`]; `[7:4]` is the [`Unit`] |
//! | `[15:8]` | `a` | operand A: window slot `sp + a`, signed; -1 is the top of the stack |
//! | `[23:16]` | `b` | operand B, the same, unless `b_source` says otherwise |
//! | `[31:24]` | `d` | destination slot `sp + d`, signed |
//! | `[36:32]` | `delta` | added to `sp` after the micro-op, signed |
//! | `[38:37]` | `b_source` | where operand B comes from, [`BSource`] |
//! | `[39]` | `taken` | static hint: the branch is predicted taken |
//! | `[63:40]` | `imm` | immediate, unsigned |
//!
//! All positions are relative to `sp` before the micro-op. [`Op::Block`] and [`Op::PushLabel`] use
//! the fields differently; see there.

/// Declares operations: code, operands read, whether `d` is written, documentation.
macro_rules! micro_ops {
    ($( $(#[doc = $doc:literal])+ $name:ident = $code:literal, $text:literal, [$($flag:ident)*]; )*) => {
        /// Operation of a micro-op.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Op { $( $(#[doc = $doc])+ $name = $code, )* }

        /// Every operation, in order of the codes. Decode, ISS, disassembler and docs derive from it.
        pub const MICRO_OPS: &[OpInfo] = &[ $( OpInfo {
            op: Op::$name, name: $text, doc: concat!($($doc),+),
            flags: OpFlags(0 $(| OpFlags::$flag.0)*),
        }, )* ];

        impl Op {
            /// The operation of a code; `None` when there is no such operation.
            #[must_use]
            pub const fn from_u8(code: u8) -> Option<Self> {
                match code { $( $code => Some(Self::$name), )* _ => None }
            }
        }
    };
}

/// What an operation reads, writes and needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpFlags(pub u8);
impl OpFlags {
    /// Reads operand A from the window.
    pub const A: Self = Self(1);
    /// Reads operand B (from the window unless `b_source` says otherwise).
    pub const B: Self = Self(2);
    /// Writes `d`.
    pub const D: Self = Self(4);
    /// The result is 0 or 1 and is known only after the last slice.
    pub const BOOL: Self = Self(8);
    /// Reads operand word C, latched by a preceding [`Op::Arg`].
    pub const C: Self = Self(16);
    /// Ends the frame.
    pub const END: Self = Self(32);
    /// True when all bits of `other` are set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// One row of the micro-op table.
#[derive(Debug, Clone, Copy)]
pub struct OpInfo {
    /// The operation.
    pub op: Op,
    /// Name in assembly.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// Operands and properties.
    pub flags: OpFlags,
}

/// Where a micro-op executes: bits `[7:4]` of the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Unit {
    /// The slices of the pipeline.
    Alu = 0,
    /// Fetch, branch and gas stages of the pipeline.
    Control = 1,
    /// Ends of the frame and gas reads, done by the lane's retire logic.
    Retire = 2,
    /// Memory, calldata, code and log bytes, Keccak.
    Memory = 3,
    /// Shifter.
    Shift = 4,
    /// Multiplier and divider.
    Math = 5,
    /// State table and requests to the host.
    State = 6,
}

impl Unit {
    /// Units outside the pipeline, which answer through the response bus.
    pub const SHARED: [Self; 4] = [Self::Memory, Self::Shift, Self::Math, Self::State];
}

micro_ops! {
    /// Nothing but `delta`. `POP`.
    Nop = 0x00, "nop", [];
    /// d = B. `PUSHn`, `DUPn`, environment reads, `PC`, `CODESIZE`.
    Mov = 0x01, "mov", [B D];
    /// d = A + B modulo 2^256.
    Add = 0x02, "add", [A B D];
    /// d = A - B modulo 2^256.
    Sub = 0x03, "sub", [A B D];
    /// d = A and B.
    And = 0x04, "and", [A B D];
    /// d = A or B.
    Or = 0x05, "or", [A B D];
    /// d = A xor B.
    Xor = 0x06, "xor", [A B D];
    /// d = not A.
    Not = 0x07, "not", [A D];
    /// d = A < B, unsigned.
    Lt = 0x08, "lt", [A B D BOOL];
    /// d = A > B, unsigned.
    Gt = 0x09, "gt", [A B D BOOL];
    /// d = A < B, two's complement.
    Slt = 0x0a, "slt", [A B D BOOL];
    /// d = A > B, two's complement.
    Sgt = 0x0b, "sgt", [A B D BOOL];
    /// d = A == B.
    Eq = 0x0c, "eq", [A B D BOOL];
    /// d = A == 0.
    IsZero = 0x0d, "iszero", [A D BOOL];
    /// Exchanges the slots `a` and `b`; `d` must equal `b`. Takes two issue slots: the second writes slot `a`.
    Swap = 0x0e, "swap", [A B D];
    /// d = `[23:8]` of the micro-op as an unsigned 16-bit value: a code position that is a `JUMPDEST`.
    /// `imm` is its micro-op index, pushed on the return-address predictor.
    PushLabel = 0x0f, "pushl", [D];

    /// Start of a block. `a`: words that must be on the stack, unsigned. `b`: most words above the
    /// present `sp` inside the block, unsigned. `[39:24]`: EVM instructions of the block. `imm`: static gas.
    Block = 0x10, "block", [];
    /// Jumps to micro-op `imm`.
    Jump = 0x11, "jump", [];
    /// Jumps to the `JUMPDEST` at code position A.
    JumpDynamic = 0x12, "jumpd", [A];
    /// Jumps to micro-op `imm` if B is not zero.
    JumpIf = 0x13, "jumpi", [B];
    /// Jumps to the `JUMPDEST` at code position A if B is not zero.
    JumpIfDynamic = 0x14, "jumpid", [A B];
    /// Latches operand words for the next unit operation: word 2·imm = A, word 2·imm + 1 = B. Word 0 is operand C.
    Arg = 0x15, "arg", [A B];

    /// Ends the frame with status stop; `imm` is the reason: 1 after `selfdestruct`, else 0.
    Stop = 0x20, "stop", [END];
    /// Exceptional halt; `imm` is the `Halt` code.
    Halt = 0x21, "halt", [END];
    /// Gives the transaction back; `imm` is the `Escalation` code.
    Escalate = 0x22, "escalate", [END];
    /// d = gas left.
    Gas = 0x23, "gas", [D];
    /// Does what the `call`, `callview` or `create` before it prepared: enters the callee, or goes on
    /// at once where no code runs. The micro-op after it comes when the callee has ended.
    Enter = 0x24, "enter", [];

    /// d = 32 bytes of memory at A.
    MLoad = 0x30, "mload", [A D];
    /// 32 bytes of memory at A = B.
    MStore = 0x31, "mstore", [A B];
    /// One byte of memory at A = low byte of B.
    MStore8 = 0x32, "mstore8", [A B];
    /// d = size of the memory in bytes.
    MSize = 0x33, "msize", [D];
    /// d = 32 bytes of calldata at A, zero past its end.
    CalldataLoad = 0x34, "cdload", [A D];
    /// Copies C bytes of calldata from B to memory at A.
    CalldataCopy = 0x35, "cdcopy", [A B C];
    /// Copies C bytes of the running code from B to memory at A.
    CodeCopy = 0x36, "codecopy", [A B C];
    /// Copies C bytes of the code that the last `exttouch` found, from B to memory at A.
    ExtCodeCopy = 0x37, "extcopy", [A B C];
    /// Copies C bytes of return data from B to memory at A; past the end is an exceptional halt.
    ReturnDataCopy = 0x38, "rdcopy", [A B C];
    /// Copies C bytes of memory from B to A (EIP-5656).
    MCopy = 0x39, "mcopy", [A B C];
    /// d = Keccak-256 of B bytes of memory at A.
    Keccak256 = 0x3a, "keccak", [A B D];
    /// Log of B bytes of memory at A with `imm` topics, latched by `arg` as words 0 to 3.
    Log = 0x3b, "log", [A B];
    /// Memory that a call reads or the initcode of a creation: B bytes at A. `imm[3:0]`: gas per
    /// word; `imm[4]`: more than 49,152 bytes are an exceptional halt (EIP-3860).
    InRange = 0x3c, "inrange", [A B];
    /// Memory that takes the output of a call: B bytes at A.
    OutRange = 0x3d, "outrange", [A B];
    /// Ends the frame with B bytes of memory at A as output.
    Return = 0x3e, "return", [A B END];
    /// Undoes the frame and ends it with B bytes of memory at A as output.
    Revert = 0x3f, "revert", [A B END];

    /// d = B shifted left by A.
    Shl = 0x40, "shl", [A B D];
    /// d = B shifted right by A, zeros in.
    Shr = 0x41, "shr", [A B D];
    /// d = B shifted right by A, sign in.
    Sar = 0x42, "sar", [A B D];
    /// d = byte A of B, 0 being the most significant.
    Byte = 0x43, "byte", [A B D];
    /// d = B sign-extended from byte A, 0 being the least significant.
    SignExtend = 0x44, "signext", [A B D];
    /// d = number of leading zeros of A (EIP-7939).
    Clz = 0x45, "clz", [A D];

    /// d = A · B modulo 2^256.
    Mul = 0x50, "mul", [A B D];
    /// d = A / B, 0 if B is 0.
    Div = 0x51, "div", [A B D];
    /// d = A / B in two's complement, 0 if B is 0.
    SDiv = 0x52, "sdiv", [A B D];
    /// d = A modulo B, 0 if B is 0.
    Mod = 0x53, "mod", [A B D];
    /// d = A modulo B with the sign of A, 0 if B is 0.
    SMod = 0x54, "smod", [A B D];
    /// d = (A + B) modulo C over 257 bits, 0 if C is 0.
    AddMod = 0x55, "addmod", [A B C D];
    /// d = (A · B) modulo C over 512 bits, 0 if C is 0.
    MulMod = 0x56, "mulmod", [A B C D];
    /// d = A to the power B modulo 2^256; gas per exponent byte.
    Exp = 0x57, "exp", [A B D];

    /// d = storage slot A.
    SLoad = 0x60, "sload", [A D];
    /// Storage slot A = B.
    SStore = 0x61, "sstore", [A B];
    /// d = transient slot A (EIP-1153).
    TLoad = 0x62, "tload", [A D];
    /// Transient slot A = B (EIP-1153).
    TStore = 0x63, "tstore", [A B];
    /// d = balance of account A.
    Balance = 0x64, "balance", [A D];
    /// d = code size of account A.
    ExtCodeSize = 0x65, "extsize", [A D];
    /// d = code hash of account A, 0 if it does not exist.
    ExtCodeHash = 0x66, "exthash", [A D];
    /// Touches account A and remembers its code for the next `extcopy`.
    ExtCodeTouch = 0x67, "exttouch", [A];
    /// d = hash of block A, 0 outside the last 256.
    BlockHash = 0x68, "blockhash", [A D];
    /// d = versioned hash A of the transaction, 0 past the last.
    BlobHash = 0x69, "blobhash", [A D];
    /// d = balance of the running account.
    SelfBalance = 0x6a, "selfbalance", [D];
    /// Prepares a call of account A with value B and at most C gas. `imm`: 0 `CALL`, 1 `CALLCODE`
    /// ([`CallKind`]).
    Call = 0x6b, "call", [A B C];
    /// Prepares a call of account A without value and with at most C gas. `imm`: 2 `DELEGATECALL`,
    /// 3 `STATICCALL` ([`CallKind`]).
    CallView = 0x6c, "callview", [A C];
    /// Prepares a creation with value A. `imm`: 0 `CREATE`, 1 `CREATE2`.
    Create = 0x6d, "create", [A];
    /// Marks the running account for destruction and sends its balance to account A. The frame is
    /// ended by the `stop` after it.
    SelfDestruct = 0x6e, "selfdestruct", [A];
}

impl Op {
    /// The row of the table.
    #[must_use]
    pub fn info(self) -> &'static OpInfo {
        MICRO_OPS
            .iter()
            .find(|row| row.op as u8 == self as u8)
            .unwrap_or(&MICRO_OPS[0])
    }

    /// Where it executes.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self as u8 >> 4 {
            0 => Unit::Alu,
            1 => Unit::Control,
            2 => Unit::Retire,
            3 => Unit::Memory,
            4 => Unit::Shift,
            5 => Unit::Math,
            _ => Unit::State,
        }
    }
}

/// Kinds of calls: `imm` of [`Op::Call`] and [`Op::CallView`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum CallKind {
    /// `CALL`.
    Call = 0,
    /// `CALLCODE`.
    CallCode = 1,
    /// `DELEGATECALL`.
    DelegateCall = 2,
    /// `STATICCALL`.
    StaticCall = 3,
}

impl CallKind {
    /// The kind of a code; only the low two bits count.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        match bits & 3 {
            0 => Self::Call,
            1 => Self::CallCode,
            2 => Self::DelegateCall,
            _ => Self::StaticCall,
        }
    }
}

/// `imm[3:0]` of [`Op::InRange`]: gas per word.
pub const INRANGE_RATE: u32 = 15;
/// `imm[4]` of [`Op::InRange`]: the limit of EIP-3860 holds.
pub const INRANGE_LIMIT: u32 = 16;

/// Source of operand B.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum BSource {
    /// Window slot `sp + b`.
    Window = 0,
    /// `imm`, zero-extended.
    Immediate = 1,
    /// Constant `imm` of the program.
    Constant = 2,
    /// Word `imm` of the environment file.
    Environment = 3,
}

/// One micro-op.
#[derive(Clone, Copy, PartialEq, Eq, Hash, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(transparent)]
pub struct MicroOp(u64);

/// Largest immediate: 24 bits.
pub const IMM_MAX: u32 = (1 << 24) - 1;

impl MicroOp {
    /// A micro-op with all fields zero but the operation.
    #[must_use]
    pub const fn new(op: Op) -> Self {
        Self(op as u64)
    }
    /// From its encoding.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
    /// Its encoding.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }
    const fn with_field(self, low: u32, width: u32, value: u64) -> Self {
        let mask = ((1 << width) - 1) << low;
        Self(self.0 & !mask | value << low & mask)
    }
    /// Sets operand A.
    #[must_use]
    pub const fn with_a(self, a: i8) -> Self {
        self.with_field(8, 8, a as u8 as u64)
    }
    /// Sets operand B to a window slot.
    #[must_use]
    pub const fn with_b(self, b: i8) -> Self {
        self.with_field(16, 8, b as u8 as u64)
            .with_field(37, 2, BSource::Window as u64)
    }
    /// Sets operand B to something that is not in the window; `imm` must not be used otherwise.
    #[must_use]
    pub const fn with_b_source(self, source: BSource, imm: u32) -> Self {
        self.with_field(37, 2, source as u64).with_imm(imm)
    }
    /// Sets the destination.
    #[must_use]
    pub const fn with_d(self, d: i8) -> Self {
        self.with_field(24, 8, d as u8 as u64)
    }
    /// Sets the change of `sp`, -16 to 15.
    #[must_use]
    pub const fn with_delta(self, delta: i8) -> Self {
        self.with_field(32, 5, delta as u8 as u64)
    }
    /// Sets the branch hint.
    #[must_use]
    pub const fn with_taken(self, taken: bool) -> Self {
        self.with_field(39, 1, taken as u64)
    }
    /// Sets the immediate, below 2^24.
    #[must_use]
    pub const fn with_imm(self, imm: u32) -> Self {
        self.with_field(40, 24, imm as u64)
    }
    /// A block header. `need` and `growth` up to 255, `instructions` up to 65,535, `gas` below 2^24.
    #[must_use]
    pub const fn block(need: u8, growth: u8, instructions: u16, gas: u32) -> Self {
        Self::new(Op::Block)
            .with_field(8, 8, need as u64)
            .with_field(16, 8, growth as u64)
            .with_field(24, 16, instructions as u64)
            .with_imm(gas)
    }
    /// A push of the code position of a `JUMPDEST` whose micro-op index is `target`.
    #[must_use]
    pub const fn push_label(code_position: u16, target: u32, d: i8, delta: i8) -> Self {
        Self::new(Op::PushLabel)
            .with_field(8, 16, code_position as u64)
            .with_d(d)
            .with_delta(delta)
            .with_imm(target)
    }
    /// The operation; `None` when the code is not assigned.
    #[must_use]
    pub const fn op(self) -> Option<Op> {
        Op::from_u8(self.0 as u8)
    }
    /// Operand A relative to `sp`.
    #[must_use]
    pub const fn a(self) -> i8 {
        (self.0 >> 8) as i8
    }
    /// Operand B relative to `sp`.
    #[must_use]
    pub const fn b(self) -> i8 {
        (self.0 >> 16) as i8
    }
    /// Destination relative to `sp`.
    #[must_use]
    pub const fn d(self) -> i8 {
        (self.0 >> 24) as i8
    }
    /// Change of `sp`; zero for [`Op::Block`], whose instruction count lies on these bits.
    #[must_use]
    pub const fn delta(self) -> i8 {
        if self.0 as u8 == Op::Block as u8 {
            return 0;
        }
        ((self.0 >> 32) as i8) << 3 >> 3
    }
    /// Source of operand B.
    #[must_use]
    pub const fn b_source(self) -> BSource {
        match self.0 >> 37 & 3 {
            0 => BSource::Window,
            1 => BSource::Immediate,
            2 => BSource::Constant,
            _ => BSource::Environment,
        }
    }
    /// Static branch hint.
    #[must_use]
    pub const fn taken(self) -> bool {
        self.0 >> 39 & 1 == 1
    }
    /// Immediate.
    #[must_use]
    pub const fn imm(self) -> u32 {
        (self.0 >> 40) as u32
    }
    /// [`Op::Block`]: words needed on the stack.
    #[must_use]
    pub const fn block_need(self) -> u8 {
        (self.0 >> 8) as u8
    }
    /// [`Op::Block`]: most words above the present `sp`.
    #[must_use]
    pub const fn block_growth(self) -> u8 {
        (self.0 >> 16) as u8
    }
    /// [`Op::Block`]: EVM instructions of the block.
    #[must_use]
    pub const fn block_instructions(self) -> u16 {
        (self.0 >> 24) as u16
    }
    /// [`Op::PushLabel`]: the value pushed.
    #[must_use]
    pub const fn label(self) -> u16 {
        (self.0 >> 8) as u16
    }
}

impl core::fmt::Debug for MicroOp {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "MicroOp({:#018x})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_overlap() {
        let op = MicroOp::new(Op::JumpIf)
            .with_a(-1)
            .with_b(-17)
            .with_d(15)
            .with_delta(-16)
            .with_taken(true)
            .with_imm(IMM_MAX);
        assert_eq!((op.a(), op.b(), op.d(), op.delta()), (-1, -17, 15, -16));
        assert_eq!(
            (op.op(), op.taken(), op.imm()),
            (Some(Op::JumpIf), true, IMM_MAX)
        );
        assert_eq!(op.bits(), 0xffff_ff90_0fef_ff13);
    }

    #[test]
    fn long_blocks_do_not_move_the_stack() {
        let block = MicroOp::block(1, 2, 0x1fff, 3);
        assert_eq!((block.delta(), block.block_instructions()), (0, 0x1fff));
    }

    #[test]
    fn codes_are_unique_and_ascend() {
        assert!(
            MICRO_OPS
                .windows(2)
                .all(|w| (w[0].op as u8) < w[1].op as u8)
        );
        for row in MICRO_OPS {
            assert_eq!(Op::from_u8(row.op as u8), Some(row.op));
            assert_eq!(row.op.info().name, row.name);
        }
    }
}
