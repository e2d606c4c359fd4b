//! Several threads in one heap: stops, blocking regions, coming and going, locks.

mod toy;

use gc::{HeapOptions, Word};
use sync::Arc;
use sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use sync::thread;
use toy::{Toy, allocate, apart, node, weak};

fn checked() -> Toy {
    Toy::new(HeapOptions { verify: true, poison: true, ..HeapOptions::default() })
}

#[test]
fn threads_build_and_share_while_collections_run() {
    let toy = checked();
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            let toy = toy.clone();
            thread::spawn("worker", None, move || build(&toy, worker)).expect("a thread")
        })
        .collect();
    for worker in workers {
        worker.join().expect("no panic");
    }
    let mutator = toy.attach();
    for worker in 0..4 {
        let mut length = 0;
        let mut next = toy.rooted(worker);
        while let Some(object) = next {
            next = object.get(0);
            length += 1;
        }
        assert_eq!(length, 2001);
    }
    assert!(mutator.is_single_threaded());
}

/// A list of 2000 nodes behind a root, with garbage in between, and a slot that all threads overwrite.
fn build(toy: &Toy, worker: usize) {
    let mutator = toy.attach();
    let head = node(&mutator, 2);
    toy.root(worker, Some(head));
    for count in 0..2000 {
        let fresh = node(&mutator, 2);
        fresh.set(&mutator, 0, head.get(0));
        head.set(&mutator, 0, Some(fresh));
        allocate(&mutator, count % 40);
        if let Some(other) = toy.rooted((worker + 1) % 4) {
            other.set(&mutator, 1, Some(fresh));
        }
        if count % 100 == worker {
            mutator.collect((count % 3) as u8);
        }
        if mutator.should_poll() {
            mutator.poll();
        }
    }
}

#[test]
fn a_blocked_thread_does_not_hold_up_the_others_and_keeps_its_roots() {
    let toy = checked();
    let (blocked, go_on) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let sleeper = {
        let (toy, blocked, go_on) = (toy.clone(), Arc::clone(&blocked), Arc::clone(&go_on));
        thread::spawn("sleeper", None, move || {
            let mutator = toy.attach();
            let object = node(&mutator, 5);
            let child = node(&mutator, 0);
            object.set(&mutator, 4, Some(child));
            mutator.blocking(|| {
                blocked.store(true, Ordering::Release);
                while !go_on.load(Ordering::Acquire) {
                    thread::yield_now();
                }
            });
            assert_eq!(object.get(4), Some(child));
            assert!(object.header().is_old());
        })
        .expect("a thread")
    };
    while !blocked.load(Ordering::Acquire) {
        thread::yield_now();
    }
    let mutator = toy.attach();
    for _ in 0..5 {
        mutator.collect(2);
        allocate(&mutator, 3);
    }
    go_on.store(true, Ordering::Release);
    mutator.blocking(|| sleeper.join()).expect("no panic");
}

#[test]
fn threads_come_and_go_while_others_collect() {
    let toy = checked();
    let done = Arc::new(AtomicUsize::new(0));
    let mutator = toy.attach();
    let spawners: Vec<_> = (0..2)
        .map(|_| {
            let (toy, done) = (toy.clone(), Arc::clone(&done));
            thread::spawn("spawner", None, move || {
                for _ in 0..200 {
                    let mutator = toy.attach();
                    let object = node(&mutator, 3);
                    object.set(&mutator, 0, Some(node(&mutator, 1)));
                    if mutator.should_poll() {
                        mutator.poll();
                    }
                    assert!(object.get(0).is_some());
                }
                done.fetch_add(1, Ordering::Release);
            })
            .expect("a thread")
        })
        .collect();
    while done.load(Ordering::Acquire) < 2 {
        allocate(&mutator, 10);
        mutator.collect(0);
        mutator.poll();
    }
    for spawner in spawners {
        mutator.blocking(|| spawner.join()).expect("no panic");
    }
    assert_eq!(toy.heap.mutator_count(), 1);
    assert!(mutator.is_single_threaded());
}

