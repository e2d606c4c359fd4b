//! What the methods of the builtin sequences share: subscripts, repeat counts, comparison, repr.

use text::TextBuilder;

use crate::containers::ReprGuard;
use crate::native::Args;
use crate::object::Ref;
use crate::objects::{Slice, Str};
use crate::protocols::{self, CompareOp};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// What a subscript is.
pub enum Subscript {
    /// An index, negative ones counted from the end.
    Index(i64),
    /// A slice.
    Slice(Ref<Slice>),
}

/// A subscript of a sequence; `kind` names the sequence in the error.
#[inline]
pub fn subscript(t: &Thread, key: Value, kind: &str) -> R<Subscript> {
    if let Some(index) = key.as_small_int() {
        return Ok(Subscript::Index(index));
    }
    if let Some(slice) = key.downcast::<Slice>() {
        return Ok(Subscript::Slice(slice));
    }
    if protocols::has_index(t, key) {
        return protocols::index_item(t, key).map(Subscript::Index);
    }
    Err(t.type_error(format_args!("{kind} indices must be integers or slices, not {}", key.class(t).name())))
}

/// How often a sequence is to be repeated.
pub fn repeat_count(t: &Thread, count: Value) -> R<usize> {
    let count = protocols::index_sized(t, count, t.classes().overflow_error)?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// The bounds of `index(value, start, stop)` in a sequence: 64 bits, negative ones counted from the end.
pub fn index_bound(t: &Thread, bound: Option<Value>, default: i64, length: usize) -> R<usize> {
    let Some(bound) = bound else { return Ok(default as usize) };
    if !protocols::has_index(t, bound) {
        return Err(t.type_error("slice indices must be integers or have an __index__ method"));
    }
    let bound = protocols::index_clamped(t, bound)?;
    let bound = if bound < 0 { bound.saturating_add(length as i64).max(0) } else { bound };
    Ok(bound as usize)
}

/// The arguments of `index(value, start, stop)`.
pub fn index_arguments(t: &Thread, args: Args<'_>) -> R<(Value, Option<Value>, Option<Value>)> {
    args.no_keywords(t, "index")?;
    match *args.positional() {
        [value] => Ok((value, None, None)),
        [value, start] => Ok((value, Some(start), None)),
        [value, start, stop] => Ok((value, Some(start), Some(stop))),
        [] => Err(t.type_error("index expected at least 1 argument, got 0")),
        _ => Err(t.type_error(format_args!("index expected at most 3 arguments, got {}", args.values.len()))),
    }
}

/// Compares two sequences given by item and length, which may change meanwhile; gives the result of `op`.
pub fn compare_items(
    t: &Thread,
    op: CompareOp,
    lengths: impl Fn() -> (usize, usize),
    items: impl Fn(usize) -> Option<(Value, Value)>,
) -> R {
    let (a, b) = lengths();
    if a != b && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::bool(op == CompareOp::Ne));
    }
    let mut index = 0;
    while let Some((x, y)) = items(index) {
        if !x.is(y) && !protocols::equal(t, x, y)? {
            // What `__eq__` removed from the sequences is no difference any more.
            if items(index).is_none() {
                break;
            }
            return match op {
                CompareOp::Eq => Ok(Value::FALSE),
                CompareOp::Ne => Ok(Value::TRUE),
                _ => protocols::compare(t, x, y, op),
            };
        }
        index += 1;
    }
    let (a, b) = lengths();
    Ok(Value::bool(op.holds(Some(a.cmp(&b)))))
}

/// The reprs of items between brackets; `next` gives the item at a position as long as there is one.
pub fn bracketed(
    t: &Thread,
    this: Value,
    brackets: [&str; 2],
    mut next: impl FnMut(usize) -> Option<Value>,
) -> R<Ref<Str>> {
    let Some(_guard) = ReprGuard::enter(t, this)? else {
        return Str::new(t, &format!("{}...{}", brackets[0], brackets[1]));
    };
    let mut text = TextBuilder::new();
    text.push_str(brackets[0]);
    let mut index = 0;
    while let Some(item) = next(index) {
        if index > 0 {
            text.push_str(", ");
        }
        text.push_units(protocols::repr(t, item)?.units());
        index += 1;
        t.poll()?;
    }
    text.push_str(brackets[1]);
    Str::from_owned(t, text.finish())
}

/// The one optional positional argument of a constructor such as `list(iterable=())`.
pub fn only_argument(t: &Thread, args: Args<'_>, function: &str) -> R<Option<Value>> {
    args.no_keywords(t, function)?;
    match args.positional() {
        [] => Ok(None),
        [argument] => Ok(Some(*argument)),
        more => Err(t.type_error(format_args!("{function} expected at most 1 argument, got {}", more.len()))),
    }
}

/// Makes the six comparison methods of a class from one function.
#[macro_export]
macro_rules! comparison_methods {
    ($($name:ident $signature:literal $op:ident;)* => $type:ty, $compare:path) => {
        $(
            #[doc = concat!("Return self", $crate::comparison_methods!(@symbol $op), "value.")]
            #[$crate::native($signature)]
            fn $name(t: &$crate::thread::Thread, this: $type, other: $crate::value::Value) -> $crate::raised::R {
                $compare(t, this, other, $crate::protocols::CompareOp::$op)
            }
        )*
    };
    (@symbol Lt) => { "<" };
    (@symbol Le) => { "<=" };
    (@symbol Eq) => { "==" };
    (@symbol Ne) => { "!=" };
    (@symbol Gt) => { ">" };
    (@symbol Ge) => { ">=" };
}

/// See PEP 585
#[crate::native("__class_getitem__($type, key, /)")]
pub fn class_getitem(t: &Thread, this: Value, key: Value) -> R {
    super::generic_alias::new(t, this, key)
}
