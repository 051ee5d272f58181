//! Four harts, a loader, `frames` and a host around the state unit, in rust-hdl's simulator.
//!
//! Every hart goes round: clear, environment, seeds, start, operations and tasks, commit. What each
//! response must be is computed from the model when the operation is issued; the host's answers are a
//! function of hart and request, so they need not be known in advance. All channels stall at random.

use gasworks_abi::config::Config;
use gasworks_abi::fork::Fork;
use gasworks_abi::micro_op::Op;
use gasworks_abi::ring::{Answer, RequestKind};
use gasworks_verilog::harness::Stimulus;
use gasworks_verilog::word::Word;
use ruint::aliases::U256;
use rust_hdl::prelude::*;

use super::StateUnit;
use super::model::{
    Asked, Entry, HostAnswer, Kind, Operation, Outcome, Pending, Sizes, Stop, Table, Task, address,
};

const OPS: [Op; 15] = [
    Op::SLoad,
    Op::SStore,
    Op::TLoad,
    Op::TStore,
    Op::Balance,
    Op::ExtCodeSize,
    Op::ExtCodeHash,
    Op::ExtCodeTouch,
    Op::BlockHash,
    Op::BlobHash,
    Op::SelfBalance,
    Op::Call,
    Op::CallView,
    Op::Create,
    Op::SelfDestruct,
];
/// Requests that `frames` makes.
const ASKS: [RequestKind; 6] = [
    RequestKind::Call,
    RequestKind::Create,
    RequestKind::Create2,
    RequestKind::Created,
    RequestKind::SelfDestruct,
    RequestKind::Undo,
];

pub(crate) fn word(x: U256) -> Word<256> {
    Word::from_limbs(x.as_limbs())
}

pub(crate) fn number(x: Word<256>) -> U256 {
    U256::from_limbs(x.limbs())
}

/// What the world says to a hart in its round; a pure function.
fn world(salt: u64, keys: &[U256], asked: Asked) -> HostAnswer {
    let (key, account) = (asked.key.as_limbs(), asked.address.as_limbs());
    let mut mixed = Stimulus::new(
        salt ^ key[0].wrapping_mul(0x9e37_79b9)
            ^ key[3].rotate_left(17)
            ^ account[0].wrapping_mul(0x1_0001)
            ^ ((asked.kind as u64) << 50),
    );
    for _ in 0..8 {
        mixed.draw();
    }
    let value = match mixed.below(4) {
        0 => U256::ZERO,
        1 => U256::from(mixed.below(4)),
        // Another account, for delegates.
        2 => keys[mixed.below(keys.len() as u64) as usize],
        _ => number(mixed.word()),
    };
    let failed = if mixed.chance(8) { Answer::FAILED } else { 0 };
    HostAnswer {
        value,
        flags: mixed.draw() as u8 & !Answer::FAILED | failed,
        code_iova: mixed.draw() & !63,
        code_len: mixed.draw() as u32 & 0xffff,
        program: mixed.draw() as u32,
        effects: mixed.draw() as u16,
    }
}

/// What a task must end with.
#[derive(Clone, Copy, Debug, PartialEq)]
struct TaskOutcome {
    status: u64,
    code: u64,
    answer: Option<HostAnswer>,
    effects: u16,
}

/// Where a hart is in its round.
#[derive(Clone, Debug, PartialEq)]
enum Phase {
    Clear,
    Environment,
    Seed(usize, bool),
    Start,
    Run,
    /// The frame changed: the account is loaded again.
    Account,
    /// The request is offered.
    Offer,
    /// The request was taken; the host may be asked.
    Wait(Outcome),
    /// The task is offered or under way.
    Task(TaskOutcome),
    Commit,
    Committing,
}

