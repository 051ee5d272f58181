//! The shifter against its model.

use gasworks_abi::micro_op::Op;
use gasworks_verilog::harness::{Stimulus, cosim};
use gasworks_verilog::word::Word;
use ruint::aliases::U256;

use super::ShiftUnit;
use super::bench::{Bench, Request, Response, UnitPorts, edge, number, word};
use super::model::shift;

const OPS: [Op; 6] = [Op::Shl, Op::Shr, Op::Sar, Op::Byte, Op::SignExtend, Op::Clz];

impl UnitPorts for ShiftUnit {
    fn clock(&mut self, high: bool) {
        self.clock.next = high.into();
    }
    fn request(&mut self, request: Option<Request>) {
        self.req_valid.next = request.is_some();
        if let Some(request) = request {
            self.req_hart.next = request.hart.into();
            self.req_op.next = (request.op as u64).into();
            self.req_a.next = word(request.a);
            self.req_b.next = word(request.b);
        }
    }
    fn request_ready(&self) -> bool {
        self.req_ready.val()
    }
    fn response_ready(&mut self, ready: bool) {
        self.rsp_ready.next = ready;
    }
    fn response_soon(&self) -> bool {
        self.rsp_soon.val()
    }
    fn response(&self) -> Option<Response> {
        self.rsp_valid.val().then(|| Response {
            hart: self.rsp_hart.val().into(),
            status: self.rsp_status.val().into(),
            code: self.rsp_code.val().into(),
            value: number(self.rsp_value.val()),
            cost: self.rsp_cost.val().low(),
            cycles: 0,
        })
    }
}

fn check(bench: &mut Bench<ShiftUnit>, op: Op, a: U256, b: U256, stall: bool) {
    let hart = a.as_limbs()[0] & 3;
    let response = bench.run(
        Request {
            op,
            a,
            b,
            c: U256::ZERO,
            gas: 0,
            hart,
        },
        stall,
    );
    let cycles = if op == Op::Clz { 4 } else { 2 };
    let expected = Response {
        hart,
        status: 0,
        code: 0,
        value: shift(op, a, b),
        cost: 0,
        cycles,
    };
    assert_eq!(response, expected, "{op:?} {a:#x} {b:#x}");
    assert!(bench.announced, "{op:?}");
}

#[test]
fn edge_values_agree_with_the_model() {
    let mut bench = Bench::new(ShiftUnit::default(), 1);
    let top = U256::ONE << 255;
    let amounts = [
        0, 1, 7, 8, 15, 16, 30, 31, 32, 63, 64, 127, 128, 248, 254, 255, 256, 257, 511,
    ];
    let values = [
        U256::ZERO,
        U256::ONE,
        top,
        U256::MAX,
        top | U256::ONE,
        U256::from(0x80),
    ];
    let huge = [
        U256::MAX,
        top,
        U256::ONE << 64,
        (U256::ONE << 128) | U256::from(3),
    ];
    for op in OPS {
        for a in amounts.map(U256::from).into_iter().chain(huge) {
            for b in values {
                check(&mut bench, op, a, b, false);
            }
        }
    }
}

#[test]
fn every_amount_shifts_right() {
    let mut bench = Bench::new(ShiftUnit::default(), 2);
    let value = U256::MAX / U256::from(7);
    for amount in 0..258u64 {
        for op in OPS {
            check(&mut bench, op, U256::from(amount), value, false);
        }
        check(
            &mut bench,
            Op::Clz,
            U256::MAX.checked_shr(amount as usize).unwrap_or_default(),
            value,
            false,
        );
    }
}

#[test]
fn random_requests_agree_with_the_model_under_stalls() {
    let mut bench = Bench::new(ShiftUnit::default(), 3);
    let mut stimulus = Stimulus::new(3);
    for _ in 0..3000 {
        let op = OPS[stimulus.below(6) as usize];
        let (a, b) = (edge(&mut stimulus), edge(&mut stimulus));
        check(&mut bench, op, a, b, true);
    }
}

#[test]
fn verilog_agrees_with_the_simulator() {
    let poke = |unit: &mut ShiftUnit, stimulus: &mut Stimulus| {
        unit.reset.next = stimulus.chance(10);
        unit.req_valid.next = stimulus.bit();
        unit.req_hart.next = stimulus.bits();
        unit.req_op.next = (0x40 + stimulus.below(6)).into();
        unit.req_a.next = if stimulus.bit() {
            Word::from(stimulus.below(300))
        } else {
            stimulus.word()
        };
        unit.req_b.next = stimulus.word();
        unit.rsp_ready.next = stimulus.bit();
    };
    cosim(
        "shift_unit",
        ShiftUnit::default(),
        3000,
        poke,
        Some(|unit, high| unit.clock.next = high.into()),
    );
}
