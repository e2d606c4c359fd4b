//! Descriptors made by the runtime: computed attributes of builtin classes, `__slots__` members and named items of tuples.

use sync::atomic::Ordering::Relaxed;

use sync::atomic::{AtomicI64, AtomicU32, AtomicU64};

use crate::heap_object;
use crate::native::GetSet;
use crate::object::{Object, Ref, Slot};
use crate::objects::{Boxed, Class, Str, Tuple};
use crate::raised::R;
use crate::shapes;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A computed attribute of a builtin class.
    pub struct GetSetDescriptor {
        /// `__objclass__`.
        pub owner: Slot,
        definition: AtomicU64,
    }
    trace { owner }
    fixed
}

impl GetSetDescriptor {
    /// Makes one.
    pub fn new(t: &Thread, owner: Ref<Class>, definition: &'static GetSet) -> R<Ref<Self>> {
        let descriptor = t.allocate_exact::<Self>(t.classes().getset_descriptor)?;
        descriptor.set(|d| &d.owner, owner.value());
        descriptor.get().definition.store(std::ptr::from_ref(definition) as u64, Relaxed);
        Ok(descriptor.publish())
    }

    /// Its functions.
    #[must_use]
    pub fn definition(&self) -> &'static GetSet {
        // SAFETY: set at creation from a `&'static GetSet`, never changed.
        unsafe { &*(self.definition.load(Relaxed) as *const GetSet) }
    }

    /// Whether instances of a class have it.
    #[must_use]
    pub fn applies_to(&self, class: Ref<Class>) -> bool {
        applies(&self.owner, class)
    }

    fn check(&self, t: &Thread, object: Value) -> R<()> {
        let class = object.class(t);
        if self.applies_to(class) {
            return Ok(());
        }
        let owner = self.owner.get().and_then(Value::downcast::<Class>).expect("set at creation");
        let name = self.definition().name;
        Err(t.type_error(format_args!(
            "descriptor '{name}' for '{}' objects doesn't apply to a '{}' object",
            owner.name(),
            class.name()
        )))
    }

    /// Reads the attribute of an object.
    pub fn read(&self, t: &Thread, object: Value) -> R {
        self.check(t, object)?;
        (self.definition().get)(t, object)
    }

    /// Writes it, or deletes it.
    pub fn write(&self, t: &Thread, object: Value, value: Option<Value>) -> R<()> {
        self.check(t, object)?;
        match self.definition().set {
            Some(set) => set(t, object, value),
            None => {
                let owner = self.owner.get().and_then(Value::downcast::<Class>).expect("set at creation");
                let name = crate::containers::intern_text(t, self.definition().name)?;
                Err(t.attribute_error(
                    object,
                    name,
                    format_args!(
                        "attribute '{}' of '{}' objects is not writable",
                        self.definition().name,
                        owner.type_name(t)
                    ),
                ))
            }
        }
    }
}

heap_object! {
    /// A member of `__slots__`.
    pub struct MemberDescriptor {
        /// `__objclass__`.
        pub owner: Slot,
        /// `__name__`.
        pub name: Slot,
        index: AtomicU32,
        read_only: AtomicU32,
    }
    trace { owner, name }
    fixed
}

impl MemberDescriptor {
    /// The descriptor of member `index` behind the fixed part.
    pub fn new(t: &Thread, owner: Ref<Class>, name: Ref<Str>, index: usize, read_only: bool) -> R<Ref<Self>> {
        let descriptor = t.allocate_exact::<Self>(t.classes().member_descriptor)?;
        descriptor.set(|d| &d.owner, owner.value()).set(|d| &d.name, name.value());
        descriptor.get().index.store(index as u32, Relaxed);
        descriptor.get().read_only.store(u32::from(read_only), Relaxed);
        Ok(descriptor.publish())
    }

