//! The classes of the iterators over builtin containers, of sequence iterators and of `iter(callable, sentinel)`.

use crate::builtins::arguments;
use crate::native;
use crate::native::{ClassDef, MethodDef};
use crate::object::{Layout, Object, Ref};
use crate::objects::dict_iterators::{
    DictItemIterator, DictIteration, DictKeyIterator, DictReverseItemIterator, DictReverseKeyIterator,
    DictReverseValueIterator, DictValueIterator, SetIterator,
};
use crate::objects::iterators::{ListReverseIterator, Positions, TupleIterator};
use crate::objects::{ClassFlags, List, ListIterator, Tuple};
use crate::protocols::{self, CallableIterator, SequenceIterator};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;
use sync::atomic::Ordering;

/// `__iter__` of iterators.
pub const ITER: MethodDef = MethodDef::Method(&protocols::ITERATOR_ITER);
/// `__next__` of iterators.
pub const NEXT: MethodDef = MethodDef::Method(&protocols::ITERATOR_NEXT);

/// The class of an iterator that programs do not make themselves.
pub const fn iterator_class(
    name: &'static str,
    layout: fn() -> &'static Layout,
    methods: &'static [MethodDef],
) -> ClassDef {
    ClassDef {
        name,
        module: "builtins",
        layout,
        base: Some(|t| t.classes().object),
        flags: ClassFlags::NO_NEW,
        doc: "",
        methods,
        getset: &[],
    }
}

/// What a position of one of the iterators with positions refers to.
fn positions(value: Value) -> Option<&'static dyn Positions> {
    if let Some(iterator) = value.downcast::<ListIterator>() {
        return Some(iterator.target());
    }
    if let Some(iterator) = value.downcast::<TupleIterator>() {
        return Some(iterator.target());
    }
    value.downcast::<ListReverseIterator>().map(|iterator| iterator.target() as &dyn Positions)
}

fn source_length(source: Value) -> i64 {
    let list = source.downcast::<List>().map(|list| list.len());
    list.or_else(|| Some(source.downcast::<Tuple>()?.len())).unwrap_or(0) as i64
}

