//! Sizes of the stores of [`super::Frames`].

use crate::circuit::Net;
use gasworks_abi::config::Config;

/// What the configuration means here.
#[derive(Clone, Copy)]
pub struct Size {
    /// Harts: 1, 2 or 4.
    pub harts: usize,
    /// log2 of the frames of a hart, at least 1.
    pub frames: usize,
}

impl Size {
    /// The sizes of a configuration.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        assert!(config.frames_log2 <= 10, "the trace has 11 bits");
        Self {
            harts: config.harts as usize,
            frames: config.frames_log2 as usize,
        }
    }

    /// The address of what belongs to a hart, or to a frame of it.
    #[must_use]
    pub fn of_hart(&self, hart: &Net, frame: Option<&Net>) -> Net {
        let bits = match self.harts {
            4 => Some(hart.clone()),
            2 => Some(hart.bit(0)),
            _ => None,
        };
        match (frame, bits) {
            (Some(frame), Some(hart)) => frame.above(&hart),
            (Some(frame), None) => frame.clone(),
            (None, Some(hart)) => hart,
            (None, None) => hart.bit(0),
        }
    }
}
