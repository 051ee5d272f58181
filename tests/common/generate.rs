//! Bytecode for property tests: programs that mostly run, and garbage.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Addresses, one byte each, at which the tests put contracts.
pub const CONTRACTS: &[u8] = &[0x20, 0x21, 0x22, 0x23];

/// A piece of a program.
#[derive(Debug, Clone)]
pub enum Item {
    /// One opcode.
    Op(u8),
    /// A push of 1 to 32 bytes.
    Push(Vec<u8>),
    /// A `JUMPDEST`.
    Label,
    /// A jump to the label with this number, modulo the number of labels.
    Jump(u8),
    /// The same if the top of the stack is not zero.
    JumpIf(u8),
    /// A push of the position of a label.
    PushLabel(u8),
    /// Bytes as they are.
    Raw(Vec<u8>),
}

impl Item {
    fn len(&self) -> usize {
        match self {
            Self::Op(_) | Self::Label => 1,
            Self::Push(bytes) => 1 + bytes.len(),
            Self::Jump(_) | Self::JumpIf(_) => 4,
            Self::PushLabel(_) => 3,
            Self::Raw(bytes) => bytes.len(),
        }
    }
}

/// The bytecode of a list of pieces.
#[must_use]
pub fn assemble(items: &[Item]) -> Vec<u8> {
    let mut labels = Vec::new();
    let mut position = 0;
    for item in items {
        if matches!(item, Item::Label) {
            labels.push(position as u16);
        }
        position += item.len();
    }
    // Without a label a jump goes to a place that is none.
    let label = |number: u8| {
        let index = usize::from(number).checked_rem(labels.len());
        index.map_or(u16::MAX, |index| labels[index]).to_be_bytes()
    };
    let mut code = Vec::with_capacity(position);
    for item in items {
        match item {
            Item::Op(opcode) => code.push(*opcode),
            Item::Push(bytes) => {
                code.push(0x5f + bytes.len() as u8);
                code.extend(bytes);
            }
            Item::Label => code.push(0x5b),
            Item::Jump(number) | Item::JumpIf(number) | Item::PushLabel(number) => {
                code.push(0x61);
                code.extend(label(*number));
                match item {
                    Item::Jump(_) => code.push(0x56),
                    Item::JumpIf(_) => code.push(0x57),
                    _ => {}
                }
            }
            Item::Raw(bytes) => code.extend(bytes),
        }
    }
    code
}

/// A push of a number that is an edge of something.
fn edge() -> impl Strategy<Value = Item> {
    let power = (0usize..256, -1i8..=1).prop_map(|(bit, off)| {
        let mut bytes = [0u8; 32];
        bytes[31 - bit / 8] = 1 << (bit % 8);
        let one = alloy_primitives::U256::from_be_bytes(bytes);
        let one = match off {
            -1 => one.wrapping_sub(alloy_primitives::U256::ONE),
            0 => one,
            _ => one.wrapping_neg(),
        };
        Item::Push(one.to_be_bytes_vec())
    });
    prop_oneof![
        3 => power,
        1 => vec(any::<u8>(), 1..=32).prop_map(Item::Push),
        1 => Just(Item::Push(vec![0xff; 32])),
    ]
}

/// A push of a small number.
fn small() -> impl Strategy<Value = Item> {
    prop_oneof![
        4 => (0u8..=70).prop_map(|byte| Item::Push(vec![byte])),
        1 => (0u16..=2100).prop_map(|value| Item::Push(value.to_be_bytes().to_vec())),
    ]
}

/// An opcode with small operands of its own.
fn with_operands(opcodes: &'static [u8], operands: usize) -> impl Strategy<Value = Vec<Item>> {
    (vec(small(), operands), select(opcodes)).prop_map(|(mut items, opcode)| {
        items.push(Item::Op(opcode));
        items
    })
}

