//! Callees, transfers and precompiles.

use super::*;
use alloy_primitives::{address as at, hex};

const PLAIN: u8 = 0xf1;
const CALLCODE: u8 = 0xf2;
const SHA256: Address = at!("0000000000000000000000000000000000000002");
const ECADD: Address = at!("0000000000000000000000000000000000000006");

#[test]
fn value_moves_and_the_gas_comes_back() {
    let world: World<'_> = &[(RUNNING, 100, 1, &[]), (OTHER, 7, 0, &[])];
    let mut ours = Waiting::new(SpecId::PRAGUE, world);
    let reply = ours.call(CallKind::Call, OTHER, 42, &[]);
    assert!(is_done(&reply));
    assert_eq!((reply.value, reply.effects), (U256::from(GAS), 1));
    let code = Code::default().call(PLAIN, OTHER, 42, 0);
    let expected = revm(SpecId::PRAGUE, world, &code.0);
    assert_eq!(expected[&OTHER].info.balance, U256::from(49));
    ours.assert_equals(&expected, &[RUNNING, OTHER]);
    let balance = ours.ask(RequestKind::Balance, Address::ZERO, word(RUNNING));
    assert_eq!(balance.value, U256::from(58));
}

#[test]
fn a_new_account_is_empty_until_value_comes() {
    let world: World<'_> = &[(RUNNING, 100, 1, &[])];
    let mut ours = Waiting::new(SpecId::CANCUN, world);
    assert!(is(&ours.callee(CallKind::Call, OTHER), Answer::EMPTY));
    let reply = ours.call_with(CallKind::Call, OTHER, 1, &[], GAS);
    assert!(is_done(&reply));
    assert!(!is(&ours.callee(CallKind::Call, OTHER), Answer::EMPTY));
    let code = Code::default().call(PLAIN, OTHER, 1, 0);
    let expected = revm(SpecId::CANCUN, world, &code.0);
    ours.assert_equals(&expected, &[RUNNING, OTHER]);
}

#[test]
fn too_little_balance_moves_nothing_and_touches_nothing() {
    // An account that exists and is empty would disappear if it were touched.
    let world: World<'_> = &[(RUNNING, 100, 1, &[]), (OTHER, 0, 0, &[])];
    let mut ours = Waiting::new(SpecId::CANCUN, world);
    let reply = ours.call(CallKind::Call, OTHER, 101, &[]);
    assert!(!is_done(&reply));
    assert_eq!(reply.value, U256::from(GAS));
    let code = Code::default().call(PLAIN, OTHER, 101, 0);
    let expected = revm(SpecId::CANCUN, world, &code.0);
    ours.assert_equals(&expected, &[RUNNING, OTHER]);
    // Touched by an earlier call, it stays touched.
    assert_eq!(
        ours.callee(CallKind::Call, OTHER).effects,
        reply.effects + 1
    );
    assert!(!is_done(&ours.call(CallKind::Call, OTHER, 101, &[])));
    let code = Code::default().call(PLAIN, OTHER, 0, 0);
    let expected = revm(SpecId::CANCUN, world, &code.call(PLAIN, OTHER, 101, 0).0);
    ours.assert_equals(&expected, &[RUNNING, OTHER]);
    ours.undo(0);
    assert!(!ours.account(OTHER).is_touched());
}

#[test]
fn callcode_checks_the_balance_and_moves_nothing() {
    let world: World<'_> = &[(RUNNING, 100, 1, &[]), (OTHER, 7, 0, &[])];
    for (value, done) in [(100, true), (101, false)] {
        let mut ours = Waiting::new(SpecId::CANCUN, world);
        let reply = ours.call(CallKind::CallCode, OTHER, value, &[]);
        assert_eq!(is_done(&reply), done);
        let code = Code::default().call(CALLCODE, OTHER, value, 0);
        let expected = revm(SpecId::CANCUN, world, &code.0);
        ours.assert_equals(&expected, &[RUNNING, OTHER]);
    }
}

