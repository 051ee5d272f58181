//! Case after case, on several devices at once, for some time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use gasworks::Totals;
use gasworks_driver::Device;
use gasworks_workloads::rng::Rng;
use serde::Serialize;

use crate::case::{Case, Code, Input};
use crate::run::{Ran, run};
use crate::{generate, shrink};

/// How long and how wide.
#[derive(Debug, Clone, Copy)]
pub struct Campaign {
    /// Decides every case.
    pub seed: u64,
    /// No case begins after so long; opening a device does not count.
    pub time: Duration,
    /// Threads, each with a device of its own.
    pub jobs: usize,
    /// No more cases than this.
    pub cases: u64,
    /// It ends when so many cases have failed.
    pub failures: usize,
}

/// A case that failed.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// Its number in the campaign.
    pub number: u64,
    /// What is wrong with the shrunk case.
    pub faults: Vec<String>,
    /// EVM instructions in the programs of the shrunk case.
    pub instructions: usize,
    /// Its bundle, once somebody has written it.
    pub bundle: Option<PathBuf>,
    /// The shrunk case.
    #[serde(skip)]
    pub case: Case,
}

/// What came out. The names of the fields are the JSON of `gasworks fuzz --report json`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Seed of the campaign.
    pub seed: u64,
    /// Cases that ran: blocks of one to four transactions.
    pub cases: u64,
    /// Programs in them.
    pub programs: u64,
    /// Transactions that ran.
    pub txs: u64,
    /// Transactions that ran no opcode.
    pub plain: u64,
    /// Cases that ended early because a transaction is invalid where it stands.
    pub stopped: u64,
    /// EVM instructions, counted by revm's inspector.
    pub opcodes: u64,
    /// Transactions that the device ran and retired.
    pub card_txs: u64,
    /// Their EVM instructions.
    pub card_opcodes: u64,
    /// Transactions that revm ran, by reason.
    pub fallback: BTreeMap<String, u64>,
    /// Seconds, shrinking included.
    pub seconds: f64,
    /// Cases in which something differs.
    pub failures: Vec<Failure>,
}

impl Report {
    fn count(&mut self, case: &Case, ran: &Ran) {
        self.cases += 1;
        self.programs += programs(case);
        self.stopped += u64::from(ran.stopped.is_some());
        let Some(report) = &ran.report else { return };
        let Totals {
            txs,
            plain,
            opcodes,
            card,
            fallback,
            ..
        } = &report.totals;
        self.txs += txs;
        self.plain += plain;
        self.opcodes += opcodes;
        self.card_txs += card.txs;
        self.card_opcodes += card.opcodes;
        for (reason, count) in fallback {
            *self.fallback.entry(reason.clone()).or_default() += count;
        }
    }
}

fn programs(case: &Case) -> u64 {
    let codes = case.accounts.values();
    let codes = codes
        .filter(|it| matches!(it.code, Code::Program(_)))
        .count();
    let inputs = case.transactions.iter();
    let inputs = inputs
        .filter(|it| matches!(it.input, Input::Program(_)))
        .count();
    (codes + inputs) as u64
}

/// The case with a number in the campaign of a seed.
#[must_use]
pub fn case(seed: u64, number: u64) -> Case {
    // One more step of the generator, so that neighbouring seeds have no case in common.
    let mixed = Rng::new(seed).next_u64();
    generate::case_of_seed(Rng::new(mixed ^ number).next_u64())
}

struct Shared<'a, E> {
    campaign: Campaign,
    /// Held while a device is opened: a simulated card may have to be built first.
    opening: Mutex<()>,
    next: AtomicU64,
    is_over: AtomicBool,
    report: Mutex<Report>,
    progress: &'a (dyn Fn(&Report) + Sync),
    open: &'a (dyn Fn() -> Result<Option<Box<dyn Device>>, E> + Sync),
}

impl Campaign {
    /// Runs it. `open` opens a device, for each thread and again after one broke; `progress` sees
    /// the report after every case.
    ///
    /// # Errors
    /// When a device cannot be opened.
    ///
    /// # Panics
    /// When a thread does, which is not because of a case.
    pub fn run<E: Send>(
        self,
        open: &(dyn Fn() -> Result<Option<Box<dyn Device>>, E> + Sync),
        progress: &(dyn Fn(&Report) + Sync),
    ) -> Result<Report, E> {
        let start = Instant::now();
        let shared = Shared {
            campaign: self,
            opening: Mutex::new(()),
            next: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            report: Mutex::new(Report {
                seed: self.seed,
                ..Report::default()
            }),
            progress,
            open,
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..self.jobs.max(1))
                .map(|_| scope.spawn(|| shared.work()))
                .collect();
            let ends = threads.into_iter().map(|it| it.join());
            let ends: Vec<_> = ends.map(|it| it.expect("cases are caught")).collect();
            ends.into_iter().collect::<Result<(), E>>()
        })?;
        let report = shared.report.into_inner();
        let mut report = report.unwrap_or_else(PoisonError::into_inner);
        report.seconds = start.elapsed().as_secs_f64();
        report.failures.sort_by_key(|failure| failure.number);
        Ok(report)
    }
}

impl<E> Shared<'_, E> {
    fn opened(&self) -> Result<Option<Box<dyn Device>>, E> {
        let _only_one = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        (self.open)()
    }

    /// One thread: a device of its own, and one case after the other.
    fn work(&self) -> Result<(), E> {
        let mut device = self.opened()?;
        let end = Instant::now() + self.campaign.time;
        while !self.is_over.load(Ordering::Relaxed) && Instant::now() < end {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.campaign.cases {
                break;
            }
            let case = case(self.campaign.seed, number);
            let ran = run(&case, device.as_deref_mut().map(|it| it as &mut dyn Device));
            let failure = match ran.is_fault() {
                true => Some(self.shrunk(number, &case, &ran, &mut device)?),
                false => None,
            };
            let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
            report.count(&case, &ran);
            report.failures.extend(failure);
            if report.failures.len() >= self.campaign.failures {
                self.is_over.store(true, Ordering::Relaxed);
            }
            (self.progress)(&report);
        }
        Ok(())
    }

    /// Makes a case small that failed; the device is a fresh one afterwards.
    fn shrunk(
        &self,
        number: u64,
        case: &Case,
        ran: &Ran,
        device: &mut Option<Box<dyn Device>>,
    ) -> Result<Failure, E> {
        *device = self.opened()?;
        let mut failed = None;
        let case = shrink(case, &mut |smaller| {
            let ran = run(
                smaller,
                device.as_deref_mut().map(|it| it as &mut dyn Device),
            );
            if ran.is_broken {
                match self.opened() {
                    Ok(fresh) => *device = fresh,
                    Err(error) => failed = Some(error),
                }
            }
            ran.is_fault()
        });
        if let Some(error) = failed {
            return Err(error);
        }
        let again = run(&case, device.as_deref_mut().map(|it| it as &mut dyn Device));
        *device = self.opened()?;
        // One that depends on what the device did before keeps what it said the first time.
        let faults = match again.is_fault() {
            true => again.faults,
            false => ran.faults.clone(),
        };
        Ok(Failure {
            number,
            faults,
            instructions: case.instructions(),
            bundle: None,
            case,
        })
    }
}
