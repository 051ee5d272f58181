//! Encodes calldata (Solidity "Contract ABI Specification", section "Formal Specification of the Encoding").

use alloy_primitives::{Address, B256, Bytes, U256};

/// A call's arguments under construction: static words in order, then the tails of dynamic arguments.
#[derive(Debug, Clone)]
pub(crate) struct Calldata {
    selector: [u8; 4],
    head: Vec<Word>,
    tail: Vec<u8>,
}

/// One word of the head.
#[derive(Debug, Clone)]
enum Word {
    Value(U256),
    /// Where a dynamic argument begins, in bytes from the start of the tail.
    Offset(usize),
}

impl Calldata {
    pub(crate) fn new(selector: [u8; 4]) -> Self {
        Self {
            selector,
            head: Vec::new(),
            tail: Vec::new(),
        }
    }

    /// Adds a static word: a number, or anything that is left-padded.
    pub(crate) fn word(mut self, value: U256) -> Self {
        self.head.push(Word::Value(value));
        self
    }

    pub(crate) fn number(self, value: u64) -> Self {
        self.word(U256::from(value))
    }

    /// Adds a signed number, sign-extended to the word.
    pub(crate) fn signed(self, value: i64) -> Self {
        let magnitude = U256::from(value.unsigned_abs());
        self.word(if value < 0 {
            magnitude.wrapping_neg()
        } else {
            magnitude
        })
    }

    pub(crate) fn address(self, value: Address) -> Self {
        self.word(value.into_word().into())
    }

    pub(crate) fn hash(self, value: B256) -> Self {
        self.word(value.into())
    }

    /// Adds a `bytes` or `string`.
    pub(crate) fn bytes(mut self, value: &[u8]) -> Self {
        self.begin_tail(value.len());
        self.tail.extend_from_slice(value);
        self.tail.resize(self.tail.len().next_multiple_of(32), 0);
        self
    }

    /// Adds a `bytes32[]`.
    pub(crate) fn hashes(mut self, values: &[B256]) -> Self {
        self.begin_tail(values.len());
        for value in values {
            self.tail.extend_from_slice(value.as_slice());
        }
        self
    }

    pub(crate) fn finish(self) -> Bytes {
        let head_len = self.head.len() * 32;
        let mut out = Vec::with_capacity(4 + head_len + self.tail.len());
        out.extend_from_slice(&self.selector);
        for word in &self.head {
            let value = match word {
                Word::Value(value) => *value,
                Word::Offset(offset) => U256::from(head_len + offset),
            };
            out.extend_from_slice(&value.to_be_bytes::<32>());
        }
        out.extend_from_slice(&self.tail);
        out.into()
    }

    fn begin_tail(&mut self, length: usize) {
        self.head.push(Word::Offset(self.tail.len()));
        self.tail
            .extend_from_slice(&U256::from(length).to_be_bytes::<32>());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::hex;

    #[test]
    fn dynamic_arguments_follow_the_head() {
        // The specification's second example, `sam(bytes,bool,uint256[])` with "dave", true, [1,2,3].
        let numbers: Vec<B256> = (1u64..=3).map(|n| B256::from(U256::from(n))).collect();
        let got = Calldata::new(hex!("a5643bf2"))
            .bytes(b"dave")
            .number(1)
            .hashes(&numbers)
            .finish();
        let wanted = hex!(
            "a5643bf2"
            "0000000000000000000000000000000000000000000000000000000000000060"
            "0000000000000000000000000000000000000000000000000000000000000001"
            "00000000000000000000000000000000000000000000000000000000000000a0"
            "0000000000000000000000000000000000000000000000000000000000000004"
            "6461766500000000000000000000000000000000000000000000000000000000"
            "0000000000000000000000000000000000000000000000000000000000000003"
            "0000000000000000000000000000000000000000000000000000000000000001"
            "0000000000000000000000000000000000000000000000000000000000000002"
            "0000000000000000000000000000000000000000000000000000000000000003"
        );
        assert_eq!(got[..], wanted);
    }

    #[test]
    fn signed_numbers_are_sign_extended() {
        let got = Calldata::new([0; 4]).signed(-2).signed(i64::MIN).finish();
        assert_eq!(got[4..36], (U256::MAX - U256::from(1)).to_be_bytes::<32>());
        assert_eq!(got[36..60], [0xff; 24]);
        assert_eq!(got[60..68], i64::MIN.to_be_bytes());
    }
}
