//! Pickling: the walk over an object's contents, and how values of the builtin classes are written. `reduce` has all others.
//!
//! A `Saver` is a local of native code and holds the memo while it works. That of a `Pickler` object is parked in the object whenever
//! foreign code runs (`outside`), so that this code may look at the memo, clear it or set another.

use text::Units;
use text::ints::IntRef;
use vm::containers::ValueVec;
use vm::native::NativeDef;
use vm::objects::float::exact_float;
use vm::objects::{ByteArray, Bytes, List, NativeFunction, Set, bit_length, exact_int, to_big};
use vm::protocols::{self, is_true};
use vm::value::class_of_header;
use vm::{Class, Dict, R, Raised, Ref, Str, Thread, Tuple, Value};

use super::buffer::{self, PickleBuffer};
use super::instances::Plain;
use super::memo::PicklerMemo;
use super::opcodes::*;
use super::output::{FRAME_TARGET, Output};
use super::pickler::Pickler;
use super::state::State;
use super::{PICKLE_BUFFER, pickling_error};

/// How many items go into one `APPENDS`, `SETITEMS` or `ADDITEMS`.
pub const BATCH: usize = 1000;

/// In fast mode, the depth from which on containers are watched for cycles.
const FAST_DEPTH: usize = 50;

/// What a caller can ask of pickling.
#[derive(Clone, Copy)]
pub struct Options {
    /// The protocol.
    pub protocol: u8,
    /// Whether there are opcodes for binary arguments.
    pub binary: bool,
    /// Whether nothing is memoized.
    pub fast: bool,
    /// Whether names of Python 2 are written.
    pub fix_imports: bool,
    /// Called with each `PickleBuffer`.
    pub buffer_callback: Option<Value>,
    /// A table of reducers instead of `copyreg`'s.
    pub dispatch_table: Option<Value>,
    /// What tells persistent identities.
    pub persistent_id: Option<Value>,
    /// What may reduce objects before anything else does.
    pub reducer_override: Option<Value>,
}

impl Options {
    /// Those that go by the protocol alone; ValueError if there is no such protocol.
    pub fn new(t: &Thread, protocol: Value, fix_imports: bool, buffer_callback: Value) -> R<Self> {
        let protocol = if protocol.is_none() {
            DEFAULT_PROTOCOL
        } else {
            match protocols::index_long(t, protocol)? {
                number if number < 0 => HIGHEST_PROTOCOL,
                number => match u8::try_from(number) {
                    Ok(number) if number <= HIGHEST_PROTOCOL => number,
                    _ => {
                        return Err(t.value_error(format_args!("pickle protocol must be <= {HIGHEST_PROTOCOL}")));
                    }
                },
            }
        };
        if !buffer_callback.is_none() && protocol < 5 {
            return Err(t.value_error("buffer_callback needs protocol >= 5"));
        }
        Ok(Self {
            protocol,
            binary: protocol > 0,
            fast: false,
            fix_imports: fix_imports && protocol < 3,
            buffer_callback: Some(buffer_callback).filter(|callback| !callback.is_none()),
            dispatch_table: None,
            persistent_id: None,
            reducer_override: None,
        })
    }
}

/// One run of pickling.
pub struct Saver<'t> {
    pub t: &'t Thread,
    pub out: Output,
    pub memo: PicklerMemo,
    pub options: Options,
    /// The `Pickler` object, if it is one that pickles.
    pub owner: Option<Ref<Pickler>>,
    /// How deep in containers fast mode is.
    depth: usize,
    /// In fast mode, the containers that are being pickled, from some depth on.
    watched: Option<Ref<Dict>>,
    state: Option<State>,
    pub plain: Plain,
    /// Names and values of the attributes of instances that are being pickled.
    pub attributes: ValueVec,
}

