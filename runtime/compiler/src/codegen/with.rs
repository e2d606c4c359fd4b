//! `with` and `async with`.

use bytecode::{NO_REG, Opcode, Reg};
use ruff_python_ast::{Stmt, StmtWith, WithItem};
use ruff_text_size::Ranged;

use super::Generator;
use super::blocks::BlockKind;
use super::exceptions::Shows;

impl<'a> Generator<'a> {
    pub(crate) fn with_statement(&mut self, node: &'a StmtWith) {
        self.with_items(&node.items, &node.body, node.is_async);
    }

    fn with_items(&mut self, items: &'a [WithItem], body: &'a [Stmt], is_async: bool) {
        let Some((item, rest)) = items.split_first() else {
            self.statements(body);
            return;
        };
        let mark = self.unit.top();
        let end = self.label();
        let range = item.context_expr.range();
        let exit = self.unit.allocate_run(2);
        let value = self.unit.allocate();
        self.expression_to(&item.context_expr, value);
        self.set_range(range);
        self.emit(Opcode::WithEnter, u8::from(is_async), exit, value, 0);
        if is_async {
            self.await_register(value, 1);
        }
        // From here on the register of the value belongs to the handler.
        self.unit.release_to(value);
        let kind = BlockKind::With { exit, is_async, range };
        let covered = self.covered(kind, |this| {
            if let Some(target) = &item.optional_vars {
                let held = this.unit.allocate();
                this.assign(target, held);
                this.unit.release_to(held);
            }
            this.with_items(rest, body, is_async);
        });
        self.set_range(range);
        self.exit_with(exit, is_async);
        self.unit.range = None;
        self.unit.jump(end);
        if let Some(handling) = self.begin_handler(&covered) {
            let suppressed = self.label();
            let cleanup = self.covered(BlockKind::Handling { saved: handling.saved }, |this| {
                let mark = this.unit.top();
                let result = this.unit.allocate();
                this.set_range(range);
                this.emit(Opcode::WithExit, u8::from(is_async), result, exit, handling.exception);
                if is_async {
                    this.await_register(result, 2);
                }
                this.jump_if(result, true, suppressed);
                this.unit.release_to(mark);
                this.reraise(handling.saved, handling.exception, Shows::Origin);
            });
            self.end_handler(&cleanup, handling);
            self.unit.place(suppressed);
            self.emit(Opcode::PopHandled, 0, handling.saved, 0, 0);
        }
        self.unit.place(end);
        self.unit.release_to(mark);
    }

    /// Calls the exit of a `with` that is left without an exception.
    pub(crate) fn exit_with(&mut self, exit: Reg, is_async: bool) {
        let mark = self.unit.top();
        let result = self.unit.allocate();
        self.emit(Opcode::WithExit, u8::from(is_async), result, exit, NO_REG);
        if is_async {
            self.await_register(result, 2);
        }
        self.unit.release_to(mark);
    }
}
