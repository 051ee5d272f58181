//! Makes cases: a world of contracts that know each other, and a block of a few transactions.

mod builder;
mod calls;
mod program;
mod word;

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, U256};
use gasworks::env::BlockInput;
use gasworks::fork::ForkChoice;
use gasworks_abi::fork::Fork;
use revm::context_interface::cfg::gas::calculate_initial_tx_gas_for_tx;

use crate::block::{self, SENDERS, sender};
use crate::case::{Account, Authorization, Case, Code, Input, Transaction};
use crate::program::Item;
use crate::{Choices, SEEDS};

pub(crate) use program::program;

/// Contracts, the last byte of their addresses.
pub const CONTRACTS: [u8; 5] = [0x20, 0x21, 0x22, 0x23, 0x24];
/// Accounts that delegate to contracts, from Prague on.
const DELEGATING: [u8; 2] = [0x42, 0x43];
/// Accounts whose code is initcode.
const INITCODES: [u8; 2] = [0x52, 0x53];
/// Accounts whose code is the input of a precompile.
const LIBRARIES: [u8; 2] = [0x62, 0x63];
/// Accounts without code: with a balance, touched but empty, not there.
const EMPTY: [u8; 3] = [0x70, 0x71, 0x72];

/// The case that a seed names.
#[must_use]
pub fn case_of_seed(seed: u64) -> Case {
    case(&mut Choices::seeded(seed))
}

/// The case that decisions make.
pub fn case(choices: &mut Choices<'_>) -> Case {
    let fork = match choices.one_in(3) {
        false => Fork::Osaka,
        true => choices.pick(&Fork::ALL),
    };
    let mut case = Case {
        fork,
        seeds: choices.pick(&SEEDS),
        beneficiary: beneficiary(choices),
        accounts: world(choices, fork),
        transactions: Vec::new(),
    };
    for _ in 0..choices.range(1, 4) {
        let tx = transaction(choices, fork);
        case.transactions.push(tx);
    }
    settle_gas(choices, &mut case);
    case
}

fn at(last: u8) -> Address {
    Address::with_last_byte(last)
}

fn beneficiary(choices: &mut Choices<'_>) -> Address {
    match choices.weighted(&[5, 1, 1, 1, 1]) {
        0 => at(0x33),
        1 => at(choices.pick(&CONTRACTS)),
        2 => sender(choices.below(SENDERS.into()) as u8),
        3 => at(choices.pick(&EMPTY)),
        _ => at(4),
    }
}

fn world(choices: &mut Choices<'_>, fork: Fork) -> BTreeMap<Address, Account> {
    let mut accounts = BTreeMap::new();
    for number in 0..SENDERS {
        let account = Account {
            balance: U256::from(10_u64.pow(18)),
            nonce: choices.below(3),
            ..Account::default()
        };
        accounts.insert(sender(number), account);
    }
    let mut contract = |last: u8, items: Vec<Item>, choices: &mut Choices<'_>| {
        let account = Account {
            balance: U256::from(choices.below(6)),
            nonce: 1,
            code: Code::Program(items),
            storage: storage(choices),
        };
        accounts.insert(at(last), account);
    };
    for last in CONTRACTS.into_iter().chain(INITCODES) {
        let items = program(choices, fork);
        contract(last, items, choices);
    }
    for last in LIBRARIES {
        let data = vec![Item::Raw(precompile_input(choices))];
        contract(last, data, choices);
    }
    let rich = Account {
        balance: U256::from(9),
        ..Account::default()
    };
    accounts.insert(at(EMPTY[0]), rich);
    if fork >= Fork::Prague {
        for last in DELEGATING {
            let to = match choices.weighted(&[6, 1, 1]) {
                0 => at(choices.pick(&CONTRACTS)),
                1 => at(choices.pick(&DELEGATING)),
                _ => at(choices.range(1, 0x12) as u8),
            };
            accounts.insert(at(last), delegating(choices, to));
        }
        if choices.one_in(4) {
            let from = sender(choices.below(SENDERS.into()) as u8);
            if let Some(account) = accounts.get_mut(&from) {
                account.code = Code::Delegation(at(choices.pick(&CONTRACTS)));
            }
        }
    }
    collision(choices, &mut accounts);
    accounts
}

