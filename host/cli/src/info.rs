//! `gasworks info`.

use std::io::{self, Write as _};

use color_eyre::eyre::Result;
use comfy_table::Table;
use comfy_table::presets::UTF8_BORDERS_ONLY;
use gasworks_abi::fork::Fork;
use gasworks_driver::Capabilities;
use serde::Serialize;

use crate::Exit;
use crate::args::{InfoArgs, ReportFormat};
use crate::device;

/// What a device says about itself; all but the name is missing where there is no card.
#[derive(Debug, Serialize)]
struct Info {
    device: &'static str,
    #[serde(flatten)]
    sizes: Option<Sizes>,
}

#[derive(Debug, Serialize)]
struct Sizes {
    abi_version: String,
    build_hash: String,
    forks: Vec<String>,
    lanes: u32,
    harts: u32,
    slices: u32,
    stack_words: u32,
    memory_bytes: u32,
    calldata_bytes: u32,
    code_bytes: u64,
    constants: u32,
    state_entries: u32,
    frames: u32,
    return_bytes: u32,
    journal_entries: u32,
}

impl From<&Capabilities> for Sizes {
    fn from(have: &Capabilities) -> Self {
        let forks = Fork::ALL.iter().filter(|fork| have.runs(**fork));
        Self {
            abi_version: format!("{}.{}", have.abi_version >> 16, have.abi_version & 0xffff),
            build_hash: format!("{:#010x}", have.build_hash),
            forks: forks.map(|fork| format!("{fork:?}")).collect(),
            lanes: have.lanes,
            harts: have.harts,
            slices: have.slices,
            stack_words: have.stack_words,
            memory_bytes: have.memory_bytes,
            calldata_bytes: have.calldata_bytes,
            code_bytes: u64::from(have.code_lines) * 64,
            constants: have.constants,
            state_entries: have.state_entries,
            frames: have.frames,
            return_bytes: have.return_bytes,
            journal_entries: have.journal_entries,
        }
    }
}

/// Prints what a device can do.
pub fn run(args: &InfoArgs) -> Result<Exit> {
    let device = device::open(&args.device, None)?;
    let info = Info {
        device: device.as_ref().map_or("software", |device| device.name()),
        sizes: device.as_ref().map(|device| device.capabilities().into()),
    };
    let mut out = io::stdout().lock();
    match args.report {
        ReportFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &info)?;
            writeln!(out)?;
        }
        ReportFormat::Human => writeln!(out, "{}", table(&info))?,
    }
    Ok(Exit::Success)
}

fn table(info: &Info) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY);
    let Some(sizes) = &info.sizes else {
        table.add_row(["device", "software: revm alone, no card, no limits"]);
        return table;
    };
    let rows = [
        ("device", info.device.to_owned()),
        ("contract version", sizes.abi_version.clone()),
        ("build hash of the RTL", sizes.build_hash.clone()),
        ("forks", sizes.forks.join(", ")),
        ("lanes", sizes.lanes.to_string()),
        ("harts per lane", sizes.harts.to_string()),
        ("slices of the 256-bit word", sizes.slices.to_string()),
        ("stack of a hart", format!("{} words", sizes.stack_words)),
        ("memory of a hart", format!("{} bytes", sizes.memory_bytes)),
        (
            "calldata of a hart",
            format!("{} bytes", sizes.calldata_bytes),
        ),
        (
            "state table of a hart",
            format!("{} entries", sizes.state_entries),
        ),
        ("call frames of a hart", sizes.frames.to_string()),
        (
            "return data of a hart",
            format!("{} bytes", sizes.return_bytes),
        ),
        (
            "journal of a hart",
            format!("{} entries", sizes.journal_entries),
        ),
        (
            "code store of a lane",
            format!("{} bytes", sizes.code_bytes),
        ),
        (
            "constant store of a lane",
            format!("{} words", sizes.constants),
        ),
    ];
    for (name, value) in rows {
        table.add_row([name, value.as_str()]);
    }
    table
}
