//! The class `complex`.

use crate::native;
use text::floats;
use text::format::{Locale, format_complex};

use crate::builtins::construct::{class_argument, raise_format_error};
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::complex::{Complex, ComplexObject, combine_hashes, complex_instance, complex_value, exact_complex};
use crate::objects::float::{exact_float, float_value, int_to_float};
use crate::objects::{Class, ClassFlags, Str, Tuple, int_of};
use crate::protocols::{self, BinaryOp, CompareOp};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// An operand: mixed arithmetic treats a real number as one without an imaginary part.
#[derive(Clone, Copy)]
enum Operand {
    Real(f64),
    Complex(Complex),
}

impl Operand {
    fn complex(self) -> Complex {
        match self {
            Operand::Real(real) => Complex::of_real(real),
            Operand::Complex(number) => number,
        }
    }
}

fn operand(t: &Thread, value: Value) -> R<Option<Operand>> {
    if let Some(number) = exact_complex(value) {
        return Ok(Some(Operand::Complex(number)));
    }
    if let Some(number) = exact_float(value) {
        return Ok(Some(Operand::Real(number)));
    }
    match int_of(value) {
        Some(number) => int_to_float(t, number).map(|number| Some(Operand::Real(number))),
        None => Ok(None),
    }
}

/// An operation of two numbers.
pub fn binary(t: &Thread, op: BinaryOp, a: Value, b: Value) -> R {
    // Two complex numbers stay in machine registers: as operands of either kind they would go through memory.
    if let (Some(x), Some(y)) = (exact_complex(a), exact_complex(b)) {
        match op {
            BinaryOp::Add => return complex_value(t, x.add(y)),
            BinaryOp::Sub => return complex_value(t, x.sub(y)),
            BinaryOp::Mul => return complex_value(t, x.mul(y)),
            _ => {}
        }
    }
    let (Some(x), Some(y)) = (operand(t, a)?, operand(t, b)?) else { return Ok(Value::NOT_IMPLEMENTED) };
    let result = match op {
        BinaryOp::Add => add(x, y),
        BinaryOp::Sub => sub(x, y),
        BinaryOp::Mul => mul(x, y),
        BinaryOp::TrueDiv => match div(x, y) {
            Some(quotient) => quotient,
            None => return Err(t.zero_division_error("division by zero")),
        },
        BinaryOp::Pow => return power(t, x.complex(), y.complex()),
        _ => return Ok(Value::NOT_IMPLEMENTED),
    };
    complex_value(t, result)
}

fn add(x: Operand, y: Operand) -> Complex {
    match (x, y) {
        (Operand::Complex(x), Operand::Real(y)) | (Operand::Real(y), Operand::Complex(x)) => {
            Complex { real: x.real + y, ..x }
        }
        _ => x.complex().add(y.complex()),
    }
}

fn sub(x: Operand, y: Operand) -> Complex {
    match (x, y) {
        (Operand::Complex(x), Operand::Real(y)) => Complex { real: x.real - y, ..x },
        (Operand::Real(x), Operand::Complex(y)) => Complex { real: x - y.real, imaginary: -y.imaginary },
        _ => x.complex().sub(y.complex()),
    }
}

fn mul(x: Operand, y: Operand) -> Complex {
    match (x, y) {
        (Operand::Complex(x), Operand::Real(y)) | (Operand::Real(y), Operand::Complex(x)) => {
            Complex { real: x.real * y, imaginary: x.imaginary * y }
        }
        _ => x.complex().mul(y.complex()),
    }
}

fn div(x: Operand, y: Operand) -> Option<Complex> {
    match (x, y) {
        (Operand::Complex(x), Operand::Real(y)) => {
            (y != 0.0).then(|| Complex { real: x.real / y, imaginary: x.imaginary / y })
        }
        (Operand::Real(x), Operand::Complex(y)) => divide_real(x, y),
        _ => x.complex().div(y.complex()),
    }
}

