//! `_multiprocessing`: semaphores and recursive locks that processes share.

use std::time::{SystemTime, UNIX_EPOCH};

use host::semaphore::{self, Semaphore};
use sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst};
use vm::modules::NativeModule;
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::owned::{Owned, Owner, drop_owner, new_owner};
use vm::objects::{ClassFlags, Dict, Module, int_from_i64, int_from_u64};
use vm::protocols;
use vm::shared::NativeClass;
use vm::{Class, R, Ref, Slot, SlotExt, Str, Thread, Value, heap_object, native};

use crate::system::{attempt, check, encode_name, terminated};

const RECURSIVE_MUTEX: i64 = 0;
const SEM_VALUE_MAX: i64 = i32::MAX as i64;

/// What a lock is.
pub struct State {
    semaphore: Semaphore,
    kind: i64,
    most: i64,
    /// How often this process has taken it.
    count: AtomicI64,
    /// Which thread took it last.
    owner: AtomicU64,
}

heap_object! {
    /// A lock that processes share.
    pub struct SemLock {
        name: Slot,
        state: Owned<State>,
    }
    trace { name }
    kind Drop
    drop(drop_owner::<SemLock>)
}

impl Owner for SemLock {
    type Content = State;
    fn owned(&self) -> &Owned<State> {
        &self.state
    }
}

type This = Ref<SemLock>;

fn make(t: &Thread, class: Ref<Class>, semaphore: Semaphore, kind: i64, most: i64, name: Value) -> R<This> {
    let state = State { semaphore, kind, most, count: AtomicI64::new(0), owner: AtomicU64::new(0) };
    let lock = new_owner::<SemLock>(t, class, state, None)?;
    lock.name.put(lock.header(), t, name);
    Ok(lock)
}

#[native("__new__", raw)]
fn semlock_new(t: &Thread, args: Args<'_>) -> R<This> {
    let (class, rest) = vm::builtins::construct::class_argument(t, args, SEM_LOCK.get(t))?;
    let mut given = [Value::NONE; 5];
    for (slot, &value) in given.iter_mut().zip(rest.positional()) {
        *slot = value;
    }
    for (name, value) in rest.keywords() {
        let names = ["kind", "value", "maxvalue", "name", "unlink"];
        match names.iter().position(|known| name.is(known)) {
            Some(index) => given[index] = value,
            None => {
                return Err(native::unexpected_keyword(t, "SemLock", &name.to_string_lossy(), names));
            }
        }
    }
    if rest.values.len() != 5 {
        return Err(t.type_error(format_args!("SemLock() takes 5 arguments ({} given)", rest.values.len())));
    }
    let [kind, value, most, name, unlink] = given;
    let (kind, value) = (protocols::index_long(t, kind)?, protocols::index_long(t, value)?);
    let most = protocols::index_long(t, most)?;
    if !(0..=1).contains(&kind) {
        return Err(t.value_error("unrecognized kind"));
    }
    let Some(text) = Str::of(t, name) else { return Err(t.type_error("SemLock() argument 'name' must be str")) };
    let Ok(value) = u32::try_from(value) else { return Err(t.os_error(libc::EINVAL, None)) };
    let path = terminated(t, encode_name(t, text)?, "embedded null character")?;
    let semaphore = check(t, Semaphore::create(&path, value))?;
    if protocols::is_true(t, unlink)? {
        check(t, semaphore::unlink(&path))?;
        return make(t, class, semaphore, kind, most, Value::NONE);
    }
    make(t, class, semaphore, kind, most, name)
}

#[native("_rebuild($type, handle, kind, maxvalue, name, /)")]
fn semlock_rebuild(t: &Thread, class: Value, _handle: Value, kind: i64, most: i64, name: Value) -> R<This> {
    let class = vm::builtins::construct::checked_class(t, class, SEM_LOCK.get(t))?;
    let Some(text) = Str::of(t, name) else {
        return Err(t.value_error("a lock without a name cannot be rebuilt in another process"));
    };
    let path = terminated(t, encode_name(t, text)?, "embedded null character")?;
    let semaphore = check(t, Semaphore::open(&path))?;
    make(t, class, semaphore, kind, most, name)
}

fn is_mine(t: &Thread, state: &State) -> bool {
    state.count.load(SeqCst) > 0 && state.owner.load(SeqCst) == t.handle().ident
}

/// The moment so many seconds from now, on the system's clock.
fn deadline(seconds: f64) -> (i64, i64) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |now| now.as_secs_f64());
    let moment = now + seconds.clamp(0.0, 1e9);
    (moment as i64, (moment.fract() * 1e9) as i64)
}

/// Acquire the semaphore/lock.
#[native("acquire($self, /, block=True, timeout=None)")]
fn semlock_acquire(t: &Thread, this: This, block: Option<Value>, timeout: Value) -> R<bool> {
    let state: &State = &this.target().state;
    if state.kind == RECURSIVE_MUTEX && is_mine(t, state) {
        state.count.fetch_add(1, SeqCst);
        return Ok(true);
    }
    let block = block.map_or(Ok(true), |block| protocols::is_true(t, block))?;
    let until = if timeout.is_none() { None } else { Some(deadline(protocols::float_of(t, timeout)?)) };
    let mut result = state.semaphore.try_wait();
    if block && result.is_err() {
        result = attempt(t, || state.semaphore.wait(until))?;
    }
    match result {
        Ok(()) => {
            state.count.fetch_add(1, SeqCst);
            state.owner.store(t.handle().ident, SeqCst);
            Ok(true)
        }
        Err(libc::EAGAIN | libc::ETIMEDOUT) => Ok(false),
        Err(number) => Err(t.os_error(number, None)),
    }
}

