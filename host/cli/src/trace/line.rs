//! The JSON lines of EIP-3155, field by field as revm's own tracer writes them, so that traces of
//! the card and of revm can be compared by `diff`.

use std::io::{self, Write};

use alloy_primitives::{B256, Bytes, U256};
use revm::bytecode::opcode::OpCode;
use serde::{Serialize, Serializer};

/// One instruction.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line<'a> {
    /// Code position.
    pub pc: u64,
    /// Frames, the first included.
    pub depth: u64,
    /// Mnemonic.
    #[serde(skip_serializing_if = "Option::is_none")]
    op_name: Option<&'static str>,
    /// Opcode.
    op: u8,
    /// Gas before it.
    #[serde(serialize_with = "hex")]
    gas: u64,
    /// EIP-8037; always zero on the card.
    #[serde(serialize_with = "hex")]
    reservoir: u64,
    /// EIP-8037; always zero on the card.
    #[serde(serialize_with = "hex")]
    state_gas: u64,
    /// Gas that it took.
    #[serde(serialize_with = "hex")]
    gas_cost: u64,
    /// Stack before it, top last.
    stack: &'a [U256],
    /// Always empty, as revm writes it.
    return_data: &'static str,
    /// Refund counter before it.
    #[serde(serialize_with = "hex")]
    refund: u64,
    /// Bytes of memory before it.
    #[serde(serialize_with = "hex")]
    mem_size: u64,
    /// How the frame ended with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// An instruction that waits to be written until its cost is known.
#[derive(Debug)]
pub struct Instruction {
    /// Code position.
    pub pc: u32,
    /// Opcode.
    pub opcode: u8,
    /// Its static gas.
    pub static_gas: u64,
    /// Gas before it.
    pub gas: u64,
    /// Refund counter before it.
    pub refund: i64,
    /// Bytes of memory before it.
    pub memory_bytes: u64,
    /// Stack before it, top last.
    pub stack: Vec<U256>,
    /// Which micro-op of the transaction began it.
    pub micro_op: usize,
}

impl Instruction {
    /// The line of the instruction in the first frame.
    #[must_use]
    pub fn line<'a>(&'a self, gas_cost: u64, error: Option<&'a str>) -> Line<'a> {
        Line {
            pc: self.pc.into(),
            depth: 1,
            op_name: OpCode::new(self.opcode).map(OpCode::as_str),
            op: self.opcode,
            gas: self.gas,
            reservoir: 0,
            state_gas: 0,
            gas_cost,
            stack: &self.stack,
            return_data: "0x",
            refund: self.refund as u64,
            mem_size: self.memory_bytes,
            error,
        }
    }
}

/// The last line of a transaction.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Not computed: zero, as revm writes it.
    pub state_root: B256,
    /// Output.
    pub output: Bytes,
    /// Gas used before the refund.
    #[serde(serialize_with = "hex")]
    pub gas_used: u64,
    /// It succeeded.
    pub pass: bool,
    /// Rules.
    pub fork: String,
}

/// Stands before the lines of a transaction where a file holds several.
#[derive(Debug, Serialize)]
pub struct Header {
    /// Number of the block.
    pub block: u64,
    /// Position in the block.
    pub transaction: usize,
    /// Hash of the transaction.
    pub hash: B256,
}

/// Writes one line.
///
/// # Errors
/// When the output cannot be written.
pub fn write(out: &mut (impl Write + ?Sized), value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

fn hex<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{number:#x}"))
}
