//! Hashes that stand for a whole outcome: the root of the state after a transaction, and the hash
//! of its logs.

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, Log, U256, keccak256};
use alloy_trie::TrieAccount;
use alloy_trie::root::{state_root_unhashed, storage_root_unhashed};
use revm::database::{CacheState, PlainAccount};
use revm::state::{AccountInfo, EvmState};

use crate::bundle::Account;

/// Root of the state that `accounts` and then `changes` make. What counts as destroyed, created or
/// cleared (EIP-161) is revm's own code.
#[must_use]
pub fn state_root<'a>(
    accounts: impl IntoIterator<Item = (&'a Address, &'a Account)>,
    changes: EvmState,
) -> B256 {
    let mut state = CacheState::new();
    for (address, account) in accounts {
        let info = AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: match account.code_hash {
                hash if hash.is_zero() => KECCAK256_EMPTY,
                hash => hash,
            },
            code: None,
            ..AccountInfo::default()
        };
        let storage = account.storage.iter().map(|(key, value)| (*key, *value));
        state.insert_account_with_storage(*address, info, storage.collect());
    }
    state.apply_evm_state(changes, |_, _| ());
    let present = state.trie_account().into_iter();
    state_root_unhashed(present.map(|(address, account)| (address, in_trie(account))))
}

fn in_trie(account: &PlainAccount) -> TrieAccount {
    let slots = account.storage.iter().filter(|(_, value)| !value.is_zero());
    let slots = slots.map(|(key, value): (&U256, &U256)| (B256::from(*key), *value));
    TrieAccount {
        nonce: account.info.nonce,
        balance: account.info.balance,
        storage_root: storage_root_unhashed(slots),
        code_hash: account.info.code_hash,
    }
}

/// Keccak-256 of the logs as an RLP list.
#[must_use]
pub fn logs_hash(logs: &[Log]) -> B256 {
    let mut list = Vec::new();
    alloy_rlp::encode_list(logs, &mut list);
    keccak256(list)
}

#[cfg(test)]
mod tests {
    use alloy_primitives::b256;
    use alloy_trie::EMPTY_ROOT_HASH;

    use super::*;

    #[test]
    fn nothing_has_the_hashes_of_nothing() {
        assert_eq!(state_root([], EvmState::default()), EMPTY_ROOT_HASH);
        // The `logs` of every state test that logs nothing.
        let none = b256!("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");
        assert_eq!(logs_hash(&[]), none);
    }

    #[test]
    fn a_zero_slot_is_no_slot() {
        let address = Address::repeat_byte(1);
        let with = |storage: &[(u64, u64)]| {
            let slots = storage.iter();
            let account = Account {
                nonce: 1,
                storage: slots
                    .map(|(key, value)| (U256::from(*key), U256::from(*value)))
                    .collect(),
                ..Account::default()
            };
            state_root([(&address, &account)], EvmState::default())
        };
        assert_eq!(with(&[(1, 2), (3, 0)]), with(&[(1, 2)]));
        assert_ne!(with(&[(1, 2)]), with(&[(1, 3)]));
    }
}
