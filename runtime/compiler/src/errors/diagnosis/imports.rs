//! Import statements.

use super::{FLUFL, Fail, Match, Parser};
use crate::tokens::TokenKind;

use TokenKind::{Comma, Dot, Ellipsis, LeftParenthesis, Newline, RightParenthesis, Semicolon, Star};

const NAMES_EXPECTED: &str = "Expected one or more names after 'import'";

/// Whether the words of a `from ... import` are a future import of the feature; another may get its name.
fn asks_for_flufl(words: &[&str]) -> bool {
    let names = words.strip_prefix(&["from", "__future__", "import"]).unwrap_or_default();
    names.iter().enumerate().any(|(at, &name)| name == FLUFL && (at == 0 || names[at - 1] != "as"))
}

impl Parser<'_> {
    pub(super) fn import(&mut self) -> Match<()> {
        self.explain(Self::refuse_import)?;
        self.first_of(&[Self::import_name, Self::import_from])
    }

    fn refuse_import(&mut self) -> Match<()> {
        let start = self.at;
        let import = self.keyword("import")?;
        let swapped = self.optional(|p| {
            p.comma_separated(Self::dotted_name)?;
            p.keyword("from")?;
            p.dotted_name()
        })?;
        if swapped.is_some() {
            return self.raise_from_token(&import, "Did you mean to use 'from ... import ...' instead?");
        }
        self.at = start + 1;
        let newline = self.op(Newline)?;
        self.raise_from_token(&newline, NAMES_EXPECTED)
    }

    fn import_name(&mut self) -> Match<()> {
        self.keyword("import")?;
        self.comma_separated(Self::dotted_as_name).map(drop)
    }

    fn dotted_name(&mut self) -> Match<()> {
        self.name()?;
        self.many(|p| {
            p.op(Dot)?;
            p.name()
        })
        .map(drop)
    }

    fn dotted_as_name(&mut self) -> Match<()> {
        self.explain(|p| {
            p.dotted_name()?;
            p.keyword("as")?;
            p.refuse(|p| {
                p.name()?;
                p.require_op(&[Comma, Semicolon, Newline])
            })?;
            p.raise_import_target()
        })?;
        self.dotted_name()?;
        self.as_name()
    }

    fn as_name(&mut self) -> Match<()> {
        self.optional(|p| {
            p.keyword("as")?;
            p.name()
        })
        .map(drop)
    }

    fn raise_import_target(&mut self) -> Match<()> {
        let target = self.expression()?;
        let message = format!("cannot use {} as import target", target.name());
        self.raise_at(&target, message)
    }

    fn import_from(&mut self) -> Match<()> {
        let start = self.at;
        self.keyword("from")?;
        let dots = self.many(|p| p.first_of(&[|p| p.op(Dot), |p| p.op(Ellipsis)]))?;
        let module = self.optional(|p| {
            p.dotted_name()?;
            p.keyword("import")
        })?;
        if module.is_none() {
            if dots.is_empty() {
                return Err(Fail::Mismatch);
            }
            self.keyword("import")?;
        }
        self.import_from_targets()?;
        let words = self.tokens[start..self.at].iter().map(|read| self.text_of(&read.token)).collect::<Vec<_>>();
        self.flufl |= asks_for_flufl(&words);
        Ok(())
    }

    fn import_from_targets(&mut self) -> Match<()> {
        let matched = self.optional(|p| {
            p.first_of(&[
                |p| {
                    p.op(LeftParenthesis)?;
                    p.comma_separated(Self::import_from_as_name)?;
                    p.optional_op(Comma)?;
                    p.op(RightParenthesis).map(drop)
                },
                |p| {
                    p.comma_separated(Self::import_from_as_name)?;
                    p.refuse_op(&[Comma])
                },
                |p| p.op(Star).map(drop),
            ])
        })?;
        if matched.is_some() {
            return Ok(());
        }
        self.explain(|p| {
            p.comma_separated(Self::import_from_as_name)?;
            p.op(Comma)?;
            p.op(Newline)?;
            p.raise::<()>("trailing comma not allowed without surrounding parentheses")
        })?;
        self.explain(|p| {
            let newline = p.op(Newline)?;
            p.raise_from_token::<()>(&newline, NAMES_EXPECTED)
        })?;
        Err(Fail::Mismatch)
    }

    fn import_from_as_name(&mut self) -> Match<()> {
        self.explain(|p| {
            p.name()?;
            p.keyword("as")?;
            p.refuse(|p| {
                p.name()?;
                p.require_op(&[Comma, RightParenthesis, Semicolon, Newline])
            })?;
            p.raise_import_target()
        })?;
        self.name()?;
        self.as_name()
    }
}
