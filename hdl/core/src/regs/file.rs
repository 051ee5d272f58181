//! The registers themselves: storage and decode, built from `gasworks_abi::regs::REGISTERS`.
//!
//! A register is one of four sorts: *fixed* (a capability, known when the card is generated),
//! *stored* (keeps what the host writes, less its reserved bits), *status* (shows a value of the
//! card) and *cleared* (shows a value of the card; the ones that the host writes go out in the same
//! cycle). Reads are combinational; writes take effect in the next cycle. Reset: stored registers
//! become zero.

use gasworks_abi::regs::{Access, REGISTERS, RegInfo};
use rust_hdl::prelude::ast::{
    VerilogBlock, VerilogBlockOrConditional, VerilogCase, VerilogConditional, VerilogExpression,
    VerilogMatch, VerilogOp, VerilogStatement,
};
use rust_hdl::prelude::*;

fn signal(name: &str) -> VerilogExpression {
    VerilogExpression::Signal(name.into())
}
fn literal(value: u32, width: usize) -> VerilogExpression {
    let bits: Bits<32> = u64::from(value).into();
    VerilogExpression::Cast(Box::new(VerilogExpression::Literal(bits.into())), width)
}
fn binary(left: VerilogExpression, op: VerilogOp, right: VerilogExpression) -> VerilogExpression {
    VerilogExpression::Paren(Box::new(VerilogExpression::Binary(
        Box::new(left),
        op,
        Box::new(right),
    )))
}
fn assign(target: &str, value: VerilogExpression) -> VerilogStatement {
    VerilogStatement::Assignment(signal(target), value)
}
fn when(test: VerilogExpression, then: VerilogBlock) -> VerilogStatement {
    let otherwise = VerilogBlockOrConditional::None;
    VerilogStatement::If(VerilogConditional {
        test,
        then,
        otherwise,
    })
}
/// The register is written in this cycle.
fn written(info: RegInfo) -> VerilogExpression {
    let hit = binary(
        signal("write_address"),
        VerilogOp::Eq,
        literal(info.offset.into(), 12),
    );
    binary(signal("write_valid"), VerilogOp::LogicalAnd, hit)
}

