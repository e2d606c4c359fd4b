//! Binary, in-place and unary operators: the complete dispatch behind the fast paths of the dispatch loop.
//!
//! The order in which operands are asked is CPython's. A type of a builtin sequence has no number slots there: its
//! `__add__` and `__mul__` are asked only after both operands' number methods declined, so a right operand's
//! `__radd__` comes before `list.__add__`. `is_sequence_method` tells such methods.

use text::ints::IntRef;

use crate::names::Special;
use crate::native::plural;
use crate::object::Ref;
use crate::objects::complex::{Complex, complex_value, exact_complex};
use crate::objects::float::exact_float;
use crate::objects::int::exact_int;
use crate::objects::int_arithmetic as ints;
use crate::objects::{Class, NativeFunction, Str, float_value, int_of, is_exact_int};
use crate::protocols::call_special;
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

macro_rules! binary_operators {
    ($($name:ident $method:ident $reflected:ident $in_place:ident $symbol:literal;)*) => {
        /// A binary operator.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(missing_docs, reason = "the variant is the operator's method")]
        pub enum BinaryOp { $($name,)* }

        impl BinaryOp {
            /// All of them.
            pub const ALL: &[BinaryOp] = &[$(BinaryOp::$name),*];

            /// The left operand's method.
            #[inline]
            #[must_use]
            pub fn method(self) -> Special {
                match self { $(BinaryOp::$name => Special::$method,)* }
            }

            /// The right operand's method.
            #[inline]
            #[must_use]
            pub fn reflected(self) -> Special {
                match self { $(BinaryOp::$name => Special::$reflected,)* }
            }

            /// The method of the augmented assignment (`divmod` has none and gives that of `//`).
            #[inline]
            #[must_use]
            pub fn in_place(self) -> Special {
                match self { $(BinaryOp::$name => Special::$in_place,)* }
            }

            /// The operator as messages show it.
            #[must_use]
            pub fn symbol(self) -> &'static str {
                match self { $(BinaryOp::$name => $symbol,)* }
            }
        }
    };
}

binary_operators! {
    Add Add RAdd IAdd "+";
    Sub Sub RSub ISub "-";
    Mul Mul RMul IMul "*";
    MatMul MatMul RMatMul IMatMul "@";
    TrueDiv TrueDiv RTrueDiv ITrueDiv "/";
    FloorDiv FloorDiv RFloorDiv IFloorDiv "//";
    Mod Mod RMod IMod "%";
    DivMod DivMod RDivMod IFloorDiv "divmod()";
    Pow Pow RPow IPow "** or pow()";
    LShift LShift RLShift ILShift "<<";
    RShift RShift RRShift IRShift ">>";
    And And RAnd IAnd "&";
    Xor Xor RXor IXor "^";
    Or Or ROr IOr "|";
}

/// A unary operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the variant is the operator's method")]
pub enum UnaryOp {
    Neg,
    Pos,
    Invert,
    Abs,
}

/// `a op b`.
#[inline(always)]
pub fn binary(t: &Thread, op: BinaryOp, a: Value, b: Value) -> R {
    match exact_ints(op, a, b) {
        Some((x, y)) => crate::builtins::int::binary(t, op, x, y),
        None => binary_slow(t, op, a, b),
    }
}

/// The numbers of two ints, if the operation is one of ints.
#[inline(always)]
fn exact_ints<'a>(op: BinaryOp, a: Value, b: Value) -> Option<(IntRef<'a>, IntRef<'a>)> {
    if op == BinaryOp::MatMul {
        return None;
    }
    Some((exact_int(a)?, exact_int(b)?))
}

#[inline(never)]
fn binary_slow(t: &Thread, op: BinaryOp, a: Value, b: Value) -> R {
    if let Some((a, b)) = strings_to_join(t, op, a, b) {
        return Str::concat(t, a, b).map(Ref::value);
    }
    if let Some(result) = builtin_numbers(t, op, a, b) {
        return result;
    }
    let result = dispatch(t, op, a, b)?;
    if result.is(Value::NOT_IMPLEMENTED) { Err(unsupported(t, op.symbol(), op, a, b)) } else { Ok(result) }
}

/// The operands of a `+` of two strings of exactly `str`.
fn strings_to_join(t: &Thread, op: BinaryOp, a: Value, b: Value) -> Option<(Ref<Str>, Ref<Str>)> {
    let class = t.classes().str;
    if op != BinaryOp::Add || a.class(t) != class || b.class(t) != class {
        return None;
    }
    Some((a.downcast()?, b.downcast()?))
}

