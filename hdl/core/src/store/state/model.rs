//! Software model of the state unit for one hart: table, journal, frames, prices.

use gasworks_abi::escalation::{Escalation, Halt};
use gasworks_abi::fork::Fork;
use gasworks_abi::gas;
use gasworks_abi::micro_op::{CallKind, Op};
use gasworks_abi::ring::{Answer, RequestKind};
use ruint::aliases::U256;

/// What the host answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HostAnswer {
    pub(crate) value: U256,
    pub(crate) flags: u8,
    pub(crate) code_iova: u64,
    pub(crate) code_len: u32,
    pub(crate) program: u32,
    pub(crate) effects: u16,
}

impl HostAnswer {
    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// What the host is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) kind: RequestKind,
    pub(crate) key: U256,
    pub(crate) address: U256,
}

/// Asks the host.
pub(crate) type Host<'a> = &'a mut dyn FnMut(Asked) -> HostAnswer;

/// What a hart asks the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) op: Op,
    pub(crate) imm: u32,
    pub(crate) a: U256,
    pub(crate) b: U256,
    pub(crate) c: U256,
    pub(crate) gas: u64,
}

/// What `frames` asks the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Push {
        is_static: bool,
    },
    Keep,
    Undo,
    Name {
        account: U256,
        warm: bool,
    },
    Ask {
        kind: RequestKind,
        key: U256,
        address: U256,
    },
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
}

/// Why an operation is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Halt(Halt),
    Escalate(Escalation),
}

impl From<Stop> for Outcome {
    fn from(stop: Stop) -> Self {
        let (status, code) = match stop {
            Stop::Halt(halt) => (1, halt as u64),
            Stop::Escalate(escalation) => (2, escalation as u64),
        };
        Self {
            status,
            code,
            ..Self::done(U256::ZERO, 0)
        }
    }
}

/// What a call or creation prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) kind: u8,
    /// Of a call.
    pub(crate) account: Option<U256>,
    /// Of what has code.
    pub(crate) program: Option<u32>,
    pub(crate) gas: u64,
    pub(crate) has_value: bool,
    pub(crate) is_precompile: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Storage,
    Transient,
    Account,
}

/// One entry of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    /// Zero for an account, which is the key.
    pub(crate) account: U256,
    pub(crate) key: U256,
    pub(crate) present: U256,
    pub(crate) original: U256,
    pub(crate) warm: bool,
    pub(crate) written: bool,
    pub(crate) seed: Option<usize>,
    /// Program of a callee that is known.
    pub(crate) callee: Option<u32>,
}

impl Entry {
    fn new(kind: Kind, account: U256, key: U256, present: U256, warm: bool) -> Self {
        Self {
            kind,
            account,
            key,
            present,
            original: present,
            warm,
            written: false,
            seed: None,
            callee: None,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    journal: usize,
    refund: i64,
    was_static: bool,
}

/// Sizes of a hart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) entries: usize,
    pub(crate) journal: usize,
    pub(crate) frames: usize,
}

/// The unit, for one hart.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    entries: Vec<Entry>,
    sizes: Sizes,
    fork: Fork,
    frames: Vec<Frame>,
    journal: Vec<(usize, Entry)>,
    /// Account that runs.
    pub(crate) account: U256,
    pub(crate) is_static: bool,
    pub(crate) refund: i64,
    pub(crate) touched: Vec<usize>,
    pub(crate) effects: u16,
    pub(crate) pending: Option<Pending>,
}

const OUT_OF_GAS: Stop = Stop::Halt(Halt::OutOfGas);
/// The low 160 bits.
pub(crate) fn address(word: U256) -> U256 {
    word & (U256::MAX >> 96)
}

impl Table {
    pub(crate) fn new(sizes: Sizes, fork: Fork) -> Self {
        Self {
            entries: Vec::new(),
            sizes,
            fork,
            frames: Vec::new(),
            journal: Vec::new(),
            account: U256::ZERO,
            is_static: false,
            refund: 0,
            touched: Vec::new(),
            effects: 0,
            pending: None,
        }
    }

    pub(crate) fn fork(&self) -> Fork {
        self.fork
    }

    /// Frames of the hart but the first.
    pub(crate) fn depth(&self) -> usize {
        self.frames.len()
    }

    /// Takes a seed; one that does not fit or is there already is dropped.
    pub(crate) fn seed(&mut self, seed: Entry) {
        if !self.is_full() && self.find(Kind::Storage, seed.account, seed.key).is_none() {
            self.entries.push(seed);
        }
    }

