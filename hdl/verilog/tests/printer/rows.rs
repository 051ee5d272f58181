//! Every construct that rust-hdl's own printer gets wrong, one kernel each.

use gasworks_verilog::Options;
use gasworks_verilog::harness::{Batch, Stimulus};
use rust_hdl::prelude::*;

const VECTORS: usize = 300;

/// A kernel with two inputs, a result and a flag.
macro_rules! row {
    ($name:ident, $a:literal, $b:literal, $o:literal, { $($update:tt)* }) => {
        #[derive(LogicBlock, Default)]
        struct $name {
            a: Signal<In, Bits<$a>>,
            b: Signal<In, Bits<$b>>,
            o: Signal<Out, Bits<$o>>,
            f: Signal<Out, Bit>,
        }
        impl Logic for $name {
            $($update)*
        }
        impl $name {
            fn poke(&mut self, random: &mut Stimulus) {
                self.a.next = random.bits();
                self.b.next = random.bits();
            }
        }
    };
}

row!(PrecedenceAnd, 8, 8, 8, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.f.next = self.a.val() & self.b.val() == 1;
    }
});
row!(PrecedenceXor, 8, 8, 8, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.f.next = self.a.val() ^ self.b.val() == 1;
    }
});
row!(CarryOfCast, 8, 8, 16, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.o.next = bit_cast::<16, 8>(self.a.val() + self.b.val());
    }
});
row!(NotOfCast, 8, 8, 16, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.o.next = bit_cast::<16, 8>(!self.a.val());
    }
});
row!(LiteralCompare, 8, 8, 8, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.f.next = self.a.val() + 1 == 0;
    }
});
row!(LiteralSum, 8, 8, 8, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.o.next = (self.a.val() + self.b.val() + 1) >> 1;
    }
});
row!(DifferenceCompare, 8, 8, 8, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.f.next = self.a.val() - self.b.val() > 5;
    }
});
row!(ShiftCompare, 8, 8, 8, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.f.next = (self.a.val() << 4) == 0x10;
    }
});
row!(SliceOfSum, 8, 8, 4, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.o.next = (self.a.val() + self.b.val()).get_bits::<4>(4);
    }
});
row!(SliceOfCast, 8, 8, 4, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.o.next = bit_cast::<16, 8>(self.a.val()).get_bits::<4>(4);
    }
});
row!(CastOfSum, 8, 8, 4, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.o.next = bit_cast::<4, 8>(self.a.val() + self.b.val());
    }
});
row!(SlicePastEnd, 256, 8, 16, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.o.next = self.a.val().get_bits::<16>(self.b.val().index());
    }
});
row!(SliceScaled, 256, 5, 16, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.o.next = self.a.val().get_bits::<16>(self.b.val().index() * 8 + 1);
    }
});
row!(BitAt, 256, 8, 8, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.f.next = self.a.val().get_bit(self.b.val().index());
    }
});
row!(BitOfSum, 100, 6, 8, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.f.next = (self.a.val() + 3).get_bit(self.b.val().index());
    }
});
row!(ShiftRight, 256, 9, 256, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.o.next = self.a.val() >> self.b.val();
    }
});
row!(ShiftLeft, 8, 8, 8, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.o.next = self.a.val() << self.b.val();
    }
});
row!(ReplaceSet, 256, 8, 256, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.o.next = self.a.val().replace_bit(self.b.val().index(), true);
    }
});
row!(ReplaceClear, 256, 8, 256, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.o.next = self.a.val().replace_bit(self.b.val().index(), false);
    }
});
row!(ReplaceFixed, 100, 8, 100, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.o.next = self
            .a
            .val()
            .replace_bit(99, self.b.val().any())
            .replace_bit(0, self.b.val().all());
    }
});
row!(Compare256, 256, 256, 256, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.o.next = self.a.val() - self.b.val();
        self.f.next = self.a.val() < self.b.val();
    }
});
row!(Reduce, 256, 256, 8, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.o.next = bit_cast::<8, 1>(self.a.val().xor().into());
        self.f.next = self.a.val().any() & !self.b.val().all();
    }
});
row!(Multiply, 16, 16, 32, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.o.next = self.a.val() * self.b.val();
    }
});
row!(WideLiteral, 256, 256, 256, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.f.next = self.a.val() == bits::<256>(0xffff_ffff_ffff_ffff_u64);
        self.o.next = !self.b.val();
    }
});
row!(LongLiteral, 64, 64, 64, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.f.next = self.a.val() > 0x1_0000_0001_u64;
        self.o.next = !self.b.val() + 0xffff_ffff_u64;
    }
});
row!(SignedCompare, 256, 256, 256, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.f.next = signed_cast(self.a.val()) < signed_cast(self.b.val());
    }
});
row!(CompareWithIndex, 8, 8, 8, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.f.next = self.a.val().index() < 300;
    }
});

