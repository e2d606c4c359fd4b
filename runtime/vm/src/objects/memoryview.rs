//! `MemoryView`: a window on the bytes of another object, with a format, a shape and strides.
//!
//! Invariants: all slots and numbers but `RELEASED` are written before publication. `storage` holds a `Bytes` or a
//! `ByteStorage`, or is unset for a view of nothing; every byte that shape, strides, offset and item size can name lies
//! within it. Storage that can change is read and written as atomics (rule 19), so a view of a bytearray that another
//! thread writes sees old bytes or new ones.

use sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use crate::heap_object;
use crate::names::Special;
use crate::object::{Ref, Slot, SlotExt};
use crate::objects::bytes::ByteStorage;
use crate::objects::export::Export;
use crate::objects::int::int_from_i64;
use crate::objects::{ByteArray, Bytes, Str, Tuple, int_of};
use crate::protocols::buffer::python_special;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A memoryview.
    pub struct MemoryView {
        /// The object whose memory is seen: `obj`.
        pub exporter: Slot,
        /// Where the bytes are.
        pub storage: Slot,
        /// The `BufferWrapper` that this view and those derived from it hold together, if somebody is told when all have ended.
        pub lease: Slot,
        /// The format, a string.
        pub format: Slot,
        /// A tuple of ints.
        pub shape: Slot,
        /// A tuple of ints.
        pub strides: Slot,
        /// The view's export, if the bytes are a bytearray's.
        pub export: Slot,
        /// Where the first item starts.
        pub offset: AtomicUsize,
        /// Bytes in an item.
        pub item_size: AtomicUsize,
        /// `READONLY`, `RELEASED`, `RESTRICTED`.
        pub flags: AtomicU32,
        /// Buffers that others hold of this view, which cannot be released meanwhile.
        pub exports: AtomicUsize,
        /// The hash, once computed; zero: not yet.
        pub hash: AtomicU64,
    }
    trace { exporter, storage, lease, format, shape, strides, export }
    fixed
}

heap_object! {
    /// What all views of a buffer that some object lent hold together: when the last has ended, the lender is let go and the owner's
    /// `__release_buffer__` is called (`protocols::buffer::end_lease`).
    pub struct BufferWrapper {
        /// The object whose Python class is told; unset for the buffer of a memoryview.
        pub owner: Slot,
        /// The view that was lent: what `__buffer__` returned, or a restricted one of the owner's bytes.
        pub lender: Slot,
        /// Views that have not ended.
        pub views: AtomicUsize,
        /// Whether the lease is over.
        pub ended: AtomicBool,
    }
    trace { owner, lender }
    fixed
}

impl BufferWrapper {
    /// A lease of `lender`, which cannot be released until it is over.
    pub fn new(t: &Thread, owner: Option<Value>, lender: Ref<MemoryView>) -> R<Ref<BufferWrapper>> {
        let fresh = t.allocate_exact::<BufferWrapper>(t.classes().buffer_wrapper)?;
        fresh.set(|w| &w.owner, owner).set(|w| &w.lender, lender.value());
        let lease = fresh.publish();
        lender.exports.fetch_add(1, Ordering::AcqRel);
        t.mutator().register_finalizer(lease.header());
        Ok(lease)
    }
}

/// While one lives, its view cannot be released.
pub struct Held(Ref<MemoryView>);

