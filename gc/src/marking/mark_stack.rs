//! The mark stack: what a marker has found and not traced yet.
//!
//! Three kinds of work wait here: grey objects, ranges of slots of long arrays, and members of remembered sets. Half of each can
//! be split off for another marker. Few objects are under way into the cache in a short queue; they stay with their marker.

use std::ptr::NonNull;

use sync::atomic::AtomicU64;

use crate::object::Header;

/// Ranges of more slots than this are taken in pieces of this size.
pub const PIECE: usize = 512;
/// The room that the mark stack keeps from one cycle to the next.
const STACK_KEPT: usize = 1 << 13;
/// How many objects are under way into the cache while others are traced.
const AHEAD: usize = 16;
/// Bytes of a cache line.
const LINE: usize = 64;

/// Slots that lie one after the other: the first and how many.
pub type Range = (*const AtomicU64, usize);

/// The mark stack; reused from cycle to cycle.
#[derive(Default)]
pub struct MarkStack {
    objects: Vec<NonNull<Header>>,
    ranges: Vec<Range>,
    remembered: Vec<Vec<NonNull<Header>>>,
    ahead: [Option<NonNull<Header>>; AHEAD],
    position: usize,
}

// SAFETY: what it points at lives up to the end of the cycle, whichever thread runs that.
unsafe impl Send for MarkStack {}

impl MarkStack {
    /// Puts an object that was just marked on the stack.
    #[inline(always)]
    pub fn push(&mut self, object: NonNull<Header>) {
        self.objects.push(object);
    }

    /// Puts slots aside.
    pub fn push_range(&mut self, range: Range) {
        self.ranges.push(range);
    }

    /// Takes over remembered sets, in parts.
    pub fn set_remembered(&mut self, remembered: Vec<Vec<NonNull<Header>>>) {
        self.remembered = remembered;
    }

    /// The next grey object. Each spends a while in a short queue after its header was asked for, so that it is in the
    /// cache when its turn comes.
    #[inline(always)]
    pub fn next_object(&mut self) -> Option<NonNull<Header>> {
        while let Some(object) = self.objects.pop() {
            prefetch(object);
            if let Some(ready) = self.exchange_ahead(Some(object)) {
                return Some(ready);
            }
        }
        (0..AHEAD).find_map(|_| self.exchange_ahead(None))
    }

    #[inline(always)]
    fn exchange_ahead(&mut self, object: Option<NonNull<Header>>) -> Option<NonNull<Header>> {
        let position = self.position % AHEAD;
        self.position = position + 1;
        std::mem::replace(&mut self.ahead[position], object)
    }

    /// The next piece of a range.
    pub fn next_piece(&mut self) -> Option<Range> {
        let (first, count) = self.ranges.pop()?;
        let piece = count.min(PIECE);
        if count > piece {
            self.ranges.push((first.wrapping_add(piece), count - piece));
        }
        Some((first, piece))
    }

    /// The next member of a remembered set. One that comes later is asked for.
    pub fn next_remembered(&mut self) -> Option<NonNull<Header>> {
        while let Some(part) = self.remembered.last_mut() {
            if let Some(object) = part.pop() {
                if let Some(&later) = part.len().checked_sub(AHEAD).and_then(|index| part.get(index)) {
                    prefetch(later);
                }
                return Some(object);
            }
            self.remembered.pop();
        }
        None
    }

    /// Whether so many objects wait, grey or remembered.
    pub fn holds(&self, objects: usize) -> bool {
        let remembered = self.remembered.iter().map(Vec::len);
        self.objects.len() + remembered.sum::<usize>() >= objects
    }

    /// Half of what waits, for another marker: of the objects the older half, which tend to lead furthest. None where less than
    /// `least` objects would go, no range and no piece of one.
    pub fn split(&mut self, least: usize) -> Option<Self> {
        let mut given = Self::default();
        if self.objects.len() >= 2 * least {
            given.objects = lower_half(&mut self.objects);
        }
        given.ranges = match self.ranges.as_mut_slice() {
            [only] => split_range(only).into_iter().collect(),
            _ => lower_half(&mut self.ranges),
        };
        given.remembered = match self.remembered.as_mut_slice() {
            [only] if only.len() >= 2 * least => vec![lower_half(only)],
            [_] => Vec::new(),
            _ => lower_half(&mut self.remembered),
        };
        (!given.is_empty()).then_some(given)
    }

    /// Whether nothing waits, but for what is under way into the cache.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.ranges.is_empty() && self.remembered.is_empty()
    }

    /// Gives back room, for the next cycle.
    pub fn shrink(&mut self) {
        self.objects.shrink_to(STACK_KEPT);
    }
}

fn lower_half<T>(whole: &mut Vec<T>) -> Vec<T> {
    let kept = whole.split_off(whole.len() / 2);
    std::mem::replace(whole, kept)
}

/// The second half of a range that is longer than a piece.
fn split_range((first, count): &mut Range) -> Option<Range> {
    let kept = *count / 2;
    (*count > PIECE).then(|| (first.wrapping_add(kept), std::mem::replace(count, kept) - kept))
}

/// Asks for the header of an object and its first slots, which may lie on the next cache line.
#[inline(always)]
fn prefetch(object: NonNull<Header>) {
    let header = object.as_ptr().cast::<u8>();
    prefetch_line(header);
    prefetch_line(header.wrapping_add(LINE / 2));
}

#[inline(always)]
fn prefetch_line(address: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing that the program could see and never faults.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(address.cast());
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a prefetch reads nothing that the program could see and never faults.
    unsafe {
        std::arch::asm!("prfm pldl1keep, [{}]", in(reg) address, options(nostack, preserves_flags));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(numbers: std::ops::Range<usize>) -> Vec<NonNull<Header>> {
        numbers.map(|number| NonNull::without_provenance((16 * number + 16).try_into().expect("not zero"))).collect()
    }

    fn drain(stack: &mut MarkStack) -> (Vec<NonNull<Header>>, usize) {
        let slots = std::iter::from_fn(|| stack.next_piece()).map(|(_, count)| count).sum();
        let mut found: Vec<_> = std::iter::from_fn(|| stack.next_remembered()).collect();
        found.extend(std::iter::from_fn(|| stack.next_object()));
        found.sort();
        (found, slots)
    }

    #[test]
    fn two_halves_are_the_whole() {
        let mut stack = MarkStack::default();
        objects(0..100).into_iter().for_each(|object| stack.push(object));
        stack.push_range((std::ptr::null(), 10_001));
        stack.set_remembered(vec![objects(100..200)]);
        let mut given = stack.split(8).expect("there is enough");
        let (mut all, slots) = drain(&mut given);
        assert_eq!((all.len(), slots), (100, 5001));
        let (kept, kept_slots) = drain(&mut stack);
        assert_eq!((kept.len(), kept_slots), (100, 5000));
        all.extend(kept);
        all.sort();
        assert_eq!(all, objects(0..200));
        assert!(stack.is_empty() && stack.split(1).is_none());
    }

    #[test]
    fn little_is_not_split_and_what_is_under_way_goes_with_the_whole() {
        let mut stack = MarkStack::default();
        objects(0..15).into_iter().for_each(|object| stack.push(object));
        stack.push_range((std::ptr::null(), PIECE));
        assert!(stack.split(8).is_none());
        let first = stack.next_object().expect("there are some");
        let (mut rest, slots) = drain(&mut std::mem::take(&mut stack));
        rest.push(first);
        rest.sort();
        assert_eq!((rest, slots), (objects(0..15), PIECE));
    }
}
