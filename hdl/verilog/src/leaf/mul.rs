//! An unsigned multiplier tile that maps to DSP blocks.

use rust_hdl::prelude::*;

use crate::word::Word;

/// `p = a * b`, unsigned, `STAGES` edges after `a` and `b`; one product per cycle.
///
/// `P` is `2 * N`, and `N` is at most 64. `STAGES` 1 registers the product; 2 registers the operands
/// too; 3 adds a second product register (the pipeline that a DSP block has inside).
/// Powers up at zero.
#[derive(Clone, Debug, LogicBlock)]
pub struct MulTile<const N: usize, const P: usize, const STAGES: usize> {
    /// The clock.
    pub clock: Signal<In, Clock>,
    /// One factor.
    pub a: Signal<In, Word<N>>,
    /// The other factor.
    pub b: Signal<In, Word<N>>,
    /// The product.
    pub p: Signal<Out, Word<P>>,
    _operands: (u128, u128),
    _product: u128,
}

impl<const N: usize, const P: usize, const STAGES: usize> Default for MulTile<N, P, STAGES> {
    fn default() -> Self {
        const {
            assert!(
                N <= 64 && P == 2 * N,
                "a tile multiplies N bits, at most 64, to 2 * N bits"
            );
            assert!(STAGES >= 1 && STAGES <= 3, "a tile has one to three stages");
        }
        Self {
            clock: Signal::default(),
            a: Signal::default(),
            b: Signal::default(),
            p: Signal::default(),
            _operands: (0, 0),
            _product: 0,
        }
    }
}

impl<const N: usize, const P: usize, const STAGES: usize> Logic for MulTile<N, P, STAGES> {
    fn update(&mut self) {
        if !self.clock.pos_edge() {
            return;
        }
        let now = (self.a.val().low_u128(), self.b.val().low_u128());
        let (a, b) = if STAGES >= 2 { self._operands } else { now };
        let product = if STAGES >= 3 { self._product } else { a * b };
        self.p.next = Word::from_u128(product);
        self._product = a * b;
        self._operands = now;
    }

    fn connect(&mut self) {
        self.p.connect();
    }

    fn hdl(&self) -> Verilog {
        let mut body = format!("initial p = {P}'d0;\n");
        let (mut a, mut b) = ("a", "b");
        if STAGES >= 2 {
            body += &format!(
                "reg [{top}:0] a_held;\nreg [{top}:0] b_held;\n\
                 initial a_held = {N}'d0;\ninitial b_held = {N}'d0;\n\
                 always @(posedge clock) a_held <= a;\nalways @(posedge clock) b_held <= b;\n",
                top = N - 1
            );
            (a, b) = ("a_held", "b_held");
        }
        let product = format!("{{{N}'d0, {a}}} * {{{N}'d0, {b}}}");
        if STAGES >= 3 {
            body += &format!(
                "reg [{top}:0] product;\ninitial product = {P}'d0;\n\
                 always @(posedge clock) product <= {product};\n\
                 always @(posedge clock) p <= product;",
                top = P - 1
            );
        } else {
            body += &format!("always @(posedge clock) p <= {product};");
        }
        Verilog::Custom(body)
    }

    fn timing(&self) -> Vec<TimingInfo> {
        vec![TimingInfo {
            name: "mul".into(),
            clock: "clock".into(),
            inputs: vec!["a".into(), "b".into()],
            outputs: vec!["p".into()],
        }]
    }
}
