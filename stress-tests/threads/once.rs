//! Many values that several threads want at once, whose makers fail or unwind now and then.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use sync::atomic::{AtomicU32, Ordering};
use sync::{Arc, OnceLock};

use crate::run::{Clock, Numbers, on_threads, threads};

#[derive(Default)]
struct Value {
    value: OnceLock<Box<u32>>,
    made: AtomicU32,
}

impl Value {
    fn try_get(&self, luck: u64) -> Result<u32, ()> {
        let made = self.value.get_or_try_init_waiting(
            |park| park(),
            || {
                match luck {
                    0 => return Err(()),
                    1 => resume_unwind(Box::new(())),
                    _ => {}
                }
                Ok(Box::new(self.made.fetch_add(1, Ordering::Relaxed)))
            },
        );
        made.map(|value| **value)
    }
}

#[test]
fn racing() {
    let clock = Clock::start();
    let mut round = 0;
    while clock.goes_on(round * 64) {
        let values: Arc<[Value]> = (0..256).map(|_| Value::default()).collect();
        on_threads(threads(), move |number| {
            let mut numbers = Numbers::of(number);
            for value in values.iter() {
                while !catch_unwind(AssertUnwindSafe(|| value.try_get(numbers.below(4))))
                    .is_ok_and(|made| made == Ok(0))
                {}
                assert_eq!(value.made.load(Ordering::Relaxed), 1);
            }
        });
        round += 1;
    }
}
