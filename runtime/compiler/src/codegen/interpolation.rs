//! f-strings and t-strings.

use bytecode::{Constant, NO_REG, Opcode, Reg};
use ruff_python_ast::{
    ConversionFlag, Expr, ExprBinOp, ExprFString, ExprTString, FStringPart, InterpolatedElement,
    InterpolatedStringElement,
};
use ruff_text_size::{Ranged, TextRange};

use super::Generator;

/// How many strings are joined at once.
const MAX_JOINED: usize = 256;

/// A part of a string: text, or a value to format.
enum Piece<'a> {
    Text(Vec<u8>, TextRange),
    Value(&'a InterpolatedElement),
}

impl<'a> Generator<'a> {
    pub(crate) fn fstring_to(&mut self, node: &'a ExprFString, to: Reg) {
        let mut pieces = Vec::new();
        for part in &node.value {
            match part {
                FStringPart::Literal(literal) => {
                    let mut text = Vec::new();
                    self.string_part(literal, &mut text);
                    push_text(&mut pieces, text, literal.range());
                }
                FStringPart::FString(fstring) => {
                    let raw = fstring.flags.prefix().is_raw();
                    self.collect_pieces(fstring.elements.iter(), raw, &mut pieces);
                }
            }
        }
        self.join(&pieces, node.range, to);
    }

    /// `'..%s..' % (a, b)` as an f-string would be; says whether it could.
    pub(crate) fn percent_format_to(&mut self, node: &'a ExprBinOp, to: Reg) -> bool {
        let (Expr::StringLiteral(template), Expr::Tuple(values)) = (&*node.left, &*node.right) else { return false };
        let template = self.string_value(template);
        let Some((texts, conversions)) = split_template(&template) else { return false };
        if conversions.len() != values.elts.len() || values.elts.iter().any(Expr::is_starred_expr) {
            return false;
        }
        let mark = self.unit.top();
        let first = self.begin_run(to);
        let mut count = 0;
        for (index, text) in texts.into_iter().enumerate() {
            if !text.is_empty() {
                let register = if count == 0 { first } else { self.unit.allocate() };
                self.set_range(node.left.range());
                self.load_constant(&Constant::Str(text), register);
                count += 1;
            }
            if let (Some(conversion), Some(value)) = (conversions.get(index), values.elts.get(index)) {
                let register = if count == 0 { first } else { self.unit.allocate() };
                let operand = self.only_operand(value, register);
                self.at(value);
                self.emit(Opcode::Format, *conversion, register, operand, NO_REG);
                self.unit.release_to(register + 1);
                count += 1;
            }
        }
        self.at(node);
        self.emit(Opcode::BuildString, 0, to, first, count);
        self.unit.release_to(mark);
        true
    }

