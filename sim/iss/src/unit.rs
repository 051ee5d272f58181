//! What the shared units of a lane do: memory, shift, math. State is in `state.rs`.

use alloy_primitives::{B256, Bytes, U256, keccak256};
use gasworks_abi::escalation::{Escalation, Halt, Status};
use gasworks_abi::gas;
use gasworks_abi::micro_op::{INRANGE_LIMIT, INRANGE_RATE, MicroOp, Op};
use gasworks_abi::record::BEAT;

use crate::arithmetic::{byte, div, rem, sar, sdiv, shl, shr, sign_extend, smod};
use crate::frame::{Purpose, Range};
use crate::hart::End;
use crate::memory::{Access, Rate, word_padded};
use crate::{Hart, Log};

/// Beats of so many bytes.
fn beats(len: usize) -> usize {
    len.div_ceil(BEAT)
}

impl Hart {
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
        match self.frame.memory.access(offset, len, rate, self.gas) {
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
                self.put(op, self.frame.memory.load(offset));
            }
            Op::MStore => {
                let (offset, _) = self.reach(self.a(op), WORD, Rate::FREE)?;
                let bytes = self.b(op).to_be_bytes::<32>();
                self.frame.memory.store(offset, &bytes);
            }
            Op::MStore8 => {
                let (offset, _) = self.reach(self.a(op), U256::ONE, Rate::FREE)?;
                let byte = self.b(op).byte(0);
                self.frame.memory.store(offset, &[byte]);
            }
            Op::MSize => self.put(op, U256::from(self.frame.memory.size())),
            Op::CalldataLoad => self.put(op, word_padded(&self.frame.calldata, self.a(op))),
            Op::Keccak256 => {
                let (offset, len) = self.reach(self.a(op), self.b(op), Rate::KECCAK)?;
                let hash = keccak256(self.frame.memory.slice(offset, len));
                self.put(op, hash.into());
            }
            Op::Log => self.log(op)?,
            Op::InRange | Op::OutRange => self.range(op, kind)?,
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
                self.frame.memory.copy_within(at(to), at(from), at(len));
            }
            return Ok(());
        }
        if kind == Op::ReturnDataCopy {
            // 257-bit, as nothing that long is there.
            let end = from.checked_add(len);
            if end.is_none_or(|end| end > U256::from(self.return_data.len())) {
                return Err(Halt::OutOfOffset.into());
            }
        }
        let (offset, len) = self.reach(to, len, Rate::COPY)?;
        let source = match kind {
            Op::CalldataCopy => &self.frame.calldata,
            Op::CodeCopy => &self.frame.image.code,
            Op::ExtCodeCopy => &self.ext_code,
            // ReturnDataCopy.
            _ => &self.return_data,
        };
        self.frame.memory.copy_padded(offset, len, source, from);
        Ok(())
    }

    /// `inrange`, `outrange`.
    fn range(&mut self, op: MicroOp, kind: Op) -> Result<(), End> {
        let (start, len) = (self.a(op), self.b(op));
        if kind == Op::OutRange {
            let (offset, len) = self.reach(start, len, Rate::FREE)?;
            self.frame.out_range = Range { offset, len };
            return Ok(());
        }
        if op.imm() & INRANGE_LIMIT != 0 && len > U256::from(gas::MAX_INITCODE_BYTES) {
            return Err(Halt::InitcodeLimit.into());
        }
        let rate = Rate::per_word((op.imm() & INRANGE_RATE).into());
        let (offset, len) = self.reach(start, len, rate)?;
        self.frame.in_range = Range { offset, len };
        Ok(())
    }

    fn log(&mut self, op: MicroOp) -> Result<(), End> {
        if self.frame.is_static {
            return Err(Halt::StaticViolation.into());
        }
        let (offset, len) = self.reach(self.a(op), self.b(op), Rate::LOG)?;
        let topics = (op.imm() as usize).min(self.arg.len());
        let size = 1 + topics.div_ceil(2) + beats(len);
        self.reserve(size)?;
        self.log_beats += size as u32;
        self.logs.push(Log {
            address: self.address(),
            topics: self.arg[..topics].iter().map(|t| B256::from(*t)).collect(),
            data: Bytes::copy_from_slice(self.frame.memory.slice(offset, len)),
        });
        Ok(())
    }

    fn end_with_output(&mut self, op: MicroOp, status: Status) -> Result<(), End> {
        let (offset, len) = self.reach(self.a(op), self.b(op), Rate::FREE)?;
        let is_code = self.frame.purpose == Purpose::Creation && status == Status::Return;
        if self.frame.purpose == Purpose::Transaction {
            self.reserve(beats(len))?;
        } else if len > self.return_limit && !is_code {
            return Err(Escalation::ReturnLimit.into());
        }
        self.output = Bytes::copy_from_slice(self.frame.memory.slice(offset, len));
        Err(status.into())
    }
}