/// A real number by a complex one.
fn divide_real(a: f64, b: Complex) -> Option<Complex> {
    let (abs_real, abs_imaginary) = (b.real.abs(), b.imaginary.abs());
    let quotient = if abs_real >= abs_imaginary {
        if abs_real == 0.0 {
            return None;
        }
        let ratio = b.imaginary / b.real;
        let denominator = b.real + b.imaginary * ratio;
        Complex { real: a / denominator, imaginary: (-a * ratio) / denominator }
    } else if abs_imaginary >= abs_real {
        let ratio = b.real / b.imaginary;
        let denominator = b.real * ratio + b.imaginary;
        Complex { real: (a * ratio) / denominator, imaginary: -a / denominator }
    } else {
        Complex { real: f64::NAN, imaginary: f64::NAN }
    };
    let lost = quotient.real.is_nan() && quotient.imaginary.is_nan();
    if lost && a.is_finite() && (b.real.is_infinite() || b.imaginary.is_infinite()) {
        let unit = |x: f64| if x.is_infinite() { 1.0_f64.copysign(x) } else { 0.0_f64.copysign(x) };
        return Some(Complex { real: 0.0 * (a * unit(b.real)), imaginary: 0.0 * (-a * unit(b.imaginary)) });
    }
    Some(quotient)
}

fn power(t: &Thread, base: Complex, exponent: Complex) -> R {
    let whole = exponent.imaginary == 0.0 && exponent.real == exponent.real.floor() && exponent.real.abs() <= 100.0;
    let result = if whole { base.power_int(exponent.real as i64) } else { base.power(exponent) };
    let Some(result) = result else {
        return Err(t.zero_division_error("zero to a negative or complex power"));
    };
    if result.real.is_infinite() || result.imaginary.is_infinite() {
        return Err(t.overflow_error("complex exponentiation"));
    }
    complex_value(t, result)
}

macro_rules! operators {
    ($($function:ident $reflected:ident $op:ident $signature:literal $reflected_signature:literal $doc:literal $reflected_doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            fn $function(t: &Thread, this: Value, other: Value) -> R {
                binary(t, BinaryOp::$op, this, other)
            }

            #[doc = $reflected_doc]
            #[native($reflected_signature)]
            fn $reflected(t: &Thread, this: Value, other: Value) -> R {
                binary(t, BinaryOp::$op, other, this)
            }
        )*
    };
}

operators! {
    complex_add complex_radd Add "__add__($self, value, /)" "__radd__($self, value, /)" "Return self+value." "Return value+self.";
    complex_sub complex_rsub Sub "__sub__($self, value, /)" "__rsub__($self, value, /)" "Return self-value." "Return value-self.";
    complex_mul complex_rmul Mul "__mul__($self, value, /)" "__rmul__($self, value, /)" "Return self*value." "Return value*self.";
    complex_truediv complex_rtruediv TrueDiv "__truediv__($self, value, /)" "__rtruediv__($self, value, /)" "Return self/value." "Return value/self.";
}

fn power_method(t: &Thread, base: Value, exponent: Value, modulus: Option<Value>) -> R {
    if operand(t, base)?.is_none() || operand(t, exponent)?.is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    if modulus.is_some_and(|modulus| !modulus.is_none()) {
        return Err(t.value_error("complex modulo"));
    }
    binary(t, BinaryOp::Pow, base, exponent)
}

/// Return pow(self, value, mod).
#[native("__pow__($self, value, mod=None, /)")]
fn complex_pow(t: &Thread, this: Value, value: Value, modulus: Option<Value>) -> R {
    power_method(t, this, value, modulus)
}

/// Return pow(value, self, mod).
#[native("__rpow__($self, value, mod=None, /)")]
fn complex_rpow(t: &Thread, this: Value, value: Value, modulus: Option<Value>) -> R {
    power_method(t, value, this, modulus)
}

