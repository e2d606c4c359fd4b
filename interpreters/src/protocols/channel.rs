//! A bounded channel between threads of any interpreters: who must wait sleeps, and is woken.
//!
//! Everything is under one mutex, held for moments and never while anything of a heap is touched. Two condition variables: who
//! waits for an item, and who waits for room. The hard cases:
//!
//! 1. Taking an item is part of waiting for it, under the same lock. A receiver that was woken and then gave up before it
//!    took the item would leave it there while others sleep: so who gives up looks once more, and takes what it finds.
//! 2. A waiter may be told to look up from its wait (a signal, its interpreter's end): `interrupted` is asked under the lock,
//!    and whoever makes it true calls `wake_all` afterwards, which takes the lock first. So no one falls asleep after the news.
//! 3. Closing takes what is there out and wakes all. From then on nothing is sent or received.

use std::collections::VecDeque;
use std::time::Instant;

use sync::{Condvar, Mutex, weaken};

/// A channel.
#[derive(Debug)]
pub struct Channel<T> {
    state: Mutex<State<T>>,
    item: Condvar,
    room: Condvar,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<T>,
    /// The most items; zero for any number.
    capacity: usize,
    closed: bool,
}

/// Why nothing was sent or received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failed {
    /// There was no item, or no room, in time.
    Late,
    /// The channel is closed.
    Closed,
    /// The waiter was told to look up.
    Interrupted,
}

/// How long to wait.
#[derive(Clone, Copy, Debug)]
pub enum Patience {
    /// Not at all.
    None,
    /// Until this moment.
    Until(Instant),
    /// As long as it takes.
    Endless,
}

impl<T> Channel<T> {
    /// An empty channel with room for `capacity` items; zero for any number.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let state = State { items: VecDeque::new(), capacity, closed: false };
        Self { state: Mutex::new(state), item: Condvar::new(), room: Condvar::new() }
    }

    /// Sends an item, or gives it back.
    pub fn send(&self, item: T, patience: Patience, interrupted: &dyn Fn() -> bool) -> Result<(), (Failed, T)> {
        let mut state = self.state.lock();
        loop {
            if state.closed {
                return Err((Failed::Closed, item));
            }
            if state.capacity == 0 || state.items.len() < state.capacity {
                state.items.push_back(item);
                drop(state);
                if weaken::step("channel.tell_item") {
                    self.item.notify_one();
                }
                return Ok(());
            }
            if interrupted() {
                return Err((Failed::Interrupted, item));
            }
            match patience {
                Patience::Endless => self.room.wait(&mut state),
                Patience::Until(moment) if Instant::now() < moment => {
                    self.room.wait_until(&mut state, moment);
                }
                _ => return Err((Failed::Late, item)),
            }
        }
    }

    /// Receives the oldest item.
    pub fn receive(&self, patience: Patience, interrupted: &dyn Fn() -> bool) -> Result<T, Failed> {
        let mut state = self.state.lock();
        loop {
            if let Some(item) = state.items.pop_front() {
                drop(state);
                if weaken::step("channel.tell_room") {
                    self.room.notify_one();
                }
                return Ok(item);
            }
            if state.closed {
                return Err(Failed::Closed);
            }
            if interrupted() {
                return Err(Failed::Interrupted);
            }
            match patience {
                Patience::Endless => self.item.wait(&mut state),
                Patience::Until(moment) if Instant::now() < moment => {
                    self.item.wait_until(&mut state, moment);
                }
                _ => return Err(Failed::Late),
            }
        }
    }

    /// Ends the channel. What was in it is the caller's to drop, outside the lock.
    #[must_use]
    pub fn close(&self) -> VecDeque<T> {
        let items = {
            let mut state = self.state.lock();
            state.closed = true;
            std::mem::take(&mut state.items)
        };
        if weaken::step("channel.tell_closed") {
            self.item.notify_all();
            self.room.notify_all();
        }
        items
    }

    /// Makes every waiter ask again whether it is interrupted.
    pub fn wake_all(&self) {
        drop(self.state.lock());
        self.item.notify_all();
        self.room.notify_all();
    }

    /// Passes each item to `keep`, which may change it, and leaves out those for which it is false. Returns those.
    pub fn retain(&self, mut keep: impl FnMut(&mut T) -> bool) -> Vec<T> {
        let mut left_out = Vec::new();
        {
            let mut state = self.state.lock();
            for mut item in std::mem::take(&mut state.items) {
                if keep(&mut item) {
                    state.items.push_back(item);
                } else {
                    left_out.push(item);
                }
            }
        }
        self.room.notify_all();
        left_out
    }

    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state.lock().items.len()
    }

    /// Whether there is no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The most items there may be; zero for any number.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.state.lock().capacity
    }
}
