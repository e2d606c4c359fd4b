//! Development tasks: `cargo xtask tidy | test | conformance | bench`.

fn main() {}
