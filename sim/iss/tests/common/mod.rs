//! A host that keeps accounts and effects, and bytecode by hand.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use alloy_primitives::{Address, Bytes, U256};
use gasworks_abi::config::Config;
use gasworks_abi::env::{ENV_WORDS, EnvWord};
use gasworks_abi::fork::Fork;
use gasworks_abi::ring::{Answer as Flags, RequestKind};
use gasworks_iss::{Answer, Hart, Host, Image, NoObserver, Outcome, Payload, Request, Slot, Start};
use gasworks_translate::{Level, translate};

/// The account that the transaction calls.
pub const HERE: Address = Address::repeat_byte(0x11);
/// Another one.
pub const THERE: Address = Address::repeat_byte(0x22);
/// The sender.
pub const SENDER: Address = Address::repeat_byte(0x99);

pub fn word(address: Address) -> U256 {
    U256::from_be_slice(address.as_slice())
}

pub fn n(value: u64) -> U256 {
    U256::from(value)
}

/// Shared image of a code.
pub fn image(code: &[u8], fork: Fork) -> Arc<Image> {
    let program = translate(code, fork, Level::Zero).unwrap();
    Arc::new(Image::of_program(Arc::new(program), code.to_vec()).unwrap())
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    pub balance: u64,
    pub nonce: u64,
    pub code: Bytes,
    pub delegate: Option<Address>,
    pub is_destroyed: bool,
}

/// A state with effects that can be undone, and a note of every request.
#[derive(Debug, Default)]
pub struct World {
    pub fork: Option<Fork>,
    pub accounts: HashMap<Address, Account>,
    pub storage: HashMap<(Address, U256), U256>,
    pub warm: HashSet<Address>,
    /// The accounts before each effect.
    before: Vec<HashMap<Address, Account>>,
    pub asked: Vec<Request>,
}

impl World {
    pub fn with(accounts: &[(Address, &[u8])]) -> Self {
        let account = |code: &[u8]| Account {
            balance: 1000,
            nonce: 1,
            code: Bytes::copy_from_slice(code),
            ..Account::default()
        };
        Self {
            accounts: accounts
                .iter()
                .map(|(a, code)| (*a, account(code)))
                .collect(),
            ..Self::default()
        }
    }

    pub fn effects(&self) -> usize {
        self.before.len()
    }

    pub fn count(&self, kind: RequestKind) -> usize {
        self.asked.iter().filter(|r| r.kind == kind).count()
    }

    fn account(&mut self, address: Address) -> &mut Account {
        self.accounts.entry(address).or_default()
    }

    fn is_empty(&mut self, address: Address) -> bool {
        let account = self.account(address);
        account.balance == 0 && account.nonce == 0 && account.code.is_empty()
    }

    fn effect(&mut self) {
        self.before.push(self.accounts.clone());
    }

    fn move_value(&mut self, from: Address, to: Address, value: U256) -> bool {
        let Ok(value) = u64::try_from(value) else {
            return false;
        };
        let Some(left) = self.account(from).balance.checked_sub(value) else {
            return false;
        };
        self.account(from).balance = left;
        self.account(to).balance += value;
        true
    }

    fn program(&self, code: &Bytes) -> Option<Arc<Image>> {
        Some(image(code, self.fork.unwrap_or(Fork::Osaka)))
    }

    fn callee(&mut self, account: Address) -> Answer {
        let mut flags = 0;
        let mut value = U256::ZERO;
        if self.is_empty(account) {
            flags |= Flags::EMPTY;
        }
        if account == Address::with_last_byte(4) {
            flags |= Flags::PRECOMPILE;
        }
        let mut code = self.account(account).code.clone();
        if let Some(delegate) = self.account(account).delegate {
            flags |= Flags::DELEGATED;
            value = word(delegate);
            if self.warm.contains(&delegate) {
                flags |= Flags::DELEGATE_WARM;
            }
            code = self.account(delegate).code.clone();
        }
        let program = (!code.is_empty()).then(|| self.program(&code)).flatten();
        if program.is_some() {
            flags |= Flags::HAS_CODE;
        }
        Answer {
            value,
            flags: flags | warm(self.warm.contains(&account)),
            program,
            ..Answer::default()
        }
    }

    /// The precompile 4 returns its input for 15 gas.
    fn call(&mut self, request: &Request, payload: &Payload) -> Answer {
        self.effect();
        let kind = request.key.as_limbs()[1] as u8;
        let gas = request.key.as_limbs()[0];
        let value = if kind < 2 {
            payload.words[1]
        } else {
            U256::ZERO
        };
        let to = if kind == 0 {
            request.address
        } else {
            payload.account
        };
        if !self.move_value(payload.account, to, value) {
            return Answer::value(n(gas), false);
        }
        let is_precompile = request.address == Address::with_last_byte(4);
        if is_precompile && gas < 15 {
            return Answer::default();
        }
        Answer {
            value: n(if is_precompile { gas - 15 } else { gas }),
            flags: Flags::DONE,
            data: payload.data.clone(),
            ..Answer::default()
        }
    }

