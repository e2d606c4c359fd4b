//! Patterns that bind a name twice, hide the cases after them, or could never match.

use ruff_python_ast::{
    Expr, Number, Operator, Pattern, PatternMatchClass, PatternMatchMapping, PatternMatchOr, UnaryOp,
};
use ruff_text_size::{Ranged, TextRange};

use crate::source::SourceText;

type Finding = (TextRange, String);
type Outcome = Result<(), Finding>;

/// Checks the pattern of a case; only the last case without a guard may match anything.
pub(super) fn check(source: &SourceText, pattern: &Pattern, may_be_irrefutable: bool) -> Outcome {
    Names { source, bound: Vec::new(), may_be_irrefutable }.pattern(pattern)
}

struct Names<'s> {
    source: &'s SourceText,
    bound: Vec<String>,
    may_be_irrefutable: bool,
}

impl Names<'_> {
    fn pattern(&mut self, pattern: &Pattern) -> Outcome {
        match pattern {
            Pattern::MatchValue(node) if is_interpolated(&node.value) => {
                Err((node.range, "patterns may only match literals and attribute lookups".to_owned()))
            }
            Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => Ok(()),
            Pattern::MatchStar(node) => match &node.name {
                Some(name) => self.bind(name, node.range),
                None => Ok(()),
            },
            Pattern::MatchAs(node) => match (&node.pattern, &node.name) {
                (None, name) => {
                    self.irrefutable(name.as_deref(), node.range)?;
                    name.as_ref().map_or(Ok(()), |name| self.bind(name, node.range))
                }
                (Some(pattern), name) => {
                    self.pattern(pattern)?;
                    name.as_ref().map_or(Ok(()), |name| self.bind(name, node.range))
                }
            },
            Pattern::MatchSequence(node) => {
                if node.patterns.iter().filter(|pattern| pattern.is_match_star()).count() > 1 {
                    return Err((node.range, "multiple starred names in sequence pattern".to_owned()));
                }
                self.parts(&node.patterns)
            }
            Pattern::MatchMapping(node) => self.mapping(node),
            Pattern::MatchClass(node) => self.class(node),
            Pattern::MatchOr(node) => self.alternatives(node),
        }
    }

    fn irrefutable(&self, name: Option<&str>, at: TextRange) -> Outcome {
        if self.may_be_irrefutable {
            return Ok(());
        }
        let what = name.map_or_else(|| "wildcard".to_owned(), |name| format!("name capture '{name}'"));
        Err((at, format!("{what} makes remaining patterns unreachable")))
    }

    fn bind(&mut self, name: &str, at: TextRange) -> Outcome {
        if self.bound.iter().any(|bound| bound == name) {
            return Err((at, format!("multiple assignments to name '{name}' in pattern")));
        }
        self.bound.push(name.to_owned());
        Ok(())
    }

    /// Parts of a pattern may match anything: the whole still has a shape to match.
    fn parts<'p>(&mut self, patterns: impl IntoIterator<Item = &'p Pattern>) -> Outcome {
        let before = std::mem::replace(&mut self.may_be_irrefutable, true);
        for pattern in patterns {
            self.pattern(pattern)?;
        }
        self.may_be_irrefutable = before;
        Ok(())
    }

    fn mapping(&mut self, node: &PatternMatchMapping) -> Outcome {
        let mut seen: Vec<Key> = Vec::new();
        for key in &node.keys {
            if is_interpolated(key) {
                let message = "mapping pattern keys may only match literals and attribute lookups";
                return Err((node.range, message.to_owned()));
            }
            let Some((value, shown)) = constant_key(key, self.source) else { continue };
            if seen.contains(&value) {
                return Err((node.range, format!("mapping pattern checks duplicate key ({shown})")));
            }
            seen.push(value);
        }
        self.parts(&node.patterns)?;
        node.rest.as_ref().map_or(Ok(()), |name| self.bind(name, node.range))
    }

    fn class(&mut self, node: &PatternMatchClass) -> Outcome {
        let keywords = &node.arguments.keywords;
        for (index, keyword) in keywords.iter().enumerate() {
            if let Some(repeated) = keywords[index + 1..].iter().find(|other| other.attr.id == keyword.attr.id) {
                let message = format!("attribute name repeated in class pattern: {}", keyword.attr);
                return Err((repeated.pattern.range(), message));
            }
        }
        self.parts(&node.arguments.patterns)?;
        self.parts(keywords.iter().map(|keyword| &keyword.pattern))
    }

    fn alternatives(&mut self, node: &PatternMatchOr) -> Outcome {
        let outer = std::mem::take(&mut self.bound);
        let may_be_irrefutable = self.may_be_irrefutable;
        let mut first: Option<Vec<String>> = None;
        for (index, pattern) in node.patterns.iter().enumerate() {
            self.may_be_irrefutable = may_be_irrefutable && index + 1 == node.patterns.len();
            self.bound.clear();
            self.pattern(pattern)?;
            match &first {
                None => first = Some(self.bound.clone()),
                Some(names) => {
                    let same = names.len() == self.bound.len() && names.iter().all(|name| self.bound.contains(name));
                    if !same {
                        return Err((node.range, "alternative patterns bind different names".to_owned()));
                    }
                }
            }
        }
        self.may_be_irrefutable = may_be_irrefutable;
        self.bound = outer;
        first.into_iter().flatten().try_for_each(|name| self.bind(&name, node.range))
    }
}

