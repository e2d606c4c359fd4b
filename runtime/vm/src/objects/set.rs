//! `Set` and `FrozenSet`: hash tables without values, in insertion order. As in `Dict`, look-ups take no lock, changes take
//! the lock byte, and no lock is held while Python code runs.
//!
//! Invariants: those of `Dict` for storage and `mutations`; a frozen set does not change once its maker handed it out. The two
//! have the same fields in the same order, so that a frozen set can be read as a set.

use sync::atomic::{AtomicU64, Ordering};

use crate::containers::allocate;
use crate::containers::equality::hash_element;
use crate::containers::hash_table::{Found, Hashes, SetTable};
use crate::heap_object;
use crate::object::{Object, Ref, Slot};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A set.
    pub struct Set {
        storage: Slot,
        mutations: AtomicU64,
        hash: AtomicU64,
    }
    trace { storage }
}

heap_object! {
    /// A frozen set.
    pub struct FrozenSet {
        storage: Slot,
        mutations: AtomicU64,
        hash: AtomicU64,
    }
    trace { storage }
}

impl std::ops::Deref for FrozenSet {
    type Target = Set;
    fn deref(&self) -> &Set {
        // SAFETY: the two structs are repr(C) with the same fields in the same order.
        unsafe { &*std::ptr::from_ref(self).cast::<Set>() }
    }
}

/// The members for which the first table has room.
const FIRST_MEMBERS: usize = 5;

/// What an unlocked search came to, and what it saw.
struct Located<'a> {
    table: Option<&'a SetTable>,
    entry: Option<usize>,
    mutations: u64,
}

impl FrozenSet {
    /// A frozen set with nothing in it, for its maker to fill.
    pub fn new(t: &Thread) -> R<Ref<FrozenSet>> {
        Ok(allocate::<FrozenSet>(t, t.classes().frozenset, size_of::<FrozenSet>(), Self::layout().kind)?.publish())
    }

    /// A frozen set of these values; `__hash__` and `__eq__` may run.
    pub fn from_slice(t: &Thread, values: &[Value]) -> R<Ref<FrozenSet>> {
        let set = Self::new(t)?;
        for &value in values {
            set.add(t, value)?;
        }
        Ok(set)
    }

    /// The hash, computed once.
    #[must_use]
    pub fn hash(&self) -> u64 {
        match self.hash.load(Ordering::Relaxed) {
            0 => {
                let hash = self.hash_of_members();
                self.hash.store(hash, Ordering::Relaxed);
                hash
            }
            hash => hash,
        }
    }
}

impl Set {
    /// An empty set, without a table.
    pub fn new(t: &Thread) -> R<Ref<Set>> {
        Ok(allocate::<Set>(t, t.classes().set, size_of::<Set>(), Self::layout().kind)?.publish())
    }

    /// The set or frozen set in this value, subclasses included, to be read.
    #[inline]
    #[must_use]
    pub fn any_of(value: Value) -> Option<Ref<Set>> {
        if let Some(set) = value.downcast::<Set>() {
            return Some(set);
        }
        let frozen = value.downcast::<FrozenSet>()?;
        // SAFETY: a frozen set can be read as a set (module header).
        Some(unsafe { Ref::from_address(frozen.address()) })
    }

    #[inline(always)]
    fn table<'a>(&self) -> Option<&'a SetTable> {
        // SAFETY: the slot holds set tables only; the caller's locals keep the one it sees.
        self.storage.get().map(|table| unsafe { Ref::<SetTable>::from_address(table.bits()) }.target())
    }

