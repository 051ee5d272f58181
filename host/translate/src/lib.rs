//! Translates EVM bytecode to the micro-op programs that lanes execute.
//!
//! For: whoever makes a contract resident on a card or runs it on the ISS. Not for: loading
//! (`gasworks-driver`) or executing (`gasworks-iss`, RTL).
//!
//! Level 0 makes one micro-op per opcode, plus block headers and the operand prefixes that
//! `docs/src/machine.md` describes. Any bytes translate, in linear time.
//!
//! ```
//! use gasworks_abi::fork::Fork;
//! use gasworks_translate::{Level, disassemble, translate};
//! // PUSH1 1, PUSH1 2, ADD, STOP
//! let program = translate(&[0x60, 1, 0x60, 2, 0x01, 0x00], Fork::Osaka, Level::Zero)?;
//! assert_eq!(program.micro_ops().len(), 5); // the block header comes first
//! assert!(disassemble(&program).to_string().contains("add"));
//! # Ok::<(), gasworks_translate::TranslateError>(())
//! ```
#![forbid(unsafe_code)]

mod block;
mod call;
mod disassemble;
mod hint;
mod instruction;
mod jumpdest;
mod level0;
mod program;

pub use disassemble::{Disassembly, disassemble};
pub use program::{Level, MAX_CODE_LEN, Origin, Program, Target, TranslateError};

/// Translates the bytecode of one contract for a fork, or for a [`Target`] in full.
///
/// # Errors
/// [`TranslateError::CodeTooLong`] when micro-op indices would not fit their fields.
pub fn translate(
    code: &[u8],
    target: impl Into<Target>,
    level: Level,
) -> Result<Program, TranslateError> {
    if code.len() > MAX_CODE_LEN {
        return Err(TranslateError::CodeTooLong { len: code.len() });
    }
    match level {
        Level::Zero => Ok(level0::Translator::new(code, target.into()).translate()),
    }
}
