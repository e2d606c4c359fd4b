//! Putting one thread to sleep and waking it: a token that one thread waits for and any thread may leave.
//!
//! The state is one atomic word. `EMPTY`: no token, no one asleep. `PARKED`: the owner sleeps or is about to. `NOTIFIED`:
//! a token lies there. `unpark` leaves the token before it looks for a sleeper, and a thread goes to sleep only if, under
//! the queue's lock, the word still says `PARKED`; so no wake-up is lost. Tokens do not add up. What was written before
//! `unpark` is seen after the `park` that took its token.

use std::time::{Duration, Instant};

use crate::atomic::{AtomicU32, Ordering};
use crate::{Arc, parking, weaken};

const EMPTY: u32 = 0;
const PARKED: u32 = 1;
const NOTIFIED: u32 = 2;

#[derive(Debug)]
struct Token(AtomicU32);

/// The side that waits. One thread at a time parks on it.
#[derive(Debug)]
pub struct Parker {
    token: Arc<Token>,
    // A `Cell` in the marker keeps the parker from being shared: two threads may not wait for one token.
    single: std::marker::PhantomData<std::cell::Cell<()>>,
}

/// The side that wakes. Cheap to clone; it may outlive the parker.
#[derive(Clone, Debug)]
pub struct Unparker {
    token: Arc<Token>,
}

impl Default for Parker {
    fn default() -> Self {
        Self::new()
    }
}

impl Parker {
    /// A parker without a token.
    pub fn new() -> Self {
        Self { token: Arc::new(Token(AtomicU32::new(EMPTY))), single: std::marker::PhantomData }
    }

    /// The other side.
    pub fn unparker(&self) -> Unparker {
        Unparker { token: self.token.clone() }
    }

    /// Takes the token, sleeping until there is one.
    pub fn park(&self) {
        let taken = self.token.take(None);
        debug_assert!(taken, "a park without a deadline ends with the token");
    }

    /// Takes the token, sleeping at most until `deadline`. True if it got it.
    pub fn park_deadline(&self, deadline: Instant) -> bool {
        self.token.take(Some(deadline))
    }

    /// Takes the token, sleeping at most for `duration`. True if it got it.
    pub fn park_timeout(&self, duration: Duration) -> bool {
        // A time past what the clock can tell is no deadline.
        self.token.take(Instant::now().checked_add(duration))
    }

    /// Takes the token if it is there.
    pub fn try_take(&self) -> bool {
        self.token.try_take()
    }
}

impl Unparker {
    /// Leaves a token, and wakes the parked thread if there is one.
    pub fn unpark(&self) {
        let release = weaken::ordering("parker.unpark", Ordering::Release);
        if self.token.0.swap(NOTIFIED, release) == PARKED {
            parking::unpark_one(self.token.address(), |_| {});
        }
    }
}

impl Token {
    fn try_take(&self) -> bool {
        let acquire = weaken::ordering("parker.take", Ordering::Acquire);
        self.0.compare_exchange(NOTIFIED, EMPTY, acquire, Ordering::Relaxed).is_ok()
    }

    fn take(&self, deadline: Option<Instant>) -> bool {
        loop {
            if self.try_take() {
                return true;
            }
            let announced = self.0.compare_exchange(EMPTY, PARKED, Ordering::Relaxed, Ordering::Relaxed);
            if announced == Err(NOTIFIED) {
                continue;
            }
            let still_waiting = || self.0.load(Ordering::Relaxed) == PARKED || !weaken::step("parker.validate");
            let ended = parking::park(self.address(), still_waiting, deadline);
            if ended == parking::Parked::TimedOut {
                let acquire = weaken::ordering("parker.take", Ordering::Acquire);
                return self.0.swap(EMPTY, acquire) == NOTIFIED;
            }
        }
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}
