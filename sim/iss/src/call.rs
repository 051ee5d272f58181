//! Calls, creations and self-destruction: what they cost, what they ask, and what `enter` makes of
//! them (machine.md "Micro-ops of a call" and "Enter").

use std::sync::Arc;

use alloy_primitives::{Address, Bytes, U256};
use gasworks_abi::env::EnvWord;
use gasworks_abi::escalation::{Escalation, Halt};
use gasworks_abi::fork::Fork;
use gasworks_abi::gas;
use gasworks_abi::micro_op::{CallKind, MicroOp};
use gasworks_abi::ring::{Answer as Flags, RequestKind};
use gasworks_driver::Payload;

use crate::frame::{Callee, Purpose};
use crate::hart::{End, low_address};
use crate::state::word;
use crate::table::Kind;
use crate::{Answer, Hart, Host, Image, Request};

/// What a `call`, `callview` or `create` prepared for the `enter` behind it.
#[derive(Debug)]
pub(crate) enum Prepared {
    Call(Call),
    Creation { kind: RequestKind, gas: u64 },
}

/// A call that is paid for.
#[derive(Debug)]
pub(crate) struct Call {
    kind: CallKind,
    account: Address,
    value: U256,
    gas: u64,
    is_precompile: bool,
    program: Option<Arc<Image>>,
}

/// What is known of an account that is about to be called.
struct Known {
    entry: usize,
    flags: u8,
    delegate: Option<Address>,
    program: Option<Arc<Image>>,
    /// The entry shall remember the program.
    is_news: bool,
}

fn has(flags: u8, flag: u8) -> bool {
    flags & flag != 0
}

impl Hart {
    /// `call`, `callview`.
    pub(crate) fn call<H: Host + ?Sized>(
        &mut self,
        op: MicroOp,
        value: U256,
        host: &mut H,
    ) -> Result<(), End> {
        let kind = CallKind::from_bits(op.imm());
        if kind == CallKind::Call && self.frame.is_static && !value.is_zero() {
            return Err(Halt::StaticViolation.into());
        }
        let account = low_address(self.a(op));
        let known = self.callee(kind, account, host)?;
        let is_cold = !self.table.content(known.entry).is_warm;
        self.change(known.entry, |content| {
            content.is_warm = true;
            if known.is_news {
                content.callee.clone_from(&known.program);
            }
        })?;
        let mut cost = if is_cold { gas::COLD_ACCOUNT_EXTRA } else { 0 };
        if let Some(delegate) = known.delegate {
            cost += self.reach_delegate(delegate, has(known.flags, Flags::DELEGATE_WARM))?;
        }
        if !value.is_zero() {
            cost += gas::CALL_VALUE;
            if kind == CallKind::Call && has(known.flags, Flags::EMPTY) {
                cost += gas::NEW_ACCOUNT;
            }
        }
        self.charge(cost)?;
        let most = self.gas - self.gas / gas::CALL_RESERVE_DIVISOR;
        let given = u64::try_from(self.arg[0]).map_or(most, |gas| gas.min(most));
        self.charge(given)?;
        let stipend = if value.is_zero() {
            0
        } else {
            gas::CALL_STIPEND
        };
        self.prepared = Some(Prepared::Call(Call {
            kind,
            account,
            value,
            gas: given.wrapping_add(stipend),
            is_precompile: has(known.flags, Flags::PRECOMPILE),
            program: known.program,
        }));
        Ok(())
    }

    /// Makes a delegate warm; what that costs.
    fn reach_delegate(&mut self, delegate: Address, is_warm: bool) -> Result<u64, End> {
        let entry = self.account_entry(delegate, is_warm)?;
        let is_warm = self.table.content(entry).is_warm;
        self.warm(entry)?;
        Ok(if is_warm {
            gas::WARM_READ
        } else {
            gas::COLD_ACCOUNT
        })
    }

