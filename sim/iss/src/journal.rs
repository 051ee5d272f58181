//! The journal: what a frame that fails must put back into the state table.

use std::sync::Arc;

use alloy_primitives::U256;

use crate::Image;

/// What can change of an entry of the state table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Content {
    /// Present value of a slot.
    pub(crate) value: U256,
    /// EIP-2929.
    pub(crate) is_warm: bool,
    /// A completed `sstore` hit it.
    pub(crate) is_written: bool,
    /// The program of an account whose callee is known.
    pub(crate) callee: Option<Arc<Image>>,
}

impl Content {
    /// True when nothing differs.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let callee = |content: &Self| content.callee.as_ref().map(Arc::as_ptr);
        self.value == other.value
            && self.is_warm == other.is_warm
            && self.is_written == other.is_written
            && callee(self) == callee(other)
    }
}

/// Entries as they were before their changes, oldest first.
#[derive(Debug)]
pub(crate) struct Journal {
    saved: Vec<(usize, Content)>,
    limit: usize,
}

/// The journal has no room for another entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JournalFull;

impl Journal {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            saved: Vec::new(),
            limit: limit as usize,
        }
    }

    /// Its length, which is the mark of a frame that begins.
    pub(crate) fn len(&self) -> usize {
        self.saved.len()
    }

    /// Takes an entry as it was.
    pub(crate) fn save(&mut self, entry: usize, content: Content) -> Result<(), JournalFull> {
        if self.saved.len() >= self.limit {
            return Err(JournalFull);
        }
        self.saved.push((entry, content));
        Ok(())
    }

    /// The newest entry above a mark.
    pub(crate) fn pop_above(&mut self, mark: usize) -> Option<(usize, Content)> {
        if self.saved.len() > mark {
            self.saved.pop()
        } else {
            None
        }
    }
}
