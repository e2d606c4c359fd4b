//! `max`, `min` and `sum`.

use crate::native;
use crate::native::Args;
use crate::objects::complex::{Complex, complex_value, exact_complex};
use crate::objects::{Str, exact_float, float_value};
use crate::protocols::{self, BinaryOp, CompareOp};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

fn extreme(t: &Thread, args: Args<'_>, name: &str, op: CompareOp) -> R {
    let (mut key, mut default) = (None, None);
    for (keyword, value) in args.keywords() {
        match &*keyword.to_string_lossy() {
            "key" => key = Some(value).filter(|value| !value.is_none()),
            "default" => default = Some(value),
            other => return Err(native::unexpected_keyword(t, name, other, ["key", "default"])),
        }
    }
    let mut best: Option<(Value, Value)> = None;
    let mut consider = |item: Value| -> R<()> {
        let rank = match key {
            Some(key) => protocols::call(t, key, &[item])?,
            None => item,
        };
        best = match best {
            Some((_, leader)) if !protocols::compare_bool(t, rank, leader, op)? => best,
            _ => Some((item, rank)),
        };
        Ok(())
    };
    match args.positional() {
        [] => return Err(t.type_error(format_args!("{name} expected at least 1 argument, got 0"))),
        [iterable] => protocols::for_each(t, *iterable, &mut consider)?,
        many => {
            if default.is_some() {
                return Err(t.type_error(format_args!(
                    "Cannot specify a default for {name}() with multiple positional arguments"
                )));
            }
            many.iter().try_for_each(|item| consider(*item))?;
        }
    }
    match (best, default) {
        (Some((item, _)), _) => Ok(item),
        (None, Some(default)) => Ok(default),
        (None, None) => Err(t.value_error(format_args!("{name}() iterable argument is empty"))),
    }
}

/// max(iterable, *[, default=obj, key=func]) -> value
/// max(arg1, arg2, *args, *[, key=func]) -> value
///
/// With a single iterable argument, return its biggest item. The
/// default keyword-only argument specifies an object to return if
/// the provided iterable is empty.
/// With two or more positional arguments, return the largest argument.
#[native("max", raw)]
fn max(t: &Thread, args: Args<'_>) -> R {
    extreme(t, args, "max", CompareOp::Gt)
}

/// min(iterable, *[, default=obj, key=func]) -> value
/// min(arg1, arg2, *args, *[, key=func]) -> value
///
/// With a single iterable argument, return its smallest item. The
/// default keyword-only argument specifies an object to return if
/// the provided iterable is empty.
/// With two or more positional arguments, return the smallest argument.
#[native("min", raw)]
fn min(t: &Thread, args: Args<'_>) -> R {
    extreme(t, args, "min", CompareOp::Lt)
}

/// A sum of floats with what rounding lost (Neumaier, as CPython 3.12 on).
#[derive(Clone, Copy)]
struct Compensated {
    sum: f64,
    lost: f64,
}

impl Compensated {
    fn of(sum: f64) -> Self {
        Compensated { sum, lost: 0.0 }
    }

    fn plus(self, number: f64) -> Self {
        let sum = self.sum + number;
        let lost = if self.sum.abs() >= number.abs() { (self.sum - sum) + number } else { (number - sum) + self.sum };
        Compensated { sum, lost: self.lost + lost }
    }

    fn total(self) -> f64 {
        // A zero that was nothing lost would change the sign of one that is the sum.
        if self.lost != 0.0 && self.lost.is_finite() { self.sum + self.lost } else { self.sum }
    }
}

/// A sum in progress: small ints, then floats, then complex numbers, then anything.
enum Total {
    Int(i64),
    Float(Compensated),
    Complex(Compensated, Compensated),
    Any(Value),
}

impl Total {
    fn start(value: Value) -> Self {
        match (value.as_small_int(), exact_float(value), exact_complex(value)) {
            (Some(number), ..) => Total::Int(number),
            (_, Some(number), _) => Total::Float(Compensated::of(number)),
            (.., Some(number)) => Total::Complex(Compensated::of(number.real), Compensated::of(number.imaginary)),
            _ => Total::Any(value),
        }
    }

    fn value(&self, t: &Thread) -> R {
        match self {
            Total::Int(number) => crate::objects::int_from_i64(t, *number),
            Total::Float(sum) => float_value(t, sum.total()),
            Total::Complex(re, im) => complex_value(t, Complex { real: re.total(), imaginary: im.total() }),
            Total::Any(value) => Ok(*value),
        }
    }

    fn add(&mut self, t: &Thread, item: Value) -> R<()> {
        let next = match (&*self, item.as_small_int(), exact_float(item)) {
            (Total::Int(total), Some(number), _) => total.checked_add(number).map(Total::Int),
            (Total::Float(sum), Some(number), _) => Some(Total::Float(sum.plus(number as f64))),
            (Total::Float(sum), _, Some(number)) => Some(Total::Float(sum.plus(number))),
            (Total::Complex(re, im), Some(number), _) => Some(Total::Complex(re.plus(number as f64), *im)),
            (Total::Complex(re, im), _, Some(number)) => Some(Total::Complex(re.plus(number), *im)),
            (Total::Complex(re, im), ..) => {
                exact_complex(item).map(|number| Total::Complex(re.plus(number.real), im.plus(number.imaginary)))
            }
            _ => None,
        };
        *self = match next {
            Some(next) => next,
            None => Self::start(protocols::binary(t, BinaryOp::Add, self.value(t)?, item)?),
        };
        Ok(())
    }
}

/// Return the sum of a 'start' value (default: 0) plus an iterable of numbers
///
/// When the iterable is empty, return the start value.
/// This function is intended specifically for use with numeric values and may
/// reject non-numeric types.
#[native("sum(iterable, /, start=(0))")]
fn sum(t: &Thread, iterable: Value, start: Option<Value>) -> R {
    let start = start.unwrap_or(Value::small(0));
    if Str::of(t, start).is_some() {
        return Err(t.type_error("sum() can't sum strings [use ''.join(seq) instead]"));
    }
    let class = start.class(t);
    for (refused, hint) in [(t.classes().bytes, "bytes"), (t.classes().bytearray, "bytearray")] {
        if class.is_subclass_of(refused) {
            return Err(t.type_error(format_args!("sum() can't sum {hint} [use b''.join(seq) instead]")));
        }
    }
    let mut total = Total::start(start);
    protocols::for_each(t, iterable, |item| total.add(t, item))?;
    total.value(t)
}
