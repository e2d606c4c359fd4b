//! Native functions: how a Rust function is described to Python, how its arguments are bound and converted.
//!
//! `NativeDef` is made by the `native` attribute. A bound function gets one `Option<Value>` a parameter, in the order of the
//! signature (`*args` packed as a tuple, `**kwargs` as a dict); a raw one gets `Args` as the caller gave them.

mod binding;

use crate::object::{Object, Ref};
use crate::objects::{Class, Complex, NativeFunction, Str, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

use binding::Binding;
pub use binding::unexpected_keyword;

/// A Rust function that Python can call.
pub struct NativeDef {
    /// The name in Python.
    pub name: &'static str,
    /// The signature's text from the parenthesis on; empty if there is none to show.
    pub signature: &'static str,
    /// The doc string.
    pub doc: &'static str,
    /// The parameters (none for raw functions).
    pub parameters: &'static [Parameter],
    /// The entry.
    pub call: NativeCall,
    /// How many arguments, all by position, fill the parameters without more ado.
    pub by_position: ByPosition,
}

/// The counts of arguments that bind one to one when all are given by position. The parameters behind them get nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ByPosition {
    least: u8,
    /// Less than `least` if there is no such count.
    most: u8,
    /// All parameters, if they are at most this many, and all by position.
    exact: u8,
}

impl ByPosition {
    /// No count of arguments.
    pub const NEVER: Self = Self { least: 1, most: 0, exact: u8::MAX };

    /// The counts for these parameters.
    #[must_use]
    pub const fn of(parameters: &[Parameter]) -> Self {
        let mut counts = Self { least: 0, most: 0, exact: parameters.len() as u8 };
        let mut index = 0;
        while index < parameters.len() {
            let parameter = &parameters[index];
            match parameter.kind {
                ParameterKind::PositionalOnly | ParameterKind::PositionalOrKeyword => {
                    counts.most += 1;
                    if parameter.required {
                        counts.least = counts.most;
                    }
                }
                ParameterKind::KeywordOnly if !parameter.required => counts.exact = u8::MAX,
                _ => return Self::NEVER,
            }
            index += 1;
        }
        counts
    }

    #[inline(always)]
    const fn holds(self, count: usize) -> bool {
        self.least as usize <= count && count <= self.most as usize
    }
}

/// The entry of a native function that gets one word a parameter.
pub type BoundEntry = fn(&Thread, &[Option<Value>]) -> R;

/// How a native function takes its arguments.
#[derive(Clone, Copy)]
pub enum NativeCall {
    /// One word a parameter, bound by the signature.
    Bound(BoundEntry),
    /// As the caller gave them.
    Raw(fn(&Thread, Args<'_>) -> R),
}

/// A parameter of a native function.
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// How it may be given.
    pub kind: ParameterKind,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it is `$self` or `$type`.
    pub receiver: bool,
}

/// How an argument may be given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are those of inspect.Parameter")]
pub enum ParameterKind {
    PositionalOnly,
    PositionalOrKeyword,
    VarPositional,
    KeywordOnly,
    VarKeyword,
}

/// The arguments of a call: positional ones, then those named by `names`, all in one slice.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    /// All values.
    pub values: &'a [Value],
    /// Names of the last values, a tuple of exact strings.
    pub names: Option<Ref<Tuple>>,
}

impl<'a> Args<'a> {
    /// Positional arguments only.
    #[inline]
    #[must_use]
    pub fn positional_only(values: &'a [Value]) -> Self {
        Self { values, names: None }
    }

    /// How many were given by name.
    #[inline]
    #[must_use]
    pub fn keyword_count(&self) -> usize {
        self.names.map_or(0, |names| names.len())
    }

    /// Those given by position.
    #[inline]
    #[must_use]
    pub fn positional(&self) -> &'a [Value] {
        &self.values[..self.values.len() - self.keyword_count()]
    }

    /// Those given by name.
    pub fn keywords(&self) -> impl Iterator<Item = (Ref<Str>, Value)> + use<'a> {
        let names = self.names;
        let values = &self.values[self.values.len() - self.keyword_count()..];
        values.iter().enumerate().filter_map(move |(index, &value)| {
            let name = names?.get(index).downcast::<Str>()?;
            Some((name, value))
        })
    }

    /// The one given by this name.
    #[must_use]
    pub fn keyword(&self, name: Ref<Str>) -> Option<Value> {
        self.keywords().find(|(given, _)| Str::equal(*given, name)).map(|(_, value)| value)
    }

    /// Without the first positional argument (the receiver).
    #[inline]
    #[must_use]
    pub fn rest(&self) -> Args<'a> {
        Args { values: &self.values[1..], names: self.names }
    }

    /// TypeError if any argument was given by name.
    pub fn no_keywords(&self, t: &Thread, function: &str) -> R<()> {
        if self.keyword_count() == 0 {
            Ok(())
        } else {
            Err(t.type_error(format_args!("{function}() takes no keyword arguments")))
        }
    }
}

