//! The multiplier and divider: `MUL` to `EXP`.
//!
//! Spec: Yellow Paper H.2 `0x02`, `0x04` to `0x0a`; EIP-160 for the gas of `EXP`. Division by zero
//! gives 0; `SDIV` of -2^255 by -1 wraps to -2^255.
//! One request at a time; `req_ready` is low until its response is taken. Cycles from the transfer
//! of the request to `rsp_valid`, with `q` the bits of the quotient:
//!
//! | operation | cycles |
//! |---|---|
//! | `mul` of n by m limbs | as [`multiply`]: 5 to 13 |
//! | `div`, `mod` by zero or by more than the dividend | 6 |
//! | `div`, `mod` by a power of two | 6 |
//! | `div`; `mod` | 11 + (q + 2) / 2; 12 + (q + 2) / 2, and 3 more where the last remainder comes out negative |
//! | `sdiv`, `smod` | 2 more for each negative operand or result |
//! | `addmod` | 2 more than `mod`; of a sum from 2^256 on 5 more, as of a dividend of 320 bits |
//! | `mulmod` | product, then as `mod` with the length of the product rounded up to limbs |
//! | `exp` with the exponent 0; of a power of two | 6; 8 |
//! | other `exp` | 6, and per bit of the exponent after the first 2 + square, and 2 + product if it is set |
//!
//! Only `exp` charges gas; it is checked before the first square. `reset` drops what is in flight.
//! ```text
//! clock      _/‾\_/‾\_   _/‾\_/‾\_
//! req_valid  _/‾‾‾\___   _________
//! req_ready  ‾‾‾‾‾\___ … _____/‾‾‾
//! rsp_valid  _________   _/‾‾‾\___   rsp_* held with it, until rsp_ready
//! ```
//! States: [`sequence::MathState`].

pub mod digit;
pub mod divide;
#[cfg(test)]
pub(crate) mod model;
pub mod multiply;
pub mod sequence;
#[cfg(test)]
mod tests;
pub mod tile;

pub use sequence::MathUnit;
