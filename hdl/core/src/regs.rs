//! BAR0: the AXI4-Lite slave, the register file, the interrupts and the soft reset. Wiring, and the
//! few registers that are more than storage.
//!
//! `Control`: bit 0 enables; writing a one to bit 1 starts the soft reset, which reads as 1 until it
//! is done. `FaultStatus`: an event sets its bit until the host writes a one to it, and raises
//! interrupt 2 as it becomes set. `CounterLow`: reading it latches the high half.

pub mod axi_lite;
pub mod file;
pub mod interrupts;
pub mod soft_reset;

use crate::bus::AxiLiteSlave;
use axi_lite::AxiLite;
use file::RegisterFile;
use gasworks_abi::config::Config;
use gasworks_abi::regs as map;
use gasworks_verilog::comment;
use interrupts::Interrupts;
use rust_hdl::prelude::*;
use soft_reset::SoftReset;

/// Values of the capability registers.
#[must_use]
pub fn capabilities(config: &Config, build_hash: u32) -> Vec<(map::RegInfo, u32)> {
    vec![
        (map::Id::INFO, map::Id::INFO.reset),
        (map::AbiVersion::INFO, map::AbiVersion::INFO.reset),
        (map::BuildHash::INFO, build_hash),
        (map::Forks::INFO, map::Forks::INFO.reset),
        (map::Lanes::INFO, config.lanes),
        (map::HartsPerLane::INFO, config.harts),
        (map::StackWords::INFO, config.stack_words()),
        (map::MemoryBytes::INFO, config.memory_bytes()),
        (map::CalldataBytes::INFO, config.calldata_bytes()),
        (map::CodeLines::INFO, 1 << config.code_lines_log2),
        (map::Constants::INFO, config.constants()),
        (map::StateEntries::INFO, config.state_entries()),
        (map::Slices::INFO, config.slices),
        (map::Frames::INFO, config.frames()),
        (map::ReturnBytes::INFO, config.return_bytes()),
        (map::JournalEntries::INFO, config.journal_entries()),
    ]
}

/// See the module.
#[derive(LogicBlock)]
pub struct Regs {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Hard reset.
    pub reset: Signal<In, Bit>,
    /// BAR0.
    pub s_axil: AxiLiteSlave,
    /// Interrupt lines.
    pub irq_req: Signal<Out, Bits<3>>,
    /// Acknowledgements.
    pub irq_ack: Signal<In, Bits<3>>,
    /// `Control[0]`.
    pub enable: Signal<Out, Bit>,
    /// Nothing new may go to the bus.
    pub halt: Signal<Out, Bit>,
    /// Resets everything else.
    pub core_reset: Signal<Out, Bit>,
    /// Nothing is in flight on the bus.
    pub bus_idle: Signal<In, Bit>,
    /// `Status[0]`.
    pub busy: Signal<In, Bit>,
    /// Events that set bits of `FaultStatus`.
    pub faults: Signal<In, Bits<4>>,
    /// A completion reached host memory.
    pub completion_written: Signal<In, Bit>,
    /// A request reached host memory.
    pub request_written: Signal<In, Bit>,
    /// Submission ring.
    pub sq_base: Signal<Out, Bits<64>>,
    /// Submission ring.
    pub sq_size_log2: Signal<Out, Bits<4>>,
    /// Submission ring.
    pub sq_tail: Signal<Out, Bits<16>>,
    /// Submission ring.
    pub sq_head: Signal<In, Bits<16>>,
    /// Completion ring.
    pub cq_base: Signal<Out, Bits<64>>,
    /// Completion ring.
    pub cq_size_log2: Signal<Out, Bits<4>>,
    /// Completion ring.
    pub cq_head: Signal<Out, Bits<16>>,
    /// Completion ring.
    pub cq_tail: Signal<In, Bits<16>>,
    /// Request ring.
    pub rq_base: Signal<Out, Bits<64>>,
    /// Request ring.
    pub rq_size_log2: Signal<Out, Bits<4>>,
    /// Request ring.
    pub rq_head: Signal<Out, Bits<16>>,
    /// Request ring.
    pub rq_tail: Signal<In, Bits<16>>,
    /// Answer ring.
    pub aq_base: Signal<Out, Bits<64>>,
    /// Answer ring.
    pub aq_size_log2: Signal<Out, Bits<4>>,
    /// Answer ring.
    pub aq_tail: Signal<Out, Bits<16>>,
    /// Answer ring.
    pub aq_head: Signal<In, Bits<16>>,
    /// Counter that is shown.
    pub counter_select: Signal<Out, Bits<8>>,
    /// Lane whose counter is shown.
    pub counter_lane: Signal<Out, Bits<8>>,
    /// Its value.
    pub counter_value: Signal<In, Bits<48>>,
    control_offset: Constant<Bits<12>>,
    counter_low_offset: Constant<Bits<12>>,
    bus: AxiLite,
    file: RegisterFile,
    interrupts: Interrupts,
    soft_reset: SoftReset,
    fault: DFF<Bits<4>>,
    counter_high: DFF<Bits<16>>,
    new_faults: Signal<Local, Bits<4>>,
    event: Signal<Local, Bits<3>>,
    status: Signal<Local, Bits<32>>,
    resets: Signal<Local, Bit>,
}

