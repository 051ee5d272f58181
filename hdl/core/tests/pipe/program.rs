//! Programs for the pipeline: by hand, and at random.

use crate::model::{Program, Word};
use gasworks_abi::escalation::Escalation;
use gasworks_abi::micro_op::{BSource, MICRO_OPS, MicroOp, Op, OpFlags, Unit};
use gasworks_verilog::harness::Stimulus;

/// Words on the stack at the entry of every random block.
pub const DEPTH: u8 = 8;

/// Makes images: micro-ops, then labels at code positions.
#[derive(Default)]
pub struct Builder {
    pub ops: Vec<MicroOp>,
    pub labels: Vec<(u32, u32)>,
    pub code_len: u32,
}

impl Builder {
    /// Index in the program of the next micro-op.
    pub fn here(&self) -> u32 {
        8 + self.ops.len() as u32
    }
    /// Appends.
    pub fn push(&mut self, op: MicroOp) -> &mut Self {
        self.ops.push(op);
        self
    }
    /// The image; `labels` are (code position, micro-op index), ascending.
    pub fn finish(&self, constant_base: u32, constants: &[Word], environment: &[Word]) -> Program {
        let mut words: Vec<u64> = vec![0; 8];
        words.extend(self.ops.iter().map(|op| op.bits()));
        let jump_map = words.len() as u32;
        let mut count = 0u64;
        for group in 0..self.code_len.div_ceil(32) {
            let mut bits = 0u64;
            let before = count;
            for (position, _) in self.labels.iter().filter(|label| label.0 / 32 == group) {
                bits |= 1 << (position % 32);
                count += 1;
            }
            words.push(bits | before << 32);
        }
        let jump_targets = words.len() as u32;
        for pair in self.labels.chunks(2) {
            let high = pair.get(1).map_or(0, |label| u64::from(label.1));
            words.push(u64::from(pair[0].1) | high << 32);
        }
        words[0] = words.len() as u64 | u64::from(self.code_len) << 32;
        words[1] = u64::from(constant_base) | u64::from(jump_map) << 32;
        words[2] = 0x1234_5678_9abc_0040;
        words[3] = u64::from(jump_targets);
        Program {
            words,
            constants: constants.to_vec(),
            environment: environment.to_vec(),
            code_len: self.code_len,
            jump_map,
            jump_targets,
        }
    }
}

/// `mov` of an immediate onto the stack.
pub fn push_imm(imm: u32) -> MicroOp {
    MicroOp::new(Op::Mov)
        .with_b_source(BSource::Immediate, imm)
        .with_delta(1)
}

/// Random words, often with long carries, zero or one.
pub fn words(random: &mut Stimulus, count: usize) -> Vec<Word> {
    (0..count)
        .map(|_| match random.below(6) {
            0 => [0; 4],
            1 => [u64::MAX; 4],
            2 => [random.below(3), 0, 0, 0],
            3 => [0, 0, 0, 1 << 63],
            4 => [u64::MAX, u64::MAX, random.below(2), 0],
            _ => std::array::from_fn(|_| random.draw()),
        })
        .collect()
}

/// A generator of blocks.
struct Blocks<'a> {
    random: &'a mut Stimulus,
    builder: Builder,
    depth: i32,
    count: u32,
    /// (micro-op index, block) to be filled in once the blocks have places.
    fixups: Vec<(usize, u32)>,
    positions: Vec<u32>,
    starts: Vec<u32>,
    units: u64,
}

/// What random programs contain.
#[derive(Clone, Copy)]
pub struct Mix {
    pub blocks: u32,
    /// Of 12 micro-ops, how many are unit operations.
    pub units: u64,
    pub branches: bool,
    /// Of 256 micro-ops, how many are an `enter`.
    pub enters: u64,
}

const BINARY: [Op; 10] = [
    Op::Add,
    Op::Sub,
    Op::And,
    Op::Or,
    Op::Xor,
    Op::Lt,
    Op::Gt,
    Op::Slt,
    Op::Sgt,
    Op::Eq,
];

