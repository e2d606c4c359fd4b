//! `_abc`: registration with and caches of abstract base classes.
//!
//! A class's `_abc_impl` holds three tables: the classes registered with it, and those known to be subclasses or not. Each is
//! a dict from a number made of a class's address to a weak reference to the class; a number whose class died may come back
//! with another class, so a look-up compares the referent. No look-up runs Python code. Shared classes are referred to like
//! all others, so registrations of them belong to the interpreter whose abstract class it is.

use sync::atomic::{AtomicU64, Ordering};

use crate::builtins::class_method::is_abstract;
use crate::builtins::weak_reference::reference;
use crate::containers::intern_text;
use crate::heap_object;
use crate::modules::{NativeModule, nothing_to_add};
use crate::native;
use crate::native::{ClassDef, MethodDef};
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::{Class, ClassFlags, Dict, List, Set, Str, Tuple, weak_target};
use crate::protocols;
use crate::raised::R;
use crate::shared::NativeClass;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// What an abstract class knows: `_abc_impl`.
    pub struct AbstractData {
        registry: Slot,
        cache: Slot,
        negative: Slot,
        /// The count of registrations for which `negative` holds.
        version: AtomicU64,
    }
    trace { registry, cache, negative }
    fixed
}

/// Dead entries are dropped when a table reaches a power of two from here on.
const PRUNE_FROM: usize = 32;

/// The key of a class in a table.
fn key_of(class: Value) -> (Value, u64) {
    let number = (class.bits() >> 4) as i64;
    (Value::small_int(number).expect("an address shifted right fits"), number as u64)
}

fn table(slot: &Slot) -> Ref<Dict> {
    slot.get().and_then(Value::downcast).expect("made with its tables")
}

fn contains(t: &Thread, slot: &Slot, class: Value) -> R<bool> {
    let (key, hash) = key_of(class);
    let entry = table(slot).get_hashed(t, key, hash)?;
    Ok(entry.and_then(|entry| weak_target(t, entry)).is_some_and(|target| target.is(class)))
}

fn add(t: &Thread, slot: &Slot, class: Value) -> R<()> {
    let table = table(slot);
    let (key, hash) = key_of(class);
    table.set_hashed(t, key, hash, reference(t, class)?)?;
    let count = table.len(t);
    if count >= PRUNE_FROM && count.is_power_of_two() {
        prune(t, table)?;
    }
    Ok(())
}

fn prune(t: &Thread, table: Ref<Dict>) -> R<()> {
    let dead = List::new(t)?;
    table.for_each(t, |key, entry| if weak_target(t, entry).is_none() { dead.push(t, key) } else { Ok(()) })?;
    while let Some(key) = dead.pop(t) {
        let hash = key.as_small_int().unwrap_or(0) as u64;
        table.delete_if(t, key, hash, |entry| weak_target(t, entry).is_none())?;
    }
    Ok(())
}

/// The live classes of a table.
fn members(t: &Thread, slot: &Slot) -> R<Ref<List>> {
    let list = List::new(t)?;
    table(slot).for_each(t, |_, entry| match weak_target(t, entry) {
        Some(class) => list.push(t, class),
        None => Ok(()),
    })?;
    Ok(list)
}

fn new_data(t: &Thread) -> R<Ref<AbstractData>> {
    let tables = [Dict::new(t)?, Dict::new(t)?, Dict::new(t)?];
    let made = t.allocate_exact::<AbstractData>(DATA.get(t))?;
    made.set(|d| &d.registry, tables[0].value())
        .set(|d| &d.cache, tables[1].value())
        .set(|d| &d.negative, tables[2].value());
    made.get().version.store(t.interpreter().abstract_registrations.load(Ordering::Acquire), Ordering::Relaxed);
    Ok(made.publish())
}

