//! Expressions, from the comma down to the atom.

use super::nodes::{Expr, Kind};
use super::parameters::Owner;
use super::{Fail, Match, Parser, Rule, node};
use crate::tokens::{Token, TokenKind};

use TokenKind::{
    Ampersand, At, Circumflex, Colon, ColonEqual, Comma, Dot, DoubleSlash, DoubleStar, Ellipsis, Equal, EqualEqual,
    FStringMiddle, FStringStart, Greater, GreaterEqual, LeftBrace, LeftBracket, LeftParenthesis, LeftShift, Less,
    LessEqual, Minus, NotEqual, Number, Percent, Plus, RightBracket, RightParenthesis, RightShift, Slash, Star, String,
    TStringMiddle, TStringStart, Tilde, VerticalBar,
};

const SOFT_KEYWORDS: [&str; 4] = ["_", "case", "match", "type"];
/// Statements of Python 2 that are calls now.
const OLD_STATEMENTS: [&str; 2] = ["print", "exec"];

impl Parser<'_> {
    pub(super) fn expressions(&mut self) -> Match<Expr> {
        self.tuple_without_parentheses(Self::expression)
    }

    pub(super) fn star_expressions(&mut self) -> Match<Expr> {
        self.tuple_without_parentheses(Self::star_expression)
    }

    fn tuple_without_parentheses(&mut self, rule: fn(&mut Self) -> Match<Expr>) -> Match<Expr> {
        let start = self.start()?;
        let first = rule(self)?;
        if !self.kind_is(Comma)? {
            return Ok(first);
        }
        let mut elements = vec![first];
        elements.extend(self.many(|p| {
            p.op(Comma)?;
            rule(p)
        })?);
        self.optional_op(Comma)?;
        Ok(self.since(Kind::Tuple(elements), start))
    }

    pub(super) fn star_expression(&mut self) -> Match<Expr> {
        self.keep(Rule::StarExpression, |p| p.first_of(&[Self::starred_operand, Self::expression]))
    }

    fn starred_operand(&mut self) -> Match<Expr> {
        let star = self.op(Star)?;
        let value = self.bit_or()?;
        Ok(self.since(Kind::Starred(value), star.start))
    }

    pub(super) fn star_named_expressions(&mut self) -> Match<Vec<Expr>> {
        let elements = self.comma_separated(Self::star_named_expression)?;
        self.optional_op(Comma)?;
        Ok(elements)
    }

    pub(super) fn star_named_expression(&mut self) -> Match<Expr> {
        self.first_of(&[Self::starred_operand, Self::named_expression])
    }

    pub(super) fn yield_expression(&mut self) -> Match<Expr> {
        let keyword = self.keyword("yield")?;
        let from = self.optional(|p| {
            p.keyword("from")?;
            p.expression()
        })?;
        if from.is_none() {
            self.optional(Self::star_expressions)?;
        }
        Ok(self.since(Kind::Yield, keyword.start))
    }

    // Named expressions.

    pub(super) fn assignment_expression(&mut self) -> Match<Expr> {
        let name = self.name()?;
        self.op(ColonEqual)?;
        self.expression()?;
        Ok(self.since(Kind::Named, name.start))
    }

    pub(super) fn named_expression(&mut self) -> Match<Expr> {
        self.keep(Rule::NamedExpression, |p| {
            if let Some(named) = p.optional(Self::assignment_expression)? {
                return Ok(named);
            }
            p.explain(|p| p.keep(Rule::RefuseNamed, Self::refuse_named))?;
            let expression = p.expression()?;
            p.refuse_op(&[ColonEqual])?;
            Ok(expression)
        })
    }

    /// An expression that is not the target of a walrus.
    pub(super) fn unnamed_expression(&mut self) -> Match<Expr> {
        let expression = self.expression()?;
        self.refuse_op(&[ColonEqual])?;
        Ok(expression)
    }

    fn refuse_named(&mut self) -> Match<Expr> {
        let start = self.at;
        if let Some(target) = self.optional(|p| {
            let target = p.expression()?;
            p.op(ColonEqual)?;
            p.expression()?;
            Ok(target)
        })? {
            let message = format!("cannot use assignment expressions with {}", target.name());
            return self.raise_at(&target, message);
        }
        if let Some((name, value)) = self.optional(|p| {
            let name = p.name()?;
            p.op(Equal)?;
            let value = p.bit_or()?;
            p.refuse_op(&[Equal, ColonEqual])?;
            Ok((name, value))
        })? {
            let message = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
            return self.raise_between(name.start, value.end, message);
        }
        self.at = start;
        self.refuse(|p| {
            if p.at_keyword(&["True", "None", "False"])? {
                return Ok(());
            }
            p.first_of(&[Self::list, Self::tuple, Self::generator]).map(drop)
        })?;
        let target = self.bit_or()?;
        self.op(Equal)?;
        self.bit_or()?;
        self.refuse_op(&[Equal, ColonEqual])?;
        let message = format!("cannot assign to {} here. Maybe you meant '==' instead of '='?", target.name());
        self.raise_at(&target, message)
    }

    // Conditional expressions and what people write for them.

    pub(super) fn expression(&mut self) -> Match<Expr> {
        self.keep(Rule::Expression, |p| {
            p.explain(|p| p.keep(Rule::RefuseExpression, Self::refuse_expression))?;
            p.explain(|p| p.keep(Rule::RefuseLegacy, Self::refuse_legacy_statement))?;
            p.plain_expression()
        })
    }

    pub(super) fn plain_expression(&mut self) -> Match<Expr> {
        let start = self.start()?;
        if let Some(body) = self.optional(Self::disjunction)? {
            let conditional = self.optional(|p| {
                p.keyword("if")?;
                p.disjunction()?;
                p.keyword("else")?;
                p.expression()
            })?;
            return Ok(if conditional.is_some() { self.since(Kind::Conditional, start) } else { body });
        }
        self.lambda()
    }

    fn refuse_expression(&mut self) -> Match<Expr> {
        let start = self.at;
        self.explain(Self::refuse_broken_string)?;
        if let Some((first, second)) = self.optional(Self::two_expressions)? {
            let legacy = self.is_old_statement(&first);
            let level = self.tokens[self.at - 1].level;
            if legacy || level == 0 {
                return Err(Fail::Mismatch);
            }
            let message = "invalid syntax. Perhaps you forgot a comma?";
            return self.raise_between(first.start, second.end, message);
        }
        self.at = start;
        self.explain(|p| {
            let body = p.disjunction()?;
            p.keyword("if")?;
            let test = p.disjunction()?;
            if p.at_keyword(&["else"])? || p.kind_is(Colon)? {
                return Err(Fail::Mismatch);
            }
            p.raise_between::<()>(body.start, test.end, "expected 'else' after 'if' expression")
        })?;
        self.explain(|p| {
            p.disjunction()?;
            p.keyword("if")?;
            p.disjunction()?;
            p.keyword("else")?;
            p.refuse(Self::expression)?;
            p.raise_at_next::<()>("expected expression after 'else', but statement is given")
        })?;
        self.explain(|p| {
            if !p.at_keyword(&["pass", "break", "continue"])? {
                return Err(Fail::Mismatch);
            }
            let statement = p.peek()?.token;
            p.at += 1;
            p.keyword("if")?;
            p.disjunction()?;
            p.keyword("else")?;
            p.simple_statement()?;
            p.raise_at_token::<()>(&statement, "expected expression before 'if', but statement is given")
        })?;
        let lambda = self.keyword("lambda")?;
        self.optional(|p| p.parameters_of(Owner::Lambda))?;
        let colon = self.op(Colon)?;
        self.require_op(&[FStringMiddle, TStringMiddle])?;
        let letter = self.template_letter();
        let message = format!("{letter}-string: lambda expressions are not allowed without parentheses");
        self.raise_between(lambda.start, colon.end, message)
    }

    fn template_letter(&mut self) -> char {
        match self.peek() {
            Ok(read) if read.token.kind == TStringMiddle => 't',
            _ => 'f',
        }
    }

    /// Text between two literals that was probably meant to be one literal with quotes in it.
    fn refuse_broken_string(&mut self) -> Match<()> {
        self.op(String)?;
        let inside = self.many1(|p| {
            p.refuse_op(&[String])?;
            p.unexplained_expression()
        })?;
        self.op(String)?;
        let (first, last) = (&inside[0], &inside[inside.len() - 1]);
        let message = "invalid syntax. Is this intended to be part of the string?";
        self.raise_between(first.start, last.end, message)
    }

    /// An expression, read without error rules.
    fn unexplained_expression(&mut self) -> Match<Expr> {
        let explaining = std::mem::replace(&mut self.explaining, false);
        let expression = self.plain_expression();
        self.explaining = explaining;
        expression
    }

    /// Two expressions side by side.
    fn two_expressions(&mut self) -> Match<(Expr, Expr)> {
        let first = self.peek()?;
        if first.token.kind == TokenKind::Name && !first.keyword {
            let soft = SOFT_KEYWORDS.contains(&self.text_of(&first.token));
            if soft {
                return Err(Fail::Mismatch);
            }
            self.refuse(|p| {
                p.name()?;
                p.op(String)
            })?;
        }
        let first = self.disjunction()?;
        let second = self.unexplained_expression()?;
        Ok((first, second))
    }

    fn is_old_statement(&self, expression: &Expr) -> bool {
        matches!(expression.kind, Kind::Name) && {
            let name = &self.lexer.text()[expression.start as usize..expression.end as usize];
            OLD_STATEMENTS.contains(&name)
        }
    }

    fn refuse_legacy_statement(&mut self) -> Match<Expr> {
        let name = self.name()?;
        self.refuse_op(&[LeftParenthesis])?;
        let operands = self.star_expressions()?;
        if !self.is_old_statement(&name) {
            return Err(Fail::Mismatch);
        }
        let word = &self.lexer.text()[name.start as usize..name.end as usize];
        let message = format!("Missing parentheses in call to '{word}'. Did you mean {word}(...)?");
        self.raise_between(name.start, operands.end, message)
    }

    fn lambda(&mut self) -> Match<Expr> {
        self.keep(Rule::Lambda, |p| {
            let keyword = p.keyword("lambda")?;
            p.optional(|p| p.parameters_of(Owner::Lambda))?;
            p.op(Colon)?;
            p.expression()?;
            Ok(p.since(Kind::Lambda, keyword.start))
        })
    }

    // Operators.

    pub(super) fn disjunction(&mut self) -> Match<Expr> {
        self.keep(Rule::Disjunction, |p| p.word_chain("or", Self::conjunction))
    }

    fn conjunction(&mut self) -> Match<Expr> {
        self.keep(Rule::Conjunction, |p| p.word_chain("and", Self::inversion))
    }

    fn word_chain(&mut self, word: &str, operand: fn(&mut Self) -> Match<Expr>) -> Match<Expr> {
        let start = self.start()?;
        let first = operand(self)?;
        let rest = self.many(|p| {
            p.keyword(word)?;
            operand(p)
        })?;
        Ok(if rest.is_empty() { first } else { self.since(Kind::Operation, start) })
    }

    fn inversion(&mut self) -> Match<Expr> {
        self.keep(Rule::Inversion, |p| {
            let negated = p.optional(|p| {
                let keyword = p.keyword("not")?;
                p.inversion()?;
                Ok(p.since(Kind::Operation, keyword.start))
            })?;
            match negated {
                Some(negated) => Ok(negated),
                None => p.comparison(),
            }
        })
    }

    fn comparison(&mut self) -> Match<Expr> {
        self.keep(Rule::Comparison, |p| {
            let start = p.start()?;
            let left = p.bit_or()?;
            let operators = p.many(|p| {
                let is_in = p.comparison_operator()?;
                p.bit_or()?;
                Ok(is_in)
            })?;
            match operators.first() {
                None => Ok(left),
                Some(&first_is_in) => Ok(p.since(Kind::Comparison(left, first_is_in), start)),
            }
        })
    }

    /// Gives whether the operator is `in`.
    fn comparison_operator(&mut self) -> Match<bool> {
        let read = self.peek()?;
        match read.token.kind {
            EqualEqual | LessEqual | Less | GreaterEqual | Greater => {
                self.at += 1;
                return Ok(false);
            }
            NotEqual if self.flufl && self.text_of(&read.token) != "<>" => {
                return self.raise("with Barry as BDFL, use '<>' instead of '!='");
            }
            NotEqual if !self.flufl && self.text_of(&read.token) == "<>" => {
                if !self.explaining {
                    return Err(Fail::Mismatch);
                }
                let message = "invalid syntax.  Maybe you meant '!=' instead of '<>'?";
                return self.raise_at_token(&read.token, message);
            }
            NotEqual => {
                self.at += 1;
                return Ok(false);
            }
            _ => {}
        }
        self.first_of(&[
            |p| {
                p.keyword("not")?;
                p.keyword("in")?;
                Ok(false)
            },
            |p| {
                p.keyword("in")?;
                Ok(true)
            },
            |p| {
                p.keyword("is")?;
                p.optional(|p| p.keyword("not"))?;
                Ok(false)
            },
        ])
    }

    /// Operands joined by operators of one precedence.
    fn chain(&mut self, operators: &[TokenKind], operand: fn(&mut Self) -> Match<Expr>) -> Match<Expr> {
        let start = self.start()?;
        let first = operand(self)?;
        let rest = self.many(|p| {
            p.require_op(operators)?;
            p.at += 1;
            operand(p)
        })?;
        Ok(if rest.is_empty() { first } else { self.since(Kind::Operation, start) })
    }

    pub(super) fn bit_or(&mut self) -> Match<Expr> {
        self.keep(Rule::BitOr, |p| p.chain(&[VerticalBar], Self::bit_xor))
    }

    fn bit_xor(&mut self) -> Match<Expr> {
        self.keep(Rule::BitXor, |p| p.chain(&[Circumflex], Self::bit_and))
    }

    fn bit_and(&mut self) -> Match<Expr> {
        self.keep(Rule::BitAnd, |p| p.chain(&[Ampersand], Self::shift))
    }

    fn shift(&mut self) -> Match<Expr> {
        self.keep(Rule::Shift, |p| {
            p.explain(|p| {
                p.sum()?;
                p.require_op(&[Plus, Minus, Star, Slash, Percent, DoubleSlash, At])?;
                p.at += 1;
                p.refuse_not(Self::inversion)
            })?;
            p.chain(&[LeftShift, RightShift], Self::sum)
        })
    }

    fn refuse_not(&mut self, operand: fn(&mut Self) -> Match<Expr>) -> Match<()> {
        let not = self.keyword("not")?;
        let operand = operand(self)?;
        self.raise_between(not.start, operand.end, "'not' after an operator must be parenthesized")
    }

    fn sum(&mut self) -> Match<Expr> {
        self.keep(Rule::Sum, |p| p.chain(&[Plus, Minus], Self::term))
    }

    fn term(&mut self) -> Match<Expr> {
        self.keep(Rule::Term, |p| {
            p.explain(|p| {
                p.require_op(&[Plus, Minus, Tilde])?;
                p.at += 1;
                p.refuse_not(Self::factor)
            })?;
            p.chain(&[Star, Slash, DoubleSlash, Percent, At], Self::factor)
        })
    }

    fn factor(&mut self) -> Match<Expr> {
        self.keep(Rule::Factor, |p| {
            let signed = p.optional(|p| {
                p.require_op(&[Plus, Minus, Tilde])?;
                let sign = p.peek()?.token;
                p.at += 1;
                p.factor()?;
                Ok(p.since(Kind::Operation, sign.start))
            })?;
            match signed {
                Some(signed) => Ok(signed),
                None => p.power(),
            }
        })
    }

    fn power(&mut self) -> Match<Expr> {
        let start = self.start()?;
        let base = self.await_primary()?;
        let raised = self.optional(|p| {
            p.op(DoubleStar)?;
            p.factor()
        })?;
        Ok(if raised.is_some() { self.since(Kind::Operation, start) } else { base })
    }

    fn await_primary(&mut self) -> Match<Expr> {
        self.keep(Rule::AwaitPrimary, |p| {
            let awaited = p.optional(|p| {
                let keyword = p.keyword("await")?;
                p.primary()?;
                Ok(p.since(Kind::Await, keyword.start))
            })?;
            match awaited {
                Some(awaited) => Ok(awaited),
                None => p.primary(),
            }
        })
    }

    // Primaries and atoms.

    fn primary(&mut self) -> Match<Expr> {
        self.keep(Rule::Primary, |p| {
            let start = p.start()?;
            let mut primary = p.atom()?;
            while let Some(kind) = p.optional(Self::trailer)? {
                primary = p.since(kind, start);
            }
            Ok(primary)
        })
    }

    /// An attribute, a call or an index.
    pub(super) fn trailer(&mut self) -> Match<Kind> {
        match self.peek()?.token.kind {
            Dot => {
                self.at += 1;
                self.name()?;
                Ok(Kind::Attribute)
            }
            LeftParenthesis => {
                if self.optional(Self::generator)?.is_some() {
                    return Ok(Kind::Call);
                }
                self.op(LeftParenthesis)?;
                self.optional(Self::arguments)?;
                self.op(RightParenthesis)?;
                Ok(Kind::Call)
            }
            LeftBracket => {
                self.at += 1;
                self.slices()?;
                self.op(RightBracket)?;
                Ok(Kind::Subscript)
            }
            _ => Err(Fail::Mismatch),
        }
    }

    pub(super) fn slices(&mut self) -> Match<()> {
        let single = self.optional(|p| {
            p.slice()?;
            p.refuse_op(&[Comma])
        })?;
        if single.is_some() {
            return Ok(());
        }
        self.comma_separated(|p| p.first_of(&[Self::slice, Self::starred_argument]))?;
        self.optional_op(Comma).map(drop)
    }

    fn slice(&mut self) -> Match<Expr> {
        let start = self.start()?;
        let ranged = self.optional(|p| {
            p.optional(Self::expression)?;
            p.op(Colon)?;
            p.optional(Self::expression)?;
            p.optional(|p| {
                p.op(Colon)?;
                p.optional(Self::expression)
            })
        })?;
        if ranged.is_some() {
            return Ok(self.since(Kind::Slice, start));
        }
        self.named_expression()
    }

    pub(super) fn atom(&mut self) -> Match<Expr> {
        self.keep(Rule::Atom, |p| {
            let read = p.peek()?;
            let kind = match read.token.kind {
                TokenKind::Name if !read.keyword => Kind::Name,
                TokenKind::Name => match p.text_of(&read.token) {
                    "True" => Kind::True,
                    "False" => Kind::False,
                    "None" => Kind::None,
                    _ => return Err(Fail::Mismatch),
                },
                String | FStringStart | TStringStart => return p.strings(),
                Number => Kind::Literal,
                LeftParenthesis => return p.first_of(&[Self::tuple, Self::group, Self::generator]),
                LeftBracket => return p.first_of(&[Self::list, Self::list_comprehension]),
                LeftBrace => {
                    return p.first_of(&[Self::dict, Self::set, Self::dict_comprehension, Self::set_comprehension]);
                }
                Ellipsis => Kind::Ellipsis,
                _ => return Err(Fail::Mismatch),
            };
            p.at += 1;
            Ok(node(kind, &read.token))
        })
    }

    fn group(&mut self) -> Match<Expr> {
        let matched = self.optional(|p| {
            p.op(LeftParenthesis)?;
            let value = p.first_of(&[Self::yield_expression, Self::named_expression])?;
            p.op(RightParenthesis)?;
            Ok(value)
        })?;
        if let Some(value) = matched {
            return Ok(value);
        }
        self.explain(|p| {
            p.op(LeftParenthesis)?;
            let starred = p.starred_argument()?;
            p.op(RightParenthesis)?;
            p.raise_at::<()>(&starred, "cannot use starred expression here")
        })?;
        self.explain(|p| {
            p.op(LeftParenthesis)?;
            let stars: Token = p.op(DoubleStar)?;
            p.expression()?;
            p.op(RightParenthesis)?;
            p.raise_at_token::<()>(&stars, "cannot use double starred expression here")
        })?;
        Err(Fail::Mismatch)
    }
}