#[test]
fn only_calls_into_an_empty_account_are_effects() {
    let mut ours = Waiting::new(SpecId::CANCUN, &[(RUNNING, 1, 1, &[]), (THIRD, 5, 0, &[])]);
    assert_eq!(ours.callee(CallKind::DelegateCall, OTHER).effects, 0);
    assert_eq!(ours.callee(CallKind::CallCode, OTHER).effects, 0);
    assert_eq!(ours.callee(CallKind::StaticCall, THIRD).effects, 0);
    assert_eq!(ours.callee(CallKind::StaticCall, OTHER).effects, 1);
    assert_eq!(ours.callee(CallKind::Call, OTHER).effects, 1);
    assert_eq!(ours.undo(0).effects, 0);
    assert_eq!(ours.callee(CallKind::Call, OTHER).effects, 1);
}

#[test]
fn a_precompile_runs_with_the_gas_of_the_callee() {
    let world: World<'_> = &[(RUNNING, 100, 1, &[])];
    let mut ours = Waiting::new(SpecId::CANCUN, world);
    let callee = ours.callee(CallKind::StaticCall, SHA256);
    assert!(is(&callee, Answer::PRECOMPILE) && callee.warm && callee.code.is_empty());
    let reply = ours.call_with(CallKind::StaticCall, SHA256, 0, b"abc", 100);
    // 60 and 12 per word (Yellow Paper E).
    assert_eq!((is_done(&reply), reply.value), (true, U256::from(28)));
    let hash = hex!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(reply.output, Bytes::from(hash));
    let reply = ours.call_with(CallKind::StaticCall, SHA256, 0, b"abc", 71);
    assert_eq!((is_done(&reply), reply.value), (false, U256::ZERO));
    assert!(reply.output.is_empty());
    let reply = ours.call_with(CallKind::DelegateCall, SHA256, 0, b"abc", 72);
    assert_eq!((is_done(&reply), reply.value), (true, U256::ZERO));
}

#[test]
fn value_sent_to_a_failing_precompile_comes_back() {
    let world: World<'_> = &[(RUNNING, 100, 1, &[])];
    for (data, done) in [([0u8; 32], true), ([1u8; 32], false)] {
        let mut ours = Waiting::new(SpecId::CANCUN, world);
        let reply = ours.call(CallKind::Call, ECADD, 9, &data);
        assert_eq!(is_done(&reply), done);
        let code = Code::default().memory(&data).call(PLAIN, ECADD, 9, 32);
        let expected = revm(SpecId::CANCUN, world, &code.0);
        ours.assert_equals(&expected, &[RUNNING, ECADD]);
    }
}

#[test]
fn a_delegation_leads_to_the_code_of_the_delegate() {
    let mut designator = vec![0xef, 0x01, 0x00];
    designator.extend(THIRD.as_slice());
    let world: World<'_> = &[
        (RUNNING, 1, 1, &[]),
        (OTHER, 0, 1, &designator),
        (THIRD, 0, 1, &[0x5b, 0x00]),
    ];
    let mut ours = Waiting::new(SpecId::PRAGUE, world);
    let reply = ours.callee(CallKind::Call, OTHER);
    assert!(is(&reply, Answer::DELEGATED) && !is(&reply, Answer::DELEGATE_WARM));
    assert_eq!((reply.value, reply.warm), (word(THIRD), false));
    assert_eq!(reply.code, Bytes::from_static(&[0x5b, 0x00]));
    // Of the account itself only the designator is seen.
    let code = ours.ask(RequestKind::Code, Address::ZERO, word(OTHER));
    assert_eq!(code.code, Bytes::from(designator.clone()));
    let reply = ours.callee(CallKind::Call, THIRD);
    assert!(!is(&reply, Answer::DELEGATED) && !reply.warm);
}

#[test]
fn warmth_is_that_of_the_start() {
    let mut ours = Waiting::new(SpecId::CANCUN, &[(RUNNING, 9, 1, &[]), (OTHER, 7, 0, &[])]);
    for _ in 0..2 {
        assert!(!ours.callee(CallKind::Call, OTHER).warm);
        assert!(
            !ours
                .ask(RequestKind::Balance, Address::ZERO, word(OTHER))
                .warm
        );
        ours.call(CallKind::Call, OTHER, 1, &[]);
    }
    for address in [RUNNING, SENDER, ECADD] {
        assert!(ours.callee(CallKind::Call, address).warm, "{address}");
    }
}
