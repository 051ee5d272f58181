//! What the memory unit keeps for each of four harts, in LUT RAMs indexed by the hart.
//!
//! Two groups: what others write (start, program header, `exttouch`, account), and the progress of
//! the frame, which the unit updates after an operation and which reads as zero from `start_valid`
//! to the first update. All reads are combinational: of `hart` for the unit, of `finish_select`
//! for the lane. An update of one hart and a start of another may come in one cycle; of the same
//! hart they never do, since a hart starts only when nothing of it is under way.

use gasworks_verilog::comment;
use gasworks_verilog::leaf::LutRam;
use gasworks_verilog::word::{Word, bit_cast_word};
use rust_hdl::prelude::*;

/// See the module.
#[derive(LogicBlock, Default)]
pub struct HartFile {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// A transaction begins.
    pub start_valid: Signal<In, Bit>,
    /// On this hart.
    pub start_hart: Signal<In, Word<2>>,
    /// Address of its result record.
    pub start_result_iova: Signal<In, Word<64>>,
    /// Bytes of the record.
    pub start_result_len: Signal<In, Word<32>>,
    /// Bytes of calldata.
    pub start_calldata_len: Signal<In, Word<32>>,
    /// The header of a hart's program was read.
    pub program_valid: Signal<In, Bit>,
    /// Which hart.
    pub program_hart: Signal<In, Word<2>>,
    /// Address of the bytecode.
    pub program_code_iova: Signal<In, Word<64>>,
    /// Its bytes.
    pub program_code_len: Signal<In, Word<32>>,
    /// `exttouch` found code.
    pub ext_valid: Signal<In, Bit>,
    /// For this hart.
    pub ext_hart: Signal<In, Word<2>>,
    /// Address of that code.
    pub ext_code_iova: Signal<In, Word<64>>,
    /// Its bytes.
    pub ext_code_len: Signal<In, Word<32>>,
    /// The account of a hart is loaded.
    pub account_valid: Signal<In, Bit>,
    /// Which hart.
    pub account_hart: Signal<In, Word<2>>,
    /// The account.
    pub account_load: Signal<In, Word<160>>,
    /// Hart that is served.
    pub hart: Signal<In, Word<2>>,
    /// Bytes of its calldata.
    pub calldata_len: Signal<Out, Word<32>>,
    /// Address of its result record.
    pub result_iova: Signal<Out, Word<64>>,
    /// Bytes of the record.
    pub result_len: Signal<Out, Word<32>>,
    /// Address of its code.
    pub code_iova: Signal<Out, Word<64>>,
    /// Bytes of its code.
    pub code_len: Signal<Out, Word<32>>,
    /// Address of the code of the last `exttouch`.
    pub ext_iova: Signal<Out, Word<64>>,
    /// Bytes of that code.
    pub ext_len: Signal<Out, Word<32>>,
    /// Its account.
    pub account: Signal<Out, Word<160>>,
    /// Memory in use, words.
    pub words: Signal<Out, Word<28>>,
    /// Memory is in use.
    pub has_words: Signal<Out, Bit>,
    /// Its last word, if `has_words`.
    pub last_word: Signal<Out, Word<28>>,
    /// Gas of the memory in use.
    pub memory_cost: Signal<Out, Word<48>>,
    /// Beats written to the record.
    pub beats: Signal<Out, Word<27>>,
    /// Bytes of output.
    pub frame_output_len: Signal<Out, Word<32>>,
    /// Beats of logs.
    pub frame_log_beats: Signal<Out, Word<27>>,
    /// Logs.
    pub frame_log_count: Signal<Out, Word<16>>,
    /// Replaces the progress of `hart` by the values below.
    pub update: Signal<In, Bit>,
    /// New value.
    pub new_words: Signal<In, Word<28>>,
    /// New value.
    pub new_memory_cost: Signal<In, Word<48>>,
    /// New value.
    pub new_beats: Signal<In, Word<27>>,
    /// New value.
    pub new_output_len: Signal<In, Word<32>>,
    /// New value.
    pub new_log_beats: Signal<In, Word<27>>,
    /// New value.
    pub new_log_count: Signal<In, Word<16>>,
    /// Hart whose results the lane reads.
    pub finish_select: Signal<In, Word<2>>,
    /// Bytes of output.
    pub output_len: Signal<Out, Word<32>>,
    /// Beats of logs.
    pub log_beats: Signal<Out, Word<32>>,
    /// Logs.
    pub log_count: Signal<Out, Word<16>>,
    /// First byte of the record that was not written.
    pub cursor: Signal<Out, Word<64>>,
    /// First byte past the record.
    pub limit: Signal<Out, Word<64>>,
    started: LutRam<Word<128>, 2>,
    started_finish: LutRam<Word<96>, 2>,
    program: LutRam<Word<96>, 2>,
    ext: LutRam<Word<96>, 2>,
    accounts: LutRam<Word<160>, 2>,
    progress: LutRam<Word<178>, 2>,
    progress_finish: LutRam<Word<102>, 2>,
    /// Last word of the memory, and in bit 28 whether there is one.
    last_words: LutRam<Word<29>, 2>,
    /// One bit for each hart: its progress was never updated.
    fresh: DFF<Word<4>>,
    start_bit: Signal<Local, Word<4>>,
    hart_bit: Signal<Local, Word<4>>,
    one: Signal<Local, Word<4>>,
    now: Signal<Local, Word<178>>,
    ended: Signal<Local, Word<102>>,
}

