//! Threads of a model that sleep, in the order in which they fell asleep, by what they wait for.
//!
//! Between a look at a lock or at a word of the parking lot and the thread's entry in this list there is no scheduling point, so no
//! release is lost. Each has a semaphore of shuttle's own, which makes the thread one that cannot run: where all are such, shuttle
//! reports a deadlock.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use ::shuttle::future::batch_semaphore::{BatchSemaphore, Fairness};

use super::run::waiting;

/// What threads wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The release of a lock at this address.
    Lock(usize),
    /// Notice by a condition variable at this address.
    Notice(usize),
    /// A word of the parking lot.
    Word(usize),
}

/// A thread that sleeps or is about to.
pub struct Sleeper {
    place: Place,
    permit: BatchSemaphore,
    woken: Cell<bool>,
}

std::thread_local! {
    // The system's thread local: all threads of a model run on one thread of the system.
    static SLEEPERS: RefCell<Vec<Rc<Sleeper>>> = const { RefCell::new(Vec::new()) };
}

/// Forgets those of an execution that failed.
pub fn forget() {
    SLEEPERS.take();
}

/// Enters the calling thread; it may see to other things before it sleeps.
pub fn enter(place: Place) -> Rc<Sleeper> {
    let permit = BatchSemaphore::new(0, Fairness::Unfair);
    let sleeper = Rc::new(Sleeper { place, permit, woken: Cell::new(false) });
    SLEEPERS.with_borrow_mut(|sleepers| sleepers.push(sleeper.clone()));
    sleeper
}

impl Sleeper {
    /// Sleeps until woken.
    pub fn sleep(&self) {
        waiting(|| self.permit.acquire_blocking(1).expect("no one closes the semaphore"));
    }

    /// Takes the thread off the list, which waits no longer. True if it was woken.
    pub fn leave(&self) -> bool {
        SLEEPERS.with_borrow_mut(|sleepers| sleepers.retain(|sleeper| !std::ptr::eq(&**sleeper, self)));
        self.woken.get()
    }

    fn wake(&self) {
        self.woken.set(true);
        self.permit.release(1);
    }
}

/// Takes the first thread that waits at a place off the list, to be woken. Says whether others wait on.
pub fn take_first(place: Place) -> (Option<Woken>, bool) {
    SLEEPERS.with_borrow_mut(|sleepers| {
        let first = sleepers.iter().position(|sleeper| sleeper.place == place);
        let woken = first.map(|index| Woken(sleepers.remove(index)));
        (woken, sleepers.iter().any(|sleeper| sleeper.place == place))
    })
}

/// Wakes all that wait at a place now.
pub fn wake_all(place: Place) {
    let all = SLEEPERS.with_borrow_mut(|sleepers| {
        let (woken, others) = sleepers.drain(..).partition(|sleeper| sleeper.place == place);
        *sleepers = others;
        woken
    });
    Vec::<Rc<Sleeper>>::into_iter(all).for_each(|sleeper| sleeper.wake());
}

/// Wakes the first that waits at a place.
pub fn wake_first(place: Place) {
    drop(take_first(place).0);
}

/// A thread that was taken off the list: it wakes when this is dropped.
pub struct Woken(Rc<Sleeper>);

impl Drop for Woken {
    fn drop(&mut self) {
        self.0.wake();
    }
}
