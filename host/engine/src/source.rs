//! Answers the questions of running transactions from their journals and the world.

use std::collections::{BTreeSet, HashMap};

use alloy_primitives::{Address, B256, Bytes, U256};
use gasworks_abi::ring::RequestKind;
use gasworks_driver::{Question, Reply, StateSource, Unanswerable};
use revm::DatabaseRef;
use revm::context::ContextTr;
use revm::state::AccountInfo;

use crate::access::Item;
use crate::frame::{Ctx, Waiting};
use crate::world::{Missing, World};

/// Blocks whose hash `BLOCKHASH` gives (Yellow Paper H.2).
const BLOCK_HASH_WINDOW: u64 = 256;

/// The waiting transactions of a batch by tag, and what each asked.
#[derive(Default)]
pub struct Waiters<'w> {
    waiting: HashMap<u32, Waiting<'w>>,
    asked: HashMap<u32, BTreeSet<Item>>,
}

impl<'w> Waiters<'w> {
    /// Adds a transaction that is about to be submitted.
    pub fn insert(&mut self, tag: u32, waiting: Waiting<'w>) {
        self.waiting.insert(tag, waiting);
        self.asked.insert(tag, BTreeSet::new());
    }

    /// Takes a transaction out, with what it asked.
    pub fn remove(&mut self, tag: u32) -> Option<(Waiting<'w>, BTreeSet<Item>)> {
        let waiting = self.waiting.remove(&tag)?;
        Some((waiting, self.asked.remove(&tag).unwrap_or_default()))
    }

    /// True when no transaction waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// True when the transaction waits.
    #[must_use]
    pub fn contains(&self, tag: u32) -> bool {
        self.waiting.contains_key(&tag)
    }

    /// Tags of the transactions that still wait.
    #[must_use]
    pub fn tags(&self) -> Vec<u32> {
        self.waiting.keys().copied().collect()
    }
}

impl StateSource for Waiters<'_> {
    fn answer(&mut self, question: &Question) -> Result<Reply, Unanswerable> {
        let waiting = self.waiting.get(&question.tag).ok_or(Unanswerable)?;
        let item = match question.kind {
            RequestKind::Storage => Some(Item::Slot(question.address, question.key)),
            RequestKind::Balance | RequestKind::CodeHash | RequestKind::Code => {
                Some(Item::Account(question.account()))
            }
            RequestKind::BlockHash | RequestKind::BlobHash => None,
        };
        self.asked.entry(question.tag).or_default().extend(item);
        // The cause of a failure is found again when the transaction runs on revm.
        reply(waiting.ctx(), question).map_err(|_: Missing| Unanswerable)
    }
}

fn reply(ctx: &Ctx<'_>, question: &Question) -> Result<Reply, Missing> {
    match question.kind {
        RequestKind::Storage => {
            let (value, warm) = storage(ctx, question.address, question.key)?;
            Ok(Reply::value(value, warm))
        }
        RequestKind::Balance => {
            let (info, warm) = account(ctx, question.account())?;
            Ok(Reply::value(info.balance, warm))
        }
        RequestKind::CodeHash => {
            let (info, warm) = account(ctx, question.account())?;
            let hash = match info.is_empty() {
                true => B256::ZERO,
                false => info.code_hash,
            };
            Ok(Reply::value(hash.into(), warm))
        }
        RequestKind::Code => {
            let (info, warm) = account(ctx, question.account())?;
            Ok(Reply::code(code(world(ctx), info)?, warm))
        }
        RequestKind::BlockHash => {
            let hash = block_hash(ctx, question.key)?;
            Ok(Reply::value(hash.into(), true))
        }
        RequestKind::BlobHash => {
            let index = usize::try_from(question.key).ok();
            let hash = index.and_then(|index| ctx.tx.blob_hashes.get(index));
            Ok(Reply::value(hash.copied().unwrap_or_default().into(), true))
        }
    }
}

fn world<'a>(ctx: &'a Ctx<'_>) -> &'a World<'a> {
    ctx.journal().database.0
}

/// Present value of a slot, and whether it is warm at the start of the frame.
pub(crate) fn storage(ctx: &Ctx<'_>, address: Address, key: U256) -> Result<(U256, bool), Missing> {
    let journal = ctx.journal();
    let listed = journal.warm_addresses.is_storage_warm(&address, &key);
    let account = journal.state.get(&address);
    if let Some(slot) = account.and_then(|account| account.storage.get(&key)) {
        let warm = !slot.is_cold_transaction_id(journal.transaction_id);
        return Ok((slot.present_value, warm || listed));
    }
    if account.is_some_and(|account| account.is_created()) {
        return Ok((U256::ZERO, listed));
    }
    Ok((world(ctx).storage_ref(address, key)?, listed))
}

/// An account as the frame sees it, and whether it is warm at its start. Accounts that do not exist
/// are empty.
fn account(ctx: &Ctx<'_>, address: Address) -> Result<(AccountInfo, bool), Missing> {
    let journal = ctx.journal();
    let listed = journal.warm_addresses.is_warm(&address);
    if let Some(account) = journal.state.get(&address) {
        let warm = !account.is_cold_transaction_id(journal.transaction_id);
        return Ok((account.info.clone(), warm || listed));
    }
    let info = world(ctx).basic_ref(address)?.unwrap_or_default();
    Ok((info, listed))
}

fn code(world: &World<'_>, info: AccountInfo) -> Result<Bytes, Missing> {
    let code = match info.code {
        Some(code) => code,
        None => world.code_by_hash_ref(info.code_hash)?,
    };
    Ok(code.original_bytes())
}

fn block_hash(ctx: &Ctx<'_>, number: U256) -> Result<B256, Missing> {
    let present = ctx.block.number;
    match present.checked_sub(number) {
        Some(age) if !age.is_zero() && age <= U256::from(BLOCK_HASH_WINDOW) => {
            world(ctx).block_hash_ref(number.to::<u64>())
        }
        _ => Ok(B256::ZERO),
    }
}
