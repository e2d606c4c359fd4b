//! Attributes: the fast paths of their caches, and the fillers.

use sync::atomic::Ordering::Relaxed;

use bytecode::Instruction;

use super::{read, write};
use crate::builtins::class_method;
use crate::builtins::property::Property;
use crate::exec::caches::{self, CacheRecord, Entry, RecordKind, TAG_DICT, TAG_INLINE, TAG_MASK, TAG_SLOT};
use crate::exec::dispatch::Next;
use crate::exec::enter::{enter_method, too_deep};
use crate::names::Special;
use crate::native::Getter;
use crate::object::{Object, Ref};
use crate::objects::{
    self, Class, ClassFlags, CodeObject, Function, GetSetDescriptor, Module, NativeFunction, Str, ValueArray,
};
use crate::protocols;
use crate::raised::R;
use crate::shapes;
use crate::thread::{Frame, Thread};
use crate::value::{Value, class_of_header};

/// The attribute, if the site's cache knows the receiver.
#[inline(always)]
pub fn cached_attribute(cells: Ref<ValueArray>, object: Value, site: usize) -> Option<Value> {
    let header = object.header()?;
    let word = caches::word(cells, site);
    if word & TAG_MASK == TAG_INLINE && (word >> 32) as u32 == header.shape() {
        // SAFETY: instances of the shape have a slot there, as it was asked of their class.
        return unsafe { shapes::slot_at(header, caches::inline_place(word)) }.get();
    }
    cached_attribute_record(header, object, word)
}

#[inline(never)]
fn cached_attribute_record(header: &gc::Header, object: Value, word: u64) -> Option<Value> {
    let Some(first) = caches::record_of(word) else { return cached_without_record(header, object, word) };
    let record = if first.matches(header) { first } else { first.chain().skip(1).find(|it| it.matches(header))? };
    let slot = || record.slot.load(Relaxed) as usize;
    let kind = record.kind.load(Relaxed);
    let is = |other: RecordKind| kind == other as u64;
    if is(RecordKind::Member) || is(RecordKind::Inline) {
        // SAFETY: the class, or the shape, is the one that was asked where the slot lies.
        unsafe { shapes::slot_at(header, slot()) }.get()
    } else if is(RecordKind::Value) || is(RecordKind::ClassAttribute) {
        record.value.get()
    } else if is(RecordKind::Slot) {
        shapes::attribute_slot(header, class_of_header(header), slot())?.get()
    } else if is(RecordKind::OwnClass) {
        Some(class_of_header(header).value())
    } else if is(RecordKind::Item) {
        // SAFETY: only subclasses of `tuple` with boxed instances are recorded so.
        unsafe { objects::boxed_item(header, slot()) }
    } else {
        None
    }
}

/// The attribute of which the cache's word itself says where it is: in an instance's tail, or in a module.
fn cached_without_record(header: &gc::Header, object: Value, word: u64) -> Option<Value> {
    match word & TAG_MASK {
        TAG_SLOT if (word >> 32) as u32 == header.shape() => {
            shapes::attribute_slot(header, class_of_header(header), caches::tail_slot(word))?.get()
        }
        TAG_DICT => caches::dict_value(object.downcast::<Module>()?.dict(), word),
        _ => None,
    }
}

/// The function to call with the receiver, if the site's cache knows it.
#[inline(always)]
pub fn cached_method(cells: Ref<ValueArray>, object: Value, site: usize) -> Option<Value> {
    let header = object.header()?;
    let record = caches::record_of(caches::word(cells, site))?;
    if record.is(RecordKind::Method) && record.matches(header) {
        return record.value.get();
    }
    cached_method_record(record, header)
}

/// As `cached_method`, where the first record does not say it.
#[inline(never)]
fn cached_method_record(first: Ref<CacheRecord>, header: &gc::Header) -> Option<Value> {
    let record = first.chain().find(|record| record.matches(header))?;
    let binds = record.is(RecordKind::Method) || record.is(RecordKind::ClassMethod);
    if binds { record.value.get() } else { None }
}

