//! Files of state tests.
#![no_main]

// The parser is a part of the command line tool, which is no library.
#[allow(dead_code)]
#[path = "../../../../host/cli/src/statetest/suite.rs"]
mod suite;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(suite) = suite::Suite::of_text("bytes".as_ref(), bytes.to_vec()) else {
        return;
    };
    for case in suite.cases(None) {
        let _ = (case.state(), case.input());
    }
});