struct Hart {
    phase: Phase,
    table: Table,
    seeds: Vec<Entry>,
    salt: u64,
    tag: u32,
    sequence: u8,
    left: u64,
    request: Operation,
    outcome: Option<Outcome>,
    task: Task,
    /// The frame failed: it is to be undone.
    failed: bool,
    asked: Option<Asked>,
    /// Cycles until the host answers.
    latency: Option<(u64, HostAnswer)>,
    waits: bool,
    /// What is pending, when nothing changes it.
    shown: Option<Pending>,
}

/// What happened.
#[derive(Default, Debug)]
pub(crate) struct Tally {
    pub(crate) responses: u64,
    pub(crate) halts: u64,
    pub(crate) violations: u64,
    pub(crate) table_limits: u64,
    pub(crate) journal_limits: u64,
    pub(crate) failures: u64,
    pub(crate) requests: u64,
    pub(crate) commits: u64,
    pub(crate) overflows: u64,
    pub(crate) writes: u64,
    pub(crate) served_while_waiting: u64,
    pub(crate) seeds: u64,
    pub(crate) calls: u64,
    pub(crate) undos: u64,
    pub(crate) tasks: u64,
    pub(crate) depth: usize,
}

pub(crate) struct Bench {
    pub(crate) unit: StateUnit,
    stimulus: Stimulus,
    harts: Vec<Hart>,
    sizes: Sizes,
    keys: Vec<U256>,
    accounts: Vec<U256>,
    clear: Option<usize>,
    load: Option<usize>,
    offer: Option<usize>,
    task: Option<usize>,
    task_taken: bool,
    commit: Option<usize>,
    commit_taken: bool,
    shows: usize,
    /// `rsp_soon` of the last cycle.
    soon: bool,
    cursor: u64,
    limit: u64,
    beats: Vec<(u64, Word<512>)>,
    pub(crate) tally: Tally,
}

impl Bench {
    pub(crate) fn new(config: &Config, seed: u64) -> Self {
        println!("seed {seed}");
        let mut unit = StateUnit::new(config);
        unit.connect_all();
        let mut stimulus = Stimulus::new(seed);
        let sizes = Sizes {
            entries: config.state_entries() as usize,
            journal: config.journal_entries() as usize,
            frames: config.frames() as usize,
        };
        // A few more keys than entries; some share their low limb, some fold to the same slot.
        let capacity = sizes.entries;
        let mut keys: Vec<U256> = (0..capacity as u64 / 2).map(U256::from).collect();
        keys.extend((0..6).map(|i| U256::ONE << (10 * i)));
        keys.extend((0..4).map(|i| (U256::ONE << 200) * U256::from(i) + U256::from(3)));
        keys.extend((0..capacity / 4).map(|_| number(stimulus.word())));
        // Two that fold to the same, and any.
        let mut accounts = vec![U256::from(1), U256::ONE << 150];
        accounts.push(address(number(stimulus.word())));
        Self {
            unit,
            stimulus,
            harts: (0..4).map(|_| Hart::new(sizes)).collect(),
            sizes,
            keys,
            accounts,
            clear: None,
            load: None,
            offer: None,
            task: None,
            task_taken: false,
            commit: None,
            commit_taken: false,
            shows: 0,
            soon: false,
            cursor: 0,
            limit: 0,
            beats: Vec::new(),
            tally: Tally::default(),
        }
    }

    pub(crate) fn run(&mut self, cycles: u64) {
        for _ in 0..cycles {
            self.drive();
            self.unit.clock.next = false.into();
            assert!(simulate(&mut self.unit, 400), "no fixed point");
            self.observe();
            self.unit.clock.next = true.into();
            assert!(simulate(&mut self.unit, 400), "no fixed point");
        }
    }

    fn pick(&mut self, wanted: impl Fn(&Hart) -> bool) -> Option<usize> {
        let start = self.stimulus.below(4) as usize;
        (0..4)
            .map(|i| (start + i) % 4)
            .find(|hart| wanted(&self.harts[*hart]))
    }