/// Stores into an existing or a new slot, if the site's cache knows the receiver.
#[inline(always)]
pub fn store_cached(t: &Thread, cells: Ref<ValueArray>, object: Value, value: Value, site: usize) -> bool {
    let Some(header) = object.header() else { return false };
    let word = caches::word(cells, site);
    if word & TAG_MASK == TAG_INLINE && (word >> 32) as u32 == header.shape() {
        return store_inline(t, header, caches::inline_place(word), caches::inline_end(word), value);
    }
    store_record(t, header, value, word)
}

/// Stores into a slot that `caches` found inside the instance, if it is set, or the last one that is (`shapes::may_fill`): else
/// the attribute takes a new slot (rule 17).
#[inline(always)]
fn store_inline(t: &Thread, header: &gc::Header, word: usize, end: usize, value: Value) -> bool {
    // SAFETY: the shape is the one whose class was asked where the slot lies, and where the last one.
    let at = |word| unsafe { shapes::slot_at(header, word) };
    let slot = at(word);
    let may = slot.get().is_some() || (word < end && (word + 1..end).all(|later| at(later).get().is_none()));
    if may {
        slot.set(header, t.mutator(), Some(value));
    }
    may
}

#[inline(never)]
fn store_record(t: &Thread, header: &gc::Header, value: Value, word: u64) -> bool {
    let class = class_of_header(header);
    if word & TAG_MASK == TAG_SLOT {
        return (word >> 32) as u32 == header.shape() && store_tail(t, header, class, caches::tail_slot(word), value);
    }
    let Some(record) = caches::matching(word, header) else { return false };
    let slot = record.slot.load(Relaxed) as usize;
    if record.is(RecordKind::Member) {
        // SAFETY: the class is unchanged, so the member lies in the instance.
        unsafe { shapes::slot_at(header, slot) }.set(header, t.mutator(), Some(value));
        return true;
    }
    if record.is(RecordKind::Inline) {
        return store_inline(t, header, slot, record.next_shape.load(Relaxed) as usize, value);
    }
    if record.is(RecordKind::Slot) {
        return store_tail(t, header, class, slot, value);
    }
    let Some(place) = shapes::attribute_slot(header, class, slot) else { return false };
    if !record.is(RecordKind::Add) {
        return false;
    }
    let _guard = header.lock_briefly(t.mutator());
    if header.shape() != record.shape.load(Relaxed) {
        return false;
    }
    place.set(t, Some(value));
    header.set_shape(record.next_shape.load(Relaxed));
    true
}

/// As `store_inline`, for a slot in the instance's tail.
fn store_tail(t: &Thread, header: &gc::Header, class: Ref<Class>, slot: usize, value: Value) -> bool {
    match shapes::attribute_slot(header, class, slot).filter(|slot| slot.get().is_some()) {
        Some(slot) => {
            slot.set(t, Some(value));
            true
        }
        None => false,
    }
}

/// `LoadAttr`, past its cache.
#[inline(never)]
pub fn load(t: &Thread, frame: &Frame, ins: Instruction) -> R<Next> {
    let object = read(frame, ins.b());
    let site = caches::site(frame, ins);
    let cells = frame.cells();
    if let Some(next) = compute_cached(t, frame, cells, site, object, ins.a())? {
        return Ok(next);
    }
    let value = load_and_fill(t, cells, site, object, frame.code().site_name(site))?;
    write(frame, ins.a(), value);
    Ok(Next::Same)
}

/// Runs the getter that the site's cache knows for the receiver, if it knows one.
fn compute_cached(
    t: &Thread,
    frame: &Frame,
    cells: Ref<ValueArray>,
    site: usize,
    object: Value,
    result: u16,
) -> R<Option<Next>> {
    let Some(record) = object.header().and_then(|header| caches::matching(caches::word(cells, site), header)) else {
        return Ok(None);
    };
    if let Some(getter) = native_getter(record) {
        let value = getter(t, object)?;
        write(frame, result, value);
        return Ok(Some(Next::Same));
    }
    match python_getter(record) {
        Some(getter) => enter_getter(t, getter, object, result).map(Some),
        None => Ok(None),
    }
}

/// The Rust function that computes the attribute, if a record says so.
fn native_getter(record: Ref<CacheRecord>) -> Option<Getter> {
    if record.is(RecordKind::Getter) {
        Some(record.value.get()?.downcast::<GetSetDescriptor>()?.definition().get)
    } else {
        None
    }
}

