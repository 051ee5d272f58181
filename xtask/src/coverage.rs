//! Line coverage of the printed Verilog under the tests that run the card.

use clap::Args as ClapArgs;
use color_eyre::eyre::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::process::{cargo, root, step};
use crate::tools::{self, Set};

/// Least share of lines that the tests must reach, in percent.
const LEAST: f64 = 95.0;
/// Where the lines that no test reaches are explained.
const EXPLAINED: &str = "docs/src/coverage.md";
/// Tests of CI that run the card of the preset `sim`: package, test, filter.
const WORKLOAD: [(&str, &str, &str); 6] = [
    ("gasworks-sim", "card", ""),
    ("gasworks-tests", "card", ""),
    ("gasworks-tests", "card_statetests", ""),
    ("gasworks-tests", "isolation", "a_transaction"),
    ("gasworks-cli", "replay", ""),
    ("gasworks-cli", "statetest", ""),
];

/// Options of `cargo xtask coverage`.
#[derive(ClapArgs)]
pub struct Args {
    /// Start no further test after so many seconds; lines are then reported, not judged
    #[arg(long)]
    budget: Option<u64>,
    /// Report on what an earlier run left, without running anything
    #[arg(long)]
    report: bool,
}

/// Runs `cargo xtask coverage`.
pub fn run(args: &Args) -> Result<()> {
    let folder = root().join("target/coverage");
    fs::create_dir_all(&folder).wrap_err_with(|| format!("cannot create {}", folder.display()))?;
    let verilog = folder.join("card.v");
    let mut generate = cargo(&["run", "--locked", "-q", "-p", "gasworks-hdl"]);
    generate.args(["--bin", "generate", "--", "--preset", "sim", "--output"]);
    step("Printing the Verilog", generate.arg(&verilog))?;
    let left_out = if args.report {
        0
    } else {
        tests(args, &folder)?
    };
    let design = Design::read(&verilog)?;
    let counts = merge(&folder, &design)?;
    report(&folder, &design, &counts, left_out)
}

/// Runs the tests; how many were left out.
fn tests(args: &Args, folder: &Path) -> Result<usize> {
    tools::install(Set::Sim)?;
    for file in data_files(folder)? {
        fs::remove_file(&file).wrap_err_with(|| format!("cannot remove {}", file.display()))?;
    }
    let start = Instant::now();
    let mut left_out = 0;
    for (package, test, filter) in WORKLOAD {
        if args
            .budget
            .is_some_and(|most| start.elapsed().as_secs() >= most)
        {
            eprintln!("left out for the budget: {test} of {package}");
            left_out += 1;
            continue;
        }
        let mut command = cargo(&["test", "--locked", "-p", package, "--test", test, filter]);
        step(
            &format!("Running {test} of {package}"),
            command.env("GASWORKS_COVERAGE", folder),
        )?;
    }
    Ok(left_out)
}

fn data_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).wrap_err_with(|| format!("cannot read {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|kind| kind == "dat"));
    files.sort();
    Ok(files)
}

/// The printed text, and the module of each line.
struct Design {
    lines: Vec<String>,
    modules: Vec<String>,
}

impl Design {
    fn read(path: &Path) -> Result<Self> {
        let text =
            fs::read_to_string(path).wrap_err_with(|| format!("cannot read {}", path.display()))?;
        let (mut lines, mut modules, mut module) = (Vec::new(), Vec::new(), String::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("module ") {
                let name = rest.split([' ', ';', '(']).next().unwrap_or_default();
                name.clone_into(&mut module);
            }
            lines.push(line.trim().to_owned());
            modules.push(module.clone());
        }
        Ok(Self { lines, modules })
    }

    fn module(&self, line: usize) -> Option<&str> {
        self.modules.get(line.checked_sub(1)?).map(String::as_str)
    }
}

/// A point of coverage: what Verilator counts. Its lines, from 1 on, and how often they ran.
struct Point {
    module: String,
    lines: Vec<usize>,
    count: u64,
}

/// Reads a line of a coverage file: `C '<fields>' <count>`, a field is `\x01<name>\x02<value>`.
fn point(line: &str) -> Option<Point> {
    let (fields, count) = line.strip_prefix("C '")?.rsplit_once("' ")?;
    let fields = fields
        .split('\x01')
        .filter_map(|field| field.split_once('\x02'));
    let fields: BTreeMap<&str, &str> = fields.collect();
    let ranges = fields.get("S").or_else(|| fields.get("l"))?;
    let mut lines = Vec::new();
    for range in ranges.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        lines.extend(first.parse::<usize>().ok()?..=last.parse::<usize>().ok()?);
    }
    Some(Point {
        module: fields.get("page")?.rsplit_once('/')?.1.to_owned(),
        lines,
        count: count.trim().parse().ok()?,
    })
}

