//! Randomness for hash keys, from the operating system by way of the standard library's own hash keys.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// A fresh unpredictable word.
pub fn seed() -> u64 {
    // The keys come from the system; an empty message under a secret SipHash key cannot be told from a random word.
    RandomState::new().hash_one(())
}

/// A fresh key for SipHash.
pub fn hash_key() -> [u64; 2] {
    [seed(), seed()]
}