/// The Python function behind the property that a record knows.
fn python_getter(record: Ref<CacheRecord>) -> Option<Ref<Function>> {
    if record.is(RecordKind::Property) { plain_getter(record.value.get()?) } else { None }
}

/// The getter of a property, if it is a Python function of one argument.
fn plain_getter(value: Value) -> Option<Ref<Function>> {
    let getter: Ref<Function> = value.downcast::<Property>()?.getter.get()?.downcast()?;
    (CodeObject::takes_plainly(getter.code().shape(), 1) && getter.has_cells()).then_some(getter)
}

/// Pushes the frame of a plain getter, with its window behind the running one.
fn enter_getter(t: &Thread, getter: Ref<Function>, object: Value, result: u16) -> R<Next> {
    if enter_method(t, getter, &[object], 1, 0, result) { Ok(Next::Reload) } else { Err(too_deep(t)) }
}

/// Where a plain look-up of an attribute finds it.
enum Found {
    /// In this slot of instances of this shape.
    Slot(u32, usize),
    /// On the class, found at that version of it.
    Class(ClassFind),
}

#[derive(Clone, Copy)]
struct ClassFind {
    class: Ref<Class>,
    version: u32,
    value: Value,
    /// The shape that was searched and does not have the name; 0 where no shape counts.
    shape: u32,
}

/// Looks where `object.name` comes from, without calling anything. The version is read before the look-up (rule 18), and the shape
/// once: another thread may move the object on at any moment. `None`: it comes from nowhere, or only `get_attribute` can say.
fn locate(t: &Thread, object: Value, name: Ref<Str>) -> Option<Found> {
    let header = object.header()?;
    let class = class_of_header(header);
    if class.has(ClassFlags::CUSTOM_GETATTRIBUTE) || class.has(ClassFlags::METACLASS) || custom_getattribute(t, class) {
        return None;
    }
    let version = class.version();
    let on_class = class.lookup(t, name);
    if let Some(value) = on_class.filter(|&value| hides_instance(t, value)) {
        return Some(Found::Class(ClassFind { class, version, value, shape: 0 }));
    }
    let mut shape = 0;
    if class.has_dict() {
        let searched = shapes::of(t, header)?;
        shape = searched.number();
        if let Some(slot) = searched.find(t, name) {
            return Some(Found::Slot(shape, slot));
        }
    } else if objects::own_dict(t, object).is_some() {
        return None;
    }
    on_class.map(|value| Found::Class(ClassFind { class, version, value, shape }))
}

/// Whether a class attribute goes before what the instance has: a data descriptor, unless it can only be written.
fn hides_instance(t: &Thread, value: Value) -> bool {
    let class = value.class(t);
    class.has(ClassFlags::DATA_DESCRIPTOR) && class.special(t, Special::Get).is_some()
}

/// Builtin classes with a `__getattribute__` of their own (modules, super, ...).
fn custom_getattribute(t: &Thread, class: Ref<Class>) -> bool {
    class.special(t, Special::GetAttribute) != t.classes().object.special(t, Special::GetAttribute)
}

/// Reads an attribute, and records where it was found.
fn load_and_fill(t: &Thread, cells: Ref<ValueArray>, site: usize, object: Value, name: Ref<Str>) -> R {
    if caches::word(cells, site) == caches::MEGAMORPHIC {
        return protocols::get_attribute(t, object, name);
    }
    match locate(t, object, name) {
        Some(found) => load_found(t, cells, site, object, name, found),
        None => load_unlocated(t, cells, site, object, name),
    }
}

/// As `load_and_fill`, for an attribute that could not be located.
fn load_unlocated(t: &Thread, cells: Ref<ValueArray>, site: usize, object: Value, name: Ref<Str>) -> R {
    let value = protocols::get_attribute(t, object, name)?;
    fill_from_namespace(t, cells, site, object, name)?;
    Ok(value)
}

