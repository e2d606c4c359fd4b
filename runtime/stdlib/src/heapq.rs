//! `_heapq`: heaps in lists, least first and greatest first.
//!
//! The list may be changed by comparisons, or by other threads: its length is looked at again after each, as CPython does.

use vm::modules::{NativeModule, nothing_to_add};
use vm::objects::List;
use vm::protocols;
use vm::{R, Ref, Thread, Value, native};

/// Which of two comes nearer the root.
#[derive(Clone, Copy)]
enum Order {
    Least,
    Greatest,
}

impl Order {
    fn before(self, t: &Thread, a: Value, b: Value) -> R<bool> {
        match self {
            Order::Least => protocols::less(t, a, b),
            Order::Greatest => protocols::less(t, b, a),
        }
    }
}

fn item(t: &Thread, heap: Ref<List>, index: usize) -> R {
    heap.target().get(index).ok_or_else(|| changed(t))
}

fn changed(t: &Thread) -> vm::Raised {
    t.runtime_error("list changed size during iteration")
}

/// Moves the item at `position` towards the root `start`, as far as it belongs.
fn sift_up(t: &Thread, heap: Ref<List>, start: usize, mut position: usize, order: Order) -> R<()> {
    let length = heap.len();
    if position >= length {
        return Err(t.index_error("index out of range"));
    }
    let moved = item(t, heap, position)?;
    while position > start {
        let parent = (position - 1) >> 1;
        let above = item(t, heap, parent)?;
        let before = order.before(t, moved, above)?;
        if heap.len() != length {
            return Err(changed(t));
        }
        if !before {
            break;
        }
        heap.set(t, position, item(t, heap, parent)?);
        heap.set(t, parent, moved);
        position = parent;
    }
    Ok(())
}

/// Moves the item at `position` to a leaf, children moving up, and then back as far as it belongs.
fn sift_down(t: &Thread, heap: Ref<List>, mut position: usize, order: Order) -> R<()> {
    let (start, end) = (position, heap.len());
    if position >= end {
        return Err(t.index_error("index out of range"));
    }
    while position < end >> 1 {
        let mut child = 2 * position + 1;
        if child + 1 < end {
            let before = order.before(t, item(t, heap, child)?, item(t, heap, child + 1)?)?;
            child += usize::from(!before);
            if heap.len() != end {
                return Err(changed(t));
            }
        }
        let (below, above) = (item(t, heap, child)?, item(t, heap, position)?);
        heap.set(t, position, below);
        heap.set(t, child, above);
        position = child;
    }
    sift_up(t, heap, start, position, order)
}

fn push(t: &Thread, heap: Ref<List>, value: Value, order: Order) -> R<()> {
    heap.push(t, value)?;
    sift_up(t, heap, 0, heap.len() - 1, order)
}

fn pop(t: &Thread, heap: Ref<List>, order: Order) -> R {
    let Some(last) = heap.pop(t) else { return Err(t.index_error("index out of range")) };
    let Some(first) = heap.target().get(0) else { return Ok(last) };
    heap.set(t, 0, last);
    sift_down(t, heap, 0, order)?;
    Ok(first)
}

fn replace(t: &Thread, heap: Ref<List>, value: Value, order: Order) -> R {
    let Some(first) = heap.target().get(0) else { return Err(t.index_error("index out of range")) };
    heap.set(t, 0, value);
    sift_down(t, heap, 0, order)?;
    Ok(first)
}

fn push_pop(t: &Thread, heap: Ref<List>, value: Value, order: Order) -> R {
    let Some(first) = heap.target().get(0) else { return Ok(value) };
    if !order.before(t, first, value)? {
        return Ok(value);
    }
    if heap.is_empty() {
        return Err(t.index_error("index out of range"));
    }
    replace(t, heap, value, order)
}

fn heapify_in(t: &Thread, heap: Ref<List>, order: Order) -> R<()> {
    for position in (0..heap.len() / 2).rev() {
        sift_down(t, heap, position, order)?;
    }
    Ok(())
}

macro_rules! functions {
    ($($doc:literal $name:ident $signature:literal ($($argument:ident: $type:ty),*) -> $result:ty, $body:ident $order:ident;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            fn $name(t: &Thread, $($argument: $type),*) -> $result {
                $body(t, $($argument,)* Order::$order)
            }
        )*
    };
}

functions! {
    "Push item onto heap, maintaining the heap invariant." heappush "heappush(heap, item, /)" (heap: Ref<List>, item: Value) -> R<()>, push Least;
    "Push item onto max heap, maintaining the heap invariant." heappush_max "heappush_max(heap, item, /)" (heap: Ref<List>, item: Value) -> R<()>, push Greatest;
    "Pop the smallest item off the heap, maintaining the heap invariant." heappop "heappop(heap, /)" (heap: Ref<List>) -> R, pop Least;
    "Maxheap variant of heappop." heappop_max "heappop_max(heap, /)" (heap: Ref<List>) -> R, pop Greatest;
    "Pop and return the current smallest value, and add the new item.\n\nThis is more efficient than heappop() followed by heappush(), and can be\nmore appropriate when using a fixed-size heap.  Note that the value\nreturned may be larger than item!  That constrains reasonable uses of\nthis routine unless written as part of a conditional replacement:\n\n    if item > heap[0]:\n        item = heapreplace(heap, item)"
        heapreplace "heapreplace(heap, item, /)" (heap: Ref<List>, item: Value) -> R, replace Least;
    "Maxheap variant of heapreplace." heapreplace_max "heapreplace_max(heap, item, /)" (heap: Ref<List>, item: Value) -> R, replace Greatest;
    "Push item on the heap, then pop and return the smallest item from the heap.\n\nThe combined action runs more efficiently than heappush() followed by\na separate call to heappop()."
        heappushpop "heappushpop(heap, item, /)" (heap: Ref<List>, item: Value) -> R, push_pop Least;
    "Maxheap variant of heappushpop.\n\nThe combined action runs more efficiently than heappush_max() followed by\na separate call to heappop_max()."
        heappushpop_max "heappushpop_max(heap, item, /)" (heap: Ref<List>, item: Value) -> R, push_pop Greatest;
    "Transform list into a heap, in-place, in O(len(heap)) time." heapify "heapify(heap, /)" (heap: Ref<List>) -> R<()>, heapify_in Least;
    "Maxheap variant of heapify." heapify_max "heapify_max(heap, /)" (heap: Ref<List>) -> R<()>, heapify_in Greatest;
}

/// `_heapq`
pub static HEAPQ: NativeModule = NativeModule {
    name: "_heapq",
    doc: "Heap queue algorithm (a.k.a. priority queue).",
    functions: &[
        &HEAPPUSH,
        &HEAPPUSH_MAX,
        &HEAPPOP,
        &HEAPPOP_MAX,
        &HEAPREPLACE,
        &HEAPREPLACE_MAX,
        &HEAPPUSHPOP,
        &HEAPPUSHPOP_MAX,
        &HEAPIFY,
        &HEAPIFY_MAX,
    ],
    classes: &[],
    initialize: nothing_to_add,
};
