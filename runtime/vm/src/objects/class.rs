//! `Class`: what `type` objects are. Look-up along the MRO, special methods, versions.
//!
//! Builtin classes lie in the shared space and never change. Classes made by Python change under their lock byte, and
//! each change zeroes the version first and drops the special-method table after (rule 18): a filler that raced with it
//! stores into a table that nobody reads any more, and caches filled under the old version never match again, because
//! versions are not reused.

use sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use sync::atomic::{AtomicU32, AtomicU64, fence};

use crate::heap_object;
use crate::names::{SPECIAL_COUNT, Special};
use crate::object::{Layout, Object, Ref, Slot, SlotExt};
use crate::objects::{Dict, List, Str, Tuple, ValueArray};
use crate::raised::R;
use crate::shapes::instance::Instance;
use crate::thread::Thread;
use crate::value::{Value, class_of_header};

heap_object! {
    /// A class.
    pub struct Class {
        /// `__name__`, an exact str.
        pub name: Slot,
        /// `__qualname__`, an exact str.
        pub qualname: Slot,
        /// `__bases__`, a tuple.
        pub bases: Slot,
        /// The base whose layout this class extends, or unset for `object`.
        pub base: Slot,
        /// `__mro__`, a tuple of classes.
        pub mro: Slot,
        /// The namespace, a dict.
        pub dict: Slot,
        /// A `ValueArray` of cached special methods, or unset.
        pub specials: Slot,
        /// The shape of an instance without attributes, or unset until the first instance.
        pub root_shape: Slot,
        /// Weak references to the direct subclasses made in this interpreter: a list, or unset.
        pub subclasses: Slot,
        /// What only some classes have: doc, annotations, type parameters as made by native code.
        pub extra: Slot,
        /// Of a builtin class, the module's name: instances may have a computed `__module__`, which hides it in the namespace.
        pub module: Slot,
        /// The layout of instances' fixed part.
        pub layout_pointer: AtomicU64,
        /// `ClassFlags`.
        pub flags: AtomicU32,
        /// Changes with every change to the class or a base; zero: not cacheable until renewed.
        pub version: AtomicU32,
        /// Bytes of an instance, attribute slots included.
        pub instance_size: AtomicU32,
        /// How many `__slots__` members lie behind the fixed part.
        pub member_slots: AtomicU32,
        /// How many inline attribute slots lie behind the members; a slot for the tail comes before them, if the class has a `__dict__`.
        pub inline_slots: AtomicU32,
        /// The number of the shape that an instance begins with (`shapes::expected`); 0 until the first instance, and in shared classes.
        pub first_shape: AtomicU32,
        /// What the first instances had in common at the end of `__init__`: how many were looked at, and below that a shape's number.
        pub sampled: AtomicU64,
    }
    trace { name, qualname, bases, base, mro, dict, specials, root_shape, subclasses, extra, module }
}

/// Properties of classes.
#[derive(Clone, Copy)]
pub struct ClassFlags;

impl ClassFlags {
    /// Made by a Python program: mutable, in an interpreter's heap.
    pub const HEAP: u32 = 1;
    /// May be a base.
    pub const BASE: u32 = 2;
    /// Instances have a `__dict__`.
    pub const DICT: u32 = 4;
    /// Instances can be weakly referenced.
    pub const WEAKREF: u32 = 8;
    /// Sequence for patterns.
    pub const SEQUENCE: u32 = 0x10;
    /// Mapping for patterns.
    pub const MAPPING: u32 = 0x20;
    /// Cannot be called to make instances.
    pub const NO_NEW: u32 = 0x40;
    /// A single positional pattern matches the subject itself.
    pub const MATCH_SELF: u32 = 0x80;
    /// Has abstract methods: cannot be instantiated.
    pub const ABSTRACT: u32 = 0x100;
    /// Has a `__del__` somewhere along the MRO.
    pub const FINALIZER: u32 = 0x200;
    /// Instances are made by Rust functions that take several layouts; `downcast` tells them apart.
    pub const EXCEPTION: u32 = 0x400;
    /// Functions of this class bind like methods when looked up on an instance without a call of `__get__`.
    pub const METHOD_LIKE: u32 = 0x800;
    /// Defines (or inherits) a `__getattribute__` of its own.
    pub const CUSTOM_GETATTRIBUTE: u32 = 0x1000;
    /// Defines (or inherits) `__set__` or `__delete__`: its instances are data descriptors.
    pub const DATA_DESCRIPTOR: u32 = 0x2000;
    /// Cannot be changed though made at run time (native modules' classes).
    pub const IMMUTABLE: u32 = 0x4000;
    /// Is `type` or a subclass of it.
    pub const METACLASS: u32 = 0x8000;
    /// Defines (or inherits) a `__setattr__` of its own.
    pub const CUSTOM_SETATTR: u32 = 0x1_0000;
    /// Under construction, and its metaclass has not said yet in which order its bases are looked at.
    pub const UNORDERED: u32 = 0x2_0000;
}

