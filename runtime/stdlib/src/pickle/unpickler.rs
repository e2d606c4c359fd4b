//! `Unpickler`, its memo as programs see it, `load` and `loads`; and what instructions do with objects of any class.

use vm::modules::sys;
use vm::native::{ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::{ClassFlags, ValueArray};
use vm::protocols::{self, Buffer, call, get_attribute, get_attribute_optional};
use vm::shared::NativeClass;
use vm::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use vm::{Args, Class, Dict, R, Raised, Ref, Slot, SlotExt, Str, Thread, Tuple, Value, heap_object, native};

use super::Hook;
use super::input::{File, Input};
use super::load::{Loader, Reading};
use super::memo::UnpicklerMemo;
use super::state::State;
use super::{reduce, unpickling_error};

heap_object! {
    /// An unpickler.
    pub struct Unpickler {
        /// The memo's array.
        dense: Slot,
        /// The memo's dict.
        sparse: Slot,
        /// The methods of the file; unset before `__init__`.
        read: Slot,
        readline: Slot,
        readinto: Slot,
        peek: Slot,
        encoding: Slot,
        errors: Slot,
        buffers: Slot,
        /// What was set as `persistent_load` of the instance.
        persistent_load: Slot,
        /// How many objects the memo has.
        count: AtomicUsize,
        /// The protocol of the pickle that was read last.
        protocol: AtomicU8,
        fix_imports: AtomicBool,
        running: AtomicBool,
    }
    trace { dense, sparse, read, readline, readinto, peek, encoding, errors, buffers, persistent_load }
}

impl Unpickler {
    /// Puts the memo into the object.
    pub fn park(&self, t: &Thread, memo: &mut UnpicklerMemo) {
        let _guard = self.header.lock(t.mutator());
        self.dense.put(&self.header, t, memo.dense.map(Ref::value));
        self.sparse.put(&self.header, t, memo.sparse.map(Ref::value));
        self.count.store(memo.count, Ordering::Release);
    }

    /// Takes the memo out of the object.
    pub fn unpark(&self, t: &Thread, memo: &mut UnpicklerMemo) {
        let _guard = self.header.lock(t.mutator());
        memo.dense = self.dense.get().and_then(Value::downcast::<ValueArray>);
        memo.sparse = self.sparse.get().and_then(Value::downcast::<Dict>);
        memo.count = self.count.load(Ordering::Acquire);
    }

    /// Tells `find_class` which protocol the pickle has.
    pub fn set_protocol(&self, protocol: u8) {
        self.protocol.store(protocol, Ordering::Relaxed);
    }

    fn file(&self) -> Option<File> {
        Some(File {
            read: self.read.get()?,
            readline: self.readline.get()?,
            readinto: self.readinto.get(),
            peek: self.peek.get(),
        })
    }
}

/// The iterator over buffers; nothing for none.
fn buffers_of(t: &Thread, buffers: Option<Value>) -> R<Option<Value>> {
    match buffers.filter(|buffers| !buffers.is_none()) {
        Some(buffers) => protocols::iterate(t, buffers).map(Some),
        None => Ok(None),
    }
}

/// An argument that must be a string.
fn text_argument(t: &Thread, given: Option<Value>, default: &str, function: &str, name: &str) -> R<Ref<Str>> {
    let Some(given) = given else { return Str::interned(t, default) };
    Str::of(t, given).ok_or_else(|| {
        let got = protocols::name_of_argument(t, given);
        t.type_error(format_args!("{function}() argument '{name}' must be str, not {got}"))
    })
}

fn reading(
    t: &Thread,
    function: &str,
    fix_imports: bool,
    encoding: Option<Value>,
    errors: Option<Value>,
    buffers: Option<Value>,
) -> R<Reading> {
    let encoding = text_argument(t, encoding, "ASCII", function, "encoding")?;
    let errors = text_argument(t, errors, "strict", function, "errors")?;
    Ok(Reading { fix_imports, encoding, errors, buffers: buffers_of(t, buffers)? })
}

/// Read and return an object from the pickle data stored in a file.
///
/// This is equivalent to ``Unpickler(file).load()``, but may be more
/// efficient. The protocol version of the pickle is detected automatically.
/// The optional arguments mean what they mean for ``Unpickler``.
#[native("load(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())")]
pub fn load(
    t: &Thread,
    file: Value,
    fix_imports: bool,
    encoding: Option<Value>,
    errors: Option<Value>,
    buffers: Option<Value>,
) -> R {
    let reading = reading(t, "load", fix_imports, encoding, errors, buffers)?;
    let input = Input::of_file(File::of(t, file)?);
    Loader::new(t, input, reading, None).load()
}

/// Read and return an object from the given pickle data.
///
/// The protocol version of the pickle is detected automatically. Bytes past
/// the pickled representation are ignored. The optional arguments mean what
/// they mean for ``Unpickler``.
#[native("loads(data, /, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())")]
pub fn loads(
    t: &Thread,
    data: Value,
    fix_imports: bool,
    encoding: Option<Value>,
    errors: Option<Value>,
    buffers: Option<Value>,
) -> R {
    let reading = reading(t, "loads", fix_imports, encoding, errors, buffers)?;
    let input = Input::of_buffer(Buffer::of(t, data)?);
    Loader::new(t, input, reading, None).load()
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())", raw)]
fn unpickler_new(t: &Thread, args: Args<'_>) -> R<Ref<Unpickler>> {
    let (class, _) = vm::builtins::construct::class_argument(t, args, UNPICKLER.get(t))?;
    Ok(t.publish_instance(t.allocate::<Unpickler>(class)?, class))
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__($self, /, file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())")]
fn unpickler_init(
    t: &Thread,
    this: Ref<Unpickler>,
    file: Value,
    fix_imports: bool,
    encoding: Option<Value>,
    errors: Option<Value>,
    buffers: Option<Value>,
) -> R<()> {
    if this.running.load(Ordering::Acquire) {
        return Err(t.runtime_error("Unpickler object is already used"));
    }
    let reading = reading(t, "Unpickler", fix_imports, encoding, errors, buffers)?;
    let file = File::of(t, file)?;
    let header = this.header();
    this.read.put(header, t, file.read);
    this.readline.put(header, t, file.readline);
    this.readinto.put(header, t, file.readinto);
    this.peek.put(header, t, file.peek);
    this.encoding.put(header, t, reading.encoding.value());
    this.errors.put(header, t, reading.errors.value());
    this.buffers.put(header, t, reading.buffers);
    this.fix_imports.store(fix_imports, Ordering::Relaxed);
    this.protocol.store(0, Ordering::Relaxed);
    // `__init__` may be called again, with an empty memo.
    this.park(t, &mut { UnpicklerMemo::EMPTY });
    Ok(())
}

/// Load a pickle.
///
/// Read a pickled object representation from the open file object given
/// in the constructor, and return the reconstituted object hierarchy
/// specified therein.
#[native("load($self, /)")]
fn unpickler_load(t: &Thread, this: Ref<Unpickler>) -> R {
    let (Some(file), Some(encoding), Some(errors)) = (
        this.file(),
        this.encoding.get().and_then(Value::downcast::<Str>),
        this.errors.get().and_then(Value::downcast::<Str>),
    ) else {
        let name = this.value().class(t).full_name(t);
        let name = name.strip_prefix("__main__.").unwrap_or(&name).to_owned();
        return Err(unpickling_error(t, &format!("Unpickler.__init__() was not called by {name}.__init__()")));
    };
    if this.running.swap(true, Ordering::AcqRel) {
        return Err(t.runtime_error("Unpickler object is already used"));
    }
    let fix_imports = this.fix_imports.load(Ordering::Relaxed);
    let reading = Reading { fix_imports, encoding, errors, buffers: this.buffers.get() };
    let mut loader = Loader::new(t, Input::of_file(file), reading, Some(this));
    this.unpark(t, &mut loader.memo);
    let result = loader.load();
    this.set_protocol(loader.protocol);
    this.park(t, &mut loader.memo);
    this.running.store(false, Ordering::Release);
    result
}

/// What there is to say of a persistent identity that nobody can resolve.
#[cold]
pub fn no_persistent_load(t: &Thread) -> Raised {
    let message = "A load persistent id instruction was encountered, but no persistent_load function was specified.";
    unpickling_error(t, message)
}

#[native("persistent_load($self, pid, /)")]
fn unpickler_persistent_load(t: &Thread, _: Ref<Unpickler>, _pid: Value) -> R {
    Err(no_persistent_load(t))
}

/// Return an object from a specified module.
///
/// If necessary, the module will be imported. Subclasses may override this
/// method, for example to restrict unpickling of arbitrary classes and
/// functions. Despite its name it is used for functions too.
#[native("find_class($self, module_name, global_name, /)")]
fn unpickler_find_class(t: &Thread, this: Ref<Unpickler>, module_name: Value, global_name: Value) -> R {
    let Some(module) = Str::of(t, module_name) else { return Err(t.type_error("module name must be a string")) };
    let Some(name) = Str::of(t, global_name) else {
        return Err(t.type_error(format_args!("attribute name must be string, not '{}'", global_name.class(t).name())));
    };
    let protocol = this.protocol.load(Ordering::Relaxed);
    find_class(t, module, name, protocol, this.fix_imports.load(Ordering::Relaxed))
}

/// The object of a name in a module.
pub fn find_class(t: &Thread, module: Ref<Str>, name: Ref<Str>, protocol: u8, fix_imports: bool) -> R {
    sys::audit_event(t, "pickle.find_class", &[module.value(), name.value()])?;
    let (module, name) = if protocol < 3 && fix_imports { new_name(t, module, name)? } else { (module, name) };
    let found = reduce::imported(t, module.value())?;
    if protocol < 4 || !name.target().units().iter().any(|character| character == u32::from(b'.')) {
        return get_attribute(t, found, name);
    }
    match reduce::follow_path(t, found, name) {
        Ok(found) => Ok(found),
        Err(raised) => {
            let error = t.catch(raised, t.classes().attribute_error)?;
            let path = protocols::repr(t, name.value())?.to_string_lossy();
            let module = protocols::repr(t, module.value())?.to_string_lossy();
            let message = format!("Can't resolve path {path} on module {module}");
            let raised = t.raise(t.classes().attribute_error, message);
            let exception = t.take(raised);
            vm::exceptions::set_context_to(t, exception, Some(error));
            Err(t.reraise(exception))
        }
    }
}

/// What Python 3 calls it.
fn new_name(t: &Thread, module: Ref<Str>, name: Ref<Str>) -> R<(Ref<Str>, Ref<Str>)> {
    let state = State::of(t)?;
    let key = Tuple::pair(t, module.value(), name.value())?;
    if let Some(found) = state.new_names(t)?.get(t, key.value())? {
        return super::pair_of_names(t, found, "_compat_pickle.NAME_MAPPING");
    }
    match state.new_modules(t)?.get(t, module.value())? {
        Some(found) => Ok((super::name_of_module(t, found, "_compat_pickle.IMPORT_MAPPING")?, name)),
        None => Ok((module, name)),
    }
}

/// An instance without its `__init__`.
pub fn new_instance(t: &Thread, class: Ref<Class>, arguments: Ref<Tuple>, keywords: Option<Ref<Dict>>) -> R {
    let function = get_attribute(t, class.value(), t.names().__new__)?;
    let all = Tuple::concat(t, Tuple::from_slice(t, &[class.value()])?, arguments)?;
    protocols::call_unpacked(t, function, None, all, keywords)
}

/// Gives an object its state.
pub fn build(t: &Thread, object: Value, state: Value) -> R<()> {
    if let Some(set_state) = get_attribute_optional(t, object, t.names().__setstate__)? {
        return call(t, set_state, &[state]).map(drop);
    }
    let (state, slots) = match Tuple::of(t, state).filter(|pair| pair.len() == 2) {
        Some(pair) => (pair.get(0), Some(pair.get(1))),
        None => (state, None),
    };
    if !state.is_none() {
        let Some(attributes) = state.downcast::<Dict>() else {
            return Err(unpickling_error(t, "state is not a dictionary"));
        };
        set_attributes(t, object, attributes)?;
    }
    let Some(slots) = slots else { return Ok(()) };
    let Some(slots) = slots.downcast::<Dict>() else {
        return Err(unpickling_error(t, "slot state is not a dictionary"));
    };
    slots.for_each(t, |name, value| {
        let name = super::attribute_name(t, name)?;
        protocols::set_attribute(t, object, name, value)
    })
}

/// Puts attributes into the `__dict__` of an object.
fn set_attributes(t: &Thread, object: Value, attributes: Ref<Dict>) -> R<()> {
    let dict = get_attribute(t, object, t.names().__dict__)?;
    attributes.for_each(t, |key, value| {
        let key = match key.downcast::<Str>() {
            Some(name) => Str::intern(t, name).value(),
            None => key,
        };
        protocols::set_item(t, dict, key, value)
    })
}

/// Returns size in memory, in bytes.
#[native("__sizeof__($self, /)")]
fn unpickler_sizeof(t: &Thread, this: Ref<Unpickler>) -> usize {
    let own = this.value().class(t).instance_size.load(Ordering::Relaxed) as usize;
    let dense = this.dense.get().and_then(Value::downcast::<ValueArray>);
    own + dense.map_or(0, |array| array.capacity() * size_of::<Value>())
}

fn hook(this: &Ref<Unpickler>) -> Hook<'_> {
    Hook { name: "persistent_load", owner: this.value(), place: &this.persistent_load }
}

/// Return getattr(self, name).
#[native("__getattribute__($self, name, /)")]
fn unpickler_getattribute(t: &Thread, this: Ref<Unpickler>, name: Value) -> R {
    hook(&this).get(t, name)
}

/// Implement setattr(self, name, value).
#[native("__setattr__($self, name, value, /)")]
fn unpickler_setattr(t: &Thread, this: Ref<Unpickler>, name: Value, value: Value) -> R<()> {
    hook(&this).set(t, name, Some(value))
}

/// Implement delattr(self, name).
#[native("__delattr__($self, name, /)")]
fn unpickler_delattr(t: &Thread, this: Ref<Unpickler>, name: Value) -> R<()> {
    hook(&this).set(t, name, None)
}

fn receiver(t: &Thread, this: Value) -> R<Ref<Unpickler>> {
    this.downcast().ok_or_else(|| t.type_error("an Unpickler is required"))
}

fn get_memo(t: &Thread, this: Value) -> R {
    let fresh = t.allocate_exact::<MemoProxy>(UNPICKLER_MEMO_PROXY.get(t))?;
    fresh.set(|proxy| &proxy.unpickler, this);
    Ok(fresh.publish().value())
}

fn set_memo(t: &Thread, this: Value, value: Option<Value>) -> R<()> {
    let unpickler = receiver(t, this)?;
    let Some(value) = value else { return Err(t.type_error("attribute deletion is not supported")) };
    let mut memo = UnpicklerMemo::EMPTY;
    let entries = if let Some(proxy) = value.downcast::<MemoProxy>() {
        proxy.copy(t)?
    } else if let Some(dict) = value.downcast::<Dict>() {
        dict
    } else {
        let got = value.class(t).name();
        return Err(
            t.type_error(format_args!("'memo' attribute must be an UnpicklerMemoProxy object or dict, not {got}"))
        );
    };
    let mut position = 0;
    while let Some((key, object, _)) = entries.next_entry(t, &mut position) {
        if !vm::objects::is_int(key) {
            return Err(t.type_error("memo key must be integers"));
        }
        let Ok(number) = usize::try_from(protocols::index_i64(t, key)?) else {
            return Err(t.value_error("memo key must be positive integers."));
        };
        memo.set(t, number, object)?;
    }
    unpickler.park(t, &mut memo);
    Ok(())
}

/// `_pickle.Unpickler`
pub static UNPICKLER: NativeClass = NativeClass::new(ClassDef {
    name: "Unpickler",
    module: "_pickle",
    layout: Unpickler::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE,
    doc: "This takes a binary file for reading a pickle data stream.\n\nThe protocol version of the pickle is detected automatically. *file*\nmust have a read() method that takes an integer and a readline() method\nwithout arguments, both of which give bytes; readinto() and peek() are\nused if they are there. *buffers* gives the buffers that are not in the\nstream, in order. *fix_imports*, *encoding* and *errors* say how pickles\nof Python 2 are read: whether its names are mapped to new ones, and how\nits 8-bit strings are decoded, or 'bytes' to have them as bytes.",
    methods: &[
        MethodDef::New(&UNPICKLER_NEW),
        MethodDef::Method(&UNPICKLER_INIT),
        MethodDef::Method(&UNPICKLER_GETATTRIBUTE),
        MethodDef::Method(&UNPICKLER_SETATTR),
        MethodDef::Method(&UNPICKLER_DELATTR),
        MethodDef::Method(&UNPICKLER_LOAD),
        MethodDef::Method(&UNPICKLER_PERSISTENT_LOAD),
        MethodDef::Method(&UNPICKLER_FIND_CLASS),
        MethodDef::Method(&UNPICKLER_SIZEOF),
    ],
    getset: &[GetSet { name: "memo", get: get_memo, set: Some(set_memo), doc: "" }],
});

heap_object! {
    /// The memo of an unpickler, as programs see it.
    pub struct MemoProxy {
        unpickler: Slot,
    }
    trace { unpickler }
}

impl MemoProxy {
    fn unpickler(&self, t: &Thread) -> R<Ref<Unpickler>> {
        receiver(t, self.unpickler.get().unwrap_or(Value::NONE))
    }

    fn copy(&self, t: &Thread) -> R<Ref<Dict>> {
        let mut memo = UnpicklerMemo::EMPTY;
        self.unpickler(t)?.unpark(t, &mut memo);
        memo.to_dict(t)
    }
}

/// Remove all items from memo.
#[native("clear($self, /)")]
fn load_memo_clear(t: &Thread, this: Ref<MemoProxy>) -> R<()> {
    this.unpickler(t)?.park(t, &mut { UnpicklerMemo::EMPTY });
    Ok(())
}

/// Copy the memo to a new object.
#[native("copy($self, /)")]
fn load_memo_copy(t: &Thread, this: Ref<MemoProxy>) -> R<Ref<Dict>> {
    this.copy(t)
}

/// Implement pickling support.
#[native("__reduce__($self, /)")]
fn load_memo_reduce(t: &Thread, this: Ref<MemoProxy>) -> R<Ref<Tuple>> {
    super::reduce_to_dict(t, this.copy(t)?)
}

/// `_pickle.UnpicklerMemoProxy`
pub static UNPICKLER_MEMO_PROXY: NativeClass = NativeClass::new(ClassDef {
    name: "UnpicklerMemoProxy",
    module: "_pickle",
    layout: MemoProxy::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&LOAD_MEMO_CLEAR),
        MethodDef::Method(&LOAD_MEMO_COPY),
        MethodDef::Method(&LOAD_MEMO_REDUCE),
    ],
    getset: &[],
});
