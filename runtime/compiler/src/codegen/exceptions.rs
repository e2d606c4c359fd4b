//! `try` in all its forms, and leaving blocks by `return`, `break` and `continue`.
//!
//! A handler finds the exception in a register. It makes it the one being handled (`PushHandled`) and, however it is left,
//! makes the one before it so again (`PopHandled`): at its end, on the way out of a jump, or in a clean-up handler that covers
//! it. `finally` bodies are written once for each way out. An instruction has at most one handler, the innermost; code on the
//! way out of a block is covered by what is outside of the block.

use bytecode::{Opcode, Reg};
use ruff_python_ast::{ExceptHandler, ExceptHandlerExceptHandler, Expr, Stmt, StmtReturn, StmtTry};
use ruff_text_size::TextRange;

use super::Generator;
use super::assemble::{Handler, Label};
use super::blocks::{Block, BlockKind};
use super::unit::RegisterSet;

/// Blocks that a jump has left, to be entered again for the code after it.
pub(crate) struct LeftBlocks<'a>(Vec<Block<'a>>, Option<Handler>);

/// A covered stretch of code that has ended.
pub(crate) struct Covered {
    handler: Handler,
    assigned: RegisterSet,
    any: bool,
}

/// What a frame shows that ends by raising an exception again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shows {
    /// The end of the handlers.
    Here,
    /// The place that the exception came from.
    Origin,
}

/// The registers of a handler at work.
#[derive(Clone, Copy)]
pub(crate) struct Handling {
    pub(crate) exception: Reg,
    pub(crate) saved: Reg,
}

impl<'a> Generator<'a> {
    pub(crate) fn try_statement(&mut self, node: &'a StmtTry) {
        if node.finalbody.is_empty() {
            self.try_handlers(node);
        } else {
            self.try_finally(node);
        }
    }

    fn try_handlers(&mut self, node: &'a StmtTry) {
        if node.is_star {
            self.try_except_star(node);
        } else {
            self.try_except(node);
        }
    }

    /// Writes code whose exceptions go to a new handler, to be placed by `begin_handler`.
    pub(crate) fn covered(&mut self, kind: BlockKind<'a>, write: impl FnOnce(&mut Self)) -> Covered {
        let handler = Handler { target: self.label(), register: self.unit.top() };
        let assigned = self.unit.assigned.clone();
        let start = self.unit.drafts.len();
        let outer = self.unit.handler;
        self.in_block(kind, |this| {
            this.unit.handler = Some(handler);
            write(this);
        });
        self.unit.handler = outer;
        let any = self.unit.drafts[start..].iter().any(|draft| draft.handler == Some(handler));
        Covered { handler, assigned, any }
    }

    /// Places the handler of covered code. Says whether anything was covered, and so whether there is code to write.
    pub(crate) fn place_covered(&mut self, covered: &Covered) -> bool {
        if covered.any {
            self.unit.place_handler(covered.handler.target, &covered.assigned);
        }
        covered.any
    }

    /// Places a handler and makes its exception the one being handled.
    pub(crate) fn begin_handler(&mut self, covered: &Covered) -> Option<Handling> {
        if !self.place_covered(covered) {
            return None;
        }
        let exception = self.unit.allocate();
        let saved = self.unit.allocate();
        self.unit.range = None;
        self.emit(Opcode::PushHandled, 0, saved, exception, 0);
        Some(Handling { exception, saved })
    }

    /// The clean-up of a handler that was itself left by an exception.
    pub(crate) fn end_handler(&mut self, covered: &Covered, handling: Handling) {
        if self.place_covered(covered) {
            self.unit.release_to(handling.saved + 1);
            let exception = self.unit.allocate();
            self.reraise(handling.saved, exception, Shows::Origin);
        }
    }

    /// Stops handling and raises `exception` again.
    pub(crate) fn reraise(&mut self, saved: Reg, exception: Reg, shows: Shows) {
        self.unit.range = None;
        self.emit(Opcode::PopHandled, 0, saved, 0, 0);
        self.raise_again(exception, shows);
    }

    pub(crate) fn raise_again(&mut self, exception: Reg, shows: Shows) {
        self.emit(Opcode::Reraise, u8::from(shows == Shows::Origin), exception, 0, 0);
        self.unit.reachable = false;
    }

    fn try_finally(&mut self, node: &'a StmtTry) {
        let mark = self.unit.top();
        let end = self.label();
        let covered = self.covered(BlockKind::Finally(&node.finalbody), |this| {
            if node.handlers.is_empty() {
                this.statements(&node.body);
                this.statements(&node.orelse);
            } else {
                this.try_handlers(node);
            }
        });
        self.statements(&node.finalbody);
        self.unit.range = None;
        self.unit.jump(end);
        if let Some(handling) = self.begin_handler(&covered) {
            let cleanup = self.covered(BlockKind::Handling { saved: handling.saved }, |this| {
                this.statements(&node.finalbody);
            });
            self.reraise(handling.saved, handling.exception, Shows::Here);
            self.end_handler(&cleanup, handling);
        }
        self.unit.place(end);
        self.unit.release_to(mark);
    }

