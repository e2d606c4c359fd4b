//! Expressions as text.

use super::Writer;
use crate::tree::{Item, Node};

impl Writer {
    /// An expression in parentheses, unless it brings its own or may not have any.
    pub(super) fn expression(&mut self, item: &Item) {
        let Some(node) = item.node() else { return };
        match node.class {
            "Tuple" | "List" | "Set" | "Dict" | "ListComp" | "SetComp" | "DictComp" | "GeneratorExp" | "Slice"
            | "Starred" | "JoinedStr" | "TemplateStr" => self.place(node, |writer| writer.unparenthesized(node)),
            _ => {
                self.put("(");
                self.place(node, |writer| writer.unparenthesized(node));
                self.put(")");
            }
        }
    }

    /// An expression where parentheses would change what it is.
    pub(super) fn bare(&mut self, item: &Item) {
        if let Some(node) = item.node() {
            self.place(node, |writer| writer.unparenthesized(node));
        }
    }

    fn list_between(&mut self, open: &str, items: &Item, close: &str) {
        self.put(open);
        self.comma_separated(items.items(), Self::expression);
        self.put(close);
    }

    fn unparenthesized(&mut self, node: &Node) {
        let f = &node.fields;
        match node.class {
            "BoolOp" => {
                let word = if f[0].class() == "And" { " and " } else { " or " };
                self.separated(word, f[1].items(), Self::expression);
            }
            "NamedExpr" => {
                self.bare(&f[0]);
                self.put(" := ");
                self.expression(&f[1]);
            }
            "BinOp" => {
                self.expression(&f[0]);
                self.put(&format!(" {} ", operator(f[1].class())));
                self.expression(&f[2]);
            }
            "UnaryOp" => {
                self.put(match f[0].class() {
                    "Invert" => "~ ",
                    "Not" => "not ",
                    "UAdd" => "+ ",
                    _ => "- ",
                });
                self.expression(&f[1]);
            }
            "Lambda" => {
                self.put("lambda ");
                self.parameters(&f[0]);
                self.put(": ");
                self.expression(&f[1]);
            }
            "IfExp" => {
                self.expression(&f[1]);
                self.put(" if ");
                self.expression(&f[0]);
                self.put(" else ");
                self.expression(&f[2]);
            }
            "Dict" => self.dict(&f[0], &f[1]),
            // An empty set has no display of its own.
            "Set" if f[0].items().is_empty() => self.put("{ *() }"),
            "Set" => self.list_between("{", &f[0], "}"),
            "ListComp" => self.comprehension("[", &f[0], None, &f[1], "]"),
            "SetComp" => self.comprehension("{", &f[0], None, &f[1], "}"),
            "GeneratorExp" => self.comprehension("(", &f[0], None, &f[1], ")"),
            "DictComp" => self.comprehension("{", &f[0], Some(&f[1]), &f[2], "}"),
            "Await" => {
                self.put("await ");
                self.expression(&f[0]);
            }
            "Yield" => {
                self.put("yield");
                self.after(" ", &f[0]);
            }
            "YieldFrom" => {
                self.put("yield from ");
                self.expression(&f[0]);
            }
            "Compare" => {
                self.expression(&f[0]);
                for (op, right) in f[1].items().iter().zip(f[2].items()) {
                    self.put(&format!(" {} ", comparison(op.class())));
                    self.expression(right);
                }
            }
            "Call" => {
                self.expression(&f[0]);
                self.put(" (");
                self.arguments(&f[1], &f[2]);
                self.put(")");
            }
            "Attribute" => {
                self.expression(&f[0]);
                self.put(" .");
                self.put(f[1].text());
            }
            "Subscript" => {
                self.expression(&f[0]);
                self.put(" [");
                self.index(&f[1]);
                self.put("]");
            }
            "Starred" => {
                self.put("*");
                self.expression(&f[0]);
            }
            "Name" => self.put(f[0].text()),
            "List" => self.list_between("[", &f[0], "]"),
            "Tuple" => {
                self.put("(");
                self.elements(f[0].items());
                self.put(")");
            }
            "Slice" => {
                self.after("", &f[0]);
                self.put(":");
                self.after("", &f[1]);
                self.after(":", &f[2]);
            }
            "Constant" => self.constant(&f[0], f[1].text() == "u"),
            "JoinedStr" => self.template("f", &f[0]),
            "TemplateStr" => self.template("t", &f[0]),
            // Fields outside a string: as CPython, they count as a string of one field.
            "FormattedValue" => self.template("f", &Item::List(vec![node.clone().into()])),
            "Interpolation" => self.template("t", &Item::List(vec![node.clone().into()])),
            _ => self.put("None"),
        }
    }

