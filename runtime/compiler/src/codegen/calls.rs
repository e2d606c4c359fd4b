//! Calls: functions, methods, `super()`, keywords and unpacking.
//!
//! A call's registers are a run: callable, self, then the arguments. The result goes where it is wanted, over the callable
//! itself if that is the last temporary in use.

use bytecode::{Constant, NO_REG, Opcode, Reg};
use ruff_python_ast::{Arguments, Expr, ExprAttribute, ExprCall, Keyword};
use ruff_text_size::{Ranged, TextRange};

use super::Generator;
use super::names::Place;
use super::unit::UnitKind;
use crate::symbols::SymbolScope;

/// Registers set up for an attribute of `super(..)`.
pub(crate) struct SuperBase {
    pub(crate) register: Reg,
    /// 1 if the arguments stand in the source.
    pub(crate) explicit: u8,
}

impl<'a> Generator<'a> {
    pub(crate) fn call_to(&mut self, node: &'a ExprCall, to: Reg) {
        self.check_callee(&node.func);
        let mark = self.unit.top();
        let base = self.begin_run(to);
        let mut range = node.range();
        let without_self = match node.func.as_ref() {
            Expr::Attribute(attribute) => {
                range = self.range_of_method_call(attribute, range);
                self.method_to(attribute, base);
                0
            }
            function => {
                self.expression_to(function, base);
                self.unit.allocate();
                1
            }
        };
        self.finish_call(&node.arguments, range, base, without_self, to);
        self.unit.release_to(mark);
    }

    /// A call of a method on another line than its object begins at the method's name.
    fn range_of_method_call(&self, attribute: &ExprAttribute, range: TextRange) -> TextRange {
        let start = self.source.line(attribute.range.start());
        let end = self.source.line(attribute.range.end());
        if start == end { range } else { TextRange::new(attribute.attr.range.start(), range.end()) }
    }

    /// Looks a method up: callable in `base`, self in the register after it.
    fn method_to(&mut self, attribute: &'a ExprAttribute, base: Reg) {
        if let Some(arguments) = self.super_arguments(&attribute.value) {
            self.at(attribute);
            let site = self.attribute_site(&attribute.attr);
            self.unit.site_op(Opcode::LoadSuperMethod, arguments.explicit, base, arguments.register, site);
        } else {
            let object = self.only_operand(&attribute.value, base);
            self.attribute_range(attribute);
            let site = self.attribute_site(&attribute.attr);
            self.unit.site_op(Opcode::LoadMethod, 0, base, object, site);
        }
        self.unit.release_to(base + 1);
        self.unit.allocate();
    }

    /// Evaluates the arguments after a callable in `base` and calls it.
    pub(crate) fn finish_call(
        &mut self,
        arguments: &'a Arguments,
        range: TextRange,
        base: Reg,
        without_self: u8,
        to: Reg,
    ) {
        if needs_unpacking(&arguments.args, &arguments.keywords) {
            self.finish_unpacking_call(&arguments.args, &arguments.keywords, range, base, without_self, to);
            return;
        }
        if let [Expr::Generator(only)] = &*arguments.args
            && !only.parenthesized
        {
            self.parenthesized = Some((only.range, arguments.range));
        }
        for argument in &arguments.args {
            self.temporary(argument);
        }
        self.finish_plain_call(arguments.args.len(), &arguments.keywords, range, base, without_self, to);
    }

    /// Calls with `positional` arguments already in place and `keywords` to evaluate.
    pub(crate) fn finish_plain_call(
        &mut self,
        positional: usize,
        keywords: &'a [Keyword],
        range: TextRange,
        base: Reg,
        without_self: u8,
        to: Reg,
    ) {
        for keyword in keywords {
            self.temporary(&keyword.value);
        }
        self.set_range(range);
        let count = (positional + keywords.len()) as u16;
        let names: Vec<&str> = keywords.iter().filter_map(|keyword| Some(keyword.arg.as_ref()?.as_str())).collect();
        let Some(first) = names.first() else {
            self.emit(Opcode::Call, without_self, to, base, count);
            return;
        };
        let site = self.unit.site(first);
        let names = names.iter().map(|name| Constant::Str(name.as_bytes().to_vec())).collect();
        let names = self.unit.constant(&Constant::Tuple(names));
        let site = u16::try_from(site).unwrap_or(NO_REG);
        self.emit(Opcode::CallKw, without_self, to, base, count);
        self.unit.abx(Opcode::Extend, 0, site, names);
    }

    /// Calls with a tuple of positional arguments and a dict of keywords.
    pub(crate) fn finish_unpacking_call(
        &mut self,
        positional: &'a [Expr],
        keywords: &'a [Keyword],
        range: TextRange,
        base: Reg,
        without_self: u8,
        to: Reg,
    ) {
        let tuple = self.unit.allocate();
        self.arguments_to(positional, range, tuple, base);
        self.finish_keyword_dict(keywords, range, base, without_self, to);
    }

