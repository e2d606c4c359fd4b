//! What keeps an object alive, what does not, and what happens when it dies.

mod toy;

use gc::{CellKind, DispatchRecord, HeapOptions, Mutator, Word, flags};
use sync::atomic::Ordering;
use toy::{DROPPED, Object, Toy, allocate, apart, dropping, ephemerons, node, weak};

/// A rooted weak box for an object that nothing else holds, made in frames that are gone when this returns.
#[inline(never)]
fn watch(toy: &Toy, mutator: &Mutator, index: usize, make: impl FnOnce() -> Object) -> Object {
    apart(|| {
        let object = make();
        let watcher = weak(mutator, object);
        toy.root(index, Some(watcher));
    });
    toy.rooted(index).expect("just rooted")
}

#[test]
fn a_dropped_object_is_really_found_dead() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    let watcher = watch(&toy, &mutator, 0, || node(&mutator, 3));
    assert!(apart(|| watcher.weak().get(&mutator).is_some()));
    assert_eq!(apart(|| mutator.collect(2).weak_cleared), 1);
    assert!(watcher.weak().get(&mutator).is_none());
    assert_eq!(toy.heap.take_cleared_weak(), Some(watcher.to_bits()));
    assert_eq!(toy.heap.take_cleared_weak(), None);
}

#[test]
fn a_local_keeps_its_object() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    let object = node(&mutator, 3);
    toy.root(0, Some(weak(&mutator, object)));
    mutator.collect(2);
    assert_eq!(toy.rooted(0).expect("rooted").weak().get(&mutator), Some(object));
}

#[test]
fn an_interior_pointer_keeps_its_object_and_so_does_one_past_the_end() {
    for slots in [3, 40, 200, 3000, 20_000] {
        let toy = Toy::checked();
        let mutator = toy.attach();
        let watcher = watch(&toy, &mutator, 0, || node(&mutator, slots));
        let inside = std::hint::black_box(watcher.weak().get(&mutator).expect("alive").address() + 24);
        mutator.collect(2);
        assert!(watcher.weak().get(&mutator).is_some(), "{slots}");
        let end = std::hint::black_box(inside - 24 + 16 + 8 * slots);
        std::hint::black_box(inside);
        mutator.collect(2);
        assert!(watcher.weak().get(&mutator).is_some(), "{slots} past the end {end:#x}");
        std::hint::black_box(end);
    }
}

#[test]
fn a_word_in_the_register_file_keeps_its_object_while_it_is_below_the_top() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    let watcher = watch(&toy, &mutator, 0, || node(&mutator, 3));
    let registers = mutator.registers();
    // SAFETY: the sixth word of a file of many.
    apart(|| unsafe { registers.base().add(5).write(watcher.weak().get(&mutator).expect("alive").to_bits()) });
    registers.top.set(registers.base().wrapping_add(6));
    mutator.collect(2);
    assert!(watcher.weak().get(&mutator).is_some());
    registers.top.set(registers.base().wrapping_add(5));
    mutator.collect(2);
    assert!(watcher.weak().get(&mutator).is_none());
}

#[test]
fn a_dispatch_frame_is_left_out() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    let watcher = watch(&toy, &mutator, 0, || node(&mutator, 3));
    let mut frame = [0u64; 8];
    frame[4] = watcher.weak().get(&mutator).expect("alive").to_bits();
    let frame = std::hint::black_box(&mut frame);
    let low = frame.as_ptr().addr();
    gc::clear_dead_stack();
    mutator.collect(2);
    assert!(watcher.weak().get(&mutator).is_some(), "an ordinary frame counts");
    let mut record = DispatchRecord::new(&mutator);
    record.save_registers();
    record.skip(low, low + 64);
    mutator.collect(2);
    drop(record);
    assert!(watcher.weak().get(&mutator).is_none(), "a dispatch frame does not");
    std::hint::black_box(frame);
}

