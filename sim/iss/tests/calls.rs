//! Calls on the ISS against a small host: gas, isolation, undoing.

mod common;

use alloy_primitives::{Address, U256};
use common::*;
use gasworks_abi::escalation::{Escalation, Halt, Status};
use gasworks_abi::ring::RequestKind;
use gasworks_iss::{Outcome, Slot};

/// Gas of a `CALL` with an output of one word at a cold account, before it gives any away.
const CALL_AND_PUSHES: u64 = 7 * 3 + 100 + 2500 + 3;

fn gas_to_output() -> Vec<u8> {
    Code::new().op(&[GAS]).keep(0).returns(1)
}

#[test]
fn a_callee_gets_all_but_one_64th() {
    let (outcome, _) = run(
        &Code::new().call(CALL, THERE, 0, 0, 32).returns(1),
        &gas_to_output(),
    );
    let left = 1_000_000 - CALL_AND_PUSHES;
    assert_eq!(words(&outcome), [n(left - left / 64 - 2)]);
    // GAS, PUSH, MSTORE with a word of memory, two pushes; the caller's two pushes.
    assert_eq!(outcome.gas_left, left - (2 + 3 + 6 + 6) - 6);
}

#[test]
fn a_callee_gets_no_more_than_asked_for_and_the_stipend_on_top() {
    let asked = |gas: u64, value: u64| {
        let ranges = [n(0), n(0), n(0), n(32)];
        let operands = [&[n(gas), word(THERE), n(value)][..], &ranges].concat();
        let (outcome, _) = run(
            &Code::new().with(CALL, &operands).returns(1),
            &gas_to_output(),
        );
        words(&outcome)[0]
    };
    assert_eq!(asked(50, 0), n(48));
    assert_eq!(asked(50, 1), n(48 + 2300));
    assert_eq!(asked(0, 1), n(2298));
    // Without any gas the callee halts and the output stays what it was.
    assert_eq!(asked(0, 0), n(0));
}

#[test]
fn exactly_enough_gas_and_one_less() {
    let code = Code::new().call(CALL, THERE, 0, 0, 32).op(&[0x00]).0;
    for (gas, status) in [
        (CALL_AND_PUSHES, Status::Stop),
        (CALL_AND_PUSHES - 1, Status::Halt),
    ] {
        let mut world = World::with(&[(HERE, &code), (THERE, &[])]);
        let outcome = Run {
            gas,
            ..Run::default()
        }
        .go(&mut world);
        assert_eq!(outcome.status, status, "{gas}");
    }
}

#[test]
fn value_to_an_empty_account_costs_a_new_one() {
    let nobody = Address::repeat_byte(0x77);
    let cost = |to, opcode, value| {
        let code = Code::new().call(opcode, to, value, 0, 0).op(&[0x00]).0;
        let mut world = World::with(&[(HERE, &code), (THERE, &[])]);
        1_000_000 - Run::default().go(&mut world).gas_left
    };
    let plain = 7 * 3 + 100 + 2500;
    assert_eq!(cost(THERE, CALL, 0), plain);
    assert_eq!(cost(THERE, CALL, 1), plain + 9000 - 2300);
    assert_eq!(cost(nobody, CALL, 0), plain);
    assert_eq!(cost(nobody, CALL, 1), plain + 9000 + 25_000 - 2300);
    assert_eq!(cost(nobody, CALLCODE, 1), plain + 9000 - 2300);
}

#[test]
fn kinds_differ_in_who_and_what() {
    let there = Code::new()
        .op(&[ADDRESS])
        .keep(0)
        .op(&[CALLER])
        .keep(1)
        .op(&[CALLVALUE])
        .keep(2);
    let there = there.returns(3);
    let seen = |opcode, value| {
        let (outcome, _) = run(
            &Code::new().call(opcode, THERE, value, 0, 96).returns(3),
            &there,
        );
        words(&outcome)
    };
    let (here, sender) = (word(HERE), word(SENDER));
    assert_eq!(seen(CALL, 5), [word(THERE), here, n(5)]);
    assert_eq!(seen(CALLCODE, 5), [here, here, n(5)]);
    assert_eq!(seen(DELEGATECALL, 0), [here, sender, n(7)]);
    assert_eq!(seen(STATICCALL, 0), [word(THERE), here, n(0)]);
}

