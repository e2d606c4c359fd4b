//! Roots: native stacks and registers, register files, and what the embedder names.
//!
//! All of it is read in a stop. Words of stacks and register files may be anything, so each is tested (rule 3); the
//! embedder's are taken for what they are.

pub mod dispatch;
pub mod registers;
pub mod stack;

use sync::{hint, weaken};

use crate::heap::Heap;
use crate::marking::tracer::Tracer;
use crate::mutator::Mutator;

impl Heap {
    /// Visits every root: the mutators are stopped.
    pub(crate) fn visit_roots<'a>(&self, mutators: impl Iterator<Item = &'a Mutator>, tracer: &mut Tracer) {
        // Nobody else is there in a stop.
        let _alone = hint::unscheduled();
        for mutator in mutators {
            self.visit_thread(mutator, tracer);
        }
        // SAFETY: the embedder gave this pointer for this function, and the heap's threads are stopped.
        unsafe { (self.embedder.trace_roots)(self.options.roots, tracer) };
        for &word in &self.finalizers.lock().due {
            tracer.word(word);
        }
        for &word in &self.weak.lock().cleared {
            tracer.word(word);
        }
    }

    fn visit_thread(&self, mutator: &Mutator, tracer: &mut Tracer) {
        if weaken::step("roots.stack") {
            stack::visit(mutator, |word| tracer.conservative_word(word));
        }
        mutator.registers().visit(|word| tracer.conservative_word(word));
        // SAFETY: the embedder gave this pointer when the thread attached, and the thread is stopped.
        unsafe { (self.embedder.thread_roots)(mutator.thread_data, tracer) };
    }
}