/// Declares the file: the ports of each register, its storage, `update` and `hdl`.
macro_rules! register_file {
    (
        stored { $($stored:ident $store:ident: $stored_reg:ident = $mask:literal;)* }
        status { $($status:ident: $status_reg:ident;)* }
        cleared { $($cleared:ident $clear:ident: $cleared_reg:ident;)* }
    ) => {
        /// See the module.
        #[derive(LogicBlock, Default)]
        pub struct RegisterFile {
            /// Clock.
            pub clock: Signal<In, Clock>,
            /// Reset.
            pub reset: Signal<In, Bit>,
            /// A register is written in this cycle.
            pub write_valid: Signal<In, Bit>,
            /// Its offset.
            pub write_address: Signal<In, Bits<12>>,
            /// The value.
            pub write_data: Signal<In, Bits<32>>,
            /// Offset of the register that is read.
            pub read_address: Signal<In, Bits<12>>,
            /// Its value.
            pub read_data: Signal<Out, Bits<32>>,
            $( #[doc = concat!("`", stringify!($stored_reg), "`.")] pub $stored: Signal<Out, Bits<32>>, $store: DFF<Bits<32>>, )*
            $( #[doc = concat!("`", stringify!($status_reg), "`.")] pub $status: Signal<In, Bits<32>>, )*
            $(
                #[doc = concat!("`", stringify!($cleared_reg), "`.")] pub $cleared: Signal<In, Bits<32>>,
                #[doc = concat!("Bits of `", stringify!($cleared_reg), "` that are cleared.")] pub $clear: Signal<Out, Bits<32>>,
            )*
            _fixed: Box<Vec<(RegInfo, u32)>>,
        }

        impl RegisterFile {
            /// With these values of the fixed registers.
            #[must_use]
            pub fn new(fixed: Vec<(RegInfo, u32)>) -> Self {
                Self { _fixed: Box::new(fixed), ..Self::default() }
            }
            /// Bits of a register that the host can write and read back (or clear); the rest is reserved.
            #[must_use]
            pub fn mask(info: &RegInfo) -> u32 {
                match info.name {
                    $( stringify!($stored_reg) => $mask, )*
                    _ => u32::MAX,
                }
            }
            /// Whether every row of the map is here, with the access that the map says.
            #[must_use]
            pub fn is_complete(fixed: &[(RegInfo, u32)]) -> bool {
                let name = |info: &RegInfo| match info.access {
                    Access::ReadWrite => [$( stringify!($stored_reg) ),*].contains(&info.name),
                    Access::WriteOneToClear => [$( stringify!($cleared_reg) ),*].contains(&info.name),
                    Access::ReadOnly => {
                        [$( stringify!($status_reg) ),*].contains(&info.name)
                            || fixed.iter().any(|(row, _)| row.name == info.name)
                    }
                    Access::WriteOnly => false,
                };
                REGISTERS.iter().all(name)
            }

            fn stores(&self) -> VerilogBlock {
                let mut out = vec![];
                $(
                    let info = gasworks_abi::regs::$stored_reg::INFO;
                    let (d, q) = (concat!(stringify!($store), "$d"), concat!(stringify!($store), "$q"));
                    let value = binary(signal("write_data"), VerilogOp::BitAnd, literal($mask, 32));
                    out.push(assign(concat!(stringify!($store), "$clock"), signal("clock")));
                    out.push(assign(stringify!($stored), signal(q)));
                    out.push(assign(d, signal(q)));
                    out.push(when(written(info), vec![assign(d, value)]));
                    out.push(when(signal("reset"), vec![assign(d, literal(info.reset, 32))]));
                )*
                $(
                    let info = gasworks_abi::regs::$cleared_reg::INFO;
                    out.push(assign(stringify!($clear), literal(0, 32)));
                    out.push(when(written(info), vec![assign(stringify!($clear), signal("write_data"))]));
                )*
                out
            }
            fn rows(&self) -> Vec<(RegInfo, VerilogExpression)> {
                let mut rows: Vec<_> = self._fixed.iter().map(|(row, value)| (*row, literal(*value, 32))).collect();
                $( rows.push((gasworks_abi::regs::$stored_reg::INFO, signal(concat!(stringify!($store), "$q")))); )*
                $( rows.push((gasworks_abi::regs::$status_reg::INFO, signal(stringify!($status)))); )*
                $( rows.push((gasworks_abi::regs::$cleared_reg::INFO, signal(stringify!($cleared)))); )*
                rows.sort_by_key(|row| row.0.offset);
                rows
            }
        }

        impl Logic for RegisterFile {
            fn update(&mut self) {
                let write = self.write_valid.val().then(|| self.write_address.val().to_u64());
                let read = self.read_address.val().to_u64();
                let data = self.write_data.val().to_u64();
                let fixed = self._fixed.iter().find(|(row, _)| u64::from(row.offset) == read);
                self.read_data.next = fixed.map_or(0, |(_, value)| u64::from(*value)).into();
                $(
                    let offset = u64::from(gasworks_abi::regs::$stored_reg::INFO.offset);
                    self.$store.clock.next = self.clock.val();
                    self.$stored.next = self.$store.q.val();
                    self.$store.d.next = self.$store.q.val();
                    if write == Some(offset) { self.$store.d.next = (data & $mask).into(); }
                    if self.reset.val() { self.$store.d.next = 0.into(); }
                    if read == offset { self.read_data.next = self.$store.q.val(); }
                )*
                $( if read == u64::from(gasworks_abi::regs::$status_reg::INFO.offset) { self.read_data.next = self.$status.val(); } )*
                $(
                    let offset = u64::from(gasworks_abi::regs::$cleared_reg::INFO.offset);
                    self.$clear.next = if write == Some(offset) { data.into() } else { 0.into() };
                    if read == offset { self.read_data.next = self.$cleared.val(); }
                )*
            }
            fn connect(&mut self) {
                self.read_data.connect();
                $( self.$stored.connect(); self.$store.clock.connect(); self.$store.d.connect(); )*
                $( self.$clear.connect(); )*
            }
            fn hdl(&self) -> Verilog {
                let mut out = vec![VerilogStatement::Comment("module register_file".into())];
                out.extend(self.stores());
                let case = |(info, value): (RegInfo, VerilogExpression)| VerilogCase {
                    condition: info.offset.to_string(),
                    block: vec![assign("read_data", value)],
                };
                let mut cases: Vec<_> = self.rows().into_iter().map(case).collect();
                cases.push(VerilogCase { condition: "default".into(), block: vec![assign("read_data", literal(0, 32))] });
                out.push(VerilogStatement::Match(VerilogMatch { test: signal("read_address"), cases }));
                Verilog::Combinatorial(out)
            }
        }
    };
}

register_file! {
    stored {
        control control_store: Control = 0x0000_0001;
        irq_enable irq_enable_store: IrqEnable = 0x0000_0007;
        sq_base_low sq_base_low_store: SqBaseLow = 0xffff_ffc0;
        sq_base_high sq_base_high_store: SqBaseHigh = 0xffff_ffff;
        sq_size_log2 sq_size_log2_store: SqSizeLog2 = 0x0000_000f;
        sq_tail sq_tail_store: SqTail = 0x0000_ffff;
        cq_base_low cq_base_low_store: CqBaseLow = 0xffff_ffc0;
        cq_base_high cq_base_high_store: CqBaseHigh = 0xffff_ffff;
        cq_size_log2 cq_size_log2_store: CqSizeLog2 = 0x0000_000f;
        cq_head cq_head_store: CqHead = 0x0000_ffff;
        rq_base_low rq_base_low_store: RqBaseLow = 0xffff_ffc0;
        rq_base_high rq_base_high_store: RqBaseHigh = 0xffff_ffff;
        rq_size_log2 rq_size_log2_store: RqSizeLog2 = 0x0000_000f;
        rq_head rq_head_store: RqHead = 0x0000_ffff;
        aq_base_low aq_base_low_store: AqBaseLow = 0xffff_ffc0;
        aq_base_high aq_base_high_store: AqBaseHigh = 0xffff_ffff;
        aq_size_log2 aq_size_log2_store: AqSizeLog2 = 0x0000_000f;
        aq_tail aq_tail_store: AqTail = 0x0000_ffff;
        counter_select counter_select_store: CounterSelect = 0x0000_ffff;
    }
    status {
        status: Status;
        sq_head: SqHead;
        cq_tail: CqTail;
        rq_tail: RqTail;
        aq_head: AqHead;
        counter_low: CounterLow;
        counter_high: CounterHigh;
    }
    cleared {
        irq_status irq_status_clear: IrqStatus;
        fault_status fault_status_clear: FaultStatus;
    }
}
