//! `Raised`: the error type of everything that runs Python, and the one place where exceptions are made and raised.
//!
//! `Raised` is zero-sized. The exception itself waits in the thread (`Thread::pending`) until a handler, or
//! native code that wants to look at it, takes it.

use std::fmt::Display;

use crate::object::Ref;
use crate::objects::{Class, Str};
use crate::protocols;
use crate::thread::Thread;
use crate::value::Value;

/// An exception was raised; it waits in the thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raised(());

impl Raised {
    /// Nothing was raised: a dispatch loop ends for another one (`exec::tracing`).
    pub(crate) const fn to_switch() -> Self {
        Self(())
    }
}

/// What nearly every function that runs Python gives.
pub type R<T = Value> = Result<T, Raised>;

macro_rules! raise_functions {
    ($($(#[$doc:meta])* $function:ident $class:ident;)*) => {
        impl Thread {
            $($(#[$doc])*
            #[cold]
            #[inline(never)]
            pub fn $function(&self, message: impl Display) -> Raised {
                self.raise(self.classes().$class, message)
            })*
        }
    };
}

raise_functions! {
    /// Raises `TypeError`.
    type_error type_error;
    /// Raises `ValueError`.
    value_error value_error;
    /// Raises `IndexError`.
    index_error index_error;
    /// Raises `RuntimeError`.
    runtime_error runtime_error;
    /// Raises `RecursionError`.
    recursion_error recursion_error;
    /// Raises `OverflowError`.
    overflow_error overflow_error;
    /// Raises `ZeroDivisionError`.
    zero_division_error zero_division_error;
    /// Raises `SystemError`.
    system_error system_error;
    /// Raises `LookupError`.
    lookup_error lookup_error;
    /// Raises `BufferError`.
    buffer_error buffer_error;
    /// Raises `EOFError`.
    eof_error eof_error;
    /// Raises `ReferenceError`.
    reference_error reference_error;
    /// Raises `AssertionError`.
    assertion_error assertion_error;
    /// Raises `NotImplementedError`.
    not_implemented_error not_implemented_error;
}

impl Thread {
    /// Raises an exception of `class` with the message as its only argument.
    #[cold]
    #[inline(never)]
    pub fn raise(&self, class: Ref<Class>, message: impl Display) -> Raised {
        let text = match Str::new(self, &message.to_string()) {
            Ok(text) => text,
            Err(raised) => return raised,
        };
        self.raise_with(class, &[text.value()])
    }

    /// Raises an exception of `class` made with these arguments.
    #[cold]
    #[inline(never)]
    pub fn raise_with(&self, class: Ref<Class>, arguments: &[Value]) -> Raised {
        let made = match crate::exceptions::base::plain(self, class, arguments) {
            Some(made) => made,
            None => protocols::call(self, class.value(), arguments),
        };
        match made {
            Ok(exception) => self.raise_value(exception),
            Err(raised) => raised,
        }
    }

    /// Raises this exception instance: sets its context to the exception being handled.
    #[cold]
    #[inline(never)]
    pub fn raise_value(&self, exception: Value) -> Raised {
        crate::exceptions::set_context(self, exception);
        self.set_pending(exception);
        Raised(())
    }

    /// Raises this exception instance as it stands: neither its context nor its traceback changes.
    #[inline]
    pub fn reraise(&self, exception: Value) -> Raised {
        self.set_pending(exception);
        Raised(())
    }

    /// The exception that was raised, with a note added.
    #[cold]
    pub fn with_note(&self, raised: Raised, note: &str) -> Raised {
        let exception = self.take(raised);
        let noted = crate::containers::intern_text(self, "add_note").and_then(|name| {
            let note = crate::objects::Str::new(self, note)?;
            crate::protocols::call_method(self, exception, name, &[note.value()])
        });
        match noted {
            Ok(_) => self.reraise(exception),
            Err(raised) => raised,
        }
    }

    /// Raises `KeyError(key)`.
    #[cold]
    #[inline(never)]
    pub fn key_error(&self, key: Value) -> Raised {
        self.raise_with(self.classes().key_error, &[key])
    }

    /// Raises `StopIteration`, with a value if one is given and is not None.
    #[cold]
    #[inline(never)]
    pub fn stop_iteration(&self, value: Option<Value>) -> Raised {
        match value.filter(|value| !value.is_none()) {
            Some(value) => self.raise_with(self.classes().stop_iteration, &[value]),
            None => self.raise_with(self.classes().stop_iteration, &[]),
        }
    }

    /// Raises `MemoryError`: the instance made at start, since there may be no memory for another.
    #[cold]
    #[inline(never)]
    pub fn memory_error(&self) -> Raised {
        let exception = self.interpreter().memory_error();
        self.reraise(exception)
    }

    /// Raises `AttributeError` with its `name` and `obj` set, for suggestions.
    #[cold]
    #[inline(never)]
    pub fn attribute_error(&self, object: Value, name: Ref<Str>, message: impl Display) -> Raised {
        self.raise_named(self.classes().attribute_error, message, name, Some(object))
    }

    /// Raises `NameError` with its `name` set.
    #[cold]
    #[inline(never)]
    pub fn name_error(&self, name: Ref<Str>, message: impl Display) -> Raised {
        self.raise_named(self.classes().name_error, message, name, None)
    }

    fn raise_named(&self, class: Ref<Class>, message: impl Display, name: Ref<Str>, object: Option<Value>) -> Raised {
        let raised = self.raise(class, message);
        let Some(exception) = self.pending() else { return raised };
        let names = self.names();
        let set = protocols::set_attribute(self, exception, names.name, name.value()).and_then(|()| match object {
            Some(object) => protocols::set_attribute(self, exception, names.obj, object),
            None => Ok(()),
        });
        match set {
            Ok(()) => self.reraise(exception),
            Err(raised) => raised,
        }
    }

    /// Raises `OSError` for an error number, with a file name if one is concerned; the subclass is chosen by the number.
    #[cold]
    #[inline(never)]
    pub fn os_error(&self, number: i32, filename: Option<Value>) -> Raised {
        let text = match Str::new(self, &host::error::message(number)) {
            Ok(text) => text,
            Err(raised) => return raised,
        };
        let number = Value::small(number);
        match filename {
            Some(filename) => self.raise_with(self.classes().os_error, &[number, text.value(), filename]),
            None => self.raise_with(self.classes().os_error, &[number, text.value()]),
        }
    }

    /// Whether the pending exception is an instance of `class`.
    pub fn pending_is(&self, class: Ref<Class>) -> bool {
        self.pending().is_some_and(|exception| exception.class(self).is_subclass_of(class))
    }

    /// Takes the pending exception if it is an instance of `class`; otherwise hands the error on.
    pub fn catch(&self, raised: Raised, class: Ref<Class>) -> R<Value> {
        if self.pending_is(class) { Ok(self.take_pending()) } else { Err(raised) }
    }
}
