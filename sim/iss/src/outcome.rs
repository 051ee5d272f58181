//! What a hart gives back, and how it can be watched.

use alloy_primitives::{Address, B256, Bytes, U256};
use gasworks_abi::escalation::{Escalation, Halt, Status};
use gasworks_abi::micro_op::MicroOp;
use gasworks_abi::record::{StateEntry, TouchedBeat};

use crate::Image;

/// One storage slot: a seed (host to card) or a write (card to host). The numbers of a
/// [`StateEntry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slot {
    /// Account.
    pub address: Address,
    /// Slot.
    pub key: U256,
    /// Present value.
    pub value: U256,
    /// Value at the start of the transaction.
    pub original: U256,
    /// EIP-2929: warm.
    pub warm: bool,
}

impl From<&StateEntry> for Slot {
    fn from(entry: &StateEntry) -> Self {
        let mut address = entry.address;
        address.reverse();
        Self {
            address: Address::new(address),
            key: U256::from_le_bytes(entry.key),
            value: U256::from_le_bytes(entry.value),
            original: U256::from_le_bytes(entry.original),
            warm: entry.flags & StateEntry::WARM != 0,
        }
    }
}

impl From<&Slot> for StateEntry {
    fn from(slot: &Slot) -> Self {
        let mut address = slot.address.into_array();
        address.reverse();
        Self {
            key: slot.key.to_le_bytes(),
            value: slot.value.to_le_bytes(),
            original: slot.original.to_le_bytes(),
            address,
            flags: if slot.warm { Self::WARM } else { 0 },
            reserved: [0; 2],
        }
    }
}

/// One log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Account that logs.
    pub address: Address,
    /// Topics, 0 to 4.
    pub topics: Vec<B256>,
    /// Data.
    pub data: Bytes,
}

/// How a transaction ended: completion and result record in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How the frame ended.
    pub status: Status,
    /// [`Halt`] or [`Escalation`] code, by `status`; else zero.
    pub reason: u8,
    /// Gas left; zero after a halt or an escalation.
    pub gas_left: u64,
    /// Refund counter; zero unless the frame succeeded.
    pub refund: i64,
    /// Output of `RETURN` and `REVERT`.
    pub output: Bytes,
    /// Logs; empty unless the frame succeeded.
    pub logs: Vec<Log>,
    /// Beats of logs that were streamed into the record, whatever the status.
    pub log_beats: u32,
    /// Storage slots that were written, in order of their table entries; empty unless the frame
    /// succeeded.
    pub writes: Vec<Slot>,
    /// Seeds that were read or written; zero unless the frame succeeded.
    pub touched: TouchedBeat,
    /// EVM instructions, counted at the entry of their block.
    pub instructions: u64,
    /// Micro-ops retired, the last one included.
    pub micro_ops: u64,
}

impl Outcome {
    /// Why it halted, if it did.
    #[must_use]
    pub fn halt(&self) -> Option<Halt> {
        (self.status == Status::Halt)
            .then(|| Halt::from_u8(self.reason))
            .flatten()
    }

    /// Why it was given back, if it was.
    #[must_use]
    pub fn escalation(&self) -> Option<Escalation> {
        (self.status == Status::Escalated)
            .then(|| Escalation::from_u8(self.reason))
            .flatten()
    }

    /// True when the effects stand: stop or return.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self.status, Status::Stop | Status::Return)
    }
}

/// One micro-op as the trace port of the lane shows it, before it takes effect.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Number of the frame, 0 for the transaction's own.
    pub frame: u32,
    /// The program that runs.
    pub image: &'a Image,
    /// Micro-op index in the program.
    pub pc: u32,
    /// The micro-op.
    pub op: MicroOp,
    /// Operand A; zero when the operation does not read it.
    pub a: U256,
    /// Operand B; zero when the operation does not read it.
    pub b: U256,
    /// Gas before the micro-op.
    pub gas: u64,
    /// The stack of the frame before the micro-op, top last.
    pub stack: &'a [U256],
}

/// Sees every retired micro-op, in order, before it takes effect.
pub trait Observer {
    /// False makes the hart skip the preparation of [`Step`].
    const ENABLED: bool = true;
    /// One micro-op retires.
    fn retire(&mut self, step: &Step<'_>);
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;
impl Observer for NoObserver {
    const ENABLED: bool = false;
    fn retire(&mut self, _: &Step<'_>) {}
}

impl<F: FnMut(&Step<'_>)> Observer for F {
    fn retire(&mut self, step: &Step<'_>) {
        self(step);
    }
}
