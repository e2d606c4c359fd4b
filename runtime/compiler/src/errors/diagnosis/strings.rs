//! Literals and template strings.

use super::nodes::{Expr, Kind};
use super::{Fail, Match, Parser, Rule};
use crate::errors::literals::{LiteralError, check_literal, check_template_text};
use crate::tokens::{Token, TokenKind};

use TokenKind::{
    Colon, Equal, Exclamation, FStringEnd, FStringMiddle, FStringStart, LeftBrace, RightBrace, String, TStringEnd,
    TStringMiddle, TStringStart,
};

/// The kinds of literals that stand side by side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Text,
    Bytes,
    FString,
}

impl Parser<'_> {
    pub(super) fn strings(&mut self) -> Match<Expr> {
        self.keep(Rule::Strings, |p| {
            let start = p.start()?;
            p.explain(Self::refuse_mixed_templates)?;
            if let Some(pieces) = p.optional(|p| p.many1(Self::string_or_f_string))? {
                return p.joined(pieces, start);
            }
            p.many1(|p| p.template(TStringStart))?;
            Ok(p.since(Kind::TString, start))
        })
    }

    fn string_or_f_string(&mut self) -> Match<Piece> {
        self.first_of(&[
            |p| {
                p.template(FStringStart)?;
                Ok(Piece::FString)
            },
            Self::string,
        ])
    }

    fn string(&mut self) -> Match<Piece> {
        let token = self.op(String)?;
        let text = self.text_of(&token);
        let quote = text.find(['\'', '"']).expect("a literal has quotes");
        let bytes = text[..quote].contains(['b', 'B']);
        match check_literal(text) {
            Ok(()) => Ok(if bytes { Piece::Bytes } else { Piece::Text }),
            Err(LiteralError::NotAscii) => {
                self.raise_at_token(&token, "bytes can only contain ASCII literal characters")
            }
            Err(LiteralError::Undecodable(message)) => self.raise_at_token(&token, message),
        }
    }

    fn joined(&mut self, pieces: Vec<Piece>, start: u32) -> Match<Expr> {
        let bytes = pieces.contains(&Piece::Bytes);
        if bytes && pieces.iter().any(|&piece| piece != Piece::Bytes) {
            return self.raise("cannot mix bytes and nonbytes literals");
        }
        let kind = match () {
            () if bytes => Kind::Bytes,
            () if pieces.contains(&Piece::FString) => Kind::FString,
            () => Kind::Literal,
        };
        Ok(self.since(kind, start))
    }

    fn refuse_mixed_templates(&mut self) -> Match<()> {
        const MIXED: &str = "cannot mix t-string literals with string or bytes literals";
        let start = self.start()?;
        if self.optional(|p| p.many1(Self::string_or_f_string))?.is_some() {
            self.template(TStringStart)?;
        } else {
            self.many1(|p| p.template(TStringStart))?;
            self.string_or_f_string()?;
        }
        let end = self.end();
        self.raise_between(start, end, MIXED)
    }

    fn template(&mut self, start: TokenKind) -> Match<()> {
        let (middle, end, letter) = match start {
            FStringStart => (FStringMiddle, FStringEnd, 'f'),
            _ => (TStringMiddle, TStringEnd, 't'),
        };
        let first = self.op(start)?;
        let raw = self.text_of(&first).contains(['r', 'R']);
        self.many(|p| p.template_piece(middle, letter, raw))?;
        self.op(end).map(drop)
    }

    fn template_piece(&mut self, middle: TokenKind, letter: char, raw: bool) -> Match<()> {
        if let Some(token) = self.optional_op(middle)? {
            return self.check_middle(&token, raw);
        }
        self.field(middle, letter, raw)
    }

    fn check_middle(&mut self, token: &Token, raw: bool) -> Match<()> {
        match check_template_text(self.text_of(token), raw) {
            Err(LiteralError::Undecodable(message)) => self.raise_at_token(token, message),
            _ => Ok(()),
        }
    }

    fn field(&mut self, middle: TokenKind, letter: char, raw: bool) -> Match<()> {
        let matched = self.optional(|p| {
            p.op(LeftBrace)?;
            p.assigned_value()?;
            p.optional_op(Equal)?;
            p.optional(|p| p.conversion(letter))?;
            p.optional(|p| p.format_specification(middle, letter, raw))?;
            p.op(RightBrace)
        })?;
        if matched.is_some() {
            return Ok(());
        }
        self.explain(|p| p.refuse_field(middle, letter, raw))?;
        Err(Fail::Mismatch)
    }

    fn conversion(&mut self, letter: char) -> Match<()> {
        let mark = self.op(Exclamation)?;
        let name = self.name()?;
        if mark.end != name.start {
            let message = format!("{letter}-string: conversion type must come right after the exclamation mark");
            return self.raise_between(mark.start, name.end, message);
        }
        let word = self.lexer.text()[name.start as usize..name.end as usize].to_owned();
        if matches!(word.as_str(), "s" | "r" | "a") {
            return Ok(());
        }
        let message = format!("{letter}-string: invalid conversion character '{word}': expected 's', 'r', or 'a'");
        self.raise_at(&name, message)
    }

    fn format_specification(&mut self, middle: TokenKind, letter: char, raw: bool) -> Match<()> {
        self.op(Colon)?;
        self.many(|p| p.template_piece(middle, letter, raw)).map(drop)
    }

    fn refuse_field(&mut self, middle: TokenKind, letter: char, raw: bool) -> Match<()> {
        self.op(LeftBrace)?;
        for (kind, text) in [(Equal, "="), (Exclamation, "!"), (Colon, ":"), (RightBrace, "}")] {
            if let Some(token) = self.optional_op(kind)? {
                let message = format!("{letter}-string: valid expression required before '{text}'");
                return self.raise_at_token(&token, message);
            }
        }
        if self.optional(Self::assigned_value)?.is_none() {
            return self.raise_at_next(format!("{letter}-string: expecting a valid expression after '{{'"));
        }
        if !self.next_is(&[Equal, Exclamation, Colon, RightBrace])? {
            return self.raise_at_next(format!("{letter}-string: expecting '=', or '!', or ':', or '}}'"));
        }
        if self.optional_op(Equal)?.is_some() && !self.next_is(&[Exclamation, Colon, RightBrace])? {
            return self.raise_at_next(format!("{letter}-string: expecting '!', or ':', or '}}'"));
        }
        self.explain(|p| {
            p.op(Exclamation)?;
            if p.next_is(&[Colon, RightBrace])? {
                return p.raise_at_next::<()>(format!("{letter}-string: missing conversion character"));
            }
            p.refuse(Self::name)?;
            p.raise_at_next(format!("{letter}-string: invalid conversion character"))
        })?;
        self.optional(|p| {
            p.op(Exclamation)?;
            p.name()
        })?;
        if !self.next_is(&[Colon, RightBrace])? {
            return self.raise_at_next(format!("{letter}-string: expecting ':' or '}}'"));
        }
        if self.optional(|p| p.format_specification(middle, letter, raw))?.is_some() && !self.next_is(&[RightBrace])? {
            return self.raise_at_next(format!("{letter}-string: expecting '}}', or format specs"));
        }
        if !self.next_is(&[RightBrace])? {
            return self.raise_at_next(format!("{letter}-string: expecting '}}'"));
        }
        Err(Fail::Mismatch)
    }

    fn next_is(&mut self, kinds: &[TokenKind]) -> Match<bool> {
        Ok(kinds.contains(&self.peek()?.token.kind))
    }
}