/// An account to call: contracts of the tests, precompiles, nobody, garbage.
fn account() -> impl Strategy<Value = Item> {
    prop_oneof![
        10 => select(CONTRACTS).prop_map(|address| Item::Push(vec![address])),
        3 => (1u8..=0x11).prop_map(|address| Item::Push(vec![address])),
        1 => (0x40u8..0x44).prop_map(|address| Item::Push(vec![address])),
        1 => Just(Item::Op(0x30)),
        1 => edge(),
    ]
}

/// Gas of a call: all, little, garbage.
fn gas() -> impl Strategy<Value = Item> {
    prop_oneof![
        6 => Just(Item::Op(0x5a)),
        4 => (0u16..=5000).prop_map(|gas| Item::Push(gas.to_be_bytes().to_vec())),
        2 => (0u32..=60_000).prop_map(|gas| Item::Push(gas.to_be_bytes().to_vec())),
        1 => edge(),
    ]
}

/// A value to send: mostly nothing.
fn value() -> impl Strategy<Value = Item> {
    prop_oneof![
        6 => Just(Item::Op(0x5f)),
        3 => (1u8..4).prop_map(|value| Item::Push(vec![value])),
        1 => edge(),
    ]
}

/// Offset and length of a range, length first: mostly small.
fn range() -> impl Strategy<Value = Vec<Item>> {
    prop_oneof![
        20 => vec(small(), 2),
        1 => vec(edge(), 2),
        1 => edge().prop_map(|offset| vec![Item::Op(0x5f), offset]),
    ]
}

/// A call, with the result used or not.
fn call() -> impl Strategy<Value = Vec<Item>> {
    let opcode = select(&[0xf1u8, 0xf1, 0xf1, 0xf2, 0xf4, 0xf4, 0xfa, 0xfa][..]);
    let operands = (range(), range(), value(), account(), gas());
    (opcode, operands, any::<bool>()).prop_map(|(opcode, operands, is_used)| {
        let (mut items, input, value, account, gas) = operands;
        items.extend(input);
        if matches!(opcode, 0xf1 | 0xf2) {
            items.push(value);
        }
        items.extend([account, gas, Item::Op(opcode)]);
        if !is_used {
            items.push(Item::Op(0x50));
        }
        items
    })
}

/// Initcode of at most 32 bytes, as the first word of the memory.
fn initcode() -> impl Strategy<Value = Vec<u8>> {
    let deploys = (0u8..40, any::<u8>())
        .prop_map(|(len, first)| vec![0x60, first, 0x5f, 0x53, 0x60, len, 0x5f, 0xf3]);
    prop_oneof![
        4 => deploys,
        1 => (0u8..40).prop_map(|len| vec![0x60, len, 0x5f, 0xfd]),
        1 => Just(vec![0x33, 0xff]),
        1 => Just(vec![0x60, 1, 0x5f, 0x55, 0x60, 0xef, 0x5f, 0x53, 0x60, 1, 0x5f, 0xf3]),
        1 => Just(vec![0x38, 0x5f, 0x5f, 0x39, 0x38, 0x5f, 0xf3]),
        2 => vec(any::<u8>(), 0..32),
    ]
}

/// A creation, sometimes followed by a call of what was created.
fn creation() -> impl Strategy<Value = Vec<Item>> {
    let parts = (initcode(), value(), any::<bool>(), 0u8..3, any::<bool>());
    let own_code = (value(), 0u8..3).prop_map(|(value, salt)| {
        // The running code as initcode.
        let copy = [0x38, 0x5f, 0x5f, 0x39].map(Item::Op);
        let create = [
            Item::Push(vec![salt]),
            Item::Op(0x38),
            Item::Op(0x5f),
            value,
        ];
        [&copy[..], &create, &[Item::Op(0xf5)]].concat()
    });
    let small = parts.prop_map(|(initcode, value, with_salt, salt, calls)| {
        let len = initcode.len() as u8;
        let mut word = initcode;
        word.resize(32, 0);
        let mut items = vec![Item::Push(word), Item::Op(0x5f), Item::Op(0x52)];
        if with_salt {
            items.push(Item::Push(vec![salt]));
        }
        items.extend([Item::Push(vec![len]), Item::Op(0x5f), value]);
        items.push(Item::Op(if with_salt { 0xf5 } else { 0xf0 }));
        if calls {
            // CALL(gas, created, 0, 0, 0, 0, 32)
            items.extend([0x60, 32].map(|byte| Item::Raw(vec![byte])));
            items.extend([0x5f, 0x5f, 0x5f, 0x5f, 0x85, 0x5a, 0xf1].map(Item::Op));
        }
        items
    });
    prop_oneof![6 => small, 1 => own_code]
}

