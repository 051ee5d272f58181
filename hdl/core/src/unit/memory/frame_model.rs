//! What the memory unit does where frames begin and end, as plain Rust: the reference of its tests.
//!
//! Spec: `docs/src/machine.md`, "Frames" and "frames".

use super::model::{Beat, DONE, HartModel, MemoryModel, Request, Response, U256};
use super::task::{
    TASK_FETCH, TASK_FORGET, TASK_KEEP, TASK_OUT, TASK_PAYLOAD, TASK_PUSH, TASK_UNDO,
};
use gasworks_abi::escalation::Escalation;
use gasworks_abi::record::BEAT;

/// A task of the lane.
#[derive(Debug, Clone)]
pub struct Task {
    /// Hart, 0 to 3.
    pub hart: usize,
    /// A `TASK_` constant.
    pub op: u64,
    /// Address of a fetch.
    pub iova: u64,
    /// Length of a fetch; flags of a push and a payload.
    pub len: u32,
    /// Host memory at `iova`.
    pub bytes: Vec<u8>,
    /// Arg words.
    pub args: [U256; 4],
}

/// What a caller needs again.
#[derive(Debug, Clone)]
pub struct Caller {
    memory: Vec<u8>,
    calldata: Vec<u8>,
    in_range: (usize, usize),
    out_range: (usize, usize),
    is_creation: bool,
    base: u64,
    beats: u64,
    log_beats: u32,
    log_count: u16,
}

fn range(r: &Request) -> (usize, usize) {
    match r.b[0] as usize {
        0 => (0, 0),
        length => (r.a[0] as usize, length),
    }
}

impl HartModel {
    fn push(&mut self, creates: bool) {
        let (at, length) = self.in_range;
        let calldata = if creates {
            Vec::new()
        } else {
            self.memory[at..at + length].to_vec()
        };
        let rows = self.memory.len().div_ceil(BEAT);
        self.callers.push(Caller {
            memory: std::mem::take(&mut self.memory),
            calldata: std::mem::replace(&mut self.calldata, calldata),
            in_range: self.in_range,
            out_range: self.out_range,
            is_creation: self.is_creation,
            base: self.base,
            beats: self.beats,
            log_beats: self.log_beats,
            log_count: self.log_count,
        });
        self.base += (rows * BEAT) as u64;
        (self.in_range, self.out_range) = ((0, 0), (0, 0));
        self.is_creation = creates;
        self.return_data.clear();
    }

    fn pop(&mut self, undo: bool) {
        let caller = self.callers.pop().expect("a frame that was called");
        if undo {
            self.beats = caller.beats;
            (self.log_beats, self.log_count) = (caller.log_beats, caller.log_count);
        }
        (self.memory, self.calldata, self.base) = (caller.memory, caller.calldata, caller.base);
        (self.in_range, self.out_range) = (caller.in_range, caller.out_range);
        self.is_creation = caller.is_creation;
    }

    fn payload(&self, task: &Task) -> Vec<Beat> {
        let topics = 4 * (task.len & 1);
        let (at, length) = if task.len & 2 == 0 {
            (0, 0)
        } else {
            self.in_range
        };
        let data = &self.memory[at..at + length];
        let bytes = super::model::log_bytes(topics, &task.args, &self.account, data);
        let first = self.result_iova + u64::from(self.result_len) / BEAT as u64 * BEAT as u64;
        let beat = |(i, data): (usize, &[u8])| {
            let mut beat = [0; BEAT];
            beat[..data.len()].copy_from_slice(data);
            (first + (i * BEAT) as u64, beat)
        };
        bytes.chunks(BEAT).enumerate().map(beat).collect()
    }

    fn out(&mut self) {
        let (at, length) = self.out_range;
        let length = length.min(self.return_data.len());
        self.memory[at..at + length].copy_from_slice(&self.return_data[..length]);
    }
}

impl MemoryModel {
    /// Does one task.
    pub fn task(&mut self, task: &Task) -> Response {
        let hart = &mut self.harts[task.hart];
        match task.op {
            TASK_PUSH => hart.push(task.len & 1 == 1),
            TASK_KEEP => hart.pop(false),
            TASK_UNDO => hart.pop(true),
            TASK_PAYLOAD => self.written = hart.payload(task),
            TASK_FETCH => {
                hart.ext_code.clone_from(&task.bytes);
                if u64::from(task.len) > self.return_bytes {
                    return Response::escalate(Escalation::ReturnLimit);
                }
                hart.return_data.clone_from(&task.bytes);
            }
            TASK_OUT => hart.out(),
            TASK_FORGET => hart.return_data.clear(),
            op => panic!("no task {op}"),
        }
        Response {
            status: DONE,
            code: 0,
            value: [0; 4],
            cost: 0,
        }
    }

    /// Keeps the range of `inrange`.
    pub(super) fn set_in_range(&mut self, r: &Request) {
        self.harts[r.hart].in_range = range(r);
    }

    /// Keeps the range of `outrange`.
    pub(super) fn set_out_range(&mut self, r: &Request) {
        self.harts[r.hart].out_range = range(r);
    }

    /// Puts the output of a frame that was called where its caller finds it; `is_code` stays where
    /// it is, and counts as return data.
    pub(super) fn give_back(
        &mut self,
        r: &Request,
        data: Vec<u8>,
        is_code: bool,
    ) -> Option<Response> {
        if is_code {
            self.set_in_range(r);
        } else if data.len() as u64 > self.return_bytes {
            return Some(Response::escalate(Escalation::ReturnLimit));
        }
        self.harts[r.hart].return_data = data;
        None
    }
}
