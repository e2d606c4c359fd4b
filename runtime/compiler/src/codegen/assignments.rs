//! Assignment: to names, attributes, subscripts and patterns of targets; augmented assignment.

use bytecode::{Opcode, Reg};
use ruff_python_ast::{Expr, ExprAttribute, ExprName, ExprSubscript, StmtAssign, StmtAugAssign};
use ruff_text_size::{Ranged, TextRange};

use super::Generator;
use super::expressions::simple_slice;
use super::names::Place;

impl<'a> Generator<'a> {
    pub(crate) fn assign_statement(&mut self, node: &'a StmtAssign) {
        if let [target] = node.targets.as_slice() {
            self.assign_one(target, &node.value);
            return;
        }
        let mark = self.unit.top();
        let value = self.temporary(&node.value);
        node.targets.iter().for_each(|target| self.assign(target, value));
        self.unit.release_to(mark);
    }

    /// `target = value`.
    pub(crate) fn assign_one(&mut self, target: &'a Expr, value: &'a Expr) {
        if self.assign_pairs(target, value) {
            return;
        }
        let mark = self.unit.top();
        match target {
            Expr::Name(name) => match self.store_register(&name.id) {
                Some(register) => {
                    self.expression_to(value, register);
                    self.mark_assigned(register);
                }
                None => {
                    let value = self.operand(value);
                    self.assign(target, value);
                }
            },
            _ => {
                let value = self.kept_operand(value);
                self.assign(target, value);
            }
        }
        self.unit.release_to(mark);
    }

    /// `a, b = x, y` without a tuple.
    fn assign_pairs(&mut self, target: &'a Expr, value: &'a Expr) -> bool {
        let (Some(targets), Expr::Tuple(values)) = (target_items(target), value) else { return false };
        let values = &values.elts;
        let starred = targets.iter().chain(values).any(Expr::is_starred_expr);
        if targets.len() != values.len() || starred || values.is_empty() || values.len() > 16 {
            return false;
        }
        let mark = self.unit.top();
        let mut assigned = Vec::new();
        let mut registers = Vec::new();
        for (target, value) in targets.iter().zip(values) {
            let constant = self.fold(value).is_some();
            registers.push((!constant).then(|| self.pair_value(value, &assigned)));
            collect_names(target, &mut assigned);
        }
        for ((target, value), register) in targets.iter().zip(values).zip(registers) {
            match register {
                Some(register) => self.assign(target, register),
                None => self.assign_one(target, value),
            }
        }
        self.unit.release_to(mark);
        true
    }

    /// A value of a parallel assignment, copied if its variable is assigned before it is used.
    fn pair_value(&mut self, value: &'a Expr, assigned: &[&str]) -> Reg {
        match value {
            Expr::Name(name) if assigned.contains(&name.id.as_str()) => self.temporary(value),
            _ => self.kept_operand(value),
        }
    }

    /// Assigns what is in `value`.
    pub(crate) fn assign(&mut self, target: &'a Expr, value: Reg) {
        let mark = self.unit.top();
        match target {
            Expr::Name(name) => {
                self.at(name);
                self.store_name(&name.id, value);
            }
            Expr::Attribute(attribute) => {
                let object = self.operand(&attribute.value);
                self.attribute_range(attribute);
                let site = self.attribute_site(&attribute.attr);
                self.unit.site_op(Opcode::StoreAttr, 0, object, value, site);
                self.note_static_attribute(attribute);
            }
            Expr::Subscript(subscript) => {
                let object = self.operand_before(&subscript.value, &subscript.slice);
                self.store_item(subscript, object, value);
            }
            Expr::Tuple(tuple) => self.unpack(&tuple.elts, tuple.range, value),
            Expr::List(list) => self.unpack(&list.elts, list.range, value),
            Expr::Starred(starred) => self.fail(starred.range, "starred assignment target must be in a list or tuple"),
            _ => self.fail(target.range(), "cannot assign to expression"),
        }
        self.unit.release_to(mark);
    }

    fn store_item(&mut self, subscript: &'a ExprSubscript, object: Reg, value: Reg) {
        match simple_slice(&subscript.slice) {
            Some(slice) => {
                let bounds = self.slice_bounds(slice);
                self.at(subscript);
                self.emit(Opcode::SetSlice, 0, object, bounds, value);
            }
            None => {
                let index = self.operand(&subscript.slice);
                self.at(subscript);
                self.emit(Opcode::SetItem, 0, object, index, value);
            }
        }
    }

