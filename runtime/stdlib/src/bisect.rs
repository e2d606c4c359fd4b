//! `_bisect`: where a value belongs in a sorted sequence.

use vm::modules::{NativeModule, nothing_to_add};
use vm::objects::List;
use vm::protocols;
use vm::{R, Thread, Value, native};

/// On which side of equal items the value belongs.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
}

/// The place of `sought` among the keys of the items from `low` up to `high`.
fn place(t: &Thread, sequence: Value, sought: Value, bounds: (i64, Value), key: Value, side: Side) -> R<usize> {
    let (low, high) = bounds;
    let Ok(mut low) = usize::try_from(low) else { return Err(t.value_error("lo must be non-negative")) };
    let mut high = match high.is_none() {
        true => protocols::length(t, sequence)?,
        false if protocols::has_index(t, high) => protocols::index_i64(t, high)?.max(0) as usize,
        false => {
            let name = high.class(t).name();
            return Err(t.type_error(format_args!("argument should be integer or None, not '{name}'")));
        }
    };
    while low < high {
        let middle = low + (high - low) / 2;
        let item = item_at(t, sequence, middle)?;
        let item = if key.is_none() { item } else { protocols::call(t, key, &[item])? };
        let right = match side {
            Side::Left => protocols::less(t, item, sought)?,
            Side::Right => !protocols::less(t, sought, item)?,
        };
        if right {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

fn item_at(t: &Thread, sequence: Value, index: usize) -> R {
    if sequence.class(t) == t.classes().list
        && let Some(item) = sequence.downcast::<List>().and_then(|list| list.target().get(index))
    {
        return Ok(item);
    }
    protocols::get_item_at(t, sequence, index)
}

fn insert(t: &Thread, sequence: Value, value: Value, bounds: (i64, Value), key: Value, side: Side) -> R<()> {
    let sought = if key.is_none() { value } else { protocols::call(t, key, &[value])? };
    let index = place(t, sequence, sought, bounds, key, side)?;
    if sequence.class(t) == t.classes().list
        && let Some(list) = sequence.downcast::<List>()
    {
        return list.insert(t, index, value);
    }
    let index = vm::objects::int_from_u64(t, index as u64)?;
    protocols::call_method(t, sequence, t.names().insert, &[index, value]).map(|_| ())
}

/// Return the index where to insert item x in list a, assuming a is sorted.
///
/// The return value i is such that all e in a[:i] have e <= x, and all e in
/// a[i:] have e > x.  So if x already appears in the list, a.insert(i, x) will
/// insert just after the rightmost x already there.
///
/// Optional args lo (default 0) and hi (default len(a)) bound the
/// slice of a to be searched.
///
/// A custom key function can be supplied to customize the sort order.
#[native("bisect_right(a, x, lo=0, hi=None, *, key=None)")]
fn bisect_right(t: &Thread, a: Value, x: Value, lo: i64, hi: Value, key: Value) -> R<usize> {
    place(t, a, x, (lo, hi), key, Side::Right)
}

/// Return the index where to insert item x in list a, assuming a is sorted.
///
/// The return value i is such that all e in a[:i] have e < x, and all e in
/// a[i:] have e >= x.  So if x already appears in the list, a.insert(i, x) will
/// insert just before the leftmost x already there.
///
/// Optional args lo (default 0) and hi (default len(a)) bound the
/// slice of a to be searched.
///
/// A custom key function can be supplied to customize the sort order.
#[native("bisect_left(a, x, lo=0, hi=None, *, key=None)")]
fn bisect_left(t: &Thread, a: Value, x: Value, lo: i64, hi: Value, key: Value) -> R<usize> {
    place(t, a, x, (lo, hi), key, Side::Left)
}

/// Insert item x in list a, and keep it sorted assuming a is sorted.
///
/// If x is already in a, insert it to the right of the rightmost x.
///
/// Optional args lo (default 0) and hi (default len(a)) bound the
/// slice of a to be searched.
///
/// A custom key function can be supplied to customize the sort order.
#[native("insort_right(a, x, lo=0, hi=None, *, key=None)")]
fn insort_right(t: &Thread, a: Value, x: Value, lo: i64, hi: Value, key: Value) -> R<()> {
    insert(t, a, x, (lo, hi), key, Side::Right)
}

/// Insert item x in list a, and keep it sorted assuming a is sorted.
///
/// If x is already in a, insert it to the left of the leftmost x.
///
/// Optional args lo (default 0) and hi (default len(a)) bound the
/// slice of a to be searched.
///
/// A custom key function can be supplied to customize the sort order.
#[native("insort_left(a, x, lo=0, hi=None, *, key=None)")]
fn insort_left(t: &Thread, a: Value, x: Value, lo: i64, hi: Value, key: Value) -> R<()> {
    insert(t, a, x, (lo, hi), key, Side::Left)
}

/// `_bisect`
pub static BISECT: NativeModule = NativeModule {
    name: "_bisect",
    doc: "Bisection algorithms.\n\nThis module provides support for maintaining a list in sorted order without\nhaving to sort the list after each insertion. For long lists of items with\nexpensive comparison operations, this can be an improvement over the more\ncommon approach.\n",
    functions: &[&BISECT_RIGHT, &BISECT_LEFT, &INSORT_RIGHT, &INSORT_LEFT],
    classes: &[],
    initialize: nothing_to_add,
};
