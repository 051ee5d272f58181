//! Software model of the state table of one hart.

use gasworks_abi::escalation::{Escalation, Halt};
use gasworks_abi::fork::Fork;
use gasworks_abi::gas;
use gasworks_abi::micro_op::Op;
use gasworks_abi::ring::RequestKind;
use ruint::aliases::U256;

/// What the host answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HostAnswer {
    pub(crate) value: U256,
    pub(crate) warm: bool,
    pub(crate) failed: bool,
    pub(crate) code_iova: u64,
    pub(crate) code_len: u32,
}

/// What the unit answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// 0 done, 1 halt, 2 escalate.
    pub(crate) status: u64,
    pub(crate) code: u64,
    pub(crate) value: U256,
    pub(crate) cost: u64,
    /// Host address and length of the code that `exttouch` found.
    pub(crate) code_found: Option<(u64, u32)>,
}

impl Outcome {
    fn done(value: U256, cost: u64) -> Self {
        Self {
            status: 0,
            code: 0,
            value,
            cost,
            code_found: None,
        }
    }
    fn out_of_gas() -> Self {
        Self {
            status: 1,
            code: Halt::OutOfGas as u64,
            ..Self::done(U256::ZERO, 0)
        }
    }
    fn escalate(code: Escalation) -> Self {
        Self {
            status: 2,
            code: code as u64,
            ..Self::done(U256::ZERO, 0)
        }
    }
}

/// One storage slot of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) key: U256,
    pub(crate) present: U256,
    pub(crate) original: U256,
    pub(crate) warm: bool,
    pub(crate) written: bool,
    pub(crate) seed: Option<usize>,
}

#[derive(Clone, Debug)]
enum Entry {
    Storage(Slot),
    Transient(U256, U256),
    Account(U256),
}

/// The table of one hart.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    entries: Vec<Entry>,
    capacity: usize,
    fork: Fork,
    pub(crate) refund: i64,
    pub(crate) touched: Vec<usize>,
}

/// Asks the host.
pub(crate) type Host<'a> = &'a mut dyn FnMut(RequestKind, U256) -> HostAnswer;

impl Table {
    pub(crate) fn new(capacity: usize, fork: Fork) -> Self {
        Self {
            entries: Vec::new(),
            capacity,
            fork,
            refund: 0,
            touched: Vec::new(),
        }
    }

    /// Takes a seed; one that does not fit or is there already is dropped.
    pub(crate) fn seed(&mut self, slot: Slot) {
        if !self.is_full() && self.storage(slot.key).is_none() {
            self.entries.push(Entry::Storage(slot));
        }
    }

    pub(crate) fn fork(&self) -> Fork {
        self.fork
    }

    /// Slots that were written, in order of insertion.
    pub(crate) fn writes(&self) -> Vec<Slot> {
        let written = |entry: &Entry| match entry {
            Entry::Storage(slot) if slot.written => Some(*slot),
            _ => None,
        };
        self.entries.iter().filter_map(written).collect()
    }

    fn is_full(&self) -> bool {
        self.entries.len() == self.capacity
    }

    fn storage(&mut self, key: U256) -> Option<&mut Slot> {
        self.entries.iter_mut().find_map(|entry| match entry {
            Entry::Storage(slot) if slot.key == key => Some(slot),
            _ => None,
        })
    }

    fn transient(&mut self, key: U256) -> Option<&mut U256> {
        self.entries.iter_mut().find_map(|entry| match entry {
            Entry::Transient(slot, value) if *slot == key => Some(value),
            _ => None,
        })
    }

    /// Executes one operation.
    pub(crate) fn execute(&mut self, op: Op, a: U256, b: U256, gas: u64, host: Host) -> Outcome {
        match op {
            Op::SLoad => self.sload(a, gas, host),
            Op::SStore => self.sstore(a, b, gas, host),
            Op::TLoad => Outcome::done(self.transient(a).map_or(U256::ZERO, |value| *value), 0),
            Op::TStore => self.tstore(a, b),
            Op::Balance => self.account(RequestKind::Balance, a, gas, host),
            Op::ExtCodeHash => self.account(RequestKind::CodeHash, a, gas, host),
            Op::ExtCodeSize => self.account(RequestKind::Code, a, gas, host),
            Op::ExtCodeTouch => {
                let mut found = None;
                let outcome = self.account(RequestKind::Code, a, gas, &mut |kind, key| {
                    let answer = host(kind, key);
                    found = Some((answer.code_iova, answer.code_len));
                    answer
                });
                Outcome {
                    code_found: found.filter(|_| outcome.status == 0),
                    ..outcome
                }
            }
            Op::BlockHash => number(RequestKind::BlockHash, a, host),
            Op::BlobHash => number(RequestKind::BlobHash, a, host),
            other => panic!("{other:?} is not an operation of the state unit"),
        }
    }