    /// As `finish_unpacking_call`, with the positional arguments already in `base + 2`.
    pub(crate) fn finish_keyword_dict(
        &mut self,
        keywords: &'a [Keyword],
        range: TextRange,
        base: Reg,
        without_self: u8,
        to: Reg,
    ) {
        let dict = self.unit.allocate();
        let without_keywords = if keywords.is_empty() { 2 } else { 0 };
        self.keyword_dict(keywords, range, dict, base);
        self.set_range(range);
        self.emit(Opcode::CallEx, without_self | without_keywords, to, base, 0);
    }

    fn keyword_dict(&mut self, keywords: &'a [Keyword], range: TextRange, dict: Reg, callable: Reg) {
        let mut made = false;
        let mut rest = keywords;
        while let Some(keyword) = rest.first() {
            let mark = self.unit.top();
            let named = rest.iter().take(15).take_while(|keyword| keyword.arg.is_some()).count();
            if named == 0 {
                if !made {
                    self.set_range(range);
                    self.emit(Opcode::BuildMap, 0, dict, dict, 0);
                }
                let mapping = self.operand(&keyword.value);
                self.set_range(range);
                self.emit(Opcode::MapMerge, 0, dict, mapping, callable);
            } else {
                let target = if made { self.unit.allocate() } else { dict };
                self.named_keywords(&rest[..named], range, target);
                if made {
                    self.emit(Opcode::MapMerge, 0, dict, target, callable);
                }
            }
            made = true;
            rest = &rest[named.max(1)..];
            self.unit.release_to(mark);
        }
    }

    fn named_keywords(&mut self, keywords: &'a [Keyword], range: TextRange, to: Reg) {
        let first = self.begin_run(to);
        for (index, keyword) in keywords.iter().enumerate() {
            let key = if index == 0 { first } else { self.unit.allocate() };
            let Some(name) = &keyword.arg else { continue };
            self.set_range(range);
            self.load_constant(&Constant::Str(name.as_bytes().to_vec()), key);
            self.temporary(&keyword.value);
        }
        self.set_range(range);
        self.emit(Opcode::BuildMap, 0, to, first, keywords.len() as u16);
    }

    /// If `value` is `super()` or `super(a, b)` on what is likely the builtin: its three registers.
    pub(crate) fn super_arguments(&mut self, value: &'a Expr) -> Option<SuperBase> {
        let Expr::Call(call) = value else { return None };
        let Expr::Name(name) = call.func.as_ref() else { return None };
        if name.id != "super" || !call.arguments.keywords.is_empty() || !self.super_is_builtin() {
            return None;
        }
        match &*call.arguments.args {
            [] => self.implicit_super(call, name),
            [class, object] if !class.is_starred_expr() && !object.is_starred_expr() => {
                let register = self.unit.allocate();
                self.at(name);
                self.load_name("super", register);
                self.temporary(class);
                self.temporary(object);
                Some(SuperBase { register, explicit: 1 })
            }
            _ => None,
        }
    }

    fn super_is_builtin(&self) -> bool {
        let module = self.table.scope(crate::symbols::SymbolTable::MODULE);
        let shadowed = module.symbols.get("super").is_some_and(|symbol| symbol.is_bound());
        !shadowed && matches!(self.place("super"), Place::Global)
    }

    fn implicit_super(&mut self, call: &'a ExprCall, name: &'a ruff_python_ast::ExprName) -> Option<SuperBase> {
        if self.unit.kind != UnitKind::Function || self.unit.code.argument_count == 0 {
            return None;
        }
        let scope = self.scope();
        if scope.symbols.get("__class__")?.scope != SymbolScope::Free {
            return None;
        }
        let first = scope.parameters.first()?.to_string();
        let register = self.unit.allocate_run(3);
        self.at(name);
        self.load_name("super", register);
        self.at(call);
        self.load_mangled("__class__", register + 1);
        // The name may be that of a comprehension's variable here; the argument is meant.
        let argument = *self.unit.variables.get(&first)?;
        if argument.cell {
            self.emit(Opcode::LoadCell, 0, register + 2, argument.register, 0);
        } else {
            self.check_local(argument.register);
            self.move_register(register + 2, argument.register);
        }
        Some(SuperBase { register, explicit: 0 })
    }
}

/// With more arguments a call takes a tuple and a dict rather than a register for each.
const MAX_ARGUMENTS: usize = 1000;

/// Whether a call needs a tuple and a dict for its arguments.
pub(crate) fn needs_unpacking(positional: &[Expr], keywords: &[Keyword]) -> bool {
    positional.len() + keywords.len() > MAX_ARGUMENTS
        || positional.iter().any(Expr::is_starred_expr)
        || keywords.iter().any(|keyword| keyword.arg.is_none())
}
