//! Test bench of a functional unit in rust-hdl's simulator: random idle cycles before requests,
//! random back pressure on responses, and the handshake law checked in every cycle.

use gasworks_abi::micro_op::Op;
use gasworks_verilog::harness::Stimulus;
use gasworks_verilog::word::Word;
use ruint::aliases::U256;
use rust_hdl::prelude::*;

/// One request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) op: Op,
    pub(crate) a: U256,
    pub(crate) b: U256,
    pub(crate) c: U256,
    pub(crate) gas: u64,
    pub(crate) hart: u64,
}

/// One response, and the cycles from the transfer of the request to `rsp_valid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) hart: u64,
    pub(crate) status: u64,
    pub(crate) code: u64,
    pub(crate) value: U256,
    pub(crate) cost: u64,
    pub(crate) cycles: u32,
}

/// The ports that the bench drives.
pub(crate) trait UnitPorts: Block {
    fn clock(&mut self, high: bool);
    fn request(&mut self, request: Option<Request>);
    fn request_ready(&self) -> bool;
    fn response_ready(&mut self, ready: bool);
    /// The response, if it is valid; its `cycles` are 0.
    fn response(&self) -> Option<Response>;
    /// `rsp_soon`.
    fn response_soon(&self) -> bool;
}

pub(crate) fn word(x: U256) -> Word<256> {
    Word::from_limbs(x.as_limbs())
}

pub(crate) fn number(x: Word<256>) -> U256 {
    U256::from_limbs(x.limbs())
}

/// A number that is often an edge value.
pub(crate) fn edge(stimulus: &mut Stimulus) -> U256 {
    let random = number(stimulus.word());
    match stimulus.below(8) {
        0 => U256::from(stimulus.below(300)),
        1 => U256::ONE << stimulus.below(256),
        2 => (U256::ONE << stimulus.below(256)) - U256::ONE,
        3 => U256::ZERO.wrapping_sub(U256::from(stimulus.below(70))),
        4 => random >> stimulus.below(256),
        5 => U256::from(stimulus.draw()),
        _ => random,
    }
}

/// A unit under test.
pub(crate) struct Bench<U: UnitPorts> {
    unit: U,
    stimulus: Stimulus,
    /// The latest response was announced in the cycle before it.
    pub(crate) announced: bool,
}

/// More cycles than any operation takes.
const TIMEOUT: u32 = 9000;

impl<U: UnitPorts> Bench<U> {
    pub(crate) fn new(mut unit: U, seed: u64) -> Self {
        println!("seed {seed}");
        unit.connect_all();
        Self {
            unit,
            stimulus: Stimulus::new(seed),
            announced: false,
        }
    }

    fn settle(&mut self) {
        self.unit.clock(false);
        assert!(simulate(&mut self.unit, 200), "no fixed point");
    }

    fn edge(&mut self) {
        self.unit.clock(true);
        assert!(simulate(&mut self.unit, 200), "no fixed point");
    }

    /// Runs one request, with stalls if `stall` is true.
    pub(crate) fn run(&mut self, request: Request, stall: bool) -> Response {
        self.unit.response_ready(false);
        while stall && self.stimulus.bit() {
            self.unit.request(None);
            self.settle();
            assert!(self.unit.response().is_none(), "a response to nothing");
            assert!(!self.unit.response_soon(), "nothing to announce");
            self.edge();
        }
        self.unit.request(Some(request));
        self.settle();
        assert!(self.unit.request_ready(), "an idle unit must be ready");
        self.announced = self.unit.response_soon();
        self.edge();
        self.unit.request(None);
        for cycles in 1..TIMEOUT {
            self.unit.response_ready(!stall);
            self.settle();
            let Some(response) = self.unit.response() else {
                assert!(!self.announced, "no response where one was announced");
                self.announced = self.unit.response_soon();
                self.edge();
                continue;
            };
            assert!(!self.unit.response_soon(), "announced when it is there");
            while stall && self.stimulus.bit() {
                self.unit.response_ready(false);
                self.settle();
                assert_eq!(
                    self.unit.response(),
                    Some(response),
                    "the payload must be stable"
                );
                self.edge();
            }
            self.unit.response_ready(true);
            self.settle();
            assert_eq!(
                self.unit.response(),
                Some(response),
                "the payload must be stable"
            );
            self.edge();
            return Response { cycles, ..response };
        }
        panic!("no response to {request:?}");
    }
}
