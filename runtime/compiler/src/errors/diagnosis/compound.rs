//! Compound statements other than definitions and `match`.

use super::{Fail, Match, Parser, Targets};
use crate::tokens::{Token, TokenKind};

use TokenKind::{Colon, Comma, LeftParenthesis, Newline, RightParenthesis, Star};

/// The words that a kind of statement begins with, and its rule.
type Rule<P> = (&'static [&'static str], fn(&mut P) -> Match<()>);

impl Parser<'_> {
    pub(super) fn compound_statement(&mut self) -> Match<()> {
        let rules: [Rule<Self>; 7] = [
            (&["def", "@", "async"], Self::function_definition),
            (&["if"], Self::if_statement),
            (&["class", "@"], Self::class_definition),
            (&["with", "async"], Self::with_statement),
            (&["for", "async"], Self::for_statement),
            (&["try"], Self::try_statement),
            (&["while"], Self::while_statement),
        ];
        for (words, rule) in rules {
            let begins = self.at_keyword(words)? || words.contains(&"@") && self.kind_is(TokenKind::At)?;
            if begins && self.optional(rule)?.is_some() {
                return Ok(());
            }
        }
        self.match_statement()
    }

    fn optional_async(&mut self) -> Match<Option<Token>> {
        self.optional(|p| p.keyword("async"))
    }

    // if, while

    /// Error rule for a keyword and a condition: no colon, or no block.
    fn refuse_condition(&mut self, word: &str) -> Match<()> {
        let keyword = self.keyword(word)?;
        self.named_expression()?;
        self.explain(Self::refuse_missing_colon)?;
        self.refuse_missing_block(&format!("'{word}' statement"), &keyword)
    }

    fn if_statement(&mut self) -> Match<()> {
        self.conditional_block("if")
    }

    fn conditional_block(&mut self, word: &str) -> Match<()> {
        self.explain(|p| p.refuse_condition(word))?;
        self.keyword(word)?;
        self.named_expression()?;
        self.op(Colon)?;
        self.block()?;
        if self.optional(|p| p.conditional_block("elif"))?.is_none() {
            self.optional(Self::else_block)?;
        }
        Ok(())
    }

    fn while_statement(&mut self) -> Match<()> {
        self.explain(|p| p.refuse_condition("while"))?;
        self.keyword("while")?;
        self.named_expression()?;
        self.op(Colon)?;
        self.block()?;
        self.optional(Self::else_block).map(drop)
    }

    fn else_block(&mut self) -> Match<()> {
        self.explain(|p| {
            let keyword = p.keyword("else")?;
            p.refuse_missing_block("'else' statement", &keyword)
        })?;
        self.explain(|p| {
            p.keyword("else")?;
            p.op(Colon)?;
            p.block()?;
            p.keyword("elif")?;
            p.raise::<()>("'elif' block follows an 'else' block")
        })?;
        self.keyword("else")?;
        self.forced(Colon, ":")?;
        self.block()
    }

    // for

    fn for_statement(&mut self) -> Match<()> {
        self.explain(|p| {
            p.optional_async()?;
            let keyword = p.keyword("for")?;
            p.star_targets()?;
            p.keyword("in")?;
            p.star_expressions()?;
            p.explain(Self::refuse_missing_colon)?;
            p.refuse_missing_block("'for' statement", &keyword)
        })?;
        let head = self.optional(|p| {
            p.optional_async()?;
            p.keyword("for")?;
            p.star_targets()?;
            p.keyword("in")
        })?;
        if head.is_some() {
            self.star_expressions()?;
            self.op(Colon)?;
            self.block()?;
            return self.optional(Self::else_block).map(drop);
        }
        self.explain(Self::refuse_for_target)?;
        Err(Fail::Mismatch)
    }

    pub(super) fn refuse_for_target(&mut self) -> Match<()> {
        self.optional_async()?;
        self.keyword("for")?;
        let targets = self.star_expressions()?;
        self.raise_invalid_target(&targets, Targets::Iterated)
    }

    // with

    fn with_statement(&mut self) -> Match<()> {
        self.explain(|p| p.refuse_with(false))?;
        let start = self.at;
        let matched = self.optional(|p| {
            p.optional_async()?;
            p.keyword("with")?;
            p.op(LeftParenthesis)?;
            p.comma_separated(Self::with_item)?;
            p.optional_op(Comma)?;
            p.op(RightParenthesis)?;
            p.op(Colon)?;
            p.block()
        })?;
        if matched.is_some() {
            return Ok(());
        }
        self.at = start;
        let matched = self.optional(|p| {
            p.optional_async()?;
            p.keyword("with")?;
            p.comma_separated(Self::with_item)?;
            p.op(Colon)?;
            p.block()
        })?;
        if matched.is_some() {
            return Ok(());
        }
        self.explain(|p| p.refuse_with(true))?;
        Err(Fail::Mismatch)
    }

    /// Error rules for `with`: no colon after the items, or no block.
    fn refuse_with(&mut self, colon_missing: bool) -> Match<()> {
        self.optional_async()?;
        let keyword = self.keyword("with")?;
        self.ahead(|p| {
            p.comma_separated(|p| {
                p.expression()?;
                p.as_star_target()
            })?;
            p.refuse_with_end(colon_missing, &keyword)
        })?;
        self.op(LeftParenthesis)?;
        self.comma_separated(|p| {
            p.expressions()?;
            p.as_star_target()
        })?;
        self.optional_op(Comma)?;
        self.op(RightParenthesis)?;
        self.refuse_with_end(colon_missing, &keyword)
    }

    fn refuse_with_end(&mut self, colon_missing: bool, keyword: &Token) -> Match<()> {
        if colon_missing { self.refuse_missing_colon() } else { self.refuse_missing_block("'with' statement", keyword) }
    }

    fn as_star_target(&mut self) -> Match<()> {
        self.optional(|p| {
            p.keyword("as")?;
            p.star_target()
        })
        .map(drop)
    }

    fn with_item(&mut self) -> Match<()> {
        let matched = self.optional(|p| {
            p.expression()?;
            p.keyword("as")?;
            p.star_target()?;
            p.require_op(&[Comma, RightParenthesis, Colon])
        })?;
        if matched.is_some() {
            return Ok(());
        }
        self.explain(|p| {
            p.expression()?;
            p.keyword("as")?;
            let target = p.expression()?;
            p.require_op(&[Comma, RightParenthesis, Colon])?;
            p.raise_invalid_target::<()>(&target, Targets::Assigned)
        })?;
        self.expression().map(drop)
    }

    // try

    fn try_statement(&mut self) -> Match<()> {
        self.explain(Self::refuse_try)?;
        self.keyword("try")?;
        self.forced(Colon, ":")?;
        self.block()?;
        let after = self.at;
        if self.optional(Self::finally_block)?.is_some() {
            return Ok(());
        }
        for rule in [Self::except_block, Self::except_star_block] {
            self.at = after;
            if self.optional(|p| p.many1(rule))?.is_some() {
                self.optional(Self::else_block)?;
                return self.optional(Self::finally_block).map(drop);
            }
        }
        Err(Fail::Mismatch)
    }

    fn refuse_try(&mut self) -> Match<()> {
        let keyword = self.keyword("try")?;
        self.ahead(|p| p.refuse_missing_block("'try' statement", &keyword))?;
        self.op(Colon)?;
        let body = self.at;
        if self.optional(Self::block)?.is_some() && !self.at_keyword(&["except", "finally"])? {
            return self.raise("expected 'except' or 'finally' block");
        }
        self.at = body;
        self.many(Self::block)?;
        let handlers = self.at;
        let starred = self.optional(|p| {
            p.many1(Self::except_block)?;
            let first = p.keyword("except")?;
            let star = p.op(Star)?;
            p.expression()?;
            p.as_plain_name()?;
            p.op(Colon)?;
            Ok((first, star))
        })?;
        const BOTH: &str = "cannot have both 'except' and 'except*' on the same 'try'";
        if let Some((first, star)) = starred {
            return self.raise_between(first.start, star.end, BOTH);
        }
        self.at = handlers;
        self.many1(Self::except_star_block)?;
        let first = self.keyword("except")?;
        self.optional(|p| {
            p.expression()?;
            p.as_plain_name()
        })?;
        self.op(Colon)?;
        self.raise_at_token(&first, BOTH)
    }

    fn as_plain_name(&mut self) -> Match<()> {
        self.optional(|p| {
            p.keyword("as")?;
            p.name()
        })
        .map(drop)
    }

    fn except_block(&mut self) -> Match<()> {
        self.explain(|p| {
            let keyword = p.keyword("except")?;
            p.optional(|p| {
                p.expression()?;
                p.as_plain_name()
            })?;
            p.refuse_missing_block("'except' statement", &keyword)
        })?;
        let matched = self.optional(|p| {
            p.keyword("except")?;
            p.first_of(&[
                |p| {
                    p.expressions()?;
                    p.op(Colon)?;
                    p.block()
                },
                Self::exception_as_name,
                |p| {
                    p.op(Colon)?;
                    p.block()
                },
            ])
        })?;
        if matched.is_some() {
            return Ok(());
        }
        self.explain(Self::refuse_except)?;
        Err(Fail::Mismatch)
    }

    fn exception_as_name(&mut self) -> Match<()> {
        self.expression()?;
        self.keyword("as")?;
        self.name()?;
        self.op(Colon)?;
        self.block()
    }

    fn except_star_block(&mut self) -> Match<()> {
        self.explain(|p| {
            let keyword = p.keyword("except")?;
            p.op(Star)?;
            p.expression()?;
            p.as_plain_name()?;
            p.refuse_missing_block("'except*' statement", &keyword)
        })?;
        let matched = self.optional(|p| {
            p.keyword("except")?;
            p.op(Star)?;
            p.first_of(&[
                |p| {
                    p.expressions()?;
                    p.op(Colon)?;
                    p.block()
                },
                Self::exception_as_name,
            ])
        })?;
        if matched.is_some() {
            return Ok(());
        }
        self.explain(Self::refuse_except_star)?;
        Err(Fail::Mismatch)
    }

    /// Several types with a name, but without parentheses around them.
    fn refuse_unparenthesized_types(&mut self) -> Match<()> {
        let first = self.expression()?;
        self.op(Comma)?;
        self.expressions()?;
        self.keyword("as")?;
        self.name()?;
        self.op(Colon)?;
        self.raise_from(first.start, "multiple exception types must be parenthesized when using 'as'")
    }

    fn refuse_exception_target(&mut self, statement: &str) -> Match<()> {
        self.expression()?;
        self.keyword("as")?;
        let target = self.expression()?;
        self.op(Colon)?;
        self.block()?;
        let message = format!("cannot use {statement} statement with {}", target.name());
        self.raise_at(&target, message)
    }

    fn refuse_except(&mut self) -> Match<()> {
        self.keyword("except")?;
        self.explain(Self::refuse_unparenthesized_types)?;
        self.explain(|p| {
            p.expression()?;
            p.as_plain_name()?;
            p.refuse_missing_colon()
        })?;
        self.explain(Self::refuse_missing_colon)?;
        self.refuse_exception_target("except")
    }

    fn refuse_except_star(&mut self) -> Match<()> {
        self.keyword("except")?;
        self.op(Star)?;
        self.explain(Self::refuse_unparenthesized_types)?;
        self.explain(|p| {
            p.expression()?;
            p.as_plain_name()?;
            p.refuse_missing_colon()
        })?;
        self.explain(|p| {
            p.require_op(&[Newline, Colon])?;
            p.at += 1;
            p.raise::<()>("expected one or more exception types")
        })?;
        self.refuse_exception_target("except*")
    }

    fn finally_block(&mut self) -> Match<()> {
        self.explain(|p| {
            let keyword = p.keyword("finally")?;
            p.refuse_missing_block("'finally' statement", &keyword)
        })?;
        self.keyword("finally")?;
        self.forced(Colon, ":")?;
        self.block()
    }
}
