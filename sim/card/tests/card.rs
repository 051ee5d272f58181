//! The simulated card through the driver: identity, and one transaction from doorbell to completion.

use alloy_primitives::{Bytes, U256, keccak256};
use gasworks_abi::config::Config;
use gasworks_abi::env::ENV_WORDS;
use gasworks_abi::fork::Fork;
use gasworks_abi::regs::REGISTERS;
use gasworks_driver::{
    Device, Outcome, Question, Reply, StateSource, Submission, Transport as _, Unanswerable,
};
use gasworks_sim::{SimDevice, SimError, SimOptions, open};

/// The card, or nothing (said loudly) where there is no Verilator.
fn card(config: &Config) -> Option<SimDevice> {
    match open(config, &SimOptions::default(), &mut |text| {
        eprintln!("{text}")
    }) {
        Ok(card) => Some(card),
        Err(SimError::NoVerilator) => {
            eprintln!("skipped: no verilator (run `cargo xtask tools`)");
            None
        }
        Err(error) => panic!("{error:?}"),
    }
}

/// Every slot holds its own number plus one, and is cold.
struct Slots;
impl StateSource for Slots {
    fn answer(&mut self, question: &Question) -> Result<Reply, Unanswerable> {
        Ok(Reply::value(question.key + U256::from(1), false))
    }
}

fn submission(tag: u32, code: &[u8]) -> Submission {
    Submission {
        tag,
        incarnation: 0,
        fork: Fork::Prague,
        gas_limit: 100_000,
        environment: [U256::ZERO; ENV_WORDS],
        calldata: Bytes::new(),
        code: code.to_vec().into(),
        code_hash: keccak256(code),
        seeds: Vec::new(),
    }
}

#[test]
fn the_card_tells_its_sizes() {
    let Some(card) = card(&Config::SIM) else {
        return;
    };
    let found = card.capabilities();
    assert_eq!((found.lanes, found.harts), (1, 4));
    assert_eq!(found.memory_bytes, Config::SIM.memory_bytes());
    assert_ne!(found.build_hash, 0);
}

#[test]
fn a_transaction_runs_from_doorbell_to_completion() {
    let Some(mut card) = card(&Config::SIM) else {
        return;
    };
    // PUSH1 2, PUSH1 3, ADD, PUSH1 7, SLOAD, ADD, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN
    let code = [
        0x60, 2, 0x60, 3, 0x01, 0x60, 7, 0x54, 0x01, 0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xf3,
    ];
    card.submit(&submission(5, &code)).expect("submits");
    let ended = card.poll(&mut Slots).expect("polls");
    assert_eq!(ended.len(), 1);
    let execution = &ended[0];
    assert_eq!((execution.tag, execution.outcome), (5, Outcome::Return));
    assert_eq!(U256::from_be_slice(&execution.output), U256::from(13));
    // 9 operations of 3 gas, a cold SLOAD, one word of memory.
    assert_eq!(100_000 - execution.gas_left, 8 * 3 + 3 + 2100 + 3);
    assert_eq!(execution.instructions, 11);
}

#[test]
fn calldata_from_almost_two_to_the_256_is_zero() {
    let Some(mut card) = card(&Config::SIM) else {
        return;
    };
    // PUSH1 96, PUSH1 15, NOT, PUSH1 0, CALLDATACOPY, PUSH1 96, PUSH1 0, RETURN
    let code = [
        0x60, 96, 0x60, 15, 0x19, 0x60, 0, 0x37, 0x60, 96, 0x60, 0, 0xf3,
    ];
    let mut submission = submission(6, &code);
    submission.calldata = vec![0xee; 200].into();
    card.submit(&submission).expect("submits");
    let ended = card.poll(&mut Slots).expect("polls");
    assert_eq!(ended[0].output.as_ref(), [0; 96]);
}

#[test]
fn every_register_answers_and_nothing_is_between_them() {
    let Some(mut card) = card(&Config::SIM) else {
        return;
    };
    let transport = card.transport_mut();
    for offset in (0..0x400).step_by(4) {
        let value = transport.read_register(offset).expect("answers with OKAY");
        let known = REGISTERS.iter().find(|known| known.offset == offset);
        match known.map(|known| known.name) {
            None => assert_eq!(value, 0, "{offset:#x}"),
            Some("Id") => assert_eq!(value, 0x4741_5357),
            Some(_) => {}
        }
    }
}
