//! The shared, immortal space: builtin classes, their functions, interned names, singletons, library code.
//!
//! Built once a process by a thread of its own heap that is never collected; immutable from Python; points only to
//! itself. Interpreters use it without synchronization. Later additions (classes of native modules, code of library modules)
//! are made one at a time under `Builder`'s lock, and published whole.

use std::rc::Rc;

use sync::{Mutex, OnceLock};

use crate::containers::Singletons;
use crate::interpreter::Interpreter;
use crate::names::{Names, Special};
use crate::native::{ClassDef, MethodDef, NativeDef};
use crate::object::{Layout, Object, Ref, SlotExt};
use crate::objects::{Class, ClassFlags, Dict, GetSetDescriptor, NativeFunction, Str, Tuple};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

macro_rules! classes {
    ($($field:ident = $definition:path;)*) => {
        /// The builtin classes that the runtime itself names.
        #[allow(missing_docs, reason = "a field is named as the class")]
        pub struct Classes { $(pub $field: Ref<Class>,)* }

        impl Classes {
            /// Allocates every class, empty.
            fn allocate(make: &mut dyn FnMut(&'static ClassDef) -> Ref<Class>) -> Self {
                Self { $($field: make(&$definition),)* }
            }

            /// Visits every class with its definition, bases before derived ones.
            fn for_each(&self, visit: &mut dyn FnMut(Ref<Class>, &'static ClassDef)) {
                $(visit(self.$field, &$definition);)*
            }
        }
    };
}

crate::builtins::with_builtin_classes!(classes);

/// Process-wide immutable objects.
pub struct Shared {
    /// The builtin classes.
    pub classes: &'static Classes,
    /// The interned names.
    pub names: &'static Names,
    /// The empty tuple.
    pub empty_tuple: Ref<Tuple>,
    /// The empty and one-character strings and bytes.
    pub singletons: Singletons,
    builder: Builder,
}

/// The thread that fills the shared space.
struct Builder(Mutex<Rc<Thread>>);

// SAFETY: the builder's thread only allocates in its own heap, which is never collected and whose mutator is only used
// under the mutex; the reference count of the Rc never changes after the start.
unsafe impl Send for Builder {}
// SAFETY: as above.
unsafe impl Sync for Builder {}
// SAFETY: references in Shared and Classes point to immortal, immutable objects.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}
// SAFETY: as above.
unsafe impl Sync for Classes {}
// SAFETY: as above.
unsafe impl Sync for Names {}

static SHARED: OnceLock<Shared> = OnceLock::new();

impl Shared {
    /// The shared space, built at first use.
    pub fn get() -> &'static Shared {
        SHARED.get_or_init(build)
    }

    /// The builtin class whose exact instances have this layout, for messages.
    pub fn class_of_layout(&self, layout: &'static Layout) -> Option<Ref<Class>> {
        let mut found = None;
        self.classes.for_each(&mut |class, definition| {
            if found.is_none() && std::ptr::eq((definition.layout)(), layout) {
                found = Some(class);
            }
        });
        found
    }

    /// Visits the classes that `builtins` names.
    pub fn for_each_public_class(&self, mut visit: impl FnMut(Ref<Class>) -> R<()>) -> R<()> {
        let mut result = Ok(());
        self.classes.for_each(&mut |class, definition| {
            if result.is_ok() && is_public(definition.name) {
                result = visit(class);
            }
        });
        result
    }

    /// Runs `make` with the thread that allocates in the shared space. What it makes must point only to shared objects.
    pub fn build_with<T>(&self, make: impl FnOnce(&Thread) -> T) -> T {
        make(&self.builder.0.lock())
    }
}

/// A builtin class defined outside the vm's own list: made in the shared space when first asked for.
pub struct NativeClass {
    definition: ClassDef,
    setup: Option<ClassSetup>,
    class: OnceLock<u64>,
}

/// Adds attributes to a new class before anyone sees it, on the thread that builds the shared space.
pub type ClassSetup = fn(&Thread, Ref<Class>) -> R<()>;

impl NativeClass {
    /// A class with this definition.
    #[must_use]
    pub const fn new(definition: ClassDef) -> Self {
        Self { definition, setup: None, class: OnceLock::new() }
    }

    /// A class with this definition, and attributes that `setup` adds.
    #[must_use]
    pub const fn with_setup(definition: ClassDef, setup: ClassSetup) -> Self {
        Self { definition, setup: Some(setup), class: OnceLock::new() }
    }

    /// The class.
    pub fn get(&'static self, t: &Thread) -> Ref<Class> {
        let address = match self.class.get() {
            Some(address) => *address,
            None => self.make(t),
        };
        // SAFETY: the address is that of an immortal class.
        unsafe { Ref::from_address(address) }
    }

    #[cold]
    fn make(&'static self, t: &Thread) -> u64 {
        // Bases may be native classes too: they are made before the lock is taken.
        let base = self.definition.base.map_or(t.classes().object, |base| base(t));
        *self.class.get_or_init(|| {
            t.shared().build_with(|builder| {
                let class = allocate_class(builder, builder.classes().type_, &self.definition);
                fill_class(builder, class, &self.definition, Some(base)).expect("the shared space has room");
                if let Some(setup) = self.setup {
                    setup(builder, class).expect("the shared space has room");
                }
                class.fill_special_table(builder);
                class.address()
            })
        })
    }
}

fn build() -> Shared {
    let interpreter = Interpreter::new_for_shared_space();
    let (thread, classes) = Thread::attach_builder(&interpreter, |mutator| {
        let type_layout = <Class as Object>::layout();
        let mut make = |definition: &'static ClassDef| {
            let cell = mutator.allocate(size_of::<Class>(), 0, type_layout.kind).expect("the shared space has room");
            // SAFETY: the heap gave a zeroed cell of a Class's size; zeroes are a valid Class.
            let class: Ref<Class> = unsafe { Ref::from_header(cell.as_ref()) };
            initialize_class(class, definition);
            class
        };
        Box::leak(Box::new(Classes::allocate(&mut make)))
    });
    classes.for_each(&mut |class, _| class.header().set_class_bits(classes.type_.address(), thread.mutator()));
    let names: &'static Names = Box::leak(Box::new(Names::new(&mut |text| {
        crate::containers::intern_text(&thread, text).expect("the shared space has room")
    })));
    thread.set_names(names);
    let empty_tuple = Tuple::new_empty(&thread).expect("the shared space has room");
    thread.set_empty_tuple(empty_tuple);
    let singletons = Singletons::build(&thread).expect("the shared space has room");
    fill_classes(&thread, classes).expect("the shared space has room");
    Shared { classes, names, empty_tuple, singletons, builder: Builder(Mutex::new(thread)) }
}

