//! What a device is to the engine: it takes a first frame and gives back its result.

use alloy_primitives::{Address, B256, Bytes, U256};
use gasworks_abi::{
    env::ENV_WORDS,
    escalation::{Escalation, Halt},
    fork::Fork,
    regs::Counter,
    ring::RequestKind,
};

use crate::capabilities::Capabilities;
use crate::error::DeviceError;

/// One storage slot as the transaction finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Account.
    pub address: Address,
    /// Slot.
    pub key: U256,
    /// Value at the start of the transaction, and its original value.
    pub value: U256,
    /// Warm at the start (EIP-2929, EIP-2930).
    pub warm: bool,
}

/// The first frame of a transaction.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Returned in everything that the device says about this transaction. Unique among those in flight.
    pub tag: u32,
    /// Incarnation, 0 at first.
    pub incarnation: u16,
    /// Rules.
    pub fork: Fork,
    /// Gas of the frame: gas limit less intrinsic gas.
    pub gas_limit: u64,
    /// Words of the environment file, indexed by [`gasworks_abi::env::EnvWord`].
    pub environment: [U256; ENV_WORDS],
    /// Calldata.
    pub calldata: Bytes,
    /// Bytecode that runs.
    pub code: Bytes,
    /// Its Keccak-256.
    pub code_hash: B256,
    /// Slots that travel with the submission.
    pub seeds: Vec<Slot>,
}

/// How a frame ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// `STOP`, or the end of the code.
    Stop,
    /// `SELFDESTRUCT`.
    SelfDestruct,
    /// `RETURN`.
    Return,
    /// `REVERT`.
    Revert,
    /// Exceptional halt.
    Halt(Halt),
    /// The device gives the transaction back and forgets everything it did.
    Escalated(Escalation),
}

/// A log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Account that logs.
    pub address: Address,
    /// Topics, 0 to 4.
    pub topics: Vec<B256>,
    /// Data.
    pub data: Bytes,
}

/// A storage slot that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Write {
    /// Account.
    pub address: Address,
    /// Slot.
    pub key: U256,
    /// Value at the end.
    pub value: U256,
    /// Value at the start of the transaction.
    pub original: U256,
}

/// The result of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// Tag of the submission.
    pub tag: u32,
    /// Incarnation of the submission.
    pub incarnation: u16,
    /// How it ended.
    pub outcome: Outcome,
    /// Gas left; zero after a halt.
    pub gas_left: u64,
    /// Refund counter; zero unless it succeeded.
    pub refund: i64,
    /// Output of `RETURN` or `REVERT`.
    pub output: Bytes,
    /// Logs in order; empty unless it succeeded.
    pub logs: Vec<Log>,
    /// Slots written; empty unless it succeeded.
    pub writes: Vec<Write>,
    /// For each seed whether it was read or written; empty unless it succeeded.
    pub touched_seeds: Vec<bool>,
    /// Number of the hart: `lane * harts + hart`.
    pub hart: u16,
    /// Cycles from the first fetch to the end of the frame; zero for a device without timing.
    pub cycles: u64,
    /// EVM instructions, counted at the entry of their block.
    pub instructions: u64,
    /// Micro-ops retired.
    pub micro_ops: u64,
    /// Of `cycles`, those spent waiting for answers of the host.
    pub host_cycles: u64,
}

/// What comes with a question about a call or a creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// The running account.
    pub account: Address,
    /// Arg words of the call: gas, value, account; of the creation: value, salt. Zero where there are none.
    pub words: [U256; 4],
    /// Input of a precompile, initcode, or code to deploy.
    pub data: Bytes,
}

/// What a running transaction asks the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Tag of the transaction.
    pub tag: u32,
    /// Kind.
    pub kind: RequestKind,
    /// Account whose slot is meant, that is called, was created or destroys itself, by kind.
    pub address: Address,
    /// Slot, account (low 160 bits), block number or index, gas, mark, by kind ([`RequestKind`]).
    pub key: U256,
    /// Present for [`RequestKind::Call`], [`RequestKind::Create`], [`RequestKind::Create2`] and
    /// [`RequestKind::Created`].
    pub payload: Option<Payload>,
}

impl Question {
    /// The account that an account question is about: the low 160 bits of the key.
    #[must_use]
    pub fn account(&self) -> Address {
        Address::from_word(B256::from(self.key))
    }
}

