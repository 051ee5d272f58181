//! Undoing, and SELFDESTRUCT.

use super::*;

const PLAIN: u8 = 0xf1;
const DELEGATE: u8 = 0xf4;

#[test]
fn nested_frames_are_undone_to_their_marks() {
    // RUNNING sends 5 to THIRD, then calls OTHER with 10; OTHER creates an account with 3, sends 2
    // to THIRD and reverts.
    let inner = Code::default().create(3, None, &deploys(1));
    let inner = inner.call(PLAIN, THIRD, 2, 0).revert();
    let world: World<'_> = &[(RUNNING, 100, 1, &[]), (OTHER, 0, 1, &inner.0)];
    let mut ours = Waiting::new(SpecId::CANCUN, world);
    let sent = ours.call(CallKind::Call, THIRD, 5, &[]);
    // The touch of the new account, and the transfer.
    assert_eq!((is_done(&sent), sent.effects), (true, 2));
    let entered = ours.call(CallKind::Call, OTHER, 10, &[]);
    assert_eq!(entered.effects, 3);
    let made = ours.create(OTHER, 3, None, &deploys(1));
    let new = address(made.value);
    ours.created(new, &[1]);
    assert_eq!(ours.account(OTHER).info.balance, U256::from(7));
    ours.undo(entered.effects - 1);
    let code = Code::default().call(PLAIN, THIRD, 5, 0);
    let code = code.call(PLAIN, OTHER, 10, 0);
    let expected = revm(SpecId::CANCUN, world, &code.0);
    assert_eq!(expected[&RUNNING].info.balance, U256::from(95));
    ours.assert_equals(&expected, &[RUNNING, OTHER, THIRD, new]);
    // And what was kept can still be undone.
    assert_eq!(ours.undo(0).effects, 0);
    assert_eq!(ours.account(RUNNING).info.balance, U256::from(100));
    assert!(!ours.account(THIRD).is_touched());
}

#[test]
fn undoing_a_creation_keeps_the_nonce() {
    let world: World<'_> = &[(RUNNING, 100, 1, &[])];
    let mut ours = Waiting::new(SpecId::CANCUN, world);
    // PUSH0 PUSH0 REVERT
    let initcode = [0x5f, 0x5f, 0xfd];
    let made = ours.create(RUNNING, 3, None, &initcode);
    ours.undo(made.effects - 1);
    let code = Code::default().create(3, None, &initcode);
    let expected = revm(SpecId::CANCUN, world, &code.0);
    assert_eq!(expected[&RUNNING].info.nonce, 2);
    ours.assert_equals(&expected, &[RUNNING, address(made.value)]);
}

#[test]
fn more_effects_than_there_are_cannot_be_kept() {
    let mut ours = Waiting::new(SpecId::CANCUN, &[(RUNNING, 100, 1, &[])]);
    ours.call(CallKind::Call, OTHER, 1, &[]);
    let undo = question(RequestKind::Undo, Address::ZERO, U256::from(3));
    assert!(ours.try_ask(&undo).is_none());
    assert_eq!(ours.undo(2).effects, 2);
}

/// `RUNNING` destroys itself for `OTHER` through `THIRD`, called by `DELEGATECALL`, `times` times.
fn destroys(spec: SpecId, times: usize) {
    let destroy = Code::default().push(word(OTHER)).op(0xff).0;
    let world: World<'_> = &[(RUNNING, 100, 1, &[]), (THIRD, 0, 1, &destroy)];
    let mut ours = Waiting::new(spec, world);
    let mut code = Code::default();
    for round in 0..times {
        let callee = ours.callee(CallKind::DelegateCall, THIRD);
        assert_eq!(&callee.code[..], &destroy[..]);
        let reply = ours.ask(RequestKind::SelfDestruct, RUNNING, word(OTHER));
        assert_eq!(is(&reply, Answer::EMPTY), round == 0);
        let first = round == 0 || spec >= SpecId::CANCUN;
        assert_eq!(
            (is_done(&reply), reply.warm),
            (first, false),
            "{spec:?} {round}"
        );
        assert_eq!(usize::from(reply.effects), round + 1);
        code = code
            .push(U256::ZERO)
            .push(U256::ZERO)
            .push(U256::ZERO)
            .push(U256::ZERO)
            .push(word(THIRD))
            .push(U256::from(GAS))
            .op(DELEGATE);
    }
    let expected = revm(spec, world, &code.0);
    assert_eq!(
        expected[&RUNNING].is_selfdestructed(),
        spec < SpecId::CANCUN
    );
    ours.assert_equals(&expected, &[RUNNING, OTHER]);
    ours.undo(0);
    assert!(!ours.account(RUNNING).is_selfdestructed());
    assert_eq!(ours.account(RUNNING).info.balance, U256::from(100));
    assert_eq!(ours.account(OTHER).info.balance, U256::ZERO);
}

#[test]
fn an_old_account_is_destroyed_before_cancun_only() {
    for spec in [
        SpecId::BERLIN,
        SpecId::SHANGHAI,
        SpecId::CANCUN,
        SpecId::OSAKA,
    ] {
        destroys(spec, 1);
        destroys(spec, 2);
    }
}

#[test]
fn an_account_of_this_transaction_is_destroyed_always() {
    // Its initcode: PUSH20 OTHER SELFDESTRUCT.
    let mut initcode = vec![0x73];
    initcode.extend(OTHER.as_slice());
    initcode.push(0xff);
    let world: World<'_> = &[(RUNNING, 100, 1, &[])];
    for spec in [SpecId::SHANGHAI, SpecId::CANCUN] {
        let mut ours = Waiting::new(spec, world);
        let new = address(ours.create(RUNNING, 8, None, &initcode).value);
        assert!(is_done(&ours.ask(
            RequestKind::SelfDestruct,
            new,
            word(OTHER)
        )));
        assert!(is_done(&ours.created(new, &[])));
        let code = Code::default().create(8, None, &initcode);
        let expected = revm(spec, world, &code.0);
        assert!(expected[&new].is_selfdestructed());
        ours.assert_equals(&expected, &[RUNNING, OTHER, new]);
    }
}

#[test]
fn an_account_that_never_ran_cannot_destroy_itself() {
    let mut ours = Waiting::new(SpecId::CANCUN, &[(RUNNING, 1, 1, &[]), (OTHER, 1, 1, &[])]);
    let wrong = question(RequestKind::SelfDestruct, OTHER, word(RUNNING));
    assert!(ours.try_ask(&wrong).is_none());
}
