//! A program under construction, with a guess at the depth of the stack.

use gasworks_abi::fork::Fork;
use gasworks_abi::opcode;

use super::word;
use crate::Choices;
use crate::program::Item;

/// Of so many operands one is missing.
const UNDERFLOWS: u64 = 60;

/// Of so many opcodes that the fork does not have one stays all the same.
const UNKNOWN: u64 = 40;

/// A program under construction.
pub(super) struct Builder<'c, 'b> {
    pub(super) choices: &'c mut Choices<'b>,
    pub(super) items: Vec<Item>,
    /// Words on the stack, as far as that is known.
    pub(super) depth: u64,
    fork: Fork,
    labels: u8,
    /// Labels that jumps go to and that are not placed yet, with the depth at the jump.
    open: Vec<(u8, u64)>,
}

impl<'c, 'b> Builder<'c, 'b> {
    pub(super) fn new(choices: &'c mut Choices<'b>, fork: Fork) -> Self {
        Self {
            choices,
            fork,
            items: Vec::new(),
            depth: 0,
            labels: 0,
            open: Vec::new(),
        }
    }

    /// Adds a piece.
    pub(super) fn add(&mut self, item: Item) {
        let item = match item {
            Item::Op(code) => Item::Op(self.known(code)),
            item => item,
        };
        match &item {
            Item::Push(_) | Item::PushLabel(_) => self.depth += 1,
            Item::JumpIf(_) => self.depth = self.depth.saturating_sub(1),
            Item::Op(code) => self.count(*code, 1),
            Item::Repeat(code, times) => self.count(*code, (*times).into()),
            Item::Label(_) | Item::Jump(_) | Item::Raw(_) => {}
        }
        self.items.push(item);
    }

    /// The opcode, or one with the same operands where the fork does not have it.
    fn known(&mut self, code: u8) -> u8 {
        let is_known = opcode::info(code).is_none_or(|row| row.since <= self.fork);
        if is_known || self.choices.one_in(UNKNOWN) {
            return code;
        }
        match code {
            0x1e => 0x19,
            0x49 => 0x40,
            0x5c => 0x54,
            0x5d => 0x55,
            0x5e => 0x37,
            // The others only read the environment.
            _ => 0x58,
        }
    }

    fn count(&mut self, code: u8, times: u64) {
        let (taken, given) = opcode::info(code).map_or((0, 0), |it| (it.stack_in, it.stack_out));
        let taken = u64::from(taken) * times;
        self.depth = self.depth.saturating_sub(taken) + u64::from(given) * times;
    }

    /// Adds an opcode.
    pub(super) fn op(&mut self, code: u8) {
        self.add(Item::Op(code));
    }

    /// Adds a push.
    pub(super) fn push(&mut self, number: u64) {
        self.add(word::push(number));
    }

    /// Puts words on the stack until there are so many, or sometimes one too few.
    pub(super) fn need(&mut self, words: u64) {
        let lacking = words.saturating_sub(self.depth);
        let lacking = match self.choices.one_in(UNDERFLOWS) {
            true => lacking.saturating_sub(1),
            false => lacking,
        };
        for _ in 0..lacking {
            let item = word::any(self.choices);
            self.add(item);
        }
    }

    /// A new label, which is not placed yet.
    pub(super) fn label(&mut self) -> u8 {
        self.labels = self.labels.wrapping_add(1);
        self.labels
    }

    /// A label that the next jump goes to and that is placed later. Such a jump takes a word.
    pub(super) fn forward(&mut self) -> u8 {
        let label = self.label();
        self.open.push((label, self.depth.saturating_sub(1)));
        label
    }

    /// Places the last label that jumps go to.
    pub(super) fn close(&mut self) {
        if let Some((label, depth)) = self.open.pop() {
            self.depth = self.depth.min(depth);
            self.items.push(Item::Label(label));
        }
    }

    /// Places every label that jumps go to.
    pub(super) fn close_all(&mut self) {
        while !self.open.is_empty() {
            self.close();
        }
    }

    /// Some label, there or not.
    pub(super) fn some_label(&mut self) -> u8 {
        1 + self.choices.below(u64::from(self.labels) + 1) as u8 % 255
    }

    /// Stores the upper words of the stack to memory, where it can be seen what they are.
    pub(super) fn spill(&mut self, words: u64) {
        for index in 0..words.min(self.depth) {
            self.push(32 * index);
            self.op(0x52);
        }
    }
}
