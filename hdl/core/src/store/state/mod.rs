//! The state table of a lane: storage, transient storage and warm accounts of every hart, and the
//! requests to the host for what it does not hold.
//!
//! Spec: EIP-2929 (warm and cold), EIP-2200 with EIP-3529 (`SSTORE` gas and refund), EIP-1153
//! (transient storage), EIP-2935 and EIP-4844 for the requests of `BLOCKHASH` and `BLOBHASH`;
//! `docs/src/machine.md` for the order of the checks.
//!
//! # Table
//! Entries of a hart lie in order of insertion. A hash index of twice as many slots (open addressing,
//! next slot on a clash) leads to them. A slot is in use when the entry that it names is below the
//! hart's count *and* names this slot back, so an empty table is a count of zero: nothing needs to be
//! wiped and nothing stale can be seen.
//!
//! # Operation
//! One request at a time, but a hart that waits for the host does not hold the unit: its operands
//! stay in a LUT RAM and the operation begins anew when the answer is there. In `Idle` comes first:
//! an answer, `clear`, a seed, `commit`, a request.
//!
//! | from the transfer of the request to `rsp_valid` | cycles |
//! |---|---|
//! | `sload`, `tload`, `tstore`, hit, first slot | 5 |
//! | `sstore`, hit, first slot | 6 |
//! | `tload` of nothing; `tstore` of something new | 5; 6 |
//! | `sstore` with at most 2,300 gas | 2 |
//! | each further slot of the index | 3 more |
//! | a miss of storage, an account, to `request_valid` | 5 |
//! | a block or blob hash, to `request_valid` | 1 |
//! | from the answer to `rsp_valid`: storage | 11 `sload`, 12 `sstore` |
//! | account that was touched before; that was not | 7; 8 |
//! | block or blob hash | 3 |
//!
//! After its second beat a seed takes 6 cycles, `clear` 9; `commit` takes 11, 2 for each entry and 2 more
//! for each that was written.
//! `reset` ends what is in flight; the tables are emptied by `clear`.
//! ```text
//! clock         _/‾\_/‾\_   _/‾\_/‾\_   _/‾\_/‾\_
//! req_valid     _/‾‾‾\___   _________   _________
//! req_ready     ‾‾‾‾‾\___ … _____/‾‾‾ … ‾\_______
//! request_valid _________   _/‾‾‾\___   _________   request_* held with it, until request_ready
//! answer_valid  _________   _________   _/‾‾‾\___   one cycle, always taken
//! rsp_valid     _________   _________   _________ … /‾‾‾   rsp_* held with it, until rsp_ready
//! ```
//! States: [`unit::TableState`].

#[cfg(test)]
mod bench;
#[cfg(test)]
pub(crate) mod model;
pub mod pieces;
pub mod price;
pub mod ram;
pub mod size;
#[cfg(test)]
mod tests;
pub mod unit;

pub use unit::StateUnit;
