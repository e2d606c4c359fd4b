//! Instances of plain classes, which pickle and unpickle as anything else does, but without the detour: what they reduce to need not be
//! made to be written, nor a method looked up to set their attributes.
//!
//! A class is plain if nothing in it, or in its bases, has a say in how its instances are pickled. Both sides remember the last class
//! that they found so, with its version, which changes whenever the class or a base does.

use vm::builtins::object;
use vm::names::Special;
use vm::objects::{ClassFlags, GetSetDescriptor};
use vm::value::class_of_header;
use vm::{Class, Dict, R, Ref, Str, Thread, Value, shapes};

use super::load::Loader;
use super::opcodes::*;
use super::save::{BATCH, Saver};

/// The last class that was found plain, and its version then.
#[derive(Clone, Copy, Default)]
pub struct Plain(Option<(Ref<Class>, u32)>);

impl Plain {
    #[inline]
    fn knows(&self, class: Ref<Class>) -> bool {
        self.0.is_some_and(|(known, version)| known == class && version == class.version())
    }

    fn learn(&mut self, class: Ref<Class>) {
        let version = class.version();
        if version != 0 {
            self.0 = Some((class, version));
        }
    }
}

/// Whether instances have a `__dict__` and nothing else, and are read as `object` has it.
fn is_ordinary(t: &Thread, class: Ref<Class>) -> bool {
    let (classes, names) = (t.classes(), t.names());
    class.has(ClassFlags::HEAP)
        && class.has_dict()
        && std::ptr::eq(class.layout(), classes.object.layout())
        && class.member_slots.load(vm::sync::atomic::Ordering::Relaxed) == 0
        && class_of_header(class.header()) == classes.type_
        && class.special(t, Special::GetAttribute) == classes.object.special(t, Special::GetAttribute)
        && class.special(t, Special::GetAttr).is_none()
        && class.lookup(t, names.__class__) == classes.object.lookup(t, names.__class__)
        && class.lookup(t, names.__dict__).is_some_and(|own| own.downcast::<GetSetDescriptor>().is_some())
}

fn pickles_plainly(t: &Thread, class: Ref<Class>) -> bool {
    let (base, names) = (t.classes().object, t.names());
    is_ordinary(t, class)
        && [names.__reduce_ex__, names.__reduce__, names.__getstate__]
            .iter()
            .all(|&name| class.lookup(t, name) == base.lookup(t, name))
        && [names.__getnewargs_ex__, names.__getnewargs__].iter().all(|&name| class.lookup(t, name).is_none())
        && class.special(t, Special::New).is_some()
}

/// Whether a name may be that of a method of pickling, which an instance may have too.
fn is_special(name: Ref<Str>) -> bool {
    name.as_utf8().is_some_and(|name| name.starts_with("__"))
}

