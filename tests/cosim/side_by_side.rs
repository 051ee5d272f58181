//! The transactions of real blocks side by side on the four harts of one simulated lane, none waiting
//! for another: each must end as on the ISS, and the lane must be as busy as it can be.
//!
//! The ISS runs a block first, one transaction after the other, and what the host answered is kept.
//! So every transaction sees on the card what it saw there, whatever its neighbours do.
//! `GASWORKS_BLOCKS` (numbers, separated by commas) takes other blocks and prints their IPC.

use std::collections::{HashMap, VecDeque};
use std::path::Path;

use gasworks::{Bundle, Options, Replay, SeedPolicy};
use gasworks_abi::config::Config;
use gasworks_abi::regs::Counter;
use gasworks_driver::{
    Capabilities, Device, DeviceError, Execution, LaneCounters, Level, Question, Reply,
    StateSource, Submission, SubmitError, Unanswerable,
};
use gasworks_iss::IssDevice;
use gasworks_sim::{SimDevice, SimError, SimOptions, open};
use gasworks_tests::card_lockstep::same_question;
use gasworks_tests::data_dir;

/// Block that is run where none is named, and the instructions per cycle that its transactions must
/// reach while more of them wait than the lane has harts.
const BLOCK: (&str, f64) = ("19932148", 0.78);

/// Transactions that are handed to the card ahead.
const AHEAD: usize = 16;

/// What the host was asked and said, in order.
type Answers = VecDeque<(Question, Result<Reply, Unanswerable>)>;

/// One transaction as the ISS ran it.
struct Recorded {
    submission: Submission,
    answers: Answers,
    execution: Execution,
}

/// The ISS, which keeps what it ran.
struct Recorder {
    iss: IssDevice,
    under_way: Option<Submission>,
    done: Vec<Recorded>,
}

/// Keeps what passes.
struct Tap<'a> {
    state: &'a mut dyn StateSource,
    answers: Answers,
}

impl StateSource for Tap<'_> {
    fn answer(&mut self, question: &Question) -> Result<Reply, Unanswerable> {
        let reply = self.state.answer(question);
        self.answers.push_back((question.clone(), reply.clone()));
        reply
    }
}

impl Device for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }
    fn capabilities(&self) -> &Capabilities {
        self.iss.capabilities()
    }
    fn submit(&mut self, submission: &Submission) -> Result<(), SubmitError> {
        self.iss.submit(submission)?;
        let before = self.under_way.replace(submission.clone());
        assert!(before.is_none(), "one in flight");
        Ok(())
    }
    fn poll(&mut self, state: &mut dyn StateSource) -> Result<Vec<Execution>, DeviceError> {
        let answers = Answers::new();
        let mut tap = Tap { state, answers };
        let executions = self.iss.poll(&mut tap)?;
        for execution in &executions {
            self.done.push(Recorded {
                submission: self.under_way.take().expect("it was submitted"),
                answers: std::mem::take(&mut tap.answers),
                execution: execution.clone(),
            });
        }
        Ok(executions)
    }
    fn counters(&mut self) -> Result<Vec<LaneCounters>, DeviceError> {
        self.iss.counters()
    }
    fn reset(&mut self) -> Result<(), DeviceError> {
        self.iss.reset()
    }
}

/// Runs a block on the ISS, every transaction with a tag of its own.
fn record(path: &Path) -> Vec<Recorded> {
    let bundle = Bundle::load(path).expect("loads");
    let mut recorder = Recorder {
        iss: IssDevice::new(Config::SIM, Level::Zero),
        under_way: None,
        done: Vec::new(),
    };
    let options = Options {
        seeds: SeedPolicy::Oracle,
        in_flight: Some(1),
        ..Options::default()
    };
    let report = Replay::run(&bundle, Some(&mut recorder), &options, |_| ()).expect("runs");
    assert_eq!(report.totals.mismatches, 0);
    for (tag, recorded) in (0..).zip(&mut recorder.done) {
        recorded.submission.tag = tag;
        for (question, _) in &mut recorded.answers {
            question.tag = tag;
        }
    }
    recorder.done
}

/// Answers as on the ISS.
struct Answering(HashMap<u32, Answers>);

impl StateSource for Answering {
    fn answer(&mut self, question: &Question) -> Result<Reply, Unanswerable> {
        let answers = self.0.get_mut(&question.tag).expect("a known transaction");
        let (expected, reply) = answers.pop_front().expect("no question more than there");
        assert!(
            same_question(question, &expected),
            "{question:?}\n{expected:?}"
        );
        reply
    }
}

/// What counts of an execution.
fn result(execution: &Execution, like: &Execution) -> Execution {
    Execution {
        tag: like.tag,
        incarnation: like.incarnation,
        hart: like.hart,
        cycles: like.cycles,
        host_cycles: like.host_cycles,
        ..execution.clone()
    }
}

fn counters(card: &mut SimDevice) -> LaneCounters {
    card.counters().expect("counters")[0]
}

/// Runs all of them; what the lane counted until the last one was handed over.
fn play(card: &mut SimDevice, all: &mut [Recorded]) -> LaneCounters {
    let answers = |recorded: &mut Recorded| {
        let answers = std::mem::take(&mut recorded.answers);
        (recorded.submission.tag, answers)
    };
    let mut host = Answering(all.iter_mut().map(answers).collect());
    let before = counters(card);
    let mut busy = before;
    let (mut next, mut done) = (0, 0);
    while done < all.len() {
        while next < all.len() && next - done < AHEAD {
            match card.submit(&all[next].submission) {
                Ok(()) => {
                    next += 1;
                    if next == all.len() {
                        busy = counters(card);
                    }
                }
                Err(SubmitError::Busy) => break,
                Err(error) => panic!("{error}"),
            }
        }
        for execution in card.poll(&mut host).expect("goes on") {
            let want = &all[execution.tag as usize].execution;
            assert_eq!(&result(&execution, want), want, "tag {}", execution.tag);
            done += 1;
        }
    }
    assert!(
        host.0.values().all(VecDeque::is_empty),
        "a question is missing"
    );
    busy.since(&before)
}

#[test]
fn transactions_side_by_side_equal_the_iss_and_fill_the_lane() {
    let Some(data) = data_dir() else { return };
    let mut card = match open(&Config::SIM, &SimOptions::default(), &mut |_| ()) {
        Ok(card) => card,
        Err(SimError::NoVerilator) => {
            eprintln!("skipped: no verilator (run `cargo xtask tools`)");
            return;
        }
        Err(error) => panic!("{error:?}"),
    };
    let named = std::env::var("GASWORKS_BLOCKS");
    let numbers = named.as_deref().unwrap_or(BLOCK.0);
    for number in numbers.split(',') {
        let mut all = record(&data.join(format!("blocks/{number}.json.gz")));
        let seen = play(&mut card, &mut all);
        let cycles = seen.get(Counter::Cycles) as f64;
        let rate = |counter| seen.get(counter) as f64 / cycles;
        let ipc = rate(Counter::Instructions);
        let count = all.len();
        println!("block {number}: {count} transactions, IPC {ipc:.3} in {cycles} cycles");
        for counter in Counter::ALL {
            print!(" {} {:.3}", counter.name(), rate(*counter));
        }
        println!();
        assert!(named.is_ok() || ipc >= BLOCK.1, "IPC {ipc:.3}");
    }
}
