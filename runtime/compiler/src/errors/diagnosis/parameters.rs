//! Parameters of functions and lambdas. The two differ in annotations and in the token that ends the list.

use super::{Fail, Match, Parser};
use crate::tokens::TokenKind;

use TokenKind::{Colon, Comma, DoubleStar, Equal, LeftParenthesis, RightParenthesis, Slash, Star};

/// Whose parameters are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Function,
    Lambda,
}

impl Owner {
    fn end(self) -> TokenKind {
        if self == Self::Function { RightParenthesis } else { Colon }
    }
}

impl Parser<'_> {
    pub(super) fn parameters(&mut self) -> Match<()> {
        self.parameters_of(Owner::Function)
    }

    pub(super) fn parameters_of(&mut self, owner: Owner) -> Match<()> {
        self.explain(|p| p.refuse_parameters(owner))?;
        let start = self.at;
        if self.optional(|p| p.slash_without_default(owner))?.is_some() {
            self.many(|p| p.without_default(owner))?;
            self.many(|p| p.with_default(owner))?;
            return self.optional(|p| p.star_part(owner)).map(drop);
        }
        if self.optional(|p| p.slash_with_default(owner))?.is_some() {
            self.many(|p| p.with_default(owner))?;
            return self.optional(|p| p.star_part(owner)).map(drop);
        }
        self.many(|p| p.without_default(owner))?;
        self.many(|p| p.with_default(owner))?;
        if self.at > start {
            return self.optional(|p| p.star_part(owner)).map(drop);
        }
        self.star_part(owner)
    }

    fn separator(&mut self, owner: Owner) -> Match<()> {
        if self.optional_op(Comma)?.is_some() { Ok(()) } else { self.require_op(&[owner.end()]) }
    }

    fn slash_without_default(&mut self, owner: Owner) -> Match<()> {
        self.many1(|p| p.without_default(owner))?;
        self.op(Slash)?;
        self.separator(owner)
    }

    fn slash_with_default(&mut self, owner: Owner) -> Match<()> {
        self.many(|p| p.without_default(owner))?;
        self.many1(|p| p.with_default(owner))?;
        self.op(Slash)?;
        self.separator(owner)
    }

    fn parameter(&mut self, owner: Owner) -> Match<super::Expr> {
        let name = self.name()?;
        if owner == Owner::Function {
            self.optional(|p| {
                p.op(Colon)?;
                p.expression()
            })?;
        }
        Ok(self.since(super::Kind::Name, name.start))
    }

    fn without_default(&mut self, owner: Owner) -> Match<super::Expr> {
        let parameter = self.parameter(owner)?;
        self.separator(owner)?;
        Ok(parameter)
    }

    fn default_value(&mut self) -> Match<()> {
        let matched = self.optional(|p| {
            p.op(Equal)?;
            p.expression()
        })?;
        if matched.is_some() {
            return Ok(());
        }
        self.explain(|p| {
            let equal = p.op(Equal)?;
            p.require_op(&[RightParenthesis, Comma])?;
            p.raise_at_token::<()>(&equal, "expected default value expression")
        })?;
        Err(Fail::Mismatch)
    }

    fn with_default(&mut self, owner: Owner) -> Match<()> {
        self.parameter(owner)?;
        self.default_value()?;
        self.separator(owner)
    }

    fn maybe_default(&mut self, owner: Owner) -> Match<()> {
        self.parameter(owner)?;
        self.optional(|p| p.default_value())?;
        self.separator(owner)
    }

    fn star_part(&mut self, owner: Owner) -> Match<()> {
        self.explain(|p| p.refuse_star_part(owner))?;
        let matched = self.optional(|p| {
            p.op(Star)?;
            p.without_default(owner)?;
            p.after_star(owner)
        })?;
        if matched.is_some() {
            return Ok(());
        }
        if owner == Owner::Function {
            let matched = self.optional(|p| {
                p.op(Star)?;
                p.name()?;
                p.op(Colon)?;
                p.star_expression()?;
                p.separator(owner)?;
                p.after_star(owner)
            })?;
            if matched.is_some() {
                return Ok(());
            }
        }
        let matched = self.optional(|p| {
            p.op(Star)?;
            p.op(Comma)?;
            p.many1(|p| p.maybe_default(owner))?;
            p.optional(|p| p.keywords_part(owner)).map(drop)
        })?;
        if matched.is_some() { Ok(()) } else { self.keywords_part(owner) }
    }

    fn after_star(&mut self, owner: Owner) -> Match<()> {
        self.many(|p| p.maybe_default(owner))?;
        self.optional(|p| p.keywords_part(owner)).map(drop)
    }

    fn keywords_part(&mut self, owner: Owner) -> Match<()> {
        self.explain(|p| p.refuse_keywords_part(owner))?;
        self.op(DoubleStar)?;
        self.without_default(owner).map(drop)
    }

    fn refuse_keywords_part(&mut self, owner: Owner) -> Match<()> {
        self.op(DoubleStar)?;
        self.parameter(owner)?;
        if let Some(equal) = self.optional_op(Equal)? {
            return self.raise_at_token(&equal, "var-keyword argument cannot have default value");
        }
        self.op(Comma)?;
        const FOLLOWED: &str = "arguments cannot follow var-keyword argument";
        if let Some(parameter) = self.optional(|p| p.parameter(owner))? {
            return self.raise_at(&parameter, FOLLOWED);
        }
        self.require_op(&[Star, DoubleStar, Slash])?;
        let token = self.peek()?.token;
        self.raise_at_token(&token, FOLLOWED)
    }

    fn refuse_star_part(&mut self, owner: Owner) -> Match<()> {
        let star = self.op(Star)?;
        let bare = self.ahead(|p| {
            if p.optional_op(owner.end())?.is_some() {
                return Ok(());
            }
            p.op(Comma)?;
            p.require_op(&[owner.end(), DoubleStar])
        })?;
        if bare && owner == Owner::Lambda {
            return self.raise("named arguments must follow bare *");
        }
        if bare {
            return self.raise_at_token(&star, "named arguments must follow bare *");
        }
        let equal = self.optional(|p| {
            p.parameter(owner)?;
            p.op(Equal)
        })?;
        if let Some(equal) = equal {
            return self.raise_at_token(&equal, "var-positional argument cannot have default value");
        }
        self.comma_or_parameter(owner)?;
        self.many(|p| p.maybe_default(owner))?;
        let second = self.op(Star)?;
        self.comma_or_parameter(owner)?;
        self.raise_at_token(&second, "* argument may appear only once")
    }

    fn comma_or_parameter(&mut self, owner: Owner) -> Match<()> {
        if self.optional(|p| p.without_default(owner))?.is_some() { Ok(()) } else { self.op(Comma).map(drop) }
    }

    fn slash_part(&mut self, owner: Owner) -> Match<()> {
        if self.optional(|p| p.slash_without_default(owner))?.is_some() {
            return Ok(());
        }
        self.slash_with_default(owner)
    }

    fn refuse_parameters(&mut self, owner: Owner) -> Match<()> {
        let start = self.at;
        if let Some(slash) = self.optional(|p| {
            let slash = p.op(Slash)?;
            p.op(Comma)?;
            Ok(slash)
        })? {
            return self.raise_at_token(&slash, "at least one argument must precede /");
        }
        if let Some(slash) = self.optional(|p| {
            p.slash_part(owner)?;
            p.many(|p| p.maybe_default(owner))?;
            p.op(Slash)
        })? {
            return self.raise_at_token(&slash, "/ may appear only once");
        }
        self.at = start;
        if let Some(parameter) = self.optional(|p| {
            p.optional(|p| p.slash_without_default(owner))?;
            p.many(|p| p.without_default(owner))?;
            if p.optional(|p| p.slash_with_default(owner))?.is_none() {
                p.many1(|p| p.with_default(owner))?;
            }
            p.without_default(owner)
        })? {
            return self.raise_at(&parameter, "parameter without a default follows parameter with a default");
        }
        self.explain(|p| p.refuse_parenthesized_parameters(owner))?;
        if let Some(slash) = self.optional(|p| {
            p.optional(|p| p.slash_part(owner))?;
            p.many(|p| p.maybe_default(owner))?;
            p.op(Star)?;
            if p.optional_op(Comma)?.is_none() {
                p.without_default(owner)?;
            }
            p.many(|p| p.maybe_default(owner))?;
            p.op(Slash)
        })? {
            return self.raise_at_token(&slash, "/ must be ahead of *");
        }
        self.many1(|p| p.maybe_default(owner))?;
        self.op(Slash)?;
        let star = self.op(Star)?;
        self.raise_at_token(&star, "expected comma between / and *")
    }

    fn refuse_parenthesized_parameters(&mut self, owner: Owner) -> Match<()> {
        self.many(|p| p.without_default(owner))?;
        let open = self.op(LeftParenthesis)?;
        let (close, what) = if owner == Owner::Function {
            self.many1(|p| p.without_default(owner))?;
            self.optional_op(Comma)?;
            (self.op(RightParenthesis)?, "Function")
        } else {
            self.comma_separated(|p| p.parameter(owner))?;
            self.optional_op(Comma)?;
            (self.op(RightParenthesis)?, "Lambda expression")
        };
        self.raise_between(open.start, close.end, format!("{what} parameters cannot be parenthesized"))
    }
}
