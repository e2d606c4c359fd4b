//! Functions, classes, decorators and type parameters.

use super::nodes::Kind;
use super::{Fail, Match, Parser};
use crate::tokens::TokenKind;

use TokenKind::{
    Arrow, At, Colon, Comma, DoubleStar, Equal, LeftBracket, LeftParenthesis, Newline, RightBracket, RightParenthesis,
    Star,
};

impl Parser<'_> {
    fn decorators(&mut self) -> Match<()> {
        self.many1(|p| {
            p.op(At)?;
            p.named_expression()?;
            p.op(Newline)
        })
        .map(drop)
    }

    fn decorated(&mut self, rule: fn(&mut Self) -> Match<()>) -> Match<()> {
        let matched = self.optional(|p| {
            p.decorators()?;
            rule(p)
        })?;
        if matched.is_some() { Ok(()) } else { rule(self) }
    }

    pub(super) fn class_definition(&mut self) -> Match<()> {
        self.decorated(Self::undecorated_class)
    }

    fn class_head(&mut self) -> Match<crate::tokens::Token> {
        let keyword = self.keyword("class")?;
        self.name()?;
        self.optional(Self::type_parameters)?;
        self.optional(|p| {
            p.op(LeftParenthesis)?;
            p.optional(Self::arguments)?;
            p.op(RightParenthesis)
        })?;
        Ok(keyword)
    }

    fn undecorated_class(&mut self) -> Match<()> {
        self.explain(|p| {
            let keyword = p.class_head()?;
            p.explain(Self::refuse_missing_colon)?;
            p.refuse_missing_block("class definition", &keyword)
        })?;
        self.class_head()?;
        self.op(Colon)?;
        self.block()
    }

    pub(super) fn function_definition(&mut self) -> Match<()> {
        self.decorated(Self::undecorated_function)
    }

    fn undecorated_function(&mut self) -> Match<()> {
        self.explain(|p| {
            p.optional(|p| p.keyword("async"))?;
            let keyword = p.keyword("def")?;
            p.name()?;
            p.optional(Self::type_parameters)?;
            p.op(LeftParenthesis)?;
            p.optional(Self::parameters)?;
            p.op(RightParenthesis)?;
            p.optional(Self::returned_annotation)?;
            p.refuse_missing_block("function definition", &keyword)
        })?;
        self.optional(|p| p.keyword("async"))?;
        self.keyword("def")?;
        self.name()?;
        self.optional(Self::type_parameters)?;
        // Unlike a missing colon, this waits for what the type parameters have to say.
        if self.explaining {
            self.forced(LeftParenthesis, "(")?;
        } else {
            self.op(LeftParenthesis)?;
        }
        self.optional(Self::parameters)?;
        self.op(RightParenthesis)?;
        self.optional(Self::returned_annotation)?;
        self.forced(Colon, ":")?;
        self.block()
    }

    fn returned_annotation(&mut self) -> Match<()> {
        self.op(Arrow)?;
        self.expression().map(drop)
    }

    pub(super) fn type_parameters(&mut self) -> Match<()> {
        self.explain(|p| {
            p.op(LeftBracket)?;
            let close = p.op(RightBracket)?;
            p.raise_from_token::<()>(&close, "Type parameter list cannot be empty")
        })?;
        self.op(LeftBracket)?;
        self.comma_separated(Self::type_parameter)?;
        self.optional_op(Comma)?;
        self.op(RightBracket).map(drop)
    }

    fn type_parameter(&mut self) -> Match<()> {
        let matched = self.optional(|p| {
            p.name()?;
            p.optional(|p| {
                p.op(Colon)?;
                p.expression()
            })?;
            p.optional(Self::type_parameter_default)
        })?;
        if matched.is_some() {
            return Ok(());
        }
        self.explain(|p| p.refuse_bound(Star, "TypeVarTuple"))?;
        self.explain(|p| p.refuse_bound(DoubleStar, "ParamSpec"))?;
        self.first_of(&[
            |p| {
                p.op(Star)?;
                p.name()?;
                p.optional(|p| {
                    p.op(Equal)?;
                    p.star_expression()
                })
                .map(drop)
            },
            |p| {
                p.op(DoubleStar)?;
                p.name()?;
                p.optional(Self::type_parameter_default).map(drop)
            },
        ])
    }

    fn type_parameter_default(&mut self) -> Match<()> {
        self.op(Equal)?;
        self.expression().map(drop)
    }

    fn refuse_bound(&mut self, star: TokenKind, what: &str) -> Match<()> {
        self.op(star)?;
        self.name()?;
        let colon = self.op(Colon)?;
        let bound = self.expression()?;
        let constrained = matches!(bound.kind, Kind::Tuple(_));
        let word = if constrained { "constraints" } else { "bound" };
        self.raise_from_token::<()>(&colon, format!("cannot use {word} with {what}"))?;
        Err(Fail::Mismatch)
    }
}
