//! What the shared units of a lane do: memory, shift, math, state.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use gasworks_abi::escalation::{Escalation, Halt, Status};
use gasworks_abi::gas;
use gasworks_abi::micro_op::{MicroOp, Op};
use gasworks_abi::record::BEAT;

use crate::arithmetic::{byte, div, rem, sar, sdiv, shl, shr, sign_extend, smod};
use crate::hart::{End, low_address};
use crate::memory::{Access, Rate, word_padded};
use crate::state::{Full, Kind, sstore_gas};
use crate::{Hart, Host, Log, Slot};

impl From<Full> for End {
    fn from(_: Full) -> Self {
        Escalation::StateTableLimit.into()
    }
}

/// Beats of so many bytes.
fn beats(len: usize) -> usize {
    len.div_ceil(BEAT)
}

impl Hart<'_> {
    pub(crate) fn shift_unit(&mut self, op: MicroOp, kind: Op) {
        let a = self.a(op);
        let value = match kind {
            Op::Shl => shl(a, self.b(op)),
            Op::Shr => shr(a, self.b(op)),
            Op::Sar => sar(a, self.b(op)),
            Op::Byte => byte(a, self.b(op)),
            Op::SignExtend => sign_extend(a, self.b(op)),
            // Clz.
            _ => U256::from(a.leading_zeros()),
        };
        self.put(op, value);
    }

    pub(crate) fn math_unit(&mut self, op: MicroOp, kind: Op) -> Result<(), End> {
        let (a, b) = (self.a(op), self.b(op));
        let value = match kind {
            Op::Mul => a.wrapping_mul(b),
            Op::Div => div(a, b),
            Op::SDiv => sdiv(a, b),
            Op::Mod => rem(a, b),
            Op::SMod => smod(a, b),
            Op::AddMod => a.add_mod(b, self.arg[0]),
            Op::MulMod => a.mul_mod(b, self.arg[0]),
            // Exp.
            _ => {
                self.charge(gas::EXP_BYTE * b.byte_len() as u64)?;
                a.wrapping_pow(b)
            }
        };
        self.put(op, value);
        Ok(())
    }

    /// Makes memory exist and pays for it; the range.
    fn reach(&mut self, offset: U256, len: U256, rate: Rate) -> Result<(usize, usize), End> {
        match self.memory.access(offset, len, rate, self.gas) {
            Access::Done { cost, offset, len } => {
                self.gas -= cost;
                Ok((offset, len))
            }
            Access::OutOfGas => Err(Halt::OutOfGas.into()),
            Access::Limit => Err(Escalation::MemoryLimit.into()),
        }
    }

    pub(crate) fn memory_unit(&mut self, op: MicroOp, kind: Op) -> Result<(), End> {
        const WORD: U256 = U256::from_limbs([32, 0, 0, 0]);
        match kind {
            Op::MLoad => {
                let (offset, _) = self.reach(self.a(op), WORD, Rate::FREE)?;
                self.put(op, self.memory.load(offset));
            }
            Op::MStore => {
                let (offset, _) = self.reach(self.a(op), WORD, Rate::FREE)?;
                let bytes = self.b(op).to_be_bytes::<32>();
                self.memory.store(offset, &bytes);
            }
            Op::MStore8 => {
                let (offset, _) = self.reach(self.a(op), U256::ONE, Rate::FREE)?;
                let byte = self.b(op).byte(0);
                self.memory.store(offset, &[byte]);
            }
            Op::MSize => self.put(op, U256::from(self.memory.size())),
            Op::CalldataLoad => self.put(op, word_padded(self.calldata, self.a(op))),
            Op::Keccak256 => {
                let (offset, len) = self.reach(self.a(op), self.b(op), Rate::KECCAK)?;
                let hash = keccak256(self.memory.slice(offset, len));
                self.put(op, hash.into());
            }
            Op::Log => self.log(op)?,
            Op::Return => return self.end_with_output(op, Status::Return),
            Op::Revert => return self.end_with_output(op, Status::Revert),
            _ => self.copy(op, kind)?,
        }
        Ok(())
    }

    /// The copies: C bytes from B to memory at A.
    fn copy(&mut self, op: MicroOp, kind: Op) -> Result<(), End> {
        let (to, from, len) = (self.a(op), self.b(op), self.arg[0]);
        if kind == Op::MCopy {
            self.reach(to.max(from), len, Rate::COPY)?;
            if !len.is_zero() {
                let at = |word: U256| word.as_limbs()[0] as usize;
                self.memory.copy_within(at(to), at(from), at(len));
            }
            return Ok(());
        }
        if kind == Op::ReturnDataCopy && !(from.is_zero() && len.is_zero()) {
            return Err(Halt::OutOfOffset.into());
        }
        let (offset, len) = self.reach(to, len, Rate::COPY)?;
        let code = self.code();
        let source = match kind {
            Op::CalldataCopy => self.calldata,
            Op::CodeCopy => code,
            Op::ExtCodeCopy => &self.ext_code,
            // ReturnDataCopy: of nothing.
            _ => &[],
        };
        self.memory.copy_padded(offset, len, source, from);
        Ok(())
    }

    fn log(&mut self, op: MicroOp) -> Result<(), End> {
        let (offset, len) = self.reach(self.a(op), self.b(op), Rate::LOG)?;
        let topics = (op.imm() as usize).min(self.arg.len());
        let size = 1 + topics.div_ceil(2) + beats(len);
        self.reserve(size)?;
        self.log_beats += size as u32;
        self.logs.push(Log {
            address: self.address(),
            topics: self.arg[..topics].iter().map(|t| B256::from(*t)).collect(),
            data: Bytes::copy_from_slice(self.memory.slice(offset, len)),
        });
        Ok(())
    }

    fn end_with_output(&mut self, op: MicroOp, status: Status) -> Result<(), End> {
        let (offset, len) = self.reach(self.a(op), self.b(op), Rate::FREE)?;
        self.reserve(beats(len))?;
        self.output = Bytes::copy_from_slice(self.memory.slice(offset, len));
        Err(status.into())
    }

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
            Op::TLoad => {
                let slot = self.table.get(Kind::Transient, self.address(), a);
                slot.map_or(U256::ZERO, |slot| slot.value)
            }
            Op::TStore => return self.tstore(a, self.b(op)),
            Op::BlockHash => host.block_hash(a).ok_or(Escalation::RequestFailed)?,
            Op::BlobHash => host.blob_hash(a).ok_or(Escalation::RequestFailed)?,
            _ => return self.account(op, kind, low_address(a), host),
        };
        self.put(op, value);
        Ok(())
    }

    /// Entry of a storage slot, asked for if it is not in the table.
    fn storage<H: Host + ?Sized>(&mut self, key: U256, host: &mut H) -> Result<usize, End> {
        let address = self.address();
        if let Some(entry) = self.table.find(Kind::Storage, address, key)? {
            return Ok(entry);
        }
        let answer = host.storage(address, key);
        let answer = answer.ok_or(Escalation::RequestFailed)?;
        let slot = Slot {
            address,
            key,
            value: answer.value,
            original: answer.value,
            warm: answer.warm,
        };
        Ok(self.table.insert(Kind::Storage, slot))
    }

    fn sload<H: Host + ?Sized>(&mut self, key: U256, host: &mut H) -> Result<U256, End> {
        let entry = self.storage(key, host)?;
        let slot = self.table.touch(entry);
        if !slot.warm {
            self.charge(gas::COLD_SLOAD_EXTRA)?;
        }
        Ok(slot.value)
    }

    fn sstore<H: Host + ?Sized>(
        &mut self,
        key: U256,
        value: U256,
        host: &mut H,
    ) -> Result<(), End> {
        if self.gas <= gas::SSTORE_STIPEND {
            return Err(Halt::OutOfGas.into());
        }
        let entry = self.storage(key, host)?;
        let slot = self.table.touch(entry);
        let (cost, refund) = sstore_gas(&slot, value, self.fork);
        self.charge(cost)?;
        self.refund += refund;
        self.table.write(entry, value);
        Ok(())
    }

    fn tstore(&mut self, key: U256, value: U256) -> Result<(), End> {
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
        self.table.write(entry, value);
        Ok(())
    }

    /// Operations on another account: the host is asked each time, the table remembers warmth.
    fn account<H: Host + ?Sized>(
        &mut self,
        op: MicroOp,
        kind: Op,
        address: Address,
        host: &mut H,
    ) -> Result<(), End> {
        let entry = self.table.find(Kind::Account, address, U256::ZERO)?;
        let mut code = None;
        let (value, warm) = match kind {
            Op::Balance => host.balance(address).map(|a| (a.value, a.warm)),
            Op::ExtCodeHash => host.code_hash(address).map(|a| (a.value, a.warm)),
            // ExtCodeSize and ExtCodeTouch.
            _ => host.code(address).map(|a| {
                let value = U256::from(a.code.len());
                code = Some(a.code);
                (value, a.warm)
            }),
        }
        .ok_or(Escalation::RequestFailed)?;
        if entry.is_none() {
            let slot = Slot {
                address,
                ..Slot::default()
            };
            self.table.insert(Kind::Account, slot);
            if !warm {
                self.charge(gas::COLD_ACCOUNT_EXTRA)?;
            }
        }
        match (kind, code) {
            (Op::ExtCodeTouch, Some(code)) => self.ext_code = code,
            _ => self.put(op, value),
        }
        Ok(())
    }
}
