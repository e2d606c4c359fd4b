//! Descriptors made by the runtime: computed attributes of builtin classes and `__slots__` members.

use sync::atomic::Ordering::Relaxed;

use sync::atomic::{AtomicU32, AtomicU64};

use crate::heap_object;
use crate::native::GetSet;
use crate::object::{Ref, Slot};
use crate::objects::{Class, Str};
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

    fn check(&self, t: &Thread, object: Value) -> R<()> {
        let owner = self.owner.get().and_then(Value::downcast::<Class>).expect("set at creation");
        let class = object.class(t);
        if class == owner || class.is_subclass_of(owner) {
            return Ok(());
        }
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
                        owner.name()
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
        slot.get().ok_or_else(|| crate::protocols::no_attribute(t, object, self.name()))
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

/// Which member a value describes, if it is a member descriptor.
#[must_use]
pub fn member_index(value: Value) -> Option<usize> {
    value.downcast::<MemberDescriptor>().map(|member| member.index())
}

/// As `member_index`, for members that may be written.
#[must_use]
pub fn writable_member_index(value: Value) -> Option<usize> {
    let member = value.downcast::<MemberDescriptor>()?;
    (member.read_only.load(Relaxed) == 0).then(|| member.index())
}
