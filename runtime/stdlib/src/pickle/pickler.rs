//! `Pickler`, its memo as programs see it, `dump` and `dumps`.
//!
//! A `Pickler` object keeps its memo from one `dump` to the next. While one runs, the memo is with the `Saver` on the stack, and back in
//! the object whenever foreign code runs, as nobody else can ask for it meanwhile: `running` lets one `dump` in at a time.

use vm::containers::ValueVec;
use vm::native::{ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::owned::{Owned, Owner, drop_owner, new_owner};
use vm::objects::{Bytes, ClassFlags, ValueArray, int_from_u64, int_of};
use vm::protocols::{self, get_attribute_optional};
use vm::shared::NativeClass;
use vm::sync::Mutex;
use vm::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicUsize, Ordering};
use vm::{Args, Dict, R, Ref, Slot, SlotExt, Str, Thread, Tuple, Value, heap_object, native};

use super::Hook;
use super::memo::{Numbers, PicklerMemo};
use super::pickling_error;
use super::save::{Options, Saver, is_native};

heap_object! {
    /// A pickler.
    pub struct Pickler {
        numbers: Owned<Mutex<Numbers>>,
        /// The objects of the memo: an array.
        objects: Slot,
        /// `write` of the file; unset before `__init__`.
        write: Slot,
        buffer_callback: Slot,
        dispatch_table: Slot,
        /// What was set as `persistent_id` of the instance.
        persistent_id: Slot,
        /// How many objects the memo has.
        count: AtomicUsize,
        protocol: AtomicU8,
        fix_imports: AtomicBool,
        running: AtomicBool,
        binary: AtomicI32,
        fast: AtomicI32,
    }
    trace { objects, write, buffer_callback, dispatch_table, persistent_id }
    kind Drop
    drop(drop_owner::<Pickler>)
}

impl Owner for Pickler {
    type Content = Mutex<Numbers>;
    fn owned(&self) -> &Owned<Self::Content> {
        &self.numbers
    }
}

impl Pickler {
    /// Puts the memo into the object.
    pub fn park(&self, t: &Thread, memo: &mut PicklerMemo) {
        let objects = std::mem::replace(&mut memo.objects, ValueVec::new(t));
        let (array, count) = objects.into_array();
        let mut numbers = self.numbers.lock();
        *numbers = std::mem::take(&mut memo.numbers);
        self.objects.put(&self.header, t, array.map(Ref::value));
        self.count.store(count, Ordering::Release);
    }

    /// Takes the memo out of the object.
    pub fn unpark(&self, t: &Thread, memo: &mut PicklerMemo) {
        let mut numbers = self.numbers.lock();
        memo.numbers = std::mem::take(&mut *numbers);
        let array = self.objects.get().and_then(Value::downcast::<ValueArray>);
        let count = self.count.swap(0, Ordering::AcqRel);
        self.objects.put(&self.header, t, None);
        memo.objects = ValueVec::from_array(array, if array.is_some() { count } else { 0 });
    }

    /// A dict from identities to pairs of number and object. It leaves the memo where it is, as another thread may be about to take it.
    fn copy_memo(&self, t: &Thread) -> R<Ref<Dict>> {
        let (numbers, array, count) = {
            let numbers = self.numbers.lock();
            (numbers.clone(), self.objects.get(), self.count.load(Ordering::Acquire))
        };
        let dict = Dict::new(t)?;
        let Some(array) = array.and_then(Value::downcast::<ValueArray>) else { return Ok(dict) };
        for object in array.slots().iter().take(count).filter_map(Slot::get) {
            let Some(number) = numbers.get(object.bits()) else { continue };
            let pair = Tuple::pair(t, int_from_u64(t, u64::from(number))?, object)?;
            dict.set(t, int_from_u64(t, object.bits())?, pair.value())?;
        }
        Ok(dict)
    }
}

/// `write` of a file.
fn writer(t: &Thread, file: Value) -> R {
    match get_attribute_optional(t, file, t.names().write)? {
        Some(write) => Ok(write),
        None => Err(t.type_error("file must have a 'write' attribute")),
    }
}

