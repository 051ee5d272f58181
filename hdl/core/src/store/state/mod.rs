//! The state unit of a lane: storage, transient storage and accounts of every hart, the journal of its
//! frames, the price of calls, and the requests to the host for what it does not hold.
//!
//! Spec: EIP-2929 (warm and cold), EIP-2200 with EIP-3529 (`SSTORE` gas and refund), EIP-1153
//! (transient storage), EIP-150 and EIP-7702 for calls, EIP-214 (static frames), EIP-2935 and EIP-4844
//! for the requests of `BLOCKHASH` and `BLOBHASH`; `docs/src/machine.md`, "Micro-ops of a call" and
//! "Order of checks".
//!
//! # Parts
//! [`choice`] decides what is taken next: an answer, `clear`, a seed, `commit`, a task, a request, in
//! this order. [`control`] sequences it; its states are [`control::ControlState`]. [`operands`] and
//! [`host`] keep what a hart wants and what the host said to it, so that a hart that waits for the host
//! does not hold the unit. [`table`] holds the entries, [`journal`] what frames give back,
//! [`call_price`] and [`price`] know the gas, [`pending`] keeps what `enter` needs, [`commit`] writes the
//! record. [`mod@unit`] is the wiring.
//!
//! # Cycles
//!
//! | from the transfer of the request to `rsp_valid` | cycles |
//! |---|---|
//! | `sload`, `tload`, `tstore`, hit, first slot | 5 |
//! | `sstore`, hit, first slot | 6 |
//! | `tload` of nothing; `tstore` of something new | 5; 9 |
//! | `call`, `callview` of a callee that is known | 10 |
//! | `create` | 6 |
//! | `sstore` with at most 2,300 gas; what a static frame forbids | 2 |
//! | `call` with value in a static frame | 3 |
//! | each further slot of the index | 3 more |
//! | a miss of storage, an account, an unknown callee, to `request_valid` | 5 |
//! | `blockhash`, `blobhash`, `selfbalance`, to `request_valid` | 1 |
//! | from the answer to `rsp_valid`: storage | 11 `sload`, 12 `sstore` |
//! | account that has an entry; that has none | 7; 11 |
//! | `selfdestruct`, the same | 8; 12 |
//! | `call`, the same | 12; 16 |
//! | its delegate, the same | 5; 9 more |
//! | `blockhash`, `blobhash`, `selfbalance` | 3 |
//!
//! | from the transfer of the task to `task_done` | cycles |
//! |---|---|
//! | push; keep | 3; 4 |
//! | undo | 4, and 2 for each entry that was saved |
//! | name of an account that has an entry; that has none | 7; 11 |
//! | a request, to `request_valid`; from the answer | 2; 4 |
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

#[cfg(test)]
mod bench;
pub mod call_price;
pub mod choice;
pub mod commit;
pub mod control;
pub mod decode;
pub mod host;
pub mod journal;
#[cfg(test)]
pub(crate) mod model;
pub mod operands;
#[cfg(test)]
mod parts;
pub mod pending;
pub mod pieces;
pub mod ports;
pub mod price;
pub mod ram;
pub mod size;
pub mod table;
#[cfg(test)]
mod tests;
pub mod unit;

pub use unit::StateUnit;
