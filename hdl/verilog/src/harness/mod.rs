//! Co-simulation: rust-hdl's simulator against Verilator on the printed Verilog.
//!
//! A block is poked with random inputs in rust-hdl's simulator; inputs and outputs of every cycle are
//! recorded, and a test bench plays the inputs to the printed Verilog, whose outputs must be equal.
//! Building a model takes seconds, so a test of many blocks puts them into one [`Batch`].

mod batch;
mod stimulus;
mod verilator;
mod yosys;

use rust_hdl::prelude::Block;

pub use batch::Batch;
pub use stimulus::Stimulus;
pub use verilator::Verilator;
pub use yosys::Yosys;

/// Runs `cycles` random cycles of `block` in both simulators and compares every output of each.
///
/// `poke` sets the inputs of a cycle. `clock` sets the clock input, which is named `clock`; without
/// it the block is combinational. Returns false, after saying so loudly, when Verilator is not
/// installed; the block has then been printed and run in rust-hdl's simulator only.
///
/// # Panics
/// On any difference, when the block has no Verilog, and when a tool fails or takes too long.
pub fn cosim<U: Block>(
    name: &str,
    block: U,
    cycles: usize,
    poke: impl FnMut(&mut U, &mut Stimulus),
    clock: Option<fn(&mut U, bool)>,
) -> bool {
    let mut batch = Batch::new(name);
    batch.add(name, block, cycles, poke, clock);
    batch.run()
}
