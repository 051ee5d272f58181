//! Test bench of the whole unit: random operations of four harts against the model, with random
//! stalls on every channel, read errors, and restarts of the harts.

use crate::unit::memory::frame_model::Task;
use crate::unit::memory::model::{Beat, DONE, ESCALATE, MemoryModel, Request, Response, U256};
use crate::unit::memory::task::TASK_FETCH;
use crate::unit::memory::unit::MemoryUnit;
use gasworks_abi::config::Config;
use gasworks_abi::escalation::Escalation;
use gasworks_abi::micro_op::Op;
use gasworks_abi::record::BEAT;
use gasworks_verilog::harness::Stimulus;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::simulate;
use std::collections::VecDeque;

use super::check::compare;
use super::restart::Start;

/// Cycles after which an operation counts as hung.
const PATIENCE: u64 = 6000;

/// How often each channel stalls, in parts of 1024.
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

/// What the unit is asked.
#[derive(Debug, Clone)]
pub enum Job {
    Request(Request),
    Task(Task),
}

impl Job {
    fn hart(&self) -> usize {
        match self {
            Self::Request(request) => request.hart,
            Self::Task(task) => task.hart,
        }
    }
}

pub(super) struct UnderWay {
    job: Job,
    expected: Response,
    beats: VecDeque<Beat>,
    since: u64,
    answered: Option<u64>,
    error: bool,
    commands: usize,
}

/// A finished task and its cycles from the transfer to `task_done`.
pub struct DoneTask {
    pub task: Task,
    pub status: u8,
    pub cycles: u64,
}

/// A finished operation and its cycles from the request to `rsp_valid`.
pub struct Done {
    pub request: Request,
    pub response: Response,
    pub cycles: u64,
    /// The response was announced in the cycle before it.
    pub announced: bool,
    /// Read commands.
    pub commands: usize,
}

pub struct Bench {
    pub(super) config: Config,
    pub(super) model: MemoryModel,
    stalls: Stalls,
    /// Operations to run first, before random ones.
    pub script: VecDeque<Job>,
    /// Code of 2,600 bytes, and of 300 for `extcopy`, instead of up to as many.
    pub long_code: bool,
    /// What follows for a hart whose frame ended.
    pub(super) after: [VecDeque<Task>; 4],
    pub(super) alive: [bool; 4],
    pub(super) code_iova: [u64; 4],
    pub(super) ext_iova: [u64; 4],
    pub(super) start: Option<Start>,
    waiting: Option<Request>,
    waiting_task: Option<Task>,
    offered: bool,
    pub(super) under_way: Option<UnderWay>,
    reads: VecDeque<([u8; BEAT], bool)>,
    held_response: Option<Response>,
    /// `rsp_soon` of the last cycle, and in the cycle before the latest response.
    soon: bool,
    announced: bool,
    held_beat: Option<Beat>,
    pub(super) selected: Option<usize>,
    cycle: u64,
    pub done: Vec<Done>,
    pub tasks: Vec<DoneTask>,
}

pub(super) fn limbs(word: Word<256>) -> U256 {
    word.limbs::<4>()
}

impl Bench {
    pub fn new(config: Config, stalls: Stalls) -> Self {
        Self {
            config,
            model: MemoryModel::new(&config),
            stalls,
            script: VecDeque::new(),
            long_code: false,
            after: Default::default(),
            alive: [false; 4],
            code_iova: [0; 4],
            ext_iova: [0; 4],
            start: None,
            waiting: None,
            waiting_task: None,
            offered: false,
            under_way: None,
            reads: VecDeque::new(),
            held_response: None,
            soon: false,
            announced: false,
            held_beat: None,
            selected: None,
            cycle: 0,
            done: Vec::new(),
            tasks: Vec::new(),
        }
    }

