//! The memory unit: memory, calldata, code bytes, Keccak, logs and output of up to four harts.
//!
//! Spec: `docs/src/machine.md`, "Micro-ops", "Stores and DMA" and "units"; Yellow Paper appendix H.
//! One operation at a time. Cycles from the transfer of the request to `rsp_valid`, memory not growing:
//!
//! | operation | cycles |
//! |---|---|
//! | mload of a word whose offset is a multiple of 32 | 3 |
//! | other mload, cdload | 4 |
//! | mstore, mstore8 | 2 |
//! | msize, rdcopy | 3 |
//! | cdcopy of n chunks of 32 bytes | 4 + n |
//! | mcopy of n chunks | 5 + n, 6 + n if it goes backward |
//! | codecopy, extcopy | 6 + n, and for each 16 beats 3 + from `read_valid` to the last beat |
//! | keccak | 27 empty, 30 for 64 bytes, 29 more for each full block of 136 bytes |
//! | log | 9 + 2 for each beat |
//! | return, revert of n chunks | 11 + n, 4 if n is 0 |
//!
//! Growth of the memory adds 3 cycles to a store, and 1 for each 64 bytes after the first 128; it adds 4
//! to a copy or an mload (that then is like one of any offset), 5 to cdcopy and keccak, 2 to the
//! others, and 1 for each 64 bytes after the first 64.
//! A copy inside the memory reads no row in the cycle in which it is written: chunks are written 5
//! cycles after they were read, without pause, and the copy goes in the direction in which reading
//! leads. `req_ready` is high only in idle and depends on nothing else. Nothing in flight is lost by a late
//! `rsp_ready`, `write_ready` or `read_ready`. `reset` ends what is under way; a read under way must
//! be waited for by whoever resets.
//! ```text
//! clock      _/‾\_/‾\_/‾\_/‾\_/‾\_/‾\_
//! req_valid  _/‾‾‾\___________________
//! req_ready  ‾‾‾‾‾\_______________/‾‾‾
//! cdload      idle check decide align respond idle
//! rsp_valid  _________________/‾‾‾\___   rsp_* held with it, until rsp_ready
//! ```

use gasworks_verilog::comment;
use gasworks_verilog::word::{bit_cast_from_bits, bit_cast_to_bits, bit_cast_word};
use rust_hdl::prelude::*;

pub use super::ports::MemoryUnit;

