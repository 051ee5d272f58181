//! Writes what the card reads: context blocks and ring entries.

use alloy_primitives::{Address, U256};
use bytemuck::Pod;
use gasworks_abi::record::StateEntry;
use gasworks_abi::ring::{Answer, ENTRY_BYTES, Request, SubmissionKind, TxDescriptor};

use crate::device::{Slot, Submission};
use crate::ring::Entry;
use crate::transport::Region;

/// The words of an entry.
#[must_use]
pub fn words_of<T: Pod>(entry: &T) -> Entry {
    const { assert!(size_of::<T>() == ENTRY_BYTES) }
    let mut words = [0; 8];
    for (word, chunk) in words
        .iter_mut()
        .zip(bytemuck::bytes_of(entry).chunks_exact(8))
    {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(chunk);
        *word = u64::from_le_bytes(bytes);
    }
    words
}

/// The low 20 bytes of a little-endian word.
#[must_use]
pub fn address(address: Address) -> [u8; 20] {
    let mut bytes = address.into_array();
    bytes.reverse();
    bytes
}

/// The context block: environment words, then seeds.
#[must_use]
pub fn context(submission: &Submission) -> Vec<u8> {
    let words = submission.environment.iter();
    let mut bytes: Vec<u8> = words.flat_map(U256::to_le_bytes::<32>).collect();
    for seed in &submission.seeds {
        bytes.extend_from_slice(bytemuck::bytes_of(&state_entry(seed)));
    }
    bytes
}

fn state_entry(slot: &Slot) -> StateEntry {
    StateEntry {
        key: slot.key.to_le_bytes(),
        value: slot.value.to_le_bytes(),
        original: slot.value.to_le_bytes(),
        address: address(slot.address),
        flags: if slot.warm { StateEntry::WARM } else { 0 },
        reserved: [0; 2],
    }
}

/// The descriptor of a transaction whose buffers are in the arena. `result` is the record of
/// `result_len` bytes and the payload buffer.
#[must_use]
pub fn descriptor(
    submission: &Submission,
    program: u32,
    (context, calldata): (&Region, &Region),
    (result, result_len): (&Region, u32),
) -> TxDescriptor {
    TxDescriptor {
        tag: submission.tag,
        incarnation: submission.incarnation,
        kind: SubmissionKind::Execute as u8,
        fork: submission.fork as u8,
        gas_limit: submission.gas_limit,
        context_iova: context.iova().0,
        calldata_iova: calldata.iova().0,
        result_iova: result.iova().0,
        calldata_len: submission.calldata.len() as u32,
        result_len,
        program,
        seed_count: submission.seeds.len() as u16,
        flags: 0,
        reserved: [0; 7],
        phase: 0,
    }
}

/// An answer to a request, with no value yet.
#[must_use]
pub fn answer(request: &Request) -> Answer {
    Answer {
        value: [0; 32],
        code_iova: 0,
        code_len: 0,
        tag: request.tag,
        hart: request.hart,
        kind: request.kind,
        sequence: request.sequence,
        flags: 0,
        reserved_low: 0,
        effects: 0,
        program: 0,
        reserved: [0; 3],
        phase: 0,
    }
}
