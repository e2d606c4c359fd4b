//! Expressions as text, for annotations under `from __future__ import annotations`.
//!
//! The text is CPython's: one form for each tree, with parentheses where precedence needs them.

use ruff_python_ast::{
    BoolOp, CmpOp, Comprehension, ConversionFlag, Expr, ExprCall, FStringPart, InterpolatedStringElement, Number,
    Operator, Parameters, UnaryOp,
};
use ruff_text_size::Ranged;

use crate::source::SourceText;

/// How tightly the place of an expression binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Tuple,
    Test,
    /// One above `Test`.
    Or,
    And,
    Not,
    Compare,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Arithmetic,
    Term,
    Factor,
    Power,
    Await,
    Atom,
}

impl Level {
    fn above(self) -> Self {
        use Level as L;
        match self {
            L::Tuple => L::Test,
            L::Test => L::Or,
            L::Or => L::And,
            L::And => L::Not,
            L::Not => L::Compare,
            L::Compare => L::BitOr,
            L::BitOr => L::BitXor,
            L::BitXor => L::BitAnd,
            L::BitAnd => L::Shift,
            L::Shift => L::Arithmetic,
            L::Arithmetic => L::Term,
            L::Term => L::Factor,
            L::Factor => L::Power,
            L::Power => L::Await,
            L::Await | L::Atom => L::Atom,
        }
    }
}

/// The text of an expression.
pub(crate) fn unparse(expression: &Expr, source: &SourceText) -> String {
    let mut writer = Writer { out: String::new(), source };
    writer.expression(expression, Level::Test);
    writer.out
}

struct Writer<'a> {
    out: String,
    source: &'a SourceText,
}

