//! The request service: what harts ask, answered from the state source.

use alloy_primitives::U256;
use bytemuck::Zeroable;
use gasworks_abi::record::{BEAT, LogHeader};
use gasworks_abi::regs;
use gasworks_abi::ring::{Answer, Request, RequestKind};

use super::{CardDevice, InFlight, bad_register, entry_as};
use crate::decode;
use crate::device::{Payload, Question, Reply, StateSource};
use crate::encode;
use crate::error::DeviceError;
use crate::program::{RESULT_BYTES, payload_bytes};
use crate::transport::{Arena, Iova, Region, Registers, Transport, barrier};

/// Bits of an answer that the state source decides.
const FROM_SOURCE: u8 = Answer::EMPTY
    | Answer::PRECOMPILE
    | Answer::DELEGATED
    | Answer::NAMED
    | Answer::DELEGATE_WARM
    | Answer::DONE;

impl<T: Transport> CardDevice<T> {
    /// Answers every request that is there, or holds the answer back; gives their number.
    pub(super) fn serve(&mut self, state: &mut dyn StateSource) -> Result<usize, DeviceError> {
        let mut served = 0;
        while let Some(entry) = self.rings.rq.pop()? {
            let request: Request = entry_as(&entry);
            if let Some(answer) = self.answer(&request, state)? {
                self.give(answer)?;
            }
            served += 1;
        }
        if served > 0 {
            barrier::before_head();
            let head = self.rings.rq.head().into();
            self.transport.write::<regs::RqHead>(head)?;
        }
        Ok(served)
    }

    /// Puts an answer into its ring; the doorbell is rung later.
    pub(super) fn give(&mut self, answer: Answer) -> Result<(), DeviceError> {
        if self.rings.aq.free() == 0 {
            self.make_room()?;
        }
        Ok(self.rings.aq.push(encode::words_of(&answer))?)
    }

    /// Rings the doorbell for answers that were given since it was rung last.
    pub(super) fn publish_answers(&mut self) -> Result<(), DeviceError> {
        let tail = self.rings.aq.tail();
        if tail == self.rings.aq_published {
            return Ok(());
        }
        self.rings.aq_published = tail;
        barrier::before_doorbell();
        self.transport.write::<regs::AqTail>(tail.into())
    }

    /// Waits until the card has fetched an answer.
    fn make_room(&mut self) -> Result<(), DeviceError> {
        self.publish_answers()?;
        let mut waited = 0;
        loop {
            let head = self.transport.read::<regs::AqHead>()?;
            if head > u32::from(u16::MAX) || !self.rings.aq.set_head(head as u16) {
                return Err(bad_register("AqHead", head));
            }
            if self.rings.aq.free() > 0 {
                return Ok(());
            }
            if waited >= self.options.timeout_us {
                return Err(self.timeout(waited));
            }
            waited += self.transport.wait(1)?.max(1);
        }
    }

    /// The answer to a request; `None` when it must wait for a program.
    fn answer(
        &mut self,
        request: &Request,
        state: &mut dyn StateSource,
    ) -> Result<Option<Answer>, DeviceError> {
        let question = self.question(request)?;
        let Some(in_flight) = self.in_flight.get_mut(&request.tag) else {
            return Err(bad_request("tag", request.tag.into()));
        };
        let mut answer = encode::answer(request);
        let Ok(reply) = state.answer(&question) else {
            answer.flags = Answer::FAILED;
            return Ok(Some(answer));
        };
        answer.value = reply.value.to_le_bytes();
        answer.effects = reply.effects;
        answer.flags = reply.flags & FROM_SOURCE;
        if reply.warm {
            answer.flags |= Answer::WARM;
        }
        match place(&self.arena, in_flight, &question, &reply) {
            Some((iova, len)) => (answer.code_iova, answer.code_len) = (iova.0, len),
            None => answer.flags = Answer::FAILED,
        }
        if !runs_code(&question, &reply) {
            return Ok(Some(answer));
        }
        Ok(self.with_program(answer, &reply.code, reply.code_hash))
    }

    /// What a request asks, with its payload.
    fn question(&mut self, request: &Request) -> Result<Question, DeviceError> {
        let mut question = decode::question(request)?;
        if u32::from(request.hart) >= self.capabilities.total_harts() {
            return Err(bad_request("hart", request.hart.into()));
        }
        let Some(in_flight) = self.in_flight.get(&request.tag) else {
            return Err(bad_request("tag", request.tag.into()));
        };
        if decode::payload_topics(question.kind).is_some() {
            question.payload = Some(self.payload(&in_flight.result, &question)?);
        }
        Ok(question)
    }

    /// Copies the payload of a request out of the buffer behind the result record.
    fn payload(&self, result: &Region, question: &Question) -> Result<Payload, DeviceError> {
        let at = Iova(result.iova().0 + u64::from(RESULT_BYTES));
        let mut head = LogHeader::zeroed();
        bytemuck::bytes_of_mut(&mut head).copy_from_slice(&self.arena.read(at, BEAT)?);
        let memory = self.capabilities.memory_bytes;
        let room = payload_bytes(&self.capabilities);
        let len = decode::payload_len(&head, question, memory, room)?;
        Ok(decode::payload(&head, &self.arena.read(at, len as usize)?))
    }
}

/// True when the answer names a program: a callee or delegate with code, or the initcode of an
/// account that was made, be it empty.
fn runs_code(question: &Question, reply: &Reply) -> bool {
    let is_done = reply.flags & Answer::DONE != 0;
    match question.kind {
        RequestKind::Callee => !reply.code.is_empty() && reply.flags & Answer::PRECOMPILE == 0,
        RequestKind::Create | RequestKind::Create2 => is_done,
        _ => false,
    }
}

/// Puts the bytes of a reply where the card can read them until the transaction ends. `None` when
/// the arena is full.
fn place(
    arena: &Arena,
    in_flight: &mut InFlight,
    question: &Question,
    reply: &Reply,
) -> Option<(Iova, u32)> {
    let none = Some((Iova(0), 0));
    match question.kind {
        RequestKind::Code if !reply.code.is_empty() => {
            place_code(arena, in_flight, question.key, reply)
        }
        RequestKind::Call if !reply.output.is_empty() => {
            let region = arena.store(&reply.output).ok()?;
            let iova = region.iova();
            in_flight.given.push(region);
            Some((iova, reply.output.len() as u32))
        }
        _ => none,
    }
}

/// Code is placed once, unless it has changed: the account may have been created in between.
fn place_code(
    arena: &Arena,
    in_flight: &mut InFlight,
    key: U256,
    reply: &Reply,
) -> Option<(Iova, u32)> {
    let len = reply.code.len() as u32;
    if let Some((code, region)) = in_flight.codes.get(&key)
        && *code == reply.code
    {
        return Some((region.iova(), len));
    }
    let region = arena.store(&reply.code).ok()?;
    let iova = region.iova();
    let before = in_flight.codes.insert(key, (reply.code.clone(), region));
    in_flight.given.extend(before.map(|(_, region)| region));
    Some((iova, len))
}

fn bad_request(field: &'static str, value: u64) -> DeviceError {
    DeviceError::BadEntry {
        entry: "request",
        field,
        value,
    }
}
