//! `Interpreter`: what the threads of one interpreter share.
//!
//! Everything that Python can reach hangs off `InterpreterState`, a heap object, so that stores into it take the barrier like
//! all others. The rest are counters and Rust-side tables. The vm knows of one interpreter at a time; `interpreters` makes many.

use std::cell::UnsafeCell;

use gc::{Heap, HeapOptions, Tracer};
use sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use sync::{Arc, Mutex, OnceLock};

use crate::collections::Collections;
use crate::exec::monitoring::Monitoring;
use crate::heap_object;
use crate::object::{Ref, Slot, SlotExt};
use crate::objects::{Class, Dict, List};
use crate::raised::R;
use crate::thread::{Thread, ThreadHandle, WaitingRooms};
use crate::value::Value;

heap_object! {
    /// The heap side of an interpreter.
    pub struct InterpreterState {
        /// `sys.modules`.
        pub modules: Slot,
        /// The module `sys`.
        pub sys: Slot,
        /// The module `builtins`.
        pub builtins: Slot,
        /// The namespace of `builtins`.
        pub builtins_dict: Slot,
        /// `importlib._bootstrap`.
        pub importlib: Slot,
        /// `builtins.__import__` as it was made, to know whether somebody replaced it.
        pub import_function: Slot,
        /// The preallocated MemoryError.
        pub memory_error: Slot,
        /// All shapes, by index: a `ShapeTable`.
        pub shapes: Slot,
        /// Shared class to list of weak references to its subclasses here: a dict.
        pub shared_subclasses: Slot,
        /// Weak references to the classes whose `mro()` put classes into their order that are no bases: a list, or unset.
        pub foreign_orders: Slot,
        /// Interned strings of this interpreter.
        pub interned: Slot,
        /// What native modules keep per interpreter: a dict by name.
        pub module_state: Slot,
        /// Codec search functions, cache and error handlers: list, dict, dict.
        pub codec_search: Slot,
        /// Codec cache.
        pub codec_cache: Slot,
        /// Codec error handlers.
        pub codec_errors: Slot,
        /// Functions to call at exit: a list.
        pub at_exit: Slot,
        /// Python signal handlers: a `ValueArray`.
        pub signal_handlers: Slot,
        /// Weak references of this interpreter to shared objects and other side tables: a dict.
        pub side_tables: Slot,
        /// Identifier to method table of the interned identities that the embedder needs; free for `interpreters`.
        pub embedder: Slot,
        /// The `__main__` module.
        pub main: Slot,
        /// The callbacks of `sys.monitoring`: see `exec::monitoring`.
        pub monitoring: Slot,
        /// The code objects that `sys.monitoring` knows something of: a dict, or unset.
        pub monitored_code: Slot,
    }
    trace {
        modules, sys, builtins, builtins_dict, importlib, import_function, memory_error, shapes, shared_subclasses, foreign_orders,
        interned, module_state, codec_search, codec_cache, codec_errors, at_exit, signal_handlers, side_tables, embedder, main,
        monitoring, monitored_code
    }
    fixed
}

/// Runs the Python handlers of signals that came in.
pub type SignalHook = fn(&Thread) -> R<()>;
/// `compile` of trees and to trees: source value, options, whether a tree is wanted, mode; nothing: not its business.
pub type TreeHook = fn(&Thread, Value, &compiler::CompileOptions, bool, &str) -> R<Option<Value>>;

/// What native modules hook into the interpreter.
#[derive(Clone, Copy, Default)]
pub struct Hooks {
    /// See `SignalHook`.
    pub signals: Option<SignalHook>,
    /// See `TreeHook`.
    pub trees: Option<TreeHook>,
}

