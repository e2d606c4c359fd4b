//! Statements and what belongs to them.

use ruff_python_ast::{
    Alias, Decorator, ElifElseClause, ExceptHandler, Identifier, MatchCase, Parameter, ParameterWithDefault,
    Parameters, Stmt, StmtClassDef, StmtFunctionDef, StmtIf, TypeParam, TypeParams, WithItem,
};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::{Item, Node, Reader};
use crate::errors::definition_start;

impl Reader<'_> {
    pub(super) fn statements(&self, body: &[Stmt]) -> Vec<Node> {
        body.iter().map(|statement| self.statement(statement)).collect()
    }

    fn body(&self, body: &[Stmt]) -> Item {
        Item::list(self.statements(body))
    }

    fn statement(&self, statement: &Stmt) -> Node {
        let none = Item::None;
        match statement {
            Stmt::FunctionDef(node) => self.function(node),
            Stmt::ClassDef(node) => self.class(node),
            Stmt::Return(node) => self.at("Return", node, vec![self.optional(node.value.as_deref())]),
            Stmt::Delete(node) => self.at("Delete", node, vec![self.expressions(&node.targets)]),
            Stmt::TypeAlias(node) => {
                let parameters = self.type_parameters(node.type_params.as_deref());
                let fields = vec![self.expression(&node.name).into(), parameters, self.expression(&node.value).into()];
                self.at("TypeAlias", node, fields)
            }
            Stmt::Assign(node) => {
                let fields = vec![self.expressions(&node.targets), self.expression(&node.value).into(), none];
                self.at("Assign", node, fields)
            }
            Stmt::AugAssign(node) => {
                let target = self.expression(&node.target).into();
                let op = Node::marker(super::expressions::operator(node.op)).into();
                self.at("AugAssign", node, vec![target, op, self.expression(&node.value).into()])
            }
            Stmt::AnnAssign(node) => {
                let target = self.expression(&node.target).into();
                let annotation = self.expression(&node.annotation).into();
                let value = self.optional(node.value.as_deref());
                self.at("AnnAssign", node, vec![target, annotation, value, Item::Int(node.simple.into())])
            }
            Stmt::For(node) => {
                let class = if node.is_async { "AsyncFor" } else { "For" };
                let (target, iter) = (self.expression(&node.target).into(), self.expression(&node.iter).into());
                self.node(
                    class,
                    self.compound(node.range),
                    vec![target, iter, self.body(&node.body), self.body(&node.orelse), none],
                )
            }
            Stmt::While(node) => {
                let test = self.expression(&node.test).into();
                self.node(
                    "While",
                    self.compound(node.range),
                    vec![test, self.body(&node.body), self.body(&node.orelse)],
                )
            }
            Stmt::If(node) => self.if_(node),
            Stmt::With(node) => {
                let class = if node.is_async { "AsyncWith" } else { "With" };
                let items = Item::list(node.items.iter().map(|item| self.with_item(item)));
                self.node(class, self.compound(node.range), vec![items, self.body(&node.body), none])
            }
            Stmt::Match(node) => {
                let cases = Item::list(node.cases.iter().map(|case| self.case(case)));
                self.node("Match", self.compound(node.range), vec![self.expression(&node.subject).into(), cases])
            }
            Stmt::Raise(node) => {
                let fields = vec![self.optional(node.exc.as_deref()), self.optional(node.cause.as_deref())];
                self.at("Raise", node, fields)
            }
            Stmt::Try(node) => {
                let class = if node.is_star { "TryStar" } else { "Try" };
                let handlers = Item::list(node.handlers.iter().map(|handler| self.handler(handler)));
                let (body, orelse, last) = (self.body(&node.body), self.body(&node.orelse), self.body(&node.finalbody));
                self.node(class, self.compound(node.range), vec![body, handlers, orelse, last])
            }
            Stmt::Assert(node) => {
                let fields = vec![self.expression(&node.test).into(), self.optional(node.msg.as_deref())];
                self.at("Assert", node, fields)
            }
            Stmt::Import(node) => self.at("Import", node, vec![self.aliases(&node.names)]),
            Stmt::ImportFrom(node) => {
                let module = Item::optional_name(node.module.as_ref());
                self.at("ImportFrom", node, vec![module, self.aliases(&node.names), Item::Int(node.level.into())])
            }
            Stmt::Global(node) => self.at("Global", node, vec![names(&node.names)]),
            Stmt::Nonlocal(node) => self.at("Nonlocal", node, vec![names(&node.names)]),
            Stmt::Expr(node) => self.at("Expr", node, vec![self.expression(&node.value).into()]),
            Stmt::Pass(node) => self.at("Pass", node, Vec::new()),
            Stmt::Break(node) => self.at("Break", node, Vec::new()),
            Stmt::Continue(node) => self.at("Continue", node, Vec::new()),
            // The parser makes these only in a mode that is never asked for.
            Stmt::IpyEscapeCommand(node) => self.at("Pass", node, Vec::new()),
        }
    }

    /// `elif` is an `if` in the `else` of the one before, and all end together.
    fn if_(&self, node: &StmtIf) -> Node {
        let orelse = self.else_(&node.elif_else_clauses, node.range.end());
        let test = self.expression(&node.test).into();
        self.node("If", self.compound(node.range), vec![test, self.body(&node.body), orelse])
    }

    fn else_(&self, clauses: &[ElifElseClause], end: TextSize) -> Item {
        let Some((clause, rest)) = clauses.split_first() else { return Item::List(Vec::new()) };
        let Some(test) = &clause.test else { return self.body(&clause.body) };
        let range = self.compound(TextRange::new(clause.range.start(), end));
        let fields = vec![self.expression(test).into(), self.body(&clause.body), self.else_(rest, end)];
        Item::list([self.node("If", range, fields)])
    }

    fn undecorated(&self, range: TextRange, decorators: &[Decorator]) -> TextRange {
        let start = definition_start(self.source, range, decorators.last().map(Ranged::range));
        self.compound(TextRange::new(start, range.end()))
    }

    /// A compound statement ends with its last statement's semicolon, if that has one.
    fn compound(&self, range: TextRange) -> TextRange {
        let rest = &self.source.text()[range.end().to_usize()..];
        let spaces = rest.len() - rest.trim_start_matches([' ', '\t', '\x0c']).len();
        if rest[spaces..].starts_with(';') {
            return TextRange::new(range.start(), range.end() + TextSize::new(spaces as u32 + 1));
        }
        range
    }

    fn decorators(&self, decorators: &[Decorator]) -> Item {
        Item::list(decorators.iter().map(|decorator| self.expression(&decorator.expression)))
    }

    fn function(&self, node: &StmtFunctionDef) -> Node {
        let class = if node.is_async { "AsyncFunctionDef" } else { "FunctionDef" };
        let fields = vec![
            Item::name(node.name.as_str()),
            self.parameters(&node.parameters).into(),
            self.body(&node.body),
            self.decorators(&node.decorator_list),
            self.optional(node.returns.as_deref()),
            Item::None,
            self.type_parameters(node.type_params.as_deref()),
        ];
        self.node(class, self.undecorated(node.range, &node.decorator_list), fields)
    }

    fn class(&self, node: &StmtClassDef) -> Node {
        let (bases, keywords) = self.arguments(node.arguments.as_deref());
        let fields = vec![
            Item::name(node.name.as_str()),
            bases,
            keywords,
            self.body(&node.body),
            self.decorators(&node.decorator_list),
            self.type_parameters(node.type_params.as_deref()),
        ];
        self.node("ClassDef", self.undecorated(node.range, &node.decorator_list), fields)
    }

    pub(super) fn parameters(&self, parameters: &Parameters) -> Node {
        let list = |parameters: &[ParameterWithDefault]| {
            Item::list(parameters.iter().map(|parameter| self.parameter(&parameter.parameter)))
        };
        let positional = parameters.posonlyargs.iter().chain(&parameters.args);
        let defaults = positional.filter_map(|parameter| parameter.default.as_deref());
        let keyword_defaults =
            parameters.kwonlyargs.iter().map(|parameter| self.optional(parameter.default.as_deref()));
        let fields = vec![
            list(&parameters.posonlyargs),
            list(&parameters.args),
            Item::optional(parameters.vararg.as_deref().map(|parameter| self.parameter(parameter))),
            list(&parameters.kwonlyargs),
            Item::List(keyword_defaults.collect()),
            Item::optional(parameters.kwarg.as_deref().map(|parameter| self.parameter(parameter))),
            Item::list(defaults.map(|default| self.expression(default))),
        ];
        Node::plain("arguments", fields)
    }

    fn parameter(&self, parameter: &Parameter) -> Node {
        let range = TextRange::new(parameter.name.range.start(), parameter.range.end());
        let annotation = self.optional(parameter.annotation.as_deref());
        self.node("arg", range, vec![Item::name(parameter.name.as_str()), annotation, Item::None])
    }

    fn type_parameters(&self, parameters: Option<&TypeParams>) -> Item {
        let parameters = parameters.map_or(&[][..], |parameters| &parameters.type_params);
        Item::list(parameters.iter().map(|parameter| self.type_parameter(parameter)))
    }

    fn type_parameter(&self, parameter: &TypeParam) -> Node {
        match parameter {
            TypeParam::TypeVar(node) => {
                let (bound, default) = (self.optional(node.bound.as_deref()), self.optional(node.default.as_deref()));
                self.at("TypeVar", node, vec![Item::name(node.name.as_str()), bound, default])
            }
            TypeParam::TypeVarTuple(node) => {
                let default = self.optional(node.default.as_deref());
                self.at("TypeVarTuple", node, vec![Item::name(node.name.as_str()), default])
            }
            TypeParam::ParamSpec(node) => {
                let default = self.optional(node.default.as_deref());
                self.at("ParamSpec", node, vec![Item::name(node.name.as_str()), default])
            }
        }
    }

    fn with_item(&self, item: &WithItem) -> Node {
        let fields = vec![self.expression(&item.context_expr).into(), self.optional(item.optional_vars.as_deref())];
        Node::plain("withitem", fields)
    }

    fn handler(&self, handler: &ExceptHandler) -> Node {
        let ExceptHandler::ExceptHandler(node) = handler;
        let fields =
            vec![self.optional(node.type_.as_deref()), Item::optional_name(node.name.as_ref()), self.body(&node.body)];
        self.node("ExceptHandler", self.compound(node.range), fields)
    }

    fn case(&self, case: &MatchCase) -> Node {
        let guard = self.optional(case.guard.as_deref());
        Node::plain("match_case", vec![self.pattern(&case.pattern).into(), guard, self.body(&case.body)])
    }

    fn aliases(&self, names: &[Alias]) -> Item {
        Item::list(names.iter().map(|alias| {
            let fields = vec![Item::name(alias.name.as_str()), Item::optional_name(alias.asname.as_ref())];
            self.at("alias", alias, fields)
        }))
    }
}

fn names(names: &[Identifier]) -> Item {
    Item::List(names.iter().map(|name| Item::name(name.as_str())).collect())
}
