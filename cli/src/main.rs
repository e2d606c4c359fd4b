//! The `ophion` binary.

fn main() {}
