//! Reads accounts, slots and hashes as a waiting transaction sees them, without loading anything
//! into its journal: what revm counts as loaded is warm.

use alloy_primitives::{Address, B256, Bytes, U256};
use revm::Database;
use revm::state::AccountInfo;

use crate::frame::Context;

/// Blocks whose hash `BLOCKHASH` gives (Yellow Paper H.2).
const BLOCK_HASH_WINDOW: u64 = 256;

/// Present value of a slot, and whether it is warm at the start of the first frame.
pub(crate) fn storage<DB: Database>(
    ctx: &mut Context<DB>,
    address: Address,
    key: U256,
) -> Result<(U256, bool), DB::Error> {
    let journal = &mut ctx.journaled_state;
    let listed = journal.warm_addresses.is_storage_warm(&address, &key);
    let account = journal.inner.state.get(&address);
    if let Some(slot) = account.and_then(|account| account.storage.get(&key)) {
        let warm = !slot.is_cold_transaction_id(journal.inner.transaction_id);
        return Ok((slot.present_value, warm || listed));
    }
    if account.is_some_and(|account| account.is_created()) {
        return Ok((U256::ZERO, listed));
    }
    Ok((journal.database.storage(address, key)?, listed))
}

/// An account as the running frame sees it. One that does not exist is empty.
pub(crate) fn info<DB: Database>(
    ctx: &mut Context<DB>,
    address: Address,
) -> Result<AccountInfo, DB::Error> {
    let journal = &mut ctx.journaled_state;
    match journal.inner.state.get(&address) {
        Some(account) => Ok(account.info.clone()),
        None => Ok(journal.database.basic(address)?.unwrap_or_default()),
    }
}

/// What `EXTCODEHASH` gives: zero for an empty account (EIP-1052, EIP-161).
pub(crate) fn code_hash<DB: Database>(
    ctx: &mut Context<DB>,
    address: Address,
) -> Result<B256, DB::Error> {
    let info = info(ctx, address)?;
    Ok(match info.is_empty() {
        true => B256::ZERO,
        false => info.code_hash,
    })
}

/// Bytecode, a delegation as it is written (EIP-7702).
pub(crate) fn code<DB: Database>(
    ctx: &mut Context<DB>,
    address: Address,
) -> Result<Bytes, DB::Error> {
    let info = info(ctx, address)?;
    let code = match info.code {
        Some(code) => code,
        None if info.is_empty_code_hash() => return Ok(Bytes::new()),
        None => ctx.journaled_state.database.code_by_hash(info.code_hash)?,
    };
    Ok(code.original_bytes())
}

/// Zero outside of the last 256 blocks.
pub(crate) fn block_hash<DB: Database>(
    ctx: &mut Context<DB>,
    number: U256,
) -> Result<B256, DB::Error> {
    match ctx.block.number.checked_sub(number) {
        Some(age) if !age.is_zero() && age <= U256::from(BLOCK_HASH_WINDOW) => {
            let number = number.to::<u64>();
            ctx.journaled_state.database.block_hash(number)
        }
        _ => Ok(B256::ZERO),
    }
}
