//! What the pipeline must do, without its timing: `docs/src/machine.md` in a page.

use gasworks_abi::escalation::{Escalation, Halt, Status};
use gasworks_abi::micro_op::{BSource, MicroOp, Op, OpFlags, Unit};
use gasworks_hdl::pipe::ENTER;

/// A 256-bit word, least significant limb first.
pub type Word = [u64; 4];

/// One program image with its constants and environment.
#[derive(Clone, Default)]
pub struct Program {
    pub words: Vec<u64>,
    pub constants: Vec<Word>,
    pub environment: Vec<Word>,
    pub code_len: u32,
    pub jump_map: u32,
    pub jump_targets: u32,
}

/// A retired micro-op.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    pub pc: u32,
    pub op: u64,
    pub a: Word,
    pub b: Word,
    pub gas: u64,
    pub sp: u32,
}

/// The end of a run: of a frame, or by `enter`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    pub status: u8,
    pub reason: u8,
    pub gas: u64,
    pub instructions: u32,
    pub micro_ops: u32,
}

/// From a start to an end.
#[derive(Default)]
pub struct Run {
    pub trace: Vec<Traced>,
    /// Unit operations: code and gas before.
    pub units: Vec<(u8, u64)>,
    pub end: Option<End>,
}

/// A transaction.
#[derive(Default)]
pub struct Whole {
    pub runs: Vec<Run>,
    pub args: Vec<[Word; 4]>,
}

/// Where a caller goes on.
struct Place {
    pc: u32,
    sp: u32,
    base: u32,
    gas: u64,
}

fn add(a: Word, b: Word, mut carry: bool) -> (Word, bool) {
    let mut sum = [0; 4];
    for i in 0..4 {
        let (s, c1) = a[i].overflowing_add(b[i]);
        let (s, c2) = s.overflowing_add(u64::from(carry));
        sum[i] = s;
        carry = c1 | c2;
    }
    (sum, carry)
}

fn not(a: Word) -> Word {
    a.map(|limb| !limb)
}

fn zip(a: Word, b: Word, f: impl Fn(u64, u64) -> u64) -> Word {
    std::array::from_fn(|i| f(a[i], b[i]))
}

fn below(a: Word, b: Word) -> bool {
    !add(a, not(b), true).1
}

fn signed_below(a: Word, b: Word) -> bool {
    let flip = |mut w: Word| {
        w[3] ^= 1 << 63;
        w
    };
    below(flip(a), flip(b))
}

fn boolean(value: bool) -> Word {
    [u64::from(value), 0, 0, 0]
}

/// What the stub units of `bench.cpp` answer.
pub fn unit_value(op: Op, a: Word, b: Word, c: Word) -> Word {
    let word = |w: Word, i: usize| (w[i / 2] >> (32 * (i % 2))) as u32;
    let value = |i: usize| {
        (word(a, i)
            .wrapping_mul(3)
            .wrapping_add(word(b, i).wrapping_mul(5)))
            ^ word(c, i).wrapping_add(op as u32)
    };
    std::array::from_fn(|i| u64::from(value(2 * i)) | u64::from(value(2 * i + 1)) << 32)
}

/// The state of a hart.
struct Hart<'a> {
    program: &'a Program,
    environment: Vec<Word>,
    stack_words: u32,
    window: Vec<Word>,
    args: [Word; 4],
    sp: u32,
    base: u32,
    pc: u32,
    gas: u64,
    instructions: u32,
    micro_ops: u32,
    callers: Vec<Place>,
    over: bool,
    run: Run,
    whole: Whole,
}

/// What a micro-op does to the frame.
enum Next {
    Go,
    To(u32),
    End(Status, u8),
    Enter,
}

