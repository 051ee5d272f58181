//! A card in software that consumes the rings: harts are threads, the wires are channels.
#![allow(dead_code)]

pub mod iss;

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alloy_primitives::{Address, U256};
use bytemuck::Zeroable;
use gasworks_abi::config::Config;
use gasworks_abi::fork::Fork;
use gasworks_abi::program::{ENTRY, ProgramHeader};
use gasworks_abi::record::{BEAT, LogHeader};
use gasworks_abi::regs::{self, Readable, Writable};
use gasworks_abi::ring::{Answer, Completion, LoadDescriptor, Request, TxDescriptor};
use gasworks_driver::{Arena, DeviceError, Iova, Transport, decode, encode};

/// Code store and constant store of the card.
pub struct Store {
    lines: Vec<[u64; 8]>,
    constants: Vec<[u8; 32]>,
}

/// A program as it lies in the stores.
pub struct Resident {
    pub words: Vec<u64>,
    pub constants: Vec<[u8; 32]>,
    pub header: ProgramHeader,
}

/// A transaction on a hart.
pub struct Job {
    pub descriptor: TxDescriptor,
    pub arena: Arena,
    pub store: Arc<Mutex<Store>>,
}

impl Job {
    /// The program with a handle, which must have been loaded.
    pub fn program(&self, handle: u32) -> Resident {
        let store = self.store.lock().unwrap();
        let first = handle as usize;
        let line = store.lines[first];
        let mut header = ProgramHeader::zeroed();
        bytemuck::bytes_of_mut(&mut header).copy_from_slice(&decode::bytes_of(&line));
        let lines = (header.word_count as usize).div_ceil(8);
        assert!(
            header.word_count > ENTRY && first + lines <= store.lines.len(),
            "not resident"
        );
        Resident {
            words: store.lines[first..first + lines].as_flattened().to_vec(),
            constants: store.constants[header.constant_base as usize..].to_vec(),
            header,
        }
    }

    /// Bytecode of a program, as `CODECOPY` reads it.
    pub fn code(&self, program: &Resident) -> Vec<u8> {
        let len = program.header.code_len as usize;
        self.arena
            .read(Iova(program.header.code_iova), len)
            .unwrap()
    }

    /// Writes a payload behind the result record: a log of `account`.
    pub fn write_payload(&self, account: Address, topics: &[U256], data: &[u8]) {
        let mut head = LogHeader::zeroed();
        head.topic_count = topics.len() as u32;
        head.data_len = data.len() as u32;
        head.address = encode::address(account);
        let mut bytes = bytemuck::bytes_of(&head).to_vec();
        for topic in topics {
            bytes.extend(topic.to_le_bytes::<32>());
        }
        bytes.resize(bytes.len().next_multiple_of(BEAT), 0);
        bytes.extend(data);
        self.arena.write(self.payload_at(), &bytes).unwrap();
    }

    /// First byte of the payload buffer.
    pub fn payload_at(&self) -> Iova {
        Iova(self.descriptor.result_iova + u64::from(self.descriptor.result_len))
    }
}

/// What a hart does with a job; the second argument asks the host.
pub type Behaviour =
    Arc<dyn Fn(&Job, &mut dyn FnMut(Request) -> Answer) -> Completion + Send + Sync>;

enum Message {
    Ask(u16, Request),
    End(u16, Completion),
}

/// What was fetched and not yet started; strictly in order, as on the RTL.
enum Submission {
    Execute(TxDescriptor),
    Load(LoadDescriptor),
}

struct Hart {
    is_busy: bool,
    sequence: u8,
    answers: Option<Sender<Answer>>,
}

/// The card.
pub struct FakeCard {
    arena: Arena,
    registers: Vec<u32>,
    config: Config,
    behaviour: Behaviour,
    store: Arc<Mutex<Store>>,
    backlog: VecDeque<Submission>,
    harts: Vec<Hart>,
    send: Sender<Message>,
    receive: Receiver<Message>,
    held: VecDeque<Request>,
    /// Swallows every completion: the card hangs.
    pub is_stuck: bool,
}

