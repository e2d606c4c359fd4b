//! The class `int`.

use crate::native;
use num_bigint::{BigInt, BigUint, Sign};
use text::floats::parse::ascii_number;
use text::format::{Locale, format_int, short};
use text::ints::{self, IntParseError, IntRef, digit_limit_message};

use crate::builtins::construct::{class_argument, class_name, digit_limit, raise_format_error};
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::int::{int_compare, int_from, int_from_big, int_hash, int_instance, sign, to_big};
use crate::objects::int_arithmetic as arithmetic;
use crate::objects::{
    BigIntObject, ByteArray, Bytes, Class, ClassFlags, Str, Tuple, exact_int_value, float_value, int_from_u64, int_of,
};
use crate::protocols::{self, BinaryOp, CompareOp};
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

/// `x op y`.
#[inline(always)]
pub fn binary(t: &Thread, op: BinaryOp, x: IntRef<'_>, y: IntRef<'_>) -> R {
    match op {
        BinaryOp::Add => arithmetic::add(t, x, y),
        BinaryOp::Sub => arithmetic::sub(t, x, y),
        BinaryOp::Mul => arithmetic::mul(t, x, y),
        BinaryOp::MatMul => Ok(Value::NOT_IMPLEMENTED),
        BinaryOp::TrueDiv => arithmetic::true_div(t, x, y),
        BinaryOp::FloorDiv => arithmetic::floor_div(t, x, y),
        BinaryOp::Mod => arithmetic::modulo(t, x, y),
        BinaryOp::DivMod => {
            let (quotient, rest) = arithmetic::div_mod(t, x, y)?;
            Ok(Tuple::from_slice(t, &[quotient, rest])?.value())
        }
        BinaryOp::Pow => arithmetic::pow(t, x, y),
        BinaryOp::LShift => arithmetic::lshift(t, x, y),
        BinaryOp::RShift => arithmetic::rshift(t, x, y),
        BinaryOp::And => arithmetic::and(t, x, y),
        BinaryOp::Xor => arithmetic::xor(t, x, y),
        BinaryOp::Or => arithmetic::or(t, x, y),
    }
}

