//! Multiplies two 16-bit numbers, combinational: one DSP block with the registers around it.

use gasworks_verilog::word::Word;
use rust_hdl::prelude::ast::{VerilogExpression, VerilogOp, VerilogStatement};
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock, Default)]
pub struct Multiply16 {
    /// Factor.
    pub a: Signal<In, Word<16>>,
    /// Factor.
    pub b: Signal<In, Word<16>>,
    /// Product.
    pub product: Signal<Out, Word<32>>,
}

impl Logic for Multiply16 {
    fn update(&mut self) {
        self.product.next = (self.a.val().low() * self.b.val().low()).into();
    }
    fn connect(&mut self) {
        self.product.connect();
    }
    fn hdl(&self) -> Verilog {
        let signal = |name: &str| VerilogExpression::Signal(name.into());
        let product =
            VerilogExpression::Binary(Box::new(signal("a")), VerilogOp::Mul, Box::new(signal("b")));
        Verilog::Combinatorial(vec![VerilogStatement::Assignment(
            signal("product"),
            product,
        )])
    }
}
