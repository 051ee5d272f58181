//! Widths and depths of one pipeline.

use crate::circuit::{Circuit, Net};
use gasworks_abi::config::Config;

/// Bits of a hart number on every port, whatever the number of harts.
pub const HART: usize = 2;

/// Bits of the depth of a frame's stack: up to 1,024 words.
pub const DEPTH: usize = 11;

/// What the configuration means for the pipeline.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Harts: 1, 2 or 4.
    pub harts: usize,
    /// Slices of the 256-bit word.
    pub slices: usize,
    /// Bits of a slice.
    pub width: usize,
    /// log2 of the words of a hart's window.
    pub stack: usize,
    /// Bits of `sp`, which counts the words of all frames.
    pub sp: usize,
    /// log2 of the lines of the code store.
    pub lines: usize,
    /// Bits of a word address in the code store: a line and a word in it.
    pub pc: usize,
    /// log2 of the words of the constant store.
    pub constants: usize,
    /// Stage number of C, counted from D.
    pub condition: usize,
    /// Stage number of T, counted from D.
    pub retire: usize,
}

impl Shape {
    /// The shape of a configuration.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        assert!(matches!(config.harts, 1 | 2 | 4), "1, 2 or 4 harts");
        assert!(
            matches!(config.slices, 1 | 2 | 4 | 8),
            "1, 2, 4 or 8 slices"
        );
        assert!(config.stack_log2 <= 11, "up to 2,048 words");
        let slices = config.slices as usize;
        let lines = config.code_lines_log2 as usize;
        Self {
            harts: config.harts as usize,
            slices,
            width: 256 / slices,
            stack: config.stack_log2 as usize,
            sp: DEPTH.max(config.stack_log2 as usize + 1),
            lines,
            pc: lines + 3,
            constants: config.constants_log2 as usize,
            condition: slices + 3,
            retire: slices + 4,
        }
    }

    /// `low` in the part of a memory that belongs to `hart`.
    #[must_use]
    pub fn of_hart(&self, hart: &Net, low: &Net) -> Net {
        match self.harts {
            1 => low.clone(),
            2 => low.above(&hart.bit(0)),
            _ => low.above(hart),
        }
    }

    /// The address of a memory with one word per hart.
    #[must_use]
    pub fn hart_word(&self, hart: &Net) -> Net {
        match self.harts {
            4 => hart.clone(),
            _ => hart.bit(0),
        }
    }

    /// Every hart.
    pub fn each(&self) -> std::ops::Range<usize> {
        0..self.harts
    }

    /// One net per hart.
    pub fn per_hart(&self, make: impl FnMut(usize) -> Net) -> Vec<Net> {
        self.each().map(make).collect()
    }

    /// `number` as a hart number.
    #[must_use]
    pub fn number(&self, c: &Circuit, number: usize) -> Net {
        c.lit(number as u64, HART)
    }
}

/// A value that travels down the pipeline: its copy in each stage from `first` on.
pub struct Line {
    first: usize,
    stages: Vec<Net>,
}

impl Line {
    /// Delays `value`, which is that of stage `first`, up to stage `last`.
    #[must_use]
    pub fn new(c: &Circuit, name: &str, first: usize, value: &Net, last: usize) -> Self {
        let mut stages = vec![value.clone()];
        for stage in first + 1..=last {
            let before = stages[stages.len() - 1].clone();
            stages.push(c.delay(&format!("{name}_{stage}"), &before));
        }
        Self { first, stages }
    }
    /// The copy in `stage`.
    #[must_use]
    pub fn at(&self, stage: usize) -> &Net {
        &self.stages[stage - self.first]
    }
}
