//! `Dict`: a mapping in insertion order. Look-ups take no lock; changes take the object's lock byte; no lock is held while
//! Python code (`__eq__`, `__hash__`) runs.
//!
//! The storage slot is unset (empty), a `DictTable`, or an `InstanceView` (the `__dict__` of an instance). Invariants:
//!
//! 1. The table changes, and another is installed, only under the lock (rule 16, and the invariants of `hash_table`).
//! 2. `mutations` grows at the end of each change of the keys, under the lock: whoever reads it, searches without the lock,
//!    takes the lock and finds it unchanged has a result that still holds.
//! 3. The header's shape word holds the version of the keys, zero for none. It is given under the lock, and zeroed before
//!    keys change or a table is installed. (In an instance of a subclass with attributes the word is the shape of those; such
//!    a dict has no versions.)

use gc::Header;
use sync::atomic::{AtomicU64, Ordering};

use crate::containers::allocate;
use crate::containers::dict_view::{InstanceView, VIEW};
use crate::containers::equality::hash_dict_key;
use crate::containers::hash_table::{DictTable, Found, Hashes, Verdict};
use crate::heap_object;
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::Str;
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A dict.
    pub struct Dict {
        storage: Slot,
        mutations: AtomicU64,
    }
    trace { storage }
}

/// Where a dict's entries are.
pub(crate) enum Storage<'a> {
    /// Nowhere: there are none.
    Empty,
    /// In a table of its own.
    Table(&'a DictTable),
    /// In an instance's slots.
    View(&'a InstanceView),
}

/// What an unlocked search came to, and what it saw.
struct Located<'a> {
    table: Option<&'a DictTable>,
    entry: Option<usize>,
    mutations: u64,
}

/// What an attempt under the lock came to.
enum Attempt<T> {
    Done(T),
    /// Only Python code can tell whether the key is there.
    Unsure,
}

/// The bit of the shape word that marks shapes of instances.
const SHAPE_BIT: u32 = 1 << 31;

/// The entries for which the first table has room.
const FIRST_ENTRIES: usize = 5;

/// Holes at the end that `popitem` steps over before it has the table rebuilt.
const HOLES: usize = 32;

impl Dict {
    /// An empty dict, without a table.
    #[inline]
    pub fn new(t: &Thread) -> R<Ref<Dict>> {
        Ok(allocate::<Dict>(t, t.classes().dict, size_of::<Dict>(), Self::layout().kind)?.publish())
    }

    /// An empty dict with room for so many entries, of which strings or ints come first.
    pub fn with_capacity(t: &Thread, entries: usize) -> R<Ref<Dict>> {
        if entries == 0 {
            return Self::new(t);
        }
        let table = DictTable::new(t, entries, Hashes::InKeys)?;
        Self::from_table(t, table)
    }

    /// A dict of these pairs, a key and a value in turn; `__hash__` and `__eq__` may run.
    pub fn from_pairs(t: &Thread, pairs: &[Value]) -> R<Ref<Dict>> {
        let Some(&first) = pairs.first() else { return Self::new(t) };
        let table = DictTable::new(t, pairs.len() / 2, Hashes::expected(t, first))?;
        let dict = Self::from_table(t, table)?;
        for pair in pairs.chunks_exact(2) {
            dict.set(t, pair[0], pair[1])?;
        }
        Ok(dict)
    }

    fn from_table(t: &Thread, table: Ref<DictTable>) -> R<Ref<Dict>> {
        let fresh = allocate::<Dict>(t, t.classes().dict, size_of::<Dict>(), Self::layout().kind)?;
        fresh.init(&fresh.object().target().storage, Some(table.value()));
        Ok(fresh.publish())
    }

    /// The `__dict__` of an instance.
    pub fn new_instance_view(t: &Thread, instance: &Header) -> R<Ref<Dict>> {
        let view = InstanceView::new(t, instance)?;
        let fresh = allocate::<Dict>(t, t.classes().dict, size_of::<Dict>(), Self::layout().kind)?;
        fresh.init(&fresh.object().target().storage, Some(view.value()));
        Ok(fresh.publish())
    }