    fn drive(&mut self) {
        if self.clear.is_none() && self.stimulus.bit() {
            self.clear = self.pick(|hart| hart.phase == Phase::Clear);
        }
        if self.load.is_none() && self.stimulus.bit() {
            self.load = self.pick(|hart| {
                matches!(
                    hart.phase,
                    Phase::Environment | Phase::Account | Phase::Seed(..)
                )
            });
        }
        if self.task.is_none() && self.stimulus.chance(100) {
            self.task = self.pick(|hart| hart.phase == Phase::Run);
            if let Some(hart) = self.task {
                self.compose_task(hart);
            }
        }
        if self.offer.is_none() && self.stimulus.bit() {
            self.offer =
                self.pick(|hart| hart.phase == Phase::Run && !hart.failed && hart.left > 0);
            if let Some(hart) = self.offer {
                self.compose(hart);
            }
        }
        if self.commit.is_none() && self.stimulus.bit() {
            self.commit = self.pick(|hart| hart.phase == Phase::Commit);
            if self.commit.is_some() {
                self.cursor = (1 << 40) + 64 * self.stimulus.below(1 << 20);
                let most = 3 * self.sizes.entries as u64;
                self.limit = self.cursor + 64 * self.stimulus.below(most);
            }
        }
        self.drive_loads();
        self.drive_requests();
        self.drive_task();
        self.drive_host();
    }

    fn drive_loads(&mut self) {
        self.unit.clear_valid.next = self.clear.is_some();
        if let Some(hart) = self.clear {
            self.unit.clear_hart.next = (hart as u64).into();
        }
        self.unit.load_valid.next = self.load.is_some();
        if let Some(index) = self.load {
            let hart = &self.harts[index];
            self.unit.load_hart.next = (index as u64).into();
            let pair = |x: U256, y: [u64; 4]| [x.into_limbs(), y].concat();
            let (target, address, data) = match hart.phase {
                Phase::Environment | Phase::Account => {
                    (2u64, 0u64, pair(hart.table.account, [7; 4]))
                }
                Phase::Seed(seed, false) => {
                    let entry = hart.seeds[seed];
                    (4, seed as u64, pair(entry.key, entry.present.into_limbs()))
                }
                Phase::Seed(seed, true) => {
                    let entry = hart.seeds[seed];
                    let mut high = entry.account.into_limbs();
                    high[2] |= u64::from(entry.warm) << 32;
                    (5, seed as u64, pair(entry.original, high))
                }
                _ => unreachable!("only these load"),
            };
            self.unit.load_target.next = target.into();
            self.unit.load_address.next = address.into();
            self.unit.load_data.next = Word::from_limbs(&data);
        }
        let starting = self.pick(|hart| hart.phase == Phase::Start);
        self.unit.start_valid.next = starting.is_some();
        if let Some(index) = starting {
            let hart = &mut self.harts[index];
            hart.phase = Phase::Run;
            self.unit.start_hart.next = (index as u64).into();
            self.unit.start_fork.next = (hart.table.fork() as u64).into();
            self.unit.start_tag.next = u64::from(hart.tag).into();
        }
    }

    fn drive_requests(&mut self) {
        self.unit.req_valid.next = self.offer.is_some();
        if let Some(hart) = self.offer {
            let o = self.harts[hart].request;
            self.unit.req_hart.next = (hart as u64).into();
            self.unit.req_op.next = (o.op as u64).into();
            self.unit.req_imm.next = u64::from(o.imm).into();
            self.unit.req_a.next = word(o.a);
            self.unit.req_b.next = word(o.b);
            self.unit.req_c.next = word(o.c);
            self.unit.req_gas.next = o.gas.into();
        }
        self.unit.rsp_ready.next = self.stimulus.chance(800);
        self.unit.commit_valid.next = self.commit.is_some() && !self.commit_taken;
        if let Some(hart) = self.commit {
            self.unit.commit_hart.next = (hart as u64).into();
            self.unit.commit_cursor.next = self.cursor.into();
            self.unit.commit_limit.next = self.limit.into();
        }
        self.unit.write_ready.next = self.stimulus.bit();
        self.shows = self.stimulus.below(4) as usize;
        self.unit.pending_hart.next = (self.shows as u64).into();
    }

