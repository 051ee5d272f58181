//! Start and reset.

use gasworks_abi::regs;

use super::{ALL_INTERRUPTS, CardDevice, CardOptions};
use crate::error::{ArenaError, DeviceError};
use crate::ring::{Consumer, Producer};
use crate::transport::{Arena, Iova, Registers, Transport};

const CONTROL_ENABLE: u32 = 1;
const CONTROL_RESET: u32 = 2;
/// Time given to a reset.
const RESET_TIMEOUT_US: u64 = 1_000_000;

#[derive(Debug)]
pub(super) struct Rings {
    pub(super) sq: Producer,
    pub(super) cq: Consumer,
    pub(super) rq: Consumer,
    pub(super) aq: Producer,
    /// Tail of the answer ring when its doorbell was last rung.
    pub(super) aq_published: u16,
}

impl<T: Transport> CardDevice<T> {
    /// Resets the card and waits until it does nothing any more.
    pub(super) fn halt(&mut self) -> Result<(), DeviceError> {
        self.transport.write::<regs::Control>(CONTROL_RESET)?;
        let mut waited = 0;
        while self.transport.read::<regs::Control>()? & CONTROL_RESET != 0 {
            if waited >= RESET_TIMEOUT_US {
                return Err(DeviceError::Reset { waited_us: waited });
            }
            waited += self.transport.wait(1)?.max(1);
        }
        Ok(())
    }

    /// Resets the card and gives it its rings.
    pub(super) fn start(&mut self) -> Result<(), DeviceError> {
        self.halt()?;
        let link = &mut self.transport;
        let rings = &self.rings;
        let (low, high) = halves(rings.sq.base());
        link.write::<regs::SqBaseLow>(low)?;
        link.write::<regs::SqBaseHigh>(high)?;
        link.write::<regs::SqSizeLog2>(rings.sq.size_log2().into())?;
        link.write::<regs::SqTail>(0)?;
        let (low, high) = halves(rings.cq.base());
        link.write::<regs::CqBaseLow>(low)?;
        link.write::<regs::CqBaseHigh>(high)?;
        link.write::<regs::CqSizeLog2>(rings.cq.size_log2().into())?;
        link.write::<regs::CqHead>(0)?;
        let (low, high) = halves(rings.rq.base());
        link.write::<regs::RqBaseLow>(low)?;
        link.write::<regs::RqBaseHigh>(high)?;
        link.write::<regs::RqSizeLog2>(rings.rq.size_log2().into())?;
        link.write::<regs::RqHead>(0)?;
        let (low, high) = halves(rings.aq.base());
        link.write::<regs::AqBaseLow>(low)?;
        link.write::<regs::AqBaseHigh>(high)?;
        link.write::<regs::AqSizeLog2>(rings.aq.size_log2().into())?;
        link.write::<regs::AqTail>(0)?;
        link.write::<regs::FaultStatus>(u32::MAX)?;
        link.write::<regs::IrqStatus>(ALL_INTERRUPTS)?;
        link.write::<regs::IrqEnable>(ALL_INTERRUPTS)?;
        link.write::<regs::Control>(CONTROL_ENABLE)
    }
}

pub(super) fn rings(arena: &Arena, options: &CardOptions) -> Result<Rings, ArenaError> {
    Ok(Rings {
        sq: Producer::new(arena, options.ring_log2)?,
        cq: Consumer::new(arena, options.ring_log2)?,
        rq: Consumer::new(arena, options.request_ring_log2)?,
        aq: Producer::new(arena, options.request_ring_log2)?,
        aq_published: 0,
    })
}

fn halves(iova: Iova) -> (u32, u32) {
    (iova.0 as u32, (iova.0 >> 32) as u32)
}