/// How often each line ran, over all files that are of this design.
fn merge(folder: &Path, design: &Design) -> Result<BTreeMap<usize, u64>> {
    let mut counts = BTreeMap::new();
    let (mut used, mut other) = (0, 0);
    for file in data_files(folder)? {
        let text = fs::read(&file).wrap_err_with(|| format!("cannot read {}", file.display()))?;
        let text = String::from_utf8_lossy(&text);
        let points: Vec<Point> = text.lines().filter_map(point).collect();
        let is_ours = |point: &Point| {
            let mut lines = point.lines.iter();
            lines.all(|line| design.module(*line) == Some(&point.module))
        };
        // Some tests build other cards too.
        if points.is_empty() || !points.iter().all(is_ours) {
            other += 1;
            continue;
        }
        used += 1;
        for point in points {
            for line in point.lines {
                *counts.entry(line).or_insert(0) += point.count;
            }
        }
    }
    eprintln!("{used} runs of the card, {other} of other cards");
    if used == 0 {
        bail!(
            "no test left the coverage of this card in {}",
            folder.display()
        );
    }
    Ok(counts)
}

/// Lines that follow each other and did not run.
struct Gap {
    module: String,
    first: usize,
    lines: Vec<usize>,
}

fn gaps(design: &Design, counts: &BTreeMap<usize, u64>) -> Vec<Gap> {
    let mut out: Vec<Gap> = Vec::new();
    let mut follows = false;
    for (&line, &count) in counts {
        if count > 0 {
            follows = false;
            continue;
        }
        let module = design.module(line).unwrap_or_default();
        match out.last_mut().filter(|gap| follows && gap.module == module) {
            Some(gap) => gap.lines.push(line),
            None => out.push(Gap {
                module: module.to_owned(),
                first: line,
                lines: vec![line],
            }),
        }
        follows = true;
    }
    out
}

/// A row of the table of reasons: module, part of the first line.
type Reason = (String, String);

/// The rows `| module | part of the first line | reason |` of the page that explains.
fn reasons() -> Result<Vec<Reason>> {
    let path = root().join(EXPLAINED);
    let text =
        fs::read_to_string(&path).wrap_err_with(|| format!("cannot read {}", path.display()))?;
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| `")?.split("` | `");
        let module = cells.next()?.to_owned();
        let (first, _) = cells.next()?.split_once("` | ")?;
        Some((module, first.to_owned()))
    };
    Ok(text.lines().filter_map(row).collect())
}

fn report(
    folder: &Path,
    design: &Design,
    counts: &BTreeMap<usize, u64>,
    left_out: usize,
) -> Result<()> {
    let reached = counts.values().filter(|count| **count > 0).count();
    let percent = 100.0 * reached as f64 / counts.len() as f64;
    let (reasons, mut used) = (reasons()?, BTreeSet::new());
    let (mut text, mut unexplained) = (String::new(), 0);
    for gap in gaps(design, counts) {
        let first = &design.lines[gap.first - 1];
        let known = reasons
            .iter()
            .position(|(module, part)| *module == gap.module && first.contains(part));
        used.extend(known);
        unexplained += usize::from(known.is_none());
        let mark = if known.is_some() {
            "explained"
        } else {
            "NO REASON"
        };
        let _ = writeln!(text, "{} ({} lines, {mark})", gap.module, gap.lines.len());
        for line in gap.lines {
            let _ = writeln!(text, "  card.v:{line}: {}", design.lines[line - 1]);
        }
    }
    let file = folder.join("uncovered.txt");
    fs::write(&file, &text).wrap_err_with(|| format!("cannot write {}", file.display()))?;
    print!("{text}");
    println!("{reached} of {} lines ran: {percent:.2} %", counts.len());
    for (at, (module, part)) in reasons.iter().enumerate() {
        if !used.contains(&at) && left_out == 0 {
            println!("{EXPLAINED}: {module}, {part}: runs now");
        }
    }
    match () {
        () if left_out > 0 => Ok(()),
        () if percent < LEAST => bail!("{percent:.2} % of the lines ran, at least {LEAST} % must"),
        () if unexplained > 0 => {
            bail!("{unexplained} groups of lines did not run and have no reason in {EXPLAINED}")
        }
        () => Ok(()),
    }
}
