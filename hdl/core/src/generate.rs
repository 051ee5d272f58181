//! From a configuration to the Verilog of its card.

use crate::card::Card;
use crate::lane::Lane;
use crate::pipe::Pipe;
use gasworks_abi::config::Config;
use gasworks_verilog::{Design, Options, VerilogError, generate};
use sha2::{Digest, Sha256};

/// Stands for the build hash while the text is hashed; occurs once in it.
const HASH_PLACE: u32 = 0xb01d_face;
/// Stack to build blocks on; only what is used takes memory.
const STACK_BYTES: usize = 1 << 30;

/// Why there is no card.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// Only 1, 2, 4 and 8 lanes are built.
    #[error("{name}: a card has 1, 2, 4 or 8 lanes, not {lanes}")]
    Lanes {
        /// Name of the configuration.
        name: &'static str,
        /// Its lanes.
        lanes: u32,
    },
    /// Only 1, 2 and 4 harts are built.
    #[error("{name}: a lane has 1, 2 or 4 harts, not {harts}")]
    Harts {
        /// Name of the configuration.
        name: &'static str,
        /// Its harts.
        harts: u32,
    },
    /// A block cannot be printed.
    #[error("a block cannot be printed as Verilog")]
    Verilog(#[from] VerilogError),
    /// The place of the build hash was not found exactly once.
    #[error("the place of the build hash occurs {count} times in the text")]
    HashPlace {
        /// How often.
        count: usize,
    },
}

/// The Verilog of a card.
#[derive(Debug, Clone)]
pub struct CardDesign {
    /// The whole design, top module `card`; `BuildHash` is in it.
    pub text: String,
    /// The design as it was printed: modules, ports of the top, size. Its text still has the place
    /// of the build hash.
    pub design: Design,
    /// `BuildHash`: the first 32 bits of the SHA-256 of the text with the place in it.
    pub build_hash: u32,
}

/// Generates the card of a configuration.
///
/// # Errors
/// When the configuration has a size that is not built, or a block cannot be printed.
///
/// # Examples
/// ```no_run
/// let card = gasworks_hdl::generate_card(&gasworks_abi::config::Config::TINY).unwrap();
/// assert!(card.text.contains("module card"));
/// ```
pub fn generate_card(config: &Config) -> Result<CardDesign, GenerateError> {
    if !matches!(config.harts, 1 | 2 | 4) {
        return Err(GenerateError::Harts {
            name: config.name,
            harts: config.harts,
        });
    }
    let config = *config;
    let design = with_stack(move || design(&config))?;
    let text = design.text();
    let place = format!("h{HASH_PLACE:x}");
    let count = text.matches(&place).count();
    if count != 1 {
        return Err(GenerateError::HashPlace { count });
    }
    let digest = Sha256::digest(text.as_bytes());
    let build_hash = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    let text = text.replace(&place, &format!("h{build_hash:x}"));
    Ok(CardDesign {
        text,
        design,
        build_hash,
    })
}

fn design(config: &Config) -> Result<Design, GenerateError> {
    let options = Options::new("card");
    Ok(match config.lanes {
        1 => generate(&Card::<1, 4, 3, 2>::new(config, HASH_PLACE), &options)?,
        2 => generate(&Card::<2, 5, 4, 3>::new(config, HASH_PLACE), &options)?,
        4 => generate(&Card::<4, 7, 6, 5>::new(config, HASH_PLACE), &options)?,
        8 => generate(&Card::<8, 11, 10, 9>::new(config, HASH_PLACE), &options)?,
        lanes => {
            return Err(GenerateError::Lanes {
                name: config.name,
                lanes,
            });
        }
    })
}

/// Generates one lane of a configuration, top module `lane`.
///
/// # Errors
/// When the configuration has a size that is not built, or a block cannot be printed.
pub fn generate_lane(config: &Config) -> Result<Design, GenerateError> {
    generate_block(config, || {
        generate(&Lane::new(config), &Options::new("lane"))
    })
}

/// Generates the pipeline of a lane without its units, top module `pipe`.
///
/// # Errors
/// When the configuration has a size that is not built, or a block cannot be printed.
pub fn generate_pipe(config: &Config) -> Result<Design, GenerateError> {
    generate_block(config, || {
        generate(&Pipe::new(config), &Options::new("pipe"))
    })
}

fn generate_block(
    config: &Config,
    print: impl FnOnce() -> Result<Design, VerilogError> + Send,
) -> Result<Design, GenerateError> {
    if !matches!(config.harts, 1 | 2 | 4) {
        return Err(GenerateError::Harts {
            name: config.name,
            harts: config.harts,
        });
    }
    Ok(with_stack(print)?)
}

/// Runs `work` on a thread with a large stack: blocks are values of many kilobytes, and an
/// unoptimised build moves them about.
///
/// # Panics
/// When `work` panics, or the system has no room for the thread.
pub fn with_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(STACK_BYTES);
        let thread = builder
            .spawn_scoped(scope, work)
            .expect("a thread to generate in");
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