#[test]
fn the_environment_of_the_caller_comes_back() {
    let code = Code::new().call(CALL, THERE, 3, 0, 0);
    let code = code
        .keep(0)
        .op(&[ADDRESS])
        .keep(1)
        .op(&[CALLER])
        .keep(2)
        .op(&[CALLVALUE])
        .keep(3);
    let (outcome, _) = run(&code.op(&[CALLDATASIZE]).keep(4).returns(5), &[]);
    assert_eq!(
        words(&outcome),
        [n(1), word(HERE), word(SENDER), n(7), n(0)]
    );
}

#[test]
fn frames_do_not_see_each_others_stack_and_memory() {
    // The caller has words on its stack and in its memory.
    let caller = Code::new().push(n(1)).push(n(2)).push(n(0xff)).keep(40);
    let caller = caller.call(CALL, THERE, 0, 0, 64).op(&[POP]);
    // A callee that pops halts.
    let (outcome, _) = run(&caller.clone().returns(2), &[POP]);
    assert_eq!(words(&outcome), [n(0), n(0)]);
    // It sees an empty memory of its own, and what it writes there stays there.
    let callee = Code::new()
        .op(&[MSIZE])
        .push(n(0))
        .op(&[MLOAD])
        .op(&[ADD])
        .keep(0);
    let callee = callee.push(n(0xee)).keep(39);
    let (outcome, _) = run(
        &caller
            .push(n(32 * 40))
            .op(&[MLOAD])
            .keep(1)
            .op(&[ADD])
            .keep(2)
            .returns(3),
        &callee.returns(1),
    );
    assert_eq!(words(&outcome), [n(0), n(0xff), n(3)]);
}

#[test]
fn calldata_is_the_range_of_the_caller() {
    let callee = Code::new()
        .op(&[CALLDATASIZE])
        .keep(0)
        .push(n(31))
        .op(&[CALLDATALOAD])
        .keep(1);
    let caller = Code::new().push(U256::MAX).keep(0);
    let (outcome, _) = run(
        &caller.call(CALL, THERE, 0, 33, 64).returns(2),
        &callee.returns(2),
    );
    assert_eq!(words(&outcome), [n(33), n(0xff) << 248usize]);
}

#[test]
fn return_data_is_what_the_last_callee_gave() {
    // Nothing before a call.
    let before = Code::new().op(&[RETURNDATASIZE]).keep(3);
    let after = before
        .call(CALL, THERE, 0, 0, 40)
        .op(&[RETURNDATASIZE])
        .keep(4);
    let copied = after.with(RETURNDATACOPY, &[n(5 * 32), n(32), n(32)]);
    let there = Code::new()
        .push(n(5))
        .keep(0)
        .push(n(6))
        .keep(1)
        .push(n(9))
        .keep(2);
    let (outcome, _) = run(&copied.returns(6), &there.returns(2));
    // 40 bytes of the output, its length, its second word.
    assert_eq!(words(&outcome), [n(5), n(0), n(0), n(0), n(64), n(6)]);
}

#[test]
fn return_data_ends() {
    for (offset, len, is_fine) in [
        (n(0), n(32), true),
        (n(32), n(0), true),
        (n(33), n(0), false),
        (n(1), n(32), false),
        (U256::MAX, n(1), false),
        (U256::MAX, U256::MAX, false),
    ] {
        let caller = Code::new().call(CALL, THERE, 0, 0, 0);
        let caller = caller.with(RETURNDATACOPY, &[n(0), offset, len]);
        let (outcome, _) = run(&caller.op(&[0x00]).0, &Code::new().returns(1));
        let halt = (!is_fine).then_some(Halt::OutOfOffset);
        assert_eq!(outcome.halt(), halt, "{offset} {len}");
    }
}

