//! The memory unit of a lane: memory, calldata, code bytes, Keccak, logs and output of up to four harts
//! and their frames.
//!
//! Spec: `docs/src/machine.md`, "Micro-ops", "Frames", "Stores and DMA", "units" and
//! "frames"; Yellow Paper appendix H.
//! One operation at a time. Cycles from the transfer of the request to `rsp_valid`, memory not growing:
//!
//! | operation | cycles |
//! |---|---|
//! | mload of a word whose offset is a multiple of 32 | 3 |
//! | other mload, cdload | 4 |
//! | mstore, mstore8 | 2 |
//! | msize | 3 |
//! | cdcopy of n chunks of 32 bytes | 4 + n |
//! | mcopy of n chunks | 5 + n, 6 + n if it goes backward |
//! | rdcopy of n chunks | 4 if n is 0, else 5 + n |
//! | inrange, outrange | 4 |
//! | codecopy, extcopy | 6 + n, and for each 16 beats that are read 3 + from `read_valid` to the last beat |
//! | keccak | 27 empty, 30 for 64 bytes, 29 more for each full block of 136 bytes |
//! | log | 9 + 2 for each beat |
//! | return, revert of n chunks | 11 + n, 4 if n is 0; of a called frame 7 + n; return of a creation 4 |
//!
//! Growth of the memory adds 3 cycles to a store, and 1 for each 64 bytes after the first 128; it adds 4
//! to a copy or an mload (that then is like one of any offset), 5 to cdcopy and keccak, 2 to the
//! others, and 1 for each 64 bytes after the first 64. It is the same in every frame.
//!
//! Tasks, from the transfer to `task_done`:
//!
//! | task | cycles |
//! |---|---|
//! | push, forget | 2 |
//! | keep, undo | 3 |
//! | payload | 6 + 1 for each half of a beat: 2 of the header, 4 of the topics, chunks of data |
//! | fetch of n chunks | 4 if n is 0, else 7 + n, and for each 16 beats 3 + from `read_valid` to the last beat |
//! | out of n chunks | 4 if n is 0, else 6 + n |
//!
//! # Banks
//! Two banks of 32-byte words hold the memory of the harts, one frame after the other from a multiple of
//! 64 bytes, and after all of them the return data of each hart. So a copy from or to return data is one
//! inside the memory, and the calldata of a callee is read where the caller has it: only the place of byte
//! 0 differs ([`places`]), which is chosen when the operation is taken. Calldata of a first frame and the
//! window of code bytes are RAMs of their own, since others write them at any time.
//!
//! The window of code bytes stays after a `codecopy`, for more of the same hart's ([`code_fetch`]).
//!
//! A copy inside the memory reads no row in the cycle in which it is written: chunks are written 5
//! cycles after they were read, without pause, and the copy goes in the direction in which reading
//! leads. `req_ready` is high only in idle and while no task is offered: a task goes first. `task_ready`
//! waits also for `ext_valid` to be low. Nothing in flight is lost by a late `rsp_ready`,
//! `write_ready` or `read_ready`. `reset` ends what is under way; a read under way must
//! be waited for by whoever resets.
//! ```text
//! clock      _/‾\_/‾\_/‾\_/‾\_/‾\_/‾\_
//! req_valid  _/‾‾‾\___________________
//! req_ready  ‾‾‾‾‾\_______________/‾‾‾
//! cdload      idle check decide align respond idle
//! rsp_valid  _________________/‾‾‾\___   rsp_* held with it, until rsp_ready
//! ```

pub mod align;
pub mod code_fetch;
pub mod control;
pub mod emitter;
#[cfg(test)]
pub mod frame_model;
pub mod frame_ram;
pub mod frame_store;
pub mod hart_file;
#[cfg(test)]
pub mod model;
pub mod own_cost;
pub mod pair_ram;
pub mod places;
mod ports;
pub mod ram;
pub mod range;
pub mod ranges;
pub mod reader;
pub mod route;
pub mod span;
pub mod tally;
pub mod task;
#[cfg(test)]
mod tests;
pub mod unit;
pub mod writer;
pub mod zeroer;
