//! Signals of this process.
//!
//! A handler of ours only notes its signal, sets a bit in the poll word of the thread that runs Python handlers, and ends that
//! thread's nap: atomics and system calls, so it may run anywhere. These are process-wide because signals are.

use std::mem::MaybeUninit;

use sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, Ordering};

use crate::file::{Outcome, outcome};
use crate::nap::Nap;

/// Ends the process as an uncaught Ctrl-C does: by the signal itself, so that the parent sees why. Gives 130 where that fails.
pub fn die_of_interrupt() -> i32 {
    // SAFETY: the default action is restored first, so no handler of ours runs; then the process ends.
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_DFL);
        libc::raise(libc::SIGINT);
    }
    130
}

/// One more than the largest signal.
pub const COUNT: usize = 65;

static PENDING: [AtomicBool; COUNT] = [const { AtomicBool::new(false) }; COUNT];
static POLL_WORD: AtomicPtr<AtomicU32> = AtomicPtr::new(std::ptr::null_mut());
static FORWARDED: [AtomicBool; COUNT] = [const { AtomicBool::new(false) }; COUNT];
static RECEIVER: AtomicI32 = AtomicI32::new(0);
static NAP: AtomicPtr<Nap> = AtomicPtr::new(std::ptr::null_mut());
static POLL_BIT: AtomicU32 = AtomicU32::new(0);
static WAKE_DESCRIPTOR: AtomicI32 = AtomicI32::new(-1);

extern "C" fn note(number: libc::c_int) {
    // SAFETY: errno is this thread's own; the poll word and the nap live until `forget_poll_word` was called.
    unsafe {
        let error = *libc::__errno_location();
        if is_known(number) {
            return;
        }
        if let Some(pending) = PENDING.get(number as usize) {
            pending.store(true, Ordering::Release);
        }
        if let Some(word) = POLL_WORD.load(Ordering::Acquire).as_ref() {
            word.fetch_or(POLL_BIT.load(Ordering::Relaxed), Ordering::Release);
        }
        if let Some(nap) = NAP.load(Ordering::Acquire).as_ref() {
            nap.wake();
        }
        let descriptor = WAKE_DESCRIPTOR.load(Ordering::Relaxed);
        if descriptor >= 0 {
            let byte = number as u8;
            libc::write(descriptor, (&raw const byte).cast(), 1);
        }
        *libc::__errno_location() = error;
    }
}

/// In a handler. The system hands a signal to any thread, but it is the one that runs Python handlers whose system call it has to
/// interrupt: another thread sends it on. Whether this is such a signal, noted by the thread that sent it.
fn is_known(number: libc::c_int) -> bool {
    let Some(forwarded) = FORWARDED.get(number as usize) else { return false };
    let receiver = RECEIVER.load(Ordering::Relaxed);
    // SAFETY: system calls that take numbers.
    unsafe {
        if receiver == libc::gettid() {
            return forwarded.swap(false, Ordering::AcqRel);
        }
        if receiver != 0 {
            forwarded.store(true, Ordering::Release);
            if libc::syscall(libc::SYS_tgkill, libc::getpid(), receiver, number) != 0 {
                forwarded.store(false, Ordering::Release);
            }
        }
    }
    false
}

/// Names the calling thread as the one that runs Python handlers, the word and the bit that a signal sets, and the nap that it ends.
///
/// # Safety
/// The word and the nap live until `forget_poll_word` is called with the word.
pub unsafe fn set_poll_word(word: *const AtomicU32, bit: u32, nap: *const Nap) {
    POLL_BIT.store(bit, Ordering::Relaxed);
    // SAFETY: gettid takes nothing.
    RECEIVER.store(unsafe { libc::gettid() }, Ordering::Relaxed);
    NAP.store(nap.cast_mut(), Ordering::Release);
    POLL_WORD.store(word.cast_mut(), Ordering::Release);
}

/// No signal sets this word any more.
pub fn forget_poll_word(word: *const AtomicU32) {
    let forgotten =
        POLL_WORD.compare_exchange(word.cast_mut(), std::ptr::null_mut(), Ordering::AcqRel, Ordering::Relaxed);
    if forgotten.is_ok() {
        RECEIVER.store(0, Ordering::Relaxed);
        NAP.store(std::ptr::null_mut(), Ordering::Release);
    }
}

/// Whether the signal came since the last time that this was asked.
pub fn take(number: i32) -> bool {
    PENDING.get(number as usize).is_some_and(|pending| pending.swap(false, Ordering::AcqRel))
}

/// Does what the signal's coming would do, if it is one that is noted for Python.
pub fn simulate(number: i32) -> Outcome<()> {
    if action(number)? == Action::Note {
        note(number);
    }
    Ok(())
}

/// Sets the descriptor that a byte is written to for each signal, and gives the old one.
pub fn set_wake_descriptor(descriptor: i32) -> i32 {
    WAKE_DESCRIPTOR.swap(descriptor, Ordering::AcqRel)
}

