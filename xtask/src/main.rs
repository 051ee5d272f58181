//! Everything that is not cargo build: tools, demo, tests, generated files.

fn main() {}
