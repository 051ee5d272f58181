//! The state unit: storage, transient storage, what is known of accounts. Calls are in `call.rs`.

use alloy_primitives::{Address, U256};
use gasworks_abi::escalation::{Escalation, Halt};
use gasworks_abi::gas;
use gasworks_abi::micro_op::{MicroOp, Op};
use gasworks_abi::ring::{Answer as Flags, RequestKind};

use crate::hart::{End, low_address};
use crate::journal::{Content, JournalFull};
use crate::table::{Full, Kind, sstore_gas};
use crate::{Answer, Hart, Host, Request, Slot};

impl From<Full> for End {
    fn from(_: Full) -> Self {
        Escalation::StateTableLimit.into()
    }
}
impl From<JournalFull> for End {
    fn from(_: JournalFull) -> Self {
        Escalation::JournalLimit.into()
    }
}

/// An address as a word.
pub(crate) fn word(address: Address) -> U256 {
    U256::from_be_slice(address.as_slice())
}

impl Hart {
    pub(crate) fn state_unit<H: Host + ?Sized>(
        &mut self,
        op: MicroOp,
        kind: Op,
        host: &mut H,
    ) -> Result<(), End> {
        let a = self.a(op);
        let value = match kind {
            Op::SLoad => self.sload(a, host)?,
            Op::SStore => return self.sstore(a, self.b(op), host),
            Op::TLoad => self.table.value(Kind::Transient, self.address(), a),
            Op::TStore => return self.tstore(a, self.b(op)),
            Op::BlockHash => self.number(RequestKind::BlockHash, a, host)?,
            Op::BlobHash => self.number(RequestKind::BlobHash, a, host)?,
            Op::SelfBalance => self.number(RequestKind::Balance, word(self.address()), host)?,
            Op::Call => return self.call(op, self.b(op), host),
            Op::CallView => return self.call(op, U256::ZERO, host),
            Op::Create => return self.create(op),
            Op::SelfDestruct => return self.self_destruct(op, host),
            _ => return self.account(op, kind, low_address(a), host),
        };
        self.put(op, value);
        Ok(())
    }

    /// Puts a request to the host.
    pub(crate) fn ask<H: Host + ?Sized>(
        &mut self,
        host: &mut H,
        request: Request,
    ) -> Result<Answer, End> {
        let answer = host
            .ask(request)
            .filter(|answer| !answer.has(Flags::FAILED));
        let answer = answer.ok_or(Escalation::RequestFailed)?;
        self.effects = answer.effects;
        Ok(answer)
    }

    /// A number that the host knows.
    fn number<H: Host + ?Sized>(
        &mut self,
        kind: RequestKind,
        key: U256,
        host: &mut H,
    ) -> Result<U256, End> {
        let answer = self.ask(host, Request::new(kind, self.address(), key))?;
        Ok(answer.value)
    }

    /// Changes an entry. Inside a call the journal takes it first as it was, if it changes at all.
    pub(crate) fn change(
        &mut self,
        entry: usize,
        change: impl FnOnce(&mut Content),
    ) -> Result<(), End> {
        let present = self.table.content(entry);
        let mut content = present.clone();
        change(&mut content);
        if self.depth() > 0 && !content.is_same(present) {
            self.journal.save(entry, present.clone())?;
        }
        *self.table.content_mut(entry) = content;
        Ok(())
    }

    /// Makes an entry warm.
    pub(crate) fn warm(&mut self, entry: usize) -> Result<(), End> {
        self.change(entry, |content| content.is_warm = true)
    }

    /// Entry of a storage slot, asked for if it is not in the table.
    fn storage<H: Host + ?Sized>(&mut self, key: U256, host: &mut H) -> Result<usize, End> {
        let address = self.address();
        if let Some(entry) = self.table.find(Kind::Storage, address, key)? {
            return Ok(entry);
        }
        let answer = self.ask(host, Request::new(RequestKind::Storage, address, key))?;
        let slot = Slot {
            address,
            key,
            value: answer.value,
            original: answer.value,
            warm: answer.is_warm(),
        };
        Ok(self.table.insert(Kind::Storage, slot))
    }

    fn sload<H: Host + ?Sized>(&mut self, key: U256, host: &mut H) -> Result<U256, End> {
        let entry = self.storage(key, host)?;
        let slot = self.table.touch(entry);
        if !slot.warm {
            self.charge(gas::COLD_SLOAD_EXTRA)?;
            self.warm(entry)?;
        }
        Ok(slot.value)
    }

    fn sstore<H: Host + ?Sized>(
        &mut self,
        key: U256,
        value: U256,
        host: &mut H,
    ) -> Result<(), End> {
        if self.frame.is_static {
            return Err(Halt::StaticViolation.into());
        }
        if self.gas <= gas::SSTORE_STIPEND {
            return Err(Halt::OutOfGas.into());
        }
        let entry = self.storage(key, host)?;
        let slot = self.table.touch(entry);
        let (cost, refund) = sstore_gas(&slot, value, self.fork);
        self.charge(cost)?;
        self.change(entry, |content| {
            content.value = value;
            content.is_warm = true;
            content.is_written = true;
        })?;
        self.refund += refund;
        Ok(())
    }

    fn tstore(&mut self, key: U256, value: U256) -> Result<(), End> {
        if self.frame.is_static {
            return Err(Halt::StaticViolation.into());
        }
        let address = self.address();
        let entry = match self.table.find(Kind::Transient, address, key)? {
            Some(entry) => entry,
            None => {
                let slot = Slot {
                    address,
                    key,
                    ..Slot::default()
                };
                self.table.insert(Kind::Transient, slot)
            }
        };
        self.change(entry, |content| content.value = value)
    }

    /// Operations on another account: the host is asked each time, the table remembers warmth.
    fn account<H: Host + ?Sized>(
        &mut self,
        op: MicroOp,
        kind: Op,
        address: Address,
        host: &mut H,
    ) -> Result<(), End> {
        let found = self.table.find(Kind::Account, address, U256::ZERO)?;
        let request = match kind {
            Op::Balance => RequestKind::Balance,
            Op::ExtCodeHash => RequestKind::CodeHash,
            // ExtCodeSize and ExtCodeTouch.
            _ => RequestKind::Code,
        };
        let answer = self.ask(host, Request::new(request, self.address(), word(address)))?;
        let entry = match found {
            Some(entry) => entry,
            None => self.table.insert_account(address, answer.is_warm()),
        };
        if !self.table.content(entry).is_warm {
            self.charge(gas::COLD_ACCOUNT_EXTRA)?;
            self.warm(entry)?;
        }
        if kind == Op::ExtCodeTouch {
            self.ext_code = answer.data;
        } else {
            self.put(op, answer.value);
        }
        Ok(())
    }
}
