//! Programs as a list of pieces, so that they can be shortened, with a text for each piece.

use std::fmt;
use std::str::FromStr;

use alloy_primitives::{Bytes, hex};
use gasworks_abi::opcode;
use serde::{Deserialize, Serialize};

/// `PUSH0`; the push of n bytes is this plus n.
const PUSH0: u8 = 0x5f;

/// A piece of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Item {
    /// One opcode, or a byte that is none.
    Op(u8),
    /// The same opcode many times.
    Repeat(u8, u16),
    /// A push of 1 to 32 bytes.
    Push(Vec<u8>),
    /// A `JUMPDEST` with a number.
    Label(u8),
    /// A jump to a label; one that is not there has no valid position.
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
            Self::Op(_) | Self::Label(_) => 1,
            Self::Repeat(_, times) => usize::from(*times),
            Self::Push(bytes) => 1 + bytes.len(),
            Self::Jump(_) | Self::JumpIf(_) => 4,
            Self::PushLabel(_) => 3,
            Self::Raw(bytes) => bytes.len(),
        }
    }

    /// EVM instructions in it, as far as it is meant as such.
    #[must_use]
    pub fn instructions(&self) -> usize {
        match self {
            Self::Jump(_) | Self::JumpIf(_) => 2,
            Self::Repeat(..) | Self::Raw(_) => self.len(),
            _ => 1,
        }
    }
}

/// The bytecode of a list of pieces.
#[must_use]
pub fn assemble(items: &[Item]) -> Vec<u8> {
    let mut labels = [u16::MAX; 256];
    let mut position = 0;
    for item in items {
        if let Item::Label(number) = item {
            labels[usize::from(*number)] = position as u16;
        }
        position += item.len();
    }
    let mut code = Vec::with_capacity(position);
    for item in items {
        match item {
            Item::Op(opcode) => code.push(*opcode),
            Item::Repeat(opcode, times) => {
                code.extend(std::iter::repeat_n(*opcode, usize::from(*times)));
            }
            Item::Push(bytes) => {
                code.push(PUSH0 + bytes.len() as u8);
                code.extend(bytes);
            }
            Item::Label(_) => code.push(0x5b),
            Item::Jump(number) | Item::JumpIf(number) | Item::PushLabel(number) => {
                code.push(PUSH0 + 2);
                code.extend(labels[usize::from(*number)].to_be_bytes());
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

/// Name of an opcode, or its number.
fn name(code: u8) -> String {
    match opcode::info(code) {
        Some(row) => row.name.to_owned(),
        None => format!("{code:#04x}"),
    }
}

fn code_of(name: &str) -> Option<u8> {
    if let Some(digits) = name.strip_prefix("0x") {
        return u8::from_str_radix(digits, 16).ok();
    }
    let row = opcode::OPCODES.iter().find(|row| row.name == name)?;
    Some(row.code)
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Op(opcode) => f.write_str(&name(*opcode)),
            Self::Repeat(opcode, times) => write!(f, "{} x{times}", name(*opcode)),
            Self::Push(bytes) => write!(f, "PUSH {}", hex::encode_prefixed(bytes)),
            Self::Label(number) => write!(f, ":{number}"),
            Self::Jump(number) => write!(f, "JUMP @{number}"),
            Self::JumpIf(number) => write!(f, "JUMPI @{number}"),
            Self::PushLabel(number) => write!(f, "PUSH @{number}"),
            Self::Raw(bytes) => write!(f, "DATA {}", hex::encode_prefixed(bytes)),
        }
    }
}

/// A text that is no piece of a program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no piece of a program")]
pub struct NoItem {
    /// The text.
    pub text: String,
}

impl FromStr for Item {
    type Err = NoItem;

    fn from_str(text: &str) -> Result<Self, NoItem> {
        parse(text).ok_or_else(|| NoItem {
            text: text.to_owned(),
        })
    }
}

fn parse(text: &str) -> Option<Item> {
    if let Some(number) = text.strip_prefix(':') {
        return number.parse().ok().map(Item::Label);
    }
    let Some((word, operand)) = text.split_once(' ') else {
        return code_of(text).map(Item::Op);
    };
    if let Some(number) = operand.strip_prefix('@') {
        let number = number.parse().ok()?;
        return match word {
            "JUMP" => Some(Item::Jump(number)),
            "JUMPI" => Some(Item::JumpIf(number)),
            "PUSH" => Some(Item::PushLabel(number)),
            _ => None,
        };
    }
    if let Some(times) = operand.strip_prefix('x') {
        return Some(Item::Repeat(code_of(word)?, times.parse().ok()?));
    }
    let bytes = operand.parse::<Bytes>().ok()?.to_vec();
    match word {
        "PUSH" if (1..=32).contains(&bytes.len()) => Some(Item::Push(bytes)),
        "DATA" => Some(Item::Raw(bytes)),
        _ => None,
    }
}

impl From<Item> for String {
    fn from(item: Item) -> Self {
        item.to_string()
    }
}

impl TryFrom<String> for Item {
    type Error = NoItem;

    fn try_from(text: String) -> Result<Self, NoItem> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_reads_as_it_writes() {
        let mut items: Vec<Item> = (0..=255).map(Item::Op).collect();
        items.extend([
            Item::Repeat(0x5f, 1_024),
            Item::Push(vec![0; 32]),
            Item::Label(7),
            Item::Jump(7),
            Item::JumpIf(255),
            Item::PushLabel(0),
            Item::Raw(vec![0xef, 0]),
            Item::Raw(Vec::new()),
        ]);
        for item in items {
            assert_eq!(item.to_string().parse(), Ok(item));
        }
        for text in ["", "PUSH", "PUSH 0x", "ADD 0x01", "JUMP @256", "FOO"] {
            assert!(text.parse::<Item>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn labels_become_positions() {
        let items = [
            Item::Jump(1),
            Item::Raw(vec![1, 2]),
            Item::Label(1),
            Item::PushLabel(9),
        ];
        let code = assemble(&items);
        assert_eq!(code, [0x61, 0, 6, 0x56, 1, 2, 0x5b, 0x61, 0xff, 0xff]);
    }
}
