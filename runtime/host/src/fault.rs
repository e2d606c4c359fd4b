//! Handlers for signals by which a program dies, or by which it is asked where it is (`faulthandler`).
//!
//! A handler of ours calls a function that was given with the signal. That runs wherever the thread was, in the middle of an
//! allocation if need be: it reads memory and writes to a descriptor, and takes no lock.

use std::mem::MaybeUninit;
use std::ptr::null_mut;

use sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicUsize, Ordering};

use crate::file::{Outcome, outcome};
use crate::signal::COUNT;

/// Told of a signal in its handler: its number, the descriptor to write to, and whether all threads are asked for.
pub type Report = fn(number: i32, descriptor: i32, all_threads: bool);

/// What happens after the report.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// The process dies of the signal.
    Die = 1,
    /// The thread goes on.
    GoOn = 2,
    /// What happened before on this signal happens.
    Chain = 3,
}

static REPORTS: [AtomicUsize; COUNT] = [const { AtomicUsize::new(0) }; COUNT];
static AFTER: [AtomicI32; COUNT] = [const { AtomicI32::new(0) }; COUNT];
static DESCRIPTORS: [AtomicI32; COUNT] = [const { AtomicI32::new(-1) }; COUNT];
static ALL_THREADS: [AtomicBool; COUNT] = [const { AtomicBool::new(false) }; COUNT];
static BEFORE: [AtomicPtr<libc::sigaction>; COUNT] = [const { AtomicPtr::new(null_mut()) }; COUNT];

extern "C" fn handle(number: libc::c_int) {
    let index = number as usize;
    let report = REPORTS[index].load(Ordering::Acquire);
    let after = AFTER[index].load(Ordering::Acquire);
    // SAFETY: errno is this thread's own; the word is a function that `install` stored; the actions outlive the process.
    unsafe {
        let error = *libc::__errno_location();
        if after == After::Die as i32 {
            // A fault in the report itself ends the process at once.
            libc::signal(number, libc::SIG_DFL);
        }
        if report != 0 {
            let descriptor = DESCRIPTORS[index].load(Ordering::Acquire);
            std::mem::transmute::<usize, Report>(report)(
                number,
                descriptor,
                ALL_THREADS[index].load(Ordering::Acquire),
            );
        }
        let before = BEFORE[index].load(Ordering::Acquire);
        if after == After::Die as i32 {
            libc::raise(number);
        } else if after == After::Chain as i32 && !before.is_null() {
            let ours = own_action(true);
            libc::sigaction(number, before, null_mut());
            libc::raise(number);
            libc::sigaction(number, &raw const ours, null_mut());
        }
        *libc::__errno_location() = error;
    }
}

/// Our action. On a stack of its own where the thread has one; a signal that is handled again inside, if so asked.
fn own_action(again: bool) -> libc::sigaction {
    // SAFETY: zeroes are a valid structure.
    let mut set = unsafe { MaybeUninit::<libc::sigaction>::zeroed().assume_init() };
    set.sa_sigaction = handle as extern "C" fn(libc::c_int) as usize;
    set.sa_flags = libc::SA_ONSTACK | if again { libc::SA_NODEFER } else { libc::SA_RESTART };
    set
}

/// From here on a signal is reported. What happened on it before is remembered, unless that is a report.
pub fn install(number: i32, report: Report, descriptor: i32, all_threads: bool, after: After) -> Outcome<()> {
    let index = number as usize;
    let is_new = REPORTS[index].load(Ordering::Acquire) == 0;
    DESCRIPTORS[index].store(descriptor, Ordering::Release);
    ALL_THREADS[index].store(all_threads, Ordering::Release);
    AFTER[index].store(after as i32, Ordering::Release);
    REPORTS[index].store(report as usize, Ordering::Release);
    let set = own_action(after != After::GoOn);
    let mut old = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: both structures outlive the call.
    outcome(unsafe { libc::sigaction(number, &raw const set, old.as_mut_ptr()) }).inspect_err(|_| {
        if is_new {
            REPORTS[index].store(0, Ordering::Release);
        }
    })?;
    if is_new {
        // SAFETY: the call filled it in. It is leaked, a few bytes each time: a handler may still read it.
        let old = Box::leak(Box::new(unsafe { old.assume_init() }));
        BEFORE[index].store(old, Ordering::Release);
    }
    Ok(())
}

/// What happened on the signal before happens again. Says whether it was reported.
pub fn remove(number: i32) -> bool {
    let index = number as usize;
    if REPORTS[index].swap(0, Ordering::AcqRel) == 0 {
        return false;
    }
    let before = BEFORE[index].load(Ordering::Acquire);
    if !before.is_null() {
        // SAFETY: `install` stored it.
        unsafe { libc::sigaction(number, before, null_mut()) };
    }
    true
}

/// Whether the signal is reported.
#[must_use]
pub fn is_installed(number: i32) -> bool {
    REPORTS[number as usize].load(Ordering::Acquire) != 0
}

/// Writes all of it, as far as that goes.
pub fn write_all(descriptor: i32, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        // SAFETY: the bytes are there.
        let count = unsafe { libc::write(descriptor, bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(count) {
            Ok(count) if count > 0 => bytes = &bytes[count.min(bytes.len())..],
            // SAFETY: errno is this thread's own.
            _ if unsafe { *libc::__errno_location() } == libc::EINTR => {}
            _ => return,
        }
    }
}

/// The name that the system knows a thread by, and its length.
#[must_use]
pub fn thread_name(ident: u64) -> ([u8; 32], usize) {
    let mut name = [0_u8; 32];
    // SAFETY: the thread is alive: it is the calling one, or attached; the buffer is as long as said.
    let failed = unsafe { libc::pthread_getname_np(ident as libc::pthread_t, name.as_mut_ptr().cast(), name.len()) };
    let length = name.iter().position(|&byte| byte == 0).unwrap_or(0);
    (name, if failed == 0 { length } else { 0 })
}

/// Reads where there is no memory.
pub fn read_null() {
    let address = std::hint::black_box(8_usize) as *const i32;
    // SAFETY: the first page is never mapped, so nothing is read: this is called to see the process die of it.
    unsafe { address.read_volatile() };
}

/// Ends the process without any clean-up.
pub fn end(status: i32) -> ! {
    // SAFETY: _exit takes a number.
    unsafe { libc::_exit(status) }
}