#[test]
fn a_young_object_is_found_through_an_old_one_that_was_stored_into() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    let old = node(&mutator, 2);
    toy.root(0, Some(old));
    mutator.collect(2);
    assert!(old.header().is_old());
    for round in 0..5 {
        apart(|| old.set(&mutator, round % 2, Some(node(&mutator, 1))));
        mutator.collect(0);
        assert!(old.get(round % 2).expect("stored").header().is_old());
    }
}

#[test]
fn a_young_cycle_frees_the_young_and_leaves_the_old() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    let old = watch(&toy, &mutator, 0, || {
        let object = node(&mutator, 1);
        toy.root(1, Some(object));
        object
    });
    mutator.collect(2);
    toy.root(1, None);
    let young = watch(&toy, &mutator, 2, || node(&mutator, 1));
    let stats = mutator.collect(0);
    assert_eq!(stats.generation, 0);
    assert!(young.weak().get(&mutator).is_none());
    assert!(old.weak().get(&mutator).is_some());
    mutator.collect(2);
    assert!(old.weak().get(&mutator).is_none());
}

#[test]
fn a_large_array_is_scanned_by_its_dirty_cards() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    let count = 100_000;
    let array = node(&mutator, count);
    toy.root(0, Some(array));
    assert!(array.header().has_flags(flags::LARGE));
    mutator.collect(2);
    for index in [0, 1, 63, 64, 77_777, count - 1] {
        apart(|| array.set(&mutator, index, Some(node(&mutator, 1))));
        mutator.collect(0);
        assert!(array.get(index).expect("stored").header().is_old());
    }
    toy.root(0, None);
    toy.root(1, Some(weak(&mutator, array)));
    let watcher = toy.rooted(1).expect("rooted");
    assert!(toy.heap.statistics().committed_bytes > 800_000);
    std::hint::black_box(array);
    drop_local(array);
    apart(|| mutator.collect(2));
    let _ = watcher;
}

#[inline(never)]
fn drop_local(object: Object) {
    std::hint::black_box(object);
}

#[test]
fn large_objects_come_back() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    for _ in 0..50 {
        apart(|| toy.root(0, Some(node(&mutator, 500_000))));
        apart(|| mutator.collect(2));
    }
    assert!(toy.heap.statistics().committed_bytes < 16 << 20, "{:?}", toy.heap.statistics());
}

#[test]
fn ephemerons_hold_a_value_only_as_long_as_its_key() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    apart(|| {
        let table = ephemerons(&mutator, 3);
        toy.root(0, Some(table));
        let keys = [node(&mutator, 1), node(&mutator, 1), node(&mutator, 1)];
        // 0 is held by a root, 1 by the value of 0, and 2 only by its own value.
        toy.root(1, Some(keys[0]));
        let values = [node(&mutator, 1), node(&mutator, 1), node(&mutator, 1)];
        values[0].set(&mutator, 0, Some(keys[1]));
        values[2].set(&mutator, 0, Some(keys[2]));
        for (pair, (key, value)) in table.pairs().iter().zip(keys.into_iter().zip(values)) {
            pair.0.set_key(table.header(), &mutator, Some(key));
            pair.1.set(table.header(), &mutator, Some(value));
        }
    });
    let table = toy.rooted(0).expect("rooted");
    let held = || table.pairs().iter().map(|pair| pair.1.get().is_some()).collect::<Vec<_>>();
    mutator.collect(0);
    assert_eq!(held(), [true, true, false]);
    toy.root(1, None);
    mutator.collect(0);
    assert_eq!(held(), [true, true, false], "old keys live through young cycles");
    mutator.collect(2);
    assert_eq!(held(), [false, false, false]);
    assert!(table.pairs().iter().all(|pair| pair.0.is_empty()));
}