    /// Slots that were written, in order of insertion.
    pub(crate) fn writes(&self) -> Vec<Entry> {
        let written = |entry: &&Entry| entry.written;
        self.entries.iter().filter(written).copied().collect()
    }

    fn is_full(&self) -> bool {
        self.entries.len() == self.sizes.entries
    }

    fn find(&self, kind: Kind, account: U256, key: U256) -> Option<usize> {
        self.entries
            .iter()
            .position(|entry| (entry.kind, entry.account, entry.key) == (kind, account, key))
    }

    /// Whether there is room for an entry that is not there.
    fn room(&self, found: Option<usize>) -> Result<(), Stop> {
        if found.is_none() && self.is_full() {
            return Err(Stop::Escalate(Escalation::StateTableLimit));
        }
        Ok(())
    }

    fn ask(
        &mut self,
        kind: RequestKind,
        key: U256,
        address: U256,
        host: Host,
    ) -> Result<HostAnswer, Stop> {
        let answer = host(Asked { kind, key, address });
        self.effects = answer.effects;
        if answer.has(Answer::FAILED) {
            return Err(Stop::Escalate(Escalation::RequestFailed));
        }
        Ok(answer)
    }

    fn insert(&mut self, found: Option<usize>, entry: Entry) -> usize {
        found.unwrap_or_else(|| {
            self.entries.push(entry);
            self.entries.len() - 1
        })
    }

    /// Changes an entry; in a frame below the first it is saved before.
    fn change(&mut self, index: usize, change: impl FnOnce(&mut Entry)) -> Result<(), Stop> {
        let old = self.entries[index];
        let mut new = old;
        change(&mut new);
        if new == old {
            return Ok(());
        }
        if !self.frames.is_empty() {
            if self.journal.len() == self.sizes.journal {
                return Err(Stop::Escalate(Escalation::JournalLimit));
            }
            self.journal.push((index, old));
        }
        self.entries[index] = new;
        Ok(())
    }

    /// Executes one operation.
    pub(crate) fn execute(&mut self, o: Operation, host: Host) -> Outcome {
        let result = match o.op {
            Op::SLoad => self.sload(o, host),
            Op::SStore => self.sstore(o, host),
            Op::TLoad => Ok(self.tload(o.a)),
            Op::TStore => self.tstore(o),
            Op::Balance => self.look(RequestKind::Balance, o, host),
            Op::ExtCodeHash => self.look(RequestKind::CodeHash, o, host),
            Op::ExtCodeSize => self.look(RequestKind::Code, o, host),
            Op::ExtCodeTouch => {
                let mut found = None;
                let outcome = self.look(RequestKind::Code, o, &mut |asked| {
                    let answer = host(asked);
                    found = Some((answer.code_iova, answer.code_len));
                    answer
                });
                outcome.map(|outcome| Outcome {
                    code_found: found,
                    ..outcome
                })
            }
            Op::BlockHash => self.number(RequestKind::BlockHash, o.a, host),
            Op::BlobHash => self.number(RequestKind::BlobHash, o.a, host),
            Op::SelfBalance => self.number(RequestKind::Balance, self.account, host),
            Op::Call | Op::CallView => self.call(o, host),
            Op::Create => self.create(o),
            Op::SelfDestruct => self.self_destruct(o, host),
            other => panic!("{other:?} is not an operation of the state unit"),
        };
        result.unwrap_or_else(Outcome::from)
    }

    /// Executes one task; the answer of the host, if it was asked.
    pub(crate) fn task(&mut self, task: Task, host: Host) -> Result<Option<HostAnswer>, Stop> {
        match task {
            Task::Push { is_static } => {
                self.frames.push(Frame {
                    journal: self.journal.len(),
                    refund: self.refund,
                    was_static: self.is_static,
                });
                assert!(self.frames.len() < self.sizes.frames);
                self.is_static = is_static;
            }
            Task::Keep => {
                let frame = self.frames.pop().expect("a frame to end");
                self.is_static = frame.was_static;
            }
            Task::Undo => {
                let frame = self.frames.pop().expect("a frame to end");
                (self.is_static, self.refund) = (frame.was_static, frame.refund);
                while self.journal.len() > frame.journal {
                    let (index, old) = self.journal.pop().expect("longer than the mark");
                    self.entries[index] = old;
                }
            }
            Task::Name { account, warm } => {
                let found = self.find(Kind::Account, U256::ZERO, account);
                self.room(found)?;
                let index = self.insert(
                    found,
                    Entry::new(Kind::Account, U256::ZERO, account, U256::ZERO, warm),
                );
                self.change(index, |entry| entry.warm = true)?;
            }
            Task::Ask { kind, key, address } => {
                return self.ask(kind, key, address, host).map(Some);
            }
        }
        Ok(None)
    }

