//! Assignments of every form, and what may stand left of them.

use super::nodes::{Expr, Kind};
use super::{Fail, Match, Parser, Rule, Targets};
use crate::tokens::TokenKind;

use TokenKind::{
    AmpersandEqual, AtEqual, CircumflexEqual, Colon, Comma, Dot, DoubleSlashEqual, DoubleStarEqual, Equal, LeftBracket,
    LeftParenthesis, LeftShiftEqual, MinusEqual, PercentEqual, PlusEqual, RightBracket, RightParenthesis,
    RightShiftEqual, SlashEqual, Star, StarEqual, VerticalBarEqual,
};

const AUGMENTED: [TokenKind; 13] = [
    PlusEqual,
    MinusEqual,
    StarEqual,
    AtEqual,
    SlashEqual,
    PercentEqual,
    AmpersandEqual,
    VerticalBarEqual,
    CircumflexEqual,
    LeftShiftEqual,
    RightShiftEqual,
    DoubleStarEqual,
    DoubleSlashEqual,
];

impl Parser<'_> {
    pub(super) fn assignment(&mut self) -> Match<()> {
        let plain = self.optional(|p| {
            p.first_of(&[
                |p| {
                    p.name()?;
                    p.annotation_and_value()
                },
                |p| {
                    p.first_of(&[
                        |p| {
                            p.op(LeftParenthesis)?;
                            p.single_target()?;
                            p.op(RightParenthesis).map(drop)
                        },
                        |p| p.single_subscript_attribute_target().map(drop),
                    ])?;
                    p.annotation_and_value()
                },
                |p| {
                    p.many1(Self::star_targets_and_equal)?;
                    p.assigned_value()?;
                    p.refuse_op(&[Equal])
                },
            ])
        })?;
        if plain.is_some() {
            return Ok(());
        }
        // Once an augmenting operator is read, nothing else can match.
        let augmented = self.optional(|p| {
            p.single_target()?;
            p.augmenting()
        })?;
        if augmented.is_some() {
            return self.assigned_value();
        }
        self.explain(Self::refuse_assignment)?;
        Err(Fail::Mismatch)
    }

    fn annotation_and_value(&mut self) -> Match<()> {
        self.op(Colon)?;
        self.expression()?;
        self.optional(|p| {
            p.op(Equal)?;
            p.assigned_value()
        })
        .map(drop)
    }

    fn star_targets_and_equal(&mut self) -> Match<()> {
        self.star_targets()?;
        self.op(Equal).map(drop)
    }

    pub(super) fn assigned_value(&mut self) -> Match<()> {
        self.first_of(&[|p| p.yield_expression().map(drop), |p| p.star_expressions().map(drop)])
    }

    fn augmenting(&mut self) -> Match<()> {
        self.require_op(&AUGMENTED)?;
        self.at += 1;
        Ok(())
    }

    fn refuse_assignment(&mut self) -> Match<()> {
        let start = self.at;
        if let Some(target) = self.optional(|p| p.annotated(Self::refused_annotation_target))? {
            let message = format!("only single target (not {}) can be annotated", target.name());
            return self.raise_at(&target, message);
        }
        let first_of_tuple = self.optional(|p| {
            p.annotated(|p| {
                let first = p.star_named_expression()?;
                p.op(Comma)?;
                p.many(Self::star_named_expressions)?;
                Ok(first)
            })
        })?;
        if let Some(first) = first_of_tuple {
            return self.raise_at(&first, "only single target (not tuple) can be annotated");
        }
        if let Some(target) = self.optional(|p| p.annotated(Self::expression))? {
            return self.raise_at(&target, "illegal target for annotation");
        }
        let target = self.optional(|p| {
            p.many(Self::star_targets_and_equal)?;
            let target = p.star_expressions()?;
            p.op(Equal)?;
            Ok(target)
        })?;
        if let Some(target) = target {
            return self.raise_invalid_target(&target, Targets::Assigned);
        }
        let yielded = self.optional(|p| {
            p.many(Self::star_targets_and_equal)?;
            let target = p.yield_expression()?;
            p.op(Equal)?;
            Ok(target)
        })?;
        if let Some(target) = yielded {
            return self.raise_at(&target, "assignment to yield expression not possible");
        }
        self.at = start;
        let target = self.star_expressions()?;
        self.augmenting()?;
        self.assigned_value()?;
        let message = format!("'{}' is an illegal expression for augmented assignment", target.name());
        self.raise_at(&target, message)
    }

    fn annotated(&mut self, target: impl FnOnce(&mut Self) -> Match<Expr>) -> Match<Expr> {
        let target = target(self)?;
        self.op(Colon)?;
        self.expression()?;
        Ok(target)
    }

    fn refused_annotation_target(&mut self) -> Match<Expr> {
        self.first_of(&[Self::list, Self::tuple, |p| {
            p.op(LeftParenthesis)?;
            let target = p.refused_annotation_target()?;
            p.op(RightParenthesis)?;
            Ok(target)
        }])
    }

    // Targets.

    pub(super) fn star_targets(&mut self) -> Match<Expr> {
        let start = self.start()?;
        let first = self.star_target()?;
        if !self.kind_is(Comma)? {
            return Ok(first);
        }
        let mut targets = vec![first];
        targets.extend(self.many(|p| {
            p.op(Comma)?;
            p.star_target()
        })?);
        self.optional_op(Comma)?;
        Ok(self.since(Kind::Tuple(targets), start))
    }

    pub(super) fn star_target(&mut self) -> Match<Expr> {
        self.keep(Rule::StarTarget, |p| {
            p.first_of(&[
                |p| {
                    let star = p.op(Star)?;
                    p.refuse_op(&[Star])?;
                    let target = p.star_target()?;
                    Ok(p.since(Kind::Starred(target), star.start))
                },
                Self::target_with_star_atom,
            ])
        })
    }

    fn target_with_star_atom(&mut self) -> Match<Expr> {
        self.keep(Rule::TargetWithStarAtom, |p| p.first_of(&[Self::single_subscript_attribute_target, Self::star_atom]))
    }

    fn star_atom(&mut self) -> Match<Expr> {
        self.first_of(&[
            Self::name,
            |p| {
                p.op(LeftParenthesis)?;
                let target = p.target_with_star_atom()?;
                p.op(RightParenthesis)?;
                Ok(target)
            },
            |p| {
                let open = p.op(LeftParenthesis)?;
                let targets = p.optional(Self::star_targets_of_tuple)?.unwrap_or_default();
                p.op(RightParenthesis)?;
                Ok(p.since(Kind::Tuple(targets), open.start))
            },
            |p| {
                let open = p.op(LeftBracket)?;
                let targets = p.optional(|p| {
                    let targets = p.comma_separated(Self::star_target)?;
                    p.optional_op(Comma)?;
                    Ok(targets)
                })?;
                p.op(RightBracket)?;
                Ok(p.since(Kind::List(targets.unwrap_or_default()), open.start))
            },
        ])
    }

    fn star_targets_of_tuple(&mut self) -> Match<Vec<Expr>> {
        let targets = self.comma_separated(Self::star_target)?;
        let comma = self.optional_op(Comma)?;
        if targets.len() == 1 && comma.is_none() { Err(Fail::Mismatch) } else { Ok(targets) }
    }

    fn single_target(&mut self) -> Match<Expr> {
        self.first_of(&[Self::single_subscript_attribute_target, Self::name, |p| {
            p.op(LeftParenthesis)?;
            let target = p.single_target()?;
            p.op(RightParenthesis)?;
            Ok(target)
        }])
    }

    fn single_subscript_attribute_target(&mut self) -> Match<Expr> {
        let start = self.start()?;
        self.target_primary()?;
        let kind = self.first_of(&[
            |p| {
                p.op(Dot)?;
                p.name()?;
                Ok(Kind::Attribute)
            },
            |p| {
                p.op(LeftBracket)?;
                p.slices()?;
                p.op(RightBracket)?;
                Ok(Kind::Subscript)
            },
        ])?;
        self.refuse_op(&[LeftParenthesis, LeftBracket, Dot])?;
        Ok(self.since(kind, start))
    }

    /// What stands before the last attribute or index of a target: always followed by another.
    fn target_primary(&mut self) -> Match<Expr> {
        self.keep(Rule::TargetPrimary, |p| {
            let start = p.start()?;
            let mut primary = p.atom()?;
            p.target_goes_on()?;
            while let Some(kind) = p.optional(|p| {
                let kind = p.trailer()?;
                p.target_goes_on()?;
                Ok(kind)
            })? {
                primary = p.since(kind, start);
            }
            Ok(primary)
        })
    }

    fn target_goes_on(&mut self) -> Match<()> {
        self.require_op(&[LeftParenthesis, LeftBracket, Dot])
    }

    pub(super) fn delete_targets(&mut self) -> Match<Vec<Expr>> {
        let targets = self.comma_separated(Self::delete_target)?;
        self.optional_op(Comma)?;
        Ok(targets)
    }

    fn delete_target(&mut self) -> Match<Expr> {
        self.keep(Rule::DeleteTarget, |p| {
            p.first_of(&[
                Self::single_subscript_attribute_target,
                Self::name,
                |p| {
                    p.op(LeftParenthesis)?;
                    let target = p.delete_target()?;
                    p.op(RightParenthesis)?;
                    Ok(target)
                },
                |p| p.delete_targets_between(LeftParenthesis, RightParenthesis),
                |p| p.delete_targets_between(LeftBracket, RightBracket),
            ])
        })
    }

    fn delete_targets_between(&mut self, open: TokenKind, close: TokenKind) -> Match<Expr> {
        let open = self.op(open)?;
        let targets = self.optional(Self::delete_targets)?.unwrap_or_default();
        self.op(close)?;
        Ok(self.since(Kind::Tuple(targets), open.start))
    }
}