impl Hart<'_> {
    fn slot(&self, offset: i8) -> usize {
        (i64::from(self.sp) + i64::from(offset)).rem_euclid(i64::from(self.stack_words)) as usize
    }

    fn b(&self, op: MicroOp) -> Word {
        match op.b_source() {
            BSource::Window => self.window[self.slot(op.b())],
            BSource::Immediate => [u64::from(op.imm()), 0, 0, 0],
            BSource::Constant => self.program.constants[op.imm() as usize],
            BSource::Environment => self.environment[op.imm() as usize],
        }
    }

    fn target(&self, a: Word) -> Option<u32> {
        let program = self.program;
        if a[1] | a[2] | a[3] != 0 || a[0] >= u64::from(program.code_len) {
            return None;
        }
        let entry = program.words[program.jump_map as usize + a[0] as usize / 32];
        let bit = a[0] % 32;
        if entry >> bit & 1 == 0 {
            return None;
        }
        let before = (entry & ((1 << bit) - 1)).count_ones();
        let ordinal = (entry >> 32) as usize + before as usize;
        let pair = program.words[program.jump_targets as usize + ordinal / 2];
        Some((pair >> (32 * (ordinal % 2))) as u32)
    }

    fn block(&mut self, op: MicroOp) -> Next {
        let depth = self.sp - self.base;
        if depth < u32::from(op.block_need()) {
            return Next::End(Status::Halt, Halt::StackUnderflow as u8);
        }
        if depth + u32::from(op.block_growth()) > 1024 {
            return Next::End(Status::Halt, Halt::StackOverflow as u8);
        }
        if self.sp + u32::from(op.block_growth()) > self.stack_words {
            return Next::End(Status::Escalated, Escalation::StackLimit as u8);
        }
        if self.gas < u64::from(op.imm()) {
            return Next::End(Status::Halt, Halt::OutOfGas as u8);
        }
        self.gas -= u64::from(op.imm());
        self.instructions += u32::from(op.block_instructions());
        Next::Go
    }

    fn alu(&mut self, op: MicroOp, kind: Op, a: Word, b: Word) {
        let value = match kind {
            Op::Mov => b,
            Op::Add => add(a, b, false).0,
            Op::Sub => add(a, not(b), true).0,
            Op::And => zip(a, b, |x, y| x & y),
            Op::Or => zip(a, b, |x, y| x | y),
            Op::Xor => zip(a, b, |x, y| x ^ y),
            Op::Not => not(a),
            Op::Lt => boolean(below(a, b)),
            Op::Gt => boolean(below(b, a)),
            Op::Slt => boolean(signed_below(a, b)),
            Op::Sgt => boolean(signed_below(b, a)),
            Op::Eq => boolean(a == b),
            Op::IsZero => boolean(a == [0; 4]),
            Op::PushLabel => [u64::from(op.label()), 0, 0, 0],
            Op::Swap => {
                let (slot_a, slot_b) = (self.slot(op.a()), self.slot(op.b()));
                self.window.swap(slot_a, slot_b);
                return;
            }
            _ => return,
        };
        let slot = self.slot(op.d());
        self.window[slot] = value;
    }

    fn unit(&mut self, op: MicroOp, kind: Op, a: Word, b: Word) -> Next {
        let flags = kind.info().flags;
        self.run.units.push((kind as u8, self.gas));
        if kind == Op::Log {
            self.whole.args.push(self.args);
        }
        match op.imm() >> 16 {
            0x71 => return Next::End(Status::Halt, 5),
            0x72 => return Next::End(Status::Escalated, 0x11),
            _ => {}
        }
        let cost = u64::from(op.imm() & 31);
        if cost > self.gas {
            return Next::End(Status::Halt, Halt::OutOfGas as u8);
        }
        self.gas -= cost;
        match kind {
            Op::Return => return Next::End(Status::Return, 0),
            Op::Revert => return Next::End(Status::Revert, 0),
            _ => {}
        }
        if flags.has(OpFlags::D) {
            let c = if flags.has(OpFlags::C) {
                self.args[0]
            } else {
                [0; 4]
            };
            let slot = self.slot(op.d());
            self.window[slot] = unit_value(kind, a, b, c);
        }
        Next::Go
    }

    fn execute(&mut self, op: MicroOp, kind: Op, a: Word, b: Word) -> Next {
        let invalid = Next::End(Status::Halt, Halt::InvalidJump as u8);
        let jump = |target: Option<u32>| target.map_or(invalid, Next::To);
        match kind {
            Op::Block => self.block(op),
            Op::Jump => Next::To(op.imm()),
            Op::JumpIf if b != [0; 4] => Next::To(op.imm()),
            Op::JumpDynamic => jump(self.target(a)),
            Op::JumpIfDynamic if b != [0; 4] => jump(self.target(a)),
            Op::Arg => {
                self.args[2 * op.imm() as usize] = a;
                self.args[2 * op.imm() as usize + 1] = b;
                Next::Go
            }
            Op::Stop => Next::End(Status::Stop, 0),
            Op::Halt => Next::End(Status::Halt, op.imm() as u8),
            Op::Enter => Next::Enter,
            Op::Escalate => Next::End(Status::Escalated, op.imm() as u8),
            Op::Gas => {
                let slot = self.slot(op.d());
                self.window[slot] = [self.gas, 0, 0, 0];
                Next::Go
            }
            _ if Unit::SHARED.contains(&kind.unit()) => self.unit(op, kind, a, b),
            _ => {
                self.alu(op, kind, a, b);
                Next::Go
            }
        }
    }

    fn step(&mut self) {
        let op = MicroOp::from_bits(self.program.words[self.pc as usize]);
        let kind = op.op().expect("a micro-op");
        let flags = kind.info().flags;
        let read = |wanted: bool, value: Word| if wanted { value } else { [0; 4] };
        let a = read(flags.has(OpFlags::A), self.window[self.slot(op.a())]);
        let b = read(flags.has(OpFlags::B), self.b(op));
        let (pc, gas, sp) = (self.pc, self.gas, self.sp - self.base);
        self.micro_ops += 1;
        self.run.trace.push(Traced {
            pc,
            op: op.bits(),
            a,
            b,
            gas,
            sp,
        });
        let next = self.execute(op, kind, a, b);
        if kind != Op::Block {
            self.sp = (self.sp as i32 + i32::from(op.delta())) as u32;
        }
        match next {
            Next::Go => self.pc += 1,
            Next::To(target) => self.pc = target,
            Next::End(status, reason) => {
                let gas = if status == Status::Halt { 0 } else { self.gas };
                self.end(status as u8, reason, gas);
                if status == Status::Escalated {
                    self.callers.clear();
                }
                self.leave(gas);
            }
            Next::Enter => {
                self.pc += 1;
                self.end(ENTER as u8, 0, self.gas);
                self.enter();
            }
        }
    }

    fn end(&mut self, status: u8, reason: u8, gas: u64) {
        self.run.end = Some(End {
            status,
            reason,
            gas,
            instructions: self.instructions,
            micro_ops: self.micro_ops,
        });
        self.whole.runs.push(std::mem::take(&mut self.run));
    }

    /// What `bench.cpp` does at `enter`.
    fn enter(&mut self) {
        let (gas, sp) = (self.gas, self.sp);
        if gas % 2 == 1 && self.callers.len() < 3 {
            self.callers.push(Place {
                pc: self.pc,
                sp,
                base: self.base,
                gas: gas - gas / 2,
            });
            let pc = gasworks_abi::program::ENTRY;
            let gas = gas / 2;
            self.go(&Place {
                pc,
                sp,
                base: sp,
                gas,
            });
        } else {
            let (pc, base) = (self.pc, self.base);
            self.go(&Place { pc, sp, base, gas });
        }
    }

    /// What it does at the end of a frame.
    fn leave(&mut self, gas: u64) {
        if let Some(mut place) = self.callers.pop() {
            place.gas += gas;
            self.go(&place);
        } else {
            self.over = true;
        }
    }

    fn go(&mut self, place: &Place) {
        (self.pc, self.sp) = (place.pc, place.sp);
        (self.base, self.gas) = (place.base, place.gas);
        if self.environment.len() > 5 {
            self.environment[4] = [place.gas & 0xffff_ffff, 0, 0, 0];
            self.environment[5] = [u64::from(place.pc), 0, 0, 0];
        }
    }
}

/// Runs a program to its end.
pub fn run(program: &Program, stack_words: u32, gas: u64, limit: usize) -> Whole {
    let mut hart = Hart {
        program,
        environment: program.environment.clone(),
        stack_words,
        window: vec![[0; 4]; stack_words as usize],
        args: [[0; 4]; 4],
        sp: 0,
        base: 0,
        pc: gasworks_abi::program::ENTRY,
        gas,
        instructions: 0,
        micro_ops: 0,
        callers: Vec::new(),
        over: false,
        run: Run::default(),
        whole: Whole::default(),
    };
    while !hart.over && hart.micro_ops < limit as u32 {
        hart.step();
    }
    hart.whole
}