/// As `load_and_fill`, for an attribute that was located.
fn load_found(t: &Thread, cells: Ref<ValueArray>, site: usize, object: Value, name: Ref<Str>, found: Found) -> R {
    match found {
        Found::Slot(shape, slot) => {
            let header = object.header().expect("only objects have slots");
            let class = class_of_header(header);
            match shapes::attribute_slot(header, class, slot).and_then(|slot| slot.get()) {
                Some(value) => {
                    caches::extend_with_slot(t, cells, site * 2, class, shape, slot)?;
                    Ok(value)
                }
                // Another thread deleted it.
                None => protocols::get_attribute(t, object, name),
            }
        }
        Found::Class(find) => {
            let value = match protocols::descriptor_get(t, find.value, Some(object), find.class) {
                Ok(value) => value,
                raised => return protocols::get_missing(t, object, name, raised.map(Some)),
            };
            if let Some(entry) = class_entry(t, find) {
                caches::extend(t, cells, site * 2, &entry)?;
            }
            Ok(value)
        }
    }
}

/// Records where a module or a class has an attribute that was just read.
fn fill_from_namespace(t: &Thread, cells: Ref<ValueArray>, site: usize, object: Value, name: Ref<Str>) -> R<()> {
    if let Some(module) = object.downcast::<Module>().filter(|_| object.class(t) == t.classes().module) {
        let word = caches::dict_entry(t, module.dict(), name);
        if let Some(word) = word.filter(|word| !caches::says_not_there(*word)) {
            caches::store(t, cells, site * 2, word);
        }
        return Ok(());
    }
    match object.downcast::<Class>().and_then(|class| class_attribute_entry(t, class, name)) {
        Some(entry) => caches::extend(t, cells, site * 2, &entry),
        None => Ok(()),
    }
}

/// What can be recorded of an attribute that its class has.
fn class_entry(t: &Thread, find: ClassFind) -> Option<Entry> {
    let ClassFind { class, version, value, shape } = find;
    if let Some(index) = objects::member_index(value, class) {
        return Some(member_entry(class, version, index));
    }
    // Data descriptors: nothing in the instance can hide them, whatever its shape. Those that may raise AttributeError are not for
    // classes with a `__getattr__`, which would be asked then.
    let hook = class.special(t, Special::GetAttr).is_some();
    let (kind, shape, slot, value) = if let Some(item) = objects::item_index(t, value, class) {
        (RecordKind::Item, 0, item, value)
    } else if t.classes().object.lookup(t, t.names().__class__).is_some_and(|getset| getset.is(value)) {
        (RecordKind::OwnClass, 0, 0, value)
    } else if value.downcast::<GetSetDescriptor>().is_some_and(|getset| getset.applies_to(class)) && !hook {
        (RecordKind::Getter, 0, 0, value)
    } else if value.class(t) == t.classes().property && plain_getter(value).is_some() && !hook {
        (RecordKind::Property, 0, 0, value)
    } else {
        (RecordKind::Value, shape, 0, constant_value(t, value)?)
    };
    Some(Entry { kind, class, version, shape, value: Some(value), slot, next_shape: 0 })
}

/// What a class attribute that is no data descriptor gives, whatever it is read from, if that is always the same.
fn constant_value(t: &Thread, value: Value) -> Option<Value> {
    let (class, classes) = (value.class(t), t.classes());
    if class == classes.staticmethod {
        return class_method::static_function(value);
    }
    if class.special(t, Special::Get).is_none() { Some(value) } else { None }
}

/// As for properties, the shape does not matter.
fn member_entry(class: Ref<Class>, version: u32, index: usize) -> Entry {
    Entry {
        kind: RecordKind::Member,
        class,
        version,
        shape: 0,
        value: None,
        slot: shapes::member_word(class, index),
        next_shape: 0,
    }
}

/// `Class.name`: what a native descriptor of the metaclass computes, or what is found along the class's MRO and is not bound to anything.
fn class_attribute_entry(t: &Thread, class: Ref<Class>, name: Ref<Str>) -> Option<Entry> {
    let (version, value) = match locate_on_class(t, class, name)? {
        Ok(found) => found,
        Err((version, value)) => {
            let metaclass = class_of_header(class.header());
            let getset = value.downcast::<GetSetDescriptor>()?;
            let computed = getset.applies_to(metaclass) && metaclass.special(t, Special::GetAttr).is_none();
            return computed.then(|| class_record(RecordKind::Getter, metaclass, version, value));
        }
    };
    let (kind, classes) = (value.class(t), t.classes());
    // Functions of either kind give themselves when they are looked up on a class.
    let function = kind == classes.function || kind == classes.method_descriptor || kind == classes.wrapper_descriptor;
    let value = if function { value } else { constant_value(t, value)? };
    Some(class_record(RecordKind::ClassAttribute, class, version, value))
}

