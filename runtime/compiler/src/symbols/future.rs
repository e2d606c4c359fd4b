//! `from __future__` imports at the head of a module: which are known, and what they switch on.

use ruff_python_ast::{Alias, Mod, Stmt, StmtImportFrom};
use ruff_text_size::{Ranged, TextSize};

use crate::errors::SyntaxError;
use crate::source::SourceText;

/// Features that are mandatory by now, so importing them changes nothing.
const SETTLED: [&str; 8] = [
    "nested_scopes",
    "generators",
    "division",
    "absolute_import",
    "with_statement",
    "print_function",
    "unicode_literals",
    "generator_stop",
];

/// The features a module asked for that still change how it is compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FutureFeatures {
    pub annotations: bool,
    pub barry_as_flufl: bool,
    /// Where the last future import at the head of the module ends; one that begins later is an error.
    pub end: Option<TextSize>,
}

/// Reads the future imports at the head of a module, where only a docstring may precede them.
pub(super) fn find_features(module: &Mod, source: &SourceText) -> Result<FutureFeatures, Box<SyntaxError>> {
    let mut features = FutureFeatures::default();
    let Mod::Module(module) = module else { return Ok(features) };
    for (at, statement) in module.body.iter().enumerate() {
        match statement {
            Stmt::ImportFrom(import) if is_future(import) => take(import, source, &mut features)?,
            Stmt::Expr(expression) if at == 0 && expression.value.is_string_literal_expr() => {}
            _ => break,
        }
    }
    Ok(features)
}

/// Whether this is `from __future__ import ...`.
pub(crate) fn is_future(import: &StmtImportFrom) -> bool {
    import.level == 0 && import.module.as_ref().is_some_and(|module| module.as_str() == "__future__")
}

fn take(import: &StmtImportFrom, source: &SourceText, features: &mut FutureFeatures) -> Result<(), Box<SyntaxError>> {
    for alias in &import.names {
        match alias.name.as_str() {
            "annotations" => features.annotations = true,
            "barry_as_FLUFL" => features.barry_as_flufl = true,
            name if SETTLED.contains(&name) => {}
            name => return Err(unknown(name, alias, source)),
        }
    }
    features.end = Some(import.range.end());
    Ok(())
}

fn unknown(name: &str, alias: &Alias, source: &SourceText) -> Box<SyntaxError> {
    let message = match name {
        "braces" => "not a chance".to_owned(),
        _ => format!("future feature {name} is not defined"),
    };
    SyntaxError::compiling(source, alias.range(), message)
}