fn delegating(choices: &mut Choices<'_>, to: Address) -> Account {
    Account {
        balance: U256::from(choices.below(6)),
        nonce: 1,
        code: Code::Delegation(to),
        storage: storage(choices),
    }
}

fn storage(choices: &mut Choices<'_>) -> BTreeMap<U256, U256> {
    let slot = |choices: &mut Choices<'_>| (choices.below(6), choices.range(1, 3));
    let slots = (0..choices.below(5)).map(|_| slot(choices));
    slots
        .map(|(key, value)| (U256::from(key), U256::from(value)))
        .collect()
}

/// Sometimes puts somebody where a contract will be created.
fn collision(choices: &mut Choices<'_>, accounts: &mut BTreeMap<Address, Account>) {
    if !choices.one_in(4) {
        return;
    }
    let creator = at(choices.pick(&CONTRACTS));
    let account = Account {
        balance: U256::from(choices.below(3)),
        nonce: choices.below(2),
        code: match choices.one_in(3) {
            true => Code::Program(vec![Item::Op(0x00)]),
            false => Code::Nothing,
        },
        storage: BTreeMap::new(),
    };
    accounts.insert(creator.create(choices.range(1, 2)), account);
}

/// An input that some precompile takes, or bytes.
fn precompile_input(choices: &mut Choices<'_>) -> Vec<u8> {
    let word = |choices: &mut Choices<'_>| -> [u8; 32] {
        let mut word = [0; 32];
        match choices.weighted(&[4, 2, 1]) {
            0 => word[31] = choices.below(4) as u8,
            1 => word.copy_from_slice(&choices.take(32)),
            _ => word = [0xff; 32],
        }
        word
    };
    match choices.weighted(&[2, 2, 1]) {
        0 => block::signed_hash(choices.below(SENDERS.into()) as u8),
        1 => (0..choices.range(1, 12))
            .flat_map(|_| word(choices))
            .collect(),
        // BLAKE2f: rounds, state, message, offsets, whether it is the last (EIP-152).
        _ => {
            let mut input = vec![0, 0, 0, choices.below(13) as u8];
            input.extend(choices.take(208));
            input.push(choices.below(3) as u8);
            input
        }
    }
}

fn transaction(choices: &mut Choices<'_>, fork: Fork) -> Transaction {
    let kind = match choices.weighted(&[4, 3, 3, 1, 2]) as u8 {
        2 if fork < Fork::London => 1,
        3 if fork < Fork::Cancun => 0,
        4 if fork < Fork::Prague => 1,
        kind => kind,
    };
    let to = match choices.weighted(&[24, 2, 1, 1, 2]) {
        0 => Some(at(choices.pick(&CONTRACTS))),
        1 => Some(at(choices.pick(&DELEGATING))),
        2 => Some(at(choices.pick(&EMPTY))),
        3 => Some(at(choices.range(1, 0x12) as u8)),
        _ if kind >= 3 => Some(at(CONTRACTS[0])),
        _ => None,
    };
    let input = match to {
        Some(_) => {
            let len = choices.pick(&[0, 4, 32, 36, 68, 100]);
            Input::Data(Bytes::from(choices.take(len)))
        }
        None => Input::Program(program(choices, fork)),
    };
    let listed = match kind {
        0 => 0,
        _ => choices.below(4),
    };
    let signed = match kind {
        4 => choices.range(1, 3),
        _ => 0,
    };
    Transaction {
        kind,
        sender: choices.below(SENDERS.into()) as u8,
        to,
        value: U256::from(choices.below(3)),
        gas: choices.pick(&[1_000_000, 1_000_000, 2_000_000, 300_000, 100_000, 5_000_000]),
        input,
        access_list: (0..listed).map(|_| listing(choices)).collect(),
        authorizations: (0..signed).map(|_| authorization(choices)).collect(),
    }
}