const FIVE: u64 = 5;
row!(NamedConstant, 8, 8, 8, {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = 0.into();
        self.f.next = false;
        self.f.next = self.a.val() == FIVE;
        self.o.next = bits::<8>(FIVE) + self.b.val();
    }
});

/// `self.sub[i].port[j]` and a const generic as a value.
#[derive(LogicBlock)]
pub(crate) struct Inner<const N: usize> {
    x: [Signal<In, Bits<8>>; N],
    y: [Signal<Out, Bits<8>>; N],
}

impl<const N: usize> Default for Inner<N> {
    fn default() -> Self {
        Self {
            x: std::array::from_fn(|_| Signal::default()),
            y: std::array::from_fn(|_| Signal::default()),
        }
    }
}

impl<const N: usize> Logic for Inner<N> {
    #[hdl_gen]
    fn update(&mut self) {
        for i in 0..N {
            self.y[i].next = self.x[(i + 1) % 3].val() + i.to_bits::<8>();
        }
    }
}

#[derive(LogicBlock)]
pub(crate) struct Nested {
    x: Signal<In, Bits<8>>,
    y: [Signal<Out, Bits<8>>; 6],
    sub: [Inner<3>; 2],
}

impl Default for Nested {
    fn default() -> Self {
        Self {
            x: Signal::default(),
            y: std::array::from_fn(|_| Signal::default()),
            sub: std::array::from_fn(|_| Inner::default()),
        }
    }
}

impl Logic for Nested {
    #[hdl_gen]
    fn update(&mut self) {
        for i in 0..2 {
            for j in 0..3 {
                self.sub[i].x[j].next = self.x.val() ^ (j.to_bits::<8>() << 3);
                self.y[3 * i + j].next = self.sub[i].y[2 - j].val();
            }
        }
    }
}

#[test]
fn rows_that_the_stock_printer_gets_wrong() {
    let mut batch = Batch::new("rows");
    macro_rules! add {
        ($($name:ident)*) => { $(
            let options = Options::new(stringify!($name)).with_const("FIVE", FIVE);
            batch.add_with(&options, $name::default(), VECTORS, $name::poke, None);
        )* };
    }
    add!(PrecedenceAnd PrecedenceXor CarryOfCast NotOfCast LiteralCompare LiteralSum DifferenceCompare
        ShiftCompare SliceOfSum SliceOfCast CastOfSum SlicePastEnd SliceScaled BitAt BitOfSum ShiftRight
        ShiftLeft ReplaceSet ReplaceClear ReplaceFixed Compare256 Reduce Multiply WideLiteral
        LongLiteral SignedCompare CompareWithIndex NamedConstant);
    batch.add(
        "Nested",
        Nested::default(),
        VECTORS,
        |dut, random| dut.x.next = random.bits(),
        None,
    );
    let nested = batch.designs().last().map(|design| design.stats.modules);
    assert_eq!(nested, Some(2), "two equal instances share a module");
    if batch.run() {
        println!("compared {} vectors", batch.vectors());
    }
}
