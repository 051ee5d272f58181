//! Cases of the corpus.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gasworks_fuzz::parsers::case(bytes));
