//! Table: every opcode of Berlin to Osaka. (Exempt from the size rule: a table.)
//!
//! Source: Yellow Paper appendix H.2 and the EIPs named in [`crate::fork`]. Checked against revm's
//! own tables by a test in `gasworks-translate`.

use crate::fork::Fork;
use crate::micro_op::Unit;

/// Rule of the gas that is charged at the instruction, beyond the static part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DynamicGas {
    /// None.
    None,
    /// Memory expansion.
    Memory,
    /// Memory expansion and words copied.
    Copy,
    /// Cold account, memory expansion and words copied.
    AccountCopy,
    /// Memory expansion and words hashed.
    Keccak,
    /// Memory expansion and bytes of data.
    Log,
    /// Bytes of the exponent.
    Exp,
    /// Cold account.
    Account,
    /// Cold slot.
    SLoad,
    /// EIP-2200 with EIP-2929 and EIP-3529.
    SStore,
    /// Cold account, delegate, value, new account, memory expansion, gas of the callee.
    Call,
    /// Memory expansion, words of initcode, gas of the creation.
    Create,
    /// Cold account, new account.
    SelfDestruct,
}

/// One row of the opcode table.
#[derive(Debug, Clone, Copy)]
pub struct OpcodeInfo {
    /// The byte.
    pub code: u8,
    /// Mnemonic.
    pub name: &'static str,
    /// Words that must be on the stack.
    pub stack_in: u8,
    /// Words that stand in their place afterwards.
    pub stack_out: u8,
    /// Static gas; since Berlin no fork has changed one, it only adds opcodes.
    pub gas: u32,
    /// First fork that has the opcode; Berlin stands for Berlin and earlier.
    pub since: Fork,
    /// Where it executes.
    pub unit: Unit,
    /// Gas beyond the static part.
    pub dynamic: DynamicGas,
}

impl OpcodeInfo {
    /// Static gas in a fork; `None` when the fork does not have the opcode.
    #[must_use]
    pub fn gas_in(&self, fork: Fork) -> Option<u32> {
        (fork >= self.since).then_some(self.gas)
    }
    /// Immediate bytes that follow the opcode: `n` for `PUSHn`.
    #[must_use]
    pub const fn immediate_len(&self) -> usize {
        match self.code {
            0x60..=0x7f => self.code as usize - 0x5f,
            _ => 0,
        }
    }
}

/// The row of an opcode; `None` where Osaka has none.
#[must_use]
pub fn info(code: u8) -> Option<&'static OpcodeInfo> {
    let index = INDEX[code as usize];
    (index != NONE).then(|| &OPCODES[index as usize])
}

const NONE: u8 = 0xff;
const INDEX: [u8; 256] = {
    let mut index = [NONE; 256];
    let mut i = 0;
    while i < OPCODES.len() {
        index[OPCODES[i].code as usize] = i as u8;
        i += 1;
    }
    index
};

const fn row(
    code: u8,
    name: &'static str,
    stack: (u8, u8),
    gas: u32,
    since: Fork,
    unit: Unit,
    dynamic: DynamicGas,
) -> OpcodeInfo {
    OpcodeInfo {
        code,
        name,
        stack_in: stack.0,
        stack_out: stack.1,
        gas,
        since,
        unit,
        dynamic,
    }
}

