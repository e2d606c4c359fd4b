//! The class `float`.

use macros::native;
use text::floats;
use text::format::{Locale, format_float, short};
use text::ints::IntRef;

use crate::builtins::construct::{self, class_argument, class_name, raise_format_error};
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::complex::{Complex, complex_value};
use crate::objects::float::{
    FloatObject, compare_float_int, exact_float, float_divmod, float_instance, float_value, int_to_float,
};
use crate::objects::int::{int_from, int_from_big};
use crate::objects::{ByteArray, Bytes, Class, ClassFlags, Str, Tuple, int_of};
use crate::protocols::{self, BinaryOp, CompareOp};
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

/// A float, or an int as the float nearest to it; nothing for other classes.
fn real(t: &Thread, value: Value) -> R<Option<f64>> {
    if let Some(number) = exact_float(value) {
        return Ok(Some(number));
    }
    match int_of(value) {
        Some(number) => int_to_float(t, number).map(Some),
        None => Ok(None),
    }
}

/// `a op b` for two values of which each is a float or an int; nothing if one is neither.
pub fn binary(t: &Thread, op: BinaryOp, a: Value, b: Value) -> Option<R> {
    match (real(t, a), real(t, b)) {
        (Ok(Some(x)), Ok(Some(y))) => Some(compute(t, op, x, y)),
        (Ok(None), _) => None,
        (_, Ok(None)) => None,
        (Err(raised), _) | (_, Err(raised)) => Some(Err(raised)),
    }
}