/// Release the semaphore/lock.
#[native("release($self, /)")]
fn semlock_release(t: &Thread, this: This) -> R<()> {
    let state: &State = &this.target().state;
    if state.kind == RECURSIVE_MUTEX {
        if !is_mine(t, state) {
            return Err(t.assertion_error("attempt to release recursive lock not owned by thread"));
        }
        if state.count.load(SeqCst) > 1 {
            state.count.fetch_sub(1, SeqCst);
            return Ok(());
        }
    } else if i64::from(check(t, state.semaphore.value())?) >= state.most {
        return Err(t.value_error("semaphore or lock released too many times"));
    }
    // The count goes down first: who is woken may look at it.
    state.count.fetch_sub(1, SeqCst);
    check(t, state.semaphore.post())
}

/// Enter the semaphore/lock.
#[native("__enter__($self, /)")]
fn semlock_enter(t: &Thread, this: This) -> R<bool> {
    semlock_acquire(t, this, None, Value::NONE)
}

/// Exit the semaphore/lock.
#[native("__exit__($self, exc_type=None, exc_value=None, exc_tb=None, /)")]
fn semlock_exit(t: &Thread, this: This, _class: Value, _error: Value, _traceback: Value) -> R<()> {
    semlock_release(t, this)
}

/// Num of `acquire()`s minus num of `release()`s for this process.
#[native("_count($self, /)")]
fn semlock_count(_: &Thread, this: This) -> i64 {
    this.state.count.load(SeqCst)
}

/// Whether the lock is owned by this thread.
#[native("_is_mine($self, /)")]
fn semlock_is_mine(t: &Thread, this: This) -> bool {
    is_mine(t, &this.state)
}

/// Get the value of the semaphore.
#[native("_get_value($self, /)")]
fn semlock_get_value(t: &Thread, this: This) -> R<i32> {
    check(t, this.state.semaphore.value()).map(|value| value.max(0))
}

/// Return whether semaphore has value zero.
#[native("_is_zero($self, /)")]
fn semlock_is_zero(t: &Thread, this: This) -> R<bool> {
    Ok(check(t, this.state.semaphore.value())? <= 0)
}

/// Rezero the net acquisition count after fork().
#[native("_after_fork($self, /)")]
fn semlock_after_fork(_: &Thread, this: This) {
    this.state.count.store(0, SeqCst);
}

fn of(t: &Thread, this: Value) -> R<This> {
    this.downcast().ok_or_else(|| t.type_error("a SemLock is expected"))
}

fn get_handle(t: &Thread, this: Value) -> R {
    int_from_u64(t, of(t, this)?.state.semaphore.number())
}

fn get_kind(t: &Thread, this: Value) -> R {
    int_from_i64(t, of(t, this)?.state.kind)
}

fn get_most(t: &Thread, this: Value) -> R {
    int_from_i64(t, of(t, this)?.state.most)
}

fn get_name(t: &Thread, this: Value) -> R {
    Ok(of(t, this)?.name.get().unwrap_or(Value::NONE))
}

/// `_multiprocessing.SemLock`.
static SEM_LOCK: NativeClass = NativeClass::with_setup(
    ClassDef {
        name: "SemLock",
        module: "_multiprocessing",
        layout: <SemLock as Object>::layout,
        base: Some(|t| t.classes().object),
        flags: ClassFlags::BASE,
        doc: "Semaphore/Mutex type",
        methods: &[
            MethodDef::New(&SEMLOCK_NEW),
            MethodDef::Class(&SEMLOCK_REBUILD),
            MethodDef::Method(&SEMLOCK_ACQUIRE),
            MethodDef::Method(&SEMLOCK_RELEASE),
            MethodDef::Method(&SEMLOCK_ENTER),
            MethodDef::Method(&SEMLOCK_EXIT),
            MethodDef::Method(&SEMLOCK_COUNT),
            MethodDef::Method(&SEMLOCK_IS_MINE),
            MethodDef::Method(&SEMLOCK_GET_VALUE),
            MethodDef::Method(&SEMLOCK_IS_ZERO),
            MethodDef::Method(&SEMLOCK_AFTER_FORK),
        ],
        getset: &[
            GetSet { name: "handle", get: get_handle, set: None, doc: "" },
            GetSet { name: "kind", get: get_kind, set: None, doc: "" },
            GetSet { name: "maxvalue", get: get_most, set: None, doc: "" },
            GetSet { name: "name", get: get_name, set: None, doc: "" },
        ],
    },
    |t, class| {
        let most = int_from_i64(t, SEM_VALUE_MAX)?;
        class.set_attribute(t, vm::containers::intern_text(t, "SEM_VALUE_MAX")?, Some(most)).map(drop)
    },
);

/// Remove the name of a semaphore.
#[native("sem_unlink(name, /)")]
fn sem_unlink(t: &Thread, name: Ref<Str>) -> R<()> {
    let path = terminated(t, encode_name(t, name)?, "embedded null character")?;
    check(t, semaphore::unlink(&path))
}

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    let flags = Dict::new(t)?;
    for name in ["HAVE_SEM_OPEN", "HAVE_SEM_TIMEDWAIT"] {
        flags.set_str(t, Str::interned(t, name)?, Value::small(1))?;
    }
    module.add(t, "flags", flags.value())
}

/// `_multiprocessing`.
pub static MODULE: NativeModule =
    NativeModule { name: "_multiprocessing", doc: "", functions: &[&SEM_UNLINK], classes: &[&SEM_LOCK], initialize };
