//! Several markers on one heap: graphs of many shapes, marked by one, two and four markers, which must all find the same.

mod toy;

use std::num::NonZeroUsize;

use gc::{HeapOptions, Mutator, Slot};
use sync::thread;
use toy::{MeetingPlace, Object, Toy, allocate, apart, ephemerons, meeting, node, weak};

/// A heap that is checked after each cycle, with so many markers, which share what little there is.
fn checked(markers: usize) -> Toy {
    Toy::new(HeapOptions { verify: true, poison: true, markers: NonZeroUsize::new(markers), ..HeapOptions::default() })
}

/// A heap whose markers share as those of a program do.
fn usual(markers: usize) -> Toy {
    Toy::new(HeapOptions { markers: NonZeroUsize::new(markers), ..HeapOptions::default() })
}

/// A heap with a thread, and with markers that wait for each other: none is through before all have begun.
struct Run {
    toy: Toy,
    mutator: Box<Mutator>,
    markers: usize,
}

/// Where the objects are rooted at which the markers meet, and how many they are with what they lead to.
const MEETINGS: std::ops::Range<usize> = 100..116;
const MET: usize = 2 * MEETINGS.end - 2 * MEETINGS.start;

impl Run {
    /// Collects, and says how many objects were marked, but for those at which the markers met.
    fn collect(&self, generation: u8) -> usize {
        let place = MeetingPlace::of(self.markers);
        apart(|| MEETINGS.for_each(|root| self.toy.root(root, Some(meeting(&self.mutator, place)))));
        let marked = apart(|| collect(&self.mutator, generation));
        assert!(place.seen() >= self.markers);
        marked - MET
    }
}

fn with_each_number_of_markers(test: impl Fn(&Run, &Toy, &Mutator)) {
    for markers in [1, 2, 4] {
        let toy = checked(markers);
        let run = Run { mutator: toy.attach(), toy, markers };
        test(&run, &run.toy, &run.mutator);
    }
}

/// An array of nodes, each of which holds a leaf and one of its neighbours: many ways to each object.
fn wide(mutator: &Mutator, width: usize) -> Object {
    let array = node(mutator, width);
    for index in 0..width {
        let item = node(mutator, 3);
        array.set(mutator, index, Some(item));
        item.set(mutator, 0, Some(allocate(mutator, index % 7 + 1)));
        item.set(mutator, 1, array.get(index / 2));
        item.set(mutator, 2, array.get(index * 7 % (index + 1)));
    }
    array
}

/// The tops of chains.
fn deep(mutator: &Mutator, depth: usize) -> Object {
    let tops = node(mutator, 3);
    for _ in 0..depth {
        for index in 0..3 {
            let link = node(mutator, 1);
            link.set(mutator, 0, tops.get(index));
            tops.set(mutator, index, Some(link));
        }
    }
    tops
}

/// A binary tree.
fn tree(mutator: &Mutator, depth: usize) -> Object {
    let top = node(mutator, 2);
    if depth > 0 {
        top.set(mutator, 0, Some(tree(mutator, depth - 1)));
        top.set(mutator, 1, Some(tree(mutator, depth - 1)));
    }
    top
}

const TREE: usize = (1 << 14) - 1;

/// Collects, and says how many objects were marked.
#[inline(never)]
fn collect(mutator: &Mutator, generation: u8) -> usize {
    mutator.collect(generation).marked_objects
}

#[test]
fn four_markers_work_at_once() {
    let place = MeetingPlace::of(4);
    let toy = checked(4);
    let mutator = toy.attach();
    apart(|| (0..64).for_each(|root| toy.root(root, Some(meeting(&mutator, place)))));
    // The first marker has the fewest of them and waits for the others; what these find is counted.
    assert_eq!(apart(|| collect(&mutator, 2)), 128);
    assert!(place.seen() >= 4);
}

#[test]
fn the_usual_markers_have_company_where_there_is_much() {
    let toy = usual(4);
    let mutator = toy.attach();
    let place = MeetingPlace::of(4);
    apart(|| {
        // Some of the first eighth is left to the first marker when three have been given half of what there was.
        let array = node(&mutator, 24_000);
        for index in 0..24_000_usize {
            let plain = index < 1500 || !index.is_multiple_of(10);
            let item = if plain { node(&mutator, 0) } else { meeting(&mutator, place) };
            array.set(&mutator, index, Some(item));
        }
        let mut chain = array;
        for _ in 0..20_000 {
            let link = node(&mutator, 1);
            link.set(&mutator, 0, Some(chain));
            chain = link;
        }
        toy.root(0, Some(chain));
    });
    collect(&mutator, 2);
    assert!(place.seen() >= 4);
}

#[test]
fn all_find_the_same() {
    with_each_number_of_markers(|run, toy, mutator| {
        apart(|| {
            toy.root(0, Some(wide(mutator, 10_000)));
            toy.root(1, Some(deep(mutator, 3000)));
            toy.root(2, Some(tree(mutator, 13)));
            wide(mutator, 1000);
        });
        let expected = (1 + 2 * 10_000) + (1 + 3 * 3000) + TREE;
        let marked = run.collect(2);
        // Stale words of this very test may hold a few of the others.
        assert!((expected..expected + 1000).contains(&marked), "{marked} of {expected} were marked");
        for _ in 0..3 {
            assert_eq!(run.collect(2), marked);
        }
        assert_eq!(run.collect(0), 0, "all of it is old");
    });
}

