//! The request service: what harts ask, answered from the state source.

use alloy_primitives::U256;
use gasworks_abi::regs;
use gasworks_abi::ring::{Answer, Request, RequestKind};

use super::{CardDevice, InFlight, bad_register, entry_as};
use crate::decode;
use crate::device::{Reply, StateSource};
use crate::encode;
use crate::error::DeviceError;
use crate::transport::{Arena, Iova, Registers, Transport, barrier};

impl<T: Transport> CardDevice<T> {
    /// Answers every request that is there; gives their number.
    pub(super) fn serve(&mut self, state: &mut dyn StateSource) -> Result<usize, DeviceError> {
        let mut served = 0;
        while let Some(entry) = self.rings.rq.pop()? {
            let request: Request = entry_as(&entry);
            let answer = self.answer(&request, state)?;
            if self.rings.aq.free() == 0 {
                self.make_room()?;
            }
            self.rings.aq.push(encode::words_of(&answer))?;
            served += 1;
        }
        if served > 0 {
            self.publish_answers()?;
        }
        Ok(served)
    }

    fn publish_answers(&mut self) -> Result<(), DeviceError> {
        barrier::before_doorbell();
        let tail = self.rings.aq.tail().into();
        self.transport.write::<regs::AqTail>(tail)?;
        barrier::before_head();
        let head = self.rings.rq.head().into();
        self.transport.write::<regs::RqHead>(head)
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

    fn answer(
        &mut self,
        request: &Request,
        state: &mut dyn StateSource,
    ) -> Result<Answer, DeviceError> {
        let question = decode::question(request)?;
        let bad = |field, value: u64| DeviceError::BadEntry {
            entry: "request",
            field,
            value,
        };
        if u32::from(request.hart) >= self.capabilities.total_harts() {
            return Err(bad("hart", request.hart.into()));
        }
        let Some(in_flight) = self.in_flight.get_mut(&request.tag) else {
            return Err(bad("tag", request.tag.into()));
        };
        let mut answer = encode::answer(request);
        let Ok(reply) = state.answer(&question) else {
            answer.flags = Answer::FAILED;
            return Ok(answer);
        };
        if question.kind == RequestKind::Code && !reply.code.is_empty() {
            let Some((iova, len)) = place_code(&self.arena, in_flight, question.key, &reply) else {
                answer.flags = Answer::FAILED;
                return Ok(answer);
            };
            (answer.code_iova, answer.code_len) = (iova.0, len as u32);
        }
        answer.value = reply.value.to_le_bytes();
        answer.flags = if reply.warm { Answer::WARM } else { 0 };
        Ok(answer)
    }
}

/// Puts the code of an account where the card can read it until the transaction ends.
fn place_code(
    arena: &Arena,
    in_flight: &mut InFlight,
    key: U256,
    reply: &Reply,
) -> Option<(Iova, usize)> {
    if let Some((region, len)) = in_flight.codes.get(&key) {
        return Some((region.iova(), *len));
    }
    let region = arena.store(&reply.code).ok()?;
    let found = (region.iova(), reply.code.len());
    in_flight.codes.insert(key, (region, found.1));
    Some(found)
}