    fn drive_task(&mut self) {
        self.unit.task_valid.next = self.task.is_some() && !self.task_taken;
        let Some(index) = self.task else { return };
        let (op, key, account) = match self.harts[index].task {
            Task::Push { is_static } => (0, U256::from(u64::from(is_static)), U256::ZERO),
            Task::Keep => (1, U256::ZERO, U256::ZERO),
            Task::Undo => (2, U256::ZERO, U256::ZERO),
            Task::Name { account, warm } => (3, U256::from(u64::from(warm)), account),
            Task::Ask { kind, key, address } => (kind as u64, key, address),
        };
        self.unit.task_hart.next = (index as u64).into();
        self.unit.task_op.next = op.into();
        self.unit.task_key.next = word(key);
        self.unit.task_address.next = Word::from_limbs(account.as_limbs());
    }

    fn drive_host(&mut self) {
        self.unit.request_ready.next = self.stimulus.bit();
        self.unit.answer_valid.next = false;
        let mut answered = None;
        for (index, hart) in self.harts.iter_mut().enumerate() {
            match &mut hart.latency {
                Some((0, answer)) if answered.is_none() => answered = Some((index, *answer)),
                Some((left, _)) => *left = left.saturating_sub(1),
                None => {}
            }
        }
        if let Some((index, answer)) = answered {
            self.harts[index].latency = None;
            self.unit.answer_valid.next = true;
            self.unit.answer_hart.next = (index as u64).into();
            self.unit.answer_value.next = word(answer.value);
            self.unit.answer_code_iova.next = answer.code_iova.into();
            self.unit.answer_code_len.next = u64::from(answer.code_len).into();
            self.unit.answer_program.next = u64::from(answer.program).into();
            self.unit.answer_effects.next = u64::from(answer.effects).into();
            self.unit.answer_flags.next = u64::from(answer.flags).into();
        }
    }

    fn key(&mut self) -> U256 {
        let half = self.stimulus.chance(900);
        let pool = self.keys.len() >> u32::from(half);
        self.keys[self.stimulus.below(pool as u64) as usize]
    }

    /// Chooses an operation for a hart and asks the model what comes of it.
    fn compose(&mut self, index: usize) {
        // Storage more often than the rest.
        let op = match self.stimulus.below(24) as usize {
            choice if choice < OPS.len() => OPS[choice],
            choice => OPS[choice % 4],
        };
        let mut a = self.key();
        if op as u8 >= Op::Balance as u8 && self.stimulus.bit() {
            a |= U256::ONE << 170; // only the low 160 bits of an account count
        }
        let b = match self.stimulus.below(3) {
            0 => U256::ZERO,
            1 => U256::from(self.stimulus.below(3)),
            _ => number(self.stimulus.word()),
        };
        let c = match self.stimulus.below(4) {
            0 => U256::from(self.stimulus.below(70_000)),
            1 => U256::ONE << (60 + self.stimulus.below(150)),
            2 => U256::from(self.stimulus.draw()),
            _ => number(self.stimulus.word()),
        };
        let imm = match op {
            Op::CallView => 2 + self.stimulus.below(2),
            _ => self.stimulus.below(2),
        };
        let mut o = Operation {
            op,
            imm: imm as u32,
            a,
            b,
            c,
            gas: u64::MAX,
        };
        let hart = &mut self.harts[index];
        let (salt, keys) = (hart.salt, &self.keys);
        if op == Op::SStore && self.stimulus.chance(250) {
            // As it is, or as it was.
            let asked = Asked {
                kind: RequestKind::Storage,
                key: a,
                address: hart.table.account,
            };
            o.b = world(salt, keys, asked).value;
        }
        let c = o.c;
        if matches!(op, Op::Call | Op::CallView) {
            o.c = U256::ZERO; // the cost without the callee's gas
        }
        let cost = hart
            .table
            .clone()
            .execute(o, &mut |asked| world(salt, keys, asked))
            .cost;
        o.c = c;
        o.gas = match self.stimulus.below(40) {
            0 => cost,
            1 => cost.saturating_sub(1),
            2 => 2300 + self.stimulus.below(2),
            3 => self.stimulus.below(25_000),
            4..20 => u64::MAX,
            _ => 70_000 + self.stimulus.below(1 << 30),
        };
        let mut asked = None;
        let outcome = hart.table.execute(o, &mut |request| {
            asked = Some(request);
            world(salt, keys, request)
        });
        hart.request = o;
        hart.outcome = Some(outcome);
        hart.asked = asked;
        hart.shown = None;
        hart.phase = Phase::Offer;
    }