    /// The slot; asks the host for it if it is not there.
    fn fetch(&mut self, key: U256, host: Host) -> Result<Slot, Escalation> {
        if self.storage(key).is_none() {
            if self.is_full() {
                return Err(Escalation::StateTableLimit);
            }
            let answer = host(RequestKind::Storage, key);
            if answer.failed {
                return Err(Escalation::RequestFailed);
            }
            let (present, warm) = (answer.value, answer.warm);
            let slot = Slot {
                key,
                present,
                original: present,
                warm,
                written: false,
                seed: None,
            };
            self.entries.push(Entry::Storage(slot));
        }
        let slot = *self.storage(key).expect("it was there or was inserted");
        self.touched.extend(slot.seed);
        Ok(slot)
    }

    fn sload(&mut self, key: U256, gas: u64, host: Host) -> Outcome {
        let slot = match self.fetch(key, host) {
            Ok(slot) => slot,
            Err(code) => return Outcome::escalate(code),
        };
        let cost = if slot.warm { 0 } else { gas::COLD_SLOAD_EXTRA };
        if cost > gas {
            return Outcome::out_of_gas();
        }
        self.storage(key).expect("fetched").warm = true;
        Outcome::done(slot.present, cost)
    }

    fn sstore(&mut self, key: U256, new: U256, gas: u64, host: Host) -> Outcome {
        if gas <= gas::SSTORE_STIPEND {
            return Outcome::out_of_gas();
        }
        let slot = match self.fetch(key, host) {
            Ok(slot) => slot,
            Err(code) => return Outcome::escalate(code),
        };
        let (original, present) = (slot.original, slot.present);
        let mut cost = if slot.warm { 0 } else { gas::COLD_SLOAD };
        cost += if new != present && original == present {
            if original.is_zero() {
                gas::SSTORE_SET
            } else {
                gas::SSTORE_RESET
            }
        } else {
            gas::WARM_READ
        };
        if cost > gas {
            return Outcome::out_of_gas();
        }
        self.refund += refund(self.fork, original, present, new);
        let slot = self.storage(key).expect("fetched");
        (slot.present, slot.warm, slot.written) = (new, true, true);
        Outcome::done(U256::ZERO, cost)
    }

    fn tstore(&mut self, key: U256, new: U256) -> Outcome {
        if let Some(value) = self.transient(key) {
            *value = new;
        } else if self.is_full() {
            return Outcome::escalate(Escalation::StateTableLimit);
        } else {
            self.entries.push(Entry::Transient(key, new));
        }
        Outcome::done(U256::ZERO, 0)
    }

    fn account(&mut self, kind: RequestKind, a: U256, gas: u64, host: Host) -> Outcome {
        let account = a & (U256::MAX >> 96);
        let known = |entry: &Entry| matches!(entry, Entry::Account(key) if *key == account);
        let is_known = self.entries.iter().any(known);
        if !is_known && self.is_full() {
            return Outcome::escalate(Escalation::StateTableLimit);
        }
        let answer = host(kind, account);
        if answer.failed {
            return Outcome::escalate(Escalation::RequestFailed);
        }
        if is_known {
            return Outcome::done(answer.value, 0);
        }
        let cost = if answer.warm {
            0
        } else {
            gas::COLD_ACCOUNT_EXTRA
        };
        if gas < cost {
            return Outcome::out_of_gas();
        }
        self.entries.push(Entry::Account(account));
        Outcome::done(answer.value, cost)
    }
}

fn number(kind: RequestKind, a: U256, host: Host) -> Outcome {
    let answer = host(kind, a);
    if answer.failed {
        return Outcome::escalate(Escalation::RequestFailed);
    }
    Outcome::done(answer.value, 0)
}

/// Change of the refund counter (EIP-2200, with the numbers of EIP-2929 and EIP-3529).
fn refund(fork: Fork, original: U256, present: U256, new: U256) -> i64 {
    let clears = gas::sstore_clears_refund(fork);
    if present == new {
        return 0;
    }
    if original == present {
        return if !original.is_zero() && new.is_zero() {
            clears
        } else {
            0
        };
    }
    let mut change = 0;
    if !original.is_zero() {
        if present.is_zero() {
            change -= clears;
        } else if new.is_zero() {
            change += clears;
        }
    }
    if original == new {
        change += if original.is_zero() { 19_900 } else { 2_800 };
    }
    change
}