/// Both are exactly `int`, `float`, `complex` or, where it does as `int` does, `bool`: no method needs to be looked up.
fn builtin_numbers(t: &Thread, op: BinaryOp, a: Value, b: Value) -> Option<R> {
    let bits = matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Xor);
    let is_bool = |value: Value| !bits && matches!(value, Value::TRUE | Value::FALSE);
    let exact = |value: Value| is_exact_int(value) || is_bool(value) || value.class(t) == t.classes().float;
    let complex = |value: Value| value.class(t) == t.classes().complex;
    match (exact(a), exact(b)) {
        (true, true) => match (int_of(a), int_of(b)) {
            (Some(x), Some(y)) => Some(crate::builtins::int::binary(t, op, x, y)),
            _ => crate::builtins::float::binary(t, op, a, b),
        },
        (real_a, real_b) if (real_a || complex(a)) && (real_b || complex(b)) => {
            Some(crate::builtins::complex::binary(t, op, a, b))
        }
        _ => None,
    }
    .filter(|result| !matches!(result, Ok(Value::NOT_IMPLEMENTED)))
}

/// `a op= b`.
#[inline(always)]
pub fn inplace(t: &Thread, op: BinaryOp, a: Value, b: Value) -> R {
    match exact_ints(op, a, b) {
        Some((x, y)) => crate::builtins::int::binary(t, op, x, y),
        None => inplace_slow(t, op, a, b),
    }
}

#[inline(never)]
fn inplace_slow(t: &Thread, op: BinaryOp, a: Value, b: Value) -> R {
    if let Some((a, b)) = strings_to_join(t, op, a, b) {
        return Str::concat(t, a, b).map(Ref::value);
    }
    if let Some(result) = builtin_numbers(t, op, a, b) {
        return result;
    }
    let Some(method) = a.class(t).special(t, op.in_place()).filter(|_| op != BinaryOp::DivMod) else {
        let result = dispatch(t, op, a, b)?;
        return if result.is(Value::NOT_IMPLEMENTED) { Err(unsupported_in_place(t, op, a, b)) } else { Ok(result) };
    };
    if is_sequence_method(t, method) {
        return sequence_in_place(t, op, method, a, b);
    }
    let mut result = call_special(t, method, a, &[b])?;
    if result.is(Value::NOT_IMPLEMENTED) {
        result = dispatch(t, op, a, b)?;
    }
    if result.is(Value::NOT_IMPLEMENTED) { Err(unsupported_in_place(t, op, a, b)) } else { Ok(result) }
}

/// `list += x`, `bytearray *= n`: number methods of the right operand come first.
fn sequence_in_place(t: &Thread, op: BinaryOp, method: Value, a: Value, b: Value) -> R {
    let result = ask_reflected(t, op, a, b)?;
    if !result.is(Value::NOT_IMPLEMENTED) {
        return Ok(result);
    }
    if op == BinaryOp::Mul {
        check_repeat_count(t, b)?;
    }
    call_special(t, method, a, &[b])
}

/// Asks the operands in CPython's order; gives NotImplemented if both decline.
fn dispatch(t: &Thread, op: BinaryOp, a: Value, b: Value) -> R {
    let (class_a, class_b) = (a.class(t), b.class(t));
    let left = class_a.special(t, op.method());
    if let Some(method) = left.filter(|_| matches!(op, BinaryOp::Add | BinaryOp::Mul))
        && is_sequence_method(t, method)
    {
        return sequence_operation(t, op, method, a, b);
    }
    if class_a == class_b {
        return match left {
            Some(method) => call_special(t, method, a, &[b]),
            None => Ok(Value::NOT_IMPLEMENTED),
        };
    }
    let right = class_b.special(t, op.reflected());
    if let Some(right) = right.filter(|&right| takes_priority(t, op, class_a, class_b, right)) {
        let result = call_special(t, right, b, &[a])?;
        if !result.is(Value::NOT_IMPLEMENTED) {
            return Ok(result);
        }
        return ask_left(t, left, a, b);
    }
    let result = ask_left(t, left, a, b)?;
    match right {
        Some(right) if result.is(Value::NOT_IMPLEMENTED) => ask_right(t, op, right, a, b),
        _ => Ok(result),
    }
}