/// Most parameters a bound native function has; binding uses an array of this size on the stack.
pub const MAX_PARAMETERS: usize = 24;

impl NativeDef {
    /// Calls the function; `function` is the object that was called, if there is one, for messages.
    #[inline]
    pub fn invoke(&'static self, t: &Thread, function: Option<Ref<NativeFunction>>, args: Args<'_>) -> R {
        match self.call {
            NativeCall::Bound(entry) if args.names.is_some() || !self.takes_by_position(args.values.len()) => {
                self.bind_slow(t, function, args, entry)
            }
            _ => self.call_by_position(t, args),
        }
    }

    /// Whether `count` positional arguments go into the parameters' places, with none missing.
    #[inline(always)]
    #[must_use]
    pub fn takes_by_position(&self, count: usize) -> bool {
        count == self.by_position.exact as usize || self.by_position.holds(count)
    }

    /// Calls with arguments that all come by position, and of which a bound function takes so many.
    #[inline(always)]
    pub fn call_by_position(&self, t: &Thread, args: Args<'_>) -> R {
        match self.call {
            NativeCall::Raw(entry) => entry(t, args),
            NativeCall::Bound(entry) if args.values.len() == self.by_position.exact as usize => {
                entry(t, as_optional(args.values))
            }
            NativeCall::Bound(entry) => self.fill_up(t, args.values, entry),
        }
    }

    /// Calls with fewer arguments than parameters, which the others do without.
    #[inline(never)]
    fn fill_up(&self, t: &Thread, values: &[Value], entry: fn(&Thread, &[Option<Value>]) -> R) -> R {
        const FEW: usize = 6;
        let count = self.parameters.len();
        let (mut few, mut many);
        let bound: &mut [Option<Value>] = if count <= FEW {
            few = [None; FEW];
            &mut few[..count]
        } else {
            many = [None; MAX_PARAMETERS];
            &mut many[..count]
        };
        bound[..values.len()].copy_from_slice(as_optional(values));
        entry(t, bound)
    }

    #[inline(never)]
    fn bind_slow(
        &'static self,
        t: &Thread,
        function: Option<Ref<NativeFunction>>,
        args: Args<'_>,
        entry: fn(&Thread, &[Option<Value>]) -> R,
    ) -> R {
        Binding::new(t, self, function, args).call(entry)
    }

    fn has_receiver(&self) -> bool {
        self.parameters.first().is_some_and(|first| first.receiver)
    }
}

/// A text signature without its `$self` or `$type`.
#[must_use]
pub fn without_receiver(signature: &str) -> String {
    let inside = signature.trim_start_matches('(');
    match inside.strip_prefix('$') {
        Some(rest) => {
            let rest = rest.split_once(", ").map_or(")", |(_, rest)| rest);
            format!("({}", rest.strip_prefix("/, ").unwrap_or(rest))
        }
        None => signature.to_owned(),
    }
}

/// "s" unless the count is one.
#[must_use]
pub fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// A slice of values seen as a slice of optional values.
#[inline]
#[must_use]
pub fn as_optional(values: &[Value]) -> &[Option<Value>] {
    // SAFETY: Option<Value> has Value's size and alignment, and every Value is the Some of the same word.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), values.len()) }
}

/// What a conversion says in its error messages.
#[derive(Clone, Copy)]
pub struct ArgumentPlace {
    function: &'static NativeDef,
    index: usize,
}

impl ArgumentPlace {
    /// "append() argument 1" or "append() argument 'name'" as CPython's clinic words it.
    #[must_use]
    pub fn describe(&self) -> String {
        let parameter = &self.function.parameters[self.index];
        let receiver = usize::from(self.function.has_receiver());
        if parameter.kind == ParameterKind::PositionalOnly {
            let count = self.function.parameters.len() - receiver;
            if count == 1 {
                return format!("{}() argument", self.function.name);
            }
            return format!("{}() argument {}", self.function.name, self.index + 1 - receiver);
        }
        format!("{}() argument '{}'", self.function.name, parameter.name)
    }

    /// "append() argument must be X, not Y".
    #[cold]
    pub fn type_error(&self, t: &Thread, expected: &str, got: Value) -> crate::raised::Raised {
        if self.index == 0 && self.function.has_receiver() {
            return t.type_error(format_args!(
                "descriptor '{}' for '{expected}' objects doesn't apply to a '{}' object",
                self.function.name,
                got.class(t).name()
            ));
        }
        let got = if got.is_none() { "None".to_owned() } else { got.class(t).name() };
        t.type_error(format_args!("{} must be {expected}, not {got}", self.describe()))
    }
}

