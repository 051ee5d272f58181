//! Everything of the card but the lanes: registers, rings, bus masters, loader. Wiring only.
//!
//! Clients of the read master: 0 submissions, 1 answers, 2 the loader's stream (identifiers 4 to
//! 7), then one per lane (identifier `8 + lane`). Clients of the write master: 0 completions,
//! 1 requests, then one per lane; each has its number as identifier. `C = L + 3`
//! and `W = L + 2` (the type system cannot add); `E = L + 1`.
//!
//! Signals to a lane carry the name that the lane gives them with `lane_` before it; payloads that
//! all lanes may share are not repeated per lane.

use crate::bus::{AxiLiteSlave, AxiMaster};
use crate::queue::answer_decode::AnswerDecode;
use crate::queue::beat_arbiter::BeatArbiter;
use crate::queue::burst_stream::BurstStream;
use crate::queue::entry_fifo::EntryFifo;
use crate::queue::finish_port::FinishPort;
use crate::queue::job_fetch::JobFetch;
use crate::queue::lane_reader::LaneReader;
use crate::queue::loader::Loader;
use crate::queue::read_master::ReadMaster;
use crate::queue::request_port::RequestPort;
use crate::queue::ring_fetch::RingFetch;
use crate::queue::ring_writer::RingWriter;
use crate::queue::write_client::WriteClient;
use crate::queue::write_master::WriteMaster;
use crate::regs::Regs;
use gasworks_abi::config::Config;
use gasworks_verilog::comment;
use gasworks_verilog::word::Word;
use rust_hdl::prelude::*;
use std::array::from_fn;