impl Regs {
    /// For a card of that size.
    #[must_use]
    pub fn new(config: &Config, build_hash: u32) -> Self {
        let fixed = capabilities(config, build_hash);
        assert!(
            RegisterFile::is_complete(&fixed),
            "a row of the register map has no hardware"
        );
        Self {
            clock: Signal::default(),
            reset: Signal::default(),
            s_axil: AxiLiteSlave::default(),
            irq_req: Signal::default(),
            irq_ack: Signal::default(),
            enable: Signal::default(),
            halt: Signal::default(),
            core_reset: Signal::default(),
            bus_idle: Signal::default(),
            busy: Signal::default(),
            faults: Signal::default(),
            completion_written: Signal::default(),
            request_written: Signal::default(),
            sq_base: Signal::default(),
            sq_size_log2: Signal::default(),
            sq_tail: Signal::default(),
            sq_head: Signal::default(),
            cq_base: Signal::default(),
            cq_size_log2: Signal::default(),
            cq_head: Signal::default(),
            cq_tail: Signal::default(),
            rq_base: Signal::default(),
            rq_size_log2: Signal::default(),
            rq_head: Signal::default(),
            rq_tail: Signal::default(),
            aq_base: Signal::default(),
            aq_size_log2: Signal::default(),
            aq_tail: Signal::default(),
            aq_head: Signal::default(),
            counter_select: Signal::default(),
            counter_lane: Signal::default(),
            counter_value: Signal::default(),
            control_offset: Constant::new(u64::from(map::Control::INFO.offset).into()),
            counter_low_offset: Constant::new(u64::from(map::CounterLow::INFO.offset).into()),
            bus: AxiLite::default(),
            file: RegisterFile::new(fixed),
            interrupts: Interrupts::default(),
            soft_reset: SoftReset::default(),
            fault: DFF::default(),
            counter_high: DFF::default(),
            new_faults: Signal::default(),
            event: Signal::default(),
            status: Signal::default(),
            resets: Signal::default(),
        }
    }
}

