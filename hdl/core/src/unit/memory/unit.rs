//! Wiring of the memory unit. See [`super`].

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
            imm,
            is_task,
            is_nested,
            is_creation,
            nested_length,
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
        clock!(self, clock, control, zeroer, reader, fetch, writer, emitter);
        clock!(self, clock, keccak, harts, tally, span, tasks, frames);
        clock!(
            self,
            clock,
            places,
            ranges,
            memory_even,
            memory_odd,
            calldata
        );
        clock!(self, clock, window);
        self.abort.next = self.control.abort.val() | self.tasks.abort.val();
        self.launch.next = self.control.launch.val() | self.tasks.launch.val();
        self.control.reset.next = self.reset.val();
        self.tasks.reset.next = self.reset.val();
        self.zeroer.reset.next = self.reset.val();
        self.reader.reset.next = self.reset.val() | self.abort.val();
        self.fetch.reset.next = self.reset.val() | self.abort.val();
        self.writer.reset.next = self.reset.val();
        self.emitter.reset.next = self.reset.val();
        self.span.reset.next = self.reset.val();
        // What the operation is.
        self.is_payload.next = self.is_task.q.val() & self.tasks.is_payload.val();
        self.route.op.next = self.op.q.val();
        self.route.is_task.next = self.is_task.q.val();
        self.route.is_payload.next = self.is_payload.val();
        self.route.is_nested.next = self.is_nested.q.val();
        if self.control.take.val() {
            self.hart.d.next = self.req_hart.val().into();
            self.op.d.next = bit_cast_from_bits::<4, 8>(self.req_op.val());
            self.imm.d.next = bit_cast_from_bits::<5, 24>(self.req_imm.val());
            self.is_task.d.next = false;
            self.a.d.next = self.req_a.val();
            self.b.d.next = self.req_b.val();
            self.c.d.next = self.req_c.val();
            self.gas.d.next = self.req_gas.val();
            self.cost.d.next = 0.into();
            self.is_hash.d.next = bit_cast_from_bits::<4, 8>(self.req_op.val()) == 10;
        }
        if self.control.take.val() {
            self.is_nested.d.next = self.frames.is_nested.val();
            self.is_creation.d.next = self.frames.is_creation.val();
            self.nested_length.d.next = self.frames.calldata_length.val();
            if self.frames.is_creation.val() {
                self.nested_length.d.next = 0.into();
            }
        }
        if self.tasks.take.val() {
            self.hart.d.next = self.task_hart.val().into();
            self.is_task.d.next = true;
            self.op.d.next = 8.into();
            if self.tasks.take_fetch.val() {
                self.op.d.next = 7.into();
            }
            // In bit 2: four topics, or a creation; in bit 3: there is data.
            self.imm.d.next = bit_cast_from_bits::<5, 32>(self.task_len.val() & 3) << 2;
        }
        if self.tasks.load.val() {
            self.c.d.next = bit_cast_word::<256, 32>(self.task_length.val());
        }
        self.topics.next = self.imm.q.val().get_bits::<3>(0);
        if self.is_payload.val() {
            self.topics.next = self.imm.q.val().get_bits::<3>(0) & 4;
        }
        self.is_plain.d.next = (self.op.q.val() == 0) & (!self.a.q.val().get_bits::<5>(0).any());
        self.has_length.next = self.span.length.val().any();
        self.too_long.next = self.span.length.val() > self.return_bytes.val();
        // Tasks.
        self.is_offered.next = self.task_valid.val() & self.has_frames.val();
        self.tasks.task_valid.next = self.is_offered.val();
        self.tasks.task_op.next = self.task_op.val().into();
        self.tasks.is_idle.next = self.control.is_idle.val();
        self.tasks.ext_valid.next = self.ext_valid.val();
        self.tasks.has_length.next = self.has_length.val();
        self.tasks.too_long.next = self.too_long.val();
        self.tasks.copy_done.next = self.copy_done.val();
        self.tasks.emit_done.next = self.emitter.done.val();
        self.tasks.fetch_failed.next = self.fetch.failed.val();
        self.task_ready.next = self.tasks.task_ready.val();
        self.task_done.next = self.tasks.task_done.val();
        self.task_status.next = self.tasks.task_status.val().into();
        self.task_code.next = self.tasks.task_code.val().into();
        self.task_length.next = 0.into();
        if self.op.q.val() == 7 {
            self.task_length.next = self.harts.ext_len.val();
        }
        if (self.op.q.val() == 8) & (!self.is_payload.val()) {
            self.task_length.next = bit_cast_word::<32, 25>(self.ranges.return_length.val());
            if self.ranges.out_length.val() < self.ranges.return_length.val() {
                self.task_length.next = bit_cast_word::<32, 25>(self.ranges.out_length.val());
            }
        }
        if self.is_payload.val() & self.imm.q.val().get_bit(3) {
            self.task_length.next = bit_cast_word::<32, 25>(self.ranges.in_length.val());
        }
        // Control.
        self.control.hold.next = self.is_offered.val() | self.tasks.busy.val();
        self.control.has_early.next = self.span.has_early.val();
        self.statics.next = bit_cast_from_bits::<4, 4>(self.is_static.val()) >> self.hart.q.val();
        self.control.is_static.next = self.statics.val().get_bit(0);
        self.control.is_nested.next = self.is_nested.q.val();
        self.control.is_creation.next = self.is_creation.q.val();
        self.control.too_long.next = self.too_long.val();
        self.control.req_valid.next = self.req_valid.val();
        self.control.op.next = self.op.q.val();
        self.control.grows.next = self.span.grows.val();
        self.control.word_grows.next = self.span.word_grows.val();
        self.control.word_fits.next = self.span.word_fits.val();
        self.control.is_plain.next = self.is_plain.q.val();
        self.control.fits.next = self.span.fits.val();
        self.control.has_length.next = self.has_length.val();
        self.control.verdict.next = self.span.done.val();
        self.control.pass.next = self.span.pass.val();
        self.control.escalate.next = self.span.escalate.val();
        self.control.zero_busy.next = self.zeroer.busy.val();
        self.control.room.next = self.tally.room.val();
        self.chunk_to_memory.next = self.reader.chunk_valid.val() & self.route.is_copy.val();
        self.copy_done.next = self.chunk_to_memory.val() & self.reader.chunk_last.val();
        self.control.copy_done.next = self.copy_done.val();
        self.control.keccak_done.next = self.keccak.ending.val();
        self.control.emit_done.next = self.emitter.done.val() & self.route.is_emit.val();
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
        if self.tasks.take_fetch.val() {
            self.harts.ext_valid.next = true;
            self.harts.ext_hart.next = self.task_hart.val().into();
            self.harts.ext_code_iova.next = self.task_iova.val();
            self.harts.ext_code_len.next = self.task_len.val().into();
        }
        self.harts.account_valid.next = self.load_valid.val()
            & (self.load_target.val() == 2)
            & (!self.load_address.val().any());
        self.harts.account_hart.next = self.load_hart.val().into();
        self.harts.account_load.next = self.load_data.val().get_bits::<160>(0);
        self.harts.hart.next = self.hart.q.val();
        self.harts.update.next =
            self.control.commit.val() | self.tasks.push.val() | self.tasks.pop.val();
        self.harts.new_words.next = self.harts.words.val();
        self.harts.new_memory_cost.next = self.harts.memory_cost.val();
        self.harts.new_beats.next = self.tally.new_beats.val();
        self.harts.new_output_len.next = self.tally.new_output_len.val();
        self.harts.new_log_beats.next = self.tally.new_log_beats.val();
        self.harts.new_log_count.next = self.tally.new_log_count.val();
        if self.control.grew.val() {
            self.harts.new_words.next = self.span.words.val() & self.words_mask.val();
            self.harts.new_memory_cost.next = self.span.new_cost.val() & self.cost_mask.val();
        }
        if self.is_task.q.val() {
            self.harts.new_words.next = 0.into();
            self.harts.new_memory_cost.next = 0.into();
            self.harts.new_beats.next = self.harts.beats.val();
        }
        if self.tasks.pop.val() {
            self.harts.new_words.next = self.frames.saved_words.val();
            self.harts.new_memory_cost.next = self.frames.saved_cost.val();
            if self.tasks.undo.val() {
                self.harts.new_beats.next = self.frames.saved_beats.val();
                self.harts.new_log_beats.next = self.frames.saved_log_beats.val();
                self.harts.new_log_count.next = self.frames.saved_log_count.val();
            }
        }
        self.harts.finish_select.next = self.finish_select.val().into();
        self.output_len.next = self.harts.output_len.val().into();
        self.log_beats.next = self.harts.log_beats.val().into();
        self.log_count.next = self.harts.log_count.val().into();
        self.cursor.next = self.harts.cursor.val();
        self.limit.next = self.harts.limit.val();
        // Frames.
        self.hart_now.next = self.hart.q.val();
        if self.control.is_idle.val() & (!self.tasks.busy.val()) {
            self.hart_now.next = self.req_hart.val().into();
        }
        self.frames.start_valid.next = self.start_valid.val();
        self.frames.start_hart.next = self.start_hart.val().into();
        self.frames.hart.next = self.hart_now.val();
        self.frames.push.next = self.tasks.push.val();
        self.frames.creates.next = self.imm.q.val().get_bit(2);
        self.frames.pop.next = self.tasks.pop.val();
        self.frames.words.next = self.harts.words.val();
        self.frames.memory_cost.next = self.harts.memory_cost.val();
        self.frames.beats.next = self.harts.beats.val();
        self.frames.log_beats.next = self.harts.frame_log_beats.val();
        self.frames.log_count.next = self.harts.frame_log_count.val();
        self.frames.in_place.next = self.ranges.in_place.val();
        self.frames.in_length.next = self.ranges.in_length.val();
        self.frames.out_place.next = self.ranges.out_place.val();
        self.frames.out_length.next = self.ranges.out_length.val();
        self.places.take.next = self.control.take.val();
        self.places.op.next = bit_cast_from_bits::<4, 8>(self.req_op.val());
        self.places.load.next = self.tasks.load.val();
        self.places.is_payload.next = self.is_payload.val();
        self.places.hart.next = self.hart_now.val();
        self.places.base.next = self.frames.base.val();
        self.places.is_nested.next = self.frames.is_nested.val();
        self.places.calldata_place.next = self.frames.calldata_place.val();
        self.places.in_place.next = self.ranges.in_place.val();
        // Ranges.
        self.place_now.next = self.reader.place_now.val() & self.place_mask.val();
        self.length_now.next = self.span.length.val().get_bits::<25>(0) & self.length_mask.val();
        self.ranges.start_valid.next = self.start_valid.val();
        self.ranges.start_hart.next = self.start_hart.val().into();
        self.ranges.hart.next = self.hart.q.val();
        self.ranges.shown_hart.next = self.task_hart.val().into();
        self.ranges.op.next = self.op.q.val();
        self.ranges.is_nested.next = self.is_nested.q.val();
        self.ranges.is_creation.next = self.is_creation.q.val();
        self.ranges.commit.next = self.control.commit.val();
        self.ranges.place.next = self.place_now.val();
        self.ranges.bytes.next = self.length_now.val();
        self.ranges.push.next = self.tasks.push.val();
        self.ranges.pop.next = self.tasks.pop.val();
        self.ranges.calldata_place.next = self.frames.calldata_place.val();
        self.ranges.calldata_length.next = self.frames.calldata_length.val();
        self.ranges.saved_out_place.next = self.frames.saved_out_place.val();
        self.ranges.saved_out_length.next = self.frames.saved_out_length.val();
        self.ranges.new_return.next = self.tasks.new_return.val();
        self.ranges.is_fetched.next = self.tasks.is_fetched.val();
        self.in_range_len.next = bit_cast_word::<32, 25>(self.ranges.shown_in_length.val()).into();
        self.return_len.next =
            bit_cast_word::<32, 25>(self.ranges.shown_return_length.val()).into();
        // Span and growth.
        self.span.start.next = self.control.span_start.val() | self.tasks.span_start.val();
        self.span.rate.next = self.imm.q.val();
        self.span.return_length.next = self.ranges.return_length.val();
        self.span.room.next = self.places.room.val();
        self.span.last_room.next = self.places.last_room.val();
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
        if self.route.from_b.val() {
            self.operand.next = self.b.q.val();
        }
        self.far.next = self.operand.val().get_bits::<223>(33).any();
        self.ones.next = 0xffff_ffffu64.into();
        self.reader.start.next = self.launch.val();
        self.reader.peek.next = self.control.peek.val();
        self.reader.source.next = self.route.source.val();
        self.reader.origin.next = self.places.origin.val();
        self.reader.origin_next.next = self.places.origin_next.val();
        // A far position is at least 2^33, and so far below 2^34 that no length leads round to 0.
        self.reader.address.next = bit_cast_word::<34, 33>(self.operand.val().get_bits::<33>(0));
        if self.far.val() {
            self.reader.address.next =
                bit_cast_word::<34, 32>(self.operand.val().get_bits::<32>(0)).replace_bit(33, true);
        }
        if self.is_task.q.val() {
            self.reader.address.next = 0.into();
        }
        self.reader.length.next = self.span.size_now.val();
        self.reader.held_length.next = self.span.length.val().get_bits::<32>(0);
        self.reader.limit.next = bit_cast_word::<34, 32>(self.ones.val())
            | (bit_cast_word::<34, 32>(self.ones.val()) << 2);
        self.calldata_len.next = self.harts.calldata_len.val();
        if self.is_nested.q.val() {
            self.calldata_len.next = bit_cast_word::<32, 25>(self.nested_length.q.val());
        }
        if self.route.is_calldata.val() {
            self.reader.limit.next = bit_cast_word::<34, 32>(self.calldata_len.val());
        }
        if self.route.is_code.val() {
            self.reader.limit.next = bit_cast_word::<34, 32>(self.fetch.code_len.val());
        }
        self.is_backward.d.next = (self.op.q.val() == 9)
            & (self.b.q.val().get_bits::<32>(0) < self.a.q.val().get_bits::<32>(0));
        self.reader.backward.next = self.is_backward.q.val() & (self.op.q.val() == 9);
        self.reader.blocks.next = self.op.q.val() == 10;
        self.reader.memory_even.next = self.memory_even.read_data.val();
        self.reader.memory_odd.next = self.memory_odd.read_data.val();
        self.reader.calldata_even.next = self.calldata.even.val();
        self.reader.calldata_odd.next = self.calldata.odd.val();
        self.reader.code_even.next = self.window.even.val();
        self.reader.code_odd.next = self.window.odd.val();
        self.reader.window_end.next = self.fetch.window_end.val();
        self.reader.window_covers.next = self.fetch.window_covers.val();
        self.reader.chunk_ready.next = self.route.is_copy.val()
            | (self.keccak.absorb_ready.val() & (self.op.q.val() == 10))
            | (self.emitter.chunk_ready.val() & self.route.is_emit.val());
        // Code bytes.
        self.fetch.start.next = self.launch.val() & self.route.is_code.val();
        self.fetch.forget.next = self.start_valid.val();
        self.fetch.hart.next = self.hart.q.val();
        self.fetch.keeps.next = (self.op.q.val() == 6) & (!self.is_task.q.val());
        self.fetch.first.next = self.reader.address.val();
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
        // A fetch and an output of a frame go to the return data, `out` to the out-range.
        self.copy_address.next = self.a.q.val().get_bits::<32>(0);
        self.first_row.next = self.places.row.val();
        if self.is_task.q.val() {
            self.copy_address.next = bit_cast_word::<32, 26>(self.ranges.out_place.val());
            self.first_row.next = 0.into();
        }
        if self.route.to_return.val() {
            self.copy_address.next = 0.into();
            if !self.zeroer.busy.val() {
                self.first_row.next = self.places.return_row.val();
            }
        }
        self.writer.copy_address.next = self.copy_address.val();
        self.writer.first_row.next = self.first_row.val();
        self.writer.copy_start.next = self.launch.val();
        self.writer.length.next = self.span.length.val().get_bits::<32>(0);
        self.writer.backward.next = self.is_backward.q.val();
        self.writer.chunk_valid.next = self.chunk_to_memory.val();
        self.writer.chunk_data.next = self.reader.chunk_data.val();
        self.writer.chunk_bytes.next = self.reader.chunk_bytes.val();
        self.writer.zero_valid.next = self.zeroer.busy.val();
        self.writer.zero_row.next = self.zeroer.row.val();
        self.writer.zero_upper.next = self.zeroer.upper.val();
        self.memory_even.read_address.next = self.reader.even_row.val();
        self.memory_odd.read_address.next = self.reader.odd_row.val();
        self.memory_even.write_address.next = self.writer.even_row.val();
        self.memory_odd.write_address.next = self.writer.odd_row.val();
        self.memory_even.write_data.next = self.writer.write_data.val();
        self.memory_odd.write_data.next = self.writer.write_data.val();
        self.memory_even.write_enable.next = self.writer.even_enable.val();
        self.memory_odd.write_enable.next = self.writer.odd_enable.val();
        // Keccak.
        self.keccak.start.next = self.control.launch.val();
        self.keccak.start_empty.next = !self.span.size_now.val().any();
        self.keccak.absorb_valid.next = self.reader.chunk_valid.val() & (self.op.q.val() == 10);
        self.keccak.absorb_data.next = self.reader.chunk_data.val();
        self.keccak.absorb_last.next = self.reader.chunk_last.val();
        self.keccak.absorb_bytes.next = self.reader.chunk_bytes.val().into();
        // Logs and output.
        self.tally.is_log.next = self.op.q.val() == 11;
        self.tally.is_output.next = self.route.is_output.val();
        self.tally.is_payload.next = self.is_payload.val();
        self.tally.topics.next = self.topics.val();
        self.tally.length.next = self.span.length.val();
        self.tally.result_iova.next = self.harts.result_iova.val();
        self.tally.result_len.next = self.harts.result_len.val();
        self.tally.beats.next = self.harts.beats.val();
        self.tally.output_len.next = self.harts.frame_output_len.val();
        self.tally.log_beats.next = self.harts.frame_log_beats.val();
        self.tally.log_count.next = self.harts.frame_log_count.val();
        self.emitter.start.next = self.launch.val() & self.route.is_emit.val();
        self.emitter.is_log.next = self.route.is_log.val();
        self.emitter.topics.next = self.topics.val();
        self.emitter.length.next = self.span.length.val().get_bits::<32>(0);
        self.emitter.account.next = self.harts.account.val();
        self.emitter.cursor.next = self.tally.place.val();
        self.emitter.arg_value.next = self.arg_value.val();
        self.emitter.chunk_valid.next = self.reader.chunk_valid.val() & self.route.is_emit.val();
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
        self.rsp_soon.next = self.control.rsp_soon.val();
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