/// Declares the shell: ports, ports per lane, what is inside, and the constructor.
macro_rules! shell_block {
    (config $config:ident, build_hash $build_hash:ident;
     ports { $( $(#[$doc:meta])* $port:ident: $direction:ident $kind:ty; )* }
     lanes { $( $(#[$lane_doc:meta])* $lane_port:ident: $lane_direction:ident $lane_kind:ty; )* }
     inside { $( $field:ident: $block:ty = $made:expr; )* }
     locals { $( $local:ident: $local_kind:ty; )* }) => {
        /// See the module.
        #[derive(LogicBlock)]
        pub struct Shell<const L: usize, const C: usize, const W: usize, const E: usize> {
            $( $(#[$doc])* pub $port: Signal<$direction, $kind>, )*
            /// BAR0.
            pub s_axil: AxiLiteSlave,
            /// Host memory.
            pub m_axi: AxiMaster,
            $( $(#[$lane_doc])* pub $lane_port: [Signal<$lane_direction, $lane_kind>; L], )*
            $( $field: $block, )*
            $( $local: Signal<Local, $local_kind>, )*
        }
        impl<const L: usize, const C: usize, const W: usize, const E: usize> Shell<L, C, W, E> {
            /// The shell of a configuration with `L` lanes.
            ///
            /// # Panics
            /// When the configuration has another number of lanes, or `C`, `W`, `E` do not fit `L`.
            #[must_use]
            pub fn new($config: &Config, $build_hash: u32) -> Self {
                assert!(C == L + 3 && W == L + 2 && E == L + 1 && $config.lanes as usize == L);
                Self {
                    $( $port: Signal::default(), )*
                    s_axil: AxiLiteSlave::default(),
                    m_axi: AxiMaster::default(),
                    $( $lane_port: from_fn(|_| Signal::default()), )*
                    $( $field: $made, )*
                    $( $local: Signal::default(), )*
                }
            }
        }
    };
}

shell_block! {
    config config, build_hash build_hash;
    ports {
        /// Clock.
        clock: In Clock;
        /// Hard reset.
        reset: In Bit;
        /// Interrupts: completion, request, fault.
        irq_req: Out Bits<3>;
        /// Their acknowledgements.
        irq_ack: In Bits<3>;
        /// Reset of the lanes.
        lane_reset: Out Bit;
        /// Which hart.
        lane_start_hart: Out Bits<2>;
        /// Gas of the frame.
        lane_start_gas: Out Bits<64>;
        /// Fork number.
        lane_start_fork: Out Bits<8>;
        /// First line of the program.
        lane_start_program: Out Bits<32>;
        /// Address of the result record.
        lane_start_result_iova: Out Bits<64>;
        /// Bytes of the result buffer.
        lane_start_result_len: Out Bits<32>;
        /// Bytes of calldata.
        lane_start_calldata_len: Out Bits<32>;
        /// Tag of the transaction.
        lane_start_tag: Out Bits<32>;
        /// 0 code line, 1 constants, 2 environment, 3 calldata, 4 and 5 the beats of a seed.
        lane_load_target: Out Bits<3>;
        /// Hart of targets 2 to 5.
        lane_load_hart: Out Bits<2>;
        /// Line, constant pair, environment pair, calldata beat or seed.
        lane_load_address: Out Bits<32>;
        /// The beat.
        lane_load_data: Out Word<512>;
        /// Which hart.
        lane_clear_hart: Out Bits<2>;
        /// The beat.
        lane_rdata_data: Out Word<512>;
        /// The bus reported an error for it.
        lane_rdata_error: Out Bit;
        /// Value.
        lane_answer_value: Out Word<256>;
        /// Address of code.
        lane_answer_code_iova: Out Bits<64>;
        /// Bytes of code.
        lane_answer_code_len: Out Bits<32>;
        /// Flags of `Answer`.
        lane_answer_flags: Out Bits<8>;
        /// Effects of the transaction so far.
        lane_answer_effects: Out Bits<16>;
        /// Handle of a program.
        lane_answer_program: Out Bits<32>;
        /// `Counter`.
        lane_counter_select: Out Bits<8>;
    }
    lanes {
        /// Start a hart: its stores are loaded.
        lane_start_valid: Out Bit;
        /// The start is taken.
        lane_start_ready: In Bit;
        /// A beat for a store.
        lane_load_valid: Out Bit;
        /// It is taken.
        lane_load_ready: In Bit;
        /// Forget what the hart had.
        lane_clear_valid: Out Bit;
        /// Done.
        lane_clear_ready: In Bit;
        /// A transaction ended; its record was handed to the write channel.
        lane_finish_valid: In Bit;
        /// The finish is taken.
        lane_finish_ready: Out Bit;
        /// Which hart.
        lane_finish_hart: In Bits<2>;
        /// `Status`.
        lane_finish_status: In Bits<8>;
        /// `Halt` or `Escalation`.
        lane_finish_reason: In Bits<8>;
        /// Gas left.
        lane_finish_gas: In Bits<64>;
        /// Refund, signed.
        lane_finish_refund: In Bits<64>;
        /// Bytes of output.
        lane_finish_output_len: In Bits<32>;
        /// Beats of logs.
        lane_finish_log_beats: In Bits<32>;
        /// Logs.
        lane_finish_log_count: In Bits<16>;
        /// Slots written.
        lane_finish_write_count: In Bits<16>;
        /// Cycles of the frame.
        lane_finish_cycles: In Bits<32>;
        /// EVM instructions.
        lane_finish_instructions: In Bits<32>;
        /// Micro-ops retired.
        lane_finish_micro_ops: In Bits<32>;
        /// Cycles spent waiting for the host.
        lane_finish_host_cycles: In Bits<32>;
        /// A beat for host memory.
        lane_write_valid: In Bit;
        /// It is taken.
        lane_write_ready: Out Bit;
        /// Its address, a multiple of 64.
        lane_write_address: In Bits<64>;
        /// The beat.
        lane_write_data: In Word<512>;
        /// Every beat that was taken is in host memory.
        lane_written: Out Bit;
        /// Read host memory.
        lane_read_valid: In Bit;
        /// The read is taken.
        lane_read_ready: Out Bit;
        /// First byte, a multiple of 64.
        lane_read_address: In Bits<64>;
        /// Beats, 1 to 256.
        lane_read_beats: In Bits<16>;
        /// A beat of the read.
        lane_rdata_valid: Out Bit;
        /// A hart asks the host.
        lane_request_valid: In Bit;
        /// The request is taken.
        lane_request_ready: Out Bit;
        /// Which hart.
        lane_request_hart: In Bits<2>;
        /// `RequestKind`.
        lane_request_kind: In Bits<8>;
        /// Slot, account or number.
        lane_request_key: In Word<256>;
        /// Account whose storage is meant.
        lane_request_address: In Word<160>;
        /// Tag of the transaction.
        lane_request_tag: In Bits<32>;
        /// Sequence number of the hart.
        lane_request_sequence: In Bits<8>;
        /// An answer; always taken.
        lane_answer_valid: Out Bit;
        /// Which hart.
        lane_answer_hart: Out Bits<2>;
        /// Its value.
        lane_counter_value: In Bits<48>;
    }
    inside {
        harts: Constant<Bits<16>> = Constant::new(u64::from(config.harts).into());
        first_hart: [Constant<Bits<16>>; L] = from_fn(|i| Constant::new((i as u64 * u64::from(config.harts)).into()));
        lane_id: [Constant<Bits<6>>; L] = from_fn(|i| Constant::new((8 + i as u64).into()));
        lane_client: [Constant<Bits<4>>; L] = from_fn(|i| Constant::new((2 + i as u64).into()));
        regs: Regs = Regs::new(config, build_hash);
        reads: ReadMaster<C> = ReadMaster::default();
        writes: WriteMaster<W> = WriteMaster::default();
        submissions: RingFetch = RingFetch::default();
        entries: EntryFifo = EntryFifo::default();
        jobs: JobFetch = JobFetch::new(config);
        stream: BurstStream = BurstStream::default();
        loader: Loader<L> = Loader::new(config);
        answers: RingFetch = RingFetch::default();
        answer: AnswerDecode = AnswerDecode::default();
        finishes: [FinishPort; L] = from_fn(|_| FinishPort::default());
        requests: [RequestPort; L] = from_fn(|_| RequestPort::default());
        readers: [LaneReader; L] = from_fn(|_| LaneReader::default());
        writers: [WriteClient; L] = from_fn(|_| WriteClient::default());
        completion_choice: BeatArbiter<E> = BeatArbiter::default();
        completion_ring: RingWriter = RingWriter::default();
        completion_writer: WriteClient = WriteClient::default();
        request_choice: BeatArbiter<L> = BeatArbiter::default();
        request_ring: RingWriter = RingWriter::default();
        request_writer: WriteClient = WriteClient::default();
        completions_seen: DFF<Bits<16>> = DFF::default();
        requests_seen: DFF<Bits<16>> = DFF::default();
    }
    locals {
        starts: Bits<L>;
        hits: Bits<L>;
        busy: Bit;
        bad_write: Bit;
        faults: Bits<4>;
    }
}

impl<const L: usize, const C: usize, const W: usize, const E: usize> Logic for Shell<L, C, W, E> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module shell");
        dff_setup!(self, clock, completions_seen, requests_seen);
        // Clock and reset.
        self.regs.clock.next = self.clock.val();
        self.regs.reset.next = self.reset.val();
        self.reads.clock.next = self.clock.val();
        self.reads.reset.next = self.regs.core_reset.val();
        self.writes.clock.next = self.clock.val();
        self.writes.reset.next = self.regs.core_reset.val();
        self.submissions.clock.next = self.clock.val();
        self.submissions.reset.next = self.regs.core_reset.val();
        self.entries.clock.next = self.clock.val();
        self.entries.reset.next = self.regs.core_reset.val();
        self.jobs.clock.next = self.clock.val();
        self.jobs.reset.next = self.regs.core_reset.val();
        self.stream.clock.next = self.clock.val();
        self.stream.reset.next = self.regs.core_reset.val();
        self.loader.clock.next = self.clock.val();
        self.loader.reset.next = self.regs.core_reset.val();
        self.answers.clock.next = self.clock.val();
        self.answers.reset.next = self.regs.core_reset.val();
        self.answer.clock.next = self.clock.val();
        self.answer.reset.next = self.regs.core_reset.val();
        self.completion_choice.clock.next = self.clock.val();
        self.completion_choice.reset.next = self.regs.core_reset.val();
        self.completion_ring.clock.next = self.clock.val();
        self.completion_ring.reset.next = self.regs.core_reset.val();
        self.completion_writer.clock.next = self.clock.val();
        self.completion_writer.reset.next = self.regs.core_reset.val();
        self.request_choice.clock.next = self.clock.val();
        self.request_choice.reset.next = self.regs.core_reset.val();
        self.request_ring.clock.next = self.clock.val();
        self.request_ring.reset.next = self.regs.core_reset.val();
        self.request_writer.clock.next = self.clock.val();
        self.request_writer.reset.next = self.regs.core_reset.val();
        self.lane_reset.next = self.regs.core_reset.val();
        for i in 0..L {
            self.finishes[i].clock.next = self.clock.val();
            self.finishes[i].reset.next = self.regs.core_reset.val();
            self.requests[i].clock.next = self.clock.val();
            self.requests[i].reset.next = self.regs.core_reset.val();
            self.readers[i].clock.next = self.clock.val();
            self.readers[i].reset.next = self.regs.core_reset.val();
            self.writers[i].clock.next = self.clock.val();
            self.writers[i].reset.next = self.regs.core_reset.val();
        }
        // Registers.
        AxiLiteSlave::link(&mut self.s_axil, &mut self.regs.s_axil);
        self.irq_req.next = self.regs.irq_req.val();
        self.regs.irq_ack.next = self.irq_ack.val();
        // Bus.
        self.m_axi.arid.next = self.reads.m_axi_arid.val();
        self.m_axi.araddr.next = self.reads.m_axi_araddr.val();
        self.m_axi.arlen.next = self.reads.m_axi_arlen.val();
        self.m_axi.arsize.next = self.reads.m_axi_arsize.val();
        self.m_axi.arburst.next = self.reads.m_axi_arburst.val();
        self.m_axi.arvalid.next = self.reads.m_axi_arvalid.val();
        self.reads.m_axi_arready.next = self.m_axi.arready.val();
        self.reads.m_axi_rid.next = self.m_axi.rid.val();
        self.reads.m_axi_rdata.next = self.m_axi.rdata.val();
        self.reads.m_axi_rresp.next = self.m_axi.rresp.val();
        self.reads.m_axi_rlast.next = self.m_axi.rlast.val();
        self.reads.m_axi_rvalid.next = self.m_axi.rvalid.val();
        self.m_axi.rready.next = self.reads.m_axi_rready.val();
        self.m_axi.awid.next = self.writes.m_axi_awid.val();
        self.m_axi.awaddr.next = self.writes.m_axi_awaddr.val();
        self.m_axi.awlen.next = self.writes.m_axi_awlen.val();
        self.m_axi.awsize.next = self.writes.m_axi_awsize.val();
        self.m_axi.awburst.next = self.writes.m_axi_awburst.val();
        self.m_axi.awvalid.next = self.writes.m_axi_awvalid.val();
        self.writes.m_axi_awready.next = self.m_axi.awready.val();
        self.m_axi.wdata.next = self.writes.m_axi_wdata.val();
        self.m_axi.wstrb.next = self.writes.m_axi_wstrb.val();
        self.m_axi.wlast.next = self.writes.m_axi_wlast.val();
        self.m_axi.wvalid.next = self.writes.m_axi_wvalid.val();
        self.writes.m_axi_wready.next = self.m_axi.wready.val();
        self.writes.m_axi_bid.next = self.m_axi.bid.val();
        self.writes.m_axi_bresp.next = self.m_axi.bresp.val();
        self.writes.m_axi_bvalid.next = self.m_axi.bvalid.val();
        self.m_axi.bready.next = self.writes.m_axi_bready.val();
        self.reads.halt.next = self.regs.halt.val();
        self.writes.halt.next = self.regs.halt.val();
        self.regs.bus_idle.next = self.reads.idle.val() & self.writes.idle.val();
        // Submissions: ring, queue, check, stream, loader.
        self.submissions.id.next = 0.into();
        self.submissions.enable.next = self.regs.enable.val();
        self.submissions.base.next = self.regs.sq_base.val();
        self.submissions.size_log2.next = self.regs.sq_size_log2.val();
        self.submissions.tail.next = self.regs.sq_tail.val();
        self.regs.sq_head.next = self.submissions.head.val();
        self.submissions.room.next = self.entries.room.val();
        self.reads.req_valid[0].next = self.submissions.req_valid.val();
        self.submissions.req_ready.next = self.reads.req_ready[0].val();
        self.reads.req_address[0].next = self.submissions.req_address.val();
        self.reads.req_beats[0].next = self.submissions.req_beats.val();
        self.reads.req_id[0].next = 0.into();
        self.entries.in_valid.next =
            self.submissions.entry_valid.val() & !self.reads.data_error.val();
        self.entries.in_entry.next = self.reads.data.val();
        self.jobs.enable.next = self.regs.enable.val();
        self.jobs.entry_valid.next = self.entries.out_valid.val();
        self.entries.out_ready.next = self.jobs.entry_ready.val();
        self.jobs.entry.next = self.entries.out_entry.val();
        self.stream.group.next = 1.into();
        self.stream.segment_valid.next = self.jobs.segment_valid.val();
        self.jobs.segment_ready.next = self.stream.segment_ready.val();
        self.stream.segment_address.next = self.jobs.segment_address.val();
        self.stream.segment_beats.next = self.jobs.segment_beats.val();
        self.reads.req_valid[2].next = self.stream.req_valid.val();
        self.stream.req_ready.next = self.reads.req_ready[2].val();
        self.reads.req_address[2].next = self.stream.req_address.val();
        self.reads.req_beats[2].next = self.stream.req_beats.val();
        self.reads.req_id[2].next = self.stream.req_id.val();
        self.loader.job_valid.next = self.jobs.job_valid.val();
        self.jobs.job_ready.next = self.loader.job_ready.val();
        self.loader.job.next = self.jobs.job.val();
        self.loader.job_bad.next = self.jobs.job_bad.val();
        self.loader.beat_valid.next = self.stream.out_valid.val();
        self.stream.out_ready.next = self.loader.beat_ready.val();
        self.loader.beat_error.next = self.stream.out_error.val();
        // Answers.
        self.answers.id.next = 1.into();
        self.answers.enable.next = true;
        self.answers.base.next = self.regs.aq_base.val();
        self.answers.size_log2.next = self.regs.aq_size_log2.val();
        self.answers.tail.next = self.regs.aq_tail.val();
        self.regs.aq_head.next = self.answers.head.val();
        self.answers.room.next = 64.into();
        self.reads.req_valid[1].next = self.answers.req_valid.val();
        self.answers.req_ready.next = self.reads.req_ready[1].val();
        self.reads.req_address[1].next = self.answers.req_address.val();
        self.reads.req_beats[1].next = self.answers.req_beats.val();
        self.reads.req_id[1].next = 1.into();
        self.answer.entry_valid.next = self.answers.entry_valid.val();
        self.answer.entry_error.next = self.reads.data_error.val();
        self.answer.entry.next = self.reads.data.val();
        self.lane_answer_value.next = self.answer.answer_value.val();
        self.lane_answer_code_iova.next = self.answer.answer_code_iova.val();
        self.lane_answer_code_len.next = self.answer.answer_code_len.val();
        self.lane_answer_flags.next = self.answer.answer_flags.val();
        self.lane_answer_effects.next = self.answer.answer_effects.val();
        self.lane_answer_program.next = self.answer.answer_program.val();
        // Beats of the read master go to everybody.
        self.submissions.data_valid.next = self.reads.data_valid.val();
        self.submissions.data_id.next = self.reads.data_id.val();
        self.submissions.data_last.next = self.reads.data_last.val();
        self.answers.data_valid.next = self.reads.data_valid.val();
        self.answers.data_id.next = self.reads.data_id.val();
        self.answers.data_last.next = self.reads.data_last.val();
        self.stream.data_valid.next = self.reads.data_valid.val();
        self.stream.data_id.next = self.reads.data_id.val();
        self.stream.data.next = self.reads.data.val();
        self.stream.data_error.next = self.reads.data_error.val();
        self.lane_rdata_data.next = self.reads.data.val();
        self.lane_rdata_error.next = self.reads.data_error.val();
        // Loading and starting.
        self.lane_load_target.next = self.loader.load_target.val();
        self.lane_load_hart.next = self.loader.hart.val();
        self.lane_load_address.next = self.loader.load_address.val();
        self.lane_load_data.next = self.stream.out_data.val();
        self.lane_clear_hart.next = self.loader.hart.val();
        self.lane_start_hart.next = self.loader.hart.val();
        self.lane_start_gas.next = self.loader.start_gas.val();
        self.lane_start_fork.next = self.loader.start_fork.val();
        self.lane_start_program.next = self.loader.start_program.val();
        self.lane_start_result_iova.next = self.loader.start_result_iova.val();
        self.lane_start_result_len.next = self.loader.start_result_len.val();
        self.lane_start_calldata_len.next = self.loader.start_calldata_len.val();
        self.lane_start_tag.next = self.loader.start_tag.val();
        self.starts.next = 0.into();
        for i in 0..L {
            self.loader.idle_harts[i].next = self.finishes[i].idle.val();
            self.lane_clear_valid[i].next = self.loader.clear_valid[i].val();
            self.loader.clear_ready[i].next = self.lane_clear_ready[i].val();
            self.lane_load_valid[i].next = self.loader.load_valid[i].val();
            self.loader.load_ready[i].next = self.lane_load_ready[i].val();
            self.lane_start_valid[i].next = self.loader.start_valid[i].val();
            self.loader.start_ready[i].next = self.lane_start_ready[i].val();
            self.starts.next = self.starts.val().replace_bit(
                i,
                self.loader.start_valid[i].val() & self.lane_start_ready[i].val(),
            );
        }
        // Ends of transactions.
        for i in 0..L {
            self.finishes[i].first_hart.next = self.first_hart[i].val();
            self.finishes[i].start.next = self.starts.val().get_bit(i);
            self.finishes[i].start_hart.next = self.loader.hart.val();
            self.finishes[i].start_tag.next = self.loader.start_tag.val();
            self.finishes[i].start_incarnation.next = self.loader.start_incarnation.val();
            self.finishes[i].write_accepted.next = self.writers[i].accepted.val();
            self.finishes[i].write_retired.next = self.writers[i].retired.val();
            self.finishes[i].write_failed.next = self.writers[i].failed.val();
            self.completion_choice.in_valid[i + 1].next = self.finishes[i].entry_valid.val();
            self.finishes[i].entry_ready.next = self.completion_choice.in_ready[i + 1].val();
            self.completion_choice.in_data[i + 1].next = self.finishes[i].entry.val();
            self.finishes[i].finish_valid.next = self.lane_finish_valid[i].val();
            self.lane_finish_ready[i].next = self.finishes[i].finish_ready.val();
            self.finishes[i].finish_hart.next = self.lane_finish_hart[i].val();
            self.finishes[i].finish_status.next = self.lane_finish_status[i].val();
            self.finishes[i].finish_reason.next = self.lane_finish_reason[i].val();
            self.finishes[i].finish_gas.next = self.lane_finish_gas[i].val();
            self.finishes[i].finish_refund.next = self.lane_finish_refund[i].val();
            self.finishes[i].finish_output_len.next = self.lane_finish_output_len[i].val();
            self.finishes[i].finish_log_beats.next = self.lane_finish_log_beats[i].val();
            self.finishes[i].finish_log_count.next = self.lane_finish_log_count[i].val();
            self.finishes[i].finish_write_count.next = self.lane_finish_write_count[i].val();
            self.finishes[i].finish_cycles.next = self.lane_finish_cycles[i].val();
            self.finishes[i].finish_instructions.next = self.lane_finish_instructions[i].val();
            self.finishes[i].finish_micro_ops.next = self.lane_finish_micro_ops[i].val();
            self.finishes[i].finish_host_cycles.next = self.lane_finish_host_cycles[i].val();
        }
        // The loader's completions are channel 0.
        self.completion_choice.in_valid[0].next = self.loader.entry_valid.val();
        self.loader.entry_ready.next = self.completion_choice.in_ready[0].val();
        self.completion_choice.in_data[0].next = self.loader.entry.val();
        self.completion_ring.base.next = self.regs.cq_base.val();
        self.completion_ring.size_log2.next = self.regs.cq_size_log2.val();
        self.completion_ring.head.next = self.regs.cq_head.val();
        self.completion_ring.in_valid.next = self.completion_choice.out_valid.val();
        self.completion_choice.out_ready.next = self.completion_ring.in_ready.val();
        self.completion_ring.in_entry.next = self.completion_choice.out_data.val();
        self.completion_writer.client.next = 0.into();
        self.completion_writer.in_valid.next = self.completion_ring.out_valid.val();
        self.completion_ring.out_ready.next = self.completion_writer.in_ready.val();
        self.completion_writer.in_address.next = self.completion_ring.out_address.val();
        self.completion_writer.in_data.next = self.completion_ring.out_data.val();
        self.regs.cq_tail.next = self.completion_writer.retired.val();
        self.completions_seen.d.next = self.completion_writer.retired.val();
        self.regs.completion_written.next =
            self.completions_seen.q.val() != self.completion_writer.retired.val();
        // Requests.
        self.hits.next = 0.into();
        for i in 0..L {
            self.requests[i].first_hart.next = self.first_hart[i].val();
            self.requests[i].harts.next = self.harts.val();
            self.requests[i].start.next = self.starts.val().get_bit(i);
            self.requests[i].start_hart.next = self.loader.hart.val();
            self.requests[i].any_answer.next = self.answer.answer_valid.val();
            self.requests[i].any_hart.next = self.answer.answer_hart.val();
            self.requests[i].any_sequence.next = self.answer.answer_sequence.val();
            self.hits.next = self
                .hits
                .val()
                .replace_bit(i, self.requests[i].answer_valid.val());
            self.lane_answer_valid[i].next = self.requests[i].answer_valid.val();
            self.lane_answer_hart[i].next = self.requests[i].answer_hart.val();
            self.request_choice.in_valid[i].next = self.requests[i].entry_valid.val();
            self.requests[i].entry_ready.next = self.request_choice.in_ready[i].val();
            self.request_choice.in_data[i].next = self.requests[i].entry.val();
            self.requests[i].request_valid.next = self.lane_request_valid[i].val();
            self.lane_request_ready[i].next = self.requests[i].request_ready.val();
            self.requests[i].request_hart.next = self.lane_request_hart[i].val();
            self.requests[i].request_kind.next = self.lane_request_kind[i].val();
            self.requests[i].request_key.next = self.lane_request_key[i].val();
            self.requests[i].request_address.next = self.lane_request_address[i].val();
            self.requests[i].request_tag.next = self.lane_request_tag[i].val();
            self.requests[i].request_sequence.next = self.lane_request_sequence[i].val();
        }
        self.request_ring.base.next = self.regs.rq_base.val();
        self.request_ring.size_log2.next = self.regs.rq_size_log2.val();
        self.request_ring.head.next = self.regs.rq_head.val();
        self.request_ring.in_valid.next = self.request_choice.out_valid.val();
        self.request_choice.out_ready.next = self.request_ring.in_ready.val();
        self.request_ring.in_entry.next = self.request_choice.out_data.val();
        self.request_writer.client.next = 1.into();
        self.request_writer.in_valid.next = self.request_ring.out_valid.val();
        self.request_ring.out_ready.next = self.request_writer.in_ready.val();
        self.request_writer.in_address.next = self.request_ring.out_address.val();
        self.request_writer.in_data.next = self.request_ring.out_data.val();
        self.regs.rq_tail.next = self.request_writer.retired.val();
        self.requests_seen.d.next = self.request_writer.retired.val();
        self.regs.request_written.next =
            self.requests_seen.q.val() != self.request_writer.retired.val();
        // Reads of the lanes: clients 3 and up.
        for i in 0..L {
            self.readers[i].id.next = self.lane_id[i].val();
            self.readers[i].read_valid.next = self.lane_read_valid[i].val();
            self.lane_read_ready[i].next = self.readers[i].read_ready.val();
            self.readers[i].read_address.next = self.lane_read_address[i].val();
            self.readers[i].read_beats.next = self.lane_read_beats[i].val();
            self.lane_rdata_valid[i].next = self.readers[i].rdata_valid.val();
            self.readers[i].data_valid.next = self.reads.data_valid.val();
            self.readers[i].data_id.next = self.reads.data_id.val();
            self.readers[i].data_last.next = self.reads.data_last.val();
            self.reads.req_valid[i + 3].next = self.readers[i].req_valid.val();
            self.readers[i].req_ready.next = self.reads.req_ready[i + 3].val();
            self.reads.req_address[i + 3].next = self.readers[i].req_address.val();
            self.reads.req_beats[i + 3].next = self.readers[i].req_beats.val();
            self.reads.req_id[i + 3].next = self.lane_id[i].val();
        }
        // Writes: completions, requests, then the lanes.
        self.writes.req_valid[0].next = self.completion_writer.req_valid.val();
        self.completion_writer.req_ready.next = self.writes.req_ready[0].val();
        self.writes.req_address[0].next = self.completion_writer.req_address.val();
        self.writes.req_data[0].next = self.completion_writer.req_data.val();
        self.writes.req_id[0].next = self.completion_writer.req_id.val();
        self.completion_writer.done_valid.next = self.writes.done_valid.val();
        self.completion_writer.done_id.next = self.writes.done_id.val();
        self.completion_writer.done_error.next = self.writes.done_error.val();
        self.writes.req_valid[1].next = self.request_writer.req_valid.val();
        self.request_writer.req_ready.next = self.writes.req_ready[1].val();
        self.writes.req_address[1].next = self.request_writer.req_address.val();
        self.writes.req_data[1].next = self.request_writer.req_data.val();
        self.writes.req_id[1].next = self.request_writer.req_id.val();
        self.request_writer.done_valid.next = self.writes.done_valid.val();
        self.request_writer.done_id.next = self.writes.done_id.val();
        self.request_writer.done_error.next = self.writes.done_error.val();
        for i in 0..L {
            self.writers[i].client.next = self.lane_client[i].val();
            self.writers[i].in_valid.next = self.lane_write_valid[i].val();
            self.lane_write_ready[i].next = self.writers[i].in_ready.val();
            self.writers[i].in_address.next = self.lane_write_address[i].val();
            self.writers[i].in_data.next = self.lane_write_data[i].val();
            self.lane_written[i].next =
                self.writers[i].accepted.val() == self.writers[i].retired.val();
            self.writers[i].done_valid.next = self.writes.done_valid.val();
            self.writers[i].done_id.next = self.writes.done_id.val();
            self.writers[i].done_error.next = self.writes.done_error.val();
            self.writes.req_valid[i + 2].next = self.writers[i].req_valid.val();
            self.writers[i].req_ready.next = self.writes.req_ready[i + 2].val();
            self.writes.req_address[i + 2].next = self.writers[i].req_address.val();
            self.writes.req_data[i + 2].next = self.writers[i].req_data.val();
            self.writes.req_id[i + 2].next = self.writers[i].req_id.val();
        }
        // Status, faults, counters.
        self.busy.next = self.submissions.busy.val()
            | self.entries.out_valid.val()
            | self.jobs.busy.val()
            | self.loader.busy.val()
            | self.completion_choice.out_valid.val()
            | (self.completion_writer.accepted.val() != self.completion_writer.retired.val());
        self.regs.counter_value.next = 0.into();
        for i in 0..L {
            self.busy.next = self.busy.val() | self.finishes[i].busy.val();
            if self.regs.counter_lane.val() == i.to_bits::<8>() {
                self.regs.counter_value.next = self.lane_counter_value[i].val();
            }
        }
        self.lane_counter_select.next = self.regs.counter_select.val();
        self.regs.busy.next = self.busy.val();
        self.bad_write.next = self.writes.done_valid.val() & self.writes.done_error.val();
        self.faults.next = 0.into();
        if self.reads.failed.val() {
            self.faults.next = self.faults.val() | 1;
        }
        if self.bad_write.val() {
            self.faults.next = self.faults.val() | 2;
        }
        if self.loader.bad_submission.val() {
            self.faults.next = self.faults.val() | 4;
        }
        if self.answer.answer_valid.val() & !self.hits.val().any() {
            self.faults.next = self.faults.val() | 8;
        }
        self.regs.faults.next = self.faults.val();
        if self.regs.core_reset.val() {
            self.completions_seen.d.next = 0.into();
            self.requests_seen.d.next = 0.into();
        }
    }
}
