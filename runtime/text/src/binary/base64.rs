//! Base64 as `binascii` does it; no unsafe.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const VALUES: [u8; 256] = {
    let (mut values, mut i) = ([0xFF; 256], 0);
    while i < 64 {
        values[ALPHABET[i] as usize] = i as u8;
        i += 1;
    }
    values
};

pub fn encode(data: &[u8], newline: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(3) * 4 + 1);
    let digit = |bits: u32, place: u32| ALPHABET[(bits >> (6 * place) & 63) as usize];
    let (triples, rest) = data.as_chunks::<3>();
    for &[a, b, c] in triples {
        let bits = u32::from(a) << 16 | u32::from(b) << 8 | u32::from(c);
        out.extend([digit(bits, 3), digit(bits, 2), digit(bits, 1), digit(bits, 0)]);
    }
    match *rest {
        [a] => {
            let bits = u32::from(a) << 16;
            out.extend([digit(bits, 3), digit(bits, 2), b'=', b'=']);
        }
        [a, b] => {
            let bits = u32::from(a) << 16 | u32::from(b) << 8;
            out.extend([digit(bits, 3), digit(bits, 2), digit(bits, 1), b'=']);
        }
        _ => {}
    }
    if newline {
        out.push(b'\n');
    }
    out
}

/// Decodes; what is not base64 is passed over unless `strict`. The error is the message of `binascii.Error`.
pub fn decode(data: &[u8], strict: bool) -> Result<Vec<u8>, String> {
    if strict && data.first() == Some(&b'=') {
        return Err("Leading padding not allowed".into());
    }
    let mut out = Vec::with_capacity(data.len() / 4 * 3 + 3);
    let (mut bits, mut place, mut pads) = (0u32, 0, 0);
    for &b in data {
        let value = VALUES[b as usize];
        if b == b'=' {
            match place {
                0 if strict => return Err("Excess padding not allowed".into()),
                1 if strict => break,
                0 | 1 => {}
                _ => pads += 1,
            }
            if strict && place + pads > 4 {
                return Err("Excess padding not allowed".into());
            }
            continue;
        }
        if value == 0xFF {
            if strict {
                return Err("Only base64 data is allowed".into());
            }
            continue;
        }
        if strict && pads > 0 {
            let full = place + pads >= 4;
            return Err(if full { "Excess data after padding" } else { "Discontinuous padding not allowed" }.into());
        }
        pads = 0;
        bits = bits << 6 | u32::from(value);
        place += 1;
        if place > 1 {
            out.push((bits >> (2 * (4 - place))) as u8);
        }
        if place == 4 {
            (bits, place) = (0, 0);
        }
    }
    match place {
        0 => Ok(out),
        1 => Err(format!(
            "Invalid base64-encoded string: number of data characters ({}) cannot be 1 more than a multiple of 4",
            out.len() / 3 * 4 + 1
        )),
        _ if place + pads >= 4 => Ok(out),
        _ => Err("Incorrect padding".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        assert_eq!(encode(b"abcd", true), b"YWJjZA==\n");
        assert_eq!(encode(b"", false), b"");
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all, true), false), Ok(all));
        let one = "Invalid base64-encoded string: number of data characters (1) cannot be 1 more than a multiple of 4";
        for (text, loose, strict) in [
            ("YWJ", Err("Incorrect padding"), Err("Incorrect padding")),
            ("Y", Err(one), Err(one)),
            ("YWJj=", Ok("abc"), Err("Excess padding not allowed")),
            ("=YWJj", Ok("abc"), Err("Leading padding not allowed")),
            ("YW==", Ok("a"), Ok("a")),
            ("YW=c", Err("Incorrect padding"), Err("Discontinuous padding not allowed")),
            ("YW==c", Err("Incorrect padding"), Err("Excess data after padding")),
            ("Y=WJj", Ok("abc"), Err(one)),
            ("Y===", Err(one), Err(one)),
            ("YW\nJj", Ok("abc"), Err("Only base64 data is allowed")),
            ("YW===", Ok("a"), Err("Excess padding not allowed")),
            ("AB=\n=", Ok("\0"), Err("Only base64 data is allowed")),
            ("YWI=YWI=", Err("Incorrect padding"), Err("Excess data after padding")),
            ("A=BC", Err("Incorrect padding"), Err(one)),
            ("====", Ok(""), Err("Leading padding not allowed")),
        ] {
            assert_eq!(
                decode(text.as_bytes(), false).as_deref().map_err(String::as_str),
                loose.map(str::as_bytes),
                "{text}"
            );
            assert_eq!(
                decode(text.as_bytes(), true).as_deref().map_err(String::as_str),
                strict.map(str::as_bytes),
                "{text}"
            );
        }
    }
}
