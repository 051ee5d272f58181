//! Receipts: cumulative gas, bloom and root.

use alloy_consensus::proofs::calculate_receipt_root;
use alloy_consensus::{Receipt, ReceiptEnvelope, ReceiptWithBloom};
use alloy_primitives::{B256, Bloom, Log};
use revm::context::result::ExecutionResult;

/// The receipts of a block, in order.
#[derive(Debug, Default)]
pub struct Receipts {
    receipts: Vec<ReceiptEnvelope>,
    gas_used: u64,
    bloom: Bloom,
}

impl Receipts {
    /// Adds the receipt of the next transaction.
    pub fn push(&mut self, tx_type: u8, result: &ExecutionResult) {
        self.gas_used += result.tx_gas_used();
        let logs: Vec<Log> = match result {
            ExecutionResult::Success { logs, .. } => logs.clone(),
            _ => Vec::new(),
        };
        let receipt = Receipt {
            status: result.is_success().into(),
            cumulative_gas_used: self.gas_used,
            logs,
        };
        let receipt = ReceiptWithBloom::from(receipt);
        self.bloom.accrue_bloom(&receipt.logs_bloom);
        self.receipts.push(match tx_type {
            1 => ReceiptEnvelope::Eip2930(receipt),
            2 => ReceiptEnvelope::Eip1559(receipt),
            3 => ReceiptEnvelope::Eip4844(receipt),
            4 => ReceiptEnvelope::Eip7702(receipt),
            _ => ReceiptEnvelope::Legacy(receipt),
        });
    }

    /// Gas used by all transactions so far.
    #[must_use]
    pub fn gas_used(&self) -> u64 {
        self.gas_used
    }

    /// Bloom filter over all logs so far.
    #[must_use]
    pub fn bloom(&self) -> Bloom {
        self.bloom
    }

    /// Root of the trie of the receipts. Only from Byzantium on: earlier receipts hold a state
    /// root instead of a status (EIP-658).
    #[must_use]
    pub fn root(&self) -> B256 {
        calculate_receipt_root(&self.receipts)
    }
}
