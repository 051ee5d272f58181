//! The state unit: the wiring of its parts.

use gasworks_abi::gas;
use gasworks_verilog::comment;
use gasworks_verilog::word::{bit_cast_from_bits, bit_cast_to_bits, bit_cast_word, bits};
use rust_hdl::prelude::*;

pub use super::ports::StateUnit;

const _: () = assert!(gas::SELFDESTRUCT_REFUND == 24_000);

impl Logic for StateUnit {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module state_unit");
        dff_setup!(self, clock, clears, restores, value, is_task_done);
        clock!(
            self,
            clock,
            control,
            operands,
            host,
            table,
            journal,
            call_price,
            pending,
            commit,
            task_result
        );
        self.control.reset.next = self.reset.val();
        self.host.reset.next = self.reset.val();
        self.commit.reset.next = self.reset.val();

        // What comes next.
        self.choice.idle.next = self.control.idle.val();
        self.choice.any_answer.next = self.host.any_answer.val();
        self.choice.first_answer.next = self.host.first_answer.val();
        self.choice.answer_valid.next = self.answer_valid.val();
        self.choice.clear_valid.next = self.clear_valid.val();
        self.choice.clear_hart.next = self.clear_hart.val();
        self.choice.load_valid.next = self.load_valid.val();
        self.choice.load_target.next = self.load_target.val();
        self.choice.load_hart.next = self.load_hart.val();
        self.choice.commit_valid.next = self.commit_valid.val();
        self.choice.commit_hart.next = self.commit_hart.val();
        self.choice.task_valid.next = self.task_valid.val();
        self.choice.task_hart.next = self.task_hart.val();
        self.choice.req_valid.next = self.req_valid.val();
        self.choice.req_hart.next = self.req_hart.val();
        self.clear_ready.next = self.choice.clear_ready.val();
        self.load_ready.next = self.choice.load_ready.val();
        self.commit_ready.next = self.choice.commit_ready.val();
        self.task_ready.next = self.choice.task_ready.val();
        self.req_ready.next = self.choice.req_ready.val();

        // Operands.
        self.operands.take_request.next = self.choice.take_request.val();
        self.operands.req_hart.next = self.req_hart.val();
        self.operands.req_op.next = self.req_op.val();
        self.operands.req_imm.next = self.req_imm.val();
        self.operands.req_a.next = self.req_a.val();
        self.operands.req_b.next = self.req_b.val();
        self.operands.req_c.next = self.req_c.val();
        self.operands.req_gas.next = self.req_gas.val();
        self.operands.take_task.next = self.choice.take_task.val();
        self.operands.task_hart.next = self.task_hart.val();
        self.operands.task_op.next = self.task_op.val();
        self.operands.task_key.next = self.task_key.val();
        self.operands.task_address.next = self.task_address.val();
        self.operands.load_valid.next = self.load_valid.val();
        self.operands.load_target.next = self.load_target.val();
        self.operands.load_hart.next = self.load_hart.val();
        self.operands.load_address.next = self.load_address.val();
        self.operands.load_data.next = self.load_data.val();
        self.operands.take_first.next = self.choice.take_first.val();
        self.operands.take_seed.next = self.choice.take_seed.val();
        self.operands.redirect.next = self.control.redirect.val();
        self.operands.target.next = self.host.value.val().get_bits::<160>(0);
        self.operands.start_valid.next = self.start_valid.val();
        self.operands.start_hart.next = self.start_hart.val();
        self.operands.start_fork.next = self.start_fork.val();
        self.operands.start_tag.next = self.start_tag.val();
        self.operands.hart.next = self.control.hart.val();
        self.decode.op.next = self.operands.op.val();
        self.decode.is_seed.next = self.control.is_seed.val();
        self.is_account.next = self.decode.kind.val() == 2;
        self.key.next = self.operands.a.val();
        if self.is_account.val() {
            self.key.next = bit_cast_word::<256, 160>(self.operands.a.val().get_bits::<160>(0));
        }
        self.account.next = self.operands.account.val();
        if self.decode.is_foreign.val() {
            self.account.next = self.host.address.val();
        }
        self.sends_value.next = self.operands.op.val() == 11 && !self.table.operand_is_zero.val();