fn is_interpolated(expression: &Expr) -> bool {
    matches!(expression, Expr::FString(_) | Expr::TString(_))
}

/// The value of a literal key, by which duplicates are found; numbers are equal across their types.
#[derive(PartialEq)]
enum Key {
    Text(String),
    Bytes(Vec<u8>),
    Nothing,
    Number(f64, f64),
    Large(String),
}

fn constant_key(expression: &Expr, source: &SourceText) -> Option<(Key, String)> {
    match expression {
        Expr::StringLiteral(node) => {
            let text = node.value.to_str().to_owned();
            let shown = quoted(&text);
            Some((Key::Text(text), shown))
        }
        Expr::BytesLiteral(node) => {
            let bytes: Vec<u8> = node.value.bytes().collect();
            let shown = format!("b{}", quoted(&bytes.escape_ascii().to_string()));
            Some((Key::Bytes(bytes), shown))
        }
        Expr::NoneLiteral(_) => Some((Key::Nothing, "None".to_owned())),
        Expr::BooleanLiteral(node) => {
            let shown = if node.value { "True" } else { "False" };
            Some((Key::Number(f64::from(u8::from(node.value)), 0.0), shown.to_owned()))
        }
        _ => number_key(expression, source),
    }
}

fn number_key(expression: &Expr, source: &SourceText) -> Option<(Key, String)> {
    let (real, imaginary) = number(expression)?;
    let shown = match expression {
        Expr::BinOp(_) => {
            let sign = if imaginary.is_sign_negative() { "-" } else { "+" };
            format!("({}{sign}{}j)", plain(real), plain(imaginary.abs()))
        }
        _ if imaginary != 0.0 => format!("{}j", plain(imaginary)),
        Expr::UnaryOp(node) if real == 0.0 && is_int(&node.operand) => "0".to_owned(),
        _ => source.text()[expression.range()].replace('_', ""),
    };
    let precise = real.abs() < 9e15 && imaginary.abs() < 9e15;
    let key = if precise { Key::Number(real, imaginary) } else { Key::Large(shown.clone()) };
    Some((key, shown))
}

fn is_int(expression: &Expr) -> bool {
    matches!(expression, Expr::NumberLiteral(node) if node.value.is_int())
}

fn plain(value: f64) -> String {
    format!("{value}")
}

fn number(expression: &Expr) -> Option<(f64, f64)> {
    match expression {
        Expr::NumberLiteral(node) => match &node.value {
            Number::Int(value) => Some((value.as_u64().map_or(f64::INFINITY, |value| value as f64), 0.0)),
            Number::Float(value) => Some((*value, 0.0)),
            Number::Complex { real, imag } => Some((*real, *imag)),
        },
        Expr::UnaryOp(node) if node.op == UnaryOp::USub => number(&node.operand).map(|(real, imag)| (-real, -imag)),
        Expr::BinOp(node) => {
            let ((left, _), (_, right)) = (number(&node.left)?, number(&node.right)?);
            match node.op {
                Operator::Add => Some((left, right)),
                Operator::Sub => Some((left, -right)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn quoted(text: &str) -> String {
    if text.contains('\'') && !text.contains('"') {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\'', "\\'"))
    }
}
