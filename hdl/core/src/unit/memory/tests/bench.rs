//! Test bench of the whole unit: random operations of four harts against the model, with random
//! stalls on every channel, read errors, and restarts of the harts.

use crate::unit::memory::model::{Beat, DONE, END, ESCALATE, MemoryModel, Request, Response, U256};
use crate::unit::memory::unit::MemoryUnit;
use gasworks_abi::config::Config;
use gasworks_abi::escalation::Escalation;
use gasworks_abi::micro_op::Op;
use gasworks_abi::record::BEAT;
use gasworks_verilog::harness::Stimulus;
use gasworks_verilog::word::Word;
use std::collections::VecDeque;

use super::restart::Start;

/// Operations of the unit.
const OPERATIONS: [Op; 14] = [
    Op::MLoad,
    Op::MStore,
    Op::MStore8,
    Op::MSize,
    Op::CalldataLoad,
    Op::CalldataCopy,
    Op::CodeCopy,
    Op::ExtCodeCopy,
    Op::ReturnDataCopy,
    Op::MCopy,
    Op::Keccak256,
    Op::Log,
    Op::Return,
    Op::Revert,
];
/// Cycles after which an operation counts as hung.
const PATIENCE: u64 = 6000;

/// How often each channel stalls, in 1024ths.
#[derive(Clone, Copy)]
pub struct Stalls {
    pub request: u64,
    pub response: u64,
    pub write: u64,
    pub read: u64,
    pub data: u64,
    pub error: u64,
}

impl Stalls {
    pub const NONE: Self = Self {
        request: 0,
        response: 0,
        write: 0,
        read: 0,
        data: 0,
        error: 0,
    };
    pub const MANY: Self = Self {
        request: 300,
        response: 300,
        write: 600,
        read: 400,
        data: 500,
        error: 4,
    };
}

struct UnderWay {
    request: Request,
    expected: Response,
    beats: VecDeque<Beat>,
    since: u64,
    answered: Option<u64>,
    error: bool,
}

/// A finished operation and its cycles from the request to `rsp_valid`.
pub struct Done {
    pub request: Request,
    pub response: Response,
    pub cycles: u64,
}

pub struct Bench {
    pub(super) config: Config,
    pub(super) model: MemoryModel,
    stalls: Stalls,
    /// Operations to run first, before random ones.
    pub script: VecDeque<Request>,
    pub(super) alive: [bool; 4],
    pub(super) code_iova: [u64; 4],
    pub(super) ext_iova: [u64; 4],
    pub(super) start: Option<Start>,
    waiting: Option<Request>,
    under_way: Option<UnderWay>,
    reads: VecDeque<([u8; BEAT], bool)>,
    held_response: Option<Response>,
    held_beat: Option<Beat>,
    selected: Option<usize>,
    cycle: u64,
    pub done: Vec<Done>,
}

fn limbs(word: Word<256>) -> U256 {
    word.limbs::<4>()
}

impl Bench {
    pub fn new(config: Config, stalls: Stalls) -> Self {
        Self {
            config,
            model: MemoryModel::new(&config),
            stalls,
            script: VecDeque::new(),
            alive: [false; 4],
            code_iova: [0; 4],
            ext_iova: [0; 4],
            start: None,
            waiting: None,
            under_way: None,
            reads: VecDeque::new(),
            held_response: None,
            held_beat: None,
            selected: None,
            cycle: 0,
            done: Vec::new(),
        }
    }

    /// Checks the outputs of this cycle and sets its inputs.
    pub fn poke(&mut self, unit: &mut MemoryUnit, s: &mut Stimulus) {
        self.check_selected(unit);
        self.restart(unit, s);
        self.request(unit, s);
        self.response(unit, s);
        self.write(unit, s);
        self.read(unit, s);
        let select = s.below(4) as usize;
        unit.finish_select.next = (select as u64).into();
        self.selected = (self.under_way.is_none()).then_some(select);
        if let Some(work) = &self.under_way {
            let index = unit.arg_index.val().index();
            unit.arg_value.next = Word::from_limbs(&work.request.args[index]);
            let age = self.cycle - work.since;
            assert!(
                age < PATIENCE,
                "{:?} hangs; expected {:?}",
                work.request,
                work.expected
            );
        }
        self.cycle += 1;
    }

    fn check_selected(&mut self, unit: &MemoryUnit) {
        // Something begins in the cycle of the select: its effects may show.
        let Some(hart) = self.selected.take().filter(|_| self.under_way.is_none()) else {
            return;
        };
        if !self.alive[hart] || self.start.is_some() {
            return;
        }
        let model = &self.model.harts[hart];
        assert_eq!(
            unit.output_len.val().to_u64(),
            u64::from(model.output_len),
            "output_len"
        );
        assert_eq!(
            unit.log_beats.val().to_u64(),
            u64::from(model.log_beats),
            "log_beats"
        );
        assert_eq!(
            unit.log_count.val().to_u64(),
            u64::from(model.log_count),
            "log_count"
        );
        assert_eq!(unit.cursor.val().low(), model.cursor(), "cursor");
        let limit = model.result_iova + u64::from(model.result_len);
        assert_eq!(unit.limit.val().low(), limit, "limit");
    }

