//! `Bytes`, immutable and inline, and `ByteArray`, whose bytes lie in a replaceable array and are atomics (rule 19).
//!
//! Invariants of `Bytes`: the length and that many bytes after the fixed part are written before it is published.
//!
//! Invariants of `ByteArray`, which writers keep under its lock byte:
//! 1. The length is at most the storage's capacity; storage is replaced, never shrunk or moved.
//! 2. While exports are counted (see `export`) the length does not change, and neither does the storage.

use std::ops::Range;

use gc::{CellKind, Header};
use sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};

use crate::containers::hash_seed::process_key;
use crate::containers::{Fresh, allocate};
use crate::heap_object;
use crate::native::NativeDef;
use crate::object::{Object, Ref, Slot};
use crate::objects::Boxed;
use crate::objects::export::Export;
use crate::raised::R;
use crate::thread::{LONG, Thread};
use crate::value::Value;

heap_object! {
    /// Immutable bytes.
    pub struct Bytes {
        hash: AtomicU64,
        length: AtomicUsize,
    }
    trace {}
    kind Untraced
    fixed
}

heap_object! {
    /// Bytes that can change.
    pub struct ByteArray {
        storage: Slot,
        length: AtomicUsize,
        /// What counts the exports, once there was one: an `Export` that never begins.
        exports: Slot,
    }
    trace { storage, exports }
}

heap_object! {
    /// The storage of a `ByteArray`: a capacity, and that many bytes, of which those past the length are anything.
    pub struct ByteStorage {
        capacity: AtomicUsize,
    }
    trace {}
    kind Untraced
    fixed
}

impl Bytes {
    /// The bytes in this value: the value itself, or what an instance of a subclass of `bytes` holds.
    #[inline]
    #[must_use]
    pub fn of(_: &Thread, value: Value) -> Option<Ref<Bytes>> {
        value.downcast::<Bytes>().or_else(|| Boxed::content::<Bytes>(value))
    }

    /// No bytes, of which there is one object.
    pub fn empty(t: &Thread) -> R<Ref<Bytes>> {
        t.shared_if_built().map_or_else(|| Self::build(t, 0, |_| ()), |shared| Ok(shared.singletons.empty_bytes))
    }

    /// A copy of these bytes.
    pub fn new(t: &Thread, bytes: &[u8]) -> R<Ref<Bytes>> {
        match (bytes, t.shared_if_built()) {
            ([], _) => Self::empty(t),
            ([byte], Some(shared)) => Ok(shared.singletons.bytes[usize::from(*byte)]),
            _ => Self::build(t, bytes.len(), |target| target.copy_from_slice(bytes)),
        }
    }

    /// So many bytes, zeros that `fill` may write over.
    pub fn with(t: &Thread, length: usize, fill: impl FnOnce(&mut [u8])) -> R<Ref<Bytes>> {
        if length == 0 {
            return Self::empty(t);
        }
        Self::build(t, length, |target| {
            target.fill(0);
            fill(target);
        })
    }

    /// An object of its own, whatever the length. `fill` writes all of it. The collector may stop the threads while much is written: the
    /// caller has no other object in hand that is not published.
    pub(crate) fn build(t: &Thread, length: usize, fill: impl FnOnce(&mut [u8])) -> R<Ref<Bytes>> {
        let Some(size) = size_of::<Bytes>().checked_add(length) else { return Err(t.memory_error()) };
        let fresh = allocate::<Bytes>(t, t.classes().bytes, size, CellKind::Untraced)?;
        let bytes = fresh.object().target();
        bytes.hash.store(0, Ordering::Relaxed);
        bytes.length.store(length, Ordering::Relaxed);
        // SAFETY: the cell has room for that many bytes after the fixed part, and nobody else knows it.
        let target = unsafe { std::slice::from_raw_parts_mut(bytes.start().cast_mut(), length) };
        let made = fresh.publish();
        t.blocking_if(length >= LONG, || fill(target));
        Ok(made)
    }

    #[inline(always)]
    fn start(&self) -> *const u8 {
        // SAFETY: the fixed part is within the cell, and its end at most one past it.
        unsafe { std::ptr::from_ref(self).add(1).cast::<u8>() }
    }

    /// How many there are.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        self.length.load(Ordering::Relaxed)
    }

    /// Whether there are none.
    #[inline(always)]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes.
    #[inline(always)]
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: the module's invariant: that many bytes follow, and nobody writes them any more.
        unsafe { std::slice::from_raw_parts(self.start(), self.len()) }
    }

    /// The hash, computed once.
    #[must_use]
    pub fn hash(&self, _: &Thread) -> u64 {
        match self.hash.load(Ordering::Relaxed) {
            0 => {
                let hash = process_key().bytes(self.as_slice()) as u64;
                self.hash.store(hash, Ordering::Relaxed);
                hash
            }
            hash => hash,
        }
    }
}

