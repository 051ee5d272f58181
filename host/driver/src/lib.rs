//! The card's driver: discovery, register access, DMA arena, rings, request service, recovery.
//!
//! For: the engine, which hands a transaction to a [`Device`] and gets an [`Execution`] back, and
//! for the back-ends (simulated card, later VFIO), which implement [`Transport`]. Not for: what a
//! block is; validation, fees, commit order and revm are the engine's.
//!
//! - [`Device`]: submit, poll, counters. [`CardDevice`] drives a card through its rings over any
//!   [`Transport`]; the ISS implements the trait without rings (`gasworks_iss`).
//! - [`StateSource`]: answers what a running transaction asks of the host.
//! - [`Arena`]: the host memory that the card reads and writes; [`Iova`] is an address in it as the
//!   card sees it.
//!
//! ```
//! use gasworks_driver::{Arena, Iova};
//! let arena = Arena::new(1 << 20, Iova(0x1000_0000)).unwrap();
//! arena.write_beat(Iova(0x1000_0040), [7; 8]).unwrap();
//! assert_eq!(arena.read_beat(Iova(0x1000_0040)).unwrap()[0], 7);
//! ```
#![deny(unsafe_code)]

mod capabilities;
mod card;
pub mod decode;
mod device;
pub mod encode;
mod error;
pub mod program;
pub mod ring;
pub mod store;
pub mod transport;

pub use capabilities::Capabilities;
pub use card::{CardDevice, CardOptions};
pub use device::{
    Device, Execution, LaneCounters, Log, Outcome, Payload, Question, Reply, Slot, StateSource,
    Submission, SubmitError, Unanswerable, Write,
};
pub use error::{ArenaError, DeviceError, MalformedRecord};
pub use gasworks_translate::{Level, Origin, Program, TranslateError};
pub use transport::{Arena, Iova, Transport};