/// One interpreter.
pub struct Interpreter {
    heap: OnceLock<Arc<Heap>>,
    state: AtomicU64,
    /// Its number, as `concurrent.interpreters` shows it; 0 is the main one.
    pub id: u64,
    class_versions: AtomicU32,
    /// Counts registrations with abstract base classes (`_abc.get_cache_token`).
    pub abstract_registrations: AtomicU64,
    dict_versions: AtomicU32,
    /// How many shapes exist.
    pub shape_count: AtomicU32,
    /// The threads, for `sys._current_frames`, shutdown and signals.
    pub threads: Mutex<Vec<Arc<ThreadHandle>>>,
    /// Where threads wait for locks.
    pub waiting: WaitingRooms,
    /// Held while the table of shapes changes.
    pub shapes_lock: Mutex<()>,
    /// Frames before RecursionError, for new threads.
    pub recursion_limit: AtomicU32,
    /// Whether finalizers may run; false while closing.
    pub closing: AtomicBool,
    /// Options of the command line and environment.
    pub options: crate::options::Options,
    /// Limit on digits of int conversions (`sys.set_int_max_str_digits`).
    pub int_max_str_digits: AtomicU32,
    /// What native code outside the vm attaches: see `extension`.
    extensions: Mutex<Vec<(&'static str, Arc<dyn std::any::Any + Send + Sync>)>>,
    is_shared_space: bool,
    /// `sys.setswitchinterval`, the bits of a float.
    pub switch_interval: AtomicU64,
    /// What the tools of `sys.monitoring` want.
    pub monitoring: Monitoring,
    /// Not zero once flushing the standard output failed at the end.
    pub output_failed: AtomicU32,
    hooks: OnceLock<Hooks>,
    collections: Mutex<Collections>,
    _roots: UnsafeCell<()>,
}

// SAFETY: `_roots` marks that the collector reads this while threads run; all fields are synchronized themselves.
unsafe impl Sync for Interpreter {}

static EMBEDDER: gc::Embedder = gc::Embedder {
    trace: trace_object,
    drop_object,
    trace_roots,
    thread_roots: crate::thread::trace_thread,
    events: crate::events::collector_event,
};

unsafe fn trace_object(header: *const gc::Header, tracer: &mut Tracer) {
    // SAFETY: the collector hands out live objects, and every live object's class word is a class.
    unsafe {
        let class: Ref<Class> = Ref::from_address((*header).class_bits());
        (class.layout().trace)(header, tracer);
        let mut attributes = class.attribute_slot_count();
        if attributes > 0 {
            // What lives in a dict may have been made by a class with fewer slots: it has the members and the tail.
            if (*header).shape() == crate::shapes::DICT_SHAPE {
                attributes = class.member_slots.load(Ordering::Relaxed) as usize + 1;
            }
            let first = header.cast::<u8>().add(crate::object::attributes_offset(class.layout())).cast::<Slot>();
            tracer.slots(std::slice::from_raw_parts(first, attributes));
        }
    }
}

unsafe fn drop_object(header: *mut gc::Header) {
    // SAFETY: as for `trace_object`; a class outlives its instances' sweep because classes of dead objects are swept lazily
    // in the same cycle and their cells are not reused before (rule 5).
    unsafe {
        let class: Ref<Class> = Ref::from_address((*header).class_bits());
        if let Some(drop) = class.layout().drop {
            drop(header);
        }
    }
}

unsafe fn trace_roots(interpreter: *const (), tracer: &mut Tracer) {
    // SAFETY: the heap belongs to the interpreter, which outlives it.
    let interpreter = unsafe { &*interpreter.cast::<Interpreter>() };
    let state = interpreter.state.load(Ordering::Acquire);
    if state != 0 {
        tracer.word(state);
    }
}

impl Interpreter {
    /// A new interpreter with an empty heap. The caller attaches a thread and calls `start::initialize`.
    pub fn new(id: u64, options: crate::options::Options) -> Arc<Interpreter> {
        Self::make(id, options, false)
    }

    pub(crate) fn new_for_shared_space() -> Arc<Interpreter> {
        Self::make(u64::MAX, crate::options::Options::default(), true)
    }

