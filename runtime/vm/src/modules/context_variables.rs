//! `_contextvars`: context variables (PEP 567).
//!
//! A context holds its values in a dict keyed by the variables' identities. Copying a context shares the dict: both then own it no
//! longer, and the first to set a variable takes a copy of its own. The flag and the dict change together under the context's lock byte.

use sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::builtins::generic_alias::CLASS_GETITEM;
use crate::builtins::member::read_only;
use crate::containers::intern_text;
use crate::heap_object;
use crate::modules::{NativeModule, nothing_to_add};
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::{Class, ClassFlags, Dict, List, Str, Tuple, instance::Instance};
use crate::protocols;
use crate::raised::{R, Raised};
use crate::shared::NativeClass;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A context.
    pub struct Context {
        /// Variable to value, by identity.
        values: Slot,
        /// The context that the thread goes back to when it leaves this one.
        previous: Slot,
        /// Whether no other context uses the dict.
        owned: AtomicU32,
        /// Whether a thread is in it.
        entered: AtomicU32,
    }
    trace { values, previous }
    fixed
}

heap_object! {
    /// A variable.
    pub struct ContextVar {
        name: Slot,
        default: Slot,
    }
    trace { name, default }
    fixed
}

heap_object! {
    /// What `ContextVar.set` gives, to go back.
    pub struct Token {
        context: Slot,
        variable: Slot,
        /// The value before, or unset.
        old: Slot,
        used: AtomicU32,
    }
    trace { context, variable, old }
    fixed
}

fn new_context(t: &Thread, values: Ref<Dict>, owned: bool) -> R<Ref<Context>> {
    let made = t.allocate_exact::<Context>(CONTEXT.get(t))?;
    made.set(|c| &c.values, values.value());
    made.get().owned.store(u32::from(owned), Relaxed);
    Ok(made.publish())
}

/// The context that the thread is in.
pub fn current(t: &Thread) -> R<Ref<Context>> {
    if let Some(context) = t.context().and_then(Value::downcast) {
        return Ok(context);
    }
    let made = new_context(t, Dict::new(t)?, true)?;
    made.entered.store(1, Relaxed);
    t.set_context(Some(made.value()));
    Ok(made)
}

impl Ref<Context> {
    fn values(self) -> Ref<Dict> {
        self.target().values.get().and_then(Value::downcast).expect("made with a dict")
    }

    fn get(self, t: &Thread, variable: Value) -> Option<Value> {
        self.values().get_identity(t, variable)
    }

    fn change(self, t: &Thread, variable: Value, value: Option<Value>) -> R<()> {
        let values = if self.owned.load(Relaxed) == 0 { Some(self.values().copy(t)?) } else { None };
        let guard = self.header().lock(t.mutator());
        let values = match values {
            Some(values) => {
                self.target().values.put(self.header(), t, values.value());
                self.owned.store(1, Relaxed);
                values
            }
            None if self.owned.load(Relaxed) == 0 => {
                drop(guard);
                return self.change(t, variable, value);
            }
            None => self.values(),
        };
        match value {
            Some(value) => values.set_identity(t, variable, value),
            None => {
                values.delete_identity(t, variable);
                Ok(())
            }
        }
    }

    fn copy(self, t: &Thread) -> R<Ref<Context>> {
        let made = new_context(t, self.values(), false)?;
        let _guard = self.header().lock(t.mutator());
        self.owned.store(0, Relaxed);
        made.values.put(made.header(), t, self.values().value());
        Ok(made)
    }

    fn enter(self, t: &Thread) -> R<()> {
        if !self.claim(t) {
            let shown = protocols::repr(t, self.value())?.to_string_lossy();
            return Err(t.runtime_error(format_args!("cannot enter context: {shown} is already entered")));
        }
        self.previous.put(self.header(), t, t.context());
        t.set_context(Some(self.value()));
        Ok(())
    }

    /// Says that this thread is in the context; false if a thread is already. One that is alone needs no exchange (rule 15).
    fn claim(self, t: &Thread) -> bool {
        if !t.mutator().is_single_threaded() {
            return self.entered.swap(1, sync::atomic::Ordering::AcqRel) == 0;
        }
        let free = self.entered.load(Relaxed) == 0;
        self.entered.store(1, Relaxed);
        free
    }

    fn leave(self, t: &Thread) {
        t.set_context(self.previous.get());
        self.previous.put(self.header(), t, None);
        self.entered.store(0, sync::atomic::Ordering::Release);
    }
}

/// A copy of the thread's context, for threads and callbacks that start from it.
pub fn copy_current(t: &Thread) -> R {
    Ok(current(t)?.copy(t)?.value())
}

/// Calls a function in a context.
pub fn call_in(t: &Thread, context: Value, function: Value, args: Args<'_>) -> R {
    run_in(t, context, || protocols::call_args(t, function, args))
}