    /// Makes the `__dict__` of an instance a dict of its own, with a copy of what is in it.
    pub fn detach_view(&self, t: &Thread) -> R<()> {
        if !self.is_view() {
            return Ok(());
        }
        let copy = self.copy(t)?;
        let _guard = self.header.lock(t.mutator());
        self.install(t, copy.storage.get());
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn storage<'a>(&self) -> Storage<'a> {
        let Some(storage) = self.storage.get() else { return Storage::Empty };
        let address = storage.bits();
        // SAFETY: the slot holds tables and views, and the flag tells which; the caller's locals keep what it sees.
        unsafe {
            let header: &Header = &*(address as *const Header);
            if header.has_flags(VIEW) {
                Storage::View(Ref::<InstanceView>::from_address(address).target())
            } else {
                Storage::Table(Ref::<DictTable>::from_address(address).target())
            }
        }
    }

    #[inline(always)]
    fn table<'a>(&self) -> Option<&'a DictTable> {
        match self.storage() {
            Storage::Table(table) => Some(table),
            _ => None,
        }
    }

    /// Whether this is the `__dict__` of an instance.
    #[must_use]
    pub fn is_view(&self) -> bool {
        matches!(self.storage(), Storage::View(_))
    }

    /// How many entries there are.
    #[inline]
    #[must_use]
    pub fn len(&self, t: &Thread) -> usize {
        match self.storage() {
            Storage::Empty => 0,
            Storage::Table(table) => table.len(),
            Storage::View(view) => view.len(t),
        }
    }

    /// Whether there is no entry.
    #[inline]
    #[must_use]
    pub fn is_empty(&self, t: &Thread) -> bool {
        self.len(t) == 0
    }

    /// The value of a string key, without Python code.
    #[inline(always)]
    #[must_use]
    pub fn get_str(&self, t: &Thread, name: Ref<Str>) -> Option<Value> {
        match self.storage() {
            Storage::Table(table) => table.entry(find_str(t, table, name)?).value().get(),
            Storage::Empty => None,
            Storage::View(view) => view.get_str(t, name),
        }
    }

    /// As `get_str`, where the caller has a guess which entry it is.
    #[inline]
    #[must_use]
    pub fn get_str_near(&self, t: &Thread, name: Ref<Str>, guess: usize) -> Option<Value> {
        if let Storage::Table(table) = self.storage()
            && guess < table.used()
            && table.entry(guess).key().get() == Some(name.value())
        {
            return table.entry(guess).value().get();
        }
        self.get_str(t, name)
    }

    /// The value of a key; `__hash__` and `__eq__` may run.
    #[inline]
    pub fn get(&self, t: &Thread, key: Value) -> R<Option<Value>> {
        self.get_hashed(t, key, hash_dict_key(t, key)?)
    }

    /// The value of a key whose hash is known.
    #[inline]
    pub fn get_hashed(&self, t: &Thread, key: Value, hash: u64) -> R<Option<Value>> {
        match self.storage() {
            Storage::Empty => Ok(None),
            Storage::Table(table) => match table.find(hash, key) {
                Found::Entry(entry) => Ok(table.entry(entry).value().get()),
                Found::Missing => Ok(None),
                Found::Unsure(..) => self.get_slow(t, key, hash),
            },
            Storage::View(view) => view.get(t, key, hash),
        }
    }

    #[cold]
    fn get_slow(&self, t: &Thread, key: Value, hash: u64) -> R<Option<Value>> {
        let located = self.locate(t, key, hash)?;
        Ok(located.table.zip(located.entry).and_then(|(table, entry)| table.entry(entry).value().get()))
    }

    /// Whether there is such a key.
    pub fn contains(&self, t: &Thread, key: Value) -> R<bool> {
        Ok(self.get(t, key)?.is_some())
    }

    /// Searches without the lock, with Python code where needed. Starts again whenever that code, or another thread, took
    /// the compared key out of the table.
    fn locate<'a>(&self, t: &Thread, key: Value, hash: u64) -> R<Located<'a>> {
        'search: loop {
            let mutations = self.mutations.load(Ordering::Acquire);
            let Some(table) = self.table() else { return Ok(Located { table: None, entry: None, mutations }) };
            let mut found = table.find(hash, key);
            loop {
                match found {
                    Found::Entry(entry) => return Ok(Located { table: Some(table), entry: Some(entry), mutations }),
                    Found::Missing => return Ok(Located { table: Some(table), entry: None, mutations }),
                    Found::Unsure(entry, other, next) => {
                        let same = protocols::equal(t, other, key)?;
                        let moved = !self.table().is_some_and(|now| std::ptr::eq(now, table));
                        if moved || table.entry(entry).key().get() != Some(other) {
                            continue 'search;
                        }
                        if same {
                            return Ok(Located { table: Some(table), entry: Some(entry), mutations });
                        }
                        found = table.search_on(next, hash, key);
                    }
                }
            }
        }
    }

