//! `_thread.lock` and `_thread.RLock`.
//!
//! A lock is one word in the object: zero is free, else the holder's thread identifier (any thread may release a plain lock). Taking and
//! releasing a free lock are single atomic operations. Who must wait does so at the lock's address (`vm::thread::WaitingRooms`): a
//! releaser frees the word before it looks for waiters.

use std::time::{Duration, Instant};

use sync::atomic::{AtomicU64, Ordering::SeqCst};

use vm::heap_object;
use vm::native::{ClassDef, MethodDef};
use vm::object::Object;
use vm::objects::{Class, ClassFlags};
use vm::shared::NativeClass;
use vm::{R, Ref, Thread, Tuple, Value, native, protocols};

heap_object! {
    /// A lock of either kind.
    pub struct Lock {
        /// Zero, or who holds it.
        holder: AtomicU64,
        /// How often an RLock's holder took it.
        depth: AtomicU64,
    }
    trace {}
}

/// How long to wait.
#[derive(Clone, Copy)]
pub enum Patience {
    /// Not at all.
    None,
    /// Until this moment.
    Until(Instant),
    /// For ever.
    Endless,
}

/// The longest time-out, as `threading.TIMEOUT_MAX`, in seconds.
pub const TIMEOUT_MAX: f64 = 9_223_372_036.0;

/// What `acquire(blocking, timeout)` says.
pub fn patience(t: &Thread, blocking: bool, timeout: Option<Value>) -> R<Patience> {
    let seconds = match timeout {
        Some(timeout) => protocols::float_of(t, timeout)?,
        None => -1.0,
    };
    if !blocking {
        if seconds == -1.0 {
            return Ok(Patience::None);
        }
        return Err(t.value_error("can't specify a timeout for a non-blocking call"));
    }
    if seconds == -1.0 {
        return Ok(Patience::Endless);
    }
    if seconds.is_nan() {
        return Err(t.value_error("Invalid value NaN (not a number)"));
    }
    if seconds < 0.0 {
        return Err(t.value_error("timeout value must be a non-negative number"));
    }
    if seconds > TIMEOUT_MAX {
        return Err(t.overflow_error("timeout value is too large"));
    }
    Ok(Patience::Until(Instant::now() + Duration::from_secs_f64(seconds)))
}

/// Takes the lock for thread `me`; false if patience ran out.
pub fn take(t: &Thread, lock: Ref<Lock>, me: u64, patience: Patience) -> R<bool> {
    loop {
        if lock.holder.compare_exchange(0, me, SeqCst, SeqCst).is_ok() {
            return Ok(true);
        }
        let deadline = match patience {
            Patience::None => return Ok(false),
            Patience::Until(deadline) if Instant::now() >= deadline => return Ok(false),
            Patience::Until(deadline) => Some(deadline),
            Patience::Endless => None,
        };
        // Signals and finalizers run between waits (PEP 475).
        let holder = &lock.holder;
        t.wait_at(lock.address(), deadline, || holder.load(SeqCst) != 0)?;
    }
}

/// Frees the lock and wakes who waits for it.
pub fn free(t: &Thread, lock: Ref<Lock>) {
    lock.holder.store(0, SeqCst);
    t.interpreter().waiting.wake_one(lock.address());
}

/// A new plain lock.
pub fn new_lock(t: &Thread) -> R<Ref<Lock>> {
    Ok(t.allocate_exact::<Lock>(LOCK.get(t))?.publish())
}

fn me(t: &Thread) -> u64 {
    t.handle().ident
}

#[native("__new__($type)")]
fn lock_new(t: &Thread, _class: Value) -> R<Ref<Lock>> {
    new_lock(t)
}

/// Lock the lock.
#[native("acquire($self, /, blocking=True, timeout=-1)")]
fn lock_acquire(t: &Thread, this: Ref<Lock>, blocking: bool, timeout: Option<Value>) -> R<bool> {
    let patience = patience(t, blocking, timeout)?;
    take(t, this, me(t), patience)
}

/// Release the lock.
#[native("release($self, /)")]
fn lock_release(t: &Thread, this: Ref<Lock>) -> R<()> {
    if this.holder.load(SeqCst) == 0 {
        return Err(t.runtime_error("release unlocked lock"));
    }
    free(t, this);
    Ok(())
}

/// Return whether the lock is in the locked state.
#[native("locked($self, /)")]
fn lock_locked(_: &Thread, this: Ref<Lock>) -> bool {
    this.holder.load(SeqCst) != 0
}

/// Lock the lock.
#[native("__enter__($self, /)")]
fn lock_enter(t: &Thread, this: Ref<Lock>) -> R<bool> {
    take(t, this, me(t), Patience::Endless)
}

/// Release the lock.
#[native("__exit__($self, /, *exc_info)")]
fn lock_exit(t: &Thread, this: Ref<Lock>, _info: Value) -> R<()> {
    lock_release(t, this)
}

#[native("_at_fork_reinit($self, /)")]
fn lock_at_fork_reinit(_: &Thread, this: Ref<Lock>) {
    this.holder.store(0, SeqCst);
    this.depth.store(0, SeqCst);
}

#[native("__repr__($self, /)")]
fn lock_repr(t: &Thread, this: Ref<Lock>) -> String {
    let state = if this.holder.load(SeqCst) != 0 { "locked" } else { "unlocked" };
    format!("<{state} {} object at {:#x}>", this.value().class(t).full_name(t), this.address())
}

