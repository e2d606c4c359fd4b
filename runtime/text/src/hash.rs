//! The hashes of CPython: keyed SipHash-1-3 of text, and those of numbers, tuples and frozensets; no unsafe.
//!
//! Equal numbers of all types hash alike because each hash is the value modulo the prime 2**61 - 1.

use crate::units::Units;
use num_bigint::{BigInt, Sign};

/// The modulus of the hashes of numbers.
pub const MODULUS: u64 = (1 << 61) - 1;

/// The hash of infinity; that of its negative is `-INFINITY`.
pub const INFINITY: i64 = 314_159;

/// What the hash of an imaginary part is multiplied by.
pub const IMAGINARY: u64 = 1_000_003;

/// -1 stands for an error in C, so no hash has that value.
#[inline]
pub fn avoid_minus_one(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

/// The key of the hashes of text, one for a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashKey {
    pub k0: u64,
    pub k1: u64,
}

impl HashKey {
    /// The key that `PYTHONHASHSEED=seed` gives; seed 0 gives the zero key.
    pub fn from_seed(seed: u32) -> Self {
        if seed == 0 {
            return HashKey { k0: 0, k1: 0 };
        }
        let (mut state, mut bytes) = (seed, [0u8; 16]);
        for byte in &mut bytes {
            state = state.wrapping_mul(214_013).wrapping_add(2_531_011);
            *byte = (state >> 16) as u8;
        }
        Self::from_bytes(bytes)
    }

    /// A key from random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        let all = u128::from_le_bytes(bytes);
        HashKey { k0: all as u64, k1: (all >> 64) as u64 }
    }

    /// The hash of `bytes`, and of a string given by the bytes of its units in the narrowest width.
    pub fn bytes(self, bytes: &[u8]) -> i64 {
        if bytes.is_empty() { 0 } else { avoid_minus_one(siphash13(self, bytes) as i64) }
    }

    /// The hash of a string, which is the same in whatever width it comes.
    pub fn text(self, text: Units<'_>) -> i64 {
        if text.needed_width() == text.width() {
            self.bytes(text.as_bytes())
        } else {
            self.bytes(text.to_canonical().as_units().as_bytes())
        }
    }
}

struct Sip {
    v: [u64; 4],
}

impl Sip {
    #[inline(always)]
    fn round(&mut self) {
        let [v0, v1, v2, v3] = &mut self.v;
        *v0 = v0.wrapping_add(*v1);
        *v2 = v2.wrapping_add(*v3);
        *v1 = v1.rotate_left(13) ^ *v0;
        *v3 = v3.rotate_left(16) ^ *v2;
        *v0 = v0.rotate_left(32);
        *v2 = v2.wrapping_add(*v1);
        *v0 = v0.wrapping_add(*v3);
        *v1 = v1.rotate_left(17) ^ *v2;
        *v3 = v3.rotate_left(21) ^ *v0;
        *v2 = v2.rotate_left(32);
    }

    #[inline(always)]
    fn absorb(&mut self, word: u64) {
        self.v[3] ^= word;
        self.round();
        self.v[0] ^= word;
    }
}