    fn try_except(&mut self, node: &'a StmtTry) {
        let mark = self.unit.top();
        let end = self.label();
        let covered = self.covered(BlockKind::Protected, |this| this.statements(&node.body));
        self.statements(&node.orelse);
        self.unit.range = None;
        self.unit.jump(end);
        if let Some(handling) = self.begin_handler(&covered) {
            let cleanup = self.covered(BlockKind::Handling { saved: handling.saved }, |this| {
                for ExceptHandler::ExceptHandler(handler) in &node.handlers {
                    this.except_clause(handler, handling, end);
                }
            });
            self.reraise(handling.saved, handling.exception, Shows::Here);
            self.end_handler(&cleanup, handling);
        }
        self.unit.place(end);
        self.unit.release_to(mark);
    }

    fn except_clause(&mut self, handler: &'a ExceptHandlerExceptHandler, handling: Handling, end: Label) {
        let next = self.label();
        if let Some(class) = &handler.type_ {
            let mark = self.unit.top();
            let matched = self.unit.allocate();
            let class_register = self.operand(class);
            self.at(handler);
            self.emit(Opcode::MatchException, 0, matched, handling.exception, class_register);
            self.jump_if(matched, false, next);
            self.unit.release_to(mark);
        } else {
            self.unit.mark(handler.range, false);
        }
        match &handler.name {
            Some(name) => {
                self.at(name);
                self.store_name(name, handling.exception);
                let kind = BlockKind::NamedHandler { name };
                let covered = self.covered(kind, |this| this.statements(&handler.body));
                self.unit.range = None;
                self.emit(Opcode::PopHandled, 0, handling.saved, 0, 0);
                self.unbind_name(name);
                self.unit.jump(end);
                self.unbind_and_raise(&covered, name);
            }
            None => {
                self.statements(&handler.body);
                self.unit.range = None;
                self.emit(Opcode::PopHandled, 0, handling.saved, 0, 0);
                self.unit.jump(end);
            }
        }
        self.unit.place(next);
    }

    /// The handler for exceptions in the body of `except .. as name`.
    fn unbind_and_raise(&mut self, covered: &Covered, name: &'a str) {
        if self.place_covered(covered) {
            let mark = self.unit.top();
            let exception = self.unit.allocate();
            self.unit.range = None;
            self.unbind_name(name);
            self.raise_again(exception, Shows::Origin);
            self.unit.release_to(mark);
        }
    }

    fn try_except_star(&mut self, node: &'a StmtTry) {
        let mark = self.unit.top();
        let end = self.label();
        let covered = self.covered(BlockKind::Protected, |this| this.statements(&node.body));
        self.statements(&node.orelse);
        self.unit.range = None;
        self.unit.jump(end);
        if let Some(handling) = self.begin_handler(&covered) {
            let cleanup = self.covered(BlockKind::Handling { saved: handling.saved }, |this| {
                this.except_star_clauses(node, handling, end);
            });
            self.end_handler(&cleanup, handling);
        }
        self.unit.place(end);
        self.unit.release_to(mark);
    }

    fn except_star_clauses(&mut self, node: &'a StmtTry, handling: Handling, end: Label) {
        let raised = self.unit.allocate();
        let rest = self.unit.allocate();
        let matched = self.unit.allocate();
        self.emit(Opcode::BuildList, 0, raised, raised, 0);
        self.move_register(rest, handling.exception);
        for ExceptHandler::ExceptHandler(handler) in &node.handlers {
            self.except_star_clause(handler, raised, rest, matched);
        }
        self.unit.range = None;
        self.emit(Opcode::ListAppend, 0, raised, rest, 0);
        self.emit(Opcode::PrepareReraiseStar, 0, rest, handling.exception, raised);
        let again = self.label();
        self.jump_if_none(rest, false, again);
        self.emit(Opcode::PopHandled, 0, handling.saved, 0, 0);
        self.unit.jump(end);
        self.unit.place(again);
        self.reraise(handling.saved, rest, Shows::Here);
    }

