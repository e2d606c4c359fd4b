//! Displays: lists, tuples, sets and dicts, with unpacking.

use bytecode::{Constant, Opcode, Reg};
use ruff_python_ast::{DictItem, Expr, ExprDict, ExprList, ExprSet, ExprTuple};
use ruff_text_size::{Ranged, TextRange};

use super::Generator;

/// Up to so many items are put into registers before the container is made.
const RUN_LIMIT: usize = 30;

/// A container that a display makes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    List,
    Tuple,
    Set,
}

impl<'a> Generator<'a> {
    /// The first register of a run of temporaries whose result goes to `to`: `to` itself if it is the last one in use.
    pub(crate) fn begin_run(&mut self, to: Reg) -> Reg {
        if self.unit.is_temporary(to) && to + 1 == self.unit.top() { to } else { self.unit.allocate() }
    }

    /// Evaluates into registers in a row; gives the first.
    pub(crate) fn run_of(&mut self, items: &'a [Expr], to: Reg) -> Reg {
        let first = self.begin_run(to);
        for (index, item) in items.iter().enumerate() {
            let register = if index == 0 { first } else { self.unit.allocate() };
            self.expression_to(item, register);
        }
        first
    }

    pub(crate) fn list_to(&mut self, node: &'a ExprList, to: Reg) {
        if node.elts.len() >= 3
            && let Some(items) = self.constant_items(&node.elts)
        {
            self.through_temporary(to, |this, work| {
                let mark = this.unit.top();
                let constant = this.unit.allocate();
                this.at(node);
                this.emit(Opcode::BuildList, 0, work, work, 0);
                this.load_constant(&Constant::Tuple(items), constant);
                this.emit(Opcode::ListExtend, 0, work, constant, 0);
                this.unit.release_to(mark);
            });
            return;
        }
        self.items_to(&node.elts, Container::List, node.range, to);
    }

    pub(crate) fn tuple_to(&mut self, node: &'a ExprTuple, to: Reg) {
        self.items_to(&node.elts, Container::Tuple, node.range, to);
    }

    pub(crate) fn set_to(&mut self, node: &'a ExprSet, to: Reg) {
        self.items_to(&node.elts, Container::Set, node.range, to);
    }

    fn items_to(&mut self, items: &'a [Expr], container: Container, range: TextRange, to: Reg) {
        let plain = !items.iter().any(Expr::is_starred_expr);
        if plain && items.len() <= RUN_LIMIT {
            let mark = self.unit.top();
            let first = if items.is_empty() { to } else { self.run_of(items, to) };
            self.set_range(range);
            let op = match container {
                Container::List => Opcode::BuildList,
                Container::Tuple => Opcode::BuildTuple,
                Container::Set => Opcode::BuildSet,
            };
            self.emit(op, 0, to, first, items.len() as u16);
            self.unit.release_to(mark);
            return;
        }
        self.through_temporary(to, |this, work| {
            this.grow(items, container, range, work, None);
            if container == Container::Tuple {
                this.set_range(range);
                this.emit(Opcode::ListToTuple, 0, work, work, 0);
            }
        });
    }

    /// Builds a list (or a set) item by item; `callable` if it holds the arguments of a call.
    fn grow(&mut self, items: &'a [Expr], container: Container, range: TextRange, to: Reg, callable: Option<Reg>) {
        let leading = items.iter().take(RUN_LIMIT).take_while(|item| !item.is_starred_expr()).count();
        let mark = self.unit.top();
        let first = if leading == 0 { to } else { self.run_of(&items[..leading], to) };
        self.set_range(range);
        let build = if container == Container::Set { Opcode::BuildSet } else { Opcode::BuildList };
        self.emit(build, 0, to, first, leading as u16);
        self.unit.release_to(mark);
        for item in &items[leading..] {
            self.grow_by(item, container, range, to, callable);
            self.unit.release_to(mark);
        }
    }

    fn grow_by(&mut self, item: &'a Expr, container: Container, range: TextRange, to: Reg, callable: Option<Reg>) {
        let (value, many) = match item {
            Expr::Starred(starred) => (starred.value.as_ref(), true),
            _ => (item, false),
        };
        let value = self.operand(value);
        match callable {
            None if many => self.at(item),
            _ => self.set_range(range),
        }
        match (container == Container::Set, many) {
            (true, true) => self.emit(Opcode::SetUpdate, 0, to, value, 0),
            (true, false) => self.emit(Opcode::SetAdd, 0, to, value, 0),
            (false, true) => {
                let x = u8::from(callable.is_some());
                self.emit(Opcode::ListExtend, x, to, value, callable.unwrap_or(0));
            }
            (false, false) => self.emit(Opcode::ListAppend, 0, to, value, 0),
        }
    }

    /// The positional arguments of a call with unpacking, as a tuple or as the one iterable given.
    pub(crate) fn arguments_to(&mut self, items: &'a [Expr], range: TextRange, to: Reg, callable: Reg) {
        match items {
            [Expr::Starred(only)] => self.expression_to(&only.value, to),
            _ if items.iter().any(Expr::is_starred_expr) => {
                self.grow(items, Container::List, range, to, Some(callable));
                self.set_range(range);
                self.emit(Opcode::ListToTuple, 0, to, to, 0);
            }
            _ => self.items_to(items, Container::Tuple, range, to),
        }
    }

    pub(crate) fn dict_to(&mut self, node: &'a ExprDict, to: Reg) {
        let leading = node.items.iter().take(RUN_LIMIT / 2).take_while(|item| item.key.is_some()).count();
        if leading == node.items.len() {
            self.map_of(&node.items, node.range, to);
            return;
        }
        self.through_temporary(to, |this, work| {
            this.map_of(&node.items[..leading], node.range, work);
            for item in &node.items[leading..] {
                this.map_add(item, node.range, work);
            }
        });
    }

    fn map_of(&mut self, items: &'a [DictItem], range: TextRange, to: Reg) {
        let mark = self.unit.top();
        let mut first = to;
        for (index, item) in items.iter().enumerate() {
            let key = match index {
                0 => self.begin_run(to),
                _ => self.unit.allocate(),
            };
            if index == 0 {
                first = key;
            }
            let Some(expression) = &item.key else { continue };
            self.expression_to(expression, key);
            self.temporary(&item.value);
        }
        self.set_range(range);
        self.emit(Opcode::BuildMap, 0, to, first, items.len() as u16);
        self.unit.release_to(mark);
    }

    fn map_add(&mut self, item: &'a DictItem, range: TextRange, to: Reg) {
        let mark = self.unit.top();
        match &item.key {
            Some(key) => {
                let key = self.operand_before(key, &item.value);
                let value = self.operand(&item.value);
                self.set_range(range);
                self.emit(Opcode::MapAdd, 0, to, key, value);
            }
            None => {
                let mapping = self.operand(&item.value);
                self.set_range(item.value.range());
                self.emit(Opcode::MapUpdate, 0, to, mapping, 0);
            }
        }
        self.unit.release_to(mark);
    }
}