    fn make(id: u64, options: crate::options::Options, is_shared_space: bool) -> Arc<Interpreter> {
        let heap_options = crate::options::heap_options(&options, is_shared_space);
        // Versions of the shared space's classes come first; an interpreter's own start above them.
        let first_version = if is_shared_space { 1 } else { 1 << 20 };
        let collections = Collections::new(options.gc_log.as_deref());
        let interpreter = Arc::new(Interpreter {
            heap: OnceLock::new(),
            state: AtomicU64::new(0),
            id,
            class_versions: AtomicU32::new(first_version),
            abstract_registrations: AtomicU64::new(0),
            dict_versions: AtomicU32::new(first_version),
            shape_count: AtomicU32::new(0),
            threads: Mutex::new(Vec::new()),
            waiting: WaitingRooms::default(),
            shapes_lock: Mutex::new(()),
            recursion_limit: AtomicU32::new(1000),
            closing: AtomicBool::new(false),
            int_max_str_digits: AtomicU32::new(options.int_max_str_digits),
            options,
            extensions: Mutex::new(Vec::new()),
            is_shared_space,
            switch_interval: AtomicU64::new(0.005_f64.to_bits()),
            monitoring: Monitoring::default(),
            output_failed: AtomicU32::new(0),
            hooks: OnceLock::new(),
            collections: Mutex::new(collections),
            _roots: UnsafeCell::new(()),
        });
        let heap = Heap::new(&EMBEDDER, HeapOptions { roots: Arc::as_ptr(&interpreter).cast(), ..heap_options });
        interpreter.heap.get_or_init(|| heap);
        interpreter
    }

    /// The heap.
    #[inline]
    pub fn heap(&self) -> &Arc<Heap> {
        self.heap.get().expect("made with the interpreter")
    }

    /// Whether this is the one whose heap is the shared space.
    pub fn is_shared_space(&self) -> bool {
        self.is_shared_space
    }

    /// The heap side.
    #[inline(always)]
    pub fn state(&self) -> Ref<InterpreterState> {
        let address = self.state.load(Ordering::Acquire);
        debug_assert!(address != 0, "the first thread made the state");
        // SAFETY: set once by the first thread, a root ever since.
        unsafe { Ref::from_address(address) }
    }

    /// Makes the heap side; called once, by the first thread.
    pub(crate) fn make_state(&self, t: &Thread) -> R<()> {
        let state = t.allocate_exact::<InterpreterState>(t.classes().internal)?.publish();
        self.state.store(state.address(), Ordering::Release);
        let header = state.header();
        for slot in [
            &state.modules,
            &state.shared_subclasses,
            &state.module_state,
            &state.codec_cache,
            &state.codec_errors,
            &state.side_tables,
        ] {
            slot.put(header, t, Dict::new(t)?.value());
        }
        for slot in [&state.codec_search, &state.at_exit] {
            slot.put(header, t, List::new(t)?.value());
        }
        let error = t.allocate_instance(t.classes().memory_error)?;
        state.memory_error.put(header, t, Value::of_header(error));
        Ok(())
    }

    /// The preallocated MemoryError.
    pub fn memory_error(&self) -> Value {
        self.state().memory_error.get().expect("made at start")
    }

    /// A class version that was never given before; zero when they have run out (then classes stay uncached).
    pub fn next_class_version(&self) -> u32 {
        next_version(&self.class_versions, u32::MAX)
    }

    /// A version for a dict's keys, never given before, below 2^31; zero when they have run out.
    pub fn next_dict_version(&self) -> u32 {
        next_version(&self.dict_versions, 1 << 31)
    }

    /// The list of weak references to the subclasses that this interpreter made of a shared class.
    pub fn subclasses_of_shared(&self, t: &Thread, class: Ref<Class>) -> Option<Ref<List>> {
        if self.is_shared_space {
            return None;
        }
        let table = self.state().shared_subclasses.get().and_then(Value::downcast::<Dict>)?;
        table.get_identity(t, class.value()).and_then(Value::downcast)
    }

    /// Notes a class in whose order lie classes that are no bases: a change to any class may be one to it.
    pub fn add_foreign_order(&self, t: &Thread, class: Ref<Class>) -> R<()> {
        let state = self.state();
        let list = match state.foreign_orders.get().and_then(Value::downcast::<List>) {
            Some(list) => list,
            None => {
                let made = List::new(t)?;
                match state.foreign_orders.compare_exchange(state.header(), t.mutator(), None, Some(made.value())) {
                    Ok(()) => made,
                    Err(other) => other.and_then(Value::downcast).unwrap_or(made),
                }
            }
        };
        crate::objects::remove_weak_entry(t, list, class.value());
        list.push(t, crate::objects::new_weak_entry(t, class.value())?)
    }