#[test]
fn a_finalizer_is_due_once_and_its_object_may_come_back() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    let watcher = watch(&toy, &mutator, 0, || {
        let object = node(&mutator, 1);
        object.set(&mutator, 0, Some(node(&mutator, 1)));
        mutator.register_finalizer(object.header());
        mutator.register_finalizer(object.header());
        object
    });
    let stats = mutator.collect(0);
    assert_eq!(stats.finalizers, 1);
    assert!(watcher.weak().get(&mutator).is_none(), "weak references are cleared before finalizers run");
    assert_ne!(mutator.take(gc::poll_bits::PENDING), 0);
    // A second cycle keeps what is due.
    mutator.collect(2);
    apart(|| {
        let due = Object::from_bits(toy.heap.take_finalizable().expect("due"));
        assert!(due.header().has_flags(flags::FINALIZED));
        assert!(due.get(0).expect("what it needs is kept").get(0).is_none());
        toy.root(1, Some(due));
    });
    assert_eq!(toy.heap.take_finalizable(), None);
    let stats = mutator.collect(2);
    assert_eq!(stats.finalizers, 0);
    let revived = watch(&toy, &mutator, 2, || toy.rooted(1).expect("resurrected"));
    toy.root(1, None);
    mutator.collect(2);
    assert_eq!(toy.heap.take_finalizable(), None, "only once");
    assert!(revived.weak().get(&mutator).is_none());
}

#[test]
fn a_finalizer_that_was_withdrawn_is_never_due() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    for rounds in [0, 1] {
        let watcher = watch(&toy, &mutator, 0, || {
            let object = node(&mutator, 1);
            mutator.register_finalizer(object.header());
            toy.root(1, Some(object));
            object
        });
        for _ in 0..rounds {
            mutator.collect(2);
        }
        apart(|| mutator.withdraw_finalizer(toy.rooted(1).expect("rooted").header()));
        toy.root(1, None);
        assert_eq!(mutator.collect(2).finalizers, 0);
        assert_eq!(toy.heap.take_finalizable(), None);
        assert!(watcher.weak().get(&mutator).is_none(), "it is not kept for a finalizer");
    }
}

#[test]
fn a_finalizer_registered_again_is_due_once() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    apart(|| {
        let object = node(&mutator, 1);
        mutator.register_finalizer(object.header());
        mutator.withdraw_finalizer(object.header());
        mutator.register_finalizer(object.header());
    });
    assert_eq!(mutator.collect(0).finalizers, 1);
    assert!(toy.heap.take_finalizable().is_some());
    mutator.collect(2);
    assert_eq!(toy.heap.take_finalizable(), None);
}

#[test]
fn what_only_a_finalizer_held_stays_young_and_dies_young() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    apart(|| {
        let object = node(&mutator, 1);
        mutator.register_finalizer(object.header());
    });
    mutator.collect(0);
    let watcher = watch(&toy, &mutator, 0, || Object::from_bits(toy.heap.take_finalizable().expect("due")));
    assert!(!watcher.weak().get(&mutator).expect("kept").header().is_old());
    mutator.collect(0);
    assert!(watcher.weak().get(&mutator).is_none());
}

#[test]
fn an_old_owner_loses_a_young_referent_in_a_young_cycle() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    let watcher = watch(&toy, &mutator, 0, || node(&mutator, 1));
    mutator.collect(2);
    assert!(watcher.header().is_old());
    apart(|| mutator.weak_register(watcher.header(), watcher.weak(), node(&mutator, 1)));
    assert!(watcher.weak().get(&mutator).is_some());
    mutator.collect(0);
    assert!(watcher.weak().get(&mutator).is_none());
}

#[test]
fn a_dead_owner_is_forgotten() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    let object = node(&mutator, 1);
    toy.root(0, Some(object));
    apart(|| (0..10).for_each(|_| drop_local(weak(&mutator, object))));
    assert_eq!(toy.heap.weak_owners(&mutator, object.to_bits()).len(), 10);
    mutator.collect(0);
    assert_eq!(toy.heap.weak_owners(&mutator, object.to_bits()).len(), 0);
}

