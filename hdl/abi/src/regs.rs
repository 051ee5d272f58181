//! BAR0: 4 KiB of 32-bit registers.

/// How the host may access a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Writes are ignored.
    ReadOnly,
    /// Reads return zero.
    WriteOnly,
    /// Reads return what was written.
    ReadWrite,
    /// Writing a one clears the bit.
    WriteOneToClear,
}

/// One row of the register map.
#[derive(Debug, Clone, Copy)]
pub struct RegInfo {
    /// Name.
    pub name: &'static str,
    /// Byte offset in BAR0.
    pub offset: u16,
    /// Access.
    pub access: Access,
    /// Value after reset; for capabilities the RTL takes it from its configuration.
    pub reset: u32,
    /// Meaning.
    pub doc: &'static str,
}

/// A register that the host may read.
pub trait Readable {
    /// The row of the map.
    const INFO: RegInfo;
}
/// A register that the host may write.
pub trait Writable {
    /// The row of the map.
    const INFO: RegInfo;
}

macro_rules! access_impl {
    ($name:ident ReadOnly) => {
        impl Readable for $name {
            const INFO: RegInfo = $name::INFO;
        }
    };
    ($name:ident WriteOnly) => {
        impl Writable for $name {
            const INFO: RegInfo = $name::INFO;
        }
    };
    ($name:ident $other:ident) => {
        impl Readable for $name {
            const INFO: RegInfo = $name::INFO;
        }
        impl Writable for $name {
            const INFO: RegInfo = $name::INFO;
        }
    };
}