/// SipHash with one round a word and three at the end.
pub fn siphash13(key: HashKey, bytes: &[u8]) -> u64 {
    let mut sip = Sip {
        v: [
            key.k0 ^ 0x736f_6d65_7073_6575,
            key.k1 ^ 0x646f_7261_6e64_6f6d,
            key.k0 ^ 0x6c79_6765_6e65_7261,
            key.k1 ^ 0x7465_6462_7974_6573,
        ],
    };
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        sip.absorb(u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    last[7] = bytes.len() as u8;
    sip.absorb(u64::from_le_bytes(last));
    sip.v[2] ^= 0xFF;
    sip.round();
    sip.round();
    sip.round();
    sip.v[0] ^ sip.v[1] ^ sip.v[2] ^ sip.v[3]
}

#[inline]
pub fn int(value: i64) -> i64 {
    let magnitude = value.unsigned_abs();
    let reduced = if magnitude < MODULUS { magnitude } else { magnitude % MODULUS };
    signed(reduced, value < 0)
}

pub fn big_int(value: &BigInt) -> i64 {
    // 2**64 is 8 modulo 2**61 - 1.
    let fold = |hash: u64, word: u64| ((u128::from(hash) << 3) + u128::from(word)) % u128::from(MODULUS);
    let hash = value.magnitude().iter_u64_digits().rev().fold(0, |hash, word| fold(hash, word) as u64);
    signed(hash, value.sign() == Sign::Minus)
}

fn signed(hash: u64, negative: bool) -> i64 {
    let hash = hash as i64;
    avoid_minus_one(if negative { -hash } else { hash })
}

/// The hash of a float; `None` for nan, which hashes by the identity of its object.
pub fn float(value: f64) -> Option<i64> {
    if value.is_nan() {
        return None;
    }
    if value.is_infinite() {
        return Some(if value > 0.0 { INFINITY } else { -INFINITY });
    }
    let (mantissa, exponent, negative) = crate::floats::decompose(value);
    // Multiplying by two is a rotation of 61 bits.
    let turn = exponent.rem_euclid(61) as u32;
    let rotated = if turn == 0 { mantissa } else { (mantissa << turn & MODULUS) | mantissa >> (61 - turn) };
    Some(signed(if rotated == MODULUS { 0 } else { rotated }, negative))
}

/// The hash of a complex number from those of its parts.
pub fn complex(real: i64, imaginary: i64) -> i64 {
    avoid_minus_one((real as u64).wrapping_add(IMAGINARY.wrapping_mul(imaginary as u64)) as i64)
}

/// Gathers the hashes of a tuple's items, after xxHash.
#[derive(Clone, Copy, Debug)]
pub struct TupleHasher {
    state: u64,
    count: u64,
}

const PRIME_1: u64 = 11_400_714_785_074_694_791;
const PRIME_2: u64 = 14_029_467_366_897_019_727;
const PRIME_5: u64 = 2_870_177_450_012_600_261;

impl Default for TupleHasher {
    fn default() -> Self {
        TupleHasher { state: PRIME_5, count: 0 }
    }
}

impl TupleHasher {
    #[inline]
    pub fn add(&mut self, hash: i64) {
        let mixed = self.state.wrapping_add((hash as u64).wrapping_mul(PRIME_2));
        self.state = mixed.rotate_left(31).wrapping_mul(PRIME_1);
        self.count += 1;
    }

    #[inline]
    pub fn finish(self) -> i64 {
        let hash = self.state.wrapping_add(self.count ^ (PRIME_5 ^ 3_527_539));
        if hash == u64::MAX { 1_546_275_796 } else { hash as i64 }
    }
}

/// Gathers the hashes of a frozenset's elements, in any order.
#[derive(Clone, Copy, Debug, Default)]
pub struct SetHasher {
    state: u64,
    count: u64,
}

impl SetHasher {
    #[inline]
    pub fn add(&mut self, hash: i64) {
        let hash = hash as u64;
        self.state ^= (hash ^ 89_869_747 ^ hash << 16).wrapping_mul(3_644_798_167);
        self.count += 1;
    }

    pub fn finish(self) -> i64 {
        let mut hash = self.state ^ (self.count + 1).wrapping_mul(1_927_868_237);
        hash ^= (hash >> 11) ^ (hash >> 25);
        hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
        if hash == u64::MAX { 590_923_713 } else { hash as i64 }
    }
}

/// The hash of an address: its low bits say little and go to the top.
pub fn pointer(address: usize) -> i64 {
    avoid_minus_one((address as u64).rotate_right(4) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text() {
        let zero = HashKey::from_seed(0);
        assert_eq!((zero.bytes(b"a"), zero.bytes(b"")), (4644417185603328019, 0));
        let key = HashKey::from_seed(123);
        assert_eq!(key.bytes(b"hello world"), 3245638059223526914);
        assert_eq!(key.text(Units::Four(&[0x20AC, 0x61])), 6909011051329649665);
        assert_eq!(key.text(Units::Two(&[0x61])), key.bytes(b"a"));
    }

    #[test]
    fn numbers() {
        assert_eq!((int(-1), int(i64::MIN), int(MODULUS as i64), int(5)), (-2, -4, 0, 5));
        assert_eq!(big_int(&BigInt::from(10).pow(50)), 619332571178673746);
        assert_eq!(big_int(&-BigInt::from(10).pow(50)), -619332571178673746);
        assert_eq!(big_int(&(BigInt::from(1) << 61u32)), 1);
        assert_eq!(
            (float(0.5), float(-1.0), float(1e300), float(5e-324)),
            (Some(1152921504606846976), Some(-2), Some(1224995262755759164), Some(16777216))
        );
        assert_eq!((float(f64::NEG_INFINITY), float(f64::NAN), float(-0.0)), (Some(-314159), None, Some(0)));
        assert_eq!(complex(1, 2), 2000007);
    }

    #[test]
    fn collections() {
        let mut tuple = TupleHasher::default();
        assert_eq!(tuple.finish(), 5740354900026072187);
        for h in [1, 2, 3] {
            tuple.add(h)
        }
        assert_eq!(tuple.finish(), 529344067295497451);
        let mut set = SetHasher::default();
        assert_eq!(set.finish(), 133146708735736);
        for h in [1, 2, 3] {
            set.add(h)
        }
        assert_eq!(set.finish(), -272375401224217160);
    }
}
