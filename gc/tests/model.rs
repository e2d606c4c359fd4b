//! Random operations on a heap beside a model of it, which never frees: after each collection the two must agree on what lives.
//!
//! `OPHION_FUZZ_SECONDS=600 cargo test --release --package ophion-gc --test model new_seeds` goes on for ten minutes, with seeds that
//! were never tried; what fails says its seed.

mod toy;

use std::collections::{HashMap, HashSet};
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::time::{Instant, SystemTime};

use gc::{HeapOptions, Mutator, Stress, Word};
use toy::{Object, Toy, allocate, node};

const ROOTS: usize = 64;

/// A small generator, so that a failure repeats.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound
    }
}

/// The graph as it must be. Addresses are kept negated, so that the model's own memory looks like no roots if it were scanned.
#[derive(Default)]
struct Model {
    edges: HashMap<u64, Vec<Option<u64>>>,
    roots: HashMap<usize, u64>,
}

fn hide(object: Object) -> u64 {
    !object.to_bits()
}

impl Model {
    fn reachable(&self) -> HashSet<u64> {
        let mut seen: HashSet<u64> = self.roots.values().copied().collect();
        let mut stack: Vec<u64> = seen.iter().copied().collect();
        while let Some(object) = stack.pop() {
            for &next in self.edges[&object].iter().flatten() {
                if seen.insert(next) {
                    stack.push(next);
                }
            }
        }
        seen
    }
}

struct Run<'a> {
    toy: &'a Toy,
    mutator: &'a Mutator,
    model: Model,
    random: Random,
}

impl Run<'_> {
    fn any_reachable(&mut self) -> Option<Object> {
        let start = self.toy.rooted(self.random.below(ROOTS))?;
        let mut object = start;
        for _ in 0..self.random.below(8) {
            if object.slots().is_empty() {
                break;
            }
            let index = self.random.below(object.slots().len());
            object = object.get(index).unwrap_or(object);
        }
        Some(object)
    }

    fn slots(&mut self) -> usize {
        match self.random.below(100) {
            0 => 3000 + self.random.below(9000),
            1..10 => self.random.below(300),
            _ => self.random.below(8),
        }
    }

    fn step(&mut self) {
        match self.random.below(10) {
            0..3 => self.make(),
            3..6 => self.store(),
            6 => self.lift(),
            7 => self.unroot(),
            _ => {
                let words = self.random.below(30);
                allocate(self.mutator, words);
            }
        }
    }

    fn make(&mut self) {
        let slots = self.slots();
        let object = node(self.mutator, slots);
        assert!(object.slots().iter().all(|slot| slot.get().is_none()), "cells are zeroed");
        let root = self.random.below(ROOTS);
        self.toy.root(root, Some(object));
        self.model.edges.insert(hide(object), vec![None; slots]);
        self.model.roots.insert(root, hide(object));
    }

    fn store(&mut self) {
        let (Some(from), to) = (self.any_reachable(), self.any_reachable()) else {
            return;
        };
        if from.slots().is_empty() {
            return;
        }
        let index = self.random.below(from.slots().len());
        from.set(self.mutator, index, to);
        let edges = self.model.edges.get_mut(&hide(from)).expect("known");
        edges[index] = to.map(hide);
    }

    /// Moves a word from a slot to a root: a marker that comes to the slot later does not find it there.
    fn lift(&mut self) {
        let Some(from) = self.any_reachable().filter(|from| !from.slots().is_empty()) else {
            return;
        };
        let index = self.random.below(from.slots().len());
        let lifted = from.get(index);
        from.set(self.mutator, index, None);
        self.model.edges.get_mut(&hide(from)).expect("known")[index] = None;
        if let Some(lifted) = lifted {
            let root = self.random.below(ROOTS);
            self.toy.root(root, Some(lifted));
            self.model.roots.insert(root, hide(lifted));
        }
    }

    fn unroot(&mut self) {
        let root = self.random.below(ROOTS);
        self.toy.root(root, None);
        self.model.roots.remove(&root);
    }

    fn check(&mut self, full: bool) {
        self.mutator.collect(if full { 2 } else { 0 });
        let reachable = self.model.reachable();
        let mut present = HashSet::new();
        self.toy.heap.for_each_object(self.mutator, &mut |header| {
            if header.class_bits() == toy::NODE {
                present.insert(!header.bits());
            }
        });
        for object in &reachable {
            assert!(present.contains(object), "a reachable object was freed");
            let real = Object::from_bits(!object);
            let edges: Vec<_> = real.slots().iter().map(|slot| slot.get().map(hide)).collect();
            assert_eq!(edges, self.model.edges[object], "slots are as they were stored");
        }
        if full {
            // Stale words of this very test may hold a few.
            let extra = present.difference(&reachable).count();
            assert!(extra <= present.len() / 2 + 50, "{extra} of {} are garbage", present.len());
        }
        self.model.edges.retain(|object, _| present.contains(object));
    }
}