    fn unpack(&mut self, targets: &'a [Expr], range: TextRange, value: Reg) {
        if let Some(first) = self.registers_in_a_row(targets) {
            self.set_range(range);
            self.emit(Opcode::Unpack, 0, first, value, targets.len() as u16);
            (first..first + targets.len() as Reg).for_each(|register| self.mark_assigned(register));
            return;
        }
        let first = self.unit.allocate_run(targets.len());
        self.set_range(range);
        match targets.iter().position(Expr::is_starred_expr) {
            None => self.emit(Opcode::Unpack, 0, first, value, targets.len() as u16),
            Some(before) => {
                let after = targets.len() - before - 1;
                match u8::try_from(after) {
                    Ok(after) => self.emit(Opcode::UnpackEx, after, first, value, before as u16),
                    Err(_) => self.fail(range, "too many expressions in star-unpacking assignment"),
                }
            }
        }
        for (index, target) in targets.iter().enumerate() {
            let target = match target {
                Expr::Starred(starred) => &starred.value,
                _ => target,
            };
            self.assign(target, first + index as Reg);
        }
    }

    /// The first register, if the targets are local variables whose registers follow one another.
    fn registers_in_a_row(&self, targets: &[Expr]) -> Option<Reg> {
        let register = |target: &Expr| match target {
            Expr::Name(name) => self.store_register(&name.id),
            _ => None,
        };
        let first = register(targets.first()?)?;
        let in_row = |(index, target): (usize, &Expr)| register(target) == Some(first + index as Reg);
        targets.iter().enumerate().all(in_row).then_some(first)
    }

    /// Methods that assign to attributes of their first argument tell the class.
    fn note_static_attribute(&mut self, attribute: &ExprAttribute) {
        let Expr::Name(object) = attribute.value.as_ref() else { return };
        if object.id != "self" {
            return;
        }
        let class = std::iter::once(&mut self.unit)
            .chain(self.outer.iter_mut().rev())
            .find(|unit| unit.kind == super::unit::UnitKind::Class);
        if let Some(class) = class {
            let name = attribute.attr.to_string();
            if !class.static_attributes.contains(&name) {
                class.static_attributes.push(name);
            }
        }
    }

    pub(crate) fn augmented_assignment(&mut self, node: &'a StmtAugAssign) {
        let mark = self.unit.top();
        match node.target.as_ref() {
            Expr::Name(name) => self.augment_name(node, name),
            Expr::Attribute(attribute) => {
                let object = self.kept_operand(&attribute.value);
                let value = self.unit.allocate();
                self.attribute_range(attribute);
                let site = self.attribute_site(&attribute.attr);
                self.unit.site_op(Opcode::LoadAttr, 0, value, object, site);
                self.binary_with(node.op, value, &node.value, value, node.range, 1);
                self.attribute_range(attribute);
                let site = self.attribute_site(&attribute.attr);
                self.unit.site_op(Opcode::StoreAttr, 0, object, value, site);
            }
            Expr::Subscript(subscript) => self.augment_item(node, subscript),
            target => self.fail(target.range(), "illegal expression for augmented assignment"),
        }
        self.unit.release_to(mark);
    }

    fn augment_name(&mut self, node: &'a StmtAugAssign, name: &'a ExprName) {
        if let Place::Register(register) = self.place(&name.id)
            && !self.may_be_assigned_later(&name.id)
        {
            self.at(name);
            self.check_local(register);
            self.binary_with(node.op, register, &node.value, register, node.range, 1);
            return;
        }
        let value = self.temporary(&node.target);
        self.binary_with(node.op, value, &node.value, value, node.range, 1);
        self.assign(&node.target, value);
    }

    fn augment_item(&mut self, node: &'a StmtAugAssign, subscript: &'a ExprSubscript) {
        let object = self.kept_operand(&subscript.value);
        match simple_slice(&subscript.slice) {
            Some(slice) => {
                let bounds = self.slice_bounds(slice);
                let value = self.unit.allocate();
                self.at(subscript);
                self.emit(Opcode::GetSlice, 0, value, object, bounds);
                self.binary_with(node.op, value, &node.value, value, node.range, 1);
                self.at(subscript);
                self.emit(Opcode::SetSlice, 0, object, bounds, value);
            }
            None => {
                let index = self.kept_operand(&subscript.slice);
                let value = self.unit.allocate();
                self.at(subscript);
                self.emit(Opcode::GetItem, 0, value, object, index);
                self.binary_with(node.op, value, &node.value, value, node.range, 1);
                self.at(subscript);
                self.emit(Opcode::SetItem, 0, object, index, value);
            }
        }
    }
}

fn target_items(target: &Expr) -> Option<&[Expr]> {
    match target {
        Expr::Tuple(tuple) => Some(&tuple.elts),
        Expr::List(list) => Some(&list.elts),
        _ => None,
    }
}

/// The variables that a target assigns.
fn collect_names<'a>(target: &'a Expr, names: &mut Vec<&'a str>) {
    match target {
        Expr::Name(name) => names.push(&name.id),
        Expr::Starred(starred) => collect_names(&starred.value, names),
        _ => target_items(target).unwrap_or_default().iter().for_each(|item| collect_names(item, names)),
    }
}
