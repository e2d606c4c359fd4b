//! The shortest life of a heap: allocate, link, collect, drop.

mod toy;

use toy::{Toy, allocate, node};

#[test]
fn linked_objects_live_and_dropped_ones_die() {
    let toy = Toy::new(gc::HeapOptions { verify: true, ..Default::default() });
    let mutator = toy.attach();
    let head = node(&mutator, 2);
    toy.root(0, Some(head));
    let mut tail = head;
    for _ in 0..1000 {
        let next = node(&mutator, 2);
        tail.slots()[0].set(tail.header(), &mutator, Some(next));
        tail = next;
        allocate(&mutator, 1);
    }
    let stats = mutator.collect(2);
    assert!(stats.freed_objects >= 990, "{stats:?}");
    assert!(stats.marked_objects >= 1001, "{stats:?}");
    toy.root(0, None);
    let stats = mutator.collect(2);
    assert!(stats.freed_objects >= 990, "{stats:?}");
}