        // Host.
        self.host.answer_valid.next = self.answer_valid.val();
        self.host.answer_hart.next = self.answer_hart.val();
        self.host.answer_value.next = self.answer_value.val();
        self.host.answer_code_iova.next = self.answer_code_iova.val();
        self.host.answer_code_len.next = self.answer_code_len.val();
        self.host.answer_program.next = self.answer_program.val();
        self.host.answer_effects.next = self.answer_effects.val();
        self.host.answer_flags.next = self.answer_flags.val();
        self.host.take_seed.next = self.choice.take_seed.val();
        self.host.load_hart.next = self.load_hart.val();
        self.host.load_data.next = self.load_data.val();
        self.host.take_task.next = self.choice.take_task.val();
        self.host.task_hart.next = self.task_hart.val();
        self.host.task_address.next = self.task_address.val();
        self.host.hart.next = self.control.hart.val();
        self.host.asked.next = self.control.asked.val();
        self.host.resume.next = self.choice.resume.val();
        self.host.clear.next = self.control.clear.val();
        self.host_waiting.next = self.host.waiting.val();
        self.request_valid.next = self.control.request_valid.val();
        self.request_hart.next = self.control.hart.val();
        self.request_kind.next = self.decode.request_kind.val();
        self.request_address.next = self.account.val();
        self.request_tag.next = self.operands.tag.val();
        self.request_sequence.next = self.host.sequence.val();
        self.request_key.next = self.key.val();
        if self.decode.is_call.val() {
            self.request_key.next =
                self.key.val() | (bit_cast_word::<256, 2>(self.operands.imm.val()) << 160);
        }
        if self.operands.op.val() == 10 {
            self.request_key.next = bit_cast_word::<256, 160>(self.operands.account.val());
        }

        // Control.
        self.control.resume.next = self.choice.resume.val();
        self.control.take_clear.next = self.choice.take_clear.val();
        self.control.take_seed.next = self.choice.take_seed.val();
        self.control.take_commit.next = self.choice.take_commit.val();
        self.control.take_task.next = self.choice.take_task.val();
        self.control.take_request.next = self.choice.take_request.val();
        self.control.next_hart.next = self.choice.hart.val();
        self.control.req_op.next = self.req_op.val();
        self.control.op.next = self.operands.op.val();
        self.control.imm.next = self.operands.imm.val();
        self.control.gas.next = self.operands.gas.val();
        self.control.has_value.next = !self.table.operand_is_zero.val();
        self.own_static.next = bit_cast_from_bits::<4, 4>(self.journal.is_static.val())
            .get_bit(self.control.hart.val().index());
        self.control.is_static.next = self.own_static.val();
        self.control.is_berlin.next = self.operands.is_berlin.val();
        self.control.kind.next = self.decode.kind.val();
        self.control.asks.next = self.decode.asks.val();
        self.control.asks_always.next = self.decode.asks_always.val();
        self.control.is_call.next = self.decode.is_call.val();
        self.control.is_task.next = self.decode.is_task.val();
        self.control.is_guarded.next = self.decode.is_guarded.val();
        self.control.answer_flags.next = self.host.flags.val();
        self.control.table_full.next = self.table.is_full.val();
        self.control.is_hit.next = self.table.is_hit.val();
        self.control.is_free.next = self.table.is_free.val();
        self.control.marks.next = self.table.marks.val();
        self.control.seed_index.next = self.operands.seed_index.val();
        self.control.changes.next = self.table.changes.val();
        self.control.in_frame.next = self.journal.in_frame.val();
        self.control.journal_full.next = self.journal.is_full.val();
        self.control.is_at_mark.next = self.journal.is_at_mark.val();
        self.control.store_cost.next = self.store_price.cost.val();
        self.control.call_done.next = self.call_price.done.val();
        self.control.request_ready.next = self.request_ready.val();
        self.control.rsp_ready.next = self.rsp_ready.val();
        self.control.cleared.next = self.commit.cleared.val();
        self.control.committed.next = self.commit.done.val();