    /// `CREATE` names by nonce, `CREATE2` by salt.
    fn create(&mut self, request: &Request, payload: &Payload) -> Answer {
        let [value, salt, ..] = payload.words;
        self.effect();
        let creator = payload.account;
        if n(self.account(creator).balance) < value {
            self.effect();
            return Answer::default();
        }
        let nonce = self.account(creator).nonce;
        self.account(creator).nonce += 1;
        self.effect();
        let address = created(if request.kind == RequestKind::Create2 {
            salt
        } else {
            n(nonce)
        });
        let mut answer = Answer::value(word(address), self.warm.contains(&address));
        answer.flags |= Flags::NAMED;
        let account = self.account(address);
        if account.nonce == 0 && account.code.is_empty() {
            account.nonce = 1;
            self.move_value(creator, address, value);
            answer.flags |= Flags::DONE;
            answer.program = self.program(&payload.data);
        }
        answer
    }

    fn self_destruct(&mut self, address: Address, heir: Address) -> Answer {
        self.effect();
        let balance = self.account(address).balance;
        let is_new = balance > 0 && self.is_empty(heir);
        let was_destroyed = std::mem::replace(&mut self.account(address).is_destroyed, true);
        self.move_value(address, heir, n(balance));
        let mut answer = Answer::value(U256::ZERO, self.warm.contains(&heir));
        answer.flags |= if is_new { Flags::EMPTY } else { 0 };
        answer.flags |= if was_destroyed { 0 } else { Flags::DONE };
        answer
    }

    fn undo(&mut self, mark: usize) {
        if let Some(accounts) = self.before.get(mark) {
            self.accounts = accounts.clone();
            self.before.truncate(mark);
        }
    }
}

/// Where creations go.
pub fn created(number: U256) -> Address {
    Address::from_word((number + (n(0xc0de) << 32usize)).into())
}

fn warm(is_warm: bool) -> u8 {
    if is_warm { Flags::WARM } else { 0 }
}

impl Host for World {
    fn ask(&mut self, request: Request) -> Option<Answer> {
        self.asked.push(request.clone());
        let account = Address::from_word((request.key << 96usize >> 96usize).into());
        let account_warm = self.warm.contains(&account);
        let payload = request.payload.clone().unwrap_or(Payload {
            account: Address::ZERO,
            words: [U256::ZERO; 4],
            data: Bytes::new(),
        });
        let mut answer = match request.kind {
            RequestKind::Storage => {
                let value = self.storage.get(&(request.address, request.key));
                Answer::value(value.copied().unwrap_or_default(), false)
            }
            RequestKind::Balance => Answer::value(n(self.account(account).balance), account_warm),
            RequestKind::CodeHash => Answer::value(U256::ZERO, account_warm),
            RequestKind::Code => {
                let code = self.account(account).code.clone();
                let mut answer = Answer::value(n(code.len() as u64), account_warm);
                answer.data = code;
                answer
            }
            RequestKind::BlockHash | RequestKind::BlobHash => Answer::default(),
            RequestKind::Callee => self.callee(account),
            RequestKind::Call => self.call(&request, &payload),
            RequestKind::Create | RequestKind::Create2 => self.create(&request, &payload),
            RequestKind::Created => {
                self.effect();
                let allowed = payload.data.first() != Some(&0xef);
                self.account(request.address).code = payload.data;
                let flags = if allowed { Flags::DONE } else { 0 };
                Answer {
                    flags,
                    ..Answer::default()
                }
            }
            RequestKind::SelfDestruct => self.self_destruct(request.address, account),
            RequestKind::Undo => {
                self.undo(request.key.to());
                Answer::default()
            }
        };
        answer.effects = self.effects() as u16;
        Some(answer)
    }
}

/// A run of the code at [`HERE`].
pub struct Run<'a> {
    pub config: Config,
    pub fork: Fork,
    pub gas: u64,
    pub seeds: &'a [Slot],
}

impl Default for Run<'_> {
    fn default() -> Self {
        Self {
            config: Config::SIM,
            fork: Fork::Osaka,
            gas: 1_000_000,
            seeds: &[],
        }
    }
}