#[test]
fn a_static_frame_changes_nothing() {
    let store = |opcode| Code::new().with(opcode, &[n(1), n(2)]);
    let violations = [
        store(SSTORE),
        store(TSTORE),
        store(LOG0),
        Code::new().with(CREATE, &[n(0), n(0), n(0)]),
        Code::new().with(CREATE2, &[n(0), n(0), n(0), n(0)]),
        Code::new().with(SELFDESTRUCT, &[n(0)]),
        Code::new().call(CALL, HERE, 1, 0, 0),
    ];
    for callee in violations {
        let (outcome, world) = run(
            &Code::new()
                .call(STATICCALL, THERE, 0, 0, 0)
                .keep(0)
                .returns(1),
            &callee.clone().op(&[0x00]).0,
        );
        assert_eq!(words(&outcome), [n(0)], "{callee:?}");
        assert!(outcome.writes.is_empty() && outcome.logs.is_empty());
        assert_eq!(world.effects(), 0);
        // The callee lost all its gas.
        assert!(outcome.gas_left < 1_000_000 / 64);
    }
    // What only reads is allowed, and the frames below are static too.
    let (outcome, _) = run(
        &Code::new()
            .call(STATICCALL, THERE, 0, 0, 0)
            .keep(0)
            .returns(1),
        &Code::new().call(CALL, THERE, 0, 0, 0).op(&[0x00]).0,
    );
    assert_eq!(outcome.escalation(), Some(Escalation::FrameLimit));
    let callee = Code::new()
        .call(CALLCODE, THERE, 1, 0, 0)
        .push(n(1))
        .op(&[SLOAD, 0x00])
        .0;
    let mut world = World::with(&[
        (
            HERE,
            &Code::new()
                .call(STATICCALL, THERE, 0, 0, 0)
                .keep(0)
                .returns(1),
        ),
        (THERE, &callee),
    ]);
    world.accounts.get_mut(&THERE).unwrap().balance = 0;
    assert_eq!(words(&Run::default().go(&mut world)), [n(1)]);
}

/// Calls THERE to change everything and to end as told, then calls it to look: slot 1, what its
/// `SLOAD` costs, transient slot 1.
fn after_call(ending: &[u8]) -> (Outcome, World) {
    // With calldata the callee only looks.
    let look = Code::new()
        .op(&[GAS])
        .push(n(1))
        .op(&[SLOAD])
        .keep(0)
        .op(&[GAS, SWAP1, SUB]);
    let look = look.keep(1).push(n(1)).op(&[TLOAD]).keep(2).returns(3);
    let change = Code::new()
        .with(SSTORE, &[n(1), n(5)])
        .with(SSTORE, &[n(2), n(0)])
        .with(TSTORE, &[n(1), n(6)])
        .with(LOG0, &[n(0), n(3)])
        .op(ending);
    let at = 5 + change.0.len() as u16;
    let [high, low] = at.to_be_bytes();
    let mut there = vec![CALLDATASIZE, 0x61, high, low, 0x57];
    there.extend(&change.0);
    there.push(0x5b);
    there.extend(&look);
    let caller = Code::new().call(CALL, THERE, 0, 0, 0).op(&[POP]);
    let caller = caller.call(CALL, THERE, 0, 1, 96).op(&[POP]).returns(3);
    let mut world = World::with(&[(HERE, &caller), (THERE, &there)]);
    world.storage.insert((THERE, n(1)), n(3));
    world.storage.insert((THERE, n(2)), n(3));
    let outcome = Run::default().go(&mut world);
    (outcome, world)
}

#[test]
fn success_keeps_what_a_callee_did() {
    let (outcome, _) = after_call(&[0x00]);
    // GAS, PUSH, SLOAD warm, PUSH, MSTORE with a word.
    assert_eq!(words(&outcome), [n(5), n(2 + 3 + 100 + 3 + 6), n(6)]);
    assert_eq!(outcome.refund, 4800);
    assert_eq!(outcome.logs.len(), 1);
    assert_eq!(outcome.writes.len(), 2);
    assert_eq!(
        (outcome.writes[0].address, outcome.writes[0].original),
        (THERE, n(3))
    );
}

