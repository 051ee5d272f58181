//! `gasworks workload`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use color_eyre::eyre::{Result, WrapErr as _, eyre};
use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{ContentArrangement, Table};
use flate2::Compression;
use flate2::write::GzEncoder;
use gasworks_workloads::{Params, Workload};

use crate::Exit;
use crate::args::WorkloadArgs;

/// Writes a bundle or lists the workloads.
pub fn run(args: &WorkloadArgs) -> Result<Exit> {
    if args.list {
        writeln!(io::stdout().lock(), "{}", list())?;
        return Ok(Exit::Success);
    }
    let workload = args.name.ok_or_else(|| eyre!("no workload was named"))?;
    let params = Params {
        txs: args.txs,
        conflict: args.conflict,
        seed: args.seed,
    };
    // A path that cannot be written is found before the work.
    let output = args.output.as_deref().map(create).transpose()?;
    let bundle = gasworks_workloads::bundle(workload, &params)?;
    let text = bundle.to_json();
    let Some((file, path)) = output.zip(args.output.as_deref()) else {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        writeln!(out)?;
        return Ok(Exit::Success);
    };
    write(file, path, &text).wrap_err_with(|| format!("{}: cannot write", path.display()))?;
    Ok(Exit::Success)
}

fn create(path: &Path) -> Result<File> {
    File::create(path).wrap_err_with(|| format!("{}: cannot write", path.display()))
}

fn write(file: File, path: &Path, text: &str) -> io::Result<()> {
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut encoder = GzEncoder::new(BufWriter::new(file), Compression::default());
        encoder.write_all(text.as_bytes())?;
        return encoder.finish()?.flush();
    }
    let mut file = BufWriter::new(file);
    file.write_all(text.as_bytes())?;
    file.flush()
}

fn list() -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(["workload", "frames", "what it is"]);
    for workload in Workload::ALL {
        let frames = if workload.is_single_frame() {
            "one"
        } else {
            "several"
        };
        table.add_row([workload.name(), frames, workload.description()]);
    }
    table
}