/// Exceptions, and the types that have a name in `builtins`.
fn is_public(name: &str) -> bool {
    const TYPES: &[&str] = &[
        "object",
        "type",
        "int",
        "bool",
        "float",
        "complex",
        "str",
        "bytes",
        "bytearray",
        "memoryview",
        "tuple",
        "list",
        "dict",
        "set",
        "frozenset",
        "range",
        "slice",
        "property",
        "staticmethod",
        "classmethod",
        "super",
        "enumerate",
        "zip",
        "map",
        "filter",
        "reversed",
    ];
    TYPES.contains(&name)
        || name.starts_with(|c: char| c.is_ascii_uppercase())
            && !matches!(name, "NoneType" | "NotImplementedType" | "ReferenceType")
        || name == "_IncompleteInputError"
}

fn fill_classes(t: &Thread, classes: &'static Classes) -> R<()> {
    let mut result = Ok(());
    classes.for_each(&mut |class, definition| {
        result = result.and_then(|()| {
            class.dict.put(class.header(), t, new_namespace(t, definition)?.value());
            Ok(())
        });
    });
    result?;
    classes.for_each(&mut |class, definition| {
        result = result.and_then(|()| fill_class(t, class, definition, definition.base.map(|base| base(t))));
    });
    result?;
    classes.for_each(&mut |class, _| class.fill_special_table(t));
    Ok(())
}

