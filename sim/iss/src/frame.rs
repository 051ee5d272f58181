//! Frames: what one is, how a callee begins, and how a frame ends (machine.md "Frames").

use std::sync::Arc;

use alloy_primitives::{Bytes, U256};
use gasworks_abi::env::EnvWord;
use gasworks_abi::escalation::{Escalation, Halt, Status};
use gasworks_abi::gas::CODE_DEPOSIT_BYTE;
use gasworks_abi::program::ENTRY;
use gasworks_abi::record::TouchedBeat;
use gasworks_abi::ring::{self, RequestKind};

use crate::hart::End;
use crate::memory::Memory;
use crate::{Hart, Host, Image, Outcome, Request};

/// Environment words that belong to a frame and that a callee does not change.
pub(crate) const FRAME_WORDS: usize = 4;

/// What a frame was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The transaction.
    Transaction,
    /// A call.
    Call,
    /// A creation: its output is code.
    Creation,
}

/// A range of a frame's memory.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Range {
    pub(crate) offset: usize,
    pub(crate) len: usize,
}

/// How far everything was that a frame that fails takes back.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Marks {
    pub(crate) journal: usize,
    pub(crate) refund: i64,
    pub(crate) room_beats: u64,
    pub(crate) log_beats: u32,
    pub(crate) logs: usize,
    pub(crate) effects: u16,
}

/// A frame. `pc`, `gas` and `words` are those of a caller that waits; of the running frame the hart
/// has them.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) image: Arc<Image>,
    pub(crate) purpose: Purpose,
    pub(crate) is_static: bool,
    /// Words of the window below the frame.
    pub(crate) base: u32,
    pub(crate) memory: Memory,
    pub(crate) calldata: Bytes,
    pub(crate) in_range: Range,
    pub(crate) out_range: Range,
    pub(crate) marks: Marks,
    pub(crate) pc: u32,
    pub(crate) gas: u64,
    pub(crate) words: [U256; FRAME_WORDS],
}

/// What a callee begins with.
#[derive(Debug)]
pub(crate) struct Callee {
    pub(crate) image: Arc<Image>,
    pub(crate) purpose: Purpose,
    pub(crate) is_static: bool,
    pub(crate) gas: u64,
    pub(crate) calldata: Bytes,
    /// Address, caller, value.
    pub(crate) words: [U256; 3],
    /// Mark of effects.
    pub(crate) effects: u16,
}

impl Hart {
    /// Number of the running frame.
    pub(crate) fn depth(&self) -> usize {
        self.callers.len()
    }

    /// Refuses another frame where there is none left.
    pub(crate) fn need_frame(&self) -> Result<(), End> {
        if self.depth() + 1 < self.frame_limit {
            Ok(())
        } else {
            Err(Escalation::FrameLimit.into())
        }
    }

    fn marks(&self, effects: u16) -> Marks {
        Marks {
            journal: self.journal.len(),
            refund: self.refund,
            room_beats: self.room_beats,
            log_beats: self.log_beats,
            logs: self.logs.len(),
            effects,
        }
    }

    /// Begins a frame whose window starts at `base`; the next `pc`.
    pub(crate) fn begin(&mut self, callee: Callee, base: u32) -> u32 {
        let [address, caller, value] = callee.words;
        let size = U256::from(callee.calldata.len());
        let frame = Frame {
            image: callee.image,
            purpose: callee.purpose,
            is_static: callee.is_static,
            base,
            memory: self.frame.memory.callee(),
            calldata: callee.calldata,
            in_range: Range::default(),
            out_range: Range::default(),
            marks: self.marks(callee.effects),
            pc: ENTRY,
            gas: callee.gas,
            words: [address, caller, value, size],
        };
        self.frame.pc = self.pc + 1;
        self.frame.gas = self.gas;
        self.frame
            .words
            .copy_from_slice(&self.environment[..FRAME_WORDS]);
        self.environment[..FRAME_WORDS].copy_from_slice(&frame.words);
        self.environment[EnvWord::ReturnDataSize as usize] = U256::ZERO;
        self.environment[EnvWord::CallResult as usize] = U256::ZERO;
        self.return_data = Bytes::new();
        self.gas = frame.gas;
        self.callers.push(std::mem::replace(&mut self.frame, frame));
        ENTRY
    }

