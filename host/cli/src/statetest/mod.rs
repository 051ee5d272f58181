//! `gasworks statetest`.

mod order;
mod suite;
mod table;
mod tally;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use color_eyre::eyre::{Report, Result, WrapErr as _, bail};
use gasworks::case::{Outcome, Ran, Runner, State};
use gasworks_driver::Device;
use indicatif::{ProgressBar, ProgressStyle};

use crate::args::{ReportFormat, StatetestArgs};
use crate::{Exit, complain, device};

use order::Item;
use suite::{Case, File, Suite};
use tally::{How, Tally, Wrong, failure, judge};

pub use suite::spec;

/// Runs the cases and prints what came out, also when some files are bad.
pub fn run(args: &StatetestArgs) -> Result<Exit> {
    let start = Instant::now();
    device::check(&args.device, None)?;
    let mut tally = Tally::default();
    let (files, bad) = scan(args, &mut tally)?;
    let items = plan(args, &files, &mut tally);
    let session = Session {
        args,
        files: &files,
        items: &items,
        start,
        next: AtomicUsize::new(0),
        opening: Mutex::new(()),
        bar: progress_bar(items.iter().map(|item| item.cases.len()).sum()),
        bad: Mutex::new(bad),
        tally: Mutex::new(tally),
    };
    session.run()?;
    session.bar.finish_and_clear();
    let Session { tally, bad, .. } = session;
    let mut tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let bad = bad.into_inner().unwrap_or_else(PoisonError::into_inner);
    tally.seconds = start.elapsed().as_secs_f64();
    tally.failures.sort_unstable();
    let mut out = io::stdout().lock();
    match args.report {
        ReportFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &tally)?;
            writeln!(out)?;
        }
        ReportFormat::Human => table::print(&mut out, &tally, bad.len())?,
    }
    Ok(match (tally.failed, bad.len()) {
        (0, 0) => Exit::Success,
        (0, _) => Exit::BadInput,
        _ => Exit::Mismatch,
    })
}

/// Every file with the number of its cases, and the bad ones, about which everything is said.
fn scan(args: &StatetestArgs, tally: &mut Tally) -> Result<(Vec<File>, BTreeSet<PathBuf>)> {
    let (mut files, mut bad) = (Vec::new(), BTreeSet::new());
    for root in &args.paths {
        for path in paths(root)? {
            match File::scan(path.clone(), root.clone(), args.fork) {
                Ok(file) => files.push(file),
                Err(error) => {
                    complain(&error);
                    bad.insert(path);
                }
            }
        }
    }
    for file in &files {
        tally.cases += (file.cases + file.unsupported) as u64;
        tally.skip("unsupported_fork", file.unsupported);
    }
    let cases: usize = files.iter().map(|file| file.cases).sum();
    if cases == 0 && bad.is_empty() {
        let of_fork = match args.fork {
            Some(spec) => format!(" of the fork {}", gasworks::fork::name(spec)),
            None => String::new(),
        };
        bail!("no case{of_fork} in {}", list(&args.paths));
    }
    Ok((files, bad))
}

fn list(paths: &[PathBuf]) -> String {
    let names: Vec<_> = paths.iter().map(|p| p.display().to_string()).collect();
    names.join(", ")
}

/// The files that an argument names: itself, or every `.json` below it but what is hidden.
fn paths(root: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |path: &Path| format!("{}: cannot read", path.display());
    let about = fs::metadata(root).wrap_err_with(|| unreadable(root))?;
    if about.is_file() {
        return Ok(vec![root.to_owned()]);
    }
    let (mut found, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).wrap_err_with(|| unreadable(&folder))? {
            let path = entry.wrap_err_with(|| unreadable(&folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".json") {
                found.push(path);
            }
        }
    }
    if found.is_empty() {
        bail!("{}: no .json file in it", root.display());
    }
    found.sort_unstable();
    Ok(found)
}

/// What runs, in order.
fn plan(args: &StatetestArgs, files: &[File], tally: &mut Tally) -> Vec<Item> {
    if args.limit.is_none() && args.budget.is_none() {
        return order::by_file(files);
    }
    let mut items = order::spread(files);
    if let Some(limit) = args.limit {
        let all: usize = files.iter().map(|file| file.cases).sum();
        order::cut(&mut items, limit);
        tally.skip("limit", all.saturating_sub(limit));
    }
    items
}