/// The number of a receiver, which the caller has checked to be a complex.
fn number(t: &Thread, this: Value) -> R<Complex> {
    exact_complex(this).ok_or_else(|| t.type_error(format_args!("expected a complex, not '{}'", this.class(t).name())))
}

fn equal(t: &Thread, this: Value, other: Value) -> R<Option<bool>> {
    let number = number(t, this)?;
    if let Some(other) = exact_complex(other) {
        return Ok(Some(number == other));
    }
    if exact_float(other).is_none() && int_of(other).is_none() {
        return Ok(None);
    }
    if number.imaginary != 0.0 {
        return Ok(Some(false));
    }
    let real = float_value(t, number.real)?;
    protocols::compare_bool(t, real, other, CompareOp::Eq).map(Some)
}

/// Return self==value.
#[native("__eq__($self, value, /)")]
fn complex_eq(t: &Thread, this: Value, other: Value) -> R {
    Ok(equal(t, this, other)?.map_or(Value::NOT_IMPLEMENTED, Value::bool))
}

/// Return self!=value.
#[native("__ne__($self, value, /)")]
fn complex_ne(t: &Thread, this: Value, other: Value) -> R {
    Ok(equal(t, this, other)?.map_or(Value::NOT_IMPLEMENTED, |equal| Value::bool(!equal)))
}

macro_rules! unordered {
    ($($function:ident $signature:literal $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            fn $function(_: &Thread, _: Value, _: Value) -> Value {
                Value::NOT_IMPLEMENTED
            }
        )*
    };
}

unordered! {
    complex_lt "__lt__($self, value, /)" "Return self<value.";
    complex_le "__le__($self, value, /)" "Return self<=value.";
    complex_gt "__gt__($self, value, /)" "Return self>value.";
    complex_ge "__ge__($self, value, /)" "Return self>=value.";
}

/// -self
#[native("__neg__($self, /)")]
fn complex_neg(t: &Thread, this: Value) -> R {
    complex_value(t, number(t, this)?.neg())
}

/// +self
#[native("__pos__($self, /)")]
fn complex_pos(t: &Thread, this: Value) -> R {
    complex_value(t, number(t, this)?)
}

/// abs(self)
#[native("__abs__($self, /)")]
fn complex_abs(t: &Thread, this: Value) -> R<f64> {
    absolute(t, number(t, this)?)
}

/// The distance from zero.
pub fn absolute(t: &Thread, number: Complex) -> R<f64> {
    let absolute = number.real.hypot(number.imaginary);
    if absolute.is_infinite() && number.is_finite() {
        return Err(t.overflow_error("absolute value too large"));
    }
    Ok(absolute)
}

