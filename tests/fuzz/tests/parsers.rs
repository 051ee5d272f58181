//! What the cargo-fuzz targets do, on damaged inputs that come from the corpus.

use std::fs;
use std::path::Path;

use gasworks_abi::config::Config;
use gasworks_driver::Level;
use gasworks_fuzz::{Case, Choices, block, parsers};
use gasworks_iss::IssDevice;

/// Damaged copies of each input.
const COPIES: u64 = 200;

/// The smaller cases of the corpus.
fn cases() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let files = fs::read_dir(folder).expect("the corpus is there");
    let mut paths: Vec<_> = files
        .map(|file| file.expect("is readable").path())
        .collect();
    paths.sort_unstable();
    let texts = paths
        .iter()
        .map(|path| fs::read_to_string(path).expect("is readable"));
    texts.collect()
}

/// A copy with some bytes changed, dropped or doubled.
fn damaged(bytes: &[u8], choices: &mut Choices<'_>) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..choices.range(1, 4) {
        let at = choices.below(bytes.len() as u64) as usize;
        match choices.below(4) {
            0 => bytes[at] = choices.byte(),
            1 => bytes[at] = choices.pick(b"0123456789abcdef\"{}[],:x"),
            2 => drop(bytes.remove(at)),
            _ => bytes.insert(at, bytes[at]),
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

#[test]
fn damaged_bundles_are_refused_or_mean_what_they_say() {
    let mut choices = Choices::seeded(1);
    for text in cases().iter().take(3) {
        let case = Case::from_json(text).expect("parses");
        let bundle = block::sealed(&case).expect("runs").to_json();
        parsers::bundle(bundle.as_bytes());
        for _ in 0..COPIES {
            parsers::bundle(&damaged(bundle.as_bytes(), &mut choices));
        }
    }
}

#[test]
fn damaged_cases_are_refused_or_mean_what_they_say() {
    let mut choices = Choices::seeded(2);
    for text in cases() {
        parsers::case(text.as_bytes());
        for _ in 0..COPIES {
            parsers::case(&damaged(text.as_bytes(), &mut choices));
        }
    }
}

#[test]
fn any_code_translates_and_disassembles() {
    let mut choices = Choices::seeded(3);
    for text in cases() {
        let case = Case::from_json(&text).expect("parses");
        for account in case.accounts.values() {
            let code = [&[choices.byte()], &account.code.bytes()[..]].concat();
            parsers::code(&code);
            for _ in 0..20 {
                parsers::code(&damaged(&code, &mut choices));
            }
        }
    }
    for len in 0..400 {
        parsers::code(&choices.take(len));
    }
}

#[test]
fn no_completion_and_no_request_breaks_the_driver() {
    let mut choices = Choices::seeded(4);
    for _ in 0..20_000 {
        let len = choices.range(0, 512);
        let mut bytes = choices.take(len);
        // Small numbers, so that lengths and counts are sometimes right.
        for byte in &mut bytes {
            if choices.one_in(2) {
                *byte = 0;
            } else if choices.one_in(2) {
                *byte &= 7;
            }
        }
        parsers::rings(&bytes);
    }
}

#[test]
fn any_decisions_make_a_block_that_equals_revm() {
    let mut device = IssDevice::new(Config::SIM, Level::Zero);
    let mut choices = Choices::seeded(5);
    for _ in 0..100 {
        let len = choices.below(6_000);
        parsers::block(&choices.take(len), &mut device);
    }
}