/// Converts the argument of one parameter.
#[inline]
pub fn from_argument<T: FromArg>(t: &Thread, given: Option<Value>, function: &'static NativeDef, index: usize) -> R<T> {
    let place = ArgumentPlace { function, index };
    match given {
        Some(value) => T::from_arg(t, value, place),
        None => T::absent(t, place),
    }
}

/// A type that an argument converts to.
pub trait FromArg: Sized {
    /// Converts a value that was given.
    fn from_arg(t: &Thread, value: Value, place: ArgumentPlace) -> R<Self>;

    /// What stands for an argument that was not given.
    fn absent(t: &Thread, place: ArgumentPlace) -> R<Self> {
        let name = place.function.parameters[place.index].name;
        Err(t.type_error(format_args!(
            "{}() missing required argument '{name}' (pos {})",
            place.function.name,
            place.index + 1
        )))
    }
}

impl FromArg for Value {
    #[inline(always)]
    fn from_arg(_: &Thread, value: Value, _: ArgumentPlace) -> R<Self> {
        Ok(value)
    }
    fn absent(_: &Thread, _: ArgumentPlace) -> R<Self> {
        Ok(Value::NONE)
    }
}

impl FromArg for Option<Value> {
    #[inline(always)]
    fn from_arg(_: &Thread, value: Value, _: ArgumentPlace) -> R<Self> {
        Ok(Some(value))
    }
    fn absent(_: &Thread, _: ArgumentPlace) -> R<Self> {
        Ok(None)
    }
}

/// Types whose `Option` takes `None` for "not given".
pub trait NullableArg: FromArg {}

impl<T: NullableArg> FromArg for Option<T> {
    fn from_arg(t: &Thread, value: Value, place: ArgumentPlace) -> R<Self> {
        if value.is_none() { Ok(None) } else { T::from_arg(t, value, place).map(Some) }
    }
    fn absent(_: &Thread, _: ArgumentPlace) -> R<Self> {
        Ok(None)
    }
}

impl<T: Object> FromArg for Ref<T> {
    #[inline]
    fn from_arg(t: &Thread, value: Value, place: ArgumentPlace) -> R<Self> {
        if let Some(object) = value.downcast::<T>() {
            return Ok(object);
        }
        T::unbox(value).ok_or_else(|| place.type_error(t, &class_name_of_layout::<T>(t), value))
    }
}
impl<T: Object> NullableArg for Ref<T> {}

fn class_name_of_layout<T: Object>(t: &Thread) -> String {
    t.shared().class_of_layout(T::layout()).map_or_else(|| T::layout().name.to_lowercase(), |class| class.name())
}

impl FromArg for bool {
    fn from_arg(t: &Thread, value: Value, _: ArgumentPlace) -> R<Self> {
        protocols::is_true(t, value)
    }
}
impl NullableArg for bool {}

impl FromArg for f64 {
    fn from_arg(t: &Thread, value: Value, _: ArgumentPlace) -> R<Self> {
        protocols::float_of(t, value)
    }
}
impl NullableArg for f64 {}

impl FromArg for Complex {
    fn from_arg(t: &Thread, value: Value, _: ArgumentPlace) -> R<Self> {
        protocols::complex_of(t, value)
    }
}

impl FromArg for i64 {
    /// An int (or what `__index__` makes one) of 64 bits; OverflowError beyond, as for `Py_ssize_t`.
    fn from_arg(t: &Thread, value: Value, _: ArgumentPlace) -> R<Self> {
        protocols::index_i64(t, value)
    }
}
impl NullableArg for i64 {}

impl FromArg for isize {
    fn from_arg(t: &Thread, value: Value, _: ArgumentPlace) -> R<Self> {
        protocols::index_i64(t, value).map(|number| number as isize)
    }
}
impl NullableArg for isize {}

impl FromArg for i32 {
    /// An int of 32 bits; the message is that of a C `int`.
    fn from_arg(t: &Thread, value: Value, _: ArgumentPlace) -> R<Self> {
        let number = protocols::index_long(t, value)?;
        i32::try_from(number).map_err(|_| t.overflow_error("Python int too large to convert to C int"))
    }
}
impl NullableArg for i32 {}

impl FromArg for usize {
    /// A non-negative int.
    fn from_arg(t: &Thread, value: Value, place: ArgumentPlace) -> R<Self> {
        let number = protocols::index_i64(t, value)?;
        usize::try_from(number).map_err(|_| t.value_error(format_args!("{} must be >= 0", place.describe())))
    }
}
impl NullableArg for usize {}

/// A result that converts to what Python sees.
pub trait IntoResult {
    /// Converts.
    fn into_result(self, t: &Thread) -> R;
}