    /// Elements of a tuple: one alone has a comma.
    fn elements(&mut self, items: &[Item]) {
        self.comma_separated(items, Self::expression);
        if items.len() == 1 {
            self.put(",");
        }
    }

    /// An index. A tuple with slices in it cannot have parentheses.
    fn index(&mut self, item: &Item) {
        match item.node() {
            Some(node)
                if node.class == "Tuple" && node.fields[0].items().iter().any(|part| part.class() == "Slice") =>
            {
                self.place(node, |writer| writer.elements(node.fields[0].items()));
            }
            _ => self.expression(item),
        }
    }

    fn dict(&mut self, keys: &Item, values: &Item) {
        self.put("{");
        for (key, value) in keys.items().iter().zip(values.items()) {
            match key.node() {
                Some(_) => {
                    self.expression(key);
                    self.put(" : ");
                }
                None => self.put("** "),
            }
            self.expression(value);
            self.put(", ");
        }
        self.put("}");
    }

    fn comprehension(&mut self, open: &str, element: &Item, value: Option<&Item>, generators: &Item, close: &str) {
        self.put(open);
        self.expression(element);
        if let Some(value) = value {
            self.put(" : ");
            self.expression(value);
        }
        for generator in generators.items().iter().filter_map(Item::node) {
            let f = &generator.fields;
            self.put(if f[3].int() != 0 { " async for " } else { " for " });
            self.expression(&f[0]);
            self.put(" in ");
            self.expression(&f[1]);
            for condition in f[2].items() {
                self.put(" if ");
                self.expression(condition);
            }
        }
        self.put(close);
    }

    pub(super) fn arguments(&mut self, positional: &Item, keywords: &Item) {
        for argument in positional.items() {
            self.expression(argument);
            self.put(", ");
        }
        for keyword in keywords.items().iter().filter_map(Item::node) {
            self.place(keyword, |writer| {
                match &keyword.fields[0] {
                    Item::Name(name) => {
                        writer.put(name);
                        writer.put(" = ");
                    }
                    _ => writer.put("** "),
                }
                writer.expression(&keyword.fields[1]);
            });
            self.put(", ");
        }
    }

    pub(super) fn parameters(&mut self, parameters: &Item) {
        let Some(node) = parameters.node() else { return };
        let f = &node.fields;
        let (before_slash, plain) = (f[0].items(), f[1].items());
        let required = (before_slash.len() + plain.len()).saturating_sub(f[6].items().len());
        for (index, parameter) in before_slash.iter().chain(plain).enumerate() {
            self.parameter("", parameter);
            if index >= required {
                self.after(" = ", &f[6].items()[index - required]);
            }
            self.put(if index + 1 == before_slash.len() { ", /, " } else { ", " });
        }
        if f[2].node().is_some() {
            self.parameter("*", &f[2]);
            self.put(", ");
        } else if !f[3].items().is_empty() {
            self.put("*, ");
        }
        for (parameter, default) in f[3].items().iter().zip(f[4].items()) {
            self.parameter("", parameter);
            self.after(" = ", default);
            self.put(", ");
        }
        self.parameter("**", &f[5]);
    }

    fn parameter(&mut self, stars: &str, parameter: &Item) {
        let Some(node) = parameter.node() else { return };
        self.put(stars);
        self.place(node, |writer| {
            writer.put(node.fields[0].text());
            writer.after(" : ", &node.fields[1]);
        });
    }
}

pub(super) fn operator(class: &str) -> &'static str {
    match class {
        "Add" => "+",
        "Sub" => "-",
        "Mult" => "*",
        "MatMult" => "@",
        "Div" => "/",
        "Mod" => "%",
        "Pow" => "**",
        "LShift" => "<<",
        "RShift" => ">>",
        "BitOr" => "|",
        "BitXor" => "^",
        "BitAnd" => "&",
        _ => "//",
    }
}

fn comparison(class: &str) -> &'static str {
    match class {
        "Eq" => "==",
        "NotEq" => "!=",
        "Lt" => "<",
        "LtE" => "<=",
        "Gt" => ">",
        "GtE" => ">=",
        "Is" => "is",
        "IsNot" => "is not",
        "In" => "in",
        _ => "not in",
    }
}