#[test]
fn failure_undoes_storage_transient_storage_warmth_refund_and_logs() {
    let revert = Code::new().with(REVERT, &[n(0), n(0)]).0;
    for ending in [&revert[..], &[INVALID], &[POP]] {
        let (outcome, world) = after_call(ending);
        // The slot is cold again; it is not asked for again.
        assert_eq!(
            words(&outcome),
            [n(3), n(2 + 3 + 2100 + 3 + 6), n(0)],
            "{ending:?}"
        );
        assert_eq!(world.count(RequestKind::Storage), 2);
        assert_eq!(outcome.refund, 0);
        assert!(outcome.logs.is_empty() && outcome.writes.is_empty());
        assert_eq!(outcome.log_beats, 0);
        // No effects, nothing to undo on the host.
        assert_eq!(world.count(RequestKind::Undo), 0);
    }
}

#[test]
fn an_account_that_a_failed_frame_warmed_is_cold_again() {
    let neighbour = Address::repeat_byte(0x33);
    let warm = Code::new().push(word(neighbour)).op(&[0x31]).reverts(0);
    let code = Code::new().call(CALL, THERE, 0, 0, 0).op(&[POP, GAS]);
    let code = code
        .push(word(neighbour))
        .op(&[0x31, POP, GAS, SWAP1, SUB])
        .keep(0);
    let (outcome, _) = run(&code.returns(1), &warm);
    assert_eq!(words(&outcome), [n(2 + 3 + 2600 + 2)]);
}

#[test]
fn effects_of_a_failed_frame_are_undone_on_the_host() {
    // THERE gets 9, sends 4 of them on and fails.
    let next = Address::repeat_byte(0x33);
    let there = Code::new().call(CALL, next, 4, 0, 0);
    let code = Code::new()
        .call(CALL, THERE, 9, 0, 0)
        .keep(0)
        .op(&[SELFBALANCE])
        .keep(1)
        .returns(2);
    for (there, is_done) in [
        (there.clone().op(&[0x00]).0, true),
        (there.reverts(0), false),
    ] {
        let mut world = World::with(&[(HERE, &code), (THERE, &there), (next, &[])]);
        let outcome = Run::default().go(&mut world);
        let balance = if is_done { 991 } else { 1000 };
        assert_eq!(words(&outcome), [n(is_done.into()), n(balance)]);
        let undo: Vec<U256> = world
            .asked
            .iter()
            .filter(|r| r.kind == RequestKind::Undo)
            .map(|r| r.key)
            .collect();
        assert_eq!(undo, if is_done { vec![] } else { vec![n(0)] });
        assert_eq!(
            world.accounts[&next].balance,
            if is_done { 1004 } else { 1000 }
        );
    }
}

#[test]
fn without_funds_nothing_runs_and_the_gas_comes_back() {
    let code = Code::new().call(CALL, THERE, 1001, 0, 0).keep(0).returns(1);
    let (outcome, _) = run(&code, &[INVALID]);
    assert_eq!(words(&outcome), [n(0)]);
    let cost = 7 * 3 + 100 + 2500 + 9000 - 2300;
    assert_eq!(outcome.gas_left, 1_000_000 - cost - 9 - 6);
}

#[test]
fn precompiles_run_on_the_host() {
    let precompile = Address::with_last_byte(4);
    let code = Code::new().push(n(0x1234)).keep(0);
    let code = code.with(
        STATICCALL,
        &[n(100), word(precompile), n(30), n(2), n(32), n(1)],
    );
    let code = code.keep(2).op(&[RETURNDATASIZE]).keep(3).returns(4);
    let (outcome, world) = run(&code, &[]);
    assert_eq!(
        words(&outcome),
        [n(0x1234), n(0x12) << 248usize, n(1), n(2)]
    );
    let call = world
        .asked
        .iter()
        .find(|r| r.kind == RequestKind::Call)
        .unwrap();
    assert_eq!(call.key, n(100) | U256::from(3) << 64usize);
    let payload = call.payload.as_ref().unwrap();
    assert_eq!(
        (payload.account, payload.data.as_ref()),
        (HERE, &[0x12, 0x34][..])
    );
    // One gas too little: no output, no gas.
    let code = Code::new().with(
        STATICCALL,
        &[n(14), word(precompile), n(0), n(2), n(0), n(2)],
    );
    let (outcome, _) = run(&code.keep(0).op(&[RETURNDATASIZE]).keep(1).returns(2), &[]);
    assert_eq!(words(&outcome), [n(0), n(0)]);
}

