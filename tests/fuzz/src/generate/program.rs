//! Programs: mostly ones that run to their end, some that do not, some garbage.

use gasworks_abi::fork::Fork;

use super::builder::Builder;
use super::{calls, word};
use crate::Choices;
use crate::program::Item;

/// Most groups of a program.
const GROUPS: u64 = 40;
/// The stack holds so many words.
const STACK: u64 = 1_024;

const PURE: [u8; 27] = [
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14,
    0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x20,
];

/// A program.
pub(crate) fn program(choices: &mut Choices<'_>, fork: Fork) -> Vec<Item> {
    match choices.weighted(&[60, 1, 1]) {
        0 => structured(choices, fork),
        1 => {
            let len = choices.below(200);
            vec![Item::Raw(choices.take(len))]
        }
        _ => {
            const COMMON: [u8; 12] = [
                0x5b, 0x60, 0x56, 0x57, 0x00, 0x5a, 0x80, 0x50, 0xef, 0x7f, 0x61, 0x5f,
            ];
            let len = choices.below(80);
            vec![Item::Raw((0..len).map(|_| choices.pick(&COMMON)).collect())]
        }
    }
}

fn structured(choices: &mut Choices<'_>, fork: Fork) -> Vec<Item> {
    let mut b = Builder::new(choices, fork);
    for _ in 0..b.choices.below(12) {
        let item = word::any(b.choices);
        b.add(item);
    }
    for _ in 0..b.choices.below(GROUPS) {
        group(&mut b, 2);
    }
    ending(&mut b);
    b.items
}

/// Makes visible what was computed, and ends.
fn ending(b: &mut Builder<'_, '_>) {
    b.close_all();
    let words = b.choices.below(8);
    b.spill(words);
    match b.choices.weighted(&[16, 5, 6, 3, 1, 1]) {
        0 => {
            b.push(32 * words);
            b.push(0);
            b.op(0xf3);
        }
        1 => {
            b.push(32 * words);
            b.push(0);
            b.op(0xfd);
        }
        2 => {
            b.push(32 * words);
            b.push(0);
            b.op(0x20);
            let slot = word::slot(b.choices);
            b.add(slot);
            b.op(0x55);
        }
        3 => b.op(0x00),
        4 => b.op(0xfe),
        _ => {
            let [len, offset] = word::range(b.choices);
            b.add(len);
            b.add(offset);
            let code = b.choices.pick(&[0xf3, 0xfd]);
            b.op(code);
        }
    }
}

/// Pieces that belong together. Bodies of loops hold no loops.
fn group(b: &mut Builder<'_, '_>, nesting: u32) {
    match b
        .choices
        .weighted(&[28, 16, 16, 12, 6, 6, 20, 6, 6, 8, 18, 6, 6, 1, 1, 2])
    {
        0 => arithmetic(b),
        1 => shuffle(b),
        2 => memory(b),
        3 => copy(b),
        4 => log(b),
        5 => accounts(b),
        6 => storage(b),
        7 => transient(b),
        8 => gas_branch(b),
        9 => jump(b),
        10 => calls::call(b),
        11 => calls::creation(b),
        12 => calls::precompile(b),
        13 => calls::self_destruct(b),
        14 => deep(b),
        _ if nesting > 0 => repeat(b, nesting),
        _ => arithmetic(b),
    }
}

fn arithmetic(b: &mut Builder<'_, '_>) {
    let code = b.choices.pick(&PURE);
    match code {
        // EXP of a small exponent, or it is out of gas at once.
        0x0a if b.choices.one_in(2) => {
            let exponent = b.choices.below(300);
            b.push(exponent);
            let base = word::edge(b.choices);
            b.add(base);
        }
        0x1a..=0x1d | 0x0b if b.choices.one_in(2) => {
            let value = word::edge(b.choices);
            b.add(value);
            let amount = b.choices.below(260);
            b.push(amount);
        }
        0x20 => {
            for item in word::range(b.choices) {
                b.add(item);
            }
        }
        _ if b.choices.one_in(2) => {
            for _ in 0..3 {
                let item = word::edge(b.choices);
                b.add(item);
            }
        }
        _ => b.need(3),
    }
    b.op(code);
}

fn shuffle(b: &mut Builder<'_, '_>) {
    for _ in 0..b.choices.range(1, 4) {
        match b.choices.weighted(&[4, 4, 2, 1]) {
            0 => {
                let n = b.choices.below(16);
                b.need(n + 1);
                b.op(0x80 + n as u8);
            }
            1 => {
                let n = b.choices.below(16);
                b.need(n + 2);
                b.op(0x90 + n as u8);
            }
            2 => {
                b.need(1);
                b.op(0x50);
            }
            _ => {
                let item = word::any(b.choices);
                b.add(item);
            }
        }
    }
}

fn memory(b: &mut Builder<'_, '_>) {
    let code = b.choices.pick(&[0x52, 0x52, 0x53, 0x51, 0x59]);
    if matches!(code, 0x52 | 0x53) {
        b.need(1);
    }
    if code != 0x59 {
        let at = match b.choices.weighted(&[60, 1, 1]) {
            0 => word::small(b.choices),
            1 => word::push(b.choices.below(80_000)),
            _ => word::edge(b.choices),
        };
        b.add(at);
    }
    b.op(code);
}