impl FakeCard {
    pub fn new(config: Config, arena_len: usize, behaviour: Behaviour) -> Self {
        let (send, receive) = channel();
        let harts = (0..config.total_harts()).map(|_| Hart {
            is_busy: false,
            sequence: 0,
            answers: None,
        });
        let mut card = Self {
            arena: Arena::new(arena_len, Iova(0x3_0000_0000)).unwrap(),
            registers: vec![0; regs::BAR0_LEN / 4],
            store: Arc::new(Mutex::new(Store {
                lines: vec![[0xdead; 8]; 1 << config.code_lines_log2],
                constants: vec![[0xee; 32]; config.constants() as usize],
            })),
            behaviour,
            backlog: VecDeque::new(),
            harts: harts.collect(),
            send,
            receive,
            held: VecDeque::new(),
            is_stuck: false,
            config,
        };
        for row in regs::REGISTERS {
            card.registers[row.offset as usize / 4] = row.reset;
        }
        card.set::<regs::Lanes>(config.lanes);
        card.set::<regs::HartsPerLane>(config.harts);
        card.set::<regs::StackWords>(config.stack_words());
        card.set::<regs::MemoryBytes>(config.memory_bytes());
        card.set::<regs::CalldataBytes>(config.calldata_bytes());
        card.set::<regs::CodeLines>(1 << config.code_lines_log2);
        card.set::<regs::Constants>(config.constants());
        card.set::<regs::StateEntries>(config.state_entries());
        card.set::<regs::Slices>(config.slices);
        card.set::<regs::Frames>(config.frames());
        card.set::<regs::ReturnBytes>(config.return_bytes());
        card.set::<regs::JournalEntries>(config.journal_entries());
        card
    }

    pub fn set<R: Readable>(&mut self, value: u32) {
        self.registers[R::INFO.offset as usize / 4] = value;
    }
    pub fn get<R: Readable>(&self) -> u32 {
        self.registers[R::INFO.offset as usize / 4]
    }

    fn base<Low: Readable, High: Readable>(&self) -> u64 {
        u64::from(self.get::<High>()) << 32 | u64::from(self.get::<Low>())
    }

    /// Fetches every new submission and checks its phase.
    fn fetch(&mut self) {
        let log2 = self.get::<regs::SqSizeLog2>();
        let base = self.base::<regs::SqBaseLow, regs::SqBaseHigh>();
        let mut head = self.get::<regs::SqHead>() as u16;
        while head != self.get::<regs::SqTail>() as u16 {
            let slot = u64::from(head) & ((1 << log2) - 1);
            let entry = self.arena.read_beat(Iova(base + 64 * slot)).unwrap();
            assert_eq!(entry[7] >> 56 & 1, u64::from(head >> log2 & 1 ^ 1), "phase");
            let bytes = decode::bytes_of(&entry);
            let submission = match bytes[6] {
                0 => Submission::Execute(bytemuck::pod_read_unaligned(&bytes)),
                _ => Submission::Load(bytemuck::pod_read_unaligned(&bytes)),
            };
            self.backlog.push_back(submission);
            head = head.wrapping_add(1);
            self.set::<regs::SqHead>(head.into());
        }
    }

    fn load(&mut self, load: &LoadDescriptor) {
        let mut store = self.store.lock().unwrap();
        for index in 0..load.line_count {
            let iova = Iova(load.image_iova + 64 * u64::from(index));
            store.lines[(load.line + index) as usize] = self.arena.read_beat(iova).unwrap();
        }
        let len = load.constant_count as usize * 32;
        let bytes = self.arena.read(Iova(load.constants_iova), len).unwrap();
        for (index, constant) in bytes.chunks_exact(32).enumerate() {
            store.constants[load.constant_base as usize + index].copy_from_slice(constant);
        }
        drop(store);
        let mut completion = Completion::zeroed();
        completion.tag = load.tag;
        completion.kind = load.kind;
        self.complete(completion);
    }

    /// Takes the next submission if it can: a load, or a transaction for a free hart.
    fn start(&mut self) -> bool {
        let free = self.harts.iter().position(|hart| !hart.is_busy);
        let (descriptor, free) = match (self.backlog.pop_front(), free) {
            (None, _) => return false,
            (Some(Submission::Load(load)), _) => {
                self.load(&load);
                return true;
            }
            (Some(submission), None) => {
                self.backlog.push_front(submission);
                return false;
            }
            (Some(Submission::Execute(descriptor)), Some(free)) => (descriptor, free),
        };
        let job = Job {
            descriptor,
            arena: self.arena.clone(),
            store: self.store.clone(),
        };
        let hart = free as u16;
        let (answer_to, answers) = channel();
        self.harts[free].is_busy = true;
        self.harts[free].answers = Some(answer_to);
        let (send, behaviour) = (self.send.clone(), self.behaviour.clone());
        std::thread::spawn(move || {
            let mut completion = behaviour(&job, &mut |request| {
                send.send(Message::Ask(hart, request)).ok();
                answers.recv().unwrap_or(Answer::zeroed())
            });
            completion.tag = job.descriptor.tag;
            completion.incarnation = job.descriptor.incarnation;
            completion.hart = hart;
            send.send(Message::End(hart, completion)).ok();
        });
        true
    }

    fn complete(&mut self, mut completion: Completion) {
        if self.is_stuck {
            return;
        }
        let tail = self.get::<regs::CqTail>() as u16;
        let log2 = self.get::<regs::CqSizeLog2>();
        let used = tail.wrapping_sub(self.get::<regs::CqHead>() as u16);
        assert!(used < 1 << log2, "the completion ring overflows");
        completion.phase = (tail >> log2 & 1 ^ 1) as u8;
        let base = self.base::<regs::CqBaseLow, regs::CqBaseHigh>();
        let slot = u64::from(tail) & ((1 << log2) - 1);
        let words = encode::words_of(&completion);
        self.arena
            .write_beat(Iova(base + 64 * slot), words)
            .unwrap();
        self.set::<regs::CqTail>(tail.wrapping_add(1).into());
    }

