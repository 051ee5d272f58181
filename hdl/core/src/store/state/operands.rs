//! What the unit keeps of each hart: the operands of its operation, task or seed, its account, and what
//! its transaction began with.
//!
//! Everything of `hart` follows it in the same cycle; what is taken is shown from the next cycle on.
//! The account is folded when it is loaded, so that it costs no time when a key is looked up. No reset:
//! nothing is read before it was taken.

use gasworks_abi::fork::Fork;
use gasworks_verilog::comment;
use gasworks_verilog::leaf::LutRam;
use gasworks_verilog::word::{Word, bit_cast_from_bits, bit_cast_to_bits, bit_cast_word, bits};
use rust_hdl::prelude::*;

const _: () = assert!(Fork::Berlin as u8 == 7);

/// Operands of the harts.
#[derive(LogicBlock, Default)]
pub struct Operands {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The operands of a request are taken.
    pub take_request: Signal<In, Bit>,
    /// Hart that asks.
    pub req_hart: Signal<In, Bits<2>>,
    /// Operation.
    pub req_op: Signal<In, Bits<8>>,
    /// Immediate; its low two bits count.
    pub req_imm: Signal<In, Bits<24>>,
    /// Operand A.
    pub req_a: Signal<In, Word<256>>,
    /// Operand B.
    pub req_b: Signal<In, Word<256>>,
    /// Operand C.
    pub req_c: Signal<In, Word<256>>,
    /// Gas left.
    pub req_gas: Signal<In, Word<64>>,
    /// Those of a task are.
    pub take_task: Signal<In, Bit>,
    /// Hart of the task.
    pub task_hart: Signal<In, Bits<2>>,
    /// Which task.
    pub task_op: Signal<In, Bits<4>>,
    /// Its key: operand A, but for `name`.
    pub task_key: Signal<In, Word<256>>,
    /// Its address: operand A of `name`.
    pub task_address: Signal<In, Word<160>>,
    /// A beat for the lane's stores.
    pub load_valid: Signal<In, Bit>,
    /// 2 environment.
    pub load_target: Signal<In, Bits<3>>,
    /// Hart.
    pub load_hart: Signal<In, Bits<2>>,
    /// Environment pair, or number of a seed.
    pub load_address: Signal<In, Bits<32>>,
    /// The beat.
    pub load_data: Signal<In, Word<512>>,
    /// The beat is the first of a seed: operands A and B are taken.
    pub take_first: Signal<In, Bit>,
    /// The beat is the second of a seed.
    pub take_seed: Signal<In, Bit>,
    /// Operand A of `hart` becomes an address.
    pub redirect: Signal<In, Bit>,
    /// That address.
    pub target: Signal<In, Word<160>>,
    /// A transaction begins.
    pub start_valid: Signal<In, Bit>,
    /// On this hart.
    pub start_hart: Signal<In, Bits<2>>,
    /// `Fork`.
    pub start_fork: Signal<In, Bits<8>>,
    /// Tag.
    pub start_tag: Signal<In, Bits<32>>,
    /// Hart that is served.
    pub hart: Signal<In, Bits<2>>,
    /// Operation; 16 more than the number of a task.
    pub op: Signal<Out, Word<5>>,
    /// Low bits of the immediate; of a task bit 0 of the key.
    pub imm: Signal<Out, Word<2>>,
    /// Operand A, or key of a seed.
    pub a: Signal<Out, Word<256>>,
    /// Operand B, or present value of a seed.
    pub b: Signal<Out, Word<256>>,
    /// Gas left.
    pub gas: Signal<Out, Word<64>>,
    /// Low bits of operand C.
    pub limit: Signal<Out, Word<64>>,
    /// Operand C has higher bits.
    pub limit_is_high: Signal<Out, Bit>,
    /// Account that runs.
    pub account: Signal<Out, Word<160>>,
    /// It, folded.
    pub account_fold: Signal<Out, Word<10>>,
    /// Number of the latest seed.
    pub seed_index: Signal<Out, Word<9>>,
    /// Its account, folded.
    pub seed_fold: Signal<Out, Word<10>>,
    /// The fork is Berlin.
    pub is_berlin: Signal<Out, Bit>,
    /// Tag of the transaction.
    pub tag: Signal<Out, Bits<32>>,
    index: DFF<Word<9>>,
    fold: DFF<Word<10>>,
    firsts: LutRam<Word<256>, 2>,
    // B; gas above.
    seconds: LutRam<Word<320>, 2>,
    // Low bits of C; above, which pieces of 16 of the others are not zero.
    limits: LutRam<Word<76>, 2>,
    // Operation; immediate above.
    operations: LutRam<Word<7>, 2>,
    // Account; folded above.
    accounts: LutRam<Word<170>, 2>,
    // Tag; whether the fork is Berlin above.
    starts: LutRam<Word<33>, 2>,
    pieces: Signal<Local, Word<12>>,
    first_fold: Signal<Local, Word<10>>,
    second_fold: Signal<Local, Word<10>>,
}

