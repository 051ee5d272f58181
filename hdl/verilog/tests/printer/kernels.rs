//! Larger kernels: order of assignments, signed values, structs, enums, interfaces, stock leaves.

use gasworks_verilog::comment;
use gasworks_verilog::harness::Batch;
use rust_hdl::prelude::*;

const VECTORS: usize = 400;

/// Locals that are used again, and overridden.
#[derive(LogicBlock, Default)]
pub(crate) struct Order {
    a: Signal<In, Bits<8>>,
    b: Signal<In, Bits<8>>,
    o: Signal<Out, Bits<8>>,
    q: Signal<Out, Bits<8>>,
    early: Signal<Out, Bits<8>>,
    l: Signal<Local, Bits<8>>,
    late: Signal<Local, Bits<8>>,
}

impl Logic for Order {
    #[hdl_gen]
    fn update(&mut self) {
        self.early.next = self.late.val();
        self.l.next = self.a.val();
        self.o.next = self.l.val() + 1;
        self.l.next = self.b.val();
        self.q.next = self.l.val();
        if self.l.val() > 9 {
            self.l.next = self.l.val() ^ self.a.val();
            self.q.next = self.l.val() - 3;
        }
        self.late.next = self.l.val();
    }
}

#[derive(LogicBlock, Default)]
pub(crate) struct SignedValues {
    a: Signal<In, Signed<16>>,
    b: Signal<In, Signed<16>>,
    product: Signal<Out, Signed<32>>,
    difference: Signal<Out, Signed<16>>,
    wide: Signal<Out, Signed<40>>,
    narrow: Signal<Out, Signed<8>>,
    less: Signal<Out, Bit>,
    plain: Signal<Out, Bits<16>>,
    negative: Signal<Out, Bit>,
}

impl Logic for SignedValues {
    #[hdl_gen]
    fn update(&mut self) {
        self.product.next = self.a.val() * self.b.val();
        self.difference.next = self.a.val() - self.b.val();
        self.wide.next = signed_bit_cast::<40, 16>(self.a.val() + self.b.val());
        self.narrow.next = signed_bit_cast::<8, 16>(self.a.val());
        self.less.next = self.a.val() < self.b.val();
        self.plain.next = unsigned_cast(self.a.val()) + 7;
        self.negative.next = self.a.val().get_bit(15);
    }
}

#[derive(LogicState, Copy, Clone, Debug, PartialEq)]
pub(crate) enum Op {
    Add,
    Sub,
    Xor,
    Nop,
    Shl,
}

#[derive(LogicStruct, Copy, Clone, Debug, PartialEq, Default)]
pub(crate) struct Packet {
    x: Bits<12>,
    y: Bits<5>,
    valid: Bit,
    op: Op,
}

/// Struct fields, and a match over an enum of five without `_`.
#[derive(LogicBlock, Default)]
pub(crate) struct Machine {
    clock: Signal<In, Clock>,
    a: Signal<In, Bits<12>>,
    b: Signal<In, Bits<5>>,
    go: Signal<In, Bit>,
    o: Signal<Out, Bits<12>>,
    raw: Signal<Out, Bits<21>>,
    packet: Signal<Out, Packet>,
    held: DFF<Packet>,
    following: Signal<Local, Packet>,
    op: DFF<Op>,
}

impl Logic for Machine {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module machine_of_ops");
        dff_setup!(self, clock, held, op);
        self.following.next.x = self.a.val() + self.held.q.val().x;
        self.following.next.y = self.b.val();
        self.following.next.valid = self.go.val();
        self.following.next.op = self.op.q.val();
        if self.following.val().valid {
            self.held.d.next = self.following.val();
        }
        self.packet.next = self.held.q.val();
        self.raw.next = self.held.q.val().into();
        match self.op.q.val() {
            Op::Add => {
                self.o.next = self.held.q.val().x + self.a.val();
                self.op.d.next = Op::Sub;
            }
            Op::Sub => {
                self.o.next = self.held.q.val().x - self.a.val();
                self.op.d.next = Op::Xor;
            }
            Op::Xor => {
                self.o.next = self.held.q.val().x ^ self.a.val();
                self.op.d.next = Op::Shl;
            }
            Op::Shl => {
                self.o.next = self.held.q.val().x << 3;
                self.op.d.next = Op::Nop;
            }
            Op::Nop => {
                self.o.next = bit_cast::<12, 5>(self.held.q.val().y);
                if self.go.val() {
                    self.op.d.next = Op::Add;
                }
            }
        }
    }
}