fn allocate_class(t: &Thread, metaclass: Ref<Class>, definition: &'static ClassDef) -> Ref<Class> {
    let class = t.allocate_exact::<Class>(metaclass).expect("the shared space has room").publish();
    initialize_class(class, definition);
    class.dict.put(class.header(), t, new_namespace(t, definition).expect("the shared space has room").value());
    class
}

/// A namespace with room for what the definition has, and for the `__module__`, `__doc__` and `__hash__` that may join it.
fn new_namespace(t: &Thread, definition: &'static ClassDef) -> R<Ref<Dict>> {
    Dict::with_capacity(t, definition.methods.len() + definition.getset.len() + 3)
}

/// A flag for native classes: instances have one member slot behind the fixed part of their layout, which the native code
/// reaches by `shapes::native_member`. For classes that add one value to the layout of their base (`defaultdict`).
pub const NATIVE_MEMBER: u32 = 1 << 28;

fn initialize_class(class: Ref<Class>, definition: &'static ClassDef) {
    use sync::atomic::Ordering::Relaxed;
    let layout = (definition.layout)();
    class.layout_pointer.store(std::ptr::from_ref(layout) as u64, Relaxed);
    class.flags.store(definition.flags, Relaxed);
    let dict_slot = usize::from(definition.flags & ClassFlags::DICT != 0) * 8;
    let member = usize::from(definition.flags & NATIVE_MEMBER != 0);
    class.member_slots.store(member as u32, Relaxed);
    class.instance_size.store((layout.size + member * 8 + dict_slot) as u32, Relaxed);
}

/// The one builtin class with two bases: an ExceptionGroup is an Exception.
fn second_base(t: &Thread, definition: &'static ClassDef) -> Option<Ref<Class>> {
    std::ptr::eq(definition, &crate::exceptions::classes::EXCEPTION_GROUP).then(|| t.classes().exception)
}

fn fill_class(t: &Thread, class: Ref<Class>, definition: &'static ClassDef, base: Option<Ref<Class>>) -> R<()> {
    use sync::atomic::Ordering::Relaxed;
    let (header, names) = (class.header(), t.names());
    let name = crate::containers::intern_text(t, definition.name)?;
    class.name.put(header, t, name.value());
    class.qualname.put(header, t, name.value());
    class.base.put(header, t, base.map(Ref::value));
    let second = second_base(t, definition);
    let bases = match (base, second) {
        (Some(base), Some(second)) => Tuple::from_slice(t, &[base.value(), second.value()])?,
        (Some(base), None) => Tuple::from_slice(t, &[base.value()])?,
        (None, _) => Tuple::from_slice(t, &[])?,
    };
    class.bases.put(header, t, bases.value());
    let base_mro = base.map_or_else(|| t.empty_tuple(), |base| base.mro());
    let second_mro = second.map_or_else(|| t.empty_tuple(), |second| second.mro());
    // The first base's own part, then the second base with all that both derive from.
    let own = base_mro.as_slice().iter().take_while(|&class| !second_mro.as_slice().contains(class)).count();
    let mro = Tuple::with(t, 1 + own + second_mro.len(), |index| match index.checked_sub(1) {
        None => Ok(class.value()),
        Some(index) if index < own => Ok(base_mro.get(index)),
        Some(index) => Ok(second_mro.get(index - own)),
    })?;
    class.mro.put(header, t, mro.value());
    if let Some(base) = base {
        let inherited = ClassFlags::DATA_DESCRIPTOR
            | ClassFlags::SEQUENCE
            | ClassFlags::MAPPING
            | ClassFlags::METACLASS
            | ClassFlags::EXCEPTION;
        class.flags.fetch_or(base.flags() & inherited, Relaxed);
    }
    let dict = class.namespace();
    let module = crate::containers::intern_text(t, definition.module)?;
    class.module.put(header, t, module.value());
    // Instances of a class of the language itself have no such attribute.
    if !crate::native::is_module_of_language(definition.module) {
        dict.set_str(t, names.__module__, module.value())?;
    }
    let doc = if definition.doc.is_empty() { Value::NONE } else { Str::new(t, definition.doc)?.value() };
    // A class whose instances have a computed `__doc__` keeps its own here.
    class.extra.put(header, t, doc);
    // The signature at its head is shown as `__text_signature__`.
    let shown = if definition.doc.is_empty() {
        Value::NONE
    } else {
        Str::new(t, crate::builtins::type_::split_doc(definition.doc).1)?.value()
    };
    dict.set_str(t, names.__doc__, shown)?;
    for method in definition.methods {
        add_method(t, class, method)?;
    }
    for getset in definition.getset {
        let descriptor = GetSetDescriptor::new(t, class, getset)?;
        dict.set_str(t, crate::containers::intern_text(t, getset.name)?, descriptor.value())?;
    }
    // A class with __eq__ and without __hash__ is not hashable.
    if dict.get_str(t, names.__eq__).is_some() && dict.get_str(t, names.__hash__).is_none() {
        dict.set_str(t, names.__hash__, Value::NONE)?;
    }
    class.update_derived_flags(t);
    class.version.store(t.interpreter().next_class_version(), Relaxed);
    Ok(())
}

