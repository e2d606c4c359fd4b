//! Whether a tree that someone built is one that the grammar could have given. CPython says what is wrong in the same words.

use bytecode::Constant;

use super::{Item, Node};

/// What is wrong with a tree: a `ValueError` or a `TypeError`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidTree {
    Value(String),
    Type(String),
}

type Outcome = Result<(), InvalidTree>;

fn invalid<T>(message: impl Into<String>) -> Result<T, InvalidTree> {
    Err(InvalidTree::Value(message.into()))
}

/// Checks a whole tree.
pub fn validate(tree: &Node) -> Outcome {
    match tree.class {
        "Module" | "Interactive" => statements(&tree.fields[0]),
        "Expression" => expression(&tree.fields[0], "Load"),
        "FunctionType" => {
            expressions(&tree.fields[0], "Load")?;
            expression(&tree.fields[1], "Load")
        }
        class => Err(InvalidTree::Type(format!("expected a mod node, got {class}"))),
    }
}

fn position(node: &Node) -> Outcome {
    let Some(span) = node.span else { return Ok(()) };
    if span.line > span.end_line {
        return invalid(format!("AST node line range ({}, {}) is not valid", span.line, span.end_line));
    }
    if span.line == span.end_line && span.column > span.end_column {
        let (columns, lines) = ((span.column, span.end_column), (span.line, span.end_line));
        return invalid(format!("line {}, column {}-{} is not a valid range", lines.0, columns.0, columns.1));
    }
    Ok(())
}

fn not_empty(items: &Item, what: &str, owner: &str) -> Outcome {
    if items.items().is_empty() { invalid(format!("empty {what} on {owner}")) } else { Ok(()) }
}

fn name(text: &str) -> Outcome {
    match text {
        "None" | "True" | "False" => invalid(format!("identifier field can't represent '{text}' constant")),
        _ => Ok(()),
    }
}

fn body(items: &Item, owner: &str) -> Outcome {
    not_empty(items, "body", owner)?;
    statements(items)
}

fn statements(items: &Item) -> Outcome {
    for item in items.items() {
        match item.node() {
            Some(node) => statement(node)?,
            None => return invalid("None disallowed in statement list"),
        }
    }
    Ok(())
}

fn expressions(items: &Item, context: &str) -> Outcome {
    for item in items.items() {
        if item.node().is_none() {
            return invalid("None disallowed in expression list");
        }
        expression(item, context)?;
    }
    Ok(())
}

fn optional(item: &Item) -> Outcome {
    if item.node().is_some() { expression(item, "Load") } else { Ok(()) }
}

fn targets(items: &Item, context: &str, owner: &str) -> Outcome {
    not_empty(items, "targets", owner)?;
    expressions(items, context)
}

