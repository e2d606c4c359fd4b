//! A writer and readers that share a sequence counter: no accepted read is torn.

use sync::atomic::{AtomicU64, Ordering};
use sync::{Arc, Sequence};

use crate::run::{Clock, on_threads, threads};

#[derive(Default)]
struct Words {
    sequence: Sequence,
    words: [AtomicU64; 4],
}

impl Words {
    fn write(&self, value: u64) {
        let _write = self.sequence.write();
        for word in &self.words {
            word.store(value, Ordering::Relaxed);
        }
    }

    fn read(&self) -> Option<[u64; 4]> {
        let start = self.sequence.begin_read()?;
        let words = self.words.each_ref().map(|word| word.load(Ordering::Relaxed));
        self.sequence.validate(start).then_some(words)
    }
}

#[test]
fn reading() {
    let words = Arc::new(Words::default());
    let clock = Clock::start();
    on_threads(threads(), move |number| {
        let (mut round, mut last) = (0, 0);
        while clock.goes_on(round) {
            round += 1;
            if number == 0 {
                words.write(round);
            } else if let Some(read) = words.read() {
                assert!(read.iter().all(|&word| word == read[0]), "torn: {read:?}");
                assert!(read[0] >= last, "a read went back in time");
                last = read[0];
            }
        }
    });
}
