//! The sequence of [`super::Frames`]: registers of the job at hand, decisions, tasks, writes.

use super::size::Size;
use super::step::{Step, Steps, code};
use super::store::{self, ADDRESS, Beat, Frame, Place};
use super::task::{After, Task, memory, state};
use super::{Begin, Pair, drive, load, start};
use crate::circuit::{Circuit, Net, Reg};
use crate::pipe::ENTER;
use gasworks_abi::escalation::{Escalation, Status};
use gasworks_abi::gas::CODE_DEPOSIT_BYTE;
use gasworks_abi::micro_op::CallKind;
use gasworks_abi::program::ENTRY;
use gasworks_abi::ring::{Answer, RequestKind};

/// Bits of the price of code: 200 a byte.
const PRICE: usize = 40;
const _: () = assert!(CODE_DEPOSIT_BYTE == 128 + 64 + 8);
// Kinds 4 and 5 are creations, and their requests are 8 and 9.
const _: () = assert!(RequestKind::Create as u8 == 8 && RequestKind::Create2 as u8 == 9);

/// Registers of the job.
struct Job {
    hart: Reg,
    /// It enters a frame.
    enters: Reg,
    /// It reverts (else: halts or ends well).
    reverts: Reg,
    /// The frame that ends, or begins, is a creation.
    creates: Reg,
    /// The new frame is there; `start` begins it.
    fresh: Reg,
    /// The frame that ends has output.
    has_output: Reg,
    /// The host was asked for the frame that begins.
    asked: Reg,
    /// The call or creation went well.
    good: Reg,
    pc: Reg,
    sp: Reg,
    gas: Reg,
    /// Gas that comes back where no frame is entered.
    refund: Reg,
    base: Reg,
    program: Reg,
    kind: Reg,
    is_static: Reg,
    mark: Reg,
    depth: Reg,
    /// Bytes of calldata of a callee, or of output of a creation.
    len: Reg,
    price: Reg,
    /// Address that was created.
    account: Reg,
    /// Program of the frame that begins.
    callee: Reg,
    /// Flags of the answer to a creation.
    flags: Reg,
}

impl Job {
    fn new(c: &Circuit, size: &Size) -> Self {
        Self {
            hart: c.reg("hart", 2),
            enters: c.reg("enters", 1),
            reverts: c.reg("reverts", 1),
            creates: c.reg("creates", 1),
            fresh: c.reg("fresh", 1),
            has_output: c.reg("has_output", 1),
            asked: c.reg("asked", 1),
            good: c.reg("good", 1),
            pc: c.reg("pc", 24),
            sp: c.reg("sp", 12),
            gas: c.reg("gas", 64),
            refund: c.reg("refund", 64),
            base: c.reg("base", 12),
            program: c.reg("program", 32),
            kind: c.reg("kind", 3),
            is_static: c.reg("is_static", 1),
            mark: c.reg("mark", 16),
            depth: c.reg("depth", size.frames),
            len: c.reg("len", 32),
            price: c.reg("price", PRICE),
            account: c.reg("account", ADDRESS),
            callee: c.reg("callee", 32),
            flags: c.reg("flags", 8),
        }
    }
    /// The frame at hand.
    fn frame(&self) -> Frame {
        Frame {
            base: self.base.q.clone(),
            program: self.program.q.clone(),
            kind: self.kind.q.clone(),
            is_static: self.is_static.q.clone(),
            mark: self.mark.q.clone(),
        }
    }
}

/// What the hart has prepared.
struct Pending {
    kind: Net,
    account: Net,
    program: Net,
    gas: Net,
    is_precompile: Net,
    creates: Net,
    /// A frame is entered if the host does not refuse.
    has_frame: Net,
    /// The host is asked.
    asks: Net,
    delegates: Net,
    /// `DELEGATECALL` or `CALLCODE`.
    keeps_account: Net,
}

impl Pending {
    fn new(c: &Circuit) -> Self {
        let port = |name: &str, width: usize| c.port(&format!("pending_{name}"), width);
        let kind = port("kind", 3);
        let is = |other: CallKind| kind.is(other as u64);
        let creates = kind.bit(2);
        let (has_value, has_code) = (port("has_value", 1), port("has_code", 1));
        let is_precompile = port("is_precompile", 1);
        Self {
            account: port("account", ADDRESS),
            program: port("program", 32),
            gas: port("gas", 64),
            has_frame: c.wire("has_frame", &(&creates | (&has_code & !&is_precompile))),
            asks: c.wire("asks", &(&creates | &has_value | &is_precompile)),
            delegates: is(CallKind::DelegateCall),
            keeps_account: is(CallKind::DelegateCall) | is(CallKind::CallCode),
            kind,
            is_precompile,
            creates,
        }
    }
}

