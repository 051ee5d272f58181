//! Answers the questions of running transactions from their journals and the world.

use std::collections::HashMap;

use gasworks_abi::ring::RequestKind;
use gasworks_driver::{Question, Reply, StateSource, Unanswerable};

use crate::access::Item;
use crate::frame::Waiting;

/// The waiting transactions of a batch by tag, and what each asked.
#[derive(Default)]
pub struct Waiters<'w> {
    waiting: HashMap<u32, Waiting<'w>>,
    /// In the order in which it was asked. What calls do is left out: it is in the journal.
    asked: HashMap<u32, Vec<Item>>,
}

impl<'w> Waiters<'w> {
    /// Adds a transaction that is about to be submitted.
    pub fn insert(&mut self, tag: u32, waiting: Waiting<'w>) {
        self.waiting.insert(tag, waiting);
        self.asked.insert(tag, Vec::new());
    }

    /// Takes a transaction out, with what it asked.
    pub fn remove(&mut self, tag: u32) -> Option<(Waiting<'w>, Vec<Item>)> {
        let waiting = self.waiting.remove(&tag)?;
        Some((waiting, self.asked.remove(&tag).unwrap_or_default()))
    }

    /// True when no transaction waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// True when the transaction waits.
    #[must_use]
    pub fn contains(&self, tag: u32) -> bool {
        self.waiting.contains_key(&tag)
    }

    /// Tags of the transactions that still wait.
    #[must_use]
    pub fn tags(&self) -> Vec<u32> {
        self.waiting.keys().copied().collect()
    }
}

impl StateSource for Waiters<'_> {
    fn answer(&mut self, question: &Question) -> Result<Reply, Unanswerable> {
        let waiting = self.waiting.get_mut(&question.tag).ok_or(Unanswerable)?;
        let item = match question.kind {
            RequestKind::Storage => Some(Item::Slot(question.address, question.key)),
            RequestKind::Balance | RequestKind::CodeHash | RequestKind::Code => {
                Some(Item::Account(question.account()))
            }
            _ => None,
        };
        self.asked.entry(question.tag).or_default().extend(item);
        waiting.answer(question)
    }
}