    /// Chooses a task for a hart and asks the model what comes of it.
    fn compose_task(&mut self, index: usize) {
        let (key, account) = (self.key(), self.key());
        let hart = &mut self.harts[index];
        let depth = hart.table.depth();
        let ends = hart.left == 0 || hart.failed;
        let task = match self.stimulus.below(10) {
            _ if hart.failed => Task::Undo,
            0..5 if !ends && depth + 1 < self.sizes.frames => Task::Push {
                is_static: self.stimulus.chance(200),
            },
            0..3 | 5 if depth > 0 => Task::Keep,
            3..5 | 6 if depth > 0 => Task::Undo,
            7 if !ends => Task::Name {
                account: address(account),
                warm: self.stimulus.bit(),
            },
            _ => Task::Ask {
                kind: ASKS[self.stimulus.below(6) as usize],
                key,
                address: address(account),
            },
        };
        if depth == 0 && hart.left == 0 {
            hart.phase = Phase::Commit;
            self.task = None;
            return;
        }
        let (salt, keys) = (hart.salt, &self.keys);
        let mut asked = None;
        let mut end = TaskOutcome {
            status: 0,
            code: 0,
            answer: None,
            effects: 0,
        };
        match hart.table.task(task, &mut |request| {
            asked = Some(request);
            world(salt, keys, request)
        }) {
            Ok(answer) => end.answer = answer,
            Err(Stop::Escalate(reason)) => (end.status, end.code) = (2, reason as u64),
            Err(Stop::Halt(halt)) => panic!("{halt:?} in a task"),
        }
        end.effects = hart.table.effects;
        hart.task = task;
        hart.asked = asked;
        hart.failed = false;
        hart.phase = Phase::Task(end);
        self.tally.depth = self.tally.depth.max(hart.table.depth());
    }

    fn observe(&mut self) {
        self.observe_loads();
        self.observe_request();
        self.observe_host();
        self.observe_response();
        self.observe_task();
        self.observe_commit();
        let shown = &self.harts[self.shows];
        if let Some(pending) = shown.shown.filter(|_| shown.phase == Phase::Run) {
            let unit = &self.unit;
            let got = Pending {
                kind: u64::from(unit.pending_kind.val()) as u8,
                account: pending
                    .account
                    .map(|_| U256::from_limbs(unit.pending_account.val().limbs())),
                program: unit
                    .pending_has_code
                    .val()
                    .then(|| u64::from(unit.pending_program.val()) as u32),
                gas: unit.pending_gas.val().low(),
                has_value: unit.pending_has_value.val(),
                is_precompile: unit.pending_is_precompile.val(),
            };
            assert_eq!(got, pending, "pending of hart {}", self.shows);
        }
    }