impl Logic for Regs {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module regs");
        dff_setup!(self, clock, fault, counter_high);
        // Bus.
        self.bus.clock.next = self.clock.val();
        self.bus.reset.next = self.reset.val();
        AxiLiteSlave::link(&mut self.s_axil, &mut self.bus.s_axil);
        // File.
        self.file.clock.next = self.clock.val();
        self.file.reset.next = self.soft_reset.core_reset.val();
        self.file.write_valid.next = self.bus.write_valid.val();
        self.file.write_address.next = self.bus.write_address.val();
        self.file.write_data.next = self.bus.write_data.val();
        self.file.read_address.next = self.bus.read_address.val();
        self.bus.read_data.next = self.file.read_data.val();
        if (self.bus.read_address.val() == self.control_offset.val()) & self.soft_reset.busy.val() {
            self.bus.read_data.next = self.file.read_data.val() | 2;
        }
        // Control and status.
        self.resets.next = self.bus.write_valid.val()
            & (self.bus.write_address.val() == self.control_offset.val())
            & self.bus.write_data.val().get_bit(1);
        self.soft_reset.clock.next = self.clock.val();
        self.soft_reset.reset.next = self.reset.val();
        self.soft_reset.request.next = self.resets.val();
        self.soft_reset.bus_idle.next = self.bus_idle.val();
        self.halt.next = self.soft_reset.halt.val();
        self.core_reset.next = self.soft_reset.core_reset.val();
        self.enable.next = self.file.control.val().get_bit(0);
        self.status.next = 0.into();
        if self.busy.val() {
            self.status.next = self.status.val() | 1;
        }
        if self.fault.q.val().any() {
            self.status.next = self.status.val() | 2;
        }
        self.file.status.next = self.status.val();
        // Faults and interrupts.
        self.new_faults.next = self.faults.val() & !self.fault.q.val();
        self.fault.d.next = (self.fault.q.val()
            & !self.file.fault_status_clear.val().get_bits::<4>(0))
            | self.faults.val();
        self.file.fault_status.next = bit_cast::<32, 4>(self.fault.q.val());
        self.event.next = 0.into();
        if self.completion_written.val() {
            self.event.next = self.event.val() | 1;
        }
        if self.request_written.val() {
            self.event.next = self.event.val() | 2;
        }
        if self.new_faults.val().any() {
            self.event.next = self.event.val() | 4;
        }
        self.interrupts.clock.next = self.clock.val();
        self.interrupts.reset.next = self.soft_reset.core_reset.val();
        self.interrupts.event.next = self.event.val();
        self.interrupts.enable.next = self.file.irq_enable.val().get_bits::<3>(0);
        self.interrupts.clear.next = self.file.irq_status_clear.val().get_bits::<3>(0);
        self.interrupts.irq_ack.next = self.irq_ack.val();
        self.irq_req.next = self.interrupts.irq_req.val();
        self.file.irq_status.next = bit_cast::<32, 3>(self.interrupts.status.val());
        // Rings.
        self.sq_base.next = bit_cast::<64, 32>(self.file.sq_base_low.val())
            | (bit_cast::<64, 32>(self.file.sq_base_high.val()) << 32);
        self.cq_base.next = bit_cast::<64, 32>(self.file.cq_base_low.val())
            | (bit_cast::<64, 32>(self.file.cq_base_high.val()) << 32);
        self.rq_base.next = bit_cast::<64, 32>(self.file.rq_base_low.val())
            | (bit_cast::<64, 32>(self.file.rq_base_high.val()) << 32);
        self.aq_base.next = bit_cast::<64, 32>(self.file.aq_base_low.val())
            | (bit_cast::<64, 32>(self.file.aq_base_high.val()) << 32);
        self.sq_size_log2.next = self.file.sq_size_log2.val().get_bits::<4>(0);
        self.cq_size_log2.next = self.file.cq_size_log2.val().get_bits::<4>(0);
        self.rq_size_log2.next = self.file.rq_size_log2.val().get_bits::<4>(0);
        self.aq_size_log2.next = self.file.aq_size_log2.val().get_bits::<4>(0);
        self.sq_tail.next = self.file.sq_tail.val().get_bits::<16>(0);
        self.cq_head.next = self.file.cq_head.val().get_bits::<16>(0);
        self.rq_head.next = self.file.rq_head.val().get_bits::<16>(0);
        self.aq_tail.next = self.file.aq_tail.val().get_bits::<16>(0);
        self.file.sq_head.next = bit_cast::<32, 16>(self.sq_head.val());
        self.file.cq_tail.next = bit_cast::<32, 16>(self.cq_tail.val());
        self.file.rq_tail.next = bit_cast::<32, 16>(self.rq_tail.val());
        self.file.aq_head.next = bit_cast::<32, 16>(self.aq_head.val());
        // Counters.
        self.counter_select.next = self.file.counter_select.val().get_bits::<8>(0);
        self.counter_lane.next = self.file.counter_select.val().get_bits::<8>(8);
        self.file.counter_low.next = self.counter_value.val().get_bits::<32>(0);
        self.file.counter_high.next = bit_cast::<32, 16>(self.counter_high.q.val());
        if self.bus.read_valid.val()
            & (self.bus.read_address.val() == self.counter_low_offset.val())
        {
            self.counter_high.d.next = self.counter_value.val().get_bits::<16>(32);
        }
        if self.soft_reset.core_reset.val() {
            self.fault.d.next = 0.into();
            self.counter_high.d.next = 0.into();
        }
    }
}