/// `_thread.lock`.
pub static LOCK: NativeClass = NativeClass::new(ClassDef {
    name: "lock",
    module: "_thread",
    layout: <Lock as Object>::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::WEAKREF,
    doc: "A lock is a synchronization primitive.  To create a lock, call threading.Lock().",
    methods: &[
        MethodDef::New(&LOCK_NEW),
        MethodDef::Method(&LOCK_ACQUIRE),
        MethodDef::Method(&LOCK_RELEASE),
        MethodDef::Method(&LOCK_LOCKED),
        MethodDef::Method(&LOCK_ENTER),
        MethodDef::Method(&LOCK_EXIT),
        MethodDef::Method(&LOCK_AT_FORK_REINIT),
        MethodDef::Method(&LOCK_REPR),
    ],
    getset: &[],
});

#[native("__new__($type)")]
fn rlock_new(t: &Thread, class: Value) -> R {
    match class.downcast::<Class>() {
        Some(class) => vm::builtins::object::new_instance(t, class),
        None => Err(t.type_error("RLock.__new__(): not a class")),
    }
}

fn rlock_take(t: &Thread, this: Ref<Lock>, patience: Patience) -> R<bool> {
    if this.holder.load(SeqCst) == me(t) {
        this.depth.fetch_add(1, SeqCst);
        return Ok(true);
    }
    let taken = take(t, this, me(t), patience)?;
    if taken {
        this.depth.store(1, SeqCst);
    }
    Ok(taken)
}

/// Lock the lock.
#[native("acquire($self, /, blocking=True, timeout=-1)")]
fn rlock_acquire(t: &Thread, this: Ref<Lock>, blocking: bool, timeout: Option<Value>) -> R<bool> {
    let patience = patience(t, blocking, timeout)?;
    rlock_take(t, this, patience)
}

/// Release the lock.
#[native("release($self, /)")]
fn rlock_release(t: &Thread, this: Ref<Lock>) -> R<()> {
    if this.holder.load(SeqCst) != me(t) {
        return Err(t.runtime_error("cannot release un-acquired lock"));
    }
    if this.depth.fetch_sub(1, SeqCst) == 1 {
        free(t, this);
    }
    Ok(())
}

/// Lock the lock.
#[native("__enter__($self, /)")]
fn rlock_enter(t: &Thread, this: Ref<Lock>) -> R<bool> {
    rlock_take(t, this, Patience::Endless)
}

/// Release the lock.
#[native("__exit__($self, /, *exc_info)")]
fn rlock_exit(t: &Thread, this: Ref<Lock>, _info: Value) -> R<()> {
    rlock_release(t, this)
}

#[native("_is_owned($self, /)")]
fn rlock_is_owned(t: &Thread, this: Ref<Lock>) -> bool {
    this.holder.load(SeqCst) == me(t)
}

#[native("_recursion_count($self, /)")]
fn rlock_recursion_count(t: &Thread, this: Ref<Lock>) -> u64 {
    if this.holder.load(SeqCst) == me(t) { this.depth.load(SeqCst) } else { 0 }
}

#[native("_release_save($self, /)")]
fn rlock_release_save(t: &Thread, this: Ref<Lock>) -> R<Ref<Tuple>> {
    if this.holder.load(SeqCst) != me(t) {
        return Err(t.runtime_error("cannot release un-acquired lock"));
    }
    let depth = this.depth.swap(0, SeqCst);
    let state = Tuple::from_slice(t, &[vm::objects::int_from_u64(t, depth)?, vm::objects::int_from_u64(t, me(t))?])?;
    free(t, this);
    Ok(state)
}

#[native("_acquire_restore($self, state, /)")]
fn rlock_acquire_restore(t: &Thread, this: Ref<Lock>, state: Ref<Tuple>) -> R<()> {
    let depth = protocols::index_i64(t, state.get(0))?;
    take(t, this, me(t), Patience::Endless)?;
    this.depth.store(depth as u64, SeqCst);
    Ok(())
}

#[native("__repr__($self, /)")]
fn rlock_repr(t: &Thread, this: Ref<Lock>) -> String {
    let holder = this.holder.load(SeqCst);
    let state = if holder != 0 { "locked" } else { "unlocked" };
    let name = this.value().class(t).full_name(t);
    format!("<{state} {name} object owner={holder} count={} at {:#x}>", this.depth.load(SeqCst), this.address())
}

/// `_thread.RLock`.
pub static RLOCK: NativeClass = NativeClass::new(ClassDef {
    name: "RLock",
    module: "_thread",
    layout: <Lock as Object>::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::WEAKREF,
    doc: "A reentrant lock.",
    methods: &[
        MethodDef::New(&RLOCK_NEW),
        MethodDef::Method(&RLOCK_ACQUIRE),
        MethodDef::Method(&RLOCK_RELEASE),
        MethodDef::Method(&LOCK_LOCKED),
        MethodDef::Method(&RLOCK_ENTER),
        MethodDef::Method(&RLOCK_EXIT),
        MethodDef::Method(&RLOCK_IS_OWNED),
        MethodDef::Method(&RLOCK_RECURSION_COUNT),
        MethodDef::Method(&RLOCK_RELEASE_SAVE),
        MethodDef::Method(&RLOCK_ACQUIRE_RESTORE),
        MethodDef::Method(&LOCK_AT_FORK_REINIT),
        MethodDef::Method(&RLOCK_REPR),
    ],
    getset: &[],
});