/// Private method returning an estimate of len(list(it)).
#[native("__length_hint__($self, /)")]
fn position_length_hint(_: &Thread, this: Value) -> R<i64> {
    let Some(iterator) = positions(this) else { return Ok(0) };
    let Some(source) = iterator.source() else { return Ok(0) };
    let (position, length) = (iterator.position(), source_length(source));
    if this.downcast::<ListReverseIterator>().is_some() {
        return Ok(if position + 1 > length { 0 } else { position + 1 });
    }
    Ok((length - position).max(0))
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn position_reduce(t: &Thread, this: Value) -> R<Ref<Tuple>> {
    let backwards = this.downcast::<ListReverseIterator>().is_some();
    // Looking this up may run code, and that may move the iterator.
    let function = arguments::builtin(t, if backwards { "reversed" } else { "iter" })?;
    let source = positions(this).and_then(|iterator| Some((iterator.source()?, iterator.position())));
    match source {
        Some((source, position)) => {
            let arguments = Tuple::from_slice(t, &[source])?;
            Tuple::from_slice(t, &[function, arguments.value(), crate::objects::int_from_i64(t, position)?])
        }
        None => exhausted(t, function, this.downcast::<TupleIterator>().is_some()),
    }
}

/// What an exhausted iterator is pickled as.
fn exhausted(t: &Thread, iter: Value, tuple: bool) -> R<Ref<Tuple>> {
    let empty = if tuple { Tuple::empty(t).value() } else { List::new(t)?.value() };
    let arguments = Tuple::from_slice(t, &[empty])?;
    Tuple::from_slice(t, &[iter, arguments.value()])
}

/// Set state information for unpickling.
#[native("__setstate__($self, object, /)")]
fn position_setstate(t: &Thread, this: Value, state: Value) -> R<()> {
    if !protocols::has_index(t, state) {
        return Err(t.type_error("an integer is required"));
    }
    let position = protocols::index_i64(t, state)?;
    let Some(iterator) = positions(this) else { return Ok(()) };
    let Some(source) = iterator.source() else { return Ok(()) };
    let length = source_length(source);
    let backwards = this.downcast::<ListReverseIterator>().is_some();
    iterator.set_position(if backwards { position.clamp(-1, length - 1) } else { position.clamp(0, length) });
    Ok(())
}

macro_rules! position_methods {
    () => {
        &[
            ITER,
            NEXT,
            MethodDef::Method(&POSITION_LENGTH_HINT),
            MethodDef::Method(&POSITION_REDUCE),
            MethodDef::Method(&POSITION_SETSTATE),
        ]
    };
}

/// `list_iterator`
pub static LIST_ITERATOR: ClassDef = iterator_class("list_iterator", ListIterator::layout, position_methods!());
/// `list_reverseiterator`
pub static LIST_REVERSEITERATOR: ClassDef =
    iterator_class("list_reverseiterator", ListReverseIterator::layout, position_methods!());
/// `tuple_iterator`
pub static TUPLE_ITERATOR: ClassDef = iterator_class("tuple_iterator", TupleIterator::layout, position_methods!());

macro_rules! dict_iterator_classes {
    ($($layout:ident $class:ident $name:literal $field:ident $hint:ident $reduce:ident $hint_def:ident $reduce_def:ident;)*) => {
        $(
            /// Private method returning an estimate of len(list(it)).
            #[native("__length_hint__($self, /)")]
            fn $hint(t: &Thread, this: Ref<$layout>) -> usize {
                this.left(t)
            }

            /// Return state information for pickling.
            #[native("__reduce__($self, /)")]
            fn $reduce(t: &Thread, this: Ref<$layout>) -> R<Ref<Tuple>> {
                let copy = this.copy(t, t.classes().$field)?;
                let rest = protocols::list_of(t, copy.value())?;
                let arguments = Tuple::from_slice(t, &[rest.value()])?;
                Tuple::from_slice(t, &[arguments::builtin(t, "iter")?, arguments.value()])
            }

            #[doc = concat!("`", $name, "`")]
            pub static $class: ClassDef = iterator_class(
                $name,
                $layout::layout,
                &[ITER, NEXT, MethodDef::Method(&$hint_def), MethodDef::Method(&$reduce_def)],
            );
        )*
    };
}

dict_iterator_classes! {
    DictKeyIterator DICT_KEYITERATOR "dict_keyiterator" dict_keyiterator key_hint key_reduce KEY_HINT KEY_REDUCE;
    DictValueIterator DICT_VALUEITERATOR "dict_valueiterator" dict_valueiterator value_hint value_reduce VALUE_HINT VALUE_REDUCE;
    DictItemIterator DICT_ITEMITERATOR "dict_itemiterator" dict_itemiterator item_hint item_reduce ITEM_HINT ITEM_REDUCE;
    DictReverseKeyIterator DICT_REVERSEKEYITERATOR "dict_reversekeyiterator" dict_reversekeyiterator
        reverse_key_hint reverse_key_reduce REVERSE_KEY_HINT REVERSE_KEY_REDUCE;
    DictReverseValueIterator DICT_REVERSEVALUEITERATOR "dict_reversevalueiterator" dict_reversevalueiterator
        reverse_value_hint reverse_value_reduce REVERSE_VALUE_HINT REVERSE_VALUE_REDUCE;
    DictReverseItemIterator DICT_REVERSEITEMITERATOR "dict_reverseitemiterator" dict_reverseitemiterator
        reverse_item_hint reverse_item_reduce REVERSE_ITEM_HINT REVERSE_ITEM_REDUCE;
}

/// Private method returning an estimate of len(list(it)).
#[native("__length_hint__($self, /)")]
fn member_hint(_: &Thread, this: Ref<SetIterator>) -> usize {
    this.left()
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn member_reduce(t: &Thread, this: Ref<SetIterator>) -> R<Ref<Tuple>> {
    let rest = this.rest(t)?.into_list(t)?;
    let arguments = Tuple::from_slice(t, &[rest.value()])?;
    Tuple::from_slice(t, &[arguments::builtin(t, "iter")?, arguments.value()])
}

/// `set_iterator`
pub static SET_ITERATOR: ClassDef = iterator_class(
    "set_iterator",
    SetIterator::layout,
    &[ITER, NEXT, MethodDef::Method(&MEMBER_HINT), MethodDef::Method(&MEMBER_REDUCE)],
);

/// Private method returning an estimate of len(list(it)).
#[native("__length_hint__($self, /)")]
fn sequence_hint(t: &Thread, this: Ref<SequenceIterator>) -> R {
    let Some(sequence) = this.sequence.get() else { return Ok(Value::small(0)) };
    if sequence.class(t).special(t, crate::names::Special::Len).is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let length = protocols::length(t, sequence)?;
    let left = length.saturating_sub(this.position.load(Ordering::Relaxed));
    crate::objects::int_from_u64(t, left as u64)
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn sequence_reduce(t: &Thread, this: Ref<SequenceIterator>) -> R<Ref<Tuple>> {
    let iter = arguments::builtin(t, "iter")?;
    let Some(sequence) = this.sequence.get() else { return exhausted(t, iter, true) };
    let arguments = Tuple::from_slice(t, &[sequence])?;
    let position = crate::objects::int_from_u64(t, this.position.load(Ordering::Relaxed) as u64)?;
    Tuple::from_slice(t, &[iter, arguments.value(), position])
}

/// Set state information for unpickling.
#[native("__setstate__($self, object, /)")]
fn sequence_setstate(t: &Thread, this: Ref<SequenceIterator>, state: Value) -> R<()> {
    let position = protocols::index_i64(t, state)?;
    if this.sequence.get().is_some() {
        this.position.store(position.max(0) as usize, Ordering::Relaxed);
    }
    Ok(())
}

/// `iterator`
pub static ITERATOR: ClassDef = iterator_class(
    "iterator",
    SequenceIterator::layout,
    &[
        ITER,
        NEXT,
        MethodDef::Method(&SEQUENCE_HINT),
        MethodDef::Method(&SEQUENCE_REDUCE),
        MethodDef::Method(&SEQUENCE_SETSTATE),
    ],
);

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn callable_reduce(t: &Thread, this: Ref<CallableIterator>) -> R<Ref<Tuple>> {
    let iter = arguments::builtin(t, "iter")?;
    match (this.callable.get(), this.sentinel.get()) {
        (Some(callable), Some(sentinel)) => {
            let arguments = Tuple::from_slice(t, &[callable, sentinel])?;
            Tuple::from_slice(t, &[iter, arguments.value()])
        }
        _ => exhausted(t, iter, true),
    }
}

/// `callable_iterator`
pub static CALLABLE_ITERATOR: ClassDef =
    iterator_class("callable_iterator", CallableIterator::layout, &[ITER, NEXT, MethodDef::Method(&CALLABLE_REDUCE)]);

/// Adds the classes of iterators that are builtins.
pub fn add_to_builtins(t: &Thread, module: Ref<crate::objects::Module>) -> R<()> {
    let classes = t.classes();
    for class in [classes.enumerate, classes.zip, classes.map, classes.filter, classes.reversed] {
        module.add(t, &class.name(), class.value())?;
    }
    Ok(())
}
