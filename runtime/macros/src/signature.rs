//! Python signatures as text: `name($self, a, b=1, /, c=None, *args, d, **kwargs)`.

/// How an argument may be given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    PositionalOnly,
    PositionalOrKeyword,
    VarPositional,
    KeywordOnly,
    VarKeyword,
}

/// What stands for an argument that is not given.
pub enum Default {
    /// Nothing: it must be given.
    Required,
    /// `None`.
    None,
    /// A number.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// A float.
    Float(f64),
    /// Anything else: shown in the signature only.
    Other,
}

/// One parameter.
pub struct Parameter {
    pub name: String,
    pub kind: Kind,
    pub default: Default,
    /// `$self` or `$type`.
    pub receiver: bool,
}

/// A parsed signature.
pub struct Signature {
    pub name: String,
    /// The text from the opening parenthesis on, or empty if only a name was given.
    pub text: String,
    pub parameters: Vec<Parameter>,
}

impl Signature {
    /// Parses the text; the error is a message for the compiler.
    pub fn parse(source: &str) -> Result<Self, String> {
        let Some((name, rest)) = source.split_once('(') else {
            return Ok(Self { name: source.trim().to_owned(), text: String::new(), parameters: Vec::new() });
        };
        let inside = rest.strip_suffix(')').ok_or("the signature ends in `)`")?;
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut kind = Kind::PositionalOrKeyword;
        for item in split_items(inside) {
            match item.as_str() {
                "/" => {
                    for parameter in &mut parameters {
                        parameter.kind = Kind::PositionalOnly;
                    }
                }
                "*" => kind = Kind::KeywordOnly,
                _ => {
                    let parameter = parse_parameter(&item, kind);
                    if parameter.kind == Kind::VarPositional {
                        kind = Kind::KeywordOnly;
                    }
                    parameters.push(parameter);
                }
            }
        }
        // A receiver is always given by position.
        if let Some(first) = parameters.first_mut().filter(|first| first.receiver) {
            first.kind = Kind::PositionalOnly;
        }
        Ok(Self { name: name.trim().to_owned(), text: format!("({rest}"), parameters })
    }
}

fn parse_parameter(item: &str, kind: Kind) -> Parameter {
    if let Some(name) = item.strip_prefix("**") {
        return Parameter { name: name.to_owned(), kind: Kind::VarKeyword, default: Default::Other, receiver: false };
    }
    if let Some(name) = item.strip_prefix('*') {
        return Parameter {
            name: name.to_owned(),
            kind: Kind::VarPositional,
            default: Default::Other,
            receiver: false,
        };
    }
    let (name, default) = match item.split_once('=') {
        Some((name, default)) => (name.trim(), parse_default(default.trim())),
        None => (item, Default::Required),
    };
    let receiver = name.starts_with('$');
    Parameter { name: name.trim_start_matches('$').to_owned(), kind, default, receiver }
}

fn parse_default(text: &str) -> Default {
    match text {
        "None" => Default::None,
        "True" => Default::Bool(true),
        "False" => Default::Bool(false),
        _ => text.parse().map(Default::Int).or_else(|_| text.parse().map(Default::Float)).unwrap_or(Default::Other),
    }
}

/// Splits at commas that stand outside brackets and quotes.
fn split_items(text: &str) -> Vec<String> {
    let (mut items, mut item, mut depth, mut quote) = (Vec::new(), String::new(), 0, None);
    for c in text.chars() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                items.push(std::mem::take(&mut item).trim().to_owned());
                continue;
            }
            _ => {}
        }
        item.push(c);
    }
    if !item.trim().is_empty() {
        items.push(item.trim().to_owned());
    }
    items
}
