//! A device with a fault on purpose: the fuzzer finds it and makes the case small.

use std::convert::Infallible;
use std::time::Duration;

use alloy_primitives::{B256, Bytes, U256};
use gasworks_abi::config::Config;
use gasworks_abi::fork::Fork;
use gasworks_driver::{
    Capabilities, Device, DeviceError, Execution, LaneCounters, Level, Log, Outcome, StateSource,
    Submission, SubmitError,
};
use gasworks_fuzz::Campaign;
use gasworks_fuzz::campaign::Failure;
use gasworks_iss::IssDevice;

/// Few cases must be enough.
const CASES: u64 = 3_000;

/// What is wrong with a device.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// `ADD` is `OR`.
    Add,
    /// `SMOD` is `MOD`.
    Smod,
    /// No refund.
    Refund,
    /// The last log is there once more, without its topics.
    Log,
    /// Slots that end with what they began with are written as zero.
    RestoredSlot,
    /// One gas too much for a transaction that returns something.
    Gas,
    /// It dies of a transaction that destroys an account.
    Panic,
}

/// The ISS with a fault.
struct Faulty {
    iss: IssDevice,
    fault: Fault,
}

/// Replaces an opcode, not within the data of a push.
fn with_opcode(code: &Bytes, from: u8, to: u8) -> Bytes {
    let mut code = code.to_vec();
    let mut at = 0;
    while at < code.len() {
        let data = match code[at] {
            push @ 0x60..=0x7f => usize::from(push - 0x5f),
            _ => 0,
        };
        if code[at] == from {
            code[at] = to;
        }
        at += 1 + data;
    }
    code.into()
}

impl Faulty {
    fn spoil(&self, execution: &mut Execution) {
        let is_success = matches!(execution.outcome, Outcome::Stop | Outcome::Return);
        match self.fault {
            Fault::Refund if is_success && execution.refund > 0 => execution.refund = 0,
            Fault::Log => {
                if let Some(log) = execution.logs.last() {
                    let log = Log {
                        topics: vec![B256::ZERO],
                        ..log.clone()
                    };
                    execution.logs.push(log);
                }
            }
            Fault::RestoredSlot if is_success => {
                for write in &mut execution.writes {
                    if write.value == write.original {
                        write.value = U256::ZERO;
                    }
                }
            }
            Fault::Gas if execution.outcome == Outcome::Return && execution.gas_left > 0 => {
                execution.gas_left -= 1;
            }
            Fault::Panic if execution.outcome == Outcome::SelfDestruct => {
                panic!("a fault on purpose");
            }
            _ => {}
        }
    }
}

impl Device for Faulty {
    fn name(&self) -> &'static str {
        "faulty"
    }

    fn capabilities(&self) -> &Capabilities {
        self.iss.capabilities()
    }

    fn submit(&mut self, submission: &Submission) -> Result<(), SubmitError> {
        let mut submission = submission.clone();
        let code = match self.fault {
            Fault::Add => with_opcode(&submission.code, 0x01, 0x17),
            Fault::Smod => with_opcode(&submission.code, 0x07, 0x06),
            _ => submission.code,
        };
        // Resident programs are known by their hash.
        submission.code_hash = alloy_primitives::keccak256(&code);
        submission.code = code;
        self.iss.submit(&submission)
    }

    fn poll(&mut self, state: &mut dyn StateSource) -> Result<Vec<Execution>, DeviceError> {
        let mut ended = self.iss.poll(state)?;
        ended.iter_mut().for_each(|execution| self.spoil(execution));
        Ok(ended)
    }

    fn counters(&mut self) -> Result<Vec<LaneCounters>, DeviceError> {
        self.iss.counters()
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        self.iss.reset()
    }
}

/// Runs the fuzzer on a device with a fault; gives the case that it finds.
fn found(fault: Fault) -> Failure {
    let campaign = Campaign {
        seed: 5,
        time: Duration::from_secs(600),
        jobs: 1,
        cases: CASES,
        failures: 1,
    };
    let open = || -> Result<Option<Box<dyn Device>>, Infallible> {
        let iss = IssDevice::new(Config::SIM, Level::Zero);
        Ok(Some(Box::new(Faulty { iss, fault })))
    };
    let Ok(mut report) = campaign.run(&open, &|_| ());
    let failure = report.failures.pop();
    failure.unwrap_or_else(|| panic!("{fault:?} was not found in {} cases", report.cases))
}

fn is_found_and_small(fault: Fault, instructions: usize) {
    let failure = found(fault);
    println!(
        "{fault:?}: case {}, {} instructions, {:?}\n{}",
        failure.number,
        failure.instructions,
        failure.faults,
        failure.case.to_json()
    );
    assert!(failure.instructions <= instructions, "{fault:?}");
    assert_eq!(failure.case.transactions.len(), 1, "{fault:?}");
    assert_eq!(failure.case.fork, Fork::Osaka, "{fault:?}");
}

#[test]
fn a_wrong_addition_is_found_and_made_small() {
    is_found_and_small(Fault::Add, 12);
}

#[test]
fn a_wrong_remainder_is_found_and_made_small() {
    is_found_and_small(Fault::Smod, 12);
}

#[test]
fn a_wrong_refund_is_found_and_made_small() {
    is_found_and_small(Fault::Refund, 8);
}

#[test]
fn a_log_too_many_is_found_and_made_small() {
    is_found_and_small(Fault::Log, 8);
}

#[test]
fn a_wrong_slot_is_found_and_made_small() {
    is_found_and_small(Fault::RestoredSlot, 8);
}

#[test]
fn one_gas_too_much_is_found_and_made_small() {
    is_found_and_small(Fault::Gas, 4);
}

#[test]
fn a_panic_is_found_and_made_small() {
    is_found_and_small(Fault::Panic, 4);
}
