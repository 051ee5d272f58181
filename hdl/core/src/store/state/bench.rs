//! Four harts, a loader and a host around the state unit, in rust-hdl's simulator.
//!
//! Every hart goes round: clear, environment, seeds, start, operations, commit. What each response
//! must be is computed from the model when the operation is issued; the host's answers are a
//! function of hart and key, so they need not be known in advance. All channels stall at random.

use gasworks_abi::config::Config;
use gasworks_abi::fork::Fork;
use gasworks_abi::micro_op::Op;
use gasworks_abi::ring::{Answer, RequestKind};
use gasworks_verilog::harness::Stimulus;
use gasworks_verilog::word::Word;
use ruint::aliases::U256;
use rust_hdl::prelude::*;

use super::StateUnit;
use super::model::{HostAnswer, Outcome, Slot, Table};

pub(crate) const OPS: [Op; 10] = [
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
];

pub(crate) fn word(x: U256) -> Word<256> {
    Word::from_limbs(x.as_limbs())
}

pub(crate) fn number(x: Word<256>) -> U256 {
    U256::from_limbs(x.limbs())
}

/// What the world says to hart `hart` in its `round`; a pure function.
pub(crate) fn world(salt: u64, kind: RequestKind, key: U256) -> HostAnswer {
    let limbs = key.as_limbs();
    let mut mixed = Stimulus::new(
        salt ^ limbs[0].wrapping_mul(0x9e37_79b9)
            ^ limbs[3].rotate_left(17)
            ^ ((kind as u64) << 50),
    );
    for _ in 0..8 {
        mixed.draw();
    }
    let is_account = matches!(
        kind,
        RequestKind::Balance | RequestKind::CodeHash | RequestKind::Code
    );
    let value = match mixed.below(3) {
        0 => U256::ZERO,
        1 => U256::from(mixed.below(4)),
        _ => number(mixed.word()),
    };
    // The same account is warm or cold whatever is asked about it.
    let warmth = Stimulus::new(salt ^ limbs[0].wrapping_mul(77) ^ limbs[3]).draw() >> 40;
    HostAnswer {
        value,
        warm: matches!(kind, RequestKind::Storage) && mixed.bit() || is_account && warmth & 3 == 0,
        failed: mixed.chance(8),
        code_iova: mixed.draw() & !63,
        code_len: mixed.draw() as u32 & 0xffff,
    }
}

/// Where a hart is in its round.
#[derive(Clone, Debug, PartialEq)]
enum Phase {
    Clear,
    Environment,
    Seed(usize, bool),
    Start,
    Run,
    /// The request is offered.
    Offer,
    /// The request was taken; the host may be asked.
    Wait(Outcome),
    Commit,
    Committing,
}

struct Hart {
    phase: Phase,
    table: Table,
    seeds: Vec<Slot>,
    foreign: Vec<bool>,
    salt: u64,
    account: U256,
    tag: u32,
    sequence: u8,
    left: u64,
    request: (Op, U256, U256, u64),
    outcome: Option<Outcome>,
    asked: Option<(RequestKind, U256)>,
    /// Cycles until the host answers.
    latency: Option<(u64, HostAnswer)>,
    waits: bool,
}

/// What happened.
#[derive(Default, Debug)]
pub(crate) struct Tally {
    pub(crate) responses: u64,
    pub(crate) halts: u64,
    pub(crate) table_limits: u64,
    pub(crate) failures: u64,
    pub(crate) requests: u64,
    pub(crate) commits: u64,
    pub(crate) overflows: u64,
    pub(crate) writes: u64,
    pub(crate) served_while_waiting: u64,
    pub(crate) seeds: u64,
}

