//! Mathematical functions that the standard library lacks, as the `math` module gives them; no unsafe.

pub mod combinatorics;
pub mod elementary;
pub mod sums;
