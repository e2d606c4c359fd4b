//! Shapes: which attribute of an instance lies in which slot.
//!
//! An instance's header holds the number of its shape (top bit set; other objects use the word below 2^31). A shape says
//! its class and, through its parents, the names in order; adding an attribute moves the instance to a child shape. A slot
//! belongs to one name for the object's life (rule 17): deletion unsets the slot and keeps the shape; adding again
//! takes a new slot, so that insertion order is kept. Only where no later slot is set is the old one filled again (`may_fill`).
//!
//! Slots: `inline_slots` of the class, then chained segments of an `AttributeTail`, whose word lies before the inline slots.
//! They never move, so a reader or writer with a stale shape still addresses the right slot. An instance whose class is assigned
//! one with another number of inline slots goes over to a dict (`DICT_SHAPE`) first, and no inline slot is looked at from then on:
//! it may be smaller than its class says.
//!
//! A store into an existing slot takes no lock. A new attribute takes the instance's lock byte, writes the slot, then
//! publishes the shape: a reader that sees the shape sees the value, or that it was deleted. Instances begin with the slots that the
//! first ones of their class had when `__init__` was done (`expected`), all unset, so that filling them takes no lock either
//! (decision 015).

mod expected;
mod table;
mod tail;

pub use expected::{is_expected, sample};
pub use table::ShapeTable;
pub use tail::AttributeTail;

use sync::atomic::{AtomicU32, Ordering, fence};

use crate::heap_object;
use crate::object::{Ref, Slot, SlotExt, attributes_offset};
use crate::objects::{Class, ClassFlags, Dict, Str, ValueArray};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::{Value, class_of_header};

/// Set in every shape number.
pub const SHAPE_BIT: u32 = 1 << 31;
/// The number of instances whose `__dict__` was replaced by a dict of the program's: all goes through that dict.
pub const DICT_SHAPE: u32 = SHAPE_BIT;
/// Below this many names a search of the shape compares names one by one.
const LINEAR: usize = 8;

heap_object! {
    /// A shape.
    pub struct Shape {
        /// The class.
        pub class: Slot,
        /// The shape without the last attribute, or unset.
        pub parent: Slot,
        /// The names in slot order, a `ValueArray` shared with parents and at most one child chain; only the first `count` count.
        names: Slot,
        /// Name to child shape: unset, one shape, or a dict.
        children: Slot,
        /// Name to slot, made when a shape with many names is searched: a dict, or unset.
        index: Slot,
        /// This shape's number.
        number: AtomicU32,
        /// How many slots it has.
        count: AtomicU32,
    }
    trace { class, parent, names, children, index }
    fixed
}

/// The class of instances made by Python classes that extend no other layout.
pub mod instance {
    use crate::heap_object;
    heap_object! {
        /// An object with nothing but attributes.
        pub struct Instance {}
        trace {}
    }
}

impl Shape {
    /// The number that instances carry.
    #[inline]
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number.load(Ordering::Relaxed)
    }

    /// How many slots instances of this shape use.
    #[inline]
    #[must_use]
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed) as usize
    }

    fn names(&self) -> Option<Ref<ValueArray>> {
        self.names.get().and_then(Value::downcast)
    }

    /// The name of a slot.
    #[must_use]
    pub fn name_at(&self, slot: usize) -> Option<Ref<Str>> {
        self.names()?.slot(slot).get().and_then(Value::downcast)
    }
}

impl Ref<Shape> {
    /// The slot of `name`; the last one where a name was deleted and added again.
    #[must_use]
    pub fn find(self, t: &Thread, name: Ref<Str>) -> Option<usize> {
        let count = self.count();
        if count > LINEAR {
            return self.find_indexed(t, name);
        }
        let names = self.names()?;
        let same = |&slot: &usize| {
            names.slot(slot).get().and_then(Value::downcast::<Str>).is_some_and(|other| Str::equal(other, name))
        };
        (0..count).rev().find(same)
    }

    fn find_indexed(self, t: &Thread, name: Ref<Str>) -> Option<usize> {
        let index = match self.index.get().and_then(Value::downcast::<Dict>) {
            Some(index) => index,
            None => self.build_index(t)?,
        };
        index.get_str(t, name)?.as_small_int().map(|slot| slot as usize)
    }

