//! Calls, creations and self-destruction.

use super::builder::Builder;
use super::{INITCODES, LIBRARIES, word};
use crate::program::Item;

/// A call, with what it gave back looked at or not.
pub(super) fn call(b: &mut Builder<'_, '_>) {
    let code = b
        .choices
        .pick(&[0xf1, 0xf1, 0xf1, 0xf2, 0xf4, 0xf4, 0xfa, 0xfa]);
    if b.choices.one_in(3) {
        // Calldata decides what the callee does.
        let item = word::any(b.choices);
        b.add(item);
        let at = word::small(b.choices);
        b.add(at);
        b.op(0x52);
    }
    for _ in 0..2 {
        for item in word::range(b.choices) {
            b.add(item);
        }
    }
    if matches!(code, 0xf1 | 0xf2) {
        let value = word::value(b.choices);
        b.add(value);
    }
    let account = word::account(b.choices);
    b.add(account);
    let gas = word::gas(b.choices);
    b.add(gas);
    b.op(code);
    after(b);
}

/// Looks at the result of a call or a creation.
fn after(b: &mut Builder<'_, '_>) {
    match b.choices.weighted(&[18, 18, 12, 12, 1]) {
        0 => b.op(0x50),
        1 => {}
        2 => {
            let slot = word::slot(b.choices);
            b.add(slot);
            b.op(0x55);
        }
        // The whole return data, and sometimes one byte too much.
        3 => {
            if b.choices.one_in(40) {
                b.push(1);
                b.op(0x3d);
                b.op(0x01);
            } else {
                b.op(0x3d);
            }
            b.push(0);
            let at = word::small(b.choices);
            b.add(at);
            b.op(0x3e);
        }
        _ => {
            let (len, from, to) = (
                word::small(b.choices),
                word::small(b.choices),
                word::small(b.choices),
            );
            b.add(len);
            b.add(from);
            b.add(to);
            b.op(0x3e);
        }
    }
}

/// A call of a precompile with an input that it may like.
pub(super) fn precompile(b: &mut Builder<'_, '_>) {
    if b.choices.one_in(2) {
        let library = b.choices.pick(&LIBRARIES);
        copy_library(b, library.into());
    }
    let (out, input) = (b.choices.below(100), b.choices.below(8));
    b.push(out);
    b.push(0);
    let len = b.choices.pick(&[0, 1, 32, 64, 96, 128, 192, 213, 384]);
    b.push(len + input % 2);
    b.push(32 * (input / 2));
    let number = b.choices.range(1, 0x12);
    b.push(number);
    let gas = match b.choices.weighted(&[1, 5]) {
        0 => Item::Op(0x5a),
        _ => word::gas(b.choices),
    };
    b.add(gas);
    b.op(0xfa);
    after(b);
}

/// Copies the code of an account to the start of the memory.
fn copy_library(b: &mut Builder<'_, '_>, account: u64) {
    b.push(account);
    b.op(0x3b);
    b.push(0);
    b.push(0);
    b.push(account);
    b.op(0x3c);
}

/// Initcode of at most 32 bytes.
fn initcode(b: &mut Builder<'_, '_>) -> Vec<u8> {
    let c = &mut b.choices;
    let deploy = |len: [u8; 2]| vec![0x61, len[0], len[1], 0x60, 0, 0xf3];
    match c.weighted(&[5, 2, 1, 1, 2, 2, 1, 1]) {
        // One byte of code, then zeros.
        0 => {
            let (first, len) = (c.byte(), c.below(40) as u8);
            vec![0x60, first, 0x60, 0, 0x53, 0x60, len, 0x60, 0, 0xf3]
        }
        1 => vec![0x60, c.below(40) as u8, 0x60, 0, 0xfd],
        2 => vec![0x33, 0xff],
        3 => vec![
            0x60, 1, 0x60, 0, 0x55, 0x60, 0xef, 0x60, 0, 0x53, 0x60, 1, 0x60, 0, 0xf3,
        ],
        // 24,576 bytes are allowed (EIP-170).
        4 => deploy(c.pick(&[0x6000_u16, 0x6001, 0x5fff, 0x100]).to_be_bytes()),
        // Its own code.
        5 => vec![0x38, 0x60, 0, 0x60, 0, 0x39, 0x38, 0x60, 0, 0xf3],
        6 => {
            let len = c.below(32);
            c.take(len)
        }
        // Code that destroys itself for its caller.
        _ => vec![0x61, 0x33, 0xff, 0x60, 0, 0x52, 0x60, 2, 0x60, 30, 0xf3],
    }
}

/// A creation, sometimes followed by a call of what was created.
pub(super) fn creation(b: &mut Builder<'_, '_>) {
    let with_salt = b.choices.one_in(2);
    let salt = b.choices.below(3);
    let (offset, len) = match b.choices.weighted(&[6, 2, 3, 1]) {
        0 => {
            let code = initcode(b);
            let len = code.len() as u64;
            let mut word = code;
            word.resize(32, 0);
            b.add(Item::Push(word));
            b.push(0);
            b.op(0x52);
            (word::push(0), word::push(len))
        }
        // The running code.
        1 => {
            for item in [Item::Op(0x38), word::push(0), word::push(0), Item::Op(0x39)] {
                b.add(item);
            }
            (word::push(0), Item::Op(0x38))
        }
        2 => {
            let from = b.choices.pick(&INITCODES);
            copy_library(b, from.into());
            (word::push(0), word::push(b.choices.below(200)))
        }
        // 49,152 bytes are allowed (EIP-3860).
        _ => (
            word::push(0),
            word::push(b.choices.pick(&[49_151, 49_152, 49_153])),
        ),
    };
    let value = word::value(b.choices);
    if with_salt {
        b.push(salt);
    }
    b.add(len);
    b.add(offset);
    b.add(value);
    b.op(if with_salt { 0xf5 } else { 0xf0 });
    if b.choices.one_in(2) {
        // CALL(gas, created, 0, 0, 0, 0, 32), or a look at its code.
        if b.choices.one_in(3) {
            b.op(0x80);
            let code = b.choices.pick(&[0x3b, 0x3f, 0x31]);
            b.op(code);
        } else {
            b.push(32);
            (0..4).for_each(|_| b.push(0));
            b.op(0x85);
            b.op(0x5a);
            b.op(0xf1);
        }
    }
    after(b);
}

/// Self-destruction for somebody.
pub(super) fn self_destruct(b: &mut Builder<'_, '_>) {
    let heir = word::account(b.choices);
    b.add(heir);
    b.op(0xff);
}
