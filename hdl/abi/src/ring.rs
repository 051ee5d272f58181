//! Ring entries: one 64-byte beat each, little-endian, 64-byte aligned.
//!
//! Four rings lie in host memory. The host produces submissions and answers and publishes them by a
//! doorbell with the new tail; the card produces completions and requests, whose last byte carries
//! the phase bit: 1 in the first round of the ring, 0 in the second, and so on.

use bytemuck::{Pod, Zeroable};
use core::mem::{align_of, offset_of, size_of};

use crate::escalation::code_table;

/// Bytes of a ring entry.
pub const ENTRY_BYTES: usize = 64;
/// Bit 0 of the last byte of an entry.
pub const PHASE_BIT: u8 = 1;

code_table! {
    /// What a submission asks for: byte 6 of the entry.
    SubmissionKind {
        /// Execute a transaction: [`TxDescriptor`].
        Execute = 0, "execute";
        /// Load a program into the code store: [`LoadDescriptor`].
        Load = 1, "load";
    }
}

code_table! {
    /// What a hart asks the host for.
    RequestKind {
        /// Storage slot `key` of account `address`. Answer: value, warm.
        Storage = 0, "storage";
        /// Account `key` (low 160 bits): value is the balance. Answer: value, warm.
        Balance = 1, "balance";
        /// Account `key`: value is the code hash, zero for an account that does not exist or is empty (EIP-161). Answer: value, warm.
        CodeHash = 2, "code_hash";
        /// Account `key`: `code_len`, and `code_iova` of the bytecode. Answer: value is the length too; warm.
        Code = 3, "code";
        /// Hash of block `key`. Answer: value, zero outside the last 256.
        BlockHash = 4, "block_hash";
        /// Versioned hash `key` of the transaction. Answer: value, zero past the last.
        BlobHash = 5, "blob_hash";
        /// Account `key[159:0]` is about to be called; `key[167:160]` is the `CallKind`. Answer: warm;
        /// `EMPTY` (EIP-161); `PRECOMPILE`; `HAS_CODE` and the handle of its program, loaded; `DELEGATED`
        /// (EIP-7702): `value` is the delegate, `DELEGATE_WARM` whether it was warm at the start, code
        /// and program are the delegate's. An effect when the call touches an empty account.
        Callee = 6, "callee";
        /// Call of account `address` with value, or of a precompile: `key[63:0]` is the gas of the
        /// callee, `key[71:64]` the `CallKind`. The payload holds the rest: its account is the caller's,
        /// topic 1 the value, the data the input of a precompile. Answer: `DONE` when the value was
        /// moved (and the precompile succeeded); `value[63:0]` is the gas left where no code runs;
        /// `code_iova`, `code_len` the output of a precompile. Always one effect.
        Call = 7, "call";
        /// `CREATE`: `key[63:0]` is the gas of the creation; payload: creator, topic 0 the value, the
        /// data the initcode. Answer: `NAMED`: `value` is the new address (which becomes warm), warm at
        /// the start; `DONE` with the handle of the initcode's program: the account was made. Not done
        /// but named: a collision, the gas is lost. Not named: the gas comes back. Always two effects: the
        /// nonce, the creation.
        Create = 8, "create";
        /// `CREATE2`: the same, topic 1 is the salt.
        Create2 = 9, "create2";
        /// The initcode of account `address` returned `key[31:0]` bytes of code, the data of the payload, and
        /// paid for them. Answer: `DONE` unless the code is not allowed (EIP-170, EIP-3541). Always one effect.
        Created = 10, "created";
        /// Account `address` destroys itself for account `key`. Answer: warm; `EMPTY` when a balance
        /// goes to an empty account; `DONE` when it had not been destroyed before. Always one effect.
        SelfDestruct = 11, "selfdestruct";
        /// Undo every effect but the first `key[15:0]`.
        Undo = 12, "undo";
    }
}

