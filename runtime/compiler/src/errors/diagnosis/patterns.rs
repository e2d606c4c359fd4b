//! `match` statements and their patterns.

use super::nodes::{Expr, Kind};
use super::{Fail, Match, Parser, Rule};
use crate::tokens::TokenKind;

use TokenKind::{
    Colon, Comma, Dedent, Dot, DoubleStar, Equal, Indent, LeftBrace, LeftBracket, LeftParenthesis, Minus, Newline,
    Number, Plus, RightBrace, RightBracket, RightParenthesis, Star, VerticalBar,
};

impl Parser<'_> {
    pub(super) fn match_statement(&mut self) -> Match<()> {
        let matched = self.optional(|p| {
            p.soft_keyword("match")?;
            p.subject()?;
            p.op(Colon)?;
            p.op(Newline)?;
            p.op(Indent)?;
            p.many1(Self::case_block)?;
            p.op(Dedent)
        })?;
        if matched.is_some() {
            return Ok(());
        }
        self.explain(|p| {
            let keyword = p.soft_keyword("match")?;
            p.subject()?;
            p.explain(Self::refuse_missing_colon)?;
            p.refuse_missing_block("'match' statement", &keyword)
        })?;
        Err(Fail::Mismatch)
    }

    fn subject(&mut self) -> Match<()> {
        let matched = self.optional(|p| {
            p.star_named_expression()?;
            p.op(Comma)?;
            p.optional(Self::star_named_expressions)
        })?;
        if matched.is_some() { Ok(()) } else { self.named_expression().map(drop) }
    }

    fn case_head(&mut self) -> Match<crate::tokens::Token> {
        let keyword = self.soft_keyword("case")?;
        self.first_of(&[Self::open_sequence, Self::pattern])?;
        self.optional(|p| {
            p.keyword("if")?;
            p.named_expression()
        })?;
        Ok(keyword)
    }

    fn case_block(&mut self) -> Match<()> {
        self.explain(|p| {
            let keyword = p.case_head()?;
            p.explain(Self::refuse_missing_colon)?;
            p.refuse_missing_block("'case' statement", &keyword)
        })?;
        self.case_head()?;
        self.op(Colon)?;
        self.block()
    }

    fn pattern(&mut self) -> Match<Expr> {
        let start = self.start()?;
        let named = self.optional(|p| {
            p.or_pattern()?;
            p.keyword("as")?;
            p.capture_target()
        })?;
        if named.is_some() {
            return Ok(self.since(Kind::Other, start));
        }
        self.explain(|p| {
            p.or_pattern()?;
            p.keyword("as")?;
            if let Some(wildcard) = p.optional(|p| p.soft_keyword("_"))? {
                return p.raise_at_token::<()>(&wildcard, "cannot use '_' as a target");
            }
            let target = p.expression()?;
            let message = format!("cannot use {} as pattern target", target.name());
            p.raise_at(&target, message)
        })?;
        self.or_pattern()
    }

    fn or_pattern(&mut self) -> Match<Expr> {
        let start = self.start()?;
        self.separated(VerticalBar, Self::closed_pattern)?;
        Ok(self.since(Kind::Other, start))
    }

    fn closed_pattern(&mut self) -> Match<Expr> {
        self.keep(Rule::ClosedPattern, |p| {
            let start = p.start()?;
            p.first_of(&[
                Self::literal_pattern,
                Self::capture_target,
                |p| p.soft_keyword("_").map(drop),
                |p| {
                    p.dotted_value()?;
                    p.refuse_op(&[Dot, LeftParenthesis, Equal])
                },
                |p| {
                    p.op(LeftParenthesis)?;
                    p.pattern()?;
                    p.op(RightParenthesis).map(drop)
                },
                |p| {
                    p.op(LeftBracket)?;
                    p.optional(Self::maybe_sequence)?;
                    p.op(RightBracket).map(drop)
                },
                |p| {
                    p.op(LeftParenthesis)?;
                    p.optional(Self::open_sequence)?;
                    p.op(RightParenthesis).map(drop)
                },
                Self::mapping_pattern,
                Self::class_pattern,
            ])?;
            Ok(p.since(Kind::Other, start))
        })
    }

    fn literal_pattern(&mut self) -> Match<()> {
        self.first_of(&[
            |p| {
                p.signed_number()?;
                p.refuse_op(&[Plus, Minus])
            },
            Self::complex_number,
            Self::string_pattern,
            |p| {
                if p.at_keyword(&["None", "True", "False"])? {
                    p.at += 1;
                    return Ok(());
                }
                Err(Fail::Mismatch)
            },
        ])
    }

    /// A literal. An f-string is none, which CPython finds when it generates code.
    fn string_pattern(&mut self) -> Match<()> {
        let strings = self.strings()?;
        if matches!(strings.kind, Kind::FString | Kind::TString) && self.late.is_none() {
            let message = "patterns may only match literals and attribute lookups";
            self.late = Some(self.compile_error(strings.start, strings.end, message));
        }
        Ok(())
    }

    fn signed_number(&mut self) -> Match<()> {
        self.optional_op(Minus)?;
        self.op(Number).map(drop)
    }

    fn complex_number(&mut self) -> Match<()> {
        self.optional_op(Minus)?;
        let real = self.op(Number)?;
        if self.is_imaginary(&real) {
            return self.raise_at_token(&real, "real number required in complex literal");
        }
        self.require_op(&[Plus, Minus])?;
        self.at += 1;
        let imaginary = self.op(Number)?;
        if !self.is_imaginary(&imaginary) {
            return self.raise_at_token(&imaginary, "imaginary number required in complex literal");
        }
        Ok(())
    }

    fn is_imaginary(&self, token: &crate::tokens::Token) -> bool {
        self.text_of(token).ends_with(['j', 'J'])
    }

    fn capture_target(&mut self) -> Match<()> {
        self.refuse(|p| p.soft_keyword("_"))?;
        self.name()?;
        self.refuse_op(&[Dot, LeftParenthesis, Equal])
    }

    fn dotted_value(&mut self) -> Match<()> {
        self.name()?;
        self.many1(|p| {
            p.op(Dot)?;
            p.name()
        })
        .map(drop)
    }

    fn name_or_attribute(&mut self) -> Match<()> {
        self.name()?;
        self.many(|p| {
            p.op(Dot)?;
            p.name()
        })
        .map(drop)
    }

    fn open_sequence(&mut self) -> Match<Expr> {
        let start = self.start()?;
        self.maybe_star_pattern()?;
        self.op(Comma)?;
        self.optional(Self::maybe_sequence)?;
        Ok(self.since(Kind::Other, start))
    }

    fn maybe_sequence(&mut self) -> Match<()> {
        self.comma_separated(Self::maybe_star_pattern)?;
        self.optional_op(Comma).map(drop)
    }

    fn maybe_star_pattern(&mut self) -> Match<Expr> {
        self.first_of(&[
            |p| {
                p.keep(Rule::StarPattern, |p| {
                    let star = p.op(Star)?;
                    p.first_of(&[Self::capture_target, |p| p.soft_keyword("_").map(drop)])?;
                    Ok(p.since(Kind::Other, star.start))
                })
            },
            Self::pattern,
        ])
    }

    fn mapping_pattern(&mut self) -> Match<()> {
        let open = self.op(LeftBrace)?;
        let before = self.late.is_none();
        self.mapping_items()?;
        if before && self.late.is_some() {
            let message = "mapping pattern keys may only match literals and attribute lookups";
            self.late = Some(self.compile_error(open.start, self.end(), message));
        }
        Ok(())
    }

    fn mapping_items(&mut self) -> Match<()> {
        self.first_of(&[
            |p| p.op(RightBrace).map(drop),
            |p| {
                p.double_star_pattern()?;
                p.optional_op(Comma)?;
                p.op(RightBrace).map(drop)
            },
            |p| {
                p.comma_separated(Self::key_value_pattern)?;
                p.op(Comma)?;
                p.double_star_pattern()?;
                p.optional_op(Comma)?;
                p.op(RightBrace).map(drop)
            },
            |p| {
                p.comma_separated(Self::key_value_pattern)?;
                p.optional_op(Comma)?;
                p.op(RightBrace).map(drop)
            },
        ])
    }

    fn key_value_pattern(&mut self) -> Match<()> {
        self.first_of(&[Self::literal_pattern, Self::dotted_value])?;
        self.op(Colon)?;
        self.pattern().map(drop)
    }

    fn double_star_pattern(&mut self) -> Match<()> {
        self.op(DoubleStar)?;
        self.capture_target()
    }

    fn class_pattern(&mut self) -> Match<()> {
        let matched = self.optional(|p| {
            p.name_or_attribute()?;
            p.op(LeftParenthesis)?;
            p.first_of(&[
                |p| p.op(RightParenthesis).map(drop),
                |p| {
                    p.comma_separated(Self::pattern)?;
                    p.optional_op(Comma)?;
                    p.op(RightParenthesis).map(drop)
                },
                |p| {
                    p.comma_separated(Self::keyword_pattern)?;
                    p.optional_op(Comma)?;
                    p.op(RightParenthesis).map(drop)
                },
                |p| {
                    p.comma_separated(Self::pattern)?;
                    p.op(Comma)?;
                    p.comma_separated(Self::keyword_pattern)?;
                    p.optional_op(Comma)?;
                    p.op(RightParenthesis).map(drop)
                },
            ])
        })?;
        if matched.is_some() {
            return Ok(());
        }
        self.explain(|p| {
            p.name_or_attribute()?;
            p.op(LeftParenthesis)?;
            p.optional(|p| {
                p.comma_separated(Self::pattern)?;
                p.op(Comma)
            })?;
            p.comma_separated(Self::keyword_pattern)?;
            p.op(Comma)?;
            let late = p.comma_separated(Self::pattern)?;
            let (first, last) = (&late[0], &late[late.len() - 1]);
            p.raise_between::<()>(first.start, last.end, "positional patterns follow keyword patterns")
        })?;
        Err(Fail::Mismatch)
    }

    fn keyword_pattern(&mut self) -> Match<()> {
        self.name()?;
        self.op(Equal)?;
        self.pattern().map(drop)
    }
}
