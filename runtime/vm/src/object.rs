//! Heap objects as Rust types: `Object`, `Ref`, `Layout` and the macro that declares them.
//!
//! An object is a `#[repr(C)]` struct whose first field is the header. Its class points at the `Layout`, which says how
//! to trace it. A `Ref<T>` is a copyable pointer to such an object; it may live in locals, arguments and return values,
//! where the collector's scan of native stacks sees it, and nowhere else.

use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

use gc::{CellKind, Header, Tracer};

use crate::thread::Thread;
use crate::value::Value;

/// A slot of a heap object.
pub type Slot = gc::Slot<Value>;

/// Gives the next value of a builtin iterator, or nothing at its end.
pub type NextItem = fn(&Thread, Value) -> crate::raised::R<Option<Value>>;

/// Drives a builtin awaitable or iterator by one step: takes what is sent, gives what it yields or returns.
pub type SendValue = fn(&Thread, Value, Value) -> crate::raised::R<crate::exec::generators::Outcome>;

/// How objects of one Rust type lie in memory.
pub struct Layout {
    /// Name of the Rust type, for messages of the collector.
    pub name: &'static str,
    /// Bytes of the fixed part, header included.
    pub size: usize,
    /// Which kind of cell the heap gives.
    pub kind: CellKind,
    /// Visits the slots of the fixed part (and, for arrays, the items).
    pub trace: unsafe fn(*const Header, &mut Tracer),
    /// Drops what the object owns outside the heap.
    pub drop: Option<unsafe fn(*mut Header)>,
    /// For builtin iterators: the next value, or nothing at the end, without a `StopIteration` (`protocols::next`).
    pub next: Option<NextItem>,
    /// For builtin awaitables and their iterators: one step, without a `StopIteration` (`exec::generators::drive`).
    pub send: Option<SendValue>,
    /// Whether instances of Python subclasses have attribute slots after the fixed part. Layouts that vary in
    /// size cannot; their Python subclasses use a box layout instead.
    pub extensible: bool,
}

/// A Rust type that lives in the heap.
///
/// # Safety
/// The type is `#[repr(C)]`, starts with a `Header`, and `layout` describes it: `trace` visits every slot.
pub unsafe trait Object: Sized + 'static {
    /// The one layout of the type.
    fn layout() -> &'static Layout;

    /// The exact object inside an instance of a Python subclass whose layout is a box (`str`, `tuple`, `bytes`).
    #[cold]
    fn unbox(value: Value) -> Option<Ref<Self>> {
        let boxed = value.downcast::<crate::objects::Boxed>()?;
        boxed.value.get()?.downcast::<Self>()
    }
}

/// A pointer to a live heap object.
pub struct Ref<T>(NonNull<T>, PhantomData<*const T>);

impl<T> Clone for Ref<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Ref<T> {}

impl<T> PartialEq for Ref<T> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Ref<T> {}

impl<T> Deref for Ref<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: a Ref is made only of live objects, and sits where the collector sees it.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Ref<T> {
    /// # Safety
    /// The object behind the header is a live `T`.
    #[inline(always)]
    pub unsafe fn from_header(header: &Header) -> Self {
        Self(NonNull::from(header).cast(), PhantomData)
    }

    /// # Safety
    /// `address` is that of a live `T`.
    #[inline(always)]
    pub unsafe fn from_address(address: u64) -> Self {
        // SAFETY: the caller's promise; the address of a live object is not null.
        Self(unsafe { NonNull::new_unchecked(address as *mut T) }, PhantomData)
    }

    /// The address, also the word of the value.
    #[inline(always)]
    #[must_use]
    pub fn address(self) -> u64 {
        self.0.as_ptr() as u64
    }

    /// The object's header.
    #[inline(always)]
    #[must_use]
    pub fn header<'a>(self) -> &'a Header {
        // SAFETY: every object starts with its header.
        unsafe { self.0.cast::<Header>().as_ref() }
    }

    /// The value that points at the object.
    #[inline(always)]
    #[must_use]
    pub fn value(self) -> Value {
        Value::of_header(self.header())
    }

    /// A reference with a lifetime of the caller's choice; sound as long as the Ref stays in a local.
    #[inline(always)]
    #[must_use]
    pub fn target<'a>(self) -> &'a T {
        // SAFETY: as for `deref`.
        unsafe { &*self.0.as_ptr() }
    }
}

impl<T> From<Ref<T>> for Value {
    #[inline(always)]
    fn from(object: Ref<T>) -> Value {
        object.value()
    }
}

impl<T> From<Ref<T>> for Option<Value> {
    #[inline(always)]
    fn from(object: Ref<T>) -> Option<Value> {
        Some(object.value())
    }
}

impl<T> std::fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ref({:#x})", self.address())
    }
}

