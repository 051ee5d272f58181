//! Static branch hints: is a `JUMPI` predicted taken?
//!
//! The rules, first match wins:
//! 1. the condition is an `EQ` with a pushed 3- or 4-byte selector (function dispatch): not taken;
//! 2. the target lies backward (a loop): taken;
//! 3. the code that follows can only fail, which is what `require` and checked arithmetic compile
//!    to: taken;
//! 4. otherwise (targets that fail, loop exits, `if`): not taken.
//!
//! "Can only fail" follows blocks that fall through or jump to a constant, four blocks deep, to a
//! `REVERT`, `INVALID` or certain halt.

use crate::block::{Block, End};

/// Blocks followed in search of a certain failure.
const DEPTH: usize = 4;

/// A `JUMPI` with a constant target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Branch {
    /// Its micro-op.
    pub(crate) micro_op: usize,
    /// Its code position.
    pub(crate) position: u32,
    /// Code position of its target.
    pub(crate) target: u32,
    /// Index of the block that follows.
    pub(crate) next_block: usize,
    /// The condition compares with a selector.
    pub(crate) is_dispatch: bool,
}

/// True when `recent` opcodes, latest last, end a comparison with a selector: `PUSH4 EQ PUSH`,
/// possibly with one opcode between `PUSH4` and `EQ`.
pub(crate) fn is_dispatch(recent: [u8; 4]) -> bool {
    const PUSH3: u8 = 0x62;
    const PUSH4: u8 = 0x63;
    const EQ: u8 = 0x14;
    let is_selector = |opcode| matches!(opcode, PUSH3 | PUSH4);
    recent[2] == EQ && (is_selector(recent[1]) || is_selector(recent[0]))
}

/// The hint for a branch. `block_at` gives the index of the block of a `JUMPDEST`.
pub(crate) fn taken(
    branch: &Branch,
    blocks: &[Block],
    block_at: impl Fn(u32) -> Option<usize>,
) -> bool {
    if branch.is_dispatch {
        return false;
    }
    branch.target <= branch.position || fails(Some(branch.next_block), blocks, &block_at)
}

/// True when nothing but failure can follow.
fn fails(
    mut index: Option<usize>,
    blocks: &[Block],
    block_at: &impl Fn(u32) -> Option<usize>,
) -> bool {
    for _ in 0..DEPTH {
        let Some(block) = index.and_then(|i| blocks.get(i)) else {
            return false;
        };
        index = match block.end {
            End::Falls => index.map(|i| i + 1),
            End::Jumps(position) => block_at(position),
            End::Fails => return true,
            End::Leaves => return false,
        };
    }
    false
}