        // Table.
        self.table.capacity.next = self.size.capacity.val();
        self.table.slot_mask.next = self.size.slot_mask.val();
        self.table.hart.next = self.control.hart.val();
        self.table.kind.next = self.decode.kind.val();
        self.table.key.next = self.key.val();
        self.table.account.next = self.account.val();
        self.table.account_fold.next = self.operands.account_fold.val();
        if self.is_account.val() {
            self.table.account_fold.next = 0.into();
        }
        if self.control.is_seed.val() {
            self.table.account_fold.next = self.operands.seed_fold.val();
        }
        self.table.fold.next = self.control.fold.val();
        self.table.advance.next = self.control.advance.val();
        self.table.enter.next = self.control.enter.val();
        self.table.insert.next = self.control.insert.val();
        self.table.change.next = self.control.change.val();
        self.table.new_marks.next = self.control.new_marks.val();
        self.table.new_original.next = self.host.value.val();
        // A store, or what a seed says.
        self.new_present.next = self.operands.b.val();
        if self.control.insert.val() && !self.control.is_seed.val() {
            self.new_present.next = 0.into();
            if self.decode.kind.val() == 0 {
                self.new_present.next = self.host.value.val();
            }
        } else if self.control.present_program.val() && !self.control.is_seed.val() {
            self.new_present.next = bit_cast_word::<256, 32>(self.host.program.val());
        }
        if self.control.restore.val() {
            self.new_present.next = self.journal.saved_value.val();
        }
        self.table.write_present.next = self.control.write_present.val();
        self.table.new_present.next = self.new_present.val();
        self.table.restore.next = self.control.restore.val();
        self.table.restore_index.next = self.journal.saved_index.val();
        self.table.restore_meta.next = self.journal.saved_meta.val();
        self.table.walk.next = self.commit.walk.val();
        self.table.step.next = self.commit.step.val();
        self.table.clear.next = self.control.clear.val();
        self.table.operand.next = self.operands.b.val();

        // Journal.
        self.journal.capacity.next = self.size.journal.val();
        self.journal.hart.next = self.control.hart.val();
        self.journal.clear.next = self.control.clear.val();
        self.journal.save.next = self.control.save.val();
        self.journal.index.next = self.table.index.val();
        self.journal.meta.next = self.table.meta.val();
        self.journal.value.next = self.table.present.val();
        self.journal.back.next = self.control.restore.val();
        self.journal.push.next = self.control.push.val();
        self.journal.push_static.next = self.operands.imm.val().get_bit(0);
        self.journal.pop.next = self.control.pop.val();
        self.journal.pop_refund.next = self.control.pop_refund.val();
        self.journal.refund_add.next = self.control.refund_add.val();
        self.journal.clears.next = self.clears.q.val();
        self.journal.restores.next = self.restores.q.val();
        if self.control.refund_destruct.val() {
            self.journal.clears.next = 0.into();
            self.journal.restores.next = 24000.into();
        }
        self.is_static.next = self.journal.is_static.val();

        // Gas.
        self.store_price.changes.next = self.table.changes.val();
        self.store_price.is_first_change.next = self.table.is_first_change.val();
        self.store_price.is_reset.next = self.table.is_reset.val();
        self.store_price.new_is_zero.next = self.table.operand_is_zero.val();
        self.store_price.present_is_zero.next = self.table.present_is_zero.val();
        self.store_price.original_is_zero.next = self.table.original_is_zero.val();
        self.store_price.is_warm.next = self.table.marks.val().get_bit(0);
        self.store_price.is_berlin.next = self.operands.is_berlin.val();
        self.clears.d.next = self.store_price.clears.val();
        self.restores.d.next = self.store_price.restores.val();
        self.call_price.start.next = self.control.call_start.val();
        self.call_price.gas.next = self.operands.gas.val();
        self.call_price.cost.next = self.control.cost.val();
        self.call_price.limit.next = self.operands.limit.val();
        self.call_price.is_unlimited.next =
            !self.decode.is_call.val() || self.operands.limit_is_high.val();
        self.call_price.has_value.next = self.sends_value.val();

        // What a new frame gets.
        self.pending.hart.next = self.control.hart.val();
        self.pending.write_account.next = self.control.write_account.val();
        self.pending.account.next = self.operands.a.val().get_bits::<160>(0);
        self.pending.write.next = self.control.write_pending.val();
        self.pending_kind_next.next = bit_cast_word::<3, 2>(self.operands.imm.val());
        if !self.decode.is_call.val() {
            self.pending_kind_next.next =
                bit_cast_word::<3, 1>(self.operands.imm.val().get_bits::<1>(0)) | bits::<3>(4);
        }
        self.pending.kind.next = self.pending_kind_next.val();
        self.pending.program.next = self.table.present.val().get_bits::<32>(0);
        self.pending.has_code.next = self.decode.is_call.val();
        self.pending.is_precompile.next = false;
        if self.control.is_answered.val() {
            self.pending.program.next = self.host.program.val();
            self.pending.has_code.next = self.host.flags.val().get_bit(4);
            self.pending.is_precompile.next = self.host.flags.val().get_bit(3);
        }
        self.pending.gas.next = self.call_price.callee_gas.val();
        self.pending.has_value.next = self.sends_value.val();
        self.pending.pending_hart.next = self.pending_hart.val();
        self.pending_kind.next = self.pending.pending_kind.val();
        self.pending_account.next = self.pending.pending_account.val();
        self.pending_program.next = self.pending.pending_program.val();
        self.pending_gas.next = self.pending.pending_gas.val();
        self.pending_has_value.next = self.pending.pending_has_value.val();
        self.pending_has_code.next = self.pending.pending_has_code.val();
        self.pending_is_precompile.next = self.pending.pending_is_precompile.val();

