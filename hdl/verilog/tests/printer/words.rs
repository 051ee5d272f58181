//! Words and leaves.

use gasworks_verilog::harness::Batch;
use gasworks_verilog::leaf::{LutRam, MulTile, Ram, RamBe, RamReg, Reg, RegEn};
use gasworks_verilog::word::{
    Word, bit_cast_from_bit, bit_cast_from_bits, bit_cast_to_bits, bit_cast_word, bits_const,
    signed_cast_word,
};
use rust_hdl::prelude::*;

/// Every leaf, on the same stimuli.
#[derive(LogicBlock)]
pub(crate) struct Leaves {
    clock: Signal<In, Clock>,
    enable: Signal<In, Bit>,
    at: Signal<In, Bits<4>>,
    from: Signal<In, Bits<4>>,
    mask: Signal<In, Bits<32>>,
    data: Signal<In, Word<256>>,
    block_data: Signal<Out, Word<256>>,
    late_data: Signal<Out, Word<256>>,
    lut_data: Signal<Out, Word<256>>,
    byte_data: Signal<Out, Word<256>>,
    held: Signal<Out, Word<256>>,
    counted: Signal<Out, Word<12>>,
    products: [Signal<Out, Word<128>>; 3],
    block_ram: Ram<Word<256>, 4>,
    late_ram: RamReg<Word<256>, 4>,
    lut_ram: LutRam<Word<256>, 4>,
    byte_ram: RamBe<4>,
    hold: RegEn<Word<256>>,
    count: Reg<Word<12>>,
    one: MulTile<64, 128, 1>,
    two: MulTile<64, 128, 2>,
    three: MulTile<64, 128, 3>,
}

impl Default for Leaves {
    fn default() -> Self {
        Self {
            clock: Signal::default(),
            enable: Signal::default(),
            at: Signal::default(),
            from: Signal::default(),
            mask: Signal::default(),
            data: Signal::default(),
            block_data: Signal::default(),
            late_data: Signal::default(),
            lut_data: Signal::default(),
            byte_data: Signal::default(),
            held: Signal::default(),
            counted: Signal::default(),
            products: Default::default(),
            block_ram: Ram::default(),
            late_ram: RamReg::default(),
            lut_ram: LutRam::default(),
            byte_ram: RamBe::default(),
            hold: RegEn::new(Word::from(77)),
            count: Reg::new(Word::from(0xff0)),
            one: MulTile::default(),
            two: MulTile::default(),
            three: MulTile::default(),
        }
    }
}

impl Logic for Leaves {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(
            self, clock, block_ram, late_ram, lut_ram, byte_ram, hold, one, two, three
        );
        dff_setup!(self, clock, count);
        self.block_ram.write_enable.next = self.enable.val();
        self.block_ram.write_address.next = self.at.val();
        self.block_ram.write_data.next = self.data.val();
        self.block_ram.read_address.next = self.from.val();
        self.late_ram.write_enable.next = self.enable.val();
        self.late_ram.write_address.next = self.at.val();
        self.late_ram.write_data.next = self.data.val();
        self.late_ram.read_address.next = self.from.val();
        self.lut_ram.write_enable.next = self.enable.val();
        self.lut_ram.write_address.next = self.at.val();
        self.lut_ram.write_data.next = self.data.val();
        self.lut_ram.read_address.next = self.from.val();
        self.byte_ram.write_enable.next = self.mask.val();
        self.byte_ram.write_address.next = self.at.val();
        self.byte_ram.write_data.next = self.data.val();
        self.byte_ram.read_address.next = self.from.val();
        self.block_data.next = self.block_ram.read_data.val();
        self.late_data.next = self.late_ram.read_data.val();
        self.lut_data.next = self.lut_ram.read_data.val();
        self.byte_data.next = self.byte_ram.read_data.val();
        self.hold.enable.next = self.enable.val();
        self.hold.d.next = self.data.val();
        self.held.next = self.hold.q.val();
        self.count.d.next = self.count.q.val() + 1;
        self.counted.next = self.count.q.val();
        self.one.a.next = self.data.val().get_bits::<64>(0);
        self.one.b.next = self.data.val().get_bits::<64>(64);
        self.two.a.next = self.data.val().get_bits::<64>(0);
        self.two.b.next = self.data.val().get_bits::<64>(64);
        self.three.a.next = self.data.val().get_bits::<64>(0);
        self.three.b.next = self.data.val().get_bits::<64>(64);
        self.products[0].next = self.one.p.val();
        self.products[1].next = self.two.p.val();
        self.products[2].next = self.three.p.val();
    }
}

const LIMIT: u16 = 300;

