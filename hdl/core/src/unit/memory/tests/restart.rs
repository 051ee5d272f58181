//! Brings the harts of the bench back to life: account, code, calldata, start.

use super::bench::Bench;
use crate::unit::memory::unit::MemoryUnit;
use gasworks_abi::record::BEAT;
use gasworks_verilog::harness::Stimulus;
use gasworks_verilog::word::Word;

/// A transaction that is being loaded into a hart.
pub struct Start {
    hart: usize,
    step: usize,
    iova: u64,
    len: u32,
    code_iova: u64,
    ext_iova: u64,
    calldata: Vec<u8>,
    code: Vec<u8>,
    ext_code: Vec<u8>,
    account: [u8; 20],
}

fn random_bytes(s: &mut Stimulus, length: usize) -> Vec<u8> {
    (0..length).map(|_| s.draw() as u8).collect()
}

impl Bench {
    /// Brings one dead hart back: account, code, calldata, start; one step per cycle.
    pub(super) fn restart(&mut self, unit: &mut MemoryUnit, s: &mut Stimulus) {
        unit.load_valid.next = false;
        unit.start_valid.next = false;
        unit.program_valid.next = false;
        unit.ext_valid.next = false;
        if self.start.is_none() {
            self.start = (0..self.config.harts as usize)
                .find(|hart| !self.alive[*hart] && !self.is_busy(*hart))
                .map(|hart| self.plan_start(hart, s));
        }
        let Some(start) = &mut self.start else { return };
        let hart = start.hart as u64;
        let beats = start.calldata.len().div_ceil(BEAT);
        match start.step {
            0 => {
                unit.load_valid.next = true;
                unit.load_target.next = 2u64.into();
                unit.load_hart.next = hart.into();
                unit.load_address.next = 0u64.into();
                let mut bytes = random_bytes(s, BEAT);
                bytes[..20].copy_from_slice(&start.account);
                unit.load_data.next = Word::from_le_bytes(&bytes);
            }
            1 => {
                unit.program_valid.next = true;
                unit.program_hart.next = hart.into();
                unit.program_code_iova.next = start.code_iova.into();
                unit.program_code_len.next = (start.code.len() as u64).into();
            }
            2 => {
                unit.ext_valid.next = true;
                unit.ext_hart.next = hart.into();
                unit.ext_code_iova.next = start.ext_iova.into();
                unit.ext_code_len.next = (start.ext_code.len() as u64).into();
            }
            step if step - 3 < beats => {
                let beat = step - 3;
                let end = start.calldata.len().min((beat + 1) * BEAT);
                let mut bytes = start.calldata[beat * BEAT..end].to_vec();
                let missing = BEAT - bytes.len();
                bytes.extend(random_bytes(s, missing));
                unit.load_valid.next = true;
                unit.load_target.next = 3u64.into();
                unit.load_hart.next = hart.into();
                unit.load_address.next = (beat as u64).into();
                unit.load_data.next = Word::from_le_bytes(&bytes);
            }
            _ => {
                unit.start_valid.next = true;
                unit.start_hart.next = hart.into();
                unit.start_result_iova.next = start.iova.into();
                unit.start_result_len.next = u64::from(start.len).into();
                unit.start_calldata_len.next = (start.calldata.len() as u64).into();
                self.finish_start();
                return;
            }
        }
        start.step += 1;
    }

    fn plan_start(&self, hart: usize, s: &mut Stimulus) -> Start {
        let calldata = match s.below(4) {
            0 => u64::from(self.config.calldata_bytes()),
            1 => 0,
            _ => s.below(u64::from(self.config.calldata_bytes()) + 1),
        };
        let account = random_bytes(s, 20);
        Start {
            hart,
            step: 0,
            iova: (s.draw() >> 8) & !63,
            len: (s.below(60) * 64 + s.below(2) * s.below(64)) as u32,
            // The same address means other bytes for another hart or transaction.
            code_iova: (1 + s.below(2)) << 20,
            ext_iova: (1 + s.below(2)) << 20,
            calldata: random_bytes(s, calldata as usize),
            code: {
                let length = match self.long_code {
                    true => 2600,
                    false => s.below(2600),
                };
                random_bytes(s, length as usize)
            },
            ext_code: {
                let length = match self.long_code {
                    true => 300,
                    false => s.below(300),
                };
                random_bytes(s, length as usize)
            },
            account: std::array::from_fn(|i| account[i]),
        }
    }

    fn finish_start(&mut self) {
        let Some(start) = self.start.take() else {
            return;
        };
        let hart = start.hart;
        self.model
            .start(hart, start.iova, start.len, start.calldata);
        self.model.harts[hart].code = start.code;
        self.model.harts[hart].ext_code = start.ext_code;
        self.model.harts[hart].account = start.account;
        self.code_iova[hart] = start.code_iova;
        self.ext_iova[hart] = start.ext_iova;
        self.after[hart].clear();
        self.alive[hart] = true;
    }
}
