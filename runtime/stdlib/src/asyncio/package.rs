//! What `_asyncio` keeps beside its objects: for an interpreter what it takes from the package `asyncio`, for a thread the loop and the
//! task that run on it.
//!
//! The package imports this module, so what is taken from it is looked up when it is first needed: when a future is made.
//!
//! Only its own thread writes a `Running`. Others read it, for the task that a loop runs elsewhere.

use vm::builtins::import::import_module;
use vm::native::ClassDef;
use vm::object::Object;
use vm::objects::{Class, ClassFlags, new_weak_entry, remove_weak_entry, weak_target};
use vm::shared::NativeClass;
use vm::sync::atomic::{AtomicU64, Ordering};
use vm::{Dict, List, R, Ref, Slot, SlotExt, Str, Thread, Tuple, Value, heap_object, protocols};

heap_object! {
    /// What an interpreter's futures and tasks have in common.
    pub struct Package {
        /// `asyncio.events._get_event_loop_policy`.
        pub policy: Slot,
        /// `asyncio.base_futures._future_repr`.
        pub future_repr: Slot,
        /// `asyncio.base_tasks._task_repr`.
        pub task_repr: Slot,
        /// `asyncio.base_tasks._task_get_stack`.
        pub get_stack: Slot,
        /// `asyncio.base_tasks._task_print_stack`.
        pub print_stack: Slot,
        /// `asyncio.coroutines.iscoroutine`.
        pub is_coroutine: Slot,
        /// `asyncio.exceptions.InvalidStateError`.
        pub invalid_state: Slot,
        /// `asyncio.exceptions.CancelledError`.
        pub cancelled: Slot,
        /// `traceback.extract_stack`.
        pub extract_stack: Slot,
        /// Registered tasks of other classes than `Task`: a `WeakSet`.
        pub scheduled: Slot,
        /// Those of them that run their first step: a set.
        pub eager: Slot,
        /// The names of the arguments of `call_soon` that are given by name: a tuple.
        context_name: Slot,
        /// Weak references to the threads' `Running`: a list.
        threads: Slot,
        /// How many tasks were given a number for a name.
        numbered: AtomicU64,
    }
    trace {
        policy, future_repr, task_repr, get_stack, print_stack, is_coroutine, invalid_state, cancelled, extract_stack, scheduled, eager,
        context_name, threads
    }
    fixed
}

heap_object! {
    /// What runs on a thread.
    pub struct Running {
        /// The loop, or unset.
        pub event_loop: Slot,
        /// The task in a step, or unset.
        pub task: Slot,
        package: Slot,
        context_name: Slot,
    }
    trace { event_loop, task, package, context_name }
    fixed
}

type Pick = fn(&Package) -> &Slot;

/// What is taken from which module.
const IMPORTS: [(&str, &str, Pick); 9] = [
    ("asyncio.events", "_get_event_loop_policy", |p| &p.policy),
    ("asyncio.base_futures", "_future_repr", |p| &p.future_repr),
    ("asyncio.base_tasks", "_task_repr", |p| &p.task_repr),
    ("asyncio.base_tasks", "_task_get_stack", |p| &p.get_stack),
    ("asyncio.base_tasks", "_task_print_stack", |p| &p.print_stack),
    ("asyncio.coroutines", "iscoroutine", |p| &p.is_coroutine),
    ("asyncio.exceptions", "InvalidStateError", |p| &p.invalid_state),
    ("asyncio.exceptions", "CancelledError", |p| &p.cancelled),
    ("traceback", "extract_stack", |p| &p.extract_stack),
];

/// Something from the package.
pub fn imported(t: &Thread, pick: Pick) -> R {
    let package = package(t)?;
    match pick(package.target()).get() {
        Some(known) => Ok(known),
        None => import_slow(t, package, pick),
    }
}

#[cold]
fn import_slow(t: &Thread, package: Ref<Package>, pick: Pick) -> R {
    for (module, name, pick) in IMPORTS {
        let module = import_module(t, module)?;
        let value = protocols::get_attribute(t, module, Str::interned(t, name)?)?;
        pick(package.target()).put(package.header(), t, value);
    }
    pick(package.target()).get().ok_or_else(|| t.system_error("asyncio has less than it should"))
}

