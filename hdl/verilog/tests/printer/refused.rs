//! Designs that must be refused, each with the error that says why.

use gasworks_verilog::{Options, VerilogError, generate};
use rust_hdl::prelude::*;

macro_rules! refused {
    ($name:ident, { $($update:tt)* }) => {
        #[derive(LogicBlock, Default)]
        struct $name {
            a: Signal<In, Bits<8>>,
            wide: Signal<In, Bits<256>>,
            o: Signal<Out, Bits<8>>,
            f: Signal<Out, Bit>,
            l: Signal<Local, Bits<8>>,
            sub: Follow,
        }
        impl Logic for $name {
            $($update)*
        }
        impl $name {
            fn error() -> VerilogError {
                generate(&Self::default(), &Options::default()).expect_err(stringify!($name))
            }
        }
    };
}

#[derive(LogicBlock, Default)]
struct Follow {
    x: Signal<In, Bits<8>>,
    y: Signal<Out, Bits<8>>,
}

impl Logic for Follow {
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.x.val();
    }
}

refused!(Latch, {
    #[hdl_gen]
    fn update(&mut self) {
        self.f.next = false;
        self.sub.x.next = self.a.val();
        if self.a.val() == 1 {
            self.o.next = self.a.val();
        }
    }
});

#[test]
fn a_latch_is_refused() {
    let (module, signal) = ("top".to_owned(), "o".to_owned());
    assert_eq!(Latch::error(), VerilogError::Latch { module, signal });
}

refused!(LatchInMatch, {
    #[hdl_gen]
    fn update(&mut self) {
        self.f.next = false;
        self.sub.x.next = self.a.val();
        match self.a.val().index() {
            0 => self.o.next = 1.into(),
            1 => {}
            _ => self.o.next = 2.into(),
        }
    }
});

#[test]
fn a_latch_in_one_arm_is_refused() {
    assert!(matches!(LatchInMatch::error(), VerilogError::Latch { .. }));
}

refused!(EarlyRead, {
    #[hdl_gen]
    fn update(&mut self) {
        self.f.next = false;
        self.sub.x.next = self.a.val();
        self.o.next = self.l.val();
        if self.a.val() > 3 {
            self.l.next = 1.into();
            self.o.next = 5.into();
        } else {
            self.l.next = self.a.val();
        }
    }
});

#[test]
fn a_read_before_the_write_in_one_block_is_refused() {
    let (module, signal) = ("top".to_owned(), "l".to_owned());
    assert_eq!(
        EarlyRead::error(),
        VerilogError::ReadBeforeWrite { module, signal }
    );
}

refused!(InputBetween, {
    #[hdl_gen]
    fn update(&mut self) {
        self.f.next = false;
        self.sub.x.next = self.a.val();
        self.o.next = self.sub.x.val();
        if self.a.val() > 3 {
            self.sub.x.next = 0.into();
        }
    }
});

#[test]
fn an_input_of_an_instance_read_between_its_writes_is_refused() {
    let error = InputBetween::error();
    assert!(matches!(error, VerilogError::ReadBeforeWrite { signal, .. } if signal == "sub$x"));
}

refused!(Ambiguous, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.sub.x.next = self.a.val();
        self.f.next = self.wide.val().get_bit((self.a.val() + 1).index());
    }
});

#[test]
fn a_sum_as_a_bit_index_is_refused() {
    let (module, place) = ("top".to_owned(), "assignment to f".to_owned());
    assert_eq!(
        Ambiguous::error(),
        VerilogError::AmbiguousIndex { module, place }
    );
}

const SEVEN: u64 = 7;
refused!(Unknown, {
    #[hdl_gen]
    fn update(&mut self) {
        self.f.next = false;
        self.sub.x.next = self.a.val();
        self.o.next = self.a.val() + SEVEN;
    }
});

#[test]
fn a_constant_without_a_value_is_refused() {
    let (module, place) = ("top".to_owned(), "assignment to o".to_owned());
    let name = "SEVEN".to_owned();
    assert_eq!(
        Unknown::error(),
        VerilogError::UnknownName {
            module,
            place,
            name
        }
    );
    let options = Options::default().with_const("SEVEN", SEVEN);
    assert!(generate(&Unknown::default(), &options).is_ok());
}

refused!(Undriven, {
    #[hdl_gen]
    fn update(&mut self) {
        self.f.next = false;
        self.o.next = self.sub.y.val() + self.l.val();
    }
});

#[test]
fn undriven_signals_are_all_named() {
    let VerilogError::Several { errors } = Undriven::error() else {
        panic!("two signals have no driver");
    };
    let text = VerilogError::Several {
        errors: errors.clone(),
    }
    .to_string();
    assert_eq!(
        text,
        "top: l is never assigned\ntop: sub$x is never assigned"
    );
}

/// A tree by hand may have any fault: the widths of a kernel are checked by Rust's types.
#[derive(LogicBlock, Default)]
struct Widths {
    a: Signal<In, Bits<8>>,
    o: Signal<Out, Bits<9>>,
    p: Signal<Out, Bits<4>>,
    q: Signal<Out, Bit>,
    r: Signal<Out, Bits<8>>,
}

impl Logic for Widths {
    fn update(&mut self) {}
    fn hdl(&self) -> Verilog {
        use gasworks_verilog::build::{Op, bin, bit, kernel, lit, set, sig};
        kernel(vec![
            set("o", sig("a")),
            set("p", lit(16, 4)),
            set("q", bit(sig("a"), 8)),
            set("a", sig("a")),
            set("r", bin(sig("a"), Op::Add, sig("o"))),
        ])
    }
}

#[test]
fn widths_that_disagree_are_refused() {
    let error = generate(&Widths::default(), &Options::default()).expect_err("widths");
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..5],
        [
            "top: assignment to o: 8 bits where 9 are needed",
            "top: assignment to p: literal 16 does not fit in 4 bits",
            "top: assignment to q: bit 8 of a value of 8 bits",
            "top: assignment to a: a cannot be assigned here",
            "top: assignment to r: 9 bits where 8 are needed",
        ]
    );
}