/// Asks the right operand's method after the left one's.
fn ask_right(t: &Thread, op: BinaryOp, right: Value, a: Value, b: Value) -> R {
    if op == BinaryOp::Mul && is_sequence_method(t, right) {
        check_repeat_count(t, a)?;
    }
    call_special(t, right, b, &[a])
}

/// What is left to do of `a op b` (or `a op= b`) when the left operand's method has declined, which had no other before it; or the
/// right one's, after which there is none.
pub fn declined(t: &Thread, op: BinaryOp, in_place: bool, a: Value, b: Value, right_was_asked: bool) -> R {
    let (class_a, class_b) = (a.class(t), b.class(t));
    let reflected = class_b.special(t, op.reflected()).filter(|_| !right_was_asked && class_a != class_b);
    if let Some(right) = reflected {
        let result = ask_right(t, op, right, a, b)?;
        if !result.is(Value::NOT_IMPLEMENTED) {
            return Ok(result);
        }
    }
    Err(if in_place { unsupported_in_place(t, op, a, b) } else { unsupported(t, op.symbol(), op, a, b) })
}

fn ask_left(t: &Thread, left: Option<Value>, a: Value, b: Value) -> R {
    left.map_or(Ok(Value::NOT_IMPLEMENTED), |method| call_special(t, method, a, &[b]))
}

/// A right operand whose class derives from the left one's, and overrides the reflected method, is asked first.
fn takes_priority(t: &Thread, op: BinaryOp, class_a: Ref<Class>, class_b: Ref<Class>, right: Value) -> bool {
    class_b.is_subclass_of(class_a) && class_a.special(t, op.reflected()).is_none_or(|inherited| !inherited.is(right))
}