impl Writer<'_> {
    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Writes in parentheses if the place binds more tightly than what is written.
    fn group(&mut self, needed: bool, write: impl FnOnce(&mut Self)) {
        if needed {
            self.text("(");
        }
        write(self);
        if needed {
            self.text(")");
        }
    }

    fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.text(", ");
            }
            write(self, item);
        }
    }

    fn tests(&mut self, items: &[Expr]) {
        self.list(items, |this, item| this.expression(item, Level::Test));
    }

    fn expression(&mut self, expression: &Expr, level: Level) {
        match expression {
            Expr::BoolOp(node) => {
                let (own, word) = match node.op {
                    BoolOp::And => (Level::And, " and "),
                    BoolOp::Or => (Level::Or, " or "),
                };
                self.group(level > own, |this| {
                    for (index, value) in node.values.iter().enumerate() {
                        if index > 0 {
                            this.text(word);
                        }
                        this.expression(value, own.above());
                    }
                });
            }
            Expr::Named(node) => self.group(level > Level::Tuple, |this| {
                this.expression(&node.target, Level::Atom);
                this.text(" := ");
                this.expression(&node.value, Level::Atom);
            }),
            Expr::BinOp(node) => {
                let (own, word) = binary(node.op);
                let right_first = node.op == Operator::Pow;
                self.group(level > own, |this| {
                    this.expression(&node.left, if right_first { own.above() } else { own });
                    this.text(word);
                    this.expression(&node.right, if right_first { own } else { own.above() });
                });
            }
            Expr::UnaryOp(node) => {
                let (own, word) = match node.op {
                    UnaryOp::Invert => (Level::Factor, "~"),
                    UnaryOp::Not => (Level::Not, "not "),
                    UnaryOp::UAdd => (Level::Factor, "+"),
                    UnaryOp::USub => (Level::Factor, "-"),
                };
                self.group(level > own, |this| {
                    this.text(word);
                    this.expression(&node.operand, own);
                });
            }
            Expr::Lambda(node) => self.group(level > Level::Test, |this| {
                this.text("lambda");
                if let Some(parameters) = &node.parameters {
                    this.text(" ");
                    this.parameters(parameters);
                }
                this.text(": ");
                this.expression(&node.body, Level::Test);
            }),
            Expr::If(node) => self.group(level > Level::Test, |this| {
                this.expression(&node.body, Level::Or);
                this.text(" if ");
                this.expression(&node.test, Level::Or);
                this.text(" else ");
                this.expression(&node.orelse, Level::Test);
            }),
            Expr::Compare(node) => self.group(level > Level::Compare, |this| {
                this.expression(&node.left, Level::BitOr);
                for (op, right) in node.ops.iter().zip(&node.comparators) {
                    this.text(comparison(*op));
                    this.expression(right, Level::BitOr);
                }
            }),
            Expr::Await(node) => self.group(level > Level::Await, |this| {
                this.text("await ");
                this.expression(&node.value, Level::Atom);
            }),
            Expr::Yield(node) => {
                self.text("(yield");
                if let Some(value) = &node.value {
                    self.text(" ");
                    self.expression(value, Level::Tuple);
                }
                self.text(")");
            }
            Expr::YieldFrom(node) => {
                self.text("(yield from ");
                self.expression(&node.value, Level::Tuple);
                self.text(")");
            }
            Expr::Tuple(node) => self.tuple(&node.elts, level),
            _ => self.atom(expression),
        }
    }

    fn atom(&mut self, expression: &Expr) {
        match expression {
            Expr::Dict(node) => {
                self.text("{");
                self.list(&node.items, |this, item| match &item.key {
                    Some(key) => {
                        this.expression(key, Level::Test);
                        this.text(": ");
                        this.expression(&item.value, Level::Test);
                    }
                    None => {
                        this.text("**");
                        this.expression(&item.value, Level::BitOr);
                    }
                });
                self.text("}");
            }
            Expr::Set(node) => self.bracketed("{", "}", |this| this.tests(&node.elts)),
            Expr::List(node) => self.bracketed("[", "]", |this| this.tests(&node.elts)),
            Expr::ListComp(node) => self.bracketed("[", "]", |this| this.comprehension(&node.elt, &node.generators)),
            Expr::SetComp(node) => self.bracketed("{", "}", |this| this.comprehension(&node.elt, &node.generators)),
            Expr::Generator(node) => self.bracketed("(", ")", |this| this.comprehension(&node.elt, &node.generators)),
            Expr::DictComp(node) => self.bracketed("{", "}", |this| {
                if let Some(key) = &node.key {
                    this.expression(key, Level::Test);
                    this.text(": ");
                }
                this.comprehension(&node.value, &node.generators);
            }),
            Expr::Call(node) => self.call(node),
            Expr::FString(node) => self.fstring(node.value.iter()),
            Expr::Attribute(node) => {
                self.expression(&node.value, Level::Atom);
                let int =
                    matches!(&*node.value, Expr::NumberLiteral(literal) if matches!(literal.value, Number::Int(_)));
                self.text(if int { " ." } else { "." });
                self.text(&node.attr);
            }
            Expr::Subscript(node) => {
                self.expression(&node.value, Level::Atom);
                self.text("[");
                self.expression(&node.slice, Level::Tuple);
                self.text("]");
            }
            Expr::Slice(node) => {
                self.part(node.lower.as_deref());
                self.text(":");
                self.part(node.upper.as_deref());
                if let Some(step) = &node.step {
                    self.text(":");
                    self.expression(step, Level::Test);
                }
            }
            Expr::Starred(node) => {
                self.text("*");
                self.expression(&node.value, Level::BitOr);
            }
            Expr::Name(node) => self.text(&node.id),
            Expr::StringLiteral(node) => {
                let prefix = if node.value.is_unicode() { "u" } else { "" };
                self.text(prefix);
                let text = quoted(node.value.to_str());
                self.text(&text);
            }
            Expr::BytesLiteral(node) => {
                let bytes: Vec<u8> = node.value.bytes().collect();
                let text = quoted_bytes(&bytes);
                self.text(&text);
            }
            Expr::NumberLiteral(node) => {
                let text = number(&node.value);
                self.text(&text);
            }
            Expr::BooleanLiteral(node) => self.text(if node.value { "True" } else { "False" }),
            Expr::NoneLiteral(_) => self.text("None"),
            Expr::EllipsisLiteral(_) => self.text("..."),
            // Template strings keep the text that they have in the source.
            other => {
                let text = self.source_text(other);
                self.text(&text);
            }
        }
    }

    fn source_text(&self, expression: &Expr) -> String {
        let range = expression.range();
        self.source.text()[range.start().to_usize()..range.end().to_usize()].to_owned()
    }

    fn bracketed(&mut self, open: &str, close: &str, write: impl FnOnce(&mut Self)) {
        self.text(open);
        write(self);
        self.text(close);
    }

    fn tuple(&mut self, items: &[Expr], level: Level) {
        self.group(items.is_empty() || level > Level::Tuple, |this| {
            this.tests(items);
            if items.len() == 1 {
                this.text(",");
            }
        });
    }

    fn part(&mut self, part: Option<&Expr>) {
        if let Some(part) = part {
            self.expression(part, Level::Test);
        }
    }

    fn comprehension(&mut self, element: &Expr, generators: &[Comprehension]) {
        self.expression(element, Level::Test);
        for generator in generators {
            self.text(if generator.is_async { " async for " } else { " for " });
            self.expression(&generator.target, Level::Tuple);
            self.text(" in ");
            self.expression(&generator.iter, Level::Or);
            for condition in &generator.ifs {
                self.text(" if ");
                self.expression(condition, Level::Or);
            }
        }
    }

    fn call(&mut self, node: &ExprCall) {
        self.expression(&node.func, Level::Atom);
        let arguments = &node.arguments;
        if let ([Expr::Generator(only)], true) = (&*arguments.args, arguments.keywords.is_empty()) {
            self.bracketed("(", ")", |this| this.comprehension(&only.elt, &only.generators));
            return;
        }
        self.text("(");
        self.tests(&arguments.args);
        for (index, keyword) in arguments.keywords.iter().enumerate() {
            if index > 0 || !arguments.args.is_empty() {
                self.text(", ");
            }
            match &keyword.arg {
                Some(name) => {
                    self.text(name);
                    self.text("=");
                }
                None => self.text("**"),
            }
            self.expression(&keyword.value, Level::Test);
        }
        self.text(")");
    }

    fn parameters(&mut self, parameters: &Parameters) {
        let mut first = true;
        let separate = |this: &mut Self, first: &mut bool| {
            if !std::mem::replace(first, false) {
                this.text(", ");
            }
        };
        let positional = parameters.posonlyargs.iter().chain(&parameters.args);
        for (index, parameter) in positional.enumerate() {
            separate(self, &mut first);
            self.text(&parameter.parameter.name);
            self.default(parameter.default.as_deref());
            if index + 1 == parameters.posonlyargs.len() {
                self.text(", /");
            }
        }
        if parameters.vararg.is_some() || !parameters.kwonlyargs.is_empty() {
            separate(self, &mut first);
            self.text("*");
            if let Some(parameter) = &parameters.vararg {
                self.text(&parameter.name);
            }
        }
        for parameter in &parameters.kwonlyargs {
            separate(self, &mut first);
            self.text(&parameter.parameter.name);
            self.default(parameter.default.as_deref());
        }
        if let Some(parameter) = &parameters.kwarg {
            separate(self, &mut first);
            self.text("**");
            self.text(&parameter.name);
        }
    }

    fn default(&mut self, default: Option<&Expr>) {
        if let Some(default) = default {
            self.text("=");
            self.expression(default, Level::Test);
        }
    }

    fn fstring<'b>(&mut self, parts: impl Iterator<Item = &'b FStringPart>) {
        let mut body = String::new();
        for part in parts {
            match part {
                FStringPart::Literal(literal) => body.push_str(&doubled(&literal.value)),
                FStringPart::FString(fstring) => {
                    fstring.elements.iter().for_each(|element| self.fstring_element(element, &mut body));
                }
            }
        }
        self.text("f");
        let text = quoted(&body);
        self.text(&text);
    }

    fn fstring_element(&self, element: &InterpolatedStringElement, body: &mut String) {
        let value = match element {
            InterpolatedStringElement::Literal(literal) => {
                body.push_str(&doubled(&literal.value));
                return;
            }
            InterpolatedStringElement::Interpolation(value) => value,
        };
        if let Some(debug) = &value.debug_text {
            body.push_str(&doubled(debug.as_str()));
        }
        let mut nested = Writer { out: String::new(), source: self.source };
        nested.expression(&value.expression, Level::Or);
        body.push('{');
        if nested.out.starts_with('{') {
            body.push(' ');
        }
        body.push_str(&nested.out);
        let plain_debug = value.debug_text.is_some() && value.format_spec.is_none();
        match value.conversion {
            ConversionFlag::Str => body.push_str("!s"),
            ConversionFlag::Ascii => body.push_str("!a"),
            ConversionFlag::Repr => body.push_str("!r"),
            ConversionFlag::None if plain_debug => body.push_str("!r"),
            ConversionFlag::None => {}
        }
        if let Some(specification) = &value.format_spec {
            body.push(':');
            specification.elements.iter().for_each(|element| self.fstring_element(element, body));
        }
        body.push('}');
    }
}

