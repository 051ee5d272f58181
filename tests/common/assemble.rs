//! Bytecode from mnemonics.

use gasworks_abi::opcode::OPCODES;

/// The bytecode of words with spaces between them: mnemonics by the opcode table, and numbers, which
/// are pushed in as few bytes as hold them (`0x…` in as many as it has).
///
/// # Panics
/// When a word is neither.
#[must_use]
pub fn assemble(text: &str) -> Vec<u8> {
    let mut code = Vec::new();
    for word in text.split_whitespace() {
        match OPCODES.iter().find(|opcode| opcode.name == word) {
            Some(opcode) => code.push(opcode.code),
            None => push(&mut code, word),
        }
    }
    code
}

fn push(code: &mut Vec<u8>, word: &str) {
    let bytes = match word.strip_prefix("0x") {
        Some(digits) => {
            let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16);
            let bytes: Result<Vec<u8>, _> = (0..digits.len()).step_by(2).map(byte).collect();
            bytes.unwrap_or_else(|_| panic!("{word}: not hexadecimal"))
        }
        None => {
            let number: u64 = word.parse().unwrap_or_else(|_| panic!("{word}: no opcode"));
            let bytes = number.to_be_bytes();
            bytes[number.leading_zeros() as usize / 8..].to_vec()
        }
    };
    code.push(0x5f + bytes.len() as u8);
    code.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::assemble;

    #[test]
    fn numbers_are_pushed_in_as_few_bytes_as_hold_them() {
        let code = assemble("0 1 256 0x0001 ADD STOP");
        assert_eq!(code, [0x5f, 0x60, 1, 0x61, 1, 0, 0x61, 0, 1, 0x01, 0x00]);
    }
}
