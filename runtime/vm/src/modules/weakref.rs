//! `_weakref`: the functions under the module `weakref`.

use crate::builtins::weak_proxy;
use crate::builtins::weak_reference::{reference_count, reference_list};
use crate::modules::NativeModule;
use crate::native;
use crate::object::Ref;
use crate::objects::{Dict, List, Module, WeakReference};
use crate::raised::R;
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
    classes: &[],
    initialize,
};
