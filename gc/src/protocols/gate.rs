//! Where the threads of a heap join, leave, stand still and go on.
//!
//! Each thread has a [`Handshake`], which says whether it stands still, and a [`PollWord`], which tells it to look. This
//! page adds the list of threads and the sleeping. A stop has one stopper, which asks every thread in turn and sleeps until
//! the last one that ran has blocked; a thread that wants to go on during a stop sleeps until the release.
//!
//! Locks, in the order in which they are taken:
//!
//! 1. `turn` is the stopper's from the request to the release. Who joins or leaves takes it too, so the members of a stop
//!    stay the same. Its holder may be waiting for every thread that runs: only a thread that is blocked, or is not a
//!    member, may wait for it.
//! 2. `members` is held for moments, by anyone, and changed only with `turn` in hand.
//! 3. `sleep` belongs to the condition variables. What is waited for is looked at with it in hand, and whoever brings it
//!    about takes it before notifying; so no one falls asleep after the news.
//!
//! Rule 15: the members know whether they are alone. A second member is let in while the first stands still, and the
//! first learns of it before it goes on. When the last but one leaves, the last is told while it may be running: it reads
//! the news by an acquire, and finds what the leaver did under locks.

use sync::atomic::{AtomicBool, Ordering};
use sync::hint::Spin;
use sync::{Condvar, Mutex, MutexGuard, weaken};

use crate::protocols::handshake::Handshake;
use crate::protocols::poll_word::{PollWord, STOP};

/// A thread as the gate knows it.
pub trait Member {
    /// Whether it stands still.
    fn handshake(&self) -> &Handshake;
    /// What it looks at when it polls.
    fn poll_word(&self) -> &PollWord;
    /// Whether it is the only member.
    fn alone(&self) -> &AtomicBool;

    /// Whether it is the only member, as it sees itself: then no other thread takes a lock.
    #[inline(always)]
    fn is_alone(&self) -> bool {
        // Acquire pairs with the store by the member that left: what it did under locks is seen from here on.
        self.alone().load(weaken::ordering("gate.is_alone", Ordering::Acquire))
    }
}

/// A member in the list, valid as long as it is listed.
struct Listed<M>(*const M);

impl<M> Clone for Listed<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Listed<M> {}

// SAFETY: the gate hands out a member only as `&M` while it is listed, and what other threads may do with it is for `M` to
// say: its owner promised that in `admit`.
unsafe impl<M> Send for Listed<M> {}

impl<M> Listed<M> {
    fn is(self, member: &M) -> bool {
        std::ptr::eq(self.0, member)
    }
}

/// The gate of one heap.
pub struct Gate<M> {
    turn: Mutex<()>,
    members: Mutex<Vec<Listed<M>>>,
    sleep: Mutex<()>,
    arrived: Condvar,
    released: Condvar,
}

/// The members standing still: until this is dropped they do not go on, and none joins or leaves.
pub struct Stopped<'a, M: Member> {
    gate: &'a Gate<M>,
    members: Vec<Listed<M>>,
    _turn: MutexGuard<'a, ()>,
}

impl<M: Member> Default for Gate<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Member> Gate<M> {
    /// An open gate that no one has passed.
    pub fn new() -> Self {
        Self {
            turn: Mutex::new(()),
            members: Mutex::new(Vec::new()),
            sleep: Mutex::new(()),
            arrived: Condvar::new(),
            released: Condvar::new(),
        }
    }

    /// Lets a member in, running. Waits for a stop that is under way and, when there was one member so far, for that one
    /// to stand still. `prepare` is called before the next stop can come.
    ///
    /// # Safety
    /// Until `dismiss` has returned, `member` stays where it is and may be used by other threads as `M` allows them: its
    /// parts that are not shared, only while it stands still.
    pub unsafe fn admit(&self, member: &M, prepare: impl FnOnce()) {
        let mut world = Stopped { gate: self, members: Vec::new(), _turn: self.turn.lock() };
        prepare();
        let others = self.members.lock().clone();
        member.alone().store(others.is_empty(), Ordering::Release);
        if let [first] = others[..] {
            world.members.push(first);
            if weaken::step("gate.stop_to_admit") {
                world.bring_to_a_stop();
            }
            world.iter().for_each(|first| first.alone().store(false, Ordering::Release));
        }
        self.members.lock().push(Listed(member));
    }

