//! The classes `iterator` (over anything with `__getitem__`) and `callable_iterator`.

use macros::native;
use sync::atomic::Ordering;

use crate::native::{ClassDef, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::int::int_from_u64;
use crate::objects::{ClassFlags, Tuple};
use crate::protocols::{self, CallableIterator, SequenceIterator};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Private method returning an estimate of len(list(it)).
#[native("__length_hint__($self, /)")]
fn iterator_length_hint(t: &Thread, this: Ref<SequenceIterator>) -> R {
    let Some(sequence) = this.sequence.get() else { return Ok(Value::small(0)) };
    if sequence.class(t).special(t, crate::names::Special::Len).is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let length = protocols::length(t, sequence)?;
    int_from_u64(t, length.saturating_sub(this.position.load(Ordering::Relaxed)) as u64)
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn iterator_reduce(t: &Thread, this: Ref<SequenceIterator>) -> R<Ref<Tuple>> {
    let iter = crate::builtins::builtin(t, "iter")?;
    match this.sequence.get() {
        Some(sequence) => {
            let arguments = Tuple::from_slice(t, &[sequence])?;
            let position = int_from_u64(t, this.position.load(Ordering::Relaxed) as u64)?;
            Tuple::from_slice(t, &[iter, arguments.value(), position])
        }
        None => {
            let empty = Tuple::from_slice(t, &[])?;
            let arguments = Tuple::from_slice(t, &[empty.value()])?;
            Tuple::from_slice(t, &[iter, arguments.value()])
        }
    }
}

/// Set state information for unpickling.
#[native("__setstate__($self, state, /)")]
fn iterator_setstate(t: &Thread, this: Ref<SequenceIterator>, state: Value) -> R<()> {
    let position = protocols::index_i64(t, state)?;
    this.position.store(usize::try_from(position).unwrap_or(0), Ordering::Relaxed);
    Ok(())
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn callable_iterator_reduce(t: &Thread, this: Ref<CallableIterator>) -> R<Ref<Tuple>> {
    let iter = crate::builtins::builtin(t, "iter")?;
    let arguments = match (this.callable.get(), this.sentinel.get()) {
        (Some(callable), Some(sentinel)) => Tuple::from_slice(t, &[callable, sentinel])?,
        _ => {
            let empty = Tuple::from_slice(t, &[])?;
            Tuple::from_slice(t, &[empty.value()])?
        }
    };
    Tuple::from_slice(t, &[iter, arguments.value()])
}

/// The iterator over anything with `__getitem__`.
pub static ITERATOR: ClassDef = ClassDef {
    name: "iterator",
    module: "builtins",
    layout: SequenceIterator::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&protocols::ITERATOR_ITER),
        MethodDef::Method(&protocols::ITERATOR_NEXT),
        MethodDef::Method(&ITERATOR_LENGTH_HINT),
        MethodDef::Method(&ITERATOR_REDUCE),
        MethodDef::Method(&ITERATOR_SETSTATE),
    ],
    getset: &[],
};

/// `iter(callable, sentinel)`.
pub static CALLABLE_ITERATOR: ClassDef = ClassDef {
    name: "callable_iterator",
    module: "builtins",
    layout: CallableIterator::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&protocols::ITERATOR_ITER),
        MethodDef::Method(&protocols::ITERATOR_NEXT),
        MethodDef::Method(&CALLABLE_ITERATOR_REDUCE),
    ],
    getset: &[],
};
