//! The instruction set as a program: interprets micro-ops exactly as a hart does, without timing.
//!
//! For: the reference of the RTL (lock-step through [`Observer`]) and the device `iss`. Not for:
//! cycles, rings and DMA. `docs/src/machine.md` is the specification; this is its executable form.
//!
//! ```
//! use std::sync::Arc;
//!
//! use alloy_primitives::U256;
//! use gasworks_abi::{config::Config, escalation::Status, fork::Fork};
//! use gasworks_iss::{Hart, Image, NoHost, NoObserver, Start};
//! use gasworks_translate::{Level, translate};
//!
//! // PUSH1 2, PUSH1 0, MSTORE8, PUSH1 1, PUSH1 0, RETURN
//! let code = [0x60, 2, 0x60, 0, 0x53, 0x60, 1, 0x60, 0, 0xf3];
//! let program = translate(&code, Fork::Osaka, Level::Zero)?;
//! let image = Arc::new(Image::of_program(Arc::new(program), code.to_vec())?);
//! let start = Start {
//!     fork: Fork::Osaka,
//!     gas_limit: 100,
//!     environment: &[U256::ZERO; 32],
//!     calldata: &[],
//!     seeds: &[],
//!     result_len: 4096,
//! };
//! let outcome = Hart::new(&Config::SIM, &image, &start).run(&mut NoHost, &mut NoObserver);
//! assert_eq!(outcome.status, Status::Return);
//! assert_eq!(outcome.output.as_ref(), [2]);
//! assert_eq!(outcome.gas_left, 100 - 18);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod arithmetic;
mod call;
mod device;
mod frame;
mod hart;
mod host;
mod image;
mod images;
mod journal;
mod memory;
mod outcome;
mod source;
mod state;
mod table;
mod unit;

pub use device::{IssDevice, Traced, Tracer};
pub use gasworks_driver::Payload;
pub use hart::{Hart, Start};
pub use host::{Answer, Host, NoHost, Request};
pub use image::{Image, ImageError};
pub use images::Images;
pub use outcome::{Log, NoObserver, Observer, Outcome, Slot, Step};
pub use source::SourceHost;