/// The method of a class that `Class.name` binds to the class, if it binds plainly.
fn class_method_entry(t: &Thread, class: Ref<Class>, name: Ref<Str>) -> Option<Entry> {
    let (version, value) = locate_on_class(t, class, name)?.ok()?;
    let (kind, classes) = (value.class(t), t.classes());
    let function = if kind == classes.classmethod {
        class_method::class_function(value)?
    } else if kind == classes.classmethod_descriptor {
        value
    } else {
        return None;
    };
    Some(class_record(RecordKind::ClassMethod, class, version, function))
}

/// Where a plain look-up of `Class.name` finds it, with the version before: along the class's MRO, or (an error) in a data descriptor of
/// its metaclass.
fn locate_on_class(t: &Thread, class: Ref<Class>, name: Ref<Str>) -> Option<Result<(u32, Value), (u32, Value)>> {
    let metaclass = class_of_header(class.header());
    if metaclass.has(ClassFlags::CUSTOM_GETATTRIBUTE) {
        return None;
    }
    let version = metaclass.version();
    if let Some(value) = metaclass.lookup(t, name).filter(|value| value.class(t).has(ClassFlags::DATA_DESCRIPTOR)) {
        // One that only stores stands back behind what the class has: the slow path knows.
        value.class(t).special(t, Special::Get)?;
        return Some(Err((version, value)));
    }
    let version = class.version();
    class.lookup(t, name).map(|value| Ok((version, value)))
}

fn class_record(kind: RecordKind, class: Ref<Class>, version: u32, value: Value) -> Entry {
    Entry { kind, class, version, shape: 0, value: Some(value), slot: 0, next_shape: 0 }
}

/// `LoadMethod`, past its cache.
#[inline(never)]
pub fn load_method(t: &Thread, frame: &Frame, ins: Instruction) -> R<Next> {
    let object = read(frame, ins.b());
    let site = caches::site(frame, ins);
    let cells = frame.cells();
    // No receiver is passed on, unless a method is found.
    frame.set_register(ins.a() as usize + 1, None);
    if let Some(value) = cached_attribute(cells, object, site) {
        write(frame, ins.a(), value);
        return Ok(Next::Same);
    }
    if let Some(next) = compute_cached(t, frame, cells, site, object, ins.a())? {
        return Ok(next);
    }
    let name = frame.code().site_name(site);
    let value = match locate(t, object, name) {
        Some(Found::Class(find)) if binds_plainly(t, find.value) => {
            write(frame, ins.a(), find.value);
            write(frame, ins.a() + 1, object);
            return fill_method(t, cells, site, find).map(|()| Next::Same);
        }
        Some(found) => load_found(t, cells, site, object, name, found)?,
        None => {
            if let Some(entry) = object.downcast::<Class>().and_then(|class| class_method_entry(t, class, name)) {
                frame.set_register(ins.a() as usize, entry.value);
                write(frame, ins.a() + 1, object);
                return caches::extend(t, cells, site * 2, &entry).map(|()| Next::Same);
            }
            load_unlocated(t, cells, site, object, name)?
        }
    };
    write(frame, ins.a(), value);
    Ok(Next::Same)
}

/// The function that `object.name` binds, if it is found on the class and binds plainly.
pub fn plain_method(t: &Thread, object: Value, name: Ref<Str>) -> Option<Value> {
    let class = object.class(t);
    if class.has(ClassFlags::CUSTOM_GETATTRIBUTE) || class.has(ClassFlags::METACLASS) || custom_getattribute(t, class) {
        return None;
    }
    let found = class.lookup(t, name)?;
    if !binds_plainly(t, found) {
        return None;
    }
    if let Some(header) = object.header().filter(|_| class.has_dict())
        && shapes::get(t, header, name).is_some()
    {
        return None;
    }
    Some(found)
}

/// Whether a class attribute becomes a method by being called with the receiver first: Python functions and method descriptors.
pub fn binds_plainly(t: &Thread, value: Value) -> bool {
    let (class, classes) = (value.class(t), t.classes());
    class == classes.function
        || ((class == classes.method_descriptor || class == classes.wrapper_descriptor)
            && std::ptr::eq(class.layout(), NativeFunction::layout()))
}

