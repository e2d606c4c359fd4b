//! Laying out a number: sign, prefix, grouped digits, point, the rest, and padding around; no unsafe.

use std::borrow::Cow;

use super::spec::{Align, Grouping, SignRule, Spec};
use super::{FormatError, Locale};
use crate::{OwnedUnits, TextBuilder};

/// The parts of a number's text, all ASCII.
pub(super) struct Parts<'a> {
    pub negative: bool,
    pub prefix: &'a str,
    /// The digits that are grouped.
    pub digits: &'a str,
    /// What follows the point, which is there if this is.
    pub fraction: Option<&'a str>,
    /// An exponent, a percent sign; or all of it, for inf and nan.
    pub rest: &'a str,
}

impl<'a> Parts<'a> {
    /// Takes apart the text of a float that has no minus sign.
    pub fn of_float(text: &'a str, negative: bool) -> Self {
        let end = |text: &str| text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
        let (digits, rest) = text.split_at(end(text));
        let (fraction, rest) = match rest.strip_prefix('.') {
            Some(after) => {
                let (fraction, rest) = after.split_at(end(after));
                (Some(fraction), rest)
            }
            None => (None, rest),
        };
        Parts { negative, prefix: "", digits, fraction, rest }
    }
}

/// The separators in force: of the locale for `n`, else what the specification says.
pub(super) struct Separators<'a> {
    point: &'a str,
    thousands: &'a str,
    sizes: &'a [u8],
    fraction: &'a str,
}

impl<'a> Separators<'a> {
    pub fn of(spec: &Spec, locale: &'a Locale) -> Self {
        if spec.kind == u32::from(b'n') {
            return Separators {
                point: &locale.decimal_point,
                thousands: &locale.thousands_separator,
                sizes: &locale.grouping,
                fraction: "",
            };
        }
        let (thousands, sizes): (&str, &[u8]) = match spec.grouping {
            Grouping::None => ("", &[]),
            Grouping::Comma => (",", &[3]),
            Grouping::Underscore => ("_", &[3]),
            Grouping::UnderscoreFour => ("_", &[4]),
        };
        let fraction = match spec.fraction_grouping {
            Grouping::None => "",
            Grouping::Comma => ",",
            _ => "_",
        };
        Separators { point: ".", thousands, sizes, fraction }
    }
}

pub(super) fn sign_of(rule: SignRule, negative: bool) -> &'static str {
    match (negative, rule) {
        (true, _) => "-",
        (false, SignRule::Plus) => "+",
        (false, SignRule::Space) => " ",
        (false, _) => "",
    }
}

/// Lays out a number with padding to the specification's width.
pub(super) fn layout(parts: &Parts<'_>, spec: &Spec, separators: &Separators<'_>) -> Result<OwnedUnits, FormatError> {
    let sign = sign_of(spec.sign, parts.negative);
    let fraction = parts.fraction.map(|fraction| group_fraction(fraction, separators));
    let tail = fraction.as_ref().map_or(0, |fraction| count(separators.point) + count(fraction)) + parts.rest.len();
    let around = sign.len() + parts.prefix.len() + tail;
    let width = spec.width.unwrap_or(0);
    let zero_filled = spec.fill == 0x30 && spec.align == Align::AfterSign;
    let least = if zero_filled { width.saturating_sub(around) } else { 0 };
    let (zeros, digits) = match parts.digits {
        "" => (0, Cow::Borrowed("")),
        digits if separators.thousands.is_empty() => (least.saturating_sub(digits.len()), Cow::Borrowed(digits)),
        digits => {
            // The zeros in front are made with the groups: there has to be memory for them.
            TextBuilder::new().try_reserve(least)?;
            (0, Cow::Owned(group(digits, separators, least)))
        }
    };
    let length = around.saturating_add(zeros).saturating_add(count(&digits));
    let mut out = TextBuilder::new();
    out.try_reserve(width.max(length))?;
    let padding = width.saturating_sub(length);
    let (left, middle, right) = match spec.align {
        Align::Left => (0, 0, padding),
        Align::Center => (padding / 2, 0, padding - padding / 2),
        Align::AfterSign => (0, padding, 0),
        Align::Right => (padding, 0, 0),
    };
    out.try_push_repeated(spec.fill, left)?;
    out.push_str(sign);
    out.push_str(parts.prefix);
    out.try_push_repeated(spec.fill, middle)?;
    out.push_repeated(0x30, zeros);
    out.push_str(&digits);
    if let Some(fraction) = fraction {
        out.push_str(separators.point);
        out.push_str(&fraction);
    }
    out.push_str(parts.rest);
    out.try_push_repeated(spec.fill, right)?;
    Ok(out.finish())
}

/// How many characters there are.
fn count(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// The digits of a fraction in groups from the left.
fn group_fraction<'a>(fraction: &'a str, separators: &Separators<'_>) -> Cow<'a, str> {
    if separators.fraction.is_empty() {
        return Cow::Borrowed(fraction);
    }
    let mut grouped = String::new();
    for (index, digit) in fraction.chars().enumerate() {
        if index > 0 && index % 3 == 0 {
            grouped.push_str(separators.fraction);
        }
        grouped.push(digit);
    }
    Cow::Owned(grouped)
}

/// The digits in groups, with zeros in front so that at least `least` characters result.
fn group(digits: &str, separators: &Separators<'_>, least: usize) -> String {
    let separator_len = separators.thousands.chars().count();
    let (mut rest, mut wanted) = (digits.as_bytes(), least as i64);
    let mut groups: Vec<Vec<u8>> = Vec::new();
    let mut sizes = separators.sizes.iter().copied();
    let mut size = 0u8;
    loop {
        size = sizes.next().unwrap_or(size);
        let unbounded = size == 0 || size >= 127;
        let need = (rest.len() as i64).max(wanted).max(1) as usize;
        let len = if unbounded { need } else { need.min(size.into()) };
        let taken = rest.len().min(len);
        let mut group = vec![b'0'; len - taken];
        group.extend_from_slice(&rest[rest.len() - taken..]);
        groups.push(group);
        rest = &rest[..rest.len() - taken];
        wanted -= len as i64;
        if rest.is_empty() && wanted <= 0 {
            break;
        }
        wanted -= separator_len as i64;
    }
    let texts: Vec<&str> = groups.iter().rev().filter_map(|g| std::str::from_utf8(g).ok()).collect();
    texts.join(separators.thousands)
}