#[test]
fn a_known_callee_is_not_asked_for_again() {
    let twice = Code::new()
        .call(CALL, THERE, 0, 0, 0)
        .call(STATICCALL, THERE, 0, 0, 0);
    let (outcome, world) = run(&twice.clone().op(&[0x00]).0, &[0x00]);
    assert!(outcome.is_success());
    assert_eq!(world.count(RequestKind::Callee), 1);
    // Without code it is asked for each time.
    let (_, world) = run(&twice.op(&[0x00]).0, &[]);
    assert_eq!(world.count(RequestKind::Callee), 2);
    // What a failed frame learned is forgotten with it.
    let third = Address::repeat_byte(0x33);
    let there = Code::new().call(CALL, third, 0, 0, 0).reverts(0);
    let here = Code::new()
        .call(CALL, THERE, 0, 0, 0)
        .call(CALL, third, 0, 0, 0)
        .op(&[0x00])
        .0;
    let mut world = World::with(&[(HERE, &here), (THERE, &there), (third, &[0x00])]);
    Run::default().go(&mut world);
    assert_eq!(world.count(RequestKind::Callee), 3);
}

#[test]
fn a_delegate_costs_its_own_access() {
    let (delegate, cost) = (
        Address::repeat_byte(0x33),
        |delegate: Address, is_warm: bool| {
            let code = Code::new().call(CALL, THERE, 0, 0, 0).op(&[POP, GAS]);
            let code = code
                .call(CALL, THERE, 0, 0, 0)
                .op(&[POP, GAS, SWAP1, SUB])
                .keep(0)
                .returns(1);
            let mut world = World::with(&[
                (HERE, &code),
                (THERE, &[0]),
                (Address::repeat_byte(0x33), &[0]),
            ]);
            world.accounts.get_mut(&THERE).unwrap().delegate = Some(delegate);
            if is_warm {
                world.warm.insert(delegate);
            }
            let outcome = Run::default().go(&mut world);
            assert_eq!(world.count(RequestKind::Callee), 2);
            (1_000_000 - outcome.gas_left, words(&outcome)[0])
        },
    );
    let around = 2 * 21 + 2 * 100 + 2500 + 2 + 2 + 2 + 2 + 3 + 3 + 3 + 6 + 6;
    // The second call finds everything warm.
    let second = n(2 + 21 + 100 + 100 + 2);
    assert_eq!(cost(delegate, false), (around + 2600 + 100, second));
    assert_eq!(cost(delegate, true), (around + 100 + 100, second));
    // Its own delegate is warm by then.
    assert_eq!(cost(THERE, false), (around + 100 + 100, second));
}

#[test]
fn seeds_of_any_account_count() {
    let seed = Slot {
        address: THERE,
        key: n(1),
        value: n(4),
        original: n(4),
        warm: true,
    };
    let there = Code::new()
        .push(n(1))
        .op(&[SLOAD])
        .keep(0)
        .with(SSTORE, &[n(1), n(8)])
        .returns(1);
    let code = Code::new().call(CALL, THERE, 0, 0, 32).returns(1);
    let mut world = World::with(&[(HERE, &code), (THERE, &there)]);
    let run = Run {
        seeds: &[seed],
        ..Run::default()
    };
    let outcome = run.go(&mut world);
    assert_eq!(words(&outcome), [n(4)]);
    assert_eq!(world.count(RequestKind::Storage), 0);
    assert_eq!(outcome.touched.seeds[0], 1);
    assert_eq!(
        outcome.writes,
        [Slot {
            value: n(8),
            ..seed
        }]
    );
}
