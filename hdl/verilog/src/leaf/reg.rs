//! Flip-flops with a power-up value.

use rust_hdl::prelude::*;

/// Body of [`Reg`] after its `initial` statement; the printer knows it and prints the register inline.
pub(crate) const FLIP_FLOP: &str = "always @(posedge clock) q <= d;";
/// Body of [`RegEn`] after its `initial` statement.
pub(crate) const FLIP_FLOP_ENABLED: &str = "always @(posedge clock) if (enable) q <= d;";

/// A register: `q` takes `d` at every rising edge. `dff_setup!` works on it.
#[derive(Clone, Debug, LogicBlock)]
pub struct Reg<T: Synth> {
    /// The value to take.
    pub d: Signal<In, T>,
    /// The value held.
    pub q: Signal<Out, T>,
    /// The clock.
    pub clock: Signal<In, Clock>,
    _initial: T,
}

impl<T: Synth> Reg<T> {
    /// A register that powers up holding `initial`.
    #[must_use]
    pub fn new(initial: T) -> Self {
        Self {
            d: Signal::default(),
            q: Signal::new_with_default(initial),
            clock: Signal::default(),
            _initial: initial,
        }
    }
}

impl<T: Synth> Default for Reg<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Synth> Logic for Reg<T> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self.q.next = self.d.val();
        }
    }

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(format!(
            "initial q = {:x};\n{FLIP_FLOP}",
            self._initial.verilog()
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        timing(&["d"])
    }
}

/// A register with a clock enable: `q` takes `d` at a rising edge where `enable` is set.
#[derive(Clone, Debug, LogicBlock)]
pub struct RegEn<T: Synth> {
    /// The value to take.
    pub d: Signal<In, T>,
    /// Whether to take it.
    pub enable: Signal<In, Bit>,
    /// The value held.
    pub q: Signal<Out, T>,
    /// The clock.
    pub clock: Signal<In, Clock>,
    _initial: T,
}

impl<T: Synth> RegEn<T> {
    /// A register that powers up holding `initial`.
    #[must_use]
    pub fn new(initial: T) -> Self {
        Self {
            d: Signal::default(),
            enable: Signal::default(),
            q: Signal::new_with_default(initial),
            clock: Signal::default(),
            _initial: initial,
        }
    }
}

impl<T: Synth> Default for RegEn<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Synth> Logic for RegEn<T> {
    fn update(&mut self) {
        if self.clock.pos_edge() && self.enable.val() {
            self.q.next = self.d.val();
        }
    }

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        let initial = self._initial.verilog();
        Verilog::Custom(format!("initial q = {initial:x};\n{FLIP_FLOP_ENABLED}"))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        timing(&["d", "enable"])
    }
}

fn timing(inputs: &[&str]) -> Vec<TimingInfo> {
    vec![TimingInfo {
        name: "dff".into(),
        clock: "clock".into(),
        inputs: inputs.iter().map(|name| (*name).into()).collect(),
        outputs: vec!["q".into()],
    }]
}