        // Record.
        self.commit.hart.next = self.control.hart.val();
        self.commit.start.next = self.choice.take_commit.val();
        self.commit.start_cursor.next = self.commit_cursor.val();
        self.commit.start_limit.next = self.commit_limit.val();
        self.commit.clear.next = self.control.clear.val();
        self.commit.touch.next = self.control.touch.val();
        self.commit.touch_index.next = self.table.marks.val().get_bits::<9>(3);
        self.commit.count.next = self.table.count.val();
        self.commit.is_written.next = self.table.marks.val().get_bit(1);
        self.commit.key.next = self.table.entry_key.val();
        self.commit.account.next = self.table.entry_account.val();
        self.commit.present.next = self.table.present.val();
        self.commit.original.next = self.table.original.val();
        self.commit.refund.next = self.journal.refund.val();
        self.committed_valid.next = self.commit.done.val();
        self.committed_write_count.next = self.commit.write_count.val();
        self.committed_refund.next = self.commit.committed_refund.val();
        self.committed_overflow.next = self.commit.overflow.val();
        self.write_valid.next = self.commit.write_valid.val();
        self.commit.write_ready.next = self.write_ready.val();
        self.write_address.next = self.commit.write_address.val();
        self.write_data.next = self.commit.write_data.val();

        // Responses.
        if self.control.value_present.val() {
            self.value.d.next = self.table.present.val();
        }
        if self.control.value_answer.val() {
            self.value.d.next = self.host.value.val();
        }
        if self.control.value_zero.val() {
            self.value.d.next = 0.into();
        }
        self.rsp_valid.next = self.control.rsp_valid.val();
        self.rsp_soon.next = self.control.rsp_soon.val();
        self.rsp_hart.next = self.control.hart.val();
        self.rsp_status.next = self.control.status.val();
        self.rsp_code.next = self.control.code.val();
        self.rsp_value.next = self.value.q.val();
        self.rsp_cost.next = bit_cast_word::<64, 16>(self.control.cost.val());
        if self.control.is_shared.val() {
            self.rsp_cost.next = self.call_price.total.val();
        }
        self.ext_valid.next = self.control.ext_valid.val();
        self.ext_hart.next = self.control.hart.val();
        self.ext_code_iova.next = self.host.code_iova.val();
        self.ext_code_len.next = bit_cast_to_bits::<32, 32>(self.host.code_len.val());
        self.is_task_done.d.next = self.control.task_end.val();
        self.task_done.next = self.is_task_done.q.val();
        self.task_result.enable.next = self.control.task_end.val();
        self.task_result.d.next = bit_cast_word::<418, 256>(self.host.value.val())
            | (bit_cast_word::<418, 64>(self.host.code_iova.val()) << 256)
            | (bit_cast_word::<418, 32>(self.host.code_len.val()) << 320)
            | (bit_cast_word::<418, 32>(self.host.program.val()) << 352)
            | (bit_cast_word::<418, 16>(self.host.effects.val()) << 384)
            | (bit_cast_word::<418, 8>(self.host.flags.val()) << 400)
            | (bit_cast_from_bits::<418, 8>(self.control.code.val()) << 408)
            | (bit_cast_from_bits::<418, 2>(self.control.status.val()) << 416);
        self.task_value.next = self.task_result.q.val().get_bits::<256>(0);
        self.task_iova.next = self.task_result.q.val().get_bits::<64>(256);
        self.task_len.next =
            bit_cast_to_bits::<32, 32>(self.task_result.q.val().get_bits::<32>(320));
        self.task_program.next =
            bit_cast_to_bits::<32, 32>(self.task_result.q.val().get_bits::<32>(352));
        self.task_effects.next =
            bit_cast_to_bits::<16, 16>(self.task_result.q.val().get_bits::<16>(384));
        self.task_flags.next =
            bit_cast_to_bits::<8, 8>(self.task_result.q.val().get_bits::<8>(400));
        self.task_code.next = bit_cast_to_bits::<8, 8>(self.task_result.q.val().get_bits::<8>(408));
        self.task_status.next =
            bit_cast_to_bits::<2, 2>(self.task_result.q.val().get_bits::<2>(416));
        if self.reset.val() {
            self.is_task_done.d.next = false;
        }
    }
}
