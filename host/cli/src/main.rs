//! The command line tool gasworks.

fn main() {}
