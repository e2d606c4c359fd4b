//! Comprehensions and generator expressions.
//!
//! List, set and dict comprehensions run inline where the symbol table says so: their variables have registers of their own
//! in the enclosing unit, and cells among them are made anew each time. The others are functions of one argument, `.0`, the
//! iterator of the first `for`.

use bytecode::{LocalKind, Opcode, Reg};
use ruff_python_ast::{Comprehension, Expr};
use ruff_text_size::{Ranged, TextRange};

use super::Generator;
use super::prescan::Prescan;
use super::unit::{Overlay, Unit, UnitKind};
use crate::symbols::{ScopeId, ScopeKind};

/// What a comprehension does with each turn.
#[derive(Clone, Copy)]
enum Element<'a> {
    List(&'a Expr),
    Set(&'a Expr),
    Dict(Option<&'a Expr>, &'a Expr),
    Yield(&'a Expr),
}

/// A comprehension of any kind.
#[derive(Clone, Copy)]
struct Parts<'a> {
    element: Element<'a>,
    generators: &'a [Comprehension],
    kind: ScopeKind,
    name: &'static str,
    /// Where it stands, and where the node does: a generator expression may borrow the parentheses of a call.
    range: TextRange,
    node: TextRange,
}

impl<'a> Generator<'a> {
    pub(crate) fn comprehension_to(&mut self, expression: &'a Expr, to: Reg) {
        let Some(mut parts) = parts(expression) else { return };
        if let Some((_, outer)) = self.parenthesized.take_if(|(inner, _)| *inner == parts.node) {
            parts.range = outer;
        }
        let scope = self.scope_of(parts.kind, parts.node);
        if self.table.scope(scope).inlined {
            self.through_temporary(to, |this, work| this.inline_comprehension(parts, scope, work));
        } else {
            self.comprehension_call(parts, scope, to);
        }
    }

    fn inline_comprehension(&mut self, parts: Parts<'a>, scope: ScopeId, to: Reg) {
        let mark = self.unit.top();
        let first = &parts.generators[0];
        // The first iterable is evaluated outside: the variables of the comprehension are not yet there.
        let range_call = if first.is_async { None } else { self.range_call(&first.iter) };
        let iterator = match range_call {
            Some(_) => None,
            None => Some(self.iterator_of(&first.iter, first.is_async)),
        };
        let prepared = range_call.map(|call| self.prepare_range(call));
        let variables = self.unit.hidden.get(&scope).cloned().unwrap_or_default();
        let mut registers: Vec<(Reg, bool)> =
            variables.values().map(|variable| (variable.register, variable.cell)).collect();
        registers.sort_unstable();
        self.set_range(parts.range);
        for (register, cell) in &registers {
            self.unit.assigned.remove(*register);
            if *cell {
                self.emit(Opcode::Clear, 0, *register, 0, 0);
                self.emit(Opcode::MakeCell, 0, *register, 0, 0);
            }
        }
        self.build_empty(parts, to);
        self.unit.overlays.push(Overlay { scope, variables });
        self.comprehension_loops(parts, parts.generators, iterator, prepared, to);
        self.unit.overlays.pop();
        self.set_range(parts.range);
        for (register, _) in registers {
            self.emit(Opcode::Clear, 0, register, 0, 0);
            self.unit.assigned.remove(register);
        }
        self.unit.release_to(mark);
    }

    fn build_empty(&mut self, parts: Parts<'a>, to: Reg) {
        let op = match parts.element {
            Element::List(_) => Opcode::BuildList,
            Element::Set(_) => Opcode::BuildSet,
            Element::Dict(..) => Opcode::BuildMap,
            Element::Yield(_) => return,
        };
        self.emit(op, 0, to, to, 0);
    }

    /// Writes the loops of `generators` and, innermost, the element. The first loop's iterator may be there already.
    fn comprehension_loops(
        &mut self,
        parts: Parts<'a>,
        generators: &'a [Comprehension],
        iterator: Option<Reg>,
        prepared: Option<Reg>,
        to: Reg,
    ) {
        let Some((generator, rest)) = generators.split_first() else {
            self.element(parts, to);
            return;
        };
        let mark = self.unit.top();
        let open = match (iterator, prepared) {
            (_, Some(state)) => self.open_prepared_range(state, &generator.iter, &generator.target),
            (Some(iterator), _) => {
                self.open_loop(iterator, generator.is_async, &generator.iter, &generator.target, parts.range)
            }
            _ => match self.range_call(&generator.iter) {
                Some(call) if !generator.is_async => self.open_range_loop(call, &generator.iter, &generator.target),
                _ => {
                    let iterator = self.iterator_of(&generator.iter, generator.is_async);
                    self.open_loop(iterator, generator.is_async, &generator.iter, &generator.target, parts.range)
                }
            },
        };
        for condition in &generator.ifs {
            self.jump_if_expression(condition, false, open.next);
        }
        self.comprehension_loops(parts, rest, None, None, to);
        self.close_loop(open);
        self.unit.release_to(mark);
    }

    fn element(&mut self, parts: Parts<'a>, to: Reg) {
        let mark = self.unit.top();
        match parts.element {
            Element::List(value) => {
                let register = self.operand(value);
                self.at(value);
                self.emit(Opcode::ListAppend, 0, to, register, 0);
            }
            Element::Set(value) => {
                let register = self.operand(value);
                self.at(value);
                self.emit(Opcode::SetAdd, 0, to, register, 0);
            }
            Element::Dict(Some(key), value) => {
                let key_register = self.operand_before(key, value);
                let register = self.operand(value);
                self.set_range(TextRange::new(key.start(), value.end()));
                self.emit(Opcode::MapAdd, 0, to, key_register, register);
            }
            Element::Dict(None, value) => {
                let register = self.operand(value);
                self.at(value);
                self.emit(Opcode::MapUpdate, 0, to, register, 0);
            }
            Element::Yield(value) => {
                let register = self.operand(value);
                self.at(value);
                let kind = if self.unit.is_async_generator() { 2 } else { 0 };
                let sent = self.unit.allocate();
                self.emit(Opcode::Yield, kind, sent, register, mark);
            }
        }
        self.unit.release_to(mark);
    }

    /// A comprehension that is a function: made, and called at once with the first iterator.
    fn comprehension_call(&mut self, parts: Parts<'a>, scope: ScopeId, to: Reg) {
        let mark = self.unit.top();
        let code = self.comprehension_code(parts, scope);
        let base = self.begin_run(to);
        self.unit.allocate();
        let argument = self.unit.allocate();
        let mut function = self.no_parts();
        self.set_range(parts.range);
        self.closure_part(scope, &mut function);
        self.make_function(code, function, base);
        self.unit.release_to(argument + 1);
        let first = &parts.generators[0];
        self.iterator_to(&first.iter, first.is_async, argument);
        self.set_range(parts.range);
        self.emit(Opcode::Call, 1, base, base, 1);
        let awaited = self.table.scope(scope).is_coroutine && parts.kind != ScopeKind::GeneratorExpression;
        self.unit.release_to(base + 1);
        if awaited {
            self.await_register(base, 0);
        }
        self.move_register(to, base);
        self.unit.release_to(mark);
    }

    fn comprehension_code(&mut self, parts: Parts<'a>, scope: ScopeId) -> bytecode::Code {
        let mut unit = Unit::new(UnitKind::Comprehension, scope);
        unit.code.first_line = self.source.line(parts.range.start());
        unit.code.argument_count = 1;
        self.name_unit(&mut unit, parts.name);
        self.push_unit(unit);
        self.function_flags();
        if self.scope().parameters.is_empty() {
            // The table may leave the nameless argument out.
            self.unit.declare(".0", LocalKind::Plain, true);
        }
        self.begin_function_unit(&Prescan::default());
        self.set_range(parts.range);
        let result = self.unit.allocate();
        self.build_empty(parts, result);
        self.comprehension_loops(parts, parts.generators, Some(0), None, result);
        self.set_range(parts.range);
        match parts.element {
            Element::Yield(_) => self.return_none(),
            _ => self.return_register(result),
        }
        self.pop_unit()
    }
}

fn parts(expression: &Expr) -> Option<Parts<'_>> {
    Some(match expression {
        Expr::ListComp(node) => Parts {
            element: Element::List(&node.elt),
            generators: &node.generators,
            kind: ScopeKind::ListComprehension,
            name: "<listcomp>",
            range: node.range,
            node: node.range,
        },
        Expr::SetComp(node) => Parts {
            element: Element::Set(&node.elt),
            generators: &node.generators,
            kind: ScopeKind::SetComprehension,
            name: "<setcomp>",
            range: node.range,
            node: node.range,
        },
        Expr::DictComp(node) => Parts {
            element: Element::Dict(node.key.as_deref(), &node.value),
            generators: &node.generators,
            kind: ScopeKind::DictComprehension,
            name: "<dictcomp>",
            range: node.range,
            node: node.range,
        },
        Expr::Generator(node) => Parts {
            element: Element::Yield(&node.elt),
            generators: &node.generators,
            kind: ScopeKind::GeneratorExpression,
            name: "<genexpr>",
            range: node.range,
            node: node.range,
        },
        _ => return None,
    })
}