#[test]
fn a_lock_excludes_across_the_change_of_mode() {
    let toy = checked();
    let mutator = toy.attach();
    let object = node(&mutator, 1);
    toy.root(0, Some(object));
    // Taken while there is one mutator; the second one finds it held.
    let guard = object.header().lock(&mutator);
    let counter = Arc::new(AtomicUsize::new(0));
    let workers: Vec<_> = (0..3)
        .map(|_| {
            let (toy, counter) = (toy.clone(), Arc::clone(&counter));
            thread::spawn("worker", None, move || {
                let mutator = toy.attach();
                let object = toy.rooted(0).expect("rooted");
                for count in 0..2000 {
                    let guard = object.header().lock(&mutator);
                    let seen = counter.load(Ordering::Relaxed);
                    if count % 64 == 0 {
                        mutator.poll();
                    }
                    counter.store(seen + 1, Ordering::Relaxed);
                    drop(guard);
                    if count % 500 == 0 {
                        mutator.collect(0);
                    }
                    if mutator.should_poll() {
                        mutator.poll();
                    }
                }
            })
            .expect("a thread")
        })
        .collect();
    mutator.blocking(|| {
        while toy.heap.mutator_count() < 4 {
            thread::yield_now();
        }
    });
    assert_eq!(counter.load(Ordering::Relaxed), 0, "held since before they came");
    assert!(!mutator.is_single_threaded());
    drop(guard);
    for worker in workers {
        mutator.blocking(|| worker.join()).expect("no panic");
    }
    assert_eq!(counter.load(Ordering::Relaxed), 6000);
}

#[test]
fn embedder_bits_reach_every_thread() {
    let toy = checked();
    let mutator = toy.attach();
    let bit = gc::poll_bits::EMBEDDER << 3;
    toy.heap.request_all(bit);
    assert!(mutator.should_poll());
    assert_eq!(mutator.take(bit), bit);
    assert!(!mutator.should_poll());
}

#[test]
fn many_heaps_work_side_by_side() {
    let workers: Vec<_> = (0..4)
        .map(|_| {
            thread::spawn("heap", None, || {
                for _ in 0..10 {
                    let toy = checked();
                    let mutator = toy.attach();
                    let list = node(&mutator, 1);
                    toy.root(0, Some(list));
                    for count in 0..2000 {
                        let fresh = node(&mutator, 1 + count % 50);
                        fresh.set(&mutator, 0, list.get(0));
                        list.set(&mutator, 0, Some(fresh));
                    }
                    mutator.collect(2);
                    mutator.collect(0);
                    assert!(toy.heap.find_object(list.to_bits()).is_some());
                }
            })
            .expect("a thread")
        })
        .collect();
    for worker in workers {
        worker.join().expect("no panic");
    }
}