    fn guard(&self) -> Result<(), Stop> {
        if self.is_static {
            return Err(Stop::Halt(Halt::StaticViolation));
        }
        Ok(())
    }

    /// The slot; asks the host for it if it is not there.
    fn fetch(&mut self, key: U256, host: Host) -> Result<usize, Stop> {
        let account = self.account;
        let found = self.find(Kind::Storage, account, key);
        self.room(found)?;
        let index = match found {
            Some(index) => index,
            None => {
                let answer = self.ask(RequestKind::Storage, key, account, host)?;
                let warm = answer.has(Answer::WARM);
                self.insert(
                    None,
                    Entry::new(Kind::Storage, account, key, answer.value, warm),
                )
            }
        };
        self.touched.extend(self.entries[index].seed);
        Ok(index)
    }

    fn sload(&mut self, o: Operation, host: Host) -> Result<Outcome, Stop> {
        let index = self.fetch(o.a, host)?;
        let entry = self.entries[index];
        let cost = if entry.warm { 0 } else { gas::COLD_SLOAD_EXTRA };
        if cost > o.gas {
            return Err(OUT_OF_GAS);
        }
        self.change(index, |entry| entry.warm = true)?;
        Ok(Outcome::done(entry.present, cost))
    }

    fn sstore(&mut self, o: Operation, host: Host) -> Result<Outcome, Stop> {
        self.guard()?;
        if o.gas <= gas::SSTORE_STIPEND {
            return Err(OUT_OF_GAS);
        }
        let (index, new) = (self.fetch(o.a, host)?, o.b);
        let entry = self.entries[index];
        let (original, present) = (entry.original, entry.present);
        let mut cost = if entry.warm { 0 } else { gas::COLD_SLOAD };
        cost += if new != present && original == present {
            if original.is_zero() {
                gas::SSTORE_SET
            } else {
                gas::SSTORE_RESET
            }
        } else {
            gas::WARM_READ
        };
        if cost > o.gas {
            return Err(OUT_OF_GAS);
        }
        self.change(index, |entry| {
            (entry.present, entry.warm, entry.written) = (new, true, true);
        })?;
        self.refund += refund(self.fork, original, present, new);
        Ok(Outcome::done(U256::ZERO, cost))
    }

    fn tload(&self, key: U256) -> Outcome {
        let found = self.find(Kind::Transient, self.account, key);
        Outcome::done(
            found.map_or(U256::ZERO, |index| self.entries[index].present),
            0,
        )
    }

    fn tstore(&mut self, o: Operation) -> Result<Outcome, Stop> {
        self.guard()?;
        let found = self.find(Kind::Transient, self.account, o.a);
        self.room(found)?;
        let index = self.insert(
            found,
            Entry::new(Kind::Transient, self.account, o.a, U256::ZERO, false),
        );
        self.change(index, |entry| entry.present = o.b)?;
        Ok(Outcome::done(U256::ZERO, 0))
    }

    /// The entry of an account after a request about it.
    fn visit(
        &mut self,
        kind: RequestKind,
        o: Operation,
        host: Host,
    ) -> Result<(usize, HostAnswer), Stop> {
        let account = address(o.a);
        let found = self.find(Kind::Account, U256::ZERO, account);
        self.room(found)?;
        let answer = self.ask(kind, account, self.account, host)?;
        let warm = answer.has(Answer::WARM);
        let entry = Entry::new(Kind::Account, U256::ZERO, account, U256::ZERO, warm);
        Ok((self.insert(found, entry), answer))
    }

    fn look(&mut self, kind: RequestKind, o: Operation, host: Host) -> Result<Outcome, Stop> {
        let (index, answer) = self.visit(kind, o, host)?;
        let cost = if self.entries[index].warm {
            0
        } else {
            gas::COLD_ACCOUNT_EXTRA
        };
        if o.gas < cost {
            return Err(OUT_OF_GAS);
        }
        self.change(index, |entry| entry.warm = true)?;
        Ok(Outcome::done(answer.value, cost))
    }

