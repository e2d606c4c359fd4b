//! Loops: `for` over iterators, ranges and async iterators, and `while`. The test of a loop stands at its end too, fused with
//! the jump back, so that a turn costs one instruction.

use bytecode::{Instruction, Opcode, Reg};
use ruff_python_ast::{Expr, ExprCall, StmtFor, StmtWhile};
use ruff_text_size::{Ranged, TextRange};

use super::Generator;
use super::assemble::{Handler, Label};
use super::blocks::{Block, BlockKind};

/// How a loop's next item comes.
#[derive(Clone, Copy)]
enum Source {
    Iterator(Reg),
    Range(Reg),
    Async(Reg, TextRange),
}

/// A loop whose body is being written.
pub(crate) struct OpenLoop<'a> {
    source: Source,
    /// The register of the item.
    item: Reg,
    body: Label,
    /// Where the next turn begins; only for async loops it is at the top.
    pub(crate) next: Label,
    pub(crate) exhausted: Label,
    stop: Option<Label>,
    iterable: &'a Expr,
    assigned: super::unit::RegisterSet,
    mark: Reg,
}

impl<'a> Generator<'a> {
    pub(crate) fn for_statement(&mut self, node: &'a StmtFor) {
        let mark = self.unit.top();
        let exit = self.label();
        self.at(node.iter.as_ref());
        let open = match self.range_call(&node.iter) {
            Some(call) if !node.is_async => self.open_range_loop(call, &node.iter, &node.target),
            _ => {
                let iterator = self.iterator_of(&node.iter, node.is_async);
                self.open_loop(iterator, node.is_async, &node.iter, &node.target, node.range)
            }
        };
        let block = BlockKind::Loop { exit, next: open.next };
        self.in_block(block, |this| this.statements(&node.body));
        self.close_loop(open);
        self.statements(&node.orelse);
        self.unit.place(exit);
        self.unit.release_to(mark);
    }

    /// `range(..)` with plain arguments.
    pub(crate) fn range_call(&self, iterable: &'a Expr) -> Option<&'a ExprCall> {
        let Expr::Call(call) = iterable else { return None };
        let Expr::Name(name) = call.func.as_ref() else { return None };
        let plain = call.arguments.keywords.is_empty() && !call.arguments.args.iter().any(Expr::is_starred_expr);
        (name.id == "range" && plain && (1..=3).contains(&call.arguments.args.len())).then_some(call)
    }

    /// A temporary with the iterator of an expression.
    pub(crate) fn iterator_of(&mut self, iterable: &'a Expr, is_async: bool) -> Reg {
        let iterator = self.unit.allocate();
        self.iterator_to(iterable, is_async, iterator);
        iterator
    }

    pub(crate) fn iterator_to(&mut self, iterable: &'a Expr, is_async: bool, iterator: Reg) {
        let mark = self.unit.top();
        let value = match self.constant_container(iterable) {
            Some(constant) if iterable.is_list_expr() => {
                self.at(iterable);
                self.load_constant(&constant, iterator);
                iterator
            }
            _ => self.only_operand(iterable, iterator),
        };
        self.at(iterable);
        let op = if is_async { Opcode::GetAsyncIter } else { Opcode::GetIter };
        self.emit(op, 0, iterator, value, 0);
        self.unit.release_to(mark);
    }

    pub(crate) fn open_range_loop(&mut self, call: &'a ExprCall, iterable: &'a Expr, target: &'a Expr) -> OpenLoop<'a> {
        let state = self.prepare_range(call);
        self.open_prepared_range(state, iterable, target)
    }

    /// Three temporaries with the state of a loop over a range.
    pub(crate) fn prepare_range(&mut self, call: &'a ExprCall) -> Reg {
        let state = self.unit.allocate_run(2);
        self.expression_to(&call.func, state);
        for argument in &call.arguments.args {
            self.temporary(argument);
        }
        self.at(call);
        self.emit(Opcode::RangePrepare, 0, state, state, call.arguments.args.len() as u16);
        self.unit.release_to(state + 2);
        self.unit.allocate();
        state
    }

    pub(crate) fn open_prepared_range(&mut self, state: Reg, iterable: &'a Expr, target: &'a Expr) -> OpenLoop<'a> {
        self.open(Source::Range(state), iterable, target)
    }

    /// Begins a loop over `iterator`, up to and with the assignment to the target.
    /// `whole` is the statement or comprehension.
    pub(crate) fn open_loop(
        &mut self,
        iterator: Reg,
        is_async: bool,
        iterable: &'a Expr,
        target: &'a Expr,
        whole: TextRange,
    ) -> OpenLoop<'a> {
        let source = if is_async { Source::Async(iterator, whole) } else { Source::Iterator(iterator) };
        self.open(source, iterable, target)
    }