fn statement(node: &Node) -> Outcome {
    position(node)?;
    let f = &node.fields;
    match node.class {
        "FunctionDef" | "AsyncFunctionDef" => {
            body(&f[2], node.class)?;
            type_parameters(&f[6])?;
            parameters(&f[1])?;
            expressions(&f[3], "Load")?;
            optional(&f[4])
        }
        "ClassDef" => {
            body(&f[3], node.class)?;
            type_parameters(&f[5])?;
            expressions(&f[1], "Load")?;
            keywords(&f[2])?;
            expressions(&f[4], "Load")
        }
        "Return" => optional(&f[0]),
        "Delete" => targets(&f[0], "Del", node.class),
        "Assign" => {
            targets(&f[0], "Store", node.class)?;
            expression(&f[1], "Load")
        }
        "AugAssign" => {
            expression(&f[0], "Store")?;
            expression(&f[2], "Load")
        }
        "AnnAssign" => {
            if f[0].class() != "Name" && f[3].int() != 0 {
                return Err(InvalidTree::Type("AnnAssign with simple non-Name target".to_owned()));
            }
            expression(&f[0], "Store")?;
            optional(&f[2])?;
            expression(&f[1], "Load")
        }
        "TypeAlias" => {
            if f[0].class() != "Name" {
                return Err(InvalidTree::Type("TypeAlias with non-Name name".to_owned()));
            }
            expression(&f[0], "Store")?;
            type_parameters(&f[1])?;
            expression(&f[2], "Load")
        }
        "For" | "AsyncFor" => {
            expression(&f[0], "Store")?;
            expression(&f[1], "Load")?;
            body(&f[2], node.class)?;
            statements(&f[3])
        }
        "While" | "If" => {
            expression(&f[0], "Load")?;
            body(&f[1], node.class)?;
            statements(&f[2])
        }
        "With" | "AsyncWith" => {
            not_empty(&f[0], "items", node.class)?;
            for item in f[0].items().iter().filter_map(Item::node) {
                expression(&item.fields[0], "Load")?;
                if item.fields[1].node().is_some() {
                    expression(&item.fields[1], "Store")?;
                }
            }
            body(&f[1], node.class)
        }
        "Match" => {
            expression(&f[0], "Load")?;
            not_empty(&f[1], "cases", node.class)?;
            for case in f[1].items().iter().filter_map(Item::node) {
                pattern(&case.fields[0], false)?;
                optional(&case.fields[1])?;
                body(&case.fields[2], "match_case")?;
            }
            Ok(())
        }
        "Raise" => match (f[0].node(), f[1].node()) {
            (None, Some(_)) => invalid("Raise with cause but no exception"),
            _ => {
                optional(&f[0])?;
                optional(&f[1])
            }
        },
        "Try" | "TryStar" => try_(node),
        "Assert" => {
            expression(&f[0], "Load")?;
            optional(&f[1])
        }
        "Import" => not_empty(&f[0], "names", node.class),
        "ImportFrom" => {
            if f[2].int() < 0 {
                return invalid("Negative ImportFrom level");
            }
            not_empty(&f[1], "names", node.class)
        }
        "Global" | "Nonlocal" => not_empty(&f[0], "names", node.class),
        "Expr" => expression(&f[0], "Load"),
        _ => Ok(()),
    }
}

fn try_(node: &Node) -> Outcome {
    let f = &node.fields;
    body(&f[0], node.class)?;
    if f[1].items().is_empty() && f[3].items().is_empty() {
        return invalid(format!("{} has neither handlers nor finalbody", node.class));
    }
    if f[1].items().is_empty() && !f[2].items().is_empty() {
        return invalid(format!("{} has orelse but no except handlers", node.class));
    }
    for handler in f[1].items().iter().filter_map(Item::node) {
        position(handler)?;
        optional(&handler.fields[0])?;
        body(&handler.fields[2], "ExceptHandler")?;
    }
    statements(&f[3])?;
    statements(&f[2])
}

fn type_parameters(items: &Item) -> Outcome {
    for node in items.items().iter().filter_map(Item::node) {
        position(node)?;
        name(node.fields[0].text())?;
        node.fields[1..].iter().try_for_each(optional)?;
    }
    Ok(())
}

fn keywords(items: &Item) -> Outcome {
    items.items().iter().filter_map(Item::node).try_for_each(|keyword| expression(&keyword.fields[1], "Load"))
}

fn parameters(item: &Item) -> Outcome {
    let Some(node) = item.node() else { return Ok(()) };
    let f = &node.fields;
    for list in [&f[0], &f[1], &f[3]] {
        list.items().iter().try_for_each(parameter)?;
    }
    parameter(&f[2])?;
    parameter(&f[5])?;
    if f[6].items().len() > f[0].items().len() + f[1].items().len() {
        return invalid("more positional defaults than args on arguments");
    }
    if f[4].items().len() != f[3].items().len() {
        return invalid("length of kwonlyargs is not the same as kw_defaults on arguments");
    }
    expressions(&f[6], "Load")?;
    f[4].items().iter().try_for_each(optional)
}