/// The whole of it, while it is built.
struct Sequence<'a> {
    c: &'a Circuit,
    steps: Steps,
    job: Job,
    pending: Pending,
    state: Task,
    memory: Task,
    after: After,
    /// Environment pair that was addressed.
    pair: Net,
    /// The memory unit took its task in the cycle before: the arg words are those of the hart.
    has_args: Net,
    /// What the caller keeps.
    place: Place,
    reset: Net,
}

/// Builds the block.
pub fn build(c: &Circuit, size: &Size) {
    let steps = Steps::new(c);
    let (state, memory) = (Task::new(c, "state", 4), Task::new(c, "memory", 3));
    let after = After::new(c, &steps, &[(&memory, "memory"), (&state, "state")]);
    let job = Job::new(c, size);
    let pair = c.forward("own_pair", store::PAIR);
    let depth_above = c.wire("depth_above", &job.depth.q.plus(1));
    let depth_below = c.wire("depth_below", &job.depth.q.minus(1));

    let saved = Place {
        pc: job.pc.q.clone(),
        sp: job.sp.q.clone(),
        gas: job.gas.q.clone(),
        frame: job.frame(),
    };
    let hart = job.hart.q.clone();
    let place = store::places(
        c,
        size,
        steps.at(Step::Begin),
        &saved,
        &hart,
        (&job.depth.q, &depth_below),
    );
    let s = Sequence {
        c,
        pending: Pending::new(c),
        steps,
        job,
        has_args: c.delay("has_args", &memory.taken),
        state,
        memory,
        after,
        pair,
        place,
        reset: c.port("reset", 1),
    };
    let taken = s.ends(size);
    let (running, depth) = s.starts(size);
    let decision = s.decide(&running, &depth);
    s.registers(&taken, &running, &depth, (&depth_above, &depth_below));
    s.results();
    s.walk(&taken, &decision);
    s.tasks();
    s.environment(size, &depth, (&depth_above, &depth_below));
}

