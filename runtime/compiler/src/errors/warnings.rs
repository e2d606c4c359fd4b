//! Warnings that do not depend on code generation: unknown escapes, numbers that run into keywords, `finally` blocks that
//! are left by a jump.

use ruff_python_ast::visitor::source_order::{self, SourceOrderVisitor};
use ruff_python_ast::{
    BytesLiteral, ExceptHandler, Expr, ExprNumberLiteral, FString, InterpolatedStringElement,
    InterpolatedStringElements, Mod, Number, Stmt, StringLiteral, TString,
};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::invalid_escape;
use super::literals::{dubious_escape, dubious_in_body};
use crate::source::SourceText;
use crate::tokens::starts_with_keyword;

/// A `SyntaxWarning` about a place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceWarning {
    pub range: TextRange,
    pub message: String,
}

/// The warnings about literals, which come up as a source is parsed.
pub fn literal_warnings(module: &Mod, source: &SourceText) -> Vec<SourceWarning> {
    let mut literals = Literals { source, warnings: Vec::new() };
    literals.visit_mod(module);
    literals.warnings
}

/// The warnings about jumps, which come up when a tree is compiled.
pub fn jump_warnings(module: &Mod) -> Vec<SourceWarning> {
    let mut jumps = Jumps { warnings: Vec::new() };
    if let Mod::Module(module) = module {
        jumps.body(&module.body, false);
    }
    jumps.warnings
}

struct Literals<'s> {
    source: &'s SourceText,
    warnings: Vec<SourceWarning>,
}

impl Literals<'_> {
    fn text(&self, range: TextRange) -> &str {
        &self.source.text()[range]
    }

    fn escape(&mut self, base: TextSize, found: Option<(usize, String)>) {
        let Some((offset, escape)) = found else { return };
        let start = base + TextSize::new(offset as u32);
        let range = TextRange::at(start, TextSize::new(1 + escape.len() as u32));
        let message = match escape.chars().next() {
            Some(first) if escape.len() == 3 && first.is_ascii_digit() => octal_escape(&escape),
            Some(first) => invalid_escape(first),
            None => return,
        };
        self.warnings.push(SourceWarning { range, message });
    }

    /// Text of a template with the brace after it: a backslash does not escape that.
    fn with_brace(&self, range: TextRange) -> &str {
        let end = range.end().to_usize();
        let brace = matches!(self.source.text().as_bytes().get(end), Some(b'{' | b'}'));
        &self.source.text()[range.start().to_usize()..end + usize::from(brace)]
    }

    fn literal(&mut self, range: TextRange) {
        let found = dubious_escape(self.text(range));
        self.escape(range.start(), found);
    }

    fn elements(&mut self, elements: &InterpolatedStringElements, raw: bool) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) if !raw => {
                    let found = dubious_in_body(self.with_brace(literal.range), false);
                    self.escape(literal.range.start(), found);
                }
                InterpolatedStringElement::Interpolation(field) => {
                    if let Some(format) = &field.format_spec {
                        self.elements(&format.elements, raw);
                    }
                }
                InterpolatedStringElement::Literal(_) => {}
            }
        }
    }

    fn number(&mut self, node: &ExprNumberLiteral) {
        let rest = &self.source.text().as_bytes()[node.range.end().to_usize()..];
        if !starts_with_keyword(rest) {
            return;
        }
        let text = self.text(node.range).as_bytes();
        let kind = match (&node.value, text.get(1).map(|byte| byte | 0x20)) {
            (Number::Complex { .. }, _) => "imaginary",
            (Number::Int(_), Some(b'x')) => "hexadecimal",
            (Number::Int(_), Some(b'o')) => "octal",
            (Number::Int(_), Some(b'b')) => "binary",
            _ => "decimal",
        };
        self.warnings.push(SourceWarning { range: node.range, message: format!("invalid {kind} literal") });
    }
}

fn octal_escape(digits: &str) -> String {
    format!(
        "\"\\{digits}\" is an invalid octal escape sequence. Such sequences will not work in the future. \
         Did you mean \"\\\\{digits}\"? A raw string is also an option."
    )
}

impl<'a> SourceOrderVisitor<'a> for Literals<'_> {
    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::NumberLiteral(node) = expression {
            self.number(node);
        }
        source_order::walk_expr(self, expression);
    }

    fn visit_string_literal(&mut self, literal: &'a StringLiteral) {
        self.literal(literal.range);
    }

    fn visit_bytes_literal(&mut self, literal: &'a BytesLiteral) {
        self.literal(literal.range);
    }

    fn visit_f_string(&mut self, string: &'a FString) {
        self.elements(&string.elements, string.flags.prefix().is_raw());
        source_order::walk_f_string(self, string);
    }

    fn visit_t_string(&mut self, string: &'a TString) {
        self.elements(&string.elements, string.flags.prefix().is_raw());
        source_order::walk_t_string(self, string);
    }
}

/// Jumps out of `finally` (PEP 765). `leaves` says that a jump here would leave one; in loops nothing is said, not even
/// of `return`.
struct Jumps {
    warnings: Vec<SourceWarning>,
}

impl Jumps {
    fn body(&mut self, body: &[Stmt], leaves: bool) {
        for statement in body {
            self.statement(statement, leaves);
        }
    }

    fn warn(&mut self, what: &str, range: TextRange) {
        self.warnings.push(SourceWarning { range, message: format!("'{what}' in a 'finally' block") });
    }

    fn statement(&mut self, statement: &Stmt, leaves: bool) {
        match statement {
            Stmt::Return(node) if leaves => self.warn("return", node.range),
            Stmt::Break(node) if leaves => self.warn("break", node.range),
            Stmt::Continue(node) if leaves => self.warn("continue", node.range),
            Stmt::FunctionDef(node) => self.body(&node.body, false),
            Stmt::ClassDef(node) => self.body(&node.body, false),
            Stmt::For(node) => {
                self.body(&node.body, false);
                self.body(&node.orelse, leaves);
            }
            Stmt::While(node) => {
                self.body(&node.body, false);
                self.body(&node.orelse, leaves);
            }
            Stmt::If(node) => {
                self.body(&node.body, leaves);
                node.elif_else_clauses.iter().for_each(|clause| self.body(&clause.body, leaves));
            }
            Stmt::With(node) => self.body(&node.body, leaves),
            Stmt::Match(node) => node.cases.iter().for_each(|case| self.body(&case.body, leaves)),
            Stmt::Try(node) => {
                self.body(&node.body, leaves);
                for ExceptHandler::ExceptHandler(handler) in &node.handlers {
                    self.body(&handler.body, leaves);
                }
                self.body(&node.orelse, leaves);
                self.body(&node.finalbody, true);
            }
            _ => {}
        }
    }
}

impl Ranged for SourceWarning {
    fn range(&self) -> TextRange {
        self.range
    }
}
