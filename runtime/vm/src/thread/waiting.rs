//! Where threads wait for locks, for the end of threads, and for whatever else has an address and a condition.
//!
//! A waiter queues in one of the interpreter's rooms, chosen by the address, looks at the condition once more, and sleeps in a
//! blocking region. Whoever makes the condition true does so before looking for waiters; a fence stands
//! between the two steps on both sides, so one of the two sees the other. A signal ends the main thread's sleep as well: waiters look again and poll.

use std::collections::VecDeque;
use std::time::Instant;

use sync::atomic::{AtomicUsize, Ordering::SeqCst, fence};
use sync::{Arc, Mutex};

use crate::raised::R;
use crate::thread::{Thread, ThreadHandle};

const ROOMS: usize = 64;

/// The rooms of an interpreter.
pub struct WaitingRooms {
    rooms: [Room; ROOMS],
}

/// A cache line of its own: threads that use different locks do not get in one another's way.
#[repr(align(64))]
#[derive(Default)]
struct Room {
    /// How many wait.
    count: AtomicUsize,
    waiters: Mutex<VecDeque<Waiter>>,
}

struct Waiter {
    address: u64,
    thread: Arc<ThreadHandle>,
}

impl Default for WaitingRooms {
    fn default() -> Self {
        Self { rooms: std::array::from_fn(|_| Room::default()) }
    }
}

impl WaitingRooms {
    fn room(&self, address: u64) -> &Room {
        &self.rooms[(address >> 4) as usize % ROOMS]
    }

    /// Wakes the thread that has waited longest for what is at the address. Call it after the condition became true.
    #[inline]
    pub fn wake_one(&self, address: u64) {
        let room = self.room(address);
        fence(SeqCst);
        if room.count.load(SeqCst) > 0 {
            room.wake(address, 1);
        }
    }

    /// Wakes all threads that wait for what is at the address.
    pub fn wake_all(&self, address: u64) {
        let room = self.room(address);
        fence(SeqCst);
        if room.count.load(SeqCst) > 0 {
            room.wake(address, usize::MAX);
        }
    }
}

impl WaitingRooms {
    /// In a forked child: none of those who waited exist. No thread stood still while it held a room's queue.
    pub(crate) fn forget_all(&self) {
        for room in &self.rooms {
            room.waiters.lock().clear();
            room.count.store(0, SeqCst);
        }
    }
}

impl Room {
    #[cold]
    fn wake(&self, address: u64, most: usize) {
        let mut woken = Vec::new();
        let mut waiters = self.waiters.lock();
        while woken.len() < most
            && let Some(place) = waiters.iter().position(|waiter| waiter.address == address)
        {
            woken.extend(waiters.remove(place));
            self.count.fetch_sub(1, SeqCst);
        }
        drop(waiters);
        woken.iter().for_each(|waiter| waiter.thread.nap.wake());
    }

    fn enter(&self, address: u64, thread: &Arc<ThreadHandle>) {
        let mut waiters = self.waiters.lock();
        waiters.push_back(Waiter { address, thread: thread.clone() });
        self.count.fetch_add(1, SeqCst);
    }

    /// Says whether a waker took the thread off the queue before.
    fn leave(&self, address: u64, thread: &Arc<ThreadHandle>) -> bool {
        let mut waiters = self.waiters.lock();
        let mine = |waiter: &Waiter| waiter.address == address && Arc::ptr_eq(&waiter.thread, thread);
        match waiters.iter().position(mine) {
            Some(place) => {
                waiters.remove(place);
                self.count.fetch_sub(1, SeqCst);
                false
            }
            None => true,
        }
    }
}

impl Thread {
    /// Sleeps while `waits` says so, at most until `deadline`, or until something is due for this thread. Then polls. The caller looks again
    /// whether it has what it waited for. `waits` touches nothing of the heap but atomics.
    pub fn wait_at(&self, address: u64, deadline: Option<Instant>, waits: impl Fn() -> bool) -> R<()> {
        let rooms = &self.interpreter().waiting;
        let room = rooms.room(address);
        room.enter(address, self.handle());
        fence(SeqCst);
        // A signal that came before this look has left its token.
        if waits() && !self.mutator().should_poll() {
            self.blocking(|| self.handle().nap.sleep(deadline));
        }
        let woken = room.leave(address, self.handle());
        let polled = self.poll();
        if polled.is_err() && woken {
            // The waking was meant for someone who goes on waiting.
            rooms.wake_one(address);
        }
        polled
    }
}
