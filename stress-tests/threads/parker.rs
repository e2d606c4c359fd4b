//! A token passed round a ring of parked threads, some of which wait with a deadline: it is never lost.

use std::time::Duration;

use sync::atomic::{AtomicBool, Ordering};
use sync::{Arc, Mutex, Parker, Unparker};

use crate::run::{Clock, Numbers, on_threads, threads};

#[test]
fn a_ring() {
    let count = threads();
    let parkers: Vec<Parker> = (0..count).map(|_| Parker::new()).collect();
    let unparkers: Arc<[Unparker]> = parkers.iter().map(Parker::unparker).collect();
    let parkers: Arc<[Mutex<Option<Parker>>]> = parkers.into_iter().map(|parker| Mutex::new(Some(parker))).collect();
    let over = Arc::new(AtomicBool::new(false));
    let clock = Clock::start();
    let first = unparkers[0].clone();
    first.unpark();
    let laps = on_threads(count, move |number| {
        let parker = parkers[number].lock().take().expect("each thread has its own parker");
        let mut numbers = Numbers::of(number);
        let mut laps = 0;
        loop {
            if numbers.below(2) == 0 {
                parker.park();
            } else {
                while !parker.park_timeout(Duration::from_micros(numbers.below(300))) {}
            }
            laps += 1;
            // The first thread ends the run: it tells the others and lets the token go round once more.
            let ends = if number == 0 { !clock.goes_on(laps * 64) } else { over.load(Ordering::Relaxed) };
            over.store(ends, Ordering::Relaxed);
            unparkers[(number + 1) % count].unpark();
            if ends {
                return laps;
            }
        }
    });
    assert!(laps.iter().all(|&lap| lap == laps[0]), "each thread had the token equally often");
}
