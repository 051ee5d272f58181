//! Errors of the simulation.

use std::path::PathBuf;

/// The simulated card could not be built, loaded or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// The configuration has no card.
    #[error("cannot generate the card")]
    Generate(#[from] gasworks_hdl::GenerateError),
    /// The driver cannot open the card.
    #[error("cannot open the card")]
    Open(#[from] gasworks_driver::DeviceError),
    /// Verilator is not installed.
    #[error(
        "verilator is not there: run `cargo xtask tools`, or set GASWORKS_VERILATOR to a verilator program"
    )]
    NoVerilator,
    /// A tool failed while the model was built.
    #[error("{tool} failed while building the model in {folder}: {output}")]
    Tool {
        /// Program that failed.
        tool: &'static str,
        /// Where it ran.
        folder: PathBuf,
        /// Last lines of what it printed.
        output: String,
    },
    /// A file of the model cache could not be read or written.
    #[error("cannot {action} {path}")]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The shared object could not be loaded.
    #[error("cannot load {path}")]
    Load {
        /// The shared object.
        path: PathBuf,
        /// Why not.
        #[source]
        source: libloading::Error,
    },
    /// The shared object gave no model.
    #[error("the model could not be created")]
    NoModel,
    /// A register access was not answered with OKAY.
    #[error("register {offset:#05x}: response {response:#x}, expected 0")]
    Register {
        /// Byte offset in BAR0.
        offset: u32,
        /// AXI response; 0xff when there was none.
        response: u32,
    },
    /// The card broke a rule of the bus.
    #[error("the card broke a rule of the bus: {text}")]
    Bus {
        /// Which rule, and when.
        text: String,
    },
    /// The wave file cannot be written.
    #[error("cannot write the wave file {path}")]
    Wave {
        /// The file.
        path: PathBuf,
    },
    /// The model has no such memory, or one of another size.
    #[error("the model has no memory {scope}.{name} of the size that the design says")]
    Memory {
        /// Its place in the hierarchy.
        scope: String,
        /// Its name there.
        name: String,
    },
    /// The coverage file cannot be written.
    #[error("cannot write the coverage file {path}")]
    Coverage {
        /// The file.
        path: PathBuf,
    },
}