impl Held {
    /// Holds a view.
    #[must_use]
    pub fn new(view: Ref<MemoryView>) -> Held {
        view.exports.fetch_add(1, Ordering::AcqRel);
        Held(view)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.exports.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The bytes cannot be written.
pub const READONLY: u32 = 1;
/// `release()` was called.
pub const RELEASED: u32 = 2;
/// No view may be derived from this one: it was made for the call of a `__release_buffer__`.
pub const RESTRICTED: u32 = 4;

/// Where a view's bytes are.
#[derive(Clone, Copy)]
pub enum Memory {
    /// Nowhere: there are none.
    Empty,
    /// In an immutable object.
    Bytes(Ref<Bytes>),
    /// In storage that can change.
    Storage(Ref<ByteStorage>),
}

impl Memory {
    /// Copies bytes out; the range lies within the memory.
    pub fn read(self, offset: usize, target: &mut [u8]) {
        match self {
            Memory::Empty => {}
            Memory::Bytes(bytes) => target.copy_from_slice(&bytes.as_slice()[offset..offset + target.len()]),
            Memory::Storage(storage) => {
                let source = &storage.bytes()[offset..offset + target.len()];
                for (target, source) in target.iter_mut().zip(source) {
                    *target = source.load(Ordering::Relaxed);
                }
            }
        }
    }

    /// Copies bytes in; the range lies within the memory, which is writable.
    pub fn write(self, offset: usize, source: &[u8]) {
        if let Memory::Storage(storage) = self {
            for (target, &source) in storage.bytes()[offset..offset + source.len()].iter().zip(source) {
                target.store(source, Ordering::Relaxed);
            }
        }
    }
}

/// What a new view is made of.
#[derive(Clone)]
pub struct ViewParts {
    /// `obj`.
    pub exporter: Option<Value>,
    /// The memory.
    pub memory: Memory,
    /// What the view holds together with others.
    pub lease: Option<Ref<BufferWrapper>>,
    /// An export of the same bytes, beside which the view gets one of its own.
    pub export: Option<Ref<Export>>,
    /// The format.
    pub format: Value,
    /// The lengths of the dimensions.
    pub shape: Vec<i64>,
    /// Bytes from item to item in each dimension.
    pub strides: Vec<i64>,
    /// Where the first item starts.
    pub offset: usize,
    /// Bytes in an item.
    pub item_size: usize,
    /// Whether the bytes cannot be written.
    pub readonly: bool,
}

fn int_tuple(t: &Thread, numbers: &[i64]) -> R<Ref<Tuple>> {
    Tuple::with(t, numbers.len(), |index| int_from_i64(t, numbers[index]))
}

fn numbers(slot: &Slot) -> Vec<i64> {
    let Some(tuple) = slot.get().and_then(Value::downcast::<Tuple>) else { return Vec::new() };
    tuple.as_slice().iter().map(|&number| int_of(number).and_then(|number| number.to_i64()).unwrap_or(0)).collect()
}

/// Strides of items that lie side by side, the last dimension fastest.
#[must_use]
pub fn contiguous_strides(shape: &[i64], item_size: usize) -> Vec<i64> {
    let mut strides = vec![0; shape.len()];
    let mut step = item_size as i64;
    for (stride, length) in strides.iter_mut().zip(shape).rev() {
        *stride = step;
        step *= length;
    }
    strides
}

fn c_contiguous(shape: &[i64], strides: &[i64], item_size: usize) -> bool {
    shape.contains(&0)
        || shape
            .iter()
            .zip(strides)
            .zip(contiguous_strides(shape, item_size))
            .all(|((&length, &stride), expected)| length == 1 || stride == expected)
}

fn f_contiguous(shape: &[i64], strides: &[i64], item_size: usize) -> bool {
    let mut step = item_size as i64;
    shape.contains(&0)
        || shape.iter().zip(strides).all(|(&length, &stride)| {
            let fits = length == 1 || stride == step;
            step *= length;
            fits
        })
}

impl ViewParts {
    /// Whether the items lie side by side, the last dimension fastest.
    #[must_use]
    pub fn is_c_contiguous(&self) -> bool {
        c_contiguous(&self.shape, &self.strides, self.item_size)
    }

    /// Whether the items lie side by side, the first dimension fastest.
    #[must_use]
    pub fn is_f_contiguous(&self) -> bool {
        f_contiguous(&self.shape, &self.strides, self.item_size)
    }
}

impl MemoryView {
    /// Makes a view.
    pub fn new(t: &Thread, parts: ViewParts) -> R<Ref<MemoryView>> {
        let (shape, strides) = (int_tuple(t, &parts.shape)?, int_tuple(t, &parts.strides)?);
        let export = parts.export.map(|export| export.another(t)).transpose()?;
        let fresh = t.allocate_exact::<MemoryView>(t.classes().memoryview)?;
        let storage = match parts.memory {
            Memory::Empty => None,
            Memory::Bytes(bytes) => Some(bytes.value()),
            Memory::Storage(storage) => Some(storage.value()),
        };
        fresh
            .set(|v| &v.exporter, parts.exporter)
            .set(|v| &v.storage, storage)
            .set(|v| &v.lease, parts.lease.map(Ref::value))
            .set(|v| &v.format, parts.format)
            .set(|v| &v.shape, shape.value())
            .set(|v| &v.strides, strides.value())
            .set(|v| &v.export, export.map(Ref::value));
        let view = fresh.get();
        view.offset.store(parts.offset, Ordering::Relaxed);
        view.item_size.store(parts.item_size, Ordering::Relaxed);
        view.flags.store(if parts.readonly { READONLY } else { 0 }, Ordering::Relaxed);
        let view = fresh.publish();
        if let Some(export) = export {
            export.begin();
        }
        if let Some(lease) = parts.lease {
            lease.views.fetch_add(1, Ordering::AcqRel);
        }
        Ok(view)
    }

    /// A view of unsigned bytes side by side.
    pub fn of_bytes(t: &Thread, exporter: Value, memory: Memory, length: usize, readonly: bool) -> R<Ref<MemoryView>> {
        let parts = ViewParts {
            exporter: Some(exporter),
            memory,
            lease: None,
            export: None,
            format: Str::from_char(t, u32::from(b'B'))?.value(),
            shape: vec![length as i64],
            strides: vec![1],
            offset: 0,
            item_size: 1,
            readonly,
        };
        Self::of_own_bytes(t, parts)
    }

    /// A view of a bytearray, which keeps its length until the view is released or dead.
    pub fn of_bytearray(t: &Thread, array: Ref<ByteArray>) -> R<Ref<MemoryView>> {
        let format = Str::from_char(t, u32::from(b'B'))?.value();
        Self::of_items(t, array.value(), array, format, 1)
    }

    /// As `of_bytearray`, of items of some format, for the object `exporter` that has its bytes there.
    pub fn of_items(
        t: &Thread,
        exporter: Value,
        bytes: Ref<ByteArray>,
        format: Value,
        item_size: usize,
    ) -> R<Ref<MemoryView>> {
        let (storage, length, export) = bytes.lend(t)?;
        let parts = ViewParts {
            exporter: Some(exporter),
            memory: storage.map_or(Memory::Empty, Memory::Storage),
            lease: None,
            export: Some(export),
            format,
            shape: vec![(length / item_size) as i64],
            strides: vec![item_size as i64],
            offset: 0,
            item_size,
            readonly: false,
        };
        let view = Self::of_own_bytes(t, parts);
        // The view has its own, if it could be made.
        export.end();
        view
    }

    /// A view of bytes that are the exporter's own. If its class has a `__release_buffer__` in Python, that will be called with a
    /// restricted view of the same bytes.
    fn of_own_bytes(t: &Thread, parts: ViewParts) -> R<Ref<MemoryView>> {
        let exporter = parts.exporter;
        if exporter.is_none_or(|exporter| python_special(t, exporter, Special::ReleaseBuffer).is_none()) {
            return Self::new(t, parts);
        }
        let restricted = Self::new(t, ViewParts { exporter: None, ..parts.clone() })?;
        restricted.flags.fetch_or(RESTRICTED, Ordering::AcqRel);
        let lease = BufferWrapper::new(t, exporter, restricted)?;
        Self::new(t, ViewParts { lease: Some(lease), ..parts })
    }

    /// Where the bytes are.
    #[must_use]
    pub fn memory(&self) -> Memory {
        match self.storage.get() {
            None => Memory::Empty,
            Some(storage) => match (storage.downcast::<Bytes>(), storage.downcast::<ByteStorage>()) {
                (Some(bytes), _) => Memory::Bytes(bytes),
                (_, Some(storage)) => Memory::Storage(storage),
                _ => Memory::Empty,
            },
        }
    }

    /// The lengths of the dimensions.
    #[must_use]
    pub fn shape(&self) -> Vec<i64> {
        numbers(&self.shape)
    }

    /// Bytes from item to item in each dimension.
    #[must_use]
    pub fn strides(&self) -> Vec<i64> {
        numbers(&self.strides)
    }

    /// Bytes in an item.
    #[must_use]
    pub fn item_size(&self) -> usize {
        self.item_size.load(Ordering::Relaxed)
    }

    /// The format's text.
    #[must_use]
    pub fn format(&self) -> String {
        self.format.get().and_then(Value::downcast::<Str>).map_or_else(String::new, |format| format.to_string_lossy())
    }

    /// Whether a flag is set.
    #[must_use]
    pub fn has(&self, flag: u32) -> bool {
        self.flags.load(Ordering::Acquire) & flag != 0
    }

    /// Bytes of all items together.
    #[must_use]
    pub fn byte_count(&self) -> usize {
        self.shape().iter().product::<i64>() as usize * self.item_size()
    }

    /// Whether the items lie side by side, the last dimension fastest.
    #[must_use]
    pub fn is_c_contiguous(&self) -> bool {
        c_contiguous(&self.shape(), &self.strides(), self.item_size())
    }

    /// Whether the items lie side by side, the first dimension fastest.
    #[must_use]
    pub fn is_f_contiguous(&self) -> bool {
        f_contiguous(&self.shape(), &self.strides(), self.item_size())
    }

    /// Visits the offset of each item, the last dimension fastest.
    pub fn for_each_offset(&self, mut visit: impl FnMut(usize)) {
        fn walk(shape: &[i64], strides: &[i64], offset: i64, visit: &mut impl FnMut(usize)) {
            match (shape.split_first(), strides.split_first()) {
                (Some((&length, shape)), Some((&stride, strides))) => {
                    for index in 0..length {
                        walk(shape, strides, offset + index * stride, visit);
                    }
                }
                _ => visit(offset as usize),
            }
        }
        let offset = self.offset.load(Ordering::Relaxed) as i64;
        walk(&self.shape(), &self.strides(), offset, &mut visit);
    }

    /// A copy of all items' bytes.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let (memory, item_size) = (self.memory(), self.item_size());
        let mut bytes = vec![0; self.byte_count()];
        if self.is_c_contiguous() {
            memory.read(self.offset.load(Ordering::Relaxed), &mut bytes);
            return bytes;
        }
        let mut chunks = bytes.chunks_exact_mut(item_size.max(1));
        self.for_each_offset(|offset| {
            if let Some(chunk) = chunks.next() {
                memory.read(offset, chunk);
            }
        });
        bytes
    }

    /// Writes bytes over the items from byte `start` on; the view is C-contiguous and the range within it.
    pub fn write(&self, start: usize, bytes: &[u8]) {
        self.memory().write(self.offset.load(Ordering::Relaxed) + start, bytes);
    }
}

impl Ref<MemoryView> {
    /// Ends the view, of which there is no lease: its memory is let go.
    pub fn release(self, t: &Thread) {
        if self.begin_release() {
            self.finish_release(t);
        }
    }

    /// The view counts as released from here on. False if it did before.
    #[must_use]
    pub fn begin_release(self) -> bool {
        self.flags.fetch_or(RELEASED, Ordering::AcqRel) & RELEASED == 0
    }

    /// The memory is let go.
    pub fn finish_release(self, t: &Thread) {
        if let Some(export) = self.export.get().and_then(Value::downcast::<Export>) {
            export.end();
        }
        let header = self.header();
        self.exporter.put(header, t, None);
        self.storage.put(header, t, None);
        self.lease.put(header, t, None);
    }
}