fn doubled(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

fn binary(op: Operator) -> (Level, &'static str) {
    match op {
        Operator::Add => (Level::Arithmetic, " + "),
        Operator::Sub => (Level::Arithmetic, " - "),
        Operator::Mult => (Level::Term, " * "),
        Operator::MatMult => (Level::Term, " @ "),
        Operator::Div => (Level::Term, " / "),
        Operator::Mod => (Level::Term, " % "),
        Operator::Pow => (Level::Power, " ** "),
        Operator::LShift => (Level::Shift, " << "),
        Operator::RShift => (Level::Shift, " >> "),
        Operator::BitOr => (Level::BitOr, " | "),
        Operator::BitXor => (Level::BitXor, " ^ "),
        Operator::BitAnd => (Level::BitAnd, " & "),
        Operator::FloorDiv => (Level::Term, " // "),
    }
}

fn comparison(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => " == ",
        CmpOp::NotEq => " != ",
        CmpOp::Lt => " < ",
        CmpOp::LtE => " <= ",
        CmpOp::Gt => " > ",
        CmpOp::GtE => " >= ",
        CmpOp::Is => " is ",
        CmpOp::IsNot => " is not ",
        CmpOp::In => " in ",
        CmpOp::NotIn => " not in ",
    }
}

fn number(number: &Number) -> String {
    match number {
        Number::Int(value) => match super::fold::number(number) {
            bytecode::Constant::BigInt { magnitude, .. } => num_bigint::BigUint::from_bytes_le(&magnitude).to_string(),
            _ => value.as_u64().map_or_else(|| value.to_string(), |value| value.to_string()),
        },
        Number::Float(value) => float(*value, ".0"),
        Number::Complex { imag, .. } => format!("{}j", float(*imag, "")),
    }
}

/// A float as `repr` writes it; `whole` is what follows a whole number.
fn float(value: f64, whole: &str) -> String {
    if value.is_infinite() {
        // As large as a literal has to be to mean infinity.
        return "1e309".to_owned();
    }
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return if plain.contains('.') { plain } else { plain + whole };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// A string as `repr` writes it.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            _ if c == quote => {
                out.push('\\');
                out.push(c);
            }
            _ if c.is_control() && u32::from(c) < 0x100 => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out.push(quote);
    out
}

fn quoted_bytes(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' };
    let mut out = format!("b{}", quote as char);
    for &byte in bytes {
        match byte {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'\\' => out.push_str("\\\\"),
            _ if byte == quote => {
                out.push('\\');
                out.push(byte as char);
            }
            b' '..=b'~' => out.push(byte as char),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push(quote as char);
    out
}
