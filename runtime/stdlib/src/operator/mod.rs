//! `_operator`: the operators as functions.

mod getters;

use vm::builtins::arguments::is_iterable;
use vm::modules::{NativeModule, nothing_to_add};
use vm::native::Args;
use vm::objects::{Bytes, int_from_i64};
use vm::protocols::{self, BinaryOp, CompareOp, UnaryOp};
use vm::{R, Str, Thread, Value, native};

macro_rules! functions {
    ($($doc:literal $name:ident $signature:literal ($($argument:ident),*) $body:expr;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            fn $name(t: &Thread, $($argument: Value),*) -> R {
                let body: fn(&Thread, $(functions!(@value $argument)),*) -> R = $body;
                body(t, $($argument),*)
            }
        )*
    };
    (@value $argument:ident) => { Value };
}

functions! {
    "Same as a < b." lt "lt(a, b, /)" (a, b) |t, a, b| protocols::compare(t, a, b, CompareOp::Lt);
    "Same as a <= b." le "le(a, b, /)" (a, b) |t, a, b| protocols::compare(t, a, b, CompareOp::Le);
    "Same as a == b." eq "eq(a, b, /)" (a, b) |t, a, b| protocols::compare(t, a, b, CompareOp::Eq);
    "Same as a != b." ne "ne(a, b, /)" (a, b) |t, a, b| protocols::compare(t, a, b, CompareOp::Ne);
    "Same as a >= b." ge "ge(a, b, /)" (a, b) |t, a, b| protocols::compare(t, a, b, CompareOp::Ge);
    "Same as a > b." gt "gt(a, b, /)" (a, b) |t, a, b| protocols::compare(t, a, b, CompareOp::Gt);
    "Same as not a." not_ "not_(a, /)" (a) |t, a| Ok(Value::bool(!protocols::is_true(t, a)?));
    "Return True if a is true, False otherwise." truth "truth(a, /)" (a) |t, a| Ok(Value::bool(protocols::is_true(t, a)?));
    "Same as a is b." is_ "is_(a, b, /)" (a, b) |_, a, b| Ok(Value::bool(a.is(b)));
    "Same as a is not b." is_not "is_not(a, b, /)" (a, b) |_, a, b| Ok(Value::bool(!a.is(b)));
    "Same as a is None." is_none "is_none(a, /)" (a) |_, a| Ok(Value::bool(a.is_none()));
    "Same as a is not None." is_not_none "is_not_none(a, /)" (a) |_, a| Ok(Value::bool(!a.is_none()));
    "Same as abs(a)." abs "abs(a, /)" (a) |t, a| protocols::absolute(t, a);
    "Same as a + b." add "add(a, b, /)" (a, b) |t, a, b| protocols::binary(t, BinaryOp::Add, a, b);
    "Same as a & b." and_ "and_(a, b, /)" (a, b) |t, a, b| protocols::binary(t, BinaryOp::And, a, b);
    "Same as a // b." floordiv "floordiv(a, b, /)" (a, b) |t, a, b| protocols::binary(t, BinaryOp::FloorDiv, a, b);
    "Same as a.__index__()" index "index(a, /)" (a) |t, a| protocols::index(t, a);
    "Same as ~a." inv "inv(a, /)" (a) |t, a| protocols::unary(t, UnaryOp::Invert, a);
    "Same as ~a." invert "invert(a, /)" (a) |t, a| protocols::unary(t, UnaryOp::Invert, a);
    "Same as a << b." lshift "lshift(a, b, /)" (a, b) |t, a, b| protocols::binary(t, BinaryOp::LShift, a, b);
    "Same as a % b." modulo "mod(a, b, /)" (a, b) |t, a, b| protocols::binary(t, BinaryOp::Mod, a, b);
    "Same as a * b." mul "mul(a, b, /)" (a, b) |t, a, b| protocols::binary(t, BinaryOp::Mul, a, b);
    "Same as a @ b." matmul "matmul(a, b, /)" (a, b) |t, a, b| protocols::binary(t, BinaryOp::MatMul, a, b);
    "Same as -a." neg "neg(a, /)" (a) |t, a| protocols::unary(t, UnaryOp::Neg, a);
    "Same as a | b." or_ "or_(a, b, /)" (a, b) |t, a, b| protocols::binary(t, BinaryOp::Or, a, b);
    "Same as +a." pos "pos(a, /)" (a) |t, a| protocols::unary(t, UnaryOp::Pos, a);
    "Same as a ** b." pow "pow(a, b, /)" (a, b) |t, a, b| protocols::binary(t, BinaryOp::Pow, a, b);
    "Same as a >> b." rshift "rshift(a, b, /)" (a, b) |t, a, b| protocols::binary(t, BinaryOp::RShift, a, b);
    "Same as a - b." sub "sub(a, b, /)" (a, b) |t, a, b| protocols::binary(t, BinaryOp::Sub, a, b);
    "Same as a / b." truediv "truediv(a, b, /)" (a, b) |t, a, b| protocols::binary(t, BinaryOp::TrueDiv, a, b);
    "Same as a ^ b." xor "xor(a, b, /)" (a, b) |t, a, b| protocols::binary(t, BinaryOp::Xor, a, b);
    "Same as a += b." iadd "iadd(a, b, /)" (a, b) |t, a, b| protocols::inplace(t, BinaryOp::Add, a, b);
    "Same as a &= b." iand "iand(a, b, /)" (a, b) |t, a, b| protocols::inplace(t, BinaryOp::And, a, b);
    "Same as a //= b." ifloordiv "ifloordiv(a, b, /)" (a, b) |t, a, b| protocols::inplace(t, BinaryOp::FloorDiv, a, b);
    "Same as a <<= b." ilshift "ilshift(a, b, /)" (a, b) |t, a, b| protocols::inplace(t, BinaryOp::LShift, a, b);
    "Same as a %= b." imod "imod(a, b, /)" (a, b) |t, a, b| protocols::inplace(t, BinaryOp::Mod, a, b);
    "Same as a *= b." imul "imul(a, b, /)" (a, b) |t, a, b| protocols::inplace(t, BinaryOp::Mul, a, b);
    "Same as a @= b." imatmul "imatmul(a, b, /)" (a, b) |t, a, b| protocols::inplace(t, BinaryOp::MatMul, a, b);
    "Same as a |= b." ior "ior(a, b, /)" (a, b) |t, a, b| protocols::inplace(t, BinaryOp::Or, a, b);
    "Same as a **= b." ipow "ipow(a, b, /)" (a, b) |t, a, b| protocols::inplace(t, BinaryOp::Pow, a, b);
    "Same as a >>= b." irshift "irshift(a, b, /)" (a, b) |t, a, b| protocols::inplace(t, BinaryOp::RShift, a, b);
    "Same as a -= b." isub "isub(a, b, /)" (a, b) |t, a, b| protocols::inplace(t, BinaryOp::Sub, a, b);
    "Same as a /= b." itruediv "itruediv(a, b, /)" (a, b) |t, a, b| protocols::inplace(t, BinaryOp::TrueDiv, a, b);
    "Same as a ^= b." ixor "ixor(a, b, /)" (a, b) |t, a, b| protocols::inplace(t, BinaryOp::Xor, a, b);
    "Same as a + b, for a and b sequences." concat "concat(a, b, /)" (a, b) |t, a, b| {
        check_sequence(t, a)?;
        protocols::binary(t, BinaryOp::Add, a, b)
    };
    "Same as a += b, for a and b sequences." iconcat "iconcat(a, b, /)" (a, b) |t, a, b| {
        check_sequence(t, a)?;
        protocols::inplace(t, BinaryOp::Add, a, b)
    };
    "Same as b in a (note reversed operands)." contains "contains(a, b, /)" (a, b) |t, a, b| protocols::contains(t, a, b).map(Value::bool);
    "Same as a[b]." getitem "getitem(a, b, /)" (a, b) |t, a, b| protocols::get_item(t, a, b);
    "Same as del a[b]." delitem "delitem(a, b, /)" (a, b) |t, a, b| protocols::delete_item(t, a, b).map(|()| Value::NONE);
    "Same as a[b] = c." setitem "setitem(a, b, c, /)" (a, b, c) |t, a, b, c| protocols::set_item(t, a, b, c).map(|()| Value::NONE);
}