    fn build_index(self, t: &Thread) -> Option<Ref<Dict>> {
        let build = || -> R<Ref<Dict>> {
            let index = Dict::new(t)?;
            for slot in 0..self.count() {
                if let Some(name) = self.name_at(slot) {
                    index.set_str(t, name, Value::small(slot as i32))?;
                }
            }
            Ok(index)
        };
        match build() {
            Ok(index) => {
                self.index.put(self.header(), t, index.value());
                Some(index)
            }
            Err(_) => {
                t.clear_pending();
                None
            }
        }
    }

    /// The shape with one more attribute.
    pub fn with(self, t: &Thread, name: Ref<Str>) -> R<Ref<Shape>> {
        if let Some(child) = self.child(t, name) {
            return Ok(child);
        }
        // Made outside the lock; the loser of a race is garbage.
        let made = self.make_child(t, name)?;
        let _guard = self.header().lock(t.mutator());
        if let Some(child) = self.child(t, name) {
            return Ok(child);
        }
        match self.children.get() {
            None => self.children.put(self.header(), t, made.value()),
            Some(children) => {
                let table = match children.downcast::<Dict>() {
                    Some(table) => table,
                    None => {
                        let table = Dict::new(t)?;
                        let only: Ref<Shape> = children.downcast().expect("children are a shape or a dict");
                        let only_name = only.name_at(self.count()).expect("a child has one name more");
                        table.set_str(t, only_name, only.value())?;
                        self.children.put(self.header(), t, table.value());
                        table
                    }
                };
                table.set_str(t, name, made.value())?;
            }
        }
        Ok(made)
    }

    fn child(self, t: &Thread, name: Ref<Str>) -> Option<Ref<Shape>> {
        let children = self.children.get()?;
        if let Some(only) = children.downcast::<Shape>() {
            return only.name_at(self.count()).filter(|other| Str::equal(*other, name)).map(|_| only);
        }
        children.downcast::<Dict>()?.get_str(t, name).and_then(Value::downcast)
    }

    fn make_child(self, t: &Thread, name: Ref<Str>) -> R<Ref<Shape>> {
        let count = self.count();
        let names = self.names_with_room(t, count + 1)?;
        let slot = names.slot(count);
        // The array is shared with the parent only if this is the first child to claim the place.
        let names = match slot.compare_exchange(names.header(), t.mutator(), None, Some(name.value())) {
            Ok(()) => names,
            Err(_) => {
                let copy = copy_names(t, names, count, (count + 4).next_power_of_two())?;
                copy.slot(count).put(copy.header(), t, name.value());
                copy
            }
        };
        new_shape(t, self.class.get(), Some(self), Some(names), count + 1)
    }

    fn names_with_room(self, t: &Thread, needed: usize) -> R<Ref<ValueArray>> {
        match self.names() {
            Some(names) if names.capacity() >= needed => Ok(names),
            Some(names) => copy_names(t, names, needed - 1, (needed + 3).next_power_of_two()),
            None => ValueArray::new(t, needed.max(4)),
        }
    }
}

fn copy_names(t: &Thread, names: Ref<ValueArray>, count: usize, capacity: usize) -> R<Ref<ValueArray>> {
    let copy = ValueArray::new(t, capacity)?;
    for slot in 0..count {
        copy.slot(slot).put(copy.header(), t, names.slot(slot).get());
    }
    Ok(copy)
}

fn new_shape(
    t: &Thread,
    class: Option<Value>,
    parent: Option<Ref<Shape>>,
    names: Option<Ref<ValueArray>>,
    count: usize,
) -> R<Ref<Shape>> {
    let shape = t.allocate_exact::<Shape>(t.classes().shape)?;
    shape.set(|s| &s.class, class).set(|s| &s.parent, parent.map(Ref::value)).set(|s| &s.names, names.map(Ref::value));
    shape.get().count.store(count as u32, Ordering::Relaxed);
    let shape = shape.publish();
    register(t, shape)?;
    Ok(shape)
}

/// Gives the shape its number and enters it in the interpreter's table.
fn register(t: &Thread, shape: Ref<Shape>) -> R<()> {
    let interpreter = t.interpreter();
    let state = interpreter.state();
    let index = interpreter.shape_count.fetch_add(1, Ordering::Relaxed) as usize + 1;
    shape.number.store(SHAPE_BIT | index as u32, Ordering::Relaxed);
    loop {
        let table = state.shapes.get().and_then(Value::downcast::<ShapeTable>);
        if let Some(table) = table.filter(|table| table.capacity() > index) {
            let _guard = state.header().lock(t.mutator());
            // A growing writer copies under the same lock, so the entry cannot be lost.
            if state.shapes.get() == Some(table.value()) {
                table.put(t, index, shape);
                return Ok(());
            }
            continue;
        }
        let grown = ShapeTable::new(t, ((index + 1) * 2).max(256))?;
        let _guard = state.header().lock(t.mutator());
        let current = state.shapes.get();
        if current != table.map(Ref::value) {
            continue;
        }
        if let Some(table) = table {
            grown.take_over(t, table);
        }
        state.shapes.put(state.header(), t, grown.value());
    }
}