    /// Visits the classes in whose orders lie classes that are no bases.
    pub fn for_each_foreign_order(&self, t: &Thread, visit: &mut dyn FnMut(Ref<Class>)) {
        if self.is_shared_space {
            return;
        }
        let Some(list) = self.state().foreign_orders.get().and_then(Value::downcast::<List>) else { return };
        let mut index = 0;
        while let Some(entry) = list.get(index) {
            if let Some(class) = crate::objects::weak_target(t, entry).and_then(Value::downcast::<Class>) {
                visit(class);
            }
            index += 1;
        }
    }

    /// Empties every inline cache: after a change that caches do not test for.
    pub fn flush_caches(&self, t: &Thread) {
        crate::exec::caches::flush_all(t);
    }

    /// What native code outside the vm gives.
    pub fn embedding(&self) -> &crate::modules::Embedding {
        &self.options.embedding
    }

    /// Sets the hooks; the first call counts.
    pub fn set_hooks(&self, hooks: Hooks) {
        self.hooks.get_or_init(|| hooks);
    }

    /// The hook that runs signal handlers.
    pub fn signal_hook(&self) -> Option<SignalHook> {
        self.hooks.get().and_then(|hooks| hooks.signals).or(self.options.embedding.hooks.signals)
    }

    /// The hook that compiles trees.
    pub fn tree_hook(&self) -> Option<TreeHook> {
        self.hooks.get().and_then(|hooks| hooks.trees).or(self.options.embedding.hooks.trees)
    }

    /// Counts what a collection did.
    pub fn record_collection(&self, event: gc::Event) {
        self.collections.lock().record(self.id, &event);
        if let gc::Event::Ended { .. } = event {
            self.heap().request_all(gc::poll_bits::PENDING);
        }
    }

    /// Calls `change` with the collections so far.
    pub fn change_collections<R>(&self, change: impl FnOnce(&mut Collections) -> R) -> R {
        change(&mut self.collections.lock())
    }

    /// Calls `read` with the collections so far.
    pub fn collections<R>(&self, read: impl FnOnce(&Collections) -> R) -> R {
        read(&self.collections.lock())
    }

    /// The Rust value attached under a name, made now if there is none.
    pub fn extension_or_insert<T: Send + Sync + 'static>(
        &self,
        name: &'static str,
        make: impl FnOnce() -> T,
    ) -> Arc<T> {
        if let Some(known) = self.extension(name) {
            return known;
        }
        let mut extensions = self.extensions.lock();
        if let Some(known) =
            extensions.iter().find(|(other, _)| *other == name).and_then(|(_, value)| Arc::clone(value).downcast().ok())
        {
            return known;
        }
        let made = Arc::new(make());
        let erased: Arc<dyn std::any::Any + Send + Sync> = made.clone();
        extensions.push((name, erased));
        made
    }

    /// Attaches a Rust value under a name: state of native modules that is not in the heap.
    pub fn set_extension(&self, name: &'static str, value: Arc<dyn std::any::Any + Send + Sync>) {
        let mut extensions = self.extensions.lock();
        extensions.retain(|(other, _)| *other != name);
        extensions.push((name, value));
    }

    /// The Rust value attached under a name.
    pub fn extension<T: Send + Sync + 'static>(&self, name: &str) -> Option<Arc<T>> {
        let extensions = self.extensions.lock();
        let (_, value) = extensions.iter().find(|(other, _)| *other == name)?;
        Arc::clone(value).downcast().ok()
    }
}

fn next_version(counter: &AtomicU32, limit: u32) -> u32 {
    let next = counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |version| {
        (version != 0 && version < limit).then(|| version + 1)
    });
    next.unwrap_or(0)
}

/// The builtins that code with these globals sees: `__builtins__` of the globals, or what the running code sees.
/// A module stands for its dict; of what is no dict, names are asked as items.
pub fn builtins_of_globals(t: &Thread, globals: Ref<Dict>) -> R {
    if let Some(own) = globals.get_str(t, t.names().__builtins__) {
        return Ok(crate::objects::module_dict(own).map_or(own, Ref::value));
    }
    let running = t.frames().current().map(|frame| frame.function().builtins());
    match running.or_else(|| t.interpreter().state().builtins_dict.get()) {
        Some(builtins) => Ok(builtins),
        None => Ok(Dict::new(t)?.value()),
    }
}

/// Runs what waits for a Python poll: interrupts, asynchronous exceptions, signals, finalizers.
pub fn run_pending(t: &Thread) -> R<()> {
    crate::events::run_pending(t)
}
