//! One line of uuencoded data; no unsafe. The errors are the messages of `binascii.Error`.

/// Encodes at most 45 bytes; zeros are spaces, or backticks if asked for.
pub fn encode(data: &[u8], backtick: bool) -> Result<Vec<u8>, &'static str> {
    if data.len() > 45 {
        return Err("At most 45 bytes at once");
    }
    let digit = |value: u8| if backtick && value == 0 { b'`' } else { value + b' ' };
    let mut out = vec![digit(data.len() as u8)];
    for chunk in data.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.extend((0..4).rev().map(|place| digit((bits >> (6 * place) & 63) as u8)));
    }
    out.push(b'\n');
    Ok(out)
}

/// Decodes a line; what it lacks counts as zeros.
pub fn decode(line: &[u8]) -> Result<Vec<u8>, &'static str> {
    let Some((&first, mut rest)) = line.split_first() else { return Err("Missing length byte") };
    let len = usize::from(first.wrapping_sub(b' ') & 63);
    let mut out = Vec::with_capacity(len);
    let (mut bits, mut count) = (0u32, 0);
    while out.len() < len {
        let value = match rest.split_first() {
            None => 0,
            Some((&b, after)) => {
                rest = after;
                match b {
                    // Mailers cut spaces at a line's end.
                    b'\n' | b'\r' => 0,
                    b' '..=b'`' => (b - b' ') & 63,
                    _ => return Err("Illegal char"),
                }
            }
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    let is_padding = |b: &u8| matches!(b, b' ' | b'`' | b'\n' | b'\r');
    if rest.iter().all(is_padding) { Ok(out) } else { Err("Trailing garbage") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        assert_eq!(encode(b"hello world", false), Ok(b"+:&5L;&\\@=V]R;&0 \n".to_vec()));
        assert_eq!(encode(b"hello world\0", true), Ok(b",:&5L;&\\@=V]R;&0`\n".to_vec()));
        assert_eq!(encode(&[0; 46], false), Err("At most 45 bytes at once"));
        for (line, expected) in [
            ("+:&5L;&\\@=V]R;&0 \n", Ok("hello world")),
            ("", Err("Missing length byte")),
            ("!", Ok("\0")),
            ("#86)Cx\n", Err("Trailing garbage")),
            ("#8\x016)C\n", Err("Illegal char")),
            ("$86)C\n", Ok("abc\0")),
            ("#86)C\r\n", Ok("abc")),
            ("#86)C  `", Ok("abc")),
            ("`\n", Ok("")),
            (" \n", Ok("")),
        ] {
            assert_eq!(decode(line.as_bytes()).as_deref(), expected.as_ref().map(|t| t.as_bytes()), "{line}");
        }
    }
}
