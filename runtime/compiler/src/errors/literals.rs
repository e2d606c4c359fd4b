//! Escape sequences in literals: those that cannot be decoded, and those that only look like escapes.

/// Why a literal has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LiteralError {
    NotAscii,
    /// The whole message.
    Undecodable(String),
}

/// The parts of a literal token.
struct Literal<'a> {
    body: &'a str,
    raw: bool,
    bytes: bool,
}

fn split(token: &str) -> Literal<'_> {
    let quote = token.find(['\'', '"']).unwrap_or(0);
    let (prefix, rest) = token.split_at(quote);
    let size = if rest.len() >= 6 && (rest.starts_with("\"\"\"") || rest.starts_with("'''")) { 3 } else { 1 };
    let body = rest.get(size..rest.len().saturating_sub(size)).unwrap_or("");
    Literal { body, raw: prefix.contains(['r', 'R']), bytes: prefix.contains(['b', 'B']) }
}

/// Whether a plain literal can be decoded.
pub(crate) fn check_literal(token: &str) -> Result<(), LiteralError> {
    let literal = split(token);
    if literal.bytes && !literal.body.is_ascii() {
        return Err(LiteralError::NotAscii);
    }
    match literal {
        Literal { raw: true, .. } => Ok(()),
        Literal { bytes: true, body, .. } => check_bytes(body),
        Literal { body, .. } => check_text(body),
    }
}

/// Whether the text between the fields of a template string can be decoded.
pub(crate) fn check_template_text(text: &str, raw: bool) -> Result<(), LiteralError> {
    if raw { Ok(()) } else { check_text(text) }
}

fn check_bytes(body: &str) -> Result<(), LiteralError> {
    let bytes = body.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        if bytes.get(at + 1) == Some(&b'x') {
            let digits = bytes[at + 2..].iter().take(2).take_while(|byte| byte.is_ascii_hexdigit()).count();
            if digits < 2 {
                let message = format!("(value error) invalid \\x escape at position {at}");
                return Err(LiteralError::Undecodable(message));
            }
        }
        at += 2;
    }
    Ok(())
}

fn check_text(body: &str) -> Result<(), LiteralError> {
    let Some(first) = body.find('\\') else { return Ok(()) };
    let bytes = body.as_bytes();
    // The positions in messages are those of the text with each character past ASCII written as `\UXXXXXXXX`.
    let mut position = widened(&body[..first]);
    let mut at = first;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            let length = body[at..].chars().next().map_or(1, char::len_utf8);
            position += if length == 1 { 1 } else { 10 };
            at += length;
            continue;
        }
        let escape = &body[at..];
        if let Some((length, reason)) = bad_escape(escape) {
            let end = position + widened(&escape[..length]) - 1;
            return Err(LiteralError::Undecodable(format!(
                "(unicode error) 'unicodeescape' codec can't decode bytes in position {position}-{end}: {reason}"
            )));
        }
        // A backslash before a character past ASCII stays, and is itself written `\u005c`.
        let escaped = body[at + 1..].chars().next().map_or(0, char::len_utf8);
        position += if escaped > 1 { 16 } else { 1 + escaped };
        at += 1 + escaped;
    }
    Ok(())
}

fn widened(text: &str) -> usize {
    text.chars().map(|ch| if ch.is_ascii() { 1 } else { 10 }).sum()
}

/// The length of an escape up to where it goes wrong, and how.
fn bad_escape(escape: &str) -> Option<(usize, &'static str)> {
    let bytes = escape.as_bytes();
    let (digits, truncated) = match bytes.get(1)? {
        b'x' => (2, "truncated \\xXX escape"),
        b'u' => (4, "truncated \\uXXXX escape"),
        b'U' => (8, "truncated \\UXXXXXXXX escape"),
        b'N' => return bad_name(escape),
        _ => return None,
    };
    let found = bytes[2..].iter().take(digits).take_while(|byte| byte.is_ascii_hexdigit()).count();
    if found < digits {
        return Some((2 + found, truncated));
    }
    let code = u32::from_str_radix(&escape[2..2 + digits], 16).ok()?;
    (code > 0x10_FFFF).then_some((2 + digits, "illegal Unicode character"))
}

fn bad_name(escape: &str) -> Option<(usize, &'static str)> {
    const MALFORMED: &str = "malformed \\N character escape";
    if !escape[2..].starts_with('{') {
        return Some((2, MALFORMED));
    }
    let Some(close) = escape.find('}') else { return Some((escape.len(), MALFORMED)) };
    if close == 3 {
        return Some((3, MALFORMED));
    }
    let name = &escape[3..close];
    unicode_names2::character(name).is_none().then_some((close + 1, "unknown Unicode character name"))
}

/// The first escape of a literal that Python does not know, as `(offset in the token, escape)`; octal escapes past
/// 0o377 count.
pub(crate) fn dubious_escape(token: &str) -> Option<(usize, String)> {
    let literal = split(token);
    if literal.raw {
        return None;
    }
    let offset = literal.body.as_ptr() as usize - token.as_ptr() as usize;
    dubious_in_body(literal.body, literal.bytes).map(|(at, escape)| (offset + at, escape))
}

/// The same for text without quotes around it.
pub(crate) fn dubious_in_body(body: &str, bytes: bool) -> Option<(usize, String)> {
    let mut rest = body;
    while let Some(backslash) = rest.find('\\') {
        let at = body.len() - rest.len() + backslash;
        let escape = &body[at..];
        let escaped = escape[1..].chars().next()?;
        let octal: String = escape[1..].chars().take(3).take_while(|ch| ('0'..='7').contains(ch)).collect();
        if octal.len() == 3 && octal.as_bytes()[0] > b'3' {
            return Some((at, octal));
        }
        // A backslash before a character past ASCII is taken as itself without a word.
        let known = !escaped.is_ascii()
            || matches!(escaped, '\n' | '\\' | '\'' | '"' | 'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | 'x' | '0'..='7')
            || !bytes && matches!(escaped, 'N' | 'u' | 'U');
        if !known {
            return Some((at, escaped.to_string()));
        }
        rest = &escape[1 + escaped.len_utf8()..];
    }
    None
}