/// Marks "no such special method" in the table of special methods. Never seen outside it.
const ABSENT: Value = Value::NOT_IMPLEMENTED;

impl Class {
    /// The layout of instances' fixed part.
    #[inline(always)]
    #[must_use]
    pub fn layout(&self) -> &'static Layout {
        // SAFETY: the word is set when the class is made, from a `&'static Layout`, and never changed.
        unsafe { &*(self.layout_pointer.load(Relaxed) as *const Layout) }
    }

    /// The flags.
    #[inline(always)]
    #[must_use]
    pub fn flags(&self) -> u32 {
        self.flags.load(Relaxed)
    }

    /// Whether all bits of `flag` are set.
    #[inline(always)]
    #[must_use]
    pub fn has(&self, flag: u32) -> bool {
        self.flags() & flag == flag
    }

    /// `__name__` as Rust text.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.get().and_then(Value::downcast::<Str>).map_or_else(String::new, |name| name.to_string_lossy())
    }

    /// The name that errors about an object's attributes show: native classes carry their module's, those of programs do not.
    #[must_use]
    pub fn type_name(&self, t: &Thread) -> String {
        if self.has(ClassFlags::HEAP) && self.has(ClassFlags::BASE) { self.name() } else { self.full_name(t) }
    }

    /// The name as messages show it: with its module, unless that is `builtins` or `__main__`.
    #[must_use]
    pub fn message_name(&self, t: &Thread) -> String {
        let name = self.full_name(t);
        match name.strip_prefix("__main__.") {
            Some(short) => short.to_owned(),
            None => name,
        }
    }

    /// The name with its module (builtins without the module).
    #[must_use]
    pub fn full_name(&self, t: &Thread) -> String {
        let qualname = self
            .qualname
            .get()
            .and_then(Value::downcast::<Str>)
            .map_or_else(|| self.name(), |name| name.to_string_lossy());
        let module = self.module_value(t).and_then(|value| Str::of(t, value));
        match module.map(|module| module.to_string_lossy()) {
            Some(module) if module != "builtins" => format!("{module}.{qualname}"),
            _ => qualname,
        }
    }

    /// `__module__` of the class itself.
    #[must_use]
    pub fn module_value(&self, t: &Thread) -> Option<Value> {
        let own = self.namespace().get_str(t, t.names().__module__);
        own.filter(|own| own.downcast::<crate::objects::GetSetDescriptor>().is_none()).or_else(|| self.module.get())
    }

    /// The namespace.
    #[inline(always)]
    #[must_use]
    pub fn namespace(&self) -> Ref<Dict> {
        // SAFETY: every class is made with a dict here, and the slot is never written again.
        unsafe { self.dict.get_as::<Dict>() }
    }

    /// The classes in method resolution order, this one first.
    #[inline(always)]
    #[must_use]
    pub fn mro(&self) -> Ref<Tuple> {
        // SAFETY: every class is made with an MRO, only ever replaced by another tuple.
        unsafe { self.mro.get_as::<Tuple>() }
    }

    /// `__bases__`.
    #[must_use]
    pub fn bases(&self) -> Ref<Tuple> {
        // SAFETY: every class is made with a tuple of bases, only ever replaced by another tuple.
        unsafe { self.bases.get_as::<Tuple>() }
    }

    /// The base whose layout this class extends.
    #[must_use]
    pub fn base(&self) -> Option<Ref<Class>> {
        self.base.get().and_then(Value::downcast::<Class>)
    }

    /// `__doc__` as native code gave it, the type parameters and so on: see `extra`.
    #[must_use]
    pub fn subclass_list(&self) -> Option<Ref<List>> {
        self.subclasses.get().and_then(Value::downcast::<List>)
    }

    /// Reads the version for a cache that is about to be filled (rule 18: before the look-up). Zero: do not fill.
    #[inline(always)]
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version.load(Acquire)
    }
}

impl Ref<Class> {
    /// Whether `self` is `other` or derives from it, by the MRO (no `__subclasscheck__`).
    #[inline]
    #[must_use]
    pub fn is_subclass_of(self, other: Ref<Class>) -> bool {
        if self == other {
            return true;
        }
        let other = other.value();
        self.mro().as_slice().iter().any(|class| class.is(other))
    }