fn add_method(t: &Thread, class: Ref<Class>, method: &MethodDef) -> R<()> {
    let classes = t.classes();
    let (definition, value) = match method {
        MethodDef::Method(definition) => {
            let wrapper = is_wrapper(t, class, definition)?;
            let kind = if wrapper { classes.wrapper_descriptor } else { classes.method_descriptor };
            (definition, NativeFunction::new(t, kind, definition, None, Some(class.value()))?.value())
        }
        MethodDef::Class(definition) => (
            definition,
            NativeFunction::new(t, classes.classmethod_descriptor, definition, None, Some(class.value()))?.value(),
        ),
        MethodDef::Static(definition) => {
            let function = NativeFunction::new(t, classes.builtin_function, definition, None, Some(class.value()))?;
            (definition, crate::builtins::static_method(t, function.value())?)
        }
        // The receiver of `__new__` is the class that it makes instances of.
        MethodDef::New(definition) => (
            definition,
            NativeFunction::new(t, classes.builtin_function, definition, Some(class.value()), None)?.value(),
        ),
    };
    class.namespace().set_str(t, crate::containers::intern_text(t, definition.name)?, value)
}

/// Special methods that CPython keeps in slots are wrapper descriptors; other dunder methods are plain ones.
fn is_wrapper(t: &Thread, class: Ref<Class>, definition: &NativeDef) -> R<bool> {
    if !definition.name.starts_with("__") {
        return Ok(false);
    }
    // For speed CPython has these as methods besides the slots.
    let doubled = match definition.name {
        "__getitem__" => &["dict", "list"][..],
        "__contains__" => &["dict", "frozenset", "set"],
        _ => &[],
    };
    if doubled.contains(&class.name().as_str()) {
        return Ok(false);
    }
    let plain = [
        "__reversed__",
        "__length_hint__",
        "__format__",
        "__bytes__",
        "__complex__",
        "__round__",
        "__trunc__",
        "__floor__",
        "__ceil__",
        "__dir__",
        "__enter__",
        "__exit__",
        "__missing__",
        "__instancecheck__",
        "__subclasscheck__",
        "__prepare__",
        "__init_subclass__",
        "__class_getitem__",
        "__set_name__",
    ];
    let name = crate::containers::intern_text(t, definition.name)?;
    Ok(Special::named(t.names(), name).is_some() && !plain.contains(&definition.name))
}