/// An exception class of the package.
pub fn exception_class(t: &Thread, pick: Pick) -> R<Ref<Class>> {
    imported(t, pick)?.downcast().ok_or_else(|| t.system_error("an exception class of asyncio is no class"))
}

/// What the interpreter's futures and tasks have in common.
pub fn package(t: &Thread) -> R<Ref<Package>> {
    running(t)?.package.get().and_then(Value::downcast).ok_or_else(|| t.system_error("a thread without a package"))
}

impl Package {
    /// The number of a new task without a name.
    pub fn next_number(&self) -> u64 {
        self.numbered.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The task that runs in a loop of another thread.
    pub fn task_elsewhere(&self, t: &Thread, event_loop: Value) -> Option<Value> {
        let threads = self.threads.get().and_then(Value::downcast::<List>)?;
        let mut index = 0;
        while let Some(entry) = threads.get(index) {
            index += 1;
            let running = weak_target(t, entry).and_then(Value::downcast::<Running>);
            if let Some(running) = running.filter(|running| running.is_in(event_loop)) {
                return running.task.get();
            }
        }
        None
    }
}

impl Running {
    /// Whether the thread runs this loop.
    pub fn is_in(&self, event_loop: Value) -> bool {
        self.event_loop.get().is_some_and(|running| running.is(event_loop))
    }

    /// The name `context`, for a call of `call_soon`.
    pub fn context_name(&self) -> Option<Ref<Tuple>> {
        self.context_name.get().and_then(Value::downcast)
    }
}

/// What runs on this thread, if it ever asked.
pub fn known_running(t: &Thread) -> Option<Ref<Running>> {
    t.running.get().and_then(Value::downcast)
}

/// In a forked child: what ran on this thread runs in the parent.
pub fn forget_running(t: &Thread) {
    if let Some(running) = known_running(t) {
        running.event_loop.put(running.header(), t, None);
        running.task.put(running.header(), t, None);
    }
}

/// What runs on this thread.
#[inline]
pub fn running(t: &Thread) -> R<Ref<Running>> {
    match known_running(t) {
        Some(running) => Ok(running),
        None => make_running(t),
    }
}

#[cold]
fn make_running(t: &Thread) -> R<Ref<Running>> {
    let package = find_package(t)?;
    let class = RUNNING.get(t);
    let made = t.allocate_exact::<Running>(class)?;
    made.set(|r| &r.package, package.value()).set(|r| &r.context_name, package.context_name.get());
    let made = made.publish();
    if let Some(threads) = package.threads.get().and_then(Value::downcast::<List>) {
        // Those of threads that ended go each time that the list would grow.
        if threads.len() == threads.capacity() {
            remove_weak_entry(t, threads, Value::NONE);
        }
        threads.push(t, new_weak_entry(t, made.value())?)?;
    }
    t.running.set(Some(made.value()));
    Ok(made)
}

fn find_package(t: &Thread) -> R<Ref<Package>> {
    let name = Str::interned(t, "_asyncio")?;
    let state = t.interpreter().state().module_state.get().and_then(Value::downcast::<Dict>);
    let Some(state) = state else { return Err(t.runtime_error("the interpreter has no module state")) };
    if let Some(package) = state.get_str(t, name).and_then(Value::downcast) {
        return Ok(package);
    }
    let context_name = Tuple::from_slice(t, &[t.names().context.value()])?;
    let threads = List::new(t)?;
    let class = PACKAGE.get(t);
    let made = t.allocate_exact::<Package>(class)?;
    made.set(|p| &p.context_name, context_name.value()).set(|p| &p.threads, threads.value());
    let kept = state.set_default(t, name.value(), made.publish().value())?.0;
    kept.downcast().ok_or_else(|| t.system_error("another's state in the place of asyncio's"))
}

const fn internal(name: &'static str, layout: fn() -> &'static vm::object::Layout) -> ClassDef {
    ClassDef {
        name,
        module: "_asyncio",
        layout,
        base: Some(|t| t.classes().object),
        flags: ClassFlags::NO_NEW,
        doc: "",
        methods: &[],
        getset: &[],
    }
}

static PACKAGE: NativeClass = NativeClass::new(internal("internal_asyncio", Package::layout));
static RUNNING: NativeClass = NativeClass::new(internal("internal_running", Running::layout));