fn compute(t: &Thread, op: BinaryOp, x: f64, y: f64) -> R {
    if y == 0.0 && matches!(op, BinaryOp::TrueDiv | BinaryOp::FloorDiv | BinaryOp::Mod | BinaryOp::DivMod) {
        return Err(t.zero_division_error("division by zero"));
    }
    match op {
        BinaryOp::Add => float_value(t, x + y),
        BinaryOp::Sub => float_value(t, x - y),
        BinaryOp::Mul => float_value(t, x * y),
        BinaryOp::TrueDiv => float_value(t, x / y),
        BinaryOp::FloorDiv => float_value(t, float_divmod(x, y).0),
        BinaryOp::Mod => float_value(t, float_divmod(x, y).1),
        BinaryOp::DivMod => {
            let (quotient, rest) = float_divmod(x, y);
            Ok(Tuple::from_slice(t, &[float_value(t, quotient)?, float_value(t, rest)?])?.value())
        }
        BinaryOp::Pow => power(t, x, y),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn power(t: &Thread, x: f64, y: f64) -> R {
    if x == 0.0 && y < 0.0 && y.is_finite() {
        return Err(t.zero_division_error("zero to a negative power"));
    }
    if x < 0.0 && x.is_finite() && y.is_finite() && y != y.floor() {
        let result = Complex::of_real(x).power(Complex::of_real(y)).unwrap_or(Complex::of_real(f64::NAN));
        return complex_value(t, result);
    }
    let result = x.powf(y);
    if result.is_infinite() && x.is_finite() && y.is_finite() {
        return Err(out_of_range(t));
    }
    float_value(t, result)
}

#[cold]
fn out_of_range(t: &Thread) -> Raised {
    match Str::new(t, "Numerical result out of range") {
        Ok(text) => t.raise_with(t.classes().overflow_error, &[Value::small(34), text.value()]),
        Err(raised) => raised,
    }
}

macro_rules! operators {
    ($($function:ident $reflected:ident $op:ident $signature:literal $reflected_signature:literal $doc:literal $reflected_doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            fn $function(t: &Thread, this: Value, other: Value) -> R {
                binary(t, BinaryOp::$op, this, other).unwrap_or(Ok(Value::NOT_IMPLEMENTED))
            }

            #[doc = $reflected_doc]
            #[native($reflected_signature)]
            fn $reflected(t: &Thread, this: Value, other: Value) -> R {
                binary(t, BinaryOp::$op, other, this).unwrap_or(Ok(Value::NOT_IMPLEMENTED))
            }
        )*
    };
}

operators! {
    float_add float_radd Add "__add__($self, value, /)" "__radd__($self, value, /)" "Return self+value." "Return value+self.";
    float_sub float_rsub Sub "__sub__($self, value, /)" "__rsub__($self, value, /)" "Return self-value." "Return value-self.";
    float_mul float_rmul Mul "__mul__($self, value, /)" "__rmul__($self, value, /)" "Return self*value." "Return value*self.";
    float_truediv float_rtruediv TrueDiv "__truediv__($self, value, /)" "__rtruediv__($self, value, /)" "Return self/value." "Return value/self.";
    float_floordiv float_rfloordiv FloorDiv "__floordiv__($self, value, /)" "__rfloordiv__($self, value, /)" "Return self//value." "Return value//self.";
    float_mod float_rmod Mod "__mod__($self, value, /)" "__rmod__($self, value, /)" "Return self%value." "Return value%self.";
    float_divmod_method float_rdivmod DivMod "__divmod__($self, value, /)" "__rdivmod__($self, value, /)" "Return divmod(self, value)." "Return divmod(value, self).";
}

fn power_method(t: &Thread, base: Value, exponent: Value, modulus: Option<Value>) -> R {
    if modulus.is_some_and(|modulus| !modulus.is_none()) {
        return Err(t.type_error("pow() 3rd argument not allowed unless all arguments are integers"));
    }
    binary(t, BinaryOp::Pow, base, exponent).unwrap_or(Ok(Value::NOT_IMPLEMENTED))
}

/// Return pow(self, value, mod).
#[native("__pow__($self, value, mod=None, /)")]
fn float_pow(t: &Thread, this: Value, value: Value, modulus: Option<Value>) -> R {
    power_method(t, this, value, modulus)
}

/// Return pow(value, self, mod).
#[native("__rpow__($self, value, mod=None, /)")]
fn float_rpow(t: &Thread, this: Value, value: Value, modulus: Option<Value>) -> R {
    power_method(t, value, this, modulus)
}

fn compare_method(op: CompareOp, this: Value, other: Value) -> Value {
    let Some(x) = exact_float(this) else { return Value::NOT_IMPLEMENTED };
    if let Some(y) = exact_float(other) {
        return Value::bool(op.holds(x.partial_cmp(&y)));
    }
    match int_of(other) {
        Some(y) => Value::bool(op.holds(compare_float_int(x, y))),
        None => Value::NOT_IMPLEMENTED,
    }
}

macro_rules! comparisons {
    ($($function:ident $op:ident $signature:literal $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            fn $function(_: &Thread, this: Value, other: Value) -> Value {
                compare_method(CompareOp::$op, this, other)
            }
        )*
    };
}

comparisons! {
    float_lt Lt "__lt__($self, value, /)" "Return self<value.";
    float_le Le "__le__($self, value, /)" "Return self<=value.";
    float_eq Eq "__eq__($self, value, /)" "Return self==value.";
    float_ne Ne "__ne__($self, value, /)" "Return self!=value.";
    float_gt Gt "__gt__($self, value, /)" "Return self>value.";
    float_ge Ge "__ge__($self, value, /)" "Return self>=value.";
}

/// The number of a receiver, which the caller has checked to be a float.
fn number(t: &Thread, this: Value) -> R<f64> {
    exact_float(this).ok_or_else(|| t.type_error(format_args!("expected a float, not '{}'", this.class(t).name())))
}

/// -self
#[native("__neg__($self, /)")]
fn float_neg(t: &Thread, this: Value) -> R<f64> {
    Ok(-number(t, this)?)
}

/// +self
#[native("__pos__($self, /)")]
fn float_pos(t: &Thread, this: Value) -> R<f64> {
    number(t, this)
}

/// abs(self)
#[native("__abs__($self, /)")]
fn float_abs(t: &Thread, this: Value) -> R<f64> {
    Ok(number(t, this)?.abs())
}

/// True if self else False
#[native("__bool__($self, /)")]
fn float_bool(t: &Thread, this: Value) -> R<bool> {
    Ok(number(t, this)? != 0.0)
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn float_hash_method(t: &Thread, this: Value) -> R<i64> {
    Ok(protocols::hash_of_float(this, number(t, this)?))
}

/// The int of a float's whole part; errors for nan and infinities.
pub fn truncated(t: &Thread, number: f64) -> R {
    match text::ints::from_f64(number) {
        Some(whole) => int_from(t, whole),
        None if number.is_nan() => Err(t.value_error("cannot convert float NaN to integer")),
        None => Err(t.overflow_error("cannot convert float infinity to integer")),
    }
}

/// int(self)
#[native("__int__($self, /)")]
fn float_int(t: &Thread, this: Value) -> R {
    truncated(t, number(t, this)?)
}

/// float(self)
#[native("__float__($self, /)")]
fn float_float(t: &Thread, this: Value) -> R<f64> {
    number(t, this)
}

/// Return the Integral closest to x between 0 and x.
#[native("__trunc__($self, /)")]
fn float_trunc(t: &Thread, this: Value) -> R {
    truncated(t, number(t, this)?)
}

/// Return the floor as an Integral.
#[native("__floor__($self, /)")]
fn float_floor(t: &Thread, this: Value) -> R {
    truncated(t, number(t, this)?.floor())
}

/// Return the ceiling as an Integral.
#[native("__ceil__($self, /)")]
fn float_ceil(t: &Thread, this: Value) -> R {
    truncated(t, number(t, this)?.ceil())
}

/// Return the Integral closest to x, rounding half toward even.
///
/// When an argument is passed, work like built-in round(x, ndigits).
#[native("__round__($self, ndigits=None, /)")]
fn float_round(t: &Thread, this: Value, digits: Option<Value>) -> R {
    let value = number(t, this)?;
    let Some(digits) = digits.filter(|digits| !digits.is_none()) else {
        return truncated(t, floats::round::round_half_even(value));
    };
    let digits = protocols::index_clamped(t, digits)?;
    match floats::round::round_to(value, digits) {
        Some(rounded) => float_value(t, rounded),
        None => Err(t.overflow_error("rounded value too large to represent")),
    }
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn float_repr(t: &Thread, this: Value) -> R<String> {
    Ok(floats::repr(number(t, this)?))
}

/// Formats the float according to format_spec.
#[native("__format__($self, format_spec, /)")]
fn float_format(t: &Thread, this: Value, spec: Ref<Str>) -> R {
    if spec.is_empty() {
        return protocols::str_value(t, this);
    }
    format(t, number(t, this)?, spec, &class_name(t, this, t.classes().float, "float"))
}

/// The text of a float by a specification that is not empty.
pub fn format(t: &Thread, number: f64, spec: Ref<Str>, type_name: &str) -> R {
    if let Some(plain) = spec.as_utf8()
        && let Some(text) = short::format_float(number, plain.as_bytes(), &mut { short::ROOM })
    {
        return Ok(Str::from_ascii(t, text)?.value());
    }
    let text = format_float(number, spec.units(), type_name, &Locale::default());
    Ok(Str::from_owned(t, text.map_err(|error| raise_format_error(t, error))?)?.value())
}

#[native("__getnewargs__($self, /)")]
fn float_getnewargs(t: &Thread, this: Value) -> R {
    Ok(Tuple::from_slice(t, &[float_value(t, number(t, this)?)?])?.value())
}

/// Return self, the complex conjugate of any float.
#[native("conjugate($self, /)")]
fn float_conjugate(t: &Thread, this: Value) -> R<f64> {
    number(t, this)
}

/// Return a pair of integers, whose ratio is exactly equal to the original float.
///
/// The ratio is in lowest terms and has a positive denominator.  Raise
/// OverflowError on infinities and a ValueError on NaNs.
///
/// >>> (10.0).as_integer_ratio()
/// (10, 1)
/// >>> (0.0).as_integer_ratio()
/// (0, 1)
/// >>> (-.25).as_integer_ratio()
/// (-1, 4)
#[native("as_integer_ratio($self, /)")]
fn float_as_integer_ratio(t: &Thread, this: Value) -> R {
    let value = number(t, this)?;
    match floats::round::as_integer_ratio(value) {
        Some((numerator, denominator)) => {
            Ok(Tuple::from_slice(t, &[int_from_big(t, numerator)?, int_from_big(t, denominator)?])?.value())
        }
        None if value.is_nan() => Err(t.value_error("cannot convert NaN to integer ratio")),
        None => Err(t.overflow_error("cannot convert Infinity to integer ratio")),
    }
}

/// Return True if the float is an integer.
#[native("is_integer($self, /)")]
fn float_is_integer(t: &Thread, this: Value) -> R<bool> {
    let value = number(t, this)?;
    Ok(value.is_finite() && value == value.floor())
}

/// Return a hexadecimal representation of a floating-point number.
///
/// >>> (-0.1).hex()
/// '-0x1.999999999999ap-4'
/// >>> 3.14159.hex()
/// '0x1.921f9f01b866ep+1'
#[native("hex($self, /)")]
fn float_hex(t: &Thread, this: Value) -> R<String> {
    Ok(floats::hex::to_hex(number(t, this)?))
}

/// Create a floating-point number from a hexadecimal string.
///
/// >>> float.fromhex('0x1.ffffp10')
/// 2047.984375
/// >>> float.fromhex('-0x1p-1074')
/// -5e-324
#[native("fromhex($type, string, /)")]
fn float_fromhex(t: &Thread, class: Ref<Class>, string: Value) -> R {
    let Some(string) = Str::of(t, string) else {
        return Err(t.type_error("bad argument type for built-in operation"));
    };
    let parsed = floats::hex::from_hex(&string.to_string_lossy()).map_err(|error| match error {
        floats::hex::HexError::TooLarge => t.overflow_error(error.message()),
        _ => t.value_error(error.message()),
    })?;
    of_class(t, class, parsed)
}

fn of_class(t: &Thread, class: Ref<Class>, number: f64) -> R {
    let value = float_value(t, number)?;
    if class == t.classes().float { Ok(value) } else { protocols::call(t, class.value(), &[value]) }
}

/// Convert real number to a floating-point number.
#[native("from_number($type, number, /)")]
fn float_from_number(t: &Thread, class: Ref<Class>, number: Value) -> R {
    if class == t.classes().float && number.class(t) == class {
        return Ok(number);
    }
    let number = protocols::float_of(t, number)?;
    of_class(t, class, number)
}

/// You probably don't want to use this function.
///
///   typestr
///     Must be 'double' or 'float'.
///
/// It exists mainly to be used in Python's test suite.
///
/// This function returns whichever of 'unknown', 'IEEE, big-endian' or 'IEEE,
/// little-endian' best describes the format of floating-point numbers used by the
/// C type named by typestr.
#[native("__getformat__($type, typestr, /)")]
fn float_getformat(t: &Thread, _: Value, kind: Ref<Str>) -> R<&'static str> {
    if !kind.is("double") && !kind.is("float") {
        return Err(t.value_error("__getformat__() argument 1 must be 'double' or 'float'"));
    }
    Ok(if cfg!(target_endian = "little") { "IEEE, little-endian" } else { "IEEE, big-endian" })
}

fn parse(t: &Thread, text: &[u8], given: Value) -> R<f64> {
    match floats::parse::parse(text) {
        Some(number) => Ok(number),
        None => {
            let shown = protocols::repr(t, given)?;
            Err(t.value_error(format_args!("could not convert string to float: {}", shown.to_string_lossy())))
        }
    }
}

/// `float(value)`.
pub fn float_of_value(t: &Thread, value: Value) -> R<f64> {
    if let Some(number) = protocols::float_conversion(t, value)? {
        return Ok(number);
    }
    if let Some(text) = Str::of(t, value) {
        return match text.as_utf8() {
            Some(ascii) => parse(t, ascii.as_bytes(), value),
            None => parse(t, &floats::parse::ascii_number(text.units()), value),
        };
    }
    if let Some(bytes) = Bytes::of(t, value) {
        return parse(t, bytes.target().as_slice(), value);
    }
    if let Some(array) = value.downcast::<ByteArray>() {
        return parse(t, &array.to_vec(t), value);
    }
    if let Some(buffer) = protocols::Buffer::try_of(t, value)? {
        return parse(t, buffer.as_slice(), value);
    }
    Err(t.type_error(format_args!(
        "float() argument must be a string or a real number, not '{}'",
        value.class(t).name()
    )))
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__", raw)]
fn float_new(t: &Thread, args: Args<'_>) -> R {
    let (class, args) = class_argument(t, args, t.classes().float)?;
    construct::no_keywords(t, class, t.classes().float, args)?;
    match args.positional() {
        [] => float_instance(t, class, 0.0),
        [value] if class == t.classes().float && value.class(t) == class => Ok(*value),
        [value] => float_instance(t, class, float_of_value(t, *value)?),
        more => Err(t.type_error(format_args!("float expected at most 1 argument, got {}", more.len()))),
    }
}

fn get_real(t: &Thread, this: Value) -> R {
    float_value(t, number(t, this)?)
}

fn get_imag(t: &Thread, _: Value) -> R {
    float_value(t, 0.0)
}

/// The exact order of a float and an int value, for `statistics`-like native code.
#[must_use]
pub fn order_with_int(number: f64, int: IntRef<'_>) -> Option<std::cmp::Ordering> {
    compare_float_int(number, int)
}

/// `float`.
pub static FLOAT: ClassDef = ClassDef {
    name: "float",
    module: "builtins",
    layout: FloatObject::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::MATCH_SELF,
    doc: "float(x=0, /)\n--\n\nConvert a string or number to a floating-point number, if possible.",
    methods: &[
        MethodDef::New(&FLOAT_NEW),
        MethodDef::Method(&FLOAT_REPR),
        MethodDef::Method(&FLOAT_HASH_METHOD),
        MethodDef::Method(&FLOAT_LT),
        MethodDef::Method(&FLOAT_LE),
        MethodDef::Method(&FLOAT_EQ),
        MethodDef::Method(&FLOAT_NE),
        MethodDef::Method(&FLOAT_GT),
        MethodDef::Method(&FLOAT_GE),
        MethodDef::Method(&FLOAT_ADD),
        MethodDef::Method(&FLOAT_RADD),
        MethodDef::Method(&FLOAT_SUB),
        MethodDef::Method(&FLOAT_RSUB),
        MethodDef::Method(&FLOAT_MUL),
        MethodDef::Method(&FLOAT_RMUL),
        MethodDef::Method(&FLOAT_MOD),
        MethodDef::Method(&FLOAT_RMOD),
        MethodDef::Method(&FLOAT_DIVMOD_METHOD),
        MethodDef::Method(&FLOAT_RDIVMOD),
        MethodDef::Method(&FLOAT_POW),
        MethodDef::Method(&FLOAT_RPOW),
        MethodDef::Method(&FLOAT_NEG),
        MethodDef::Method(&FLOAT_POS),
        MethodDef::Method(&FLOAT_ABS),
        MethodDef::Method(&FLOAT_BOOL),
        MethodDef::Method(&FLOAT_INT),
        MethodDef::Method(&FLOAT_FLOAT),
        MethodDef::Method(&FLOAT_FLOORDIV),
        MethodDef::Method(&FLOAT_RFLOORDIV),
        MethodDef::Method(&FLOAT_TRUEDIV),
        MethodDef::Method(&FLOAT_RTRUEDIV),
        MethodDef::Class(&FLOAT_FROM_NUMBER),
        MethodDef::Method(&FLOAT_CONJUGATE),
        MethodDef::Method(&FLOAT_TRUNC),
        MethodDef::Method(&FLOAT_FLOOR),
        MethodDef::Method(&FLOAT_CEIL),
        MethodDef::Method(&FLOAT_ROUND),
        MethodDef::Method(&FLOAT_AS_INTEGER_RATIO),
        MethodDef::Class(&FLOAT_FROMHEX),
        MethodDef::Method(&FLOAT_HEX),
        MethodDef::Method(&FLOAT_IS_INTEGER),
        MethodDef::Method(&FLOAT_GETNEWARGS),
        MethodDef::Class(&FLOAT_GETFORMAT),
        MethodDef::Method(&FLOAT_FORMAT),
    ],
    getset: &[
        GetSet { name: "real", get: get_real, set: None, doc: "the real part of a complex number" },
        GetSet { name: "imag", get: get_imag, set: None, doc: "the imaginary part of a complex number" },
    ],
};