impl Run<'_> {
    pub fn go(&self, world: &mut World) -> Outcome {
        world.fork = Some(self.fork);
        let mut environment = [U256::ZERO; ENV_WORDS];
        environment[EnvWord::Address as usize] = word(HERE);
        environment[EnvWord::Caller as usize] = word(SENDER);
        environment[EnvWord::CallValue as usize] = n(7);
        let start = Start {
            fork: self.fork,
            gas_limit: self.gas,
            environment: &environment,
            calldata: &[],
            seeds: self.seeds,
            result_len: 1 << 16,
        };
        let image = image(&world.accounts[&HERE].code, self.fork);
        Hart::new(&self.config, &image, &start).run(world, &mut NoObserver)
    }
}

/// Runs `code` at [`HERE`] with `there` at [`THERE`].
pub fn run(code: &[u8], there: &[u8]) -> (Outcome, World) {
    let mut world = World::with(&[(HERE, code), (THERE, there)]);
    let outcome = Run::default().go(&mut world);
    (outcome, world)
}

/// Output words of an outcome.
#[track_caller]
pub fn words(outcome: &Outcome) -> Vec<U256> {
    assert!(outcome.is_success(), "{outcome:?}");
    outcome.output.chunks(32).map(U256::from_be_slice).collect()
}

pub const ADD: u8 = 0x01;
pub const SUB: u8 = 0x03;
pub const ADDRESS: u8 = 0x30;
pub const CALLER: u8 = 0x33;
pub const CALLVALUE: u8 = 0x34;
pub const CALLDATALOAD: u8 = 0x35;
pub const CALLDATASIZE: u8 = 0x36;
pub const RETURNDATASIZE: u8 = 0x3d;
pub const RETURNDATACOPY: u8 = 0x3e;
pub const SELFBALANCE: u8 = 0x47;
pub const POP: u8 = 0x50;
pub const MLOAD: u8 = 0x51;
pub const MSTORE: u8 = 0x52;
pub const SLOAD: u8 = 0x54;
pub const SSTORE: u8 = 0x55;
pub const MSIZE: u8 = 0x59;
pub const GAS: u8 = 0x5a;
pub const TLOAD: u8 = 0x5c;
pub const TSTORE: u8 = 0x5d;
pub const SWAP1: u8 = 0x90;
pub const LOG0: u8 = 0xa0;
pub const CREATE: u8 = 0xf0;
pub const CALL: u8 = 0xf1;
pub const CALLCODE: u8 = 0xf2;
pub const RETURN: u8 = 0xf3;
pub const DELEGATECALL: u8 = 0xf4;
pub const CREATE2: u8 = 0xf5;
pub const STATICCALL: u8 = 0xfa;
pub const REVERT: u8 = 0xfd;
pub const INVALID: u8 = 0xfe;
pub const SELFDESTRUCT: u8 = 0xff;

/// Bytecode by hand.
#[derive(Debug, Clone, Default)]
pub struct Code(pub Vec<u8>);

impl Code {
    pub fn new() -> Self {
        Self::default()
    }
    pub fn op(mut self, opcodes: &[u8]) -> Self {
        self.0.extend(opcodes);
        self
    }
    /// `PUSH32`, whatever the value: costs do not depend on it.
    pub fn push(mut self, value: impl Into<U256>) -> Self {
        self.0.push(0x7f);
        self.0.extend(value.into().to_be_bytes::<32>());
        self
    }
    /// An opcode whose operands are pushed, the top first.
    pub fn with(self, opcode: u8, operands: &[U256]) -> Self {
        let pushed = operands
            .iter()
            .rev()
            .fold(self, |code, word| code.push(*word));
        pushed.op(&[opcode])
    }
    /// `CALL` or `CALLCODE` with all gas, an input of the first `input` bytes and an output there.
    pub fn call(self, opcode: u8, to: Address, value: u64, input: u64, output: u64) -> Self {
        let value = [n(value)];
        let value: &[U256] = if matches!(opcode, CALL | CALLCODE) {
            &value
        } else {
            &[]
        };
        let ranges = [U256::ZERO, n(input), U256::ZERO, n(output)];
        let operands = [&[U256::MAX, word(to)], value, &ranges].concat();
        self.with(opcode, &operands)
    }
    /// Stores the top of the stack in memory word `index`.
    pub fn keep(self, index: u64) -> Self {
        self.push(n(32 * index)).op(&[MSTORE])
    }
    /// Puts bytes, at most 32, at the start of the memory.
    pub fn bytes(self, bytes: &[u8]) -> Self {
        let mut word = [0; 32];
        word[..bytes.len()].copy_from_slice(bytes);
        self.push(U256::from_be_bytes(word)).keep(0)
    }
    /// Returns the first words of the memory.
    pub fn returns(self, words: u64) -> Vec<u8> {
        self.with(RETURN, &[U256::ZERO, n(32 * words)]).0
    }
    /// Reverts with the first words of the memory.
    pub fn reverts(self, words: u64) -> Vec<u8> {
        self.with(REVERT, &[U256::ZERO, n(32 * words)]).0
    }
}
