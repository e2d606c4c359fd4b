//! Arguments of calls and class definitions.

use super::nodes::{Expr, Kind};
use super::{Fail, Match, Parser, Rule};
use crate::tokens::{Token, TokenKind};

use TokenKind::{Comma, DoubleStar, Equal, RightParenthesis, Star};

/// Arguments as far as messages need them.
struct Arguments {
    /// Positional ones, starred ones among the keywords included.
    positional: Vec<Expr>,
    unpacks_keywords: bool,
}

impl Parser<'_> {
    pub(super) fn arguments(&mut self) -> Match<Expr> {
        self.keep(Rule::Arguments, |p| {
            let start = p.start()?;
            let matched = p.optional(|p| {
                p.all_arguments()?;
                p.optional_op(Comma)?;
                p.require_op(&[RightParenthesis])
            })?;
            if matched.is_some() {
                return Ok(p.since(Kind::Other, start));
            }
            p.explain(Self::refuse_arguments)?;
            Err(Fail::Mismatch)
        })
    }

    fn positional(&mut self) -> Match<Expr> {
        self.first_of(&[Self::starred_argument, |p| {
            let value = p.first_of(&[Self::assignment_expression, Self::unnamed_expression])?;
            p.refuse_op(&[Equal])?;
            Ok(value)
        }])
    }

    fn all_arguments(&mut self) -> Match<Arguments> {
        let start = self.at;
        if let Some(mut positional) = self.optional(|p| p.comma_separated(Self::positional))? {
            let keywords = self.optional(|p| {
                p.op(Comma)?;
                p.keyword_arguments()
            })?;
            let unpacks_keywords = keywords.as_ref().is_some_and(|keywords| keywords.unpacks_keywords);
            positional.extend(keywords.into_iter().flat_map(|keywords| keywords.positional));
            return Ok(Arguments { positional, unpacks_keywords });
        }
        self.at = start;
        self.keyword_arguments()
    }

    fn keyword_arguments(&mut self) -> Match<Arguments> {
        let start = self.at;
        if let Some(starred) = self.optional(|p| {
            let starred = p.comma_separated(Self::keyword_or_starred)?;
            p.op(Comma)?;
            let unpacked = p.comma_separated(Self::keyword_or_unpacked)?;
            Ok(Arguments {
                positional: starred.into_iter().flatten().collect(),
                unpacks_keywords: unpacked.contains(&true),
            })
        })? {
            return Ok(starred);
        }
        if let Some(starred) = self.optional(|p| p.comma_separated(Self::keyword_or_starred))? {
            return Ok(Arguments { positional: starred.into_iter().flatten().collect(), unpacks_keywords: false });
        }
        self.at = start;
        let unpacked = self.comma_separated(Self::keyword_or_unpacked)?;
        Ok(Arguments { positional: Vec::new(), unpacks_keywords: unpacked.contains(&true) })
    }

    pub(super) fn starred_argument(&mut self) -> Match<Expr> {
        self.explain(|p| {
            let star = p.op(Star)?;
            p.expression()?;
            p.op(Equal)?;
            let value = p.expression()?;
            p.raise_between::<()>(star.start, value.end, "cannot assign to iterable argument unpacking")
        })?;
        let matched = self.optional(|p| {
            let star = p.op(Star)?;
            let value = p.expression()?;
            Ok(p.since(Kind::Starred(value), star.start))
        })?;
        if let Some(starred) = matched {
            return Ok(starred);
        }
        self.explain(|p| {
            p.op(Star)?;
            p.raise::<()>("Invalid star expression")
        })?;
        Err(Fail::Mismatch)
    }

    fn keyword_argument(&mut self) -> Match<()> {
        self.name()?;
        self.op(Equal)?;
        self.expression().map(drop)
    }

    fn keyword_or_starred(&mut self) -> Match<Option<Expr>> {
        self.explain(Self::refuse_keyword_argument)?;
        if self.optional(Self::keyword_argument)?.is_some() {
            return Ok(None);
        }
        self.starred_argument().map(Some)
    }

    /// Gives whether it is `**mapping`.
    fn keyword_or_unpacked(&mut self) -> Match<bool> {
        self.explain(Self::refuse_keyword_argument)?;
        if self.optional(Self::keyword_argument)?.is_some() {
            return Ok(false);
        }
        self.op(DoubleStar)?;
        self.expression()?;
        Ok(true)
    }

    fn refuse_keyword_argument(&mut self) -> Match<()> {
        if self.at_keyword(&["True", "False", "None"])? {
            let constant = self.peek()?.token;
            self.at += 1;
            if let Some(equal) = self.optional_op(Equal)? {
                let message = format!("cannot assign to {}", self.text_of(&constant));
                return self.raise_between(constant.start, equal.end, message);
            }
            self.at -= 1;
        }
        self.explain(Self::refuse_generator_as_keyword)?;
        self.explain(|p| {
            p.refuse(|p| {
                p.name()?;
                p.op(Equal)
            })?;
            let target = p.expression()?;
            let equal = p.op(Equal)?;
            let message = "expression cannot contain assignment, perhaps you meant \"==\"?";
            p.raise_between::<()>(target.start, equal.end, message)
        })?;
        let stars = self.op(DoubleStar)?;
        self.expression()?;
        self.op(Equal)?;
        let value = self.expression()?;
        self.raise_between(stars.start, value.end, "cannot assign to keyword argument unpacking")
    }

    fn refuse_generator_as_keyword(&mut self) -> Match<()> {
        let name = self.name()?;
        let equal = self.op(Equal)?;
        self.expression()?;
        self.for_if_clauses()?;
        let message = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
        self.raise_between(name.start, equal.end, message)
    }

    fn refuse_arguments(&mut self) -> Match<()> {
        const PARENTHESES: &str = "Generator expression must be parenthesized";
        let start = self.at;
        if let Some(comma) = self.optional(Self::starred_after_unpacking)? {
            let message = "iterable argument unpacking follows keyword argument unpacking";
            return self.raise_from_token(&comma, message);
        }
        if let Some((element, end)) = self.optional(|p| {
            let element = p.expression()?;
            let clauses = p.for_if_clauses()?;
            p.op(Comma)?;
            p.optional(|p| {
                p.first_of(&[
                    |p| p.all_arguments().map(drop),
                    |p| {
                        p.expression()?;
                        p.for_if_clauses().map(drop)
                    },
                ])
            })?;
            Ok((element, clauses.end))
        })? {
            return self.raise_between(element.start, end, PARENTHESES);
        }
        self.explain(Self::refuse_generator_as_keyword)?;
        if let Some((name, equal)) = self.optional(Self::keyword_without_value)? {
            return self.raise_between(name.start, equal.end, "expected argument value expression");
        }
        if let Some((arguments, clauses)) = self.optional(|p| {
            let arguments = p.all_arguments()?;
            let clauses = p.for_if_clauses()?;
            Ok((arguments, clauses))
        })? {
            let Some(last) = arguments.positional.last().filter(|_| arguments.positional.len() > 1) else {
                return Err(Fail::Mismatch);
            };
            return self.raise_between(last.start, clauses.end, PARENTHESES);
        }
        if let Some((element, end)) = self.optional(|p| {
            p.all_arguments()?;
            p.op(Comma)?;
            let element = p.expression()?;
            let clauses = p.for_if_clauses()?;
            Ok((element, clauses.end))
        })? {
            return self.raise_between(element.start, end, PARENTHESES);
        }
        self.at = start;
        let arguments = self.all_arguments()?;
        self.op(Comma)?;
        self.all_arguments()?;
        let what = if arguments.unpacks_keywords { "keyword argument unpacking" } else { "keyword argument" };
        self.raise(format!("positional argument follows {what}"))
    }

    /// A starred argument after `**mapping`: the comma before it.
    fn starred_after_unpacking(&mut self) -> Match<Token> {
        self.first_of(&[
            |p| {
                p.comma_separated(Self::positional)?;
                p.op(Comma)?;
                p.keyword_arguments()
            },
            Self::keyword_arguments,
        ])?;
        let comma = self.op(Comma)?;
        self.comma_separated(|p| {
            p.starred_argument()?;
            p.refuse_op(&[Equal])
        })?;
        Ok(comma)
    }

    fn keyword_without_value(&mut self) -> Match<(Expr, Token)> {
        self.optional(|p| {
            p.all_arguments()?;
            p.op(Comma)
        })?;
        let name = self.name()?;
        let equal = self.op(Equal)?;
        self.require_op(&[Comma, RightParenthesis])?;
        Ok((name, equal))
    }
}