    /// Lets a member out, which runs no more. `leave` hands over what it leaves behind, with no stop under way.
    pub fn dismiss(&self, member: &M, leave: impl FnOnce()) {
        // From here on no stop waits for this thread, so it may wait for its turn. It goes away blocked.
        self.block(member);
        let _turn = self.turn.lock();
        leave();
        let mut members = self.members.lock();
        members.retain(|listed| !listed.is(member));
        if let [last] = members[..] {
            // SAFETY: it is listed, and cannot leave meanwhile: this thread has the turn.
            let last = unsafe { &*last.0 };
            last.alone().store(true, weaken::ordering("gate.alone", Ordering::Release));
        }
    }

    /// How many members there are. Any thread may ask, at any time.
    pub fn count(&self) -> usize {
        self.members.lock().len()
    }

    /// How many members are as `is` says, which may look at nothing but what other threads may use while a member runs. Any thread may
    /// ask, at any time.
    pub fn count_where(&self, is: impl Fn(&M) -> bool) -> usize {
        // SAFETY: it is listed, and cannot be taken off the list while that is locked.
        self.members.lock().iter().filter(|listed| is(unsafe { &*listed.0 })).count()
    }

    /// Sets poll bits of all members. Any thread may, at any time.
    pub fn request_all(&self, bits: u32) {
        for listed in self.members.lock().iter() {
            // SAFETY: it is listed, and cannot be taken off the list while that is locked.
            unsafe { &*listed.0 }.poll_word().request(bits);
        }
    }

    /// Brings all members to a stop. The caller is blocked, or no member.
    pub fn stop(&self) -> Stopped<'_, M> {
        let turn = self.turn.lock();
        let members = self.members.lock().clone();
        let world = Stopped { gate: self, members, _turn: turn };
        world.bring_to_a_stop();
        world
    }

    /// Whether a stop waits for this member, which runs: then it is to block, and to go on when it can. Part of each poll.
    pub fn wants_stop(&self, member: &M) -> bool {
        member.poll_word().take(STOP) != 0 && member.handshake().stop_requested()
    }

    /// Running to blocked, telling a stopper that waits.
    pub fn block(&self, member: &M) {
        if member.handshake().block() {
            self.tell(&self.arrived);
        }
    }

    /// Blocked to running, as soon as no stop holds the member.
    pub fn resume(&self, member: &M) {
        // Most stops are over before a sleep would be.
        let mut spin = Spin::new();
        while !member.handshake().try_resume() {
            if spin.spin() {
                continue;
            }
            let mut sleep = self.sleep.lock();
            if member.handshake().stop_requested() {
                self.released.wait(&mut sleep);
            }
        }
    }

    fn tell(&self, news: &Condvar) {
        if weaken::step("gate.tell") {
            drop(self.sleep.lock());
        }
        news.notify_all();
    }
}

impl<M: Member> Stopped<'_, M> {
    /// The members that stand still.
    pub fn iter(&self) -> impl Iterator<Item = &M> {
        // SAFETY: they are listed, and none leaves while `self` has the turn.
        self.members.iter().map(|listed| unsafe { &*listed.0 })
    }

    /// Lets one member go on before the others: the one that forks.
    pub fn let_go(&mut self, member: &M) {
        member.handshake().release();
        self.gate.tell(&self.gate.released);
    }

    fn bring_to_a_stop(&self) {
        for member in self.iter() {
            if !member.handshake().request_stop() {
                member.poll_word().request(STOP);
            }
        }
        let all_stand = || self.iter().all(|member| member.handshake().is_stopped());
        let mut spin = Spin::new();
        while !all_stand() && spin.spin() {}
        let mut sleep = self.gate.sleep.lock();
        while !all_stand() {
            self.gate.arrived.wait(&mut sleep);
        }
    }
}

impl<M: Member> Drop for Stopped<'_, M> {
    fn drop(&mut self) {
        for member in self.iter() {
            member.handshake().release();
        }
        self.gate.tell(&self.gate.released);
    }
}