/// Runs native code in a context.
pub fn run_in<T>(t: &Thread, context: Value, run: impl FnOnce() -> R<T>) -> R<T> {
    let Some(context) = context.downcast::<Context>() else {
        return Err(t.type_error("an instance of Context was expected"));
    };
    context.enter(t)?;
    let result = run();
    context.leave(t);
    result
}

#[native("copy_context($module, /)")]
fn copy_context(t: &Thread, _module: Value) -> R {
    copy_current(t)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn context_new(t: &Thread, args: Args<'_>) -> R {
    if args.values.len() > 1 {
        return Err(t.type_error("Context() does not accept any arguments"));
    }
    Ok(new_context(t, Dict::new(t)?, true)?.value())
}

#[native("run", raw)]
fn context_run(t: &Thread, args: Args<'_>) -> R {
    let rest = args.rest();
    let Some(&function) = rest.positional().first() else {
        return Err(t.type_error("run() missing 1 required positional argument"));
    };
    call_in(t, args.values[0], function, rest.rest())
}

/// Return a shallow copy of the context object.
#[native("copy($self, /)")]
fn context_copy(t: &Thread, this: Ref<Context>) -> R<Ref<Context>> {
    this.copy(t)
}

fn check_key(t: &Thread, key: Value) -> R<()> {
    if key.downcast::<ContextVar>().is_some() {
        return Ok(());
    }
    let shown = protocols::repr(t, key)?.to_string_lossy();
    Err(t.type_error(format_args!("a ContextVar key was expected, got {shown}")))
}

/// Return the value for `key` if `key` has the value in the context object.
///
/// If `key` does not exist, return `default`. If `default` is not given,
/// return None.
#[native("get($self, key, default=None, /)")]
fn context_get(t: &Thread, this: Ref<Context>, key: Value, default: Value) -> R {
    check_key(t, key)?;
    Ok(this.get(t, key).unwrap_or(default))
}

/// Return self[key].
#[native("__getitem__($self, key, /)")]
fn context_getitem(t: &Thread, this: Ref<Context>, key: Value) -> R {
    check_key(t, key)?;
    this.get(t, key).ok_or_else(|| t.key_error(key))
}

/// Return bool(key in self).
#[native("__contains__($self, key, /)")]
fn context_contains(t: &Thread, this: Ref<Context>, key: Value) -> R<bool> {
    check_key(t, key)?;
    Ok(this.get(t, key).is_some())
}

/// Return len(self).
#[native("__len__($self, /)")]
fn context_len(t: &Thread, this: Ref<Context>) -> usize {
    this.values().len(t)
}

fn listed(t: &Thread, this: Ref<Context>, item: impl Fn(Value, Value) -> R) -> R {
    let list = List::new(t)?;
    this.values().for_each(t, |key, value| list.push(t, item(key, value)?))?;
    protocols::iterate(t, list.value())
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn context_iter(t: &Thread, this: Ref<Context>) -> R {
    listed(t, this, |key, _| Ok(key))
}

/// Return a list of all variables in the context object.
#[native("keys($self, /)")]
fn context_keys(t: &Thread, this: Ref<Context>) -> R {
    listed(t, this, |key, _| Ok(key))
}

/// Return a list of all variables' values in the context object.
#[native("values($self, /)")]
fn context_values(t: &Thread, this: Ref<Context>) -> R {
    listed(t, this, |_, value| Ok(value))
}

/// Return all variables and their values in the context object.
///
/// The result is returned as a list of 2-tuples (variable, value).
#[native("items($self, /)")]
fn context_items(t: &Thread, this: Ref<Context>) -> R {
    listed(t, this, |key, value| Ok(Tuple::pair(t, key, value)?.value()))
}

fn same(t: &Thread, this: Ref<Context>, other: Value) -> R<Option<bool>> {
    let Some(other) = other.downcast::<Context>() else { return Ok(None) };
    if this.values().len(t) != other.values().len(t) {
        return Ok(Some(false));
    }
    let mut equal = true;
    this.values().for_each(t, |key, value| {
        equal = equal
            && match other.get(t, key) {
                Some(theirs) => protocols::equal(t, value, theirs)?,
                None => false,
            };
        Ok(())
    })?;
    Ok(Some(equal))
}

/// Return self==value.
#[native("__eq__($self, value, /)")]
fn context_eq(t: &Thread, this: Ref<Context>, other: Value) -> R {
    Ok(same(t, this, other)?.map_or(Value::NOT_IMPLEMENTED, Value::bool))
}

/// Return self!=value.
#[native("__ne__($self, value, /)")]
fn context_ne(t: &Thread, this: Ref<Context>, other: Value) -> R {
    Ok(same(t, this, other)?.map_or(Value::NOT_IMPLEMENTED, |same| Value::bool(!same)))
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn variable_new(t: &Thread, args: Args<'_>) -> R {
    let rest = args.rest();
    let positional = rest.positional();
    if positional.len() > 1 {
        return Err(t.type_error(format_args!(
            "ContextVar() takes at most 1 positional argument ({} given)",
            positional.len()
        )));
    }
    let mut default = None;
    for (name, value) in rest.keywords() {
        if !name.is("default") {
            return Err(native::unexpected_keyword(t, "ContextVar", &name.to_string_lossy(), ["default"]));
        }
        default = Some(value);
    }
    let [name] = *positional else {
        return Err(t.type_error("ContextVar() takes exactly 1 positional argument (0 given)"));
    };
    if Str::of(t, name).is_none() {
        return Err(t.type_error("context variable name must be a str"));
    }
    let made = t.allocate_exact::<ContextVar>(CONTEXT_VAR.get(t))?;
    made.set(|v| &v.name, name).set(|v| &v.default, default);
    Ok(made.publish().value())
}

/// Return a value for the context variable for the current context.
///
/// If there is no value for the variable in the current context, the method
/// returns the default given to it, else the variable's own default, else it
/// raises a LookupError.
#[native("get($self, default=<unrepresentable>, /)")]
fn variable_get(t: &Thread, this: Ref<ContextVar>, default: Option<Value>) -> R {
    let known = t.context().and_then(Value::downcast::<Context>).and_then(|context| context.get(t, this.value()));
    match known.or(default).or_else(|| this.default.get()) {
        Some(value) => Ok(value),
        None => Err(t.raise_with(t.classes().lookup_error, &[this.value()])),
    }
}

/// Call to set a new value for the context variable in the current context.
///
/// The required value argument is the new value for the context variable.
///
/// Returns a Token object that can be used to restore the variable to its previous
/// value via the `ContextVar.reset()` method.
#[native("set($self, value, /)")]
fn variable_set(t: &Thread, this: Ref<ContextVar>, value: Value) -> R {
    let context = current(t)?;
    let old = context.get(t, this.value());
    context.change(t, this.value(), Some(value))?;
    let made = t.allocate_exact::<Token>(TOKEN.get(t))?;
    made.set(|k| &k.context, context.value()).set(|k| &k.variable, this.value()).set(|k| &k.old, old);
    Ok(made.publish().value())
}

fn wrong_token(t: &Thread, token: Value, problem: &str, runtime: bool) -> Raised {
    match protocols::repr(t, token) {
        Err(raised) => raised,
        Ok(shown) if runtime => t.runtime_error(format_args!("{} {problem}", shown.to_string_lossy())),
        Ok(shown) => t.value_error(format_args!("{} {problem}", shown.to_string_lossy())),
    }
}

/// Reset the context variable.
///
/// The variable is reset to the value it had before the `ContextVar.set()` that
/// created the token was used.
#[native("reset($self, token, /)")]
fn variable_reset(t: &Thread, this: Ref<ContextVar>, token: Value) -> R<()> {
    let Some(given) = token.downcast::<Token>() else {
        let shown = protocols::repr(t, token)?.to_string_lossy();
        return Err(t.type_error(format_args!("expected an instance of Token, got {shown}")));
    };
    if given.used.load(Relaxed) != 0 {
        return Err(wrong_token(t, token, "has already been used once", true));
    }
    if !given.variable.get().is_some_and(|variable| variable.is(this.value())) {
        return Err(wrong_token(t, token, "was created by a different ContextVar", false));
    }
    let context = current(t)?;
    if !given.context.get().is_some_and(|other| other.is(context.value())) {
        return Err(wrong_token(t, token, "was created in a different Context", false));
    }
    given.used.store(1, Relaxed);
    context.change(t, this.value(), given.old.get())
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn variable_repr(t: &Thread, this: Ref<ContextVar>) -> R<String> {
    let name = protocols::repr(t, this.name.get().unwrap_or(Value::NONE))?.to_string_lossy();
    let default = match this.default.get() {
        Some(default) => format!(" default={}", protocols::repr(t, default)?.to_string_lossy()),
        None => String::new(),
    };
    Ok(format!("<ContextVar name={name}{default} at {:#x}>", this.address()))
}

fn get_name(_: &Thread, object: Value) -> R {
    Ok(object.downcast::<ContextVar>().and_then(|this| this.name.get()).unwrap_or(Value::NONE))
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn token_new(t: &Thread, _args: Args<'_>) -> R {
    Err(t.runtime_error("Tokens can only be created by ContextVars"))
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn token_repr(t: &Thread, this: Ref<Token>) -> R<String> {
    let used = if this.used.load(Relaxed) != 0 { " used" } else { "" };
    let variable = protocols::repr(t, this.variable.get().unwrap_or(Value::NONE))?.to_string_lossy();
    Ok(format!("<Token{used} var={variable} at {:#x}>", this.address()))
}

/// Enter into Token context manager.
#[native("__enter__($self, /)")]
fn token_enter(_: &Thread, this: Ref<Token>) -> Value {
    this.value()
}

/// Exit from Token context manager, restore the linked ContextVar.
#[native("__exit__($self, type, val, tb, /)")]
fn token_exit(t: &Thread, this: Ref<Token>, _kind: Value, _value: Value, _traceback: Value) -> R<()> {
    match this.variable.get().and_then(Value::downcast::<ContextVar>) {
        Some(variable) => variable_reset(t, variable, this.value()),
        None => Ok(()),
    }
}

fn get_variable(_: &Thread, object: Value) -> R {
    Ok(object.downcast::<Token>().and_then(|this| this.variable.get()).unwrap_or(Value::NONE))
}

fn get_old_value(t: &Thread, object: Value) -> R {
    if let Some(old) = object.downcast::<Token>().and_then(|this| this.old.get()) {
        return Ok(old);
    }
    let missing = TOKEN.get(t).namespace().get_str(t, intern_text(t, "MISSING")?);
    missing.ok_or_else(|| t.system_error("Token has MISSING"))
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn missing_repr(_: &Thread, _this: Value) -> &'static str {
    "<Token.MISSING>"
}

fn add_missing(builder: &Thread, class: Ref<Class>) -> R<()> {
    // The class of the one instance was made by `TOKEN`'s base function, before the builder's lock was taken.
    let missing = builder.allocate_exact::<Instance>(MISSING.get(builder))?.publish();
    class.namespace().set_str(builder, intern_text(builder, "MISSING")?, missing.value())
}

static MISSING: NativeClass = NativeClass::new(ClassDef {
    name: "MISSING",
    module: "Token",
    layout: Instance::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[MethodDef::Method(&MISSING_REPR)],
    getset: &[],
});

fn token_base(t: &Thread) -> Ref<Class> {
    MISSING.get(t);
    t.classes().object
}

/// `contextvars.Context`.
pub static CONTEXT: NativeClass = NativeClass::new(ClassDef {
    name: "Context",
    module: "_contextvars",
    layout: Context::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::WEAKREF,
    doc: "",
    methods: &[
        MethodDef::New(&CONTEXT_NEW),
        MethodDef::Method(&CONTEXT_RUN),
        MethodDef::Method(&CONTEXT_COPY),
        MethodDef::Method(&CONTEXT_GET),
        MethodDef::Method(&CONTEXT_KEYS),
        MethodDef::Method(&CONTEXT_VALUES),
        MethodDef::Method(&CONTEXT_ITEMS),
        MethodDef::Method(&CONTEXT_GETITEM),
        MethodDef::Method(&CONTEXT_CONTAINS),
        MethodDef::Method(&CONTEXT_LEN),
        MethodDef::Method(&CONTEXT_ITER),
        MethodDef::Method(&CONTEXT_EQ),
        MethodDef::Method(&CONTEXT_NE),
    ],
    getset: &[],
});

/// `contextvars.ContextVar`.
pub static CONTEXT_VAR: NativeClass = NativeClass::new(ClassDef {
    name: "ContextVar",
    module: "_contextvars",
    layout: ContextVar::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "",
    methods: &[
        MethodDef::New(&VARIABLE_NEW),
        MethodDef::Method(&VARIABLE_GET),
        MethodDef::Method(&VARIABLE_SET),
        MethodDef::Method(&VARIABLE_RESET),
        MethodDef::Method(&VARIABLE_REPR),
        MethodDef::Class(&CLASS_GETITEM),
    ],
    getset: &[GetSet { name: "name", get: get_name, set: Some(read_only), doc: "" }],
});

/// `contextvars.Token`.
pub static TOKEN: NativeClass = NativeClass::with_setup(
    ClassDef {
        name: "Token",
        module: "_contextvars",
        layout: Token::layout,
        base: Some(token_base),
        flags: 0,
        doc: "",
        methods: &[
            MethodDef::New(&TOKEN_NEW),
            MethodDef::Method(&TOKEN_REPR),
            MethodDef::Method(&TOKEN_ENTER),
            MethodDef::Method(&TOKEN_EXIT),
            MethodDef::Class(&CLASS_GETITEM),
        ],
        getset: &[
            GetSet { name: "var", get: get_variable, set: None, doc: "" },
            GetSet { name: "old_value", get: get_old_value, set: None, doc: "" },
        ],
    },
    add_missing,
);

/// `_contextvars`.
pub static CONTEXT_VARIABLES: NativeModule = NativeModule {
    name: "_contextvars",
    doc: "Context Variables",
    functions: &[&COPY_CONTEXT],
    classes: &[&CONTEXT, &CONTEXT_VAR, &TOKEN],
    initialize: nothing_to_add,
};