/// What happens when a signal comes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// What the system does.
    Default,
    /// Nothing.
    Ignore,
    /// It is noted for Python.
    Note,
    /// Something that is not ours.
    Foreign,
}

/// Sets what happens when a signal comes.
pub fn set_action(number: i32, action: Action) -> Outcome<()> {
    let handler = match action {
        Action::Default => libc::SIG_DFL,
        Action::Ignore => libc::SIG_IGN,
        Action::Note => note as extern "C" fn(libc::c_int) as usize,
        Action::Foreign => return Err(libc::EINVAL),
    };
    // SAFETY: zeroes are a valid structure; the handler touches atomics only.
    unsafe {
        let mut set = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
        set.sa_sigaction = handler;
        outcome(libc::sigaction(number, &raw const set, std::ptr::null_mut())).map(drop)
    }
}

/// What happens when a signal comes.
pub fn action(number: i32) -> Outcome<Action> {
    // SAFETY: zeroes are a valid structure, which the call fills.
    let handler = unsafe {
        let mut set = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
        outcome(libc::sigaction(number, std::ptr::null(), &raw mut set))?;
        set.sa_sigaction
    };
    Ok(match handler {
        libc::SIG_DFL => Action::Default,
        libc::SIG_IGN => Action::Ignore,
        known if known == note as extern "C" fn(libc::c_int) as usize => Action::Note,
        _ => Action::Foreign,
    })
}

/// Says whether the system itself begins those calls again that the signal interrupts. Setting an action takes that back.
pub fn set_restart(number: i32, restart: bool) -> Outcome<()> {
    // SAFETY: zeroes are a valid structure, which the first call fills with what is set, and the second sets again.
    unsafe {
        let mut set = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
        outcome(libc::sigaction(number, std::ptr::null(), &raw mut set))?;
        set.sa_flags = if restart { set.sa_flags | libc::SA_RESTART } else { set.sa_flags & !libc::SA_RESTART };
        outcome(libc::sigaction(number, &raw const set, std::ptr::null_mut())).map(drop)
    }
}

/// Sends a signal to the calling thread.
pub fn raise(number: i32) -> Outcome<()> {
    // SAFETY: raise takes a number.
    outcome(unsafe { libc::raise(number) }).map(drop)
}

/// Asks for `SIGALRM` after so many seconds, and says how many were left.
#[must_use]
pub fn alarm(seconds: u32) -> u32 {
    // SAFETY: alarm takes a number.
    unsafe { libc::alarm(seconds) }
}

/// Sleeps until a signal comes.
pub fn pause() {
    // SAFETY: pause takes nothing.
    unsafe { libc::pause() };
}

/// Changes or reads the set of signals that the calling thread blocks: gives the old one.
pub fn mask(how: i32, signals: &[i32]) -> Outcome<Vec<i32>> {
    // SAFETY: zeroes are valid sets, which the calls fill.
    unsafe {
        let mut set = MaybeUninit::<libc::sigset_t>::zeroed().assume_init();
        let mut old = MaybeUninit::<libc::sigset_t>::zeroed().assume_init();
        libc::sigemptyset(&raw mut set);
        for &number in signals {
            libc::sigaddset(&raw mut set, number);
        }
        match libc::pthread_sigmask(how, &raw const set, &raw mut old) {
            0 => Ok((1..COUNT as i32).filter(|&number| libc::sigismember(&raw const old, number) == 1).collect()),
            error => Err(error),
        }
    }
}

/// Sets an interval timer, or only reads it: seconds to its next signal and between those after, as they were.
pub fn timer(which: i32, set: Option<(f64, f64)>) -> Outcome<(f64, f64)> {
    let time = |seconds: f64| libc::timeval { tv_sec: seconds as i64, tv_usec: (seconds.fract() * 1e6) as i64 };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 * 1e-6;
    // SAFETY: zeroes are a valid structure; both outlive the call.
    unsafe {
        let mut old = MaybeUninit::<libc::itimerval>::zeroed().assume_init();
        match set {
            Some((first, interval)) => {
                let new = libc::itimerval { it_value: time(first), it_interval: time(interval) };
                outcome(libc::setitimer(which as _, &raw const new, &raw mut old))?;
            }
            None => {
                outcome(libc::getitimer(which as _, &raw mut old))?;
            }
        }
        Ok((seconds(old.it_value), seconds(old.it_interval)))
    }
}

/// Leaves all signals to the other threads from here on.
pub fn leave_to_others() {
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: the first call fills the set in, the second reads it.
    unsafe {
        libc::sigfillset(set.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), std::ptr::null_mut());
    }
}

/// The name of a signal.
#[must_use]
pub fn description(number: i32) -> Option<String> {
    // SAFETY: the C library gives a terminated string, valid until the next call of this thread.
    unsafe {
        let text = libc::strsignal(number);
        (!text.is_null()).then(|| std::ffi::CStr::from_ptr(text).to_string_lossy().into_owned())
    }
}