fn listing(choices: &mut Choices<'_>) -> (Address, Vec<U256>) {
    let address = match choices.weighted(&[6, 1, 1]) {
        0 => at(choices.pick(&CONTRACTS)),
        1 => at(choices.pick(&EMPTY)),
        _ => at(choices.range(1, 0x12) as u8),
    };
    let keys = (0..choices.below(4)).map(|_| U256::from(choices.below(8)));
    (address, keys.collect())
}

fn authorization(choices: &mut Choices<'_>) -> Authorization {
    Authorization {
        signer: choices.below(SENDERS.into()) as u8,
        to: match choices.weighted(&[6, 1, 1]) {
            0 => at(choices.pick(&CONTRACTS)),
            1 => Address::ZERO,
            _ => at(choices.range(1, 0x12) as u8),
        },
        nonce: choices.below(4),
        chain_id: choices.below(3).min(1),
    }
}

/// Chooses gas limits: enough, exactly enough, one too few, or anywhere below, so that a
/// transaction ends at any of its instructions.
fn settle_gas(choices: &mut Choices<'_>, case: &mut Case) {
    let bundle = block::bundle(case);
    let spec = ForkChoice::Auto.spec(&bundle.block);
    let Ok(input) = BlockInput::new(&bundle, spec, usize::MAX) else {
        return;
    };
    let known = block::reference(&bundle).map(|reference| reference.txs);
    let known = known.unwrap_or_default();
    for (index, (tx, env)) in case.transactions.iter_mut().zip(&input.txs).enumerate() {
        let initial = calculate_initial_tx_gas_for_tx(env, spec, None);
        let least = initial.initial_total_gas().max(initial.floor_gas);
        tx.gas = tx.gas.max(least);
        let Some(known) = known.get(index) else {
            continue;
        };
        let spent = known.executed.result.gas().total_gas_spent().max(least);
        tx.gas = match choices.weighted(&[12, 1, 1, 2]) {
            0 => tx.gas,
            1 => spent,
            2 => (spent - 1).max(least),
            _ => choices.range(least, spent),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_names_one_case_and_its_text_is_all_of_it() {
        for seed in 0..50 {
            let case = case_of_seed(seed);
            assert_eq!(case, case_of_seed(seed));
            let text = case.to_json();
            assert_eq!(Case::from_json(&text).expect("parses"), case);
        }
    }

    #[test]
    fn any_bytes_make_a_case() {
        for len in 0..200 {
            let bytes: Vec<u8> = (0..len).map(|at| (at * 31 + len) as u8).collect();
            assert!(!case(&mut Choices::bytes(&bytes)).transactions.is_empty());
        }
    }

    #[test]
    fn most_transactions_are_valid_and_end_in_every_way() {
        let (mut all, mut ran, mut ends) = (0, 0, [0; 3]);
        for seed in 0..300 {
            let case = case_of_seed(seed);
            all += case.transactions.len();
            for tx in block::reference(&block::bundle(&case)).expect("runs").txs {
                use revm::context::result::ExecutionResult as End;
                ran += 1;
                ends[match tx.executed.result {
                    End::Success { .. } => 0,
                    End::Revert { .. } => 1,
                    End::Halt { .. } => 2,
                }] += 1;
            }
        }
        assert!(ran * 100 > all * 90, "{ran} of {all}");
        println!("{ends:?} of {ran}");
        assert!(
            ends[0] * 3 > ran && ends[1] * 20 > ran && ends[2] * 10 > ran,
            "{ends:?} of {ran}"
        );
    }
}