fn check_sequence(t: &Thread, value: Value) -> R<()> {
    if protocols::is_sequence(t, value) {
        return Ok(());
    }
    Err(t.type_error(format_args!("'{}' object can't be concatenated", value.class(t).name())))
}

fn check_iterable(t: &Thread, value: Value) -> R<()> {
    if is_iterable(t, value) {
        return Ok(());
    }
    Err(t.type_error(format_args!("argument of type '{}' is not iterable", value.class(t).name())))
}

/// Return the number of items in a which are, or which equal, b.
#[native("countOf(a, b, /)")]
fn count_of(t: &Thread, a: Value, b: Value) -> R<usize> {
    check_iterable(t, a)?;
    let mut count = 0;
    protocols::for_each(t, a, |item| {
        count += usize::from(protocols::equal(t, item, b)?);
        Ok(())
    })?;
    Ok(count)
}

/// Return the first index of b in a.
#[native("indexOf(a, b, /)")]
fn index_of(t: &Thread, a: Value, b: Value) -> R {
    check_iterable(t, a)?;
    let (mut index, mut found) = (0, false);
    protocols::for_each_until(t, a, |item| {
        found = protocols::equal(t, item, b)?;
        index += i64::from(!found);
        Ok(!found)
    })?;
    if found { int_from_i64(t, index) } else { Err(t.value_error("sequence.index(x): x not in sequence")) }
}

