//! Makes a case that fails small: drops what it can do without, then makes numbers small.

use alloy_primitives::{Address, Bytes, U256};
use gasworks::SeedPolicy;
use gasworks_abi::fork::Fork;
use gasworks_abi::opcode;

use crate::case::{Account, Case, Code, Input};
use crate::program::Item;

/// Pieces that are dropped together at any place: a push with what takes the word.
const MAX_WINDOW: usize = 4;
/// Most runs of one case.
const ATTEMPTS: u32 = 5_000;

/// The smallest case that was found which still fails; the case itself where it does not fail
/// again.
pub fn shrink(case: &Case, fails: &mut dyn FnMut(&Case) -> bool) -> Case {
    let mut search = Search {
        best: case.clone(),
        fails,
        attempts: 0,
    };
    if !(search.fails)(case) {
        return search.best;
    }
    loop {
        let before = search.best.clone();
        search.transactions();
        search.accounts();
        search.programs();
        search.numbers();
        if search.best == before || search.attempts >= ATTEMPTS {
            return search.best;
        }
    }
}

struct Search<'a> {
    best: Case,
    fails: &'a mut dyn FnMut(&Case) -> bool,
    attempts: u32,
}

/// A program of a case.
#[derive(Debug, Clone, Copy)]
enum Place {
    Account(Address),
    Transaction(usize),
}

