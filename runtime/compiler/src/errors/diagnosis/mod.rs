//! Why a text is not Python, in CPython's words.
//!
//! This is a second parser, run only over texts that the first one refused. It reads CPython's tokens by the language's
//! published grammar (a parsing expression grammar: alternatives in order, the first that matches wins), because which
//! error is reported, and where, follows from the order in which the alternatives are tried and from how far ahead they
//! look. It goes over the text twice, as CPython does. The first pass only finds the furthest token reached, which a
//! plain "invalid syntax" points at. In the second the *error rules* take part (functions named `refuse_...`): they match
//! things that are not Python but that people write, and say what is wrong with them. The first that matches decides.
//!
//! A rule gives `Err(Fail::Mismatch)` when it does not match, after which the caller tries something else from where it
//! stood, and `Err(Fail::Raised)` once the error is found, which ends the parse.

mod arguments;
mod assignments;
mod blocks;
mod compound;
mod definitions;
mod displays;
mod expressions;
mod imports;
mod nodes;
mod parameters;
mod patterns;
mod simple;
mod strings;
mod verdict;

use std::collections::HashMap;
use std::rc::Rc;

use nodes::{Expr, Kind, Node, Targets, invalid_target};

use super::SyntaxError;
use super::parse::{FLUFL, ParseFlags, ParseMode};
use crate::source::SourceText;
use crate::tokens::{Token, TokenError, TokenKind, Tokenizer};

/// Rules nest this deeply at most; CPython's own limit is of the same order.
const MAX_DEPTH: u32 = 6000;
/// Stack for that depth.
const STACK: usize = 96 << 20;

const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

#[derive(Debug)]
enum Fail {
    Mismatch,
    Raised,
}

type Match<T> = Result<T, Fail>;

/// A token with what the parser must know about it.
#[derive(Clone, Copy, Debug)]
struct Read {
    token: Token,
    /// Brackets open after it.
    level: u32,
    keyword: bool,
}

/// Rules whose results are kept by position: those that several alternatives begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Rule {
    Expression,
    StarExpression,
    NamedExpression,
    Disjunction,
    Conjunction,
    Inversion,
    Comparison,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Sum,
    Term,
    Factor,
    AwaitPrimary,
    Primary,
    Atom,
    Strings,
    Arguments,
    StarTarget,
    TargetWithStarAtom,
    TargetPrimary,
    DeleteTarget,
    RefuseNamed,
    RefuseExpression,
    RefuseLegacy,
    ClosedPattern,
    StarPattern,
    Lambda,
}

/// A finished rule: its result, and where it ended.
type Kept = Option<(Expr, usize)>;

struct Parser<'s> {
    source: &'s SourceText,
    lexer: Tokenizer,
    tokens: Vec<Read>,
    at: usize,
    depth: u32,
    /// The second pass, in which error rules take part.
    explaining: bool,
    flags: ParseFlags,
    /// Inequality is written `<>`.
    flufl: bool,
    kept: HashMap<(Rule, usize), Kept>,
    error: Option<Box<SyntaxError>>,
    /// The tokenizer failed in a way that only the end of the parse can word.
    token_failure: Option<Box<TokenError>>,
    /// In interactive input: a token was read since the last end of the text.
    started: bool,
    reached_end: bool,
    /// An error that CPython finds only after parsing, in something that the first parser refuses.
    late: Option<Box<SyntaxError>>,
    /// The error found is the tokenizer's own, with message and place.
    error_is_lexical: bool,
    /// The error shows its line as it stands in the text, without the line end that a module's last line is given.
    text_as_it_stands: std::cell::Cell<bool>,
}

/// The error that CPython reports for a text; `None` if its parser would accept it.
pub(super) fn diagnose(source: &SourceText, flags: ParseFlags) -> Option<Box<SyntaxError>> {
    stacker::maybe_grow(STACK, STACK, || verdict::find(source, flags))
}

impl<'s> Parser<'s> {
    fn new(source: &'s SourceText, flags: ParseFlags) -> Self {
        Self {
            source,
            lexer: Tokenizer::new(source.text(), false),
            tokens: Vec::new(),
            at: 0,
            depth: 0,
            explaining: false,
            flags,
            flufl: flags.future_flufl,
            kept: HashMap::new(),
            error: None,
            token_failure: None,
            started: false,
            reached_end: false,
            late: None,
            error_is_lexical: false,
            text_as_it_stands: std::cell::Cell::new(false),
        }
    }

    // Tokens.

    fn text_of(&self, token: &Token) -> &str {
        &self.lexer.text()[token.start as usize..token.end as usize]
    }

