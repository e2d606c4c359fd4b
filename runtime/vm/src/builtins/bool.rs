//! The class `bool`.

use macros::native;

use crate::builtins::construct::class_argument;
use crate::native::{Args, ClassDef, MethodDef};
use crate::object::Object;
use crate::objects::{BigIntObject, ClassFlags, Str, int_arithmetic, int_of};
use crate::protocols::{self, BinaryOp};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__", raw)]
fn bool_new(t: &Thread, args: Args<'_>) -> R {
    let (_, args) = class_argument(t, args, t.classes().bool_)?;
    args.no_keywords(t, "bool")?;
    match args.values {
        [] => Ok(Value::FALSE),
        [value] => protocols::is_true(t, *value).map(Value::bool),
        more => Err(t.type_error(format_args!("bool expected at most 1 argument, got {}", more.len()))),
    }
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn bool_repr(t: &Thread, this: Value) -> R {
    Ok(Str::interned(t, if this.is(Value::TRUE) { "True" } else { "False" })?.value())
}

/// ~self
#[native("__invert__($self, /)")]
fn bool_invert(t: &Thread, this: Value) -> R {
    protocols::warn_deprecated(
        t,
        "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise inversion of the underlying int object and is usually not what you expect from negating a bool. Use the 'not' operator for boolean negation or ~int(x) if you really want the bitwise inversion of the underlying int.",
    )?;
    match int_of(this) {
        Some(number) => int_arithmetic::invert(t, number),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn truth(value: Value) -> Option<bool> {
    match value {
        Value::TRUE => Some(true),
        Value::FALSE => Some(false),
        _ => None,
    }
}

/// Bools stay bools under the bit operators; with other ints they are ints.
fn bit_operation(t: &Thread, op: BinaryOp, left: Value, right: Value) -> R {
    if let (Some(x), Some(y)) = (truth(left), truth(right)) {
        return Ok(Value::bool(match op {
            BinaryOp::And => x & y,
            BinaryOp::Or => x | y,
            _ => x ^ y,
        }));
    }
    match (int_of(left), int_of(right)) {
        (Some(x), Some(y)) => crate::builtins::int::binary(t, op, x, y),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

macro_rules! bit_operators {
    ($($function:ident $reflected:ident $op:ident $signature:literal $reflected_signature:literal $doc:literal $reflected_doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            fn $function(t: &Thread, this: Value, other: Value) -> R {
                bit_operation(t, BinaryOp::$op, this, other)
            }

            #[doc = $reflected_doc]
            #[native($reflected_signature)]
            fn $reflected(t: &Thread, this: Value, other: Value) -> R {
                bit_operation(t, BinaryOp::$op, other, this)
            }
        )*
    };
}

bit_operators! {
    bool_and bool_rand And "__and__($self, value, /)" "__rand__($self, value, /)" "Return self&value." "Return value&self.";
    bool_xor bool_rxor Xor "__xor__($self, value, /)" "__rxor__($self, value, /)" "Return self^value." "Return value^self.";
    bool_or bool_ror Or "__or__($self, value, /)" "__ror__($self, value, /)" "Return self|value." "Return value|self.";
}

/// `bool`.
pub static BOOL: ClassDef = ClassDef {
    name: "bool",
    module: "builtins",
    layout: BigIntObject::layout,
    base: Some(|t| t.classes().int),
    flags: ClassFlags::MATCH_SELF,
    doc: "bool(object=False, /)\n--\n\nReturns True when the argument is true, False otherwise.\n\nThe builtins True and False are the only two instances of the class bool.\nThe class bool is a subclass of the class int, and cannot be subclassed.",
    methods: &[
        MethodDef::New(&BOOL_NEW),
        MethodDef::Method(&BOOL_REPR),
        MethodDef::Method(&BOOL_INVERT),
        MethodDef::Method(&BOOL_AND),
        MethodDef::Method(&BOOL_RAND),
        MethodDef::Method(&BOOL_XOR),
        MethodDef::Method(&BOOL_RXOR),
        MethodDef::Method(&BOOL_OR),
        MethodDef::Method(&BOOL_ROR),
    ],
    getset: &[],
};
