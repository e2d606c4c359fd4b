//! `itertools`: iterators over iterators. Each class has a `next` in its layout that gives nothing at the end.
//!
//! State is in slots and atomics: threads that share one of these iterators may get an item twice or miss one, and nothing
//! worse.

mod combining;
mod grouping;
mod infinite;
mod joining;
mod selecting;

use vm::builtins::construct::checked_class;
use vm::builtins::object::new_instance;
use vm::modules::{NativeModule, nothing_to_add};
use vm::native::{ClassDef, MethodDef};
use vm::object::{Layout, Object};
use vm::objects::{ClassFlags, ValueArray};
use vm::shared::NativeClass;
use vm::{Class, R, Ref, Slot, Thread, Value};

/// A class of iterators that programs make and derive from.
const fn iterator_class(
    name: &'static str,
    layout: fn() -> &'static Layout,
    doc: &'static str,
    methods: &'static [MethodDef],
) -> NativeClass {
    class_with(ClassFlags::BASE, name, layout, doc, methods)
}

const fn class_with(
    flags: u32,
    name: &'static str,
    layout: fn() -> &'static Layout,
    doc: &'static str,
    methods: &'static [MethodDef],
) -> NativeClass {
    let base: fn(&Thread) -> Ref<Class> = |t| t.classes().object;
    NativeClass::new(ClassDef { name, module: "itertools", layout, base: Some(base), flags, doc, methods, getset: &[] })
}

/// A new instance of a class whose layout is `T`'s; `class` is what `__new__` was given.
fn make<T: Object>(t: &Thread, class: Value, own: &'static NativeClass) -> R<Ref<T>> {
    let class = checked_class(t, class, own.get(t))?;
    let made = new_instance(t, class)?;
    made.downcast::<T>().ok_or_else(|| t.system_error("an instance has the layout of its class"))
}

/// The array in a slot.
fn array(slot: &Slot) -> Option<&'static ValueArray> {
    slot.get()?.downcast::<ValueArray>().map(Ref::target)
}

/// The number in a slot of an array of indices.
fn number(array: &ValueArray, index: usize) -> usize {
    array.slot(index).get().and_then(Value::as_small_int).unwrap_or(0) as usize
}

/// Stores a number into an array of indices.
fn set_number(t: &Thread, array: &ValueArray, index: usize, number: usize) {
    array.put(t, index, Value::small_int(number as i64));
}

/// An array of the numbers that `value` gives.
fn numbers(t: &Thread, length: usize, value: impl Fn(usize) -> usize) -> R<Ref<ValueArray>> {
    let array = ValueArray::new(t, length)?;
    for index in 0..length {
        set_number(t, &array, index, value(index));
    }
    Ok(array)
}

/// `itertools`
pub static ITERTOOLS: NativeModule = NativeModule {
    name: "itertools",
    doc: "Functional tools for creating and using iterators.\n\nInfinite iterators:\ncount(start=0, step=1) --> start, start+step, start+2*step, ...\ncycle(p) --> p0, p1, ... plast, p0, p1, ...\nrepeat(elem [,n]) --> elem, elem, elem, ... endlessly or up to n times\n\nIterators terminating on the shortest input sequence:\naccumulate(p[, func]) --> p0, p0+p1, p0+p1+p2\nbatched(p, n) --> [p0, p1, ..., p_n-1], [p_n, p_n+1, ..., p_2n-1], ...\nchain(p, q, ...) --> p0, p1, ... plast, q0, q1, ...\nchain.from_iterable([p, q, ...]) --> p0, p1, ... plast, q0, q1, ...\ncompress(data, selectors) --> (d[0] if s[0]), (d[1] if s[1]), ...\ndropwhile(predicate, seq) --> seq[n], seq[n+1], starting when predicate fails\ngroupby(iterable[, keyfunc]) --> sub-iterators grouped by value of keyfunc(v)\nfilterfalse(predicate, seq) --> elements of seq where predicate(elem) is False\nislice(seq, [start,] stop [, step]) --> elements from\n       seq[start:stop:step]\npairwise(s) --> (s[0],s[1]), (s[1],s[2]), (s[2], s[3]), ...\nstarmap(fun, seq) --> fun(*seq[0]), fun(*seq[1]), ...\ntee(it, n) --> (it1, it2 , ... itn) splits one iterator into n\ntakewhile(predicate, seq) --> seq[0], seq[1], until predicate fails\nzip_longest(p, q, ...) --> (p[0], q[0]), (p[1], q[1]), ...\n\nCombinatoric generators:\nproduct(p, q, ... [repeat=1]) --> cartesian product\npermutations(p[, r])\ncombinations(p, r)\ncombinations_with_replacement(p, r)\n",
    functions: &[&grouping::TEE],
    classes: &[
        &infinite::COUNT,
        &infinite::CYCLE,
        &infinite::REPEAT,
        &joining::ACCUMULATE,
        &joining::BATCHED,
        &joining::CHAIN,
        &joining::PAIRWISE,
        &joining::ZIP_LONGEST,
        &selecting::COMPRESS,
        &selecting::DROPWHILE,
        &selecting::FILTERFALSE,
        &selecting::ISLICE,
        &selecting::STARMAP,
        &selecting::TAKEWHILE,
        &grouping::GROUPBY,
        &grouping::GROUPER,
        &grouping::TEE_ITERATOR,
        &combining::PRODUCT,
        &combining::PERMUTATIONS,
        &combining::COMBINATIONS,
        &combining::COMBINATIONS_WITH_REPLACEMENT,
    ],
    initialize: nothing_to_add,
};