/// Asks only the right operand's number method.
fn ask_reflected(t: &Thread, op: BinaryOp, a: Value, b: Value) -> R {
    if a.class(t) == b.class(t) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    match b.class(t).special(t, op.reflected()).filter(|&method| !is_sequence_method(t, method)) {
        Some(method) => call_special(t, method, b, &[a]),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn sequence_operation(t: &Thread, op: BinaryOp, method: Value, a: Value, b: Value) -> R {
    let result = ask_reflected(t, op, a, b)?;
    if !result.is(Value::NOT_IMPLEMENTED) {
        return Ok(result);
    }
    if op == BinaryOp::Mul {
        check_repeat_count(t, b)?;
    }
    call_special(t, method, a, &[b])
}

fn check_repeat_count(t: &Thread, count: Value) -> R<()> {
    if int_of(count).is_some() || count.class(t).special(t, Special::Index).is_some() {
        return Ok(());
    }
    Err(t.type_error(format_args!("can't multiply sequence by non-int of type '{}'", count.class(t).name())))
}

/// Whether this is a native `__add__`, `__mul__` (and kin) of a builtin sequence: of a class that concatenates without
/// a `__radd__`.
fn is_sequence_method(t: &Thread, method: Value) -> bool {
    let Some(function) = method.downcast::<NativeFunction>() else { return false };
    let Some(owner) = function.owner.get().and_then(Value::downcast::<Class>) else { return false };
    owner.special(t, Special::Add).is_some() && owner.special(t, Special::RAdd).is_none()
}

/// `pow(a, b, modulus)`.
pub fn power(t: &Thread, a: Value, b: Value, modulus: Option<Value>) -> R {
    let Some(modulus) = modulus.filter(|modulus| !modulus.is_none()) else { return binary(t, BinaryOp::Pow, a, b) };
    if let (Some(x), Some(y), Some(z)) = (exact_int(a), exact_int(b), exact_int(modulus)) {
        return ints::pow_mod(t, x, y, z);
    }
    let arguments = [b, modulus];
    let (class_a, class_b) = (a.class(t), b.class(t));
    let mut result = Value::NOT_IMPLEMENTED;
    let right = class_b.special(t, Special::RPow).filter(|_| class_a != class_b);
    let first = right.filter(|&right| takes_priority(t, BinaryOp::Pow, class_a, class_b, right));
    if let Some(right) = first {
        result = call_special(t, right, b, &[a, modulus])?;
    }
    if result.is(Value::NOT_IMPLEMENTED)
        && let Some(left) = class_a.special(t, Special::Pow)
    {
        result = call_special(t, left, a, &arguments)?;
    }
    if let (None, Some(right)) = (first, right)
        && result.is(Value::NOT_IMPLEMENTED)
    {
        result = call_special(t, right, b, &[a, modulus])?;
    }
    if !result.is(Value::NOT_IMPLEMENTED) {
        return Ok(result);
    }
    let names = [a, b, modulus].map(|value| value.class(t).type_name(t));
    Err(t.type_error(format_args!(
        "unsupported operand type(s) for ** or pow(): '{}', '{}', '{}'",
        names[0], names[1], names[2]
    )))
}

/// `-v`, `+v`, `~v` and `abs(v)`.
pub fn unary(t: &Thread, op: UnaryOp, value: Value) -> R {
    if let Some(number) = exact_int(value) {
        return match op {
            UnaryOp::Neg => ints::neg(t, number),
            UnaryOp::Pos => Ok(value),
            UnaryOp::Invert => ints::invert(t, number),
            UnaryOp::Abs => ints::abs(t, number),
        };
    }
    if let Some(number) = value.as_word_float() {
        match op {
            UnaryOp::Neg => return float_value(t, -number),
            UnaryOp::Pos => return Ok(value),
            UnaryOp::Abs => return float_value(t, number.abs()),
            UnaryOp::Invert => {}
        }
    }
    if value.class(t) == t.classes().complex
        && let Some(number) = exact_complex(value)
    {
        match op {
            UnaryOp::Neg => {
                return complex_value(t, Complex { real: -number.real, imaginary: -number.imaginary });
            }
            UnaryOp::Pos => return Ok(value),
            UnaryOp::Abs => return float_value(t, crate::builtins::complex::absolute(t, number)?),
            UnaryOp::Invert => {}
        }
    }
    let (special, sign) = match op {
        UnaryOp::Neg => (Special::Neg, "unary -"),
        UnaryOp::Pos => (Special::Pos, "unary +"),
        UnaryOp::Invert => (Special::Invert, "unary ~"),
        UnaryOp::Abs => (Special::Abs, "abs()"),
    };
    match value.class(t).special(t, special) {
        Some(method) => call_special(t, method, value, &[]),
        None => Err(t.type_error(format_args!("bad operand type for {sign}: '{}'", value.class(t).type_name(t)))),
    }
}

/// `abs(v)`.
pub fn absolute(t: &Thread, value: Value) -> R {
    unary(t, UnaryOp::Abs, value)
}

#[cold]
fn unsupported(t: &Thread, symbol: &str, op: BinaryOp, a: Value, b: Value) -> Raised {
    let (class_a, class_b) = (a.class(t).type_name(t), b.class(t).type_name(t));
    if op == BinaryOp::RShift && is_print(t, a) {
        return t.type_error(format_args!(
            "unsupported operand type(s) for {symbol}: '{class_a}' and '{class_b}'. Did you mean \"print(<message>, file=<output_stream>)\"?"
        ));
    }
    t.type_error(format_args!("unsupported operand type(s) for {symbol}: '{class_a}' and '{class_b}'"))
}

fn is_print(_: &Thread, value: Value) -> bool {
    value.downcast::<NativeFunction>().is_some_and(|function| function.definition().name == "print")
}

#[cold]
fn unsupported_in_place(t: &Thread, op: BinaryOp, a: Value, b: Value) -> Raised {
    let symbol = match op {
        BinaryOp::Pow => "**=".to_owned(),
        op => format!("{}=", op.symbol()),
    };
    unsupported(t, &symbol, if op == BinaryOp::RShift { BinaryOp::LShift } else { op }, a, b)
}

/// The complex number that an exact int, float or complex (or instance of a subclass) is.
#[must_use]
pub fn number_as_complex(value: Value) -> Option<Complex> {
    exact_complex(value).or_else(|| exact_float(value).map(Complex::of_real))
}

/// "takes N arguments (M given)" of methods that count their arguments themselves.
#[cold]
pub fn argument_count_error(t: &Thread, function: &str, least: usize, most: usize, given: usize) -> Raised {
    if least == most {
        return t.type_error(format_args!("{function} expected {least} argument{}, got {given}", plural(least)));
    }
    let (word, limit) = if given < least { ("least", least) } else { ("most", most) };
    t.type_error(format_args!("{function} expected at {word} {limit} argument{}, got {given}", plural(limit)))
}