    fn collect_pieces(
        &self,
        elements: impl Iterator<Item = &'a InterpolatedStringElement>,
        raw: bool,
        pieces: &mut Vec<Piece<'a>>,
    ) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => {
                    let mut text = Vec::new();
                    if raw {
                        text.extend(literal.value.as_bytes());
                    } else {
                        self.literal_text(&literal.value, literal.range, true, &mut text);
                    }
                    push_text(pieces, text, literal.range);
                }
                InterpolatedStringElement::Interpolation(value) => {
                    if let Some(debug) = &value.debug_text {
                        push_text(pieces, without_comments(debug.as_str()).into_bytes(), value.range);
                    }
                    pieces.push(Piece::Value(value));
                }
            }
        }
    }

    /// Joins pieces; many of them in groups, so that they do not need as many registers.
    fn join(&mut self, pieces: &[Piece<'a>], range: TextRange, to: Reg) {
        let mark = self.unit.top();
        match pieces {
            [] => {
                self.set_range(range);
                self.load_constant(&Constant::Str(Vec::new()), to);
            }
            [piece] => self.piece_to(piece, to),
            _ => {
                let first = self.begin_run(to);
                let groups = pieces.chunks(pieces.len().div_ceil(MAX_JOINED));
                let count = groups.len();
                for (index, group) in groups.enumerate() {
                    let register = if index == 0 { first } else { self.unit.allocate() };
                    self.join(group, range, register);
                }
                self.set_range(range);
                self.emit(Opcode::BuildString, 0, to, first, count as u16);
            }
        }
        self.unit.release_to(mark);
    }

    fn piece_to(&mut self, piece: &Piece<'a>, to: Reg) {
        match piece {
            Piece::Text(text, range) => {
                self.set_range(*range);
                self.load_constant(&Constant::Str(text.clone()), to);
            }
            Piece::Value(element) => self.format_to(element, to),
        }
    }

    fn format_to(&mut self, element: &'a InterpolatedElement, to: Reg) {
        let mark = self.unit.top();
        let value = match &element.format_spec {
            Some(_) => self.kept_operand(&element.expression),
            None => self.only_operand(&element.expression, to),
        };
        let specification = match &element.format_spec {
            Some(_) => {
                let register = self.unit.allocate();
                self.specification_to(element, register);
                register
            }
            None => NO_REG,
        };
        self.at(element);
        self.emit(Opcode::Format, conversion(element), to, value, specification);
        self.unit.release_to(mark);
    }

    fn specification_to(&mut self, element: &'a InterpolatedElement, to: Reg) {
        let mut pieces = Vec::new();
        if let Some(specification) = &element.format_spec {
            self.collect_pieces(specification.elements.iter(), false, &mut pieces);
        }
        self.join(&pieces, element.range, to);
    }

    pub(crate) fn tstring_to(&mut self, node: &'a ExprTString, to: Reg) {
        let mut pieces = Vec::new();
        for part in &node.value {
            self.collect_pieces(part.elements.iter(), part.flags.prefix().is_raw(), &mut pieces);
        }
        let mark = self.unit.top();
        let first = self.unit.allocate();
        let mut strings = vec![Vec::new()];
        let mut count = 0;
        for piece in pieces {
            match piece {
                Piece::Text(text, _) => strings.last_mut().expect("there is a first string").extend(text),
                Piece::Value(element) => {
                    let register = if count == 0 { first } else { self.unit.allocate() };
                    self.interpolation_to(element, register);
                    strings.push(Vec::new());
                    count += 1;
                }
            }
        }
        self.set_range(node.range);
        self.emit(Opcode::BuildTuple, 0, first, first, count);
        self.unit.release_to(first + 1);
        let texts = self.unit.allocate();
        self.load_constant(&Constant::Tuple(strings.into_iter().map(Constant::Str).collect()), texts);
        self.emit(Opcode::BuildTemplate, 0, to, texts, first);
        self.unit.release_to(mark);
    }

    fn interpolation_to(&mut self, element: &'a InterpolatedElement, to: Reg) {
        let mark = self.unit.top();
        let value = self.temporary(&element.expression);
        let text = self.unit.allocate();
        self.at(element);
        let source = self.expression_text(element);
        self.load_constant(&Constant::Str(source.into_bytes()), text);
        let specification = self.unit.allocate();
        self.specification_to(element, specification);
        self.at(element);
        self.emit(Opcode::BuildInterpolation, conversion(element), to, value, 0);
        self.unit.release_to(mark);
    }

    /// The source of an interpolated expression, up to its `=`, conversion, specification or closing brace.
    fn expression_text(&self, element: &InterpolatedElement) -> String {
        if let Some(debug) = &element.debug_text {
            let before = debug.trailing().split('=').next().unwrap_or_default();
            return without_comments(&format!("{}{}{before}", debug.leading(), debug.expression()));
        }
        let start = element.range.start() + ruff_text_size::TextSize::from(1);
        let end = element.expression.range().end();
        let head = self.source_text(TextRange::new(start, end.max(start)));
        let tail = self.source_text(TextRange::new(end.max(start), element.range.end()));
        // Closing parentheses and blanks after the expression are part of its text.
        let rest = tail.find(['!', ':', '}']).unwrap_or(tail.len());
        without_comments(&format!("{head}{}", &tail[..rest]))
    }
}

/// The conversion as `Format` numbers it; `=` alone means `!r`.
fn conversion(element: &InterpolatedElement) -> u8 {
    match element.conversion {
        ConversionFlag::Str => 1,
        ConversionFlag::Repr => 2,
        ConversionFlag::Ascii => 3,
        ConversionFlag::None if element.debug_text.is_some() && element.format_spec.is_none() => 2,
        ConversionFlag::None => 0,
    }
}

/// The texts around the conversions of a `%` template, and the conversions; `None` unless all are plain `%s`, `%r` or `%a`.
fn split_template(template: &[u8]) -> Option<(Vec<Vec<u8>>, Vec<u8>)> {
    let mut texts = vec![Vec::new()];
    let mut conversions = Vec::new();
    let mut bytes = template.iter();
    while let Some(byte) = bytes.next() {
        let text = texts.last_mut()?;
        if *byte != b'%' {
            text.push(*byte);
            continue;
        }
        let conversion = match bytes.next()? {
            b'%' => {
                text.push(b'%');
                continue;
            }
            b's' => 1,
            b'r' => 2,
            b'a' => 3,
            _ => return None,
        };
        conversions.push(conversion);
        texts.push(Vec::new());
    }
    (!conversions.is_empty()).then_some((texts, conversions))
}

/// The text of an expression without its comments.
fn without_comments(text: &str) -> String {
    if !text.contains('#') {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut quote: Option<String> = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let triple = rest.get(..3).filter(|triple| matches!(*triple, "\"\"\"" | "'''"));
        let taken = match (&quote, c) {
            (None, '#') => {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            (None, '\'' | '"') => {
                let opening = triple.unwrap_or(&rest[..1]);
                quote = Some(opening.to_owned());
                opening.len()
            }
            (Some(_), '\\') => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            (Some(open), _) if rest.starts_with(open.as_str()) => {
                let length = open.len();
                quote = None;
                length
            }
            _ => c.len_utf8(),
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

/// Adds text, to the last piece if that is text too.
fn push_text(pieces: &mut Vec<Piece<'_>>, text: Vec<u8>, range: TextRange) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Text(last, covered)) => {
            last.extend(text);
            *covered = TextRange::new(covered.start(), range.end().max(covered.end()));
        }
        _ => pieces.push(Piece::Text(text, range)),
    }
}