fn run(options: HeapOptions, seed: u64, steps: usize) {
    let toy = Toy::new(options);
    let mutator = toy.attach();
    let mut run = Run { toy: &toy, mutator: &mutator, model: Model::default(), random: Random(seed) };
    for step in 0..steps {
        run.step();
        if mutator.should_poll() {
            mutator.poll();
        }
        if step % 500 == 499 {
            run.check(step % 2000 == 1999);
        }
    }
}

#[test]
fn a_heap_agrees_with_its_model() {
    for seed in 0..6 {
        run(HeapOptions { verify: true, poison: true, ..HeapOptions::default() }, seed, 6000);
    }
}

fn stressed(stress: Stress) -> HeapOptions {
    HeapOptions { verify: true, poison: true, stress: Some(stress), ..HeapOptions::default() }
}

#[test]
fn a_heap_under_stress_agrees_with_its_model() {
    for seed in 10..13 {
        run(stressed(Stress { every: 7, ..Stress::default() }), seed, 3000);
    }
}

#[test]
fn a_heap_that_marks_late_agrees_with_its_model() {
    for (every, seed) in [(1, 30), (7, 31), (100, 32), (1000, 33)] {
        run(stressed(Stress { every, late: true, yields: false }), seed, 3000);
    }
}

#[test]
fn a_heap_with_four_markers_agrees_with_its_model() {
    let markers = NonZeroUsize::new(4);
    run(HeapOptions { verify: true, poison: true, markers, ..HeapOptions::default() }, 40, 6000);
    for (every, late, seed) in [(7, false, 41), (1, true, 42), (100, true, 43), (1000, true, 44)] {
        run(HeapOptions { markers, ..stressed(Stress { every, late, yields: false }) }, seed, 3000);
    }
}

/// Seeds that differ from run to run, under stress of every kind in turn, with one to four markers.
#[test]
fn a_heap_agrees_with_its_model_on_new_seeds() {
    let seconds = std::env::var("OPHION_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(0.3);
    let start = Instant::now();
    let mut seed = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_nanos() as u64);
    while start.elapsed().as_secs_f64() < seconds {
        seed = seed.wrapping_add(1);
        // Past the harness, which would swallow it when the check of a cycle ends the process.
        write!(std::io::stderr(), "\rseed {seed} ").expect("standard error is open");
        let every = [1, 3, 50, 1000, u32::MAX][(seed % 5) as usize];
        let options = stressed(Stress { every, late: !seed.is_multiple_of(3), yields: false });
        let markers = NonZeroUsize::new(1 + seed as usize / 15 % 4);
        run(HeapOptions { markers, ..options }, seed, 2000);
    }
}

#[test]
fn an_unchecked_heap_agrees_with_its_model() {
    for seed in 20..24 {
        run(HeapOptions { poison: false, ..HeapOptions::default() }, seed, 12_000);
    }
}