/// Reads a slot whose content the layout fixes.
pub trait SlotExt {
    /// The object in the slot, which holds a `T` by the owner's invariant.
    ///
    /// # Safety
    /// The slot is set and holds a `T`, always.
    unsafe fn get_as<T: Object>(&self) -> Ref<T>;
    /// The word in the slot; zero is unset.
    fn bits(&self) -> u64;
    /// Sets the slot of `owner`, through the barrier.
    fn put(&self, owner: &Header, t: &Thread, value: impl Into<Option<Value>>);
}

impl SlotExt for Slot {
    #[inline(always)]
    unsafe fn get_as<T: Object>(&self) -> Ref<T> {
        // SAFETY: the caller's promise.
        unsafe {
            let value = self.get().unwrap_unchecked();
            debug_assert!(value.downcast::<T>().is_some(), "slot of another type than {}", T::layout().name);
            Ref::from_address(value.bits())
        }
    }

    #[inline(always)]
    fn bits(&self) -> u64 {
        self.get().map_or(0, Value::bits)
    }

    #[inline(always)]
    fn put(&self, owner: &Header, t: &Thread, value: impl Into<Option<Value>>) {
        self.set(owner, t.mutator(), value.into());
    }
}

/// Declares a heap object: the struct, its layout and its tracing.
///
/// ```ignore
/// heap_object! {
///     /// A cell of a closure.
///     pub struct Cell { contents: Slot }
///     trace { contents }
/// }
/// ```
/// Options after `trace`: `kind Untraced|Drop`, `drop(path)`, `fixed` (not extensible by Python subclasses),
/// `rest(path)`: a function that traces the variable part, `next(path)`: what gives a builtin iterator's next value,
/// `send(path)`: what drives a builtin awaitable or its iterator.
#[macro_export]
macro_rules! heap_object {
    (@define $extensible:literal
        $(#[$meta:meta])*
        $vis:vis struct $name:ident { $($(#[$fmeta:meta])* $fvis:vis $field:ident : $ty:ty),* $(,)? }
        trace { $($traced:ident),* $(,)? }
        $(kind $kind:ident)?
        $(drop($drop:path))?
        $(rest($rest:path))?
        $(next($next:path))?
        $(send($send:path))?
    ) => {
        $(#[$meta])*
        #[repr(C)]
        $vis struct $name {
            /// Class, collector byte, lock byte, flags and shape.
            pub header: $crate::gc::Header,
            $($(#[$fmeta])* $fvis $field: $ty,)*
        }

        const _: () = {
            unsafe fn trace(object: *const $crate::gc::Header, tracer: &mut $crate::gc::Tracer) {
                // SAFETY: the layout of the object's class is this one.
                let object: &$name = unsafe { &*object.cast::<$name>() };
                let _ = (&object, &tracer);
                $(tracer.slot(&object.$traced);)*
                $($rest(object, tracer);)?
            }

            static LAYOUT: $crate::object::Layout = $crate::object::Layout {
                name: stringify!($name),
                size: size_of::<$name>(),
                kind: $crate::heap_object!(@kind $($kind)?),
                trace,
                drop: $crate::heap_object!(@drop $($drop)?),
                next: $crate::heap_object!(@next $($next)?),
                send: $crate::heap_object!(@send $($send)?),
                extensible: $extensible,
            };

            // SAFETY: the struct is repr(C), starts with the header, and `trace` visits the listed slots.
            unsafe impl $crate::object::Object for $name {
                #[inline(always)]
                fn layout() -> &'static $crate::object::Layout {
                    &LAYOUT
                }
            }
        };
    };
    (@kind) => { $crate::gc::CellKind::Traced };
    (@kind $kind:ident) => { $crate::gc::CellKind::$kind };
    (@drop) => { None };
    (@drop $drop:path) => { Some($drop) };
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident { $($fields:tt)* }
        trace { $($traced:tt)* }
        $(kind $kind:ident)?
        $(drop($drop:path))?
        $(rest($rest:path))?
        $(next($next:path))?
        $(send($send:path))?
        fixed
    ) => {
        $crate::heap_object!(@define false
            $(#[$meta])* $vis struct $name { $($fields)* } trace { $($traced)* } $(kind $kind)? $(drop($drop))? $(rest($rest))? $(next($next))? $(send($send))?);
    };
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident { $($fields:tt)* }
        trace { $($traced:tt)* }
        $(kind $kind:ident)?
        $(drop($drop:path))?
        $(rest($rest:path))?
        $(next($next:path))?
        $(send($send:path))?
    ) => {
        $crate::heap_object!(@define true
            $(#[$meta])* $vis struct $name { $($fields)* } trace { $($traced)* } $(kind $kind)? $(drop($drop))? $(rest($rest))? $(next($next))? $(send($send))?);
    };
    (@next) => { None };
    (@next $next:path) => { Some($next) };
    (@send) => { None };
    (@send $send:path) => { Some($send) };
}

/// The slots of an instance's Python attributes start after the fixed part, at this offset.
#[inline(always)]
#[must_use]
pub fn attributes_offset(layout: &Layout) -> usize {
    layout.size.next_multiple_of(8)
}
