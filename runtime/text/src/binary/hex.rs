//! Hexadecimal digits of bytes; no unsafe.

/// Two digits a byte, with a separator between groups: of so many bytes counted from the right, or from the left if the
/// number is negative.
pub fn encode(data: &[u8], separator: Option<u8>, group: isize) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let size = group.unsigned_abs();
    let mut out = Vec::with_capacity(data.len() * 2);
    for (index, &b) in data.iter().enumerate() {
        let distance = if group > 0 { data.len() - index } else { index };
        if let Some(separator) = separator.filter(|_| size > 0 && index > 0 && distance % size == 0) {
            out.push(separator);
        }
        out.extend([DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]);
    }
    out
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HexError {
    OddLength,
    /// The index of what is no digit.
    NotDigit(usize),
}

fn digit(b: u8) -> Option<u8> {
    (b as char).to_digit(16).map(|d| d as u8)
}

/// `binascii.unhexlify`: digits only.
pub fn decode(text: &[u8]) -> Result<Vec<u8>, HexError> {
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(HexError::OddLength);
    }
    let byte = |(index, &[high, low]): (usize, &[u8; 2])| {
        let high = digit(high).ok_or(HexError::NotDigit(index * 2))?;
        Ok(high << 4 | digit(low).ok_or(HexError::NotDigit(index * 2 + 1))?)
    };
    pairs.iter().enumerate().map(byte).collect()
}

/// `bytes.fromhex`: white space may stand between bytes. The characters past ASCII may be given as any byte that is no
/// digit. An odd number of digits gives [`HexError::OddLength`].
pub fn decode_spaced(text: &[u8]) -> Result<Vec<u8>, HexError> {
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut at = 0;
    while at < text.len() {
        if matches!(text[at], 9..=13 | 32) {
            at += 1;
            continue;
        }
        let high = digit(text[at]).ok_or(HexError::NotDigit(at))?;
        let Some(&next) = text.get(at + 1) else { return Err(HexError::OddLength) };
        out.push(high << 4 | digit(next).ok_or(HexError::NotDigit(at + 1))?);
        at += 2;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        assert_eq!(encode(b"abcdefg", Some(b'-'), 2), b"61-6263-6465-6667");
        assert_eq!(encode(b"abcdefg", Some(b'-'), -2), b"6162-6364-6566-67");
        assert_eq!(encode(b"abc", Some(b'-'), 0), b"616263");
        assert_eq!(decode(b"61fF"), Ok(vec![0x61, 0xFF]));
        assert_eq!(decode(b"616"), Err(HexError::OddLength));
        assert_eq!(decode(b"6g"), Err(HexError::NotDigit(1)));
        assert_eq!(decode_spaced(b" 61 62\n"), Ok(b"ab".to_vec()));
        assert_eq!(decode_spaced(b"6 1"), Err(HexError::NotDigit(1)));
    }
}
