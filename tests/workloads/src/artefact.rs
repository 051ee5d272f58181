//! The compiled contracts: runtime code, selectors and storage layout, as `contracts/build.mjs` wrote them.

use std::collections::BTreeMap;

use alloy_primitives::{B256, Bytes, U256, hex, keccak256};
use serde::Deserialize;

/// One compiled contract.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Artefact {
    /// The contract's name in its source.
    pub contract: String,
    /// The compiler's full version.
    pub compiler: String,
    /// Runtime code, without metadata.
    pub runtime: Bytes,
    /// Method signature to selector, eight hexadecimal digits.
    selectors: BTreeMap<String, String>,
    storage: Vec<Field>,
    types: BTreeMap<String, Type>,
}

#[derive(Debug, Clone, Deserialize)]
struct Field {
    label: String,
    slot: u64,
    offset: u8,
    #[serde(rename = "type")]
    type_id: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Type {
    bytes: u32,
    #[serde(default)]
    members: Vec<Field>,
}

/// Where a value lies in storage: `bytes` bytes of `slot`, `offset` bytes above the least significant one
/// (Solidity, "Layout of State Variables in Storage").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The slot; of a struct's member, counted from the struct's start.
    pub slot: U256,
    /// Bytes below the value in its slot, `0..32`.
    pub offset: u8,
    /// Size of the value, at most 32.
    pub bytes: u32,
}

impl Place {
    /// The same place in a struct that begins at slot `base`.
    pub fn at(self, base: U256) -> Self {
        Self {
            slot: self.slot.wrapping_add(base),
            ..self
        }
    }

    /// The value at this place of a whole `word`.
    pub fn extract(self, word: U256) -> U256 {
        (word >> (8 * usize::from(self.offset))) & self.mask()
    }

    /// `word` with `value` at this place.
    ///
    /// # Panics
    /// If `value` is wider than the place.
    pub fn insert(self, word: U256, value: U256) -> U256 {
        assert!(
            value <= self.mask(),
            "{value} is wider than {} bytes",
            self.bytes
        );
        let shift = 8 * usize::from(self.offset);
        (word & !(self.mask() << shift)) | (value << shift)
    }

    fn mask(self) -> U256 {
        U256::MAX >> (256 - 8 * self.bytes.clamp(1, 32) as usize)
    }
}

/// The slot of `key` in the mapping at `slot`: `keccak256(key . slot)`.
pub fn mapping(slot: U256, key: impl Into<B256>) -> U256 {
    let mut preimage = [0; 64];
    preimage[..32].copy_from_slice(key.into().as_slice());
    preimage[32..].copy_from_slice(&slot.to_be_bytes::<32>());
    keccak256(preimage).into()
}

/// The first slot of the elements of the dynamic array at `slot`: `keccak256(slot)`.
pub fn array(slot: U256) -> U256 {
    keccak256(slot.to_be_bytes::<32>()).into()
}

macro_rules! contracts {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {
        impl Artefact {
            $($(#[$doc])* pub fn $name() -> Self {
                Self::parse(include_str!(concat!("../contracts/artefacts/", $file)))
            })*

            /// Every embedded contract.
            pub fn all() -> Vec<Self> {
                vec![$(Self::$name()),*]
            }
        }
    };
}

contracts! {
    /// ERC-20.
    token = "Token.json";
    /// The exchange that holds its pools itself.
    exchange = "Exchange.json";
    /// One pair of two tokens.
    pair = "Pair.json";
    /// The router in front of the pairs.
    router = "Router.json";
    /// Heroes on boards.
    game = "Game.json";
    /// Custody of goods.
    custody = "Custody.json";
    /// Votes on proposals.
    governor = "Governor.json";
    /// ERC-721.
    collectible = "Collectible.json";
}

impl Artefact {
    fn parse(text: &str) -> Self {
        serde_json::from_str(text).expect("the embedded artefacts are what build.mjs writes")
    }

    /// The selector of a method, such as `transfer(address,uint256)`.
    ///
    /// # Panics
    /// If the contract has no such method.
    pub fn selector(&self, signature: &str) -> [u8; 4] {
        let digits = self.selectors.get(signature);
        let digits =
            digits.unwrap_or_else(|| panic!("{} has no method {signature}", self.contract));
        let mut selector = [0; 4];
        hex::decode_to_slice(digits, &mut selector)
            .expect("build.mjs writes eight hexadecimal digits");
        selector
    }

    /// Where a state variable lies.
    ///
    /// # Panics
    /// If the contract has no such variable.
    pub fn variable(&self, label: &str) -> Place {
        self.find(&self.storage, label)
    }

    /// Where a member lies in its struct.
    ///
    /// # Panics
    /// If the contract has no such struct in its storage, or the struct has no such member.
    pub fn member(&self, name: &str, label: &str) -> Place {
        let id = format!("t_struct({name})_storage");
        let kind = self
            .types
            .get(&id)
            .unwrap_or_else(|| panic!("{} has no struct {name}", self.contract));
        self.find(&kind.members, label)
    }

    fn find(&self, fields: &[Field], label: &str) -> Place {
        let field = fields.iter().find(|field| field.label == label);
        let field = field.unwrap_or_else(|| panic!("{} has no variable {label}", self.contract));
        let bytes = self.types[&field.type_id].bytes;
        Place {
            slot: U256::from(field.slot),
            offset: field.offset,
            bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::b256;

    #[test]
    fn selectors_are_the_hash_of_the_signature() {
        for artefact in Artefact::all() {
            for signature in artefact.selectors.keys() {
                assert_eq!(
                    artefact.selector(signature),
                    keccak256(signature)[..4],
                    "{signature}"
                );
            }
        }
        assert_eq!(
            Artefact::token().selector("transfer(address,uint256)"),
            hex!("a9059cbb")
        );
    }

    #[test]
    fn members_are_packed_from_the_low_end() {
        let exchange = Artefact::exchange();
        let second = exchange.member("Pool", "reserve1");
        assert_eq!(
            second,
            Place {
                slot: U256::ZERO,
                offset: 14,
                bytes: 14
            }
        );
        let word = second.insert(U256::MAX, U256::from(5));
        assert_eq!(second.extract(word), U256::from(5));
        assert_eq!(
            exchange.member("Pool", "reserve0").extract(word),
            (U256::from(1) << 112) - U256::from(1)
        );
        assert_eq!(
            exchange.member("Pool", "updatedAt").extract(word),
            U256::from(u32::MAX)
        );
    }

    #[test]
    fn slots_of_mappings_and_arrays_are_hashes() {
        assert_eq!(
            B256::from(mapping(U256::ZERO, B256::ZERO)),
            b256!("ad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5")
        );
        assert_eq!(
            B256::from(array(U256::ZERO)),
            b256!("290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563")
        );
    }
}