    fn except_star_clause(&mut self, handler: &'a ExceptHandlerExceptHandler, raised: Reg, rest: Reg, matched: Reg) {
        let next = self.label();
        let mark = self.unit.top();
        if let Some(class) = &handler.type_ {
            let class_register = self.operand(class);
            self.at(handler);
            self.emit(Opcode::MatchGroup, 0, rest, rest, class_register);
            self.unit.release_to(mark);
        }
        self.jump_if_none(matched, true, next);
        let saved = self.unit.allocate();
        self.emit(Opcode::PushHandled, 0, saved, matched, 0);
        if let Some(name) = &handler.name {
            self.at(name);
            self.store_name(name, matched);
        }
        let kind = match &handler.name {
            Some(name) => BlockKind::NamedHandler { name },
            None => BlockKind::Protected,
        };
        let covered = self.covered(kind, |this| this.statements(&handler.body));
        self.finish_star_clause(handler, saved);
        self.unit.jump(next);
        if self.place_covered(&covered) {
            let exception = self.unit.allocate();
            self.unit.range = None;
            self.emit(Opcode::ListAppend, 0, raised, exception, 0);
            self.finish_star_clause(handler, saved);
        }
        self.unit.place(next);
        self.unit.release_to(mark);
    }

    fn finish_star_clause(&mut self, handler: &'a ExceptHandlerExceptHandler, saved: Reg) {
        self.unit.range = None;
        if let Some(name) = &handler.name {
            self.unbind_name(name);
        }
        self.emit(Opcode::PopHandled, 0, saved, 0, 0);
    }

    // Leaving blocks.

    /// Writes what leaving all blocks from index `keep` on takes.
    pub(crate) fn leave_blocks(&mut self, keep: usize) -> LeftBlocks<'a> {
        let left = LeftBlocks(self.unit.blocks.clone(), self.unit.handler);
        while self.unit.blocks.len() > keep {
            let Some(block) = self.unit.blocks.pop() else { break };
            self.unit.handler = block.outer;
            self.leave(block.kind);
        }
        left
    }

    pub(crate) fn return_to_blocks(&mut self, left: LeftBlocks<'a>) {
        self.unit.blocks = left.0;
        self.unit.handler = left.1;
    }

    fn leave(&mut self, kind: BlockKind<'a>) {
        match kind {
            BlockKind::Loop { .. } | BlockKind::Protected => {}
            BlockKind::Finally(body) => self.statements(body),
            BlockKind::Handling { saved } => self.emit(Opcode::PopHandled, 0, saved, 0, 0),
            BlockKind::NamedHandler { name } => self.unbind_name(name),
            BlockKind::With { exit, is_async, range } => {
                self.set_range(range);
                self.exit_with(exit, is_async);
            }
        }
    }

    /// Whether leaving all blocks from index `keep` on runs any code.
    pub(crate) fn leaving_runs_code(&self, keep: usize) -> bool {
        let left = &self.unit.blocks[keep..];
        left.iter().any(|block| !matches!(block.kind, BlockKind::Loop { .. } | BlockKind::Protected))
    }

    /// As `leave_blocks`, for a statement. If that runs code, the statement is a line that is come to before, and what follows belongs to
    /// the line that comes to it; else it belongs to the statement.
    pub(crate) fn leave_blocks_at(&mut self, keep: usize, range: TextRange) -> LeftBlocks<'a> {
        let runs_code = self.leaving_runs_code(keep);
        if runs_code {
            self.unit.mark(range, false);
        }
        self.unit.range = Some(range);
        let left = self.leave_blocks(keep);
        self.unit.range = (!runs_code).then_some(range);
        left
    }

    pub(crate) fn return_statement(&mut self, node: &'a StmtReturn) {
        let mark = self.unit.top();
        let constant = match &node.value {
            Some(value) => self.fold(value),
            None => Some(bytecode::Constant::None),
        };
        if let Some(constant) = constant {
            let left = self.leave_blocks_at(0, node.range);
            if constant == bytecode::Constant::None {
                self.return_none();
            } else {
                let register = self.unit.allocate();
                self.load_constant(&constant, register);
                self.return_register(register);
            }
            self.return_to_blocks(left);
        } else if let Some(value) = &node.value {
            self.return_value(node, value);
        }
        self.unit.release_to(mark);
    }

    fn return_value(&mut self, node: &'a StmtReturn, value: &'a Expr) {
        // What runs on the way out may assign a variable: its value now is what is returned.
        let runs_code = self.leaving_runs_code(0);
        let register = if runs_code { self.temporary(value) } else { self.operand(value) };
        self.at(node);
        let left = self.leave_blocks(0);
        self.unit.range = (!runs_code).then_some(node.range);
        self.return_register(register);
        self.return_to_blocks(left);
    }

    pub(crate) fn return_register(&mut self, register: Reg) {
        self.emit(Opcode::Return, 0, register, 0, 0);
        self.unit.reachable = false;
    }

    /// Statements of a body that ends a function.
    pub(crate) fn body_then_none(&mut self, body: &'a [Stmt]) {
        self.statements(body);
        // The end belongs to the line that comes to it, whichever that is: the definition's, if there is nothing before.
        let first = self.source.line_start(self.unit.code.first_line);
        self.unit.range = self.unit.is_empty().then_some(TextRange::empty(first));
        self.return_none();
    }
}