/// The shape with this number, while its class lives; the first number is that of none.
#[inline]
#[must_use]
pub fn by_number(t: &Thread, number: u32) -> Option<Ref<Shape>> {
    let table = t.interpreter().state().shapes.get()?.downcast::<ShapeTable>()?;
    table.get(t, (number & !SHAPE_BIT) as usize)
}

/// The shape of an instance of `class` without attributes.
pub fn root_shape(t: &Thread, class: Ref<Class>) -> R<Ref<Shape>> {
    if !class.has(ClassFlags::HEAP) {
        return shared_root_shape(t, class);
    }
    if let Some(shape) = class.root_shape.get().and_then(Value::downcast::<Shape>) {
        return Ok(shape);
    }
    let made = new_shape(t, Some(class.value()), None, None, 0)?;
    let entered = class.root_shape.compare_exchange(class.header(), t.mutator(), None, Some(made.value()));
    // Before any look-up for the first instance: whoever changes the class sees the shape, or the look-up sees the change
    // (`Class::may_have_instances`).
    fence(Ordering::SeqCst);
    let shape = match entered {
        Ok(()) => made,
        Err(other) => other.and_then(Value::downcast).unwrap_or(made),
    };
    // A thread that came later may know better by now what instances begin with.
    let _ = class.first_shape.compare_exchange(0, shape.number(), Ordering::Release, Ordering::Relaxed);
    Ok(shape)
}

/// Shared classes are immutable: which shape their instances start with here is in the interpreter's side table.
fn shared_root_shape(t: &Thread, class: Ref<Class>) -> R<Ref<Shape>> {
    let table: Ref<Dict> =
        t.interpreter().state().side_tables.get().and_then(Value::downcast).expect("made with the state");
    if let Some(shape) = table.get_identity(t, class.value()).and_then(Value::downcast) {
        return Ok(shape);
    }
    let made = new_shape(t, Some(class.value()), None, None, 0)?;
    table.set_identity(t, class.value(), made.value())?;
    // Another thread's may have been entered meanwhile: the table decides.
    Ok(table.get_identity(t, class.value()).and_then(Value::downcast).unwrap_or(made))
}

impl Class {
    /// How many slots lie behind the fixed part of an instance: members, the tail and inline attributes.
    #[inline(always)]
    #[must_use]
    pub fn attribute_slot_count(&self) -> usize {
        let size = self.instance_size.load(Ordering::Relaxed) as usize;
        let fixed = attributes_offset(self.layout());
        if size > fixed { (size - fixed) / 8 } else { 0 }
    }

    /// Whether instances have a `__dict__`.
    #[inline(always)]
    #[must_use]
    pub fn has_dict(&self) -> bool {
        self.has(ClassFlags::DICT)
    }
}

/// The slot behind the fixed part with this index (members first).
///
/// # Safety
/// `index` is less than the class's `attribute_slot_count`.
#[inline(always)]
#[must_use]
pub unsafe fn member_slot(object: &gc::Header, class: Ref<Class>, index: usize) -> &Slot {
    let offset = attributes_offset(class.layout()) + index * 8;
    // SAFETY: the caller's promise: the instance is that large.
    unsafe { &*std::ptr::from_ref(object).cast::<u8>().add(offset).cast::<Slot>() }
}

/// The member slot that a native class with `NATIVE_MEMBER` gives its instances, if the value is one of them.
#[must_use]
pub fn native_member<'a>(value: crate::value::Value, owner: Ref<Class>) -> Option<(&'a gc::Header, &'a Slot)> {
    let header = value.header()?;
    let class = class_of_header(header);
    let has_member = owner.has(crate::shared::NATIVE_MEMBER) && owner.member_slots.load(Ordering::Relaxed) == 1;
    if !has_member || !class.is_subclass_of(owner) {
        return None;
    }
    // SAFETY: members come before all else behind the fixed part, those of the base first; the owner has one.
    Some((header, unsafe { member_slot(header, class, 0) }))
}