pub(crate) struct Bench {
    pub(crate) unit: StateUnit,
    stimulus: Stimulus,
    harts: Vec<Hart>,
    capacity: usize,
    keys: Vec<U256>,
    clear: Option<usize>,
    load: Option<usize>,
    offer: Option<usize>,
    commit: Option<usize>,
    commit_taken: bool,
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
        let capacity = config.state_entries() as usize;
        // A few more keys than entries; some share their low limb, some fold to the same slot.
        let mut keys: Vec<U256> = (0..capacity as u64 / 2).map(U256::from).collect();
        keys.extend((0..6).map(|i| U256::ONE << (10 * i)));
        keys.extend((0..4).map(|i| (U256::ONE << 200) * U256::from(i) + U256::from(3)));
        keys.extend((0..capacity / 4).map(|_| number(stimulus.word())));
        let harts = (0..4).map(|_| Hart::new(capacity)).collect();
        Self {
            unit,
            stimulus,
            harts,
            capacity,
            keys,
            clear: None,
            load: None,
            offer: None,
            commit: None,
            commit_taken: false,
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

    fn pick(&mut self, wanted: impl Fn(&Phase) -> bool) -> Option<usize> {
        let start = self.stimulus.below(4) as usize;
        (0..4)
            .map(|i| (start + i) % 4)
            .find(|hart| wanted(&self.harts[*hart].phase))
    }

    fn drive(&mut self) {
        if self.clear.is_none() && self.stimulus.bit() {
            self.clear = self.pick(|phase| *phase == Phase::Clear);
        }
        if self.load.is_none() && self.stimulus.bit() {
            self.load = self.pick(|phase| matches!(phase, Phase::Environment | Phase::Seed(..)));
        }
        if self.offer.is_none() && self.stimulus.bit() {
            self.offer = self.pick(|phase| *phase == Phase::Run);
            if let Some(hart) = self.offer {
                self.compose(hart);
            }
        }
        if self.commit.is_none() && self.stimulus.bit() {
            self.commit = self.pick(|phase| *phase == Phase::Commit);
            if self.commit.is_some() {
                self.cursor = (1 << 40) + 64 * self.stimulus.below(1 << 20);
                self.limit = self.cursor + 64 * self.stimulus.below(3 * self.capacity as u64);
            }
        }
        self.drive_loads();
        self.drive_requests();
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
            let (target, address, data) = match hart.phase {
                Phase::Environment => (2u64, 0u64, hart.account.as_limbs().to_vec()),
                Phase::Seed(seed, false) => {
                    let slot = hart.seeds[seed];
                    (
                        4,
                        seed as u64,
                        [slot.key.into_limbs(), slot.present.into_limbs()].concat(),
                    )
                }
                Phase::Seed(seed, true) => {
                    let slot = hart.seeds[seed];
                    let foreign = U256::from(u64::from(hart.foreign[seed]));
                    let mut high = (hart.account ^ foreign).into_limbs();
                    high[2] |= u64::from(slot.warm) << 32;
                    (5, seed as u64, [slot.original.into_limbs(), high].concat())
                }
                _ => unreachable!("only these load"),
            };
            self.unit.load_target.next = target.into();
            self.unit.load_address.next = address.into();
            self.unit.load_data.next = Word::from_limbs(&data);
        }
        let starting = self.pick(|phase| *phase == Phase::Start);
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
            let (op, a, b, gas) = self.harts[hart].request;
            self.unit.req_hart.next = (hart as u64).into();
            self.unit.req_op.next = (op as u64).into();
            self.unit.req_a.next = word(a);
            self.unit.req_b.next = word(b);
            self.unit.req_gas.next = gas.into();
        }
        self.unit.rsp_ready.next = self.stimulus.bit();
        self.unit.commit_valid.next = self.commit.is_some() && !self.commit_taken;
        if let Some(hart) = self.commit {
            self.unit.commit_hart.next = (hart as u64).into();
            self.unit.commit_cursor.next = self.cursor.into();
            self.unit.commit_limit.next = self.limit.into();
        }
        self.unit.write_ready.next = self.stimulus.bit();
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
            let flags =
                u8::from(answer.warm) * Answer::WARM + u8::from(answer.failed) * Answer::FAILED;
            self.unit.answer_flags.next = u64::from(flags).into();
        }
    }

    /// Chooses an operation for a hart and asks the model what comes of it.
    fn compose(&mut self, index: usize) {
        let op = OPS[(self.stimulus.below(16) as usize).min(11) % 10];
        let pool = if self.stimulus.chance(900) {
            self.keys.len() / 2
        } else {
            self.keys.len()
        };
        let mut a = self.keys[self.stimulus.below(pool as u64) as usize];
        if op as u8 >= Op::Balance as u8 && self.stimulus.bit() {
            a |= U256::ONE << 170; // only the low 160 bits of an account count
        }
        let hart = &mut self.harts[index];
        let b = match self.stimulus.below(4) {
            0 => U256::ZERO,
            1 => world(hart.salt, RequestKind::Storage, a).value,
            2 => U256::from(self.stimulus.below(3)),
            _ => number(self.stimulus.word()),
        };
        let salt = hart.salt;
        let mut asked = None;
        let mut host = |kind, key| {
            asked = Some((kind, key));
            world(salt, kind, key)
        };
        let cost = hart
            .table
            .clone()
            .execute(op, a, b, u64::MAX, &mut host)
            .cost;
        let gas = match self.stimulus.below(40) {
            0 => cost,
            1 => cost.saturating_sub(1),
            2 => 2300 + self.stimulus.below(2),
            3 => self.stimulus.below(25_000),
            4..20 => u64::MAX,
            _ => 70_000 + self.stimulus.below(1 << 30),
        };
        asked = None;
        let mut host = |kind, key| {
            asked = Some((kind, key));
            world(salt, kind, key)
        };
        let outcome = hart.table.execute(op, a, b, gas, &mut host);
        hart.request = (op, a, b, gas);
        hart.outcome = Some(outcome);
        hart.asked = asked;
        hart.phase = Phase::Offer;
    }

    fn observe(&mut self) {
        self.observe_loads();
        self.observe_request();
        self.observe_host();
        self.observe_response();
        self.observe_commit();
    }

    fn observe_loads(&mut self) {
        if let Some(index) = self.clear.filter(|_| self.unit.clear_ready.val()) {
            let hart = &mut self.harts[index];
            hart.begin(&mut self.stimulus, self.capacity, &self.keys);
            self.clear = None;
        }
        if let Some(index) = self.load.filter(|_| self.unit.load_ready.val()) {
            let hart = &mut self.harts[index];
            hart.phase = match hart.phase {
                Phase::Seed(seed, false) => Phase::Seed(seed, true),
                Phase::Seed(seed, true) => {
                    self.tally.seeds += 1;
                    if !hart.foreign[seed] {
                        hart.table.seed(hart.seeds[seed]);
                    }
                    hart.after_seed(seed + 1)
                }
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
        let hart = &mut self.harts[index];
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
        let (kind, key) = hart.asked.take().expect("the model did not ask");
        assert_eq!(number(self.unit.request_key.val()), key);
        assert_eq!(u64::from(self.unit.request_kind.val()), kind as u64);
        assert_eq!(
            self.unit.request_address.val(),
            Word::from_limbs(hart.account.as_limbs())
        );
        assert_eq!(u64::from(self.unit.request_tag.val()), u64::from(hart.tag));
        assert_eq!(
            u64::from(self.unit.request_sequence.val()),
            u64::from(hart.sequence)
        );
        hart.sequence = hart.sequence.wrapping_add(1);
        hart.waits = true;
        hart.latency = Some((self.stimulus.below(60), world(hart.salt, kind, key)));
        self.tally.requests += 1;
    }

    fn observe_response(&mut self) {
        let ext = self
            .unit
            .ext_valid
            .val()
            .then(|| u64::from(self.unit.ext_hart.val()));
        if !self.unit.rsp_valid.val() {
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
        let (op, a, b, gas) = hart.request;
        let got = Outcome {
            status: self.unit.rsp_status.val().into(),
            code: self.unit.rsp_code.val().into(),
            // Stores have no result.
            value: match op {
                Op::SStore | Op::TStore | Op::ExtCodeTouch => outcome.value,
                _ => number(self.unit.rsp_value.val()),
            },
            cost: self.unit.rsp_cost.val().low(),
            code_found: None,
        };
        assert_eq!(
            got, *outcome,
            "hart {index}: {op:?} {a:#x} {b:#x} gas {gas}"
        );
        assert!(hart.asked.is_none(), "the host was not asked");
        self.tally.responses += 1;
        self.tally.halts += u64::from(got.status == 1);
        self.tally.table_limits += u64::from(got.status == 2 && got.code == 0x12);
        self.tally.failures += u64::from(got.status == 2 && got.code == 0x20);
        hart.left = hart.left.saturating_sub(1);
        hart.phase = match (got.status, hart.left) {
            (0, 0) => Phase::Commit,
            (0, _) => Phase::Run,
            _ => Phase::Clear,
        };
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
        for slot in &writes {
            let mut high = hart.account.into_limbs();
            high[2] |= 1 << 32;
            let low = |x: U256, y: [u64; 4]| Word::from_limbs(&[x.into_limbs(), y].concat());
            expected.push(low(slot.key, slot.present.into_limbs()));
            expected.push(low(slot.original, high));
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
}

impl Hart {
    fn new(capacity: usize) -> Self {
        Self {
            phase: Phase::Clear,
            table: Table::new(capacity, Fork::London),
            seeds: Vec::new(),
            foreign: Vec::new(),
            salt: 0,
            account: U256::ZERO,
            tag: 0,
            sequence: 0,
            left: 0,
            request: (Op::SLoad, U256::ZERO, U256::ZERO, 0),
            outcome: None,
            asked: None,
            latency: None,
            waits: false,
        }
    }

    /// A new transaction: account, fork, seeds.
    fn begin(&mut self, stimulus: &mut Stimulus, capacity: usize, keys: &[U256]) {
        self.salt = stimulus.draw();
        self.account = number(stimulus.word()) >> 96;
        self.tag = stimulus.draw() as u32;
        self.left = 1 + stimulus.below(2 * capacity as u64);
        let fork = if stimulus.bit() {
            Fork::Berlin
        } else {
            Fork::Cancun
        };
        self.table = Table::new(capacity, fork);
        let most = if stimulus.chance(100) {
            capacity + 4
        } else {
            capacity / 2
        };
        self.seeds.clear();
        for seed in 0..stimulus.below(most as u64) as usize {
            let key = keys[stimulus.below(keys.len() as u64) as usize];
            let answer = world(self.salt, RequestKind::Storage, key);
            let (original, warm) = (answer.value, answer.warm);
            let present = if stimulus.chance(100) {
                U256::from(5)
            } else {
                original
            };
            let slot = Slot {
                key,
                present,
                original,
                warm,
                written: false,
                seed: Some(seed),
            };
            self.seeds.push(slot);
        }
        self.foreign = self.seeds.iter().map(|_| stimulus.chance(50)).collect();
        self.phase = Phase::Environment;
    }

    fn after_seed(&self, next: usize) -> Phase {
        if next < self.seeds.len() {
            Phase::Seed(next, false)
        } else {
            Phase::Start
        }
    }
}
