//! What calls and creations on a device do to accounts, against the same calls on revm.

mod create;
mod effects;
mod transfer;

use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use gasworks::calls::Calls;
use gasworks::frame::Context;
use gasworks_abi::micro_op::CallKind;
use gasworks_abi::ring::{Answer, RequestKind};
use gasworks_driver::{Payload, Question, Reply};
use revm::context::{JournalTr, TxEnv};
use revm::database::{CacheDB, EmptyDB};
use revm::handler::EthPrecompiles;
use revm::primitives::hardfork::SpecId;
use revm::state::{Account, AccountInfo, Bytecode, EvmState};
use revm::{ExecuteEvm, MainBuilder};

type Db = CacheDB<EmptyDB>;

const SENDER: Address = Address::repeat_byte(0x5e);
/// Its code makes the calls.
const RUNNING: Address = Address::repeat_byte(0xaa);
const OTHER: Address = Address::repeat_byte(0xbb);
const THIRD: Address = Address::repeat_byte(0xcc);
const GAS: u64 = 100_000;

/// Accounts before the transaction: address, balance, nonce, code.
type World<'a> = &'a [(Address, u64, u64, &'a [u8])];

fn database(world: World<'_>, code: &[u8]) -> Db {
    let mut db = Db::new(EmptyDB::new());
    db.insert_account_info(SENDER, AccountInfo::default());
    for (address, balance, nonce, code) in world {
        let mut info = AccountInfo::from_bytecode(Bytecode::new_raw(Bytes::copy_from_slice(code)));
        (info.balance, info.nonce) = (U256::from(*balance), *nonce);
        db.insert_account_info(*address, info);
    }
    if !code.is_empty() {
        let mut info = db.load_account(RUNNING).unwrap().info().unwrap_or_default();
        let code = Bytecode::new_raw(Bytes::copy_from_slice(code));
        info.code_hash = code.hash_slow();
        info.code = Some(code);
        db.insert_account_info(RUNNING, info);
    }
    db
}

/// The transaction on revm alone: `RUNNING` has `code`.
fn revm(spec: SpecId, world: World<'_>, code: &[u8]) -> EvmState {
    let context: Context<Db> = Context::new(database(world, code), spec);
    let tx = TxEnv {
        caller: SENDER,
        kind: TxKind::Call(RUNNING),
        gas_limit: 10_000_000,
        ..TxEnv::default()
    };
    let mut evm = context.build_mainnet();
    let done = evm.transact(tx).unwrap();
    assert!(done.result.is_success(), "{:?}", done.result);
    done.state
}

/// The same transaction with its frames elsewhere.
struct Waiting {
    ctx: Context<Db>,
    precompiles: EthPrecompiles,
    calls: Calls,
}

impl Waiting {
    fn new(spec: SpecId, world: World<'_>) -> Self {
        let mut ctx: Context<Db> = Context::new(database(world, &[]), spec);
        let precompiles = EthPrecompiles::new(spec);
        let journal = &mut ctx.journaled_state;
        journal.warm_precompiles(precompiles.warm_addresses());
        journal.load_account(SENDER).unwrap();
        journal.load_account(RUNNING).unwrap();
        journal.touch_account(RUNNING);
        let _ = journal.checkpoint();
        let calls = Calls::new(&ctx, RUNNING);
        Self {
            ctx,
            precompiles,
            calls,
        }
    }

    fn try_ask(&mut self, question: &Question) -> Option<Reply> {
        let reply = self
            .calls
            .answer(&mut self.ctx, &mut self.precompiles, question);
        assert_eq!(self.ctx.journaled_state.depth, 1, "{question:?}");
        reply.ok()
    }
    fn ask(&mut self, kind: RequestKind, address: Address, key: U256) -> Reply {
        let question = question(kind, address, key);
        self.try_ask(&question).expect("an answer")
    }
    fn callee(&mut self, kind: CallKind, account: Address) -> Reply {
        let key = word(account) | U256::from(kind as u8) << 160;
        self.ask(RequestKind::Callee, Address::ZERO, key)
    }
    /// A call by request, after the question about the callee.
    fn call(&mut self, kind: CallKind, callee: Address, value: u64, data: &[u8]) -> Reply {
        self.callee(kind, callee);
        self.call_with(kind, callee, value, data, GAS)
    }
    fn call_with(
        &mut self,
        kind: CallKind,
        callee: Address,
        value: u64,
        data: &[u8],
        gas: u64,
    ) -> Reply {
        let key = U256::from(gas) | U256::from(kind as u8) << 64;
        let mut question = question(RequestKind::Call, callee, key);
        let words = [
            U256::from(gas),
            U256::from(value),
            word(callee),
            word(callee),
        ];
        question.payload = Some(payload(RUNNING, words, data));
        self.try_ask(&question).expect("an answer")
    }
    fn create(&mut self, creator: Address, value: u64, salt: Option<u64>, code: &[u8]) -> Reply {
        let kind = match salt {
            Some(_) => RequestKind::Create2,
            None => RequestKind::Create,
        };
        let mut question = question(kind, Address::ZERO, U256::from(GAS));
        let salt = U256::from(salt.unwrap_or(value));
        let words = [U256::from(value), salt, U256::ZERO, U256::ZERO];
        question.payload = Some(payload(creator, words, code));
        self.try_ask(&question).expect("an answer")
    }
    fn created(&mut self, address: Address, code: &[u8]) -> Reply {
        let mut question = question(RequestKind::Created, address, U256::from(code.len()));
        question.payload = Some(payload(address, [U256::ZERO; 4], code));
        self.try_ask(&question).expect("an answer")
    }
    fn undo(&mut self, keep: u16) -> Reply {
        self.ask(RequestKind::Undo, Address::ZERO, U256::from(keep))
    }
    fn account(&self, address: Address) -> Account {
        let found = self.ctx.journaled_state.inner.state.get(&address);
        found.cloned().unwrap_or_default()
    }

    /// The accounts are what revm alone makes of them.
    fn assert_equals(&self, expected: &EvmState, accounts: &[Address]) {
        for address in accounts {
            let want = expected.get(address).cloned().unwrap_or_default();
            let have = self.account(*address);
            let of = |it: &Account| {
                let info = &it.info;
                let hash = match *address == RUNNING {
                    // Only on revm does it have code.
                    true => B256::ZERO,
                    false => info.code_hash,
                };
                (
                    info.balance,
                    info.nonce,
                    hash,
                    it.is_created(),
                    it.is_selfdestructed(),
                )
            };
            assert_eq!(of(&have), of(&want), "{address}");
            if want.is_empty() {
                assert_eq!(have.is_touched(), want.is_touched(), "{address} touched");
            }
        }
    }
}

fn question(kind: RequestKind, address: Address, key: U256) -> Question {
    Question {
        tag: 0,
        kind,
        address,
        key,
        payload: None,
    }
}

fn payload(account: Address, words: [U256; 4], data: &[u8]) -> Payload {
    Payload {
        account,
        words,
        data: Bytes::copy_from_slice(data),
    }
}

fn word(address: Address) -> U256 {
    U256::from_be_slice(address.as_slice())
}

fn address(word: U256) -> Address {
    Address::from_word(B256::from(word))
}

fn is(reply: &Reply, flag: u8) -> bool {
    reply.flags & flag != 0
}

fn is_done(reply: &Reply) -> bool {
    is(reply, Answer::DONE)
}

/// Bytecode.
#[derive(Default, Clone)]
struct Code(Vec<u8>);

impl Code {
    fn push(mut self, value: U256) -> Self {
        self.0.push(0x7f);
        self.0.extend(value.to_be_bytes::<32>());
        self
    }
    fn op(mut self, opcode: u8) -> Self {
        self.0.push(opcode);
        self
    }
    /// `CALL` or `CALLCODE` with all data of memory 0..`len`; the result stays on the stack.
    fn call(self, opcode: u8, callee: Address, value: u64, len: u64) -> Self {
        self.push(U256::ZERO)
            .push(U256::ZERO)
            .push(U256::from(len))
            .push(U256::ZERO)
            .push(U256::from(value))
            .push(word(callee))
            .push(U256::from(GAS))
            .op(opcode)
    }
    /// Writes at most 32 bytes to memory 0.
    fn memory(self, bytes: &[u8]) -> Self {
        let mut padded = [0; 32];
        padded[..bytes.len()].copy_from_slice(bytes);
        self.push(U256::from_be_bytes(padded))
            .push(U256::ZERO)
            .op(0x52)
    }
    /// `CREATE`, or `CREATE2` with a salt, with the initcode of at most 32 bytes.
    fn create(self, value: u64, salt: Option<u64>, initcode: &[u8]) -> Self {
        let code = self.memory(initcode);
        let code = match salt {
            Some(salt) => code.push(U256::from(salt)),
            None => code,
        };
        code.push(U256::from(initcode.len()))
            .push(U256::ZERO)
            .push(U256::from(value))
            .op(if salt.is_some() { 0xf5 } else { 0xf0 })
    }
    fn revert(self) -> Self {
        self.push(U256::ZERO).push(U256::ZERO).op(0xfd)
    }
}

/// Initcode that deploys one byte: `PUSH1 b PUSH1 0 MSTORE8 PUSH1 1 PUSH1 0 RETURN`.
fn deploys(byte: u8) -> [u8; 10] {
    [0x60, byte, 0x60, 0, 0x53, 0x60, 1, 0x60, 0, 0xf3]
}