    /// The token at the point reached, read from the text if need be.
    fn peek(&mut self) -> Match<Read> {
        if let Some(read) = self.tokens.get(self.at) {
            return Ok(*read);
        }
        self.fetch()
    }

    fn fetch(&mut self) -> Match<Read> {
        let next = match self.flags.mode {
            ParseMode::Module => self.lexer.next_token(),
            ParseMode::Expression => self.expression_token(),
            ParseMode::Interactive => self.interactive_token(),
        };
        match next {
            Ok(token) => {
                let level = self.lexer.open_brackets().len() as u32;
                let keyword = token.kind == TokenKind::Name && KEYWORDS.contains(&self.text_of(&token));
                let read = Read { token, level, keyword };
                self.tokens.push(read);
                Ok(read)
            }
            Err(error) => {
                self.token_error(error);
                Err(Fail::Raised)
            }
        }
    }

    /// Whether a token was made up at the end of the text.
    fn is_made_up(&self, token: &Token) -> bool {
        token.kind == TokenKind::Newline && token.start as usize >= self.source.text().len()
    }

    /// Notes whether reading a token took the tokenizer to the end of a text that has no line end there.
    fn note_end(&mut self, token: &Token) {
        let text = self.source.text();
        let touches = token.end as usize >= text.len() && !text.ends_with('\n') && !token.kind.is_string_like();
        self.reached_end |= touches || token.trailing || self.is_made_up(token);
    }

    /// Only modules get a line end where the text has none.
    fn expression_token(&mut self) -> Result<Token, Box<TokenError>> {
        let mut token = self.lexer.next_token()?;
        if self.is_made_up(&token) {
            token = self.lexer.next_token()?;
        }
        self.note_end(&token);
        Ok(token)
    }

    /// Interactive input need not end with a line end, nor with the line that closes its blocks.
    fn interactive_token(&mut self) -> Result<Token, Box<TokenError>> {
        let mut token = self.lexer.next_token()?;
        let ended = self.source.text().ends_with('\n');
        while token.kind == TokenKind::Dedent && token.trailing && self.flags.dont_imply_dedent && !ended {
            token = self.lexer.next_token()?;
        }
        if token.kind == TokenKind::EndMarker && self.started {
            token.kind = TokenKind::Newline;
        }
        self.note_end(&token);
        self.started = !self.is_made_up(&token);
        Ok(token)
    }

    fn kind_is(&mut self, kind: TokenKind) -> Match<bool> {
        Ok(self.peek()?.token.kind == kind)
    }

    /// The next token, if it is of this kind.
    fn op(&mut self, kind: TokenKind) -> Match<Token> {
        let read = self.peek()?;
        if read.token.kind != kind {
            return Err(Fail::Mismatch);
        }
        self.at += 1;
        Ok(read.token)
    }

    fn keyword(&mut self, word: &str) -> Match<Token> {
        let read = self.peek()?;
        if !read.keyword || self.text_of(&read.token) != word {
            return Err(Fail::Mismatch);
        }
        self.at += 1;
        Ok(read.token)
    }

    fn at_keyword(&mut self, words: &[&str]) -> Match<bool> {
        let read = self.peek()?;
        Ok(read.keyword && words.contains(&self.text_of(&read.token)))
    }

    /// A name that is a keyword in this place only.
    fn soft_keyword(&mut self, word: &str) -> Match<Token> {
        let read = self.peek()?;
        if read.token.kind != TokenKind::Name || self.text_of(&read.token) != word {
            return Err(Fail::Mismatch);
        }
        self.at += 1;
        Ok(read.token)
    }

    fn name(&mut self) -> Match<Expr> {
        let read = self.peek()?;
        if read.token.kind != TokenKind::Name || read.keyword {
            return Err(Fail::Mismatch);
        }
        self.at += 1;
        Ok(node(Kind::Name, &read.token))
    }

    /// A token that must come here: its absence is an error at once.
    fn forced(&mut self, kind: TokenKind, text: &str) -> Match<Token> {
        let read = self.peek()?;
        if read.token.kind != kind {
            return self.raise_at_token(&read.token, format!("expected '{text}'"));
        }
        self.at += 1;
        Ok(read.token)
    }

    fn last_matched(&self) -> Token {
        self.tokens[self.at - 1].token
    }

    /// Where the last token matched ends.
    fn end(&self) -> u32 {
        self.last_matched().end
    }

    // Combining rules.

    /// Tries a rule; where it does not match, nothing happened.
    fn optional<T>(&mut self, rule: impl FnOnce(&mut Self) -> Match<T>) -> Match<Option<T>> {
        let start = self.at;
        match rule(self) {
            Ok(value) => Ok(Some(value)),
            Err(Fail::Mismatch) => {
                self.at = start;
                Ok(None)
            }
            Err(Fail::Raised) => Err(Fail::Raised),
        }
    }