    fn observe_loads(&mut self) {
        if let Some(index) = self.clear.filter(|_| self.unit.clear_ready.val()) {
            self.begin(index);
            self.clear = None;
        }
        if let Some(index) = self.load.filter(|_| self.unit.load_ready.val()) {
            let hart = &mut self.harts[index];
            hart.phase = match hart.phase {
                Phase::Seed(seed, false) => Phase::Seed(seed, true),
                Phase::Seed(seed, true) => {
                    self.tally.seeds += 1;
                    hart.table.seed(hart.seeds[seed]);
                    hart.after_seed(seed + 1)
                }
                Phase::Account => Phase::Run,
                _ => hart.after_seed(0),
            };
            self.load = None;
        }
    }

    fn observe_request(&mut self) {
        let Some(index) = self.offer.filter(|_| self.unit.req_ready.val()) else {
            return;
        };
        self.tally.served_while_waiting += u64::from(self.harts.iter().any(|hart| hart.waits));
        let statics: u64 = self.unit.is_static.val().into();
        let hart = &mut self.harts[index];
        assert_eq!(statics >> index & 1 == 1, hart.table.is_static);
        hart.phase = Phase::Wait(hart.outcome.take().expect("composed"));
        self.offer = None;
    }

    fn observe_host(&mut self) {
        let waiting: u64 = self.unit.host_waiting.val().into();
        for (index, hart) in self.harts.iter().enumerate() {
            assert_eq!(
                waiting >> index & 1 == 1,
                hart.waits,
                "host_waiting of {index}"
            );
        }
        if self.unit.answer_valid.val() {
            let index: u64 = self.unit.answer_hart.val().into();
            self.harts[index as usize].waits = false;
        }
        if !self.unit.request_valid.val() || !self.unit.request_ready.val() {
            return;
        }
        let index: u64 = self.unit.request_hart.val().into();
        let hart = &mut self.harts[index as usize];
        let asked = hart.asked.take().expect("the model did not ask");
        assert_eq!(number(self.unit.request_key.val()), asked.key, "{asked:?}");
        assert_eq!(
            u64::from(self.unit.request_kind.val()),
            asked.kind as u64,
            "{asked:?}"
        );
        assert_eq!(
            self.unit.request_address.val(),
            Word::from_limbs(asked.address.as_limbs()),
            "{asked:?}"
        );
        assert_eq!(u64::from(self.unit.request_tag.val()), u64::from(hart.tag));
        assert_eq!(
            u64::from(self.unit.request_sequence.val()),
            u64::from(hart.sequence)
        );
        hart.sequence = hart.sequence.wrapping_add(1);
        hart.waits = true;
        let answer = world(hart.salt, &self.keys, asked);
        hart.latency = Some((self.stimulus.below(20), answer));
        self.tally.requests += 1;
    }

    fn observe_response(&mut self) {
        let ext = self
            .unit
            .ext_valid
            .val()
            .then(|| u64::from(self.unit.ext_hart.val()));
        let soon = std::mem::replace(&mut self.soon, self.unit.rsp_soon.val());
        if !self.unit.rsp_valid.val() {
            assert!(!soon, "no response where one was announced");
            assert!(ext.is_none(), "ext_valid without a response");
            return;
        }
        let index: u64 = self.unit.rsp_hart.val().into();
        let hart = &mut self.harts[index as usize];
        let Phase::Wait(outcome) = &mut hart.phase else {
            panic!("hart {index} did not ask")
        };
        if ext.is_some() {
            let (iova, len) = outcome.code_found.take().expect("exttouch only, and once");
            assert_eq!(ext, Some(index));
            assert_eq!(self.unit.ext_code_iova.val().low(), iova);
            assert_eq!(u64::from(self.unit.ext_code_len.val()), u64::from(len));
        }
        if !self.unit.rsp_ready.val() {
            return;
        }
        let o = hart.request;
        let has_result = matches!(o.op, Op::SLoad | Op::TLoad | Op::SelfBalance)
            || (Op::Balance as u8..=Op::BlobHash as u8).contains(&(o.op as u8))
                && o.op != Op::ExtCodeTouch;
        let got = Outcome {
            status: self.unit.rsp_status.val().into(),
            code: self.unit.rsp_code.val().into(),
            value: if has_result {
                number(self.unit.rsp_value.val())
            } else {
                outcome.value
            },
            cost: self.unit.rsp_cost.val().low(),
            code_found: None,
        };
        assert_eq!(got, *outcome, "hart {index}: {o:?}");
        assert!(hart.asked.is_none(), "the host was not asked: {o:?}");
        self.tally.responses += 1;
        self.tally.halts += u64::from(got.status == 1 && got.code == 0);
        self.tally.violations += u64::from(got.status == 1 && got.code == 6);
        self.tally.table_limits += u64::from(got.status == 2 && got.code == 0x12);
        self.tally.journal_limits += u64::from(got.status == 2 && got.code == 0x16);
        self.tally.failures += u64::from(got.status == 2 && got.code == 0x20);
        hart.left = hart.left.saturating_sub(1);
        if got.status == 0 && matches!(o.op, Op::Call | Op::CallView | Op::Create) {
            hart.shown = hart.table.pending;
            self.tally.calls += 1;
        }
        hart.phase = match got.status {
            0 => Phase::Run,
            1 if hart.table.depth() > 0 => {
                hart.failed = true;
                Phase::Run
            }
            _ => Phase::Clear,
        };
    }