#[derive(LogicBlock, Default)]
pub(crate) struct MachineTop {
    clock: Signal<In, Clock>,
    a: Signal<In, Bits<12>>,
    go: Signal<In, Bit>,
    o: [Signal<Out, Bits<12>>; 2],
    one: Machine,
    two: Machine,
}

impl Logic for MachineTop {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, one, two);
        self.one.a.next = self.a.val();
        self.one.b.next = self.a.val().get_bits::<5>(2);
        self.one.go.next = self.go.val();
        self.two.a.next = self.one.o.val();
        self.two.b.next = self.one.raw.val().get_bits::<5>(9);
        self.two.go.next = !self.go.val() || self.one.packet.val().valid;
        self.o[0].next = self.one.o.val();
        self.o[1].next = self.two.o.val();
    }
}

#[derive(Clone, Debug, Default, LogicInterface)]
#[join = "Target"]
pub(crate) struct Controller {
    addr: Signal<Out, Bits<8>>,
    data: Signal<In, Bits<16>>,
}

#[derive(Clone, Debug, Default, LogicInterface)]
#[join = "Controller"]
pub(crate) struct Target {
    addr: Signal<In, Bits<8>>,
    data: Signal<Out, Bits<16>>,
}

#[derive(LogicBlock, Default)]
pub(crate) struct Asker {
    bus: Controller,
    x: Signal<In, Bits<8>>,
    y: Signal<Out, Bits<16>>,
}

impl Logic for Asker {
    #[hdl_gen]
    fn update(&mut self) {
        self.bus.addr.next = self.x.val() + 3;
        self.y.next = self.bus.data.val() ^ 0x55;
    }
}

#[derive(LogicBlock, Default)]
pub(crate) struct Answerer {
    bus: Target,
}

impl Logic for Answerer {
    #[hdl_gen]
    fn update(&mut self) {
        self.bus.data.next = (bit_cast::<16, 8>(self.bus.addr.val()) << 4) + 9;
    }
}

/// Interfaces joined with each other and linked to the outside.
#[derive(LogicBlock, Default)]
pub(crate) struct Hub {
    x: Signal<In, Bits<8>>,
    y: Signal<Out, Bits<16>>,
    outside: Target,
    asker: Asker,
    near: Answerer,
    far: Answerer,
}

impl Logic for Hub {
    #[hdl_gen]
    fn update(&mut self) {
        self.asker.x.next = self.x.val();
        self.y.next = self.asker.y.val();
        Controller::join(&mut self.asker.bus, &mut self.near.bus);
        Target::link(&mut self.outside, &mut self.far.bus);
    }
}

/// rust-hdl's own memories and registers, a wrapper, and constants.
#[derive(LogicBlock, Default)]
struct Inverter {
    a: Signal<In, Bits<64>>,
    y: Signal<Out, Bits<64>>,
}

impl Logic for Inverter {
    fn update(&mut self) {
        self.y.next = !self.a.val();
    }
    fn connect(&mut self) {
        self.y.connect();
    }
    fn hdl(&self) -> Verilog {
        Verilog::Wrapper(Wrapper {
            code: "inv64 u(.i(a), .o(y));".into(),
            cores: "module inv64(input [63:0] i, output [63:0] o); assign o = ~i; endmodule".into(),
        })
    }
}

