//! Failures of the device, of the link to it, and of what it writes.

use gasworks_abi::escalation::Escalation;

/// Failure of the device or of the link to it. What was in flight is lost; the EVM state is not.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The identity register holds something else.
    #[error("no gasworks card: identity {found:#010x}, expected {expected:#010x}")]
    NotACard {
        /// `GASW`.
        expected: u32,
        /// What was read.
        found: u32,
    },
    /// The card speaks another major version of the contract.
    #[error("contract version {device:#010x} of the card does not match {host:#010x} of the host")]
    AbiMismatch {
        /// Version of this program.
        host: u32,
        /// Version of the card.
        device: u32,
    },
    /// A capability register holds a value that no card has.
    #[error("capability {name} is {value}, which no card has")]
    BadCapability {
        /// Which.
        name: &'static str,
        /// What was read.
        value: u32,
    },
    /// The device made no progress; [`crate::Device::reset`] brings it back.
    #[error(
        "no completion and no request for {waited_us} us with {in_flight} in flight (head {head}, tail {tail})"
    )]
    Timeout {
        /// Time without progress, as the device counts it.
        waited_us: u64,
        /// Transactions and loads in flight.
        in_flight: usize,
        /// Head of the submission queue.
        head: u16,
        /// Tail of the submission queue.
        tail: u16,
    },
    /// The card raised a fault: bits of `FaultStatus`.
    #[error("device fault, FaultStatus {status:#06x}")]
    Fault {
        /// Bits of `FaultStatus`.
        status: u32,
    },
    /// The card did not finish its reset.
    #[error("the card did not finish its reset within {waited_us} us")]
    Reset {
        /// Time waited.
        waited_us: u64,
    },
    /// A completion or a request names something that is not in flight, or a code that does not exist.
    #[error("{entry}: field {field} holds {value:#x}")]
    BadEntry {
        /// `completion` or `request`.
        entry: &'static str,
        /// Field.
        field: &'static str,
        /// What it held.
        value: u64,
    },
    /// A result record does not parse.
    #[error("result record of transaction {tag}")]
    Record {
        /// Tag of the transaction.
        tag: u32,
        /// What is wrong with it.
        #[source]
        source: MalformedRecord,
    },
    /// The arena is full or an address lies outside of it.
    #[error(transparent)]
    Arena(#[from] ArenaError),
    /// The transport failed.
    #[error("transport: cannot {action}")]
    Transport {
        /// What it was doing.
        action: &'static str,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// An operation of the interpreter that the contract rules out: a bug of the translator or of the ISS.
    #[error("{device}: transaction {tag}: {detail}")]
    Internal {
        /// Device.
        device: &'static str,
        /// Tag of the transaction.
        tag: u32,
        /// What happened.
        detail: String,
    },
    /// The translator refused the code for a reason other than its size.
    #[error("cannot translate the code: {reason}")]
    Translate {
        /// Counted as.
        escalation: Escalation,
        /// What the translator says.
        reason: String,
    },
}

/// A result record that breaks the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedRecord {
    /// A part reaches past the buffer.
    #[error("{part} ends at byte {end} of a buffer of {len}")]
    PastEnd {
        /// Which part.
        part: &'static str,
        /// Where it would end.
        end: u64,
        /// Bytes of the buffer.
        len: u64,
    },
    /// A log with more than four topics.
    #[error("log {index} has {count} topics")]
    TopicCount {
        /// Which log.
        index: u32,
        /// Topics.
        count: u32,
    },
    /// The logs take another number of beats than the completion says.
    #[error("logs take {found} beats, the completion says {expected}")]
    LogBeats {
        /// Beats by the completion.
        expected: u64,
        /// Beats by the log headers.
        found: u64,
    },
}

/// Misuse or exhaustion of the arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArenaError {
    /// Not inside the arena, or not 64-byte aligned.
    #[error("address {iova:#x} with {len} bytes is no aligned part of the arena")]
    OutOfRange {
        /// First byte.
        iova: u64,
        /// Bytes.
        len: u64,
    },
    /// No free range is large enough.
    #[error("the arena has no room for {len} bytes")]
    Full {
        /// Bytes asked for.
        len: u64,
    },
    /// The operating system gave no memory.
    #[error("cannot map {len} bytes of memory")]
    Map {
        /// Bytes asked for.
        len: usize,
    },
}