/// Return an estimate of the number of items in obj.
///
/// This is useful for presizing containers when building from an iterable.
///
/// If the object supports len(), the result will be exact.
/// Otherwise, it may over- or under-estimate by an arbitrary amount.
/// The result will be an integer >= 0.
#[native("length_hint(obj, default=0, /)")]
fn length_hint(t: &Thread, obj: Value, default: i64) -> R<usize> {
    protocols::length_hint(t, obj, default.max(0) as usize)
}

/// Same as obj(*args, **kwargs).
#[native("call(obj, /, *args, **kwargs)", raw)]
fn call(t: &Thread, args: Args<'_>) -> R {
    match args.positional().first() {
        Some(&function) => protocols::call_args(t, function, args.rest()),
        None => Err(t.type_error("call expected at least 1 argument, got 0")),
    }
}

/// Return 'a == b'.
///
/// This function uses an approach designed to prevent
/// timing analysis, making it appropriate for cryptography.
///
/// a and b must both be of the same type: either str (ASCII only),
/// or any bytes-like object.
///
/// Note: If a and b are of different lengths, or if an error occurs,
/// a timing attack could theoretically reveal information about the
/// types and lengths of a and b--but not their values.
#[native("_compare_digest(a, b, /)")]
fn compare_digest(t: &Thread, a: Value, b: Value) -> R<bool> {
    if let (Some(a), Some(b)) = (Str::of(t, a), Str::of(t, b)) {
        return match (a.target().as_utf8(), b.target().as_utf8()) {
            (Some(a), Some(b)) => Ok(same_bytes(a.as_bytes(), b.as_bytes())),
            _ => Err(t.type_error("comparing strings with non-ASCII characters is not supported")),
        };
    }
    let (Some(first), Some(second)) = (bytes(t, a), bytes(t, b)) else {
        let (a, b) = (a.class(t).name(), b.class(t).name());
        return Err(t.type_error(format_args!("unsupported operand types(s) or combination of types: '{a}' and '{b}'")));
    };
    Ok(same_bytes(&first, &second))
}

fn bytes(t: &Thread, value: Value) -> Option<Vec<u8>> {
    if let Some(bytes) = Bytes::of(t, value) {
        return Some(bytes.as_slice().to_vec());
    }
    value.downcast::<vm::objects::ByteArray>().map(|bytes| bytes.to_vec(t))
}

/// Compares all bytes whatever the first ones say.
fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    let differing = b
        .iter()
        .enumerate()
        .fold(0, |differing, (index, &byte)| differing | (byte ^ a.get(index).copied().unwrap_or(!byte)));
    std::hint::black_box(differing) == 0 && a.len() == b.len()
}

/// `_operator`
pub static OPERATOR: NativeModule = NativeModule {
    name: "_operator",
    doc: "Operator interface.\n\nThis module exports a set of functions implemented in C corresponding\nto the intrinsic operators of Python.  For example, operator.add(x, y)\nis equivalent to the expression x+y.",
    functions: &[
        &LT,
        &LE,
        &EQ,
        &NE,
        &GE,
        &GT,
        &NOT_,
        &TRUTH,
        &IS_,
        &IS_NOT,
        &IS_NONE,
        &IS_NOT_NONE,
        &ABS,
        &ADD,
        &AND_,
        &FLOORDIV,
        &INDEX,
        &INV,
        &INVERT,
        &LSHIFT,
        &MODULO,
        &MUL,
        &MATMUL,
        &NEG,
        &OR_,
        &POS,
        &POW,
        &RSHIFT,
        &SUB,
        &TRUEDIV,
        &XOR,
        &IADD,
        &IAND,
        &IFLOORDIV,
        &ILSHIFT,
        &IMOD,
        &IMUL,
        &IMATMUL,
        &IOR,
        &IPOW,
        &IRSHIFT,
        &ISUB,
        &ITRUEDIV,
        &IXOR,
        &CONCAT,
        &ICONCAT,
        &CONTAINS,
        &GETITEM,
        &DELITEM,
        &SETITEM,
        &COUNT_OF,
        &INDEX_OF,
        &LENGTH_HINT,
        &CALL,
        &COMPARE_DIGEST,
    ],
    classes: &[&getters::ATTRGETTER, &getters::ITEMGETTER, &getters::METHODCALLER],
    initialize: nothing_to_add,
};
