//! Product of two limbs from 16 tiles of 16x16 bits.
//!
//! rust-hdl multiplies 16x16 bits only, so this is a leaf with a model of its own. The tiles are
//! registered (inside the DSP blocks), then added to two numbers of 96 bits whose weights differ by
//! 2^32: `x * y = even + (odd << 32)`. They are left unresolved for the caller's accumulators.
//! Latency 2 cycles, one product per cycle, no reset.
//! ```text
//! clock  _/‾\_/‾\_/‾\_
//! x, y   _/‾‾‾\_______
//! even   _________/‾‾‾   odd with it
//! ```

use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;
use std::fmt::Write;

/// 64x64 bits to two partial sums.
#[derive(LogicBlock, Default)]
pub struct Product64 {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Multiplicand.
    pub x: Signal<In, Word<64>>,
    /// Multiplier.
    pub y: Signal<In, Word<64>>,
    /// `x` times the low half of `y`.
    pub even: Signal<Out, Word<96>>,
    /// `x` times the high half of `y`.
    pub odd: Signal<Out, Word<96>>,
    _held: Box<(u64, u64)>,
}

fn word96(value: u128) -> Word<96> {
    Word::from_limbs(&[value as u64, (value >> 64) as u64])
}

impl Logic for Product64 {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            let (x, y) = *self._held;
            self.even.next = word96(u128::from(x) * u128::from(y & 0xffff_ffff));
            self.odd.next = word96(u128::from(x) * u128::from(y >> 32));
            *self._held = (self.x.val().low(), self.y.val().low());
        }
    }
    fn connect(&mut self) {
        self.even.connect();
        self.odd.connect();
    }
    fn hdl(&self) -> Verilog {
        let mut text = String::new();
        let mut clocked = String::new();
        for q in 0..4 {
            for p in 0..4 {
                text += &format!("reg [31:0] tile_{p}_{q} = 0;\n");
                let slice = |k: usize| format!("[{}:{}]", 16 * k + 15, 16 * k);
                let _ = writeln!(clocked, "  tile_{p}_{q} <= x{} * y{};", slice(p), slice(q));
            }
            let _ = writeln!(
                text,
                "wire [79:0] row_{q} = {{16'b0, tile_2_{q}, tile_0_{q}}} + {{tile_3_{q}, tile_1_{q}, 16'b0}};"
            );
        }
        text += "initial begin even = 0; odd = 0; end\nalways @(posedge clock) begin\n";
        text += &clocked;
        text += "  even <= {16'b0, row_0} + {row_1, 16'b0};\n";
        text += "  odd <= {16'b0, row_2} + {row_3, 16'b0};\nend";
        Verilog::Custom(text)
    }
}