impl Search<'_> {
    /// Takes a change if the case still fails with it.
    fn attempt(&mut self, change: impl FnOnce(&mut Case)) -> bool {
        if self.attempts >= ATTEMPTS {
            return false;
        }
        let mut changed = self.best.clone();
        change(&mut changed);
        if changed == self.best {
            return false;
        }
        self.attempts += 1;
        let fails = (self.fails)(&changed);
        if fails {
            self.best = changed;
        }
        fails
    }

    fn transactions(&mut self) {
        for index in (0..self.best.transactions.len()).rev() {
            self.attempt(|case| drop(case.transactions.remove(index)));
        }
        for index in 0..self.best.transactions.len() {
            self.attempt(|case| case.transactions[index].access_list.clear());
            self.attempt(|case| {
                let tx = &mut case.transactions[index];
                (tx.kind, tx.access_list, tx.authorizations) = (0, Vec::new(), Vec::new());
            });
            self.attempt(|case| case.transactions[index].value = U256::ZERO);
            self.attempt(|case| {
                if let Input::Data(data) = &mut case.transactions[index].input {
                    *data = Bytes::new();
                }
            });
        }
    }

    fn accounts(&mut self) {
        let addresses: Vec<_> = self.best.accounts.keys().copied().collect();
        for address in addresses {
            if self.attempt(|case| drop(case.accounts.remove(&address))) {
                continue;
            }
            let mut on = |change: fn(&mut Account)| {
                self.attempt(|case| {
                    if let Some(account) = case.accounts.get_mut(&address) {
                        change(account);
                    }
                });
            };
            on(|account| account.code = Code::Nothing);
            on(|account| account.storage.clear());
            on(|account| account.storage = account.storage.clone().into_iter().skip(1).collect());
            on(|account| account.nonce = 0);
        }
    }

    fn programs(&mut self) {
        let accounts = self.best.accounts.keys().copied().map(Place::Account);
        let txs = (0..self.best.transactions.len()).map(Place::Transaction);
        for place in accounts.chain(txs).collect::<Vec<_>>() {
            self.shorten(place);
        }
    }

    /// Drops runs of pieces, long ones first.
    fn shorten(&mut self, place: Place) {
        let len = |case: &mut Case| items(case, place).map_or(0, |items| items.len());
        let mut chunk = len(&mut self.best).next_power_of_two();
        while chunk > 0 {
            let mut end = len(&mut self.best);
            while end > 0 {
                let start = end.saturating_sub(chunk);
                self.attempt(|case| {
                    if let Some(items) = items(case, place) {
                        items.drain(start..end.min(items.len()));
                    }
                });
                end = start;
            }
            chunk /= 2;
        }
        for index in (0..len(&mut self.best)).rev() {
            self.simplify(place, index);
            self.neutralise(place, index);
        }
        for width in 2..=MAX_WINDOW {
            for start in (0..len(&mut self.best).saturating_sub(width - 1)).rev() {
                self.attempt(|case| {
                    if let Some(items) = items(case, place)
                        && start + width <= items.len()
                    {
                        items.drain(start..start + width);
                    }
                });
            }
        }
    }

    /// Puts pops and pushes where an opcode is, which then go with others of their kind.
    fn neutralise(&mut self, place: Place, index: usize) {
        const POP: u8 = 0x50;
        let Some(Item::Op(code)) = items(&mut self.best, place).and_then(|it| it.get(index)) else {
            return;
        };
        let Some(row) = opcode::info(*code).filter(|row| row.code != POP) else {
            return;
        };
        let pops = (0..row.stack_in).map(|_| Item::Op(POP));
        let pushes = (0..row.stack_out).map(|_| Item::Push(vec![0]));
        let neutral: Vec<_> = pops.chain(pushes).collect();
        if neutral.len() > MAX_WINDOW * 2 {
            return;
        }
        self.attempt(|case| {
            if let Some(items) = items(case, place) {
                items.splice(index..=index, neutral);
            }
        });
    }

    /// Makes one piece simple.
    fn simplify(&mut self, place: Place, index: usize) {
        let simpler: Vec<Item> = match items(&mut self.best, place).and_then(|it| it.get(index)) {
            Some(Item::Push(bytes)) => {
                let tail = bytes[bytes.len() - 1];
                let short = [vec![0], vec![1], vec![tail], vec![0xff; bytes.len()]];
                short.into_iter().map(Item::Push).collect()
            }
            Some(Item::Repeat(code, times)) => {
                let fewer = [1, times / 2, times.saturating_sub(1)];
                fewer.map(|times| Item::Repeat(*code, times)).into()
            }
            Some(Item::Raw(bytes)) => {
                let half = bytes.len() / 2;
                let halves = [bytes[..half].to_vec(), bytes[half..].to_vec()];
                let without = (0..bytes.len().min(64)).rev().map(|at| {
                    let mut bytes = bytes.clone();
                    bytes.remove(at);
                    bytes
                });
                halves.into_iter().chain(without).map(Item::Raw).collect()
            }
            _ => return,
        };
        for item in simpler {
            let done = self.attempt(|case| {
                if let Some(items) = items(case, place) {
                    items[index] = item;
                }
            });
            if done {
                return;
            }
        }
    }

    fn numbers(&mut self) {
        for index in 0..self.best.transactions.len() {
            for gas in [100_000, 300_000, 1_000_000] {
                if self.attempt(|case| case.transactions[index].gas = gas) {
                    break;
                }
            }
        }
        self.attempt(|case| case.beneficiary = Address::with_last_byte(0x33));
        self.attempt(|case| case.seeds = SeedPolicy::Predicted);
        self.attempt(|case| case.fork = Fork::Osaka);
    }
}

fn items(case: &mut Case, place: Place) -> Option<&mut Vec<Item>> {
    match place {
        Place::Account(address) => match &mut case.accounts.get_mut(&address)?.code {
            Code::Program(items) => Some(items),
            _ => None,
        },
        Place::Transaction(index) => match &mut case.transactions.get_mut(index)?.input {
            Input::Program(items) => Some(items),
            Input::Data(_) => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::case_of_seed;

    /// True when a program of the case has the opcode.
    fn has(case: &Case, code: u8) -> bool {
        let mut codes = case.accounts.values();
        codes.any(|it| matches!(&it.code, Code::Program(it) if it.contains(&Item::Op(code))))
    }

    #[test]
    fn only_what_makes_it_fail_is_left() {
        let case = (0..).map(case_of_seed).find(|case| has(case, 0x55));
        let small = shrink(&case.expect("there are stores"), &mut |case| {
            has(case, 0x55)
        });
        assert_eq!(small.instructions(), 1, "{}", small.to_json());
        assert!(small.transactions.is_empty());
        assert_eq!(small.accounts.len(), 1);
    }

    #[test]
    fn a_case_that_does_not_fail_stays() {
        let case = case_of_seed(3);
        assert_eq!(shrink(&case, &mut |_| false), case);
    }
}