/// What a kernel may do with words.
#[derive(LogicBlock, Default)]
pub(crate) struct Words<const N: usize> {
    a: Signal<In, Word<256>>,
    b: Signal<In, Word<256>>,
    wide: Signal<In, Word<576>>,
    shift: Signal<In, Bits<9>>,
    distance: Signal<In, Word<80>>,
    sum: Signal<Out, Word<257>>,
    difference: Signal<Out, Word<256>>,
    shifted: Signal<Out, Word<256>>,
    back: Signal<Out, Word<256>>,
    gone: Signal<Out, Word<256>>,
    part: Signal<Out, Word<40>>,
    low: Signal<Out, Bits<8>>,
    wider: Signal<Out, Word<576>>,
    set: Signal<Out, Word<256>>,
    flags: [Signal<Out, Bit>; 10],
    constants: Signal<Out, Word<16>>,
}

impl<const N: usize> Logic for Words<N> {
    #[hdl_gen]
    fn update(&mut self) {
        self.sum.next = bit_cast_word::<257, 256>(self.a.val())
            + bit_cast_word::<257, 256>(self.b.val())
            + bit_cast_from_bit::<257>(self.shift.val().get_bit(0));
        self.difference.next = self.a.val() - self.b.val();
        self.shifted.next = self.a.val() << self.shift.val();
        self.back.next = self.a.val() >> bit_cast_from_bits::<9, 9>(self.shift.val());
        self.gone.next = self.a.val() >> self.distance.val();
        self.part.next = self.a.val().get_bits::<40>(self.shift.val().index());
        self.low.next = bit_cast_to_bits::<8, 256>(!self.a.val());
        self.wider.next =
            self.wide.val() ^ (bit_cast_word::<576, 256>(self.a.val() & self.b.val()) << 300);
        self.set.next = self.a.val().replace_bit(
            self.shift.val().get_bits::<8>(0).index(),
            self.b.val().get_bit(255),
        );
        self.flags[0].next = self.a.val() < self.b.val();
        self.flags[1].next = signed_cast_word(self.a.val()) < signed_cast_word(self.b.val());
        self.flags[2].next = self.a.val() == self.b.val();
        self.flags[3].next = self.a.val().any();
        self.flags[4].next = self.a.val().all();
        self.flags[5].next = self.a.val().xor();
        self.flags[6].next = self.a.val() > 7;
        self.flags[7].next = self.a.val() & self.b.val() == 1;
        self.flags[8].next = self.wide.val().get_bits::<16>(0) <= bits_const::<16>(LIMIT);
        self.flags[9].next = (self.a.val() + 1) == 0;
        self.constants.next =
            self.a.val().get_bits::<16>(3) + bits_const::<16>(LIMIT) + bits_const::<16>(N);
    }
}

#[test]
fn words_and_leaves_mean_the_same_in_verilog() {
    let mut batch = Batch::new("words_and_leaves");
    let poke = |dut: &mut Leaves, random: &mut gasworks_verilog::harness::Stimulus| {
        dut.enable.next = random.bit();
        dut.at.next = random.bits();
        dut.from.next = random.bits();
        dut.mask.next = random.bits();
        dut.data.next = random.word();
    };
    let clock: fn(&mut Leaves, bool) = |dut, high| dut.clock.next = high.into();
    batch.add("leaves", Leaves::default(), 1000, poke, Some(clock));
    let poke = |dut: &mut Words<19>, random: &mut gasworks_verilog::harness::Stimulus| {
        dut.a.next = random.word();
        dut.b.next = if random.chance(200) {
            dut.a.next
        } else {
            random.word()
        };
        dut.wide.next = random.word();
        dut.shift.next = random.bits();
        dut.distance.next = random.word();
    };
    batch.add("words", Words::<19>::default(), 1000, poke, None);
    if batch.run() {
        println!("compared {} vectors", batch.vectors());
    }
    let text: String = batch
        .designs()
        .map(gasworks_verilog::Design::text)
        .collect();
    assert!(text.contains("localparam [15:0] LIMIT = 16'd300;"));
    assert!(text.contains("localparam [15:0] N = 16'd19;"));
    assert!(text.contains("reg [11:0] count = 12'hff0;"));
    assert!(text.contains("if (enable) hold <= data;"));
}

#[test]
fn word_arithmetic_agrees_with_unlimited_integers() {
    use num_bigint::BigUint;
    let mut random = gasworks_verilog::harness::Stimulus::new(5);
    let modulus = BigUint::from(1_u32) << 200;
    for _ in 0..2000 {
        let (a, b): (Word<200>, Word<200>) = (random.word(), random.word());
        let (x, y) = (a.to_biguint(), b.to_biguint());
        assert_eq!((a + b).to_biguint(), (&x + &y) % &modulus);
        assert_eq!((a - b).to_biguint(), (&x + &modulus - &y) % &modulus);
        assert_eq!((a & b).to_biguint(), &x & &y);
        assert_eq!(a.cmp(&b), x.cmp(&y));
        let count = random.below(210);
        assert_eq!((a << count).to_biguint(), (&x << count) % &modulus);
        assert_eq!((a >> count).to_biguint(), &x >> count);
        assert_eq!(Word::<200>::from(x.clone()), a);
        assert_eq!(Word::<200>::from(Bits::<200>::from(a)), a);
        assert_eq!(Word::<200>::from_le_bytes(&a.to_le_bytes()), a);
    }
}