    /// Finds `name` in the class and its bases, in MRO order. No descriptor is called.
    #[inline]
    pub fn lookup(self, t: &Thread, name: Ref<Str>) -> Option<Value> {
        t.method_cache().lookup(t, self, name)
    }

    /// As `lookup`, past the cache.
    #[inline(never)]
    pub fn lookup_uncached(self, t: &Thread, name: Ref<Str>) -> Option<Value> {
        self.mro().as_slice().iter().find_map(|&class| class_namespace(class)?.get_str(t, name))
    }

    /// As `lookup`, with the class it was found in.
    pub fn lookup_with_owner(self, t: &Thread, name: Ref<Str>) -> Option<(Value, Ref<Class>)> {
        self.mro().as_slice().iter().find_map(|&class| {
            let class = class.downcast::<Class>()?;
            Some((class.namespace().get_str(t, name)?, class))
        })
    }

    /// The special method of instances, if the class has one; `None` set in the class counts as a value.
    #[inline(always)]
    pub fn special(self, t: &Thread, special: Special) -> Option<Value> {
        if let Some(table) = self.specials.get() {
            // SAFETY: the slot only ever holds a ValueArray of SPECIAL_COUNT slots.
            let table = unsafe { Ref::<ValueArray>::from_address(table.bits()) };
            if let Some(found) = table.slot(special as usize).get() {
                return if found.is(ABSENT) { None } else { Some(found) };
            }
        }
        self.special_slow(t, special)
    }

    #[cold]
    #[inline(never)]
    fn special_slow(self, t: &Thread, special: Special) -> Option<Value> {
        let table = match self.specials.get() {
            Some(table) => table.downcast::<ValueArray>(),
            None => self.install_special_table(t),
        };
        let found = self.lookup_uncached(t, special.name(t.names()));
        if let Some(table) = table {
            table.slot(special as usize).put(table.header(), t, found.unwrap_or(ABSENT));
        }
        found
    }

    fn install_special_table(self, t: &Thread) -> Option<Ref<ValueArray>> {
        if !self.has(ClassFlags::HEAP) && !t.builds_shared() {
            return None; // Shared classes have theirs from the start.
        }
        let Ok(table) = ValueArray::new(t, SPECIAL_COUNT) else {
            // Not cached this time: a look-up is not the place to report that memory is short.
            t.clear_pending();
            return None;
        };
        self.specials.put(self.header(), t, table.value());
        Some(table)
    }

    /// Fills the whole table: for shared classes, once, when all their methods are in place, and those of their bases. A class that
    /// adds nothing to its base's table shares it: neither changes any more.
    pub fn fill_special_table(self, t: &Thread) {
        let Some(inherited) = self.only_base().and_then(|base| base.specials.get()?.downcast::<ValueArray>()) else {
            for special in Special::ALL {
                self.special(t, special);
            }
            return;
        };
        let (mut table, mut position) = (inherited, 0);
        while let Some((name, value, _)) = self.namespace().next_entry(t, &mut position) {
            let Some(special) = Str::of(t, name).and_then(|name| Special::named(t.names(), name)) else { continue };
            if table == inherited {
                let Ok(copy) = inherited.copied(t, SPECIAL_COUNT, SPECIAL_COUNT) else { return t.clear_pending() };
                table = copy;
            }
            table.slot(special as usize).put(table.header(), t, value);
        }
        self.specials.put(self.header(), t, table.value());
    }

    /// The base of a class that derives from one class and so finds in itself or there whatever it finds.
    fn only_base(self) -> Option<Ref<Class>> {
        let base = self.base()?;
        (self.mro().len() == base.mro().len() + 1).then_some(base)
    }

    /// Visits the class, its subclasses, theirs and so on, and the classes that may have any of them in their orders without
    /// deriving from it.
    fn for_each_dependent(self, t: &Thread, visit: &mut dyn FnMut(Ref<Class>)) {
        self.for_each_below(t, visit);
        t.interpreter().for_each_foreign_order(t, &mut |class| class.for_each_below(t, visit));
    }

    fn for_each_below(self, t: &Thread, visit: &mut dyn FnMut(Ref<Class>)) {
        visit(self);
        self.for_each_subclass(t, &mut |class| class.for_each_below(t, visit));
    }

    /// Before a change: no cache may be filled until `renew_version`.
    pub fn zero_version(self, t: &Thread) {
        self.for_each_dependent(t, &mut |class| class.version.store(0, Release));
    }

    /// After a change: new versions for this class and its subclasses, special methods forgotten.
    pub fn renew_version(self, t: &Thread) {
        self.for_each_dependent(t, &mut |class| {
            class.specials.put(class.header(), t, None);
            class.version.store(t.interpreter().next_class_version(), Release);
        });
    }

