//! `_weakref`: the functions under the module `weakref`.

use crate::builtins::construct::class_argument;
use crate::builtins::member::{positional, read_only};
use crate::builtins::weak_reference::{reference_count, reference_list};
use crate::builtins::{weak_proxy, weak_reference};
use crate::modules::NativeModule;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::{Dict, Ephemeron, List, Module, WeakReference};
use crate::raised::R;
use crate::shared::NativeClass;
use crate::thread::Thread;
use crate::value::Value;

/// Return the number of weak references to 'object'.
#[native("getweakrefcount(object, /)")]
fn getweakrefcount(t: &Thread, object: Value) -> usize {
    reference_count(t, object)
}

/// Return a list of all weak reference objects pointing to 'object'.
#[native("getweakrefs(object, /)")]
fn getweakrefs(t: &Thread, object: Value) -> R<Ref<List>> {
    reference_list(t, object)
}

/// Create a proxy object that weakly references 'object'.
///
/// 'callback', if given, is called with a reference to the
/// proxy when 'object' is about to be finalized.
#[native("proxy(object, callback=None, /)")]
fn proxy(t: &Thread, object: Value, callback: Option<Value>) -> R {
    weak_proxy::proxy(t, object, callback)
}

/// Atomically remove key from dict if it points to a dead weakref.
#[native("_remove_dead_weakref(dct, key, /)")]
fn remove_dead_weakref(t: &Thread, dict: Ref<Dict>, key: Value) -> R<()> {
    let hash = crate::protocols::hash(t, key)?;
    let is_dead = |reference: Ref<WeakReference>| reference.referent(t).is_none();
    dict.delete_if(t, key, hash, |found| found.downcast().is_some_and(is_dead)).map(drop)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, key, value, /)", raw)]
fn ephemeron_new(t: &Thread, args: Args<'_>) -> R {
    let class = EPHEMERON.get(t);
    let (_, rest) = class_argument(t, args, class)?;
    let given = positional(t, "ephemeron", rest, 2, 2)?;
    weak_reference::check_referent(t, given[0])?;
    Ok(Ephemeron::new(t, class, given[0], given[1])?.value())
}

fn get_value(t: &Thread, object: Value) -> R {
    let this: Ref<Ephemeron> = object.downcast().expect("the descriptor checked the receiver");
    Ok(this.target().value(t).unwrap_or(Value::NONE))
}

/// `_weakref.ephemeron`, from which `weakref.WeakKeyDictionary` is made.
static EPHEMERON: NativeClass = NativeClass::new(ClassDef {
    name: "ephemeron",
    module: "_weakref",
    layout: Ephemeron::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "ephemeron(key, value, /)\n--\n\nA value that lives only as long as its key lives otherwise.",
    methods: &[MethodDef::New(&EPHEMERON_NEW)],
    getset: &[GetSet {
        name: "value",
        get: get_value,
        set: Some(read_only),
        doc: "the value, or None once the key has died",
    }],
});

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    let reference = t.classes().weak_reference.value();
    module.add(t, "ref", reference)?;
    module.add(t, "ReferenceType", reference)?;
    module.add(t, "ProxyType", weak_proxy::PROXY.get(t).value())?;
    module.add(t, "CallableProxyType", weak_proxy::CALLABLE_PROXY.get(t).value())
}

/// `_weakref`.
pub static WEAKREF: NativeModule = NativeModule {
    name: "_weakref",
    doc: "Weak-reference support module.",
    functions: &[&GETWEAKREFCOUNT, &GETWEAKREFS, &PROXY, &REMOVE_DEAD_WEAKREF],
    classes: &[&EPHEMERON],
    initialize,
};
