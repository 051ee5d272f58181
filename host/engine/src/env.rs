//! Block and transaction environments as revm takes them.

use alloy_primitives::{B256, TxKind, U256};
use revm::context::either::Either;
use revm::context::{BlockEnv, CfgEnv, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::primitives::hardfork::SpecId;

use crate::bundle::{Bundle, BundleError, Problem, Transaction};
use crate::fork::{self, blob_schedule, max_blobs_per_tx};

/// Highest transaction type: EIP-7702.
const LAST_TYPE: u64 = 4;

/// Everything that all transactions of a block share, and the transactions.
#[derive(Debug, Clone)]
pub struct BlockInput {
    /// Rules.
    pub spec: SpecId,
    /// Configuration.
    pub cfg: CfgEnv,
    /// Block.
    pub block: BlockEnv,
    /// Transactions in order.
    pub txs: Vec<TxEnv>,
}

impl BlockInput {
    /// Takes the first `limit` transactions of a bundle.
    ///
    /// # Errors
    /// When a field that the fork needs is missing, or a number is too large.
    pub fn new(bundle: &Bundle, spec: SpecId, limit: usize) -> Result<Self, BundleError> {
        let txs = bundle.block.transactions.iter().take(limit).enumerate();
        let txs = txs
            .map(|(index, tx)| tx_env(bundle, index, tx))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            spec,
            cfg: cfg_env(bundle, spec),
            block: block_env(bundle, spec)?,
            txs,
        })
    }
}

fn cfg_env(bundle: &Bundle, spec: SpecId) -> CfgEnv {
    let chain = bundle.block.transactions.iter().find_map(|tx| tx.chain_id);
    let timestamp = bundle.block.timestamp.0;
    let (fraction, _) = blob_schedule(spec, timestamp);
    let mut cfg = CfgEnv::new_with_spec(spec);
    cfg.chain_id = chain.map_or(1, |id| id.0);
    cfg.blob_base_fee_update_fraction = Some(fraction);
    cfg.set_max_blobs_per_tx(max_blobs_per_tx(spec, timestamp));
    cfg
}

fn block_env(bundle: &Bundle, spec: SpecId) -> Result<BlockEnv, BundleError> {
    let block = &bundle.block;
    let needed = |field: &'static str| {
        BundleError::invalid(
            bundle.place(None, format!("block.{field}")),
            Problem::MissingField {
                fork: fork::name(spec),
            },
        )
    };
    let basefee = match block.base_fee_per_gas {
        Some(fee) => fee.0,
        None if spec >= SpecId::LONDON => return Err(needed("baseFeePerGas")),
        None => 0,
    };
    let prevrandao = match block.mix_hash {
        _ if spec < SpecId::MERGE => None,
        Some(hash) => Some(hash),
        None => return Err(needed("mixHash")),
    };
    let blobs = match block.excess_blob_gas {
        _ if spec < SpecId::CANCUN => None,
        Some(excess) => {
            let (fraction, _) = blob_schedule(spec, block.timestamp.0);
            Some(BlobExcessGasAndPrice::new(excess.0, fraction))
        }
        None => return Err(needed("excessBlobGas")),
    };
    Ok(BlockEnv {
        number: U256::from(block.number.0),
        beneficiary: block.miner,
        timestamp: U256::from(block.timestamp.0),
        gas_limit: block.gas_limit.0,
        basefee,
        difficulty: block.difficulty,
        prevrandao,
        blob_excess_gas_and_price: blobs,
        slot_num: 0,
    })
}

/// One transaction.
fn tx_env(bundle: &Bundle, index: usize, tx: &Transaction) -> Result<TxEnv, BundleError> {
    let field = |name: &str| format!("block.transactions[{index}].{name}");
    let invalid =
        |name: &str, problem| BundleError::invalid(bundle.place(Some(index), field(name)), problem);
    let price = |name: &str, value: Option<U256>| match value {
        None => Err(invalid(
            name,
            Problem::MissingField {
                fork: "this transaction type",
            },
        )),
        Some(value) => u128::try_from(value).map_err(|_| {
            let found = value.to_string();
            invalid(name, Problem::TooLarge { found, bits: 128 })
        }),
    };
    if tx.kind.0 > LAST_TYPE {
        return Err(invalid(
            "type",
            Problem::TransactionType { found: tx.kind.0 },
        ));
    }
    let dynamic = tx.kind.0 >= 2;
    Ok(TxEnv {
        tx_type: tx.kind.0 as u8,
        caller: tx.from,
        gas_limit: tx.gas.0,
        gas_price: match dynamic {
            true => price("maxFeePerGas", tx.max_fee_per_gas)?,
            false => price("gasPrice", tx.gas_price)?,
        },
        gas_priority_fee: match dynamic {
            true => Some(price("maxPriorityFeePerGas", tx.max_priority_fee_per_gas)?),
            false => None,
        },
        kind: tx.to.map_or(TxKind::Create, TxKind::Call),
        value: tx.value,
        data: tx.input.clone(),
        nonce: tx.nonce.0,
        chain_id: tx.chain_id.map(|id| id.0),
        access_list: tx.access_list.clone().unwrap_or_default(),
        blob_hashes: tx.blob_versioned_hashes.clone().unwrap_or_default(),
        max_fee_per_blob_gas: match tx.kind.0 {
            3 => price("maxFeePerBlobGas", tx.max_fee_per_blob_gas)?,
            _ => 0,
        },
        authorization_list: tx
            .authorization_list
            .iter()
            .flatten()
            .cloned()
            .map(Either::Left)
            .collect(),
    })
}

/// Root for the system call of EIP-4788, hash for that of EIP-2935.
pub(crate) fn system_inputs(
    bundle: &Bundle,
    spec: SpecId,
) -> Result<(Option<B256>, Option<B256>), BundleError> {
    let needed = |field: &'static str, value: Option<B256>| {
        value.ok_or_else(|| {
            BundleError::invalid(
                bundle.place(None, format!("block.{field}")),
                Problem::MissingField {
                    fork: fork::name(spec),
                },
            )
        })
    };
    let block = &bundle.block;
    let root = match spec >= SpecId::CANCUN {
        true => Some(needed(
            "parentBeaconBlockRoot",
            block.parent_beacon_block_root,
        )?),
        false => None,
    };
    let parent = match spec >= SpecId::PRAGUE {
        true => Some(needed("parentHash", block.parent_hash)?),
        false => None,
    };
    Ok((root, parent))
}