    fn ask(&mut self, mut request: Request) -> bool {
        let tail = self.get::<regs::RqTail>() as u16;
        let log2 = self.get::<regs::RqSizeLog2>();
        let used = tail.wrapping_sub(self.get::<regs::RqHead>() as u16);
        if used >= 1 << log2 {
            self.held.push_back(request);
            return false;
        }
        request.phase = (tail >> log2 & 1 ^ 1) as u8;
        let base = self.base::<regs::RqBaseLow, regs::RqBaseHigh>();
        let slot = u64::from(tail) & ((1 << log2) - 1);
        let words = encode::words_of(&request);
        self.arena
            .write_beat(Iova(base + 64 * slot), words)
            .unwrap();
        self.set::<regs::RqTail>(tail.wrapping_add(1).into());
        true
    }

    /// Delivers every new answer, checking phase and sequence.
    fn deliver(&mut self) {
        let log2 = self.get::<regs::AqSizeLog2>();
        let base = self.base::<regs::AqBaseLow, regs::AqBaseHigh>();
        let mut head = self.get::<regs::AqHead>() as u16;
        while head != self.get::<regs::AqTail>() as u16 {
            let slot = u64::from(head) & ((1 << log2) - 1);
            let entry = self.arena.read_beat(Iova(base + 64 * slot)).unwrap();
            assert_eq!(entry[7] >> 56 & 1, u64::from(head >> log2 & 1 ^ 1), "phase");
            let answer: Answer = bytemuck::pod_read_unaligned(&decode::bytes_of(&entry));
            let hart = &mut self.harts[answer.hart as usize];
            assert_eq!(
                answer.sequence, hart.sequence,
                "answers come once, in order"
            );
            hart.sequence = hart.sequence.wrapping_add(1);
            hart.answers.as_ref().unwrap().send(answer).ok();
            head = head.wrapping_add(1);
            self.set::<regs::AqHead>(head.into());
        }
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Ask(hart, mut request) => {
                request.hart = hart;
                request.sequence = self.harts[hart as usize].sequence;
                self.ask(request);
            }
            Message::End(hart, completion) => {
                self.harts[hart as usize].is_busy = false;
                self.harts[hart as usize].answers = None;
                self.complete(completion);
            }
        }
    }

    fn reset(&mut self) {
        let (send, receive) = channel();
        (self.send, self.receive) = (send, receive);
        self.backlog.clear();
        self.held.clear();
        for hart in &mut self.harts {
            *hart = Hart {
                is_busy: false,
                sequence: 0,
                answers: None,
            };
        }
        self.set::<regs::SqHead>(0);
        self.set::<regs::CqTail>(0);
        self.set::<regs::RqTail>(0);
        self.set::<regs::AqHead>(0);
    }
}

impl Transport for FakeCard {
    fn name(&self) -> &'static str {
        "fake"
    }
    fn read_register(&mut self, offset: u16) -> Result<u32, DeviceError> {
        Ok(self.registers[offset as usize / 4])
    }
    fn write_register(&mut self, offset: u16, value: u32) -> Result<(), DeviceError> {
        let is = |info: regs::RegInfo| info.offset == offset;
        if is(<regs::Control as Writable>::INFO) && value & 2 != 0 {
            self.reset();
            return Ok(());
        }
        self.registers[offset as usize / 4] = match offset {
            _ if is(<regs::IrqStatus as Writable>::INFO) => 0,
            _ if is(<regs::FaultStatus as Writable>::INFO) => 0,
            _ => value,
        };
        if is(<regs::SqTail as Writable>::INFO) {
            self.fetch();
        } else if is(<regs::AqTail as Writable>::INFO) {
            self.deliver();
        } else if is(<regs::RqHead as Writable>::INFO) {
            while let Some(request) = self.held.pop_front() {
                if !self.ask(request) {
                    break;
                }
            }
        }
        Ok(())
    }
    fn arena(&self) -> &Arena {
        &self.arena
    }
    fn wait(&mut self, limit_us: u64) -> Result<u64, DeviceError> {
        // One at a time: whoever does not wait for a load finds the store without it.
        if self.start() {
            return Ok(1);
        }
        let limit = Duration::from_millis(if self.is_stuck { 1 } else { 2000 });
        match self.receive.recv_timeout(limit) {
            Ok(message) => {
                self.handle(message);
                Ok(1)
            }
            Err(_) => Ok(limit_us),
        }
    }
}

/// A fork from a descriptor.
pub fn fork(descriptor: &TxDescriptor) -> Fork {
    Fork::from_u8(descriptor.fork).unwrap()
}