/// All opcodes, by ascending code.
#[rustfmt::skip]
pub const OPCODES: &[OpcodeInfo] = &[
    row(0x00, "STOP", (0, 0), 0, Fork::Berlin, Unit::Retire, DynamicGas::None),
    row(0x01, "ADD", (2, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x02, "MUL", (2, 1), 5, Fork::Berlin, Unit::Math, DynamicGas::None),
    row(0x03, "SUB", (2, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x04, "DIV", (2, 1), 5, Fork::Berlin, Unit::Math, DynamicGas::None),
    row(0x05, "SDIV", (2, 1), 5, Fork::Berlin, Unit::Math, DynamicGas::None),
    row(0x06, "MOD", (2, 1), 5, Fork::Berlin, Unit::Math, DynamicGas::None),
    row(0x07, "SMOD", (2, 1), 5, Fork::Berlin, Unit::Math, DynamicGas::None),
    row(0x08, "ADDMOD", (3, 1), 8, Fork::Berlin, Unit::Math, DynamicGas::None),
    row(0x09, "MULMOD", (3, 1), 8, Fork::Berlin, Unit::Math, DynamicGas::None),
    row(0x0a, "EXP", (2, 1), 10, Fork::Berlin, Unit::Math, DynamicGas::Exp),
    row(0x0b, "SIGNEXTEND", (2, 1), 5, Fork::Berlin, Unit::Shift, DynamicGas::None),
    row(0x10, "LT", (2, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x11, "GT", (2, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x12, "SLT", (2, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x13, "SGT", (2, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x14, "EQ", (2, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x15, "ISZERO", (1, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x16, "AND", (2, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x17, "OR", (2, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x18, "XOR", (2, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x19, "NOT", (1, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x1a, "BYTE", (2, 1), 3, Fork::Berlin, Unit::Shift, DynamicGas::None),
    row(0x1b, "SHL", (2, 1), 3, Fork::Berlin, Unit::Shift, DynamicGas::None),
    row(0x1c, "SHR", (2, 1), 3, Fork::Berlin, Unit::Shift, DynamicGas::None),
    row(0x1d, "SAR", (2, 1), 3, Fork::Berlin, Unit::Shift, DynamicGas::None),
    row(0x1e, "CLZ", (1, 1), 5, Fork::Osaka, Unit::Shift, DynamicGas::None),
    row(0x20, "KECCAK256", (2, 1), 30, Fork::Berlin, Unit::Memory, DynamicGas::Keccak),
    row(0x30, "ADDRESS", (0, 1), 2, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x31, "BALANCE", (1, 1), 100, Fork::Berlin, Unit::State, DynamicGas::Account),
    row(0x32, "ORIGIN", (0, 1), 2, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x33, "CALLER", (0, 1), 2, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x34, "CALLVALUE", (0, 1), 2, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x35, "CALLDATALOAD", (1, 1), 3, Fork::Berlin, Unit::Memory, DynamicGas::None),
    row(0x36, "CALLDATASIZE", (0, 1), 2, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x37, "CALLDATACOPY", (3, 0), 3, Fork::Berlin, Unit::Memory, DynamicGas::Copy),
    row(0x38, "CODESIZE", (0, 1), 2, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x39, "CODECOPY", (3, 0), 3, Fork::Berlin, Unit::Memory, DynamicGas::Copy),
    row(0x3a, "GASPRICE", (0, 1), 2, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x3b, "EXTCODESIZE", (1, 1), 100, Fork::Berlin, Unit::State, DynamicGas::Account),
    row(0x3c, "EXTCODECOPY", (4, 0), 100, Fork::Berlin, Unit::Memory, DynamicGas::AccountCopy),
    row(0x3d, "RETURNDATASIZE", (0, 1), 2, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x3e, "RETURNDATACOPY", (3, 0), 3, Fork::Berlin, Unit::Memory, DynamicGas::Copy),
    row(0x3f, "EXTCODEHASH", (1, 1), 100, Fork::Berlin, Unit::State, DynamicGas::Account),
    row(0x40, "BLOCKHASH", (1, 1), 20, Fork::Berlin, Unit::State, DynamicGas::None),
    row(0x41, "COINBASE", (0, 1), 2, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x42, "TIMESTAMP", (0, 1), 2, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x43, "NUMBER", (0, 1), 2, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x44, "DIFFICULTY", (0, 1), 2, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x45, "GASLIMIT", (0, 1), 2, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x46, "CHAINID", (0, 1), 2, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x47, "SELFBALANCE", (0, 1), 5, Fork::Berlin, Unit::State, DynamicGas::None),
    row(0x48, "BASEFEE", (0, 1), 2, Fork::London, Unit::Alu, DynamicGas::None),
    row(0x49, "BLOBHASH", (1, 1), 3, Fork::Cancun, Unit::State, DynamicGas::None),
    row(0x4a, "BLOBBASEFEE", (0, 1), 2, Fork::Cancun, Unit::Alu, DynamicGas::None),
    row(0x50, "POP", (1, 0), 2, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x51, "MLOAD", (1, 1), 3, Fork::Berlin, Unit::Memory, DynamicGas::Memory),
    row(0x52, "MSTORE", (2, 0), 3, Fork::Berlin, Unit::Memory, DynamicGas::Memory),
    row(0x53, "MSTORE8", (2, 0), 3, Fork::Berlin, Unit::Memory, DynamicGas::Memory),
    row(0x54, "SLOAD", (1, 1), 100, Fork::Berlin, Unit::State, DynamicGas::SLoad),
    row(0x55, "SSTORE", (2, 0), 0, Fork::Berlin, Unit::State, DynamicGas::SStore),
    row(0x56, "JUMP", (1, 0), 8, Fork::Berlin, Unit::Control, DynamicGas::None),
    row(0x57, "JUMPI", (2, 0), 10, Fork::Berlin, Unit::Control, DynamicGas::None),
    row(0x58, "PC", (0, 1), 2, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x59, "MSIZE", (0, 1), 2, Fork::Berlin, Unit::Memory, DynamicGas::None),
    row(0x5a, "GAS", (0, 1), 2, Fork::Berlin, Unit::Retire, DynamicGas::None),
    row(0x5b, "JUMPDEST", (0, 0), 1, Fork::Berlin, Unit::Control, DynamicGas::None),
    row(0x5c, "TLOAD", (1, 1), 100, Fork::Cancun, Unit::State, DynamicGas::None),
    row(0x5d, "TSTORE", (2, 0), 100, Fork::Cancun, Unit::State, DynamicGas::None),
    row(0x5e, "MCOPY", (3, 0), 3, Fork::Cancun, Unit::Memory, DynamicGas::Copy),
    row(0x5f, "PUSH0", (0, 1), 2, Fork::Shanghai, Unit::Alu, DynamicGas::None),
    row(0x60, "PUSH1", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x61, "PUSH2", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x62, "PUSH3", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x63, "PUSH4", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x64, "PUSH5", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x65, "PUSH6", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x66, "PUSH7", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x67, "PUSH8", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x68, "PUSH9", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x69, "PUSH10", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x6a, "PUSH11", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x6b, "PUSH12", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x6c, "PUSH13", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x6d, "PUSH14", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x6e, "PUSH15", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x6f, "PUSH16", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x70, "PUSH17", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x71, "PUSH18", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x72, "PUSH19", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x73, "PUSH20", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x74, "PUSH21", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x75, "PUSH22", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x76, "PUSH23", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x77, "PUSH24", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x78, "PUSH25", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x79, "PUSH26", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x7a, "PUSH27", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x7b, "PUSH28", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x7c, "PUSH29", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x7d, "PUSH30", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x7e, "PUSH31", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x7f, "PUSH32", (0, 1), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x80, "DUP1", (1, 2), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x81, "DUP2", (2, 3), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x82, "DUP3", (3, 4), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x83, "DUP4", (4, 5), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x84, "DUP5", (5, 6), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x85, "DUP6", (6, 7), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x86, "DUP7", (7, 8), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x87, "DUP8", (8, 9), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x88, "DUP9", (9, 10), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x89, "DUP10", (10, 11), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x8a, "DUP11", (11, 12), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x8b, "DUP12", (12, 13), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x8c, "DUP13", (13, 14), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x8d, "DUP14", (14, 15), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x8e, "DUP15", (15, 16), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x8f, "DUP16", (16, 17), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x90, "SWAP1", (2, 2), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x91, "SWAP2", (3, 3), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x92, "SWAP3", (4, 4), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x93, "SWAP4", (5, 5), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x94, "SWAP5", (6, 6), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x95, "SWAP6", (7, 7), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x96, "SWAP7", (8, 8), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x97, "SWAP8", (9, 9), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x98, "SWAP9", (10, 10), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x99, "SWAP10", (11, 11), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x9a, "SWAP11", (12, 12), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x9b, "SWAP12", (13, 13), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x9c, "SWAP13", (14, 14), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x9d, "SWAP14", (15, 15), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x9e, "SWAP15", (16, 16), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0x9f, "SWAP16", (17, 17), 3, Fork::Berlin, Unit::Alu, DynamicGas::None),
    row(0xa0, "LOG0", (2, 0), 375, Fork::Berlin, Unit::Memory, DynamicGas::Log),
    row(0xa1, "LOG1", (3, 0), 750, Fork::Berlin, Unit::Memory, DynamicGas::Log),
    row(0xa2, "LOG2", (4, 0), 1125, Fork::Berlin, Unit::Memory, DynamicGas::Log),
    row(0xa3, "LOG3", (5, 0), 1500, Fork::Berlin, Unit::Memory, DynamicGas::Log),
    row(0xa4, "LOG4", (6, 0), 1875, Fork::Berlin, Unit::Memory, DynamicGas::Log),
    row(0xf0, "CREATE", (3, 1), 32000, Fork::Berlin, Unit::State, DynamicGas::Create),
    row(0xf1, "CALL", (7, 1), 100, Fork::Berlin, Unit::State, DynamicGas::Call),
    row(0xf2, "CALLCODE", (7, 1), 100, Fork::Berlin, Unit::State, DynamicGas::Call),
    row(0xf3, "RETURN", (2, 0), 0, Fork::Berlin, Unit::Memory, DynamicGas::Memory),
    row(0xf4, "DELEGATECALL", (6, 1), 100, Fork::Berlin, Unit::State, DynamicGas::Call),
    row(0xf5, "CREATE2", (4, 1), 32000, Fork::Berlin, Unit::State, DynamicGas::Create),
    row(0xfa, "STATICCALL", (6, 1), 100, Fork::Berlin, Unit::State, DynamicGas::Call),
    row(0xfd, "REVERT", (2, 0), 0, Fork::Berlin, Unit::Memory, DynamicGas::Memory),
    row(0xfe, "INVALID", (0, 0), 0, Fork::Berlin, Unit::Retire, DynamicGas::None),
    row(0xff, "SELFDESTRUCT", (1, 0), 5000, Fork::Berlin, Unit::State, DynamicGas::SelfDestruct),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_ascend_and_are_found() {
        assert!(OPCODES.windows(2).all(|w| w[0].code < w[1].code));
        assert_eq!(info(0x5b).map(|row| row.name), Some("JUMPDEST"));
        assert!(info(0x0c).is_none());
        assert_eq!(info(0x7f).map(OpcodeInfo::immediate_len), Some(32));
        assert_eq!(info(0x5f).and_then(|row| row.gas_in(Fork::London)), None);
    }
}