/// As many threads as there are processors, so that none is free for the pool: cycles are left to those that allocate. Then all but
/// one stop, in the middle of a cycle more often than not, and the one allocates no more: the pool ends what is left.
#[test]
fn cycles_are_left_to_threads_that_allocate_and_taken_up_when_they_stop() {
    const ROUNDS: usize = 10;
    let toy = checked();
    let count = thread::available_parallelism().get();
    let (pausing, paused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let workers: Vec<_> = (0..count)
        .map(|worker| {
            let (toy, pausing, paused) = (toy.clone(), Arc::clone(&pausing), Arc::clone(&paused));
            let body = move || {
                let mutator = toy.attach();
                for round in 1..=ROUNDS {
                    while pausing.load(Ordering::Acquire) < round {
                        keep_and_drop(&toy, &mutator, worker % 200);
                    }
                    paused.fetch_add(1, Ordering::AcqRel);
                    mutator.blocking(|| {
                        while paused.load(Ordering::Acquire) < round * (count + 1) {
                            thread::yield_now();
                        }
                    });
                }
            };
            thread::spawn("worker", None, body).expect("a thread")
        })
        .collect();
    for round in 1..=ROUNDS {
        let slices = toy.roots.slices.load(Ordering::Relaxed);
        wait_until(|| toy.roots.slices.load(Ordering::Relaxed) > slices);
        pausing.store(round, Ordering::Release);
        wait_until(|| paused.load(Ordering::Acquire) == round * (count + 1) - 1);
        wait_until(|| toy.roots.ended.load(Ordering::Relaxed) == toy.roots.started.load(Ordering::Relaxed));
        paused.fetch_add(1, Ordering::AcqRel);
    }
    for worker in workers {
        worker.join().expect("no panic");
    }
}

/// Allocates more than a cycle waits for, and keeps a third of it until the next call.
fn keep_and_drop(toy: &Toy, mutator: &gc::Mutator, root: usize) {
    toy.root(root, None);
    for _ in 0..15_000 {
        let fresh = node(mutator, 2);
        fresh.set(mutator, 0, toy.rooted(root));
        toy.root(root, Some(fresh));
        allocate(mutator, 8);
        if mutator.should_poll() {
            mutator.poll();
        }
    }
}

fn wait_until(is_so: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !is_so() {
        assert!(std::time::Instant::now() < deadline, "what was waited for does not happen");
        thread::yield_now();
    }
}

#[test]
fn the_closing_stop_looks_at_what_died_only() {
    const COUNT: usize = 20_000;
    let toy = Toy::new(HeapOptions { verify: true, ..HeapOptions::default() });
    let mutator = toy.attach();
    let left = Arc::new(AtomicUsize::new(0));
    let other = {
        let (toy, left) = (toy.clone(), Arc::clone(&left));
        let body = move || {
            let mutator = toy.attach();
            left.fetch_add(1, Ordering::AcqRel);
            mutator.blocking(|| wait_until(|| left.load(Ordering::Acquire) == 2));
        };
        thread::spawn("other", None, body).expect("a thread")
    };
    mutator.blocking(|| wait_until(|| left.load(Ordering::Acquire) == 1));
    apart(|| {
        let (objects, watchers) = (node(&mutator, COUNT), node(&mutator, COUNT));
        toy.root(0, Some(objects));
        toy.root(1, Some(watchers));
        for index in 0..COUNT {
            let object = node(&mutator, 1);
            objects.set(&mutator, index, Some(object));
            watchers.set(&mutator, index, Some(weak(&mutator, object)));
            if index % 2 == 0 {
                mutator.register_finalizer(object.header());
            }
        }
    });
    // All are young at first, then old; looked at beside the threads, but for what was entered last.
    for generation in [0, 2, 0, 2] {
        let stats = mutator.collect(generation);
        assert_eq!((stats.weak_cleared, stats.finalizers, stats.looked_at), (0, 0, 0), "{stats:?}");
    }
    apart(|| {
        let objects = toy.rooted(0).expect("rooted");
        (0..COUNT).step_by(10).for_each(|index| objects.set(&mutator, index, None));
    });
    let stats = mutator.collect(0);
    assert_eq!((stats.weak_cleared, stats.finalizers), (0, 0), "they are old: {stats:?}");
    let stats = mutator.collect(2);
    assert_eq!((stats.weak_cleared, stats.finalizers), (COUNT / 10, COUNT / 10), "{stats:?}");
    assert_eq!(stats.looked_at, COUNT / 5, "{stats:?}");
    // What they were entered for was taken: they die now, and no one looks at the others.
    while toy.heap.take_finalizable().is_some() {}
    assert_eq!(apart(|| mutator.collect(2)).looked_at, 0);
    left.fetch_add(1, Ordering::AcqRel);
    mutator.blocking(|| other.join()).expect("no panic");
}