    /// Whether a rule would match here.
    fn ahead<T>(&mut self, rule: impl FnOnce(&mut Self) -> Match<T>) -> Match<bool> {
        let start = self.at;
        let found = self.optional(rule)?.is_some();
        self.at = start;
        Ok(found)
    }

    fn refuse<T>(&mut self, rule: impl FnOnce(&mut Self) -> Match<T>) -> Match<()> {
        if self.ahead(rule)? { Err(Fail::Mismatch) } else { Ok(()) }
    }

    fn refuse_op(&mut self, kinds: &[TokenKind]) -> Match<()> {
        if kinds.contains(&self.peek()?.token.kind) { Err(Fail::Mismatch) } else { Ok(()) }
    }

    fn require_op(&mut self, kinds: &[TokenKind]) -> Match<()> {
        if kinds.contains(&self.peek()?.token.kind) { Ok(()) } else { Err(Fail::Mismatch) }
    }

    fn many<T>(&mut self, mut rule: impl FnMut(&mut Self) -> Match<T>) -> Match<Vec<T>> {
        let mut all = Vec::new();
        while let Some(one) = self.optional(&mut rule)? {
            all.push(one);
        }
        Ok(all)
    }

    fn many1<T>(&mut self, rule: impl FnMut(&mut Self) -> Match<T>) -> Match<Vec<T>> {
        let all = self.many(rule)?;
        if all.is_empty() { Err(Fail::Mismatch) } else { Ok(all) }
    }

    /// One or more, separated by commas; a comma after the last is not taken.
    fn comma_separated<T>(&mut self, rule: impl FnMut(&mut Self) -> Match<T>) -> Match<Vec<T>> {
        self.separated(TokenKind::Comma, rule)
    }

    fn separated<T>(&mut self, by: TokenKind, mut rule: impl FnMut(&mut Self) -> Match<T>) -> Match<Vec<T>> {
        let mut all = vec![rule(self)?];
        while let Some(one) = self.optional(|p| {
            p.op(by)?;
            rule(p)
        })? {
            all.push(one);
        }
        Ok(all)
    }

    fn optional_op(&mut self, kind: TokenKind) -> Match<Option<Token>> {
        self.optional(|p| p.op(kind))
    }

    /// Alternatives in order. `None` in the result stands for an error rule that matched but had nothing to say, after
    /// which the whole rule does not match.
    fn first_of<T>(&mut self, rules: &[fn(&mut Self) -> Match<T>]) -> Match<T> {
        for rule in rules {
            if let Some(value) = self.optional(rule)? {
                return Ok(value);
            }
        }
        Err(Fail::Mismatch)
    }

    /// An error rule takes part in the second pass only, and never matches: it raises or it does nothing.
    fn explain<T>(&mut self, rule: impl FnOnce(&mut Self) -> Match<T>) -> Match<()> {
        if self.explaining {
            self.ahead(rule)?;
        }
        Ok(())
    }

    /// A rule whose result is kept for its position.
    fn keep(&mut self, rule: Rule, parse: impl FnOnce(&mut Self) -> Match<Expr>) -> Match<Expr> {
        let key = (rule, self.at);
        if let Some(kept) = self.kept.get(&key) {
            return match kept {
                Some((expression, end)) => {
                    self.at = *end;
                    Ok(expression.clone())
                }
                None => Err(Fail::Mismatch),
            };
        }
        self.deeper()?;
        let result = parse(self);
        self.depth -= 1;
        let kept = match &result {
            Ok(expression) => Some((expression.clone(), self.at)),
            Err(Fail::Mismatch) => None,
            Err(Fail::Raised) => return result,
        };
        self.kept.insert(key, kept);
        result
    }

    fn deeper(&mut self) -> Match<()> {
        self.depth += 1;
        if self.depth <= MAX_DEPTH {
            return Ok(());
        }
        let mut error = SyntaxError::without_position(self.source, super::TOO_COMPLEX);
        error.kind = super::SyntaxErrorKind::Memory;
        self.error = Some(error);
        self.error_is_lexical = true;
        Err(Fail::Raised)
    }

    /// A node from token `first` to the last token matched.
    fn since(&self, kind: Kind, first: u32) -> Expr {
        Rc::new(Node { kind, start: first, end: self.end() })
    }

    /// Where the next token begins.
    fn start(&mut self) -> Match<u32> {
        Ok(self.peek()?.token.start)
    }
}

fn node(kind: Kind, token: &Token) -> Expr {
    Rc::new(Node { kind, start: token.start, end: token.end })
}