#[test]
fn objects_with_rust_memory_are_dropped_by_sweeps_and_with_the_heap() {
    let toy = Toy::new(HeapOptions::default());
    let mutator = toy.attach();
    let before = DROPPED.load(Ordering::Relaxed);
    apart(|| {
        for index in 0..1000 {
            let object = dropping(&mutator);
            if index < 10 {
                toy.root(index, Some(object));
            }
        }
    });
    assert_eq!(toy.heap.statistics().external_bytes, 1_000_000);
    apart(|| mutator.collect(2));
    let dropped = DROPPED.load(Ordering::Relaxed) - before;
    assert!((985..=990).contains(&dropped), "{dropped}");
    assert_eq!(toy.heap.statistics().external_bytes, 1_000_000 - 1000 * dropped);
    drop(mutator);
    drop(toy);
    assert_eq!(DROPPED.load(Ordering::Relaxed) - before, 1000);
}

#[test]
fn a_limit_refuses_and_recovers() {
    let toy = Toy::new(HeapOptions { limit: Some(4 << 20), ..HeapOptions::default() });
    let mutator = toy.attach();
    let head = node(&mutator, 2);
    toy.root(0, Some(head));
    let mut kept = 0;
    // A list that grows until the heap refuses.
    while let Some(header) = mutator.allocate(16 + 8 * 100, toy::NODE, CellKind::Traced) {
        let object = Object::of(header);
        object.header().set_shape(100);
        object.set(&mutator, 0, head.get(0));
        head.set(&mutator, 0, Some(object));
        kept += 1;
    }
    assert!((3000..6000).contains(&kept), "{kept}");
    assert!(mutator.allocate(8 << 20, toy::LEAF, CellKind::Untraced).is_none());
    head.set(&mutator, 0, None);
    assert!(mutator.allocate(16 + 8 * 100, toy::NODE, CellKind::Traced).is_some());
    assert!(mutator.allocate(1 << 20, toy::LEAF, CellKind::Untraced).is_some());
}

#[test]
fn garbage_does_not_grow_the_heap() {
    let toy = Toy::new(HeapOptions::default());
    let mutator = toy.attach();
    for index in 0..3_000_000 {
        allocate(&mutator, index % 12);
        if mutator.should_poll() {
            mutator.poll();
        }
    }
    let statistics = toy.heap.statistics();
    assert!(statistics.young_cycles > 5, "{statistics:?}");
    assert!(statistics.committed_bytes < 24 << 20, "{statistics:?}");
    assert_eq!(toy.roots.started.load(Ordering::Relaxed), toy.roots.ended.load(Ordering::Relaxed));
}

#[test]
fn heaps_are_independent_and_nest_in_one_thread() {
    let outer = Toy::checked();
    let outer_mutator = outer.attach();
    let kept = node(&outer_mutator, 1);
    outer.root(0, Some(kept));
    let result = outer_mutator.blocking(|| {
        let toy = Toy::checked();
        let mutator = toy.attach();
        let object = node(&mutator, 1);
        toy.root(0, Some(object));
        mutator.collect(2);
        assert!(toy.heap.find_object(object.to_bits()).is_some());
        assert!(toy.heap.find_object(kept.to_bits()).is_none());
        assert!(outer.heap.find_object(kept.to_bits()).is_some());
        object.header().shape()
    });
    assert_eq!(result, 1);
    outer_mutator.collect(2);
    assert!(kept.header().is_old());
}

#[test]
fn every_object_is_listed_once() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    for index in 0..100 {
        toy.root(index, Some(node(&mutator, index * 50)));
    }
    mutator.collect(2);
    let mut seen = std::collections::HashSet::new();
    toy.heap.for_each_object(&mutator, &mut |header| {
        assert!(seen.insert(header.bits()));
    });
    for index in 0..100 {
        assert!(seen.contains(&toy.rooted(index).expect("rooted").to_bits()));
    }
    assert!(seen.len() < 140, "{}", seen.len());
}