    /// Runs `change` under the lock with the entry of the key, or none; the search for it may run Python code first.
    #[inline]
    fn change<T>(
        &self,
        t: &Thread,
        key: Value,
        hash: u64,
        mut change: impl FnMut(Option<(&DictTable, usize)>) -> R<T>,
    ) -> R<T> {
        {
            let _guard = self.header.lock_briefly(t.mutator());
            if let Attempt::Done(result) = self.attempt(hash, key, &mut change) {
                return result;
            }
        }
        loop {
            let located = self.locate(t, key, hash)?;
            let _guard = self.header.lock(t.mutator());
            if self.mutations.load(Ordering::Relaxed) == located.mutations {
                return change(located.table.zip(located.entry));
            }
        }
    }

    #[inline(always)]
    fn attempt<T>(
        &self,
        hash: u64,
        key: Value,
        change: &mut impl FnMut(Option<(&DictTable, usize)>) -> R<T>,
    ) -> Attempt<R<T>> {
        let Some(table) = self.table() else { return Attempt::Done(change(None)) };
        match table.find(hash, key) {
            Found::Entry(entry) => Attempt::Done(change(Some((table, entry)))),
            Found::Missing => Attempt::Done(change(None)),
            Found::Unsure(..) => Attempt::Unsure,
        }
    }

    /// Sets the value of a key; `__hash__` and `__eq__` may run.
    #[inline]
    pub fn set(&self, t: &Thread, key: Value, value: Value) -> R<()> {
        self.set_hashed(t, key, hash_dict_key(t, key)?, value)
    }

    /// Sets the value of a string key.
    #[inline]
    pub fn set_str(&self, t: &Thread, name: Ref<Str>, value: Value) -> R<()> {
        self.set_hashed(t, name.value(), name.hash(t), value)
    }

    /// Sets the value of a key whose hash is known.
    #[inline]
    pub fn set_hashed(&self, t: &Thread, key: Value, hash: u64, value: Value) -> R<()> {
        if let Storage::View(view) = self.storage() {
            return view.set(t, key, hash, value);
        }
        self.change(t, key, hash, |found| match found {
            Some((table, entry)) => {
                table.entry(entry).value().set(&table.header, t.mutator(), Some(value));
                Ok(())
            }
            None => self.append(t, hash, key, value),
        })
    }

    /// Under the lock: appends an entry whose key is not there.
    fn append(&self, t: &Thread, hash: u64, key: Value, value: Value) -> R<()> {
        let table = match self.table() {
            Some(table) if table.takes(t, key, hash) => table,
            _ => self.grow(t, Hashes::with_key(t, key, hash))?,
        };
        self.forget_version();
        table.append(t, hash, key, Some(value));
        self.note_mutation();
        Ok(())
    }

    #[cold]
    fn grow(&self, t: &Thread, hashes: Hashes) -> R<&DictTable> {
        self.header.lock_byte().lengthen();
        let table = match self.table() {
            Some(table) => table.grown(t, hashes)?,
            None => DictTable::new(t, FIRST_ENTRIES, hashes)?,
        };
        self.install(t, Some(table.value()));
        Ok(table.target())
    }