/// Four arrays lead to the same objects, which lie side by side, so that markers come to each mark and its neighbours at once.
#[test]
fn each_object_is_marked_once() {
    const OBJECTS: usize = 20_000;
    with_each_number_of_markers(|run, toy, mutator| {
        apart(|| {
            let first = node(mutator, OBJECTS);
            (0..OBJECTS).for_each(|index| first.set(mutator, index, Some(allocate(mutator, 1))));
            toy.root(0, Some(first));
            for root in 1..4 {
                let array = node(mutator, OBJECTS);
                (0..OBJECTS).for_each(|index| array.set(mutator, index, first.get(index)));
                toy.root(root, Some(array));
            }
        });
        for _ in 0..20 {
            assert_eq!(run.collect(2), 4 + OBJECTS);
        }
    });
}

#[test]
fn remembered_sets_are_shared() {
    with_each_number_of_markers(|run, toy, mutator| {
        apart(|| {
            toy.root(0, Some(wide(mutator, 10_000)));
            toy.root(1, Some(node(mutator, 400_000)));
        });
        run.collect(2);
        for round in 1..4 {
            apart(|| {
                let (owners, cards) = (toy.rooted(0).expect("rooted"), toy.rooted(1).expect("rooted"));
                for index in 0..5000 {
                    owners.get(index).expect("set").set(mutator, 0, Some(allocate(mutator, 1)));
                    cards.set(mutator, index * 80, Some(node(mutator, round)));
                }
            });
            assert_eq!(run.collect(0), 10_000, "the young that the old hold are found, each once");
        }
        assert_eq!(run.collect(0), 0);
    });
}

#[test]
fn ephemerons_come_to_rest() {
    with_each_number_of_markers(|run, toy, mutator| {
        const PAIRS: usize = 3000;
        apart(|| {
            let (keys, tables) = (node(mutator, PAIRS), node(mutator, PAIRS / 10));
            for index in 0..PAIRS / 10 {
                tables.set(mutator, index, Some(ephemerons(mutator, 10)));
            }
            let mut last = node(mutator, 0);
            for index in 0..PAIRS {
                let table = tables.get(index / 10).expect("set");
                let (key, value) = &table.pairs()[index % 10];
                // Of ten keys three are rooted, two are the value of the pair before, and the others are dead.
                let object = if matches!(index % 10, 4 | 5) { last } else { node(mutator, 0) };
                if index % 10 < 3 {
                    keys.set(mutator, index, Some(object));
                }
                last = wide(mutator, 5);
                key.set_key(table.header(), mutator, Some(object));
                value.set(table.header(), mutator, Some(last));
            }
            // The first key of each ten leads to the fourth, and so on to the sixth.
            for index in (0..PAIRS).step_by(10) {
                let pairs = tables.get(index / 10).expect("set").pairs();
                let held = pairs[3].0.get(mutator);
                pairs[2].1.get().expect("set").set(mutator, 0, held);
            }
            toy.root(0, Some(keys));
            toy.root(1, Some(tables));
        });
        run.collect(2);
        apart(|| {
            let tables = toy.rooted(1).expect("rooted");
            let mut kept = 0;
            for index in 0..PAIRS {
                let (key, value) = &tables.get(index / 10).expect("set").pairs()[index % 10];
                assert_eq!(key.is_empty(), value.get().is_none(), "both words of a pair go together");
                assert!(index % 10 > 5 || !key.is_empty(), "the key of pair {index} lives");
                kept += usize::from(!key.is_empty());
            }
            // Stale words of this very test may hold a few of the others.
            assert!(kept <= PAIRS * 6 / 10 + 100, "{kept} are left");
        });
    });
}

/// Cycles that begin by themselves and are left to the pool, beside a thread that moves what it holds.
#[test]
fn the_program_goes_on_meanwhile() {
    with_each_number_of_markers(|run, toy, mutator| {
        apart(|| toy.root(0, Some(wide(mutator, 20_000))));
        let other = toy.clone();
        let visitor = thread::spawn("visitor", None, move || {
            let mutator = other.attach();
            for round in 0..40 {
                apart(|| other.root(10 + round % 5, Some(tree(&mutator, 11))));
                mutator.poll();
            }
        })
        .expect("a thread");
        for round in 0..40 {
            apart(|| {
                let array = toy.rooted(0).expect("rooted");
                for index in (round..20_000).step_by(40) {
                    let taken = array.get(index);
                    array.set(mutator, index, array.get((index * 31 + 7) % 20_000));
                    toy.root(20, taken);
                    array.get(index).expect("set").set(mutator, 2, taken);
                }
            });
            toy.heap.request_cycle(mutator);
            mutator.poll();
        }
        mutator.blocking(|| visitor.join()).expect("no panic");
        run.collect(2);
    });
}

#[test]
fn several_heaps_share_the_pool() {
    let heaps = [3, 2, 4].map(|markers| {
        let toy = usual(markers);
        thread::spawn("heap", None, move || {
            let mutator = toy.attach();
            apart(|| {
                toy.root(0, Some(wide(&mutator, 40_000)));
                let array = toy.rooted(0).expect("rooted");
                toy.root(1, Some(weak(&mutator, array)));
            });
            let marked = collect(&mutator, 2);
            for _ in 0..10 {
                toy.heap.request_cycle(&mutator);
                mutator.poll();
                assert_eq!(collect(&mutator, 2), marked);
            }
            let array = toy.rooted(0).expect("rooted");
            Slot::clear_range(array.header(), &mutator, array.slots());
        })
        .expect("a thread")
    });
    heaps.into_iter().for_each(|heap| heap.join().expect("no panic"));
}
