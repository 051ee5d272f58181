//! What a replay reports. The names of the fields are the JSON of `gasworks replay --report json`.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256};
use serde::Serialize;

/// All blocks of a run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// `software`, `iss`, `sim`.
    pub device: String,
    /// Lanes of the device; 0 for `software`.
    pub lanes: u32,
    /// Harts of a lane; 0 for `software`.
    pub harts: u32,
    /// Blocks in the order they were run.
    pub blocks: Vec<BlockReport>,
    /// Sums over all blocks.
    pub total: Totals,
}

impl Report {
    /// Adds a block to the list and to the sums.
    pub fn push(&mut self, block: BlockReport) {
        self.total.add(&block.totals);
        self.blocks.push(block);
    }
}

/// One block.
#[derive(Debug, Clone, Default, Serialize)]
pub struct BlockReport {
    /// Number.
    pub number: u64,
    /// Rules.
    pub spec: String,
    /// Everything that can be summed.
    #[serde(flatten)]
    pub totals: Totals,
    /// How the state came to the device: `none`, `access_list`, `predicted`, `oracle` (known from
    /// the reference run: a measuring device, not a result).
    pub seeds: &'static str,
    /// What the mismatches are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mismatch_details: Vec<Mismatch>,
    /// Failures of the device that were survived.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device_errors: Vec<String>,
    /// Where something differs: accounts that were asked for and that the bundle does not list.
    /// They do not exist, or the bundle is incomplete.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<Address>,
    /// Transactions in order.
    #[serde(skip)]
    pub transactions: Vec<TxReport>,
}

/// The numbers of one block, or of several.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Totals {
    /// Transactions.
    pub txs: u64,
    /// Gas used.
    pub gas_used: u64,
    /// Gas used equals the header's; null when not all transactions ran.
    pub gas_used_ok: Option<bool>,
    /// Logs bloom equals the header's; null when not all transactions ran.
    pub logs_bloom_ok: Option<bool>,
    /// Receipts root equals the header's; null before Byzantium and when not all transactions ran.
    pub receipts_root_ok: Option<bool>,
    /// Transactions whose result or state differs from sequential revm's.
    pub mismatches: u64,
    /// EVM instructions of all transactions, counted by revm's inspector.
    pub opcodes: u64,
    /// What retired on the device.
    pub card: CardReport,
    /// Transactions that ran code (or a precompile, or a creation) on revm, by reason.
    pub fallback: BTreeMap<String, u64>,
    /// Transactions that ran no opcode.
    pub plain: u64,
    /// Transactions that were run again because one that was in flight with them had changed what
    /// they read.
    pub reruns: u64,
    /// Work of the device on transactions that it gave back.
    pub escalated: EscalatedReport,
    /// Milliseconds of the replay on the device; reference run, comparison and receipts are not
    /// included.
    pub wall_ms: f64,
    /// Milliseconds of sequential revm on the same transactions.
    pub revm_ms: f64,
}

/// What retired on the device.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CardReport {
    /// Transactions.
    pub txs: u64,
    /// Gas used by them.
    pub gas: u64,
    /// EVM instructions executed by them, counted by revm's inspector.
    pub opcodes: u64,
    /// Micro-ops retired by them.
    pub micro_ops: u64,
    /// Cycles in which a lane was running (a batch in which all transactions escalated is counted
    /// under `escalated`); 0 for a device without timing.
    pub cycles: u64,
    /// EVM instructions that the lanes counted in these cycles, those of transactions that were
    /// given back from the same batches included: `instructions / cycles` is the IPC.
    pub instructions: u64,
    /// Cycles of the harts that ran them, from first fetch to the end of the frame, added up. With
    /// one transaction in flight, `hart_cycles / opcodes` is the CPI of one hart alone.
    pub hart_cycles: u64,
    /// Of `hart_cycles`, those spent waiting for answers of the host.
    pub host_cycles: u64,
    /// Cycles in which a lane issued nothing, by cause.
    pub stalls: BTreeMap<String, u64>,
}

/// Work of the device on transactions that it gave back.
#[derive(Debug, Clone, Default, Serialize)]
pub struct EscalatedReport {
    /// Transactions.
    pub txs: u64,
    /// Micro-ops retired before they were given back.
    pub micro_ops: u64,
    /// Cycles of batches of which nothing retired.
    pub cycles: u64,
}

/// Something that differs from sequential revm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// Position in the block.
    pub transaction: usize,
    /// Hash of the transaction.
    pub hash: B256,
    /// What differs: `status`, `gas`, `output`, `logs`, or an item of state.
    pub field: String,
    /// revm's.
    pub expected: String,
    /// Ours.
    pub found: String,
}

/// Where a transaction ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Venue {
    /// On the device.
    Card,
    /// It ran no opcode.
    Plain,
    /// On revm, for a reason.
    Fallback(&'static str),
    /// On revm, since there is no device.
    Software,
}

/// One transaction.
#[derive(Debug, Clone, Copy)]
pub struct TxReport {
    /// Position in the block.
    pub index: usize,
    /// Hash.
    pub hash: B256,
    /// Where it ran.
    pub venue: Venue,
    /// Gas used.
    pub gas: u64,
    /// EVM instructions, counted by revm's inspector.
    pub opcodes: u64,
    /// Frames entered.
    pub frames: u64,
    /// Micro-ops on the device.
    pub micro_ops: u64,
    /// Cycles of its hart.
    pub cycles: u64,
    /// Of these, waiting for the host.
    pub host_cycles: u64,
}

/// None is neutral: a block that has no such check does not spoil the sum.
fn both(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a && b),
        (a, b) => a.or(b),
    }
}

fn add_all(to: &mut BTreeMap<String, u64>, from: &BTreeMap<String, u64>) {
    for (name, count) in from {
        *to.entry(name.clone()).or_default() += count;
    }
}

impl Totals {
    /// Adds another block's.
    pub fn add(&mut self, other: &Self) {
        self.txs += other.txs;
        self.gas_used += other.gas_used;
        self.gas_used_ok = both(self.gas_used_ok, other.gas_used_ok);
        self.logs_bloom_ok = both(self.logs_bloom_ok, other.logs_bloom_ok);
        self.receipts_root_ok = both(self.receipts_root_ok, other.receipts_root_ok);
        self.mismatches += other.mismatches;
        self.opcodes += other.opcodes;
        self.card.add(&other.card);
        add_all(&mut self.fallback, &other.fallback);
        self.plain += other.plain;
        self.reruns += other.reruns;
        self.escalated.txs += other.escalated.txs;
        self.escalated.micro_ops += other.escalated.micro_ops;
        self.escalated.cycles += other.escalated.cycles;
        self.wall_ms += other.wall_ms;
        self.revm_ms += other.revm_ms;
    }

    /// True when nothing differs from revm and from the header.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        let checks = [self.gas_used_ok, self.logs_bloom_ok, self.receipts_root_ok];
        self.mismatches == 0 && !checks.contains(&Some(false))
    }
}

impl CardReport {
    fn add(&mut self, other: &Self) {
        self.txs += other.txs;
        self.gas += other.gas;
        self.opcodes += other.opcodes;
        self.micro_ops += other.micro_ops;
        self.cycles += other.cycles;
        self.instructions += other.instructions;
        self.hart_cycles += other.hart_cycles;
        self.host_cycles += other.host_cycles;
        add_all(&mut self.stalls, &other.stalls);
    }
}