impl Sequence<'_> {
    fn at(&self, step: Step) -> &Net {
        self.steps.at(step)
    }
    fn code(&self, step: Step) -> Net {
        code(self.c, step)
    }
    fn answer(&self, name: &str, width: usize) -> Net {
        self.c.port(&format!("state_task_{name}"), width)
    }
    fn is_done(&self) -> Net {
        self.answer("flags", 8)
            .bit(Answer::DONE.trailing_zeros() as usize)
    }
    fn is_named(&self) -> Net {
        self.answer("flags", 8)
            .bit(Answer::NAMED.trailing_zeros() as usize)
    }
    /// The frame that ends is a creation, whose output is code.
    fn ends_creation(&self) -> Net {
        &self.job.creates.q & !&self.job.enters.q
    }

    /// Takes ends of the pipe or passes them on; drives `over_*` and `frame_busy`. Returns whether
    /// one is taken.
    fn ends(&self, size: &Size) -> Net {
        let c = self.c;
        let (valid, hart) = (c.port("end_valid", 1), c.port("end_hart", 2));
        let status = c.port("end_status", 8);
        let nested = c.forward("is_nested", 1);
        let escalated = status.is(Status::Escalated as u64);
        let mine = c.wire("mine", &(status.is(ENTER) | (&nested & !escalated)));
        let taken = c.wire("takes", &(&valid & &mine & self.at(Step::Idle)));
        let gives_up = self.at(Step::Escalate);
        let over_ready = c.port("over_ready", 1);
        let passes = &over_ready & !gives_up;
        let or = |own: &Net, port: &str, width: usize| gives_up.mux(own, &c.port(port, width));
        drive(
            c,
            &[
                ("end_ready", &mine.mux(self.at(Step::Idle), &passes)),
                ("over_valid", &(gives_up | (&valid & !&mine))),
                ("over_hart", &gives_up.mux(&self.job.hart.q, &hart)),
                (
                    "over_status",
                    &or(&c.lit(Status::Escalated as u64, 8), "end_status", 8),
                ),
                ("over_reason", &or(self.after.reason(), "end_reason", 8)),
                ("over_gas", &or(&c.lit(0, 64), "end_gas", 64)),
            ],
        );
        self.job.hart.set_if(&taken, &hart);
        let busy = !self.at(Step::Idle);
        let bits: Vec<Net> = (0..4).map(|h| &busy & self.job.hart.q.is(h)).collect();
        let bits: Vec<&Net> = bits.iter().collect();
        c.drive_port("frame_busy", &crate::circuit::concat(&bits));
        // Harts that run a frame of depth > 0.
        let starts = c.port("start_ready", 1);
        let begins = (c.port("card_valid", 1) | self.at(Step::Start)) & &starts;
        let begun = self
            .at(Step::Start)
            .mux(&self.job.hart.q, &c.port("card_hart", 2));
        let deep = self.at(Step::Start) & self.job.depth.q.any();
        let nests: Vec<Net> = (0..size.harts)
            .map(|h| {
                let bit = c.reg(&format!("nested_{h}"), 1);
                bit.set_if(&(&begins & begun.is(h as u64)), &deep);
                bit.q
            })
            .collect();
        c.drive(&nested, &c.pick("nested", &nests, &hart));
        taken
    }

    /// Starts the pipe, for the card or for the frame at hand, and keeps what runs. Returns what runs on
    /// the hart of the job, and its depth.
    fn starts(&self, size: &Size) -> (Frame, Net) {
        let (c, job) = (self.c, &self.job);
        let own = Begin {
            valid: self.at(Step::Start).clone(),
            hart: job.hart.q.clone(),
            gas: job.gas.q.clone(),
            program: job.program.q.clone(),
            pc: job.pc.q.clone(),
            sp: job.sp.q.clone(),
            base: job.base.q.clone(),
        };
        let (starts, begin) = start(c, &own);
        let none = |width: usize| c.lit(0, width);
        let or_none = |value: &Net| own.valid.mux(value, &none(value.width()));
        // The effects so far, but for that of the call or creation itself.
        let effects = self.answer("effects", 16) - job.asked.q.resize(16);
        let frame = Frame {
            base: begin.base.clone(),
            program: begin.program.clone(),
            kind: or_none(&job.kind.q),
            is_static: or_none(&job.is_static.q),
            mark: or_none(&job.fresh.q.mux(&effects, &job.mark.q)),
        };
        let depth = or_none(&job.depth.q);
        let traced = store::traced_depth(
            c,
            size,
            &starts,
            &begin.hart,
            &depth,
            &c.port("trace_hart", 2),
        );
        c.drive_port("trace_depth", &traced.resize(11));
        store::running(c, size, &starts, &begin.hart, (&frame, &depth), &job.hart.q)
    }

    /// What follows on `Look`.
    fn decide(&self, running: &Frame, depth: &Net) -> Net {
        let (c, job, pending) = (self.c, &self.job, &self.pending);
        let ones = (1u64 << depth.width()) - 1;
        let full = c.wire("full", &(depth.is(ones) & &pending.has_frame));
        let entering = c.first(
            "look_enter",
            &[
                (&full, &self.code(Step::Escalate)),
                (&pending.asks, &self.code(Step::Payload)),
                (&pending.has_frame, &self.code(Step::Begin)),
            ],
            &self.code(Step::Plain),
        );
        let creates = running.kind.bit(2);
        let has_code = &creates & &job.has_output.q;
        let keeps = &job.has_output.q & !&creates;
        let leaving = c.first(
            "look_leave",
            &[
                (&job.reverts.q, &self.code(Step::Undo)),
                (&!&job.good.q, &self.code(Step::Fail)),
                (&has_code, &self.code(Step::Price)),
                (&keeps, &self.code(Step::Keep)),
            ],
            &self.code(Step::Forget),
        );
        job.enters.q.mux(&entering, &leaving)
    }

    /// Registers of the job, but for `gas`, `good` and what they need.
    fn registers(&self, taken: &Net, running: &Frame, depth: &Net, (above, below): (&Net, &Net)) {
        let (c, job, pending) = (self.c, &self.job, &self.pending);
        let (look, back) = (self.at(Step::Look), self.at(Step::Back));
        let fresh = self.at(Step::Fresh);
        let set = |reg: &Reg, arms: &[(&Net, &Net)]| {
            reg.set(&c.first("next", arms, &reg.q));
        };
        let status = c.port("end_status", 8);
        let is = |value: Status| status.is(value as u64);
        job.enters.set_if(taken, &status.is(ENTER));
        job.reverts.set_if(taken, &is(Status::Revert));
        let frame = &self.place.frame;
        let own_static = &job.is_static.q | pending.kind.is(CallKind::StaticCall as u64);
        let program = pending.creates.mux(&job.callee.q, &pending.program);
        let entry = c.lit(u64::from(ENTRY), 24);
        set(
            &job.pc,
            &[
                (taken, &c.port("end_pc", 24)),
                (fresh, &entry),
                (back, &self.place.pc),
            ],
        );
        set(
            &job.sp,
            &[(taken, &c.port("end_sp", 12)), (back, &self.place.sp)],
        );
        set(
            &job.base,
            &[
                (look, &running.base),
                (fresh, &job.sp.q),
                (back, &frame.base),
            ],
        );
        set(
            &job.program,
            &[
                (look, &running.program),
                (fresh, &program),
                (back, &frame.program),
            ],
        );
        set(
            &job.kind,
            &[
                (look, &running.kind),
                (fresh, &pending.kind),
                (back, &frame.kind),
            ],
        );
        set(
            &job.is_static,
            &[
                (look, &running.is_static),
                (fresh, &own_static),
                (back, &frame.is_static),
            ],
        );
        set(&job.mark, &[(look, &running.mark), (back, &frame.mark)]);
        set(&job.depth, &[(look, depth), (fresh, above), (back, below)]);
        let creates = job.enters.q.mux(&pending.creates, &running.kind.bit(2));
        job.creates.set_if(look, &creates);
        set(
            &job.fresh,
            &[(fresh, &c.lit(1, 1)), (self.at(Step::Idle), &c.lit(0, 1))],
        );
        job.has_output.set_if(taken, &is(Status::Return));
        job.asked.set_if(look, &pending.asks);
        let len = job
            .enters
            .q
            .mux(&c.port("in_range_len", 32), &c.port("return_len", 32));
        job.len.set_if(look, &len);
        let wide = job.len.q.resize(PRICE);
        let zeros = |count: usize| c.lit(0, count);
        let by_eight = zeros(3).above(&wide.bits(0, PRICE - 3));
        let by_64 = zeros(6).above(&wide.bits(0, PRICE - 6));
        let by_128 = zeros(7).above(&wide.bits(0, PRICE - 7));
        job.price.set(&(by_eight + by_64 + by_128));
        let answer = self.at(Step::Answer);
        let made = self.ends_creation() & self.at(Step::Keep);
        let value = self.answer("value", 256);
        set(
            &job.account,
            &[
                (&made, &self.pair.bits(0, ADDRESS)),
                (answer, &value.bits(0, ADDRESS)),
            ],
        );
        job.callee.set_if(answer, &self.answer("program", 32));
        job.flags.set_if(answer, &self.answer("flags", 8));
    }

    /// `gas` and whether the call or creation went well; what comes back where no frame is entered.
    fn results(&self) {
        let (c, job, pending) = (self.c, &self.job, &self.pending);
        let taken_gas = c.port("end_gas", 64);
        let idle = self.at(Step::Idle);
        let status = c.port("end_status", 8);
        let is = |value: Status| status.is(value as u64);
        let (look, answer) = (self.at(Step::Look), self.at(Step::Answer));
        let set = |reg: &Reg, arms: &[(&Net, &Net)]| {
            reg.set(&c.first("next", arms, &reg.q));
        };
        let (zero, none) = (c.lit(0, 1), c.lit(0, 64));
        let calls = &job.enters.q & answer & !&job.creates.q;
        let value = self.answer("value", 256).bits(0, 64);
        let lost = self.at(Step::Named).clone();
        set(
            &job.refund,
            &[(look, &pending.gas), (&calls, &value), (&lost, &none)],
        );
        let comes = self.steps.any(&[Step::Plain, Step::Out]);
        let back = self.at(Step::Back);
        let more = back.mux(&self.place.gas, &job.refund.q);
        let sum = c.wire("gas_sum", &(&job.gas.q + more));
        let left = c.wire("gas_paid", &(&job.gas.q - job.price.q.resize(64)));
        let adds = comes | back;
        set(
            &job.gas,
            &[
                (idle, &taken_gas),
                (&adds, &sum),
                (self.at(Step::Pay), &left),
                (self.at(Step::Fail), &none),
                (self.at(Step::Fresh), &pending.gas),
            ],
        );
        // A call is good until told otherwise; a creation when its frame has ended well.
        let ends_well = is(Status::Stop) | is(Status::Return) | status.is(ENTER);
        let refused = &job.enters.q & answer & &job.creates.q;
        let named = self.at(Step::Named);
        set(
            &job.good,
            &[
                (idle, &ends_well),
                (&calls, &self.is_done()),
                (&(refused | named), &zero),
                (self.at(Step::Fail), &zero),
            ],
        );
    }

    /// What follows on every step.
    fn walk(&self, taken: &Net, look: &Net) {
        let (c, job) = (self.c, &self.job);
        let to = |step: Step| self.code(step);
        let if_ = |when: &Net, then: Step, otherwise: Step| when.mux(&to(then), &to(otherwise));
        let done = self.is_done();
        let has_output = self.answer("len", 32).any();
        let created = if_(&done, Step::Forget, Step::Fail);
        let named = if_(&self.is_named(), Step::Wait, Step::Plain);
        let begins = &self.pending.has_frame & &done;
        let called = c.first(
            "called",
            &[(&begins, &to(Step::Begin)), (&has_output, &to(Step::Wait))],
            &to(Step::Plain),
        );
        let entered = job.creates.q.mux(&named, &called);
        let answered = job.enters.q.mux(&entered, &created);
        let made = job.flags.q.bit(Answer::DONE.trailing_zeros() as usize);
        let dry = c.wire("dry", &job.gas.q.below(&job.price.q.resize(64)));
        let paid = c.first(
            "paid",
            &[
                (&dry, &to(Step::Fail)),
                (&job.len.q.any(), &to(Step::Payload)),
            ],
            &to(Step::Forget),
        );
        let differs = c.wire("differs", &self.has_effects());
        let over = c.port("over_ready", 1);
        self.steps.go(
            c,
            &[
                (Step::Idle, if_(taken, Step::Look, Step::Idle)),
                (Step::Look, look.clone()),
                (Step::Wait, self.after.next.clone()),
                (Step::Payload, to(Step::Wait)),
                (
                    Step::Written,
                    if_(&c.port("written", 1), Step::Wait, Step::Written),
                ),
                (Step::Answer, answered),
                (Step::Named, if_(&made, Step::Begin, Step::Plain)),
                (Step::Plain, to(Step::Wait)),
                (Step::Out, to(Step::Wait)),
                (Step::Begin, to(Step::Value)),
                (Step::Value, if_(&self.has_args, Step::Fresh, Step::Value)),
                (Step::Fresh, to(Step::Wait)),
                (
                    Step::Start,
                    if_(&c.port("start_ready", 1), Step::Idle, Step::Start),
                ),
                (Step::Price, to(Step::Pay)),
                (Step::Pay, paid),
                (Step::Forget, to(Step::Wait)),
                (Step::Keep, to(Step::Wait)),
                (Step::Fail, to(Step::Wait)),
                (Step::Undo, to(Step::Wait)),
                (Step::Effects, if_(&differs, Step::Wait, Step::Back)),
                (Step::Back, to(Step::First)),
                (Step::First, to(Step::Second)),
                (Step::Second, to(Step::Wait)),
                (Step::Third, to(Step::Start)),
                (Step::Escalate, if_(&over, Step::Idle, Step::Escalate)),
            ],
            &self.reset,
        );
    }

    fn has_effects(&self) -> Net {
        !self.answer("effects", 16).equals(&self.job.mark.q)
    }

    /// Tasks that the steps hand out, and what follows on them.
    fn tasks(&self) {
        let (c, job, pending) = (self.c, &self.job, &self.pending);
        let at = |step: Step| self.at(step);
        let answered = at(Step::Answer) & &job.enters.q;
        let names = c.wire("names", &(&answered & &job.creates.q & self.is_named()));
        let no_frame = !(&pending.has_frame & self.is_done());
        let has_output = self.answer("len", 32).any();
        let fetches = c.wire(
            "fetches",
            &(&answered & !&job.creates.q & no_frame & has_output),
        );
        let asks = c.wire("asks_host", &(at(Step::Written) & c.port("written", 1)));
        let undoes = c.wire("undoes", &(at(Step::Effects) & self.has_effects()));
        let outputs = at(Step::Back) & !&job.creates.q & c.port("return_len", 32).any();
        let outputs = c.wire("outputs", &(outputs | at(Step::Out)));
        let forgets = self.steps.any(&[Step::Plain, Step::Forget, Step::Fail]);

        let request = |kind: RequestKind| c.lit(kind as u64, 4);
        let creation = c.lit(RequestKind::Create as u64, 4) | pending.kind.bit(0).resize(4);
        let entering = job.creates.q.mux(&creation, &request(RequestKind::Call));
        let kind = job.enters.q.mux(&entering, &request(RequestKind::Created));
        self.state.hand_out(
            c,
            &[
                (at(Step::Begin), &c.lit(state::PUSH, 4)),
                (at(Step::Keep), &c.lit(state::KEEP, 4)),
                (at(Step::Undo), &c.lit(state::UNDO, 4)),
                (&names, &c.lit(state::NAME, 4)),
                (&asks, &kind),
                (&undoes, &request(RequestKind::Undo)),
            ],
            &self.reset,
        );
        self.memory.hand_out(
            c,
            &[
                (at(Step::Begin), &c.lit(memory::PUSH, 3)),
                (at(Step::Keep), &c.lit(memory::KEEP, 3)),
                (at(Step::Undo), &c.lit(memory::UNDO, 3)),
                (at(Step::Payload), &c.lit(memory::PAYLOAD, 3)),
                (&fetches, &c.lit(memory::FETCH, 3)),
                (&outputs, &c.lit(memory::OUT, 3)),
                (&forgets, &c.lit(memory::FORGET, 3)),
            ],
            &self.reset,
        );
        self.after.set(
            c,
            &[
                (at(Step::Payload), &self.code(Step::Written)),
                (&asks, &self.code(Step::Answer)),
                (&names, &self.code(Step::Named)),
                (&fetches, &self.code(Step::Out)),
                (
                    &self.steps.any(&[Step::Plain, Step::Out, Step::Second]),
                    &self.code(Step::Third),
                ),
                (at(Step::Fresh), &self.code(Step::Start)),
                (at(Step::Forget), &self.code(Step::Keep)),
                (at(Step::Keep), &self.code(Step::Back)),
                (at(Step::Fail), &self.code(Step::Undo)),
                (at(Step::Undo), &self.code(Step::Effects)),
                (&undoes, &self.code(Step::Back)),
            ],
        );
        self.after.set_reason(
            c,
            &[
                (at(Step::Look), &c.lit(Escalation::FrameLimit as u64, 8)),
                (&self.state.fails, &self.answer("code", 8)),
                (&self.memory.fails, &c.port("memory_task_code", 8)),
            ],
        );
        self.fields();
    }

    /// What the tasks are about.
    fn fields(&self) {
        let (c, job, pending) = (self.c, &self.job, &self.pending);
        let (op, none) = (self.state.op(), c.lit(0, 256));
        let own_static = &job.is_static.q | pending.kind.is(CallKind::StaticCall as u64);
        let warm = job.flags.q.bit(Answer::WARM.trailing_zeros() as usize);
        let call = pending.gas.above(&pending.kind.resize(8));
        let key = c.case(
            "key",
            op,
            &[
                (state::PUSH, own_static.resize(256)),
                (state::NAME, warm.resize(256)),
                (RequestKind::Call as u64, call.resize(256)),
                (RequestKind::Create as u64, pending.gas.resize(256)),
                (RequestKind::Create2 as u64, pending.gas.resize(256)),
                (RequestKind::Created as u64, job.len.q.resize(256)),
                (RequestKind::Undo as u64, job.mark.q.resize(256)),
            ],
            &none,
        );
        let address = c.case(
            "address",
            op,
            &[
                (state::NAME, job.account.q.clone()),
                (RequestKind::Call as u64, pending.account.clone()),
            ],
            &self.pair.bits(0, ADDRESS),
        );
        let topics = job.enters.q.clone();
        let data = &job.creates.q | &pending.is_precompile;
        let flags = c.case(
            "len",
            self.memory.op(),
            &[
                (memory::PUSH, pending.creates.resize(32)),
                (memory::PAYLOAD, topics.above(&data).resize(32)),
                (memory::FETCH, self.answer("len", 32)),
            ],
            &c.lit(0, 32),
        );
        let index = pending.creates.mux(&c.lit(0, 2), &c.lit(1, 2));
        // Before the task is taken the memory unit may write the log of another hart.
        let reads = self.at(Step::Value) & &self.has_args;
        drive(
            c,
            &[
                ("task_hart", &job.hart.q),
                ("state_task_key", &key),
                ("state_task_address", &address),
                ("memory_task_taken", &self.memory.taken),
                ("memory_task_iova", &self.answer("iova", 64)),
                ("memory_task_len", &flags),
                (
                    "arg_index",
                    &reads.mux(&index, &c.port("memory_arg_index", 2)),
                ),
            ],
        );
    }

    /// The load port: what `frames` writes, and what it keeps of that and of the card's beats.
    fn environment(&self, size: &Size, depth: &Net, (above, below): (&Net, &Net)) {
        let (c, job, pending) = (self.c, &self.job, &self.pending);
        let at = |step: Step| self.at(step);
        let own = self.pair.bits(0, ADDRESS);
        let of_caller = self.pair.bits(ADDRESS, ADDRESS);
        let called = pending.creates.mux(&job.account.q, &pending.account);
        let address = pending.keeps_account.mux(&own, &called);
        let caller = pending.delegates.mux(&of_caller, &own);
        let value = pending
            .delegates
            .mux(&self.pair.bits(0, 256), &c.port("arg_value", 256));
        let calldata = pending.creates.mux(&c.lit(0, 32), &job.len.q);
        let is_address = &job.good.q & self.ends_creation();
        let result = is_address.mux(&job.account.q.resize(256), &job.good.q.resize(256));
        let beat = |low: &Net, high: &Net| low.resize(256).above(&high.resize(256));
        let data = c.first(
            "environment_data",
            &[
                (at(Step::Begin), &beat(&address, &caller)),
                (at(Step::Value), &beat(&value, &calldata)),
                (at(Step::Fresh), &c.lit(0, 512)),
                (at(Step::First), &beat(&own, &of_caller)),
                (
                    at(Step::Second),
                    &beat(&self.pair.bits(0, 256), &self.pair.bits(256, 32)),
                ),
            ],
            &beat(&c.port("return_len", 32), &result),
        );
        let pair = c.first(
            "environment_pair",
            &[
                (&self.steps.any(&[Step::Begin, Step::First]), &c.lit(0, 32)),
                (&self.steps.any(&[Step::Value, Step::Second]), &c.lit(1, 32)),
            ],
            &c.lit(2, 32),
        );
        let always = [
            Step::Begin,
            Step::Fresh,
            Step::First,
            Step::Second,
            Step::Third,
        ];
        let writes = self.steps.any(&always) | (at(Step::Value) & &self.has_args);
        let writes = c.wire("writes_environment", &writes);
        let own = Pair {
            valid: writes.clone(),
            hart: job.hart.q.clone(),
            address: pair,
            data,
        };
        let (taken, target, seen) = load(c, &own);
        // A callee is one deeper until `Fresh`; a caller that goes on is the frame at hand.
        let begins = self.steps.any(&[Step::Begin, Step::Value]);
        let own_frame = begins.mux(above, &job.depth.q);
        let frame = writes.mux(&own_frame, &c.lit(0, size.frames));
        let kept = target.is(super::ENVIRONMENT) & !seen.address.bits(1, 31).any();
        let odd_next = self.steps.any(&[Step::Begin, Step::Value, Step::First]);
        let from = c.first(
            "read_frame",
            &[(at(Step::Look), depth), (at(Step::Back), below)],
            &job.depth.q,
        );
        let pair = store::environment(
            c,
            size,
            &Beat {
                valid: c.wire("keeps_environment", &(&taken & &kept)),
                hart: &seen.hart,
                frame: &c.wire("kept_frame", &frame),
                odd: &seen.address.bit(0),
                data: &seen.data,
            },
            &job.hart.q,
            (&from, &c.wire("read_odd", &odd_next)),
        );
        c.drive(&self.pair, &pair);
    }
}
