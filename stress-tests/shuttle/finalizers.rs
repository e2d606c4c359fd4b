//! Threads whose objects have finalizers, which bring them back to life now and then.

use crate::explore::{LOST, fails_without, holds};
use crate::objects::{Object, weak_box};
use crate::world::{Drive, Worker, below, three_threads};

use gc::Word;

fn finalize(worker: &mut Worker<'_>) {
    worker.go_round(|worker| match below(5) {
        0 | 1 => {
            let bundle = worker.make();
            worker.mutator().register_finalizer(bundle.header());
            worker.share(Some(if below(2) == 0 { bundle } else { weak_box(worker.mutator(), bundle) }));
        }
        2 => worker.hand_over(),
        _ => run_finalizers(worker),
    });
}

fn run_finalizers(worker: &mut Worker<'_>) {
    if let Some(due) = worker.world.heap.take_finalizable() {
        let object = Object::of(Word::from_bits(due));
        object.check(worker.mutator());
        worker.hold(Some(object));
        if below(2) == 0 {
            worker.share(Some(object));
        }
    }
    if let Some(owner) = worker.world.heap.take_cleared_weak() {
        worker.hold(Some(Object::of(Word::from_bits(owner))));
    }
}

fn asked() {
    three_threads(Drive::Asked, finalize);
}

fn pool() {
    three_threads(Drive::Pool(2), finalize);
}

#[test]
fn finalizers() {
    holds(finalizers, 500, asked);
}

#[test]
fn finalizers_and_the_pool() {
    holds(finalizers_and_the_pool, 500, pool);
}

#[test]
fn what_is_due_must_be_kept() {
    fails_without(what_is_due_must_be_kept, "cycle.keep_due", &LOST, 3000, asked);
}
