//! A fork of a process whose heap has two threads. A test file of its own: the child of a fork that other tests' threads run
//! through would inherit locks that those hold.

mod toy;

use sync::Arc;
use sync::atomic::{AtomicBool, Ordering};
use sync::thread;
use toy::{Toy, allocate, node};

#[test]
fn a_forked_child_goes_on_alone() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    let object = node(&mutator, 1);
    toy.root(0, Some(object));
    let stop = Arc::new(AtomicBool::new(false));
    let other = {
        let (toy, stop) = (toy.clone(), Arc::clone(&stop));
        thread::spawn("other", None, move || {
            let mutator = toy.attach();
            while !stop.load(Ordering::Acquire) {
                allocate(&mutator, 20);
                if mutator.should_poll() {
                    mutator.poll();
                }
            }
        })
        .expect("a thread")
    };
    mutator.blocking(|| {
        while toy.heap.mutator_count() < 2 {
            thread::yield_now();
        }
    });
    for _ in 0..5 {
        let prepared = toy.heap.prepare_fork(&mutator);
        let frozen = gc::Heap::freeze_space();
        // SAFETY: the heap's threads stand still, and this process has no others that hold locks.
        let child = unsafe { libc::fork() };
        drop(frozen);
        if child == 0 {
            prepared.after_fork_child();
            for _ in 0..100 {
                object.set(&mutator, 0, Some(node(&mutator, 4)));
                mutator.collect(0);
            }
            mutator.collect(2);
            let alone = mutator.is_single_threaded() && object.get(0).is_some();
            // SAFETY: ends the child.
            unsafe { libc::_exit(if alone { 7 } else { 8 }) };
        }
        prepared.after_fork_parent();
        let mut status = 0;
        // SAFETY: waits for the child and writes its status.
        let waited = mutator.blocking(|| unsafe { libc::waitpid(child, &mut status, 0) });
        assert_eq!(waited, child);
        assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 7, "{status:#x}");
    }
    stop.store(true, Ordering::Release);
    mutator.blocking(|| other.join()).expect("no panic");
}