    /// What runs at an account: from its entry, or asked for.
    fn callee<H: Host + ?Sized>(
        &mut self,
        kind: CallKind,
        account: Address,
        host: &mut H,
    ) -> Result<Known, End> {
        let found = self.table.find(Kind::Account, account, U256::ZERO)?;
        if let Some(entry) = found
            && let Some(program) = &self.table.content(entry).callee
        {
            return Ok(Known {
                entry,
                flags: Flags::HAS_CODE,
                delegate: None,
                program: Some(Arc::clone(program)),
                is_news: false,
            });
        }
        let key = word(account) | U256::from(kind as u8) << 160;
        let answer = self.ask(host, Request::new(RequestKind::Callee, self.address(), key))?;
        let is_delegated = answer.has(Flags::DELEGATED);
        let program = if answer.has(Flags::HAS_CODE) {
            Some(answer.program.clone().ok_or(Escalation::RequestFailed)?)
        } else {
            None
        };
        Ok(Known {
            entry: self.account_entry(account, answer.is_warm())?,
            flags: answer.flags,
            delegate: is_delegated.then(|| low_address(answer.value)),
            is_news: program.is_some() && !is_delegated,
            program,
        })
    }

    /// `create`.
    pub(crate) fn create(&mut self, op: MicroOp) -> Result<(), End> {
        if self.frame.is_static {
            return Err(Halt::StaticViolation.into());
        }
        let gas = self.gas - self.gas / gas::CALL_RESERVE_DIVISOR;
        self.charge(gas)?;
        let kind = match op.imm() & 1 {
            0 => RequestKind::Create,
            _ => RequestKind::Create2,
        };
        self.prepared = Some(Prepared::Creation { kind, gas });
        Ok(())
    }

    /// `selfdestruct`.
    pub(crate) fn self_destruct<H: Host + ?Sized>(
        &mut self,
        op: MicroOp,
        host: &mut H,
    ) -> Result<(), End> {
        if self.frame.is_static {
            return Err(Halt::StaticViolation.into());
        }
        let heir = low_address(self.a(op));
        self.table.find(Kind::Account, heir, U256::ZERO)?;
        let request = Request::new(RequestKind::SelfDestruct, self.address(), word(heir));
        let answer = self.ask(host, request)?;
        let entry = self.account_entry(heir, answer.is_warm())?;
        let is_cold = !self.table.content(entry).is_warm;
        let cold = if is_cold { gas::COLD_ACCOUNT } else { 0 };
        let new = answer.has(Flags::EMPTY);
        self.charge(cold + if new { gas::NEW_ACCOUNT } else { 0 })?;
        self.warm(entry)?;
        if self.fork == Fork::Berlin && answer.has(Flags::DONE) {
            self.refund += gas::SELFDESTRUCT_REFUND;
        }
        Ok(())
    }

    /// `enter`; the next `pc`.
    pub(crate) fn enter<H: Host + ?Sized>(
        &mut self,
        op: MicroOp,
        host: &mut H,
    ) -> Result<u32, End> {
        let base = self.sp.wrapping_add_signed(op.delta().into());
        // A translated program prepares before it enters.
        match self.prepared.take().ok_or(Escalation::BusError)? {
            Prepared::Call(call) => self.enter_call(call, base, host),
            Prepared::Creation { kind, gas } => self.enter_creation(kind, gas, base, host),
        }
    }

    fn enter_call<H: Host + ?Sized>(
        &mut self,
        call: Call,
        base: u32,
        host: &mut H,
    ) -> Result<u32, End> {
        let program = call.program.clone().filter(|_| !call.is_precompile);
        if program.is_some() {
            self.need_frame()?;
        }
        let mut effects = self.effects;
        if call.is_precompile || !call.value.is_zero() {
            let answer = self.call_by_request(&call, host)?;
            let is_done = answer.has(Flags::DONE);
            if program.is_none() || !is_done {
                let gas = answer.value.as_limbs()[0];
                return self.go_on(U256::from(u8::from(is_done)), gas, answer.data);
            }
            effects = answer.effects.wrapping_sub(1);
        }
        match program {
            None => self.go_on(U256::ONE, call.gas, Bytes::new()),
            Some(image) => {
                let callee = self.callee_of(&call, image, effects);
                Ok(self.begin(callee, base))
            }
        }
    }

