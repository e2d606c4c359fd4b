//! Files, statements and blocks.

use super::{Fail, Match, Parser};
use crate::tokens::{Token, TokenKind};

use TokenKind::{Colon, Dedent, EndMarker, Indent, Newline, Semicolon};

impl Parser<'_> {
    pub(super) fn file(&mut self) -> Match<()> {
        self.many(Self::statement)?;
        self.op(EndMarker).map(drop)
    }

    pub(super) fn evaluated(&mut self) -> Match<()> {
        self.expressions()?;
        self.many(|p| p.op(Newline))?;
        self.op(EndMarker).map(drop)
    }

    /// One statement. A compound one ends with an empty line, or with the text.
    pub(super) fn interactive(&mut self) -> Match<()> {
        self.first_of(&[
            |p| {
                p.compound_statement()?;
                p.op(Newline).map(drop)
            },
            Self::simple_statements,
            |p| p.op(Newline).map(drop),
        ])
    }

    pub(super) fn statement(&mut self) -> Match<()> {
        self.deeper()?;
        let result = self.first_of(&[Self::compound_statement, Self::simple_statements]);
        self.depth -= 1;
        result
    }

    pub(super) fn simple_statements(&mut self) -> Match<()> {
        self.first_of(&[
            |p| {
                p.simple_statement()?;
                p.refuse_op(&[Semicolon])?;
                p.op(Newline).map(drop)
            },
            |p| {
                p.separated(Semicolon, Self::simple_statement)?;
                p.optional_op(Semicolon)?;
                p.op(Newline).map(drop)
            },
        ])
    }

    pub(super) fn block(&mut self) -> Match<()> {
        self.deeper()?;
        let result = self.first_of(&[
            |p| {
                p.op(Newline)?;
                p.op(Indent)?;
                p.many1(Self::statement)?;
                p.op(Dedent).map(drop)
            },
            Self::simple_statements,
        ]);
        self.depth -= 1;
        if matches!(result, Err(Fail::Mismatch)) {
            self.explain(|p| {
                p.op(Newline)?;
                p.refuse_op(&[Indent])?;
                p.raise_indentation::<()>("expected an indented block")
            })?;
        }
        result
    }

    /// Error rule: the end of the line where a colon should stand.
    pub(super) fn refuse_missing_colon(&mut self) -> Match<()> {
        self.op(Newline)?;
        self.raise("expected ':'")
    }

    /// Error rule: a colon, a line end, and no deeper line after it.
    pub(super) fn refuse_missing_block(&mut self, what: &str, first: &Token) -> Match<()> {
        self.op(Colon)?;
        self.op(Newline)?;
        self.refuse_op(&[Indent])?;
        self.raise_indentation(format!("expected an indented block after {what} on line {}", first.line))
    }
}
