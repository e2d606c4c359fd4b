//! Rich comparison: the six operators, and equality as containers and `is_true` contexts use it.

use std::cmp::Ordering;

use crate::names::Special;
use crate::objects::float::{compare_float_int, exact_float};
use crate::objects::int::int_compare;
use crate::objects::{Str, int_of, is_exact_int};
use crate::protocols::call_special;
use crate::protocols::is_true;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// A comparison operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the variant is the operator's method")]
pub enum CompareOp {
    Lt,
    Le,
    Eq,
    Ne,
    Gt,
    Ge,
}

impl CompareOp {
    /// The left operand's method.
    #[inline]
    #[must_use]
    pub fn method(self) -> Special {
        match self {
            CompareOp::Lt => Special::Lt,
            CompareOp::Le => Special::Le,
            CompareOp::Eq => Special::Eq,
            CompareOp::Ne => Special::Ne,
            CompareOp::Gt => Special::Gt,
            CompareOp::Ge => Special::Ge,
        }
    }

    /// The operator with its operands exchanged.
    #[inline]
    #[must_use]
    pub fn swapped(self) -> CompareOp {
        match self {
            CompareOp::Lt => CompareOp::Gt,
            CompareOp::Le => CompareOp::Ge,
            CompareOp::Gt => CompareOp::Lt,
            CompareOp::Ge => CompareOp::Le,
            same => same,
        }
    }

    /// The operator as messages show it.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            CompareOp::Lt => "<",
            CompareOp::Le => "<=",
            CompareOp::Eq => "==",
            CompareOp::Ne => "!=",
            CompareOp::Gt => ">",
            CompareOp::Ge => ">=",
        }
    }

    /// What the operator says about two things in this order; nothing orders nan.
    #[inline]
    #[must_use]
    pub fn holds(self, order: Option<Ordering>) -> bool {
        match (self, order) {
            (CompareOp::Ne, order) => order != Some(Ordering::Equal),
            (_, None) => false,
            (CompareOp::Lt, Some(order)) => order.is_lt(),
            (CompareOp::Le, Some(order)) => order.is_le(),
            (CompareOp::Eq, Some(order)) => order.is_eq(),
            (CompareOp::Gt, Some(order)) => order.is_gt(),
            (CompareOp::Ge, Some(order)) => order.is_ge(),
        }
    }
}

/// `a op b`, whatever the methods give.
pub fn compare(t: &Thread, a: Value, b: Value, op: CompareOp) -> R {
    match builtin_comparison(t, a, b, op) {
        Some(truth) => Ok(Value::bool(truth)),
        None => {
            t.check_recursion(" in comparison")?;
            dispatch(t, a, b, op)
        }
    }
}

/// Exact ints, floats and strings, without a look-up.
#[inline]
fn builtin_comparison(t: &Thread, a: Value, b: Value, op: CompareOp) -> Option<bool> {
    if let (Some(x), Some(y)) = (a.as_small_int(), b.as_small_int()) {
        return Some(op.holds(Some(x.cmp(&y))));
    }
    if let (Some(x), Some(y)) = (a.downcast::<Str>(), b.downcast::<Str>()) {
        return Some(match op {
            CompareOp::Eq => Str::equal(x, y),
            CompareOp::Ne => !Str::equal(x, y),
            _ => op.holds(Some(x.units().compare(y.units()))),
        });
    }
    builtin_numbers(t, a, b).map(|order| op.holds(order))
}

fn builtin_numbers(t: &Thread, a: Value, b: Value) -> Option<Option<Ordering>> {
    let float = |value: Value| if value.class(t) == t.classes().float { exact_float(value) } else { None };
    let int = |value: Value| if is_exact_int(value) { int_of(value) } else { None };
    match (float(a), float(b)) {
        (Some(x), Some(y)) => Some(x.partial_cmp(&y)),
        (Some(x), None) => int(b).map(|y| compare_float_int(x, y)),
        (None, Some(y)) => int(a).map(|x| compare_float_int(y, x).map(Ordering::reverse)),
        (None, None) => Some(Some(int_compare(int(a)?, int(b)?))),
    }
}

fn dispatch(t: &Thread, a: Value, b: Value, op: CompareOp) -> R {
    let (class_a, class_b) = (a.class(t), b.class(t));
    let mut right = class_b.special(t, op.swapped().method());
    if class_a != class_b
        && class_b.is_subclass_of(class_a)
        && let Some(method) = right
    {
        let result = call_special(t, method, b, &[a])?;
        if !result.is(Value::NOT_IMPLEMENTED) {
            return Ok(result);
        }
        right = None;
    }
    if let Some(method) = class_a.special(t, op.method()) {
        let result = call_special(t, method, a, &[b])?;
        if !result.is(Value::NOT_IMPLEMENTED) {
            return Ok(result);
        }
    }
    if let Some(method) = right {
        let result = call_special(t, method, b, &[a])?;
        if !result.is(Value::NOT_IMPLEMENTED) {
            return Ok(result);
        }
    }
    match op {
        CompareOp::Eq => Ok(Value::bool(a.is(b))),
        CompareOp::Ne => Ok(Value::bool(!a.is(b))),
        _ => Err(t.type_error(format_args!(
            "'{}' not supported between instances of '{}' and '{}'",
            op.symbol(),
            class_a.type_name(t),
            class_b.type_name(t)
        ))),
    }
}

/// Whether `a op b` is true.
#[inline]
pub fn compare_bool(t: &Thread, a: Value, b: Value, op: CompareOp) -> R<bool> {
    match builtin_comparison(t, a, b, op) {
        Some(truth) => Ok(truth),
        None => {
            let result = compare(t, a, b, op)?;
            is_true(t, result)
        }
    }
}

/// `a is b or a == b`: equality as containers see it.
#[inline]
pub fn equal(t: &Thread, a: Value, b: Value) -> R<bool> {
    if a.is(b) { Ok(true) } else { compare_bool(t, a, b, CompareOp::Eq) }
}

/// Whether `a == b` is true, nans and odd `__eq__` methods included.
#[inline]
pub fn equal_strict(t: &Thread, a: Value, b: Value) -> R<bool> {
    compare_bool(t, a, b, CompareOp::Eq)
}

/// Whether `a < b` is true.
#[inline]
pub fn less(t: &Thread, a: Value, b: Value) -> R<bool> {
    compare_bool(t, a, b, CompareOp::Lt)
}