    /// Ends the running frame: the caller goes on, or there is none and the transaction ends.
    #[cold]
    pub(crate) fn end_frame<H: Host + ?Sized>(
        &mut self,
        end: End,
        host: &mut H,
    ) -> Result<(), End> {
        if self.callers.is_empty() || end.status == Status::Escalated {
            return Err(end);
        }
        let end = match self.deploy(end, host) {
            Err(other) if other.status == Status::Escalated => return Err(other),
            Err(halt) => halt,
            Ok(()) => end,
        };
        let is_creation = self.frame.purpose == Purpose::Creation;
        let output = std::mem::take(&mut self.output);
        let address = self.environment[EnvWord::Address as usize];
        let (result, gas, data) = match end.status {
            Status::Revert => (U256::ZERO, self.gas, output),
            Status::Halt => (U256::ZERO, 0, Bytes::new()),
            _ if is_creation => (address, self.gas, Bytes::new()),
            _ => (U256::ONE, self.gas, output),
        };
        if matches!(end.status, Status::Revert | Status::Halt) {
            self.undo(host)?;
        }
        self.resume();
        self.gas += gas;
        self.deliver(result, data, !is_creation)
    }

    /// Pays for the code of a creation that succeeded, and has it checked and kept.
    fn deploy<H: Host + ?Sized>(&mut self, end: End, host: &mut H) -> Result<(), End> {
        let is_success = matches!(end.status, Status::Stop | Status::Return);
        if self.frame.purpose != Purpose::Creation || !is_success {
            return Ok(());
        }
        let len = self.output.len() as u64;
        self.charge(CODE_DEPOSIT_BYTE * len)?;
        if len == 0 {
            return Ok(());
        }
        let payload = self.payload([U256::ZERO; 4], self.output.clone());
        let request = Request {
            payload: Some(payload),
            ..Request::new(RequestKind::Created, self.address(), U256::from(len))
        };
        let answer = self.ask(host, request)?;
        if answer.has(ring::Answer::DONE) {
            Ok(())
        } else {
            // The caller does not see which halt it was.
            Err(Halt::OutOfGas.into())
        }
    }

    /// Takes back what the running frame did.
    fn undo<H: Host + ?Sized>(&mut self, host: &mut H) -> Result<(), End> {
        let marks = self.frame.marks;
        while let Some((entry, content)) = self.journal.pop_above(marks.journal) {
            *self.table.content_mut(entry) = content;
        }
        self.refund = marks.refund;
        self.room_beats = marks.room_beats;
        self.log_beats = marks.log_beats;
        self.logs.truncate(marks.logs);
        if self.effects != marks.effects {
            let key = U256::from(marks.effects);
            self.ask(host, Request::new(RequestKind::Undo, self.address(), key))?;
        }
        Ok(())
    }

    /// Makes the caller the running frame, as it was.
    fn resume(&mut self) {
        let Some(caller) = self.callers.pop() else {
            return;
        };
        let ended = std::mem::replace(&mut self.frame, caller);
        self.sp = ended.base;
        self.pc = self.frame.pc;
        self.gas = self.frame.gas;
        self.environment[..FRAME_WORDS].copy_from_slice(&self.frame.words);
    }

    /// Gives the running frame the result of its call or creation.
    pub(crate) fn deliver(
        &mut self,
        result: U256,
        data: Bytes,
        to_memory: bool,
    ) -> Result<(), End> {
        if data.len() > self.return_limit {
            return Err(Escalation::ReturnLimit.into());
        }
        if to_memory {
            let Range { offset, len } = self.frame.out_range;
            let len = len.min(data.len());
            self.frame.memory.store(offset, &data[..len]);
        }
        self.environment[EnvWord::ReturnDataSize as usize] = U256::from(data.len());
        self.environment[EnvWord::CallResult as usize] = result;
        self.return_data = data;
        Ok(())
    }

    /// The outcome of a transaction that ended; commits if it succeeded.
    #[cold]
    pub(crate) fn finish(&mut self, end: End) -> Outcome {
        let is_success = |end: End| matches!(end.status, Status::Stop | Status::Return);
        let mut end = end;
        let mut writes = Vec::new();
        if is_success(end) {
            writes = self.table.writes();
            if let Err(limit) = self.reserve(1 + 2 * writes.len()) {
                end = limit;
            }
        }
        let success = is_success(end);
        let has_output = success || end.status == Status::Revert;
        if !success {
            self.logs.clear();
            writes.clear();
        }
        Outcome {
            status: end.status,
            reason: end.reason,
            gas_left: if has_output { self.gas } else { 0 },
            refund: if success { self.refund } else { 0 },
            output: if has_output {
                std::mem::take(&mut self.output)
            } else {
                Bytes::new()
            },
            logs: std::mem::take(&mut self.logs),
            log_beats: self.log_beats,
            writes,
            touched: if success {
                self.table.touched()
            } else {
                TouchedBeat { seeds: [0; 64] }
            },
            instructions: self.instructions,
            micro_ops: self.micro_ops,
        }
    }
}
