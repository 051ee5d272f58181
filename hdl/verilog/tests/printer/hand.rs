//! Trees built by plain Rust: a decode table of 256 rows and a 16:1 multiplexer of 256-bit words.

use gasworks_verilog::build::{
    Op, bin, bit, case, concat, eq, iff, kernel, lit, lit_word, module_name, not, set, sig, slice,
};
use gasworks_verilog::harness::Batch;
use gasworks_verilog::leaf::Reg;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;

fn row(op: u64) -> u64 {
    op.wrapping_mul(0x9e37_79b9_7f4a_7c15) & 0xff_ffff_ffff
}

/// One table drives both `update` and `hdl`.
#[derive(LogicBlock, Default)]
pub(crate) struct Decode {
    op: Signal<In, Word<8>>,
    control: Signal<Out, Word<40>>,
    kind: Signal<Out, Word<4>>,
    known: Signal<Out, Bit>,
}

impl Logic for Decode {
    fn update(&mut self) {
        let op = self.op.val().low();
        self.control.next = row(op).into();
        self.kind.next = (row(op) & 15).into();
        self.known.next = op < 200;
    }
    fn connect(&mut self) {
        self.control.connect();
        self.kind.connect();
        self.known.connect();
    }
    fn hdl(&self) -> Verilog {
        let arm = |op: u64| {
            vec![
                set("control", lit(row(op), 40)),
                set("kind", lit(row(op) & 15, 4)),
                set("known", lit(u64::from(op < 200), 1)),
            ]
        };
        let arms = (0..255).map(|op| (op, arm(op)));
        kernel(vec![
            module_name("decode_table"),
            case(sig("op"), arms, arm(255)),
        ])
    }
}

#[derive(LogicBlock, Default)]
pub(crate) struct Choose {
    x: [Signal<In, Word<256>>; 16],
    select: Signal<In, Word<4>>,
    y: Signal<Out, Word<256>>,
    level: [Signal<Local, Word<256>>; 14],
}

impl Logic for Choose {
    fn update(&mut self) {
        self.y.next = self.x[self.select.val().index()].val();
    }
    fn connect(&mut self) {
        self.y.connect();
        self.level.iter_mut().for_each(Logic::connect);
    }
    fn hdl(&self) -> Verilog {
        let mut statements = Vec::new();
        let mut names: Vec<String> = (0..16).map(|i| format!("x[{i}]")).collect();
        let mut free = (0..14).map(|i| format!("level[{i}]"));
        for depth in 0..4 {
            let halves: Vec<(String, String)> = names
                .chunks(2)
                .map(|pair| (pair[0].clone(), pair[1].clone()))
                .collect();
            names.clear();
            for (low, high) in halves {
                let out = free
                    .next()
                    .filter(|_| depth < 3)
                    .unwrap_or_else(|| "y".into());
                let then = vec![set(&out, sig(high))];
                let otherwise = vec![set(&out, sig(low))];
                statements.push(iff(bit(sig("select"), depth), then, otherwise));
                names.push(out);
            }
        }
        kernel(statements)
    }
}

#[derive(LogicBlock, Default)]
pub(crate) struct Top {
    clock: Signal<In, Clock>,
    op: Signal<In, Word<8>>,
    x: [Signal<In, Word<256>>; 4],
    control: Signal<Out, Word<40>>,
    known: Signal<Out, Bit>,
    y: Signal<Out, Word<256>>,
    packed: Signal<Out, Word<16>>,
    decode: Decode,
    choose: [Choose; 2],
    held: Reg<Word<256>>,
    mixer: Mixer,
}

impl Logic for Top {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, held);
        self.decode.op.next = self.op.val();
        self.control.next = self.decode.control.val();
        self.known.next = self.decode.known.val();
        for i in 0..16 {
            self.choose[0].x[i].next = self.x[i % 4].val() + i.to_bits::<256>();
            self.choose[1].x[i].next = self.x[(i + 1) % 4].val() ^ self.held.q.val();
        }
        self.choose[0].select.next = self.decode.kind.val();
        self.choose[1].select.next = self.op.val().get_bits::<4>(2);
        self.held.d.next = self.choose[0].y.val() + self.choose[1].y.val();
        self.y.next = self.held.q.val();
        self.mixer.x.next = self.op.val();
        self.packed.next = self.mixer.y.val();
    }
}

/// The rest of the builder.
#[derive(LogicBlock, Default)]
pub(crate) struct Mixer {
    x: Signal<In, Word<8>>,
    y: Signal<Out, Word<16>>,
}

impl Logic for Mixer {
    fn update(&mut self) {
        let x = self.x.val().low();
        let equal = u64::from(x == 0x5a);
        let sum = (x + 0xa5) & 0xff;
        self.y.next = (equal << 15 | (!x & 0xf) << 8 | sum).into();
    }
    fn connect(&mut self) {
        self.y.connect();
    }
    fn hdl(&self) -> Verilog {
        let equal = eq(sig("x"), lit_word(Word::<8>::from(0x5a)));
        let low = slice(not(sig("x")), 0, 4);
        let sum = bin(sig("x"), Op::Add, lit(0xa5, 8));
        let parts = vec![(equal, 1), (lit(0, 3), 3), (low, 4), (sum, 8)];
        kernel(vec![set("y", concat(parts))])
    }
}

#[test]
fn trees_built_by_hand_mean_the_same_in_verilog() {
    let mut batch = Batch::new("hand");
    batch.add(
        "hand",
        Top::default(),
        600,
        |dut, random| {
            dut.op.next = random.word();
            dut.x.iter_mut().for_each(|x| x.next = random.word());
        },
        Some(|dut, high| dut.clock.next = high.into()),
    );
    let text: String = batch.designs().map(|design| design.text()).collect();
    assert_eq!(
        text.matches("\nmodule ").count(),
        4,
        "decode, one multiplexer, mixer, top"
    );
    assert!(
        text.contains("assign y = {x == 8'd90, 3'd0, ~x[3:0], x + 8'd165};"),
        "{text}"
    );
    if batch.run() {
        println!("compared {} vectors", batch.vectors());
    }
}