impl Logic for MemoryUnit {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module memory_unit");
        dff_setup!(
            self,
            clock,
            hart,
            op,
            topics,
            a,
            b,
            c,
            gas,
            value,
            cost,
            is_backward,
            is_hash,
            is_plain
        );
        clock!(
            self, clock, control, zeroer, reader, fetch, writer, emitter, keccak, harts, tally,
            span, memory, calldata, window
        );
        self.control.reset.next = self.reset.val();
        self.zeroer.reset.next = self.reset.val();
        self.reader.reset.next = self.reset.val() | self.control.abort.val();
        self.fetch.reset.next = self.reset.val() | self.control.abort.val();
        self.writer.reset.next = self.reset.val();
        self.emitter.reset.next = self.reset.val();
        self.span.reset.next = self.reset.val();
        // What the operation is.
        self.is_copy.next = false;
        self.is_emit.next = false;
        self.is_output.next = false;
        self.from_b.next = false;
        self.source.next = 0.into();
        match self.op.q.val().index() {
            4 => {
                self.source.next = 1.into();
            }
            5 => {
                self.is_copy.next = true;
                self.from_b.next = true;
                self.source.next = 1.into();
            }
            6 => {
                self.is_copy.next = true;
                self.from_b.next = true;
                self.source.next = 2.into();
            }
            7 => {
                self.is_copy.next = true;
                self.from_b.next = true;
                self.source.next = 2.into();
            }
            9 => {
                self.is_copy.next = true;
                self.from_b.next = true;
            }
            11 => {
                self.is_emit.next = true;
            }
            14 => {
                self.is_emit.next = true;
                self.is_output.next = true;
            }
            15 => {
                self.is_emit.next = true;
                self.is_output.next = true;
            }
            _ => {}
        }
        if self.control.take.val() {
            self.hart.d.next = self.req_hart.val().into();
            self.op.d.next = bit_cast_from_bits::<4, 8>(self.req_op.val());
            self.topics.d.next = bit_cast_from_bits::<3, 24>(self.req_imm.val());
            self.a.d.next = self.req_a.val();
            self.b.d.next = self.req_b.val();
            self.c.d.next = self.req_c.val();
            self.gas.d.next = self.req_gas.val();
            self.cost.d.next = 0.into();
            self.is_hash.d.next = bit_cast_from_bits::<4, 8>(self.req_op.val()) == 10;
        }
        self.is_plain.d.next = (self.op.q.val() == 0) & (!self.a.q.val().get_bits::<5>(0).any());
        self.has_length.next = self.span.length.val().any();
        // Control.
        self.control.req_valid.next = self.req_valid.val();
        self.control.op.next = self.op.q.val();
        self.control.grows.next = self.span.grows.val();
        self.control.word_grows.next = self.span.word_grows.val();
        self.control.word_fits.next = self.span.word_fits.val();
        self.control.is_plain.next = self.is_plain.q.val();
        self.control.has_tail.next = self.span.has_tail.val();
        self.control.fits.next = self.span.fits.val();
        self.control.has_length.next = self.has_length.val();
        self.control.verdict.next = self.span.done.val();
        self.control.pass.next = self.span.pass.val();
        self.control.escalate.next = self.span.escalate.val();
        self.control.zero_busy.next = self.zeroer.busy.val();
        self.control.room.next = self.tally.room.val();
        self.chunk_to_memory.next = self.reader.chunk_valid.val() & self.is_copy.val();
        self.control.copy_done.next = self.chunk_to_memory.val() & self.reader.chunk_last.val();
        self.control.keccak_done.next = self.keccak.ending.val();
        self.control.emit_done.next = self.emitter.done.val();
        self.control.fetch_failed.next = self.fetch.failed.val();
        self.control.rsp_ready.next = self.rsp_ready.val();
        self.req_ready.next = self.control.req_ready.val();
        // What is kept for each hart.
        self.harts.start_valid.next = self.start_valid.val();
        self.harts.start_hart.next = self.start_hart.val().into();
        self.harts.start_result_iova.next = self.start_result_iova.val();
        self.harts.start_result_len.next = self.start_result_len.val().into();
        self.harts.start_calldata_len.next = self.start_calldata_len.val().into();
        self.harts.program_valid.next = self.program_valid.val();
        self.harts.program_hart.next = self.program_hart.val().into();
        self.harts.program_code_iova.next = self.program_code_iova.val();
        self.harts.program_code_len.next = self.program_code_len.val().into();
        self.harts.ext_valid.next = self.ext_valid.val();
        self.harts.ext_hart.next = self.ext_hart.val().into();
        self.harts.ext_code_iova.next = self.ext_code_iova.val();
        self.harts.ext_code_len.next = self.ext_code_len.val().into();
        self.harts.account_valid.next = self.load_valid.val()
            & (self.load_target.val() == 2)
            & (!self.load_address.val().any());
        self.harts.account_hart.next = self.load_hart.val().into();
        self.harts.account_load.next = self.load_data.val().get_bits::<160>(0);
        self.harts.hart.next = self.hart.q.val();
        self.harts.update.next = self.control.commit.val();
        self.harts.new_words.next = self.harts.words.val();
        self.harts.new_memory_cost.next = self.harts.memory_cost.val();
        if self.control.grew.val() {
            self.harts.new_words.next = self.span.words.val();
            self.harts.new_memory_cost.next = self.span.new_cost.val();
        }
        self.harts.new_beats.next = self.tally.new_beats.val();
        self.harts.new_output_len.next = self.tally.new_output_len.val();
        self.harts.new_log_beats.next = self.tally.new_log_beats.val();
        self.harts.new_log_count.next = self.tally.new_log_count.val();
        self.harts.finish_select.next = self.finish_select.val().into();
        self.output_len.next = self.harts.output_len.val().into();
        self.log_beats.next = self.harts.log_beats.val().into();
        self.log_count.next = self.harts.log_count.val().into();
        self.cursor.next = self.harts.cursor.val();
        self.limit.next = self.harts.limit.val();
        // Span and growth.
        self.span.start.next = self.control.span_start.val();
        self.span.op.next = self.op.q.val();
        self.span.a.next = self.a.q.val();
        self.span.b.next = self.b.q.val();
        self.span.c.next = self.c.q.val();
        self.span.gas.next = self.gas.q.val();
        self.span.old_words.next = self.harts.words.val();
        self.span.has_words.next = self.harts.has_words.val();
        self.span.last_word.next = self.harts.last_word.val();
        self.span.old_cost.next = self.harts.memory_cost.val();
        self.zeroer.start.next = self.control.zero_start.val();
        self.zeroer.stop.next = self.control.zero_stop.val();
        self.zeroer.old_words.next = self.harts.words.val();
        self.zeroer.new_words.next = self.span.words.val();
        // Reader.
        self.operand.next = self.a.q.val();
        if self.from_b.val() {
            self.operand.next = self.b.q.val();
        }
        self.far.next = self.operand.val().get_bits::<223>(33).any();
        self.ones.next = 0xffff_ffffu64.into();
        self.reader.start.next = self.control.launch.val();
        self.reader.peek.next = self.control.peek.val();
        self.reader.source.next = self.source.val();
        // A far position is at least 2^33, and so far below 2^34 that no length leads round to 0.
        self.reader.address.next = bit_cast_word::<34, 33>(self.operand.val().get_bits::<33>(0));
        if self.far.val() {
            self.reader.address.next =
                bit_cast_word::<34, 32>(self.operand.val().get_bits::<32>(0)).replace_bit(33, true);
        }
        self.reader.length.next = self.span.size_now.val();
        self.reader.held_length.next = self.span.length.val().get_bits::<32>(0);
        self.reader.limit.next = bit_cast_word::<34, 32>(self.ones.val())
            | (bit_cast_word::<34, 32>(self.ones.val()) << 2);
        if self.source.val() == 1 {
            self.reader.limit.next = bit_cast_word::<34, 32>(self.harts.calldata_len.val());
        }
        if self.source.val() == 2 {
            self.reader.limit.next = bit_cast_word::<34, 32>(self.fetch.code_len.val());
        }
        self.is_backward.d.next = (self.op.q.val() == 9)
            & (self.b.q.val().get_bits::<32>(0) < self.a.q.val().get_bits::<32>(0));
        self.reader.backward.next = self.is_backward.q.val() & (self.op.q.val() == 9);
        self.reader.blocks.next = self.op.q.val() == 10;
        self.reader.memory_even.next = self.memory.even.val();
        self.reader.memory_odd.next = self.memory.odd.val();
        self.reader.calldata_even.next = self.calldata.even.val();
        self.reader.calldata_odd.next = self.calldata.odd.val();
        self.reader.code_even.next = self.window.even.val();
        self.reader.code_odd.next = self.window.odd.val();
        self.reader.window_end.next = self.fetch.window_end.val();
        self.reader.window_covers.next = self.fetch.window_covers.val();
        self.reader.chunk_ready.next = self.is_copy.val()
            | (self.keccak.absorb_ready.val() & (self.op.q.val() == 10))
            | (self.emitter.chunk_ready.val() & self.is_emit.val());
        // Code bytes.
        self.fetch.start.next = self.control.launch.val();
        self.fetch.iova.next = self.harts.code_iova.val();
        self.fetch.code_len.next = self.harts.code_len.val();
        if self.op.q.val() == 7 {
            self.fetch.iova.next = self.harts.ext_iova.val();
            self.fetch.code_len.next = self.harts.ext_len.val();
        }
        self.fetch.starved.next = self.reader.starved.val();
        self.fetch.position.next = self.reader.position.val();
        self.fetch.read_ready.next = self.read_ready.val();
        self.fetch.data_valid.next = self.rdata_valid.val();
        self.fetch.data_error.next = self.rdata_error.val();
        self.read_valid.next = self.fetch.read_valid.val();
        self.read_address.next = self.fetch.read_address.val();
        self.read_beats.next = bit_cast_to_bits::<16, 5>(self.fetch.read_beats.val());
        self.window.read_hart.next = 0.into();
        self.window.read_word.next = self.reader.read_word.val();
        self.window.write_hart.next = 0.into();
        self.window.write_word.next = bit_cast_word::<28, 4>(self.fetch.write_beat.val()) << 1;
        self.window.write_even.next = self.rdata_data.val().get_bits::<256>(0);
        self.window.write_odd.next = self.rdata_data.val().get_bits::<256>(256);
        self.window.even_enable.next = 0.into();
        self.window.odd_enable.next = 0.into();
        if self.fetch.write_valid.val() {
            self.window.even_enable.next = self.ones.val();
            self.window.odd_enable.next = self.ones.val();
        }
        // Calldata.
        self.calldata_loads.next = self.load_valid.val() & (self.load_target.val() == 3);
        self.calldata.read_hart.next = self.hart.q.val();
        self.calldata.read_word.next = self.reader.read_word.val();
        self.calldata.write_hart.next = self.load_hart.val().into();
        self.calldata.write_word.next = bit_cast_from_bits::<28, 32>(self.load_address.val()) << 1;
        self.calldata.write_even.next = self.load_data.val().get_bits::<256>(0);
        self.calldata.write_odd.next = self.load_data.val().get_bits::<256>(256);
        self.calldata.even_enable.next = 0.into();
        self.calldata.odd_enable.next = 0.into();
        if self.calldata_loads.val() {
            self.calldata.even_enable.next = self.ones.val();
            self.calldata.odd_enable.next = self.ones.val();
        }
        // Memory.
        self.writer.store_valid.next = self.control.store.val();
        self.writer.store_byte.next = self.op.q.val() == 2;
        self.writer.value.next = self.b.q.val();
        self.writer.address.next = self.a.q.val().get_bits::<32>(0);
        self.writer.copy_start.next = self.control.launch.val();
        self.writer.length.next = self.span.length.val().get_bits::<32>(0);
        self.writer.backward.next = self.is_backward.q.val();
        self.writer.chunk_valid.next = self.chunk_to_memory.val();
        self.writer.chunk_data.next = self.reader.chunk_data.val();
        self.writer.chunk_bytes.next = self.reader.chunk_bytes.val();
        self.writer.zero_valid.next = self.zeroer.busy.val();
        self.writer.zero_row.next = self.zeroer.row.val();
        self.writer.zero_upper.next = self.zeroer.upper.val();
        self.memory.read_hart.next = self.hart.q.val();
        self.memory.read_word.next = self.reader.read_word.val();
        self.memory.write_hart.next = self.hart.q.val();
        self.memory.write_word.next = self.writer.write_word.val();
        self.memory.write_even.next = self.writer.write_data.val();
        self.memory.write_odd.next = self.writer.write_data.val();
        self.memory.even_enable.next = self.writer.even_enable.val();
        self.memory.odd_enable.next = self.writer.odd_enable.val();
        // Keccak.
        self.keccak.start.next = self.control.launch.val();
        self.keccak.start_empty.next = !self.span.size_now.val().any();
        self.keccak.absorb_valid.next = self.reader.chunk_valid.val() & (self.op.q.val() == 10);
        self.keccak.absorb_data.next = self.reader.chunk_data.val();
        self.keccak.absorb_last.next = self.reader.chunk_last.val();
        self.keccak.absorb_bytes.next = self.reader.chunk_bytes.val().into();
        // Logs and output.
        self.tally.is_log.next = self.op.q.val() == 11;
        self.tally.is_output.next = self.is_output.val();
        self.tally.topics.next = self.topics.q.val();
        self.tally.length.next = self.span.length.val();
        self.tally.result_iova.next = self.harts.result_iova.val();
        self.tally.result_len.next = self.harts.result_len.val();
        self.tally.beats.next = self.harts.beats.val();
        self.tally.output_len.next = self.harts.frame_output_len.val();
        self.tally.log_beats.next = self.harts.frame_log_beats.val();
        self.tally.log_count.next = self.harts.frame_log_count.val();
        self.emitter.start.next = self.control.launch.val() & self.is_emit.val();
        self.emitter.is_log.next = self.op.q.val() == 11;
        self.emitter.topics.next = self.topics.q.val();
        self.emitter.length.next = self.span.length.val().get_bits::<32>(0);
        self.emitter.account.next = self.harts.account.val();
        self.emitter.cursor.next = self.tally.place.val();
        self.emitter.arg_value.next = self.arg_value.val();
        self.emitter.chunk_valid.next = self.reader.chunk_valid.val() & self.is_emit.val();
        self.emitter.chunk_data.next = self.reader.chunk_data.val();
        self.emitter.chunk_last.next = self.reader.chunk_last.val();
        self.emitter.write_ready.next = self.write_ready.val();
        self.arg_index.next = self.emitter.arg_index.val().into();
        self.write_valid.next = self.emitter.write_valid.val();
        self.write_address.next = self.emitter.write_address.val();
        self.write_data.next = self.emitter.write_data.val();
        // Result.
        self.reverse.data.next = self.reader.peek_data.val();
        if self.control.value_window.val() {
            self.value.d.next = self.reverse.reversed.val();
        }
        if self.control.value_size.val() {
            self.value.d.next = bit_cast_word::<256, 28>(self.harts.words.val()) << 5;
        }
        if self.control.charge.val() {
            self.cost.d.next = self.span.cost.val();
        }
        self.rsp_valid.next = self.control.rsp_valid.val();
        self.rsp_hart.next = self.hart.q.val().into();
        self.rsp_status.next = self.control.rsp_status.val().into();
        self.rsp_code.next = self.control.rsp_code.val().into();
        // The hash and whole words of the memory are offered from where they are.
        self.reverse_offer.data.next = self.reader.peek_word.val();
        if self.is_hash.q.val() {
            self.reverse_offer.data.next = self.keccak.digest.val();
        }
        self.rsp_value.next = self.value.q.val();
        if self.control.value_plain.val() | self.is_hash.q.val() {
            self.rsp_value.next = self.reverse_offer.reversed.val();
        }
        self.rsp_cost.next = bit_cast_word::<64, 48>(self.cost.q.val());
    }
}