    fn open(&mut self, source: Source, iterable: &'a Expr, target: &'a Expr) -> OpenLoop<'a> {
        let mark = self.unit.top();
        let direct = match target {
            Expr::Name(name) if !matches!(source, Source::Async(..)) => self.store_register(&name.id),
            _ => None,
        };
        let item = direct.unwrap_or_else(|| self.unit.allocate());
        let mut open = OpenLoop {
            source,
            item,
            body: self.label(),
            next: self.label(),
            exhausted: self.label(),
            stop: None,
            iterable,
            assigned: self.unit.assigned.clone(),
            mark,
        };
        self.at(iterable);
        self.first_item(&mut open);
        self.unit.place_loop(open.body);
        match direct {
            Some(register) => self.mark_assigned(register),
            None => {
                self.at(target);
                self.assign(target, item);
            }
        }
        // An item that was assigned is dead; the body may use its register.
        self.unit.release_to(mark);
        open
    }

    fn first_item(&mut self, open: &mut OpenLoop<'a>) {
        match open.source {
            Source::Iterator(iterator) => {
                let word = Instruction::abc(Opcode::ForIter, 0, open.item, iterator, 0);
                self.unit.jump_op(word, open.exhausted);
            }
            Source::Range(state) => {
                let word = Instruction::abc(Opcode::ForRange, 0, open.item, state, 0);
                self.unit.jump_op(word, open.exhausted);
            }
            Source::Async(iterator, whole) => {
                self.set_range(whole);
                let stop = self.label();
                open.stop = Some(stop);
                self.unit.place_loop(open.next);
                open.assigned = self.unit.assigned.clone();
                let outer = self.unit.handler.replace(Handler { target: stop, register: open.item });
                self.emit(Opcode::GetAsyncNext, 0, open.item, iterator, 0);
                let mark = self.unit.top();
                let awaitable = self.unit.allocate();
                self.move_register(awaitable, open.item);
                self.drive(open.item, awaitable);
                self.unit.release_to(mark);
                self.unit.handler = outer;
            }
        }
    }

    /// Ends a loop's body; code for the end of the iteration follows.
    pub(crate) fn close_loop(&mut self, open: OpenLoop<'a>) {
        self.at(open.iterable);
        match open.source {
            Source::Iterator(iterator) => {
                self.unit.place(open.next);
                let word = Instruction::abc(Opcode::LoopIter, 0, open.item, iterator, 0);
                self.unit.jump_op(word, open.body);
                self.unit.place(open.exhausted);
            }
            Source::Range(state) => {
                self.unit.place(open.next);
                let word = Instruction::abc(Opcode::LoopRange, 0, open.item, state, 0);
                self.unit.jump_op(word, open.body);
                self.unit.place(open.exhausted);
            }
            Source::Async(..) => {
                self.unit.jump_back(open.next, open.mark);
                if let Some(stop) = open.stop {
                    self.unit.place_handler(stop, &open.assigned);
                }
                self.emit(Opcode::EndAsyncFor, 0, open.item, 0, 0);
            }
        }
    }

    pub(crate) fn while_statement(&mut self, node: &'a StmtWhile) {
        let (exit, next, body, done) = (self.label(), self.label(), self.label(), self.label());
        let constant = self.fold(&node.test).map(|constant| super::jumps::truth(&constant));
        if constant == Some(false) {
            self.unit.mark(node.test.range(), true);
            self.statements(&node.orelse);
            return;
        }
        let endless = constant == Some(true);
        // A long test is written once, at the top; a short one again at the bottom.
        let at_top = endless || !is_short(&node.test);
        if at_top {
            self.unit.place_loop(next);
        }
        if endless {
            self.unit.mark(node.test.range(), false);
        } else {
            self.jump_if_expression(&node.test, false, done);
        }
        if !at_top {
            self.unit.place_loop(body);
        }
        self.in_block(BlockKind::Loop { exit, next }, |this| this.statements(&node.body));
        if at_top {
            self.set_range(node.test.range());
            self.unit.jump_back(next, self.unit.top());
        } else {
            self.unit.place(next);
            self.jump_if_expression(&node.test, true, body);
        }
        self.unit.place(done);
        self.statements(&node.orelse);
        self.unit.place(exit);
    }

    /// Writes code inside a block.
    pub(crate) fn in_block(&mut self, kind: BlockKind<'a>, write: impl FnOnce(&mut Self)) {
        self.unit.blocks.push(Block { kind, outer: self.unit.handler });
        write(self);
        self.unit.blocks.pop();
    }

    pub(crate) fn break_statement(&mut self, range: TextRange) {
        self.leave_to_loop(range, |exit, _| exit);
    }

    pub(crate) fn continue_statement(&mut self, range: TextRange) {
        self.leave_to_loop(range, |_, next| next);
    }

    fn leave_to_loop(&mut self, range: TextRange, choose: impl FnOnce(Label, Label) -> Label) {
        let found = self.unit.blocks.iter().rposition(|block| matches!(block.kind, BlockKind::Loop { .. }));
        let Some(index) = found else {
            self.fail(range, "'break' outside loop");
            return;
        };
        let BlockKind::Loop { exit, next } = self.unit.blocks[index].kind else { return };
        let left = self.leave_blocks_at(index + 1, range);
        let target = choose(exit, next);
        self.jump_to(target);
        self.return_to_blocks(left);
    }
}

/// Whether a loop's test is cheap enough to be written twice.
fn is_short(test: &Expr) -> bool {
    fn weight(expression: &Expr) -> usize {
        match expression {
            Expr::Name(_)
            | Expr::NumberLiteral(_)
            | Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::BooleanLiteral(_) => 1,
            Expr::Attribute(node) => 1 + weight(&node.value),
            Expr::Subscript(node) => 1 + weight(&node.value) + weight(&node.slice),
            Expr::UnaryOp(node) => 1 + weight(&node.operand),
            Expr::BinOp(node) => 1 + weight(&node.left) + weight(&node.right),
            Expr::Compare(node) => 1 + weight(&node.left) + node.comparators.iter().map(weight).sum::<usize>(),
            Expr::BoolOp(node) => node.values.iter().map(weight).sum(),
            Expr::Call(node) if node.arguments.keywords.is_empty() => {
                2 + weight(&node.func) + node.arguments.args.iter().map(weight).sum::<usize>()
            }
            Expr::Named(node) => 1 + weight(&node.value),
            _ => 100,
        }
    }
    weight(test) <= 16
}