#[inline(never)]
fn binary_method(t: &Thread, op: BinaryOp, left: Value, right: Value) -> R {
    match (int_of(left), int_of(right)) {
        (Some(x), Some(y)) => binary(t, op, x, y),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn compare_method(op: CompareOp, left: Value, right: Value) -> Value {
    match (int_of(left), int_of(right)) {
        (Some(x), Some(y)) => Value::bool(op.holds(Some(int_compare(x, y)))),
        _ => Value::NOT_IMPLEMENTED,
    }
}

/// The number of a receiver, which the caller has checked to be an int.
fn number<'a>(t: &Thread, this: Value) -> R<IntRef<'a>> {
    int_of(this).ok_or_else(|| t.type_error(format_args!("expected an int, not '{}'", this.class(t).name())))
}

macro_rules! operators {
    ($($function:ident $reflected:ident $op:ident $signature:literal $reflected_signature:literal $doc:literal $reflected_doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            fn $function(t: &Thread, this: Value, other: Value) -> R {
                binary_method(t, BinaryOp::$op, this, other)
            }

            #[doc = $reflected_doc]
            #[native($reflected_signature)]
            fn $reflected(t: &Thread, this: Value, other: Value) -> R {
                binary_method(t, BinaryOp::$op, other, this)
            }
        )*
    };
}

operators! {
    int_add int_radd Add "__add__($self, value, /)" "__radd__($self, value, /)" "Return self+value." "Return value+self.";
    int_sub int_rsub Sub "__sub__($self, value, /)" "__rsub__($self, value, /)" "Return self-value." "Return value-self.";
    int_mul int_rmul Mul "__mul__($self, value, /)" "__rmul__($self, value, /)" "Return self*value." "Return value*self.";
    int_truediv int_rtruediv TrueDiv "__truediv__($self, value, /)" "__rtruediv__($self, value, /)" "Return self/value." "Return value/self.";
    int_floordiv int_rfloordiv FloorDiv "__floordiv__($self, value, /)" "__rfloordiv__($self, value, /)" "Return self//value." "Return value//self.";
    int_mod int_rmod Mod "__mod__($self, value, /)" "__rmod__($self, value, /)" "Return self%value." "Return value%self.";
    int_divmod int_rdivmod DivMod "__divmod__($self, value, /)" "__rdivmod__($self, value, /)" "Return divmod(self, value)." "Return divmod(value, self).";
    int_lshift int_rlshift LShift "__lshift__($self, value, /)" "__rlshift__($self, value, /)" "Return self<<value." "Return value<<self.";
    int_rshift int_rrshift RShift "__rshift__($self, value, /)" "__rrshift__($self, value, /)" "Return self>>value." "Return value>>self.";
    int_and int_rand And "__and__($self, value, /)" "__rand__($self, value, /)" "Return self&value." "Return value&self.";
    int_xor int_rxor Xor "__xor__($self, value, /)" "__rxor__($self, value, /)" "Return self^value." "Return value^self.";
    int_or int_ror Or "__or__($self, value, /)" "__ror__($self, value, /)" "Return self|value." "Return value|self.";
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
    int_lt Lt "__lt__($self, value, /)" "Return self<value.";
    int_le Le "__le__($self, value, /)" "Return self<=value.";
    int_eq Eq "__eq__($self, value, /)" "Return self==value.";
    int_ne Ne "__ne__($self, value, /)" "Return self!=value.";
    int_gt Gt "__gt__($self, value, /)" "Return self>value.";
    int_ge Ge "__ge__($self, value, /)" "Return self>=value.";
}

fn power(t: &Thread, base: Value, exponent: Value, modulus: Option<Value>) -> R {
    let (Some(x), Some(y)) = (int_of(base), int_of(exponent)) else { return Ok(Value::NOT_IMPLEMENTED) };
    match modulus.filter(|modulus| !modulus.is_none()) {
        None => arithmetic::pow(t, x, y),
        Some(modulus) => match int_of(modulus) {
            Some(modulus) => arithmetic::pow_mod(t, x, y, modulus),
            None => Ok(Value::NOT_IMPLEMENTED),
        },
    }
}

/// Return pow(self, value, mod).
#[native("__pow__($self, value, mod=None, /)")]
fn int_pow(t: &Thread, this: Value, value: Value, modulus: Option<Value>) -> R {
    power(t, this, value, modulus)
}

/// Return pow(value, self, mod).
#[native("__rpow__($self, value, mod=None, /)")]
fn int_rpow(t: &Thread, this: Value, value: Value, modulus: Option<Value>) -> R {
    power(t, value, this, modulus)
}

/// -self
#[native("__neg__($self, /)")]
fn int_neg(t: &Thread, this: Value) -> R {
    arithmetic::neg(t, number(t, this)?)
}

/// +self
#[native("__pos__($self, /)")]
fn int_pos(_: &Thread, this: Value) -> Value {
    exact_int_value(this)
}

/// abs(self)
#[native("__abs__($self, /)")]
fn int_abs(t: &Thread, this: Value) -> R {
    arithmetic::abs(t, number(t, this)?)
}

/// ~self
#[native("__invert__($self, /)")]
fn int_invert(t: &Thread, this: Value) -> R {
    arithmetic::invert(t, number(t, this)?)
}

/// True if self else False
#[native("__bool__($self, /)")]
fn int_bool(t: &Thread, this: Value) -> R<bool> {
    Ok(!arithmetic::is_zero(number(t, this)?))
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn int_hash_method(t: &Thread, this: Value) -> R<i64> {
    Ok(int_hash(number(t, this)?))
}

/// int(self)
#[native("__int__($self, /)")]
fn int_int(_: &Thread, this: Value) -> Value {
    exact_int_value(this)
}

/// Return self converted to an integer, if self is suitable for use as an index into a list.
#[native("__index__($self, /)")]
fn int_index(_: &Thread, this: Value) -> Value {
    exact_int_value(this)
}

/// float(self)
#[native("__float__($self, /)")]
fn int_float(t: &Thread, this: Value) -> R<f64> {
    crate::objects::float::int_to_float(t, number(t, this)?)
}

/// Truncating an Integral returns itself.
#[native("__trunc__($self, /)")]
fn int_trunc(_: &Thread, this: Value) -> Value {
    exact_int_value(this)
}

/// Flooring an Integral returns itself.
#[native("__floor__($self, /)")]
fn int_floor(_: &Thread, this: Value) -> Value {
    exact_int_value(this)
}

/// Ceiling of an Integral returns itself.
#[native("__ceil__($self, /)")]
fn int_ceil(_: &Thread, this: Value) -> Value {
    exact_int_value(this)
}

/// Rounding an Integral returns itself.
///
/// Rounding with an ndigits argument also returns an integer.
#[native("__round__($self, ndigits=None, /)")]
fn int_round(t: &Thread, this: Value, digits: Option<Value>) -> R {
    let Some(digits) = digits.filter(|digits| !digits.is_none()) else { return Ok(exact_int_value(this)) };
    let digits = protocols::index_number(t, digits)?;
    if sign(digits) >= 0 {
        return Ok(exact_int_value(this));
    }
    let count = digits.to_i64().map_or(u64::MAX, i64::unsigned_abs);
    arithmetic::round_to_power_of_ten(t, number(t, this)?, count)
}

/// The decimal text; ValueError if it has more digits than allowed.
pub fn decimal_text(t: &Thread, number: IntRef<'_>) -> R<String> {
    let limit = digit_limit(t);
    let convert = || ints::to_decimal(number, limit);
    let text = t.blocking_if(crate::objects::int::bit_length(number) > 1 << 16, convert);
    text.map_err(|ints::TooManyDigits| t.value_error(digit_limit_message(limit, None)))
}

/// The decimal text as a string; ValueError if it has more digits than allowed.
pub fn decimal_string(t: &Thread, number: IntRef<'_>) -> R<Ref<Str>> {
    match number {
        IntRef::Small(digit @ 0..=9) => Str::from_char(t, 48 + digit as u32),
        IntRef::Small(number @ 10..) => {
            Str::from_ascii(t, ints::small_digits(number.unsigned_abs(), 10, &mut { ints::SMALL_ROOM }))
        }
        IntRef::Small(number) => Str::new(t, ints::small_text(number, 10, &mut { ints::SMALL_ROOM })),
        _ => Str::new(t, &decimal_text(t, number)?),
    }
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn int_repr(t: &Thread, this: Value) -> R<Ref<Str>> {
    decimal_string(t, number(t, this)?)
}

/// Convert to a string according to format_spec.
#[native("__format__($self, format_spec, /)")]
fn int_format(t: &Thread, this: Value, spec: Ref<Str>) -> R {
    if spec.is_empty() {
        return protocols::str_value(t, this);
    }
    format(t, number(t, this)?, spec, &class_name(t, this, t.classes().int, "int"))
}

/// The text of an int by a specification that is not empty.
pub fn format(t: &Thread, number: IntRef<'_>, spec: Ref<Str>, type_name: &str) -> R {
    if let (IntRef::Small(small), Some(plain)) = (number, spec.as_utf8())
        && let Some(text) = short::format_int(small, plain.as_bytes(), &mut { short::ROOM })
    {
        return Ok(Str::from_ascii(t, text)?.value());
    }
    let text = format_int(number, spec.units(), type_name, digit_limit(t), &Locale::default());
    let text = text.map_err(|error| raise_format_error(t, error))?;
    Ok(Str::from_owned(t, text)?.value())
}

#[native("__getnewargs__($self, /)")]
fn int_getnewargs(t: &Thread, this: Value) -> R {
    Ok(Tuple::from_slice(t, &[exact_int_value(this)])?.value())
}

/// Bytes of an int without its digits, as `__sizeof__` counts them.
pub const SIZE_BEFORE_DIGITS: u64 = 24;
/// Bytes of a digit, as `sys.int_info` tells.
pub const DIGIT_SIZE: u64 = 4;

/// Returns size in memory, in bytes.
#[native("__sizeof__($self, /)")]
fn int_sizeof(t: &Thread, this: Value) -> R<u64> {
    let bits = crate::objects::int::bit_length(number(t, this)?);
    Ok(SIZE_BEFORE_DIGITS + DIGIT_SIZE * bits.div_ceil(30).max(1))
}

/// Returns self, the complex conjugate of any int.
#[native("conjugate($self, /)")]
fn int_conjugate(_: &Thread, this: Value) -> Value {
    exact_int_value(this)
}

/// Number of bits necessary to represent self in binary.
///
/// >>> bin(37)
/// '0b100101'
/// >>> (37).bit_length()
/// 6
#[native("bit_length($self, /)")]
fn int_bit_length(t: &Thread, this: Value) -> R<u64> {
    Ok(crate::objects::int::bit_length(number(t, this)?))
}

/// Number of ones in the binary representation of the absolute value of self.
///
/// Also known as the population count.
///
/// >>> bin(13)
/// '0b1101'
/// >>> (13).bit_count()
/// 3
#[native("bit_count($self, /)")]
fn int_bit_count(t: &Thread, this: Value) -> R<u64> {
    Ok(arithmetic::bit_count(number(t, this)?))
}

/// Return a pair of integers, whose ratio is equal to the original int.
///
/// The ratio is in lowest terms and has a positive denominator.
///
/// >>> (10).as_integer_ratio()
/// (10, 1)
/// >>> (-10).as_integer_ratio()
/// (-10, 1)
/// >>> (0).as_integer_ratio()
/// (0, 1)
#[native("as_integer_ratio($self, /)")]
fn int_as_integer_ratio(t: &Thread, this: Value) -> R {
    Ok(Tuple::from_slice(t, &[exact_int_value(this), Value::small(1)])?.value())
}

/// Returns True. Exists for duck type compatibility with float.is_integer.
#[native("is_integer($self, /)")]
fn int_is_integer(_: &Thread, _: Value) -> bool {
    true
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ByteOrder {
    Big,
    Little,
}

fn byte_order(t: &Thread, order: Option<Ref<Str>>) -> R<ByteOrder> {
    match order {
        None => Ok(ByteOrder::Big),
        Some(order) if order.is("big") => Ok(ByteOrder::Big),
        Some(order) if order.is("little") => Ok(ByteOrder::Little),
        Some(_) => Err(t.value_error("byteorder must be either 'little' or 'big'")),
    }
}

/// Return an array of bytes representing an integer.
///
///   length
///     Length of bytes object to use.  An OverflowError is raised if the
///     integer is not representable with the given number of bytes.  Default
///     is length 1.
///   byteorder
///     The byte order used to represent the integer.  If byteorder is 'big',
///     the most significant byte is at the beginning of the byte array.  If
///     byteorder is 'little', the most significant byte is at the end of the
///     byte array.  To request the native byte order of the host system, use
///     sys.byteorder as the byte order value.  Default is to use 'big'.
///   signed
///     Determines whether two's complement is used to represent the integer.
///     If signed is False and a negative integer is given, an OverflowError
///     is raised.
#[native("to_bytes($self, /, length=1, byteorder='big', *, signed=False)")]
fn int_to_bytes(t: &Thread, this: Value, length: i64, order: Option<Ref<Str>>, signed: bool) -> R {
    let order = byte_order(t, order)?;
    let length = usize::try_from(length).map_err(|_| t.value_error("length argument must be non-negative"))?;
    let number = number(t, this)?;
    let negative = sign(number) < 0;
    if negative && !signed {
        return Err(t.overflow_error("can't convert negative int to unsigned"));
    }
    let big = to_big(number);
    let mut digits = if signed { big.to_signed_bytes_le() } else { big.magnitude().to_bytes_le() };
    let zero = sign(number) == 0;
    if !zero && (digits.len() > length || length == 0) {
        return Err(t.overflow_error("int too big to convert"));
    }
    digits.truncate(if zero { 0 } else { digits.len() });
    Ok(Bytes::with(t, length, |target| {
        target.fill(if negative { 0xff } else { 0 });
        target[..digits.len()].copy_from_slice(&digits);
        if order == ByteOrder::Big {
            target.reverse();
        }
    })?
    .value())
}

/// Return the integer represented by the given array of bytes.
///
///   bytes
///     Holds the array of bytes to convert.  The argument must either
///     support the buffer protocol or be an iterable object producing bytes.
///     Bytes and bytearray are examples of built-in objects that support the
///     buffer protocol.
///   byteorder
///     The byte order used to represent the integer.  If byteorder is 'big',
///     the most significant byte is at the beginning of the byte array.  If
///     byteorder is 'little', the most significant byte is at the end of the
///     byte array.  To request the native byte order of the host system, use
///     sys.byteorder as the byte order value.  Default is to use 'big'.
///   signed
///     Indicates whether two's complement is used to represent the integer.
#[native("from_bytes($type, /, bytes, byteorder='big', *, signed=False)")]
fn int_from_bytes(t: &Thread, class: Ref<Class>, bytes: Value, order: Option<Ref<Str>>, signed: bool) -> R {
    let order = byte_order(t, order)?;
    let bytes = crate::builtins::bytes::bytes_of_object(t, bytes)?;
    let digits = bytes.as_slice();
    let big = match (signed, order) {
        (true, ByteOrder::Big) => BigInt::from_signed_bytes_be(digits),
        (true, ByteOrder::Little) => BigInt::from_signed_bytes_le(digits),
        (false, ByteOrder::Big) => BigInt::from_biguint(Sign::Plus, BigUint::from_bytes_be(digits)),
        (false, ByteOrder::Little) => BigInt::from_biguint(Sign::Plus, BigUint::from_bytes_le(digits)),
    };
    let number = int_from_big(t, big)?;
    if class == t.classes().int { Ok(number) } else { protocols::call(t, class.value(), &[number]) }
}

#[cold]
fn invalid_literal(t: &Thread, base: u32, given: Value) -> Raised {
    let shown = match protocols::repr(t, given) {
        Ok(shown) => shown,
        Err(raised) => return raised,
    };
    let shown: String = shown.to_string_lossy().chars().take(200).collect();
    t.value_error(format_args!("invalid literal for int() with base {base}: {shown}"))
}

fn parse_ascii(t: &Thread, text: &[u8], base: u32, given: Value) -> R {
    let limit = digit_limit(t);
    let parse = || ints::parse(text, base, limit);
    match t.blocking_if(text.len() > 1 << 14, parse) {
        Ok(number) => int_from(t, number),
        Err(IntParseError::Invalid) => Err(invalid_literal(t, base, given)),
        Err(IntParseError::TooLong { digits }) => Err(t.value_error(digit_limit_message(limit, Some(digits)))),
    }
}

/// The int that a string holds.
pub fn parse_str(t: &Thread, text: Ref<Str>, base: u32, given: Value) -> R {
    match text.as_utf8() {
        Some(ascii) => parse_ascii(t, ascii.as_bytes(), base, given),
        None => parse_ascii(t, &ascii_number(text.units()), base, given),
    }
}

/// The int that text in a str, bytes or bytearray holds; nothing if the value is none of these.
fn parse_text(t: &Thread, value: Value, base: u32) -> R<Option<Value>> {
    if let Some(text) = Str::of(t, value) {
        return parse_str(t, text, base, value).map(Some);
    }
    if let Some(bytes) = Bytes::of(t, value) {
        return parse_ascii(t, bytes.target().as_slice(), base, value).map(Some);
    }
    if let Some(array) = value.downcast::<ByteArray>() {
        return parse_ascii(t, &array.to_vec(t), base, value).map(Some);
    }
    Ok(None)
}

/// `int(value)`.
pub fn int_of_value(t: &Thread, value: Value) -> R {
    if let Some(text) = value.downcast::<Str>() {
        return parse_str(t, text, 10, value);
    }
    if let Some(number) = protocols::int_conversion(t, value)? {
        return Ok(number);
    }
    if let Some(number) = parse_text(t, value, 10)? {
        return Ok(number);
    }
    if let Some(buffer) = protocols::Buffer::try_of(t, value)? {
        let bytes = Bytes::new(t, buffer.as_slice())?;
        return parse_ascii(t, buffer.as_slice(), 10, bytes.value());
    }
    Err(t.type_error(format_args!(
        "int() argument must be a string, a bytes-like object or a real number, not '{}'",
        value.class(t).name()
    )))
}

fn int_with_base(t: &Thread, value: Value, base: Value) -> R {
    let base = protocols::index_clamped(t, base)?;
    let valid = u32::try_from(base).ok().filter(|&base| base == 0 || (2..=36).contains(&base));
    let Some(base) = valid else {
        return Err(t.value_error("int() base must be >= 2 and <= 36, or 0"));
    };
    match parse_text(t, value, base)? {
        Some(number) => Ok(number),
        None => Err(t.type_error("int() can't convert non-string with explicit base")),
    }
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__", raw)]
fn int_new(t: &Thread, args: Args<'_>) -> R {
    let (class, args) = class_argument(t, args, t.classes().int)?;
    let (value, base) = new_arguments(t, args)?;
    let number = match (value, base) {
        (None, None) => Value::small(0),
        (None, Some(_)) => return Err(t.type_error("int() missing string argument")),
        (Some(value), None) => int_of_value(t, value)?,
        (Some(value), Some(base)) => int_with_base(t, value, base)?,
    };
    int_instance(t, class, number)
}

fn new_arguments(t: &Thread, args: Args<'_>) -> R<(Option<Value>, Option<Value>)> {
    let given = args.positional();
    if args.values.len() > 2 {
        return Err(match args.names {
            None => protocols::argument_count_error(t, "int", 0, 2, given.len()),
            Some(_) => t.type_error(format_args!("int() takes at most 2 arguments ({} given)", args.values.len())),
        });
    }
    let mut base = given.get(1).copied();
    for (name, value) in args.keywords() {
        if !name.is("base") {
            return Err(native::unexpected_keyword(t, "int", &name.to_string_lossy(), ["base"]));
        }
        if base.is_some() {
            return Err(t.type_error("argument for int() given by name ('base') and position (2)"));
        }
        base = Some(value);
    }
    Ok((given.first().copied(), base))
}

fn get_self(_: &Thread, this: Value) -> R {
    Ok(exact_int_value(this))
}

fn get_zero(_: &Thread, _: Value) -> R {
    Ok(Value::small(0))
}

fn get_one(_: &Thread, _: Value) -> R {
    Ok(Value::small(1))
}

/// The int of a count of things.
pub fn count_value(t: &Thread, count: usize) -> R {
    int_from_u64(t, count as u64)
}

/// The float nearest to an int, as a value.
pub fn as_float(t: &Thread, number: IntRef<'_>) -> R {
    float_value(t, crate::objects::float::int_to_float(t, number)?)
}

/// `int`.
pub static INT: ClassDef = ClassDef {
    name: "int",
    module: "builtins",
    layout: BigIntObject::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::MATCH_SELF,
    doc: "int([x]) -> integer\nint(x, base=10) -> integer\n\nConvert a number or string to an integer, or return 0 if no arguments\nare given.  If x is a number, return x.__int__().  For floating-point\nnumbers, this truncates towards zero.\n\nIf x is not a number or if base is given, then x must be a string,\nbytes, or bytearray instance representing an integer literal in the\ngiven base.  The literal can be preceded by '+' or '-' and be surrounded\nby whitespace.  The base defaults to 10.  Valid bases are 0 and 2-36.\nBase 0 means to interpret the base from the string as an integer literal.\n>>> int('0b100', base=0)\n4",
    methods: &[
        MethodDef::New(&INT_NEW),
        MethodDef::Method(&INT_REPR),
        MethodDef::Method(&INT_HASH_METHOD),
        MethodDef::Method(&INT_LT),
        MethodDef::Method(&INT_LE),
        MethodDef::Method(&INT_EQ),
        MethodDef::Method(&INT_NE),
        MethodDef::Method(&INT_GT),
        MethodDef::Method(&INT_GE),
        MethodDef::Method(&INT_ADD),
        MethodDef::Method(&INT_RADD),
        MethodDef::Method(&INT_SUB),
        MethodDef::Method(&INT_RSUB),
        MethodDef::Method(&INT_MUL),
        MethodDef::Method(&INT_RMUL),
        MethodDef::Method(&INT_MOD),
        MethodDef::Method(&INT_RMOD),
        MethodDef::Method(&INT_DIVMOD),
        MethodDef::Method(&INT_RDIVMOD),
        MethodDef::Method(&INT_POW),
        MethodDef::Method(&INT_RPOW),
        MethodDef::Method(&INT_NEG),
        MethodDef::Method(&INT_POS),
        MethodDef::Method(&INT_ABS),
        MethodDef::Method(&INT_BOOL),
        MethodDef::Method(&INT_INVERT),
        MethodDef::Method(&INT_LSHIFT),
        MethodDef::Method(&INT_RLSHIFT),
        MethodDef::Method(&INT_RSHIFT),
        MethodDef::Method(&INT_RRSHIFT),
        MethodDef::Method(&INT_AND),
        MethodDef::Method(&INT_RAND),
        MethodDef::Method(&INT_XOR),
        MethodDef::Method(&INT_RXOR),
        MethodDef::Method(&INT_OR),
        MethodDef::Method(&INT_ROR),
        MethodDef::Method(&INT_INT),
        MethodDef::Method(&INT_FLOAT),
        MethodDef::Method(&INT_FLOORDIV),
        MethodDef::Method(&INT_RFLOORDIV),
        MethodDef::Method(&INT_TRUEDIV),
        MethodDef::Method(&INT_RTRUEDIV),
        MethodDef::Method(&INT_INDEX),
        MethodDef::Method(&INT_CONJUGATE),
        MethodDef::Method(&INT_BIT_LENGTH),
        MethodDef::Method(&INT_BIT_COUNT),
        MethodDef::Method(&INT_TO_BYTES),
        MethodDef::Class(&INT_FROM_BYTES),
        MethodDef::Method(&INT_AS_INTEGER_RATIO),
        MethodDef::Method(&INT_TRUNC),
        MethodDef::Method(&INT_FLOOR),
        MethodDef::Method(&INT_CEIL),
        MethodDef::Method(&INT_ROUND),
        MethodDef::Method(&INT_GETNEWARGS),
        MethodDef::Method(&INT_FORMAT),
        MethodDef::Method(&INT_SIZEOF),
        MethodDef::Method(&INT_IS_INTEGER),
    ],
    getset: &[
        GetSet { name: "real", get: get_self, set: None, doc: "the real part of a complex number" },
        GetSet { name: "imag", get: get_zero, set: None, doc: "the imaginary part of a complex number" },
        GetSet {
            name: "numerator",
            get: get_self,
            set: None,
            doc: "the numerator of a rational number in lowest terms",
        },
        GetSet {
            name: "denominator",
            get: get_one,
            set: None,
            doc: "the denominator of a rational number in lowest terms",
        },
    ],
};
