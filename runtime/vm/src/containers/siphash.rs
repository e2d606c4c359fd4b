//! SipHash-1-3 and the key of a process: how `str`, `bytes` and their kin are hashed.

use sync::OnceLock;

/// The process's key. It is a global because hashes of shared strings are, and fixed by the first hash.
static PROCESS_KEY: OnceLock<HashKey> = OnceLock::new();

/// The key of the process's hashes. It is chosen once, from randomness or from `PYTHONHASHSEED`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashKey {
    k0: u64,
    k1: u64,
}

impl HashKey {
    /// The key of this process: the one chosen by `choose`, or random.
    #[inline]
    #[must_use]
    pub fn of_process() -> &'static HashKey {
        PROCESS_KEY.get_or_init(|| {
            let [k0, k1] = sync::random::hash_key();
            Self { k0, k1 }
        })
    }

    /// Chooses the process's key before anything is hashed, for `PYTHONHASHSEED`; false if it was fixed already.
    pub fn choose(seed: u32) -> bool {
        let key = Self::from_seed(seed);
        *PROCESS_KEY.get_or_init(|| key) == key
    }

    /// A key of sixteen random bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        let half = |range: std::ops::Range<usize>| bytes[range].iter().rev().fold(0, |word, &b| word << 8 | u64::from(b));
        Self { k0: half(0..8), k1: half(8..16) }
    }

    /// The key that a seed of `PYTHONHASHSEED` means: zero for 0, otherwise what the linear congruential generator of the
    /// C libraries gives.
    #[must_use]
    pub fn from_seed(seed: u32) -> Self {
        let mut bytes = [0; 16];
        let mut state = seed;
        if seed != 0 {
            for byte in &mut bytes {
                state = state.wrapping_mul(214_013).wrapping_add(2_531_011);
                *byte = (state >> 16) as u8;
            }
        }
        Self::from_bytes(bytes)
    }

    /// Python's hash of these bytes: 0 for none, never -1.
    #[must_use]
    pub fn hash(&self, bytes: &[u8]) -> u64 {
        if bytes.is_empty() {
            return 0;
        }
        match siphash13(self.k0, self.k1, bytes) {
            u64::MAX => u64::MAX - 1,
            hash => hash,
        }
    }
}

struct State {
    v0: u64,
    v1: u64,
    v2: u64,
    v3: u64,
}

impl State {
    #[inline(always)]
    fn round(&mut self) {
        self.v0 = self.v0.wrapping_add(self.v1);
        self.v2 = self.v2.wrapping_add(self.v3);
        self.v1 = self.v1.rotate_left(13) ^ self.v0;
        self.v3 = self.v3.rotate_left(16) ^ self.v2;
        self.v0 = self.v0.rotate_left(32);
        self.v2 = self.v2.wrapping_add(self.v1);
        self.v0 = self.v0.wrapping_add(self.v3);
        self.v1 = self.v1.rotate_left(17) ^ self.v2;
        self.v3 = self.v3.rotate_left(21) ^ self.v0;
        self.v2 = self.v2.rotate_left(32);
    }

    #[inline(always)]
    fn absorb(&mut self, word: u64) {
        self.v3 ^= word;
        self.round();
        self.v0 ^= word;
    }
}

/// SipHash with one round a word and three at the end.
#[must_use]
pub fn siphash13(k0: u64, k1: u64, bytes: &[u8]) -> u64 {
    let mut state = State {
        v0: k0 ^ 0x736f_6d65_7073_6575,
        v1: k1 ^ 0x646f_7261_6e64_6f6d,
        v2: k0 ^ 0x6c79_6765_6e65_7261,
        v3: k1 ^ 0x7465_6462_7974_6573,
    };
    let (words, tail) = bytes.as_chunks::<8>();
    for word in words {
        state.absorb(u64::from_le_bytes(*word));
    }
    let rest = tail.iter().rev().fold(0, |word, &b| word << 8 | u64::from(b));
    state.absorb(rest | (bytes.len() as u64) << 56);
    state.v2 ^= 0xff;
    state.round();
    state.round();
    state.round();
    state.v0 ^ state.v1 ^ state.v2 ^ state.v3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_as_cpython_does_with_seed_zero() {
        // PYTHONHASHSEED=0: hash("abc"), hash("spam and eggs").
        let key = HashKey::from_seed(0);
        assert_eq!(key.hash(b"abc") as i64, -4594863902769663758);
        assert_eq!(key.hash(b"spam and eggs") as i64, -1835052400639646948);
        assert_eq!(HashKey::from_seed(42).hash(b"abc") as i64, 3869580338025362921);
        assert_eq!(key.hash(b""), 0);
    }
}