    /// How many members there are.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.table().map_or(0, |table| table.len())
    }

    /// Whether there is no member.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a value is a member; `__hash__` and `__eq__` may run.
    #[inline]
    pub fn contains(&self, t: &Thread, key: Value) -> R<bool> {
        self.contains_hashed(t, key, hash_element(t, key)?)
    }

    /// As `contains`, with the hash.
    #[inline]
    pub fn contains_hashed(&self, t: &Thread, key: Value, hash: u64) -> R<bool> {
        let Some(table) = self.table() else { return Ok(false) };
        match table.find(hash, key) {
            Found::Entry(_) => Ok(true),
            Found::Missing => Ok(false),
            Found::Unsure(..) => Ok(self.locate(t, key, hash)?.entry.is_some()),
        }
    }

    #[cold]
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
        mut change: impl FnMut(Option<(&SetTable, usize)>) -> R<T>,
    ) -> R<T> {
        {
            let _guard = self.header.lock_briefly(t.mutator());
            let table = self.table();
            match table.map_or(Found::Missing, |table| table.find(hash, key)) {
                Found::Entry(entry) => return change(table.map(|table| (table, entry))),
                Found::Missing => return change(None),
                Found::Unsure(..) => {}
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

    /// Adds a member; false if it was one.
    #[inline]
    pub fn add(&self, t: &Thread, key: Value) -> R<bool> {
        self.add_hashed(t, key, hash_element(t, key)?)
    }

    /// As `add`, with the hash.
    #[inline]
    pub fn add_hashed(&self, t: &Thread, key: Value, hash: u64) -> R<bool> {
        self.change(t, key, hash, |found| {
            if found.is_some() {
                return Ok(false);
            }
            self.add_new(t, key, hash).map(|()| true)
        })
    }

    /// Adds what is surely no member yet: under the lock, or to a set that nobody else has.
    pub fn add_new(&self, t: &Thread, key: Value, hash: u64) -> R<()> {
        let table = match self.table() {
            Some(table) if table.takes(t, key, hash) => table,
            _ => self.grow(t, Hashes::with_key(t, key, hash))?,
        };
        table.append(t, hash, key, None);
        self.note_mutation();
        Ok(())
    }

    /// Removes a value if it is a member, and else adds it.
    pub fn toggle_hashed(&self, t: &Thread, key: Value, hash: u64) -> R<()> {
        self.change(t, key, hash, |found| match found {
            Some((table, entry)) => {
                table.delete(t, entry);
                self.note_mutation();
                Ok(())
            }
            None => self.add_new(t, key, hash),
        })
    }

    #[cold]
    fn grow(&self, t: &Thread, hashes: Hashes) -> R<&SetTable> {
        self.header.lock_byte().lengthen();
        let table = match self.table() {
            Some(table) => table.grown(t, hashes)?,
            None => SetTable::new(t, FIRST_MEMBERS, hashes)?,
        };
        self.install(t, Some(table));
        Ok(table.target())
    }

    fn install(&self, t: &Thread, table: Option<Ref<SetTable>>) {
        self.storage.set(&self.header, t.mutator(), table.map(Ref::value));
        self.note_mutation();
    }

    fn note_mutation(&self) {
        self.mutations.store(self.mutations.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    /// Removes a member; false if there is none like it.
    #[inline]
    pub fn discard(&self, t: &Thread, key: Value) -> R<bool> {
        self.discard_hashed(t, key, hash_element(t, key)?)
    }

    /// As `discard`, with the hash.
    pub fn discard_hashed(&self, t: &Thread, key: Value, hash: u64) -> R<bool> {
        self.change(t, key, hash, |found| {
            let Some((table, entry)) = found else { return Ok(false) };
            table.delete(t, entry);
            self.note_mutation();
            Ok(true)
        })
    }

    /// Removes and gives some member: the first.
    pub fn pop(&self, t: &Thread) -> Option<Value> {
        let _guard = self.header.lock(t.mutator());
        let table = self.table()?;
        let (entry, key) = table.next_living(0)?;
        table.delete(t, entry);
        self.note_mutation();
        Some(key)
    }

    /// Removes everything.
    pub fn clear(&self, t: &Thread) {
        let _guard = self.header.lock(t.mutator());
        if self.storage.get().is_some() {
            self.install(t, None);
        }
    }

    /// The member at a position or after it, with its hash; the position moves behind it. Start at zero.
    #[inline]
    pub fn next_entry(&self, position: &mut usize) -> Option<(Value, u64)> {
        let table = self.table()?;
        let (index, key) = table.next_living(*position)?;
        *position = index + 1;
        Some((key, table.hash_of(index, key)))
    }

    fn copied_table(&self, t: &Thread) -> R<Option<Ref<SetTable>>> {
        let _guard = self.header.lock(t.mutator());
        match self.table().filter(|table| !table.is_empty()) {
            Some(table) => table.copied(t).map(Some),
            None => Ok(None),
        }
    }

    /// Makes room for so many members more.
    fn make_room(&self, t: &Thread, members: usize) -> R<()> {
        let _guard = self.header.lock(t.mutator());
        let roomy = match self.table() {
            Some(table) if table.used() + members <= table.capacity() => return Ok(()),
            Some(table) => table.rebuilt(t, table.len() + members)?,
            None => SetTable::new(t, members, Hashes::InKeys)?,
        };
        self.install(t, Some(roomy));
        Ok(())
    }

    /// Makes the members those of the other set at one moment.
    pub fn assign(&self, t: &Thread, other: Ref<Set>) -> R<()> {
        let table = other.copied_table(t)?;
        let _guard = self.header.lock(t.mutator());
        self.install(t, table);
        Ok(())
    }

    /// Makes the members those of another set that nobody else uses, without a copy.
    pub fn take_over(&self, t: &Thread, other: Ref<Set>) {
        let table = other.storage.get();
        let _guard = self.header.lock(t.mutator());
        self.storage.set(&self.header, t.mutator(), table);
        self.note_mutation();
    }

    /// An exact set with the same members.
    pub fn copy(&self, t: &Thread) -> R<Ref<Set>> {
        let copy = Set::new(t)?;
        if let Some(table) = self.copied_table(t)? {
            copy.install(t, Some(table));
        }
        Ok(copy)
    }

    /// As `copy`, with room for those of others that will be added.
    pub fn copy_with_room(&self, t: &Thread, more: usize) -> R<Ref<Set>> {
        let table = {
            let _guard = self.header.lock(t.mutator());
            match self.table() {
                Some(table) if table.used() + more > table.capacity() => Some(table.rebuilt(t, table.len() + more)?),
                _ => None,
            }
        };
        let Some(table) = table else { return self.copy(t) };
        let copy = Set::new(t)?;
        copy.install(t, Some(table));
        Ok(copy)
    }

    /// Adds all members of another set.
    pub fn update_from_set(&self, t: &Thread, other: Ref<Set>) -> R<()> {
        if std::ptr::eq(self, other.target()) {
            return Ok(());
        }
        if self.storage.get().is_none() {
            let Some(table) = other.copied_table(t)? else { return Ok(()) };
            let _guard = self.header.lock(t.mutator());
            if self.storage.get().is_none() {
                self.install(t, Some(table));
                return Ok(());
            }
        }
        self.make_room(t, other.len())?;
        let mut position = 0;
        while let Some((key, hash)) = other.next_entry(&mut position) {
            self.add_hashed(t, key, hash)?;
            t.stand_still();
        }
        Ok(())
    }

    /// A number that changes with every change of the members.
    #[inline]
    #[must_use]
    pub fn mutations(&self) -> u64 {
        self.mutations.load(Ordering::Acquire)
    }

    /// Whether all members of this set are in another.
    pub fn is_subset(&self, t: &Thread, other: Ref<Set>) -> R<bool> {
        if self.len() > other.len() {
            return Ok(false);
        }
        let mut position = 0;
        while let Some((key, hash)) = self.next_entry(&mut position) {
            if !other.contains_hashed(t, key, hash)? {
                return Ok(false);
            }
            t.stand_still();
        }
        Ok(true)
    }

    /// Whether two sets have the same members.
    pub fn equal(t: &Thread, a: Ref<Set>, b: Ref<Set>) -> R<bool> {
        if a.len() != b.len() {
            return Ok(false);
        }
        a.is_subset(t, b)
    }

    /// The hash of a set with these members, whatever their order.
    #[must_use]
    pub fn hash_of_members(&self) -> u64 {
        let mut hash = 0;
        let mut position = 0;
        while let Some((_, member)) = self.next_entry(&mut position) {
            hash ^= shuffled(member);
        }
        hash ^= (self.len() as u64 + 1).wrapping_mul(1_927_868_237);
        hash ^= (hash >> 11) ^ (hash >> 25);
        hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
        if hash == u64::MAX { 590_923_713 } else { hash }
    }

    /// Bytes that the set and its table take.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Set>() + self.table().map_or(0, SetTable::size)
    }
}

/// Spreads the bits of a member's hash, so that nearby hashes do not cancel.
fn shuffled(hash: u64) -> u64 {
    ((hash ^ 89_869_747) ^ (hash << 16)).wrapping_mul(3_644_798_167)
}