/// CALLDATACOPY, CODECOPY, MCOPY, EXTCODECOPY, and CALLDATALOAD.
fn copy(b: &mut Builder<'_, '_>) {
    let code = b.choices.pick(&[0x37, 0x39, 0x5e, 0x5e, 0x3c, 0x35]);
    if code == 0x35 {
        let at = word::any(b.choices);
        b.add(at);
        b.op(code);
        return;
    }
    let [len, to] = word::range(b.choices);
    b.add(len);
    // MCOPY reads memory: far away costs more than there is.
    let from = match b.choices.weighted(&[if code == 0x5e { 60 } else { 8 }, 1]) {
        0 => word::small(b.choices),
        _ => word::edge(b.choices),
    };
    b.add(from);
    b.add(to);
    if code == 0x3c {
        let account = word::account(b.choices);
        b.add(account);
    }
    b.op(code);
}

fn log(b: &mut Builder<'_, '_>) {
    let topics = b.choices.below(5);
    b.need(topics);
    for item in word::range(b.choices) {
        b.add(item);
    }
    b.op(0xa0 + topics as u8);
}

fn accounts(b: &mut Builder<'_, '_>) {
    let code = b.choices.pick(&[0x31, 0x3b, 0x3f, 0x40, 0x49]);
    let item = match code {
        // One of the last blocks, or not.
        0x40 => {
            let age = 1 + 64 * b.choices.below(5);
            b.push(age);
            b.op(0x43);
            b.op(0x03);
            b.op(code);
            return;
        }
        0x49 => word::push(b.choices.below(3)),
        _ => word::account(b.choices),
    };
    b.add(item);
    b.op(code);
}

/// Some writes to the same few slots: what is refunded depends on all of them.
fn storage(b: &mut Builder<'_, '_>) {
    for _ in 0..b.choices.range(1, 4) {
        if b.choices.one_in(3) {
            let slot = word::slot(b.choices);
            b.add(slot);
            b.op(0x54);
            continue;
        }
        let value = word::stored(b.choices);
        b.add(value);
        let slot = word::slot(b.choices);
        b.add(slot);
        b.op(0x55);
    }
}

fn transient(b: &mut Builder<'_, '_>) {
    if b.choices.one_in(2) {
        let value = word::stored(b.choices);
        b.add(value);
        let slot = word::slot(b.choices);
        b.add(slot);
        b.op(0x5d);
    }
    let slot = word::slot(b.choices);
    b.add(slot);
    b.op(0x5c);
}

/// A branch that the gas left decides, and gas that can be seen from outside.
fn gas_branch(b: &mut Builder<'_, '_>) {
    if b.choices.one_in(2) {
        b.op(0x5a);
        let slot = word::slot(b.choices);
        b.add(slot);
        b.op(0x55);
        return;
    }
    let limit = b.choices.below(100_000);
    b.push(limit);
    b.op(0x5a);
    let code = b.choices.pick(&[0x10, 0x11]);
    b.op(code);
    let label = b.forward();
    b.add(Item::JumpIf(label));
    if b.choices.one_in(2) {
        b.close();
    }
}

/// Jumps: forward and back, right and wrong.
fn jump(b: &mut Builder<'_, '_>) {
    match b.choices.weighted(&[12, 8, 4, 1, 1]) {
        0 => {
            b.need(1);
            let label = b.forward();
            b.add(Item::JumpIf(label));
        }
        1 => b.close(),
        // To a place that is known only when it runs.
        2 => {
            let label = b.forward();
            b.add(Item::PushLabel(label));
            let item = word::push(u64::from(b.choices.one_in(20)));
            b.add(item);
            b.op(0x01);
            b.op(0x56);
            b.close();
        }
        // Anywhere, also back: it goes on until the gas is gone.
        3 => {
            b.need(1);
            let label = b.some_label();
            b.add(Item::JumpIf(label));
        }
        // Into the data of a push: the bytes behind the label are PUSH2 5b 5b.
        _ => {
            let label = b.forward();
            b.add(Item::PushLabel(label));
            let into = b.choices.below(4);
            b.push(into);
            b.op(0x01);
            b.op(0x56);
            b.close();
            b.add(Item::Push(vec![0x5b, 0x5b]));
        }
    }
}

/// Fills the stack to its edge, and beyond or not.
fn deep(b: &mut Builder<'_, '_>) {
    let room = STACK.saturating_sub(b.depth);
    let times = (room + b.choices.below(4)).saturating_sub(2) as u16;
    let code = b.choices.pick(&[0x30, 0x58, 0x36, 0x5a]);
    b.add(Item::Repeat(code, times));
    if b.choices.one_in(2) {
        let code = b.choices.pick(&[0x80, 0x90, 0x01, 0x59]);
        b.op(code);
    }
    let pops = b.choices.range(1, times.max(1).into()) as u16;
    b.add(Item::Repeat(0x50, pops));
}

/// A loop of a few rounds over other groups.
fn repeat(b: &mut Builder<'_, '_>, nesting: u32) {
    let rounds = b.choices.range(1, 12);
    b.push(rounds);
    let label = b.label();
    b.add(Item::Label(label));
    let depth = b.depth;
    for _ in 0..b.choices.range(1, 3) {
        group(b, nesting - 1);
    }
    while b.depth > depth {
        b.op(0x50);
    }
    b.need(depth);
    for item in [
        word::push(1),
        Item::Op(0x90),
        Item::Op(0x03),
        Item::Op(0x80),
    ] {
        b.add(item);
    }
    b.add(Item::JumpIf(label));
    b.op(0x50);
}
