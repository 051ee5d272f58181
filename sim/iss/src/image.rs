//! A resident program: what lies in the code store and the constant store of a lane.

use std::sync::Arc;

use alloy_primitives::{Bytes, U256};
use gasworks_abi::program::{ENTRY, ProgramHeader};
use gasworks_driver::Program;

/// A program as a hart sees it.
#[derive(Debug, Clone)]
pub struct Image {
    pub(crate) words: Vec<u64>,
    pub(crate) constants: Vec<U256>,
    pub(crate) code: Bytes,
    pub(crate) header: ProgramHeader,
    program: Option<Arc<Program>>,
}

/// Why words are no program image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// Shorter than the header and one micro-op.
    #[error("image has {words} words, a program has at least {}", ENTRY + 1)]
    TooShort {
        /// Words given.
        words: usize,
    },
    /// A part of the image lies outside it.
    #[error("{part} at word {start} does not fit {words} words")]
    OutOfRange {
        /// The part.
        part: &'static str,
        /// First word.
        start: u32,
        /// Words of the image.
        words: usize,
    },
    /// The code is not the one that was translated.
    #[error("header says {header} bytes of code, {given} were given")]
    CodeLength {
        /// In the header.
        header: u32,
        /// Bytes given.
        given: usize,
    },
}

impl Image {
    /// From the words and constants of a translated program and the bytecode that `CODECOPY` reads.
    ///
    /// # Errors
    /// [`ImageError`] when the header does not describe the image.
    pub fn new(
        words: Vec<u64>,
        constants: &[[u8; 32]],
        code: impl Into<Bytes>,
    ) -> Result<Self, ImageError> {
        let code = code.into();
        if words.len() <= ENTRY as usize {
            return Err(ImageError::TooShort { words: words.len() });
        }
        let header: ProgramHeader =
            bytemuck::pod_read_unaligned(bytemuck::cast_slice(&words[..ENTRY as usize]));
        if header.code_len as usize != code.len() {
            return Err(ImageError::CodeLength {
                header: header.code_len,
                given: code.len(),
            });
        }
        let map_end = u64::from(header.jump_map) + u64::from(header.code_len.div_ceil(32));
        for (part, start, end) in [
            ("jump map", header.jump_map, map_end),
            (
                "jump targets",
                header.jump_targets,
                header.jump_targets.into(),
            ),
        ] {
            if end > words.len() as u64 {
                return Err(ImageError::OutOfRange {
                    part,
                    start,
                    words: words.len(),
                });
            }
        }
        let constants = constants.iter().map(|c| U256::from_le_bytes(*c)).collect();
        Ok(Self {
            words,
            constants,
            code,
            header,
            program: None,
        })
    }

    /// From a translated program, which the image then knows, and its bytecode.
    ///
    /// # Errors
    /// [`ImageError`] when the header does not describe the image.
    pub fn of_program(program: Arc<Program>, code: impl Into<Bytes>) -> Result<Self, ImageError> {
        let image = Self::new(program.words.clone(), &program.constants, code)?;
        Ok(Self {
            program: Some(program),
            ..image
        })
    }

    /// The program that it was made of, with the origin of every micro-op, if it is known.
    #[must_use]
    pub fn program(&self) -> Option<&Arc<Program>> {
        self.program.as_ref()
    }

    /// The bytecode.
    #[must_use]
    pub fn code(&self) -> &Bytes {
        &self.code
    }
}