#[derive(LogicBlock)]
struct Stock {
    clock: Signal<In, Clock>,
    a: Signal<In, Bits<64>>,
    b: Signal<In, Bits<64>>,
    write: Signal<In, Bit>,
    out: [Signal<Out, Bits<64>>; 5],
    ram: RAM<Bits<64>, 6>,
    rom: ROM<Bits<64>, 4>,
    slow_rom: SyncROM<Bits<64>, 4>,
    first: DFFWithInit<Bits<64>>,
    second: DFFWithInit<Bits<64>>,
    inner: Inverter,
    outer: Inverter,
    big: Constant<Bits<64>>,
}

impl Default for Stock {
    fn default() -> Self {
        let table = |k: u64| (0..16_u64).map(move |i| (i * k).to_bits::<64>());
        Stock {
            clock: Signal::default(),
            a: Signal::default(),
            b: Signal::default(),
            write: Signal::default(),
            out: Default::default(),
            ram: (0..64_u64).map(|i| (i * 3).to_bits::<64>()).into(),
            rom: table(0x0123_4567).into(),
            slow_rom: table(0x0765_4321).into(),
            first: DFFWithInit::new(0xabcd.into()),
            second: DFFWithInit::new(0x11.into()),
            inner: Inverter::default(),
            outer: Inverter::default(),
            big: Constant::new(0xdead_beef_0000_1111_u64.into()),
        }
    }
}

impl Logic for Stock {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, slow_rom, first, second);
        self.ram.read_clock.next = self.clock.val();
        self.ram.write_clock.next = self.clock.val();
        self.ram.read_address.next = self.a.val().get_bits::<6>(0);
        self.ram.write_address.next = self.b.val().get_bits::<6>(0);
        self.ram.write_data.next = self.a.val() + self.b.val();
        self.ram.write_enable.next = self.write.val();
        self.rom.address.next = self.a.val().get_bits::<4>(3);
        self.slow_rom.address.next = self.b.val().get_bits::<4>(7);
        self.first.d.next = self.a.val();
        self.second.d.next = self.first.q.val();
        self.inner.a.next = self.a.val();
        self.outer.a.next = self.inner.y.val() ^ self.big.val();
        self.out[0].next = self.ram.read_data.val();
        self.out[1].next = self.rom.data.val();
        self.out[2].next = self.slow_rom.data.val();
        self.out[3].next = self.outer.y.val();
        self.out[4].next = self.second.q.val();
    }
}

#[test]
fn kernels_mean_the_same_in_verilog() {
    let mut batch = Batch::new("kernels");
    let poke = |dut: &mut Order, random: &mut gasworks_verilog::harness::Stimulus| {
        dut.a.next = random.bits();
        dut.b.next = random.bits();
    };
    batch.add("order", Order::default(), VECTORS, poke, None);
    batch.add(
        "signed_values",
        SignedValues::default(),
        VECTORS,
        |dut, random| {
            // rust-hdl's signed_bit_cast never returns on the most negative value.
            let (mut a, mut b): (Bits<16>, Bits<16>) = (random.bits(), random.bits());
            if a == 0x8000 {
                a = 0x7fff.into();
            }
            if a + b == 0x8000 {
                b = b + 1;
            }
            dut.a.next = signed_cast(a);
            dut.b.next = signed_cast(b);
        },
        None,
    );
    batch.add(
        "machine",
        MachineTop::default(),
        VECTORS,
        |dut, random| {
            dut.a.next = random.bits();
            dut.go.next = random.bit();
        },
        Some(|dut, high| dut.clock.next = high.into()),
    );
    let machine = batch
        .designs()
        .last()
        .map(|design| design.text())
        .unwrap_or_default();
    assert_eq!(
        machine.matches("module machine_of_ops").count(),
        1,
        "{machine}"
    );
    batch.add(
        "hub",
        Hub::default(),
        VECTORS,
        |dut, random| {
            dut.x.next = random.bits();
            dut.outside.addr.next = random.bits();
        },
        None,
    );
    batch.add(
        "stock",
        Stock::default(),
        VECTORS,
        |dut, random| {
            dut.a.next = random.bits();
            dut.b.next = random.bits();
            dut.write.next = random.bit();
        },
        Some(|dut, high| dut.clock.next = high.into()),
    );
    if batch.run() {
        println!("compared {} vectors", batch.vectors());
    }
}
