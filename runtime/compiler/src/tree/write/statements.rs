//! Statements as text.

use super::Writer;
use crate::tree::{Item, Node};

impl Writer {
    pub(super) fn statements(&mut self, body: &Item) {
        for statement in body.items() {
            self.indent();
            if let Some(node) = statement.node() {
                self.statement(node);
            }
        }
    }

    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.put(" ");
        }
    }

    fn block(&mut self, body: &Item) {
        self.put(":\n");
        self.depth += 1;
        self.statements(body);
        self.depth -= 1;
    }

    /// A block under a word, if it has statements.
    fn optional_block(&mut self, word: &str, body: &Item) {
        if !body.items().is_empty() {
            self.indent();
            self.put(word);
            self.block(body);
        }
    }

    fn statement(&mut self, node: &Node) {
        if let "FunctionDef" | "AsyncFunctionDef" | "ClassDef" = node.class {
            let decorators = &node.fields[if node.class == "ClassDef" { 4 } else { 3 }];
            for decorator in decorators.items() {
                self.put("@");
                self.expression(decorator);
                self.put("\n");
                self.indent();
            }
        }
        let compound = self.compound(node);
        if !compound {
            self.place(node, |writer| writer.simple(node));
            self.put("\n");
        }
    }

    /// Writes a compound statement; gives whether it was one.
    fn compound(&mut self, node: &Node) -> bool {
        let f = &node.fields;
        match node.class {
            "FunctionDef" | "AsyncFunctionDef" => self.place(node, |w| w.function(node)),
            "ClassDef" => self.place(node, |w| w.class(node)),
            "For" | "AsyncFor" => self.place(node, |w| {
                w.put(if node.class == "For" { "for " } else { "async for " });
                w.expression(&f[0]);
                w.put(" in ");
                w.expression(&f[1]);
                w.block(&f[2]);
                w.optional_block("else", &f[3]);
            }),
            "While" => self.place(node, |w| {
                w.put("while ");
                w.expression(&f[0]);
                w.block(&f[1]);
                w.optional_block("else", &f[2]);
            }),
            "If" => self.place(node, |w| {
                w.put("if ");
                w.expression(&f[0]);
                w.block(&f[1]);
                w.optional_block("else", &f[2]);
            }),
            "With" | "AsyncWith" => self.place(node, |w| {
                w.put(if node.class == "With" { "with " } else { "async with " });
                w.comma_separated(f[0].items(), Self::with_item);
                w.block(&f[1]);
            }),
            "Match" => self.place(node, |w| {
                w.put("match ");
                w.expression(&f[0]);
                w.put(":\n");
                w.depth += 1;
                f[1].items().iter().for_each(|case| w.case(case));
                w.depth -= 1;
            }),
            "Try" | "TryStar" => self.place(node, |w| {
                w.put("try");
                w.block(&f[0]);
                let word = if node.class == "Try" { "except" } else { "except*" };
                f[1].items().iter().for_each(|handler| w.handler(word, handler));
                w.optional_block("else", &f[2]);
                w.optional_block("finally", &f[3]);
            }),
            _ => return false,
        }
        true
    }

    fn simple(&mut self, node: &Node) {
        let f = &node.fields;
        match node.class {
            "Return" => self.with_operand("return", &f[0]),
            "Delete" => {
                self.put("del ");
                self.comma_separated(f[0].items(), Self::expression);
            }
            "TypeAlias" => {
                self.put("type ");
                self.bare(&f[0]);
                self.type_parameters(&f[1]);
                self.put(" = ");
                self.expression(&f[2]);
            }
            "Assign" => {
                for target in f[0].items() {
                    self.expression(target);
                    self.put(" = ");
                }
                self.expression(&f[1]);
            }
            "AugAssign" => {
                self.expression(&f[0]);
                self.put(&format!(" {}= ", super::expressions::operator(f[1].class())));
                self.expression(&f[2]);
            }
            "AnnAssign" => {
                if f[3].int() != 0 {
                    self.bare(&f[0]);
                } else {
                    self.expression(&f[0]);
                }
                self.put(" : ");
                self.expression(&f[1]);
                self.after(" = ", &f[2]);
            }
            "Raise" => {
                self.with_operand("raise", &f[0]);
                self.after(" from ", &f[1]);
            }
            "Assert" => {
                self.put("assert ");
                self.expression(&f[0]);
                self.after(", ", &f[1]);
            }
            "Import" => {
                self.put("import ");
                self.comma_separated(f[0].items(), Self::alias);
            }
            "ImportFrom" => {
                self.put("from ");
                self.put(&".".repeat(usize::try_from(f[2].int()).unwrap_or(0)));
                self.put(f[0].text());
                let star = f[1].items().first().and_then(Item::node).is_some_and(|alias| alias.fields[0].text() == "*");
                self.put(if star { " import " } else { " import (" });
                self.comma_separated(f[1].items(), Self::alias);
                self.put(if star { "" } else { ")" });
            }
            "Global" | "Nonlocal" => {
                self.put(if node.class == "Global" { "global " } else { "nonlocal " });
                self.comma_separated(f[0].items(), |writer, name| writer.put(name.text()));
            }
            "Expr" => self.expression(&f[0]),
            "Break" => self.put("break"),
            "Continue" => self.put("continue"),
            _ => self.put("pass"),
        }
    }

    fn with_operand(&mut self, word: &str, operand: &Item) {
        self.put(word);
        self.after(" ", operand);
    }

    /// Writes an optional expression with what goes before it.
    pub(super) fn after(&mut self, before: &str, expression: &Item) {
        if expression.node().is_some() {
            self.put(before);
            self.expression(expression);
        }
    }

    fn function(&mut self, node: &Node) {
        let f = &node.fields;
        self.put(if node.class == "FunctionDef" { "def " } else { "async def " });
        self.put(f[0].text());
        self.type_parameters(&f[6]);
        self.put("(");
        self.parameters(&f[1]);
        self.put(")");
        self.after(" -> ", &f[4]);
        self.block(&f[2]);
    }

    fn class(&mut self, node: &Node) {
        let f = &node.fields;
        self.put("class ");
        self.put(f[0].text());
        self.type_parameters(&f[5]);
        self.put("(");
        self.arguments(&f[1], &f[2]);
        self.put(")");
        self.block(&f[3]);
    }

    fn type_parameters(&mut self, parameters: &Item) {
        if parameters.items().is_empty() {
            return;
        }
        self.put("[");
        self.comma_separated(parameters.items(), |writer, item| {
            let Some(node) = item.node() else { return };
            writer.place(node, |writer| {
                writer.put(match node.class {
                    "TypeVarTuple" => "*",
                    "ParamSpec" => "**",
                    _ => "",
                });
                writer.put(node.fields[0].text());
                if node.class == "TypeVar" {
                    writer.after(" : ", &node.fields[1]);
                }
                writer.after(" = ", &node.fields[node.fields.len() - 1]);
            });
        });
        self.put("]");
    }

    fn with_item(&mut self, item: &Item) {
        let Some(node) = item.node() else { return };
        self.expression(&node.fields[0]);
        self.after(" as ", &node.fields[1]);
    }

    fn handler(&mut self, word: &str, handler: &Item) {
        let Some(node) = handler.node() else { return };
        self.indent();
        self.place(node, |writer| {
            writer.put(word);
            writer.after(" ", &node.fields[0]);
            if !node.fields[1].text().is_empty() {
                writer.put(" as ");
                writer.put(node.fields[1].text());
            }
            writer.block(&node.fields[2]);
        });
    }

    fn case(&mut self, case: &Item) {
        let Some(node) = case.node() else { return };
        self.indent();
        self.put("case ");
        self.pattern(&node.fields[0]);
        self.after(" if ", &node.fields[1]);
        self.block(&node.fields[2]);
    }

    fn alias(&mut self, alias: &Item) {
        let Some(node) = alias.node() else { return };
        self.place(node, |writer| {
            writer.put(node.fields[0].text());
            if !node.fields[1].text().is_empty() {
                writer.put(" as ");
                writer.put(node.fields[1].text());
            }
        });
    }
}