    fn observe_task(&mut self) {
        let done = self.unit.task_done.val();
        let Some(index) = self.task else {
            assert!(!done, "a task was done that nobody wanted");
            return;
        };
        if !self.task_taken {
            assert!(!done, "a task was done before it was taken");
            self.task_taken = self.unit.task_ready.val();
            return;
        }
        if !done {
            return;
        }
        let hart = &mut self.harts[index];
        let Phase::Task(end) = hart.phase else {
            panic!("hart {index} has no task")
        };
        let unit = &self.unit;
        let answer = HostAnswer {
            value: number(unit.task_value.val()),
            flags: u64::from(unit.task_flags.val()) as u8,
            code_iova: unit.task_iova.val().low(),
            code_len: u64::from(unit.task_len.val()) as u32,
            program: u64::from(unit.task_program.val()) as u32,
            effects: u64::from(unit.task_effects.val()) as u16,
        };
        let got = TaskOutcome {
            status: unit.task_status.val().into(),
            code: unit.task_code.val().into(),
            answer: end.answer.map(|_| answer),
            effects: answer.effects,
        };
        assert_eq!(got, end, "hart {index}: {:?}", hart.task);
        assert!(hart.asked.is_none(), "the host was not asked");
        self.tally.tasks += 1;
        self.tally.undos += u64::from(hart.task == Task::Undo);
        self.tally.journal_limits += u64::from(end.code == 0x16);
        self.tally.table_limits += u64::from(end.code == 0x12);
        hart.phase = match (end.status, hart.task) {
            (0, Task::Push { .. } | Task::Keep | Task::Undo) => {
                // The frame that runs now may have any account.
                hart.shown = None;
                let choice = self.stimulus.below(self.accounts.len() as u64);
                hart.table.account = self.accounts[choice as usize];
                Phase::Account
            }
            (0, _) => Phase::Run,
            _ => Phase::Clear,
        };
        self.task = None;
        self.task_taken = false;
    }

    fn observe_commit(&mut self) {
        let Some(index) = self.commit else {
            assert!(!self.unit.write_valid.val() && !self.unit.committed_valid.val());
            return;
        };
        if !self.commit_taken {
            self.commit_taken = self.unit.commit_ready.val();
            if self.commit_taken {
                self.harts[index].phase = Phase::Committing;
            }
            return;
        }
        if self.unit.write_valid.val() && self.unit.write_ready.val() {
            self.beats.push((
                self.unit.write_address.val().low(),
                self.unit.write_data.val(),
            ));
        }
        if self.unit.committed_valid.val() {
            self.check_commit(index);
            self.harts[index].phase = Phase::Clear;
            self.commit = None;
            self.commit_taken = false;
            self.beats.clear();
        }
    }

