//! `_collections`: `deque`, `defaultdict`, `OrderedDict`, and what `collections` needs for counters and named tuples.

mod count;
mod defaultdict;
mod deque;
mod deque_methods;
mod ordered;
mod tuplegetter;

pub use deque::Deque;
use vm::modules::{NativeModule, nothing_to_add};
use vm::{R, Ref, Thread};

/// `_collections`
pub static COLLECTIONS: NativeModule = NativeModule {
    name: "_collections",
    doc: "High performance data structures.\n- deque:        ordered collection accessible from endpoints only\n- defaultdict:  dict subclass with a default value factory\n",
    functions: &[&count::COUNT_ELEMENTS],
    classes: &[
        &deque_methods::DEQUE,
        &deque_methods::DEQUE_ITERATOR,
        &deque_methods::DEQUE_REVERSE_ITERATOR,
        &defaultdict::DEFAULTDICT,
        &ordered::ORDERED_DICT,
        &tuplegetter::TUPLEGETTER,
    ],
    initialize: nothing_to_add,
};

/// An empty deque, for modules that queue.
pub fn new_deque(t: &Thread) -> R<Ref<Deque>> {
    Ok(t.allocate_exact::<Deque>(deque_methods::DEQUE.get(t))?.publish())
}
