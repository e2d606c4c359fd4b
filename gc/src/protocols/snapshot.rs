//! Marking beside the threads: the snapshot at the beginning (Yuasa 1990), and why nothing that lives is missed.
//!
//! A cycle frees what was unreachable when its starting stop ended. Everything else is marked, or was claimed since:
//!
//! 1. The starting stop scans the roots and arms every thread before any goes on: from then on [`before_store`] comes before each
//!    store into a published slot.
//! 2. The marker follows slots as they are when it reads them. A slot that still holds its word of the snapshot leads where
//!    the snapshot led. One that was stored into meanwhile had that word logged before, by the thread that stored; of two
//!    that store at once both log it.
//! 3. The closing stop takes every thread's log. What is in it is marked and traced like roots. No thread has an armed
//!    store half done in a stop, since no poll lies between logging and storing.
//! 4. Cells claimed while the cycle marks are taken as live (their `kept` bits are set before any of them is used), and are neither
//!    marked nor traced: whatever they point at was reachable in the snapshot, or was claimed since.
//! 5. A weak word leads to where the snapshot did not: who reads one logs what it reads.
//!
//! So no stack is scanned twice and the closing stop is as short as the logs. The marker reads slots with acquire: the head of
//! a block that was made since the cycle began is seen whole by whoever sees a pointer into it.

use sync::atomic::{AtomicU64, Ordering};
use sync::weaken;

/// Logs the word that a slot holds. The caller stores into the slot next, with no poll in between.
#[inline(always)]
pub fn before_store(slot: &AtomicU64, log: impl FnOnce(u64)) {
    if weaken::step("snapshot.log") {
        log(slot.load(Ordering::Relaxed));
    }
}

/// What the marker finds in a slot while threads may store into it.
#[inline(always)]
pub fn read(slot: &AtomicU64) -> u64 {
    slot.load(weaken::ordering("snapshot.read", Ordering::Acquire))
}
