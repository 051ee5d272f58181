//! Transactions of the official state tests on the simulated card, in lock-step with the ISS per micro-op.
//! (The ISS is compared with revm on the same transactions by `iss_statetests`.)
//!
//! By default 600 cases, spread evenly over the folders; `GASWORKS_COSIM=all` runs every case.

use std::collections::HashMap;
use std::path::PathBuf;

use gasworks_abi::config::Config;
use gasworks_driver::{
    Device, Level, Question, Reply, Slot, StateSource, Submission, SubmitError, Unanswerable,
};
use gasworks_sim::{SimError, SimOptions, open};
use gasworks_tests::card_lockstep::CardLockstep;
use gasworks_tests::frame::{Frame, Source};
use gasworks_tests::reference::{Options, record};
use gasworks_tests::{data_dir, statetest};

/// Folders of tests that mostly live in one frame.
const FOLDERS: [&str; 8] = [
    "VMTests",
    "stShift",
    "stMemoryTest",
    "stSStoreTest",
    "stSLoadTest",
    "stLogTests",
    "stEIP150singleCodeGasPrices",
    "stRandom",
];
/// Cases of the default slice.
const SLICE: usize = 600;
/// Transactions with more instructions are left to the ISS.
const INSTRUCTIONS: usize = 20_000;

/// The state that each transaction in flight sees.
#[derive(Default)]
struct States(HashMap<u32, Source>);

impl StateSource for States {
    fn answer(&mut self, question: &Question) -> Result<Reply, Unanswerable> {
        let source = self.0.get_mut(&question.tag).ok_or(Unanswerable)?;
        source.answer(question)
    }
}

/// The submission of a first frame; `None` where the card does not run the fork.
fn submission(tag: u32, frame: &Frame, source: &mut Source) -> Option<Submission> {
    let seeds = frame.seeds(source);
    let seeds = seeds.iter().map(|slot| Slot {
        address: slot.address,
        key: slot.key,
        value: slot.value,
        warm: slot.warm,
    });
    Some(Submission {
        tag,
        incarnation: 0,
        fork: frame.fork?,
        gas_limit: frame.gas_limit,
        environment: *frame.environment,
        calldata: frame.calldata.clone(),
        code: frame.code.clone(),
        code_hash: frame.code_hash,
        seeds: seeds.collect(),
    })
}

/// Submits a transaction; waits for others to end while there is no room.
fn submit(card: &mut CardLockstep, states: &mut States, submission: &Submission, name: &str) {
    loop {
        match card.submit(submission) {
            Ok(()) | Err(SubmitError::Declined(_)) => return,
            Err(SubmitError::Busy) => {
                card.poll(states)
                    .unwrap_or_else(|error| panic!("{name}: {error}"));
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn state_tests_equal_the_iss() {
    let Some(data) = data_dir() else { return };
    let card = open(&Config::SIM, &SimOptions::default(), &mut |text| {
        eprintln!("{text}")
    });
    let mut card = match card {
        Ok(card) => CardLockstep::new(card, Config::SIM, Level::Zero),
        Err(SimError::NoVerilator) => {
            eprintln!("skipped: no verilator (run `cargo xtask tools`)");
            return;
        }
        Err(error) => panic!("{error:?}"),
    };
    let tests = data.join("statetests/ethereum-tests/GeneralStateTests");
    let files: Vec<PathBuf> = FOLDERS
        .iter()
        .flat_map(|f| statetest::files(&tests.join(f)))
        .collect();
    assert!(!files.is_empty(), "no state tests in {}", tests.display());
    let all = std::env::var("GASWORKS_COSIM").is_ok_and(|value| value == "all");
    let per_file = if all {
        usize::MAX
    } else {
        SLICE.div_ceil(files.len())
    };
    let (mut states, mut tag) = (States::default(), 0);
    for path in &files {
        let cases = statetest::cases(path).unwrap_or_else(|error| panic!("{error}"));
        let step = (cases.len() / per_file.min(cases.len()).max(1)).max(1);
        for case in cases.iter().step_by(step) {
            let options = Options {
                instruction_limit: INSTRUCTIONS,
                ..Options::default()
            };
            let Ok(recording) = record(&case.context, case.tx.clone(), options) else {
                continue;
            };
            let is_whole = recording.end.is_some();
            let Some(frame) = recording.start.as_ref().filter(|_| is_whole) else {
                continue;
            };
            let mut source = frame.source();
            let Some(submission) = submission(tag, frame, &mut source) else {
                continue;
            };
            states.0.insert(tag, source);
            submit(&mut card, &mut states, &submission, &case.name);
            tag += 1;
        }
        // Everything of the file ends before the next, so that a difference names its file.
        while !card
            .poll(&mut states)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
            .is_empty()
        {}
        states.0.clear();
    }
    println!(
        "{} files, {} transactions, {} micro-ops compared",
        files.len(),
        card.transactions,
        card.micro_ops
    );
    assert!(
        card.transactions > 100,
        "only {} transactions ran",
        card.transactions
    );
}