impl Logic for HartFile {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_hart_file");
        dff_setup!(self, clock, fresh);
        clock!(
            self,
            clock,
            started,
            started_finish,
            program,
            ext,
            accounts,
            progress,
            progress_finish,
            last_words
        );
        self.started.write_enable.next = self.start_valid.val();
        self.started.write_address.next = self.start_hart.val().into();
        self.started.write_data.next = bit_cast_word::<128, 64>(self.start_result_iova.val())
            | (bit_cast_word::<128, 32>(self.start_result_len.val()) << 64)
            | (bit_cast_word::<128, 32>(self.start_calldata_len.val()) << 96);
        self.started_finish.write_enable.next = self.start_valid.val();
        self.started_finish.write_address.next = self.start_hart.val().into();
        self.started_finish.write_data.next = bit_cast_word::<96, 64>(self.start_result_iova.val())
            | (bit_cast_word::<96, 32>(self.start_result_len.val()) << 64);
        self.program.write_enable.next = self.program_valid.val();
        self.program.write_address.next = self.program_hart.val().into();
        self.program.write_data.next = bit_cast_word::<96, 64>(self.program_code_iova.val())
            | (bit_cast_word::<96, 32>(self.program_code_len.val()) << 64);
        self.ext.write_enable.next = self.ext_valid.val();
        self.ext.write_address.next = self.ext_hart.val().into();
        self.ext.write_data.next = bit_cast_word::<96, 64>(self.ext_code_iova.val())
            | (bit_cast_word::<96, 32>(self.ext_code_len.val()) << 64);
        self.accounts.write_enable.next = self.account_valid.val();
        self.accounts.write_address.next = self.account_hart.val().into();
        self.accounts.write_data.next = self.account_load.val();
        self.progress.write_enable.next = self.update.val();
        self.progress.write_address.next = self.hart.val().into();
        self.progress.write_data.next = bit_cast_word::<178, 27>(self.new_beats.val())
            | (bit_cast_word::<178, 32>(self.new_output_len.val()) << 27)
            | (bit_cast_word::<178, 27>(self.new_log_beats.val()) << 59)
            | (bit_cast_word::<178, 16>(self.new_log_count.val()) << 86)
            | (bit_cast_word::<178, 28>(self.new_words.val()) << 102)
            | (bit_cast_word::<178, 48>(self.new_memory_cost.val()) << 130);
        self.progress_finish.write_enable.next = self.update.val();
        self.progress_finish.write_address.next = self.hart.val().into();
        self.progress_finish.write_data.next = bit_cast_word::<102, 27>(self.new_beats.val())
            | (bit_cast_word::<102, 32>(self.new_output_len.val()) << 27)
            | (bit_cast_word::<102, 27>(self.new_log_beats.val()) << 59)
            | (bit_cast_word::<102, 16>(self.new_log_count.val()) << 86);
        self.last_words.write_enable.next = self.update.val();
        self.last_words.write_address.next = self.hart.val().into();
        self.last_words.write_data.next =
            (bit_cast_word::<29, 28>(self.new_words.val()) - 1).replace_bit(28, false);
        if self.new_words.val().any() {
            self.last_words.write_data.next =
                (bit_cast_word::<29, 28>(self.new_words.val()) - 1).replace_bit(28, true);
        }
        self.one.next = 1.into();
        self.start_bit.next = self.one.val() << self.start_hart.val();
        self.hart_bit.next = self.one.val() << self.hart.val();
        if self.update.val() {
            self.fresh.d.next = self.fresh.q.val() & (!self.hart_bit.val());
        }
        if self.start_valid.val() {
            self.fresh.d.next = self.fresh.q.val() | self.start_bit.val();
        }
        if self.update.val() & self.start_valid.val() {
            self.fresh.d.next =
                (self.fresh.q.val() & (!self.hart_bit.val())) | self.start_bit.val();
        }
        // For the unit.
        self.started.read_address.next = self.hart.val().into();
        self.program.read_address.next = self.hart.val().into();
        self.ext.read_address.next = self.hart.val().into();
        self.accounts.read_address.next = self.hart.val().into();
        self.progress.read_address.next = self.hart.val().into();
        self.last_words.read_address.next = self.hart.val().into();
        self.last_word.next = self.last_words.read_data.val().get_bits::<28>(0);
        self.has_words.next = self.last_words.read_data.val().get_bit(28)
            & (!(self.fresh.q.val() & self.hart_bit.val()).any());
        self.result_iova.next = self.started.read_data.val().get_bits::<64>(0);
        self.result_len.next = self.started.read_data.val().get_bits::<32>(64);
        self.calldata_len.next = self.started.read_data.val().get_bits::<32>(96);
        self.code_iova.next = self.program.read_data.val().get_bits::<64>(0);
        self.code_len.next = self.program.read_data.val().get_bits::<32>(64);
        self.ext_iova.next = self.ext.read_data.val().get_bits::<64>(0);
        self.ext_len.next = self.ext.read_data.val().get_bits::<32>(64);
        self.account.next = self.accounts.read_data.val();
        self.now.next = self.progress.read_data.val();
        if (self.fresh.q.val() & self.hart_bit.val()).any() {
            self.now.next = 0.into();
        }
        self.beats.next = self.now.val().get_bits::<27>(0);
        self.frame_output_len.next = self.now.val().get_bits::<32>(27);
        self.frame_log_beats.next = self.now.val().get_bits::<27>(59);
        self.frame_log_count.next = self.now.val().get_bits::<16>(86);
        self.words.next = self.now.val().get_bits::<28>(102);
        self.memory_cost.next = self.now.val().get_bits::<48>(130);
        // For the lane.
        self.started_finish.read_address.next = self.finish_select.val().into();
        self.progress_finish.read_address.next = self.finish_select.val().into();
        self.ended.next = self.progress_finish.read_data.val();
        if ((self.fresh.q.val() >> self.finish_select.val()) & 1).any() {
            self.ended.next = 0.into();
        }
        self.output_len.next = self.ended.val().get_bits::<32>(27);
        self.log_beats.next = bit_cast_word::<32, 27>(self.ended.val().get_bits::<27>(59));
        self.log_count.next = self.ended.val().get_bits::<16>(86);
        self.cursor.next = self.started_finish.read_data.val().get_bits::<64>(0)
            + (bit_cast_word::<64, 27>(self.ended.val().get_bits::<27>(0)) << 6);
        self.limit.next = self.started_finish.read_data.val().get_bits::<64>(0)
            + bit_cast_word::<64, 32>(self.started_finish.read_data.val().get_bits::<32>(64));
    }
}
