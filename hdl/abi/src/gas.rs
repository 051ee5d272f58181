//! Gas parameters of dynamic costs. Static costs are in [`crate::opcode`].
//!
//! Source: Yellow Paper appendix G, EIP-2929 "Parameters", EIP-3529, EIP-2200.

use crate::fork::Fork;

/// Memory expansion, linear part, per 32-byte word (`G_memory`).
pub const MEMORY_WORD: u64 = 3;
/// Memory expansion, quadratic part: words squared divided by this.
pub const MEMORY_QUADRATIC_DIVISOR: u64 = 512;
/// Per word copied (`G_copy`).
pub const COPY_WORD: u64 = 3;
/// Per word hashed (`G_keccak256word`).
pub const KECCAK_WORD: u64 = 6;
/// Per byte of log data (`G_logdata`).
pub const LOG_DATA_BYTE: u64 = 8;
/// Per byte of an `EXP` exponent (EIP-160).
pub const EXP_BYTE: u64 = 50;
/// `SLOAD` of a cold slot (EIP-2929). Charged on top of the static [`WARM_READ`].
pub const COLD_SLOAD: u64 = 2100;
/// First touch of a cold account (EIP-2929). Charged on top of the static [`WARM_READ`].
pub const COLD_ACCOUNT: u64 = 2600;
/// Read of something warm (EIP-2929); static gas of `SLOAD`, `BALANCE`, `EXTCODE*`.
pub const WARM_READ: u64 = 100;
/// Extra for a cold slot at `SLOAD`, beyond [`WARM_READ`].
pub const COLD_SLOAD_EXTRA: u64 = COLD_SLOAD - WARM_READ;
/// Extra for a cold account, beyond [`WARM_READ`].
pub const COLD_ACCOUNT_EXTRA: u64 = COLD_ACCOUNT - WARM_READ;
/// `SSTORE` from zero to something (EIP-2200 `SSTORE_SET_GAS`).
pub const SSTORE_SET: u64 = 20_000;
/// `SSTORE` from something to something else (EIP-2929: 5,000 less the cold read).
pub const SSTORE_RESET: u64 = 5_000 - COLD_SLOAD;
/// `SSTORE` fails when the gas left is at most this (EIP-2200 stipend check).
pub const SSTORE_STIPEND: u64 = 2300;
/// Transient storage read and write (EIP-1153); static.
pub const TRANSIENT: u64 = 100;

/// Call or creation with value (`G_callvalue`).
pub const CALL_VALUE: u64 = 9_000;
/// Gas that a callee gets for nothing when value is sent (`G_callstipend`).
pub const CALL_STIPEND: u64 = 2_300;
/// Call with value, or self-destruction with a balance, to an account that does not exist or is
/// empty (`G_newaccount`, EIP-161).
pub const NEW_ACCOUNT: u64 = 25_000;
/// A caller keeps one part in this many of its gas (EIP-150).
pub const CALL_RESERVE_DIVISOR: u64 = 64;
/// Per word of initcode (EIP-3860, Shanghai).
pub const INITCODE_WORD: u64 = 2;
/// Longest initcode in bytes (EIP-3860, Shanghai).
pub const MAX_INITCODE_BYTES: u64 = 49_152;
/// Per byte of deployed code (`G_codedeposit`).
pub const CODE_DEPOSIT_BYTE: u64 = 200;
/// Refund for the first self-destruction of an account, until EIP-3529.
pub const SELFDESTRUCT_REFUND: i64 = 24_000;

/// Refund for clearing a slot (EIP-2200, lowered by EIP-3529 from London on).
#[must_use]
pub const fn sstore_clears_refund(fork: Fork) -> i64 {
    match fork {
        Fork::Berlin => 15_000,
        _ => 4_800,
    }
}
