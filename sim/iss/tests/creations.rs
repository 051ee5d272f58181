//! Creations and self-destruction on the ISS against a small host.

mod common;

use alloy_primitives::{Address, U256};
use common::*;
use gasworks_abi::config::Config;
use gasworks_abi::escalation::{Escalation, Halt};
use gasworks_abi::fork::Fork;
use gasworks_abi::ring::RequestKind;
use gasworks_iss::Outcome;

/// Initcode of at most 32 bytes that deploys so many bytes of memory, the first being `first`.
fn deploys(len: u8, first: u8) -> Vec<u8> {
    vec![0x60, first, 0x5f, 0x53, 0x60, len, 0x5f, RETURN]
}

/// Creates with this initcode and returns the result and the length of the return data.
fn creates(initcode: &[u8], value: u64) -> Vec<u8> {
    let code = Code::new().bytes(initcode);
    let code = code.with(CREATE, &[n(value), n(0), n(initcode.len() as u64)]);
    code.keep(0).op(&[RETURNDATASIZE]).keep(1).returns(2)
}

fn create(initcode: &[u8], value: u64) -> (Outcome, World) {
    run(&creates(initcode, value), &[])
}

/// Gas of everything in [`creates`] but what the creation uses.
const AROUND: u64 = 3 + 3 + 6 + 9 + 32_000 + 2 + 6 + 2 + 3 + 3 + 3 + 6;

#[test]
fn a_creation_pays_for_its_code_and_gives_its_address() {
    let (outcome, world) = create(&deploys(5, 0x60), 3);
    let address = created(n(1));
    assert_eq!(words(&outcome), [word(address), n(0)]);
    let account = &world.accounts[&address];
    assert_eq!(account.code.as_ref(), [0x60, 0, 0, 0, 0]);
    assert_eq!((account.balance, world.accounts[&HERE].balance), (3, 997));
    assert_eq!(world.accounts[&HERE].nonce, 2);
    let run_gas = 3 + 2 + 3 + 3 + 3 + 2 + 5 * 200;
    assert_eq!(outcome.gas_left, 1_000_000 - AROUND - run_gas);
    let request = world
        .asked
        .iter()
        .find(|r| r.kind == RequestKind::Created)
        .unwrap();
    assert_eq!((request.address, request.key), (address, n(5)));
}

#[test]
fn empty_code_is_not_asked_about() {
    for initcode in [&[][..], &[0x00], &deploys(0, 0)] {
        let (outcome, world) = create(initcode, 0);
        assert_eq!(words(&outcome), [word(created(n(1))), n(0)]);
        assert_eq!(world.count(RequestKind::Created), 0);
    }
}

#[test]
fn code_that_is_too_dear_or_not_allowed_fails_the_creation() {
    // 255 bytes cost 51,000: all but a 64th of 51,000 + 32,100 is less.
    let mut world = World::with(&[(HERE, &creates(&deploys(255, 0), 0))]);
    let outcome = Run {
        gas: 51_000 + 32_100,
        ..Run::default()
    }
    .go(&mut world);
    assert_eq!(words(&outcome), [n(0), n(0)]);
    assert_eq!(world.count(RequestKind::Created), 0);
    assert_eq!(
        world
            .accounts
            .get(&created(n(1)))
            .cloned()
            .unwrap_or_default(),
        Account::default()
    );
    // The nonce stays.
    assert_eq!(world.accounts[&HERE].nonce, 2);

    let (outcome, world) = create(&deploys(5, 0xef), 3);
    assert_eq!(words(&outcome), [n(0), n(0)]);
    assert_eq!(world.count(RequestKind::Created), 1);
    assert_eq!(
        (world.accounts[&HERE].nonce, world.accounts[&HERE].balance),
        (2, 1000)
    );
    // All its gas is gone.
    assert!(outcome.gas_left < 1_000_000 / 64);
}

#[test]
fn a_collision_takes_the_gas_and_leaves_the_address_warm() {
    let address = created(n(1));
    let code = Code::new()
        .with(CREATE, &[n(0), n(0), n(0)])
        .keep(0)
        .op(&[GAS]);
    let code = code
        .push(word(address))
        .op(&[0x31, POP, GAS, SWAP1, SUB])
        .keep(1)
        .returns(2);
    let mut world = World::with(&[(HERE, &code), (address, &[0x00])]);
    let outcome = Run::default().go(&mut world);
    assert_eq!(words(&outcome), [n(0), n(2 + 3 + 100 + 2)]);
    assert!(outcome.gas_left < 1_000_000 / 64);
}

#[test]
fn without_funds_the_gas_comes_back() {
    let (outcome, world) = create(&deploys(5, 0), 1001);
    assert_eq!(words(&outcome), [n(0), n(0)]);
    assert_eq!(outcome.gas_left, 1_000_000 - AROUND);
    assert_eq!(world.accounts[&HERE].nonce, 1);
}

#[test]
fn a_reverted_creation_gives_its_output_and_gas() {
    let initcode = [0x60, 32, 0x5f, REVERT];
    let (outcome, world) = create(&initcode, 2);
    assert_eq!(words(&outcome), [n(0), n(32)]);
    assert_eq!(outcome.gas_left, 1_000_000 - AROUND - (3 + 2 + 3));
    assert_eq!(
        (world.accounts[&HERE].nonce, world.accounts[&HERE].balance),
        (2, 1000)
    );
    let undo = world.asked.last().unwrap();
    assert_eq!((undo.kind, undo.key), (RequestKind::Undo, n(1)));
}