/// True if self else False
#[native("__bool__($self, /)")]
fn complex_bool(t: &Thread, this: Value) -> R<bool> {
    let number = number(t, this)?;
    Ok(number.real != 0.0 || number.imaginary != 0.0)
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn complex_hash_method(t: &Thread, this: Value) -> R<i64> {
    let number = number(t, this)?;
    Ok(combine_hashes(protocols::hash_of_float(this, number.real), protocols::hash_of_float(this, number.imaginary)))
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn complex_repr(t: &Thread, this: Value) -> R<String> {
    let number = number(t, this)?;
    Ok(floats::complex_repr(number.real, number.imaginary))
}

/// Convert to a string according to format_spec.
#[native("__format__($self, format_spec, /)")]
fn complex_format(t: &Thread, this: Value, spec: Ref<Str>) -> R {
    if spec.is_empty() {
        return protocols::str_value(t, this);
    }
    let number = number(t, this)?;
    let text = format_complex(number.real, number.imaginary, spec.units(), &this.class(t).name(), &Locale::default());
    Ok(Str::from_owned(t, text.map_err(|error| raise_format_error(t, error))?)?.value())
}

/// Convert this value to exact type complex.
#[native("__complex__($self, /)")]
fn complex_complex(t: &Thread, this: Value) -> R {
    if this.class(t) == t.classes().complex { Ok(this) } else { complex_value(t, number(t, this)?) }
}

#[native("__getnewargs__($self, /)")]
fn complex_getnewargs(t: &Thread, this: Value) -> R {
    let number = number(t, this)?;
    Ok(Tuple::from_slice(t, &[float_value(t, number.real)?, float_value(t, number.imaginary)?])?.value())
}

/// Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j.
#[native("conjugate($self, /)")]
fn complex_conjugate(t: &Thread, this: Value) -> R {
    let number = number(t, this)?;
    complex_value(t, Complex { imaginary: -number.imaginary, ..number })
}

/// Convert number to a complex floating-point number.
#[native("from_number($type, number, /)")]
fn complex_from_number(t: &Thread, class: Ref<Class>, number: Value) -> R {
    if class == t.classes().complex && number.class(t) == class {
        return Ok(number);
    }
    let number = protocols::complex_of(t, number)?;
    let value = complex_value(t, number)?;
    if class == t.classes().complex { Ok(value) } else { protocols::call(t, class.value(), &[value]) }
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__", raw)]
fn complex_new(t: &Thread, args: Args<'_>) -> R {
    let (class, args) = class_argument(t, args, t.classes().complex)?;
    let given = args.positional();
    if let ([value], 0) = (given, args.keyword_count()) {
        return from_one(t, class, *value);
    }
    if args.values.len() > 2 {
        return Err(t.type_error(format_args!("complex() takes at most 2 arguments ({} given)", args.values.len())));
    }
    let (mut real, mut imaginary) = (given.first().copied(), given.get(1).copied());
    for (name, value) in args.keywords() {
        let (slot, position) = match name.as_utf8() {
            Some("real") => (&mut real, 1),
            Some("imag") => (&mut imaginary, 2),
            _ => return Err(native::unexpected_keyword(t, "complex", &name.to_string_lossy(), ["real", "imag"])),
        };
        if slot.is_some() {
            let name = name.to_string_lossy();
            return Err(t.type_error(format_args!(
                "argument for complex() given by name ('{name}') and position ({position})"
            )));
        }
        *slot = Some(value);
    }
    from_parts(t, class, real, imaginary)
}

fn from_one(t: &Thread, class: Ref<Class>, value: Value) -> R {
    if class == t.classes().complex && value.class(t) == class {
        return Ok(value);
    }
    if let Some(text) = Str::of(t, value) {
        return match floats::parse::parse_complex(&floats::parse::ascii_number(text.units())) {
            Some((real, imaginary)) => complex_instance(t, class, Complex { real, imaginary }),
            None => Err(t.value_error("complex() arg is a malformed string")),
        };
    }
    if let Some(number) = protocols::complex_method(t, value)?.or_else(|| exact_complex(value)) {
        return complex_instance(t, class, number);
    }
    match protocols::float_of_optional(t, value)? {
        Some(real) => complex_instance(t, class, Complex::of_real(real)),
        None => Err(t.type_error(format_args!(
            "complex() argument must be a string or a number, not {}",
            value.class(t).name()
        ))),
    }
}

fn from_parts(t: &Thread, class: Ref<Class>, real: Option<Value>, imaginary: Option<Value>) -> R {
    let (real, real_is_complex) = real.map_or(Ok((Complex::of_real(0.0), false)), |value| real_part(t, value))?;
    let Some(value) = imaginary else { return complex_instance(t, class, real) };
    let imaginary = part(t, value, "imag")?;
    // A part that is no complex number adds nothing to the other, not even a zero that would change its sign.
    let of_real = exact_complex(value).map_or(real.real, |_| real.real - imaginary.imaginary);
    let of_imaginary = if real_is_complex { real.imaginary + imaginary.real } else { imaginary.real };
    complex_instance(t, class, Complex { real: of_real, imaginary: of_imaginary })
}

/// The number in the place of the real part, and whether it is a complex one.
fn real_part(t: &Thread, value: Value) -> R<(Complex, bool)> {
    match protocols::complex_method(t, value)? {
        Some(number) if exact_complex(value).is_none() => {
            warn_of_complex(t, "real", value)?;
            Ok((number, true))
        }
        _ => Ok((part(t, value, "real")?, exact_complex(value).is_some())),
    }
}

fn warn_of_complex(t: &Thread, name: &str, value: Value) -> R<()> {
    let class = value.class(t).name();
    protocols::warn_deprecated(t, &format!("complex() argument '{name}' must be a real number, not {class}"))
}

fn part(t: &Thread, value: Value, name: &str) -> R<Complex> {
    if let Some(number) = exact_complex(value) {
        warn_of_complex(t, name, value)?;
        return Ok(number);
    }
    match protocols::float_of_optional(t, value)? {
        Some(number) => Ok(Complex::of_real(number)),
        None => Err(t.type_error(format_args!(
            "complex() argument '{name}' must be a real number, not {}",
            value.class(t).name()
        ))),
    }
}

fn get_real(t: &Thread, this: Value) -> R {
    float_value(t, number(t, this)?.real)
}

fn get_imag(t: &Thread, this: Value) -> R {
    float_value(t, number(t, this)?.imaginary)
}

/// `complex`.
pub static COMPLEX: ClassDef = ClassDef {
    name: "complex",
    module: "builtins",
    layout: ComplexObject::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE,
    doc: "complex(real=0, imag=0)\n--\n\nCreate a complex number from a string or numbers.\n\nIf a string is given, parse it as a complex number.\nIf a single number is given, convert it to a complex number.\nIf the 'real' or 'imag' arguments are given, create a complex number\nwith the specified real and imaginary components.",
    methods: &[
        MethodDef::New(&COMPLEX_NEW),
        MethodDef::Method(&COMPLEX_REPR),
        MethodDef::Method(&COMPLEX_HASH_METHOD),
        MethodDef::Method(&COMPLEX_LT),
        MethodDef::Method(&COMPLEX_LE),
        MethodDef::Method(&COMPLEX_EQ),
        MethodDef::Method(&COMPLEX_NE),
        MethodDef::Method(&COMPLEX_GT),
        MethodDef::Method(&COMPLEX_GE),
        MethodDef::Method(&COMPLEX_ADD),
        MethodDef::Method(&COMPLEX_RADD),
        MethodDef::Method(&COMPLEX_SUB),
        MethodDef::Method(&COMPLEX_RSUB),
        MethodDef::Method(&COMPLEX_MUL),
        MethodDef::Method(&COMPLEX_RMUL),
        MethodDef::Method(&COMPLEX_POW),
        MethodDef::Method(&COMPLEX_RPOW),
        MethodDef::Method(&COMPLEX_NEG),
        MethodDef::Method(&COMPLEX_POS),
        MethodDef::Method(&COMPLEX_ABS),
        MethodDef::Method(&COMPLEX_BOOL),
        MethodDef::Method(&COMPLEX_TRUEDIV),
        MethodDef::Method(&COMPLEX_RTRUEDIV),
        MethodDef::Class(&COMPLEX_FROM_NUMBER),
        MethodDef::Method(&COMPLEX_CONJUGATE),
        MethodDef::Method(&COMPLEX_COMPLEX),
        MethodDef::Method(&COMPLEX_GETNEWARGS),
        MethodDef::Method(&COMPLEX_FORMAT),
    ],
    getset: &[
        GetSet { name: "real", get: get_real, set: None, doc: "the real part of a complex number" },
        GetSet { name: "imag", get: get_imag, set: None, doc: "the imaginary part of a complex number" },
    ],
};
