//! Statements of one line, other than assignments and imports.

use super::{Fail, Match, Parser, Targets};
use crate::tokens::TokenKind;

use TokenKind::{Comma, Equal, Newline, Semicolon};

impl Parser<'_> {
    pub(super) fn simple_statement(&mut self) -> Match<()> {
        if self.optional(Self::assignment)?.is_some() {
            return Ok(());
        }
        if self.optional(Self::type_alias)?.is_some() {
            return Ok(());
        }
        if self.optional(Self::star_expressions)?.is_some() {
            return Ok(());
        }
        let read = self.peek()?;
        if !read.keyword {
            return Err(Fail::Mismatch);
        }
        let word = self.text_of(&read.token).to_owned();
        match word.as_str() {
            "return" => {
                self.at += 1;
                self.optional(Self::star_expressions).map(drop)
            }
            "import" | "from" => self.import(),
            "raise" => self.raise_statement(),
            "pass" | "break" | "continue" => {
                self.at += 1;
                Ok(())
            }
            "del" => self.delete(),
            "yield" => self.yield_expression().map(drop),
            "assert" => {
                self.at += 1;
                self.expression()?;
                self.optional(|p| {
                    p.op(Comma)?;
                    p.expression()
                })
                .map(drop)
            }
            "global" | "nonlocal" => {
                self.at += 1;
                self.comma_separated(Self::name).map(drop)
            }
            _ => Err(Fail::Mismatch),
        }
    }

    fn raise_statement(&mut self) -> Match<()> {
        self.keyword("raise")?;
        self.optional(|p| {
            p.expression()?;
            p.optional(|p| {
                p.keyword("from")?;
                p.expression()
            })
        })
        .map(drop)
    }

    fn delete(&mut self) -> Match<()> {
        let start = self.at;
        let matched = self.optional(|p| {
            p.keyword("del")?;
            p.delete_targets()?;
            p.require_op(&[Semicolon, Newline])
        })?;
        if matched.is_some() {
            return Ok(());
        }
        self.at = start;
        self.explain(|p| {
            p.keyword("del")?;
            let targets = p.star_expressions()?;
            p.raise_invalid_target::<()>(&targets, Targets::Deleted)
        })?;
        Err(Fail::Mismatch)
    }

    fn type_alias(&mut self) -> Match<()> {
        self.soft_keyword("type")?;
        self.name()?;
        self.optional(Self::type_parameters)?;
        self.op(Equal)?;
        self.expression().map(drop)
    }
}
