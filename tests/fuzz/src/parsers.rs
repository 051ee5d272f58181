//! What the cargo-fuzz targets do with bytes, for every parser of data from outside: nothing that
//! comes from outside may make it panic, and what it accepts means the same when it is written again.

use bytemuck::Pod;
use gasworks::Bundle;
use gasworks::env::BlockInput;
use gasworks::fork::ForkChoice;
use gasworks_abi::fork::Fork;
use gasworks_abi::record::LogHeader;
use gasworks_abi::ring::{Completion, Request};
use gasworks_driver::{Device, decode};
use gasworks_translate::{Level, Target, disassemble, translate};

use crate::case::Case;
use crate::{Choices, generate, run};

/// Seeds of a submission, at most.
const SEEDS: usize = 512;
/// Bytes of a device's memory.
const MEMORY: u32 = 1 << 18;

/// A block bundle.
///
/// # Panics
/// When a bundle that parses does not when it is written again.
pub fn bundle(text: &[u8]) {
    let Ok(bundle) = Bundle::from_slice("text", text) else {
        return;
    };
    let spec = ForkChoice::Auto.spec(&bundle.block);
    // An error is as good as an input.
    let _ = BlockInput::new(&bundle, spec, usize::MAX);
    let written = bundle.to_json();
    let again = Bundle::from_slice("written", written.as_bytes());
    let again = again.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again.to_json(), written);
}

/// A case of the corpus.
///
/// # Panics
/// When a case that parses does not when it is written again.
pub fn case(text: &[u8]) {
    let Ok(case) = std::str::from_utf8(text).map(Case::from_json) else {
        return;
    };
    if let Ok(case) = case {
        let again = Case::from_json(&case.to_json());
        assert_eq!(again.unwrap_or_else(|error| panic!("{error}")), case);
    }
}

/// Bytecode: the first byte chooses the fork and whether the card knows calls.
///
/// # Panics
/// When code of any length that fits does not translate.
pub fn code(bytes: &[u8]) {
    let Some((first, code)) = bytes.split_first() else {
        return;
    };
    let fork = Fork::ALL[usize::from(first & 0x7f) % Fork::ALL.len()];
    let target = Target {
        calls: first & 0x80 == 0,
        ..Target::from(fork)
    };
    let program = translate(code, target, Level::Zero).unwrap_or_else(|error| panic!("{error}"));
    let text = disassemble(&program).to_string();
    assert_eq!(text.lines().count(), program.micro_ops().len());
}

/// What a card writes: a completion with its record, or a request with its payload.
pub fn rings(bytes: &[u8]) {
    if let Some((completion, record)) = entry::<Completion>(bytes)
        && let Ok(outcome) = decode::outcome(&completion)
    {
        // As the driver does: it reads no more than there is.
        let len = decode::record_len(&completion, outcome).min(record.len() as u64) as usize;
        let _ = decode::execution(&completion, outcome, &record[..len], SEEDS);
    }
    if let Some((request, payload)) = entry::<Request>(bytes)
        && let Ok(question) = decode::question(&request)
        && let Some((head, _)) = entry::<LogHeader>(payload)
    {
        let room = payload.len() as u64;
        if let Ok(len) = decode::payload_len(&head, &question, MEMORY, room) {
            let _ = decode::payload(&head, &payload[..len as usize]);
        }
    }
}

/// The first bytes as an entry, and the rest.
fn entry<T: Pod>(bytes: &[u8]) -> Option<(T, &[u8])> {
    let (first, rest) = bytes.split_at_checked(size_of::<T>())?;
    Some((bytemuck::pod_read_unaligned(first), rest))
}

/// Decisions of the generator: the case that they make equals revm on a device.
///
/// # Panics
/// When it does not.
pub fn block(bytes: &[u8], device: &mut dyn Device) {
    let case = generate::case(&mut Choices::bytes(bytes));
    let ran = run(&case, Some(device));
    assert!(!ran.is_fault(), "{:#?}\n{}", ran.faults, case.to_json());
}
