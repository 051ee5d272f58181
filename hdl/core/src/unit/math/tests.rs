//! The math unit against its model.

use gasworks_abi::micro_op::Op;
use gasworks_verilog::harness::{Stimulus, cosim};
use gasworks_verilog::word::Word;
use ruint::aliases::U256;

use super::MathUnit;
use super::model::math;
use crate::unit::shift::bench::{Bench, Request, Response, UnitPorts, edge, number, word};

const OPS: [Op; 8] = [
    Op::Mul,
    Op::Div,
    Op::SDiv,
    Op::Mod,
    Op::SMod,
    Op::AddMod,
    Op::MulMod,
    Op::Exp,
];
const PLENTY: u64 = 1 << 40;

impl UnitPorts for MathUnit {
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
            self.req_c.next = word(request.c);
            self.req_gas.next = request.gas.into();
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

/// Runs one request, compares it with the model and returns the cycles it took.
fn check(bench: &mut Bench<MathUnit>, op: Op, operands: [U256; 3], gas: u64, stall: bool) -> u32 {
    let [a, b, c] = operands;
    let hart = a.as_limbs()[0] & 3;
    let response = bench.run(
        Request {
            op,
            a,
            b,
            c,
            gas,
            hart,
        },
        stall,
    );
    let expected = match math(op, a, b, c, gas) {
        Some((value, cost)) => Response {
            hart,
            status: 0,
            code: 0,
            value,
            cost,
            cycles: response.cycles,
        },
        None => Response {
            status: 1,
            cost: 0,
            ..response
        },
    };
    assert_eq!(response, expected, "{op:?} {a:#x} {b:#x} {c:#x}");
    assert_eq!((response.hart, response.code), (hart, 0));
    response.cycles
}

fn edges() -> Vec<U256> {
    let top = U256::ONE << 255;
    let mut all = vec![
        U256::ZERO,
        U256::ONE,
        top,
        U256::MAX,
        top - U256::ONE,
        top | U256::ONE,
    ];
    all.extend([2, 3, 7, 10].map(U256::from));
    all.extend([64, 128, 192].map(|bit| U256::ONE << bit));
    all.extend([64, 128, 192].map(|bit| (U256::ONE << bit) - U256::ONE));
    all.extend([U256::MAX - U256::ONE, U256::MAX / U256::from(3)]);
    all
}

#[test]
fn edge_values_agree_with_the_model() {
    let mut bench = Bench::new(MathUnit::default(), 1);
    for op in OPS {
        for a in edges() {
            for b in edges() {
                if op == Op::Exp && b > U256::from(300) && b != U256::MAX {
                    continue;
                }
                check(&mut bench, op, [a, b, U256::from(1_000_003)], PLENTY, false);
            }
        }
    }
}

#[test]
fn moduli_at_the_edges_agree_with_the_model() {
    let mut bench = Bench::new(MathUnit::default(), 2);
    for op in [Op::AddMod, Op::MulMod] {
        for a in [
            U256::ZERO,
            U256::ONE,
            U256::MAX,
            U256::MAX - U256::ONE,
            U256::ONE << 255,
        ] {
            for b in [
                U256::ZERO,
                U256::ONE,
                U256::MAX,
                U256::ONE << 128,
                U256::ONE << 255,
            ] {
                for c in edges() {
                    check(&mut bench, op, [a, b, c], PLENTY, false);
                }
            }
        }
    }
}

#[test]
fn sdiv_min_by_minus_one_wraps() {
    let mut bench = Bench::new(MathUnit::default(), 3);
    let min = U256::ONE << 255;
    let request = Request {
        op: Op::SDiv,
        a: min,
        b: U256::MAX,
        c: U256::ZERO,
        gas: 0,
        hart: 2,
    };
    assert_eq!(bench.run(request, false).value, min);
}

#[test]
fn exp_charges_fifty_per_byte_and_halts_one_short() {
    let mut bench = Bench::new(MathUnit::default(), 4);
    let two = U256::from(2);
    for bytes in 0..=32u64 {
        let exponent = if bytes == 0 {
            U256::ZERO
        } else {
            U256::ONE << (8 * bytes - 8)
        };
        for gas in [
            50 * bytes,
            (50 * bytes).saturating_sub(1),
            50 * bytes + 1,
            u64::MAX,
        ] {
            check(&mut bench, Op::Exp, [two, exponent, two], gas, false);
        }
    }
}

#[test]
fn powers_of_two_have_powers_by_a_shift() {
    let mut bench = Bench::new(MathUnit::default(), 8);
    let zero = U256::ZERO;
    let huge = [U256::MAX, U256::ONE << 64, U256::ONE << 255].into_iter();
    let exponents = [
        0u64,
        1,
        2,
        3,
        31,
        32,
        33,
        127,
        128,
        254,
        255,
        256,
        257,
        512,
        1 << 16,
    ];
    let exponents: Vec<U256> = exponents.map(U256::from).into_iter().chain(huge).collect();
    for k in [0usize, 1, 2, 3, 7, 8, 9, 16, 64, 127, 128, 129, 254, 255] {
        for exponent in &exponents {
            let base = U256::ONE << k;
            check(&mut bench, Op::Exp, [base, *exponent, zero], PLENTY, false);
        }
    }
}

#[test]
fn random_requests_agree_with_the_model_under_stalls() {
    let mut bench = Bench::new(MathUnit::default(), 5);
    let mut stimulus = Stimulus::new(5);
    for _ in 0..1500 {
        let op = OPS[stimulus.below(8) as usize];
        let (a, mut b, c) = (
            edge(&mut stimulus),
            edge(&mut stimulus),
            edge(&mut stimulus),
        );
        if op == Op::Exp {
            b >>= stimulus.below(4) as usize * 80;
        }
        let gas = if stimulus.chance(100) {
            stimulus.below(1700)
        } else {
            stimulus.draw()
        };
        check(&mut bench, op, [a, b, c], gas, true);
    }
}

#[test]
fn cycles_are_as_the_header_says() {
    let mut bench = Bench::new(MathUnit::default(), 6);
    let long = U256::MAX >> 3;
    for (op, divisor) in [
        (Op::Mul, 7),
        (Op::Div, 7),
        (Op::Mod, 7),
        (Op::Div, 8),
        (Op::Exp, 7),
    ] {
        let operands = [long, U256::from(divisor), long];
        check(&mut bench, op, operands, PLENTY, false);
        assert!(bench.announced, "{op:?} by {divisor}");
    }
    let limbs = |n: usize| U256::MAX >> (256 - 64 * n);
    let mut cycles = |op, a, b, c| check(&mut bench, op, [a, b, c], PLENTY, false);
    let zero = U256::ZERO;
    for (n, expected) in [(1, 5), (2, 8), (3, 11), (4, 13)] {
        assert_eq!(
            cycles(Op::Mul, limbs(n), limbs(n), zero),
            expected,
            "mul {n}"
        );
    }
    assert_eq!(cycles(Op::Div, limbs(4), zero, zero), 6, "by zero");
    assert_eq!(
        cycles(Op::Mod, limbs(4), U256::ONE << 160, zero),
        6,
        "by a power of two"
    );
    assert_eq!(
        cycles(Op::Div, limbs(1), limbs(2), zero),
        6,
        "by more than the dividend"
    );
    let mut corrected = 0;
    for quotient_bits in 1..250u32 {
        let divisor = U256::from(1_000_003);
        let dividend = divisor << (quotient_bits as usize - 1).min(235);
        let bits = quotient_bits.min(236);
        assert_eq!(
            cycles(Op::Div, dividend, divisor, zero),
            11 + (bits + 2) / 2,
            "{bits}"
        );
        // Of the remainders some come out negative.
        let rest = U256::from(quotient_bits * 4_001);
        let modulo = cycles(Op::Mod, dividend + rest, divisor, zero);
        let added = modulo - (12 + (bits + 2) / 2);
        assert!(matches!(added, 0 | 3), "{bits}: {modulo}");
        corrected += added / 3;
        assert_eq!(
            cycles(Op::SDiv, dividend.wrapping_neg(), divisor, zero),
            15 + (bits + 2) / 2
        );
    }
    assert!((1..249).contains(&corrected), "{corrected}");
    assert_eq!(cycles(Op::Exp, limbs(4), zero, zero), 6, "to the 0");
    for (base, exponent) in [(2u64, 160u64), (256, 20), (256, 32), (1, 5), (16, 1)] {
        let [base, exponent] = [base, exponent].map(U256::from);
        assert_eq!(cycles(Op::Exp, base, exponent, zero), 8, "power of two");
    }
    let odd = U256::MAX - U256::from(188);
    assert_eq!(cycles(Op::AddMod, odd, U256::ONE, odd), 15, "addmod");
    // A sum with bit 256, divided as one of 320 bits.
    for bits in [8u32, 64, 65, 200, 255] {
        let modulus = (U256::ONE << (bits as usize - 1)) | U256::from(5);
        let sum = cycles(Op::AddMod, U256::MAX, odd, modulus);
        let added = sum - (5 + 12 + (320 - bits + 1 + 2) / 2);
        assert!(matches!(added, 0 | 3), "addmod {bits}: {sum}");
    }
    assert_eq!(
        cycles(Op::MulMod, odd - U256::ONE, odd - U256::ONE, odd),
        161,
        "mulmod"
    );
}

#[test]
fn verilog_agrees_with_the_simulator() {
    let poke = |unit: &mut MathUnit, stimulus: &mut Stimulus| {
        unit.reset.next = stimulus.chance(5);
        unit.req_valid.next = stimulus.bit();
        unit.req_hart.next = stimulus.bits();
        unit.req_op.next = (0x50 + stimulus.below(8)).into();
        unit.req_a.next = stimulus.word();
        unit.req_b.next = Word::from_limbs(&[stimulus.draw() >> stimulus.below(64)]);
        unit.req_c.next = stimulus.word();
        unit.req_gas.next = stimulus.word();
        unit.rsp_ready.next = stimulus.bit();
    };
    let clock: fn(&mut MathUnit, bool) = |unit, high| unit.clock.next = high.into();
    cosim("math_unit", MathUnit::default(), 2000, poke, Some(clock));
}