impl Blocks<'_> {
    fn near(&mut self) -> i8 {
        let reach = self.random.below(4) * self.random.below(3);
        -1 - (reach as i32).min(self.depth - 1) as i8
    }

    fn with_b(&mut self, op: MicroOp) -> MicroOp {
        match self.random.below(8) {
            0 => op.with_b_source(BSource::Immediate, self.random.below(4) as u32),
            1 => op.with_b_source(BSource::Constant, self.random.below(16) as u32),
            2 => op.with_b_source(BSource::Environment, self.random.below(32) as u32),
            _ => op.with_b(self.near()),
        }
    }

    fn emit(&mut self, op: MicroOp) {
        self.depth += i32::from(op.delta());
        self.builder.push(op);
    }

    /// Where the result goes: on top, over the second word, or anywhere.
    fn with_d(&mut self, op: MicroOp) -> MicroOp {
        match self.random.below(3) {
            0 if self.depth < 20 => op.with_d(0).with_delta(1),
            1 if self.depth > 3 => op.with_d(-2).with_delta(-1),
            _ => op.with_d(self.near()),
        }
    }

    fn alu(&mut self) {
        let op = match self.random.below(16) {
            0..=8 => {
                let kind = BINARY[self.random.below(10) as usize];
                let op = MicroOp::new(kind).with_a(self.near());
                self.with_b(op)
            }
            9 => {
                let op = MicroOp::new(Op::Mov);
                self.with_b(op)
            }
            10 => MicroOp::new(Op::Not).with_a(self.near()),
            11 | 12 => MicroOp::new(Op::IsZero).with_a(self.near()),
            13 => {
                let (a, b) = (self.near(), self.near());
                self.emit(MicroOp::new(Op::Swap).with_a(a).with_b(b).with_d(b));
                return;
            }
            14 => {
                self.push_label();
                return;
            }
            _ if self.depth > 3 => {
                self.emit(MicroOp::new(Op::Nop).with_delta(-1));
                return;
            }
            _ => MicroOp::new(Op::Mov).with_b(-1),
        };
        let op = self.with_d(op);
        self.emit(op);
    }

    fn push_label(&mut self) -> u32 {
        let block = self.random.below(u64::from(self.count)) as u32;
        self.fixups.push((self.builder.ops.len(), block));
        let position = self.positions[block as usize] as u16;
        self.emit(MicroOp::push_label(position, 0, 0, 1));
        block
    }

    fn unit(&mut self) {
        let shared: Vec<Op> = MICRO_OPS
            .iter()
            .map(|row| row.op)
            .filter(|op| Unit::SHARED.contains(&op.unit()))
            .filter(|op| !op.info().flags.has(OpFlags::END))
            .collect();
        let kind = shared[self.random.below(shared.len() as u64) as usize];
        let flags = kind.info().flags;
        if flags.has(OpFlags::C) || kind == Op::Log {
            for pair in 0..=u32::from(kind == Op::Log) {
                let (a, b) = (self.near(), self.near());
                self.emit(MicroOp::new(Op::Arg).with_a(a).with_b(b).with_imm(pair));
            }
        }
        let how = match self.random.below(400) {
            0 => 0x71,
            1 => 0x72,
            _ => 0,
        };
        let cost = self.random.below(32) as u32;
        let mut op = MicroOp::new(kind).with_imm(how << 16 | cost);
        if flags.has(OpFlags::A) {
            op = op.with_a(self.near());
        }
        if flags.has(OpFlags::B) {
            op = op.with_b(self.near());
        }
        if flags.has(OpFlags::D) {
            op = self.with_d(op);
        }
        self.emit(op);
    }

    fn settle(&mut self, depth: i32) {
        while self.depth > depth {
            let drop = (self.depth - depth).min(16) as i8;
            self.emit(MicroOp::new(Op::Nop).with_delta(-drop));
        }
        while self.depth < depth {
            let value = self.random.below(3) as u32;
            self.emit(push_imm(value));
        }
    }

    fn block(&mut self, mix: Mix) {
        self.starts.push(self.builder.here());
        let need = self.random.below(u64::from(DEPTH) + 1) as u8;
        let need = if self.random.chance(2) { 12 } else { need };
        let growth = if self.random.chance(2) { 30 } else { 12 };
        let (instructions, gas) = (
            self.random.below(20) as u16,
            self.random.below(40) as u32 + 1,
        );
        self.builder
            .push(MicroOp::block(need, growth, instructions, gas));
        for _ in 0..self.random.below(14) {
            if self.random.below(256) < mix.enters {
                let drop = i8::from(self.depth > 3) * self.random.below(3) as i8;
                self.emit(MicroOp::new(Op::Enter).with_delta(-drop));
            }
            match self.random.below(12) {
                n if n < self.units => self.unit(),
                11 if self.units > 0 && self.random.chance(512) => {
                    let op = self.with_d(MicroOp::new(Op::Gas));
                    self.emit(op);
                }
                _ => self.alu(),
            }
        }
        if mix.branches {
            self.branch();
        } else {
            self.settle(i32::from(DEPTH));
        }
    }

    fn branch(&mut self) {
        let deep = i32::from(DEPTH);
        let block = self.random.below(u64::from(self.count)) as u32;
        let position = self.positions[block as usize];
        let wild = if self.random.chance(20) {
            self.random.draw() as u32 & 0x3fff
        } else {
            position
        };
        match self.random.below(16) {
            0..=6 => {
                self.settle(deep);
                let op = MicroOp::new(
                    [Op::Lt, Op::Eq, Op::IsZero, Op::Mov][self.random.below(4) as usize],
                );
                let (a, b) = (self.near(), self.near());
                let op = op.with_a(a).with_b(b).with_d(0).with_delta(1);
                self.emit(op);
                if self.random.bit() {
                    self.emit(MicroOp::new(Op::IsZero).with_a(-1).with_d(-1));
                }
                let taken = self.random.bit();
                self.fixups.push((self.builder.ops.len(), block));
                self.emit(
                    MicroOp::new(Op::JumpIf)
                        .with_b(-1)
                        .with_delta(-1)
                        .with_taken(taken),
                );
            }
            7 | 8 => {
                self.settle(deep);
                self.fixups.push((self.builder.ops.len(), block));
                self.emit(MicroOp::new(Op::Jump));
            }
            9 | 10 => {
                self.settle(deep);
                self.push_label();
                self.emit(MicroOp::new(Op::JumpDynamic).with_a(-1).with_delta(-1));
            }
            11 => {
                self.settle(deep);
                self.push_label();
                self.push_label();
                self.emit(MicroOp::new(Op::JumpDynamic).with_a(-2).with_delta(-2));
            }
            12 => {
                self.settle(deep);
                self.emit(push_imm(wild));
                self.emit(MicroOp::new(Op::JumpDynamic).with_a(-1).with_delta(-1));
            }
            13 => {
                self.settle(deep);
                let value = self.random.below(2) as u32;
                self.emit(push_imm(value));
                self.emit(push_imm(wild));
                let taken = self.random.bit();
                let op = MicroOp::new(Op::JumpIfDynamic)
                    .with_a(-1)
                    .with_b(-2)
                    .with_delta(-2);
                self.emit(op.with_taken(taken));
            }
            14 if self.random.chance(100) => self.end(),
            _ => self.settle(deep),
        }
    }

    fn end(&mut self) {
        let depth = i32::from(DEPTH);
        let op = match self.random.below(if self.units > 0 { 5 } else { 3 }) {
            0 => MicroOp::new(Op::Stop),
            1 => MicroOp::new(Op::Halt).with_imm(4),
            2 => MicroOp::new(Op::Escalate).with_imm(Escalation::Call as u32),
            3 => MicroOp::new(Op::Return).with_a(-1).with_b(-2),
            _ => MicroOp::new(Op::Revert).with_a(-1).with_b(-2),
        };
        self.emit(op);
        self.depth = depth;
    }
}

