//! Lists, tuples, sets, dicts and comprehensions.

use super::nodes::{Expr, Kind};
use super::{Fail, Match, Parser};
use crate::tokens::{Token, TokenKind};

use TokenKind::{
    Colon, Comma, DoubleStar, LeftBrace, LeftBracket, LeftParenthesis, RightBrace, RightBracket, RightParenthesis, Star,
};

/// What the clauses of a comprehension end with, for the extent of messages.
pub(super) struct Clauses {
    pub end: u32,
}

impl Parser<'_> {
    pub(super) fn list(&mut self) -> Match<Expr> {
        let open = self.op(LeftBracket)?;
        let elements = self.optional(Self::star_named_expressions)?.unwrap_or_default();
        self.op(RightBracket)?;
        Ok(self.since(Kind::List(elements), open.start))
    }

    pub(super) fn tuple(&mut self) -> Match<Expr> {
        let open = self.op(LeftParenthesis)?;
        let elements = self.optional(|p| {
            let first = p.star_named_expression()?;
            p.op(Comma)?;
            let mut elements = vec![first];
            elements.extend(p.optional(Self::star_named_expressions)?.unwrap_or_default());
            Ok(elements)
        })?;
        self.op(RightParenthesis)?;
        Ok(self.since(Kind::Tuple(elements.unwrap_or_default()), open.start))
    }

    pub(super) fn set(&mut self) -> Match<Expr> {
        let open = self.op(LeftBrace)?;
        self.star_named_expressions()?;
        self.op(RightBrace)?;
        Ok(self.since(Kind::Set, open.start))
    }

    pub(super) fn dict(&mut self) -> Match<Expr> {
        let matched = self.optional(|p| {
            let open = p.op(LeftBrace)?;
            p.optional(|p| {
                p.dict_item()?;
                p.many(|p| {
                    p.op(Comma)?;
                    p.explain(Self::refuse_key_alone)?;
                    p.dict_item()
                })?;
                p.optional_op(Comma)
            })?;
            p.op(RightBrace)?;
            Ok(p.since(Kind::Dict, open.start))
        })?;
        if let Some(dict) = matched {
            return Ok(dict);
        }
        self.explain(|p| {
            p.op(LeftBrace)?;
            p.refuse_dict_items()
        })?;
        Err(Fail::Mismatch)
    }

    fn dict_item(&mut self) -> Match<()> {
        self.first_of(&[
            |p| {
                p.op(DoubleStar)?;
                p.bit_or().map(drop)
            },
            Self::key_and_value,
        ])
    }

    fn key_and_value(&mut self) -> Match<()> {
        self.expression()?;
        self.op(Colon)?;
        self.expression().map(drop)
    }

    fn refuse_dict_items(&mut self) -> Match<()> {
        self.explain(|p| {
            p.comma_separated(Self::dict_item)?;
            p.op(Comma)?;
            p.refuse_dict_value()
        })?;
        self.refuse_dict_value()
    }

    /// Error rule: after the first item, whatever follows a key that should have a colon after it.
    fn refuse_key_alone(&mut self) -> Match<()> {
        let key = self.plain_expression()?;
        self.refuse_op(&[Colon])?;
        self.raise_without_end(key.end - 1, key.end, "':' expected after dictionary key")
    }

    fn refuse_dict_value(&mut self) -> Match<()> {
        self.expression()?;
        let colon = self.op(Colon)?;
        if let Some(star) = self.optional(|p| {
            let star = p.op(Star)?;
            p.bit_or()?;
            Ok(star)
        })? {
            return self.raise_from_token(&star, "cannot use a starred expression in a dictionary value");
        }
        self.require_op(&[RightBrace, Comma])?;
        self.raise_at_token(&colon, "expression expected after dictionary key and ':'")
    }

    // Comprehensions.

    pub(super) fn for_if_clauses(&mut self) -> Match<Clauses> {
        let clauses = self.many1(Self::for_if_clause)?;
        let end = clauses.last().copied().expect("there is at least one");
        Ok(Clauses { end })
    }

    /// Gives where the last condition, or the iterable, ends.
    fn for_if_clause(&mut self) -> Match<u32> {
        let head = self.optional(|p| {
            p.optional(|p| p.keyword("async"))?;
            p.keyword("for")?;
            p.star_targets()?;
            p.keyword("in")
        })?;
        if head.is_some() {
            let mut end = self.disjunction()?.end;
            for condition in self.many(|p| {
                p.keyword("if")?;
                p.disjunction()
            })? {
                end = condition.end;
            }
            return Ok(end);
        }
        self.explain(|p| {
            p.optional(|p| p.keyword("async"))?;
            p.keyword("for")?;
            p.comma_separated(Self::bit_or)?;
            p.optional_op(Comma)?;
            if p.at_keyword(&["in"])? {
                return Err(Fail::Mismatch);
            }
            p.raise::<()>("'in' expected after for-loop variables")
        })?;
        self.explain(Self::refuse_for_target)?;
        Err(Fail::Mismatch)
    }

    pub(super) fn list_comprehension(&mut self) -> Match<Expr> {
        self.comprehension(LeftBracket, RightBracket, Kind::ListComprehension, Self::named_expression)
    }

    pub(super) fn set_comprehension(&mut self) -> Match<Expr> {
        self.comprehension(LeftBrace, RightBrace, Kind::SetComprehension, Self::named_expression)
    }

    pub(super) fn generator(&mut self) -> Match<Expr> {
        self.comprehension(LeftParenthesis, RightParenthesis, Kind::Generator, |p| {
            p.first_of(&[Self::assignment_expression, Self::unnamed_expression])
        })
    }

    fn comprehension(
        &mut self,
        open: TokenKind,
        close: TokenKind,
        kind: Kind,
        element: fn(&mut Self) -> Match<Expr>,
    ) -> Match<Expr> {
        let matched = self.optional(|p| {
            let open = p.op(open)?;
            element(p)?;
            p.for_if_clauses()?;
            p.op(close)?;
            Ok(open)
        })?;
        if let Some(open) = matched {
            return Ok(self.since(kind, open.start));
        }
        self.explain(Self::refuse_comprehension)?;
        Err(Fail::Mismatch)
    }

    fn refuse_comprehension(&mut self) -> Match<()> {
        let open: Token = self.peek()?.token;
        self.require_op(&[LeftBracket, LeftParenthesis, LeftBrace])?;
        self.at += 1;
        let inside = self.at;
        if let Some(starred) = self.optional(|p| {
            let starred = p.starred_argument()?;
            p.for_if_clauses()?;
            Ok(starred)
        })? {
            return self.raise_at(&starred, "iterable unpacking cannot be used in comprehension");
        }
        if open.kind == LeftParenthesis {
            return Err(Fail::Mismatch);
        }
        const PARENTHESES: &str = "did you forget parentheses around the comprehension target?";
        if let Some((first, last)) = self.optional(|p| {
            let first = p.star_named_expression()?;
            p.op(Comma)?;
            let rest = p.star_named_expressions()?;
            p.for_if_clauses()?;
            Ok((first, rest.last().expect("there is at least one").end))
        })? {
            return self.raise_between(first.start, last, PARENTHESES);
        }
        self.at = inside;
        let first = self.star_named_expression()?;
        let comma = self.op(Comma)?;
        self.for_if_clauses()?;
        self.raise_between(first.start, comma.end, PARENTHESES)
    }

    pub(super) fn dict_comprehension(&mut self) -> Match<Expr> {
        let matched = self.optional(|p| {
            let open = p.op(LeftBrace)?;
            p.key_and_value()?;
            p.for_if_clauses()?;
            p.op(RightBrace)?;
            Ok(open)
        })?;
        if let Some(open) = matched {
            return Ok(self.since(Kind::DictComprehension, open.start));
        }
        self.explain(|p| {
            p.op(LeftBrace)?;
            let stars = p.op(DoubleStar)?;
            p.bit_or()?;
            p.for_if_clauses()?;
            p.op(RightBrace)?;
            p.raise_at_token::<()>(&stars, "dict unpacking cannot be used in dict comprehension")
        })?;
        Err(Fail::Mismatch)
    }
}