fn parameter(item: &Item) -> Outcome {
    let Some(node) = item.node() else { return Ok(()) };
    position(node)?;
    optional(&node.fields[1])
}

fn comprehension(generators: &Item) -> Outcome {
    if generators.items().is_empty() {
        return invalid("comprehension with no generators");
    }
    for generator in generators.items().iter().filter_map(Item::node) {
        expression(&generator.fields[0], "Store")?;
        expression(&generator.fields[1], "Load")?;
        expressions(&generator.fields[2], "Load")?;
    }
    Ok(())
}

/// The context of a node that has one, and the fields that share it.
fn context_of(node: &Node) -> Option<&'static str> {
    match node.class {
        "Attribute" | "Subscript" | "Starred" | "Name" | "List" | "Tuple" => node.fields.last().map(Item::class),
        _ => None,
    }
}

fn expression(item: &Item, context: &str) -> Outcome {
    let Some(node) = item.node() else { return invalid("None disallowed in expression list") };
    position(node)?;
    match context_of(node) {
        None if context != "Load" => {
            return invalid(format!("expression which can't be assigned to in {context} context"));
        }
        Some(actual) if actual != context => {
            return invalid(format!("expression must have {context} context but has {actual} instead"));
        }
        _ => {}
    }
    let f = &node.fields;
    match node.class {
        "BoolOp" if f[1].items().len() < 2 => invalid("BoolOp with less than 2 values"),
        "BoolOp" => expressions(&f[1], "Load"),
        "NamedExpr" => {
            if f[0].class() != "Name" {
                return Err(InvalidTree::Type("NamedExpr target must be a Name".to_owned()));
            }
            expression(&f[0], "Store")?;
            expression(&f[1], "Load")
        }
        "BinOp" => {
            expression(&f[0], "Load")?;
            expression(&f[2], "Load")
        }
        "UnaryOp" => expression(&f[1], "Load"),
        "Lambda" => {
            parameters(&f[0])?;
            expression(&f[1], "Load")
        }
        "IfExp" => f.iter().try_for_each(|part| expression(part, "Load")),
        "Dict" => {
            if f[0].items().len() != f[1].items().len() {
                return invalid("Dict doesn't have the same number of keys as values");
            }
            f[0].items().iter().try_for_each(optional)?;
            expressions(&f[1], "Load")
        }
        "Set" => expressions(&f[0], "Load"),
        "ListComp" | "SetComp" | "GeneratorExp" => {
            comprehension(&f[1])?;
            expression(&f[0], "Load")
        }
        "DictComp" => {
            comprehension(&f[2])?;
            expression(&f[0], "Load")?;
            expression(&f[1], "Load")
        }
        "Yield" => optional(&f[0]),
        "YieldFrom" | "Await" => expression(&f[0], "Load"),
        "Compare" => {
            if f[2].items().is_empty() {
                return invalid("Compare with no comparators");
            }
            if f[2].items().len() != f[1].items().len() {
                return invalid("Compare has a different number of comparators and operands");
            }
            expressions(&f[2], "Load")?;
            expression(&f[0], "Load")
        }
        "Call" => {
            expression(&f[0], "Load")?;
            expressions(&f[1], "Load")?;
            keywords(&f[2])
        }
        "Constant" => Ok(()),
        "JoinedStr" | "TemplateStr" => expressions(&f[0], "Load"),
        "FormattedValue" => {
            expression(&f[0], "Load")?;
            optional(&f[2])
        }
        "Interpolation" => {
            expression(&f[0], "Load")?;
            optional(&f[3])
        }
        "Attribute" => expression(&f[0], "Load"),
        "Subscript" => {
            expression(&f[1], "Load")?;
            expression(&f[0], "Load")
        }
        "Starred" => expression(&f[0], context),
        "Slice" => f.iter().try_for_each(optional),
        "List" | "Tuple" => expressions(&f[0], context),
        "Name" => name(f[0].text()),
        _ => Ok(()),
    }
}