    /// Checks the outputs of this cycle and sets its inputs.
    pub fn poke(&mut self, unit: &mut MemoryUnit, s: &mut Stimulus) {
        self.check_selected(unit);
        self.restart(unit, s);
        let bits = (0..4).map(|hart| u64::from(self.model.harts[hart].is_static) << hart);
        unit.is_static.next = bits.sum::<u64>().into();
        self.choose(s);
        self.offer(unit, s);
        self.response(unit, s);
        self.task_end(unit, s);
        self.write(unit, s);
        self.read(unit, s);
        let select = s.below(4) as usize;
        unit.finish_select.next = (select as u64).into();
        self.selected = (self.under_way.is_none()).then_some(select);
        if let Some(work) = &self.under_way {
            let index = unit.arg_index.val().index();
            let (Job::Request(Request { args, .. }) | Job::Task(Task { args, .. })) = &work.job;
            unit.arg_value.next = Word::from_limbs(&args[index]);
            let age = self.cycle - work.since;
            assert!(
                age < PATIENCE,
                "{:?} hangs; expected {:?}",
                work.job,
                work.expected
            );
        }
        self.cycle += 1;
    }

    pub(super) fn is_busy(&self, hart: usize) -> bool {
        self.waiting.as_ref().is_some_and(|r| r.hart == hart)
            || self.waiting_task.as_ref().is_some_and(|t| t.hart == hart)
            || self
                .under_way
                .as_ref()
                .is_some_and(|work| work.job.hart() == hart)
    }

    /// Chooses what the unit is asked next: an operation, a task, or both, of different harts.
    fn choose(&mut self, s: &mut Stimulus) {
        if s.chance(self.stalls.request) || self.start.is_some() && !self.script.is_empty() {
            return;
        }
        let idle = self.under_way.is_none();
        if let Some(job) = self.script.front() {
            let free = idle && self.waiting.is_none() && self.waiting_task.is_none();
            if free && self.alive[job.hart()] {
                match self.script.pop_front() {
                    Some(Job::Request(request)) => self.waiting = Some(request),
                    Some(Job::Task(task)) => self.waiting_task = Some(task),
                    None => {}
                }
            }
            return;
        }
        if idle && self.waiting.is_none() {
            self.waiting = self.next_request(s);
        }
        if self.waiting_task.is_none() {
            let hart = s.below(u64::from(self.config.harts)) as usize;
            if self.alive[hart] && !self.is_busy(hart) {
                self.waiting_task = self.next_task(hart, s);
            }
        }
    }

    /// Offers what was chosen, and looks at what is taken.
    fn offer(&mut self, unit: &mut MemoryUnit, s: &mut Stimulus) {
        unit.req_valid.next = self.waiting.is_some();
        if let Some(r) = &self.waiting {
            unit.req_hart.next = (r.hart as u64).into();
            unit.req_op.next = (r.op as u64).into();
            unit.req_imm.next = u64::from(r.imm).into();
            unit.req_a.next = Word::from_limbs(&r.a);
            unit.req_b.next = Word::from_limbs(&r.b);
            unit.req_c.next = Word::from_limbs(&r.c);
            unit.req_gas.next = r.gas.into();
        }
        unit.task_valid.next = self.waiting_task.is_some();
        unit.task_hart.next = s.below(4).into();
        unit.task_iova.next = s.draw().into();
        if let Some(task) = &self.waiting_task {
            unit.task_hart.next = (task.hart as u64).into();
            unit.task_op.next = task.op.into();
            unit.task_iova.next = task.iova.into();
            unit.task_len.next = u64::from(task.len).into();
        }
        // What is taken depends on what else is offered in this cycle.
        let offers = self.waiting_task.is_some();
        if offers || std::mem::replace(&mut self.offered, offers) {
            assert!(simulate(unit, 200), "no fixed point");
        }
        if self.waiting_task.is_some() && unit.task_ready.val() {
            assert!(!unit.req_ready.val(), "a request goes with a task");
            let task = self.waiting_task.take().expect("a task");
            self.check_lengths(unit, task.hart);
            if task.op == TASK_FETCH {
                self.ext_iova[task.hart] = task.iova;
            }
            self.begin(Job::Task(task));
        } else if self.waiting.is_some() && unit.req_ready.val() {
            let request = self.waiting.take().expect("a request");
            self.begin(Job::Request(request));
        }
    }