/// Declares the registers.
macro_rules! register_map {
    ($( $(#[doc = $doc:literal])+ $name:ident @ $offset:literal $access:ident = $reset:expr; )*) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug, Clone, Copy)]
            pub struct $name;
            impl $name {
                /// The row of the map.
                pub const INFO: RegInfo = RegInfo {
                    name: stringify!($name), offset: $offset, access: Access::$access,
                    reset: $reset, doc: concat!($($doc),+),
                };
            }
            access_impl!($name $access);
        )*
        /// The register map, by ascending offset.
        pub const REGISTERS: &[RegInfo] = &[ $( $name::INFO, )* ];
    };
}

/// Bytes of BAR0.
pub const BAR0_LEN: usize = 4096;

register_map! {
    /// Identity: ASCII `GASW`. The driver refuses any other value.
    Id @ 0x000 ReadOnly = 0x4741_5357;
    /// Contract version: major in `[31:16]`, minor in `[15:0]`. A differing major is an error.
    AbiVersion @ 0x004 ReadOnly = crate::ABI_VERSION;
    /// First 32 bits of the SHA-256 of the generated Verilog.
    BuildHash @ 0x008 ReadOnly = 0;
    /// Bit `n` for each fork with that number in `gasworks_abi::fork` that the card runs.
    Forks @ 0x00c ReadOnly = 0x3f80;
    /// Lanes.
    Lanes @ 0x010 ReadOnly = 0;
    /// Harts of a lane.
    HartsPerLane @ 0x014 ReadOnly = 0;
    /// Stack words of a hart.
    StackWords @ 0x018 ReadOnly = 0;
    /// Memory of a hart in bytes.
    MemoryBytes @ 0x01c ReadOnly = 0;
    /// Calldata buffer of a hart in bytes.
    CalldataBytes @ 0x020 ReadOnly = 0;
    /// Code store in 64-byte lines.
    CodeLines @ 0x024 ReadOnly = 0;
    /// Constant store in 32-byte words.
    Constants @ 0x028 ReadOnly = 0;
    /// Entries of a hart's state table.
    StateEntries @ 0x02c ReadOnly = 0;
    /// Slices of the 256-bit word.
    Slices @ 0x030 ReadOnly = 0;
    /// Call frames of a hart; 1: calls and creations escalate.
    Frames @ 0x034 ReadOnly = 0;
    /// Return data buffer of a hart in bytes.
    ReturnBytes @ 0x038 ReadOnly = 0;
    /// Entries of a hart's journal.
    JournalEntries @ 0x03c ReadOnly = 0;

    /// Bit 0: enable; while it is 0 the card starts nothing. Bit 1: reset; reads as 1 until done.
    Control @ 0x100 ReadWrite = 0;
    /// Bit 0: busy (a transaction or a load is in flight). Bit 1: fault, see `FaultStatus`.
    Status @ 0x104 ReadOnly = 0;
    /// Interrupt enable, same bits as `IrqStatus`.
    IrqEnable @ 0x108 ReadWrite = 0;
    /// Bit 0: completion written. Bit 1: request written. Bit 2: fault.
    IrqStatus @ 0x10c WriteOneToClear = 0;
    /// Bit 0: AXI read error. Bit 1: AXI write error. Bit 2: bad submission. Bit 3: bad answer.
    FaultStatus @ 0x110 WriteOneToClear = 0;

    /// Submission ring, address bits `[31:0]`, 64-byte aligned.
    SqBaseLow @ 0x200 ReadWrite = 0;
    /// Submission ring, address bits `[63:32]`.
    SqBaseHigh @ 0x204 ReadWrite = 0;
    /// log2 of the entries of the submission ring, 1 to 15.
    SqSizeLog2 @ 0x208 ReadWrite = 0;
    /// Tail of the submission ring: entries ever written, modulo 2^16. Writing it is the doorbell.
    SqTail @ 0x20c ReadWrite = 0;
    /// Head of the submission ring: entries ever fetched, modulo 2^16.
    SqHead @ 0x210 ReadOnly = 0;
    /// Completion ring, address bits `[31:0]`, 64-byte aligned.
    CqBaseLow @ 0x220 ReadWrite = 0;
    /// Completion ring, address bits `[63:32]`.
    CqBaseHigh @ 0x224 ReadWrite = 0;
    /// log2 of the entries of the completion ring, 1 to 15.
    CqSizeLog2 @ 0x228 ReadWrite = 0;
    /// Head of the completion ring: entries ever consumed by the host, modulo 2^16.
    CqHead @ 0x22c ReadWrite = 0;
    /// Tail of the completion ring: entries ever written, modulo 2^16.
    CqTail @ 0x230 ReadOnly = 0;
    /// Request ring, address bits `[31:0]`, 64-byte aligned.
    RqBaseLow @ 0x240 ReadWrite = 0;
    /// Request ring, address bits `[63:32]`.
    RqBaseHigh @ 0x244 ReadWrite = 0;
    /// log2 of the entries of the request ring, 1 to 15.
    RqSizeLog2 @ 0x248 ReadWrite = 0;
    /// Head of the request ring: entries ever consumed by the host, modulo 2^16.
    RqHead @ 0x24c ReadWrite = 0;
    /// Tail of the request ring: entries ever written, modulo 2^16.
    RqTail @ 0x250 ReadOnly = 0;
    /// Answer ring, address bits `[31:0]`, 64-byte aligned.
    AqBaseLow @ 0x260 ReadWrite = 0;
    /// Answer ring, address bits `[63:32]`.
    AqBaseHigh @ 0x264 ReadWrite = 0;
    /// log2 of the entries of the answer ring, 1 to 15.
    AqSizeLog2 @ 0x268 ReadWrite = 0;
    /// Tail of the answer ring: entries ever written, modulo 2^16. Writing it is the doorbell.
    AqTail @ 0x26c ReadWrite = 0;
    /// Head of the answer ring: entries ever fetched, modulo 2^16.
    AqHead @ 0x270 ReadOnly = 0;

    /// Selects a counter: lane in `[15:8]`, [`Counter`] in `[7:0]`.
    CounterSelect @ 0x300 ReadWrite = 0;
    /// The selected counter, bits `[31:0]`; reading it latches the high half.
    CounterLow @ 0x304 ReadOnly = 0;
    /// The counter selected at the last read of `CounterLow`, bits `[63:32]`.
    CounterHigh @ 0x308 ReadOnly = 0;
}

crate::escalation::code_table! {
    /// Counters of a lane, 48 bits each. The stall counters split the cycles in which nothing was
    /// issued: together with `issued` they add up to `cycles`.
    Counter {
        /// Cycles in which at least one hart of the lane ran a transaction.
        Cycles = 0, "cycles";
        /// Cycles in which a micro-op was issued, or the second half of a swap or the result of a unit alone.
        Issued = 1, "issued";
        /// Micro-ops retired.
        Retired = 2, "retired";
        /// EVM instructions, counted at the entry of their block.
        Instructions = 3, "instructions";
        /// Nothing to issue: fetch after a correctly predicted jump, or start of a transaction.
        StallFetch = 4, "fetch";
        /// Nothing to issue: refilling after a mispredicted branch.
        StallBranch = 5, "branch";
        /// Nothing to issue: the jump map is being read.
        StallJump = 6, "jump";
        /// Nothing to issue: an operand is not yet there.
        StallOperand = 7, "operand";
        /// Nothing to issue: waiting for memory, calldata, copies, logs.
        StallMemory = 8, "memory";
        /// Nothing to issue: waiting for Keccak.
        StallKeccak = 9, "keccak";
        /// Nothing to issue: waiting for the shifter.
        StallShift = 10, "shift";
        /// Nothing to issue: waiting for the multiplier or divider.
        StallMath = 11, "math";
        /// Nothing to issue: waiting for the state table.
        StallState = 12, "state";
        /// Nothing to issue: waiting for an answer of the host.
        StallHost = 13, "host";
        /// Nothing to issue: a transaction starts or ends.
        StallFrame = 14, "frame";
    }
}

const fn offsets_ascend_and_align(rows: &[RegInfo]) -> bool {
    let mut i = 0;
    while i < rows.len() {
        if !rows[i].offset.is_multiple_of(4) || rows[i].offset as usize >= BAR0_LEN {
            return false;
        }
        if i > 0 && rows[i - 1].offset >= rows[i].offset {
            return false;
        }
        i += 1;
    }
    true
}
const _: () = assert!(offsets_ascend_and_align(REGISTERS));