impl<T: IntoValue> IntoResult for R<T> {
    #[inline(always)]
    fn into_result(self, t: &Thread) -> R {
        self?.into_value(t)
    }
}

macro_rules! plain_results {
    ($($type:ty),*) => { $(impl IntoResult for $type {
        #[inline(always)]
        fn into_result(self, t: &Thread) -> R { self.into_value(t) }
    })* };
}
plain_results!(Value, (), bool, i64, i32, u32, u64, usize, f64, String, &str);

impl<T> IntoResult for Ref<T> {
    #[inline(always)]
    fn into_result(self, _: &Thread) -> R {
        Ok(self.value())
    }
}

/// A Rust value that becomes a Python one.
pub trait IntoValue {
    /// Converts; MemoryError is possible.
    fn into_value(self, t: &Thread) -> R;
}

impl IntoValue for Value {
    #[inline(always)]
    fn into_value(self, _: &Thread) -> R {
        Ok(self)
    }
}
impl IntoValue for () {
    #[inline(always)]
    fn into_value(self, _: &Thread) -> R {
        Ok(Value::NONE)
    }
}
impl IntoValue for bool {
    #[inline(always)]
    fn into_value(self, _: &Thread) -> R {
        Ok(Value::bool(self))
    }
}
impl<T> IntoValue for Ref<T> {
    #[inline(always)]
    fn into_value(self, _: &Thread) -> R {
        Ok(self.value())
    }
}
impl<T: IntoValue> IntoValue for Option<T> {
    /// `None` where there is nothing.
    fn into_value(self, t: &Thread) -> R {
        self.map_or(Ok(Value::NONE), |value| value.into_value(t))
    }
}
impl IntoValue for i64 {
    #[inline]
    fn into_value(self, t: &Thread) -> R {
        crate::objects::int_from_i64(t, self)
    }
}
impl IntoValue for i32 {
    #[inline]
    fn into_value(self, _: &Thread) -> R {
        Ok(Value::small(self))
    }
}
impl IntoValue for u32 {
    #[inline]
    fn into_value(self, t: &Thread) -> R {
        i64::from(self).into_value(t)
    }
}
impl IntoValue for u64 {
    #[inline]
    fn into_value(self, t: &Thread) -> R {
        crate::objects::int_from_u64(t, self)
    }
}
impl IntoValue for usize {
    #[inline]
    fn into_value(self, t: &Thread) -> R {
        (self as u64).into_value(t)
    }
}
impl IntoValue for f64 {
    #[inline]
    fn into_value(self, t: &Thread) -> R {
        crate::objects::float_value(t, self)
    }
}
impl IntoValue for String {
    fn into_value(self, t: &Thread) -> R {
        Ok(Str::new(t, &self)?.value())
    }
}
impl IntoValue for &str {
    fn into_value(self, t: &Thread) -> R {
        Ok(Str::new(t, self)?.value())
    }
}

/// Reads an attribute of a builtin class's instance.
pub type Getter = fn(&Thread, Value) -> R;

/// Writes an attribute of a builtin class's instance, or deletes it (`None`).
pub type Setter = fn(&Thread, Value, Option<Value>) -> R<()>;

/// An attribute computed by Rust functions.
pub struct GetSet {
    /// The attribute's name.
    pub name: &'static str,
    /// Reads it.
    pub get: Getter,
    /// Writes it, or deletes it (`None`). Without it, the attribute is read-only.
    pub set: Option<Setter>,
    /// The doc string.
    pub doc: &'static str,
}

/// A builtin class.
pub struct ClassDef {
    /// `__name__`.
    pub name: &'static str,
    /// `__module__`.
    pub module: &'static str,
    /// The layout of its instances.
    pub layout: fn() -> &'static crate::object::Layout,
    /// Its base; `None` only for `object`.
    pub base: Option<fn(&Thread) -> Ref<Class>>,
    /// Its properties.
    pub flags: u32,
    /// The doc string.
    pub doc: &'static str,
    /// Its methods.
    pub methods: &'static [MethodDef],
    /// Its computed attributes.
    pub getset: &'static [GetSet],
}

/// Whether the classes of a module are the language's own. CPython has such classes as static types, and those of other modules as
/// heap types.
#[must_use]
pub fn is_module_of_language(module: &str) -> bool {
    matches!(module, "builtins" | "types")
}

/// How a native function becomes a method.
pub enum MethodDef {
    /// Bound to the instance.
    Method(&'static NativeDef),
    /// Bound to the class.
    Class(&'static NativeDef),
    /// Not bound.
    Static(&'static NativeDef),
    /// `__new__`: a static method whose first argument is checked to be a subclass.
    New(&'static NativeDef),
}