#[test]
fn initcode_sees_the_new_account_and_no_calldata() {
    // ADDRESS, CALLER, CALLVALUE, CALLDATASIZE in slots 0 to 3 of the new account.
    let initcode = [
        ADDRESS,
        0x5f,
        SSTORE,
        CALLER,
        0x60,
        1,
        SSTORE,
        CALLVALUE,
        0x60,
        2,
        SSTORE,
        CALLDATASIZE,
        0x60,
        3,
        SSTORE,
    ];
    let (outcome, _) = create(&initcode, 6);
    let address = created(n(1));
    let writes: Vec<_> = outcome
        .writes
        .iter()
        .map(|w| (w.address, w.key, w.value))
        .collect();
    let expected = [word(address), word(HERE), n(6), n(0)];
    let expected: Vec<_> = (0..4)
        .map(|i| (address, n(i), expected[i as usize]))
        .collect();
    assert_eq!(writes, expected);
}

#[test]
fn create2_takes_a_salt_and_pays_for_the_hash() {
    let gas = |fork| {
        let code = Code::new()
            .with(CREATE2, &[n(0), n(0), n(64), n(77)])
            .keep(0)
            .returns(1);
        let mut world = World::with(&[(HERE, &code)]);
        let outcome = Run {
            fork,
            ..Run::default()
        }
        .go(&mut world);
        assert_eq!(words(&outcome), [word(created(n(77)))]);
        1_000_000 - outcome.gas_left
    };
    let around = 4 * 3 + 32_000 + 6 + 3 + 3 + 6;
    assert_eq!(gas(Fork::Merge), around + 2 * 6);
    assert_eq!(gas(Fork::Shanghai), around + 2 * 8);
}

#[test]
fn initcode_has_a_limit_from_shanghai_on() {
    for (fork, len, expected) in [
        (Fork::Shanghai, 49_152, None),
        (Fork::Shanghai, 49_153, Some(Halt::InitcodeLimit)),
        (Fork::Merge, 49_153, None),
    ] {
        let code = Code::new()
            .with(CREATE, &[n(0), n(0), n(len)])
            .op(&[0x00])
            .0;
        let mut world = World::with(&[(HERE, &code)]);
        let outcome = Run {
            fork,
            ..Run::default()
        }
        .go(&mut world);
        assert_eq!(outcome.halt(), expected, "{fork:?} {len}");
    }
}

#[test]
fn a_creation_needs_a_frame() {
    let code = Code::new()
        .with(CREATE, &[n(0), n(0), n(0)])
        .call(CALL, HERE, 0, 0, 0)
        .0;
    let mut world = World::with(&[(HERE, &code)]);
    let run = Run {
        config: Config::TINY,
        ..Run::default()
    };
    assert_eq!(
        run.go(&mut world).escalation(),
        Some(Escalation::FrameLimit)
    );
    // Three creations at depth 0 to 2 were made before.
    assert_eq!(world.count(RequestKind::Create), 3);
}

#[test]
fn destruction_pays_for_cold_and_new_heirs() {
    let nobody = Address::repeat_byte(0x77);
    let destroy = |heir: Address, balance: u64, fork| {
        let code = Code::new().with(SELFDESTRUCT, &[word(heir)]).0;
        let mut world = World::with(&[(HERE, &code), (THERE, &[])]);
        world.accounts.get_mut(&HERE).unwrap().balance = balance;
        let outcome = Run {
            fork,
            ..Run::default()
        }
        .go(&mut world);
        assert!(outcome.is_success());
        assert!(world.accounts[&HERE].is_destroyed);
        (1_000_000 - outcome.gas_left, outcome.refund)
    };
    assert_eq!(destroy(THERE, 5, Fork::Osaka), (3 + 5000 + 2600, 0));
    assert_eq!(destroy(nobody, 0, Fork::Osaka), (3 + 5000 + 2600, 0));
    assert_eq!(
        destroy(nobody, 5, Fork::London),
        (3 + 5000 + 2600 + 25_000, 0)
    );
    assert_eq!(destroy(THERE, 5, Fork::Berlin), (3 + 5000 + 2600, 24_000));
}

#[test]
fn destruction_ends_its_frame_and_is_undone_with_its_caller() {
    let there = Code::new()
        .with(SELFDESTRUCT, &[word(HERE)])
        .op(&[INVALID])
        .0;
    let code = Code::new().call(CALL, THERE, 0, 0, 0).keep(0);
    let (outcome, world) = run(&code.clone().returns(1), &there);
    assert_eq!(words(&outcome), [n(1)]);
    assert_eq!(world.accounts[&HERE].balance, 2000);

    let third = Address::repeat_byte(0x33);
    let top = Code::new().call(CALL, third, 0, 0, 0).keep(0).returns(1);
    let mut world = World::with(&[(HERE, &top), (third, &code.reverts(0)), (THERE, &there)]);
    let outcome = Run {
        fork: Fork::Berlin,
        ..Run::default()
    }
    .go(&mut world);
    assert_eq!((words(&outcome), outcome.refund), (vec![n(0)], 0));
    assert!(!world.accounts[&THERE].is_destroyed);
    assert_eq!(U256::from(world.accounts[&HERE].balance), n(1000));
}
