//! The block that is being written, and what later passes must know of the finished ones.

use gasworks_abi::micro_op::{IMM_MAX, MicroOp};

/// How control leaves a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Into the next block.
    Falls,
    /// To the `JUMPDEST` at this code position.
    Jumps(u32),
    /// `REVERT`, `INVALID` and everything that halts.
    Fails,
    /// Any other way.
    Leaves,
}

/// Demands of one instruction on its block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Demand {
    /// Words that must be on the stack.
    pub(crate) stack_in: u8,
    /// Words that stand in their place afterwards.
    pub(crate) stack_out: u8,
    /// Static gas.
    pub(crate) gas: u32,
}

/// A block whose header is not yet complete.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenBlock {
    /// Index of the header among the micro-ops.
    pub(crate) header: usize,
    need: u8,
    growth: u8,
    instructions: u16,
    gas: u32,
    /// Height of the stack relative to the header.
    height: i32,
    /// Code position of the last label that was pushed.
    pub(crate) label: Option<u32>,
    /// The selector of an error was pushed.
    pub(crate) names_error: bool,
}

impl OpenBlock {
    pub(crate) fn new(header: usize) -> Self {
        Self {
            header,
            need: 0,
            growth: 0,
            instructions: 0,
            gas: 0,
            height: 0,
            label: None,
            names_error: false,
        }
    }

    /// The block with one more instruction; `None` when the fields of a header do not hold it.
    pub(crate) fn with(&self, demand: Demand) -> Option<Self> {
        let need = i32::from(demand.stack_in) - self.height;
        let height = self.height - i32::from(demand.stack_in) + i32::from(demand.stack_out);
        let gas = self.gas + demand.gas;
        Some(Self {
            need: self.need.max(u8::try_from(need.max(0)).ok()?),
            growth: self.growth.max(u8::try_from(height.max(0)).ok()?),
            instructions: self.instructions.checked_add(1)?,
            gas: (gas <= IMM_MAX).then_some(gas)?,
            height,
            ..*self
        })
    }

    /// The header micro-op.
    pub(crate) fn header_op(&self) -> MicroOp {
        MicroOp::block(self.need, self.growth, self.instructions, self.gas)
    }
}

/// A finished block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    /// How control leaves it.
    pub(crate) end: End,
    /// Code position of the last label that it pushed: where an internal call returns to.
    pub(crate) label: Option<u32>,
    /// It pushes the selector of an error.
    pub(crate) names_error: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn demand(stack_in: u8, stack_out: u8, gas: u32) -> Demand {
        Demand {
            stack_in,
            stack_out,
            gas,
        }
    }

    #[test]
    fn need_and_growth_are_relative_to_the_header() {
        let mut block = OpenBlock::new(0);
        for step in [
            demand(2, 1, 3),
            demand(0, 1, 3),
            demand(0, 1, 3),
            demand(17, 17, 3),
        ] {
            block = block.with(step).unwrap();
        }
        assert_eq!(block.header_op(), MicroOp::block(16, 1, 4, 12));
    }

    #[test]
    fn overflow_is_refused() {
        let mut block = OpenBlock::new(0);
        for _ in 0..255 {
            block = block.with(demand(0, 1, 0)).unwrap();
        }
        assert!(block.with(demand(0, 1, 0)).is_none());
        assert!(block.with(demand(1, 1, 0)).is_some());
        let mut block = OpenBlock::new(0);
        for _ in 0..255 {
            block = block.with(demand(1, 0, 0)).unwrap();
        }
        assert!(block.with(demand(1, 0, 0)).is_none());
        assert!(OpenBlock::new(0).with(demand(0, 0, 1 << 24)).is_none());
        assert!(
            OpenBlock::new(0)
                .with(demand(0, 0, (1 << 24) - 1))
                .is_some()
        );
    }
}
