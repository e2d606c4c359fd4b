//! The buffer protocol as native code uses it: the bytes of any bytes-like object to read, or a target to write into.
//!
//! Bytes that can change are copied when read (rule 19): a library never gets a slice of them.

use sync::atomic::Ordering;

use crate::names::Special;
use crate::object::{Ref, SlotExt};
use crate::objects::memoryview::{BufferWrapper, Memory, MemoryView, READONLY, RELEASED, RESTRICTED};
use crate::objects::{ByteArray, Bytes, ClassFlags, NativeFunction};
use crate::protocols::{call_special, name_of_argument};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// The bytes of a bytes-like object, as they were at one moment.
pub enum Buffer {
    /// Those of an immutable object.
    Shared(Ref<Bytes>),
    /// A copy.
    Copied(Vec<u8>),
}

impl Buffer {
    /// The bytes of a bytes-like object; TypeError for others.
    pub fn of(t: &Thread, value: Value) -> R<Buffer> {
        match Self::try_of(t, value)? {
            Some(buffer) => Ok(buffer),
            None => Err(t.type_error(format_args!("a bytes-like object is required, not '{}'", value.class(t).name()))),
        }
    }

    /// The bytes of a bytes-like object; nothing for others.
    pub fn try_of(t: &Thread, value: Value) -> R<Option<Buffer>> {
        Self::with_flags(t, value, flags::SIMPLE)
    }

    /// As `try_of`; `wanted` is what a `__buffer__` in Python gets.
    pub fn with_flags(t: &Thread, value: Value, wanted: i32) -> R<Option<Buffer>> {
        if is_plain(t, value) {
            if let Some(bytes) = Bytes::of(t, value) {
                return Ok(Some(Buffer::Shared(bytes)));
            }
            if let Some(array) = value.downcast::<ByteArray>() {
                return Ok(Some(Buffer::Copied(array.to_vec(t))));
            }
        }
        let Some(look) = Look::of(t, value, wanted)? else { return Ok(None) };
        let view = look.view;
        let buffer = match view.memory() {
            Memory::Bytes(bytes) if view.is_c_contiguous() && bytes.len() == view.byte_count() => Buffer::Shared(bytes),
            _ => Buffer::Copied(view.to_vec()),
        };
        look.end(t);
        Ok(Some(buffer))
    }

    /// The bytes.
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Buffer::Shared(bytes) => bytes.as_slice(),
            Buffer::Copied(bytes) => bytes,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// The bytes in a vector.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        match self {
            Buffer::Shared(bytes) => bytes.as_slice().to_vec(),
            Buffer::Copied(bytes) => bytes,
        }
    }
}

impl std::ops::Deref for Buffer {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl crate::native::FromArg for Buffer {
    fn from_arg(t: &Thread, value: Value, place: crate::native::ArgumentPlace) -> R<Self> {
        let _ = place;
        Buffer::of(t, value)
    }
}
impl crate::native::NullableArg for Buffer {}

/// Whether `Buffer::of` would find bytes.
#[must_use]
pub fn is_bytes_like(t: &Thread, value: Value) -> bool {
    Bytes::of(t, value).is_some()
        || value.downcast::<ByteArray>().is_some()
        || value.downcast::<MemoryView>().is_some()
        || value.class(t).special(t, Special::Buffer).is_some()
}

/// What one who wants a buffer asks for, as `__buffer__` is told it (`inspect.BufferFlags`).
pub mod flags {
    /// The bytes side by side.
    pub const SIMPLE: i32 = 0;
    /// They may be written.
    pub const WRITABLE: i32 = 1;
    /// The items' format.
    pub const FORMAT: i32 = 4;
    /// The lengths of the dimensions.
    pub const ND: i32 = 8;
    /// Strides.
    pub const STRIDES: i32 = 0x10 | ND;
    /// Items side by side, the last dimension fastest.
    pub const C_CONTIGUOUS: i32 = 0x20 | STRIDES;
    /// The first dimension fastest.
    pub const F_CONTIGUOUS: i32 = 0x40 | STRIDES;
    /// One of the two.
    pub const ANY_CONTIGUOUS: i32 = 0x80 | STRIDES;
    /// All there is to know, to read.
    pub const FULL_RO: i32 = 0x100 | STRIDES | FORMAT;
    /// A word of another interface, which no buffer is asked for with.
    pub const READ: i32 = 0x100;
    /// Likewise.
    pub const WRITE: i32 = 0x200;
}

/// The method of this name if the value's class has it in Python, which a builtin class's own never is.
#[must_use]
pub fn python_special(t: &Thread, value: Value, special: Special) -> Option<Value> {
    let class = value.class(t);
    if !class.has(ClassFlags::HEAP) {
        return None;
    }
    class.special(t, special).filter(|method| !method.is_none() && method.downcast::<NativeFunction>().is_none())
}

/// Whether a bytes or a bytearray is one as far as buffers go: its class has no methods in Python for them.
fn is_plain(t: &Thread, value: Value) -> bool {
    python_special(t, value, Special::Buffer).is_none() && python_special(t, value, Special::ReleaseBuffer).is_none()
}

/// A look at a value's memory for the length of a call. `end` says that it is over.
pub struct Look {
    /// The view.
    pub view: Ref<MemoryView>,
    value: Value,
    source: Source,
}

/// Where the view of a look comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// It is the value itself.
    Own,
    /// It was made for the look.
    Made,
    /// `__buffer__` of a Python class gave it.
    Lent,
}