impl Saver<'_> {
    /// Writes an instance of a plain class; false if it is none.
    pub fn save_plain(&mut self, object: Value, class: Ref<Class>) -> R<bool> {
        let (t, options) = (self.t, self.options);
        if !self.plain.knows(class) {
            if !pickles_plainly(t, class) {
                return Ok(false);
            }
            self.plain.learn(class);
        }
        let Some(header) = object.header() else { return Ok(false) };
        let hooked = options.persistent_id.is_some()
            || options.reducer_override.is_some()
            || options.dispatch_table.is_some()
            || options.protocol < 2
            || options.fast;
        if hooked || self.state()?.dispatch_table(t)?.get(t, class.value())?.is_some() {
            return Ok(false);
        }
        // Attributes that change from here on are pickled as they are now.
        let start = self.attributes.len();
        if shapes::of(t, header).is_none() {
            return Ok(false);
        }
        let mut position = 0;
        while let Some((name, value, next)) = shapes::next_attribute(t, header, position) {
            if is_special(name) {
                self.attributes.truncate(t, start);
                return Ok(false);
            }
            self.attributes.push(t, name.value())?;
            self.attributes.push(t, value)?;
            position = next;
        }
        let saved = self.save_instance(object, class, start);
        self.attributes.truncate(t, start);
        match saved {
            Ok(()) => Ok(true),
            Err(raised) => Err(self.note(raised, object, "object")),
        }
    }

    fn save_instance(&mut self, object: Value, class: Ref<Class>, start: usize) -> R<()> {
        if let Err(raised) = self.save(class.value()) {
            return Err(self.note(raised, object, "class"));
        }
        self.out.extend(&[EMPTY_TUPLE, NEWOBJ]);
        self.memoize(object)?;
        let count = (self.attributes.len() - start) / 2;
        if count > 0 {
            self.out.byte(EMPTY_DICT);
            self.memoize_nothing()?;
            self.save_attributes(start, count).map_err(|raised| self.note(raised, object, "state"))?;
            self.out.byte(BUILD);
        }
        Ok(())
    }

    fn save_attributes(&mut self, start: usize, count: usize) -> R<()> {
        if count == 1 {
            self.save_attribute(start)?;
            self.out.byte(SETITEM);
            return Ok(());
        }
        let mut done = 0;
        loop {
            self.out.byte(MARK);
            let end = count.min(done + BATCH);
            while done < end {
                self.save_attribute(start + 2 * done)?;
                done += 1;
            }
            self.out.byte(SETITEMS);
            // As with any dict, a full batch is followed by another, if an empty one.
            if !done.is_multiple_of(BATCH) {
                return Ok(());
            }
            if done == count {
                self.out.extend(&[MARK, SETITEMS]);
                return Ok(());
            }
        }
    }

    fn save_attribute(&mut self, index: usize) -> R<()> {
        let (name, value) = (self.attributes.get(index), self.attributes.get(index + 1));
        self.save(name)?;
        match self.save(value) {
            Ok(()) => Ok(()),
            Err(raised) => {
                let shown = vm::protocols::repr(self.t, name)?.to_string_lossy();
                let note = format!("when serializing dict item {shown}");
                Err(self.t.with_note(raised, &note))
            }
        }
    }
}

/// Interned names by the strings that pickles had for them.
#[derive(Clone, Copy)]
pub struct NameCache([Option<(Ref<Str>, Ref<Str>)>; CACHED]);

const CACHED: usize = 32;

impl NameCache {
    pub const EMPTY: Self = Self([None; CACHED]);

    #[inline]
    fn interned(&mut self, t: &Thread, name: Ref<Str>) -> Ref<Str> {
        if name.is_interned() {
            return name;
        }
        let place = &mut self.0[(name.address() >> 4) as usize % CACHED];
        match place {
            Some((known, interned)) if *known == name => *interned,
            _ => {
                let interned = Str::intern(t, name);
                *place = Some((name, interned));
                interned
            }
        }
    }
}

impl Loader<'_> {
    /// Gives an instance of a plain class its attributes; false if it is none, or the attributes are not named by strings.
    pub fn build_plain(&mut self, target: Value, state: Value) -> R<bool> {
        let t = self.t;
        let Some(header) = target.header() else { return Ok(false) };
        let class = class_of_header(header);
        let Some(attributes) = state.downcast::<Dict>() else { return Ok(false) };
        let set_state = t.names().__setstate__;
        if !self.plain.knows(class) {
            if !is_ordinary(t, class) || class.lookup(t, set_state).is_some() {
                return Ok(false);
            }
            self.plain.learn(class);
        }
        if shapes::get(t, header, set_state).is_some() {
            return Ok(false);
        }
        let mut position = 0;
        while let Some((key, value, _)) = attributes.next_entry(t, &mut position) {
            let Some(name) = key.downcast::<Str>() else { return Ok(false) };
            let name = self.names.interned(t, name);
            shapes::set(t, header, name, value)?;
        }
        Ok(true)
    }

    /// A new instance of a plain class; nothing if it is none.
    #[inline]
    pub fn new_plain(&mut self, class: Ref<Class>) -> R<Option<Value>> {
        let t = self.t;
        if !self.plain_new.knows(class) {
            let new = t.names().__new__;
            let plain = is_ordinary(t, class)
                && class.lookup(t, new) == t.classes().object.lookup(t, new)
                && !class.has(ClassFlags::ABSTRACT);
            if !plain {
                return Ok(None);
            }
            self.plain_new.learn(class);
        }
        object::new_instance(t, class).map(Some)
    }
}
