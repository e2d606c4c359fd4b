//! `weakref.proxy`: weak references that stand for their referents in every operation.

use crate::builtins::weak_reference::check_referent;
use crate::native;
use crate::native::{Args, ClassDef, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::{Str, WeakReference, references_to};
use crate::protocols::{self, BinaryOp, CompareOp, UnaryOp};
use crate::raised::R;
use crate::shared::NativeClass;
use crate::thread::Thread;
use crate::value::Value;

/// The referent of a proxy; any other value stands for itself.
fn unwrap(t: &Thread, value: Value) -> R {
    match value.downcast::<WeakReference>() {
        Some(proxy) if is_proxy(t, value) => {
            proxy.referent(t).ok_or_else(|| t.reference_error("weakly-referenced object no longer exists"))
        }
        _ => Ok(value),
    }
}

/// Whether a value is a proxy.
pub fn is_proxy(t: &Thread, value: Value) -> bool {
    let class = value.class(t);
    class == PROXY.get(t) || class == CALLABLE_PROXY.get(t)
}

/// `weakref.proxy(object, callback)`.
pub fn proxy(t: &Thread, referent: Value, callback: Option<Value>) -> R {
    check_referent(t, referent)?;
    let callback = callback.filter(|callback| !callback.is_none());
    let class = if protocols::is_callable(t, referent) { CALLABLE_PROXY.get(t) } else { PROXY.get(t) };
    if callback.is_none() {
        let same = |known: &Ref<WeakReference>| known.value().class(t) == class && known.callback.get().is_none();
        if let Some(known) = references_to(t, referent).into_iter().find(same) {
            return Ok(known.value());
        }
    }
    Ok(WeakReference::new(t, class, referent, callback)?.value())
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn proxy_repr(t: &Thread, this: Ref<WeakReference>) -> String {
    let address = this.address();
    match this.referent(t) {
        Some(referent) => {
            format!("<weakproxy at {address:#x}; to '{}' at {:#x}>", referent.class(t).full_name(t), referent.bits())
        }
        None => format!("<weakproxy at {address:#x}; dead>"),
    }
}

/// Return str(self).
#[native("__str__($self, /)")]
fn proxy_str(t: &Thread, this: Value) -> R {
    Ok(protocols::str(t, unwrap(t, this)?)?.value())
}

fn name_of(t: &Thread, name: Value) -> R<Ref<Str>> {
    match Str::of(t, name) {
        Some(name) => Ok(name),
        None => Err(t.type_error(format_args!("attribute name must be string, not '{}'", name.class(t).name()))),
    }
}

/// Return getattr(self, name).
#[native("__getattribute__($self, name, /)")]
fn proxy_getattribute(t: &Thread, this: Value, name: Value) -> R {
    let name = name_of(t, name)?;
    protocols::get_attribute(t, unwrap(t, this)?, name)
}

/// Implement setattr(self, name, value).
#[native("__setattr__($self, name, value, /)")]
fn proxy_setattr(t: &Thread, this: Value, name: Value, value: Value) -> R<()> {
    let name = name_of(t, name)?;
    protocols::set_attribute(t, unwrap(t, this)?, name, value)
}

/// Implement delattr(self, name).
#[native("__delattr__($self, name, /)")]
fn proxy_delattr(t: &Thread, this: Value, name: Value) -> R<()> {
    let name = name_of(t, name)?;
    protocols::delete_attribute(t, unwrap(t, this)?, name)
}

macro_rules! comparisons {
    ($($function:ident $op:ident $signature:literal $doc:literal;)*) => { $(
        #[doc = $doc]
        #[native($signature)]
        fn $function(t: &Thread, this: Value, other: Value) -> R {
            protocols::compare(t, unwrap(t, this)?, unwrap(t, other)?, CompareOp::$op)
        }
    )* };
}
comparisons! {
    proxy_lt Lt "__lt__($self, value, /)" "Return self<value.";
    proxy_le Le "__le__($self, value, /)" "Return self<=value.";
    proxy_eq Eq "__eq__($self, value, /)" "Return self==value.";
    proxy_ne Ne "__ne__($self, value, /)" "Return self!=value.";
    proxy_gt Gt "__gt__($self, value, /)" "Return self>value.";
    proxy_ge Ge "__ge__($self, value, /)" "Return self>=value.";
}

macro_rules! binary {
    ($($function:ident $reflected:ident $in_place:ident $op:ident $name:literal $reflected_name:literal $in_place_name:literal;)*) => { $(
        #[native($name)]
        fn $function(t: &Thread, this: Value, other: Value) -> R {
            protocols::binary(t, BinaryOp::$op, unwrap(t, this)?, unwrap(t, other)?)
        }
        #[native($reflected_name)]
        fn $reflected(t: &Thread, this: Value, other: Value) -> R {
            protocols::binary(t, BinaryOp::$op, unwrap(t, other)?, unwrap(t, this)?)
        }
        #[native($in_place_name)]
        fn $in_place(t: &Thread, this: Value, other: Value) -> R {
            protocols::inplace(t, BinaryOp::$op, unwrap(t, this)?, unwrap(t, other)?)
        }
    )* };
}
binary! {
    proxy_add proxy_radd proxy_iadd Add "__add__($self, value, /)" "__radd__($self, value, /)" "__iadd__($self, value, /)";
    proxy_sub proxy_rsub proxy_isub Sub "__sub__($self, value, /)" "__rsub__($self, value, /)" "__isub__($self, value, /)";
    proxy_mul proxy_rmul proxy_imul Mul "__mul__($self, value, /)" "__rmul__($self, value, /)" "__imul__($self, value, /)";
    proxy_mod proxy_rmod proxy_imod Mod "__mod__($self, value, /)" "__rmod__($self, value, /)" "__imod__($self, value, /)";
    proxy_lshift proxy_rlshift proxy_ilshift LShift "__lshift__($self, value, /)" "__rlshift__($self, value, /)" "__ilshift__($self, value, /)";
    proxy_rshift proxy_rrshift proxy_irshift RShift "__rshift__($self, value, /)" "__rrshift__($self, value, /)" "__irshift__($self, value, /)";
    proxy_and proxy_rand proxy_iand And "__and__($self, value, /)" "__rand__($self, value, /)" "__iand__($self, value, /)";
    proxy_xor proxy_rxor proxy_ixor Xor "__xor__($self, value, /)" "__rxor__($self, value, /)" "__ixor__($self, value, /)";
    proxy_or proxy_ror proxy_ior Or "__or__($self, value, /)" "__ror__($self, value, /)" "__ior__($self, value, /)";
    proxy_floordiv proxy_rfloordiv proxy_ifloordiv FloorDiv "__floordiv__($self, value, /)" "__rfloordiv__($self, value, /)" "__ifloordiv__($self, value, /)";
    proxy_truediv proxy_rtruediv proxy_itruediv TrueDiv "__truediv__($self, value, /)" "__rtruediv__($self, value, /)" "__itruediv__($self, value, /)";
    proxy_matmul proxy_rmatmul proxy_imatmul MatMul "__matmul__($self, value, /)" "__rmatmul__($self, value, /)" "__imatmul__($self, value, /)";
}

/// Return self**=value.
#[native("__ipow__($self, value, /)")]
fn proxy_ipow(t: &Thread, this: Value, other: Value) -> R {
    protocols::inplace(t, BinaryOp::Pow, unwrap(t, this)?, unwrap(t, other)?)
}

/// Return divmod(self, value).
#[native("__divmod__($self, value, /)")]
fn proxy_divmod(t: &Thread, this: Value, other: Value) -> R {
    protocols::binary(t, BinaryOp::DivMod, unwrap(t, this)?, unwrap(t, other)?)
}

/// Return divmod(value, self).
#[native("__rdivmod__($self, value, /)")]
fn proxy_rdivmod(t: &Thread, this: Value, other: Value) -> R {
    protocols::binary(t, BinaryOp::DivMod, unwrap(t, other)?, unwrap(t, this)?)
}

/// Return pow(self, value, mod).
#[native("__pow__($self, value, mod=None, /)")]
fn proxy_pow(t: &Thread, this: Value, other: Value, modulus: Option<Value>) -> R {
    let modulus = modulus.filter(|modulus| !modulus.is_none()).map(|modulus| unwrap(t, modulus)).transpose()?;
    protocols::power(t, unwrap(t, this)?, unwrap(t, other)?, modulus)
}

/// Return pow(value, self, mod).
#[native("__rpow__($self, value, mod=None, /)")]
fn proxy_rpow(t: &Thread, this: Value, other: Value, modulus: Option<Value>) -> R {
    let modulus = modulus.filter(|modulus| !modulus.is_none()).map(|modulus| unwrap(t, modulus)).transpose()?;
    protocols::power(t, unwrap(t, other)?, unwrap(t, this)?, modulus)
}

macro_rules! unary {
    ($($function:ident $signature:literal $operation:expr;)*) => { $(
        #[native($signature)]
        fn $function(t: &Thread, this: Value) -> R {
            let operation: fn(&Thread, Value) -> R = $operation;
            operation(t, unwrap(t, this)?)
        }
    )* };
}
unary! {
    proxy_neg "__neg__($self, /)" |t, value| protocols::unary(t, UnaryOp::Neg, value);
    proxy_pos "__pos__($self, /)" |t, value| protocols::unary(t, UnaryOp::Pos, value);
    proxy_invert "__invert__($self, /)" |t, value| protocols::unary(t, UnaryOp::Invert, value);
    proxy_abs "__abs__($self, /)" protocols::absolute;
    proxy_bool "__bool__($self, /)" |t, value| protocols::is_true(t, value).map(Value::bool);
    proxy_int "__int__($self, /)" |t, value| protocols::call(t, t.classes().int.value(), &[value]);
    proxy_float "__float__($self, /)" |t, value| protocols::call(t, t.classes().float.value(), &[value]);
    proxy_index "__index__($self, /)" protocols::index;
    proxy_len "__len__($self, /)" |t, value| crate::objects::int_from_u64(t, protocols::length(t, value)? as u64);
    proxy_iter "__iter__($self, /)" protocols::iterate;
    proxy_bytes "__bytes__($self, /)" |t, value| protocols::call(t, t.classes().bytes.value(), &[value]);
    proxy_reversed "__reversed__($self, /)" |t, value| protocols::call_method(t, value, t.names().__reversed__, &[]);
}

/// Implement next(self).
#[native("__next__($self, /)")]
fn proxy_next(t: &Thread, this: Value) -> R {
    let iterator = unwrap(t, this)?;
    if !protocols::is_iterator(t, iterator) {
        return Err(t.type_error(format_args!(
            "Weakref proxy referenced a non-iterator '{}' object",
            iterator.class(t).name()
        )));
    }
    protocols::next(t, iterator)?.ok_or_else(|| t.stop_iteration(None))
}

/// Return self[key].
#[native("__getitem__($self, key, /)")]
fn proxy_getitem(t: &Thread, this: Value, key: Value) -> R {
    protocols::get_item(t, unwrap(t, this)?, unwrap(t, key)?)
}

/// Set self[key] to value.
#[native("__setitem__($self, key, value, /)")]
fn proxy_setitem(t: &Thread, this: Value, key: Value, value: Value) -> R<()> {
    protocols::set_item(t, unwrap(t, this)?, key, value)
}

/// Delete self[key].
#[native("__delitem__($self, key, /)")]
fn proxy_delitem(t: &Thread, this: Value, key: Value) -> R<()> {
    protocols::delete_item(t, unwrap(t, this)?, key)
}

/// Return bool(key in self).
#[native("__contains__($self, key, /)")]
fn proxy_contains(t: &Thread, this: Value, key: Value) -> R<bool> {
    protocols::contains(t, unwrap(t, this)?, unwrap(t, key)?)
}

/// Call self as a function.
#[native("__call__($self, /, *args, **kwargs)", raw)]
fn proxy_call(t: &Thread, args: Args<'_>) -> R {
    let Some(&this) = args.values.first() else { return Err(t.type_error("descriptor '__call__' needs an argument")) };
    let target = unwrap(t, this)?;
    protocols::call_args(t, target, args.rest())
}

macro_rules! methods {
    ($($definition:ident)*) => { &[$(MethodDef::Method(&$definition)),*] };
}

macro_rules! proxy_methods {
    ($($more:ident)*) => {
        methods! {
            PROXY_REPR PROXY_STR PROXY_GETATTRIBUTE PROXY_SETATTR PROXY_DELATTR PROXY_LT PROXY_LE PROXY_EQ PROXY_NE PROXY_GT PROXY_GE
            PROXY_ADD PROXY_RADD PROXY_IADD PROXY_SUB PROXY_RSUB PROXY_ISUB PROXY_MUL PROXY_RMUL PROXY_IMUL PROXY_MOD PROXY_RMOD PROXY_IMOD
            PROXY_LSHIFT PROXY_RLSHIFT PROXY_ILSHIFT PROXY_RSHIFT PROXY_RRSHIFT PROXY_IRSHIFT PROXY_AND PROXY_RAND PROXY_IAND
            PROXY_XOR PROXY_RXOR PROXY_IXOR PROXY_OR PROXY_ROR PROXY_IOR PROXY_FLOORDIV PROXY_RFLOORDIV PROXY_IFLOORDIV
            PROXY_TRUEDIV PROXY_RTRUEDIV PROXY_ITRUEDIV PROXY_MATMUL PROXY_RMATMUL PROXY_IMATMUL PROXY_IPOW PROXY_POW PROXY_RPOW
            PROXY_DIVMOD PROXY_RDIVMOD PROXY_NEG PROXY_POS PROXY_INVERT PROXY_ABS PROXY_BOOL PROXY_INT PROXY_FLOAT PROXY_INDEX PROXY_LEN
            PROXY_ITER PROXY_NEXT PROXY_BYTES PROXY_REVERSED PROXY_GETITEM PROXY_SETITEM PROXY_DELITEM PROXY_CONTAINS $($more)*
        }
    };
}

/// `weakref.ProxyType`.
pub static PROXY: NativeClass = NativeClass::new(ClassDef {
    name: "ProxyType",
    module: "weakref",
    layout: WeakReference::layout,
    base: Some(|t| t.classes().object),
    flags: crate::objects::ClassFlags::NO_NEW,
    doc: "",
    methods: proxy_methods!(),
    getset: &[],
});

/// `weakref.CallableProxyType`.
pub static CALLABLE_PROXY: NativeClass = NativeClass::new(ClassDef {
    name: "CallableProxyType",
    module: "weakref",
    layout: WeakReference::layout,
    base: Some(|t| t.classes().object),
    flags: crate::objects::ClassFlags::NO_NEW,
    doc: "",
    methods: proxy_methods!(PROXY_CALL),
    getset: &[],
});