/// Write a pickled representation of obj to the open file object file.
///
/// This is equivalent to ``Pickler(file, protocol).dump(obj)``, but may
/// be more efficient. *protocol*, *fix_imports* and *buffer_callback* mean
/// what they mean for ``Pickler``.
#[native("dump(obj, file, protocol=None, *, fix_imports=True, buffer_callback=None)")]
pub fn dump(t: &Thread, obj: Value, file: Value, protocol: Value, fix_imports: bool, buffer_callback: Value) -> R<()> {
    let options = Options::new(t, protocol, fix_imports, buffer_callback)?;
    let mut saver = Saver::new(t, options, Some(writer(t, file)?), None);
    saver.dump(obj)?;
    saver.flush()
}

/// Return the pickled representation of the object as a bytes object.
///
/// *protocol*, *fix_imports* and *buffer_callback* mean what they mean for
/// ``Pickler``.
#[native("dumps(obj, protocol=None, *, fix_imports=True, buffer_callback=None)")]
pub fn dumps(t: &Thread, obj: Value, protocol: Value, fix_imports: bool, buffer_callback: Value) -> R<Ref<Bytes>> {
    let options = Options::new(t, protocol, fix_imports, buffer_callback)?;
    let mut saver = Saver::new(t, options, None, None);
    saver.dump(obj)?;
    Bytes::new(t, saver.out.bytes())
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__(file, protocol=None, fix_imports=True, buffer_callback=None)", raw)]
fn pickler_new(t: &Thread, args: Args<'_>) -> R<Ref<Pickler>> {
    let (class, _) = vm::builtins::construct::class_argument(t, args, PICKLER.get(t))?;
    new_owner(t, class, Mutex::new(Numbers::default()), None)
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__($self, /, file, protocol=None, fix_imports=True, buffer_callback=None)")]
fn pickler_init(
    t: &Thread,
    this: Ref<Pickler>,
    file: Value,
    protocol: Value,
    fix_imports: bool,
    buffer_callback: Value,
) -> R<()> {
    if this.running.load(Ordering::Acquire) {
        return Err(t.runtime_error("Pickler object is already used"));
    }
    let options = Options::new(t, protocol, fix_imports, buffer_callback)?;
    let write = writer(t, file)?;
    let header = this.header();
    this.write.put(header, t, write);
    this.buffer_callback.put(header, t, options.buffer_callback);
    this.protocol.store(options.protocol, Ordering::Relaxed);
    this.binary.store(i32::from(options.binary), Ordering::Relaxed);
    this.fix_imports.store(options.fix_imports, Ordering::Relaxed);
    this.fast.store(0, Ordering::Relaxed);
    // `__init__` may be called again, with an empty memo.
    pickler_clear_memo(t, this);
    let name = Str::interned(t, "dispatch_table")?;
    let table = get_attribute_optional(t, this.value(), name)?;
    this.dispatch_table.put(header, t, table);
    Ok(())
}

/// Write a pickled representation of the given object to the open file.
#[native("dump($self, obj, /)")]
fn pickler_dump(t: &Thread, this: Ref<Pickler>, obj: Value) -> R<()> {
    let Some(write) = this.write.get() else {
        let name = this.value().class(t).full_name(t);
        let name = name.strip_prefix("__main__.").unwrap_or(&name).to_owned();
        return Err(pickling_error(t, &format!("Pickler.__init__() was not called by {name}.__init__()")));
    };
    if this.running.swap(true, Ordering::AcqRel) {
        return Err(t.runtime_error("Pickler object is already used"));
    }
    let result = run(t, this, write, obj);
    this.running.store(false, Ordering::Release);
    result
}

fn run(t: &Thread, this: Ref<Pickler>, write: Value, obj: Value) -> R<()> {
    let object = this.value();
    let reducer_override = get_attribute_optional(t, object, Str::interned(t, "reducer_override")?)?;
    let persistent_id = get_attribute_optional(t, object, Str::interned(t, "persistent_id")?)?;
    let options = Options {
        protocol: this.protocol.load(Ordering::Relaxed),
        binary: this.binary.load(Ordering::Relaxed) != 0,
        fast: this.fast.load(Ordering::Relaxed) != 0,
        fix_imports: this.fix_imports.load(Ordering::Relaxed),
        buffer_callback: this.buffer_callback.get(),
        dispatch_table: this.dispatch_table.get(),
        persistent_id: persistent_id.filter(|&hook| !is_native(hook, &PICKLER_PERSISTENT_ID)),
        reducer_override,
    };
    let mut saver = Saver::new(t, options, Some(write), Some(this));
    this.unpark(t, &mut saver.memo);
    let result = saver.dump(obj);
    let result = result.and_then(|()| saver.flush());
    this.park(t, &mut saver.memo);
    result
}

/// Clears the pickler's "memo".
///
/// The memo remembers which objects the pickler has already seen, so that
/// shared and recursive objects are pickled by reference and not by value.
/// Clear it to use a pickler again.
#[native("clear_memo($self, /)")]
fn pickler_clear_memo(t: &Thread, this: Ref<Pickler>) {
    this.park(t, &mut PicklerMemo::new(t));
}

#[native("persistent_id($self, obj, /)")]
fn pickler_persistent_id(_: &Thread, _: Ref<Pickler>, _obj: Value) {}

/// Returns size in memory, in bytes.
#[native("__sizeof__($self, /)")]
fn pickler_sizeof(t: &Thread, this: Ref<Pickler>) -> usize {
    let own = this.value().class(t).instance_size.load(Ordering::Relaxed) as usize;
    let objects = this.objects.get().and_then(Value::downcast::<ValueArray>);
    own + this.numbers.lock().size() + objects.map_or(0, |array| array.capacity() * size_of::<Value>())
}

fn hook(this: &Ref<Pickler>) -> Hook<'_> {
    Hook { name: "persistent_id", owner: this.value(), place: &this.persistent_id }
}

/// Return getattr(self, name).
#[native("__getattribute__($self, name, /)")]
fn pickler_getattribute(t: &Thread, this: Ref<Pickler>, name: Value) -> R {
    hook(&this).get(t, name)
}

/// Implement setattr(self, name, value).
#[native("__setattr__($self, name, value, /)")]
fn pickler_setattr(t: &Thread, this: Ref<Pickler>, name: Value, value: Value) -> R<()> {
    hook(&this).set(t, name, Some(value))
}

/// Implement delattr(self, name).
#[native("__delattr__($self, name, /)")]
fn pickler_delattr(t: &Thread, this: Ref<Pickler>, name: Value) -> R<()> {
    hook(&this).set(t, name, None)
}

// Attributes.

fn receiver(t: &Thread, this: Value) -> R<Ref<Pickler>> {
    this.downcast().ok_or_else(|| t.type_error("a Pickler is required"))
}

fn number(t: &Thread, value: Option<Value>) -> R<i32> {
    match value {
        Some(value) => Ok(protocols::index_long(t, value)? as i32),
        None => Err(t.type_error("can't delete numeric/char attribute")),
    }
}

fn get_bin(t: &Thread, this: Value) -> R {
    Ok(Value::small(receiver(t, this)?.binary.load(Ordering::Relaxed)))
}

fn set_bin(t: &Thread, this: Value, value: Option<Value>) -> R<()> {
    receiver(t, this)?.binary.store(number(t, value)?, Ordering::Relaxed);
    Ok(())
}

fn get_fast(t: &Thread, this: Value) -> R {
    Ok(Value::small(receiver(t, this)?.fast.load(Ordering::Relaxed)))
}

fn set_fast(t: &Thread, this: Value, value: Option<Value>) -> R<()> {
    receiver(t, this)?.fast.store(number(t, value)?, Ordering::Relaxed);
    Ok(())
}

fn get_dispatch_table(t: &Thread, this: Value) -> R {
    match receiver(t, this)?.dispatch_table.get() {
        Some(table) => Ok(table),
        None => {
            let class = this.class(t).type_name(t);
            let name = Str::interned(t, "dispatch_table")?;
            Err(t.attribute_error(this, name, format_args!("'{class}' object has no attribute 'dispatch_table'")))
        }
    }
}

fn set_dispatch_table(t: &Thread, this: Value, value: Option<Value>) -> R<()> {
    let pickler = receiver(t, this)?;
    if value.is_none() && pickler.dispatch_table.get().is_none() {
        return Err(t.attribute_error(this, Str::interned(t, "dispatch_table")?, "dispatch_table"));
    }
    pickler.dispatch_table.put(pickler.header(), t, value);
    Ok(())
}

fn get_memo(t: &Thread, this: Value) -> R {
    let fresh = t.allocate_exact::<MemoProxy>(PICKLER_MEMO_PROXY.get(t))?;
    fresh.set(|proxy| &proxy.pickler, this);
    Ok(fresh.publish().value())
}

fn set_memo(t: &Thread, this: Value, value: Option<Value>) -> R<()> {
    let pickler = receiver(t, this)?;
    let Some(value) = value else { return Err(t.type_error("attribute deletion is not supported")) };
    let entries = if let Some(proxy) = value.downcast::<MemoProxy>() {
        proxy.copy(t)?
    } else if let Some(dict) = value.downcast::<Dict>() {
        dict
    } else {
        let got = value.class(t).name();
        return Err(t.type_error(format_args!("'memo' attribute must be a PicklerMemoProxy object or dict, not {got}")));
    };
    let mut memo = PicklerMemo::new(t);
    let mut position = 0;
    while let Some((_, entry, _)) = entries.next_entry(t, &mut position) {
        let Some(pair) = Tuple::of(t, entry).filter(|pair| pair.len() == 2) else {
            return Err(t.type_error("'memo' values must be 2-item tuples"));
        };
        if int_of(pair.get(0)).is_none() && !protocols::is_index(t, pair.get(0)) {
            return Err(t.type_error("an integer is required"));
        }
        let number = protocols::index_long(t, pair.get(0))?;
        let Ok(number) = u32::try_from(number) else {
            return Err(t.overflow_error("Python int too large to convert to C ssize_t"));
        };
        if memo.get(pair.get(1)).is_none() {
            memo.add(t, pair.get(1), number)?;
        }
    }
    pickler.park(t, &mut memo);
    Ok(())
}

/// `_pickle.Pickler`
pub static PICKLER: NativeClass = NativeClass::new(ClassDef {
    name: "Pickler",
    module: "_pickle",
    layout: Pickler::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE,
    doc: "This takes a binary file for writing a pickle data stream.\n\nThe optional *protocol* argument tells the pickler to use one of the\nprotocols 0 to 5; a negative number asks for the highest. *file* must\nhave a write() method that takes a single bytes argument. With\n*fix_imports* and a protocol below 3, names are written as Python 2 has\nthem. *buffer_callback*, which needs protocol 5, is called with each\nbuffer; the buffer goes into the stream only if the answer is true.",
    methods: &[
        MethodDef::New(&PICKLER_NEW),
        MethodDef::Method(&PICKLER_INIT),
        MethodDef::Method(&PICKLER_GETATTRIBUTE),
        MethodDef::Method(&PICKLER_SETATTR),
        MethodDef::Method(&PICKLER_DELATTR),
        MethodDef::Method(&PICKLER_DUMP),
        MethodDef::Method(&PICKLER_CLEAR_MEMO),
        MethodDef::Method(&PICKLER_PERSISTENT_ID),
        MethodDef::Method(&PICKLER_SIZEOF),
    ],
    getset: &[
        GetSet { name: "bin", get: get_bin, set: Some(set_bin), doc: "" },
        GetSet { name: "fast", get: get_fast, set: Some(set_fast), doc: "" },
        GetSet { name: "dispatch_table", get: get_dispatch_table, set: Some(set_dispatch_table), doc: "" },
        GetSet { name: "memo", get: get_memo, set: Some(set_memo), doc: "" },
    ],
});

heap_object! {
    /// The memo of a pickler, as programs see it.
    pub struct MemoProxy {
        pickler: Slot,
    }
    trace { pickler }
}

impl MemoProxy {
    fn pickler(&self, t: &Thread) -> R<Ref<Pickler>> {
        receiver(t, self.pickler.get().unwrap_or(Value::NONE))
    }

    fn copy(&self, t: &Thread) -> R<Ref<Dict>> {
        self.pickler(t)?.copy_memo(t)
    }
}

/// Remove all items from memo.
#[native("clear($self, /)")]
fn memo_clear(t: &Thread, this: Ref<MemoProxy>) -> R<()> {
    pickler_clear_memo(t, this.pickler(t)?);
    Ok(())
}

/// Copy the memo to a new object.
#[native("copy($self, /)")]
fn memo_copy(t: &Thread, this: Ref<MemoProxy>) -> R<Ref<Dict>> {
    this.copy(t)
}

/// Implement pickle support.
#[native("__reduce__($self, /)")]
fn memo_reduce(t: &Thread, this: Ref<MemoProxy>) -> R<Ref<Tuple>> {
    super::reduce_to_dict(t, this.copy(t)?)
}

/// `_pickle.PicklerMemoProxy`
pub static PICKLER_MEMO_PROXY: NativeClass = NativeClass::new(ClassDef {
    name: "PicklerMemoProxy",
    module: "_pickle",
    layout: MemoProxy::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[MethodDef::Method(&MEMO_CLEAR), MethodDef::Method(&MEMO_COPY), MethodDef::Method(&MEMO_REDUCE)],
    getset: &[],
});