    /// Makes room for so many entries more.
    pub fn make_room(&self, t: &Thread, entries: usize) -> R<()> {
        let _guard = self.header.lock(t.mutator());
        let roomy = match self.storage() {
            Storage::View(_) => return Ok(()),
            Storage::Table(table) if table.used() + entries <= table.capacity() => return Ok(()),
            Storage::Table(table) => table.rebuilt(t, table.len() + entries)?,
            Storage::Empty if entries == 0 => return Ok(()),
            Storage::Empty => DictTable::new(t, entries, Hashes::InKeys)?,
        };
        self.install(t, Some(roomy.value()));
        Ok(())
    }

    /// Under the lock: another storage.
    fn install(&self, t: &Thread, storage: Option<Value>) {
        self.forget_version();
        self.storage.set(&self.header, t.mutator(), storage);
        self.note_mutation();
    }

    #[inline(always)]
    fn forget_version(&self) {
        let version = self.header.shape();
        if version != 0 && version & SHAPE_BIT == 0 {
            self.header.set_shape(0);
        }
    }

    #[inline(always)]
    fn note_mutation(&self) {
        self.mutations.store(self.mutations.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    /// A number that changes with every change of the keys: for iterators that must notice.
    #[must_use]
    pub fn mutations(&self) -> u64 {
        self.mutations.load(Ordering::Acquire)
    }

    /// The value of a key, set to `default` if there is none; and whether it was.
    pub fn set_default(&self, t: &Thread, key: Value, default: Value) -> R<(Value, bool)> {
        self.set_default_hashed(t, key, hash_dict_key(t, key)?, default)
    }

    /// As `set_default`, with the hash.
    pub fn set_default_hashed(&self, t: &Thread, key: Value, hash: u64, default: Value) -> R<(Value, bool)> {
        if let Storage::View(view) = self.storage() {
            return view.set_default(t, key, hash, default);
        }
        self.change(t, key, hash, |found| match found.and_then(|(table, entry)| table.entry(entry).value().get()) {
            Some(value) => Ok((value, false)),
            None => self.append(t, hash, key, default).map(|()| (default, true)),
        })
    }

    /// Replaces the value of a key by what `update` makes of it (none if there is no such key), in one step: `update` runs
    /// under the lock, and may be run again, so it must be plain arithmetic. It gives none to leave the dict as it is.
    pub fn update_value(
        &self,
        t: &Thread,
        key: Value,
        hash: u64,
        update: impl Fn(Option<Value>) -> Option<Value>,
    ) -> R<bool> {
        if let Storage::View(view) = self.storage() {
            return match update(view.get(t, key, hash)?) {
                Some(new) => view.set(t, key, hash, new).map(|()| true),
                None => Ok(false),
            };
        }
        self.change(t, key, hash, |found| {
            let old = found.and_then(|(table, entry)| table.entry(entry).value().get());
            match (update(old), found) {
                (None, _) => Ok(false),
                (Some(new), Some((table, entry))) => {
                    table.entry(entry).value().set(&table.header, t.mutator(), Some(new));
                    Ok(true)
                }
                (Some(new), None) => self.append(t, hash, key, new).map(|()| true),
            }
        })
    }

    /// Deletes a key if its value is such that `goes` says so, in one step: it runs under the lock and may be run again, so it must
    /// be a plain test. False if nothing was deleted.
    pub fn delete_if(&self, t: &Thread, key: Value, hash: u64, goes: impl Fn(Value) -> bool) -> R<bool> {
        if let Storage::View(view) = self.storage() {
            let found = view.get(t, key, hash)?;
            return if found.is_some_and(goes) { Ok(view.pop(t, key, hash)?.is_some()) } else { Ok(false) };
        }
        self.change(t, key, hash, |found| {
            let Some((table, entry)) = found else { return Ok(false) };
            if !table.entry(entry).value().get().is_some_and(&goes) {
                return Ok(false);
            }
            self.forget_version();
            table.delete(t, entry);
            self.note_mutation();
            Ok(true)
        })
    }

    /// Deletes a key; false if there is none.
    pub fn delete(&self, t: &Thread, key: Value) -> R<bool> {
        Ok(self.pop(t, key)?.is_some())
    }

    /// Deletes a string key; false if there is none.
    pub fn delete_str(&self, t: &Thread, name: Ref<Str>) -> R<bool> {
        Ok(self.pop_hashed(t, name.value(), name.hash(t))?.is_some())
    }

    /// Deletes a key and gives its value.
    pub fn pop(&self, t: &Thread, key: Value) -> R<Option<Value>> {
        if self.is_empty(t) {
            // An unhashable key is an error even in an empty dict; CPython looks first whether there is anything.
            return Ok(None);
        }
        self.pop_hashed(t, key, hash_dict_key(t, key)?)
    }

    /// Deletes a key whose hash is known and gives its value.
    pub fn pop_hashed(&self, t: &Thread, key: Value, hash: u64) -> R<Option<Value>> {
        if let Storage::View(view) = self.storage() {
            return view.pop(t, key, hash);
        }
        self.change(t, key, hash, |found| {
            let Some((table, entry)) = found else { return Ok(None) };
            let value = table.entry(entry).value().get();
            self.forget_version();
            table.delete(t, entry);
            self.note_mutation();
            Ok(value)
        })
    }

    /// Removes the entry that was added last and gives it.
    pub fn pop_item(&self, t: &Thread) -> R<Option<(Value, Value)>> {
        if let Storage::View(view) = self.storage() {
            return view.pop_last(t);
        }
        let _guard = self.header.lock(t.mutator());
        let Some(mut table) = self.table() else { return Ok(None) };
        let Some((mut entry, mut key)) = table.last_living(usize::MAX) else { return Ok(None) };
        if table.holes_after(entry) > HOLES + table.len() / 4 {
            let compact = table.rebuilt(t, table.len())?;
            self.install(t, Some(compact.value()));
            table = compact.target();
            (entry, key) = table.last_living(usize::MAX).expect("the rebuilt table has the same entries");
        }
        let value = table.entry(entry).value().get();
        self.forget_version();
        table.delete_last(t, entry);
        self.note_mutation();
        Ok(value.map(|value| (key, value)))
    }

    /// Moves a key to the end, or to the front; false if there is none.
    pub fn move_to_end(&self, t: &Thread, key: Value, last: bool) -> R<bool> {
        let hash = hash_dict_key(t, key)?;
        if self.is_view() {
            self.detach_view(t)?;
        }
        self.change(t, key, hash, |found| {
            let Some((table, entry)) = found else { return Ok(false) };
            let (own, value) = (table.entry(entry).key().get(), table.entry(entry).value().get());
            let (Some(own), Some(value)) = (own, value) else { return Ok(false) };
            let edge = if last { table.last_living(usize::MAX) } else { table.next_living(0) };
            if edge.is_some_and(|(index, _)| index == entry) {
                return Ok(true);
            }
            if last {
                self.forget_version();
                let table = if table.has_room() {
                    table.delete(t, entry);
                    table
                } else {
                    self.header.lock_byte().lengthen();
                    let roomy = table.rebuilt(t, table.len() + table.len() / 2 + 1)?;
                    let entry = roomy.find_identical(hash, own);
                    roomy.delete(t, entry.expect("the rebuilt table has the same keys"));
                    self.install(t, Some(roomy.value()));
                    roomy.target()
                };
                table.append(t, hash, own, Some(value));
                self.note_mutation();
                return Ok(true);
            }
            self.header.lock_byte().lengthen();
            let fresh = DictTable::fresh(t, table.len() + table.len() / 2, table.hashes())?;
            let new = fresh.object();
            new.fill(&fresh, hash, own, Some(value));
            let mut position = 0;
            while let Some((index, other)) = table.next_living(position) {
                position = index + 1;
                if index != entry {
                    new.fill(&fresh, table.hash_of(index, other), other, table.entry(index).value().get());
                }
            }
            self.install(t, Some(fresh.publish().value()));
            Ok(true)
        })
    }

    /// Removes everything.
    pub fn clear(&self, t: &Thread) -> R<()> {
        if let Storage::View(view) = self.storage() {
            return view.clear(t);
        }
        let _guard = self.header.lock(t.mutator());
        if self.storage.get().is_some() {
            self.install(t, None);
        }
        Ok(())
    }

    /// An exact dict with the same entries.
    pub fn copy(&self, t: &Thread) -> R<Ref<Dict>> {
        if let Storage::View(_) = self.storage() {
            let copy = Dict::new(t)?;
            let mut position = 0;
            while let Some((key, value, hash)) = self.next_entry(t, &mut position) {
                copy.set_hashed(t, key, hash, value)?;
            }
            return Ok(copy);
        }
        match self.copied_table(t)? {
            Some(table) => Self::from_table(t, table),
            None => Self::new(t),
        }
    }

    fn copied_table(&self, t: &Thread) -> R<Option<Ref<DictTable>>> {
        let _guard = self.header.lock(t.mutator());
        match self.table().filter(|table| !table.is_empty()) {
            Some(table) => table.copied(t).map(Some),
            None => Ok(None),
        }
    }

    /// Sets all entries of another dict, in its order. RuntimeError if that changes while `__eq__` runs.
    pub fn update_from_dict(&self, t: &Thread, other: Ref<Dict>) -> R<()> {
        if std::ptr::eq(self, other.target()) {
            return Ok(());
        }
        if matches!(self.storage(), Storage::Empty) && !other.is_view() {
            let Some(table) = other.copied_table(t)? else { return Ok(()) };
            let _guard = self.header.lock(t.mutator());
            if self.storage.get().is_none() {
                self.install(t, Some(table.value()));
                return Ok(());
            }
        }
        let length = other.len(t);
        if self.table().is_some_and(|table| table.capacity() < length) {
            self.make_room(t, length)?;
        }
        let mut position = 0;
        while let Some((key, value, hash)) = other.next_entry(t, &mut position) {
            self.set_hashed(t, key, hash, value)?;
            t.stand_still();
            if other.len(t) != length {
                return Err(t.runtime_error("dict mutated during update"));
            }
        }
        Ok(())
    }

    /// The entry at a position or after it; the position moves behind it. Start at zero.
    #[inline]
    pub fn next_entry(&self, t: &Thread, position: &mut usize) -> Option<(Value, Value, u64)> {
        match self.storage() {
            Storage::Empty => None,
            Storage::View(view) => view.next_entry(t, position),
            Storage::Table(table) => loop {
                let (index, key) = table.next_living(*position)?;
                *position = index + 1;
                if let Some(value) = table.entry(index).value().get() {
                    return Some((key, value, table.hash_of(index, key)));
                }
            },
        }
    }

    /// The entry before a position; the position moves to it. Start at `usize::MAX`.
    #[inline]
    pub fn previous_entry(&self, t: &Thread, position: &mut usize) -> Option<(Value, Value, u64)> {
        match self.storage() {
            Storage::Empty => None,
            Storage::View(view) => view.previous_entry(t, position),
            Storage::Table(table) => loop {
                let (index, key) = table.last_living(*position)?;
                *position = index;
                if let Some(value) = table.entry(index).value().get() {
                    return Some((key, value, table.hash_of(index, key)));
                }
            },
        }
    }

    /// Where `previous_entry` begins: the place behind the last entry.
    #[inline]
    #[must_use]
    pub fn entries_end(&self) -> usize {
        match self.storage() {
            Storage::Empty => 0,
            Storage::Table(table) => table.used(),
            Storage::View(_) => usize::MAX,
        }
    }

    /// Calls `visit` with each entry, as far as the dict stays as it is.
    pub fn for_each(&self, t: &Thread, mut visit: impl FnMut(Value, Value) -> R<()>) -> R<()> {
        let mut position = 0;
        while let Some((key, value, _)) = self.next_entry(t, &mut position) {
            visit(key, value)?;
        }
        Ok(())
    }

    /// Whether two dicts have equal keys with equal values.
    pub fn equal(t: &Thread, a: Ref<Dict>, b: Ref<Dict>) -> R<bool> {
        if a.len(t) != b.len(t) {
            return Ok(false);
        }
        let mut position = 0;
        while let Some((key, value, hash)) = a.next_entry(t, &mut position) {
            match b.get_hashed(t, key, hash)? {
                Some(other) if protocols::equal(t, value, other)? => {}
                _ => return Ok(false),
            }
            t.stand_still();
        }
        Ok(true)
    }

    /// The version of the keys, for caches; zero if there is none to be had.
    #[inline]
    pub fn keys_version(&self, t: &Thread) -> u32 {
        let version = self.header.shape();
        if version != 0 && version & SHAPE_BIT == 0 { version } else { self.keys_version_slow(t) }
    }

    #[cold]
    fn keys_version_slow(&self, t: &Thread) -> u32 {
        let _guard = self.header.lock(t.mutator());
        match (self.header.shape(), self.storage()) {
            (_, Storage::View(_)) => 0,
            (0, _) => {
                let version = t.interpreter().next_dict_version();
                self.header.set_shape(version);
                version
            }
            (version, _) if version & SHAPE_BIT == 0 => version,
            _ => 0,
        }
    }

    /// Where a string key's value lies, for `cached_value`: how many words behind the start of the table.
    #[must_use]
    pub fn value_word_str(&self, t: &Thread, name: Ref<Str>) -> Option<usize> {
        let table = self.table()?;
        find_str(t, table, name).map(|entry| table.value_word(entry))
    }

    /// The value of the entry that `value_word_str` found when the keys had this version, if they still have it.
    ///
    /// # Safety
    /// `version` is not zero, and `value_word_str` gave `word` after `keys_version` had given `version`, of a dict of this interpreter.
    #[inline(always)]
    #[must_use]
    pub unsafe fn cached_value(&self, version: u32, word: usize) -> Option<Value> {
        // The storage is loaded before the version is: one installed later would come with another version.
        let storage = self.storage.bits() as *const Slot;
        if self.header.shape() != version {
            return None;
        }
        // SAFETY: versions are never reused (rule 18), and this one was zeroed before another storage was installed (invariant 3): so
        // the storage is the table in which the value lay at that word, and tables keep their layout.
        unsafe { (*storage.add(word)).get() }
    }

    /// The value of a key that is this very object, hashed by identity: for side tables of the runtime.
    #[must_use]
    pub fn get_identity(&self, _: &Thread, key: Value) -> Option<Value> {
        let table = self.table()?;
        table.entry(table.find_identical(identity_hash(key), key)?).value().get()
    }

    /// Sets the value of a key by identity: for side tables of the runtime, which use nothing else.
    pub fn set_identity(&self, t: &Thread, key: Value, value: Value) -> R<()> {
        let _guard = self.header.lock(t.mutator());
        let hash = identity_hash(key);
        match self.table().and_then(|table| Some((table, table.find_identical(hash, key)?))) {
            Some((table, entry)) => {
                table.entry(entry).value().set(&table.header, t.mutator(), Some(value));
                Ok(())
            }
            None => self.append(t, hash, key, value),
        }
    }

    /// Removes a key by identity; false if there is none.
    pub fn delete_identity(&self, t: &Thread, key: Value) -> bool {
        let _guard = self.header.lock(t.mutator());
        let Some(table) = self.table() else { return false };
        let Some(entry) = table.find_identical(identity_hash(key), key) else { return false };
        self.forget_version();
        table.delete(t, entry);
        self.note_mutation();
        true
    }

    /// Bytes that the dict and its table take.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Dict>() + self.table().map_or(0, DictTable::size)
    }
}

/// The hash of an object's identity.
#[inline]
#[must_use]
pub fn identity_hash(value: Value) -> u64 {
    value.bits().rotate_right(4)
}

/// The entry of a string key. Keys that are instances of subclasses of `str` count by their characters.
#[inline(always)]
fn find_str(t: &Thread, table: &DictTable, name: Ref<Str>) -> Option<usize> {
    let hash = name.hash(t);
    let is_name = |key: Value| match Str::of(t, key) {
        Some(other) if Str::equal(other, name) => Verdict::Same,
        _ => Verdict::Different,
    };
    match table.search(hash, name.value(), is_name) {
        Found::Entry(entry) => Some(entry),
        _ => None,
    }
}