/// A transaction to execute.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct TxDescriptor {
    /// Returned in everything that the card says about this transaction.
    pub tag: u32,
    /// Incarnation, 0 at first; returned in the completion.
    pub incarnation: u16,
    /// [`SubmissionKind::Execute`].
    pub kind: u8,
    /// [`crate::fork::Fork`].
    pub fork: u8,
    /// Gas of the first frame: gas limit less intrinsic gas.
    pub gas_limit: u64,
    /// Context block, see [`crate::record`].
    pub context_iova: u64,
    /// Calldata, 64-byte aligned.
    pub calldata_iova: u64,
    /// Result record, 64-byte aligned.
    pub result_iova: u64,
    /// Calldata length in bytes.
    pub calldata_len: u32,
    /// Bytes of the result record, a multiple of 64. The payload buffer follows it, see [`crate::record`].
    pub result_len: u32,
    /// Handle of the program: its first line in the code store.
    pub program: u32,
    /// Seeds that follow the context block.
    pub seed_count: u16,
    /// Zero.
    pub flags: u16,
    /// Zero.
    pub reserved: [u8; 7],
    /// Phase in bit 0.
    pub phase: u8,
}
const _: () = assert!(size_of::<TxDescriptor>() == ENTRY_BYTES && align_of::<TxDescriptor>() == 64);
const _: () = assert!(offset_of!(TxDescriptor, kind) == 0x06);
const _: () = assert!(offset_of!(TxDescriptor, gas_limit) == 0x08);
const _: () = assert!(offset_of!(TxDescriptor, calldata_len) == 0x28);
const _: () = assert!(offset_of!(TxDescriptor, program) == 0x30);
const _: () = assert!(offset_of!(TxDescriptor, seed_count) == 0x34);
const _: () = assert!(offset_of!(TxDescriptor, phase) == 0x3f);

/// A program to load into the code store of every lane. Takes effect before later submissions start.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct LoadDescriptor {
    /// Returned in the completion.
    pub tag: u32,
    /// Zero.
    pub incarnation: u16,
    /// [`SubmissionKind::Load`].
    pub kind: u8,
    /// Zero.
    pub reserved_low: u8,
    /// The image, 64-byte aligned.
    pub image_iova: u64,
    /// The constants, 64-byte aligned, two a beat.
    pub constants_iova: u64,
    /// First line to write.
    pub line: u32,
    /// Lines to write.
    pub line_count: u32,
    /// First constant to write, even.
    pub constant_base: u32,
    /// Constants to write, even.
    pub constant_count: u32,
    /// Zero.
    pub reserved: [u8; 23],
    /// Phase in bit 0.
    pub phase: u8,
}
const _: () = assert!(size_of::<LoadDescriptor>() == ENTRY_BYTES);
const _: () = assert!(offset_of!(LoadDescriptor, line) == 0x18);
const _: () = assert!(offset_of!(LoadDescriptor, constant_count) == 0x24);

/// The end of a submission.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct Completion {
    /// Tag of the submission.
    pub tag: u32,
    /// Incarnation of the submission.
    pub incarnation: u16,
    /// [`crate::escalation::Status`].
    pub status: u8,
    /// [`crate::escalation::Halt`], [`crate::escalation::Escalation`] or, after a stop,
    /// [`crate::escalation::SELF_DESTRUCTED`], by status; else zero.
    pub reason: u8,
    /// Gas left; zero after a halt.
    pub gas_left: u64,
    /// Refund counter of the frame; zero unless it succeeded.
    pub refund: i64,
    /// Bytes of output.
    pub output_len: u32,
    /// Beats of logs.
    pub log_beats: u32,
    /// Storage slots written.
    pub write_count: u16,
    /// Logs.
    pub log_count: u16,
    /// `lane * harts + hart`.
    pub hart: u16,
    /// [`SubmissionKind`].
    pub kind: u8,
    /// Zero.
    pub reserved_low: u8,
    /// Cycles from the first fetch to the end of the frame.
    pub cycles: u32,
    /// EVM instructions, counted at the entry of their block.
    pub instructions: u32,
    /// Micro-ops retired.
    pub micro_ops: u32,
    /// Of `cycles`, those spent waiting for answers of the host.
    pub host_cycles: u32,
    /// Zero.
    pub reserved: [u8; 7],
    /// Phase in bit 0.
    pub phase: u8,
}
const _: () = assert!(size_of::<Completion>() == ENTRY_BYTES);
const _: () = assert!(offset_of!(Completion, status) == 0x06);
const _: () = assert!(offset_of!(Completion, gas_left) == 0x08);
const _: () = assert!(offset_of!(Completion, output_len) == 0x18);
const _: () = assert!(offset_of!(Completion, write_count) == 0x20);
const _: () = assert!(offset_of!(Completion, cycles) == 0x28);
const _: () = assert!(offset_of!(Completion, host_cycles) == 0x34);
const _: () = assert!(offset_of!(Completion, phase) == 0x3f);