impl Look {
    /// A look at what the value shows to one who asks with these flags; nothing if it shows no memory.
    pub fn of(t: &Thread, value: Value, wanted: i32) -> R<Option<Look>> {
        if let Some(view) = value.downcast::<MemoryView>() {
            check_released(t, view)?;
            check_restricted(t, view)?;
            return Ok(Some(Look { view, value, source: Source::Own }));
        }
        let lent = python_special(t, value, Special::Buffer);
        let made = match (lent, Bytes::of(t, value), value.downcast::<ByteArray>()) {
            (None, Some(bytes), _) => Some(MemoryView::of_bytes(t, value, Memory::Bytes(bytes), bytes.len(), true)?),
            (None, _, Some(array)) => Some(MemoryView::of_bytearray(t, array)?),
            _ => None,
        };
        if let Some(view) = made {
            return Ok(Some(Look { view, value, source: Source::Made }));
        }
        let Some(method) = value.class(t).special(t, Special::Buffer).filter(|method| !method.is_none()) else {
            return Ok(None);
        };
        let wanted = if lent.is_some() { wanted } else { flags::FULL_RO };
        let Some(view) = call_special(t, method, value, &[Value::small(wanted)])?.downcast::<MemoryView>() else {
            return Err(t.type_error("__buffer__ returned non-memoryview object"));
        };
        check_released(t, view)?;
        let source = if lent.is_some() { Source::Lent } else { Source::Made };
        Ok(Some(Look { view, value, source }))
    }

    /// Whether `__buffer__` of a Python class gave the view.
    #[must_use]
    pub fn is_lent(&self) -> bool {
        self.source == Source::Lent
    }

    /// The look is over.
    pub fn end(self, t: &Thread) {
        match self.source {
            Source::Own => {}
            Source::Made => release_now(t, self.view),
            Source::Lent => give_back(t, self.value, self.view),
        }
    }
}

/// `release()` of a view; BufferError while others hold buffers of it.
pub fn release(t: &Thread, view: Ref<MemoryView>) -> R<()> {
    if view.has(RELEASED) {
        return Ok(());
    }
    match view.exports.load(Ordering::Acquire) {
        0 => {
            release_now(t, view);
            Ok(())
        }
        1 => Err(t.buffer_error("memoryview has 1 exported buffer")),
        count => Err(t.buffer_error(format_args!("memoryview has {count} exported buffers"))),
    }
}

fn release_now(t: &Thread, view: Ref<MemoryView>) {
    if !view.begin_release() {
        return;
    }
    if let Some(lease) = view.lease.get().and_then(Value::downcast::<BufferWrapper>)
        && lease.views.fetch_sub(1, Ordering::AcqRel) == 1
    {
        end_lease(t, lease);
    }
    view.finish_release(t);
}

