//! One hart.

use alloy_primitives::U256;
use gasworks_abi::config::Config;
use gasworks_abi::env::ENV_WORDS;
use gasworks_abi::fork::Fork;

use crate::{Host, Image, Observer, Outcome, Slot};

/// What a transaction starts with: submission and context block in one.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// Fork.
    pub fork: Fork,
    /// Gas of the frame.
    pub gas_limit: u64,
    /// The environment file, indexed by `gasworks_abi::env::EnvWord`.
    pub environment: &'a [U256; ENV_WORDS],
    /// Calldata.
    pub calldata: &'a [u8],
    /// Seeds of the state table, 512 at most.
    pub seeds: &'a [Slot],
    /// Bytes of the result buffer, a multiple of 64.
    pub result_len: u32,
}

/// A hart that runs one transaction.
#[derive(Debug)]
pub struct Hart<'a> {
    image: &'a Image,
}

impl<'a> Hart<'a> {
    /// A hart at the start of a transaction.
    #[must_use]
    pub fn new(config: &Config, image: &'a Image, start: &Start<'a>) -> Self {
        let _ = (config, start);
        Self { image }
    }

    /// Executes one micro-op; the outcome if it ended the frame.
    pub fn step<H: Host + ?Sized, O: Observer>(
        &mut self,
        host: &mut H,
        observer: &mut O,
    ) -> Option<Outcome> {
        let _ = (host, observer, self.image);
        unimplemented!("the interpreter follows")
    }

    /// Runs to the end of the frame.
    pub fn run<H: Host + ?Sized, O: Observer>(
        &mut self,
        host: &mut H,
        observer: &mut O,
    ) -> Outcome {
        loop {
            if let Some(outcome) = self.step(host, observer) {
                return outcome;
            }
        }
    }
}