    /// Has the host move the value or run the precompile.
    fn call_by_request<H: Host + ?Sized>(
        &mut self,
        call: &Call,
        host: &mut H,
    ) -> Result<Answer, End> {
        let input = if call.is_precompile {
            self.in_bytes()
        } else {
            Bytes::new()
        };
        let key = U256::from(call.gas) | U256::from(call.kind as u8) << 64;
        let request = Request {
            payload: Some(self.payload(self.arg, input)),
            ..Request::new(RequestKind::Call, call.account, key)
        };
        self.ask(host, request)
    }

    fn callee_of(&self, call: &Call, image: Arc<Image>, effects: u16) -> Callee {
        let env = |index: EnvWord| self.environment[index as usize];
        let this = env(EnvWord::Address);
        let words = match call.kind {
            CallKind::Call => [word(call.account), this, call.value],
            CallKind::CallCode => [this, this, call.value],
            CallKind::DelegateCall => [this, env(EnvWord::Caller), env(EnvWord::CallValue)],
            CallKind::StaticCall => [word(call.account), this, U256::ZERO],
        };
        Callee {
            image,
            purpose: Purpose::Call,
            is_static: self.frame.is_static || call.kind == CallKind::StaticCall,
            gas: call.gas,
            calldata: self.in_bytes(),
            words,
            effects,
        }
    }

    fn enter_creation<H: Host + ?Sized>(
        &mut self,
        kind: RequestKind,
        gas: u64,
        base: u32,
        host: &mut H,
    ) -> Result<u32, End> {
        self.need_frame()?;
        let [value, salt, ..] = self.arg;
        let words = [value, salt, U256::ZERO, U256::ZERO];
        let this = self.environment[EnvWord::Address as usize];
        let request = Request {
            payload: Some(self.payload(words, self.in_bytes())),
            ..Request::new(kind, self.address(), U256::from(gas))
        };
        let answer = self.ask(host, request)?;
        let is_named = answer.has(Flags::NAMED);
        let account = low_address(answer.value);
        if is_named {
            let entry = self.account_entry(account, answer.is_warm())?;
            self.warm(entry)?;
        }
        if !answer.has(Flags::DONE) {
            let gas = if is_named { 0 } else { gas };
            return self.go_on(U256::ZERO, gas, Bytes::new());
        }
        let callee = Callee {
            image: answer.program.ok_or(Escalation::RequestFailed)?,
            purpose: Purpose::Creation,
            is_static: false,
            gas,
            calldata: Bytes::new(),
            words: [word(account), this, value],
            effects: answer.effects.wrapping_sub(1),
        };
        Ok(self.begin(callee, base))
    }

    /// Goes on without a frame; the next `pc`.
    fn go_on(&mut self, result: U256, gas: u64, data: Bytes) -> Result<u32, End> {
        self.gas = self.gas.saturating_add(gas);
        self.deliver(result, data, true)?;
        Ok(self.pc + 1)
    }

    fn in_bytes(&self) -> Bytes {
        let range = self.frame.in_range;
        Bytes::copy_from_slice(self.frame.memory.slice(range.offset, range.len))
    }

    pub(crate) fn payload(&self, words: [U256; 4], data: Bytes) -> Payload {
        Payload {
            account: self.address(),
            words,
            data,
        }
    }

    /// Entry of an account, made with this warmth if it is not there.
    fn account_entry(&mut self, address: Address, is_warm: bool) -> Result<usize, End> {
        Ok(match self.table.find(Kind::Account, address, U256::ZERO)? {
            Some(entry) => entry,
            None => self.table.insert_account(address, is_warm),
        })
    }
}
