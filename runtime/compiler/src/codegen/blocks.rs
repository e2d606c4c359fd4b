//! The blocks that a jump out of a statement leaves: loops, `try`, `with`, handlers. Leaving runs their clean-up.

use bytecode::Reg;
use ruff_python_ast::Stmt;
use ruff_text_size::TextRange;

use super::assemble::{Handler, Label};

/// What leaving a block by `break`, `continue` or `return` takes.
#[derive(Clone, Copy)]
pub(crate) enum BlockKind<'a> {
    /// A loop: where `break` and `continue` go.
    Loop { exit: Label, next: Label },
    /// The body of `try` with handlers: nothing to do but to leave it.
    Protected,
    /// The body of `try` with `finally`: its statements run.
    Finally(&'a [Stmt]),
    /// The exception that was being handled before is so again.
    Handling { saved: Reg },
    /// `except .. as name`: the name is unbound.
    NamedHandler { name: &'a str },
    /// `with`: the exit at `exit`, `exit + 1` is called.
    With { exit: Reg, is_async: bool, range: TextRange },
}

/// A block and the handler that covers its code.
#[derive(Clone, Copy)]
pub(crate) struct Block<'a> {
    pub(crate) kind: BlockKind<'a>,
    /// The handler outside of the block.
    pub(crate) outer: Option<Handler>,
}