    /// Which member it is.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index.load(Relaxed) as usize
    }

    fn slot<'a>(&self, t: &Thread, object: Value) -> R<(&'a gc::Header, &'a Slot)> {
        let owner = self.owner.get().and_then(Value::downcast::<Class>).expect("set at creation");
        let class = object.class(t);
        match object.header().filter(|_| class == owner || class.is_subclass_of(owner)) {
            // SAFETY: an instance of the owner has the member.
            Some(header) => Ok((header, unsafe { shapes::member_slot(header, class, self.index()) })),
            None => {
                let name = self
                    .name
                    .get()
                    .and_then(|value| Str::of(t, value))
                    .map_or_else(String::new, |name| name.to_string_lossy());
                Err(t.type_error(format_args!(
                    "descriptor '{name}' for '{}' objects doesn't apply to a '{}' object",
                    owner.name(),
                    class.name()
                )))
            }
        }
    }

    fn name(&self) -> Ref<Str> {
        self.name.get().and_then(Value::downcast::<Str>).expect("set at creation")
    }

    /// Reads the member of an object.
    pub fn read(&self, t: &Thread, object: Value) -> R {
        let (_, slot) = self.slot(t, object)?;
        slot.get().ok_or_else(|| {
            let (kind, name) = (object.class(t).message_name(t), self.name().to_string_lossy());
            t.attribute_error(object, self.name(), format_args!("'{kind}' object has no attribute '{name}'"))
        })
    }

    /// Writes it, or deletes it.
    pub fn write(&self, t: &Thread, object: Value, value: Option<Value>) -> R<()> {
        if self.read_only.load(Relaxed) != 0 {
            return Err(t.attribute_error(object, self.name(), "readonly attribute"));
        }
        let (header, slot) = self.slot(t, object)?;
        if value.is_none() && slot.get().is_none() {
            return Err(t.attribute_error(object, self.name(), self.name().to_string_lossy()));
        }
        slot.set(header, t.mutator(), value);
        Ok(())
    }
}

/// Which member of a class's instances a value describes, if it is a member descriptor of that class.
#[must_use]
pub fn member_index(value: Value, class: Ref<Class>) -> Option<usize> {
    let member = value.downcast::<MemberDescriptor>()?;
    applies(&member.owner, class).then(|| member.index())
}

/// As `member_index`, for members that may be written.
#[must_use]
pub fn writable_member_index(value: Value, class: Ref<Class>) -> Option<usize> {
    let member = value.downcast::<MemberDescriptor>().filter(|member| member.read_only.load(Relaxed) == 0)?;
    applies(&member.owner, class).then(|| member.index())
}

/// Whether instances of a class have what a descriptor with this owner describes.
fn applies(owner: &Slot, class: Ref<Class>) -> bool {
    let owner = owner.get().and_then(Value::downcast::<Class>).expect("set at creation");
    class == owner || class.is_subclass_of(owner)
}

heap_object! {
    /// A name for an item of tuples: a field of a named tuple or of a struct sequence. The classes with this layout differ in
    /// what they say of a store, not in what they read.
    pub struct ItemDescriptor {
        /// `__doc__`.
        pub doc: Slot,
        index: AtomicI64,
    }
    trace { doc }
    fixed
}

impl ItemDescriptor {
    /// The descriptor of item `index`, of one of the classes with this layout.
    pub fn new(t: &Thread, class: Ref<Class>, index: i64, doc: Option<Value>) -> R<Ref<Self>> {
        let descriptor = t.allocate_exact::<Self>(class)?;
        descriptor.set(|d| &d.doc, doc);
        descriptor.get().index.store(index, Relaxed);
        Ok(descriptor.publish())
    }

    /// Which item it is; negative ones are in no tuple.
    #[must_use]
    pub fn index(&self) -> i64 {
        self.index.load(Relaxed)
    }

    /// The item of a tuple or of an instance of a subclass; `None` where the value is neither.
    pub fn read(&self, t: &Thread, instance: Value) -> Option<R> {
        let items = Tuple::of(t, instance)?;
        let item = usize::try_from(self.index()).ok().and_then(|index| items.target().as_slice().get(index).copied());
        Some(item.ok_or_else(|| t.index_error("tuple index out of range")))
    }
}

/// Which item of a class's instances a value describes, if that is what the value does and the class is a subclass of `tuple` with
/// boxed instances.
#[must_use]
pub fn item_index(t: &Thread, value: Value, class: Ref<Class>) -> Option<usize> {
    let item = value.downcast::<ItemDescriptor>()?;
    let boxed = std::ptr::eq(class.layout(), Boxed::layout()) && class.is_subclass_of(t.classes().tuple);
    if boxed { usize::try_from(item.index()).ok() } else { None }
}

/// Item `index` of a boxed tuple, if there are so many.
///
/// # Safety
/// The object's layout is `Boxed` and its class a subclass of `tuple`.
#[inline]
#[must_use]
pub unsafe fn boxed_item(object: &gc::Header, index: usize) -> Option<Value> {
    // SAFETY: the caller promised the layout.
    let boxed = unsafe { Ref::<Boxed>::from_header(object) };
    // SAFETY: what a subclass of `tuple` boxes is an exact tuple, set before the box was published.
    let items: Ref<Tuple> = unsafe { Ref::from_address(boxed.value.get()?.bits()) };
    items.target().as_slice().get(index).copied()
}
