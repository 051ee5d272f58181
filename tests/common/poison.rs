//! A simulated card whose memories are overwritten between transactions.

use gasworks_driver::{
    Capabilities, Device, DeviceError, Execution, LaneCounters, StateSource, Submission,
    SubmitError, Transport,
};
use gasworks_sim::{SimDevice, SimError};
use gasworks_verilog::PlacedMemory;

/// Memories that keep what a transaction may see from before it, by the end of their place, and why.
/// (Constants belong to resident programs too, but those of a test are loaded with it.)
pub const LASTING: &[(&str, &str)] = &[(
    "u_fetch_code_store",
    "the programs that the host has made resident",
)];

/// What the memories hold when a transaction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// What earlier transactions left.
    Left,
    /// Ones everywhere.
    Ones,
    /// Random bits, others for each transaction.
    Random,
}

/// Longest time that the card needs to come to rest behind a completion, in µs.
const REST_US: u64 = 5;

/// A card that runs one transaction at a time.
pub struct Poisoned {
    card: SimDevice,
    memories: Vec<PlacedMemory>,
    pattern: Pattern,
    /// Overwritten after this time in the transaction, in µs, not before it.
    late_us: Option<u64>,
    seed: u64,
    is_busy: bool,
    /// Everything that ran.
    pub executions: Vec<Execution>,
}

impl Poisoned {
    /// Overwrites `memories` before each transaction.
    #[must_use]
    pub fn new(card: SimDevice, memories: Vec<PlacedMemory>, pattern: Pattern) -> Self {
        Self {
            card,
            memories,
            pattern,
            late_us: None,
            seed: 0,
            is_busy: false,
            executions: Vec::new(),
        }
    }

    /// Overwrites them in the middle of the transaction: it must see that.
    #[must_use]
    pub fn late(mut self, after_us: u64) -> Self {
        self.late_us = Some(after_us);
        self
    }

    fn wait(&mut self, us: u64) -> Result<(), DeviceError> {
        let mut left = us;
        while left > 0 {
            left = left.saturating_sub(self.card.transport_mut().wait(left)?);
        }
        Ok(())
    }

    fn poison(&mut self) -> Result<(), DeviceError> {
        if self.pattern == Pattern::Left {
            return Ok(());
        }
        for memory in &self.memories {
            self.seed += 1;
            let seed = match self.pattern {
                Pattern::Random => self.seed,
                _ => 0,
            };
            let done = self.card.transport_mut().poison(memory, seed);
            done.map_err(|error: SimError| DeviceError::Transport {
                action: "overwrite a memory",
                source: std::io::Error::other(error),
            })?;
        }
        Ok(())
    }
}

impl Device for Poisoned {
    fn name(&self) -> &'static str {
        "poisoned"
    }
    fn capabilities(&self) -> &Capabilities {
        self.card.capabilities()
    }
    fn submit(&mut self, submission: &Submission) -> Result<(), SubmitError> {
        if self.is_busy {
            return Err(SubmitError::Busy);
        }
        self.wait(REST_US)?;
        if self.late_us.is_none() {
            self.poison()?;
        }
        self.card.submit(submission)?;
        self.is_busy = true;
        if let Some(us) = self.late_us {
            self.wait(us)?;
            self.poison()?;
        }
        Ok(())
    }
    fn poll(&mut self, state: &mut dyn StateSource) -> Result<Vec<Execution>, DeviceError> {
        let ended = self.card.poll(state)?;
        self.is_busy &= ended.is_empty();
        self.executions.extend(ended.iter().cloned());
        Ok(ended)
    }
    fn counters(&mut self) -> Result<Vec<LaneCounters>, DeviceError> {
        self.card.counters()
    }
    fn reset(&mut self) -> Result<(), DeviceError> {
        self.is_busy = false;
        self.card.reset()
    }
}
