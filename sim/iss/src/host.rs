//! What a hart asks the host for: requests and answers as on the rings.

use std::sync::Arc;

use alloy_primitives::{Address, Bytes, U256};
use gasworks_abi::ring::{self, RequestKind};
use gasworks_driver::Payload;

use crate::Image;

/// Something that a hart needs: `gasworks_abi::ring::Request` with its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Kind.
    pub kind: RequestKind,
    /// Account that is called, that was created, else the running one.
    pub address: Address,
    /// Slot, account, number, gas or mark, by kind.
    pub key: U256,
    /// For calls by request, creations and deployments.
    pub payload: Option<Payload>,
}

impl Request {
    /// A request without payload.
    #[must_use]
    pub fn new(kind: RequestKind, address: Address, key: U256) -> Self {
        Self {
            kind,
            address,
            key,
            payload: None,
        }
    }
}

/// The answer to a [`Request`]: `gasworks_abi::ring::Answer` with what its addresses name.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// Value, delegate, gas or new address, by kind.
    pub value: U256,
    /// Bits of `gasworks_abi::ring::Answer`.
    pub flags: u8,
    /// Bytecode of an account, or output of a precompile.
    pub data: Bytes,
    /// The program that runs.
    pub program: Option<Arc<Image>>,
    /// Effects of the transaction so far.
    pub effects: u16,
}

impl Answer {
    /// An answer that is a number.
    #[must_use]
    pub fn value(value: U256, warm: bool) -> Self {
        Self {
            value,
            flags: if warm { ring::Answer::WARM } else { 0 },
            ..Self::default()
        }
    }

    /// True when all bits of `flag` are set.
    #[must_use]
    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag == flag
    }

    /// Warm when the transaction started.
    #[must_use]
    pub fn is_warm(&self) -> bool {
        self.has(ring::Answer::WARM)
    }
}

/// Answers requests.
pub trait Host {
    /// Answers one request. `None` means that the host cannot: the hart escalates with
    /// `request_failed`.
    fn ask(&mut self, request: Request) -> Option<Answer>;
}

/// A host that answers nothing: every request escalates.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHost;
impl Host for NoHost {
    fn ask(&mut self, _: Request) -> Option<Answer> {
        None
    }
}