/// A slot with the object that it lies in: the instance, or a segment of its tail. The barrier is the segment's then: one that
/// remembered the instance would not make a young cycle look into an old segment.
#[derive(Clone, Copy)]
pub struct AttributeSlot<'a> {
    slot: &'a Slot,
    owner: &'a gc::Header,
}

impl AttributeSlot<'_> {
    /// What the slot holds.
    #[inline(always)]
    #[must_use]
    pub fn get(self) -> Option<Value> {
        self.slot.get()
    }

    /// Stores through the barrier.
    #[inline(always)]
    pub fn set(self, t: &Thread, value: Option<Value>) {
        self.slot.set(self.owner, t.mutator(), value);
    }
}

/// At which word of the instances of a class attribute `slot` lies, if it lies inside them.
#[must_use]
pub fn inline_word(class: Ref<Class>, slot: usize) -> Option<usize> {
    let (inline, members) = (&class.inline_slots, class.member_slots.load(Ordering::Relaxed) as usize);
    (slot < inline.load(Ordering::Relaxed) as usize).then(|| member_word(class, members + 1 + slot))
}

/// At which word of the instances of a class the slot with this index behind the fixed part lies.
#[must_use]
pub fn member_word(class: Ref<Class>, index: usize) -> usize {
    attributes_offset(class.layout()) / 8 + index
}

/// The slot at a word of an instance.
///
/// # Safety
/// A slot of the instance lies there: `inline_word` or `member_word` of its class gave the number.
#[inline(always)]
#[must_use]
pub unsafe fn slot_at(object: &gc::Header, word: usize) -> &Slot {
    // SAFETY: the caller's promise.
    unsafe { &*std::ptr::from_ref(object).cast::<Slot>().add(word) }
}

/// The slot for attribute `slot` of an instance, if it exists yet.
#[inline(always)]
pub fn attribute_slot(object: &gc::Header, class: Ref<Class>, slot: usize) -> Option<AttributeSlot<'_>> {
    let inline = class.inline_slots.load(Ordering::Relaxed) as usize;
    if slot < inline {
        let members = class.member_slots.load(Ordering::Relaxed) as usize;
        // SAFETY: slots below `inline_slots` lie inside the instance, behind the tail's.
        let slot = unsafe { member_slot(object, class, members + 1 + slot) };
        return Some(AttributeSlot { slot, owner: object });
    }
    tail::of(object, class)?.slot(slot - inline)
}

/// Gives a fresh instance of a class with a `__dict__` its first shape.
#[inline]
pub fn initialize(t: &Thread, object: &gc::Header, class: Ref<Class>) -> R<()> {
    if class.has_dict() {
        let number = match class.first_shape.load(Ordering::Acquire) {
            0 => root_shape(t, class)?.number(),
            number => number,
        };
        object.set_shape(number);
    }
    Ok(())
}

/// The shape of an instance; `None` in dict mode or if it has no `__dict__`.
#[inline]
pub fn of(t: &Thread, object: &gc::Header) -> Option<Ref<Shape>> {
    let number = object.shape();
    if number == DICT_SHAPE || number & SHAPE_BIT == 0 { None } else { by_number(t, number) }
}

/// The dict of an instance in dict mode.
pub fn replaced_dict(object: &gc::Header, class: Ref<Class>) -> Option<Ref<Dict>> {
    if object.shape() != DICT_SHAPE {
        return None;
    }
    tail::of(object, class)?.dict.get()?.downcast()
}

/// Reads an attribute of the instance itself. Only for classes with a `__dict__`.
pub fn get(t: &Thread, object: &gc::Header, name: Ref<Str>) -> Option<Value> {
    let class = class_of_header(object);
    if !class.has_dict() {
        return None;
    }
    match of(t, object) {
        Some(shape) => attribute_slot(object, class, shape.find(t, name)?)?.get(),
        None => replaced_dict(object, class)?.get_str(t, name),
    }
}

