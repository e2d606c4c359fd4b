//! The first pass over expressions: reads, walrus targets, lambdas, comprehensions, `yield` and `await`.

use ruff_python_ast::name::Name;
use ruff_python_ast::{
    Arguments, Comprehension, Expr, ExprCall, ExprContext, ExprLambda, ExprName, ExprNamed, FStringPart,
    InterpolatedStringElement, InterpolatedStringElements,
};
use ruff_text_size::{Ranged, TextRange};

use super::collect::{Collector, Outcome, Use};
use super::{ScopeKind, SymbolFlags};

/// The parts of a comprehension, whatever its kind: `key` is that of a dict's, and comes after the element.
struct ComprehensionParts<'a> {
    kind: ScopeKind,
    /// The node's range, by which the scope is found again.
    range: TextRange,
    /// The range that errors and lines speak of: with the parentheses of the call, for a sole argument.
    location: TextRange,
    generators: &'a [Comprehension],
    element: &'a Expr,
    value: Option<&'a Expr>,
}

impl Collector<'_> {
    pub fn expressions<'e>(&mut self, expressions: impl IntoIterator<Item = &'e Expr>) -> Outcome {
        expressions.into_iter().try_for_each(|expression| self.expression(expression))
    }

    pub fn optional(&mut self, expression: Option<&Expr>) -> Outcome {
        expression.map_or(Ok(()), |expression| self.expression(expression))
    }

    pub fn expression(&mut self, expression: &Expr) -> Outcome {
        match expression {
            Expr::BoolOp(node) => self.expressions(&node.values),
            Expr::Named(node) => self.named(node),
            Expr::BinOp(node) => {
                self.expression(&node.left)?;
                self.expression(&node.right)
            }
            Expr::UnaryOp(node) => self.expression(&node.operand),
            Expr::Lambda(node) => self.lambda(node),
            Expr::If(node) => {
                self.expression(&node.test)?;
                self.expression(&node.body)?;
                self.expression(&node.orelse)
            }
            Expr::Dict(node) => {
                self.expressions(node.items.iter().filter_map(|item| item.key.as_ref()))?;
                self.expressions(node.items.iter().map(|item| &item.value))
            }
            Expr::Set(node) => self.expressions(&node.elts),
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.comprehension(comprehension_parts(expression).expect("one of the four kinds was matched"))
            }
            Expr::Await(node) => self.await_(expression, &node.value),
            Expr::Yield(node) => self.yield_(expression, node.value.as_deref()),
            Expr::YieldFrom(node) => self.yield_(expression, Some(&node.value)),
            Expr::Compare(node) => {
                self.expression(&node.left)?;
                self.expressions(&node.comparators)
            }
            Expr::Call(node) => self.call(node),
            Expr::FString(node) => {
                for part in node.value.iter() {
                    if let FStringPart::FString(string) = part {
                        self.interpolations(&string.elements)?;
                    }
                }
                Ok(())
            }
            Expr::TString(node) => node.value.iter().try_for_each(|string| self.interpolations(&string.elements)),
            Expr::Attribute(node) => {
                self.check_name(&node.attr.id, node.range, usage(node.ctx))?;
                self.expression(&node.value)
            }
            Expr::Subscript(node) => {
                self.expression(&node.value)?;
                self.expression(&node.slice)
            }
            Expr::Starred(node) => self.expression(&node.value),
            Expr::Name(node) => self.name(node),
            Expr::List(node) => self.expressions(&node.elts),
            Expr::Tuple(node) => self.expressions(&node.elts),
            Expr::Slice(node) => {
                self.optional(node.lower.as_deref())?;
                self.optional(node.upper.as_deref())?;
                self.optional(node.step.as_deref())
            }
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::IpyEscapeCommand(_) => Ok(()),
        }
    }

    fn name(&mut self, node: &ExprName) -> Outcome {
        if self.current().in_unevaluated_annotation {
            return Ok(());
        }
        let flags = if node.ctx == ExprContext::Load { SymbolFlags::USE } else { SymbolFlags::LOCAL };
        self.define_for(&node.id, flags, node.range, usage(node.ctx))?;
        if node.ctx == ExprContext::Load && node.id.as_str() == "super" && self.kind().is_function_like() {
            self.define(&Name::new_static("__class__"), SymbolFlags::USE, node.range)?;
        }
        Ok(())
    }

    fn call(&mut self, node: &ExprCall) -> Outcome {
        self.expression(&node.func)?;
        self.arguments(&node.arguments)
    }

    pub fn arguments(&mut self, arguments: &Arguments) -> Outcome {
        match &*arguments.args {
            [sole @ Expr::Generator(generator)] if !generator.parenthesized => {
                let parts = comprehension_parts(sole).expect("a generator expression is one of the four kinds");
                self.comprehension(ComprehensionParts { location: arguments.range, ..parts })?;
            }
            positional => self.expressions(positional)?,
        }
        for keyword in &arguments.keywords {
            if let Some(name) = &keyword.arg {
                self.check_name(&name.id, keyword.range, Use::Store)?;
            }
        }
        self.expressions(arguments.keywords.iter().map(|keyword| &keyword.value))
    }

    fn interpolations(&mut self, elements: &InterpolatedStringElements) -> Outcome {
        for element in elements {
            let InterpolatedStringElement::Interpolation(element) = element else { continue };
            self.expression(&element.expression)?;
            if let Some(format) = &element.format_spec {
                self.interpolations(&format.elements)?;
            }
        }
        Ok(())
    }

    fn lambda(&mut self, node: &ExprLambda) -> Outcome {
        if let Some(parameters) = &node.parameters {
            self.defaults(parameters)?;
        }
        self.enter(ScopeKind::Lambda, Name::new_static("lambda"), node.range, node.range)?;
        if let Some(parameters) = &node.parameters {
            self.parameters(parameters)?;
        }
        self.expression(&node.body)?;
        self.exit();
        Ok(())
    }

    /// Annotation-like scopes are functions that Python calls when it likes: they may not yield, await or bind.
    fn refuse_in_annotation_scope(&self, what: &str, at: TextRange) -> Outcome {
        let scope = self.table.scope(self.current_id());
        let place = match scope.kind {
            ScopeKind::Annotation => "an annotation",
            ScopeKind::TypeVariableBound | ScopeKind::TypeVariableDefault => scope.description,
            ScopeKind::TypeAlias => "a type alias",
            ScopeKind::TypeParameters => "the definition of a generic",
            _ => return Ok(()),
        };
        match scope.kind {
            ScopeKind::Annotation => self.error(at, format!("{what} cannot be used within {place}")),
            _ => self.error(at, format!("{what} cannot be used within {place}")),
        }
    }

    fn yield_(&mut self, expression: &Expr, value: Option<&Expr>) -> Outcome {
        self.refuse_in_annotation_scope("yield expression", expression.range())?;
        self.optional(value)?;
        self.current().is_generator = true;
        let place = match self.kind() {
            ScopeKind::ListComprehension => "list comprehension",
            ScopeKind::SetComprehension => "set comprehension",
            ScopeKind::DictComprehension => "dict comprehension",
            ScopeKind::GeneratorExpression => "generator expression",
            _ => return Ok(()),
        };
        self.error(expression.range(), format!("'yield' inside {place}"))
    }

    fn await_(&mut self, expression: &Expr, value: &Expr) -> Outcome {
        self.refuse_in_annotation_scope("await expression", expression.range())?;
        let scope = self.table.scope(self.current_id());
        if !(self.options.allow_top_level_await && scope.kind == ScopeKind::Module) {
            if !scope.kind.is_function_like() {
                return self.error(expression.range(), "'await' outside function");
            }
            if !scope.is_coroutine && !scope.kind.is_comprehension() {
                return self.error(expression.range(), "'await' outside async function");
            }
        }
        self.expression(value)?;
        self.current().is_coroutine = true;
        Ok(())
    }

    fn named(&mut self, node: &ExprNamed) -> Outcome {
        self.refuse_in_annotation_scope("named expression", node.range)?;
        if self.current().in_outermost_iterable > 0 {
            return self
                .error(node.range, "assignment expression cannot be used in a comprehension iterable expression");
        }
        if self.kind().is_comprehension()
            && let Expr::Name(target) = &*node.target
        {
            self.bind_around_comprehension(&target.id, target.range)?;
        }
        self.expression(&node.value)?;
        self.expression(&node.target)
    }

    /// A walrus inside comprehensions binds in the function or module around them.
    fn bind_around_comprehension(&mut self, name: &Name, at: TextRange) -> Outcome {
        for id in self.stack.clone().into_iter().rev() {
            let kind = self.table.scope(id).kind;
            let flags = self.flags_in(id, name);
            let refusal = match kind {
                kind if kind.is_comprehension() => {
                    let iterates = flags.has(SymbolFlags::COMPREHENSION_ITERATOR);
                    if iterates && flags.has(SymbolFlags::LOCAL.with(SymbolFlags::GLOBAL)) {
                        let words = "assignment expression cannot rebind comprehension iteration variable";
                        return self.error(at, format!("{words} '{name}'"));
                    }
                    continue;
                }
                ScopeKind::Function | ScopeKind::Lambda => {
                    let global = flags.has(SymbolFlags::GLOBAL);
                    self.define(name, if global { SymbolFlags::GLOBAL } else { SymbolFlags::NONLOCAL }, at)?;
                    self.record_directive(name, at);
                    return self.define_in(id, name, SymbolFlags::LOCAL, at);
                }
                ScopeKind::Module => {
                    self.define(name, SymbolFlags::GLOBAL, at)?;
                    self.record_directive(name, at);
                    return self.define_in(id, name, SymbolFlags::GLOBAL, at);
                }
                ScopeKind::Class => "cannot be used in a class body",
                ScopeKind::TypeParameters => "cannot be used within the definition of a generic",
                ScopeKind::TypeAlias => "cannot be used in a type alias",
                ScopeKind::Annotation => "cannot be used in an annotation",
                _ => "cannot be used in a TypeVar bound",
            };
            return self.error(at, format!("assignment expression within a comprehension {refusal}"));
        }
        Ok(())
    }

    fn comprehension(&mut self, parts: ComprehensionParts<'_>) -> Outcome {
        let [outermost, rest @ ..] = parts.generators else { return Ok(()) };
        // The outermost iterable is evaluated outside, and handed in as the argument `.0`.
        self.current().in_outermost_iterable += 1;
        self.expression(&outermost.iter)?;
        self.current().in_outermost_iterable -= 1;
        let name = match parts.kind {
            ScopeKind::ListComprehension => "listcomp",
            ScopeKind::SetComprehension => "setcomp",
            ScopeKind::DictComprehension => "dictcomp",
            _ => "genexpr",
        };
        self.enter(parts.kind, Name::new_static(name), parts.range, parts.location)?;
        self.current().is_coroutine = outermost.is_async;
        self.define(&Name::new_static(".0"), SymbolFlags::PARAMETER, parts.location)?;
        self.iteration_target(&outermost.target)?;
        self.expressions(&outermost.ifs)?;
        for generator in rest {
            self.inner_generator(generator)?;
        }
        self.optional(parts.value)?;
        self.expression(parts.element)?;
        let is_generator = parts.kind == ScopeKind::GeneratorExpression;
        self.current().is_generator = is_generator;
        let awaits = self.current().is_coroutine && !is_generator;
        self.exit();
        if awaits {
            let outer = self.table.scope(self.current_id());
            let allowed = outer.is_coroutine && outer.kind.is_function_block()
                || outer.kind.is_comprehension()
                || self.options.allow_top_level_await && outer.kind == ScopeKind::Module;
            if !allowed {
                return self.error(parts.location, "asynchronous comprehension outside of an asynchronous function");
            }
            self.current().is_coroutine = true;
        }
        Ok(())
    }

    fn inner_generator(&mut self, generator: &Comprehension) -> Outcome {
        self.iteration_target(&generator.target)?;
        self.current().in_outermost_iterable += 1;
        self.expression(&generator.iter)?;
        self.current().in_outermost_iterable -= 1;
        self.expressions(&generator.ifs)?;
        if generator.is_async {
            self.current().is_coroutine = true;
        }
        Ok(())
    }

    fn iteration_target(&mut self, target: &Expr) -> Outcome {
        self.current().in_iteration_target = true;
        self.expression(target)?;
        self.current().in_iteration_target = false;
        Ok(())
    }
}

fn usage(context: ExprContext) -> Use {
    match context {
        ExprContext::Store => Use::Store,
        ExprContext::Del => Use::Delete,
        ExprContext::Load | ExprContext::Invalid => Use::Load,
    }
}

fn comprehension_parts(expression: &Expr) -> Option<ComprehensionParts<'_>> {
    let (kind, generators, element, value) = match expression {
        Expr::ListComp(node) => (ScopeKind::ListComprehension, &node.generators, &node.elt, None),
        Expr::SetComp(node) => (ScopeKind::SetComprehension, &node.generators, &node.elt, None),
        Expr::Generator(node) => (ScopeKind::GeneratorExpression, &node.generators, &node.elt, None),
        Expr::DictComp(node) => match &node.key {
            Some(key) => (ScopeKind::DictComprehension, &node.generators, key, Some(&*node.value)),
            None => (ScopeKind::DictComprehension, &node.generators, &node.value, None),
        },
        _ => return None,
    };
    let range = expression.range();
    Some(ComprehensionParts { kind, range, location: range, generators, element, value })
}
