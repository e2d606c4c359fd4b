//! The exception classes of operations between interpreters.

use vm::native::ClassDef;
use vm::object::Object;
use vm::objects::{BaseException, Class, ClassFlags};
use vm::raised::Raised;
use vm::shared::NativeClass;
use vm::{Ref, Thread, Value};

const MODULE: &str = "concurrent.interpreters";

const fn exception(name: &'static str, base: fn(&Thread) -> Ref<Class>, doc: &'static str) -> NativeClass {
    NativeClass::new(ClassDef {
        name,
        module: MODULE,
        layout: BaseException::layout,
        base: Some(base),
        flags: ClassFlags::BASE | ClassFlags::DICT | ClassFlags::WEAKREF | ClassFlags::EXCEPTION,
        doc,
        methods: &[],
        getset: &[],
    })
}

/// `InterpreterError`.
pub static INTERPRETER_ERROR: NativeClass =
    exception("InterpreterError", |t| t.classes().exception, "A cross-interpreter operation failed");
/// `InterpreterNotFoundError`.
pub static NOT_FOUND: NativeClass =
    exception("InterpreterNotFoundError", |t| INTERPRETER_ERROR.get(t), "An interpreter was not found");
/// `NotShareableError`.
pub static NOT_SHAREABLE: NativeClass = exception("NotShareableError", |t| t.classes().type_error, "");
/// `QueueError`.
pub static QUEUE_ERROR: NativeClass =
    exception("QueueError", |t| t.classes().runtime_error, "Indicates that a queue-related error happened.");
/// `QueueNotFoundError`.
pub static QUEUE_NOT_FOUND: NativeClass = exception("QueueNotFoundError", |t| QUEUE_ERROR.get(t), "");

/// Raises `InterpreterError`.
#[cold]
pub fn interpreter_error(t: &Thread, message: impl std::fmt::Display) -> Raised {
    t.raise(INTERPRETER_ERROR.get(t), message)
}

/// Raises `NotShareableError` caused by another exception.
#[cold]
pub fn not_shareable(t: &Thread, message: &str, cause: Option<Value>) -> Raised {
    let raised = t.raise(NOT_SHAREABLE.get(t), message);
    let (Some(cause), Some(error)) = (cause, t.pending()) else { return raised };
    vm::exceptions::set_context_to(t, error, Some(cause));
    vm::exceptions::set_cause(t, error, Some(cause));
    raised
}
