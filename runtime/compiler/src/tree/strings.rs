//! String literals, f-strings and t-strings. Neighbouring pieces of text are one constant, whichever literal they come from.

use bytecode::Constant;
use ruff_python_ast::{
    ConversionFlag, ExprFString, ExprStringLiteral, ExprTString, FStringPart, InterpolatedElement,
    InterpolatedStringElement, InterpolatedStringElements, StringLiteral,
};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::{Item, Node, Reader};
use crate::codegen::literals::restore_surrogates;

/// The values of a joined string as they are put together.
struct Pieces {
    values: Vec<Node>,
    /// Text not yet made a constant, where it began and where it ends so far, and its kind.
    text: Option<(Vec<u8>, TextRange, bool)>,
    is_template: bool,
}

impl Pieces {
    fn new(is_template: bool) -> Self {
        Self { values: Vec::new(), text: None, is_template }
    }

    fn push_text(&mut self, text: Vec<u8>, range: TextRange, unicode: bool) {
        match &mut self.text {
            Some((before, extent, _)) => {
                before.extend(text);
                *extent = extent.cover(range);
            }
            None => self.text = Some((text, range, unicode)),
        }
    }
}

impl Reader<'_> {
    pub(super) fn string(&self, node: &ExprStringLiteral) -> Node {
        let mut value = Vec::new();
        for part in &node.value {
            self.append_literal(part, &mut value);
        }
        let unicode = node.value.iter().next().is_some_and(is_unicode);
        self.text_constant(value, node.range, unicode)
    }

    fn text_constant(&self, value: Vec<u8>, range: TextRange, unicode: bool) -> Node {
        let kind = if unicode { Item::name("u") } else { Item::None };
        self.node("Constant", range, vec![Item::Constant(Constant::Str(value)), kind])
    }

    fn append_literal(&self, part: &StringLiteral, out: &mut Vec<u8>) {
        if part.flags.prefix().is_raw() {
            out.extend(part.value.as_bytes());
        } else {
            let content = ruff_python_ast::StringFlags::quote_len(part.flags);
            let opener = ruff_python_ast::StringFlags::opener_len(part.flags);
            let range = TextRange::new(part.range.start() + opener, part.range.end() - content);
            self.append_text(&part.value, range, false, out);
        }
    }

    fn append_text(&self, value: &str, range: TextRange, interpolated: bool, out: &mut Vec<u8>) {
        if value.contains('\u{FFFD}') {
            restore_surrogates(&self.source.text()[range], value, interpolated, out);
        } else {
            out.extend(value.as_bytes());
        }
    }

    fn flush(&self, pieces: &mut Pieces) {
        if let Some((text, range, unicode)) = pieces.text.take()
            && !text.is_empty()
        {
            let constant = self.text_constant(text, range, unicode);
            pieces.values.push(constant);
        }
    }

    pub(super) fn joined_string(&self, node: &ExprFString) -> Node {
        let mut pieces = Pieces::new(false);
        for part in &node.value {
            match part {
                FStringPart::Literal(literal) => {
                    let mut text = Vec::new();
                    self.append_literal(literal, &mut text);
                    pieces.push_text(text, literal.range, is_unicode(literal));
                }
                FStringPart::FString(string) => {
                    self.elements(&string.elements, string.flags.prefix().is_raw(), &mut pieces);
                }
            }
        }
        self.flush(&mut pieces);
        self.node("JoinedStr", node.range, vec![Item::list(pieces.values)])
    }

    pub(super) fn template_string(&self, node: &ExprTString) -> Node {
        let mut pieces = Pieces::new(true);
        for string in &node.value {
            self.elements(&string.elements, string.flags.prefix().is_raw(), &mut pieces);
        }
        self.flush(&mut pieces);
        self.node("TemplateStr", node.range, vec![Item::list(pieces.values)])
    }

    fn elements(&self, elements: &InterpolatedStringElements, raw: bool, pieces: &mut Pieces) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => {
                    let mut text = Vec::new();
                    if raw {
                        text.extend(literal.value.as_bytes());
                    } else {
                        self.append_text(&literal.value, literal.range, true, &mut text);
                    }
                    pieces.push_text(text, literal.range, false);
                }
                InterpolatedStringElement::Interpolation(field) => self.field(field, raw, pieces),
            }
        }
    }

    fn field(&self, field: &InterpolatedElement, raw: bool, pieces: &mut Pieces) {
        let debug = self.debug_text(field);
        if let Some((text, range)) = &debug {
            pieces.push_text(text.as_bytes().to_vec(), *range, false);
        }
        self.flush(pieces);
        let conversion = match field.conversion {
            ConversionFlag::None if debug.is_some() && field.format_spec.is_none() => i64::from(b'r'),
            conversion => i64::from(conversion as i8),
        };
        let value = self.expression(&field.expression).into();
        let format = Item::optional(field.format_spec.as_ref().map(|format| {
            let mut inside = Pieces::new(false);
            self.elements(&format.elements, raw, &mut inside);
            self.flush(&mut inside);
            // The colon counts as part of the specification.
            let range = TextRange::new(format.range.start() - TextSize::new(1), format.range.end());
            self.node("JoinedStr", range, vec![Item::list(inside.values)])
        }));
        let mut fields = vec![value, Item::Int(conversion), format];
        if pieces.is_template {
            let text = self.expression_text(field);
            fields.insert(1, Item::Constant(Constant::Str(text.into_bytes())));
        }
        let class = if pieces.is_template { "Interpolation" } else { "FormattedValue" };
        pieces.values.push(self.node(class, field.range, fields));
    }

    /// What stands between the brace and the end of the expression, `=` included, for `f"{x=}"`. Comments are no part of it.
    fn debug_text(&self, field: &InterpolatedElement) -> Option<(String, TextRange)> {
        field.debug_text.as_ref()?;
        let text = self.source.text();
        let start = field.range.start().to_usize() + 1;
        let expression = field.expression.range();
        // Closing parentheses may stand before the equals sign, and spaces after it.
        let equal = skip_to(text, expression.end().to_usize(), |byte| byte == b'=') + 1;
        let end = skip_to(text, equal, |byte| !byte.is_ascii_whitespace());
        let shown = without_comments(&text[start..expression.start().to_usize()])
            + &text[expression]
            + &without_comments(&text[expression.end().to_usize()..end]);
        let range = TextRange::new(TextSize::new(start as u32), TextSize::new(end as u32));
        Some((shown, range))
    }

    /// The text of a field's expression, with all that stands around it, as t-strings keep it.
    fn expression_text(&self, field: &InterpolatedElement) -> String {
        let text = self.source.text();
        let start = field.range.start().to_usize() + 1;
        let after = field.expression.end().to_usize();
        // Parentheses around the expression belong to its text.
        let end = skip_to(text, after, |byte| byte != b')' && !byte.is_ascii_whitespace());
        text[start..after].to_owned() + &without_comments(&text[after..end])
    }
}

/// The first byte from `at` on that is wanted, comments left out.
fn skip_to(text: &str, mut at: usize, wanted: impl Fn(u8) -> bool) -> usize {
    let bytes = text.as_bytes();
    while at < bytes.len() {
        if bytes[at] == b'#' {
            at = text[at..].find('\n').map_or(bytes.len(), |length| at + length);
        } else if wanted(bytes[at]) {
            break;
        } else {
            at += 1;
        }
    }
    at
}

fn without_comments(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(comment) = rest.find('#') {
        kept.push_str(&rest[..comment]);
        rest = rest[comment..].find('\n').map_or("", |end| &rest[comment + end..]);
    }
    kept + rest
}

fn is_unicode(literal: &StringLiteral) -> bool {
    literal.flags.prefix().is_unicode()
}
