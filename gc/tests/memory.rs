//! What a heap costs when it holds next to nothing. A test file of its own, since it measures the process.

mod toy;

use gc::HeapOptions;
use toy::{Toy, node};

#[test]
fn an_empty_heap_is_small() {
    let before = resident();
    let toys: Vec<_> = (0..100).map(|_| Toy::new(HeapOptions::default())).collect();
    let mutators: Vec<_> = toys.iter().map(|toy| toy.heap.attach(std::ptr::null(), gc::RegisterFile::new())).collect();
    println!("{} bytes for an empty heap", resident().saturating_sub(before) / 100);
    for mutator in &mutators {
        for slots in 0..20 {
            node(mutator, slots);
        }
    }
    let each = (resident().saturating_sub(before)) / 100;
    println!("{each} bytes for a heap with an object of each small size");
    assert!(each < 200 << 10, "{each} bytes for a heap");
}

/// Resident bytes of this process.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").expect("procfs");
    let pages: usize = text.split(' ').nth(1).expect("a field").parse().expect("a number");
    pages * 4096
}
