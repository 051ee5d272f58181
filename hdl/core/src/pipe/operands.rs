//! Operand file: what a hart hands to a unit, written slice by slice as the slices execute.
//!
//! Slice k writes its part of A and B in stage 4 + k, so no register is spent on undoing the skew:
//! the whole word can be read from T on. In X of the top slice, where most operations leave
//! ([`super::dispatch`]), all but the parts of the upper two slices is there: the top one is just selected,
//! the one below is in its operand registers. A hart has at most four operations under way, so four
//! entries per hart are enough. The words of `arg` are kept in the same way; a wrong path may overwrite
//! them, which does no harm since `arg` always stands in the block of the operation that uses it.

use super::decode::Retire;
use super::dispatch::Selection;
use super::issue::Issued;
use super::shape::{Line, Shape};
use super::slice::Slice;
use crate::circuit::{Circuit, Net, RamPort, concat};

/// Words read from the file.
pub struct Operands {
    /// Operand A of the hart that is dispatched.
    pub a: Net,
    /// Operand B.
    pub b: Net,
    /// Arg word 0: operand C.
    pub c: Net,
    /// The arg word that the memory unit asks for.
    pub arg: Net,
}

/// Builds the file; `selection` is dispatched, its `memory_hart` is served by the memory unit.
pub fn build(
    c: &Circuit,
    shape: &Shape,
    issued: &Issued,
    class: &Line,
    slices: &[Slice],
    selection: &Selection,
) -> Operands {
    let Selection {
        hart,
        entry,
        waited,
        memory_hart,
    } = selection;
    let index = c.port("arg_index", 2);
    let mut words: [Vec<Net>; 4] = Default::default();
    for (k, slice) in slices.iter().enumerate() {
        let stage = 4 + k;
        let bits = Retire(class.at(stage).clone());
        let owner = issued.hart.at(stage);
        let arg_half = issued.op.at(stage).bit(40);
        let valid = &issued.valid[stage - 1];
        let operand = |name: &str, data: &Net| {
            c.ram(
                name,
                &RamPort {
                    write_enable: valid & bits.shared(),
                    write_address: shape.of_hart(owner, issued.entry.at(stage)),
                    write_data: data.clone(),
                    read_address: shape.of_hart(hart, entry),
                    latency: 0,
                },
            )
        };
        let arg = |name: &str, data: &Net, from: &Net, half: &Net| {
            c.ram(
                name,
                &RamPort {
                    write_enable: valid & bits.arg(),
                    write_address: shape.of_hart(owner, &arg_half),
                    write_data: data.clone(),
                    read_address: shape.of_hart(from, half),
                    latency: 0,
                },
            )
        };
        let (a, b) = (
            operand("operand_a", &slice.a),
            operand("operand_b", &slice.b),
        );
        let [x_a, x_b] = &slice.in_x;
        let late = |file: Net, used: &Net, in_x: &Net| match shape.slices - k {
            1 => waited.mux(&file, in_x),
            2 => waited.mux(&file, used),
            _ => file,
        };
        words[0].push(late(a, &slice.a, x_a));
        words[1].push(late(b, &slice.b, x_b));
        words[2].push(arg("operand_c", &slice.a, hart, &c.lit(0, 1)));
        let even = arg("arg_even", &slice.a, memory_hart, &index.bit(1));
        let odd = arg("arg_odd", &slice.b, memory_hart, &index.bit(1));
        words[3].push(index.bit(0).mux(&odd, &even));
    }
    let join = |name: &str, parts: &[Net]| {
        let parts: Vec<&Net> = parts.iter().collect();
        c.wire(name, &concat(&parts))
    };
    Operands {
        a: join("word_a", &words[0]),
        b: join("word_b", &words[1]),
        c: join("word_c", &words[2]),
        arg: join("arg", &words[3]),
    }
}