fn data_of(t: &Thread, class: Value) -> R<Ref<AbstractData>> {
    let data = protocols::get_attribute(t, class, t.names()._abc_impl)?;
    data.downcast().ok_or_else(|| t.type_error("_abc_impl is set to a wrong type"))
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn data_new(t: &Thread, _: crate::native::Args<'_>) -> R {
    Ok(new_data(t)?.value())
}

/// The names of abstract methods of a class: its own, and those that it inherits and leaves abstract.
fn abstract_names(t: &Thread, class: Value) -> R<Ref<Set>> {
    let names = t.names();
    let found = Set::new(t)?;
    let namespace = protocols::get_attribute(t, class, names.__dict__)?;
    let items = protocols::call_method(t, namespace, names.items, &[])?;
    protocols::for_each(t, items, |item| {
        let pair = protocols::tuple_of(t, item)?;
        let [name, value] = *pair.target().as_slice() else {
            return Err(t.type_error("items() returned item which size is not 2"));
        };
        if is_abstract(t, value)? { found.add(t, name).map(drop) } else { Ok(()) }
    })?;
    let bases = protocols::get_attribute(t, class, names.__bases__)?;
    let Some(bases) = Tuple::of(t, bases) else { return Err(t.type_error("__bases__ is not tuple")) };
    for &base in bases.target().as_slice() {
        let Some(inherited) = protocols::get_attribute_optional(t, base, names.__abstractmethods__)? else { continue };
        protocols::for_each(t, inherited, |name| {
            let Some(text) = Str::of(t, name) else { return Ok(()) };
            match protocols::get_attribute_optional(t, class, text)? {
                Some(value) if is_abstract(t, value)? => found.add(t, name).map(drop),
                _ => Ok(()),
            }
        })?;
    }
    Ok(found)
}

const SEQUENCE: i64 = 1 << 5;
const MAPPING: i64 = 1 << 6;

fn pattern_flag(bits: i64) -> u32 {
    match bits & (SEQUENCE | MAPPING) {
        SEQUENCE => ClassFlags::SEQUENCE,
        MAPPING => ClassFlags::MAPPING,
        _ => 0,
    }
}

/// Internal ABC helper for class set-up. Should be never used outside abc module.
#[native("_abc_init($module, self, /)")]
fn abc_init(t: &Thread, _module: Value, this: Value) -> R<()> {
    let names = t.names();
    let found = abstract_names(t, this)?;
    let frozen = protocols::call(t, t.classes().frozenset.value(), &[found.value()])?;
    protocols::set_attribute(t, this, names.__abstractmethods__, frozen)?;
    protocols::set_attribute(t, this, names._abc_impl, new_data(t)?.value())?;
    let Some(class) = this.downcast::<Class>() else { return Ok(()) };
    let flags_name = intern_text(t, "__abc_tpflags__")?;
    let Some(flags) = class.namespace().get_str(t, flags_name) else { return Ok(()) };
    let bits = flags.as_small_int().unwrap_or(0);
    if bits & SEQUENCE != 0 && bits & MAPPING != 0 {
        return Err(t.type_error("__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING"));
    }
    set_pattern(class, pattern_flag(bits));
    class.set_attribute(t, flags_name, None).map(drop)
}

fn set_pattern(class: Ref<Class>, flag: u32) {
    if flag != 0 {
        class.set_flag(ClassFlags::SEQUENCE | ClassFlags::MAPPING, false);
        class.set_flag(flag, true);
    }
}

/// A class registered with a sequence or a mapping is one in patterns, and so are its subclasses.
fn set_pattern_below(t: &Thread, class: Ref<Class>, flag: u32) {
    let fixed = !class.has(ClassFlags::HEAP) || class.has(ClassFlags::IMMUTABLE);
    if fixed || class.flags() & (ClassFlags::SEQUENCE | ClassFlags::MAPPING) == flag {
        return;
    }
    set_pattern(class, flag);
    class.for_each_subclass(t, &mut |subclass| set_pattern_below(t, subclass, flag));
}

/// Internal ABC helper for subclasss registration. Should be never used outside abc module.
#[native("_abc_register($module, self, subclass, /)")]
fn abc_register(t: &Thread, _module: Value, this: Value, subclass: Value) -> R {
    let Some(class) = subclass.downcast::<Class>() else { return Err(t.type_error("Can only register classes")) };
    if protocols::is_subclass(t, subclass, this)? {
        return Ok(subclass);
    }
    if protocols::is_subclass(t, this, subclass)? {
        return Err(t.runtime_error("Refusing to create an inheritance cycle"));
    }
    add(t, &data_of(t, this)?.registry, subclass)?;
    t.interpreter().abstract_registrations.fetch_add(1, Ordering::AcqRel);
    if let Some(this) = this.downcast::<Class>() {
        let flag = this.flags() & (ClassFlags::SEQUENCE | ClassFlags::MAPPING);
        if flag != 0 {
            set_pattern_below(t, class, flag);
        }
    }
    Ok(subclass)
}

fn known_negative(t: &Thread, data: Ref<AbstractData>, class: Value) -> R<bool> {
    let current = t.interpreter().abstract_registrations.load(Ordering::Acquire);
    Ok(data.version.load(Ordering::Acquire) == current && contains(t, &data.target().negative, class)?)
}

fn ask_subclasscheck(t: &Thread, this: Value, subclass: Value) -> R {
    protocols::call_method(t, this, t.names().__subclasscheck__, &[subclass])
}

/// Internal ABC helper for instance checks. Should be never used outside abc module.
#[native("_abc_instancecheck($module, self, instance, /)")]
fn abc_instancecheck(t: &Thread, _module: Value, this: Value, instance: Value) -> R {
    let data = data_of(t, this)?;
    let claimed = protocols::get_attribute_optional(t, instance, t.names().__class__)?;
    let claimed = claimed.unwrap_or_else(|| instance.class(t).value());
    if contains(t, &data.target().cache, claimed)? {
        return Ok(Value::TRUE);
    }
    let class = instance.class(t).value();
    if class.is(claimed) {
        if known_negative(t, data, claimed)? {
            return Ok(Value::FALSE);
        }
        return ask_subclasscheck(t, this, claimed);
    }
    let result = ask_subclasscheck(t, this, claimed)?;
    if protocols::is_true(t, result)? { Ok(result) } else { ask_subclasscheck(t, this, class) }
}

/// Internal ABC helper for subclasss checks. Should be never used outside abc module.
#[native("_abc_subclasscheck($module, self, subclass, /)")]
fn abc_subclasscheck(t: &Thread, _module: Value, this: Value, subclass: Value) -> R<bool> {
    if subclass.downcast::<Class>().is_none() {
        return Err(t.type_error("issubclass() arg 1 must be a class"));
    }
    let data = data_of(t, this)?;
    if contains(t, &data.target().cache, subclass)? {
        return Ok(true);
    }
    let current = t.interpreter().abstract_registrations.load(Ordering::Acquire);
    if data.version.load(Ordering::Acquire) < current {
        data.negative.put(data.header(), t, Dict::new(t)?.value());
        data.version.store(current, Ordering::Release);
    } else if contains(t, &data.target().negative, subclass)? {
        return Ok(false);
    }
    let hook = protocols::call_method(t, this, t.names().__subclasshook__, &[subclass])?;
    let positive = if hook.is(Value::TRUE) {
        true
    } else if hook.is(Value::FALSE) {
        false
    } else if hook.is(Value::NOT_IMPLEMENTED) {
        if contains(t, &data.target().registry, subclass)? {
            return Ok(true);
        }
        derives(t, this, subclass, data)?
    } else {
        return Err(t.assertion_error("__subclasshook__ must return either False, True, or NotImplemented"));
    };
    add(t, if positive { &data.target().cache } else { &data.target().negative }, subclass)?;
    Ok(positive)
}

/// Whether the class derives from this one, from one registered with it, or from a subclass of it.
fn derives(t: &Thread, this: Value, subclass: Value, data: Ref<AbstractData>) -> R<bool> {
    let class: Ref<Class> = subclass.downcast().ok_or_else(|| t.type_error("issubclass() arg 1 must be a class"))?;
    if class.mro().target().as_slice().iter().any(|base| base.is(this)) {
        return Ok(true);
    }
    let registered = members(t, &data.target().registry)?;
    let subclasses = protocols::call_method(t, this, t.names().__subclasses__, &[])?;
    let Some(subclasses) = subclasses.downcast::<List>() else {
        return Err(t.type_error("__subclasses__() must return a list"));
    };
    for list in [registered, subclasses] {
        let mut index = 0;
        while let Some(candidate) = list.get(index) {
            index += 1;
            if protocols::is_subclass(t, subclass, candidate)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Returns the current ABC cache token.
///
/// The token is an opaque object (supporting equality testing) identifying the
/// current version of the ABC cache for virtual subclasses. The token changes
/// with every call to register() on any ABC.
#[native("get_cache_token($module, /)")]
fn get_cache_token(t: &Thread, _module: Value) -> u64 {
    t.interpreter().abstract_registrations.load(Ordering::Acquire)
}

fn reference_set(t: &Thread, slot: &Slot) -> R {
    let set = Set::new(t)?;
    table(slot)
        .for_each(t, |_, entry| if weak_target(t, entry).is_some() { set.add(t, entry).map(drop) } else { Ok(()) })?;
    Ok(set.value())
}

/// Internal ABC helper for cache and registry debugging.
///
/// Return shallow copies of registry, of both caches, and
/// negative cache version. Don't call this function directly,
/// instead use ABC._dump_registry() for a nice repr.
#[native("_get_dump($module, self, /)")]
fn get_dump(t: &Thread, _module: Value, this: Value) -> R<Ref<Tuple>> {
    let data = data_of(t, this)?;
    let data = data.target();
    let version = crate::objects::int_from_u64(t, data.version.load(Ordering::Acquire))?;
    Tuple::from_slice(
        t,
        &[
            reference_set(t, &data.registry)?,
            reference_set(t, &data.cache)?,
            reference_set(t, &data.negative)?,
            version,
        ],
    )
}

/// Internal ABC helper to reset registry of a given class.
///
/// Should be only used by refleak.py
#[native("_reset_registry($module, self, /)")]
fn reset_registry(t: &Thread, _module: Value, this: Value) -> R<()> {
    table(&data_of(t, this)?.registry).clear(t)
}

/// Internal ABC helper to reset both caches of a given class.
///
/// Should be only used by refleak.py
#[native("_reset_caches($module, self, /)")]
fn reset_caches(t: &Thread, _module: Value, this: Value) -> R<()> {
    let data = data_of(t, this)?;
    table(&data.cache).clear(t)?;
    table(&data.negative).clear(t)
}

static DATA: NativeClass = NativeClass::new(ClassDef {
    name: "_abc_data",
    module: "_abc",
    layout: AbstractData::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "Internal state held by ABC machinery.",
    methods: &[MethodDef::New(&DATA_NEW)],
    getset: &[],
});

/// `_abc`.
pub static ABC: NativeModule = NativeModule {
    name: "_abc",
    doc: "Module contains faster C implementation of abc.ABCMeta",
    functions: &[
        &ABC_INIT,
        &ABC_REGISTER,
        &ABC_INSTANCECHECK,
        &ABC_SUBCLASSCHECK,
        &GET_CACHE_TOKEN,
        &GET_DUMP,
        &RESET_REGISTRY,
        &RESET_CACHES,
    ],
    classes: &[],
    initialize: nothing_to_add,
};