impl<'t> Saver<'t> {
    /// Nothing pickled yet.
    pub fn new(t: &'t Thread, options: Options, write: Option<Value>, owner: Option<Ref<Pickler>>) -> Self {
        Self {
            t,
            out: Output::new(write),
            memo: PicklerMemo::new(t),
            options,
            owner,
            depth: 0,
            watched: None,
            state: None,
            plain: Plain::default(),
            attributes: ValueVec::new(t),
        }
    }

    /// Writes a whole pickle.
    pub fn dump(&mut self, object: Value) -> R<()> {
        if self.options.protocol >= 2 {
            self.out.with(PROTO, [self.options.protocol]);
        }
        if self.options.protocol >= 4 {
            self.out.open_frame();
        }
        self.save(object)?;
        self.out.byte(STOP);
        self.out.close_frame();
        Ok(())
    }

    /// Runs code that may be foreign, with the memo in the `Pickler` object if there is one.
    pub fn outside<T>(&mut self, run: impl FnOnce(&'t Thread) -> R<T>) -> R<T> {
        let Some(owner) = self.owner else { return run(self.t) };
        owner.park(self.t, &mut self.memo);
        let result = run(self.t);
        owner.unpark(self.t, &mut self.memo);
        result
    }

    /// The state of the module.
    pub fn state(&mut self) -> R<State> {
        State::kept(self.t, &mut self.state)
    }

    /// Gives the file what it did not get yet.
    pub fn flush(&mut self) -> R<()> {
        self.write_outside(|t, out| out.flush(t))
    }

    /// As `outside`, for what may write to the file.
    fn write_outside(&mut self, run: impl FnOnce(&'t Thread, &mut Output) -> R<()>) -> R<()> {
        let Some(owner) = self.owner else { return run(self.t, &mut self.out) };
        owner.park(self.t, &mut self.memo);
        let result = run(self.t, &mut self.out);
        owner.unpark(self.t, &mut self.memo);
        result
    }

    /// Adds a note about what was being pickled.
    #[cold]
    #[inline(never)]
    pub fn note(&self, raised: Raised, object: Value, what: &str) -> Raised {
        let class = object.class(self.t).message_name(self.t);
        self.t.with_note(raised, &format!("when serializing {class} {what}"))
    }

    /// Pickles an object, or refers to it.
    #[inline]
    pub fn save(&mut self, object: Value) -> R<()> {
        if self.out.is_due() {
            self.write_outside(|t, out| out.next_frame(t))?;
        }
        if let Some(hook) = self.options.persistent_id
            && self.save_persistent(hook, object)?
        {
            return Ok(());
        }
        self.save_value(object)
    }

    /// As `save`, without asking for a persistent identity.
    fn save_value(&mut self, object: Value) -> R<()> {
        let Some(header) = object.header() else { return self.save_immediate(object) };
        let (class, classes) = (class_of_header(header), self.t.classes());
        if let Some(number) = self.memo.get(object) {
            self.get(number);
            return Ok(());
        }
        if class == classes.str {
            return match object.downcast::<Str>() {
                Some(text) => self.save_str(text),
                None => Ok(()),
            };
        }
        if class == classes.int {
            return self.save_int(object);
        }
        if class == classes.float {
            self.save_float(exact_float(object).unwrap_or(0.0));
            return Ok(());
        }
        if class == classes.bytes {
            return match object.downcast::<Bytes>() {
                Some(bytes) => self.save_bytes(bytes),
                None => Ok(()),
            };
        }
        self.t.check_recursion(" while pickling an object")?;
        self.save_container(object, class)
    }

    fn save_immediate(&mut self, object: Value) -> R<()> {
        match object {
            Value::NONE => self.out.byte(NONE),
            Value::TRUE if self.options.protocol >= 2 => self.out.byte(NEWTRUE),
            Value::FALSE if self.options.protocol >= 2 => self.out.byte(NEWFALSE),
            Value::TRUE => self.out.extend(b"I01\n"),
            Value::FALSE => self.out.extend(b"I00\n"),
            _ => {
                if object.is_small_int() {
                    return self.save_int(object);
                }
                if let Some(number) = object.as_word_float() {
                    self.save_float(number);
                    return Ok(());
                }
                if let Some(number) = self.memo.get(object) {
                    self.get(number);
                    return Ok(());
                }
                return self.save_other(object, object.class(self.t));
            }
        }
        Ok(())
    }

    fn save_container(&mut self, object: Value, class: Ref<Class>) -> R<()> {
        let classes = self.t.classes();
        if class == classes.dict
            && let Some(dict) = object.downcast::<Dict>()
        {
            return self.watching(object, |saver| saver.save_dict(dict));
        }
        if class == classes.list
            && let Some(list) = object.downcast::<List>()
        {
            return self.watching(object, |saver| saver.save_list(list));
        }
        if class == classes.tuple
            && let Some(tuple) = object.downcast::<Tuple>()
        {
            return self.save_tuple(tuple);
        }
        if class == classes.set
            && let Some(set) = Set::any_of(object)
        {
            return self.save_set(object, set);
        }
        if class == classes.frozenset
            && let Some(set) = Set::any_of(object)
        {
            return self.watching(object, |saver| saver.save_frozenset(object, set));
        }
        if class == classes.bytearray
            && let Some(array) = object.downcast::<ByteArray>()
        {
            return self.save_bytearray(object, array);
        }
        if class == PICKLE_BUFFER.get(self.t)
            && let Some(held) = object.downcast::<PickleBuffer>()
        {
            return self.save_buffer(object, held);
        }
        self.save_other(object, class)
    }

    // The memo.

    /// Gives an object that was just written its number.
    #[inline]
    pub fn memoize(&mut self, object: Value) -> R<()> {
        if self.options.fast {
            return Ok(());
        }
        let number = self.next_number()?;
        self.memo.add(self.t, object, number)?;
        self.put(number);
        Ok(())
    }

    /// Takes a number for an object that nothing will refer to.
    pub fn memoize_nothing(&mut self) -> R<()> {
        let number = self.next_number()?;
        self.memo.objects.push(self.t, Value::NONE)?;
        self.put(number);
        Ok(())
    }

    #[inline]
    fn next_number(&self) -> R<u32> {
        match u32::try_from(self.memo.len()) {
            Ok(number) => Ok(number),
            Err(_) => Err(pickling_error(self.t, "memo id too large for LONG_BINPUT")),
        }
    }

    #[inline]
    fn put(&mut self, number: u32) {
        if self.options.protocol >= 4 {
            self.out.byte(MEMOIZE);
        } else if !self.options.binary {
            self.out.extend(format!("p{number}\n").as_bytes());
        } else {
            match u8::try_from(number) {
                Ok(byte) => self.out.with(BINPUT, [byte]),
                Err(_) => self.out.with(LONG_BINPUT, number.to_le_bytes()),
            }
        }
    }

    /// Refers to a memoized object.
    #[inline]
    pub fn get(&mut self, number: u32) {
        if !self.options.binary {
            self.out.extend(format!("g{number}\n").as_bytes());
            return;
        }
        match u8::try_from(number) {
            Ok(byte) => self.out.with(BINGET, [byte]),
            Err(_) => self.out.with(LONG_BINGET, number.to_le_bytes()),
        }
    }

    /// Whether the object has a persistent identity, which is written then.
    #[cold]
    fn save_persistent(&mut self, hook: Value, object: Value) -> R<bool> {
        let identity = self.outside(|t| protocols::call(t, hook, &[object]))?;
        if identity.is_none() {
            return Ok(false);
        }
        if self.options.binary {
            self.save_value(identity)?;
            self.out.byte(BINPERSID);
            return Ok(true);
        }
        let text = self.outside(|t| protocols::str(t, identity))?;
        let Some(ascii) = text.as_utf8() else {
            return Err(pickling_error(self.t, "persistent IDs in protocol 0 must be ASCII strings"));
        };
        self.out.byte(PERSID);
        self.out.extend(ascii.as_bytes());
        self.out.byte(b'\n');
        Ok(true)
    }

    /// In fast mode, watches deeply nested containers for cycles, as there is no memo to stop at.
    fn watching(&mut self, object: Value, save: impl FnOnce(&mut Self) -> R<()>) -> R<()> {
        if !self.options.fast {
            return save(self);
        }
        self.depth += 1;
        if self.depth < FAST_DEPTH {
            let result = save(self);
            self.depth -= 1;
            return result;
        }
        let t = self.t;
        let watched = match self.watched {
            Some(watched) => watched,
            None => Dict::new(t)?,
        };
        self.watched = Some(watched);
        if watched.get_identity(t, object).is_some() {
            let class = object.class(t).full_name(t);
            return Err(t.value_error(format_args!(
                "fast mode: can't pickle cyclic objects including object type {class} at {:#x}",
                object.bits()
            )));
        }
        watched.set_identity(t, object, Value::NONE)?;
        save(self)?;
        watched.delete_identity(t, object);
        self.depth -= 1;
        Ok(())
    }

    // Numbers.

    #[inline]
    fn save_int(&mut self, object: Value) -> R<()> {
        match object.as_small_int().and_then(|number| i32::try_from(number).ok()) {
            Some(number) => {
                self.save_short_int(number);
                Ok(())
            }
            None => self.save_long(object),
        }
    }

    #[inline]
    fn save_short_int(&mut self, number: i32) {
        if !self.options.binary {
            self.out.extend(format!("I{number}\n").as_bytes());
            return;
        }
        match number {
            0..=0xff => self.out.with(BININT1, [number as u8]),
            0x100..=0xffff => self.out.with(BININT2, (number as u16).to_le_bytes()),
            _ => self.out.with(BININT, number.to_le_bytes()),
        }
    }

    fn save_long(&mut self, object: Value) -> R<()> {
        let t = self.t;
        let Some(number) = exact_int(object) else { return Ok(()) };
        if self.options.protocol < 2 {
            let digits = protocols::repr(t, object)?;
            self.out.byte(LONG);
            self.out.extend(digits.to_string_lossy().as_bytes());
            self.out.extend(b"L\n");
            return Ok(());
        }
        if let IntRef::Small(small) = number {
            // A sign bit must be left, and no byte that only repeats it.
            let magnitude = if small < 0 { !small } else { small };
            let length = (64 - magnitude.leading_zeros() as usize) / 8 + 1;
            self.out.with(LONG1, [length as u8]);
            self.out.extend(&small.to_le_bytes()[..length.min(8)]);
            return Ok(());
        }
        let length = bit_length(number) / 8 + 1;
        let Ok(_) = i32::try_from(length) else {
            return Err(t.overflow_error("int too large to pickle"));
        };
        let encoded = to_big(number).to_signed_bytes_le();
        match u8::try_from(encoded.len()) {
            Ok(length) => self.out.with(LONG1, [length]),
            Err(_) => self.out.with(LONG4, (encoded.len() as i32).to_le_bytes()),
        }
        self.out.extend(&encoded);
        Ok(())
    }

    #[inline]
    fn save_float(&mut self, number: f64) {
        if self.options.binary {
            self.out.with(BINFLOAT, number.to_be_bytes());
            return;
        }
        self.out.byte(FLOAT);
        self.out.extend(text::floats::repr(number).as_bytes());
        self.out.byte(b'\n');
    }

    // Text and bytes.

    #[inline]
    fn save_str(&mut self, text: Ref<Str>) -> R<()> {
        if !self.options.binary {
            self.save_escaped(text);
        } else if let Some(ascii) = text.target().as_utf8() {
            self.write_text(ascii.as_bytes())?;
        } else {
            self.write_text(&text.to_wtf8())?;
        }
        self.memoize(text.value())
    }

    #[inline]
    fn write_text(&mut self, encoded: &[u8]) -> R<()> {
        let (t, length) = (self.t, encoded.len());
        if length <= 0xff && self.options.protocol >= 4 {
            self.out.with(SHORT_BINUNICODE, [length as u8]);
            self.out.extend(encoded);
            return Ok(());
        }
        match u32::try_from(length) {
            Ok(short) if length < FRAME_TARGET => {
                self.out.with(BINUNICODE, short.to_le_bytes());
                self.out.extend(encoded);
                Ok(())
            }
            Ok(short) => self.write_large(BINUNICODE, short.to_le_bytes(), encoded, None),
            Err(_) if self.options.protocol >= 4 => {
                self.write_large(BINUNICODE8, (length as u64).to_le_bytes(), encoded, None)
            }
            Err(_) => {
                Err(t.overflow_error("serializing a string larger than 4 GiB requires pickle protocol 4 or higher"))
            }
        }
    }

    fn write_large<const N: usize>(
        &mut self,
        opcode: u8,
        argument: [u8; N],
        data: &[u8],
        object: Option<Value>,
    ) -> R<()> {
        self.write_outside(|t, out| out.large(t, opcode, argument, data, object))
    }

    /// A line in which all but Latin-1 is escaped, and what would end the line or start an escape.
    fn save_escaped(&mut self, text: Ref<Str>) {
        self.out.byte(UNICODE);
        for character in text.units().iter() {
            match character {
                0x5c | 0 | 0xa | 0xd | 0x1a | 0x100..=0xffff => {
                    self.out.extend(format!("\\u{character:04x}").as_bytes());
                }
                0x1_0000.. => self.out.extend(format!("\\U{character:08x}").as_bytes()),
                _ => self.out.byte(character as u8),
            }
        }
        self.out.byte(b'\n');
    }

    fn save_bytes(&mut self, bytes: Ref<Bytes>) -> R<()> {
        if self.options.protocol < 3 {
            return self.save_bytes_as_text(bytes);
        }
        self.write_bytes(bytes.target().as_slice(), bytes.value())?;
        self.memoize(bytes.value())
    }

    /// In protocols without an opcode for bytes they are encoded text.
    fn save_bytes_as_text(&mut self, bytes: Ref<Bytes>) -> R<()> {
        let (t, classes) = (self.t, self.t.classes());
        if bytes.is_empty() {
            let reduced = Tuple::pair(t, classes.bytes.value(), t.empty_tuple().value())?;
            return self.save_reduced(reduced, Some(bytes.value()));
        }
        let text = Str::from_units(t, Units::One(bytes.target().as_slice()))?;
        let arguments = Tuple::pair(t, text.value(), Str::interned(t, "latin1")?.value())?;
        let reduced = Tuple::pair(t, self.state()?.encode(), arguments.value())?;
        self.save_reduced(reduced, Some(bytes.value()))
    }

    fn write_bytes(&mut self, data: &[u8], object: Value) -> R<()> {
        let (t, length) = (self.t, data.len());
        match (u8::try_from(length), u32::try_from(length)) {
            (Ok(short), _) => {
                self.out.with(SHORT_BINBYTES, [short]);
                self.out.extend(data);
                Ok(())
            }
            (_, Ok(long)) if length < FRAME_TARGET => {
                self.out.with(BINBYTES, long.to_le_bytes());
                self.out.extend(data);
                Ok(())
            }
            (_, Ok(long)) => self.write_large(BINBYTES, long.to_le_bytes(), data, Some(object)),
            _ if self.options.protocol >= 4 => {
                self.write_large(BINBYTES8, (length as u64).to_le_bytes(), data, Some(object))
            }
            _ => Err(
                t.overflow_error("serializing a bytes object larger than 4 GiB requires pickle protocol 4 or higher")
            ),
        }
    }

    fn save_bytearray(&mut self, object: Value, array: Ref<ByteArray>) -> R<()> {
        let t = self.t;
        let content = array.to_vec(t);
        if self.options.protocol < 5 {
            let arguments = if content.is_empty() {
                t.empty_tuple()
            } else {
                Tuple::from_slice(t, &[Bytes::new(t, &content)?.value()])?
            };
            let reduced = Tuple::pair(t, t.classes().bytearray.value(), arguments.value())?;
            return self.save_reduced(reduced, Some(object));
        }
        self.write_bytearray(&content, object)?;
        self.memoize(object)
    }

    fn write_bytearray(&mut self, data: &[u8], object: Value) -> R<()> {
        let length = (data.len() as u64).to_le_bytes();
        if data.len() >= FRAME_TARGET {
            return self.write_large(BYTEARRAY8, length, data, Some(object));
        }
        self.out.with(BYTEARRAY8, length);
        self.out.extend(data);
        Ok(())
    }

    fn save_buffer(&mut self, object: Value, held: Ref<PickleBuffer>) -> R<()> {
        let t = self.t;
        if self.options.protocol < 5 {
            return Err(pickling_error(t, "PickleBuffer can only be pickled with protocol >= 5"));
        }
        // The callback may release the buffer.
        let view = buffer::view_of(t, held)?;
        if !view.is_c_contiguous() && !view.is_f_contiguous() {
            let message = "PickleBuffer can not be pickled when pointing to a non-contiguous buffer";
            return Err(pickling_error(t, message));
        }
        let in_band = match self.options.buffer_callback {
            Some(callback) => {
                self.outside(|t| protocols::call(t, callback, &[object]).and_then(|answer| is_true(t, answer)))?
            }
            None => true,
        };
        let read_only = view.has(vm::objects::memoryview::READONLY);
        if !in_band {
            self.out.byte(NEXT_BUFFER);
            if read_only {
                self.out.byte(READONLY_BUFFER);
            }
            return Ok(());
        }
        let content = buffer::raw_bytes(view);
        vm::protocols::buffer::release(t, view)?;
        if read_only { self.write_bytes(&content, object) } else { self.write_bytearray(&content, object) }?;
        self.memoize(object)
    }

    // Containers.

    fn save_tuple(&mut self, tuple: Ref<Tuple>) -> R<()> {
        let (object, items) = (tuple.value(), tuple.target().as_slice());
        if items.is_empty() {
            self.out.extend(if self.options.binary { &[EMPTY_TUPLE] } else { &[MARK, TUPLE] });
            return Ok(());
        }
        if items.len() <= 3 && self.options.protocol >= 2 {
            self.save_items(object, items)?;
            // An item may have led back to the tuple, which is complete then.
            if let Some(number) = self.memo.get(object) {
                self.out.extend(&[POP; 3][..items.len()]);
                self.get(number);
                return Ok(());
            }
            self.out.byte([TUPLE1, TUPLE2, TUPLE3][items.len() - 1]);
            return self.memoize(object);
        }
        self.out.byte(MARK);
        self.save_items(object, items)?;
        if let Some(number) = self.memo.get(object) {
            if self.options.binary {
                self.out.byte(POP_MARK);
            } else {
                self.out.extend(&vec![POP; items.len() + 1]);
            }
            self.get(number);
            return Ok(());
        }
        self.out.byte(TUPLE);
        self.memoize(object)
    }

    fn save_items(&mut self, object: Value, items: &[Value]) -> R<()> {
        for (index, &item) in items.iter().enumerate() {
            if let Err(raised) = self.save(item) {
                return Err(self.note(raised, object, &format!("item {index}")));
            }
            self.t.stand_still();
        }
        Ok(())
    }

    fn save_list(&mut self, list: Ref<List>) -> R<()> {
        let (t, object) = (self.t, list.value());
        self.out.extend(if self.options.binary { &[EMPTY_LIST] } else { &[MARK, LIST] });
        self.memoize(object)?;
        if list.is_empty() {
            return Ok(());
        }
        if self.options.protocol > 0 {
            return self.append_list(list);
        }
        let items = protocols::iterate(t, object)?;
        self.append_all(items, object)
    }

    fn append_list(&mut self, list: Ref<List>) -> R<()> {
        let object = list.value();
        let length = list.len();
        if length == 1 {
            let Some(item) = list.get(0) else { return Ok(()) };
            self.save(item).map_err(|raised| self.note(raised, object, "item 0"))?;
            self.out.byte(APPEND);
            return Ok(());
        }
        let mut index = 0;
        loop {
            self.out.byte(MARK);
            let end = index + BATCH;
            while index < end
                && let Some(item) = list.get(index)
            {
                if let Err(raised) = self.save(item) {
                    return Err(self.note(raised, object, &format!("item {index}")));
                }
                index += 1;
                self.t.stand_still();
            }
            self.out.byte(APPENDS);
            if list.len() != length {
                return Err(self.t.runtime_error("list changed size during iteration"));
            }
            if index >= length {
                return Ok(());
            }
        }
    }

    /// Appends what an iterator gives.
    pub fn append_all(&mut self, items: Value, object: Value) -> R<()> {
        let mut index = 0;
        let mut saved = |saver: &mut Self, item: Value| {
            let saved = saver.save(item);
            index += 1;
            saved.map_err(|raised| saver.note(raised, object, &format!("item {}", index - 1)))
        };
        if self.options.protocol == 0 {
            while let Some(item) = self.outside(|t| protocols::next(t, items))? {
                saved(self, item)?;
                self.out.byte(APPEND);
            }
            return Ok(());
        }
        loop {
            let Some(first) = self.outside(|t| protocols::next(t, items))? else { return Ok(()) };
            let Some(mut item) = self.outside(|t| protocols::next(t, items))? else {
                saved(self, first)?;
                self.out.byte(APPEND);
                return Ok(());
            };
            self.out.byte(MARK);
            saved(self, first)?;
            let mut count = 1;
            loop {
                saved(self, item)?;
                count += 1;
                if count == BATCH {
                    break;
                }
                match self.outside(|t| protocols::next(t, items))? {
                    Some(next) => item = next,
                    None => break,
                }
            }
            self.out.byte(APPENDS);
            if count < BATCH {
                return Ok(());
            }
        }
    }

    fn save_dict(&mut self, dict: Ref<Dict>) -> R<()> {
        let (t, object) = (self.t, dict.value());
        self.out.extend(if self.options.binary { &[EMPTY_DICT] } else { &[MARK, DICT] });
        self.memoize(object)?;
        if dict.is_empty(t) {
            return Ok(());
        }
        if self.options.protocol > 0 {
            return self.set_dict(dict);
        }
        let items = protocols::call_method(t, object, t.names().items, &[])?;
        let items = protocols::iterate(t, items)?;
        self.set_all(items, object)
    }

    #[inline]
    fn save_entry(&mut self, key: Value, value: Value, object: Value) -> R<()> {
        self.save(key)?;
        match self.save(value) {
            Ok(()) => Ok(()),
            Err(raised) => Err(self.note_entry(raised, key, object)),
        }
    }

    #[cold]
    fn note_entry(&self, raised: Raised, key: Value, object: Value) -> Raised {
        let t = self.t;
        let exception = t.take(raised);
        match protocols::repr(t, key) {
            Ok(key) => {
                let raised = t.reraise(exception);
                self.note(raised, object, &format!("item {}", key.to_string_lossy()))
            }
            Err(raised) => raised,
        }
    }

    fn set_dict(&mut self, dict: Ref<Dict>) -> R<()> {
        let (t, object) = (self.t, dict.value());
        let length = dict.len(t);
        let mut position = 0;
        if length == 1 {
            if let Some((key, value, _)) = dict.next_entry(t, &mut position) {
                self.save_entry(key, value, object)?;
            }
            self.out.byte(SETITEM);
            return Ok(());
        }
        loop {
            self.out.byte(MARK);
            let mut count = 0;
            while count < BATCH
                && let Some((key, value, _)) = dict.next_entry(t, &mut position)
            {
                self.save_entry(key, value, object)?;
                count += 1;
                t.stand_still();
            }
            self.out.byte(SETITEMS);
            if dict.len(t) != length {
                return Err(t.runtime_error("dictionary changed size during iteration"));
            }
            if count < BATCH {
                return Ok(());
            }
        }
    }

    /// The pair that an iterator of dict items gives next.
    fn next_pair(&mut self, items: Value) -> R<Option<(Value, Value)>> {
        let Some(pair) = self.outside(|t| protocols::next(t, items))? else { return Ok(None) };
        match Tuple::of(self.t, pair) {
            Some(pair) if pair.len() == 2 => Ok(Some((pair.get(0), pair.get(1)))),
            _ => Err(self.t.type_error("dict items iterator must return 2-tuples")),
        }
    }

    /// Sets the pairs that an iterator gives.
    pub fn set_all(&mut self, items: Value, object: Value) -> R<()> {
        if self.options.protocol == 0 {
            while let Some((key, value)) = self.next_pair(items)? {
                self.save_entry(key, value, object)?;
                self.out.byte(SETITEM);
            }
            return Ok(());
        }
        loop {
            let Some((key, value)) = self.next_pair(items)? else { return Ok(()) };
            let Some(mut entry) = self.next_pair(items)? else {
                self.save_entry(key, value, object)?;
                self.out.byte(SETITEM);
                return Ok(());
            };
            self.out.byte(MARK);
            self.save_entry(key, value, object)?;
            let mut count = 1;
            loop {
                self.save_entry(entry.0, entry.1, object)?;
                count += 1;
                if count == BATCH {
                    break;
                }
                match self.next_pair(items)? {
                    Some(next) => entry = next,
                    None => break,
                }
            }
            self.out.byte(SETITEMS);
            if count < BATCH {
                return Ok(());
            }
        }
    }

    fn save_set_as_list(&mut self, object: Value) -> R<()> {
        let t = self.t;
        let members = protocols::list_of(t, object)?;
        let arguments = Tuple::from_slice(t, &[members.value()])?;
        let reduced = Tuple::pair(t, object.class(t).value(), arguments.value())?;
        self.save_reduced(reduced, Some(object))
    }

    fn save_member(&mut self, member: Value, object: Value) -> R<()> {
        self.t.stand_still();
        self.save(member).map_err(|raised| self.note(raised, object, "element"))
    }

    fn save_set(&mut self, object: Value, set: Ref<Set>) -> R<()> {
        if self.options.protocol < 4 {
            return self.save_set_as_list(object);
        }
        self.out.byte(EMPTY_SET);
        self.memoize(object)?;
        let length = set.len();
        if length == 0 {
            return Ok(());
        }
        let mut position = 0;
        loop {
            self.out.byte(MARK);
            let mut count = 0;
            while count < BATCH
                && let Some((member, _)) = set.next_entry(&mut position)
            {
                self.save_member(member, object)?;
                count += 1;
            }
            self.out.byte(ADDITEMS);
            if set.len() != length {
                return Err(self.t.runtime_error("set changed size during iteration"));
            }
            if count < BATCH {
                return Ok(());
            }
        }
    }

    fn save_frozenset(&mut self, object: Value, set: Ref<Set>) -> R<()> {
        if self.options.protocol < 4 {
            return self.save_set_as_list(object);
        }
        self.out.byte(MARK);
        let mut position = 0;
        while let Some((member, _)) = set.next_entry(&mut position) {
            self.save_member(member, object)?;
        }
        if let Some(number) = self.memo.get(object) {
            self.out.byte(POP_MARK);
            self.get(number);
            return Ok(());
        }
        self.out.byte(FROZENSET);
        self.memoize(object)
    }
}

/// Whether the value is this native method, bound to some object.
pub fn is_native(value: Value, definition: &'static NativeDef) -> bool {
    value.downcast::<NativeFunction>().is_some_and(|function| std::ptr::eq(function.definition(), definition))
}