fn fill_method(t: &Thread, cells: Ref<ValueArray>, site: usize, find: ClassFind) -> R<()> {
    let ClassFind { class, version, value, shape } = find;
    let entry = Entry { kind: RecordKind::Method, class, version, shape, value: Some(value), slot: 0, next_shape: 0 };
    caches::extend(t, cells, site * 2, &entry)
}

/// `StoreAttr`, past its cache.
#[inline(never)]
pub fn store(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let (object, value) = (read(frame, ins.a()), read(frame, ins.b()));
    let site = caches::site(frame, ins);
    let name = frame.code().site_name(site);
    let before = object.header().map_or(0, gc::Header::shape);
    protocols::set_attribute(t, object, name, value)?;
    fill_store(t, frame.cells(), site, object, name, before)
}

fn fill_store(t: &Thread, cells: Ref<ValueArray>, site: usize, object: Value, name: Ref<Str>, before: u32) -> R<()> {
    let Some(header) = object.header().filter(|_| caches::word(cells, site) != caches::MEGAMORPHIC) else {
        return Ok(());
    };
    let class = class_of_header(header);
    let object_setattr = t.classes().object.special(t, Special::SetAttr);
    if class.has(ClassFlags::CUSTOM_SETATTR) || class.special(t, Special::SetAttr) != object_setattr {
        return Ok(());
    }
    let version = class.version();
    let on_class = class.lookup(t, name);
    if let Some(index) = on_class.and_then(|value| objects::writable_member_index(value, class)) {
        return caches::extend(t, cells, site * 2, &member_entry(class, version, index));
    }
    if version == 0
        || !class.has_dict()
        || on_class.is_some_and(|value| value.class(t).has(ClassFlags::DATA_DESCRIPTOR))
    {
        return Ok(());
    }
    let Some(shape) = shapes::of(t, header) else { return Ok(()) };
    let after = shape.number();
    let Some(slot) = shape.find(t, name) else { return Ok(()) };
    if before == after {
        return caches::extend_with_slot(t, cells, site * 2, class, after, slot);
    }
    if shape.parent.get().and_then(Value::downcast::<shapes::Shape>).is_some_and(|parent| parent.number() == before)
        && slot + 1 == shape.count()
        // Instances from before then are few, and their records would stand before the one for the others.
        && !shapes::is_expected(t, class, slot)
    {
        let kind = RecordKind::Add;
        let entry = Entry { kind, class, version, shape: before, value: None, slot, next_shape: after };
        return caches::extend(t, cells, site * 2, &entry);
    }
    Ok(())
}

/// `DeleteAttr`.
#[inline(never)]
pub fn delete(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let name = frame.code().site_name(caches::site(frame, ins));
    protocols::delete_attribute(t, read(frame, ins.a()), name)
}

/// `LoadSuperAttr`.
#[inline(never)]
pub fn load_super(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let name = frame.code().site_name(caches::site(frame, ins));
    let (callee, class, object) = (read(frame, ins.b()), read(frame, ins.b() + 1), read(frame, ins.b() + 2));
    let value = if callee.is(t.classes().super_.value()) {
        crate::builtins::super_::attribute(t, class, object, name)?
    } else {
        let arguments = [class, object];
        let proxy = protocols::call(t, callee, if ins.x() != 0 { &arguments } else { &[] })?;
        protocols::get_attribute(t, proxy, name)?
    };
    write(frame, ins.a(), value);
    Ok(())
}

/// `LoadSuperMethod`.
#[inline(never)]
pub fn load_super_method(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let (callee, class, object) = (read(frame, ins.b()), read(frame, ins.b() + 1), read(frame, ins.b() + 2));
    if callee.is(t.classes().super_.value()) {
        let name = frame.code().site_name(caches::site(frame, ins));
        if let Some(function) = crate::builtins::super_::plain_method(t, class, object, name)? {
            write(frame, ins.a(), function);
            write(frame, ins.a() + 1, object);
            return Ok(());
        }
    }
    load_super(t, frame, ins)?;
    frame.set_register(ins.a() as usize + 1, None);
    Ok(())
}
