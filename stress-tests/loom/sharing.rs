//! Several markers: each piece of work is done once, the end is found when all of it is done and not before, and nobody sleeps on.
//!
//! Work is a graph of numbers, one of which has two parents: whoever has a number does it, and then has those of its children that
//! it marks first. What is done is counted in cells without any order of their own, so loom also checks that work handed over is
//! seen whole, and that the first marker sees at the end what the others did.

use gc::protocols::marks::claim;
use gc::protocols::sharing::{Patience, Sharing};
use sync::atomic::AtomicU64;
use sync::cell::UnsafeCell;
use sync::{Arc, Parker, thread};

use crate::explore::{DEADLOCK, RACE, fails_without, holds, holds_within};

const NUMBERS: usize = 6;
const CHILDREN: [&[usize]; NUMBERS] = [&[1, 2], &[3, 4], &[4, 5], &[], &[], &[]];

struct Company {
    sharing: Sharing<Vec<usize>>,
    marks: AtomicU64,
    done: [UnsafeCell<u32>; NUMBERS],
}

// SAFETY: a cell belongs to whoever has its number; that this suffices is what loom checks here.
unsafe impl Send for Company {}
// SAFETY: as for `Send`.
unsafe impl Sync for Company {}

impl Company {
    fn new(most: usize) -> Arc<Self> {
        let done = std::array::from_fn(|_| UnsafeCell::new(0));
        Arc::new(Self { sharing: Sharing::new(most), marks: AtomicU64::new(1), done })
    }

    fn start(self: &Arc<Self>, marker: impl FnOnce(&Arc<Self>) + Send + 'static) -> thread::JoinHandle<()> {
        let company = self.clone();
        thread::spawn("marker", None, move || marker(&company)).expect("loom has threads")
    }

    /// Does a number, which the caller has.
    fn do_one(&self, number: usize) {
        // SAFETY: the caller has the number.
        self.done[number].with_mut(|done| unsafe { *done += 1 });
    }

    /// Those of a number's children that no one else has.
    fn claim_children(&self, number: usize) -> impl Iterator<Item = usize> {
        CHILDREN[number].iter().copied().filter(|&child| claim(&self.marks, 1 << child, true))
    }

    /// Does all that it has, and gives half away when that is wanted.
    fn drain(self: &Arc<Self>, mut work: Vec<usize>) {
        while let Some(number) = work.pop() {
            self.do_one(number);
            work.extend(self.claim_children(number));
            if work.len() > 1 && self.sharing.is_wanted() {
                let kept = work.split_off(1);
                if self.sharing.give(std::mem::replace(&mut work, kept)) {
                    self.start(Self::help);
                }
            }
        }
    }

    fn help(self: &Arc<Self>) {
        let mut next = self.sharing.come();
        while let Some(work) = next {
            self.drain(work);
            next = self.sharing.take(Patience::ForAWhile);
        }
    }

    fn lead(self: &Arc<Self>, work: Vec<usize>) {
        let mut next = Some(work);
        while let Some(work) = next {
            self.drain(work);
            next = self.sharing.take(Patience::ToTheEnd);
        }
    }

    /// What the first marker sees when it has found the end: no one was joined.
    fn check(&self, numbers: std::ops::Range<usize>) {
        for number in numbers {
            // SAFETY: the end was found, so no one has a number.
            let done = self.done[number].with(|done| unsafe { *done });
            assert_eq!(done, 1, "each number is done once");
        }
    }
}

/// The first marker has more than it likes, and asks for others, who do the same.
fn a_graph_is_done(most: usize) {
    let company = Company::new(most);
    company.lead(vec![0]);
    company.check(0..NUMBERS);
}

/// Two that stay to the end: whichever ends last wakes the other.
fn two_stay() {
    let company = Company::new(2);
    assert!(company.sharing.give(vec![4]));
    let other = company.start(|company| {
        let mut next = company.sharing.come();
        while let Some(work) = next {
            company.drain(work);
            next = company.sharing.take(Patience::ToTheEnd);
        }
    });
    company.lead(vec![3, 5]);
    company.check(3..NUMBERS);
    other.join().expect("the other ends");
}

/// The first marker sleeps while the other has the work, and the other gives it some, which it waits for.
fn work_is_given_to_who_sleeps() {
    let company = Company::new(2);
    let parker = Parker::new();
    let unparker = parker.unparker();
    assert!(company.sharing.give(vec![3, 4]));
    let other = company.start(move |company| {
        let Some(mut work) = company.sharing.come() else { return };
        let kept = work.pop().expect("two numbers were given");
        let _ = company.sharing.give(work);
        // Until the other number is done. Not by this marker, which waits here.
        parker.park();
        company.do_one(kept);
        company.sharing.take(Patience::ForAWhile);
    });
    let mut next = company.sharing.take(Patience::ToTheEnd);
    while let Some(work) = next {
        let whole = work.len() == 2;
        work.into_iter().for_each(|number| company.do_one(number));
        if !whole {
            unparker.unpark();
        }
        next = company.sharing.take(Patience::ToTheEnd);
    }
    company.check(3..5);
    other.join().expect("the other ends");
}

/// A marker is called away from the work that it has.
fn one_leaves() {
    let company = Company::new(2);
    assert!(company.sharing.give(vec![3, 4]));
    let other = company.start(|company| {
        let Some(mut work) = company.sharing.come() else { return };
        company.do_one(work.pop().expect("two numbers were given"));
        company.sharing.leave(work);
    });
    company.lead(vec![5]);
    company.check(3..NUMBERS);
    other.join().expect("the other ends");
}

#[test]
fn a_graph_with_two() {
    holds(|| a_graph_is_done(2));
}

#[test]
fn a_graph_with_three() {
    holds_within(2, || a_graph_is_done(3));
}

#[test]
fn staying() {
    holds(two_stay);
}

#[test]
fn giving() {
    holds(work_is_given_to_who_sleeps);
}

#[test]
fn leaving() {
    holds(one_leaves);
}

#[test]
fn marks_must_be_claimed_in_one_step() {
    fails_without("marks.claim", RACE, || a_graph_is_done(2));
}

#[test]
fn taking_must_be_counted_in_one_step() {
    fails_without("sharing.count", "each number is done once", two_stay);
}

#[test]
fn the_end_must_wake_the_others() {
    fails_without("sharing.end", DEADLOCK, two_stay);
}

#[test]
fn giving_must_wake_one() {
    fails_without("sharing.give", DEADLOCK, work_is_given_to_who_sleeps);
}

#[test]
fn leaving_must_wake_one() {
    fails_without("sharing.leave", DEADLOCK, one_leaves);
}
