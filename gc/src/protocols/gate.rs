//! Where the threads of a heap join, leave, stand still and go on.
//!
//! Each thread has a [`Handshake`], which says whether it stands still, and a [`PollWord`], which tells it to look. This
//! page adds the list of threads and the sleeping. A stop has one stopper, which asks every thread in turn and sleeps until
//! the last one that ran has blocked; a thread that wants to go on during a stop sleeps until the release.
//!
//! A stopper that can come back later may also *withdraw*: when a thread is late, it releases those that stand still, which go on, and the
//! late one, whose next poll is a false alarm. No thread then stands still for longer because another has lost its processor.
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

use std::time::Duration;

use sync::atomic::{AtomicBool, Ordering};
use sync::hint::PatientSpin;
use sync::{Condvar, Mutex, MutexGuard, weaken};

use crate::protocols::handshake::Handshake;
use crate::protocols::poll_word::{PollWord, STOP};

/// How long a stopper that can withdraw waits: hardly ever is a thread that runs further from its next poll.
const BEFORE_WITHDRAWAL: Duration = Duration::from_micros(100);
/// How long a stopper keeps its processor that yields: most threads come to their next poll within it.
const STOPPER_HOLDS: Duration = Duration::from_micros(30);
/// How long a stopper waits before it sleeps.
const STOPPER_WAITS: Duration = Duration::from_micros(150);
/// How long a thread that stands still keeps its processor: others may have to come to their polls there.
const STOPPED_HOLDS: Duration = Duration::from_micros(1);
/// How long a thread that stands still waits before it sleeps: longer than most stops are, withdrawn ones above all.
const STOPPED_WAITS: Duration = Duration::from_micros(500);

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

/// The members standing still, or asked to: until this is dropped they do not go on, and none joins or leaves.
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
        let world = self.world();
        world.bring_to_a_stop();
        world
    }

    /// As `stop`, but withdraws the request if some member is late, so that those that stand still go on. Yields meanwhile, if it is to:
    /// which helps when a member waits for this processor, and hurts when another thread does.
    pub fn try_stop(&self, yields: bool) -> Option<Stopped<'_, M>> {
        let world = self.world();
        world.request();
        let hold = if yields { STOPPER_HOLDS } else { BEFORE_WITHDRAWAL };
        world.stands_within(PatientSpin::new(hold, BEFORE_WITHDRAWAL)).then_some(world)
    }

    /// The members, as they are to be stopped.
    fn world(&self) -> Stopped<'_, M> {
        let turn = self.turn.lock();
        Stopped { gate: self, members: self.members.lock().clone(), _turn: turn }
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
        let mut spin = PatientSpin::new(STOPPED_HOLDS, STOPPED_WAITS);
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
        self.request();
        if self.stands_within(PatientSpin::new(STOPPER_HOLDS, STOPPER_WAITS)) {
            return;
        }
        let mut sleep = self.gate.sleep.lock();
        while !self.stands() {
            self.gate.arrived.wait(&mut sleep);
        }
    }

    fn request(&self) {
        for member in self.iter() {
            if !member.handshake().request_stop() {
                member.poll_word().request(STOP);
            }
        }
    }

    /// Whether all stand still.
    fn stands(&self) -> bool {
        self.iter().all(|member| member.handshake().is_stopped())
    }

    /// Whether all come to stand still before the spin is over.
    fn stands_within(&self, mut spin: PatientSpin) -> bool {
        loop {
            if self.stands() {
                return true;
            }
            if !spin.spin() {
                return false;
            }
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

#[cfg(all(test, not(ophion_loom)))]
mod tests {
    use super::*;

    struct Thread {
        handshake: Handshake,
        poll: PollWord,
        alone: AtomicBool,
    }

    impl Member for Thread {
        fn handshake(&self) -> &Handshake {
            &self.handshake
        }

        fn poll_word(&self) -> &PollWord {
            &self.poll
        }

        fn alone(&self) -> &AtomicBool {
            &self.alone
        }
    }

    #[test]
    fn a_stop_is_withdrawn_from_all_when_one_is_late() {
        let gate = Gate::new();
        let [late, early] = [(); 2].map(|()| Thread {
            handshake: Handshake::running(),
            poll: PollWord::new(),
            alone: AtomicBool::new(true),
        });
        // The first is away while the second is let in.
        // SAFETY: they outlive their membership.
        unsafe { gate.admit(&early, || {}) };
        gate.block(&early);
        // SAFETY: the same.
        unsafe { gate.admit(&late, || {}) };
        assert!(gate.try_stop(false).is_none() && gate.try_stop(true).is_none());
        gate.resume(&early);
        assert!(!gate.wants_stop(&early) && !gate.wants_stop(&late), "the request is a false alarm");
        gate.block(&early);
        gate.block(&late);
        assert_eq!(gate.try_stop(false).map(|world| world.iter().count()), Some(2));
        gate.resume(&late);
        gate.dismiss(&late, || {});
        gate.dismiss(&early, || {});
    }
}