/// A builtin object's `__release_buffer__`.
pub fn release_exported(t: &Thread, owner: Value, view: Value) -> R<()> {
    let Some(view) = view.downcast::<MemoryView>() else {
        return Err(t.type_error("expected a memoryview object"));
    };
    match view.exporter.get() {
        None => Ok(()),
        Some(exporter) if exporter.is(owner) => release(t, view),
        Some(_) => Err(t.value_error("memoryview's buffer is not this object")),
    }
}

/// The last view of a lease has ended, or was found dead.
pub fn end_lease(t: &Thread, lease: Ref<BufferWrapper>) {
    if lease.ended.swap(true, Ordering::AcqRel) {
        return;
    }
    let Some(lender) = lease.lender.get().and_then(Value::downcast::<MemoryView>) else { return };
    lender.exports.fetch_sub(1, Ordering::AcqRel);
    let owner = lease.owner.get();
    lease.owner.put(lease.header(), t, None);
    lease.lender.put(lease.header(), t, None);
    if let Some(owner) = owner {
        give_back(t, owner, lender);
    }
    if lender.has(RESTRICTED) {
        lender.release(t);
    }
}

/// Tells the owner of a lent view that nobody uses it any more. What the method raises nobody can catch.
fn give_back(t: &Thread, owner: Value, lender: Ref<MemoryView>) {
    let Some(method) = python_special(t, owner, Special::ReleaseBuffer) else { return };
    if lender.exporter.get().is_some_and(|exporter| exporter.is(owner)) {
        // The owner's own bytes, by way of its base class: the end of that view is what it is told of.
        if release(t, lender).is_err() {
            t.clear_pending();
        }
        return;
    }
    if call_special(t, method, owner, &[lender.value()]).is_err() {
        let error = t.take_pending();
        let message = format!("Exception ignored in __release_buffer__ of {}", owner.class(t).name());
        crate::events::report_unraisable(t, error, &message, Value::NONE);
    }
}

/// ValueError if the view was released.
pub fn check_released(t: &Thread, view: Ref<MemoryView>) -> R<()> {
    if view.has(RELEASED) { Err(t.value_error("operation forbidden on released memoryview object")) } else { Ok(()) }
}

/// ValueError if no view may be derived from this one.
pub fn check_restricted(t: &Thread, view: Ref<MemoryView>) -> R<()> {
    if view.has(RESTRICTED) { Err(t.value_error("cannot create new view on restricted memoryview")) } else { Ok(()) }
}

/// Memory that native code writes into: a bytearray, a writable contiguous view, an array.
pub struct WritableBuffer {
    view: Ref<MemoryView>,
    look: Look,
}

impl WritableBuffer {
    /// The writable memory of a value; nothing if it has none.
    pub fn try_of(t: &Thread, value: Value) -> R<Option<WritableBuffer>> {
        if is_plain(t, value) && Bytes::of(t, value).is_some() {
            return Ok(None);
        }
        let Some(look) = Look::of(t, value, flags::WRITABLE)? else { return Ok(None) };
        let view = look.view;
        if view.has(READONLY) || !view.is_c_contiguous() {
            look.end(t);
            return Ok(None);
        }
        Ok(Some(WritableBuffer { view, look }))
    }

    /// The writable memory of an argument; `function` names the call in the error.
    pub fn of(t: &Thread, value: Value, function: &str) -> R<WritableBuffer> {
        match Self::try_of(t, value)? {
            Some(buffer) => Ok(buffer),
            None => {
                let got = name_of_argument(t, value);
                Err(t.type_error(format_args!("{function} must be read-write bytes-like object, not {got}")))
            }
        }
    }

    /// Bytes there is room for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.view.byte_count()
    }

    /// Whether there is no room.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes bytes from byte `start` on; what does not fit is left out.
    pub fn write(&self, start: usize, bytes: &[u8]) {
        let room = self.len().saturating_sub(start);
        self.view.write(start, &bytes[..bytes.len().min(room)]);
    }

    /// A copy of the bytes.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.view.to_vec()
    }

    /// Ends the use.
    pub fn release(self, t: &Thread) {
        self.look.end(t);
    }
}
