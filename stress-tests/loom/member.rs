//! A thread of a heap without a heap: what the gate and the lock bytes ask of one, and a cell that stands for its stack.

use std::cell::Cell;

use gc::protocols::gate::{Gate, Member};
use gc::protocols::handshake::Handshake;
use gc::protocols::poll_word::PollWord;
use sync::atomic::AtomicBool;
use sync::cell::UnsafeCell;
use sync::{Arc, LockContext, LockMode, thread};

/// What the gate knows of a thread.
pub struct Membership {
    handshake: Handshake,
    poll: PollWord,
    alone: AtomicBool,
    /// The thread's own while it runs, the stopper's while it stands still.
    pub stack: UnsafeCell<u32>,
}

// SAFETY: `stack` changes hands by the handshake; that this suffices is what loom checks here.
unsafe impl Send for Membership {}
// SAFETY: as for `Send`.
unsafe impl Sync for Membership {}

impl Member for Membership {
    fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    fn poll_word(&self) -> &PollWord {
        &self.poll
    }

    fn alone(&self) -> &AtomicBool {
        &self.alone
    }
}

/// A thread that is a member of a gate until it is dropped; as a mutator, without a heap.
pub struct Mutator {
    gate: Arc<Gate<Membership>>,
    pub membership: Arc<Membership>,
    mode_when_taken: Option<Cell<LockMode>>,
}

impl Mutator {
    /// Lets a thread in, running.
    pub fn attach(gate: &Arc<Gate<Membership>>) -> Self {
        let membership = Arc::new(Membership {
            handshake: Handshake::running(),
            poll: PollWord::new(),
            alone: AtomicBool::new(true),
            stack: UnsafeCell::new(0),
        });
        // SAFETY: the membership is counted, and dropping the mutator dismisses it first.
        unsafe { gate.admit(&membership, || ()) };
        Self { gate: gate.clone(), membership, mode_when_taken: None }
    }

    /// Makes the thread wrong: it releases a lock in the mode in which it took it.
    pub fn with_a_memory(mut self) -> Self {
        self.mode_when_taken = Some(Cell::new(self.mode_now()));
        self
    }

    fn mode_now(&self) -> LockMode {
        if self.membership.is_alone() { LockMode::Single } else { LockMode::Multi }
    }

    /// Says that a lock is about to be taken.
    pub fn remember_mode(&self) {
        if let Some(mode) = &self.mode_when_taken {
            mode.set(self.mode_now());
        }
    }

    /// Away from the heap while `body` runs.
    pub fn blocking<R>(&self, body: impl FnOnce() -> R) -> R {
        self.gate.block(&self.membership);
        let result = body();
        self.gate.resume(&self.membership);
        result
    }

    /// Stands still for a stop.
    pub fn poll(&self) {
        if self.gate.wants_stop(&self.membership) {
            self.blocking(|| {});
        }
    }

    /// Adds to what stands for the stack.
    pub fn push(&self, amount: u32) {
        // SAFETY: this thread runs.
        self.membership.stack.with_mut(|stack| unsafe { *stack += amount });
    }
}

impl LockContext for Mutator {
    fn mode(&self) -> LockMode {
        self.mode_when_taken.as_ref().map_or_else(|| self.mode_now(), Cell::get)
    }

    fn wait(&self, park: &mut dyn FnMut()) {
        self.blocking(park);
    }
}

impl Drop for Mutator {
    fn drop(&mut self) {
        // When loom has given a run up it has no thread left that could take a mutex.
        if !thread::panicking() {
            self.gate.dismiss(&self.membership, || {});
        }
    }
}
