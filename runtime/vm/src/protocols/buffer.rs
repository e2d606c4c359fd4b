//! The buffer protocol as native code uses it: the bytes of any bytes-like object to read, or a target to write into.
//!
//! Bytes that can change are copied when read (rule 19): a library never gets a slice of them.

use crate::names::Special;
use crate::object::Ref;
use crate::objects::memoryview::{MemoryView, READONLY, RELEASED};
use crate::objects::{ByteArray, Bytes};
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
        if let Some(bytes) = Bytes::of(t, value) {
            return Ok(Some(Buffer::Shared(bytes)));
        }
        if let Some(array) = value.downcast::<ByteArray>() {
            return Ok(Some(Buffer::Copied(array.to_vec(t))));
        }
        let Some(view) = view_of(t, value, false)? else { return Ok(None) };
        if view.is_c_contiguous()
            && let crate::objects::memoryview::Memory::Bytes(bytes) = view.memory()
            && bytes.len() == view.byte_count()
        {
            return Ok(Some(Buffer::Shared(bytes)));
        }
        let bytes = view.to_vec();
        release_temporary(t, value, view)?;
        Ok(Some(Buffer::Copied(bytes)))
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

/// A view of the value's memory: the view itself, or a new one; nothing if the value has none to show.
pub fn view_of(t: &Thread, value: Value, writable: bool) -> R<Option<Ref<MemoryView>>> {
    if let Some(view) = value.downcast::<MemoryView>() {
        check_released(t, view)?;
        return Ok(Some(view));
    }
    if let Some(bytes) = Bytes::of(t, value) {
        return MemoryView::of_bytes(t, value, crate::objects::memoryview::Memory::Bytes(bytes), bytes.len(), true)
            .map(Some);
    }
    if let Some(array) = value.downcast::<ByteArray>() {
        return MemoryView::of_bytearray(t, array).map(Some);
    }
    let Some(method) = value.class(t).special(t, Special::Buffer).filter(|method| !method.is_none()) else {
        return Ok(None);
    };
    // PyBUF_FULL_RO and PyBUF_FULL.
    let flags = Value::small(if writable { 0x11d } else { 0x11c });
    let result = call_special(t, method, value, &[flags])?;
    match result.downcast::<MemoryView>() {
        Some(view) => Ok(Some(view)),
        None => Err(t.type_error("__buffer__ returned non-memoryview object")),
    }
}

/// After a temporary use of what `__buffer__` of another object gave: tells that object, and ends the view.
pub fn release_temporary(t: &Thread, value: Value, view: Ref<MemoryView>) -> R<()> {
    if value.is(view.value()) {
        return Ok(());
    }
    if let Some(method) = value.class(t).special(t, Special::ReleaseBuffer).filter(|method| !method.is_none()) {
        call_special(t, method, value, &[view.value()])?;
    }
    Ok(())
}

/// ValueError if the view was released.
pub fn check_released(t: &Thread, view: Ref<MemoryView>) -> R<()> {
    if view.has(RELEASED) { Err(t.value_error("operation forbidden on released memoryview object")) } else { Ok(()) }
}

/// Memory that native code writes into: a bytearray, a writable contiguous view, an array.
pub struct WritableBuffer {
    view: Ref<MemoryView>,
    owner: Value,
}

impl WritableBuffer {
    /// The writable memory of a value; nothing if it has none.
    pub fn try_of(t: &Thread, value: Value) -> R<Option<WritableBuffer>> {
        if Bytes::of(t, value).is_some() {
            return Ok(None);
        }
        let Some(view) = view_of(t, value, true)? else { return Ok(None) };
        if view.has(READONLY) || !view.is_c_contiguous() {
            return Ok(None);
        }
        Ok(Some(WritableBuffer { view, owner: value }))
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
    pub fn release(self, t: &Thread) -> R<()> {
        release_temporary(t, self.owner, self.view)
    }
}