    fn check_commit(&mut self, index: usize) {
        let hart = &self.harts[index];
        let mut expected = vec![Word::<512>::default()];
        for seed in &hart.table.touched {
            expected[0] = expected[0].replace_bit(*seed, true);
        }
        let writes = hart.table.writes();
        for entry in &writes {
            let mut high = entry.account.into_limbs();
            high[2] |= 1 << 32;
            let low = |x: U256, y: [u64; 4]| Word::from_limbs(&[x.into_limbs(), y].concat());
            expected.push(low(entry.key, entry.present.into_limbs()));
            expected.push(low(entry.original, high));
        }
        let room = ((self.limit - self.cursor) / 64) as usize;
        let overflow = room < expected.len();
        expected.truncate(room);
        let expected: Vec<(u64, Word<512>)> = expected
            .into_iter()
            .enumerate()
            .map(|(i, x)| (self.cursor + 64 * i as u64, x))
            .collect();
        assert_eq!(self.beats, expected, "record of hart {index}");
        assert_eq!(self.unit.committed_overflow.val(), overflow);
        self.tally.commits += 1;
        self.tally.overflows += u64::from(overflow);
        if !overflow {
            let count: u64 = self.unit.committed_write_count.val().into();
            assert_eq!(count, writes.len() as u64);
            assert_eq!(
                self.unit.committed_refund.val().low() as i64,
                hart.table.refund
            );
            self.tally.writes += count;
        }
    }

    /// A new transaction: account, fork, seeds.
    fn begin(&mut self, index: usize) {
        let (stimulus, hart) = (&mut self.stimulus, &mut self.harts[index]);
        let capacity = self.sizes.entries;
        hart.salt = stimulus.draw();
        hart.tag = stimulus.draw() as u32;
        hart.left = 1 + stimulus.below(20 + capacity as u64 / 2);
        hart.failed = false;
        hart.shown = None;
        let fork = if stimulus.bit() {
            Fork::Berlin
        } else {
            Fork::Cancun
        };
        hart.table = Table::new(self.sizes, fork);
        let any = |stimulus: &mut Stimulus, words: &[U256]| {
            words[stimulus.below(words.len() as u64) as usize]
        };
        hart.table.account = any(stimulus, &self.accounts);
        let most = if stimulus.chance(100) {
            capacity + 4
        } else {
            capacity / 2
        };
        hart.seeds.clear();
        for seed in 0..stimulus.below(most as u64) as usize {
            let key = any(stimulus, &self.keys);
            let account = any(stimulus, &self.accounts);
            let asked = Asked {
                kind: RequestKind::Storage,
                key,
                address: account,
            };
            let answer = world(hart.salt, &self.keys, asked);
            let original = answer.value;
            let present = if stimulus.chance(100) {
                U256::from(5)
            } else {
                original
            };
            hart.seeds.push(Entry {
                kind: Kind::Storage,
                account,
                key,
                present,
                original,
                warm: answer.flags & Answer::WARM != 0,
                written: false,
                seed: Some(seed),
                callee: None,
            });
        }
        hart.phase = Phase::Environment;
    }
}

impl Hart {
    fn new(sizes: Sizes) -> Self {
        Self {
            phase: Phase::Clear,
            table: Table::new(sizes, Fork::London),
            seeds: Vec::new(),
            salt: 0,
            tag: 0,
            sequence: 0,
            left: 0,
            request: Operation {
                op: Op::SLoad,
                imm: 0,
                a: U256::ZERO,
                b: U256::ZERO,
                c: U256::ZERO,
                gas: 0,
            },
            outcome: None,
            task: Task::Keep,
            failed: false,
            asked: None,
            latency: None,
            waits: false,
            shown: None,
        }
    }

    fn after_seed(&self, next: usize) -> Phase {
        if next < self.seeds.len() {
            Phase::Seed(next, false)
        } else {
            Phase::Start
        }
    }
}