/// The answer to a [`Question`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// Value, balance, code hash or hash; for code its length; delegate, gas or new address, by kind.
    pub value: U256,
    /// The slot or account was warm when the transaction started.
    pub warm: bool,
    /// Bits of `gasworks_abi::ring::Answer` that the host decides: `EMPTY`, `PRECOMPILE`, `DELEGATED`,
    /// `NAMED`, `DELEGATE_WARM`, `DONE`.
    pub flags: u8,
    /// [`RequestKind::Code`]: the bytecode. [`RequestKind::Callee`]: what runs, empty if nothing does.
    /// [`RequestKind::Create`]: the initcode.
    pub code: Bytes,
    /// Keccak-256 of `code`; for [`RequestKind::Callee`] and creations.
    pub code_hash: B256,
    /// [`RequestKind::Call`]: output of a precompile.
    pub output: Bytes,
    /// Effects of the transaction so far.
    pub effects: u16,
}

impl Reply {
    /// A reply without code.
    #[must_use]
    pub fn value(value: U256, warm: bool) -> Self {
        Self {
            value,
            warm,
            ..Self::default()
        }
    }
    /// A reply to [`RequestKind::Code`].
    #[must_use]
    pub fn code(code: Bytes, warm: bool) -> Self {
        Self {
            value: U256::from(code.len()),
            warm,
            code,
            ..Self::default()
        }
    }
}

/// The host has no answer; the transaction escalates with `request_failed`. The source keeps the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the host has no answer")]
pub struct Unanswerable;

/// Answers what running transactions ask, each from the state that its transaction sees.
pub trait StateSource {
    /// Answers one question. Only effects ([`Reply::effects`]) change the state of the transaction:
    /// warmth, for instance, is that at the start of the transaction however often it is asked.
    ///
    /// # Errors
    /// When there is no answer; the transaction then escalates.
    fn answer(&mut self, question: &Question) -> Result<Reply, Unanswerable>;
}

/// Why a submission was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// The device can never run this transaction; nothing was submitted.
    #[error("declined: {}", .0.name())]
    Declined(Escalation),
    /// No room until something that is in flight ends: poll, then submit again.
    #[error("no room until something in flight ends")]
    Busy,
    /// The device failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// Counters of one lane since the device was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LaneCounters {
    values: [u64; Counter::ALL.len()],
}

impl LaneCounters {
    /// The value of a counter.
    #[must_use]
    pub fn get(&self, counter: Counter) -> u64 {
        self.values[counter as usize]
    }
    /// Sets a counter.
    pub fn set(&mut self, counter: Counter, value: u64) {
        self.values[counter as usize] = value;
    }
    /// What was counted since `earlier`; counters are 48 bits wide and wrap.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut out = Self::default();
        for (index, value) in out.values.iter_mut().enumerate() {
            *value = self.values[index].wrapping_sub(earlier.values[index]) & ((1 << 48) - 1);
        }
        out
    }
}

/// Something that executes first frames.
pub trait Device {
    /// Name for reports: `iss`, `sim`, ...
    fn name(&self) -> &'static str;

    /// Identity and sizes.
    fn capabilities(&self) -> &Capabilities;

    /// Submits a transaction. It may start at once; its questions and its end come through
    /// [`Device::poll`].
    ///
    /// # Errors
    /// When it exceeds a limit that is known beforehand, when there is no room at present, or when
    /// the device fails.
    fn submit(&mut self, submission: &Submission) -> Result<(), SubmitError>;

    /// Answers questions until at least one transaction has ended, and returns those that have.
    /// Returns nothing when nothing is in flight.
    ///
    /// # Errors
    /// When the device fails: everything in flight is lost, see [`Device::reset`].
    fn poll(&mut self, state: &mut dyn StateSource) -> Result<Vec<Execution>, DeviceError>;

    /// Counters of every lane.
    ///
    /// # Errors
    /// When the link fails.
    fn counters(&mut self) -> Result<Vec<LaneCounters>, DeviceError>;

    /// Forgets everything in flight and makes the device usable again.
    ///
    /// # Errors
    /// When the device does not come back.
    fn reset(&mut self) -> Result<(), DeviceError>;
}