fn capture(item: &Item) -> Outcome {
    match item.text() {
        "_" => invalid("can't capture name '_' in patterns"),
        text => name(text),
    }
}

fn patterns(items: &Item, star_allowed: bool) -> Outcome {
    items.items().iter().try_for_each(|item| pattern(item, star_allowed))
}

fn pattern(item: &Item, star_allowed: bool) -> Outcome {
    let Some(node) = item.node() else { return Ok(()) };
    position(node)?;
    let f = &node.fields;
    match node.class {
        "MatchValue" => pattern_value(&f[0]),
        "MatchSingleton" => match &f[0] {
            Item::Constant(Constant::None | Constant::Bool(_)) => Ok(()),
            _ => invalid("MatchSingleton can only contain True, False and None"),
        },
        "MatchSequence" => patterns(&f[0], true),
        "MatchMapping" => {
            if f[0].items().len() != f[1].items().len() {
                return invalid("MatchMapping doesn't have the same number of keys as patterns");
            }
            if matches!(f[2], Item::Name(_)) {
                capture(&f[2])?;
            }
            for key in f[0].items() {
                let constant = key.node().filter(|node| node.class == "Constant").map(|node| &node.fields[0]);
                if !matches!(constant, Some(Item::Constant(Constant::None | Constant::Bool(_)))) {
                    pattern_value(key)?;
                }
            }
            patterns(&f[1], false)
        }
        "MatchClass" => match_class(node),
        "MatchStar" if !star_allowed => invalid("can't use MatchStar here"),
        "MatchStar" => match &f[0] {
            Item::Name(_) => capture(&f[0]),
            _ => Ok(()),
        },
        "MatchAs" => {
            if matches!(f[1], Item::Name(_)) {
                capture(&f[1])?;
            }
            match (f[0].node(), &f[1]) {
                (None, _) => Ok(()),
                (Some(_), Item::Name(_)) => pattern(&f[0], false),
                (Some(_), _) => invalid("MatchAs must specify a target name if a pattern is given"),
            }
        }
        "MatchOr" if f[0].items().len() < 2 => invalid("MatchOr requires at least 2 patterns"),
        _ => patterns(&f[0], false),
    }
}

fn match_class(node: &Node) -> Outcome {
    let f = &node.fields;
    if f[2].items().len() != f[3].items().len() {
        return invalid("MatchClass doesn't have the same number of keyword attributes as patterns");
    }
    expression(&f[0], "Load")?;
    let mut class = f[0].node();
    while let Some(node) = class {
        match node.class {
            "Name" => break,
            "Attribute" => class = node.fields[0].node(),
            _ => return invalid("MatchClass cls field can only contain Name or Attribute nodes."),
        }
    }
    f[2].items().iter().try_for_each(|keyword| name(keyword.text()))?;
    patterns(&f[1], false)?;
    patterns(&f[3], false)
}

/// A literal, a signed or complex number, or a dotted name.
fn pattern_value(item: &Item) -> Outcome {
    expression(item, "Load")?;
    let Some(node) = item.node() else { return Ok(()) };
    let allowed = match node.class {
        "Constant" => match &node.fields[0] {
            Item::Constant(Constant::Ellipsis | Constant::None | Constant::Bool(_)) => {
                return invalid("unexpected constant inside of a literal pattern");
            }
            _ => true,
        },
        "Attribute" | "JoinedStr" | "TemplateStr" => true,
        "UnaryOp" => node.fields[0].class() == "USub" && node.fields[1].class() == "Constant",
        "BinOp" => matches!(node.fields[1].class(), "Add" | "Sub"),
        _ => false,
    };
    if allowed { Ok(()) } else { invalid("patterns may only match literals and attribute lookups") }
}
