//! What frames are made of: the running frame of each hart, what its callers need again, and the
//! environment words of all of them.

use super::size::Size;
use crate::circuit::{Circuit, Net, RamPort, concat};

/// Bits of an environment pair that are kept: two addresses, or value and length.
pub const PAIR: usize = 320;
/// Bits of an address.
pub const ADDRESS: usize = 160;

/// A frame, as it is kept.
#[derive(Clone)]
pub struct Frame {
    /// Where its stack begins.
    pub base: Net,
    /// Its program.
    pub program: Net,
    /// `CallKind`, 4 or 5 a creation.
    pub kind: Net,
    /// It must not change state.
    pub is_static: Net,
    /// Effects that are not its own.
    pub mark: Net,
}

impl Frame {
    /// Bits of the word.
    const WIDTH: usize = 12 + 32 + 3 + 1 + 16;

    fn pack(&self) -> Net {
        concat(&[
            &self.base,
            &self.program,
            &self.kind,
            &self.is_static,
            &self.mark,
        ])
    }
    fn unpack(word: &Net) -> Self {
        Self {
            base: word.bits(0, 12),
            program: word.bits(12, 32),
            kind: word.bits(44, 3),
            is_static: word.bit(47),
            mark: word.bits(48, 16),
        }
    }
}

/// Where a caller goes on.
#[derive(Clone)]
pub struct Place {
    /// Micro-op after `enter`.
    pub pc: Net,
    /// Words on the window.
    pub sp: Net,
    /// Gas it kept.
    pub gas: Net,
    /// Itself.
    pub frame: Frame,
}

/// Keeps the frame that runs on each hart; read for `hart`, written for the hart that starts.
pub fn running(
    c: &Circuit,
    size: &Size,
    starts: &Net,
    start_hart: &Net,
    (frame, depth): (&Frame, &Net),
    hart: &Net,
) -> (Frame, Net) {
    let word = c.ram(
        "running",
        &RamPort {
            write_enable: starts.clone(),
            write_address: size.of_hart(start_hart, None),
            write_data: frame.pack().above(depth),
            read_address: size.of_hart(hart, None),
            latency: 0,
        },
    );
    (Frame::unpack(&word), word.bits(Frame::WIDTH, size.frames))
}

/// Keeps the depth of each hart once more, for the trace.
pub fn traced_depth(
    c: &Circuit,
    size: &Size,
    starts: &Net,
    start_hart: &Net,
    depth: &Net,
    hart: &Net,
) -> Net {
    c.ram(
        "traced",
        &RamPort {
            write_enable: starts.clone(),
            write_address: size.of_hart(start_hart, None),
            write_data: depth.clone(),
            read_address: size.of_hart(hart, None),
            latency: 0,
        },
    )
}

/// Keeps where the frames of all harts go on; the word is there a cycle after its address.
pub fn places(
    c: &Circuit,
    size: &Size,
    saves: &Net,
    place: &Place,
    hart: &Net,
    (write, read): (&Net, &Net),
) -> Place {
    let data = concat(&[&place.pc, &place.sp, &place.gas]).above(&place.frame.pack());
    let word = c.ram(
        "places",
        &RamPort {
            write_enable: saves.clone(),
            write_address: size.of_hart(hart, Some(write)),
            write_data: data,
            read_address: size.of_hart(hart, Some(read)),
            latency: 1,
        },
    );
    Place {
        pc: word.bits(0, 24),
        sp: word.bits(24, 12),
        gas: word.bits(36, 64),
        frame: Frame::unpack(&word.bits(100, Frame::WIDTH)),
    }
}

/// A beat on the load port.
pub struct Beat<'a> {
    /// It is taken by the environment file, pair 0 or 1.
    pub valid: Net,
    /// Its hart.
    pub hart: &'a Net,
    /// Frame whose environment it is.
    pub frame: &'a Net,
    /// Pair 1.
    pub odd: &'a Net,
    /// The beat.
    pub data: &'a Net,
}

/// Keeps environment pairs 0 and 1 of every frame, as they pass on the load port. The pair of
/// `hart`, `frame` and `odd` is there a cycle after its address.
pub fn environment(
    c: &Circuit,
    size: &Size,
    beat: &Beat,
    hart: &Net,
    (frame, odd): (&Net, &Net),
) -> Net {
    let (low, high) = (beat.data.bits(0, 256), beat.data.bits(256, 256));
    let addresses = low.bits(0, ADDRESS).above(&high.bits(0, ADDRESS));
    let value = low.above(&high.bits(0, PAIR - 256));
    let address = |hart: &Net, frame: &Net, odd: &Net| odd.above(&size.of_hart(hart, Some(frame)));
    c.ram(
        "environment",
        &RamPort {
            write_enable: beat.valid.clone(),
            write_address: address(beat.hart, beat.frame, beat.odd),
            write_data: beat.odd.mux(&value, &addresses),
            read_address: address(hart, frame, odd),
            latency: 1,
        },
    )
}