    /// Visits the live direct subclasses that this interpreter knows.
    pub fn for_each_subclass(self, t: &Thread, visit: &mut dyn FnMut(Ref<Class>)) {
        let list = if self.has(ClassFlags::HEAP) {
            self.subclass_list()
        } else {
            t.interpreter().subclasses_of_shared(t, self)
        };
        let Some(list) = list else { return };
        let mut index = 0;
        while let Some(entry) = list.get(index) {
            if let Some(class) = crate::objects::weak_target(t, entry).and_then(Value::downcast::<Class>) {
                visit(class);
            }
            index += 1;
        }
    }

    /// Sets a class attribute from native code: under construction, or through `type.__setattr__`'s checks.
    pub fn set_attribute(self, t: &Thread, name: Ref<Str>, value: Option<Value>) -> R<bool> {
        self.zero_version(t);
        let result = match value {
            Some(value) => self.namespace().set_str(t, name, value).map(|()| true),
            None => self.namespace().delete_str(t, name),
        };
        self.update_derived_flags(t);
        self.renew_version(t);
        if self.affects_instance_caches(t, name, value) && self.may_have_instances(t) {
            t.interpreter().flush_caches(t);
        }
        result
    }

    /// Whether caches may now be wrong that test only the shape, or not the classes of what they found: a data descriptor or an
    /// attribute hook appeared, or the class's instances became descriptors.
    fn affects_instance_caches(self, t: &Thread, name: Ref<Str>, value: Option<Value>) -> bool {
        let names = t.names();
        let hooks = [names.__getattribute__, names.__setattr__, names.__delattr__, names.__class__];
        hooks.contains(&name)
            || [names.__get__, names.__set__, names.__delete__].contains(&name)
            || value.is_some_and(|value| value.class(t).has(ClassFlags::DATA_DESCRIPTOR))
    }

    /// Whether this class or a subclass may have had an instance. Only a class whose instances all have a shape can say no: the first
    /// one made its root shape. (A class's decorators and `__init_subclass__` change it before there is one.)
    fn may_have_instances(self, t: &Thread) -> bool {
        // After the change to the class: whoever fills a cache for an instance that is not seen here sees the change
        // (`shapes::root_shape`).
        fence(SeqCst);
        let mut may = false;
        self.for_each_dependent(t, &mut |class| {
            let known_by_shape = class.has_dict() && std::ptr::eq(class.layout(), Instance::layout());
            may = may || !known_by_shape || class.has(ClassFlags::METACLASS) || class.root_shape.get().is_some();
        });
        may
    }

    /// Recomputes the flags that follow from which special methods the class has, for it and its subclasses.
    pub fn update_derived_flags(self, t: &Thread) {
        self.for_each_dependent(t, &mut |class| class.update_own_flags(t));
    }

    fn update_own_flags(self, t: &Thread) {
        let names = t.names();
        let own = |name| self.lookup_uncached(t, name);
        let differs = |name: Ref<Str>| match (own(name), t.classes().object.namespace().get_str(t, name)) {
            (Some(mine), Some(default)) => !mine.is(default),
            (mine, _) => mine.is_some(),
        };
        let metaclass = self.has(ClassFlags::METACLASS);
        let type_ = t.classes().type_;
        let differs_from_type = |name: Ref<Str>| match (own(name), type_.namespace().get_str(t, name)) {
            (Some(mine), Some(default)) => !mine.is(default),
            (mine, _) => mine.is_some(),
        };
        let custom = |name| if metaclass { differs_from_type(name) } else { differs(name) };
        self.set_flag(ClassFlags::CUSTOM_GETATTRIBUTE, custom(names.__getattribute__));
        self.set_flag(ClassFlags::CUSTOM_SETATTR, custom(names.__setattr__) || custom(names.__delattr__));
        self.set_flag(ClassFlags::DATA_DESCRIPTOR, own(names.__set__).is_some() || own(names.__delete__).is_some());
        self.set_flag(ClassFlags::FINALIZER, own(names.__del__).is_some());
    }

    /// Sets or clears a flag.
    pub fn set_flag(self, flag: u32, on: bool) {
        if on {
            self.flags.fetch_or(flag, Relaxed);
        } else {
            self.flags.fetch_and(!flag, Relaxed);
        }
    }
}

fn class_namespace(class: Value) -> Option<Ref<Dict>> {
    Some(class.downcast::<Class>()?.namespace())
}

/// The class of a value that is surely an object.
#[inline]
#[must_use]
pub fn object_class(value: Value) -> Option<Ref<Class>> {
    value.header().map(class_of_header)
}
