//! Creations and their code.

use super::*;
use alloy_primitives::keccak256;

#[test]
fn a_creation_gets_account_value_and_code() {
    let world: World<'_> = &[(RUNNING, 100, 5, &[])];
    for salt in [None, Some(77)] {
        let mut ours = Waiting::new(SpecId::CANCUN, world);
        let reply = ours.create(RUNNING, 30, salt, &deploys(0x5b));
        assert!(is_done(&reply) && is(&reply, Answer::NAMED) && !reply.warm);
        assert_eq!((reply.effects, &reply.code[..]), (2, &deploys(0x5b)[..]));
        assert_eq!(reply.code_hash, keccak256(deploys(0x5b)));
        let new = address(reply.value);
        // Under construction it has no code.
        assert!(ours.callee(CallKind::Call, new).code.is_empty());
        let hash = ours.ask(RequestKind::CodeHash, Address::ZERO, reply.value);
        assert_eq!(hash.value, U256::from_be_bytes(keccak256([]).0));
        let reply = ours.created(new, &[0x5b]);
        assert_eq!((is_done(&reply), reply.effects), (true, 3));
        let code = Code::default().create(30, salt, &deploys(0x5b));
        let expected = revm(SpecId::CANCUN, world, &code.0);
        assert!(expected[&new].is_created());
        ours.assert_equals(&expected, &[RUNNING, new]);
        // Later questions see it.
        let callee = ours.callee(CallKind::Call, new);
        assert_eq!((&callee.code[..], callee.warm), (&[0x5b][..], false));
        assert_eq!(callee.code_hash, keccak256([0x5b]));
        let code = ours.ask(RequestKind::Code, Address::ZERO, word(new));
        assert_eq!((&code.code[..], code.value), (&[0x5b][..], U256::from(1)));
        let hash = ours.ask(RequestKind::CodeHash, Address::ZERO, word(new));
        assert_eq!(hash.value, U256::from_be_bytes(keccak256([0x5b]).0));
        let slot = ours.ask(RequestKind::Storage, new, U256::from(1));
        assert_eq!((slot.value, slot.warm), (U256::ZERO, false));
    }
}

#[test]
fn a_collision_is_named_and_costs_the_nonce() {
    let world: World<'_> = &[(RUNNING, 100, 5, &[])];
    let mut ours = Waiting::new(SpecId::CANCUN, world);
    let first = ours.create(RUNNING, 0, Some(1), &deploys(0));
    ours.created(address(first.value), &[0]);
    let second = ours.create(RUNNING, 0, Some(1), &deploys(0));
    assert!(is(&second, Answer::NAMED) && !is_done(&second));
    assert_eq!((second.value, second.effects), (first.value, 5));
    let code = Code::default().create(0, Some(1), &deploys(0));
    let code = code.create(0, Some(1), &deploys(0));
    let expected = revm(SpecId::CANCUN, world, &code.0);
    assert_eq!(expected[&RUNNING].info.nonce, 7);
    ours.assert_equals(&expected, &[RUNNING, address(first.value)]);
}

#[test]
fn without_balance_or_nonce_nothing_is_named() {
    for (balance, nonce, value) in [(100, 5, 101), (100, u64::MAX, 1)] {
        let world: World<'_> = &[(RUNNING, balance, nonce, &[])];
        let mut ours = Waiting::new(SpecId::CANCUN, world);
        let reply = ours.create(RUNNING, value, None, &deploys(0));
        assert_eq!((reply.flags, reply.effects), (0, 2));
        let code = Code::default().create(value, None, &deploys(0));
        ours.assert_equals(&revm(SpecId::CANCUN, world, &code.0), &[RUNNING]);
    }
}

#[test]
fn forbidden_code_is_refused() {
    let world: World<'_> = &[(RUNNING, 100, 5, &[])];
    let long = vec![0; 24_577];
    for (spec, code, done) in [
        (SpecId::BERLIN, &[0xef][..], true),
        (SpecId::LONDON, &[0xef][..], false),
        (SpecId::LONDON, &long[..], false),
        (SpecId::LONDON, &long[1..], true),
        (SpecId::LONDON, &[][..], true),
    ] {
        let mut ours = Waiting::new(spec, world);
        let new = address(ours.create(RUNNING, 1, None, &[]).value);
        let reply = ours.created(new, code);
        assert_eq!((is_done(&reply), reply.effects), (done, 3), "{spec:?}");
        if !done {
            // The device halts the creation and undoes it, but not the nonce.
            ours.undo(1);
            assert!(!ours.account(new).is_created());
            assert_eq!(ours.account(RUNNING).info.nonce, 6);
            assert_eq!(ours.account(RUNNING).info.balance, U256::from(100));
        }
    }
}

#[test]
fn code_for_an_account_that_is_not_being_created_is_refused() {
    let mut ours = Waiting::new(SpecId::CANCUN, &[(RUNNING, 100, 5, &[])]);
    let mut wrong = question(RequestKind::Created, OTHER, U256::from(1));
    wrong.payload = Some(payload(OTHER, [U256::ZERO; 4], &[0]));
    assert!(ours.try_ask(&wrong).is_none());
    let new = address(ours.create(RUNNING, 1, None, &[]).value);
    assert!(is_done(&ours.created(new, &[0])));
    wrong.address = new;
    assert!(ours.try_ask(&wrong).is_none());
    let bare = question(RequestKind::Create, Address::ZERO, U256::ZERO);
    assert!(ours.try_ask(&bare).is_none());
}