    fn self_destruct(&mut self, o: Operation, host: Host) -> Result<Outcome, Stop> {
        self.guard()?;
        let (index, answer) = self.visit(RequestKind::SelfDestruct, o, host)?;
        let mut cost = if self.entries[index].warm {
            0
        } else {
            gas::COLD_ACCOUNT
        };
        if answer.has(Answer::EMPTY) {
            cost += gas::NEW_ACCOUNT;
        }
        if o.gas < cost {
            return Err(OUT_OF_GAS);
        }
        self.change(index, |entry| entry.warm = true)?;
        if self.fork == Fork::Berlin && answer.has(Answer::DONE) {
            self.refund += gas::SELFDESTRUCT_REFUND;
        }
        Ok(Outcome::done(U256::ZERO, cost))
    }

    fn call(&mut self, o: Operation, host: Host) -> Result<Outcome, Stop> {
        let kind = CallKind::from_bits(o.imm);
        let has_value = o.op == Op::Call && !o.b.is_zero();
        if has_value && kind == CallKind::Call {
            self.guard()?;
        }
        let account = address(o.a);
        let found = self.find(Kind::Account, U256::ZERO, account);
        let known = found.and_then(|index| self.entries[index].callee);
        self.room(found)?;
        let answer = match known {
            Some(program) => HostAnswer {
                flags: Answer::HAS_CODE,
                program,
                ..HostAnswer::default()
            },
            None => {
                let key = account | U256::from(kind as u8) << 160;
                self.ask(RequestKind::Callee, key, self.account, host)?
            }
        };
        let index = self.insert(
            found,
            Entry::new(
                Kind::Account,
                U256::ZERO,
                account,
                U256::ZERO,
                answer.has(Answer::WARM),
            ),
        );
        let mut cost = 0;
        if !self.entries[index].warm {
            cost += gas::COLD_ACCOUNT_EXTRA;
        }
        let is_delegated = answer.has(Answer::DELEGATED);
        let learns = answer.has(Answer::HAS_CODE) && !is_delegated;
        self.change(index, |entry| {
            entry.warm = true;
            if learns {
                entry.callee = Some(answer.program);
            }
        })?;
        if is_delegated {
            cost += self.delegate(&answer)?;
        }
        if has_value {
            cost += gas::CALL_VALUE;
            if kind == CallKind::Call && answer.has(Answer::EMPTY) {
                cost += gas::NEW_ACCOUNT;
            }
        }
        let left = o.gas.checked_sub(cost).ok_or(OUT_OF_GAS)?;
        let most = left - left / gas::CALL_RESERVE_DIVISOR;
        let given = u64::try_from(o.c).unwrap_or(u64::MAX).min(most);
        self.pending = Some(Pending {
            kind: kind as u8,
            account: Some(account),
            program: answer.has(Answer::HAS_CODE).then_some(answer.program),
            gas: given.wrapping_add(if has_value { gas::CALL_STIPEND } else { 0 }),
            has_value,
            is_precompile: answer.has(Answer::PRECOMPILE),
        });
        Ok(Outcome::done(U256::ZERO, cost + given))
    }

    /// What the delegate of an account costs.
    fn delegate(&mut self, answer: &HostAnswer) -> Result<u64, Stop> {
        let delegate = address(answer.value);
        let found = self.find(Kind::Account, U256::ZERO, delegate);
        self.room(found)?;
        let warm = answer.has(Answer::DELEGATE_WARM);
        let index = self.insert(
            found,
            Entry::new(Kind::Account, U256::ZERO, delegate, U256::ZERO, warm),
        );
        let cost = if self.entries[index].warm {
            gas::WARM_READ
        } else {
            gas::COLD_ACCOUNT
        };
        self.change(index, |entry| entry.warm = true)?;
        Ok(cost)
    }

    fn create(&mut self, o: Operation) -> Result<Outcome, Stop> {
        self.guard()?;
        let given = o.gas - o.gas / gas::CALL_RESERVE_DIVISOR;
        self.pending = Some(Pending {
            kind: 4 + (o.imm & 1) as u8,
            account: None,
            program: None,
            gas: given,
            has_value: false,
            is_precompile: false,
        });
        Ok(Outcome::done(U256::ZERO, given))
    }

    fn number(&mut self, kind: RequestKind, key: U256, host: Host) -> Result<Outcome, Stop> {
        let answer = self.ask(kind, key, self.account, host)?;
        Ok(Outcome::done(answer.value, 0))
    }
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
