//! Compares a transaction with the reference: result, gas, output, logs and changes of state.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, Log, U256};
use revm::context::result::ExecutionResult;
use revm::state::{Account, EvmState};

use crate::frame::Executed;

/// What, revm's, ours.
pub type Difference = (String, String, String);

/// Everything in which `found` differs from `expected`. Halts are compared by their effect, not by
/// their reason: inside one block of micro-ops another one may be met first (DESIGN section 4).
#[must_use]
pub fn differences(expected: &Executed, found: &Executed) -> Vec<Difference> {
    let mut out = Vec::new();
    let (want, have) = (&expected.result, &found.result);
    note(&mut out, "status", &status(want), &status(have));
    note(&mut out, "gas", &want.tx_gas_used(), &have.tx_gas_used());
    note(
        &mut out,
        "gas refunded",
        &want.gas().inner_refunded(),
        &have.gas().inner_refunded(),
    );
    note(&mut out, "output", &want.output(), &have.output());
    note_logs(&mut out, want.logs(), have.logs());
    note_state(&mut out, &expected.state, &found.state);
    out
}

fn note<T: PartialEq + std::fmt::Debug>(
    out: &mut Vec<Difference>,
    what: &str,
    expected: &T,
    found: &T,
) {
    if expected != found {
        out.push((
            what.to_owned(),
            format!("{expected:?}"),
            format!("{found:?}"),
        ));
    }
}

fn status(result: &ExecutionResult) -> String {
    match result {
        ExecutionResult::Success { reason, .. } => format!("success {reason:?}"),
        ExecutionResult::Revert { .. } => "revert".to_owned(),
        ExecutionResult::Halt { .. } => "halt".to_owned(),
    }
}

fn note_logs(out: &mut Vec<Difference>, expected: &[Log], found: &[Log]) {
    note(out, "number of logs", &expected.len(), &found.len());
    for (index, (want, have)) in expected.iter().zip(found).enumerate() {
        note(out, &format!("log {index}"), want, have);
    }
}

/// The changes that a state makes, as a database would apply them: touched accounts, without those
/// that are what they were. Which of the latter are touched is not part of a result: a call on the
/// device that changes nothing does not tell the host.
fn changed(state: &EvmState) -> BTreeMap<Address, &Account> {
    let changed = state.iter().filter(|(_, account)| is_changed(account));
    changed
        .map(|(address, account)| (*address, account))
        .collect()
}

/// A touched account that is empty disappears if it existed (EIP-161), so touching it is a change.
fn is_changed(account: &Account) -> bool {
    account.is_touched()
        && (account.is_empty()
            || account.is_changed()
            || account.is_created()
            || account.is_selfdestructed()
            || account.changed_storage_slots().next().is_some())
}

fn changed_slots(account: &Account) -> BTreeMap<U256, U256> {
    let slots = account.changed_storage_slots();
    slots
        .map(|(key, slot)| (*key, slot.present_value))
        .collect()
}

fn note_state(out: &mut Vec<Difference>, expected: &EvmState, found: &EvmState) {
    let (expected, found) = (changed(expected), changed(found));
    let all: BTreeSet<Address> = expected.keys().chain(found.keys()).copied().collect();
    for address in all {
        match (expected.get(&address), found.get(&address)) {
            (Some(want), Some(have)) => note_account(out, address, want, have),
            (want, have) => {
                let what = format!("account {address} touched");
                note(out, &what, &want.is_some(), &have.is_some());
            }
        }
    }
}

fn note_account(out: &mut Vec<Difference>, address: Address, want: &Account, have: &Account) {
    let first = out.len();
    note(out, "balance", &want.info.balance, &have.info.balance);
    note(out, "nonce", &want.info.nonce, &have.info.nonce);
    note(out, "code hash", &want.info.code_hash, &have.info.code_hash);
    note(out, "created", &want.is_created(), &have.is_created());
    note(
        out,
        "destroyed",
        &want.is_selfdestructed(),
        &have.is_selfdestructed(),
    );
    note(out, "storage", &changed_slots(want), &changed_slots(have));
    // Formatting an address hashes it: only where something differs.
    for (what, _, _) in &mut out[first..] {
        *what = format!("account {address} {what}");
    }
}