/// Something that a hart needs.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct Request {
    /// Slot, account or number, little-endian.
    pub key: [u8; 32],
    /// Account whose storage is meant, as the low 20 bytes of a little-endian word.
    pub address: [u8; 20],
    /// Tag of the transaction.
    pub tag: u32,
    /// `lane * harts + hart`.
    pub hart: u16,
    /// [`RequestKind`].
    pub kind: u8,
    /// Counts up per hart; the answer returns it.
    pub sequence: u8,
    /// Zero.
    pub reserved: [u8; 3],
    /// Phase in bit 0.
    pub phase: u8,
}
const _: () = assert!(size_of::<Request>() == ENTRY_BYTES);
const _: () = assert!(offset_of!(Request, tag) == 0x34);
const _: () = assert!(offset_of!(Request, kind) == 0x3a);

/// The answer to a [`Request`].
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct Answer {
    /// Value, little-endian.
    pub value: [u8; 32],
    /// [`RequestKind::Code`]: host address of the bytecode, 64-byte aligned; [`RequestKind::Call`]: of the output.
    pub code_iova: u64,
    /// [`RequestKind::Code`]: bytes of code; [`RequestKind::Call`]: of output.
    pub code_len: u32,
    /// Tag of the transaction.
    pub tag: u32,
    /// Hart that asked.
    pub hart: u16,
    /// [`RequestKind`] of the request.
    pub kind: u8,
    /// Sequence of the request.
    pub sequence: u8,
    /// [`Answer::WARM`] and so on.
    pub flags: u8,
    /// Zero.
    pub reserved_low: u8,
    /// Effects of the transaction so far: changes on the host that [`RequestKind::Undo`] can undo.
    pub effects: u16,
    /// Handle of a program.
    pub program: u32,
    /// Zero.
    pub reserved: [u8; 3],
    /// Phase in bit 0.
    pub phase: u8,
}
impl Answer {
    /// `flags[0]`: the slot or account was warm when the transaction started.
    pub const WARM: u8 = 1;
    /// `flags[1]`: the host cannot answer; the hart escalates with `request_failed`.
    pub const FAILED: u8 = 2;
    /// `flags[2]`: the account does not exist or is empty; [`RequestKind`] says what follows.
    pub const EMPTY: u8 = 4;
    /// `flags[3]`: the account is a precompile.
    pub const PRECOMPILE: u8 = 8;
    /// `flags[4]`: there is code to run; `program` is its handle.
    pub const HAS_CODE: u8 = 0x10;
    /// `flags[5]`: `value` is the delegate of the account (EIP-7702).
    pub const DELEGATED: u8 = 0x20;
    /// `flags[5]` of a creation: `value` is the new address.
    pub const NAMED: u8 = 0x20;
    /// `flags[6]`: the delegate was warm when the transaction started.
    pub const DELEGATE_WARM: u8 = 0x40;
    /// `flags[7]`: it was done.
    pub const DONE: u8 = 0x80;
}
const _: () = assert!(size_of::<Answer>() == ENTRY_BYTES);
const _: () = assert!(offset_of!(Answer, code_iova) == 0x20);
const _: () = assert!(offset_of!(Answer, hart) == 0x30);
const _: () = assert!(offset_of!(Answer, flags) == 0x34);
const _: () = assert!(offset_of!(Answer, effects) == 0x36);
const _: () = assert!(offset_of!(Answer, program) == 0x38);
