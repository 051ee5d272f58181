//! The instruction set as a program: interprets micro-ops exactly as a hart does, without timing.
//!
//! For: the reference of the RTL (lock-step through [`Observer`]) and the device `iss`. Not for:
//! cycles, rings and DMA. `docs/src/machine.md` is the specification; this is its executable form.
#![forbid(unsafe_code)]

mod hart;
mod host;
mod image;
mod outcome;

pub use hart::{Hart, Start};
pub use host::{Answer, CodeAnswer, Host};
pub use image::{Image, ImageError};
pub use outcome::{Log, NoObserver, Observer, Outcome, Slot, Step};
