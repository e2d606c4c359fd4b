//! Digests of any length.

use sha3::digest::{ExtendableOutput, XofReader};

/// The first `length` bytes that the function gives.
pub fn read(state: impl ExtendableOutput, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    state.finalize_xof().read(&mut bytes);
    bytes
}