    fn begin(&mut self, job: Job) {
        assert!(self.under_way.is_none(), "taken while another is under way");
        self.model.written.clear();
        let expected = match &job {
            Job::Request(request) => self.model.execute(request),
            Job::Task(task) => self.model.task(task),
        };
        self.under_way = Some(UnderWay {
            job,
            expected,
            beats: self.model.written.drain(..).collect(),
            since: self.cycle,
            answered: None,
            error: false,
            commands: 0,
        });
    }

    fn next_request(&mut self, s: &mut Stimulus) -> Option<Request> {
        let hart = s.below(u64::from(self.config.harts)) as usize;
        if !self.alive[hart] || self.is_busy(hart) || !self.after[hart].is_empty() {
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

    fn response(&mut self, unit: &mut MemoryUnit, s: &mut Stimulus) {
        let ready = !s.chance(self.stalls.response);
        unit.rsp_ready.next = ready;
        let soon = std::mem::replace(&mut self.soon, unit.rsp_soon.val());
        if !unit.rsp_valid.val() {
            assert!(!soon, "no response where one was announced");
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
        if work.answered.is_none() {
            self.announced = soon;
        }
        let answered = *work.answered.get_or_insert(cycle);
        if !ready {
            return;
        }
        let Some(work) = self.under_way.take() else {
            return;
        };
        let Job::Request(request) = work.job else {
            panic!("a task answers like a request");
        };
        assert_eq!(unit.rsp_hart.val().index(), request.hart, "rsp_hart");
        let expected = if work.error {
            Response::escalate(Escalation::BusError)
        } else {
            work.expected
        };
        compare(&request, &expected, &got);
        assert!(
            work.error || work.beats.is_empty(),
            "beats not written: {:?}",
            work.beats
        );
        assert!(self.reads.is_empty(), "answered before the read ended");
        if got.status != DONE {
            self.frame_ends(&request, &got, s);
        }
        let cycles = answered - work.since;
        self.done.push(Done {
            request,
            response: got,
            cycles,
            announced: self.announced,
            commands: work.commands,
        });
    }

    fn task_end(&mut self, unit: &MemoryUnit, s: &mut Stimulus) {
        if !unit.task_done.val() {
            return;
        }
        let work = self.under_way.take().expect("a task that ends");
        let Job::Task(task) = work.job else {
            panic!("a request ends like a task");
        };
        let expected = if work.error {
            Response::escalate(Escalation::BusError)
        } else {
            work.expected
        };
        let status = unit.task_status.val().to_u64() as u8;
        let code = unit.task_code.val().to_u64() as u8;
        assert_eq!(
            (status, code),
            (expected.status, expected.code),
            "{:?} {:?}",
            task.op,
            task.len
        );
        assert!(work.beats.is_empty(), "beats not written: {:?}", work.beats);
        assert!(self.reads.is_empty(), "done before the read ended");
        if status != DONE {
            self.alive[task.hart] = false;
            self.after[task.hart].clear();
        } else if self.script.is_empty() && s.chance(300) {
            self.model.harts[task.hart].is_static = s.bit();
        }
        let cycles = self.cycle - work.since;
        self.tasks.push(DoneTask {
            task,
            status,
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
            assert_eq!(Some(got), work.beats.pop_front(), "beat of {:?}", work.job);
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
        work.commands += 1;
        let hart = work.job.hart();
        let code = &self.model.harts[hart];
        let (iova, code) = match &work.job {
            Job::Task(task) => (task.iova, &task.bytes),
            Job::Request(r) if r.op == Op::CodeCopy => (self.code_iova[hart], &code.code),
            Job::Request(_) => (self.ext_iova[hart], &code.ext_code),
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