    pub(super) fn is_busy(&self, hart: usize) -> bool {
        let waiting = self.waiting.as_ref().is_some_and(|r| r.hart == hart);
        waiting
            || self
                .under_way
                .as_ref()
                .is_some_and(|work| work.request.hart == hart)
    }

    fn request(&mut self, unit: &mut MemoryUnit, s: &mut Stimulus) {
        if self.waiting.is_none() && self.under_way.is_none() && !s.chance(self.stalls.request) {
            self.waiting = self.next_request(s);
        }
        unit.req_valid.next = self.waiting.is_some();
        let Some(r) = self.waiting else { return };
        unit.req_hart.next = (r.hart as u64).into();
        unit.req_op.next = (r.op as u64).into();
        unit.req_imm.next = u64::from(r.imm).into();
        unit.req_a.next = Word::from_limbs(&r.a);
        unit.req_b.next = Word::from_limbs(&r.b);
        unit.req_c.next = Word::from_limbs(&r.c);
        unit.req_gas.next = r.gas.into();
        if unit.req_ready.val() {
            self.waiting = None;
            self.model.written.clear();
            let expected = self.model.execute(&r);
            let beats = self.model.written.drain(..).collect();
            let since = self.cycle;
            self.under_way = Some(UnderWay {
                request: r,
                expected,
                beats,
                since,
                answered: None,
                error: false,
            });
        }
    }

    fn next_request(&mut self, s: &mut Stimulus) -> Option<Request> {
        if let Some(scripted) = self.script.front().copied() {
            if !self.alive[scripted.hart] {
                return None;
            }
            self.script.pop_front();
            return Some(scripted);
        }
        let hart = s.below(u64::from(self.config.harts)) as usize;
        if !self.alive[hart] {
            return None;
        }
        let mut request = self.random_request(hart, s);
        // Exactly enough gas, or one short.
        let mut trial = MemoryModel::new(&self.config);
        trial.harts[hart] = self.model.harts[hart].clone();
        let cost = trial.execute(&request);
        if cost.status != ESCALATE && s.chance(200) {
            request.gas = cost.cost;
            if s.chance(200) {
                request.gas = cost.cost.saturating_sub(1);
            }
        }
        Some(request)
    }

    fn random_request(&self, hart: usize, s: &mut Stimulus) -> Request {
        let op = match OPERATIONS[s.below(14) as usize] {
            Op::Return | Op::Revert if s.chance(700) => Op::MLoad,
            op => op,
        };
        let rare = op == Op::ReturnDataCopy && s.chance(900);
        let place = |s: &mut Stimulus| random_place(u64::from(self.config.memory_bytes()), s);
        let (a, b, c) = (place(s), place(s), place(s));
        let is_length_b =
            matches!(op, Op::Keccak256 | Op::Log | Op::Return | Op::Revert) && s.chance(900);
        let is_length_c = !is_length_b && s.chance(900);
        let short = |s: &mut Stimulus| [s.below(260), 0, 0, 0];
        Request {
            hart,
            op,
            imm: s.below(5) as u32,
            a,
            b: if rare {
                [0; 4]
            } else if op == Op::MStore || op == Op::MStore8 {
                limbs(s.word())
            } else if is_length_b {
                short(s)
            } else {
                b
            },
            c: if rare {
                [0; 4]
            } else if is_length_c {
                short(s)
            } else {
                c
            },
            gas: if s.chance(40) {
                1 << 45
            } else {
                100_000 + s.below(1_000_000)
            },
            args: std::array::from_fn(|_| limbs(s.word())),
        }
    }