#[test]
fn bulk_stores_are_noticed() {
    for count in [40, 50_000] {
        let toy = Toy::checked();
        let mutator = toy.attach();
        let array = node(&mutator, count);
        toy.root(0, Some(array));
        mutator.collect(2);
        apart(|| {
            let source = node(&mutator, count);
            for index in 0..count / 2 {
                source.set(&mutator, index, Some(node(&mutator, index % 3)));
            }
            gc::Slot::copy_range(array.header(), &mutator, array.slots(), source.slots());
        });
        mutator.collect(0);
        gc::Slot::move_range(array.header(), &mutator, array.slots(), 0..count / 2, count / 2);
        gc::Slot::clear_range(array.header(), &mutator, &array.slots()[..count / 2]);
        mutator.collect(2);
        for index in 0..count / 2 {
            assert!(array.get(index).is_none());
            assert_eq!(array.get(count / 2 + index).expect("moved").slots().len(), index % 3);
        }
        gc::Slot::move_range(array.header(), &mutator, array.slots(), count / 2..count, count / 2 - 1);
        assert_eq!(array.get(count / 2).expect("moved").slots().len(), 1);
    }
}

#[test]
fn what_is_left_at_the_end_is_finalized_once() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    for index in 0..3 {
        let object = node(&mutator, index);
        toy.root(index, Some(object));
        mutator.register_finalizer(object.header());
        mutator.collect(index as u8);
    }
    toy.heap.make_all_finalizers_due(&mutator);
    toy.heap.make_all_finalizers_due(&mutator);
    for index in 0..3 {
        assert_eq!(toy.heap.take_finalizable(), toy.rooted(index).map(Word::to_bits));
    }
    assert_eq!(toy.heap.take_finalizable(), None);
}

#[test]
fn a_dispatch_loop_holds_nothing() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    let watcher = watch(&toy, &mutator, 0, || node(&mutator, 3));
    let mut record = DispatchRecord::new(&mutator);
    record.save_registers();
    assert!(!dispatch_loop(&mutator, &record, watcher));
    drop(record);
    std::hint::black_box(watcher);
}

/// Holds an object in its frame alone over a collection, as no dispatch loop may.
#[inline(never)]
fn dispatch_loop(mutator: &Mutator, record: &DispatchRecord, watcher: Object) -> bool {
    record.begin_frames();
    let mut frame = [0u64; 64];
    frame[20] = apart(|| watcher.weak().get(mutator).expect("alive").to_bits());
    let frame = std::hint::black_box(&mut frame);
    // The frame of the call shall not uncover what `apart` left.
    gc::clear_dead_stack();
    native_call(mutator);
    std::hint::black_box(frame);
    watcher.weak().get(mutator).is_some()
}

#[inline(never)]
fn native_call(mutator: &Mutator) {
    mutator.collect(2);
}

#[test]
fn an_immortal_heap_allocates_in_the_shared_space() {
    let toy = Toy::new(HeapOptions { immortal: true, ..HeapOptions::default() });
    let mutator = toy.attach();
    let class = mutator.allocate(64, 0, CellKind::Traced).expect("memory");
    let class = Object::of(class);
    class.header().set_class_bits(class.to_bits(), &mutator);
    let other = node(&mutator, 2);
    other.set(&mutator, 0, Some(class));
    assert!(gc::ImmortalSpace::get().contains(other.to_bits()));
    mutator.collect(2);
    assert_eq!(other.get(0), Some(class));
    // Objects of other heaps may point there.
    let user = Toy::checked();
    let user_mutator = user.attach();
    let object = node(&user_mutator, 1);
    object.set(&user_mutator, 0, Some(other));
    user.root(0, Some(object));
    user_mutator.collect(2);
    assert_eq!(object.get(0), Some(other));
}

