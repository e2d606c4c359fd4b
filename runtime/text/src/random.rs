//! The Mersenne Twister MT19937, as `random.Random` runs it; no unsafe.

use crate::ints::Int;
use num_bigint::{BigInt, BigUint};

const SIZE: usize = 624;
const MIDDLE: usize = 397;

/// A generator: 624 words of state and the index of the next one to use.
#[derive(Clone)]
pub struct MersenneTwister {
    state: [u32; SIZE],
    index: usize,
}

impl MersenneTwister {
    /// The generator that a key of words gives.
    pub fn from_key(key: &[u32]) -> Self {
        let mut state = Self::from_word(19_650_218).state;
        let previous = |state: &[u32; SIZE], i: usize| state[i - 1] ^ state[i - 1] >> 30;
        let (mut i, mut j) = (1, 0);
        let wrap = |state: &mut [u32; SIZE], i: usize| {
            if i < SIZE {
                return i;
            }
            state[0] = state[SIZE - 1];
            1
        };
        for _ in 0..SIZE.max(key.len()) {
            let mixed = state[i] ^ previous(&state, i).wrapping_mul(1_664_525);
            state[i] = mixed.wrapping_add(key.get(j).copied().unwrap_or(0)).wrapping_add(j as u32);
            i = wrap(&mut state, i + 1);
            j = if j + 1 >= key.len() { 0 } else { j + 1 };
        }
        for _ in 1..SIZE {
            state[i] = (state[i] ^ previous(&state, i).wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            i = wrap(&mut state, i + 1);
        }
        state[0] = 0x8000_0000;
        MersenneTwister { state, index: SIZE }
    }

    fn from_word(seed: u32) -> Self {
        let mut state = [seed; SIZE];
        for i in 1..SIZE {
            let before = state[i - 1];
            state[i] = (before ^ before >> 30).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        MersenneTwister { state, index: SIZE }
    }

    /// The generator of `random.Random(seed)` for an integer, whose sign does not count.
    pub fn from_int(seed: &BigInt) -> Self {
        let words = seed.magnitude().to_u32_digits();
        Self::from_key(if words.is_empty() { &[0] } else { &words })
    }

    /// As [`Self::from_int`] for a small integer.
    pub fn from_u64(seed: u64) -> Self {
        let words = [seed as u32, (seed >> 32) as u32];
        Self::from_key(if words[1] == 0 { &words[..1] } else { &words })
    }

    /// The 624 words and the index, as `getstate` gives them.
    pub fn state(&self) -> (&[u32; SIZE], usize) {
        (&self.state, self.index)
    }

    /// A generator from what [`Self::state`] gave; `None` if the index is past the end (`ValueError: invalid state`).
    pub fn from_state(state: [u32; SIZE], index: usize) -> Option<Self> {
        (index <= SIZE).then_some(MersenneTwister { state, index })
    }

    fn refill(&mut self) {
        let twist = |a: u32, b: u32| {
            let joined = a & 0x8000_0000 | b & 0x7FFF_FFFF;
            joined >> 1 ^ if b & 1 == 1 { 0x9908_B0DF } else { 0 }
        };
        for i in 0..SIZE {
            self.state[i] = self.state[(i + MIDDLE) % SIZE] ^ twist(self.state[i], self.state[(i + 1) % SIZE]);
        }
        self.index = 0;
    }

    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        if self.index >= SIZE {
            self.refill();
        }
        let mut word = self.state[self.index];
        self.index += 1;
        word ^= word >> 11;
        word ^= word << 7 & 0x9D2C_5680;
        word ^= word << 15 & 0xEFC6_0000;
        word ^ word >> 18
    }

    /// A float in [0, 1) with 53 random bits.
    #[inline]
    pub fn random(&mut self) -> f64 {
        let (high, low) = (self.next_u32() >> 5, self.next_u32() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }

    /// An integer of so many random bits.
    pub fn getrandbits(&mut self, bits: usize) -> Int {
        if bits == 0 {
            return Int::Small(0);
        }
        if bits <= 32 {
            return Int::Small((self.next_u32() >> (32 - bits)).into());
        }
        let words = bits.div_ceil(32);
        let mut digits: Vec<u32> = (0..words).map(|_| self.next_u32()).collect();
        if !bits.is_multiple_of(32) {
            digits[words - 1] >>= 32 - bits % 32;
        }
        Int::Big(BigUint::new(digits).into()).normalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences() {
        let mut r = MersenneTwister::from_u64(42);
        assert_eq!([r.next_u32(), r.next_u32(), r.next_u32()], [2746317213, 478163327, 107420369]);
        assert_eq!(r.random(), 0.7415504997598329);
        assert_eq!(
            r.getrandbits(100),
            Int::Big(BigInt::parse_bytes(b"882565121070403957190206503824", 10).expect("digits"))
        );
        assert_eq!(r.getrandbits(5), Int::Small(3));
        let big = (BigInt::from(1) << 70u32) + 5;
        assert_eq!(MersenneTwister::from_int(&big).next_u32(), 2004888747);
        assert_eq!(MersenneTwister::from_int(&-big).next_u32(), 2004888747);
        let mut zero = MersenneTwister::from_u64(0);
        assert_eq!([zero.next_u32(), zero.next_u32()], [3626764237, 1654615998]);
        let (state, index) = zero.state();
        assert_eq!(index, 2);
        let mut copy = MersenneTwister::from_state(*state, index).expect("a good index");
        assert_eq!(copy.next_u32(), 3255389356);
    }
}