impl Logic for Operands {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module state_operands");
        dff_setup!(self, clock, index, fold);
        clock!(
            self, clock, firsts, seconds, limits, operations, accounts, starts
        );
        self.firsts.read_address.next = self.hart.val();
        self.seconds.read_address.next = self.hart.val();
        self.limits.read_address.next = self.hart.val();
        self.operations.read_address.next = self.hart.val();
        self.accounts.read_address.next = self.hart.val();
        self.starts.read_address.next = self.hart.val();
        self.op.next = self.operations.read_data.val().get_bits::<5>(0);
        self.imm.next = self.operations.read_data.val().get_bits::<2>(5);
        self.a.next = self.firsts.read_data.val();
        self.b.next = self.seconds.read_data.val().get_bits::<256>(0);
        self.gas.next = self.seconds.read_data.val().get_bits::<64>(256);
        self.limit.next = self.limits.read_data.val().get_bits::<64>(0);
        self.limit_is_high.next = self.limits.read_data.val().get_bits::<12>(64).any();
        self.account.next = self.accounts.read_data.val().get_bits::<160>(0);
        self.account_fold.next = self.accounts.read_data.val().get_bits::<10>(160);
        self.seed_index.next = self.index.q.val();
        self.seed_fold.next = self.fold.q.val();
        self.is_berlin.next = self.starts.read_data.val().get_bit(32);
        self.tag.next = bit_cast_to_bits::<32, 33>(self.starts.read_data.val());

        self.firsts.write_enable.next = self.take_request.val()
            || self.take_task.val()
            || self.take_first.val()
            || self.redirect.val();
        self.firsts.write_address.next = self.req_hart.val();
        self.firsts.write_data.next = self.req_a.val();
        if self.take_task.val() {
            self.firsts.write_address.next = self.task_hart.val();
            self.firsts.write_data.next = self.task_key.val();
            if self.task_op.val() == 3 {
                self.firsts.write_data.next = bit_cast_word::<256, 160>(self.task_address.val());
            }
        }
        if self.take_first.val() {
            self.firsts.write_address.next = self.load_hart.val();
            self.firsts.write_data.next = self.load_data.val().get_bits::<256>(0);
        }
        if self.redirect.val() {
            self.firsts.write_address.next = self.hart.val();
            self.firsts.write_data.next = bit_cast_word::<256, 160>(self.target.val());
        }

        self.seconds.write_enable.next = self.take_request.val() || self.take_first.val();
        self.seconds.write_address.next = self.req_hart.val();
        self.seconds.write_data.next = bit_cast_word::<320, 256>(self.req_b.val())
            | (bit_cast_word::<320, 64>(self.req_gas.val()) << 256);
        if self.take_first.val() {
            self.seconds.write_address.next = self.load_hart.val();
            self.seconds.write_data.next =
                bit_cast_word::<320, 256>(self.load_data.val().get_bits::<256>(256))
                    | (bit_cast_word::<320, 64>(self.req_gas.val()) << 256);
        }

        self.pieces.next = 0.into();
        for i in 0..12 {
            if self.req_c.val().get_bits::<16>(64 + i * 16).any() {
                self.pieces.next = self.pieces.val().replace_bit(i, true);
            }
        }
        self.limits.write_enable.next = self.take_request.val();
        self.limits.write_address.next = self.req_hart.val();
        self.limits.write_data.next = bit_cast_word::<76, 64>(self.req_c.val().get_bits::<64>(0))
            | (bit_cast_word::<76, 12>(self.pieces.val()) << 64);

        self.operations.write_enable.next = self.take_request.val() || self.take_task.val();
        self.operations.write_address.next = self.req_hart.val();
        self.operations.write_data.next = bit_cast_from_bits::<7, 8>(self.req_op.val() & 0xf)
            | (bit_cast_from_bits::<7, 24>(self.req_imm.val() & 3) << 5);
        if self.take_task.val() {
            self.operations.write_address.next = self.task_hart.val();
            self.operations.write_data.next = bit_cast_from_bits::<7, 4>(self.task_op.val())
                | bits::<7>(16)
                | (bit_cast_word::<7, 1>(self.task_key.val().get_bits::<1>(0)) << 5);
        }

        self.first_fold.next = 0.into();
        self.second_fold.next = 0.into();
        for i in 0..16 {
            self.first_fold.next =
                self.first_fold.val() ^ self.load_data.val().get_bits::<10>(i * 10);
            self.second_fold.next =
                self.second_fold.val() ^ self.load_data.val().get_bits::<10>(256 + i * 10);
        }
        self.accounts.write_enable.next =
            self.load_valid.val() && self.load_target.val() == 2 && self.load_address.val() == 0;
        self.accounts.write_address.next = self.load_hart.val();
        self.accounts.write_data.next =
            bit_cast_word::<170, 160>(self.load_data.val().get_bits::<160>(0))
                | (bit_cast_word::<170, 10>(self.first_fold.val()) << 160);
        self.index.d.next = self.index.q.val();
        self.fold.d.next = self.fold.q.val();
        if self.take_seed.val() {
            self.index.d.next = bit_cast_from_bits::<9, 32>(self.load_address.val());
            self.fold.d.next = self.second_fold.val();
        }

        self.starts.write_enable.next = self.start_valid.val();
        self.starts.write_address.next = self.start_hart.val();
        self.starts.write_data.next = bit_cast_from_bits::<33, 32>(self.start_tag.val());
        if self.start_fork.val() == 7 {
            self.starts.write_data.next =
                bit_cast_from_bits::<33, 32>(self.start_tag.val()).replace_bit(32, true);
        }
    }
}