#[test]
fn what_is_dropped_still_has_its_class() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    for _ in 0..20 {
        apart(|| {
            for _ in 0..50 {
                let class = node(&mutator, 3);
                class.header().set_flags(1 << 7);
                let object = dropping(&mutator);
                object.header().set_class_bits(class.to_bits(), &mutator);
            }
        });
        // The toy's `drop_object` reads the class.
        mutator.collect(0);
    }
}

#[test]
fn every_address_of_an_object_finds_it_and_no_word_at_all_does_harm() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    let mut objects = Vec::new();
    for slots in (0..600).chain([1000, 2500, 3990, 5000, 70_000]) {
        let object = node(&mutator, slots);
        toy.root(slots % 256, Some(object));
        objects.push((object.to_bits(), 16 + 8 * slots as u64));
    }
    for &(start, bytes) in &objects {
        for offset in (0..bytes).step_by(if bytes > 10_000 { 333 } else { 7 }) {
            let found = toy.heap.find_object(start + offset).map(|header| Object::of(header).to_bits());
            assert_eq!(found, Some(start), "{offset} of {bytes}");
        }
        let end = toy.heap.find_object(start + bytes).map(|header| Object::of(header).to_bits());
        assert!(bytes <= gc::EXACT_LIMIT as u64 || end == Some(start), "the end of {bytes}");
    }
    let mut word = 1u64;
    for _ in 0..1_000_000 {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let near = objects[(word >> 40) as usize % objects.len()].0.wrapping_add((word >> 20) % (1 << 24));
        for word in [word, word >> 17, near, near.wrapping_sub(1 << 23)] {
            if let Some(header) = toy.heap.find_object(word) {
                let object = Object::of(header);
                assert_eq!(object.header().class_bits(), toy::NODE);
                let past = 16 + 8 * object.slots().len() as u64;
                assert!(
                    word >= object.to_bits() && word - object.to_bits() <= gc::usable_size(past as usize) as u64 + 16
                );
            }
        }
    }
}

/// A ring of nodes, one that hangs on it, and one that the ring hangs on, which no one refers to.
#[inline(never)]
fn make_trash(mutator: &Mutator) {
    let ring: Vec<_> = (0..5).map(|_| node(mutator, 2).address()).collect();
    let object = |address: usize| Object::from_bits(address as u64);
    for (index, &address) in ring.iter().enumerate() {
        object(address).set(mutator, 0, Some(object(ring[(index + 1) % ring.len()])));
    }
    object(ring[0]).set(mutator, 1, Some(node(mutator, 0)));
    node(mutator, 1).set(mutator, 0, Some(object(ring[0])));
}

#[test]
fn what_is_dead_on_cycles_is_counted_when_asked_for() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    apart(|| make_trash(&mutator));
    mutator.count_trash(Some(|_| true));
    let stats = apart(|| mutator.collect(2));
    assert_eq!((stats.trash, stats.freed_objects), (Some(6), 7));
    apart(|| make_trash(&mutator));
    mutator.count_trash(Some(|header| header.shape() == 0));
    assert_eq!(apart(|| mutator.collect(0)).trash, Some(1));
    mutator.count_trash(None);
    apart(|| make_trash(&mutator));
    let stats = apart(|| mutator.collect(2));
    assert_eq!((stats.trash, stats.freed_objects), (None, 7));
}

#[test]
fn what_died_old_does_not_keep_blocks_from_other_sizes() {
    let toy = Toy::new(HeapOptions::default());
    let mutator = toy.attach();
    // Objects of one size after the other. Few of them get old, a block apart, and all of them die.
    for slots in (2..100).step_by(4) {
        for number in 0..30_000 {
            let object = node(&mutator, slots);
            if number % 400 == 0 {
                toy.root(number / 400, Some(object));
            }
            if mutator.should_poll() {
                mutator.poll();
            }
        }
    }
    let statistics = toy.heap.statistics();
    // Such blocks of all sizes together are 17 megabytes.
    assert!(statistics.committed_bytes < 10 << 20, "{statistics:?}");
}
