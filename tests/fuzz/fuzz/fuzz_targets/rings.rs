//! What a card writes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gasworks_fuzz::parsers::rings(bytes));