impl ByteStorage {
    fn fresh(t: &Thread, capacity: usize) -> R<Fresh<'_, ByteStorage>> {
        // Whole words are copied, so the last one has to lie within the cell.
        let Some(size) =
            capacity.checked_next_multiple_of(8).and_then(|room| room.checked_add(size_of::<ByteStorage>()))
        else {
            return Err(t.memory_error());
        };
        let fresh = allocate::<ByteStorage>(t, t.classes().byte_storage, size, CellKind::Untraced)?;
        fresh.object().capacity.store(capacity, Ordering::Relaxed);
        Ok(fresh)
    }

    /// Bytes there is room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity.load(Ordering::Relaxed)
    }

    /// The bytes, all of the capacity.
    #[must_use]
    pub fn bytes(&self) -> &[AtomicU8] {
        // SAFETY: that many bytes follow the fixed part.
        unsafe { std::slice::from_raw_parts(std::ptr::from_ref(self).add(1).cast(), self.capacity()) }
    }

    /// The bytes as whole words.
    fn words(&self) -> &[AtomicU64] {
        // SAFETY: the cell has room for the capacity rounded up to whole words, and the fixed part's size, a multiple of
        // eight in a cell aligned to sixteen, aligns them.
        unsafe { std::slice::from_raw_parts(std::ptr::from_ref(self).add(1).cast(), self.capacity().div_ceil(8)) }
    }

    fn copy_from(&self, other: &ByteStorage, length: usize) {
        for (target, source) in self.words().iter().zip(&other.words()[..length.div_ceil(8)]) {
            target.store(source.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
}

impl ByteArray {
    /// A copy of these bytes.
    pub fn new(t: &Thread, bytes: &[u8]) -> R<Ref<ByteArray>> {
        let fresh = allocate::<ByteArray>(t, t.classes().bytearray, size_of::<ByteArray>(), Self::layout().kind)?;
        let array = fresh.publish();
        array.replace_range(t, 0, 0, bytes)?;
        Ok(array)
    }

    /// How many bytes there are.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.length.load(Ordering::Acquire)
    }

    /// Whether there are none.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn store(&self) -> Option<&ByteStorage> {
        // SAFETY: the slot holds byte storage only.
        self.storage.get().map(|storage| unsafe { Ref::<ByteStorage>::from_address(storage.bits()) }.target())
    }

    /// One byte, if it exists.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<u8> {
        if index >= self.len() {
            return None;
        }
        Some(self.store()?.bytes().get(index)?.load(Ordering::Relaxed))
    }

    /// Replaces a byte; false if there is none at the index.
    pub fn set(&self, t: &Thread, index: usize, byte: u8) -> bool {
        let _guard = self.header.lock(t.mutator());
        match self.store() {
            Some(storage) if index < self.len() => {
                storage.bytes()[index].store(byte, Ordering::Relaxed);
                true
            }
            _ => false,
        }
    }

    /// A copy of the bytes of this moment.
    #[must_use]
    pub fn to_vec(&self, t: &Thread) -> Vec<u8> {
        let _guard = self.header.lock(t.mutator());
        let length = self.len();
        let Some(storage) = self.store() else { return Vec::new() };
        let mut bytes = Vec::with_capacity(length.next_multiple_of(8));
        for word in &storage.words()[..length.div_ceil(8)] {
            bytes.extend_from_slice(&word.load(Ordering::Relaxed).to_ne_bytes());
        }
        bytes.truncate(length);
        bytes
    }

    /// A copy of the bytes of a range of this moment, brought into bounds.
    #[must_use]
    pub fn part(&self, t: &Thread, range: Range<usize>) -> Vec<u8> {
        let _guard = self.header.lock(t.mutator());
        let end = range.end.min(self.len());
        let Some(storage) = self.store() else { return Vec::new() };
        let bytes = &storage.bytes()[range.start.min(end)..end];
        bytes.iter().map(|byte| byte.load(Ordering::Relaxed)).collect()
    }

    /// Replaces the bytes from `start` up to `end`, brought into range; BufferError if that changes the length while
    /// exports exist.
    pub fn replace_range(&self, t: &Thread, start: usize, end: usize, bytes: &[u8]) -> R<()> {
        if start.min(self.len()) + bytes.len() != end.clamp(start.min(self.len()), self.len()) {
            self.is_lent(t);
        }
        let _guard = self.header.lock(t.mutator());
        let length = self.len();
        let start = start.min(length);
        let end = end.clamp(start, length);
        let new_length = length - (end - start) + bytes.len();
        if new_length != length {
            self.check_resizable(t)?;
        }
        let Some(storage) = self.resized(t, new_length)? else { return Ok(()) };
        let target = storage.bytes();
        move_bytes(target, end, start + bytes.len(), length - end);
        for (byte, &new) in target[start..].iter().zip(bytes) {
            byte.store(new, Ordering::Relaxed);
        }
        self.length.store(new_length, Ordering::Release);
        Ok(())
    }

    /// Under the lock: storage with room for `length` bytes, installed. A length below the present one keeps the storage.
    fn resized(&self, t: &Thread, length: usize) -> R<Option<&ByteStorage>> {
        let old = self.store();
        if let Some(storage) = old
            && storage.capacity() >= length
        {
            return Ok(Some(storage));
        }
        if length == 0 {
            return Ok(None);
        }
        let capacity = if old.is_some() { length.saturating_add(length / 8).saturating_add(8) } else { length };
        let fresh = ByteStorage::fresh(t, capacity)?;
        if let Some(old) = old {
            fresh.object().copy_from(old, self.len());
        }
        let storage = fresh.publish();
        self.storage.set(&self.header, t.mutator(), Some(storage.value()));
        Ok(Some(storage.target()))
    }

    fn check_resizable(&self, t: &Thread) -> R<()> {
        if self.exports() == 0 {
            return Ok(());
        }
        Err(t.buffer_error("Existing exports of data: object cannot be re-sized"))
    }

    /// Appends bytes.
    pub fn extend(&self, t: &Thread, bytes: &[u8]) -> R<()> {
        self.replace_range(t, usize::MAX, usize::MAX, bytes)
    }

    /// Makes the length this one; new bytes are zeros.
    pub fn resize(&self, t: &Thread, length: usize) -> R<()> {
        self.is_lent(t);
        let _guard = self.header.lock(t.mutator());
        let old = self.len();
        if length == old {
            return Ok(());
        }
        self.check_resizable(t)?;
        if let Some(storage) = self.resized(t, length)? {
            for byte in storage.bytes().iter().take(length).skip(old) {
                byte.store(0, Ordering::Relaxed);
            }
        }
        self.length.store(length, Ordering::Release);
        Ok(())
    }

    /// Removes all bytes and gives their storage back.
    pub fn clear(&self, t: &Thread) -> R<()> {
        self.is_lent(t);
        let _guard = self.header.lock(t.mutator());
        self.check_resizable(t)?;
        self.length.store(0, Ordering::Release);
        self.storage.set(&self.header, t.mutator(), None);
        Ok(())
    }

    /// Changes bytes in place under the lock; the length stays.
    pub fn update<T>(&self, t: &Thread, action: impl FnOnce(&[AtomicU8]) -> T) -> T {
        let _guard = self.header.lock(t.mutator());
        match self.store() {
            Some(storage) => action(&storage.bytes()[..self.len()]),
            None => action(&[]),
        }
    }

    /// The storage and the length of this moment.
    pub fn stored(&self, t: &Thread) -> (Option<Ref<ByteStorage>>, usize) {
        let _guard = self.header.lock(t.mutator());
        // SAFETY: the slot holds byte storage only.
        let storage = self.storage.get().map(|storage| unsafe { Ref::from_address(storage.bits()) });
        (storage, self.len())
    }

    /// Begins an export: until it ends the length does not change. Gives the storage and the length to export.
    pub fn lend(&self, t: &Thread) -> R<(Option<Ref<ByteStorage>>, usize, Ref<Export>)> {
        let export = self.counter(t)?.another(t)?;
        let _guard = self.header.lock(t.mutator());
        export.begin();
        // SAFETY: the slot holds byte storage only.
        let storage = self.storage.get().map(|storage| unsafe { Ref::from_address(storage.bits()) });
        Ok((storage, self.len(), export))
    }

    fn counter(&self, t: &Thread) -> R<Ref<Export>> {
        if let Some(known) = self.exports.get().and_then(Value::downcast) {
            return Ok(known);
        }
        let made = Export::none(t)?;
        match self.exports.compare_exchange(&self.header, t.mutator(), None, Some(made.value())) {
            Ok(()) => Ok(made),
            Err(other) => Ok(other.and_then(Value::downcast).unwrap_or(made)),
        }
    }

    fn exports(&self) -> usize {
        self.exports.get().and_then(Value::downcast::<Export>).map_or(0, |counter| counter.count())
    }

    /// At the start of a method of `this`, which may want to resize: finds out which views are dead. `kept` are arguments that
    /// may not lie in registers.
    pub fn settle(&self, t: &Thread, method: &'static NativeDef, this: Value, kept: &[Value]) {
        for generation in [0, 2] {
            if self.exports() == 0 {
                return;
            }
            crate::modules::collector::find_dead_before(t, generation, method, this, kept);
        }
    }

    /// Whether somebody looks at the bytes. Views that nobody has any more are found by a cycle, if need be a full one, unless
    /// something on the native stack looks as if it were one of them.
    pub fn is_lent(&self, t: &Thread) -> bool {
        let mut generations = [0, 2].into_iter();
        while self.exports() > 0 {
            let Some(generation) = generations.next() else { return true };
            crate::modules::collector::find_dead(t, generation);
        }
        false
    }

    /// The header, for lock and class.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }
}

/// Moves bytes within storage, from index to index.
fn move_bytes(bytes: &[AtomicU8], from: usize, to: usize, count: usize) {
    let move_one =
        |index: usize| bytes[to + index].store(bytes[from + index].load(Ordering::Relaxed), Ordering::Relaxed);
    match from.cmp(&to) {
        std::cmp::Ordering::Less => (0..count).rev().for_each(move_one),
        std::cmp::Ordering::Greater => (0..count).for_each(move_one),
        std::cmp::Ordering::Equal => {}
    }
}
