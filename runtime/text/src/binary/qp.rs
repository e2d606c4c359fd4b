//! Quoted-printable text; no unsafe.

const LONGEST_LINE: usize = 76;

/// Decodes; in headers an underscore is a space.
pub fn decode(data: &[u8], header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut at = 0;
    let digit = |i: usize| data.get(i).and_then(|&b| (b as char).to_digit(16));
    while let Some(&b) = data.get(at) {
        at += 1;
        if b != b'=' {
            out.push(if header && b == b'_' { b' ' } else { b });
            continue;
        }
        match (data.get(at), digit(at), digit(at + 1)) {
            (None, ..) => {}
            // A soft line break: all up to the line's end goes.
            (Some(b'\n' | b'\r'), ..) => {
                let line_end = memchr::memchr(b'\n', &data[at..]);
                at = line_end.map_or(data.len(), |n| at + n + 1);
            }
            (Some(b'='), ..) => {
                out.push(b'=');
                at += 1;
            }
            (_, Some(high), Some(low)) => {
                out.push((high << 4 | low) as u8);
                at += 2;
            }
            _ => out.push(b'='),
        }
    }
    out
}

/// What [`encode`] may leave as it is.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Quote tabs and spaces everywhere, not only at the ends of lines.
    pub quote_tabs: bool,
    /// Line ends are line ends, not data.
    pub is_text: bool,
    /// Spaces become underscores.
    pub header: bool,
}

pub fn encode(data: &[u8], options: Options) -> Vec<u8> {
    let newline = memchr::memchr(b'\n', data);
    let is_crlf = newline.is_some_and(|i| i > 0 && data[i - 1] == b'\r');
    let line_end: &[u8] = if is_crlf { b"\r\n" } else { b"\n" };
    let mut out = Vec::with_capacity(data.len());
    let (mut column, mut at) = (0, 0);
    while at < data.len() {
        let b = data[at];
        if needs_quoting(data, at, column, options) {
            if column + 3 >= LONGEST_LINE {
                out.push(b'=');
                out.extend_from_slice(line_end);
                column = 0;
            }
            push_quoted(&mut out, b);
            column += 3;
            at += 1;
            continue;
        }
        if options.is_text && (b == b'\n' || b == b'\r' && data.get(at + 1) == Some(&b'\n')) {
            // White space before a line's end is data: it must not be lost on the way.
            if let Some(&space @ (b' ' | b'\t')) = out.last() {
                out.pop();
                push_quoted(&mut out, space);
            }
            out.extend_from_slice(line_end);
            column = 0;
            at += if b == b'\r' { 2 } else { 1 };
            continue;
        }
        let ends_line = data.get(at + 1).is_none_or(|&next| next == b'\n');
        if !ends_line && column + 1 >= LONGEST_LINE {
            out.push(b'=');
            out.extend_from_slice(line_end);
            column = 0;
        }
        column += 1;
        out.push(if options.header && b == b' ' { b'_' } else { b });
        at += 1;
    }
    out
}

fn needs_quoting(data: &[u8], at: usize, column: usize, options: Options) -> bool {
    let next = data.get(at + 1);
    match data[at] {
        b'=' => true,
        b'_' => options.header,
        // A point alone on its line would end a message.
        b'.' => column == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0)),
        b'\n' => !options.is_text,
        b'\r' => !options.is_text,
        b'\t' | b' ' => options.quote_tabs || next.is_none(),
        b => !(33..=126).contains(&b),
    }
}

fn push_quoted(out: &mut Vec<u8>, b: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend([b'=', DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding() {
        for (data, expected) in [
            ("a=20b=\n", "a b"),
            ("a=\r\nb", "ab"),
            ("=4", "=4"),
            ("=", ""),
            ("==", "="),
            ("=zz", "=zz"),
            ("=3D", "="),
            ("=\tx\ny", "=\tx\ny"),
            ("=3", "=3"),
        ] {
            assert_eq!(decode(data.as_bytes(), false), expected.as_bytes(), "{data:?}");
        }
        assert_eq!(decode(b"a_b", true), b"a b");
    }

    #[test]
    fn encoding() {
        let plain = Options { quote_tabs: false, is_text: true, header: false };
        for (data, expected) in [
            (&b"a b=\xff\n"[..], "a b=3D=FF\n"),
            (b"a \n", "a=20\n"),
            (b"a\t\r\nb", "a=09\r\nb"),
            (b".\n", "=2E\n"),
            (b"..", ".."),
            (b" ", "=20"),
            (b"\r\n", "\r\n"),
        ] {
            assert_eq!(encode(data, plain), expected.as_bytes(), "{expected}");
        }
        assert_eq!(encode(b"a_b c", Options { header: true, ..plain }), b"a=5Fb_c");
        assert_eq!(encode(b"a b\n", Options { quote_tabs: true, ..plain }), b"a=20b\n");
        assert_eq!(encode(b"a\t\r\nb", Options { is_text: false, ..plain }), b"a\t=0D=0Ab");
        let long = encode(&[b'x'; 80], plain);
        assert_eq!(long, [&[b'x'; 75][..], b"=\nxxxxx"].concat());
        assert_eq!(encode(&[b'a'; 76], plain), [b'a'; 76]);
        let quoted = encode(&[0xFF; 30], plain);
        assert_eq!(quoted, [&b"=FF".repeat(25)[..], b"=\n", &b"=FF".repeat(5)].concat());
    }
}
