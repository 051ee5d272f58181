//! A state source as the host of a hart: requests become questions, replies become answers.

use std::sync::Arc;

use alloy_primitives::Bytes;
use gasworks_abi::fork::Fork;
use gasworks_abi::ring::{self, RequestKind};
use gasworks_driver::{Question, Reply, StateSource};

use crate::{Answer, Host, Image, Images, Request};

/// Puts the requests of a hart to a state source.
pub struct SourceHost<'a> {
    tag: u32,
    fork: Fork,
    state: &'a mut dyn StateSource,
    images: &'a mut Images,
}

impl<'a> SourceHost<'a> {
    /// For the transaction with a tag, under a fork.
    pub fn new(
        tag: u32,
        fork: Fork,
        state: &'a mut dyn StateSource,
        images: &'a mut Images,
    ) -> Self {
        Self {
            tag,
            fork,
            state,
            images,
        }
    }

    /// The program that the reply names; `None` when the device cannot take it.
    fn program(&mut self, reply: &Reply) -> Option<Arc<Image>> {
        self.images.of_code(&reply.code, reply.code_hash, self.fork)
    }
}

impl Host for SourceHost<'_> {
    fn ask(&mut self, request: Request) -> Option<Answer> {
        let question = Question {
            tag: self.tag,
            kind: request.kind,
            address: request.address,
            key: request.key,
            payload: request.payload,
        };
        let reply = self.state.answer(&question).ok()?;
        let warm = if reply.warm { ring::Answer::WARM } else { 0 };
        let mut answer = Answer {
            value: reply.value,
            flags: reply.flags | warm,
            effects: reply.effects,
            ..Answer::default()
        };
        match question.kind {
            RequestKind::Callee if !reply.code.is_empty() => {
                answer.flags |= ring::Answer::HAS_CODE;
                answer.program = Some(self.program(&reply)?);
            }
            RequestKind::Create | RequestKind::Create2 if answer.has(ring::Answer::DONE) => {
                answer.program = Some(self.program(&reply)?);
            }
            RequestKind::Code => answer.data = reply.code,
            RequestKind::Call => answer.data = reply.output,
            _ => answer.data = Bytes::new(),
        }
        Some(answer)
    }
}