/// Sets an attribute of the instance itself. Only for classes with a `__dict__`.
pub fn set(t: &Thread, object: &gc::Header, name: Ref<Str>, value: Value) -> R<()> {
    let class = class_of_header(object);
    loop {
        let Some(shape) = of(t, object) else {
            return match replaced_dict(object, class) {
                Some(dict) => dict.set_str(t, name, value),
                None => initialize(t, object, class).and_then(|()| set(t, object, name, value)),
            };
        };
        if let Some(index) = shape.find(t, name)
            && let Some(slot) = attribute_slot(object, class, index)
            && (slot.get().is_some() || may_fill(object, class, shape, index))
        {
            slot.set(t, Some(value));
            return Ok(());
        }
        let wider = shape.with(t, name)?;
        if add(t, object, class, shape, wider, value)? {
            return Ok(());
        }
    }
}

/// Whether attribute `slot` of an instance is set.
fn is_set(object: &gc::Header, class: Ref<Class>, slot: usize) -> bool {
    attribute_slot(object, class, slot).is_some_and(|slot| slot.get().is_some())
}

/// Whether an unset slot of the instance may be filled: no later one is set, so the attribute becomes the last in order. (Threads that
/// fill two slots at once may come out in either order.)
fn may_fill(object: &gc::Header, class: Ref<Class>, shape: Ref<Shape>, slot: usize) -> bool {
    !(slot + 1..shape.count()).any(|later| is_set(object, class, later))
}

/// Moves an instance from one shape to the next with the value of the new attribute; false if it was no longer of the first.
pub fn add(
    t: &Thread,
    object: &gc::Header,
    class: Ref<Class>,
    from: Ref<Shape>,
    to: Ref<Shape>,
    value: Value,
) -> R<bool> {
    let index = from.count();
    if attribute_slot(object, class, index).is_none() {
        tail::grow(t, object, class, index - class.inline_slots.load(Ordering::Relaxed) as usize)?;
    }
    let _guard = object.lock_briefly(t.mutator());
    if object.shape() != from.number() {
        return Ok(false);
    }
    let slot = attribute_slot(object, class, index).expect("grown above, and slots never go away");
    slot.set(t, Some(value));
    object.set_shape(to.number());
    Ok(true)
}

/// Deletes an attribute of the instance itself; false if there is none.
pub fn delete(t: &Thread, object: &gc::Header, name: Ref<Str>) -> R<bool> {
    let class = class_of_header(object);
    match of(t, object) {
        Some(shape) => {
            let slot = shape.find(t, name).and_then(|slot| attribute_slot(object, class, slot));
            let Some(slot) = slot.filter(|slot| slot.get().is_some()) else { return Ok(false) };
            slot.set(t, None);
            Ok(true)
        }
        None => match replaced_dict(object, class) {
            Some(dict) => dict.delete_str(t, name),
            None => Ok(false),
        },
    }
}

/// The attribute at position `position` or after, in order of insertion: name, value and the next position.
pub fn next_attribute(t: &Thread, object: &gc::Header, position: usize) -> Option<(Ref<Str>, Value, usize)> {
    let class = class_of_header(object);
    let shape = of(t, object)?;
    (position..shape.count()).find_map(|slot| {
        let value = attribute_slot(object, class, slot)?.get()?;
        Some((shape.name_at(slot)?, value, slot + 1))
    })
}

/// The instance's `__dict__`: a view of its slots, made at first use and then the same object always.
pub fn dict_of(t: &Thread, object: &gc::Header) -> R<Option<Ref<Dict>>> {
    let class = class_of_header(object);
    if !class.has_dict() {
        return Ok(None);
    }
    if object.shape() & SHAPE_BIT == 0 {
        initialize(t, object, class)?;
    }
    let tail = tail::ensure(t, object, class)?;
    if let Some(dict) = tail.dict.get().and_then(Value::downcast::<Dict>) {
        return Ok(Some(dict));
    }
    let view = Dict::new_instance_view(t, object)?;
    match tail.dict.compare_exchange(tail.header(), t.mutator(), None, Some(view.value())) {
        Ok(()) => Ok(Some(view)),
        Err(other) => Ok(other.and_then(Value::downcast)),
    }
}

/// Replaces the instance's `__dict__`. The old one, if somebody holds it, keeps its contents as a dict of its own.
pub fn replace_dict(t: &Thread, object: &gc::Header, dict: Ref<Dict>) -> R<()> {
    let class = class_of_header(object);
    let tail = tail::ensure(t, object, class)?;
    if let Some(old) = tail.dict.get().and_then(Value::downcast::<Dict>) {
        old.detach_view(t)?;
    }
    let _guard = object.lock(t.mutator());
    tail.dict.put(tail.header(), t, dict.value());
    object.set_shape(DICT_SHAPE);
    Ok(())
}