/// A random program; `base` is its first constant.
pub fn random(random: &mut Stimulus, mix: Mix, base: u32) -> Program {
    let constants = words(random, 16);
    let environment = words(random, 32);
    let mut position = 0;
    let positions: Vec<u32> = (0..mix.blocks)
        .map(|_| {
            position += 1 + random.below(40) as u32;
            position
        })
        .collect();
    let mut blocks = Blocks {
        random,
        builder: Builder {
            code_len: position + 5,
            ..Builder::default()
        },
        depth: 0,
        count: mix.blocks,
        fixups: Vec::new(),
        positions,
        starts: Vec::new(),
        units: mix.units,
    };
    for i in 0..DEPTH {
        let op = MicroOp::new(Op::Mov)
            .with_b_source(BSource::Constant, u32::from(i))
            .with_delta(1);
        blocks.emit(op);
    }
    for _ in 0..mix.blocks {
        blocks.block(mix);
    }
    blocks.emit(MicroOp::new(Op::Stop));
    let starts = blocks.starts.clone();
    for (at, block) in &blocks.fixups {
        let op = &mut blocks.builder.ops[*at];
        *op = op.with_imm(starts[*block as usize]);
    }
    let labels = blocks.positions.iter().copied().zip(starts).collect();
    blocks.builder.labels = labels;
    blocks.builder.finish(base, &constants, &environment)
}