/// One or more pieces that belong together.
fn group() -> impl Strategy<Value = Vec<Item>> {
    const PURE: &[u8] = &[
        0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14,
        0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x50,
    ];
    const READS: &[u8] = &[
        0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47,
        0x48, 0x4a, 0x58, 0x59, 0x5a, 0x5f,
    ];
    let one = |item: Item| vec![item];
    prop_oneof![
        24 => small().prop_map(one),
        16 => edge().prop_map(one),
        14 => select(PURE).prop_map(|opcode| vec![Item::Op(opcode)]),
        6 => (edge(), edge(), edge(), select(PURE))
            .prop_map(|(a, b, c, opcode)| vec![a, b, c, Item::Op(opcode)]),
        10 => (0x80u8..=0x9f).prop_map(|opcode| vec![Item::Op(opcode)]),
        8 => select(READS).prop_map(|opcode| vec![Item::Op(opcode)]),
        3 => (edge(), 0u8..=255).prop_map(|(base, exponent)| {
            vec![Item::Push(vec![exponent]), base, Item::Op(0x0a)]
        }),
        6 => with_operands(&[0x51, 0x35, 0x54, 0x5c], 1),
        4 => with_operands(&[0x31, 0x3b, 0x3f, 0x40, 0x49], 1),
        12 => with_operands(&[0x52, 0x53, 0x55, 0x5d, 0x20, 0xa0], 2),
        8 => with_operands(&[0x37, 0x39, 0x5e, 0xa1], 3),
        2 => with_operands(&[0x3e], 3),
        3 => with_operands(&[0x3c, 0xa2], 4),
        2 => with_operands(&[0xa3], 5),
        2 => with_operands(&[0xa4], 6),
        5 => Just(vec![Item::Label]),
        1 => any::<u8>().prop_map(|number| vec![Item::Jump(number)]),
        5 => any::<u8>().prop_map(|number| vec![Item::JumpIf(number)]),
        1 => any::<u8>().prop_map(|number| vec![Item::PushLabel(number)]),
        1 => any::<u8>().prop_map(|n| vec![Item::PushLabel(n), Item::Op(0x80), Item::Op(0x56)]),
        1 => select(&[0xf1u8, 0xf2, 0xf0, 0xf4, 0xf5, 0xfa, 0xff][..])
            .prop_map(|opcode| vec![Item::Op(opcode)]),
        9 => call(),
        3 => creation(),
        1 => account().prop_map(|heir| vec![heir, Item::Op(0xff)]),
        1 => with_operands(&[0xf3, 0xfd], 2),
    ]
}

/// A program that starts with some words on the stack.
pub fn program() -> impl Strategy<Value = Vec<Item>> {
    let prefix = vec(prop_oneof![small(), edge()], 0..24);
    (prefix, vec(group(), 0..60)).prop_map(|(mut items, groups)| {
        items.extend(groups.into_iter().flatten());
        items
    })
}

/// Programs and garbage.
pub fn bytecode() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => program().prop_map(|items| assemble(&items)),
        1 => vec(any::<u8>(), 0..200),
        1 => vec(select(&[0x5bu8, 0x60, 0x56, 0x57, 0x00, 0x5a, 0x80, 0x50, 0xef, 0x7f][..]), 0..80),
    ]
}
