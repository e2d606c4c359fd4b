//! The key of the process's hashes: how `str`, `bytes` and their kin are hashed.

use sync::OnceLock;
use text::hash::HashKey;

/// The process's key. It is a global because hashes of shared strings are, and fixed by the first hash.
static PROCESS_KEY: OnceLock<HashKey> = OnceLock::new();

/// The key of this process: the one chosen by `choose`, or random.
#[inline]
#[must_use]
pub fn process_key() -> HashKey {
    *PROCESS_KEY.get_or_init(|| {
        let [k0, k1] = sync::random::hash_key();
        HashKey { k0, k1 }
    })
}

/// Chooses the process's key by a seed, before anything is hashed, for `PYTHONHASHSEED`; does nothing afterwards.
pub fn choose(seed: u32) {
    PROCESS_KEY.get_or_init(|| HashKey::from_seed(seed));
}