    fn response(&mut self, unit: &mut MemoryUnit, s: &mut Stimulus) {
        let ready = !s.chance(self.stalls.response);
        unit.rsp_ready.next = ready;
        if !unit.rsp_valid.val() {
            assert!(
                self.held_response.is_none(),
                "rsp_valid fell before rsp_ready"
            );
            return;
        }
        let got = Response {
            status: unit.rsp_status.val().to_u64() as u8,
            code: unit.rsp_code.val().to_u64() as u8,
            value: limbs(unit.rsp_value.val()),
            cost: unit.rsp_cost.val().low(),
        };
        assert!(
            self.held_response.is_none_or(|held| held == got),
            "response changed"
        );
        self.held_response = (!ready).then_some(got);
        let cycle = self.cycle;
        let work = self
            .under_way
            .as_mut()
            .expect("a response without a request");
        let answered = *work.answered.get_or_insert(cycle);
        if !ready {
            return;
        }
        let Some(work) = self.under_way.take() else {
            return;
        };
        assert_eq!(unit.rsp_hart.val().index(), work.request.hart, "rsp_hart");
        let expected = if work.error {
            Response {
                status: ESCALATE,
                code: Escalation::BusError as u8,
                value: [0; 4],
                cost: 0,
            }
        } else {
            work.expected
        };
        compare(&work.request, &expected, &got);
        assert!(
            work.error || work.beats.is_empty(),
            "beats not written: {:?}",
            work.beats
        );
        assert!(self.reads.is_empty(), "answered before the read ended");
        if got.status != DONE {
            self.alive[work.request.hart] = false;
        }
        let cycles = answered - work.since;
        self.done.push(Done {
            request: work.request,
            response: got,
            cycles,
        });
    }

    fn write(&mut self, unit: &mut MemoryUnit, s: &mut Stimulus) {
        let ready = !s.chance(self.stalls.write);
        unit.write_ready.next = ready;
        if !unit.write_valid.val() {
            assert!(
                self.held_beat.is_none(),
                "write_valid fell before write_ready"
            );
            return;
        }
        let bytes = unit.write_data.val().to_le_bytes();
        let got = (
            unit.write_address.val().low(),
            std::array::from_fn(|i| bytes[i]),
        );
        assert!(
            self.held_beat.is_none_or(|held| held == got),
            "beat changed"
        );
        self.held_beat = (!ready).then_some(got);
        if ready {
            let work = self
                .under_way
                .as_mut()
                .expect("a beat without an operation");
            assert_eq!(
                Some(got),
                work.beats.pop_front(),
                "beat of {:?}",
                work.request
            );
        }
    }

    fn read(&mut self, unit: &mut MemoryUnit, s: &mut Stimulus) {
        unit.rdata_valid.next = false;
        unit.rdata_error.next = false;
        if !s.chance(self.stalls.data)
            && let Some((bytes, error)) = self.reads.pop_front()
        {
            unit.rdata_valid.next = true;
            unit.rdata_data.next = Word::from_le_bytes(&bytes);
            unit.rdata_error.next = error;
        }
        let ready = !s.chance(self.stalls.read);
        unit.read_ready.next = ready;
        if !(unit.read_valid.val() && ready) {
            return;
        }
        assert!(self.reads.is_empty(), "a second read command");
        let work = self
            .under_way
            .as_mut()
            .expect("a read without an operation");
        let hart = work.request.hart;
        let (iova, code) = match work.request.op {
            Op::CodeCopy => (self.code_iova[hart], &self.model.harts[hart].code),
            _ => (self.ext_iova[hart], &self.model.harts[hart].ext_code),
        };
        let offset = unit.read_address.val().low().wrapping_sub(iova) as usize;
        let beats = unit.read_beats.val().index();
        assert!(
            offset.is_multiple_of(BEAT) && (1..=16).contains(&beats),
            "{offset} {beats}"
        );
        assert!(
            offset + beats * BEAT <= code.len().next_multiple_of(BEAT),
            "past the code"
        );
        for beat in 0..beats {
            let bytes: [u8; BEAT] = std::array::from_fn(|i| {
                code.get(offset + beat * BEAT + i)
                    .copied()
                    .unwrap_or(s.draw() as u8)
            });
            let error = s.chance(self.stalls.error);
            work.error |= error;
            self.reads.push_back((bytes, error));
        }
    }
}

/// An offset: often near the ends of the memory, sometimes far beyond.
fn random_place(memory_bytes: u64, s: &mut Stimulus) -> U256 {
    match s.below(40) {
        0 => limbs(s.word()),
        1 => [(1 << 32) - s.below(70), 0, 0, 0],
        2 => [s.below(1 << 33), 0, 0, 0],
        3 => [memory_bytes - s.below(70), 0, 0, 0],
        4 => [memory_bytes + s.below(70_000), 0, 0, 0],
        5..15 => [s.below(memory_bytes), 0, 0, 0],
        _ => [s.below(memory_bytes / 4), 0, 0, 0],
    }
}

fn compare(request: &Request, expected: &Response, got: &Response) {
    let with_value = matches!(
        request.op,
        Op::MLoad | Op::MSize | Op::CalldataLoad | Op::Keccak256
    );
    let same = got.status == expected.status
        && got.code == expected.code
        && (got.cost == expected.cost || (got.status != DONE && got.status != END))
        && (got.value == expected.value || !with_value || got.status != DONE);
    assert!(
        same,
        "{request:x?}\nexpected {expected:x?}\ngot      {got:x?}"
    );
}