/// What the threads share.
struct Session<'a> {
    args: &'a StatetestArgs,
    files: &'a [File],
    items: &'a [Item],
    start: Instant,
    /// Position of the next item.
    next: AtomicUsize,
    /// Held while a device is opened: a simulated card may have to be built first.
    opening: Mutex<()>,
    bar: ProgressBar,
    /// Files that turned out to be bad.
    bad: Mutex<BTreeSet<PathBuf>>,
    tally: Mutex<Tally>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session<'_> {
    fn run(&self) -> Result<()> {
        thread::scope(|scope| {
            let threads: Vec<_> = (0..self.jobs())
                .map(|_| scope.spawn(|| self.work()))
                .collect();
            let ends = threads.into_iter().map(|thread| match thread.join() {
                Ok(end) => end,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            // All of them, so that no thread outlives an error of another.
            ends.collect::<Vec<_>>().into_iter().collect()
        })
    }

    /// A simulated card has its own host memory and its own model: one unless more are wanted.
    fn jobs(&self) -> usize {
        let most = self.items.len().max(1);
        device::jobs(self.args.jobs, self.args.device.device).min(most)
    }

    /// One thread: a device of its own, and one item after the other.
    fn work(&self) -> Result<()> {
        let (mut device, opening) = {
            let _only_one = lock(&self.opening);
            let start = Instant::now();
            (device::open(&self.args.device, None)?, start.elapsed())
        };
        let name = device.as_ref().map_or("software", |device| device.name());
        lock(&self.tally).device = name;
        let device = device
            .as_deref_mut()
            .map(|device| device as &mut dyn Device);
        let max_opcodes = self.args.max_opcodes;
        let mut worker = Worker {
            session: self,
            runner: Runner::new(device, max_opcodes),
            deadline: self
                .args
                .budget
                .map(|seconds| self.start + Duration::from_secs(seconds) + opening),
        };
        while let Some(item) = self.items.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            worker.run(item)?;
        }
        Ok(())
    }

    /// Says what is wrong with a file, once.
    fn bad(&self, path: &Path, error: &Report) {
        if lock(&self.bad).insert(path.to_owned()) {
            self.bar.suspend(|| complain(error));
        }
    }

    fn skip(&self, reason: &'static str, count: usize) {
        lock(&self.tally).skip(reason, count);
        self.bar.inc(count as u64);
    }
}

/// One thread.
struct Worker<'a, 'd> {
    session: &'a Session<'a>,
    runner: Runner<'d>,
    /// When no further case begins.
    deadline: Option<Instant>,
}

impl Worker<'_, '_> {
    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|end| Instant::now() >= end)
    }

    fn run(&mut self, item: &Item) -> Result<()> {
        let session = self.session;
        if self.is_late() {
            session.skip("budget", item.cases.len());
            return Ok(());
        }
        let file = &session.files[item.file];
        let suite = match Suite::load(&file.path) {
            Ok(suite) => suite,
            Err(error) => {
                session.bad(&file.path, &error);
                session.skip("bad_input", item.cases.len());
                return Ok(());
            }
        };
        let cases = suite.cases(session.args.fork);
        let mut state: Option<(usize, State)> = None;
        for (done, number) in item.cases.iter().enumerate() {
            if self.is_late() {
                session.skip("budget", item.cases.len() - done);
                break;
            }
            let Some(case) = cases.get(*number) else {
                bail!("{}: changed while it was read", suite.path().display());
            };
            let state = match &mut state {
                Some((number, state)) if *number == case.number => state,
                state => &mut state.insert((case.number, case.state())).1,
            };
            self.case(file, case, state);
        }
        Ok(())
    }

    /// Runs one case and counts it. One that fails without having been compared with revm runs again.
    fn case(&mut self, file: &File, case: &Case<'_>, state: &State) {
        let max = self.session.args.max_gas_limit.unwrap_or(u64::MAX);
        let input = case.input();
        if input.is_ok_and(|input| input.txs.iter().any(|tx| tx.gas_limit > max)) {
            return self.session.skip("max_gas_limit", 1);
        }
        let is_compared = self.runner.always_watches();
        let mut verdict = self.judged(case, state, false);
        if verdict.wrong.is_some() && !is_compared {
            verdict = self.judged(case, state, true);
        }
        let Verdict { outcome, wrong } = &verdict;
        match outcome {
            Outcome::TooLong(_) => return self.session.skip("max_opcodes", 1),
            Outcome::Ran(ran) if verdict.is_eip_7610(ran) => {
                return self.session.skip("eip_7610", 1);
            }
            _ => {}
        }
        let path = file.path.display().to_string();
        let wrong = wrong.clone();
        let failure = wrong.map(|wrong| failure(&path, case, outcome, wrong));
        let how = How::from(outcome);
        lock(&self.session.tally).count(&file.top(), case.spec, how, failure);
        self.session.bar.inc(1);
    }

    fn judged(&mut self, case: &Case<'_>, state: &State, is_watched: bool) -> Verdict {
        let (mut outcome, errors) = match case.input() {
            Err(reason) => (Outcome::Invalid(reason), Vec::new()),
            Ok(input) => {
                let done = self.runner.run(state, &input, is_watched);
                done.unwrap_or_else(|error| {
                    let error = error.to_string();
                    (Outcome::Invalid(error.clone()), vec![error])
                })
            }
        };
        let root = match &mut outcome {
            // The comparison with revm is done: nobody needs the state after this.
            Outcome::Ran(ran) => Some(state.root_after(std::mem::take(&mut ran.executed.state))),
            _ => None,
        };
        let wrong = match errors.as_slice() {
            [] => judge(case, &outcome, root),
            errors => Some(("run", "a result".to_owned(), errors.join("; "))),
        };
        Verdict { outcome, wrong }
    }
}

/// What became of a case.
struct Verdict {
    outcome: Outcome,
    wrong: Option<Wrong>,
}

impl Verdict {
    /// The test wants a collision that revm does not know, and the result is revm's.
    fn is_eip_7610(&self, ran: &Ran) -> bool {
        let is_hash = |wrong: &Wrong| matches!(wrong.0, "logs" | "state root");
        self.wrong.as_ref().is_some_and(is_hash)
            && ran.is_created_over_storage
            && ran.differences.is_empty()
    }
}

/// Shown on standard error, if that is a terminal.
fn progress_bar(cases: usize) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = "{wide_bar} {pos}/{len} cases, {elapsed}, {eta} to go";
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(cases as u64).with_style(style)
}
